"""Source types of generative AI in a signed claim that are not written as the standard asks.

The standard wants the URI of the vocabulary, as text, in the field `digitalSourceType` of an action
or ingredient (C2PA 2.4 sections 18.15 and 18.16). In capitals, as bytes, in a list, with a fragment
or under a neighbouring name it is the maker's fault, and still says AI to a person who reads it. So
it counts, capped; a value of capture or of creation that is written so never counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from provenance.base.terms import GENERATIVE
from provenance.credentials.manifest import ContentError, Linkage, Relationship
from provenance.signals import source_types
from provenance.signals.official import INCEPTION_ACTIONS, NON_EDITORIAL_ACTIONS
from provenance.signals.relationships import effective_relationship
from provenance.signals.signal import Role, Statement
from provenance.signals.source_type_fields import source_type_values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance.base.terms import Origin
    from provenance.credentials.manifest import Assertion, Manifest

_GONE = frozenset({Linkage.MISSING, Linkage.REDACTED})
_ROLES = {Relationship.PARENT_OF: Role.ASSET, Relationship.INPUT_TO: Role.INPUT}
_ACTIONS, _INGREDIENT = "c2pa.actions", "c2pa.ingredient"


def statements(manifest: Manifest) -> Iterator[Statement]:
    """Yield what actions and ingredients say of AI in another form than the standard's.

    What is written by the standard is not repeated here. The statements have no generator.
    """
    read = _written_well(manifest)
    for assertion in manifest.assertions:
        if not assertion.base.startswith((_ACTIONS, _INGREDIENT)) or assertion.linkage in _GONE:
            continue
        if source_types.count_names(assertion.payload) <= read.get(assertion.label, 0):
            continue  # each name in these bytes was read where it belongs
        try:
            content = assertion.decode()
        except ContentError:
            continue  # its bytes are searched for the names anyway
        if isinstance(content, dict):
            acts = assertion.base.startswith(_ACTIONS)
            if acts:
                yield from _actions(assertion, content)
            else:
                yield from _ingredient(assertion, content, _role(manifest, assertion))


def _written_well(manifest: Manifest) -> dict[str, int]:
    """Count by assertion the values of AI that are written as the standard asks."""
    counts: dict[str, int] = {}
    for action in manifest.all_actions():
        if source_types.origin_of(action.source_type) in GENERATIVE:
            counts[action.assertion] = counts.get(action.assertion, 0) + 1
    for ingredient in manifest.ingredients:
        if source_types.origin_of(ingredient.source_type) in GENERATIVE:
            counts[ingredient.label] = 1
    return counts


def _actions(assertion: Assertion, content: dict[Any, Any]) -> Iterator[Statement]:
    for kind in ("actions", "templates"):
        entries = content.get(kind)
        for index, entry in enumerate(entries if isinstance(entries, list) else ()):
            if not isinstance(entry, dict):
                continue
            name = entry.get("action")
            name = name if isinstance(name, str) else ""
            if name in NON_EDITORIAL_ACTIONS:
                continue
            whole = name in INCEPTION_ACTIONS or name == "*"
            where = f"{assertion.label}[{index}]" if kind == "actions" else assertion.label
            for uri in _odd(entry):
                origin = source_types.origin_of(uri)
                origin = origin if whole else source_types.of_a_part(origin)
                yield _statement(assertion, "c2pa.actions", origin, uri, where, whole=whole)


def _role(manifest: Manifest, assertion: Assertion) -> Role:
    for ingredient in manifest.ingredients:
        if ingredient.label == assertion.label:
            counts_as = effective_relationship(ingredient, manifest)
            return _ROLES.get(counts_as, Role.COMPONENT) if counts_as else Role.COMPONENT
    return Role.COMPONENT


def _ingredient(assertion: Assertion, content: dict[Any, Any], role: Role) -> Iterator[Statement]:
    for uri in _odd(content):
        origin = source_types.origin_of(uri)
        yield _statement(assertion, "c2pa.ingredient", origin, uri, assertion.label, role=role)


def _odd(entry: dict[Any, Any]) -> Iterator[str]:
    """Yield the official URI of each value of AI that is not written as the standard asks."""
    own = entry.get("digitalSourceType")
    well = own if isinstance(own, str) and source_types.known(own) else None
    for value in source_type_values(entry):
        uri = source_types.counts_as(value)
        if value != well and uri and source_types.origin_of(uri) in GENERATIVE:
            yield uri


def _statement(
    assertion: Assertion,
    detector: str,
    origin: Origin | None,
    uri: str,
    where: str,
    *,
    whole: bool = True,
    role: Role = Role.ASSET,
) -> Statement:
    says = f"{source_types.short_name(uri)}, not written as the standard asks"
    return Statement(
        detector, origin, whole, says, uri, where, assertion.part, None, capped=True, role=role
    )
