"""Pairs compared in other processes: the same answers, in order, whatever a file does."""

from __future__ import annotations

import shutil
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from support import poisoned_pairs
from support.each import each
from support.pki import FIXTURES

from provenance import Policy, TrustStore, Verifier
from provenance.auditing import pairs, pairs_worker
from provenance.auditing.pairs import compare_all
from provenance.auditing.pairs_worker import PairTask
from provenance.auditing.task import FileLimits
from provenance.base.errors import AuditError
from provenance.sandbox.frames import FrameError
from provenance.verdict import comparison

if TYPE_CHECKING:
    from pathlib import Path

AT = datetime(2026, 1, 1, tzinfo=UTC)
NAMES = ("ai-generated.png", "plain.jpg", "capture.jpg", "tampered.png", "clip.mp4")


def task(**limits: Any) -> PairTask:
    return PairTask(TrustStore.load(), AT, FileLimits(**limits))


def test_the_answers_are_those_of_this_process_in_the_order_of_the_pairs() -> None:
    paths = [str(FIXTURES / name) for name in NAMES]
    asked: list[tuple[str, str | None]] = [(a, b) for a in paths for b in (*paths, None)]
    found = list(compare_all(asked, task(), 2))
    verifier = Verifier(Policy(), TrustStore.load(), AT)
    samples = {path: comparison.examine(verifier, path) for path in paths}
    assert len(found) == len(asked)
    for one, (before, after) in zip(found, asked, strict=True):
        if after is None:
            assert (one.before, one.error) == (before, "no file of that name after the pipeline")
        else:
            assert one == comparison.compare(samples[before], samples[after])


def test_no_thread_of_a_comparison_is_left_once_it_is_over() -> None:
    """Each thread is told to end: one that took the word of another would be waited for."""
    path = str(FIXTURES / "plain.jpg")
    list(compare_all([(path, path)] * 4, task(), 3))
    assert [one for one in threading.enumerate() if one.name.startswith(pairs.THREAD)] == []


def test_a_comparison_of_no_pairs_gives_no_answers() -> None:
    assert list(compare_all([], task(), 1)) == []


def test_a_file_that_brings_a_worker_down_costs_its_own_pair_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pairs_worker, "SERVICE", poisoned_pairs.SERVICE)
    good = str(FIXTURES / "plain.jpg")
    asked = []
    for name in ("crash.jpg", "fine.jpg", "hang.jpg", "lie.jpg", "also-fine.jpg"):
        path = str(tmp_path / name)
        shutil.copyfile(good, path)
        asked.append((path, good))
    found = list(compare_all(asked, task(timeout=1.0), 1))
    said = [one.error.rpartition(": ")[2] for one in found]
    assert said == [
        "the worker was ended by SIGABRT",
        "",
        "see --timeout",
        "the worker's answer was of no known shape",
        "",
    ]
    assert [one.before for one in found] == [before for before, _ in asked]


def test_a_comparison_ends_where_no_worker_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pairs_worker, "SERVICE", "no.such.module:main")
    with pytest.raises(AuditError, match="no worker can be started"):
        list(compare_all([("a", "b")], task(), 2))


@each(
    "said",
    [
        None,
        [],
        {},
        {"error": 1, "entries": []},
        {"error": "", "entries": [[]] * 20},
        {"error": "", "entries": [["bytes", "kept", [], []]]},
        {"error": "", "entries": [["pixels", "kept", [], [], ""]]},
        {"error": "", "entries": [["bytes", "mended", [], [], ""]]},
        {"error": "", "entries": [["bytes", "kept", [1], [], ""]]},
        {"error": "", "entries": [["bytes", "kept", [], "x", ""]]},
        {"error": "", "entries": [["bytes", "kept", [], [], None]]},
    ],
)
def test_an_answer_that_no_worker_of_this_program_would_give_is_a_fall(said: Any) -> None:
    with pytest.raises(FrameError, match="of no known shape"):
        pairs._believed(said, "a", "b")
