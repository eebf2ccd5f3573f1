"""`provenance audit`, as it is called: processes of its own, signals, output, exit codes."""

import contextlib
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
from importlib import import_module

import pytest
from integration.helpers import (
    FIXTURES,
    ROOT,
    call,
    is_general,
    needs_posix_names,
    needs_script,
    script,
)

from provenance.kit import media

pytestmark = needs_script
posix = pytest.mark.skipif(os.name != "posix", reason="POSIX only")
NAMES = [
    b"new\nline.jpg",
    b"quote\"'`;comma,.jpg",
    b"=cmd('calc')!A0.jpg",
    b"\x1b[31mred\x1b]0;title\x07.jpg",
    b"\xff\xfe\x80.jpg",
    "\u202egpj.exe".encode(),
    b"-j",
    b"x" * 255,
]


@pytest.fixture(autouse=True)
def one_worker(monkeypatch):
    """A worker for two files is enough, where no number is given."""
    monkeypatch.setenv("PROVENANCE_AUDIT_JOBS", "1")


@pytest.fixture
def inbox(tmp_path):
    folder = tmp_path / "inbox"
    folder.mkdir()
    shutil.copy(FIXTURES / "ai-generated.png", folder / "a.png")
    shutil.copy(FIXTURES / "plain.jpg", folder / "b.jpg")
    return folder


@pytest.fixture
def ledger(tmp_path):
    return tmp_path / "l.ledger"


def query(ledger, sql):
    with contextlib.closing(sqlite3.connect(ledger)) as db:
        return db.execute(sql).fetchall()


def test_a_summary_a_ledger_and_an_exit_code(inbox, ledger):
    (inbox / "nowhere").symlink_to("gone")
    result = call("audit", inbox, "--ledger", ledger, "-j", "2")
    assert result.returncode == 3
    assert result.stderr == b""
    assert result.stdout.decode().splitlines() == [
        "run 1 finished: 3 files (3 judged)",
        "  ai_generated               1  signed 1",
        "  unknown                    1  none 1",
        "  flagged                    1  ai 1",
        "  could not examine          1  asset.missing 1",
        f"ledger: {ledger}",
        f"next: provenance report {ledger} --list flagged",
    ]
    assert sorted(p.name for p in ledger.parent.iterdir()) == ["inbox", "l.ledger"]
    again = call("audit", inbox, "--ledger", ledger, "--exit-zero")
    assert again.returncode == 1  # one file could not be examined, which nothing hides
    assert b"run 2 finished: 3 files (0 judged, 3 unchanged)" in again.stdout
    # what the run met is counted, not what it judged
    assert again.stdout.splitlines()[1:] == result.stdout.splitlines()[1:]


def test_an_audit_ends_with_the_exit_codes_of_verify(tmp_path, ledger):
    for name, code in (("grafted.jpg", 4), ("plain.jpg", 0), ("missing.jpg", 1)):
        result = call("audit", FIXTURES / name, "--ledger", tmp_path / name)
        assert result.returncode == code, name


def test_jsonl_of_an_audit_is_what_verify_prints(inbox, ledger):
    options = ("--format", "jsonl", "--at", "2026-06-01T00:00:00Z", "--exit-zero")
    found = call("audit", inbox, "--ledger", ledger, "--digest", "all", *options)
    expected = call("verify", "-r", inbox, *options)
    assert sorted(found.stdout.splitlines()) == sorted(expected.stdout.splitlines())


def test_progress_for_a_scheduler(inbox, ledger):
    result = call("audit", inbox, "--ledger", ledger, "--progress", "json")
    begin, *between, end = [json.loads(line) for line in result.stderr.decode().splitlines()]
    assert begin["event"] == "begin"
    assert begin["run"] == 1
    assert not begin["resumed"]
    assert between[-1]["event"] == "progress"
    assert between[-1]["done"] == between[-1]["judged"] == 2
    assert between[-1]["flagged"] == 1
    assert (end["event"], end["state"], end["exit_code"]) == ("end", "finished", 3)
    assert end["counts"]["files"] == 2
    page = (ROOT / "docs" / "audit.md").read_text(encoding="utf-8")
    for key in (*begin, *between[-1], *end):
        assert f"`{key}`" in page, key


def test_several_filters_of_an_audit_apply_together(inbox, ledger):
    (inbox / "note.txt").write_text("a note")
    result = call(
        *("audit", inbox, "--ledger", ledger, "--exclude", "*.txt", "--type", "image"),
        *("--larger-than", "1", "--modified-since", "2000-01-01T00:00:00Z"),
        *("--smaller-than", "1G", "--modified-until", "2999-01-01T00:00:00Z", "--include", "*"),
    )
    assert b"2 files (2 judged, 1 left out)" in result.stdout


def test_an_audit_reads_names_from_lists_and_tables(inbox, ledger, tmp_path):
    names = f"{inbox / 'a.png'}\0{inbox}\0".encode()
    result = call("audit", "--files-from", "-", "-0", "--ledger", ledger, data=names)
    assert b"2 files (2 judged)" in result.stdout
    (tmp_path / "t.csv").write_text(f"id,file\n1,{inbox / 'b.jpg'}\n2,\n")
    table = ("--manifest", tmp_path / "t.csv", "--path-column", "file")
    result = call("audit", *table, "--ledger", tmp_path / "2")
    assert result.returncode == 1
    assert b"plan.bad_line 1" in result.stdout


def test_a_dash_is_standard_input_whatever_lies_about(inbox, ledger, tmp_path):
    (tmp_path / "-").touch()
    names = f"{inbox / 'a.png'}\n".encode()
    for option, data in (("--files-from", names), ("--manifest", b"path\n" + names)):
        # where progress is told, files are counted beforehand
        asked = ("--progress", "json", option, "-", "--ledger", tmp_path / option)
        result = call("audit", *asked, cwd=tmp_path, data=data)
        assert b"1 files (1 judged)" in result.stdout


def test_a_type_is_meant_in_any_case(inbox, ledger):
    result = call("audit", inbox, "--ledger", ledger, "--type", "Image/PNG")
    assert b"1 files (1 judged, 1 left out)" in result.stdout


@posix
def test_a_ledger_is_a_file_whatever_it_is_called(inbox, tmp_path):
    """SQLite has a meaning of its own for this one: a database in memory."""
    result = call("audit", inbox, "--ledger", ":memory:", cwd=tmp_path)
    assert result.returncode == 3
    assert query(tmp_path / ":memory:", "SELECT COUNT(*) FROM file") == [(2,)]


def test_a_limit_beyond_what_the_system_counts_is_said(inbox, ledger):
    result = call("audit", inbox, "--ledger", ledger, "--max-memory", "999999999999999G")
    assert result.returncode == 3
    ((told,),) = query(ledger, "SELECT isolation FROM run")
    assert [m["on"] for m in json.loads(told) if m["name"] == "memory"] == [False]


@needs_posix_names
def test_hostile_names_come_through(tmp_path, ledger):
    folder = tmp_path / "hostile"
    folder.mkdir()
    for name in NAMES:
        with open(os.path.join(os.fsencode(folder), name), "wb") as file:
            file.write(media.gradient_jpeg(16, 16))
    deep = b"d" * 250
    below = os.fsencode(folder)
    for _ in range(14):
        below = os.path.join(below, deep)
        os.mkdir(below)
    with open(os.path.join(below, b"long.jpg"), "wb") as file:
        file.write(media.gradient_jpeg(16, 16))
    result = call("audit", folder, "--ledger", ledger, "--format", "jsonl")
    assert result.returncode == 0, result.stderr
    found = query(ledger, "SELECT path_bytes, path, error_code FROM file")
    assert len(found) == len(NAMES) + 1
    assert {os.path.basename(raw) for raw, _, _ in found} == {*NAMES, b"long.jpg"}
    assert [code for _, _, code in found if code is not None] == []
    for _, shown, _ in found:
        assert shown.isprintable()
    assert max(len(raw) for raw, _, _ in found) > 3500
    paths = {json.loads(line)["asset"]["path"] for line in result.stdout.splitlines()}
    assert len(paths) == len(found)
    quiet = call("audit", folder, "--ledger", ledger)
    assert b"\x1b" not in quiet.stdout + quiet.stderr


class TestSignals:
    @pytest.fixture
    def many(self, tmp_path):
        folder = tmp_path / "many"
        folder.mkdir()
        data = (FIXTURES / "chain-of-three.jpg").read_bytes()
        for n in range(1500):
            (folder / f"{n}.jpg").write_bytes(data)
        return folder

    @posix
    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_the_first_signal_ends_an_audit_in_order(self, many, ledger, number):
        command = [script(), "audit", many, "--ledger", ledger, "-j", "1", "--format", "jsonl"]
        running = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
        )
        assert running.stdout.readline()
        os.killpg(running.pid, number)  # as a terminal does: workers must not mind
        out, err = running.communicate(timeout=60)
        assert running.returncode == 128 + number
        assert "interrupted" in err.decode()
        assert "Run the same command to resume." in err.decode()
        done = query(ledger, "SELECT COUNT(*), COUNT(error_code) FROM file")
        assert done == [(len(out.splitlines()) + 1, 0)]
        assert 0 < done[0][0] < 1500
        assert query(ledger, "SELECT state FROM run") == [("interrupted",)]
        assert not os.path.exists(f"{ledger}-lock")

    @posix
    def test_closed_standard_output_does_not_end_an_audit(self, inbox, ledger):
        for n in range(200):
            shutil.copy(inbox / "b.jpg", inbox / f"{n}.jpg")
        command = [script(), "audit", inbox, "--ledger", ledger, "-j", "1", "--format", "jsonl"]
        running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        running.stdout.readline()
        running.stdout.close()
        assert running.stderr.read() == b""
        running.stderr.close()
        running.wait(timeout=60)
        assert running.returncode == 3
        assert query(ledger, "SELECT COUNT(*) FROM file") == [(202,)]


def shelled(line, *arguments):
    """Call the script with redirections, as a scheduler would."""
    command = ["sh", "-c", f'exec "$0" "$@" {line}', script(), "audit", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, timeout=60, check=False)


@posix
@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")
class TestNobodyListens:
    """What is closed or full beside the ledger costs no answer, and is no traceback."""

    @pytest.mark.parametrize("form", ["text", "jsonl"])
    def test_standard_output_is_closed(self, inbox, ledger, form):
        result = shelled(">&-", inbox, "--ledger", ledger, "--format", form)
        assert (result.returncode, result.stderr) == (3, b"")
        assert query(ledger, "SELECT state FROM run") == [("finished",)]

    @pytest.mark.parametrize("form", ["text", "jsonl"])
    def test_standard_output_is_full(self, inbox, ledger, form):
        result = shelled(">/dev/full", inbox, "--ledger", ledger, "--format", form)
        (line,) = result.stderr.decode().splitlines()
        assert line.startswith("Error: standard output cannot be written: no space left")
        assert result.returncode == 1
        whole = form == "text"  # where records are wanted, no more are made than can be told
        assert query(ledger, "SELECT state FROM run") == [("finished" if whole else "interrupted",)]
        again = call("audit", inbox, "--ledger", ledger)
        assert b"2 files" in again.stdout

    def test_standard_input_is_closed(self, ledger):
        for option in ("--files-from", "--manifest"):
            result = shelled("<&-", option, "-", "--ledger", ledger)
            assert result.returncode == 2
            assert result.stderr.decode().splitlines()[-1] == "Error: standard input is closed"
        assert not ledger.exists()

    def test_standard_output_is_a_pipe_that_nobody_reads(self, inbox, ledger):
        result = shelled("| true", inbox, "--ledger", ledger)
        assert result.stderr == b""
        assert query(ledger, "SELECT state FROM run") == [("finished",)]

    @pytest.mark.parametrize("where", ["2>&-", "2>/dev/full"])
    @pytest.mark.parametrize("progress", ["json", "auto"])
    def test_standard_error_is_closed_or_full(self, inbox, ledger, where, progress):
        result = shelled(where, inbox, "--ledger", ledger, "--progress", progress)
        assert result.returncode == 3
        assert result.stdout.startswith(b"run 1 finished")


class TestWrongUsage:
    @pytest.mark.parametrize(
        ("arguments", "says"),
        [
            (("--ledger", "l"), "nothing to go through"),
            (("x",), "--ledger"),
            (("x", "--ledger", "l", "-0"), "--files-from"),
            (("x", "--ledger", "l", "--digest", "none", "--by-digest"), "--by-digest"),
            (("x", "--ledger", "l", "-j", "0"), "--jobs"),
            (("x", "--ledger", "l", "--timeout", "0"), "--timeout"),
            (("x", "--ledger", "l", "--timeout", "nan"), "--timeout"),
            (("x", "--ledger", ""), "--ledger"),
            (("x", "--ledger", "l", "--type", ""), "--type"),
            (("x", "--ledger", "l", "--type", "jpg"), "--type"),
            (
                ("x", "--ledger", "l", "--type", "images"),
                "application, audio, font, image, message, text, video",
            ),
            (
                ("x", "--ledger", "l", "--type", "model"),
                "application, audio, font, image, message, text, video",
            ),
            (
                ("x", "--ledger", "l", "--type", "image/jpg"),
                "image/heif, image/jp2, image/jpeg, image/jxl",
            ),
            (("x", "--ledger", "l", "--type", "image/p"), "image/png"),
            (("x", "--ledger", "-"), "--ledger"),
            (("x", "--ledger", "l", "--larger-than", "5", "--smaller-than", "2"), "no file"),
            (
                (
                    *("x", "--ledger", "l", "--modified-since", "2026-06-02T00:00:00Z"),
                    *("--modified-until", "2026-06-01T00:00:00Z"),
                ),
                "no file",
            ),
            (("x", "--ledger", "l", "--max-memory", "1"), "--max-memory"),
            (("x", "--ledger", "l", "--max-memory", "15M"), "--max-memory"),
            (("x", "--ledger", "none/l"), "name another file"),
            (("x", "--ledger", "."), "name another file"),
            pytest.param(("x", "--ledger", os.devnull), "name another file", marks=posix),
            (("--files-from", "-", "--manifest", "-", "--ledger", "l"), "standard input"),
            (("--files-from", "none", "--ledger", "l"), "no such file"),
            (("--manifest", "none.csv", "--ledger", "l"), "no such file"),
            (("x", "--ledger", "l", "--trust-anchors", "none"), "none"),
            (("x", "--ledger", "l", "--crl", "none"), "none"),
            (("x", "--ledger", "l", "--policy", "none"), "none"),
        ],
    )
    def test_wrong_usage_of_audit_is_one_line_and_exit_2(self, tmp_path, arguments, says):
        result = call("audit", *arguments, cwd=tmp_path)
        assert result.returncode == 2
        last = result.stderr.decode().splitlines()[-1]
        assert last.startswith("Error: ")
        assert says in last
        assert list(tmp_path.iterdir()) == []

    def test_a_file_that_is_no_ledger_is_refused_and_left_alone(self, inbox, tmp_path):
        for content in (b"this is not a database" * 100, media.gradient_jpeg(16, 16)):
            (tmp_path / "l").write_bytes(content)
            result = call("audit", inbox, "--ledger", tmp_path / "l")
            assert result.returncode == 2
            (line,) = result.stderr.decode().splitlines()
            assert line.startswith("Error: ")
            assert line.endswith("is not a provenance ledger: name another file")
            assert (tmp_path / "l").read_bytes() == content
            assert sorted(p.name for p in tmp_path.iterdir()) == ["inbox", "l"]

    def test_a_table_of_files_that_is_none_is_refused(self, tmp_path):
        (tmp_path / "index.json").write_text('[\n {"path": "a.jpg"},\n {"path": "b.jpg"}\n]\n')
        arguments = ("--manifest", "index.json", "--ledger", "l")
        result = call("audit", *arguments, cwd=tmp_path)
        assert result.returncode == 2
        (line,) = result.stderr.decode().splitlines()
        assert line == (
            "Error: the manifest index.json is not JSON Lines: write one object a line, such as"
            ' {"path": "a.jpg"}'
        )
        assert [p.name for p in tmp_path.iterdir()] == ["index.json"]


@posix
def test_a_full_disk_is_one_line_and_the_ledger_goes_on(inbox, ledger):
    """The limit on the size of files stands for the disk."""
    for n in range(600):
        (inbox / f"{n}.jpg").write_bytes(media.gradient_jpeg(16, 16))
    code = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000));"
        "from provenance_cli.main import main; main(sys.argv[1:])"
    )
    command = [sys.executable, "-c", code, "audit", str(inbox), "--ledger", str(ledger)]
    result = subprocess.run(command, capture_output=True, timeout=60, check=False)
    assert result.returncode == 1, result.stdout
    (line,) = result.stderr.decode().splitlines()
    assert "run the same command to resume" in line
    again = call("audit", inbox, "--ledger", ledger)
    assert again.returncode == 3
    assert query(ledger, "SELECT COUNT(*) FROM file") == [(602,)]
    assert query(ledger, "PRAGMA integrity_check") == [("ok",)]


@posix
@pytest.mark.parametrize("form", ["text", "jsonl"])
def test_on_a_terminal_the_line_of_progress_is_overwritten(inbox, ledger, form):
    import pty

    parent, child = pty.openpty()
    running = subprocess.Popen(
        [script(), "audit", inbox, "--ledger", ledger, "--format", form],
        stdout=subprocess.PIPE,
        stderr=child,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "120"},
    )
    os.close(child)
    shown = b""
    with contextlib.suppress(OSError):
        while more := os.read(parent, 4096):
            shown += more
    os.close(parent)
    out, _ = running.communicate(timeout=60)
    assert running.returncode == 3
    if form == "text":
        assert b"2 files" in out
    else:
        assert [json.loads(line)["schema_version"] for line in out.splitlines()] == ["1.0"] * 2
    assert re.search(rb"\d+( of 2)? done, .*flagged, .*broken, .*errors", shown)


def test_the_documentation_names_every_option():
    command = import_module("provenance_cli.audit").audit_command
    page = (ROOT / "docs" / "audit.md").read_text(encoding="utf-8")
    for parameter in command.params:
        for option in parameter.opts:
            if option.startswith("-") and not is_general(parameter):
                assert f"`{option}" in page, option


def test_show_isolation_needs_nothing_else(tmp_path):
    result = call("audit", "--show-isolation", cwd=tmp_path)
    assert result.returncode == 0
    lines = result.stdout.decode().splitlines()
    assert [line.split()[1] in {"on", "OFF"} for line in lines] == [True] * 10
    assert list(tmp_path.iterdir()) == []
