"""The sound samples about origin: official signals, ingredients, statements beside the actions."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from provenance.kit import expect
from provenance.kit.claims import (
    NewAssertion,
    NewIngredient,
    actions,
    created,
    opened,
    placed,
    used,
)
from provenance.kit.demands import DemandBreach
from provenance.kit.identity import with_aggregated, with_identity
from provenance.kit.pki_specs import Who
from provenance.kit.sample import (
    C2PA,
    CAPTURE,
    COMPOSITE,
    GENERATED,
    GENERATED_PART,
    HUMAN_EDITS,
    IPTC,
    Bench,
    Sample,
    SampleClass,
)
from provenance.kit.samples.good_samples import good
from provenance.kit.writer import signed_file, store_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from provenance.kit.claims import NewManifest
    from provenance.kit.expect import Expected

_AMBIGUOUS = "transformation:signal_ambiguousActions"
_RUBRIC = "C2PA asset signals rubric 1.0"


def _inception(name: str, signal: str, source_type: str, expected: Expected, why: str) -> Sample:
    return good(
        name,
        SampleClass.SIGNAL,
        f"c2pa.created with {source_type.rpartition('/')[2]}",
        f"18.15; {_RUBRIC}",
        lambda bench: bench.signed(created(source_type), who=Who.CAMERA),
        replace(expected, signals=(f"inception:signal_{signal}", _AMBIGUOUS)),
        because=why,
    )


_INCEPTIONS = (
    _inception(
        "fully-generated",
        "fullyGenAIMedia",
        GENERATED,
        expect.AI,
        "the source type of c2pa.created describes the asset: all of it is generated",
    ),
    _inception(
        "partly-generated",
        "partlyGenAICreation",
        GENERATED_PART,
        expect.MODIFIED,
        "a composite with generated elements is made in part with AI",
    ),
    _inception(
        "captured",
        "capturedMedia",
        CAPTURE,
        expect.CAPTURED,
        "a trusted signer says that a camera recorded it, and there is nothing else",
    ),
    _inception(
        "captured-computational",
        "capturedMedia",
        IPTC + "computationalCapture",
        expect.CAPTURED,
        "several exposures joined by a camera are a capture",
    ),
    _inception(
        "captured-stitched",
        "capturedMediaStitched",
        IPTC + "compositeCapture",
        expect.CAPTURED,
        "a composite of captures alone is a capture",
    ),
    _inception(
        "composite",
        "compositionMayContainGenAI",
        COMPOSITE,
        expect.POSSIBLE,
        "a composite allows AI without saying so",
    ),
    _inception(
        "screen-capture",
        "screenCaptureMayContainGenAI",
        IPTC + "screenCapture",
        expect.POSSIBLE,
        "whatever was on the screen was recorded",
    ),
    _inception(
        "blank-canvas",
        "blankCanvas",
        C2PA + "empty",
        expect.UNKNOWN,
        "an empty canvas says nothing of what was put on it",
    ),
    _inception(
        "digital-creation",
        "nonGenAIDigitalCreation",
        IPTC + "digitalCreation",
        expect.CREATION,
        "a trusted signer says that people made it with software",
    ),
)


def capture(bench: Bench, part: str = "capture") -> NewIngredient:
    """A capture by the kit's camera, as a parent."""
    photo = bench.signed(created(CAPTURE), who=Who.CAMERA, part=part)
    return NewIngredient(
        "parentOf", "capture.jpg", store=store_of(photo), instance_id=bench.instance(part)
    )


def _over(bench: Bench, *items: dict[str, object]) -> NewManifest:
    return replace(bench.manifest(actions(opened(), *items)), ingredients=(capture(bench),))


def _edited(action: str, source_type: str = "") -> Callable[[Bench], bytes]:
    item: dict[str, object] = {"action": action}
    if source_type:
        item["digitalSourceType"] = source_type
    return lambda bench: signed_file(bench.media(), _over(bench, item))


def _transformation(
    name: str, signals: tuple[str, ...], action: tuple[str, str], expected: Expected, why: str
) -> Sample:
    said = f" with {action[1].rpartition('/')[2]}" if action[1] else ""
    names = tuple(sorted(("ambiguousActions", *signals)))
    return good(
        name,
        SampleClass.SIGNAL,
        f"a capture, opened; then {action[0]}{said}",
        f"18.15; {_RUBRIC}",
        _edited(*action),
        replace(expected, signals=tuple(f"transformation:signal_{n}" for n in names)),
        because=why,
    )


_TRANSFORMATIONS = (
    _transformation(
        "non-editorial",
        ("nonEditorial",),
        ("c2pa.resized.proportional", ""),
        expect.CAPTURED,
        "resizing in proportion is not editorial and leaves a capture a capture",
    ),
    _transformation(
        "perceptible-generated",
        ("perceptibleGenAI", "perceptiblePossiblyGenAI")[:1],
        ("c2pa.edited", GENERATED_PART),
        expect.MODIFIED,
        "a generative source type in an edit means that AI changed a part",
    ),
    _transformation(
        "perceptible-not-generated",
        ("perceptibleNonGenAI",),
        ("c2pa.color_adjustments", HUMAN_EDITS),
        expect.breaching(expect.CAPTURED, DemandBreach.OLD_ACTION),
        "the edit declares a source type that is not AI",
    ),
    _transformation(
        "perceptible-possibly-generated",
        ("perceptibleNonGenAI", "perceptiblePossiblyGenAI"),
        ("c2pa.edited", COMPOSITE),
        expect.POSSIBLE,
        "a composite in an edit allows AI without saying so",
    ),
    _transformation(
        "undeclared-edit",
        (),
        ("c2pa.cropped", ""),
        expect.breaching(expect.UNKNOWN, DemandBreach.SILENT_EDIT),
        "an editorial action without a source type leaves a gap: captured is not shown",
    ),
)


def _complete(bench: Bench) -> bytes:
    source = {"action": "c2pa.created", "digitalSourceType": CAPTURE}
    whole = NewAssertion("c2pa.actions.v2", {"actions": [source], "allActionsIncluded": True})
    return bench.signed(whole, who=Who.CAMERA)


def _layered(bench: Bench) -> bytes:
    source = {"action": "c2pa.created", "digitalSourceType": CAPTURE}
    layer = NewIngredient(
        "componentOf", "layer.png", "image/png", instance_id=bench.instance("layer")
    )
    manifest = bench.manifest(actions(source, placed()), who=Who.CAMERA)
    return signed_file(bench.media(), replace(manifest, ingredients=(layer,)))


def _component(bench: Bench) -> bytes:
    part = store_of(bench.signed(part="part"))
    item = NewIngredient("componentOf", "part.jpg", store=part, instance_id=bench.instance("part"))
    source = {"action": "c2pa.created", "digitalSourceType": CAPTURE}
    manifest = replace(bench.manifest(actions(source, placed())), ingredients=(item,))
    return signed_file(bench.media(), manifest)


def _from_photo(bench: Bench) -> bytes:
    photo = replace(capture(bench), relationship="inputTo")
    manifest = replace(bench.manifest(created(GENERATED, **used(0))), ingredients=(photo,))
    return signed_file(bench.media(), manifest)


def _from_upload(bench: Bench) -> bytes:
    upload = NewIngredient("inputTo", "upload.jpg", instance_id=bench.instance("upload"))
    manifest = replace(bench.manifest(created(GENERATED, **used(0))), ingredients=(upload,))
    return signed_file(bench.media(), manifest)


def soft_binding() -> NewAssertion:
    """A declared soft binding, of an algorithm that nobody has."""
    return NewAssertion(
        "c2pa.soft-binding",
        {"alg": "org.example.none", "blocks": [{"scope": {}, "value": b"\x01\x02\x03\x04"}]},
    )


def _watermarked(bench: Bench) -> bytes:
    source = {"action": "c2pa.created", "digitalSourceType": GENERATED}
    mark = {"action": "c2pa.watermarked.bound"}
    return bench.signed(actions(source, mark), soft_binding())


def _identity(bench: Bench) -> bytes:
    held = (created(GENERATED),)
    return signed_file(bench.media(), with_identity(bench, bench.manifest(*held)))


def _aggregated(bench: Bench) -> bytes:
    held = (created(GENERATED),)
    return signed_file(bench.media(), with_aggregated(bench, bench.manifest(*held)))


SAMPLES = (
    *_INCEPTIONS,
    *_TRANSFORMATIONS,
    good(
        "complete-actions",
        SampleClass.SIGNAL,
        "a capture whose list of actions says that it is complete",
        f"18.15; {_RUBRIC}",
        _complete,
        replace(expect.CAPTURED, signals=("inception:signal_capturedMedia",)),
        because="allActionsIncluded is true, so nothing is ambiguous",
    ),
    good(
        "unknown-ingredient",
        SampleClass.SIGNAL,
        "a capture with a layer placed in it that has no credential",
        f"15.11.3.3; {_RUBRIC}",
        _layered,
        replace(
            expect.UNKNOWN,
            informational=("ingredient.unknownProvenance",),
            signals=(
                "inception:signal_capturedMedia",
                "inception:signal_mediaUnknownProvenance",
                _AMBIGUOUS,
                "transformation:signal_ambiguousActions",
            )[:3],
        ),
        because="an ingredient of unknown provenance leaves a gap in a capture",
    ),
    good(
        "generated-component",
        SampleClass.STATEMENT,
        "a generated picture placed in a capture",
        "18.16",
        _component,
        expect.MODIFIED,
        because="a component that is generated makes the whole modified with AI",
    ),
    good(
        "generated-from-photo",
        SampleClass.STATEMENT,
        "generated, with a capture as inputTo",
        "18.16",
        _from_photo,
        replace(expect.AI, flags=("ai", "from_input")),
        because="an input does not change the origin; it may show a real person",
    ),
    good(
        "generated-from-upload",
        SampleClass.STATEMENT,
        "generated, with an upload without a credential as inputTo",
        "15.11.3.3",
        _from_upload,
        replace(expect.AI, flags=("ai", "from_input")),
        because="inputTo ingredients without a manifest are not of unknown provenance",
    ),
    good(
        "soft-binding",
        SampleClass.STATEMENT,
        "a soft binding declared, and the action that goes with it",
        "15.10.3.2.3",
        _watermarked,
        because="c2pa.watermarked.bound wants a soft-binding assertion, and there is one",
    ),
    good(
        "cawg-identity",
        SampleClass.STATEMENT,
        "a CAWG identity assertion, signed with an X.509 credential of another root",
        "CAWG Identity Assertion 1.2 section 8.2",
        _identity,
        replace(expect.AI, cawg="unlisted"),
        because="the identity's signature fits; its root is not among the anchors for claims",
    ),
    good(
        "cawg-identity-aggregated",
        SampleClass.STATEMENT,
        "a CAWG identity that an aggregator signed, whose name is its key (did:jwk)",
        "CAWG Identity Assertion 1.2 section 8.1",
        _aggregated,
        replace(expect.AI, cawg="unlisted"),
        because="the credential was made for these assertions; no list of aggregators exists",
    ),
)
