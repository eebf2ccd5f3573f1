"""The status codes of the standard, by group (C2PA 2.4 section 15.2.2): crJSON gives no others.

A custom code would have to be in the namespace of an entity (section 15.2.1); what has no code of
the standard is `general.error` here, and its explanation says what it is.
"""

from __future__ import annotations

SUCCESS = frozenset(
    {
        "assertion.accessible",
        "assertion.alternativeContentRepresentation.match",
        "assertion.bmffHash.match",
        "assertion.boxesHash.match",
        "assertion.collectionHash.match",
        "assertion.dataHash.match",
        "assertion.hashedURI.match",
        "assertion.multiAssetHash.match",
        "claimSignature.insideValidity",
        "claimSignature.validated",
        "ingredient.claimSignature.validated",
        "ingredient.manifest.validated",
        "signingCredential.ocsp.notRevoked",
        "signingCredential.trusted",
        "timeStamp.trusted",
        "timeStamp.validated",
    }
)
INFORMATIONAL = frozenset(
    {
        "algorithm.deprecated",
        "assertion.bmffHash.additionalExclusionsPresent",
        "assertion.boxesHash.additionalExclusionsPresent",
        "assertion.dataHash.additionalExclusionsPresent",
        "ingredient.unknownProvenance",
        "signingCredential.ocsp.inaccessible",
        "signingCredential.ocsp.skipped",
        "signingCredential.ocsp.unknown",
        "timeOfSigning.insideValidity",
        "timeOfSigning.outsideValidity",
        "timeStamp.credentialInvalid",
        "timeStamp.malformed",
        "timeStamp.mismatch",
        "timeStamp.outsideValidity",
        "timeStamp.untrusted",
    }
)
_OF_ASSERTIONS = (
    *(f"action.{n}" for n in ("ingredientMismatch", "malformed", "redacted", "redactionMismatch")),
    "action.softBindingMissing",
    *(f"alternativeContentRepresentation.{n}" for n in ("hashMismatch", "malformed", "missing")),
    *(f"bmffHash.{n}" for n in ("malformed", "mismatch")),
    *(f"boxesHash.{n}" for n in ("malformed", "mismatch", "unknownBox")),
    "cbor.invalid",
    *(f"cloud-data.{n}" for n in ("actions", "hardBinding", "labelMismatch", "malformed")),
    *(f"collectionHash.{n}" for n in ("incorrectFileCount", "invalidURI", "malformed", "mismatch")),
    *(f"dataHash.{n}" for n in ("malformed", "mismatch", "redacted")),
    *(f"external-reference.{n}" for n in ("created", "hashMismatch", "labelMismatch", "malformed")),
    "hardBinding.redacted",
    "hashedURI.mismatch",
    "inaccessible",
    "ingredient.malformed",
    "json.invalid",
    "missing",
    *(f"multiAssetHash.{n}" for n in ("malformed", "mismatch", "missingPart")),
    "multipleHardBindings",
    "notRedacted",
    "outsideManifest",
    "selfRedacted",
    "timestamp.malformed",
    "undeclared",
)
_OF_MANIFESTS = (
    "compressed.invalid",
    "html.multipleManifests",
    "inaccessible",
    "multipleParents",
    *(
        f"structuredText.{n}"
        for n in (
            "emptyReference",
            "malformedReference",
            "multipleReferences",
            "noManifest",
            "noResolutionPath",
        )
    ),
    "text.corruptedWrapper",
    "text.multipleWrappers",
    *(f"{kind}.{n}" for kind in ("timestamp", "update") for n in ("invalid", "wrongParents")),
)
_OF_LIVE_VIDEO = ("assertion", "continuityMethod", "init", "manifest", "segment", "sessionkey")
FAILURE = frozenset(
    {
        "algorithm.unsupported",
        *(f"assertion.{name}" for name in _OF_ASSERTIONS),
        "claim.cbor.invalid",
        "claim.hardBindings.missing",
        "claim.malformed",
        "claim.missing",
        "claim.multiple",
        "claimSignature.mismatch",
        "claimSignature.missing",
        "claimSignature.outsideValidity",
        "general.error",
        "hashedURI.mismatch",
        "hashedURI.missing",
        *(
            f"ingredient.{part}.{name}"
            for part in ("claimSignature", "manifest")
            for name in ("mismatch", "missing")
        ),
        *(f"livevideo.{name}.invalid" for name in _OF_LIVE_VIDEO),
        *(f"manifest.{name}" for name in _OF_MANIFESTS),
        "signingCredential.invalid",
        "signingCredential.ocsp.revoked",
        "signingCredential.untrusted",
    }
)
