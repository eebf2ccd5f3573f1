"""The summary of several files: how many of each origin, flagged, and not examined."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from provenance.base.terms import Origin
from provenance.render import vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance.render.vocabulary import Line
    from provenance.verdict.report import Report


class ReportTotals:
    """Counts reports; a file may be flagged for several reasons."""

    def __init__(self) -> None:
        self.files = 0
        self._failed = 0
        self._flagged = 0
        self._origins: Counter[Origin] = Counter()
        self._flags: Counter[str] = Counter()

    def add(self, report: Report) -> None:
        """Count one report."""
        self.files += 1
        if report.verdict is None:
            self._failed += 1
            return
        self._origins[report.verdict.origin] += 1
        self._flagged += bool(report.flagged)
        self._flags.update(flag.value for flag in report.flagged)

    def lines(self) -> Iterator[Line]:
        """Yield the lines of the summary."""
        counts = ", ".join(
            f"{self._origins[o]} {vocabulary.ORIGIN[o]}" for o in Origin if self._origins[o]
        )
        yield (("bold", f"{self.files} files"), ("", f": {counts}" if counts else ""))
        if self._flagged:
            flags = ", ".join(f"{count} {flag}" for flag, count in sorted(self._flags.items()))
            yield (("bad", f"  flagged       {self._flagged}"), ("", f" ({flags})"))
        else:
            yield (("", "  flagged       0"),)
        if self._failed:
            yield (("bad", f"  not examined  {self._failed}"),)
