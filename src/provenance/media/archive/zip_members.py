"""ZIP archives (PKWARE APPNOTE 6.3.10), as a hostile sender may make them.

Readers differ in what they believe: most follow the central directory, some the local headers, and
programs that repair an archive take what they find. So all of it is looked at: what the directory
lists, as it says; what the local header says, where that is something else; and entries between
those, which no directory lists.
"""

from __future__ import annotations

import itertools
import zlib
from typing import TYPE_CHECKING, NamedTuple

from provenance.base.errors import AssetError
from provenance.base.finding import note, warning
from provenance.media.archive.member import Member, Unread
from provenance.media.archive.unpack import (
    PIECE,
    ZSTD,
    Unpacker,
    bunzipper,
    forward,
    inflater,
    member,
    missing_zstd,
    taken,
    unlzmaer,
    unxzer,
    unzstder,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance.base.finding import Finding
    from provenance.media.archive.member import Spending
    from provenance.media.asset import Asset
    from provenance.media.container import Scan

_END = 22 + 65_535  # end record and the longest comment (4.3.16)
_WIDE = 0xFFFFFFFF
_ENCRYPTED, _DESCRIBED = 1 << 0, 1 << 3
_AES = 99
_NAMES = {9: "Deflate64", 97: "WavPack", 96: "JPEG variant", 98: "PPMd"}
_READ = 1 << 20  # bytes of the directory read at a time
_MAX_STRANGE = 4_096  # texts between entries that look like the header of one and are none
_MAX_EXTRA = 65_535
_SHOWN = 3  # names in a finding


class _ZipHeader(NamedTuple):
    """What a header says of an entry. `at` is where its data begin, -1 where that is not known."""

    name: bytes
    flags: int
    method: int
    crc: int
    packed: int
    unpacked: int
    local: int
    at: int = -1

    @property
    def encrypted(self) -> bool:
        return bool(self.flags & _ENCRYPTED) or self.method == _AES


def members(asset: Asset, scan: Scan, spending: Spending) -> Iterator[Member | Finding | Unread]:
    """Yield everything that is in an archive. Raises ExhaustedError."""
    archive = _ZipArchive(asset, spending, document=scan.media_type != "application/zip")
    yield from archive.members()


class _ZipArchive:
    """One archive, gone through once."""

    def __init__(self, asset: Asset, spending: Spending, *, document: bool) -> None:
        self._asset = asset
        self._spending = spending
        self._part = document
        self._spans: list[tuple[int, int]] = []  # from a local header to the end of its data
        self._encrypted: list[str] = []
        self._no_header = 0

    def members(self) -> Iterator[Member | Finding | Unread]:
        start, end, shift = self._directory()
        if start < 0:
            yield warning("container.damaged", "there is no directory of the archive")
            start = end = self._asset.size
        listed = 0
        try:
            for entry in self._listed(start, end, shift):
                self._spending.member()  # folders count too: a directory may have no end of them
                listed += 1
                yield from self._both(entry)
        except _DirectoryError:
            message = f"the directory cannot be read beyond its first {listed} entries"
            yield warning("container.damaged", message)
        yield from self._unlisted(start, end)
        yield from self._findings()

    def _directory(self) -> tuple[int, int, int]:
        """Return where the directory begins and ends, and how far offsets are off; -1: nowhere.

        They are off where something was put in front of an archive, such as a program.
        """
        asset = self._asset
        base = max(asset.size - _END, 0)
        tail = asset.read(base, _END)
        at = tail.rfind(b"PK\5\6")
        while at >= 0 and len(tail) - at < 22:
            at = tail.rfind(b"PK\5\6", 0, at)
        if at < 0:
            return -1, -1, 0
        size, start = _int(tail, at + 12, 4), _int(tail, at + 16, 4)
        end = base + at
        locator = asset.read(end - 20, 20)
        if locator[:4] == b"PK\6\7":
            there = _int(locator, 8, 8)
            record = asset.read(there, 56)
            if record[:4] != b"PK\6\6":  # something was put in front
                there = (asset.read(max(end - 20 - 56, 0), 56)[:4] == b"PK\6\6" and end - 76) or -1
                record = asset.read(there, 56)
            if len(record) == 56 and record[:4] == b"PK\6\6":
                size, start, end = _int(record, 40, 8), _int(record, 48, 8), there
        if asset.read(start, 4) == b"PK\1\2" or not size:
            return start, min(start + size, asset.size), 0
        by_end = end - size
        if by_end >= 0 and asset.read(by_end, 4) == b"PK\1\2":
            return by_end, end, by_end - start
        return -1, -1, 0

    def _listed(self, start: int, end: int, shift: int) -> Iterator[_ZipHeader]:
        """Yield what the directory lists, a part of it in memory at a time."""
        data, at, base = b"", 0, start
        while base + at < end:
            if len(data) - at < 46 + 3 * _MAX_EXTRA and base + len(data) < end:
                base += at
                data, at = self._asset.read(base, min(_READ, end - base)), 0
            if data[at : at + 4] != b"PK\1\2" or len(data) - at < 46:
                raise _DirectoryError
            name, extra, comment = (_int(data, at + n, 2) for n in (28, 30, 32))
            body = at + 46
            values = _Wide(data[body + name : body + name + extra])
            unpacked = values.widened(_int(data, at + 24, 4))
            packed = values.widened(_int(data, at + 20, 4))
            local = values.widened(_int(data, at + 42, 4))
            yield _ZipHeader(
                data[body : body + name],
                _int(data, at + 8, 2),
                _int(data, at + 10, 2),
                _int(data, at + 16, 4),
                packed,
                unpacked,
                local + shift,
            )
            at = body + name + extra + comment

    def _local(self, at: int) -> _ZipHeader | None:
        """Read a local header (4.3.7)."""
        head = self._asset.read(at, 30)
        if len(head) < 30 or head[:4] != b"PK\3\4":
            return None
        length, extra = _int(head, 26, 2), _int(head, 28, 2)
        more = self._asset.read(at + 30, length + extra)
        values = _Wide(more[length:])
        unpacked, packed = values.widened(_int(head, 22, 4)), values.widened(_int(head, 18, 4))
        flags, method, crc = _int(head, 6, 2), _int(head, 8, 2), _int(head, 14, 4)
        data = at + 30 + length + extra
        return _ZipHeader(more[:length], flags, method, crc, packed, unpacked, at, data)

    def _both(self, entry: _ZipHeader) -> Iterator[Member]:
        """Yield an entry as the directory has it, and as its local header has it if otherwise."""
        local = self._local(entry.local)
        if local is None:
            self._no_header += 1
            if not _is_folder(entry):
                error = AssetError("member.damaged", "the archive has no entry of this name")
                yield Member(_text(entry.name), None, error)
            return
        entry = entry._replace(at=local.at)
        self._spans.append((local.local, entry.at + entry.packed))
        differs = _difference(entry, local)
        findings: tuple[Finding, ...] = ()
        if differs:
            message = f"directory and local header disagree in {differs}"
            findings = (warning("container.member_disagrees", message),)
        yield from self._member_of_entry(entry, findings)
        if differs and differs != "name":
            self._spans.append((local.local, local.at + local.packed))
            self._spending.member()
            yield from self._member_of_entry(local, findings)

    def _member_of_entry(
        self, entry: _ZipHeader, findings: tuple[Finding, ...]
    ) -> Iterator[Member]:
        if _is_folder(entry):
            return
        name = _text(entry.name)
        if entry.encrypted:
            self._encrypted.append(name)
            return
        yield self._open_member(name, entry, findings)

    def _open_member(self, name: str, entry: _ZipHeader, findings: tuple[Finding, ...]) -> Member:
        if entry.method == 0:
            there = min(entry.packed, max(self._asset.size - entry.at, 0))
            self._spending.charge(there)
            if there < entry.packed:
                message = f"the archive ends within it; {there} of {entry.packed} bytes are there"
                findings = (*findings, warning("container.member_damaged", message))
            part = self._asset.part(entry.at, there, name)
            return Member(name, part, findings=findings, part=self._part)
        try:
            unpacker = self._unpacker(entry)
        except ImportError:
            return Member(name, None, AssetError("member.unsupported", missing_zstd()))
        except ValueError as e:
            return Member(name, None, AssetError("member.damaged", str(e)))
        if unpacker is None:
            called = _NAMES.get(entry.method, f"number {entry.method}")
            message = f"its compression is not read: {called}"
            return Member(name, None, AssetError("member.unsupported", message))
        content, over = taken(unpacker, self._spending)
        damage = unpacker.damage
        described = entry.crc == 0 and entry.flags & _DESCRIBED  # after the data, in a local header
        if not (over or damage or described) and zlib.crc32(content.getbuffer()) != entry.crc:
            damage = "its check sum does not match"
        unpacked = member(
            name,
            content,
            over=over,
            damage=damage,
            limit=self._spending.room,
            findings=findings,
        )
        return Member(unpacked.name, unpacked.asset, unpacked.error, unpacked.findings, self._part)

    def _unpacker(self, entry: _ZipHeader) -> Unpacker | None:
        read = forward(self._asset, entry.at, entry.packed)
        match entry.method:
            case 8:
                return Unpacker(read, inflater)
            case 12:
                return Unpacker(read, bunzipper)
            case 14:
                head = self._asset.read(entry.at, 9)
                properties = head[4 : 4 + _int(head, 2, 2)]
                read = forward(self._asset, entry.at + 9, entry.packed - 9)
                return _Lzma(read, properties, entry.unpacked)
            case 95:
                return Unpacker(read, unxzer)
            case 20 | 93:
                return Unpacker(read, unzstder, several=True, magic=ZSTD)
            case _:
                return None

    def _unlisted(self, directory: int, end: int) -> Iterator[Member | Finding | Unread]:
        """Yield entries that are between those listed, and before and after the directory."""
        count = strange = 0
        at = 0
        size = self._asset.size
        for start, stop in [*sorted(self._spans), (directory, end), (size, size)]:
            for place in self._headers(at, start):
                if place < at:
                    continue  # within the one before
                local = self._local(place)
                if local is None or local.at > start or not _plausible(local):
                    strange += 1
                    if strange >= _MAX_STRANGE:
                        yield Unread(f"what follows {strange} places that look like entries")
                        return
                    continue
                self._spending.member()
                count += not _is_folder(local)
                local = self._measured(local, start)
                sure = not local.flags & _DESCRIBED and local.at + local.packed <= start
                at = max(at, local.at + (local.packed if sure else 0))
                message = "no directory of the archive lists it"
                yield from self._member_of_entry(
                    local, (note("container.member_unlisted", message),)
                )
            at = max(at, stop)
        if count:
            message = f"entries that no directory of the archive lists: {count}"
            yield warning("container.member_unlisted", message)

    def _headers(self, at: int, end: int) -> Iterator[int]:
        """Yield where the signature of a local header is, in a range of the file."""
        while at + 30 <= end:
            data = self._asset.read(at, min(PIECE, end - at))
            offset = data.find(b"PK\3\4")
            while offset >= 0:
                yield at + offset
                offset = data.find(b"PK\3\4", offset + 4)
            if len(data) < 4:
                return
            at += len(data) - 3

    def _measured(self, local: _ZipHeader, end: int) -> _ZipHeader:
        """Give an entry whose size follows its data all that is there up to the next one."""
        if local.packed and not local.flags & _DESCRIBED:
            return local
        stop = next((n for n in self._headers(local.at, end)), end)
        if local.flags & _DESCRIBED and local.method == 8:
            stop = end  # deflate says itself where it ends
        return local._replace(packed=max(stop - local.at, 0))

    def _findings(self) -> Iterator[Finding]:
        if self._no_header:
            message = f"names in the directory that lead to no entry: {self._no_header}"
            yield warning("container.damaged", message)
        if self._encrypted:
            count = len(self._encrypted)
            names = ", ".join(self._encrypted[:_SHOWN]) + (", ..." if count > _SHOWN else "")
            message = f"encrypted files in it, which were not examined: {count} ({names})"
            yield warning("container.member_encrypted", message)
        spans = sorted(set(self._spans))
        over = sum(a[1] > b[0] for a, b in itertools.pairwise(spans))
        if over or len(spans) < len(self._spans):
            count = over or len(self._spans) - len(spans)
            message = f"entries that share their bytes with others: {count}"
            yield warning("container.entries_overlap", message)


class _DirectoryError(Exception):
    """The directory cannot be read further."""


class _Lzma(Unpacker):
    """LZMA in ZIP may have no mark at its end: its size says where it is."""

    def __init__(self, read: object, properties: bytes, size: int) -> None:
        super().__init__(read, lambda: unlzmaer(properties))  # type: ignore[arg-type]  # see `forward`
        self._left = size

    def read(self, most: int) -> bytes:
        data = super().read(min(most, self._left)) if self._left > 0 else b""
        self._left -= len(data)
        return data


class _Wide:
    """The ZIP64 extra field: its values replace, in order, those that are all ones (4.5.3)."""

    def __init__(self, extra: bytes) -> None:
        self._values = b""
        at = 0
        while at + 4 <= len(extra):
            length = _int(extra, at + 2, 2)
            if extra[at : at + 2] == b"\1\0":
                self._values = extra[at + 4 : at + 4 + length]
                break
            at += 4 + length

    def widened(self, value: int) -> int:
        if value != _WIDE or len(self._values) < 8:
            return value
        wide, self._values = _int(self._values, 0, 8), self._values[8:]
        return wide


def _difference(entry: _ZipHeader, local: _ZipHeader) -> str:
    """Say in what a local header differs from the directory, as far as that matters to a reader."""
    differs = []
    if entry.name != local.name:
        differs.append("name")
    if entry.method != local.method:
        differs.append("compression")
    described = local.flags & _DESCRIBED and local.packed in (0, _WIDE)
    if entry.packed != local.packed and not described:
        differs.append("size")
    if entry.encrypted != local.encrypted:
        differs.append("encryption")
    return " and ".join(differs)


def _plausible(local: _ZipHeader) -> bool:
    return bool(local.name) and local.method in {0, 8, 9, 12, 14, 20, 93, 95, 96, 97, 98, 99}


def _is_folder(entry: _ZipHeader) -> bool:
    return entry.name.endswith(b"/") and not entry.unpacked


def _text(name: bytes) -> str:
    return name.decode("utf-8", "surrogateescape")


def _int(data: bytes, at: int, length: int) -> int:
    return int.from_bytes(data[at : at + length], "little")
