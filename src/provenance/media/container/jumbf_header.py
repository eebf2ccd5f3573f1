"""JUMBF superboxes (ISO/IEC 19566-5): how long one is, and whether it is a manifest store."""

from __future__ import annotations

import itertools

PEEK = 64  # bytes that hold the superbox header and the description box up to its label
_STORE_TYPE = b"c2pa"  # the first four bytes of the store's type UUID: c2pa-0011-0010-8000-...
BOX_TYPE = bytes.fromhex("001100108000 00aa00389b71")  # how the types of all its boxes end
WHOLE_TYPE = b"c2pa" + BOX_TYPE
_OPENING = b"jumd" + WHOLE_TYPE  # how the description of a store begins
_MAX_IN_A_ROW = 64
_STORE_LABEL = b"c2pa\0"
# What a manifest store is made of: where its own description is damaged, one of these may be it.
_PARTS = frozenset({b"c2pa", b"c2ma", b"c2md", b"c2um", b"c2cm", b"c2as", b"c2cl", b"c2cs"})
_LABELLED = 0x03  # toggles: requestable, and a label follows


def superbox_length(start: bytes, available: int) -> int | None:
    """Return the length in bytes that a superbox declares for itself, header included.

    `start` is its first bytes; `available` stands for a box that reaches to its end (LBox 0).
    None where the bytes do not begin a superbox.
    """
    if len(start) < 8 or start[4:8] != b"jumb":
        return None
    length = int.from_bytes(start[:4], "big")
    if length == 0:
        return available
    if length == 1:
        if len(start) < 16:
            return None
        length = int.from_bytes(start[8:16], "big")
        return length if length >= 16 else None
    return length if length >= 8 else None


def begins(head: bytes) -> int:
    """Return where in the first bytes of something a manifest store begins, -1 if nowhere.

    It is told by the type of its description box, which may be that of a box within a store, or by
    the label. The types of its boxes may be damaged: then `is_store` says no of what begins there,
    and it cannot be read.
    """
    ends = head.find(BOX_TYPE)
    if ends < 4 or not (
        head[ends - 4 : ends] in _PARTS or head[ends + 13 : ends + 18] == _STORE_LABEL
    ):
        return -1
    wide = head[max(ends - 28, 0) : max(ends - 24, 0)] == b"\0\0\0\1"
    return max(ends - (28 if wide else 20), 0)


def next_store(data: bytes, start: int = 0) -> int:
    """Return where a manifest store of the standard's form begins from `start` on, else -1."""
    at = start
    while (at := data.find(_OPENING, at)) >= 0:
        for before in (12, 20):  # with a length of four bytes, and of eight
            box = at - before
            if box >= start and data[box + 4 : box + 8] == b"jumb":
                return box
        at += 1
    return -1


def in_a_row(data: bytes) -> list[bytes]:
    """Split what is in the place of one manifest store where there are several, one after another.

    What comes between them stays with the one before. Without a further one it is all of `data`.
    """
    starts, at = [0], superbox_length(data[:PEEK], len(data))
    while at is not None and len(starts) < _MAX_IN_A_ROW:
        if (at := next_store(data, at)) < 0:
            break
        starts.append(at)
        at += superbox_length(data[at : at + PEEK], len(data) - at) or PEEK
    return [data[a:b] for a, b in itertools.pairwise((*starts, len(data)))]


def is_marked(start: bytes) -> bool:
    """Tell the same where no structure leads there: by the whole type, or the label.

    Four letters alone are also in what is printed of a store, in a document about it.
    """
    inner = start[16:] if start[:4] == b"\0\0\0\1" else start[8:]
    return is_store(start) and (inner[8:24] == WHOLE_TYPE or inner[25:30] == _STORE_LABEL)


def is_store(start: bytes) -> bool:
    """Tell whether the bytes begin a superbox whose type or label is that of a manifest store.

    Needs up to `PEEK` bytes (C2PA specification, "Use of JUMBF").
    """
    if start[4:8] != b"jumb":
        return False
    inner = start[16:] if start[:4] == b"\0\0\0\1" else start[8:]
    if inner[4:8] != b"jumd":
        return False
    if inner[8:12] == _STORE_TYPE:
        return True
    return len(inner) > 24 and inner[24] & _LABELLED == _LABELLED and inner[25:30] == _STORE_LABEL
