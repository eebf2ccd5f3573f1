"""An audit as a process of its own, slow enough to be ended in the middle of it.

Called as `python -m support.slow_audit FOLDER LEDGER LOG [--archives]`: appends each path to LOG
when its row is in the ledger.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import UTC, datetime
from threading import Event

from provenance.auditing.ledger import Ledger
from provenance.auditing.plan import Filters, Plan
from provenance.auditing.processes import Processes
from provenance.auditing.run import Audit, AuditWish
from provenance.auditing.sources import Sources
from provenance.auditing.task import FileLimits
from provenance.base.options import ArchiveLimits, Options
from provenance.signing.trust_store import TrustStore
from provenance.verdict.policy import Policy

AT = datetime(2026, 6, 1, tzinfo=UTC)


def main(folder: str, path: str, log: str, archives: str = "") -> None:
    """Run or resume; `--archives` at the end opens them."""
    options = Options(archives=ArchiveLimits() if archives else None)
    wish = AuditWish(Sources((folder,)), Filters(), Policy(), TrustStore.load(), AT, options)
    with Ledger(path) as ledger, open(log, "a", buffering=1, encoding="utf-8") as judged:
        audit = Audit(wish, ledger)
        audit.task = replace(audit.task, examiner="support.examiners:slow")
        plan = Plan(wish.sources, wish.filters, path)
        for outcome in audit.work(plan, Processes(2, FileLimits()), Event()):
            if outcome is not None:
                judged.write(f"{outcome.planned.path}\n")
        audit.end_run(finished=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
