"""What the exclusions of a BMFF hash take out, to the byte: a byte too many is a byte to change."""

from __future__ import annotations

import hashlib
import struct
from typing import TYPE_CHECKING, Any

import pytest
from support.each import each
from unit.credentials.validation.test_byte_source import Bytes

from provenance.credentials.validation import bmff_boxes
from provenance.credentials.validation.bmff_boxes import C2PA, BmffBox, Boxes, Exclusion, exclusions
from provenance.credentials.validation.outcome import Malformed, TooMuch
from provenance.kit.films import box

if TYPE_CHECKING:
    from provenance.credentials.validation.byte_source import Range

NOISE = bytes(n * 7 % 251 + 1 for n in range(64))
UUID = bytes(range(16))


def entry(path: str, **more: Any) -> dict[str, Any]:
    return {"xpath": path, **more}


def refused(value: Any) -> str:
    with pytest.raises(Malformed) as caught:
        exclusions(value)
    assert (caught.value.code, caught.value.section) == ("assertion.bmffHash.malformed", "15.12.2")
    return str(caught.value)


class TestReading:
    def test_paths_with_and_without_positions(self) -> None:
        (one,) = exclusions([entry("/moov[2]/tra\n/\xe9\0[][1]")])
        assert one.steps == (("moov", 2), ("tra\n", 0), ("\xe9\0[]", 1))
        assert one.path == "/moov/tra\n/\xe9\0[]"
        assert one.subset is None
        assert exclusions(({"xpath": "/mdat"},))[0].steps == (("mdat", 0),)
        assert exclusions([entry("/mdat[999999999]")])[0].steps == (("mdat", 999_999_999),)

    @each("value", [None, [], (), {}, "x", {"xpath": "/mdat"}])
    def test_a_hash_without_a_list_of_exclusions_is_malformed(self, value: Any) -> None:
        assert refused(value) == "the BMFF hash has no list of exclusions"

    def test_as_many_as_there_may_be(self) -> None:
        one = entry("/mdat")
        assert len(exclusions([one] * 1_000)) == 1_000
        assert refused([one] * 1_001) == "the BMFF hash has no list of exclusions"

    @each("value", ["/mdat", None, {}, {"xpath": 1}, {"xpath": "mdat"}, {"xpath": ""}])
    def test_an_exclusion_without_a_path_is_malformed(self, value: Any) -> None:
        assert refused([entry("/mdat"), value]) == "an exclusion has no path"

    @each(
        "path",
        [
            "/",
            "//mdat",
            "/mda",
            "/mdatx",
            "/mdat/",
            "/mdat[0]",
            "/mdat[01]",
            "/mdat[1000000000]",
            "/mdat[1",
            "/mdat[]",
            "/mdat[-1]",
            "/mdat[\u0661]",
        ],
    )
    def test_a_path_that_is_not_allowed(self, path: str) -> None:
        assert refused([entry(path)]) == "an exclusion has a path that is not allowed"

    def test_subsets_of_an_exclusion_are_read(self) -> None:
        subset = [{"offset": 0, "length": 4}, {"offset": 4, "length": 0}]
        for value in (subset, tuple(subset)):
            assert exclusions([entry("/mdat", subset=value)])[0].subset == ((0, 4), (4, 0))

    @each("value", [[], (), {}, "x", 5, False])
    def test_a_subset_that_is_no_list(self, value: Any) -> None:
        message = "the subset of an exclusion is not a list"
        assert refused([entry("/mdat", subset=value)]) == message

    @each(
        "value",
        [
            5,
            {},
            {"offset": 1},
            {"length": 1},
            {"offset": True, "length": 1},
            {"offset": 1, "length": True},
            {"offset": -1, "length": 1},
            {"offset": 1, "length": -1},
            {"offset": "1", "length": 1},
        ],
    )
    def test_a_subset_that_is_no_range(self, value: Any) -> None:
        message = "the subset of an exclusion is not a range"
        assert refused([entry("/mdat", subset=[value])]) == message

    def test_subsets_that_overlap_are_malformed(self) -> None:
        subset = [{"offset": 2, "length": 3}, {"offset": 4, "length": 1}]
        message = "the subsets of an exclusion overlap"
        assert refused([entry("/mdat", subset=subset)]) == message

    @each(
        ("path", "data", "store"),
        [
            ("/uuid", [{"offset": 8, "value": C2PA}], True),
            ("/uuid[1]", ({"offset": 9, "value": C2PA}, {"offset": 8, "value": C2PA}), True),
            ("/uuid", [{"offset": 9, "value": C2PA}], False),
            ("/uuid", [{"offset": 8, "value": UUID}], False),
            ("/uuid", None, False),
            ("/free", [{"offset": 8, "value": C2PA}], False),
            ("/moov/uuid", [{"offset": 8, "value": C2PA}], False),
        ],
    )
    def test_the_exclusion_of_the_store_alone_is_known(
        self, path: str, data: Any, store: bool
    ) -> None:
        assert exclusions([entry(path, data=data)])[0].is_store is store


def boxes(*parts: bytes) -> Boxes:
    return Boxes(Bytes(b"".join(parts)))


class TestWalking:
    def test_each_form_of_length(self) -> None:
        long = struct.pack(">I4sQ", 1, b"\xe9dat", 16 + 64) + NOISE
        data = (box(b"ftyp", b"a"), box(b"free"), long, struct.pack(">I4s", 0, b"mdat") + b"xyz")
        assert boxes(*data).roots == [
            BmffBox("ftyp", 0, 8, 9),
            BmffBox("free", 9, 17, 17),
            BmffBox("\xe9dat", 17, 33, 97),
            BmffBox("mdat", 97, 105, 108),
        ]

    @each(
        "rest",
        [
            b"\0\0\0\7mdat",
            b"\0\0\0\x09mdat",
            b"\0\0\0\1mdat" + struct.pack(">Q", 15),
            b"\0\0\0\1mdat" + struct.pack(">Q", 17),
            b"\0\0\0\1mdat" + struct.pack(">Q", 16 | 1 << 56),
            b"\0\0\0\0mda",
            b"\xff",
        ],
    )
    def test_what_cannot_be_a_box_ends_the_list(self, rest: bytes) -> None:
        assert boxes(box(b"ftyp"), rest).roots == [BmffBox("ftyp", 0, 8, 8)]

    def test_the_shortest_box_with_a_long_length(self) -> None:
        data = b"\0\0\0\1mdat" + struct.pack(">Q", 16)
        assert boxes(data).roots == [BmffBox("mdat", 0, 16, 16)]

    def test_more_boxes_than_a_bound(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(bmff_boxes, "MAX_BOXES", 3)
        inner = boxes(box(b"moov", box(b"trak")), box(b"mdat"))
        assert len(inner.children(inner.roots[0])) == 1
        assert len(inner.children(inner.roots[0])) == 1, "they are read once"
        with pytest.raises(TooMuch, match=r"^more than 3 boxes$"):
            boxes(box(b"free") * 4)

    def test_a_meta_box_is_a_full_one_but_in_quicktime(self) -> None:
        handler = box(b"hdlr", b"x" * 20)
        for data, start in ((b"\0\0\0\0" + handler, 12), (handler, 8)):
            inner = boxes(box(b"meta", data))
            assert inner.children(inner.roots[0]) == [BmffBox("hdlr", start, start + 8, start + 28)]
        inner = boxes(box(b"metb", b"\0\0\0\0" + handler))
        assert [one.kind for one in inner.children(inner.roots[0])] != ["hdlr"]

    def test_a_meta_box_that_is_not_the_first(self) -> None:
        data = box(b"meta", b"\0\0\0\0" + box(b"iloc", b"x"))
        inner = boxes(box(b"free"), data)
        assert inner.children(inner.roots[1]) == [BmffBox("iloc", 20, 28, 29)]


TREE = (
    box(b"moov", box(b"trak", box(b"stco", b"\1abc")), box(b"free"), box(b"trak", box(b"stco"))),
    box(b"mdat", NOISE),
    box(b"moov", box(b"trak", box(b"stco", b"\2\0\0\7"))),
)


def starts(path: str, *, tree: tuple[bytes, ...] = TREE, **more: Any) -> list[int]:
    (one,) = exclusions([entry(path, **more)])
    return [found.start for found in boxes(*tree).matching(one)]


class TestMatching:
    @each(
        ("path", "found"),
        [
            ("/moov", [0, 124]),
            ("/moov[1]", [0]),
            ("/moov[2]", [124]),
            ("/moov[3]", []),
            ("/mdat[1]", [52]),
            ("/moov/trak", [8, 36, 132]),
            ("/moov/trak[1]", [8, 132]),
            ("/moov/trak[2]", [36]),
            ("/moov[1]/trak[2]/stco", [44]),
            ("/moov/trak/stco", [16, 44, 140]),
            ("/moov[2]/trak/stco[1]", [140]),
            ("/trak", []),
            ("/moov/stco", []),
        ],
    )
    def test_by_path_and_position(self, path: str, found: list[int]) -> None:
        assert starts(path) == found

    @each(
        ("more", "found"),
        [
            ({"length": 12}, [16, 140]),
            ({"length": 8}, [44]),
            ({"length": 13}, []),
            ({"version": 1}, [16]),
            ({"version": 2}, [140]),
            ({"version": 0}, []),
            ({"flags": b"abc"}, [16]),
            ({"flags": b"abb"}, []),
            ({"flags": b"\0\0\7"}, [140]),
            ({"flags": b"\0\0\3"}, []),
            ({"flags": b"\0\0\3", "exact": True}, []),
            ({"flags": b"\0\0\3", "exact": False}, [16, 140]),
            ({"flags": b"\0\0\7", "exact": False}, [140]),
            ({"flags": b"\0\0\0", "exact": False}, [16, 140]),
            ({"version": 2, "flags": b"\0\0\7"}, [140]),
            ({"version": 1, "flags": b"\0\0\7"}, []),
            ({"data": [{"offset": 9, "value": b"ab"}]}, [16]),
            ({"data": [{"offset": 0, "value": b""}]}, [16, 44, 140]),
            ({"data": [{"offset": 8, "value": b"\1abc"}]}, [16]),
            ({"data": [{"offset": 4, "value": b"stco"}, {"offset": 8, "value": b"\2"}]}, [140]),
            ({"data": [{"offset": 8, "value": b"\2"}, {"offset": 4, "value": b"STCO"}]}, []),
            ({"data": ({"offset": 4, "value": b"stco"}, {"offset": 8, "value": b"\1"})}, [16]),
            ({"data": [5]}, [16, 44, 140]),
        ],
    )
    def test_by_what_is_in_the_box(self, more: dict[str, Any], found: list[int]) -> None:
        assert starts("/moov/trak/stco", **more) == found

    def test_data_beyond_the_box_is_not_in_it(self) -> None:
        """What follows a box must not decide whether it is taken out."""
        tree = (box(b"free", b"ab"), b"cdef")
        for value, found in ((b"ab", [0]), (b"abcd", []), (b"abc", [])):
            assert starts("/free", tree=tree, data=[{"offset": 8, "value": value}]) == found
        assert starts("/free", tree=tree, data=[{"offset": 10, "value": b"c"}]) == []

    def test_a_box_without_version_and_flags_does_not_take_those_of_what_follows(self) -> None:
        tree = (box(b"free"), box(b"free", b"\0\0\0"), box(b"free", bytes(4) + b"x"))
        assert starts("/free", tree=tree, version=0) == [19]
        assert starts("/free", tree=tree, flags=bytes(3)) == [19]
        assert starts("/free", tree=tree, flags=bytes(3), exact=False) == [19]

    @each(
        ("more", "message"),
        [
            ({"flags": b"ab"}, "the flags of an exclusion are not three bytes"),
            ({"flags": b"abcd"}, "the flags of an exclusion are not three bytes"),
            ({"flags": 7}, "the flags of an exclusion are not three bytes"),
            ({"data": [{"offset": -1, "value": b""}]}, "an exclusion compares data that is none"),
            ({"data": [{"offset": True, "value": b""}]}, "an exclusion compares data that is none"),
            ({"data": [{"value": b""}]}, "an exclusion compares data that is none"),
            ({"data": [{"offset": 0, "value": "x"}]}, "an exclusion compares data that is none"),
            ({"data": [{"offset": 0}]}, "an exclusion compares data that is none"),
        ],
    )
    def test_a_comparison_of_another_form_is_malformed(
        self, more: dict[str, Any], message: str
    ) -> None:
        with pytest.raises(Malformed) as caught:
            starts("/moov/trak[1]/stco", **more)
        assert (caught.value.code, caught.value.section) == (
            "assertion.bmffHash.malformed",
            "15.12.2",
        )
        assert str(caught.value) == message

    def test_as_many_comparisons_as_there_may_be(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """All of one file count together, and the same exclusion once."""
        inner = boxes(box(b"free") * 3, box(b"mdat"))
        free, mdat = exclusions([entry("/free"), entry("/mdat")])
        monkeypatch.setattr(bmff_boxes, "MAX_COMPARED", 4)
        for _ in range(2):
            assert len(inner.matching(free)) == 3
            assert len(inner.matching(mdat)) == 1
        monkeypatch.setattr(bmff_boxes, "MAX_COMPARED", 3)
        inner = boxes(box(b"free") * 3, box(b"mdat"))
        inner.matching(free)
        with pytest.raises(TooMuch, match=r"^too many boxes for so many exclusions$"):
            inner.matching(mdat)


def holes(*entries: dict[str, Any], tree: tuple[bytes, ...] = TREE) -> tuple[list[Range], set[int]]:
    inner, listed = boxes(*tree), exclusions(list(entries))
    found = inner.holes(listed)
    assert inner.holes(listed) == found
    return found


class TestHoles:
    """`TREE` has boxes at 0 to 52, 52 to 124 and 124 to 152."""

    def test_whole_boxes_and_those_of_the_file_itself(self) -> None:
        assert holes(entry("/moov")) == ([(0, 52), (124, 152)], {0, 124})
        assert holes(entry("/moov/trak")) == ([(8, 28), (36, 52), (132, 152)], set())
        assert holes(entry("/mdat"), entry("/moov[1]")) == ([(0, 124)], {0, 52})
        assert holes(entry("/free")) == ([], set())

    @each(
        ("subset", "found"),
        [
            ([(0, 4)], [(52, 56)]),
            ([(8, 64)], [(60, 124)]),
            ([(8, 65)], [(60, 124)]),
            ([(8, 0)], [(60, 124)]),
            ([(72, 4)], []),
            ([(999, 0)], []),
            ([(8, 2), (20, 3)], [(60, 62), (72, 75)]),
        ],
    )
    def test_parts_of_a_box_to_its_end_at_most(
        self, subset: list[tuple[int, int]], found: list[Range]
    ) -> None:
        listed = [{"offset": offset, "length": length} for offset, length in subset]
        assert holes(entry("/mdat", subset=listed)) == (found, set())

    def test_each_list_has_its_own(self) -> None:
        inner = boxes(*TREE)
        one, other = exclusions([entry("/moov")]), exclusions([entry("/mdat")])
        assert inner.holes(one) == ([(0, 52), (124, 152)], {0, 124})
        assert inner.holes(other) == ([(52, 124)], {52})


class TestDigest:
    def made(
        self, within: Range, *entries: dict[str, Any], offsets: bool, rest: bytes = b""
    ) -> tuple[bytes, bytes]:
        data = b"".join(TREE) + rest
        listed = exclusions([entry("/nono"), *entries])
        return boxes(data).digest("sha256", listed, within, offsets=offsets), data

    @staticmethod
    def sha256(*parts: bytes) -> bytes:
        return hashlib.sha256(b"".join(parts)).digest()

    @staticmethod
    def at(*places: int) -> list[bytes]:
        return [struct.pack(">Q", place) for place in places]

    def test_the_whole_file_and_what_is_in_no_box(self) -> None:
        found, data = self.made((0, 157), offsets=False, rest=b"\0\0\0\0x")
        assert found == self.sha256(data)

    def test_places_come_before_root_boxes(self) -> None:
        found, data = self.made((0, 157), offsets=True, rest=b"\0\0\0\0x")
        a, b, c = self.at(0, 52, 124)
        assert found == self.sha256(a, data[:52], b, data[52:124], c, data[124:])

    def test_a_box_that_is_taken_out_has_no_place(self) -> None:
        found, data = self.made((0, 152), entry("/mdat"), offsets=True)
        a, c = self.at(0, 124)
        assert found == self.sha256(a, data[:52], c, data[124:])

    def test_parts_that_are_taken_out(self) -> None:
        subset = [{"offset": 8, "length": 4}]
        rules = (entry("/mdat", subset=subset), entry("/moov/trak[1]/stco"))
        found, data = self.made((0, 152), *rules, offsets=True)
        a, b, c = self.at(0, 52, 124)
        parts = (data[:16], data[28:52], b, data[52:60], data[64:124], c, data[124:140])
        assert found == self.sha256(a, *parts)

    def test_a_range_of_the_file(self) -> None:
        found, data = self.made((52, 124), entry("/moov"), offsets=True)
        assert found == self.sha256(*self.at(52), data[52:124])
        found, data = self.made((52, 124), offsets=True)
        assert found == self.sha256(*self.at(52), data[52:124])
        found, data = self.made((152, 157), offsets=True, rest=b"\0\0\0\0x")
        assert found == self.sha256(data[152:157])
        found, data = self.made((0, 100), entry("/moov"), offsets=True)
        assert found == self.sha256(*self.at(52), data[52:100])


class TestPurpose:
    def purpose(self, kind: bytes, user: bytes, *rest: bytes) -> bytes | None:
        inner = boxes(box(b"free"), box(kind, user + bytes(4) + b"".join(rest)))
        return inner.purpose(inner.roots[1])

    def test_of_a_c2pa_box(self) -> None:
        assert self.purpose(b"uuid", C2PA, b"manifest\0", NOISE) == b"manifest"
        assert self.purpose(b"uuid", C2PA, b"manifest\0", bytes(8)) == b"manifest"
        assert self.purpose(b"uuid", C2PA, b"\0") == b""
        assert self.purpose(b"uuid", C2PA, b"x" * 31, b"\0") == b"x" * 31

    def test_of_any_other_none(self) -> None:
        assert self.purpose(b"free", C2PA, b"manifest\0") is None
        assert self.purpose(b"uuid", UUID, b"manifest\0") is None
        assert self.purpose(b"uuid", C2PA, b"x" * 32, b"\0") is None
        assert self.purpose(b"uuid", C2PA, b"manifest") is None
        assert self.purpose(b"uuid", UUID) is None


def test_an_exclusion_is_compared_without_its_entry_in_view() -> None:
    (one,) = exclusions([entry("/mdat", data=[{"offset": 8, "value": C2PA}])])
    assert isinstance(one, Exclusion)
    assert "value" not in repr(one)
