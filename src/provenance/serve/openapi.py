"""The description of the API (OpenAPI 3.1), from the schema that `provenance schema` prints."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from provenance.base.options import CrossCheck
from provenance.base.version import VERSION
from provenance.render import schemas
from provenance.serve.parameters import MAX_NAME
from provenance.verdict.comparison import Facet, Fate
from provenance.verdict.preservation import TEXTS, PreservationOutcome

if TYPE_CHECKING:
    from provenance.serve.service_settings import ServiceSettings

_PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "additionalProperties": False,
    "properties": {
        "type": {"const": "about:blank"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
    },
}
_TEXTS = {"type": "array", "items": {"type": "string"}}
_PATH = {
    "type": "object",
    "required": ["path"],
    "properties": {"path": {"type": "string"}, "path_bytes": {"type": "string"}},
    "additionalProperties": False,
}
_COMPARISON = {
    "type": "object",
    "required": ["schema_version", "before", "after", "error", "lost", "facets", "rules"],
    "additionalProperties": False,
    "properties": {
        "schema_version": {"type": "string"},
        "before": _PATH,
        "after": _PATH,
        "error": {"type": ["string", "null"]},
        "lost": {"type": "array", "items": {"enum": [facet.value for facet in Facet]}},
        "facets": {
            "type": "object",
            "propertyNames": {"enum": [facet.value for facet in Facet]},
            "additionalProperties": {
                "type": "object",
                "required": ["fate", "before", "after", "note"],
                "additionalProperties": False,
                "properties": {
                    "fate": {"enum": [fate.value for fate in Fate]},
                    "before": _TEXTS,
                    "after": _TEXTS,
                    "note": {"type": "string"},
                },
            },
        },
        "rules": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["name", "section", "since", "asks", "outcome", "lost"],
                "additionalProperties": False,
                "properties": {
                    "name": {"enum": [text.name for text in TEXTS]},
                    "section": {"type": "string"},
                    "since": {"type": "string"},
                    "asks": {"type": "string"},
                    "outcome": {"enum": [outcome.value for outcome in PreservationOutcome]},
                    "lost": {"type": "array", "items": {"enum": [facet.value for facet in Facet]}},
                },
            },
        },
    },
}
_CODE = {
    "type": "object",
    "required": ["code", "kind", "severities", "means", "to_do"],
    "properties": {
        "code": {"type": "string"},
        "kind": {"type": "string"},
        "severities": _TEXTS,
        "means": {"type": "string"},
        "to_do": {"type": "string"},
        "section": {"type": ["string", "null"]},
        "since": {"type": ["string", "null"]},
    },
}
_ENVELOPE = {
    "type": "object",
    "required": ["payload", "payloadType", "signatures"],
    "properties": {
        "payload": {"type": "string", "contentEncoding": "base64"},
        "payloadType": {"const": "application/vnd.in-toto+json"},
        "signatures": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["keyid", "sig"],
                "properties": {"keyid": {"type": "string"}, "sig": {"type": "string"}},
            },
        },
    },
}
_STATUS = {
    "type": "object",
    "required": ["status"],
    "properties": {"status": {"enum": ["ok", "ready"]}},
    "additionalProperties": False,
}
_BYTES = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
_REFUSALS = {
    400: "A parameter or the body is not as it must be.",
    401: "A token is wanted.",
    403: "Asked by a page of another site, or for what this service does not show.",
    404: "Not found.",
    405: "Not a method of this address.",
    408: "The body came too slowly.",
    413: "The body is too large.",
    415: "The body is a form.",
    421: "Not a name of this service.",
    422: "There is nothing that could be signed.",
    429: "Too much is in hand at this time: ask again after Retry-After seconds.",
    503: "The service is ending, or no worker can be started.",
}
_EVERYWHERE = (401, 403, 405, 421)


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _query(name: str, of: dict[str, Any], says: str, *, required: bool = False) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": required, "description": says, "schema": of}


def _json(says: str, of: dict[str, Any]) -> dict[str, Any]:
    return {"description": says, "content": {"application/json": {"schema": of}}}


def _check(name: str, says: str, *statuses: int) -> dict[str, Any]:
    return {
        "operationId": name,
        "summary": says,
        "security": [],
        "responses": {"200": _json("It is.", _STATUS), **_refusals(*statuses)},
    }


def _refusal(says: str) -> dict[str, Any]:
    return {
        "description": says,
        "content": {"application/problem+json": {"schema": _ref("problem")}},
    }


def _refusals(*statuses: int) -> dict[str, Any]:
    in_order = sorted({*statuses, *_EVERYWHERE})
    return {str(status): {"$ref": f"#/components/responses/{status}"} for status in in_order}


_NAME = {"type": "string", "maxLength": MAX_NAME, "pattern": r"^[^\u0000]*$"}
_ARCHIVES = _query("archives", {"type": "boolean"}, "Open archives: the answer is an array.")
_RECORD = {"anyOf": [_ref("report"), {"type": "array", "items": _ref("report")}]}
_BODY = {"required": True, "content": _BYTES}
_SENT = (400, 408, 413, 415, 422, 429, 503)
_PAGE = {"type": "object", "required": ["files", "signed"]}
# Questions about files (POST), each with the parameters that not all of them take.
_QUESTIONS: dict[str, dict[str, Any]] = {
    "/v1/verify": {
        "operationId": "verify",
        "summary": "Tell where the file says it came from that is the body.",
        "parameters": [
            _ARCHIVES,
            _query("name", _NAME, "What the file is called: it is in the record."),
            _query("signed", {"type": "boolean"}, "Answer with a signed result."),
            _query("view", {"enum": ["page"]}, "What the page shows, as well."),
        ],
        "requestBody": _BODY,
        "responses": {
            "200": {
                "description": "The record; with `archives` one for each file in it, the"
                " file itself last; with `signed` an envelope (DSSE).",
                "content": {
                    "application/json": {"schema": {"anyOf": [*_RECORD["anyOf"], _PAGE]}},
                    "application/vnd.dsse.envelope.v1+json": {"schema": _ref("envelope")},
                },
            },
            **_refusals(*_SENT),
        },
    },
    "/v1/verify-reference": {
        "operationId": "verifyReference",
        "summary": "Tell where a file below a configured folder says it came from.",
        "parameters": [_ARCHIVES],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {
                        "type": "object",
                        "required": ["root", "name"],
                        "additionalProperties": False,
                        "properties": {
                            "root": {"type": "string"},
                            "name": {"type": "string"},
                        },
                    }
                }
            },
        },
        "responses": {"200": _json("The record.", _RECORD), **_refusals(*_SENT, 404)},
    },
    "/v1/compare": {
        "operationId": "compare",
        "summary": "Say what became of the evidence of a file: two files in one body.",
        "parameters": [
            _query(
                "before_size",
                {"type": "integer", "minimum": 0, "maximum": 10**15 - 1},
                "How many bytes of the body are the file before; the rest is that after.",
                required=True,
            ),
            _query("before_name", _NAME, "What the file before is called."),
            _query("after_name", _NAME, "What the file after is called."),
            _query(
                "rules",
                {"type": "array", "items": {"enum": [text.name for text in TEXTS]}},
                "What a law or a code says of removing provenance data.",
            ),
        ],
        "requestBody": _BODY,
        "responses": {
            "200": _json("What was kept, changed, lost or added.", _ref("comparison")),
            **_refusals(*_SENT),
        },
    },
}
_LOOK_UPS: dict[str, dict[str, Any]] = {
    "/v1/explain/{code}": {
        "get": {
            "operationId": "explain",
            "summary": "Say what a code means, and what to do about it.",
            "parameters": [
                {
                    "name": "code",
                    "in": "path",
                    "required": True,
                    "schema": {"type": "string", "minLength": 1},
                }
            ],
            "responses": {
                "200": _json(
                    "Its meanings.",
                    {
                        "type": "object",
                        "required": ["schema_version", "codes"],
                        "properties": {"codes": {"type": "array", "items": _CODE}},
                    },
                ),
                **_refusals(400, 404),
            },
        }
    },
    "/v1/trust": {
        "get": {
            "operationId": "trust",
            "summary": "The trust lists in force.",
            "responses": {
                "200": _json(
                    "The lists, as in each record.",
                    {
                        "type": "object",
                        "required": ["lists"],
                        "properties": {"lists": _ref("environment/properties/trust_lists")},
                    },
                ),
                **_refusals(400),
            },
        }
    },
    "/v1/service": {
        "get": {
            "operationId": "service",
            "summary": "What this service offers.",
            "security": [],
            "responses": {
                "200": _json("What it offers.", {"type": "object"}),
                **_refusals(400),
            },
        }
    },
    "/healthz": {"get": _check("health", "Whether the service is there.")},
    "/readyz": {"get": _check("ready", "Whether it answers questions about files.", 503)},
    "/metrics": {
        "get": {
            "operationId": "metrics",
            "summary": "Counters, for Prometheus.",
            "responses": {
                "200": {
                    "description": "The counters.",
                    "content": {"text/plain": {"schema": {"type": "string"}}},
                },
                **_refusals(),
            },
        }
    },
}


def openapi_text(settings: ServiceSettings) -> str:
    """Return the description as JSON."""
    return json.dumps(openapi_document(settings))


def openapi_document(settings: ServiceSettings) -> dict[str, Any]:
    """Return the description of one service: its policies, and whether it wants a token."""
    report = json.loads(schemas.schema_text())
    components = {name: _moved(schema) for name, schema in report.pop("$defs").items()}
    report = {name: value for name, value in report.items() if name not in {"$schema", "$id"}}
    components |= {
        "report": _moved(report),
        "comparison": _COMPARISON,
        "problem": _PROBLEM,
        "envelope": _ENVELOPE,
    }
    document: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {
            "title": "provenance",
            "version": VERSION,
            "description": "Tells where media files say they came from. Answers are the records of"
            " `provenance verify`; errors are problem details (RFC 9457).",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": _paths(settings),
        "components": {
            "schemas": components,
            "responses": {str(status): _refusal(says) for status, says in _REFUSALS.items()},
        },
    }
    if settings.callers.token is not None:
        document["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        document["security"] = [{"token": []}]
    return document


def _paths(settings: ServiceSettings) -> dict[str, Any]:
    common = [
        _query("at", {"type": "string", "format": "date-time"}, "Validation time instead of now."),
        _query("policy", {"enum": list(settings.task.policies)}, "What flags a file."),
        _query("cross_check", {"enum": list(CrossCheck)}, "When the C2PA SDK is asked as well."),
        _query("personal_data", {"type": "boolean"}, "Show titles and descriptions."),
    ]
    questions = {
        path: {"post": {**asked, "parameters": [*common, *asked["parameters"]]}}
        for path, asked in _QUESTIONS.items()
    }
    return {**questions, **_LOOK_UPS}


def _moved(value: Any) -> Any:
    """Return a schema whose references lead to the components of the description."""
    if isinstance(value, dict):
        return {
            name: part.replace("#/$defs/", "#/components/schemas/")
            if name == "$ref" and isinstance(part, str)
            else _moved(part)
            for name, part in value.items()
        }
    return [_moved(part) for part in value] if isinstance(value, list) else value
