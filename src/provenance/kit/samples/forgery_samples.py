"""What somebody does on purpose: splices, grafts, forged captures."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from provenance.kit import carriers, damage, expect, jumbf_boxes, media
from provenance.kit.claims import (
    NewAssertion,
    NewIngredient,
    NewManifest,
    actions,
    created,
    opened,
    placed,
)
from provenance.kit.cose_sign1 import Sealing, Stamp
from provenance.kit.demands import DemandBreach
from provenance.kit.jumbf_boxes import superbox
from provenance.kit.pki_specs import Who
from provenance.kit.sample import (
    CAPTURE,
    CREATED_BY_CAMERA,
    GENERATED,
    GENERATED_PART,
    NOTE,
    Bench,
    Sample,
    SampleClass,
)
from provenance.kit.samples.faulty import SampleWords, before, sample
from provenance.kit.writer import signed_file, store_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from provenance.kit.expect import Expected
_DATA = "assertion.dataHash.mismatch"


def _over(bench: Bench, data: bytes, who: Who, relationship: str = "parentOf") -> NewManifest:
    """Other pixels under a manifest whose ingredient is a finished file."""
    item = NewIngredient(
        relationship, "source", store=store_of(data), instance_id=bench.instance("s")
    )
    listed = (
        actions(opened()) if relationship == "parentOf" else actions(CREATED_BY_CAMERA, placed())
    )
    return replace(bench.manifest(listed, NOTE, who=who), ingredients=(item,))


def _capture(bench: Bench) -> bytes:
    return bench.signed(created(CAPTURE), who=Who.CAMERA, part="capture")


def _generated(bench: Bench) -> bytes:
    return bench.signed(created(GENERATED), part="generated")


def _by_stranger(
    name: str,
    what: str,
    source: Callable[[Bench], bytes],
    expected: Expected,
    sound: Expected,
    because: str,
) -> Sample:
    def make(bench: Bench, broken: bool) -> bytes:
        who = Who.STRANGER if broken else Who.MAIN
        return signed_file(media.gradient_jpeg(start=(9, 9, 9)), _over(bench, source(bench), who))

    return sample(
        SampleClass.SPLICE,
        SampleWords(name, what, "15.7 and 15.11", because),
        make,
        expected,
        sound,
    )


def _update_by_stranger(bench: Bench, broken: bool) -> bytes:
    base = _capture(bench)
    parent = NewIngredient(
        "parentOf", "base", store=store_of(base), instance_id=bench.instance("b")
    )
    who = Who.STRANGER if broken else Who.MAIN
    note = NewAssertion("org.example.note", {"note": "an update"})
    return signed_file(
        base, replace(bench.manifest(note, who=who), ingredients=(parent,), update=True)
    )


def _swapped_active(bench: Bench, broken: bool) -> bytes:
    """A trusted capture of other pixels, appended as the active manifest of a generated file."""
    whole = _generated(bench)
    if not broken:
        return whole
    other = store_of(_capture_in_png(bench))
    store = store_of(whole)
    both = superbox(
        jumbf_boxes.STORE, "c2pa", store.manifest(store.active), other.manifest(other.active)
    )
    return carriers.embed(whole, both)


def _capture_in_png(bench: Bench) -> bytes:
    """A trusted capture in another format."""
    manifest = bench.manifest(created(CAPTURE), who=Who.CAMERA, part="capture")
    return signed_file(bench.media("png"), manifest)


_UPDATED = expect.breaching(expect.CAPTURED, DemandBreach.INCEPTION)
_WEAKEST = "a signal is as strong as the weakest manifest on its path: the stranger's"
_MIXED = replace(expect.unlisted(expect.MODIFIED, "chain.issuer_missing"))
SPLICES = (
    _by_stranger(
        "stranger-over-capture",
        "other pixels under a stranger's manifest, a trusted capture as parent",
        _capture,
        expect.unlisted(expect.CAPTURED, "chain.issuer_missing"),
        expect.CAPTURED,
        f"laundering; {_WEAKEST}",
    ),
    _by_stranger(
        "stranger-over-generated",
        "other pixels under a stranger's manifest, a trusted generated picture as parent",
        _generated,
        expect.unlisted(expect.AI, "chain.issuer_missing"),
        expect.AI,
        f"AI is carried on; {_WEAKEST}",
    ),
    sample(
        SampleClass.SPLICE,
        SampleWords(
            "stranger-update",
            "a stranger's update manifest over a trusted capture; no pixel differs",
            "15.7 and 15.12",
            _WEAKEST,
        ),
        _update_by_stranger,
        expect.unlisted(_UPDATED, "chain.issuer_missing"),
        _UPDATED,
    ),
    sample(
        SampleClass.SPLICE,
        SampleWords(
            "stranger-component",
            "a stranger's capture with a trusted generated picture placed in it",
            "15.7 and 18.16",
            "a component that is generated makes the whole modified with AI, as far as a stranger"
            " can say it",
        ),
        lambda bench, broken: signed_file(
            bench.media(),
            _over(
                bench,
                _generated(bench),
                Who.STRANGER if broken else Who.CAMERA,
                "componentOf",
            ),
        ),
        _MIXED,
        expect.MODIFIED,
    ),
    sample(
        SampleClass.SPLICE,
        SampleWords(
            "capture-appended",
            "a trusted capture of another file, appended as the active manifest of generated media",
            "15.5.1 and 15.12.1.1",
            "the last manifest is the active one, and its binding is that of other bytes",
        ),
        _swapped_active,
        replace(
            expect.altered(expect.AI, _DATA),
            flags=("ai", "broken", "conflict"),
            findings=(_DATA, "manifest.unreferenced"),
        ),
        expect.AI,
    ),
)


def _grafted(
    name: str, what: str, source: Callable[[Bench], bytes], container: str, expected: Expected
) -> Sample:
    def make(bench: Bench, broken: bool) -> bytes:
        whole = source(bench)
        other = media.gradient_jpeg(start=(250, 250, 250), end=(0, 0, 0))
        if container == "png":
            other = media.gradient_png(start=(250, 250, 250), end=(0, 0, 0))
        return damage.graft(whole, other) if broken else whole

    row = SampleWords(
        name,
        what,
        "15.5.5",
        "the signature is sound, but it was made for a different file",
    )
    sound = expect.CAPTURED if "capture" in name else expect.AI
    return sample(SampleClass.GRAFT, row, make, expected, sound, container=container)


def _as_png(bench: Bench, broken: bool) -> bytes:
    whole = signed_file(bench.media("png"), bench.manifest())
    return (
        carriers.embed(bench.media("png"), carriers.extract(_generated(bench))) if broken else whole
    )


GRAFTS = (
    _grafted(
        "capture-on-another",
        "the credential of a capture in another picture",
        _capture,
        "jpeg",
        expect.altered(expect.CAPTURED, _DATA),
    ),
    _grafted(
        "generated-on-another",
        "the credential of a generated picture in another one",
        _generated,
        "jpeg",
        expect.altered(expect.AI, _DATA),
    ),
    sample(
        SampleClass.GRAFT,
        SampleWords(
            "jpeg-credential-in-png",
            "the credential of a JPEG in a PNG",
            "15.5.5",
            "its binding is that of other bytes, whatever the format",
        ),
        _as_png,
        expect.altered(expect.AI, _DATA),
        container="png",
    ),
    sample(
        SampleClass.GRAFT,
        SampleWords(
            "stranger-adopts",
            "a stranger's update manifest over a capture's credential, in another picture",
            "15.12",
            "an update manifest takes its parent's binding, which is that of other bytes",
        ),
        lambda bench, broken: (
            damage.graft(
                _update_by_stranger(bench, broken=False), media.gradient_jpeg(start=(1, 2, 3))
            )
            if broken
            else _update_by_stranger(bench, broken=False)
        ),
        expect.altered(_UPDATED, _DATA),
        _UPDATED,
    ),
)


def _forged(
    name: str,
    what: str,
    change: Callable[[Bench, NewManifest], NewManifest],
    expected: Expected,
    section: str = "15.7",
    because: str = "a capture is a verdict for a verified signer alone",
) -> Sample:
    return before(
        SampleClass.FORGED_CAPTURE,
        SampleWords(name, what, section, because),
        change,
        expected,
        expect.CAPTURED,
        manifest=lambda bench: bench.manifest(created(CAPTURE), who=Who.CAMERA),
    )


def _as(who: Who) -> Callable[[Bench, NewManifest], NewManifest]:
    return lambda bench, manifest: replace(manifest, signer=bench.pki.credential(who))


def _framed(bench: Bench, manifest: NewManifest) -> NewManifest:
    """Signed by a stranger's key under the camera's certificate."""
    return replace(manifest, sealing=Sealing(key=bench.pki.key(Who.STRANGER)))


def _stranger_time(bench: Bench, manifest: NewManifest) -> NewManifest:
    stamp = Stamp(bench.at(-400), bench.pki.authority(Who.STRANGER_TSA))
    return replace(manifest, signer=bench.pki.credential(Who.EXPIRED), sealing=Sealing(stamp=stamp))


_EXPIRED = expect.outside(expect.CAPTURED, "expired")
FORGED = (
    _forged(
        "self-signed",
        "a capture by a self-signed camera",
        _as(Who.SELF_SIGNED),
        expect.unlisted(expect.CAPTURED),
    ),
    _forged(
        "stranger",
        "a capture by a camera on no list",
        _as(Who.STRANGER),
        expect.unlisted(expect.CAPTURED, "chain.issuer_missing"),
    ),
    _forged(
        "framed",
        "a capture under the camera's certificate, signed by another key",
        _framed,
        expect.unproven(expect.CAPTURED, "claimSignature.mismatch"),
        because="the certificate is only claimed; the camera did not sign this",
    ),
    _forged(
        "forged-certificate",
        "a capture under a certificate that the authority did not sign",
        _as(Who.FORGED),
        expect.unchained(expect.CAPTURED, "chain.bad_signature"),
        "14.5.1.2 and 15.7",
    ),
    _forged(
        "server-certificate",
        "a capture signed with a certificate for TLS servers",
        _as(Who.EKU_SERVER),
        expect.misused(expect.CAPTURED, "chain.wrong_eku"),
        "14.5.1.2",
    ),
    _forged(
        "expired",
        "a capture signed with an expired certificate",
        _as(Who.EXPIRED),
        _EXPIRED,
        "15.8.2",
    ),
    _forged(
        "expired-with-own-time",
        "the same, with a time-stamp by the forger's own authority",
        _stranger_time,
        replace(_EXPIRED, findings=("time.expired", "timestamp.untrusted")),
        "15.8.2",
    ),
    _forged(
        "with-generated-edit",
        "a capture with an edit that declares generated parts",
        lambda _, one: replace(
            one,
            assertions=(
                actions(
                    CREATED_BY_CAMERA,
                    {"action": "c2pa.edited", "digitalSourceType": GENERATED_PART},
                ),
            ),
        ),
        expect.MODIFIED,
        "18.15",
        "the strongest kind of AI that any action declares decides; nothing is wrong with the form",
    ),
    _forged(
        "with-silent-layer",
        "a capture with a layer without a credential placed in it",
        lambda bench, one: replace(
            one,
            assertions=(actions(CREATED_BY_CAMERA, placed()),),
            ingredients=(NewIngredient("componentOf", "layer", instance_id=bench.instance("l")),),
        ),
        replace(expect.UNKNOWN, informational=("ingredient.unknownProvenance",)),
        "15.11.3.3",
        "a layer of unknown provenance leaves a gap; nothing is wrong with the form",
    ),
    _forged(
        "uncertain-edit",
        "a capture with an editorial action that declares nothing",
        lambda _, one: replace(
            one, assertions=(actions(CREATED_BY_CAMERA, {"action": "c2pa.cropped"}),)
        ),
        expect.breaching(expect.UNKNOWN, DemandBreach.SILENT_EDIT),
        "18.15",
        "an undeclared edit leaves a gap; nothing is wrong with the form",
    ),
)

SAMPLES = (*SPLICES, *GRAFTS, *FORGED)
