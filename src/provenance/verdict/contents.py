"""A file with everything in it: members first, each a report of its own, then the file itself.

A member goes through the same `Verifier` as any file. What it costs is counted for the outermost
file (`provenance.media.archive.Spending`). Where a bound ends the search, the file that was not
read to its end is flagged `unreadable`: compressed bytes show no marks of what is in them, so that
nothing can be said to be absent. What is encrypted, or of a kind that this program does not open,
is a finding: no bound of this program hides it, and whoever made the file says so openly.
"""

from __future__ import annotations

from dataclasses import field, replace
from typing import TYPE_CHECKING

from provenance.base import arguments
from provenance.base.errors import AssetError, crashes_told
from provenance.base.finding import note, warning
from provenance.base.paths import path_of
from provenance.base.terms import CredentialStatus
from provenance.base.values import dataclass
from provenance.media import archive
from provenance.media.asset import Asset
from provenance.media.container import scan_container, sniff
from provenance.media.digest import Digester
from provenance.verdict.file_findings import NOTHING, FileContext
from provenance.verdict.report import Outer

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Generator, Iterator, Mapping, Sequence

    from provenance.base.finding import Finding
    from provenance.base.options import ArchiveLimits
    from provenance.media.archive import Member
    from provenance.media.container import Scan
    from provenance.verdict.report import ErrorInfo, Report
    from provenance.verdict.verifier import Verifier

    Step = tuple[int, Report | None]
    """The number of a member, in the order of examination, and its report.

    None where there is nothing to report: a mere text of a document, without evidence, and what was
    done before. A file that is opened begins with -1. It comes last itself, with the number that is
    the count of its members.
    """

_SHOWN = 3  # names in a finding
_TEXTS = frozenset(
    {"unknown", "html", "text"}
)  # families of what is mere text in a document or a message


@dataclass(frozen=True, slots=True)
class MemberProgress:
    """What was done of a file before: so many members, of which some brought a worker down.

    Those that are done are passed over; one that fell, and is not done, is reported with the error.
    """

    done: int = 0
    fallen: Mapping[int, ErrorInfo] = field(default_factory=dict)


def verify_all(
    verifier: Verifier,
    path: str | os.PathLike[str] | bytes | bytearray | memoryview,
    *,
    sidecar: str | os.PathLike[str] | None = None,
    fragments: Sequence[str | os.PathLike[str]] = (),
) -> Iterator[Report]:
    """Verify one file and, as far as `verifier.options.archives` says, everything in it.

    `path` is the name of the file, or its content. Yields members as they are examined, and the
    file itself last. Without `options.archives` that is the only one. Nothing is written anywhere;
    nothing is raised for what files hold. Raises TypeError or ValueError for a wrong call.
    """
    given, beside = (
        arguments.require_media(path, "verify_all"),
        arguments.require_names(fragments, "fragments"),
    )
    if isinstance(given, bytes):
        if sidecar is not None or beside:
            raise ValueError("sidecar and fragments go with the name of a file, not with content")
        yield from verify_all_bytes(verifier, given)
        return
    for _, report in steps(verifier, given, sidecar=sidecar, fragments=beside):
        if report is not None:
            yield report


def verify_all_bytes(verifier: Verifier, data: bytes, name: str = "-") -> Iterator[Report]:
    """Do as `verify_all` with bytes that are in memory."""
    try:
        with Asset.from_bytes(data, name, max_size=verifier.options.max_size) as asset:
            yield from reports(verifier, asset)
    except AssetError as e:
        yield verifier.refuse(name, e)


def reports(verifier: Verifier, asset: Asset) -> Iterator[Report]:
    """Do as `verify_all` with an asset that is open. Raises AssetError where it cannot be read."""
    for _, report in _steps(verifier, asset, _Beside(), MemberProgress()):
        if report is not None:
            yield report


def steps(
    verifier: Verifier,
    path: str | os.PathLike[str],
    *,
    sidecar: str | os.PathLike[str] | None = None,
    fragments: Sequence[str | os.PathLike[str]] = (),
    progress: MemberProgress | None = None,
) -> Iterator[Step]:
    """Yield what `verify_all` does, with the number of each member, from where it was left."""
    beside = _Beside(sidecar, tuple(fragments))
    try:
        with verifier.open(path) as asset:
            yield from _steps(verifier, asset, beside, progress or MemberProgress())
    except AssetError as e:
        yield -1, verifier.refuse(path, e)


@dataclass(frozen=True, slots=True)
class _Beside:
    """What the user named in addition to the file itself."""

    sidecar: str | os.PathLike[str] | None = None
    fragments: tuple[str | os.PathLike[str], ...] = ()


def _steps(
    verifier: Verifier, asset: Asset, beside: _Beside, progress: MemberProgress
) -> Iterator[Step]:
    context, count = NOTHING, 0
    if verifier.options.archives is not None:
        walk = _MemberWalk(verifier, asset, verifier.options.archives, progress)
        context = yield from walk.whole()
        count = walk.count
    report = verifier.judge(
        asset, sidecar=beside.sidecar, fragments=beside.fragments, context=context
    )
    yield count, report


class _MemberWalk:
    """One file and all that is in it. Used once."""

    def __init__(
        self, verifier: Verifier, asset: Asset, limits: ArchiveLimits, progress: MemberProgress
    ) -> None:
        self._limits = limits
        self._spending = archive.Spending(limits, asset.size)
        self._verifier = verifier
        self._asset = asset
        self._progress = progress
        self.count = 0
        self._sha256: str | None = None

    def whole(self) -> Generator[Step, None, FileContext]:
        scan = _opened(self._asset)
        if scan is None:
            return FileContext()
        yield -1, None
        if self._verifier.options.digest:
            self._sha256 = _sha256(self._asset)
        context = yield from self._inside(self._asset, scan, (), ())
        return replace(context, sha256=self._sha256)

    def _inside(
        self, asset: Asset, scan: Scan, names: tuple[str, ...], above: tuple[Asset, ...]
    ) -> Generator[Step, None, FileContext]:
        """Yield what a file holds."""
        if len(names) >= self._limits.depth:
            why = f"it is {len(names)} archives deep (--max-depth)"
            return FileContext(closed=why, unread=(f"what is in it: {why}",))
        if any(asset.size == outer.size and _sha256(asset) == _sha256(outer) for outer in above):
            return FileContext(closed="it is the archive that it is in, once more")
        findings: list[Finding] = []
        unread: list[str] = []
        flagged: list[str] = []
        before = self.count
        for event in self._events(asset, scan):
            if isinstance(event, archive.Member):
                for step in self._member(event, (*names, event.name), (*above, asset)):
                    if step[1] is not None and step[1].flagged:
                        flagged.append(_below(step[1], len(names)))
                    yield step
            elif isinstance(event, archive.Unread):
                unread.append(event.what)
            else:
                findings.append(event)
        findings += [
            warning("container.members_unread", f"not examined: {what}") for what in unread
        ]
        findings.append(
            note("container.opened", f"files in it that were examined: {self.count - before}")
        )
        if flagged:
            findings.append(_flagged_members(flagged, at_least=bool(self._progress.done)))
        return FileContext(findings=tuple(findings), opened=True, unread=tuple(unread))

    def _events(self, asset: Asset, scan: Scan) -> Iterator[Member | Finding | archive.Unread]:
        """Yield what an archive gives, to its end or to a bound. Raises AssetError."""
        events = archive.members(asset, scan, self._spending)
        while True:
            event: Member | Finding | archive.Unread | None = None
            bound: archive.ExhaustedError | None = None
            with crashes_told():
                try:
                    event = next(events, None)
                except archive.ExhaustedError as e:
                    bound = e
            if bound is not None:
                yield archive.Unread(f"whatever comes after {bound}")
            if event is None:
                return
            yield event

    def _member(
        self, member: Member, names: tuple[str, ...], above: tuple[Asset, ...]
    ) -> Iterator[Step]:
        outer = Outer(self._asset.path, self._sha256, names)
        if member.asset is None:
            error = member.error or AssetError("member.damaged", "nothing of it can be read")
            yield from self._numbered(lambda: self._refused(outer, error))
            return
        with member.asset as asset:
            asset.path = path_of(self._asset.path, names)
            held = asset.held
            self._spending.held += held
            context = FileContext()
            try:
                with crashes_told():
                    scan = _opened(asset)
                if scan is not None:
                    context = yield from self._inside(asset, scan, names, above)
            except AssetError as e:
                context = FileContext(findings=(warning("container.damaged", str(e)),))
            finally:
                self._spending.held -= held
            context = replace(context, outer=outer, findings=(*member.findings, *context.findings))
            yield from self._numbered(lambda: self._report(asset, member, context))

    def _numbered(self, examine: Callable[[], Report | None]) -> Iterator[Step]:
        """Examine a member, unless that was done before."""
        number = self.count
        self.count += 1
        yield number, examine() if number >= self._progress.done else None

    def _report(self, asset: Asset, member: Member, context: FileContext) -> Report | None:
        assert context.outer is not None  # noqa: S101 - a member has one
        fallen = self._progress.fallen.get(self.count - 1)
        if fallen is not None:
            return self._refused(context.outer, AssetError(fallen.code, fallen.message))
        try:
            examined = self._verifier.examine(asset, context=context)
        except AssetError as e:
            return self._refused(context.outer, e)
        report = self._verifier.of_presentation(examined.report, asset)
        text = member.part and examined.scan.family in _TEXTS
        absent = report.credentials.status is CredentialStatus.ABSENT
        return None if text and absent and not (report.signals or report.flagged) else report

    def _refused(self, outer: Outer, error: AssetError) -> Report:
        report = self._verifier.refuse(path_of(outer.path, outer.names), error)
        return replace(report, asset=replace(report.asset, outer=outer))


def _opened(asset: Asset) -> Scan | None:
    """Scan a file that this program opens; None for any other."""
    name = sniff.family_name(asset)
    if name == "unknown" or not sniff.load_family(name).opener:
        return None
    return scan_container(asset)


def _below(report: Report, depth: int) -> str:
    outer = report.asset.outer
    assert outer is not None  # noqa: S101 - a member has one
    first, *rest = outer.names[depth:]
    return path_of(first, tuple(rest))


def _sha256(asset: Asset) -> str:
    return Digester(asset, ("sha256",)).hexdigests()["sha256"]


def _flagged_members(flagged: list[str], *, at_least: bool) -> Finding:
    """Name the first flagged files; `at_least` says that some were examined in an earlier run."""
    count = f"{'at least ' if at_least else ''}{len(flagged)}"
    shown = ", ".join(flagged[:_SHOWN]) + (", ..." if len(flagged) > _SHOWN else "")
    return warning("container.member_flagged", f"flagged files in it: {count} ({shown})")
