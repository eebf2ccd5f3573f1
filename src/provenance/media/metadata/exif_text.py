"""Text of EXIF: ASCII that is not, UTF-16 of unstated order, and the codes of UserComment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.media.metadata.sink import decoded

if TYPE_CHECKING:
    from typing import Literal

_PREFIX = 8  # bytes that name the character code (CIPA DC-008, 4.6.6, UserComment)
_PROBE = 4_096  # bytes looked at to tell the byte order


def ascii_text(raw: bytes) -> str:
    """Decode a value of type ASCII, in which writers put UTF-8 and Latin-1 too."""
    return decoded(raw).rstrip(" ")


def comment(raw: bytes, order: Literal["little", "big"]) -> str:
    """Decode UserComment by its prefix; without one the whole is text, as some writers have it."""
    prefix, body = raw[:_PREFIX], raw[_PREFIX:]
    code = prefix.rstrip(b"\0 ").upper()
    if code == b"UNICODE":
        return utf16(body, order).rstrip("\0 ")
    if code == b"JIS":
        for name in ("iso2022_jp", "shift_jis", "euc_jp"):
            try:
                return body.rstrip(b"\0 ").decode(name)
            except UnicodeDecodeError:
                continue
        return decoded(body)
    if code in (b"ASCII", b""):
        return ascii_text(body)
    return ascii_text(raw)


def utf16(raw: bytes, order: Literal["little", "big"]) -> str:
    """Decode UTF-16 in the order its bytes show, or the one given where they do not.

    The standard gives UNICODE the order of the file; libraries write the other one as well, and
    nearly all text has zero bytes on one side (ASCII, spaces, line ends). Text that is UTF-8 in
    spite of its prefix has none and is an odd sight in either order: it is taken for that.
    """
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return raw.decode("utf-16", "replace")
    probe = raw[:_PROBE]
    high, low = probe[0::2].count(0), probe[1::2].count(0)
    if high == low == 0 and _is_utf8(probe):
        return decoded(raw)
    if high != low:
        order = "big" if high > low else "little"
    return raw[: len(raw) & ~1].decode("utf-16-be" if order == "big" else "utf-16-le", "replace")


def _is_utf8(data: bytes) -> bool:
    """Tell whether bytes are printable ASCII throughout: as UTF-16 they would be rare Han."""
    return data.isascii() and data.decode("ascii").isprintable()
