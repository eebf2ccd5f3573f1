"""`provenance config`: which settings are in force, and where they come from."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from provenance.base.text import URL_LIMIT, clean, printable_path
from provenance.base.values import dataclass
from provenance_cli import main, places, settings
from provenance_cli.common import nearest
from provenance_cli.declare import OptionGroup, option, takes_options
from provenance_cli.grammar import leaves, make_group
from provenance_cli.groups import OUTPUT, FormatOptions, OutputOptions
from provenance_cli.option import PROGRAM, Option, typed
from provenance_cli.option import origin as origin_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SCHEMA_VERSION = "1.0"
_OF_ITS_OWN = frozenset({"PROVENANCE_DATA", "PROVENANCE_CONFIG"})  # variables of no option
_DEFAULT = "default"


class Setting(NamedTuple):
    """One setting: the command that has it (empty: all), its key, value and where that is from."""

    command: str
    key: str
    value: Any
    origin: str


@dataclass(frozen=True, slots=True)
class ExtentOptions(OptionGroup):
    """How much is shown."""

    SECTION = OUTPUT

    all: bool = option("--all", is_flag=True, once=True, help="Show the defaults too.")


@make_group(
    "config",
    invoke_without_command=True,
    epilog="Example: provenance config --all",
)
@takes_options(extent=ExtentOptions, answer=FormatOptions)
@click.pass_context
def config_command(ctx: click.Context, *, extent: ExtentOptions, answer: FormatOptions) -> None:
    """Show which settings are in force, and where each comes from.

    The strongest first: the command line, a variable such as PROVENANCE_POLICY, the
    file that --config names or else the user's own file, the default. A file in the working folder
    counts for `lint` and `kit` alone, before the user's own. docs/cli.md has the details.
    """
    if ctx.invoked_subcommand is not None:
        if typed("all", "form", "output"):
            raise click.UsageError("options go after `path`")
        return
    all_settings = sorted(
        set(_settings(ctx)), key=lambda setting: (*setting[:2], setting.origin, str(setting.value))
    )
    shown = [setting for setting in all_settings if extent.all or setting.origin != _DEFAULT]
    unknown = _unknown_variables(ctx)
    named = settings.chosen(ctx)
    own, local = places.user_file(), None if named else settings.local_file()
    if answer.form == "json":
        record = {
            "schema_version": SCHEMA_VERSION,
            "config_file": named,
            "user_file": {"path": own, "present": os.path.isfile(own), "used": named is None},
            "working_folder": local.name if local else None,
            "settings": [setting._asdict() for setting in shown],
            "unknown_variables": [name for name, _ in unknown],
        }
        click.echo(json.dumps(record, indent=2))
        return

    if named:
        click.echo(f"file            {printable_path(named)}, and no other")
    else:
        there = "" if os.path.isfile(own) else " (does not exist)"
        click.echo(f"user file       {printable_path(own)}{there}")
        name = printable_path(local.name) if local else "none"
        click.echo(f"working folder  {name} (for lint and kit alone)")
    for line in _lines(shown):
        click.echo(line)
    if not shown:
        click.echo("\nEverything is as the program has it by default; --all shows that.")
    for variable, meant in unknown:
        click.echo(f"\nThe variable {variable} sets nothing.{meant}")


@config_command.command("path", epilog="Example: provenance config path")
@takes_options(output=OutputOptions)
def path(*, output: OutputOptions) -> None:
    """Print the name of your own file of settings, whether it is there or not."""
    del output
    click.echo(printable_path(places.user_file()))


def _settings(ctx: click.Context) -> Iterator[Setting]:
    """Yield the settings of every command; one that means the same everywhere is yielded once."""
    root = ctx.find_root()
    chosen = settings.chosen(ctx)
    for names, command_, inner in _commands(root):
        settings.apply(inner, chosen, quiet=True)
        for key, click_option in settings.configurable(command_).items():
            value, origin = _in_force(inner, click_option, names)
            own = f"{PROGRAM}_{'_'.join(names)}_{key}".upper().replace("-", "_")
            is_shared = (
                click_option.shared and origin != own and not settings.in_own_table(inner, key)
            )
            yield Setting("" if is_shared else " ".join(names), key, value, origin)


def _commands(
    root: click.Context,
) -> Iterator[tuple[tuple[str, ...], click.Command, click.Context]]:
    top = root if root.command is main.main else click.Context(main.main, info_name=PROGRAM)
    for names, command_ in leaves(main.main, top):
        inner = top
        for name in names:
            assert isinstance(inner.command, click.Group)  # noqa: S101 - it has commands below it
            below = inner.command.get_command(inner, name)
            assert below is not None  # noqa: S101 - as above
            inner = click.Context(below, parent=inner, info_name=name)
        yield names, command_, inner


def _in_force(ctx: click.Context, click_option: Option, names: Sequence[str]) -> tuple[Any, str]:
    """Return the value of an option as text or a list of texts, and where it comes from."""
    raw = click_option.value_from_envvar(ctx)
    origin = next((n for n in click_option.variables(names) if os.environ.get(n)), "")
    if not origin:
        raw = (ctx.default_map or {}).get(click_option.name or "")
        origin = origin_of(ctx, click_option.key) if raw is not None else _DEFAULT
    if origin == _DEFAULT:
        raw = click_option.get_default(ctx)
        return _plain_value(raw), origin
    click_option.type_cast_value(ctx, raw)  # what the command would refuse is refused here
    return _plain_value(raw), origin


def _plain_value(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return tuple(_plain_value(item) for item in value)
    if value is None or isinstance(value, bool | int | float):
        return value
    return value if isinstance(value, str) else None


def _lines(shown: Sequence[Setting]) -> Iterator[str]:
    """Yield the settings under the names of their commands."""
    last = None
    for setting in shown:
        if setting.command != last:
            last = setting.command
            yield ""
            yield setting.command or "every command that has the option"
        many = setting.value if isinstance(setting.value, tuple) else (setting.value,)
        texts = (str(v).lower() if isinstance(v, bool) else str(v) for v in many if v is not None)
        value = clean(", ".join(texts), URL_LIMIT) or "-"
        yield f"  {setting.key:<20} {value:<24} {setting.origin}".rstrip()


def _unknown_variables(ctx: click.Context) -> list[tuple[str, str]]:
    """Return the variables that look like settings and are none, with what may be meant."""
    known = set(_OF_ITS_OWN)
    for names, command_, _ in _commands(ctx.find_root()):
        for click_option in settings.configurable(command_).values():
            known.update(click_option.variables(names))
    prefix = f"{PROGRAM.upper()}_"
    set_ = sorted(name for name in os.environ if name.startswith(prefix))
    return [(name, nearest(name, known)) for name in set_ if name not in known]
