"""Printing styled lines: colour on a terminal only, ASCII where the terminal knows no more.

On a terminal with colour a long line is broken between words and goes on below its text.
"""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING, TextIO

from provenance_cli.streams import ESCAPE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from provenance.render.words import Line

_MAX_HANG = 24  # columns that the rest of a broken line is indented by, at most
_RICH = {"bad": "bold red", "warn": "yellow", "good": "green", "bold": "bold", "dim": "dim"}


class Printer:
    """Prints lines of styled spans to a stream; imports rich only for a terminal with colour."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        colour = stream.isatty() and not os.environ.get("NO_COLOR")
        colour = colour and os.environ.get("TERM") != "dumb"
        self._encoding = stream.encoding or "ascii"
        self._console = None
        if colour:
            from rich.console import Console  # noqa: PLC0415 - 40 ms, for a terminal only

            self._console = Console(
                file=stream, highlight=False, markup=False, emoji=False, soft_wrap=True
            )

    def lines(self, lines: Iterable[Line]) -> None:
        """Print each line."""
        for line in lines:
            self.line(line)

    def line(self, line: Line, below: str | None = None) -> None:
        """Print one line. `below` is what each of its broken parts but the first begins with."""
        spans = [(style, self._fit(text)) for style, text in line]
        if self._console is None:
            self._stream.write("".join(text for _, text in spans).rstrip() + "\n")
            return
        from rich.text import Text  # noqa: PLC0415 - see above

        made = Text()
        for style, text in spans:
            made.append(text, style=_RICH.get(style, ""))
        start = _hang(spans)
        if below is None:
            start = min(start, _MAX_HANG, self._console.width // 2)
            below = " " * start
        parts = made.divide(_breaks(made.plain, self._console.width, start, len(below)))
        for n, part in enumerate(parts):
            part.rstrip()
            self._console.print(Text(below) + part if n else part)

    def _fit(self, text: str) -> str:
        return text.encode(self._encoding, ESCAPE).decode(self._encoding)


def _hang(spans: list[tuple[str, str]]) -> int:
    """Return the column that the text of a line starts in: behind its label, or its indent."""
    first = spans[0][1] if spans else ""
    if len(spans) > 1 and first.endswith(" "):
        return len(first)
    return len(first) - len(first.lstrip())


def _breaks(text: str, width: int, start: int, hang: int) -> list[int]:
    """Return where to break a line so that each part fits: all but the first behind `hang` columns.

    The text to break begins at `start`. A word that is too long stays whole: an address or a label
    is there to be copied.
    """
    from rich.cells import cell_len  # noqa: PLC0415 - for a terminal only

    found: list[int] = []
    column = first = start
    for word in re.finditer(r"\S+\s*", text[start:]):
        if column > first and column + cell_len(word[0].rstrip()) > width:
            found.append(start + word.start())
            column = first = hang
        column += cell_len(word[0])
    return found


def is_unicode() -> bool:
    """Whether standard output carries every character."""
    encoding = sys.stdout.encoding or "ascii"
    return encoding.lower().replace("_", "-") in {"utf-8", "utf8", "utf-8-sig"}
