"""The process that examines files: set up, confined, then fed with names until it is told to end.

It answers in batches, at most a fortieth of a second apart, and always before it turns to a file
that follows such a pause: what is missing from its answers when it dies was in hand or is quick to
do again.
"""

from __future__ import annotations

import pickle
import time
from typing import TYPE_CHECKING, Any

from provenance.auditing import engine
from provenance.auditing.examine import glancer
from provenance.auditing.model import SLOWEST, Kind, Planned, Value
from provenance.auditing.plan import asked
from provenance.auditing.row import of_error, of_report
from provenance.base.errors import ProvenanceError
from provenance.sandbox import confine, frames, limits
from provenance.sandbox.limits import Measure
from provenance.verdict.report import ErrorInfo

if TYPE_CHECKING:
    from datetime import datetime

    from provenance.auditing.examine import Examiner
    from provenance.auditing.model import Limits, Task
    from provenance.sandbox.serving import Line

SERVICE = "provenance.auditing.worker:main"
PAUSE = 0.025  # seconds between answers
MAX_MESSAGE = 64 << 20  # bytes of one message
SEEN = "seen"  # the key of what was seen at a glance
OUT_OF_MEMORY = "out_of_memory"  # instead of a result; the worker ends
_MAX_RECORD = 16 << 20  # characters; twice that is the longest message, with all its escapes
_TOO_LONG = ErrorInfo("worker.record", "its record is too long: examine it with verify")
_BATCH = 1 << 20  # characters of records after which an answer goes out at once
_CORES = 4  # seconds of CPU for each second of a file's timeout: the digest runs beside the SDK


def main(line: Line) -> None:
    """Serve until there are no more chunks."""
    setup = line.receive(MAX_MESSAGE)
    if setup is None:
        return
    # From the audit that started us: the one direction in which a pickle is taken.
    task, bounds = pickle.loads(setup)  # noqa: S301 - see above
    measures = confine.close_off(open_files=bounds.open_files, network=task.options.ocsp)
    try:
        examine = engine.load(task)
    except ProvenanceError as e:
        line.send(frames.packed({"failed": str(e)}))
        return
    measures += _bounded(bounds)
    line.send(frames.packed({"ready": [[m.name, m.on, m.says] for m in measures]}))
    while (chunk := line.receive(MAX_MESSAGE)) is not None:
        if not _serve(frames.unpacked(chunk), examine, bounds, line, task):
            return


def _bounded(bounds: Limits) -> tuple[Measure, ...]:
    """Bound memory beyond what is taken by now, and CPU for each file from now on."""
    memory = confine.bound_memory(bounds.memory)
    limits.allow_cpu(_cpu_seconds(bounds, 0))
    on = limits.available()
    says = f"{_cpu_seconds(bounds, 0)} seconds of CPU a file" if on else limits.missing()
    slowest = f"and one more for each {SLOWEST >> 20} MiB of it"
    timeout = Measure("timeout", on=True, says=f"{bounds.timeout:g} seconds a file, {slowest}")
    return memory, Measure("cpu", on=on, says=says), timeout


def _serve(
    chunk: list[list[Any]], examine: Examiner, bounds: Limits, line: Line, task: Task
) -> bool:
    """Examine one chunk of [path, known digest, whether it brought a worker down before].

    False where this process had better end. Of a file that did, what can be seen without its
    credential is sent first: it may be all that is left.
    """
    found: list[Any] = []
    held = 0
    last = time.monotonic()
    for path, known, fell in chunk:
        if found and (held > _BATCH or time.monotonic() - last >= PAUSE):
            line.send(frames.packed(found))
            found, held, last = [], 0, time.monotonic()
        before = asked(Planned(path))
        limits.allow_cpu(_cpu_seconds(bounds, before.size or 0))
        facts = [before.size, before.mtime_ns, before.inode]
        try:
            if fell and (seen := glancer(task)(path)) is not None:
                line.send(frames.packed({SEEN: seen.body()}))
            result = _examined(examine, path, known, task.at)
        except MemoryError:
            line.send(frames.packed([*found, OUT_OF_MEMORY]))
            return False
        if isinstance(result, Kind):
            found.append([*facts, result.value])
        else:
            found.append([*facts, *result])
            held += len(str(result[-1]))
    line.send(frames.packed(found))
    return True


def _examined(
    examine: Examiner, path: str, known: str | None, at: datetime
) -> Kind | tuple[Value, ...]:
    """Return the row of one file, or why there is none. Raises MemoryError, also for a report."""
    report = examine(path, known)
    if isinstance(report, Kind):
        return report
    if report.error is not None and report.error.code == "internal.memory":
        raise MemoryError
    row = of_report(report)
    return of_error(path, _TOO_LONG, at) if len(str(row[-1])) > _MAX_RECORD else row


def _cpu_seconds(bounds: Limits, size: int) -> int:
    return int(bounds.seconds(size) * _CORES) + 1
