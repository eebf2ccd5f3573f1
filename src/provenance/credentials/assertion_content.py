"""Reading claims and the assertions that the verdict rests on, from decoded CBOR or crJSON.

Everything may be of the wrong type. `actions` and `ingredient` read assertions of a store: a wrong
type where the standard demands another raises ValueError, which becomes a finding; an optional
field of a wrong type counts as missing. `actions_in` and `ingredient_in` read the same fields of
what is decoded already and refuse nothing: what is wrong counts as missing. crJSON writes byte
strings as text, so that no digest is read from it.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, Any

from provenance.credentials.budget import Budget
from provenance.credentials.manifest import (
    Action,
    ActionsAssertion,
    Assertion,
    ClaimList,
    HashedUri,
    Ingredient,
    Product,
    RecordedStatus,
    Relationship,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

MAX_ACTIONS = 10_000
MAX_TEMPLATES = 1_000
# The lists of a claim that name assertions, by the version of the claim.
LISTS = {
    1: ((ClaimList.CLAIM, "assertions"),),
    2: ((ClaimList.CREATED, "created_assertions"), (ClaimList.GATHERED, "gathered_assertions")),
}
MAX_TEXT = 4096  # characters kept of one text; what is printed is cut far shorter
_NESTING = frozenset({dict, list})  # what the decoder gives for maps and arrays
_NAMES = frozenset({str})
_MOST_NESTED = 20_000
_RELATIONSHIPS = {r.value: r for r in Relationship}
_PREFIX = "self#jumbf="


def text_value(value: Any) -> str:
    """Return a text value, cut to 4096 characters; anything else gives the empty string."""
    return value[:MAX_TEXT] if isinstance(value, str) else ""


def named_only(value: Any) -> bool:
    """Tell whether every field of the maps in a decoded value has a text for its name.

    Of a value of more than 20,000 maps and lists so many are looked at.
    """
    level, left = [value], _MOST_NESTED
    while level:  # all maps that are nested equally deep at once: nearly every list is of maps
        left -= len(level)
        if left < 0:
            return _named_only(value)
        maps = [container for container in level if container.__class__ is dict]
        if not _NAMES.issuperset(map(type, chain.from_iterable(maps))):
            return False
        held: list[Collection[Any]] = [mapping.values() for mapping in maps]
        if len(maps) < len(level):
            held += [container for container in level if container.__class__ is list]
        level = [inner for inner in chain.from_iterable(held) if inner.__class__ in _NESTING]
    return True


def _named_only(value: Any) -> bool:
    """Do so for a value that has too many maps and lists: each in turn, the last ones first."""
    pending, left = [value], _MOST_NESTED
    while pending and left:
        left -= 1
        held = pending.pop()
        if held.__class__ is dict:
            if not _NAMES.issuperset(map(type, held)):
                return False
            held = held.values()
        elif held.__class__ is not list:
            continue
        pending += [inner for inner in held if inner.__class__ in _NESTING]
    return True


def segments(url: str) -> list[str]:
    """Split a JUMBF URI (C2PA 2.4 section 8.4) into its path; absolute ones open with `c2pa`."""
    path = url.removeprefix(_PREFIX)
    return path.lstrip("/").split("/") if path != url else []


def manifest_label(url: str) -> str | None:
    """Return the manifest that an absolute JUMBF URI names."""
    parts = segments(url)
    return parts[1] if len(parts) > 1 and parts[0] == "c2pa" else None


def assertion_label(url: str, manifest: str) -> str:
    """Return the assertion that a URI names within `manifest`; empty where it names none there."""
    parts = segments(url)
    if parts[:1] == ["c2pa"]:
        if parts[1:2] != [manifest]:
            return ""
        parts = parts[2:]
    return parts[1] if len(parts) == 2 and parts[0] == "c2pa.assertions" else ""


def hashed_uri(value: Any, default: str) -> HashedUri | None:
    """Read one `hashed-uri-map`; `default` is the claim's algorithm."""
    if not isinstance(value, dict):
        return None
    url, digest = value.get("url"), value.get("hash")
    if not isinstance(url, str) or not isinstance(digest, bytes):
        return None
    return HashedUri(url[:MAX_TEXT], text_value(value.get("alg")) or default, digest)


def hashed_uris(value: Any, default: str) -> list[HashedUri]:
    """Read a list of hashed URIs, leaving out what is none."""
    if not isinstance(value, list | tuple):
        return []
    return [uri for v in value if (uri := hashed_uri(v, default))]


def redactions(claim: Mapping[Any, Any]) -> tuple[str, ...]:
    """Return the URLs of `redacted_assertions`."""
    value = claim.get("redacted_assertions")
    if not isinstance(value, list | tuple):
        return ()
    return tuple(text_value(v) for v in value[:MAX_ACTIONS] if isinstance(v, str))


def generator_info(claim: Mapping[Any, Any]) -> tuple[Any, ...]:
    """Return the entries of `claim_generator_info`: a list in version 1, one map in version 2."""
    info = claim.get("claim_generator_info")
    return tuple(info) if isinstance(info, list | tuple) else (info,)


def generators(claim: Mapping[Any, Any]) -> tuple[Product, ...]:
    """Return the claim generators: `claim_generator_info` first, then the older text form."""
    products = [p for e in generator_info(claim) if (p := product(e))]
    old = text_value(claim.get("claim_generator"))
    if old:
        products.append(Product(old))
    return tuple(products)


def product(value: Any) -> Product | None:
    """Read a generator or agent, given as text (version 1) or as a map (version 2)."""
    if isinstance(value, str) and value:
        return Product(text_value(value))
    if isinstance(value, dict) and text_value(value.get("name")):
        return Product(text_value(value.get("name")), text_value(value.get("version")))
    return None


def actions(assertion: Assertion, budget: Budget | None = None) -> ActionsAssertion:
    """Read `c2pa.actions` or `c2pa.actions.v2` within a file's budget. Raises ValueError."""
    data = assertion.decode()
    entries = data.get("actions") if isinstance(data, dict) else None
    if not isinstance(entries, list | tuple):
        raise ValueError("no list of actions")
    templates = _entries(data.get("templates"))
    if len(templates) > MAX_TEMPLATES:
        raise ValueError(f"{len(templates)} templates, over the limit of {MAX_TEMPLATES}")
    if len(_templates(templates)) != len(templates):
        raise ValueError("two templates for one action, or one that is not a map")
    if not all(isinstance(entry, dict) for entry in entries):
        raise ValueError("an action that is not a map")
    granted = (budget or Budget()).take_actions(len(entries))
    if granted == len(entries):
        return actions_in(data, assertion)
    return replace(
        actions_in({**data, "actions": entries[:granted]}, assertion),
        complete=False,
        left_out=len(entries) - granted,
        rest=_source_types_from(entries, granted, _templates(templates)),
    )


def _source_types_from(
    entries: Sequence[Any], start: int, templates: dict[str, dict[Any, Any]]
) -> tuple[tuple[str, str, int], ...]:
    """Return action and source type of the entries from `start` on, each pair once."""
    indexes: dict[tuple[str, str], int] = {}
    for index in range(start, len(entries)):
        name, own = entries[index].get("action"), entries[index].get("digitalSourceType")
        if own or templates:  # else it says nothing of origin
            said = text_value(own) or text_value(
                _template(templates, text_value(name)).get("digitalSourceType")
            )
            if said:
                indexes.setdefault((text_value(name), said), index)
    return tuple((*pair, index) for pair, index in indexes.items())


def _template(templates: dict[str, dict[Any, Any]], action: str) -> dict[Any, Any]:
    return templates.get(action, templates.get("*", {}))


def actions_in(data: Mapping[Any, Any], assertion: Assertion) -> ActionsAssertion:
    """Read the actions in decoded content; an entry that is not a map is an action without name.

    The caller bounds their number. Of two templates for one action the first counts.
    """
    shared = [product(v) for v in _entries(data.get("softwareAgents"))]
    templates = _templates(_entries(data.get("templates")))
    return ActionsAssertion(
        assertion.label,
        assertion.part,
        data.get("allActionsIncluded") is True,
        tuple(
            _action(entry if isinstance(entry, dict) else {}, assertion, n, shared, templates)
            for n, entry in enumerate(_entries(data.get("actions")))
        ),
    )


def _entries(value: Any) -> list[Any] | tuple[Any, ...]:
    return value if isinstance(value, list | tuple) else ()


def _templates(entries: list[Any] | tuple[Any, ...]) -> dict[str, dict[Any, Any]]:
    """Return the `templates` of a version 2 assertion by the action they are for (`*` for all)."""
    maps = (e for e in reversed(entries[:MAX_ACTIONS]) if isinstance(e, dict))
    return {text_value(e.get("action")): e for e in maps}


def _action(
    entry: dict[Any, Any],
    assertion: Assertion,
    index: int,
    shared: list[Product | None],
    templates: dict[str, dict[Any, Any]],
) -> Action:
    template = _template(templates, text_value(entry.get("action")))
    parameters = entry.get("parameters")
    named: list[str] = []
    description = text_value(entry.get("description"))
    if isinstance(parameters, dict):
        several = _entries(parameters.get("ingredients"))
        named = [n for v in (parameters.get("ingredient"), *several) if (n := _ingredient_label(v))]
        description = description or text_value(parameters.get("description"))
    return Action(
        name=text_value(entry.get("action")),
        source_type=text_value(entry.get("digitalSourceType")),
        agent=_agent(entry, shared) or _agent(template, shared),
        description=description,
        ingredients=tuple(named),
        part=assertion.part,
        assertion=assertion.label,
        index=index,
        inherited=text_value(template.get("digitalSourceType")),
        when=text_value(entry.get("when")),
    )


def _agent(entry: dict[Any, Any], shared: list[Product | None]) -> Product | None:
    """Return the agent of an action or template: its own, or a shared one that it names."""
    number = entry.get("softwareAgentIndex")
    own = product(entry.get("softwareAgent"))
    if own is None and type(number) is int and 0 <= number < len(shared):  # a bool is not an index
        return shared[number]
    return own


def _ingredient_label(value: Any) -> str:
    """Return the ingredient assertion that a hashed URI in an action's parameters names."""
    if not isinstance(value, dict) or not isinstance(value.get("hash"), bytes | str):
        return ""
    parts = segments(text_value(value.get("url")))
    return parts[-1] if parts and parts[-1].startswith("c2pa.ingredient") else ""


def ingredient(assertion: Assertion, manifest: str, budget: Budget | None = None) -> Ingredient:
    """Read an ingredient assertion of version 1, 2 or 3 within a budget. Raises ValueError."""
    data = assertion.decode()
    if not isinstance(data, dict):
        raise ValueError("no map")
    parsed = ingredient_in(data, assertion)
    if parsed.target is not None and parsed.manifest is None:
        raise ValueError("a reference to a manifest that is not a hashed URI")
    if parsed.target == manifest:
        raise ValueError("an ingredient that is its own manifest")
    if not (budget or Budget()).take_statuses(len(parsed.recorded_failures)):
        raise ValueError("more failures are recorded in one file than are read")
    return parsed


def ingredient_in(data: Mapping[Any, Any], assertion: Assertion) -> Ingredient:
    """Read the fields of an ingredient in decoded content.

    `target` is empty where it refers to a manifest without naming one.
    """
    reference = data.get("activeManifest", data.get("c2pa_manifest"))
    url = text_value(reference.get("url")) if isinstance(reference, dict) else ""
    return Ingredient(
        label=assertion.label,
        part=assertion.part,
        relationship=_RELATIONSHIPS.get(text_value(data.get("relationship"))),
        title=text_value(data.get("dc:title")),
        media_type=text_value(data.get("dc:format")),
        source_type=text_value(data.get("digitalSourceType")),
        target=None if reference is None else _target(url),
        manifest=hashed_uri(reference, ""),
        claim_signature=hashed_uri(data.get("claimSignature"), ""),
        recorded_failures=_failures(data),
    )


def _target(url: str) -> str:
    """Return the manifest that a URI names; the last part of one that is not absolute."""
    label = manifest_label(url)
    return label if label is not None else (segments(url) or [""])[-1] or url


def _failures(data: Mapping[Any, Any]) -> tuple[RecordedStatus, ...]:
    """Return failures recorded by an earlier tool, in `validationResults` or `validationStatus`."""
    failures: list[RecordedStatus] = []
    results = data.get("validationResults")
    groups: list[Any] = []
    if isinstance(results, dict):
        groups.append(results.get("activeManifest"))
        deltas = _entries(results.get("ingredientDeltas"))
        groups += [d.get("validationDeltas") for d in deltas if isinstance(d, dict)]
    for group in groups:
        if isinstance(group, dict):
            failures += statuses(_entries(group.get("failure"))[:MAX_ACTIONS])
    old = _entries(data.get("validationStatus", data.get("validation_status")))
    # version 1 lists successes too
    failures += [s for s in statuses(old[:MAX_ACTIONS]) if not s.code.endswith(_GOOD)]
    return tuple(dict.fromkeys(s for s in failures if s.code))


_GOOD = (".validated", ".trusted", ".match", ".accessible", ".insideValidity", ".notRevoked")


def statuses(entries: Sequence[Any]) -> list[RecordedStatus]:
    """Read validation statuses; what is none is left out, the code of one may be empty."""
    return [
        RecordedStatus(text_value(e.get("code")), text_value(e.get("url")))
        for e in entries
        if isinstance(e, dict)
    ]
