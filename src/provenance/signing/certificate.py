"""Certificates, read field by field (RFC 5280 section 4.1) with a bounded reader.

Keys and signatures are the library's business. Its reader of certificates, `cryptography.x509`, is
not used, for three reasons. Each has rows in `tests/unit/signing/test_certificate_reader.py`, which
fail when the library has learnt it; the pieces below name theirs.

- It refuses what is not a forgery and on which a report has to answer: a version, a name in the
wrong
  alphabet (DigiCert's time-stamp authority for Adobe has one), one extension among twenty.
- It keeps back bytes that were signed, or writes them anew: names, which chains compare, keys, of
  which OCSP hashes a part, and unique identifiers.
- Importing it takes 20 ms, a sixth of a whole `verify` of a signed file; reading all the fields
  that are needed here takes 55 microseconds with it, and 45 without.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import field
from functools import lru_cache
from typing import TYPE_CHECKING

from provenance.base.values import dataclass
from provenance.signing import algorithms, der
from provenance.signing.chain_answer import CertificateInfo
from provenance.signing.der import DerError

if TYPE_CHECKING:
    from datetime import datetime

MAX_CERTIFICATE_BYTES = 64 * 1024
MAX_EXTENSIONS = 64
MAX_NAME_CHARACTERS = 512

BASIC_CONSTRAINTS, KEY_USAGE, EXTENDED_KEY_USAGE = "2.5.29.19", "2.5.29.15", "2.5.29.37"
SUBJECT_KEY_ID, AUTHORITY_KEY_ID, NAME_CONSTRAINTS = "2.5.29.14", "2.5.29.35", "2.5.29.30"
SUBJECT_ALTERNATIVE_NAME = "2.5.29.17"
CERTIFICATE_POLICIES, POLICY_MAPPINGS = "2.5.29.32", "2.5.29.33"
POLICY_CONSTRAINTS, INHIBIT_ANY_POLICY = "2.5.29.36", "2.5.29.54"
# What binds the certificates below an authority, and is judged in `constraints`.
_CONSTRAINING = frozenset({NAME_CONSTRAINTS, POLICY_CONSTRAINTS, INHIBIT_ANY_POLICY})
# Extensions whose being critical does not stop us: those judged in `path_rules` and `constraints`,
# and those on which no rule here rests (RFC 5280 section 4.2).
UNDERSTOOD = frozenset(
    {
        BASIC_CONSTRAINTS,
        KEY_USAGE,
        EXTENDED_KEY_USAGE,
        SUBJECT_KEY_ID,
        AUTHORITY_KEY_ID,
        *_CONSTRAINING,
        SUBJECT_ALTERNATIVE_NAME,
        CERTIFICATE_POLICIES,
        POLICY_MAPPINGS,
        "2.5.29.18",  # issuer alternative name
        "2.5.29.31",  # CRL distribution points
        "1.3.6.1.5.5.7.1.1",  # authority information access
    }
)

# Bits of KeyUsage as counted from the left (RFC 5280 section 4.2.1.3).
DIGITAL_SIGNATURE, CONTENT_COMMITMENT, KEY_CERT_SIGN = 0, 1, 5

_ATTRIBUTES = {
    "2.5.4.3": "CN",
    "2.5.4.6": "C",
    "2.5.4.7": "L",
    "2.5.4.8": "ST",
    "2.5.4.10": "O",
    "2.5.4.11": "OU",
    "2.5.4.5": "serialNumber",
    "0.9.2342.19200300.100.1.1": "UID",
    "0.9.2342.19200300.100.1.25": "DC",
    "1.2.840.113549.1.9.1": "emailAddress",
}
WITHHELD = "an e-mail address (withheld)"
_ADDRESS = re.compile(r"<?[^\s@<>,;=()]+@[^\s@<>,;=()]+>?")
_UNIQUE_IDS = frozenset({0x81, 0x82})  # RFC 5280 section 4.1.2.8, [1] and [2] IMPLICIT BIT STRING
_ENCODINGS = {0x0C: "utf-8", 0x1E: "utf-16-be", 0x1C: "utf-32-be"}


@dataclass(frozen=True, slots=True)
class Certificate:
    """What path building needs of one certificate. `None` where an extension is absent.

    `issuer` and `subject` are DER names, `tbs` the signed bytes, `sha256` the hex digest of
    `der`, `critical` the critical extensions. `constrains` says that it limits what may be below
    it (`constraints`). `unique_ids` says that it holds an issuerUniqueID or
    a subjectUniqueID. `fault` names the extension that could not be read.
    """

    der: bytes = field(repr=False)
    sha256: str
    version: int
    serial: int
    scheme: algorithms.Scheme
    issuer: bytes = field(repr=False)
    subject: bytes = field(repr=False)
    not_before: datetime
    not_after: datetime
    spki: bytes = field(repr=False)
    tbs: bytes = field(repr=False)
    signature: bytes = field(repr=False)
    is_ca: bool | None = None
    path_length: int | None = None
    key_usage: frozenset[int] | None = None
    extended_key_usage: tuple[str, ...] | None = None
    subject_key_id: bytes | None = None
    authority_key_id: bytes | None = None
    critical: frozenset[str] = frozenset()
    constrains: bool = False
    unique_ids: bool = False
    fault: str = ""

    @property
    def self_issued(self) -> bool:
        """Whether issuer and subject are one name."""
        return self.issuer == self.subject

    def valid_at(self, moment: datetime) -> bool:
        """Whether `moment` lies in the validity period, both ends included."""
        return self.not_before <= moment <= self.not_after


def read_certificate(data: bytes) -> Certificate:
    """Read one certificate of at most `MAX_CERTIFICATE_BYTES`. Raises `DerError`."""
    # By hand for the rows FIELDS (each field for itself) and KEYS (the key as it was signed).
    if len(data) > MAX_CERTIFICATE_BYTES:
        raise DerError(f"larger than {MAX_CERTIFICATE_BYTES} bytes")
    outer = der.parse_der(data).expect(der.SEQUENCE).children()
    if len(outer) != 3:
        raise DerError("not a certificate")
    tbs, algorithm, signature = outer
    fields = tbs.expect(der.SEQUENCE).children()
    version = 1
    if fields and fields[0].tag == 0xA0:
        version = der.integer(fields.pop(0).only()) + 1
    if len(fields) < 6:
        raise DerError("not a certificate")
    if fields[1].raw != algorithm.raw:
        raise DerError("the two names of the signature algorithm differ")
    validity = fields[3].expect(der.SEQUENCE).children()
    if len(validity) != 2:
        raise DerError("bad validity")
    signed, unused = der.bit_string(signature)
    if unused:
        raise DerError("bad signature")
    extensions = _CertificateExtensions()
    for more in fields[6:]:
        if more.tag == 0xA3:
            extensions.read(more.only())
    return Certificate(
        der=data,
        sha256=hashlib.sha256(data).hexdigest(),
        version=version,
        serial=der.integer(fields[0]),
        scheme=algorithms.read_scheme(algorithm),
        issuer=fields[2].expect(der.SEQUENCE).raw,
        subject=fields[4].expect(der.SEQUENCE).raw,
        not_before=der.time(validity[0]),
        not_after=der.time(validity[1]),
        spki=fields[5].expect(der.SEQUENCE).raw,
        tbs=tbs.raw,
        signature=signed,
        is_ca=extensions.is_ca,
        path_length=extensions.path_length,
        key_usage=extensions.key_usage,
        extended_key_usage=extensions.extended_key_usage,
        subject_key_id=extensions.subject_key_id,
        authority_key_id=extensions.authority_key_id,
        critical=frozenset(extensions.critical),
        constrains=extensions.constrains,
        unique_ids=any(more.tag in _UNIQUE_IDS for more in fields[6:]),
        fault=extensions.fault,
    )


class _CertificateExtensions:
    """Collects the extensions; one that cannot be read becomes `fault`, not an error.

    By hand for the rows FAULTY: the library gives no extension where it refuses one.
    """

    def __init__(self) -> None:
        self.is_ca: bool | None = None
        self.path_length: int | None = None
        self.key_usage: frozenset[int] | None = None
        self.extended_key_usage: tuple[str, ...] | None = None
        self.subject_key_id: bytes | None = None
        self.authority_key_id: bytes | None = None
        self.critical: set[str] = set()
        self.constrains = False
        self.fault = ""

    def read(self, sequence: der.DerNode) -> None:
        seen: set[str] = set()
        entries = sequence.expect(der.SEQUENCE).children()
        if len(entries) > MAX_EXTENSIONS:
            raise DerError("too many extensions")
        for entry in entries:
            parts = entry.expect(der.SEQUENCE).children()
            if len(parts) not in {2, 3}:
                raise DerError("bad extension")
            name = der.oid(parts[0])
            if name in seen:
                raise DerError(f"extension {name} is there twice")
            seen.add(name)
            if len(parts) == 3 and der.boolean(parts[1]):
                self.critical.add(name)
            self.constrains |= name in _CONSTRAINING
            reader = _READERS.get(name)
            if reader is None:
                continue
            try:
                reader(self, der.parse_der(parts[-1].expect(der.OCTET_STRING).content))
            except DerError as fault:
                self.fault = self.fault or f"extension {name}: {fault}"

    def _basic_constraints(self, node: der.DerNode) -> None:
        parts = node.expect(der.SEQUENCE).children()
        self.is_ca = bool(parts) and parts[0].tag == der.BOOLEAN and der.boolean(parts[0])
        if parts and parts[-1].tag == der.INTEGER:
            self.path_length = der.integer(parts[-1])
            if self.path_length < 0:
                raise DerError("negative path length")

    def _key_usage(self, node: der.DerNode) -> None:
        octets, unused = der.bit_string(node)
        bits = 8 * len(octets) - unused
        self.key_usage = frozenset(
            i for i in range(min(bits, 16)) if octets[i // 8] & 0x80 >> (i % 8)
        )

    def _extended_key_usage(self, node: der.DerNode) -> None:
        self.extended_key_usage = tuple(der.oid(n) for n in node.expect(der.SEQUENCE).children())

    def _subject_key_id(self, node: der.DerNode) -> None:
        self.subject_key_id = node.expect(der.OCTET_STRING).content

    def _authority_key_id(self, node: der.DerNode) -> None:
        for part in node.expect(der.SEQUENCE).children():
            if part.tag == 0x80:
                self.authority_key_id = part.content


_READERS = {
    BASIC_CONSTRAINTS: _CertificateExtensions._basic_constraints,
    KEY_USAGE: _CertificateExtensions._key_usage,
    EXTENDED_KEY_USAGE: _CertificateExtensions._extended_key_usage,
    SUBJECT_KEY_ID: _CertificateExtensions._subject_key_id,
    AUTHORITY_KEY_ID: _CertificateExtensions._authority_key_id,
}


def describe(certificate: Certificate) -> CertificateInfo:
    """What a report says of a certificate. Names are the file's text, cut but not cleaned.

    E-mail addresses are withheld. A subject that has nothing else is named as one.
    """
    subject = _name(certificate.subject)
    common_name, organisation = first(subject, "CN"), first(subject, "O")
    if not common_name and not organisation and WITHHELD in _text(subject):
        common_name = WITHHELD
    return CertificateInfo(
        subject=_text(subject),
        issuer=_text(_name(certificate.issuer)),
        common_name=_without_addresses(common_name),
        organisation=_without_addresses(organisation),
        serial=_serial(certificate.serial),
        not_before=certificate.not_before,
        not_after=certificate.not_after,
        sha256=certificate.sha256,
        key=algorithms.key_name(certificate.spki),
        signature_algorithm=certificate.scheme.name,
        extended_key_usage=certificate.extended_key_usage or (),
    )


def _serial(serial: int) -> str:
    digits = f"{abs(serial):x}"
    return ("-" if serial < 0 else "") + digits.zfill(len(digits) + len(digits) % 2)


def name_pairs(name: bytes) -> tuple[tuple[str, str], ...]:
    """The attributes of a DER name as (`CN`, value) in their order; the file's text."""
    return _name(name)


def name_text(name: bytes) -> str:
    """A DER name as text like `CN=..., O=..., C=...`, without e-mail addresses.

    Empty where it cannot be read.
    """
    return _text(_name(name))


# By hand for the rows NAMES: what the library refuses or warns of, a report still has to show.
@lru_cache(maxsize=1024)
def _name(name: bytes) -> tuple[tuple[str, str], ...]:
    attributes: list[tuple[str, str]] = []
    try:
        for relative in der.parse_der(name).expect(der.SEQUENCE).children():
            for pair in relative.expect(der.SET).children():
                kind, value = pair.expect(der.SEQUENCE).children()[:2]
                oid = der.oid(kind)
                encoding = _ENCODINGS.get(value.tag, "latin-1")
                text = value.content.decode(encoding, errors="replace")
                attributes.append((_ATTRIBUTES.get(oid, oid), text[:MAX_NAME_CHARACTERS]))
    except ValueError:
        # An odd name is shown as far as it can be read; chains compare its bytes, not its text.
        pass
    return tuple(attributes)


def _text(pairs: tuple[tuple[str, str], ...]) -> str:
    shown = [(kind, _without_addresses(value)) for kind, value in pairs]
    if len(shown) == 1 and shown[0][1] == WITHHELD:
        return WITHHELD
    return ", ".join(f"{kind}={value}" for kind, value in shown)[: 2 * MAX_NAME_CHARACTERS]


def _without_addresses(value: str) -> str:
    """Return a value of a name with each e-mail address withheld: it is personal data."""
    if "@" not in value:
        return value
    whole = _ADDRESS.fullmatch(value.strip())
    return WITHHELD if whole else _ADDRESS.sub("(e-mail address withheld)", value)


def first(pairs: tuple[tuple[str, str], ...], kind: str) -> str:
    """The first value of one kind, in the certificate's order; empty where there is none.

    A name may hold several (`path_rules.leaf_faults` says so): the first is the one that counts,
    wherever a name is compared.
    """
    return next((value for key, value in pairs if key == kind), "")
