"""References from an assertion or a claim to boxes of the store (C2PA 2.4, 15.10.3.3)."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from provenance.base import cbor
from provenance.credentials.assertion_content import (
    assertion_label,
    manifest_label,
    segments,
    text_value,
)
from provenance.credentials.concerns import Concern
from provenance.credentials.manifest import HASH_ALGORITHMS, HASHES, Linkage
from provenance.credentials.validation.fault import RuleFault, form

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance.credentials.jumbf import Superbox
    from provenance.credentials.manifest import Assertion, Ingredient, Manifest, ManifestStore

SECTION = "15.10.3.3"
_MAX_DIGEST = 128  # characters
MAX_VALUES = 20_000  # looked at in one assertion
MAX_REFERENCES = 4_000  # of one store; their digests are the cost


class References:
    """The boxes of one store by URI, and how many references may still be followed."""

    def __init__(self, store: ManifestStore) -> None:
        self._store = store
        self._view = memoryview(store.data)
        self._assertions: dict[str, dict[str, Assertion]] = {}
        self._digests: dict[tuple[int, int, str], bytes] = {}
        self._left = MAX_REFERENCES

    def assertion_named(self, manifest: Manifest, url: str) -> Assertion | None:
        """Return the assertion of the same manifest that a URI names, if its claim lists it."""
        label = assertion_label(url, manifest.label)
        listed = self._listed(manifest).get(label)
        return listed if listed is not None and listed.linkage is not Linkage.MISSING else None

    def elsewhere(self, url: str) -> Assertion | None:
        """Return the assertion that an absolute URI names in any manifest of the store."""
        parts = segments(url)
        if parts[:1] != ["c2pa"] or len(parts) < 2:
            return None
        other = self._store.manifests.get(parts[1])
        return self._listed(other).get(assertion_label(url, other.label)) if other else None

    def _listed(self, manifest: Manifest) -> dict[str, Assertion]:
        if manifest.label not in self._assertions:
            self._assertions[manifest.label] = {a.label: a for a in manifest.assertions}
        return self._assertions[manifest.label]

    def is_cbor(self, box: Superbox) -> bool:
        """Tell whether a box holds well-formed CBOR, as far as it is read here."""
        content = box.content(b"cbor")
        if content is None:
            return False
        try:
            cbor.decode(bytes(self._view[content.start : content.end]))
        except cbor.CborError:
            return False
        return True

    def box(self, manifest: Manifest, url: str) -> Superbox | None:
        """Return the box that a URI names, absolute or below its own manifest."""
        parts = segments(url)
        holder: Manifest | None = manifest
        if parts[:1] == ["c2pa"]:
            holder = self._store.manifests.get(parts[1]) if len(parts) > 1 else None
            parts = parts[2:]
        box = holder.box if holder is not None else None
        for label in parts:
            if box is None:
                return None
            held = [c for c in box.children if c.label == label]
            box = held[0] if len(held) == 1 else None
        return box if parts else None

    def leads(self, manifest: Manifest, url: str) -> bool:
        """Tell whether a URI names an assertion: one that is there, or that a claim lists."""
        if not url.startswith("self#jumbf"):
            return False
        if self.elsewhere(url) is not None or self.assertion_named(manifest, url) is not None:
            return True
        parts = segments(url)
        return "c2pa.assertions" in parts[:-1] and self.box(manifest, url) is not None

    def ingredient(self, url: str) -> Ingredient | None:
        """Return the ingredient whose assertion an absolute URI names, in any manifest."""
        other = self._store.manifests.get(manifest_label(url) or "")
        if other is None:
            return None
        label = assertion_label(url, other.label)
        return next((i for i in other.ingredients if i.label == label), None)

    def within(self, manifest: Manifest, assertion: Assertion, content: Any) -> Iterator[RuleFault]:
        """Check every `hashed_uri` in the content of a standard assertion.

        What an assertion says of itself in `metadata` is not looked at (15.10.3.1). The algorithm
        of a reference may be in what encloses it (15.4.2).
        """
        pending: list[tuple[Any, str]] = [(content, "")]
        left = MAX_VALUES
        while pending and left:
            left -= 1
            value, algorithm = pending.pop()
            if isinstance(value, dict):
                algorithm = text_value(value.get("alg")) or algorithm
                if "hash" in value and isinstance(value.get("url"), str):
                    yield from self.check(manifest, assertion.label, value, algorithm=algorithm)
                    continue
                pending += [(v, algorithm) for k, v in value.items() if k != "metadata"]
            elif isinstance(value, list | tuple):
                pending += [(v, algorithm) for v in value[:left]]

    def check(
        self,
        manifest: Manifest,
        place: str,
        value: Any,
        *,
        algorithm: str = "",
        covered: bool = False,
    ) -> Iterator[RuleFault]:
        """Check one `hashed_uri`; what is none of this store is not fetched and passes.

        `algorithm` is the one that what encloses it names. `covered` says that another digest
        covers what it names. A digest that does not fit is a sign of alteration only where nothing
        else covers the box that it names: what the claim seals is what was signed, whatever
        another reference says.
        """
        if not isinstance(value, dict):
            return
        url = value.get("url")
        if not isinstance(url, str):
            yield form(
                "hashedURI.missing", SECTION, manifest.label, place, "a reference to nothing"
            )
            return
        if not url.startswith("self#jumbf"):
            return  # external data are never fetched (15.10.4.1)
        self._left -= 1
        if self._left < 0:
            return
        owner = manifest_label(url) or manifest.label
        if (owner, assertion_label(url, owner)) in self._store.redacted:
            return
        box = self.box(manifest, url)
        if box is None:
            message = f"a reference leads nowhere: {text_value(url)[:120]}"
            yield form("hashedURI.missing", SECTION, manifest.label, place, message)
            return
        algorithm = text_value(value.get("alg")) or algorithm or manifest.algorithm or "sha256"
        digest = _bytes(value.get("hash"))
        if algorithm not in HASH_ALGORITHMS:
            message = "a reference whose hash is made with an algorithm that C2PA does not allow"
            yield form("algorithm.unsupported", "15.4.2", manifest.label, place, message)
            return
        if isinstance(digest, bytes) and self._fits(manifest, box, algorithm, digest):
            return
        sealed = self.assertion_named(manifest, url) or self.elsewhere(url)
        message = (
            f"what a reference names does not have the hash that it gives: {text_value(url)[:120]}"
        )
        yield RuleFault(
            "hashedURI.mismatch",
            SECTION,
            manifest.label,
            place,
            message,
            Concern.FORM
            if covered or (sealed is not None and sealed.linkage is not Linkage.MISMATCH)
            else Concern.SEAL,
        )

    def _fits(self, manifest: Manifest, box: Superbox, algorithm: str, digest: bytes) -> bool:
        # c2pa-rs up to 0.49 took some digests with the box's own header
        spans = [(start, box.end) for start in _starts(box)]
        if box.boxes and any(f.code == "credential.prerelease" for f in manifest.findings):
            spans.append((box.boxes[-1].start, box.boxes[-1].end))
        return any(self._digest(start, end, algorithm) == digest for start, end in spans)

    def _digest(self, start: int, end: int, algorithm: str) -> bytes:
        key = (start, end, algorithm)
        if key not in self._digests:
            self._digests[key] = HASHES[algorithm](self._view[start:end]).digest()
        return self._digests[key]


def _bytes(value: Any) -> Any:
    """Return a digest; c2pa-rs wrote those of an action as text or a list of numbers (2022)."""
    if isinstance(value, list | tuple) and len(value) <= _MAX_DIGEST:
        numbers = all(type(n) is int and 0 <= n <= 255 for n in value)
        return bytes(value) if numbers else value
    if not isinstance(value, str) or len(value) > _MAX_DIGEST:
        return value
    try:
        return base64.b64decode(value, validate=True)
    except ValueError:
        return value


def _starts(box: Superbox) -> Iterator[int]:
    yield box.start
    if box.start >= 8:
        yield box.start - 8
