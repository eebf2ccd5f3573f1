"""Time-stamp tokens (RFC 3161) and OCSP responses, made offline with any date one likes."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING

from asn1crypto import algos, cms, core, tsp
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509 import ReasonFlags, ocsp

from support.pki import Who, certificate, credential, issuer_of, private_key

if TYPE_CHECKING:
    from datetime import datetime

_POLICY = "1.3.6.1.4.1.99999.1"
_SHA256 = {"algorithm": "sha256"}


def token(message: bytes, when: datetime, who: Who = Who.TSA, *, serial: int = 1) -> bytes:
    """A TimeStampToken (a CMS ContentInfo, DER) over `message`, with `when` as its genTime."""
    tsa = credential(who)
    certs = [asn1_x509.Certificate.load(der) for der in tsa.chain_der]
    info = tsp.TSTInfo(
        {
            "version": "v1",
            "policy": _POLICY,
            "message_imprint": {
                "hash_algorithm": algos.DigestAlgorithm(_SHA256),
                "hashed_message": hashlib.sha256(message).digest(),
            },
            "serial_number": serial,
            "gen_time": when.replace(microsecond=0),
        }
    ).dump()
    signed = cms.CMSAttributes(
        [
            {"type": "content_type", "values": ["tst_info"]},
            {"type": "signing_time", "values": [cms.Time({"utc_time": when})]},
            {"type": "message_digest", "values": [hashlib.sha256(info).digest()]},
            {"type": "signing_certificate_v2", "values": [_signing_certificate(certs[0])]},
        ]
    )
    if not isinstance(tsa.key, rsa.RSAPrivateKey):
        raise TypeError("the test time-stamp authorities have RSA keys")
    signer = cms.SignerInfo(
        {
            "version": "v1",
            "sid": cms.IssuerAndSerialNumber(
                {"issuer": certs[0].issuer, "serial_number": certs[0].serial_number}
            ),
            "digest_algorithm": _SHA256,
            "signed_attrs": signed,
            "signature_algorithm": {"algorithm": "sha256_rsa"},
            "signature": tsa.key.sign(signed.dump(), padding.PKCS1v15(), hashes.SHA256()),
        }
    )
    content = {"content_type": "tst_info", "content": core.ParsableOctetString(info)}
    body = cms.SignedData(
        {
            "version": "v3",
            "digest_algorithms": [_SHA256],
            "encap_content_info": content,
            "certificates": certs,
            "signer_infos": [signer],
        }
    )
    return bytes(cms.ContentInfo({"content_type": "signed_data", "content": body}).dump())


def response(message: bytes, when: datetime, who: Who = Who.TSA) -> bytes:
    """A whole TimeStampResp (DER), which is what the `sigTst` header of version 1 carries."""
    content = cms.ContentInfo.load(token(message, when, who))
    answer = {"status": {"status": "granted"}, "time_stamp_token": content}
    return bytes(tsp.TimeStampResp(answer).dump())


def _signing_certificate(cert: asn1_x509.Certificate) -> tsp.SigningCertificateV2:
    digest = hashlib.sha256(cert.dump()).digest()
    entry = {"hash_algorithm": _SHA256, "cert_hash": digest}
    return tsp.SigningCertificateV2({"certs": [entry]})


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
    if status is None:
        status = ocsp.OCSPCertStatus.REVOKED if revoked_at else ocsp.OCSPCertStatus.GOOD
    responder = certificate(Who.OCSP.value)
    builder = (
        ocsp.OCSPResponseBuilder()
        .add_response(
            cert=certificate(who.value),
            issuer=issuer_of(who),
            algorithm=hashes.SHA1(),  # noqa: S303 - the CertID of practice, not a signature
            cert_status=status,
            this_update=produced,
            next_update=produced + timedelta(days=days),
            revocation_time=revoked_at,
            revocation_reason=ReasonFlags.key_compromise if revoked_at else None,
        )
        .responder_id(ocsp.OCSPResponderEncoding.HASH, responder)
        .certificates([responder])
    )
    answer = builder.sign(private_key(Who.OCSP.value), hashes.SHA256())
    return answer.public_bytes(serialization.Encoding.DER)
