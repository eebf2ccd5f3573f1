"""The kit's time-stamps and OCSP responses, by the test PKI."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.kit import stamps
from provenance.kit.cose_sign1 import Stamp, StampHeader
from support.pki import Who, certificate, credential, issuer_of, private_key

if TYPE_CHECKING:
    from datetime import datetime

    from cryptography.x509 import ocsp


def stamped(
    when: datetime, who: Who = Who.TSA, header: StampHeader = StampHeader.SIGNATURE
) -> Stamp:
    """A time-stamp to be made: when, by whom, in which header."""
    tsa = credential(who)
    return Stamp(when, stamps.Authority(tsa.leaf, tsa.key, tsa.chain[1:]), header)


def ocsp_response(
    who: Who,
    produced: datetime,
    *,
    revoked_at: datetime | None = None,
    status: ocsp.OCSPCertStatus | None = None,
    days: int = 7,
) -> bytes:
    """An OCSP response (DER) about a credential, signed by the delegated test responder.

    `thisUpdate` is `produced`, `nextUpdate` is `days` later. With `revoked_at` the answer is
    "revoked" (key compromise); `status` gives another answer, UNKNOWN for instance.
    """
    said = stamps.OcspStatus(produced, days)
    if revoked_at is not None:
        said = stamps.revoked(produced, revoked_at, days)
    elif status is not None:
        said = stamps.OcspStatus(produced, days, status)
    responder = certificate(Who.OCSP.value)
    return stamps.ocsp_response(
        certificate(who.value), issuer_of(who), responder, private_key(Who.OCSP.value), said
    )
