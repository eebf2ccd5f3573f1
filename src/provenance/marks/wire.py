"""What a caller and the worker that decodes for it say to each other; every value checked.

The worker decodes hostile media in C code, so what it answers is as untrusted as the media.
"""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from provenance.base.terms import Origin
from provenance.base.values import dataclass
from provenance.marks.decoder import Message, WatermarkResult, WatermarkStatus
from provenance.media.metadata.field import MAX_JSON, Field, Source
from provenance.sandbox.frames import FrameError, unpacked

if TYPE_CHECKING:
    from provenance.base.finding import Finding

MAX_REQUEST = 4 << 20  # bytes of its JSON
MAX_MEDIA = 256 << 20  # bytes of the media
MAX_ANSWER = 16 << 20  # bytes
MAX_RESULTS = 256
_MAX_TEXT = 2048  # characters of one value of a result


@dataclass(frozen=True, slots=True)
class CarrierAnswer:
    """What a worker says of one carrier. `error` says why it could not be decoded at all.

    `seen` says what part of it was looked at by choice, `kept` what part because the rest cannot
    be decoded; both are empty where all of it was. `memory` is the most it has held in memory so
    far, in bytes; 0 where the system does not say.
    """

    results: tuple[WatermarkResult, ...] = ()
    fields: tuple[Field, ...] = ()
    findings: tuple[Finding, ...] = ()
    error: str = ""
    seen: str = ""
    kept: str = ""
    memory: int = 0


def plain(value: Any) -> dict[str, Any]:
    """Return a message, result or field as an object of plain values."""
    return {f.name: getattr(value, f.name) for f in fields(value)}


def message(data: dict[str, Any]) -> Message:
    """Take a message out of JSON that we wrote ourselves."""
    origin = data.pop("origin")
    return Message(origin=Origin(origin) if origin else None, **data)


def answer(data: bytes) -> CarrierAnswer:
    """Read an answer. Raises FrameError."""
    document = unpacked(data)
    try:
        if not isinstance(document, dict):
            raise TypeError("no object")
        error, memory = document.get("error", ""), document.get("memory", 0)
        return CarrierAnswer(
            results=tuple(_result(result) for result in _list(document, "results")),
            fields=tuple(_field(field) for field in _list(document, "fields")),
            error=_text(error),
            seen=_text(document.get("seen", "")),
            kept=_text(document.get("kept", "")),
            memory=_count(memory),
        )
    except (ValueError, TypeError, KeyError) as e:
        raise FrameError("of no known shape") from e


def _list(document: dict[str, Any], name: str) -> list[Any]:
    value = document.get(name, [])
    if not isinstance(value, list) or len(value) > MAX_RESULTS:
        raise ValueError(f"{name} is not a list, or is too long")
    return value


def _result(data: dict[str, Any]) -> WatermarkResult:
    bound = data["bound"]
    if bound is not None and not (isinstance(bound, int | float) and 0 <= bound <= 1):
        raise ValueError("a bound that is not a probability")
    return WatermarkResult(
        decoder=_text(data["decoder"]),
        status=WatermarkStatus(data["status"]),
        message=_text(data["message"]),
        payload=_text(data["payload"]),
        bits=_count(data["bits"]),
        matched=_count(data["matched"]),
        threshold=_count(data["threshold"]),
        tried=_count(data["tried"]),
        bound=None if bound is None else float(bound),
        algorithm=_text(data["algorithm"]),
        origin=None if data["origin"] is None else Origin(data["origin"]),
        vendor=_text(data["vendor"]),
        product=_text(data["product"]),
        reason=_text(data["reason"]),
    )


def _field(data: dict[str, Any]) -> Field:
    value = data["value"]
    if not isinstance(value, str):
        raise ValueError("a field without text")
    return Field(Source.STEALTH, _text(data["key"]), value[:MAX_JSON], _text(data["place"]), 0)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("no text")
    return value[:_MAX_TEXT]


def _count(value: Any) -> int:
    if type(value) is not int or not 0 <= value < 1 << 53:
        raise ValueError("no count")
    return value
