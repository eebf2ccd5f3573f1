"""What commands share: kinds of values, files below folders, and how library errors are said."""

from __future__ import annotations

import contextlib
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from provenance.base import text
from provenance.base.errors import ProvenanceError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}
_HASHES = ("md5", "sha1", "sha256", "sha512")


def nearest(value: str, known: Iterable[str]) -> str:
    """Return a sentence that names what was most likely meant, with a blank before it, or ''."""
    from difflib import get_close_matches  # noqa: PLC0415 - for a mistake only

    matches = get_close_matches(value, list(known), n=1, cutoff=0.5)
    return f" Did you mean {matches[0]!r}?" if matches else ""


class Moment(click.ParamType[datetime]):
    """A point in time with its zone, RFC 3339: 2026-06-01T00:00:00Z."""

    name = "time"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """Parse; a date without a zone is refused, since it names no point in time."""
        if isinstance(value, datetime):
            return value
        try:
            moment = datetime.fromisoformat(value)
            if moment.tzinfo is not None:
                moment = moment.astimezone(UTC)
        except (ValueError, OverflowError):
            moment = None
        if moment is None or moment.tzinfo is None:
            self.fail(
                f"{value!r} is not a time with a zone, such as 2026-06-01T00:00:00Z", param, ctx
            )
        return moment


class Size(click.ParamType[int]):
    """A number of bytes, with K, M or G for binary multiples."""

    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Parse; zero and below are refused."""
        if isinstance(value, int):
            return value
        digits = value.rstrip("KMGkmg")
        unit = _UNITS.get(value[len(digits) :].upper())
        if not digits.isdecimal() or len(digits) > 15 or unit is None or int(digits) == 0:
            self.fail(f"{value!r} is not a size, such as 500M", param, ctx)
        return int(digits) * unit


class HashNames(click.ParamType[tuple[str, ...]]):
    """Names of digests, separated by commas."""

    name = "names"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        """Parse; an unknown name is refused."""
        if isinstance(value, tuple):
            return value
        names = tuple(n.strip().lower() for n in value.split(",") if n.strip())
        if not names:
            self.fail(f"no name given: {', '.join(_HASHES)}", param, ctx)
        for name in names:
            if name not in _HASHES:
                known = ", ".join(_HASHES)
                self.fail(f"{name!r} is not one of {known}.{nearest(name, _HASHES)}", param, ctx)
        return tuple(n for n in dict.fromkeys(names) if n != "sha256")


class AssetPath(click.Path):
    """The path of a file to examine; whether it can be read is for the answer to say.

    Refuses `-`, which only `verify` takes.
    """

    def __init__(self) -> None:
        super().__init__(readable=False)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the path as it is."""
        if value == "-":
            self.fail(
                "only `provenance verify` reads standard input (for a file of that name: ./-)",
                param,
                ctx,
            )
        return super().convert(value, param, ctx)


FILE = click.Path(readable=False)  # what cannot be read is said in the words of who reads it


class OneLineError(click.ClickException):
    """Wrong usage that only the library can see: one line, exit 2."""

    exit_code = 2

    def format_message(self) -> str:
        """Return the message on one line, whatever the names of files in it hold."""
        return text.printable(self.message)


class CannotGoOnError(OneLineError):
    """What ends a long run before its time: one line, exit 1."""

    exit_code = 1


@contextlib.contextmanager
def library_errors(*but: type[Exception]) -> Iterator[None]:
    """Turn errors of the library, `but` some, into one line on stderr and exit 2."""
    try:
        yield
    except but:
        raise
    except ProvenanceError as e:
        raise OneLineError(str(e)) from e


def walk(top: str) -> Iterator[str | OSError]:
    """Yield the files below a directory, sorted, and the error of each folder without access.

    Symbolic links to directories are not followed.
    """
    failed: list[OSError] = []
    for folder, folders, files in os.walk(top, onerror=failed.append):
        yield from failed
        failed.clear()
        folders.sort()
        for name in sorted(files):
            yield os.path.join(folder, name)
    yield from failed


def walked(paths: Iterable[str]) -> tuple[str, ...]:
    """Return the files that are meant with -r: each once, and those below each directory.

    A directory that cannot be listed is yielded itself, and gets a record that says so.
    """
    trees = (walk(path) if os.path.isdir(path) else (path,) for path in paths)
    names = (
        entry if isinstance(entry, str) else str(entry.filename) for tree in trees for entry in tree
    )
    return tuple(dict.fromkeys(names))


def shown_path(path: str) -> str:
    """Return a path as it is printed."""
    return text.printable_path(path)
