"""Reading the metadata blocks of a scan, each by the parser of its kind."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from provenance.media.metadata import beside
from provenance.media.metadata.field import Metadata
from provenance.media.metadata.sink import Sink, SinkFullError

if TYPE_CHECKING:
    from collections.abc import Callable

    from provenance.media.asset import Asset
    from provenance.media.container.block import Block, BlockKind, Scan

_parsers: dict[BlockKind, Callable[[Sink, Block], None]] = {}


def read_metadata(asset: Asset, scan: Scan, *, everything: bool = False) -> Metadata:
    """Read the fields of every metadata block that the scan found, in file order.

    Whatever the blocks hold gives fields, if need be with findings: `metadata.limit` (a bound was
    reached) and `metadata.malformed`. Bounds: 10,000 fields, values of 64 Ki characters or 1 MiB
    of JSON, 6 Mi characters and 6 MiB of inflated bytes in all.

    Without `everything`, XMP that holds nothing of `media.metadata.interest` is not parsed,
    EXIF is read for what tells its origin, and positions are withheld. With it, `inspect` sees
    all there is. What is said in files next to this one comes last (`media.metadata.beside`).
    Raises AssetError only, when the file cannot be read.
    """
    sink = Sink(asset, everything=everything)
    try:
        for block in scan.blocks:
            kind = block.kind
            parser = _parsers.get(kind)
            if parser is None:
                if not kind.parser:
                    continue
                # imported when first met: a run over JPEG files loads no other parser
                module, _, name = kind.parser.partition(":")
                room = import_module(f"provenance.media.metadata.{module}")
                parser = _parsers[kind] = getattr(room, name)
            sink.begin_block(block)
            parser(sink, block)
    except SinkFullError:
        pass
    fields, findings = beside.fields_beside(asset, scan.media_type, everything=everything)
    return Metadata(scan.media_type, (*sink.fields, *fields), (*sink.findings, *findings))
