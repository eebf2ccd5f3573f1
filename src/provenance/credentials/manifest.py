"""The typed model of a manifest store: what the standard calls things, as frozen values.

It is made from the bytes of a store (`provenance.credentials.store`), or from a crJSON document
(`provenance.linting.crjson.crjson_parsing`). A document shows no bytes that could be checked: its
assertions come decoded, no linkage is known, and nothing of it is sound.

Everything here is what a manifest *says*. Whether to believe it is decided elsewhere: integrity in
`provenance.credentials.integrity`, identity, time and revocation in `provenance.signing`. All text
is the file's and is cleaned where it leaves the program.
"""

from __future__ import annotations

import hashlib
from dataclasses import field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from provenance.base import cbor, json_text
from provenance.base.text import expected, is_label
from provenance.base.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from provenance.base.finding import Finding
    from provenance.credentials.jumbf import Superbox
    from provenance.signing.chain_answer import CoseSignature

HARD_BINDINGS = frozenset(
    {
        "c2pa.hash.data",
        "c2pa.hash.boxes",
        "c2pa.hash.bmff",
        "c2pa.hash.bmff.v2",
        "c2pa.hash.bmff.v3",
        "c2pa.hash.collection.data",
        "c2pa.hash.multi-asset",
    }
)
HASHES = {"sha256": hashlib.sha256, "sha384": hashlib.sha384, "sha512": hashlib.sha512}
HASH_ALGORITHMS = frozenset(HASHES)  # C2PA 2.4 section 13.1
_MAX_HASH_ASSERTION = 4 << 20  # Merkle rows of an hour of video
_UNREAD = ...  # marks content that was not decoded yet: nothing decodes to it


class ClaimList(StrEnum):
    """Which list of the claim names an assertion (C2PA 2.4 section 10.2.2).

    The signer speaks for `created` ones; `gathered` ones came from elsewhere. A version 1 claim
    does not tell the two apart: `claim`. Only a document shows what no list names: `unlisted`.
    """

    CREATED = "created"
    GATHERED = "gathered"
    CLAIM = "claim"
    UNLISTED = "unlisted"


class Relationship(StrEnum):
    """How an ingredient relates to the asset (C2PA 2.4 section 18.16)."""

    PARENT_OF = "parentOf"
    COMPONENT_OF = "componentOf"
    INPUT_TO = "inputTo"


class Linkage(StrEnum):
    """What our own check of one hashed URI of the claim says."""

    MATCH = "match"
    MISMATCH = "mismatch"
    MISSING = "missing"
    REDACTED = "redacted"
    UNSUPPORTED = "unsupported"
    UNCHECKED = "unchecked"  # a document shows no bytes to check


class ContentError(ValueError):
    """An assertion whose content cannot be decoded within bounds."""


@dataclass(frozen=True, slots=True)
class HashedUri:
    """A `hashed-uri-map`: where it points, and the digest of what should be there.

    `algorithm` is empty where an ingredient's names none: then the claim's counts.
    """

    url: str
    algorithm: str
    digest: bytes


@dataclass(frozen=True, slots=True)
class Product:
    """A claim generator or software agent by name; `version` is empty where none is given."""

    name: str
    version: str = ""


@dataclass(frozen=True, slots=True)
class Assertion:
    """One assertion that the claim names.

    `label` carries its instance (`c2pa.ingredient__1`); `base` does not. `kind` is `cbor`, `json`
    or `binary`, or `value` where a document gave the decoded `value` in place of a payload.
    `linkage` is the answer of our own digest. `refused` says why it is not decoded, where a bound
    of the whole file was reached before it. `kept` tells that what it decodes to is kept for who
    asks next: not where a file has so much of it that only one at a time fits into memory.
    """

    label: str
    part: ClaimList
    kind: str
    linkage: Linkage
    payload: bytes = field(repr=False)
    value: Any = field(default=None, repr=False)
    refused: str = ""
    kept: bool = field(default=True, repr=False, compare=False)
    base: str = field(default="", init=False, repr=False, compare=False)
    _content: Any = field(default=_UNREAD, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Work out `base`, the label without its instance number: it is asked for all the time."""
        head, mark, tail = self.label.rpartition("__")
        object.__setattr__(self, "base", head if mark and tail.isdigit() else self.label)

    def decode(self) -> Any:
        """Decode CBOR or JSON content. Raises ContentError; binary content gives None.

        A document's content holds what JSON knows: lists, and byte strings as text (`b64'...`).
        The value is everybody's who asks: nobody may change it.
        """
        if self._content is not _UNREAD:
            return self._content
        if self.refused:
            raise ContentError(self.refused)
        content = self._decoded()
        if self.kept:
            object.__setattr__(self, "_content", content)
        return content

    def _decoded(self) -> Any:
        if self.kind == "value":
            return self.value
        if self.kind == "cbor":
            limit = _MAX_HASH_ASSERTION if self.base in HARD_BINDINGS else cbor.MAX_BYTES
            try:
                return cbor.decode(self.payload, limit)
            except cbor.CborError as e:
                raise ContentError(str(e)) from e
        if self.kind == "json":
            return _json(self.payload)
        return None


def _json(payload: bytes) -> Any:
    try:
        return json_text.parse_unique(payload)
    except json_text.JsonError as e:
        raise ContentError(f"no JSON that can be read: {e}") from e


@dataclass(frozen=True, slots=True)
class Action:
    """One entry of an actions assertion (C2PA 2.4 section 18.15), version 1 or 2.

    `source_type` is the digitalSourceType as written, `inherited` the one of the assertion's
    template for this action, which counts where the action names none. `ingredients` are labels of
    ingredient assertions of the same manifest that the action names. `when` is the time that the
    action names, as written. `where` is `<assertion>[<index>]`.
    """

    name: str
    source_type: str
    agent: Product | None
    description: str
    ingredients: tuple[str, ...]
    part: ClaimList
    assertion: str
    index: int
    inherited: str = ""
    when: str = ""

    @property
    def effective_source_type(self) -> str:
        """The source type that holds for the action, its own or its template's."""
        return self.source_type or self.inherited

    @property
    def shown(self) -> str:
        """The name for a sentence: of one that is not a dotted name, only that it is none."""
        return expected(self.name, fits=is_label(self.name)) or "an action"

    @property
    def where(self) -> str:
        """The place of the action within its manifest."""
        return f"{self.assertion}[{self.index}]"


@dataclass(frozen=True, slots=True)
class ActionsAssertion:
    """An actions assertion as a whole. `complete` is `allActionsIncluded` where it is `true`.

    `left_out` counts actions beyond a bound; `rest` is what they say: name and source type that
    holds, each pair once, with the index of the first that says it.
    """

    label: str
    part: ClaimList
    complete: bool
    actions: tuple[Action, ...]
    left_out: int = 0
    rest: tuple[tuple[str, str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class RecordedStatus:
    """A validation status that another tool recorded: code (C2PA 2.4 section 15.2) and place.

    Found inside an ingredient assertion, or in the validation results of a crJSON document.
    """

    code: str
    url: str


@dataclass(frozen=True, slots=True)
class Ingredient:
    """An ingredient assertion (C2PA 2.4 section 18.16), version 1 to 3.

    `target` is the label of the ingredient's own manifest, None where it has none. `manifest` is
    the hashed URI that the signer wrote for it, `claim_signature` the one of its signature
    (version 3); both None for one of a document. `linkage` is our check of these against the store.
    """

    label: str
    part: ClaimList
    relationship: Relationship | None
    title: str
    media_type: str
    source_type: str
    target: str | None
    manifest: HashedUri | None
    claim_signature: HashedUri | None
    recorded_failures: tuple[RecordedStatus, ...]
    linkage: Linkage = Linkage.UNCHECKED


@dataclass(frozen=True, slots=True)
class Manifest:
    """One manifest of the store.

    `claim` is the claim's CBOR as signed (empty where missing). `redacts` are the URLs in
    `redacted_assertions`. `undeclared` are assertions of its store that the claim does not name.
    `findings` are what reading it met. `sound` tells that the label is its own and the claim has a
    signature that can be read. `algorithm` is the one that the claim names for hashes, empty where
    it names none; `soft_algorithm` the one that it names for soft bindings. `box` is where it is in
    `ManifestStore.data`, None for one of a document. `content` is what the claim decodes to, None
    where it is too large to be kept, or is none: nobody may change it. `claim_tagged` says that
    something in it has a tag, which `content` does not show.
    """

    label: str
    claim_version: int
    is_update: bool
    generators: tuple[Product, ...]
    title: str
    media_type: str
    instance_id: str
    claim: bytes = field(repr=False)
    signature: CoseSignature | None = field(repr=False)
    assertions: tuple[Assertion, ...] = ()
    actions: tuple[ActionsAssertion, ...] = ()
    ingredients: tuple[Ingredient, ...] = ()
    redacts: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    sound: bool = True
    undeclared: tuple[Assertion, ...] = ()
    algorithm: str = ""
    soft_algorithm: str = ""
    box: Superbox | None = field(default=None, repr=False)
    content: Mapping[Any, Any] | None = field(default=None, repr=False, compare=False)
    claim_tagged: bool = False

    def named(self, *bases: str) -> tuple[Assertion, ...]:
        """Return the assertions with one of these base labels, in claim order."""
        return tuple(a for a in self.assertions if a.base in bases)

    def all_actions(self) -> tuple[Action, ...]:
        """Return every action of every actions assertion, in claim order."""
        return tuple(action for group in self.actions for action in group.actions)


@dataclass(frozen=True, slots=True)
class Loose:
    """A manifest, or assertions of one, that nothing leads to from the active manifest.

    It lies in bytes that no signature of the asset covers: anyone may have put it there. `why` says
    where it lies, in words.
    """

    manifest: Manifest
    why: str


@dataclass(frozen=True, slots=True)
class ManifestStore:
    """A manifest store that could be walked.

    `manifests` holds all manifests by label, those reachable from `active` first, in the order of
    a walk along the ingredients (depth first, ingredients sorted by label), then the unreferenced
    ones sorted by label. `loose` is evidence that the active manifest does not lead to: these,
    boxes of a type that the standard does not know, and assertions that no claim names.
    `findings` concern the store as a whole. `redacted` says who redacts which assertion, as
    (manifest, assertion) -> redactor. `unread` are the labels of boxes that are no manifest and
    could not be walked. `data` are the bytes of the store without compression, empty
    for a document; `label` is its own label. `limits` says which bounds of a file were reached, so
    that something about origin in it was not read, `passed_over` the same of anything else.
    """

    active: str
    manifests: dict[str, Manifest]
    reachable: tuple[str, ...]
    unreferenced: tuple[str, ...]
    findings: tuple[Finding, ...] = ()
    loose: tuple[Loose, ...] = ()
    limits: tuple[str, ...] = ()
    passed_over: tuple[str, ...] = ()
    redacted: Mapping[tuple[str, str], str] = field(default_factory=dict)
    unread: tuple[str, ...] = ()
    data: bytes = field(default=b"", repr=False)
    label: str = "c2pa"

    @property
    def active_manifest(self) -> Manifest:
        """The manifest that speaks for the asset."""
        return self.manifests[self.active]

    def all_loose(self, why: str) -> tuple[Loose, ...]:
        """Return everything in the store as loose evidence, for a store that is not active."""
        reachable = tuple(Loose(self.manifests[label], why) for label in self.reachable)
        return (*reachable, *self.loose)
