"""Ogg (RFC 3533): a manifest store is a logical bitstream of its own.

Its first packet is `00 c2pa` and the store (C2PA specification, "Embedding manifests into OGG
Vorbis"). All streams begin before any goes on, so a file without one costs a few page headers.
The second packet of a stream of Vorbis, Opus, Theora, Speex or FLAC holds its comments.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from provenance.media.container import leftovers
from provenance.media.container.block import BlockKind, Family, Span
from provenance.media.container.bounds import MAX_OGG_PAGES, MAX_OGG_SEARCH, MAX_OGG_STREAMS
from provenance.media.container.collect import Collector

if TYPE_CHECKING:
    from provenance.media.asset import Asset
    from provenance.media.container.block import Scan

_COMMENTED = (b"\x01vorbis", b"OpusHead", b"\x80theora", b"Speex   ", b"\x7fFLAC")
_MAGIC = b"\0c2pa"
_FIRST = 0x02  # header type: beginning of a stream
_HEADER = 27 + 255  # fixed part and the longest segment table


class _OggPage(NamedTuple):
    start: int
    first: bool
    serial: bytes
    lacing: bytes
    body: int
    end: int


def scan_ogg(asset: Asset) -> Scan:
    """Find the manifest store of an Ogg file."""
    out = Collector(asset)
    media_type = "audio/ogg"
    serials: list[bytes] = []
    commented: list[bytes] = []
    pos = last = 0
    for _ in range(MAX_OGG_PAGES):
        page = _page(out, pos)
        if page is None or not page.first:
            break
        last = pos
        start = asset.read(page.body, 8)
        if start.startswith(_MAGIC):
            serials.append(page.serial)
        elif start.startswith(_COMMENTED):
            if start[1:7] == b"theora":
                media_type = "video/ogg"
            commented.append(page.serial)
        pos = page.end
    else:
        out.limit(f"more than {MAX_OGG_PAGES} streams")
        page = None
    if page is None:
        leftovers.search(out, last)
    elif not serials:  # its pages may be damaged, or stand among the others
        leftovers.search(out, 0, MAX_OGG_SEARCH)
    for serial in serials:
        headers: list[Span] = []
        spans = _packet(out, 0, serial, len(_MAGIC), headers)
        out.store("bitstream", spans, headers=headers)
    if len(commented) > MAX_OGG_STREAMS:
        out.limit(f"comments of more than {MAX_OGG_STREAMS} streams")
    for serial in commented[:MAX_OGG_STREAMS]:
        out.joined(BlockKind.VORBIS, "comment header", _packet(out, pos, serial))
    return out.finish(media_type, "ogg")


def _page(out: Collector, pos: int) -> _OggPage | None:
    head = out.asset.read(pos, _HEADER)
    if len(head) < 27 or head[:4] != b"OggS":
        if pos < out.asset.size:
            out.truncated(f"no page at {pos}")
        return None
    body = pos + 27 + head[26]
    lacing = head[27 : 27 + head[26]]
    if body + sum(lacing) > out.asset.size:
        out.truncated(f"the page at {pos} ends after the end of the file")
    return _OggPage(pos, bool(head[5] & _FIRST), head[14:18], lacing, body, body + sum(lacing))


def _packet(
    out: Collector, pos: int, serial: bytes, skip: int = 0, headers: list[Span] | None = None
) -> list[Span]:
    """Join the first packet of one stream from `pos`: lacing values of 255 go on (RFC 3533, 5).

    `skip` bytes at its start are left out. `headers` gets what is in front of each part.
    """
    spans: list[Span] = []
    for _ in range(MAX_OGG_PAGES):
        page = _page(out, pos)
        if page is None:
            break
        pos = page.end
        if page.serial != serial:
            continue
        length, ended = 0, False
        for value in page.lacing:
            length += value
            if value < 255:
                ended = True
                break
        spans.append(Span(page.body + skip, max(length - skip, 0)))
        if headers is not None:
            headers.append(Span(page.start, page.body + skip - page.start))
        skip = 0
        if ended:
            break
    else:
        out.limit(f"more than {MAX_OGG_PAGES} pages up to the end of a packet")
    return spans


FAMILY = Family(
    title="Ogg: Vorbis, Opus, Theora, Speex",
    media_types=("audio/ogg", "video/ogg"),
    scan=scan_ogg,
    example=b"OggS\0\x02" + bytes(20) + b"\1\x08OpusHead",
    store="a logical bitstream of its own",
    stepped=True,
)
