"""One option of a command: its words, its values, and the settings below what is typed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from provenance.base import text
from provenance_cli.common import OneLineError, nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from click.shell_completion import CompletionItem


PROGRAM = "provenance"
OTHER = "Options"  # the heading above what belongs to no group
CHOSEN = f"{PROGRAM}.config"  # in Context.meta: what --config names
ORIGINS = f"{PROGRAM}.origins"  # in Context.meta: where each setting of a command was found


class Choice(click.Choice[str]):
    """One of some words; a wrong one is answered with the nearest.

    `was` has words that were renamed, and what they are called now: for one version they do.
    """

    def __init__(self, choices: Iterable[str], was: Mapping[str, str] | None = None) -> None:
        super().__init__(choices)
        self.was = was or {}

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the word. Another one is refused."""
        if value in self.was:
            renamed(value, self.was[value])
            return self.was[value]
        if value not in self.choices:
            known = ", ".join(self.choices)
            meant = nearest(str(value), self.choices)
            self.fail(f"{str(value)!r} is not one of {known}.{meant}", param, ctx)
        return str(value)


def renamed(old: str, new: str) -> None:
    """Say that a word is called otherwise now."""
    click.echo(
        f"Note: {old} is now called {new}; the old name goes with the next version", err=True
    )


class Option(click.Option):
    """An option that stands under a heading, and takes its value from the configuration too.

    `section` is the heading in the help. `once` tells that it is for the command line alone: it
    names a file of this run, or asks for something that nobody wants every time. `shared` tells
    that it means the same for every command that has it, so that one setting is for all of them.
    """

    def __init__(
        self,
        declarations: Sequence[str],
        *,
        section: str = OTHER,
        once: bool = False,
        shared: bool = False,
        **extra: Any,
    ) -> None:
        super().__init__(declarations, **extra)
        self.section = section
        self.once = once
        self.shared = shared
        kind = self.type  # a callback of a flag's type is not ours to set
        if isinstance(kind, click.Choice) and not isinstance(kind, Choice):
            self.type = Choice(kind.choices)

    @property
    def key(self) -> str:
        """What the option is called in a file of settings: its long name, without dashes."""
        return max(self.opts, key=len).lstrip("-")

    def variables(self, path: Sequence[str]) -> tuple[str, ...]:
        """Return the variables that set it for the command `path`, the first one first."""
        if self.once:
            return ()
        own = "_".join((PROGRAM, *path, self.key))
        names = (own, f"{PROGRAM}_{self.key}") if self.shared else (own,)
        return tuple(dict.fromkeys(n.upper().replace("-", "_") for n in names))

    def resolve_envvar_value(self, ctx: click.Context) -> str | None:
        """Return what a variable says, None where none does."""
        for name in self.variables(path_of(ctx)):
            if value := os.environ.get(name):
                return value
        return None

    def get_help_extra(self, ctx: click.Context) -> Any:
        """Leave the bounds of numbers to the answer to a number beyond them."""
        extra = super().get_help_extra(ctx)
        extra.pop("range", None)
        return extra

    def consume_value(self, ctx: click.Context, opts: Any) -> tuple[Any, ParameterSource]:
        """Take a value from where it stands; where that is, is known before it is parsed.

        click says so too late before its version 8.5.
        """
        value, source = super().consume_value(ctx, opts)
        if self.name:
            ctx.set_parameter_source(self.name, source)
        return value, source

    def process_value(self, ctx: click.Context, value: Any) -> Any:
        """Parse a value; a wrong one that nobody typed is answered with where it comes from."""
        try:
            return super().process_value(ctx, value)
        except click.BadParameter as e:
            if where := self._origin(ctx):
                raise OneLineError(f"{where}: {e.message}") from e
            raise

    def _origin(self, ctx: click.Context) -> str:
        source = ctx.get_parameter_source(self.name) if self.name else None
        if source is ParameterSource.ENVIRONMENT:
            names = self.variables(path_of(ctx))
            return next((n for n in names if os.environ.get(n)), "")
        if source is ParameterSource.DEFAULT_MAP:
            return f"{origin(ctx, self.key)}: {self.key}"
        return ""


def path_of(ctx: click.Context) -> tuple[str, ...]:
    """Return the names of a command and of those that it is a part of, the program's left out."""
    names: list[str] = []
    at: click.Context | None = ctx
    while at is not None:
        if not getattr(at.command, "is_program", False):
            names.insert(0, at.command.name or "")
        at = at.parent
    return tuple(names)


def typed(*names: str) -> bool:
    """Tell whether the person who runs the command typed one of some options.

    What a file or a variable sets is a default: it gives way where it does not fit.
    """
    ctx = click.get_current_context()
    return any(ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE for name in names)


def origin(ctx: click.Context, key: str) -> str:
    """Return the name of the file that sets an option of a command."""
    return text.printable_path(ctx.meta.get(ORIGINS, {}).get(path_of(ctx), {}).get(key, ""))


def offers(
    values: Callable[[], Iterable[str]], *, lists: bool = False
) -> Callable[[click.Context, click.Parameter, str], list[CompletionItem]]:
    """Return what a shell asks for the values of an option; `lists` where commas separate them."""

    def complete(
        ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem  # noqa: PLC0415 - for a shell only

        del ctx, param
        before, comma, begun = incomplete.rpartition(",") if lists else ("", "", incomplete)
        fitting = (v for v in dict.fromkeys(values()) if v.startswith(begun))
        return [CompletionItem(f"{before}{comma}{v}") for v in fitting]

    return complete
