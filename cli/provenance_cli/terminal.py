"""What a terminal shows: how wide it is, how wide a character is, and colours. Loads rich."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, TextIO

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from provenance.render import tree

if TYPE_CHECKING:
    from collections.abc import Iterable

    from provenance.render.vocabulary import Span

_STYLES = {
    "bad": "bold red",
    "warn": "yellow",
    "good": "green",
    "bold": "bold",
    "dim": "dim",
    tree.TREE: "dim",
}

__all__ = ["Console", "cell_len", "colored", "columns", "print_spans"]


def columns() -> int:
    """Return the width of the terminal, in characters."""
    return shutil.get_terminal_size().columns


def colored(stream: TextIO) -> Console:
    """Return what prints with colours to a stream, whatever it is."""
    plain = os.environ.get("TERM", "dumb") in {"", "dumb", "unknown"}
    return Console(
        file=stream,
        highlight=False,
        markup=False,
        emoji=False,
        soft_wrap=True,
        force_terminal=True,
        color_system="standard" if plain else "auto",
        no_color=False,
    )


def print_spans(console: Console, spans: Iterable[Span]) -> None:
    """Print one line, each span in its style, without blanks at the end."""
    line = Text()
    for style, text in spans:
        line.append(text, style=_STYLES.get(style, ""))
    line.rstrip()
    console.print(line)
