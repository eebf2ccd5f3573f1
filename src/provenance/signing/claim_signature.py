"""The chain engine: one signature in, one answer on identity, time and revocation out.

Pure but for the cache: no network, no clock, no file. The steps of `chain_verdict` carry the
numbers of this list:

1. The claim signature verifies with the key of the first certificate.
2. The certificates lead to an anchor (identity, without time).
3. Time-stamps over the signature are verified; the strongest trusted one gives the signing time.
4. The signing certificate is checked against that time, or against the validation time.
5. Revocation answers are checked against the same time: those about the signer, and those about the
   authorities on its path (section 15.9), of which none may have been revoked by then.

Signatures of certificates, tokens and answers are checked within one budget of a file
(`cache.ChainCache.begin`). What lies beyond it counts as not checked, which never is a pass.
"""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from provenance.base.finding import error, warning
from provenance.base.terms import Identity, Revocation, Tier, TimeStatus
from provenance.base.text import quotable_name
from provenance.signing import algorithms, crl, path, revocation, timestamp
from provenance.signing.cache import ChainCache
from provenance.signing.certificate import name_text
from provenance.signing.chain_answer import ChainVerdict, RevocationAnswer
from provenance.signing.trust_list import Purpose

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from provenance.base.finding import Finding
    from provenance.signing.certificate import Certificate
    from provenance.signing.chain_answer import CoseSignature, TimeStamp
    from provenance.signing.crl import RevocationList
    from provenance.signing.trust_store import TrustStore

MAX_TIME_STAMPS = 16
# How far the clock of an authority may be ahead of the validation time: no token is of tomorrow.
CLOCK_SKEW = timedelta(minutes=10)
ATTACHED = "c2pa.time-stamp"
STAPLED, CERTIFICATE_STATUS = "rVals", "c2pa.certificate-status"  # where responses are

_TIERS = tuple(Tier)
_IDENTITY = {
    Tier.C2PA: Identity.C2PA,
    Tier.INTERIM: Identity.INTERIM,
    Tier.PRIVATE: Identity.PRIVATE,
}


def chain_verdict(  # noqa: PLR0913 - each is evidence of another kind
    signature: CoseSignature,
    claim: bytes,
    *,
    trust: TrustStore,
    at: datetime,
    attached_time_stamps: Sequence[bytes] = (),
    attached_ocsp: Sequence[bytes | None] = (),
    fetched_ocsp: Sequence[bytes] = (),
    crls: Sequence[RevocationList] = (),
    cache: ChainCache | None = None,
    purpose: Purpose = Purpose.SIGNER,
    attested: datetime | None = None,
) -> ChainVerdict:
    """Judge a claim signature (C2PA 2.4 chapters 14 and 15.7 to 15.9).

    `claim` is the content of the claim's CBOR box; `at` the validation time, aware.
    `attached_time_stamps` are the tokens that `c2pa.time-stamp` assertions hold for this
    manifest, `attached_ocsp` the responses of `c2pa.certificate-status` assertions; those about
    other certificates may be among them; a `None` at their end stands for further ones that were
    too many to keep. `fetched_ocsp` are responses that a responder gave just now, `crls` revocation
    lists that the user supplied. `purpose` says which anchors count, `attested` when it was signed
    by something else that is trusted, where no time-stamp of its own is.

    Never raises for what a file holds: every fault is a finding, with `where` naming the
    certificate, the header or the assertion.
    """
    cache = cache or ChainCache()
    findings: list[Finding] = []
    # 1.
    valid = _verify_claim_signature(signature, claim, cache, findings)
    # 2.
    chain = _build_chain(signature, purpose, trust, cache)
    # 3.
    stamps, about = _time_stamps(signature, claim, attached_time_stamps, trust, at, cache)
    best = _strongest(stamps)
    signed_at = best.time if best else attested
    chain = chain.at(signed_at or at)
    responses = _responses(signature, attached_ocsp, fetched_ocsp)
    if responses or crls:
        chain = _without_revoked_authority(chain, responses, crls, (signed_at, at), cache)
    findings += (*chain.findings, *about)
    # 4.
    time = _time_status(chain, signed_at, at, findings) if chain.path else TimeStatus.UNKNOWN
    # 5.
    answer, noted = _signer_revocation(chain, responses, crls, (signed_at, at), cache)
    return ChainVerdict(
        signature_valid=valid,
        identity=_identity(chain),
        hits=chain.hits,
        path=tuple(cache.describe(certificate) for certificate in chain.path),
        time=time,
        signing_time=signed_at,
        time_tier=best.trusted if best else None,
        time_stamps=stamps,
        revocation=answer,
        findings=tuple(dict.fromkeys((*findings, *noted))),
        claimed_time=signature.claimed_time,
    )


def _responses(
    signature: CoseSignature,
    attached: Sequence[bytes | None],
    fetched: Sequence[bytes],
) -> tuple[tuple[str, bytes | None], ...]:
    """Return all responses about revocation, each with where it comes from."""
    # Fetched responses come first: nothing in the file can keep them from being read.
    return (
        *((revocation.RESPONDER, response) for response in fetched),
        *((STAPLED, response) for response in signature.ocsp),
        *((CERTIFICATE_STATUS, response) for response in attached),
    )


def _signer_revocation(
    chain: path.Chain,
    responses: Sequence[tuple[str, bytes | None]],
    crls: Sequence[RevocationList],
    times: tuple[datetime | None, datetime],
    cache: ChainCache,
) -> tuple[RevocationAnswer, list[Finding]]:
    """What they say of the signing certificate; nothing where it was not read."""
    if not chain.path:
        return RevocationAnswer(Revocation.NOT_CHECKED), []
    issuer = chain.path[1] if len(chain.path) > 1 else None
    return _revocation(chain.path[0], issuer, responses, crls, times, cache)


def _revocation(
    subject: Certificate,
    issuer: Certificate | None,
    responses: Sequence[tuple[str, bytes | None]],
    crls: Sequence[RevocationList],
    times: tuple[datetime | None, datetime],
    cache: ChainCache,
) -> tuple[RevocationAnswer, list[Finding]]:
    """What responses and lists say of one certificate; `times` are the signing time and ours."""
    signed_at, at = times
    listed: tuple[RevocationAnswer, ...] = ()
    said: Sequence[Finding] = ()
    if crls:
        listed, said = crl.crl_answers(
            subject, issuer, crls, signed_at=signed_at, at=at, cache=cache
        )
    answer, noted = revocation.ocsp_answer(
        subject, issuer, responses, signed_at=signed_at, at=at, cache=cache, more=listed
    )
    return answer, [*said, *noted]


def _without_revoked_authority(
    chain: path.Chain,
    responses: Sequence[tuple[str, bytes | None]],
    crls: Sequence[RevocationList],
    times: tuple[datetime | None, datetime],
    cache: ChainCache,
) -> path.Chain:
    """The first chain without a revoked authority; where there is none, this one leads nowhere.

    The last certificate has nobody above it who could revoke it: that is a matter of the list. A
    leaf that is trusted by name needs no authority (section 14.4.3).
    """
    if _is_trusted_by_name(chain):
        return chain
    faults: list[Finding] = []
    for candidate in (chain, *chain.others):
        fault = None
        for authority, issuer in itertools.pairwise(candidate.path[1:]):
            answer, _ = _revocation(authority, issuer, responses, crls, times, cache)
            if answer.status is Revocation.REVOKED:
                when = f" at {answer.time:%Y-%m-%dT%H:%M:%SZ}" if answer.time else ""
                message = f"this authority's certificate was revoked{when} ({answer.reason})"
                fault = error("chain.authority_revoked", message, name_text(authority.subject))
                break
        if fault is None:
            return candidate
        faults.append(fault)
    return replace(chain, sound=False, hits=(), findings=(*chain.findings, faults[0]))


def _is_trusted_by_name(chain: path.Chain) -> bool:
    return any(hit.sha256 == chain.path[0].sha256 for hit in chain.hits[:1])


def _identity(chain: path.Chain) -> Identity:
    if not chain.sound:
        return Identity.INVALID
    return _IDENTITY[chain.tier] if chain.tier else Identity.UNLISTED


def _verify_claim_signature(
    signature: CoseSignature, claim: bytes, cache: ChainCache, findings: list[Finding]
) -> bool:
    scheme = algorithms.COSE_ALGORITHMS.get(signature.algorithm or 0)
    if scheme is None:
        message = f"algorithm {signature.algorithm} is not one that C2PA allows"
        if signature.algorithm is None:
            message = "the signature names no algorithm"
        findings.append(error("signature.algorithm_unsupported", message))
        return False
    if not signature.certificates:
        return False
    try:
        leaf = cache.certificate(signature.certificates[0])
    except ValueError:
        return False  # the chain says so
    if not algorithms.fits(leaf.spki, scheme):
        message = f"{scheme.name} does not go with the key {algorithms.key_name(leaf.spki)}"
        findings.append(error("signature.key_mismatch", message))
        return False
    if refused := _refusal(signature, claim):
        findings.append(refused)
        return False
    if not cache.take_claim_check(leaf.spki):
        message = "the claim signature was not checked: those before it took too long"
        findings.append(error("signature.not_checked", message))
        return False
    message_ = algorithms.sig_structure("Signature1", signature.protected, claim)
    if algorithms.verify_cose(leaf.spki, scheme, signature.signature, message_):
        return True
    if algorithms.verify_der(leaf.spki, scheme, signature.signature, message_):
        # Who can make the one form can make the other, so nothing was forged.
        message = (
            "the claim signature verifies, but is written in DER, where RFC 9053 section 2.1 asks"
            " for its two numbers one after the other: other readers may call it invalid"
        )
        findings.append(warning("signature.der_encoded", message))
        return True
    findings.append(error("signature.mismatch", "the claim signature does not verify"))
    return False


def _refusal(signature: CoseSignature, claim: bytes) -> Finding | None:
    """Why a signature says nothing of the claim, whatever it verifies over."""
    if signature.not_understood:
        # RFC 9052 section 3.1: who does not understand one shall not process the message.
        names = ", ".join(quotable_name(header) for header in signature.not_understood)
        message = f"the signer marks a header as critical that is not understood here: {names}"
        return error("signature.critical_header", message)
    if signature.payload is not None and signature.payload != claim:
        # Section 13.2.3: a detached payload is nil, and nothing else.
        message = "the signature carries a payload of its own, which is not the claim"
        return error("signature.other_payload", message)
    return None


def _build_chain(
    signature: CoseSignature, purpose: Purpose, trust: TrustStore, cache: ChainCache
) -> path.Chain:
    if not signature.certificates:
        message = "the signature carries no certificate"
        return path.leading_nowhere(error("chain.no_certificate", message))
    if cache.spent:
        message = "the certificates were not checked: those before them took too many checks"
        return path.leading_nowhere(error("chain.not_checked", message))
    leaf, supplied = signature.certificates[0], signature.certificates
    return cache.result(
        ("chain", supplied, trust.digest, purpose),
        lambda: path.build(leaf, supplied, purpose, trust, cache),
    )


def _time_stamps(
    signature: CoseSignature,
    claim: bytes,
    attached: Sequence[bytes],
    trust: TrustStore,
    at: datetime,
    cache: ChainCache,
) -> tuple[tuple[TimeStamp, ...], list[Finding]]:
    """Verify every token over what its header says it covers (C2PA 2.4 section 10.3.2.5.2).

    `sigTst` covers the claim, `sigTst2` and the assertion the COSE signature value with its CBOR
    head.
    """
    entries = [(embedded.header, embedded.der) for embedded in signature.time_stamps]
    entries += [(ATTACHED, token) for token in attached]
    findings: list[Finding] = []
    if len(entries) > MAX_TIME_STAMPS:
        message = f"{len(entries)} time-stamps, the first {MAX_TIME_STAMPS} are read"
        findings.append(warning("timestamp.too_many", message))
    headers = [header for header, _ in entries]
    stamps: list[TimeStamp] = []
    for header, data in entries[:MAX_TIME_STAMPS]:
        if cache.spent:
            message = "the rest was not checked: what came before took too many checks"
            findings.append(warning("timestamp.not_checked", message, header))
            break
        payload = claim if header == "sigTst" else algorithms.cbor_bytes(signature.signature)
        message_ = algorithms.sig_structure("CounterSignature", signature.protected, payload)
        stamp, about = timestamp.timestamp_verdict(header, data, message_, trust=trust, cache=cache)
        if header != ATTACHED and headers.count(header) > 1:
            # A header holds one token; section 15.8.1.1 has validators ignore more.
            code = "timestamp.several"
            stamp = timestamp.refuse(stamp, code, "the header holds more than one time-stamp")
            about = (warning(code, stamp.reason, header),)
        elif stamp.trusted and stamp.time and stamp.time > at + CLOCK_SKEW:
            reason = (
                f"its time, {stamp.time:%Y-%m-%dT%H:%M:%SZ}, is after the validation time,"
                f" {at:%Y-%m-%dT%H:%M:%SZ}"
            )
            stamp = timestamp.refuse(stamp, "timestamp.future", reason)
            about = (warning("timestamp.future", reason, header),)
        stamps.append(stamp)
        findings += about
    return tuple(stamps), findings


def _strongest(stamps: Sequence[TimeStamp]) -> TimeStamp | None:
    """The trusted time-stamp of the strongest tier, the earliest of several."""
    ranked = [
        (_TIERS.index(stamp.trusted), stamp.time, place)
        for place, stamp in enumerate(stamps)
        if stamp.trusted is not None and stamp.time is not None
    ]
    return stamps[min(ranked)[-1]] if ranked else None


def _time_status(
    chain: path.Chain,
    signed_at: datetime | None,
    at: datetime,
    findings: list[Finding],
) -> TimeStatus:
    """Hold the signer and every authority, the anchor too, against the time (section 15.8.2)."""
    leaf, *authorities = chain.path
    moment = signed_at or at
    how = "signed" if signed_at else "judged"
    status = TimeStatus.TIMESTAMPED if signed_at else TimeStatus.CURRENT
    # A leaf that is trusted by name needs no authority (section 14.4.3): the dates of the last one,
    # which nothing rests on, are noted.
    by_name = _is_trusted_by_name(chain)
    for place, authority in enumerate(authorities, start=1):
        if authority.valid_at(moment):
            continue
        message = (
            f"{how} at {moment:%Y-%m-%d}, outside its validity "
            f"({authority.not_before:%Y-%m-%d} to {authority.not_after:%Y-%m-%d})"
        )
        early = moment < authority.not_before
        last = place == len(authorities)
        if last and chain.hits and not by_name:
            code = "chain.anchor_not_yet_valid" if early else "chain.anchor_expired"
        else:
            code = "chain.intermediate_not_yet_valid" if early else "chain.intermediate_expired"
        findings.append(warning(code, message, name_text(authority.subject)))
        if not (by_name and last):
            status = TimeStatus.NOT_YET_VALID if early else TimeStatus.EXPIRED
    if leaf.valid_at(moment):
        return status
    status = TimeStatus.NOT_YET_VALID if moment < leaf.not_before else TimeStatus.EXPIRED
    message = (
        f"{how} at {moment:%Y-%m-%d}; the signing certificate is valid from "
        f"{leaf.not_before:%Y-%m-%d} to {leaf.not_after:%Y-%m-%d}"
    )
    findings.append(warning(f"time.{status}", message))
    return status
