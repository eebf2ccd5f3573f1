"""`provenance repository`: keep manifest stores in a folder, and serve them."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click

from provenance.base.errors import AssetError, RepositoryError
from provenance.base.text import URL_LIMIT, clean
from provenance.base.values import dataclass
from provenance.recover import keeping
from provenance.recover import repository as repositories
from provenance.recover import service as resolution_api
from provenance_cli import progress
from provenance_cli.common import (
    FILE,
    AssetPath,
    OneLineError,
    library_errors,
    shown_path,
    walked,
)
from provenance_cli.declare import OptionGroup, changed, option, takes_options
from provenance_cli.grammar import make_group
from provenance_cli.groups import OUTPUT, FormatOptions, QuietOptions, RecursionOptions

if TYPE_CHECKING:
    from provenance.marks.soft_binding import SoftBinding
    from provenance.recover.repository import Repository


@dataclass(frozen=True, slots=True)
class RepositoryOptions(OptionGroup):
    """The repository that is added to."""

    SECTION = OUTPUT

    into: str = option(
        "--into", required=True, once=True, metavar="DIR", type=FILE, help="The repository."
    )


@dataclass(frozen=True, slots=True)
class ServiceOptions(OptionGroup):
    """Who may ask."""

    SECTION = "Service"

    port: int = option(
        "--port",
        type=click.IntRange(0, 65535),
        metavar="N",
        default=8080,
        show_default=True,
        help="0 for any.",
    )
    listen: str = option(
        "--listen",
        default="127.0.0.1",
        show_default=True,
        metavar="ADDRESS",
        help="NETWORK where it is not this computer's own: who may reach it may ask it.",
    )
    hosts: tuple[str, ...] = option(
        "--allow-host",
        multiple=True,
        metavar="NAME",
        help="A host name by which callers know this server. Repeatable.",
    )


@make_group("repository", epilog="Example: provenance repository add signed.jpg --into ./manifests")
def repository_command() -> None:
    """Keep manifest stores so that lost credentials are found again."""


@repository_command.command(
    "add",
    long=True,
    short_help="Add the manifest stores of files to a repository.",
    epilog="Exit codes: 1 a FILE was not added, 2 wrong usage, 0 all are there."
    "\n\nExample: provenance repository add signed.jpg --into ./manifests",
)
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=AssetPath())
@takes_options(recursive=RecursionOptions, target=RepositoryOptions, quiet=QuietOptions)
def add(
    *,
    files: tuple[str, ...],
    recursive: RecursionOptions,
    target: RepositoryOptions,
    quiet: QuietOptions,
) -> None:
    """Add the manifest stores of FILEs to the repository DIR, which is made if need be.

    FILE is media with an embedded credential or one next to it, or a manifest store (.c2pa). A
    credential that is broken is not added. Only the manifest store is kept, nothing of the media.
    """
    complete = True
    names = walked(files) if recursive.recursive else files
    with (
        library_errors(),
        repositories.Repository.create(target.into) as repository,
        progress.showing(len(names), quiet=quiet.quiet) as shown,
    ):
        for name in names:
            said, added = _add(repository, name)
            shown.step()
            shown.clear()
            click.echo(f"{shown_path(name)}: {said}", err=not added)
            complete = complete and added
    sys.exit(0 if complete else 1)


def _add(repository: Repository, name: str) -> tuple[str, bool]:
    """Add one file's store; return what is to be said, and whether it is there now."""
    try:
        added = repository.add(keeping.store_of(name))
    except (AssetError, RepositoryError) as e:
        return f"not added: {clean(str(e))}", False
    state = "added" if added.new else "there already"
    if not added.bindings:
        return f"{state}, {clean(added.held.manifest)}, by identifier only: no soft binding", True
    return f"{state}, {clean(added.held.manifest)}, {_bindings(added.bindings)}", True


def _bindings(bindings: tuple[SoftBinding, ...]) -> str:
    names = dict.fromkeys(clean(binding.algorithm) for binding in bindings)
    return ", ".join(names)


@repository_command.command(
    "list",
    short_help="List what a repository holds, by soft binding.",
    epilog="Example: provenance repository list ./manifests",
)
@click.argument("folder", metavar="DIR", type=FILE)
@takes_options(answer=FormatOptions)
def list_(*, folder: str, answer: FormatOptions) -> None:
    """List what the repository DIR holds, and by which soft bindings it is found."""
    with library_errors(), repositories.Repository.open(folder) as repository:
        entries = [(held, keeping.listing(repository, held)) for held in repository.all()]
    if answer.form == "json":
        records = [
            {
                "manifest": clean(held.manifest),
                "sha256": held.digest,
                "size": held.size,
                "soft_bindings": shown,
            }
            for held, shown in entries
        ]
        click.echo(json.dumps(records, indent=2))
        return
    for held, shown in entries:
        click.echo(f"{clean(held.manifest)}  {held.size} bytes  sha256 {held.digest}")
        for binding in shown:
            values = ", ".join(clean(str(b["value"]), 60) for b in binding["blocks"])
            click.echo(f"  {binding['algorithm']}  {values}")
    click.echo(f"{len(entries)} manifest stores", err=True)


@repository_command.command(
    "serve",
    short_help="Serve a repository over the C2PA API, until interrupted.",
    epilog="Example: provenance repository serve ./manifests --port 8080",
)
@click.argument("folder", metavar="DIR", type=FILE)
@takes_options(
    service=ServiceOptions, quiet=changed(QuietOptions, quiet={"help": "No line for each request."})
)
def serve(*, folder: str, service: ServiceOptions, quiet: QuietOptions) -> None:
    """Serve the repository DIR over the C2PA Soft Binding Resolution API, until interrupted.

    Plain HTTP, for this computer alone unless --listen says otherwise; put a TLS proxy in front of
    it for others. Nothing can be added or removed over it.
    """
    listen, port = service.listen, service.port
    with library_errors():
        try:
            log = None if quiet.quiet else _log
            serving = resolution_api.Service(folder, listen, port, log, service.hosts)
        except OSError as e:
            raise OneLineError(f"cannot listen on {listen}:{port}: {e.strerror or e}") from e
    with serving:
        click.echo(f"serving {shown_path(folder)} at {serving.url}")
        sys.stdout.flush()
        try:
            serving.serve_forever()
        except KeyboardInterrupt:
            click.echo("stopped", err=True)


def _log(line: str) -> None:
    click.echo(clean(line, URL_LIMIT), err=True)
