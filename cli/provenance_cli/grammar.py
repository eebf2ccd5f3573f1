"""The grammar that all commands share: what each of them has, and how its help is laid out.

`make_command` and `make_group` make a command with `-h`, `-V`, `--color` and `--config`. Options
are made by `option`, in groups of typed values: see `groups`. `docs/cli.md` shows the result as a
table.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, cast

import click
from click.core import ParameterSource

from provenance.base.version import VERSION
from provenance_cli import color, places, settings, writing
from provenance_cli.common import nearest
from provenance_cli.ending import EndingCommand
from provenance_cli.option import CHOSEN, PROGRAM, Choice, Option, path_of, renamed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


GENERAL = "General"  # the heading above what every command has
RENAMED = {"--workers": "--jobs"}  # options, since 0.2.0


def _version(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    del param
    if value and not ctx.resilient_parsing:
        click.echo(f"{PROGRAM} {VERSION}")
        ctx.exit()


def _color(ctx: click.Context, param: click.Parameter, value: str) -> str:
    """Keep what was asked for; a command's own word replaces the program's."""
    assert param.name  # noqa: S101 - it has one
    if ctx.get_parameter_source(param.name) is not ParameterSource.DEFAULT:
        color.choose(ctx, value)
    return value


def _config(ctx: click.Context, param: click.Parameter, value: str | None) -> None:
    """Put what is configured below what was typed."""
    del param
    if ctx.resilient_parsing:
        return
    if value:
        ctx.meta[CHOSEN] = value
    if isinstance(ctx.command, click.Group) and not ctx.command.invoke_without_command:
        return  # what is below it reads them, unless it is asked for help
    if ctx.meta.get(CHOSEN) is None and not _may_be_configured(ctx):
        return

    settings.apply(ctx, settings.chosen(ctx))


def _may_be_configured(ctx: click.Context) -> bool:
    """Tell cheaply whether there can be a file of settings: most people have none."""
    return places.is_local(path_of(ctx)) or os.path.isfile(places.user_file())


def _general() -> list[click.Parameter]:
    """Return what every command has but `--help`, which click adds."""
    return [
        Option(
            ["--config"],
            section=GENERAL,
            metavar="FILE",
            type=click.Path(readable=False),
            help="Take settings from FILE alone.",
            is_eager=True,
            expose_value=False,
            callback=_config,
            shared=True,
        ),
        Option(
            ["--color"],
            section=GENERAL,
            metavar="WHEN",
            type=Choice(color.CHOICES),
            default="auto",
            help="Colours: auto (on a terminal), always or never.",
            is_eager=True,
            expose_value=False,
            callback=_color,
            shared=True,
        ),
        Option(
            ["-V", "--version"],
            section=GENERAL,
            is_flag=True,
            is_eager=True,
            expose_value=False,
            callback=_version,
            once=True,
            help="Show the version and exit.",
        ),
    ]


class Command(EndingCommand):
    """A command of this program.

    `long` tells that it shows its progress on a terminal. `own(form, head, tail)` tells by the
    first and the last bytes of a file whether it is an earlier result, which `-o` may replace.
    With `keeps_output` the command itself writes what `-o` names, such as a folder.
    """

    def __init__(
        self,
        *args: Any,
        long: bool = False,
        own: Callable[[str, bytes, bytes], bool] | None = None,
        keeps_output: bool = False,
        **extra: Any,
    ) -> None:
        extra.setdefault("context_settings", {"help_option_names": ["-h", "--help"]})
        super().__init__(*args, **extra)
        self.params += _general()
        self.long = long
        self.own = own
        self.keeps_output = keeps_output

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse; options that were renamed are taken by their old names too, for one version."""
        known = {name for param in self.params for name in param.opts}
        for n, arg in enumerate(args):
            if arg == "--":
                break
            name, mark, value = arg.partition("=")
            if name in RENAMED and name not in known and RENAMED[name] in known:
                renamed(name, RENAMED[name])
                args[n] = RENAMED[name] + mark + value
        return super().parse_args(ctx, args)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options under the headings of their groups, what all commands have last."""
        sections: dict[str, list[tuple[str, str]]] = {}
        for param in self.get_params(ctx):
            record = param.get_help_record(ctx)
            if record is not None and not isinstance(param, click.Argument):
                section = param.section if isinstance(param, Option) else GENERAL
                sections.setdefault(section, []).append(record)
        general = sections.pop(GENERAL)
        for title, records in sections.items():
            with formatter.section(title):
                formatter.write_dl(records)
        if isinstance(self, click.Group):
            self.format_commands(ctx, formatter)
        with formatter.section(GENERAL):
            formatter.write_dl(general)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; with `-o` what it prints goes into a file."""
        output = ctx.params.get("output")
        if ctx.params.get("sign") and "signed" in ctx.params and ctx.params["signed"] is None:
            output = None  # it is where the signed result goes: `signing.sign_as`
        if output is None or self.keeps_output:
            return super().invoke(ctx)

        named = (ctx.params.get(p.name or "") for p in self.params if _is_input(p))
        with writing.into(output, ctx.params.get("form"), tuple(named), self.own):
            return super().invoke(ctx)


def _is_input(param: click.Parameter) -> bool:
    return param.name not in {"output", "config"} and isinstance(param.type, click.Path)


class CommandGroup(Command, click.Group):
    """A command with commands below it, in the order in which they were declared."""

    command_class = Command
    group_class = type

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write options and commands, as `Command` has it."""
        Command.format_options(self, ctx, formatter)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names."""
        del ctx
        return list(self.commands)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; a wrong name is answered with the nearest, a file with `verify`."""
        name = args[0]
        if self.get_command(ctx, name) is None and not ctx.resilient_parsing:
            names = self.list_commands(ctx)
            meant = nearest(name, names)
            if not meant and isinstance(self, Program) and os.path.exists(name):
                meant = f" To examine this file: {PROGRAM} verify {name!r}"
            ctx.fail(f"There is no command {name!r}.{meant}")
        return super().resolve_command(ctx, args)


class Program(CommandGroup):
    """The program itself: its name is in no setting."""

    is_program = True


def make_command(name: str, **extra: Any) -> Callable[[Callable[..., Any]], Command]:
    """Make a command of a function. `long=True` where it shows its progress."""
    return cast(
        "Callable[[Callable[..., Any]], Command]", click.command(name, cls=Command, **extra)
    )


def make_group(name: str, **extra: Any) -> Callable[[Callable[..., Any]], CommandGroup]:
    """Make a command with commands below it."""
    return cast(
        "Callable[[Callable[..., Any]], CommandGroup]", click.group(name, cls=CommandGroup, **extra)
    )


def leaves(top: click.Command, ctx: click.Context) -> Iterator[tuple[tuple[str, ...], Command]]:
    """Yield every command that does something, with its names; those of a group after its own."""
    if isinstance(top, click.Group):
        if top.invoke_without_command:
            yield path_of(ctx), cast("Command", top)
        for name in top.list_commands(ctx):
            below = top.get_command(ctx, name)
            assert below is not None  # noqa: S101 - it is listed
            with click.Context(below, parent=ctx, info_name=name) as inner:
                yield from leaves(below, inner)
    else:
        yield path_of(ctx), cast("Command", top)
