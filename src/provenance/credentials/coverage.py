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
    own = [(s.offset, s.offset + s.length) for s in store]
    total = 0
    for entry in _maps(data.get("exclusions")):
        start, length = entry.get("start"), entry.get("length")
        if not isinstance(start, int) or not isinstance(length, int) or length <= 0:
            continue
        end = start + length
        inside = [(max(a, start), min(b, end)) for a, b in own if a < end and b > start]
        left = length - sum(b - a for a, b in inside)
        if left > _WRAPPING * max(1, len(inside)) or not inside:
            total += left
    return f"{total} bytes beside the credential are not covered by its hash" if total else ""


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
    lengths = [s.get("length") for s in subset]
    return bool(subset) and all(isinstance(n, int) and 0 < n <= _WRAPPING for n in lengths)


def _entries(data: dict[Any, Any]) -> str:
    names = set()
    for entry in _maps(data.get("boxes")):
        if entry.get("excluded") is True and isinstance(entry.get("names"), list | tuple):
            names |= {n for n in entry["names"] if isinstance(n, str) and n != "C2PA"}
    return f"boxes not covered by the hash: {', '.join(sorted(names)[:8])}" if names else ""


def _maps(value: Any) -> list[dict[Any, Any]]:
    return [v for v in value if isinstance(v, dict)] if isinstance(value, list | tuple) else []
