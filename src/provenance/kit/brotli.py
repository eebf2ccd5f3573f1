"""Brotli streams (RFC 7932) that store and do not compress: a valid stream without an encoder."""

from __future__ import annotations

_BLOCK = 65536  # the longest that four nibbles of MLEN - 1 can say


def stored(data: bytes) -> bytes:
    """Return a stream of uncompressed meta-blocks whose content is `data`."""
    out = bytearray()
    bits, count = 0, 1  # WBITS: a single 0 bit means a window of 16 bits
    for at in range(0, len(data), _BLOCK):
        part = data[at : at + _BLOCK]
        # ISLAST 0, MNIBBLES 0 (four), MLEN - 1, ISUNCOMPRESSED 1; then up to a byte boundary
        bits |= (len(part) - 1) << count + 3 | 1 << count + 19
        count += 20
        out += bits.to_bytes((count + 7) // 8, "little") + part
        bits, count = 0, 0
    bits |= 0b11 << count  # ISLAST, ISLASTEMPTY
    return bytes(out + bits.to_bytes((count + 2 + 7) // 8, "little"))
