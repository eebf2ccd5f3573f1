"""Printing styled lines: colour on a terminal only, ASCII where the terminal knows no more."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterable

    from provenance.render.text import Line

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

    def line(self, line: Line) -> None:
        """Print one line."""
        spans = [(style, self._fit(text)) for style, text in line]
        if self._console is None:
            self._stream.write("".join(text for _, text in spans).rstrip() + "\n")
            return
        from rich.text import Text  # noqa: PLC0415 - see above

        made = Text()
        for style, text in spans:
            made.append(text, style=_RICH.get(style, ""))
        self._console.print(made)

    def _fit(self, text: str) -> str:
        try:
            text.encode(self._encoding)
        except (UnicodeEncodeError, LookupError):
            return text.encode("ascii", "replace").decode("ascii")
        return text


def quiet_broken_pipe() -> None:
    """Let a closed pipe (`| head`) end the program without a traceback."""
    devnull = os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, sys.stdout.fileno())
