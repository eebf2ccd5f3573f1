"""Hostile files, each the first of its kind that a process meets: time and memory that one costs.

They loop, lie, nest or swell. The bounds are absolute, so they are given as shares of 50 ms and of
64 MB above an interpreter that does nothing; for credentials that swell, of 2 s and 300 MB.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from support import hostile_credentials
from unit.media.container.build import tc260_files
from unit.media.metadata.test_hostile import hostile

from bench.measure import Result, at_most, compiled, missing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MILLISECONDS, MEGABYTES = 50, 64
MOST_MILLISECONDS, MOST_MEGABYTES = 2000, 300
_CHILD = """
import json, sys, time
from provenance import Verifier
from provenance.base.options import Options
verifier = Verifier(options=Options(digest=False))
verifier.verify(sys.argv[2])
start = time.process_time()
report = verifier.verify(sys.argv[1])
took = time.process_time() - start
peak = int(open("/proc/self/status").read().split("VmHWM:")[1].split()[0])
print(json.dumps([took, peak, sorted({f.code for f in report.findings})]))
"""
# Not getrusage: its peak begins with what the parent had when it forked.
_NOTHING = 'print(int(open("/proc/self/status").read().split("VmHWM:")[1].split()[0]))'


def _child(code: str, env: Mapping[str, str], *arguments: str) -> str:
    command = (sys.executable, "-c", code, *arguments)
    return subprocess.run(command, capture_output=True, check=True, text=True, env=env).stdout


def run(rounds: int = 5) -> Iterator[Result]:
    """Verify each file in processes of its own, after one ordinary file that loads the program."""
    if not sys.platform.startswith("linux"):
        yield missing("hostile files", "50 ms and 64 MB", at_most(1.0), "reads /proc")
        return
    with tempfile.TemporaryDirectory() as folder, compiled() as env:
        bare = int(_child(_NOTHING, env))
        ordinary = Path(folder, "ordinary")
        ordinary.write_bytes(tc260_files()["jpeg-xmp-element"])
        plain = [(name, data, MILLISECONDS, MEGABYTES) for name, data in hostile().items()]
        swelling = [
            (f"credential: {make.__name__}", make(), MOST_MILLISECONDS, MOST_MEGABYTES)
            for make in hostile_credentials.HOSTILE
        ]
        for number, (name, data, milliseconds, megabytes) in enumerate((*plain, *swelling)):
            path = Path(folder, str(number))
            path.write_bytes(data)
            times, peaks, codes = [], [], [""]
            for _ in range(rounds + 1):  # the first is for the caches of the system
                took, peak, codes = json.loads(_child(_CHILD, env, str(path), str(ordinary)))
                times.append(took * 1000 / milliseconds)
                peaks.append((peak - bare) / 1024 / megabytes)
            said = ", ".join(codes) or "no finding"
            note = f"{min(times[1:]) * milliseconds:.1f} ms at best; {said}"
            yield Result(name, f"{milliseconds} ms", at_most(1.0), tuple(times[1:]), note)
            note = f"{max(peaks[1:]) * megabytes:.0f} MB"
            yield Result("the same", f"{megabytes} MB", at_most(1.0), tuple(peaks[1:]), note)
