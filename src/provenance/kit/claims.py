"""What a manifest to be written holds: its assertions, ingredients, and what is to be odd."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from provenance.kit import cose_sign1
from provenance.kit.jumbf_boxes import ContentKind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from provenance.kit.binding import BindingKind, NewHardBinding
    from provenance.kit.certificates import Credential
    from provenance.kit.cose_sign1 import Sealing
    from provenance.kit.jumbf_boxes import OpenedStore
    from provenance.kit.media import StoreSpan

ACTIONS = "c2pa.actions.v2"


class ManifestFault(StrEnum):
    """One thing that is wrong with a manifest that is otherwise sound."""

    WRONG_KEY = "wrong_key"
    """The claim is signed by another P-256 key than that of the certificate."""
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
class Linked:
    """Content that depends on the hashed URIs of all other assertions, by label."""

    make: Callable[[dict[str, dict[str, object]]], object]


@dataclass(frozen=True, slots=True)
class NewAssertion:
    """An assertion to be written; `created` says on which list of a version 2 claim it stands."""

    label: str
    content: object
    kind: ContentKind = ContentKind.CBOR
    created: bool = True
    box: Callable[[bytes], bytes] | None = None
    """Changes the finished box; the claim's hash is that of the changed one."""


@dataclass(frozen=True, slots=True)
class NewIngredient:
    """An ingredient assertion; `store` is the ingredient's own store, None where it has none."""

    relationship: str
    title: str = "ingredient"
    media_type: str = "image/jpeg"
    store: OpenedStore | None = None
    instance_id: str = "xmp:iid:00000000-0000-4000-8000-000000000001"
    version: int = 3
    carried: bool = True
    """Whether its manifests come along; False leaves the reference dangling."""
    created: bool = True
    fields: Mapping[str, object] = field(default_factory=dict)
    """Further fields of the assertion, which win over the computed ones; None takes one out."""


@dataclass(frozen=True, slots=True)
class Twists:
    """Changes to a manifest at each stage of its making, for what no other field can say.

    `claim` gets the claim's map; `claim_bytes` its CBOR before it is signed; `binding` the content
    of the hard binding; `parts` the boxes of the manifest (assertion store, claim, signature);
    `carried` the manifests that come along with ingredients. `left_out` gets the signed file and
    where its credential is, and returns the ranges that a data hash leaves out.
    """

    claim: Callable[[dict[str, Any]], None] | None = None
    claim_bytes: Callable[[bytes], bytes] | None = None
    binding: Callable[[dict[str, Any]], None] | None = None
    parts: Callable[[list[bytes]], list[bytes]] | None = None
    carried: Callable[[list[bytes]], list[bytes]] | None = None
    left_out: Callable[[bytes, StoreSpan], tuple[StoreSpan, ...]] | None = None


@dataclass(frozen=True, slots=True)
class NewManifest:
    """A manifest to be written and signed. Without a signer it has no claim signature."""

    label: str
    assertions: tuple[NewAssertion, ...] = ()
    ingredients: tuple[NewIngredient, ...] = ()
    claim_version: int = 2
    generator: dict[str, object] = field(
        default_factory=lambda: {"name": "Test Writer", "version": "1.0"}
    )
    title: str = "sample"
    media_type: str = "image/jpeg"
    instance_id: str = "xmp:iid:00000000-0000-4000-8000-0000000000ff"
    signer: Credential | None = None
    sealing: Sealing = cose_sign1.SOUND
    update: bool = False
    """An update manifest: no binding of its own, one `parentOf` ingredient."""
    compressed: bool = False
    redacted: tuple[tuple[str, str], ...] = ()
    """Manifest label and assertion label of what is taken out of carried manifests."""
    unreferenced: tuple[bytes, ...] = ()
    """Whole boxes put into the store that nothing refers to."""
    undeclared: tuple[bytes, ...] = ()
    """Whole boxes put into the assertion store that the claim does not name."""
    bindings: tuple[NewHardBinding, ...] = ()
    """Further hard bindings beside the computed one."""
    binding: BindingKind | None = None
    """Which hard binding; None for the one that the format asks for."""
    faults: frozenset[ManifestFault] = frozenset()
    twists: Twists = field(default_factory=Twists)


def actions(*items: Mapping[str, object], version: int = 2) -> NewAssertion:
    """An actions assertion. Version 2 wants `c2pa.created` or `c2pa.opened` first.

    Version 2 also says whether the list is complete: where `c2pa.opened` is all, it must be
    (C2PA 2.4 section 18.15.3); else nothing is promised.
    """
    if version == 1:
        return NewAssertion("c2pa.actions", {"actions": list(items)})
    whole = [item.get("action") for item in items] == ["c2pa.opened"]
    return NewAssertion(ACTIONS, {"actions": list(items), "allActionsIncluded": whole})


def created(source_type: str, **fields: object) -> NewAssertion:
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
