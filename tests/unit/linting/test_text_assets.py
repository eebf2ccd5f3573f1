"""The official rubric for text, asked of text that was signed in each of its three forms."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from unit.kit import made

from provenance.kit.binding import BindingKind
from provenance.kit.claims import actions
from provenance.kit.sample import CREATED_BY_AI, FORMATS, NOTE, Bench
from provenance.kit.writer import signed_file
from provenance.linting import subject_loading
from provenance.linting.evaluate import evaluate
from provenance.linting.rule_catalogue import PROFILES

if TYPE_CHECKING:
    from pathlib import Path

BENCH = Bench(made.PKI, "text")
TEXTS = ("html", "text", "comment")


def linted(data: bytes, name: str, folder: Path, profile: str = "text") -> dict[str, str]:
    path = folder / name
    path.write_bytes(data)
    subject, _ = subject_loading.load_subject(path, made.verifier(folder))
    return {o.rule.id: o.result.outcome.value for o in evaluate(subject, PROFILES[profile])}


def signed(container: str, **parameters: str) -> bytes:
    first = actions({**CREATED_BY_AI, "parameters": parameters} if parameters else CREATED_BY_AI)
    return signed_file(BENCH.media(container), BENCH.manifest(first, NOTE))


@pytest.mark.parametrize("container", TEXTS)
def test_signed_text_that_names_its_type_passes(container: str, tmp_path: Path) -> None:
    data = signed(container, **{"dc:format": FORMATS[container].media_type})
    found = linted(data, f"x.{FORMATS[container].ending}", tmp_path)
    assert len(found) == 6
    assert set(found.values()) == {"true"}


@pytest.mark.parametrize("container", TEXTS)
def test_signed_text_without_a_type_fails_that_rule_alone(container: str, tmp_path: Path) -> None:
    found = linted(signed(container), f"x.{FORMATS[container].ending}", tmp_path)
    assert [rule for rule, said in found.items() if said != "true"] == ["text:is_text_asset"]


def test_a_page_with_two_manifests_fails(tmp_path: Path) -> None:
    page = signed("html", **{"dc:format": "text/html"})
    start = page.index(b"<script type=")
    twice = page[:start] + page[start : page.index(b"</head>")] + page[start:]
    found = linted(twice, "x.html", tmp_path)
    assert set(found.values()) <= {"false", "not_applicable"}


def test_a_picture_is_no_text(tmp_path: Path) -> None:
    found = linted(signed_file(BENCH.media(), BENCH.manifest()), "x.jpg", tmp_path)
    assert found["text:is_text_asset"] == "false"
    bound = signed_file(BENCH.media("png"), BENCH.manifest(binding=BindingKind.BOXES))
    assert linted(bound, "x.png", tmp_path)["text:hard_binding_present"] == "false"


def test_the_rubrics_contradict_each_other(tmp_path: Path) -> None:
    """What the one asks for is a parameter without a namespace for the others."""
    data = signed("text", **{"dc:format": "text/plain"})
    found = linted(data, "x.txt", tmp_path, "conformance-0.2-spec-2.4")
    failing = [rule for rule, said in found.items() if said == "false"]
    assert failing == ["no_unrecognized_custom_action_parameters"]
