"""Which family a file is of, by its first bytes and never by its name.

`FAMILIES` is where a container is registered: one line, which names the module of this package that
reads the format and says how its files begin. All else (media types, where credentials are kept,
the page of formats, what `lint --tamper` may do) is declared in that module, as its `FAMILY`; see
`provenance.media.container.block.Family`. The line is here, and not there, so that a run over JPEG
files loads no other family.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from provenance.media.asset import Asset
    from provenance.media.container.block import Family

_PEEK = 264  # the magic of tar is at 257

_LETTERS = bytes((*range(0x41, 0x5B), *range(0x61, 0x7B)))
_BZIP2 = (b"1AY&SY", b"\x17rE8P\x90")  # the mark of a block, or of the end


_OTHER = (  # media whose structure is not read
    *(b"BM", b"8BPS", b"\0\0\0\x0cjP  ", b"\xff\x4f\xff\x51", b"%!PS", b"\xc5\xd0\xd3\xc6"),
    *(b"\0\0\1\0", b"icns", b"qoif", b"gimp xcf ", b"DDS ", b"#?RADIANCE", b"MThd", b".snd"),
    *(b"#!AMR", b"DSD ", b".RMF", b"\0\0\1\xba", b"\0\0\1\xb3", b"G", b"DKIF", b"FWS", b"CWS"),
)


class Beginning(NamedTuple):
    """One way in which files of a family begin.

    `begins` are the bytes, any of which is enough, `at` where they are. With `within` they are
    searched for in the first so many bytes instead. Where they are also how other files begin,
    `asks` has the family's own `Family.recognise` decide, which loads the module.
    """

    name: str
    begins: tuple[bytes, ...]
    at: int = 0
    within: int = 0
    asks: bool = False


# The first row that fits decides, so that weak beginnings come last.
FAMILIES = (
    Beginning("jpeg", (b"\xff\xd8\xff",)),
    Beginning("png", (b"\x89PNG\r\n\x1a\n",)),
    Beginning("riff", (b"RIFF", b"RF64", b"BW64")),
    Beginning("tiff", (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")),
    Beginning("gif", (b"GIF8",), asks=True),
    Beginning("flac", (b"fLaC",)),
    Beginning("ogg", (b"OggS",)),
    Beginning("zip", (b"PK\5\6",)),
    Beginning("zip", (b"PK\3\4",), asks=True),
    Beginning("pdf", (b"%PDF",)),
    Beginning("ebml", (b"\x1a\x45\xdf\xa3",)),
    Beginning("flv", (b"FLV\1",)),
    Beginning("exr", (b"\x76\x2f\x31\x01",)),
    Beginning("aiff", (b"FORM",), asks=True),
    Beginning("caf", (b"caff",), asks=True),
    Beginning("asf", (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\x00\xaa\x00\x62\xce\x6c",)),
    Beginning(
        "ape", (b"wvpk", b"MAC ", b"MACF", b"MP+", b"MPCK", b"TTA", b"tBaK", b"OFR "), asks=True
    ),
    Beginning("font", (b"OTTO", b"true", b"ttcf", b"wOFF", b"wOF2")),
    Beginning(
        "bmff", (b"ftyp", b"styp", b"moov", b"moof", b"mdat", b"sidx", b"emsg", b"prft"), at=4
    ),
    Beginning("bmff", (b"wide", b"pnot", b"skip", b"free", b"uuid"), at=4),
    Beginning("jxl", (b"JXL \r\n\x87\n",), at=4),
    Beginning("external", (b"jumb",), at=4, asks=True),
    Beginning("id3", (b"ID3",)),
    Beginning("jxl", (b"\xff\x0a",)),
    Beginning("font", (b"\0\1\0\0",), asks=True),
    Beginning("aac", (b"\xff\xf1", b"\xff\xf9")),  # layer 0, so not MPEG audio of layer I to III
    Beginning("id3", (b"\xff",), asks=True),
    Beginning("svg", (b"\x1f\x8b",), asks=True),
    Beginning("gzip", (b"\x1f\x8b",)),
    Beginning("bzip2", tuple(b"BZh%d%s" % (n, b) for n in range(1, 10) for b in _BZIP2)),
    Beginning("xz", (b"\xfd7zXZ\0",)),
    Beginning("zstd", (b"\x28\xb5\x2f\xfd",)),
    Beginning("sealed", (b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07", b"MSCF\0\0\0\0", b"!<arch>\n")),
    Beginning("sealed", (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"!BDN", b"\x1f\x9d")),
    Beginning("sealed", (b"\x04\x22\x4d\x18", b"LZIP")),
    Beginning("tar", (b"ustar",), at=257),
    Beginning("html", (b"<", b"\xef\xbb\xbf", b" ", b"\t", b"\n", b"\r"), asks=True),
    Beginning("svg", (b"<", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"), asks=True),
    Beginning("svg", (b" ", b"\t", b"\n", b"\r", b"\v", b"\f"), asks=True),
    Beginning("other", _OTHER, asks=True),
    Beginning("tar", tuple(b" 01234567"[n : n + 1] for n in range(9)), at=148, asks=True),
    Beginning("mbox", (b"From ",), asks=True),
    Beginning("eml", tuple(_LETTERS[n : n + 1] for n in range(52)), asks=True),
    Beginning("pdf", (b"%PDF-",), within=1_024),  # ISO 32000-1, annex H.3.4.1: readers accept that
    Beginning("zip", (b"",), within=1, asks=True),  # after a program or a script
    Beginning(
        "text", (b"",), within=1, asks=True
    ),  # whatever is left and has no control characters
)


@cache
def _rows(byte: int) -> tuple[Beginning, ...]:
    """Return the rows that could fit a file with this first byte, in their order."""
    return tuple(r for r in FAMILIES if r.at or r.within or any(b[0] == byte for b in r.begins))


def family_name(asset: Asset) -> str:
    """Return the name of the module that reads this file, `unknown` where none does."""
    head = asset.read(0, _PEEK)
    for row in _rows(head[0]) if head else ():
        if row.within:
            start = asset.read(0, row.within)
            fits = any(begin in start for begin in row.begins)
        else:
            fits = head.startswith(row.begins, row.at)
        if fits and (not row.asks or load_family(row.name).recognise(asset, head)):
            return row.name
    return "unknown"


@cache
def load_family(name: str) -> Family:
    """Return what the module of a family declares. Imports it."""
    family: Family = import_module(f"{__package__}.{name}").FAMILY
    return family


def all_families() -> dict[str, Family]:
    """Return every family by its name, in the order of the table. Imports them all."""
    return {row.name: load_family(row.name) for row in FAMILIES}
