"""WavPack, Monkey's Audio, Musepack, True Audio, TAK and OptimFROG: sound with an APEv2 tag.

The standard places no credential in any of them. An ID3v2 tag may be in front of True Audio and
Musepack: such a file is read as one with that tag.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.media.container import apev2, leftovers
from provenance.media.container.block import Family
from provenance.media.container.collect import Collector

if TYPE_CHECKING:
    from provenance.media.asset import Asset
    from provenance.media.container.block import Scan

_TYPES = {
    b"wvpk": "audio/x-wavpack",
    b"MAC ": "audio/x-ape",
    b"MACF": "audio/x-ape",
    b"MPCK": "audio/x-musepack",
    b"MP+\x07": "audio/x-musepack",
    b"MP+\x17": "audio/x-musepack",
    b"TTA1": "audio/x-tta",
    b"TTA2": "audio/x-tta",
    b"tBaK": "audio/x-tak",
    b"OFR ": "audio/x-ofr",
}


def scan_ape(asset: Asset) -> Scan:
    """Find the tag."""
    out = Collector(asset)
    apev2.add_ape_tags(out)
    leftovers.search(out, 0)  # what is said elsewhere in the file is not lost
    return out.finish(_TYPES[asset.read(0, 4)], "ape", can_carry=False)


def _recognise(asset: Asset, head: bytes) -> bool:
    """Look after the mark, with which a text may begin as well."""
    del asset
    after = int.from_bytes(head[4:6], "little")
    match head[:4]:
        case b"wvpk":
            return 0x402 <= int.from_bytes(head[8:10], "little") <= 0x410
        case b"MAC " | b"MACF":
            return 3_000 <= after < 10_000  # the version, of four digits
        case b"MPCK":
            return head[4:6] in (b"SH", b"RG", b"EI", b"SO", b"AP", b"SE", b"CT", b"ST")
        case b"TTA1" | b"TTA2":
            return 1 <= after <= 3
        case b"OFR ":
            return int.from_bytes(head[4:8], "little") < 64
    return head[:4] in _TYPES


FAMILY = Family(
    title="WavPack, Monkey's Audio, Musepack, True Audio, TAK, OptimFROG",
    media_types=tuple(dict.fromkeys(_TYPES.values())),
    scan=scan_ape,
    example=b"wvpk\x18\0\0\0\x10\4" + bytes(22),
    recognise=_recognise,
    near_miss=b"MAC addresses of a network, as a list",
    checksums=False,
)
