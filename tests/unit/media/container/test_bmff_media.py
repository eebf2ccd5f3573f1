"""Where media stand, by the tables of a BMFF file; hostile tables end in one error."""

from __future__ import annotations

import random
import struct

import pytest
from support.each import each

from provenance.kit import films
from provenance.kit.jumbf_boxes import box
from provenance.media.asset import Asset
from provenance.media.container.bmff_media import ExtentError, media


def full(kind: bytes, *numbers: int, form: str = "I") -> bytes:
    return box(kind, bytes(4) + struct.pack(f">{len(numbers)}{form}", *numbers))


def found(data: bytes) -> list[tuple[int, int, int]]:
    with Asset.from_bytes(data) as asset:
        return [(one.owner, one.start, one.end) for one in media(asset)]


def track(*tables: bytes) -> bytes:
    return box(b"trak", box(b"mdia", box(b"minf", box(b"stbl", b"".join(tables)))))


SIZES = full(b"stsz", 0, 5, 10, 20, 30, 40, 50)
CHUNKS = full(b"stsc", 2, 1, 2, 1, 3, 1, 1)  # two samples each in the first two, then one


def test_chunks_of_a_track_have_their_extents() -> None:
    data = box(b"moov", track(SIZES, CHUNKS, full(b"stco", 3, 100, 200, 300)))
    assert found(data) == [(1, 100, 130), (1, 200, 270), (1, 300, 350)]
    wide = full(b"co64", 3, form="I") + b""
    wide = box(b"co64", bytes(4) + struct.pack(">I3Q", 3, 1 << 33, 1 << 34, 1 << 35))
    data = box(b"moov", track(full(b"stsz", 7, 5), CHUNKS, wide) * 2)
    assert [one[0] for one in found(data)] == [1, 1, 1, 2, 2, 2]
    assert found(data)[0] == (1, 1 << 33, (1 << 33) + 14)


@each(
    "tables",
    [
        (SIZES, full(b"stco", 3, 1, 2, 3)),
        (CHUNKS, full(b"stco", 3, 1, 2, 3)),
        (SIZES, full(b"stsc", 1, 2, 1, 1), full(b"stco", 3, 1, 2, 3)),
        (SIZES, full(b"stsc", 2, 1, 1, 1, 9, 1, 1), full(b"stco", 3, 1, 2, 3)),
        (SIZES, CHUNKS, full(b"stco", 9, 1, 2, 3)),
        (full(b"stsz", 0, 99, 1), CHUNKS, full(b"stco", 3, 1, 2, 3)),
        (SIZES, CHUNKS, full(b"stco", 3, 1, 2, 3, 9)),  # room behind the last entry
        (SIZES, CHUNKS, full(b"stco", 2, 1, 2)),  # a sample that nobody reads
        (SIZES, CHUNKS, full(b"stco", 3, 1, 2, 3), full(b"stco", 3, 4, 5, 6)),
        (SIZES, CHUNKS, full(b"stco", 3, 1, 2, 3), box(b"co64", bytes(32))),
    ],
)
def test_tables_of_places_that_do_not_fit_are_refused(tables: tuple[bytes, ...]) -> None:
    with pytest.raises(ExtentError):
        found(box(b"moov", track(*tables)))


def run(flags: int, *numbers: int) -> bytes:
    return box(b"trun", struct.pack(f">{len(numbers) + 1}I", flags, *numbers))


def header(flags: int, *more: int) -> bytes:
    return box(b"tfhd", struct.pack(f">{len(more) + 2}I", flags, 7, *more))


def test_runs_of_samples_have_their_extents() -> None:
    moof = box(b"moof", box(b"traf", header(0x20010, 4) + run(0x1, 3, 500) + run(0x200, 2, 5, 6)))
    assert found(moof) == [(7, 500, 512), (7, 512, 523)]
    trex = box(b"mvex", full(b"trex", 7, 1, 0, 9, 0))
    moof = box(b"moof", box(b"traf", header(0) + run(0x301, 2, 60, 1, 2, 3, 4)))
    assert found(box(b"moov", trex) + moof)[-1][2] - found(box(b"moov", trex) + moof)[-1][1] == 6
    moof = box(b"moof", box(b"traf", header(0x1, 0, 1000) + run(0x1, 2, 60)))
    assert found(box(b"moov", trex) + moof) == [(7, 1060, 1078)]


def locations(version: int, method: int, *extents: tuple[int, int]) -> bytes:
    body = struct.pack(">B3xBBH", version, 0x44, 0, 1) + struct.pack(">H", 1)
    body += struct.pack(">H", method) if version else b""
    body += struct.pack(">HH", 0, len(extents))
    return box(b"iloc", body + b"".join(struct.pack(">II", *one) for one in extents))


def test_items_have_their_extents() -> None:
    meta = box(b"meta", bytes(4) + locations(1, 0, (700, 50), (800, 60)))
    assert found(meta) == [(-1, 700, 750), (-1, 800, 860)]
    meta = box(b"meta", bytes(4) + locations(0, 0, (700, 0)))
    assert found(meta) == []  # behind the end of this file
    inner = locations(1, 1, (2, 3)) + box(b"idat", b"abcdef")
    meta = box(b"meta", bytes(4) + inner)
    assert found(meta) == []  # within a box that is hashed with them
    one = locations(1, 0, (700, 50))
    for wrong in (
        locations(1, 1, (2, 300)) + box(b"idat", b"abcdef"),
        locations(1, 1, (0, 1)),
        locations(3, 0),
        one + one,
    ):
        with pytest.raises(ExtentError):
            found(box(b"meta", bytes(4) + wrong))


@pytest.mark.parametrize("make", [films.gradient_mp4, films.gradient_heif, films.tone_m4a])
def test_real_tables_lead_into_the_media_box(make) -> None:
    data = make()
    at = data.index(b"mdat") - 4
    (size,) = struct.unpack_from(">I", data, at)
    extents = found(data)
    assert extents
    assert [
        (start, end) for _, start, end in extents if not (at + 8 <= start < end <= at + size)
    ] == []
    assert sum(end - start for _, start, end in extents) == size - 8


def test_hostile_tables_of_places_raise_one_error() -> None:
    dice = random.Random(3)  # noqa: S311 - the same bytes every time
    seeds = [films.gradient_mp4(), films.gradient_heif(), *films.fragmented()]
    for n in range(600):
        data = bytearray(seeds[n % len(seeds)])
        for _ in range(4):
            data[dice.randrange(min(len(data), 900))] = dice.choice((0, 1, 0x7F, 0xFF))
        try:
            found(bytes(data))
        except ExtentError:
            continue
