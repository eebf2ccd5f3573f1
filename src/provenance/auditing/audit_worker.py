"""The process that examines files: set up, confined, then fed with names until it is told to end.

It answers in batches, at most a fortieth of a second apart, and always before it turns to a file
that follows such a pause: what is missing from its answers when it dies was in hand or is quick to
do again.
"""

from __future__ import annotations

import os
import pickle
import time
from typing import TYPE_CHECKING, Any

from provenance.auditing import engine, handed
from provenance.auditing.examine import make_glancer
from provenance.auditing.ledger_row import row_of_report
from provenance.auditing.plan import with_status
from provenance.auditing.task import SLOWEST, Begun, OutcomeKind, Planned, Value
from provenance.base.errors import ProvenanceError
from provenance.sandbox import confine, frames, limits
from provenance.sandbox.limits import Measure
from provenance.verdict.report import AssetInfo, Environment, ErrorInfo, Report

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance.auditing.examine import Examined, Examiner
    from provenance.auditing.handed import Handed
    from provenance.auditing.task import AuditTask, FileLimits
    from provenance.sandbox.serving import ServiceLine
    from provenance.verdict.contents import Step

SERVICE = "provenance.auditing.audit_worker:main"
PAUSE = 0.025  # seconds between answers
MAX_MESSAGE = 64 << 20  # bytes of one message
QUESTION = 4096  # bytes of a question that a worker asks on the side, at most
SEEN = "seen"  # the key of what was seen at a glance
MEMBERS = "members"  # the key of what was found in a file, before its own result
OUT_OF_MEMORY = "out_of_memory"  # instead of a result; the worker ends
_MAX_RECORD = 16 << 20  # characters; twice that is the longest message, with all its escapes
_TOO_LONG = ErrorInfo("worker.record", "its record is too long: examine it with verify")
_BATCH = 1 << 20  # characters of records after which an answer goes out at once
_CORES = 4  # seconds of CPU for each second of a file's timeout: the digest runs beside the SDK


def main(line: ServiceLine) -> None:
    """Serve until there are no more chunks."""
    setup = line.receive(MAX_MESSAGE)
    if setup is None:
        return
    # From the audit that started us: the one direction in which a pickle is taken.
    task, bounds = pickle.loads(setup)  # noqa: S301 - see above
    measures = confine.close_off(
        open_files=bounds.open_files,
        network=task.options.ocsp,
        credentials=not line.takes_files,  # who is given objects opens no files of others
    )
    if task.folder:
        os.chdir(task.folder)
    handed = _opener_of_handed(line) if line.takes_files else None
    try:
        examine = engine.load_examiner(task, handed.open if handed else None)
    except ProvenanceError as e:
        line.send(frames.packed({"failed": str(e)}))
        return
    measures += bound_process(bounds)
    line.send(frames.packed({"ready": [[m.name, m.on, m.says] for m in measures]}))
    while (chunk := line.receive(MAX_MESSAGE)) is not None:
        if not _serve(frames.unpacked(chunk), examine, bounds, line, task, handed):
            return


def _opener_of_handed(line: ServiceLine) -> handed.Handed:
    return handed.Handed(line)


def bound_process(bounds: FileLimits) -> tuple[Measure, ...]:
    """Bound memory beyond what is taken by now, and CPU for each file from now on."""
    memory = confine.bound_memory(bounds.memory)
    limits.allow_cpu(cpu_seconds(bounds, 0))
    on = limits.available()
    says = f"{cpu_seconds(bounds, 0)} seconds of CPU a file" if on else limits.missing_limit()
    slowest = f"and one more for each {SLOWEST >> 20} MiB of it"
    timeout = Measure("timeout", on=True, says=f"{bounds.timeout:g} seconds a file, {slowest}")
    return memory, Measure("cpu", on=on, says=says), timeout


def _serve(
    chunk: list[list[Any]],
    examine: Examiner,
    bounds: FileLimits,
    line: ServiceLine,
    task: AuditTask,
    handed: Handed | None,
) -> bool:
    """Examine one chunk: of each file path, known digest, whether it brought a worker down, what is
    done, and size and time by its plan, if that has them.

    False where this process had better end. Of a file that did, what can be seen without its
    credential is sent first: it may be all that is left. What is done of a file is the number of
    its members that were gone through, and those that brought a worker down: [number, code, why].
    """
    batch = _Batch(line)
    if handed is not None:
        handed.forget_chunk()
    for number, (path, known, fell, done, planned) in enumerate(chunk):
        if batch.entries and batch.is_due():
            batch.send()
        if handed is None:
            before = with_status(Planned(path))
        else:
            handed.number, handed.facts = number, planned
            before = Planned(path, *planned)
        limits.allow_cpu(cpu_seconds(bounds, before.size or 0))
        facts = [before.size, before.mtime_ns, before.inode]
        try:
            if (
                fell
                and (seen := make_glancer(task, handed.open if handed else None)(path)) is not None
            ):
                line.send(frames.packed({SEEN: seen.body()}))
            if handed is None and planned not in (None, facts[:2]) and before.size is not None:
                result: Examined = _replaced(path, task)
            else:
                result = examine(path, known, _begun(done))
            if not isinstance(result, OutcomeKind | Report):
                if batch.entries:
                    batch.send()
                result = _Sending(line, bounds, at_once=fell).all(result, before.size or 0)
                batch.restart()
            told = _row_or_kind(result)
            if handed is not None:
                facts = [*(handed.facts or planned), None]
        except MemoryError:
            batch.entries.append(OUT_OF_MEMORY)
            batch.send()
            return False
        batch.add(facts, told)
    batch.send()
    return True


class _Batch:
    """Entries that go out together. Records, the long part of rows, are lines after them.

    The entry of a file is its size, time and inode as they were before, then the row without its
    record, or the word of an `OutcomeKind` that has none. With `members` they are of what is in a
    file: its number among them, then its names, its size and the row, or nothing where it has no
    row. `slot` reads them, and believes none. `weight` is in characters of records.
    """

    def __init__(self, line: ServiceLine, *, members: bool = False) -> None:
        self._line = line
        self._members = members
        self._records: list[str] = []
        self._since = time.monotonic()
        self.entries: list[Any] = []
        self.weight = 0

    def is_due(self) -> bool:
        """Tell whether they are heavy enough to be sent, or have waited for long enough."""
        return self.weight > _BATCH or time.monotonic() - self._since >= PAUSE

    def restart(self) -> None:
        """Count the time anew: something was sent just now."""
        self._since = time.monotonic()

    def add(self, entry: list[Any], told: OutcomeKind | tuple[Value, ...] | None) -> None:
        """Add what is known before, and after it a row, or why there is none."""
        if isinstance(told, tuple):
            *values, record = told
            self._records.append(str(record))
            self.weight += len(self._records[-1])
            entry = [*entry, *values]
        elif told is not None:
            entry = [*entry, told.value]
        self.entries.append(entry)

    def send(self) -> None:
        """Send them, and begin anew."""
        said = {MEMBERS: self.entries} if self._members else self.entries
        self._line.send(frames.packed_with(said, self._records))
        self.entries, self._records, self.weight = [], [], 0
        self.restart()


def _replaced(path: str, task: AuditTask) -> Report:
    """Return the report on a file that is not the one any more that was planned."""
    error = ErrorInfo("asset.changed", "replaced since it was listed")
    return Report(AssetInfo(path), Environment("", "", (), task.at), error=error)


class _Sending:
    """Sends what is found in one file while it is gone through.

    `at_once` sends each member by itself, so that it is known over which one this process falls.
    """

    def __init__(self, line: ServiceLine, bounds: FileLimits, *, at_once: bool) -> None:
        self._bounds = bounds
        self._at_once = at_once
        self._held = _Batch(line, members=True)

    def all(self, steps: Iterator[Step], size: int) -> Report:
        """Go through a file of so many bytes; return its own report. Raises MemoryError."""
        own: Report | None = None
        for number, report in steps:
            limits.allow_cpu(cpu_seconds(self._bounds, size))
            if report is not None and report.asset.outer is None:
                own = report
                break
            if report is None:
                self._held.add([number], None)
            else:
                assert report.asset.outer is not None  # noqa: S101 - see above
                names = list(report.asset.outer.names)
                self._held.add([number, names, report.asset.size], _row_or_kind(report))
            if self._at_once or self._held.is_due():
                self._held.send()
        if self._held.entries:
            self._held.send()
        assert own is not None  # noqa: S101 - the last step is the file itself
        return own


def _begun(done: list[Any] | None) -> Begun | None:
    if done is None:
        return None
    count, fallen = done
    return Begun(done=count, fallen={n: ErrorInfo(code, why) for n, code, why in fallen})


def _row_or_kind(result: OutcomeKind | Report) -> OutcomeKind | tuple[Value, ...]:
    """Return the row of one file, or why there is none. Raises MemoryError, also for a report."""
    if isinstance(result, OutcomeKind):
        return result
    if result.error is not None and result.error.code == "internal.memory":
        raise MemoryError
    row = row_of_report(result)
    if len(str(row[-1])) <= _MAX_RECORD:
        return row
    asset = AssetInfo(result.asset.path, outer=result.asset.outer)
    return row_of_report(Report(asset, result.environment, error=_TOO_LONG))


def cpu_seconds(bounds: FileLimits, size: int) -> int:
    """Return how much CPU time files of `size` bytes together may take."""
    return int(bounds.seconds(size) * _CORES) + 1
