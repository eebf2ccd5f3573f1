"""Everything that the scan and the detectors saw in one file, as values.

For people who want to know why a verdict is what it is, and for bug reports. Unlike a `Report` it
holds no verdict: what a field is judged to say is evidence. Values that may name a person are
withheld unless asked for. All text is cleaned here, once (`base.text`), but the path, which
machine formats carry exactly, and what decoders answer, which `to_dict` cleans.
"""

from __future__ import annotations

import os
from dataclasses import fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any

from provenance.base.errors import AssetError
from provenance.base.text import URL_LIMIT, clean
from provenance.base.values import dataclass
from provenance.media.asset import Asset
from provenance.media.container import BlockKind, scan_container
from provenance.media.metadata import read_metadata
from provenance.media.metadata.harmless import described, harmless
from provenance.signals.detectors import detector_registry
from provenance.signals.detectors.remnant import CODE as REMNANT
from provenance.verdict.report import path_record, plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from provenance.base.finding import Finding
    from provenance.marks.decoder import PixelReader, PixelReading, WatermarkResult
    from provenance.media.container import Block, Scan
    from provenance.media.metadata.field import Field, Metadata
    from provenance.signals.detector import Detector, Marker

SCHEMA_VERSION = "1.0"
Found = tuple[tuple[str, "Marker"], ...]
MAX_VALUE = 4_096  # characters of a value that is shown because somebody asked for it


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one detector takes one field to say. `origin` is empty where it says nothing of it."""

    detector: str
    origin: str
    says: str
    whole: bool
    source_type: str
    vendor: str
    product: str
    model: str


@dataclass(frozen=True, slots=True)
class FieldInfo:
    """One key with its value, or with the kind and length of a value that is withheld.

    `length` is in characters, of the value as it was read. `context` is the path within structured
    metadata.
    """

    source: str
    key: str
    value: str
    withheld: bool
    length: int
    context: str
    judged: tuple[Judgement, ...] = ()


@dataclass(frozen=True, slots=True)
class BlockInfo:
    """One block of the container: what it is, where it starts, what it takes, what it holds.

    `offset` and `length` are in bytes of the file; `ranges` says in how many pieces it stands
    there; `coding` how it is wrapped.
    """

    kind: str
    place: str
    offset: int
    length: int
    ranges: int
    coding: str
    fields: tuple[FieldInfo, ...] = ()


@dataclass(frozen=True, slots=True)
class FindingInfo:
    """One finding, cleaned."""

    code: str
    severity: str
    message: str
    where: str


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a file could not be examined."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Inspection:
    """What was seen in one file; where `error` is set, nothing was.

    `elsewhere` are fields that are in none of the blocks: hidden in the pixels, or a plug-in's.
    `watermarks` are the decoders' answers, where pixels or sound were read.
    """

    path: str
    size: int | None = None
    media_type: str = ""
    family: str = ""
    can_carry: bool = False
    fragmented: bool = False
    blocks: tuple[BlockInfo, ...] = ()
    elsewhere: tuple[FieldInfo, ...] = ()
    watermarks: tuple[WatermarkResult, ...] = ()
    findings: tuple[FindingInfo, ...] = ()
    error: Failure | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return a plain object for JSON; a path that is not UTF-8 also as base64."""
        record: dict[str, Any] = {"schema_version": SCHEMA_VERSION, **path_record(self.path)}
        record |= {
            f.name: _json_value(getattr(self, f.name)) for f in fields(self) if f.name != "path"
        }
        return record | {"watermarks": plain(self.watermarks)}


def inspect(
    path: str | os.PathLike[str],
    *,
    detectors: Sequence[Detector] | None = None,
    show_personal_data: bool = False,
    max_size: int | None = None,
    pixels: PixelReader | None = None,
) -> Inspection:
    """Show one file. What is wrong with it is in the result; nothing is raised for it.

    `detectors` are those to ask, by default the built-in ones and all plug-ins. `max_size` is in
    bytes. `pixels` reads what is hidden in picture or sound; without one neither is decoded.
    """
    try:
        with Asset.open(path, max_size=max_size) as asset:
            inspection = inspect_asset(
                asset, detectors=detectors, show_personal_data=show_personal_data, pixels=pixels
            )
            if asset.changed():
                message = "the file changed while it was read: try again"
                raise AssetError("asset.changed", message)
            return inspection
    except AssetError as e:
        name = os.fspath(path)
        message = "a directory, not a file" if os.path.isdir(name) else clean(str(e), URL_LIMIT)
        return Inspection(name, error=Failure(e.code, message))


def inspect_asset(
    asset: Asset,
    *,
    detectors: Sequence[Detector] | None = None,
    show_personal_data: bool = False,
    pixels: PixelReader | None = None,
) -> Inspection:
    """Show an asset that is open. Raises AssetError only, when it cannot be read."""
    scan = scan_container(asset)
    hidden = pixels.read(asset, scan.media_type) if pixels else None
    # The detectors get what `verify` gives them, so that both say the same.
    judged = _with(read_metadata(asset, scan), hidden)
    markers, said = detector_registry.detect(
        judged, detector_registry.load_detectors() if detectors is None else detectors
    )
    if scan.blocks_of(BlockKind.MANIFEST_STORE):
        said = tuple(f for f in said if f.code != REMNANT)  # the credential is still there
    shown = _with(read_metadata(asset, scan, everything=True), hidden)
    blocks, elsewhere = _blocks(scan, shown, markers, show=show_personal_data)
    return Inspection(
        path=asset.path,
        size=asset.size,
        media_type=scan.media_type,
        family=scan.family,
        can_carry=scan.can_carry,
        fragmented=scan.fragmented,
        blocks=blocks,
        elsewhere=elsewhere,
        watermarks=hidden.watermarks if hidden else (),
        findings=_findings((*scan.findings, *judged.findings, *shown.findings, *said)),
    )


def _with(metadata: Metadata, hidden: PixelReading | None) -> Metadata:
    if hidden is None:
        return metadata
    return replace(
        metadata,
        fields=(*metadata.fields, *hidden.fields),
        findings=(*metadata.findings, *hidden.findings),
    )


def _blocks(
    scan: Scan, shown: Metadata, markers: Found, *, show: bool
) -> tuple[tuple[BlockInfo, ...], tuple[FieldInfo, ...]]:
    """Put each field into its block, and each judgement to its field."""
    blocks = scan.blocks
    homes: dict[tuple[str, int, str], int] = {}
    places: dict[tuple[str, int], int] = {}
    for index, block in enumerate(blocks):
        homes.setdefault((block.place, block.offset, block.kind.value), index)
        places.setdefault((block.place, block.offset), index)

    def home(field: Field) -> int:
        exact = homes.get((field.place, field.offset, field.source.value))
        # EXIF within the text of a PNG, for one, is a field of another kind than its block
        return places.get((field.place, field.offset), -1) if exact is None else exact

    # the last one is for what is nowhere
    inside: list[list[tuple[Field, list[Judgement]]]] = [[] for _ in (*blocks, None)]
    by_field: dict[Field, list[Judgement]] = {}
    for field in shown.fields:
        judgements: list[Judgement] = []
        inside[home(field)].append((field, judgements))
        by_field.setdefault(_identity(field), judgements)
    for name, marker in markers:
        identity = _identity(marker.field)
        if identity not in by_field:
            # a plug-in's own field, or one that a bound kept out of the fuller reading
            by_field[identity] = []
            inside[home(identity)].append((marker.field, by_field[identity]))
        by_field[identity].append(_judgement(name, marker))
    shown_fields = [
        tuple(_field(field, tuple(judged), show=show) for field, judged in content)
        for content in inside
    ]
    shown_blocks = tuple(
        _block(b, content) for b, content in zip(blocks, shown_fields, strict=False)
    )
    return shown_blocks, shown_fields[-1]


def _identity(field: Field) -> Field:
    """Return a field without what only the fuller reading knows, for finding it again."""
    return type(field)(field.source, field.key, field.value, field.place, field.offset)


def _block(block: Block, content: tuple[FieldInfo, ...]) -> BlockInfo:
    return BlockInfo(
        kind=block.kind.value,
        place=clean(block.place),
        offset=block.offset,
        length=block.length,
        ranges=len(block.spans),
        coding=block.coding.value,
        fields=content,
    )


def _field(field: Field, judged: tuple[Judgement, ...], *, show: bool) -> FieldInfo:
    open_to_all = harmless(field)
    if show:
        value = clean(field.value, MAX_VALUE)
    else:
        value = clean(field.value, URL_LIMIT) if open_to_all else described(field)
    return FieldInfo(
        source=field.source.value,
        key=clean(field.key),
        value=value,
        withheld=not (open_to_all or show),
        length=len(field.value),
        context=clean(field.context),
        judged=judged,
    )


def _judgement(name: str, marker: Marker) -> Judgement:
    return Judgement(
        detector=clean(name),
        origin=marker.origin.value if marker.origin else "",
        says=clean(marker.says, URL_LIMIT),
        whole=marker.whole,
        source_type=clean(marker.source_type),
        vendor=clean(marker.vendor or ""),
        product=clean(marker.product or ""),
        model=clean(marker.model or ""),
    )


def _findings(met: Iterable[Finding]) -> tuple[FindingInfo, ...]:
    return tuple(
        FindingInfo(f.code, f.severity.value, clean(f.message, URL_LIMIT), clean(f.where))
        for f in dict.fromkeys(met)
    )


def _json_value(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_json_value(v) for v in value]
    if is_dataclass(value):
        return {f.name: _json_value(getattr(value, f.name)) for f in fields(value)}
    return value
