"""The shared folder of real files, which is not part of the repository: found, or said missing."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

_ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("PROVENANCE_SHARED") or _ROOT.parent / "shared")
CORPUS = SHARED / "corpus"
REASON = "the shared folder of real files is not there (set PROVENANCE_SHARED)"

needs_corpus = [
    pytest.mark.corpus,
    pytest.mark.skipif(not (CORPUS / "index.json").is_file(), reason=REASON),
]
"""For `pytestmark`: skips, with the reason, where the folder is missing."""


def index() -> list[dict[str, Any]]:
    """What is known of each real file; empty where the folder is missing."""
    return _read("index.json", [])


def rubrics() -> dict[str, dict[str, Any]]:
    """What the official rubric evaluator says of each real file; empty where it is missing."""
    return _read("official-rubrics.json", {})


def _read(name: str, default: Any) -> Any:
    path = CORPUS / name
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else default
