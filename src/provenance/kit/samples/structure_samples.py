"""Faults of the manifest store: its boxes, its content types, the kinds of its manifests."""

from __future__ import annotations

import struct
from dataclasses import replace
from typing import TYPE_CHECKING

from provenance.kit import brotli, carriers, damage, expect, jumbf_boxes
from provenance.kit.binding import BindingKind, NewHardBinding, data_hash
from provenance.kit.claims import (
    ManifestFault,
    NewAssertion,
    NewIngredient,
    NewManifest,
    actions,
    created,
)
from provenance.kit.demands import DemandBreach, Lint, Success
from provenance.kit.jumbf_boxes import ContentKind, box, superbox
from provenance.kit.media import png_chunk
from provenance.kit.pki_specs import Who
from provenance.kit.sample import CAPTURE, CREATED_BY_AI, NOTE, Bench, Sample, SampleClass
from provenance.kit.samples.faulty import SampleWords, after, before, sample, signed, twist
from provenance.kit.samples.good_samples import UPDATE, good, update
from provenance.kit.writer import signed_file, store_of

if TYPE_CHECKING:
    from collections.abc import Callable

_NO_STORE = "what cannot be walked as JUMBF holds no manifest; the standard names no code for it"


def _store_bytes(change: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    """Damage to the bytes of the store, put back as they are."""
    return lambda whole: carriers.embed(whole, change(carriers.extract(whole)))


def _resize(store: bytes, size: int) -> bytes:
    """The length that the first manifest's box declares, changed."""
    at = jumbf_boxes.first_superbox(store).children[0].start
    return store[:at] + struct.pack(">I", size) + store[at + 4 :]


_UNREADABLE = expect.unreadable(expect.AI)


def _broken_store(
    name: str,
    what: str,
    change: Callable[[bytes], bytes],
    expected: expect.Expected = _UNREADABLE,
) -> Sample:
    row = SampleWords(name, what, "11.1.4.2", _NO_STORE)
    return after(SampleClass.STRUCTURE, row, _store_bytes(change), expected)


def _two_stores(whole: bytes) -> bytes:
    """A second store, of another box instance number, behind the first."""
    span = carriers.credential_span(whole)
    if span is None:
        raise LookupError("no store to write a second one behind")
    again = carriers.app11(carriers.extract(whole), number=2)
    return whole[: span.end] + again + whole[span.end :]


def _duplicate_assertion(parts: list[bytes]) -> list[bytes]:
    inner = jumbf_boxes.first_superbox(parts[0])
    held = [parts[0][assertion.start : assertion.end] for assertion in inner.children]
    note = next(assertion for assertion in held if NOTE.label.encode() in assertion)
    return [superbox(jumbf_boxes.ASSERTION_STORE, "c2pa.assertions", *held, note), *parts[1:]]


def _wrong_content(_: Bench, manifest: NewManifest) -> NewManifest:
    """The actions assertion says that it is CBOR and holds JSON."""
    text = b'{"actions": [{"action": "c2pa.created"}]}'
    odd = superbox(b"cbor", "c2pa.actions.v2", box(b"json", text))
    wrong = NewAssertion("c2pa.actions.v2", {}, box=lambda _: odd)
    return replace(manifest, assertions=(wrong, NOTE))


def _compressed(bench: Bench) -> NewManifest:
    """A compressed manifest; a data hash may not stand in one (18.5.1)."""
    return replace(bench.manifest(), compressed=True, binding=BindingKind.BOXES)


def _spoiled(store: bytes) -> bytes:
    """The Brotli stream of the compressed manifest, damaged at its head."""
    at = store.index(b"brob") + 4
    return store[:at] + b"\xff\xff\xff\xff" + store[at + 4 :]


def _packed_elsewise(bench: Bench, broken: bool) -> bytes:
    whole = signed_file(bench.media(), _compressed(bench))
    if not broken:
        return whole
    label = bench.label()
    inner = superbox(jumbf_boxes.ASSERTION_STORE, "c2pa.assertions")
    packed = superbox(jumbf_boxes.COMPRESSED_MANIFEST, label, box(b"brob", brotli.stored(inner)))
    return carriers.embed(whole, superbox(jumbf_boxes.STORE, "c2pa", packed))


def _updated(*assertions: NewAssertion) -> Callable[[Bench, bool], bytes]:
    def make(bench: Bench, broken: bool) -> bytes:
        return update(bench, *assertions) if broken else update(bench)

    return make


def _orphan_update(bench: Bench, broken: bool) -> bytes:
    if not broken:
        return update(bench)
    base = signed(bench)
    item = NewIngredient("componentOf", "base", store=store_of(base))
    manifest = bench.manifest(
        NewAssertion("org.example.note", {"note": "no parent"}), part="update"
    )
    return signed_file(base, replace(manifest, ingredients=(item,), update=True))


def _of_type(kind: bytes) -> Callable[[bytes], bytes]:
    """The box of the active manifest under another type."""

    def change(store: bytes) -> bytes:
        at = store.index(jumbf_boxes.MANIFEST)
        return store[:at] + kind + store[at + 4 :]

    return change


def _of_camera(bench: Bench) -> NewManifest:
    return bench.manifest(created(CAPTURE), who=Who.CAMERA, part="capture")


def _beside_capture(kind: bytes, who: Who = Who.CAMERA) -> Callable[[Bench], bytes]:
    """A capture whose store also holds a generated manifest under a type of box."""

    def make(bench: Bench) -> bytes:
        other = store_of(bench.signed(part="other"))
        loose = _of_type(kind)(other.manifest(other.active))
        manifest = replace(
            _of_camera(bench), signer=bench.pki.credential(who), unreferenced=(loose,)
        )
        return signed_file(bench.media(), manifest)

    return make


def _two_in_png(*, capture_first: bool) -> Callable[[Bench, bool], bytes]:
    """The store of a capture and that of a generated picture, each in a chunk of its own."""

    def make(bench: Bench, broken: bool) -> bytes:
        whole = signed_file(bench.media("png"), bench.manifest())
        if not broken:
            return whole
        capture = carriers.extract(signed_file(bench.media("png"), _of_camera(bench)))
        span = carriers.credential_span(whole)
        if span is None:
            raise LookupError("no store to write a second one beside")
        at = span.start if capture_first else span.end
        return whole[:at] + png_chunk(b"caBX", capture) + whole[at:]

    return make


MULTIPLE = replace(
    expect.altered(expect.AI, findings=("credential.multiple_stores",)),
    state=expect.ValidationState.ABSENT,
    readings=(expect.OtherReading(expect.ValidationState.INVALID),),
    identity="none",
    time="unknown",
    lint=Lint(shown=False),
)


def _two(name: str, what: str, *, capture_first: bool) -> Sample:
    return sample(
        SampleClass.STRUCTURE,
        SampleWords(
            name,
            what,
            "15.5.2.1",
            "where there are several they shall all be considered as invalid, and this should be"
            " treated as if none were located; that one of them declares AI is still said",
        ),
        _two_in_png(capture_first=capture_first),
        MULTIPLE,
        container="png",
    )


def _own_binding(bench: Bench, broken: bool) -> bytes:
    if not broken:
        return update(bench)
    base = bench.signed(part="base")
    parent = NewIngredient(
        "parentOf", "base", store=store_of(base), instance_id=bench.instance("b")
    )
    manifest = bench.manifest(NewAssertion("org.example.note", {"note": "no pixel changed"}))
    own = NewHardBinding(BindingKind.DATA, data_hash(bytes(32), ()))
    return signed_file(base, replace(manifest, ingredients=(parent,), update=True, bindings=(own,)))


STRUCTURES = (
    good(
        "older-type",
        SampleClass.MANIFEST,
        "the manifest's box is of type c2md, as of before version 1",
        "11.2.2",
        lambda bench: _store_bytes(_of_type(b"c2md"))(signed(bench)),
        because="manifest consumers shall also accept standard manifests of that type; no hash"
        " covers the box's own header",
    ),
    after(
        SampleClass.STRUCTURE,
        SampleWords("truncated", "the file ends inside its credential", "15.5.2.1", _NO_STORE),
        damage.truncate,
        expect.unreadable(expect.AI),
        build=lambda bench: signed(bench, "png"),
        container="png",
    ),
    _broken_store(
        "box-too-long",
        "a manifest's box is longer than the store",
        lambda store: _resize(store, len(store) * 2),
    ),
    _broken_store(
        "box-too-short", "a manifest's box is cut off by its own length", lambda s: _resize(s, 60)
    ),
    _broken_store(
        "not-a-store",
        "the outer superbox is of another type",
        lambda store: store.replace(b"c2pa\x00\x11", b"c2pb\x00\x11", 1),
    ),
    _broken_store(
        "empty-store",
        "the store holds no manifest",
        lambda _: superbox(jumbf_boxes.STORE, "c2pa"),
        expect.unreadable(expect.UNKNOWN),
    ),
    after(
        SampleClass.STRUCTURE,
        SampleWords(
            "two-stores",
            "the JPEG holds two manifest stores",
            "15.5.2.1",
            "where there are several they shall all be considered as invalid, and this should be"
            " treated as if none were located; that one of them declares AI is still said",
        ),
        _two_stores,
        MULTIPLE,
    ),
    _two(
        "two-stores-capture-first",
        "a PNG holds the store of another capture in front of its own",
        capture_first=True,
    ),
    _two(
        "two-stores-capture-last",
        "a PNG holds the store of another capture behind its own",
        capture_first=False,
    ),
    good(
        "loose-of-unknown-type",
        SampleClass.MANIFEST,
        "a capture whose store also holds a generated manifest under a type of box that no standard"
        " defines",
        "11.1.4.2",
        _beside_capture(b"zzzz"),
        replace(expect.CAPTURED, findings=("manifest.unknown_type",)),
        because="such boxes are allowed and skipped; that it is there is said",
    ),
    good(
        "stranger-over-loose",
        SampleClass.MANIFEST,
        "a stranger's capture whose store also holds a generated manifest that nothing refers to",
        "15.11.3.3 and 15.7",
        _beside_capture(jumbf_boxes.MANIFEST, Who.STRANGER),
        replace(
            expect.unlisted(expect.AI, "chain.issuer_missing"),
            assurance="broken",
            flags=("ai", "broken"),
            findings=("manifest.unreferenced",),
        ),
        because="manifests that no ingredient leads to are ignored; against nobody's word they are"
        " still heard",
    ),
    sample(
        SampleClass.STRUCTURE,
        SampleWords(
            "update-with-binding",
            "an update manifest has a data hash of its own",
            "15.10.1.3",
            "no hard binding is allowed there: its media is its parent's",
        ),
        _own_binding,
        expect.altered(UPDATE, "manifest.update.invalid"),
        UPDATE,
    ),
    before(
        SampleClass.STRUCTURE,
        SampleWords(
            "manifest-label-twice",
            "two manifests bear the active one's label",
            "8.4.1, 10.2.2 and 15.7",
            "the claim names its signature by an absolute URI, which goes through the label that"
            " two boxes have; such a reference shall be treated as unresolved, and without its"
            " signature a claim is rejected",
        ),
        lambda _, one: replace(one, faults=frozenset({ManifestFault.DUPLICATE_LABEL})),
        expect.undecided(
            expect.altered(
                expect.AI, "claimSignature.missing", findings=("manifest.duplicate_label",)
            ),
            Success.VALID,
            Success.WELL_FORMED,  # who takes the two for one manifest finds two claims in it
        ),
    ),
    before(
        SampleClass.STRUCTURE,
        SampleWords(
            "assertion-label-twice",
            "two assertions bear one label",
            "8.4.1 and 15.10.3.1",
            "a reference whose path is ambiguous is unresolved; one of the two is not declared",
        ),
        twist(parts=_duplicate_assertion),
        expect.undecided(
            expect.altered(
                expect.AI,
                "assertion.missing",
                "assertion.undeclared",
                "general.error",
                findings=("assertion.duplicate_label",),
            ),
            Success.WELL_FORMED,  # two boxes of one label are malformed as well
        ),
    ),
    before(
        SampleClass.STRUCTURE,
        SampleWords(
            "content-type",
            "an actions assertion of type CBOR holds a JSON box",
            "11.1.4.3",
            "the JUMBF type defines the content; what was to be said cannot be read",
        ),
        _wrong_content,
        expect.unchecked(
            # Who takes the JSON for what it says sees an action that lacks its source type.
            expect.undecided(
                expect.UNKNOWN, DemandBreach.SILENT_CREATION, DemandBreach.COMPLETENESS
            ),
            "assertion.cbor.invalid",
            "assertion.action.malformed",
            "general.error",
            findings=("credential.malformed",),
        ),
    ),
    after(
        SampleClass.STRUCTURE,
        SampleWords(
            "compressed-damaged",
            "the Brotli stream of a compressed manifest is damaged",
            "15.5.4",
            "decompression fails",
        ),
        _store_bytes(_spoiled),
        # the stream is one of stored blocks: the words of the claims are in its bytes
        expect.unclaimed(expect.AI, "manifest.compressed.invalid"),
        build=lambda bench: signed_file(bench.media(), _compressed(bench)),
    ),
    sample(
        SampleClass.STRUCTURE,
        SampleWords(
            "compressed-no-manifest",
            "a compressed manifest holds an assertion store",
            "15.5.4",
            "what is compressed is neither a standard nor an update manifest",
        ),
        _packed_elsewise,
        expect.lost(expect.AI, "manifest.compressed.invalid"),
    ),
    sample(
        SampleClass.STRUCTURE,
        SampleWords(
            "update-with-created",
            "an update manifest has a c2pa.created action",
            "15.10.1.3",
            "only four actions are allowed there, since no pixel may change",
        ),
        _updated(actions(CREATED_BY_AI)),
        expect.altered(expect.AI, "manifest.update.invalid"),
        UPDATE,
    ),
    sample(
        SampleClass.STRUCTURE,
        SampleWords(
            "update-with-thumbnail",
            "an update manifest has a thumbnail",
            "15.10.1.3",
            "thumbnails are not allowed there",
        ),
        _updated(
            NewAssertion(
                "c2pa.thumbnail.claim",
                jumbf_boxes.Embedded("image/png", b"\x89PNG\r\n\x1a\n"),
                ContentKind.EMBEDDED,
            )
        ),
        expect.altered(UPDATE, "manifest.update.invalid"),
        UPDATE,
    ),
    sample(
        SampleClass.STRUCTURE,
        SampleWords(
            "update-without-parent",
            "the only ingredient of an update manifest is a componentOf",
            "15.10.1.3",
            "exactly one parentOf ingredient is required; without it nothing binds the media",
        ),
        _orphan_update,
        expect.altered(
            UPDATE,
            "manifest.update.wrongParents",
            "claim.hardBindings.missing",
            findings=(),
        ),
        UPDATE,
    ),
)


SAMPLES = STRUCTURES
