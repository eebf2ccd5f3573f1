"""How far an audit is: counts, rate and what is left, for whoever shows it."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from provenance.auditing.ledger_schema import JUDGED
from provenance.auditing.task import OutcomeKind

if TYPE_CHECKING:
    from provenance.auditing.task import FileOutcome, Value

_FLAGS, _ERROR = JUDGED.index("flagged"), JUDGED.index("error_code")
_WINDOW = 30.0  # seconds over which the rate is taken


@dataclass(slots=True)
class RunProgress:
    """Counts of one run, its beginning before a resumption included.

    `done` is every file that the run has met and is through with: `judged` now, `unchanged` since
    an earlier time, or found in the ledger by a resumption. `members` were found in these.
    `flagged`, `broken` and `errors` count among both; `left_out` (for what is in them) and
    `filtered` (by the plan) do not. `total` is None where nobody counted.
    """

    total: int | None = None
    done: int = 0
    judged: int = 0
    unchanged: int = 0
    left_out: int = 0
    filtered: int = 0
    flagged: int = 0
    broken: int = 0
    errors: int = 0
    quarantined: int = 0
    members: int = 0
    _began: float = field(default_factory=time.monotonic)
    _marks: deque[tuple[float, int]] = field(default_factory=deque)

    def __post_init__(self) -> None:
        """Begin to take the rate: what is done by now is not this process's work."""
        self._marks.append((self._began, self.done))

    def count(self, outcome: FileOutcome) -> None:
        """Count one outcome."""
        if outcome.kind is OutcomeKind.LEFT_OUT:
            self.left_out += 1
            return
        self.done += 1
        if outcome.kind is OutcomeKind.UNCHANGED:
            self.unchanged += 1
            return
        self.judged += 1
        self.quarantined += outcome.deaths > 0
        self.members += len(outcome.members)
        self._count(outcome.row)
        for member in outcome.members:
            self._count(member.row)

    def _count(self, row: tuple[Value, ...]) -> None:
        if row[_ERROR] is not None:
            self.errors += 1
        elif row[_FLAGS]:
            self.flagged += 1
            self.broken += "broken" in str(row[_FLAGS]).split(",")

    @property
    def seconds(self) -> float:
        """Since this process began."""
        return time.monotonic() - self._began

    def rate(self) -> float:
        """Files a second, lately."""
        now = time.monotonic()
        marks = self._marks
        marks.append((now, self.done))
        # The last mark before the window stays: looks may be further apart than that is long.
        while now - marks[1][0] >= _WINDOW:
            marks.popleft()
        since, count = marks[0]
        return (self.done - count) / (now - since) if now - since > 0.2 else 0.0

    def remaining(self) -> float | None:
        """Seconds to go at the rate of lately; None where the total or the rate is unknown."""
        rate = self.rate()
        if self.total is None or not rate:
            return None
        return max(self.total - self.done - self.left_out, 0) / rate
