"""Frames of ID3v2 (ID3v2.4.0 frames; 2.3 and 2.2 alike): text, comments, objects that are text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.media.metadata.sink import decoded

if TYPE_CHECKING:
    from provenance.media.container.block import Block
    from provenance.media.metadata.sink import Sink

_UTF16, _UTF16_BE, _UTF8 = 1, 2, 3
_LANGUAGE = 3


def add_id3_frame(sink: Sink, block: Block) -> None:
    """Add a frame under its name, and after a colon its description where it has one."""
    kind = block.place
    data = sink.load(block)
    if not data:
        return
    if kind == "PRIV":
        owner, _, value = data.partition(b"\0")
        _object(sink, f"PRIV:{owner.decode('latin-1')}", value, "")
        return
    if kind[:1] == "W" and kind != "WXXX":  # an address, without an encoding (4.3.1)
        sink.add(kind, decoded(data.partition(b"\0")[0]))
        return
    encoding, body = data[0], data[1:]
    if kind == "GEOB":
        mime, _, body = body.partition(b"\0")
        _, body = _split(body, encoding)  # the file's name
        description, body = _split(body, encoding)
        _object(sink, f"GEOB:{_text(description, encoding)}", body, mime.decode("latin-1"))
        return
    key = kind
    if kind in ("COMM", "USLT"):
        body = body[_LANGUAGE:]
    if kind == "WXXX":
        description, body = _split(body, encoding)
        key = f"{kind}:{_text(description, encoding)}" if description else kind
        encoding = 0  # of the address
    elif kind in ("COMM", "USLT", "TXXX"):
        description, body = _split(body, encoding)
        if description:
            key = f"{kind}:{_text(description, encoding)}"
    sink.add(key, _text(body, encoding))


def _split(data: bytes, encoding: int) -> tuple[bytes, bytes]:
    """Split at the end of the first text: one zero byte, or two at an even place."""
    if encoding not in (_UTF16, _UTF16_BE):
        first, _, rest = data.partition(b"\0")
        return first, rest
    at = data.find(b"\0\0")
    while at >= 0 and at % 2:
        at = data.find(b"\0\0", at + 1)
    if at < 0:
        return data, b""
    return data[:at], data[at + 2 :]


def _text(data: bytes, encoding: int) -> str:
    """Decode by the frame's encoding byte; Latin-1 is checked for UTF-8, as writers mix them up."""
    if encoding == _UTF16_BE:
        return data.decode("utf-16-be", "replace").rstrip("\0")
    if encoding == _UTF16:
        marked = data[:2] in (b"\xff\xfe", b"\xfe\xff")
        return data.decode("utf-16" if marked else "utf-16-le", "replace").rstrip("\0")
    return decoded(data)


def _object(sink: Sink, key: str, value: bytes, mime: str) -> None:
    try:
        text = value.rstrip(b"\0").decode("utf-8")
    except UnicodeDecodeError:
        text = ""
    if text and "\0" not in text:
        sink.add(key, text)
    elif sink.everything:
        sink.add(key, f"{len(value)} bytes {mime}".rstrip())
