"""Mailboxes (mbox, RFC 4155): recognised only, the specification places no credentials in them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from provenance.media.container.block import Family, Scan

if TYPE_CHECKING:
    from provenance.media.asset import Asset

_ENVELOPE = re.compile(rb"From [^\r\n]{1,400}\r?\n[!-9;-~]{1,64}[ \t]*:")
_HEAD = 1_024  # bytes that hold the envelope line and the name of the first field


def recognise(asset: Asset, head: bytes) -> bool:
    """Tell a mailbox by its first envelope line, which the header of a message follows."""
    del head
    return _ENVELOPE.match(asset.read(0, _HEAD)) is not None


def scan_mbox(asset: Asset) -> Scan:
    """Name the format."""
    del asset
    return Scan("application/mbox", "mbox")


FAMILY = Family(
    title="mbox",
    media_types=("application/mbox",),
    scan=scan_mbox,
    example=b"From a@example.com Thu Jan  1 00:00:00 1970\nSubject: hello\n\nhello\n",
    recognise=recognise,
    near_miss=b"From here on\nthe road is closed.\n",
    holds=(("application/mbox", "a mailbox; its messages were"),),
    opener="mail_members",
)
