"""What a rule is, what it may answer, and under which profiles it is asked.

How to write a rule
-------------------

A rule is one function from a `Subject` (see `provenance.linting.subject`) to one or more
answers, wrapped by `rule`:

    @rule(
        "no_deprecated_claim_fields",
        title="The claim holds no field that the standard has moved",
        profiles=("conformance-0.2-spec-2.4",),
        section="C2PA 2.4 section 10.2.3.2",
        advice="Write specVersion into claim_generator_info, not into the claim.",
        needs=(Need.MANIFEST,),
        example=Example(
            passes={"claim.v2": {"specVersion": None}},
            fires={"claim.v2": {"specVersion": "2.4.0"}},
        ),
    )
    def no_deprecated_claim_fields(subject: Subject, profile: Profile) -> Results:
        ...
        return failed("specVersion is in the claim", where="c2pa.claim.v2")

    RULES = (no_deprecated_claim_fields, ...)

- Put it into a module of `provenance.linting.rules` that ends in a tuple `RULES`, and name the
  module in `rule_catalogue.MODULES`. Nothing is registered as a side effect of an import.
- `id` is the official one where there is one; else `<profile's theme>.<what>` in lower case.
- `needs` says what the subject must have. Where a part is missing (a crJSON document holds no
  metadata blocks and no certificates), the rule is not called: its outcome is `not_applicable`.
- Answer with `passed`, `failed`, `warned` or `does_not_apply`. A rule answers once, or once a
  place (a manifest) where its official counterpart does. Several faults of one kind are one answer
  whose message lists them (`join_listed`).
- `emits` declares the outcomes that may come, `not_applicable` aside where there are `needs`;
  `ask_rule` refuses any other.
- A rule that only states a fact (a signal is there or not) has `observes=True`: `false` is then
  no failure.
- Text from the file may be in a message as it is: it is cleaned where it leaves the program.
  Never put a personal value there: name the field that holds it.
- Nothing is raised for what the file holds. Everything in a `Subject` may be of the wrong type.
- `example` shows one sample that passes and one that fires, as a merge patch (RFC 7396) to the
  active manifest of the document of `provenance.linting.examples`; where a manifest cannot show
  it, as text alone, with the samples built in `tests/unit/linting/samples.py`. A test holds
  that each rule has both and that each does exactly what it says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from provenance.base.finding import Severity
from provenance.linting.subject import RuleNeed, Subject

MAX_LISTED = 8  # values that one message names


class RuleAnswer(StrEnum):
    """What a rule answers; the words are those of the official evaluator, and one of ours."""

    TRUE = "true"
    FALSE = "false"
    WARNING = "warning"
    NOT_APPLICABLE = "not_applicable"


def weighs_at_least(severity: Severity, least: Severity) -> bool:
    """Tell whether a severity weighs at least as much as another."""
    heaviest_first = list(Severity)
    return heaviest_first.index(severity) <= heaviest_first.index(least)


@dataclass(frozen=True, slots=True)
class RuleProfile:
    """A named set of rules.

    `source` names the text that it takes its demands from. `spec` is the version of the C2PA
    specification that it holds assets to. `legal` marks a law or code: a technical check, not legal
    advice.
    """

    name: str
    title: str
    source: str
    spec: tuple[int, int] | None = None
    legal: bool = False

    @property
    def spec_text(self) -> str:
        """The version of the specification as text, empty where the profile names none."""
        return f"{self.spec[0]}.{self.spec[1]}" if self.spec else ""


@dataclass(frozen=True, slots=True)
class RuleResult:
    """One answer of a rule. `where` is a manifest label, an assertion, a container block.

    `unsigned` is set where the rule fails for want of any manifest: for people that is one finding,
    however many rules say it.
    """

    outcome: RuleAnswer
    message: str
    where: str = ""
    unsigned: bool = False


Results = tuple[RuleResult, ...]
Check = Callable[[Subject, RuleProfile], Results]


@dataclass(frozen=True, slots=True)
class Example:
    """A sample that passes and one that fires.

    `passes` and `fires` are merge patches to the active manifest, or text where no crJSON can show
    the matter. `outcome` is what the firing sample gets. `also` names the other rules of the
    same profiles that must answer other than `true` for that sample, with their outcome.
    """

    passes: Mapping[str, Any] | str
    fires: Mapping[str, Any] | str
    outcome: RuleAnswer = RuleAnswer.FALSE
    also: Mapping[str, RuleAnswer] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `section` is the place in the text that demands it; `advice` what to change.

    `severity` is that of outcome `false`; a `warning` never weighs more than a warning.
    """

    id: str
    title: str
    profiles: tuple[str, ...]
    severity: Severity
    section: str
    advice: str
    needs: frozenset[RuleNeed]
    emits: frozenset[RuleAnswer]
    observes: bool
    example: Example
    check: Check

    def weight(self, outcome: RuleAnswer) -> Severity | None:
        """Return how much an outcome weighs; None where it is not a failure."""
        if self.observes or outcome in {RuleAnswer.TRUE, RuleAnswer.NOT_APPLICABLE}:
            return None
        if outcome is RuleAnswer.WARNING and self.severity is Severity.ERROR:
            return Severity.WARNING
        return self.severity


def rule(  # noqa: PLR0913 - one keyword for each field, by name only
    id: str,  # noqa: A002 - the word of the field and of the rubrics
    *,
    title: str,
    profiles: Iterable[str],
    section: str,
    advice: str,
    example: Example,
    severity: Severity = Severity.ERROR,
    needs: Iterable[RuleNeed] = (RuleNeed.MANIFEST,),
    emits: Iterable[RuleAnswer] = (RuleAnswer.TRUE, RuleAnswer.FALSE),
    observes: bool = False,
) -> Callable[[Check], Rule]:
    """Make a rule of a function; see the module's text.

    `not_applicable` counts as declared where the rule needs a part, which may be missing.
    """
    needed = frozenset(needs)
    declared = frozenset(emits) | ({RuleAnswer.NOT_APPLICABLE} if needed else frozenset())

    def wrap(check: Check) -> Rule:
        return Rule(
            id=id,
            title=title,
            profiles=tuple(profiles),
            severity=severity,
            section=section,
            advice=advice,
            needs=needed,
            emits=declared,
            observes=observes,
            example=example,
            check=check,
        )

    return wrap


def passed(message: str, where: str = "") -> Results:
    """Answer `true`: what the rule demands is there."""
    return (RuleResult(RuleAnswer.TRUE, message, where),)


def failed(message: str, where: str = "") -> Results:
    """Answer `false`: say what is wrong, and where; the rule's advice says what to change."""
    return (RuleResult(RuleAnswer.FALSE, message, where),)


def unsigned(message: str) -> Results:
    """Answer `false` for want of any manifest."""
    return (RuleResult(RuleAnswer.FALSE, message, unsigned=True),)


def warned(message: str, where: str = "") -> Results:
    """Answer `warning`: allowed, and better left."""
    return (RuleResult(RuleAnswer.WARNING, message, where),)


def does_not_apply(reason: str) -> Results:
    """Answer `not_applicable`: there is nothing here that the rule speaks of."""
    return (RuleResult(RuleAnswer.NOT_APPLICABLE, reason),)


def join_listed(values: Iterable[object]) -> str:
    """Join values for a message, in order, each once; what is left out is counted."""
    unique = list(dict.fromkeys(v if isinstance(v, str) else type(v).__name__ for v in values))
    shown = ", ".join(unique[:MAX_LISTED])
    left = len(unique) - MAX_LISTED
    return f"{shown} and {left} more" if left > 0 else shown
