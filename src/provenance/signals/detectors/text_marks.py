"""Lines that one generator writes, wherever text may be."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from provenance.base.terms import Origin
from provenance.media.metadata.field import Source
from provenance.signals.detector import Marker
from provenance.signals.detectors._index import Index, Indexed, trimmed
from provenance.signals.detectors.tables import table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance.base.finding import Finding

_MAX = 512  # characters of a value that may be such a line


class TextMarks(Indexed):
    """A whole value of a stated form, with an id in it: `made with suno; created=...; id=<uuid>`.

    The forms are rows of `textmarks.json`, each with its source. A sentence that mentions the
    generator has not the form.
    """

    name = "text.mark"
    source = "docs/generators.md, for each line"
    wants = frozenset()

    def __init__(self) -> None:
        self.reads = tuple(sorted(Source))

    def idle(self, index: Index) -> bool:
        """Tell whether there is no text."""
        return not index.texts

    def find(self, index: Index) -> Iterator[Marker | Finding]:
        """Yield a marker for each value of one of the forms."""
        for field in index.texts:
            value = field.value
            if len(value) > _MAX:
                continue
            for row in table("textmarks")["marks"]:
                if row["hint"] not in value:
                    continue
                fields = row.get("fields")
                if fields and f"{field.source.value}:{field.key.partition(':')[0]}" not in fields:
                    continue
                if _pattern(row["pattern"]).fullmatch(trimmed(value)):
                    yield Marker(
                        Origin.AI_GENERATED,
                        row["says"],
                        field,
                        vendor=row.get("vendor"),
                        product=row["product"],
                    )
                    break


@cache
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.DOTALL)
