"""Generators that write their settings under keys of their own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from provenance.base.terms import Origin
from provenance.signals.detector import Marker
from provenance.signals.detectors._index import Index, Indexed, short, trimmed, wanted
from provenance.signals.detectors.tables import SOURCES, is_sampler, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance.base.finding import Finding
    from provenance.media.metadata.field import Field, Source

_UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_MAX = 256  # characters of a value that is a number or a name
_HEAD = 64 * 1024  # characters of a value in which words are looked for


class KeySets(Indexed):
    """A set of keys that stand together, each with a value of its kind.

    The sets are rows of `keysets.json`, each with its source. One of the keys alone says nothing,
    unless only one program writes it and its value is of that program's form.
    """

    name = "settings.keys"
    source = "docs/generators.md, for each set"

    def __init__(self) -> None:
        rows = table("keysets")["sets"]
        self.wants = frozenset().union(
            *(wanted(SOURCES[r["source_kind"]], next(iter(r["needs"]))) for r in rows)
        )
        self._rows = [(wanted(SOURCES[r["source_kind"]], *r["needs"]), r) for r in rows]
        super().__init__()

    def find(self, index: Index) -> Iterator[Marker | Finding]:
        """Yield a marker for each set that is there."""
        for keys, row in self._rows:
            if not keys <= index.present:
                continue
            source = SOURCES[row["source_kind"]]
            fields = [_fitting(index, source, key, t) for key, t in row["needs"].items()]
            there = [field for field in fields if field is not None]
            if len(there) < len(fields):
                continue
            first = there[0]
            if row["source_kind"] == "text":  # else the other fields are no settings
                index.claim(*there[1:])
            model = index.text(source, row["model"]) if "model" in row else ""
            given = "always_given" in row or any(
                index.text(source, key) for key in row.get("given", ())
            )
            origin = Origin(row.get("origin", "ai_generated"))
            yield Marker(
                origin,
                row["says"],
                first,
                vendor=row.get("vendor"),
                product=row["product"],
                model=short(model, 128),
                whole=origin is not Origin.AI_MODIFIED,
                from_input=given,
            )


def _fitting(index: Index, source: Source, key: str, test: str) -> Field | None:
    return next((f for f in index.get(source, key) if _passes(trimmed(f.value), test)), None)


def _passes(value: str, test: str) -> bool:
    kind, _, more = test.partition(":")
    match kind:
        case "text":
            return bool(value)
        case "whole":
            return value.isascii() and value.isdigit() and len(value) < 24
        case "number":
            return value.replace(".", "", 1).isdigit() and len(value) < 24
        case "sampler":
            return len(value) < _MAX and is_sampler(value)
        case "is":
            return value == more
        case "in":
            return value in more.split("|")
        case "uuid":
            return _UUID.fullmatch(value) is not None
        case "begins":
            return value.startswith(more)
        case _:  # "has"
            return all(word in value[:_HEAD] for word in more.split("&"))
