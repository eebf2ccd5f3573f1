"""How an audit shows how far it is: on a terminal, as a line now and then in a log, or as JSON."""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING, Any, Self

from rich.console import Console
from rich.live import Live
from rich.text import Text

from provenance_cli.progress import span

if TYPE_CHECKING:
    from provenance.auditing.run import Audit

_TERMINAL, _LINES, _JSON = 0.2, 30.0, 5.0  # seconds between two looks


class SilentReport:
    """Shows nothing. The others show something every `every` seconds."""

    every = float("inf")
    wants_total = False
    for_people = False

    def __init__(self, audit: Audit) -> None:
        self.audit = audit
        self._last = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        """Nothing to take back."""

    def tick(self) -> None:
        """Show how far it is, if it is time; to be called often."""
        now = time.monotonic()
        if now - self._last >= self.every:
            self._last = now
            self.show()

    def show(self) -> None:
        """Show how far it is."""

    def ended(self, counts: dict[str, Any], state: str, code: int) -> None:
        """Show how it ended."""


class LineReport(SilentReport):
    """A line every half minute, for logs."""

    every = _LINES
    wants_total = True
    for_people = True

    def show(self) -> None:
        """Print one line."""
        sys.stderr.write(_progress_words(self.audit) + "\n")
        sys.stderr.flush()


class JsonLineReport(SilentReport):
    """A JSON object every five seconds, and one at either end, for schedulers."""

    every = _JSON
    wants_total = True

    def __enter__(self) -> Self:
        audit = self.audit
        self._write(
            "begin",
            run=audit.run_id,
            resumed=audit.resumed,
            validation_time=audit.row.validation_time,
        )
        return self

    def show(self) -> None:
        """Print one object."""
        p = self.audit.progress
        left = p.remaining()
        self._write(
            "progress",
            done=p.done,
            total=p.total,
            rate=round(p.rate(), 1),
            remaining=None if left is None else round(left),
            judged=p.judged,
            unchanged=p.unchanged,
            left_out=p.left_out + p.filtered,
            flagged=p.flagged,
            broken=p.broken,
            errors=p.errors,
            quarantined=p.quarantined,
            members=p.members,
            seconds=round(p.seconds, 1),
        )

    def ended(self, counts: dict[str, Any], state: str, code: int) -> None:
        """Print the last two objects."""
        self.show()
        self._write("end", state=state, exit_code=code, counts=counts)

    def _write(self, event: str, **facts: Any) -> None:
        sys.stderr.write(json.dumps({"event": event, **facts}) + "\n")
        sys.stderr.flush()


class TerminalReport(SilentReport):
    """A line that is renewed in place, by rich."""

    every = _TERMINAL
    wants_total = True
    for_people = True

    def __enter__(self) -> Self:
        self._text = Text
        console = Console(stderr=True, highlight=False)
        # Standard output stays what it is: rich would print what is written to it on this console.
        self._live = Live(
            console=console, transient=True, auto_refresh=False, redirect_stdout=False
        )
        self._live.start()
        self.show()
        return self

    def __exit__(self, *exc: object) -> None:
        self._live.stop()

    def show(self) -> None:
        """Renew the line."""
        self._live.update(self._text(_progress_words(self.audit)), refresh=True)


def display(wanted: str, audit: Audit) -> SilentReport:
    """Choose: `lines`, `json`, `none`, or for `auto` a line on a terminal and else nothing."""
    if wanted == "none":
        return SilentReport(audit)
    if wanted == "json":
        return JsonLineReport(audit)
    if wanted == "lines":
        return LineReport(audit)
    return TerminalReport(audit) if sys.stderr.isatty() else SilentReport(audit)


def _progress_words(audit: Audit) -> str:
    p = audit.progress
    rate, left = p.rate(), p.remaining()
    done = f"{p.done:,}" if p.total is None else f"{p.done:,} of {p.total:,}"
    parts = [f"{done} done", f"{rate:,.0f}/s"]
    if left is not None:
        parts.append(f"{span(left)} to go")
    parts += [f"{p.flagged:,} flagged", f"{p.broken:,} broken", f"{p.errors:,} errors"]
    if p.members:
        parts.append(f"{p.members:,} found in them")
    if p.unchanged:
        parts.append(f"{p.unchanged:,} unchanged")
    return ", ".join(parts)
