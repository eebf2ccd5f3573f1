"""A TC260 label in every place that markers names: found, whole, and without a finding."""

import html
import os

from support.each import each
from unit.media.container import build
from unit.media.container import build_metadata as made
from unit.media.metadata.checks import metadata

from provenance.media.asset import Asset
from provenance.media.container import scan_container
from provenance.media.container.bounds import TAIL
from provenance.media.metadata import read_metadata
from provenance.media.metadata.field import Source

FILES = build.tc260_files()
KEYS = {
    Source.XMP: "TC260:AIGC",
    Source.EXIF: "UserComment",
    Source.ID3: "TXXX:AIGC",
}


@each("name", FILES)
def test_a_label_is_read_in_each_place_with_its_offset(name):
    found = metadata(FILES[name])
    (field,) = (f for f in found.fields if "ContentProducer" in f.value)
    assert html.unescape(field.value) in (made.LABEL, made.wrapped(made.LABEL))
    freeform = "----:com.apple.iTunes:AIGC" if name.endswith("freeform") else "AIGC"
    assert field.key == KEYS.get(field.source, freeform)
    assert field.context == ""
    assert FILES[name][field.offset : field.offset + 1] != b""
    assert found.findings == ()


@each("name", FILES)
def test_metadata_in_full_holds_the_same_label(name):
    found = metadata(FILES[name], everything=True)
    assert len([f for f in found.fields if "ContentProducer" in f.value]) == 1


@each("name", FILES)
def test_a_label_that_is_not_ascii(name):
    label = '{"Label":"1","ContentProducer":"标签 é"}'
    found = metadata(build.tc260_files(label)[name])
    assert any(html.unescape(f.value) in (label, made.wrapped(label)) for f in found.fields), (
        found.fields
    )


def sparse(path, head: bytes, tail: bytes) -> None:
    with path.open("wb") as file:
        file.write(head + (16 + (100 << 20)).to_bytes(8, "big").join((b"\0\0\0\1mdat", b"")))
        file.seek(100 << 20, os.SEEK_CUR)
        file.write(tail)


def test_a_label_after_a_large_mdat_is_read_without_reading_it(tmp_path, monkeypatch):
    path = tmp_path / "large.mp4"
    moov = made.movie(made.meta_keys({"AIGC": made.LABEL}))
    sparse(path, build.ftyp(), moov[moov.index(b"moov") - 4 :])
    taken = []
    plain = Asset.read
    monkeypatch.setattr(
        Asset, "read", lambda a, o, n: taken.append(len(plain(a, o, n))) or plain(a, o, n)
    )
    with Asset.open(path) as asset:
        found = read_metadata(asset, scan_container(asset))
    assert [f.value for f in found.fields] == [made.LABEL]
    assert sum(taken) < 20_000 + TAIL  # the end is looked at for a store
