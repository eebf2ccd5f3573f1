"""What is in a PDF file as a file of its own: JPEG and JPEG 2000 pictures, and attached files.

Dictionaries of streams are never compressed (ISO 32000-1, 7.5.7), so each such stream is found by
the words of its dictionary. A picture of another filter is pixels, without any metadata of a file.
"""

from __future__ import annotations

import re
import zlib
from typing import TYPE_CHECKING, NamedTuple

from provenance.base.errors import AssetError
from provenance.base.finding import warning
from provenance.media.archive.member import Member, Unread
from provenance.media.archive.unpack import Unpacker, forward, member, taken
from provenance.media.container import jumbf_header

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance.base.finding import Finding
    from provenance.media.archive.member import Spending
    from provenance.media.asset import Asset
    from provenance.media.container import Scan

_WINDOW = 4 << 20  # bytes searched at a time
_MAX_DICTIONARY = 4_096  # bytes of the dictionary of one stream
_MAX_END = 1 << 20  # bytes read at a time in the search for the end of a stream
_MAX_STREAMS = 200_000  # looked at
_MAX_INDIRECT = 100_000  # lengths that are objects of their own
_STREAM = re.compile(rb">>\s*stream(?:\r\n|\n|\r)")
_OBJECT = re.compile(rb"(\d{1,10})\s{1,8}\d{1,5}\s{1,8}obj")
_HEADER = 32  # bytes of the header of an object
_WANTED = (b"DCT", b"JPXDecode", b"EmbeddedFile")
_INTEGER = re.compile(rb"(\d{1,10}) \d{1,5} obj\s{1,8}(\d{1,15})\s{1,8}endobj")
_LENGTH = re.compile(rb"/Length\s+(\d{1,15})(?:\s+(\d{1,5})\s+R\b)?")
_FILTER = re.compile(rb"/(?:Filter|F)\s*(\[[^\]]{0,512}\]|/[^\s/\[\]<>()]{1,64})")
_NAME = re.compile(rb"/([^\s/\[\]<>()]{1,64})")
_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
_FLATE = frozenset({b"FlateDecode", b"Fl"})
_PICTURES = {b"DCTDecode": "jpg", b"DCT": "jpg", b"JPXDecode": "jp2"}


class _Stream(NamedTuple):
    number: int
    start: int
    head: bytes
    filters: tuple[bytes, ...]


def members(asset: Asset, scan: Scan, spending: Spending) -> Iterator[Member | Finding | Unread]:
    """Yield the pictures and the attached files. Raises ExhaustedError."""
    del scan
    document = _Document(asset, spending)
    yield from document.members()


class _Document:
    """One file, gone through from its start."""

    def __init__(self, asset: Asset, spending: Spending) -> None:
        self._asset = asset
        self._spending = spending
        self._lengths: dict[int, int] | None = None
        self._encrypted = 0
        self._endless = asset.size  # from where on no stream has an end

    def members(self) -> Iterator[Member | Finding | Unread]:
        locked = self._mentions(b"/Encrypt")
        for looked, stream in enumerate(self._streams()):
            if looked >= _MAX_STREAMS:
                yield Unread(f"whatever comes after {_MAX_STREAMS} streams")
                break
            if stream is None:
                continue
            ending = _PICTURES.get(stream.filters[-1]) if stream.filters else None
            attached = b"/EmbeddedFile" in stream.head
            if ending is None and not attached:
                continue
            start = self._asset.read(stream.start, jumbf_header.PEEK)
            if locked and not _is_plain(start, stream.filters):
                self._encrypted += 1
                continue
            length = self._length(stream)
            if attached and not stream.filters and jumbf_header.is_store(start):
                continue  # the document's own credential
            self._spending.member()
            yield self._member(stream, length, ending or "bin")
        if self._encrypted:
            message = f"encrypted files in it, which were not examined: {self._encrypted}"
            yield warning("container.member_encrypted", message)

    def _member(self, stream: _Stream, length: int, ending: str) -> Member:
        name = f"object-{stream.number}.{ending}" if stream.number >= 0 else f"object.{ending}"
        wrapping = stream.filters[:-1] if ending != "bin" else stream.filters
        if not wrapping:
            self._spending.charge(length)
            part = self._asset.part(stream.start, length, name)
            return Member(name, part, part=ending == "bin")
        if len(wrapping) > 1 or wrapping[0] not in _FLATE:
            named = " and ".join(coding.decode("ascii", "replace") for coding in wrapping)
            return Member(
                name, None, AssetError("member.unsupported", f"its filter is not read: {named}")
            )
        read = forward(self._asset, stream.start, length)
        unpacker = Unpacker(read, _zlib)
        content, over = taken(unpacker, self._spending)
        unpacked = member(
            name, content, over=over, damage=unpacker.damage, limit=self._spending.room
        )
        return Member(
            unpacked.name, unpacked.asset, unpacked.error, unpacked.findings, part=ending == "bin"
        )

    def _streams(self) -> Iterator[_Stream | None]:
        """Yield each stream that may be a file of its own, None for any other.

        Streams within streams count as well: a table of places may lead to any of them.
        """
        at, size = 0, self._asset.size
        while at < size:
            data = self._asset.read(at, _WINDOW + _MAX_DICTIONARY)
            last = at + len(data) >= size
            for match in _STREAM.finditer(data):
                begin = max(match.start() - _MAX_DICTIONARY, 0)
                if not last and match.end() > _WINDOW:
                    break  # the next window has it, with all of its dictionary
                if at and match.end() <= _MAX_DICTIONARY:
                    continue  # the window before had it
                place = data.rfind(b"obj", begin, match.start())
                head = data[place + 3 if place >= 0 else begin : match.start()]
                if b"#" in head:
                    head = _ESCAPE.sub(lambda m: bytes([int(m[1], 16)]), head)
                if not any(word in head for word in _WANTED):
                    yield None
                    continue
                header = _OBJECT.search(data, max(place - _HEADER, 0), max(place + 3, 0))
                number = int(header[1]) if header else -1
                yield _Stream(number, at + match.end(), head, _filters(head))
            if last:
                break
            at += _WINDOW - _MAX_DICTIONARY

    def _length(self, stream: _Stream) -> int:
        """Return how long a stream is: as it says where it ends there, else up to its end mark.

        The end of line in front of that mark is not of the stream (ISO 32000-2, 7.3.8.1).
        """
        size = self._asset.size
        match = _LENGTH.search(stream.head)
        said = None
        if match is not None:
            said = int(match[1])
            if match[2] is not None:
                said = self._indirect().get(said)
        if said is not None and stream.start + said <= size:
            after = self._asset.read(stream.start + said, 16)
            if after.lstrip(b"\r\n \t").startswith(b"endstream"):
                return said
        at = stream.start
        while at < min(size, self._endless):
            data = self._asset.read(at, _MAX_END)
            offset = data.find(b"endstream")
            if offset >= 0:
                end = at + offset
                before = self._asset.read(max(end - 2, stream.start), min(end - stream.start, 2))
                mark = next((m for m in (b"\r\n", b"\n", b"\r") if before.endswith(m)), b"")
                return end - len(mark) - stream.start
            at += max(len(data) - 16, 1)
            if len(data) <= 16:
                break
        self._endless = min(self._endless, stream.start)  # no later one ends either
        return size - stream.start

    def _indirect(self) -> dict[int, int]:
        """Return the integers that are objects of their own; the last of each number counts."""
        if self._lengths is None:
            lengths: dict[int, int] = {}
            at, size = 0, self._asset.size
            while at < size and len(lengths) < _MAX_INDIRECT:
                data = self._asset.read(at, _WINDOW)
                lengths |= {int(m[1]): int(m[2]) for m in _INTEGER.finditer(data)}
                at += max(len(data) - 64, 1) if at + len(data) < size else len(data) or 1
            self._lengths = lengths
        return self._lengths

    def _mentions(self, word: bytes) -> bool:
        at, size = 0, self._asset.size
        while at < size:
            data = self._asset.read(at, _WINDOW)
            if word in data:
                return True
            if at + len(data) >= size or not data:
                return False
            at += max(len(data) - len(word), 1)
        return False


def _is_plain(start: bytes, filters: tuple[bytes, ...]) -> bool:
    """Tell a stream that is not encrypted in a file that says so: anyone can write the word."""
    if not filters:
        return False
    if filters[0] in _FLATE:
        return start[:1] == b"\x78" and int.from_bytes(start[:2], "big") % 31 == 0
    return start.startswith((b"\xff\xd8\xff", b"\0\0\0\x0cjP  ", b"\xff\x4f\xff\x51"))


def _zlib() -> object:
    return zlib.decompressobj()


def _filters(head: bytes) -> tuple[bytes, ...]:
    match = _FILTER.search(head)
    return tuple(name[1] for name in _NAME.finditer(match[1])) if match else ()
