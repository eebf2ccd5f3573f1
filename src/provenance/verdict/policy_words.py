"""What a policy means, in words, and why a file does not fulfil it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.base.finding import warning
from provenance.base.terms import (
    GENERATIVE,
    LISTED,
    ORIGIN_WORDS,
    Assurance,
    Breach,
    CredentialStatus,
    Flag,
    Identity,
    Integrity,
    Origin,
    Revocation,
)
from provenance.base.text import clean, quotable_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from provenance.base.finding import Finding
    from provenance.verdict.policy import Case, Policy

_SHOWN = 10  # of the names or patterns of one list
_FLAG = {
    Flag.BROKEN: "a credential that is broken",
    Flag.REVOKED: "a signer that was revoked",
    Flag.CONFLICT: "evidence that contradicts other evidence",
    Flag.UNREADABLE: "a credential that cannot be read",
    Flag.REMOTE_ONLY: "a credential that is at a remote address only",
    Flag.PARTIAL_COVERAGE: "a credential that leaves a part of the media uncovered",
    Flag.FROM_INPUT: "a file that was made from a camera's picture, an upload or something loaded",
}
_BROKEN = {
    Integrity.PARTIAL: "a credential that covers the media only in part",
    Integrity.UNCHECKED: "a credential whose media is not there to check",
}
_REVOKED = {
    Revocation.REVOKED_LATER: "a signer that was revoked after it signed",
    Revocation.UNKNOWN: "a signer that its authority does not know",
    Revocation.NOT_CHECKED: "revocation status unknown: nothing supplied covers this signer",
}
_IDENTITY = {
    Identity.C2PA: "on the C2PA Trust List",
    Identity.INTERIM: "on the interim list",
    Identity.PRIVATE: "on a list of your own",
    Identity.UNLISTED: "not on any trust list",
}


def describe(policy: Policy) -> Iterator[str]:
    """Yield what a policy means, one sentence a line; values from the file are cleaned."""
    said = [*_on_verdicts(policy), *_on_signers(policy)]
    yield from said or ["No file is flagged, whatever it is."]


def _on_verdicts(policy: Policy) -> Iterator[str]:
    """Yield which origins and flags count, and what counts as broken or revoked."""
    for origin in Origin:
        assurances = [a for a in Assurance if (origin, a) in policy.origins]
        if not assurances:
            continue
        code = "exit code 3" if origin in GENERATIVE else "exit code 5"
        at = "at any assurance"
        if len(assurances) < len(Assurance):
            at = f"at assurance {_either(a.value for a in assurances)}"
        yield f"Flagged: what is {ORIGIN_WORDS[origin]}, {at} ({code})."
    for flag in Flag:
        if flag in policy.flags and flag is not Flag.AI:
            yield f"Flagged: {_FLAG[flag]} ({_code(flag)})."
    for integrity in Integrity:
        if integrity in policy.counts_as_broken:
            yield f"Counts as broken: {_BROKEN.get(integrity, integrity.value)} (exit code 4)."
    for status in Revocation:
        if status in policy.counts_as_revoked:
            yield f"Counts as revoked: {_REVOKED.get(status, status.value)} (exit code 4)."


def _on_signers(policy: Policy) -> Iterator[str]:
    """Yield which vendors and signers a file may name, and which files have to be signed."""
    if policy.vendors:
        yield (
            f"Flagged: what names another vendor than {_either(policy.vendors)}, on whatever basis"
            " (exit code 5)."
        )
    if policy.signers:
        yield (
            f"Flagged: a credential that another than {_either(policy.signers)} signed"
            " (exit code 5). A name counts on a listed chain only."
        )
    for rule in policy.must_be_signed:
        if not (rule.paths and rule.identity):
            continue  # it asks for nothing
        where = "every file" if "**" in rule.paths else f"files that match {_either(rule.paths)}"
        who = _either(_IDENTITY.get(i, i.value) for i in Identity if i in rule.identity)
        yield (
            f"Must be signed: {where}, with an intact credential by a signer {who} (exit code 5"
            " where not)."
        )


def _code(flag: Flag) -> str:
    return "exit code 4" if flag in {Flag.BROKEN, Flag.REVOKED} else "exit code 5"


def _either(values: Iterable[str]) -> str:
    texts = [clean(value) for value in values]
    if len(texts) > _SHOWN:
        texts = [*texts[:_SHOWN], f"{len(texts) - _SHOWN} more"]
    return " or ".join(filter(None, (", ".join(texts[:-1]), texts[-1])))


def findings(policy: Policy, case: Case, flagged: tuple[Flag | Breach, ...]) -> Iterator[Finding]:
    """Yield one finding a breach: what the policy demands, and what is there instead."""
    verdict = case.verdict
    if verdict is None:
        return
    for value in flagged:
        match value:
            case Breach.ORIGIN:
                said = (
                    f"the policy flags what is {ORIGIN_WORDS[verdict.origin]}"
                    f" at assurance {verdict.assurance.value}"
                )
            case Breach.UNEXPECTED_VENDOR:
                vendor = verdict.generator.vendor if verdict.generator else None
                said = f"the policy expects {_either(policy.vendors)}, and the file names {vendor}"
            case Breach.UNEXPECTED_SIGNER:
                said = f"the policy expects {_either(policy.signers)}; it is {_signer(case)}"
            case Breach.MUST_BE_SIGNED:
                said = f"the policy asks for an intact, signed credential; it is {_signer(case)}"
            case _:
                continue
        yield warning(f"policy.{value.value}", said)


def _signer(case: Case) -> str:
    active = next((m for m in case.credentials.manifests if m.active), None)
    if case.credentials.status is not CredentialStatus.PRESENT or active is None:
        return "not there or not to be read"
    signer = active.signer
    if signer is None:
        return "signed by nobody who can be named"
    name = quotable_name(signer.organisation or signer.common_name or "an unnamed signer")
    if not signer.proven:
        return f"signed by a claimed signer, {name} (not proven)"
    listed = _IDENTITY.get(active.axes.identity, "with a chain that breaks a rule")
    own = "" if active.axes.identity in LISTED else " (so the name is its own choice)"
    return f"signed by {name}, {listed}{own}, integrity {case.axes.integrity.value}"
