"""A finding: a stable dotted code, how much it matters, a sentence, and where it is."""

from __future__ import annotations

from enum import StrEnum

from provenance.base.values import dataclass


class Severity(StrEnum):
    """How much a finding matters, strongest first."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was noticed about an asset.

    `code` is stable and made for machines; `message` is for people and may change between
    versions. `where` names the place: a manifest label, an assertion, a container block. The
    text in `message` and `where` may come out of the file: it is cleaned where it is printed or
    serialised (`provenance.base.text`), not here.
    """

    code: str
    severity: Severity
    message: str
    where: str = ""


def error(code: str, message: str, where: str = "") -> Finding:
    """Make a finding that speaks against the asset or its credential."""
    return Finding(code, Severity.ERROR, message, where)


def warning(code: str, message: str, where: str = "") -> Finding:
    """Make a finding that weakens an answer without breaking it."""
    return Finding(code, Severity.WARNING, message, where)


def note(code: str, message: str, where: str = "") -> Finding:
    """Make a finding that is worth knowing and changes nothing."""
    return Finding(code, Severity.NOTE, message, where)
