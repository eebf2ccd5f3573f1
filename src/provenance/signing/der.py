"""A small reader of DER, and of the parts of BER that time-stamp tokens use (ITU-T X.690).

It reads, it never builds objects by type: a `DerNode` is a place in a byte string. Everything it
does is bounded: sizes by the caller, nesting by `MAX_DEPTH`, elements of one node by `MAX_ITEMS`.
Every fault is a `DerError`.

`cryptography` has a reader of DER by declared types since version 47, which its documentation calls
unstable (`cryptography.hazmat.asn1`); it reads no BER.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

MAX_DEPTH = 24
MAX_ITEMS = 4096
MAX_OID_BYTES = 64

BOOLEAN, INTEGER, BIT_STRING, OCTET_STRING, NULL, OID = 0x01, 0x02, 0x03, 0x04, 0x05, 0x06
UTC_TIME, GENERALIZED_TIME = 0x17, 0x18
SEQUENCE, SET = 0x30, 0x31


class DerError(ValueError):
    """The bytes are not what the standard says they are."""


class DerNode:
    """One element: the identifier octet, and where its header, content and end lie in `data`.

    `tag` is the whole identifier octet (class, constructed bit, number below 31). `stop` is the
    end of the content, `end` that of the element (they differ in indefinite length). Not frozen:
    a certificate has over a hundred of them, and that would double the time to read it.
    """

    __slots__ = ("ber", "body", "data", "end", "start", "stop", "tag")

    def __init__(
        self, data: bytes, tag: int, start: int, body: int, stop: int, end: int, ber: bool
    ) -> None:
        self.data = data
        self.tag = tag
        self.start = start
        self.body = body
        self.stop = stop
        self.end = end
        self.ber = ber

    @property
    def raw(self) -> bytes:
        """The element with its header."""
        return self.data[self.start : self.end]

    @property
    def content(self) -> bytes:
        """The content alone."""
        return self.data[self.body : self.stop]

    def expect(self, *tags: int) -> DerNode:
        """This node, if its identifier octet is one of `tags`; else `DerError`."""
        if self.tag not in tags:
            raise DerError(f"element {self.tag:#04x} where {tags[0]:#04x} belongs")
        return self

    def children(self) -> list[DerNode]:
        """The elements inside a constructed element."""
        if not self.tag & 0x20:
            raise DerError(f"element {self.tag:#04x} is not constructed")
        elements: list[DerNode] = []
        data, position, stop, ber = self.data, self.body, self.stop, self.ber
        while position < stop:
            if len(elements) >= MAX_ITEMS:
                raise DerError("too many elements")
            tag, body = data[position], position + 2
            # Nearly every element is short: read here, without a call.
            if body <= stop and (length := data[position + 1]) < 0x80 and tag & 0x1F != 0x1F:
                end = body + length
                if end > stop:
                    raise DerError("cut short")
                elements.append(DerNode(data, tag, position, body, end, end, ber))
                position = end
            else:
                elements.append(_read_node(data, position, stop, 0, ber=ber))
                position = elements[-1].end
        return elements

    def only(self) -> DerNode:
        """The single element inside an explicit tag."""
        inside = self.children()
        if len(inside) != 1:
            raise DerError("an explicit tag holds exactly one element")
        return inside[0]


def parse_der(data: bytes, *, ber: bool = False, padded: bool = False) -> DerNode:
    """Read the one element that `data` consists of; bytes after it are a `DerError`.

    With `ber`, indefinite and overlong lengths are accepted; with `padded`, zeros after it.
    """
    node = _read_node(data, 0, len(data), 0, ber=ber)
    if data[node.end :].strip(b"\0" if padded else b""):
        raise DerError("bytes after the end")
    return node


def element(parent: DerNode, position: int) -> DerNode:
    """The element of `parent` that begins at `position` of its data. Raises `DerError`."""
    return _read_node(parent.data, position, parent.stop, 0, ber=parent.ber)


def _read_node(data: bytes, start: int, limit: int, depth: int, *, ber: bool) -> DerNode:
    if depth > MAX_DEPTH:
        raise DerError("nested too deep")
    if start + 2 > limit:
        raise DerError("cut short")
    tag = data[start]
    if tag & 0x1F == 0x1F:
        raise DerError("tag numbers above 30 are not used here")
    length = data[start + 1]
    body = start + 2
    if length == 0x80:
        if not ber or not tag & 0x20:
            raise DerError("indefinite length")
        return _read_indefinite(data, (tag, start, body), limit, depth)
    if length > 0x80:
        octets = length & 0x7F
        if octets > 4 or body + octets > limit:
            raise DerError("bad length")
        length = int.from_bytes(data[body : body + octets], "big")
        if not ber and (length < 0x80 or length >> (8 * (octets - 1)) == 0):
            raise DerError("length is not minimal")
        body += octets
    if body + length > limit:
        raise DerError("cut short")
    return DerNode(data, tag, start, body, body + length, body + length, ber)


def _read_indefinite(data: bytes, head: tuple[int, int, int], limit: int, depth: int) -> DerNode:
    tag, start, body = head
    position = body
    for _ in range(MAX_ITEMS):
        if data[position : position + 2] == b"\0\0" and position + 2 <= limit:
            return DerNode(data, tag, start, body, position, position + 2, True)
        position = _read_node(data, position, limit, depth + 1, ber=True).end
    raise DerError("too many elements")


def octets(node: DerNode, depth: int = 0) -> bytes:
    """The value of an OCTET STRING, joined where BER split it."""
    if node.tag == OCTET_STRING:
        return node.content
    if node.tag != OCTET_STRING | 0x20 or not node.ber or depth > MAX_DEPTH:
        raise DerError("not an octet string")
    return b"".join(octets(part, depth + 1) for part in node.children())


def integer(node: DerNode) -> int:
    """The value of an INTEGER of at most 1024 bytes."""
    content = node.expect(INTEGER).content
    if not 0 < len(content) <= 1024:
        raise DerError("bad integer")
    return int.from_bytes(content, "big", signed=True)


def boolean(node: DerNode) -> bool:
    """The value of a BOOLEAN."""
    content = node.expect(BOOLEAN).content
    if len(content) != 1:
        raise DerError("bad boolean")
    return content != b"\0"


def bit_string(node: DerNode) -> tuple[bytes, int]:
    """The bytes of a BIT STRING and the number of unused bits in the last of them."""
    content = node.expect(BIT_STRING).content
    if not content or content[0] > 7 or (content[0] and len(content) == 1):
        raise DerError("bad bit string")
    return content[1:], content[0]


def oid(node: DerNode) -> str:
    """The value of an OBJECT IDENTIFIER in dotted form."""
    return _dotted(node.expect(OID).content)


@lru_cache(maxsize=1024)
def _dotted(content: bytes) -> str:
    if not 0 < len(content) <= MAX_OID_BYTES or content[-1] & 0x80:
        raise DerError("bad object identifier")
    arcs: list[int] = []
    value = 0
    for octet in content:
        if value == 0 and octet == 0x80:
            raise DerError("bad object identifier")
        value = value << 7 | octet & 0x7F
        if not octet & 0x80:
            arcs.append(value)
            value = 0
    first = min(arcs[0] // 40, 2)
    return ".".join(map(str, (first, arcs[0] - 40 * first, *arcs[1:])))


def time(node: DerNode) -> datetime:
    """A UTCTime or GeneralizedTime as an aware datetime in UTC.

    UTCTime counts years 50 to 99 as 1950 to 1999 (RFC 5280 section 4.1.2.5.1). Fractions of a
    second are kept to the microsecond.
    """
    text = _ascii(node.expect(UTC_TIME, GENERALIZED_TIME).content)
    if node.tag == UTC_TIME:
        text = ("19" if text[:2] >= "50" else "20") + text
    if len(text) == 15 and text[14] == "Z" and text[:14].isdigit():  # as DER has it
        return _moment((text[:4], *(text[i : i + 2] for i in range(4, 14, 2))), 0, UTC)
    digits, zone = _split_zone(text)
    whole, _, fraction = digits.replace(",", ".").partition(".")
    if len(whole) not in {12, 14} or not whole.isdigit() or (fraction and not fraction.isdigit()):
        raise DerError("bad time")
    parts = (whole[:4], *(whole[i : i + 2] for i in range(4, len(whole), 2)))
    return _moment(parts, int((fraction + "000000")[:6]), zone)


def _moment(parts: tuple[str, ...], fraction: int, zone: timezone) -> datetime:
    year, month, day, hour, minute, *rest = map(int, parts)
    second = rest[0] if rest else 0
    if second == 60:
        second = 59  # a leap second is the one before it, as in every clock that has none
    try:
        moment = datetime(year, month, day, hour, minute, second, fraction, tzinfo=zone)
        return moment if zone is UTC else moment.astimezone(UTC)
    except (ValueError, OverflowError) as fault:
        raise DerError("bad time") from fault


def _ascii(content: bytes) -> str:
    if len(content) > 40 or not content.isascii():
        raise DerError("bad time")
    return content.decode("ascii")


def _split_zone(text: str) -> tuple[str, timezone]:
    if text.endswith("Z"):
        return text[:-1], UTC
    if len(text) > 5 and text[-5] in "+-" and text[-4:].isdigit():
        offset = timedelta(hours=int(text[-4:-2]), minutes=int(text[-2:]))
        if offset < timedelta(days=1):
            return text[:-5], timezone(offset if text[-5] == "+" else -offset)
    raise DerError("bad time")


def encode_length(length: int) -> bytes:
    """The DER length octets of `length`."""
    if length < 0x80:
        return bytes([length])
    octets_ = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([0x80 | len(octets_)]) + octets_


def encode(tag: int, content: bytes) -> bytes:
    """Encode one element; `tag` is its identifier octet."""
    return bytes([tag]) + encode_length(len(content)) + content
