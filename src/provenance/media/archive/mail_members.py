"""Mailboxes (mbox, RFC 4155) and messages (RFC 5322, MIME RFC 2045 to 2049), MHTML among them.

Every part that is a leaf is a member, and so are files that old programs put into a text. Messages
within messages are opened in their turn. Boundaries are searched for, never counted on: a part that
does not end is read to the end of its message.
"""

from __future__ import annotations

import binascii
import io
import re
from typing import TYPE_CHECKING

from provenance.base.errors import AssetError
from provenance.base.finding import warning
from provenance.media.archive.member import Member, Unread
from provenance.media.archive.transfer import Decoded, decoded, text_of
from provenance.media.asset import Asset

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance.base.finding import Finding
    from provenance.media.archive.member import Spending
    from provenance.media.container import Scan

_PIECE = 1 << 20  # bytes of a mailbox read at a time
_EDGE = 1024  # of them kept for the next piece, for an envelope line across both
_MAX_HEADER = 256 << 10  # bytes of the header of one part
_MAX_PARTS = 10_000  # of one message
_MAX_DEPTH = 16  # multiparts within each other; mail programs nest three
_MAX_EDGES = 100_000  # texts in one message that look like a boundary
_MAX_PARAMETERS = 64  # of one field
_MAX_VALUE = 8_192  # bytes of one field that are looked at
_BLANK = re.compile(rb"\r?\n\r?\n")
_FOLD = re.compile(rb"\r?\n[ \t]+")
_FIELD = re.compile(rb"^([!-9;-~]{1,64})[ \t]*:[ \t]*([^\r\n]*)", re.MULTILINE)
_PARAMETER = re.compile(
    rb";\s*([A-Za-z0-9_-]{1,32})(\*(?:\d{1,2}\*?)?)?\s*=\s*"
    rb"(?:\"((?:\\.|[^\"\\]){0,1024})\"|([^\s;\"]{1,1024}))"
)
_ENVELOPE = re.compile(rb"From [^\r\n]{1,400}\r?\n(?=[!-9;-~]{1,64}[ \t]*:)")
_UU_BEGIN = re.compile(rb"begin [0-7]{3,4} ([^\r\n]{1,255})\r?\n(?=[ -`])")
_INK = re.compile(rb"[^\s]")
_LINE_END = re.compile(rb"(--)?[ \t]{0,80}(?:\r?\n|\Z)")
_CODED = frozenset({b"base64", b"quoted-printable", b"x-uuencode", b"uuencode", b"x-uue"})
_ENDINGS = {b"message/rfc822": ".eml", b"text/html": ".html", b"text/plain": ".txt"}


def members(asset: Asset, scan: Scan, spending: Spending) -> Iterator[Member | Finding | Unread]:
    """Yield the messages of a mailbox, or the parts of one message. Raises ExhaustedError."""
    if scan.family == "mbox":
        yield from _mailbox(asset, spending)
        return
    copied = 0 if asset.held else asset.size
    if copied > spending.room:
        yield Unread(f"a message of {asset.size} bytes (--max-held)")
        return
    spending.held += copied
    try:
        yield from _Message(asset, spending).members()
    finally:
        spending.held -= copied


def _mailbox(asset: Asset, spending: Spending) -> Iterator[Member]:
    """Cut a mailbox at its envelope lines; each message is read where it is."""
    for number, (start, end) in enumerate(_messages(asset), 1):
        spending.member()
        spending.charge(end - start)
        yield Member(f"{number}.eml", asset.part(start, end - start, f"{number}.eml"), part=True)


def _messages(asset: Asset) -> Iterator[tuple[int, int]]:
    """Yield where each message begins, after its envelope line, and ends."""
    begun = -1
    for line in _envelopes(asset):
        if begun >= 0:
            yield begun, line
        head = _ENVELOPE.match(asset.read(line, _EDGE))
        assert head is not None  # noqa: S101 - it was matched there
        begun = line + head.end()
    if begun >= 0:
        yield begun, asset.size


def _envelopes(asset: Asset) -> Iterator[int]:
    """Yield where envelope lines begin."""
    if _ENVELOPE.match(asset.read(0, _EDGE)):
        yield 0
    base = 0
    while base < asset.size:
        data = asset.read(base, _PIECE + _EDGE)
        at = data.find(b"\nFrom ")
        while 0 <= at < _PIECE:
            if _ENVELOPE.match(data, at + 1):
                yield base + at + 1
            at = data.find(b"\nFrom ", at + 1)
        base += _PIECE


class _Message:
    """One message, gone through once."""

    def __init__(self, asset: Asset, spending: Spending) -> None:
        self._asset = asset
        self._data = asset.content()
        self._spending = spending
        self._left = _MAX_PARTS
        self._edges = _MAX_EDGES
        self._unnamed = 0

    def members(self) -> Iterator[Member | Finding | Unread]:
        try:
            yield from self._part(0, len(self._data), 0)
        except _TooManyError as e:
            yield Unread(str(e))

    def _part(self, start: int, end: int, depth: int) -> Iterator[Member | Finding | Unread]:
        """Yield what is in one part: its own content, or its parts in their turn."""
        self._count()
        fields, body = self._header(start, end)
        kind, parameters = _content_type(fields)
        boundary = parameters.get(b"boundary", b"")[:200]
        if kind.startswith(b"multipart/") and boundary:
            if depth >= _MAX_DEPTH:
                yield Unread(f"parts more than {_MAX_DEPTH} deep in a message")
                return
            for inner in self._between(boundary, body, end):
                yield from self._part(*inner, depth + 1)
            return
        if body < end:
            yield from self._leaf(fields, kind, parameters, (body, end))

    def _count(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise _TooManyError(f"whatever comes after {_MAX_PARTS} parts of a message")

    def _leaf(
        self,
        fields: dict[bytes, bytes],
        kind: bytes,
        parameters: dict[bytes, bytes],
        place: tuple[int, int],
    ) -> Iterator[Member]:
        disposition = _parameters(fields.get(b"content-disposition", b""))
        name = text_of(disposition.get(b"filename") or parameters.get(b"name") or b"")
        if not name:
            self._unnamed += 1
            name = f"part-{self._unnamed}{_ENDINGS.get(kind, '')}"
        coding = fields.get(b"content-transfer-encoding", b"7bit").strip().lower()
        if coding in _CODED:
            yield self._decoded(name, coding, place)
            return
        self._spending.member()
        start, end = place
        self._spending.charge(end - start)
        yield Member(name, self._asset.part(start, end - start, name), part=True)
        yield from self._uuencoded(start, end)

    def _decoded(self, name: str, coding: bytes, place: tuple[int, int]) -> Member:
        self._spending.member()
        start, end = place
        if end - start > self._spending.room:  # none of the encodings makes it larger
            message = f"it takes more than {self._spending.room} bytes of memory: raise --max-held"
            return Member(name, None, AssetError("asset.too_large", message))
        part: Decoded = decoded(self._data, start, end, coding)
        size = part.file.seek(0, io.SEEK_END)
        self._spending.charge(size)
        if part.damage and not size:
            return Member(name, None, AssetError("member.damaged", part.damage))
        findings = (warning("container.member_damaged", part.damage),) if part.damage else ()
        return Member(
            name, Asset.from_bytes(part.file.getvalue(), name), findings=findings, part=True
        )

    def _uuencoded(self, body: int, end: int) -> Iterator[Member]:
        """Yield files that old programs put into a text (`begin 644 name`)."""
        begun = self._uu_begin(body, end)
        while begun is not None:
            self._count()
            after = self._uu_begin(begun.end(), end)
            stop = self._data.find(b"\nend", begun.end(), after.start() if after else end)
            stop = stop if stop >= 0 else after.start() if after else end
            yield self._decoded(text_of(begun[1]), b"uuencode", (begun.end(), stop))
            begun = after

    def _uu_begin(self, at: int, end: int) -> re.Match[bytes] | None:
        while (at := self._data.find(b"begin ", at, end)) >= 0:
            match = _UU_BEGIN.match(self._data, at, end)
            if match and (at == 0 or self._data[at - 1 : at] == b"\n"):
                return match
            at += 6
        return None

    def _header(self, start: int, end: int) -> tuple[dict[bytes, bytes], int]:
        """Return the fields of a header, the first of each name, and where the body begins."""
        for empty in (b"\n", b"\r\n"):
            if self._data.startswith(empty, start, end):
                return {}, start + len(empty)
        stop = _BLANK.search(self._data, start, min(end, start + _MAX_HEADER))
        head = self._data[start : stop.start() if stop else min(end, start + _MAX_HEADER)]
        if not _FIELD.match(head):
            return {}, start  # no header at all: text
        fields: dict[bytes, bytes] = {}
        for match in _FIELD.finditer(_FOLD.sub(b" ", head)):
            fields.setdefault(match[1].lower(), match[2])
        return fields, stop.end() if stop else end

    def _between(self, boundary: bytes, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Yield the ranges between boundary lines.

        In front of the first one and after the last is what no reader shows; somebody may have put
        a picture there all the same.
        """
        mark = b"--" + boundary
        begun = at = start
        while (at := self._data.find(mark, at, end)) >= 0:
            self._edges -= 1
            if self._edges < 0:
                raise _TooManyError(f"whatever comes after {_MAX_EDGES} boundaries in a message")
            line = _LINE_END.match(self._data, at + len(mark), end)
            if line is None or (at > start and self._data[at - 1 : at] != b"\n"):
                at += len(mark)
                continue
            stop = at - 1 if at > start else at
            stop -= self._data[stop - 1 : stop] == b"\r"
            if _INK.search(self._data, begun, max(stop, begun)):
                yield begun, stop
            begun = at = line.end()
        if _INK.search(self._data, begun, end):
            yield begun, end


class _TooManyError(Exception):
    """A message has more parts than are looked at."""


def _content_type(fields: dict[bytes, bytes]) -> tuple[bytes, dict[bytes, bytes]]:
    value = fields.get(b"content-type", b"text/plain")
    return value.partition(b";")[0].strip().lower(), _parameters(value)


def _parameters(value: bytes) -> dict[bytes, bytes]:
    """Read the parameters of a field; those that are split (RFC 2231) are joined in their order."""
    parameters: dict[bytes, bytes] = {}
    value = value[:_MAX_VALUE]
    at = value.find(b";")
    for _ in range(_MAX_PARAMETERS):
        if at < 0:
            break
        match = _PARAMETER.match(value, at)
        if match is None:
            at = value.find(b";", at + 1)
            continue
        at = value.find(b";", match.end())
        text = match[4] if match[3] is None else re.sub(rb"\\(.)", rb"\1", match[3])
        if match[2] and match[2].endswith(b"*"):
            text = _percent(text)
        name = match[1].lower()
        if match[2] is not None and match[2] not in (b"*", b"*0", b"*0*"):
            parameters[name] = parameters.get(name, b"") + text
        else:
            parameters.setdefault(name, text)
    return parameters


def _percent(text: bytes) -> bytes:
    """Decode an extended value: `UTF-8''na%C3%AFve`."""
    text = text.split(b"'", 2)[-1]
    return re.sub(rb"%([0-9A-Fa-f]{2})", lambda m: binascii.unhexlify(m[1]), text)
