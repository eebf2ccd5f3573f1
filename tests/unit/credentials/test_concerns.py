"""Every failure code of the standard has a considered concern; unknown ones stay unknown."""

from __future__ import annotations

import pytest
from support.each import each

from provenance.credentials.concerns import Concern, breaks, concern

# The failure codes of C2PA 2.4, section 15.2.2.3, and those of older versions that tools recorded.
FAILURES = {
    "algorithm.unsupported": Concern.UNKNOWN,
    "assertion.action.ingredientMismatch": Concern.FORM,
    "assertion.action.malformed": Concern.FORM,
    "assertion.action.missing": Concern.FORM,
    "assertion.action.redacted": Concern.SEAL,
    "assertion.action.redactionMismatch": Concern.FORM,
    "assertion.action.softBindingMissing": Concern.FORM,
    "assertion.alternativeContentRepresentation.hashMismatch": Concern.FORM,
    "assertion.alternativeContentRepresentation.malformed": Concern.FORM,
    "assertion.alternativeContentRepresentation.missing": Concern.FORM,
    "assertion.bmffHash.malformed": Concern.SEAL,
    "assertion.bmffHash.mismatch": Concern.BINDING,
    "assertion.boxesHash.malformed": Concern.SEAL,
    "assertion.boxesHash.mismatch": Concern.BINDING,
    "assertion.boxesHash.unknownBox": Concern.BINDING,
    "assertion.cbor.invalid": Concern.FORM,
    "assertion.cloud-data.actions": Concern.FORM,
    "assertion.cloud-data.hardBinding": Concern.FORM,
    "assertion.cloud-data.labelMismatch": Concern.FORM,
    "assertion.cloud-data.malformed": Concern.FORM,
    "assertion.collectionHash.incorrectFileCount": Concern.BINDING,
    "assertion.collectionHash.invalidURI": Concern.BINDING,
    "assertion.collectionHash.malformed": Concern.SEAL,
    "assertion.collectionHash.mismatch": Concern.BINDING,
    "assertion.dataHash.malformed": Concern.SEAL,
    "assertion.dataHash.mismatch": Concern.BINDING,
    "assertion.dataHash.redacted": Concern.SEAL,
    "assertion.external-reference.actions": Concern.FORM,
    "assertion.external-reference.created": Concern.FORM,
    "assertion.external-reference.hardBinding": Concern.FORM,
    "assertion.external-reference.malformed": Concern.FORM,
    "assertion.hardBinding.redacted": Concern.SEAL,
    "assertion.hashedURI.mismatch": Concern.SEAL,
    "assertion.inaccessible": Concern.SEAL,
    "assertion.ingredient.malformed": Concern.FORM,
    "assertion.json.invalid": Concern.FORM,
    "assertion.metadata.disallowed": Concern.FORM,
    "assertion.missing": Concern.SEAL,
    "assertion.multiAssetHash.malformed": Concern.SEAL,
    "assertion.multiAssetHash.mismatch": Concern.BINDING,
    "assertion.multiAssetHash.missingPart": Concern.BINDING,
    "assertion.multipleHardBindings": Concern.SEAL,
    "assertion.notRedacted": Concern.SEAL,
    "assertion.outsideManifest": Concern.SEAL,
    "assertion.required.missing": Concern.FORM,
    "assertion.selfRedacted": Concern.SEAL,
    "assertion.timestamp.malformed": Concern.FORM,
    "assertion.undeclared": Concern.SEAL,
    "claim.cbor.invalid": Concern.SEAL,
    "claim.hardBindings.missing": Concern.SEAL,
    "claim.malformed": Concern.SEAL,
    "claim.missing": Concern.SEAL,
    "claim.multiple": Concern.SEAL,
    "claim.required.missing": Concern.SEAL,
    "claimSignature.mismatch": Concern.SIGNATURE,
    "claimSignature.missing": Concern.SIGNATURE,
    "claimSignature.outsideValidity": Concern.ELSEWHERE,
    "general.error": Concern.UNKNOWN,
    "hashedURI.mismatch": Concern.SEAL,
    "hashedURI.missing": Concern.SEAL,
    "ingredient.claimSignature.mismatch": Concern.SEAL,
    "ingredient.claimSignature.missing": Concern.SEAL,
    "ingredient.hashedURI.mismatch": Concern.SEAL,
    "ingredient.manifest.mismatch": Concern.SEAL,
    "ingredient.manifest.missing": Concern.SEAL,
    "manifest.compressed.invalid": Concern.SEAL,
    "manifest.inaccessible": Concern.SEAL,
    "manifest.missing": Concern.SEAL,
    "manifest.multipleParents": Concern.SEAL,
    "manifest.timestamp.invalid": Concern.SEAL,
    "manifest.timestamp.wrongParents": Concern.SEAL,
    "manifest.update.invalid": Concern.SEAL,
    "manifest.update.wrongParents": Concern.SEAL,
    "signingCredential.expired": Concern.ELSEWHERE,
    "signingCredential.invalid": Concern.ELSEWHERE,
    "signingCredential.ocsp.revoked": Concern.ELSEWHERE,
    "signingCredential.ocsp.unknown": Concern.ELSEWHERE,
    "signingCredential.revoked": Concern.ELSEWHERE,
    "signingCredential.untrusted": Concern.ELSEWHERE,
    "timeStamp.malformed": Concern.ELSEWHERE,
    "timeStamp.mismatch": Concern.ELSEWHERE,
    "timeStamp.outsideValidity": Concern.ELSEWHERE,
    "timeStamp.untrusted": Concern.ELSEWHERE,
}
# No answer can be given for these: what they concern was not, or not fully, checked.
LEFT_OPEN = {"algorithm.unsupported", "general.error"}


@each(("code", "expected"), sorted(FAILURES.items()))
def test_each_failure_code_of_the_sdk_answers_one_question(code: str, expected: Concern) -> None:
    assert concern(code) is expected


@each(
    ("place", "expected"),
    [
        ("c2pa.assertions/c2pa.soft-binding", Concern.FORM),
        ("c2pa.assertions/c2pa.soft-binding__1", Concern.FORM),
        ("c2pa.assertions/c2pa.hash.data", Concern.SEAL),
        ("c2pa.assertions/c2pa.hash.bmff.v3", Concern.SEAL),
        ("c2pa.assertions/c2pa.actions.v2", Concern.SEAL),
        ("c2pa.assertions/c2pa.ingredient.v3__2", Concern.SEAL),
        ("c2pa.claim.v2", Concern.SEAL),
        ("", Concern.SEAL),
    ],
)
def test_an_assertion_that_cannot_be_read_is_no_malformed_claim(
    place: str, expected: Concern
) -> None:
    assert concern("claim.malformed", f"self#jumbf=/c2pa/urn:c2pa:x/{place}") is expected


def test_only_codes_that_leave_the_question_open_are_unknown() -> None:
    assert {c for c in FAILURES if concern(c) is Concern.UNKNOWN} == LEFT_OPEN


@pytest.mark.parametrize(
    "code",
    [
        "cawg.identity.trusted",
        "cawg.identity.cbor.invalid",
        "cawg.ica.did_unavailable",
        "cawg.x509.signing_credential.untrusted",
    ],
)
def test_cawg_never_moves_integrity(code: str) -> None:
    assert concern(code) is Concern.ELSEWHERE
    assert not breaks(code)


@pytest.mark.parametrize("code", ["", "x", "com.example.failure", "assertion", "claimSignature"])
def test_a_code_of_no_known_standard_is_unknown_and_breaks_nothing(code: str) -> None:
    assert concern(code) is Concern.UNKNOWN
    assert not breaks(code)


def test_only_failures_of_binding_seal_and_signature_break() -> None:
    broken = {Concern.BINDING, Concern.SEAL, Concern.SIGNATURE}
    for code, expected in FAILURES.items():
        assert breaks(code) is (expected in broken)


def test_expiry_and_trust_never_break() -> None:
    for code in FAILURES:
        if code.startswith(("signingCredential.", "timeStamp.")):
            assert not breaks(code)
