"""Reading claims and the assertions that the verdict rests on: plain values from decoded CBOR.

Everything may be of the wrong type. A wrong type where the standard demands another raises
ValueError, which becomes a finding; an optional field of a wrong type counts as missing.
"""

from __future__ import annotations

from typing import Any

from provenance.credentials.manifest import (
    Action,
    ActionsAssertion,
    Assertion,
    HashedUri,
    Ingredient,
    Product,
    RecordedStatus,
    Relationship,
)

MAX_ACTIONS = 10_000
MAX_TEXT = 4096  # characters kept of one text; what is printed is cut far shorter
_PREFIX = "self#jumbf="


def text(value: Any) -> str:
    """Return a text value, cut to 4096 characters; anything else gives the empty string."""
    return value[:MAX_TEXT] if isinstance(value, str) else ""


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
    return HashedUri(url[:MAX_TEXT], text(value.get("alg")) or default, digest)


def hashed_uris(value: Any, default: str) -> list[HashedUri]:
    """Read a list of hashed URIs, leaving out what is none."""
    if not isinstance(value, list | tuple):
        return []
    return [uri for v in value if (uri := hashed_uri(v, default))]


def redactions(claim: dict[Any, Any]) -> tuple[str, ...]:
    """Return the URLs of `redacted_assertions`."""
    value = claim.get("redacted_assertions")
    if not isinstance(value, list | tuple):
        return ()
    return tuple(text(v) for v in value[:MAX_ACTIONS] if isinstance(v, str))


def generators(claim: dict[Any, Any]) -> tuple[Product, ...]:
    """Return the claim generators: `claim_generator_info` first, then the older text form."""
    info = claim.get("claim_generator_info")
    entries = info if isinstance(info, list | tuple) else [info]
    made = [p for e in entries if (p := product(e))]
    old = text(claim.get("claim_generator"))
    if old:
        made.append(Product(old))
    return tuple(made)


def product(value: Any) -> Product | None:
    """Read a generator or agent, given as text (version 1) or as a map (version 2)."""
    if isinstance(value, str) and value:
        return Product(text(value))
    if isinstance(value, dict) and text(value.get("name")):
        return Product(text(value.get("name")), text(value.get("version")))
    return None


def actions(assertion: Assertion) -> ActionsAssertion:
    """Read `c2pa.actions` or `c2pa.actions.v2`. Raises ValueError."""
    data = assertion.decode()
    entries = data.get("actions") if isinstance(data, dict) else None
    if not isinstance(entries, list | tuple):
        raise ValueError("no list of actions")
    if len(entries) > MAX_ACTIONS:
        raise ValueError(f"{len(entries)} actions, over the limit of {MAX_ACTIONS}")
    shared = _agents(data)
    templates = _templates(data)
    made = [
        _action(entry, assertion, n, shared, templates)
        for n, entry in enumerate(entries)
        if isinstance(entry, dict)
    ]
    if len(made) != len(entries):
        raise ValueError("an action that is no map")
    return ActionsAssertion(
        assertion.label, assertion.part, data.get("allActionsIncluded") is True, tuple(made)
    )


def _agents(data: dict[Any, Any]) -> list[Product | None]:
    """Return the shared `softwareAgents` that version 2 actions refer to by index."""
    value = data.get("softwareAgents")
    return [product(v) for v in value] if isinstance(value, list | tuple) else []


def _templates(data: dict[Any, Any]) -> dict[str, dict[Any, Any]]:
    """Return the `templates` of a version 2 assertion by the action they are for (`*` for all)."""
    value = data.get("templates")
    entries = value[:MAX_ACTIONS] if isinstance(value, list | tuple) else ()
    made = {text(e.get("action")): e for e in entries if isinstance(e, dict)}
    if len(made) != len(entries):
        raise ValueError("two templates for one action, or one that is no map")
    return made


def _action(
    entry: dict[Any, Any],
    assertion: Assertion,
    index: int,
    shared: list[Product | None],
    templates: dict[str, dict[Any, Any]],
) -> Action:
    template = templates.get(text(entry.get("action")), templates.get("*", {}))
    agent = product(entry.get("softwareAgent")) or product(template.get("softwareAgent"))
    number = entry.get("softwareAgentIndex")
    if agent is None and type(number) is int and 0 <= number < len(shared):  # a bool is no index
        agent = shared[number]
    parameters = entry.get("parameters")
    named: list[str] = []
    if isinstance(parameters, dict):
        many = parameters.get("ingredients")
        for value in [
            parameters.get("ingredient"),
            *(many if isinstance(many, list | tuple) else ()),
        ]:
            uri = hashed_uri(value, "")
            parts = segments(uri.url) if uri else []
            if parts and parts[-1].startswith("c2pa.ingredient"):
                named.append(parts[-1])
    description = text(entry.get("description"))
    if not description and isinstance(parameters, dict):
        description = text(parameters.get("description"))
    return Action(
        name=text(entry.get("action")),
        source_type=text(entry.get("digitalSourceType")),
        agent=agent,
        description=description,
        ingredients=tuple(named),
        part=assertion.part,
        assertion=assertion.label,
        index=index,
        inherited=text(template.get("digitalSourceType")),
    )


def ingredient(assertion: Assertion, manifest: str) -> Ingredient:
    """Read an ingredient assertion of version 1, 2 or 3. Raises ValueError."""
    data = assertion.decode()
    if not isinstance(data, dict):
        raise ValueError("no map")
    reference = data.get("activeManifest", data.get("c2pa_manifest"))
    uri = hashed_uri(reference, "sha256")
    if reference is not None and uri is None:
        raise ValueError("a reference to a manifest that is no hashed URI")
    target = manifest_label(uri.url) if uri else None
    if uri and target is None:
        target = (segments(uri.url) or [""])[-1] or uri.url
    if target == manifest:
        raise ValueError("an ingredient that is its own manifest")
    kind = text(data.get("relationship"))
    return Ingredient(
        label=assertion.label,
        part=assertion.part,
        relationship=next((r for r in Relationship if r.value == kind), None),
        title=text(data.get("dc:title")),
        media_type=text(data.get("dc:format")),
        source_type=text(data.get("digitalSourceType")),
        target=target,
        manifest=uri,
        claim_signature=hashed_uri(data.get("claimSignature"), "sha256"),
        recorded_failures=_failures(data),
    )


def _failures(data: dict[Any, Any]) -> tuple[RecordedStatus, ...]:
    """Return failures recorded by an earlier tool, in `validationResults` or `validationStatus`."""
    found: list[RecordedStatus] = []
    results = data.get("validationResults")
    groups: list[Any] = []
    if isinstance(results, dict):
        groups.append(results.get("activeManifest"))
        deltas = results.get("ingredientDeltas")
        if isinstance(deltas, list | tuple):
            groups += [d.get("validationDeltas") for d in deltas if isinstance(d, dict)]
    for group in groups:
        failures = group.get("failure") if isinstance(group, dict) else None
        if isinstance(failures, list | tuple):
            found += _statuses(failures)
    old = data.get("validationStatus", data.get("validation_status"))
    if isinstance(old, list | tuple):  # version 1 lists successes too
        found += [s for s in _statuses(old) if not s.code.endswith(_GOOD)]
    return tuple(dict.fromkeys(found))


_GOOD = (".validated", ".trusted", ".match", ".accessible", ".insideValidity", ".notRevoked")


def _statuses(entries: Any) -> list[RecordedStatus]:
    return [
        RecordedStatus(text(e.get("code")), text(e.get("url")))
        for e in entries[:MAX_ACTIONS]
        if isinstance(e, dict) and text(e.get("code"))
    ]
