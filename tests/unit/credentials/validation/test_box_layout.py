"""Where the boxes of each format are, to the byte: what is in none is a gap that the hash shows."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest
from support.each import each
from unit.credentials.validation.test_byte_source import Bytes

from provenance.credentials.validation import box_layout
from provenance.credentials.validation.box_layout import C2PA, NamedBox, boxes
from provenance.credentials.validation.outcome import Unknown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provenance.credentials.validation.byte_source import Range


def found(
    family: str,
    data: bytes,
    extent: Sequence[Range] = (),
    *,
    restarts: bool = True,
    limit: int = 1_000,
) -> list[NamedBox]:
    return boxes(Bytes(data), family, extent, restarts=restarts, limit=limit)


def row(*parts: tuple[str, bytes]) -> tuple[list[NamedBox], bytes]:
    """Return boxes that follow one another, and the file that they make."""
    made, data = [], b""
    for name, part in parts:
        made.append(NamedBox(name, len(data), len(data) + len(part)))
        data += part
    return made, data


def test_a_format_without_names_is_unknown_and_the_limit_is_kept() -> None:
    with pytest.raises(Unknown, match=r"^the standard names no boxes .* \(tiff\)$"):
        found("tiff", b"II*\0")
    for family, data in (
        ("jpeg", b"\xff\xd8" * 4),
        ("png", b"p" * 8 + (bytes(4) + b"tEXt" * 2) * 3),
    ):
        assert len(found(family, data, limit=2)) == 2
        assert len(found(family, data)) == 4


class TestJpeg:
    @staticmethod
    def segment(marker: int, body: bytes = b"") -> bytes:
        return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body

    @staticmethod
    def bare(marker: int) -> bytes:
        return bytes((0xFF, marker))

    def test_each_marker_has_the_name_of_the_standard(self) -> None:
        names = {
            **{0xC0 + n: f"SOF{n}" for n in (0, 1, 2, 3, 5, 6, 7, 9, 10, 11, 13, 14, 15)},
            **{0xE0 + n: f"APP{n}" for n in range(16)},
            **{0xF0 + n: f"JPG{n}" for n in range(14)},
            **dict(zip(range(0xDB, 0xE0), ("DQT", "DNL", "DRI", "DHP", "EXP"), strict=True)),
            **dict(zip((0xC4, 0xC8, 0xCC, 0xFE), ("DHT", "JPG", "DAC", "COM"), strict=True)),
            **dict.fromkeys((0x02, 0xBF), "RES"),
        }
        made, data = row(
            ("SOI", self.bare(0xD8)),
            ("TEM", self.bare(0x01)),
            *((name, self.segment(marker, b"x")) for marker, name in names.items()),
            ("SOS", self.segment(0xDA, b"\1") + b"abc\xff\0d"),
            ("RST0", self.bare(0xD0) + b"efg"),
            ("RST7", self.bare(0xD7) + b"h"),
            ("EOI", self.bare(0xD9)),
        )
        assert found("jpeg", data) == made
        *first, scan, _, _, end = made
        whole = [*first, NamedBox("SOS", scan.start, end.start), end]
        assert found("jpeg", data, restarts=False) == whole

    def test_a_restart_at_once_after_another(self) -> None:
        made, data = row(
            ("SOS", self.segment(0xDA)),
            ("RST0", self.bare(0xD0)),
            ("RST1", self.bare(0xD1)),
            ("EOI", self.bare(0xD9)),
        )
        assert found("jpeg", data) == made

    @each("body", [b"", b"x", b"x" * 300, b"x" * 65_533], ids=len)
    def test_a_segment_is_as_long_as_it_says_up_to_the_end_of_the_file(self, body: bytes) -> None:
        made, data = row(("SOI", self.bare(0xD8)), ("COM", self.segment(0xFE, body)))
        assert found("jpeg", data) == made
        assert found("jpeg", data[:-1]) == made[:1], "one byte is missing"

    @each(
        "rest",
        [
            b"\xff\xfe\0\1",
            b"\xff\xfe\0\0",
            b"\xff\xfe\0",
            b"\xff\xfe",
            b"\xff\0\0\2",
            b"junk\xff\xd9",
        ],
    )
    def test_what_is_no_segment_ends_the_list(self, rest: bytes) -> None:
        made, data = row(("SOI", self.bare(0xD8)))
        assert found("jpeg", data + rest) == made

    @each("fill", [1, 2, 62, 63, 64, 65, 1023, 1024, 1025, 20_000])
    def test_fill_bytes_lead_to_a_marker(self, fill: int) -> None:
        _, data = row(("SOI", self.bare(0xD8)), ("fill", b"\xff" * fill))
        for marker, name in ((0xD9, "EOI"), (0x01, "TEM")):
            end = NamedBox(name, len(data), len(data) + 2)
            assert found("jpeg", data + self.bare(marker)) == [NamedBox("SOI", 0, 2), end]
        for rest in (b"", b"\0", b"\0\xff\xd9"):
            assert found("jpeg", data + rest) == [NamedBox("SOI", 0, 2)], "they lead to none"

    def test_fill_bytes_beyond_a_bound_lead_to_none(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(box_layout, "_CHUNK", 64)
        for fill, count in ((62, 2), (63, 1)):
            data = self.bare(0xD8) + b"\xff" * fill + self.bare(0xD9)
            assert len(found("jpeg", data)) == count

    @each("size", [4_090, 4_096, 4_097, 20_479, 20_480, 20_481, 90_000])
    def test_a_scan_ends_at_its_marker_wherever_it_is_read(self, size: int) -> None:
        for data in (b"x" * size, (b"\xff\0" * size)[:size] + b"\0"):
            made, file = row(("SOS", self.segment(0xDA) + data), ("EOI", self.bare(0xD9)))
            assert found("jpeg", file) == made
            assert found("jpeg", file[:-2]) == made[:1], "it may end with the file"

    def test_a_scan_late_in_the_file_is_not_looked_for_before_it(self) -> None:
        made, file = row(
            ("COM", self.segment(0xFE, b"\xff\xd9" * 30_000)),
            ("SOS", self.segment(0xDA) + b"x" * 9_000),
            ("EOI", self.bare(0xD9)),
        )
        assert found("jpeg", file) == made

    def test_the_credential_is_one_box_of_many_segments(self) -> None:
        own = self.segment(0xEB, b"JP" + b"x" * 300) + self.segment(0xEB, b"") + self.segment(0xEB)
        made, data = row(
            ("SOI", self.bare(0xD8)),
            ("APP11", self.segment(0xEB, b"other")),
            (C2PA, own),
            ("EOI", self.bare(0xD9)),
        )
        extent = [(made[2].start, made[2].start + 9), (made[2].end - 4, made[2].end)]
        assert found("jpeg", data, extent) == made

    @each(
        "own",
        [
            b"\xff\xeb\0\6xx",
            b"\xff\xeb\0\3x\xff\xeb",
            b"\xff\xeb\0\3x\xff\xe1\0\2",
            b"\xff\xeb\0\3x????",
            b"\xff\xeb\0\1\0\0\0",
        ],
    )
    def test_segments_that_do_not_lead_to_its_end_are_not_the_credential(self, own: bytes) -> None:
        """The length of the last is not hashed: a larger one takes in what follows."""
        data = b"\xff\xd8" + own + b"\xff\xfe\0\x08" + b"y" * 6
        names = [one.name for one in found("jpeg", data, [(2, 2 + len(own))])]
        assert C2PA not in names


class TestPng:
    @staticmethod
    def chunk(name: bytes, body: bytes = b"") -> bytes:
        return struct.pack(">I", len(body)) + name + body + b"crc."

    HEAD = b"\x89PNG\r\n\x1a\n"

    def test_chunks_are_listed_up_to_the_last_one(self) -> None:
        made, data = row(
            ("PNGh", self.HEAD),
            ("IHDR", self.chunk(b"IHDR", b"x" * 13)),
            ("\xe9Xt\xff", self.chunk(b"\xe9Xt\xff")),
            (C2PA, self.chunk(b"caBX", b"y" * 300)),
            ("caBX", self.chunk(b"caBX", b"y")),
            ("IEND", self.chunk(b"IEND")),
        )
        extent = [(made[3].start, made[3].end), (made[5].start, made[5].end)]
        assert found("png", data + self.chunk(b"more"), extent) == made
        assert found("png", data[:-1], extent) == made[:-1]
        assert [one.name for one in found("png", data)][3] == "caBX"

    @each(("data", "end"), [(b"", 0), (HEAD[:5], 5), (HEAD, 8), (HEAD + b"\0" * 11, 8)])
    def test_a_file_that_is_cut(self, data: bytes, end: int) -> None:
        assert found("png", data) == [NamedBox("PNGh", 0, end)]


class TestGif:
    LOCAL = b"\x2c" + b"\1" * 8

    @staticmethod
    def head(packed: int) -> bytes:
        return b"GIF89a" + b"\1\0\1\0" + bytes((packed,)) + b"\0\0"

    @staticmethod
    def blocks(*sizes: int) -> bytes:
        return b"".join(bytes((size,)) + b"\xff" * size for size in sizes) + b"\0"

    def file(self, packed: int, colours: int) -> tuple[list[NamedBox], bytes]:
        made, data = row(
            ("GIF89a", self.head(packed)[:6]),
            ("LSD", self.head(packed)[6:] + b"c" * colours),
            ("21F9", b"\x21\xf9" + self.blocks(4)),
            (C2PA, b"\x21\xff" + self.blocks(11, 255, 255, 1)),
            ("21FF", b"\x21\xff" + self.blocks(11)),
            ("2C", self.LOCAL + bytes((packed,)) + b"c" * colours),
            ("TBID", b"\2" + self.blocks(255, 3)),
            ("21FE", b"\x21\xfe" + self.blocks()),
            ("3B", b"\x3b"),
        )
        return made, data

    @each(
        ("packed", "colours"),
        [(0x80 | n | more, 3 << n + 1) for n in range(8) for more in (0, 8, 0x70)]
        + [(n, 0) for n in (0, 1, 7, 8, 0x7F)],
    )
    def test_blocks_and_tables_of_colours(self, packed: int, colours: int) -> None:
        made, data = self.file(packed, colours)
        own = [(made[3].start, made[3].end), (made[4].start, made[4].end)]
        assert found("gif", data + b"\x21\xfe\0", own) == made
        assert [one.name for one in found("gif", data)][3] == "21FF"

    def test_sub_blocks_beyond_what_is_read_at_once(self) -> None:
        made, data = row(
            ("GIF89a", self.head(0)[:6]),
            ("LSD", self.head(0)[6:]),
            ("21FE", b"\x21\xfe" + self.blocks(*[255] * 600)),
            ("21FE", b"\x21\xfe" + self.blocks(*[1] * 40_000)),
            ("3B", b"\x3b"),
        )
        assert found("gif", data) == made

    @each(
        ("rest", "boxes"),
        [
            (b"\x21\xfe\5ab", [("21FE", 5)]),
            (b"\x21\xfe\2ab", [("21FE", 5)]),
            (b"\x21\xfe\0", [("21FE", 3)]),
            (b"\x21\xfe", []),
            (b"\x21", []),
            (b"\x00\xfe\0\0", []),
            (LOCAL + b"\0" + b"\2\1", [("2C", 10), ("TBID", 2)]),
        ],
    )
    def test_a_file_that_is_cut_or_holds_something_else(
        self, rest: bytes, boxes: list[tuple[str, int]]
    ) -> None:
        made, at = [], 13
        for name, length in boxes:
            made.append(NamedBox(name, at, at + length))
            at += length
        assert found("gif", self.head(0) + rest)[2:] == made


class TestRiff:
    @staticmethod
    def chunk(name: bytes, body: bytes) -> bytes:
        return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) & 1)

    @staticmethod
    def riff(kind: bytes, size: int) -> bytes:
        return b"RIFF" + struct.pack("<I", size) + kind

    def test_chunks_of_each_riff_and_lists_by_their_type(self) -> None:
        inner = (
            ("VP8 ", self.chunk(b"VP8 ", b"x" * 301)),
            ("INFO", self.chunk(b"LIST", b"INFOdata")),
            (C2PA, self.chunk(b"C2PA", b"y" * 70)),
            ("C2PA", self.chunk(b"C2PA", b"y" * 70)),
            ("\xe9\xff  ", self.chunk(b"\xe9\xff  ", b"")),
        )
        size = 4 + sum(len(data) for _, data in inner)
        made, data = row(
            ("WEBP", self.riff(b"WEBP", size)), *inner, ("AVIX", self.riff(b"AVIX", 4))
        )
        extent = [(made[3].start, made[3].end), (made[4].start, made[4].end)]
        assert found("riff", data, extent) == made
        assert found("riff", data + b"RIFFmore....")[-1].name == "...."
        assert found("riff", data + b"RIFXmore....", extent) == made
        assert found("riff", data[:-1]) == found("riff", data)[:-1], "its header is cut"

    def test_a_riff_of_odd_length_is_padded(self) -> None:
        chunk = b"JUNK" + struct.pack("<I", 3) + b"abc\0"
        data = self.riff(b"WEBP", 4 + 8 + 3) + chunk + self.riff(b"AVIX", 4)
        assert [(one.name, one.start) for one in found("riff", data)] == [
            ("WEBP", 0),
            ("JUNK", 12),
            ("AVIX", 24),
        ]

    def test_a_chunk_beyond_the_file_ends_the_list(self) -> None:
        head = self.riff(b"WEBP", 100)
        for length, count in ((4, 2), (5, 1)):
            assert len(found("riff", head + b"JUNK" + struct.pack("<I", length) + b"abcd")) == count


class TestJxl:
    @staticmethod
    def box(name: bytes, body: bytes, size: int | None = None) -> bytes:
        return struct.pack(">I", 8 + len(body) if size is None else size) + name + body

    def long(self, name: bytes, body: bytes) -> bytes:
        return self.box(name, struct.pack(">Q", 16 + len(body)) + body, 1)

    def test_boxes_of_each_form_of_length(self) -> None:
        made, data = row(
            ("JXL ", self.box(b"JXL ", b"\r\n\x87\n")),
            ("\xe9xif", self.long(b"\xe9xif", b"x" * 70_000)),
            (C2PA, self.box(b"jumb", b"y" * 300)),
            ("jumb", self.box(b"jumb", b"")),
            ("jxlc", self.box(b"jxlc", b"z" * 9, 0)),
        )
        extent = [(made[2].start, made[2].end), (made[3].start, made[3].end)]
        assert found("jxl", data, extent) == made
        assert found("jxl", data)[2].name == "jumb"

    @each("size", [2, 7])
    def test_a_length_that_cannot_be_ends_the_list(self, size: int) -> None:
        first = self.box(b"JXL ", b"")
        assert found("jxl", first + self.box(b"jumb", b"x" * 20, size)) == [NamedBox("JXL ", 0, 8)]
        assert found("jxl", first + self.long(b"jumb", b"")[:-1] + bytes((size,))) == [
            NamedBox("JXL ", 0, 8)
        ]

    def test_a_length_of_more_than_any_file(self) -> None:
        data = self.box(b"jumb", struct.pack(">Q", 16 | 1 << 56), 1)
        assert found("jxl", data) == []

    def test_a_box_beyond_the_file_and_zeros_behind_the_last(self) -> None:
        first = self.box(b"JXL ", b"abc")
        assert found("jxl", first) == [NamedBox("JXL ", 0, 11)]
        assert found("jxl", first[:-1]) == []
        assert found("jxl", first + bytes(8)) == [NamedBox("JXL ", 0, 11)]
        assert found("jxl", first + bytes(40)) == [NamedBox("JXL ", 0, 11)]
        assert found("jxl", first + bytes(7)) == [NamedBox("JXL ", 0, 11)]
        assert found("jxl", first + bytes(4) + b"\0\0\0\1") == [
            NamedBox("JXL ", 0, 11),
            NamedBox("\0\0\0\1", 11, 19),
        ]


class TestFont:
    @staticmethod
    def directory(*tables: tuple[bytes, int, int], count: int | None = None) -> bytes:
        number = len(tables) if count is None else count
        records = b"".join(struct.pack(">4sIII", name, 7, at, n) for name, at, n in tables)
        return b"\0\1\0\0" + struct.pack(">H", number) + b"\xff" * 6 + records

    def test_tables_in_the_order_of_the_directory(self) -> None:
        tables = ((b"head", 70_100, 54), (b"C2PA", 0x100, 0), (b"\xe9lyf", 300, 69_000))
        data = self.directory(*tables).ljust(70_154, b"\0")
        assert found("font", data) == [
            NamedBox("head", 70_100, 70_154, (70_108, 70_112)),
            NamedBox("C2PA", 0x100, 0x100),
            NamedBox("\xe9lyf", 300, 69_300),
        ]
        assert found("font", data[:-1]) == [], "a table beyond the file ends the list"

    def test_only_whole_records_and_as_many_as_are_counted(self) -> None:
        tables = ((b"aaaa", 0, 1), (b"bbbb", 1, 1))
        data = self.directory(*tables)
        assert [one.name for one in found("font", data)] == ["aaaa", "bbbb"]
        assert [one.name for one in found("font", data[:-1])] == ["aaaa"]
        assert [one.name for one in found("font", self.directory(*tables, count=1))] == ["aaaa"]
        more = self.directory(*tables * 9, count=16)
        assert len(found("font", more)) == 16
        for beyond in ((b"cccc", 1 << 24, 1), (b"cccc", 1, 1 << 24)):
            assert found("font", self.directory(tables[0], beyond)) == found("font", data)[:1]
        many = self.directory(*tables, count=0x102)
        assert [one.name for one in found("font", many)] == ["aaaa", "bbbb"]
        assert found("font", b"\0\1\0\0") == []


class TestOgg:
    @staticmethod
    def page(serial: int, *segments: bytes) -> bytes:
        head = b"OggS" + b"\0\2" + bytes(8) + struct.pack("<I", serial) + b"seqncrc."
        lacing = bytes(len(one) for one in segments)
        return head + bytes((len(lacing),)) + lacing + b"".join(segments)

    def test_streams_in_the_order_of_their_first_pages(self) -> None:
        pages = [
            (0x1020304, self.page(0x1020304, b"vorbis", b"x" * 255)),
            (7, self.page(7, b"\0c2pa" + b"y" * 250, b"z")),
            (0x1020304, self.page(0x1020304, *[b"\0c2pa"] * 255)),
            (7, self.page(7)),
            (9, self.page(9)),
        ]
        parts: dict[int, list[Range]] = {}
        data = b""
        for serial, page in pages:
            parts.setdefault(serial, []).append((len(data), len(data) + len(page)))
            data += page
        names = {0x1020304: "Stream-16909060", 7: C2PA, 9: "Stream-9"}
        made = [
            NamedBox(name, parts[serial][0][0], parts[serial][-1][1], None, tuple(parts[serial]))
            for serial, name in names.items()
        ]
        assert found("ogg", data) == made
        assert found("ogg", data + b"junk" * 10) == made
        assert found("ogg", data[:-1]) == made[:-1], "the header of its only page is cut"

    def test_more_streams_than_a_bound_are_unknown(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(box_layout, "MAX_STREAMS", 2)
        two = self.page(1) + self.page(2)
        assert len(found("ogg", two)) == 2
        with pytest.raises(Unknown, match=r"^too many streams$"):
            found("ogg", two + self.page(3))
