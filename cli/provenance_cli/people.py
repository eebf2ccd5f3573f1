"""What `verify` prints for people: a report a file, or a line a file, and a summary of several."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from provenance.render import report_text
from provenance.render.totals import ReportTotals
from provenance_cli.output import Printer

if TYPE_CHECKING:
    from provenance.render.vocabulary import Line, Span
    from provenance.verdict.report import Report

_LEAST = (12, 13, 11, 9)  # columns of the fields of a line, but the path, on a terminal


class ReportPrinter:
    """Prints reports as they come. `form` is `text`, `quiet` (a line a file) or `full`."""

    def __init__(self, stream: TextIO, form: str) -> None:
        self._printer = Printer(stream)
        self._form = form
        self._totals = ReportTotals()
        self._widths = list(_LEAST)

    def write(self, report: Report) -> None:
        """Print one report."""
        first = not self._totals.files
        self._totals.add(report)
        if self._form == "quiet":
            if first and self._printer.is_terminal:
                titles = tuple(("dim", title) for title in report_text.QUIET_TITLES)
                self._printer.line(self._row(titles))
            self._printer.line(self._row(report_text.quiet_line(report)))
            return
        if not first:
            self._printer.line(())
        self._printer.lines(report_text.report_lines(report, full=self._form == "full"))

    def print_totals(self) -> None:
        """Print the summary of several files; with `quiet` only on a terminal."""
        if self._totals.files < 2 or (self._form == "quiet" and not self._printer.is_terminal):
            return
        self._printer.line(())
        self._printer.lines(self._totals.lines())

    def _row(self, fields: tuple[Span, ...]) -> Line:
        """Return a line whose fields are aligned on a terminal, and else separated by tabs."""
        if not self._printer.is_terminal:
            *front, last = fields
            return (*((style, f"{field}\t") for style, field in front), last)
        *front, last = fields
        self._widths = [max(w, len(f)) for w, (_, f) in zip(self._widths, front, strict=True)]
        padded = zip(self._widths, front, strict=True)
        return (*((style, f"{field:<{width}}  ") for width, (style, field) in padded), last)
