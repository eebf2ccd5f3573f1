"""Samples about what a manifest stands on: its bytes, its ingredients, its store, its text."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from provenance.kit import damage
from provenance.kit.claims import (
    ManifestFault,
    NewAssertion,
    NewIngredient,
    actions,
    created,
    opened,
    placed,
    used,
)
from provenance.kit.media import gradient_jpeg, gradient_png
from provenance.kit.samples.hostile_samples import STRINGS as HOSTILE
from provenance.kit.writer import signed_file, store_of
from support.fixture import (
    AI,
    AI_BROKEN,
    AI_SIGNED,
    AI_TRUSTED,
    CAPTURE,
    CAPTURED,
    UNKNOWN,
    Fixture,
    Shelf,
    instance,
)
from support.pki import Who
from support.recipes_signing import jpeg, manifest, one_fault, simple

if TYPE_CHECKING:
    from support.writer import Manifest


def _over(number: int, title: str, data: bytes, who: Who, media_type: str) -> Manifest:
    parent = NewIngredient("parentOf", title, media_type, store_of(data), instance(number + 500))
    return replace(manifest(number, actions(opened()), who), ingredients=(parent,))


def tampered(_: Shelf) -> bytes:
    return damage.flip_media(
        signed_file(gradient_png(end=(0, 220, 220)), manifest(101, created(AI)))
    )


def stranger_over_capture(shelf: Shelf) -> bytes:
    source = shelf["capture.jpg"]
    return jpeg(110, _over(110, "capture.jpg", source, Who.STRANGER, "image/jpeg"))


def stranger_over_ai(shelf: Shelf) -> bytes:
    source = shelf["ai-generated.png"]
    one = _over(111, "ai-generated.png", source, Who.STRANGER, "image/png")
    return signed_file(gradient_png(start=(200, 0, 40)), one)


def grafted(shelf: Shelf) -> bytes:
    return damage.graft(shelf["capture.jpg"], gradient_jpeg(start=(250, 250, 250), end=(0, 0, 0)))


def unsigned_layer(_: Shelf) -> bytes:
    source = {"action": "c2pa.created", "digitalSourceType": CAPTURE}
    one = manifest(113, actions(source, placed()), Who.CAMERA)
    layer = NewIngredient("componentOf", "layer.png", "image/png", instance_id=instance(613))
    return jpeg(113, replace(one, ingredients=(layer,)))


def _generated_from(number: int, photo: NewIngredient) -> bytes:
    one = manifest(number, created(AI, **used(0)))
    return signed_file(gradient_png(start=(number, 0, 255)), replace(one, ingredients=(photo,)))


def from_photo(shelf: Shelf) -> bytes:
    store = store_of(shelf["capture.jpg"])
    photo = NewIngredient("inputTo", "capture.jpg", "image/jpeg", store, instance(614))
    return _generated_from(114, photo)


def from_upload(_: Shelf) -> bytes:
    return _generated_from(115, NewIngredient("inputTo", "upload.jpg", instance_id=instance(615)))


def redacted(shelf: Shelf) -> bytes:
    source = shelf["ai-generated.png"]
    one = _over(116, "ai-generated.png", source, Who.MAIN, "image/png")
    gone = ((store_of(source).active, "c2pa.actions.v2"),)
    return jpeg(116, replace(one, redacted=gone))


def update(_: Shelf) -> bytes:
    base = simple(117, CAPTURE, Who.CAMERA)
    parent = NewIngredient("parentOf", "capture", store=store_of(base), instance_id=instance(117))
    note = NewAssertion("org.example.note", {"note": "an update that changes no pixel"})
    one = replace(manifest(118, note), ingredients=(parent,), update=True)
    return signed_file(base, one)


def unreferenced(shelf: Shelf) -> bytes:
    other = store_of(shelf["ai-generated.png"])
    one = manifest(119, created(CAPTURE), Who.CAMERA)
    return jpeg(119, replace(one, unreferenced=(other.manifest(other.active),)))


def hostile(_: Shelf) -> bytes:
    escape, bidi, nul, lines, markup = HOSTILE
    made: dict[str, object] = {
        "action": "c2pa.created",
        "digitalSourceType": AI,
        "softwareAgent": {"name": bidi + escape, "version": nul},
        "description": lines,
    }
    strange: dict[str, object] = {"action": "org.example." + escape + lines, "reason": markup}
    part = placed()
    one = replace(
        manifest(128, actions(made, strange, part)),
        generator={"name": escape + bidi + nul, "version": lines + markup},
        title=escape + bidi + nul + lines + "very long " * 2000,
        ingredients=(NewIngredient("componentOf", escape + bidi + lines + "x" * 5000),),
    )
    return jpeg(128, one)


_WRITER = "writer"
_UNLISTED = replace(UNKNOWN, identity="unlisted")

FIXTURES = (
    Fixture(
        "tampered.png",
        _WRITER,
        "one bit of one pixel differs from what was signed",
        tampered,
        AI_BROKEN,
        "the signature verifies and the data hash does not: a tampered AI file still declares AI",
    ),
    Fixture(
        "edited-assertion.jpg",
        _WRITER,
        "one bit of the actions assertion is flipped after signing",
        lambda _: damage.flip_assertion(simple(132, CAPTURE), "c2pa.actions.v2"),
        replace(UNKNOWN, integrity="broken", flags=("broken",)),
        "the hashed URI does not match; a capture claim that is broken is no verdict",
    ),
    Fixture(
        "hostile-strings.jpg",
        _WRITER,
        "escapes, bidi overrides, NULs and long text in title, generator, agent, actions",
        hostile,
        AI_TRUSTED,
        "the credential is sound; its text is cleaned before anything prints it",
    ),
    Fixture(
        "stranger-over-capture.jpg",
        _WRITER,
        "other pixels under a stranger's manifest, with the trusted capture as parentOf",
        stranger_over_capture,
        _UNLISTED,
        "laundering: the capture is as strong as the weakest manifest on its path",
    ),
    Fixture(
        "stranger-over-ai.png",
        _WRITER,
        "the same over the trusted AI image",
        stranger_over_ai,
        replace(AI_SIGNED, identity="unlisted"),
        "parentOf carries the AI origin on, as strong as the stranger",
    ),
    Fixture(
        "grafted.jpg",
        _WRITER,
        "the credential of capture.jpg in another picture",
        grafted,
        replace(UNKNOWN, integrity="broken", flags=("broken",)),
        "the signature was made for a different file; a capture that is broken is no verdict",
    ),
    Fixture(
        "capture-with-unsigned-layer.jpg",
        _WRITER,
        "a trusted capture with a layer without a credential placed in it",
        unsigned_layer,
        UNKNOWN,
        "captured needs that no ingredient is without a manifest",
    ),
    Fixture(
        "generated-from-photo.png",
        _WRITER,
        "generated, with the trusted capture as inputTo",
        from_photo,
        replace(AI_TRUSTED, flags=("ai", "from_input")),
        "it may show a real person: the headline says so",
    ),
    Fixture(
        "generated-from-upload.png",
        _WRITER,
        "generated, with an upload without a credential as inputTo",
        from_upload,
        replace(AI_TRUSTED, flags=("ai", "from_input")),
        "as generated-from-photo.png",
    ),
    Fixture(
        "redacted-actions.jpg",
        _WRITER,
        "the parent's actions, which declared AI, are redacted",
        redacted,
        replace(UNKNOWN, integrity="broken", flags=("broken",)),
        "a redacted actions assertion is an integrity failure",
    ),
    Fixture(
        "update-manifest.jpg",
        _WRITER,
        "a capture with an update manifest on top",
        update,
        CAPTURED,
        "an update manifest takes its binding from its parent",
    ),
    Fixture(
        "unreferenced.jpg",
        _WRITER,
        "a trusted capture whose store also holds an AI manifest that nothing refers to",
        unreferenced,
        CAPTURED,
        "only what is reachable counts; the rest is the finding manifest.unreferenced",
    ),
    Fixture(
        "partial-exclusion.jpg",
        _WRITER,
        "the data-hash range is 40 bytes wider than the credential",
        lambda _: one_fault(121, ManifestFault.WIDE_EXCLUSION),
        AI_BROKEN,
        "15.12.1.1: the range of the credential holds nothing else",
    ),
    Fixture(
        "partial-second-exclusion.jpg",
        _WRITER,
        "a second data-hash range leaves 16 bytes of the scan uncovered",
        lambda _: one_fault(122, ManifestFault.EXTRA_EXCLUSION),
        AI_BROKEN,
        "15.12.1.1: further ranges hold metadata and nothing else (the SDK is content with it)",
    ),
    Fixture(
        "truncated.png",
        _WRITER,
        "ai-generated.png, cut inside its credential",
        lambda shelf: damage.truncate(shelf["ai-generated.png"]),
        replace(
            UNKNOWN,
            origin="ai_generated",
            assurance="broken",
            integrity="none",
            identity="none",
            time="unknown",
            credentials="unreadable",
            flags=("ai", "broken", "unreadable"),
        ),
        "a credential that cannot be parsed, and whose bytes name a generative source type",
    ),
    Fixture(
        "truncated-capture.jpg",
        _WRITER,
        "capture.jpg, cut inside its credential",
        lambda shelf: damage.truncate(shelf["capture.jpg"]),
        replace(
            UNKNOWN,
            integrity="none",
            identity="none",
            time="unknown",
            credentials="unreadable",
            flags=("unreadable",),
        ),
        "a credential that cannot be parsed",
    ),
)
