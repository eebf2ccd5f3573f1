"""Manifest stores put together anew from whole manifests, byte for byte.

For what is spread over two boxes of a file, for a store whose manifests were expanded, and for a
copy without what no reference leads to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.credentials import jumbf

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from provenance.credentials.jumbf import Superbox


def store_of(data: bytes, root: Superbox, payloads: Iterable[bytes]) -> bytes:
    """Return a store with the description of `root`, which is in `data`, and these superboxes.

    `payloads` are superboxes without their own header.
    """
    description = int.from_bytes(data[root.start : root.start + 4], "big")
    held = b"".join(map(_box, payloads))
    return _box(data[root.start : root.start + description] + held)


def joined(original: bytes, update: bytes) -> bytes:
    """Return the one store that two boxes of an ISO BMFF file hold (C2PA 2.4, 15.12.2 and A.5.3).

    Update manifests are appended in a box of their own, so that nothing in the file moves; the
    last of them is active. Raises JumbfError.
    """
    first, second = jumbf.parse_jumbf(original), jumbf.parse_jumbf(update)
    held = [original[c.start : c.end] for c in first.children]
    added = [update[c.start : c.end] for c in second.children]
    return store_of(
        original, first, [*held, *(manifest for manifest in added if manifest not in held)]
    )


def only(data: bytes, labels: Collection[str]) -> bytes:
    """Return a store with the last manifest of each of these labels, and nothing else.

    Where that is all there is in it, or it cannot be walked, the very same bytes.
    """
    try:
        root = jumbf.parse_jumbf(data)
    except jumbf.JumbfError:
        return data
    last = {c.label: c for c in root.children if c.label in labels and c.uuid in jumbf.MANIFESTS}
    kept = [c for c in root.children if last.get(c.label) is c]
    if len(kept) == len(root.children) or not kept:
        return data
    return store_of(data, root, (data[c.start : c.end] for c in kept))


def _box(payload: bytes) -> bytes:
    return (len(payload) + 8).to_bytes(4, "big") + b"jumb" + payload
