"""The process that examines files: set up, confined, then fed with names until it is told to end.

It answers in batches, at most a fortieth of a second apart, and always before it turns to a file
that follows such a pause: what is missing from its answers when it dies was in hand or is quick to
do again.
"""

from __future__ import annotations

import base64
import os
import pickle
import time
from typing import TYPE_CHECKING, Any, BinaryIO

from provenance.auditing import confine, engine, frames
from provenance.auditing.model import Kind, Planned
from provenance.auditing.plan import asked
from provenance.auditing.row import of_error
from provenance.auditing.schema import JUDGED
from provenance.base.errors import ProvenanceError
from provenance.verdict.report import ErrorInfo

if TYPE_CHECKING:
    from datetime import datetime

    from provenance.auditing.examine import Examiner
    from provenance.auditing.model import Limits

PAUSE = 0.025  # seconds between answers
OUT_OF_MEMORY = "out_of_memory"  # instead of a result; the worker ends
_CODE = JUDGED.index("error_code")
_MAX_RECORD = 16 << 20  # characters; twice that is the longest message, with all its escapes
_TOO_LONG = ErrorInfo("worker.record", "its record is too long: examine it with verify")
_BATCH = 1 << 20  # characters of records after which an answer goes out at once


def main() -> None:
    """Serve on standard input and output until the input ends."""
    incoming, outgoing = _channels()
    setup = frames.read(incoming)
    if setup is None:
        return
    # From the audit that started us: the one direction in which a pickle is taken.
    task, limits = pickle.loads(base64.b64decode(setup["setup"]))  # noqa: S301 - see above
    measures = confine.begin(limits, network=task.options.ocsp)
    try:
        examine = engine.load(task)
    except ProvenanceError as e:
        frames.write(outgoing, {"failed": str(e)})
        return
    measures += confine.finish(limits)
    frames.write(outgoing, {"ready": [[m.name, m.on, m.says] for m in measures]})
    while (chunk := frames.read(incoming)) is not None:
        if not _serve(chunk, examine, limits, outgoing, task.at):
            return


def _serve(
    chunk: list[list[Any]], examine: Examiner, limits: Limits, outgoing: BinaryIO, at: datetime
) -> bool:
    """Examine one chunk of [path, known digest]; false where this process had better end."""
    found: list[Any] = []
    held = 0
    last = time.monotonic()
    for path, known in chunk:
        if found and (held > _BATCH or time.monotonic() - last >= PAUSE):
            frames.write(outgoing, found)
            found, held, last = [], 0, time.monotonic()
        before = asked(Planned(path))
        confine.allow_cpu(limits, before.size or 0)
        facts = [before.size, before.mtime_ns, before.inode]
        try:
            result = examine(path, known)
        except MemoryError:
            result = None
        if result is None or (not isinstance(result, Kind) and result[_CODE] == "internal.memory"):
            frames.write(outgoing, [*found, OUT_OF_MEMORY])
            return False
        if not isinstance(result, Kind) and len(str(result[-1])) > _MAX_RECORD:
            result = of_error(path, _TOO_LONG, at)
        if isinstance(result, Kind):
            found.append([*facts, result.value])
        else:
            found.append([*facts, *result])
            held += len(str(result[-1]))
    frames.write(outgoing, found)
    return True


def _channels() -> tuple[BinaryIO, BinaryIO]:
    """Take standard input and output for messages, and put nothing in their place.

    Whatever a library prints must not end up between two messages.
    """
    incoming = os.fdopen(os.dup(0), "rb")
    outgoing = os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    os.close(nothing)
    return incoming, outgoing


if __name__ == "__main__":
    main()
