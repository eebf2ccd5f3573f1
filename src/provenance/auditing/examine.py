"""The examination of one file as audits do it: filters that look inside, digests, the verifier."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from provenance.auditing.model import Kind
from provenance.base.errors import AssetError, AuditError, reason_of
from provenance.credentials import sdk as _sdk
from provenance.media.asset import Asset
from provenance.media.container import scan
from provenance.media.digest import Digester
from provenance.verdict.verifier import Verifier

if TYPE_CHECKING:
    from collections.abc import Callable

    from provenance.auditing.model import Task
    from provenance.verdict.report import Report

    Examiner = Callable[[str, str | None], Kind | Report]
    """Takes a path and the digest of its row, if that counts; returns a report, or why none."""


def examiner(task: Task) -> Examiner:
    """Make the function that examines one file after another.

    Raises AuditError where the trust material is no longer what the run began with.
    """
    verifier = Verifier(task.policy, task.trust, task.at, task.options)
    if crl_digests(task.options.crls) != task.crl_digests:
        raise AuditError("worker.start", "a revocation list changed since the run began")
    if verifier.prepare().trust_lists != task.trust_lists:
        raise AuditError("worker.start", "the trust lists changed since the run began")
    _sdk.load()  # a run meets a credential sooner or later, and a worker is confined by then

    def examine(path: str, known: str | None) -> Kind | Report:
        if task.media_types and not _wanted(path, task.media_types):
            return Kind.LEFT_OUT
        if known is not None and _sha256(path, task.options.max_size) == known:
            return Kind.UNCHANGED
        return verifier.verify(path)

    return examine


def glancer(task: Task) -> Callable[[str], Report | None]:
    """Make the function that looks at a file without reading its credential."""
    return Verifier(task.policy, task.trust, task.at, task.options).glance


def crl_digests(paths: tuple[str, ...]) -> tuple[str, ...]:
    """Return the SHA-256 of each file, in hex. Raises AuditError `worker.start`."""
    made = []
    for path in paths:
        try:
            with open(path, "rb") as file:
                made.append(hashlib.file_digest(file, "sha256").hexdigest())
        except OSError as e:
            raise AuditError("worker.start", f"{path}: {reason_of(e)}") from e
    return tuple(made)


def _wanted(path: str, media_types: tuple[str, ...]) -> bool:
    """Tell by content whether a file is of a wanted type; one that cannot be opened is kept."""
    try:
        with Asset.open(path) as asset:
            found = scan(asset).media_type
    except AssetError:
        return True
    return found in media_types or f"{found.partition('/')[0]}/" in media_types


def _sha256(path: str, max_size: int | None) -> str | None:
    try:
        with Asset.open(path, max_size=max_size) as asset:
            digester = Digester(asset, ("sha256",))
            digester.start()
            digest = digester.result()["sha256"]
            return None if asset.changed() else digest
    except (AssetError, OSError):
        return None
