"""The plug-in point for detectors: metadata in, markers out.

Third parties register a detector under the entry point group `provenance.detectors`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

from provenance.base.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable

    from provenance.base.finding import Finding
    from provenance.base.terms import Origin
    from provenance.media.metadata.field import Field, Metadata

ENTRY_POINTS = "provenance.detectors"


@dataclass(frozen=True, slots=True)
class Marker:
    """What a detector found: what is claimed about the origin, and the field that claims it.

    `origin` is None for a marker that says nothing of it. `says` is a sentence without personal
    data: a prompt, a name, a position is named by its kind, never quoted. `whole` tells a
    statement about the asset from one about a change to it. `from_input` means that a picture,
    a clip or a voice was given to the generator, which may show or imitate a real person.
    """

    origin: Origin | None
    says: str
    field: Field
    vendor: str | None = None
    product: str | None = None
    model: str | None = None
    source_type: str = ""
    whole: bool = True
    from_input: bool = False


@runtime_checkable
class Detector(Protocol):
    """One detector. `name` is stable and dotted; `source` cites where the marker is documented.

    `reads` names the metadata sources it looks at, for the catalogue; `detect` must be quick where
    none of its fields is there, bounded, and raises nothing for what a file holds.
    """

    name: str
    version: str
    source: str
    reads: tuple[str, ...]

    def detect(self, metadata: Metadata) -> Iterable[Marker | Finding]:
        """Return what the fields say."""
        ...
