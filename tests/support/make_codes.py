"""Write what follows from the catalogue of codes: `python -m support.make_codes`, in `tests`.

That is `docs/findings.md`, and the codes in the schema of reports. Tests hold both to it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from provenance.base import codes
from provenance.base.codes import Code, CodeKind
from provenance.render import schemas

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "findings.md"
SCHEMA = Path(schemas.__file__).with_name("report.schema.json")

_HEAD = """\
# Findings and other codes

<!-- Written by `python -m support.make_codes` in `tests`, from src/provenance/base/catalogue. -->

Everything stable that `provenance` says: what each code means, and what to do about it. On the
command line, [provenance explain](explain.md) shows the same. The rules of lint are not on this
page: `provenance rules` lists them, see [rules](rules.md).

Codes are stable, messages may change. All of these are there since version {first}, unless the
section says otherwise.
"""
_INTRO = {
    CodeKind.FINDING: """\
What was noticed about a file: `findings` in the [JSON record](json.md#findings). An `error` speaks
against the file or its credential, a `warning` weakens an answer, a `note` changes nothing. A
finding may also have one of the [status codes of C2PA](#status-codes-of-c2pa).""",
    CodeKind.STATUS: """\
The codes of the C2PA standard, version 2.4, and of CAWG identity assertions. The record of a file
has those with a severity as findings. The others are in [crJSON](crjson.md), and in what other
tools print.""",
    CodeKind.REASON: "Why a verdict is what it is: `verdict.reasons` in the record.",
    CodeKind.FLAG: """\
What a [policy](policy.md) can ask for: `verdict.flags` in the record, and `flagged`.""",
    CodeKind.BREACH: """\
What a [policy](policy.md) demands and a file does not fulfil: `flagged` in the record.""",
    CodeKind.ORIGIN: """\
How the media came to be, see [Origin](origin.md): `verdict.origin` in the record.""",
    CodeKind.ASSURANCE: """\
How strong the evidence is, see [Origin](origin.md): `verdict.assurance` in the record.""",
    CodeKind.CREDENTIAL: "Whether there is a credential: `credentials.status` in the record.",
    CodeKind.INTEGRITY: "Are these the bytes that were signed? `axes.integrity` in the record.",
    CodeKind.IDENTITY: "Where does the certificate chain lead? `axes.identity` in the record.",
    CodeKind.TIME: "When was it signed? `axes.time` in the record.",
    CodeKind.REVOCATION: "Was the certificate revoked? `axes.revocation` in the record.",
    CodeKind.CAWG: "What came of CAWG identity assertions? `axes.cawg` in the record.",
    CodeKind.CONFORMANCE: """\
Is the product on the C2PA Conforming Products List? `axes.conformance` in the record.""",
    CodeKind.ERROR: """\
Why one file could not be examined: `error` in its record. The other files are examined.""",
    CodeKind.STOP: """\
Why a command, or a call of the library, could not run at all: the `code` of the exception. On the
command line, the message is on standard error.""",
}
_HEADING = {
    CodeKind.FINDING: "Findings",
    CodeKind.STATUS: "Status codes of C2PA",
    CodeKind.REASON: "Reasons",
    CodeKind.FLAG: "Flags",
    CodeKind.BREACH: "Breaches of a policy",
    CodeKind.ORIGIN: "Origin",
    CodeKind.ASSURANCE: "Assurance",
    CodeKind.CREDENTIAL: "Status of the credential",
    CodeKind.INTEGRITY: "Integrity",
    CodeKind.IDENTITY: "Identity",
    CodeKind.TIME: "Time",
    CodeKind.REVOCATION: "Revocation",
    CodeKind.CAWG: "CAWG",
    CodeKind.CONFORMANCE: "Conformance",
    CodeKind.ERROR: "Errors of one file",
    CodeKind.STOP: "Errors that stop a command",
}


def page() -> str:
    """Return the text of `docs/findings.md`."""
    return "\n".join(_page())


def _page() -> Iterator[str]:
    yield _HEAD.format(first=codes.FIRST)
    for kind in CodeKind:
        found = [c for c in codes.catalogue() if c.kind is kind]
        if not found:
            continue  # the rules of lint declare themselves
        yield f"## {_HEADING[kind]}\n\n{_INTRO[kind]}\n"
        yield from _table(kind, found)
        yield ""


def _table(kind: CodeKind, found: Iterable[Code]) -> Iterator[str]:
    weighs = kind in {CodeKind.FINDING, CodeKind.STATUS}
    heads = ("code", "severity", "means", "to do", "section")
    shown = heads if weighs else tuple(h for h in heads if h != "severity")
    yield f"| {' | '.join(shown)} |"
    yield f"|{' --- |' * len(shown)}"
    for code in found:
        section = code.section
        if code.since != codes.FIRST:
            section = "; ".join(filter(None, (section, f"since {code.since}")))
        cells = [f"`{code.name}`", code.means, code.do, section]
        if weighs:
            cells.insert(1, ", ".join(s.value for s in code.severities) or code.outcome)
        assert not any("|" in cell for cell in cells), code.name
        yield f"| {' | '.join(cells)} |"


def schema_text() -> str:
    """Return the schema of reports with the codes of the catalogue in it."""
    document = json.loads(SCHEMA.read_text(encoding="utf-8"))
    document["$defs"] |= definitions()
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def definitions() -> dict[str, Any]:
    """Return the definitions that hold codes."""
    declared = codes.findings()
    reasons = [c for c in codes.catalogue() if c.kind is CodeKind.REASON]
    return {
        "findingCode": {
            "description": (
                "A declared code; or one of another origin, which is in none of the families of"
                " this program: a status code that only a newer C2PA SDK gives, or the code of a"
                " plug-in, which begins with plugin. `provenance explain` says what a code means."
            ),
            "anyOf": [
                {"enum": _names(declared)},
                {"allOf": [{"$ref": "#/$defs/code"}, {"not": {"pattern": _own(declared)}}]},
            ],
        },
        "reasonCode": {
            "description": "A declared code. `provenance explain` says what it means.",
            "anyOf": [
                {"enum": _names(reasons)},
                *({"pattern": f"^{c.pattern}$", "maxLength": 256} for c in reasons if c.open),
            ],
        },
        "errorCode": {
            "description": "A declared code. `provenance explain` says what it means.",
            "enum": _names(c for c in codes.catalogue() if c.kind is CodeKind.ERROR),
        },
    }


def _names(found: Iterable[Code]) -> list[str]:
    return sorted(c.name for c in found if not c.open)


def _own(declared: Iterable[Code]) -> str:
    """Return a pattern for the families that only this program gives codes of.

    A family of C2PA is open even where we have codes in it: its next version may add some.
    """
    declared = [c for c in declared if not c.open]
    theirs = {c.name.partition(".")[0] for c in declared if c.kind is CodeKind.STATUS}
    ours = {c.name.partition(".")[0] for c in declared} - theirs
    return rf"^({'|'.join(sorted(ours))})(\.|$)"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8", newline="\n")
    SCHEMA.write_text(schema_text(), encoding="utf-8", newline="\n")
