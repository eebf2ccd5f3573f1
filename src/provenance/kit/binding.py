"""Hard bindings: the data hash, the general box hash and the BMFF hash (C2PA 2.4 chapter 18)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from provenance.base import cbor
from provenance.kit import bmff_carrier, carriers, font_carrier

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance.kit.media import StoreSpan

SIZE = 240  # bytes of a padded data hash: room for any exclusions that the kit writes


class BindingKind(StrEnum):
    """Which hard binding a manifest has; the value is the assertion's label."""

    DATA = "c2pa.hash.data"
    BOXES = "c2pa.hash.boxes"
    BMFF = "c2pa.hash.bmff.v3"
    BMFF_V2 = "c2pa.hash.bmff.v2"
    COLLECTION = "c2pa.hash.collection.data"


@dataclass(frozen=True, slots=True)
class NewHardBinding:
    """A hard binding ready to be written: its label and its content."""

    label: str
    content: dict[str, object]


def usual(data: bytes) -> BindingKind:
    """Return the binding that the format of a file asks for."""
    if data.startswith(b"PK\x03\x04"):
        return BindingKind.COLLECTION
    if data.startswith(b"\0\1\0\0"):
        return BindingKind.BOXES
    return BindingKind.BMFF if data[4:8] == b"ftyp" else BindingKind.DATA


def data_hash(
    digest: bytes, excluded: tuple[StoreSpan, ...], size: int = SIZE
) -> dict[str, object]:
    """The content of a data-hash assertion (18.5), padded to `size` bytes of CBOR."""
    spans = [{"start": span.start, "length": span.length} for span in excluded]
    content: dict[str, object] = {"exclusions": spans} if spans else {}
    content |= {"name": "jumbf manifest", "alg": "sha256", "hash": digest}
    return {**content, "pad": bytes(size - len(cbor.encode({**content, "pad": b""})))}


def digest(data: bytes, excluded: tuple[StoreSpan, ...]) -> bytes:
    """SHA-256 over a file without the excluded ranges, which may overlap."""
    sha256, position = hashlib.sha256(), 0
    for span in excluded:
        sha256.update(data[position : max(position, span.start)])
        position = max(position, span.end)
    sha256.update(data[position:])
    return sha256.digest()


def box_hash(data: bytes) -> dict[str, object]:
    """The content of a general box hash (18.7) of a JPEG, a PNG or a font; one entry a box."""
    boxes: list[dict[str, object]] = []
    if data.startswith(b"\0\1\0\0"):
        for name, held in font_carrier.boxes(data).items():
            own = name == "C2PA"
            hashed = b"\0" if own else hashlib.sha256(held).digest()
            boxes.append({"names": [name], "hash": hashed, "pad": b""})
        return {"alg": "sha256", "boxes": boxes}
    for name, start, end in _boxes(data):
        if name == "C2PA":
            # The box of the store itself is named and not hashed.
            if boxes[-1]["names"] != ["C2PA"]:
                boxes.append({"names": ["C2PA"], "hash": b"\0", "pad": b""})
            continue
        hashed = hashlib.sha256(data[start:end]).digest()
        boxes.append({"names": [name], "hash": hashed, "pad": b""})
    return {"alg": "sha256", "boxes": boxes}


_MARKERS = {0xDB: "DQT", 0xC0: "SOF0", 0xC4: "DHT", 0xE0: "APP0", 0xE1: "APP1", 0xEB: "C2PA"}


def _boxes(data: bytes) -> Iterator[tuple[str, int, int]]:
    """Name, start and end of each box, in the names that the standard gives them."""
    if carriers.is_png(data):
        yield "PNGh", 0, 8
        for kind, start, end in carriers.chunks(data):
            yield ("C2PA" if kind == b"caBX" else kind.decode("ascii")), start, end
        return
    yield "SOI", 0, 2
    at = 2
    for marker, start, end in carriers.segments(data):
        yield _MARKERS[marker], start, end
        at = end
    # The scan and all that is coded behind it are one box.
    yield "SOS", at, len(data) - 2
    yield "EOI", len(data) - 2, len(data)


def bmff_hash(hash_value: bytes) -> dict[str, object]:
    """The content of a BMFF hash (18.6) of a file that is whole."""
    return {
        "exclusions": list(bmff_carrier.EXCLUSIONS),
        "alg": "sha256",
        "hash": hash_value,
        "name": "jumbf manifest",
    }


def fragments_hash(init: bytes, leaves: list[bytes]) -> dict[str, object]:
    """The content of a BMFF hash of a fragmented film: one Merkle row that is all of the leaves."""
    row: dict[str, object] = {
        "uniqueId": 1,
        "localId": 1,
        "count": len(leaves),
        "alg": "sha256",
        "initHash": init,
        "hashes": leaves,
    }
    return {
        "exclusions": list(bmff_carrier.EXCLUSIONS),
        "alg": "sha256",
        "merkle": [row],
        "name": "jumbf manifest",
    }
