"""What the integration tests share: the fixtures and a way to call the installed program."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from provenance_cli.grammar import GENERAL
from support import forked

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "tests" / "fixtures"
ANCHORS = FIXTURES / "pki" / "anchors.pem"
AT = "2026-06-01T00:00:00Z"
TRUST = ("--trust-anchors", str(ANCHORS), "--at", AT)
INDEX = json.loads((FIXTURES / "index.json").read_text(encoding="utf-8"))

needs_posix_names = pytest.mark.skipif(
    sys.platform in {"win32", "darwin"}, reason="file names of this system are always text"
)
needs_script = pytest.mark.skipif(
    shutil.which("provenance", path=str(Path(sys.executable).parent)) is None,
    reason="the program is not installed beside this Python",
)


def fixture_files():
    """The names of all samples."""
    return [entry["file"] for entry in INDEX["files"]]


def is_general(parameter):
    """Whether every command has an option: docs/cli.md says what it is."""
    return getattr(parameter, "section", "") == GENERAL or parameter.name == "output"


def has_fifo():
    return hasattr(os, "mkfifo")


def script(name="provenance"):
    """The console script of the environment that runs the tests."""
    return shutil.which(name, path=str(Path(sys.executable).parent)) or name


def call(*arguments, data=None, cwd=ROOT, env=None, program="provenance", fork=None):
    """Run the program as a process of its own; bytes in, bytes out.

    A fork of one that has loaded its modules, where `env` has nothing that is read at the start of
    an interpreter, or where the caller says so by `fork`: see `support.forked`.
    """
    kept = {k: v for k, v in os.environ.items() if k not in {"NO_COLOR", "FORCE_COLOR"}}
    wanted = [*map(os.fspath, arguments)]
    environment = {**kept, **(env or {})}
    may = forked.fits(environment) if fork is None else fork and forked.POSSIBLE
    if may and Path(script(program)).is_file():
        return forked.communicate(program, wanted, data=data or b"", cwd=cwd, env=environment)
    return subprocess.run(
        [script(program), *wanted],
        input=b"" if data is None else data,
        capture_output=True,
        cwd=cwd,
        env=environment,
        timeout=120,
        check=False,
    )


def records(result):
    """The records of a run with --format jsonl."""
    return [json.loads(line) for line in result.stdout.decode("ascii").splitlines()]
