"""The SDK's answer as a second opinion: it can lower ours, unless a known fault explains it.

Each entry recognises a fault by the structure of the credential, never by the file:

- *Boxes written anew.* The SDK does not keep the ID, the signature and the reserved toggles of a
  JUMBF description box, nor padding boxes and more than one content box (ISO/IEC 19566-5, A.3 and
  A.4; C2PA 2.4, 11.1.4.3): what it hashes is not what is in the file. Padding in a manifest or in
  its assertion store it refuses.
- *Boxes of other types.* A box in a manifest that the standard does not define, which is to be
  skipped (11.1.2, 11.1.4.2), it takes for a further claim.
- *Assertions in other forms* than CBOR, JSON, an embedded file or a UUID box, such as XML, which
  anybody's own may have (11.1.4.3, 18.1), it refuses with the whole credential.
- *Fields of version 1* in a claim of version 2, of which 15.6.2 says nothing, it refuses.
- *Dangling references.* An icon that is not there, or has another hash than its reference gives, is
  a rule of form; the SDK then gives up the whole manifest, or says that the assertion is altered.
- *Its range check.* It says match and mismatch of one data hash where the range is not just the
  credential; ours says which bytes those are.
- *Other algorithms.* It takes SHA-256 of an ingredient's manifest, whatever the reference names
  (15.4.2).
- *Blocks of media.* It counts them from byte 16 of their box, also where the header is shorter.
- *Optional parts.* It does not ask the multi-asset hash where a part was taken away.
- *Manifests below.* It gives up the whole store over a manifest of an ingredient that cannot be
  read. The link to it is broken then, whatever the SDK says.
- *Hashes that nobody can compare.* It says mismatch where the form of the hash is at fault, or
  where the fragments were not given.
- *Forms of one assertion.* It gives up the whole credential where it cannot decode an assertion or
  the claim: that is a rule of form, and one that ours has as a finding, too.
- *Forms that it does not read.* ECDSA signatures in DER; the pre-release form of 2021 and 2022; a
  collection hash by the letter of 18.8.2, with an array of files and, in the archive, a check sum
  of zero (A.6.2.2).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from provenance.base import cbor
from provenance.base.values import dataclass
from provenance.credentials import jumbf
from provenance.credentials.assertion_content import assertion_label, generator_info, text_value
from provenance.credentials.manifest import Linkage
from provenance.credentials.sdk import SdkAnswer, SdkRefusal, SdkStatus, SdkStatusGroup
from provenance.credentials.validation.hard_binding import MULTI_ASSET
from provenance.credentials.validation.outcome import BindingResult

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from provenance.credentials.manifest import Manifest, ManifestStore
    from provenance.credentials.validation import outcome

# Toggles of a description box that the SDK does not keep: ID, signature, and what is reserved.
_NOT_KEPT = 0x04 | 0x08 | 0xE0
_LONG = b"\0\0\0\1"  # in place of a box's size, which then has eight bytes after its type
_ASSERTIONS = "c2pa.assertions/"
_MAX_GENERATORS = 64  # as the check of the claim has it
_PRERELEASE = "prerelease content"  # in the SDK's own words
_ASSERTION = re.compile(r"Decoding: could not decode assertion ([\w.\-]{1,128}) ")
_CLAIM = "Decoding: claim could not be converted from CBOR"
_PADDING = b"free"  # ISO/IEC 19566-5, A.4
_CONTENTS = frozenset({b"cbor", b"json"})
_PADDED = "required JUMBF box not found"  # in the SDK's own words, as the next one
_MIXED = "unsupported claim version"
_OTHER_FORMS = ("invalid JUMB box", "could not create valid JUMBF for claim")
# The types of assertions that it reads.
_READ = frozenset(
    {
        *(name + jumbf.SUFFIX for name in (b"cbor", b"json", b"uuid")),
        bytes.fromhex("40cb0c32bb8a489da70b2ad6f47f4369"),  # an embedded file
    }
)
_DEFINED = frozenset(
    {
        jumbf.ASSERTION_STORE,
        jumbf.CLAIM,
        jumbf.SIGNATURE,
        jumbf.CREDENTIAL_STORE,
        jumbf.DATABOX_STORE,
    }
)
MISSING = frozenset({"assertion.missing", "hashedURI.missing"})
_GAVE_UP = "general.error"
_LINKS = frozenset({"ingredient.manifest.mismatch", "ingredient.hashedURI.mismatch"})


@dataclass(frozen=True, slots=True)
class Rewritten:
    """What of a store the SDK writes anew: (manifest, assertion), "" for another box of it."""

    boxes: frozenset[tuple[str, str]] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.boxes)

    def holds(self, manifest: str, assertion: str) -> bool:
        """Tell whether an assertion is among them."""
        return (manifest, assertion) in self.boxes

    def touches(self, manifest: str | None) -> bool:
        """Tell whether any box of a manifest is among them."""
        return any(label == manifest for label, _ in self.boxes)


def rewritten(data: bytes) -> Rewritten:
    """Find the boxes of a store that the SDK writes anew."""
    try:
        root = jumbf.parse_jumbf(data)
    except jumbf.JumbfError:
        return Rewritten()
    return Rewritten(frozenset(_not_kept(data, root)))


def _not_kept(data: bytes, root: jumbf.Superbox) -> Iterator[tuple[str, str]]:
    for manifest in root.children:
        pending = [(manifest, ""), *((child, child.label) for child in manifest.children)]
        while pending:
            box, label = pending.pop()
            long = data[box.start : box.start + 4] == _LONG
            toggles = box.start + (32 if long else 24)  # after the header and the UUID
            if (
                data[box.start + 4 : box.start + 8] == b"jumd"
                and toggles < box.end
                and data[toggles] & _NOT_KEPT
            ) or _is_more_than_content(box):
                yield manifest.label, label
            if box is manifest and _is_foreign(box):
                yield manifest.label, ""
            if box is not manifest:
                pending += [(child, child.label) for child in box.children]


def _is_padded(box: jumbf.Superbox) -> bool:
    return any(content.kind == _PADDING for content in box.boxes)


def _is_more_than_content(box: jumbf.Superbox) -> bool:
    """Tell whether a box has padding, or several boxes of content, of which the last is kept."""
    return _is_padded(box) or sum(content.kind in _CONTENTS for content in box.boxes) > 1


def _is_foreign(manifest: jumbf.Superbox) -> bool:
    """Tell whether a manifest with one claim has a box of a type that the standard has not."""
    types = [child.uuid for child in manifest.children]
    return types.count(jumbf.CLAIM) == 1 and not _DEFINED.issuperset(types)


@dataclass(frozen=True, slots=True)
class Opinion:
    """The SDK's answer, with what a known fault explains taken out of it.

    `explained` are (status, why) of what does not count. `refusal` is None where it answered, and
    where a known fault explains that it did not.
    """

    failures: tuple[SdkStatus, ...]
    explained: tuple[tuple[SdkStatus, str], ...]
    refusal: SdkRefusal | None
    message: str = ""
    silent: str = ""


NOT_ASKED = Opinion((), (), None)


def weigh(
    store: ManifestStore,
    answer: SdkAnswer,
    outcomes: Sequence[outcome.BindingOutcome],
    boxes: Rewritten,
    *,
    der_encoded: Collection[str] = (),
    older: bool = False,
    forms: Collection[str] = (),
) -> Opinion:
    """Sort the SDK's failures into those that count and those that a known fault explains.

    `der_encoded` are manifests whose signature verifies and has a form that the SDK does not read;
    `older` says that our own reading found the pre-release form, and every hash of it right;
    `forms` are the labels of assertions in which ours finds a fault of form that keeps no check
    from being made, empty for a claim.
    """
    matched = {s.url for s in answer.statuses if s.code.endswith("Hash.match")}
    failures: list[SdkStatus] = []
    explained: list[tuple[SdkStatus, str]] = []
    for status in answer.statuses:
        if status.outcome is not SdkStatusGroup.FAILURE:
            continue
        why = _explained(store, status, outcomes, boxes, matched)
        in_der = (status.manifest or store.active) in der_encoded
        if in_der and status.code == "claimSignature.mismatch":
            why = "the SDK does not read a signature in DER"
        if why:
            explained.append((status, why))
        else:
            failures.append(status)
    if any(s.code in MISSING for s, _ in explained):
        gave_up = [s for s in failures if s.code == _GAVE_UP]
        explained += [(s, "the SDK gives up a manifest over a reference") for s in gave_up]
        failures = [s for s in failures if s.code != _GAVE_UP]
    silent = _why_silent(store, answer, outcomes, older=older, forms=forms)
    refusal = answer.refusal if silent is None else None
    return Opinion(tuple(failures), tuple(explained), refusal, answer.message, silent or "")


def _why_silent(
    store: ManifestStore,
    answer: SdkAnswer,
    outcomes: Sequence[outcome.BindingOutcome],
    *,
    older: bool,
    forms: Collection[str],
) -> str | None:
    """Say why it does not count that the SDK gave no answer; None where it counts.

    `older` and `forms` are as for `weigh`.
    """
    if answer.refusal is SdkRefusal.UNSUPPORTED:
        return "the SDK does not read this kind of file"
    if answer.refusal is SdkRefusal.NOT_ASKED:
        return answer.message
    if answer.refusal is not SdkRefusal.MALFORMED:
        return None
    if _is_collection(outcomes):
        return "the SDK reads neither an array of files nor a check sum of zero"
    if _is_unread_below(store):
        return "the SDK gives up over a manifest of an ingredient"
    if _undecoded(answer.message) in forms:
        return "the SDK gives up the whole credential over the form of one part"
    if _is_odd(store, answer.message):
        return "the SDK refuses the form of a part that the standard allows"
    if older and _PRERELEASE in answer.message:
        return "the SDK does not read the pre-release form"
    return None


def _undecoded(message: str) -> str | None:
    """Return what the SDK cannot decode: the label of an assertion, empty for a claim."""
    if match := _ASSERTION.match(message):
        return match[1]
    return "" if message.startswith(_CLAIM) else None


def _is_odd(store: ManifestStore, message: str) -> bool:
    """Tell whether a store has what the SDK refuses in these words, and the standard allows."""
    if any(words in message for words in _OTHER_FORMS):
        return any(
            child.uuid not in _READ
            for manifest in _all(store)
            if manifest.box is not None
            and (held := manifest.box.child(jumbf.ASSERTION_STORE)) is not None
            for child in held.children
        )
    if _MIXED in message:
        return any(m.claim_version > 1 and "assertions" in (m.content or ()) for m in _all(store))
    return _PADDED in message and any(
        _is_padded(box)
        for manifest in _all(store)
        if manifest.box is not None
        for box in (manifest.box, *manifest.box.children)
    )


def _all(store: ManifestStore) -> Collection[Manifest]:
    return store.manifests.values()


def _is_unread_below(store: ManifestStore) -> bool:
    """Tell whether an ingredient's manifest cannot be read, and the active one can."""
    named = {i.target for m in store.manifests.values() for i in m.ingredients} - {store.active}
    below = (store.manifests.get(label) for label in named if label is not None)
    return bool(store.manifests[store.active].claim_version) and any(
        manifest is not None and not manifest.claim_version for manifest in below
    )


def _is_collection(outcomes: Sequence[outcome.BindingOutcome]) -> bool:
    return bool(outcomes) and all(
        binding.result is BindingResult.MATCH
        and binding.code.startswith("assertion.collectionHash.")
        for binding in outcomes
    )


def _explained(
    store: ManifestStore,
    status: SdkStatus,
    outcomes: Sequence[outcome.BindingOutcome],
    boxes: Rewritten,
    matched: set[str],
) -> str:
    """Return why a failure does not count; empty where it does."""
    owner = status.manifest or store.active
    label = status.url.rpartition("/")[2]
    if status.code in MISSING and not _is_named(store, owner, status.url):
        return "what is missing is not an assertion that the claim names"
    if status.code == "assertion.hashedURI.mismatch":
        if _linkage(store, owner, label) is not Linkage.MATCH:
            return ""
        if boxes.holds(owner, label):
            return "the SDK writes the box anew; its bytes in the file have the hash"
        return _icon_explained(store.manifests[owner], label)
    if status.code == "claim.multiple" and any(m.box and _is_foreign(m.box) for m in _all(store)):
        return "the SDK takes a box of another type in the manifest for a claim"
    if status.code in _LINKS and _link_holds(store, status, boxes):
        return "the SDK writes a box of the manifest anew"
    if status.code in _LINKS and _is_hashed_otherwise(store, status):
        return "the SDK takes SHA-256 of a manifest where its reference names another algorithm"
    if status.code.endswith("Hash.mismatch"):
        return _binding_explained(status, f"{owner}/{label}", outcomes, matched)
    return ""


def _icon_explained(manifest: Manifest, label: str) -> str:
    """Explain a mismatch of an icon whose hash in the claim's list is right."""
    if not manifest.claim_version:
        return ""
    icons = [
        entry.get("icon")
        for entry in generator_info(cbor.decode(manifest.claim))[:_MAX_GENERATORS]
        if isinstance(entry, dict)
    ]
    urls = [text_value(icon.get("url")) for icon in icons if isinstance(icon, dict)]
    if any(assertion_label(url, manifest.label) == label for url in urls):
        return "the hash is that of a reference to an icon; the one in the claim's list is right"
    return ""


def _is_named(store: ManifestStore, owner: str, url: str) -> bool:
    """Tell whether a URL names an assertion that some claim lists and that is not there."""
    if _ASSERTIONS not in url:
        return False
    label = url.rpartition("/")[2]
    return any(
        assertion.label == label and assertion.linkage is not Linkage.MATCH
        for manifest in store.manifests.values()
        if manifest.label == owner or f"/{manifest.label}/" in url
        for assertion in manifest.assertions
    )


def _linkage(store: ManifestStore, owner: str, label: str) -> Linkage | None:
    manifest = store.manifests.get(owner)
    return next(
        (a.linkage for a in manifest.assertions if a.label == label) if manifest else iter(()), None
    )


def _link_holds(store: ManifestStore, status: SdkStatus, boxes: Rewritten) -> bool:
    label = (status.ingredient or status.url).rpartition("/")[2]
    return any(
        i.label == label and i.linkage is Linkage.MATCH and boxes.touches(i.target)
        for manifest in store.manifests.values()
        for i in manifest.ingredients
    )


def _is_hashed_otherwise(store: ManifestStore, status: SdkStatus) -> bool:
    """Tell whether a link that holds by the algorithm it names is the one that is spoken of."""
    label = (status.ingredient or "").rpartition("/")[2]
    return any(
        i.linkage is Linkage.MATCH
        and i.manifest is not None
        and i.manifest.algorithm not in {"", "sha256"}
        and (i.label == label if label else i.manifest.url == status.url)
        for manifest in _all(store)
        for i in manifest.ingredients
    )


def _binding_explained(
    status: SdkStatus, where: str, outcomes: Sequence[outcome.BindingOutcome], matched: set[str]
) -> str:
    for binding in outcomes:
        if binding.where.endswith(f"/{MULTI_ASSET}") and binding.result is BindingResult.MATCH:
            return "the SDK does not ask the multi-asset hash where an optional part is gone"
        if binding.where != where:
            continue
        if binding.result in {BindingResult.MATCH, BindingResult.PARTIAL} and status.url in matched:
            return "the SDK's check of the range; every byte of it is accounted for"
        if binding.result in {BindingResult.MATCH, BindingResult.PARTIAL} and binding.early:
            return "the SDK counts the blocks of media from byte 16 of their box"
        if binding.result is BindingResult.UNCHECKED and (binding.code or binding.media_absent):
            return "the hash cannot be compared"
    return ""
