"""Messages (RFC 5322, MIME, MHTML): recognised only, no credentials are placed in them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from provenance.media.container.block import Family, Scan

if TYPE_CHECKING:
    from provenance.media.asset import Asset

_HEAD = 8 << 10  # bytes in which two fields of a message are looked for
_FIRST = re.compile(rb"[!-9;-~]{2,64}[ \t]*:")
_LINE = re.compile(rb"(?:([!-9;-~]{1,64})[ \t]*:|[ \t])[^\r\n]*(\r?\n|$)")
_SURE = frozenset(
    {b"from", b"received", b"return-path", b"message-id", b"mime-version", b"delivered-to"}
)
_USUAL = frozenset(
    {b"to", b"cc", b"subject", b"date", b"sender", b"reply-to", b"content-type"}
    | {b"content-transfer-encoding", b"dkim-signature", b"arc-seal", b"x-mailer", b"user-agent"}
)


def recognise(asset: Asset, head: bytes) -> bool:
    """Tell a message by its header: lines of fields only, two of them usual, one of those sure."""
    if not _FIRST.match(head):
        return False
    data = asset.read(0, _HEAD)
    names: set[bytes] = set()
    at = 0
    while at < len(data) and (line := _LINE.match(data, at)):
        at = line.end()
        if line[1] is not None:
            names.add(line[1].lower())
    ended = at >= len(data) or data[at : at + 1] in (b"\n", b"\r")
    return ended and bool(names & _SURE) and len(names & (_SURE | _USUAL)) > 1


def scan_eml(asset: Asset) -> Scan:
    """Name the format."""
    del asset
    return Scan("message/rfc822", "eml")


FAMILY = Family(
    title="messages, MHTML",
    media_types=("message/rfc822",),
    scan=scan_eml,
    example=b"From: a@example.com\nSubject: hello\n\nhello\n",
    recognise=recognise,
    near_miss=b"Note: a colon makes no message.\nTo: nobody\n\nhello\n",
    holds=(("message/rfc822", "a message; what is attached to it was"),),
    opener="mail_members",
)
