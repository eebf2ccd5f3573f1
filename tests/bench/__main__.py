"""Run the measurements and print a table: `python tests/bench [NAME ...]`."""

from __future__ import annotations

import argparse
import os
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if not __package__:  # run as a folder
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from bench.files import CORPUS

if TYPE_CHECKING:
    from bench.measure import Result

NAMES = (
    *("startup", "signed", "unsigned", "hostile", "bounds", "large", "workers", "audit"),
    *("serving", "watermark"),
)


def _line(result: Result) -> str:
    held = {True: "yes", False: "NO", None: "?"}[result.holds]
    if result.ratios:
        low, high = min(result.ratios), max(result.ratios)
        value = f"{result.median:6.2f}  ({low:.2f} to {high:.2f}, {len(result.ratios)})"
    else:
        value = "not measured"
    held = "-" if str(result.budget) == "-" else held
    name = f"{result.name} / {result.baseline}"
    return f"{name:74} {value:28} {result.budget!s:13} {held:5} {result.note}".rstrip()


def main() -> int:
    """Parse the options, run what is named, print one line a result."""
    if sys.argv[1:2] == ["scale"]:  # which measures nothing, and has options of its own
        from bench import scale

        return scale.main(sys.argv[2:])
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NAMES)}; or scale")
    parser.add_argument("--rounds", type=int, help="pairs that are timed (default: its own)")
    parser.add_argument("--size", type=int, help="megabytes of the large file (default 1024)")
    parser.add_argument("--files", type=int, help="files of the audit (default 100000)")
    parser.add_argument("--minutes", type=float, help="of load on the service (default 1)")
    parser.add_argument("--strict", action="store_true", help="exit 1 where a budget is not kept")
    options = parser.parse_args()
    unknown = sorted(set(options.names) - set(NAMES))
    if unknown:
        parser.error(f"no such measurement: {', '.join(unknown)}")
    failed = False
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    print(f"python {sys.version.split()[0]}, {os.cpu_count()} cores{load}")
    if not CORPUS.is_dir():
        print("the shared folder is missing: fixtures are measured, which are too small to tell")
    print(f"{'what / baseline':74} {'ratio (min to max, pairs)':28} {'budget':13} holds")
    for name in options.names or NAMES:
        chosen: dict[str, Any] = {}
        if options.rounds:
            chosen["rounds"] = options.rounds
        if options.size and name == "large":
            chosen["megabytes"] = options.size
        if options.files and name == "audit":
            chosen["count"] = options.files
        if options.minutes and name == "serving":
            chosen["minutes"] = options.minutes
        for result in import_module(f"bench.{name}").run(**chosen):
            print(_line(result), flush=True)
            failed |= result.holds is not True
    return 1 if failed and options.strict else 0


if __name__ == "__main__":
    sys.exit(main())
