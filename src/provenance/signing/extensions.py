"""The extensions of a certificate that path building does not need (RFC 5280 section 4.2).

By hand, as `certificate` is: the library decodes an extension only within a certificate that it
accepts, and gives none where it refuses one (the rows FAULTY of
`tests/unit/signing/test_certificate_reader.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.base.values import dataclass
from provenance.signing import der

if TYPE_CHECKING:
    from provenance.signing.certificate import Certificate

CRL_DISTRIBUTION_POINTS = "2.5.29.31"
AUTHORITY_INFORMATION = "1.3.6.1.5.5.7.1.1"
ACCESS_OCSP, ACCESS_CA_ISSUERS = "1.3.6.1.5.5.7.48.1", "1.3.6.1.5.5.7.48.2"
MAX_EXTENSIONS = 64
MAX_URL_CHARACTERS = 2048

_URI = 0x86  # uniformResourceIdentifier of a GeneralName


@dataclass(frozen=True, slots=True)
class Extension:
    """One extension: whether it is critical, and the DER inside its octet string."""

    critical: bool
    value: bytes


def extensions_by_oid(certificate: Certificate) -> dict[str, Extension]:
    """Every extension by its OID. Raises `DerError` where the certificate cannot be read."""
    fields = der.parse_der(certificate.tbs).expect(der.SEQUENCE).children()
    extensions: dict[str, Extension] = {}
    for field in fields:
        if field.tag != 0xA3:
            continue
        for entry in field.only().expect(der.SEQUENCE).children()[:MAX_EXTENSIONS]:
            parts = entry.expect(der.SEQUENCE).children()
            if len(parts) not in {2, 3}:
                raise der.DerError("bad extension")
            critical = len(parts) == 3 and der.boolean(parts[1])
            value = parts[-1].expect(der.OCTET_STRING).content
            extensions.setdefault(der.oid(parts[0]), Extension(critical, value))
    return extensions


def policies(value: bytes) -> tuple[str, ...]:
    """The OIDs of CertificatePolicies (section 4.2.1.4). Raises `DerError`."""
    entries = der.parse_der(value).expect(der.SEQUENCE).children()
    return tuple(der.oid(_first(policy.expect(der.SEQUENCE))) for policy in entries)


def access(value: bytes, method: str) -> tuple[str, ...]:
    """The addresses of one method of AuthorityInfoAccess (section 4.2.2.1). Raises `DerError`."""
    addresses: list[str] = []
    for entry in der.parse_der(value).expect(der.SEQUENCE).children():
        parts = entry.expect(der.SEQUENCE).children()
        if len(parts) == 2 and der.oid(parts[0]) == method and parts[1].tag == _URI:
            addresses.append(_text(parts[1]))
    return tuple(addresses)


def distribution_points(value: bytes) -> tuple[str, ...]:
    """The addresses of CRLDistributionPoints (section 4.2.1.13). Raises `DerError`."""
    addresses: list[str] = []
    for point in der.parse_der(value).expect(der.SEQUENCE).children():
        for part in point.expect(der.SEQUENCE).children():
            if part.tag != 0xA0:
                continue
            addresses += full_names(part)
    return tuple(addresses)


def full_names(point: der.DerNode) -> tuple[str, ...]:
    """The addresses in an explicitly tagged DistributionPointName. Raises `DerError`."""
    name = point.only()
    if name.tag != 0xA0:  # fullName
        return ()
    return tuple(
        _text(general_name) for general_name in name.children() if general_name.tag == _URI
    )


def ocsp_addresses(certificate: Certificate) -> tuple[str, ...]:
    """Where the responder for a certificate is, as the certificate says; empty where unreadable."""
    try:
        held = extensions_by_oid(certificate).get(AUTHORITY_INFORMATION)
        return access(held.value, ACCESS_OCSP) if held else ()
    except der.DerError:
        return ()


def _first(node: der.DerNode) -> der.DerNode:
    inside = node.children()
    if not inside:
        raise der.DerError("an element is empty")
    return inside[0]


def _text(node: der.DerNode) -> str:
    return node.content[:MAX_URL_CHARACTERS].decode("latin-1")
