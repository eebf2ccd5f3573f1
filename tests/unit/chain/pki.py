"""A small certificate authority, time-stamp authority and OCSP responder for tests."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from asn1crypto import algos, cms, core, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import NameOID, ObjectIdentifier

from provenance.chain import algorithms
from provenance.chain.model import CoseSignature, TimeStampToken

AT = datetime(2026, 6, 1, tzinfo=UTC)
START = datetime(2026, 1, 1, tzinfo=UTC)
END = datetime(2026, 12, 31, tzinfo=UTC)
CLAIM = b"\xa1\x63abc\x01"
EMAIL, DOCUMENT, CLAIM_EKU = "1.3.6.1.5.5.7.3.4", "1.3.6.1.5.5.7.3.36", "1.3.6.1.4.1.62558.2.1"
STAMPING, OCSP_EKU, ANY = "1.3.6.1.5.5.7.3.8", "1.3.6.1.5.5.7.3.9", "2.5.29.37.0"
SIGN, CERT_SIGN, COMMIT = "digital_signature", "key_cert_sign", "content_commitment"
_BITS = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)


@cache
def key(label: str, kind: str = "P-256") -> Any:
    """The key of that label: the same one all through a run."""
    curves = {"P-256": ec.SECP256R1, "P-384": ec.SECP384R1, "P-521": ec.SECP521R1}
    if kind in curves:
        return ec.generate_private_key(curves[kind]())
    if kind == "secp256k1":
        return ec.generate_private_key(ec.SECP256K1())
    if kind == "Ed25519":
        return ed25519.Ed25519PrivateKey.generate()
    return rsa.generate_private_key(65537, int(kind.removeprefix("RSA-")))


def name(text: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, text),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Test"),
        ]
    )


@dataclass(frozen=True)
class Issued:
    """A certificate with its key."""

    certificate: x509.Certificate
    key: Any

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)


@cache
def issue(
    label: str,
    issuer: Issued | None = None,
    *,
    ca: bool | None = False,
    path_length: int | None = None,
    usage: tuple[str, ...] | None = (SIGN,),
    eku: tuple[str, ...] | None = (EMAIL,),
    dates: tuple[datetime, datetime] = (START, END),
    kind: str = "P-256",
    digest: type[hashes.HashAlgorithm] = hashes.SHA256,
    issuer_name: str | None = None,
    signer: Any = None,
    key_label: str | None = None,
    key_ids: bool = True,
    authority_key: bytes | None = None,
    more: tuple[tuple[x509.ExtensionType, bool], ...] = (),
    pss: bool = False,
) -> Issued:
    """Issue a certificate, the same one for the same request.

    `signer` is another key than the issuer's, to break the signature.
    """
    own = key(key_label or label, kind)
    signing = signer or (issuer.key if issuer else own)
    parent = issuer.certificate.subject if issuer else name(label)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name(label))
        .issuer_name(name(issuer_name) if issuer_name else parent)
        .public_key(own.public_key())
        .serial_number(int.from_bytes(hashlib.sha256(label.encode()).digest()[:8], "big") | 1)
        .not_valid_before(dates[0])
        .not_valid_after(dates[1])
    )
    if ca is not None:
        builder = builder.add_extension(x509.BasicConstraints(ca, path_length), critical=True)
    if usage is not None:
        bits = {bit: bit in usage for bit in _BITS}
        builder = builder.add_extension(x509.KeyUsage(**bits), critical=True)
    if eku is not None:
        usages = x509.ExtendedKeyUsage([ObjectIdentifier(oid) for oid in eku])
        builder = builder.add_extension(usages, critical=False)
    if key_ids:
        public = (issuer.key if issuer else own).public_key()
        builder = builder.add_extension(
            x509.SubjectKeyIdentifier.from_public_key(own.public_key()), critical=False
        ).add_extension(
            x509.AuthorityKeyIdentifier(authority_key, None, None)
            if authority_key
            else x509.AuthorityKeyIdentifier.from_issuer_public_key(public),
            critical=False,
        )
    for extension, critical in more:
        builder = builder.add_extension(extension, critical=critical)
    algorithm = None if isinstance(signing, ed25519.Ed25519PrivateKey) else digest()
    mode = padding.PSS(padding.MGF1(hashes.SHA256()), 32) if pss else None
    return Issued(builder.sign(signing, algorithm, rsa_padding=mode), own)


@cache
def as_sha1(issued: Issued) -> Issued:
    """The same RSA-signed certificate, saying that SHA-1 was used (its signature goes stale)."""
    rsa_sha256 = bytes.fromhex("06092a864886f70d01010b")
    changed = issued.der.replace(rsa_sha256, rsa_sha256[:-1] + b"\x05")
    return Issued(x509.load_der_x509_certificate(changed), issued.key)


def authority(label: str, issuer: Issued | None = None, **options: Any) -> Issued:
    """A certificate authority."""
    defaults: dict[str, Any] = {"ca": True, "usage": (CERT_SIGN,), "eku": None}
    return issue(label, issuer, **{**defaults, **options})


def raw_signature(private: Any, scheme: algorithms.Scheme, message: bytes) -> bytes:
    """A signature as COSE holds it."""
    made = _sign(private, scheme, message)
    if scheme.kind is not algorithms.Kind.ECDSA:
        return made
    size = (private.curve.key_size + 7) // 8
    r, s = decode_dss_signature(made)
    return r.to_bytes(size, "big") + s.to_bytes(size, "big")


def _sign(private: Any, scheme: algorithms.Scheme, message: bytes) -> bytes:
    digest = {"sha256": hashes.SHA256, "sha384": hashes.SHA384, "sha512": hashes.SHA512}
    if scheme.kind is algorithms.Kind.ED25519:
        return bytes(private.sign(message))
    hash_ = digest[scheme.hash]()
    if scheme.kind is algorithms.Kind.ECDSA:
        return bytes(private.sign(message, ec.ECDSA(hash_)))
    if scheme.kind is algorithms.Kind.PSS:
        pss = padding.PSS(padding.MGF1(hash_), scheme.salt)
        return bytes(private.sign(message, pss, hash_))
    return bytes(private.sign(message, padding.PKCS1v15(), hash_))


def cose(
    leaf: Issued,
    *others: Issued,
    algorithm: int = -7,
    signature: bytes | None = None,
    time_stamps: tuple[TimeStampToken, ...] = (),
    ocsp_responses: tuple[bytes, ...] = (),
) -> CoseSignature:
    """A COSE signature over `CLAIM`. A given `signature` stands in for a true one."""
    protected = b"\xa1\x01" + (bytes([0x1F - algorithm]) if algorithm > -25 else b"")
    if algorithm <= -25:
        protected += bytes([0x38, -1 - algorithm])
    if signature is None:
        message = algorithms.sig_structure("Signature1", protected, CLAIM)
        signature = raw_signature(leaf.key, algorithms.COSE_ALGORITHMS[algorithm], message)
    ders = tuple(one.der for one in (leaf, *others))
    return CoseSignature(algorithm, protected, signature, ders, time_stamps, ocsp_responses)


def stamped_bytes(signature: CoseSignature, header: str = "sigTst2") -> bytes:
    """What a time-stamp of that header covers."""
    payload = CLAIM if header == "sigTst" else algorithms.cbor_bytes(signature.signature)
    return algorithms.sig_structure("CounterSignature", signature.protected, payload)


def token(
    message: bytes,
    tsa: Issued,
    *others: Issued,
    time: datetime = AT,
    imprint: str = "sha256",
    digest: str = "sha256",
    response: bool = False,
    status: int = 0,
    unsorted: bool = False,
    wrong_digest: bool = False,
    wrong_signer: bool = False,
    no_signer_id: bool = False,
    ess_v1: bool = False,
    break_signature: bool = False,
    leave_out: bool = False,
    by_key_id: bool = False,
) -> bytes:
    """A time-stamp token over `message`, sound unless an option says otherwise."""
    info = tsp.TSTInfo(
        {
            "version": "v1",
            "policy": "1.2.3.4",
            "message_imprint": {
                "hash_algorithm": {"algorithm": imprint},
                "hashed_message": hashlib.new(imprint, message).digest(),
            },
            "serial_number": 1,
            "gen_time": time,
        }
    ).dump()
    named = others[0] if wrong_signer else tsa
    attributes = [
        {"type": "content_type", "values": ["tst_info"]},
        {
            "type": "message_digest",
            "values": [hashlib.new(digest, b"other" if wrong_digest else info).digest()],
        },
    ]
    if ess_v1:
        value = tsp.SigningCertificate(
            {"certs": [{"cert_hash": hashlib.sha1(named.der, usedforsecurity=False).digest()}]}
        )
        attributes.append({"type": "signing_certificate", "values": [value]})
    elif not no_signer_id:
        value = tsp.SigningCertificateV2(
            {"certs": [{"cert_hash": hashlib.sha256(named.der).digest()}]}
        )
        attributes.append({"type": "signing_certificate_v2", "values": [value]})
    signed = cms.CMSAttributes(attributes)
    encoded = signed.dump()
    if unsorted:
        pieces = [one.dump() for one in signed][::-1]
        body = b"".join(pieces)
        encoded = b"\x31" + bytes([0x81, len(body)] if len(body) > 127 else [len(body)]) + body
        signed = cms.CMSAttributes.load(encoded)
    is_rsa = isinstance(tsa.key, rsa.RSAPrivateKey)
    scheme = algorithms.Scheme(
        algorithms.Kind.PKCS1 if is_rsa else algorithms.Kind.ECDSA, digest, ""
    )
    signature = _sign(tsa.key, scheme, b"x" + encoded if break_signature else encoded)
    theirs = asn1_x509.Certificate.load(tsa.der)
    sid = cms.SignerIdentifier(
        "issuer_and_serial_number",
        {"issuer": theirs.issuer, "serial_number": theirs.serial_number},
    )
    if by_key_id:
        sid = cms.SignerIdentifier("subject_key_identifier", theirs.key_identifier)
    held = others if leave_out else (tsa, *others)
    content = cms.SignedData(
        {
            "version": "v3",
            "digest_algorithms": [{"algorithm": digest}],
            "encap_content_info": {
                "content_type": "tst_info",
                "content": cms.ParsableOctetString(info),
            },
            "certificates": [asn1_x509.Certificate.load(one.der) for one in held],
            "signer_infos": [
                {
                    "version": "v1",
                    "sid": sid,
                    "digest_algorithm": algos.DigestAlgorithm({"algorithm": digest}),
                    "signed_attrs": signed,
                    "signature_algorithm": {
                        "algorithm": "rsassa_pkcs1v15" if is_rsa else f"{digest}_ecdsa"
                    },
                    "signature": signature,
                }
            ],
        }
    )
    whole = cms.ContentInfo({"content_type": "signed_data", "content": content})
    if not response:
        return bytes(whole.dump())
    status_info = tsp.PKIStatusInfo({"status": core.Integer(status).native})
    return bytes(tsp.TimeStampResp({"status": status_info, "time_stamp_token": whole}).dump())


def ocsp_response(
    leaf: Issued,
    issuer: Issued,
    *,
    responder: Issued | None = None,
    status: ocsp.OCSPCertStatus = ocsp.OCSPCertStatus.GOOD,
    revoked_at: datetime | None = None,
    reason: x509.ReasonFlags | None = None,
    this_update: datetime = AT - timedelta(days=1),
    next_update: datetime | None = AT + timedelta(days=6),
    by_name: bool = False,
    digest: hashes.HashAlgorithm | None = None,
) -> bytes:
    """An OCSP response about `leaf`, signed by the issuer or by `responder`."""
    answering = responder or issuer
    encoding = ocsp.OCSPResponderEncoding.NAME if by_name else ocsp.OCSPResponderEncoding.HASH
    builder = (
        ocsp.OCSPResponseBuilder()
        .add_response(
            cert=leaf.certificate,
            issuer=issuer.certificate,
            algorithm=digest or hashes.SHA256(),
            cert_status=status,
            this_update=this_update,
            next_update=next_update,
            revocation_time=revoked_at,
            revocation_reason=reason,
        )
        .responder_id(encoding, answering.certificate)
    )
    if responder:
        builder = builder.certificates([responder.certificate])
    return builder.sign(answering.key, hashes.SHA256()).public_bytes(Encoding.DER)
