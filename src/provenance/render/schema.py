"""The JSON Schema of a report (draft 2020-12), kept in the package."""

from __future__ import annotations

from pathlib import Path

_FILE = Path(__file__).with_name("report.schema.json")


def text() -> str:
    """Return the schema as it is published."""
    return _FILE.read_text(encoding="utf-8")
