"""One look at the fields of an asset, shared by all built-in detectors.

An asset has up to 10,000 fields and there are some twenty detectors: each field is sorted in once,
and a detector none of whose keys is there is not even called. What costs (parsing JSON) is bounded
for the asset as a whole, and done once for each value.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from provenance.base.finding import Finding, warning
from provenance.base.json_text import Json, JsonError, parse_json, parse_unique
from provenance.media.metadata.field import MAX_JSON, Source
from provenance.signals.detectors.json_forms import leading_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance.media.metadata.field import Field, Metadata
    from provenance.signals.detector import Marker

ANY = "*"
"""Stands in `Indexed.wants` for every key of a source."""
MAX_FIELDS_OF_A_KEY = 10_000
"""Fields with one key that are judged: all that are read of one asset. A value may come after any
number of others of its list."""
MAX_PARSED = 2 * MAX_JSON
"""Characters of JSON that are parsed for one asset: a graph and a drawing, both large."""
MAX_TEXT = 2 << 20
"""Characters of text that are taken apart for settings in one asset."""
LEAST = 16
"""Characters of the shortest value that any form fits into."""

_FOLDED = frozenset({Source.VORBIS, Source.EBML, Source.TAGS})
"""Keys compare without case: Vorbis comments (RFC 9639, 8.6) and APEv2 items, and Matroska tags as
writers do."""

Key = tuple[Source, str]


class Index:
    """The fields of one asset by source and key, in file order."""

    def __init__(self, metadata: Metadata) -> None:
        self.media_type = metadata.media_type
        self.findings: list[Finding] = []
        self.claimed: set[int] = set()
        self._fields = metadata.fields
        self._by_key: dict[Key, list[tuple[int, Field]]] = {}
        self._parsed: dict[str, Json] = {}
        self._begun: dict[str, tuple[Json, bool]] = {}
        self._left = MAX_PARSED
        self._text_left = MAX_TEXT
        by_key = self._by_key
        self.texts: list[Field] = []
        for position, field in enumerate(metadata.fields):
            by_key.setdefault(_key(field.source, field.key), []).append((position, field))
            if len(field.value) >= LEAST:
                self.texts.append(field)
        self.present = frozenset(by_key) | {(source, ANY) for source, _ in by_key}

    def get(self, source: Source, *keys: str) -> tuple[Field, ...]:
        """Return the fields of a source with one of these keys, in file order.

        Of each key, the first `MAX_FIELDS_OF_A_KEY`; that there are more is a finding.
        """
        placed: list[tuple[int, Field]] = []
        for key in keys:
            fields = self._by_key.get(_key(source, key), [])
            if len(fields) > MAX_FIELDS_OF_A_KEY:
                self._note(f"{source.value} {key}: only {MAX_FIELDS_OF_A_KEY} fields were judged")
                fields = fields[:MAX_FIELDS_OF_A_KEY]
            placed += fields
        return tuple(field for _, field in sorted(placed, key=lambda item: item[0]))

    def every(self, source: Source) -> Iterator[Field]:
        """Yield all fields of a source, in file order and without a bound."""
        return (field for field in self._fields if field.source is source)

    def text(self, source: Source, key: str) -> str:
        """Return the value of the first field with this key, trimmed; "" where there is none."""
        fields = self._by_key.get((source, key))
        return trimmed(fields[0][1].value) if fields else ""

    def object(self, text: str) -> dict[str, Json] | None:
        """Parse a JSON object; None where the text is not one, or the asset's bound is used up."""
        if not text.lstrip(" \t\r\n\0\ufeff").startswith("{"):
            return None
        if text in self._parsed:
            value = self._parsed[text]
            return value if isinstance(value, dict) else None
        try:
            value = parse_json(text) if self._afford(text) else None
        except JsonError:
            value = None
        self._parsed[text] = value
        return value if isinstance(value, dict) else None

    def json(self, text: str) -> tuple[Json, bool]:
        """Return (the JSON value that a text begins with, whether all of it could be read)."""
        parsed = self._begun.get(text)
        if parsed is None:
            parsed = self._begun[text] = leading_json(text) if self._afford(text) else (None, False)
        return parsed

    def claim(self, *fields: Field) -> None:
        """Say that fields were judged as parts of a larger whole: no form speaks of them again."""
        self.claimed.update(id(field) for field in fields)

    def spend(self, count: int) -> bool:
        """Tell whether `count` characters more may be taken apart for settings."""
        self._text_left -= count
        if self._text_left < 0:
            self._note(f"more than {MAX_TEXT} characters of settings: the rest was not read")
            return False
        return True

    def unique(self, text: str) -> Json:
        """Parse JSON without duplicate keys. Raises `JsonError`."""
        if not self._afford(text):
            raise JsonError("the bound for this asset is used up")
        return parse_unique(text)

    def _afford(self, text: str) -> bool:
        self._left -= len(text)
        if self._left < 0:
            self._left += len(text)
            self._note(f"more than {MAX_PARSED} characters of JSON: the rest was not parsed")
            return False
        return True

    def _note(self, message: str) -> None:
        finding = warning("detector.bound", message)
        if finding not in self.findings:
            self.findings.append(finding)


class Indexed(ABC):
    """Base of the built-in detectors: says which keys it wants, and judges an `Index`."""

    name: str
    version: str = "1"
    source: str
    wants: frozenset[Key]
    reads: tuple[str, ...]
    form: bool = False
    """Whether it knows a form and looks at every text, not at places. Where a detector that knows
    the place speaks of the same field, that one is heard."""
    rules: bool = False
    """Whether, where it speaks of a field, no other form is heard that names no product."""

    def __init__(self) -> None:
        self.reads = tuple(sorted({source.value for source, _ in self.wants}))

    def detect(self, metadata: Metadata) -> list[Marker | Finding]:
        """Return what the fields say, for a caller that has no index yet."""
        index = Index(metadata)
        return [] if self.idle(index) else [*self.find(index), *index.findings]

    def idle(self, index: Index) -> bool:
        """Tell whether none of the wanted fields is there."""
        return self.wants.isdisjoint(index.present)

    @abstractmethod
    def find(self, index: Index) -> Iterator[Marker | Finding]:
        """Yield what the fields say. Raises nothing for what a file holds."""


def wanted(source: Source, *keys: str) -> frozenset[Key]:
    """Return the keys of one source as `Indexed.wants` takes them."""
    return frozenset(_key(source, key) for key in keys)


def _key(source: Source, key: str) -> Key:
    if source in _FOLDED:
        return source, key.upper()
    if source is Source.ID3 and key.startswith("COMM"):
        return source, "COMM"  # after it stand a language and a description of any kind
    return source, key


def trimmed(value: str) -> str:
    """Return a value without the blanks and NUL bytes that writers pad fixed fields with."""
    return value.strip(" \t\r\n\0")


def short(value: str, limit: int = 80) -> str | None:
    """Return a name out of a file, trimmed; None where it is empty, or too long to be a name."""
    value = trimmed(value)
    return value if 0 < len(value) <= limit and "\n" not in value else None


def place(field: Field) -> str:
    """Name where a field is, for findings and signals."""
    return f"{field.place} @{field.offset} {field.key}"
