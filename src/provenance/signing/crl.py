"""Revocation lists that the user supplies (RFC 5280 section 5).

A list counts for a certificate where the certificate's own issuer signed it. Delta lists, indirect
lists and lists for some reasons only are not used: they say too little alone.

The library reads them: a list comes from the user, not from the file that is examined, and may have
millions of entries. What breaks RFC 5280 is refused as a whole when the list is loaded.
"""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from provenance.base import files
from provenance.base.errors import TrustMaterialError, reason_of
from provenance.base.finding import note
from provenance.base.terms import Revocation
from provenance.base.values import dataclass
from provenance.signing import algorithms, der, extensions, revocation
from provenance.signing.der import DerError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from os import PathLike

    from provenance.base.finding import Finding
    from provenance.signing.cache import ChainCache
    from provenance.signing.certificate import Certificate
    from provenance.signing.chain_answer import RevocationAnswer

MAX_FILE_BYTES = 128 * 1024 * 1024
MAX_ENTRIES = 2_000_000
CRL_SIGN = 6  # a bit of KeyUsage, as counted from the left

_UNDERSTOOD = (x509.AuthorityKeyIdentifier, x509.CRLNumber, x509.IssuingDistributionPoint)
# What the library raises for bytes that it does not read.
_UNREADABLE = (
    ValueError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)
_PEM = re.compile(rb"-----BEGIN X509 CRL-----([^-]*)-----END X509 CRL-----")
_BEGIN = b"-----BEGIN X509 CRL-----"


@dataclass(frozen=True, slots=True)
class RevocationList:
    """A list, read and not judged. `source` is the name of its file.

    `entries` maps a serial number to its entry. `points` are the addresses that the
    list is for, empty where it is for everything its issuer issued; `unfit` says why it cannot be
    used, or is empty.
    """

    source: str
    sha256: str
    issuer: bytes
    this_update: datetime
    next_update: datetime
    entries: Mapping[int, x509.RevokedCertificate]
    authority_key_id: bytes | None
    points: tuple[str, ...]
    unfit: str
    scheme: algorithms.Scheme
    tbs: bytes
    signature: bytes


def load_crls(path: str | PathLike[str]) -> tuple[RevocationList, ...]:
    """Read a file of revocation lists: PEM (one or many) or DER (one).

    Raises `TrustMaterialError`, whose one line names the file.
    """
    file = Path(path)
    try:
        content = files.read_small(file, MAX_FILE_BYTES)
    except OSError as fault:
        message = f"{file}: {reason_of(fault)}; name a readable revocation list"
        raise TrustMaterialError(message) from fault
    try:
        blocks = [content]
        if _BEGIN in content:
            texts = _PEM.findall(content)
            if len(texts) != content.count(_BEGIN):
                raise DerError("a block is cut short")
            blocks = [base64.b64decode(b"".join(text.split()), validate=True) for text in texts]
        return tuple(read_crl(block, file.name) for block in blocks)
    except ValueError as fault:
        raise TrustMaterialError(
            f"{file}: holds no revocation list that can be read ({fault}); give PEM or DER"
        ) from fault


def read_crl(data: bytes, source: str = "") -> RevocationList:
    """Read one list in DER (section 5.1). Raises `DerError`."""
    try:
        held = x509.load_der_x509_crl(data)
        if len(held) > MAX_ENTRIES:
            raise DerError("too many entries")
        signed = _signed(data)
        this_update, next_update = held.last_update_utc, held.next_update_utc
        return RevocationList(
            source=source,
            sha256=hashlib.sha256(data).hexdigest(),
            issuer=signed.issuer,
            this_update=this_update,
            next_update=next_update or this_update + revocation.DEFAULT_LIFETIME,
            entries={entry.serial_number: entry for entry in held},
            authority_key_id=_authority_key_id(held.extensions),
            points=_points(held.extensions),
            unfit=_unfit(held.extensions),
            scheme=signed.scheme,
            tbs=signed.tbs,
            signature=held.signature,
        )
    except DerError:
        raise
    except _UNREADABLE as fault:
        raise DerError("not a revocation list as RFC 5280 has it") from fault


class _Signed(NamedTuple):
    """What the issuer signed, by its own bytes."""

    tbs: bytes
    scheme: algorithms.Scheme
    issuer: bytes


def _signed(data: bytes) -> _Signed:
    """The signed part, its algorithm and its issuer's name.

    By hand: the library writes names anew, where issuers are compared as they were signed
    (`test_the_issuer_is_compared_as_it_was_signed`), and takes a tenth of a second to write
    100,000 entries anew for `tbs_certlist_bytes`.
    """
    tbs, algorithm, _ = der.parse_der(data).children()
    fields = tbs.children()
    if fields[0].tag == der.INTEGER:
        del fields[0]
    if fields[0].raw != algorithm.raw:
        raise DerError("the two names of the signature algorithm differ")
    return _Signed(tbs.raw, algorithms.read_scheme(algorithm), fields[1].raw)


def _authority_key_id(held: x509.Extensions) -> bytes | None:
    for extension in held:
        if isinstance(extension.value, x509.AuthorityKeyIdentifier):
            return extension.value.key_identifier
    return None


def _points(held: x509.Extensions) -> tuple[str, ...]:
    """The addresses that the list is for (section 5.2.5)."""
    for extension in held:
        point = extension.value
        if isinstance(point, x509.IssuingDistributionPoint) and (
            point.full_name is not None or point.relative_name is not None
        ):
            names = point.full_name or ()
            uris = [
                name.value for name in names if isinstance(name, x509.UniformResourceIdentifier)
            ]
            return tuple(uris) or ("a name that is not an address",)
    return ()


def _unfit(held: x509.Extensions) -> str:
    """Why the list says too little alone (section 5.2), or an empty string."""
    for extension in held:
        point = extension.value
        if isinstance(point, x509.IssuingDistributionPoint):
            if point.only_contains_attribute_certs:
                return "it is for attribute certificates only"
            if point.indirect_crl:
                return "it is an indirect list"
            if point.only_some_reasons is not None:
                return "it is for some reasons only"
            if point.only_contains_ca_certs:
                return "it is for authorities only"
        elif extension.critical and not isinstance(point, _UNDERSTOOD):
            # A delta list among them, which is nothing without its base.
            return f"its critical extension {extension.oid.dotted_string} is not understood"
    return ""


def crl_answers(
    leaf: Certificate,
    issuer: Certificate | None,
    lists: Sequence[RevocationList],
    *,
    signed_at: datetime | None,
    at: datetime,
    cache: ChainCache,
) -> tuple[tuple[RevocationAnswer, ...], tuple[Finding, ...]]:
    """What the user's lists say of `leaf`, for the time that matters. Never raises.

    Lists of other issuers are passed over in silence.
    """
    answers: list[RevocationAnswer] = []
    findings: list[Finding] = []
    for crl in lists:
        if crl.issuer != leaf.issuer:
            continue
        if issuer is None:
            message = "the issuer's certificate is missing, so the list cannot be checked"
            findings.append(note("revocation.issuer_missing", message, crl.source))
            continue
        if crl.authority_key_id and (issuer.subject_key_id or b"") not in {
            b"",
            crl.authority_key_id,
        }:
            continue  # another key of the same name
        reason = _fault(crl, issuer, cache)
        if reason:
            findings.append(note("revocation.crl_unusable", reason, crl.source))
            continue
        answer, about = _answer_of_list(crl, leaf, signed_at, at)
        findings += about
        if answer is not None:
            answers.append(answer)
    return tuple(answers), tuple(dict.fromkeys(findings))


def _fault(crl: RevocationList, issuer: Certificate, cache: ChainCache) -> str:
    if crl.unfit:
        return f"the list is not used: {crl.unfit}"
    if issuer.key_usage is not None and CRL_SIGN not in issuer.key_usage:
        return "the issuer's key is not for signing revocation lists"
    good = cache.result(
        ("crl signature", crl.sha256, issuer.sha256),
        lambda: cache.verify(issuer.spki, crl.scheme, crl.signature, crl.tbs),
    )
    return "" if good else "the issuer's signature on the list does not verify"


def _answer_of_list(
    crl: RevocationList, leaf: Certificate, signed_at: datetime | None, at: datetime
) -> tuple[RevocationAnswer | None, list[Finding]]:
    status, revoked_at, reason = Revocation.GOOD, None, ""
    entry = crl.entries.get(leaf.serial)
    try:
        if entry is not None:
            status, revoked_at, reason = _read_entry(entry)
        elif crl.points and not set(crl.points) & set(_own_points(leaf)):
            message = "the list is for a part of what its issuer issued, and not for this one"
            return None, [note("revocation.other_certificate", message, crl.source)]
    except DerError as fault:
        message = f"the certificate's own addresses of lists cannot be read: {fault}"
        return None, [note("revocation.malformed", message, crl.source)]
    single = revocation.Single(
        hash="",
        name_hash=b"",
        key_hash=b"",
        serial=leaf.serial,
        status=status,
        revoked_at=revoked_at,
        reason=reason,
        this_update=crl.this_update,
        next_update=crl.next_update,
    )
    return revocation.weigh(single, crl.source, signed_at, at)


def _read_entry(entry: x509.RevokedCertificate) -> tuple[Revocation, datetime, str]:
    """When and why a certificate was revoked (section 5.3)."""
    try:
        given = [
            extension.value
            for extension in entry.extensions
            if isinstance(extension.value, x509.CRLReason)
        ]
        reason = given[0].reason.name if given else revocation.REASONS[0]
    except _UNREADABLE:
        reason = "a reason that cannot be read"  # revoked all the same
    revoked = reason != revocation.REASONS[revocation.REMOVE_FROM_CRL]
    status = Revocation.REVOKED if revoked else Revocation.GOOD
    return status, entry.revocation_date_utc, reason


def _own_points(leaf: Certificate) -> tuple[str, ...]:
    held = extensions.extensions_by_oid(leaf).get(extensions.CRL_DISTRIBUTION_POINTS)
    return extensions.distribution_points(held.value) if held else ()
