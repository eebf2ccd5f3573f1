"""Which of many files are meant: a table of names, sizes and times; for `audit` and `shards`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from provenance.auditing import plan
from provenance.base.values import dataclass
from provenance_cli.common import FILE, Moment, Size
from provenance_cli.declare import OptionGroup, option
from provenance_cli.groups import FILES, OUTPUT
from provenance_cli.option import Choice

if TYPE_CHECKING:
    from datetime import datetime

    from provenance_cli.groups import FilterOptions

_RANGES = (  # the least and the most that a file may be
    ("larger_than", "smaller_than"),
    ("modified_since", "modified_until"),
)


@dataclass(frozen=True, slots=True)
class FileChoiceOptions(OptionGroup):
    """Further ways to say which files."""

    SECTION = FILES

    manifest: str | None = option(
        "--manifest",
        once=True,
        metavar="FILE",
        type=FILE,
        help="A CSV or JSONL table of files; - for stdin.",
    )
    path_column: str = option(
        "--path-column",
        default="path",
        metavar="NAME",
        show_default=True,
        help="The column or key of --manifest that holds paths.",
    )
    follow_links: bool = option("--follow-links", is_flag=True, help="Go through links to folders.")
    larger_than: int | None = option(
        "--larger-than", type=Size(), help="Only files of this size or more."
    )
    smaller_than: int | None = option(
        "--smaller-than", type=Size(), help="Only files of this size or less."
    )
    modified_since: datetime | None = option(
        "--modified-since", type=Moment(), metavar="TIME", help="Only files changed since then."
    )
    modified_until: datetime | None = option(
        "--modified-until", type=Moment(), metavar="TIME", help="Only files changed until then."
    )

    def check(self) -> None:
        """Refuse what cannot be meant."""
        for least, most in _RANGES:
            low, high = getattr(self, least), getattr(self, most)
            if None not in (low, high) and low > high:
                both = f"--{least} and --{most}".replace("_", "-")
                raise click.UsageError(f"{both} together leave no file")

    def kept(self, filters: FilterOptions) -> plan.Filters:
        """Return which files are not left out."""
        return plan.Filters(
            min_size=self.larger_than,
            max_size=self.smaller_than,
            after_ns=_nanoseconds(self.modified_since),
            before_ns=_nanoseconds(self.modified_until),
            include=filters.include,
            exclude=filters.exclude,
        )


@dataclass(frozen=True, slots=True)
class DigestOptions(OptionGroup):
    """Of which files SHA-256 is taken."""

    SECTION = OUTPUT

    digest: str = option(
        "--digest",
        type=Choice(["evidence", "all", "none"]),
        metavar="WHICH",
        default="evidence",
        help="Of which files SHA-256 is taken: evidence (those that have some), all or none.",
    )


def _nanoseconds(at: datetime | None) -> int | None:
    return None if at is None else int(at.timestamp()) * 1_000_000_000
