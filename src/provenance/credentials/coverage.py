"""What a hard binding leaves out: bytes that anyone may change without breaking the credential.

A data hash may exclude ranges (C2PA 2.4 section 18.5), a BMFF hash boxes (section 18.7), a box hash
entries (section 18.6). To exclude the credential itself is a must; to exclude more is allowed, and
then a match says less than it seems to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from provenance.credentials.manifest import Assertion, ContentError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provenance.container.model import Span

# Around each span of the store stands its container's wrapping: 12 bytes of a JPEG segment, 12 of
# a PNG chunk, 8 and padding of a RIFF chunk, 37 of a GEOB frame. None reaches this.
_WRAPPING = 64
# Boxes that hold nothing but file offsets, which move when a credential is inserted.
_OFFSET_BOXES = frozenset(
    {"iloc", "tfra", "mfra", "stco", "co64", "tfhd", "trun", "sidx", "saio", "ssix"}
)
_MEDIA_BOXES = frozenset({"mdat", "moov", "moof", "meta", "idat", "imda"})


def uncovered(binding: Assertion, store: Sequence[Span]) -> str:
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
        return _boxes(data)
    if binding.base == "c2pa.hash.boxes":
        return _entries(data)
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


def _narrow(entry: dict[Any, Any]) -> bool:
    """Tell whether an exclusion takes only a few bytes out of a box."""
    subset = _maps(entry.get("subset"))
    lengths = [n if isinstance(n := s.get("length"), int) and n > 0 else 0 for s in subset]
    return bool(subset) and all(lengths) and sum(lengths) <= _WRAPPING


def _entries(data: dict[Any, Any]) -> str:
    names = set()
    for entry in _maps(data.get("boxes")):
        if entry.get("excluded") is True and isinstance(entry.get("names"), list | tuple):
            names |= {n for n in entry["names"] if isinstance(n, str) and n != "C2PA"}
    return f"boxes not covered by the hash: {', '.join(sorted(names)[:8])}" if names else ""


def _maps(value: Any) -> list[dict[Any, Any]]:
    return [v for v in value if isinstance(v, dict)] if isinstance(value, list | tuple) else []
