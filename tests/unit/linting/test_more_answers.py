"""What the rules beside the programme answer where nothing is plainly right or wrong."""

from __future__ import annotations

import json
import tracemalloc
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from support.each import each
from support.fixture import AI, AI_COMPOSITE, CAPTURE, CREATION
from support.pki import FIXTURES
from unit.linting import media_samples as media
from unit.linting import samples
from unit.media.container import build
from unit.signing import pki

from provenance.base.terms import Conformance, Tier
from provenance.linting import evaluate, examples, gb45438, rule_catalogue, subject_loading
from provenance.linting.crjson import crjson_parsing as crjson_read
from provenance.linting.examples import actions, created, merged, reference
from provenance.linting.rule import RuleAnswer
from provenance.linting.subject import RuleNeed

if TYPE_CHECKING:
    from provenance.linting.rule import RuleResult
    from provenance.linting.subject import Subject

INDEX = json.loads((FIXTURES / "index.json").read_text(encoding="utf-8"))


def answer(rule_id: str, subject: Subject) -> RuleResult:
    rule = rule_catalogue.rule_named(rule_id)
    (found,) = evaluate.ask_rule(subject, rule_catalogue.PROFILES[rule.profiles[0]], rule)
    return found.result


def patched(patch: dict[str, Any]) -> Subject:
    return samples.from_patch(patch, rule_catalogue.PROFILES["interop"])


def outcome(rule_id: str, patch: dict[str, Any]) -> str:
    return answer(rule_id, patched(patch)).outcome.value


SHORT = {"notBefore": "2026-01-01T00:00:00Z", "notAfter": "2026-03-31T00:00:00Z"}
LONG = {"notBefore": "2026-01-01T00:00:00Z", "notAfter": "2027-01-01T00:00:00Z"}


def unstamped(validity: dict[str, Any]) -> dict[str, Any]:
    return {"signature": {"timeStampInfo": None, "certificateInfo": {"validity": validity}}}


def untrusted(validity: dict[str, Any]) -> dict[str, Any]:
    """A time-stamp whose authority is not trusted."""
    said = {"success": [], "informational": [{"code": "timeStamp.untrusted"}]}
    return {"signature": {"certificateInfo": {"validity": validity}}, "validationResults": said}


@each(
    ("rule_id", "patch", "expected"),
    [
        ("interop.actions_created", {"claim.v2": None, "claim": {}}, "not_applicable"),
        ("interop.actions_version", {"assertions": {"c2pa.actions.v2": None}}, "not_applicable"),
        ("interop.source_type_form", actions(created(digitalSourceType="digitalCapture")), "false"),
        ("interop.source_type_form", actions(created(digitalSourceType="http://x/y")), "warning"),
        ("interop.source_type_form", actions(created(digitalSourceType=7)), "not_applicable"),
        ("interop.source_type_form", {"assertions": {"c2pa.actions.v2": []}}, "not_applicable"),
        (
            "interop.source_type_form",
            {"assertions": {"c2pa.ingredient.v3": {"digitalSourceType": "https" + AI[4:]}}},
            "false",
        ),
        (
            "interop.all_actions_included",
            {"assertions": {"c2pa.actions.v2": {"allActionsIncluded": 1}}},
            "false",
        ),
        ("interop.spec_version", {"claim.v2": None, "claim": {}}, "not_applicable"),
        (
            "interop.spec_version",
            {"claim.v2": {"claim_generator_info": {"specVersion": 2}}},
            "false",
        ),
        ("interop.signing_time", unstamped(LONG), "warning"),
        ("interop.signing_time", unstamped(SHORT), "false"),
        ("interop.signing_time", unstamped({"notBefore": "x", "notAfter": 1}), "not_applicable"),
        ("interop.signing_time", unstamped(LONG | {"notAfter": "2026-05-01T00:00:00Z"}), "false"),
        ("interop.signing_time", untrusted(SHORT), "false"),
        ("interop.signing_time", untrusted(LONG), "warning"),
        ("eu.time_stamped", untrusted(LONG), "warning"),
        ("eu.time_stamped", {"validationResults": None}, "true"),
        ("eu.signed", {"validationResults": None}, "not_applicable"),
        (
            "eu.signed",
            {"validationResults": {"failure": [{"code": "signingCredential.expired"}]}},
            "true",
        ),
        ("eu.watermark", actions(created(), {"action": "c2pa.watermarked.bound"}), "true"),
        ("california.system", actions(created(softwareAgent=None)), "true"),
        (
            "california.system",
            merged(
                actions(created(softwareAgent=None)),
                {"claim.v2": {"claim_generator_info": {"name": "", "version": "1"}}},
            ),
            "false",
        ),
        ("california.system", actions(created(softwareAgent="Example/1.2")), "true"),
        ("california.system", actions(created(softwareAgent="Example-4")), "true"),
        ("california.system", actions(created(softwareAgent="Example")), "false"),
        (
            "california.created_or_altered",
            actions({"action": "c2pa.edited", "digitalSourceType": AI_COMPOSITE}),
            "true",
        ),
    ],
)
def test_rules_that_can_answer_in_between_do(
    rule_id: str, patch: dict[str, Any], expected: str
) -> None:
    assert outcome(rule_id, patch) == expected


def test_expiry_counts_at_the_validation_time() -> None:
    subject = patched(unstamped(LONG))
    late = replace(subject, at=datetime(2027, 6, 1, tzinfo=UTC))
    found = answer("interop.signing_time", late)
    assert found.outcome is RuleAnswer.FALSE
    assert "expired on 2027-01-01" in found.message


@each(
    ("rule_id", "content", "fires"),
    [
        ("interop.personal_location", {"Exif": {"GPSLatitude": "1"}}, True),
        ("interop.personal_location", {"geo": {"latitude": 1.0, "longitude": 2.0}}, True),
        ("interop.personal_location", {"GPSLatitudeRef": "N", "platitude": "x"}, False),
        ("interop.personal_location", {"exif:GPSLatitude": ""}, False),
        ("interop.personal_prompt", {"parameters": {"negative_prompt": "a dog"}}, True),
        ("interop.personal_prompt", {"promptness": "fast", "prompted_by": "x"}, False),
        ("interop.personal_account", {"userName": "x"}, True),
        ("interop.personal_account", {"user-id": "x"}, True),
        ("interop.personal_account", {"contact": "someone@example.com"}, True),
        ("interop.personal_account", {"items": [{"deep": {"email": "x"}}]}, True),
        ("interop.personal_account", {"user_id_hashing": "sha256", "accounting": 1}, False),
        ("interop.personal_account", {"url": "https://example.com/@someone"}, False),
        ("eu.personal_data", {"GPSPosition": "1 2"}, True),
    ],
)
def test_personal_data_in_an_assertion_fires(
    rule_id: str, content: dict[str, Any], fires: bool
) -> None:
    found = answer(rule_id, patched({"assertions": {"org.example": content}}))
    assert (found.outcome is RuleAnswer.FALSE) is fires


def test_personal_values_are_not_repeated() -> None:
    content = {"email": "someone@example.com", "prompt": "the secret words"}
    subject = patched({"assertions": {"org.example": content}})
    for rule_id in ("interop.personal_account", "interop.personal_prompt", "eu.personal_data"):
        message = answer(rule_id, subject).message
        assert "someone" not in message
        assert "secret" not in message
        assert "org.example/" in message


def test_a_deep_or_wide_assertion_is_bounded() -> None:
    deep: dict[str, Any] = {"email": "x"}
    for _ in range(100):
        deep = {"a": deep}
    assert outcome("interop.personal_account", {"assertions": {"org.example": deep}}) == "true"
    wide = {"a": list(range(50_000)), "zz_email": "x"}
    assert outcome("interop.personal_account", {"assertions": {"org.example": wide}}) == "false"
    wide = {f"n{n}": n for n in range(50_000)} | {"email": "x"}
    assert outcome("interop.personal_account", {"assertions": {"org.example": wide}}) == "true"


def test_a_long_name_is_not_repeated_for_each_field_below_it() -> None:
    below = {f"n{n}": n for n in range(2_000)} | {"email": "x"}
    subject = patched({"assertions": {"org.example": {"k" * 100_000: below}}})
    tracemalloc.start()
    try:
        assert answer("interop.personal_account", subject).outcome is RuleAnswer.FALSE
        assert tracemalloc.get_traced_memory()[1] < 10 << 20
    finally:
        tracemalloc.stop()


def test_a_prompt_as_an_ingredient_is_told() -> None:
    kinds = [{"type": "c2pa.types.generator.prompt"}]
    patch = {"assertions": {"c2pa.ingredient.v3": {"dataTypes": kinds}}}
    assert outcome("interop.personal_prompt", patch) == "false"


def test_thumbnails_of_ingredients_count() -> None:
    patch = {"assertions": {"c2pa.thumbnail.ingredient__1": reference("x")}}
    assert outcome("interop.thumbnail", patch) == "false"


@pytest.mark.parametrize(
    ("eku", "expected"),
    [
        ((pki.CLAIM_EKU, pki.DOCUMENT), "true"),
        ((pki.CLAIM_EKU,), "warning"),
        ((pki.CLAIM_EKU, pki.EMAIL, pki.ANY), "false"),
        ((pki.CLAIM_EKU, pki.EMAIL, pki.STAMPING), "false"),
        (("1.3.6.1.5.5.7.3.1",), "false"),
    ],
)
def test_extended_key_usages_that_are_accepted_are_told(
    eku: tuple[str, ...], expected: str
) -> None:
    assert answer("certificate.eku_accepted", media.certified(eku=eku)).outcome.value == expected


def lineage(relationship: str, *, back: str = "") -> Subject:
    """A manifest without AI over one that declares it."""
    label = "urn:c2pa:00000000-0000-4000-8000-000000000002"
    ingredient = {
        "relationship": relationship,
        "activeManifest": {"url": f"self#jumbf=/c2pa/{label}"},
    }
    opened = {"action": "c2pa.opened"}
    upper = merged(actions(opened), {"assertions": {"c2pa.ingredient.v3": ingredient}})
    document = examples.example_document(upper, rule_catalogue.PROFILES["interop"])
    lower: dict[str, Any] = {"label": label}
    if back:
        link = {"url": f"self#jumbf=/c2pa/{back}"}
        below = {"relationship": "parentOf", "activeManifest": link}
        lower |= {"assertions": {"c2pa.ingredient.v3": below}}
    document["manifests"].append(merged(examples.manifest(), lower))
    return crjson_read.subject(document, "lineage.json")


@pytest.mark.parametrize(
    ("relationship", "expected"),
    [("parentOf", "true"), ("componentOf", "true"), ("inputTo", "false"), ("", "false")],
)
def test_a_mark_that_a_parent_carries_on_counts(relationship: str, expected: str) -> None:
    subject = lineage(relationship, back=examples.LABEL)  # and back again: no endless walk
    for rule_id in ("eu.marked", "california.created_or_altered"):
        found = answer(rule_id, subject)
        assert found.outcome.value == expected
        assert found.where.startswith("urn:c2pa:")
    assert answer("california.system", subject).outcome is RuleAnswer.TRUE


def test_a_product_not_on_the_conformance_list_is_a_warning() -> None:
    found = answer("certificate.conforming_product", media.standing(Conformance.NOT_LISTED))
    assert found.outcome is RuleAnswer.WARNING


@each(
    ("rule_id", "name", "expected"),
    [
        ("certificate.time_stamp", "expired-stranger-timestamp.jpg", "warning"),
        ("certificate.time_stamp", "bad-signature.jpg", "not_applicable"),
        ("certificate.ocsp_stapled", "revoked.jpg", "false"),
        ("certificate.ocsp_stapled", "revoked-later.jpg", "true"),
        ("certificate.ocsp_stapled", "bad-signature.jpg", "not_applicable"),
        ("eu.time_stamped", "expired-stranger-timestamp.jpg", "warning"),
        ("eu.time_stamped", "expired-timestamped.jpg", "true"),
        ("interop.signing_time", "expired-stranger-timestamp.jpg", "false"),
        ("interop.signing_time", "expired-timestamped.jpg", "true"),
        ("interop.exclusion_range", "tampered.png", "not_applicable"),
        ("interop.exclusion_range", "partial-second-exclusion.jpg", "false"),
        ("iptc.source_type", "capture.jpg", "not_applicable"),
        ("iptc.source_type", "tone.wav", "not_applicable"),
        ("iptc.source_type", "ai-generated.png", "false"),
        ("gb45438.present", "plain.jpg", "false"),
        ("eu.marked", "plain.jpg", "false"),
        ("california.created_or_altered", "plain.jpg", "false"),
    ],
)
def test_rules_answer_on_fixtures_as_expected(rule_id: str, name: str, expected: str) -> None:
    assert answer(rule_id, media.fixture(name)).outcome.value == expected


@each("name", [e["file"] for e in INDEX["files"]])
def test_a_file_and_its_crjson_get_one_answer(name: str) -> None:
    path = FIXTURES / name
    whole, document = subject_loading.load_subject(path, media.verifier())
    alone = crjson_read.subject(document, str(path))
    for rule in rule_catalogue.rules():
        if rule.needs <= {RuleNeed.MANIFEST}:
            for profile in map(rule_catalogue.PROFILES.__getitem__, rule.profiles):
                expected = evaluate.ask_rule(whole, profile, rule)
                assert evaluate.ask_rule(alone, profile, rule) == expected, rule.id


def test_an_authority_on_the_interim_list_alone_is_no_listed_one() -> None:
    subject = media.fixture("expired-timestamped.jpg")
    evidence = subject.evidence
    assert evidence is not None
    assert answer("certificate.time_stamp", subject).outcome is RuleAnswer.TRUE
    chains = {k: replace(c, time_tier=Tier.INTERIM) for k, c in evidence.chains.items()}
    found = answer(
        "certificate.time_stamp", replace(subject, evidence=replace(evidence, chains=chains))
    )
    assert (found.outcome, "interim list" in found.message) == (RuleAnswer.WARNING, True)


def test_a_hash_of_an_altered_file_says_nothing_of_its_exclusions() -> None:
    found = answer("interop.exclusion_range", media.fixture("tampered.png"))
    assert found.message == "integrity is broken, so what the hash covers says nothing"


@each(
    ("said", "signed", "expected"),
    [
        (AI, AI, "true"),
        ("trainedAlgorithmicMedia", AI, "true"),
        (CAPTURE, CREATION, "warning"),
        (AI_COMPOSITE, AI, "warning"),
        (AI, CAPTURE, "false"),
        (AI, None, "not_applicable"),
    ],
)
def test_source_types_of_xmp_and_credential_have_to_agree(
    said: str, signed: str | None, expected: str
) -> None:
    assert answer("iptc.consistent", media.image(said, signed=signed)).outcome.value == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (AI, "true"),
        ("https" + AI[4:], "false"),
        ("http://example.com/x", "false"),
        (" ", "not_applicable"),
    ],
)
def test_the_source_type_in_metadata_has_to_be_a_uri(value: str, expected: str) -> None:
    found = answer("iptc.source_type_uri", media.image(value, signed=None))
    assert found.outcome.value == expected


def label_of(text: str) -> tuple[gb45438.Label, ...]:
    subject = media.labelled(text)
    assert subject.evidence is not None
    return gb45438.labels(subject.evidence.metadata)


@each(
    "text",
    [
        "",
        "[]",
        "null",
        "1",
        '{"AIGC": 5}',
        '{"AIGC": {"AIGC": {"AIGC": {"AIGC": {"AIGC": {"AIGC": 1}}}}}}',
        "[" * 5000,
        '"' * 4000,
        "{" * 20_000,
        '{"Label": "\\ud800"}',
    ],
)
def test_hostile_labels_are_faults_or_nothing(text: str) -> None:
    for one in label_of(text):
        assert one.fault or not set(gb45438.KEYS) <= one.value.keys()
    for name in ("present", "readable", "keys", "label", "values", "characters", "place"):
        answer(f"gb45438.{name}", media.labelled(text))  # whatever it says, it says something


def test_a_key_that_is_there_twice_around_the_label_is_told() -> None:
    inner = json.dumps(json.dumps(dict.fromkeys(gb45438.KEYS, "1")))
    for text in (f'{{"AIGC": {inner}, "AIGC": {inner}}}', '{"Label": "1", "Label": "2"}'):
        (one,) = label_of(text)
        assert one.twice
        assert answer("gb45438.no_duplicate_keys", media.labelled(text)).outcome is RuleAnswer.FALSE


def test_forbidden_characters_of_a_label_are_named() -> None:
    assert gb45438.forbidden("!#[]~09AZaz") == ""
    assert gb45438.forbidden(' "\\\x7f') == "U+0020, U+0022, U+005C, U+007F"
    assert gb45438.forbidden("\u4e2d") == "U+4E2D"


@each(
    ("code", "sound"),
    [
        ("001191990000MA0000000800001", True),
        ("001191990000MA0000000900001", False),
        ("001191990000MA000000080000", False),
        ("001191990000MA00000008ABCDE", False),
        ("Example", True),
        ("0011-a-name-with-dashes-in-it", True),
    ],
)
def test_provider_codes_of_a_label_have_their_check_digit(code: str, sound: bool) -> None:
    assert (gb45438.code_fault(code) == "") is sound


PLACES = {
    "jpeg-xmp-element": "true",
    "jpeg-exif": "true",
    "jpeg-segment": "false",
    "png-text": "true",
    "webp-xmp": "true",
    "gif-xmp": "true",
    "tiff-xmp": "true",
    "heic-xmp": "true",
    "mp4-keys": "true",
    "mkv-tag": "true",
    "avi-info": "true",
    "wav-chunk": "true",
    "wav-id3": "false",
    "flv": "true",
    "mp3-id3v23": "true",
    "flac": "true",
    "ogg": "true",
    "docx": "true",
    "pdf-info": "true",
    "pdf-xmp": "false",
}


@each("name", PLACES)
def test_a_label_is_in_its_place_or_not(name: str) -> None:
    text = json.dumps({"AIGC": media.sound()})
    subject = media.of_bytes(build.tc260_files(text)[name])
    assert answer("gb45438.present", subject).outcome is RuleAnswer.TRUE
    assert answer("gb45438.keys", subject).outcome is RuleAnswer.TRUE
    assert answer("gb45438.place", subject).outcome.value == PLACES[name]


def test_html_escapes_in_a_label_are_a_detour() -> None:
    text = json.dumps({"AIGC": media.sound()}).replace('"', "&quot;")
    subject = media.labelled(text)
    assert answer("gb45438.readable", subject).outcome is RuleAnswer.TRUE
    found = answer("gb45438.plain", subject)
    assert (found.outcome, "HTML" in found.message) == (RuleAnswer.FALSE, True)
