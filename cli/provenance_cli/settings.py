"""Settings from files, below what is typed and what variables say.

In the order of their weight: the command line, a variable `PROVENANCE_*`, the file that `--config`
names or else those of the working folder (for `lint` and `kit` alone) and of the user, the default.

A file has the long names of options as keys. At its top stand options that mean the same for every
command, in a table those of one command: `[verify]`, `[kit.run]`. An unknown key is an error: a
setting that nobody reads is worse than none. What a file in the working folder may not set is left
out and said, since a folder of evidence comes from a stranger.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from provenance.base import text
from provenance.base.errors import reason_of
from provenance_cli import commands, groups, places
from provenance_cli.common import OneLineError, nearest
from provenance_cli.option import CHOSEN, ORIGINS, PROGRAM, Option, path_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_MAX_BYTES = 256 << 10  # a quarter of a megabyte takes tomllib half a second at most
_MAX_DOTS = 256  # in a line: what tomllib takes for a key grows with the square of its parts
_TABLE = ("tool", PROGRAM)  # of pyproject.toml
_FILES = f"{PROGRAM}.files"  # in Context.meta: what was read
_TABLES = f"{PROGRAM}.tables"  # in Context.meta: the keys that each command's own table sets


class SettingsFile(NamedTuple):
    """A file of settings: its name, what it says, and whether it lies in the working folder."""

    name: str
    content: dict[str, Any]
    local: bool = False

    @property
    def folder(self) -> str:
        """Where paths in it start."""
        return os.path.dirname(os.path.abspath(self.name))


def chosen(ctx: click.Context) -> str | None:
    """Return the file that --config names, for this command or one above it."""
    named = ctx.meta.get(CHOSEN)
    return None if named is None else str(named)


def apply(ctx: click.Context, named: str | None, *, quiet: bool = False) -> None:
    """Make what files say the defaults of a command. Raises OneLineError for what is wrong.

    `named` is the file that --config names. `quiet` leaves out notes on what is ignored.
    """
    path = path_of(ctx)
    defaults: dict[str, Any] = {}
    origins: dict[str, str] = {}
    own: set[str] = set()
    for file in reversed(files(ctx, path, named)):
        for option, value, where in _values(file, ctx.command, path, quiet):
            assert option.name  # noqa: S101 - every option of a group has one
            defaults[option.name] = value
            origins[option.key] = file.name
            (own.add if where else own.discard)(option.key)
    ctx.default_map = defaults
    ctx.meta.setdefault(ORIGINS, {})[path] = origins
    ctx.meta.setdefault(_TABLES, {})[path] = own


def in_own_table(ctx: click.Context, key: str) -> bool:
    """Tell whether the table of a command sets an option, not what is for every command."""
    return key in ctx.meta.get(_TABLES, {}).get(path_of(ctx), ())


def files(ctx: click.Context, path: Sequence[str], named: str | None) -> tuple[SettingsFile, ...]:
    """Return the files that count for a command, the strongest first. Raises OneLineError."""
    cache: dict[str, SettingsFile | None] = ctx.meta.setdefault(_FILES, {})
    if named is not None:
        if named not in cache:
            cache[named] = _file(named, _read_settings(named))
        return tuple(file for file in (cache[named],) if file is not None)
    candidates = []
    if places.is_local(path):
        if "" not in cache:
            cache[""] = local_file()
        candidates.append(cache[""])
    own = places.user_file()
    if own not in cache:
        cache[own] = SettingsFile(own, _read_settings(own)) if os.path.isfile(own) else None
    candidates.append(cache[own])
    return tuple(file for file in candidates if file is not None)


def local_file() -> SettingsFile | None:
    """Return the nearest file of settings from the working folder upward. Raises OneLineError.

    `provenance.toml`, or `pyproject.toml` where it has a table `[tool.provenance]`.
    """
    try:
        folder = os.path.realpath(os.getcwd())
    except OSError:  # the working folder is gone
        return None
    while True:
        name = os.path.join(folder, places.LOCAL)
        if os.path.isfile(name):
            return SettingsFile(name, _read_settings(name), local=True)
        name = os.path.join(folder, places.PROJECT)
        if os.path.isfile(name) and (table := _of_project(name)) is not None:
            return SettingsFile(name, table, local=True)
        above = os.path.dirname(folder)
        if above == folder:
            return None
        folder = above


def _of_project(name: str) -> dict[str, Any] | None:
    """Return the table in a pyproject.toml; one that never names it may be in any state."""
    return _below(_read_settings(name)) if PROGRAM.encode() in _settings_bytes(name) else None


def _file(name: str, content: dict[str, Any]) -> SettingsFile:
    """Return the file that `--config` names: settings, or a pyproject.toml that holds them."""
    if os.path.basename(name) == places.PROJECT:
        table = _below(content)
        if table is None:
            raise _error(name, f"there is no table [{'.'.join(_TABLE)}]")
        return SettingsFile(name, table)
    return SettingsFile(name, content)


def _below(content: dict[str, Any]) -> dict[str, Any] | None:
    table: Any = content
    for key in _TABLE:
        table = table.get(key) if isinstance(table, dict) else None
    return table if isinstance(table, dict) else None


def _read_settings(name: str) -> dict[str, Any]:
    import tomllib  # noqa: PLC0415 - few have a file of settings

    content = _settings_bytes(name)
    if any(line.count(b".") > _MAX_DOTS for line in content.split(b"\n")):
        raise _error(name, f"a line with more than {_MAX_DOTS} dots")
    try:
        return tomllib.loads(content.decode("utf-8"))
    except (ValueError, RecursionError) as e:
        raise _error(name, f"not valid TOML: {e}") from e


def _settings_bytes(name: str) -> bytes:
    try:
        with open(name, "rb") as opened:
            content = opened.read(_MAX_BYTES + 1)
    except OSError as e:
        raise _error(name, reason_of(e)) from e
    if len(content) > _MAX_BYTES:
        raise _error(name, f"larger than {_MAX_BYTES} bytes")
    return content


def _error(name: str, message: str) -> OneLineError:
    return OneLineError(f"{text.printable_path(name)}: {message}")


def _values(
    file: SettingsFile, command: click.Command, path: Sequence[str], quiet: bool
) -> Iterator[tuple[Option, Any, str]]:
    """Yield what a file says for one command: what is for all of them, then its own table.

    Each comes with the name of the table, empty for what is for all commands.
    """
    options = configurable(command)
    yield from _values_for_all(file, options, quiet=quiet)
    table = _table_of(file, path) if path else None
    if table is None:
        return
    where = ".".join(path)
    below = command.commands if isinstance(command, click.Group) else {}
    for key, value in table.items():
        if key in below:
            continue
        if key not in options:
            hint = nearest(key, (*options, *below)) or f" It has {', '.join(options) or 'none'}."
            raise _error(file.name, f"[{where}] has no key {key!r}.{hint}")
        yield from _allowed(file, options[key], value, where, quiet=quiet)


def _values_for_all(
    file: SettingsFile, options: Mapping[str, Option], *, quiet: bool
) -> Iterator[tuple[Option, Any, str]]:
    """Yield what a file says for all commands, as far as one has the options.

    Refuses what no command has.
    """
    shared = groups.shared()
    for key, value in file.content.items():
        if isinstance(value, dict):
            if key not in commands.COMMANDS:
                known = (*commands.COMMANDS, *sorted(shared))
                raise _error(file.name, f"there is no command {key!r}.{nearest(key, known)}")
        elif key in commands.COMMANDS and key not in shared:
            raise _error(file.name, f"[{key}] is not a table")
        elif key not in shared:
            known = (*sorted(shared), *commands.COMMANDS)
            hint = nearest(key, known) or " What is for one command is in its table: [verify]."
            raise _error(file.name, f"unknown key {key!r}.{hint}")
        elif key in options and options[key].shared:
            yield from _allowed(file, options[key], value, "", quiet=quiet)


def _table_of(file: SettingsFile, path: Sequence[str]) -> dict[str, Any] | None:
    """Return the table of a command, by the names that lead to it; None where it has none."""
    table = file.content
    for depth, name in enumerate(path, 1):
        table = table.get(name, {})
        if depth == 1 and name in groups.shared() and not isinstance(table, dict):
            return None  # `policy = ...`, which is not the table of the command of that name
        if not isinstance(table, dict):
            raise _error(file.name, f"[{'.'.join(path[:depth])}] is not a table")
    return table


def configurable(command: click.Command) -> dict[str, Option]:
    """Return the options of a command that a file can set, by their keys."""
    options = (p for p in command.params if isinstance(p, Option))
    return {p.key: p for p in options if not p.once and p.key != "config"}


def _allowed(
    file: SettingsFile, option: Option, value: Any, where: str, *, quiet: bool
) -> Iterator[tuple[Option, Any, str]]:
    """Yield a value and its table, unless a stranger may have put it there."""
    if file.local and option.shared:
        if quiet:
            return
        said = _error(
            file.name,
            f"{option.key} is ignored: a file in the working folder may come from a stranger and"
            f" sets no trust, policy or network. Give --{option.key}, or --config with this file.",
        )
        click.echo(f"Note: {said.format_message()}", err=True)
        return
    yield option, _value(file, option, value, where), where


def _value(file: SettingsFile, option: Option, value: Any, where: str) -> Any:
    """Return a value as click takes it; paths start at the folder of their file."""
    place = f"[{where}] {option.key}" if where else option.key
    if option.is_flag:
        if not isinstance(value, bool):
            raise _error(file.name, f"{place} has to be true or false")
        return value
    entries = value if option.multiple and isinstance(value, list) else [value]
    if not all(_is_scalar(entry) for entry in entries):
        kind = "a text or a list of texts" if option.multiple else "a text or a number"
        raise _error(file.name, f"{place} has to be {kind}")
    texts = [str(entry) for entry in entries]
    if isinstance(option.type, click.Path):
        texts = [os.path.join(file.folder, os.path.expanduser(path)) for path in texts]
    return texts if option.multiple else texts[0]


def _is_scalar(value: Any) -> bool:
    return not isinstance(value, bool | dict | list) and value != ""
