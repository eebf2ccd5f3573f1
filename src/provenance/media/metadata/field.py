"""A field of metadata: where it was, what it is called, what it says. Values only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.base.values import dataclass
from provenance.media.container.block import BlockKind

if TYPE_CHECKING:
    from provenance.base.finding import Finding

MAX_VALUE = 64 * 1024  # characters or bytes of one value that are kept for judging
MAX_JSON = 1 << 20  # bytes of a value that is to be parsed as JSON
MAX_FIELDS = 10_000  # of one asset


Source = BlockKind
"""Where a field comes from is what its block is for: one list of words serves both."""


@dataclass(frozen=True, slots=True)
class Field:
    """One key and its value.

    `key` is normalised per source: XMP `prefix:Name` with the customary prefix of its namespace
    (`Iptc4xmpExt:DigitalSourceType`; unknown namespaces as `{uri}Name`), EXIF by tag name
    (`Make`, `UserComment`), IPTC `2:110`, PNG by keyword, ID3 by frame and description
    (`TXXX:AIGC`), the others by their own key. `value` is text, decoded and cut to its first and
    last 64 Ki characters (1 MiB in all where it looks like JSON), not cleaned. `place` and `offset`
    are those of the container block. `context` is the path within structured metadata, empty where
    there is none.
    """

    source: Source
    key: str
    value: str
    place: str
    offset: int
    context: str = ""


@dataclass(frozen=True, slots=True)
class Metadata:
    """All fields of one asset, in file order, and what reading them met."""

    media_type: str
    fields: tuple[Field, ...] = ()
    findings: tuple[Finding, ...] = ()

    def named(self, source: Source, *keys: str) -> tuple[Field, ...]:
        """Return the fields of one source with one of these keys, in file order."""
        return tuple(f for f in self.fields if f.source is source and f.key in keys)
