"""The JSON Schemas of machine formats (draft 2020-12), kept in the package."""

from __future__ import annotations

from pathlib import Path

NAMES = ("report", "lint", "recovery")


def schema_text(name: str = "report") -> str:
    """Return a schema as it is published: of `report`, of `lint`, or of `recovery`."""
    return Path(__file__).with_name(f"{name}.schema.json").read_text(encoding="utf-8")
