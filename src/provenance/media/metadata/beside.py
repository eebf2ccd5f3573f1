"""What is said of a file in another one next to it: settings of a generator, and XMP sidecars.

Weaker than what the file itself holds: anybody can put one there. SwarmUI writes `clip.swarm.json`
next to formats that it cannot write into (`src/Utils/Session.cs`), ACE-Step
`song_input_params.json` (`acestep/pipeline_ace_step.py`), WanGP `clip.json` where it is told to
(the choice "json" for metadata), the Stable Diffusion web UI `00001.txt` (`modules/images.py`,
`save_txt`). Lightroom writes `photo.xmp`, darktable `photo.jpg.xmp`.
"""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from provenance.base.errors import AssetError
from provenance.media import neighbours
from provenance.media.asset import Asset
from provenance.media.container import xmp_document
from provenance.media.container.block import BlockKind
from provenance.media.metadata import xmp_fields
from provenance.media.metadata.field import MAX_JSON, Field
from provenance.media.metadata.sink import Sink, SinkFullError, decoded
from provenance.media.metadata.xmp import MAX_PACKET

if TYPE_CHECKING:
    from collections.abc import Iterable

    from provenance.base.finding import Finding

PLACE = "beside"
"""How the place of a field begins that is in another file."""
_OF_ENDING, _OF_FILE = "photoshop:SidecarForExtension", "xmpMM:DerivedFrom"
_TEXTS = ("text/", "application/c2pa")  # types of files whose neighbours are other files' sidecars


def is_beside(field: Field) -> bool:
    """Tell whether a field is in another file than the one that is read."""
    return field.place.startswith(PLACE)


def fields_beside(
    asset: Asset, media_type: str, *, everything: bool
) -> tuple[list[Field], list[Finding]]:
    """Return what files next to this one say, and what reading them met.

    Nothing for what is in memory, or cannot be read. `everything` has XMP parsed that no detector
    can speak about.
    """
    fields: list[Field] = []
    findings: list[Finding] = []
    stem, own = os.path.splitext(asset.path)
    for path in neighbours.settings(asset.path):
        if not asset.has_neighbour(path):
            continue
        try:
            with asset.open_neighbour(path, max_size=MAX_JSON) as other:
                text = decoded(other.read(0, other.size))
        except AssetError:
            continue
        fields.append(Field(BlockKind.BESIDE, path[len(stem) :], text, PLACE, 0))
    names = neighbours.sidecars(asset.path)
    for ending in names[:1] if media_type.startswith(_TEXTS) else names:
        if asset.has_neighbour(stem + ending):
            sidecar = _sidecar(asset, stem, ending, own, everything=everything)
            fields += sidecar.fields
            findings += sidecar.findings
    return fields, findings


def _sidecar(asset: Asset, stem: str, ending: str, own: str, *, everything: bool) -> Sink:
    """Read an XMP sidecar: a document that is one packet, and that names no other file."""
    with Asset.from_bytes(b"", ending) as nothing:
        sink = Sink(nothing, everything=everything)
    sink.place = f"{PLACE} {ending}"
    try:
        with asset.open_neighbour(stem + ending) as other:
            data = other.read(0, min(other.size, MAX_PACKET + 1))
    except AssetError:
        return sink

    if not xmp_document.is_packet(data):
        return sink
    if len(data) > MAX_PACKET:
        sink.limit(f"a sidecar of more than {MAX_PACKET} bytes")
        return sink

    with contextlib.suppress(SinkFullError):
        xmp_fields.packet(sink, data)
    if not _is_of(sink.fields, os.path.basename(stem), own):
        sink.fields.clear()
    return sink


def _is_of(fields: Iterable[Field], stem: str, own: str) -> bool:
    """Tell whether a sidecar may be of this file: it may name the one that it is of.

    Lightroom names the ending of a raw picture, next to which a JPEG of the same name may be;
    darktable names the file. An identifier of a document names none.
    """
    for field in fields:
        value = field.value.strip()
        if field.key == _OF_ENDING and value.casefold() != own[1:].casefold():
            return False
        is_name = "." in value and not any(mark in value for mark in ":/\\")
        if field.key == _OF_FILE and is_name and value.casefold() != (stem + own).casefold():
            return False
    return True
