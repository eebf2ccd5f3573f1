"""Files whose parent alone declares AI: whoever loses the link, loses what it says.

The active manifest is trusted, intact, and says nothing of origin itself.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from provenance.kit import expect
from provenance.kit.claims import (
    NewAssertion,
    NewIngredient,
    NewManifest,
    Twists,
    actions,
    created,
    opened,
    used,
)
from provenance.kit.demands import DemandBreach
from provenance.kit.jumbf_boxes import MANIFEST, ContentKind, OpenedStore
from provenance.kit.pki_specs import Who
from provenance.kit.sample import (
    CAPTURE,
    CREATED_BY_CAMERA,
    GENERATED,
    NOTE,
    Bench,
    SampleClass,
)
from provenance.kit.samples.faulty import SampleWords, before, sample
from provenance.kit.samples.good_samples import good
from provenance.kit.writer import signed_file, store_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from provenance.kit.expect import Expected
    from provenance.kit.sample import Sample


def _generated(bench: Bench, part: str = "parent") -> OpenedStore:
    return store_of(bench.signed(created(GENERATED), part=part))


def _opens(bench: Bench, store: OpenedStore | None = None) -> NewManifest:
    """An edit of a generated picture that says no more than what it opened."""
    parent = NewIngredient(
        "parentOf", "parent.jpg", store=store or _generated(bench), instance_id=bench.instance("p")
    )
    return replace(bench.manifest(actions(opened()), NOTE), ingredients=(parent,))


def _lost(base: Expected, *codes: str, findings: tuple[str, ...] = ()) -> Expected:
    """A link that fails: what is below is not read any more, and the file says that it was."""
    expected = expect.malformed(expect.below(base), *codes, findings=findings)
    return replace(expected, origin="unknown", assurance="none", flags=("broken",))


def _broken(base: Expected, *codes: str, findings: tuple[str, ...] = ()) -> Expected:
    """A link that fails, with the parent still there to be read: what it says is at `broken`."""
    expected = expect.malformed(expect.below(base), *codes, findings=findings)
    return replace(expected, assurance="broken", flags=("ai", "broken"))


def _with_ingredient_fields(**fields: Any) -> Callable[[Bench, NewManifest], NewManifest]:
    def change(_: Bench, manifest: NewManifest) -> NewManifest:
        return replace(
            manifest, ingredients=tuple(replace(i, **fields) for i in manifest.ingredients)
        )

    return change


def _word_changed(parts: list[bytes]) -> list[bytes]:
    """One letter of the source type in the parent's actions."""
    return [part.replace(b"trainedAlgorithmicMedia", b"trainedAlgorithmicMedi_") for part in parts]


def _cut(parts: list[bytes]) -> list[bytes]:
    """The parent's claim is no CBOR any more."""
    (whole,) = parts
    at = whole.index(b"c2pa.claim.v2\0") + len(b"c2pa.claim.v2\0") + 8
    return [whole[:at] + b"\xff" + whole[at + 1 :]]


def _link(
    name: str,
    what: str,
    section: str,
    because: str,
    change: Callable[[Bench, NewManifest], NewManifest],
    expected: Expected,
) -> Sample:
    row = SampleWords(name, what, section, because)
    return before(SampleClass.REFERENCE, row, change, expected, expect.AI, manifest=_opens)


def _carried(
    change: Callable[[list[bytes]], list[bytes]],
) -> Callable[[Bench, NewManifest], NewManifest]:
    return lambda _, manifest: replace(manifest, twists=Twists(carried=change))


_HASH = "ingredient.manifest.mismatch"
_GONE = ("ingredient.manifest.missing", "ingredient.claimSignature.missing", "claim.missing")
_ALONE = "the active manifest says nothing of origin: what is lost with the link is lost at all"
LINKS = (
    good(
        "generated-parent",
        SampleClass.STATEMENT,
        "an edit without a word on origin, of a picture that its parent declares as generated",
        "15.11.3.3 and 18.16",
        lambda bench: signed_file(bench.media(), _opens(bench)),
        because="what a parent is, its edit still is",
    ),
    good(
        "generated-parent-v2",
        SampleClass.STATEMENT,
        "the same with an ingredient assertion of version 2",
        "15.11.3.3",
        lambda bench: signed_file(
            bench.media(), _with_ingredient_fields(version=2)(bench, _opens(bench))
        ),
        expect.breaching(expect.AI, DemandBreach.OLD_ASSERTION),
        because="the link of older versions is the field c2pa_manifest",
    ),
    _link(
        "generated-parent-missing",
        "a parent, which alone declares AI, did not come along",
        "15.11.3.3.2",
        f"the URI cannot be resolved; {_ALONE}",
        _with_ingredient_fields(carried=False),
        _lost(expect.AI, *_GONE, findings=("ingredient.manifest.missing",)),
    ),
    _link(
        "generated-parent-reworded",
        "one letter of the source type is another in a parent that alone declares AI",
        "15.11.3.3.2",
        f"the manifest is not the one that was hashed; {_ALONE}",
        _carried(_word_changed),
        _lost(expect.AI, _HASH, "assertion.hashedURI.mismatch"),
    ),
    _link(
        "generated-parent-unreadable",
        "the claim of a parent that alone declares AI is no CBOR any more",
        "15.11.3.3.2 and 15.6.2",
        f"the manifest is not the one that was hashed, and its claim cannot be read; {_ALONE}",
        _carried(_cut),
        _broken(expect.AI, _HASH, "claim.cbor.invalid", "claimSignature.mismatch"),
    ),
)


def _relabelled(parts: list[bytes]) -> list[bytes]:
    """The parent's box is of a type that nobody knows."""
    (whole,) = parts
    at = whole.index(MANIFEST, 8)
    return [whole[:at] + b"zzzz" + whole[at + 4 :]]


def _at_the_bottom(bench: Bench, broken: bool) -> bytes:
    """Two edits of a generated picture; the lower one lost the picture's manifest."""
    lower = replace(_opens(bench), label=bench.label("lower"), instance_id=bench.instance("lower"))
    base = store_of(signed_file(bench.media(), lower))

    def without_first(parts: list[bytes]) -> list[bytes]:
        return [part for part in parts if b"trainedAlgorithmicMedia" not in part]

    twists = Twists(carried=without_first if broken else None)
    return signed_file(bench.media(), replace(_opens(bench, base), twists=twists))


def _by_nobody(bench: Bench, broken: bool) -> bytes:
    """The parent was signed by another key than that of its certificate."""
    if not broken:
        return signed_file(bench.media(), _opens(bench))
    key = bench.pki.key(Who.STRANGER)
    manifest = bench.manifest(created(GENERATED), part="parent")
    parent = store_of(
        signed_file(bench.media(), replace(manifest, sealing=replace(manifest.sealing, key=key)))
    )
    return signed_file(bench.media(), _opens(bench, parent))


MORE_LINKS = (
    _link(
        "generated-parent-of-no-type",
        "the box of a parent that alone declares AI is of a type that no standard defines",
        "15.11.3.3.2 and 11.1.4.2",
        f"the manifest cannot be resolved or is not the one that was hashed; {_ALONE}",
        _carried(_relabelled),
        _broken(expect.AI, _HASH, *_GONE),
    ),
    sample(
        SampleClass.REFERENCE,
        SampleWords(
            "generated-grandparent-missing",
            "a grandparent, which alone declares AI, did not come along",
            "15.11.3.3 and 15.11.3.3.2",
            "every ingredient manifest is validated, anywhere in the lineage, and a manifest is"
            f" well-formed where its ingredients are (14.3.4); {_ALONE}",
        ),
        _at_the_bottom,
        _lost(expect.AI, *_GONE, findings=("ingredient.manifest.missing",)),
    ),
    sample(
        SampleClass.REFERENCE,
        SampleWords(
            "generated-parent-of-another-key",
            "a parent, which alone declares AI, was signed by another key than its certificate's",
            "15.11.3.3 and 15.7",
            "a validator that goes by the hash of the manifest finds the link in order, one that"
            " validates the claim rejects it; what the parent declares may be anybody's",
        ),
        _by_nobody,
        replace(
            _broken(expect.AI, "claimSignature.mismatch"),
            readings=(expect.OtherReading(expect.ValidationState.TRUSTED),),
        ),
    ),
)

_SOURCE = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"


def _metadata(value: object, label: str = "cawg.metadata") -> NewAssertion:
    content = {"@context": {"Iptc4xmpExt": _SOURCE}, "Iptc4xmpExt:DigitalSourceType": value}
    return NewAssertion(label, content, ContentKind.JSON)


def _capture_with_assertions(
    name: str,
    what: str,
    because: str,
    *assertions: NewAssertion,
    expected: Expected = expect.UNKNOWN,
) -> Sample:
    """A capture by the kit's camera with further words of its signer beside it: sound."""
    return good(
        name,
        SampleClass.STATEMENT,
        what,
        "15.10.3.2 and 18.15",
        lambda bench: bench.signed(*assertions, who=Who.CAMERA),
        expected,
        because=because,
    )


_BOTH = "the form is sound; the signer says both, and a declaration of AI is not overruled"
_GAP = "the form is sound; a signed word of AI, wherever it stands, is a gap in a capture"


def _input_to_capture(bench: Bench) -> bytes:
    item = NewIngredient(
        "inputTo", "input", store=_generated(bench), instance_id=bench.instance("i")
    )
    manifest = bench.manifest(actions(CREATED_BY_CAMERA | used(0)), who=Who.CAMERA)
    return signed_file(bench.media(), replace(manifest, ingredients=(item,)))


WORDS = (
    _capture_with_assertions(
        "capture-and-metadata",
        "a capture whose metadata assertion says capture too",
        "nothing is said of AI",
        created(CAPTURE),
        _metadata(CAPTURE),
        expected=expect.CAPTURED,
    ),
    _capture_with_assertions(
        "capture-and-a-quotation",
        "a capture with a note that quotes the name of the generative source type",
        "a word within a sentence declares nothing",
        created(CAPTURE),
        NewAssertion("org.example.note", {"note": f"nothing like {GENERATED}"}),
        expected=expect.CAPTURED,
    ),
    _capture_with_assertions(
        "capture-and-generated-metadata",
        "a capture whose metadata assertion has a generative source type among nine",
        _BOTH,
        created(CAPTURE),
        _metadata([CAPTURE] * 8 + [GENERATED]),
        expected=expect.AI,
    ),
    _capture_with_assertions(
        "capture-and-generated-set",
        "a capture whose metadata has a generative source type in a JSON-LD set",
        _BOTH,
        created(CAPTURE),
        _metadata({"@set": [GENERATED]}),
        expected=expect.AI,
    ),
    _capture_with_assertions(
        "capture-and-generated-own-metadata",
        "a capture with a metadata assertion of somebody's own label, which says generated",
        _BOTH,
        created(CAPTURE),
        _metadata(GENERATED, "com.example.metadata"),
        expected=expect.AI,
    ),
    _capture_with_assertions(
        "capture-and-generated-note",
        "a capture with an assertion of any label that has a generative source type",
        _GAP,
        created(CAPTURE),
        NewAssertion("org.example.note", {"digitalSourceType": GENERATED}),
    ),
    _capture_with_assertions(
        "capture-and-generated-enhancement",
        "a capture with a non-editorial action of a generative source type",
        _GAP,
        actions(CREATED_BY_CAMERA, {"action": "c2pa.enhanced", "digitalSourceType": GENERATED}),
    ),
    good(
        "capture-of-generated-input",
        SampleClass.STATEMENT,
        "a capture with a generated picture as inputTo",
        "18.16",
        _input_to_capture,
        expect.UNKNOWN,
        because="the form is sound; a camera has no generated input, so that there is a gap",
    ),
)


def _redacting(bench: Bench, gone: str, *, layer: bool = False) -> bytes:
    """A capture, edited with evidence of AI that a later claim takes out again."""
    shot = store_of(bench.signed(created(CAPTURE), who=Who.CAMERA, part="shot"))
    items = [NewIngredient("parentOf", "shot", store=shot, instance_id=bench.instance("shot"))]
    held = [actions(opened()), _metadata(GENERATED)]
    if layer:
        items.append(NewIngredient("componentOf", "layer", instance_id=bench.instance("layer")))
        held = [actions(opened())]  # no action names it, so that none names what is gone
    edit = bench.manifest(*held, part="edit")
    base = store_of(signed_file(bench.media(), replace(edit, ingredients=tuple(items))))
    over = NewIngredient("parentOf", "edit", store=base, instance_id=bench.instance("edit"))
    manifest = bench.manifest(actions(opened()))
    return signed_file(
        bench.media(), replace(manifest, ingredients=(over,), redacted=((base.active, gone),))
    )


_REDACTED = "an assertion that is no actions assertion may be redacted; what it said is not known"
REDACTIONS = (
    good(
        "redacted-metadata",
        SampleClass.MANIFEST,
        "metadata that said generated, of an edit of a capture, is redacted",
        "15.10.3.1 and 15.11.3.3.1",
        lambda bench: _redacting(bench, "cawg.metadata"),
        replace(expect.UNKNOWN, findings=("redaction",)),
        because=_REDACTED,
    ),
    good(
        "redacted-ingredient",
        SampleClass.MANIFEST,
        "a layer without a credential, of an edit of a capture, is redacted",
        "15.10.3.1 and 15.11.3.3.1",
        lambda bench: _redacting(bench, "c2pa.ingredient.v3__1", layer=True),
        replace(expect.UNKNOWN, findings=("redaction",)),
        because=_REDACTED,
    ),
)

SAMPLES = (*LINKS, *MORE_LINKS, *WORDS, *REDACTIONS)
