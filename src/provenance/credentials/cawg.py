"""CAWG identity assertions of the active manifest (CAWG Identity Assertion 1.1 and 1.2).

They say who stands behind the content, beside the signer of the claim. Their answer has an axis of
its own and moves no other. What they hold (names, accounts) is personal data: nothing of it gets
into a message. The SDK checks them in a read of its own, over the manifest store alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.base.finding import Finding, error, note, warning
from provenance.base.terms import Cawg
from provenance.credentials import sdk as _sdk
from provenance.credentials.manifest import Linkage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provenance.credentials.manifest import ManifestStore
    from provenance.credentials.sdk import Status

LABEL = "cawg.identity"

# Status codes of CAWG Identity Assertion 1.2 sections 7.2.2, 8.1.5 and 8.2.2, as c2pa-python 0.38.1
# emits them. Every failure that is not named here makes the identity invalid.
_TRUSTED = frozenset({"cawg.identity.trusted", "cawg.x509.credential.trusted"})
_SOUND = frozenset(
    {
        "cawg.identity.well-formed",
        "cawg.x509.signature.validated",
        # the SDK says so of any issuer where it knows no list of issuers
        "cawg.ica.credential_valid",
    }
)
_UNLISTED = frozenset(
    {
        "cawg.ica.untrusted_issuer",
        "cawg.x509.credential.untrusted",
        "signingCredential.untrusted",  # the SDK before CAWG 1.2
    }
)
_EXPIRED = frozenset({"cawg.ica.valid_until.invalid", "cawg.x509.signature.outside_validity"})
# What could not be asked: a document on the network, or a kind that the SDK does not know.
_UNANSWERED = frozenset(
    {
        "cawg.ica.did_unavailable",
        "cawg.ica.did_unsupported_method",
        "cawg.ica.revocation.unavailable",
        "cawg.ica.revocation.unsupported",
        "cawg.identity.network_traffic_blocked",
        "cawg.identity.sig_type.unknown",
        "cawg.x509.algorithm.unsupported",
    }
)
# Time-stamps carry no weight on this axis.
_IGNORED = ("timeStamp.", "cawg.ica.time_stamp.", "cawg.x509.time_stamp.")
_WEAKEST_FIRST = (Cawg.INVALID, Cawg.NOT_CHECKED, Cawg.UNLISTED, Cawg.TRUSTED)


def judge(store: ManifestStore, data: bytes) -> tuple[Cawg, tuple[Finding, ...]]:
    """Judge the identity assertions of the active manifest; the weakest of several counts.

    `data` is the manifest store that `store` was read from. Without an identity assertion the SDK
    is not called. Never opens a socket.
    """
    wanted = [
        a
        for a in store.active_manifest.named(LABEL)
        if a.linkage not in {Linkage.MISSING, Linkage.REDACTED}
    ]
    if not wanted:
        return Cawg.NONE, ()
    answer = _sdk.ask_identities(data)
    answers: list[Cawg] = []
    findings: list[Finding] = []
    for assertion in wanted:
        where = f"{store.active}/{assertion.label}"
        if assertion.linkage is Linkage.MISMATCH:
            value, finding = _invalid(
                "the identity assertion is not the one that was signed", where
            )
        elif answer.state is None or answer.active != store.active:
            message = "the SDK cannot read the identity assertions of this credential"
            value, finding = Cawg.NOT_CHECKED, warning("cawg.not_checked", message, where)
        else:
            value, finding = decide(_concerning(answer.statuses, where), where)
        answers.append(value)
        findings.append(finding)
    return min(answers, key=_WEAKEST_FIRST.index), tuple(findings)


def decide(statuses: Sequence[Status], where: str) -> tuple[Cawg, Finding]:
    """Turn what the SDK says of one identity assertion into our answer and a finding for it."""
    codes = {s.code for s in statuses}
    failures = sorted(
        s.code
        for s in statuses
        if s.outcome is _sdk.Outcome.FAILURE
        and s.code not in _UNLISTED | _EXPIRED | _UNANSWERED
        and not s.code.startswith(_IGNORED)
    )
    if failures:
        return _invalid(f"the identity assertion does not hold: {', '.join(failures)}", where)
    unanswered = sorted(codes & _UNANSWERED)
    if unanswered:
        message = f"the identity cannot be checked without the network: {unanswered[0]}"
        if not unanswered[0].startswith(("cawg.ica.did_una", "cawg.identity.net")):
            message = f"the identity is of a kind that cannot be checked here: {unanswered[0]}"
        return Cawg.NOT_CHECKED, note("cawg.not_checked", message, where)
    succeeded = {s.code for s in statuses if s.outcome is _sdk.Outcome.SUCCESS}
    if codes & _EXPIRED:
        message = "the identity's credential was not valid at the time it was checked for"
        return Cawg.UNLISTED, warning("cawg.expired", message, where)
    if succeeded & _TRUSTED and not codes & _UNLISTED:
        return Cawg.TRUSTED, note("cawg.trusted", "the identity's issuer is on a list", where)
    if succeeded & (_SOUND | _TRUSTED) or codes & _UNLISTED:
        message = "the identity is well formed; its issuer is on no list"
        return Cawg.UNLISTED, note("cawg.unlisted", message, where)
    message = "the SDK says nothing of this identity assertion"
    return Cawg.NOT_CHECKED, note("cawg.not_checked", message, where)


def _invalid(message: str, where: str) -> tuple[Cawg, Finding]:
    return Cawg.INVALID, error("cawg.invalid", message, where)


def _concerning(statuses: Sequence[Status], where: str) -> list[Status]:
    """Select what concerns one assertion of the active manifest, not of an ingredient's."""
    manifest, _, label = where.rpartition("/")
    return [
        s
        for s in statuses
        if not s.ingredient and s.manifest == manifest and s.url.endswith(f"/{label}")
    ]
