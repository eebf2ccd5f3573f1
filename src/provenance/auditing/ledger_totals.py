"""What an audit holds in all, counted in one pass over the columns that people query."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING

from provenance.auditing.reading import LedgerReader, condition
from provenance.render.columns import moment, words
from provenance.render.rows import LedgerTotals
from provenance.signals.signal import generator_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance.render.rows import RowSelection, RowSource

_COUNTED = (
    "size",
    "mtime_ns",
    "origin",
    "assurance",
    "vendor",
    "product",
    "model",
    "signer",
    "identity",
    "signed_at",
    "credential_status",
    "flagged",
    "error_code",
)
_SQL = f"SELECT {', '.join(_COUNTED)}, instr(path_bytes, x'00') > 0 FROM file"  # noqa: S608 - ours
_FIELDS = attrgetter(*_COUNTED)


def count_ledger(results: RowSource, selection: RowSelection) -> LedgerTotals:
    """Count the rows that are asked for. Memory does not grow with them."""
    totals = LedgerTotals()
    for row in _counted(results, selection):
        _add(totals, row)
    return totals


def _counted(results: RowSource, selection: RowSelection) -> Iterator[tuple[str | int | None, ...]]:
    if isinstance(results, LedgerReader):  # no row is made of what SQL can count
        where, values = condition(selection)
        yield from results.stream(f"{_SQL} WHERE {where} ORDER BY path_bytes", values)
        return
    for row in results.outlines(selection):
        yield (*_FIELDS(row), b"\0" in row.path_bytes)


def _add(totals: LedgerTotals, row: tuple[str | int | None, ...]) -> None:
    size, mtime, origin, assurance, vendor, product, model, *rest = row
    signer, identity, signed, status, flagged, error, member = rest
    hit = bool(flagged)
    totals.files += 1
    totals.members += bool(member)
    totals.size += size if isinstance(size, int) and not member else 0
    totals.flagged += hit
    if isinstance(mtime, int) and (when := moment(mtime)):
        totals.modified.add(when[:7], flagged=hit)
    if error is not None:
        totals.errors += 1
        totals.failures.add(str(error), flagged=False)
        return
    totals.judged += 1
    totals.credentials += status == "present"
    totals.origins.add(str(origin), flagged=hit)
    totals.verdicts.add(f"{origin} {assurance}", flagged=hit)
    vendor, product, model = (str(name) if name else None for name in (vendor, product, model))
    if generator := generator_name(vendor, product, model):
        totals.generators.add(generator, flagged=hit)
    if model:
        totals.models.add(model, flagged=hit)
    if signer:
        totals.signers.add(str(signer), flagged=hit)
        if identity == "unlisted":
            totals.unlisted.add(str(signer), flagged=hit)
    if signed:
        totals.signed.add(str(signed)[:7], flagged=hit)
    for reason in words(str(flagged or "")):
        totals.reasons.add(reason, flagged=True)
