"""What a worker answers is checked like a file: a worker may have been taken over by one."""

from __future__ import annotations

import pytest
from support.each import each

from provenance.base.terms import Origin
from provenance.marks import wire
from provenance.marks.decoder import Message, WatermarkResult, WatermarkStatus
from provenance.media.metadata.field import Field, Source
from provenance.sandbox.frames import FrameError, packed, unpacked

RESULT = WatermarkResult(
    "d", WatermarkStatus.DETECTED, "m", "ff", 48, 47, 43, 20, 1e-9, "com.example.mark",
    Origin.AI_GENERATED, "v", "p", "r",
)  # as a table  # fmt: skip
FIELD = Field(Source.STEALTH, "parameters", "text", "alpha channel", 0)


def test_results_fields_and_messages_survive_the_wire() -> None:
    sent = {"results": [wire.plain(RESULT)], "fields": [wire.plain(FIELD)], "memory": 5}
    answer = wire.answer(packed(sent))
    assert (answer.results, answer.fields, answer.memory) == ((RESULT,), (FIELD,), 5)
    message = Message("d", "m", "0101", "v", "p", Origin.AI_MODIFIED, "s")
    assert wire.message(unpacked(packed(wire.plain(message)))) == message


@each(
    "changed",
    [
        {"bound": 2}, {"bound": -1}, {"bound": "1"}, {"bits": -1}, {"bits": 1.5}, {"bits": True},
        {"tried": 1 << 60}, {"status": "clean"}, {"origin": "captured!"}, {"decoder": 3},
        {"reason": None},
    ],
    ids=str,
)  # as a table  # fmt: skip
def test_a_result_on_the_wire_that_is_none_is_refused(changed: dict[str, object]) -> None:
    data = packed({"results": [wire.plain(RESULT) | changed]})
    with pytest.raises(FrameError):
        wire.answer(data)


@each(
    "data",
    [b"", b"[]", b"3", b"\xff", b"{" * 100_000, b'{"results":3}', b'{"results":[3]}',
     b'{"results":[{}]}', b'{"fields":[{"value":3}]}', b'{"error":3}', b'{"memory":-1}',
     b'{"results":[' + b"{}," * 300 + b"{}]}"],
    ids=lambda d: repr(d[:20]),
)  # as a table  # fmt: skip
def test_an_answer_on_the_wire_that_is_none_is_refused(data: bytes) -> None:
    with pytest.raises(FrameError):
        wire.answer(data)


def test_a_field_on_the_wire_is_of_hidden_text_alone_and_bounded() -> None:
    made = wire.plain(FIELD) | {"source": "xmp", "offset": 77, "value": "x" * (2 << 20)}
    (field,) = wire.answer(packed({"fields": [made]})).fields
    assert (field.source, field.offset, len(field.value)) == (Source.STEALTH, 0, 1 << 20)
