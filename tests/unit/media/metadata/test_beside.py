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


@pytest.mark.parametrize("name", ["other.swarm.json", "clip.json", "clip.swarm.json.bak"])
def test_other_files_are_not_read(clip, name):
    clip.with_name(name).write_text(SETTINGS, encoding="utf-8")
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
