"""Identities with an X.509 certificate, `cawg.x509.cose` (CAWG Identity Assertion 1.2, 8.2).

Checked like a claim signature (C2PA 2.4, 15.7 to 15.9), with the signed part of the assertion in
the place of the claim and the user's anchors for identities in that of the trust list.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from provenance.base.terms import Cawg, Revocation, TimeStatus
from provenance.base.terms import Identity as Chain
from provenance.credentials.cawg.identity_check import CawgStatus, CheckedSignature
from provenance.signing import certificate, claim_signature, cose
from provenance.signing.algorithms import COSE_ALGORITHMS, sig_structure, verify_cose
from provenance.signing.trust_list import Purpose

if TYPE_CHECKING:
    from provenance.credentials.cawg.identity_check import IdentityGrounds
    from provenance.credentials.cawg.payload import IdentityAssertion
    from provenance.signing.chain_answer import ChainVerdict, CoseSignature

KIND = "cawg.x509.cose"
_VERSION_2 = "sigTst2"
_MISMATCH = "cawg.x509.signature.mismatch"
_NOT_CHECKED = frozenset({"signature.not_checked", "chain.not_checked"})


def check_x509(identity: IdentityAssertion, grounds: IdentityGrounds) -> CheckedSignature:
    """Check the signature of an identity, its certificates, its time and its revocation."""
    try:
        signature = cose.read_cose(identity.signature)
    except cose.CoseError:
        return CheckedSignature(
            (CawgStatus(_MISMATCH, "the signature of the identity cannot be read"),)
        )
    if signature.algorithm not in COSE_ALGORITHMS:
        message = "the identity is signed with an algorithm that C2PA does not allow"
        return CheckedSignature((CawgStatus("cawg.x509.algorithm.unsupported", message),))
    noticed = []
    if any(stamp.header != _VERSION_2 for stamp in signature.time_stamps):
        noticed.append(_stamp("the identity has a time-stamp of version 1, which is not allowed"))
        kept = tuple(stamp for stamp in signature.time_stamps if stamp.header == _VERSION_2)
        signature = replace(signature, time_stamps=kept)
    verdict = _verdict_over_forms(identity, signature, grounds)
    noticed += [
        _stamp("the identity's time-stamp is not valid and is not used")
        for stamp in verdict.time_stamps
        if stamp.fault and stamp.fault != "timestamp.untrusted"
    ]
    if any(f.code in _NOT_CHECKED for f in verdict.findings):
        message = "the identity was not checked: the limit of checks for one file was reached"
        return CheckedSignature((CawgStatus("cawg.not_checked", message, Cawg.NOT_CHECKED),))
    if not verdict.signature_valid:
        return CheckedSignature(
            (CawgStatus(_MISMATCH, "the signature of the identity does not verify"),)
        )
    return CheckedSignature(
        tuple(_faults(verdict)), bool(verdict.hits), tuple(dict.fromkeys(noticed))
    )


def covers(identity: IdentityAssertion, data: bytes) -> bool:
    """Tell whether the signature of an identity is over `data`, whoever made it."""
    try:
        signature = cose.read_cose(identity.signature)
        leaf = certificate.read_certificate(signature.certificates[0])
    except (IndexError, ValueError):
        return False
    scheme = COSE_ALGORITHMS.get(signature.algorithm or 0)
    message = sig_structure("Signature1", signature.protected, data)
    return scheme is not None and verify_cose(leaf.spki, scheme, signature.signature, message)


def _stamp(message: str) -> CawgStatus:
    return CawgStatus("cawg.time_stamp_invalid", message, Cawg.UNLISTED)


def _verdict_over_forms(
    identity: IdentityAssertion, signature: CoseSignature, grounds: IdentityGrounds
) -> ChainVerdict:
    """Judge over each form of the signed part, until one verifies."""
    verdict = None
    for data in identity.serialised:
        verdict = claim_signature.chain_verdict(
            signature,
            data,
            trust=grounds.trust,
            at=grounds.at,
            attached_ocsp=grounds.attached_ocsp,
            crls=grounds.crls,
            cache=grounds.cache,
            purpose=Purpose.CAWG,
            attested=None if signature.time_stamps else grounds.signed_at,
        )
        if verdict.signature_valid:
            break
    assert verdict is not None  # noqa: S101 - there is one form at least
    return verdict


def _faults(verdict: ChainVerdict) -> list[CawgStatus]:
    """What keeps a signature that verifies from naming somebody who can be relied on."""
    statuses = []
    if verdict.revocation.status is Revocation.REVOKED:
        message = "the certificate of the identity is revoked"
        statuses.append(CawgStatus("cawg.identity.credential_revoked", message))
    elif verdict.revocation.status is Revocation.UNKNOWN:
        message = "the revocation status of the identity's certificate is unknown"
        statuses.append(CawgStatus("cawg.not_checked", message, Cawg.NOT_CHECKED))
    if verdict.identity is Chain.INVALID:
        message = "the chain of the identity's certificates breaks a rule"
        statuses.append(CawgStatus("cawg.chain_invalid", message, Cawg.UNLISTED))
    if verdict.time not in {TimeStatus.TIMESTAMPED, TimeStatus.CURRENT}:
        message = "the identity's certificate was not valid when it signed"
        statuses.append(CawgStatus("cawg.x509.signature.outside_validity", message, Cawg.UNLISTED))
    return statuses
