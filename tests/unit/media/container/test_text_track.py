"""Lines of text in tracks of MP4 and MOV: found where the tables say, and at most so many."""

import struct

import pytest
from support.each import each
from unit.media.container import build

from provenance.media.asset import Asset
from provenance.media.container import scan_container
from provenance.media.container.bounds import MAX_TEXT_SAMPLES, MAX_TEXT_TRACKS
from provenance.media.metadata import read_metadata

PAUSE = b"\0\0"


def line(text: str) -> bytes:
    """A sample of timed text, with a box of style behind the text."""
    data = text.encode()
    return struct.pack(">H", len(data)) + data + build.box(b"styl", b"\0\0")


def full(*numbers: int) -> bytes:
    return bytes(4) + struct.pack(f">{len(numbers)}I", *numbers)


def track(
    samples: list[bytes], at: int, *, handler: bytes = b"sbtl", each: int = 1, wide: bool = False
) -> bytes:
    """A track whose samples stand one behind the other at `at`, `each` of them in a chunk."""
    sizes = [len(sample) for sample in samples]
    starts = [at + sum(sizes[:number]) for number in range(0, len(sizes), each)]
    if wide:
        chunks = build.box(b"co64", full(len(starts)) + struct.pack(f">{len(starts)}Q", *starts))
    else:
        chunks = build.box(b"stco", full(len(starts), *starts))
    same = sizes[0] if len(set(sizes)) == 1 else 0
    table = full(same, len(sizes), *([] if same else sizes))
    stbl = build.box(
        b"stbl",
        build.box(b"stsd", full(0))
        + build.box(b"stsc", full(1, 1, each, 1))
        + build.box(b"stsz", table)
        + chunks,
    )
    hdlr = build.box(b"hdlr", bytes(8) + handler + bytes(13))
    media = build.box(b"mdhd", bytes(24)) + hdlr + build.box(b"minf", stbl)
    return build.box(b"trak", build.box(b"tkhd", bytes(84)) + build.box(b"mdia", media))


def movie(samples: list[bytes], count: int = 1, **more: object) -> bytes:
    head = build.ftyp()
    at = len(head) + 8
    tracks = track(samples, at, **more) * count
    return head + build.box(b"mdat", b"".join(samples)) + build.box(b"moov", tracks)


def texts(data: bytes) -> list[str]:
    with Asset.from_bytes(data) as asset:
        return [
            f.value
            for f in read_metadata(asset, scan_container(asset)).fields
            if f.place == "moov.trak.text"
        ]


@each("handler", [b"sbtl", b"text", b"subt"])
@each("wide", [False, True])
@each("each", [1, 2, 3])
def test_lines_of_a_text_track_are_read(handler, each, wide):
    data = movie([line("first"), PAUSE, line("the second")], handler=handler, each=each, wide=wide)
    assert texts(data) == ["first", "the second"]


def test_lines_of_a_text_track_of_one_size_are_read():
    assert texts(movie([line("one"), line("two")])) == ["one", "two"]


def test_lines_of_a_text_track_in_utf_16_are_read():
    text = "\ufeffzwölf".encode("utf-16-be")
    assert texts(movie([struct.pack(">H", len(text)) + text])) == ["\ufeffzwölf".lstrip("\ufeff")]


@pytest.mark.parametrize("handler", [b"vide", b"soun", b"meta", b"tmcd"])
def test_tracks_that_are_no_text_are_left_alone(handler):
    assert texts(movie([line("first")], handler=handler)) == []


def test_a_name_that_looks_like_a_handler_is_none():
    data = movie([line("first")], handler=b"vide")
    at = data.index(b"vide") + 4
    assert texts(data[:at] + bytes(8) + b"text\0" + data[at + 13 :]) == []


def test_lines_of_a_text_track_are_read_up_to_the_bound():
    data = movie([line(f"line {n}") for n in range(50)])
    assert len(texts(data)) == MAX_TEXT_SAMPLES
    assert texts(movie([PAUSE] * 600 + [line("late")])) == []


def test_text_tracks_are_read_up_to_the_bound():
    data = movie([line("x")], count=MAX_TEXT_TRACKS + 1)
    with Asset.from_bytes(data) as asset:
        found = scan_container(asset)
    assert len(found.blocks) == MAX_TEXT_TRACKS
    assert [f.code for f in found.findings] == ["container.limit"]


@each("kind", [b"stsz", b"stsc", b"stco", b"stbl", b"minf", b"hdlr"])
def test_a_text_track_without_one_of_its_tables_has_no_lines(kind):
    assert texts(movie([line("first")]).replace(kind, b"free")) == []


def test_tables_of_a_text_track_that_point_anywhere_are_borne():
    data = movie([line("first")])
    at = data.index(b"stco") + 12
    for offset in (0xFFFFFFFF, len(data) - 3):
        assert texts(data[:at] + struct.pack(">I", offset) + data[at + 4 :]) == []
    for cut in range(data.index(b"moov"), len(data), 5):
        texts(data[:cut])  # nothing raises
