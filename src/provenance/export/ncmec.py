"""`fileDetails` of the CyberTipline API of NCMEC, a fragment for each file.

https://report.cybertip.org/ispws/documentation: the elements are in the order that its schema
asks for. Whoever reports adds `reportId` and `fileId` before them, which the API gives. The
annotation `generativeAi` is empty, as all annotations are; it is left out where the evidence
contradicts itself, or is a broken credential alone. `fileViewedByEsp` is left out: this program
views nothing, and whether somebody did is for the reporter to say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from provenance.base.xml_elements import DECLARATION, element, fragment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

    from provenance.export.item import Item

ROOT = "fileDetailsList"  # ours: the API takes one `fileDetails` for each file
MAX_INFO = 2000  # characters of `additionalInfo`


def write(items: Iterator[Item], stream: TextIO, *, single: bool) -> int:
    """Write the fragments; return how many. `single` leaves out the element around several."""
    stream.write(DECLARATION)
    if not single:
        stream.write(f"<{ROOT}>\n")
    count = 0
    for one in items:
        stream.write(fragment(details(one)))
        count += 1
    if not single:
        stream.write(f"</{ROOT}>\n")
    return count


def details(one: Item) -> Element:
    """Return one `fileDetails`."""
    made = [element("originalFileName", one.name)]
    if one.is_ai:
        made.append(element("fileAnnotations", element("generativeAi")))
    for kind, value in (("MD5", one.md5), ("SHA1", one.sha1), ("SHA256", one.sha256)):
        if value:
            made.append(element("originalFileHash", value, hashType=kind))
    made.append(element("additionalInfo", one.sentence()[:MAX_INFO]))
    return element("fileDetails", *made)
