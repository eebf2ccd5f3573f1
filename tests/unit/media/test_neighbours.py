"""Which files next to one are looked for: said in one place, and asked by all who read them."""

from __future__ import annotations

import os

from support.each import each

from provenance.credentials.locate import find_credential
from provenance.media import neighbours
from provenance.media.asset import Asset
from provenance.media.container import scan_container
from provenance.media.metadata import beside


@each(
    ("path", "found"),
    [
        (
            "a/b.jpg",
            "b.c2pa b.swarm.json b_input_params.json b.json b.txt b.jpg.xmp b.xmp",
        ),
        ("a/b.json", "b.c2pa b.swarm.json b_input_params.json b.txt b.json.xmp b.xmp"),
        ("a/b.c2pa", "b.swarm.json b_input_params.json b.json b.txt b.c2pa.xmp b.xmp"),
        ("a/b.xmp", "b.c2pa b.swarm.json b_input_params.json b.json b.txt b.xmp.xmp"),
        ("a/b", "b.swarm.json b_input_params.json b.json b.txt b.xmp b.xmp"),
        ("a.d/.b", ".b.swarm.json .b_input_params.json .b.json .b.txt .b.xmp .b.xmp"),
    ],
)
def test_the_neighbours_of_a_file_are_those_that_readers_look_for(path, found):
    folder = path.rpartition("/")[0]
    assert neighbours.neighbour_names(path) == tuple(
        dict.fromkeys(f"{folder}/{n}" for n in found.split())
    )


@each(
    "name", ["photo.jpg", "photo.JSON", "photo.json", "photo.txt", "photo.XMP", "photo.c2pa", "x"]
)
def test_readers_look_for_no_others(tmp_path, monkeypatch, name):
    """A neighbour that a reader looks for and that is not listed would be missing from shards."""
    path = tmp_path / name
    path.write_bytes(b"\xff\xd8\xff\xd9")
    looked: list[str] = []
    monkeypatch.setattr(Asset, "has_neighbour", lambda self, other: bool(looked.append(other)))
    monkeypatch.setattr(os.path, "isfile", None)  # which would go by the asset
    with Asset.open(path) as asset:
        find_credential(asset, scan_container(asset))
        beside.fields_beside(asset, "image/jpeg", everything=True)
    monkeypatch.undo()
    assert set(looked) == set(neighbours.neighbour_names(str(path)))
