"""`provenance kit`: make samples with known answers, and score validators on them."""

from __future__ import annotations

import json
import math
import shlex
import shutil
from dataclasses import replace
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from provenance.base.values import dataclass
from provenance.kit import expect, record, running, score_tables, scoring, validator_runs
from provenance.kit import make as making
from provenance.kit.samples import sample_catalogue
from provenance.render.formats import OutputFormat
from provenance_cli import progress
from provenance_cli.common import Moment, OneLineError, Size, library_errors, nearest
from provenance_cli.declare import OptionGroup, changed, option, takes_options
from provenance_cli.grammar import make_group
from provenance_cli.groups import (
    FILES,
    LIMITS,
    FormatOptions,
    JobOptions,
    OutputOptions,
    QuietOptions,
    format_options,
)
from provenance_cli.option import offers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from provenance.kit.record import Kit
    from provenance.kit.running import RunLimits, Validator
    from provenance.kit.scoring import Score

_FORMATS = (
    OutputFormat("text", "", "for people"),
    OutputFormat("json", "", "every answer"),
    OutputFormat("junit", "", "JUnit XML, for CI servers"),
    OutputFormat("html", "", "a page, in one file"),
)
_ADAPTERS = ("auto", "provenance", "provenance-lint", "c2patool", "crjson", "codes", "exit-code")
_NEEDS = ("archives", "presentations")
_LEAST_MEMORY, _MOST_OUTPUT = 16 << 20, 1 << 30  # bytes
_CONTROLS = 3  # samples
SCHEMA_VERSION = "1.0"


class _Number(click.FloatRange):
    """A number within bounds; `nan` is none."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Parse; what is no number, or not within the bounds, is refused."""
        number: float = super().convert(value, param, ctx)
        if math.isnan(number):
            self.fail(f"{value!r} is not a number", param, ctx)
        return number


@dataclass(frozen=True, slots=True)
class SampleChoiceOptions(OptionGroup):
    """Which samples."""

    SECTION = FILES

    only: str | None = option(
        "--only", metavar="GLOB", help="Only samples whose path, class or name fits."
    )


@dataclass(frozen=True, slots=True)
class SampleContentOptions(OptionGroup):
    """What samples are made of."""

    SECTION = "Content"

    seed: int = option(
        "--seed",
        type=click.IntRange(min=0),
        metavar="N",
        default=0,
        show_default=True,
        help="Keys and content follow from it.",
    )
    at: datetime | None = option(
        "--at",
        type=Moment(),
        metavar="TIME",
        help="Reference time instead of the last midnight, UTC.",
    )


@dataclass(frozen=True, slots=True)
class ValidatorOptions(OptionGroup):
    """Who is asked."""

    SECTION = "Validators"

    commands: tuple[str, ...] = option(
        "--command",
        multiple=True,
        required=True,
        once=True,
        metavar="[NAME=]COMMAND",
        help="A validator; {} is replaced by the sample. Several are shown side by side.",
    )
    adapters: tuple[str, ...] = option(
        "--adapter",
        multiple=True,
        metavar="[NAME=]ADAPTER",
        shell_complete=offers(lambda: _ADAPTERS),
        help=f"How output is read: {', '.join(_ADAPTERS)}. By default auto.",
    )
    needs: tuple[str, ...] = option(
        "--takes",
        multiple=True,
        metavar="[NAME=]NEED",
        shell_complete=offers(lambda: _NEEDS),
        help=f"What a validator does beyond reading one file: {', '.join(_NEEDS)}.",
    )
    fail_under: float | None = option(
        "--fail-under",
        type=_Number(0, 100),
        metavar="PERCENT",
        help="Exit 1 where a validator agrees on less.",
    )


@dataclass(frozen=True, slots=True)
class ValidatorBoundOptions(JobOptions):
    """What a validator may take."""

    SECTION = LIMITS

    timeout: float = option(
        "--timeout",
        type=_Number(0.1, 86400.0),
        metavar="SECONDS",
        default=20.0,
        show_default=True,
        help="Seconds for one sample.",
    )
    max_output: int = option(
        "--max-output",
        type=Size(),
        default=4 << 20,
        help="Output for one sample, at most 1G; 4M if not given.",
    )
    max_memory: int | None = option(
        "--max-memory",
        type=Size(),
        help="Address space, on Linux, at least 16M. By default without a limit.",
    )


@make_group("kit", epilog="Example: provenance kit make samples")
def kit_command() -> None:
    """Make samples with known answers, good and bad, and score validators on them."""


@kit_command.command("make", long=True, epilog="Example: provenance kit make samples --seed 7")
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path, readable=False))
@takes_options(
    content=SampleContentOptions,
    which=SampleChoiceOptions,
    quiet=changed(QuietOptions, quiet={"help": "No progress, no summary."}),
)
def make(
    *,
    directory: Path,
    content: SampleContentOptions,
    which: SampleChoiceOptions,
    quiet: QuietOptions,
) -> None:
    """Sign samples into DIR, which is new or empty, under a throw-away PKI.

    expected.json says of each sample what must be said of it, and why; pki/ has the roots that a
    validator is to trust while it is tested. With the same --seed and --at the same files come
    out but for what signatures make random. Nobody must ever trust these roots otherwise.
    """
    with library_errors(), progress.showing(None, "samples", quiet=quiet.quiet) as shown:
        counts = making.make_kit(
            directory, seed=content.seed, at=content.at, only=which.only, progress=shown.at
        )
    if not quiet.quiet:
        click.echo(
            f"{counts.samples} samples in {counts.containers} containers, {counts.faulty} of them"
            f" faulty, {counts.size} bytes"
        )


@kit_command.command("list", epilog="Example: provenance kit list --only 'splice'")
@takes_options(which=SampleChoiceOptions, answer=FormatOptions)
def list_(*, which: SampleChoiceOptions, answer: FormatOptions) -> None:
    """List the samples: path, expected state and what each is. Makes nothing."""
    only = which.only
    with library_errors():
        chosen = sorted(sample_catalogue.select(only), key=lambda sample: sample.file)
    if answer.form == "json":
        rows = [
            {"file": sample.file, "state": sample.expected.state.value, "what": sample.what}
            for sample in chosen
        ]
        click.echo(json.dumps({"schema_version": SCHEMA_VERSION, "samples": rows}, indent=2))
    for sample in chosen if answer.form == "text" else ():
        click.echo(f"{sample.file}\t{sample.expected.state.value}\t{sample.what}")
    if not chosen:
        raise OneLineError(f"no sample fits {only!r}")


@kit_command.command("schema", epilog="Example: provenance kit schema")
@takes_options(output=OutputOptions)
def schema(*, output: OutputOptions) -> None:
    """Print the JSON Schema of expected.json."""
    del output

    click.echo(record.schema(), nl=False)


@kit_command.command(
    "run",
    long=True,
    epilog="Example: provenance kit run samples --command 'c2patool {} --detailed'",
)
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path, readable=False))
@takes_options(
    which=SampleChoiceOptions,
    asked=ValidatorOptions,
    answer=format_options(*_FORMATS),
    quiet=QuietOptions,
    bounds=changed(
        ValidatorBoundOptions,
        jobs={
            "type": click.IntRange(1, 64),
            "default": 1,
            "help": "Samples at a time.  [default: 1]",
        },
    ),
)
def run(
    *,
    directory: Path,
    which: SampleChoiceOptions,
    asked: ValidatorOptions,
    answer: FormatOptions,
    quiet: QuietOptions,
    bounds: ValidatorBoundOptions,
) -> None:
    """Let validators judge the kit in DIR, and score how far they agree with expected.json.

    A command is split like a shell line and run without a shell, once a sample. In it, {} is the
    sample, {fragments} its media segments, {signers} and {authorities} the anchors, {at} the
    reference time, {member} the file in an archive that is asked about. Samples in archives and
    presentations are asked of those that --takes says it of. Exit code 0 whatever the score, unless
    --fail-under is given, and 1 where a command does not work: where it takes none of the good
    samples for valid.
    """
    if bounds.max_memory is not None and bounds.max_memory < _LEAST_MEMORY:
        raise click.UsageError("--max-memory: less than 16M starts no program")
    if bounds.max_output > _MOST_OUTPUT:
        raise click.UsageError("--max-output: at most 1G")
    with library_errors():
        whole = record.load_kit(directory)
        kit = _chosen(whole, which.only)
        validators = _validators(asked.commands, asked.adapters, asked.needs)
        limits = running.RunLimits(bounds.timeout, bounds.max_output, bounds.max_memory)
        jobs = bounds.jobs or 1
        scores = []
        for validator in validators:
            with progress.showing(
                None, "samples", quiet=quiet.quiet, part=partial(_named_part, validator.name)
            ) as shown:
                scores.append(_score(kit, whole, validator, limits, jobs, shown.at))
        _show(kit, scores, answer.form)
    _hold(kit, whole, scores, asked.fail_under)


def _named_part(name: str) -> tuple[float, str]:
    return 0.0, name


def _chosen(kit: Kit, only: str | None) -> Kit:
    if only is None:
        return kit
    held = tuple(e for e in kit.entries if fnmatchcase(e.file, only) or fnmatchcase(e.group, only))
    if not held:
        raise OneLineError(f"no sample of this kit fits {only!r}")
    return replace(kit, entries=held)


def _split_name(value: str) -> tuple[str, str]:
    """Split NAME=REST; a name has neither blanks nor slashes, so that a command is none."""
    name, mark, rest = value.partition("=")
    if mark and name and not set(name) & set(" /\\'\"{}"):
        return name, rest
    return "", value


def _validators(
    commands: tuple[str, ...], adapters: tuple[str, ...], needs: tuple[str, ...]
) -> list[Validator]:
    known = {"": validator_runs.Adapter.AUTO}
    for name, adapter in _given("--adapter", adapters, _ADAPTERS):
        known[name] = validator_runs.Adapter(adapter)
    taken: dict[str, set[expect.ValidatorNeed]] = {"": set()}
    for name, need in _given("--takes", needs, _NEEDS):
        taken.setdefault(name, set()).add(expect.ValidatorNeed(need))
    validators: list[Validator] = []
    for n, value in enumerate(commands, start=1):
        name, words = _split_name(value)
        name = name or (f"validator {n}" if len(commands) > 1 else "validator")
        if name in {validator.name for validator in validators}:
            raise OneLineError(f"--command: two validators are called {name}")
        able = frozenset(taken[""] | taken.get(name, set()))
        validators.append(running.parse_validator(name, words, known.get(name, known[""]), able))
        program = validators[-1].words[0]
        if shutil.which(program) is None:
            raise OneLineError(f"{program} cannot be started: is it installed?")
    for flag, given in (("--adapter", set(known)), ("--takes", set(taken))):
        unused = given - {""} - {validator.name for validator in validators}
        if unused:
            raise OneLineError(f"{flag} names no --command: {', '.join(sorted(unused))}")
    return validators


def _given(flag: str, values: tuple[str, ...], known: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Yield the name and the word of each [NAME=]WORD of an option, `flag`."""
    for value in values:
        name, word = _split_name(value)
        if word not in known:
            said = f"{flag} {value}: one of {', '.join(known)}.{nearest(word, known)}"
            raise OneLineError(said)
        yield name, word


def _score(
    kit: Kit,
    whole: Kit,
    validator: Validator,
    limits: RunLimits,
    jobs: int,
    tell: Callable[[int, int], None],
) -> scoring.Score:
    answers = running.run_validator(kit, validator, limits, jobs=jobs, progress=tell)
    shown = scoring.fault(kit.entries, answers)
    if not scoring.has_sound(kit.entries):
        controls = _controls(whole)
        shown = scoring.fault(
            controls.entries, running.run_validator(controls, validator, limits, jobs=jobs)
        )
    kinds = sorted(
        {answer.adapter.value for answer in answers if answer and answer.problem is None}
    )
    command = shlex.join(validator.words)
    results = scoring.score(kit, answers, shown)
    return scoring.Score(validator.name, command, ", ".join(kinds), results, shown)


def _controls(kit: Kit) -> Kit:
    """The first good samples, which are asked about where none was chosen: does the command work?

    Of three containers, since not everybody reads every one.
    """
    alone = [sample for sample in kit.entries if not sample.fragments and not sample.needs]
    by_type = {sample.media_type: sample for sample in alone if scoring.is_sound(sample)}
    return replace(kit, entries=tuple(by_type.values())[:_CONTROLS])


def _show(kit: Kit, scores: Sequence[Score], form: str) -> None:
    text = {
        "text": lambda: "\n".join(score_tables.score_lines(kit, scores)) + "\n",
        "json": lambda: score_tables.as_json(kit, scores) + "\n",
        "junit": lambda: score_tables.junit(kit, scores),
        "html": lambda: score_tables.html(kit, scores),
    }[form]()
    click.echo(text, nl=False)


def _hold(kit: Kit, whole: Kit, scores: Sequence[Score], least: float | None) -> None:
    """End with exit code 1 where a command does not work, or agrees less than was asked for."""
    said = [line for score in scores for line in score_tables.broken(score)]
    failed = bool(said)
    if not scoring.has_sound(whole.entries):
        said.append("this kit has no good sample: nothing shows that a command works")
        failed |= least is not None
    below = []
    if least is not None:
        for score in scores:
            reached = (
                scoring.tallies(kit.entries, score.results).get("", scoring.ClassTally()).percent
            )
            if reached is None:
                below.append(f"{score.name} was scored on no sample")
            elif reached < least and not score.fault:
                below.append(f"{score.name} agrees on {reached:.1f} %")
    if below:
        said.append(f"below {least:g} %: {'; '.join(below)}")
    if said:
        click.echo("\n".join(said), err=True)
    if failed or below:
        click.get_current_context().exit(1)
