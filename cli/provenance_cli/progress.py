"""How far a long command is: one line on standard error, renewed in place and gone at the end.

It is there on a terminal alone, after the first second, and not with `-q`: what goes into a file or
a pipe is never mixed with it.
"""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from typing import TYPE_CHECKING

import click

from provenance.media import digest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

AFTER, EVERY = 1.0, 0.2  # seconds before the first line, and between two
_CLEAR = "\r\x1b[K"


class SilentProgress:
    """Counts, and shows nothing. `ShownProgress` shows."""

    def __init__(self, total: int | None = None, what: str = "files") -> None:
        self.total = total
        self.what = what
        self.done = 0

    def step(self) -> None:
        """Count one more."""
        self.done += 1

    def at(self, done: int, total: int) -> None:
        """Say how far it is."""
        self.done, self.total = done, total

    def clear(self) -> None:
        """Take the line away, because something is printed now."""


class ShownProgress(SilentProgress):
    """A line on a terminal. `part` tells how far the one thing is that is being done, and says so.

    How far: a share of it, from 0 to 1.
    """

    def __init__(
        self, total: int | None, what: str, part: Callable[[], tuple[float, str]], since: float
    ) -> None:
        super().__init__(total, what)
        self._part = part
        self._since = since
        self._lock = threading.Lock()
        self._is_there = False

    def clear(self) -> None:
        """Take the line away where it would stand among what is printed now; it comes back."""
        if sys.stdout.isatty():
            self.clear_line()

    def clear_line(self) -> None:
        """Take the line away."""
        with self._lock:
            self._cleared()

    def _cleared(self) -> None:
        if self._is_there:
            sys.stderr.write(_CLEAR)
            sys.stderr.flush()
            self._is_there = False

    def renew(self, now: float) -> None:
        """Write the line anew, cut to the width of the terminal."""
        with self._lock:
            import shutil  # noqa: PLC0415 - on a terminal only

            text = self.words(now)[: shutil.get_terminal_size().columns - 1]
            sys.stderr.write(_CLEAR + text)
            sys.stderr.flush()
            self._is_there = True

    def words(self, now: float) -> str:
        """Say how far it is, how fast, and how long it still takes at that speed."""
        seconds = max(now - self._since, 1e-9)
        of = "" if self.total is None else f" of {self.total:,}"
        share, said = self._part()
        if self.total is None and not self.done:
            return ", ".join(filter(None, (f"{span(seconds)} so far", said)))
        parts = [f"{self.done:,}{of} {self.what}"]
        rate = (self.done + share) / seconds
        if self.done:
            parts.append(f"{rate:,.0f}/s" if rate >= 1 else f"{60 * rate:,.0f}/min")
        if rate and self.total is not None and self.total >= self.done:
            parts.append(f"{span((self.total - self.done - share) / rate)} to go")
        if said:
            parts.append(said)
        return ", ".join(parts)


def is_terminal() -> bool:
    """Tell whether standard error is one."""
    return sys.stderr.isatty()


@contextlib.contextmanager
def showing(
    total: int | Callable[[], int | None] | None,
    what: str = "files",
    *,
    quiet: bool = False,
    part: Callable[[], tuple[float, str]] = lambda: (0.0, ""),
) -> Iterator[SilentProgress]:
    """Yield what counts `total` things, None where nobody knows; it shows where it should.

    Where it takes time to tell how many there are, `total` tells it, in a thread of its own.
    """
    if quiet or not is_terminal():
        yield SilentProgress(None)
        return
    shown = ShownProgress(None if callable(total) else total, what, part, time.monotonic())
    over_ = threading.Event()

    def count() -> None:
        assert callable(total)  # noqa: S101 - it is started for no other
        with contextlib.suppress(
            OSError, ValueError, click.ClickException
        ):  # which the command meets and says itself
            shown.total = total()

    if callable(total):
        threading.Thread(target=count, daemon=True).start()

    def run() -> None:
        wait = AFTER
        while not over_.wait(wait):
            shown.renew(time.monotonic())
            wait = EVERY

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield shown
    finally:
        over_.set()
        thread.join()
        shown.clear_line()


def digesting() -> tuple[float, str]:
    """Tell how far the digest of a large file is; an empty text where there is none."""
    current = digest.current
    if current is None or not current.size or current.done >= current.size:
        return 0.0, ""
    return (
        current.done / current.size,
        f"{current.done >> 20:,} of {current.size >> 20:,} MiB of this one",
    )


def span(seconds: float) -> str:
    """Return a length of time in words."""
    minutes, whole = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days} d {hours} h"
    if hours:
        return f"{hours} h {minutes:02d} min"
    return f"{minutes} min {whole:02d} s" if minutes else f"{whole} s"
