"""Compressed manifests (C2PA 2.4 section 11.2.4): a `c2cm` superbox around one `brob` box.

The Brotli stream is the JUMBF superbox of a standard or update manifest, from its first byte.
Digests are taken over that superbox, so a store is expanded first and read as if it had never been
compressed. What is wrong with one is said, and the box stays as it is.
"""

from __future__ import annotations

from provenance.base.unbrotli import BrotliError, BrotliLimitError, unbrotli
from provenance.credentials import jumbf
from provenance.credentials.budget import Budget


class _CompressedError(ValueError):
    """A compressed manifest that cannot be read. The message says why."""


def expand(
    data: bytes, root: jumbf.Superbox, budget: Budget | None = None
) -> tuple[bytes, jumbf.Superbox, dict[str, str]]:
    """Return a store without compressed manifests, walked anew, and what is wrong by label.

    `root` is what `jumbf.parse` gave for `data`. All expanded manifests of a file together have at
    most `budget.expanded` bytes. Raises JumbfError where the expanded store breaks a bound.
    """
    if all(c.uuid != jumbf.COMPRESSED_MANIFEST for c in root.children):
        return data, root, {}
    faults: dict[str, str] = {}
    description = int.from_bytes(data[root.start : root.start + 4], "big")
    parts = [data[root.start : root.start + description]]
    budget = budget or Budget()
    for box in root.children:
        part = _box(data[box.start : box.end])
        if box.uuid == jumbf.COMPRESSED_MANIFEST:
            try:
                part = _manifest(data, box, budget)
            except _CompressedError as e:
                faults[box.label] = f"cannot be expanded: {e}"
        parts.append(part)
    whole = _box(b"".join(parts))
    return whole, jumbf.parse(whole), faults


def contains(whole: bytes, part: bytes) -> bool:
    """Tell whether every manifest of store `part` stands in store `whole`, compressed or not.

    The SDK compresses anew what it gives back, and no two encoders write the same stream.
    """
    if jumbf.contains(whole, part):
        return True
    if b"brob" not in whole:
        return False
    try:
        expanded = (expand(data, jumbf.parse(data))[0] for data in (whole, part))
        return jumbf.contains(*expanded)
    except jumbf.JumbfError:
        return False


def _box(payload: bytes) -> bytes:
    return (len(payload) + 8).to_bytes(4, "big") + b"jumb" + payload


def _manifest(data: bytes, box: jumbf.Superbox, budget: Budget) -> bytes:
    content = box.content(b"brob")
    if content is None or len(box.boxes) != 1 or box.children:
        raise _CompressedError("it does not hold one compressed box")
    try:
        made = unbrotli(data[content.start : content.end], budget.expanded)
        budget.expanded -= len(made)
        inner = jumbf.superbox(made)
    except BrotliLimitError as e:
        budget.limits["over the limit of what manifests of one file expand to"] = None
        budget.expanded //= 2  # else each of a hundred would be expanded up to the limit
        raise _CompressedError(str(e)) from e
    except BrotliError as e:
        raise _CompressedError(str(e)) from e
    except jumbf.JumbfError as e:
        raise _CompressedError(f"what was compressed is no manifest: {e}") from e
    if inner.uuid not in jumbf.MANIFESTS - {jumbf.COMPRESSED_MANIFEST}:
        raise _CompressedError("what was compressed is no manifest")
    if inner.label != box.label:
        raise _CompressedError("the manifest inside has another label")
    return made
