"""`--archives` on the command line: found, flagged, never silent, and nothing written."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import zipfile

import pytest
from integration.helpers import call, needs_script, records, script
from integration.test_network import tracer, why_not
from support.archives import PLAIN, PNG, WRAPPINGS, zipped
from support.hostile_archives import make

WRITING = re.compile(
    r"\b(open|openat|openat2|creat)\(.*\bO_(WRONLY|RDWR|CREAT)\b|"
    r"\b(unlink|unlinkat|rename\w*|mkdir\w*|link\w*|symlink\w*|truncate|memfd_create)\("
)
OWN = re.compile(r'"/dev/(null|tty)"|\.ledger|/shm/|sqlite')


@pytest.fixture
def wrapped(tmp_path):
    folder = tmp_path / "inbox"
    folder.mkdir()
    for name, made in WRAPPINGS.items():
        (folder / name).write_bytes(made())
    return folder


@needs_script
class TestVerify:
    def test_files_in_each_wrapping_are_found_and_flagged_with_exit_code_3(self, wrapped):
        result = call("verify", "-r", "--archives", "--format", "jsonl", wrapped)
        assert result.returncode == 3
        found = records(result)
        flagged = {r["asset"]["outer"]["path"] for r in found if r["flagged"]}
        assert flagged == {str(wrapped / name) for name in WRAPPINGS}
        assert [r for r in found if r["error"]] == []

    def test_without_archives_each_wrapping_is_said_to_be_closed(self, wrapped):
        result = call("verify", "-r", "--format", "jsonl", wrapped)
        assert result.returncode == 0
        found = records(result)
        assert len(found) == len(WRAPPINGS)
        for record in found:
            assert "container.not_opened" in [f["code"] for f in record["findings"]]

    def test_an_archive_on_standard_input_is_opened(self):
        result = call("verify", "--archives", "-q", "-", data=zipped({"x.png": PNG}))
        assert result.returncode == 3
        assert result.stdout.decode().splitlines()[0].endswith("\t-!/x.png")

    def test_json_of_an_archive_is_an_array_of_records(self, tmp_path):
        path = tmp_path / "a.zip"
        path.write_bytes(zipped({"a.jpg": PLAIN}))
        made = json.loads(call("verify", "--archives", "--format", "json", path).stdout)
        assert [r["asset"]["media_type"] for r in made] == ["image/jpeg", "application/zip"]

    @pytest.mark.parametrize(
        "options",
        [
            ["--max-depth", "2"],
            ["--max-held", "1M"],
            ["--archives", "--max-members", "0"],
            ["--archives", "--format", "crjson"],
        ],
    )
    def test_archive_options_that_do_not_fit_are_wrong_usage(self, options):
        result = call("verify", *options, "tests/fixtures/plain.jpg")
        assert result.returncode == 2

    @pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is told otherwise")
    def test_a_large_honest_archive_is_read_to_its_end(self, tmp_path):
        """Half a gigabyte that is stored, and three thousand pictures, in little memory."""
        path = tmp_path / "large.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
            with archive.open("film.bin", "w", force_zip64=True) as film:
                for _ in range(512):
                    film.write(bytes(1 << 20))
            for n in range(3_000):
                archive.writestr(f"{n:04}.jpg", PLAIN)
            archive.writestr("last.png", PNG, zipfile.ZIP_DEFLATED)
        code = (
            "import resource, subprocess, sys\n"
            "r = subprocess.run(sys.argv[1:], stdout=subprocess.PIPE)\n"
            "print(r.returncode, r.stdout.count(b'\\n'),"
            " resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)\n"
            "print(r.stdout[-400:].decode())"
        )
        command = [script(), "verify", "--archives", "-q", str(path)]
        result = subprocess.run(
            [sys.executable, "-c", code, *command], capture_output=True, text=True, check=True
        )
        facts, *lines = result.stdout.splitlines()
        returned, count, memory = map(int, facts.split())
        assert (returned, count) == (3, 3_003)
        assert memory * 1024 < 200 << 20
        assert any(line.endswith("!/last.png") and "ai_generated" in line for line in lines), lines
        assert [line.split("\t")[2] for line in lines if line.endswith("large.zip")] == ["-"]


@needs_script
class TestAudit:
    def test_the_summary_tells_what_was_not_opened(self, wrapped, tmp_path):
        result = call("audit", wrapped, "--ledger", tmp_path / "a.ledger", "--progress", "none")
        assert result.returncode == 0
        line = f"  not opened {len(WRAPPINGS):>17}  archives and documents"
        assert line in result.stdout.decode()

    def test_members_are_counted_and_decide_the_exit_code(self, wrapped, tmp_path):
        ledger = tmp_path / "a.ledger"
        result = call("audit", "--archives", wrapped, "--ledger", ledger, "--progress", "none")
        assert result.returncode == 3
        said = result.stdout.decode()
        assert f"{len(WRAPPINGS)} files" in said
        assert "files found in them" in said
        assert "not opened" not in said
        assert "ledger: " in said
        report = call("report", ledger, "--format", "csv").stdout.decode()
        assert "deflated.zip!/in/x.png" in report

    def test_records_come_with_those_of_members(self, wrapped, tmp_path):
        result = call(
            *("audit", "--archives", wrapped / "deflated.zip", "--ledger", tmp_path / "a.ledger"),
            *("--format", "jsonl", "--progress", "none"),
        )
        assert [r["asset"]["path"].rpartition("/")[2] for r in records(result)] == [
            "x.png",
            "deflated.zip",
        ]


@needs_script
def test_opening_archives_writes_nothing_to_the_disk(tmp_path, wrapped):
    """Watched from outside, over each wrapping and a row of hostile archives."""
    if why_not():
        pytest.skip(why_not())
    for seed in range(40):
        kind, data = make(seed) if seed not in {0, 1, 18} else ("", b"")
        (wrapped / f"{seed}{kind}").write_bytes(data if len(data) < 1 << 20 else data[: 1 << 20])
    before = sorted(path.name for path in wrapped.iterdir())
    log = tmp_path / "log"
    command = [script(), "verify", "-r", "--archives", "-q", "--max-members", "200", str(wrapped)]
    result = subprocess.run(
        [*tracer("file", log), *command],
        capture_output=True,
        timeout=500,
        check=False,
        cwd=tmp_path,
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert result.returncode == 3
    said = log.read_text(encoding="utf-8", errors="replace").splitlines()
    assert len(said) > 100
    assert [line for line in said if WRITING.search(line) and not OWN.search(line)] == []
    assert sorted(path.name for path in wrapped.iterdir()) == before
