"""What a matching hard binding leaves uncovered, in words."""

from __future__ import annotations

from typing import Any

import cbor2
import pytest
from support.fixture import CAPTURE, instance, label
from support.writer import Manifest

from provenance.credentials import coverage
from provenance.credentials.coverage import uncovered
from provenance.credentials.manifest import Assertion, Linkage, Part
from provenance.kit import carriers, media
from provenance.kit.claims import Fault, created
from provenance.kit.writer import sign, store_of
from provenance.media.asset import Asset
from provenance.media.container import Span
from provenance.media.container.extents import Extent, ExtentError

STORE = (Span(100, 1000),)
PIECES = (Span(100, 500), Span(620, 500))
BMFF = "c2pa.hash.bmff.v2"
STCO = "/moov/trak/mdia/minf/stbl/stco"
WRONG: list[Any] = [None, 0, True, "text", b"x", [], {}, [1], [[]], [{}], {"a": 1}]


def binding(content: Any, base: str = "c2pa.hash.data") -> Assertion:
    return Assertion(base, Part.CREATED, "cbor", Linkage.MATCH, cbor2.dumps(content))


def ranges(*pairs: tuple[int, int]) -> Assertion:
    return binding({"exclusions": [{"start": a, "length": b - a} for a, b in pairs]})


class TestRanges:
    @pytest.mark.parametrize(
        "pairs",
        [
            [],
            [(100, 1100)],
            [(88, 1100)],
            [(92, 1104)],
            [(88, 600)],  # an update manifest made the store grow
        ],
        ids=["none", "store", "JPEG", "PNG", "grown"],
    )
    def test_the_credential_with_its_wrapping_leaves_nothing(
        self, pairs: list[tuple[int, int]]
    ) -> None:
        assert uncovered(ranges(*pairs), STORE) == ""

    def test_a_store_in_pieces_leaves_nothing(self) -> None:
        assert uncovered(ranges((88, 1120)), PIECES) == ""

    @pytest.mark.parametrize(
        ("pairs", "count"),
        [
            ([(88, 1300)], 212),
            ([(0, 1100)], 100),
            ([(88, 1100), (5000, 5016)], 16),
            ([(88, 1100), (1099, 1140)], 40),
            ([(88, 1100), (88, 1140)], 40),
            ([(88, 1100), (50, 101)], 38),
            ([(5000, 5001)], 1),
            ([(88, 1100), (2000, 3000), (2500, 3500)], 1500),
            ([(0, 2**63)], 2**63 - 1000),
        ],
        ids=[
            "wide",
            "from the start",
            "a second range",
            "overlapping at the end",
            "around the credential",
            "overlapping at the start",
            "elsewhere",
            "overlapping each other",
            "beyond all bounds",
        ],
    )
    def test_media_bytes_in_an_exclusion_are_counted(
        self, pairs: list[tuple[int, int]], count: int
    ) -> None:
        assert uncovered(ranges(*pairs), STORE).startswith(f"{count} bytes")

    def test_without_a_store_in_the_file_every_exclusion_counts(self) -> None:
        assert uncovered(ranges((0, 10)), ()).startswith("10 bytes")

    @pytest.mark.parametrize("wrong", WRONG)
    def test_exclusions_of_a_wrong_type_never_raise(self, wrong: Any) -> None:
        assert uncovered(binding({"exclusions": wrong}), STORE) == ""
        assert uncovered(binding({"exclusions": [{"start": wrong, "length": wrong}]}), ()) in {
            "",
            "1 bytes beside the credential are not covered by its hash",
        }
        assert uncovered(binding(wrong), STORE) == ""


class TestBoxes:
    @pytest.mark.parametrize(
        "path",
        [
            "/uuid",
            "/ftyp",
            "/free",
            "/skip",
            "/mfra",
            "/moov/trak/mdia/minf/stbl/stco",
            "/moov/trak[1]/mdia/minf/stbl/co64",
            "/moof/traf/tfhd",
            "/meta/iloc",
            "/emsg",
        ],
    )
    def test_boxes_without_media_leave_nothing(self, path: str) -> None:
        assert uncovered(binding({"exclusions": [{"xpath": path}]}, "c2pa.hash.bmff.v3"), ()) == ""

    @pytest.mark.parametrize(
        "path", ["/mdat", "/moov", "/moof", "/meta", "/idat", "/moov/trak", "/mdat[2]", "mdat/"]
    )
    @pytest.mark.parametrize("base", ["c2pa.hash.bmff", "c2pa.hash.bmff.v2", "c2pa.hash.bmff.v3"])
    def test_boxes_with_media_are_named(self, path: str, base: str) -> None:
        assert "/" + path.strip("/").partition("[")[0] in uncovered(
            binding({"exclusions": [{"xpath": path}]}, base), ()
        )

    def test_media_that_a_merkle_tree_covers_is_covered(self) -> None:
        content = {"exclusions": [{"xpath": "/mdat"}], "merkle": [{"hashes": []}]}
        assert uncovered(binding(content, "c2pa.hash.bmff.v3"), ()) == ""

    @pytest.mark.parametrize(
        ("lengths", "left"),
        [([8], False), ([64], False), ([65], True), ([0], True), ([-1], True), ([32] * 40, True)],
        ids=["few", "the bound", "more", "to the end", "nonsense", "few many times"],
    )
    def test_a_few_bytes_of_a_box_may_be_left_out(self, lengths: list[int], left: bool) -> None:
        subset = [{"offset": n * 100, "length": v} for n, v in enumerate(lengths)]
        content = {"exclusions": [{"xpath": "/mdat", "subset": subset}]}
        assert bool(uncovered(binding(content, "c2pa.hash.bmff.v3"), ())) is left

    @pytest.mark.parametrize("wrong", WRONG)
    def test_wrong_types_never_raise(self, wrong: Any) -> None:
        for content in (
            {"exclusions": wrong},
            {"exclusions": [{"xpath": wrong, "subset": wrong}]},
            {"exclusions": [{"xpath": "/uuid", "subset": [{"length": wrong}]}]},
        ):
            assert uncovered(binding(content, "c2pa.hash.bmff.v3"), ()) == ""


class TestEntries:
    def test_only_the_credentials_own_box_may_be_excluded(self) -> None:
        good = {"boxes": [{"names": ["SOI"]}, {"names": ["C2PA"], "excluded": True}]}
        assert uncovered(binding(good, "c2pa.hash.boxes"), ()) == ""
        bad = {"boxes": [{"names": ["SOS", "C2PA"], "excluded": True}]}
        assert "SOS" in uncovered(binding(bad, "c2pa.hash.boxes"), ())

    @pytest.mark.parametrize("wrong", WRONG)
    def test_wrong_types_never_raise(self, wrong: Any) -> None:
        for content in ({"boxes": wrong}, {"boxes": [{"names": wrong, "excluded": True}]}):
            assert uncovered(binding(content, "c2pa.hash.boxes"), ()) == ""


def test_content_that_cannot_be_decoded_and_other_assertions_say_nothing() -> None:
    bad = Assertion("c2pa.hash.data", Part.CREATED, "cbor", Linkage.MATCH, b"\xff")
    assert uncovered(bad, STORE) == ""
    assert uncovered(binding({"exclusions": [{"start": 0, "length": 9}]}, "org.x"), ()) == ""


class TestDataHash:
    """`coverage.data_hash_matches`: the digest over what is not excluded, by our own hand."""

    DATA = bytes(range(256)) * 8

    def matches(self, content: Any, data: bytes = DATA) -> bool:
        with Asset.from_bytes(data) as asset:
            return coverage.data_hash_matches(asset, binding(content))

    def content(self, *pairs: tuple[int, int], algorithm: str = "sha256") -> dict[str, Any]:
        import hashlib

        rest = bytearray()
        for n, byte in enumerate(self.DATA):
            if not any(a <= n < b for a, b in pairs):
                rest.append(byte)
        exclusions = [{"start": a, "length": b - a} for a, b in pairs]
        return {
            "alg": algorithm,
            "hash": hashlib.new(algorithm, rest).digest(),
            "exclusions": exclusions,
        }

    @pytest.mark.parametrize(
        ("changes", "settled"),
        [
            ({}, True),
            ({"alg": None}, False),
            ({"alg": "md5"}, False),
            ({"alg": ["sha256"]}, False),
            ({"hash": "text"}, False),
            ({"exclusions": None}, True),
            ({"exclusions": "all"}, False),
            ({"exclusions": [{"start": 9, "length": 9}, {"start": 1, "length": 2}]}, False),
        ],
    )
    def test_what_settles_whether_the_media_is_the_one(
        self, changes: dict[str, Any], settled: bool
    ) -> None:
        assert coverage.computable(binding(self.content((10, 20)) | changes)) is settled
        assert not coverage.computable(binding("text"))

    @pytest.mark.parametrize(
        "pairs",
        [(), ((0, 10),), ((10, 20), (30, 40)), ((30, 40), (10, 35)), ((2000, 9999),), ((5, 5),)],
    )
    @pytest.mark.parametrize("algorithm", ["sha256", "sha384", "sha512"])
    def test_the_bytes_outside_the_ranges_count(
        self, pairs: tuple[tuple[int, int], ...], algorithm: str
    ) -> None:
        content = self.content(*pairs, algorithm=algorithm)
        assert self.matches(content)
        assert not self.matches({**content, "hash": b"x" * len(content["hash"])})

    def test_a_changed_byte_counts_outside_the_ranges_only(self) -> None:
        content = self.content((10, 20))
        for at, expected in ((5, False), (15, True), (2047, False)):
            changed = self.DATA[:at] + b"\xee" + self.DATA[at + 1 :]
            assert self.matches(content, changed) is expected

    @pytest.mark.parametrize("wrong", WRONG)
    @pytest.mark.parametrize("field", ["alg", "hash", "exclusions"])
    def test_a_field_of_a_wrong_type_matches_nothing_and_never_raises(
        self, field: str, wrong: Any
    ) -> None:
        content = {**self.content((10, 20)), field: wrong}
        assert not self.matches(content)

    @pytest.mark.parametrize(
        "exclusions",
        [[{"start": -1, "length": 2}], [{"start": 1, "length": -2}], [{"start": 1}], [1]],
    )
    def test_ranges_that_are_none_match_nothing(self, exclusions: Any) -> None:
        assert not self.matches({**self.content(), "exclusions": exclusions})

    def test_ranges_beyond_all_bounds_end(self) -> None:
        assert not self.matches({**self.content(), "exclusions": [{"start": 0, "length": 10**40}]})
        assert not self.matches(
            {**self.content(), "exclusions": [{"start": 1, "length": 1}] * 10_001}
        )

    @pytest.mark.parametrize(
        ("pairs", "fault"),
        [
            ((), ""),
            (((0, 10), (10, 20)), ""),
            (((0, 10), (9, 20)), "overlap"),
            (((10, 20), (0, 5)), "out of order"),
            (((-1, 5),), "no range"),
        ],
    )
    def test_ranges_stand_in_order_and_do_not_overlap(
        self, pairs: tuple[tuple[int, int], ...], fault: str
    ) -> None:
        said = coverage.data_hash_fault(binding(self.content(*pairs)))
        assert fault in said
        assert bool(fault) == bool(said)

    @pytest.mark.parametrize(
        ("named", "said"), [("sha256", ""), ("sha512", ""), ("md5", "md5"), (5, ""), (None, "")]
    )
    def test_an_algorithm_that_the_standard_does_not_name(self, named: Any, said: str) -> None:
        assert coverage.unsupported_algorithm(binding({"alg": named})) == said

    def test_a_wide_exclusion_matches_although_the_sdk_says_mismatch(self) -> None:
        one = Manifest(label(901), (created(CAPTURE),), instance_id=instance(901))
        wide = sign(
            media.gradient_jpeg(),
            Manifest(
                label(901),
                (created(CAPTURE),),
                instance_id=instance(901),
                faults=frozenset({Fault.WIDE_EXCLUSION}),
            ),
        )
        good = sign(media.gradient_jpeg(), one)
        for signed in (good, wide):
            raw = store_of(signed).part(label(901), "c2pa.assertions", "c2pa.hash.data")
            at = raw.index(b"cbor", 40) + 4
            held = Assertion("c2pa.hash.data", Part.CREATED, "cbor", Linkage.MATCH, raw[at:])
            with Asset.from_bytes(signed) as asset:
                assert coverage.data_hash_matches(asset, held)
        span = carriers.find(wide)
        assert span is not None


class TestLooseTables:
    """The tables of offsets are left out: what they say must lie in what is hashed, in order."""

    TOPS = (
        ("ftyp", 0, 24),
        ("uuid:00", 24, 100),
        ("moov", 124, 76),
        ("mdat", 200, 800),
        ("free", 1000, 50),
    )
    LOOSE = binding({"exclusions": [{"xpath": "/free"}, {"xpath": "/ftyp"}, {"xpath": STCO}]}, BMFF)

    def said(self, *extents: tuple[int, int, int], loose: Assertion = LOOSE) -> str:
        found = [Extent(*one) for one in extents]
        return uncovered(loose, (Span(40, 60),), lambda: list(self.TOPS), lambda: found)

    @pytest.mark.parametrize(
        "extents",
        [
            [],
            [(1, 208, 300), (1, 300, 400), (2, 400, 1000)],
            [(1, 208, 300), (1, 500, 600), (2, 300, 500)],  # two tracks, interleaved
            [(0, 500, 600), (0, 208, 300), (1, 500, 600)],  # items stand anywhere, once more
        ],
    )
    def test_media_in_hashed_boxes_leave_nothing(self, extents: list[tuple[int, int, int]]) -> None:
        assert self.said(*extents) == ""

    @pytest.mark.parametrize(
        ("extents", "why"),
        [
            ([(1, 1008, 1020)], "boxes not covered"),  # in `free`
            ([(1, 130, 150)], "boxes not covered"),  # in `moov`, whose tables are left out
            ([(0, 1008, 1020)], "boxes not covered"),
            ([(1, 4, 20)], "boxes not covered"),
            ([(1, 100, 120)], "boxes not covered"),  # in the credential's own box
            ([(1, 900, 1001)], "boxes not covered"),  # a byte too far
            ([(1, 1100, 1200)], "boxes not covered"),  # behind the end
            ([(1, 300, 400), (1, 208, 300)], "order was changed"),
            ([(1, 208, 300), (2, 208, 300)], "two stand in one place"),
            ([(1, 208, 300), (1, 299, 400)], "two stand in one place"),
        ],
    )
    def test_media_elsewhere_are_not_covered(
        self, extents: list[tuple[int, int, int]], why: str
    ) -> None:
        assert why in self.said(*extents)
        covered = binding({"exclusions": [{"xpath": "/free"}]}, BMFF)
        assert self.said(*extents, loose=covered) == ""

    def test_what_today_s_writers_leave_out_says_nothing_of_places(self) -> None:
        usual = [{"xpath": f"/{kind}"} for kind in ("uuid", "ftyp", "mfra", "free", "skip")]
        assert self.said((1, 1008, 1020), loose=binding({"exclusions": usual}, BMFF)) == ""

    def test_media_hashed_in_pieces_are_hashed(self) -> None:
        entries = [{"xpath": "/mdat"}, {"xpath": STCO}]
        pieces = binding({"exclusions": entries, "merkle": [{"count": 2}]}, BMFF)
        assert self.said((1, 208, 300), loose=pieces) == ""
        assert "not covered" in self.said(
            (1, 208, 300), loose=binding({"exclusions": entries}, BMFF)
        )

    @pytest.mark.parametrize("narrow", [False, True])
    def test_runs_of_samples_that_are_left_out_whole(self, narrow: bool) -> None:
        subset = [{"offset": 16, "length": 4}] if narrow else None
        run = binding({"exclusions": [{"xpath": "/moof/traf/trun", "subset": subset}]}, BMFF)
        tops = [("moof", 0, 200), ("mdat", 200, 800)]
        said = uncovered(run, (), lambda: tops, lambda: [Extent(1, 208, 300)])
        assert bool(said) is not narrow

    def test_tables_that_cannot_be_followed_cover_nothing(self) -> None:
        def lost() -> list[Extent]:
            raise ExtentError("a table ends early")

        said = uncovered(self.LOOSE, (), lambda: list(self.TOPS), lost)
        assert "cannot be followed: a table ends early" in said


class TestUnboxed:
    """A box hash leaves out what stands in no box."""

    @pytest.mark.parametrize(("loose", "left"), [(0, False), (64, False), (65, True)])
    def test_bytes_that_stand_in_no_box(self, loose: int, left: bool) -> None:
        boxes = binding({"boxes": [{"names": ["SOI"]}, {"names": ["EOI"]}]}, "c2pa.hash.boxes")
        said = uncovered(boxes, STORE, unboxed=lambda: loose)
        assert bool(said) is left
        assert ("65 bytes" in said) is left

    def test_a_box_for_all_behind_the_end_covers_it(self) -> None:
        boxes = binding({"boxes": [{"names": ["c2pa.after"]}]}, "c2pa.hash.boxes")
        assert uncovered(boxes, STORE, unboxed=lambda: 5000) == ""
