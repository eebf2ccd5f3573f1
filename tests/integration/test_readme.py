"""The README: its two commands and its library example."""

import os
import re
import subprocess
import sys

import pytest
from integration.helpers import AT, ROOT, needs_script
from provenance_cli.main import COMMANDS
from readme_commands import blocks

from provenance.verdict.policy import EXIT_AI, EXIT_BROKEN, EXIT_ERROR, EXIT_OK, EXIT_OTHER

TEXT = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_two_commands_of_the_readme_come_first_and_need_nothing_else():
    first, second = blocks(TEXT)[:2]
    for block in (first, second):
        assert block.startswith("python3 -m venv .venv &&\n.venv/bin/pip install ")
        lines = block.splitlines()[:-1]
        assert [line for line in lines if not line.endswith(" &&")] == [], "it is one command"
    assert ".venv/bin/verify tests/fixtures/" in first.splitlines()[-1]
    assert "'.[test]'" in second
    assert "pytest" in second.splitlines()[-1]
    assert "Exit code 3 is expected here" in TEXT


def test_the_library_example_of_the_readme_runs():
    (code,) = re.findall(r"^```python\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
    assert len([line for line in code.splitlines() if line]) <= 5
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert f"It prints `{result.stdout.strip()}`" in TEXT


def test_the_readme_names_every_exit_code():
    rows = re.findall(r"^\| (\d) \| ", TEXT, re.MULTILINE)
    assert set(map(int, rows)) == {EXIT_OK, EXIT_ERROR, 2, EXIT_AI, EXIT_BROKEN, EXIT_OTHER}


def test_the_readme_links_every_command():
    pages = {"schema": "json", "config": "cli", "completion": "cli"}
    for name in COMMANDS:
        assert f"docs/{pages.get(name, name)}.md" in TEXT


def test_the_readme_says_what_the_program_does_not_claim():
    part = TEXT.partition("## What it does not claim")[2].partition("\n## ")[0]
    for words in ("Absence of evidence", "never says authentic", "watermarks", "fetches nothing"):
        assert words in part


@needs_script
@pytest.mark.skipif(os.name == "nt", reason="pseudo-terminals are of POSIX")
def test_the_picture_of_the_readme_shows_what_the_program_writes():
    from support import make_terminal

    drawn = make_terminal.draw(make_terminal.screen("--at", AT))
    picture = make_terminal.PICTURE.read_text(encoding="utf-8")
    assert make_terminal.lines(picture) == make_terminal.lines(drawn)
    assert len(make_terminal.lines(picture)) > 20
    assert "url(http" not in picture


def test_the_readme_is_a_page_long():
    assert len(TEXT.splitlines()) <= 100
