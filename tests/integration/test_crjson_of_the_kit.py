"""The kit's samples, judged by their crJSON: what a validator hands in to the programme."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from integration.helpers import call
from support.crjson import faults, other_codes
from support.each import each
from unit.kit import made

from provenance import Verifier
from provenance.base.options import CrossCheck, Options
from provenance.kit import scoring, validator_runs
from provenance.kit.expect import ValidationState
from provenance.kit.samples.sample_catalogue import SAMPLES
from provenance.kit.scoring import SampleResult
from provenance.kit.validator_runs import Adapter, ValidatorRun
from provenance.linting.crjson import crjson_parsing as crjson_read
from provenance.linting.crjson import crjson_writing as crjson
from provenance.media.asset import Asset

if TYPE_CHECKING:
    from pathlib import Path

    from provenance.kit.sample import Sample

pytestmark = pytest.mark.usefixtures("kept_primes")

# crJSON is of one file: nothing is opened for it.
NAMES = {sample.file: sample for sample in SAMPLES if not sample.needs}


@cache
def verifier(folder: Path, mode: CrossCheck) -> Verifier:
    one = made.verifier(folder)
    return Verifier(trust=one.trust, at=one.at, options=Options(digest=False, cross_check=mode))


@pytest.fixture(scope="module")
def roots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("roots")


def put(sample: Sample, folder: Path) -> tuple[Path, list[Path]]:
    return made.written(made.make(sample, broken=True), sample, folder)


def document(
    files: tuple[Path, list[Path]], one: Verifier, form: crjson.Form = crjson.Form.V2_4
) -> dict[str, Any]:
    path, segments = files
    with Asset.open(path) as asset:
        return crjson.crjson_document(one.examine(asset, fragments=segments), form)


@each("name", sorted(NAMES))
def test_every_sample_is_answered_rightly(name: str, tmp_path: Path, roots: Path) -> None:
    sample = NAMES[name]
    judged = set()
    files = put(sample, tmp_path)
    for mode in CrossCheck:
        made_of_it = document(files, verifier(roots, mode))
        assert other_codes(made_of_it) == set()
        written = crjson.crjson_text(made_of_it)
        if written in judged:
            continue  # the same document
        judged.add(written)
        assert crjson_read.subject(crjson_read.parse_crjson(written.encode()), name) is not None
        answer = validator_runs.read_answer(ValidatorRun(0, written.encode()), Adapter.CRJSON)
        found = scoring.score_answer(sample.expected, answer)
        if sample.expected.state is ValidationState.OPEN:
            assert found.result is SampleResult.NOT_SCORED
        else:
            assert (found.result, found.said) == (SampleResult.AGREES, ""), mode


@pytest.mark.parametrize("form", list(crjson.Form))
def test_every_sound_sample_is_valid_crjson(form: crjson.Form, tmp_path: Path, roots: Path) -> None:
    one = verifier(roots, CrossCheck.NEVER)
    for sample in NAMES.values():
        if not sample.faulty:
            folder = tmp_path / sample.name
            folder.mkdir()
            assert faults(document(put(sample, folder), one, form), form) == [], sample.name


def test_the_kit_has_samples_of_every_state_to_judge() -> None:
    assert len(NAMES) > 250
    states = {sample.expected.state for sample in SAMPLES}
    assert states == set(ValidationState)


def test_one_sample_is_answered_rightly_by_the_whole_command(roots: Path, tmp_path: Path) -> None:
    """A fault in the command itself would show here, and in no sample."""
    verifier(roots, CrossCheck.AUTO)
    sample = NAMES["good/container/jpeg.jpg"]
    path, _ = put(sample, tmp_path)
    anchors = ("--trust-anchors", roots / "root.pem", "--tsa-anchors", roots / "tsa-root.pem")
    at = ("--no-bundled-trust", "--at", f"{made.AT:%Y-%m-%dT%H:%M:%SZ}")
    run = call("verify", "--format", "crjson", *anchors, *at, path)
    assert (run.returncode, run.stderr) == (3, b"")
    answer = validator_runs.read_answer(ValidatorRun(0, run.stdout), Adapter.AUTO)
    assert scoring.score_answer(sample.expected, answer).result is SampleResult.AGREES
