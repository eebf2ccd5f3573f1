"""The claim and its signature's place (C2PA 2.4, 15.6, 15.7 and 15.10.3.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from provenance.base import cbor
from provenance.credentials import jumbf
from provenance.credentials.assertion_content import (
    LISTS,
    assertion_label,
    generator_info,
    manifest_label,
    named_only,
    segments,
    text_value,
)
from provenance.credentials.validation.fault import fault, form
from provenance.signing.algorithms import COSE_ALGORITHMS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from provenance.credentials.manifest import Manifest, ManifestStore
    from provenance.credentials.validation.fault import RuleFault
    from provenance.credentials.validation.references import References

# 15.6.2 for version 2; version 1 by its schema (C2PA 1.4, 10.3), as far as a check needs them.
_REQUIRED = {
    1: ("instanceID", "signature", "assertions", "claim_generator"),
    2: ("instanceID", "signature", "created_assertions", "claim_generator_info"),
}
_TEXTS = ("instanceID", "alg", "dc:title", "dc:format")
_SIGNATURE = "c2pa.signature"
_STORE_LABEL = "c2pa"
_LABELS = ("urn:c2pa:", "urn:uuid:")  # 8.1; the second is its older form
_CLAIMS = frozenset({"c2pa.claim", "c2pa.claim.v2"})
_PLACES = (
    (jumbf.CLAIM, _CLAIMS, "claim.missing", "the claim"),
    (jumbf.SIGNATURE, frozenset({_SIGNATURE}), "claimSignature.missing", "the signature"),
    (jumbf.ASSERTION_STORE, frozenset({"c2pa.assertions"}), "assertion.missing", "assertions"),
)


def claim_faults(manifest: Manifest, references: References) -> Iterator[RuleFault]:
    """Check one claim. A manifest that could not be read has said so already."""
    yield from _boxes(manifest, references)
    if not manifest.claim_version:
        return
    claim = manifest.content
    if claim is None:
        claim = cbor.decode(manifest.claim)  # as it could be when the store was read
    if manifest.claim_tagged:
        message = "values of the claim have tags, where its schema has none"
        yield form("claim.malformed", "10.2", manifest.label, "", message)
    yield from _fields(manifest, claim)
    yield from _signature(manifest, claim)
    yield from _lists(manifest, claim)
    yield from _redactions(manifest, claim)
    seal = manifest.signature
    if seal is not None and seal.algorithm not in COSE_ALGORITHMS:
        message = "the claim is signed with an algorithm that C2PA does not allow"
        yield fault("algorithm.unsupported", "15.7", manifest.label, "", message)
    for n, entry in enumerate(generator_info(claim)[:64]):
        if isinstance(entry, dict) and "icon" in entry:
            place = f"claim_generator_info[{n}]"
            yield from references.check(manifest, place, entry["icon"])


def absolute_uri_faults(store: ManifestStore) -> Iterator[RuleFault]:
    """Check what holds all manifests: an absolute URI begins with its label (8.4.1, 11.1.4.2)."""
    if store.label != _STORE_LABEL:
        message = (
            "the manifest store has another label, so that no absolute reference leads into it"
        )
        yield form("manifest.missing", "11.1.4.2", store.active, "", message, stops=True)
    if store.data[:4] == bytes(4):
        message = "the manifest store has no length of its own, and other readers refuse it"
        yield form("manifest.odd_box", "11.1.1", store.active, "", message)


def _boxes(manifest: Manifest, references: References) -> Iterator[RuleFault]:
    """One claim, in well-formed CBOR (15.6.1, 15.6.2), and boxes where the standard puts them.

    A label is part of the URI that finds a box (8.4), and no digest covers these.
    """
    if manifest.box is None:
        return
    for uuid, labels, code, what in _PLACES:
        held = [c.label for c in manifest.box.children if c.uuid == uuid]
        if len(held) > 1 and uuid != jumbf.CLAIM:
            message = f"{len(held)} boxes for {what}, where one belongs"
            yield fault(code, "11.1.4", manifest.label, "", message)
        elif any(label not in labels for label in held):
            message = f"the box for {what} has another label, so that no reference finds it"
            yield fault(code, "11.1.4", manifest.label, "", message)
    if manifest.claim_version == 2 and not manifest.label.startswith(_LABELS):
        message = "the manifest is not labelled with a URN of C2PA"
        yield form("claim.malformed", "11.1.4.2", manifest.label, "", message)
    if manifest.box.odd:
        message = f"{manifest.box.odd}; it was read all the same, and other readers refuse it"
        yield form("manifest.odd_box", "11.1.1", manifest.label, "", message)
    claims = [c for c in manifest.box.children if c.uuid == jumbf.CLAIM]
    if len(claims) > 1:
        message = f"{len(claims)} claims where one belongs"
        yield fault("claim.multiple", "15.6.1", manifest.label, "", message)
    elif claims and not (manifest.claim_version or references.is_cbor(claims[0])):
        message = "the claim is not well-formed CBOR"
        yield fault("claim.cbor.invalid", "15.6.2", manifest.label, "", message)


def _fields(manifest: Manifest, claim: Mapping[Any, Any]) -> Iterator[RuleFault]:
    missing = [name for name in _REQUIRED[manifest.claim_version] if name not in claim]
    for name in missing:
        message = f"the claim has no {name}, which is required"
        yield form("claim.malformed", "15.6.2", manifest.label, "", message, stops=True)
    for name in _TEXTS:
        if name in claim and not (isinstance(claim[name], str) and claim[name]):
            message = f"{name} of the claim is not a text"
            yield form("claim.malformed", "15.6.2", manifest.label, "", message, stops=True)
    if not named_only(claim):
        message = "the claim has a field that has no name"
        yield form("claim.malformed", "10.2.1", manifest.label, "", message)
    if manifest.claim_version == 2 and "claim_generator_info" not in missing:
        info = claim["claim_generator_info"]
        if not isinstance(info, dict) or not text_value(info.get("name")):
            message = "claim_generator_info has no name"
            yield form("claim.malformed", "15.6.2", manifest.label, "", message, stops=True)
    for n, entry in enumerate(generator_info(claim)[:64]):
        for name in ("name", "version", "operating_system", "specVersion"):
            if isinstance(entry, dict) and not isinstance(entry.get(name, ""), str):
                message = f"{name} of claim_generator_info[{n}] is not a text"
                yield form("claim.malformed", "10.2.2", manifest.label, "", message)


def _signature(manifest: Manifest, claim: Mapping[Any, Any]) -> Iterator[RuleFault]:
    """The claim names the signature box of its own manifest (15.7)."""
    if "signature" not in claim:
        return
    url = claim["signature"]
    parts = segments(url) if isinstance(url, str) else []
    if parts[:1] == ["c2pa"]:
        parts = parts[2:] if parts[1:2] == [manifest.label] else []
    if parts != [_SIGNATURE]:
        message = "the claim does not name the signature of its own manifest"
        yield fault("claimSignature.missing", "15.7", manifest.label, "", message)


def _lists(manifest: Manifest, claim: Mapping[Any, Any]) -> Iterator[RuleFault]:
    """What the claim names is in its own manifest, by its hash."""
    bare = False
    for _, key in LISTS[manifest.claim_version]:
        entries = claim.get(key)
        if key in claim and not isinstance(entries, list | tuple):
            message = f"{key} of the claim is not a list of assertions"
            yield form("claim.malformed", "10.2.1", manifest.label, "", message)
        for entry in entries if isinstance(entries, list | tuple) else ():
            url = entry.get("url") if isinstance(entry, dict) else None
            if url and not isinstance(entry.get("hash"), bytes):
                message = f"the claim names an assertion without its hash: {text_value(url)[:120]}"
                yield form("claim.malformed", "15.10.3.1", manifest.label, "", message, stops=True)
            if not isinstance(url, str) or not assertion_label(url, manifest.label):
                message = (
                    f"the claim names what is not an assertion of its own: {text_value(url)[:120]}"
                )
                yield fault("assertion.outsideManifest", "15.10.3.1", manifest.label, "", message)
            if isinstance(entry, dict) and not isinstance(entry.get("alg", ""), str):
                message = "the algorithm of a hashed URI of the claim is not a text"
                yield form("claim.malformed", "10.2.1", manifest.label, "", message)
            bare |= isinstance(entry, dict) and not text_value(entry.get("alg"))
    if bare and not manifest.algorithm:
        message = "neither the claim nor its hashed URIs name an algorithm"
        yield form("algorithm.unsupported", "15.4.2", manifest.label, "", message, stops=True)


def _redactions(manifest: Manifest, claim: Mapping[Any, Any]) -> Iterator[RuleFault]:
    """The claim redacts assertions by their URIs, and nothing of its own."""
    redacts = claim.get("redacted_assertions")  # real claims have an empty list, too
    if redacts is not None and not (
        isinstance(redacts, list | tuple) and all(isinstance(r, str) for r in redacts)
    ):
        message = "redacted_assertions of the claim is not a list of URIs"
        yield form("claim.malformed", "10.2.1", manifest.label, "", message)
    for url in manifest.redacts:
        label = manifest_label(url)
        own = label == manifest.label or (label is None and assertion_label(url, manifest.label))
        if own:
            message = "the claim redacts an assertion of its own"
            yield fault("assertion.selfRedacted", "15.10.3.1", manifest.label, "", message)
