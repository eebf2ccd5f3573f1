"""The form of an identity assertion and what it refers to (CAWG Identity Assertion 1.2, 5.2, 7.1).

The signed part, `signer_payload`, lists assertions of the claim by their hashed URIs: what the
identity vouches for. One of them has to be the hard binding that binds the claim to the media.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from provenance.base import cbor
from provenance.base.values import dataclass
from provenance.credentials.assertion_content import (
    LISTS,
    assertion_label,
    manifest_label,
    text_value,
)
from provenance.credentials.cawg.identity_check import CawgStatus
from provenance.credentials.manifest import HARD_BINDINGS, Linkage
from provenance.credentials.validation import hard_binding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance.credentials.manifest import Assertion, Manifest, ManifestStore

MAX_REFERENCES = 10_000
_MALFORMED = "cawg.identity.cbor.invalid"
_STANDING = frozenset({Linkage.MATCH, Linkage.REDACTED})


@dataclass(frozen=True, slots=True)
class IdentityAssertion:
    """An identity assertion of the right form.

    `payload` is the signed part, decoded; `serialised` are the forms of it that a signature may
    cover: as it is written, and in the one order of RFC 8949 section 4.2.1. `bare` is what a
    reference without an algorithm counts by.
    """

    payload: dict[str, Any]
    serialised: tuple[bytes, ...]
    signature: bytes
    padding: tuple[bytes, ...]
    bare: str

    @property
    def kind(self) -> str:
        """The type of the signature."""
        kind: str = self.payload["sig_type"]
        return kind


def identity_assertion(assertion: Assertion, bare: str) -> IdentityAssertion | None:
    """Read an assertion; None where it breaks the `identity` rule of section 5.2.

    Further fields are allowed. Raises ContentError.
    """
    content = assertion.decode()
    if assertion.kind != "cbor" or not isinstance(content, dict):
        return None
    payload, signature = content.get("signer_payload"), content.get("signature")
    padding = tuple(content.get(name, b"") for name in ("pad1", "pad2"))
    if not isinstance(payload, dict) or not _is_payload(payload):
        return None
    if not isinstance(signature, bytes) or "pad1" not in content:
        return None
    if not all(isinstance(pad, bytes) for pad in padding):
        return None
    forms = (cbor.member(assertion.payload, "signer_payload"), cbor.deterministic(payload))
    serialised = tuple(dict.fromkeys(form for form in forms if form))
    return IdentityAssertion(payload, serialised, signature, padding, bare)


def _is_payload(payload: dict[Any, Any]) -> bool:
    references, roles = payload.get("referenced_assertions"), payload.get("role", ["cawg.creator"])
    return (
        isinstance(references, list)
        and 0 < len(references) <= MAX_REFERENCES
        and all(map(_is_reference, references))
        and bool(text_value(payload.get("sig_type")))
        and isinstance(roles, list)
        and bool(roles)
        and all(map(text_value, roles))
    )


def _is_reference(reference: Any) -> bool:
    return (
        isinstance(reference, dict)
        and isinstance(reference.get("url"), str)
        and isinstance(reference.get("hash"), bytes)
        and isinstance(reference.get("alg", ""), str)
    )


def malformed() -> CawgStatus:
    """The status of an assertion that breaks the rule of its form."""
    return CawgStatus(_MALFORMED, "the identity assertion does not have the form of one")


def payload_faults(
    identity: IdentityAssertion, store: ManifestStore, listed: ListedHashes
) -> Iterator[CawgStatus]:
    """Check what the assertion refers to, and its padding (7.1)."""
    if any(any(pad) for pad in identity.padding):
        message = "the padding of the identity assertion contains other bytes than zeros"
        yield CawgStatus("cawg.identity.pad.invalid", message)
    named = [
        (_place(reference["url"], store.active), reference)
        for reference in identity.payload["referenced_assertions"]
    ]
    if not all(listed.has(place, reference, identity.bare) for place, reference in named):
        message = "the identity refers to an assertion that no claim lists with this hash"
        yield CawgStatus("cawg.identity.assertion.mismatch", message)
    places = [place for place, _ in named]
    if len(set(places)) != len(places):
        message = "the identity refers to one assertion more than once"
        yield CawgStatus("cawg.identity.assertion.duplicate", message)
    yield from _binding(places, store)


def _binding(places: list[tuple[str, str]], store: ManifestStore) -> Iterator[CawgStatus]:
    """It refers to the binding that counts for the asset (C2PA 2.4, 15.12), and to no other."""
    held = [(m, label) for m, label in places if _base(label) in _BINDINGS]
    if not held:
        message = "the identity does not refer to what binds the claim to the media"
        yield CawgStatus("cawg.identity.hard_binding_missing", message)
        return
    bound = hard_binding.bound_by(store)
    own = {(bound, assertion.label) for assertion in hard_binding.bindings(store.manifests[bound])}
    if not set(held) <= own:
        message = "the identity refers to a binding that is not the one for this media"
        yield CawgStatus("cawg.identity.hard_binding_incorrect", message)


_BINDINGS = HARD_BINDINGS - {hard_binding.MULTI_ASSET}


def _base(label: str) -> str:
    head, mark, tail = label.rpartition("__")
    return head if mark and tail.isdigit() else label


def _place(url: str, active: str) -> tuple[str, str]:
    """Return the manifest and the assertion that a URI names; the second is empty for none."""
    owner = manifest_label(url) or active
    return owner, assertion_label(url, owner)


class ListedHashes:
    """What the claims list, the active one and those below it: (hash, algorithm) by place.

    One for all identities of a store: each claim is read once.
    """

    def __init__(self, store: ManifestStore) -> None:
        self._store = store
        self._reachable = frozenset(store.reachable)
        self._held: dict[str, dict[str, set[tuple[bytes, str]]]] = {}

    def has(self, place: tuple[str, str], reference: dict[Any, Any], bare: str) -> bool:
        """Tell whether a claim lists the same, and the assertion is what was listed.

        One that was redacted since is not there, and was listed all the same.
        """
        label, name = place
        if label not in self._reachable:
            return False
        if label not in self._held:
            self._held[label] = _entries(self._store.manifests[label])
        digest = reference["hash"], text_value(reference.get("alg")) or bare
        return digest in self._held[label].get(name, ())


def _entries(manifest: Manifest) -> dict[str, set[tuple[bytes, str]]]:
    """What the claim of a manifest lists of assertions that are as they were signed, by label."""
    claim = cbor.decode(manifest.claim) if manifest.claim_version else {}
    standing = {a.label for a in manifest.assertions if a.linkage in _STANDING}
    listed: dict[str, set[tuple[bytes, str]]] = {}
    for _, key in LISTS.get(manifest.claim_version, ()):
        entries = claim.get(key)
        for entry in entries if isinstance(entries, list) else ():
            if not _is_reference(entry):
                continue
            name = assertion_label(entry["url"], manifest.label)
            if name in standing:
                value = entry["hash"], text_value(entry.get("alg")) or manifest.algorithm
                listed.setdefault(name, set()).add(value)
    return listed
