"""The JSON Schemas of our records (draft 2020-12), kept in the package."""

from __future__ import annotations

from pathlib import Path


def text(name: str = "report") -> str:
    """Return a schema as it is published: `report` or `recovery`."""
    return Path(__file__).with_name(f"{name}.schema.json").read_text(encoding="utf-8")
