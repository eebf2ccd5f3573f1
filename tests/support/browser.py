"""A real browser for pages of ours: Chromium, where there is one."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)

needs_browser = pytest.mark.skipif(PROGRAM is None, reason="there is no Chromium on this machine")


def document(page: Path, profile: Path, state: str = "") -> tuple[str, list[str]]:
    """Load a page and return its document once its scripts have run, and what they complained of.

    `state` is what follows `#` in the address.
    """
    assert PROGRAM is not None
    sandbox = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    run = subprocess.run(
        [
            PROGRAM,
            "--headless",
            *sandbox,
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--no-first-run",
            f"--user-data-dir={profile}",
            "--enable-logging=stderr",
            "--window-size=1400,1600",
            "--virtual-time-budget=10000",
            "--dump-dom",
            f"{page.as_uri()}{'#' if state else ''}{state}",
        ],
        capture_output=True,
        timeout=300,
        check=True,
    )
    told = run.stderr.decode("utf-8", "replace").splitlines()
    return run.stdout.decode("utf-8"), [line for line in told if "CONSOLE" in line]
