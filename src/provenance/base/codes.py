"""The catalogue of codes: everything stable that a report or an error may say, declared once.

The entries are in `catalogue/*.toml`, one table a code, named by its kind and the code:

    [finding."chain.loop"]
    severity = "error"
    means = "The certificates refer to each other in a circle."
    do = "Do not rely on the signer's name: such a chain is made to confuse."
    section = "RFC 5280, 6.1"

`means` says what was found and what that implies, `do` what to do next, both in plain sentences for
a person. `section` is the place in a standard, where there is one. `severity` is one word, or a
list where a code comes with several. `since` is the version that brought the code, left out for
those of the first. `outcome` is for status codes of C2PA: the table of section 15.2.2 they are in.

`<name>` in a code stands for any name, such as that of a detector. The rules of lint declare
themselves where they are written (`provenance.linting`), and are not repeated here.

To add a code, add its table, then run `python -m support.make_codes` in `tests`, which writes
`docs/findings.md` and the schema of reports. Nothing of this is loaded to verify a file.
"""

from __future__ import annotations

import re
import tomllib
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from provenance.base.finding import Severity
from provenance.base.values import dataclass

FIRST = "0.1.0"
"""The version that entries without `since` came with."""
_FOLDER = Path(__file__).with_name("catalogue")
_ANY_NAME = r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*"


class CodeKind(StrEnum):
    """What a code is a code of, in the order in which they are listed."""

    FINDING = "finding"
    STATUS = "status"
    REASON = "reason"
    FLAG = "flag"
    BREACH = "breach"
    ORIGIN = "origin"
    ASSURANCE = "assurance"
    CREDENTIAL = "credential"
    INTEGRITY = "integrity"
    IDENTITY = "identity"
    TIME = "time"
    REVOCATION = "revocation"
    CAWG = "cawg"
    CONFORMANCE = "conformance"
    ERROR = "error"
    STOP = "stop"
    RULE = "rule"

    @property
    def words(self) -> str:
        """What a code of this kind is, in a few words."""
        return _WORDS[self]


_WORDS = {
    CodeKind.FINDING: "finding",
    CodeKind.STATUS: "status code of C2PA or CAWG",
    CodeKind.REASON: "reason of a verdict",
    CodeKind.FLAG: "flag",
    CodeKind.BREACH: "breach of a policy",
    CodeKind.ORIGIN: "origin",
    CodeKind.ASSURANCE: "assurance",
    CodeKind.CREDENTIAL: "status of the credential",
    CodeKind.INTEGRITY: "integrity",
    CodeKind.IDENTITY: "identity",
    CodeKind.TIME: "time",
    CodeKind.REVOCATION: "revocation",
    CodeKind.CAWG: "CAWG identity",
    CodeKind.CONFORMANCE: "conformance",
    CodeKind.ERROR: "error of one file",
    CodeKind.STOP: "error that stops a command",
    CodeKind.RULE: "lint rule",
}


@dataclass(frozen=True, slots=True)
class Code:
    """One entry. `severities` is empty for what is not a finding, strongest first where several."""

    kind: CodeKind
    name: str
    means: str
    do: str
    severities: tuple[Severity, ...] = ()
    section: str = ""
    since: str = FIRST
    outcome: str = ""

    @property
    def pattern(self) -> str:
        """A regular expression for what the name stands for, unanchored."""
        parts = re.split(r"<[a-z]+>", self.name)
        return _ANY_NAME.join(re.escape(part) for part in parts)

    @property
    def open(self) -> bool:
        """Whether the name stands for many."""
        return "<" in self.name

    def fits(self, code: str) -> bool:
        """Tell whether `code` is this one."""
        if not self.open:
            return code == self.name
        return re.fullmatch(self.pattern, code) is not None


@cache
def catalogue() -> tuple[Code, ...]:
    """Return every entry, by kind, in each kind by name."""
    codes = [
        _code(CodeKind(kind), name, entry)
        for path in sorted(_FOLDER.glob("*.toml"))
        for kind, entries in _read_table(path).items()
        for name, entry in entries.items()
    ]
    # Values of an axis keep their order, from good to bad; codes are looked up by name.
    by_name = {CodeKind.FINDING, CodeKind.STATUS, CodeKind.REASON, CodeKind.ERROR, CodeKind.STOP}
    order = list(CodeKind)
    codes.sort(key=lambda c: (order.index(c.kind), c.name if c.kind in by_name else ""))
    return tuple(codes)


def codes_named(code: str) -> tuple[Code, ...]:
    """Return what is declared under a code: one entry for each kind that has it.

    An entry of that very name hides those with a `<name>` that would fit.
    """
    exact = tuple(c for c in catalogue() if c.name == code)
    return exact or tuple(c for c in catalogue() if c.open and c.fits(code))


def findings() -> tuple[Code, ...]:
    """Return everything that may be the code of a finding."""
    return tuple(c for c in catalogue() if c.severities)


def _read_table(path: Path) -> dict[str, dict[str, dict[str, Any]]]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _code(kind: CodeKind, name: str, entry: dict[str, Any]) -> Code:
    entry = dict(entry)
    said = entry.pop("severity", ())
    severities = {Severity(s) for s in ([said] if isinstance(said, str) else said)}
    return Code(kind, name, severities=tuple(s for s in Severity if s in severities), **entry)
