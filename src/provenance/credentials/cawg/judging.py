"""The answer about the identity assertions of the active manifest.

They say which named actors vouch for the content, in addition to the signer of the claim. Their
answer has an axis of its own and moves no other. What they hold (names, accounts) is personal data:
nothing of it gets into a message.

By CAWG Identity Assertion 1.2, in its order: the form (7.1), what is referred to (7.1), the
signature by its type (8.1, 8.2), trust (6.3). Where the SDK was asked about the file it is asked
about its identities, too: a failure of form, reference or signature that it finds and we do not
lowers the answer. For lists, dates and documents on the web our own check alone counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.base.finding import Finding, error, note, warning
from provenance.base.terms import Cawg
from provenance.credentials.cawg import aggregation, payload, x509
from provenance.credentials.cawg.identity_check import WEAKEST_FIRST, CawgStatus, CheckedSignature
from provenance.credentials.manifest import ContentError, Linkage

if TYPE_CHECKING:
    from collections.abc import Iterable

    from provenance.credentials import sdk
    from provenance.credentials.cawg.identity_check import IdentityGrounds
    from provenance.credentials.manifest import Assertion, ManifestStore

LABEL = "cawg.identity"
MAX_IDENTITIES = 32  # of one manifest that are checked
# What the SDK says, and does not count beside our own answer: lists, dates, the network, stamps,
# kinds that it does not know, and algorithms: of an aggregator it takes Ed25519 alone.
_OURS_ALONE = frozenset(
    {
        "cawg.ica.did_unavailable",
        "cawg.ica.did_unsupported_method",
        "cawg.ica.invalid_alg",
        "cawg.ica.revocation.unavailable",
        "cawg.ica.revocation.unsupported",
        "cawg.ica.untrusted_issuer",
        "cawg.ica.valid_from.invalid",
        "cawg.ica.valid_until.invalid",
        "cawg.identity.network_traffic_blocked",
        "cawg.identity.sig_type.unknown",
        "cawg.x509.algorithm.unsupported",
        "cawg.x509.credential.untrusted",
        "cawg.x509.signature.outside_validity",
        "signingCredential.untrusted",  # the SDK before CAWG 1.2
    }
)
_MISMATCH = "cawg.x509.signature.mismatch"
_STAMPS = ("timeStamp.", "cawg.ica.time_stamp.", "cawg.x509.time_stamp.")


def cawg_verdict(
    store: ManifestStore, grounds: IdentityGrounds
) -> tuple[Cawg, tuple[Finding, ...]]:
    """Judge the identity assertions of the active manifest; the weakest of several counts.

    Never raises for what a file holds, and never opens a socket.
    """
    answers: list[Cawg] = []
    findings: list[Finding] = []
    listed = payload.ListedHashes(store)
    for n, assertion in enumerate(_wanted(store)):
        where = f"{store.active}/{assertion.label}"
        if n == MAX_IDENTITIES:
            message = f"more than {MAX_IDENTITIES} identity assertions: the rest was not checked"
            answers.append(Cawg.NOT_CHECKED)
            findings.append(warning("cawg.not_checked", message, store.active))
            break
        value, said = _assertion_answer(assertion, store, listed, grounds, where)
        answers.append(value)
        findings += said
    if not answers:
        return Cawg.NONE, ()
    return min(answers, key=WEAKEST_FIRST.index), tuple(findings)


def _wanted(store: ManifestStore) -> list[Assertion]:
    gone = {Linkage.MISSING, Linkage.REDACTED}
    return [a for a in store.active_manifest.named(LABEL) if a.linkage not in gone]


def _assertion_answer(
    assertion: Assertion,
    store: ManifestStore,
    listed: payload.ListedHashes,
    grounds: IdentityGrounds,
    where: str,
) -> tuple[Cawg, list[Finding]]:
    if assertion.linkage is not Linkage.MATCH:
        message = "the identity assertion is not the one that was signed"
        return Cawg.INVALID, [error("cawg.invalid", message, where)]
    if assertion.refused:
        message = "the identity assertion was not read: a limit for one file was reached"
        return Cawg.NOT_CHECKED, [warning("cawg.not_checked", message, where)]
    try:
        identity = payload.identity_assertion(assertion, store.active_manifest.algorithm)
    except ContentError:
        identity = None
    if identity is None:
        return _answer_of_statuses((payload.malformed(),), CheckedSignature(), where)
    statuses = tuple(payload.payload_faults(identity, store, listed))
    signed = _signature(identity, grounds)
    return _answer_of_statuses((*statuses, *signed.statuses), signed, where)


def _signature(identity: payload.IdentityAssertion, grounds: IdentityGrounds) -> CheckedSignature:
    """Check the signature by its type."""
    if identity.kind == x509.KIND:
        return x509.check_x509(identity, grounds)
    if identity.kind == aggregation.KIND:
        return aggregation.check_aggregated(identity, grounds)
    message = "the identity is of a kind that is not supported"
    return CheckedSignature(
        (CawgStatus("cawg.identity.sig_type.unknown", message, Cawg.NOT_CHECKED),)
    )


def _answer_of_statuses(
    statuses: Iterable[CawgStatus], signed: CheckedSignature, where: str
) -> tuple[Cawg, list[Finding]]:
    """Return the answer for one assertion, and what a report says of it."""
    held = tuple(dict.fromkeys(statuses))
    best = Cawg.TRUSTED if signed.listed else Cawg.UNLISTED
    value = min((best, *(status.most for status in held)), key=WEAKEST_FIRST.index)
    told = [status.finding(where) for status in held]
    summary = _summary(value, held, where)
    more = [status.finding(where) for status in signed.noticed]
    if summary.code in {finding.code for finding in told}:  # it says why, too
        return value, [*told, *more]
    return value, [summary, *told, *more]


def _summary(value: Cawg, held: tuple[CawgStatus, ...], where: str) -> Finding:
    """Return what the answer for one assertion means; `held` are the statuses it comes from."""
    codes = ", ".join(status.code for status in held if status.most is value)
    if value is Cawg.INVALID:
        return error("cawg.invalid", f"the identity assertion is not valid: {codes}", where)
    if value is Cawg.NOT_CHECKED:
        return note("cawg.not_checked", f"the identity cannot be checked here: {codes}", where)
    if value is Cawg.TRUSTED:
        return note("cawg.trusted", "the identity's issuer is on a list", where)
    if any(status.code in _OUT_OF_TIME for status in held):
        message = "the identity's credential was not valid at the time it was checked for"
        return warning("cawg.expired", message, where)
    why = "cannot be relied on" if held else "is not on any list"
    return note("cawg.unlisted", f"the identity is well formed; its issuer {why}", where)


_OUT_OF_TIME = frozenset({"cawg.ica.valid_until.invalid", "cawg.x509.signature.outside_validity"})


def lowered(
    store: ManifestStore, own: Cawg, answer: sdk.SdkAnswer
) -> tuple[Cawg, tuple[Finding, ...]]:
    """Weigh the SDK's answer about the identities with ours: the lower one counts.

    `answer` is of `sdk.ask_identities`. Where it gave none, ours stands alone.
    """
    if answer.state is None or answer.active != store.active:
        return own, ()
    findings: list[Finding] = []
    value = own
    for assertion in _wanted(store)[:MAX_IDENTITIES]:
        where = f"{store.active}/{assertion.label}"
        codes = _counting(answer, store.active, assertion.label)
        if _MISMATCH in codes and _in_order(assertion, store.active_manifest.algorithm):
            codes.remove(_MISMATCH)
        if codes and own is not Cawg.INVALID:
            message = f"our own check finds no fault in this identity, the SDK says {codes[0]}"
            findings.append(warning("validators.disagree", message, where))
            value = Cawg.INVALID
    return value, tuple(findings)


def _in_order(assertion: Assertion, bare: str) -> bool:
    """Tell whether it signs its payload in the order of 8.2.1 (RFC 8949), and writes another.

    The SDK checks the signature over the payload as it is written.
    """
    try:
        identity = payload.identity_assertion(assertion, bare)
    except ContentError:
        return False
    if identity is None:
        return False
    written, in_order = identity.serialised[0], identity.serialised[-1]
    return x509.covers(identity, in_order) and not x509.covers(identity, written)


def _counting(answer: sdk.SdkAnswer, manifest: str, label: str) -> list[str]:
    """The SDK's failures that concern one assertion of the active manifest and count.

    Some name no place ("Cose_Sign1"): they count for an assertion of which it says nothing else.
    """
    own = [s for s in answer.statuses if not s.ingredient]
    said = [s for s in own if s.manifest == manifest and s.url.endswith(f"/{label}")]
    if not any(s.code.startswith("cawg.") for s in said):
        said += [s for s in own if s.code.startswith("cawg.") and not s.manifest]
    return sorted(
        {
            s.code
            for s in said
            if s.outcome.value == "failure"
            and s.code.startswith("cawg.")
            and s.code not in _OURS_ALONE
            and not s.code.startswith(_STAMPS)
        }
    )
