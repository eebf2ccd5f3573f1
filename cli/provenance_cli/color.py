"""Whether what is printed has colours: `--color`, then NO_COLOR, then FORCE_COLOR, then the stream.

`NO_COLOR` (no-color.org) and `FORCE_COLOR` (force-color.org) count where they are not empty, and
only for `--color auto`.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from typing import Any

CHOICES = ("auto", "always", "never")
_CHOSEN = "provenance.color"  # in Context.meta, which a command shares with those above it


def choose(ctx: click.Context, when: str) -> None:
    """Keep one of CHOICES for this run."""
    ctx.meta[_CHOSEN] = when
    ctx.color = {"always": True, "never": False}.get(when)  # for what click itself prints


def wanted(stream: Any) -> bool:
    """Tell whether a stream is to have colours."""
    ctx = click.get_current_context(silent=True)
    when = ctx.meta.get(_CHOSEN, "auto") if ctx else "auto"
    if when != "auto":
        return bool(when == "always")
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"
