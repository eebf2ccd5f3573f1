"""The data hash (C2PA 2.4 section 18.5), computed by us where the SDK's answer says too little.

The SDK calls a hash whose excluded range is not exactly the credential a mismatch, be the rest of
the file intact or not. The two differ: one leaves bytes uncovered, the other was altered.
"""

from __future__ import annotations

import hashlib
import itertools
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from provenance.credentials.manifest import Assertion
    from provenance.media.asset import Asset

_CHUNK = 1 << 20
_MAX_EXCLUSIONS = 10_000
_ALGORITHMS = frozenset({"sha256", "sha384", "sha512"})


def matches(asset: Asset, assertion: Assertion) -> bool:
    """Tell whether the asset's bytes outside the excluded ranges have the digest declared."""
    try:
        data = assertion.decode()
    except ValueError:
        return False
    if not isinstance(data, dict) or not isinstance(data.get("hash"), bytes):
        return False
    ranges = _ranges(data.get("exclusions"))
    algorithm = data.get("alg", "sha256")
    if ranges is None or not isinstance(algorithm, str) or algorithm not in _ALGORITHMS:
        return False
    digest = hashlib.new(algorithm)
    at = 0
    for start, end in [*ranges, (asset.size, asset.size)]:
        while at < min(start, asset.size):
            chunk = asset.read(at, min(_CHUNK, start - at))
            if not chunk:
                return False
            digest.update(chunk)
            at += len(chunk)
        at = max(at, end)
    return bool(digest.digest() == data["hash"])


def unsupported(assertion: Assertion) -> str:
    """Return the algorithm that a data hash names where it is none of C2PA's (section 13.1)."""
    try:
        data = assertion.decode()
    except ValueError:
        return ""
    named = data.get("alg") if isinstance(data, dict) else None
    return named[:64] if isinstance(named, str) and named not in _ALGORITHMS else ""


def fault(assertion: Assertion) -> str:
    """Say what is wrong with the form of the excluded ranges; empty where nothing is.

    They stand in order and do not overlap (C2PA 2.4 section 15.12.1.1).
    """
    try:
        data = assertion.decode()
    except ValueError:
        return "the data hash cannot be read"
    exclusions = data.get("exclusions") if isinstance(data, dict) else None
    ranges = _ranges(exclusions)
    if ranges is None:
        return "the data hash excludes what is no range"
    starts = [entry["start"] for entry in exclusions or ()]
    overlap = any(one[1] > after[0] for one, after in itertools.pairwise(ranges))
    if overlap or starts != sorted(starts):
        return "the ranges that the data hash excludes overlap, or are out of order"
    return ""


def _ranges(value: Any) -> list[tuple[int, int]] | None:
    """Return the excluded ranges in order; None where they are no ranges."""
    if value is None:
        return []
    if not isinstance(value, list | tuple) or len(value) > _MAX_EXCLUSIONS:
        return None
    made = []
    for entry in value:
        start = entry.get("start") if isinstance(entry, dict) else None
        length = entry.get("length") if isinstance(entry, dict) else None
        if not isinstance(start, int) or not isinstance(length, int) or start < 0 or length < 0:
            return None
        made.append((start, start + length))
    return sorted(made)
