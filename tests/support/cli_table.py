"""The grammar of the command line as a table, and what breaks it.

A cell reads `inconsistent` where a command has an option of the grammar in another form than the
rest, or lacks it where the rules below ask for it. `docs/cli.md` shows the table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
from provenance_cli import grammar
from provenance_cli.main import main
from provenance_cli.option import PROGRAM

if TYPE_CHECKING:
    from collections.abc import Iterator

    Names = tuple[str, ...]

BROKEN = "inconsistent"
HEAD = "command|`-h` `-V` `--color` `--config`|`-o`|`--format`|`-q`|`-v`|`-r`|`-j`|progress|others"
FORMATS = {
    *("text", "json", "jsonl", "csv", "html", "parquet", "markdown"),
    *("junit", "sarif", "github", "crjson", "crjson-2.5"),
}
# What a command does that prints no result: where its work goes.
NO_RESULT = {
    "attest sign": "writes a file",
    "attest timestamp": "writes a file",
    "kit make": "writes DIR",
    "repository add": "writes DIR",
    "repository serve": "serves",
    "serve": "serves",
    "trust forget": "changes lists",
    "trust path": "one line",
    "trust update": "changes lists",
}
# What a command prints that is one document, or one text, in no other form.
ONE_FORM = {
    "attest verify": "text",
    "check-result": "text",
    "completion": "a script",
    "config path": "one line",
    "export": "by `--to`",
    "kit schema": "JSON Schema",
    "policy show": "TOML",
    "schema": "JSON Schema",
    "shards plan": "text",
    "trust diff": "text",
}
GENERAL = (("-h", "--help"), ("-V", "--version"), ("--color",), ("--config",))
FORMS = {  # of the options of the grammar
    "output": ("-o", "--output"),
    "form": ("--format",),
    "quiet": ("-q", "--quiet"),
    "verbose": ("-v", "--verbose"),
    "recursive": ("-r", "--recursive"),
    "jobs": ("-j", "--jobs"),
}
SYNONYMS = {  # words that would say the same otherwise
    *("--out", "--outfile", "--silent", "--recurse", "--workers", "--threads", "--processes"),
    *("--parallel", "--colour", "--no-color", "--style", "--type-of-output", "--details"),
}


def commands() -> Iterator[tuple[Names, grammar.Command]]:
    """Every command that does something, by its names."""
    with click.Context(main, info_name=PROGRAM) as ctx:
        yield from grammar.leaves(main, ctx)


def rows() -> Iterator[Names]:
    meanings = _meanings()
    for names, command in commands():
        options = _options(command)
        name = " ".join(names)
        yield (
            f"`{name}`",
            "yes" if _has_general(command) else BROKEN,
            _output(name, options),
            _format(name, options),
            _flag("quiet", options, needed=command.long),
            _flag("verbose", options),
            _flag("recursive", options, needed=_takes_files(command)),
            _flag("jobs", options),
            "on a terminal" if command.long else "-",
            "yes" if _others(options, meanings) else BROKEN,
        )


def _options(command: click.Command) -> dict[str, click.Option]:
    return {p.name: p for p in command.params if isinstance(p, click.Option) and p.name}


def _has_general(command: click.Command) -> bool:
    with command.make_context("any", [], resilient_parsing=True) as ctx:
        found = {tuple(p.opts) for p in command.get_params(ctx)}
    return found >= set(GENERAL)


def _output(name: str, options: dict[str, click.Option]) -> str:
    said = _flag("output", options)
    if said == "-":
        return NO_RESULT.get(name, BROKEN)
    return BROKEN if name in NO_RESULT else said


def _format(name: str, options: dict[str, click.Option]) -> str:
    option = options.get("form")
    if option is None:
        return "-" if name in NO_RESULT else ONE_FORM.get(name, BROKEN)
    assert isinstance(option.type, click.Choice)
    words = list(option.type.choices)
    good = tuple(option.opts) == FORMS["form"] and words[0] == option.default == "text"
    if name in ONE_FORM or not good or not set(words) <= FORMATS:
        return BROKEN
    return ", ".join(words)


def _flag(name: str, options: dict[str, click.Option], *, needed: bool = False) -> str:
    option = options.get(name)
    if option is None:
        spelled = {spelling for one in options.values() for spelling in one.opts}
        return BROKEN if needed or spelled & set(FORMS[name]) else "-"
    return "yes" if tuple(option.opts) == FORMS[name] else BROKEN


def _takes_files(command: click.Command) -> bool:
    arguments = (p for p in command.params if isinstance(p, click.Argument))
    return any(a.nargs == -1 and isinstance(a.type, click.Path) for a in arguments)


def _meaning(option: click.Option) -> Any:
    """What has to be the same wherever an option of that name is: how it is typed."""
    kind = "choice" if isinstance(option.type, click.Choice) else option.type.name
    return tuple(option.opts), option.is_flag, option.multiple, option.nargs, kind


def _meanings() -> dict[str, set[Any]]:
    """How each spelling, a short letter too, is meant over all commands."""
    found: dict[str, set[Any]] = {}
    for _, command in commands():
        for option in _options(command).values():
            for spelling in option.opts:
                found.setdefault(spelling, set()).add(_meaning(option))
    return found


def _others(options: dict[str, click.Option], meanings: dict[str, set[Any]]) -> bool:
    for option in options.values():
        if any(len(meanings[s]) > 1 or s in SYNONYMS for s in option.opts):
            return False
        if option.name and option.name != "form" and not option.help:
            return False
    return True
