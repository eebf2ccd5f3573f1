"""What a person at a terminal with colour sees: lines broken between words, below their text."""

from __future__ import annotations

import io
import re

import pytest
from provenance_cli.output import Printer

WIDTH = 40


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.setenv("COLUMNS", str(WIDTH))
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    return Terminal()


def shown(terminal: Terminal, *spans: tuple[str, str], below: str | None = None) -> list[str]:
    Printer(terminal).line(spans, below)
    return re.sub(r"\x1b\[[\d;]*m", "", terminal.getvalue()).splitlines()


def test_a_long_line_goes_on_behind_its_label(terminal: Terminal) -> None:
    words = "some words that do not fit into one line of this terminal"
    lines = shown(terminal, ("bad", "    error   "), ("", words))
    assert lines == [
        "    error   some words that do not fit",
        "            into one line of this",
        "            terminal",
    ]


def test_a_long_line_goes_on_below_its_indent(terminal: Terminal) -> None:
    lines = shown(terminal, ("dim", "    " + "abcdefgh " * 6))
    assert lines == ["    " + "abcdefgh " * 3 + "abcdefgh", "    abcdefgh abcdefgh"]


def test_a_long_line_of_a_tree_goes_on_beside_its_stem(terminal: Terminal) -> None:
    words = "warning: more words than fit into one line"
    lines = shown(terminal, ("", "   ├─ "), ("", words), below="   │    ")
    assert lines == ["   ├─ warning: more words than fit into", "   │    one line"]


def test_a_long_row_goes_on_below_its_beginning(terminal: Terminal) -> None:
    digest = "0123456789abcdef" * 2
    lines = shown(terminal, ("", f"name   c2pa    signer   {digest}"), below="  ")
    assert lines == ["name   c2pa    signer", f"  {digest}"]


def test_nothing_is_lost_and_a_long_word_stays_whole(terminal: Terminal) -> None:
    address = "https://example.org/" + "x" * WIDTH
    text = f"  see {address} \N{CJK UNIFIED IDEOGRAPH-4E2D}" * 3
    lines = shown(terminal, ("", text))
    assert " ".join(" ".join(lines).split()) == " ".join(text.split())
    assert sum(address in line for line in lines) == 3
    assert shown(terminal, ("", ""))[-1] == ""


def test_elsewhere_a_line_stays_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(WIDTH))
    plain = io.StringIO()
    Printer(plain).line((("bad", "error "), ("", "word " * 40)))
    assert plain.getvalue().count("\n") == 1
