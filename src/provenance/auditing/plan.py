"""The plan: which files there are, as a stream that is never held whole.

Folders are walked in the order of their names, so that two runs go the same way. A link to a
folder is followed only where that is asked for, and then every folder counts once, by device and
inode: no loop is walked twice.
"""

from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import islice
from operator import attrgetter
from typing import TYPE_CHECKING

from provenance.auditing import sources
from provenance.auditing.task import Planned
from provenance.base.errors import reason_of
from provenance.base.paths import matches
from provenance.verdict.report import ErrorInfo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from provenance.auditing.sources import Sources

SORTED = 200_000  # entries of one folder that are sorted, and held, at a time
_PAUSE = 256  # files left out, after which the one who asks gets a turn
_WILD = frozenset("*?[")
# What SQLite and we keep beside a ledger: its files, and signed statements over it.
_BESIDE = re.compile(r"(-wal|-shm|-journal|-lock|\.run-[0-9]+\.(rows|statement\.json))?")
_ENDS = ("-wal", "-shm", "-journal", "-lock", ".rows", ".statement.json")


@dataclass(frozen=True, slots=True)
class Filters:
    """Which files are left out. Sizes in bytes, times in nanoseconds since 1970, both inclusive.

    `include` and `exclude` are patterns of file names, such as `*.jpg`; empty: all, none.
    A file whose size or time cannot be asked is not left out, so that it gets its record.
    """

    min_size: int | None = None
    max_size: int | None = None
    after_ns: int | None = None
    before_ns: int | None = None
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    def keep(self, planned: Planned) -> bool:
        """Tell whether a file is to be examined."""
        if not self.wants_name(os.path.basename(planned.path), wrong=planned.error is not None):
            return False
        if (self.min_size, self.max_size, self.after_ns, self.before_ns) == (None,) * 4:
            return True
        planned = with_status(planned)
        return self.fits(planned.size, planned.mtime_ns)

    def wants_name(self, name: str, *, wrong: bool = False) -> bool:
        """Tell whether a file's name, without its folder, is wanted; `wrong` has an error."""
        if any(fnmatchcase(name, p) for p in self.exclude):
            return False
        return wrong or not self.include or any(fnmatchcase(name, p) for p in self.include)

    def fits(self, size: int | None, time: int | None) -> bool:
        """Tell whether size and time are wanted; what is not known is."""
        if size is None or time is None:
            return True
        return (
            (self.min_size is None or size >= self.min_size)
            and (self.max_size is None or size <= self.max_size)
            and (self.after_ns is None or time >= self.after_ns)
            and (self.before_ns is None or time <= self.before_ns)
        )


class Plan:
    """An iterable of the files to examine; `left_out` counts what the filters kept away.

    `ledger` is the ledger's path: neither it nor what stands beside it for its sake is planned.
    """

    def __init__(self, wanted: Sources, filters: Filters, ledger: str | None = None) -> None:
        self._sources = wanted
        self._filters = filters
        self._own = os.path.split(os.path.realpath(ledger)) if ledger is not None else None
        self._own_ends = (self._own[1], *_ENDS) if self._own else ()
        self._visited: set[tuple[int, int]] = set()
        self.left_out = 0

    def __iter__(self) -> Iterator[Planned | None]:
        """Plan anew; None where many files in a row are left out.

        Raises AuditError where a list or a manifest cannot be opened.
        """
        self._visited.clear()
        self.left_out = 0
        every = self._filters == Filters()
        for planned in self._planned_files():
            if planned.path.endswith(self._own_ends) and self._is_own(planned.path):
                continue
            if every or self._filters.keep(planned):
                yield planned
            else:
                self.left_out += 1
                if not self.left_out % _PAUSE:
                    yield None

    @property
    def names_once(self) -> bool:
        """Whether no file can be named twice, links to one file aside: a single folder."""
        wanted = self._sources
        return len(wanted.paths) == 1 and wanted.files_from is None and wanted.manifest is None

    def _planned_files(self) -> Iterator[Planned]:
        for path in self._sources.paths:
            if _WILD.intersection(path) and not os.path.lexists(path):
                yield from self._glob(path)
            else:
                yield from self._at_path(path)
        for entry in sources.listed(self._sources):
            if isinstance(entry, Planned):
                yield entry
            else:
                yield from self._at_path(entry)

    def _at_path(self, path: str) -> Iterator[Planned]:
        try:
            status = os.stat(path)
        except (OSError, ValueError):  # the examination says what is wrong with it
            yield Planned(path)
            return
        if stat.S_ISDIR(status.st_mode):
            yield from self._walk(path)
        else:
            yield _planned(path, status)

    def _glob(self, pattern: str) -> Iterator[Planned]:
        """Go through what fits a pattern, and through the folders among it with all below."""
        parts = [p for p in pattern.replace(os.sep, "/").split("/") if p not in {"", "."}]
        first = next(n for n, part in enumerate(parts) if _WILD.intersection(part))
        root = "/" if pattern.startswith("/") else ""

        def enter(folder: str) -> bool:
            """Tell whether something below can fit: its beginning does, or it fits itself."""
            if "**" in parts:
                return True
            path = [p for p in folder.replace(os.sep, "/").split("/") if p not in {"", "."}]
            both = min(len(path), len(parts))
            return matches("/" + "/".join(parts[:both]), "/" + "/".join(path[:both]))

        hit = False
        whole = "/" + "/".join(parts)
        top = root + "/".join(parts[:first])
        for planned in self._walk(top, enter) if os.path.isdir(top or ".") else ():
            path = "/" + planned.path
            # a folder that cannot be listed may hold what fits
            if planned.error is not None or matches(whole, path) or matches(f"{whole}/**", path):
                hit = True
                yield planned
        if not hit:
            yield Planned(pattern, error=ErrorInfo("asset.missing", "the pattern fits no file"))

    def _walk(self, top: str, enter: Callable[[str], bool] = lambda _: True) -> Iterator[Planned]:
        folders = [top]
        while folders:
            folder = folders.pop()
            below: list[str] = []
            try:
                if self._sources.follow_links and not self._first_visit(folder):
                    continue
                start = os.path.join(folder, "")
                with os.scandir(folder or ".") as entries:
                    while block := list(islice(entries, SORTED)):
                        block.sort(key=attrgetter("name"))
                        for entry in block:
                            path = start + entry.name
                            if self._is_folder(entry):
                                below += [path] if enter(path) else []
                            elif not _is_folder_link(entry):
                                yield Planned(path)
            except OSError as e:
                message = f"the folder cannot be listed: {reason_of(e)}"
                yield Planned(folder, error=ErrorInfo("plan.unlisted", message))
            folders += reversed(below)

    def _is_folder(self, entry: os.DirEntry[str]) -> bool:
        try:
            return entry.is_dir(follow_symlinks=self._sources.follow_links)
        except OSError:
            return False

    def _first_visit(self, folder: str) -> bool:
        status = os.stat(folder or ".")
        place = status.st_dev, status.st_ino
        if place in self._visited:
            return False
        self._visited.add(place)
        return True

    def _is_own(self, path: str) -> bool:
        assert self._own is not None  # noqa: S101 - else no name ends as asked
        folder, name = self._own
        below, base = os.path.split(path)
        if not base.startswith(name) or not _BESIDE.fullmatch(base, len(name)):
            return False
        return os.path.realpath(below or ".") == folder


def _is_folder_link(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_symlink() and entry.is_dir()
    except OSError:
        return False


def with_status(planned: Planned) -> Planned:
    """Return a planned file with its size, time and inode, where they can be asked."""
    if planned.listed or planned.size is not None or planned.error is not None:
        return planned
    try:
        return _planned(planned.path, os.stat(planned.path), planned.known)
    except (OSError, ValueError):
        return planned


def _planned(path: str, status: os.stat_result, known: str | None = None) -> Planned:
    # SQLite keeps 64 bits with a sign; some file systems number beyond.
    inode = status.st_ino if 0 < status.st_ino < 1 << 63 else None
    time = status.st_mtime_ns if -(1 << 63) <= status.st_mtime_ns < 1 << 63 else None
    return Planned(path, status.st_size, time, inode, known=known)
