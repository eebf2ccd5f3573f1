"""`-o FILE`: what a command prints, in a file that appears when it is whole.

A run that ends in usage errors, an interruption or a crash leaves nothing behind, and what was in
FILE stays. FILE is new, empty or an earlier result of this program in the same format: a slip of
the hand must not cost a piece of evidence.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
from typing import TYPE_CHECKING, Any

import click

from provenance.base.errors import reason_of
from provenance.base.files import whole_file
from provenance_cli.common import OneLineError
from provenance_cli.streams import ESCAPE, OutputStream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_HEAD, _TAIL = 1 << 16, 1 << 20  # bytes that tell what a file is: `render.formats`
_WHOLE = frozenset({0, 1, 3, 4, 5})  # exit codes of a run that came to its end
_CRJSON = ((b'"@context"', b'"manifests"'),)
# What the first bytes of a result hold: for each format one of these, the whole of it.
_MARKS: dict[str, tuple[tuple[bytes, ...], ...]] = {
    "json": (
        (b'"schema_version"',),
        (b'"profile"', b'"outcomes"'),  # of lint
        (b'"provenance-kit-run"',),
        (b'"validation_time"', b'"credential"', b'"location"'),  # of chain
    ),
    "jsonl": ((b'"schema_version"',),),
    "crjson": _CRJSON,
    "crjson-2.5": _CRJSON,
    "sarif": ((b'"$schema"', b"sarif", b'"runs"', b'"provenance"'),),
    "junit": ((b"<testsuites",),),
    "html": ((b"<title>Provenance report",),),
}


@contextlib.contextmanager
def into(
    path: str, form: str | None, inputs: tuple[Any, ...], own: Callable[..., bool] | None
) -> Iterator[None]:
    """Send standard output to a file for the length of a command. Raises OneLineError.

    `own(form, head, tail)` tells an earlier result of a command with formats of its own kind.
    """
    _check(path, form or "", inputs, own or _is_own)
    ended: BaseException | None = None
    with _write_errors(path), contextlib.ExitStack() as stack:
        file = stack.enter_context(whole_file(path))
        text = io.TextIOWrapper(file, encoding="utf-8", errors=ESCAPE, newline="")
        before = sys.stdout
        sys.stdout = OutputStream(text)
        try:
            yield
        except (click.exceptions.Exit, SystemExit) as e:
            code = e.exit_code if isinstance(e, click.exceptions.Exit) else e.code
            if (code or 0) not in _WHOLE:
                raise
            ended = e
        finally:
            with contextlib.suppress(OSError, ValueError):
                sys.stdout.flush()
            failed = sys.stdout.failed
            sys.stdout = before
            text.detach()
        if failed is not None:
            raise failed
    if ended is not None:
        raise ended


@contextlib.contextmanager
def _write_errors(path: str) -> Iterator[None]:
    try:
        yield
    except OSError as e:
        raise OneLineError(f"--output {path} cannot be written: {reason_of(e)}") from e


def _check(path: str, form: str, inputs: tuple[Any, ...], is_own: Callable[..., bool]) -> None:
    """Refuse to write over an input, or over what is not a result of this program."""
    names = [
        source for value in inputs for source in (value if isinstance(value, tuple) else (value,))
    ]
    for name in names:
        if isinstance(name, str | os.PathLike) and same_file(os.fspath(name), path):
            what = "is an input of" if os.path.exists(path) else "has another use in"
            raise click.UsageError(f"--output {path} {what} this command")
    if not os.path.isfile(path):
        return  # a new one, or a device or a folder: opening it decides
    with _write_errors(path), open(path, "rb") as file:
        head = file.read(_HEAD)
        file.seek(max(os.fstat(file.fileno()).st_size - _TAIL, 0))
        tail = file.read(_TAIL)
    if head and not is_own(form, head, tail):
        what = f"an earlier {form} result" if form else "an earlier result"
        raise OneLineError(f"--output {path}: the file there is not {what}; name a new file")


def _is_own(form: str, head: bytes, tail: bytes) -> bool:
    del tail
    return any(all(mark in head for mark in marks) for marks in _MARKS.get(form, ()))


def same_file(a: str, b: str) -> bool:
    """Tell whether two names lead to one file, which may be one that is going to be written."""
    try:
        return os.path.samefile(a, b)
    except (OSError, ValueError):  # one of them is not there
        return os.path.realpath(a) == os.path.realpath(b)
