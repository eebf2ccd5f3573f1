"""The headline of a file: what to know in a second, at most a handful of short lines.

What is broken comes first, then what the evidence says of origin, then how far that carries.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.base.terms import (
    AI_ORIGINS,
    UNSIGNED,
    Assurance,
    CredentialStatus,
    Flag,
    Identity,
    Integrity,
    Location,
    Origin,
    Revocation,
)
from provenance.base.text import URL_LIMIT, clean, quotable_name
from provenance.render import vocabulary
from provenance.signals.signal import Basis

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance.render.vocabulary import Line, Span
    from provenance.signals.signal import GeneratorClaim, Signal
    from provenance.verdict.assess import Verdict
    from provenance.verdict.report import Report

# Who signed a file of unknown origin is worth a word where nobody vouches for them.
_STRANGERS = frozenset({Identity.UNLISTED, Identity.INVALID, Identity.UNPROVEN})
_BROKEN = {  # by the code of the reason that explains it in full
    "integrity.other_bytes": "changed after signing, or copied from another file",
    "integrity.unproven": "anyone may have written what it claims",
    "integrity.rejected": "it breaks a rule of C2PA",
}
_CLAIMS = "it claims: "
_STORE_ALONE = "application/c2pa"
COVERED = frozenset({"assurance.asserted", "integrity.unchecked", "revocation.revoked"})
"""Codes of reasons that the headline says already, with those that begin as one of `COVERED_BY`."""
COVERED_BY = ("input.",)


def headline(report: Report) -> Iterator[Line]:
    """Yield the lines of the headline: what is broken, the origin, and how far that carries."""
    verdict = report.verdict
    if verdict is None:
        yield (("bad", "no verdict"),)
        return
    broken = tuple(_broken(report, verdict))
    yield from broken
    yield from _origin(report, verdict, broken=bool(broken))
    if Flag.FROM_INPUT in verdict.flags:
        yield (("warn", f"{_input(report, verdict)}: it may show or imitate a real person"),)
    yield from _assurance_line(report, verdict, broken=bool(broken))
    if Flag.CONFLICT in verdict.flags:
        yield (("bad", "CONFLICT: the evidence contradicts itself"),)
    if not _is_loose(report, verdict) and any(
        s.loose and s.supports in AI_ORIGINS for s in report.signals
    ):
        yield (("warn", vocabulary.LOOSE),)


def _is_loose(report: Report, verdict: Verdict) -> bool:
    """Tell whether the origin rests on loose evidence alone."""
    supporting = [s for s in report.signals if s.supports is verdict.origin]
    return (
        verdict.assurance is Assurance.BROKEN
        and bool(supporting)
        and all(s.loose for s in supporting)
    )


def _broken(report: Report, verdict: Verdict) -> Iterator[Line]:
    codes = {reason.code for reason in verdict.reasons}
    said = vocabulary.INTEGRITY[Integrity.BROKEN]
    if report.axes.integrity is Integrity.BROKEN:
        why = next((text for code, text in _BROKEN.items() if code in codes), "")
        yield (("bad", said), ("", f": {why}" if why else ""))
    elif "link.broken" in codes:
        yield (("bad", said), ("", f": {vocabulary.BROKEN_LINK}"))
    if report.axes.revocation is Revocation.REVOKED:
        yield (("bad", "signer REVOKED"), ("", ": the signing certificate was revoked"))
    elif Flag.REVOKED in verdict.flags:
        yield (
            ("bad", "signer REVOKED"),
            ("", ": the certificate of an earlier version was revoked"),
        )
    if report.credentials.status is CredentialStatus.UNREADABLE:
        yield (("bad", vocabulary.STATUS[CredentialStatus.UNREADABLE]),)


def _origin(report: Report, verdict: Verdict, *, broken: bool) -> Iterator[Line]:
    """Say the origin; of a broken credential what it claims, and what unsigned evidence says."""
    by_credential = verdict.assurance not in UNSIGNED and verdict.origin is not Origin.UNKNOWN
    said = (
        vocabulary.ORIGIN[verdict.origin].upper()
        if report.flagged
        else vocabulary.ORIGIN[verdict.origin]
    )
    maker = _maker_words(verdict.origin, verdict.generator)
    if not broken:
        sidecar = ", claimed in a sidecar" if by_credential and _in_sidecar(report) else ""
        yield ((style_of(report), said), ("", f"{maker}{sidecar}"))
        return
    if by_credential:
        yield (("", _CLAIMS), (style_of(report), said), ("", maker))
    elif (claim := _claim(report, signed=True)) is not None:
        yield (("", _CLAIMS), ("", _claim_words(claim)))
    if not by_credential:
        yield ((style_of(report), said), ("", maker))
    elif (claim := _claim(report, signed=False)) is not None:
        yield (("", "unsigned metadata claims: "), ("", _claim_words(claim)))


def _claim(report: Report, *, signed: bool) -> Signal | None:
    """Return the first statement of origin in the credential, or outside it."""
    kinds = {Assurance.ASSERTED} if not signed else set(Assurance) - UNSIGNED
    statements = (
        s for s in report.signals if s.supports is not None and s.assurance in kinds and not s.loose
    )
    return next(statements, None)


def _claim_words(signal: Signal) -> str:
    origin = signal.supports or Origin.UNKNOWN
    return vocabulary.ORIGIN[origin] + _maker_words(origin, signal.generator)


def _maker_words(origin: Origin, generator: GeneratorClaim | None) -> str:
    if generator is None:
        return ""
    name = _name(generator)
    if not name:
        return ""
    if not generator.vendor and not generator.product:  # a model is not a maker
        return f" with Stable Diffusion settings, model {name}"
    declared = " (declared)" if generator.basis is Basis.DECLARED else ""
    return f"{vocabulary.GENERATOR.get(origin, ' by')} {name}{declared}"


def _name(generator: GeneratorClaim) -> str:
    parts = [p for p in (generator.vendor, generator.product, generator.model) if p]
    return ", ".join(dict.fromkeys(map(quotable_name, parts)))


def _input(report: Report, verdict: Verdict) -> str:
    """Say what it was made from, as far as the evidence tells."""
    codes = {reason.code for reason in verdict.reasons}
    if "input.loaded" in codes:
        sound = (report.asset.media_type or "").startswith("audio/")
        return f"made from a {'recording' if sound else 'picture'} that was given to it"
    if "input.capture" in codes:
        return "made from a camera's picture"
    return "made from an upload without a credential"


def _in_sidecar(report: Report) -> bool:
    return report.credentials.location is Location.SIDECAR


def _assurance_line(report: Report, verdict: Verdict, *, broken: bool) -> Iterator[Line]:
    """Say how far the origin carries, and whether the file was altered."""
    status, integrity = report.credentials.status, report.axes.integrity
    parts: list[str] = []
    if verdict.origin is not Origin.UNKNOWN and not (
        verdict.assurance is Assurance.BROKEN and broken
    ):
        loose = _is_loose(report, verdict)
        parts.append(vocabulary.LOOSE_CLAIM if loose else vocabulary.ASSURANCE[verdict.assurance])
    if status is CredentialStatus.REMOTE:
        parts.append(vocabulary.STATUS[status])
    elif status is CredentialStatus.PRESENT and integrity is not Integrity.BROKEN:
        state = _state(report, verdict) if integrity is not Integrity.INTACT else ""
        if not any(reason.code == "link.broken" for reason in verdict.reasons):
            state = state or vocabulary.INTEGRITY[integrity]
        if verdict.assurance in UNSIGNED | {Assurance.BROKEN} and state:
            state = f"credential: {state}"
        parts += [state] if state else []
        if verdict.origin is Origin.UNKNOWN and report.axes.identity in _STRANGERS:
            parts.append(f"signer {vocabulary.IDENTITY[report.axes.identity]}")
    if parts:
        spans: list[Span] = [("", "; ".join(parts))]
        yield tuple(spans)


def _state(report: Report, verdict: Verdict) -> str:
    """Return why alteration could not be checked, or how much of it was not."""
    integrity = report.axes.integrity
    if integrity is not Integrity.UNCHECKED:
        return vocabulary.INTEGRITY[integrity]
    if report.asset.media_type == _STORE_ALONE:
        return "media not supplied, so alteration cannot be checked"
    for reason in verdict.reasons:
        if reason.code == "integrity.unchecked":
            return clean(reason.message.partition(": ")[2], URL_LIMIT).removesuffix(".")
    return vocabulary.INTEGRITY[integrity]


def style_of(report: Report) -> str:
    """Return the style of a file's origin: how it stands out among others."""
    if report.verdict is None or report.flagged:
        return "bad"
    good = report.verdict.origin in {Origin.CAPTURED, Origin.DIGITAL_CREATION}
    return "good" if good else "bold"
