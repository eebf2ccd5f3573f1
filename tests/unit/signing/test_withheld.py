"""E-mail addresses in the names of certificates: personal data, which no report shows."""

from __future__ import annotations

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID
from unit.signing.pki import issue

from provenance.signing.certificate import WITHHELD, describe, name_pairs, read_certificate

ADDRESS = "jane.doe@example.org"
MAIL, COMMON, ORG = NameOID.EMAIL_ADDRESS, NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME


@pytest.mark.parametrize(
    ("pairs", "subject", "common_name"),
    [
        (((MAIL, ADDRESS),), WITHHELD, WITHHELD),
        (((COMMON, ADDRESS),), WITHHELD, WITHHELD),
        (((ORG, "Org"), (MAIL, ADDRESS)), f"O=Org, emailAddress={WITHHELD}", ""),
        (
            ((COMMON, f"Jane <{ADDRESS}>"),),
            "CN=Jane (e-mail address withheld)",
            "Jane (e-mail address withheld)",
        ),
        (((COMMON, "Studio @ Home"),), "CN=Studio @ Home", "Studio @ Home"),
    ],
    ids=["nothing else", "as the name", "besides a name", "in a name", "not an address"],
)
def test_names_of_persons_in_certificates_are_withheld(
    pairs: tuple[tuple[x509.ObjectIdentifier, str], ...], subject: str, common_name: str
) -> None:
    named = x509.Name([x509.NameAttribute(kind, value) for kind, value in pairs])
    certificate = read_certificate(issue(subject, subject=named).der)
    shown = describe(certificate)
    assert (shown.subject, shown.common_name) == (subject, common_name)
    assert ADDRESS not in repr(shown)
    assert name_pairs(certificate.subject)[-1][1] == pairs[-1][1]  # rules compare the name itself
