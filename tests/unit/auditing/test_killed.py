"""An audit that is killed at twenty moments and resumed each time."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support.pki import FIXTURES

from provenance.auditing import ledger_schema
from provenance.kit import media

TESTS = Path(__file__).resolve().parents[2]
COLUMNS = (*ledger_schema.PLANNED, "deaths", *ledger_schema.JUDGED)
ROWS = f"SELECT {', '.join(COLUMNS)} FROM file ORDER BY path_bytes"  # noqa: S608 - our own names
FILES = 360
KILLS = 20
pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no kill -9 here")


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "files"
    for n in range(FILES):
        below = made / f"{n % 7}"
        below.mkdir(parents=True, exist_ok=True)
        if n % 10 == 0:
            shutil.copy(
                FIXTURES / ("ai-generated.png" if n % 20 else "grafted.jpg"), below / f"{n}"
            )
        else:
            (below / f"{n}.jpg").write_bytes(media.gradient_jpeg(32 + n, 16))
    os.symlink("nowhere", made / "0" / "dangling")
    return made


def begin(folder, ledger, log):
    return subprocess.Popen(
        [sys.executable, "-m", "support.slow_audit", str(folder), str(ledger), str(log)],
        cwd=TESTS,
        stderr=subprocess.PIPE,
    )


def rows(ledger):
    db = sqlite3.connect(ledger)
    try:
        return db.execute(ROWS).fetchall()
    finally:
        db.close()


def judged(ledger):
    return {row[COLUMNS.index("path")] for row in rows(ledger)}


def test_an_audit_that_is_killed_again_and_again_loses_no_file_and_does_none_twice(
    folder, tmp_path
):
    chosen = random.Random(3)  # noqa: S311 - the same moments every time
    ledger, log = tmp_path / "killed.ledger", tmp_path / "log"
    before: set[str] = set()
    grown = 0
    for kill in range(KILLS):
        log.write_text("")
        running = begin(folder, ledger, log)
        until = time.monotonic() + 30
        if kill % 4:  # one in four in the first moments, before there is anything to lose
            while not log.stat().st_size and time.monotonic() < until:
                time.sleep(0.005)
            time.sleep(chosen.uniform(0.0, 0.65))
        else:
            time.sleep(chosen.uniform(0.0, 0.5))
        running.send_signal(signal.SIGKILL)
        _, said = running.communicate()
        assert running.returncode == -signal.SIGKILL, said.decode()
        again = set(log.read_text().splitlines()) & before
        assert not again
        if ledger.exists():
            now = judged(ledger) if kill else before
            assert before <= now
            grown += len(now) > len(before)
            before = now
    assert grown >= 2
    assert len(before) < FILES  # the last kill was in time
    log.write_text("")
    running = begin(folder, ledger, log)
    assert running.communicate(timeout=60)[1] == b""
    assert running.returncode == 0
    assert not set(log.read_text().splitlines()) & before
    calm, calm_log = tmp_path / "calm.ledger", tmp_path / "calm-log"
    running = begin(folder, calm, calm_log)
    running.communicate(timeout=60)
    assert len(rows(calm)) == FILES + 1
    assert rows(ledger) == rows(calm)
    db = sqlite3.connect(ledger)
    runs = db.execute("SELECT state, resumed >= 10 FROM run").fetchall()
    (check,) = db.execute("PRAGMA integrity_check").fetchone()
    db.close()
    assert runs == [("finished", 1)]
    assert check == "ok"
