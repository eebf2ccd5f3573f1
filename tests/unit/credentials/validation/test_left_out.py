"""What a hash may leave out besides the credential: each bound of each rule, by its two sides."""

from __future__ import annotations

import struct
from dataclasses import replace

import pytest
from support.each import each

from provenance.credentials.validation import left_out
from provenance.credentials.validation.left_out import FileLayout, LeftOut, layout, left_out_verdict
from provenance.credentials.validation.outcome import BindingResult
from provenance.media.asset import Asset
from provenance.media.container.block import Block, BlockKind, Coding, Scan, Span

NOISE = bytes(n * 7 % 251 + 1 for n in range(1000))
STORE = (100, 300)


def judged(data: bytes, ranges: list[tuple[int, int]], place: FileLayout) -> LeftOut:
    with Asset.from_bytes(data) as asset:
        return left_out_verdict(asset, ranges, place)


def zeros(start: int, end: int) -> bytes:
    return NOISE[:start] + bytes(end - start) + NOISE[end:]


class TestRangeOfTheStore:
    """Padding and metadata count by whether they are in the range that holds the credential."""

    PLACE = FileLayout("png", (STORE,), ((80, 100), (310, 400)))

    @each(
        ("ranges", "expected"),
        [
            ([STORE], LeftOut(BindingResult.MATCH)),
            ([(100, 310)], LeftOut(BindingResult.MATCH)),
            ([(80, 100), (100, 310)], LeftOut(BindingResult.MATCH, (), ((80, 100),))),
            ([(100, 310), (310, 400)], LeftOut(BindingResult.MATCH, (), ((310, 400),))),
            ([(100, 400)], LeftOut(BindingResult.PARTIAL, ((310, 400),))),
            ([(80, 300)], LeftOut(BindingResult.PARTIAL, ((80, 100),))),
            ([(300, 310)], LeftOut(BindingResult.MISMATCH, ((300, 310),))),
            ([STORE, (300, 310)], LeftOut(BindingResult.MISMATCH, ((300, 310),))),
            ([(400, 500)], LeftOut(BindingResult.MISMATCH, ((400, 500),))),
        ],
        ids=[
            "the store",
            "with padding",
            "after metadata",
            "before metadata",
            "metadata behind it",
            "metadata in front of it",
            "padding alone",
            "padding in a range of its own",
            "elsewhere",
        ],
    )
    def test_one_byte_more_than_the_store_is_named(
        self, ranges: list[tuple[int, int]], expected: LeftOut
    ) -> None:
        assert judged(zeros(300, 310), ranges, self.PLACE) == expected

    def test_without_a_place_of_the_store_every_range_is_named(self) -> None:
        ranges = [(1, 2), (5, 9)]
        expected = LeftOut(BindingResult.UNCHECKED, tuple(ranges))
        assert judged(NOISE, ranges, FileLayout("png", None)) == expected

    def test_zeros_behind_a_part_of_the_store_are_padding_and_other_bytes_are_not(self) -> None:
        parts = FileLayout("png", ((100, 200), (250, 300)))
        for ranges in ([STORE], [(200, 300)]):
            assert judged(zeros(200, 250), ranges, parts).result is BindingResult.MATCH
            assert judged(zeros(200, 249), ranges, parts).result is BindingResult.MISMATCH
        found = judged(NOISE, [STORE], FileLayout("png", parts.extent, ((220, 250),)))
        assert found == LeftOut(BindingResult.MISMATCH, ((200, 250),))


class TestSignatureOfPdf:
    def found(self, before: bytes, value: bytes, start: int = 0) -> BindingResult:
        data = before + value + b" rest of it"
        place = FileLayout("pdf", ())
        piece = (len(before) + start, len(before) + len(value))
        return judged(data, [piece], place).result

    @each(
        ("before", "result"),
        [
            (b"x" * 40 + b"/Contents", BindingResult.MATCH),
            (b"x" * 40 + b"/Contents \r\n", BindingResult.MATCH),
            (b"/Contents ", BindingResult.MATCH),
            (b"x" * 40 + b"/ContentsX", BindingResult.MISMATCH),
            (b"x" * 40 + b"/Content", BindingResult.MISMATCH),
            (b"x" * 40 + b"/Contents" + b" " * 24, BindingResult.MISMATCH),
            (b"", BindingResult.MISMATCH),
        ],
    )
    def test_the_signature_is_told_by_the_name_in_front_of_it(
        self, before: bytes, result: BindingResult
    ) -> None:
        assert self.found(before, b"<3082>") is result
        assert self.found(before, b"<3082>", start=1) is result

    def test_the_signature_has_a_bound(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(left_out, "_MAX_SIGNATURE", 40)
        before = b"x" * 60 + b"/Contents "
        assert self.found(before, b"0" * 40) is BindingResult.MATCH
        assert self.found(before, b"0" * 41) is BindingResult.MISMATCH


def segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


class TestMetadataSegments:
    """Whole segments of metadata at the start of a JPEG are `partial`; anything else is broken."""

    SOI, OWN, SCAN = b"\xff\xd8", segment(0xEB, b"JP" + b"x" * 40), segment(0xDA, b"") + NOISE[:9]
    EXIF, XMP = segment(0xE1, b"Exif\0" + b"x" * 300), segment(0xE1, b"http://ns.adobe.com/x")
    IPTC = segment(0xED, b"Photoshop 3.0\0")

    def found(self, *parts: bytes, until: int = 0, scan: bytes = SCAN) -> BindingResult:
        """Of a file whose hash leaves out all up to its own segment's end, and `until` more."""
        data = b"".join((self.SOI, *parts, self.OWN, scan))
        end = len(data) - len(scan)
        place = FileLayout("jpeg", ((end - len(self.OWN), end),))
        return judged(data, [(0, end + until)], place).result

    @pytest.mark.parametrize("metadata", [EXIF, XMP, IPTC])
    def test_whole_metadata_before_the_store_is_partial(self, metadata: bytes) -> None:
        assert self.found(metadata) is BindingResult.PARTIAL
        assert self.found(metadata, metadata) is BindingResult.PARTIAL

    @each(
        "other",
        [
            segment(0xE1, b"other"),
            segment(0xE5, b"Exif\0\0"),
            segment(0xE2, b"ICC_PROFILE\0"),
            b"\0\xe2\0\2",
            b"\xff\xd8\0\2",
            segment(0xDA, b""),
        ],
        ids=["another APP1", "EXIF of no use", "colours", "junk", "a second start", "a scan"],
    )
    def test_other_segments_before_the_store_are_a_mismatch(self, other: bytes) -> None:
        assert self.found(other) is BindingResult.MISMATCH
        for order in ((other, self.EXIF), (self.EXIF, other)):
            assert self.found(*order) is BindingResult.MISMATCH

    @pytest.mark.parametrize("stop", [b"\0\xe2\0\2", b"\xff\xd8\0\2", segment(0xDA, b"")])
    def test_what_looks_like_metadata_after_the_last_segment_is_none(self, stop: bytes) -> None:
        data = b"".join((self.SOI, self.OWN, stop, self.EXIF))
        own = (2, 2 + len(self.OWN))
        start = own[1] + len(stop)
        found = judged(data, [own, (start, len(data))], FileLayout("jpeg", (own,)))
        assert found == LeftOut(BindingResult.MISMATCH, ((start, len(data)),))

    def test_one_byte_beyond_a_segment_is_a_mismatch(self) -> None:
        assert self.found(until=1) is BindingResult.MISMATCH
        data = b"".join((self.SOI, self.OWN, self.EXIF, self.SCAN))
        own, end = (2, 2 + len(self.OWN)), len(data) - len(self.SCAN)
        place = FileLayout("jpeg", (own,))
        assert judged(data, [own, (own[1], end)], place).result is BindingResult.PARTIAL
        assert judged(data, [own, (own[1], end + 1)], place).result is BindingResult.MISMATCH

    def test_the_files_first_two_bytes_may_go_and_not_the_third(self) -> None:
        colours = segment(0xE2, b"ICC_PROFILE\0")
        data = b"".join((self.SOI, colours, self.OWN, self.SCAN))
        start = 2 + len(colours)
        own = (start, start + len(self.OWN))
        place = FileLayout("jpeg", (own,))
        assert judged(data, [(0, 2), own], place).result is BindingResult.PARTIAL
        assert judged(data, [(0, 3), own], place).result is BindingResult.MISMATCH

    def test_a_segment_between_the_credentials_own_is_broken_however_well_formed(self) -> None:
        data = b"".join((self.SOI, self.OWN, self.EXIF, self.OWN, self.SCAN))
        size = len(self.OWN)
        gap = (2 + size, 2 + size + len(self.EXIF))
        place = FileLayout("jpeg", ((2, gap[0]), (gap[1], gap[1] + size)))
        assert judged(data, [(2, gap[1] + size)], place) == LeftOut(BindingResult.MISMATCH, (gap,))

    def test_a_file_may_end_within_its_segments(self) -> None:
        for scan in (b"", b"\xff\xe1\0", segment(0xE2, b"")):
            assert self.found(self.EXIF, scan=scan) is BindingResult.PARTIAL

    def test_families_without_segments_have_none(self) -> None:
        data = self.SOI + self.EXIF
        found = judged(data, [(2, len(data))], FileLayout("png", ()))
        assert found.result is BindingResult.MISMATCH


def test_signed_bytes_that_the_credential_takes_for_itself_are_a_mismatch() -> None:
    """Its own length is not hashed: a larger one makes readers pass over what was signed."""
    data = bytes(range(1, 101)) + bytes(20) + bytes(range(1, 101))
    for taken, found in (
        ((40, 60), ()),
        ((40, 61), ((60, 61),)),
        ((40, 130), ((60, 130),)),
        ((30, 60), ((30, 40),)),
    ):
        place = FileLayout("jpeg", ((40, 60),), (), (taken,))
        result = BindingResult.MISMATCH if found else BindingResult.MATCH
        assert judged(data, [(40, 60)], place) == LeftOut(result, taken=found)
    padded = FileLayout("jpeg", ((40, 100),), (), ((40, 120),))  # zero bytes are padding
    assert judged(data, [(40, 100)], padded) == LeftOut(BindingResult.MATCH)


class TestLayout:
    BLOCKS = (
        Block(BlockKind.EXIF, "APP1", (Span(40, 10), Span(60, 5))),
        Block(BlockKind.XMP, "iTXt", (Span(80, 10),), Coding.DEFLATE),
        Block(BlockKind.IPTC, "APP13", (Span(90, 10),)),
        Block(BlockKind.XMP, "x", (Span(200, 10),), Coding.BASE64),
        Block(BlockKind.MANIFEST_STORE, "x", (Span(300, 10),)),
        Block(BlockKind.EXIF, "IFD0", (Span(400, 10),)),
        Block(BlockKind.IPTC, "tag 33723", (Span(420, 10),)),
    )
    METADATA = ((40, 50), (60, 65), (80, 100))
    TABLES = ((400, 410), (420, 430))

    def scan(self, family: str = "png") -> Scan:
        extent, lawful = (Span(300, 10), Span(320, 5)), (Span(20, 4),)
        return Scan("image/x", family, self.BLOCKS, extent=extent, lawful=lawful)

    def test_the_credential_and_the_metadata_have_their_places(self) -> None:
        extent = ((20, 24), (300, 310), (320, 325))
        expected = FileLayout("png", extent, self.METADATA + self.TABLES, ((300, 310),))
        assert layout(self.scan(), located=True) == expected

    def test_what_the_credential_takes_is_the_store_and_what_its_wrapping_adds(self) -> None:
        for family, taken in (("png", ((300, 330),)), ("tiff", ((300, 310),))):
            reaching = replace(self.scan(family), reach=(Span(310, 20),))
            assert layout(reaching, located=True).taken == taken
        elsewhere = replace(self.scan(), extent=(Span(700, 10),))  # of two stores, the other
        assert layout(elsewhere, located=True).taken == ()

    def test_a_credential_that_the_scan_did_not_find_has_no_place(self) -> None:
        assert layout(self.scan(), located=False).extent is None

    def test_the_table_of_a_tiff_is_no_metadata_and_its_iptc_is(self) -> None:
        found = layout(self.scan("tiff"), located=True).metadata
        assert found == (*self.METADATA, (420, 430))
