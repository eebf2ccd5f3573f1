"""Small audits for tests: a wish, a run over it, and the rows that it left."""

from __future__ import annotations

import contextlib
import sqlite3
from dataclasses import replace
from datetime import UTC, datetime
from threading import Event
from typing import Any

from provenance.auditing import ledger_schema
from provenance.auditing.engine import Serial
from provenance.auditing.ledger import Ledger
from provenance.auditing.plan import Filters, Plan
from provenance.auditing.run import Audit, AuditWish
from provenance.auditing.sources import Sources
from provenance.signing.trust_store import TrustStore
from provenance.verdict.policy import Policy

AT = datetime(2026, 6, 1, tzinfo=UTC)
COLUMNS = ("run_id", "seen_run", *ledger_schema.PLANNED[:2], "size", "mtime_ns", "inode", "deaths")
COLUMNS += ledger_schema.JUDGED


def wish(*paths: Any, filters: Filters | None = None, **changes: Any) -> AuditWish:
    """What is asked for; `changes` are fields of `AuditWish`."""
    sources = Sources(tuple(map(str, paths)))
    made = AuditWish(sources, filters or Filters(), Policy(), TrustStore.load(), AT)
    return replace(made, **changes)


def audited(
    wanted: AuditWish, ledger: Any, engine: Any = None, examiner: str = "", most: int = 0
) -> Audit:
    """Run to the end, or give up after `most` outcomes; the run as it was left."""
    with Ledger(str(ledger)) as opened:
        audit = Audit(wanted, opened)
        if examiner:
            audit.task = replace(audit.task, examiner=examiner)
        plan = Plan(wanted.sources, wanted.filters, str(ledger))
        count = 0
        with contextlib.closing(audit.work(plan, engine or Serial(), Event())) as outcomes:
            for outcome in outcomes:
                count += outcome is not None
                if most and count >= most:
                    break
        counts = audit.end_run(finished=not most)
        audit.code = audit.exit_code(counts) if not most else None  # type: ignore[attr-defined]  # for tests
    return audit


def query(ledger: Any, sql: str, *values: Any) -> list[tuple[Any, ...]]:
    """Ask a ledger."""
    with contextlib.closing(sqlite3.connect(ledger)) as db:
        return db.execute(sql, values).fetchall()


def rows(ledger: Any) -> dict[str, dict[str, Any]]:
    """Every row by its path."""
    found = query(ledger, f"SELECT {', '.join(COLUMNS)} FROM file ORDER BY path_bytes")  # noqa: S608 - our own names
    return {row[COLUMNS.index("path")]: dict(zip(COLUMNS, row, strict=True)) for row in found}
