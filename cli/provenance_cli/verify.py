"""`provenance verify`: the main job."""

from __future__ import annotations

import contextlib
import gc
import os
import re
import sys
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import click

import provenance
from provenance.auditing.shards import objects
from provenance.base import paths as path_lists
from provenance.base.errors import AssetError
from provenance.base.values import dataclass
from provenance.render import formats, notice
from provenance.verdict import contents, policy, verifier
from provenance_cli import crjson, output, people, progress
from provenance_cli.common import FILE, OneLineError, library_errors, walk
from provenance_cli.declare import OptionGroup, changed, combined, option, takes_options
from provenance_cli.grammar import make_command as command_
from provenance_cli.groups import (
    OUTPUT,
    ArchiveOptions,
    CrossCheckOptions,
    DecodingOptions,
    ExitOptions,
    FormatOptions,
    FragmentOptions,
    HashOptions,
    ListedFileOptions,
    PersonalDataOptions,
    PluginOptions,
    PolicyOptions,
    ReadingOptions,
    RecursionOptions,
    RevocationOptions,
    SidecarOptions,
    TrustOptions,
    VerbosityOptions,
    format_options,
)
from provenance_cli.option import Choice, typed
from provenance_cli.signing import SignedResultOptions, sign_as
from provenance_cli.streams import reader_left

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from provenance.base.options import ArchiveLimits
    from provenance.verdict.report import Report
    from provenance.verdict.verifier import Verifier
    from provenance_cli.signing import SignAs

_GARBAGE = 100_000  # objects made before garbage is looked for; Python's own number is 700
_FOR_PEOPLE = frozenset({"text", "quiet", "full"})  # --format text, and with -q and with -v
_CRJSON = "crjson"  # opens the names of the formats of one credential
_STORES = ("s3://", "gs://", "az://")
_MAX_STDIN = 4 << 30  # bytes kept in memory of one file from standard input


@dataclass(frozen=True, slots=True)
class _VerifyRequest:
    """What is to be verified."""

    paths: tuple[str, ...]
    recursive: bool
    files_from: str | None
    null: bool
    sidecar: str | None
    fragments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NoticeOptions(OptionGroup):
    """What a law wants shown."""

    SECTION = OUTPUT

    notice: str | None = option(
        "--notice",
        type=Choice(["california"]),
        metavar="LAW",
        help="Text: add the facts that a law wants platforms to show: california.",
    )


@dataclass(frozen=True, slots=True)
class VerifyOptions:
    """What was asked for, group by group."""

    recursive: RecursionOptions
    listed: ListedFileOptions
    sidecar: SidecarOptions
    fragments: FragmentOptions
    answer: FormatOptions
    quiet: VerbosityOptions
    hashes: HashOptions
    personal: PersonalDataOptions
    ending: ExitOptions
    policy: PolicyOptions
    plugins: PluginOptions
    decoding: DecodingOptions
    second: CrossCheckOptions
    archives: ArchiveOptions
    trust: TrustOptions
    revocation: RevocationOptions
    reading: ReadingOptions
    signed: SignedResultOptions
    notice: NoticeOptions


@command_(
    "verify",
    long=True,
    epilog="Exit codes: 3 AI, 4 broken or revoked, 5 flagged otherwise, 1 a file could not be"
    " examined, 2 wrong usage, 0 none of these.\n\nExample: provenance verify -r --quiet ./inbox",
)
@click.argument("paths", nargs=-1, metavar="FILE...", type=FILE)
@takes_options(
    asked=combined(
        VerifyOptions,
        recursive=RecursionOptions,
        listed=ListedFileOptions,
        sidecar=SidecarOptions,
        fragments=FragmentOptions,
        answer=format_options(*formats.VERIFY),
        quiet=changed(
            VerbosityOptions,
            quiet={"help": "Text: one line a file."},
            verbose={"help": "Text: all reasons, signals and findings."},
        ),
        hashes=HashOptions,
        personal=PersonalDataOptions,
        ending=ExitOptions,
        policy=PolicyOptions,
        plugins=PluginOptions,
        decoding=DecodingOptions,
        second=CrossCheckOptions,
        archives=ArchiveOptions,
        trust=TrustOptions,
        revocation=RevocationOptions,
        reading=ReadingOptions,
        signed=SignedResultOptions,
        notice=NoticeOptions,
    )
)
def verify_command(*, paths: tuple[str, ...], asked: VerifyOptions) -> None:
    """Tell where files say they came from.

    FILE may be - for the bytes of one file on standard input, or NETWORK: the address of one object
    of a store, such as s3://bucket/key. Else nothing is fetched; nothing is shown or written, and
    no picture is decoded unless asked; no evidence of origin is said to be just that.
    """
    # Loading the program makes 30,000 objects that all stay: looking through them for garbage
    # every 700 of them, as Python does, is a fifteenth of a run over one file.
    gc.set_threshold(_GARBAGE)
    request = _VerifyRequest(
        paths=paths,
        recursive=asked.recursive.recursive,
        files_from=asked.listed.files_from,
        null=asked.listed.null,
        sidecar=asked.sidecar.sidecar,
        fragments=matching(asked.fragments.fragments),
    )
    single = _check(request)
    archives = asked.archives.limits()
    form = _form(asked, single=single, archives=archives is not None)
    single = single and archives is None
    with library_errors():
        signer = sign_as(asked.signed, paths, single=single, fragments=bool(request.fragments))
        verifier = _with_stores(_verifier(asked, archives), request)
        codes = _verify_all(
            verifier, request, form, _after_printing(asked, form, signer), single=single
        )

    sys.exit(policy.combine(codes, asked.ending.dropped))


def _check(request: _VerifyRequest) -> bool:
    """Refuse what cannot be meant; tell whether a single file was named."""
    if sys.stdin is None and "-" in (*request.paths, request.files_from):
        raise click.UsageError("standard input is closed")
    if not request.paths and request.files_from is None:
        raise click.UsageError("no FILE given; to judge standard input, give -")
    if request.paths.count("-") > 1:
        raise click.UsageError("standard input is one file: give - once")
    if request.null and request.files_from is None:
        raise click.UsageError("-0 goes with --files-from")
    if request.files_from == "-" and "-" in request.paths:
        raise click.UsageError("standard input cannot hold both names and a file")
    single = len(request.paths) == 1 and request.files_from is None and not request.recursive
    if (request.sidecar or request.fragments) and not single:
        raise click.UsageError("--sidecar and --fragments go with a single FILE")
    return single


def matching(patterns: Sequence[str]) -> tuple[str, ...]:
    """Return the files that --fragments names, in the order of the numbers in their names.

    A name that exists is taken as it is, whatever is in it. `seg-2` comes before `seg-10`: the
    order is that of playing, and segments in another one are not the film that was signed.
    """
    if not patterns:
        return ()

    files: set[str] = set()
    for pattern in patterns:
        from glob import glob  # noqa: PLC0415 - for a pattern that no shell expanded

        names = [pattern] if os.path.exists(pattern) else glob(pattern)
        if not names:
            raise OneLineError(f"--fragments {pattern!r} matches no file")
        files.update(names)
    return tuple(sorted(files, key=_numbered))


def _numbered(name: str) -> tuple[list[tuple[bool, int, str]], str]:
    """Return a key that sorts names by their words and numbers, and equal ones as text."""
    parts = re.findall(r"\d+|[^\W\d_]+", name)
    return [(p.isdecimal(), int(p) if p.isdecimal() else 0, p) for p in parts], name


def _form(asked: VerifyOptions, *, single: bool, archives: bool) -> str:
    """Return the form of the answer, a text by its length; refuse what does not go with it."""
    form, quiet, verbose = asked.answer.form, asked.quiet.quiet, asked.quiet.verbose
    if quiet and verbose and not (typed("quiet") and typed("verbose")):  # what is typed counts
        quiet, verbose = typed("quiet"), not typed("quiet")
    if quiet and form != "text" and typed("quiet"):
        raise click.UsageError("--quiet goes with --format text")
    if verbose and (form != "text" or quiet) and typed("verbose"):
        raise click.UsageError("--verbose goes with --format text, without --quiet")
    if form.startswith(_CRJSON) and not single:
        raise click.UsageError(f"--format {form} goes with a single FILE")
    if form.startswith(_CRJSON) and archives:
        raise click.UsageError(f"--format {form} is of one file: not with --archives")
    if form != "text":
        return form
    return "quiet" if quiet else "full" if verbose else form


def _verifier(asked: VerifyOptions, archives: ArchiveLimits | None) -> verifier.Verifier:
    policy, trust = asked.policy.load(), asked.trust.load_own()
    asked.revocation.check()  # what cannot be read stops the run before its first file
    plugins = not asked.plugins.no_plugins
    options = provenance.Options(
        hashes=asked.hashes.hashes,
        max_size=asked.reading.max_size,
        show_personal_data=asked.personal.show_personal_data,
        plugins=plugins,
        crls=asked.revocation.crls,
        ocsp=asked.revocation.ocsp,
        cross_check=provenance.CrossCheck(asked.second.cross_check),
        archives=archives,
    )
    pixels = asked.decoding.reader(plugins=plugins)
    return verifier.Verifier(policy, trust, asked.trust.at, options, pixels)


def _with_stores(verifier: Verifier, request: _VerifyRequest) -> Verifier:
    """Let a verifier read the objects whose addresses were typed; no list brings in another one.

    Addresses of the web are not among them: who pastes one may not mean to be seen there.
    """
    named = [path for path in request.paths if path.startswith(_STORES)]
    if not named:
        return verifier
    if request.recursive:
        raise click.UsageError("-r does not go through stores: see provenance shards plan")

    return replace(verifier, opener=objects.opener(named), fetches=True)


def _after_printing(
    asked: VerifyOptions, form: str, signer: SignAs | None
) -> Iterable[Callable[[Report], None]]:
    """Return what is done with each report once it is printed."""
    steps: list[Callable[[Report], None]] = []
    if asked.notice.notice is not None:
        if form not in {"text", "full"}:
            raise click.UsageError("--notice goes with --format text, without --quiet")

        printer = output.Printer(sys.stdout)
        steps.append(lambda report: printer.lines(notice.notice_lines(report)))
    if signer is not None:
        steps.append(signer.write)
    return steps


def _verify_all(
    verifier: Verifier,
    request: _VerifyRequest,
    form: str,
    after: Iterable[Callable[[Report], None]],
    *,
    single: bool,
) -> set[int]:
    """Verify everything, print each report as it comes, return the exit code of each."""
    if form.startswith(_CRJSON):
        version = form.removeprefix(_CRJSON).removeprefix("-") or "2.4"
        return {_print_crjson(verifier, request, version)}
    codes: set[int] = set()
    # Counting reads the list a second time: a pipe would lose names by it.
    listed = request.files_from
    again = "-" not in request.paths and (listed is None or os.path.isfile(listed))
    total = partial(_count, request) if again else None
    with (
        _writer(form, single=single) as write,
        progress.showing(total, quiet=form == "quiet", part=progress.digesting) as shown,
    ):
        for report in _reports(verifier, request):
            if report.asset.outer is None:
                shown.step()
            shown.clear()
            if report.verdict is None:
                codes.add(policy.EXIT_ERROR)
            else:
                codes.add(verifier.policy.exit_code(report.flagged))
            write(report)
            for step in after:
                step(report)
            if reader_left():
                break
    return codes


def _print_crjson(verifier: Verifier, request: _VerifyRequest, version: str) -> int:
    limit = min(verifier.options.max_size or _MAX_STDIN, _MAX_STDIN)
    parts = (request.sidecar, request.fragments)
    return crjson.print_crjson(verifier, request.paths[0], limit, *parts, version=version)


def _reports(verifier: Verifier, request: _VerifyRequest) -> Iterator[Report]:
    for name in _names(request):
        if name == "-":
            yield from _stdin(verifier)
        elif request.recursive and os.path.isdir(name):
            for path in walk(name):
                if isinstance(path, str):
                    yield from _verified(verifier, path)
                else:
                    yield _unlisted(verifier, path)
        elif os.path.isdir(name):
            yield _folder(verifier, name)
        else:
            yield from _verified(verifier, name, request)


def _count(request: _VerifyRequest) -> int:
    """Return how many files there are, in a thread of its own while they are judged."""
    total = 0
    for name in _names(request):
        through = request.recursive and os.path.isdir(name)
        total += sum(1 for _ in walk(name)) if through else 1
    return total


def _verified(
    verifier: Verifier, path: str, request: _VerifyRequest | None = None
) -> Iterator[Report]:
    """Judge one file, with --archives what is in it before it."""
    sidecar, fragments = (request.sidecar, request.fragments) if request else (None, ())
    if verifier.options.archives is None:
        yield verifier.verify(path, sidecar=sidecar, fragments=fragments)
        return

    yield from contents.verify_all(verifier, path, sidecar=sidecar, fragments=fragments)


def _stdin(verifier: Verifier) -> Iterator[Report]:
    """Judge one file's bytes from standard input; they stay in memory."""
    limit = min(verifier.options.max_size or _MAX_STDIN, _MAX_STDIN)
    bounded = replace(verifier, options=replace(verifier.options, max_size=limit))
    data = sys.stdin.buffer.read(limit + 1)
    if verifier.options.archives is None:
        yield bounded.verify_bytes(data)
        return

    yield from contents.verify_all_bytes(bounded, data)


def _names(request: _VerifyRequest) -> Iterator[str]:
    yield from request.paths
    if request.files_from is None:
        return

    with contextlib.ExitStack() as stack:
        if request.files_from == "-":
            stream: Any = sys.stdin.buffer
        else:
            try:
                stream = stack.enter_context(open(request.files_from, "rb"))
            except OSError as e:
                raise OneLineError(f"--files-from {request.files_from}: {e.strerror}") from e
        try:
            yield from path_lists.names(stream, null=request.null)
        except path_lists.ListError as e:
            raise OneLineError(f"--files-from {request.files_from}: {e}") from e


def _folder(verifier: Verifier, name: str) -> Report:
    message = "a directory: give -r to go through it"
    return verifier.refuse(name, AssetError("asset.not_regular", message))


def _unlisted(verifier: Verifier, e: OSError) -> Report:
    reason = (e.strerror or str(e)).lower()
    message = f"a directory that cannot be listed ({reason}): what is in it was not examined"
    return verifier.refuse(e.filename, AssetError("asset.unreadable", message))


@contextlib.contextmanager
def _writer(form: str, *, single: bool) -> Iterator[Any]:
    """Yield a function that prints one report in the form that was asked for."""
    if form in _FOR_PEOPLE:
        writer = people.ReportPrinter(sys.stdout, form)
        yield writer.write
        writer.print_totals()
        return
    module = formats.format_named(formats.VERIFY, form).load()
    if form == "html":
        sys.stdout.write(module.page_top())
        yield lambda report: sys.stdout.write(module.line(report) + "\n")
        sys.stdout.write(module.page_bottom())
        return
    if form != "json" or single:
        render = module.pretty if form == "json" else module.line
        yield lambda report: sys.stdout.write(render(report) + "\n")
        return
    opened: list[bool] = []

    def write_entry(report: Report) -> None:
        sys.stdout.write(",\n" if opened else "[\n")
        opened.append(True)
        sys.stdout.write(module.pretty(report))

    yield write_entry
    sys.stdout.write("\n]\n" if opened else "[]\n")
