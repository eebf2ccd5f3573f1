"""tar archives: POSIX ustar and pax (IEEE Std 1003.1, `pax`), GNU, and the old form.

Only regular files are members. Links, devices and the like are never followed; they are counted.
The two empty blocks at the end do not end the search: what follows them is looked at as well.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from provenance.base.finding import note, warning
from provenance.base.values import dataclass
from provenance.media.archive.member import Member, Unread
from provenance.media.archive.unpack import PIECE, Pushed, member, taken
from provenance.media.container.tar import BLOCK, is_header, number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance.base.finding import Finding
    from provenance.media.archive.member import Spending
    from provenance.media.asset import Asset
    from provenance.media.container import Scan

_MAX_EXTENSION = 1 << 20  # bytes of one pax header or long name; names have at most a few thousand
_MAX_MAP = 64  # blocks of the map of a sparse file: some 1,300 holes
_MAX_STRANGE = 1 << 18  # blocks that are no headers, looked at for one: 128 MiB, some 0.5 s
_ZEROS = 64 << 10
_REGULAR = frozenset(b"\0" + b"07S")
_NOT_FILES = {
    ord("1"): "hard links",
    ord("2"): "symbolic links",
    ord("3"): "devices",
    ord("4"): "devices",
    ord("6"): "FIFOs",
}
_PAX = re.compile(rb"(\d{1,8}) ([^=\n]{1,64})=")


@dataclass(frozen=True, slots=True)
class _TarEntry:
    kind: int
    name: bytes
    size: int
    extended: bool  # the map of an old GNU sparse file goes on in blocks of its own


def members(asset: Asset, scan: Scan, spending: Spending) -> Iterator[Member | Finding | Unread]:
    """Yield the members of an archive, read where they are."""
    del scan
    yield from _TarArchive(spending, asset=asset).members()


def of_stream(source: Pushed, spending: Spending) -> Iterator[Member | Finding | Unread]:
    """Yield the members of an archive that is unpacked on the way, each in memory."""
    yield from _TarArchive(spending, source=source).members()


class _TarArchive:
    """One archive, gone through once from its start."""

    def __init__(
        self, spending: Spending, *, asset: Asset | None = None, source: Pushed | None = None
    ) -> None:
        self._spending = spending
        self._asset = asset
        self._source = source
        self._at = 0
        self._left_out: dict[str, int] = {}
        self._damaged = 0
        self._name = b""  # from an extension, for the entry that follows
        self._size: int | None = None
        self._sparse = ""

    def members(self) -> Iterator[Member | Finding | Unread]:
        lost, strange = False, 0
        while len(block := self._take_bytes(BLOCK)) == BLOCK:
            if not is_header(block):
                if not any(block):
                    self._past_zeros()
                    continue
                self._damaged += not lost
                lost, strange = True, strange + 1
                if strange >= _MAX_STRANGE:
                    yield Unread(
                        f"what follows {strange} blocks that are not part of a tar archive"
                    )
                    break
                continue
            lost = False
            entry = _read_header(block)
            if entry is None:
                self._damaged += 1
            elif entry.kind in b"LKxgX":
                self._extension(entry)
            else:
                yield from self._file(entry)
        if 0 < len(block) < BLOCK:
            self._damaged += 1
        yield from self._findings()

    def _past_zeros(self) -> None:
        """Pass over empty blocks, many at a time."""
        while len(data := self._take_bytes(_ZEROS)) == _ZEROS and not any(data):
            pass
        used = (len(data) - len(data.lstrip(b"\0"))) // BLOCK * BLOCK
        if self._asset is not None:
            self._at -= len(data) - used
        elif self._source is not None:
            self._source.back(data[used:])

    def _file(self, entry: _TarEntry) -> Iterator[Member]:
        name = (self._name or entry.name).decode("utf-8", "surrogateescape")
        size = entry.size if self._size is None else self._size
        sparse = self._sparse or ("old" if entry.kind == ord("S") else "")
        self._name, self._size, self._sparse = b"", None, ""
        if entry.kind == ord("5"):
            if size:
                self._skip(size)
            return
        if entry.kind not in _REGULAR:
            what = _NOT_FILES.get(entry.kind, "entries of an unknown kind")
            self._left_out[what] = self._left_out.get(what, 0) + 1
            # Links have no content, whatever size they name. What follows is a header or is not.
            if what.startswith("entries"):
                self._skip(size)
            return
        if not size and name.endswith("/"):
            return
        notes: tuple[Finding, ...] = ()
        if sparse:
            size -= self._past_map(entry, sparse)
            message = "a sparse file: its parts were read one after another, without the holes"
            notes = (note("container.member_sparse", message),)
        self._spending.member()
        yield from self._read_member(name, max(size, 0), notes)

    def _read_member(self, name: str, size: int, notes: tuple[Finding, ...]) -> Iterator[Member]:
        if self._asset is not None:
            start, there = self._at, min(size, max(self._asset.size - self._at, 0))
            self._spending.charge(there)
            if there < size:
                message = f"the archive ends within it; {there} of {size} bytes are there"
                notes = (*notes, warning("container.member_damaged", message))
            yield Member(name, self._asset.part(start, there, name), findings=notes)
            self._at = start  # a nested archive may have been read meanwhile
            self._skip(size)
            return
        assert self._source is not None  # noqa: S101 - one of the two is there
        content, over = taken(self._source, self._spending, size)
        there = content.tell()
        damage = f"the archive ends within it; {there} of {size} bytes are there"
        yield member(
            name,
            content,
            over=over,
            damage=damage if there < size and not over else "",
            limit=self._spending.room,
            findings=notes,
        )
        self._skip(size, there)

    def _past_map(self, entry: _TarEntry, sparse: str) -> int:
        """Pass over the map of a sparse file; return how many bytes of the content it takes."""
        if sparse == "old":
            more = entry.extended
            for _ in range(_MAX_MAP):
                if not more:
                    break
                block = self._take_bytes(BLOCK)
                more = block[504:505] == b"\1"
            return 0
        if sparse != "1.0":
            return 0
        lines = wanted = 0
        for taken_blocks in range(1, _MAX_MAP + 1):
            block = self._take_bytes(BLOCK)
            if not wanted and (count := re.match(rb"(\d{1,6})\n", block)):
                wanted = 1 + 2 * int(count[1])
            lines += block.count(b"\n")
            if not wanted or lines >= wanted:
                return taken_blocks * BLOCK
        return _MAX_MAP * BLOCK

    def _extension(self, entry: _TarEntry) -> None:
        """Read a long name (GNU) or a pax header, for the entry that follows."""
        data = self._take_bytes(min(entry.size, _MAX_EXTENSION))
        self._skip(entry.size, len(data))
        if entry.kind == ord("L"):
            self._name = data.partition(b"\0")[0]
        elif entry.kind in b"xX":
            self._pax(data)

    def _pax(self, data: bytes) -> None:
        at = 0
        while match := _PAX.match(data, at):
            length = int(match[1])
            if length <= match.end() - at:
                return
            key, value = match[2], data[match.end() : at + length - 1]
            if (key == b"path" and not self._sparse) or key == b"GNU.sparse.name":
                self._name = value
            elif key == b"size" and value.isdigit() and len(value) < 20:
                self._size = int(value)
            elif key in (b"GNU.sparse.major", b"GNU.sparse.numblocks", b"GNU.sparse.map"):
                self._sparse = "1.0" if key.endswith(b"major") and value == b"1" else "0"
            at += length

    def _findings(self) -> Iterator[Finding]:
        for what, count in sorted(self._left_out.items()):
            message = f"{what}, which are not followed: {count}"
            yield note("container.links", message)
        if self._damaged:
            message = f"places of the archive that are not what they should be: {self._damaged}"
            yield warning("container.damaged", message)

    def _take_bytes(self, length: int) -> bytes:
        if self._asset is None:
            assert self._source is not None  # noqa: S101 - one of the two is there
            data = self._source.whole(length)
            self._spending.charge(len(data))
            return data
        data = self._asset.read(self._at, length)
        self._at += len(data)
        return data

    def _skip(self, size: int, done: int = 0) -> None:
        """Pass over the rest of a content of `size` bytes, up to its last block's end."""
        left = -(-size // BLOCK) * BLOCK - done
        if self._asset is not None:
            self._at += left
        elif self._source is not None:
            while left > 0 and (data := self._source.read(min(left, PIECE))):
                self._spending.charge(len(data))
                left -= len(data)


def _read_header(block: bytes) -> _TarEntry | None:
    size = number(block[124:136])
    if size is None or size < 0:
        return None
    name = block[:100].partition(b"\0")[0]
    prefix = block[345:500].partition(b"\0")[0]
    if block[257:263] == b"ustar\0" and prefix:
        name = prefix + b"/" + name
    return _TarEntry(block[156], name, size, extended=block[482:483] == b"\1")
