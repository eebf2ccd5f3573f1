"""Names that the official rubrics allow, call deprecated, or require nothing of.

Facts of the C2PA asset rubrics 0.2 (c2pa-org/conformance-public, asset-rubrics, globals). Each list
is given for a version of the specification, (2, 2) or (2, 4).
"""

from __future__ import annotations

from provenance.signals.official import INCEPTION_ACTIONS, NON_EDITORIAL_ACTIONS

Spec = tuple[int, int]
V2_4: Spec = (2, 4)

PLACED = "c2pa.placed"
"""Changes what is seen and yet needs no source type: its ingredient has one."""

RELATIONSHIPS = frozenset({"parentOf", "inputTo", "componentOf"})
HUMAN_ENTRIES = frozenset({"humanEntry.anonymous", "humanEntry.credentialed"})
TIFF_TYPES = frozenset({"image/tiff", "image/x-adobe-dng"})
PRESERVATION_IMAGE = "exif.originalPreservationImage"

HTML_CODES = frozenset({"manifest.html.multipleManifests"})
TEXT_TYPES = frozenset(
    {
        "application/xhtml+xml",
        "application/xml",
        "text/csv",
        "text/html",
        "text/markdown",
        "text/plain",
        "text/tab-separated-values",
        "text/xml",
    }
)

WELL_FORMED = frozenset(
    {
        "assertion.action.malformed",
        "assertion.alternativeContentRepresentation.malformed",
        "assertion.alternativeContentRepresentation.missing",
        "assertion.bmffHash.malformed",
        "assertion.boxesHash.malformed",
        "assertion.boxesHash.unknownBox",
        "assertion.cbor.invalid",
        "assertion.collectionHash.malformed",
        "assertion.dataHash.malformed",
        "assertion.external-reference.created",
        "assertion.external-reference.labelMismatch",
        "assertion.external-reference.malformed",
        "assertion.ingredient.malformed",
        "assertion.json.invalid",
        "assertion.multiAssetHash.malformed",
        "assertion.multipleHardBindings",
        "claim.cbor.invalid",
        "claim.hardBindings.missing",
        "claim.malformed",
        "claim.missing",
        "claim.multiple",
        "hashedURI.missing",
        "ingredient.manifest.missing",
        "manifest.compressed.invalid",
        "manifest.html.multipleManifests",
        "manifest.inaccessible",
        "manifest.multipleParents",
        "manifest.structuredText.emptyReference",
        "manifest.structuredText.malformedReference",
        "manifest.structuredText.multipleReferences",
        "manifest.structuredText.noManifest",
        "manifest.structuredText.noResolutionPath",
        "manifest.timestamp.invalid",
        "manifest.timestamp.wrongParents",
        "manifest.update.invalid",
        "manifest.update.wrongParents",
    }
)
"""Failures that speak of form."""

VALID = frozenset(
    {
        "assertion.action.ingredientMismatch",
        "assertion.action.redactionMismatch",
        "assertion.alternativeContentRepresentation.hashMismatch",
        "assertion.bmffHash.mismatch",
        "assertion.boxesHash.mismatch",
        "assertion.collectionHash.mismatch",
        "assertion.dataHash.mismatch",
        "assertion.external-reference.hashMismatch",
        "assertion.hardBinding.redacted",
        "assertion.hashedURI.mismatch",
        "assertion.multiAssetHash.mismatch",
        "claimSignature.missing",
        "hashedURI.mismatch",
        "ingredient.claimSignature.mismatch",
        "ingredient.claimSignature.missing",
        "ingredient.manifest.mismatch",
    }
)
"""Failures that say that something does not match."""

TRUSTED = frozenset(
    {
        "claimSignature.mismatch",
        "claimSignature.outsideValidity",
        "signingCredential.invalid",
        "signingCredential.ocsp.revoked",
        "signingCredential.untrusted",
    }
)
"""Failures that speak of the signer."""

DEPRECATED_ASSERTIONS = frozenset(
    {
        "c2pa.actions",
        "c2pa.asset-type",
        "c2pa.claim",
        "c2pa.hash.bmff.v2",
        "c2pa.ingredient",
        "c2pa.ingredient.v2",
    }
)
DEPRECATED_PREFIX = "stds."

_ASSERTIONS = frozenset(
    {
        "c2pa.actions.v2",
        "c2pa.assertion.metadata",
        "c2pa.asset-ref",
        "c2pa.asset-type.v2",
        "c2pa.certificate-status",
        "c2pa.cloud-data",
        "c2pa.depthmap.GDepth",
        "c2pa.embedded-data",
        "c2pa.hash.bmff.v3",
        "c2pa.hash.boxes",
        "c2pa.hash.collection.data",
        "c2pa.hash.data",
        "c2pa.hash.data.part",
        "c2pa.hash.multi-asset",
        "c2pa.icon",
        "c2pa.ingredient.v3",
        "c2pa.metadata",
        "c2pa.soft-binding",
        "c2pa.thumbnail.claim",
        "c2pa.thumbnail.ingredient",
        "c2pa.time-stamp",
        "font.info",
    }
)
_ASSERTIONS_2_4 = frozenset(
    {
        "c2pa.ai-disclosure",
        "c2pa.alternative-content-representation",
        "c2pa.environmental-sustainability",
        "c2pa.external-reference",
        "c2pa.repository-receipt",
        "c2pa.session-keys",
    }
)
_ACTIONS = frozenset(
    {
        "c2pa.addedText",
        "c2pa.adjustedColor",
        "c2pa.changedSpeed",
        "c2pa.color_adjustments",
        "c2pa.converted",
        "c2pa.created",
        "c2pa.cropped",
        "c2pa.deleted",
        "c2pa.drawing",
        "c2pa.dubbed",
        "c2pa.edited",
        "c2pa.edited.metadata",
        "c2pa.enhanced",
        "c2pa.filtered",
        "c2pa.opened",
        "c2pa.orientation",
        "c2pa.placed",
        "c2pa.published",
        "c2pa.redacted",
        "c2pa.removed",
        "c2pa.repackaged",
        "c2pa.resized",
        "c2pa.transcoded",
        "c2pa.translated",
        "c2pa.trimmed",
        "c2pa.unknown",
        "c2pa.watermarked",
    }
)
_ACTIONS_2_4 = frozenset(
    {
        "c2pa.mastered",
        "c2pa.mixed",
        "c2pa.remixed",
        "c2pa.resized.proportional",
        "c2pa.watermarked.bound",
        "c2pa.watermarked.unbound",
    }
)
_DEPRECATED_ACTIONS = frozenset(
    {
        "c2pa.color_adjustments",
        "c2pa.copied",
        "c2pa.formatted",
        "c2pa.managed",
        "c2pa.printed",
        "c2pa.produced",
        "c2pa.saved",
        "c2pa.version_updated",
    }
)
_DEPRECATED_ACTIONS_2_4 = frozenset({"c2pa.watermarked"})
_PARAMETERS = frozenset(
    {
        "description",
        "ingredient",
        "ingredients",
        "italic",
        "multipleInstances",
        "optical-size",
        "ranges",
        "redacted",
        "slant",
        "sourceLanguage",
        "targetLanguage",
        "weight",
        "width",
    }
)
_PARAMETERS_2_4 = frozenset({"relatedAssertions"})


def assertions(spec: Spec | None) -> frozenset[str]:
    """Return the standard assertions that a version of the specification knows."""
    return _ASSERTIONS | _ASSERTIONS_2_4 if _from_2_4(spec) else _ASSERTIONS


def actions(spec: Spec | None) -> frozenset[str]:
    """Return the standard actions that a version of the specification knows."""
    return _ACTIONS | _ACTIONS_2_4 if _from_2_4(spec) else _ACTIONS


def deprecated_actions(spec: Spec | None) -> frozenset[str]:
    """Return the standard actions that a version of the specification calls deprecated."""
    return _DEPRECATED_ACTIONS | _DEPRECATED_ACTIONS_2_4 if _from_2_4(spec) else _DEPRECATED_ACTIONS


def parameters(spec: Spec | None) -> frozenset[str]:
    """Return the parameters of actions that a version of the specification names."""
    return _PARAMETERS | _PARAMETERS_2_4 if _from_2_4(spec) else _PARAMETERS


def _from_2_4(spec: Spec | None) -> bool:
    return spec is None or spec >= V2_4


def needs_source_type(action: str) -> bool:
    """Tell whether a standard action changes what is seen, so that it needs a source type."""
    return (
        action.startswith("c2pa.")
        and action not in INCEPTION_ACTIONS | NON_EDITORIAL_ACTIONS
        and action != PLACED
    )
