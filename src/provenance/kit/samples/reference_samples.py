"""Faults of ingredients and redactions: what refers to what, and what is gone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from provenance.kit import expect, jumbf_boxes
from provenance.kit.claims import ManifestFault, NewIngredient, NewManifest, actions, opened, placed
from provenance.kit.demands import DemandBreach
from provenance.kit.expect import ValidationState
from provenance.kit.sample import (
    CAPTURE,
    CREATED_BY_AI,
    GENERATED,
    NOTE,
    Bench,
    Sample,
    SampleClass,
)
from provenance.kit.samples.faulty import SampleWords, before, sample, twist
from provenance.kit.samples.good_origin_samples import capture
from provenance.kit.samples.good_samples import UPDATE
from provenance.kit.writer import signed_file, store_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from provenance.kit.expect import Expected


def _child(bench: Bench, relationship: str = "parentOf", **fields: Any) -> NewManifest:
    """Generated media made from a capture: sound."""
    item = replace(capture(bench), relationship=relationship, **fields)
    if relationship == "parentOf":
        listed = actions(opened(digitalSourceType=GENERATED))
    else:
        listed = actions(CREATED_BY_AI, placed())
    return replace(bench.manifest(listed, NOTE), ingredients=(item,))


def _with_ingredient_fields(**fields: Any) -> Callable[[Bench, NewManifest], NewManifest]:
    def change(_: Bench, manifest: NewManifest) -> NewManifest:
        (item,) = manifest.ingredients
        return replace(manifest, ingredients=(replace(item, **fields),))

    return change


def _reference(  # noqa: PLR0913, PLR0917 - one row of a table
    name: str,
    what: str,
    section: str,
    because: str,
    change: Callable[[Bench, NewManifest], NewManifest],
    expected: Expected,
    sound: Expected | None = None,
    manifest: Callable[[Bench], NewManifest] = _child,
) -> Sample:
    row = SampleWords(name, what, section, because)
    return before(SampleClass.REFERENCE, row, change, expected, sound or _CHILD, manifest=manifest)


def _dented(parts: list[bytes]) -> list[bytes]:
    """The carried manifest with one bit of its own claim flipped."""
    (whole,) = parts
    at = whole.index(b"xmp:iid:") + len(b"xmp:iid:")
    return [whole[:at] + bytes((whole[at] ^ 1,)) + whole[at + 1 :]]


def _zeros(path: str) -> dict[str, object]:
    """A hashed URI below the store whose hash fits nothing."""
    return {"url": f"self#jumbf=/c2pa/{path}", "alg": "sha256", "hash": bytes(32)}


def _two_parents(bench: Bench, manifest: NewManifest) -> NewManifest:
    return replace(manifest, ingredients=(*manifest.ingredients, capture(bench, "second")))


def _flagged(base: Expected) -> Expected:
    """The same, with a link that fails: what the signer used is not what stands here."""
    return replace(base, flags=("ai", "broken"))


_CHILD = expect.breaching(expect.AI, DemandBreach.OPENED_SOURCE)
"""Its c2pa.opened has the source type of what was generated, as products wrote it before 2.4."""
_LINK = "the link is not the one that was signed, so what stands below does not count"
_FORM = "the field is required or wrong; the media is the one that was signed"
REFERENCES = (
    _reference(
        "manifest-missing",
        "the manifest of an ingredient did not come along",
        "15.11.3.3.2",
        "the URI cannot be resolved; the claim over it stands",
        _with_ingredient_fields(carried=False),
        _flagged(
            expect.below(
                expect.malformed(
                    _CHILD,
                    "ingredient.manifest.missing",
                    "ingredient.claimSignature.missing",
                    "claim.missing",
                )
            )
        ),
    ),
    _reference(
        "manifest-changed",
        "one bit of an ingredient's claim is flipped",
        "15.11.3.3.2",
        _LINK,
        twist(carried=_dented),
        _flagged(
            expect.malformed(
                expect.below(_CHILD),
                "ingredient.manifest.mismatch",
                "claimSignature.mismatch",
                findings=(),
            )
        ),
    ),
    _reference(
        "manifest-hash",
        "the ingredient's hashes of its manifest and of that manifest's signature are all zeros",
        "15.11.3.3.1 and 15.11.3.3.2",
        "a validator goes by the one or by the other, and either link is not the one that was"
        " signed, so what stands below does not count",
        lambda bench, one: _with_ingredient_fields(
            fields={
                "activeManifest": _zeros(bench.label("capture")),
                "claimSignature": _zeros(f"{bench.label('capture')}/c2pa.signature"),
            }
        )(bench, one),
        _flagged(
            expect.malformed(
                expect.below(_CHILD),
                "ingredient.manifest.mismatch",
                "ingredient.claimSignature.mismatch",
            )
        ),
    ),
    _reference(
        "circular",
        "an ingredient points back at the manifest that holds it",
        "15.11.3.3",
        "a manifest cannot be its own ingredient: its hash would have to contain itself",
        lambda _, one: replace(one, faults=frozenset({ManifestFault.CIRCULAR})),
        expect.unread(
            expect.unchecked(
                expect.AI,
                "ingredient.manifest.mismatch",
                "ingredient.claimSignature.missing",
                "assertion.ingredient.malformed",
                "general.error",
                findings=("credential.malformed",),
            )
        ),
        expect.AI,
        manifest=Bench.manifest,
    ),
    _reference(
        "two-parents",
        "there are two parentOf ingredients",
        "15.10.1.2",
        "at most one is allowed",
        _two_parents,
        expect.altered(_CHILD, "manifest.multipleParents"),
    ),
    _reference(
        "no-relationship",
        "an ingredient has no relationship",
        "15.11.3.2",
        _FORM,
        _with_ingredient_fields(fields={"relationship": None}),
        expect.unchecked(
            _CHILD, "assertion.ingredient.malformed", findings=("credential.malformed",)
        ),
    ),
    _reference(
        "unknown-relationship",
        "an ingredient's relationship is siblingOf",
        "15.11.3.2",
        _FORM,
        _with_ingredient_fields(fields={"relationship": "siblingOf"}),
        expect.unchecked(
            expect.breaching(_CHILD, DemandBreach.RELATIONSHIP),
            "assertion.ingredient.malformed",
            findings=("credential.malformed",),
        ),
    ),
    _reference(
        "no-validation-results",
        "an ingredient with a manifest has no validationResults",
        "15.11.3.3",
        _FORM,
        _with_ingredient_fields(fields={"validationResults": None}),
        expect.malformed(
            expect.breaching(_CHILD, DemandBreach.RESULTS), "assertion.ingredient.malformed"
        ),
    ),
    _reference(
        "source-type-with-manifest",
        "an ingredient has a manifest and a digitalSourceType",
        "15.11.3.2",
        _FORM,
        _with_ingredient_fields(fields={"digitalSourceType": CAPTURE}),
        expect.malformed(
            expect.breaching(_CHILD, DemandBreach.CHOICE), "assertion.ingredient.malformed"
        ),
    ),
    _reference(
        "recorded-failure",
        "an ingredient records that its own binding did not match when it was added",
        "15.11.3.3",
        "what was recorded and is not found again is part of the results; what that makes of the"
        " manifest that recorded it, the standard does not say",
        lambda bench, one: _with_ingredient_fields(
            fields={
                "validationResults": {
                    "activeManifest": {
                        "success": [],
                        "informational": [],
                        "failure": [
                            {
                                "code": "assertion.dataHash.mismatch",
                                "url": f"self#jumbf=/c2pa/{bench.label('capture')}"
                                "/c2pa.assertions/c2pa.hash.data",
                            }
                        ],
                    }
                }
            }
        )(bench, one),
        replace(
            expect.malformed(
                expect.below(_CHILD),
                "assertion.dataHash.mismatch",
                findings=("ingredient.recorded_failure",),
            ),
            state=ValidationState.OPEN,
        ),
    ),
)


_BELOW = expect.below(replace(expect.AI, assurance="broken", flags=("ai", "broken")))
"""The active manifest is intact; the one below it, which declares AI, is not."""


def _redacts(label: str, assertion: str) -> Callable[[dict[str, Any]], None]:
    url = f"self#jumbf=/c2pa/{label}/c2pa.assertions/{assertion}"

    def change(claim: dict[str, Any]) -> None:
        claim["redacted_assertions"] = [url]

    return change


def _over_generated(bench: Bench, gone: str) -> bytes:
    base = store_of(bench.signed(part="base"))
    parent = NewIngredient("parentOf", "base", store=base, instance_id=bench.instance("base"))
    manifest = replace(bench.manifest(actions(opened()), NOTE), ingredients=(parent,))
    redacted = ((base.active, gone),) if gone else ()
    return signed_file(bench.media(), replace(manifest, redacted=redacted))


def _removed(gone: str) -> Callable[[Bench, bool], bytes]:
    def make(bench: Bench, broken: bool) -> bytes:
        return _over_generated(bench, gone if broken else "")

    return make


def _unbound(bench: Bench, broken: bool) -> bytes:
    base = bench.signed(part="base")
    store = store_of(base)
    parent = NewIngredient("parentOf", "base", store=store, instance_id=bench.instance("base"))
    redacted = ((store.active, "c2pa.hash.data"),) if broken else ()
    manifest = bench.manifest(NOTE)
    return signed_file(
        base, replace(manifest, ingredients=(parent,), update=True, redacted=redacted)
    )


def _pretended(bench: Bench, broken: bool) -> bytes:
    """A redaction that is declared while the assertion is still there."""
    base = store_of(bench.signed(part="base"))
    parent = NewIngredient("parentOf", "base", store=base, instance_id=bench.instance("base"))
    manifest = replace(bench.manifest(actions(opened()), NOTE), ingredients=(parent,))
    if broken:
        return signed_file(
            bench.media(),
            replace(
                manifest, twists=replace(manifest.twists, claim=_redacts(base.active, NOTE.label))
            ),
        )
    return signed_file(bench.media(), manifest)


def _silently(bench: Bench, broken: bool) -> bytes:
    base = store_of(bench.signed(part="base"))
    parent = NewIngredient("parentOf", "base", store=base, instance_id=bench.instance("base"))
    manifest = replace(bench.manifest(actions(opened()), NOTE), ingredients=(parent,))
    if not broken:
        return signed_file(bench.media(), manifest)

    def cut(parts: list[bytes]) -> list[bytes]:
        return [jumbf_boxes.remove(parts[0], ("c2pa.assertions", NOTE.label))]

    return signed_file(
        bench.media(), replace(manifest, twists=replace(manifest.twists, carried=cut))
    )


REDACTIONS = (
    sample(
        SampleClass.REDACTION,
        SampleWords(
            "actions",
            "the parent's actions, which declared AI, are redacted",
            "15.10.3.1",
            "actions shall not be redacted; what they said is gone",
        ),
        _removed("c2pa.actions.v2"),
        replace(
            expect.altered(expect.UNKNOWN, "assertion.action.redacted"),
        ),
    ),
    sample(
        SampleClass.REDACTION,
        SampleWords(
            "hard-binding",
            "an update manifest redacts the hard binding of its parent",
            "6.8 and 15.12",
            "an update manifest shall not redact the binding that applies to the asset; without it"
            " nothing binds the media",
        ),
        _unbound,
        expect.altered(
            UPDATE,
            "assertion.hardBinding.redacted",
            "claim.hardBindings.missing",
            findings=("redaction.forbidden",),
        ),
        UPDATE,
    ),
    before(
        SampleClass.REDACTION,
        SampleWords(
            "self",
            "a claim redacts an assertion of its own",
            "15.10.3.1",
            "a claim is not permitted to redact its own assertions",
        ),
        lambda bench, one: replace(
            one, twists=replace(one.twists, claim=_redacts(bench.label(), NOTE.label))
        ),
        expect.altered(expect.AI, "assertion.selfRedacted"),
    ),
    sample(
        SampleClass.REDACTION,
        SampleWords(
            "still-there",
            "an assertion is declared as redacted and is still there",
            "15.11.3.3.1",
            "what is declared as redacted shall hold nothing but zeros: the ingredient is rejected",
        ),
        _pretended,
        expect.malformed(_BELOW, "assertion.notRedacted"),
    ),
    sample(
        SampleClass.REDACTION,
        SampleWords(
            "undeclared",
            "an assertion of the parent is gone, and no claim says so",
            "15.11.3.3.2",
            "a manifest without a redaction shall fit its hash; what stands below does not count",
        ),
        _silently,
        expect.malformed(
            _BELOW,
            "ingredient.manifest.mismatch",
            "assertion.missing",
            findings=(),
        ),
    ),
)


SAMPLES = (*REFERENCES, *REDACTIONS)
