"""crJSON in tests: the schemas that it is held to, written for these tests from their facts."""

from __future__ import annotations

import copy
import json
import os
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker

from provenance.linting.crjson import standard_codes

_OWN = Path(__file__).with_name("crjson.schema.json")
PUBLISHED = Path(os.environ.get("PROVENANCE_CRJSON_SCHEMA", ""))
"""The schema published with 2.4, where somebody has a copy: it is no part of this repository."""


def _newer() -> dict[str, Any]:
    """What the schema of 2.5 says otherwise than that of 2.4.

    Two flags of a manifest are demanded, results may name trust lists, byte strings end with an
    apostrophe, and what two kinds of assertions may hold is closed.
    """
    made = copy.deepcopy(json.loads(_OWN.read_text(encoding="utf-8")))
    definitions = made["$defs"]
    flags = ("isUpdateManifest", "isCompressedManifest")
    manifest = definitions["manifest"]
    manifest["required"] += flags
    manifest["properties"] |= {flag: {"type": "boolean"} for flag in flags}
    manifest["properties"]["assertions"] = {
        "type": "object",
        "properties": {
            "c2pa.hash.data": {"$ref": "#/$defs/dataHash"},
            "c2pa.thumbnail.claim.jpeg": {"$ref": "#/$defs/thumbnail"},
        },
        "patternProperties": {"^c2pa\\.thumbnail\\.ingredient": {"$ref": "#/$defs/thumbnail"}},
    }
    claim = definitions["claim2"]
    claim["required"] += ["gathered_assertions", "redacted_assertions"]
    definitions["reference"]["properties"]["hash"]["pattern"] = "^b64'[A-Za-z0-9+/]*=*'$"
    definitions["dataHash"] = {
        "type": "object",
        "required": ["hash", "pad"],
        "additionalProperties": False,
        "properties": {
            **{name: {"type": "string"} for name in ("alg", "hash", "pad", "pad2", "name")},
            "exclusions": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["start", "length"],
                    "properties": {n: {"type": "integer"} for n in ("start", "length")},
                },
            },
        },
    }
    definitions["thumbnail"] = {
        "type": "object",
        "additionalProperties": False,
        "properties": {"thumbnailType": {"type": "integer"}, "mimeType": {"type": "string"}},
    }
    definitions["results"]["properties"]["trustListUris"] = {
        "type": "array",
        "minItems": 1,
        "items": {
            "type": "object",
            "required": ["uri", "type"],
            "additionalProperties": False,
            "properties": {
                "uri": {"type": "string", "format": "uri"},
                "type": {"type": "string", "pattern": r"([\da-zA-Z_-]+\.)+[\da-zA-Z_-]+"},
                "identifier": {"type": "string"},
            },
        },
    }
    return made


@cache
def _validators(form: str) -> tuple[Draft202012Validator, ...]:
    if form == "2.5":
        schemas = [_newer()]
    else:
        files = [_OWN, *([PUBLISHED] if PUBLISHED.is_file() else [])]
        schemas = [json.loads(f.read_text(encoding="utf-8")) for f in files]
    return tuple(Draft202012Validator(s, format_checker=FormatChecker()) for s in schemas)


def faults(document: Any, form: str = "2.4") -> list[str]:
    """What keeps a document from being valid crJSON of a version of the specification."""
    return [
        f"{e.json_path}: {e.message[:200]}"
        for v in _validators(str(form))
        for e in v.iter_errors(document)
    ]


def other_codes(document: Any) -> set[str]:
    """Return the codes of a document that the standard does not have in their group."""
    lists = {
        "success": standard_codes.SUCCESS,
        "informational": standard_codes.INFORMATIONAL,
        "failure": standard_codes.FAILURE,
    }
    found = set()
    for manifest in document["manifests"]:
        deltas = [d["validationDeltas"] for d in manifest.get("ingredientDeltas", ())]
        for groups in (manifest["validationResults"], *deltas):
            for name, codes in lists.items():
                found |= {status["code"] for status in groups[name]} - codes
    return found
