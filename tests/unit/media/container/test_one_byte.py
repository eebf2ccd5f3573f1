"""One changed byte in front of a manifest store never hides it: found, or said to be there."""

from __future__ import annotations

import pytest
from support.each import each
from unit.media.container import build
from unit.media.container.checks import scanned

from provenance.media.container import BlockKind

FIRST = 40  # bytes from the start of the file: magic numbers, sizes, what recognises the format
BEFORE = 24  # bytes in front of the store: its wrapping
STORE = build.store()
FILES = {
    **{
        name: data
        for name, data in build.samples().items()
        if STORE in data and name not in {"pdf", "zip", "external"}
    },
    "wav-last": build.riff(
        b"WAVE",
        build.riff_chunk(b"fmt ", bytes(16)),
        build.riff_chunk(b"data", bytes(300)),
        build.riff_chunk(b"C2PA", STORE),
    ),
    "jxl-last": build.jxl() + STORE,
    "mp4-last": build.mp4(build.box(b"mdat", bytes(300)), build.c2pa_box(STORE)),
    "flac-block": build.flac(application=b"c2pa" + STORE),
}


def said(data: bytes) -> bool:
    found = scanned(data)
    unread = any(one.code == "credential.unread_remains" for one in found.findings)
    return bool(found.blocks_of(BlockKind.MANIFEST_STORE) or unread)


@each("name", FILES)
def test_no_value_of_one_byte_of_a_file_hides_its_store(name: str) -> None:
    data = bytearray(FILES[name])
    start = bytes(data).index(STORE[:20])
    lost = []
    for at in {*range(FIRST), *range(max(start - BEFORE, 0), start)}:
        was = data[at]
        for value in range(256):
            data[at] = value
            if not said(bytes(data)):
                lost.append((at, value))
        data[at] = was
    assert lost == []


def lost_by_length(make, longest: int) -> list[int]:
    """Lengths, of one piece in front of the store, that hide it."""
    return [length for length in range(longest) if not said(make(length))]


def test_no_size_of_the_media_hides_a_store_after_it() -> None:
    """Whatever it takes in: players read on to the end of such a file."""

    def wav(size: int) -> bytes:
        data = build.riff_chunk(b"data", bytes(300)) + build.riff_chunk(b"C2PA", STORE)
        return build.riff(b"WAVE", data[:4] + size.to_bytes(4, "little") + data[8:])

    def boxed(size: int) -> bytes:
        data = build.box(b"mdat", bytes(300)) + build.c2pa_box(STORE)
        return build.mp4(size.to_bytes(4, "big") + data[4:])

    assert lost_by_length(wav, 600) == []
    assert lost_by_length(boxed, 600) == []


@each("kind", [0, 1, 3, 4, 6, 10, 66])
def test_a_flac_block_of_another_type_hides_no_store(kind: int) -> None:
    data = bytearray(build.flac(application=b"c2pa" + STORE))
    data[42] = kind
    assert said(bytes(data))


def test_a_box_of_a_credential_within_the_movie_is_found() -> None:
    assert said(build.mp4(build.box(b"moov", build.c2pa_box(STORE)), build.box(b"mdat", bytes(99))))


def test_marks_are_looked_at_for_the_whole_file() -> None:
    """Boxes without number, each full of marks: 64 K marks in all, and that is said once."""
    boxes = build.box(b"sidx", b"jumdc2pa" * 200) * 600
    found = scanned(build.mp4(boxes))
    assert [one.code for one in found.findings].count("credential.unread_remains") == 1


@pytest.mark.parametrize("label", [0x01, 0xF9, 0x02])
def test_a_gif_extension_of_another_label_hides_no_store(label: int) -> None:
    data = bytearray(build.gif(build.gif_c2pa(STORE)))
    data[data.index(b"\x21\xff\x0bC2PA") + 1] = label
    assert said(bytes(data))


@each("length", range(256))
def test_a_gif_extension_of_another_length_hides_no_store(length: int) -> None:
    data = bytearray(build.gif(build.gif_c2pa(STORE * 40)))
    data[data.index(b"\x21\xff\x0bC2PA") + 2] = length
    assert said(bytes(data))


@pytest.mark.parametrize("first", [b"\xff\xf1", b"\xff\xf9", b"\xff\x0a"])
def test_a_picture_with_the_mark_of_another_format_hides_no_store(first: bytes) -> None:
    assert said(first + build.jpeg(*build.app11(STORE))[2:])
