"""One run of an audit: plan, ledger and engine brought together, so that it may end at any moment.

1. The run is the unfinished one of the ledger, if it asked for the same; else a new one.
2. Each planned file is looked up: what holds is noted as seen, the rest goes to the engine.
3. Each outcome becomes a row at once; rows become durable every half second.
4. The end is written: finished, or interrupted.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from contextlib import closing, suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol

from provenance.auditing import examine, media_types
from provenance.auditing.ledger import RunRow
from provenance.auditing.ledger_row import key_of, row_of_report
from provenance.auditing.plan import with_status
from provenance.auditing.run_progress import RunProgress
from provenance.auditing.task import AuditTask, DigestMode, FileOutcome, OutcomeKind, Recheck
from provenance.base import installed
from provenance.base.errors import AuditError
from provenance.base.options import Options
from provenance.base.terms import Breach, Flag
from provenance.verdict.policy import EXIT_ERROR, combine
from provenance.verdict.report import SCHEMA_VERSION, plain
from provenance.verdict.verifier import Verifier

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from threading import Event

    from provenance.auditing.engine import Engine
    from provenance.auditing.ledger import KnownFile, Ledger
    from provenance.auditing.plan import Filters, Plan
    from provenance.auditing.sources import Sources
    from provenance.auditing.task import Planned
    from provenance.signing.trust_store import TrustStore
    from provenance.verdict.policy import Policy
    from provenance.verdict.report import Environment

_LOOK = 0.2  # seconds of looking up files that hold, after which others get their turn
_PLUGINS = "provenance.detectors"


@dataclass(frozen=True, slots=True)
class AuditWish:
    """What is asked of an audit. `at` is the validation time, None for the moment it begins."""

    sources: Sources
    filters: Filters
    policy: Policy
    trust: TrustStore
    at: datetime | None = None
    options: Options = field(default_factory=Options)
    digest: DigestMode = DigestMode.EVIDENCE
    media_types: tuple[str, ...] = ()
    recheck: Recheck = Recheck.CHANGED
    by_digest: bool = False


class DecidingOptions(Protocol):
    """What decides the answers for many files, but for the time: of audits and of shards."""

    @property
    def policy(self) -> Policy:
        """What flags a file."""
        ...

    @property
    def trust(self) -> TrustStore:
        """Whom to trust."""
        ...

    @property
    def options(self) -> Options:
        """What is asked of each verification."""
        ...

    @property
    def digest(self) -> DigestMode:
        """Of which files SHA-256 is taken."""
        ...

    @property
    def media_types(self) -> tuple[str, ...]:
        """Types of files that are wanted; empty: all."""
        ...


def task_of(wish: DecidingOptions, at: datetime) -> tuple[AuditTask, Environment]:
    """Return what workers are told, and what every report of theirs depends on.

    Raises TrustMaterialError, InstallationError or AuditError for what cannot be read.
    """
    options = replace(
        wish.options,
        digest=wish.digest is not DigestMode.NONE,
        digest_evidence_only=wish.digest is DigestMode.EVIDENCE,
    )
    environment = Verifier(wish.policy, wish.trust, at, options).prepare()
    task = AuditTask(
        policy=wish.policy,
        trust=wish.trust,
        trust_lists=environment.trust_lists,
        at=at,
        options=options,
        crl_digests=examine.crl_digests(options.crls),
        media_types=wish.media_types,
    )
    return task, environment


def deciding_options(task: AuditTask, digest: DigestMode, at: datetime | None) -> dict[str, Any]:
    """Return the options that decide answers, as plain values. `at` is the given time, if any."""
    options: dict[str, Any] = plain(task.options) | {
        "digest": digest.value,
        "at": plain(at) if at else None,
        "crls": list(task.crl_digests),
    }
    del options["digest_evidence_only"]
    return options


def plugins(task: AuditTask) -> tuple[str, ...]:
    """Return the packages with detectors that take part, each with its version."""
    return installed.declaring(_PLUGINS) if task.options.plugins else ()


def fingerprint(task: AuditTask, environment: Environment, options: dict[str, Any]) -> str:
    """Return the SHA-256, in hex, of all that decides answers; `options` as `deciding_options`."""
    told = plain(environment)
    facts = [told["tool"], told["sdk"], told["trust_lists"], task.policy.sha256, options]
    facts.append(plugins(task))
    return _digest(_dump(facts))


class Audit:
    """A run that goes on or begins. Make one, then iterate `work` to its end, and `end` it."""

    def __init__(self, wish: AuditWish, ledger: Ledger) -> None:
        self.wish = wish
        self.ledger = ledger
        self.resumed = False
        self.flagged = 0  # files that the run met, unchanged ones included; known at its end
        self._in_hand: set[str] = set()
        self._fix(datetime.now(UTC).replace(microsecond=0))

    def _fix(self, now: datetime) -> None:
        """1. Fix what holds for the whole run; go on with the last one where that is the same."""
        self.task, environment = task_of(self.wish, self.wish.at or now)
        row = self._row(environment)
        last = self.ledger.unfinished()
        if last is not None and _same(last[1], row):
            self.resumed = True
            self.run_id, row = last
            self.task = replace(self.task, at=_moment(row.validation_time))
            self.ledger.resume(self.run_id)
        else:
            self.run_id = self.ledger.begin_run(row, plain(now))
        self.row = row
        self.environment = replace(environment, validation_time=self.task.at)
        self._alike = self.ledger.alike(row.fingerprint)
        self._now = plain(self.task.at)
        self.progress = self._progress_so_far() if self.resumed else RunProgress()

    def _row(self, environment: Environment) -> RunRow:
        wish, dump = self.wish, _dump
        policy = {"name": wish.policy.name, **wish.policy.canonical()}
        told = plain(environment)
        deciding = deciding_options(self.task, wish.digest, wish.at)
        options = deciding | {"by_digest": wish.by_digest, "recheck": wish.recheck.value}
        options["at"] = options.pop("at")  # where ledgers have it
        sources = (
            asdict(wish.sources)
            | asdict(wish.filters)
            | {
                "media_types": list(wish.media_types),
                "working_directory": _digest(os.path.realpath(".")),
            }
        )
        return RunRow(
            validation_time=told["validation_time"],
            tool=told["tool"],
            sdk=told["sdk"],
            schema_version=SCHEMA_VERSION,
            network=told["network"],
            environment=dump(told),
            trust_lists=dump(told["trust_lists"]),
            trust_digest=_digest(dump(told["trust_lists"])),
            policy=dump(policy),
            policy_digest=wish.policy.sha256,
            options=dump(options),
            sources=dump(sources),
            fingerprint=fingerprint(self.task, environment, deciding),
        )

    def _progress_so_far(self) -> RunProgress:
        """Count what the run met before it was taken up again."""
        done = errors = hits = broken = members = 0
        for _, _, flagged, error, _, member, _, count in self.ledger.tally(self.run_id):
            done += 0 if member else count
            members += count if member else 0
            errors += count if error else 0
            hits += count if flagged else 0
            broken += count if "broken" in (flagged or "").split(",") else 0
        return RunProgress(
            done=done,
            unchanged=done,
            errors=errors,
            flagged=hits,
            broken=broken,
            members=members,
        )

    def work(self, plan: Plan, engine: Engine, stop: Event) -> Generator[FileOutcome | None]:
        """Examine; yield each outcome with its row once that is written, and None now and then.

        Raises AuditError where the ledger takes no more or no worker can be started; what was
        committed stays. When `stop` is set it ends within seconds.
        """
        known = False
        with closing(engine.run(self._to_examine(plan), self.task, stop)) as outcomes:
            for outcome in outcomes:
                if outcome is None:
                    self.ledger.tick()
                    self.progress.filtered = plan.left_out
                    yield None
                    continue
                if not known and engine.isolation is not None:
                    known = True
                    self._isolated(engine)
                if outcome.report is not None and not outcome.row:
                    outcome = replace(outcome, row=row_of_report(outcome.report))  # noqa: PLW2901 - the same file
                self._settle(outcome)
                yield outcome
        self.progress.filtered = plan.left_out
        self._isolated(engine)

    def _isolated(self, engine: Engine) -> None:
        if engine.isolation is not None:
            self.ledger.set_isolation(self.run_id, _dump(plain(engine.isolation)))

    def _to_examine(self, plan: Plan) -> Iterator[Planned | None]:
        """2. Yield what is still to be examined, and None where the search for it takes long."""
        if plan.names_once and self.ledger.empty():
            yield from plan
            return
        last = time.monotonic()
        for planned in plan:
            now = time.monotonic()
            if now - last >= _LOOK:
                last = now
                yield None
            if planned is None:
                continue
            if planned.path in self._in_hand:
                continue
            row = self.ledger.known(key_of(planned.path))
            if row is not None:
                if row.seen_run == self.run_id:  # named twice, or done before a resumption
                    continue
                planned = with_status(planned)  # noqa: PLW2901 - the same file
                if self._holds(row, planned):
                    self._note_unchanged(row.id, planned)
                    self.progress.done += 1
                    self.progress.unchanged += 1
                    continue
                if self.wish.by_digest and self._may_hold(row):
                    planned = replace(planned, known=row.sha256)  # noqa: PLW2901 - the same file
            self._in_hand.add(planned.path)
            yield planned

    def _may_hold(self, row: KnownFile) -> bool:
        """Tell whether an answer would still be the same, for the same bytes."""
        if self.wish.recheck is Recheck.ALL or row.run_id not in self._alike:
            return False
        if row.error_code is not None and self.wish.recheck is Recheck.ERRORS:
            return False
        return row.holds_until is None or self._now <= row.holds_until

    def _holds(self, row: KnownFile, planned: Planned) -> bool:
        if self.wish.by_digest and row.sha256 is not None:
            return False  # the worker tells
        return self._may_hold(row) and (row.size, row.mtime_ns, row.inode) == (
            planned.size,
            planned.mtime_ns,
            planned.inode,
        )

    def _settle(self, outcome: FileOutcome) -> None:
        """3. Write the row."""
        raw = key_of(outcome.planned.path)
        self._in_hand.discard(outcome.planned.path)
        self.progress.count(outcome)
        if outcome.kind is OutcomeKind.JUDGED:
            self.ledger.write(self.run_id, raw, outcome)
        elif outcome.kind is OutcomeKind.UNCHANGED:
            row = self.ledger.known(raw)
            if row is not None:
                self._note_unchanged(row.id, outcome.planned)

    def _note_unchanged(self, row_id: int, planned: Planned) -> None:
        """Note that the answer on a file still holds, and those on what was found in it."""
        self.ledger.seen(self.run_id, row_id, planned)
        if self.task.options.archives is not None:
            self.ledger.members_seen(self.run_id, key_of(planned.path))

    def end_run(self, *, finished: bool) -> dict[str, Any]:
        """4. Write how the run ended, and return its counts as the ledger has them."""
        counts = self._counts()
        state = "finished" if finished else "interrupted"
        self.ledger.end_run(
            self.run_id, state, plain(datetime.now(UTC).replace(microsecond=0)), counts
        )
        return counts

    def _counts(self) -> dict[str, Any]:
        """Count what the run met: files, and how many of each origin, error and flag."""
        origins: dict[str, dict[str, int]] = {}
        errors: dict[str, int] = {}
        flagged: dict[str, int] = {}

        files = judged = members = not_opened = hits = 0
        opening = self.task.options.archives is not None
        for row in self.ledger.tally(self.run_id):
            origin, assurance, flags, error, media_type, member, own, count = row
            if member:
                members += count
            else:
                files += count
                judged += count if own else 0
            if error is None and media_type and media_types.closed(media_type, opening=opening):
                not_opened += count
            if error is not None:
                errors[error] = errors.get(error, 0) + count
                continue
            of = origins.setdefault(origin, {})
            of[assurance] = of.get(assurance, 0) + count
            hits += count if flags else 0
            for flag in filter(None, flags.split(",")):
                flagged[flag] = flagged.get(flag, 0) + count
        self.flagged = hits
        return {
            "files": files,
            "judged": judged,
            "members": members,
            "not_opened": not_opened,
            "left_out": self.progress.left_out + self.progress.filtered,
            "origins": origins,
            "flagged": flagged,
            "errors": errors,
        }

    def exit_code(self, counts: dict[str, Any], dropped: frozenset[int] = frozenset()) -> int:
        """The exit code for everything that was counted, unchanged files included.

        `dropped` are codes that are not to be given, as in `combine`.
        """
        breaches = {b.value for b in Breach}
        hit = tuple(Breach(v) if v in breaches else Flag(v) for v in counts["flagged"])
        policy = self.wish.policy
        codes = {policy.exit_code((flag,)) for flag in hit} | {
            EXIT_ERROR if counts["errors"] else 0
        }
        return combine(codes, dropped)


def _moment(text: str) -> datetime:
    """Read the validation time of a run to resume. Raises AuditError."""
    with suppress(ValueError):
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            return moment
    raise AuditError("ledger.unusable", "the ledger's last run has no validation time")


def _same(before: RunRow, now: RunRow) -> bool:
    """Tell whether an unfinished run asked for what is asked for now."""
    return (before.fingerprint, before.sources, before.options) == (
        now.fingerprint,
        now.sources,
        now.options,
    )


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=True, separators=(",", ":"))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
