"""AIFF, CAF, ASF, sound with APEv2 tags, and media whose own structure is not read."""

from __future__ import annotations

import struct

import pytest
from support.each import each
from unit.media.container import build
from unit.media.container.build import PACKET

from provenance import Verifier
from provenance.base.terms import Origin
from provenance.kit import unsigned
from provenance.media.asset import Asset
from provenance.media.container import BlockKind, scan_container
from provenance.media.container.asf import HEADER
from provenance.media.metadata import read_metadata


def scanned(data):
    with Asset.from_bytes(data) as asset:
        return scan_container(asset)


def fields(data):
    with Asset.from_bytes(data) as asset:
        found = read_metadata(asset, scan_container(asset))
    return [(field.key, field.value) for field in found.fields]


def said(data):
    with Asset.from_bytes(data) as asset:
        made = scan_container(asset)
        return {f.code for f in (*made.findings, *read_metadata(asset, made).findings)}


def form(*chunks, kind=b"AIFF"):
    body = kind + b"".join(
        name + struct.pack(">I", len(data)) + data + b"\0" * (len(data) % 2)
        for name, data in chunks
    )
    return b"FORM" + struct.pack(">I", len(body)) + body


def comments(*texts):
    made = struct.pack(">H", len(texts))
    for text in texts:
        made += struct.pack(">IHH", 0, 0, len(text)) + text + b"\0" * (len(text) % 2)
    return made


class TestAiff:
    def test_comments_beyond_the_bound_are_said(self):
        assert "metadata.limit" in said(form((b"COMT", comments(*[b"x"] * 5_000))))

    def test_texts_are_read(self):
        data = form((b"NAME", b"a song"), (b"ANNO", b"one"), (b"(c) ", b"who"), (b"ANNO", b"two"))
        assert fields(data) == [
            ("NAME", "a song"),
            ("ANNO", "one"),
            ("(c)", "who"),
            ("ANNO", "two"),
        ]

    def test_comments_are_read(self):
        data = form((b"COMT", comments(b"odd", b"even")), kind=b"AIFC")
        assert fields(data) == [("COMT", "odd"), ("COMT", "even")]

    @each("cut", range(2, 40, 3))
    def test_comments_that_end_early_are_borne(self, cut):
        chunk = comments(b"a comment", b"another one")[:cut]
        assert len(fields(form((b"COMT", chunk)))) <= 2

    def test_an_id3_tag_and_an_xmp_packet_are_read(self):
        frame = build.frame(b"TXXX", b"\0key\0value")
        data = form((b"ID3 ", build.id3(frame)), (b"APPL", b"XMP " + PACKET), (b"APPL", b"abcd"))
        found = scanned(data)
        assert [block.kind for block in found.blocks] == [BlockKind.ID3, BlockKind.XMP]
        assert fields(data)[0] == ("TXXX:key", "value")

    def test_a_store_is_said_to_have_no_place(self):
        found = scanned(form((b"C2PA", build.store()), (b"SSND", bytes(8))))
        assert not found.can_carry
        assert len(found.remains) == 1

    def test_chunks_beyond_the_bound_are_said(self):
        data = form(*[(b"ANNO", b"")] * 20_000)
        assert "container.limit" in said(data)


class TestCaf:
    def test_entries_of_information_are_read(self):
        data = unsigned.caf()
        assert fields(data) == [("DigitalSourceType", unsigned.GENERATED)]

    def test_media_may_reach_to_the_end_of_the_file(self):
        data = b"caff\0\1\0\0data" + b"\xff" * 8 + bytes(100)
        assert (scanned(data).blocks, said(data)) == ((), set())

    @each("cut", range(20, 200, 7))
    def test_a_file_cut_anywhere_is_scanned(self, cut):
        assert len(fields(unsigned.caf()[:cut])) <= 1


def tag(*items, header=False):
    body = b"".join(
        struct.pack("<II", len(value), flags) + key + b"\0" + value for key, value, flags in items
    )
    facts = struct.pack("<III", 2_000, len(body) + 32, len(items))
    footer = b"APETAGEX" + facts + struct.pack("<I", 0x80000000) + bytes(8)
    head = b"APETAGEX" + facts + struct.pack("<I", 0xA0000000) + bytes(8)
    return (head if header else b"") + body + footer


ITEMS = ((b"Title", b"a song", 0), (b"Cover Art", b"\x89PNG", 2), (b"Related", b"http://x", 4))


class TestApe:
    @each("header", [True, False])
    @each("after", [b"", b"TAG" + bytes(125)])
    @each(
        "before",
        [unsigned.wavpack()[:32], build.mp3(), b"MAC " + struct.pack("<H", 3_990) + bytes(60)],
    )
    def test_items_at_the_end_of_a_file_are_read(self, before, after, header):
        data = before + tag(*ITEMS, header=header) + after
        assert fields(data)[-2:] == [("Title", "a song"), ("Related", "http://x")]

    def test_items_at_the_end_of_aac_are_read(self):
        assert fields(unsigned.adts() + tag(*ITEMS))[0] == ("Title", "a song")

    @pytest.mark.parametrize("size", [0, 31, 33, 1 << 20, 0xFFFFFFFF])
    def test_a_length_that_cannot_be_is_borne(self, size):
        data = unsigned.wavpack(size=size)
        assert len(fields(data)) <= 4_096

    def test_items_beyond_the_bound_are_said(self):
        data = unsigned.wavpack()[:32] + tag(*[(b"k", b"", 0)] * 10_000)
        assert "metadata.limit" in said(data)

    def test_a_tag_keeps_no_packet_from_being_found(self):
        found = scanned(unsigned.wavpack()[:32] + PACKET + tag(*ITEMS))
        assert BlockKind.XMP in [block.kind for block in found.blocks]

    @each(
        ("head", "media_type"),
        [
            (b"MAC " + struct.pack("<H", 3_990), "audio/x-ape"),
            (b"MPCKSH\x0e", "audio/x-musepack"),
            (b"MP+\x07", "audio/x-musepack"),
            (b"TTA1\1\0", "audio/x-tta"),
            (b"tBaK", "audio/x-tak"),
            (b"OFR \x0c\0\0\0", "audio/x-ofr"),
        ],
    )
    def test_families_that_have_such_tags_are_recognised(self, head, media_type):
        assert scanned(head + bytes(60)).media_type == media_type

    @pytest.mark.parametrize(
        "text",
        [b"MAC addresses: 00:00", b"MP+ is a name", b"OFR says so", b"TTA1 is a code", b"tBa"],
    )
    def test_texts_that_begin_likewise_are_texts(self, text):
        assert scanned(text).media_type == "text/plain"


def guid(number):
    return bytes([number]) * 16


def asf_object(kind, body):
    return kind + struct.pack("<Q", len(body) + 24) + body


def asf(*objects, after=b""):
    inner = b"".join(objects)
    return HEADER + struct.pack("<QI", len(inner) + 30, len(objects)) + b"\1\2" + inner + after


CONTENT = bytes.fromhex("3326b2758e66cf11a6d900aa0062ce6c")
LIBRARY = bytes.fromhex("941c23449894d149a1411d134e457054")
EXTENSION = bytes.fromhex("b503bf5f2ea9cf118ee300c00c205365")
XMP = bytes.fromhex("cbcf7abea997e8429c71999491e3afac")


def utf16(text):
    return f"{text}\0".encode("utf-16-le")


class TestAsf:
    def test_the_content_description_is_read(self):
        texts = [utf16("a song"), utf16("who"), b"", utf16("a text"), b""]
        body = struct.pack("<5H", *map(len, texts)) + b"".join(texts)
        assert fields(asf(asf_object(CONTENT, body))) == [
            ("Title", "a song"),
            ("Author", "who"),
            ("Description", "a text"),
        ]

    def test_the_extended_description_is_read(self):
        assert fields(unsigned.windows_media()) == [("DigitalSourceType", unsigned.GENERATED)]

    def test_the_library_within_the_header_extension_is_read(self):
        name, value = utf16("AIGC"), utf16("{}")
        record = struct.pack("<4HI", 0, 0, len(name), 0, len(value)) + name + value
        library = asf_object(LIBRARY, struct.pack("<H", 1) + record)
        extension = asf_object(EXTENSION, bytes(22) + library)
        assert fields(asf(extension)) == [("AIGC", "{}")]

    def test_records_of_the_library_beyond_the_bound_are_said(self):
        record = struct.pack("<4HI", 0, 0, 0, 0, 0)
        library = asf_object(LIBRARY, struct.pack("<H", 5_000) + record * 5_000)
        assert "metadata.limit" in said(asf(asf_object(EXTENSION, bytes(22) + library)))

    def test_an_xmp_packet_after_the_media_is_found(self):
        data = asf(after=asf_object(guid(9), bytes(40)) + asf_object(XMP, PACKET))
        assert [block.kind for block in scanned(data).blocks] == [BlockKind.XMP]

    @pytest.mark.parametrize("size", [0, 23, 1 << 40, (1 << 64) - 1])
    def test_sizes_that_cannot_be_are_said(self, size):
        data = asf(CONTENT + struct.pack("<Q", size) + bytes(40))
        assert "container.truncated" in said(data)

    def test_objects_beyond_the_bound_are_said(self):
        data = asf(*[asf_object(guid(7), b"")] * 20_000)
        assert "container.limit" in said(data)

    @each("cut", range(30, 260, 9))
    def test_a_file_cut_anywhere_is_scanned(self, cut):
        assert len(fields(unsigned.windows_media()[:cut])) <= 1


NOT_READ = {
    "image/bmp": unsigned.bitmap()[:70],
    "image/vnd.adobe.photoshop": b"8BPS\0\1" + bytes(20),
    "image/jp2": b"\0\0\0\x0cjP  \r\n\x87\n\0\0\0\x14ftypjp2 ",
    "image/x-jp2-codestream": b"\xff\x4f\xff\x51\0\x29",
    "application/postscript": b"%!PS-Adobe-3.0 EPSF-3.0\n",
    "image/vnd.microsoft.icon": b"\0\0\1\0\1\0\x10\x10\0\0\1\0\x20\0",
    "audio/midi": b"MThd\0\0\0\6\0\0\0\1\0\x60",
    "audio/amr": b"#!AMR\n",
    "video/mp2t": (b"G" + bytes(187)) * 5,
    "video/mpeg": b"\0\0\1\xba\x44" + bytes(20),
    "audio/basic": b".snd\0\0\0\x18" + bytes(20),
}


class TestNotRead:
    @each("media_type", NOT_READ)
    def test_a_format_is_named_and_said_not_to_be_read(self, media_type):
        report = Verifier().verify_bytes(NOT_READ[media_type])
        assert report.asset.media_type == media_type
        assert [f.code for f in report.findings] == ["format.not_read"]
        assert report.verdict.origin is Origin.UNKNOWN

    @each("media_type", NOT_READ)
    def test_xmp_in_a_format_that_is_not_read_is_found(self, media_type):
        packet = unsigned.bitmap()[70:]
        report = Verifier().verify_bytes(NOT_READ[media_type] + bytes(40) + packet)
        assert report.verdict.origin is Origin.AI_GENERATED

    @pytest.mark.parametrize(
        "text",
        [
            b"BMW is a maker of cars",
            b"GOOD evening",
            b"icns is an ending",
            b"CWS is a name",
            b"%! x",
        ],
    )
    def test_texts_that_begin_likewise_are_texts(self, text):
        assert scanned(text).media_type == "text/plain"
