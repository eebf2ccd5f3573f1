"""Files within files: archives, mailboxes, messages and documents, opened in memory.

A family of `provenance.media.container` names the module of this package that opens it. Nothing is
written anywhere: a member that is stored as it is is read where it is, any other is unpacked into
memory, within what `Spending` still allows.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from provenance.base.finding import warning
from provenance.base.paths import MEMBER
from provenance.media.archive.member import ExhaustedError, Member, Spending, Unread
from provenance.media.container.sniff import load_family

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance.base.finding import Finding
    from provenance.media.asset import Asset
    from provenance.media.container import Scan

__all__ = ["ExhaustedError", "Member", "Spending", "Unread", "members"]

_MAX_NAME = 4_096  # characters of one member's name; POSIX paths end there as well
_SHOWN = 3


def members(asset: Asset, scan: Scan, spending: Spending) -> Iterator[Member | Finding | Unread]:
    """Yield what a file holds. Names are unique, bounded, and hold no NUL and no separator.

    `scan` is of a family that is opened. A member's bytes are of use until the next one is asked
    for. Raises ExhaustedError where the members may cost no more; AssetError where the file cannot
    be read.
    """
    of = load_family(scan.family)
    opener = import_module(f"{__package__}.{of.opener}")
    names = _MemberNames()
    for member in opener.members(asset, scan, spending):
        if isinstance(member, Member):
            yield Member(
                names.fit(member.name), member.asset, member.error, member.findings, member.part
            )
        else:
            yield member
    yield from names.findings()


class _MemberNames:
    """The names of one archive's members, made fit to be told apart."""

    def __init__(self) -> None:
        self._used: dict[str, int] = {}
        self._odd: dict[str, list[str]] = {}
        self._count: dict[str, int] = {}

    def fit(self, name: str) -> str:
        """Return a name that no member had before."""
        fitting = name.replace("\0", "\ufffd").replace(MEMBER, "%21/")
        if len(fitting) > _MAX_NAME:
            fitting = fitting[: _MAX_NAME - 1] + "\N{HORIZONTAL ELLIPSIS}"
        fitting = fitting or "(no name)"
        try:
            fitting.encode("utf-8", "surrogateescape")
        except UnicodeEncodeError:
            fitting = fitting.encode("utf-8", "replace").decode("utf-8")
        for what in _oddities(name):
            self._note(what, fitting)
        if fitting in self._used:
            self._note("occur more than once", fitting)
            number = self._used[fitting]
            while (again := f"{fitting}#{number + 1}") in self._used:
                number += 1
            self._used[fitting] = number + 1
            fitting = again
        self._used[fitting] = 1
        return fitting

    def findings(self) -> Iterator[Finding]:
        """Say what was odd about names: they may be made to be taken for others."""
        for what, count in self._count.items():
            shown = ", ".join(self._odd[what]) + (", ..." if count > _SHOWN else "")
            message = f"names in it that {what}: {count} ({shown})"
            yield warning("container.member_names", message)

    def _note(self, what: str, name: str) -> None:
        self._count[what] = self._count.get(what, 0) + 1
        shown = self._odd.setdefault(what, [])
        if len(shown) < _SHOWN:
            shown.append(name[:60])


def _oddities(name: str) -> Iterator[str]:
    parts = name.replace("\\", "/").split("/")
    if ".." in parts or name.startswith(("/", "\\")) or name[1:2] == ":":
        yield "lead out of the archive"
    if not name.isprintable() and any(ord(c) < 32 or 0x7F <= ord(c) < 0xA0 for c in name):
        yield "hold control characters"
    if MEMBER in name:
        yield f"hold {MEMBER!r}"
    if len(name) > _MAX_NAME:
        yield f"are longer than {_MAX_NAME} characters"
