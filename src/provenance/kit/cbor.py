"""Encoding CBOR (RFC 8949) for what the kit writes. Decoding is `provenance.credentials.cbor`."""

from __future__ import annotations

from typing import Any

import cbor2

COSE_SIGN1 = 18  # RFC 9052 section 2


def encode(value: object) -> bytes:
    """Return the value as CBOR, maps in the order of their keys as given."""
    return cbor2.dumps(value)


def tagged(tag: int, value: Any) -> bytes:
    """Return the value under a CBOR tag."""
    return cbor2.dumps(cbor2.CBORTag(tag, value))
