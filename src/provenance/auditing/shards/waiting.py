"""Rows of a shard, which come in any order and wait for their turn: in memory while they are few.

What a worker says of an object may be long, whether a hostile file took the worker over or not.
Rows wait as plain tuples of texts and numbers, which the garbage collector leaves alone: going
through ever more rows of a class again and again took a twentieth of a runner's time.
"""

from __future__ import annotations

import pickle
import tempfile
from operator import attrgetter, itemgetter
from typing import IO, TYPE_CHECKING, Any

from provenance.auditing.ledger_row import key_of
from provenance.auditing.ledger_schema import JUDGED
from provenance.auditing.task import OutcomeKind
from provenance.base.errors import AuditError, reason_of
from provenance.render.rows import LedgerRow

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from provenance.auditing.task import FileOutcome, MemberRow, Planned, Value

HELD = 64 << 20  # characters of records in memory; what comes after them is in a temporary file
_ROW = attrgetter("path_bytes")
_RUN = 1  # the number of the only run of a part
_JUDGED = LedgerRow._fields[5:]  # after path_bytes, run_id, seen_run, size and mtime_ns
_judged = itemgetter(*map(JUDGED.index, _JUDGED))
_Waiting = tuple[tuple[Any, ...], ...]


class WaitingRows:
    """The rows of a shard, as they come and in the order of its list. Close it when done."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._keys = keys
        self._found: dict[str, _Waiting | int] = {}  # rows, or where in the file they are
        self._size = 0
        self._file: IO[bytes] | None = None

    @property
    def complete(self) -> bool:
        """Whether every object has its row."""
        return len(self._found) == len(self._keys)

    def put(self, outcome: FileOutcome) -> list[LedgerRow]:
        """Keep what became of an object, and return it as rows. Raises AuditError."""
        planned = outcome.planned
        rows: list[LedgerRow] = []
        if outcome.kind is OutcomeKind.JUDGED:
            own = _row(key_of(planned.path), planned.size, planned.mtime_ns, outcome.row)
            inside = [_of_member(planned, member) for member in outcome.members]
            rows = [own, *sorted(inside, key=_ROW)]
        self._size += sum(len(value) for row in rows for value in row if isinstance(value, str))
        waiting = tuple(map(tuple, rows))
        is_few = self._size <= HELD or not rows
        self._found[planned.path] = waiting if is_few else self._put(waiting)
        return rows

    def in_order(self) -> Iterator[LedgerRow]:
        """Yield all rows by the bytes of their path, and keep nothing. Raises AuditError."""
        for key in self._keys:
            waiting = self._found.pop(key)
            yield from map(
                LedgerRow._make, self._got(waiting) if isinstance(waiting, int) else waiting
            )

    def close(self) -> None:
        """Give up the temporary file, which has no name."""
        if self._file is not None:
            self._file.close()

    def _put(self, waiting: _Waiting) -> int:
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile()  # noqa: SIM115 - see close
            at = self._file.seek(0, 2)
            pickle.dump(waiting, self._file)
        except OSError as e:
            message = f"the rows of a shard do not fit into the temporary folder: {reason_of(e)}"
            raise AuditError("store.unusable", message) from e
        return at

    def _got(self, at: int) -> _Waiting:
        assert self._file is not None  # noqa: S101 - they were put there
        self._file.seek(at)
        # Of our own making, in a file that nobody else can open.
        waiting: _Waiting = pickle.load(self._file)  # noqa: S301 - see above
        return waiting


def _of_member(planned: Planned, member: MemberRow) -> LedgerRow:
    return _row(key_of(planned.path, member.names), member.size, None, member.row)


def _row(
    path_bytes: bytes, size: int | None, mtime_ns: int | None, judged: Sequence[Value]
) -> LedgerRow:
    return LedgerRow._make((path_bytes, _RUN, _RUN, size, mtime_ns, *_judged(judged)))
