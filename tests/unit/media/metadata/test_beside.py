"""Settings in a file next to the one that is read."""

import json
import os

import pytest
from unit.media.container import build
from unit.media.container import build_metadata as made

from provenance import Verifier
from provenance.base.terms import Assurance, Origin
from provenance.linting import subject_loading
from provenance.media.asset import Asset
from provenance.media.container import scan_container
from provenance.media.metadata import read_metadata
from provenance.signals.detectors.detector_registry import builtin, detect

SETTINGS = json.dumps({"sui_image_params": {"prompt": "a fox", "model": "wan", "seed": 1}})


@pytest.fixture
def clip(tmp_path):
    path = tmp_path / "clip.mp4"
    path.write_bytes(made.movie())
    return path


def markers(path):
    with Asset.open(path) as asset:
        found, _ = detect(read_metadata(asset, scan_container(asset)), builtin())
    return found


def test_settings_next_to_a_file_are_a_hint_and_no_more(clip):
    clip.with_name("clip.swarm.json").write_text(SETTINGS, encoding="utf-8")
    ((_, marker),) = markers(clip)
    assert (marker.origin, marker.product, marker.model) == (Origin.AI_POSSIBLE, "SwarmUI", "wan")
    assert "next to this one" in marker.says


@pytest.mark.parametrize(
    "name", ["other.swarm.json", "clip.mp4.json", "clip.swarm.json.bak", "clip"]
)
def test_other_files_next_to_one_are_not_read(clip, name):
    clip.with_name(name).write_text(SETTINGS, encoding="utf-8")
    assert markers(clip) == ()


WAN = {"prompt": "a fox", "seed": 1, "type": "WanGP v9.1 by DeepBeepMeep - Wan2.2 Image2video"}
ACE = {
    "lora_name_or_path": "none", "task": "text2music", "prompt": "funk, pop", "lyrics": "[verse]",
    "audio_duration": 60, "infer_step": 27, "guidance_scale": 15, "scheduler_type": "euler",
    "actual_seeds": [1234], "guidance_scale_text": 0.0, "guidance_scale_lyric": 0.0,
    "src_audio_path": None, "audio_path": "outputs/clip.wav",
}  # as a list  # fmt: skip
WEB_UI = "a fox\nNegative prompt: blur\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 5\n"


@pytest.mark.parametrize(
    ("name", "text", "product"),
    [
        ("clip.json", json.dumps(WAN), "WanGP"),
        ("clip_input_params.json", json.dumps(ACE, indent=4), "ACE-Step"),
        ("clip.txt", WEB_UI, None),
    ],
)
def test_each_tool_has_the_ending_of_its_settings(clip, name, text, product):
    clip.with_name(name).write_text(text, encoding="utf-8")
    ((_, marker),) = markers(clip)
    assert (marker.origin, marker.product) == (Origin.AI_POSSIBLE, product)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("clip.txt", "1girl, solo, masterpiece, looking at viewer"),
        ("clip.txt", "An AI generated picture of a fox."),
        ("clip.txt", "Steps: 20, Sampler: Akai S900, Seed: oats"),
        ("clip.json", json.dumps({"title": "AI tools", "uploader": "x", "steps": 3, "seed": 1})),
        (
            "clip.json",
            json.dumps({"model": "resnet50", "seed": 1, "lr": 0.1, "scheduler": "cosine"}),
        ),
        ("clip.json", json.dumps({"nodes": [], "links": [], "version": 0.4})),
        (
            "clip_input_params.json",
            json.dumps({"prompt": "Name?", "lyrics": "", "actual_seeds": 3}),
        ),
    ],
)
def test_files_of_other_programs_next_to_one_are_no_hint(clip, name, text):
    clip.with_name(name).write_text(text, encoding="utf-8")
    assert markers(clip) == ()


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe\x00", b"x" * (2 << 20)])
def test_settings_next_to_a_file_that_are_none_say_nothing(clip, content):
    clip.with_name("clip.swarm.json").write_bytes(content)
    assert markers(clip) == ()


def test_a_pipe_in_place_of_settings_does_not_hang(clip):
    os.mkfifo(clip.with_name("clip.swarm.json"))
    assert markers(clip) == ()


def test_bytes_in_memory_have_no_neighbour(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "clip.swarm.json").write_text(SETTINGS, encoding="utf-8")
    with Asset.from_bytes(build.jpeg(), "clip.jpg") as asset:
        assert read_metadata(asset, scan_container(asset)).fields == ()


GENERATED = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
EXT = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"


def packet(more="", source_type=GENERATED, *, wrapped=True):
    """A sidecar as Lightroom writes one."""
    rdf = (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description'
        ' rdf:about="" xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/"'
        f' xmlns:xmpMM="http://ns.adobe.com/xap/1.0/mm/" xmlns:Iptc4xmpExt="{EXT}" {more}'
        f' Iptc4xmpExt:DigitalSourceType="{source_type}"/></rdf:RDF>'
    )
    return f'<x:xmpmeta xmlns:x="adobe:ns:meta/">{rdf}</x:xmpmeta>' if wrapped else rdf


XPACKET = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'


class TestXmpSidecars:
    @pytest.fixture
    def photo(self, tmp_path):
        path = tmp_path / "photo.jpg"
        path.write_bytes(build.jpeg())
        return path

    @pytest.mark.parametrize("name", ["photo.xmp", "photo.jpg.xmp"])
    @pytest.mark.parametrize(
        "text",
        [
            packet(),
            packet(wrapped=False),
            f'<?xml version="1.0" encoding="UTF-8"?>\n<!-- darktable -->\n{packet()}',
            f'{XPACKET}{packet()}\n<?xpacket end="w"?>',
        ],
        ids=["element", "RDF alone", "XML", "packet"],
    )
    def test_a_sidecar_speaks_and_it_is_said_where(self, photo, name, text):
        photo.with_name(name).write_text(text, encoding="utf-8")
        ((detector, marker),) = markers(photo)
        assert (detector, marker.origin) == ("iptc.source_type", Origin.AI_GENERATED)
        assert marker.says.endswith(", in a file next to this one")
        assert marker.field.place == f"beside {name.removeprefix('photo')}"

    @pytest.mark.parametrize("coding", ["utf-16", "utf-16-le", "utf-32", "utf-8-sig"])
    def test_a_sidecar_in_any_coding_is_read(self, photo, coding):
        photo.with_name("photo.xmp").write_bytes(packet().encode(coding))
        assert len(markers(photo)) == 1

    def test_a_sidecar_is_asserted_and_no_more(self, photo):
        photo.with_name("photo.xmp").write_text(packet(), encoding="utf-8")
        report = Verifier().verify(photo)
        assert report.verdict.origin is Origin.AI_GENERATED
        assert report.verdict.assurance is Assurance.ASSERTED
        (signal,) = report.signals
        assert "in a file next to this one" in signal.says
        capture = packet(source_type=GENERATED.replace("trainedAlgorithmicMedia", "digitalCapture"))
        photo.with_name("photo.xmp").write_text(capture, encoding="utf-8")
        assert Verifier().verify(photo).verdict.origin is Origin.UNKNOWN

    @pytest.mark.parametrize(
        ("more", "heard"),
        [
            ('photoshop:SidecarForExtension="CR2"', False),
            ('photoshop:SidecarForExtension="JPG"', True),
            ('xmpMM:DerivedFrom="photo.CR2"', False),
            ('xmpMM:DerivedFrom="photo.jpg"', True),
            ('xmpMM:DerivedFrom="xmp.did:1234.5"', True),
        ],
    )
    def test_a_sidecar_that_names_another_file_is_not_heard(self, photo, more, heard):
        photo.with_name("photo.xmp").write_text(packet(more), encoding="utf-8")
        assert bool(markers(photo)) is heard

    @pytest.mark.parametrize(
        "text",
        [
            f"See this packet: {packet()}",
            f"<html><body>{packet()}</body></html>",
            f"<!-- {packet()} -->",
            packet()[:-30].replace("DigitalSourceType", "Other"),
            "",
            "\0" * 100,
        ],
        ids=["prose", "page", "comment", "cut", "empty", "zeros"],
    )
    def test_a_sidecar_that_is_no_packet_says_nothing(self, photo, text):
        photo.with_name("photo.xmp").write_text(text, encoding="utf-8")
        assert markers(photo) == ()

    def test_a_large_sidecar_is_told_and_not_read(self, photo):
        photo.with_name("photo.xmp").write_text(packet() + " " * (2 << 20), encoding="utf-8")
        with Asset.open(photo) as asset:
            found = read_metadata(asset, scan_container(asset))
        assert found.fields == ()
        assert [f.code for f in found.findings] == ["metadata.limit"]

    @pytest.mark.parametrize("name", ["other.xmp", "photo.png.xmp", "photo.xmp.bak", "Photo.xmp"])
    def test_sidecars_with_other_names_are_not_read(self, photo, name):
        photo.with_name(name).write_text(packet(), encoding="utf-8")
        assert markers(photo) == ()

    def test_a_text_with_the_name_of_a_sidecar_has_none_itself(self, tmp_path):
        (tmp_path / "photo.txt").write_text("A text.", encoding="utf-8")
        (tmp_path / "photo.xmp").write_text(packet(), encoding="utf-8")
        assert markers(tmp_path / "photo.txt") == ()

    def test_a_sidecar_meets_no_demand_of_lint(self, photo, tmp_path):
        photo.with_name("photo.xmp").write_text(packet(), encoding="utf-8")
        subject, _ = subject_loading.load_subject(photo, Verifier())
        assert subject.evidence.metadata.fields == ()

    def test_a_reference_in_a_sidecar_is_no_remnant(self, photo):
        more = 'xmlns:dcterms="http://purl.org/dc/terms/" dcterms:provenance="self#jumbf=c2pa"'
        photo.with_name("photo.xmp").write_text(packet(more), encoding="utf-8")
        assert "credential.remnant" not in {f.code for f in Verifier().verify(photo).findings}

    def test_a_pipe_in_place_of_a_sidecar_does_not_hang(self, photo):
        os.mkfifo(photo.with_name("photo.xmp"))
        assert markers(photo) == ()
