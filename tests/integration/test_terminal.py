"""What a person at a terminal sees: lines broken between words, trees, columns, a summary."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from integration.helpers import FIXTURES
from provenance_cli.output import Printer
from provenance_cli.people import ReportPrinter

from provenance import verify
from provenance.render.tree import TREE, TreeNode, draw

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


def test_nothing_of_a_long_line_is_lost_and_a_long_word_stays_whole(terminal: Terminal) -> None:
    address = "https://example.org/" + "x" * WIDTH
    text = f"  see {address} \N{CJK UNIFIED IDEOGRAPH-4E2D}" * 3
    lines = shown(terminal, ("", text))
    assert " ".join(" ".join(lines).split()) == " ".join(text.split())
    assert sum(address in line for line in lines) == 3
    assert shown(terminal, ("", ""))[-1] == ""


def test_where_there_is_no_terminal_a_long_line_stays_one_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", str(WIDTH))
    plain = io.StringIO()
    Printer(plain).line((("bad", "error "), ("", "word " * 40)))
    assert plain.getvalue().count("\n") == 1


def test_a_long_line_without_colour_is_broken_at_words_too(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    lines = shown(terminal, ("dim", "    " + "abcdefgh " * 6))
    assert lines == ["    " + "abcdefgh " * 3 + "abcdefgh", "    abcdefgh abcdefgh"]
    assert "\x1b" not in terminal.getvalue()


def test_a_line_of_a_tree_goes_on_below_its_text(terminal: Terminal) -> None:
    node = TreeNode(
        (("", "root"),), (TreeNode((("", "word " * 12),)), TreeNode((("", "last " * 10),)))
    )
    Printer(terminal).lines(draw(node))
    plain = re.sub(r"\x1b\[[\d;]*m", "", terminal.getvalue()).splitlines()
    assert plain == [
        "root",
        "├─ word word word word word word word",
        "│    word word word word word",
        "└─ last last last last last last last",
        "     last last last",
    ]


def test_a_tree_is_drawn_in_ascii_where_the_output_knows_no_more() -> None:
    class Ascii(io.StringIO):
        encoding = "ascii"

    out = Ascii()
    inner = TreeNode(((TREE, "→ "), ("", "├ é")), details=((("", "more"),),))
    Printer(out).lines(draw(TreeNode((("", "root"),), (inner, inner))))
    assert out.getvalue().splitlines() == [
        "root",
        "|- -> \\u251c \\xe9",
        "|     more",
        "`- -> \\u251c \\xe9",
        "      more",
    ]


@pytest.mark.parametrize("form", ["quiet", "text"])
def test_several_files_end_with_a_summary(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    people = ReportPrinter(terminal, form)
    for name in ("ai-generated.png", "plain.jpg", "missing.jpg"):
        people.write(verify(FIXTURES / name))
    people.print_totals()
    lines = re.sub(r"\x1b\[[\d;]*m", "", terminal.getvalue()).splitlines()
    assert lines[-3:] == [
        "3 files: 1 AI-generated, 1 origin unknown",
        "  flagged       1 (1 ai)",
        "  not examined  1",
    ]


def test_lines_are_aligned_on_a_terminal_and_have_tabs_elsewhere(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    pipe = io.StringIO()
    for stream in (terminal, pipe):
        people = ReportPrinter(stream, "quiet")
        for name in ("ai-generated.png", "plain.jpg"):
            people.write(verify(FIXTURES / name))
        people.print_totals()
    lines = re.sub(r"\x1b\[[\d;]*m", "", terminal.getvalue()).splitlines()
    column = lines[0].index("path")
    assert [
        line for line in lines[1:3] if not (line[column - 1] == " " and line[column] == "/")
    ] == []
    rows = [line.split("\t") for line in pipe.getvalue().splitlines()]
    assert [row[:4] for row in rows] == [
        ["ai_generated", "signed", "ai", "ai"],
        ["unknown", "none", "-", "-"],
    ]


@pytest.mark.parametrize("columns", [80, 120])
@pytest.mark.parametrize("colour", [False, True])
def test_no_line_is_wider_than_the_terminal(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, columns: int, *, colour: bool
) -> None:
    """Every sample, in short: only what is one word may be longer, such as an address or a path."""
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("NO_COLOR", "" if colour else "1")
    monkeypatch.chdir(FIXTURES)  # a report names the sidecar too: no path of the machine in it
    people = ReportPrinter(terminal, "text")
    for path in sorted(Path().glob("*.*g")):
        people.write(verify(path))
    lines = re.sub(r"\x1b\[[\d;]*m", "", terminal.getvalue()).splitlines()
    assert len(lines) > 400
    for line in lines:
        assert len(line) <= columns or len(line.split()) == 1, line
