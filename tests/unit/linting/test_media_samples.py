"""The samples that are files: exactly what every rule of the profile answers for each of them."""

from __future__ import annotations

from support.each import each
from unit.linting import media_samples, samples

from provenance.linting import rule_catalogue

UNSTAMPED = {
    "certificate.conforming_product": "not_applicable",
    "certificate.ocsp_stapled": "false",
    "certificate.time_stamp": "false",
}
# The project's own test PKI follows no certificate policy.
FIXTURE_PKI = {
    "certificate.conforming_product": "not_applicable",
    **{
        f"certificate.{name}": "false"
        for name in (
            "assurance_level",
            "eku",
            "key",
            "key_usage",
            "policy",
            "record_id",
            "revocation_address",
            "validity",
        )
    },
}
UNREAD = {
    f"gb45438.{name}": "not_applicable"
    for name in (
        "characters",
        "first_writing",
        "keys",
        "label",
        "no_duplicate_keys",
        "plain",
        "provider_code",
        "values",
    )
}
NO_XMP = {
    f"iptc.{name}": "not_applicable"
    for name in ("ai_system", "consistent", "source_type_single", "source_type_uri")
}
INTEROP = {
    "interop.all_actions_included": "false",
    "interop.signing_time": "warning",
    "interop.spec_version": "false",
}
# Beside the rule itself, what answers otherwise than `true` for the firing and the passing sample.
FIRES = {
    "certificate.eku": {"certificate.eku_accepted": "false"},
    "certificate.eku_accepted": {"certificate.eku": "false"},
    "certificate.malformed": {
        "certificate.policy": "false",
        "certificate.revocation_address": "false",
    },
    "certificate.time_stamp": {**FIXTURE_PKI},
    "certificate.ocsp_stapled": {**FIXTURE_PKI},
    "iptc.source_type": NO_XMP,
    "iptc.source_type_uri": {"iptc.ai_system": "false"},
    "iptc.source_type_single": {"iptc.ai_system": "false"},
    "iptc.consistent": {"iptc.ai_system": "not_applicable"},
    "gb45438.present": {
        **UNREAD,
        "gb45438.place": "not_applicable",
        "gb45438.readable": "not_applicable",
        "gb45438.single": "not_applicable",
    },
    "gb45438.readable": UNREAD,
    "gb45438.keys": {"gb45438.first_writing": "false"},
    "gb45438.place": {"gb45438.plain": "false"},
    "interop.exclusion_range": INTEROP,
}
PASSES = {
    "certificate.time_stamp": {**FIXTURE_PKI, "certificate.ocsp_stapled": "false"},
    "certificate.ocsp_stapled": {**FIXTURE_PKI},
    "interop.exclusion_range": {**INTEROP, "interop.actions_created": "false"},
}


def otherwise(rule_id: str, table: dict[str, dict[str, str]]) -> dict[str, str]:
    base = UNSTAMPED if rule_id.startswith("certificate.") else {}
    of_fixture = rule_id in PASSES and table is PASSES
    return table[rule_id] if of_fixture else base | table.get(rule_id, {})


@each("rule_id", media_samples.MEDIA)
def test_each_rule_about_media_answers_exactly_as_expected(rule_id: str) -> None:
    rule = rule_catalogue.rule_named(rule_id)
    fires, passes = media_samples.MEDIA[rule_id]
    for name in rule.profiles:
        profile = rule_catalogue.PROFILES[name]
        everything = {r.id: "true" for r in rule_catalogue.rules_of(profile)}
        fired = otherwise(rule_id, FIRES) | {rule_id: rule.example.outcome.value}
        assert samples.answers(fires(), profile) == everything | fired
        silent = otherwise(rule_id, PASSES) | {rule_id: "true"}
        assert samples.answers(passes(), profile) == everything | silent
