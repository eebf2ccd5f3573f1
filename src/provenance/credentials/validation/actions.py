"""The rules of an actions assertion (C2PA 2.4, 15.10.3.2.3).

A list that breaks one is the maker's fault: what it says of origin is said all the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from provenance.credentials.assertion_content import MAX_ACTIONS, named_only, text_value
from provenance.credentials.manifest import ContentError, Linkage, Relationship
from provenance.credentials.validation.fault import form

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from provenance.credentials.manifest import Assertion, Manifest
    from provenance.credentials.validation.fault import RuleFault
    from provenance.credentials.validation.references import References

SECTION = "15.10.3.2.3"
LABELS = frozenset({"c2pa.actions", "c2pa.actions.v2"})
_BAD, _INGREDIENT = "assertion.action.malformed", "assertion.action.ingredientMismatch"
_NEEDS = {
    "c2pa.opened": Relationship.PARENT_OF,
    "c2pa.placed": Relationship.COMPONENT_OF,
    "c2pa.removed": Relationship.COMPONENT_OF,
}
_MAY_NAME = frozenset({"c2pa.transcoded", "c2pa.repackaged"})
_WATERMARKED = frozenset({"c2pa.watermarked", "c2pa.watermarked.bound"})
# Fields, what they may be, and whether one that is not keeps its origin from being known.
_TYPES: tuple[tuple[str, type | tuple[type, ...], bool], ...] = (
    ("digitalSourceType", str, True),
    ("softwareAgent", (str, dict), False),
    ("description", str, False),
    ("parameters", dict, False),
    ("when", str, False),
    ("reason", str, False),
    ("softwareAgentIndex", int, False),
    ("changes", (list, tuple), False),
    ("actors", (list, tuple), False),
    ("related", (list, tuple), False),
)
_RELATED = ("c2pa.ingredient", "c2pa.actions")  # what an action may not be related to


def action_faults(manifest: Manifest, references: References) -> Iterator[RuleFault]:
    """Check every actions assertion that is as it was signed."""
    lists = [a for a in manifest.assertions if a.base in LABELS]
    for n, assertion in enumerate(lists):
        if assertion.linkage in {Linkage.MISSING, Linkage.REDACTED}:
            continue
        try:
            content = assertion.decode()
        except ContentError:
            continue  # said already
        yield from _List(manifest, assertion, references, first=n == 0).check(content)


class _List:
    """One actions assertion."""

    def __init__(
        self, manifest: Manifest, assertion: Assertion, references: References, *, first: bool
    ) -> None:
        self.manifest = manifest
        self.assertion = assertion
        self.references = references
        self.first = first
        self.read = any(group.label == assertion.label for group in manifest.actions)

    def _form(self, code: str, place: str, message: str, *, stops: bool = False) -> RuleFault:
        return form(code, SECTION, self.manifest.label, place, message, stops=stops)

    def check(self, content: Any) -> Iterator[RuleFault]:
        label = self.assertion.label
        entries = content.get("actions") if isinstance(content, dict) else None
        if not isinstance(entries, list | tuple):
            message = "the assertion has no list of actions"
            yield self._form(_BAD, label, message, stops=not self.read)
            return
        if not self.read:
            yield self._form(_BAD, label, "the list of actions cannot be read", stops=True)
        if not named_only(content):
            yield self._form(_BAD, label, "the list of actions has a field that has no name")
        if not isinstance(content.get("allActionsIncluded", False), bool):
            yield self._form(_BAD, label, "allActionsIncluded is neither true nor false")
        for n, entry in enumerate(entries[:MAX_ACTIONS]):
            if isinstance(entry, dict):
                yield from self._types(entry, n)
                yield from self._action(entry, n)
        for name in ("templates", "softwareAgents"):
            held = content.get(name)
            for n, entry in enumerate(held[:MAX_ACTIONS] if isinstance(held, list | tuple) else ()):
                if isinstance(entry, dict) and "icon" in entry:
                    place = f"{label}/{name}[{n}]"
                    yield from self.references.check(self.manifest, place, entry["icon"])

    def _types(self, entry: dict[Any, Any], n: int) -> Iterator[RuleFault]:
        """Hold an action against its schema (18.15.12), as far as other readers refuse it."""
        place = f"{self.assertion.label}[{n}]"
        if not text_value(entry.get("action")):
            yield self._form(_BAD, place, "an action without a name", stops=True)
        for name, kinds, stops in _TYPES:
            if name in entry and not isinstance(entry[name], kinds):
                yield self._form(_BAD, place, f"{name} is of another type", stops=stops)

    def _action(self, entry: dict[Any, Any], n: int) -> Iterator[RuleFault]:
        name, place = text_value(entry.get("action")), f"{self.assertion.label}[{n}]"
        parameters = entry.get("parameters")
        held = parameters if isinstance(parameters, dict) else {}
        if name in {"c2pa.created", "c2pa.opened"} and not (self.first and n == 0):
            message = f"{name} is not the first action of the first list"
            yield self._form(_BAD, place, message)
        if name in _NEEDS or name in _MAY_NAME:
            yield from self._ingredients(name, held, place)
        if name == "c2pa.redacted":
            yield from self._redacted(held, place)
        agent = entry.get("softwareAgent")
        if isinstance(agent, dict) and "icon" in agent:
            yield from self.references.check(self.manifest, place, agent["icon"])
        if "relatedAssertions" in held:
            yield from self._related(held["relatedAssertions"], place)
        if name in _WATERMARKED and not self.manifest.named("c2pa.soft-binding"):
            message = f"{name} without a soft binding"
            yield self._form("assertion.action.softBindingMissing", place, message)

    def _ingredients(self, name: str, held: dict[Any, Any], place: str) -> Iterator[RuleFault]:
        """Steps 2 and 3: what was opened, placed, removed or transcoded."""
        named = _ingredient_uris(held)
        if named is None:
            # before 2.0 an action named what it was done to by its instanceID
            if name in _NEEDS and self.manifest.claim_version > 1:
                yield self._form(_INGREDIENT, place, f"{name} does not name its ingredient")
            return
        wanted = _NEEDS.get(name, Relationship.PARENT_OF)
        if name in _NEEDS and (not named or (name == "c2pa.opened" and len(named) != 1)):
            message = f"{name} names {len(named)} ingredients"
            yield self._form(_INGREDIENT, place, message)
            return
        if not all(self._has(value, name, wanted) for value in named[:MAX_ACTIONS]):
            message = f"{name} names what is not an ingredient that is {wanted.value}"
            yield self._form(_INGREDIENT, place, message)
            return
        for value in named[:MAX_ACTIONS]:
            yield from self.references.check(self.manifest, place, value)

    def _has(self, value: Any, name: str, wanted: Relationship) -> bool:
        """Tell whether a hashed URI names an ingredient of this kind.

        What was removed was an ingredient of an earlier manifest; one that is redacted since, or
        whose manifest did not come along, cannot be looked at.
        """
        url = value.get("url") if isinstance(value, dict) else None
        if not isinstance(url, str):
            return False
        if name == "c2pa.removed":
            assertion = self.references.elsewhere(url) or self.references.assertion_named(
                self.manifest, url
            )
            if assertion is None or not assertion.base.startswith("c2pa.ingredient"):
                return False
            other = self.references.ingredient(url)
            return other is None or other.relationship in {wanted, None}
        assertion = self.references.assertion_named(self.manifest, url)
        if assertion is None or not assertion.base.startswith("c2pa.ingredient"):
            return False
        if assertion.linkage is Linkage.REDACTED:
            return True
        return any(
            i.relationship in {wanted, None}  # without one: said of the ingredient
            for i in self.manifest.ingredients
            if i.label == assertion.label
        )

    def _redacted(self, held: dict[Any, Any], place: str) -> Iterator[RuleFault]:
        url = held.get("redacted")
        if not (isinstance(url, str) and self.references.leads(self.manifest, url)):
            message = "c2pa.redacted does not name an assertion that was redacted"
            yield self._form("assertion.action.redactionMismatch", place, message)

    def _related(self, value: Any, place: str) -> Iterator[RuleFault]:
        if not isinstance(value, list | tuple) or not value:
            yield self._form(_BAD, place, "an action is related to an empty list of assertions")
            return
        for reference in value[:MAX_ACTIONS]:
            url = reference.get("url") if isinstance(reference, dict) else None
            assertion = (
                self.references.assertion_named(self.manifest, url)
                if isinstance(url, str)
                else None
            )
            if assertion is None:
                yield self._form(_BAD, place, "an action is related to what is not in its manifest")
            elif assertion.base.startswith(_RELATED):
                message = f"an action may not be related to {assertion.base}"
                yield self._form(_BAD, place, message)
            else:
                yield from self.references.check(self.manifest, place, reference)


def _ingredient_uris(held: dict[Any, Any]) -> Sequence[Any] | None:
    """Return the hashed URIs of ingredients that the parameters of an action name, None for none.

    Version 1 names one in `ingredient`; makers put both forms into either version.
    """
    several = held.get("ingredients")
    if isinstance(several, list | tuple):
        return several
    if several is not None:
        return ()
    return [held["ingredient"]] if held.get("ingredient") is not None else None
