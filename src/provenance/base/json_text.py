"""JSON out of files: bounded in length, and in what its numbers may cost.

There are three ways to read it, from the most to the least tolerant. `parse_json` takes what a
program wrote as a remark into a picture. `parse_unique` refuses an object that names a key twice,
which two readers would understand in two ways. `parse_strict` also refuses what RFC 8259 does not
know and what could not be written again (NaN, numbers beyond a float), and deep nesting.

An integer of 40 digits or more is read as a float, since Python converts long ones in quadratic
time and none of more than 4,300 digits.
"""

from __future__ import annotations

import json
import math
from typing import Any, TypeAlias

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"

MAX_LENGTH = 1 << 20  # characters, or bytes where bytes are given
_LONG = 40  # digits of an integer from which on it is read as a float
_PADDING = " \t\r\n\0\ufeff"


class JsonError(ValueError):
    """Text that is not JSON or exceeds a bound. `detail` is what the parser says, else empty."""

    def __init__(self, message: str, detail: str = "") -> None:
        super().__init__(message)
        self.detail = detail


def parse_json(text: str, limit: int = MAX_LENGTH) -> Json:
    """Return the value of a JSON text; white space and NUL padding around it do not count.

    Of a key that occurs twice the last value counts. Raises `JsonError`, and nothing else, for
    anything out of a file.
    """
    return _load(text, limit, {})


def parse_unique(text: str | bytes, limit: int = MAX_LENGTH) -> Json:
    """Return the value of a JSON text in which no object names a key twice. Raises `JsonError`.

    Bytes may be in any encoding of Unicode that RFC 4627 section 3 tells apart.
    """
    return _load(text, limit, {"object_pairs_hook": _once_each})


def parse_strict(data: bytes, limit: int, depth: int) -> Json:
    """Return the value of a JSON text in UTF-8: unique keys, finite numbers, no padding of NUL.

    `depth` is how many arrays and objects may hold one another. Raises `JsonError`.
    """
    if len(data) > limit:
        raise JsonError(f"longer than {limit} bytes")
    hooks = {
        "object_pairs_hook": _once_each,
        "parse_int": _finite_integer,
        "parse_float": _finite,
        "parse_constant": _no_constant,
    }
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as e:
        raise JsonError("not JSON", str(e)) from e
    value = _loads(text, hooks)
    _shallow(value, depth)
    return value


def leading(text: str, limit: int = MAX_LENGTH) -> str:
    """Return the JSON value that a text begins with, as text; all of it where it begins with none.

    For blocks that hold something else after the value.
    """
    text = text.lstrip(_PADDING)[:limit]
    try:
        _, end = json.JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError):
        return text
    return text[:end]


def _load(text: str | bytes, limit: int, hooks: dict[str, Any]) -> Json:
    if isinstance(text, bytes):
        if len(text) > limit:
            raise JsonError(f"longer than {limit} bytes")
        try:
            text = text.decode(json.detect_encoding(text), "surrogatepass")
        except UnicodeDecodeError as e:
            raise JsonError("not JSON", str(e)) from e
    text = text.strip(_PADDING)
    if len(text) > limit:
        raise JsonError(f"longer than {limit} characters")
    return _loads(text, {"parse_int": _integer, **hooks})


def _loads(text: str, hooks: dict[str, Any]) -> Json:
    try:
        value: Json = json.loads(text, **hooks)
    except JsonError:
        raise
    except RecursionError as e:
        raise JsonError("nested too deep") from e
    except ValueError as e:
        raise JsonError("not JSON", str(e)) from e
    return value


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise JsonError("a key is there twice")
    return members


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits) < _LONG else float(digits)


def _finite_integer(digits: str) -> int | float:
    return int(digits) if len(digits) < _LONG else _finite(digits)


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):  # it could not be written again
        raise JsonError("a number too large for a float")
    return number


def _no_constant(name: str) -> float:
    raise JsonError(f"{name} is not a number of JSON")


def _shallow(value: Json, depth: int) -> None:
    """Refuse what is nested too deep; walks without recursion."""
    level: list[Any] = [value] if isinstance(value, dict | list) else []
    for _ in range(depth):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return
    raise JsonError(f"nested more than {depth} deep")
