"""The robustness check: one-fault copies of a signed file, and what a validator makes of each.

For the maker of a generator: is a change noticed, and what does a reader of a copy without its
metadata still find? The copies stand in a temporary folder, one at a time, and are gone after.
"""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from provenance.base.errors import AssetError
from provenance.base.finding import Severity
from provenance.base.terms import AI_ORIGINS, CredentialStatus, Integrity
from provenance.base.text import URL_LIMIT, clean
from provenance.linting.rule import weighs_at_least
from provenance.linting.selection import EXIT_ERROR, EXIT_RULES
from provenance.linting.tamper import families, store_places
from provenance.linting.tamper.faults import APPENDED, WORDS, CopyFault, Effect
from provenance.linting.tamper.layout import NotMade, Replacement, assemble, chunks
from provenance.media.asset import Asset
from provenance.verdict.report import path_record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from provenance.linting.tamper.layout import ContainerLayout
    from provenance.media.container import Scan
    from provenance.verdict.report import Report
    from provenance.verdict.verifier import Verifier

MAX_SIZE = 1 << 30  # bytes of the file; each copy takes as much on the disk, one at a time
_SIGNED = frozenset({CopyFault.MEDIA, CopyFault.CLAIM, CopyFault.ASSERTION, CopyFault.SIGNATURE})
_HARMFUL = frozenset({CopyFault.DUPLICATED, CopyFault.TRUNCATED, CopyFault.APPENDED})


@dataclass(frozen=True, slots=True)
class Copy:
    """One copy and what was said of it.

    `severity` is how much it matters to the maker, None where all is well or nothing could be
    made. `message` says it in words. `findings` are codes that the original did not have. `left`
    is what a reader still finds of AI origin, or of a watermark that the credential declared.
    """

    fault: CopyFault
    what: str
    effect: Effect
    message: str
    severity: Severity | None = None
    credential: CredentialStatus | None = None
    integrity: Integrity | None = None
    origin: str = ""
    assurance: str = ""
    findings: tuple[str, ...] = ()
    left: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TamperReport:
    """The check of one file. `error` says why none was made; `copies` is empty then."""

    path: str
    media_type: str = ""
    integrity: Integrity | None = None
    origin: str = ""
    assurance: str = ""
    watermarks: tuple[str, ...] = ()
    copies: tuple[Copy, ...] = ()
    error: str = ""

    def failures(self, fail_on: Severity) -> tuple[Copy, ...]:
        """Return the copies that weigh at least as much as `fail_on`."""
        return tuple(
            c
            for c in self.copies
            if c.severity is not None and weighs_at_least(c.severity, fail_on)
        )

    def to_dict(self) -> dict[str, Any]:
        """Return a plain object for JSON; every text but the path is cleaned."""
        rest = {f.name: _json_value(getattr(self, f.name)) for f in fields(self)[1:]}
        return path_record(self.path) | rest


def _json_value(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, str):
        return clean(value, URL_LIMIT)
    if isinstance(value, tuple):
        return [_json_value(v) for v in value]
    if is_dataclass(value):
        return {f.name: _json_value(getattr(value, f.name)) for f in fields(value)}
    return value


def tamper_report(path: str, verifier: Verifier, *, max_size: int = MAX_SIZE) -> TamperReport:
    """Make every copy that can be made and verify it under the policy and lists of `verifier`.

    What is wrong with the file is in the report. Nothing is written but in a temporary folder,
    which needs as many bytes as the file has; `max_size` bounds that.
    """
    try:
        with Asset.open(path, max_size=max_size) as asset:
            return _check(asset, verifier)
    except AssetError as e:
        message = str(e)
        if e.code == "asset.too_large":
            message = f"larger than {max_size} bytes: take a shorter sample of the same product"
        return TamperReport(path, error=message)


def _check(asset: Asset, verifier: Verifier) -> TamperReport:
    examined = verifier.examine(asset)
    before, scan, verdict = examined.report, examined.scan, examined.report.verdict
    assert verdict is not None  # noqa: S101 - what cannot be examined raises
    if before.axes.integrity not in {Integrity.INTACT, Integrity.PARTIAL}:
        integrity = before.axes.integrity
        message = f"the check needs a file whose credential is intact; here it is {integrity.value}"
        if before.credentials.status is not CredentialStatus.PRESENT:
            state = before.credentials.status.value
            message = f"the check needs a file with a credential; here it is {state}"
        return TamperReport(asset.path, scan.media_type, integrity, error=message)
    run = _TamperRun(asset, scan, before, verifier)
    try:
        copies = tuple(run.copies())
    except OSError as e:
        return TamperReport(asset.path, error=f"a copy cannot be written: {e.strerror or e}")
    if asset.changed():
        raise AssetError("asset.changed", "the file changed while it was read: try again")
    return TamperReport(
        asset.path,
        scan.media_type,
        before.axes.integrity,
        verdict.origin.value,
        verdict.assurance.value,
        run.watermarks,
        copies,
    )


class _TamperRun:
    """The check of one file."""

    def __init__(self, asset: Asset, scan: Scan, before: Report, verifier: Verifier) -> None:
        self.asset = asset
        self.scan = scan
        self.before = before
        self.verifier = verifier
        self.sidecar = before.credentials.sidecar
        self.store = store_places.store_places(asset, scan) if self.sidecar is None else None
        self.watermarks = self.store.watermarks if self.store else ()
        self.codes = {f.code for f in before.findings}

    def copies(self) -> Iterator[Copy]:
        """Make and judge one copy after the other."""
        try:
            layout: ContainerLayout | None = families.layout(self.asset, self.scan)
            reason = ""
        except NotMade as e:
            layout, reason = None, str(e)
        for fault in CopyFault:
            try:
                changes = self._changes(fault, layout, reason)
                pieces = assemble(self.asset.size, changes)
            except NotMade as e:
                yield Copy(fault, WORDS[fault], Effect.NOT_MADE, str(e))
                continue
            yield self._judge(fault, self._verified(chunks(self.asset, pieces)))

    def _changes(
        self, fault: CopyFault, layout: ContainerLayout | None, reason: str
    ) -> list[Replacement]:
        size = self.asset.size
        if fault is CopyFault.APPENDED:
            return [Replacement(size, size, (APPENDED,))]
        if layout is None:
            raise NotMade(reason)
        if fault is CopyFault.TRUNCATED:
            return [Replacement(layout.media(), size)]
        if fault is CopyFault.MEDIA:
            return layout.flip(layout.media())
        if fault is CopyFault.STRIPPED:
            changes = layout.stripped()
            if not changes:
                raise NotMade("there is no metadata in this file")
            return changes
        if self.store is None:
            raise NotMade("the manifest store is next to the file, or cannot be located in it")
        whole: dict[CopyFault, Callable[[], list[Replacement]]] = {
            CopyFault.REMOVED: layout.removed,
            CopyFault.DUPLICATED: layout.duplicated,
            CopyFault.MOVED: layout.moved,
        }
        if fault in whole:
            return whole[fault]()
        return self.store.flip(layout, store_places.ManifestPlace(fault.value))

    def _verified(self, content: Iterable[bytes]) -> Report:
        _, ending = os.path.splitext(self.asset.path)
        ending = ending if ending.isascii() and ending[1:].isalnum() else ""
        with tempfile.TemporaryDirectory(prefix="provenance-tamper-") as folder:
            path = os.path.join(folder, f"copy{ending}")
            with open(path, "xb") as out:
                out.writelines(content)
            return self.verifier.verify(path, sidecar=self.sidecar)

    def _judge(self, fault: CopyFault, after: Report) -> Copy:
        new = sorted({f.code for f in after.findings if f.severity != "note"} - self.codes)
        broken = after.error is not None or after.axes.integrity is Integrity.BROKEN
        worse = after.axes.integrity is not self.before.axes.integrity
        status = after.credentials.status
        if status in {CredentialStatus.ABSENT, CredentialStatus.REMOTE}:
            effect = Effect.LOST
        elif broken or worse or status is CredentialStatus.UNREADABLE or self._errors(after):
            effect = Effect.NOTICED
        else:
            effect = Effect.UNNOTICED
        left = self._left(after) if effect is Effect.LOST else ()
        severity, message = self._weigh(fault, effect, left)
        return Copy(
            fault,
            WORDS[fault],
            effect,
            message,
            severity,
            status,
            after.axes.integrity,
            after.verdict.origin.value if after.verdict else "",
            after.verdict.assurance.value if after.verdict else "",
            tuple(new),
            left,
        )

    def _errors(self, after: Report) -> bool:
        return any(
            f.severity is Severity.ERROR and f.code not in self.codes for f in after.findings
        )

    def _left(self, after: Report) -> tuple[str, ...]:
        said = [f"{s.detector}: {s.says}" for s in after.signals if s.origin in AI_ORIGINS]
        if after.credentials.remote_url:
            said.append("a credential at a remote address")
        said += [f"watermark declared before: {name}" for name in self.watermarks]
        return tuple(dict.fromkeys(said))

    def _weigh(
        self, fault: CopyFault, effect: Effect, left: tuple[str, ...]
    ) -> tuple[Severity | None, str]:
        if effect is Effect.NOTICED:
            return None, "a validator notices"
        if effect is Effect.UNNOTICED:
            message = "a validator does not notice"
            if fault is CopyFault.MOVED:
                message = "the credential holds there as well: the hash leaves its place out"
            if fault in _SIGNED:
                return Severity.ERROR, message
            return (Severity.WARNING if fault in _HARMFUL else Severity.NOTE), message
        verdict = self.before.verdict
        declared = verdict is not None and verdict.origin in AI_ORIGINS
        if left:
            return None, "no credential is left; AI origin can still be found"
        if declared:
            weight = Severity.WARNING if fault is CopyFault.STRIPPED else Severity.NOTE
            return weight, "no credential is left, and nothing else says that this is AI"
        return None, "no credential is left"


def exit_code(reports: Sequence[TamperReport], fail_on: Severity) -> int:
    """Return 3 where a copy weighs as much as `fail_on`, 1 where a file was not checked, else 0."""
    if any(r.failures(fail_on) for r in reports):
        return EXIT_RULES
    return EXIT_ERROR if any(r.error for r in reports) else 0
