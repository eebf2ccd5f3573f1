"""How every command ends and is interrupted; `test_streams` has what nobody reads."""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import signal
import subprocess
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from integration.helpers import FIXTURES, TRUST, call, needs_script, script
from provenance_cli.main import main
from support.each import each

from provenance.media.asset import Asset

if TYPE_CHECKING:
    from pathlib import Path

PLAIN = FIXTURES / "plain.jpg"
AI = FIXTURES / "ai-generated.png"
LISTING = [
    "--help",
    "detectors",
    "kit list",
    "rules",
    "schema",
    "trust list --at 2026-06-01T00:00:00Z",
    "watermarks",
]
posix = pytest.mark.skipif(os.name != "posix", reason="it is said as POSIX systems say it")

pytestmark = needs_script


def shell(command: str, redirection: str) -> subprocess.CompletedProcess[str]:
    """Run a command of ours with a redirection, standard output buffered as it is by default."""
    words = shlex.join([script(), *shlex.split(command)])
    return subprocess.run(
        ["bash", "-o", "pipefail", "-c", f"{words} {redirection}"],
        capture_output=True,
        text=True,
        env={k: v for k, v in os.environ.items() if k != "PYTHONUNBUFFERED"},
        timeout=120,
        check=False,
    )


@posix
@each("command", LISTING)
def test_a_reader_that_leaves_is_no_error(command):
    result = shell(command, "| head -c 1")
    assert (result.returncode, result.stderr) == (0, "")


@posix
@pytest.mark.parametrize("command", ["verify {}", "inspect {}", "chain {}"])
def test_ctrl_c_is_exit_code_130_and_one_word(tmp_path: Path, command, monkeypatch):
    def interrupted(*args: object, **more: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Asset, "open", interrupted)
    result = CliRunner().invoke(main, shlex.split(command.format(PLAIN)))
    assert result.exit_code == 130
    assert result.stderr.split() == ["interrupted"]


@posix
def test_ctrl_c_ends_a_running_process_in_order(tmp_path: Path):
    fifo = tmp_path / "names"
    os.mkfifo(fifo)
    command = [script("verify"), "--files-from", str(fifo)]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process,
        open(fifo, "wb"),  # opened when the other side has: it waits for names now
    ):
        for _ in range(20):
            if process.poll() is not None:
                break
            process.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=5)  # one that comes just before a read is not heard
        said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert said == (b"", b"\ninterrupted\n")


class TestEncoding:
    @pytest.fixture
    def photo(self, tmp_path: Path) -> Path:
        return shutil.copy(AI, tmp_path / "ü\N{CJK UNIFIED IDEOGRAPH-65E5}.png")

    @pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
    @pytest.mark.parametrize("command", ["verify", "verify -q", "chain", "inspect", "lint"])
    def test_what_the_output_cannot_carry_is_an_escape(self, photo, command, encoding):
        env = {"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0", "LC_ALL": "C.UTF-8"}
        result = call(*command.split(), photo, *(TRUST if command != "inspect" else ()), env=env)
        assert result.stderr == b""
        shown = "\\xfc" if encoding == "ascii" else "ü"
        assert f"{shown}\\u65e5.png" in result.stdout.decode(encoding)

    def test_the_text_of_a_file(self):
        env = {"PYTHONIOENCODING": "cp1252", "PYTHONUTF8": "0"}
        result = call("chain", FIXTURES / "hostile-strings.jpg", env=env)
        assert result.stderr == b""
        assert result.returncode == 0


@pytest.mark.parametrize("group", ["repository", "trust", "watermarks"])
def test_no_line_of_the_help_of_a_group_is_cut(group):
    said = CliRunner().invoke(main, [group, "--help"], terminal_width=80).stdout
    assert "..." not in said.partition("Commands:")[2]


class TestNames:
    """What is said of a name does not hang on the command."""

    @pytest.mark.parametrize("command", ["inspect", "chain"])
    def test_a_file_without_access_is_an_error_of_that_file(self, command, monkeypatch):
        monkeypatch.setattr(os, "access", lambda *args, **more: False)
        assert CliRunner().invoke(main, [command, str(PLAIN)]).exit_code == 0

    @pytest.mark.skipif(
        os.name != "posix" or os.geteuid() == 0, reason="root and Windows may read everything"
    )
    def test_a_name_that_cannot_be_examined_keeps_no_other_from_being_shown(self, tmp_path: Path):
        closed = shutil.copy(PLAIN, tmp_path / "closed.jpg")
        os.chmod(closed, 0)
        result = CliRunner().invoke(main, ["inspect", str(closed), str(PLAIN)])
        assert result.exit_code == 1
        assert "image/jpeg, 455 bytes" in result.stdout

    def test_a_folder_is_an_error_of_that_name(self, tmp_path: Path):
        result = CliRunner().invoke(main, ["inspect", str(tmp_path), str(PLAIN)])
        assert result.exit_code == 1
        assert "image/jpeg, 455 bytes" in result.stdout
        alone = CliRunner().invoke(main, ["chain", str(tmp_path)])
        assert (alone.exit_code, "give -r" in alone.stderr) == (1, False)

    @pytest.mark.parametrize("command", ["inspect -", "chain -", "recover - --repository x"])
    def test_standard_input_is_for_verify(self, command):
        result = CliRunner().invoke(main, shlex.split(command), input=b"")
        assert result.exit_code == 2
        assert "only `provenance verify` reads standard input" in result.stderr
