"""Nothing opens a socket: watched from outside by strace, and from inside."""

import os
import re
import shutil
import socket
import subprocess
import sys
from datetime import UTC, datetime
from functools import cache

import pytest
from click.testing import CliRunner
from integration.helpers import ANCHORS, FIXTURES, ROOT, TRUST, needs_script, script
from provenance_cli.main import main
from support.shared import CORPUS, index, needs_corpus

from provenance import Options, TrustStore, Verifier

CALLS = re.compile(r"\b(socket|socketpair|connect|bind|listen|accept4?|send(to|m?msg)|recv\w+)\(")


@cache
def why_not():
    """Say why strace cannot watch here; empty where it can."""
    if not sys.platform.startswith("linux") or shutil.which("strace") is None:
        return "strace is not installed"
    return "" if permits("-f") else "tracing is not permitted here"


@cache
def permits(*options):
    """Whether strace can watch here, with these options."""
    command = ["strace", *options, "-e", "trace=network", "-o", os.devnull, "true"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def tracer(what, log):
    """What goes in front of a command to have some of its system calls written down.

    Only those stop the program where strace can leave the choice to the kernel: it takes a tenth of
    the time then.
    """
    options = ("-f", "--seccomp-bpf") if permits("-f", "--seccomp-bpf") else ("-f",)
    return ["strace", *options, "-qq", "-e", f"trace={what}", "-o", str(log)]


def watched(log, *arguments, data=b""):
    """Run the program under strace; return its exit code and what it asked of the network."""
    if why_not():
        pytest.skip(why_not())
    result = subprocess.run(
        [*tracer("network", log), script(), *map(str, arguments)],
        input=data,
        capture_output=True,
        cwd=ROOT,
        timeout=500,
        check=False,
    )
    assert result.stdout
    assert b"Traceback" not in result.stderr
    said = log.read_text(encoding="utf-8", errors="replace")
    return result.returncode, [line for line in said.splitlines() if CALLS.search(line)]


def test_strace_as_it_is_used_here_sees_a_socket(tmp_path):
    if why_not():
        pytest.skip(why_not())
    log = tmp_path / "log"
    code = "import socket; socket.socket()"
    subprocess.run([*tracer("network", log), sys.executable, "-c", code], check=True)
    assert CALLS.search(log.read_text(encoding="utf-8"))


@needs_script
class TestFromOutside:
    def test_verifying_the_fixtures_opens_no_socket(self, tmp_path):
        for trust in (TRUST, ("--no-bundled-trust",)):
            code, calls = watched(
                tmp_path / "log", "verify", "-r", "--format", "jsonl", FIXTURES, *trust
            )
            assert code == 3
            assert calls == []

    def test_no_command_that_works_offline_opens_a_socket(self, tmp_path):
        name = FIXTURES / "remote-only.jpg"
        samples = ROOT / "tests" / "samples" / "soft-binding"
        repository = samples / "repository"
        offline = (
            ("inspect", name),
            ("detectors",),
            ("schema",),
            ("recover", samples / "signed.jpg", "--repository", repository, "--exit-zero"),
            ("repository", "list", repository),
        )
        for arguments in offline:
            assert watched(tmp_path / "log", *arguments)[1] == []

    def test_verifying_standard_input_opens_no_socket(self, tmp_path):
        data = (FIXTURES / "remote-only.jpg").read_bytes()
        code, calls = watched(tmp_path / "log", "verify", "-", data=data)
        assert (code, calls) == (0, [])

    @pytest.mark.corpus
    @pytest.mark.skipif(needs_corpus[1].args[0], reason=needs_corpus[1].kwargs["reason"])
    def test_verifying_real_files_opens_no_socket(self, tmp_path):
        code, calls = watched(tmp_path / "log", "verify", "-r", "--format", "jsonl", CORPUS)
        assert code == 3
        assert calls == []


@pytest.fixture
def no_sockets(monkeypatch):
    """Let every way to the network fail, as far as Python sees it."""
    asked = []

    def refuse(*arguments, **_):
        asked.append(arguments)
        raise AssertionError("a socket was asked for")

    for name in ("socket", "create_connection", "getaddrinfo", "gethostbyname", "socketpair"):
        monkeypatch.setattr(socket, name, refuse)
    return asked


class TestFromInside:
    def test_the_command_asks_python_for_no_socket(self, no_sockets):
        result = CliRunner().invoke(
            main, ["verify", "-r", "--format", "jsonl", str(FIXTURES), *TRUST]
        )
        assert result.exit_code == 3
        assert "internal.fault" not in result.stdout
        assert no_sockets == []

    def test_the_library_asks_python_for_no_socket(self, no_sockets):
        verifier = Verifier(trust=TrustStore.load(anchors=(ANCHORS,)))
        report = verifier.verify(FIXTURES / "remote-only.jpg")
        assert report.credentials.remote_url
        assert report.environment.network == "off"
        assert no_sockets == []

    @pytest.mark.corpus
    @pytest.mark.skipif(needs_corpus[1].args[0], reason=needs_corpus[1].kwargs["reason"])
    def test_real_files_make_the_library_ask_for_no_socket(self, no_sockets):
        verifier = Verifier(at=datetime(2026, 11, 22, tzinfo=UTC), options=Options(digest=False))
        for entry in index():
            assert verifier.verify(CORPUS / entry["file"]).error is None
        assert no_sockets == []
