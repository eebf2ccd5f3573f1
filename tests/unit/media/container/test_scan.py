"""What holds for every family: no exception, whatever the bytes; bounded reading; laziness."""

import os
import subprocess
import sys
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import costs
from support.each import each
from unit.media.container import build
from unit.media.container.checks import LIMIT, scanned

from provenance.media.asset import Asset
from provenance.media.container import (
    Block,
    BlockKind,
    Coding,
    ContainerDecodeError,
    ContainerLimitError,
    Span,
    load_block,
    scan_container,
)

SAMPLES = build.samples()
names = pytest.mark.parametrize("name", SAMPLES)


def examine(data: bytes) -> None:
    """Scan, check what every answer has to hold, and load every block."""
    with Asset.from_bytes(data) as asset:
        found = scan_container(asset)
        for block in found.blocks:
            for span in block.spans:
                assert span.offset >= 0
                assert span.length > 0
                assert span.offset + span.length <= asset.size
            try:
                content = load_block(asset, block, LIMIT)
            except ContainerDecodeError:
                assert block.coding is not Coding.RAW
            else:
                assert len(content) <= LIMIT
                if block.coding is Coding.RAW:
                    assert len(content) == block.length


@names
def test_a_file_truncated_at_every_byte_is_scanned(name):
    data = SAMPLES[name]
    for end in range(len(data)):
        examine(data[:end])


@names
@settings(max_examples=120, deadline=None)
@given(
    changes=st.lists(
        st.tuples(st.integers(0, 4_095), st.binary(min_size=1, max_size=8)), max_size=6
    )
)
def test_a_mutated_file_is_scanned(name, changes):
    data = bytearray(SAMPLES[name])
    for where, value in changes:
        at = where % len(data)
        data[at : at + len(value)] = value
    examine(bytes(data))


@names
@settings(max_examples=60, deadline=None)
@given(at=st.integers(0, 4_095), count=st.integers(0, 64), extra=st.binary(max_size=32))
def test_a_file_cut_and_spliced_is_scanned(name, at, count, extra):
    data = SAMPLES[name]
    at %= len(data)
    examine(data[:at] + extra + data[at + count :])


@each("fill", [b"\0", b"\1", b"\xff", b"<", b" "])
@names
def test_the_head_of_a_file_and_a_megabyte_of_one_byte_are_scanned(name, fill):
    for keep in (12, 40, len(SAMPLES[name]) - 8):
        examine(SAMPLES[name][:keep] + fill * (1 << 20))


@names
def test_a_file_in_which_any_four_bytes_of_length_lie_is_scanned(name):
    data = SAMPLES[name]
    for at in range(min(len(data) - 4, 700)):
        for value in (b"\xff\xff\xff\xff", b"\0\0\0\0", b"\0\0\0\1"):
            examine(data[:at] + value + data[at + 4 :])


def test_the_name_of_a_file_does_not_count_for_the_scan(tmp_path):
    path = tmp_path / "picture.mp4"
    path.write_bytes(SAMPLES["png"])
    with Asset.open(path) as asset:
        assert scan_container(asset).media_type == "image/png"


def test_findings_and_blocks_of_a_scan_are_bounded():
    data = build.png(build.chunk(b"caBX", b"") * 1_000)
    assert len(scanned(data).findings) <= 64
    assert len(scanned(data).blocks) <= 256


def test_loading_a_block_joins_its_spans():
    data = bytes(range(256)) * 300
    spans = (Span(0, 3), Span(4, 3), Span(70_000, 5), Span(2, 2))
    block = Block(BlockKind.XMP, "test", spans)
    with Asset.from_bytes(data) as asset:
        expected = b"".join(data[s.offset : s.offset + s.length] for s in spans)
        assert load_block(asset, block, 13) == expected
        with pytest.raises(ContainerLimitError):
            load_block(asset, block, 12)


@pytest.mark.parametrize("wrapped", [True, False])
def test_inflating_stops_at_the_limit(wrapped):
    bomb = zlib.compressobj(9, zlib.DEFLATED, 15 if wrapped else -15)
    data = bomb.compress(bytes(50_000_000)) + bomb.flush()
    block = Block(BlockKind.XMP, "test", (Span(0, len(data)),), Coding.DEFLATE)
    with Asset.from_bytes(data) as asset:
        with pytest.raises(ContainerLimitError):
            load_block(asset, block, 100_000)
        assert len(load_block(asset, block, 50_000_000)) == 50_000_000


def test_the_coded_input_of_a_block_is_bounded_too():
    block = Block(BlockKind.XMP, "test", (Span(0, 100_000),), Coding.BASE64)
    with Asset.from_bytes(bytes(100_000)) as asset, pytest.raises(ContainerLimitError):
        load_block(asset, block, 10)


def test_deflated_data_that_is_none_is_an_error():
    block = Block(BlockKind.XMP, "test", (Span(0, 4),), Coding.DEFLATE)
    with Asset.from_bytes(b"\x78\x9c\xff\xff") as asset, pytest.raises(ContainerDecodeError):
        load_block(asset, block, 10)


def test_an_empty_block_loads_as_nothing():
    with Asset.from_bytes(b"") as asset:
        assert load_block(asset, Block(BlockKind.XMP, "test", ()), 10) == b""


def test_only_the_family_that_is_met_is_imported():
    code = (
        "import sys; from provenance.media.asset import Asset;"
        "from provenance.media.container import scan_container;"
        f"scan_container(Asset.from_bytes({SAMPLES['png']!r}));"
        "home = 'provenance.media.container';"
        "print([m for m in ('re', 'xml', f'{home}.jpeg', f'{home}.png')"
        " if m in sys.modules])"
    )
    out = subprocess.run(
        [sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert "'provenance.media.container.png'" in out
    assert "'provenance.media.container.jpeg'" not in out
    assert "'xml'" not in out


def large_png(path):
    """A PNG with a gigabyte of media before its credential, sparse on the disk."""
    with path.open("wb") as file:
        file.write(build.png()[:33])
        file.write((1 << 30).to_bytes(4, "big") + b"IDAT")
        file.seek((1 << 30) + 4, os.SEEK_CUR)
        file.write(build.chunk(b"caBX", build.store()) + build.chunk(b"IEND", b""))
    return path


def test_a_scan_does_not_read_the_media(tmp_path):
    with Asset.open(large_png(tmp_path / "large.png")) as asset:
        assert costs.bytes_read(lambda: scan_container(asset)) < 1 << 20
        found = scan_container(asset)
        assert load_block(asset, found.blocks[0], LIMIT) == build.store()
