"""Where the names of files come from: arguments, lists, and manifests with a column of paths."""

from __future__ import annotations

import contextlib
import csv
import json
import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO, TextIO

from provenance.auditing.task import Planned
from provenance.base import paths as path_lists
from provenance.base.errors import AuditError, reason_of
from provenance.base.files import missing_file
from provenance.verdict.report import ErrorInfo

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

STDIN = "-"  # a list of this name is standard input, also where a file has the name
_MAX_LINE = 1 << 20  # characters of one line of a manifest


@dataclass(frozen=True, slots=True)
class Sources:
    """What an audit is to go through.

    `paths` are files, folders (with all below) and patterns. `files_from` is a list of names, `-`
    for standard input, whose names end with NUL where `null`. `manifest` is a table, CSV with a
    header or JSON Lines, whose `column` holds paths. Names in lists and tables are taken as they
    are, relative to the working directory. `follow_links` goes through links to folders.
    """

    paths: tuple[str, ...] = ()
    files_from: str | None = None
    null: bool = False
    manifest: str | None = None
    column: str = "path"
    follow_links: bool = False


def listed(wanted: Sources) -> Iterator[str | Planned]:
    """Yield the names in the list and in the manifest; a line that names nothing, as an error.

    Raises AuditError `plan.unreadable` where one cannot be opened or has no such column.
    """
    if wanted.files_from is not None:
        yield from _list(wanted.files_from, null=wanted.null)
    if wanted.manifest is not None:
        for line in table_lines(wanted.manifest, wanted.column):
            yield line if isinstance(line, Planned) else line.name


@dataclass(frozen=True, slots=True)
class ListLine:
    """A line of a manifest: the name in it, and what is in further columns, None where nothing."""

    name: str
    further: tuple[object, ...] = ()


def table_lines(
    path: str, column: str, further: tuple[str, ...] = ()
) -> Generator[ListLine | Planned]:
    """Yield the lines of a manifest; one that names nothing, as an error.

    `further` names columns that the table may have besides. Raises AuditError `plan.unreadable`.
    """
    with _opened(path) as binary:
        # Names may be in no encoding at all: what is not UTF-8 comes through byte by byte.
        text = open(  # noqa: SIM115 - closed with `binary`
            binary.fileno(),
            encoding="utf-8-sig",
            errors="surrogateescape",
            newline="",
            closefd=False,
        )
        with text:
            if os.path.splitext(path)[1].lower() in {".jsonl", ".ndjson", ".json"}:
                yield from _json_lines(path, text, column, further)
            else:
                yield from _csv(path, text, column, further)


def can_be_read_twice(wanted: Sources) -> bool:
    """Tell whether reading the lists takes nothing away, as it would from a pipe."""
    return all(path is None or _is_kept(path) for path in (wanted.files_from, wanted.manifest))


def check_sources(wanted: Sources) -> None:
    """Find out before a run begins what `listed` would stumble over at once."""
    for path in (wanted.files_from, wanted.manifest):
        if path not in (None, STDIN) and not os.path.exists(path or ""):
            raise AuditError("plan.unreadable", f"the list {path}: {missing_file(path or '')}")
    if wanted.files_from is not None and _is_kept(wanted.files_from):
        with contextlib.closing(_list(wanted.files_from, null=wanted.null)) as names:
            next(names, None)
    if wanted.manifest is not None and _is_kept(wanted.manifest):
        with contextlib.closing(table_lines(wanted.manifest, wanted.column)) as entries:
            next(entries, None)


def _is_kept(path: str) -> bool:
    return path != STDIN and os.path.isfile(path)


@contextlib.contextmanager
def _opened(path: str) -> Iterator[BinaryIO]:
    if path == STDIN:
        yield sys.stdin.buffer
        return
    try:
        stream = open(path, "rb")  # noqa: SIM115 - closed below
    except (OSError, ValueError) as e:
        raise AuditError("plan.unreadable", f"the list {path}: {reason_of(e)}") from e
    with stream:
        yield stream


def _list(path: str, *, null: bool) -> Generator[str]:
    with _opened(path) as stream:
        try:
            yield from path_lists.names(stream, null=null)
        except path_lists.ListError as e:
            raise AuditError("plan.unreadable", f"{path}: {e}") from e


def _csv(
    path: str, text: TextIO, column: str, further: tuple[str, ...]
) -> Iterator[ListLine | Planned]:
    rows = csv.reader(_lines(text))
    try:
        header = next(rows, [])
    except csv.Error as e:
        raise AuditError("plan.unreadable", f"the manifest {path}: {e}") from e
    if column not in header:
        raise _no_column(path, column)
    at = header.index(column)
    others = [header.index(name) if name in header else -1 for name in further]
    while True:
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as e:
            yield _bad(path, rows.line_num, str(e))
            continue
        if not row:  # an empty line
            continue
        if len(row) > at and row[at]:
            values = (row[n] if 0 <= n < len(row) and row[n] else None for n in others)
            yield ListLine(row[at], tuple(values))
        else:
            yield _bad(path, rows.line_num, "no path")


def _json_lines(
    path: str, text: TextIO, column: str, further: tuple[str, ...]
) -> Iterator[ListLine | Planned]:
    first = True
    for number, line in enumerate(_lines(text), 1):
        if not line.strip():
            continue
        try:
            entry: Any = json.loads(line)
        except (ValueError, RecursionError):
            entry = None
        if first:  # as the header of CSV: what is no such table is not taken for its bad lines
            if not isinstance(entry, dict):
                shape = f"write one object a line, such as {json.dumps({column: 'a.jpg'})}"
                message = f"the manifest {path} is not JSON Lines: {shape}"
                raise AuditError("plan.unreadable", message)
            if column not in entry:
                raise _no_column(path, column)
            first = False
        name = entry.get(column) if isinstance(entry, dict) else None
        if isinstance(name, str) and name and _fits(name):
            yield ListLine(name, tuple(map(entry.get, further)))
        else:
            reason = f"no text under {column!r}" if isinstance(entry, dict) else "no JSON object"
            yield _bad(path, number, reason)


def _no_column(path: str, column: str) -> AuditError:
    message = f"the manifest {path} has no column {column!r}: give --path-column"
    return AuditError("plan.unreadable", message)


def _fits(name: str) -> bool:
    """Tell whether a name can be one of a file: a lone surrogate out of JSON may not."""
    try:
        os.fsencode(name)
    except UnicodeEncodeError:
        return False
    return True


def _lines(text: TextIO) -> Iterator[str]:
    while line := text.readline(_MAX_LINE):
        yield line


def _bad(path: str, number: int, reason: str) -> Planned:
    message = f"line {number} of the manifest names no file: {reason}"
    return Planned(f"{path}:{number}", error=ErrorInfo("plan.bad_line", message))
