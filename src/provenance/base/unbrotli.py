"""Brotli data, expanded within a bound."""

from __future__ import annotations

_PIECE = 1 << 16


class BrotliError(ValueError):
    """Data that is not a whole Brotli stream. The message says why."""


class BrotliLimitError(BrotliError):
    """Data that expands to more than the caller's limit."""


def unbrotli(data: bytes, limit: int) -> bytes:
    """Return what one Brotli stream (RFC 7932) holds: at most `limit` bytes.

    Raises BrotliLimitError over the limit, BrotliError for damaged data, for a stream that is cut
    off and for bytes after its end. Memory stays within the limit and a window of 16 MiB.
    """
    import brotli  # noqa: PLC0415 - few files hold such data

    decoder = brotli.Decompressor()
    parts: list[bytes] = []
    size = 0
    try:
        piece: bytes = decoder.process(data, output_buffer_limit=_PIECE)
        while True:
            parts.append(piece)
            size += len(piece)
            if size > limit:
                raise BrotliLimitError(f"over {limit} bytes when expanded")
            if decoder.is_finished():
                return b"".join(parts)
            if not piece and decoder.can_accept_more_data():
                raise BrotliError("the compressed data is cut off")
            piece = decoder.process(b"", output_buffer_limit=_PIECE)
    except brotli.error as e:
        raise BrotliError("the compressed data is damaged") from e
