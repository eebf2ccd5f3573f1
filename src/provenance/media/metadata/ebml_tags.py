"""Matroska tags, segment information, names of tracks, lines of subtitles (RFC 9559, 5.1)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from provenance.media.container.ebml import element

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance.media.container.block import Block
    from provenance.media.metadata.sink import Sink

MAX_DEPTH = 16  # simple tags within one another
MAX_ELEMENTS = 8_192  # of one block
_INFO, _TRACKS, _LINE = "Segment.Info", "Segment.Tracks", "Segment.Cluster.Block"
_ENTRY, _TRACK_NAME = 0xAE, 0x536E
_TAG, _SIMPLE, _NAME, _STRING, _BINARY = 0x7373, 0x67C8, 0x45A3, 0x4487, 0x4485
_INFO_TEXT = {0x7BA9: "Title", 0x4D80: "MuxingApp", 0x5741: "WritingApp"}
_STYLED = re.compile(
    rb"\d{1,9},\d{1,9},[^,\n]{0,64},[^,\n]{0,64},\d{1,6},\d{1,6},\d{1,6},[^,\n]{0,64},"
)


class _EbmlWalk:
    __slots__ = ("data", "left", "sink")

    def __init__(self, sink: Sink, data: bytes) -> None:
        self.sink = sink
        self.data = data
        self.left = MAX_ELEMENTS

    def children(self, pos: int, end: int) -> Iterator[tuple[int, int, int]]:
        """Yield the id of each element, where its content begins and ends."""
        while pos < end:
            self.left -= 1
            if self.left < 0:
                self.sink.limit(f"more than {MAX_ELEMENTS} elements of tags")
                return
            item = element(self.data, pos)
            if item is None:
                self.sink.malformed(f"no element at {pos}")
                return
            stop = item.end
            if stop < 0 or stop > end:
                if item.body > end:
                    self.sink.malformed(f"no element at {pos}")
                    return
                self.sink.malformed("an element is longer than its parent")
                stop = end
            yield item.ident, item.body, stop
            pos = stop

    def within(self, outer: int, inner: int) -> Iterator[tuple[int, int]]:
        """Yield the content of each `inner` element in an `outer` one: where it begins and ends."""
        for ident, body, stop in self.children(0, len(self.data)):
            if ident == outer:
                for child, start, end in self.children(body, stop):
                    if child == inner:
                        yield start, end

    def simple(self, pos: int, end: int, context: str, depth: int) -> None:
        """Read one simple tag, and those within it; the name stands anywhere in it."""
        key, value = "", None
        inner: list[tuple[int, int]] = []
        for ident, body, stop in self.children(pos, end):
            if ident == _NAME:
                key = self.data[body:stop].decode("utf-8", "replace").rstrip("\0")
            elif ident == _STRING:
                value = self.data[body:stop]
            elif ident == _BINARY and self.sink.everything:
                value = f"{stop - body} bytes".encode()
            elif ident == _SIMPLE:
                inner.append((body, stop))
        if value is not None:
            self.sink.text(key, value, context)
        if inner and depth >= MAX_DEPTH:
            self.sink.limit(f"tags nested over {MAX_DEPTH}")
            return
        path = f"{context}/{key}" if context else key
        for body, stop in inner:
            self.simple(body, stop, path, depth + 1)


def _line_begins(data: bytes) -> int:
    """Return where the text of a line begins: in SSA and ASS, after eight fields."""
    styled = _STYLED.match(data)
    return styled.end() if styled else 0


def add_ebml_tags(sink: Sink, block: Block) -> None:
    """Add simple tags under their names, what names the programs and tracks, lines of text."""
    data = sink.load(block)
    if data is None:
        return
    if block.place == _LINE:
        if data.isascii() or b"\0" not in data:  # lines that are compressed are left
            sink.text("text", data[_line_begins(data) :])
        return
    walk = _EbmlWalk(sink, data)
    if block.place == _INFO:
        for ident, body, stop in walk.children(0, len(data)):
            if ident in _INFO_TEXT:
                sink.text(_INFO_TEXT[ident], data[body:stop])
    elif block.place == _TRACKS:
        for start, end in walk.within(_ENTRY, _TRACK_NAME):
            sink.text("Name", data[start:end])
    else:
        for start, end in walk.within(_TAG, _SIMPLE):
            walk.simple(start, end, "", 0)
