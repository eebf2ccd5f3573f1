"""Faults of assertions: contents that cannot be read, actions that break a rule."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from provenance.kit import expect
from provenance.kit.claims import NewAssertion, NewIngredient, actions, created, placed, used
from provenance.kit.demands import DemandBreach
from provenance.kit.expect import ValidationState
from provenance.kit.identity import with_aggregated, with_identity
from provenance.kit.jumbf_boxes import box, superbox
from provenance.kit.live import session_keys
from provenance.kit.pki_specs import Who
from provenance.kit.sample import CREATED_BY_AI, GENERATED, NOTE, Bench, Sample, SampleClass
from provenance.kit.samples.faulty import SampleWords, before
from provenance.kit.samples.good_origin_samples import capture, soft_binding

if TYPE_CHECKING:
    from collections.abc import Callable

    from provenance.kit.claims import NewManifest
    from provenance.kit.expect import Expected

    _Identity = Callable[[Bench, NewManifest], NewManifest]
_UNREAD = ("credential.malformed",)
"""Our own finding where a standard assertion cannot be decoded: the claim is rejected there."""
_STANDS = "the claim is another signer's and stands"


def _with(*assertions: NewAssertion) -> Callable[[Bench, NewManifest], NewManifest]:
    return lambda _, manifest: replace(manifest, assertions=assertions)


def _with_assertions(*more: NewAssertion) -> Callable[[Bench, NewManifest], NewManifest]:
    return lambda _, manifest: replace(manifest, assertions=(*manifest.assertions, *more))


def _identified(make: _Identity) -> Callable[[Bench, NewManifest], NewManifest]:
    return lambda bench, _: make(bench, bench.manifest(created(GENERATED)))


def _sound(make: _Identity) -> Callable[[Bench], NewManifest]:
    return lambda bench: make(bench, bench.manifest(created(GENERATED)))


def _raw(label: str, kind: bytes, content: bytes) -> NewAssertion:
    """An assertion of a standard label whose content is these bytes."""
    whole = superbox(kind, label, box(kind, content))
    return NewAssertion(label, {}, box=lambda _: whole)


def _form(
    name: str,
    what: str,
    section: str,
    because: str,
    change: Callable[[Bench, NewManifest], NewManifest],
    *codes: str,
    **more: Any,
) -> Sample:
    """A rule of form that is broken; nothing was altered."""
    expected: Expected = more.pop("expected", expect.malformed(expect.AI, *codes))
    return before(
        SampleClass.ASSERTION, SampleWords(name, what, section, because), change, expected, **more
    )


_ACTIONS = "15.10.3.2.3"
_LAYER = NewIngredient("componentOf", "layer.png", "image/png")
_MISMATCH, _BAD = "assertion.action.ingredientMismatch", "assertion.action.malformed"
ASSERTIONS = (
    _form(
        "cbor-invalid",
        "a standard assertion holds no well-formed CBOR",
        "15.10.3.1",
        "the content of a standard assertion shall be well-formed, and nothing was altered",
        _with_assertions(_raw("c2pa.soft-binding", b"cbor", b"\xbf\xff\xff")),
        "assertion.cbor.invalid",
    ),
    _form(
        "json-invalid",
        "a standard assertion holds no JSON",
        "15.10.3.1",
        "the content of a standard assertion shall conform; the claim is rejected there",
        _with_assertions(_raw("c2pa.metadata", b"json", b'{"@context": ')),
        expected=expect.unread(
            expect.unchecked(expect.AI, "assertion.json.invalid", findings=_UNREAD)
        ),
    ),
    _form(
        "no-actions",
        "there is no actions assertion",
        "15.10.1.2",
        "c2pa.created or c2pa.opened shall be in exactly one; the standard names no code for it",
        _with(NOTE),
        "assertion.action.missing",
        _BAD,
        "general.error",
        expected=expect.malformed(
            expect.breaching(expect.UNKNOWN, DemandBreach.INCEPTION),
            "assertion.action.missing",
            _BAD,
            "general.error",
            findings=(),
        ),
    ),
    _form(
        "actions-without-list",
        "the actions assertion has no actions field",
        _ACTIONS,
        "the field is required; what the assertion was to say cannot be read",
        _with(NewAssertion("c2pa.actions.v2", {"allActionsIncluded": True}), NOTE),
        _BAD,
        expected=expect.unread(
            expect.unchecked(expect.UNKNOWN, _BAD, findings=("assertion.malformed", *_UNREAD))
        ),
    ),
    _form(
        "created-not-first",
        "c2pa.created is the second action",
        _ACTIONS,
        "it shall be the first element of the first actions assertion",
        _with(actions({"action": "c2pa.resized.proportional"}, CREATED_BY_AI), NOTE),
        expected=expect.malformed(expect.breaching(expect.AI, DemandBreach.INCEPTION), _BAD),
    ),
    _form(
        "created-twice",
        "a second actions assertion has a c2pa.created as well",
        _ACTIONS,
        "it shall be in the first actions assertion alone",
        _with_assertions(replace(created(GENERATED), label="c2pa.actions.v2__1")),
        _BAD,
    ),
    _form(
        "related-assertions-empty",
        "an action's list of related assertions is empty",
        _ACTIONS,
        "it shall have at least one element",
        _with(actions(CREATED_BY_AI | {"parameters": {"relatedAssertions": []}}), NOTE),
        _BAD,
    ),
    _form(
        "transcoded-a-component",
        "c2pa.transcoded names a componentOf ingredient",
        _ACTIONS,
        "each that it names shall be an ingredient with parentOf",
        lambda _, one: replace(
            one,
            assertions=(actions(CREATED_BY_AI, {"action": "c2pa.transcoded", **used(0)}), NOTE),
            ingredients=(_LAYER,),
        ),
        _MISMATCH,
    ),
    _form(
        "opened-without-ingredient",
        "c2pa.opened names no ingredient",
        _ACTIONS,
        "the parameters are required",
        _with(actions({"action": "c2pa.opened", "digitalSourceType": GENERATED}), NOTE),
        expected=expect.malformed(
            expect.breaching(expect.AI, DemandBreach.OPENED_SOURCE, DemandBreach.OPENED_NOTHING),
            _MISMATCH,
        ),
    ),
    _form(
        "opened-a-component",
        "c2pa.opened names a componentOf ingredient",
        _ACTIONS,
        "it shall be exactly one ingredient with parentOf",
        lambda _, one: replace(
            one,
            assertions=(
                actions({**placed(), "action": "c2pa.opened", "digitalSourceType": GENERATED}),
                NOTE,
            ),
            ingredients=(_LAYER,),
        ),
        expected=expect.malformed(
            expect.breaching(expect.AI, DemandBreach.OPENED_SOURCE), _MISMATCH
        ),
    ),
    _form(
        "placed-without-ingredient",
        "c2pa.placed names no ingredient",
        _ACTIONS,
        "the parameters are required",
        _with(actions(CREATED_BY_AI, {"action": "c2pa.placed"}), NOTE),
        _MISMATCH,
    ),
    _form(
        "placed-a-parent",
        "c2pa.placed names a parentOf ingredient",
        _ACTIONS,
        "every one shall be an ingredient with componentOf",
        lambda bench, one: replace(
            one,
            assertions=(actions(CREATED_BY_AI, placed()), NOTE),
            ingredients=(capture(bench),),
        ),
        _MISMATCH,
    ),
    _form(
        "watermark-without-soft-binding",
        "c2pa.watermarked.bound without a soft-binding assertion",
        _ACTIONS,
        "the assertion shall be present in the manifest",
        _with(actions(CREATED_BY_AI, {"action": "c2pa.watermarked.bound"})),
        "assertion.action.softBindingMissing",
        manifest=lambda bench: bench.manifest(
            actions(CREATED_BY_AI, {"action": "c2pa.watermarked.bound"}), soft_binding()
        ),
    ),
    _form(
        "redacted-without-uri",
        "c2pa.redacted names nothing that was redacted",
        _ACTIONS,
        "the URI is required",
        _with(
            actions(CREATED_BY_AI, {"action": "c2pa.redacted", "reason": "c2pa.PII.present"}), NOTE
        ),
        "assertion.action.redactionMismatch",
    ),
    _form(
        "time-stamp-malformed",
        "a time-stamp assertion is an empty map",
        "15.10.3.2.6",
        "at least one entry is required",
        _with_assertions(NewAssertion("c2pa.time-stamp", {})),
        "assertion.timestamp.malformed",
    ),
    _form(
        "external-reference-malformed",
        "an external reference has no location",
        "15.10.3.2.2",
        "the location with its url is required",
        _with_assertions(
            NewAssertion("c2pa.external-reference", {"note": "no location"}, created=False)
        ),
        "assertion.external-reference.malformed",
    ),
    _form(
        "cloud-data-of-binding",
        "a cloud-data assertion replaces a data hash",
        "15.10.3.2.1",
        "a hard binding may not stand elsewhere",
        _with_assertions(
            NewAssertion(
                "c2pa.cloud-data",
                {
                    "label": "c2pa.hash.data",
                    "size": 32,
                    "location": {
                        "url": "https://data.example.invalid/hash",
                        "alg": "sha256",
                        "hash": bytes(32),
                    },
                    "content_type": "application/cbor",
                },
            )
        ),
        "assertion.cloud-data.hardBinding",
        "assertion.cloud-data.malformed",
    ),
    before(
        SampleClass.ASSERTION,
        SampleWords(
            "session-key-of-another",
            "a key for live video signs for the certificate of another signer",
            "15.10.3.2.5 and 19.7.3",
            "the payload of signerBinding is the end-entity certificate of the manifest's signer;"
            " no segment is checked here, and nothing else rests on the key",
        ),
        lambda bench, _: bench.manifest(
            created(GENERATED), session_keys(bench, bound_to=Who.STRANGER)
        ),
        expect.malformed(expect.AI, "livevideo.sessionkey.invalid"),
        manifest=lambda bench: bench.manifest(created(GENERATED), session_keys(bench)),
    ),
    *(
        before(
            SampleClass.ASSERTION,
            SampleWords(
                name, what, f"CAWG Identity Assertion 1.2 section {section}", f"{why}; {_STANDS}"
            ),
            _identified(fault),
            replace(
                expect.AI,
                state=ValidationState.TRUSTED,
                cawg="invalid",
                findings=("cawg.invalid", code),
            ),
            replace(expect.AI, cawg="unlisted"),
            manifest=_sound(sound),
        )
        for name, what, section, why, code, fault, sound in (
            (
                "identity-forged",
                "the signature of a CAWG identity covers another payload",
                "8.2.2",
                "the identity does not hold",
                "cawg.x509.signature.mismatch",
                partial(with_identity, forged=True),
                with_identity,
            ),
            (
                "identity-padded",
                "the padding of a CAWG identity holds something else than zeros",
                "7.1",
                "`pad1` must hold nothing but zeros",
                "cawg.identity.pad.invalid",
                partial(with_identity, padding=b"note"),
                partial(with_identity, padding=bytes(4)),
            ),
            (
                "identity-unbound",
                "a CAWG identity does not refer to the hard binding",
                "7.1",
                "it could be put into any manifest with the same actions",
                "cawg.identity.hard_binding_missing",
                partial(with_identity, unbound=True),
                with_identity,
            ),
            (
                "identity-borrowed",
                "the credential of an aggregator is one that was made for other assertions",
                "8.1",
                "`c2paAsset` is not the payload of the assertion",
                "cawg.ica.signer_payload.mismatch",
                partial(with_aggregated, borrowed=True),
                with_aggregated,
            ),
        )
    ),
)

SAMPLES = ASSERTIONS
