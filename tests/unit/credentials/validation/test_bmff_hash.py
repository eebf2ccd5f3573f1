"""The BMFF hash by the letter of 15.12.2 and 18.6: exclusions, offsets, versions, Merkle rows."""

from __future__ import annotations

import hashlib
import struct
from dataclasses import replace
from typing import Any, ClassVar

import pytest
from support.each import each

from provenance.base import cbor
from provenance.base.finding import note
from provenance.credentials.validation import bmff_hash, merkle
from provenance.credentials.validation.outcome import (
    BindingOutcome,
    BindingResult,
    Malformed,
    TooMuch,
    Unknown,
)
from provenance.kit.bmff_carrier import C2PA_UUID, provenance_box
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
) -> BindingOutcome:
    with Asset.from_bytes(data) as asset:
        parts = [Asset.from_bytes(one) for one in fragments]
        return bmff_hash.bmff_hash_outcome(
            "m/a", label, given, asset, claim_algorithm="sha256", fragments=parts
        )


def test_a_film_as_it_was_signed_matches() -> None:
    for label in ("c2pa.hash.bmff.v2", "c2pa.hash.bmff.v3"):
        assert check(content(digest(FILM)), label=label).result is BindingResult.MATCH


def test_every_byte_but_those_of_excluded_boxes_counts() -> None:
    given = content(digest(FILM))
    own = FILM.index(OWN)
    for at in range(0, len(FILM), 11):
        changed = bytearray(FILM)
        changed[at] ^= 1
        free = (at >= 8 and at < len(FTYP)) or own + 24 <= at < own + len(OWN)
        found = check(given, bytes(changed)).result
        assert found is (BindingResult.MATCH if free else BindingResult.MISMATCH), at


@pytest.mark.parametrize("where", [0, len(FTYP), len(FTYP + OWN + MOOV), len(FILM)])
def test_a_box_more_moves_or_adds_something(where: int) -> None:
    """A `free` box is covered, unless it is excluded; then the places of the others still count."""
    changed = FILM[:where] + FREE + FILM[where:]
    assert check(content(digest(FILM)), changed).result is BindingResult.MISMATCH
    given = content(digest(FILM), {"xpath": "/free"})
    assert check(given, changed).result is (
        BindingResult.MATCH if where == len(FILM) else BindingResult.MISMATCH
    )


def test_a_bmff_hash_of_version_1_is_unchecked_and_older_than_the_standard() -> None:
    made = hashlib.sha256(MOOV + MDAT).digest()
    found = check(content(made), label="c2pa.hash.bmff")
    assert (found.result, found.section) == (BindingResult.UNCHECKED, "18.6.1")
    assert "older than the standard" in found.message
    assert check(content(digest(FILM)), label="c2pa.hash.bmff").result is BindingResult.MISMATCH


TRAK = FILM.index(b"trak") - 4
SECOND = FILM.index(b"trak", TRAK + 8) - 4


@each(
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
def test_an_exclusion_takes_out_the_boxes_that_it_describes(
    exclusion: dict[str, Any], holes: list[int]
) -> None:
    spots = tuple((at, at + len(TKHD)) for at in holes)
    found = check(content(digest(FILM, *spots), exclusion))
    assert found.code == "assertion.bmffHash.match"
    assert found.result is (
        BindingResult.PARTIAL if holes else BindingResult.MATCH
    )  # boxes of media
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


@each(
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
def test_a_bmff_hash_that_breaks_the_schema_is_malformed(given: Any) -> None:
    with pytest.raises(Malformed) as caught:
        check(given)
    assert caught.value.code == "assertion.bmffHash.malformed"


def test_a_hash_of_a_live_stream_is_unchecked() -> None:
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
def test_media_hashed_in_pieces_are_compared_piece_by_piece(
    blocks: list[bytes], fields: dict[str, Any]
) -> None:
    at = FILM.index(MDAT)
    made = digest(FILM, (at + 16, at + len(MDAT)))
    given = content(made, REST, merkle=[row(blocks, **fields)])
    assert check(given).result is BindingResult.MATCH
    for n in range(0, len(FILM), 13):
        changed = bytearray(FILM)
        changed[n] ^= 1
        free = 8 <= n < len(FTYP) or len(FTYP) + 24 <= n < len(FTYP + OWN)
        assert check(given, bytes(changed)).result is (
            BindingResult.MATCH if free else BindingResult.MISMATCH
        )
    assert check(given, FILM + bytes(0) + MDAT).result is BindingResult.MISMATCH


def test_a_row_for_another_size_is_a_mismatch() -> None:
    made = digest(FILM, (FILM.index(MDAT) + 16, len(FILM)))
    wrong = row([BODY[:100], BODY[100:]], variableBlockSizes=[100, 800])
    found = check(content(made, REST, merkle=[wrong]))
    assert found.result is BindingResult.MISMATCH
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
    assert found.result is BindingResult.MATCH
    assert [one.code for one in found.findings] == ["assertion.older_form"]
    for n in range(at, len(FILM)):
        changed = bytearray(FILM)
        changed[n] ^= 1
        assert check(given, bytes(changed)).result is BindingResult.MISMATCH
    whole = {"xpath": "/mdat"}
    left_out = content(digest(FILM, (at, at + len(MDAT))), whole, merkle=[row(blocks, **fields)])
    assert check(left_out).result is BindingResult.MISMATCH


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

    @each(
        ("order", "result", "words"),
        [
            ((0, 1, 2), BindingResult.MATCH, ""),
            ((0,), BindingResult.PARTIAL, "1 of 3 fragments match; some are missing"),
            ((0, 2), BindingResult.PARTIAL, "2 of 3 fragments match; some are missing"),
            ((0, 1, 1, 2), BindingResult.PARTIAL, "3 of 3 fragments match; some are repeated"),
            ((2, 1, 0), BindingResult.PARTIAL, "3 of 3 fragments match; they are in another order"),
            ((1, 0), BindingResult.PARTIAL, "missing and they are in another order"),
            ((2, 2, 2), BindingResult.PARTIAL, "missing and some are repeated"),
        ],
    )
    def test_match_where_all_are_given_once_and_in_order(
        self, order: tuple[int, ...], result: BindingResult, words: str
    ) -> None:
        given, files = self.made(*order)
        found = check(given, self.INIT, fragments=tuple(files))
        assert found.result is result
        assert words in found.message

    def test_are_not_needed_to_compare_the_first_segment(self) -> None:
        given, _ = self.made()
        found = check(given, self.INIT)
        assert (found.result, found.media_absent) == (BindingResult.UNCHECKED, True)
        changed = self.INIT.replace(b"mvhd", b"mvhe")
        assert check(given, changed).result is BindingResult.MISMATCH

    def test_that_were_changed_or_exchanged_are_a_mismatch(self) -> None:
        given, files = self.made(0, 1, 2)
        for n, other in (
            (1, files[1][:-1] + b"\xff"),
            (1, files[0][: len(files[0]) - len(fragment(0))] + fragment(1)),
            (1, fragment(1)),  # without its C2PA box
            (1, files[1].replace(cbor.encode("location"), cbor.encode("locatiom"))),
            (2, files[1][: len(files[1]) - len(fragment(1))] + fragment(2)),
        ):
            changed = [*files[:n], other, *files[n + 1 :]]
            assert (
                check(given, self.INIT, fragments=tuple(changed)).result is BindingResult.MISMATCH
            )

    def test_may_have_padding_after_the_item_of_their_box(self) -> None:
        given, files = self.made(0, 1, 2)
        value = cbor.encode({"uniqueId": 1, "localId": 1, "location": 1})
        files[1] = provenance_box(b"merkle", value + bytes(9)) + fragment(1)
        # the box is longer, so that what follows is elsewhere: its leaf is made anew
        given["merkle"][0]["hashes"][1] = digest(files[1])
        assert check(given, self.INIT, fragments=tuple(files)).result is BindingResult.MATCH

    def test_of_a_film_in_one_file_are_compared_too(self) -> None:
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
        assert check(given, whole).result is BindingResult.MATCH
        assert check(given, whole[: starts[2] - len(parts[2]) + len(fragment(2))]).result in {
            BindingResult.PARTIAL,
            BindingResult.MISMATCH,
        }
        changed = bytearray(whole)
        changed[-1] ^= 1
        assert check(given, bytes(changed)).result is BindingResult.MISMATCH


# ---- every word of it -----------------------------------------------------------------------


MATCH, WRONG = "assertion.bmffHash.match", "assertion.bmffHash.mismatch"
MALFORMED = "assertion.bmffHash.malformed"
SECTION = "15.12.2"
ALTERED = "the media does not have the hash that was signed"


def mismatch(message: str, code: str = WRONG) -> BindingOutcome:
    return BindingOutcome("m/a", BindingResult.MISMATCH, code, SECTION, message)


def test_match_mismatch_and_what_was_left_out_are_told_in_full() -> None:
    given = content(digest(FILM))
    match = BindingOutcome(
        "m/a", BindingResult.MATCH, MATCH, SECTION, "the media has the hash that was signed"
    )
    assert check(given) == match
    assert check(given, FILM[:-1] + b"x") == mismatch(ALTERED)
    assert check(
        content(hashlib.sha256(MOOV + MDAT).digest()), label="c2pa.hash.bmff"
    ) == BindingOutcome(
        "m/a",
        BindingResult.UNCHECKED,
        "",
        "18.6.1",
        "the BMFF hash is of version 1, a form older than the standard, which tells validators to"
        " ignore it: nothing binds this file to the credential",
    )
    assert check(given, label="c2pa.hash.bmff") == mismatch(ALTERED)
    at = MOOV.index(TKHD)
    kept = MOOV[:at] + MOOV[at + len(TKHD) :] + MDAT
    made = content(hashlib.sha256(kept).digest(), {"xpath": "/moov/trak[1]/tkhd"})
    found = check(made, label="c2pa.hash.bmff")
    assert (found.result, found.left_out) == (BindingResult.UNCHECKED, ((TRAK + 8, len(TKHD)),))


def test_the_algorithm_of_the_claim_is_used_where_the_hash_names_none() -> None:
    given = content(digest(FILM), alg=None)
    assert check(given).result is BindingResult.MATCH
    with Asset.from_bytes(FILM) as asset, pytest.raises(Malformed) as caught:
        bmff_hash.bmff_hash_outcome("m/a", "c2pa.hash.bmff.v3", given, asset, claim_algorithm="")
    assert caught.value.code == "algorithm.unsupported"
    at = FILM.index(MDAT)
    made = digest(FILM, (at + 16, at + len(MDAT)))
    assert check(content(made, REST, alg=None, merkle=[row([BODY])])).result is BindingResult.MATCH


def test_the_algorithm_of_the_hash_comes_before_that_of_the_claim() -> None:
    made = hashlib.sha384()
    for kind, start, end in boxes(FILM):
        if kind not in {b"ftyp", b"uuid"}:
            made.update(struct.pack(">Q", start) + FILM[start:end])
    assert check(content(made.digest(), alg="sha384")).result is BindingResult.MATCH


def test_the_first_box_of_a_film_is_covered() -> None:
    data = FREE + FILM
    assert check(content(digest(data)), data).result is BindingResult.MATCH
    assert check(content(digest(data)), data[:8] + b"x" + data[9:]) == mismatch(ALTERED)


def test_a_film_without_media_matches_its_hash() -> None:
    data = FTYP + OWN + MOOV
    assert check(content(digest(data)), data).result is BindingResult.MATCH


def test_a_box_of_media_that_is_left_out_is_told_in_full() -> None:
    hole = (TRAK + 8, TRAK + 8 + len(TKHD))
    path = "/moov/trak/tkhd"
    pairs, findings = left_out(path, TRAK + 8, len(TKHD))
    message = f"boxes of media that the hash leaves out: {path}"
    found = check(content(digest(FILM, hole), {"xpath": "/moov/trak[1]/tkhd"}))
    assert found == BindingOutcome(
        "m/a", BindingResult.PARTIAL, MATCH, SECTION, message, pairs, findings
    )


def left_out(path: str, at: int, size: int) -> tuple[Any, ...]:
    message = f"the hash also leaves out boxes that the standard does not name: {path}"
    code = "assertion.bmffHash.additionalExclusionsPresent"
    return ((at, size),), (note(code, message, "m/a"),)


def test_boxes_that_the_standard_does_not_name_are_named() -> None:
    extra = box(b"abcd", bytes(9))
    data = FILM + extra
    given = content(
        digest(data, whole=frozenset({b"abcd"})), {"xpath": "/abcd"}, {"xpath": "/efgh"}
    )
    found = check(given, data)
    assert (found.left_out, found.findings) == left_out("/abcd", len(FILM), len(extra))
    # two exclusions of one path are named once
    twice = [{"xpath": "/abcd"}, {"xpath": "/abcd[1]"}]
    given = content(digest(data, whole=frozenset({b"abcd"})), *twice)
    assert check(given, data).findings == found.findings
    more = data + box(b"efgh", b"")
    both = digest(more, whole=frozenset({b"abcd", b"efgh"}))
    found = check(content(both, {"xpath": "/abcd"}, {"xpath": "/efgh"}), more)
    assert found.findings[0].message.endswith(" does not name: /abcd, /efgh")
    # and what the standard names is not
    data = FILM + FREE + box(b"skip", b"") + box(b"mfra", b"")
    usual = frozenset({b"free", b"skip"})
    given = content(digest(data, whole=usual), {"xpath": "/free"}, {"xpath": "/skip"})
    assert (check(given, data).findings, check(given, data).left_out) == ((), ())
    # a box of another user type is left out with its name
    other = box(b"uuid", bytes(16) + b"x")
    data = FILM + other
    made = digest(FTYP + OWN + MOOV + MDAT)
    given = content(made, {"xpath": "/uuid", "data": [{"offset": 8, "value": bytes(16)}]})
    found = check(given, data)
    assert (found.left_out, found.findings) == left_out("/uuid", len(FILM), len(other))


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        (7, "the BMFF hash is not a map"),
        (content(None), "the BMFF hash has neither a hash nor Merkle rows"),
        (content(None, hash="text"), "the BMFF hash has neither a hash nor Merkle rows"),
        (
            content(None, merkle=[{**row([b"x"]), "initHash": b"x"}, row([b"x"], local=1)]),
            "some Merkle rows have no hash of the first segment",
        ),
        (
            content(None, merkle=[row([b"x"]), row([b"y"])]),
            "two Merkle rows are for one box of media",
        ),
    ],
)
def test_a_bmff_hash_that_breaks_the_schema_says_in_words_how(given: Any, fault: str) -> None:
    with pytest.raises(Malformed) as caught:
        check(given)
    made = caught.value
    assert (made.code, made.section) == ("assertion.bmffHash.malformed", SECTION)
    assert str(made) == fault


def test_a_hash_of_a_live_stream_says_in_words_why() -> None:
    with pytest.raises(Unknown) as caught:
        check(content(digest(FILM), sequenceNumber=0))
    assert str(caught.value) == "the hash is of one segment of a live stream (C2PA 2.4, 19)"


class TestPaths:
    """C2PA boxes that lead from the blocks of a film to a row above them (A.5.4.1.1)."""

    SIZE = 400
    BLOCKS = (BODY[:400], BODY[400:800], BODY[800:])
    LEAVES = tuple(hashlib.sha256(block).digest() for block in BLOCKS)
    PAIR = hashlib.sha256(LEAVES[0] + LEAVES[1]).digest()
    # A node without a neighbour is hashed with nothing, or lifted as it is: both are written.
    LONE = hashlib.sha256(LEAVES[2]).digest()
    PROOFS: ClassVar[list[list[bytes]]] = [[LEAVES[1]], [LEAVES[0]], []]

    def boxes(self, *changes: tuple[int, dict[str, Any]], without: int | None = None) -> bytes:
        values: list[dict[str, Any]] = [
            {"uniqueId": 1, "localId": 0, "location": n, "hashes": proof}
            for n, proof in enumerate(self.PROOFS)
        ]
        for n, change in changes:
            values[n] |= change
        made = [provenance_box(b"merkle", cbor.encode(value)) for value in values]
        return b"".join(one for n, one in enumerate(made) if n != without)

    def found(self, after: bytes, hashes: tuple[bytes, ...] = (PAIR, LONE)) -> BindingOutcome:
        at = FILM.index(MDAT)
        one = {**row([b""] * 3), "hashes": list(hashes), "fixedBlockSize": self.SIZE}
        given = content(digest(FILM, (at + 16, at + len(MDAT))), REST, merkle=[one])
        return check(given, FILM + after)

    @pytest.mark.parametrize("lone", [LONE, LEAVES[2]])
    def test_lead_from_each_block_to_the_row(self, lone: bytes) -> None:
        found = self.found(self.boxes(), (self.PAIR, lone))
        assert (found.result, found.code) == (BindingResult.MATCH, MATCH)

    def test_that_are_missing_or_out_of_order_are_a_mismatch(self) -> None:
        swapped = self.boxes((0, {"location": 1}), (1, {"location": 0}))
        others = self.boxes(*((n, {"localId": 1}) for n in range(3)))
        nobodys = [self.boxes((0, {name: [1]})) for name in ("uniqueId", "localId")]
        missing = [self.boxes(without=n) for n in range(3)]
        for after in (b"", swapped, others, *nobodys, *missing):
            with pytest.raises(Malformed, match="lead from the blocks of media") as caught:
                self.found(after)
            assert (caught.value.code, caught.value.section) == (MALFORMED, "15.12.2.1")

    @each("proof", [[], [bytes(32)], [LEAVES[1]] * 2, [1], 7, {"a": 1}])
    def test_that_lead_elsewhere_are_a_mismatch(self, proof: Any) -> None:
        found = self.found(self.boxes((0, {"hashes": proof})))
        message = "the C2PA box of block 0 does not lead to the row that was signed"
        assert found == mismatch(message)

    def test_are_not_needed_for_a_row_of_the_blocks_themselves(self) -> None:
        assert self.found(b"", self.LEAVES).result is BindingResult.MATCH

    def test_cost_more_than_blocks(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(bmff_hash, "_FEW_LEAVES", 12)
        assert self.found(self.boxes()).result is BindingResult.MATCH
        monkeypatch.setattr(bmff_hash, "_FEW_LEAVES", 11)
        with pytest.raises(TooMuch):
            self.found(self.boxes())


class TestRows:
    """Merkle rows of a film in one file, one for each box of media (15.12.2.1)."""

    SECOND = box(b"mdat", bytes(range(100)))
    TWO = FILM + SECOND

    def given(self, *rows: dict[str, Any], data: bytes = FILM) -> dict[str, Any]:
        spots = [(at + 16, end) for kind, at, end in boxes(data) if kind == b"mdat"]
        return content(digest(data, *spots), REST, merkle=list(rows))

    def test_have_each_their_box_of_media(self) -> None:
        rows = (row([BODY], local=0), row([self.SECOND[8:]], local=1))
        for order in (rows, rows[::-1]):
            assert check(self.given(*order, data=self.TWO), self.TWO).result is BindingResult.MATCH
        changed = self.TWO[:-1] + b"x"
        assert check(self.given(*rows, data=self.TWO), changed) == mismatch(ALTERED)

    def test_leave_a_box_of_media_without_one_uncovered(self) -> None:
        found = check(self.given(row([BODY], local=0), data=self.TWO), self.TWO)
        assert (found.result, found.code) == (BindingResult.PARTIAL, MATCH)
        second = self.given(row([self.SECOND[8:]], local=1), data=self.TWO)
        assert check(second, self.TWO).result is BindingResult.PARTIAL

    def test_may_have_any_number_where_there_is_one_for_one_box(self) -> None:
        assert check(self.given(row([BODY], local=7))).result is BindingResult.MATCH

    @pytest.mark.parametrize("local", [2, -1])
    def test_of_a_box_that_does_not_exist_are_a_mismatch(self, local: int) -> None:
        given = self.given(row([BODY], local=0), row([BODY], local=local), data=self.TWO)
        assert check(given, self.TWO) == mismatch("a box of media that was signed is missing")

    def test_without_a_box_of_media_are_a_mismatch(self) -> None:
        data = FTYP + OWN + MOOV
        given = content(digest(data), merkle=[row([BODY])])
        assert check(given, data) == mismatch("the box of the media is missing")

    def test_of_blocks_of_another_size_are_a_mismatch(self) -> None:
        wrong = row([BODY[:100], BODY[100:]], variableBlockSizes=[100, len(BODY) - 101])
        message = "the blocks that were signed do not add up to the box of the media"
        assert check(self.given(wrong)) == mismatch(message, MALFORMED)

    def test_of_fewer_blocks_than_the_file_has_are_a_mismatch(self) -> None:
        fewer = {**row([BODY[:400], BODY[400:800]]), "fixedBlockSize": 400}
        message = "the blocks that were signed do not add up to the box of the media"
        assert check(self.given(fewer)) == mismatch(message, MALFORMED)

    @pytest.mark.parametrize("moov", [MOOV, MOOV.replace(b"mvhd", b"mvhe")])
    def test_alone_bind_the_media_and_not_how_they_are_shown(self, moov: bytes) -> None:
        given = content(None, merkle=[row([BODY])])
        data = FTYP + OWN + moov + MDAT + FREE
        message = (
            "the hash covers boxes of media and nothing else of the file: how they are shown may"
            " have been changed"
        )
        own, end = len(FTYP + OWN), len(FTYP + OWN + MOOV + MDAT)
        left = ((0, len(FTYP)), (own, len(MOOV) + 8), (end, len(FREE)))
        assert check(given, data) == BindingOutcome(
            "m/a", BindingResult.PARTIAL, MATCH, SECTION, message, left, early=True
        )
        assert check(given, data[: end - 1] + b"x" + FREE) == mismatch(ALTERED)

    def test_the_hash_of_a_first_segment_covers_no_box_of_media(self) -> None:
        """It has no place where there is a hash of the whole, and replaces no row."""
        for more in ({}, {"initHash": b"x"}):
            one = row([BODY], local=0, **more)
            other = row([self.SECOND[8:]], local=1, **more)
            assert (
                check(self.given(one, other, data=self.TWO), self.TWO).result is BindingResult.MATCH
            )
            given = self.given(one, data=self.TWO)
            for data in (self.TWO, self.TWO[:-1] + b"x"):
                found = check(given, data)
                message = "boxes of media that the hash leaves out: /mdat"
                assert (found.result, found.message) == (BindingResult.PARTIAL, message)

    OLDER = (
        note(
            "assertion.older_form",
            "the blocks of the media are counted from byte 16 of their box, as c2pa-rs does it,"
            " where the standard has what comes after the header",
            "m/a",
        ),
    )

    def test_say_from_where_blocks_are_counted(self) -> None:
        """As the standard has it, as c2pa-rs does, and where both come to the same."""
        words = "the media has the hash that was signed"
        match = BindingOutcome("m/a", BindingResult.MATCH, MATCH, SECTION, words)
        assert check(self.given(row([BODY]))) == replace(match, early=True)
        assert check(self.given(row([BODY[8:]]))) == replace(match, findings=self.OLDER)
        rows = (row([BODY], local=0), row([self.SECOND[16:]], local=1))
        both = check(self.given(*rows, data=self.TWO), self.TWO)
        assert both == replace(match, findings=self.OLDER, early=True)
        long = struct.pack(">I4sQ", 1, b"mdat", 16 + len(BODY)) + BODY
        data = FTYP + OWN + MOOV + long
        made = hashlib.sha256(struct.pack(">Q", len(FTYP + OWN)) + MOOV)
        made.update(struct.pack(">Q", len(FTYP + OWN + MOOV)) + long[:16])
        given = content(made.digest(), REST, merkle=[row([BODY])])
        assert check(given, data) == match

    def test_blocks_from_byte_16_need_what_is_before_them_in_the_hash(self) -> None:
        late = row([BODY[8:]])
        at = FILM.index(MDAT)
        for offset, result in ((16, BindingResult.MATCH), (12, BindingResult.MISMATCH)):
            subset = {"xpath": "/mdat", "subset": [{"offset": offset, "length": 0}]}
            given = content(digest(FILM, (at + offset, len(FILM))), subset, merkle=[late])
            assert check(given).result is result
        data = FTYP + OWN + MOOV + FREE + MDAT
        hole = (data.index(MDAT) + 16, len(data))
        made = digest(data, hole, whole=frozenset({b"free"}))
        given = content(made, REST, {"xpath": "/free"}, merkle=[late])
        assert check(given, data).result is BindingResult.MATCH
        assert check(content(None, merkle=[late])) == mismatch(ALTERED)

    @pytest.mark.parametrize(
        ("more", "named"),
        [
            ({"xpath": "/abcd"}, "/abcd"),
            ({"xpath": "/abcd", "subset": [{"offset": 16, "length": 0}]}, "/abcd"),
            ({"xpath": "/mdat", "subset": [{"offset": 20, "length": 0}]}, "/mdat"),
        ],
    )
    def test_keep_no_exclusion_beside_them_from_being_named(
        self, more: dict[str, Any], named: str
    ) -> None:
        """All but the one that has to be there (A.5.6)."""
        data = FTYP + OWN + MOOV + box(b"abcd", bytes(30)) + MDAT
        at, end = data.index(box(b"abcd", bytes(30))), data.index(MDAT)
        holes = [(end + 16, len(data))]
        if named == "/abcd":
            holes.append((at + 16 if "subset" in more else at, end))
        whole = frozenset() if "subset" in more else frozenset({b"abcd"})
        given = content(digest(data, *holes, whole=whole), REST, more, merkle=[row([BODY])])
        (finding,) = check(given, data).findings
        assert finding.message.endswith(f"the standard does not name: {named}")

    def test_are_needed_where_a_box_of_media_is_left_out_of_the_hash(self) -> None:
        at = FILM.index(MDAT)
        found = check(content(digest(FILM, (at + 16, len(FILM))), REST))
        assert [one.message[-5:] for one in found.findings] == ["/mdat"]
        assert found.result is BindingResult.PARTIAL

    @pytest.mark.parametrize(
        ("size", "result"), [(7, BindingResult.MISMATCH), (8, BindingResult.MATCH)]
    )
    def test_of_a_box_shorter_than_16_bytes_are_compared(
        self, size: int, result: BindingResult
    ) -> None:
        data = FTYP + OWN + MOOV + box(b"mdat", bytes(size))
        given = self.given(row([b""]), data=data)
        assert check(given, data).result is result

    def test_counted_in_two_ways_are_both_within_the_bound(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        blocks = [BODY[at : at + 100] for at in range(8, 1000, 100)]
        given = self.given(row(blocks, fixedBlockSize=100))
        monkeypatch.setattr(bmff_hash, "_FEW_LEAVES", 20)
        assert check(given).result is BindingResult.MATCH
        monkeypatch.setattr(bmff_hash, "_FEW_LEAVES", 19)
        with pytest.raises(TooMuch):
            check(given)

    def test_have_a_bound_of_leaves(self, monkeypatch: pytest.MonkeyPatch) -> None:
        blocks = [BODY[at : at + 100] for at in range(0, 1000, 100)]
        given = self.given(row(blocks, fixedBlockSize=100))
        monkeypatch.setattr(merkle, "MAX_LEAVES", 10)
        assert check(given).result is BindingResult.MATCH
        monkeypatch.setattr(merkle, "MAX_LEAVES", 9)
        given = self.given(row([BODY], fixedBlockSize=100))
        with pytest.raises(TooMuch) as caught:
            check(given)
        assert str(caught.value) == "too many blocks in a Merkle tree"

    def test_have_a_bound_of_leaves_in_all_trees(self, monkeypatch: pytest.MonkeyPatch) -> None:
        blocks = [BODY[at : at + 100] for at in range(0, 1000, 100)]
        rows = (row(blocks, local=0, fixedBlockSize=100), row([self.SECOND[8:]], local=1))
        given = self.given(*rows, data=self.TWO)
        for few, small, fits in ((11, 1 << 10, True), (10, 1 << 10, False), (10, 100, True)):
            monkeypatch.setattr(bmff_hash, "_FEW_LEAVES", few)
            monkeypatch.setattr(bmff_hash, "_SMALL_LEAF", small)
            if fits:
                assert check(given, self.TWO).result is BindingResult.MATCH
                continue
            with pytest.raises(TooMuch) as caught:
                check(given, self.TWO)
            assert str(caught.value) == ("too many blocks in Merkle trees for a file of this size")


class TestFragmentsInWords:
    """Each way in which a fragment is not the one that was signed (A.5.4)."""

    INIT = TestFragments.INIT
    NO_ROW = "a fragment belongs to no Merkle row of this credential"

    def made(self, *values: Any, junk: bytes = b"") -> tuple[dict[str, Any], list[bytes]]:
        """Fragments with these values in their boxes; the row is of fragments 0 to n."""
        files = [
            provenance_box(b"merkle", cbor.encode(value) + junk) + fragment(n)
            for n, value in enumerate(values)
        ]
        return content(None, merkle=[self.row(*files)]), files

    def row(self, *files: bytes, **fields: Any) -> dict[str, Any]:
        leaves = [digest(one) for one in files]
        made = {"uniqueId": 1, "localId": 1, "count": len(files), "hashes": leaves}
        return {**made, "initHash": digest(self.INIT), **fields}

    VALUE: ClassVar = {"uniqueId": 1, "localId": 1, "location": 0}

    @each(
        ("value", "message"),
        [
            ({**VALUE, "uniqueId": 2}, NO_ROW),
            ({**VALUE, "localId": 2}, NO_ROW),
            ({**VALUE, "location": "0"}, NO_ROW),
            ({**VALUE, "hashes": 7}, NO_ROW),
            ([], NO_ROW),
            ({**VALUE, "hashes": [b"x", "y"]}, "a fragment has a Merkle path that is none"),
            ({**VALUE, "location": 1}, "fragment 1 does not have the hash that was signed"),
            ({**VALUE, "hashes": [b"x"]}, "fragment 0 does not have the hash that was signed"),
        ],
    )
    def test_fields_of_a_box_that_are_wrong_are_said(self, value: Any, message: str) -> None:
        given, files = self.made(value)
        assert check(given, self.INIT, fragments=tuple(files)) == mismatch(message)

    @pytest.mark.parametrize("hashes", [None, [], ()])
    def test_a_path_without_hashes_matches_where_none_is_needed(self, hashes: Any) -> None:
        given, files = self.made({**self.VALUE, "hashes": hashes})
        assert check(given, self.INIT, fragments=tuple(files)) == BindingOutcome(
            "m/a", BindingResult.MATCH, MATCH, SECTION, "the media has the hash that was signed"
        )

    def test_a_box_that_cannot_be_read_is_said(self) -> None:
        given, (one,) = self.made(self.VALUE)
        broken = one.replace(cbor.encode(self.VALUE), b"\xff" * len(cbor.encode(self.VALUE)))
        found = check(given, self.INIT, fragments=(broken,))
        assert found.message.startswith("the C2PA box of a fragment cannot be read: ")
        assert found == mismatch(found.message)

    def test_a_box_whose_content_ends_in_the_next_one_is_said(self) -> None:
        given, _ = self.made(self.VALUE)
        cut = provenance_box(b"merkle", cbor.encode(self.VALUE)[:-1]) + fragment(0)
        found = check(given, self.INIT, fragments=(cut,))
        assert found.message.startswith("the C2PA box of a fragment cannot be read: ")

    def test_segments_begin_with_their_files(self) -> None:
        """Whatever is in front of the box of the credential is covered."""
        init = FREE + self.INIT
        files = [
            FREE
            + provenance_box(b"merkle", cbor.encode({**self.VALUE, "location": n}))
            + fragment(n)
            for n in range(2)
        ]
        given = content(None, merkle=[self.row(*files, initHash=digest(init))])
        assert check(given, init, fragments=tuple(files)).result is BindingResult.MATCH
        first = init[:8] + b"x" + init[9:]
        message = "the initialisation segment does not have the hash that was signed"
        assert check(given, first, fragments=tuple(files)) == mismatch(message)
        last = files[1][:8] + b"x" + files[1][9:]
        message = "fragment 1 does not have the hash that was signed"
        assert check(given, init, fragments=(files[0], last)) == mismatch(message)

    def test_fragments_that_are_missing_are_said(self) -> None:
        given, _ = self.made(self.VALUE)
        assert check(given, self.INIT) == BindingOutcome(
            "m/a",
            BindingResult.UNCHECKED,
            WRONG,
            SECTION,
            "fragmented media whose fragments were not given: use --fragments",
            media_absent=True,
        )

    def test_a_fragment_without_its_box_is_said(self) -> None:
        given, _ = self.made(self.VALUE)
        found = check(given, self.INIT, fragments=(fragment(0),))
        assert found == mismatch("a fragment has no C2PA box", MALFORMED)
        found = check(given, self.INIT, fragments=(OWN + fragment(0),))
        assert found == mismatch("a fragment has no C2PA box", MALFORMED)

    def test_another_first_segment_is_a_mismatch(self) -> None:
        given, files = self.made(self.VALUE)
        other = self.INIT.replace(b"mvhd", b"mvhe")
        message = "the initialisation segment does not have the hash that was signed"
        assert check(given, other, fragments=tuple(files)) == mismatch(message)

    def test_rows_of_several_first_segments_are_compared_with_the_one_that_is_given(self) -> None:
        """One file of them is here; fragments of another belong elsewhere."""
        first, second = (
            provenance_box(b"merkle", cbor.encode({**self.VALUE, "localId": n})) + fragment(n)
            for n in (1, 2)
        )
        rows = [self.row(first), self.row(second, localId=2, initHash=b"another")]
        given = content(None, merkle=rows)
        message = "a fragment belongs to another initialisation segment"
        assert check(given, self.INIT, fragments=(first, second)) == mismatch(message)
        assert check(given, self.INIT, fragments=(first,)) == BindingOutcome(
            "m/a",
            BindingResult.PARTIAL,
            WRONG,
            SECTION,
            "1 of 2 fragments match; some are missing",
        )
        both = content(None, merkle=[self.row(first), self.row(second, localId=2)])
        assert check(both, self.INIT, fragments=(first, second)).result is BindingResult.MATCH
        assert check(both, self.INIT, fragments=(second, first)).result is BindingResult.MATCH
        third = content(
            None,
            merkle=[
                self.row(first),
                self.row(
                    second,
                    localId=2,
                    alg="sha384",
                    hashes=[b"x"],
                    initHash=b"x",
                ),
            ],
        )
        assert check(third, self.INIT, fragments=(second,)) == mismatch(message)

    ALL = "some are missing and some are repeated and they are in another order"

    def test_every_count_of_fragments_is_told(self) -> None:
        values = [{**self.VALUE, "location": n} for n in range(3)]
        given, files = self.made(*values)
        for order, words in (
            ((0, 2), "2 of 3 fragments match; some are missing"),
            ((2, 1, 0), "3 of 3 fragments match; they are in another order"),
            ((0, 1, 1, 2), "3 of 3 fragments match; some are repeated"),
            ((1, 1, 0), f"2 of 3 fragments match; {self.ALL}"),
        ):
            found = check(given, self.INIT, fragments=tuple(files[n] for n in order))
            assert found == BindingOutcome("m/a", BindingResult.PARTIAL, WRONG, SECTION, words)

    def test_media_left_out_of_fragments_are_said(self) -> None:
        _, files = self.made(self.VALUE, {**self.VALUE, "location": 1})
        holes = [(one.index(b"mdat") - 4 + 16, len(one)) for one in files]
        leaves = [digest(one, hole) for one, hole in zip(files, holes, strict=True)]
        given = content(None, REST, merkle=[self.row(*files, hashes=leaves)])
        for last in (files[1], files[1][:-1] + b"x"):
            assert check(given, self.INIT, fragments=(files[0], last)) == BindingOutcome(
                "m/a",
                BindingResult.PARTIAL,
                MATCH,
                SECTION,
                "in fragments, boxes of media that the hash leaves out: /mdat",
            )
        found = check(given, self.INIT, fragments=(files[1],))
        assert found.message == "1 of 2 fragments match; some are missing"

    def test_boxes_without_media_may_be_left_out_of_fragments(self) -> None:
        value = provenance_box(b"merkle", cbor.encode(self.VALUE))
        one = value + box(b"free", bytes(9)) + fragment(0)
        leaf = digest(one, whole=frozenset({b"free"}))
        given = content(None, {"xpath": "/free"}, merkle=[self.row(one, hashes=[leaf])])
        assert check(given, self.INIT, fragments=(one,)).result is BindingResult.MATCH

    def test_padding_and_long_boxes_of_fragments_are_understood(self) -> None:
        given, files = self.made(self.VALUE, junk=bytes(9))
        assert check(given, self.INIT, fragments=tuple(files)).result is BindingResult.MATCH
        path = [bytes(32)] * 2000  # more than is read of one box
        given, files = self.made({**self.VALUE, "hashes": path})
        found = check(given, self.INIT, fragments=tuple(files))
        assert found.message.startswith("the C2PA box of a fragment cannot be read: ")


class TestOneFile:
    """A fragmented film in one file (A.5.4.1.2)."""

    def film(
        self, *values: Any, between: bytes = b"", first: bytes = TestFragments.INIT
    ) -> tuple[dict[str, Any], bytes]:
        data = first
        for n, value in enumerate(values):
            held = provenance_box(b"merkle", cbor.encode(value)) if value is not None else b""
            data += held + between + fragment(n)
        starts = [start for kind, start, _ in boxes(data) if kind == b"moof"]
        leaves = []
        for start, end in zip(starts, [*starts[1:], len(data)], strict=True):
            made = hashlib.sha256()
            for kind, a, b in boxes(data):
                if start <= a < end and kind != b"uuid":
                    made.update(struct.pack(">Q", a) + data[a:b])
            leaves.append(made.digest())
        first = data[: starts[0]]
        own = {"uniqueId": 1, "localId": 1, "count": len(leaves), "hashes": leaves}
        return content(None, merkle=[{**own, "initHash": digest(first)}]), data

    VALUES: ClassVar = [{"uniqueId": 1, "localId": 1, "location": n} for n in range(3)]
    BARE = "a fragment has no C2PA box in front of it"

    def test_whole_matches_and_changed_does_not(self) -> None:
        given, data = self.film(*self.VALUES)
        assert check(given, data).result is BindingResult.MATCH
        last = data[:-1] + b"x"
        assert check(given, last) == mismatch("fragment 2 does not have the hash that was signed")
        first = data.index(b"moof")
        changed = data[: first + 5] + b"x" + data[first + 6 :]
        message = "fragment 0 does not have the hash that was signed"
        assert check(given, changed) == mismatch(message)

    def test_has_a_first_segment_that_ends_where_the_first_fragment_begins(self) -> None:
        given, data = self.film(*self.VALUES)
        changed = data.replace(b"mvhd", b"mvhe")
        message = "the initialisation segment does not have the hash that was signed"
        assert check(given, changed) == mismatch(message)

    def test_has_a_first_segment_that_begins_with_the_file(self) -> None:
        given, data = self.film(*self.VALUES, first=FREE + TestFragments.INIT)
        assert check(given, data).result is BindingResult.MATCH
        message = "the initialisation segment does not have the hash that was signed"
        assert check(given, data[:8] + b"x" + data[9:]) == mismatch(message)

    def test_needs_the_box_of_each_fragment_right_in_front_of_it(self) -> None:
        for n in range(3):
            values: list[Any] = list(self.VALUES)
            values[n] = None
            assert check(*self.film(*values)) == mismatch(self.BARE, MALFORMED)
        assert check(*self.film(*self.VALUES, between=FREE)) == mismatch(self.BARE, MALFORMED)

    def test_with_media_left_out_is_partial(self) -> None:
        _, data = self.film(self.VALUES[0])
        start = data.index(b"moof") - 4
        at = data.index(b"mdat") - 4
        leaf = hashlib.sha256()
        leaf.update(struct.pack(">Q", start) + data[start:at])
        leaf.update(struct.pack(">Q", at) + data[at : at + 16])
        own = {"uniqueId": 1, "localId": 1, "count": 1, "hashes": [leaf.digest()]}
        given = content(None, REST, merkle=[{**own, "initHash": digest(data[:start])}])
        for made in (data, data[:-1] + b"x"):
            found = check(given, made)
            message = "boxes of media that the hash leaves out: /mdat"
            assert (found.result, found.message) == (BindingResult.PARTIAL, message)

    def test_that_begins_with_a_fragment_is_a_mismatch(self) -> None:
        given, _ = self.film(*self.VALUES)
        given["merkle"][0]["initHash"] = digest(b"")
        last = provenance_box(b"merkle", cbor.encode(self.VALUES[0]))
        for data in (fragment(0), fragment(0) + last):
            assert check(given, data) == mismatch(self.BARE, MALFORMED)
