"""EXIF (CIPA DC-008): IFD0 and the Exif IFD, wherever a TIFF structure stands.

Our own reader, because the origin of a file hangs on a dozen tags: it reads those and leaves the
others where they are, which costs a few microseconds. MakerNotes are not parsed. Positions are
read only with `everything`; otherwise the key `GPS` says that there is one. Text is ASCII that is
not, UTF-16 of unstated order, and the codes of UserComment.
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING

from provenance.media.container.block import Coding
from provenance.media.metadata import xmp_fields
from provenance.media.metadata.exif_tags import EXIF, GPS, IFD0, ORIGIN
from provenance.media.metadata.field import MAX_JSON, Source
from provenance.media.metadata.sink import decoded

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any, Literal

    from provenance.media.container.block import Block
    from provenance.media.metadata.sink import Read, Sink

MAX_ENTRIES = 1_024  # of one IFD; cameras write fewer than 100
MAX_VALUES = 4 << 20  # bytes of all values: entries may all point to the same bytes
MAX_NUMBERS = 32  # of one tag that are shown
_MARKS = {b"II*\0": "<", b"MM\0*": ">", b"II+\0": "<", b"MM\0+": ">"}
_HEADER = b"Exif\0\0"
_EXIF_IFD, _GPS_IFD, _COMMENT, _XMP = 0x8769, 0x8825, 0x9286, 700
_PREFIX = 8  # bytes that name the character code (CIPA DC-008, 4.6.6, UserComment)
_PROBE = 4_096  # bytes looked at to tell the byte order
_XP = frozenset(range(0x9C9B, 0x9CA0))
_SIZES = (0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8)  # by field type
_NUMBERS = {3: "H", 4: "I", 6: "b", 8: "h", 9: "i", 11: "f", 12: "d", 13: "I", 16: "Q", 17: "q"}
_ENTRIES = {
    ("<", 4): Struct("<HHI4s"),
    (">", 4): Struct(">HHI4s"),
    ("<", 8): Struct("<HHQ8s"),
    (">", 8): Struct(">HHQ8s"),
}


def add_exif_tags(sink: Sink, block: Block) -> None:
    """Add the tags under their names."""
    if block.place == "IFD0":  # the whole file is the structure
        asset = sink.asset
        _ExifReader(sink, asset.read, asset.size, whole_file=True).whole()
        return
    if block.coding is not Coding.RAW or block.length <= MAX_JSON:
        data = sink.load(block)
        if data:
            structure(sink, data)
        return
    window = sink.window(block)
    if window is not None:
        at_offset, length = window
        start = _start(at_offset(0, 64), at_offset)
        _ExifReader(sink, lambda at, count: at_offset(start + at, count), length - start).whole()


def structure(sink: Sink, data: bytes) -> None:
    """Read a TIFF structure, bare, after `Exif`, or after the offset that HEIF puts there."""
    if data[:4] not in _MARKS:
        start = _start(data, lambda at, count: data[at : at + count])
        data = data[start:]
    _ExifReader(sink, lambda at, count: data[at : at + count], len(data)).whole()


def _start(head: bytes, read: Read) -> int:
    if head.startswith(_HEADER):
        return len(_HEADER)
    offset = 4 + int.from_bytes(head[:4], "big")  # ISO/IEC 23008-12, A.2.1; JPEG XL the same
    return offset if read(offset, 4) in _MARKS else 0


class _ExifReader:
    __slots__ = (*("left", "mark", "order", "read", "seen", "sink", "size", "whole_file", "width"),)

    def __init__(self, sink: Sink, read: Read, size: int, *, whole_file: bool = False) -> None:
        self.whole_file = whole_file  # then the container scan has found the XMP of tag 700
        self.sink = sink
        self.read = read
        self.size = size
        self.seen: set[int] = set()
        self.left = MAX_VALUES
        self.mark = ""
        self.order: Literal["little", "big"] = "little"
        self.width = 4

    def whole(self) -> None:
        """Read IFD0, and what it points to."""
        head = self.read(0, 16)
        self.mark = _MARKS.get(head[:4], "")
        if not self.mark:
            self.sink.malformed("EXIF that does not begin as TIFF")
            return
        self.order = "little" if self.mark == "<" else "big"
        big = 43 in head[2:4]
        self.width = 8 if big else 4
        first = int.from_bytes(head[8:16] if big else head[4:8], self.order)
        everything = self.sink.everything
        pointers = self.ifd(first, IFD0 if everything else ORIGIN, "")
        if _EXIF_IFD in pointers:
            names = EXIF if everything else ORIGIN
            pointers |= self.ifd(pointers[_EXIF_IFD], names, "Exif")
        if _GPS_IFD in pointers:
            if everything:
                self.ifd(pointers[_GPS_IFD], GPS, "GPS")
            else:
                self.sink.add("GPS", "present")

    def ifd(self, offset: int, names: dict[int, str], context: str) -> dict[int, int]:
        """Read one IFD; return the pointers to others."""
        sink = self.sink
        pointers: dict[int, int] = {}
        for tag, kind, number, value in self._entries(offset):
            if tag in (_EXIF_IFD, _GPS_IFD):
                pointers[tag] = int.from_bytes(value, self.order)
                continue
            name = names.get(tag)
            if name is None:
                if tag == _XMP and not self.whole_file:
                    self.packet(int.from_bytes(value, self.order), number)
                    continue
                if not sink.everything:
                    continue
                name = f"0x{tag:04x}"
            size = number * (_SIZES[kind] if kind < len(_SIZES) else 0)
            raw = value[:size] if size <= self.width else self._distant_value(name, value, size)
            if raw is None:
                break
            text = self.text(tag, kind, raw)
            if text or sink.everything:
                sink.add(name, text, context if sink.everything else "")
        return pointers

    def _entries(self, offset: int) -> Iterable[tuple[Any, ...]]:
        """Return the entries of an IFD that are there: tag, type, count, and value or offset."""
        if offset in self.seen:
            self.sink.malformed(f"the IFD at {offset} comes again")
            return ()
        self.seen.add(offset)
        ahead = 8 if self.width == 8 else 2
        head = self.read(offset, ahead)
        count = int.from_bytes(head, self.order)
        if count > MAX_ENTRIES:
            self.sink.limit(f"an IFD of {count} entries")
            count = MAX_ENTRIES
        entry = _ENTRIES[self.mark, self.width]
        data = self.read(offset + ahead, count * entry.size)
        if len(head) < ahead or len(data) < count * entry.size:
            self.sink.malformed(f"the IFD at {offset} ends early")
            data = data[: len(data) // entry.size * entry.size]
        return entry.iter_unpack(data)

    def _distant_value(self, name: str, offset: bytes, size: int) -> bytes | None:
        """Read a value that is too large for its entry; None once they are too many together."""
        if size > MAX_JSON:
            self.sink.limit(f"{name} of {size} bytes")
            size = MAX_JSON
        self.left -= size
        if self.left < 0:
            self.sink.limit(f"values of more than {MAX_VALUES} bytes")
            return None
        raw = self.read(int.from_bytes(offset, self.order), size)
        if len(raw) < size:
            self.sink.malformed(f"{name} is longer than the structure")
        return raw

    def packet(self, offset: int, size: int) -> None:
        """Read XMP that is in a tag, as writers of TIFF have it, in EXIF of other formats."""
        data = self.read(offset, min(size, MAX_JSON))
        self.left -= len(data)
        if self.left >= 0:
            source, self.sink.source = self.sink.source, Source.XMP
            xmp_fields.packet(self.sink, data)
            self.sink.source = source

    def text(self, tag: int, kind: int, raw: bytes) -> str:
        """Return a value as text."""
        if tag == _COMMENT:
            return _user_comment(raw, self.order)
        if tag in _XP:
            return _utf16(raw, "little").rstrip("\0")
        if kind == 2:
            return _ascii(raw)
        if kind in (5, 10):
            pair = Struct(self.mark + ("II" if kind == 5 else "ii"))
            raw = raw[: min(len(raw) // 8, MAX_NUMBERS) * 8]
            return " ".join(f"{a}/{b}" for a, b in pair.iter_unpack(raw))
        code = _NUMBERS.get(kind)
        if code is not None:
            layout = Struct(self.mark + code)
            raw = raw[: min(len(raw) // layout.size, MAX_NUMBERS) * layout.size]
            return " ".join(str(v) for (v,) in layout.iter_unpack(raw))
        if raw.isascii() and raw.rstrip(b"\0").decode("ascii").isprintable():
            return _ascii(raw)
        return f"{len(raw)} bytes"


def _ascii(raw: bytes) -> str:
    """Decode a value of type ASCII, in which writers put UTF-8 and Latin-1 too."""
    return decoded(raw).rstrip(" ")


def _user_comment(raw: bytes, order: Literal["little", "big"]) -> str:
    """Decode UserComment by its prefix; without one the whole is text, as some writers have it."""
    prefix, body = raw[:_PREFIX], raw[_PREFIX:]
    code = prefix.rstrip(b"\0 ").upper()
    if code == b"UNICODE":
        return _utf16(body, order).rstrip("\0 ")
    if code == b"JIS":
        for name in ("iso2022_jp", "shift_jis", "euc_jp"):
            try:
                return body.rstrip(b"\0 ").decode(name)
            except UnicodeDecodeError:
                continue
        return decoded(body)
    if code in (b"ASCII", b""):
        return _ascii(body)
    return _ascii(raw)


def _utf16(raw: bytes, order: Literal["little", "big"]) -> str:
    """Decode UTF-16 in the order its bytes show, or the one given where they do not.

    The standard gives UNICODE the order of the file; libraries write the other one as well, and
    nearly all text has zero bytes on one side (ASCII, spaces, line ends). Text that is UTF-8 in
    spite of its prefix has none and is an odd sight in either order: it is taken for that.
    """
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return raw.decode("utf-16", "replace")
    probe = raw[:_PROBE].rstrip(b"\0")
    high, low = probe[0::2].count(0), probe[1::2].count(0)
    if high == low == 0 and _is_utf8(probe):
        return decoded(raw)
    if high != low:
        order = "big" if high > low else "little"
    return raw[: len(raw) & ~1].decode("utf-16-be" if order == "big" else "utf-16-le", "replace")


def _is_utf8(data: bytes) -> bool:
    """Tell whether bytes are text in UTF-8 throughout: as UTF-16 they would be rare Han.

    Han and kana in UTF-16 are hardly ever UTF-8 by chance: every other byte would have to continue
    a character. ASCII has to make up a part, as it does in settings of any language.
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as e:
        if e.start < len(data) - 3:  # else a character is cut at the end of the probe
            return False
        text = data[: e.start].decode("utf-8")
    if any(c < " " and c not in "\t\r\n" for c in text):
        return False
    return sum(map(str.isascii, text)) * 4 >= len(text)
