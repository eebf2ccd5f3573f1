"""`provenance export`: results in the formats of other systems."""

from __future__ import annotations

import json
from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

from provenance.export.formats import EXPORTS, named
from provenance_cli.common import FILE, OneLineError, library_errors, load_trust, trust_options
from provenance_cli.report import sink, utf8

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from provenance.auditing.reading import Reader
    from provenance.export.item import Item

_SQLITE = b"SQLite format 3\0"


@click.command(
    "export",
    epilog="Example: provenance export inbox.ledger --to case --output inbox.jsonld",
)
@click.argument("source", metavar="LEDGER|FILE", type=FILE)
@click.option(
    "--to",
    "name",
    required=True,
    type=click.Choice([one.name for one in EXPORTS]),
    help="; ".join(f"{one.name}: {one.what}" for one in EXPORTS) + ".",
)
@click.option("-o", "--output", metavar="FILE", type=FILE, help="Write to FILE, whole or not.")
@click.option("--flagged", is_flag=True, help="Files that the policy flags, no others.")
@click.option(
    "--case", "number", metavar="NUMBER", default="", help="vics: the number of the case."
)
@trust_options
def command(
    source: str,
    name: str,
    output: str | None,
    flagged: bool,
    number: str,
    at: datetime | None,
    **trust: Any,
) -> None:
    """Write the results in LEDGER, or the result for one FILE, in the format of another system.

    A FILE is examined as `provenance verify` does it. Nothing in an export claims that somebody
    viewed the content: it says what credentials and markers say.
    """
    form = named(name)
    if number and name != "vics":
        raise click.UsageError("--case goes with --to vics")
    with library_errors():
        ledger = _is_ledger(source)
        if ledger and (at is not None or any(trust.values())):
            raise click.UsageError(
                "a LEDGER was judged already: trust options and --at need a FILE"
            )
        with sink(output) as stream, utf8(stream) as text:
            module = import_module(f"provenance.export.{form.module}")
            if ledger:
                count = _from_ledger(source, module, text, number, flagged=flagged)
            else:
                records = _examined(source, form.hashes, at, trust, flagged=flagged)
                count = _write(module, records, text, number, single=True)
    if output is not None:
        click.echo(f"{count:,} file{'' if count == 1 else 's'} written to {output}", err=True)


def _is_ledger(path: str) -> bool:
    try:
        with open(path, "rb") as file:
            return file.read(len(_SQLITE)) == _SQLITE
    except (OSError, ValueError) as e:
        from provenance.base.errors import reason_of  # noqa: PLC0415 - rare

        raise OneLineError(f"{path}: {reason_of(e)}") from e


def _write(module: Any, items: Iterator[Item], stream: Any, number: str, *, single: bool) -> int:
    more: dict[str, Any] = {}
    if module.__name__.endswith(".ncmec"):
        more = {"single": single}
    elif module.__name__.endswith(".vics"):
        more = {"case": number}
    count: int = module.write(items, stream, **more)
    return count


def _from_ledger(path: str, module: Any, stream: Any, number: str, *, flagged: bool) -> int:
    from provenance.auditing import reading  # noqa: PLC0415 - only inside a command

    with reading.open_(path) as reader:
        return _write(module, _rows(reader, flagged=flagged), stream, number, single=False)


def _rows(reader: Reader, *, flagged: bool) -> Iterator[Item]:
    """Yield the files of a ledger, one in memory at a time."""
    from provenance.base.errors import AuditError  # noqa: PLC0415 - only inside a command
    from provenance.export.item import item  # noqa: PLC0415 - as above
    from provenance.render.rows import Selection  # noqa: PLC0415 - as above

    for row in reader.rows(Selection(None, flagged)):
        try:
            yield item(json.loads(reader.full_record(row)))
        except (AttributeError, LookupError, TypeError, ValueError) as e:
            message = f"{reader.path}: the record of {row.shown} is damaged"
            raise AuditError("ledger.unusable", message) from e


def _examined(
    path: str,
    hashes: tuple[str, ...],
    at: datetime | None,
    trust: dict[str, Any],
    *,
    flagged: bool,
) -> Iterator[Item]:
    """Yield the one file, examined now."""
    from provenance.base.options import Options  # noqa: PLC0415 - only inside a command
    from provenance.export.item import item  # noqa: PLC0415 - as above
    from provenance.verdict.policy import Policy  # noqa: PLC0415 - as above
    from provenance.verdict.verifier import Verifier  # noqa: PLC0415 - as above

    store = load_trust(**trust) if any(trust.values()) else None
    report = Verifier(Policy(), store, at, Options(hashes=hashes)).verify(path)
    if report.error is not None:
        raise OneLineError(f"{path}: {report.error.message}")
    if report.flagged or not flagged:
        yield item(report.to_dict())
