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


def value(decoded: Any, closing: str = "", depth: int = 0) -> Any:
    """Turn a decoded value into what JSON knows; what it does not know becomes null.

    `closing` ends byte strings: nothing in crJSON of 2.4, an apostrophe in that of 2.5.
    """
    if decoded is None or isinstance(decoded, bool | int | str):
        return decoded
    if isinstance(decoded, float):
        return decoded if math.isfinite(decoded) else None
    if isinstance(decoded, bytes):
        return encoded(decoded, closing)
    if depth >= MAX_DEPTH:
        return None
    if isinstance(decoded, dict):
        members: dict[str, Any] = {}
        for key, member in decoded.items():
            name = _key(key)
            if isinstance(key, str) or name not in members:  # a key that is text comes first
                members[name] = value(member, closing, depth + 1)
        return members
    if isinstance(decoded, list | tuple):
        return [value(element, closing, depth + 1) for element in decoded]
    return None


def _key(key: Any) -> str:
    if isinstance(key, str):
        return key
    if isinstance(key, bytes):
        return encoded(key)
    if isinstance(key, int) and not isinstance(key, bool) and key.bit_length() <= 64:
        return str(key)
    return type(key).__name__
