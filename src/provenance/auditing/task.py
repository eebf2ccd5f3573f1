"""What passes between plan, engine and ledger."""

from __future__ import annotations

import json
import zlib
from dataclasses import field
from enum import StrEnum
from typing import TYPE_CHECKING, Self

from provenance.base.options import Options
from provenance.base.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from provenance.signing.trust_store import TrustStore
    from provenance.verdict.policy import Policy
    from provenance.verdict.report import ErrorInfo, ListInfo, Report

Value = str | int | None
"""What one column of the ledger holds."""

EXAMINER = "provenance.auditing.examine:make_examiner"


class Recheck(StrEnum):
    """Which files are judged again that the ledger already has."""

    CHANGED = "changed"
    ERRORS = "errors"
    ALL = "all"


class DigestMode(StrEnum):
    """Of which files SHA-256 is taken, since it reads every byte."""

    ALL = "all"
    EVIDENCE = "evidence"
    NONE = "none"


class OutcomeKind(StrEnum):
    """How the examination of one file ended."""

    JUDGED = "judged"  # a report, or an error that kept us from one
    UNCHANGED = "unchanged"  # by its digest
    LEFT_OUT = "left_out"  # by a filter that looks into the file


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A file that was found in a planned one. `names` lead to it, `row` is as in `FileOutcome`.

    `report` is there where it was made in this process. Rows are kept compressed: an archive may
    hold a hundred thousand files, and all of them wait for the last.
    """

    names: tuple[str, ...]
    size: int | None
    packed: bytes
    report: Report | None = None

    @classmethod
    def from_row(cls, names: tuple[str, ...], size: int | None, row: tuple[Value, ...]) -> Self:
        """Make one."""
        return cls(names, size, zlib.compress(json.dumps(row).encode("ascii"), 1))

    @property
    def row(self) -> tuple[Value, ...]:
        """The values of `ledger_schema.JUDGED`, in that order."""
        return tuple(json.loads(zlib.decompress(self.packed)))


@dataclass(frozen=True, slots=True)
class Begun:
    """What is done of a file with others in it, after a worker fell over one of them.

    `opened` says that it holds others. `done` counts the members that were gone through, `members`
    are those with a row, `fallen` says by their numbers which of them ended a worker, and how.
    `passed` counts those of `done` that the next worker has passed over by now; -1 until that has
    said that it begins.
    """

    opened: bool = False
    members: tuple[MemberRow, ...] = ()
    done: int = 0
    fallen: Mapping[int, ErrorInfo] = field(default_factory=dict)
    passed: int = -1


@dataclass(frozen=True, slots=True)
class Planned:
    """A file to examine. `error` says why it cannot be, already now.

    `size` in bytes, `mtime_ns` in nanoseconds since 1970; None where nobody asked for them yet, or
    where the file could not be asked. Who examines it asks.
    `known` is the SHA-256 of the ledger's row, where files are compared by digest. `begun` is what
    is done of it already. `listed` says that size and time are those of a list, which hold for what
    is examined: another file of that name does not count.
    """

    path: str
    size: int | None = None
    mtime_ns: int | None = None
    inode: int | None = None
    error: ErrorInfo | None = None
    known: str | None = None
    begun: Begun | None = None
    listed: bool = False


@dataclass(frozen=True, slots=True)
class FileOutcome:
    """What became of one planned file.

    Where `kind` is JUDGED there is a `report`, if it was made in this process, or a `row` from
    another one: the values of `ledger_schema.JUDGED`, in that order. `run.Audit.work` yields both
    or the row alone. `deaths` counts the workers that it killed. `members` are the files that were
    found in it: they and the file itself are one piece of work, written together or not at all.
    """

    planned: Planned
    kind: OutcomeKind
    row: tuple[Value, ...] = ()
    deaths: int = 0
    report: Report | None = None
    members: tuple[MemberRow, ...] = ()


@dataclass(frozen=True, slots=True)
class FileLimits:
    """What one file may cost. `timeout` in seconds, `memory` in bytes beyond a worker's own.

    Large files have longer, since some of them are read whole: see `seconds`.
    """

    timeout: float = 60.0
    memory: int = 2 << 30
    open_files: int = 64

    def seconds(self, size: int) -> float:
        """How long files of `size` bytes together may take without an answer."""
        return self.timeout + size / SLOWEST


SLOWEST = 16 << 20  # bytes a second, of a disk far away


@dataclass(frozen=True, slots=True)
class AuditTask:
    """All that a worker needs to know, the same for every file of a run. Can be pickled.

    `trust_lists` and `crl_digests` (the SHA-256 of `options.crls`) are those of the beginning: no
    worker goes on with others. `media_types` keeps to whole types, or to a kind of them, `image/`;
    empty: all. `examiner` names what makes the function that examines one file, as `module:name`.
    `folder` is where a worker goes, so that names are relative to it; empty: it stays.
    """

    policy: Policy
    trust: TrustStore
    trust_lists: tuple[ListInfo, ...]
    at: datetime
    options: Options = field(default_factory=Options)
    crl_digests: tuple[str, ...] = ()
    media_types: tuple[str, ...] = ()
    examiner: str = EXAMINER
    folder: str = ""
