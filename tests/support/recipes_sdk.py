"""Samples that the SDK signs, and the ones that carry no credential."""

from __future__ import annotations

from dataclasses import replace

from provenance.kit.films import gradient_mp4
from provenance.kit.media import gradient_jpeg, gradient_png, tone_wav
from support import sdk
from support.fixture import (
    AI,
    AI_COMPOSITE,
    AI_TRUSTED,
    CAPTURE,
    CAPTURED,
    COMPOSITE,
    CREATION,
    HUMAN_EDITS,
    NO_CREDENTIAL,
    UNKNOWN,
    Expected,
    Fixture,
    Shelf,
    instance,
    label,
)
from support.pki import Who, credential

Action = dict[str, object]
Source = tuple[dict[str, object], str, bytes]


def _definition(number: int, title: str, *actions: Action) -> dict[str, object]:
    return {
        "claim_generator_info": [{"name": "Test Generator", "version": "1.0"}],
        "title": title,
        "label": label(number),
        "instance_id": instance(number),
        "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": list(actions)}}],
    }


def _created(source_type: str) -> Action:
    agent = {"name": "Test Generator", "version": "1.0"}
    return {"action": "c2pa.created", "digitalSourceType": source_type, "softwareAgent": agent}


def _opened() -> Action:
    return {"action": "c2pa.opened", "parameters": {"ingredientIds": ["parent"]}}


def _parent(title: str, number: int, data: bytes) -> Source:
    item: dict[str, object] = {
        "title": title,
        "relationship": "parentOf",
        "label": "parent",
        "instance_id": instance(number),
    }
    return item, "image/jpeg", data


def ai_generated(_: Shelf) -> bytes:
    definition = _definition(1, "ai-generated.png", _created(AI))
    return sdk.sign(gradient_png(), "image/png", definition)


def ai_edited(shelf: Shelf) -> bytes:
    fill: Action = {
        "action": "c2pa.edited",
        "digitalSourceType": AI_COMPOSITE,
        "softwareAgent": {"name": "Test Fill", "version": "1.0"},
    }
    definition = _definition(2, "ai-edited.jpg", _opened(), fill)
    source = _parent("capture.jpg", 3, shelf["capture.jpg"])
    picture = gradient_jpeg(end=(250, 80, 200))
    return sdk.sign(picture, "image/jpeg", definition, ingredients=(source,))


def capture(_: Shelf) -> bytes:
    definition = _definition(3, "capture.jpg", _created(CAPTURE))
    definition["claim_generator_info"] = [{"name": "Test Camera", "version": "1.0"}]
    signer = credential(Who.CAMERA)
    return sdk.sign(gradient_jpeg(), "image/jpeg", definition, signer=signer)


def composite(_: Shelf) -> bytes:
    definition = _definition(4, "composite.jpg", _created(COMPOSITE))
    return sdk.sign(gradient_jpeg(start=(0, 90, 0)), "image/jpeg", definition)


def tone(_: Shelf) -> bytes:
    return sdk.sign(tone_wav(), "audio/wav", _definition(5, "tone.wav", _created(AI)))


def clip(_: Shelf) -> bytes:
    definition = _definition(6, "clip.mp4", _created(CREATION))
    return sdk.sign(gradient_mp4(), "video/mp4", definition)


def _chain(shelf: Shelf, number: int, name: str, extra: Action) -> bytes:
    first: Action = {"action": "c2pa.color_adjustments", **extra}
    edited = sdk.sign(
        gradient_jpeg(end=(200, 160, 60)),
        "image/jpeg",
        _definition(number, "edited.jpg", _opened(), first),
        ingredients=(_parent("capture.jpg", 3, shelf["capture.jpg"]),),
    )
    second: Action = {"action": "c2pa.cropped", **extra}
    return sdk.sign(
        gradient_jpeg(64, 48, end=(200, 160, 60)),
        "image/jpeg",
        _definition(number + 1, name, _opened(), second),
        ingredients=(_parent("edited.jpg", number, edited),),
    )


def chain_of_three(shelf: Shelf) -> bytes:
    return _chain(shelf, 7, "chain-of-three.jpg", {"digitalSourceType": HUMAN_EDITS})


def chain_undeclared(shelf: Shelf) -> bytes:
    return _chain(shelf, 9, "chain-undeclared.jpg", {})


def sidecar(shelf: Shelf) -> bytes:
    definition = _definition(11, "plain-for-sidecar.jpg", _created(AI))
    return sdk.sign(shelf["plain-for-sidecar.jpg"], "image/jpeg", definition, detached=True)


def sidecar_mismatch(_: Shelf) -> bytes:
    definition = _definition(12, "another.jpg", _created(AI))
    return sdk.sign(gradient_jpeg(start=(90, 0, 0)), "image/jpeg", definition, detached=True)


def remote_only(_: Shelf) -> bytes:
    packet = (
        '<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:dcterms="http://purl.org/dc/terms/" '
        'dcterms:provenance="http://manifests.example.invalid/remote-only.c2pa"/>'
        '</rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
    )
    return gradient_jpeg(app1=b"http://ns.adobe.com/xap/1.0/\0" + packet.encode())


FIXTURES = (
    Fixture(
        "ai-generated.png",
        "sdk",
        "declared as generated in c2pa.created",
        ai_generated,
        AI_TRUSTED,
        "intact, listed signer, valid now, c2pa.created says trainedAlgorithmicMedia",
    ),
    Fixture(
        "capture.jpg",
        "sdk",
        "a camera's claim of digitalCapture",
        capture,
        CAPTURED,
        "a verified signer says that a camera recorded it, and there is nothing else on its path",
    ),
    Fixture(
        "ai-edited.jpg",
        "sdk",
        "a capture opened and edited with a generative tool",
        ai_edited,
        Expected("ai_modified", "verified_private", flags=("ai",)),
        "a generative source type in an edit action means ai_modified",
    ),
    Fixture(
        "composite.jpg",
        "sdk",
        "created with the source type composite",
        composite,
        Expected("ai_possible", "verified_private"),
        "composite allows AI without saying so; it sets no flag",
    ),
    Fixture(
        "plain.jpg",
        "code",
        "no credential and no metadata",
        lambda _: gradient_jpeg(start=(80, 80, 80)),
        NO_CREDENTIAL,
        "absence of evidence is not evidence",
    ),
    Fixture(
        "tone.wav",
        "sdk",
        "a generated tone",
        tone,
        AI_TRUSTED,
        "as ai-generated.png, in a RIFF container",
    ),
    Fixture(
        "clip.mp4",
        "sdk",
        "a clip created with software, bound by a BMFF hash",
        clip,
        Expected("digital_creation", "verified_private"),
        "a verified signer says that people made it with software",
    ),
    Fixture(
        "chain-of-three.jpg",
        "sdk",
        "capture, colours adjusted, cropped; both edits declare humanEdits",
        chain_of_three,
        CAPTURED,
        "the inception is a capture and every edit declares a source type that is not AI",
    ),
    Fixture(
        "chain-undeclared.jpg",
        "sdk",
        "as chain-of-three.jpg, but the edits declare no source type",
        chain_undeclared,
        UNKNOWN,
        "editorial actions without a source type leave a gap: captured is not shown",
    ),
    Fixture(
        "plain-for-sidecar.jpg",
        "code",
        "no embedded credential; its neighbour plain-for-sidecar.c2pa is bound to it",
        lambda _: gradient_jpeg(start=(40, 0, 80)),
        AI_TRUSTED,
        "the sidecar beside it is used: location sidecar",
        sidecar="plain-for-sidecar.c2pa",
    ),
    Fixture(
        "plain-for-sidecar.c2pa",
        "sdk",
        "the manifest store of plain-for-sidecar.jpg; expected here: judged alone",
        sidecar,
        replace(AI_TRUSTED, assurance="signed", integrity="unchecked"),
        "a manifest store alone has no media to check: integrity unchecked, so signed",
    ),
    Fixture(
        "sidecar-mismatch.jpg",
        "code",
        "no embedded credential; its neighbour sidecar-mismatch.c2pa belongs to another picture",
        lambda _: gradient_jpeg(start=(0, 40, 80)),
        NO_CREDENTIAL,
        "a neighbour that does not match is a finding, never broken",
        sidecar="sidecar-mismatch.c2pa",
    ),
    Fixture(
        "sidecar-mismatch.c2pa",
        "sdk",
        "the manifest store of a picture that is not there; expected here: judged alone",
        sidecar_mismatch,
        replace(AI_TRUSTED, assurance="signed", integrity="unchecked"),
        "judged alone, nothing contradicts it",
    ),
    Fixture(
        "remote-only.jpg",
        "code",
        "XMP dcterms:provenance points to an address; nothing is embedded",
        remote_only,
        replace(NO_CREDENTIAL, credentials="remote", flags=("remote_only",)),
        "nothing is fetched; the address is shown",
    ),
)
