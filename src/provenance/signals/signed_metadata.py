"""Labels of generated content in a metadata assertion, by the same rules as in unsigned XMP.

A metadata assertion holds what XMP would hold (C2PA 2.4 section 18.19): the properties for
generative AI of the IPTC, China's label and credit lines of products are there as well as a digital
source type.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from provenance.media.metadata.field import Field, Metadata, Source
from provenance.signals.detector import Marker
from provenance.signals.detectors._index import Index
from provenance.signals.detectors.credit_lines import CreditLines
from provenance.signals.detectors.iptc_ai import IptcAi
from provenance.signals.detectors.tc260 import Tc260

if TYPE_CHECKING:
    from collections.abc import Iterator

_LABEL = "TC260:AIGC"
_KEYS = {
    "AISystemUsed": "Iptc4xmpExt:AISystemUsed",
    "AISystemVersionUsed": "Iptc4xmpExt:AISystemVersionUsed",
    "AIPromptInformation": "Iptc4xmpExt:AIPromptInformation",
    "AIPromptWriterName": "Iptc4xmpExt:AIPromptWriterName",
    "AIGC": _LABEL,
    "Credit": "photoshop:Credit",
}
_WRAPS = ("@value", "@set", "@list")
_MAX_FIELDS = 64
_MAX_NAME = 1024  # characters of a key that are looked at
_MAX_VALUE = 64 << 10  # characters


def markers(content: Any) -> Iterator[Marker]:
    """Yield what a decoded metadata assertion says of AI besides its digital source types."""
    index = Index(Metadata("", tuple(_fields(content))))
    for detector in (IptcAi(), Tc260(), CreditLines()):
        yield from (result for result in detector.find(index) if isinstance(result, Marker))


def _fields(content: Any) -> list[Field]:
    """Return the properties as XMP has them, whatever their prefix, at any depth."""
    fields: list[Field] = []
    pending = [content]
    while pending and len(fields) < _MAX_FIELDS:
        value = pending.pop()
        if isinstance(value, dict):
            for name, inner in value.items():
                if key := _property(name):
                    fields += (
                        Field(Source.XMP, key, text, "metadata", 0) for text in _written(key, inner)
                    )
                else:
                    pending.append(inner)
        elif isinstance(value, list | tuple):
            pending.extend(value)
    return fields


def _property(name: Any) -> str | None:
    if not isinstance(name, str):
        return None
    return _KEYS.get(re.split(r"[:/#}]", name[-_MAX_NAME:])[-1])


def _written(key: str, value: Any) -> Iterator[str]:
    """Yield the texts of a value, whatever JSON-LD wraps them in; a label is an object itself."""
    pending = [value]
    while pending:
        inner = pending.pop()
        if isinstance(inner, str):
            yield inner[:_MAX_VALUE]
        elif isinstance(inner, list | tuple):
            pending.extend(inner)
        elif isinstance(inner, dict):
            if key == _LABEL and not any(name in inner for name in _WRAPS):
                yield _as_json(inner)
            else:
                pending.extend(inner.values())


def _as_json(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False)[:_MAX_VALUE]
    except (TypeError, ValueError, RecursionError):  # bytes and other values of CBOR
        return ""
