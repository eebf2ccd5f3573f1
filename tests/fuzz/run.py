"""One run: numbered inputs, the same for a seed on every machine with the same seeds."""

from __future__ import annotations

import faulthandler
import random
import sys
import time
import traceback
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fuzz.targets import TARGETS, Target

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

MAX_SECONDS = 2.0  # of the processor for one input, its mutation left out
MAX_GROWTH = 512 << 20  # bytes by which one input may raise the peak of memory
HANG = 120  # seconds after which the process says where it stands, and ends


@dataclass(frozen=True, slots=True)
class Fault:
    """An input that broke an invariant: enough to make it again."""

    target: str
    seed: int
    number: int
    what: str
    data: bytes


@dataclass(slots=True)
class Tally:
    """What a run saw. The worst input of each kind is (value, target, number)."""

    counts: dict[str, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    slowest: dict[str, tuple[float, int]] = field(default_factory=dict)
    growth: tuple[int, str, int] = (0, "", 0)
    peak: int = 0


def choose(seed: int, number: int, targets: Sequence[Target]) -> tuple[Target, bytes]:
    """Return the target of one number, and its input."""
    chance = random.Random(f"{seed}:{number}")  # noqa: S311 - to be had again, not to be secret
    (target,) = chance.choices(targets, [t.weight for t in targets])
    return target, target.make(chance)


def peak() -> int:
    """Return the most memory that this process ever took, in bytes; 0 where no one can tell."""
    if sys.platform == "win32":
        return 0
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def one(seed: int, number: int, targets: Sequence[Target], tally: Tally) -> None:
    """Make one input, hand it over, and note what came of it."""
    target, data = choose(seed, number, targets)
    before, start = peak(), time.process_time()
    what = ""
    try:
        target.run(data, number)
    except Exception:  # noqa: BLE001 - whatever is raised is what is looked for
        what = traceback.format_exc(limit=-6)
    took, grown = time.process_time() - start, peak() - before
    if took > MAX_SECONDS:
        what = what or f"took {took:.1f} s of the processor"
    if grown > MAX_GROWTH:
        what = what or f"took {grown >> 20} MiB more than any before it"
    if what:
        tally.faults.append(Fault(target.name, seed, number, what, data))
    tally.counts[target.name] = tally.counts.get(target.name, 0) + 1
    tally.slowest[target.name] = max(tally.slowest.get(target.name, (0.0, 0)), (took, number))
    tally.growth = max(tally.growth, (grown, target.name, number))
    tally.peak = peak()


def many(
    seed: int,
    *,
    seconds: float = float("inf"),
    inputs: int | None = None,
    first: int = 0,
    targets: Sequence[Target] = TARGETS,
    watch: Path | None = None,
) -> Tally:
    """Go through numbered inputs until time or number is used up.

    `watch` is a file that holds the number under way, for an input that ends or hangs the process.
    """
    tally = Tally()
    end = time.monotonic() + seconds
    number = first
    while time.monotonic() < end and (inputs is None or number < first + inputs):
        if watch is not None:
            watch.write_text(f"{seed} {number}\n", encoding="ascii")
            faulthandler.dump_traceback_later(HANG, exit=True)
        one(seed, number, targets, tally)
        number += 1
    faulthandler.cancel_dump_traceback_later()
    return tally
