"""Ledgers made row by row, as an audit would write them, without auditing anything."""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from provenance import Policy, TrustStore, Verifier
from provenance.auditing import ledger_row, ledger_schema
from provenance.base.text import printable_path
from provenance.verdict.report import (
    SCHEMA_VERSION,
    AssetInfo,
    Environment,
    ErrorInfo,
    Report,
    plain,
)
from support.pki import FIXTURES, PKI

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

AT = datetime(2026, 6, 1, tzinfo=UTC)
MTIME = 1_780_000_000_123_456_789
HOSTILE_NAMES = (
    "line\nbreak.jpg",
    "carriage\rreturn\r\n.jpg",
    'quo"te,comma;semi\tcolon.jpg',
    "=cmd()|' /C calc'!A0.jpg",
    "+1.jpg",
    "-1.jpg",
    "@SUM(1).jpg",
    "\t=1.jpg",
    "\uff1dcmd().jpg",
    "'=already.jpg",
    "a;=cmd().jpg",
    'a",=cmd().jpg',
    "a\n=cmd().jpg",
    "\x1b[2J\x1b]0;title\x07.jpg",
    "\u202egpj.exe",
    "</script><script>document.title='RAN'</script>.jpg",
    "<!-- <script>.jpg",
    "<img src=x onerror=document.title='RAN'>.jpg",
    "{{constructor.constructor('document.title=1')()}}.jpg",
    "\u2028\u2029\x85.jpg",
    "\U0001f4a9 emoji e\u0301.jpg",
    os.fsdecode(b"\xff\xfe not utf-8 \xed\xa0\x80.jpg"),
    "x" * 4000 + ".jpg",
)


def verifier(policy: Policy | None = None) -> Verifier:
    """A verifier that has the test anchors on a list of the user's own."""
    anchors = [PKI / "anchors.pem"]
    trust = TrustStore.load(bundled=False, anchors=anchors, tsa_anchors=anchors)
    return Verifier(policy or Policy(), trust, AT)


def judged(name: str, path: str | None = None) -> Report:
    """The report on a sample, under another path where one is given."""
    report = verifier().verify(FIXTURES / name)
    return report if path is None else moved(report, path)


def moved(report: Report, path: str) -> Report:
    """The same report on a file of another name."""
    return replace(report, asset=replace(report.asset, path=path))


def failed(path: str, code: str = "asset.missing", message: str = "no such file") -> Report:
    """The record of a file that could not be examined."""
    return Report(AssetInfo(path), environment(), error=ErrorInfo(code, message))


def environment() -> Environment:
    """What the reports of `judged` depend on."""
    return verifier().environment


def entry(report: Report, *, run: int = 1, seen: int | None = None) -> tuple[Any, ...]:
    """The row of a report, as `write` takes it."""
    size = report.asset.size
    path = report.asset.path
    raw = os.fsencode(path)
    plan = (raw, printable_path(path), run, seen or run, size, MTIME, 7)
    return (*plan, 0, *ledger_row.row_of_report(report))


def copies(report: Report, paths: Iterable[str]) -> Iterator[tuple[Any, ...]]:
    """The rows of one report under many paths, which must be plain ASCII: quicker than `entry`."""
    base = list(entry(report))
    before = f'"path":{json.dumps(report.asset.path)}'
    for path in paths:
        row = list(base)
        row[0], row[1] = path.encode("ascii"), path
        row[-1] = base[-1].replace(before, f'"path":{json.dumps(path)}', 1)
        yield tuple(row)


COLUMNS = (*ledger_schema.PLANNED, "deaths", *ledger_schema.JUDGED)


def write(path: Path, rows: Iterable[tuple[Any, ...]], *, runs: int = 1, **run: Any) -> Path:
    """Write a ledger with finished runs and these rows. `run` sets columns of every run."""
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("PRAGMA page_size = 1024")  # small samples
        db.execute(f"PRAGMA application_id = {ledger_schema.APPLICATION_ID}")
        db.execute(f"PRAGMA user_version = {ledger_schema.VERSION}")
        for statement in (
            ledger_schema.META,
            ledger_schema.RUN,
            ledger_schema.FILE,
            *ledger_schema.INDEXES,
        ):
            db.execute(statement)
        for number in range(1, runs + 1):
            values = {**_run(), "id": number, **run}
            marks = ", ".join("?" * len(values))
            db.execute(
                f"INSERT INTO run ({', '.join(values)}) VALUES ({marks})",  # noqa: S608 - ours
                [*values.values()],
            )
        marks = ", ".join("?" * len(COLUMNS))
        insert = f"INSERT INTO file ({', '.join(COLUMNS)}) VALUES ({marks})"  # noqa: S608 - ours
        db.executemany(insert, rows)
    return path


def _run() -> dict[str, Any]:
    plain_environment = plain(environment())
    policy = Policy()
    return {
        "state": "finished",
        "started": "2026-06-01T00:00:00Z",
        "finished": "2026-06-01T01:00:00Z",
        "validation_time": plain_environment["validation_time"],
        "tool": plain_environment["tool"],
        "sdk": plain_environment["sdk"],
        "schema_version": SCHEMA_VERSION,
        "network": "off",
        "environment": json.dumps(plain_environment),
        "trust_lists": json.dumps(plain_environment["trust_lists"]),
        "trust_digest": "0" * 64,
        "policy": json.dumps(policy.canonical()),
        "policy_digest": policy.sha256,
        "options": "{}",
        "sources": "[]",
        "fingerprint": "f",
        "isolation": json.dumps(
            [
                {"name": "landlock", "on": True, "says": "no write access to any file"},
                {"name": "network", "on": False, "says": "this system cannot"},
            ]
        ),
        "counts": "{}",
    }
