"""The implicit label of GB 45438-2025 (annex E), read for its maker: strictly, and with its place.

The detector of `provenance.signals` understands labels that are written wrongly; here the same
field is read to say what is wrong with it.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from provenance.base.json_text import Json, JsonError, leading, parse_json, parse_unique
from provenance.media.metadata.field import Source
from provenance.signals.detectors.tc260 import MAX_LABEL, MAX_LABELS, NAMESPACE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from provenance.media.metadata.field import Field, Metadata

LABEL = "Label"
PRODUCER, PRODUCE_ID = "ContentProducer", "ProduceID"
PROPAGATOR, PROPAGATE_ID = "ContentPropagator", "PropagateID"
KEYS = (LABEL, PRODUCER, PRODUCE_ID, "ReservedCode1", PROPAGATOR, PROPAGATE_ID, "ReservedCode2")
REQUIRED = (PRODUCER, PRODUCE_ID)
LABELS = ("1", "2", "3")
_XMP_KEYS = ("TC260:AIGC", f"{{{NAMESPACE}}}AIGC")
# Keys of containers of their own, compared without regard to case.
_OWN = frozenset({"AIGC", "/AIGC", "TXXX:AIGC", "----:COM.APPLE.ITUNES:AIGC", "ONMETADATA.AIGC"})
_SHARED = frozenset({"UserComment", "ImageDescription"})
# GB 45438-2025 annex E: GB 18030 code points 0x21, 0x23 to 0x5B and 0x5D to 0x7E, which are
# ASCII without the space, the quotation mark and the backslash.
_ALLOWED = frozenset(map(chr, (0x21, *range(0x23, 0x5C), *range(0x5D, 0x7F))))
# TC260's coding rules for service providers: 001, a kind (1 an organisation), its Unified Social
# Credit Code of 18 characters, and 5 digits for the product.
_CODE = re.compile(r"0011([0-9A-HJ-NPQRTUWXY]{18})[0-9]{5}")
_USCC = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_LAYERS = 4


@dataclass(frozen=True, slots=True)
class Label:
    """One label as it stands: the field it is in, the object, and how it is written.

    `fault` says why it cannot be read; `value` is empty then. `twice` tells that a key is there
    twice, `detours` says what is wrapped around the object that annex E does not ask for.
    """

    at: Field
    value: Mapping[str, Json] = field(default_factory=dict)
    fault: str = ""
    twice: bool = False
    detours: tuple[str, ...] = ()

    @property
    def place(self) -> str:
        """The place as people look for it: the container's word and the key."""
        return f"{self.at.place} {self.at.key}".rstrip()


def labels(metadata: Metadata) -> tuple[Label, ...]:
    """Return every label of an asset, in file order, at most 32."""
    return tuple(_label_in(f) for f in list(_candidates(metadata))[:MAX_LABELS])


def _candidates(metadata: Metadata) -> Iterator[Field]:
    for candidate in metadata.fields:
        if candidate.source is Source.XMP:
            if candidate.key in _XMP_KEYS:
                yield candidate
        elif candidate.source is Source.EXIF:
            if candidate.key in _SHARED and (
                "AIGC" in candidate.value or PRODUCER in candidate.value
            ):
                yield candidate
        elif candidate.source is Source.SEGMENT:
            if candidate.key == "AIGC" or candidate.value.startswith(("AIGC{", "AIGC {")):
                yield candidate
        elif candidate.key.upper() in _OWN or (
            candidate.source is Source.QUICKTIME
            and candidate.key[:1] in ("", "\0")
            and PRODUCER in candidate.value
        ):
            yield candidate


def _label_in(field: Field) -> Label:
    text = field.value.strip(" \t\r\n\0")
    detours: list[str] = []
    if field.source is Source.SEGMENT:
        text = leading(text[:MAX_LABEL].removeprefix("AIGC"))
        detours.append("a segment that holds the bare object")
    if len(text) > MAX_LABEL:
        return Label(field, fault=f"longer than {MAX_LABEL} characters")
    value: Json = text
    twice = False
    for layer in range(_LAYERS):
        if isinstance(value, str):
            try:
                value, again = _parsed(value, detours)
            except JsonError as e:
                return Label(field, fault=str(e))
            twice = twice or again
            if layer:
                detours.append("an object written as a text within JSON")
        elif isinstance(value, dict) and "AIGC" in value and not set(KEYS) & value.keys():
            value = value["AIGC"]
        else:
            break
    if not isinstance(value, dict):
        return Label(field, fault="not an object")
    return Label(field, value, "", twice, tuple(dict.fromkeys(detours)))


def _parsed(text: str, detours: list[str]) -> tuple[Json, bool]:
    """Parse JSON; return it, and whether a key occurs twice in one of its objects."""
    try:
        return parse_unique(text), False
    except JsonError:
        pass
    try:
        return parse_json(text), True
    except JsonError:
        plain = html.unescape(text)
        if plain == text:
            raise
        parsed = parse_unique(plain)
        detours.append("HTML escapes within the value")
        return parsed, False


def forbidden(value: str) -> str:
    """Return the characters of a value that annex E does not allow, by their code points."""
    characters = dict.fromkeys(c for c in value if c not in _ALLOWED)
    return ", ".join(f"U+{ord(c):04X}" for c in list(characters)[:8])


def code_fault(value: str) -> str:
    """Say what is wrong with a provider's code; empty for a sound one, and for a name."""
    if not (value.startswith("0011") and len(value) >= 20 and value.isalnum()):
        return ""
    match = _CODE.fullmatch(value)
    if match is None:
        return f"{len(value)} characters where 0011, 18 of a credit code and 5 digits belong"
    return "" if _checked(match[1]) else "the check character of the credit code is wrong"


def _checked(credit: str) -> bool:
    """Check a Unified Social Credit Code (GB 32100-2015): weights are powers of 3 modulo 31."""
    total = sum(_USCC.index(c) * pow(3, n, 31) for n, c in enumerate(credit[:17]))
    return _USCC[-total % 31] == credit[17]
