"""Signed files that declare a soft binding, and copies that lost their credential."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.kit import carriers
from provenance.kit.claims import NewAssertion, NewIngredient, actions, opened
from provenance.kit.media import gradient_jpeg
from provenance.kit.writer import signed_file, store_of
from support.fixture import AI
from support.pki import Who, credential
from support.writer import Manifest

if TYPE_CHECKING:
    from collections.abc import Mapping

ALGORITHM = "com.adobe.trustmark.P"
VALUE = "2*0011010101110010"
LABEL = "urn:c2pa:00000000-0000-4000-8000-000000000801"
BOUND = {"action": "c2pa.watermarked.bound"}
CREATED = {"action": "c2pa.created", "digitalSourceType": AI}


def soft_binding(
    value: str | bytes = VALUE,
    algorithm: str = ALGORITHM,
    scope: Mapping[str, object] | None = None,
) -> NewAssertion:
    """One soft binding with one block, about the whole unless `scope` says otherwise."""
    block = {"scope": dict(scope or {}), "value": value}
    return NewAssertion("c2pa.soft-binding", {"alg": algorithm, "blocks": [block], "pad": bytes(4)})


def manifest(*assertions: NewAssertion, label: str = LABEL, who: Who = Who.MAIN) -> Manifest:
    """A manifest that says AI, with these assertions beside."""
    said = actions(CREATED, BOUND)
    return Manifest(label, (said, *assertions), signer=credential(who), title="soft-bound.jpg")


def signed(*assertions: NewAssertion, label: str = LABEL, who: Who = Who.MAIN) -> bytes:
    """A JPEG with such a manifest; without assertions it has the usual soft binding."""
    made = manifest(*(assertions or (soft_binding(),)), label=label, who=who)
    return signed_file(gradient_jpeg(start=(30, 90, 40)), made)


def stripped(data: bytes) -> bytes:
    """A copy without its credential."""
    return carriers.strip(data)


def edited(data: bytes, label: str) -> bytes:
    """The same picture opened and signed once more: the soft binding stands in its parent."""
    parent = NewIngredient("parentOf", "soft-bound.jpg", "image/jpeg", store_of(data))
    one = Manifest(label, (actions(opened()),), ingredients=(parent,))
    return signed_file(carriers.strip(data), one)


def placed(data: bytes, label: str) -> bytes:
    """Another picture that the given one was placed in: the soft binding is its component's."""
    component = NewIngredient("componentOf", "soft-bound.jpg", "image/jpeg", store_of(data))
    one = Manifest(label, (actions(CREATED),), ingredients=(component,))
    return signed_file(carriers.strip(data), one)
