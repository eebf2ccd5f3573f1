"""How far validators agree with what is expected, sample by sample and class by class."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

from provenance.kit.expect import ValidationState, ValidatorNeed
from provenance.kit.validator_runs import OWN, Adapter, ValidatorAnswer

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from provenance.kit.expect import Expected
    from provenance.kit.linting import Answers
    from provenance.kit.record import Kit, SampleRecord

_NO_LINT: Mapping[str, Answers] = MappingProxyType({})
_UNTRUSTED = "signingCredential.untrusted"


class SampleResult(StrEnum):
    """What became of one sample, the best first."""

    AGREES = "agrees"
    """The state is as expected, and so are the codes."""
    OTHER_CODE = "other code"
    """The state is as expected; no code names the fault as the standard does."""
    OTHER_STATE = "other state"
    """A code names the fault; the state is not the one that follows from it."""
    DIFFERS = "differs"
    NO_ANSWER = "no answer"
    """It crashed, ran out of time or said what cannot be read."""
    NOT_SCORED = "not scored"
    """The standard leaves it open, or the command cannot ask it, or the form cannot tell."""


_BEST = (
    SampleResult.AGREES,
    SampleResult.OTHER_CODE,
    SampleResult.NOT_SCORED,  # an exit code may tell nothing of one reading and contradict another
    SampleResult.OTHER_STATE,
    SampleResult.DIFFERS,
    SampleResult.NO_ANSWER,
)
"""Which result of several readings of the text counts."""


@dataclass(frozen=True, slots=True)
class Scored:
    """One sample's result, and in words what was said where it is not agreement."""

    result: SampleResult
    said: str = ""


@dataclass(frozen=True, slots=True)
class ClassTally:
    """How many samples of a class came out how."""

    agrees: int = 0
    other_code: int = 0
    other_state: int = 0
    differs: int = 0
    no_answer: int = 0
    not_scored: int = 0

    @property
    def scored(self) -> int:
        """How many samples were scored."""
        return self.right + self.other_state + self.differs + self.no_answer

    @property
    def right(self) -> int:
        """How many came out in the state expected, whatever the code."""
        return self.agrees + self.other_code

    @property
    def percent(self) -> float | None:
        """The share of `right` among the scored; None where none was."""
        return 100.0 * self.right / self.scored if self.scored else None


@dataclass(frozen=True, slots=True)
class CommandFault:
    """How it shows that a command does not work.

    `complaint` is what it wrote last on standard error, line by line, cleaned.
    """

    words: str
    complaint: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Score:
    """One validator's results, in the order of the kit's samples.

    `fault` is there where the command does not work.
    """

    name: str
    command: str
    adapter: str
    results: tuple[Scored, ...]
    fault: CommandFault | None = None


def is_sound(entry: SampleRecord) -> bool:
    """Whether a working validator must accept a sample: nothing about it is faulty or missing."""
    return not entry.faulty and entry.expected.state is ValidationState.TRUSTED


def has_sound(entries: Iterable[SampleRecord]) -> bool:
    """Whether any of these samples can show that a command works."""
    return any(map(is_sound, entries))


def fault(
    entries: Sequence[SampleRecord], answers: Sequence[ValidatorAnswer | None]
) -> CommandFault | None:
    """Say how it shows that a command does not work; None where it does.

    One that refuses whatever it is given is right about every faulty sample, and knows nothing.
    """
    pairs = zip(entries, answers, strict=True)
    sound = [answer for entry, answer in pairs if answer is not None and is_sound(entry)]
    if not sound or any(answer.accepts for answer in sound):
        return None
    first = sound[0]
    said = first.problem.value if first.problem is not None else _state_words(first)
    words = f"it took none of {len(sound)} good samples for valid; of the first it said: {said}"
    return CommandFault(words, first.complaint)


def score(
    kit: Kit, answers: Sequence[ValidatorAnswer | None], fault: CommandFault | None = None
) -> tuple[Scored, ...]:
    """Compare answers with a kit's expectations; a command that does not work has none."""
    if fault is not None:
        return tuple(Scored(SampleResult.NO_ANSWER, "the command does not work") for _ in answers)
    return tuple(
        Scored(SampleResult.NOT_SCORED, _unasked(entry))
        if answer is None
        else score_answer(entry.expected, answer, entry.lint)
        for entry, answer in zip(kit.entries, answers, strict=True)
    )


NEEDS = {
    ValidatorNeed.ARCHIVES: "a validator that opens archives (--takes archives)",
    ValidatorNeed.PRESENTATIONS: (
        "a validator that reads manifests of presentations (--takes presentations)"
    ),
}
"""What a sample needs, in words for a sentence."""


def _unasked(entry: SampleRecord) -> str:
    """Say why a validator was not asked about a sample."""
    if entry.needs:
        return f"needs {NEEDS[entry.needs]}"
    return "the command has no place for media segments"


def tallies(entries: Sequence[SampleRecord], results: Sequence[Scored]) -> dict[str, ClassTally]:
    """Count by class, in the order of the classes' names; `""` holds the sum."""
    counted: dict[str, dict[SampleResult, int]] = {}
    for entry, scored in zip(entries, results, strict=True):
        for name in {"", entry.group}:
            held = counted.setdefault(name, {})
            held[scored.result] = held.get(scored.result, 0) + 1
    return {
        name: ClassTally(*(counted[name].get(result, 0) for result in SampleResult))
        for name in sorted(counted)
    }


def score_answer(
    expected: Expected, answer: ValidatorAnswer, lint: Mapping[str, Answers] = _NO_LINT
) -> Scored:
    """Judge one answer; `lint` is what is expected of the rules, by profile."""
    if answer.problem is not None:
        return Scored(SampleResult.NO_ANSWER, _with_complaint(answer.problem.value, answer))
    if answer.own is not None:
        return _score_own_record(expected, answer.own, answer.failure)
    if answer.lint is not None:
        return _by_lint(lint, answer.lint)
    if expected.state is ValidationState.OPEN:
        return Scored(SampleResult.NOT_SCORED, "the standard leaves it open")
    first = _by_reading(expected, answer)
    others = (
        _by_reading(
            replace(expected, state=reading.state, failure=reading.failure, readings=()), answer
        )
        for reading in expected.readings
    )
    return min((first, *others), key=lambda scored: _BEST.index(scored.result))


def _by_reading(expected: Expected, answer: ValidatorAnswer) -> Scored:
    if answer.state is None and _silent(answer):
        return _by_exit_code(expected, answer)
    said = _answer_words(answer)
    if not _same_state(expected, answer):
        named = set(expected.failure) & set(answer.failure)
        return Scored(SampleResult.OTHER_STATE if named else SampleResult.DIFFERS, said)
    wanted = expected.failure if expected.state is not ValidationState.ABSENT else ()
    if wanted and not set(wanted) & set(answer.failure):
        return Scored(SampleResult.OTHER_CODE, said)
    missing = [code for code in expected.informational if code not in _all(answer)]
    if missing and not answer.refused and expected.state is not ValidationState.ABSENT:
        return Scored(SampleResult.OTHER_CODE, f"{said}; without {', '.join(missing)}")
    return Scored(SampleResult.AGREES)


def _all(answer: ValidatorAnswer) -> set[str]:
    return {*answer.failure, *answer.informational, *answer.success}


def _answer_words(answer: ValidatorAnswer) -> str:
    said = _state_words(answer)
    quiet = answer.refused or answer.adapter is Adapter.EXIT_CODE
    return _with_complaint(said, answer) if quiet else said


def _state_words(answer: ValidatorAnswer) -> str:
    if answer.refused:
        return "refused"
    if answer.state is None:
        return f"exit code {answer.code}"
    state = answer.state.value
    return f"{state}: {', '.join(answer.failure[:6])}" if answer.failure else state


def _with_complaint(said: str, answer: ValidatorAnswer) -> str:
    """Add the line that says what went wrong.

    That is the last one which is not indented, as lines of a stack are, and has a kind of error
    before its colon; or else the last one.
    """
    lines = answer.complaint
    named = (text for text in reversed(lines) if ": " in text and not text.startswith(" "))
    line = next(named, "".join(lines[-1:]))
    return f"{said} ({line})" if line else said


def _same_state(expected: Expected, answer: ValidatorAnswer) -> bool:
    match expected.state:
        case ValidationState.TRUSTED:
            return answer.state is ValidationState.TRUSTED
        case ValidationState.VALID:
            # Some call a signer on no list invalid; that nothing else is wrong is what counts.
            only = set(answer.failure) == {_UNTRUSTED}
            return answer.state is ValidationState.VALID or (
                answer.state is ValidationState.INVALID and only
            )
        case ValidationState.ABSENT:
            # A store that is named and out of reach is an error for some, and nothing for others.
            only = bool(expected.failure) and set(answer.failure) <= set(expected.failure)
            return answer.state is ValidationState.ABSENT or answer.refused or only
        case ValidationState.UNREADABLE:
            return answer.refused or answer.state in {
                ValidationState.INVALID,
                ValidationState.ABSENT,
            }
    return answer.state is ValidationState.INVALID or answer.refused


def _silent(answer: ValidatorAnswer) -> bool:
    """Whether it says by its exit code alone what it makes of a sample."""
    return answer.adapter is Adapter.EXIT_CODE or (
        answer.adapter is Adapter.CODES and not answer.refused
    )


def _by_exit_code(expected: Expected, answer: ValidatorAnswer) -> Scored:
    """An exit code tells accepted from not accepted, and nothing between."""
    if expected.state in {ValidationState.VALID, ValidationState.ABSENT}:
        return Scored(SampleResult.NOT_SCORED, "an exit code does not tell")
    accepted = answer.code == 0
    if accepted is (expected.state is ValidationState.TRUSTED):
        return Scored(SampleResult.AGREES)
    return Scored(SampleResult.DIFFERS, _with_complaint(f"exit code {answer.code}", answer))


def _by_lint(wanted: Mapping[str, Answers], said: Mapping[str, Mapping[str, str]]) -> Scored:
    """Outcomes of lint, rule by rule, under the profiles that the kit speaks of."""
    asked = sorted(wanted.keys() & said.keys())
    if not asked:
        return Scored(
            SampleResult.NOT_SCORED, f"no profile of {', '.join(sorted(wanted)) or 'this kit'}"
        )
    wrong = [f"{name}: {w}" for name in asked for w in wanted[name].differences(said[name])]
    return Scored(SampleResult.DIFFERS, "; ".join(wrong)) if wrong else Scored(SampleResult.AGREES)


def _score_own_record(
    expected: Expected, said: Mapping[str, object], findings: tuple[str, ...]
) -> Scored:
    """Our own record: verdict, axes, credential and findings, all as expected."""
    wanted = dict(zip(OWN, _wanted(expected), strict=True))
    wrong = [f"{place} {said.get(place)}" for place in OWN if said.get(place) != wanted[place]]
    if wrong:
        return Scored(SampleResult.DIFFERS, "; ".join(wrong))
    missing = [code for code in expected.findings if code not in findings]
    if missing:
        return Scored(SampleResult.OTHER_CODE, f"without {', '.join(missing)}")
    return Scored(SampleResult.AGREES)


def _wanted(expected: Expected) -> tuple[object, ...]:
    """What is expected at each of `OWN`."""
    return (
        expected.origin,
        expected.assurance,
        expected.flags,
        expected.credential,
        expected.integrity,
        expected.identity,
        expected.time,
        expected.revocation,
        expected.cawg,
    )
