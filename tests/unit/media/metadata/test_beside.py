"""Settings in a file next to the one that is read."""

import json
import os

import pytest
from unit.media.container import build
from unit.media.container import build_metadata as made

from provenance.base.terms import Origin
from provenance.media.asset import Asset
from provenance.media.container import scan
from provenance.media.metadata import read
from provenance.signals.detectors import builtin, detect

SETTINGS = json.dumps({"sui_image_params": {"prompt": "a fox", "model": "wan", "seed": 1}})


@pytest.fixture
def clip(tmp_path):
    path = tmp_path / "clip.mp4"
    path.write_bytes(made.movie())
    return path


def markers(path):
    with Asset.open(path) as asset:
        found, _ = detect(read(asset, scan(asset)), builtin())
    return found


def test_they_are_a_hint_and_no_more(clip):
    clip.with_name("clip.swarm.json").write_text(SETTINGS, encoding="utf-8")
    ((_, marker),) = markers(clip)
    assert (marker.origin, marker.product, marker.model) == (Origin.AI_POSSIBLE, "SwarmUI", "wan")
    assert "next to this one" in marker.says


@pytest.mark.parametrize(
    "name", ["other.swarm.json", "clip.mp4.json", "clip.swarm.json.bak", "clip"]
)
def test_other_files_are_not_read(clip, name):
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
def test_each_tool_has_its_ending(clip, name, text, product):
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
def test_what_others_keep_there_is_no_hint(clip, name, text):
    clip.with_name(name).write_text(text, encoding="utf-8")
    assert markers(clip) == ()


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe\x00", b"x" * (2 << 20)])
def test_what_is_none_says_nothing(clip, content):
    clip.with_name("clip.swarm.json").write_bytes(content)
    assert markers(clip) == ()


def test_a_pipe_there_does_not_hang(clip):
    os.mkfifo(clip.with_name("clip.swarm.json"))
    assert markers(clip) == ()


def test_bytes_in_memory_have_no_neighbour(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "clip.swarm.json").write_text(SETTINGS, encoding="utf-8")
    with Asset.from_bytes(build.jpeg(), "clip.jpg") as asset:
        assert read(asset, scan(asset)).fields == ()
