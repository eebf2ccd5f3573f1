"""Real files that nobody here made, and the project's own: the verdict that each must get."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from support.each import each
from support.pki import FIXTURES
from support.shared import CORPUS, index, needs_corpus, rubrics

from provenance import Flag, Options, TrustStore, Verifier
from provenance.base.options import CrossCheck
from provenance.base.terms import Identity, Integrity, TimeStatus

if TYPE_CHECKING:
    from provenance.verdict.report import Report

AT = datetime(2026, 11, 22, tzinfo=UTC)
ENTRIES = {entry["file"]: entry for entry in index()}
SIGNED = sorted(name for name, e in ENTRIES.items() if e["credentials"] == "present")
OWN = json.loads((FIXTURES / "index.json").read_text(encoding="utf-8"))
OWN_FILES = {entry["file"]: entry for entry in OWN["files"]}
_NEVER, _ALWAYS = CrossCheck.NEVER, CrossCheck.ALWAYS
AI = {"ai_generated", "ai_modified"}
# Vendors whose certificates carry extended key usages that tools have stumbled over.
FRAMED = {"OpenAI", "Google", "Samsung", "Microsoft"}


@cache
def verifier(cross_check: CrossCheck = CrossCheck.AUTO) -> Verifier:
    return Verifier(at=AT, options=Options(digest=False, cross_check=cross_check))


@cache
def report(name: str, cross_check: CrossCheck = CrossCheck.AUTO) -> Report:
    return verifier(cross_check).verify(CORPUS / name)


class TestRealFiles:
    pytestmark = needs_corpus

    @each("name", sorted(ENTRIES))
    def test_every_file_gets_a_verdict_and_its_credential_is_found(self, name: str) -> None:
        found = report(name)
        assert found.error is None
        assert found.verdict is not None
        assert found.credentials.status.value == ENTRIES[name]["credentials"]

    @each("name", SIGNED)
    def test_origin_and_vendor_where_they_rest_on_a_credential(self, name: str) -> None:
        found, expected = report(name), ENTRIES[name]
        assert found.verdict is not None
        assert found.verdict.origin.value == expected["origin"]
        if expected["vendor"] and expected["origin"] in AI:
            assert found.generator is not None
            assert expected["vendor"].lower() in (found.generator.vendor or "").lower()

    @each("name", SIGNED)
    def test_integrity_and_identity_are_those_of_the_index(self, name: str) -> None:
        found, expected = report(name), ENTRIES[name]
        assert found.axes.integrity.value == expected["integrity"]
        if expected["integrity"] != "broken":
            assert found.axes.identity.value == expected["anchor"]

    @each("name", sorted(set(ENTRIES) - set(SIGNED)))
    def test_without_a_credential_the_axes_are_silent(self, name: str) -> None:
        axes = report(name).axes
        assert (axes.integrity, axes.identity) == (Integrity.NONE, Identity.NONE)
        assert report(name).sdk_state is None

    @each("name", [n for n, e in ENTRIES.items() if e["origin"] == "unknown"])
    def test_nothing_that_is_unknown_is_flagged_as_ai(self, name: str) -> None:
        found = report(name).verdict
        assert found is not None
        assert Flag.AI not in found.flags

    @each("name", [n for n in SIGNED if not n.endswith(".c2pa")])
    def test_the_sdks_state_is_kept_beside_our_answer(self, name: str) -> None:
        state = report(name, CrossCheck.ALWAYS).sdk_state
        assert state in {"Valid", "Invalid"}
        if rubrics()[name]["state"] in {"Valid", "Trusted"} and state == "Invalid":
            assert report(name).axes.time is not TimeStatus.UNKNOWN  # it says so of expiry

    @each("name", SIGNED)
    def test_our_own_check_alone_and_both_together_say_the_same(self, name: str) -> None:
        alone, usual, both = (report(name, mode) for mode in (_NEVER, CrossCheck.AUTO, _ALWAYS))
        assert alone.sdk_state is None
        for other in (usual, both):
            assert (alone.verdict, alone.axes, alone.flagged) == (
                other.verdict,
                other.axes,
                other.flagged,
            )

    @each("name", [n for n, e in ENTRIES.items() if e["vendor"] in FRAMED])
    def test_well_known_signers_are_never_invalid(self, name: str) -> None:
        for manifest in report(name).credentials.manifests:
            assert manifest.axes.identity is not Identity.INVALID

    @each("name", SIGNED)
    def test_expiry_is_never_tampering(self, name: str) -> None:
        if report(name).axes.time is not TimeStatus.EXPIRED:
            return
        expected = ENTRIES[name]["integrity"]
        assert report(name).axes.integrity.value == expected
        late = Verifier(at=AT.replace(year=2090), options=Options(digest=False))
        assert late.verify(CORPUS / name).axes.integrity.value == expected

    @each("name", SIGNED)
    def test_integrity_and_identity_do_not_hang_on_the_time(self, name: str) -> None:
        late = _late().verify(CORPUS / name).axes
        assert (late.integrity, late.identity) == (
            report(name).axes.integrity,
            report(name).axes.identity,
        )


@cache
def _late() -> Verifier:
    return Verifier(at=AT.replace(year=2090), options=Options(digest=False))


@cache
def own() -> Verifier:
    anchors = [FIXTURES / OWN["anchors"]]
    trust = TrustStore.load(bundled=False, anchors=anchors, tsa_anchors=anchors)
    return Verifier(trust=trust, at=datetime.fromisoformat(OWN["at"]))


class TestOwnFiles:
    @each("name", sorted(OWN_FILES))
    def test_own_files_are_judged_as_the_index_expects(self, name: str) -> None:
        found = own().verify(FIXTURES / name)
        assert found.verdict is not None
        got: dict[str, Any] = {
            "origin": found.verdict.origin.value,
            "assurance": found.verdict.assurance.value,
            "integrity": found.axes.integrity.value,
            "identity": found.axes.identity.value,
            "time": found.axes.time.value,
            "revocation": found.axes.revocation.value,
            "credentials": found.credentials.status.value,
            "flags": [flag.value for flag in found.verdict.flags],
        }
        expected = {k: v for k, v in OWN_FILES[name]["expected"].items() if k != "because"}
        assert got == expected
        assert found.asset.sha256 == OWN_FILES[name]["sha256"]
        assert found.asset.media_type == OWN_FILES[name]["media_type"]

    def test_every_file_in_the_folder_is_in_the_index(self) -> None:
        others = {"README.md", "index.json", "policy.toml"}
        media = {p.name for p in FIXTURES.iterdir() if p.is_file()} - others
        assert media == set(OWN_FILES)
