"""Messages of a user's own: what is read, and what is refused with its reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.each import each

from provenance.base.terms import Origin
from provenance.marks import known

if TYPE_CHECKING:
    from pathlib import Path

BITS = "01" * 16


def written(folder: Path, text: str) -> str:
    path = folder / "messages.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_messages_are_read_in_order(tmp_path: Path) -> None:
    text = f"""
    [[message]]
    decoder = "rivagan"
    name = "ours"
    bits = "{BITS}"
    vendor = "A Vendor"
    origin = "ai_generated"
    [[message]]
    decoder = "dwtdct"
    name = "text"
    text = "abc"
    """
    first, second = known.load_messages(written(tmp_path, text))
    assert (first.decoder, first.bits, first.vendor) == ("rivagan", BITS, "A Vendor")
    assert first.origin is Origin.AI_GENERATED
    assert (second.bits, second.origin) == ("011000010110001001100011", None)


@each(
    ("text", "words"),
    [
        ("", "tables"),
        ("message = 3", "tables"),
        ("[[message]]\nname = 'a'\nbits = '1'", "decoder and name"),
        ("[[message]]\ndecoder = 'd'\nname = 'a'", "either bits or text"),
        (f"[[message]]\ndecoder = 'd'\nname = 'a'\ntext = 'abcd'\nbits = '{BITS}'", "either bits"),
        ("[[message]]\ndecoder = 'd'\nname = 'a'\nbits = '0101'", "24 to 1024 bits"),
        (f"[[message]]\ndecoder = 'd'\nname = 'a'\nbits = '{BITS[:-1]}2'", "each 0 or 1"),
        (f"[[message]]\ndecoder = 'd'\nname = 'a'\nbits = '{BITS}'\nkind = 'x'", "'kind' is none"),
        (f"[[message]]\ndecoder = 'd'\nname = 'a'\nbits = '{BITS}'\norigin = 'x'", "not an origin"),
        ("[[message]]\ndecoder = 1\nname = 'a'", "must be text"),
        ("[[message", "no TOML"),
    ],
)
def test_a_file_of_messages_that_cannot_be_read_is_an_error(
    tmp_path: Path, text: str, words: str
) -> None:
    with pytest.raises(known.MessageError, match=words):
        known.load_messages(written(tmp_path, text))


def test_a_file_of_messages_that_is_missing_or_too_large_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(known.MessageError, match="no such file"):
        known.load_messages(tmp_path / "nothing.toml")
    with pytest.raises(known.MessageError, match="larger than"):
        known.load_messages(written(tmp_path, "#" * (known.MAX_FILE + 1)))
