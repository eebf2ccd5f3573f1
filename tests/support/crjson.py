"""crJSON in tests: the schema that it is held to, and the reference SDK's own document."""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker

_OWN = Path(__file__).with_name("crjson.schema.json")
PUBLISHED = Path(os.environ.get("PROVENANCE_CRJSON_SCHEMA", ""))
"""The published schema, where somebody has a copy: it is no part of this repository."""


@cache
def _validators() -> tuple[Draft202012Validator, ...]:
    files = [_OWN, *([PUBLISHED] if PUBLISHED.is_file() else [])]
    return tuple(
        Draft202012Validator(
            json.loads(f.read_text(encoding="utf-8")), format_checker=FormatChecker()
        )
        for f in files
    )


def faults(document: Any) -> list[str]:
    """What keeps a document from being valid crJSON."""
    return [
        f"{e.json_path}: {e.message[:200]}" for v in _validators() for e in v.iter_errors(document)
    ]
