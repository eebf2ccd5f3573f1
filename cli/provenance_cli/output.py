"""Printing styled lines: with colours where they are wanted, ASCII where the output knows no more.

On a terminal a long line is broken between words and goes on below its text.
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, TextIO

from provenance.render import tree
from provenance_cli import color, terminal
from provenance_cli.streams import ESCAPE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from provenance.render.vocabulary import Line, Span

_MAX_HANG = 24  # columns that the rest of a broken line is indented by, at most


class Printer:
    """Prints lines of styled spans to a stream; loads rich only for a terminal, and for colours."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.is_terminal = stream.isatty()
        self._encoding = stream.encoding or "ascii"
        self._console: terminal.Console | None = None
        if color.wanted(stream):
            self._console = terminal.colored(stream)

    def lines(self, lines: Iterable[Line]) -> None:
        """Print each line."""
        for line in lines:
            self.line(line)

    def line(self, line: Line, below: str | None = None) -> None:
        """Print one line. `below` is what each of its broken parts but the first begins with."""
        if line and line[0][0] == tree.TREE and below is None:
            below = self._fit(tree.TREE, tree.below(line[0][1]))
        spans = [(style, self._fit(style, text)) for style, text in line]
        for part in self._parts(spans, below) if self.is_terminal else (spans,):
            self._print(part)

    def _parts(self, spans: list[Span], below: str | None) -> list[list[Span]]:
        """Break a line so that each part fits into the width of the terminal."""
        width = self._console.width if self._console else terminal.columns()
        start = _hang(spans)
        if below is None:
            start = min(start, _MAX_HANG, width // 2)
            below = " " * start
        text = "".join(text for _, text in spans)
        breaks = _breaks(text, width, start, len(below))
        parts: list[list[Span]] = [[]]
        at = 0
        for style, span in spans:
            left = span
            while breaks and breaks[0] <= at + len(left):
                cut = breaks.pop(0) - at
                parts[-1].append((style, left[:cut]))
                parts.append([(tree.TREE, below)])
                left, at = left[cut:], at + cut
            parts[-1].append((style, left))
            at += len(left)
        return parts

    def _print(self, spans: list[Span]) -> None:
        if self._console is None:
            self._stream.write("".join(text for _, text in spans).rstrip() + "\n")
            return

        terminal.print_spans(self._console, spans)

    def _fit(self, style: str, text: str) -> str:
        try:
            text.encode(self._encoding)
        except UnicodeEncodeError:
            if style == tree.TREE:
                return text.translate(tree.ASCII)
            return text.encode(self._encoding, ESCAPE).decode(self._encoding)
        return text


def _hang(spans: list[Span]) -> int:
    """Return the column that the text of a line starts in: after its label, or its indent."""
    first = spans[0][1] if spans else ""
    if len(spans) > 1 and (first.endswith(" ") or spans[0][0] == tree.TREE):
        return len(first)
    return len(first) - len(first.lstrip())


def _breaks(text: str, width: int, start: int, hang: int) -> list[int]:
    """Return where to break a line so that each part fits: all but the first after `hang` columns.

    The text to break begins at `start`. A word that is too long stays whole: an address or a label
    is there to be copied.
    """
    breaks: list[int] = []
    column = first = start
    for word in re.finditer(r"\S+\s*", text[start:]):
        if column > first and column + terminal.cell_len(word[0].rstrip()) > width:
            breaks.append(start + word.start())
            column = first = hang
        column += terminal.cell_len(word[0])
    return breaks


def is_unicode() -> bool:
    """Whether standard output carries every character."""
    encoding = sys.stdout.encoding or "ascii"
    return encoding.lower().replace("_", "-") in {"utf-8", "utf8", "utf-8-sig"}
