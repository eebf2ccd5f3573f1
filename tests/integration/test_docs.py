"""Every command that the documentation shows, run as it stands there."""

import re
import shlex
from importlib import import_module

import pytest
from click.testing import CliRunner
from integration.helpers import ROOT, call, is_general, needs_script
from provenance_cli.main import COMMANDS, main
from support.each import each

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
PAGE_OF = {name: name for name in COMMANDS} | {
    "schema": "json",
    "config": "cli",
    "completion": "cli",
}
BLOCK = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
EXIT = re.compile(r"\s+# exit (\d+)$")


def examples():
    """Each shown command with its exit code and the output below it, empty where none is shown.

    The first one of each command is run by an interpreter of its own, the others by a fork.
    """
    seen = set()
    for page in PAGES:
        for block in BLOCK.findall(page.read_text(encoding="utf-8")):
            for entry in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
                command, _, output = entry.partition("\n")
                code = EXIT.search(command)
                words = shlex.split(command, comments=True)
                fork = tuple(words[:2]) in seen
                seen.add(tuple(words[:2]))
                yield pytest.param(
                    words,
                    int(code[1]) if code else 0,
                    output,
                    fork,
                    id=f"{page.stem}: {command[:70]}",
                )


def fits(shown, printed):
    """Tell whether the output is the one shown; a line `...` stands for any lines."""
    parts = [re.escape(part) for part in re.split(r"^\s*\.\.\.\n", shown, flags=re.MULTILINE)]
    return re.fullmatch(r"(?:.*\n)*?".join(parts) + r"\n*", printed) is not None


def test_the_documentation_has_examples_of_commands():
    assert len(list(examples())) > 20


@needs_script
@pytest.mark.parametrize(("command", "code", "output", "fork"), list(examples()))
def test_an_example_of_the_documentation_prints_what_it_shows(command, code, output, fork):
    assert command[0] in {"provenance", "verify"}
    result = call(*command[1:], program=command[0], env={"PYTHONUTF8": "1"}, fork=fork)
    assert result.returncode == code, result.stderr.decode()
    printed = result.stdout.decode().replace("\r\n", "\n")
    assert fits(output, printed) or not output, printed


@each("name", sorted(COMMANDS))
def test_every_command_has_a_page(name):
    page = ROOT / "docs" / f"{PAGE_OF[name]}.md"
    assert page.is_file()
    assert f"$ provenance {name}" in page.read_text(encoding="utf-8")


@each("name", sorted(COMMANDS))
def test_every_command_shows_an_example_in_its_help(name):
    result = CliRunner().invoke(main, [name, "--help"])
    assert result.exit_code == 0
    assert f"Example: provenance {name}" in result.stdout


def test_every_option_of_verify_is_documented():
    command = import_module("provenance_cli.verify").verify_command
    page = (ROOT / "docs" / "verify.md").read_text(encoding="utf-8")
    for parameter in command.params:
        for option in parameter.opts:
            if option.startswith("-") and not is_general(parameter):
                assert f"`{option}" in page, option
