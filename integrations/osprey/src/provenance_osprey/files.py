"""Which files a rule may ask about, and the report on each.

A name in an event comes from a user of the platform. So it is looked for below one folder alone,
which whoever runs the workers names in `PROVENANCE_OSPREY_ROOT`.
"""

from __future__ import annotations

import os
import threading
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from provenance import Policy, Verifier

if TYPE_CHECKING:
    from provenance import Report

ROOT = "PROVENANCE_OSPREY_ROOT"
KEPT = 64  # reports that are remembered: one event asks several questions about one file
_local = threading.local()


def report_on(name: str) -> Report | None:
    """Return the report on a file below the root, None for a name that leads out of it.

    Raises RuntimeError where no root is set: a worker without one is not set up.
    """
    root = os.environ.get(ROOT)
    if not root:
        raise RuntimeError(f"set {ROOT} to the folder that holds the media of events")
    top = Path(root).resolve()
    if not name or "\0" in name:
        return None
    try:
        path = (top / name).resolve()  # links are followed first, so that none leads out
    except (OSError, RuntimeError, ValueError):  # links in a circle; text that is no name
        return None
    if not path.is_relative_to(top) or path == top:
        return None
    try:
        status = path.stat()
    except OSError:
        status = None
    # Whoever writes a file can set its mtime, and not its ctime.
    seen = (
        (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
        if status
        else None
    )
    return _examined(str(path), seen)


@lru_cache(maxsize=KEPT)
def _examined(path: str, seen: tuple[int, ...] | None) -> Report:
    """Examine a file as it is now: `seen` says that it is not the one from before."""
    del seen
    return _verifier().verify(path)


def _verifier() -> Verifier:
    """Return the verifier of this thread: it keeps verified chains, and is not to be shared."""
    held: Verifier | None = getattr(_local, "verifier", None)
    if held is None:
        held = _local.verifier = Verifier(Policy())
    return held
