"""Fuzz the public entry points: `python tests/fuzz --minutes 10 --seed 1`.

Samples, real files where they are there, and what is in them (stores, claims, signatures,
certificates, time-stamps, OCSP responses, a revocation list) are damaged, blindly and with
knowledge of DER, CBOR and boxes. Nothing may be raised but what is documented, no record may be a
fault of the program's own, break the schema or hold a control character, and no input may take
more than 2 seconds of the processor or 512 MiB. Each input has a number: `--seed S --only N`, with
the same `--target`, makes it again from the same seeds. Exit code 1 where something does not
hold; the inputs are in the folder `--keep`, and `under-way` there has the number of one that ended
or hung the process.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

if not __package__:  # run as a folder
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from fuzz import run, seeds
from fuzz.targets import TARGETS


def main() -> int:
    """Parse the options, run, print what was seen."""
    names = [t.name for t in TARGETS]
    parser = argparse.ArgumentParser(prog="fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, metavar="N", help="number to begin with")
    parser.add_argument("--only", type=int, metavar="N", help="one input")
    parser.add_argument("--target", action="append", choices=names, help="only this kind")
    parser.add_argument("--keep", type=Path, help="folder for inputs that broke something")
    options = parser.parse_args()
    targets = [t for t in TARGETS if not options.target or t.name in options.target]
    keep: Path = options.keep or Path(tempfile.mkdtemp(prefix="fuzz-"))
    keep.mkdir(parents=True, exist_ok=True)
    print(f"{len(seeds.files())} files, {len(seeds.stores())} stores, {len(seeds.items())} items")
    print(f"{len(seeds.certificates())} certificates, {len(seeds.tokens())} tokens,", end=" ")
    print(f"{len(seeds.responses())} responses; faults go to {keep}", flush=True)
    before = run.peak()
    only = options.only
    tally = run.many(
        options.seed,
        seconds=float("inf") if only is not None else options.minutes * 60,
        inputs=1 if only is not None else None,
        first=options.first if only is None else only,
        targets=targets,
        watch=keep / "under-way",
    )
    for name, count in sorted(tally.counts.items()):
        took, number = tally.slowest[name]
        print(f"{name:12} {count:8} inputs, the slowest {took * 1000:6.0f} ms (--only {number})")
    grown, name, number = tally.growth
    print(
        f"memory: peak {tally.peak >> 20} MiB, {before >> 20} MiB before the first input;", end=" "
    )
    print(f"the worst input took {grown >> 20} MiB more ({name}, --only {number})")
    for fault in tally.faults:
        path = keep / f"{fault.target}-{fault.seed}-{fault.number}"
        path.write_bytes(fault.data)
        print(f"\n{path}\n{fault.what}")
    print(f"{sum(tally.counts.values())} inputs, {len(tally.faults)} faults")
    return int(bool(tally.faults))


if __name__ == "__main__":
    sys.exit(main())
