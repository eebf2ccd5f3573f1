"""Whole processes, as a person who types a command meets them; output goes to a pipe."""

from __future__ import annotations

import functools
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING

from bench import files
from bench.measure import Budget, Result, at_most, compare, compiled, missing, pairs
from provenance import Flag, Verifier

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_SIGNED_BASELINE = """
import hashlib, sys
import click, c2pa, cbor2
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
path = sys.argv[1]
settings = {"core": {"allowed_network_hosts": []}, "verify": {"remote_manifest_fetch": False}}
with c2pa.Context.from_dict(settings) as context, c2pa.Reader(path, context=context) as reader:
    text = reader.json()
with open(path, "rb") as file:
    print(hashlib.file_digest(file, "sha256").hexdigest(), len(text))
"""


def interpreter(script: Path) -> str:
    """The interpreter that the console script names in its first line."""
    first = script.read_bytes().split(b"\n", 1)[0]
    return first[2:].strip().decode() if first.startswith(b"#!/") else sys.executable


def _run(command: Sequence[str], env: Mapping[str, str]) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(command, capture_output=True, check=False, env=env)


def _fails(command: Sequence[str], env: Mapping[str, str], accepted: frozenset[int]) -> str:
    """Return why a command cannot be measured; empty where it can."""
    done = _run(command, env)
    if done.returncode in accepted and b"Traceback" not in done.stderr:
        return ""
    last = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
    return f"exit {done.returncode}: {''.join(last)}"


def _clean() -> tuple[Path, ...]:
    """Signed AI files about which the SDK is not asked."""
    verifier = Verifier()
    reports = {path: verifier.verify(path) for path in files.signed()}
    return tuple(
        path
        for path, report in reports.items()
        if report.sdk_state is None and report.verdict and Flag.AI in report.verdict.flags
    )


def run(rounds: int = 21) -> Iterator[Result]:
    """Measure the console script; yields one result a command."""
    script = Path(sysconfig.get_path("scripts")) / "provenance"
    if not script.is_file():
        yield missing("provenance --version", "import click", at_most(1.6), "not installed")
        return
    python = interpreter(script)
    small = min(files.unsigned(), key=lambda p: abs(p.stat().st_size - 500_000))
    typical = min(files.signed(), key=lambda p: abs(p.stat().st_size - 500_000))
    clean = min(_clean(), key=lambda p: abs(p.stat().st_size - 500_000), default=typical)
    click = (python, "-c", "import click")
    sdk = (python, "-c", "import c2pa")
    full = (python, "-c", _SIGNED_BASELINE, str(typical))
    verdicts = frozenset({0, 3, 4, 5})
    measured: tuple[tuple[str, tuple[str, ...], str, tuple[str, ...], Budget], ...] = (
        ("--version", ("--version",), "import click", click, at_most(1.6)),
        ("--help", ("--help",), "import click", click, at_most(1.6)),
        (
            f"verify, unsigned ({small.name})",
            ("verify", str(small)),
            "import c2pa",
            sdk,
            at_most(1.3),
        ),
        (
            f"verify, signed ({typical.name})",
            ("verify", str(typical)),
            "imports, one Reader, SHA-256",
            full,
            at_most(1.25),
        ),
        (
            f"verify, signed and clean ({clean.name})",
            ("verify", str(clean)),
            "import c2pa",
            sdk,
            at_most(1.8),
        ),
    )
    with compiled() as env:
        for name, arguments, baseline_name, baseline, budget in measured:
            ours = (str(script), *arguments)
            why = _fails(ours, env, verdicts) or _fails(baseline, env, frozenset({0}))
            if why:
                yield missing(name, baseline_name, budget, why)
                continue
            times = pairs(
                functools.partial(_run, ours, env), functools.partial(_run, baseline, env), rounds
            )
            yield compare(name, baseline_name, budget, times)
