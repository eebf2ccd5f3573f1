"""JUMBF superboxes (ISO/IEC 19566-5) as C2PA uses them: labels, types, spans. Nothing is decoded.

A store is walked once; every box refers to the store's bytes by position, so that a thumbnail of a
megabyte costs no copy. Bounds are far above real files (the richest seen has 30 manifests with 14
boxes each, nested four deep).
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from provenance.base.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_STORE = 64 << 20  # bytes of one manifest store
MAX_BOXES = 20_000
MAX_DEPTH = 8
MAX_LABEL = 1024  # bytes

SUFFIX = bytes.fromhex("00110010800000AA00389B71")
STORE = b"c2pa" + SUFFIX
MANIFEST = b"c2ma" + SUFFIX
STANDARD_MANIFEST = b"c2md" + SUFFIX  # section 11.2.2; c2ma is the same under its older name
UPDATE_MANIFEST = b"c2um" + SUFFIX
COMPRESSED_MANIFEST = b"c2cm" + SUFFIX
ASSERTION_STORE = b"c2as" + SUFFIX
CLAIM = b"c2cl" + SUFFIX
SIGNATURE = b"c2cs" + SUFFIX
CREDENTIAL_STORE = b"c2vc" + SUFFIX
DATABOX_STORE = b"c2db" + SUFFIX
MANIFESTS = frozenset({MANIFEST, STANDARD_MANIFEST, UPDATE_MANIFEST, COMPRESSED_MANIFEST})
"""The types of box that hold a manifest."""

_TOGGLE_LABEL, _TOGGLE_ID, _TOGGLE_HASH, _TOGGLE_PRIVATE = 0x02, 0x04, 0x08, 0x10
_ANNOUNCES = _TOGGLE_ID | _TOGGLE_HASH | _TOGGLE_PRIVATE
_REFERENCED = 0x01 | _TOGGLE_LABEL  # requestable, and labelled
_HEADER = struct.Struct(">I4s")  # length and type of a box
_LONGEST = 17 + MAX_LABEL + 1  # bytes of a description that are looked at


class JumbfError(ValueError):
    """A store that cannot be walked to its end. The message says where and why."""


@dataclass(frozen=True, slots=True)
class ContentBox:
    """One content box of a superbox: its four-character type and where its payload is."""

    kind: bytes
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Superbox:
    """One `jumb` box: UUID type, label, and what it holds, in file order.

    `start` and `end` bound the payload, which is what a hashed URI is computed over: the box
    without its own length and type (C2PA 2.4 section 8.4.2.3). `label` is empty where there is
    none. `fault` says why what it holds could not be walked: then that is left out. `odd` says
    in words what is wrong with a box somewhere in it that was read all the same: no length of its
    own, which only the last box of a file may lack (ISO/IEC 14496-12, 4.2), or a description that
    announces what it does not have (ISO/IEC 19566-5, A.3) or lets nothing refer to the box.
    """

    uuid: bytes
    label: str
    start: int
    end: int
    boxes: tuple[ContentBox, ...]
    children: tuple[Superbox, ...]
    fault: str = ""
    odd: str = ""

    def child(self, uuid: bytes) -> Superbox | None:
        """Return the first child of a type."""
        for child in self.children:
            if child.uuid == uuid:
                return child
        return None

    def content(self, kind: bytes) -> ContentBox | None:
        """Return the first content box of a type."""
        for box in self.boxes:
            if box.kind == kind:
                return box
        return None


class _BoxWalk:
    """State of one walk: the bytes and how many boxes may still come."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.left = MAX_BOXES
        self.odd: list[str] = []  # what was wrong with boxes that were read all the same

    def boxes(self, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
        """Yield (type, payload start, payload end) for each box of a range."""
        at, header = start, _HEADER.unpack_from
        while at < end:
            self.left -= 1
            if self.left < 0:
                raise JumbfError(f"more than {MAX_BOXES} boxes")
            if end - at < 8:
                raise JumbfError(f"box header cut off at {at}")
            size, kind = header(self.data, at)
            head = 8
            if size == 1:
                if end - at < 16:
                    raise JumbfError(f"box header cut off at {at}")
                size = int.from_bytes(self.data[at + 8 : at + 16], "big")
                head = 16
            elif size == 0:
                size = end - at
                self.odd.append("a box has no length of its own")
            if size < head or at + size > end:
                raise JumbfError(f"box of {size} bytes at {at} does not fit into its parent")
            yield kind, at + head, at + size
            at += size

    def superbox(self, start: int, end: int, depth: int) -> Superbox:
        if depth > MAX_DEPTH:
            raise JumbfError(f"boxes nested more than {MAX_DEPTH} deep")
        before = len(self.odd)
        contents: list[ContentBox] = []
        children: list[Superbox] = []
        boxes = self.boxes(start, end)
        for kind, inner, stop in boxes:
            if kind != b"jumd":
                raise JumbfError(f"superbox at {start} does not open with a description box")
            head = self.data[inner : min(stop, inner + _LONGEST)]
            uuid, label = _description(head)
            if head[16] & _ANNOUNCES and stop - inner < _described(head):
                self.odd.append("a description announces what it does not have")
            elif head[16] & _REFERENCED != _REFERENCED:  # C2PA 2.4, 11.1.4.1.2
                self.odd.append("a box has no label, or says that nothing may refer to it")
            break
        else:
            raise JumbfError(f"empty superbox at {start}")
        for kind, inner, stop in boxes:
            if kind != b"jumb":
                contents.append(ContentBox(kind, inner, stop))
            elif depth:
                children.append(self.superbox(inner, stop, depth + 1))
            else:
                children.append(self._child(inner, stop))
        odd = self.odd[before] if len(self.odd) > before else ""
        return Superbox(uuid, label, start, end, tuple(contents), tuple(children), odd=odd)

    def _child(self, start: int, end: int) -> Superbox:
        """Walk a box right below the store, which must not spoil its neighbours."""
        try:
            return self.superbox(start, end, 1)
        except JumbfError as e:
            if self.left < 0:
                raise
            uuid, label = self._type_and_label(start, end)
            return Superbox(uuid, label, start, end, (), (), str(e))

    def _type_and_label(self, start: int, end: int) -> tuple[bytes, str]:
        """Return type and label of a box that could not be walked, as far as they can be read."""
        head = self.data[start : min(end, start + 8 + 17 + MAX_LABEL + 1)]
        try:
            if head[4:8] == b"jumd":
                return _description(head[8 : int.from_bytes(head[:4], "big")])
        except JumbfError:
            return head[8:24], ""
        return b"", ""


def _description(payload: bytes) -> tuple[bytes, str]:
    """Return (type UUID, label) of a description box."""
    if len(payload) < 17:
        raise JumbfError("description box cut off")
    uuid, toggles = payload[:16], payload[16]
    if not toggles & _TOGGLE_LABEL:
        return uuid, ""
    stop = payload.find(b"\0", 17)
    if stop < 0:
        raise JumbfError("a label without an end, or over 1024 bytes")
    try:
        return uuid, payload[17:stop].decode("utf-8")
    except UnicodeDecodeError as e:
        raise JumbfError("a label that is not UTF-8") from e


def _described(head: bytes) -> int:
    """Return how many bytes a description takes at least, by its toggles."""
    toggles, size = head[16], 17
    if toggles & _TOGGLE_LABEL:
        size = head.find(b"\0", 17) + 1
    fields = ((_TOGGLE_ID, 4), (_TOGGLE_HASH, 32), (_TOGGLE_PRIVATE, 8))
    return size + sum(length for toggle, length in fields if toggles & toggle)


def parse_jumbf(data: bytes) -> Superbox:
    """Walk a manifest store: one superbox of type `c2pa`. Raises JumbfError."""
    if len(data) > MAX_STORE:
        raise JumbfError(f"a store of {len(data)} bytes, over the limit of {MAX_STORE}")
    walk = _BoxWalk(data)
    for kind, start, end in walk.boxes(0, len(data)):
        if kind != b"jumb":
            raise JumbfError("does not open with a JUMBF superbox")
        store = walk.superbox(start, end, 0)
        if store.uuid != STORE:
            raise JumbfError("a JUMBF superbox that is not a C2PA manifest store")
        return store
    raise JumbfError("empty")


def superbox(data: bytes) -> Superbox:
    """Walk bytes that are one superbox and nothing else. Raises JumbfError."""
    walk = _BoxWalk(data)
    boxes = list(walk.boxes(0, len(data)))
    if [kind for kind, _, _ in boxes] != [b"jumb"]:
        raise JumbfError("not one JUMBF superbox")
    return walk.superbox(*boxes[0][1:], 0)


def contains(whole: bytes, part: bytes) -> bool:
    """Tell whether every manifest of store `part` is in store `whole`, byte for byte."""
    if whole == part:
        return True
    try:
        inner = _parts(part)
        return len(inner) > 1 and inner <= _parts(whole)
    except JumbfError:
        return False


def _parts(data: bytes) -> set[bytes]:
    """Return the boxes of a store; nothing below them is looked at."""
    walk = _BoxWalk(data)
    return {
        data[start:end]
        for _, outer, stop in walk.boxes(0, len(data))
        for _, start, end in walk.boxes(outer, stop)
    }
