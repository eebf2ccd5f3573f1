"""An asset: opened once, regular files only, read by offset within bounds.

Everything later reads through the same open file, so that what is judged is what was hashed even
where the name is exchanged for another file meanwhile.
"""

from __future__ import annotations

import contextlib
import io
import os
import stat
import sys
from typing import TYPE_CHECKING, BinaryIO, Self, cast

from provenance.base.errors import AssetError, reason_of
from provenance.base.files import OPEN_FLAGS, missing_file
from provenance.media.object_source import SourceStream

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from provenance.media.object_source import Far


SMALL = 8 << 20  # bytes of a file that may be held in memory while it is hashed
HEAD = 64 * 1024  # one read that holds the headers of nearly every file
PIECE = 1 << 20  # bytes hashed at once: after each, threads take turns, which costs more than bytes


class Asset:
    """The bytes of one media file, open for reading by offset.

    Use `Asset.open` or `Asset.from_bytes`, and as a context manager. Not to be shared between
    threads, but for `feed_at_any_time`, which never moves the file's position.
    """

    __slots__ = ("_far", "_file", "_head", "_passing", "_times", "_whole", "path", "size")

    def __init__(self, path: str, file: BinaryIO, size: int, times: tuple[int, int] | None) -> None:
        self.path = path
        self.size = size
        self._file = file
        self._times = times  # of the last change of content and of status, in nanoseconds
        self._head = file.read(HEAD)
        self._passing: memoryview | None = None
        self._whole: memoryview | None = None  # of what is in memory, all of it
        self._far: Far | None = None

    @classmethod
    def open(cls, path: str | os.PathLike[str], *, max_size: int | None = None) -> Self:
        """Open a regular file; symbolic links are followed.

        `max_size` is in bytes. Raises AssetError with `asset.missing`, `asset.not_regular`,
        `asset.unreadable` or `asset.too_large`.
        """
        name = os.fspath(path)
        try:
            fd = os.open(name, OPEN_FLAGS)
        except (FileNotFoundError, NotADirectoryError) as e:
            raise AssetError("asset.missing", missing_file(name)) from e
        except IsADirectoryError as e:
            raise AssetError("asset.not_regular", "a directory, not a file") from e
        except (OSError, ValueError) as e:  # ValueError: a NUL in the name
            raise AssetError("asset.unreadable", reason_of(e)) from e
        with contextlib.ExitStack() as undo:
            undo.callback(os.close, fd)
            status = os.fstat(fd)
            _check_regular(status)
            _check_size(status.st_size, max_size)
            file = os.fdopen(fd, "rb", buffering=0)
            undo.pop_all()  # the file closes it from here on
        try:
            return cls(name, file, status.st_size, _times(status))
        except OSError as e:
            file.close()
            raise AssetError("asset.unreadable", reason_of(e)) from e

    @classmethod
    def from_bytes(cls, data: bytes, name: str = "-", *, max_size: int | None = None) -> Self:
        """Take bytes that are in memory already, for material that must not touch a disk.

        Raises AssetError `asset.too_large`, as `open` does.
        """
        _check_size(len(data), max_size)
        asset = cls(name, io.BytesIO(data), len(data), None)  # which shares the bytes, until its
        asset._whole = memoryview(data)  # buffer is asked for: that would copy them
        if isinstance(data, bytes):
            asset._head = data
        return asset

    @classmethod
    def of_descriptor(cls, number: int, name: str = "-", *, max_size: int | None = None) -> Self:
        """Take a file that is open already, such as memory without a name (`man 2 memfd_create`).

        The asset owns it from here on, whatever becomes of the call. It counts as in memory: no
        name on a disk leads to it. A small one is copied. Raises AssetError as `open` does, but for
        `asset.missing`.
        """
        file = os.fdopen(number, "rb", buffering=0)
        with contextlib.ExitStack() as undo:
            undo.callback(file.close)
            status = os.fstat(number)
            _check_regular(status)
            _check_size(status.st_size, max_size)
            try:
                file.seek(0)
                if status.st_size > SMALL:
                    asset = cls(name, file, status.st_size, None)
                    undo.pop_all()
                    return asset
                return cls.from_bytes(file.readall(), name)
            except OSError as e:
                raise AssetError("asset.unreadable", reason_of(e)) from e

    @classmethod
    def of_far(cls, far: Far, *, max_size: int | None = None) -> Self:
        """Take an object that is elsewhere. The asset owns it, whatever becomes of the call.

        Raises AssetError as `open` does, and what reading its first bytes raises.
        """
        with contextlib.ExitStack() as undo:
            undo.callback(far.close)
            _check_size(far.size, max_size)
            if (data := far.whole()) is not None:
                asset = cls.from_bytes(data, far.name)
                asset._file = cast("BinaryIO", _Closing(data, far))
            else:
                asset = cls(far.name, cast("BinaryIO", SourceStream(far, far.size)), far.size, None)
            asset._far = far
            undo.pop_all()
            return asset

    def part(self, offset: int, length: int, name: str) -> Asset:
        """Return a range of the bytes as an asset of its own, cut to what there is.

        No name on a disk leads to it. It is of no use once this asset is closed.
        """
        start = min(max(offset, 0), self.size)
        size = min(max(length, 0), self.size - start)
        return Asset(name, cast("BinaryIO", SourceStream(_Range(self, start), size)), size, None)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; harmless when called twice."""
        self._file.close()

    def read(self, offset: int, length: int) -> bytes:
        """Return up to `length` bytes from `offset`; fewer only at the end of the file.

        Bytes of the first 64 KiB, and what is held, are in memory. Negative values give no bytes.
        """
        if offset < 0 or length <= 0:
            return b""
        head, end = self._head, offset + length
        if end <= len(head) or len(head) == self.size:
            return head[offset:end]
        if offset >= self.size:
            return b""
        try:
            self._file.seek(offset)
            data = self._file.read(length)
            while len(data) < min(length, self.size - offset):  # raw reads may come short
                more = self._file.read(length - len(data))
                if not more:
                    break
                data += more
        except (OSError, OverflowError) as e:
            raise AssetError("asset.unreadable", reason_of(e)) from e
        return data

    def hold(self) -> None:
        """Read a small file into memory now: what is hashed is read whole anyway, more than once.

        Headers, digest, hard binding and the SDK then share one read. Does nothing for a file of
        more than `SMALL` bytes, and for what is in memory. Raises AssetError.
        """
        if len(self._head) < self.size <= SMALL and self._is_not_in_memory:
            self._head = self.read(0, self.size)
        if len(self._head) == self.size and self._whole is None:
            self._whole = memoryview(self._head)

    def content(self) -> bytes:
        """Return all bytes; those that are in memory already are not copied. Raises AssetError."""
        if self._whole is not None and isinstance(self._whole.obj, bytes):
            return self._whole.obj
        return self.read(0, self.size)

    def feed(self, start: int, end: int, take: Callable[[memoryview], object]) -> int:
        """Pass the bytes from `start` to `end` to `take`, in order; return where they ended.

        That is before `end` only where the file ends. What is in memory is one piece. Else a piece
        has at most `PIECE` bytes and is the caller's during its call alone: the next one overwrites
        it. New memory for every piece would cost half as much as SHA-256 itself. Raises AssetError.
        """
        if not 0 <= start < end:
            return start
        stop = min(end, self.size)
        if start < stop <= len(self._head):
            take(memoryview(self._head)[start:stop])
            return stop
        if self._passing is None or len(self._passing) < min(end - start, PIECE):
            self._passing = memoryview(bytearray(min(end - start, PIECE)))
        passing, file = self._passing, self._file
        try:
            file.seek(start)
            while start < end:
                length = file.readinto(passing[: end - start])  # type: ignore[attr-defined]  # raw files and BytesIO have it
                if not length:
                    break
                take(passing[:length])
                start += length
        except (OSError, OverflowError) as e:
            raise AssetError("asset.unreadable", reason_of(e)) from e
        return start

    def stream(self) -> BinaryIO:
        """Return the bytes as a stream at its start: the open file, or a copy of a small one.

        The SDK reads some three hundred small pieces of a file, each through Python: from memory
        they cost a third less. The asset keeps ownership; the caller must not close it, nor call
        `read` meanwhile. Raises AssetError.
        """
        if self.size <= SMALL and self._is_not_in_memory:
            self.hold()
            return io.BytesIO(self._head)
        self._file.seek(0)
        return self._file

    @property
    def feeds_at_any_time(self) -> bool:
        """Whether `feed_at_any_time` can read here without moving the file's position."""
        return self._whole is not None or (
            isinstance(self._file, io.FileIO) and sys.platform != "win32" and hasattr(os, "preadv")
        )

    def feed_at_any_time(self, take: Callable[[memoryview], object]) -> None:
        """Pass all bytes to `take` as `feed` does, from any thread beside another reader.

        Where `feeds_at_any_time`. Raises OSError.
        """
        if self._whole is not None:
            take(self._whole)
        elif sys.platform != "win32":
            at, number = 0, self._file.fileno()
            passing = memoryview(bytearray(min(self.size, PIECE)))
            while at < self.size and (length := os.preadv(number, [passing], at)):
                take(passing[:length])
                at += length

    @property
    def whole(self) -> bool:
        """Whether all of it is in memory, so that any thread may read it."""
        return self._whole is not None

    @property
    def has_path(self) -> bool:
        """Whether the bytes are those of a file of their own, to which its name leads."""
        return self._times is not None

    @property
    def _is_not_in_memory(self) -> bool:
        """Whether a read goes to a disk or further, and not to memory or to another asset."""
        return self.has_path or (self._far is not None and self._whole is None)

    @property
    def held(self) -> int:
        """How many bytes of memory content takes that is not a file's own."""
        return self.size if not self.has_path and self._whole is not None else 0

    @property
    def passes_once(self) -> bool:
        """Whether every byte is dear: then digests take what others read (`follow`)."""
        return self._far is not None and self._whole is None

    def follow(self, take: Callable[[memoryview], object]) -> None:
        """Pass all bytes to `take`, in order, as others read them; where `passes_once`."""
        assert self._far is not None  # noqa: S101 - the caller's condition
        self._far.follow(take)

    def follow_to_end(self) -> None:
        """Read what nobody else has read, for who follows. Raises AssetError."""
        assert self._far is not None  # noqa: S101 - as above
        self._far.follow_to_end()

    def has_neighbour(self, path: str) -> bool:
        """Tell whether there is a file of this name next to this one. `path` is a whole name."""
        if self._far is not None:
            return self._far.beside(path)
        return self.has_path and os.path.isfile(path)

    def open_neighbour(self, path: str, *, max_size: int | None = None) -> Asset:
        """Open a file that is next to this one. Raises AssetError as `open` does."""
        if self._far is not None:
            return Asset.from_bytes(self._far.read_beside(path, max_size), path, max_size=max_size)
        return Asset.open(path, max_size=max_size)

    @property
    def identity(self) -> tuple[int, int] | None:
        """The device and the number of the file; None of what is in memory."""
        if not self.has_path:
            return None
        status = os.fstat(self._file.fileno())
        return status.st_dev, status.st_ino

    def changed(self) -> bool:
        """Tell whether size or times differ from when the file was opened.

        The time of modification can be put back by whoever exchanged the bytes; that of the last
        change of status, which is kept everywhere but on Windows, cannot.
        """
        if self._times is None:
            return False
        status = os.fstat(self._file.fileno())
        return status.st_size != self.size or _times(status) != self._times


class _Range:
    """Bytes of another asset, read where they are. Nothing is copied."""

    def __init__(self, whole: Asset, start: int) -> None:
        self._whole = whole
        self._start = start

    def read(self, offset: int, length: int) -> bytes:
        return self._whole.read(self._start + offset, length)

    def close(self) -> None:
        """Nothing is held: the other asset is its owner's."""


class _Closing(io.BytesIO):
    """The bytes of an object that was fetched whole; closing it gives up the object."""

    def __init__(self, data: bytes, far: Far) -> None:
        super().__init__(data)
        self._far = far

    def close(self) -> None:
        self._far.close()
        super().close()


def _times(status: os.stat_result) -> tuple[int, int]:
    return status.st_mtime_ns, status.st_ctime_ns


def _check_size(size: int, most: int | None) -> None:
    if most is not None and size > most:
        message = f"{size} bytes, over the limit of {most}: raise --max-size"
        raise AssetError("asset.too_large", message)


def status_of(path: str) -> os.stat_result:
    """Ask for the status of a regular file; links are followed. Raises AssetError as `open` does.

    Whether it may be read is not asked.
    """
    try:
        status = os.stat(path)
    except (FileNotFoundError, NotADirectoryError) as e:
        raise AssetError("asset.missing", missing_file(path)) from e
    except (OSError, ValueError) as e:  # ValueError: a NUL in the name
        raise AssetError("asset.unreadable", reason_of(e)) from e
    _check_regular(status)
    return status


def _check_regular(status: os.stat_result) -> None:
    mode = status.st_mode
    if stat.S_ISREG(mode):
        return
    kind = "not a regular file"
    for test, name in (
        (stat.S_ISDIR, "a directory, not a file"),
        (stat.S_ISFIFO, "a FIFO, not a regular file"),
        (stat.S_ISSOCK, "a socket, not a regular file"),
        (stat.S_ISCHR, "a character device, not a regular file"),
        (stat.S_ISBLK, "a block device, not a regular file"),
    ):
        if test(mode):
            kind = name
    raise AssetError("asset.not_regular", kind)
