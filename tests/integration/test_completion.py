"""Completion as a person meets it: by the shells themselves."""

from __future__ import annotations

import os
import re
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from integration.helpers import needs_script, script
from provenance_cli.completion import SHELLS
from provenance_cli.main import main
from support.each import each

if TYPE_CHECKING:
    from collections.abc import Iterator

ESCAPES = re.compile(rb"\x1b\[[\d;?]*[a-zA-Z]")  # which colour what is typed
LONGEST = 120  # seconds until a shell must have answered, on a machine however busy

ASKED = {  # what is typed, and all that is offered
    "provenance veri": ["verify"],
    "provenance verify --cross": ["--cross-check"],
    "provenance verify --cross-check a": ["auto", "always"],
    "provenance verify --format cr": ["crjson", "crjson-2.5"],
    "provenance --color ne": ["never"],
    "provenance kit ru": ["run"],
    "provenance kit run --adapter c2": ["c2patool"],
    "provenance explain credential.remn": ["credential.remnant"],
    "provenance lint --profile inte": ["integrity", "interop"],
    "provenance lint --select interop.spec": ["interop.spec_version"],
    "provenance rules show active_manifest_u": ["active_manifest_urn"],
    "provenance audit --type image/pn": ["image/png"],
    "provenance trust show c2pa-t": ["c2pa-tsa"],
    "provenance trust check --purpose t": ["tsa"],
    "provenance completion z": ["zsh"],
}

BASH = """
source "$1"
read -ra COMP_WORDS <<< "$2"
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
_provenance_completion provenance
printf '%s\\n' "${COMPREPLY[@]}"
"""
# Outside of a line that is typed, zsh has no place for answers: they are printed instead.
ZSH = """
compdef() { : }
compadd() { print -rl -- $completions }
_describe() { print -rl -- ${completions_with_descriptions%%:*} }
source "$1"
words=(${=2})
CURRENT=$#words
_provenance_completion
"""
FISH = """
source $argv[1]
complete -C $argv[2] | string split -f1 \\t
true
"""
CALLS = {
    "bash": ("bash", "--norc", "-c", BASH, "bash"),
    "zsh": ("zsh", "-f", "-c", ZSH, "zsh"),
    "fish": ("fish", "--no-config", "-c", FISH),
}

pytestmark = needs_script


def needs(shell: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed here")


@pytest.fixture(scope="module")
def scripts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("completion")
    for shell in SHELLS:
        made = CliRunner().invoke(main, ["completion", shell])
        assert made.exit_code == 0
        (folder / shell).write_text(made.stdout, encoding="utf-8")
    return folder


def environment(home: Path) -> dict[str, str]:
    """That of a new user, with this program in the path."""
    path = os.pathsep.join((str(Path(script()).parent), os.environ.get("PATH", "")))
    kept = {k: v for k, v in os.environ.items() if k in {"LANG", "LC_ALL", "PYTHONPATH"}}
    return {**kept, "PATH": path, "HOME": str(home), "TERM": "xterm"}


@each("shell", SHELLS)
@each("typed", ASKED)
def test_a_shell_offers_what_fits_the_words_typed_so_far(
    shell: str, typed: str, scripts: Path, tmp_path: Path
) -> None:
    needs(shell)
    run = subprocess.run(
        [*CALLS[shell], str(scripts / shell), typed],
        capture_output=True,
        text=True,
        env=environment(tmp_path),
        cwd=tmp_path,
        timeout=LONGEST,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert run.stderr == ""
    assert sorted(run.stdout.split()) == sorted(ASKED[typed])  # fish sorts them


class Typing:
    """A shell on a terminal."""

    def __init__(self, command: list[str], home: Path) -> None:
        import pty

        self._terminal, other = pty.openpty()
        self._process = subprocess.Popen(
            command,
            stdin=other,
            stdout=other,
            stderr=other,
            env={**environment(home), "PS1": "READY> ", "COLUMNS": "200"},
            cwd=home,
            start_new_session=True,
        )
        os.close(other)
        self._seen = b""

    def type(self, keys: str) -> None:
        os.write(self._terminal, keys.encode())

    def await_(self, wanted: str) -> None:
        end = time.monotonic() + LONGEST
        while wanted.encode() not in self._seen:
            ready, _, _ = select.select([self._terminal], [], [], 1.0)
            if ready:
                self._seen = ESCAPES.sub(b"", self._seen + os.read(self._terminal, 4096))
            assert time.monotonic() < end, self._seen[-500:]
        self._seen = self._seen.partition(wanted.encode())[2]

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._terminal)


@pytest.fixture
def type_into(tmp_path: Path) -> Iterator[Any]:
    opened: list[Typing] = []

    def made(*command: str) -> Typing:
        opened.append(Typing(list(command), tmp_path))
        return opened[-1]

    yield made
    for one in opened:
        one.close()


@pytest.mark.skipif(sys.platform == "win32", reason="no terminals of this kind there")
@pytest.mark.parametrize(
    ("shell", "command", "before"),
    [
        ("bash", ("bash", "--norc", "--noprofile", "-i"), ""),
        ("zsh", ("zsh", "-f", "-i"), "autoload -U compinit; compinit -u -D; "),
    ],
)
def test_the_tab_key_completes_words_in_a_shell(
    shell: str, command: tuple[str, ...], before: str, scripts: Path, type_into: Any
) -> None:
    needs(shell)
    typing = type_into(*command)
    typing.await_("READY> ")
    typing.type(f"{before}source {scripts / shell}; echo SOUR''CED\r")
    typing.await_("SOURCED")
    typing.type("echo provenance; provenance explain credential.remn\t")
    typing.await_("ant ")
    typing.type("--format js\t")
    typing.await_("on ")


def test_nothing_is_completed_by_reading_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A broken file of settings must not print its error at every key."""
    folder = tmp_path / "provenance"
    folder.mkdir()
    (folder / "config.toml").write_text("=", encoding="utf-8")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    words = {"COMP_WORDS": "provenance verify --cross-check a", "COMP_CWORD": "3"}
    run = CliRunner(env={"_PROVENANCE_COMPLETE": "bash_complete", **words}).invoke(
        main, prog_name="provenance"
    )
    assert run.stdout.split() == ["plain,auto", "plain,always"]
    assert run.stderr == ""


def test_an_unknown_shell_is_refused() -> None:
    result = CliRunner().invoke(main, ["completion", "tcsh"])
    assert result.exit_code == 2
    assert "'tcsh' is not one of bash, zsh, fish" in result.stderr
