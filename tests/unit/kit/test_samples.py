"""Every sample, with its fault and without: `verify` and `lint` say what is expected of each.

The expectations follow from how a sample is made, by rules that know nothing of either; that
without its fault a sample is sound shows that nothing but the fault is wrong with it.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support import sdk
from support.each import each
from unit.kit.made import (
    PKI,
    differences,
    judge,
    lint_differences,
    make,
    report_differences,
    verify,
)

from provenance.base.options import CrossCheck
from provenance.kit import code_tables, linting, samples
from provenance.kit.certificates import pem
from provenance.kit.expect import ValidationState
from provenance.kit.make import today
from provenance.kit.pki import Pki
from provenance.kit.sample import FORMATS, UNSIGNED, Bench, Sample, SampleClass
from provenance.kit.samples import sample_catalogue
from provenance.kit.samples.hostile_samples import STRINGS
from provenance.kit.samples.sample_catalogue import SAMPLES, select

if TYPE_CHECKING:
    from provenance.kit.expect import Expected

pytestmark = pytest.mark.usefixtures("kept_primes")

GOOD = [one for one in SAMPLES if not one.faulty]
FAULTY = [one for one in SAMPLES if one.faulty]
# The SDK has no validation time but the clock's, so its samples are made as of today.
TODAY = Pki(PKI.seed, today())
TODAY._keys = PKI._keys
ROOTS = pem((TODAY.certificate("root"), TODAY.certificate("tsa-root")))


def listed(samples: list[Sample]) -> list[object]:
    return [pytest.param(one, id=one.file) for one in samples]


def asks_more(expected: Expected, sound: Expected) -> bool:
    """Whether lint must say something with the fault that it must not say without it.

    What is open without it may be said then too.
    """
    asked, before = linting.answers(expected), linting.answers(sound)
    return any(
        one.otherwise != before[name].otherwise
        or one.any_of
        or {r for r in set(one.rules) - set(before[name].rules) if r[0] not in before[name].open}
        for name, one in asked.items()
    )


@pytest.mark.parametrize("sample", listed(GOOD))
def test_a_good_sample_is_judged_as_expected(sample: Sample, tmp_path: Path) -> None:
    assert differences(judge(make(sample, broken=False), sample, tmp_path), sample.expected) == []


@pytest.mark.parametrize("sample", listed(FAULTY))
def test_a_fault_of_a_sample_is_found_and_nothing_else(sample: Sample, tmp_path: Path) -> None:
    assert sample.sound is not None
    broken, sound = make(sample, broken=True), make(sample, broken=False)
    assert broken != sound
    (tmp_path / "sound").mkdir()
    without, with_fault = judge(sound, sample, tmp_path / "sound"), judge(broken, sample, tmp_path)
    assert differences(without, sample.sound) == []
    assert differences(with_fault, sample.expected) == []
    if not sample.needs and asks_more(sample.expected, sample.sound):
        assert lint_differences(without.lint, sample.expected) != []
        assert lint_differences(with_fault.lint, sample.sound) != []


@each("cross_check", [CrossCheck.ALWAYS, CrossCheck.NEVER])
@each("sample", SAMPLES, ids=lambda one: one.file)
def test_our_own_check_alone_says_what_is_expected(
    sample: Sample, cross_check: CrossCheck, tmp_path: Path
) -> None:
    """`judge` asks the SDK where that can matter (AUTO); the answer must not hang on that."""
    made, expected = make(sample, broken=sample.faulty), sample.expected
    report = verify(made, sample, tmp_path, cross_check)
    assert report_differences(report, expected) == []
    assert cross_check is not CrossCheck.NEVER or report.sdk_state is None


@each("sample", FAULTY, ids=lambda one: one.file)
def test_a_fault_changes_what_is_expected_or_must_change_nothing(sample: Sample) -> None:
    """Hostile texts and sizes are there to change nothing: that is what they expect."""
    if sample.group is not SampleClass.HOSTILE:
        assert sample.expected != sample.sound


@each("sample", SAMPLES, ids=lambda one: one.file)
def test_an_expectation_says_all_that_is_judged(sample: Sample) -> None:
    expected = sample.expected
    assert sample.what
    assert sample.section
    assert sample.because
    if expected.state in {ValidationState.VALID, ValidationState.INVALID}:
        assert expected.failure
    if expected.state is ValidationState.TRUSTED:
        assert not expected.failure
        assert expected.identity == "private"
    if expected.assurance == "verified_private":
        assert expected.integrity == "intact"
        assert expected.time in {"current", "timestamped"}
    if expected.origin in {"captured", "digital_creation"}:
        assert expected.assurance == "verified_private"


# The section names no code for what is wrong here; this is what c2pa-rs says.
NAMELESS = {"faulty/assertion/no-actions.jpg": {"assertion.action.missing"}}


@each("sample", SAMPLES, ids=lambda one: one.file)
def test_codes_of_expectations_are_those_of_the_specification(sample: Sample) -> None:
    for one in filter(None, (sample.expected, sample.sound)):
        assert set(one.codes) <= code_tables.FAILURE | NAMELESS.get(sample.file, set())
        assert set(one.informational) <= code_tables.INFORMATIONAL
        assert set(one.success) <= code_tables.SUCCESS


# Failure codes that no sample asks for, or what they begin with, and why.
WITHOUT_SAMPLE = {
    "assertion.cloud-data.labelMismatch": "what is kept elsewhere is not fetched (15.10.4.1)",
    "assertion.external-reference.hashMismatch": "what is kept elsewhere is not fetched",
    "assertion.external-reference.labelMismatch": "what is kept elsewhere is not fetched",
    "assertion.inaccessible": "what is kept elsewhere is not fetched",
    "assertion.dataHash.redacted": "deprecated: assertion.hardBinding.redacted",
    "livevideo.": "the kit makes no live streams (chapter 19)",
    "manifest.html.": "several stores: which code names that is left open, see `written`",
    "manifest.structuredText.multipleReferences": "as for HTML",
    "manifest.structuredText.noResolutionPath": "what is kept elsewhere is not fetched",
    "manifest.text.": "as for HTML, or what is left of a store",
    "manifest.timestamp.": "deprecated: time-stamp manifests are ignored (15.11.2.3)",
}


def test_every_failure_code_has_a_sample() -> None:
    asked = {code for one in SAMPLES for code in one.expected.codes}
    missing = code_tables.FAILURE - asked
    assert {code for code in missing if not code.startswith(tuple(WITHOUT_SAMPLE))} == set()
    for family in WITHOUT_SAMPLE:
        assert any(code.startswith(family) for code in missing), family


@each("sample", SAMPLES, ids=lambda one: one.file)
def test_readings_differ_and_follow_from_their_codes(sample: Sample) -> None:
    """By 14.3 an untrusted signer leaves a manifest Valid; any other failure does not."""
    expected = sample.expected
    states = [expected.state, *(one.state for one in expected.readings)]
    assert len(states) == len(set(states))
    pairs = [(expected.state, expected.failure)]
    pairs += [(one.state, one.failure) for one in expected.readings]
    for state, failure in pairs:
        if state is ValidationState.VALID:
            assert failure == ("signingCredential.untrusted",)
        if state is ValidationState.INVALID and expected.readings:
            assert "signingCredential.untrusted" not in failure


def test_most_faults_of_the_kit_are_asked_of_lint_too() -> None:
    """The others have a code that is on no list of the rubric, or are no fault of form at all."""
    asked = [
        one for one in FAULTY if one.sound and not one.needs and asks_more(one.expected, one.sound)
    ]
    assert len(asked) >= 130


def test_every_module_of_samples_is_in_the_catalogue() -> None:
    found = {p.stem for p in Path(samples.__file__).parent.glob("*.py") if declares(p)}
    assert found - {"sample_catalogue"} == set(sample_catalogue.MODULES)
    assert len(sample_catalogue.MODULES) == len(set(sample_catalogue.MODULES))


def declares(path: Path) -> bool:
    return re.search(r"^SAMPLES\b", path.read_text(encoding="utf-8"), re.MULTILINE) is not None


def test_every_sample_says_what_it_is_and_why() -> None:
    for one in SAMPLES:
        assert all((one.what, one.section, one.because)), one.file


def test_the_kit_has_enough_samples_of_every_container() -> None:
    assert len(FORMATS) >= 12
    assert len(SAMPLES) >= 120
    assert len(FAULTY) >= 80
    assert len({one.file for one in SAMPLES}) == len(SAMPLES)
    assert {one.group for one in SAMPLES} == set(SampleClass)
    for container in (*FORMATS, *UNSIGNED):
        held = [one for one in SAMPLES if one.container == container]
        assert any(one.faulty for one in held), "none has a fault"
        assert any(not one.faulty for one in held), "none is sound"


_NOT_READ = "it does not read this format"
# Good samples that the SDK does not call Trusted, and why.
_ELSEWHERE = {
    **dict.fromkeys(("comment", "docx", "font", "html", "odt", "ogg", "text", "zip"), _NOT_READ),
    "bmff-hash-in-pieces-short-header": "it counts blocks of media from byte 16 of their box",
    "claim-v2-unprotected-33": "it finds no chain under label 33 in the unprotected header",
    "epub": "it wants a map of files, where 18.8.2 has an array",
    "fragmented": "it is not given the fragments here",
    "multi-asset-part-removed": "it does not ask the parts where the data hash does not match",
    "redaction-zeros": "it cannot read an assertion of zeros",
    "sidecar": "it does not look for neighbours",
}


@each(
    "sample",
    [
        one
        for one in GOOD
        if one.expected.state is ValidationState.TRUSTED
        and not one.needs
        and one.name not in _ELSEWHERE
    ],
    ids=lambda one: one.file,
)
def test_the_sdk_too_trusts_the_good_samples(sample: Sample) -> None:
    """Another reader than ours: that a sample is sound is not only our own opinion."""
    made = sample.make(Bench(TODAY, sample.file), False)
    opinion = sdk.opinion(made.data, sample.media_type, ROOTS)
    assert (opinion.state, opinion.failures) == ("Trusted", ())


def test_hostile_text_is_cleaned_before_it_is_said(tmp_path: Path) -> None:
    samples = list(select("text-*"))
    assert samples, "no sample has hostile text"
    for sample in samples:
        judged = judge(make(sample, broken=True), sample, tmp_path)
        text = str(judged.report.to_dict())
        assert [raw for raw in STRINGS[:4] if raw in text] == []


def test_patterns_select_by_path_class_and_name() -> None:
    assert {one.group for one in select("splice")} == {SampleClass.SPLICE}
    assert [one.name for one in select("chain-30")] == ["chain-30"]
    assert [one.file for one in select("good/*") if one.faulty] == []
    assert select("nothing-like-it") == ()
    assert select(None) == SAMPLES
