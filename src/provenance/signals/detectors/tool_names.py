"""Generators that put their own name where the camera or the program is named."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from provenance.base.terms import Origin
from provenance.base.values import dataclass
from provenance.signals.detector import Marker
from provenance.signals.detectors._index import Index, Indexed, Key, short, trimmed, wanted
from provenance.signals.detectors.tables import SOURCES, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance.base.finding import Finding

_GIVEN = frozenset({"img2img", "i2i", "redux"})
_EDITS = frozenset({"fill", "inpaint", "kontext", "edit", "ti2i"})
"""Modes that FLUX's own scripts name in Software: `AI generated;<mode>;flux`."""
_MAX_NAME = 256  # characters of a value that is compared


class ToolNames(Indexed):
    """A field that says what wrote the file, with the name of a generator.

    The names are rows of `names.json`, each with its source: exact, with a version behind it, or
    with a stated beginning; some count in one field only. The same words in a caption, a keyword
    or a title are words.
    """

    name = "vendor.name"
    source = "docs/generators.md, for each name"
    form = True

    def __init__(self) -> None:
        self.wants = _fields()
        super().__init__()

    def find(self, index: Index) -> Iterator[Marker | Finding]:
        """Yield a marker for each field that is a generator's name."""
        for source, key in sorted(self.wants & index.present):
            for field in index.get(source, key):
                value = trimmed(field.value)
                row = known(value, f"{source.value}:{key}") or (
                    known(value, f"{source.value}:{field.key}") if key != field.key else None
                )
                if row is None:
                    continue
                says = f'{key} is "{value}"' if len(value) <= 80 else f"{key} names a generator"
                model = index.text(source, row["model_key"]) if "model_key" in row else ""
                if row.get("model_value"):
                    model = value
                modes = set(value.casefold().split(";"))
                edits = not _EDITS.isdisjoint(modes)
                yield Marker(
                    Origin.AI_MODIFIED if edits else Origin(row.get("origin", "ai_generated")),
                    says,
                    field,
                    vendor=row.get("vendor"),
                    product=row["product"],
                    model=short(model, 128),
                    whole=not edits,
                    from_input=edits or not _GIVEN.isdisjoint(modes),
                )


def known(value: str, place: str | None = None) -> dict[str, Any] | None:
    """Return the row of a name, in a place (`exif:Software`) or wherever it may be."""
    value = trimmed(value)[:_MAX_NAME]
    names = _names()
    row = names.exact.get(value)
    if row is None:
        row = next(
            (r for begin, r in names.begins if value.startswith(begin) and _follows(r, value)), None
        )
        if row is None:
            return None
    only = row.get("only")
    if place is None:
        return None if only else row
    return row if place in (only or _general()) else None


def is_maker(value: str) -> bool:
    """Tell whether a value of EXIF Make is a generator's name, and no maker of cameras."""
    return known(value, "exif:Make") is not None


def _follows(row: dict[str, Any], value: str) -> bool:
    """Tell whether what is after a name is what its row allows."""
    rest = value[len(row["name"]) :]
    if row["match"] == "prefix":
        return row.get("has", "") in rest
    # a version: a blank or slash, perhaps a `v`, a digit
    if rest[:1] not in (" ", "/"):
        return False
    return rest[1:].lstrip("vV")[:1].isdigit()


@dataclass(frozen=True, slots=True)
class _NameTable:
    exact: dict[str, dict[str, Any]]
    begins: tuple[tuple[str, dict[str, Any]], ...]


@cache
def _names() -> _NameTable:
    rows = table("names")["names"]
    exact = {r["name"]: r for r in rows if r["match"] != "prefix"}
    begins = [(r["name"], r) for r in rows if r["match"] != "exact"]
    begins.sort(key=lambda item: -len(item[0]))
    return _NameTable(exact, tuple(begins))


@cache
def _general() -> frozenset[str]:
    """Return the places that name a program, whichever: a row's own place is not one of them."""
    data: dict[str, list[str]] = table("names")["fields"]
    return frozenset(f"{source}:{key}" for source, keys in data.items() for key in keys)


@cache
def _fields() -> frozenset[Key]:
    data = table("names")
    fields: set[Key] = set()
    for source, keys in data["fields"].items():
        fields |= wanted(SOURCES[source], *keys)
    for row in data["names"]:
        for place in row.get("only", ()):
            source, _, key = place.partition(":")
            fields |= wanted(SOURCES[source], key)
    return frozenset(fields)
