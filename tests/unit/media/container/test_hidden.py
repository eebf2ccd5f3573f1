"""What must not hide a manifest store or an XMP packet, and what is another file's own.

Beside each way to hide one stands the honest file that looks alike.
"""

from __future__ import annotations

import base64
import struct

import pytest
from support.each import each
from unit.media.container import build
from unit.media.container.checks import codes, loaded, scanned, xmp

from provenance.media.asset import Asset
from provenance.media.container import BlockKind, load_block, scan_container
from provenance.media.container.bounds import MAX_CHUNKS, MAX_REST_MARKS, MAX_STORES

STORE = build.store(301)
OTHER = build.store(77)
C2PA = b"".join(build.app11(STORE))
SPLIT = b"".join(build.app11(STORE, chunk=90))
PIXELS = b"\x12\x34\xff\x00\x56"
FOUND = "credential.unread_remains"


def remains(data: bytes) -> list[bytes]:
    """The stores that are at no place of the format, read; the finding has to come with them."""
    with Asset.from_bytes(data) as asset:
        found = scan_container(asset)
        assert not found.blocks_of(BlockKind.MANIFEST_STORE)
        assert bool(found.remains) == any(f.code == FOUND for f in found.findings)
        return [load_block(asset, block, 1 << 24) for block in found.remains]


def jpeg(*segments: bytes, scans: bytes = b"", tail: bytes = b"") -> bytes:
    whole = build.jpeg(*segments)
    return whole[:-2] + scans + whole[-2:] + tail


class TestJpegGoesOn:
    """Where libjpeg goes on: `next_marker` and `skip_variable` of jdmarker.c."""

    @each(
        "junk",
        [
            b"x",
            b"\0\0",
            b"\xff\0",
            b"junk" * 3000,
            b"\xff\xd0",
            b"\xff\x01",
            b"\xff\xd8",
            b"\xff" * 9,
        ],
        ids=["one byte", "zeros", "FF00", "much", "RST0", "TEM", "SOI again", "fill"],
    )
    def test_after_bytes_that_are_no_segment(self, junk: bytes) -> None:
        assert loaded(build.jpeg(junk, C2PA)) == [STORE]
        assert xmp(build.jpeg(junk, build.xmp_segment(build.PACKET))) == [build.PACKET]

    def test_after_a_segment_of_impossible_length(self) -> None:
        assert loaded(build.jpeg(b"\xff\xe5\0\1", C2PA)) == [STORE]

    def test_junk_between_all_segments_is_read_once(self) -> None:
        junk = b"y" * 3000 + build.segment(0xFE, b"")
        asset = Counting(build.jpeg(junk * 2000, C2PA))
        with asset:
            assert scan_container(asset).blocks_of(BlockKind.MANIFEST_STORE)
        assert asset.bytes_read < 4 * asset.size


class Counting(Asset):
    """An asset that counts what is read of it."""

    __slots__ = ("bytes_read",)

    def __init__(self, data: bytes) -> None:
        import io

        super().__init__("-", io.BytesIO(data), len(data), None)
        self.bytes_read = 0

    def read(self, offset: int, length: int) -> bytes:
        data = super().read(offset, length)
        self.bytes_read += len(data)
        return data


class TestJpegElsewhere:
    @pytest.mark.parametrize("segments", [C2PA, SPLIT], ids=["one segment", "several"])
    def test_a_store_after_more_segments_than_are_looked_at_is_found(self, segments: bytes) -> None:
        comments = build.segment(0xFE, b"") * 8200
        assert remains(build.jpeg(comments, segments)) == [STORE]

    @pytest.mark.parametrize("segments", [C2PA, SPLIT], ids=["one segment", "several"])
    def test_a_store_under_another_name_than_jp_is_found(self, segments: bytes) -> None:
        assert remains(build.jpeg(segments.replace(b"JP\0\1", b"JQ\0\1"))) == [STORE]

    @pytest.mark.parametrize("marker", [0xEA, 0xC0, 0xDB, 0xFE, 0xF7])
    def test_a_store_in_another_segment_than_app11_is_found(self, marker: int) -> None:
        assert remains(build.jpeg(C2PA.replace(b"\xff\xeb", bytes((0xFF, marker))))) == [STORE]

    def test_a_store_between_the_scans_is_found(self) -> None:
        more = build.segment(0xDA, b"\x01\x01\x00\x00\x3f\x00") + PIXELS
        assert remains(jpeg(scans=SPLIT + more)) == [STORE]
        assert remains(jpeg(scans=SPLIT)) == [STORE]

    def test_a_store_after_the_end_is_found(self) -> None:
        assert remains(jpeg(tail=C2PA)) == [STORE]

    def test_xmp_between_the_scans_and_after_the_end_is_found(self) -> None:
        packet = build.xmp_segment(build.PACKET)
        more = build.segment(0xDA, b"\x01\x01\x00\x00\x3f\x00") + PIXELS
        assert xmp(jpeg(scans=packet + more)) == [build.PACKET]
        assert xmp(jpeg(tail=packet)) == [build.PACKET]
        assert xmp(jpeg(tail=build.PACKET)) == [build.PACKET]

    def test_xmp_of_another_picture_after_the_end_is_not_read(self) -> None:
        assert xmp(jpeg(tail=build.jpeg(build.xmp_segment(build.PACKET)))) == []

    def test_a_store_in_an_image_that_ends_before_its_first_scan_is_found(self) -> None:
        assert remains(b"\xff\xd8\xff\xd9" + build.jpeg(C2PA)[2:]) == [STORE]

    def test_xmp_after_more_segments_than_are_looked_at_is_found(self) -> None:
        comments = build.segment(0xFE, b"") * 8200
        data = build.jpeg(comments, build.xmp_segment(build.PACKET))
        assert xmp(data) == [build.PACKET]
        assert FOUND not in codes(data)


class TestOtherFilesInAJpeg:
    """Their credentials are theirs."""

    @pytest.mark.parametrize(
        "other",
        [
            build.jpeg(C2PA),
            build.jpeg(build.xmp_segment(build.PACKET), C2PA),
            build.png(build.chunk(b"caBX", STORE)),
            build.mp4(build.c2pa_box(STORE)),
            build.riff(b"WAVE", build.riff_chunk(b"C2PA", STORE)),
        ],
        ids=["second picture", "with XMP", "PNG", "video", "sound"],
    )
    def test_after_its_end_keep_their_stores(self, other: bytes) -> None:
        assert remains(jpeg(tail=other)) == []
        assert remains(jpeg(tail=bytes(500) + other)) == []
        assert loaded(jpeg(C2PA.replace(STORE[-20:], bytes(20)), tail=other)) != []

    def test_in_app11_of_another_program_are_left_alone(self) -> None:
        hdr = build.segment(0xEB, b"HDR_RI ver=11\0\0\0")
        (xt,) = build.app11(build.box(b"RSPC", bytes(40)))
        (exif,) = build.app11(build.store(30, label=b"exif", kind=b"exif" + STORE[20:32]))
        found = scanned(build.jpeg(hdr, xt, exif))
        assert (found.findings, found.remains) == ((), ())

    @pytest.mark.parametrize("cut", [1, 5, 40, 120, 300])
    def test_in_the_thumbnail_of_a_truncated_photo_are_left_alone(self, cut: int) -> None:
        thumbnail = b"Exif\0\0" + build.tiff({271: (2, b"Maker of it\0")}) + build.jpeg(C2PA)
        data = build.jpeg(build.segment(0xE1, thumbnail), build.segment(0xFE, b"x" * 200))[:-cut]
        assert FOUND not in codes(data)


class TestOtherContainers:
    """A bound or damage ends the walk, and the store is behind it."""

    def test_png_hides_no_store(self) -> None:
        chunk = build.chunk(b"caBX", STORE)
        assert remains(build.png(build.chunk(b"tEXt", b"a\0b") * MAX_CHUNKS + chunk)) == [STORE]
        assert remains(build.png(b"\xff\xff\xff\xfftEXt" + chunk)) == [STORE]
        assert remains(build.png(tail=chunk)) == [STORE]
        assert remains(build.png(tail=build.chunk(b"tEXt", b"a\0b") + chunk)) == [STORE]

    def test_text_after_the_end_of_png_is_read(self) -> None:
        assert xmp(build.png(tail=build.itxt(build.PACKET))) == [build.PACKET]

    def test_riff_hides_no_store(self) -> None:
        chunk = build.riff_chunk(b"C2PA", STORE)
        many = build.riff_chunk(b"abcd", b"") * 20_001
        assert remains(build.riff(b"WAVE", many, chunk)) == [STORE]
        assert remains(build.riff(b"WAVE", tail=chunk)) == [STORE]
        lying = b"abcd" + struct.pack("<I", 1 << 20)
        assert remains(build.riff(b"WAVE", lying, chunk)) == [STORE]

    def test_gif_hides_no_store(self) -> None:
        assert loaded(build.gif(bytes(9) + build.gif_c2pa(STORE))) == [STORE]
        assert remains(build.gif(b"\x77" + build.gif_c2pa(STORE))) == [STORE]
        assert remains(build.gif(b"\x21\xfe\0" * 100_000 + build.gif_c2pa(STORE))) == [STORE]

    def test_bmff_hides_no_store(self) -> None:
        box = build.c2pa_box(STORE)
        assert remains(build.mp4(build.box(b"free", b"") * 20_001, box)) == [STORE]
        assert remains(build.ftyp() + b"\0\0\0\4free" + box) == [STORE]
        assert remains(build.mp4(bytes(8) + box)) == [STORE]
        assert remains(build.ftyp() + struct.pack(">I4s", 1 << 20, b"free") + box) == [STORE]
        assert remains(build.mp4(build.c2pa_box(STORE, b"other"))) == [STORE]

    def test_jpeg_xl_hides_no_store(self) -> None:
        assert remains(build.JXL + b"\0\0\0\4free" + STORE) == [STORE]

    def test_id3_hides_no_store(self) -> None:
        frame = build.frame(b"GEOB", build.geob(STORE))
        many = build.frame(b"TXXX", b"\0") * 4_097
        assert remains(build.mp3(many + frame)) == [STORE]
        assert remains(build.mp3(build.frame(b"T\0XX", b"\0") + frame)) == [STORE]
        assert remains(build.mp3(bytes(30) + frame)) == [STORE]
        assert loaded(build.id3(b"") + build.mp3(frame)) == [STORE]

    def test_flac_ogg_font_and_tiff_hide_no_store(self) -> None:
        block = b"\x02" + (len(STORE) + 4).to_bytes(3, "big") + b"c2pa" + STORE
        assert remains(b"fLaC" + b"\x04\0\0\0" * 1_025 + block) == [STORE]
        page = build.ogg_page(1, b"\x0a", b"\x01vorbis" + bytes(3), 2)
        assert remains(page + b"junk" + b"\0c2pa" + STORE) == [STORE]
        assert remains(b"OTTO" + b"\xff\xff" + bytes(6) + STORE) == [STORE]
        assert remains(b"II*\0\xff\xff\xff\xff" + STORE) == [STORE]

    def test_zip_hides_no_store_but_those_of_its_members(self) -> None:
        name = "META-INF/content_credential.c2pa"
        assert remains(build.archive({name: STORE})[:-22]) == [STORE]
        assert remains(build.archive({"picture.jpg": build.jpeg(C2PA)})[:-22]) == []

    @each(
        "data",
        [
            build.ftyp() + b"\0\0\0\4free" + build.jpeg(C2PA),
            build.mp3(bytes(30) + build.frame(b"APIC", build.jpeg(C2PA))),
            b"II*\0\xff\xff\xff\xff" + build.jpeg(C2PA),
            build.png(tail=build.png(build.chunk(b"caBX", STORE))),
            build.riff(b"WAVE", tail=build.jpeg(C2PA)),
            b"fLaC" + b"\x04\0\0\0" * 1_025 + build.jpeg(C2PA),
        ],
        ids=["bmff", "id3", "tiff", "png", "riff", "flac"],
    )
    def test_a_picture_within_another_file_keeps_its_own_store(self, data: bytes) -> None:
        assert remains(data) == []


class TestSvg:
    @pytest.mark.parametrize(
        "decoy",
        [
            b"<!--<c2pa:manifest>-->",
            b"<![CDATA[<c2pa:manifest>]]>",
            b"<?x <c2pa:manifest> ?>",
            b"<!-- <![CDATA[ --><!--<c2pa:manifest>]]>-->",
        ],
    )
    def test_decoys_of_a_store_count_for_nothing(self, decoy: bytes) -> None:
        assert loaded(build.svg(build.svg_store(STORE), front=decoy * 20)) == [STORE]
        assert codes(build.svg(build.svg_store(STORE), front=decoy * 20)) == []

    def test_a_store_after_more_elements_than_are_read_is_found(self) -> None:
        empty = b'<c2pa:manifest xmlns:c2pa="http://c2pa.org/manifest"></c2pa:manifest>'
        assert STORE in remains(build.svg(empty * 16 + build.svg_store(STORE)))

    def test_a_store_in_the_default_namespace_is_found(self) -> None:
        text = base64.b64encode(STORE)
        element = b'<manifest xmlns="http://c2pa.org/manifest">' + text + b"</manifest>"
        assert loaded(build.svg(element)) == [STORE]
        other = element.replace(b"c2pa.org", b"example.org")
        assert loaded(build.svg(other)) == []

    def test_an_empty_packet_hides_no_other(self) -> None:
        front = b"<!-- <x:xmpmeta></x:xmpmeta> -->"
        assert xmp(build.svg(build.PACKET, front=front)) == [build.PACKET]
        assert xmp(build.svg(b"<x:xmpmeta ></x:xmpmeta>" + build.PACKET))[-1] == build.PACKET

    def test_what_is_in_a_comment_is_not_read(self) -> None:
        assert xmp(build.svg(front=b"<!--" + build.PACKET + b"-->")) == []
        assert loaded(build.svg(b"<!--" + build.svg_store(STORE) + b"-->")) == []


class TestPdf:
    def test_a_picture_within_a_document_keeps_its_own_store(self) -> None:
        data = build.pdf(filler=10)
        at = data.index(b"\x20" * 10)
        assert loaded(data[:at] + build.jpeg(C2PA) + data[at:]) == []
        assert loaded(data[:at] + STORE + data[at:]) == [STORE]

    def test_a_document_that_prints_a_store_has_none(self) -> None:
        printed = bytes(b if 32 <= b < 127 else 46 for b in STORE)
        data = build.pdf(filler=10)
        at = data.index(b"\x20" * 10)
        assert b"jumb....jumdc2pa" in printed
        assert loaded(data[:at] + printed + data[at:]) == []

    def test_headers_that_are_nearly_an_object_s_are_bounded(self) -> None:
        named = b"<</AFRelationship/C2PA_Manifest/EF<</F 1 0 R>>>>\n"
        data = b"%PDF-1.7\n" + named + b"91 0 obj\n" * 20_000
        assert "container.limit" in codes(data)


def test_more_marks_than_are_looked_at_count_as_a_store() -> None:
    data = build.ftyp() + b"\0\0\0\4free" + b"jumdc2pa" * (MAX_REST_MARKS + 1)
    found = scanned(data)
    assert FOUND in [f.code for f in found.findings]
    assert found.remains == ()
    few = build.ftyp() + b"\0\0\0\4free" + b"jumdc2pa" * 10
    assert FOUND not in codes(few)


def test_packets_cannot_crowd_out_a_store() -> None:
    packets = build.xmp_segment(build.PACKET) * 300
    assert loaded(build.jpeg(packets, C2PA)) == [STORE]
    many = [build.app11(STORE, number=n)[0] for n in range(MAX_STORES + 5)]
    assert len(loaded(build.jpeg(*many))) == MAX_STORES


def test_a_store_that_is_known_is_not_met_again() -> None:
    data = build.ftyp() + build.c2pa_box(STORE) + struct.pack(">I4s", 1 << 20, b"mdat") + bytes(90)
    found = scanned(data)
    assert len(found.blocks_of(BlockKind.MANIFEST_STORE)) == 1
    assert not found.remains
    assert loaded(data + b"") == [STORE]


def test_extensions_without_content_are_counted() -> None:
    assert "container.limit" in codes(build.gif(b"\x21\xff\x01x\0" * 100_001))


def test_zero_bytes_of_unsynchronisation_are_counted() -> None:
    body = build.geob(STORE + b"\xff\0" * 100_001)
    data = build.mp3(build.frame(b"GEOB", body, flags=2))
    assert "container.limit" in codes(data)
