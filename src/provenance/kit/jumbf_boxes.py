"""JUMBF boxes (ISO/IEC 19566-5) as C2PA uses them: made, walked and hashed, nothing more."""

from __future__ import annotations

import hashlib
import json
import struct
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from provenance.base import cbor

_UUID_TAIL = bytes.fromhex("00110010800000AA00389B71")
_EMBEDDED = bytes.fromhex("40CB0C32BB8A489DA70B2AD6F47F4369")

STORE = b"c2pa"
MANIFEST = b"c2ma"
UPDATE_MANIFEST = b"c2um"
COMPRESSED_MANIFEST = b"c2cm"
ASSERTION_STORE = b"c2as"
CLAIM = b"c2cl"
SIGNATURE = b"c2cs"


class ContentKind(StrEnum):
    """How an assertion's content is carried."""

    CBOR = "cbor"
    JSON = "json"
    EMBEDDED = "embedded"


@dataclass(frozen=True, slots=True)
class Embedded:
    """The content of an embedded-file assertion: a thumbnail, a prompt."""

    media_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class FoundSuperbox:
    """A superbox found in a store: its label, where its whole box stands, its own children."""

    label: str
    start: int
    end: int
    children: tuple[FoundSuperbox, ...]

    def child(self, label: str) -> FoundSuperbox:
        """The first child with this label; `KeyError` where there is none."""
        for box in self.children:
            if box.label == label:
                return box
        raise KeyError(label)


def box(kind: bytes, body: bytes) -> bytes:
    """One box with its eight byte header."""
    return struct.pack(">I", len(body) + 8) + kind + body


def superbox(uuid: bytes, label: str, *content: bytes) -> bytes:
    """A JUMBF superbox; `uuid` is 16 bytes, or the four characters C2PA's types begin with."""
    uuid = uuid if len(uuid) == 16 else uuid + _UUID_TAIL
    description = box(b"jumd", uuid + b"\x03" + label.encode() + b"\0")
    return box(b"jumb", description + b"".join(content))


def assertion_box(label: str, content: object, kind: ContentKind) -> bytes:
    """An assertion's superbox."""
    match kind:
        case ContentKind.CBOR:
            return superbox(b"cbor", label, box(b"cbor", cbor.encode(content)))
        case ContentKind.JSON:
            text = json.dumps(content, ensure_ascii=False).encode("utf-8", "surrogatepass")
            return superbox(b"json", label, box(b"json", text))
        case ContentKind.EMBEDDED:
            if not isinstance(content, Embedded):
                raise TypeError("an embedded-file assertion takes an Embedded")
            media_type = b"\0" + content.media_type.encode() + b"\0"
            return superbox(_EMBEDDED, label, box(b"bfdb", media_type), box(b"bidb", content.data))


def content_hash(whole: bytes) -> bytes:
    """SHA-256 over a superbox without its eight byte header, as hashed URIs take it."""
    return hashlib.sha256(whole[8:]).digest()


def hashed_uri(url: str, whole: bytes) -> dict[str, object]:
    """A hashed URI map; `url` without `self#jumbf=`."""
    return {"url": f"self#jumbf={url}", "alg": "sha256", "hash": content_hash(whole)}


@lru_cache(maxsize=64)
def first_superbox(data: bytes) -> FoundSuperbox:
    """Read the first superbox of `data`. For stores that are sound: ours and the SDK's."""
    return _parse(data, 0)


def _parse(data: bytes, start: int) -> FoundSuperbox:
    (size,) = struct.unpack_from(">I", data, start)
    end, position, label = start + size, start + 8, ""
    children: list[FoundSuperbox] = []
    while position < end:
        (length,) = struct.unpack_from(">I", data, position)
        kind = data[position + 4 : position + 8]
        if kind == b"jumd":
            label = data[position + 25 : position + length].split(b"\0")[0].decode()
        elif kind == b"jumb":
            children.append(_parse(data, position))
        position += length
    return FoundSuperbox(label, start, end, tuple(children))


def remove(data: bytes, path: tuple[str, ...]) -> bytes:
    """Take the superbox at `path` (labels below the first) out and mend the sizes above it."""
    steps = [first_superbox(data)]
    for label in path:
        steps.append(steps[-1].child(label))
    gone = steps[-1]
    out = bytearray(data)
    for outer in steps[:-1]:
        size = outer.end - outer.start - (gone.end - gone.start)
        struct.pack_into(">I", out, outer.start, size)
    del out[gone.start : gone.end]
    return bytes(out)


def blank(data: bytes, path: tuple[str, ...]) -> bytes:
    """Fill the content of the superbox at `path` with zeros, its description left as it is."""
    target = first_superbox(data)
    for label in path:
        target = target.child(label)
    out = bytearray(data)
    (described,) = struct.unpack_from(">I", data, target.start + 8)
    at = target.start + 8 + described
    while at < target.end:
        (length,) = struct.unpack_from(">I", data, at)
        out[at + 8 : at + length] = bytes(length - 8)
        at += length
    return bytes(out)


@dataclass(frozen=True, slots=True)
class OpenedStore:
    """A manifest store's bytes, opened far enough to take manifests out of it."""

    data: bytes

    @property
    def root(self) -> FoundSuperbox:
        """The store's own superbox."""
        return first_superbox(self.data)

    @property
    def labels(self) -> tuple[str, ...]:
        """Manifest labels in the order of the store; the last one is the active manifest."""
        return tuple(box.label for box in self.root.children)

    @property
    def active(self) -> str:
        """The active manifest's label."""
        return self.labels[-1]

    def manifest(self, label: str) -> bytes:
        """One manifest's whole superbox."""
        manifest = self.root.child(label)
        return self.data[manifest.start : manifest.end]

    def signature(self, label: str) -> bytes | None:
        """One manifest's claim signature box; None where it has none or is compressed."""
        for child in self.root.child(label).children:
            if child.label == "c2pa.signature":
                return self.data[child.start : child.end]
        return None

    def part(self, *path: str) -> bytes:
        """The whole superbox at a path of labels below the store."""
        target = self.root
        for label in path:
            target = target.child(label)
        return self.data[target.start : target.end]
