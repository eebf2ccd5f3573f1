"""The data hash by the letter of 15.12.1, and every byte that it leaves out."""

from __future__ import annotations

import hashlib
import struct
from typing import Any

import pytest
from support.each import each

from provenance.credentials.validation import data_hash, text_hash
from provenance.credentials.validation.left_out import FileLayout
from provenance.credentials.validation.outcome import (
    ALTERED,
    BindingOutcome,
    BindingResult,
    Malformed,
)
from provenance.media.asset import Asset
from provenance.media.hash_thread import Helper, Job

DATA = bytes(n * 7 % 251 for n in range(2000))
STORE = ((100, 300),)
EXIF = ((500, 700),)
PLACE = FileLayout("png", STORE, EXIF)
MATCH, MISMATCH = "assertion.dataHash.match", "assertion.dataHash.mismatch"
ADDITIONAL = "assertion.dataHash.additionalExclusionsPresent"


def digest(data: bytes, *ranges: tuple[int, int], name: str = "sha256") -> bytes:
    """Start and length of each range, in order."""
    kept = bytearray(data)
    for start, length in sorted(ranges, reverse=True):
        del kept[start : start + length]
    return hashlib.new(name, kept).digest()


def content(*ranges: tuple[int, int], data: bytes = DATA, **fields: Any) -> dict[str, Any]:
    listed = [{"start": start, "length": length} for start, length in ranges]
    made = {"exclusions": listed, "alg": "sha256", "hash": digest(data, *ranges), "pad": b""}
    return {key: value for key, value in {**made, **fields}.items() if value is not None}


class AtOnce(Helper):
    """A helper that has done its work when it is given some."""

    def begin_job(self, work: Any) -> Job[Any]:
        job = Job(work)
        job.run()
        return job


def begin(given: Any, asset: Asset, place: FileLayout, **more: Any) -> Job[bytes] | None:
    return data_hash.begin_data_hash(given, asset, place, AtOnce(), **more)


def check(
    given: Any, data: bytes = DATA, place: FileLayout = PLACE, claim: str = "", **more: Any
) -> BindingOutcome:
    """The outcome, which says whose it is, by which section and in words, whatever it is."""
    with Asset.from_bytes(data) as asset:
        found = data_hash.data_hash_outcome(
            "m/a", given, asset, place, claim_algorithm=claim, **more
        )
        begun = begin(given, asset, place, claim_algorithm=claim, **more)
        assert begun is not None
        assert found == data_hash.data_hash_outcome(
            "m/a", given, asset, place, claim_algorithm=claim, begun=begun, **more
        )
    assert (found.where, found.section) == ("m/a", "15.12.1")
    assert " " in found.message
    for finding in found.findings:
        assert finding.where == "m/a"
        assert [
            (start, n)
            for start, n in found.left_out
            if f"{n} bytes at {start}" not in finding.message
        ] == []
    if found.result in {BindingResult.MISMATCH, BindingResult.PARTIAL}:
        assert [
            (start, n)
            for start, n in found.left_out[:1]
            if f"{n} bytes at {start}" not in found.message
        ] == []
    return found


@each(
    ("ranges", "result", "left"),
    [
        (((100, 200),), BindingResult.MATCH, ()),
        (((100, 100), (200, 100)), BindingResult.MATCH, ()),
        (((120, 100),), BindingResult.MATCH, ()),  # less than the credential: all else is covered
        (((100, 200), (500, 200)), BindingResult.MATCH, ((500, 200),)),
        (((100, 200), (600, 10), (650, 50)), BindingResult.MATCH, ((600, 10), (650, 50))),
        (((100, 200), (499, 3)), BindingResult.MISMATCH, ((499, 1), (500, 2))),
        (((100, 200), (690, 20)), BindingResult.MISMATCH, ((700, 10), (690, 10))),
        (((100, 200), (1000, 1)), BindingResult.MISMATCH, ((1000, 1),)),
        (((99, 201),), BindingResult.MISMATCH, ((99, 1),)),
        (((100, 201),), BindingResult.MISMATCH, ((300, 1),)),
        (((100, 600),), BindingResult.MISMATCH, ((300, 200), (500, 200))),
    ],
)
def test_exclusions_of_a_data_hash_decide_how_far_it_counts(
    ranges: tuple[tuple[int, int], ...], result: BindingResult, left: tuple[tuple[int, int], ...]
) -> None:
    found = check(content(*ranges))
    assert (found.result, found.left_out) == (result, left)
    codes = [f.code for f in found.findings]
    assert codes == ([ADDITIONAL] if left and result is BindingResult.MATCH else [])
    assert found.code == (
        MISMATCH if result is BindingResult.MISMATCH else "assertion.dataHash.match"
    )


def test_a_byte_that_the_hash_covers_counts_and_no_other() -> None:
    given = content((100, 200), (500, 200))
    for at in range(0, len(DATA), 37):
        changed = bytearray(DATA)
        changed[at] ^= 1
        inside = 100 <= at < 300 or 500 <= at < 700
        expected = BindingResult.MATCH if inside else BindingResult.MISMATCH
        assert check(given, bytes(changed)).result is expected


def test_without_exclusions_a_data_hash_covers_the_whole_file() -> None:
    sidecar = FileLayout("png", (), EXIF)
    for given in (content(), content(exclusions=None)):
        assert check(given, place=sidecar).result is BindingResult.MATCH
    assert check(content((100, 200)), place=sidecar).result is BindingResult.MISMATCH
    assert check(content((510, 20)), place=sidecar).result is BindingResult.MATCH


def test_a_data_hash_with_exclusions_is_unchecked_where_the_store_has_no_place() -> None:
    unknown = FileLayout("png", None)
    found = check(content((100, 200)), place=unknown)
    assert (found.result, found.code, found.left_out) == (
        BindingResult.UNCHECKED,
        "",
        ((100, 200),),
    )
    changed = bytearray(DATA)
    changed[0] ^= 1
    found = check(content((100, 200)), bytes(changed), unknown)
    assert (found.result, found.code) == (BindingResult.MISMATCH, MISMATCH)
    assert found.message == ALTERED


@pytest.mark.parametrize("name", ["sha256", "sha384", "sha512"])
def test_the_algorithm_is_the_assertions_or_else_the_claims(name: str) -> None:
    made = digest(DATA, (100, 200), name=name)
    assert (
        check(content((100, 200), alg=name, hash=made), claim="md5").result is BindingResult.MATCH
    )
    assert check(content((100, 200), alg=None, hash=made), claim=name).result is BindingResult.MATCH


@each("named", ["sha1", "md5", "SHA256", "", None, 7])
def test_a_data_hash_with_an_algorithm_that_is_not_allowed_is_unsupported(named: Any) -> None:
    with pytest.raises(Malformed) as caught:
        check(content((100, 200), alg=named), claim="")
    assert caught.value.code == "algorithm.unsupported"


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (7, "assertion.dataHash.malformed"),
        (content(exclusions=7), "assertion.dataHash.malformed"),
        (content(exclusions=[7]), "assertion.dataHash.malformed"),
        (content(exclusions=[{"start": -1, "length": 4}]), "assertion.dataHash.malformed"),
        (content(exclusions=[{"start": 1, "length": -4}]), "assertion.dataHash.malformed"),
        (content(exclusions=[{"start": True, "length": 4}]), "assertion.dataHash.malformed"),
        (content((100, 100), (150, 100)), "assertion.dataHash.malformed"),
        (content((100, 200), hash=None), MISMATCH),
        (content((100, 200), hash="text"), MISMATCH),
    ],
)
def test_a_data_hash_that_breaks_the_schema_is_malformed(given: Any, code: str) -> None:
    if isinstance(given, dict) and isinstance(given.get("exclusions"), list):
        spots = [e for e in given["exclusions"] if isinstance(e, dict)]
        if len(spots) == 2:  # they overlap: the hash is over what is left
            given = {**given, "hash": digest(DATA, (100, 150))}
    with pytest.raises(Malformed, match="data hash") as caught:
        check(given)
    assert (caught.value.code, caught.value.section) == (code, "15.12.1")


def test_an_exclusion_beyond_the_end_is_a_mismatch() -> None:
    given = content((100, 200), (1990, 100), hash=digest(DATA, (100, 200), (1990, 10)))
    found = check(given)
    assert (found.result, found.code) == (BindingResult.MISMATCH, MISMATCH)
    assert found.left_out == ((1990, 100),)
    assert "beyond the file" in found.message
    last = FileLayout("png", ((1800, 2000),))
    assert check(content((1800, 200)), place=last).result is BindingResult.MATCH


def test_empty_ranges_are_ranges_and_their_number_has_a_bound(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(data_hash, "MAX_EXCLUSIONS", 2)
    assert check(content((100, 0), (100, 200))).result is BindingResult.MATCH
    with pytest.raises(Malformed, match="data hash") as caught:
        check(content((100, 0), (100, 0), (100, 200)))
    assert caught.value.section == "15.12.1"


def test_an_update_makes_the_range_grow_and_moves_those_behind_it() -> None:
    grown = DATA[:300] + bytes(50) + DATA[300:]
    place = FileLayout("png", ((100, 350),), ((550, 750),))
    given = content((100, 200), (500, 20))
    assert check(given, grown, place, updated=True).result is BindingResult.MATCH
    assert check(given, grown, place).result is BindingResult.MISMATCH


GROWN = DATA[:300] + bytes(50) + DATA[300:]


@each(
    ("ranges", "place", "result", "left"),
    [
        (
            ((50, 50), (100, 200)),
            FileLayout("png", ((100, 350),), ((50, 100),)),
            BindingResult.MATCH,
            50,
        ),
        (((99, 1), (100, 200)), FileLayout("png", ((100, 350),)), BindingResult.MISMATCH, 1),
        (
            ((100, 200), (500, 20)),
            FileLayout("gif", ((100, 150), (160, 350))),
            BindingResult.MISMATCH,
            30,
        ),
        (((20, 4), (100, 200)), FileLayout("tiff", ((20, 24), (100, 350))), BindingResult.MATCH, 0),
        (((100, 200),), FileLayout("tiff", ((100, 350),)), BindingResult.MATCH, 0),
        (((100, 200),), FileLayout("png", ()), BindingResult.MISMATCH, 0),
    ],
    ids=["ends there", "one byte before", "parts", "the count of TIFF", "no count", "no store"],
)
def test_an_update_makes_the_range_of_the_store_grow_and_no_other(
    ranges: tuple[tuple[int, int], ...], place: FileLayout, result: BindingResult, left: int
) -> None:
    found = check(content(*ranges), GROWN, place, updated=True)
    assert (found.result, sum(n for _, n in found.left_out)) == (result, left)


def test_a_place_that_was_kept_free_grows_into_the_store() -> None:
    grown = DATA[:100] + bytes(50) + DATA[100:]
    place = FileLayout("png", ((100, 150),))
    assert check(content((100, 0)), grown, place, updated=True).result is BindingResult.MATCH


def jpeg(*segments: tuple[int, bytes]) -> bytes:
    made = b"".join(
        struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body for marker, body in segments
    )
    return b"\xff\xd8" + made + b"\xff\xda\0\2" + bytes(100)


class TestJpeg:
    """Metadata within the range of the store, as three of Truepic's photos have it."""

    EXIF = (0xE1, b"Exif\0\0" + bytes(40))
    OWN = (0xEB, b"JP" + bytes(60))
    COLOURS = (0xE2, b"ICC_PROFILE\0" + bytes(40))
    TABLE = (0xDB, bytes(65))

    def found(
        self, before: tuple[int, bytes], after: tuple[int, bytes] | None = None
    ) -> BindingOutcome:
        data = jpeg(before, self.OWN, *((after,) if after else ()), self.TABLE)
        start = 2 + 4 + len(before[1])
        own = (start, start + 4 + len(self.OWN[1]))
        payload = (12, start) if before is self.EXIF else (0, 0)
        end = own[1] + (4 + len(after[1]) if after else 0)
        place = FileLayout("jpeg", (own,), tuple(r for r in (payload,) if r[1]))
        return check(content((0, end), data=data), data, place)

    def test_whole_metadata_segments_are_partial_and_named(self) -> None:
        found = self.found(self.EXIF)
        assert found.result is BindingResult.PARTIAL
        assert found.code == MISMATCH  # 2.4 rejects it, and the report says so
        assert sum(length for _, length in found.left_out) == 2 + 4 + len(self.EXIF[1])
        assert "2.4 rejects" in found.message

    @pytest.mark.parametrize("other", [COLOURS, TABLE, (0xFE, b"words"), (0xEB, b"JP" + bytes(9))])
    def test_segments_that_are_no_metadata_are_broken(self, other: tuple[int, bytes]) -> None:
        assert self.found(other).result is BindingResult.MISMATCH
        assert self.found(self.EXIF, other).result is BindingResult.MISMATCH

    def test_a_segment_between_the_credentials_own_is_broken(self) -> None:
        """Also one of metadata: they follow one another (A.3.1)."""
        for between in (self.EXIF, (0xFE, b"")):
            data = jpeg(self.OWN, between, self.OWN, self.TABLE)
            own = 4 + len(self.OWN[1])
            gap = 4 + len(between[1])
            extent = ((2, 2 + own), (2 + own + gap, 2 + 2 * own + gap))
            place = FileLayout("jpeg", extent, ((2 + own + 10, 2 + own + gap),))
            given = content((2, 2 * own + gap), data=data)
            assert check(given, data, place).result is BindingResult.MISMATCH


def test_the_signature_of_a_pdf_may_be_left_out() -> None:
    """A.4.2.2: it is made after the credential; nothing but its digits may be there."""
    value = b"<" + b"3082" * 40 + b">"
    data = b"%PDF-1.7 store" + b"x" * 50 + b"/Contents " + value + b" rest" * 20
    at = data.index(b"/Contents ") + len(b"/Contents ")
    place = FileLayout("pdf", ((9, 14),))
    for start, length in ((at, len(value)), (at + 1, len(value) - 2)):
        assert check(content((9, 5), (start, length), data=data), data, place).result is (
            BindingResult.MATCH
        )
    for start, length in ((at, len(value) + 5), (at - 4, len(value)), (30, 8)):
        given = content((9, 5), (start, length), data=data)
        assert check(given, data, place).result is BindingResult.MISMATCH


def test_what_was_hashed_meanwhile_is_what_is_compared() -> None:
    given = content((100, 200))
    for value, result in ((given["hash"], BindingResult.MATCH), (b"x", BindingResult.MISMATCH)):
        job = Job(lambda value=value: value)
        with Asset.from_bytes(DATA) as asset:
            found = data_hash.data_hash_outcome(
                "m/a", given, asset, PLACE, claim_algorithm="", begun=job
            )
        assert found.result is result


@each("given", [[], "x", None, content(exclusions=7), content(alg="md5")])
def test_what_cannot_be_hashed_is_not_begun(given: Any) -> None:
    with Asset.from_bytes(DATA) as asset:
        assert begin(given, asset, PLACE, claim_algorithm="sha256") is None


def test_text_is_not_begun_before_it_is_known_how_it_is_hashed() -> None:
    with Asset.from_bytes(DATA) as asset:
        for family, begins in (("text", False), ("png", True)):
            place = FileLayout(family, STORE, EXIF)
            job = begin(content((100, 200)), asset, place, claim_algorithm="")
            assert (job is not None) is begins


def test_a_credential_that_grew_over_signed_bytes_is_a_mismatch() -> None:
    """Readers pass over them, though the hash holds (18.5)."""
    for taken, left in ((((300, 310),), ((300, 10),)), (((290, 300),), ())):
        found = check(content((100, 200)), place=FileLayout("png", STORE, EXIF, taken))
        assert found.left_out == left
        expected = (BindingResult.MISMATCH, MISMATCH) if left else (BindingResult.MATCH, MATCH)
        assert (found.result, found.code) == expected
        assert found.message.startswith("the credential is longer") is bool(left)


def test_zero_padding_behind_the_store_is_part_of_its_range() -> None:
    for filling, result in (
        (bytes(20), BindingResult.MATCH),
        (bytes(19) + b"x", BindingResult.MISMATCH),
    ):
        data = DATA[:300] + filling + DATA[320:]
        assert check(content((100, 220), data=data), data).result is result
        # not behind it: zeros are samples like any other
        ahead = DATA[:80] + filling + DATA[100:]
        assert check(content((80, 220), data=ahead), ahead).result is BindingResult.MISMATCH
        apart = DATA[:900] + filling + DATA[920:]
        assert (
            check(content((100, 200), (900, 20), data=apart), apart).result
            is BindingResult.MISMATCH
        )


@pytest.mark.parametrize("updated", [False, True])
def test_text_in_a_wrapper_has_rules_of_its_own(
    updated: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The ranges are read here, and everything else is asked of `text_hash`."""
    asked: list[Any] = []
    answer = BindingOutcome("m/a", BindingResult.MATCH, "x", "15.12.1.3.1", "")
    wraps = True

    def applies(*args: Any) -> bool:
        asked.append(args)
        return wraps

    def own(*args: Any, **more: Any) -> BindingOutcome:
        asked.append((args, more))
        return answer

    monkeypatch.setattr(text_hash, "applies", applies)
    monkeypatch.setattr(text_hash, "text_hash_outcome", own)
    given, place = content((100, 200)), FileLayout("text", STORE, EXIF)
    with Asset.from_bytes(DATA) as asset:

        def judged(where: FileLayout) -> BindingOutcome:
            return data_hash.data_hash_outcome(
                "m/a", given, asset, where, claim_algorithm="sha384", updated=updated
            )

        assert judged(place) is answer
        told = {"place": place.extent[0][0], "claim_algorithm": "sha384", "updated": updated}
        assert asked == [(asset, place), (("m/a", given, asset, [(100, 300)]), told)]
        del asked[:]
        assert judged(PLACE).section == "15.12.1"
        assert asked == []
        wraps = False
        assert judged(place).section == "15.12.1"
        assert asked == [(asset, place)]
        del asked[:]
        wraps = True
        assert judged(FileLayout("text", (), EXIF)) is answer
        assert asked[1][1]["place"] == 0
