"""Libraries that have a thread for each core of the machine, whatever they are used for."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextlib.contextmanager
def one_thread(variable: str) -> Iterator[None]:
    """Let a library that starts its threads within this have one, by the variable that it asks.

    Where the variable is set already it stays as it is; it is taken away again afterwards, since
    others may ask it too.
    """
    if variable in os.environ:
        yield
        return
    os.environ[variable] = "1"
    try:
        yield
    finally:
        os.environ.pop(variable, None)
