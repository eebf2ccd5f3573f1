"""A baseline: the verifier of `encypher-c2pa`, offline and with its telemetry off."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from bench.measure import Budget, Result, compare, missing, pairs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

BASELINE = "encypher_c2pa.verify"


def against(
    name: str, work: Callable[[], None], paths: Sequence[Path], budget: Budget, rounds: int
) -> Result:
    """Compare `work` with its verifier over the same files; says how many of them it refuses."""
    os.environ["ENCYPHER_C2PA_ONLINE"] = "off"
    try:
        import encypher_c2pa
    except ImportError:
        return missing(name, BASELINE, budget, "not installed: the extra `bench` has it")
    refused: list[Path] = []

    def others() -> None:
        refused.clear()
        for path in paths:
            try:
                encypher_c2pa.verify(path, telemetry=False, online=False)
            except (ValueError, RuntimeError, OSError):
                refused.append(path)

    made = compare(name, BASELINE, budget, pairs(work, others, rounds), unit=len(paths))
    note = f"{made.note}; it refuses {len(refused)}" if refused else made.note
    return Result(made.name, made.baseline, made.budget, made.ratios, note)
