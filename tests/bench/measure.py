"""Interleaved pairs, their ratios, and the line that a result prints."""

from __future__ import annotations

import contextlib
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

Work = Callable[[], object]


class Kind(StrEnum):
    """Which way a budget points."""

    AT_MOST = "at most"
    AT_LEAST = "at least"
    REPORTED = "reported"


@dataclass(frozen=True, slots=True)
class Budget:
    """A bound for the median of the ratios; `REPORTED` bounds nothing."""

    kind: Kind
    ratio: float = 0.0

    def holds(self, ratio: float) -> bool:
        """Tell whether a ratio keeps the budget."""
        if self.kind is Kind.AT_MOST:
            return ratio <= self.ratio
        return self.kind is Kind.REPORTED or ratio >= self.ratio

    def __str__(self) -> str:
        return "-" if self.kind is Kind.REPORTED else f"{self.kind} {self.ratio:g}"


REPORTED = Budget(Kind.REPORTED)


def at_most(ratio: float) -> Budget:
    """The ratio is a cost (our time or memory over the baseline's)."""
    return Budget(Kind.AT_MOST, ratio)


def at_least(ratio: float) -> Budget:
    """The ratio is a speed (our throughput over the baseline's)."""
    return Budget(Kind.AT_LEAST, ratio)


@dataclass(frozen=True, slots=True)
class Result:
    """One measured ratio: median, extremes, and what it was measured against.

    `ratios` is empty where the measurement could not be made; `note` then says why.
    """

    name: str
    baseline: str
    budget: Budget
    ratios: tuple[float, ...]
    note: str = ""

    @property
    def median(self) -> float:
        """The median of the pairs."""
        return statistics.median(self.ratios)

    @property
    def holds(self) -> bool | None:
        """Whether the median keeps the budget; None where nothing was measured."""
        return self.budget.holds(self.median) if self.ratios else None


@contextlib.contextmanager
def compiled() -> Iterator[dict[str, str]]:
    """Yield an environment for child processes in which bytecode is kept, as after an install.

    A checkout under `PYTHONDONTWRITEBYTECODE` compiles every module of ours in every process,
    and none of the baseline's. The first run with it fills the cache: leave that one out.
    """
    with tempfile.TemporaryDirectory() as folder:
        kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
        yield {**kept, "PYTHONPYCACHEPREFIX": folder}


def timed(work: Work) -> float:
    """Run once; seconds of wall-clock."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def pairs(ours: Work, baseline: Work, rounds: int, *, warm: int = 1) -> list[tuple[float, float]]:
    """Time the two in turn, who begins alternating; (ours, baseline) in seconds a round."""
    for _ in range(warm):
        ours()
        baseline()
    made = []
    for n in range(rounds):
        if n % 2:
            theirs = timed(baseline)
            made.append((timed(ours), theirs))
        else:
            mine = timed(ours)
            made.append((mine, timed(baseline)))
    return made


def compare(
    name: str,
    baseline_name: str,
    budget: Budget,
    times: list[tuple[float, float]],
    *,
    unit: int = 1,
) -> Result:
    """Turn times into a result; costs and speeds differ in what is over what.

    `unit` is the number of files in one round, for the milliseconds in the note.
    """
    slow = budget.kind is Kind.AT_MOST
    ratios = tuple(a / b if slow else b / a for a, b in times)
    ours = statistics.median(a for a, _ in times) / unit * 1000
    theirs = statistics.median(b for _, b in times) / unit * 1000
    return Result(name, baseline_name, budget, ratios, f"{ours:.3g} ms against {theirs:.3g} ms")


def missing(name: str, baseline: str, budget: Budget, why: str) -> Result:
    """A result for what could not be measured here."""
    return Result(name, baseline, budget, (), why)
