"""Why certificates are read by hand: what the library makes of those that this program answers on.

Each row is a certificate that keeps the library from saying something which a report needs. Where
the library learns it, the row fails, and the piece of `certificate.py` that names it can go.
"""

from __future__ import annotations

import subprocess
import sys
import warnings
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.utils import CryptographyDeprecationWarning
from support.each import each
from support.pki import FIXTURES
from unit.signing import pki, resigned
from unit.signing.pki import tlv
from unit.signing.resigned import extension, name

from provenance.base.terms import Tier
from provenance.signing import certificate, path, path_rules
from provenance.signing.cache import ChainCache
from provenance.signing.der import DerError
from provenance.signing.trust_list import Purpose
from provenance.signing.trust_store import TrustStore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ROOT = pki.authority("Reader root")
LEAF = pki.issue("Reader leaf", ROOT)
VERSION, SERIAL, ALGORITHM, ISSUER, DATES, SUBJECT, KEY, EXTENSIONS = range(8)
HELD = resigned.fields(LEAF.der)
OWN = resigned.parts(resigned.parts(HELD[EXTENSIONS])[0])

CN, ORGANISATION, COUNTRY = "2.5.4.3", "2.5.4.10", "2.5.4.6"
UTF8, PRINTABLE, TELETEX, BMP = 0x0C, 0x13, 0x14, 0x1E
BASIC_CONSTRAINTS, KEY_USAGE, EXTENDED_KEY_USAGE = "2.5.29.19", "2.5.29.15", "2.5.29.37"
ALTERNATIVE_NAME = "2.5.29.17"
MAILBOX = tlv(0x30, tlv(0x81, b"a@b.example"))
EC, RSA, RSA_PSS = "1.2.840.10045.2.1", "1.2.840.113549.1.1.1", "1.2.840.113549.1.1.10"
P_256 = "1.2.840.10045.3.1.7"


class Library(StrEnum):
    """What the library does with a certificate, in the order in which it is asked."""

    LOAD = "refuses the certificate"
    WARN = "warns, and says that a later version will refuse"
    NAME = "refuses the subject"
    EXTENSIONS = "refuses every extension for the sake of one"
    KEY = "refuses the key"
    REWRITES = "gives the key in other bytes than those that were signed"
    SILENT = "has no word for it"


@dataclass(frozen=True)
class Row:
    """A certificate, what the library does, and the findings of ours; `None` where it is refused.

    What is sound here and refused there has no finding.
    """

    label: str
    der: bytes
    library: Library
    ours: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.label


def changed(position: int, field: bytes) -> bytes:
    return resigned.replaced(LEAF.der, ROOT, position, field)


def subject(*relatives: tuple[tuple[str, int, bytes], ...]) -> bytes:
    return changed(SUBJECT, name(*relatives))


def dates(tag: int, start: bytes, end: bytes) -> bytes:
    return changed(DATES, tlv(0x30, tlv(tag, start), tlv(tag, end)))


def extended(*more: bytes) -> bytes:
    """The leaf with these extensions, each in the place of its own one of that kind."""
    kinds = [resigned.parts(one)[0] for one in more]
    kept = [one for one in OWN if resigned.parts(one)[0] not in kinds]
    return changed(EXTENSIONS, tlv(0xA3, tlv(0x30, *kept, *more)))


def key(algorithm: bytes, bits: bytes) -> bytes:
    return changed(KEY, tlv(0x30, algorithm, bits))


def bits_of(kind: str) -> bytes:
    """The bits of a public key, as a certificate has them."""
    public = pki.key("Reader key", kind).public_key()
    spki = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return resigned.parts(spki)[1]


def compressed() -> bytes:
    public = pki.key("Reader key").public_key()
    return tlv(0x03, b"\0", public.public_bytes(Encoding.X962, PublicFormat.CompressedPoint))


def algorithm(kind: str, *parameters: bytes) -> bytes:
    return tlv(0x30, resigned.oid(kind), *parameters)


# `certificate.read_certificate`: the fields, each for itself.
FIELDS = (
    # DigiCert's time-stamp authority for Adobe has such a name.
    Row("an underscore in PrintableString", subject(((CN, PRINTABLE, b"a_b"),)), Library.LOAD),
    Row("an address in PrintableString", subject(((CN, PRINTABLE, b"a@b"),)), Library.LOAD),
    Row("half a character of BMPString", subject(((CN, BMP, b"\0a\0"),)), Library.LOAD),
    Row(
        "a set that is not sorted",
        subject(((ORGANISATION, UTF8, b"b"), (CN, UTF8, b"a"))),
        Library.LOAD,
    ),
    Row("version 5", changed(VERSION, tlv(0xA0, tlv(2, b"\4"))), Library.LOAD, ("chain.version",)),
    Row("version 1", changed(VERSION, tlv(0xA0, tlv(2, b"\0"))), Library.LOAD, ("chain.version",)),
    Row("a padded serial number", changed(SERIAL, tlv(2, b"\0\0\1")), Library.LOAD),
    Row("the serial number 0", changed(SERIAL, tlv(2, b"\0")), Library.WARN),
    Row("a negative serial number", changed(SERIAL, tlv(2, b"\x80")), Library.WARN),
    Row("no seconds", dates(0x17, b"2601010000Z", b"2612310000Z"), Library.LOAD),
    Row("a time zone", dates(0x17, b"260101000000+0100", b"261231000000+0100"), Library.LOAD),
    Row("half a second", dates(0x18, b"20260101000000.5Z", b"20261231000000.5Z"), Library.LOAD),
    Row("a leap second", dates(0x17, b"260101000000Z", b"261231235960Z"), Library.LOAD),
    Row(
        "a unique identifier",
        resigned.signed(ROOT, *HELD[:EXTENSIONS], tlv(0x81, b"\0\1"), HELD[EXTENSIONS]),
        Library.SILENT,
        ("chain.unique_id",),
    ),
)
# `certificate._name`: the text of a name, as far as it can be read.
NAMES = (
    Row("Latin-1 in TeletexString", subject(((CN, TELETEX, b"caf\xe9"),)), Library.NAME),
    Row("no UTF-8 in UTF8String", subject(((CN, UTF8, b"\xff\xfe"),)), Library.NAME),
    Row("an empty relative name", subject(((CN, UTF8, b"a"),), ()), Library.NAME),
    Row("an empty value", subject(((CN, UTF8, b""),)), Library.WARN),
    Row("a long value", subject(((CN, UTF8, b"x" * 300),)), Library.WARN),
    Row("a country of three letters", subject(((COUNTRY, PRINTABLE, b"USA"),)), Library.WARN),
)
# `certificate._CertificateExtensions`: the others are read where one cannot be, and the fault is
# named.
FAULTY = (
    Row("flag of 1", extended(extension(ALTERNATIVE_NAME, MAILBOX, b"\1")), Library.LOAD),
    Row("flag of 0", extended(extension(ALTERNATIVE_NAME, MAILBOX, b"\0")), Library.LOAD),
    Row("odd name", extended(extension(ALTERNATIVE_NAME, b"\5\0")), Library.EXTENSIONS),
    Row("odd policies", extended(extension("2.5.29.32", b"\5\0")), Library.EXTENSIONS),
    Row(
        "odd usage",
        extended(extension(EXTENDED_KEY_USAGE, b"\5\0")),
        Library.EXTENSIONS,
        ("chain.certificate_malformed", "chain.wrong_eku"),
    ),
    Row(
        "no usage",
        extended(extension(EXTENDED_KEY_USAGE, b"\x30\0")),
        Library.EXTENSIONS,
        ("chain.wrong_eku",),
    ),
    Row(
        "bits that are not used",
        extended(extension(KEY_USAGE, tlv(3, b"\7\xff"))),
        Library.EXTENSIONS,
    ),
    Row(
        "authority by 1",
        extended(extension(BASIC_CONSTRAINTS, tlv(0x30, tlv(1, b"\1")))),
        Library.EXTENSIONS,
        ("chain.leaf_is_ca",),
    ),
    Row(
        "length without authority",
        extended(extension(BASIC_CONSTRAINTS, tlv(0x30, tlv(2, b"\0")))),
        Library.EXTENSIONS,
    ),
    Row(
        "negative length",
        extended(extension(BASIC_CONSTRAINTS, tlv(0x30, tlv(1, b"\xff"), tlv(2, b"\xff")))),
        Library.EXTENSIONS,
        ("chain.certificate_malformed", "chain.leaf_is_ca"),
    ),
    Row(
        "bytes after the end",
        extended(extension(BASIC_CONSTRAINTS, tlv(0x30) + b"\0")),
        Library.EXTENSIONS,
        ("chain.certificate_malformed",),
    ),
)
# `Certificate.spki`: a key as it was signed, of which OCSP hashes a part (RFC 6960 section 4.1.1).
KEYS = (
    Row("RSA without parameters", key(algorithm(RSA), bits_of("RSA-2048")), Library.REWRITES),
    Row("RSA for PSS", key(algorithm(RSA_PSS), bits_of("RSA-2048")), Library.REWRITES),
    Row("compressed", key(algorithm(EC, resigned.oid(P_256)), compressed()), Library.REWRITES),
    Row(
        "no curve",
        key(algorithm(EC, b"\5\0"), bits_of("P-256")),
        Library.KEY,
        ("chain.weak_key",),
    ),
    Row(
        "a point off its curve",
        key(algorithm(EC, resigned.oid(P_256)), tlv(3, b"\0\4" + b"\1" * 64)),
        Library.KEY,
        ("chain.weak_key",),
    ),
    Row(
        "an unknown algorithm",
        key(algorithm("1.3.6.1.4.1.311"), tlv(3, b"\0abc")),
        Library.KEY,
        ("chain.weak_key",),
    ),
)
ROWS = (*FIELDS, *NAMES, *FAULTY, *KEYS)


def library(data: bytes) -> Library:
    """What the library does with a certificate."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        answer = next(_asked(data), Library.SILENT)
    warned = any(
        issubclass(one.category, (CryptographyDeprecationWarning, UserWarning)) for one in said
    )
    return Library.WARN if warned else answer


def _asked(data: bytes) -> Iterator[Library]:
    try:
        one = x509.load_der_x509_certificate(data)
    except (ValueError, x509.InvalidVersion):
        yield Library.LOAD
        return
    try:
        assert one.subject.public_bytes() == certificate.read_certificate(data).subject
    except ValueError:
        yield Library.NAME
    try:
        assert one.extensions
    except (ValueError, x509.DuplicateExtension):
        yield Library.EXTENSIONS
    try:
        spki = one.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        if spki != certificate.read_certificate(data).spki:
            yield Library.REWRITES
    except (ValueError, UnsupportedAlgorithm):
        yield Library.KEY


def test_a_plain_certificate_keeps_the_library_from_nothing() -> None:
    assert library(LEAF.der) is Library.SILENT
    assert path_rules.leaf_faults(certificate.read_certificate(LEAF.der), Purpose.SIGNER) == []


@each("row", ROWS)
def test_the_library_cannot_say_what_a_report_says(row: Row) -> None:
    assert library(row.der) is row.library
    read = certificate.read_certificate(row.der)
    found = [one.code for one in path_rules.leaf_faults(read, Purpose.SIGNER)]
    assert tuple(found) == row.ours
    assert certificate.describe(read).sha256 == read.sha256


@each("row", [row for row in ROWS if not row.ours])
def test_what_breaks_no_rule_of_ours_leads_to_its_anchor(row: Row, tmp_path: Path) -> None:
    anchors = tmp_path / "anchors.pem"
    anchors.write_bytes(ROOT.pem)
    trust = TrustStore.load(bundled=False, anchors=[anchors])
    chain = path.build(row.der, (), Purpose.SIGNER, trust, ChainCache())
    assert (chain.tier, chain.sound) == (Tier.PRIVATE, True)


def test_names_are_read_as_far_as_they_can_be() -> None:
    texts = {
        row.label: certificate.name_text(certificate.read_certificate(row.der).subject)
        for row in NAMES
    }
    assert texts["Latin-1 in TeletexString"] == "CN=café"
    assert texts["no UTF-8 in UTF8String"] == "CN=\ufffd\ufffd"
    assert texts["an empty relative name"] == "CN=a"
    assert texts["a country of three letters"] == "C=USA"


def test_a_fault_names_its_extension_and_the_others_are_read() -> None:
    (odd,) = [row for row in FAULTY if row.label == "odd usage"]
    read = certificate.read_certificate(odd.der)
    assert read.fault.startswith(f"extension {EXTENDED_KEY_USAGE}: ")
    assert (read.is_ca, read.key_usage) == (False, frozenset({certificate.DIGITAL_SIGNATURE}))
    assert read.authority_key_id == certificate.read_certificate(ROOT.der).subject_key_id


def test_an_extension_that_is_there_twice_is_refused_by_both() -> None:
    """Which of the two counts would depend on the reader."""
    twice = changed(EXTENSIONS, tlv(0xA3, tlv(0x30, *OWN, OWN[0])))
    with pytest.raises(x509.DuplicateExtension):
        assert x509.load_der_x509_certificate(twice).extensions
    with pytest.raises(DerError, match="twice"):
        certificate.read_certificate(twice)


def test_a_signed_file_does_not_load_the_reader_of_the_library() -> None:
    """It brings a parser of e-mail, sockets and every kind of key: a sixth of the whole run."""
    code = (
        "import sys, provenance\n"
        "report = provenance.verify(sys.argv[1], cross_check='never')\n"
        "assert report.axes.integrity == 'intact'\n"
        "print(*(one for one in sys.modules if one.startswith('cryptography.x509')))"
    )
    command = [sys.executable, "-c", code, str(FIXTURES / "ai-generated.png")]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "\n"
