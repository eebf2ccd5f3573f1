"""CBOR within bounds. `cbor2` decodes and encodes; this module says what it is given and may make.

Measured on cbor2 6.3: a mebibyte of empty maps takes 0.2 s and 75 MB, so the bound on bytes bounds
time and memory too. Shared values (tags 28 and 29) can make cyclic objects, other tags call
decoders with costs of their own (bignums, regular expressions, addresses): shared values are
refused, every other tag gives the value it wraps. Duplicate keys are refused, since two readers may
then read two different claims (RFC 8949 section 5.6).
"""

from __future__ import annotations

import io
from typing import Any

import cbor2

MAX_BYTES = 1 << 20
MAX_DEPTH = 32
COSE_SIGN1 = 18  # the tag of RFC 9052 section 2


class CborError(ValueError):
    """Bytes that are not one well-formed CBOR item within the bounds. The message says why."""


def _value(value: Any, _immutable: bool) -> Any:
    return value


def _refuse(_value: Any, _immutable: bool) -> Any:
    raise CborError("a shared value")


class _Decoders(dict[int, Any]):
    """A decoder for every tag, known to cbor2 or not: the value, as mutable as without the tag."""

    def __missing__(self, tag: int) -> Any:
        return _value


class Tagged:
    """Stands for a value with a tag."""

    def __init__(self, _value: Any, _immutable: bool) -> None: ...


class _Marking(dict[int, Any]):
    """A decoder for every tag that forgets the value, and keeps that there was a tag."""

    def __missing__(self, tag: int) -> Any:
        return Tagged


class _Noting(dict[int, Any]):
    """A decoder for every tag that notes that there was one."""

    met = False

    def __missing__(self, tag: int) -> Any:
        self.met = True
        return _value


_SHARED: dict[int, Any] = {28: _refuse, 29: _refuse}
_DECODERS: Any = _Decoders(_SHARED)
_MARKING: Any = _Marking(_SHARED)


def decode(data: bytes, limit: int = MAX_BYTES) -> Any:
    """Decode one CBOR item of at most `limit` bytes, nested at most 32 deep.

    Gives None, bool, int, float, str, bytes, list and dict (tuples and frozen maps as keys), and
    cbor2's own objects for `undefined` and unassigned simple values, which no reader takes for
    anything. Raises CborError.
    """
    return _whole(data, limit, _DECODERS)


def decode_and_note(data: bytes) -> tuple[Any, bool]:
    """Decode one CBOR item as `decode` does; tell also whether anything in it has a tag."""
    noting = _Noting(_SHARED)
    return _whole(data, MAX_BYTES, noting), noting.met


def _whole(data: bytes, limit: int, decoders: Any) -> Any:
    value, length = decode_first(data, limit, decoders)
    if length != len(data):
        raise CborError(f"{len(data) - length} bytes after the item")
    return value


def decode_first(data: bytes, limit: int = MAX_BYTES, decoders: Any = _DECODERS) -> tuple[Any, int]:
    """Decode the item that data begin with; return it and how many bytes it has.

    For places where padding may follow. `decoders` are those of tags. Raises CborError, as
    `decode`.
    """
    if len(data) > limit:
        raise CborError(f"{len(data)} bytes of CBOR, over the limit of {limit}")
    stream = io.BytesIO(data)
    try:
        value = cbor2.CBORDecoder(
            stream,
            semantic_decoders=decoders,
            max_depth=MAX_DEPTH,
            allow_duplicate_keys=False,
        ).decode()
    except (cbor2.CBORError, ValueError, TypeError, OverflowError, MemoryError) as e:
        raise CborError(str(e) or type(e).__name__) from e
    return value, stream.tell()


def marked(data: bytes) -> Any:
    """Decode one CBOR item, with a `Tagged` in place of whatever has a tag. Raises CborError."""
    return _whole(data, MAX_BYTES, _MARKING)


def tags_an_item(data: bytes, limit: int = MAX_BYTES) -> bool:
    """Tell whether an item of the array that data are has a tag of its own, which `decode` drops.

    Of bytes that are no array: False. Raises CborError, as `decode`.
    """
    value, _ = decode_first(data, limit, _MARKING)
    return isinstance(value, list | tuple) and any(isinstance(item, Tagged) for item in value)


def items(data: bytes, most: int) -> int:
    """Count the items in CBOR, at most `most`, without making any: what decoding may cost.

    Damaged data gives some number.
    """
    at, count, end = 0, 0, len(data)
    while at < end and count < most:
        count += 1
        kind, value = data[at] >> 5, data[at] & 31
        at += 1
        if 24 <= value <= 27:
            size = 1 << (value - 24)
            value = int.from_bytes(data[at : at + size], "big")
            at += size
        if kind in {2, 3} and value != 31:  # bytes and texts, but for those in pieces
            at += value
    return count


def member(data: bytes, key: str) -> bytes | None:
    """Return one value of a map with text keys as it is written; None where it is not found.

    `data` are well-formed, as `decode` has it. Of a map, or a value in it, whose length is not
    given in front (RFC 8949 section 3.2) nothing is returned.
    """
    kind, count, at = _head(data, 0)
    if kind != _MAP or count is None:
        return None
    wanted = key.encode()
    for _ in range(count):
        first = at
        after = _end(data, first)
        end = _end(data, after) if after is not None else None
        if after is None or end is None:
            return None
        kind, length, body = _head(data, first)
        if kind == _TEXT and length == len(wanted) and data[body:after] == wanted:
            return data[after:end]
        at = end
    return None


_BYTES, _TEXT, _ARRAY, _MAP, _TAG = 2, 3, 4, 5, 6  # major types
_INDEFINITE = 31


def _head(data: bytes, at: int) -> tuple[int, int | None, int]:
    """The major type of an item, its length or value, and where its content begins."""
    kind, value = data[at] >> 5, data[at] & 31
    if value < 24:
        return kind, value, at + 1
    if value == _INDEFINITE:
        return kind, None, at + 1
    size = 1 << (value - 24)
    return kind, int.from_bytes(data[at + 1 : at + 1 + size], "big"), at + 1 + size


def _end(data: bytes, at: int) -> int | None:
    """Where an item ends; None where a length is not given in front."""
    pending = 1
    while pending:
        pending -= 1
        kind, value, at = _head(data, at)
        if value is None:
            return None
        if kind in {_BYTES, _TEXT}:
            at += value
        elif kind == _ARRAY:
            pending += value
        elif kind == _MAP:
            pending += 2 * value
        elif kind == _TAG:
            pending += 1
    return at


def deterministic(value: object) -> bytes:
    """Return a decoded value in the one form of RFC 8949 section 4.2.1: keys by their bytes."""
    return encode(_ordered(value))


def _ordered(value: object) -> object:
    if isinstance(value, dict):
        pairs = sorted((encode(key), key, item) for key, item in value.items())
        return {key: _ordered(item) for _, key, item in pairs}
    return [_ordered(item) for item in value] if isinstance(value, list | tuple) else value


def encode(value: object) -> bytes:
    """Return the value as CBOR, maps in the order of their keys as given."""
    return cbor2.dumps(value)


def tagged(tag: int, value: object) -> bytes:
    """Return the value under a CBOR tag."""
    return cbor2.dumps(cbor2.CBORTag(tag, value))
