"""`provenance shards run`: what it says, what it writes, and how it ends."""

import json
import os
import shutil
import signal

import pytest
from click.testing import CliRunner
from provenance_cli import shards_run
from provenance_cli.main import main
from support import s3
from support.each import each
from support.pki import FIXTURES
from support.sharding import by_path

from provenance.auditing.shards import ray
from provenance.auditing.shards import shard_run as one_shard
from provenance.auditing.shards.once import ShardResult
from provenance.auditing.shards.shard_run import ShardRun
from provenance.base.errors import AuditError
from provenance.kit import media

FILES = ("ai-generated.png", "capture.jpg", "grafted.jpg", "plain.jpg", "clip.mp4")


@pytest.fixture(autouse=True)
def _no_scheduler(monkeypatch):
    for name in shards_run.NUMBERS:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def out(tmp_path):
    """A plan of three shards over five files."""
    folder = tmp_path / "inbox"
    folder.mkdir()
    for name in FILES:
        shutil.copy(FIXTURES / name, folder / name)
    made = tmp_path / "out"
    result = _said("shards", "plan", folder, "--output", made, "--shard-size", 2)
    assert result.exit_code == 0, result.output
    return made


def _said(*words):
    return CliRunner().invoke(main, [str(word) for word in words])


def _shown(result):
    """What is said but for whose plan it is."""
    return "".join(x for x in result.stdout.splitlines(True) if not x.startswith("plan "))


def test_a_shard_is_run_and_said_to_be(out):
    result = _said("shards", "run", out, "--shard", 0, "-j", 1)
    assert (result.exit_code, result.stderr) == (0, "")
    assert _shown(result) == "shard 0: 2 objects, 1 flagged (ai 1)\n"
    assert by_path(out, "origin")["ai-generated.png"] == "ai_generated"
    assert _shown(_said("shards", "run", out, "--shard", 0)) == "shard 0: done before\n"
    assert _said("shards", "run", out, "--shard", 1, "-q", "-j", 1).output == ""


def test_all_shards_that_are_left_are_run_and_the_report_is_named_next(out):
    _said("shards", "run", out, "--shard", 1)
    result = _said("shards", "run", out, "--all", "-j", 1)
    lines = _shown(result).splitlines()
    assert sorted(line.partition(":")[0] for line in lines) == [
        "next",
        *(f"shard {n}" for n in range(3)),
    ]
    assert "shard 1: done before" in lines
    assert lines[-1] == f"next: provenance report {out}"
    assert " 5  files" in _said("report", out).stdout


@each("name", list(shards_run.NUMBERS))
def test_a_variable_of_a_scheduler_says_which_shard_is_run(out, monkeypatch, name):
    with monkeypatch.context() as patch:
        patch.setenv(name, "2")
        assert "shard 2: " in _said("shards", "run", out, "-j", 1).stdout


@each(
    "words, environment, says",
    [
        ((), {}, "say which shard"),
        (("--shard", 0, "--all"), {}, "do not go together"),
        (("--shard", 9), {}, "shard 9 does not exist: the plan has 3"),
        (("--engine", "ray"), {}, "hands out the shards of --all"),
        ((), {"SLURM_ARRAY_TASK_ID": "x"}, "SLURM_ARRAY_TASK_ID is not the number of a shard"),
        (
            (),
            {"SLURM_ARRAY_TASK_ID": "1", "JOB_COMPLETION_INDEX": "2"},
            "JOB_COMPLETION_INDEX and SLURM_ARRAY_TASK_ID differ",
        ),
        (("--shard", 0, "--plan-sha256", "0" * 64), {}, "not the plan with the SHA-256"),
        (("--shard", 0, "--max-memory", "1M"), {}, "less than 16M"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_2(out, monkeypatch, words, environment, says):
    with monkeypatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        result = _said("shards", "run", out, *words)
    assert says in result.stderr
    assert (result.exit_code, result.stdout) == (2, "")
    assert not (out / "parts").exists()


def test_a_plan_that_is_not_there_is_said(tmp_path):
    result = _said("shards", "run", tmp_path, "--shard", 0)
    assert "plan.json" in result.stderr
    assert result.stderr.count("\n") == 1
    assert result.exit_code == 2


def test_an_engine_has_all_shards_one_worker_each_and_where_the_plan_is(out, monkeypatch):
    monkeypatch.chdir(out.parent)
    asked = []

    def run(errand, shards, stop):
        asked.append((errand.out, sorted(shards), errand.how.workers, stop.is_set()))
        yield ShardResult(1, ShardRun(1, 2, done=2))
        yield ShardResult(2, error="lost")
        if len(asked) > 1:
            os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(ray, "run", run)
    result = _said("shards", "run", out.name, "--all", "--engine", "ray")
    assert (result.exit_code, _shown(result)) == (1, "shard 1: 2 objects\n")
    assert result.stderr == "shard 2: not done: lost\n"
    result = _said("shards", "run", out.name, "--all", "--engine", "ray", "-j", 3)
    assert result.stderr.endswith("interrupted: run the same command to resume\n")
    assert result.exit_code == 128 + signal.SIGTERM
    assert asked == [(str(out), [0, 1, 2], 1, False), (str(out), [0, 1, 2], 3, False)]


@each(
    "code, exits",
    [("store.unusable", 1), ("store.credentials", 1), ("worker.start", 1), ("plan.unreadable", 2)],
)
def test_a_failure_that_may_pass_is_exit_1(out, monkeypatch, code, exits):
    def run(*_):
        raise AuditError(code, "it cannot be done")

    with monkeypatch.context() as patch:
        patch.setattr(one_shard, "run_shard", run)
        result = _said("shards", "run", out, "--shard", 0)
    assert (result.exit_code, _shown(result)) == (exits, "")
    assert result.stderr == "Error: it cannot be done\n"


def test_a_run_of_shards_writes_its_counts_for_prometheus(out, tmp_path):
    metrics = tmp_path / "shards.prom"
    _said("shards", "run", out, "--all", "--metrics", metrics, "-j", 1)
    told = [line for line in metrics.read_text().splitlines() if not line.startswith("#")]
    assert told == [
        "provenance_shards_shards_total 3",
        "provenance_shards_objects_total 5",
        "provenance_shards_flagged_total 2",
        "provenance_shards_errors_total 0",
    ]
    assert [path.name for path in tmp_path.glob("shards.prom*")] == ["shards.prom"]


def test_lines_say_how_far_a_run_of_shards_is(out, monkeypatch):
    monkeypatch.setattr(shards_run, "_EVERY", 0.0)
    result = _said("shards", "run", out, "--shard", 0, "--progress", "lines", "-j", 1)
    assert "shard 0: 2 of 2, " in result.stderr


def test_a_store_is_planned_run_and_read_as_a_folder_is(out):
    """With moto, which knows conditional writes as S3 does."""
    with s3.bucket("shards-run") as bucket:
        s3.put(f"{bucket}/in", {name: (FIXTURES / name).read_bytes() for name in FILES})
        there = f"{bucket}/june"
        planned = _said("shards", "plan", f"{bucket}/in", "--output", there, "--shard-size", 2)
        assert planned.exit_code == 0, planned.output
        assert _said("shards", "run", there, "--all", "-j", 1).exit_code == 0
        assert _shown(_said("shards", "run", there, "--shard", 0)) == "shard 0: done before\n"
        _said("shards", "run", out, "--all", "-j", 1)
        lists = [_said("report", place, "--list", "flagged").stdout for place in (out, there)]
        assert lists[0] == lists[1] == "ai-generated.png\ngrafted.jpg\n"
        columns = ("origin", "assurance", "integrity", "sha256", "size")
        for shard in range(3):
            assert by_path(there, *columns, shard=shard) == by_path(out, *columns, shard=shard)


def test_a_plan_of_somebody_else_is_seen_for_what_it_is(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox" / "a.jpg").write_bytes(media.gradient_jpeg(8, 8))
    anchors = str(FIXTURES / "pki" / "root.pem")
    words = ["inbox", "-o", "out", "--at", "2026-06-01T00:00:00Z", "--show-personal-data"]
    made = CliRunner().invoke(main, ["shards", "plan", *words, "--trust-anchors", anchors])
    assert made.exit_code == 0, made.output
    path = tmp_path / "out" / "plan.json"
    other = json.loads(path.read_text()) | {"source": f"{tmp_path}/\x1b[2Jno such folder"}
    path.write_text(json.dumps(other))
    result = CliRunner().invoke(main, ["shards", "run", "out", "--shard", "0"])
    first = result.output.partition("\n")[0]
    assert result.exit_code == 1
    assert "Error: no worker can be started" in result.output
    assert first.startswith("plan ")
    assert "\x1b" not in result.output
    assert f": {tmp_path}/" in first
    assert "no such folder, as of 2026-06-01T00:00:00Z; trusts " in first
    assert first.endswith("root.pem; shows personal data")
    assert not (tmp_path / "out" / "parts").exists()


def test_a_source_that_is_not_mounted_is_no_news_of_its_files(tmp_path):
    inbox, out = tmp_path / "inbox", str(tmp_path / "out")
    inbox.mkdir()
    (inbox / "a.jpg").write_bytes(media.gradient_jpeg(8, 8))
    assert CliRunner().invoke(main, ["shards", "plan", str(inbox), "-o", out]).exit_code == 0
    os.remove(inbox / "a.jpg")
    result = CliRunner().invoke(main, ["shards", "run", out, "--all"])
    assert result.exit_code == 1
    assert f"Error: {inbox}: nothing is in it: is it mounted?" in result.output
    part = tmp_path / "out" / "parts" / "part-00000000.parquet"
    part.parent.mkdir()
    part.symlink_to("nowhere")
    (inbox / "b.jpg").write_bytes(b"")
    result = CliRunner().invoke(main, ["shards", "run", out, "--all"])
    assert result.exit_code == 1
    assert f"Error: {part}: it is neither there nor written" in result.output
    part.unlink()
    result = CliRunner().invoke(main, ["shards", "run", out, "--all"])
    assert (result.exit_code, "asset.missing 1" in result.output) == (0, True)
