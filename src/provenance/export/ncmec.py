"""`fileDetails` of the CyberTipline API of NCMEC, a fragment for each file.

https://report.cybertip.org/ispws/documentation: the elements are in the order that its schema
asks for. Whoever reports adds `reportId` and `fileId` before them, which the API gives. The
annotation `generativeAi` is empty, as all annotations are; it is left out where the evidence
contradicts itself, or is a broken credential alone. `fileViewedByEsp` is left out: this program
views nothing, and whether somebody did is for the reporter to say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO
from xml.sax.saxutils import escape

from provenance.base.text import xml_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance.export.item import Item

ROOT = "fileDetailsList"  # ours: the API takes one `fileDetails` for each file
MAX_INFO = 2000  # characters of `additionalInfo`


def write(items: Iterator[Item], stream: TextIO, *, single: bool) -> int:
    """Write the fragments; return how many. `single` leaves out the element around several."""
    stream.write('<?xml version="1.0" encoding="UTF-8"?>\n')
    if not single:
        stream.write(f"<{ROOT}>\n")
    count = 0
    for one in items:
        stream.writelines(line + "\n" for line in lines(one))
        count += 1
    if not single:
        stream.write(f"</{ROOT}>\n")
    return count


def lines(one: Item) -> Iterator[str]:
    """Yield the lines of one `fileDetails`."""
    yield "<fileDetails>"
    yield f"  <originalFileName>{_text(one.name)}</originalFileName>"
    if one.is_ai:
        yield "  <fileAnnotations>"
        yield "    <generativeAi/>"
        yield "  </fileAnnotations>"
    for kind, value in (("MD5", one.md5), ("SHA1", one.sha1), ("SHA256", one.sha256)):
        if value:
            yield f'  <originalFileHash hashType="{kind}">{_text(value)}</originalFileHash>'
    yield f"  <additionalInfo>{_text(one.sentence()[:MAX_INFO])}</additionalInfo>"
    yield "</fileDetails>"


def _text(value: str) -> str:
    return escape(xml_text(value))
