"""A manifest store with its certificates where the SDK looks for them.

By C2PA 2.4 section 14.5 a validator accepts `x5chain` under its text label and under 33, in either
header. The SDK (0.38.1) does not look under 33 in the unprotected one, and then compares nothing
with the media. No signature covers that header: a copy of the store with the certificates under
`x5chain` says the same, and the SDK reads it.
"""

from __future__ import annotations

from provenance.base import cbor
from provenance.credentials import compressed, jumbf

_LABEL = 33  # RFC 9360
_TEXT = "x5chain"


def relabel(data: bytes) -> tuple[bytes, frozenset[str]]:
    """Return the copy, and the labels of the manifests that differ in it; none where none does.

    `data` is a whole manifest store; compressed manifests are expanded in the copy. What cannot be
    read stays as it is. Hashed URIs of a manifest that differs no longer match in the copy.
    """
    try:
        expanded = compressed.expand(data, jumbf.parse_jumbf(data))
        data, root = expanded.data, expanded.root
    except jumbf.JumbfError:
        return data, frozenset()
    copy = bytearray(data)
    changed = set()
    for manifest in reversed(root.children):  # so that what is before keeps its place
        holder = manifest.child(jumbf.SIGNATURE)
        content = holder.content(b"cbor") if holder else None
        if holder is None or content is None:
            continue
        spans = [(b.start, b.end) for b in (holder, manifest, root)]
        spans.append((content.start, content.end))
        if any(_size(data, start) != end - start + 8 for start, end in spans):
            continue  # a long header, or one without a size: no writer is known to use them here
        signature = _relabelled(data[content.start : content.end])
        if signature is None:
            continue
        changed.add(manifest.label)
        copy[content.start : content.end] = signature
        more = len(signature) - (content.end - content.start)
        for start, _ in spans:
            copy[start - 8 : start - 4] = (_size(copy, start) + more).to_bytes(4, "big")
    return bytes(copy), frozenset(changed)


def _size(data: bytes | bytearray, start: int) -> int:
    """The size that the header of a box states, by where its payload starts."""
    return int.from_bytes(data[start - 8 : start - 4], "big")


def _relabelled(signature: bytes) -> bytes | None:
    """Return a COSE_Sign1 with the label changed; None where it has no such certificates."""
    try:
        outer = cbor.decode(signature)
    except cbor.CborError:
        return None
    if not isinstance(outer, list | tuple) or len(outer) != 4 or not isinstance(outer[1], dict):
        return None
    protected, unprotected, payload, value = outer
    if _LABEL not in unprotected or _TEXT in unprotected:
        return None
    header = {_TEXT if key == _LABEL else key: entry for key, entry in unprotected.items()}
    return cbor.tagged(cbor.COSE_SIGN1, [protected, header, payload, value])
