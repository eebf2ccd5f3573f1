"""The general box hash by the letter of 15.12.3 and 18.7, in every format that has box names."""

from __future__ import annotations

import hashlib
import struct
from typing import TYPE_CHECKING, Any

import pytest

from provenance.credentials.validation import box_hash, box_layout
from provenance.credentials.validation.left_out import Layout
from provenance.credentials.validation.outcome import Malformed, Outcome, Result, Unknown
from provenance.kit import films, media
from provenance.media.asset import Asset

if TYPE_CHECKING:
    from collections.abc import Sequence

MISMATCH, UNKNOWN = "assertion.boxesHash.mismatch", "assertion.boxesHash.unknownBox"
Piece = tuple[str, bytes]


def segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def page(serial: int, body: bytes) -> bytes:
    return (
        b"OggS\0\0" + bytes(8) + struct.pack("<I", serial) + bytes(8) + bytes([1, len(body)]) + body
    )


def sfnt(tables: dict[str, bytes]) -> list[Piece]:
    """A font; its directory is in no box (18.7.3.6)."""
    at = 12 + 16 * len(tables)
    head = b"OTTO" + struct.pack(">H6x", len(tables))
    for name, body in tables.items():
        head += name.encode() + bytes(4) + struct.pack(">II", at, len(body))
        at += len(body)
    return [("", head), *tables.items()]


FILES: dict[str, list[Piece]] = {
    "jpeg": [
        ("SOI", b"\xff\xd8"),
        ("APP0", segment(0xE0, b"JFIF\0")),
        ("C2PA", segment(0xEB, b"JP\0\1the store") + segment(0xEB, b"JP\0\1more")),
        ("APP11", segment(0xEB, b"JP\0\2other")),
        ("DQT", segment(0xDB, bytes(9))),
        ("SOF0", segment(0xC0, bytes(9))),
        ("DRI", segment(0xDD, b"\0\4")),
        ("SOS", segment(0xDA, b"\1") + b"ab\xff\0c"),
        ("RST0", b"\xff\xd0de\xff\0f"),
        ("RST1", b"\xff\xd1g"),
        ("EOI", b"\xff\xd9"),
    ],
    "png": [
        ("PNGh", b"\x89PNG\r\n\x1a\n"),
        ("IHDR", media.png_chunk(b"IHDR", bytes(13))),
        ("C2PA", media.png_chunk(b"caBX", b"the store")),
        ("tEXt", media.png_chunk(b"tEXt", b"a\0b")),
        ("IDAT", media.png_chunk(b"IDAT", b"pixels")),
        ("IEND", media.png_chunk(b"IEND", b"")),
    ],
    "gif": [
        ("GIF89a", b"GIF89a"),
        ("LSD", b"\1\0\1\0\x80\0\0" + bytes(6)),  # with its colour table
        ("C2PA", b"\x21\xff\x0bC2PA_GIF\1\0\0" + b"\x03abc\0"),
        ("21F9", b"\x21\xf9\4" + bytes(4) + b"\0"),
        ("2C", b"\x2c" + bytes(9)),
        ("TBID", b"\2\2ab\0"),
        ("21FE", b"\x21\xfe\2hi\0"),
        ("3B", b"\x3b"),
    ],
    "riff": [
        ("WEBP", b"RIFF" + struct.pack("<I", 52) + b"WEBP"),
        ("VP8", media.riff_chunk(b"VP8 ", b"pixel")),  # odd: a byte of padding is part of it
        ("INFO", media.riff_chunk(b"LIST", b"INFOabcd")),
        ("C2PA", media.riff_chunk(b"C2PA", b"stores")),
    ],
    "jxl": [
        ("JXL", films.box(b"JXL ", b"\r\n\x87\n")),
        ("ftyp", films.box(b"ftyp", b"jxl \0\0\0\0jxl ")),
        ("jumb", films.box(b"jumb", b"other")),
        ("C2PA", films.box(b"jumb", b"the store")),
        ("jxlc", films.box(b"jxlc", b"pixels")),
    ],
    "font": sfnt({"C2PA": b"the store", "cmap": b"cmap", "head": bytes(54), "glyf": b"glyphs"}),
    "ogg": [
        ("Stream-1", page(1, b"\1vorbis")),
        ("C2PA", page(7, b"\0c2pathe store")),
        ("Stream-2", page(2, b"\x80theora")),
    ],
}


def whole(pieces: Sequence[Piece]) -> bytes:
    return b"".join(body for _, body in pieces)


def extent(pieces: Sequence[Piece]) -> tuple[tuple[int, int], ...]:
    at = 0
    for name, body in pieces:
        if name == "C2PA":
            return ((at, at + len(body)),)
        at += len(body)
    return ()


def entry(name: str, body: bytes, **more: Any) -> dict[str, Any]:
    if name == "C2PA":
        return {"names": ["C2PA"], "hash": b"\0", "pad": b""}
    if name == "head":
        body = body[:8] + bytes(4) + body[12:]
    return {"names": [name], "hash": hashlib.sha256(body).digest(), "pad": b"", **more}


def listed(pieces: Sequence[Piece]) -> list[dict[str, Any]]:
    return [entry(name, body) for name, body in pieces if name]


def check(
    family: str,
    given: Any,
    data: bytes | None = None,
    metadata: tuple[tuple[int, int], ...] = (),
    store: tuple[tuple[int, int], ...] | None = None,
) -> Outcome:
    pieces = FILES[family]
    place = Layout(family, extent(pieces) if store is None else store, metadata)
    if isinstance(given, list):
        given = {"alg": "sha256", "boxes": given}
    with Asset.from_bytes(whole(pieces) if data is None else data) as asset:
        return box_hash.check("m/a", given, asset, place, claim_algorithm="")


@pytest.mark.parametrize("family", FILES)
class TestEveryFormat:
    def test_the_boxes_have_the_names_of_the_standard(self, family: str) -> None:
        pieces = FILES[family]
        with Asset.from_bytes(whole(pieces)) as asset:
            found = box_layout.boxes(asset, family, extent(pieces), restarts=True, limit=99)
        assert [box.name.rstrip() for box in found] == [name for name, _ in pieces if name]

    def test_a_file_as_it_was_signed(self, family: str) -> None:
        assert check(family, listed(FILES[family])).result is Result.MATCH

    def test_a_byte_that_was_changed(self, family: str) -> None:
        pieces = FILES[family]
        at = 0
        for name, body in pieces:
            if name not in {"", "C2PA"}:
                data = bytearray(whole(pieces))
                data[at + len(body) - 1] ^= 1
                found = check(family, listed(pieces), bytes(data))
                assert found.result is Result.MISMATCH, name
            at += len(body)

    def test_boxes_that_are_missing_added_or_moved(self, family: str) -> None:
        pieces = FILES[family]
        own = listed(pieces)
        for given in (own[:-1], own[1:], [*own, own[0]], own[::-1]):
            if family == "font" and given == own[::-1]:
                continue
            found = check(family, given)
            assert found.result is Result.MISMATCH
            assert found.code in {MISMATCH, UNKNOWN}
        assert check(family, own[:-1]).code == UNKNOWN

    def test_one_entry_may_have_many_boxes(self, family: str) -> None:
        pieces = [p for p in FILES[family] if p[0]]
        at = next(n for n, (name, _) in enumerate(pieces) if name == "C2PA")
        for part in (pieces[:at], pieces[at + 1 :]):
            names = [name for name, _ in part]
            if len(part) < 2 or "head" in names:
                continue
            made = {"names": names, "hash": hashlib.sha256(whole(part)).digest()}
            rest = [entry(*p) for p in pieces]
            start = pieces.index(part[0])
            rest[start : start + len(part)] = [made]
            assert check(family, rest).result is Result.MATCH
            assert check(family, [{**e, "hash": b"x"} for e in rest]).code == MISMATCH


@pytest.mark.parametrize("family", ["jpeg", "png", "gif", "riff", "jxl"])
class TestForeignBytes:
    """Every byte is in a box that was signed, or the file is not the one that was signed."""

    def test_behind_the_end(self, family: str) -> None:
        data = whole(FILES[family])
        for more in (b"x", b"\xff\xd8\xff\xd9", films.box(b"free", b"abc"), media.gradient_jpeg()):
            found = check(family, listed(FILES[family]), data + more)
            assert (found.result, found.code) == (Result.MISMATCH, UNKNOWN)
            assert found.left_out
        assert check(family, listed(FILES[family]), data + bytes(20)).result is Result.MATCH

    def test_what_the_list_names_as_after_is_covered(self, family: str) -> None:
        data = whole(FILES[family])
        for more in (b"", b"another part", media.gradient_jpeg()):
            given = [*listed(FILES[family]), entry("c2pa.after", more)]
            assert check(family, given, data + more).result is Result.MATCH
            assert check(family, given, data + more + b"x").code == MISMATCH

    def test_between_boxes(self, family: str) -> None:
        pieces = FILES[family]
        for n in range(2, len(pieces)):
            broken = [*pieces[:n], ("", b"junk junk!"), *pieces[n:]]
            found = check(family, listed(pieces), whole(broken), store=extent(broken))
            assert found.result is Result.MISMATCH

    def test_in_the_box_of_the_credential(self, family: str) -> None:
        ((start, end),) = extent(FILES[family])
        shorter = ((start, end - 4),)
        found = check(family, listed(FILES[family]), store=shorter)
        assert found.result is Result.MISMATCH


def test_restarts_may_be_part_of_the_scan() -> None:
    """As writers before the standard's note have it (18.7.3.1)."""
    pieces = FILES["jpeg"]
    scan = b"".join(body for name, body in pieces if name in {"SOS", "RST0", "RST1"})
    merged = [("SOS", scan) if p[0] == "SOS" else p for p in pieces if not p[0].startswith("RST")]
    assert check("jpeg", listed(merged)).result is Result.MATCH


def test_fill_bytes_in_front_of_a_marker_are_lawful() -> None:
    pieces = FILES["jpeg"]
    filled = [*pieces[:4], ("", b"\xff" * 9), *pieces[4:]]
    assert check("jpeg", listed(pieces), whole(filled)).result is Result.MATCH
    for filling in (b"\xff" * 70_000, b"\xff\xff\0\xff", b"\0\xff\xff"):
        filled = [*pieces[:4], ("", filling), *pieces[4:]]
        assert check("jpeg", listed(pieces), whole(filled)).result is Result.MISMATCH


class TestExcluded:
    """What a box hash may leave out: metadata, and words with a warning (15.12.3, 9.2.6)."""

    def at(self, name: str) -> tuple[int, int]:
        at = 0
        for own, body in FILES["png"]:
            if own == name:
                return at, at + len(body)
            at += len(body)
        raise LookupError(name)

    def given(self, name: str, **more: Any) -> list[dict[str, Any]]:
        return [entry(own, body, **(more if own == name else {})) for own, body in FILES["png"]]

    def test_metadata(self) -> None:
        start, end = self.at("tEXt")
        found = check("png", self.given("tEXt", excluded=True), metadata=((start + 8, end - 4),))
        assert found.result is Result.MATCH
        assert [f.code for f in found.findings] == [
            "assertion.boxesHash.additionalExclusionsPresent"
        ]
        assert found.left_out == ((start, end - start),)

    def test_words_are_partial(self) -> None:
        assert check("png", self.given("tEXt", excluded=True)).result is Result.PARTIAL

    @pytest.mark.parametrize("name", ["IDAT", "IHDR", "IEND"])
    def test_anything_else_is_broken(self, name: str) -> None:
        assert check("png", self.given(name, excluded=True)).code == MISMATCH

    def test_ranges_within_a_box(self) -> None:
        start, _ = self.at("tEXt")
        body = dict(FILES["png"])["tEXt"]
        made = hashlib.sha256(body[:8] + body[9:]).digest()
        one = {"start": 8, "length": 1}
        given = self.given("tEXt", exclusions=[one], hash=made)
        assert check("png", given, metadata=((start + 8, start + 11),)).result is Result.MATCH
        assert check("png", given).code == MISMATCH  # no metadata
        beyond = self.given("tEXt", exclusions=[{"start": 8, "length": 99}], hash=made)
        assert check("png", beyond).code == MISMATCH

    @pytest.mark.parametrize(
        "wrong",
        [
            7,
            [7],
            [{"start": -1, "length": 2}],
            [{"start": 1}],
            [{"start": 1, "length": 1, "boxIndex": 1}],
            [{"start": 1, "length": 1, "boxIndex": -1}],
            [{"start": 8, "length": 2}, {"start": 9, "length": 1}],
        ],
    )
    def test_ranges_that_are_none(self, wrong: Any) -> None:
        with pytest.raises(Malformed):
            check("png", self.given("tEXt", exclusions=wrong))


@pytest.mark.parametrize(
    "wrong",
    [
        7,
        {},
        {"boxes": 7},
        {"boxes": []},
        {"boxes": [7]},
        {"boxes": [{"hash": b""}]},
        {"boxes": [{"names": []}]},
        {"boxes": [{"names": [7]}]},
    ],
)
def test_what_breaks_the_schema(wrong: Any) -> None:
    with pytest.raises(Malformed) as caught:
        check("png", wrong)
    assert caught.value.code == "assertion.boxesHash.malformed"


def test_formats_without_box_names_are_unknown() -> None:
    for family in ("tiff", "svg", "bmff"):
        with pytest.raises(Unknown), Asset.from_bytes(b"abc") as asset:
            box_hash.check(
                "m/a",
                {"boxes": listed(FILES["png"])},
                asset,
                Layout(family, ()),
                claim_algorithm="sha256",
            )
