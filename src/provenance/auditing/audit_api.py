"""`provenance.audit`: many files from Python, with or without a ledger."""

from __future__ import annotations

import json
import os
from contextlib import closing
from datetime import UTC, datetime
from threading import Event
from typing import TYPE_CHECKING

from provenance.auditing.engine import Serial
from provenance.auditing.ledger import Ledger
from provenance.auditing.ledger_schema import JUDGED
from provenance.auditing.plan import Filters, Plan
from provenance.auditing.revive import report_of
from provenance.auditing.run import Audit, AuditWish, task_of
from provenance.auditing.sources import Sources
from provenance.auditing.task import DigestMode, OutcomeKind
from provenance.base import arguments
from provenance.base.options import ArchiveLimits, Options
from provenance.signing.trust_store import TrustStore
from provenance.verdict.policy import Policy
from provenance.verdict.report import AssetInfo, Report

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from provenance.auditing.engine import Engine
    from provenance.auditing.task import FileOutcome
    from provenance.verdict.report import Environment

_RECORD = JUDGED.index("record")


def audit(  # noqa: PLR0913 - the public call, each by its name
    paths: Iterable[str | os.PathLike[str]],
    *,
    policy: Policy | None = None,
    trust: TrustStore | None = None,
    at: datetime | None = None,
    engine: Engine | None = None,
    ledger: str | os.PathLike[str] | None = None,
    digest: DigestMode = DigestMode.EVIDENCE,
    archives: bool = False,
) -> Iterator[Report]:
    """Examine files and folders with all below, and yield each report as it comes.

    `engine` is what examines: `Serial()` by default, in this process; `Processes(n)` in n confined
    ones, whose files come in any order; or your own, see `provenance.auditing.engine.Engine`.
    With a `ledger` each report is in it before it is yielded, files that it has and that did not
    change are left out, and a run that was given up is resumed. Without one nothing is written
    anywhere, and a file that is named twice is examined twice. `policy`, `trust` and `at` are
    as for `verify`. With `archives` what is in archives, mailboxes and documents is examined too,
    and yielded before these. A file that could not be examined is a report with `error`. To end
    early, close the iterator.

    Raises AuditError where the ledger cannot be written or no worker be started, and TypeError or
    ValueError for a wrong call:

    >>> audit("inbox")
    Traceback (most recent call last):
    TypeError: paths is a list, not the str 'inbox': write paths=['inbox']
    """
    names = arguments.require_names(paths, "paths")
    arguments.require_kind(
        policy, Policy, "policy", "policy=Policy.load('policy.toml')", optional=True
    )
    arguments.require_kind(
        trust, TrustStore, "trust", "trust=TrustStore.load(anchors=[...])", optional=True
    )
    arguments.require_kind(digest, DigestMode, "digest", "digest=DigestMode.ALL")
    if engine is not None and not hasattr(engine, "run"):
        raise TypeError(f"engine has a method run, {engine!r} has none: write engine=Processes(4)")
    wish = AuditWish(
        Sources(names),
        Filters(),
        policy or Policy(),
        trust or TrustStore.load(),
        at=arguments.require_moment(at),
        options=Options(
            archives=ArchiveLimits() if arguments.require_flag(archives, "archives") else None
        ),
        digest=digest,
    )
    if ledger is None:
        return _passing(wish, engine or Serial())
    return _kept(wish, os.fspath(ledger), engine or Serial())


def _passing(wish: AuditWish, engine: Engine) -> Iterator[Report]:
    task, environment = task_of(wish, wish.at or datetime.now(UTC))
    with closing(engine.run(Plan(wish.sources, wish.filters), task, Event())) as outcomes:
        for outcome in outcomes:
            if outcome is not None:
                yield from _reports(outcome, environment)


def _kept(wish: AuditWish, path: str, engine: Engine) -> Iterator[Report]:
    with Ledger(path) as ledger:
        run = Audit(wish, ledger)
        finished = False
        try:
            plan = Plan(wish.sources, wish.filters, path)
            with closing(run.work(plan, engine, Event())) as outcomes:
                for outcome in outcomes:
                    if outcome is not None and outcome.kind is OutcomeKind.JUDGED:
                        yield from _reports(outcome, run.environment)
            finished = True
        finally:
            run.end_run(finished=finished)


def _reports(outcome: FileOutcome, environment: Environment) -> Iterator[Report]:
    """Yield the reports on what was found in a file, then that on the file itself."""
    for member in outcome.members:
        if member.report is not None:
            yield member.report
        else:
            yield report_of(json.loads(str(member.row[_RECORD])), environment)
    yield _report(outcome, environment)


def _report(outcome: FileOutcome, environment: Environment) -> Report:
    """Return the report of a judged file: as it was made, or out of the row of another process."""
    if outcome.report is not None:
        return outcome.report
    if outcome.planned.error is not None:
        return Report(AssetInfo(outcome.planned.path), environment, error=outcome.planned.error)
    return report_of(json.loads(str(outcome.row[_RECORD])), environment)
