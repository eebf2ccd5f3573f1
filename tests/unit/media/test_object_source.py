"""Bytes that are elsewhere: what is read is what is there, and no more is asked for than needed."""

import hashlib
import random
import struct

import pytest
from support.each import each

from provenance.base.errors import AssetError
from provenance.base.options import Options
from provenance.media.asset import SMALL, Asset
from provenance.media.object_source import AT_ONCE, BLOCK, Far
from provenance.verdict.verifier import Verifier


class Elsewhere:
    """A source that counts what is asked of it; `parts` are bytes at offsets, zeros between."""

    def __init__(self, parts: dict[int, bytes], size: int, *, whole: bool = False):
        self.name, self.size = "film.mp4", size
        self._parts, self._whole = parts, whole
        self.asked: list[tuple[int, int]] = []

    @classmethod
    def of(cls, data: bytes, *, whole: bool = False) -> "Elsewhere":
        return cls({0: data}, len(data), whole=whole)

    def first(self) -> bytes:
        return self.read_at(0, self.size if self._whole else min(BLOCK, self.size))

    def read_at(self, offset: int, length: int) -> bytes:
        self.asked.append((offset, length))
        made = bytearray(length)
        for start, data in self._parts.items():
            low, high = max(start, offset), min(start + len(data), offset + length)
            if low < high:
                made[low - offset : high - offset] = data[low - start : high - start]
        return bytes(made)

    def beside(self) -> tuple[str, ...]:
        return ()

    def read_beside(self, number: int, most: int) -> bytes:
        raise AssertionError(number, most)

    def close(self) -> None:
        pass

    @property
    def bytes_asked(self) -> int:
        return sum(length for _, length in self.asked)


def _noise(size: int) -> bytes:
    return random.Random(size).randbytes(size)  # noqa: S311 - the same each time


@each("size", [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK - 7, AT_ONCE + 3 * BLOCK + 5])
def test_an_object_read_by_ranges_gives_what_is_there(size):
    data, choose = _noise(size), random.Random(1)  # noqa: S311 - as above
    far = Far(Elsewhere.of(data))
    far.whole()
    for _ in range(400):
        offset = choose.randrange(size + 10)
        length = choose.choice((1, 16, 4096, BLOCK, BLOCK + 1, 1 << 20))
        assert far.read(offset, length) == data[offset : offset + length]


@each("step", [1, 4096, BLOCK, 300_000, 1 << 20, 2 << 20])
def test_a_follower_of_an_object_gets_every_byte_once_and_in_order(step):
    data = _noise(AT_ONCE * 2 + 12_345)
    far, heard = Far(Elsewhere.of(data)), hashlib.sha256()
    far.whole()
    far.follow(heard.update)
    for offset in range(0, min(len(data), step * 40), step * 2):  # leaving gaps
        far.read(offset, step)
    far.read(len(data) - 100, 100)
    far.follow_to_end()
    assert heard.hexdigest() == hashlib.sha256(data).hexdigest()


def test_an_object_is_hashed_from_the_reads_that_its_binding_needs():
    data = _noise(SMALL + (2 << 20))
    source = Elsewhere.of(data)
    with Asset.of_far(Far(source)) as asset:
        taken = hashlib.sha256()
        asset.follow(taken.update)
        asset.feed(0, 1 << 20, bytes)
        asset.feed((1 << 20) + 5000, asset.size, bytes)  # what a hash leaves out lies between
        asset.follow_to_end()
    assert taken.digest() == hashlib.sha256(data).digest()
    assert source.bytes_asked < len(data) + (1 << 20)


def test_an_object_that_came_whole_is_asked_for_once():
    source = Elsewhere.of(_noise(300_000), whole=True)
    with Asset.of_far(Far(source)) as asset:
        asset.hold()
        assert asset.stream().read() == asset.content() == _noise(300_000)
    assert source.asked == [(0, 300_000)]


def test_a_stream_over_an_object_reads_like_any_file():
    data = _noise(SMALL + 99)
    with Asset.of_far(Far(Elsewhere.of(data))) as asset:
        stream = asset.stream()
        assert stream.seek(-99, 2) == SMALL
        assert stream.read(200) == data[-99:]
        assert stream.seek(5) == stream.tell() == 5
        buffer = bytearray(70_000)
        assert stream.readinto(buffer) == 70_000  # type: ignore[attr-defined]  # raw streams have it
        assert bytes(buffer) == data[5:70_005]


def test_a_bound_of_size_holds_before_an_object_is_read():
    source = Elsewhere.of(_noise(1000))
    with pytest.raises(AssetError) as e:
        Asset.of_far(Far(source), max_size=999)
    assert (e.value.code, source.asked) == ("asset.too_large", [])


def _box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(body), kind) + body


@each("moov_last", [True, False], ids=["moov last", "moov first"])
def test_a_film_of_a_gigabyte_costs_two_requests(moov_last):
    brand = _box(b"ftyp", b"isom\0\0\2\0isomiso2avc1mp41")
    moov = _box(b"moov", _box(b"mvhd", bytes(100)) + _box(b"udta", bytes(20_000)))
    media = struct.pack(">I4sQ", 1, b"mdat", 1 << 30)
    head = brand + (b"" if moov_last else moov) + media
    end = len(head) + (1 << 30) - 16
    parts = {0: head} | ({end: moov} if moov_last else {})
    source = Elsewhere(parts, end + (len(moov) if moov_last else 0))
    assert _examined(source) == "video/mp4"
    assert len(source.asked) <= 2
    assert source.bytes_asked <= 128 << 10


def _element(number: bytes, body: bytes) -> bytes:
    return number + b"\x01" + len(body).to_bytes(7, "big") + body


def test_a_film_of_many_clusters_is_soon_read_in_large_steps():
    frame = _element(b"\xa3", b"\x81\0\0\x80" + bytes(200_000))
    cluster = _element(b"\x1f\x43\xb6\x75", _element(b"\xe7", b"\0") + frame)
    segment = _element(b"\x18\x53\x80\x67", cluster * 512)
    head = _element(b"\x1a\x45\xdf\xa3", _element(b"\x42\x82", b"webm"))
    source = Elsewhere.of(head + segment)
    assert _examined(source) in {"video/webm", "video/x-matroska"}
    assert len(source.asked) < 140  # of 512 places
    assert source.bytes_asked <= source.size + AT_ONCE


def _examined(source: Elsewhere) -> str | None:
    options = Options(digest_evidence_only=True)
    with Asset.of_far(Far(source)) as asset:
        return Verifier(options=options, helper=None).judge(asset).asset.media_type


def test_a_large_document_is_read_a_few_times_at_most():
    size = 100 << 20
    head = b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    head += b"2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n3 0 obj<</Length 104850000>>stream\n"
    tail = b"\nendstream endobj\nxref\n0 1\n0000000000 65535 f \ntrailer<</Root 1 0 R>>\n"
    tail += b"startxref\n104850200\n%%EOF\n"
    source = Elsewhere({0: head, size - len(tail): tail}, size)
    assert _examined(source) == "application/pdf"
    assert len(source.asked) < 160
    assert source.bytes_asked <= 4 * size
