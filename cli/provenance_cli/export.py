"""`provenance export`: results in the formats of other systems."""

from __future__ import annotations

import json
import sys
from dataclasses import fields
from importlib import import_module
from typing import TYPE_CHECKING, Any, BinaryIO, cast

import click

import provenance
from provenance.auditing.shards import parts
from provenance.base.errors import AuditError, reason_of
from provenance.base.values import dataclass
from provenance.export import item
from provenance.export.export_formats import EXPORTS, export_named
from provenance.render import rows
from provenance.verdict import policy, verifier
from provenance_cli.common import FILE, OneLineError, library_errors
from provenance_cli.declare import OptionGroup, option, takes_options
from provenance_cli.grammar import make_command as command_
from provenance_cli.groups import OUTPUT, OutputOptions, TrustOptions
from provenance_cli.option import Choice, typed
from provenance_cli.report import say_notes, utf8

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance.export.item import Item
    from provenance.render.rows import RowSource

_SQLITE = b"SQLite format 3\0"
_MARKS = (  # what the first bytes of an earlier export hold
    b"<fileDetails",
    b'"SourceApplicationName": "provenance"',
    b'"urn:provenance-verifier:case:"',
)


@dataclass(frozen=True, slots=True)
class SystemOptions(OptionGroup):
    """Which system, and what goes to it."""

    SECTION = OUTPUT

    name: str = option(
        "--to",
        required=True,
        once=True,
        metavar="SYSTEM",
        type=Choice([form.name for form in EXPORTS]),
        help="; ".join(f"{form.name}: {form.what}" for form in EXPORTS) + ".",
    )
    flagged: bool = option(
        "--flagged", is_flag=True, once=True, help="Files that the policy flags, no others."
    )
    number: str = option(
        "--case", once=True, metavar="NUMBER", default="", help="vics: the number of the case."
    )


def _is_own(form: str, head: bytes, tail: bytes) -> bool:
    """Tell whether a file is an earlier export: then it may be replaced."""
    del form, tail
    return any(mark in head for mark in _MARKS)


@command_(
    "export",
    own=_is_own,
    epilog="Example: provenance export inbox.ledger --to case --output inbox.jsonld",
)
@click.argument("source", metavar="LEDGER|FILE", type=FILE)
@takes_options(output=OutputOptions, system=SystemOptions, trust=TrustOptions)
def export_command(
    *, source: str, output: OutputOptions, system: SystemOptions, trust: TrustOptions
) -> None:
    """Write the results in LEDGER, or the result for one FILE, in the format of another system.

    A FILE is examined as `provenance verify` does it. Nothing in an export claims that somebody
    viewed the content: it says what credentials and markers say. A LEDGER may also be the folder or
    the address (s3://...) of an audit in shards.
    """
    form = export_named(system.name)
    if system.number and system.name != "vics":
        raise click.UsageError("--case goes with --to vics")
    with library_errors():
        ledger = _is_ledger(source)
        if ledger and typed(*(f.name for f in fields(TrustOptions))):
            raise click.UsageError(
                "a LEDGER was judged already: trust options and --at need a FILE"
            )
        with utf8(cast("BinaryIO", sys.stdout.buffer)) as text:
            module = import_module(f"provenance.export.{form.module}")
            if ledger:
                count = _from_ledger(source, module, text, system)
            else:
                item = _examined(source, form.hashes, trust, flagged=system.flagged)
                count = _write(module, iter((item,)), text, system.number, single=True)
    if output.output is not None:
        written = f"{count:,} file{'' if count == 1 else 's'} written to {output.output}"
        click.echo(written, err=True)


def _is_ledger(path: str) -> bool:
    if parts.is_place(path):
        return True
    try:
        with open(path, "rb") as file:
            return file.read(len(_SQLITE)) == _SQLITE
    except (OSError, ValueError) as e:
        raise OneLineError(f"{path}: {reason_of(e)}") from e


def _write(module: Any, items: Iterator[Item], stream: Any, number: str, *, single: bool) -> int:
    more: dict[str, Any] = {}
    if module.__name__.endswith(".ncmec"):
        more = {"single": single}
    elif module.__name__.endswith(".vics"):
        more = {"case": number}
    count: int = module.write(items, stream, **more)
    return count


def _from_ledger(path: str, module: Any, stream: Any, system: SystemOptions) -> int:
    with parts.results(path) as reader:
        say_notes(reader)
        rows = _rows(reader, flagged=system.flagged)
        return _write(module, rows, stream, system.number, single=False)


def _rows(reader: RowSource, *, flagged: bool) -> Iterator[Item]:
    """Yield the files of an audit, one in memory at a time."""
    for row in reader.rows(rows.RowSelection(None, flagged)):
        try:
            yield item.item(json.loads(reader.full_record(row)))
        except (AttributeError, LookupError, TypeError, ValueError) as e:
            message = f"{reader.path}: the record of {row.shown} is damaged"
            code = "ledger.unusable" if reader.kind == "ledger" else "parts.unusable"
            raise AuditError(code, message) from e


def _examined(path: str, hashes: tuple[str, ...], trust: TrustOptions, *, flagged: bool) -> Item:
    """Return the one file, examined now."""
    report = verifier.Verifier(
        policy.Policy(), trust.load_own(), trust.at, provenance.Options(hashes=hashes)
    ).verify(path)
    if report.error is not None:
        raise OneLineError(f"{path}: {report.error.message}")
    if flagged and not report.flagged:  # an export of nothing is no document of any format
        raise OneLineError(f"{path}: not flagged, so that there is nothing to export")
    return item.item(report.to_dict())
