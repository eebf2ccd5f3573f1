"""Every command beside full and closed streams: what it says, and how it ends.

Whether Python buffers its output must not matter, so each case runs with and without buffers.
"""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from integration.helpers import FIXTURES, needs_script, script
from provenance_cli.main import COMMANDS
from provenance_cli.streams import OutputStream
from support import forked

if TYPE_CHECKING:
    from pathlib import Path

SAMPLES = FIXTURES.parent / "samples" / "soft-binding"
JUNE = FIXTURES / "audit" / "june.ledger"
RESULT = JUNE.parent / "ai-generated.png.dsse"
AI, PLAIN, BROKEN = (
    FIXTURES / name for name in ("ai-generated.png", "plain.jpg", "bad-signature.jpg")
)
AT = "--at 2026-06-01T00:00:00Z"
AUDIT = f"audit {AI} --ledger l {AT} -j 1"
CALLS = {  # each with the exit code that it has when somebody reads all of it
    "--help": 0,
    "--version": 0,
    f"attest verify {JUNE}.run-1.statement.json --key {FIXTURES / 'audit' / 'key.pub.pem'}": 0,
    f"{AUDIT} --progress none": 3,
    f"{AUDIT} --format jsonl": 3,
    f"chain {BROKEN} {AT}": 4,
    f"check-result {AI} {RESULT} --key {JUNE.parent / 'key.pub.pem'}": 0,
    f"compare {AI} {PLAIN} {AT}": 5,
    "completion bash": 0,
    "config --all": 0,
    "detectors": 0,
    "explain expired": 0,
    f"export {JUNE} --to case": 0,
    f"inspect missing {PLAIN}": 1,
    f"inspect --format json {PLAIN}": 0,
    "kit list --only splice": 0,
    f"lint --format sarif {PLAIN} {AT}": 3,
    "policy show": 0,
    f"recover {PLAIN} --repository missing": 2,
    f"recover {PLAIN} --repository {SAMPLES / 'repository'}": 0,
    f"report {JUNE}": 0,
    f"report {JUNE} --format parquet": 0,
    "serve --listen 0.0.0.0": 2,
    f"repository list {SAMPLES / 'repository'}": 0,
    "rules": 0,
    "schema": 0,
    f"shards plan {PLAIN.parent / 'audit'} --output out --no-bundled-trust {AT}": 0,
    f"trust check {FIXTURES / 'pki' / 'root.pem'} {AT}": 5,
    f"verify {FIXTURES / 'grafted.jpg'} {AT}": 4,
    f"verify --format json {AI} missing {AT}": 3,
    f"verify --format crjson {AI} {AT}": 3,
    "watermarks --no-plugins": 0,
    "nonsense": 2,
}
# These say on standard error why they have nothing to say on standard output.
SILENT = {command for command, code in CALLS.items() if code == 2}

STATES = ("heard", "closed", "gone", "full")

pytestmark = [
    needs_script,
    pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here"),
]


def started(program, arguments, *, streams, cwd, env) -> int:
    """As `forked.run`, by an interpreter that is started."""
    shell = "".join(f" {number}>&-" for number, one in enumerate(streams) if one is None)
    stdin, stdout, stderr = (subprocess.DEVNULL if one is None else one for one in streams)
    return subprocess.run(
        ["sh", "-c", f'exec "$0" "$@"{shell}', script(program), *arguments],
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        cwd=cwd,
        env=env,
        timeout=120,
        check=False,
    ).returncode


@dataclass(frozen=True)
class Ended:
    returncode: int
    stdout: bytes
    stderr: bytes


@pytest.fixture(params=["", "1"], ids=["buffered", "unbuffered"])
def run(request, tmp_path: Path):
    """Call the program in a new folder; each stream is heard, closed, full or gone."""
    count = iter(range(100))

    def called(command: str, out: str = "heard", err: str = "heard", how=forked.run) -> Ended:
        folder = tmp_path / str(next(count))
        folder.mkdir()
        env = {**os.environ, "PYTHONUNBUFFERED": request.param}
        reading, gone = os.pipe()
        os.close(reading)
        heard = [os.pipe(), os.pipe()]
        full, nothing = os.open("/dev/full", os.O_WRONLY), os.open(os.devnull, os.O_RDONLY)
        streams = [
            {"heard": pipe, "gone": gone, "full": full, "closed": None}[what]
            for (_, pipe), what in zip(heard, (out, err), strict=True)
        ]
        with ThreadPoolExecutor(2) as pool:
            read = [pool.submit(forked.drained, number) for number, _ in heard]
            try:
                code = (how if forked.fits(env) else started)(
                    "provenance",
                    command.split(),
                    streams=(nothing, *streams),
                    cwd=folder,
                    env=env,
                )
            finally:
                for number in (gone, full, nothing, *(written for _, written in heard)):
                    os.close(number)
            return Ended(code, *(one.result() for one in read))

    return called


@pytest.mark.parametrize("command", CALLS)
def test_a_command_ends_in_order_whatever_its_streams_are(command: str, run, request) -> None:
    """Started once, when somebody listens and output is buffered as it is where nobody asks.

    It is forked otherwise: `test_a_fork_ends_as_what_is_started` says that they agree.
    """
    unbuffered = request.node.callspec.params["run"]
    heard = run(command, how=forked.run if unbuffered else started)
    assert heard.returncode == CALLS[command], heard.stderr
    assert bool(heard.stdout) != (command in SILENT)

    for out in ("closed", "gone"):
        made = run(command, out=out)
        assert (made.returncode, made.stderr) == (heard.returncode, heard.stderr), out

    for err in ("closed", "gone", "full"):
        made = run(command, err=err)
        assert (made.returncode, made.stdout) == (heard.returncode, heard.stdout), err

    code = heard.returncode if command in SILENT else 1 if command.startswith("audit") else 2
    made = run(command, out="full")
    assert made.returncode == code
    if command not in SILENT:
        *before, last = made.stderr.decode().splitlines()
        assert last.startswith("Error: standard output cannot be written: no space left on device")
        assert "\n".join(before) in heard.stderr.decode()
    assert run(command, out="full", err="full").returncode == code
    assert run(command, out="closed", err="closed").returncode == heard.returncode


@pytest.mark.parametrize("out", STATES)
@pytest.mark.parametrize("command", ["--version", "nonsense", f"verify -q {AI} missing {AT}"])
def test_a_fork_ends_as_what_is_started(command: str, out: str, run) -> None:
    for err in STATES if command == "--version" else {"heard", out}:
        assert run(command, out, err) == run(command, out, err, how=started), err


def test_every_command_is_called_with_closed_streams() -> None:
    assert {command.split()[0] for command in CALLS} >= COMMANDS.keys()


def test_no_file_gets_the_number_of_a_closed_stream() -> None:
    """What is written to descriptor 1 or 2 by whatever library would be written into the ledger."""
    code = (
        "import os, sys; from provenance_cli.streams import standard\n"
        "with standard():\n"
        "    number = os.open(os.devnull, os.O_RDONLY)\n"
        "    os.write(1, b'x'); os.write(2, b'x')\n"
        "    print('words'); print('words', file=sys.stderr)\n"
        "os._exit(number)"
    )
    made = subprocess.run(
        ["sh", "-c", 'exec "$0" -c "$1" <&- >&- 2>&-', sys.executable, code],
        timeout=60,
        check=False,
    )
    assert made.returncode >= 3


class Failing:
    """A stream without a descriptor that fails with one error."""

    def __init__(self, error: OSError) -> None:
        self.error = error
        self.calls = 0

    def write(self, text: str) -> None:
        self.calls += 1
        raise self.error

    def flush(self) -> None:
        raise self.error

    def fileno(self) -> int:
        raise OSError


def test_nothing_is_written_for_a_reader_that_left() -> None:
    stream = Failing(BrokenPipeError(32, "Broken pipe"))
    out = OutputStream(stream)
    assert (out.write("text"), out.write("more")) == (4, 4)
    out.flush()
    assert (out.left, out.failed, stream.calls) == (True, None, 1)


@pytest.mark.parametrize("needed", [True, False])
def test_a_failure_is_not_forgotten(needed) -> None:
    stream = Failing(OSError(28, "No space left on device"))
    out = OutputStream(stream, needed=needed)
    for action in (lambda: out.write("text"), lambda: out.write("more"), out.flush):
        if needed:
            with pytest.raises(OSError, match="No space left"):
                action()
        else:
            action()
    assert (out.left, stream.calls) == (False, 1)
