"""What an action costs, counted: bytes read and memory taken, the same on every machine.

Seconds are measured by `tests/bench`, which no test depends on.
"""

from __future__ import annotations

import tracemalloc
from typing import TYPE_CHECKING

import pytest

from provenance.media.asset import Asset

if TYPE_CHECKING:
    from collections.abc import Callable


def memory(work: Callable[[], object]) -> int:
    """Call it; the most bytes that it held at once."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def bytes_read(work: Callable[[], object]) -> int:
    """Call it; how many bytes it asked of assets."""
    total = 0
    read = Asset.read

    def counting(asset: Asset, offset: int, length: int) -> bytes:
        nonlocal total
        data = read(asset, offset, length)
        total += len(data)
        return data

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Asset, "read", counting)
        work()
    return total
