"""The status codes of the standard by kind (C2PA 2.4 section 15.2.2, tables 2 to 4).

A validator that prints codes and no more says with each which kind it is; so do custom codes by
what a validator says of them, and by nothing else.
"""

from __future__ import annotations


def _codes_in(text: str) -> frozenset[str]:
    """Codes, a family a line: the prefix, then the endings. A line of one word is a whole code."""
    codes: set[str] = set()
    for line in text.split("\n"):
        prefix, *endings = line.split() or [""]
        codes |= {f"{prefix}.{ending}" for ending in endings} or {prefix}
    return frozenset(codes - {""})


SUCCESS = _codes_in("""
assertion accessible
assertion.bmffHash match
assertion.boxesHash match
assertion.collectionHash match
assertion.dataHash match
assertion.hashedURI match
assertion.multiAssetHash match
assertion.alternativeContentRepresentation match
claimSignature insideValidity validated
ingredient.claimSignature validated
ingredient.manifest validated
signingCredential trusted
signingCredential.ocsp notRevoked
timeStamp trusted validated
""")
"""Table 2."""
INFORMATIONAL = _codes_in("""
algorithm deprecated
assertion.bmffHash additionalExclusionsPresent
assertion.boxesHash additionalExclusionsPresent
assertion.dataHash additionalExclusionsPresent
ingredient unknownProvenance
signingCredential.ocsp inaccessible skipped unknown
timeOfSigning insideValidity outsideValidity
timeStamp credentialInvalid malformed mismatch outsideValidity untrusted
""")
"""Table 3."""
FAILURE = _codes_in("""
algorithm unsupported
assertion hardBinding.redacted inaccessible missing multipleHardBindings notRedacted
assertion outsideManifest selfRedacted undeclared
assertion.action ingredientMismatch malformed redacted redactionMismatch softBindingMissing
assertion.alternativeContentRepresentation malformed hashMismatch missing
assertion.bmffHash malformed mismatch
assertion.boxesHash malformed mismatch unknownBox
assertion.cbor invalid
assertion.cloud-data actions hardBinding malformed labelMismatch
assertion.collectionHash incorrectFileCount invalidURI malformed mismatch
assertion.dataHash malformed mismatch redacted
assertion.external-reference created hashMismatch labelMismatch malformed
assertion.hashedURI mismatch
assertion.ingredient malformed
assertion.json invalid
assertion.multiAssetHash malformed missingPart mismatch
assertion.timestamp malformed
claim cbor.invalid hardBindings.missing malformed missing multiple
claimSignature missing mismatch outsideValidity
general error
hashedURI missing mismatch
ingredient.claimSignature missing mismatch
ingredient.manifest missing mismatch
livevideo assertion.invalid continuityMethod.invalid init.invalid manifest.invalid
livevideo segment.invalid sessionkey.invalid
manifest compressed.invalid html.multipleManifests inaccessible multipleParents
manifest.structuredText emptyReference malformedReference multipleReferences noManifest
manifest.structuredText noResolutionPath
manifest.text corruptedWrapper multipleWrappers
manifest.timestamp invalid wrongParents
manifest.update invalid wrongParents
signingCredential invalid untrusted ocsp.revoked
""")
"""Table 4."""
KNOWN = SUCCESS | INFORMATIONAL | FAILURE


def spelt(code: str) -> str:
    """Return a code as the tables spell it: section 15.8 has `timestamp.` for `timeStamp.`."""
    other = "timeStamp." + code.removeprefix("timestamp.")
    return other if code.startswith("timestamp.") and other in KNOWN else code
