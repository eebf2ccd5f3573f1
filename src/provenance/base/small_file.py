"""Files that a user names beside the asset: a policy, a list, messages. Read whole, bounded."""

from __future__ import annotations

import contextlib
import errno
import os
import stat

_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_BINARY", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_NONBLOCK", 0)  # a FIFO without a writer would block in open()
)


def read(path: str | os.PathLike[str], limit: int) -> bytes:
    """Return the bytes of a regular file of at most `limit` bytes; symbolic links are followed.

    Raises OSError with a `strerror` for anything else: also for a FIFO, which may block, a device,
    which may never end, a larger file, and a name that holds a NUL.
    """
    try:
        fd = os.open(path, _FLAGS)
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
