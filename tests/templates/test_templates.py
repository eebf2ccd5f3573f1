"""What each of ComfyUI's official workflow templates makes: a table, and the graphs followed.

`made.txt` has a line a template: what it makes (`generated`, `modified`, `possible`), `input` where
it starts from something loaded, and its name. `tests/negatives/collect.py` downloads the
templates; none of them is in the repository.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from negatives.collect import TEMPLATES as HOME
from unit.signals.detectors.make import field, run

from provenance.base.terms import Origin
from provenance.media.metadata.field import Source

TABLE = Path(__file__).with_name("made.txt")
ORIGINS = {
    "generated": Origin.AI_GENERATED,
    "modified": Origin.AI_MODIFIED,
    "possible": Origin.AI_POSSIBLE,
}


def rows() -> list[tuple[str, Origin, bool]]:
    made = []
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        *says, name = line.split()
        made.append((name, ORIGINS[says[0]], says[1:] == ["input"]))
    return made


@pytest.fixture(scope="module")
def templates() -> dict[str, str]:
    if not HOME.is_dir():
        pytest.skip("tests/negatives/collect.py has not been run")
    found = {}
    for path in sorted(HOME.glob("*.json")):
        text = path.read_text(encoding="utf-8")
        value = json.loads(text)
        if isinstance(value, dict) and "nodes" in value:
            found[path.stem] = text
    return found


def test_the_table_names_every_template(templates):
    assert {name for name, _, _ in rows()} == set(templates)


def test_each_template_is_recognised_with_its_origin_and_product(templates):
    """As a drawing in the tags of a video, where nothing else says what was run."""
    wrong = []
    for name, origin, given in rows():
        found, _ = run(field(Source.QUICKTIME, "workflow", templates[name]), media_type="video/mp4")
        said = [(marker.origin, marker.from_input) for _, marker in found]
        if said != [(origin, given)]:
            wrong.append((name, origin.value, given, said))
    assert wrong == []


def test_nine_of_ten_templates_name_their_model(templates):
    named = Counter()
    for name, text in templates.items():
        found, _ = run(field(Source.QUICKTIME, "workflow", text), media_type="video/mp4")
        local = '"UNETLoader"' in text or '"CheckpointLoaderSimple"' in text
        if local and found and found[0][1].origin is not Origin.AI_POSSIBLE:
            named[found[0][1].model is not None] += 1
            assert name
    assert named[True] >= 0.9 * named.total()
