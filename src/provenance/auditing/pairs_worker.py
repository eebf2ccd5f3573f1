"""The process that compares pairs of files: set up, confined, then fed with names."""

from __future__ import annotations

import os
import pickle
from typing import TYPE_CHECKING, Any

from provenance.auditing.audit_worker import bound_process, cpu_seconds
from provenance.base.errors import ProvenanceError
from provenance.base.values import dataclass
from provenance.credentials import sdk
from provenance.sandbox import confine, frames, limits
from provenance.verdict import comparison
from provenance.verdict.policy import Policy
from provenance.verdict.verifier import Verifier

if TYPE_CHECKING:
    from datetime import datetime

    from provenance.auditing.task import FileLimits
    from provenance.sandbox.serving import ServiceLine
    from provenance.signing.trust_store import TrustStore
    from provenance.verdict.comparison import Comparison

SERVICE = "provenance.auditing.pairs_worker:main"
MAX_MESSAGE = 16 << 20  # bytes


@dataclass(frozen=True, slots=True)
class PairTask:
    """All that a worker needs to know. Can be pickled."""

    trust: TrustStore | None
    at: datetime
    limits: FileLimits


def main(line: ServiceLine) -> None:
    """Serve until the line is closed."""
    setup = line.receive(MAX_MESSAGE)
    if setup is None:
        return
    # From the command that started us: the one direction in which a pickle is taken.
    task: PairTask = pickle.loads(setup)  # noqa: S301 - see above
    confine.close_off(open_files=task.limits.open_files, network=False)
    verifier = Verifier(Policy(), task.trust, task.at, helper=None)
    try:
        verifier.prepare()
        sdk.load_sdk()  # a credential is met sooner or later, and this process is confined by then
    except ProvenanceError as e:
        line.send(frames.packed({"failed": str(e)}))
        return
    bound_process(task.limits)
    line.send(frames.packed({"ready": True}))
    while (asked := line.receive(MAX_MESSAGE)) is not None:
        before, after = frames.unpacked(asked)
        limits.allow_cpu(cpu_seconds(task.limits, size(before) + size(after)))
        samples = (comparison.examine(verifier, name) for name in (before, after))
        line.send(frames.packed(_comparison_fields(comparison.compare(*samples))))


def size(path: str) -> int:
    """Return how many bytes a file has; 0 where that cannot be asked."""
    try:
        return os.stat(path).st_size
    except (OSError, ValueError):
        return 0


def _comparison_fields(compared: Comparison) -> dict[str, Any]:
    entries = [[e.facet, e.fate, e.before, e.after, e.note] for e in compared.entries]
    return {"error": compared.error, "entries": entries}
