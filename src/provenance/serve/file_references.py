"""Files below configured folders, by name: never a free path, and never out of the folder."""

from __future__ import annotations

import contextlib
import os
import stat
from typing import TYPE_CHECKING

from provenance.base.values import dataclass
from provenance.media import neighbours

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_NAME = 4096  # characters
_FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NOFOLLOW", 0)
_FILE = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


class NoSuchFileError(Exception):
    """The file is not below the folder, or it leads out of it."""


@dataclass(frozen=True, slots=True)
class FoundFile:
    """Where a file is, and which one it was when it was looked for."""

    path: str
    identity: tuple[int, int]
    size: int


def available() -> bool:
    """Tell whether this system can open a folder's entries by the open folder (`man 2 openat`)."""
    return os.open in os.supports_dir_fd and os.stat in os.supports_dir_fd


def find_file(roots: Mapping[str, str], root: str, name: str) -> FoundFile:
    """Find a file below the folder that is called `root`. Raises NoSuchFileError.

    `name` has parts between slashes. None may be empty, `.` or `..`, nor be a symbolic link: what
    the folder holds is for its owner to say, and where a link leads is not. Nor may a file beside
    it be one that is read with it.
    """
    top = roots.get(root)
    parts = name.split("/")
    if top is None or len(name) > MAX_NAME or "\0" in name or {"", ".", ".."} & set(parts):
        raise NoSuchFileError
    with contextlib.ExitStack() as stack:

        def opened(part: str, flags: int, folder: int | None) -> int:
            try:
                number = os.open(part, flags | getattr(os, "O_CLOEXEC", 0), dir_fd=folder)
            except (OSError, ValueError) as e:
                raise NoSuchFileError from e
            stack.callback(os.close, number)
            return number

        folder = opened(top, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0), None)
        for part in parts[:-1]:
            folder = opened(part, _FOLDER, folder)
        status = os.fstat(opened(parts[-1], _FILE, folder))
        if not stat.S_ISREG(status.st_mode):
            raise NoSuchFileError
        if any(_is_link(neighbour, folder) for neighbour in neighbours.neighbour_names(parts[-1])):
            raise NoSuchFileError
        return FoundFile(os.path.join(top, *parts), (status.st_dev, status.st_ino), status.st_size)


def _is_link(name: str, folder: int) -> bool:
    try:
        return stat.S_ISLNK(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)
    except OSError:
        return False
