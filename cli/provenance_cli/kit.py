"""`provenance kit`: make samples with known answers, and hold validators against them."""

from __future__ import annotations

import math
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from provenance_cli.common import Moment, OneLineError, library_errors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from provenance.kit.record import Kit
    from provenance.kit.running import Limits, Validator
    from provenance.kit.scoring import Score

_FORMATS = ("text", "json", "junit", "html")
_ADAPTERS = ("auto", "provenance", "provenance-lint", "c2patool", "crjson", "codes", "exit-code")
_NEEDS = ("archives", "presentations")
_MEBIBYTE = 1 << 20
_CONTROLS = 3  # samples


class _Number(click.FloatRange):
    """A number within bounds; `nan` is none."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Parse; what is no number, or not within the bounds, is refused."""
        made: float = super().convert(value, param, ctx)
        if math.isnan(made):
            self.fail(f"{value!r} is no number", param, ctx)
        return made


@click.group(epilog="Example: provenance kit make samples")
def command() -> None:
    """Make samples with known answers, good and bad, and hold validators against them."""


@command.command("make", epilog="Example: provenance kit make samples --seed 7")
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path, readable=False))
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Keys and content follow from it.",
)
@click.option("--at", type=Moment(), help="Reference time instead of the last midnight, UTC.")
@click.option("--only", metavar="GLOB", help="Only samples whose path, class or name fits.")
def make(directory: Path, seed: int, at: datetime | None, only: str | None) -> None:
    """Sign samples into DIR, which is new or empty, under a throw-away PKI.

    expected.json says of each sample what must be said of it, and why; pki/ has the roots that a
    validator is to trust while it is tested. With the same --seed and --at the same files come
    out but for what signatures make random. Nobody must ever trust these roots otherwise.
    """
    with library_errors():
        from provenance.kit.make import make as make_kit  # noqa: PLC0415 - loads cryptography

        made = make_kit(directory, seed=seed, at=at, only=only, progress=_progress("samples"))
    click.echo(
        f"{made.samples} samples in {made.containers} containers, {made.faulty} of them faulty,"
        f" {made.size} bytes"
    )


@command.command("list", epilog="Example: provenance kit list --only 'splice'")
@click.option("--only", metavar="GLOB", help="Only samples whose path, class or name fits.")
def list_(only: str | None) -> None:
    """List the samples: path, expected state and what each is. Makes nothing."""
    with library_errors():
        from provenance.kit.samples.catalogue import select  # noqa: PLC0415 - loads cryptography

        chosen = sorted(select(only), key=lambda one: one.file)
    for one in chosen:
        click.echo(f"{one.file}\t{one.expected.state.value}\t{one.what}")
    if not chosen:
        raise OneLineError(f"no sample fits {only!r}")


@command.command("schema", epilog="Example: provenance kit schema")
def schema() -> None:
    """Print the JSON Schema of expected.json."""
    from provenance.kit.record import schema as text  # noqa: PLC0415 - only inside a command

    click.echo(text(), nl=False)


@command.command(
    "run", epilog="Example: provenance kit run samples --command 'c2patool {} --detailed'"
)
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path, readable=False))
@click.option(
    "--command",
    "commands",
    multiple=True,
    required=True,
    metavar="[NAME=]COMMAND",
    help="A validator; {} stands for the sample. Several are shown side by side.",
)
@click.option(
    "--adapter",
    "adapters",
    multiple=True,
    metavar="[NAME=]ADAPTER",
    help=f"How output is read: {', '.join(_ADAPTERS)}. By default auto.",
)
@click.option(
    "--takes",
    multiple=True,
    metavar="[NAME=]NEED",
    help=f"What a validator does beyond reading one file: {', '.join(_NEEDS)}.",
)
@click.option("--only", metavar="GLOB", help="Only samples whose path or class fits.")
@click.option("--format", "form", type=click.Choice(_FORMATS), default="text", show_default=True)
@click.option(
    "--output", metavar="FILE", type=click.Path(path_type=Path, readable=False), help="A new file."
)
@click.option(
    "--timeout",
    type=_Number(0.1, 86400.0),
    default=20.0,
    show_default=True,
    help="Seconds for one sample.",
)
@click.option(
    "--max-output",
    type=click.IntRange(1, 1024),
    default=4,
    show_default=True,
    help="MiB of output for one sample.",
)
@click.option(
    "--max-memory",
    type=click.IntRange(16, 1 << 30),
    help="MiB of address space, on Linux. By default without a limit.",
)
@click.option("--jobs", type=click.IntRange(1, 64), default=1, show_default=True)
@click.option(
    "--fail-under",
    type=_Number(0, 100),
    metavar="PERCENT",
    help="Exit 1 where a validator agrees on less.",
)
def run(  # noqa: PLR0913, PLR0917 - one a command-line option
    directory: Path,
    commands: tuple[str, ...],
    adapters: tuple[str, ...],
    takes: tuple[str, ...],
    only: str | None,
    form: str,
    output: Path | None,
    timeout: float,
    max_output: int,
    max_memory: int | None,
    jobs: int,
    fail_under: float | None,
) -> None:
    """Let validators judge the kit in DIR, and score how far they agree with expected.json.

    A command is split like a shell line and run without a shell, once a sample. In it, {} is the
    sample, {fragments} its media segments, {signers} and {authorities} the anchors, {at} the
    reference time, {member} the file in an archive that is asked about. Samples in archives and
    presentations are asked of those that --takes says it of. Exit code 0 whatever the score, unless
    --fail-under is given, and 1 where a command does not work: where it takes none of the good
    samples for valid.
    """
    with library_errors():
        from provenance.kit.record import load  # noqa: PLC0415 - only inside a command
        from provenance.kit.running import Limits  # noqa: PLC0415 - only inside a command

        whole = load(directory)
        kit = _chosen(whole, only)
        validators = _validators(commands, adapters, takes)
        if output is not None and os.path.lexists(output):  # before all has been asked
            raise OneLineError(f"{output} exists already: name a new file")
        memory = None if max_memory is None else max_memory * _MEBIBYTE
        limits = Limits(timeout, max_output * _MEBIBYTE, memory)
        scores = [_score(kit, whole, one, limits, jobs) for one in validators]
        _show(kit, scores, form, output)
    _hold(kit, whole, scores, fail_under)


def _chosen(kit: Kit, only: str | None) -> Kit:
    from dataclasses import replace  # noqa: PLC0415 - only inside a command
    from fnmatch import fnmatchcase  # noqa: PLC0415 - only inside a command

    if only is None:
        return kit
    held = tuple(e for e in kit.entries if fnmatchcase(e.file, only) or fnmatchcase(e.group, only))
    if not held:
        raise OneLineError(f"no sample of this kit fits {only!r}")
    return replace(kit, entries=held)


def _named(value: str) -> tuple[str, str]:
    """Split NAME=REST; a name has neither blanks nor slashes, so that a command is none."""
    name, mark, rest = value.partition("=")
    if mark and name and not set(name) & set(" /\\'\"{}"):
        return name, rest
    return "", value


def _validators(
    commands: tuple[str, ...], adapters: tuple[str, ...], takes: tuple[str, ...]
) -> list[Validator]:
    import shutil  # noqa: PLC0415 - only inside a command

    from provenance.kit.answers import Adapter  # noqa: PLC0415 - only inside a command
    from provenance.kit.expect import Need  # noqa: PLC0415 - only inside a command
    from provenance.kit.running import parse  # noqa: PLC0415 - only inside a command

    known = {"": Adapter.AUTO}
    for name, adapter in _given("--adapter", adapters, _ADAPTERS):
        known[name] = Adapter(adapter)
    taken: dict[str, set[Need]] = {"": set()}
    for name, need in _given("--takes", takes, _NEEDS):
        taken.setdefault(name, set()).add(Need(need))
    made: list[Validator] = []
    for n, value in enumerate(commands, start=1):
        name, words = _named(value)
        name = name or (f"validator {n}" if len(commands) > 1 else "validator")
        if name in {one.name for one in made}:
            raise OneLineError(f"--command: two validators are called {name}")
        able = frozenset(taken[""] | taken.get(name, set()))
        made.append(parse(name, words, known.get(name, known[""]), able))
        program = made[-1].words[0]
        if shutil.which(program) is None:
            raise OneLineError(f"{program} cannot be started: is it installed?")
    for option, given in (("--adapter", set(known)), ("--takes", set(taken))):
        unused = given - {""} - {one.name for one in made}
        if unused:
            raise OneLineError(f"{option} names no --command: {', '.join(sorted(unused))}")
    return made


def _given(
    option: str, values: tuple[str, ...], known: tuple[str, ...]
) -> Iterator[tuple[str, str]]:
    """Yield the name and the word of each [NAME=]WORD of an option."""
    for value in values:
        name, word = _named(value)
        if word not in known:
            raise OneLineError(f"{option} {value}: one of {', '.join(known)}")
        yield name, word


def _score(kit: Kit, whole: Kit, validator: Validator, limits: Limits, jobs: int) -> Score:
    import shlex  # noqa: PLC0415 - only inside a command

    from provenance.kit.running import ask  # noqa: PLC0415 - only inside a command
    from provenance.kit.scoring import (  # noqa: PLC0415 - only inside a command
        Score,
        fault,
        has_sound,
        score,
    )

    answers = ask(kit, validator, limits, jobs=jobs, progress=_progress(validator.name))
    shown = fault(kit.entries, answers)
    if not has_sound(kit.entries):
        controls = _controls(whole)
        shown = fault(controls.entries, ask(controls, validator, limits, jobs=jobs))
    kinds = sorted({one.adapter.value for one in answers if one and one.problem is None})
    command = shlex.join(validator.words)
    results = score(kit, answers, shown)
    return Score(validator.name, command, ", ".join(kinds), results, shown)


def _controls(kit: Kit) -> Kit:
    """The first good samples, which are asked about where none was chosen: does the command work?

    Of three containers, since not everybody reads every one.
    """
    from dataclasses import replace  # noqa: PLC0415 - only inside a command

    from provenance.kit.scoring import is_sound  # noqa: PLC0415 - only inside a command

    alone = [one for one in kit.entries if not one.fragments and not one.needs]
    by_type = {one.media_type: one for one in alone if is_sound(one)}
    return replace(kit, entries=tuple(by_type.values())[:_CONTROLS])


def _show(kit: Kit, scores: Sequence[Score], form: str, output: Path | None) -> None:
    from provenance.kit import tables  # noqa: PLC0415 - only inside a command

    made = {
        "text": lambda: "\n".join(tables.text(kit, scores)) + "\n",
        "json": lambda: tables.as_json(kit, scores) + "\n",
        "junit": lambda: tables.junit(kit, scores),
        "html": lambda: tables.html(kit, scores),
    }[form]()
    if output is None:
        click.echo(made, nl=False)
        return
    try:
        with output.open("x", encoding="utf-8", newline="\n") as out:
            out.write(made)
    except FileExistsError as e:
        raise OneLineError(f"{output} exists already: name a new file") from e
    except OSError as e:
        from provenance.base.errors import reason_of  # noqa: PLC0415 - rare

        raise OneLineError(f"{output}: {reason_of(e)}") from e


def _hold(kit: Kit, whole: Kit, scores: Sequence[Score], least: float | None) -> None:
    """End with exit code 1 where a command does not work, or agrees less than was asked for."""
    from provenance.kit.scoring import (  # noqa: PLC0415 - only inside a command
        Tally,
        has_sound,
        tallies,
    )
    from provenance.kit.tables import broken  # noqa: PLC0415 - only inside a command

    said = [line for one in scores for line in broken(one)]
    failed = bool(said)
    if not has_sound(whole.entries):
        said.append("this kit has no good sample: nothing shows that a command works")
        failed |= least is not None
    below = []
    if least is not None:
        for one in scores:
            reached = tallies(kit.entries, one.results).get("", Tally()).percent
            if reached is None:
                below.append(f"{one.name} was scored on no sample")
            elif reached < least and not one.fault:
                below.append(f"{one.name} agrees on {reached:.1f} %")
    if below:
        said.append(f"below {least:g} %: {'; '.join(below)}")
    if said:
        click.echo("\n".join(said), err=True)
    if failed or below:
        click.get_current_context().exit(1)


def _progress(what: str) -> Callable[[int, int], None]:
    """A line on standard error that counts, on a terminal only."""
    if not sys.stderr.isatty():
        return lambda done, total: None

    def show(done: int, total: int) -> None:
        end = "\n" if done == total else ""
        click.echo(f"\r{what}: {done}/{total}", err=True, nl=False)
        if end:
            click.echo(end, err=True, nl=False)

    return show
