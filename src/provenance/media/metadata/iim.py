"""IPTC-IIM 4.2: datasets, in Photoshop image resources (JPEG APP13) or alone (TIFF 33723)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.media.metadata import xmp_fields
from provenance.media.metadata.field import Source
from provenance.media.metadata.sink import MAX_BLOCK

if TYPE_CHECKING:
    from provenance.media.container.block import Block
    from provenance.media.metadata.sink import Sink

_IIM = 0x0404  # the resource that holds IIM (Photoshop File Formats Specification)
_XMP = 0x0424  # the resource that holds XMP
_UTF8 = b"\x1b%G"  # 1:90, coded character set (IIM 4.2, chapter 5)
_MAX_DATASETS = 4_096
_MAX_RESOURCES = 4_096
_BINARY = frozenset({0, 200, 201, 202})  # of record 2: its version, and previews
_TEXT_RECORD = 2


def add_iim_datasets(sink: Sink, block: Block) -> None:
    """Add the text datasets of record 2 under keys such as `2:110`."""
    data = sink.load(block, MAX_BLOCK)
    if data:
        resources(sink, data)


def resources(sink: Sink, data: bytes) -> None:
    """Read image resources up to the one that holds IIM, or IIM itself."""
    if data[:1] == b"\x1c":
        _datasets(sink, data, 0, len(data))
        return
    pos = 0
    for _ in range(_MAX_RESOURCES):
        # signature, id, a name with its length in front, padded to even, the size
        if data[pos : pos + 4] not in (b"8BIM", b"PHUT", b"AgHg", b"DCSR", b"MeSa"):
            break
        name = pos + 6
        size_at = name + (1 + data[name] + 1 & ~1 if name < len(data) else 2)
        size = int.from_bytes(data[size_at : size_at + 4], "big")
        begin = size_at + 4
        if begin + size > len(data):
            sink.malformed("an image resource is longer than its segments")
        kind = int.from_bytes(data[pos + 4 : pos + 6], "big")
        if kind == _IIM:
            _datasets(sink, data, begin, min(begin + size, len(data)))
        elif kind == _XMP:
            _packet(sink, data[begin : begin + size])
        pos = begin + size + (size & 1)
    else:
        sink.limit(f"more than {_MAX_RESOURCES} image resources")
        return
    if len(data) - pos > 4:
        sink.malformed(f"no image resource at {pos}")


def _packet(sink: Sink, packet: bytes) -> None:
    """Read XMP that is in a resource, as files in Photoshop's own formats have it."""
    source, sink.source = sink.source, Source.XMP
    xmp_fields.packet(sink, packet)
    sink.source = source


def _datasets(sink: Sink, data: bytes, pos: int, end: int) -> None:
    utf8 = False
    for _ in range(_MAX_DATASETS):
        if end - pos < 5 or data[pos] != 0x1C:
            break
        record, dataset = data[pos + 1], data[pos + 2]
        size = data[pos + 3] << 8 | data[pos + 4]
        pos += 5
        if size & 0x8000:  # an extended dataset: the length of the length (IIM 4.2, 1.5)
            wide = size & 0x7FFF
            size = int.from_bytes(data[pos : pos + min(wide, 8)], "big")
            pos += wide
        if pos + size > end:
            sink.malformed(f"the dataset {record}:{dataset} is longer than its block")
            size = max(end - pos, 0)
        value = data[pos : pos + size]
        pos += size
        if record == 1 and dataset == 90:
            utf8 = value == _UTF8
        elif record == _TEXT_RECORD and dataset not in _BINARY and value:
            key = f"{record}:{dataset}"
            if utf8:
                sink.add(key, value[:0x8000].decode("utf-8", "replace").rstrip("\0"))
            else:
                sink.text(key, value)
        elif sink.everything and value:
            sink.add(f"{record}:{dataset}", f"{len(value)} bytes")
    else:
        sink.limit(f"more than {_MAX_DATASETS} datasets")
        return
    if data[pos:end].strip(b"\0"):
        sink.malformed(f"no dataset at {pos}")
