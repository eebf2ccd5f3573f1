"""The examination of one file as audits do it: filters that look inside, digests, the verifier."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from provenance.auditing.task import OutcomeKind
from provenance.base.errors import AssetError, AuditError, reason_of
from provenance.credentials import sdk
from provenance.media.asset import Asset
from provenance.media.container import scan_container, sniff
from provenance.media.digest import Digester
from provenance.verdict import contents
from provenance.verdict.verifier import Verifier

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from provenance.auditing.task import AuditTask, Begun
    from provenance.verdict.contents import Step
    from provenance.verdict.report import Report
    from provenance.verdict.verifier import Opener

    Examined = OutcomeKind | Report | Iterator[Step]
    Examiner = Callable[[str, str | None, Begun | None], Examined]
    """Takes a path, the digest of its row, if that counts, and what is done of the file already.

    Returns a report, or why there is none; or, where archives are opened, the steps of
    `verdict.contents`, whose last one is the report on the file itself.
    """


def make_examiner(task: AuditTask, opener: Opener | None = None) -> Examiner:
    """Make the function that examines one file after another. `opener` is as in `Verifier`.

    Raises AuditError where the trust material is no longer what the run began with.
    """
    verifier = Verifier(task.policy, task.trust, task.at, task.options, helper=None, opener=opener)
    if crl_digests(task.options.crls) != task.crl_digests:
        raise AuditError("worker.start", "a revocation list changed since the run began")
    if verifier.prepare().trust_lists != task.trust_lists:
        raise AuditError("worker.start", "the trust lists changed since the run began")
    sdk.load_sdk()  # a run meets a credential sooner or later, and a worker is confined by then

    opening = task.options.archives is not None

    def open_(path: str) -> Asset:
        return opener(path, None) if opener is not None else Asset.open(path)

    def examine(path: str, known: str | None, begun: Begun | None) -> Examined:
        if task.media_types and not is_wanted(path, task.media_types, opening=opening, open_=open_):
            return OutcomeKind.LEFT_OUT
        if known is not None and _sha256(verifier, path) == known:
            return OutcomeKind.UNCHANGED
        return _steps(verifier, path, task, begun) if opening else verifier.verify(path)

    return examine


def _steps(verifier: Verifier, path: str, task: AuditTask, begun: Begun | None) -> Iterator[Step]:
    """Examine a file and all that is in it; members of other types than are wanted are left out."""
    progress = contents.MemberProgress(begun.done, begun.fallen) if begun else None
    for number, report in contents.steps(verifier, path, progress=progress):
        kept = report
        if report is not None and report.asset.outer is not None and task.media_types:
            media_type = report.asset.media_type
            kept = report if _is_of(media_type, task.media_types) else None
        yield number, kept


def make_glancer(task: AuditTask, opener: Opener | None = None) -> Callable[[str], Report | None]:
    """Make the function that looks at a file without reading its credential."""
    return Verifier(task.policy, task.trust, task.at, task.options, opener=opener).glance


def crl_digests(paths: tuple[str, ...]) -> tuple[str, ...]:
    """Return the SHA-256 of each file, in hex. Raises AuditError `worker.start`."""
    digests = []
    for path in paths:
        try:
            with open(path, "rb") as file:
                digests.append(hashlib.file_digest(file, "sha256").hexdigest())
        except OSError as e:
            raise AuditError("worker.start", f"{path}: {reason_of(e)}") from e
    return tuple(digests)


def is_wanted(
    path: str,
    media_types: tuple[str, ...],
    *,
    opening: bool,
    open_: Callable[[str], Asset] = Asset.open,
) -> bool:
    """Tell by content whether a file is of a wanted type; one that cannot be read is kept.

    So is one that is to be opened: what is in it may be of such a type.
    """
    try:
        with open_(path) as asset:
            scan = scan_container(asset)
    except AssetError:
        return True
    if opening and scan.family != "unknown" and sniff.load_family(scan.family).opener:
        return True
    return _is_of(scan.media_type, media_types)


def _is_of(media_type: str | None, media_types: tuple[str, ...]) -> bool:
    """Tell whether a type is wanted; what has none could not be examined, and is kept."""
    if media_type is None:
        return True
    return media_type in media_types or f"{media_type.partition('/')[0]}/" in media_types


def _sha256(verifier: Verifier, path: str) -> str | None:
    try:
        with verifier.open(path) as asset:
            digest = Digester(asset, ("sha256",)).result()["sha256"]
            return None if asset.changed() else digest
    except (AssetError, OSError):
        return None
