"""What each status code of the standard (C2PA 2.4 section 15.2.2) speaks of.

The standard puts tampering, expiry, an unlisted signer and a misspelt field into one list of
failures. They are four different questions here; this table says which code answers which.
A rule of form that is broken moves no axis: nothing was altered.
"""

from __future__ import annotations

from enum import StrEnum


class Concern(StrEnum):
    """The question that a failure code answers."""

    BINDING = "binding"  # the media is not the media that was signed
    SEAL = "seal"  # what the claim names is not what is here
    SIGNATURE = "signature"  # the claim signature does not verify
    FORM = "form"  # a rule of form is broken; nothing was altered
    ELSEWHERE = "elsewhere"  # identity, time, revocation, CAWG: decided by our own engine
    UNKNOWN = "unknown"  # a code this version does not know


_CODES: dict[Concern, frozenset[str]] = {
    Concern.BINDING: frozenset(
        {
            "assertion.bmffHash.mismatch",
            "assertion.boxesHash.mismatch",
            "assertion.boxesHash.unknownBox",
            "assertion.collectionHash.incorrectFileCount",
            "assertion.collectionHash.invalidURI",
            "assertion.collectionHash.mismatch",
            "assertion.dataHash.mismatch",
            "assertion.multiAssetHash.mismatch",
            "assertion.multiAssetHash.missingPart",
        }
    ),
    Concern.SEAL: frozenset(
        {
            "assertion.action.redacted",
            "assertion.bmffHash.malformed",
            "assertion.boxesHash.malformed",
            "assertion.collectionHash.malformed",
            "assertion.dataHash.malformed",
            "assertion.dataHash.redacted",
            "assertion.hardBinding.redacted",
            "assertion.hashedURI.mismatch",
            "assertion.inaccessible",
            "assertion.missing",
            "assertion.multiAssetHash.malformed",
            "assertion.multipleHardBindings",
            "assertion.notRedacted",
            "assertion.outsideManifest",
            "assertion.selfRedacted",
            "assertion.undeclared",
            "claim.cbor.invalid",
            "claim.hardBindings.missing",
            "claim.malformed",
            "claim.missing",
            "claim.multiple",
            "claim.required.missing",
            "hashedURI.mismatch",
            "hashedURI.missing",
            "ingredient.claimSignature.mismatch",
            "ingredient.claimSignature.missing",
            "ingredient.hashedURI.mismatch",
            "ingredient.manifest.mismatch",
            "ingredient.manifest.missing",
            "manifest.compressed.invalid",
            "manifest.inaccessible",
            "manifest.missing",
            "manifest.multipleParents",
            "manifest.timestamp.invalid",
            "manifest.timestamp.wrongParents",
            "manifest.update.invalid",
            "manifest.update.wrongParents",
        }
    ),
    Concern.SIGNATURE: frozenset({"claimSignature.mismatch", "claimSignature.missing"}),
    Concern.FORM: frozenset(
        {
            "assertion.accessible",
            "assertion.action.ingredientMismatch",
            "assertion.action.malformed",
            "assertion.action.missing",
            "assertion.action.redactionMismatch",
            "assertion.action.softBindingMissing",
            "assertion.alternativeContentRepresentation.malformed",
            "assertion.alternativeContentRepresentation.missing",
            "assertion.cbor.invalid",
            "assertion.ingredient.malformed",
            "assertion.json.invalid",
            "assertion.metadata.disallowed",
            "assertion.required.missing",
            "assertion.timestamp.malformed",
            "ingredient.unknownProvenance",
        }
    ),
}
# Of the codes of SEAL: rules that the maker breaks. The signature covers what breaks them, so that
# nothing was altered; the standard rejects the manifest all the same.
_RULES = (
    "assertion.multipleHardBindings",
    "assertion.outsideManifest",
    "assertion.selfRedacted",
    "manifest.multipleParents",
    "manifest.timestamp.",
    "manifest.update.",
)
_BY_CODE = {code: concern for concern, codes in _CODES.items() for code in codes}
_ELSEWHERE = (
    "signingCredential.",
    "timeStamp.",
    "timeOfSigning.",
    "claimSignature.outsideValidity",
    "claimSignature.insideValidity",
    "cawg.",
)
_REFERENCES = (
    "assertion.external-reference.",
    "assertion.alternativeContentRepresentation.",
    "assertion.cloud-data.",
)

_RESTS_ON = ("c2pa.actions", "c2pa.hash.", "c2pa.ingredient")


def concern(code: str, url: str = "") -> Concern:
    """Say what a failure code speaks of, at the place that its `url` names.

    The SDK says `claim.malformed` of an assertion that it cannot decode. By section 15.10.3.1 that
    is the form of this assertion: the claim was read, and whether the digest fits is another code.
    Not so where the binding, the origin or a link rests on that assertion.
    """
    known = _BY_CODE.get(code)
    _, named, label = url.partition("/c2pa.assertions/")
    if code == "claim.malformed" and named and not label.startswith(_RESTS_ON):
        return Concern.FORM
    if known is not None:
        return known
    if code.startswith(_ELSEWHERE):
        return Concern.ELSEWHERE
    if code.startswith(_REFERENCES):
        return Concern.FORM
    return Concern.UNKNOWN


def breaks(code: str) -> bool:
    """Tell whether a failure with this code means that something was altered."""
    return concern(code) in {Concern.BINDING, Concern.SEAL, Concern.SIGNATURE}


def is_rule(code: str) -> bool:
    """Tell whether a failure is of a rule that a manifest breaks just as it was signed."""
    return code.startswith(_RULES)
