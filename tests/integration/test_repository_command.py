"""`provenance repository`: adding, listing, and serving as a process of its own."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result
from integration.helpers import FIXTURES, TRUST, needs_script, script
from provenance_cli.main import main
from support.soft_bound import ALGORITHM, LABEL, VALUE, signed, soft_binding, stripped

if TYPE_CHECKING:
    from pathlib import Path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["repository", *map(str, arguments)])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "signed.jpg"
    path.write_bytes(signed())
    return path


def test_repository_adds_and_lists_credentials(file: Path, tmp_path: Path) -> None:
    into = tmp_path / "repository"
    made = run("add", file, FIXTURES / "capture.jpg", "--into", into)
    assert made.exit_code == 0, made.output
    assert f"added, {LABEL}, {ALGORITHM}" in made.stdout
    assert "by identifier only: no soft binding" in made.stdout
    assert "there already" in run("add", file, "--into", into).stdout
    listed = run("list", into)
    assert f"{ALGORITHM}  {VALUE}" in listed.stdout
    assert "2 manifest stores" in listed.stderr
    records = json.loads(run("list", into, "--format", "json").stdout)
    assert [len(one["soft_bindings"]) for one in records] == [0, 1]
    assert records[1]["manifest"] == LABEL


def test_repository_adds_no_file_without_a_credential(file: Path, tmp_path: Path) -> None:
    into = tmp_path / "repository"
    names = ("plain.jpg", "tampered.png", "truncated.png", "missing.jpg")
    made = run("add", *(FIXTURES / name for name in names), file, "--into", into)
    assert made.exit_code == 1
    for name in names:
        assert f"{name}: not added: " in made.stderr
    assert made.stdout.count(": added, ") == 1
    other = tmp_path / "other.jpg"
    other.write_bytes(signed(soft_binding("2*1111000011110000")))  # under the same label
    assert "is there" in run("add", other, "--into", into).stderr


def test_repository_refuses_folders_that_are_none(file: Path, tmp_path: Path) -> None:
    assert run("list", tmp_path).exit_code == 2
    assert run("serve", tmp_path).exit_code == 2
    assert run("list", tmp_path / "none").exit_code == 2
    occupied = run("add", file, "--into", tmp_path)
    assert occupied.exit_code == 2
    assert "holds other files" in occupied.stderr
    assert run("add", "--into", tmp_path).exit_code == 2
    assert run().exit_code == 2


def test_repository_serve_says_that_a_port_is_taken(file: Path, tmp_path: Path) -> None:
    import socket

    run("add", file, "--into", tmp_path / "r")
    result = run("serve", tmp_path / "r", "--listen", "192.0.2.1", "--port", 0)
    assert (result.exit_code, "cannot listen" in result.stderr) == (2, True)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = run("serve", tmp_path / "r", "--port", port)
    assert (result.exit_code, "cannot listen" in result.stderr) == (2, True)


def _heeding() -> None:
    """Heed interrupts, which what a shell has put into the background is born ignoring."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@needs_script
@pytest.mark.skipif(sys.platform == "win32", reason="interrupting works differently there")
def test_repository_serves_until_it_is_interrupted(file: Path, tmp_path: Path) -> None:
    run("add", file, "--into", tmp_path / "r")
    copy = tmp_path / "copy.jpg"
    copy.write_bytes(stripped(file.read_bytes()))
    served = subprocess.Popen(
        [script(), "repository", "serve", str(tmp_path / "r"), "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=_heeding,  # noqa: PLW1509 - no thread of this test holds a lock
    )
    assert served.stdout is not None
    try:
        url = served.stdout.readline().split()[-1]
        binding = ("--binding", ALGORITHM, VALUE)
        options = ("--repository", url, "--allow-private", *binding, *TRUST)
        found = CliRunner().invoke(main, ["recover", str(copy), *options])
    finally:
        served.send_signal(signal.SIGINT)
        _, errors = served.communicate(timeout=60)
    assert found.exit_code == 3, found.output
    assert served.returncode == 0
    assert f"GET /v1/manifests/{LABEL} 200" in errors
    assert errors.endswith("stopped\n")
    assert "Traceback" not in errors
