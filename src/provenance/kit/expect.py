"""What must be said of a sample: by the standard, and by this project's own rules.

The standard's part is for any validator: a state and status codes (C2PA 2.4 chapters 14.3 and
15). The other part is the verdict, the axes and the findings of `provenance verify`, by
`docs/origin.md`, and what `provenance lint` answers (`provenance.kit.linting`). All of it follows
from how the sample is made: an effect turns the expectation of the sound sample into that of the
faulty one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from provenance.kit.demands import DemandBreach, Lint, Success


class ValidationState(StrEnum):
    """What a validator that trusts the kit's roots must make of a file (C2PA 2.4 section 14.3)."""

    TRUSTED = "trusted"
    """Valid, and the signer leads to a trust anchor."""
    VALID = "valid"
    """Valid; the signer leads to no anchor."""
    INVALID = "invalid"
    """Not Valid: well-formed or not, something is rejected."""
    ABSENT = "absent"
    """There is no manifest store that counts."""
    UNREADABLE = "unreadable"
    """No manifest store can be read: a validator says that it is invalid, or that none is there."""
    OPEN = "open"
    """The standard does not say; a validator is not scored on it."""


class ValidatorNeed(StrEnum):
    """What a validator has to do beyond reading one file, so that it can be asked of a sample."""

    ARCHIVES = "archives"
    """Open the file, which is an archive, a mailbox or a document."""
    PRESENTATIONS = "presentations"
    """Read the file, which is the manifest of a presentation, and the files that it names."""


_MEETS_ALL = Lint()


@dataclass(frozen=True, slots=True)
class OtherReading:
    """Another state that the text allows too, with the codes that lead there.

    Of `failure` at least one must be reported; where it is empty, the state is enough.
    """

    state: ValidationState
    failure: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Expected:
    """The expectation for one sample.

    Of `failure` at least one code must be reported: where the standard leaves the order of checks
    open, several fit. Where it leaves open which of two rules decides, and another state follows
    from the other, that is one of `readings`. Each of `informational` and `success` should be
    reported. `findings` are codes of our own that must be among those of a report; `signals` the
    official ones of the active manifest.
    """

    state: ValidationState = ValidationState.TRUSTED
    failure: tuple[str, ...] = ()
    informational: tuple[str, ...] = ()
    success: tuple[str, ...] = ()
    origin: str = "ai_generated"
    assurance: str = "verified_private"
    flags: tuple[str, ...] = ("ai",)
    credential: str = "present"
    integrity: str = "intact"
    identity: str = "private"
    time: str = "current"
    revocation: str = "not_checked"
    cawg: str = "none"
    findings: tuple[str, ...] = ()
    signals: tuple[str, ...] = ()
    lint: Lint = _MEETS_ALL
    readings: tuple[OtherReading, ...] = ()

    @property
    def codes(self) -> tuple[str, ...]:
        """The failure codes of every reading, those of the first one in front."""
        return (*self.failure, *(code for reading in self.readings for code in reading.failure))


AI = Expected()
"""Intact, trusted, declared as generated."""
CAPTURED = replace(AI, origin="captured", flags=())
CREATION = replace(AI, origin="digital_creation", flags=())
POSSIBLE = replace(AI, origin="ai_possible", flags=())
MODIFIED = replace(AI, origin="ai_modified")
UNKNOWN = replace(AI, origin="unknown", assurance="none", flags=())
"""Intact and trusted, but it claims nothing that is a verdict, or leaves a gap."""
STAMPED = replace(AI, time="timestamped", success=("timeStamp.validated", "timeStamp.trusted"))
NO_CREDENTIAL = Expected(
    ValidationState.ABSENT,
    origin="unknown",
    assurance="none",
    flags=(),
    credential="absent",
    integrity="none",
    identity="none",
    time="unknown",
    lint=Lint(shown=False),
)
_AI_ORIGINS = frozenset({"ai_generated", "ai_modified", "ai_possible"})


def _limited(base: Expected, assurance: str, *flags: str) -> Expected:
    """A claim of AI stands at any assurance, one of a capture at `verified_private` alone.

    A flag comes in the order in which `Flag` lists them.
    """
    kept = tuple(flag for flag in base.flags if flag == "ai")
    order = ("ai", "broken", "revoked", "unreadable", "partial_coverage", "from_input")
    ordered = tuple(sorted({*kept, *flags}, key=order.index))
    if base.origin in _AI_ORIGINS:
        return replace(base, assurance=assurance, flags=ordered)
    return replace(base, origin="unknown", assurance="none", flags=ordered)


def altered(base: Expected, *codes: str, findings: tuple[str, ...] | None = None) -> Expected:
    """A sound signature that was made for a different file, or a part that a digest does not fit.

    The claim signature verifies: identity and time stay.
    """
    said = codes[:1] if findings is None else findings
    expected = replace(
        base, state=ValidationState.INVALID, failure=codes, integrity="broken", findings=said
    )
    return _limited(replace(expected, success=()), "broken", "broken")


def unproven(base: Expected, *codes: str, findings: tuple[str, ...] | None = None) -> Expected:
    """The claim signature does not verify: who signed and when is only claimed."""
    expected = altered(base, *codes, findings=findings)
    return replace(expected, identity="unproven", time="unknown", revocation="not_checked")


def lost(base: Expected, *codes: str, findings: tuple[str, ...] = ()) -> Expected:
    """As `unproven`, and the claims themselves cannot be read any more.

    crJSON shows the manifest with an empty claim, which names neither how the asset began nor a
    version of the specification. Whether its signer is called untrusted beside that is open.
    """
    expected = unproven(base, *codes, findings=findings)
    expected = breaching(expected, DemandBreach.INCEPTION, DemandBreach.SPEC_VERSION)
    expected = undecided(expected, Success.TRUSTED)
    return replace(expected, origin="unknown", assurance="none", flags=("broken",))


def unclaimed(base: Expected, *codes: str, findings: tuple[str, ...] = ()) -> Expected:
    """As `lost`; what they say of AI is still there to be read, and is loose."""
    expected = lost(base, *codes, findings=findings)
    if base.origin not in _AI_ORIGINS:
        return expected
    return replace(expected, origin=base.origin, assurance="broken", flags=("ai", "broken"))


def unreadable(base: Expected) -> Expected:
    """The manifest store cannot be read at all; the standard names no code for that.

    What it says of AI is still in its bytes, and is not to be lost.
    """
    expected = replace(
        NO_CREDENTIAL,
        state=ValidationState.UNREADABLE,
        credential="unreadable",
        flags=("unreadable",),
        findings=("credential.unreadable",),
        cawg=base.cawg,
    )
    if base.origin not in _AI_ORIGINS:
        return expected
    flags = ("ai", "broken", *expected.flags)
    return replace(expected, origin=base.origin, assurance="broken", flags=flags)


def malformed(base: Expected, *codes: str, findings: tuple[str, ...] | None = None) -> Expected:
    """A rule of form is broken and nothing was altered: no axis moves, a finding says it."""
    said = codes[:1] if findings is None else findings
    return replace(base, state=ValidationState.INVALID, failure=codes, success=(), findings=said)


def unchecked(base: Expected, *codes: str, findings: tuple[str, ...]) -> Expected:
    """Nothing could be compared with the media, or not as it was signed: `signed` at most."""
    expected = replace(
        base, state=ValidationState.INVALID, failure=codes, success=(), integrity="unchecked"
    )
    return _limited(replace(expected, findings=findings), "signed")


def unread(base: Expected) -> Expected:
    """Something that may speak of origin cannot be read: what it says is not known."""
    return replace(base, flags=(*base.flags, "unreadable"))


def partial(base: Expected, *codes: str, informational: tuple[str, ...] = ()) -> Expected:
    """The hash matches and leaves media uncovered: `signed` at most."""
    expected = replace(base, integrity="partial", findings=("binding.partial",))
    if codes:
        expected = replace(expected, state=ValidationState.INVALID, failure=codes, success=())
    else:
        expected = replace(expected, informational=informational)
    return _limited(expected, "signed", "partial_coverage")


INVALID, UNTRUSTED = "signingCredential.invalid", "signingCredential.untrusted"


def rejected(base: Expected, finding: str) -> Expected:
    """The signing credential breaks its profile: identity `invalid`, `signed` at most."""
    expected = replace(
        base, state=ValidationState.INVALID, failure=(INVALID,), success=(), identity="invalid"
    )
    return _limited(replace(expected, findings=(finding,)), "signed")


def misused(base: Expected, finding: str) -> Expected:
    """The same by a rule that 14.5.1.2 has too: by it no chain is verified, and no more follows."""
    return replace(
        rejected(base, finding), readings=(OtherReading(ValidationState.VALID, (UNTRUSTED,)),)
    )


def unchained(base: Expected, finding: str) -> Expected:
    """A path that RFC 5280 section 6 rejects: by 14.5.1.2 and 15.7 the signer is not trusted.

    Who counts that among the requirements of the credential's type, as 15.7 has it in the sentence
    before, calls the credential invalid.
    """
    expected = replace(rejected(base, finding), state=ValidationState.VALID, failure=(UNTRUSTED,))
    return replace(expected, readings=(OtherReading(ValidationState.INVALID, (INVALID,)),))


def unlisted(base: Expected, finding: str = "chain.root_unlisted") -> Expected:
    """A sound chain that reaches no anchor: the manifest is Valid and not Trusted."""
    expected = replace(
        base,
        state=ValidationState.VALID,
        failure=("signingCredential.untrusted",),
        identity="unlisted",
        findings=(finding,),
    )
    return _limited(expected, "signed")


def outside(base: Expected, time: str, *findings: str) -> Expected:
    """Not signed within the validity of the certificate, as far as can be proven."""
    expected = replace(
        base,
        state=ValidationState.INVALID,
        failure=("claimSignature.outsideValidity",),
        success=(),
        time=time,
        findings=findings or (f"time.{time}",),
    )
    return _limited(expected, "signed")


def breaching(base: Expected, *breaches: DemandBreach) -> Expected:
    """The same, against these demands of the conformance programme; no axis moves with them."""
    all_breaches = dict.fromkeys((*base.lint.breaches, *breaches))
    return replace(base, lint=replace(base.lint, breaches=tuple(all_breaches)))


def undecided(base: Expected, *rules: Success | DemandBreach) -> Expected:
    """The same, where the specification leaves open what these rules of lint come to."""
    return replace(base, lint=replace(base.lint, undecided=(*base.lint.undecided, *rules)))


def below(base: Expected) -> Expected:
    """The same, with a fault in an ingredient and not in the manifest that speaks for the asset."""
    return replace(base, lint=replace(base.lint, below=True))


UNSUPPORTED = undecided(
    unchecked(AI, "algorithm.unsupported", findings=("algorithm.unsupported",)), Success.VALID
)
"""A hash by an algorithm that is not allowed. The code is on no list of the rubric; whether a
validator also says that nothing matches is open."""
