"""The general box hash by the letter of 15.12.3 and 18.7, in every format that has box names."""

from __future__ import annotations

import hashlib
import struct
from typing import TYPE_CHECKING, Any

import pytest
from support.each import each

from provenance.base.finding import note
from provenance.credentials.validation import box_hash, box_layout
from provenance.credentials.validation.left_out import FileLayout
from provenance.credentials.validation.outcome import (
    BindingOutcome,
    BindingResult,
    Malformed,
    TooMuch,
    Unknown,
)
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
) -> BindingOutcome:
    pieces = FILES[family]
    place = FileLayout(family, extent(pieces) if store is None else store, metadata)
    if isinstance(given, list):
        given = {"alg": "sha256", "boxes": given}
    with Asset.from_bytes(whole(pieces) if data is None else data) as asset:
        return box_hash.box_hash_outcome("m/a", given, asset, place, claim_algorithm="")


@pytest.mark.parametrize("family", FILES)
class TestEveryFormat:
    def test_the_boxes_have_the_names_of_the_standard(self, family: str) -> None:
        pieces = FILES[family]
        with Asset.from_bytes(whole(pieces)) as asset:
            found = box_layout.boxes(asset, family, extent(pieces), restarts=True, limit=99)
        assert [box.name.rstrip() for box in found] == [name for name, _ in pieces if name]

    def test_a_file_as_it_was_signed_matches(self, family: str) -> None:
        assert check(family, listed(FILES[family])).result is BindingResult.MATCH

    def test_a_byte_that_was_changed_is_a_mismatch(self, family: str) -> None:
        pieces = FILES[family]
        at = 0
        for name, body in pieces:
            if name not in {"", "C2PA"}:
                data = bytearray(whole(pieces))
                data[at + len(body) - 1] ^= 1
                found = check(family, listed(pieces), bytes(data))
                assert found.result is BindingResult.MISMATCH, name
            at += len(body)

    def test_boxes_that_are_missing_added_or_moved_are_a_mismatch(self, family: str) -> None:
        pieces = FILES[family]
        own = listed(pieces)
        for given in (own[:-1], own[1:], [*own, own[0]], own[::-1]):
            if family == "font" and given == own[::-1]:
                continue
            found = check(family, given)
            assert found.result is BindingResult.MISMATCH
            assert found.code in {MISMATCH, UNKNOWN}
        assert check(family, own[:-1]).code == UNKNOWN

    def test_one_entry_of_the_list_may_have_many_boxes(self, family: str) -> None:
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
            assert check(family, rest).result is BindingResult.MATCH
            assert check(family, [{**e, "hash": b"x"} for e in rest]).code == MISMATCH


@pytest.mark.parametrize("family", ["jpeg", "png", "gif", "riff", "jxl"])
class TestForeignBytes:
    """Every byte is in a box that was signed, or the file is not the one that was signed."""

    def test_after_the_end_are_a_mismatch(self, family: str) -> None:
        data = whole(FILES[family])
        for more in (b"x", b"\xff\xd8\xff\xd9", films.box(b"free", b"abc"), media.gradient_jpeg()):
            found = check(family, listed(FILES[family]), data + more)
            assert (found.result, found.code) == (BindingResult.MISMATCH, UNKNOWN)
            assert found.left_out
        assert check(family, listed(FILES[family]), data + bytes(20)).result is BindingResult.MATCH

    def test_that_the_list_names_as_after_are_covered(self, family: str) -> None:
        data = whole(FILES[family])
        for more in (b"", b"another part", media.gradient_jpeg()):
            given = [*listed(FILES[family]), entry("c2pa.after", more)]
            assert check(family, given, data + more).result is BindingResult.MATCH
            assert check(family, given, data + more + b"x").code == MISMATCH

    def test_between_boxes_are_a_mismatch(self, family: str) -> None:
        pieces = FILES[family]
        for n in range(2, len(pieces)):
            broken = [*pieces[:n], ("", b"junk junk!"), *pieces[n:]]
            found = check(family, listed(pieces), whole(broken), store=extent(broken))
            assert found.result is BindingResult.MISMATCH

    def test_in_the_box_of_the_credential_are_a_mismatch(self, family: str) -> None:
        ((start, end),) = extent(FILES[family])
        shorter = ((start, end - 4),)
        found = check(family, listed(FILES[family]), store=shorter)
        assert found.result is BindingResult.MISMATCH


def test_restarts_may_be_part_of_the_scan() -> None:
    """As writers before the standard's note have it (18.7.3.1)."""
    pieces = FILES["jpeg"]
    scan = b"".join(body for name, body in pieces if name in {"SOS", "RST0", "RST1"})
    merged = [("SOS", scan) if p[0] == "SOS" else p for p in pieces if not p[0].startswith("RST")]
    assert check("jpeg", listed(merged)).result is BindingResult.MATCH


def test_fill_bytes_in_front_of_a_marker_are_lawful() -> None:
    pieces = FILES["jpeg"]
    filled = [*pieces[:4], ("", b"\xff" * 9), *pieces[4:]]
    assert check("jpeg", listed(pieces), whole(filled)).result is BindingResult.MATCH
    for filling in (b"\xff" * 70_000, b"\xff\xff\0\xff", b"\0\xff\xff"):
        filled = [*pieces[:4], ("", filling), *pieces[4:]]
        assert check("jpeg", listed(pieces), whole(filled)).result is BindingResult.MISMATCH


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

    def test_metadata_is_partial_and_named(self) -> None:
        start, end = self.at("tEXt")
        found = check("png", self.given("tEXt", excluded=True), metadata=((start + 8, end - 4),))
        assert found.result is BindingResult.MATCH
        assert [f.code for f in found.findings] == [
            "assertion.boxesHash.additionalExclusionsPresent"
        ]
        assert found.left_out == ((start, end - start),)

    def test_metadata_of_words_is_partial(self) -> None:
        assert check("png", self.given("tEXt", excluded=True)).result is BindingResult.PARTIAL

    @pytest.mark.parametrize("name", ["IDAT", "IHDR", "IEND"])
    def test_a_box_that_is_no_metadata_is_a_mismatch(self, name: str) -> None:
        assert check("png", self.given(name, excluded=True)).code == MISMATCH

    def test_ranges_of_metadata_within_a_box_are_partial(self) -> None:
        start, _ = self.at("tEXt")
        body = dict(FILES["png"])["tEXt"]
        made = hashlib.sha256(body[:8] + body[9:]).digest()
        one = {"start": 8, "length": 1}
        given = self.given("tEXt", exclusions=[one], hash=made)
        assert (
            check("png", given, metadata=((start + 8, start + 11),)).result is BindingResult.MATCH
        )
        assert check("png", given).code == MISMATCH  # no metadata
        beyond = self.given("tEXt", exclusions=[{"start": 8, "length": 99}], hash=made)
        assert check("png", beyond).code == MISMATCH

    @each(
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
    def test_ranges_that_are_none_are_malformed(self, wrong: Any) -> None:
        with pytest.raises(Malformed):
            check("png", self.given("tEXt", exclusions=wrong))


@each(
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
def test_a_box_hash_that_breaks_the_schema_is_malformed(wrong: Any) -> None:
    with pytest.raises(Malformed) as caught:
        check("png", wrong)
    assert caught.value.code == "assertion.boxesHash.malformed"


def test_formats_without_box_names_are_unknown() -> None:
    for family in ("tiff", "svg", "bmff"):
        with pytest.raises(Unknown), Asset.from_bytes(b"abc") as asset:
            box_hash.box_hash_outcome(
                "m/a",
                {"boxes": listed(FILES["png"])},
                asset,
                FileLayout(family, ()),
                claim_algorithm="sha256",
            )


# ---- every word of it -----------------------------------------------------------------------


class Png:
    """A picture whose boxes lie where these tests can point to them."""

    PIECES = FILES["png"]
    SIZE = len(whole(PIECES))
    TEXT = 8 + 25 + 21  # where tEXt begins; 15 bytes
    DATA = TEXT + 15  # where IDAT begins; 18 bytes


def given(*changes: tuple[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """The entries of the picture, some of them changed."""
    by_name = dict(changes)
    return [entry(name, body, **by_name.get(name, {})) for name, body in Png.PIECES]


def inserted(*more: bytes, before: str = "IDAT") -> bytes:
    made = b""
    for name, body in Png.PIECES:
        made += b"".join(more) + body if name == before else body
    return made


def without(name: str) -> bytes:
    return b"".join(body for own, body in Png.PIECES if own != name)


LONG = media.png_chunk(b"tEXt", bytes(200))
EXIF = media.png_chunk(b"eXIf", bytes(20))
TOGETHER = {"names": ["IDAT", "IEND"], "hash": b"x"}
OUTCOMES: dict[str, tuple[Any, bytes | None, tuple[tuple[int, int], ...], BindingOutcome]] = {
    "as it was signed": (
        given(),
        None,
        (),
        BindingOutcome(
            "m/a",
            BindingResult.MATCH,
            "assertion.boxesHash.match",
            "15.12.3",
            "every box has the hash that was signed",
        ),
    ),
    "metadata is left out": (
        given(("tEXt", {"excluded": True})),
        None,
        ((Png.TEXT + 8, Png.TEXT + 11),),
        BindingOutcome(
            "m/a",
            BindingResult.MATCH,
            "assertion.boxesHash.match",
            "15.12.3",
            "every box has the hash that was signed",
            ((Png.TEXT, 15),),
            (
                note(
                    "assertion.boxesHash.additionalExclusionsPresent",
                    f"the hash leaves out metadata besides the credential: 15 bytes at {Png.TEXT}",
                    "m/a",
                ),
            ),
        ),
    ),
    "words are left out": (
        given(("tEXt", {"excluded": True})),
        None,
        (),
        BindingOutcome(
            "m/a",
            BindingResult.PARTIAL,
            "assertion.boxesHash.match",
            "15.12.3",
            f"boxes that the hash leaves out: tEXt (15 bytes at {Png.TEXT})",
            ((Png.TEXT, 15),),
        ),
    ),
    "another order": (
        [*given()[:3], given()[4], given()[3], given()[5]],
        None,
        (),
        BindingOutcome(
            "m/a",
            BindingResult.MISMATCH,
            MISMATCH,
            "15.12.3",
            "the boxes of the file are in another order than was signed",
        ),
    ),
    "a box more": (
        given(),
        inserted(EXIF),
        (),
        BindingOutcome(
            "m/a",
            BindingResult.MISMATCH,
            UNKNOWN,
            "15.12.3",
            f"a box that was not signed: 32 bytes at {Png.DATA}",
            ((Png.DATA, 32),),
        ),
    ),
    "a box of a name twice": (
        given(),
        inserted(LONG),
        (),
        BindingOutcome(
            "m/a",
            BindingResult.MISMATCH,
            UNKNOWN,
            "15.12.3",
            f"a box that was not signed: 212 bytes at {Png.DATA}",
            ((Png.DATA, 212),),
        ),
    ),
    "a box less": (
        given(),
        without("tEXt"),
        (),
        BindingOutcome(
            "m/a",
            BindingResult.MISMATCH,
            MISMATCH,
            "15.12.3",
            "boxes that were signed are missing from the file",
        ),
    ),
    "pixels are left out": (
        given(("IDAT", {"excluded": True})),
        None,
        (),
        BindingOutcome(
            "m/a",
            BindingResult.MISMATCH,
            MISMATCH,
            "15.12.3",
            "the hash leaves out the box IDAT, which is not metadata",
            ((Png.DATA, 18),),
        ),
    ),
    "a box was changed": (
        given(("IDAT", {"hash": bytes(32)})),
        None,
        (),
        BindingOutcome(
            "m/a",
            BindingResult.MISMATCH,
            MISMATCH,
            "15.12.3",
            "the box IDAT does not have the hash that was signed",
            ((Png.DATA, 18),),
        ),
    ),
    "a hash that is none": (
        given(("IDAT", {"hash": "text"})),
        None,
        (),
        BindingOutcome(
            "m/a",
            BindingResult.MISMATCH,
            MISMATCH,
            "15.12.3",
            "the box IDAT does not have the hash that was signed",
            ((Png.DATA, 18),),
        ),
    ),
    "one of several boxes was changed": (
        [*given()[:4], TOGETHER],
        None,
        (),
        BindingOutcome(
            "m/a",
            BindingResult.MISMATCH,
            MISMATCH,
            "15.12.3",
            "the box IDAT to IEND does not have the hash that was signed",
            ((Png.DATA, 30),),
        ),
    ),
    "one of three boxes was changed": (
        [*given()[:3], {"names": ["tEXt", "IDAT", "IEND"], "hash": b"x"}],
        None,
        (),
        BindingOutcome(
            "m/a",
            BindingResult.MISMATCH,
            MISMATCH,
            "15.12.3",
            "the box tEXt to IEND does not have the hash that was signed",
            ((Png.TEXT, 45),),
        ),
    ),
    "an exclusion beyond its box": (
        given(("tEXt", {"exclusions": [{"start": 8, "length": 8}]})),
        None,
        ((0, Png.SIZE),),
        BindingOutcome(
            "m/a", BindingResult.MISMATCH, MISMATCH, "15.12.3", "an exclusion ends beyond its box"
        ),
    ),
    "an exclusion of what is not metadata": (
        given(("tEXt", {"exclusions": [{"start": 8, "length": 3}]})),
        None,
        ((Png.TEXT + 8, Png.TEXT + 10),),
        BindingOutcome(
            "m/a",
            BindingResult.MISMATCH,
            MISMATCH,
            "15.12.3",
            f"the hash leaves out bytes that are not metadata: 1 bytes at {Png.TEXT + 10}",
            ((Png.TEXT + 10, 1),),
        ),
    ),
    "bytes behind the last box": (
        given(),
        whole(Png.PIECES) + b"xyz",
        (),
        BindingOutcome(
            "m/a",
            BindingResult.MISMATCH,
            UNKNOWN,
            "15.12.3",
            f"bytes that are in no box that was signed: 3 bytes at {Png.SIZE}",
            ((Png.SIZE, 3),),
        ),
    ),
}


@each("kind", OUTCOMES)
def test_the_outcome_of_a_box_hash_is_told_in_full(kind: str) -> None:
    entries, data, metadata, expected = OUTCOMES[kind]
    assert check("png", entries, data, metadata) == expected


def test_the_box_of_the_credential_holds_nothing_else() -> None:
    ((start, end),) = extent(Png.PIECES)
    found = check("png", given(), store=((start, end - 4),))
    message = f"the box of the credential holds something else: 4 bytes at {end - 4}"
    assert (found.code, found.message) == (MISMATCH, message)
    assert found.left_out == ((end - 4, 4),)
    zeros = [(name, body[:-4] + bytes(4) if name == "C2PA" else body) for name, body in Png.PIECES]
    found = check("png", given(), whole(zeros), store=((start, end - 4),))
    assert found.result is BindingResult.MATCH


class Counted:
    """A source that counts how often it is read."""

    def __init__(self, asset: Asset) -> None:
        self.asset, self.size, self.reads = asset, asset.size, 0

    def read(self, offset: int, length: int) -> bytes:
        """Read on, and count it."""
        self.reads += 1
        return self.asset.read(offset, length)


class TestBounds:
    def test_a_box_of_metadata_has_little_around_it(self) -> None:
        start = Png.DATA
        data = inserted(LONG)
        entries = [*given()[:4], {"names": ["tEXt"], "excluded": True}, *given()[4:]]
        for held, result in ((84, BindingResult.MATCH), (83, BindingResult.PARTIAL)):
            metadata = ((start + 8, start + 8 + held),)
            assert check("png", entries, data, metadata).result is result
        # What begins in the box and ends behind it is not the box's own.
        metadata = ((start + 8, start + 213),)
        assert check("png", entries, data, metadata).result is BindingResult.PARTIAL
        metadata = ((start, start + 212),)
        assert check("png", entries, data, metadata).result is BindingResult.MATCH

    def test_metadata_of_another_box_is_none_of_this_one(self) -> None:
        start = Png.DATA
        entries = [*given()[:4], {"names": ["tEXt"], "excluded": True}, *given()[4:]]
        for other in ((0, start), (start + 212, start + 300)):
            metadata = tuple(sorted(((start + 8, start + 40), other)))
            assert check("png", entries, inserted(LONG), metadata).result is BindingResult.PARTIAL

    def test_two_pieces_of_metadata_may_be_in_one_box(self) -> None:
        start = Png.DATA
        entries = [*given()[:4], {"names": ["tEXt"], "excluded": True}, *given()[4:]]
        metadata = ((1, 2), (start + 8, start + 50), (start + 60, start + 102), (start + 220, 999))
        assert check("png", entries, inserted(LONG), metadata).result is BindingResult.MATCH

    def test_names_of_what_is_left_out_are_bounded(self) -> None:
        names = ["tEXt", "iTXt", "zTXt", "name", "INFO", "brob", "xml", "21FE", "COM", "tEXt"]
        chunks = [media.png_chunk(name.ljust(4).encode(), b"") for name in names]
        listed = [{"names": [name.ljust(4)], "excluded": True} for name in names]
        made = check("png", [*given()[:4], *listed, *given()[4:]], inserted(*chunks))
        shown = ", ".join(sorted(set(names))[:8])
        start = f"boxes that the hash leaves out: {shown} (12 bytes at {Png.DATA}, 12 bytes at"
        assert made.message.startswith(start)
        assert made.left_out == ((Png.DATA, 12 * len(names)),)

    def test_a_box_hash_has_a_bound_of_names(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(box_hash, "MAX_NAMES", len(Png.PIECES))
        assert check("png", given()).result is BindingResult.MATCH
        monkeypatch.setattr(box_hash, "MAX_NAMES", len(Png.PIECES) - 1)
        with pytest.raises(Malformed, match="no list of boxes"):
            check("png", given())
        with pytest.raises(TooMuch) as caught:
            check("png", [*given()[:4], TOGETHER])
        assert str(caught.value) == "a box hash of more than 5 boxes"

    def test_more_boxes_than_are_counted_are_said_to_be(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for most, beyond in ((9, False), (8, True)):
            monkeypatch.setattr(box_hash, "MAX_NAMES", most)
            found = check("png", given(), inserted(EXIF, EXIF, EXIF))
            assert (found.code, found.beyond) == (UNKNOWN, beyond)
            assert not check("png", given(("IDAT", {"hash": b""}))).beyond

    def test_restarts_are_counted_as_boxes_where_the_list_has_them(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        pieces = FILES["jpeg"]
        monkeypatch.setattr(box_hash, "MAX_NAMES", len(pieces))
        data = whole(pieces)[:-2] + segment(0xFE, b"a") + b"\xff\xd9"
        assert check("jpeg", listed(pieces), data).beyond
        merged = [entry("SOS", b"") if p[0] == "SOS" else entry(*p) for p in pieces]
        merged = [one for one in merged if not one["names"][0].startswith("RST")]
        monkeypatch.setattr(box_hash, "MAX_NAMES", len(merged) + 1)
        assert not check("jpeg", merged, data).beyond

    def test_no_more_boxes_are_read_than_are_counted(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """One more than the list has settles it; then as many as the SDK may be given."""
        monkeypatch.setattr(box_hash, "MAX_NAMES", 20)
        with Asset.from_bytes(inserted(*[EXIF] * 1_000)) as asset:
            source = Counted(asset)
            place = FileLayout("png", extent(Png.PIECES))
            content = {"alg": "sha256", "boxes": given()}
            found = box_hash.box_hash_outcome("m/a", content, source, place, claim_algorithm="")
        assert (found.code, found.beyond) == (UNKNOWN, True)
        assert source.reads < len(given()) + 20 + 10

    def test_boxes_that_are_listed_as_after_are_counted(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        pieces = FILES["jpeg"]
        given = [*listed(pieces), {"names": ["c2pa.after"], "hash": b""}]
        data = whole(pieces) + b"\xff\xd8" * 9
        for most, beyond in ((len(pieces) + 9, False), (len(pieces) + 8, True)):
            monkeypatch.setattr(box_hash, "MAX_NAMES", most)
            found = check("jpeg", given, data)
            assert (found.code, found.beyond) == (MISMATCH, beyond)

    def test_names_of_boxes_may_end_in_spaces(self) -> None:
        pieces = FILES["riff"]
        twice = [*pieces[:2], pieces[1], *pieces[2:]]
        data = bytearray(whole(twice))
        data[4:8] = struct.pack("<I", len(data) - 8)
        given = [
            {**one, "names": [name.ljust(4) for name in one["names"]]} for one in listed(pieces)
        ]
        for entries in (given, listed(pieces)):
            found = check("riff", entries, bytes(data), store=extent(twice))
            assert found.message == "a box that was not signed: 14 bytes at 26"

    def test_fill_bytes_in_front_of_a_marker_are_bounded(self) -> None:
        pieces = FILES["jpeg"]
        for length, result in (
            (1 << 16, BindingResult.MATCH),
            ((1 << 16) + 1, BindingResult.MISMATCH),
        ):
            filled = [*pieces[:4], ("", b"\xff" * length), *pieces[4:]]
            assert check("jpeg", listed(pieces), whole(filled)).result is result
        found = check("jpeg", listed(pieces), whole(pieces) + b"\xff" * 9)
        assert found.result is BindingResult.MATCH


SCHEMA = {
    "the box hash has no list of boxes": [7, {}, {"boxes": 7}, {"boxes": []}, {"boxes": {}}],
    "an entry of the box hash has no names": [
        {"boxes": [7]},
        {"boxes": [{"hash": b""}]},
        {"boxes": [{"names": []}]},
        {"boxes": [{"names": "IDAT"}]},
    ],
    "an entry of the box hash has a name that is not text": [{"boxes": [{"names": ["a", 7]}]}],
    "the exclusions of a box are not a list": [given(("tEXt", {"exclusions": 7}))],
    "an exclusion of a box is not a map": [given(("tEXt", {"exclusions": [7]}))],
    "an exclusion names a box that is not there": [
        given(("tEXt", {"exclusions": [{"start": 1, "length": 1, "boxIndex": index}]}))
        for index in (-1, 1, "0")
    ],
    "an exclusion of a box is not a range": [
        given(("tEXt", {"exclusions": [one]}))
        for one in (
            {"start": 1},
            {"length": 1},
            {"start": -1, "length": 1},
            {"start": 1, "length": -1},
        )
    ],
    "the exclusions of a box overlap": [
        given(("tEXt", {"exclusions": [{"start": 8, "length": 2}, {"start": 9, "length": 1}]}))
    ],
}


@each(("fault", "wrong"), [(fault, one) for fault, many in SCHEMA.items() for one in many])
def test_a_box_hash_that_breaks_the_schema_says_in_words_how(fault: str, wrong: Any) -> None:
    with pytest.raises(Malformed) as caught:
        check("png", wrong)
    made = caught.value
    assert (made.code, made.section) == ("assertion.boxesHash.malformed", "15.12.3")
    assert str(made) == fault


@pytest.mark.parametrize(
    ("place", "why"),
    [
        (FileLayout("png", None), "the place of the credential in this file is not known"),
        (
            FileLayout("tiff", ()),
            "the standard does not allow a box hash for TIFF any more (18.7.3.3)",
        ),
        (FileLayout("svg", ()), "the standard names no boxes for a hash of this format (svg)"),
    ],
)
def test_a_box_hash_that_cannot_be_compared_says_why(place: FileLayout, why: str) -> None:
    with pytest.raises(Unknown) as caught, Asset.from_bytes(whole(Png.PIECES)) as asset:
        box_hash.box_hash_outcome("m/a", {"boxes": given()}, asset, place, claim_algorithm="sha256")
    assert str(caught.value) == why


FIRST = {"start": 0, "length": 1}
ADDITIONAL = "assertion.boxesHash.additionalExclusionsPresent"


class TestExclusions:
    """Ranges within boxes: which box they are of, where they may touch, what is hashed then."""

    BODY = dict(FILES["png"])["tEXt"] + dict(FILES["png"])["IDAT"]

    def made(self, *holes: tuple[int, int, int]) -> list[dict[str, Any]]:
        """Holes as (box, start, length) in tEXt and IDAT, hashed as one range."""
        starts = (0, 15)
        left = bytearray(self.BODY)
        for index, start, length in reversed(holes):
            del left[starts[index] + start : starts[index] + start + length]
        exclusions = [
            {"start": start, "length": length, **({"boxIndex": index} if index else {})}
            for index, start, length in holes
        ]
        own = {
            "names": ["tEXt", "IDAT"],
            "hash": hashlib.sha256(left).digest(),
            "exclusions": tuple(exclusions),
        }
        return [*given()[:3], own, given()[5]]

    @each(
        "holes",
        [
            [(0, 0, 15)],
            [(0, 8, 0)],
            [(0, 8, 2), (0, 10, 1)],
            [(1, 0, 18)],
            [(0, 14, 1), (1, 0, 1)],
            [(0, 3, 1), (1, 17, 1)],
        ],
    )
    def test_ranges_may_be_in_any_box_of_an_entry(self, holes: list[tuple[int, int, int]]) -> None:
        found = check("png", self.made(*holes), metadata=((Png.TEXT, Png.TEXT + 33),))
        assert found.result is BindingResult.MATCH
        starts = (Png.TEXT, Png.DATA)
        bytes_left_out = {
            starts[n] + at for n, start, size in holes for at in range(start, start + size)
        }
        said = {at for start, size in found.left_out for at in range(start, start + size)}
        assert said == bytes_left_out

    def test_ranges_in_the_table_of_a_font_match(self) -> None:
        """Between the ranges lies what is hashed as zero: the check sum of the head (18.7.3.6)."""
        pieces = FILES["font"]
        head = dict(pieces)["head"]
        glyphs = dict(pieces)["glyf"]
        at = len(whole(pieces[:3]))
        own = {
            "names": ["head", "glyf"],
            "hash": hashlib.sha256(
                head[:2] + head[4:8] + bytes(4) + head[12:54] + glyphs[1:]
            ).digest(),
            "exclusions": [
                {"start": 2, "length": 2},
                {"start": 0, "length": 1, "boxIndex": 1},
            ],
        }
        entries = [*listed(pieces)[:2], own]
        found = check("font", entries, metadata=((at, at + 60),))
        assert at == whole(pieces).index(head)
        assert found.result is BindingResult.MATCH, found

    @pytest.mark.parametrize(
        ("start", "length", "kept"), [(6, 4, 6), (8, 1, 8), (8, 4, 8), (4, 4, 4), (9, 6, 8)]
    )
    def test_a_range_that_reaches_into_the_check_sum_of_a_font_is_a_mismatch(
        self, start: int, length: int, kept: int
    ) -> None:
        pieces = FILES["font"]
        head = dict(pieces)["head"]
        at = whole(pieces).index(head)
        made = hashlib.sha256(head[:kept] + bytes(4) + head[max(12, start + length) :])
        own = {
            "names": ["head"],
            "hash": made.digest(),
            "exclusions": [{"start": start, "length": length}],
        }
        entries = [*listed(pieces)[:2], own, *listed(pieces)[3:]]
        assert check("font", entries, metadata=((at, at + 60),)).result is BindingResult.MATCH

    def test_what_several_entries_leave_out_is_named_together(self) -> None:
        text, data = (dict(FILES["png"])[name] for name in ("tEXt", "IDAT"))
        entries = given(
            ("tEXt", {"hash": hashlib.sha256(text[1:]).digest(), "exclusions": [FIRST]}),
            ("IDAT", {"hash": hashlib.sha256(data[1:]).digest(), "exclusions": [FIRST]}),
            ("IEND", {"excluded": True}),
        )
        end = Png.DATA + 18
        metadata = ((Png.TEXT, Png.TEXT + 3), (Png.DATA, Png.DATA + 3), (end, end + 12))
        found = check("png", entries, metadata=metadata)
        assert found.left_out == ((Png.TEXT, 1), (Png.DATA, 1), (end, 12))
        assert [one.code for one in found.findings] == [ADDITIONAL]
        words = given(
            ("tEXt", {"excluded": True}),
            ("IDAT", {"hash": hashlib.sha256(data[1:]).digest(), "exclusions": [FIRST]}),
        )
        found = check("png", words, metadata=metadata[1:])
        assert found.result is BindingResult.PARTIAL
        assert found.left_out == ((Png.TEXT, 16),)  # they touch
        assert [one.code for one in found.findings] == [ADDITIONAL]


def test_boxes_that_one_hash_takes_together_are_in_the_order_of_the_file() -> None:
    """Fonts list their tables by name; which bytes such a range has is not said."""
    tables = {"cmap": b"cmap", "glyf": b"glyphs"}
    pieces = [("C2PA", b""), *sfnt(tables)]
    data = bytearray(whole(pieces))
    # the directory says that the second table comes before the first
    first, second = (data[12 + 16 * n + 8 : 12 + 16 * n + 12] for n in (0, 1))
    data[20:24], data[36:40] = second, first
    own = {"names": ["cmap", "glyf"], "hash": b"x", "alg": "sha256"}
    with pytest.raises(Unknown) as caught, Asset.from_bytes(bytes(data)) as asset:
        box_hash.box_hash_outcome(
            "m/a", {"boxes": [own]}, asset, FileLayout("font", ()), claim_algorithm=""
        )
    assert str(caught.value) == "a range of boxes that are not in the order of the file"


def test_the_algorithm_of_the_claim_is_used_where_the_hash_names_none() -> None:
    with Asset.from_bytes(whole(Png.PIECES)) as asset:
        place = FileLayout("png", extent(Png.PIECES))
        content = {"boxes": given()}
        found = box_hash.box_hash_outcome("m/a", content, asset, place, claim_algorithm="sha256")
        assert found.result is BindingResult.MATCH
        with pytest.raises(Malformed) as caught:
            box_hash.box_hash_outcome("m/a", content, asset, place, claim_algorithm="")
    assert caught.value.code == "algorithm.unsupported"


def test_a_list_of_what_comes_after_alone_is_of_the_whole_file() -> None:
    data = whole(Png.PIECES)
    assert check("png", [entry("c2pa.after", data)], store=()).result is BindingResult.MATCH
    assert check("png", [entry("c2pa.after", data[1:])], store=()).code == MISMATCH


class TestEmptyPages:
    """A page of Ogg that ends a stream may hold nothing (RFC 3533)."""

    def ended(self, flags: int, *lacing: int, capture: bytes = b"OggS") -> list[Piece]:
        head = capture + bytes([0, flags]) + bytes(8) + struct.pack("<I", 7) + bytes(8)
        last = head + bytes([len(lacing), *lacing]) + bytes(sum(lacing))
        first, own, second = FILES["ogg"]
        return [first, (own[0], own[1] + last), second]

    @each(
        ("flags", "lacing", "result"),
        [
            (4, (), BindingResult.MATCH),
            (0, (0, 0), BindingResult.MATCH),
            (4, (0,) * 255, BindingResult.MATCH),
            (5, (), BindingResult.MATCH),
            (2, (), BindingResult.MISMATCH),
            (6, (0,), BindingResult.MISMATCH),
            (4, (1,), BindingResult.MISMATCH),
        ],
    )
    def test_a_page_that_holds_nothing_and_begins_nothing_is_passed_over(
        self, flags: int, lacing: tuple[int, ...], result: BindingResult
    ) -> None:
        pieces = self.ended(flags, *lacing)
        found = check("ogg", listed(FILES["ogg"]), whole(pieces), store=extent(FILES["ogg"]))
        assert found.result is result

    def test_such_a_page_in_another_format_is_something_else(self) -> None:
        _, (_, own), _ = self.ended(4)
        page = own[len(FILES["ogg"][1][1]) :]
        pieces = [
            (name, body + media.png_chunk(b"caBX", page)[8:-4] if name == "C2PA" else body)
            for name, body in FILES["png"]
        ]
        ((start, end),) = extent(FILES["png"])
        data = bytearray(whole(pieces))
        data[start : start + 4] = (end - start - 12 + len(page)).to_bytes(4, "big")
        assert bytes(data[end : end + len(page)]) == page
        found = check("png", listed(FILES["png"]), bytes(data), store=((start, end),))
        assert found.message == (
            f"the box of the credential holds something else: {len(page)} bytes at {end}"
        )

    def test_a_page_that_is_cut_short_is_none(self) -> None:
        """The credential is said to reach to the last bytes of its page."""
        first, own, second = FILES["ogg"]
        cut = own[1][:-8] + b"OggS\0\0\0\0"
        pieces = [first, (own[0], cut), second]
        ((start, end),) = extent(FILES["ogg"])
        found = check("ogg", listed(FILES["ogg"]), whole(pieces), store=((start, end - 8),))
        assert found.result is BindingResult.MISMATCH
