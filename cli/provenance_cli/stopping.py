"""How long commands end: in order at the first Ctrl-C or SIGTERM, at once at the second."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextlib.contextmanager
def stopped() -> Iterator[threading.Event]:
    """Let the first Ctrl-C or SIGTERM end the run in order, and the second one at once."""
    stop = threading.Event()

    def handler(number: int, frame: object) -> None:
        del frame
        if stop.is_set():
            os._exit(128 + number)  # workers end with us, and what was committed stays
        stop.number = number  # type: ignore[attr-defined]  # for the exit code
        stop.set()

    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, handler) for number in numbers}
    try:
        yield stop
    finally:
        for number, old in before.items():
            signal.signal(number, old)


def signal_of(stop: threading.Event) -> int:
    """Return the number of the signal that came; 0 where none did."""
    return int(getattr(stop, "number", 0))
