"""The base document of the rules' examples: one manifest that conforms, as small as it can be.

An example is a merge patch (RFC 7396) to its one manifest: an object is merged key by key, null
takes a key away, anything else replaces what stood there.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from provenance.credentials.ai_disclosure import LABEL as DISCLOSURE
from provenance.linting.crjson.json_values import encoded
from provenance.linting.profiles import AI_DISCLOSURE, TEXT
from provenance.signals.source_types import IPTC

if TYPE_CHECKING:
    from provenance.linting.rule import RuleProfile

LABEL = "urn:c2pa:00000000-0000-4000-8000-000000000001"
PARENT = "urn:c2pa:00000000-0000-4000-8000-000000000002"
AI = IPTC + "trainedAlgorithmicMedia"
TIME = "2026-06-01T00:00:00Z"
HASH = encoded(bytes(32))
_SIGNATURE = f"self#jumbf=/c2pa/{LABEL}/c2pa.signature"


def reference(label: str, manifest: str = "") -> dict[str, str]:
    """Return a hashed URI to an assertion of the example's manifest, or to a manifest."""
    url = f"self#jumbf=/c2pa/{manifest}" if manifest else f"self#jumbf=c2pa.assertions/{label}"
    return {"url": url, "hash": HASH}


def failure(code: str) -> dict[str, Any]:
    """Return a patch that adds one failed validation status."""
    return {"validationResults": {"failure": [{"code": code, "url": _SIGNATURE}]}}


def created(**more: Any) -> dict[str, Any]:
    """Return a `c2pa.created` action; None takes a key away."""
    action = {
        "action": "c2pa.created",
        "digitalSourceType": AI,
        "softwareAgent": {"name": "Example Model", "version": "2"},
        "when": TIME,
    }
    return {k: v for k, v in (action | more).items() if v is not None}


def actions(*entries: dict[str, Any]) -> dict[str, Any]:
    """Return a patch that replaces the actions."""
    return {"assertions": {"c2pa.actions.v2": {"actions": list(entries)}}}


def _certificate(serial: str, names: tuple[str, str], until: str) -> dict[str, Any]:
    """Return what is said of a certificate; `names` are those of its issuer and its subject."""
    issuer, subject = names
    return {
        "serialNumber": serial,
        "issuer": {"CN": issuer, "O": "Example"},
        "subject": {"CN": subject, "O": "Example"},
        "validity": {"notBefore": "2026-01-01T00:00:00Z", "notAfter": until},
    }


_SIGNER = ("Example Issuing CA", "Example Generator")
_AUTHORITY = ("Example Time-Stamp CA", "Example Time-Stamp Authority")


def manifest(spec: str = "2.4") -> dict[str, Any]:
    """Return the base manifest; `spec` is the version of the specification that it names."""
    return {
        "label": LABEL,
        "claim.v2": {
            "instanceID": "xmp:iid:00000000-0000-4000-8000-000000000001",
            "claim_generator_info": {
                "name": "Example Generator",
                "version": "1.0.0",
                "specVersion": f"{spec}.0",
            },
            "signature": _SIGNATURE,
            "created_assertions": [reference("c2pa.actions.v2"), reference("c2pa.hash.data")],
            "gathered_assertions": [],
            "redacted_assertions": [],
            "alg": "sha256",
        },
        "assertions": {
            "c2pa.actions.v2": {"actions": [created()], "allActionsIncluded": True},
            "c2pa.hash.data": {
                "alg": "sha256",
                "exclusions": [{"start": 33, "length": 8192}],
                "hash": HASH,
                "pad": "b64'",
            },
        },
        "signature": {
            "algorithm": "ES256",
            "certificateInfo": _certificate("1", _SIGNER, "2027-01-01T00:00:00Z"),
            "timeStampInfo": {
                "timestamp": TIME,
                "certificateInfo": _certificate("2", _AUTHORITY, "2036-01-01T00:00:00Z"),
            },
        },
        "validationResults": {
            "success": [
                {"code": "assertion.dataHash.match"},
                {"code": "claimSignature.insideValidity", "url": _SIGNATURE},
                {"code": "claimSignature.validated", "url": _SIGNATURE},
                {"code": "signingCredential.trusted", "url": _SIGNATURE},
                {"code": "timeStamp.trusted", "url": _SIGNATURE},
            ],
            "informational": [],
            "failure": [],
            "specVersion": f"{spec}.0",
            "validationTime": TIME,
        },
    }


def merged(base: Any, patch: Any) -> Any:
    """Apply a merge patch (RFC 7396); neither argument is changed."""
    if not isinstance(patch, Mapping):
        return copy.deepcopy(patch)
    target = dict(base) if isinstance(base, Mapping) else {}
    for key, value in patch.items():
        if value is None:
            target.pop(key, None)
        else:
            target[key] = merged(target.get(key), value)
    return target


def example_document(patch: Mapping[str, Any], profile: RuleProfile) -> dict[str, Any]:
    """Return a crJSON document: the base manifest for a profile, changed by a patch.

    The profile of an optional assertion has that assertion in its base, the one of text a type.
    """
    base = manifest(profile.spec_text or "2.4")
    if profile.name == AI_DISCLOSURE:
        base["claim.v2"]["created_assertions"].append(reference(DISCLOSURE))
        base["assertions"][DISCLOSURE] = {
            "modelType": "c2pa.types.model.pytorch",
            "modelName": "Example Model 2",
            "contentProfile": {"humanOversightLevel": "prompt_guided"},
            "scientificDomain": ["cs.AI", "physics.optics"],
        }
    if profile.name == TEXT:
        (first,) = base["assertions"]["c2pa.actions.v2"]["actions"]
        first["parameters"] = {"dc:format": "text/plain"}
    return {
        "@context": {"@vocab": "https://c2pa.org/crjson/"},
        "jsonGenerator": {"name": "example", "version": "1.0.0"},
        "manifests": [merged(base, patch)],
    }
