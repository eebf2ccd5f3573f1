"""A picture, decoded within bounds, as far as its file goes. Runs in the worker only.

Pillow decodes. What is cut short or damaged is decoded a second time by a Pillow that keeps what
it has: rows count as decoded where they come out the same on grounds of two kinds, whatever the
format does with rows that it does not reach. Decoders of whole pictures (WebP, AVIF) get the end
that is missing made up, in two ways: rows that are the same both times do not depend on it.
"""

from __future__ import annotations

import io
import struct
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, ImageFile

from provenance.marks.carrier import CarrierError, Picture
from provenance.marks.decodable_media import PILLOW

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

MAX_PIXELS = 1 << 26  # 67 million, told from the header before anything is decoded
# What Pillow's decoders raise for broken files; what else one may raise is the worker's to answer.
_UNDECODABLE = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    IndexError,
    KeyError,
    RuntimeError,
    struct.error,
)
_GROUNDS = (0, 255)
_FILLS = (b"\0", b"\xff", b"\x55", b"\x96")  # some break a decoder off
_MAX_FILL = 64 << 20  # bytes of a made-up end
_STRIP = 256  # rows compared at a time
_EIGHT = 8  # rows: a picture that lacks its top begins on the grid of its blocks
_GREY = 128  # what a progressive JPEG shows of rows that its first scan does not reach
_END = b"\xff\xd9"  # JPEG: end of image
_MANY = frozenset({"AVIF", "GIF", "PNG", "TIFF", "WEBP"})  # JPEG: previews and gain maps
_PLAIN = frozenset({"1", "L", "LA", "RGB", "RGBA"})


def open_picture(data: bytes, media_type: str) -> Picture:
    """Decode the first frame. Raises CarrierError; a MemoryError is the worker's to answer."""
    name = PILLOW[media_type]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return _whole(data, name)
        except _UNDECODABLE as e:
            why = f"it cannot be decoded as {name} ({type(e).__name__})"
        with _keeping_what_there_is():
            picture = (_made_up if name in _MADE_UP else _begun)(data, name)
    if picture is None:
        raise CarrierError(why)
    return picture


def _whole(data: bytes, name: str) -> Picture:
    image = _opened(data, name)
    several = name in _MANY and getattr(image, "is_animated", False)
    image.load()
    seen = "the first of several pictures or frames" if several else ""
    return Picture(_in_eight_bits(image), seen=seen)


def _opened(data: bytes, name: str) -> Image.Image:
    Image.MAX_IMAGE_PIXELS = None  # our own bound is checked before anything is decoded
    image = Image.open(io.BytesIO(data), formats=[name])
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise CarrierError(f"{width} x {height} pixels, over the bound of {MAX_PIXELS}")
    return image


@contextmanager
def _keeping_what_there_is() -> Iterator[None]:
    ImageFile.LOAD_TRUNCATED_IMAGES = True
    try:
        yield
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = False


def _begun(data: bytes, name: str) -> Picture | None:
    """Decode what a decoder of rows gets to; None where that is nothing."""
    if name == "JPEG" and (coarse := _progressive(data)) is not None:
        return coarse
    try:
        decoded = [_on_ground(data, name, ground) for ground in _GROUNDS]
    except _UNDECODABLE:
        return None
    return _part(*decoded)


def _on_ground(data: bytes, name: str, ground: int) -> Image.Image:
    """Decode onto a ground of one value, where rows that are not reached stay visible."""
    image: Any = _opened(data, name)
    prepare: Callable[[], None] = image.load_prepare

    def prepared() -> None:
        prepare()
        ink = ground if image.im.bands == 1 else (ground,) * image.im.bands
        image.im.paste(ink, (0, 0, *image.im.size))

    image.load_prepare = prepared
    if name == "JPEG":
        image.load_read = image.fp.read  # its own adds an end, and the rest comes out grey
    image.load()
    return image  # type: ignore[no-any-return] # any for its core object, which has no types


def _progressive(data: bytes) -> Picture | None:
    """Decode a progressive JPEG whose last scans are missing: all rows, coarser than they were.

    None where it is another JPEG, or nothing comes of it.
    """
    try:
        image = _opened(data + _END, "JPEG")
        if not image.info.get("progressive"):
            return None
        image.load()
    except _UNDECODABLE:
        return None
    picture = _in_eight_bits(image)
    reached = np.flatnonzero((np.asarray(picture.convert("RGB")) != _GREY).any(axis=(1, 2)))
    rows = int(reached[-1]) + 1 if len(reached) else 0
    if not rows:
        return None
    kept = f"{rows} of {picture.height} rows, coarser than they were: the last scans are missing"
    return Picture(picture.crop((0, 0, picture.width, rows)), kept=kept)


def _made_up(data: bytes, name: str) -> Picture | None:
    """Decode what does not depend on an end that is missing; None where that is nothing."""
    decoded: list[Image.Image] = []
    for fill in _FILLS:
        whole = _MADE_UP[name](data, fill)
        if whole is None:
            return None
        try:
            image = _opened(whole, name)
            image.load()
        except _UNDECODABLE:
            continue
        decoded.append(image)
        if len(decoded) == len(_GROUNDS):
            return _part(*decoded)
    return None


def _webp(data: bytes, fill: bytes) -> bytes | None:
    """Return a WebP file with its last chunk made longer; None where none is cut short.

    The codes of a made-up end may be longer than those that were there (RFC 9649, section 2.5 and
    2.6), so it gets more than is missing: three bytes for each byte that is there.
    """
    at = 12
    while at + 8 <= len(data):
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        end = at + 8 + size
        if end > len(data):
            missing = end - len(data)
            if data[at : at + 4] in {b"VP8 ", b"VP8L"}:
                missing = max(missing, 3 * len(data) + (64 << 10))
            if missing > _MAX_FILL:
                return None
            missing += (len(data) - at - 8 + missing) % 2
            body = data[at + 8 :] + fill * missing
            chunk = data[at : at + 4] + struct.pack("<I", len(body)) + body
            if data[at : at + 4] not in {b"VP8 ", b"VP8L"}:
                chunk = data[at : at + 8] + body
            return b"RIFF" + struct.pack("<I", at - 8 + len(chunk)) + data[8:at] + chunk
        at = end + size % 2
    return None


def _avif(data: bytes, fill: bytes) -> bytes | None:
    """Return an AVIF file whose last box has its full length (ISO/IEC 14496-12, section 4.2)."""
    at = 0
    while at + 8 <= len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        if size == 1:
            size = int.from_bytes(data[at + 8 : at + 16], "big")
        if size < 8:
            return None
        if at + size > len(data):
            missing = at + size - len(data)
            return data + fill * missing if missing <= _MAX_FILL else None
        at += size
    return None


_MADE_UP = {"WEBP": _webp, "AVIF": _avif}


def _part(one: Image.Image, other: Image.Image) -> Picture | None:
    """Return the longest run of rows that are the same in both; None where there is none."""
    if one.size != other.size or one.mode != other.mode:
        return None
    same: NDArray[np.bool_] = np.zeros(one.height, np.bool_)
    for top in range(0, one.height, _STRIP):
        box = (0, top, one.width, min(top + _STRIP, one.height))
        pair = np.asarray(one.crop(box)), np.asarray(other.crop(box))
        same[top : box[3]] = (pair[0] == pair[1]).reshape(box[3] - top, -1).all(axis=1)
    edges = np.flatnonzero(np.diff(np.concatenate(([0], same.astype(np.int8), [0]))))
    runs = list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))
    top, end = max(runs, key=lambda run: run[1] - run[0], default=(0, 0))
    top = -(-top // _EIGHT) * _EIGHT
    if end <= top:
        return None
    kept = f"{end - top} of {one.height} rows; the rest cannot be decoded"
    part = _in_eight_bits(one.crop((0, top, one.width, end)))
    return Picture(part, kept=kept if end - top < one.height else "")


def _in_eight_bits(image: Image.Image) -> Image.Image:
    """Return a picture of 8 bits a channel that is grey or red, green and blue.

    16 bits keep the upper eight, as Pillow has it for colours. Raises ValueError for colours that
    it cannot convert, CarrierError for numbers that are no colours.
    """
    mode = image.mode
    if mode in _PLAIN:
        return image
    if mode in {"P", "PA"}:
        return image.convert("RGBA" if mode == "PA" or "transparency" in image.info else "RGB")
    if mode.startswith("I"):
        values = np.asarray(image)
        return Image.fromarray(np.clip(values >> 8, 0, 255).astype(np.uint8))
    if mode == "F":
        raise CarrierError("its pixels are floating-point numbers")
    if mode in {"La", "RGBa"}:
        return image.convert({"La": "LA", "RGBa": "RGBA"}[mode])
    return image.convert("RGB")
