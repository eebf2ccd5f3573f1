"""Where a BMFF hash leaves out the tables of places: what could be exchanged unseen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from support.each import each

from provenance.credentials.validation import mapping
from provenance.credentials.validation.bmff_boxes import Boxes, exclusions
from provenance.credentials.validation.mapping import not_forced, subtract_inside, uncovered
from provenance.kit.films import box
from provenance.media.asset import Asset
from provenance.media.container.bmff_media import ExtentError, MediaRange

if TYPE_CHECKING:
    from collections.abc import Sequence

HASHED = [(100, 200), (300, 400)]
TRACKS, ITEMS = frozenset({"stco"}), frozenset({"iloc"})
VIDEO = (MediaRange(1, 100, 150, "vide"), MediaRange(1, 300, 340, "vide"))
SOUND = (MediaRange(2, 150, 200, "soun"), MediaRange(2, 340, 400, "soun"))


def test_every_byte_once_in_order_and_of_different_types_is_forced() -> None:
    assert not_forced([*VIDEO, *SOUND], HASHED, TRACKS) == ""
    picture = [MediaRange(-1, 100, 200, "hvc1"), MediaRange(-2, 300, 400, "Exif")]
    assert not_forced(picture, HASHED, ITEMS) == ""
    assert not_forced([MediaRange(-1, 100, 200, "hvc1")], HASHED[:1], ITEMS) == ""
    assert not_forced(picture[::-1], HASHED, ITEMS) == ""  # items stand in any order


@each(
    ("found", "free", "words"),
    [
        (
            [*VIDEO, MediaRange(2, 150, 200, "vide"), MediaRange(2, 340, 400, "vide")],
            TRACKS,
            "two tracks",
        ),
        (
            [MediaRange(2, 100, 200, "x"), MediaRange(1, 300, 400, "x")],
            TRACKS,
            "two tracks of one type",
        ),
        (
            [MediaRange(-1, 100, 200, "hvc1"), MediaRange(-2, 300, 400, "hvc1")],
            ITEMS,
            "two items of one",
        ),
        (
            [MediaRange(-1, 100, 200, "hvc1"), MediaRange(0, 300, 400, "hvc1")],
            ITEMS,
            "two items of one",
        ),
        ([*VIDEO[::-1], *SOUND], TRACKS, "order"),
        ([*VIDEO, SOUND[0], MediaRange(2, 340, 399, "soun")], TRACKS, "nothing uses"),
        ([*VIDEO, SOUND[0], MediaRange(2, 339, 400, "soun")], TRACKS, "one place"),
        ([*VIDEO, *SOUND, VIDEO[0]], TRACKS, "order"),
        ([*VIDEO, MediaRange(2, 150, 201, "soun"), SOUND[1]], TRACKS, "does not cover"),
        ([*VIDEO, MediaRange(2, 500, 550, "soun"), SOUND[1]], TRACKS, "does not cover"),
        ([*VIDEO, MediaRange(2, 150, 310, "soun")], TRACKS, "does not cover"),
        ([*VIDEO, MediaRange(2, 0, 50, "soun")], TRACKS, "does not cover"),
    ],
)
def test_tables_that_allow_another_order_say_what_could_be_elsewhere(
    found: list[MediaRange], free: frozenset[str], words: str
) -> None:
    assert words in not_forced(found, HASHED, free)


def test_tables_that_the_hash_covers_hold_their_places() -> None:
    """Two tracks of one type are fixed where only the places of items are left out."""
    two = [*VIDEO, MediaRange(2, 150, 200, "vide"), MediaRange(2, 340, 400, "vide")]
    assert not_forced(two, HASHED, ITEMS) == ""
    assert not_forced(two, HASHED, TRACKS | ITEMS) != ""


def test_the_first_byte_of_a_file_is_a_place_like_any_other() -> None:
    assert not_forced([MediaRange(1, 0, 100, "vide")], [(0, 100)], TRACKS) == ""


@each(
    ("hole", "inside"),
    [
        ((0, 10), False),
        ((0, 11), True),
        ((12, 14), True),
        ((0, 90), True),
        ((19, 30), True),
        ((20, 30), False),
    ],
)
def test_a_hole_that_reaches_into_a_range_is_told_from_one_that_does_not(
    hole: tuple[int, int], inside: bool
) -> None:
    assert subtract_inside([hole], (10, 20)) is inside
    assert subtract_inside([(90, 99), hole], (10, 20)) is inside
    assert not subtract_inside([], (10, 20))


TABLES = box(b"stbl", box(b"stco", bytes(8)) + box(b"stsz", bytes(8)))
MOOV = box(b"moov", box(b"trak", TABLES) + box(b"free", bytes(8)))
MOOF = box(b"moof", box(b"traf", box(b"tfhd", bytes(8)) + box(b"trun", bytes(8))))
META = box(b"meta", bytes(4) + box(b"iloc", bytes(8)) + box(b"pitm", bytes(8)))
MDAT, INNER = box(b"mdat", bytes(100)), box(b"imda", box(b"abcd", bytes(80)))
FILM = box(b"ftyp", bytes(8)) + MOOV + MOOF + META + MDAT + INNER
AT = FILM.index(MDAT)
BODY, SECOND = (AT + 8, AT + 108), (AT + 116, AT + 204)
USED = [MediaRange(1, *BODY, "vide"), MediaRange(1, *SECOND, "vide")]
STCO, ILOC = "/moov/trak/stbl/stco", "/meta/iloc"


def left(
    *paths: str | dict[str, Any], pieces: Sequence[int] = (), found: Sequence[MediaRange] = USED
) -> str:
    """What exclusions leave open in FILM, whose tables are said to lead to `found`."""
    listed = [one if isinstance(one, dict) else {"xpath": one} for one in paths]
    with Asset.from_bytes(FILM) as asset, pytest.MonkeyPatch.context() as patch:
        patch.setattr(mapping.bmff_media, "media", {asset: list(found)}.__getitem__)
        return uncovered(Boxes(asset), exclusions(listed), pieces=frozenset(pieces))


def subset(path: str, *ranges: tuple[int, int]) -> dict[str, Any]:
    return {"xpath": path, "subset": [{"offset": at, "length": n} for at, n in ranges]}


EVERYWHERE = tuple(range(len(FILM)))


@each(
    "path",
    [
        "/moov",
        "/moof",
        "/meta",
        "/mdat",
        "/imda",
        "/moov/trak",
        "/moov/trak/stbl/stsz",
        "/meta/pitm",
        "/imda/abcd",
    ],
)
def test_boxes_of_media_are_named(path: str) -> None:
    sentence = f"boxes of media that the hash leaves out: {path}"
    assert left(path) == sentence
    assert left("/ftyp", path) == sentence
    hashed_in_pieces = path in {"/mdat", "/imda"}
    assert left(path, pieces=EVERYWHERE) == ("" if hashed_in_pieces else sentence)


@each("path", ["/ftyp", "/uuid", "/moov/free", "/moov/trak/stbl/co64", "/moof/traf/tfra", "/free"])
def test_boxes_without_media_and_such_as_do_not_exist_leave_nothing_open(path: str) -> None:
    assert left(path) == ""


@pytest.mark.parametrize(
    ("path", "ranges"),
    [
        ("/moov", ((8, 64),)),
        ("/mdat", ((8, 1),)),
        ("/mdat", ((8, 32), (60, 0))),
        ("/meta/pitm", ((12, 2),)),
        ("/moov/trak/stbl/stsz", ((12, 4),)),
    ],
)
def test_a_few_bytes_of_media_matter_as_all_of_them_do(
    path: str, ranges: tuple[tuple[int, int], ...]
) -> None:
    """Two bytes say which item of a HEIF is the picture, four whether a track is shown."""
    assert left(subset(path, *ranges)) == f"boxes of media that the hash leaves out: {path}"


@pytest.mark.parametrize("path", ["/mini", "/mpvd"])
def test_media_in_a_box_of_its_own_format_are_named(path: str) -> None:
    whole = box(path[1:].encode(), bytes(8))
    with Asset.from_bytes(whole) as asset:
        assert path in uncovered(Boxes(asset), exclusions([{"xpath": path}]), pieces=frozenset())


@each(
    ("kind", "flags", "ranges", "whole"),
    [
        ("tfhd", 1, ((16, 8),), True),
        ("trun", 1, ((16, 4),), True),
        ("tfhd", 0, ((16, 8),), False),
        ("trun", 2, ((16, 4),), False),
        ("tfhd", 1, ((12, 4),), False),
        ("tfhd", 1, ((16, 4), (20, 4)), False),
        ("trun", 1, ((16, 8),), False),
        ("trun", 1, ((16, 0),), False),
    ],
)
def test_of_a_fragment_only_its_place_may_be_left_out(
    kind: str, flags: int, ranges: tuple[tuple[int, int], ...], whole: bool
) -> None:
    """Which track its samples are of, how many there are and how long stays in the hash."""
    table = box(kind.encode(), bytes((0, 0, 0, flags)) + bytes(20))
    film = box(b"moof", box(b"traf", table))
    listed = exclusions([subset(f"/moof/traf/{kind}", *ranges)])
    with Asset.from_bytes(film) as asset, pytest.MonkeyPatch.context() as patch:
        patch.setattr(mapping.bmff_media, "media", lambda _: [])
        open_ = uncovered(Boxes(asset), listed, pieces=frozenset())
    assert open_ == ("" if whole else "the hash leaves out how samples follow one another")


def test_no_more_than_eight_boxes_of_media_are_named() -> None:
    media = ["/moov", "/moof", "/meta", "/mdat", "/imda", "/meta/pitm", "/imda/abcd"]
    paths = [*media, "/moov/trak", "/moov/trak/stbl", "/moof/traf"]
    assert left(*paths, "/moov/trak[1]").partition(": ")[2] == ", ".join(sorted(paths)[:8])


class TestTables:
    """Where tables of places are left out, what they lead to has to be forced."""

    @pytest.mark.parametrize("path", [STCO, "/moov/trak/stbl/stco[1]", ILOC])
    def test_that_use_every_byte_in_order_leave_nothing_open(self, path: str) -> None:
        assert left(path) == ""

    def test_that_are_left_out_decide_what_could_be_exchanged(self) -> None:
        tracks = [USED[0], MediaRange(2, *SECOND, "vide")]
        items = [MediaRange(-1, *BODY, "hvc1"), MediaRange(-2, *SECOND, "hvc1")]
        for path, found, words in (
            (STCO, tracks, "two tracks"),
            (STCO, items, ""),
            (ILOC, items, "two items"),
            (ILOC, tracks, ""),
        ):
            open_ = left(path, found=found)
            assert words in open_
            assert bool(open_) is bool(words)

    @each("path", ["/mdat", "/mdat[1]", "/imda"])
    @each(("owners", "words"), [((1, 2), "two tracks"), ((-1, -2), "two items"), ((1, 1), "")])
    def test_a_box_of_media_that_is_left_out_whole_has_no_place_in_the_hash(
        self, path: str, owners: tuple[int, int], words: str
    ) -> None:
        """Its pieces are hashed, but not where it is: the tables lead to what is there now."""
        found = [MediaRange(owners[0], *BODY, "x"), MediaRange(owners[1], *SECOND, "x")]
        open_ = left(path, pieces=[AT, AT + 108], found=found)
        assert words in open_
        assert bool(open_) is bool(words)

    @pytest.mark.parametrize("hole", [(10, 4), (107, 1)])
    def test_media_in_a_box_with_a_hole_are_not_covered_but_where_it_is_hashed_in_pieces(
        self, hole: tuple[int, int]
    ) -> None:
        paths = STCO, subset("/mdat", hole)
        named = "boxes of media that the hash leaves out: /mdat"
        assert left(*paths) == named
        assert left(*paths, pieces=[AT]) == ""
        assert left(*paths, pieces=[AT + 108]) == named

    def test_media_outside_of_boxes_for_media_are_not_covered(self) -> None:
        elsewhere = MediaRange(1, 4, 12, "vide")
        assert "does not cover" in left(STCO, found=[elsewhere, *USED])

    def test_tables_that_cannot_be_followed_leave_it_open(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(asset: Asset) -> list[MediaRange]:
            raise ExtentError("too long")

        monkeypatch.setattr(mapping.bmff_media, "media", refuse)
        with Asset.from_bytes(FILM) as asset:
            listed = exclusions([{"xpath": STCO}])
            assert uncovered(Boxes(asset), listed, pieces=frozenset()).endswith("too long")
