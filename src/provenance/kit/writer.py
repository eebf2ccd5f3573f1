"""Writes C2PA manifests without the SDK: what the SDK refuses to sign, and what is broken.

    signed = sign(gradient_jpeg(), Manifest("urn:c2pa:...", (created(CAPTURE),), signer=...))

`signed_file` returns the file's bytes with the store embedded; `sign_detached` returns the store.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from provenance.base import cbor
from provenance.kit import archive, bmff_carrier, brotli, carriers, jumbf_boxes, texts
from provenance.kit import binding as bindings
from provenance.kit.binding import BindingKind, NewHardBinding
from provenance.kit.claims import IngredientRef, Linked, ManifestFault, NewIngredient, NewManifest
from provenance.kit.cose_sign1 import sign1
from provenance.kit.jumbf_boxes import (
    ContentKind,
    OpenedStore,
    assertion_box,
    box,
    content_hash,
    hashed_uri,
    superbox,
)
from provenance.kit.keys import KeyKind, Seed, private_key
from provenance.kit.media import StoreSpan

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

_ROUNDS, _MANY_ROUNDS = 4, 500
_WIDER = 40
_AssertionBox = tuple[str, bytes, bool]  # label, whole box, whether it is created or gathered


def _resolve(value: object, links: list[dict[str, object]]) -> object:
    match value:
        case IngredientRef():
            return links[value.index]
        case dict():
            return {key: _resolve(item, links) for key, item in value.items()}
        case list() | tuple():
            return [_resolve(item, links) for item in value]
    return value


def _ingredient_label(index: int, version: int) -> str:
    base = "c2pa.ingredient" if version == 1 else f"c2pa.ingredient.v{version}"
    return base if index == 0 else f"{base}__{index}"


def _validated(label: str) -> dict[str, object]:
    signature = f"self#jumbf=/c2pa/{label}/c2pa.signature"
    codes = ("claimSignature.insideValidity", "claimSignature.validated")
    good = [{"code": code, "url": signature} for code in codes]
    return {"activeManifest": {"success": good, "informational": [], "failure": []}}


def _ingredient_box(item: NewIngredient, index: int) -> tuple[str, bytes]:
    content: dict[str, object] = {
        "dc:title": item.title,
        "dc:format": item.media_type,
        "instanceID": item.instance_id,
        "relationship": item.relationship,
    }
    if item.store is not None:
        active = item.store.active
        link = hashed_uri(f"/c2pa/{active}", item.store.manifest(active))
        if item.version == 3:
            content["activeManifest"] = link
            signature = item.store.signature(active)
            if signature is not None:
                content["claimSignature"] = hashed_uri(f"/c2pa/{active}/c2pa.signature", signature)
            content["validationResults"] = _validated(active)
        else:
            content["c2pa_manifest"] = link
    label = _ingredient_label(index, item.version)
    fields = {key: value for key, value in {**content, **item.fields}.items() if value is not None}
    return label, assertion_box(label, fields, ContentKind.CBOR)


def _redact(store: OpenedStore, redacted: Iterable[tuple[str, str]]) -> OpenedStore:
    data = store.data
    for manifest, assertion in redacted:
        if manifest in OpenedStore(data).labels:
            data = jumbf_boxes.remove(data, (manifest, "c2pa.assertions", assertion))
    return OpenedStore(data)


def _circular(manifest: NewManifest) -> NewIngredient:
    link = {"url": f"self#jumbf=/c2pa/{manifest.label}", "alg": "sha256", "hash": bytes(32)}
    extra: dict[str, object] = {"activeManifest": link, "validationResults": _validated("x")}
    return NewIngredient("componentOf", title="itself", fields=extra)


def build_store(manifest: NewManifest, binding: NewHardBinding | None) -> bytes:
    """The whole manifest store with `manifest` as the active one."""
    sources = tuple(
        item if item.store is None else replace(item, store=_redact(item.store, manifest.redacted))
        for item in manifest.ingredients
    )
    if ManifestFault.CIRCULAR in manifest.faults:
        sources = (*sources, _circular(manifest))
    active = _manifest_box(manifest, _assertions(manifest, sources, binding))
    carried: dict[str, bytes] = {}
    for item in sources:
        if item.store is not None and item.carried:
            carried |= {label: item.store.manifest(label) for label in item.store.labels}
    along = list(carried.values())
    if manifest.twists.carried:
        along = manifest.twists.carried(along)
    parts = [*along, *manifest.unreferenced]
    if ManifestFault.DUPLICATE_LABEL in manifest.faults:
        parts.append(active)
    return superbox(jumbf_boxes.STORE, "c2pa", *parts, active)


def _assertions(
    manifest: NewManifest, sources: Iterable[NewIngredient], binding: NewHardBinding | None
) -> list[_AssertionBox]:
    """The assertions of a manifest: of ingredients, its own, and what binds it to the media.

    Those that link to others come last.
    """
    boxes: list[_AssertionBox] = [
        (*_ingredient_box(item, index), item.created) for index, item in enumerate(sources)
    ]
    links = [_link(label, whole) for label, whole, _ in boxes]
    late = [assertion for assertion in manifest.assertions if isinstance(assertion.content, Linked)]
    for assertion in manifest.assertions:
        if assertion in late:
            continue
        content = (
            assertion.content
            if assertion.kind is ContentKind.EMBEDDED
            else _resolve(assertion.content, links)
        )
        whole = assertion_box(assertion.label, content, assertion.kind)
        boxes.append(
            (assertion.label, assertion.box(whole) if assertion.box else whole, assertion.created)
        )
    held = () if binding is None or ManifestFault.NO_BINDING in manifest.faults else (binding,)
    boxes += [
        (hard.label, assertion_box(hard.label, hard.content, ContentKind.CBOR), True)
        for hard in (*held, *manifest.bindings)
    ]
    linked = {label: _link(label, whole) for label, whole, _ in boxes}
    for assertion in late:
        assert isinstance(assertion.content, Linked)  # noqa: S101 - that is what made it late
        whole = assertion_box(assertion.label, assertion.content.make(linked), assertion.kind)
        boxes.append((assertion.label, whole, assertion.created))
    return boxes


def _link(label: str, whole: bytes) -> dict[str, object]:
    return {"url": f"self#jumbf=c2pa.assertions/{label}", "hash": content_hash(whole)}


def _claim(manifest: NewManifest, boxes: list[_AssertionBox]) -> dict[str, object]:
    links = [(_link(label, whole), on_created) for label, whole, on_created in boxes]
    if ManifestFault.URI_MISMATCH in manifest.faults:
        links[0][0]["hash"] = bytes(32)
    claim: dict[str, object] = {"instanceID": manifest.instance_id, "alg": "sha256"}
    signature = f"self#jumbf=/c2pa/{manifest.label}/c2pa.signature"
    if manifest.claim_version == 1:
        claim |= {
            "claim_generator": "{name}/{version}".format_map(manifest.generator),
            "claim_generator_info": [manifest.generator],
            "signature": signature,
            "assertions": [link for link, _ in links],
            "dc:format": manifest.media_type,
            "dc:title": manifest.title,
        }
    else:
        claim |= {
            "claim_generator_info": manifest.generator,
            "signature": signature,
            "created_assertions": [link for link, on_created in links if on_created],
            "gathered_assertions": [link for link, on_created in links if not on_created],
            "dc:title": manifest.title,
        }
    if manifest.redacted:
        claim["redacted_assertions"] = [
            f"self#jumbf=/c2pa/{label}/c2pa.assertions/{assertion}"
            for label, assertion in manifest.redacted
        ]
    if manifest.twists.claim:
        manifest.twists.claim(claim)
    return {key: value for key, value in claim.items() if value != []}


def _manifest_box(manifest: NewManifest, boxes: list[_AssertionBox]) -> bytes:
    claim = cbor.encode(_claim(manifest, boxes))
    if manifest.twists.claim_bytes:
        claim = manifest.twists.claim_bytes(claim)
    label = "c2pa.claim" if manifest.claim_version == 1 else "c2pa.claim.v2"
    held = (*(whole for _, whole, _ in boxes), *manifest.undeclared)
    parts = [
        superbox(jumbf_boxes.ASSERTION_STORE, "c2pa.assertions", *held),
        superbox(jumbf_boxes.CLAIM, label, box(b"cbor", claim)),
    ]
    if manifest.signer is not None:
        how = manifest.sealing
        if ManifestFault.WRONG_KEY in manifest.faults:
            how = replace(how, key=private_key(Seed(0), "another", KeyKind.P256))
        signature = sign1(claim, manifest.signer, how)
        parts.append(superbox(jumbf_boxes.SIGNATURE, "c2pa.signature", box(b"cbor", signature)))
    if manifest.twists.parts:
        parts = manifest.twists.parts(parts)
    kind = jumbf_boxes.UPDATE_MANIFEST if manifest.update else jumbf_boxes.MANIFEST
    whole = superbox(kind, manifest.label, *parts)
    if not manifest.compressed:
        return whole
    packed = box(b"brob", brotli.stored(whole))  # C2PA 2.4 section 11.2.4
    return superbox(jumbf_boxes.COMPRESSED_MANIFEST, manifest.label, packed)


def _exclusions(signed: bytes, manifest: NewManifest) -> tuple[StoreSpan, ...]:
    span = carriers.credential_span(signed)
    if span is None:
        raise LookupError("the carrier took no credential")
    faults = manifest.faults
    if manifest.twists.left_out:
        return manifest.twists.left_out(signed, span)
    if ManifestFault.WIDE_EXCLUSION in faults:
        return (StoreSpan(span.start, span.length + _WIDER),)
    if ManifestFault.EXTRA_EXCLUSION in faults:
        return (span, StoreSpan(len(signed) - 32, 16))
    return (span,)


def _bound(signed: bytes, manifest: NewManifest, kind: BindingKind, size: int) -> NewHardBinding:
    """The hard binding of a file whose credential has its final size and place."""
    match kind:
        case BindingKind.DATA:
            excluded = _exclusions(signed, manifest)
            digest = bindings.digest(signed, excluded)
            content = bindings.data_hash(digest, excluded, size)
        case BindingKind.BOXES:
            content = bindings.box_hash(signed)
        case BindingKind.COLLECTION:
            content = archive.collection_hash(signed)
        case _:
            content = bindings.bmff_hash(bmff_carrier.digest(signed))
    return _twisted(NewHardBinding(kind.value, content), manifest)


def _twisted(binding: NewHardBinding, manifest: NewManifest) -> NewHardBinding:
    if manifest.twists.binding:
        manifest.twists.binding(binding.content)
    return binding


def signed_file(data: bytes, manifest: NewManifest) -> bytes:
    """A file with `manifest` as its credential, in place of any that it had."""
    if manifest.update:
        return carriers.embed(data, build_store(manifest, None))
    kind = manifest.binding or bindings.usual(data)
    bare = carriers.strip(data)
    store, size = build_store(manifest, _placeholder(kind, bindings.SIZE)), bindings.SIZE
    size += len(store) % 2  # an even store: RIFF chunks then need no padding
    signed = carriers.embed(bare, build_store(manifest, _placeholder(kind, size)))
    # Box hashes and twisted bindings have a size of their own: what was placed is bound again
    # until nothing moves any more. In variation selectors the length hangs on every byte: there
    # another name is tried until the length that was signed comes out.
    varies = carriers.carrier_of(bare) is texts.WRAPPER
    for number in range(_MANY_ROUNDS if varies else _ROUNDS):
        before = signed
        hard = _bound(before, manifest, kind, size)
        if varies:
            hard.content["name"] = f"jumbf manife{number:03}"  # as long as the usual one
        signed = carriers.embed(bare, build_store(manifest, hard))
        if len(signed) == len(before):
            return signed
    raise ValueError("the credential's size is not stable")


def sign_without(data: bytes, manifest: NewManifest, *paths: str) -> bytes:
    """An ISO BMFF file whose hash leaves out further boxes, by their paths."""

    def signed_with(digest: bytes) -> bytes:
        def change(content: dict[str, Any]) -> None:
            content["exclusions"] = [*bmff_carrier.EXCLUSIONS, *({"xpath": path} for path in paths)]
            content["hash"] = digest

        return signed_file(data, replace(manifest, twists=replace(manifest.twists, binding=change)))

    return signed_with(bmff_carrier.digest(signed_with(bytes(32)), paths))


def _placeholder(kind: BindingKind, size: int) -> NewHardBinding:
    if kind is BindingKind.DATA:
        return NewHardBinding(kind.value, bindings.data_hash(bytes(32), (), size))
    return NewHardBinding(kind.value, bindings.bmff_hash(bytes(32)))


def sign_detached(data: bytes, manifest: NewManifest) -> bytes:
    """The manifest store of a sidecar: bound to `data` as it is."""
    kind = manifest.binding or bindings.usual(data)
    content = bindings.data_hash(bindings.digest(data, ()), ())
    if kind is not BindingKind.DATA:
        content = bindings.bmff_hash(bmff_carrier.digest(data))
    return build_store(manifest, _twisted(NewHardBinding(kind.value, content), manifest))


def sign_fragments(files: tuple[bytes, ...], manifest: NewManifest) -> tuple[bytes, ...]:
    """A fragmented film, signed: its initialisation segment, then its media segments.

    The Merkle row of the binding is the row of leaves, so no segment needs a path.
    """
    init, *media = files
    segments = tuple(
        bmff_carrier.with_merkle_box(segment, n, []) for n, segment in enumerate(media)
    )
    leaves = bmff_carrier.leaves(segments)
    signed, digest = init, bytes(32)
    for _ in range(2):
        binding = NewHardBinding(BindingKind.BMFF, bindings.fragments_hash(digest, leaves))
        signed = carriers.embed(init, build_store(manifest, _twisted(binding, manifest)))
        digest = bmff_carrier.digest(signed)
    binding = NewHardBinding(BindingKind.BMFF, bindings.fragments_hash(digest, leaves))
    return (carriers.embed(init, build_store(manifest, _twisted(binding, manifest))), *segments)


def store_of(signed: bytes) -> OpenedStore:
    """The manifest store embedded in a signed file."""
    return OpenedStore(carriers.extract(signed))
