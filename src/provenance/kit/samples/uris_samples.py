"""References from within assertions and the claim: what they name, and what hash it has."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from provenance.kit import expect
from provenance.kit.claims import NewAssertion, NewIngredient, actions, placed
from provenance.kit.demands import DemandBreach
from provenance.kit.jumbf_boxes import ContentKind, Embedded, assertion_box, content_hash
from provenance.kit.media import gradient_png
from provenance.kit.sample import CREATED_BY_AI, GENERATOR, NOTE, Bench, SampleClass
from provenance.kit.samples.faulty import SampleWords, before, sample
from provenance.kit.samples.good_samples import UPDATE, good, update
from provenance.kit.writer import signed_file

if TYPE_CHECKING:
    from collections.abc import Callable

    from provenance.kit.claims import NewManifest
    from provenance.kit.sample import Sample

_PICTURE = Embedded("image/png", gradient_png(8, 8))
_MISSING, _MISMATCH = "hashedURI.missing", "hashedURI.mismatch"
_FORM = "the reference is the signer's own, and what the claim names is what was signed"


def _embedded(label: str) -> NewAssertion:
    return NewAssertion(label, _PICTURE, ContentKind.EMBEDDED)


def _link(assertion: NewAssertion) -> dict[str, object]:
    """The hashed URI of an assertion of the same manifest."""
    whole = assertion_box(assertion.label, assertion.content, assertion.kind)
    return {"url": f"self#jumbf=c2pa.assertions/{assertion.label}", "hash": content_hash(whole)}


ICON = _embedded("c2pa.icon")


def _with_icon(bench: Bench) -> NewManifest:
    manifest = bench.manifest(actions(CREATED_BY_AI), NOTE, ICON)
    return replace(manifest, generator=GENERATOR | {"icon": _link(ICON)})


def _icon(**changes: Any) -> Callable[[Bench, NewManifest], NewManifest]:
    def change(_: Bench, manifest: NewManifest) -> NewManifest:
        link = {key: value for key, value in (_link(ICON) | changes).items() if value is not None}
        return replace(manifest, generator=manifest.generator | {"icon": link})

    return change


def _reference(
    name: str,
    what: str,
    because: str,
    change: Callable[[Bench, NewManifest], NewManifest],
    code: str,
    manifest: Callable[[Bench], NewManifest] = _with_icon,
) -> Sample:
    return before(
        SampleClass.HASHED_URI,
        SampleWords(name, what, "15.10.3.3", f"{because}; {_FORM}"),
        change,
        expect.malformed(expect.AI, code),
        manifest=manifest,
    )


_THUMBNAIL = _embedded("c2pa.thumbnail.ingredient")


def _layered(bench: Bench, **changes: Any) -> NewManifest:
    link = _link(_THUMBNAIL) | changes
    layer = NewIngredient("componentOf", "layer.png", "image/png", fields={"thumbnail": link})
    manifest = bench.manifest(actions(CREATED_BY_AI, placed()), NOTE, _THUMBNAIL)
    return replace(manifest, ingredients=(layer,))


def _related(bench: Bench, **changes: Any) -> NewManifest:
    link = _link(NOTE) | changes
    related = {"parameters": {"relatedAssertions": [link]}}
    return bench.manifest(actions(CREATED_BY_AI | related), NOTE)


REFERENCES = (
    good(
        "icon",
        SampleClass.STATEMENT,
        "an icon of the claim generator, and a thumbnail, in embedded-data assertions",
        "15.6.2 and 15.10.3.3",
        lambda bench: signed_file(bench.media(), _with_icon(bench)),
        because="the reference leads to the icon, whose hash is the one that it gives",
    ),
    _reference(
        "icon-missing",
        "the icon of the claim generator is not there",
        "the destination cannot be located",
        _icon(url="self#jumbf=c2pa.assertions/c2pa.icon__7"),
        _MISSING,
    ),
    _reference(
        "icon-hash",
        "the hash of the claim generator's icon is of another one",
        "the computed hash is not the one of the reference",
        _icon(hash=bytes(32)),
        _MISMATCH,
    ),
    _reference(
        "thumbnail-hash",
        "the hash of an ingredient's thumbnail is of another one",
        "the computed hash is not the one of the reference",
        lambda bench, _: _layered(bench, hash=bytes(32)),
        _MISMATCH,
        _layered,
    ),
    _reference(
        "related-assertion-hash",
        "the hash of an assertion that an action relates to is of another one",
        "15.10.3.2.3 has each of them validated like any reference",
        lambda bench, _: _related(bench, hash=bytes(32)),
        _MISMATCH,
        _related,
    ),
)

_ORIGINAL = _embedded("c2pa.embedded-data")
_REPRESENTATION = "c2pa.alternative-content-representation"
_BAD, _OTHER, _GONE = (
    f"assertion.alternativeContentRepresentation.{end}"
    for end in ("malformed", "hashMismatch", "missing")
)


_NO_CHOICE = expect.breaching(expect.AI, DemandBreach.REPRESENTATION)


def _original(bench: Bench, **parameters: Any) -> NewManifest:
    """Generated media with the picture before its last step, embedded."""
    given = {"embeddedOriginalPreservationImage": _link(_ORIGINAL)} | parameters
    content = {
        "type": "exif.originalPreservationImage",
        "parameters": {key: value for key, value in given.items() if value is not None},
    }
    said = NewAssertion(_REPRESENTATION, content)
    return bench.manifest(actions(CREATED_BY_AI), NOTE, _ORIGINAL, said)


def _twice(bench: Bench, manifest: NewManifest) -> NewManifest:
    again = replace(manifest.assertions[-1], label=f"{_REPRESENTATION}__1")
    return replace(_original(bench), assertions=(*manifest.assertions, again))


def _representation(
    name: str,
    what: str,
    because: str,
    change: Callable[[Bench, NewManifest], NewManifest],
    *codes: str,
    base: expect.Expected = expect.AI,
) -> Sample:
    return before(
        SampleClass.ASSERTION,
        SampleWords(name, what, "15.10.3.2.7", because),
        change,
        expect.malformed(base, *(codes or (_BAD,))),
        manifest=_original,
    )


def _in(**parameters: Any) -> Callable[[Bench, NewManifest], NewManifest]:
    return lambda bench, _: _original(bench, **parameters)


REPRESENTATIONS = (
    good(
        "preservation-image",
        SampleClass.STATEMENT,
        "an original preservation image, embedded in the manifest",
        "15.10.3.2.7",
        lambda bench: signed_file(bench.media(), _original(bench)),
        because="the one reference leads to the picture, whose hash is the one that it gives",
    ),
    _representation(
        "preservation-image-in-two-places",
        "an original preservation image is embedded and a part of the file as well",
        "where both fields are present the assertion is rejected",
        _in(multiAssetPartIndex=0),
        base=_NO_CHOICE,
    ),
    _representation(
        "preservation-image-nowhere",
        "an original preservation image is in no place",
        "where neither field is present the assertion is rejected",
        _in(embeddedOriginalPreservationImage=None),
        base=_NO_CHOICE,
    ),
    _representation(
        "preservation-image-twice",
        "there are two original preservation images",
        "no more than one is allowed in the active manifest",
        _twice,
    ),
    _representation(
        "preservation-image-in-no-part",
        "an original preservation image is in a part, and there is no multi-asset hash",
        "the active manifest shall include the assertion that lists the parts",
        _in(embeddedOriginalPreservationImage=None, multiAssetPartIndex=0),
    ),
    _representation(
        "preservation-image-without-hash",
        "the reference to an original preservation image has no hash",
        "the field shall be present; 15.10.3.3 has a code for it too",
        _in(embeddedOriginalPreservationImage={"url": _link(_ORIGINAL)["url"]}),
        _BAD,
        _MISMATCH,
    ),
    _representation(
        "preservation-image-changed",
        "the hash of an original preservation image is of another one",
        "the computed hash is not the one of the reference; 15.10.3.3 has a code for it too",
        _in(embeddedOriginalPreservationImage=_link(_ORIGINAL) | {"hash": bytes(32)}),
        _OTHER,
        _MISMATCH,
    ),
    _representation(
        "preservation-image-missing",
        "an original preservation image is not there",
        "the content cannot be resolved; 15.10.3.3 has a code for it too",
        _in(
            embeddedOriginalPreservationImage=_link(_ORIGINAL)
            | {"url": "self#jumbf=c2pa.assertions/c2pa.embedded-data__7"}
        ),
        _GONE,
        _MISSING,
    ),
)

_LOCATION = {"url": "https://data.example.invalid/x", "alg": "sha256", "hash": bytes(32)}
_ELSEWHERE = {"label": "c2pa.metadata", "size": 32, "location": _LOCATION}
_CLOUD, _EXTERNAL = "c2pa.cloud-data", "c2pa.external-reference"


def _kept(label: str, content: dict[str, Any], *, created: bool = False) -> NewAssertion:
    return NewAssertion(label, content, created=created)


def _kept_elsewhere(label: str, content: dict[str, Any]) -> Callable[[Bench], NewManifest]:
    return lambda bench: bench.manifest(actions(CREATED_BY_AI), NOTE, _kept(label, content))


def _instead(
    label: str, content: dict[str, Any], **how: Any
) -> Callable[[Bench, NewManifest], NewManifest]:
    return lambda _, manifest: replace(
        manifest, assertions=(*manifest.assertions[:-1], _kept(label, content, **how))
    )


def _external(
    name: str, what: str, because: str, code: str, content: dict[str, Any], **how: Any
) -> Sample:
    section = "15.2.2.3" if how else "15.10.3.2.2"
    return before(
        SampleClass.ASSERTION,
        SampleWords(name, what, section, because),
        _instead(_EXTERNAL, content, **how),
        expect.malformed(expect.AI, f"assertion.external-reference.{code}"),
        manifest=_kept_elsewhere(_EXTERNAL, {"location": _LOCATION}),
    )


def _actions_elsewhere(bench: Bench, broken: bool) -> bytes:
    """Actions in the cloud, in an update manifest."""
    if not broken:
        return update(bench)
    return update(bench, _kept(_CLOUD, _ELSEWHERE | {"label": "c2pa.actions"}, created=True))


ELSEWHERE = (
    good(
        "kept-elsewhere",
        SampleClass.STATEMENT,
        "metadata in the cloud, and a reference to data outside, each with its hash",
        "15.10.3.2.1, 15.10.3.2.2 and 15.10.4.1",
        lambda bench: signed_file(
            bench.media(),
            bench.manifest(
                actions(CREATED_BY_AI),
                _kept(_CLOUD, _ELSEWHERE),
                _kept(_EXTERNAL, {"location": _LOCATION}),
            ),
        ),
        because="such references are not retrieved as part of standard validation",
    ),
    before(
        SampleClass.ASSERTION,
        SampleWords(
            "cloud-data-without-size",
            "a cloud-data assertion does not say how large the data is",
            "15.10.3.2.1",
            "the field is required",
        ),
        _instead(_CLOUD, {k: v for k, v in _ELSEWHERE.items() if k != "size"}),
        expect.malformed(expect.AI, "assertion.cloud-data.malformed"),
        manifest=_kept_elsewhere(_CLOUD, _ELSEWHERE),
    ),
    sample(
        SampleClass.ASSERTION,
        SampleWords(
            "cloud-data-of-actions",
            "an update manifest keeps its actions in the cloud",
            "15.10.3.2.1",
            "they may not be kept elsewhere: by point 3 in an update manifest, by point 4 in any",
        ),
        _actions_elsewhere,
        expect.malformed(UPDATE, "assertion.cloud-data.actions", "assertion.cloud-data.malformed"),
        UPDATE,
    ),
    _external(
        "external-reference-half-hashed",
        "an external reference has an algorithm and no hash",
        "it shall have both or neither",
        "malformed",
        {"location": {"url": _LOCATION["url"], "alg": "sha256"}},
    ),
    _external(
        "external-reference-of-actions",
        "an external reference takes the place of actions",
        "they may not be kept elsewhere",
        "malformed",
        {"location": _LOCATION, "label": "c2pa.actions.v2"},
    ),
    _external(
        "external-reference-created",
        "an external reference is among the created assertions",
        "the table has a failure code for it",
        "created",
        {"location": _LOCATION},
        created=True,
    ),
)

SAMPLES = (*REFERENCES, *REPRESENTATIONS, *ELSEWHERE)
