"""Text in the lowest bits of pixels: "stealth pnginfo", as web interfaces and NovelAI write it.

The bits go down each column, column by column: one a pixel in alpha, or red, green and blue in
turn. A signature of 15 bytes, the length in bits (32 bits, big-endian), then UTF-8 text, for the
`comp` signatures in gzip. Facts from the extension `sd_webui_stealth_pnginfo` and NovelAI's
published reader. The text is metadata like any other: anyone can write it.
"""

from __future__ import annotations

import json
import zlib
from typing import TYPE_CHECKING, Any

from provenance.marks.decoder import (
    MIB,
    Card,
    Medium,
    Message,
    Missing,
    WatermarkResult,
    WatermarkStatus,
)
from provenance.marks.needs import absent
from provenance.media.metadata.field import MAX_JSON, MAX_VALUE, Field, Source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance.marks.carrier import Picture

_SIGNATURE = 15  # bytes
_HEAD = _SIGNATURE + 4
_ALPHA = {b"stealth_pnginfo": False, b"stealth_pngcomp": True}  # True: compressed
_COLOUR = {b"stealth_rgbinfo": False, b"stealth_rgbcomp": True}
_GZIP = 31  # zlib's window bits for the gzip format
_MAX_KEYS = 32


class StealthError(ValueError):
    """A signature with nothing readable behind it; the message says why."""


class Stealth:
    """Reads parameters that generators hide in the lowest bits."""

    name = "stealth"
    version = "1"
    medium = Medium.PICTURE
    memory = 2048 * MIB
    packages: tuple[str, ...] = ("numpy", "PIL")
    card = Card(
        what="Generation parameters in the lowest bits of alpha or colours (stealth pnginfo)",
        whose="ashen-sensored (sd_webui_stealth_pnginfo); also written by NovelAI",
        licence="this decoder: Apache-2.0",
        source="sd_webui_stealth_pnginfo; NovelAI/novelai-image-metadata",
        needs="`[watermark]`",
    )

    def missing(self) -> tuple[Missing, ...]:
        """Return what the extra `watermark` would bring."""
        return absent("watermark", *self.packages)

    def decode(
        self, carrier: Picture, messages: tuple[Message, ...]
    ) -> Iterator[WatermarkResult | Field]:
        """Yield fields for the detectors, then what was found; or that nothing was."""
        del messages
        found = False
        for place, plane, signatures in (
            ("alpha channel", carrier.alpha, _ALPHA),
            ("colour bits", carrier.rgb, _COLOUR),
        ):
            head = b"" if plane is None else _bytes(plane, 0, _HEAD)
            compressed = signatures.get(head[:_SIGNATURE])
            if plane is None or compressed is None:
                continue
            found = True
            name = head[:_SIGNATURE].decode("ascii")
            try:
                text = _text(plane, head, compressed=compressed)
            except StealthError as e:
                yield WatermarkResult(self.name, WatermarkStatus.FAILED, name, reason=str(e))
                continue
            fields = list(_fields(text, place))
            yield from fields
            why = f"{len(text)} characters in the {place}, judged as metadata"
            yield WatermarkResult(self.name, WatermarkStatus.TEXT, name, reason=why)
        if not found:
            yield WatermarkResult(self.name, WatermarkStatus.NOT_DETECTED)


def _bytes(plane: Any, start: int, count: int) -> bytes:
    """Return bytes of the bit stream of a plane; fewer where it ends. `start` is in bytes."""
    import numpy as np  # noqa: PLC0415 - only in the worker

    column = plane.shape[0] * (plane.shape[2] if plane.ndim == 3 else 1)  # bits
    first, last = start * 8 // column, -(-(start + count) * 8 // column)
    bits = (plane[:, first:last] & 1).swapaxes(0, 1).reshape(-1)
    skip = start * 8 - first * column
    bits = bits[skip : skip + count * 8]
    return bytes(np.packbits(bits[: len(bits) // 8 * 8]))


def _text(plane: Any, head: bytes, *, compressed: bool) -> str:
    length = int.from_bytes(head[_SIGNATURE:], "big") // 8
    if not 0 < length <= min(plane.size // 8 - _HEAD, MAX_JSON):
        raise StealthError("a length that the picture cannot hold, or over the bound")
    data = _bytes(plane, _HEAD, length)
    if compressed:
        inflater = zlib.decompressobj(_GZIP)
        try:
            data = inflater.decompress(data, MAX_JSON)
        except zlib.error as e:
            raise StealthError("text that cannot be decompressed") from e
        if inflater.unconsumed_tail:
            raise StealthError(f"text of over {MAX_JSON} bytes")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as e:
        raise StealthError("text that is not UTF-8") from e


def _fields(text: str, place: str) -> Iterator[Field]:
    """Give the text the keys that the same program writes as PNG text."""
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        parsed = None
    if not isinstance(parsed, dict):
        yield Field(Source.STEALTH, "parameters", text[:MAX_VALUE], place, 0)
        return
    for key, value in list(parsed.items())[:_MAX_KEYS]:
        said = value if isinstance(value, str) else json.dumps(value)
        yield Field(Source.STEALTH, key[:256], said, place, 0)


DECODERS = (Stealth(),)
