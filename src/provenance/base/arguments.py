"""What a program gives to the public calls: told plainly where it is not what they take.

What is wrong with a file is in its report. What is wrong with a call is raised, as TypeError or
ValueError, by a message that says what was given and what to write instead.
"""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING, TypeVar, cast

from provenance.base.options import ArchiveLimits, CrossCheck, Options

if TYPE_CHECKING:
    from collections.abc import Iterable

Kind = TypeVar("Kind")
Content = bytes | bytearray | memoryview


def require_media(value: object, call: str) -> str | bytes:
    """Return the name of a file, or the content of one. Raises TypeError.

    `call` is the name of what was called, for the message.
    """
    if isinstance(value, Content):
        return bytes(value)
    if isinstance(value, str | os.PathLike):
        name = os.fspath(value)
        return name if isinstance(name, str) else os.fsdecode(name)
    what = f"{call} takes the name of a file or its content, not {_kind(value)}"
    if callable(getattr(value, "read", None)):
        raise TypeError(f"{what}: write {call}(file.read()) for a file opened as bytes")
    if isinstance(value, list | tuple | set):
        raise TypeError(f"{what}: for many files use Verifier, or audit(paths)")
    raise TypeError(what)


def require_name(value: object, call: str, instead: str) -> str:
    """Return the name of a file. Raises TypeError; for content too, with what to do instead."""
    if isinstance(value, Content):
        raise TypeError(f"{call} takes the name of a file, not its content: {instead}")
    name = require_media(value, call)
    assert isinstance(name, str)  # noqa: S101 - content was refused above
    return name


def require_moment(value: object) -> datetime | None:
    """Return a validation time. Raises TypeError for no datetime, ValueError for no time zone."""
    if value is None:
        return None
    if not isinstance(value, datetime):
        raise TypeError(f"at is a datetime with a time zone, not {_kind(value)}: {_written(value)}")
    if value.tzinfo is None:
        raise ValueError(f"at has no time zone: write at={_utc(value)}")
    return value


def _written(value: object) -> str:
    """Return what to write in place of a time that is not a datetime."""
    moment: datetime | None = None
    if isinstance(value, date):
        moment = datetime(value.year, value.month, value.day)
    elif isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            moment = None
    if moment is None:
        return "write at=datetime(2026, 1, 1, tzinfo=UTC)"
    if moment.tzinfo is not None:
        return f"write at=datetime.fromisoformat({value!r})"
    return f"write at={_utc(moment)}"


def _utc(value: datetime) -> str:
    parts = [value.year, value.month, value.day]
    if value.hour or value.minute or value.second:
        parts += [value.hour, value.minute, value.second]
    return f"datetime({', '.join(map(str, parts))}, tzinfo=UTC)"


def require_kind(
    value: object, wanted: type[Kind], what: str, write: str, *, optional: bool = False
) -> Kind:
    """Return a value of a class. Raises TypeError for any other; `write` says how to make one.

    Where it is `optional`, None is returned for None.
    """
    if isinstance(value, wanted) or (value is None and optional):
        return cast("Kind", value)
    article = "an" if wanted.__name__[0] in "AEIO" else "a"
    raise TypeError(f"{what} is {article} {wanted.__name__}, not {_kind(value)}: write {write}")


def require_flag(value: object, what: str) -> bool:
    """Return True or False. Raises TypeError: any other value would count as one of them."""
    if not isinstance(value, bool):
        raise TypeError(f"{what} is True or False, not {_kind(value)}")
    return value


def require_names(value: object, what: str) -> tuple[str, ...]:
    """Return names of files, or words. Raises TypeError, also for a single one."""
    if isinstance(value, str | os.PathLike):
        raise TypeError(f"{what} is a list, not {_kind(value)}: write {what}=[{str(value)!r}]")
    if not _is_iterable(value):
        raise TypeError(f"{what} is a list, not {_kind(value)}")
    names = []
    for name in value:  # type: ignore[attr-defined]  # it was looked at above
        if not isinstance(name, str | bytes | os.PathLike):
            raise TypeError(f"{what} has {_kind(name)} in it: each is a text")
        names.append(os.fsdecode(name))
    return tuple(names)


def _is_iterable(value: object) -> bool:
    return hasattr(value, "__iter__") and not isinstance(value, bytes | bytearray | memoryview)


def cross_check(value: object) -> CrossCheck:
    """Return when the SDK is asked. Raises ValueError for an unknown word."""
    known = tuple(choice.value for choice in CrossCheck)
    if value not in known:
        raise ValueError(f"cross_check={value!r}: write {_one_of(known)}")
    return CrossCheck(value)


def require_options(value: object, hashes: tuple[str, ...]) -> Options:
    """Return what is asked of a verification, each field of its own kind.

    `hashes` are the names of digests that can be taken. Raises TypeError or ValueError for any
    other: a word where a flag belongs would count as yes, a single name as a list of letters.
    """
    options = require_kind(value, Options, "options", "options=Options(digest=False)")
    for flag in ("digest", "digest_evidence_only", "show_personal_data", "plugins", "ocsp"):
        require_flag(getattr(options, flag), flag)
    names = require_names(options.hashes, "hashes")
    for name in names:
        if name not in hashes:
            raise ValueError(f"hashes has {name!r} in it: write {_one_of(hashes)}")
    size = options.max_size
    if size is not None and (isinstance(size, bool) or not isinstance(size, int)):
        raise TypeError(f"max_size is a number of bytes, not {_kind(size)}")
    if size is not None and size < 0:
        raise ValueError(f"max_size is a number of bytes, not {size}")
    require_kind(
        options.archives, ArchiveLimits, "archives", "archives=ArchiveLimits()", optional=True
    )
    return replace(
        options,
        hashes=names,
        crls=require_names(options.crls, "crls"),
        cross_check=cross_check(options.cross_check),
    )


def _one_of(words: Iterable[str]) -> str:
    *front, last = (repr(word) for word in words)
    return f"{', '.join(front)} or {last}"


def _kind(value: object) -> str:
    """Return what a value is, in words, with a short value itself."""
    if value is None:
        return "None"
    text = repr(value)
    said = f"the {type(value).__name__} {text}" if len(text) <= 40 else type(value).__name__
    return said if len(text) <= 40 else f"a {said}"
