"""A real browser for the program's pages: Chromium, where there is one.

`document` loads a page once and needs the browser alone. `driven` gives a browser to type and click
in, by Playwright; its own copy of a browser is not used.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PROGRAM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)

needs_browser = pytest.mark.skipif(PROGRAM is None, reason="there is no Chromium on this machine")

drives = pytest.mark.skipif(
    PROGRAM is None or find_spec("playwright") is None,
    reason="there is no Chromium on this machine, or no Playwright to drive it",
)
# The wrapper is under the MIT licence, axe-core in it under MPL-2.0: no dependency of this project.
inspects = pytest.mark.skipif(
    find_spec("axe_playwright_python") is None,
    reason="axe-playwright-python is not installed: pip install axe-playwright-python",
)


@contextlib.contextmanager
def driven() -> Iterator[Any]:
    """Yield a browser of Playwright."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        root = hasattr(os, "geteuid") and os.geteuid() == 0
        arguments = ["--disable-dev-shm-usage", *(["--no-sandbox"] if root else [])]
        browser = playwright.chromium.launch(executable_path=PROGRAM, args=arguments)
        try:
            yield browser
        finally:
            browser.close()


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
