"""Files that a user names beside the asset: small ones read whole, new ones written whole."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import stat
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterator

OPEN_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_BINARY", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_NONBLOCK", 0)  # a FIFO without a writer would block in open()
)
"""How any file is opened for reading: it cannot block, and no child inherits it."""


_ADDRESS = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://")


def missing_file(path: str | os.PathLike[str]) -> str:
    """Say that there is no such file; of an address, what to do, since nothing is fetched."""
    address = _ADDRESS.match(os.fspath(path))
    if address is None:
        return "no such file"
    if address[1].lower() == "file":
        return "an address: give the path of the file"
    return "an address: download the file first, since this program does not use the network"


def read_small(path: str | os.PathLike[str], limit: int) -> bytes:
    """Return the bytes of a regular file of at most `limit` bytes; symbolic links are followed.

    Raises OSError with a `strerror` for anything else: also for a FIFO, which may block, a device,
    which may never end, a larger file, and a name that holds a NUL.
    """
    try:
        fd = os.open(path, OPEN_FLAGS)
    except ValueError as e:
        raise OSError(errno.EINVAL, str(e)) from e
    with contextlib.ExitStack() as undo:
        undo.callback(os.close, fd)
        mode = os.fstat(fd).st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if not stat.S_ISREG(mode):
            raise OSError(errno.EINVAL, "not a regular file")
        file = os.fdopen(fd, "rb")
        undo.pop_all()
    with file:
        content = file.read(limit + 1)
    if len(content) > limit:
        raise OSError(errno.EFBIG, f"larger than {limit} bytes")
    return content


@contextlib.contextmanager
def whole_file(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """Yield a file to write; it takes the place of `path` when the block ends without an error.

    A link stays, and the file that it leads to is replaced; who may read that stays as it was. A
    device or a pipe is written as it is. Raises OSError where the folder cannot be written or is
    full.
    """
    path = os.path.realpath(path)
    mode = 0o666 & ~_umask()  # mkstemp allows the owner alone
    if os.path.exists(path):
        if not os.path.isfile(path):
            with open(path, "wb") as file:
                yield file
            return
        mode = os.stat(path).st_mode & 0o777
    import tempfile  # noqa: PLC0415 - verifying writes nothing

    handle, name = tempfile.mkstemp(prefix=".provenance-", dir=os.path.dirname(path))
    with contextlib.ExitStack() as undo:
        undo.callback(_removed, name)
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, mode)
        os.replace(name, path)
        undo.pop_all()


def _removed(name: str) -> None:
    with contextlib.suppress(OSError):
        os.unlink(name)


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
