"""Which bytes of a file are its credential: every one of them, and no byte beside them.

Each file is put together from a credential with its wrapping and the rest. What the scan tells as
the extent has to be the former to the letter, and what is left the latter.
"""

from __future__ import annotations

import itertools
import struct
from typing import TYPE_CHECKING

import pytest
from support.each import each
from unit.media.container import build, checks

from provenance.media.container import Span

if TYPE_CHECKING:
    from provenance.media.container import Scan

STORE = build.store(301)  # an odd length: RIFF pads it
WAVE = build.riff_chunk(b"fmt ", bytes(16))
IMAGE = build.chunk(b"tEXt", b"Comment\0x")


def extent(data: bytes, scan: Scan | None = None) -> bytes:
    spans = (scan or checks.scanned(data)).extent
    assert list(spans) == sorted(spans, key=lambda span: span.offset)
    assert [(a, b) for a, b in itertools.pairwise(spans) if a.offset + a.length >= b.offset] == []
    return b"".join(data[s.offset : s.offset + s.length] for s in spans)


def rest(data: bytes) -> bytes:
    at, parts = 0, []
    for span in checks.scanned(data).extent:
        parts.append(data[at : span.offset])
        at = span.offset + span.length
    return b"".join((*parts, data[at:]))


def riff(*chunks: bytes) -> bytes:
    return build.riff(b"WAVE", WAVE, *chunks)


def id3_after(*frames: bytes, **options: int) -> bytes:
    return build.mp3(build.frame(b"TIT2", b"\0x") + b"".join(frames), **options)


GEOB = build.frame(b"GEOB", build.geob(STORE))
SVG = build.svg_store(STORE)
WRAPPED = {
    "jpeg": (b"".join(build.app11(STORE)), lambda own: build.jpeg(own, build.segment(0xE5, b"x"))),
    "jpeg of several segments": (b"".join(build.app11(STORE, chunk=100)), build.jpeg),
    "png": (build.chunk(b"caBX", STORE), lambda own: build.png(IMAGE + own + IMAGE)),
    "jxl": (STORE, lambda own: build.jxl(own, build.box(b"jumb", bytes(40)))),
    "bmff": (build.c2pa_box(STORE), lambda own: build.mp4(build.box(b"free", b"x"), own)),
    "bmff with padding": (build.c2pa_box(STORE + bytes(9)), build.mp4),
    "svg": (SVG, lambda own: build.svg(b" " + own + b"\n")),
    "svg in lines": (build.svg_store(STORE, wrap=76), build.svg),
    "gif": (build.gif_c2pa(STORE), lambda own: build.gif(b"\x21\xfe\1x\0" + own)),
    "flac": (
        b"\x02" + (len(STORE) + 4).to_bytes(3, "big") + b"c2pa" + STORE,
        lambda own: build.flac(application=own[4:]) if own else build.flac(),
    ),
}


@each("kind", WRAPPED)
def test_the_extent_is_the_credential_with_its_wrapping(kind: str) -> None:
    own, around = WRAPPED[kind]
    data = around(own)
    assert own in data
    assert extent(data) == own
    assert rest(data) == around(b"")
    assert not checks.scanned(data).lawful


def test_a_riff_chunk_has_its_padding() -> None:
    assert len(STORE) & 1
    own = build.riff_chunk(b"C2PA", STORE)
    after = build.riff_chunk(b"LIST", b"INFO")
    data = riff(own, after)
    assert extent(data) == own
    assert own[-1:] == b"\0"
    assert rest(data)[8:] == riff(after)[8:]  # but for the size of the whole


@pytest.mark.parametrize("major", [3, 4])
def test_an_id3_frame_is_the_credential_s_from_its_header(major: int) -> None:
    own = build.frame(b"GEOB", build.geob(STORE), major=major)
    data = id3_after(own, build.frame(b"TALB", b"\0y", major=major), major=major)
    assert extent(data) == own


@pytest.mark.parametrize(("major", "flags"), [(3, 0x80), (4, 0x80)])
def test_the_zero_bytes_of_unsynchronisation_belong_to_the_frame(major: int, flags: int) -> None:
    store = build.store(300) + b""
    store = store[:-60] + b"\xff\0" * 30  # what has to be stuffed
    body = build.geob(store)
    stuffed = body.replace(b"\xff", b"\xff\0")
    own = build.frame(b"GEOB", stuffed if major == 4 else body, major=major, flags=(major == 4) * 2)
    data = id3_after(own, major=major, flags=flags)
    assert checks.loaded(data) == [store]
    found = extent(data)
    assert found == (own if major == 4 else own.replace(b"\xff", b"\xff\0"))


def test_text_of_an_id3_frame_that_is_longer_than_it_needs_to_be_is_not_its_own() -> None:
    body = b"\0application/c2pa\0name\0" + b"x" * 400 + b"\0" + STORE
    assert extent(id3_after(build.frame(b"GEOB", body))) == STORE


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("big", [False, True])
def test_the_extent_in_tiff_is_the_store_and_apart_from_it_the_count(order: str, big: bool) -> None:
    data = build.tiff({0xCD41: (7, STORE), 305: (2, b"writer of it\0")}, order=order, big=big)
    scan = checks.scanned(data)
    assert extent(data) == STORE
    (count,) = scan.lawful
    assert count.length == (8 if big else 4)
    wide = struct.pack(order + ("Q" if big else "I"), len(STORE))
    assert data[count.offset : count.offset + count.length] == wide
    tag, kind = struct.unpack_from(order + "HH", data, count.offset - 4)
    assert (tag, kind) == (0xCD41, 7)


@pytest.mark.parametrize("deflated", [False, True])
def test_the_extent_in_pdf_is_the_stream_object(deflated: bool) -> None:
    data = build.pdf(STORE, deflated=deflated)
    found = extent(data)
    assert found.startswith(b"4 0 obj\n<< /Type /EmbeddedFile")
    assert found.endswith(b"\nendstream\nendobj")
    assert found.count(b"obj") == 2
    assert deflated or STORE in found


def test_the_extent_in_pdf_is_the_content_alone_where_the_dictionary_holds_more() -> None:
    data = build.pdf(STORE, table=False)
    hidden = data.replace(b"/Type /EmbeddedFile", b"/Type /EmbeddedFile /X (9 0 obj <</Y 1>>)")
    assert hidden != data
    assert extent(hidden) == STORE + b"\nendstream\nendobj"


def test_the_extent_in_zip_is_the_local_header_the_data_and_the_directory_record() -> None:
    name = "META-INF/content_credential.c2pa"
    data = build.archive({"a.txt": b"one", name: STORE, "b.txt": b"two"})
    scan = checks.scanned(data)
    local, listed = (data[s.offset : s.offset + s.length] for s in scan.extent)
    assert local.startswith(b"PK\3\4")
    assert local[30:] == name.encode() + STORE
    assert listed.startswith(b"PK\1\2")
    assert listed[46:] == name.encode()


def test_the_extent_in_ogg_is_the_pages_of_the_bitstream() -> None:
    data = build.ogg(STORE)
    found = extent(data)
    assert found.startswith(b"OggS")
    assert found.count(b"OggS") == 2
    assert extent(build.ogg()) == b""
    inside = found.replace(b"\0c2pa", b"", 1)
    assert len(inside) - 2 * 27 - (len(STORE) + 5) // 255 - 1 == len(STORE)


@pytest.mark.parametrize("manifest", [STORE, b""])
def test_the_extent_of_a_store_in_a_file_of_its_own_is_all_of_it(manifest: bytes) -> None:
    data = manifest or STORE + b"more"
    assert extent(data) == STORE


class TestWhatIsNotTheCredential:
    """Bytes that a hash may not leave out with it."""

    def test_a_foreign_segment_between_its_own(self) -> None:
        one, two, *more = build.app11(STORE, chunk=100)
        foreign = build.segment(0xE5, b"foreign")
        data = build.jpeg(one, two, foreign, *more)
        assert extent(data) == b"".join((one, two, *more))
        assert "credential.interrupted" in checks.codes(data)
        assert checks.loaded(data) == [STORE]

    def test_a_segment_of_another_box_between_its_own(self) -> None:
        one, *more = build.app11(STORE, chunk=100)
        (other,) = build.app11(build.store(20, label=b"exif", kind=bytes(16)), number=2)
        data = build.jpeg(one, other, *more)
        assert extent(data) == b"".join((one, *more))
        assert "credential.interrupted" in checks.codes(data)

    def test_segments_out_of_order_are_said(self) -> None:
        one, two, *more = build.app11(STORE, chunk=100)
        data = build.jpeg(two, one, *more)
        assert "credential.interrupted" in checks.codes(data)
        assert checks.loaded(data) == [STORE]

    def test_fill_bytes_between_its_segments(self) -> None:
        one, *more = build.app11(STORE, chunk=100)
        data = build.jpeg(one, b"\xff\xff", *more)
        assert extent(data) == b"".join((one, *more))

    def test_a_header_of_the_box_that_is_not_repeated_to_the_letter(self) -> None:
        one, two, *more = build.app11(STORE, chunk=100)
        odd = two[:12] + b"evil" + two[16:]
        data = build.jpeg(one, odd, *more)
        assert extent(data) == b"".join((one, odd[:12], odd[20:], *more))
        assert "credential.interrupted" in checks.codes(data)

    def test_an_extended_length_is_repeated_in_16_bytes(self) -> None:
        plain = STORE[8:]
        store = b"\0\0\0\1jumb" + (len(plain) + 16).to_bytes(8, "big") + plain
        parts = [store[:100], store[:16] + store[100:]]
        own = [
            build.segment(0xEB, b"JP\0\1" + z.to_bytes(4, "big") + part)
            for z, part in enumerate(parts, 1)
        ]
        data = build.jpeg(*own)
        assert checks.loaded(data) == [store]
        assert extent(data) == b"".join(own)
        assert "credential.interrupted" not in checks.codes(data)

    @pytest.mark.parametrize("kind", ["jpeg", "png", "riff", "gif"])
    def test_what_follows_the_store_within_its_wrapping(self, kind: str) -> None:
        long = STORE + b"another picture " * 100
        data = {
            "jpeg": build.jpeg(*build.app11(long, chunk=500)),
            "png": build.png(build.chunk(b"caBX", long)),
            "riff": riff(build.riff_chunk(b"C2PA", long)),
            "gif": build.gif(build.gif_c2pa(long)),
        }[kind]
        assert checks.loaded(data) == [STORE]
        assert b"another" not in extent(data)
        assert len(extent(data)) < len(STORE) + 32

    def test_another_element_within_the_element_of_svg(self) -> None:
        foreign = b'<image id="i" href="data:,x"/>'
        own = SVG.replace(b"\n</", foreign + b"</")
        data = build.svg(own)
        assert foreign not in extent(data)
        assert extent(data) == own[: own.index(b"<image")]
        assert "credential.interrupted" in checks.codes(data)

    def test_an_attribute_of_the_element_of_svg(self) -> None:
        own = SVG.replace(b":manifest xmlns", b':manifest id="i" xmlns')
        assert b"id=" not in extent(build.svg(own))

    def test_a_box_of_the_credential_s_type_with_another_purpose(self) -> None:
        assert not checks.scanned(build.mp4(build.c2pa_box(STORE, b"x"))).extent

    def test_an_earlier_store_of_a_pdf(self) -> None:
        first, last = build.pdf(STORE, table=False), build.pdf(build.store(99), table=False)
        last = last.replace(b"\n3 0 obj", b"\n13 0 obj").replace(b"\n4 0 obj", b"\n14 0 obj")
        last = last.replace(b"/F 4 0 R", b"/F 14 0 R").replace(b"/AF [3 ", b"/AF [13 ")
        data = first + last
        assert checks.loaded(data) == [STORE, build.store(99)]
        assert STORE not in extent(data)
        assert build.store(99) in extent(data)

    def test_the_media_of_a_file_without_a_credential(self) -> None:
        for data in build.samples().values():
            scan = checks.scanned(data)
            stores = [b for b in scan.blocks if b.kind == "manifest_store"]
            assert bool(scan.extent) == bool(stores)


def test_two_stores_have_an_extent_each() -> None:
    own = [build.chunk(b"caBX", STORE), build.chunk(b"caBX", build.store(20))]
    data = build.png(own[0] + IMAGE + own[1])
    assert extent(data) == b"".join(own)


def test_an_extent_ends_with_the_file() -> None:
    data = build.png(build.chunk(b"caBX", STORE))[: -60 - len(STORE) // 2]
    (span,) = checks.scanned(data).extent
    assert span == Span(33, len(data) - 33)
