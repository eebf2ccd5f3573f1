"""What holds for every file: no exception, findings for what is wrong, bounded work and memory."""

import struct
import subprocess
import sys
import tracemalloc
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.each import each
from unit.media.container import build
from unit.media.container import build_metadata as made
from unit.media.metadata.checks import all_codes, metadata
from unit.media.metadata.samples import samples

from provenance.media.metadata.field import MAX_FIELDS, MAX_JSON

SAMPLES = samples()
names = pytest.mark.parametrize("name", SAMPLES)
CODES = {"metadata.limit", "metadata.malformed"}


def examine(data: bytes) -> None:
    for everything in (False, True):
        found = metadata(data, everything=everything)
        assert {f.code for f in found.findings} <= CODES
        assert len(found.fields) <= MAX_FIELDS
        for field in found.fields:
            assert isinstance(field.value, str)
            assert len(field.value) <= MAX_JSON
            assert 0 <= field.offset <= len(data)


@names
def test_metadata_truncated_at_every_byte_is_read(name):
    data = SAMPLES[name]
    for end in range(len(data)):
        found = metadata(data[:end])
        assert {f.code for f in found.findings} <= CODES


@names
@settings(max_examples=60, deadline=None)
@given(
    changes=st.lists(
        st.tuples(st.integers(0, 4_095), st.binary(min_size=1, max_size=8)), max_size=6
    )
)
def test_mutated_metadata_is_read(name, changes):
    data = bytearray(SAMPLES[name])
    for where, value in changes:
        at = where % len(data)
        data[at : at + len(value)] = value
    examine(bytes(data))


@names
def test_metadata_in_which_any_four_bytes_of_length_lie_is_read(name):
    data = SAMPLES[name]
    for at in range(0, min(len(data) - 4, 600), 2):
        for value in (b"\xff\xff\xff\xff", b"\0\0\0\1"):
            metadata(data[:at] + value + data[at + 4 :])


def bomb(mebibytes: int) -> bytes:
    """Zeros as zlib packs them. Each mebibyte is packed alike, so it is packed once."""
    coder = zlib.compressobj(9)
    first, again = (
        coder.compress(bytes(1 << 20)) + coder.flush(zlib.Z_FULL_FLUSH) for _ in range(2)
    )
    last = b"\x03\0" + struct.pack(">HH", (mebibytes << 20) % 65521, 1)  # Adler-32 of zeros
    return first + again * (mebibytes - 1) + last


def test_a_bomb_expands_to_what_it_says() -> None:
    assert zlib.decompress(bomb(3)) == bytes(3 << 20)


def nested(kind: bytes, count: int) -> bytes:
    out = b""
    for _ in range(count):
        out = build.box(kind, out)
    return out


def laughs() -> bytes:
    entities = '<!ENTITY a0 "lol">' + "".join(
        f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 10)
    )
    return f"<!DOCTYPE x [{entities}]><x>tc260.org.cn &a9;</x>".encode()


def hostile() -> dict[str, Callable[[], bytes]]:
    entries = struct.pack("<HHI4s", 270, 2, 1_000_000, struct.pack("<I", 14_000)) * 1_000
    flv = b"FLV\1\5" + struct.pack(">II", 9, 0)
    script = b"\2" + made.amf_string("onMetaData") + b"\x08\0\0\0\1" + made.amf_string("a")
    ten = bomb(10)
    return {
        "billion laughs": lambda: build.jpeg(build.xmp_segment(laughs())),
        "1 GB in zTXt": lambda: build.png(build.chunk(b"zTXt", b"AIGC\0\0" + bomb(1_024))),
        "1 GB in XMP": lambda: build.png(
            build.chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + bomb(1_024))
        ),
        "many bombs": lambda: build.png(build.chunk(b"zTXt", b"AIGC\0\0" + ten) * 300),
        "a document of 50 MB": lambda: made.docx({"AIGC": "x" * (50 << 20)}),
        "boxes moov": lambda: build.ftyp() + nested(b"moov", 10_000),
        "boxes udta": lambda: build.ftyp() + build.box(b"moov", nested(b"udta", 10_000)),
        "boxes meta": lambda: build.ftyp() + build.box(b"moov", nested(b"meta", 10_000)),
        "flat boxes": lambda: (
            build.ftyp() + build.box(b"moov", build.box(b"udta", build.box(b"name", b"a") * 10_000))
        ),
        "TIFF loop": lambda: b"II*\0\x08\0\0\0\0\0\x08\0\0\0",
        "EXIF loop": lambda: build.jpeg(made.exif_segment(made.exif({0x8769: (4, b"\x08\0\0\0")}))),
        "TIFF values that overlap": lambda: (
            b"II*\0\x08\0\0\0\xe8\x03" + entries + bytes(4) + b"{" * 1_100_000
        ),
        "XMP of 10,000 levels": lambda: build.png(build.itxt(b"<c2pa>" * 10_000)),
        "100 packets of a megabyte": lambda: build.png(
            build.itxt(made.xmp({"TC260:AIGC": "x" * 1_000_000})) * 100
        ),
        "AMF0 without end": lambda: (
            flv + made.flv_tag(18, script + b"\x0a\xff\xff\xff\xff" + b"\5" * 99_999)
        ),
        "EBML of 10,000 clusters": lambda: made.matroska(b"\x1f\x43\xb6\x75\x80" * 20_000),
        "ID3 of a large frame": lambda: build.mp3(
            build.frame(b"TXXX", b"\0a\0" + b"b" * 5_000_000)
        ),
        "PDF parentheses": lambda: made.pdf_info(b"/A " + b"(" * 1_000_000),
    }


HOSTILE = hostile()


@each("name", HOSTILE)
def test_a_bomb_is_a_finding_and_takes_little_memory(name):
    data = HOSTILE[name]()
    metadata(data[:64])  # what is imported is not what it costs
    metadata(build.tc260_files()["jpeg-xmp-element"])
    tracemalloc.start()
    try:
        found = all_codes(data)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert {"metadata.limit", "metadata.malformed", "container.limit", "container.truncated"} & set(
        found
    )
    assert peak < 64 << 20


def test_a_bomb_leaves_the_process_small(tmp_path):
    """The whole process: what zlib and expat take is not seen by tracemalloc."""
    path = tmp_path / "bomb.png"
    path.write_bytes(HOSTILE["1 GB in zTXt"]())
    code = (
        "import sys; from provenance.media.asset import Asset;"
        "from provenance.media.container import scan_container;"
        "from provenance.media.metadata import read_metadata;"
        "status = lambda: int(open('/proc/self/status').read().split('VmRSS:')[1].split()[0]);"
        "peak = lambda: int(open('/proc/self/status').read().split('VmHWM:')[1].split()[0]);"
        "before = status(); a = Asset.open(sys.argv[1]); m = read_metadata(a, scan_container(a));"
        "print(peak() - before, [f.code for f in m.findings])"
    )
    if not sys.platform.startswith("linux"):
        pytest.skip("reads /proc")
    out = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True
    ).stdout
    kibibytes, codes = out.split(" ", 1)
    assert codes.strip() == "['metadata.limit']"
    assert int(kibibytes) < 64 << 10


def test_findings_about_metadata_are_bounded():
    data = build.png(build.chunk(b"zTXt", b"k\0\0rubbish") * 900)
    assert len(metadata(data).findings) <= 32


def test_fields_of_metadata_are_bounded():
    found = metadata(made.matroska(*[made.tags(made.simple_tag("A", "b") * 1_500)] * 9))
    assert len(found.fields) == MAX_FIELDS
    assert found.findings[-1].code == "metadata.limit"


def test_an_ordinary_file_loads_no_xml_parser():
    photo = build.jpeg(
        made.exif_segment(made.exif({0x010F: (2, b"Maker\0")})),
        build.xmp_segment(made.xmp({"dc:title": "t"})),
    )
    code = (
        "import sys; from provenance.media.asset import Asset;"
        "from provenance.media.container import scan_container;"
        f"from provenance.media.metadata import read_metadata; a = Asset.from_bytes({photo!r});"
        "assert read_metadata(a, scan_container(a)).fields; print([m for m in"
        " ('defusedxml', 'xml', 'hashlib', 're')"
        " if m in sys.modules])"
    )
    out = subprocess.run(
        [sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert "xml" not in out
