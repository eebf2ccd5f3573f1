"""ISCC-SEQ: the vectors of IEP-0020, hostile bytes, and what counts as alike."""

from __future__ import annotations

import random

import pytest
from support.each import each

from provenance.marks.iscc_seq import (
    CLOSE,
    IsccError,
    IsccUnit,
    decode,
    from_text,
    similarity,
    units,
)

# Meta-, Text-, Data- and Instance-Code of 256 bits each: vector 1 of IEP-0020.
WHOLE = bytes.fromhex(
    "0007578c7c8fbfbdb58f29f63efeb3871553faa75ff97458d49eff5ee4ddf36bb6c9"
    "2007a88248c53a852c8d7e9c547047c9a36c4052b6acabef1e2a4ce15e586e0cb305"
    "300705b41f3472493225d27edcbdb63236846a53ee28deca5e3561acc0c9bbdf81b5"
    "4007a522af4a2c9cbf6a808924afd2acfa0793347b936678f5982e22fdd3dd4a0e37"
)
DATA = "ISCC:GADQLNA7GRZESMRF2J7NZPNWGI3II2ST5YUN5SS6GVQ2ZQGJXPPYDNI"
# Image-Code of 64, Audio-Code of 128, Data-Code of 256 bits: vector 2.
MIXED = bytes.fromhex("21018c3585376ee22d5a22039f07f3ff9e0061ff3ef7cbffffef37ff") + WHOLE[68:102]


def kinds(data: bytes) -> list[tuple[int, int, int, int]]:
    return [(u.main, u.sub, u.version, len(u.body) * 8) for u in decode(data)]


def flipped(unit: IsccUnit, bits: int) -> IsccUnit:
    body = int.from_bytes(unit.body, "big") ^ ((1 << bits) - 1)
    return IsccUnit(unit.main, unit.sub, unit.version, body.to_bytes(32, "big"))


def test_iscc_sequences_are_read_into_their_units() -> None:
    assert kinds(WHOLE) == [(0, 0, 0, 256), (2, 0, 0, 256), (3, 0, 0, 256), (4, 0, 0, 256)]
    assert kinds(MIXED) == [(2, 1, 0, 64), (2, 2, 0, 128), (3, 0, 0, 256)]
    assert kinds(bytes.fromhex("270000000000")) == [(2, 7, 0, 32)]
    assert kinds(bytes.fromhex("28000000000000")) == [(2, 8, 0, 32)]
    assert from_text(DATA.encode()) == WHOLE[68:102]


@each(
    ("data", "why"),
    [
        ("", "no unit"),
        ("28000100000000", "padding"),
        ("200800" + "00" * 36, "length 8"),
        ("3000000000", "cut off"),
        ("30000000000000", "cut off"),
        ("5005578c7c8fbfbdb58fa88248c53a852c8d05b41f3472493225a522af4a2c9cbf6a", "main type 5"),
        ("60100000000000000000", "main type 6"),
        ("ff" * 40, "none"),
        ("3007" + "00" * 32 + "30", "cut off"),
    ],
)
def test_bytes_that_are_no_iscc_sequence_are_refused(data: str, why: str) -> None:
    with pytest.raises(IsccError, match=why):
        decode(bytes.fromhex(data))
    assert units(bytes.fromhex(data)) == ()


def test_bytes_and_text_give_the_same_units() -> None:
    assert units(DATA.encode()) == units(DATA.lower().encode()) == (decode(WHOLE)[2],)
    assert units(b"ISCC:!!") == units(b"ISCC:") == units(b"ISCC:\xff") == ()


def test_a_sequence_is_bounded() -> None:
    with pytest.raises(IsccError, match="more than"):
        decode(bytes.fromhex("3000" + "00" * 4) * 65)
    shuffled = random.Random(5)  # noqa: S311 - the same bytes every time
    for _ in range(2000):
        assert len(units(shuffled.randbytes(shuffled.randrange(200)))) <= 64


def test_similarity_of_iscc_units_is_by_kind_and_bits() -> None:
    meta, text, data, instance = decode(WHOLE)
    assert similarity((meta, text), (meta, data)) is None  # one kind in both, of metadata
    assert similarity((text,), (text,)) == 100
    assert similarity((text,), (flipped(text, 40),)) == CLOSE
    assert similarity((text,), (flipped(text, 41),)) == CLOSE - 1
    assert similarity((text,), (flipped(text, 256),)) == 0
    assert similarity((instance,), (flipped(instance, 1),)) == 0
    assert similarity((instance, text), (flipped(instance, 1), text)) == 100
    short = IsccUnit(text.main, text.sub, 0, text.body[:8])
    other = IsccUnit(text.main, text.sub, 1, text.body)
    assert similarity((short, other), (short, other)) is None
    assert similarity((), (text,)) is None
