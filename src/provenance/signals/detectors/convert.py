"""From what detectors found to what the verdict looks at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.base.terms import Assurance
from provenance.media.metadata.field import Source
from provenance.signals import source_types
from provenance.signals.detectors._index import place, trimmed
from provenance.signals.detectors.tool_names import is_maker
from provenance.signals.signal import Basis, GeneratorClaim, Role, Signal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from provenance.media.metadata.field import Metadata
    from provenance.signals.detector import Marker

LIMIT = "it is unsigned metadata, which anyone can write or remove"


def marker_signals(markers: Iterable[tuple[str, Marker]]) -> tuple[Signal, ...]:
    """Return the signals of markers, each `asserted` and about the asset itself.

    A marker that speaks of a part supports that the asset was modified, never that it was
    generated or captured as a whole.
    """
    return tuple(_signal(name, marker) for name, marker in markers)


def camera_exif(metadata: Metadata) -> bool:
    """Tell whether the file carries a camera's own EXIF.

    That is Make, Model, a time of capture, and an exposure time or an aperture. A Make that is the
    name of a generator, or holds a graph, is no camera's. It is unsigned like everything here, and
    never evidence of a capture: it only speaks against a claim that no camera was there.
    """
    values: dict[str, str] = {}
    for field in metadata.fields:
        if field.source is Source.EXIF:
            values.setdefault(field.key, trimmed(field.value))
    make = values.get("Make", "")
    return bool(
        make
        and "{" not in make
        and values.get("Model")
        and values.get("DateTimeOriginal")
        and (values.get("ExposureTime") or values.get("FNumber"))
        and not is_maker(make)
    )


def _signal(name: str, marker: Marker) -> Signal:
    named = marker.vendor or marker.product or marker.model
    generator = (
        GeneratorClaim(marker.vendor, marker.product, marker.model, Basis.MARKER) if named else None
    )
    supports = marker.origin
    if not marker.whole:
        supports = source_types.of_a_part(marker.origin)
    return Signal(
        detector=name,
        supports=supports,
        origin=marker.origin,
        says=marker.says,
        source_type=marker.source_type,
        where=place(marker.field),
        part="",
        assurance=Assurance.ASSERTED,
        role=Role.ASSET,
        limit=LIMIT,
        generator=generator,
        whole=marker.whole,
        from_input=marker.from_input,
    )
