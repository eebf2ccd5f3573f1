"""CAWG identity assertions of the active manifest (CAWG Identity Assertion 1.1 and 1.2).

They say who stands behind the content, in addition to the signer of the claim. Their answer has an
axis of its own and moves no other. What they hold (names, accounts) is personal data: nothing of it
gets into a message. The SDK checks them in a read of its own, over the manifest store alone; what
it passes over in silence is checked here: the form of the assertion (section 5.2), and the chain of
an X.509 credential by the rules of `signing.path`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from provenance.base.finding import Finding, error, note, warning
from provenance.base.terms import Cawg
from provenance.credentials import sdk as _sdk
from provenance.credentials.manifest import Linkage
from provenance.signing import cose, path
from provenance.signing.cache import ChainCache
from provenance.signing.trust_list import Purpose

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provenance.credentials.manifest import Assertion, ManifestStore
    from provenance.credentials.sdk import Status
    from provenance.signing.trust_list import Anchor
    from provenance.signing.trust_store import TrustStore

LABEL = "cawg.identity"
_MALFORMED = "cawg.identity.cbor.invalid"
_X509 = "cawg.x509.cose"

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
# Time-stamps carry no weight on this axis; that one does not hold is said.
_IGNORED = ("timeStamp.", "cawg.ica.time_stamp.", "cawg.x509.time_stamp.")
_BAD_STAMPS = frozenset(
    {
        "cawg.ica.time_stamp.invalid",
        "timeStamp.malformed",
        "timeStamp.mismatch",
    }
)
_WEAKEST_FIRST = (Cawg.INVALID, Cawg.NOT_CHECKED, Cawg.UNLISTED, Cawg.TRUSTED)


def judge(
    store: ManifestStore, data: bytes, trust: TrustStore | None = None
) -> tuple[Cawg, tuple[Finding, ...]]:
    """Judge the identity assertions of the active manifest; the weakest of several counts.

    `data` is the manifest store that `store` was read from; the anchors of `trust` for CAWG are
    those that X.509 identities may chain to. Without an identity assertion the SDK is not called.
    Never opens a socket.
    """
    wanted = [
        a
        for a in store.active_manifest.named(LABEL)
        if a.linkage not in {Linkage.MISSING, Linkage.REDACTED}
    ]
    if not wanted:
        return Cawg.NONE, ()
    anchors = trust.anchors(Purpose.CAWG) if trust is not None else ()
    answer = _sdk.ask_identities(data, _pem(anchors))
    answers: list[Cawg] = []
    findings: list[Finding] = []
    for assertion in wanted:
        where = f"{store.active}/{assertion.label}"
        if assertion.linkage is Linkage.MISMATCH:
            value, said = _invalid("the identity assertion is not the one that was signed", where)
        elif not well_formed(assertion):
            value, said = _invalid(f"the identity assertion does not hold: {_MALFORMED}", where)
        elif answer.state is None or answer.active != store.active:
            message = "the SDK cannot read the identity assertions of this credential"
            value, said = Cawg.NOT_CHECKED, (warning("cawg.not_checked", message, where),)
        else:
            value, said = decide(_concerning(answer.statuses, where), where)
            if value is Cawg.TRUSTED and trust is not None:
                value, said = _held_against(assertion, trust, (value, said), where)
        answers.append(value)
        findings += said
    return min(answers, key=_WEAKEST_FIRST.index), tuple(findings)


def _pem(anchors: Sequence[Anchor]) -> str:
    if not anchors:
        return ""
    from provenance.credentials.chain_description import pem  # noqa: PLC0415 - rarely asked for

    return pem(anchor.der for anchor in anchors)


def well_formed(assertion: Assertion) -> bool:
    """Whether an assertion has the fields of the `identity` rule (section 5.2), of their types.

    Further fields are allowed. Of an assertion that is not, the SDK says nothing at all.
    """
    content = _content(assertion)
    payload = content.get("signer_payload")
    return (
        isinstance(payload, dict)
        and isinstance(payload.get("sig_type"), str)
        and isinstance(payload.get("referenced_assertions"), list | tuple)
        and isinstance(content.get("signature"), bytes)
        and isinstance(content.get("pad1"), bytes)
        and isinstance(content.get("pad2", b""), bytes)
    )


def _content(assertion: Assertion) -> dict[object, Any]:
    try:
        content = assertion.decode()
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _held_against(
    assertion: Assertion, trust: TrustStore, said: tuple[Cawg, tuple[Finding, ...]], where: str
) -> tuple[Cawg, tuple[Finding, ...]]:
    """Take back that an X.509 identity is trusted where its chain breaks a rule of ours.

    The SDK does not evaluate what an authority may vouch for (`signing.constraints`).
    """
    content = _content(assertion)
    if content["signer_payload"]["sig_type"] != _X509:
        return said
    try:
        certificates = cose.read(content["signature"]).certificates
    except cose.CoseError:
        certificates = ()
    if certificates:
        chain = path.build(certificates[0], certificates, Purpose.CAWG, trust, ChainCache())
        if chain.sound and chain.hits:
            return said
    message = "the identity is well formed; the chain of its certificates does not hold"
    return Cawg.UNLISTED, (warning("cawg.chain_invalid", message, where),)


def decide(statuses: Sequence[Status], where: str) -> tuple[Cawg, tuple[Finding, ...]]:
    """Turn what the SDK says of one identity assertion into our answer and findings for it."""
    value, said = _decide(statuses, where)
    stamps = sorted({s.code for s in statuses if s.code in _BAD_STAMPS})
    if not stamps:
        return value, said
    message = f"the identity's time-stamp does not hold and is not used: {', '.join(stamps)}"
    return value, (*said, warning("cawg.time_stamp_invalid", message, where))


def _decide(statuses: Sequence[Status], where: str) -> tuple[Cawg, tuple[Finding, ...]]:
    codes = {s.code for s in statuses}
    failures = sorted(
        {
            s.code
            for s in statuses
            if s.outcome is _sdk.Outcome.FAILURE
            and s.code not in _UNLISTED | _EXPIRED | _UNANSWERED
            and not s.code.startswith(_IGNORED)
        }
    )
    if failures:
        return _invalid(f"the identity assertion does not hold: {', '.join(failures)}", where)
    unanswered = sorted(codes & _UNANSWERED)
    if unanswered:
        message = f"the identity cannot be checked without the network: {unanswered[0]}"
        if not unanswered[0].startswith(("cawg.ica.did_una", "cawg.identity.net")):
            message = f"the identity is of a kind that cannot be checked here: {unanswered[0]}"
        return Cawg.NOT_CHECKED, (note("cawg.not_checked", message, where),)
    succeeded = {s.code for s in statuses if s.outcome is _sdk.Outcome.SUCCESS}
    if codes & _EXPIRED:
        message = "the identity's credential was not valid at the time it was checked for"
        return Cawg.UNLISTED, (warning("cawg.expired", message, where),)
    if succeeded & _TRUSTED and not codes & _UNLISTED:
        return Cawg.TRUSTED, (note("cawg.trusted", "the identity's issuer is on a list", where),)
    if succeeded & (_SOUND | _TRUSTED) or codes & _UNLISTED:
        message = "the identity is well formed; its issuer is on no list"
        return Cawg.UNLISTED, (note("cawg.unlisted", message, where),)
    message = "the SDK says nothing of this identity assertion"
    return Cawg.NOT_CHECKED, (note("cawg.not_checked", message, where),)


def _invalid(message: str, where: str) -> tuple[Cawg, tuple[Finding, ...]]:
    return Cawg.INVALID, (error("cawg.invalid", message, where),)


def _concerning(statuses: Sequence[Status], where: str) -> list[Status]:
    """Select what concerns one assertion of the active manifest, not of an ingredient's.

    Some failures of the SDK name no place ("Cose_Sign1"): they count for an assertion of which it
    says nothing else.
    """
    manifest, _, label = where.rpartition("/")
    own = [s for s in statuses if not s.ingredient]
    found = [s for s in own if s.manifest == manifest and s.url.endswith(f"/{label}")]
    if not any(s.code.startswith("cawg.") for s in found):
        found += [s for s in own if s.code.startswith("cawg.") and not s.manifest]
    return found
