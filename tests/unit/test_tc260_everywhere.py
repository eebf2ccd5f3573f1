"""The label of GB 45438-2025 in every container and place: found, and taken for what it says."""

import json

import pytest
from support import costs
from support.each import each
from unit.media.container import build
from unit.media.container import build_metadata as made

from provenance.base.terms import Assurance, Origin
from provenance.media.asset import Asset
from provenance.media.container import scan_container
from provenance.media.container.bounds import TAIL
from provenance.media.metadata import read_metadata
from provenance.signals.detectors.convert import marker_signals
from provenance.signals.detectors.detector_registry import builtin, detect

FILES = build.tc260_files()
CONTAINERS = {
    *("jpeg", "png", "webp", "gif", "tiff", "heic", "avif", "jxl", "svg", "mp4", "mov", "m4a"),
    *("mkv", "webm", "avi", "wav", "flv", "mp3", "flac", "ogg", "opus", "docx", "pdf"),
}


def judged(data: bytes):
    with Asset.from_bytes(data) as asset:
        found = scan_container(asset)
        metadata = read_metadata(asset, found)
    markers, findings = detect(metadata, builtin())
    return markers, [f.code for f in (*found.findings, *metadata.findings, *findings)]


def test_every_container_has_a_sample_with_a_label():
    assert {name.partition("-")[0] for name in FILES} == CONTAINERS


@each("name", FILES)
def test_a_label_is_found_in_every_container(name):
    markers, codes = judged(FILES[name])
    assert [(detector, m.origin, m.whole) for detector, m in markers] == [
        ("tc260", Origin.AI_GENERATED, True)
    ]
    assert codes == []
    (signal,) = marker_signals(markers)
    assert signal.supports is Origin.AI_GENERATED
    assert signal.assurance is Assurance.ASSERTED
    assert signal.where


@each("name", FILES)
def test_a_label_that_says_possible_is_possible(name):
    data = build.tc260_files(made.LABEL.replace('"Label":"1"', '"Label":"2"'))[name]
    markers, _ = judged(data)
    assert [m.origin for _, m in markers] == [Origin.AI_POSSIBLE]


@each("name", FILES)
def test_words_about_a_label_are_none(name):
    markers, _ = judged(build.tc260_files("a photo about AIGC and its Label")[name])
    assert markers == ()


@pytest.mark.parametrize(
    "label",
    [made.wrapped(made.LABEL), json.dumps(made.LABEL), json.dumps(made.wrapped(made.LABEL))],
)
def test_a_label_wrapped_and_encoded_twice_is_found(label):
    markers, _ = judged(build.png(made.text_chunk(b"tEXt", b"AIGC", label.encode())))
    assert [m.origin for _, m in markers] == [Origin.AI_GENERATED]


def movie(path, media: int):
    keys = made.meta_keys({"AIGC": made.LABEL})
    moov = build.box(b"moov", build.box(b"mvhd", bytes(100)) + build.box(b"udta", keys))
    with path.open("wb") as out:
        out.write(build.ftyp() + (8 + media).to_bytes(4, "big") + b"mdat")
        out.seek(media, 1)
        out.write(moov)
    return path


def test_a_label_after_100_megabytes_of_media_costs_no_more(tmp_path):
    """No more is read than of a small file, but the end, where one wrong size may hide a store."""
    paths = movie(tmp_path / "small.mp4", 32), movie(tmp_path / "large.mp4", 100_000_000)

    def looked_at(path):
        with Asset.open(path) as asset:
            markers, _ = detect(read_metadata(asset, scan_container(asset)), builtin())
        assert [m.origin for _, m in markers] == [Origin.AI_GENERATED]

    small, large = (costs.bytes_read(lambda path=path: looked_at(path)) for path in paths)
    assert 0 < large <= small + TAIL + 256
