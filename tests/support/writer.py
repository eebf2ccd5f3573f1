"""Writes C2PA manifests without the SDK: what the SDK refuses to sign, and what is broken.

    signed = sign(gradient_jpeg(), Manifest("urn:c2pa:...", assertions=(created(CAPTURE),)))

`sign` returns the file's bytes with the store embedded; `sign_detached` returns the store.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

import cbor2

from support import carriers, jumbf_writer
from support.cose_writer import ChainPlace, Stamp, sign1
from support.jumbf_writer import Kind, Store, assertion_box, box, content_hash, hashed_uri, superbox
from support.pki import Credential, Who, credential

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ACTIONS = "c2pa.actions.v2"
_BINDING = "c2pa.hash.data"
_BINDING_SIZE = 240
_WIDER = 40


class Fault(StrEnum):
    """One thing that is wrong with a manifest that is otherwise sound."""

    WRONG_KEY = "wrong_key"
    """The claim is signed by another key than that of the certificate."""
    WIDE_EXCLUSION = "wide_exclusion"
    """The data-hash exclusion reaches 40 bytes beyond the credential."""
    EXTRA_EXCLUSION = "extra_exclusion"
    """A second data-hash exclusion leaves 16 bytes near the end of the media uncovered."""
    NO_BINDING = "no_binding"
    """There is no hard binding."""
    URI_MISMATCH = "uri_mismatch"
    """The claim's hash of the first assertion is not that assertion's."""
    DUPLICATE_LABEL = "duplicate_label"
    """The store holds a second manifest under the active manifest's label."""
    CIRCULAR = "circular"
    """An ingredient points back at the active manifest itself."""


@dataclass(frozen=True, slots=True)
class IngredientRef:
    """Stands in an assertion's content for the hashed URI of the manifest's n-th ingredient."""

    index: int


@dataclass(frozen=True, slots=True)
class Assertion:
    """An assertion to be written; `created` says on which list of a version 2 claim it stands."""

    label: str
    content: object
    kind: Kind = Kind.CBOR
    created: bool = True


@dataclass(frozen=True, slots=True)
class Ingredient:
    """An ingredient assertion; `store` is the ingredient's own store, None where it has none."""

    relationship: str
    title: str = "ingredient"
    media_type: str = "image/jpeg"
    store: Store | None = None
    instance_id: str = "xmp:iid:00000000-0000-4000-8000-000000000001"
    version: int = 3
    carried: bool = True
    """Whether its manifests come along; False leaves the reference dangling."""
    created: bool = True
    fields: dict[str, object] = field(default_factory=dict)
    """Further fields of the assertion, which win over the computed ones."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """A manifest to be written and signed."""

    label: str
    assertions: tuple[Assertion, ...] = ()
    ingredients: tuple[Ingredient, ...] = ()
    claim_version: int = 2
    generator: dict[str, object] = field(
        default_factory=lambda: {"name": "Test Writer", "version": "1.0"}
    )
    title: str = "sample"
    media_type: str = "image/jpeg"
    instance_id: str = "xmp:iid:00000000-0000-4000-8000-0000000000ff"
    signer: Credential = field(default_factory=credential)
    stamp: Stamp | None = None
    ocsp: tuple[bytes, ...] = ()
    chain_place: ChainPlace = ChainPlace.PROTECTED
    update: bool = False
    """An update manifest: no binding of its own, one `parentOf` ingredient."""
    redacted: tuple[tuple[str, str], ...] = ()
    """Manifest label and assertion label of what is taken out of carried manifests."""
    unreferenced: tuple[bytes, ...] = ()
    """Whole manifest boxes put into the store that nothing refers to."""
    faults: frozenset[Fault] = frozenset()


def actions(*items: Mapping[str, object], version: int = 2) -> Assertion:
    """An actions assertion. Version 2 wants `c2pa.created` or `c2pa.opened` first."""
    label = ACTIONS if version == 2 else "c2pa.actions"
    return Assertion(label, {"actions": list(items)})


def created(source_type: str, **fields: object) -> Assertion:
    """An actions assertion with one `c2pa.created` of this digital source type."""
    return actions({"action": "c2pa.created", "digitalSourceType": source_type, **fields})


def opened(index: int = 0, **fields: object) -> dict[str, object]:
    """A `c2pa.opened` action on the manifest's n-th ingredient."""
    return {"action": "c2pa.opened", **used(index), **fields}


def placed(index: int = 0, **fields: object) -> dict[str, object]:
    """A `c2pa.placed` action on the manifest's n-th ingredient."""
    return {"action": "c2pa.placed", **used(index), **fields}


def used(*indexes: int) -> dict[str, object]:
    """The parameters of an action that refer to ingredients of the same manifest by number."""
    return {"parameters": {"ingredients": [IngredientRef(index) for index in indexes]}}


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


def _ingredient_box(item: Ingredient, index: int) -> tuple[str, bytes]:
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
            signature = item.store.part(active, "c2pa.signature")
            content["activeManifest"] = link
            content["claimSignature"] = hashed_uri(f"/c2pa/{active}/c2pa.signature", signature)
            content["validationResults"] = _validated(active)
        else:
            content["c2pa_manifest"] = link
    label = _ingredient_label(index, item.version)
    return label, assertion_box(label, {**content, **item.fields}, Kind.CBOR)


def _redact(store: Store, redacted: Iterable[tuple[str, str]]) -> Store:
    data = store.data
    for manifest, assertion in redacted:
        if manifest in Store(data).labels:
            data = jumbf_writer.remove(data, (manifest, "c2pa.assertions", assertion))
    return Store(data)


def _circular(manifest: Manifest) -> Ingredient:
    link = {"url": f"self#jumbf=/c2pa/{manifest.label}", "alg": "sha256", "hash": bytes(32)}
    extra: dict[str, object] = {"activeManifest": link, "validationResults": _validated("x")}
    return Ingredient("componentOf", title="itself", fields=extra)


def data_hash(
    digest: bytes, excluded: tuple[carriers.Span, ...], size: int = _BINDING_SIZE
) -> dict[str, object]:
    """The content of a data-hash assertion, padded to `size` bytes of CBOR."""
    spans = [{"start": span.start, "length": span.length} for span in excluded]
    content: dict[str, object] = {"exclusions": spans} if spans else {}
    content |= {"name": "jumbf manifest", "alg": "sha256", "hash": digest}
    return {**content, "pad": bytes(size - len(cbor2.dumps({**content, "pad": b""})))}


def build_store(manifest: Manifest, binding: dict[str, object] | None) -> bytes:
    """The whole manifest store with `manifest` as the active one; `binding` is its data hash."""
    sources = tuple(
        item if item.store is None else replace(item, store=_redact(item.store, manifest.redacted))
        for item in manifest.ingredients
    )
    if Fault.CIRCULAR in manifest.faults:
        sources = (*sources, _circular(manifest))
    made = [(*_ingredient_box(item, index), item.created) for index, item in enumerate(sources)]
    links = [_link(label, whole) for label, whole, _ in made]
    for one in manifest.assertions:
        content = one.content if one.kind is Kind.EMBEDDED else _resolve(one.content, links)
        made.append((one.label, assertion_box(one.label, content, one.kind), one.created))
    if binding is not None and Fault.NO_BINDING not in manifest.faults:
        made.append((_BINDING, assertion_box(_BINDING, binding, Kind.CBOR), True))
    carried: dict[str, bytes] = {}
    for item in sources:
        if item.store is not None and item.carried:
            carried |= {label: item.store.manifest(label) for label in item.store.labels}
    active = _manifest_box(manifest, made)
    parts = [*carried.values(), *manifest.unreferenced]
    if Fault.DUPLICATE_LABEL in manifest.faults:
        parts.append(active)
    return superbox(jumbf_writer.STORE, "c2pa", *parts, active)


def _link(label: str, whole: bytes) -> dict[str, object]:
    return {"url": f"self#jumbf=c2pa.assertions/{label}", "hash": content_hash(whole)}


def _claim(manifest: Manifest, made: list[tuple[str, bytes, bool]]) -> dict[str, object]:
    links = [(_link(label, whole), on_created) for label, whole, on_created in made]
    if Fault.URI_MISMATCH in manifest.faults:
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
    return {key: value for key, value in claim.items() if value != []}


def _manifest_box(manifest: Manifest, made: list[tuple[str, bytes, bool]]) -> bytes:
    claim = cbor2.dumps(_claim(manifest, made))
    key = credential(Who.OCSP).key if Fault.WRONG_KEY in manifest.faults else None
    signature = sign1(
        claim,
        manifest.signer,
        key=key,
        stamp=manifest.stamp,
        ocsp=manifest.ocsp,
        place=manifest.chain_place,
    )
    label = "c2pa.claim" if manifest.claim_version == 1 else "c2pa.claim.v2"
    return superbox(
        jumbf_writer.UPDATE_MANIFEST if manifest.update else jumbf_writer.MANIFEST,
        manifest.label,
        superbox(jumbf_writer.ASSERTION_STORE, "c2pa.assertions", *(whole for _, whole, _ in made)),
        superbox(jumbf_writer.CLAIM, label, box(b"cbor", claim)),
        superbox(jumbf_writer.SIGNATURE, "c2pa.signature", box(b"cbor", signature)),
    )


def _digest(data: bytes, excluded: tuple[carriers.Span, ...]) -> bytes:
    digest, position = hashlib.sha256(), 0
    for span in excluded:
        digest.update(data[position : span.start])
        position = span.end
    digest.update(data[position:])
    return digest.digest()


def _exclusions(signed: bytes, faults: frozenset[Fault]) -> tuple[carriers.Span, ...]:
    span = carriers.find(signed)
    if span is None:
        raise LookupError("the carrier took no credential")
    if Fault.WIDE_EXCLUSION in faults:
        return (carriers.Span(span.start, span.length + _WIDER),)
    if Fault.EXTRA_EXCLUSION in faults:
        return (span, carriers.Span(len(signed) - 32, 16))
    return (span,)


def sign(data: bytes, manifest: Manifest) -> bytes:
    """A JPEG, PNG or WAV with `manifest` as its credential, in place of any that it had."""
    if manifest.update:
        return carriers.embed(data, build_store(manifest, None))
    store = build_store(manifest, data_hash(bytes(32), ()))
    size = _BINDING_SIZE + len(store) % 2  # an even store: RIFF chunks then need no padding
    signed = carriers.embed(data, build_store(manifest, data_hash(bytes(32), (), size)))
    excluded = _exclusions(signed, manifest.faults)
    binding = data_hash(_digest(signed, excluded), excluded, size)
    out = carriers.embed(data, build_store(manifest, binding))
    if len(out) != len(signed):
        raise ValueError("the credential's size is not stable")
    return out


def sign_detached(data: bytes, manifest: Manifest) -> bytes:
    """The manifest store of a sidecar: bound to `data` as it is."""
    return build_store(manifest, data_hash(hashlib.sha256(data).digest(), ()))


def store_of(signed: bytes) -> Store:
    """The manifest store embedded in a signed file."""
    return Store(carriers.extract(signed))
