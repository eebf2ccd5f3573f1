"""Where a user's own trust data is kept, and how it is written: whole or not at all."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from provenance.base.errors import TrustMaterialError, reason_of

VARIABLE = "PROVENANCE_DATA"
PRODUCTS = "conforming-products.json"  # the sidecar of the Conforming Products List
_NAME = "provenance"


def directory() -> Path:
    """The user's data directory, which need not exist yet.

    The variable PROVENANCE_DATA names it outright. Otherwise it is `provenance` under
    XDG_DATA_HOME or `~/.local/share`, on macOS under `~/Library/Application Support`, on Windows
    under LOCALAPPDATA. Raises `TrustMaterialError` where there is no home directory.
    """
    named = os.environ.get(VARIABLE)
    if named:
        return Path(named)
    try:
        if sys.platform == "win32":
            local = os.environ.get("LOCALAPPDATA")
            base = Path(local) if local else Path.home() / "AppData" / "Local"
        elif sys.platform == "darwin":
            base = Path.home() / "Library" / "Application Support"
        else:
            # The XDG specification has relative values ignored.
            held = os.environ.get("XDG_DATA_HOME", "")
            base = Path(held) if os.path.isabs(held) else Path.home() / ".local" / "share"
    except RuntimeError as fault:
        raise TrustMaterialError(f"there is no home directory: set {VARIABLE}") from fault
    return base / _NAME


def sidecar(name: str) -> str:
    """Return the name of the file that describes a trust list which the user has loaded."""
    return f"{name}.loaded.json"


def holds(name: str) -> bool:
    """Whether the user has loaded a copy of a bundled trust list: not without a home directory."""
    try:
        return os.path.lexists(directory() / sidecar(name))
    except TrustMaterialError:
        return False


def holds_products() -> bool:
    """Whether the user has loaded a Conforming Products List. Raises `TrustMaterialError`."""
    return (directory() / PRODUCTS).is_file()


def write(target: Path, content: bytes) -> None:
    """Write a file so that a reader sees the old content or the new, never a part.

    Makes the folder. Raises `TrustMaterialError` where it cannot be written.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        from provenance.base.files import whole_file  # noqa: PLC0415 - verifying writes nothing

        with whole_file(target) as out:
            out.write(content)
    except OSError as fault:
        reason = reason_of(fault)
        raise TrustMaterialError(f"{target}: {reason}; set {VARIABLE} to another folder") from fault
