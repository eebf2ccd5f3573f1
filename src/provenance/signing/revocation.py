"""Revocation of the signing certificate, from OCSP responses at hand (RFC 6960).

C2PA 2.4 section 15.9.1. Revocation lists are read in `provenance.signing.crl`. Nothing is fetched
here. A response that is not properly signed, or is about something else, changes nothing: anyone
can put any number of them into the unsigned header, so they count towards no bound either.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING

from provenance.base.finding import error, note, warning
from provenance.base.terms import Revocation
from provenance.base.values import dataclass
from provenance.signing import algorithms, der
from provenance.signing.certificate import DIGITAL_SIGNATURE
from provenance.signing.chain_answer import RevocationAnswer
from provenance.signing.der import DerError
from provenance.signing.path_rules import EKU_OCSP_SIGNING, key_ids_differ

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from provenance.base.finding import Finding
    from provenance.signing.cache import ChainCache
    from provenance.signing.certificate import Certificate

MAX_RESPONSE_BYTES = 256 * 1024
MAX_RESPONSES = 64  # about one certificate, and answers in one response
LEAST_RESPONSE_BYTES = 100  # a signature alone has 64
MAX_NOTED = 16  # responses that say nothing of the certificate, and are noted
RESPONDER = "OCSP responder"  # where a response stood that was fetched now
# How long a response without nextUpdate counts (C2PA 2.4 section 15.9.1).
DEFAULT_LIFETIME = timedelta(hours=24)
# How far the clock of a responder may be ahead of ours: an answer made now is not of tomorrow.
CLOCK_SKEW = timedelta(minutes=5)

_BASIC = "1.3.6.1.5.5.7.48.1.1"
_SUCCESSFUL = 0
REASONS = {
    0: "unspecified",
    1: "key_compromise",
    2: "ca_compromise",
    3: "affiliation_changed",
    4: "superseded",
    5: "cessation_of_operation",
    6: "certificate_hold",
    8: "remove_from_crl",
    9: "privilege_withdrawn",
    10: "aa_compromise",
}
REMOVE_FROM_CRL = 8
_GOOD_TAG, _REVOKED_TAG = 0x80, 0xA1
# The status that wins where several responses count, strongest first.
_ORDER = (
    Revocation.REVOKED,
    Revocation.REVOKED_LATER,
    Revocation.GOOD,
    Revocation.UNKNOWN,
)


@dataclass(frozen=True, slots=True)
class Single:
    """What a response says of one certificate. `revoked_at` is `None` unless it is revoked."""

    hash: str
    name_hash: bytes
    key_hash: bytes
    serial: int
    status: Revocation
    revoked_at: datetime | None
    reason: str
    this_update: datetime
    next_update: datetime


@dataclass(frozen=True, slots=True)
class Response:
    """A basic OCSP response, read and not judged. The responder is named one way or the other."""

    responder_name: bytes | None
    responder_key: bytes | None
    produced_at: datetime
    singles: tuple[Single, ...]
    tbs: bytes
    scheme: algorithms.Scheme
    signature: bytes
    certificates: tuple[bytes, ...]


def read_ocsp_response(data: bytes) -> Response:
    """Read an OCSP response in DER (RFC 6960 section 4.2.1). Raises `DerError`."""
    if len(data) > MAX_RESPONSE_BYTES:
        raise DerError(f"larger than {MAX_RESPONSE_BYTES} bytes")
    outer = der.parse_der(data).expect(der.SEQUENCE).children()
    if not outer or int.from_bytes(outer[0].expect(0x0A).content) != _SUCCESSFUL:
        raise DerError("the responder gave no answer")
    if len(outer) != 2:
        raise DerError("a response without content")
    content = outer[1].expect(0xA0).only().expect(der.SEQUENCE).children()
    if len(content) != 2 or der.oid(content[0]) != _BASIC:
        raise DerError("not a basic response")
    basic = (
        der.parse_der(content[1].expect(der.OCTET_STRING).content).expect(der.SEQUENCE).children()
    )
    if len(basic) < 3:
        raise DerError("the response is incomplete")
    signature, unused = der.bit_string(basic[2])
    if unused:
        raise DerError("bad signature")
    held = basic[3].expect(0xA0).only().expect(der.SEQUENCE).children() if basic[3:] else []
    fields = basic[0].expect(der.SEQUENCE).children()
    if fields and fields[0].tag == 0xA0:
        del fields[0]
    if len(fields) < 3:
        raise DerError("the response is incomplete")
    responder = fields[0].expect(0xA1, 0xA2)
    produced_at = der.time(fields[1].expect(der.GENERALIZED_TIME))
    answers = fields[2].expect(der.SEQUENCE).children()
    if len(answers) > MAX_RESPONSES or len(held) > MAX_RESPONSES:
        raise DerError("too many answers")
    return Response(
        responder_name=responder.only().raw if responder.tag == 0xA1 else None,
        responder_key=der.octets(responder.only()) if responder.tag == 0xA2 else None,
        produced_at=produced_at,
        singles=tuple(_single(answer, produced_at) for answer in answers),
        tbs=basic[0].raw,
        scheme=algorithms.read_scheme(basic[1]),
        signature=signature,
        certificates=tuple(element.raw for element in held),
    )


def _single(node: der.DerNode, produced_at: datetime) -> Single:
    fields = node.expect(der.SEQUENCE).children()
    if len(fields) < 3:
        raise DerError("an answer is incomplete")
    identity = fields[0].expect(der.SEQUENCE).children()
    if len(identity) != 4:
        raise DerError("bad certificate identifier")
    revoked_at, reason = None, ""
    status = Revocation.UNKNOWN
    if fields[1].tag == _GOOD_TAG:
        status = Revocation.GOOD
    elif fields[1].tag == _REVOKED_TAG:
        status, revoked_at, reason = _revoked(fields[1])
    this_update = der.time(fields[2].expect(der.GENERALIZED_TIME))
    later = next((der.time(field.only()) for field in fields[3:] if field.tag == 0xA0), None)
    return Single(
        hash=algorithms.read_hash(identity[0]),
        name_hash=der.octets(identity[1]),
        key_hash=der.octets(identity[2]),
        serial=der.integer(identity[3]),
        status=status,
        revoked_at=revoked_at,
        reason=reason,
        this_update=this_update,
        next_update=later or produced_at + DEFAULT_LIFETIME,
    )


def _revoked(node: der.DerNode) -> tuple[Revocation, datetime | None, str]:
    parts = node.children()
    if not parts:
        raise DerError("a revocation without its time")
    moment = der.time(parts[0].expect(der.GENERALIZED_TIME))
    code = 0
    if parts[1:]:
        code = int.from_bytes(parts[1].expect(0xA0).only().expect(0x0A).content)
    if code == REMOVE_FROM_CRL:
        # Taken back: section 15.9.1 has validators tell this from a revocation.
        return Revocation.GOOD, None, REASONS[code]
    return Revocation.REVOKED, moment, REASONS.get(code, f"reason {code}")


def ocsp_answer(
    leaf: Certificate,
    issuer: Certificate | None,
    responses: Iterable[tuple[str, bytes | None]],
    *,
    signed_at: datetime | None,
    at: datetime,
    cache: ChainCache,
    more: Iterable[RevocationAnswer] = (),
) -> tuple[RevocationAnswer, tuple[Finding, ...]]:
    """What `responses` (each with where it was) say of `leaf`.

    A response `None` stands for further ones that could not be kept. `signed_at` is the time of a
    trusted time-stamp, or `None`; `at` the validation time. `more` are answers from elsewhere
    (revocation lists), weighed with these. Where a response about `leaf` was left unread, nothing
    but what came from a responder or a list says `good`: the answer is then `unknown`. Never
    raises.
    """
    fetched_or_listed = list(more)
    answers: list[RevocationAnswer] = []
    findings: list[Finding] = []
    serial = _serial(leaf)
    read_, noted, unread = 0, 0, False
    for source, data in dict.fromkeys(responses):
        if data is None:
            unread = True
            continue
        if issuer is None:
            message = "the issuer's certificate is missing, so responses cannot be checked"
            findings.append(note("revocation.issuer_missing", message, source))
            break
        if len(data) < LEAST_RESPONSE_BYTES or serial not in data:
            # Not about this certificate, whatever it is: told apart for the first ones alone.
            noted += 1
            if noted > MAX_NOTED:
                continue
        elif read_ >= MAX_RESPONSES or (cache.spent and source != RESPONDER):
            unread = True
            continue
        single, answer, about = _answer_of_response(
            leaf, issuer, (source, data), (signed_at, at), cache
        )
        read_ += single
        if not single and source != RESPONDER:
            # Real ones that hold the number are about the certificate: reading junk has its price.
            cache.charge(("ocsp", hashlib.sha256(data).digest()), 1)
        findings += about
        if answer is not None:
            (fetched_or_listed if source == RESPONDER else answers).append(answer)
    if unread:
        message = "not every revocation answer in the file was read: there are too many"
        findings.append(warning("revocation.bounded", message))
        answers = [candidate for candidate in answers if candidate.status is not Revocation.GOOD]
    answers = [*fetched_or_listed, *answers]
    best = min(answers, key=lambda candidate: _ORDER.index(candidate.status), default=None)
    if best is None:
        status = Revocation.UNKNOWN if unread else Revocation.NOT_CHECKED
        return RevocationAnswer(status), tuple(dict.fromkeys(findings))
    findings += _answer_findings(best)
    return best, tuple(dict.fromkeys(findings))


def _serial(leaf: Certificate) -> bytes:
    """The serial number as every response about the certificate holds it: DER has one form."""
    value = leaf.serial
    size = max(value, ~value).bit_length() // 8 + 1
    return value.to_bytes(size, signed=True)


def _answer_findings(answer: RevocationAnswer) -> list[Finding]:
    when = f" at {answer.time:%Y-%m-%dT%H:%M:%SZ}" if answer.time else ""
    if answer.status is Revocation.REVOKED:
        message = f"the signing certificate was revoked{when} ({answer.reason})"
        return [error("revocation.revoked", message, answer.source)]
    if answer.status is Revocation.REVOKED_LATER:
        message = f"revoked{when} ({answer.reason}), after it signed"
        return [warning("revocation.revoked_later", message, answer.source)]
    if answer.status is Revocation.UNKNOWN:
        message = "the responder does not know the signing certificate"
        return [warning("revocation.unknown", message, answer.source)]
    return []


def _answer_of_response(
    leaf: Certificate,
    issuer: Certificate,
    response: tuple[str, bytes],
    times: tuple[datetime | None, datetime],
    cache: ChainCache,
) -> tuple[bool, RevocationAnswer | None, list[Finding]]:
    """Whether a response is a readable one about `leaf`, what it says, and what to note."""
    source, data = response
    if not data:
        # Some signers reserve a place and leave it empty.
        return False, None, []
    try:
        read_ = cache.result(("ocsp", data), lambda: read_ocsp_response(data))
        single = next(
            (candidate for candidate in read_.singles if _is_for(candidate, leaf, issuer)), None
        )
        if single is None:
            # Responses for the other certificates of the chain stand in the same place.
            message = "the response is about another certificate"
            return False, None, [note("revocation.other_certificate", message, source)]
        key = ("ocsp signature", data, issuer.sha256)
        reason = cache.result(key, lambda: _responder_fault(read_, issuer, cache))
    except ValueError as fault:
        message = f"the response cannot be read: {fault}"
        return False, None, [note("revocation.malformed", message, source)]
    if reason:
        return True, None, [note("revocation.unauthorised", reason, source)]
    return True, *weigh(single, source, *times)


def _is_for(single: Single, leaf: Certificate, issuer: Certificate) -> bool:
    if single.serial != leaf.serial or single.hash not in {"sha1", *algorithms.STRONG_HASHES}:
        return False

    # SHA-1 only names the certificate here (RFC 6960 section 4.1.1); the response is signed.
    def digest(data: bytes) -> bytes:
        return hashlib.new(single.hash, data, usedforsecurity=False).digest()

    return single.name_hash == digest(leaf.issuer) and single.key_hash == digest(key_bits(issuer))


def key_bits(certificate: Certificate) -> bytes:
    """The subjectPublicKey without its header, as OCSP hashes it. Raises `DerError`."""
    parts = der.parse_der(certificate.spki).children()
    if len(parts) != 2:
        raise DerError("a certificate without a key")
    return der.bit_string(parts[1])[0]


def _responder_fault(response: Response, issuer: Certificate, cache: ChainCache) -> str:
    """Why the responder may not speak for `issuer` (RFC 6960 section 4.2.2.2), or empty."""
    candidates = [issuer]
    for data in response.certificates:
        try:
            candidates.append(cache.certificate(data))
        except DerError:
            continue
    reason = "the responder's certificate is not there"
    for candidate in candidates:
        if not _is_responder(candidate, response):
            continue
        reason = _authority_fault(candidate, issuer, response, cache)
        if reason:
            continue
        if cache.verify(candidate.spki, response.scheme, response.signature, response.tbs):
            return ""
        reason = "the response's signature does not verify"
    return reason


def _is_responder(certificate: Certificate, response: Response) -> bool:
    if response.responder_name is not None:
        return response.responder_name == certificate.subject
    # The identifier is SHA-1 by definition (RFC 6960 section 4.2.1).
    digest = hashlib.sha1(key_bits(certificate), usedforsecurity=False).digest()
    return response.responder_key == digest


def _authority_fault(
    responder: Certificate, issuer: Certificate, response: Response, cache: ChainCache
) -> str:
    if responder.sha256 == issuer.sha256:
        return ""
    if EKU_OCSP_SIGNING not in (responder.extended_key_usage or ()):
        return "the responder is not certified for OCSP signing"
    if responder.key_usage is not None and DIGITAL_SIGNATURE not in responder.key_usage:
        return "the responder's key is not for signatures"
    if responder.issuer != issuer.subject or key_ids_differ(issuer, responder):
        return "the responder was not appointed by the issuer of the certificate"
    if not cache.link(issuer, responder):
        return "the issuer did not sign the responder's certificate"
    if not responder.valid_at(response.produced_at):
        return "the responder's certificate was not valid when it answered"
    return ""


def weigh(
    single: Single, source: str, signed_at: datetime | None, at: datetime
) -> tuple[RevocationAnswer | None, list[Finding]]:
    """Whether the response speaks for the time that matters, and what it then says."""
    if single.this_update > at + CLOCK_SKEW:
        message = f"the response is of {single.this_update:%Y-%m-%d}, after the validation time"
        return None, [note("revocation.out_of_window", message, source)]
    moment = signed_at or at
    if single.status is Revocation.REVOKED:
        # Revocation does not lapse, so an old response still counts.
        revoked_at = single.revoked_at
        later = signed_at is not None and revoked_at is not None and revoked_at > signed_at
        status = Revocation.REVOKED_LATER if later else Revocation.REVOKED
        return RevocationAnswer(status, source, single.revoked_at, single.reason), []
    # After a trusted signing time any response counts that was made later, or covered it.
    if moment > single.next_update:
        message = (
            f"the response speaks for {single.this_update:%Y-%m-%d} to "
            f"{single.next_update:%Y-%m-%d}, not for {moment:%Y-%m-%d}"
        )
        return None, [note("revocation.out_of_window", message, source)]
    return RevocationAnswer(single.status, source, None, single.reason), []
