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
    for item in items:
        stream.write(fragment(details(item)))
        count += 1
    if not single:
        stream.write(f"</{ROOT}>\n")
    return count


def details(item: Item) -> Element:
    """Return one `fileDetails`."""
    children = [element("originalFileName", item.name)]
    if item.is_ai:
        children.append(element("fileAnnotations", element("generativeAi")))
    for kind, value in (("MD5", item.md5), ("SHA1", item.sha1), ("SHA256", item.sha256)):
        if value:
            children.append(element("originalFileHash", value, hashType=kind))
    children.append(element("additionalInfo", item.sentence()[:MAX_INFO]))
    return element("fileDetails", *children)
