"""Ingredients, the links to their manifests, and redactions (C2PA 2.4, 15.10.2 and 15.11)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from provenance.credentials import jumbf
from provenance.credentials.assertion_content import named_only
from provenance.credentials.manifest import (
    HARD_BINDINGS,
    ContentError,
    Linkage,
    Relationship,
)
from provenance.credentials.validation.fault import RuleFault, fault, form

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance.credentials.manifest import Assertion, Ingredient, Manifest, ManifestStore
    from provenance.credentials.validation.references import References

_MALFORMED = "assertion.ingredient.malformed"
_EXPLICIT, _RECURSIVE = "15.11.3.2", "15.11.3.3"
_LABEL = "c2pa.ingredient"
_REFERENCES = ("thumbnail", "data")


def ingredient_faults(manifest: Manifest, references: References) -> Iterator[RuleFault]:
    """Check the ingredient assertions of one manifest."""
    read = {i.label: i for i in manifest.ingredients}
    for assertion in manifest.assertions:
        if not assertion.base.startswith(_LABEL) or assertion.linkage in {
            Linkage.MISSING,
            Linkage.REDACTED,
        }:
            continue
        try:
            content = assertion.decode()
        except ContentError:
            continue  # said already
        ingredient = read.get(assertion.label)
        if ingredient is None or not isinstance(content, dict):
            message = "an ingredient cannot be read"
            yield form(_MALFORMED, _EXPLICIT, manifest.label, assertion.label, message, stops=True)
            continue
        yield from _explicit(manifest, assertion, ingredient, content)
        if not named_only(content):
            message = "an ingredient with a field that has no name"
            yield form(_MALFORMED, _EXPLICIT, manifest.label, assertion.label, message)
        for name in _REFERENCES:
            if name in content:
                place = assertion.label
                yield from references.check(manifest, place, content[name])
        if ingredient.linkage is Linkage.MATCH and ingredient.manifest is not None:
            # else the link says what there is to say; the digest of the manifest covers this
            seal = content.get("claimSignature")
            yield from references.check(manifest, assertion.label, seal, covered=True)


def _explicit(
    manifest: Manifest, assertion: Assertion, ingredient: Ingredient, content: dict[Any, Any]
) -> Iterator[RuleFault]:
    label, place = manifest.label, assertion.label
    if ingredient.relationship is None:
        message = "an ingredient without a relationship that the standard knows"
        yield form(_MALFORMED, _EXPLICIT, label, place, message, stops=True)
    if "activeManifest" in content and "digitalSourceType" in content:
        message = "an ingredient with a manifest of its own and a source type"
        yield form(_MALFORMED, _EXPLICIT, label, place, message)
    if (
        assertion.base == "c2pa.ingredient.v3"
        and "activeManifest" in content
        and not isinstance(content.get("validationResults"), dict)
    ):
        message = "an ingredient with a manifest and without the results of its validation"
        yield form(_MALFORMED, _RECURSIVE, label, place, message)
    if ingredient.target is None and ingredient.relationship is not Relationship.INPUT_TO:
        message = "an ingredient without a manifest: nothing here says where it came from"
        yield RuleFault("ingredient.unknownProvenance", _RECURSIVE, label, place, message, None)


def link_code(ingredient: Ingredient, *, redacted: bool) -> str:
    """Return the standard's code for a link that does not hold, empty for one that does."""
    way = "claimSignature" if redacted else "manifest"
    if ingredient.linkage is Linkage.MISMATCH:
        return f"ingredient.{way}.mismatch"
    if ingredient.linkage in {Linkage.MISSING, Linkage.UNSUPPORTED}:
        return "ingredient.manifest.missing"
    return ""


def _is_there(store: ManifestStore, manifest: str, assertion: Assertion) -> bool:
    """Tell whether something is left of an assertion but zeros."""
    if assertion.linkage is Linkage.MATCH:
        return True
    if assertion.linkage is not Linkage.REDACTED:
        return False
    whole = store.manifests[manifest].box
    held = whole.child(jumbf.ASSERTION_STORE) if whole is not None else None
    boxes = [c for c in held.children if c.label == assertion.label] if held is not None else []
    return any(any(store.data[b.start : b.end]) for box in boxes for b in box.boxes)


def redactions(store: ManifestStore) -> Iterator[RuleFault]:
    """Check that what is declared as redacted may be, and is gone (6.8, 15.10.3.1, 15.11.3.3.1)."""
    for (label, name), redactor in sorted(store.redacted.items()):
        held = [a for a in store.manifests[label].assertions if a.label == name]
        for assertion in held:
            if _is_there(store, label, assertion):
                message = f"{redactor} declares this assertion as redacted, and it is still there"
                yield fault("assertion.notRedacted", "15.11.3.3.1", label, name, message)
            elif assertion.linkage in {Linkage.MISMATCH, Linkage.MISSING}:
                binds = assertion.base in HARD_BINDINGS
                what = "hardBinding" if binds else "action"
                message = f"{name} of {label} may not be redacted"
                yield fault(f"assertion.{what}.redacted", "15.10.3.1", redactor, "", message)
