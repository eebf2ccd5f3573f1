"""The formats that commands offer: this is where a renderer is registered, in one line.

A line names the word that `--format` takes, the module of this package that renders it, and what
it is. Choices of the command line, its help and the tables of the documentation follow from these
lines. What the module has to define depends on the command:

- `lint`: `text(reports, fail_on=..., single=...)` returns the text of a run. `fail_on` is the least
  severity that fails the run, `single` tells that one report was asked for. The format for people
  yields styled lines instead, from `run_lines(reports)`.
- `report`: `report(asked, stream)` writes what a ledger holds (`render.rows.ReportRequest`) to a
  stream, of
  bytes where the line says `binary`; `is_own(head, tail)` tells by the first 64 KiB and the last
  MiB of a file whether it is an earlier report of the format, which may then be replaced.
- `verify`: `line(report)` returns one report as a line. The format for people, JSON (an object or
  an array), crJSON (of one file) and what is around the files of a page are printed by the command
  itself.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from types import ModuleType

HEAD = 1 << 16  # bytes of a file that `is_own` sees from its start
TAIL = 1 << 20  # and from its end


class OutputFormat(NamedTuple):
    """One format of a command.

    `exact` tells that names are kept as they are, which could move a terminal; `binary` that it is
    no text.
    """

    name: str
    module: str
    what: str
    exact: bool = False
    binary: bool = False

    def load(self) -> ModuleType:
        """Import the module that renders it."""
        return import_module(f"{__package__}.{self.module}")


VERIFY = (
    OutputFormat("text", "report_text", "for people"),
    OutputFormat("json", "records", "an object, or an array for several files"),
    OutputFormat("jsonl", "records", "one record a line"),
    OutputFormat("crjson", "records", "the credential of a single FILE, whole, as C2PA 2.4 has it"),
    OutputFormat("crjson-2.5", "records", "the same as C2PA 2.5 has it"),
    OutputFormat("html", "page.single", "a page for one file or a few, to read and to print"),
)
LINT = (
    OutputFormat("text", "lint_text", "for people"),
    OutputFormat("json", "lint_json", "an object, or an array for several files or profiles"),
    OutputFormat("junit", "junit", "JUnit XML, for CI servers"),
    OutputFormat("sarif", "sarif", "SARIF 2.1.0, for code scanning"),
    OutputFormat("github", "annotations", "annotations of a GitHub workflow"),
)
REPORT = (
    OutputFormat("text", "summary_text", "a summary for people, and its wording may change"),
    OutputFormat("jsonl", "ledger_lines", "one record a line, as `verify --format jsonl` has it"),
    OutputFormat("csv", "csv_table", "a table by RFC 4180", exact=True),
    OutputFormat(
        "parquet",
        "parquet_table",
        "a table for data engines (extra `parquet`)",
        exact=True,
        binary=True,
    ),
    OutputFormat("html", "page.audit_page", "a page to look through, in one file"),
)


def format_names(formats: tuple[OutputFormat, ...]) -> tuple[str, ...]:
    """Return the words that `--format` takes."""
    return tuple(output_format.name for output_format in formats)


def format_named(formats: tuple[OutputFormat, ...], name: str) -> OutputFormat:
    """Return a format by its word. Raises KeyError."""
    return {output_format.name: output_format for output_format in formats}[name]


def format_help(formats: tuple[OutputFormat, ...]) -> str:
    """Return the formats and what they are, as one line of help."""
    return (
        "; ".join(
            f"{output_format.name}: {output_format.what}" for output_format in formats
        ).replace("`", "")
        + "."
    )
