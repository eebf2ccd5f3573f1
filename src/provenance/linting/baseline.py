"""The baseline: what an existing product does wrong today, so that a run fails for what is new.

A JSON file that people can read and review. An entry is a file, a profile, a rule, its outcome and
a place. Files are named relative to the folder of the baseline, with `/`; identifiers that differ
from asset to asset (manifest labels, offsets) are left out of the place, so that a sample that is
made anew still fits its entry.
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from provenance.base.errors import ProvenanceError
from provenance.base.text import clean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provenance.linting.evaluate import LintReport, RuleOutcome

VERSION = 1
MAX_BYTES = 64 << 20
_HEAD = 256  # bytes that tell a baseline from another file
# A vendor's prefix is looked for where a word begins, and not given back: a label may be long.
_OWN = re.compile(
    r"urn:(?:c2pa|uuid):[0-9A-Za-z:._-]+|(?<![a-z0-9.-])[a-z0-9.-]++:urn:uuid:[0-9a-f-]+|@\d+"
)


class BaselineError(ProvenanceError):
    """A baseline that cannot be read or written. The message says what to do."""

    code = "lint.baseline"


class KnownAnswer(NamedTuple):
    """One answer that is known. `path` is relative to the baseline's folder, with `/`."""

    path: str
    profile: str
    rule: str
    outcome: str
    where: str


@dataclass(frozen=True, slots=True)
class Baseline:
    """The known answers and how often each occurs. `folder` is where the file is."""

    folder: str
    entries: tuple[KnownAnswer, ...] = ()

    def apply(
        self, reports: Sequence[LintReport]
    ) -> tuple[tuple[LintReport, ...], tuple[KnownAnswer, ...]]:
        """Return the reports without the known answers, and the entries that no longer occur.

        An entry counts as gone only if its rule was asked of its file and gave an answer.
        """
        left = Counter(self.entries)
        remaining: list[LintReport] = []
        asked: set[tuple[str, str, str]] = set()
        for report in reports:
            path = relative(report.path, self.folder)
            kept: list[RuleOutcome] = []
            for outcome in report.outcomes:
                entry = _answer_of_outcome(path, report, outcome)
                asked.add(entry[:3])
                if outcome.severity is not None and left[entry] > 0:
                    left[entry] -= 1
                else:
                    kept.append(outcome)
            remaining.append(replace(report, outcomes=tuple(kept)))
        gone = (e for e in left.elements() if e[:3] in asked)
        return tuple(remaining), tuple(sorted(gone))


def load_baseline(path: str) -> Baseline:
    """Read a baseline. Raises BaselineError."""
    try:
        with open(path, "rb") as opened:
            content = opened.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise ValueError(f"larger than {MAX_BYTES} bytes")
        document = json.loads(content)
        entries = tuple(map(_answer_from_json, _entries(document)))
    except OSError as e:
        message = f"{path}: {e.strerror or e}; make one with --write-baseline"
        raise BaselineError(message) from e
    except (ValueError, RecursionError) as e:
        message = f"{path}: not a baseline ({str(e)[:200]}); make it anew with --write-baseline"
        raise BaselineError(message) from e
    return Baseline(os.path.dirname(os.path.abspath(path)), entries)


def _entries(document: Any) -> list[Any]:
    if not isinstance(document, dict) or document.get("version") != VERSION:
        raise ValueError(f"not an object of version {VERSION}")
    entries = document.get("entries")
    if not isinstance(entries, list):
        raise ValueError("no list of entries")
    return entries


def _answer_from_json(value: Any) -> KnownAnswer:
    if not isinstance(value, dict) or set(value) != set(KnownAnswer._fields):
        raise ValueError(f"an entry needs {', '.join(KnownAnswer._fields)}")
    if not all(isinstance(v, str) for v in value.values()):
        raise ValueError("an entry holds texts only")
    return KnownAnswer(**value)


def baseline_text(reports: Sequence[LintReport], path: str) -> str:
    """Return the baseline file at `path` for everything that weighs something in these reports."""
    folder = os.path.dirname(os.path.abspath(path))
    entries = sorted(
        _answer_of_outcome(relative(report.path, folder), report, outcome)
        for report in reports
        for outcome in report.failures()
    )
    document = {"version": VERSION, "entries": [e._asdict() for e in entries]}
    return json.dumps(document, indent=2, ensure_ascii=True) + "\n"


def write_baseline(reports: Sequence[LintReport], path: str) -> int:
    """Write the baseline, and return how many answers it holds. Raises BaselineError.

    A file that is there and no baseline is left alone: its name was most likely meant to be judged.
    """
    content = baseline_text(reports, path)
    try:
        if os.path.isfile(path):
            with open(path, "rb") as there:
                head = there.read(_HEAD)
            if head and not (head.lstrip().startswith(b"{") and b'"entries"' in head):
                message = f"{path}: there is a file that is not a baseline; name another one"
                raise BaselineError(message)
        with open(path, "w", encoding="ascii", newline="\n") as out:
            out.write(content)
    except OSError as e:
        raise BaselineError(f"{path}: {e.strerror or e}; name a file that can be written") from e
    return sum(len(report.failures()) for report in reports)


def relative(path: str, folder: str) -> str:
    """Return a path as a baseline names it."""
    try:
        name = os.path.relpath(os.path.abspath(path), folder)
    except ValueError:  # another drive
        name = os.path.abspath(path)
    return os.fsencode(name.replace(os.sep, "/")).decode("utf-8", "backslashreplace")


def place(outcome: RuleOutcome) -> str:
    """Return where an outcome is, without what differs from asset to asset."""
    return clean(_OWN.sub("*", outcome.result.where))


def _answer_of_outcome(path: str, report: LintReport, outcome: RuleOutcome) -> KnownAnswer:
    return KnownAnswer(
        path, report.profile.name, outcome.rule.id, outcome.result.outcome.value, place(outcome)
    )
