"""Transfer encodings of mail, undone as mail readers do: what does not fit is passed over."""

from __future__ import annotations

import binascii
import io
import re
from typing import NamedTuple

_PIECE = 1 << 20  # coded bytes at a time
_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
_NOT_BASE64 = bytes(set(range(256)) - set(_ALPHABET))
_WORD = re.compile(r"=\?([\w.-]{1,40})(?:\*\w*)?\?([bBqQ])\?([^?]{0,400})\?=")
_UU_MOST = 96  # characters of a line: 63 bytes take 85


class Decoded(NamedTuple):
    """What was encoded, and what is wrong with the encoding."""

    file: io.BytesIO
    damage: str


def decoded(data: bytes, start: int, end: int, coding: bytes) -> Decoded:
    """Undo an encoding of a range: `base64`, `quoted-printable`, or that of uuencode."""
    if coding == b"base64":
        return _base64(data, start, end)
    if coding == b"quoted-printable":
        return _quoted(data, start, end)
    return _uu(data, start, end)


def _base64(data: bytes, start: int, end: int) -> Decoded:
    file = io.BytesIO()
    damage, held, padded = "", b"", False
    for at in range(start, end, _PIECE):
        held += data[at : min(at + _PIECE, end)].translate(None, _NOT_BASE64)
        *ended, held = held.split(b"=")
        for text in filter(None, ended):
            if padded:  # something was encoded by itself and put after it
                damage = "its base64 continues after its end"
            padded = True
            file.write(_quads(text))
        if held and padded:
            damage = "its base64 continues after its end"
        whole = len(held) // 4 * 4
        file.write(binascii.a2b_base64(held[:whole]))
        held = held[whole:]
    if len(held) == 1:
        damage = damage or "its base64 is cut short"
    file.write(_quads(held))
    return Decoded(file, damage)


def _quads(text: bytes) -> bytes:
    """Decode the last characters, whose padding may be missing."""
    text = text[: len(text) - (len(text) % 4 == 1)]
    return binascii.a2b_base64(text + b"=" * (-len(text) % 4))


def _quoted(data: bytes, start: int, end: int) -> Decoded:
    file = io.BytesIO()
    at = start
    while at < end:
        stop = min(at + _PIECE, end)
        if stop < end:  # not within `=4A`, nor within a line that goes on
            cut = data.rfind(b"=", stop - 3, stop)
            stop = cut if cut > at else stop
        file.write(binascii.a2b_qp(data[at:stop]))
        at = stop
    return Decoded(file, "")


def _uu(data: bytes, start: int, end: int) -> Decoded:
    """Decode uuencoded lines (IEEE Std 1003.1, `uuencode`)."""
    file, bad, at = io.BytesIO(), 0, start
    while at < end:
        stop = data.find(b"\n", at, end)
        stop = end if stop < 0 else stop
        line = data[at : min(stop, at + _UU_MOST)].rstrip(b"\r")
        at = stop + 1
        if line.startswith((b"begin ", b"end")) or not line.strip(b" `"):
            continue
        length = ((line[0] - 32) & 63) * 4
        try:  # some programs write a line longer than it says
            file.write(binascii.a2b_uu(line[: 1 + -(-length // 3)]))
        except binascii.Error:
            bad += 1
    return Decoded(file, f"{bad} of its lines are not uuencoded" if bad else "")


def text_of(name: bytes) -> str:
    """Return a file's name as text, encoded words (RFC 2047) decoded where they can be."""
    text = name[:4_096].decode("utf-8", "surrogateescape")
    return (_WORD.sub(_word, text) if "=?" in text else text).strip()


def _word(match: re.Match[str]) -> str:
    try:
        raw = match[3].encode("ascii")
        if match[2] in "bB":
            data = binascii.a2b_base64(raw)
        else:
            data = binascii.a2b_qp(raw.replace(b"_", b" "))
        return data.decode(match[1] if match[1].isascii() else "utf-8", "replace")
    except (LookupError, ValueError):
        return match[0]
