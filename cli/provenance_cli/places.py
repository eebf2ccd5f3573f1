"""Where settings are: the user's own folder, and the working folder."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

NAME = "config.toml"
FOLDER = "provenance"
LOCAL = "provenance.toml"
PROJECT = "pyproject.toml"
_LOCAL_COMMANDS = frozenset({"lint", "kit"})


def user_file() -> str:
    """Return the file of the user's own settings, whether it is there or not.

    `XDG_CONFIG_HOME` counts on every system where it is an absolute path. Else it is `~/.config`,
    on macOS `~/Library/Application Support`, on Windows `%APPDATA%`.
    """
    home = os.path.expanduser("~")
    base = os.environ.get("XDG_CONFIG_HOME", "")
    if not os.path.isabs(base):  # by the XDG specification a relative one is ignored
        if sys.platform == "darwin":
            base = os.path.join(home, "Library", "Application Support")
        elif sys.platform == "win32":
            base = os.environ.get("APPDATA") or os.path.join(home, "AppData", "Roaming")
        else:
            base = os.path.join(home, ".config")
    return os.path.join(base, FOLDER, NAME)


def is_local(path: Sequence[str]) -> bool:
    """Tell whether a file in the working folder counts for a command.

    It does where a maker tests what a product of theirs writes. Elsewhere it does not: a folder
    of evidence comes from a stranger.
    """
    return bool(path) and path[0] in _LOCAL_COMMANDS
