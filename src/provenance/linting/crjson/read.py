"""Reading crJSON: from a JSON document to the typed manifests that rules see.

The document may come from anyone. It is bounded in bytes, nesting, manifests, assertions, actions
and the length of labels; a value of the wrong type counts as missing, except where it makes the
document none at all. Documents of other writers are read too: `timestampInfo` beside the schema's
`timeStampInfo`, and claims with `claim_generator_info` in either form.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from provenance.base import json_text
from provenance.base.errors import ProvenanceError
from provenance.credentials import assertions as reading
from provenance.credentials.manifest import Part
from provenance.linting.subject import (
    Action,
    Assertion,
    Generator,
    Ingredient,
    Manifest,
    Object,
    Signature,
    Status,
    Subject,
    Validation,
    mapping,
    objects,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_BYTES = 16 << 20  # a JSON of empty objects takes twenty times its size in memory
MAX_DEPTH = 128  # of arrays and objects; our own documents stay below 80
MAX_MANIFESTS = 2_000
MAX_ASSERTIONS = 1_000  # of one manifest
MAX_ACTIONS = 10_000  # of one manifest
MAX_STATUSES = 20_000  # of one group
MAX_LABEL = 1024  # characters, as in a store: places in a manifest repeat its labels
_PARTS = (
    ("created_assertions", Part.CREATED),
    ("gathered_assertions", Part.GATHERED),
    ("assertions", Part.CLAIM),
)


class CrJsonError(ProvenanceError):
    """A document that is no crJSON, or exceeds a bound. The message says which."""

    code = "crjson.unreadable"


def looks_like(data: bytes) -> bool:
    """Tell whether a file's first bytes open a JSON object, which no media format does."""
    return data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{"


def parse(data: bytes) -> dict[str, Any]:
    """Parse a crJSON document. Raises CrJsonError."""
    if len(data) > MAX_BYTES:
        raise CrJsonError(f"{len(data)} bytes of crJSON, over the limit of {MAX_BYTES}")
    try:
        found = json_text.parse_strict(data, MAX_BYTES, MAX_DEPTH)
    except json_text.JsonError as e:
        raise CrJsonError(f"not JSON: {e.detail or e}") from e
    if not isinstance(found, dict) or not isinstance(found.get("manifests"), list):
        raise CrJsonError("not crJSON: an object with a list `manifests` is expected")
    return found


def subject(document: dict[str, Any], path: str) -> Subject:
    """Read the manifests of a parsed document. Raises CrJsonError where a bound is exceeded."""
    entries = document["manifests"]
    if len(entries) > MAX_MANIFESTS:
        raise CrJsonError(f"{len(entries)} manifests, over the limit of {MAX_MANIFESTS}")
    if not all(isinstance(e, dict) for e in entries):
        raise CrJsonError("not crJSON: a manifest that is no object")
    manifests = tuple(_manifest(e) for e in entries)
    validation = manifests[0].validation if manifests else None
    return Subject(path, manifests, at=_moment(validation.time) if validation else None)


def _moment(value: str) -> datetime | None:
    try:
        made = datetime.fromisoformat(value)
        return made.astimezone(UTC) if made.tzinfo else None
    except (ValueError, OverflowError):
        return None


def _manifest(entry: dict[str, Any]) -> Manifest:
    label = _label(text(entry.get("label")))
    version = 2 if "claim.v2" in entry else 1 if "claim" in entry else 0
    claim = mapping(entry.get("claim.v2" if version == 2 else "claim"))
    parts = _parts(claim, label)
    contents = mapping(entry.get("assertions"))
    if len(contents) > MAX_ASSERTIONS:
        raise CrJsonError(f"{len(contents)} assertions, over the limit of {MAX_ASSERTIONS}")
    assertions = tuple(Assertion(_label(k), parts.get(k), mapping(v)) for k, v in contents.items())
    actions = tuple(a for one in assertions for a in _actions(one))
    if len(actions) > MAX_ACTIONS:
        raise CrJsonError(f"{len(actions)} actions, over the limit of {MAX_ACTIONS}")
    return Manifest(
        label=label,
        claim_version=version,
        claim=claim,
        assertions=assertions,
        actions=actions,
        ingredients=tuple(_ingredient(a) for a in assertions if _is_ingredient(a)),
        generators=_generators(claim),
        signature=_signature(mapping(entry.get("signature"))),
        validation=_validation(entry.get("validationResults")),
    )


def _label(value: str) -> str:
    if len(value) > MAX_LABEL:
        raise CrJsonError(f"a label of {len(value)} characters, over the limit of {MAX_LABEL}")
    return value


def _parts(claim: Object, manifest: str) -> dict[str, Part]:
    """Return in which list of the claim each assertion is named; the first one counts."""
    found: dict[str, Part] = {}
    for key, part in _PARTS:
        for uri in objects(claim.get(key)):
            found.setdefault(reading.assertion_label(text(uri.get("url")), manifest), part)
    return found


def _actions(assertion: Assertion) -> Iterator[Action]:
    """Yield the actions of an assertion that has some, whatever its label."""
    entries = assertion.value.get("actions")
    shared = assertion.value.get("softwareAgents")
    agents = shared if isinstance(shared, list) else []
    templates = {
        text(t.get("action")): t for t in reversed(objects(assertion.value.get("templates")))
    }
    for n, entry in enumerate(entries if isinstance(entries, list) else ()):
        one = mapping(entry)
        name = text(one.get("action"))
        template = templates.get(name, templates.get("*", mapping(None)))
        own = text(one.get("digitalSourceType"))
        parameters = one.get("parameters")
        yield Action(
            action=name,
            source_type=own,
            effective_source_type=own or text(template.get("digitalSourceType")),
            agent=_agent(one, template, agents),
            parameters=mapping(parameters) if parameters is not None else None,
            when=text(one.get("when")),
            part=assertion.part,
            assertion=assertion.label,
            index=n,
            value=one,
        )


def _agent(action: Object, template: Object, shared: list[Any]) -> Object:
    number = action.get("softwareAgentIndex")
    named = shared[number] if type(number) is int and 0 <= number < len(shared) else None
    for found in (action.get("softwareAgent"), named, template.get("softwareAgent")):
        if isinstance(found, str) and found:
            return {"name": found}
        if mapping(found):
            return mapping(found)
    return mapping(None)


def _is_ingredient(assertion: Assertion) -> bool:
    return assertion.label.startswith("c2pa.ingredient")


def _ingredient(assertion: Assertion) -> Ingredient:
    value = assertion.value
    reference = mapping(value.get("activeManifest", value.get("c2pa_manifest")))
    url = text(reference.get("url"))
    return Ingredient(
        label=assertion.label,
        part=assertion.part,
        relationship=text(value.get("relationship")),
        target=(reading.manifest_label(url) or url.rpartition("/")[2]) if url else "",
        source_type=text(value.get("digitalSourceType")),
        value=value,
    )


def _generators(claim: Object) -> tuple[Generator, ...]:
    info = claim.get("claim_generator_info")
    return tuple(
        Generator(text(e.get("name")), text(e.get("version")), e.get("specVersion"))
        for e in objects(info if isinstance(info, list) else [info])
    )


def _signature(value: Object) -> Signature:
    info = mapping(value.get("certificateInfo"))
    validity = mapping(info.get("validity"))
    stamp = mapping(value.get("timeStampInfo", value.get("timestampInfo")))
    return Signature(
        subject=mapping(info.get("subject")),
        not_before=text(validity.get("notBefore")),
        not_after=text(validity.get("notAfter")),
        time_stamp=text(stamp.get("timestamp")),
    )


def _validation(value: Any) -> Validation | None:
    if not isinstance(value, dict):
        return None
    return Validation(
        success=_statuses(value.get("success")),
        informational=_statuses(value.get("informational")),
        failure=_statuses(value.get("failure")),
        time=text(value.get("validationTime")),
    )


def _statuses(group: Any) -> tuple[Status, ...]:
    found = objects(group)
    if len(found) > MAX_STATUSES:
        raise CrJsonError(f"{len(found)} validation statuses, over the limit of {MAX_STATUSES}")
    return tuple(Status(text(s.get("code")), text(s.get("url"))) for s in found)
