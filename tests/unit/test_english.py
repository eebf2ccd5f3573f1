"""Texts that users see have none of the habits that the project dropped (`support.english`)."""

from __future__ import annotations

import ast
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest
from provenance_cli.main import COMMANDS, load_command
from support.each import each
from support.english import habits
from support.source import nodes

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
# Samples of the kit say why they are as they are in words of their own, for makers of validators.
SOURCES = sorted(
    path
    for folder in ("src/provenance", "cli/provenance_cli")
    for path in (ROOT / folder).rglob("*.py")
    if "kit" not in path.relative_to(ROOT).parts
)
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md"]
PAGES += sorted((ROOT / "docs").glob("*.md"))
TEMPLATES = sorted((ROOT / "src/provenance/render").rglob("*.html"))
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def sentences(path: Path) -> Iterator[tuple[int, str]]:
    """Yield each text of a module that may be a message: not docstrings, not names."""
    docs = {id(node.value) for node in nodes(path) if isinstance(node, ast.Expr)}
    for node in nodes(path):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            yield node.lineno, node.value


def commands() -> Iterator[tuple[str, click.Command]]:
    for name in COMMANDS:
        command = load_command(name)
        yield name, command
        if isinstance(command, click.Group):
            yield from ((f"{name} {below}", one) for below, one in command.commands.items())


def test_the_check_finds_what_it_is_for() -> None:
    for said in (
        "two bytes stand here",
        "a byte behind the end",
        "is no JPEG",
        "hold files against rules",
        "held against a rule",
        "a file of ours",
        "an authentic file",
        "what it says of origin",
    ):
        assert habits(said), said
    for said in (
        "There is no JPEG",
        "never says authentic",
        "who stands up for it",
        "no behindhand",
    ):
        assert not habits(said), said


def test_messages_in_the_source_are_in_plain_english() -> None:
    """With some hundred modules one test: a table of cases would say the same at more length."""
    found = [
        f"{path.relative_to(ROOT)}:{line}: {bad}: {said[:100]}"
        for path in SOURCES
        for line, said in sentences(path)
        if (bad := habits(said)) and " " in said.strip()
    ]
    assert found == []


@each("path", PAGES, ids=lambda path: path.name)
def test_each_page_of_the_documentation_is_in_plain_english(path: Path) -> None:
    prose = FENCE.sub("", path.read_text(encoding="utf-8"))
    found = [(bad, part[:100]) for part in re.split(r"\n\n|\n\|", prose) if (bad := habits(part))]
    assert found == []


@each(("name", "command"), list(commands()), ids=lambda value: str(value)[:30])
def test_the_help_of_each_command_is_in_plain_english(name: str, command: click.Command) -> None:
    with click.Context(command, info_name=name) as context:
        assert habits(command.get_help(context)) == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_each_template_of_the_page_is_in_plain_english(path: Path) -> None:
    class Texts(HTMLParser):
        said = ""

        def handle_data(self, data: str) -> None:
            self.said += f" {data}"

    texts = Texts()
    texts.feed(path.read_text(encoding="utf-8"))
    assert habits(texts.said) == []
