"""Manifest stores put together box by box, signed by nobody: for the reader, not for trust."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

import cbor2

from provenance.kit.jumbf_boxes import (
    ASSERTION_STORE,
    CLAIM,
    MANIFEST,
    SIGNATURE,
    STORE,
    ContentKind,
    assertion_box,
    box,
    superbox,
)

SIGNED = cbor2.dumps(cbor2.CBORTag(18, [cbor2.dumps({1: -7}), {}, None, b"signature"]))
CAPTURE = "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture"


def link(label: str, whole: bytes, **changes: Any) -> dict[str, Any]:
    """The hashed URI of an assertion, relative to its manifest."""
    digest = hashlib.sha256(whole[8:]).digest()
    return {"url": f"self#jumbf=c2pa.assertions/{label}", "hash": digest, **changes}


def manifest_link(label: str, whole: bytes, **changes: Any) -> dict[str, Any]:
    """The hashed URI of a whole manifest."""
    digest = hashlib.sha256(whole[8:]).digest()
    return {"url": f"self#jumbf=/c2pa/{label}", "alg": "sha256", "hash": digest, **changes}


@dataclass
class Raw:
    """One manifest: its assertions by label, and whatever is to be different about its claim."""

    label: str = "urn:c2pa:one"
    assertions: dict[str, Any] = field(default_factory=dict)
    version: int = 2
    gathered: tuple[str, ...] = ()
    claim: dict[str, Any] = field(default_factory=dict)
    """Fields of the claim that win over the computed ones; None takes one out."""
    unnamed: tuple[bytes, ...] = ()
    """Boxes of the assertion store that the claim does not name."""
    extra: tuple[bytes, ...] = ()
    """Further boxes of the manifest."""
    uuid: bytes = MANIFEST
    signature: bytes | None = SIGNED
    claim_bytes: bytes | None = None

    def boxes(self) -> dict[str, bytes]:
        """The assertions' boxes by label; bytes stand for themselves."""
        return {
            label: content
            if isinstance(content, bytes)
            else assertion_box(label, content, ContentKind.CBOR)
            for label, content in self.assertions.items()
        }

    def whole(self) -> bytes:
        """The manifest's superbox."""
        boxes = self.boxes()
        links = {label: link(label, whole) for label, whole in boxes.items()}
        claim: dict[str, Any] = {
            "instanceID": "xmp:iid:1",
            "alg": "sha256",
            "signature": "self#jumbf=c2pa.signature",
        }
        if self.version == 2:
            claim["claim_generator_info"] = {"name": "Raw", "version": "1"}
            claim["created_assertions"] = [v for k, v in links.items() if k not in self.gathered]
            claim["gathered_assertions"] = [v for k, v in links.items() if k in self.gathered]
        else:
            claim["claim_generator"] = "Raw/1"
            claim["assertions"] = list(links.values())
        claim |= self.claim
        claim = {key: value for key, value in claim.items() if value is not None}
        content = cbor2.dumps(claim) if self.claim_bytes is None else self.claim_bytes
        signature = (
            (superbox(SIGNATURE, "c2pa.signature", box(b"cbor", self.signature)),)
            if self.signature is not None
            else ()
        )
        return superbox(
            self.uuid,
            self.label,
            superbox(ASSERTION_STORE, "c2pa.assertions", *boxes.values(), *self.unnamed),
            superbox(CLAIM, self.claim_label, box(b"cbor", content)),
            *signature,
            *self.extra,
        )

    @property
    def claim_label(self) -> str:
        """The claim box's label, which tells its version."""
        return "c2pa.claim.v2" if self.version == 2 else "c2pa.claim"


def store(*manifests: Raw | bytes) -> bytes:
    """A manifest store; the last manifest is the active one."""
    wholes = (m if isinstance(m, bytes) else m.whole() for m in manifests)
    return superbox(STORE, "c2pa", *wholes)


def ingredient(
    target: Raw | None = None, relationship: str = "parentOf", **fields: Any
) -> dict[str, Any]:
    """The content of a version 3 ingredient assertion; a None field is taken out."""
    content: dict[str, Any] = {"relationship": relationship, "dc:title": "source"}
    if target is not None:
        whole = target.whole()
        content["activeManifest"] = manifest_link(target.label, whole)
        content["claimSignature"] = signature_link(target)
        content["validationResults"] = {"activeManifest": {"failure": []}}
    content |= fields
    return {key: value for key, value in content.items() if value is not None}


def signature_link(target: Raw, **changes: Any) -> dict[str, Any]:
    """The hashed URI of a manifest's signature box."""
    assert target.signature is not None
    whole = superbox(SIGNATURE, "c2pa.signature", box(b"cbor", target.signature))
    digest = hashlib.sha256(whole[8:]).digest()
    url = f"self#jumbf=/c2pa/{target.label}/c2pa.signature"
    return {"url": url, "alg": "sha256", "hash": digest, **changes}


def created(source_type: str = CAPTURE, **fields: Any) -> dict[str, Any]:
    """The content of an actions assertion with one `c2pa.created`."""
    return {"actions": [{"action": "c2pa.created", "digitalSourceType": source_type, **fields}]}
