"""Where a user's own trust data is kept, and how it is written: whole or not at all."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from provenance.base import files
from provenance.base.errors import TrustMaterialError, reason_of

if TYPE_CHECKING:
    from pathlib import Path

VARIABLE = "PROVENANCE_DATA"
PRODUCTS = "conforming-products.json"  # the sidecar of the Conforming Products List
_NAME = "provenance"


def directory() -> Path:
    """The user's data directory, which need not exist yet.

    The variable PROVENANCE_DATA names it outright. Otherwise it is `provenance` under
    XDG_DATA_HOME or `~/.local/share`, on macOS under `~/Library/Application Support`, on Windows
    under LOCALAPPDATA. Raises `TrustMaterialError` where there is no home directory.
    """
    from pathlib import Path  # noqa: PLC0415 - 3 ms, and verifying only asks what is there

    return Path(_directory())


def _directory() -> str:
    named = os.environ.get(VARIABLE)
    if named:
        return named
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or os.path.join(_home(), "AppData", "Local")
    elif sys.platform == "darwin":
        base = os.path.join(_home(), "Library", "Application Support")
    else:
        # The XDG specification has relative values ignored.
        held = os.environ.get("XDG_DATA_HOME", "")
        base = held if os.path.isabs(held) else os.path.join(_home(), ".local", "share")
    return os.path.join(base, _NAME)


def _home() -> str:
    home = os.path.expanduser("~")
    if home.startswith("~"):
        raise TrustMaterialError(f"there is no home directory: set {VARIABLE}")
    return home


def sidecar(name: str) -> str:
    """Return the name of the file that describes a trust list which the user has loaded."""
    return f"{name}.loaded.json"


def holds(name: str) -> bool:
    """Whether the user has loaded a copy of a bundled trust list: not without a home directory."""
    try:
        return os.path.lexists(os.path.join(_directory(), sidecar(name)))
    except TrustMaterialError:
        return False


def holds_products() -> bool:
    """Whether the user has loaded a Conforming Products List. Raises `TrustMaterialError`."""
    return os.path.isfile(os.path.join(_directory(), PRODUCTS))


def replace_file(target: Path, content: bytes) -> None:
    """Write a file so that a reader sees the old content or the new, never a part.

    Makes the folder. Raises `TrustMaterialError` where it cannot be written.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)

        with files.whole_file(target) as out:
            out.write(content)
    except OSError as fault:
        reason = reason_of(fault)
        raise TrustMaterialError(f"{target}: {reason}; set {VARIABLE} to another folder") from fault
