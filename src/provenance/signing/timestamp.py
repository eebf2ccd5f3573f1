"""Time-stamp tokens (RFC 3161, RFC 5816, CMS RFC 5652), read and verified.

The tokens in real files are BER as often as DER (unsorted sets, split octet strings), so they are
read element by element; what is signed is checked byte for byte.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

from provenance.base.finding import note, warning
from provenance.base.values import dataclass
from provenance.signing import algorithms, der, path
from provenance.signing.certificate import name_text
from provenance.signing.chain_answer import TimeStamp
from provenance.signing.der import DerError, DerNode
from provenance.signing.trust_list import Purpose

if TYPE_CHECKING:
    from datetime import datetime

    from provenance.base.finding import Finding
    from provenance.base.terms import Tier
    from provenance.signing.cache import ChainCache
    from provenance.signing.certificate import Certificate
    from provenance.signing.trust_store import TrustStore

MAX_TOKEN_BYTES = 256 * 1024
MAX_TOKEN_CERTIFICATES = 32

_SIGNED_DATA, _TST_INFO = "1.2.840.113549.1.7.2", "1.2.840.113549.1.9.16.1.4"
_CONTENT_TYPE, _MESSAGE_DIGEST = "1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4"
_SIGNING_CERTIFICATE = "1.2.840.113549.1.9.16.2.12"
_SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.47"


@dataclass(frozen=True, slots=True)
class Token:
    """A time-stamp token, read and not judged.

    `attributes` maps an OID to the value of a signed attribute, `signed` is the content of the
    attributes' set as it was encoded. `issuer_serial` or `key_id` names the signer.
    """

    info: bytes
    certificates: tuple[bytes, ...]
    digest: str
    scheme: algorithms.Scheme
    signature: bytes
    attributes: dict[str, DerNode]
    signed: DerNode
    issuer_serial: tuple[bytes, int] | None
    key_id: bytes | None
    time: datetime
    imprint_hash: str
    imprint: bytes
    nonce: int | None = None


class _Refused(Exception):  # noqa: N818 - it carries an answer, not an error
    """A check that failed: its finding's code and the sentence that says why."""

    def __init__(self, code: str, reason: str) -> None:
        self.code = code
        self.reason = reason


def read_token(data: bytes) -> Token:
    """Read a TimeStampToken, or the TimeStampResp around one. Raises `DerError`."""
    if len(data) > MAX_TOKEN_BYTES:
        raise DerError(f"larger than {MAX_TOKEN_BYTES} bytes")
    # Producers fill the reserved space after the token with zeros.
    outer = der.parse_der(data, ber=True, padded=True)
    parts = outer.expect(der.SEQUENCE).children()
    if parts and parts[0].tag == der.SEQUENCE:
        status = parts[0].children()
        if not status or der.integer(status[0]) not in {0, 1}:
            raise DerError("the authority refused the request")
        if len(parts) != 2:
            raise DerError("a response without a token")
        parts = parts[1].expect(der.SEQUENCE).children()
    if len(parts) != 2 or der.oid(parts[0]) != _SIGNED_DATA:
        raise DerError("not signed data")
    return _signed_data(parts[1].expect(0xA0).only())


def read_over(data: bytes, message: bytes) -> Token:
    """Read a token that has to be over `message`. Raises `DerError`, also for one over others."""
    token = read_token(data)
    if hashlib.new(token.imprint_hash, message).digest() != token.imprint:
        raise DerError("it stamps other bytes")
    return token


def _signed_data(node: DerNode) -> Token:
    fields = node.expect(der.SEQUENCE).children()
    if len(fields) < 4:
        raise DerError("signed data is incomplete")
    content = fields[2].expect(der.SEQUENCE).children()
    if len(content) != 2 or der.oid(content[0]) != _TST_INFO:
        raise DerError("holds no time-stamp")
    info = der.octets(content[1].expect(0xA0).only())
    held = [n for field in fields[3:-1] if field.tag == 0xA0 for n in field.children()]
    if len(held) > MAX_TOKEN_CERTIFICATES:
        raise DerError("too many certificates")
    signers = fields[-1].expect(der.SET).children()
    if len(signers) != 1:
        raise DerError("a time-stamp has one signer")
    return _signer(
        signers[0], info, tuple(element.raw for element in held if element.tag == der.SEQUENCE)
    )


def _signer(node: DerNode, info: bytes, certificates: tuple[bytes, ...]) -> Token:
    fields = node.expect(der.SEQUENCE).children()
    if len(fields) < 6:
        raise DerError("signer information is incomplete")
    _, sid, digest, signed, algorithm, signature = fields[:6]
    issuer_serial = key_id = None
    if sid.tag in {0x80, 0xA0}:
        key_id = sid.content if sid.tag == 0x80 else der.octets(sid.only())
    else:
        issuer, serial = _two(sid.expect(der.SEQUENCE))
        issuer_serial = issuer.raw, der.integer(serial)
    hash_name = algorithms.read_hash(digest)
    attributes: dict[str, DerNode] = {}
    for attribute in signed.expect(0xA0).children():
        kind, values = _two(attribute.expect(der.SEQUENCE))
        name = der.oid(kind)
        if name in attributes:
            raise DerError("a signed attribute is there twice")
        inside = values.expect(der.SET).children()
        if len(inside) == 1:
            attributes[name] = inside[0]
    time, imprint_hash, imprint, nonce = _tst_info(info)
    return Token(
        info=info,
        certificates=certificates,
        digest=hash_name,
        scheme=algorithms.read_scheme(algorithm, digest=hash_name),
        signature=der.octets(signature),
        attributes=attributes,
        signed=signed,
        issuer_serial=issuer_serial,
        key_id=key_id,
        time=time,
        imprint_hash=imprint_hash,
        imprint=imprint,
        nonce=nonce,
    )


def _tst_info(data: bytes) -> tuple[datetime, str, bytes, int | None]:
    """genTime, messageImprint and nonce of a TSTInfo (RFC 3161 section 2.4.2)."""
    fields = der.parse_der(data, ber=True).expect(der.SEQUENCE).children()
    if len(fields) < 5 or der.integer(fields[0]) != 1:
        raise DerError("not a time-stamp of version 1")
    algorithm, value = _two(fields[2].expect(der.SEQUENCE))
    time = der.time(fields[4].expect(der.GENERALIZED_TIME))
    # Accuracy, ordering, nonce, authority and extensions may follow; one of them is an integer.
    nonces = [der.integer(field) for field in fields[5:] if field.tag == der.INTEGER]
    return time, algorithms.read_hash(algorithm), der.octets(value), nonces[0] if nonces else None


def _two(node: DerNode) -> tuple[DerNode, DerNode]:
    inside = node.children()
    if len(inside) != 2:
        raise DerError("two elements belong here")
    return inside[0], inside[1]


def timestamp_verdict(
    header: str, data: bytes, message: bytes, *, trust: TrustStore, cache: ChainCache
) -> tuple[TimeStamp, tuple[Finding, ...]]:
    """Verify a token over `message` (C2PA 2.4 section 15.8.2): what to show, and what to note.

    Never raises. `TimeStamp.trusted` is set only where everything holds.
    """
    key = ("token", header, data, hashlib.sha256(message).digest(), trust.digest)
    return cache.result(key, lambda: _judge(header, data, message, trust, cache))


def refuse(stamp: TimeStamp, fault: str, reason: str) -> TimeStamp:
    """The same time-stamp, shown and not used, for `reason`; `fault` is the finding's code."""
    return replace(stamp, trusted=None, reason=reason, fault=fault, list_name="")


def _judge(
    header: str, data: bytes, message: bytes, trust: TrustStore, cache: ChainCache
) -> tuple[TimeStamp, tuple[Finding, ...]]:
    try:
        token = read_token(data)
    except DerError as e:
        reason = f"the token cannot be read: {e}"
        stamp = TimeStamp(header, None, "", None, reason, fault="timestamp.malformed")
        return stamp, (warning("timestamp.malformed", reason, header),)
    certificates: tuple[Certificate, ...] = ()
    tier: Tier | None = None
    reason = fault = list_name = ""
    findings: tuple[Finding, ...] = ()
    try:
        signer = _find_signer(token, cache)
        certificates = (signer,)
        _check_content(token, message)
        _check_signature(token, signer, cache)
        chain = _chain(signer, token, trust, cache).at(token.time)
        certificates = chain.path
        tier = _check_chain(token, chain)
        list_name = chain.hits[0].list_name
    except _Refused as refused:
        reason, fault = refused.reason, refused.code
        make = note if refused.code == "timestamp.untrusted" else warning
        findings = (make(refused.code, reason, header),)
    except DerError as e:
        reason, fault = f"the token cannot be read: {e}", "timestamp.malformed"
        findings = (warning("timestamp.malformed", reason, header),)
    stamp = TimeStamp(
        header=header,
        time=token.time,
        authority=name_text(certificates[0].subject) if certificates else "",
        trusted=tier,
        reason=reason,
        certificates=tuple(cache.describe(certificate) for certificate in certificates),
        fault=fault,
        list_name=list_name,
    )
    return stamp, findings


def _chain(signer: Certificate, token: Token, trust: TrustStore, cache: ChainCache) -> path.Chain:
    """Where the authority's certificate leads: few authorities make the tokens of many files."""
    return cache.result(
        ("authority", signer.der, token.certificates, trust.digest),
        lambda: path.build(signer.der, token.certificates, Purpose.TSA, trust, cache),
    )


def _find_signer(token: Token, cache: ChainCache) -> Certificate:
    """The certificate that the signer information names."""
    for data in token.certificates:
        try:
            certificate = cache.certificate(data)
        except DerError:
            continue
        if token.issuer_serial == (certificate.issuer, certificate.serial) or (
            token.key_id is not None and token.key_id == certificate.subject_key_id
        ):
            return certificate
    raise _Refused("timestamp.signer_missing", "the authority's certificate is not in the token")


def _check_content(token: Token, message: bytes) -> None:
    if token.imprint_hash not in algorithms.STRONG_HASHES:
        message_ = f"the imprint uses {token.imprint_hash}, which C2PA does not allow"
        raise _Refused("timestamp.weak_hash", message_)
    if hashlib.new(token.imprint_hash, message).digest() != token.imprint:
        raise _Refused("timestamp.mismatch", "the token stamps other bytes")
    if token.digest not in algorithms.STRONG_HASHES:
        raise _Refused("timestamp.weak_hash", f"signed over {token.digest}")
    kind = token.attributes.get(_CONTENT_TYPE)
    digest = token.attributes.get(_MESSAGE_DIGEST)
    if kind is None or digest is None or der.oid(kind) != _TST_INFO:
        raise _Refused("timestamp.malformed", "a signed attribute is missing or wrong")
    if der.octets(digest) != hashlib.new(token.digest, token.info).digest():
        raise _Refused("timestamp.bad_signature", "the signed digest is of another time-stamp")


def _check_signature(token: Token, signer: Certificate, cache: ChainCache) -> None:
    _check_signer_id(token, signer)
    body = token.signed.content
    orders = [body]
    pieces = b"".join(sorted(attribute.raw for attribute in token.signed.children()))
    if pieces != body:
        # DER sorts a set (RFC 5652 section 5.4 asks for DER here); not every authority did.
        orders.append(pieces)
    for order in orders:
        signed = b"\x31" + der.encode_length(len(order)) + order
        if cache.verify(signer.spki, token.scheme, token.signature, signed):
            return
    raise _Refused("timestamp.bad_signature", "the authority's signature does not verify")


def _check_signer_id(token: Token, signer: Certificate) -> None:
    """ESSCertID or ESSCertIDv2 must name the signer (RFC 3161 section 2.4.2, RFC 5816)."""
    named = token.attributes.get(_SIGNING_CERTIFICATE_V2)
    default = "sha256"
    if named is None:
        named, default = token.attributes.get(_SIGNING_CERTIFICATE), "sha1"
    if named is None:
        raise _Refused("timestamp.malformed", "the token does not say which certificate signed it")
    entries = named.expect(der.SEQUENCE).children()
    first = entries[0].expect(der.SEQUENCE).children() if entries else []
    parts = first[0].expect(der.SEQUENCE).children() if first else []
    if parts and parts[0].tag == der.SEQUENCE and default == "sha256":
        default = algorithms.read_hash(parts.pop(0))
    if not parts or default not in {"sha1", *algorithms.STRONG_HASHES}:
        raise _Refused("timestamp.malformed", "the token does not say which certificate signed it")
    # SHA-1 only compares an identifier here; the signature itself rests on the strong hash.
    digest = hashlib.new(default, signer.der, usedforsecurity=False).digest()
    if der.octets(parts[0]) != digest:
        raise _Refused("timestamp.signer_mismatch", "the token names another certificate")


def _check_chain(token: Token, chain: path.Chain) -> Tier:
    if not chain.sound:
        faults = "; ".join(f"{finding.message} ({finding.code})" for finding in chain.findings)
        reason = f"the authority's chain breaks a rule: {faults}"
        raise _Refused("timestamp.chain_invalid", reason)
    if chain.tier is None:
        raise _Refused("timestamp.untrusted", "the authority is on no time-stamp list")
    for certificate in chain.path:
        if not certificate.valid_at(token.time):
            reason = f"outside the validity of {name_text(certificate.subject)}"
            raise _Refused("timestamp.outside_validity", reason)
    return chain.tier
