"""tar (IEEE Std 1003.1, `pax`): recognised only, the specification places no credentials in it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from provenance.media.container.block import Family, Scan

if TYPE_CHECKING:
    from provenance.media.asset import Asset

BLOCK = 512  # bytes of a header, and of what contents are rounded up to
_OCTAL = re.compile(rb"[0-7]+")


def recognise(asset: Asset, head: bytes) -> bool:
    """Tell an archive of the old form, which has no magic, by the check sum of its first header."""
    del head
    return is_header(asset.read(0, BLOCK))


def is_header(block: bytes) -> bool:
    """Tell whether a block is the header of an entry, by its check sum."""
    if len(block) < BLOCK or not block[0]:
        return False
    said = number(block[148:156])
    rest = block[:148] + b" " * 8 + block[156:BLOCK]
    if said is None:
        return False
    # Old programs summed signed characters.
    return said == sum(rest) or said == sum(rest) - 256 * sum(b > 127 for b in rest)


def number(field: bytes) -> int | None:
    """Read a number in octal, or in base 256 as GNU writes large ones; None for anything else."""
    if field[:1] in (b"\x80", b"\xff"):
        return int.from_bytes(field[1:], "big") if field[0] == 0x80 else None
    text = field.strip(b" \0")
    if not text:
        return 0
    return int(text, 8) if _OCTAL.fullmatch(text) else None


def scan_tar(asset: Asset) -> Scan:
    """Name the format."""
    del asset
    return Scan("application/x-tar", "tar")


FAMILY = Family(
    title="tar: ustar, pax, GNU, and the old form",
    media_types=("application/x-tar",),
    scan=scan_tar,
    example=b"a.txt".ljust(100, b"\0")
    + b"0000644\0"
    + b"0000000\0" * 2
    + b"00000000000\0" * 2
    + b"006714\0 0".ljust(109, b"\0")
    + b"ustar\0"
    + b"00".ljust(1273, b"\0"),
    recognise=recognise,
    near_miss=b"a.txt".ljust(148, b"\0") + b"0".ljust(364, b"\0"),
    holds=(("application/x-tar", "an archive; its contents were"),),
    opener="tar_members",
)
