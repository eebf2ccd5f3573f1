"""What an XMP packet says of where the credential is (`dcterms:provenance`).

C2PA specification, "Embedding a reference to an external manifest". The packet is untrusted:
its size is bounded, and it is parsed without DTDs and entities.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.base import xml_parsing
from provenance.base.finding import Finding, note
from provenance.base.values import dataclass

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

MAX_PACKET = 1024 * 1024  # bytes; XMP beyond it is not metadata any more
PROVENANCE = "dcterms:provenance"
_PROVENANCE = "{http://purl.org/dc/terms/}provenance"
_RESOURCE = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}resource"
_ENCODINGS = (  # byte order marks, then `<` and white space without one; the longer first
    (b"\xff\xfe\0\0", "utf-32"),
    (b"\0\0\xfe\xff", "utf-32"),
    (b"<\0\0\0", "utf-32-le"),
    (b"\0\0\0<", "utf-32-be"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)


@dataclass(frozen=True, slots=True)
class XmpProvenance:
    """The reference found in a packet.

    `url` is as it is there: http(s) for a remote manifest, `self#jumbf=...` for an embedded
    one; the caller judges. `malformed` marks a packet that may hold one and could not be read:
    not well-formed, with a DTD, or over `MAX_PACKET` bytes.
    """

    url: str | None
    malformed: bool = False


def remnant(place: str, offset: int) -> Finding:
    """Return the note on a packet, at its place, that refers to a credential which is not there.

    Two readers of packets say so, the search for a credential and the detectors: with the same
    words for the same place, since a report has no finding twice.
    """
    message = "XMP refers to an embedded credential that is not there: it was removed"
    return note("credential.remnant", message, f"{place} @{offset} {PROVENANCE}")


_NOTHING = XmpProvenance(None)
_MALFORMED = XmpProvenance(None, malformed=True)


def remote_manifest_url(packet: bytes) -> XmpProvenance:
    """Return the `dcterms:provenance` of an XMP packet, as attribute or element, any prefix.

    UTF-8, UTF-16 and UTF-32 are read. Costs one substring search where the packet has none.
    Never raises.
    """
    if len(packet) > MAX_PACKET:
        return _MALFORMED
    if b"provenance" not in packet and (
        b"\0" not in packet or b"provenance" not in packet.replace(b"\0", b"")
    ):
        return _NOTHING

    try:
        root: Element = xml_parsing.fromstring(decoded_packet(packet), forbid_dtd=True)
    except xml_parsing.REFUSED:
        return _MALFORMED
    for element in root.iter():
        value = element.get(_PROVENANCE)
        if value is None and element.tag == _PROVENANCE:
            value = element.get(_RESOURCE) or element.text
        if value and value.strip():
            return XmpProvenance(value.strip())
    return _NOTHING


def decoded_packet(packet: bytes) -> str | bytes:
    """Return a packet without its padding, as text where its encoding is a wide one.

    The parser knows only some of those. Raises UnicodeError.
    """
    packet = packet.lstrip(b" \t\r\n")
    for start, encoding in _ENCODINGS:
        if packet.startswith(start):
            return packet.decode(encoding).lstrip("\ufeff").rstrip("\0 \t\r\n")
    return packet.rstrip(b"\0 \t\r\n")
