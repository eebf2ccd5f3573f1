"""One writer a ledger: a lock file that the system lets go of when its holder dies."""

from __future__ import annotations

import contextlib
import os

from provenance.base.errors import AuditError, reason_of
from provenance.base.text import printable_path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]  # told apart where it is used


class Lock:
    """Held from its making to `release`. Raises AuditError `ledger.busy`, `ledger.unusable`.

    Not on the ledger itself: closing any descriptor of that would let go of SQLite's own locks.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        try:
            self._fd = _taken(path)
        except BlockingIOError as e:
            message = f"another audit is writing {printable_path(path.removesuffix('-lock'))}"
            raise AuditError("ledger.busy", message) from e
        except (OSError, ValueError) as e:
            message = f"the ledger's folder cannot be written: {reason_of(e)}"
            raise AuditError("ledger.unusable", message) from e

    def release(self) -> None:
        """Let go and take the file away; harmless when called twice."""
        if self._fd < 0:
            return
        with contextlib.suppress(OSError):
            if fcntl is not None:
                os.unlink(self._path)  # first, while we hold it: the next one makes its own
        os.close(self._fd)
        self._fd = -1
        if fcntl is None:
            with contextlib.suppress(OSError):
                os.unlink(self._path)


def _taken(path: str) -> int:
    while True:
        fd = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
        with contextlib.ExitStack() as undo:
            undo.callback(os.close, fd)
            if fcntl is not None:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            else:
                _lock_windows(fd)
            if _stands(path, fd):
                undo.pop_all()
                return fd


def _stands(path: str, fd: int) -> bool:
    """Tell whether a name leads to an open file: its holder may have taken it away meanwhile."""
    try:
        there = os.stat(path)
    except FileNotFoundError:
        return False
    mine = os.fstat(fd)
    return (there.st_dev, there.st_ino) == (mine.st_dev, mine.st_ino)


def _lock_windows(fd: int) -> None:
    import msvcrt  # noqa: PLC0415 - Windows only

    try:
        msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]  # Windows only
    except OSError as e:
        raise BlockingIOError from e
