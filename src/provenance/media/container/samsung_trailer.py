"""Samsung's trailer (SEF), which its camera and editor append to JPEG, PNG and HEIC files.

From the end of the file: `SEFT`, the length of the directory (4), and the directory: `SEFH`, a
version (4), a count (4) and per entry two bytes of padding, a type (2), how far in front of the
directory its data begins (4) and the data's length (4), all little endian. As ExifTool documents
it (Samsung.pm, "Samsung trailer"), and as real files have it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.media.container.block import BlockKind
from provenance.media.container.bounds import MAX_SEF_ENTRIES

if TYPE_CHECKING:
    from provenance.media.container.collect import Collector

PLACE = "SEF"
ENTRY = 12
HEADER = 12
TAIL = 8


def add_samsung_trailer(out: Collector, start: int) -> None:
    """Add the trailer that ends with the file, where there is one; it begins after `start`."""
    size = out.asset.size
    tail = out.asset.read(size - TAIL, TAIL)
    if tail[4:] != b"SEFT":
        return
    directory = size - TAIL - int.from_bytes(tail[:4], "little")
    head = out.asset.read(directory, HEADER)
    if directory < start or head[:4] != b"SEFH":
        out.truncated("the trailer has no directory", PLACE)
        return
    count = int.from_bytes(head[8:12], "little")
    if count > MAX_SEF_ENTRIES:
        out.limit(f"a trailer of {count} entries", PLACE)
        count = MAX_SEF_ENTRIES
    entries = out.asset.read(directory + HEADER, count * ENTRY)
    reach = max(
        (
            int.from_bytes(entries[at + 4 : at + 8], "little")
            for at in range(0, len(entries), ENTRY)
        ),
        default=0,
    )
    begin = directory - reach
    if begin < start or len(entries) < count * ENTRY:
        out.truncated("the trailer's directory names data that is not there", PLACE)
        begin = directory
    out.metadata(BlockKind.TRAILER, PLACE, begin, size - begin)
