"""The verdict: from evidence, by fixed rules, without I/O and without a clock.

The rules are those of `docs/origin.md`, in its order and with its numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.base.terms import (
    AI_ORIGINS,
    GENERATIVE,
    LISTED,
    ORIGIN_WORDS,
    RANK,
    UNSIGNED,
    VERIFIED,
    Assurance,
    BreakKind,
    Conformance,
    CredentialStatus,
    Flag,
    Integrity,
    Origin,
    Revocation,
)
from provenance.base.text import quotable_name
from provenance.base.values import dataclass
from provenance.signals.signal import GeneratorClaim, Role, Signal
from provenance.verdict.evidence import InputFact, InputKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provenance.verdict.evidence import Evidence

_CAUTION = "Absence of evidence is not evidence of anything."
ABSENCE = f"No usable evidence of origin was found. {_CAUTION}"
_BROKEN = "it is broken"
_PERSON = "it may show or imitate a real person"
_OWN_WORD = "The file's own statement about its origin cannot be relied on"
_NOT_SIGNED = (
    "The signature is sound, but it was made for a different file: this one was changed after\
 signing, or the credential was copied here"
)
CAPTURE = "A signer says that a camera recorded this; it may have recorded a screen or a print."
_AI_ORDER = (Origin.AI_GENERATED, Origin.AI_MODIFIED, Origin.AI_POSSIBLE)
_BESIDE = {  # what carries a signal that no credential has
    Assurance.ASSERTED: "Unsigned metadata: ",
    Assurance.DETECTED: "Decoded from the media: ",
}
_MAX_NAMES = 3  # of claim generators in a sentence


@dataclass(frozen=True, slots=True)
class Reason:
    """Why the verdict is what it is: a stable code and a sentence for people."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """Origin, how far it carries, who made it, and what a policy may ask for."""

    origin: Origin
    assurance: Assurance
    generator: GeneratorClaim | None
    flags: tuple[Flag, ...]
    reasons: tuple[Reason, ...]


def assess(evidence: Evidence) -> Verdict:
    """Decide. Pure: the same evidence gives the same verdict."""
    origin, chosen, reasons, conflicts = _origin(evidence)
    conflicts += _vendor_conflict(evidence.signals)
    conflicts += _against_credential(evidence, origin, chosen)
    assurance = chosen.assurance if chosen else Assurance.NONE
    standing = _credential_reasons(evidence)
    if chosen is not None:
        reasons.append(_origin_reason(chosen))
        said = chosen.loose or (
            assurance is Assurance.BROKEN and _is_said_already(chosen.limit, standing)
        )  # the reason for loose evidence has the same words
        if chosen.limit and not said:
            code = f"assurance.{assurance.value}"
            said_of_it = f'Rated only "{_assurance_words(assurance)}", because {chosen.limit}.'
            reasons.append(Reason(code, said_of_it))
    from_input = _inputs_given(evidence, origin)
    reasons += [_input_reason(fact) for fact in from_input]
    reasons += _further_reasons(evidence.signals, chosen)
    reasons += conflicts
    reasons += standing
    return Verdict(
        origin=origin,
        assurance=assurance,
        generator=chosen.generator if chosen else None,
        flags=_flags(
            evidence, origin, chosen, conflict=bool(conflicts), from_input=bool(from_input)
        ),
        reasons=tuple(dict.fromkeys(reasons)),
    )


def _origin(evidence: Evidence) -> tuple[Origin, Signal | None, list[Reason], list[Reason]]:
    """Apply rules 1 to 4; return origin, the signal it rests on, reasons, conflicts."""
    # 1. The strongest kind of AI origin that any signal supports. Loose evidence does not count
    # against a verified signer's word: anyone may have put it there.
    human, gaps = _verified_human_origin(evidence)
    signals = [s for s in evidence.signals if not (s.loose and human)]
    for kind in _AI_ORDER:
        best = strongest(signals, kind)
        if best is not None:
            break
    else:
        best = None
    # 2. Unsigned evidence alone does not overturn a verified signer's word, nor is it hidden by it.
    if best is not None and best.supports is not None:
        against = [s for s in signals if s.supports in AI_ORIGINS]
        if (
            human is None
            or human.supports is None
            or any(s.assurance not in UNSIGNED for s in against)
        ):
            return best.supports, best, [], []
        conflict = Reason(
            "conflict.unsigned_ai",
            f"Unsigned evidence contradicts it: {best.says} ({best.where}).",
        )
        return human.supports, human, _capture_reason(human), [conflict]
    # 3. A verified signer's word, where nothing is missing.
    if human is not None and human.supports is not None:
        return human.supports, human, _capture_reason(human), []
    # 4. Nothing, or claims too weak to be a verdict.
    claims = sorted((s for s in evidence.signals if s.supports is not None), key=_strength)
    absent = Reason("origin.absent", _absence(evidence, claims, gaps=bool(gaps)))
    if gaps or not claims:
        return Origin.UNKNOWN, None, [*gaps, absent], []
    said = claims[0].says
    if _limit(claims[0]) not in absent.message and _BROKEN not in absent.message:
        said += f" ({_limit(claims[0])})"
    weak = Reason("origin.weak_claim", f"A claim too weak for a verdict: {said}.")
    return Origin.UNKNOWN, None, [weak, absent], []


def _absence(evidence: Evidence, claims: Sequence[Signal], *, gaps: bool) -> str:
    """Say that nothing decides; of a credential also why its claim cannot be relied on."""
    if evidence.status is CredentialStatus.UNREADABLE:
        return f"Nothing else says how the file was made. {_CAUTION}"
    if evidence.status is CredentialStatus.REMOTE:
        return f"Nothing in the file itself says how it was made. {_CAUTION}"
    if evidence.status is CredentialStatus.ABSENT:
        return f"{_OWN_WORD}, because {_limit(claims[0])}. {_CAUTION}" if claims else ABSENCE
    signed = [s for s in claims if s.assurance not in UNSIGNED]
    if evidence.axes.integrity is Integrity.BROKEN:
        why = _BROKEN
    elif gaps:
        why = "what a verified signer says does not account for the whole file"
    elif signed:
        why = _limit(signed[0])
    elif neutral := [
        s.says for s in evidence.signals if s.role is Role.ASSET and s.path and s.source_type
    ]:
        why = f"what it declares ({neutral[0]}) is neither AI nor a camera recording"
    else:
        why = "it does not say how the file was made"
    names = ", ".join(quotable_name(name) for name in evidence.generators[:_MAX_NAMES])
    tool = f" (claim generator: {names})" if names else ""
    return (
        f"There is a credential{tool}, but it makes no claim about origin that can be relied on,"
        f" because {why}. {_CAUTION}"
    )


def _limit(weak: Signal) -> str:
    return weak.limit or "it is not verified"


def _verified_human_origin(evidence: Evidence) -> tuple[Signal | None, list[Reason]]:
    """Return the verified claim of capture or creation that nothing speaks against, or the gaps."""
    reasons: list[Reason] = []
    for wanted, gaps in (
        (Origin.CAPTURED, evidence.capture_gaps),
        (Origin.DIGITAL_CREATION, evidence.creation_gaps),
    ):
        best = strongest(evidence.signals, wanted)
        if best is None or best.assurance not in VERIFIED:
            continue
        if not gaps:
            return best, []
        words = "a camera recorded it" if wanted is Origin.CAPTURED else "people made it"
        reasons += [
            Reason("origin.gap", f"A verified signer says that {words}, but: {gap}.")
            for gap in gaps[:8]
        ]
    return None, reasons


def strongest(signals: Sequence[Signal], kind: Origin) -> Signal | None:
    """Return the strongest signal that supports an origin; the first one where several are."""
    fitting = [s for s in signals if s.supports is kind]
    return min(fitting, key=_strength, default=None)


def _strength(signal: Signal) -> tuple[int, int, int]:
    generator = signal.generator
    unnamed = 0 if generator and generator.vendor else 1 if generator and generator.product else 2
    return RANK[signal.assurance], unnamed, len(signal.path)


def _capture_reason(signal: Signal) -> list[Reason]:
    if signal.supports is not Origin.CAPTURED:
        return []
    return [Reason("origin.captured", CAPTURE)]


def _origin_reason(signal: Signal) -> Reason:
    place = {Role.COMPONENT: " in a component", Role.INPUT: " in an input"}.get(signal.role, "")
    code = f"origin.{signal.detector}"
    if signal.loose:
        return Reason(code, _loose(signal))
    if not signal.path:
        kind = _BESIDE.get(signal.assurance, "")
        return Reason(code, f"{kind}{signal.says} ({signal.where}).")
    says = f"{signal.says}{place}"
    if signal.part == "gathered":
        says += ", gathered from elsewhere"
    who = quotable_name(signal.signer) if signal.signer else "an unnamed signer"
    if not signal.signer_proven:
        return Reason(code, f"{says}. Claimed signer: {who} (not proven).")
    if not signal.sealed:
        return Reason(code, f"{says}: altered after {who} signed it.")
    return Reason(code, f"{says}. Signed by {who}".removesuffix(".") + ".")


def _loose(signal: Signal) -> str:
    return f"Not covered by any signature: {signal.says} ({signal.where}); {signal.limit}."


def _is_said_already(limit: str, reasons: Sequence[Reason]) -> bool:
    """Tell whether a reason says already why a signal carries no further.

    A limit that opens with what kind of break it is counts by what follows.
    """
    why = limit.rpartition(": ")[2].casefold()
    return any(why in reason.message.casefold() for reason in reasons)


def _assurance_words(assurance: Assurance) -> str:
    return assurance.value.replace("_", " ")


def _inputs_given(evidence: Evidence, origin: Origin) -> tuple[InputFact, ...]:
    """Return what a generator was given, by its credential, else by unsigned metadata."""
    if origin is Origin.AI_GENERATED and evidence.inputs:
        return evidence.inputs
    if origin not in GENERATIVE:
        return ()
    given = (s for s in evidence.signals if s.from_input and s.supports in GENERATIVE)
    return tuple(InputFact(InputKind.LOADED, s.where) for s in given)[:1]


def _input_reason(fact: InputFact) -> Reason:
    if fact.kind is InputKind.LOADED:
        given = "a picture or recording that was given to the generator"
    elif fact.kind is InputKind.CAPTURE:
        given = "a camera's picture"
    else:
        given = "an upload without a credential"
    return Reason(f"input.{fact.kind.value}", f"Made from {given}: {_PERSON}.")


def _vendor_conflict(signals: Sequence[Signal]) -> list[Reason]:
    """Two vendors that both claim to have generated the whole asset."""
    claims = [
        (s.generator.vendor, s.where.partition("/")[0])
        for s in signals
        if s.supports is Origin.AI_GENERATED
        and s.role is Role.ASSET
        and not s.loose
        and s.generator is not None
        and s.generator.vendor is not None
    ]
    vendors = {vendor for vendor, _ in claims}
    if len(vendors) < 2 or len({place for _, place in claims}) < 2:
        return []
    names = " and ".join(sorted(vendors))
    return [Reason("conflict.vendors", f"{names} both claim to have generated it.")]


def _against_credential(evidence: Evidence, origin: Origin, chosen: Signal | None) -> list[Reason]:
    """Unsigned metadata that contradicts what a credential says."""
    if evidence.axes.conformance is Conformance.OVER_CLAIMING and any(
        s.origin is Origin.CAPTURED and len(s.path) == 1 for s in evidence.signals
    ):
        message = "The signer's conformance record does not allow what it claims."
        return [Reason("conflict.over_claiming", message)]
    if chosen is None:
        return []
    if (loose := _against_broken_capture(evidence, origin)) is not None:
        return [loose]
    captured = any(s.origin is Origin.CAPTURED and s.path for s in evidence.signals)
    if chosen.assurance in UNSIGNED and origin in AI_ORIGINS:
        claims = [
            s
            for s in evidence.signals
            if s.supports in {Origin.CAPTURED, Origin.DIGITAL_CREATION}
            and s.assurance is not Assurance.BROKEN
            and s.path
        ]
        if claims:
            says = f"A credential contradicts it: {claims[0].says} ({claims[0].where})."
            return [Reason("conflict.unsigned_ai", says)]
    generated = origin is Origin.AI_GENERATED and bool(chosen.path)
    if generated and evidence.camera_exif and not captured and not evidence.inputs:
        message = "Declared as generated without any input, but the file has a camera's own EXIF."
        return [Reason("conflict.camera_exif", message)]
    return []


def _against_broken_capture(evidence: Evidence, origin: Origin) -> Reason | None:
    """Tell where only loose or unsigned evidence of AI speaks against a broken claim of capture.

    Either may be the forgery: the signer is known, the bytes are not the ones that were signed.
    """
    if origin not in AI_ORIGINS or evidence.axes.identity not in LISTED:
        return None
    if any(
        s.supports in AI_ORIGINS and not s.loose and s.assurance not in UNSIGNED
        for s in evidence.signals
    ):
        return None
    for signal in evidence.signals:
        broken = signal.assurance is Assurance.BROKEN and not signal.loose
        if signal.supports is Origin.CAPTURED and broken:
            said = f"{signal.says} ({signal.where})"
            message = f"A broken credential of a listed signer says that a camera made it: {said}."
            return Reason("conflict.broken_capture", message)
    return None


def _further_reasons(signals: Sequence[Signal], chosen: Signal | None) -> list[Reason]:
    """Say what the headline does not rest on: loose evidence, and a better proven lesser claim."""
    reasons = [
        Reason("evidence.loose", _loose(s)) for s in signals if s.loose and s.supports in AI_ORIGINS
    ][:8]
    if chosen is None or chosen.assurance is not Assurance.BROKEN:
        return reasons
    proven = [
        s
        for s in signals
        if s.supports in AI_ORIGINS
        and s.supports is not chosen.supports
        and s.assurance is not Assurance.BROKEN
    ]
    for signal in sorted(proven, key=_strength)[:1]:
        words = ORIGIN_WORDS[signal.supports or Origin.UNKNOWN]
        said = f"{signal.says} ({signal.where}, {_assurance_words(signal.assurance)})"
        reasons.append(Reason("origin.also", f'Better proven is "{words}": {said}.'))
    return reasons


def _credential_reasons(evidence: Evidence) -> list[Reason]:
    """Say what the credential's state is where it is not simply present and intact."""
    reasons = []
    if evidence.status is CredentialStatus.REMOTE:
        reasons.append(
            Reason(
                "credential.remote", "The credential is at a remote address; it was not fetched."
            )
        )
    if evidence.status is CredentialStatus.UNREADABLE:
        reasons.append(
            Reason(
                "credential.unreadable",
                "There is a credential, but it cannot be read, so its claim about origin is"
                " unknown.",
            )
        )
    reasons += [
        Reason(
            "credential.unread", f"Cannot be read, so its claim about origin is unknown: {what}."
        )
        for what in evidence.unread[:8]
    ]
    if evidence.break_kind is BreakKind.OTHER_BYTES:
        reasons.append(
            Reason(
                "integrity.other_bytes",
                f"{_NOT_SIGNED} ({evidence.break_reason}).",
            )
        )
    elif evidence.break_kind is BreakKind.UNPROVEN:
        reasons.append(
            Reason(
                "integrity.unproven",
                f"Anyone may have written what it claims: {evidence.break_reason}.",
            )
        )
    elif evidence.break_kind is BreakKind.REJECTED:
        message = f"The credential is as it was signed, but breaks a rule: {evidence.break_reason}."
        reasons.append(Reason("integrity.rejected", message))
    if evidence.axes.integrity in {Integrity.PARTIAL, Integrity.UNCHECKED}:
        code = f"integrity.{evidence.axes.integrity.value}"
        reasons.append(
            Reason(code, f"Integrity is {evidence.axes.integrity.value}: {evidence.break_reason}.")
        )
    reasons += [
        Reason("link.broken", f"A link to what it was made from is broken: {what}.")
        for what in evidence.broken_links[:8]
    ]
    if evidence.axes.revocation is Revocation.REVOKED:
        reasons.append(Reason("revocation.revoked", "The signing certificate was revoked."))
    if evidence.incomplete and evidence.status is CredentialStatus.PRESENT:
        reasons.append(
            Reason(
                "actions.incomplete",
                "The signer does not say that its list of actions is complete.",
            )
        )
    return reasons


def _flags(
    evidence: Evidence,
    origin: Origin,
    chosen: Signal | None,
    *,
    conflict: bool,
    from_input: bool,
) -> tuple[Flag, ...]:
    broken = evidence.axes.integrity is Integrity.BROKEN or bool(evidence.broken_links)
    if chosen is not None and chosen.assurance is Assurance.BROKEN:
        broken = True
    revoked = evidence.axes.revocation is Revocation.REVOKED or (
        chosen is not None and bool(evidence.revoked & set(chosen.path))
    )
    holds = {
        Flag.AI: origin in GENERATIVE,
        Flag.BROKEN: broken and not (revoked and evidence.axes.integrity is not Integrity.BROKEN),
        Flag.REVOKED: revoked,
        Flag.CONFLICT: conflict,
        Flag.UNREADABLE: evidence.status is CredentialStatus.UNREADABLE or bool(evidence.unread),
        Flag.REMOTE_ONLY: evidence.status is CredentialStatus.REMOTE,
        Flag.PARTIAL_COVERAGE: evidence.axes.integrity is Integrity.PARTIAL,
        Flag.FROM_INPUT: from_input,
    }
    return tuple(flag for flag in Flag if holds[flag])
