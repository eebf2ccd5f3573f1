"""Time-stamp tokens (RFC 3161) and OCSP responses (RFC 6960), made offline for any date."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509 import ReasonFlags, ocsp

from provenance.kit.asn1 import algos, cms, core, tsp, x509
from provenance.kit.asn1 import ocsp as asn1_ocsp
from provenance.kit.keys import der_sign

if TYPE_CHECKING:
    from datetime import datetime

    from cryptography.x509 import Certificate

    from provenance.kit.keys import PrivateKey

_POLICY = "1.3.6.1.4.1.99999.1"


@dataclass(frozen=True, slots=True)
class Authority:
    """A time-stamp authority: its certificate, its key and what else its tokens carry."""

    certificate: Certificate
    key: PrivateKey
    others: tuple[Certificate, ...] = ()


@dataclass(frozen=True, slots=True)
class TokenOptions:
    """How a token is made; every default is sound.

    `imprint` and `digest` name the hash of the message imprint and of the signature.
    """

    imprint: str = "sha256"
    digest: str = "sha256"
    response: bool = False
    """The whole TimeStampResp, as the `sigTst` header carries it, with this `status`."""
    status: int = 0
    unsorted: bool = False
    """The signed attributes in BER order, as many real authorities write them."""
    wrong_digest: bool = False
    """The signed message digest is of another time-stamp."""
    wrong_signer: bool = False
    """The signing-certificate attribute names the first of the other certificates."""
    no_signer_id: bool = False
    ess_v1: bool = False
    """ESSCertID with SHA-1 in place of ESSCertIDv2."""
    break_signature: bool = False
    leave_out: bool = False
    """The authority's own certificate is not in the token."""
    by_key_id: bool = False
    """The signer is named by its key identifier, not by issuer and serial number."""
    digested: bytes = b""
    """The digest that is stamped, in place of that of the message."""
    nonce: int | None = None


SOUND = TokenOptions()


def as_response(options: TokenOptions) -> TokenOptions:
    """Return the same options for a whole TimeStampResp."""
    return replace(options, response=True)


def token(
    message: bytes, when: datetime, authority: Authority, options: TokenOptions = SOUND
) -> bytes:
    """Return a TimeStampToken (CMS, DER) over `message` with `when` as its genTime.

    With `options.response` it is the TimeStampResp around it.
    """
    cert = x509.Certificate.load(_der(authority.certificate))
    info = _info(message, when, options)
    signed = _attributes(info, authority, options)
    encoded = signed.dump()
    if options.unsorted:
        body = b"".join([attribute.dump() for attribute in signed][::-1])
        length = bytes((0x81, len(body)) if len(body) > 127 else (len(body),))
        encoded = b"\x31" + length + body
        signed = cms.CMSAttributes.load(encoded)
    to_sign = b"x" + encoded if options.break_signature else encoded
    named: object = cms.SignerIdentifier(
        "issuer_and_serial_number",
        {"issuer": cert.issuer, "serial_number": cert.serial_number},
    )
    if options.by_key_id:
        named = cms.SignerIdentifier("subject_key_identifier", cert.key_identifier)
    is_rsa = isinstance(authority.key, rsa.RSAPrivateKey)
    algorithm = "rsassa_pkcs1v15" if is_rsa else f"{options.digest}_ecdsa"
    own = () if options.leave_out else (authority.certificate,)
    content = cms.SignedData(
        {
            "version": "v3",
            "digest_algorithms": [{"algorithm": options.digest}],
            "encap_content_info": {
                "content_type": "tst_info",
                "content": core.ParsableOctetString(info),
            },
            "certificates": [
                x509.Certificate.load(_der(certificate))
                for certificate in (*own, *authority.others)
            ],
            "signer_infos": [
                {
                    "version": "v1",
                    "sid": named,
                    "digest_algorithm": algos.DigestAlgorithm({"algorithm": options.digest}),
                    "signed_attrs": signed,
                    "signature_algorithm": {"algorithm": algorithm},
                    "signature": der_sign(authority.key, options.digest, to_sign),
                }
            ],
        }
    )
    whole = cms.ContentInfo({"content_type": "signed_data", "content": content})
    if not options.response:
        return bytes(whole.dump())
    status = tsp.PKIStatusInfo({"status": core.Integer(options.status).native})
    return bytes(tsp.TimeStampResp({"status": status, "time_stamp_token": whole}).dump())


def _info(message: bytes, when: datetime, options: TokenOptions) -> bytes:
    info = tsp.TSTInfo(
        {
            "version": "v1",
            "policy": _POLICY,
            "message_imprint": {
                "hash_algorithm": {"algorithm": options.imprint},
                "hashed_message": options.digested
                or hashlib.new(options.imprint, message).digest(),
            },
            "serial_number": 1,
            "gen_time": when.replace(microsecond=0),
        }
    )
    if options.nonce is not None:
        info["nonce"] = options.nonce
    return bytes(info.dump())


def _attributes(info: bytes, authority: Authority, options: TokenOptions) -> cms.CMSAttributes:
    digested = b"other" if options.wrong_digest else info
    attributes: list[dict[str, object]] = [
        {"type": "content_type", "values": ["tst_info"]},
        {"type": "message_digest", "values": [hashlib.new(options.digest, digested).digest()]},
    ]
    named = authority.others[0] if options.wrong_signer else authority.certificate
    if options.ess_v1:
        digest = hashlib.sha1(_der(named), usedforsecurity=False).digest()
        value = tsp.SigningCertificate({"certs": [{"cert_hash": digest}]})
        attributes.append({"type": "signing_certificate", "values": [value]})
    elif not options.no_signer_id:
        entry = {"cert_hash": hashlib.sha256(_der(named)).digest()}
        value = tsp.SigningCertificateV2({"certs": [entry]})
        attributes.append({"type": "signing_certificate_v2", "values": [value]})
    return cms.CMSAttributes(attributes)


def _der(certificate: Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.DER)


@dataclass(frozen=True, slots=True)
class OcspStatus:
    """What an OCSP response is to say.

    `at` is thisUpdate; nextUpdate is `days` later, left out where that is None.
    """

    at: datetime
    days: float | None = 7
    status: ocsp.OCSPCertStatus = ocsp.OCSPCertStatus.GOOD
    revoked_at: datetime | None = None
    reason: ReasonFlags | None = None


def revoked(at: datetime, since: datetime, days: float | None = 7) -> OcspStatus:
    """Return the status of a certificate that was revoked because its key got out."""
    reason = ReasonFlags.key_compromise
    return OcspStatus(at, days, ocsp.OCSPCertStatus.REVOKED, since, reason)


def ocsp_response(
    subject: Certificate,
    issuer: Certificate,
    responder: Certificate,
    key: PrivateKey,
    said: OcspStatus,
    *,
    by_name: bool = False,
    digest: hashes.HashAlgorithm | None = None,
) -> bytes:
    """Return an OCSP response (DER) about `subject`, signed with `key`.

    The responder's certificate comes along unless it is the issuer itself. `digest` is that of the
    CertID, by default the SHA-1 of practice.
    """
    encoding = ocsp.OCSPResponderEncoding.NAME if by_name else ocsp.OCSPResponderEncoding.HASH
    builder = (
        ocsp.OCSPResponseBuilder()
        .add_response(
            cert=subject,
            issuer=issuer,
            algorithm=digest or hashes.SHA1(),  # noqa: S303 - the CertID, not a signature
            cert_status=said.status,
            this_update=said.at,
            next_update=None if said.days is None else said.at + timedelta(days=said.days),
            revocation_time=said.revoked_at,
            revocation_reason=said.reason,
        )
        .responder_id(encoding, responder)
    )
    if responder != issuer:
        builder = builder.certificates([responder])
    answer = builder.sign(key, hashes.SHA256())
    return _produced(answer.public_bytes(serialization.Encoding.DER), key, said.at)


def _produced(response: bytes, key: PrivateKey, at: datetime) -> bytes:
    """The same response with `at` as its producedAt, where `cryptography` writes the clock."""
    whole = asn1_ocsp.OCSPResponse.load(response)
    basic = whole["response_bytes"]["response"].parsed
    basic["tbs_response_data"]["produced_at"] = at
    basic["signature"] = der_sign(key, "sha256", basic["tbs_response_data"].dump(force=True))
    again = asn1_ocsp.BasicOCSPResponse.load(basic.dump(force=True))
    whole["response_bytes"]["response"] = core.ParsableOctetString(again.dump())
    return bytes(whole.dump(force=True))
