"""A worker for pairs that falls over files with certain names."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from provenance.auditing import pairs_worker
from provenance.sandbox import frames
from provenance.verdict import comparison

if TYPE_CHECKING:
    from provenance.sandbox.serving import ServiceLine

SERVICE = "support.poisoned_pairs:main"


def main(line: ServiceLine) -> None:
    """Serve as the real one does, but for such files."""
    examine = comparison.examine

    def poisoned(verifier: Any, path: str) -> Any:
        name = os.path.basename(path)
        if name.startswith("crash"):
            os.abort()
        if name.startswith("hang"):
            while True:
                pass
        if name.startswith("lie"):
            line.send(frames.packed({"error": "", "entries": [["bytes", "kept", [1], [], ""]]}))
        return examine(verifier, path)

    setattr(comparison, "examine", poisoned)  # noqa: B010 - a type checker refuses it otherwise
    pairs_worker.main(line)
