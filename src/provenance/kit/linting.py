"""What `provenance lint` must answer of a sample: by the specification's codes and the programme.

Two sources, and what lint says is neither:

- The rules of `integrity` ask whether certain failure codes were reported; the official rubric
  lists them. Which code a sample must get is the specification's word, and stands in the
  expectation. Where several codes fit and they stand on several lists, one of the rules must fail.
- The programme's demands concern the content of the active manifest: see `provenance.kit.demands`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from provenance.kit.demands import DemandBreach, Success
from provenance.kit.expect import ValidationState
from provenance.linting import official_lists

if TYPE_CHECKING:
    from collections.abc import Mapping

    from provenance.kit.expect import Expected

INTEGRITY = "integrity"
PROGRAMME = "conformance-0.2-spec-2.4"
PROFILES = (INTEGRITY, PROGRAMME)
TRUE, FALSE, NOT_APPLICABLE = "true", "false", "not_applicable"
GENERAL = "general.error"
"""The code for whatever has none of its own: it says nothing of what is wrong."""
_PRESENT = ("well_formed_data_present", "valid_data_present", "trusted_data_present")
_SIGNER = frozenset({Success.TRUSTED.value, "trusted_data_present"})
"""Rules of `integrity` that the programme does not ask: it judges what was made, not by whom."""


@dataclass(frozen=True, slots=True)
class Answers:
    """What the rules of one profile must answer.

    `rules` are (id, outcome). Of `any_of` at least one answers `false`. `open` rules may answer
    as they like. All others answer `otherwise`.
    """

    otherwise: str = TRUE
    rules: tuple[tuple[str, str], ...] = ()
    any_of: tuple[str, ...] = ()
    open: tuple[str, ...] = ()

    def differences(self, said: Mapping[str, str]) -> list[str]:
        """Say where outcomes by rule are not as expected; empty where they are."""
        wanted = dict(self.rules)
        free = {*self.any_of, *self.open}
        differences = [
            f"{rule} {outcome}"
            for rule, outcome in sorted(said.items())
            if rule not in free and outcome != wanted.get(rule, self.otherwise)
        ]
        differences += [f"no answer of {rule}" for rule in sorted(wanted.keys() - said.keys())]
        if self.any_of and not any(said.get(rule) == FALSE for rule in self.any_of):
            differences.append(f"none of {', '.join(self.any_of)} is false")
        return differences

    def to_dict(self) -> dict[str, Any]:
        """Return the object that stands in `expected.json`."""
        return {
            "otherwise": self.otherwise,
            "rules": dict(self.rules),
            "any_of": list(self.any_of),
            "open": list(self.open),
        }


@dataclass(slots=True)
class _Drawn:
    """Rules while they are gathered."""

    false: set[str] = field(default_factory=set)
    any_of: set[str] = field(default_factory=set)
    open: set[str] = field(default_factory=set)

    def answers(self, left_out: frozenset[str] = frozenset()) -> Answers:
        rules = sorted((rule, FALSE) for rule in self.false - left_out)
        any_of = self.any_of - left_out
        free = self.open - left_out
        if any_of != self.any_of:  # the one that fails may be one that is not asked here
            any_of, free = set(), free | any_of
        return Answers(TRUE, tuple(rules), tuple(sorted(any_of)), tuple(sorted(free)))


def answers(expected: Expected) -> dict[str, Answers]:
    """Return what each of `PROFILES` must answer of a sample."""
    lint = expected.lint
    if not lint.shown:
        failing = [(rule, FALSE) for rule in sorted((*_PRESENT, *Success))]
        kept = [pair for pair in failing if pair[0] not in _SIGNER]
        return {
            INTEGRITY: Answers(TRUE, tuple(failing)),
            PROGRAMME: Answers(NOT_APPLICABLE, tuple(kept)),
        }
    drawn = _by_code(expected)
    integrity = drawn.answers()
    drawn.false |= set(lint.breaches)
    drawn.open |= {rule for rule in lint.undecided if isinstance(rule, DemandBreach)}
    return {INTEGRITY: integrity, PROGRAMME: drawn.answers(_SIGNER)}


def _by_code(expected: Expected) -> _Drawn:
    """Draw the rules that fail from the codes that the specification asks for.

    A code on no list makes no rule fail. Where the first one, which the section names, is such a
    code, what the others would do is open.
    """
    if expected.state is ValidationState.OPEN and not expected.lint.below:
        return _Drawn(open=set(Success))
    if expected.state is ValidationState.ABSENT:  # a store that does not count must not pass
        return _Drawn(any_of=set(Success))
    lists = [_rules_of(code) for code in expected.codes if code != GENERAL]
    touched = {rule for rules in lists for rule in rules}
    undecided = {rule.value for rule in expected.lint.undecided if isinstance(rule, Success)}
    if expected.lint.below or not lists or not lists[0]:
        return _Drawn(open=touched | undecided)
    if touched & undecided or len(touched) > 1:
        return _Drawn(any_of=touched | undecided)
    return _Drawn(false=touched, open=undecided)


def _rules_of(code: str) -> set[str]:
    """Return the rule that a failure code makes fail, by the official lists."""
    lists = {
        Success.WELL_FORMED: official_lists.WELL_FORMED,
        Success.VALID: official_lists.VALID,
        Success.TRUSTED: official_lists.TRUSTED,
    }
    return {rule.value for rule, codes in lists.items() if code in codes}
