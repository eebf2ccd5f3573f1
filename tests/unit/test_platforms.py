"""Nothing depends on what only some systems have: the same records without it.

What only POSIX or only Linux has is taken out of a process before the program is loaded, as on a
system that never had it. The types of other systems are checked beside this, by mypy.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from support.pki import FIXTURES

# Modules of the standard library that its documentation limits to some systems, and names of `os`
# that it marks so.
MODULES = (
    *("_posixshmem", "_posixsubprocess", "crypt", "fcntl", "grp", "msvcrt", "nis", "ossaudiodev"),
    *("pty", "pwd", "readline", "resource", "spwd", "syslog", "termios", "tty", "winreg"),
)
NAMES = (
    *("O_BINARY", "O_CLOEXEC", "O_DIRECTORY", "O_NOCTTY", "O_NOFOLLOW", "O_NONBLOCK", "chown"),
    *("copy_file_range", "eventfd", "fchmod", "fork", "geteuid", "getuid", "memfd_create"),
    *("mkfifo", "posix_fadvise", "posix_spawn", "pread", "preadv", "register_at_fork"),
    *(
        "sched_getaffinity",
        "sendfile",
        "setsid",
        "splice",
        "statvfs",
        "uname",
        "waitstatus_to_exitcode",
    ),
)
SCRIPT = """
import os, sys
names, modules, files = (part.split(",") for part in sys.argv[1:4])
import click, zipimport  # somebody else's, with their own ways
for name in names:
    if name and hasattr(os, name):
        delattr(os, name)
for module in modules:
    if module:
        sys.modules[module] = None
from provenance_cli.main import main
sys.argv = ["provenance", "verify", "--at", "2026-06-01T00:00:00Z", "--exit-zero", "--format",
            "jsonl", *files]
main()
"""
FILES = (
    "capture.jpg",
    "ai-generated.png",
    "clip.mp4",
    "tampered.png",
    "plain-for-sidecar.jpg",
    "remote-only.jpg",
    "truncated.png",
    "README.md",
    "nothing-here.jpg",
)


def records(names: tuple[str, ...], modules: tuple[str, ...]) -> list[dict[str, object]]:
    paths = ",".join(str(FIXTURES / name) for name in FILES)
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, ",".join(names), ",".join(modules), paths],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_records_are_the_same_without_the_modules_that_a_platform_lacks() -> None:
    whole = records((), ())
    assert len(whole) == len(FILES)
    assert records(NAMES, MODULES) == whole


def test_the_names_that_a_platform_lacks_are_really_gone() -> None:
    """Else the test above would show nothing."""
    there = [name for name in NAMES if hasattr(os, name)]
    if sys.platform == "linux":
        assert {"preadv", "O_NONBLOCK", "fork"} <= set(there)
    code = SCRIPT.replace(
        "from provenance_cli", "print(hasattr(os, 'preadv'))\nfrom provenance_cli"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "preadv", "", str(FIXTURES / "plain.jpg")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith("False\n")


@pytest.mark.parametrize("kind", ["preadv", "O_NONBLOCK"])
def test_records_are_the_same_without_any_one_name_that_a_platform_lacks(kind: str) -> None:
    assert records((kind,), ()) == records((), ())
