"""The fields that the shared folder of real files is known to hold."""

import os
from pathlib import Path

import pytest
from support.each import each

from provenance.media.asset import Asset
from provenance.media.container import scan_container
from provenance.media.metadata import read_metadata
from provenance.media.metadata.field import Metadata, Source

_ROOT = Path(__file__).resolve().parents[4]
CORPUS = Path(os.environ.get("PROVENANCE_SHARED", _ROOT.parent / "shared")) / "corpus"

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(not CORPUS.is_dir(), reason="the shared folder of real files is not here"),
]
TYPES = "http://cv.iptc.org/newscodes/digitalsourcetype/"


def metadata(name: str, *, everything: bool = False) -> Metadata:
    path = CORPUS / name
    if not path.is_file():
        pytest.skip(f"{name} is not in the shared folder")
    with Asset.open(path) as asset:
        return read_metadata(asset, scan_container(asset), everything=everything)


@each(
    ("name", "source", "key", "start"),
    [
        ("grok-1.jpg", Source.EXIF, "ImageDescription", "Signature: "),
        ("grok-1.jpg", Source.EXIF, "Artist", "4800156b-8880-"),
        ("grok-1.jpg", Source.EXIF, "UserComment", "Signature: "),
        ("mj-1.png", Source.TEXT, "Description", "operating a control panel"),
        ("mj-1.png", Source.XMP, "Iptc4xmpExt:DigImageGUID", "2b6e053b-"),
        ("mj-1.png", Source.XMP, "Iptc4xmpExt:DigitalSourceType", TYPES + "trained"),
        ("doubao_black_1x1_1.png", Source.XMP, "TC260:AIGC", '{"Label":"1",'),
        ("jimeng_cap_A.png", Source.XMP, "TC260:AIGC", '{"Label":"1",'),
        ("automatic1111_cropped.jpg", Source.EXIF, "UserComment", "photo of a duck\n"),
        ("automatic1111_cropped.png", Source.TEXT, "parameters", "photo of a duck\n"),
        ("text_after_idat.png", Source.TEXT, "parameters", "photo of a duck\n"),
        ("img2img_cropped.png", Source.TEXT, "prompt", '{"3": {"inputs":'),
        ("img2img_cropped.png", Source.TEXT, "workflow", '{"last_node_id": 13,'),
        ("novelai1_cropped.png", Source.TEXT, "Software", "NovelAI"),
        ("novelai1_cropped.png", Source.TEXT, "Comment", '{"steps": 50,'),
        ("invokeai_imeta1.png", Source.TEXT, "invokeai_metadata", '{"generation_mode":'),
        ("samsung_black_1.png", Source.TRAILER, "PEg_Info", '{"genImageVersion":'),
        ("gettyimages-1500448395-612x612.jpg", Source.IPTC, "2:110", "Getty Images"),
        ("PXL_20250818_155024632~4.jpg", Source.XMP, "photoshop:Credit", "Edited with Google AI"),
        ("PXL_20250818_155024632~4.jpg", Source.EXIF, "GPS", "present"),
        ("adobe-20220124-A.jpg", Source.EXIF, "Make", "Canon"),
        ("cloud.jpg", Source.XMP, "dcterms:provenance", "https://cai-manifests"),
        ("videotest2.mp4", Source.QUICKTIME, "\xa9too", "Lavf"),
        ("cicadas_trusted.mp3", Source.ID3, "TSSE", "Lavf"),
        ("sample1_signed.wav", Source.RIFF, "IART", "Kevin MacLeod"),
        ("sample1_signed.wav", Source.ID3, "TPE1", "Kevin MacLeod"),
        ("adobe-20240110-single_manifest_store.pdf", Source.PDF, "Creator", "Adobe Express"),
    ],
)
def test_known_fields_of_real_files_are_read(name, source, key, start):
    assert any(f.value.startswith(start) for f in metadata(name).named(source, key))


def test_the_position_in_a_real_file_is_withheld_unless_asked_for():
    name = "PXL_20250818_155024632~4.jpg"
    assert [f.key for f in metadata(name).fields if f.key.startswith("GPSL")] == []
    assert "GPSLatitude" in [f.key for f in metadata(name, everything=True).fields]


@pytest.mark.parametrize("everything", [False, True])
def test_metadata_of_no_real_file_has_a_finding(everything):
    paths = [
        p for p in sorted(CORPUS.iterdir()) if p.is_file() and p.suffix not in (".json", ".md")
    ]
    assert len(paths) > 30, "there are too few real files"
    for path in paths:
        found = metadata(path.name, everything=everything)
        assert [(path.name, f) for f in found.findings if f.code == "metadata.limit"] == []
        if not everything:
            assert [(path.name, f.message) for f in found.findings] == []
