"""A worker of the service that falls over files which begin with certain words, or end in CRASH."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from provenance.sandbox import frames
from provenance.serve import question_worker
from provenance.verdict import comparison, contents
from provenance.verdict.verifier import Verifier

if TYPE_CHECKING:
    from provenance.media.asset import Asset
    from provenance.sandbox.serving import ServiceLine

SERVICE = "support.poison:main"
CODE = (
    f"import sys; sys.path.insert(0, {str(Path(__file__).parents[1])!r});"
    f" from provenance.serve import question_worker; question_worker.SERVICE = {SERVICE!r};"
    " from provenance_cli.main import main; main()"
)


def main(line: ServiceLine) -> None:
    """Serve as the real one does, but for such files."""
    reports, glance_at, compared = contents.reports, Verifier.glance_at, comparison.examine_asset

    def poisoned(verifier: Verifier, asset: Asset) -> Any:
        _fall(asset.read(0, 16), line)
        _fall(asset.read(asset.size - 5, 5), line)
        return reports(verifier, asset)

    def glanced(verifier: Verifier, asset: Asset) -> Any:
        if asset.read(0, 16).startswith(b"CRASH TWICE"):
            _fall(b"CRASH", line)
        return glance_at(verifier, asset)

    def examined(verifier: Verifier, asset: Asset) -> Any:
        _fall(asset.read(0, 16), line)
        return compared(verifier, asset)

    setattr(contents, "reports", poisoned)  # noqa: B010 - a type checker refuses it otherwise
    setattr(Verifier, "glance_at", glanced)  # noqa: B010 - as above
    setattr(comparison, "examine_asset", examined)  # noqa: B010 - as above
    question_worker.main(line)


def _fall(head: bytes, line: ServiceLine) -> None:
    if head.startswith(b"CRASH"):
        os.abort()
    if head.startswith(b"EXIT"):
        os._exit(7)
    if head.startswith(b"HANG"):
        while True:
            pass
    if head.startswith(b"MEMORY"):
        raise MemoryError
    if head.startswith(b"NOISE"):
        sys.stdout.write("x" * 100_000)
    if head.startswith(b"LIES"):
        line.send(frames.packed([["ai_generated", "yes"]]), b'{"not": "asked"}')
    if head.startswith(b"NO JSON"):
        line.send(frames.packed([]), b"<html>")
    if head.startswith(b"LONG"):
        line.send(b"[" * (question_worker.MAX_ANSWER + 1))
