"""What a code means, for people and for machines: the catalogue, and the rules of lint."""

from __future__ import annotations

import difflib
import json
import textwrap
from typing import TYPE_CHECKING, Any

from provenance.base import codes
from provenance.base.codes import Code, CodeKind
from provenance.base.errors import ProvenanceError
from provenance.base.text import clean
from provenance.linting import rule_catalogue

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SCHEMA_VERSION = "1.0"
WIDTH = 80  # columns of the text
_NEAR = 3  # names that are suggested
_LABEL = 10  # columns of a label, its gap included


class UnknownCodeError(ProvenanceError):
    """A code that is not in the catalogue. The message names similar ones."""

    code = "explain.unknown_code"


def every_code() -> tuple[Code, ...]:
    """Return every code by kind, the rules of lint last."""
    return (*codes.catalogue(), *_rules())


def explain(name: str) -> tuple[Code, ...]:
    """Return what a code means: one entry for each kind that has it.

    `name` is a code, a value (`unlisted`), a value after its kind (`identity.unlisted`), the id of
    a lint rule, or a kind (`identity`) for all its values. Raises UnknownCodeError.
    """
    rules = tuple(rule for rule in _rules() if rule.name == name)
    entries = (*codes.codes_named(name), *rules)
    if entries:
        return entries
    entries = tuple(c for c in every_code() if name in {c.kind.value, f"{c.kind}.{c.name}"})
    if entries:
        return entries
    raise UnknownCodeError(_unknown(name))


def explanation_lines(entries: Iterable[Code]) -> Iterator[str]:
    """Yield the lines of an explanation."""
    for n, code in enumerate(entries):
        if n:
            yield ""
        yield code.name
        yield from _field("kind", _kind(code))
        yield from _field("means", code.means)
        yield from _field("to do", code.do)
        if code.section:
            yield from _field("section", code.section)
        if code.since:
            yield from _field("since", code.since)


def code_list_lines(entries: Iterable[Code]) -> Iterator[str]:
    """Yield the lines of a list: a heading for each kind, and each code with its severity."""
    kind = None
    for code in entries:
        if code.kind is not kind:
            if kind is not None:
                yield ""
            kind = code.kind
            yield f"{kind.words} ({kind.value})"
        weight = ", ".join(s.value for s in code.severities)
        yield f"  {code.name}" + (f"  [{weight}]" if weight else "")


def explanation_json(entries: Iterable[Code]) -> str:
    """Return the codes as JSON, in ASCII."""
    document = {"schema_version": SCHEMA_VERSION, "codes": [_code_fields(code) for code in entries]}
    return json.dumps(document, indent=2)


def _code_fields(code: Code) -> dict[str, Any]:
    return {
        "code": code.name,
        "kind": code.kind.value,
        "severities": [s.value for s in code.severities],
        "means": code.means,
        "to_do": code.do,
        "section": code.section,
        "since": code.since,
    }


def _kind(code: Code) -> str:
    said = ", ".join(s.value for s in code.severities)
    if code.kind is CodeKind.STATUS:
        table = f"{code.kind.words} ({code.outcome})"
        return f"{table}; as a finding: {said}" if said else table
    return f"{code.kind.words}: {said}" if said else code.kind.words


def _field(label: str, said: str) -> list[str]:
    return textwrap.wrap(
        said,
        WIDTH,
        initial_indent=f"  {label:<{_LABEL}}",
        subsequent_indent=" " * (_LABEL + 2),
        break_long_words=False,
        break_on_hyphens=False,
    )


def _rules() -> tuple[Code, ...]:
    return tuple(
        Code(
            CodeKind.RULE,
            rule.id,
            f"{rule.title}.",
            rule.advice,
            severities=() if rule.observes else (rule.severity,),
            section=rule.section,
            since="",  # a rule goes with its profile, which names a version of its own
        )
        for rule in sorted(rule_catalogue.rules(), key=lambda r: r.id)
    )


def _unknown(name: str) -> str:
    known = {c.name.casefold(): c.name for c in every_code() if not c.open}
    known |= {f"{c.kind}.{c.name}".casefold(): f"{c.kind}.{c.name}" for c in codes.catalogue()}
    known |= {kind.value: kind.value for kind in CodeKind}
    near = difflib.get_close_matches(name.casefold(), known, _NEAR, 0.6)
    hint = (
        f"did you mean {', '.join(known[n] for n in near)}?"
        if near
        else "`provenance explain` lists them"
    )
    return f"no code {clean(name)!r}: {hint}"
