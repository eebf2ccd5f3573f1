"""The BMFF hash by the letter of 15.12.2 and 18.6: exclusions, offsets, versions, Merkle rows."""

from __future__ import annotations

import hashlib
import struct
from typing import Any

import pytest

from provenance.base import cbor
from provenance.credentials.validation import bmff_hash
from provenance.credentials.validation.outcome import Malformed, Outcome, Result, Unknown
from provenance.kit.bmff import C2PA_UUID, provenance_box
from provenance.kit.films import box
from provenance.media.asset import Asset

STORE = {"xpath": "/uuid", "data": [{"offset": 8, "value": C2PA_UUID}]}
USUAL = [STORE, {"xpath": "/ftyp"}, {"xpath": "/mfra"}]
FTYP = box(b"ftyp", b"isom\0\0\0\0isom")
OWN = provenance_box(b"manifest", b"the store")
FREE = box(b"free", bytes(40))
TKHD = box(b"tkhd", b"\0\0\0\7" + bytes(80))
MOOV = box(b"moov", box(b"mvhd", bytes(100)), box(b"trak", TKHD), box(b"trak", TKHD))
MDAT = box(b"mdat", bytes(range(200)) * 5)
FILM = FTYP + OWN + MOOV + MDAT


def boxes(data: bytes) -> list[tuple[bytes, int, int]]:
    at, found = 0, []
    while at < len(data):
        (size,) = struct.unpack_from(">I", data, at)
        found.append((data[at + 4 : at + 8], at, at + size))
        at += size
    return found


def digest(data: bytes, *holes: tuple[int, int], whole: frozenset[bytes] = frozenset()) -> bytes:
    """Version 2 and 3: the place of each root box, then what of it is not left out."""
    made = hashlib.sha256()
    for kind, start, end in boxes(data):
        if kind in {b"ftyp", b"mfra", *whole} or data[start + 8 : end].startswith(C2PA_UUID):
            continue
        made.update(struct.pack(">Q", start))
        made.update(bytes(data[n] for n in range(start, end) if not in_holes(n, holes)))
    return made.digest()


def in_holes(at: int, holes: tuple[tuple[int, int], ...]) -> bool:
    return any(start <= at < end for start, end in holes)


def content(made: bytes | None, *more: dict[str, Any], **fields: Any) -> dict[str, Any]:
    base = {"exclusions": [*USUAL, *more], "alg": "sha256", "hash": made}
    return {key: value for key, value in {**base, **fields}.items() if value is not None}


def check(
    given: Any,
    data: bytes = FILM,
    label: str = "c2pa.hash.bmff.v3",
    fragments: tuple[bytes, ...] = (),
) -> Outcome:
    with Asset.from_bytes(data) as asset:
        parts = [Asset.from_bytes(one) for one in fragments]
        return bmff_hash.check(
            "m/a", label, given, asset, claim_algorithm="sha256", fragments=parts
        )


def test_a_film_as_it_was_signed() -> None:
    for label in ("c2pa.hash.bmff.v2", "c2pa.hash.bmff.v3"):
        assert check(content(digest(FILM)), label=label).result is Result.MATCH


def test_every_byte_but_those_of_excluded_boxes_counts() -> None:
    given = content(digest(FILM))
    own = FILM.index(OWN)
    for at in range(0, len(FILM), 11):
        changed = bytearray(FILM)
        changed[at] ^= 1
        free = (at >= 8 and at < len(FTYP)) or own + 24 <= at < own + len(OWN)
        found = check(given, bytes(changed)).result
        assert found is (Result.MATCH if free else Result.MISMATCH), at


@pytest.mark.parametrize("where", [0, len(FTYP), len(FTYP + OWN + MOOV), len(FILM)])
def test_a_box_more_moves_or_adds_something(where: int) -> None:
    """A `free` box is covered, unless it is excluded; then the places of the others still count."""
    changed = FILM[:where] + FREE + FILM[where:]
    assert check(content(digest(FILM)), changed).result is Result.MISMATCH
    given = content(digest(FILM), {"xpath": "/free"})
    assert check(given, changed).result is (Result.MATCH if where == len(FILM) else Result.MISMATCH)


def test_version_1_is_older_than_the_standard() -> None:
    made = hashlib.sha256(MOOV + MDAT).digest()
    found = check(content(made), label="c2pa.hash.bmff")
    assert (found.result, found.section) == (Result.UNCHECKED, "18.6.1")
    assert "older than the standard" in found.message
    assert check(content(digest(FILM)), label="c2pa.hash.bmff").result is Result.MISMATCH


TRAK = FILM.index(b"trak") - 4
SECOND = FILM.index(b"trak", TRAK + 8) - 4


@pytest.mark.parametrize(
    ("exclusion", "holes"),
    [
        ({"xpath": "/moov/trak[1]/tkhd"}, [TRAK + 8]),
        ({"xpath": "/moov/trak[2]/tkhd"}, [SECOND + 8]),
        ({"xpath": "/moov/trak/tkhd"}, [TRAK + 8, SECOND + 8]),
        ({"xpath": "/moov[1]/trak/tkhd"}, [TRAK + 8, SECOND + 8]),
        ({"xpath": "/moov[2]/trak/tkhd"}, []),
        ({"xpath": "/moov/trak[3]"}, []),
        ({"xpath": "/moov/trak/tkhd", "length": len(TKHD)}, [TRAK + 8, SECOND + 8]),
        ({"xpath": "/moov/trak/tkhd", "length": 7}, []),
        ({"xpath": "/moov/trak/tkhd", "version": 0}, [TRAK + 8, SECOND + 8]),
        ({"xpath": "/moov/trak/tkhd", "version": 1}, []),
        ({"xpath": "/moov/trak/tkhd", "flags": b"\0\0\7"}, [TRAK + 8, SECOND + 8]),
        ({"xpath": "/moov/trak/tkhd", "flags": b"\0\0\1"}, []),
        (
            {"xpath": "/moov/trak/tkhd", "flags": b"\0\0\1", "exact": False},
            [TRAK + 8, SECOND + 8],
        ),
        ({"xpath": "/moov/trak/tkhd", "flags": b"\0\0\x08", "exact": False}, []),
        (
            {"xpath": "/moov/trak/tkhd", "data": [{"offset": 4, "value": b"tkhd"}]},
            [TRAK + 8, SECOND + 8],
        ),
        ({"xpath": "/moov/trak/tkhd", "data": [{"offset": 4, "value": b"mvhd"}]}, []),
    ],
)
def test_which_boxes_an_exclusion_takes_out(exclusion: dict[str, Any], holes: list[int]) -> None:
    spots = tuple((at, at + len(TKHD)) for at in holes)
    found = check(content(digest(FILM, *spots), exclusion))
    assert found.code == "assertion.bmffHash.match"
    assert found.result is (Result.PARTIAL if holes else Result.MATCH)  # boxes of media
    assert found.left_out == tuple((a, b - a) for a, b in spots)


@pytest.mark.parametrize(
    ("subset", "holes"),
    [
        ([(0, 4)], [(0, 4)]),
        ([(8, 4), (20, 8)], [(8, 12), (20, 28)]),
        ([(16, 0)], [(16, len(MDAT))]),
        ([(8, 4), (100, 9000)], [(8, 12), (100, len(MDAT))]),
        ([(9000, 5)], []),
    ],
)
def test_a_subset_takes_bytes_out_of_a_box(
    subset: list[tuple[int, int]], holes: list[tuple[int, int]]
) -> None:
    at = FILM.index(MDAT)
    spots = tuple((at + a, at + b) for a, b in holes)
    listed = [{"offset": offset, "length": length} for offset, length in subset]
    found = check(content(digest(FILM, *spots), {"xpath": "/mdat", "subset": listed}))
    assert found.code == "assertion.bmffHash.match"


@pytest.mark.parametrize(
    "given",
    [
        7,
        content(b"x", exclusions=[]),
        content(b"x", exclusions=7),
        content(b"x", {"xpath": "moov"}),
        content(b"x", {"xpath": "//moov"}),
        content(b"x", {"xpath": "/moov[0]"}),
        content(b"x", {"xpath": "/mo"}),
        content(b"x", {}),
        content(b"x", {"xpath": "/mdat", "subset": []}),
        content(b"x", {"xpath": "/mdat", "subset": [{"offset": -1, "length": 2}]}),
        content(
            b"x",
            {"xpath": "/mdat", "subset": [{"offset": 8, "length": 9}, {"offset": 9, "length": 1}]},
        ),
        content(b"x", {"xpath": "/moov", "flags": b"\0"}),
        content(None),
    ],
)
def test_what_breaks_the_schema(given: Any) -> None:
    with pytest.raises(Malformed) as caught:
        check(given)
    assert caught.value.code == "assertion.bmffHash.malformed"


def test_a_live_stream_is_not_known() -> None:
    with pytest.raises(Unknown):
        check(content(digest(FILM), sequenceNumber=4))


BODY = MDAT[8:]
REST = {"xpath": "/mdat", "subset": [{"offset": 16, "length": 0}]}


def row(blocks: list[bytes], local: int = 0, **fields: Any) -> dict[str, Any]:
    hashes = [hashlib.sha256(block).digest() for block in blocks]
    return {"uniqueId": 1, "localId": local, "count": len(blocks), "hashes": hashes, **fields}


@pytest.mark.parametrize(
    ("blocks", "fields"),
    [
        ([BODY], {}),
        ([BODY[:400], BODY[400:800], BODY[800:]], {"fixedBlockSize": 400}),
        ([BODY[:100], BODY[100:900], BODY[900:]], {"variableBlockSizes": [100, 800, 100]}),
    ],
)
def test_media_hashed_in_pieces(blocks: list[bytes], fields: dict[str, Any]) -> None:
    at = FILM.index(MDAT)
    made = digest(FILM, (at + 16, at + len(MDAT)))
    given = content(made, REST, merkle=[row(blocks, **fields)])
    assert check(given).result is Result.MATCH
    for n in range(0, len(FILM), 13):
        changed = bytearray(FILM)
        changed[n] ^= 1
        free = 8 <= n < len(FTYP) or len(FTYP) + 24 <= n < len(FTYP + OWN)
        assert check(given, bytes(changed)).result is (Result.MATCH if free else Result.MISMATCH)
    assert check(given, FILM + bytes(0) + MDAT).result is Result.MISMATCH


def test_a_row_for_another_size_is_a_mismatch() -> None:
    made = digest(FILM, (FILM.index(MDAT) + 16, len(FILM)))
    wrong = row([BODY[:100], BODY[100:]], variableBlockSizes=[100, 800])
    found = check(content(made, REST, merkle=[wrong]))
    assert found.result is Result.MISMATCH
    assert found.code == "assertion.bmffHash.malformed"  # 15.12.2.1


LATE = MDAT[16:]


@pytest.mark.parametrize(
    ("blocks", "fields"),
    [
        ([LATE], {}),
        ([LATE[:400], LATE[400:800], LATE[800:]], {"fixedBlockSize": 400}),
        ([LATE[:100], LATE[100:]], {"variableBlockSizes": [100, len(LATE) - 100]}),
    ],
)
def test_blocks_from_byte_16_on_as_c2pa_rs_counts_them(
    blocks: list[bytes], fields: dict[str, Any]
) -> None:
    """No byte is lost: the hash of the file has the first 16 of the box, or this does not count."""
    at = FILM.index(MDAT)
    given = content(digest(FILM, (at + 16, at + len(MDAT))), REST, merkle=[row(blocks, **fields)])
    found = check(given)
    assert found.result is Result.MATCH
    assert [one.code for one in found.findings] == ["assertion.older_form"]
    for n in range(at, len(FILM)):
        changed = bytearray(FILM)
        changed[n] ^= 1
        assert check(given, bytes(changed)).result is Result.MISMATCH
    whole = {"xpath": "/mdat"}
    left_out = content(digest(FILM, (at, at + len(MDAT))), whole, merkle=[row(blocks, **fields)])
    assert check(left_out).result is Result.MISMATCH


def test_the_exclusion_that_has_to_be_there_is_no_additional_one() -> None:
    at = FILM.index(MDAT)
    given = content(digest(FILM, (at + 16, at + len(MDAT))), REST, merkle=[row([BODY])])
    assert check(given).findings == ()


def fragment(n: int) -> bytes:
    return box(b"moof", bytes([n]) * 20) + box(b"mdat", bytes([n]) * 300)


class TestFragments:
    """A film of an initialisation segment and three fragments, each a file (A.5.4.1.2)."""

    INIT = FTYP + OWN + MOOV

    def made(self, *order: int, name: str = "merkle") -> tuple[dict[str, Any], list[bytes]]:
        files = [self.one(n) for n in range(3)]
        given = content(
            None,
            **{
                name: [
                    {
                        "uniqueId": 1,
                        "localId": 1,
                        "count": 3,
                        "alg": "sha256",
                        "initHash": digest(self.INIT),
                        "hashes": [digest(one) for one in files],
                    }
                ]
            },
        )
        return given, [files[n] for n in order]

    def one(self, n: int) -> bytes:
        value = {"uniqueId": 1, "localId": 1, "location": n}
        return provenance_box(b"merkle", cbor.encode(value)) + fragment(n)

    @pytest.mark.parametrize(
        ("order", "result", "words"),
        [
            ((0, 1, 2), Result.MATCH, ""),
            ((0,), Result.PARTIAL, "1 of 3 fragments match; some are missing"),
            ((0, 2), Result.PARTIAL, "2 of 3 fragments match; some are missing"),
            ((0, 1, 1, 2), Result.PARTIAL, "3 of 3 fragments match; some are repeated"),
            ((2, 1, 0), Result.PARTIAL, "3 of 3 fragments match; they are in another order"),
            ((1, 0), Result.PARTIAL, "missing and they are in another order"),
            ((2, 2, 2), Result.PARTIAL, "missing and some are repeated"),
        ],
    )
    def test_all_of_them_once_and_in_order(
        self, order: tuple[int, ...], result: Result, words: str
    ) -> None:
        given, files = self.made(*order)
        found = check(given, self.INIT, fragments=tuple(files))
        assert found.result is result
        assert words in found.message

    def test_without_fragments_only_the_first_segment_is_compared(self) -> None:
        given, _ = self.made()
        found = check(given, self.INIT)
        assert (found.result, found.media_absent) == (Result.UNCHECKED, True)
        changed = self.INIT.replace(b"mvhd", b"mvhe")
        assert check(given, changed).result is Result.MISMATCH

    def test_a_fragment_that_was_changed_or_exchanged(self) -> None:
        given, files = self.made(0, 1, 2)
        for n, other in (
            (1, files[1][:-1] + b"\xff"),
            (1, files[0][: len(files[0]) - len(fragment(0))] + fragment(1)),
            (1, fragment(1)),  # without its C2PA box
            (1, files[1].replace(cbor.encode("location"), cbor.encode("locatiom"))),
            (2, files[1][: len(files[1]) - len(fragment(1))] + fragment(2)),
        ):
            changed = [*files[:n], other, *files[n + 1 :]]
            assert check(given, self.INIT, fragments=tuple(changed)).result is Result.MISMATCH

    def test_padding_behind_the_item_of_a_box_is_lawful(self) -> None:
        given, files = self.made(0, 1, 2)
        value = cbor.encode({"uniqueId": 1, "localId": 1, "location": 1})
        files[1] = provenance_box(b"merkle", value + bytes(9)) + fragment(1)
        # the box is longer, so that what follows is elsewhere: its leaf is made anew
        given["merkle"][0]["hashes"][1] = digest(files[1])
        assert check(given, self.INIT, fragments=tuple(files)).result is Result.MATCH

    def test_a_film_in_one_file(self) -> None:
        parts = [self.one(n) for n in range(3)]
        whole = self.INIT + b"".join(parts)
        starts = [start for kind, start, _ in boxes(whole) if kind == b"moof"]
        ends = [*starts[1:], len(whole)]
        leaves = []
        for start, end in zip(starts, ends, strict=True):
            made = hashlib.sha256()
            for kind, a, b in boxes(whole):
                if start <= a < end and kind != b"uuid":
                    made.update(struct.pack(">Q", a) + whole[a:b])
            leaves.append(made.digest())
        given, _ = self.made()
        given["merkle"][0]["hashes"] = leaves
        assert check(given, whole).result is Result.MATCH
        assert check(given, whole[: starts[2] - len(parts[2]) + len(fragment(2))]).result in {
            Result.PARTIAL,
            Result.MISMATCH,
        }
        changed = bytearray(whole)
        changed[-1] ^= 1
        assert check(given, bytes(changed)).result is Result.MISMATCH
