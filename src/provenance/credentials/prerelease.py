"""The form of Content Credentials before the standard, as Photoshop wrote it in 2021 and 2022.

A hashed URI was over the content of an assertion, not over its box. The signed claim shows the form
by the URI of its signature, `self#jumbf=c2pa/...` without the slash of an absolute path.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.base import cbor
from provenance.credentials.manifest import HASH_ALGORITHMS, HASHES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from provenance.credentials.jumbf import Superbox
    from provenance.credentials.manifest import HashedUri

WORDS = "the hash of this assertion is made as before the standard of 2022: over its content alone"
_SIGNATURE = "self#jumbf=c2pa/"


def is_shown(claim: Mapping[object, object], version: int) -> bool:
    """Tell whether a claim is of the form before the standard."""
    signature = claim.get("signature")
    return version == 1 and isinstance(signature, str) and signature.startswith(_SIGNATURE)


def matches(data: bytes, box: Superbox, uri: HashedUri) -> bool:
    """Tell whether the content of an assertion, its last box, has the digest of a URI."""
    if not box.boxes or uri.algorithm not in HASH_ALGORITHMS:
        return False
    content = box.boxes[-1]
    hasher = HASHES[uri.algorithm](memoryview(data)[content.start : content.end])
    return hasher.digest() == uri.digest


def unpadded(data: bytes) -> bytes:
    """Return a signature without the zero bytes that fill its box; as it is where it has none."""
    try:
        _, length = cbor.decode_first(data)
    except cbor.CborError:
        return data
    return data[:length] if not any(data[length:]) else data
