"""Faults of the manifest store: its boxes, its content types, the kinds of its manifests."""

from __future__ import annotations

import struct
from dataclasses import replace
from typing import TYPE_CHECKING

from provenance.kit import carriers, damage, expect, jumbf
from provenance.kit.binding import Binding
from provenance.kit.claims import Assertion, Fault, Ingredient, Manifest, actions
from provenance.kit.demands import Breach, Lint, Success
from provenance.kit.jumbf import Kind, box, superbox
from provenance.kit.sample import CREATED_BY_AI, NOTE, Bench, Group, Sample
from provenance.kit.samples.faulty import Row, after, before, sample, signed, twist
from provenance.kit.samples.good import UPDATE, update
from provenance.kit.writer import sign, store_of

if TYPE_CHECKING:
    from collections.abc import Callable

_NO_STORE = "what cannot be walked as JUMBF holds no manifest; the standard names no code for it"


def _store_bytes(change: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    """Damage to the bytes of the store, put back as they are."""
    return lambda whole: carriers.embed(whole, change(carriers.extract(whole)))


def _resize(store: bytes, size: int) -> bytes:
    """The length that the first manifest's box declares, changed."""
    at = jumbf.parse(store).children[0].start
    return store[:at] + struct.pack(">I", size) + store[at + 4 :]


_UNREADABLE = expect.unreadable(expect.AI)


def _broken_store(
    name: str,
    what: str,
    change: Callable[[bytes], bytes],
    expected: expect.Expected = _UNREADABLE,
) -> Sample:
    row = Row(name, what, "11.1.4.2", _NO_STORE)
    return after(Group.STRUCTURE, row, _store_bytes(change), expected)


def _two_stores(whole: bytes) -> bytes:
    """A second store, of another box instance number, behind the first."""
    span = carriers.find(whole)
    if span is None:
        raise LookupError("no store to write a second one behind")
    again = carriers.app11(carriers.extract(whole), number=2)
    return whole[: span.end] + again + whole[span.end :]


def _duplicate_assertion(parts: list[bytes]) -> list[bytes]:
    inner = jumbf.parse(parts[0])
    held = [parts[0][one.start : one.end] for one in inner.children]
    note = next(one for one in held if NOTE.label.encode() in one)
    return [superbox(jumbf.ASSERTION_STORE, "c2pa.assertions", *held, note), *parts[1:]]


def _wrong_content(_: Bench, one: Manifest) -> Manifest:
    """The actions assertion says that it is CBOR and holds JSON."""
    text = b'{"actions": [{"action": "c2pa.created"}]}'
    odd = superbox(b"cbor", "c2pa.actions.v2", box(b"json", text))
    wrong = Assertion("c2pa.actions.v2", {}, box=lambda _: odd)
    return replace(one, assertions=(wrong, NOTE))


def _compressed(bench: Bench) -> Manifest:
    """A compressed manifest; a data hash may not stand in one (18.5.1)."""
    return replace(bench.manifest(), compressed=True, binding=Binding.BOXES)


def _spoiled(store: bytes) -> bytes:
    """The Brotli stream of the compressed manifest, damaged at its head."""
    at = store.index(b"brob") + 4
    return store[:at] + b"\xff\xff\xff\xff" + store[at + 4 :]


def _packed_elsewise(bench: Bench, broken: bool) -> bytes:
    from provenance.kit.brotli import stored  # noqa: PLC0415 - one sample

    whole = sign(bench.media(), _compressed(bench))
    if not broken:
        return whole
    label = bench.label()
    inner = superbox(jumbf.ASSERTION_STORE, "c2pa.assertions")
    packed = superbox(jumbf.COMPRESSED_MANIFEST, label, box(b"brob", stored(inner)))
    return carriers.embed(whole, superbox(jumbf.STORE, "c2pa", packed))


def _updated(*assertions: Assertion) -> Callable[[Bench, bool], bytes]:
    def make(bench: Bench, broken: bool) -> bytes:
        return update(bench, *assertions) if broken else update(bench)

    return make


def _orphan_update(bench: Bench, broken: bool) -> bytes:
    if not broken:
        return update(bench)
    base = signed(bench)
    item = Ingredient("componentOf", "base", store=store_of(base))
    one = bench.manifest(Assertion("org.example.note", {"note": "no parent"}), part="update")
    return sign(base, replace(one, ingredients=(item,), update=True))


STRUCTURES = (
    after(
        Group.STRUCTURE,
        Row("truncated", "the file ends inside its credential", "15.5.2.1", _NO_STORE),
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
        lambda _: superbox(jumbf.STORE, "c2pa"),
        expect.unreadable(expect.UNKNOWN),
    ),
    after(
        Group.STRUCTURE,
        Row(
            "two-stores",
            "the JPEG holds two manifest stores",
            "15.5.2.1",
            "where there are several they shall all be considered as invalid, and this should be"
            " treated as if none were located; that one of them declares AI is still said",
        ),
        _two_stores,
        replace(
            expect.altered(expect.AI, findings=("credential.multiple_stores",)),
            state=expect.State.ABSENT,
            readings=(expect.Reading(expect.State.INVALID),),
            identity="none",
            time="unknown",
            lint=Lint(shown=False),
        ),
    ),
    before(
        Group.STRUCTURE,
        Row(
            "manifest-label-twice",
            "two manifests bear the active one's label",
            "8.4.1, 10.2.2 and 15.7",
            "the claim names its signature by an absolute URI, which goes through the label that"
            " two boxes have; such a reference shall be treated as unresolved, and without its"
            " signature a claim is rejected",
        ),
        lambda _, one: replace(one, faults=frozenset({Fault.DUPLICATE_LABEL})),
        expect.undecided(
            expect.altered(
                expect.AI, "claimSignature.missing", findings=("manifest.duplicate_label",)
            ),
            Success.VALID,
            Success.WELL_FORMED,  # who takes the two for one manifest finds two claims in it
        ),
    ),
    before(
        Group.STRUCTURE,
        Row(
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
        Group.STRUCTURE,
        Row(
            "content-type",
            "an actions assertion of type CBOR holds a JSON box",
            "11.1.4.3",
            "the JUMBF type defines the content; what was to be said cannot be read",
        ),
        _wrong_content,
        expect.unchecked(
            # Who takes the JSON for what it says sees an action that lacks its source type.
            expect.undecided(expect.UNKNOWN, Breach.SILENT_CREATION, Breach.COMPLETENESS),
            "assertion.cbor.invalid",
            "assertion.action.malformed",
            "general.error",
            findings=("credential.malformed",),
        ),
    ),
    after(
        Group.STRUCTURE,
        Row(
            "compressed-damaged",
            "the Brotli stream of a compressed manifest is damaged",
            "15.5.4",
            "decompression fails",
        ),
        _store_bytes(_spoiled),
        # the stream is one of stored blocks: the words of the claims are in its bytes
        expect.unclaimed(expect.AI, "manifest.compressed.invalid"),
        build=lambda bench: sign(bench.media(), _compressed(bench)),
    ),
    sample(
        Group.STRUCTURE,
        Row(
            "compressed-no-manifest",
            "a compressed manifest holds an assertion store",
            "15.5.4",
            "what is compressed is neither a standard nor an update manifest",
        ),
        _packed_elsewise,
        expect.lost(expect.AI, "manifest.compressed.invalid"),
    ),
    sample(
        Group.STRUCTURE,
        Row(
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
        Group.STRUCTURE,
        Row(
            "update-with-thumbnail",
            "an update manifest has a thumbnail",
            "15.10.1.3",
            "thumbnails are not allowed there",
        ),
        _updated(
            Assertion(
                "c2pa.thumbnail.claim",
                jumbf.Embedded("image/png", b"\x89PNG\r\n\x1a\n"),
                Kind.EMBEDDED,
            )
        ),
        expect.altered(UPDATE, "manifest.update.invalid"),
        UPDATE,
    ),
    sample(
        Group.STRUCTURE,
        Row(
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
