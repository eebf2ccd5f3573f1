"""What a hard binding leaves out: bytes that anyone may change without breaking the credential.

A data hash may exclude ranges (C2PA 2.4 section 18.5), a BMFF hash boxes (section 18.6), a box hash
entries (section 18.7). To exclude the credential itself is a must; to exclude more is allowed, and
then a match says less than it seems to.

The data hash is also computed here, where the SDK's answer says too little: it calls a hash whose
excluded range is not exactly the credential a mismatch, whether the rest of the file is intact or
not. The two differ: one leaves bytes uncovered, the other was altered.
"""

from __future__ import annotations

import hashlib
import itertools
from typing import TYPE_CHECKING, Any

from provenance.credentials.manifest import HASH_ALGORITHMS, Assertion, ContentError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from provenance.media.asset import Asset
    from provenance.media.container.extents import Extent
    from provenance.media.container.model import Span

# Around each span of the store stands its container's wrapping: 12 bytes of a JPEG segment, 12 of
# a PNG chunk, 8 and padding of a RIFF chunk, 37 of a GEOB frame. None reaches this.
_WRAPPING = 64
# Boxes that hold nothing but file offsets, which move when a credential is inserted.
_OFFSET_BOXES = frozenset(
    {"iloc", "tfra", "mfra", "stco", "co64", "tfhd", "trun", "sidx", "saio", "ssix"}
)
_PLACES = frozenset({"iloc", "stco", "co64", "tfhd", "trun"})  # of them, where samples stand
_HOLDERS = frozenset({"mdat", "imda"})  # boxes for media, and for nothing else
_MAX_BOXES = 100_000
_MAX_EXCLUSIONS = 10_000
_CHUNK = 1 << 20  # bytes that are hashed at once
_USER_TYPE = 8  # where the user type of a `uuid` box stands
_AFTER = "c2pa.after"  # the box that stands for all behind the last one
_MEDIA_BOXES = frozenset({"mdat", "moov", "moof", "meta", "idat", "imda"})


def uncovered(
    binding: Assertion,
    store: Sequence[Span],
    top_boxes: Callable[[], list[tuple[str, int, int]]] = list,
    media: Callable[[], list[Extent]] = list,
    unboxed: Callable[[], int] = int,
) -> str:
    """Say in words what a matching hard binding leaves uncovered; empty where that is nothing.

    `store` are the spans of the manifest store in the file, in bytes. Media that is not covered
    counts; metadata boxes do not.
    """
    try:
        data = binding.decode()
    except ContentError:
        return ""
    if not isinstance(data, dict):
        return ""
    if binding.base == "c2pa.hash.data":
        return _ranges(data, store)
    if binding.base.startswith("c2pa.hash.bmff"):
        return _boxes(data) or _loose(data, top_boxes, media)
    if binding.base == "c2pa.hash.boxes":
        return _entries(data, unboxed)
    return ""


def _ranges(data: dict[Any, Any], store: Sequence[Span]) -> str:
    excluded = []
    for entry in _maps(data.get("exclusions")):
        start, length = entry.get("start"), entry.get("length")
        if isinstance(start, int) and isinstance(length, int) and length > 0:
            excluded.append((start, start + length))
    total = 0
    at = 0
    for start, end in _without(excluded, _credential(excluded, store)):
        total += max(0, end - max(start, at))
        at = max(at, end)
    return f"{total} bytes beside the credential are not covered by its hash" if total else ""


def _credential(
    excluded: Sequence[tuple[int, int]], store: Sequence[Span]
) -> Sequence[tuple[int, int]]:
    """Return the ranges that may be excluded: the store, and one range around it for its wrapping.

    What further ranges add is not the credential's. An update manifest makes the store grow beyond
    the range that its parent excluded.
    """
    own = [(s.offset, s.offset + s.length) for s in store]
    if not own:
        return own
    first, last = min(a for a, _ in own), max(b for _, b in own)
    room = _WRAPPING * len(own) + sum(b - a for a, b in own)
    around = [(a, b) for a, b in excluded if a <= first < b and b - a <= room]
    around.sort(key=lambda r: (-min(r[1], last), r[1] - r[0]))
    return [*around[:1], *own]


def _without(
    ranges: Sequence[tuple[int, int]], allowed: Sequence[tuple[int, int]]
) -> list[tuple[int, int]]:
    """Return what of the ranges lies outside the allowed ones, in order; may overlap."""
    left = sorted(ranges)
    for low, high in allowed:
        left = [
            part
            for a, b in left
            for part in ((a, min(b, low)), (max(a, high), b))
            if part[0] < part[1]
        ]
    return sorted(left)


def _boxes(data: dict[Any, Any]) -> str:
    hashed_elsewhere = bool(data.get("merkle"))
    found = set()
    for entry in _maps(data.get("exclusions")):
        path = entry.get("xpath")
        if not isinstance(path, str):
            continue
        steps = [step.partition("[")[0] for step in path.strip("/").split("/")]
        if steps[0] not in _MEDIA_BOXES or steps[-1] in _OFFSET_BOXES:
            continue
        if steps == ["mdat"] and hashed_elsewhere:
            continue
        if _narrow(entry):
            continue
        found.add("/" + "/".join(steps))
    return f"boxes not covered by the hash: {', '.join(sorted(found)[:8])}" if found else ""


def _loose(
    data: dict[Any, Any],
    top_boxes: Callable[[], list[tuple[str, int, int]]],
    media: Callable[[], list[Extent]],
) -> str:
    """Look whether media stand outside what is hashed, where the tables of offsets are left out.

    A hash of version 2 may exclude the tables that say where samples stand. Then a foreign picture
    in an excluded box would match, and so would samples in another order.
    """
    entries = [(e, _last(e)) for e in _maps(data.get("exclusions"))]
    if not any(last in _PLACES for _, last in entries):
        return ""
    tops = top_boxes()
    if any(kind == "moof" for kind, _, _ in tops) and any(
        last in {"trun", "tfhd"} and not _narrow(entry) for entry, last in entries
    ):
        return "the hash leaves out how samples follow one another"
    excluded = {kind for entry, _ in entries for kind in _top(entry)}
    if data.get("merkle"):
        excluded -= {"mdat"}  # hashed in pieces
    hashed = [(a, a + n) for kind, a, n in tops if kind in _HOLDERS and kind not in excluded]
    import bisect  # noqa: PLC0415 - few files leave them out

    from provenance.media.container.extents import ExtentError  # noqa: PLC0415 - as above

    try:
        found = media()
    except ExtentError as e:
        return f"the hash leaves out where media stand, and that cannot be followed: {e}"
    starts = [start for start, _ in hashed]
    for one in found:
        at = bisect.bisect_right(starts, one.start) - 1
        if at < 0 or one.end > hashed[at][1]:
            return "media stand in boxes not covered by the hash"
    # Items stand in any order, and one may share the bytes of a sample.
    samples = [one for one in found if one.owner]
    for before, after in itertools.pairwise(samples):
        if before.owner == after.owner and after.start < before.start:
            return "the hash leaves out where media stand, and their order was changed"
    samples.sort(key=lambda one: (one.start, one.end))
    if any(after.start < before.end for before, after in itertools.pairwise(samples)):
        return "the hash leaves out where media stand, and two stand in one place"
    return ""


def _last(entry: dict[Any, Any]) -> str:
    path = entry.get("xpath")
    return path.strip("/").split("/")[-1].partition("[")[0] if isinstance(path, str) else ""


def _top(entry: dict[Any, Any]) -> list[str]:
    """Return the top-level box that an exclusion takes out whole; `uuid:<hex>` by its type."""
    path = entry.get("xpath")
    if not isinstance(path, str) or "/" in path.strip("/"):
        return []
    kind = path.strip("/").partition("[")[0]
    values = [
        d["value"]
        for d in _maps(entry.get("data"))
        if d.get("offset") == _USER_TYPE and isinstance(d.get("value"), bytes)
    ]
    return [f"{kind}:{v.hex()}" for v in values] if kind == "uuid" and values else [kind]


def top_level(asset: Asset) -> list[tuple[str, int, int]]:
    """Return the top-level boxes of a BMFF file as (type, start, length), at most 100,000.

    A `uuid` box has its user type behind a colon.
    """
    found: list[tuple[str, int, int]] = []
    at = 0
    while at + 8 <= asset.size and len(found) < _MAX_BOXES:
        head = asset.read(at, 32)
        length = int.from_bytes(head[:4], "big")
        if length == 1:
            length = int.from_bytes(head[8:16], "big")
        elif length == 0:
            length = asset.size - at
        if length < 8:
            break
        kind = head[4:8].decode("latin-1")
        if kind == "uuid":
            user = 16 if head[:4] == b"\0\0\0\1" else _USER_TYPE
            kind += ":" + head[user : user + 16].hex()
        found.append((kind, at, length))
        at += length
    return found


def _narrow(entry: dict[Any, Any]) -> bool:
    """Tell whether an exclusion takes only a few bytes out of a box."""
    subset = _maps(entry.get("subset"))
    lengths = [n if isinstance(n := s.get("length"), int) and n > 0 else 0 for s in subset]
    return bool(subset) and all(lengths) and sum(lengths) <= _WRAPPING


def _entries(data: dict[Any, Any], unboxed: Callable[[], int]) -> str:
    """Find boxes that are left out, and bytes that stand in none (C2PA 2.4 section 18.7.2)."""
    names, listed = set(), set()
    for entry in _maps(data.get("boxes")):
        if isinstance(entry.get("names"), list | tuple):
            own = {n for n in entry["names"] if isinstance(n, str) and n != "C2PA"}
            listed |= own
            names |= own if entry.get("excluded") is True else set()
    if names:
        return f"boxes not covered by the hash: {', '.join(sorted(names)[:8])}"
    if _AFTER not in listed and (loose := unboxed()) > _WRAPPING:
        return f"{loose} bytes stand in no box, and are not covered by the hash"
    return ""


def _maps(value: Any) -> list[dict[Any, Any]]:
    return [v for v in value if isinstance(v, dict)] if isinstance(value, list | tuple) else []


def data_hash_matches(asset: Asset, assertion: Assertion) -> bool:
    """Tell whether the asset's bytes outside the excluded ranges have the digest declared."""
    try:
        data = assertion.decode()
    except ValueError:
        return False
    if not isinstance(data, dict) or not isinstance(data.get("hash"), bytes):
        return False
    ranges = _excluded(data.get("exclusions"))
    algorithm = data.get("alg", "sha256")
    if ranges is None or not isinstance(algorithm, str) or algorithm not in HASH_ALGORITHMS:
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


def computable(assertion: Assertion) -> bool:
    """Tell whether `data_hash_matches` settles a data hash: whether all that it needs is there.

    Without an `alg` of its own the algorithm is the claim's, which is not looked up here.
    """
    try:
        data = assertion.decode()
    except ValueError:
        return False
    return (
        isinstance(data, dict)
        and isinstance(data.get("alg"), str)
        and data["alg"] in HASH_ALGORITHMS
        and isinstance(data.get("hash"), bytes)
        and not data_hash_fault(assertion)
    )


def unsupported_algorithm(assertion: Assertion) -> str:
    """Return the algorithm that a data hash names where it is none of C2PA's (section 13.1)."""
    try:
        data = assertion.decode()
    except ValueError:
        return ""
    named = data.get("alg") if isinstance(data, dict) else None
    return named[:64] if isinstance(named, str) and named not in HASH_ALGORITHMS else ""


def data_hash_fault(assertion: Assertion) -> str:
    """Say what is wrong with the form of the excluded ranges; empty where nothing is.

    They stand in order and do not overlap (C2PA 2.4 section 15.12.1.1).
    """
    try:
        data = assertion.decode()
    except ValueError:
        return "the data hash cannot be read"
    exclusions = data.get("exclusions") if isinstance(data, dict) else None
    ranges = _excluded(exclusions)
    if ranges is None:
        return "the data hash excludes what is no range"
    starts = [entry["start"] for entry in exclusions or ()]
    overlap = any(one[1] > after[0] for one, after in itertools.pairwise(ranges))
    if overlap or starts != sorted(starts):
        return "the ranges that the data hash excludes overlap, or are out of order"
    return ""


def _excluded(value: Any) -> list[tuple[int, int]] | None:
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
