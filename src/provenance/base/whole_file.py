"""Files that appear when they are whole: what breaks off half way leaves the old one, or none."""

from __future__ import annotations

import contextlib
import os
import tempfile
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterator


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
