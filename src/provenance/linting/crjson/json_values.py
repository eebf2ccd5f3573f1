"""Values of CBOR as crJSON writes them (C2PA crJSON format, section 3.6.3).

The result holds only what JSON knows. It is printed with every character beyond ASCII escaped, so
that text of the file reaches no terminal raw; what it says is kept to the letter.
"""

from __future__ import annotations

import base64
import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

BYTES_PREFIX = "b64'"
MAX_DEPTH = 64  # of one value; claims and assertions in CBOR stay below 32


def moment(time: datetime) -> str:
    """Return an RFC 3339 time in UTC."""
    return time.isoformat().replace("+00:00", "Z")


def encoded(data: bytes, closing: str = "") -> str:
    """Return a byte string as crJSON writes it: `b64'`, Base64 (RFC 4648 section 4), `closing`."""
    return BYTES_PREFIX + base64.b64encode(data).decode("ascii") + closing


def value(found: Any, closing: str = "", depth: int = 0) -> Any:
    """Turn a decoded value into what JSON knows; what it does not know becomes null.

    `closing` ends byte strings: nothing in crJSON of 2.4, an apostrophe in that of 2.5.
    """
    if found is None or isinstance(found, bool | int | str):
        return found
    if isinstance(found, float):
        return found if math.isfinite(found) else None
    if isinstance(found, bytes):
        return encoded(found, closing)
    if depth >= MAX_DEPTH:
        return None
    if isinstance(found, dict):
        made: dict[str, Any] = {}
        for key, one in found.items():
            name = _key(key)
            if isinstance(key, str) or name not in made:  # a key that is text comes first
                made[name] = value(one, closing, depth + 1)
        return made
    if isinstance(found, list | tuple):
        return [value(one, closing, depth + 1) for one in found]
    return None


def _key(key: Any) -> str:
    if isinstance(key, str):
        return key
    if isinstance(key, bytes):
        return encoded(key)
    if isinstance(key, int) and not isinstance(key, bool) and key.bit_length() <= 64:
        return str(key)
    return type(key).__name__
