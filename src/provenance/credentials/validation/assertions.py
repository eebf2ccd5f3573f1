"""Each assertion of a claim: there, sealed, readable, and in its own form (C2PA 2.4, 15.10.3)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from provenance.credentials import jumbf
from provenance.credentials.manifest import HARD_BINDINGS, ClaimList, ContentError, Linkage
from provenance.credentials.validation import session_keys
from provenance.credentials.validation.fault import RuleFault, fault, form

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from provenance.credentials.manifest import Assertion, Manifest
    from provenance.credentials.validation.references import References

    Rule = Callable[[Manifest, Assertion, Any], Iterator[RuleFault]]

_GENERAL = "15.10.3.1"
# What may say how the asset came to be, or what it was made of: one that cannot be read keeps the
# manifest from being known.
_SPEAKING = ("c2pa.actions", "c2pa.ingredient", "c2pa.metadata")
# Whose references have rules of their own (`actions`, `ingredients`, `_preservation`).
_HAS_RULES = ("c2pa.actions", "c2pa.ingredient", "c2pa.alternative-content-representation")
_CONTENTS = frozenset({b"cbor" + jumbf.SUFFIX, b"json" + jumbf.SUFFIX})
_ACTIONS = frozenset({"c2pa.actions", "c2pa.actions.v2"})
_INGREDIENT = "c2pa.ingredient"
# 15.10.3.2.1 and 15.10.3.2.2: what may not be kept elsewhere, and what only the first list has
_BOUND = frozenset(
    {
        *(HARD_BINDINGS - {"c2pa.hash.bmff"}),
        "c2pa.actions.v2",
        "c2pa.cloud-data",
        "c2pa.ingredient",
        "c2pa.ingredient.v2",
        "c2pa.ingredient.v3",
    }
)
_OLD_ACTION = "c2pa.action"
_CLOUD, _EXTERNAL = "cloud-data", "external-reference"  # of the codes of assertions
_ALTERNATIVE = "assertion.alternativeContentRepresentation.malformed"
_OWN_CODES = {
    "hashedURI.mismatch": "assertion.alternativeContentRepresentation.hashMismatch",
    "hashedURI.missing": "assertion.alternativeContentRepresentation.missing",
}


def assertion_faults(manifest: Manifest, references: References) -> Iterator[RuleFault]:
    """Check every assertion that the claim names."""
    preserved = 0
    types = _types(manifest)
    for assertion in manifest.assertions:
        if assertion.linkage is Linkage.REDACTED:
            continue
        yield from _sealed(manifest, assertion)
        declared = types.get(assertion.label, assertion.kind)
        if declared != assertion.kind and assertion.base.startswith("c2pa."):
            message = f"the box says that it holds {declared}, and holds {assertion.kind} content"
            code = f"assertion.{declared}.invalid"
            stops = assertion.base.startswith(_SPEAKING)
            yield form(code, "11.1.4.3", manifest.label, assertion.label, message, stops=stops)
        if assertion.linkage is Linkage.MISSING or not assertion.base.startswith("c2pa."):
            continue
        if assertion.base in HARD_BINDINGS or assertion.kind == "binary":
            continue  # hashes are read where they are compared
        try:
            content = assertion.decode()
        except ContentError as e:
            code = f"assertion.{assertion.kind}.invalid"
            message = f"the content of a standard assertion cannot be read: {e}"
            speaking = assertion.base.startswith(_SPEAKING)
            yield form(code, _GENERAL, manifest.label, assertion.label, message, stops=speaking)
            if assertion.base == "c2pa.time-stamp":
                yield _stamp(manifest, assertion)
            continue
        if (rule := _RULES.get(assertion.base)) is not None:
            yield from rule(manifest, assertion, content)
        if not assertion.base.startswith(_HAS_RULES):
            yield from references.within(manifest, assertion, content)
        if assertion.base == _PRESERVED and _is_preservation(content):
            preserved += 1
            yield from _preservation(manifest, assertion, content, references)
    if preserved > 1:
        message = f"{preserved} original preservation images where one may be"
        yield form(_ALTERNATIVE, "15.10.3.2.7", manifest.label, "", message)


def _types(manifest: Manifest) -> dict[str, str]:
    """Return what the boxes of assertions say that they hold, as far as it is CBOR or JSON."""
    held = manifest.box.child(jumbf.ASSERTION_STORE) if manifest.box is not None else None
    return {
        c.label: c.uuid[:4].decode("ascii")
        for c in (held.children if held is not None else ())
        if c.uuid in _CONTENTS
    }


def _sealed(manifest: Manifest, assertion: Assertion) -> Iterator[RuleFault]:
    """The claim's own reference to the assertion."""
    if assertion.linkage is Linkage.MISSING:
        message = "an assertion that the claim names is not there"
        yield fault("assertion.missing", _GENERAL, manifest.label, assertion.label, message)
    elif assertion.linkage is Linkage.MISMATCH:
        message = "an assertion does not have the hash that was signed"
        code = "assertion.hashedURI.mismatch"
        yield fault(code, _GENERAL, manifest.label, assertion.label, message)
    elif assertion.linkage is Linkage.UNSUPPORTED:
        message = "a hashed URI is made with an algorithm that C2PA does not allow"
        yield fault("algorithm.unsupported", "15.4.4", manifest.label, assertion.label, message)


def _cloud_data(manifest: Manifest, assertion: Assertion, content: Any) -> Iterator[RuleFault]:
    """15.10.3.2.1. What it names is never fetched."""
    section = "15.10.3.2.1"
    held = content if isinstance(content, dict) else {}
    for name in ("label", "size", "location"):
        if name not in held:
            message = f"an assertion that is kept elsewhere has no {name}"
            yield form(
                f"assertion.{_CLOUD}.malformed", section, manifest.label, assertion.label, message
            )
    size = held.get("size", 1)
    if type(size) is not int or size < 1:
        message = "an assertion that is kept elsewhere has no bytes"  # 18.11.2
        yield form(
            f"assertion.{_CLOUD}.malformed", section, manifest.label, assertion.label, message
        )
    label = held.get("label")
    if not isinstance(label, str):
        return
    if label in _BOUND or label == _OLD_ACTION:
        message = f"{label} may not be kept elsewhere"
        yield form(
            f"assertion.{_CLOUD}.hardBinding", section, manifest.label, assertion.label, message
        )
    elif label in _ACTIONS:
        code = "actions" if manifest.is_update else "malformed"
        message = f"{label} may not be kept elsewhere"
        yield form(f"assertion.{_CLOUD}.{code}", section, manifest.label, assertion.label, message)


def _external_reference(
    manifest: Manifest, assertion: Assertion, content: Any
) -> Iterator[RuleFault]:
    """15.10.3.2.2. What it names is never fetched."""
    section, label = "15.10.3.2.2", manifest.label
    location = content.get("location") if isinstance(content, dict) else None
    if not isinstance(location, dict) or not isinstance(location.get("url"), str):
        message = "an external reference does not say where"
        yield form(f"assertion.{_EXTERNAL}.malformed", section, label, assertion.label, message)
        return
    if ("alg" in location) != ("hash" in location):
        message = "an external reference has a hash without an algorithm, or the other way round"
        yield form(f"assertion.{_EXTERNAL}.malformed", section, label, assertion.label, message)
    kind = content.get("label")
    if isinstance(kind, str) and kind in _BOUND | _ACTIONS | {"c2pa.external-reference"}:
        message = f"{kind} may not be kept elsewhere"
        yield form(f"assertion.{_EXTERNAL}.malformed", section, label, assertion.label, message)
    if assertion.part is ClaimList.CREATED:
        message = "an external reference is among what the signer created"
        yield form(f"assertion.{_EXTERNAL}.created", "15.2.2.3", label, assertion.label, message)


def _time_stamp(manifest: Manifest, assertion: Assertion, content: Any) -> Iterator[RuleFault]:
    """15.10.3.2.6. Its tokens are `provenance.signing`'s."""
    if not isinstance(content, dict) or not content:
        yield _stamp(manifest, assertion)


def _metadata(manifest: Manifest, assertion: Assertion, content: Any) -> Iterator[RuleFault]:
    """18.17.2: it is JSON-LD. Which fields it has is not checked (15.10.3.2.4)."""
    if manifest.claim_version > 1 and not (isinstance(content, dict) and "@context" in content):
        message = "metadata without @context: it is not JSON-LD"
        code = "assertion.json.invalid"
        yield form(code, "18.17.2", manifest.label, assertion.label, message)


def _certificate_status(
    manifest: Manifest, assertion: Assertion, content: Any
) -> Iterator[RuleFault]:
    """18.19.3. Its responses are `provenance.signing`'s; real files have them in base64, too."""
    values = content.get("ocspVals") if isinstance(content, dict) else None
    if not (isinstance(values, list | tuple) and all(isinstance(v, bytes | str) for v in values)):
        message = "a certificate status without a list of responses"
        code = "assertion.cbor.invalid"
        yield form(code, "18.19.3", manifest.label, assertion.label, message)


def _session_keys(manifest: Manifest, assertion: Assertion, content: Any) -> Iterator[RuleFault]:
    yield from session_keys.session_key_faults(manifest, assertion, content)


def _live_segment(manifest: Manifest, assertion: Assertion, content: Any) -> Iterator[RuleFault]:
    """The place of a segment in its stream hangs on the segment before it, which is not here."""
    del content
    message = "a segment of live video: that it follows the one before it was not checked"
    yield form(
        "livevideo.not_checked", "19.7.2", manifest.label, assertion.label, message, stops=True
    )


def _stamp(manifest: Manifest, assertion: Assertion) -> RuleFault:
    message = "a time-stamp assertion without a time-stamp"
    code = "assertion.timestamp.malformed"
    return form(code, "15.10.3.2.6", manifest.label, assertion.label, message)


_PRESERVED = "c2pa.alternative-content-representation"


def _is_preservation(content: Any) -> bool:
    return isinstance(content, dict) and content.get("type") == "exif.originalPreservationImage"


def _preservation(
    manifest: Manifest, assertion: Assertion, content: dict[Any, Any], references: References
) -> Iterator[RuleFault]:
    """15.10.3.2.7: one of two places, and a part that exists or a hash that fits."""
    section, label = "15.10.3.2.7", manifest.label
    given = content.get("parameters", content)
    held = given if isinstance(given, dict) else {}
    index, embedded = held.get("multiAssetPartIndex"), held.get("embeddedOriginalPreservationImage")
    if (index is None) == (embedded is None):
        message = "an original preservation image is in one place; this one names none or two"
        yield form(_ALTERNATIVE, section, label, assertion.label, message)
    elif index is not None:
        if type(index) is not int or not 0 <= index < _parts(manifest):
            message = "an original preservation image is in a part that no multi-asset hash has"
            yield form(_ALTERNATIVE, section, label, assertion.label, message)
    elif not isinstance(embedded, dict) or not isinstance(embedded.get("hash"), bytes):
        message = "an original preservation image is embedded without its hash"
        yield form(_ALTERNATIVE, section, label, assertion.label, message)
    else:
        for fault in references.check(manifest, assertion.label, embedded):
            yield replace(fault, code=_OWN_CODES.get(fault.code, fault.code), section=section)


def _parts(manifest: Manifest) -> int:
    """Return how many parts the multi-asset hash has; none where there is none to read."""
    for assertion in manifest.named("c2pa.hash.multi-asset"):
        try:
            content = assertion.decode()
        except ContentError:
            continue
        parts = content.get("parts") if isinstance(content, dict) else None
        return len(parts) if isinstance(parts, list | tuple) else 0
    return 0


_RULES: dict[str, Rule] = {
    "c2pa.certificate-status": _certificate_status,
    "c2pa.cloud-data": _cloud_data,
    "c2pa.external-reference": _external_reference,
    "c2pa.livevideo.segment": _live_segment,
    "c2pa.metadata": _metadata,
    "c2pa.session-keys": _session_keys,
    "c2pa.time-stamp": _time_stamp,
}
