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
from provenance.credentials import assertion_content
from provenance.credentials.assertion_content import text_value
from provenance.credentials.manifest import Assertion, ClaimList, Linkage, Manifest
from provenance.linting.subject import (
    ClaimSignature,
    ManifestView,
    Object,
    Subject,
    Validation,
    content,
    mapping,
    objects,
)

if TYPE_CHECKING:
    from provenance.credentials.manifest import ActionsAssertion, Ingredient, RecordedStatus

MAX_BYTES = 16 << 20  # a JSON of empty objects takes twenty times its size in memory
MAX_DEPTH = 128  # of arrays and objects; our own documents stay below 80
MAX_MANIFESTS = 2_000
MAX_ASSERTIONS = 1_000  # of one manifest
MAX_ACTIONS = 10_000  # of one manifest
MAX_STATUSES = 20_000  # of one group
MAX_LABEL = 1024  # characters, as in a store: places in a manifest repeat its labels


class CrJsonError(ProvenanceError):
    """A document that is no crJSON, or exceeds a bound. The message says which."""

    code = "crjson.unreadable"


def looks_like(data: bytes) -> bool:
    """Tell whether a file's first bytes open a JSON object, which no media format does."""
    return data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{"


def parse_crjson(data: bytes) -> dict[str, Any]:
    """Parse a crJSON document. Raises CrJsonError."""
    if len(data) > MAX_BYTES:
        raise CrJsonError(f"{len(data)} bytes of crJSON, over the limit of {MAX_BYTES}")
    try:
        document = json_text.parse_strict(data, MAX_BYTES, MAX_DEPTH)
    except json_text.JsonError as e:
        raise CrJsonError(f"not JSON: {e.detail or e}") from e
    if not isinstance(document, dict) or not isinstance(document.get("manifests"), list):
        raise CrJsonError("not crJSON: an object with a list `manifests` is expected")
    return document


def subject(document: dict[str, Any], path: str) -> Subject:
    """Read the manifests of a parsed document. Raises CrJsonError where a bound is exceeded."""
    entries = document["manifests"]
    if len(entries) > MAX_MANIFESTS:
        raise CrJsonError(f"{len(entries)} manifests, over the limit of {MAX_MANIFESTS}")
    if not all(isinstance(e, dict) for e in entries):
        raise CrJsonError("not crJSON: a manifest that is not an object")
    manifests = tuple(_manifest(e) for e in entries)
    validation = manifests[0].validation if manifests else None
    return Subject(path, manifests, at=_moment(validation.time) if validation else None)


def _moment(value: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value)
        return moment.astimezone(UTC) if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None


def _manifest(entry: dict[str, Any]) -> ManifestView:
    label = entry.get("label")
    label = _label(label) if isinstance(label, str) else ""
    version = 2 if "claim.v2" in entry else 1 if "claim" in entry else 0
    claim = mapping(entry.get("claim.v2" if version == 2 else "claim"))
    parts = _parts(claim, version, label)
    contents = mapping(entry.get("assertions"))
    if len(contents) > MAX_ASSERTIONS:
        raise CrJsonError(f"{len(contents)} assertions, over the limit of {MAX_ASSERTIONS}")
    assertions = tuple(_assertion(k, v, parts) for k, v in contents.items())
    manifest = Manifest(
        label=label,
        claim_version=version,
        is_update=False,
        generators=assertion_content.generators(claim),
        title=text_value(claim.get("dc:title")),
        media_type=text_value(claim.get("dc:format")),
        instance_id=text_value(claim.get("instanceID")),
        claim=b"",
        signature=None,
        assertions=assertions,
        actions=_actions(assertions),
        ingredients=tuple(_ingredient(a) for a in assertions if _is_ingredient(a)),
        redacts=assertion_content.redactions(claim),
        sound=False,
    )
    return ManifestView(
        manifest,
        claim,
        _signature(mapping(entry.get("signature"))),
        _validation(entry.get("validationResults")),
    )


def _label(value: str) -> str:
    if len(value) > MAX_LABEL:
        raise CrJsonError(f"a label of {len(value)} characters, over the limit of {MAX_LABEL}")
    return value


def _parts(claim: Object, version: int, manifest: str) -> dict[str, ClaimList]:
    """Return in which list of the claim each assertion is named; the first one counts."""
    lists: dict[str, ClaimList] = {}
    for part, key in assertion_content.LISTS.get(version, ()):
        for uri in objects(claim.get(key)):
            lists.setdefault(
                assertion_content.assertion_label(text_value(uri.get("url")), manifest), part
            )
    return lists


def _assertion(label: str, value: Any, parts: dict[str, ClaimList]) -> Assertion:
    part = parts.get(label, ClaimList.UNLISTED)
    return Assertion(_label(label), part, "value", Linkage.UNCHECKED, b"", value)


def _actions(assertions: tuple[Assertion, ...]) -> tuple[ActionsAssertion, ...]:
    """Read the actions of each assertion that has a list of some, whatever its label."""
    holders = [
        (a, held) for a in assertions if isinstance((held := content(a)).get("actions"), list)
    ]
    count = sum(len(held["actions"]) for _, held in holders)
    if count > MAX_ACTIONS:
        raise CrJsonError(f"{count} actions, over the limit of {MAX_ACTIONS}")
    return tuple(assertion_content.actions_in(held, a) for a, held in holders)


def _is_ingredient(assertion: Assertion) -> bool:
    return assertion.label.startswith("c2pa.ingredient")


def _ingredient(assertion: Assertion) -> Ingredient:
    return assertion_content.ingredient_in(content(assertion), assertion)


def _signature(value: Object) -> ClaimSignature:
    info = mapping(value.get("certificateInfo"))
    validity = mapping(info.get("validity"))
    stamp = mapping(value.get("timeStampInfo", value.get("timestampInfo")))
    return ClaimSignature(
        subject=mapping(info.get("subject")),
        not_before=text_value(validity.get("notBefore")),
        not_after=text_value(validity.get("notAfter")),
        time_stamp=text_value(stamp.get("timestamp")),
    )


def _validation(value: Any) -> Validation | None:
    if not isinstance(value, dict):
        return None
    return Validation(
        success=_statuses(value.get("success")),
        informational=_statuses(value.get("informational")),
        failure=_statuses(value.get("failure")),
        time=text_value(value.get("validationTime")),
    )


def _statuses(group: Any) -> tuple[RecordedStatus, ...]:
    entries = group if isinstance(group, list) else []
    if len(entries) > MAX_STATUSES:
        raise CrJsonError(f"{len(entries)} validation statuses, over the limit of {MAX_STATUSES}")
    return tuple(assertion_content.statuses(entries))
