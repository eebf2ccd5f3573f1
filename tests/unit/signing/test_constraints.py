"""What an authority may vouch for: RFC 5280 sections 4.2.1.10, 4.2.1.11 and 6.1, limit by limit."""

from __future__ import annotations

from ipaddress import ip_network
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID, ObjectIdentifier
from support.each import each
from unit.signing import pki
from unit.signing.pki import AT, Issued, authority, cose, issue

from provenance.base.terms import Identity
from provenance.kit.certificates import oid_der
from provenance.signing import constraints
from provenance.signing.certificate import describe, read_certificate
from provenance.signing.chain_answer import TimeStampToken
from provenance.signing.claim_signature import chain_verdict
from provenance.signing.trust_store import TrustStore

if TYPE_CHECKING:
    from pathlib import Path

ROOT = authority("Constraining root")
POLICY, OTHER_POLICY, ANY = "1.3.6.1.4.1.62558.1.1", "1.2.3.4.5", "2.5.29.32.0"


def subject(organisation: str, common_name: str = "Signer", **more: str) -> x509.Name:
    """A name in the order of its parts: country, organisation, then what tells signers apart."""
    parts = [(NameOID.COUNTRY_NAME, "XX"), (NameOID.ORGANIZATION_NAME, organisation)]
    parts += [(getattr(NameOID, kind), value) for kind, value in more.items()]
    parts.append((NameOID.COMMON_NAME, common_name))
    return x509.Name([x509.NameAttribute(kind, value) for kind, value in parts])


def directory(organisation: str) -> x509.DirectoryName:
    return x509.DirectoryName(x509.Name(list(subject(organisation))[:2]))


SHOP = subject("Small Shop")


def limited(
    permitted: list[x509.GeneralName] | None = None,
    excluded: list[x509.GeneralName] | None = None,
    *,
    critical: bool = True,
    label: str = "Limited",
    issuer: Issued = ROOT,
) -> Issued:
    limits = x509.NameConstraints(permitted, excluded)
    return authority(label, issuer, more=((limits, critical),))


def verdict(tmp_path: Path, leaf: Issued, *above: Issued) -> tuple[Identity, list[str]]:
    anchors = tmp_path / "anchors.pem"
    anchors.write_bytes(ROOT.pem)
    trust = TrustStore.load(bundled=False, anchors=[anchors])
    made = chain_verdict(cose(leaf, *above), pki.CLAIM, trust=trust, at=AT)
    return made.identity, [finding.code for finding in made.findings]


def names(*found: x509.GeneralName) -> tuple[tuple[x509.ExtensionType, bool], ...]:
    return ((x509.SubjectAlternativeName(found), False),)


def mail(text: str) -> x509.RFC822Name:
    return x509.RFC822Name(text)


def host(text: str) -> x509.DNSName:
    return x509.DNSName(text)


NOT_PERMITTED, EXCLUDED = ["chain.name_not_permitted"], ["chain.name_excluded"]
SHOP_ALONE: dict[str, Any] = {"permitted": [directory("Small Shop")]}


@each(
    ("limits", "leaf", "expected"),
    [
        (SHOP_ALONE, {"subject": SHOP}, []),
        (SHOP_ALONE, {"subject": subject("SMALL  shop")}, []),
        (SHOP_ALONE, {"subject": subject("Nikon Corporation")}, NOT_PERMITTED),
        (SHOP_ALONE, {"subject": subject("Small Shop Nikon")}, NOT_PERMITTED),
        (SHOP_ALONE, {"subject": subject("\N{LATIN SMALL LETTER LONG S}mall Shop")}, NOT_PERMITTED),
        (SHOP_ALONE | {"critical": False}, {"subject": subject("Nikon")}, NOT_PERMITTED),
        ({"permitted": [directory("Small Shop"), directory("Nikon")]}, {"subject": SHOP}, []),
        ({"excluded": [directory("Nikon")]}, {"subject": SHOP}, []),
        ({"excluded": [directory("Nikon")]}, {"subject": subject("Nikon")}, EXCLUDED),
        ({"excluded": [directory("Nikon")]}, {"subject": subject("NI\N{KELVIN SIGN}ON")}, EXCLUDED),
        (
            {"permitted": [directory("Nikon")], "excluded": [directory("Nikon")]},
            {"subject": subject("Nikon")},
            EXCLUDED,
        ),
        ({"permitted": [x509.DirectoryName(x509.Name([]))]}, {"subject": SHOP}, []),
        # A form that the certificate does not have is no matter.
        ({"permitted": [host("shop.example")]}, {"subject": SHOP}, []),
        ({"permitted": [host("shop.example")]}, {"more": names(host("SHOP.example"))}, []),
        ({"permitted": [host("shop.example")]}, {"more": names(host("a.shop.example"))}, []),
        (
            {"permitted": [host("shop.example")]},
            {"more": names(host("ashop.example"))},
            NOT_PERMITTED,
        ),
        (
            {"permitted": [host("shop.example")]},
            {"more": names(host("shop.example"), host("nikon.example"))},
            NOT_PERMITTED,
        ),
        ({"excluded": [host("nikon.example")]}, {"more": names(host("x.nikon.example"))}, EXCLUDED),
        ({"excluded": [host("nikon.example")]}, {"more": names(host("shop.example"))}, []),
        ({"permitted": [mail("shop.example")]}, {"more": names(mail("me@shop.example"))}, []),
        ({"permitted": [mail("shop.example")]}, {"more": names(mail("me@SHOP.example"))}, []),
        (
            {"permitted": [mail("shop.example")]},
            {"more": names(mail("me@a.shop.example"))},
            NOT_PERMITTED,
        ),
        ({"permitted": [mail(".shop.example")]}, {"more": names(mail("me@a.shop.example"))}, []),
        ({"permitted": [mail("me@shop.example")]}, {"more": names(mail("me@shop.example"))}, []),
        (
            {"permitted": [mail("me@shop.example")]},
            {"more": names(mail("us@shop.example"))},
            NOT_PERMITTED,
        ),
        # Without a subject alternative name the address in the subject counts.
        (
            {"permitted": [mail("shop.example")]},
            {"subject": subject("A", EMAIL_ADDRESS="me@shop.example")},
            [],
        ),
        (
            {"permitted": [mail("shop.example")]},
            {"subject": subject("A", EMAIL_ADDRESS="me@nikon.example")},
            NOT_PERMITTED,
        ),
    ],
)
def test_limits_on_names_bind_what_an_authority_issues(
    tmp_path: Path, limits: dict[str, Any], leaf: dict[str, Any], expected: list[str]
) -> None:
    above = limited(**limits)
    identity, codes = verdict(tmp_path, issue("Limited leaf", above, **leaf), above)
    assert codes == expected
    assert identity is (Identity.INVALID if expected else Identity.PRIVATE)


def test_of_two_organisations_the_limit_and_the_report_take_the_first(tmp_path: Path) -> None:
    above = limited([directory("Small Shop")])
    both = subject("Small Shop", ORGANIZATION_NAME="Nikon")
    one = issue("Two leaf", above, subject=both)
    assert verdict(tmp_path, one, above) == (Identity.PRIVATE, ["chain.name_repeated"])
    assert describe(read_certificate(one.der)).organisation == "Small Shop"
    other = issue("Two leaf", above, subject=subject("Nikon", ORGANIZATION_NAME="Small Shop"))
    identity, codes = verdict(tmp_path, other, above)
    assert identity is Identity.INVALID
    assert sorted(codes) == sorted([*NOT_PERMITTED, "chain.name_repeated"])


def uri(text: str) -> x509.UniformResourceIdentifier:
    return x509.UniformResourceIdentifier(text)


ADDRESS = x509.IPAddress(ip_network("10.0.0.0/8"))
OWN_ADDRESS = x509.IPAddress(ip_network("10.0.0.0/8")[1])


@pytest.mark.parametrize(("critical", "identity"), [(True, "invalid"), (False, "private")])
@pytest.mark.parametrize(
    ("limits", "own"),
    [
        ({"permitted": [uri("shop.example")]}, uri("https://shop.example/")),
        ({"excluded": [ADDRESS]}, OWN_ADDRESS),
    ],
)
def test_a_limit_of_another_form_refuses_the_names_of_that_form(
    tmp_path: Path, limits: dict[str, Any], own: x509.GeneralName, critical: bool, identity: str
) -> None:
    above = limited(**limits, critical=critical)
    leaf = issue("Odd leaf", above, more=names(own))
    assert verdict(tmp_path, leaf, above) == (identity, ["chain.name_constraints"])
    without = issue("Plain leaf", above, more=names(host("shop.example")))
    assert verdict(tmp_path, without, above) == (Identity.PRIVATE, [])


def test_every_authority_binds_what_is_below_it(tmp_path: Path) -> None:
    high = limited([directory("Small Shop")], label="High")
    low = authority("Low", high, subject=subject("Small Shop", "Low"))
    good, bad = (issue(f"Deep {n}", low, subject=subject(n)) for n in ("Small Shop", "Nikon"))
    assert verdict(tmp_path, good, low, high) == (Identity.PRIVATE, [])
    assert verdict(tmp_path, bad, low, high) == (Identity.INVALID, NOT_PERMITTED)
    # An authority of another name is itself one that may not be vouched for.
    odd = authority("Odd", high, subject=subject("Nikon", "Odd"))
    leaf = issue("Under odd", odd, subject=SHOP)
    assert verdict(tmp_path, leaf, odd, high) == (Identity.INVALID, NOT_PERMITTED)


def test_a_certificate_of_an_authority_to_itself_is_skipped(tmp_path: Path) -> None:
    old = authority(
        "Rolled",
        ROOT,
        subject=subject("Authority", "Rolled"),
        more=((x509.NameConstraints([directory("Small Shop")], None), True),),
    )
    new = authority("Rolled anew", old, subject=subject("Authority", "Rolled"))
    good, bad = (issue(f"Rolled {n}", new, subject=subject(n)) for n in ("Small Shop", "Nikon"))
    assert verdict(tmp_path, good, new, old) == (Identity.PRIVATE, [])
    assert verdict(tmp_path, bad, new, old) == (Identity.INVALID, NOT_PERMITTED)


def test_an_anchors_own_limits_bind(tmp_path: Path) -> None:
    root = authority(
        "Limited root", more=((x509.NameConstraints([directory("Small Shop")], None), True),)
    )
    anchors = tmp_path / "limited.pem"
    anchors.write_bytes(root.pem)
    trust = TrustStore.load(bundled=False, anchors=[anchors])
    for organisation, expected in (("Small Shop", "private"), ("Nikon", "invalid")):
        leaf = issue(f"Rooted {organisation}", root, subject=subject(organisation))
        assert chain_verdict(cose(leaf), pki.CLAIM, trust=trust, at=AT).identity == expected


def test_limits_that_cannot_be_read_are_refused(tmp_path: Path) -> None:
    junk = x509.UnrecognizedExtension(ObjectIdentifier("2.5.29.30"), b"\x30\x03\xa0\x01\x05")
    above = authority("Junk limits", ROOT, more=((junk, True),))
    leaf = issue("Junk leaf", above)
    assert verdict(tmp_path, leaf, above) == (Identity.INVALID, ["chain.constraints_malformed"])


def test_more_limits_than_are_compared_are_refused(tmp_path: Path) -> None:
    many = [directory(f"Shop {n}") for n in range(200)]
    above = limited(many, label="Many")
    assert verdict(tmp_path, issue("Few names", above, subject=subject("Shop 7")), above) == (
        Identity.PRIVATE,
        [],
    )
    hosts = [host(f"h{n}.example") for n in range(60)]
    above = limited(hosts, hosts, label="Many hosts")
    leaf = issue("Many names", above, more=names(*(host(f"x{n}.example") for n in range(60))))
    assert constraints.MAX_COMPARISONS < 60 * 120
    identity, codes = verdict(tmp_path, leaf, above)
    assert identity is Identity.INVALID
    assert "chain.constraints_malformed" in codes


# ---- policies -------------------------------------------------------------------------------


def policies(*oids: str) -> tuple[x509.ExtensionType, bool]:
    found = [x509.PolicyInformation(ObjectIdentifier(oid), None) for oid in oids]
    return x509.CertificatePolicies(found), False


def required(skip: int | None = 0, mapping: int | None = None) -> tuple[x509.ExtensionType, bool]:
    return x509.PolicyConstraints(skip, mapping), True


def mapped(issuer: str, to: str) -> tuple[x509.ExtensionType, bool]:
    first, second = (oid_der(oid) for oid in (issuer, to))
    pair = b"\x30" + bytes([len(first + second)]) + first + second
    data = b"\x30" + bytes([len(pair)]) + pair
    return x509.UnrecognizedExtension(ObjectIdentifier("2.5.29.33"), data), True


def inhibited(skip: int = 0) -> tuple[x509.ExtensionType, bool]:
    return x509.InhibitAnyPolicy(skip), True


Extensions = tuple[tuple[x509.ExtensionType, bool], ...]


@each(
    ("high", "low", "leaf", "sound"),
    [
        ((required(),), (policies(POLICY),), (policies(POLICY),), True),
        ((required(),), (policies(ANY),), (policies(POLICY),), True),
        ((required(),), (policies(POLICY),), (), False),
        ((required(),), (), (policies(POLICY),), False),
        ((required(),), (policies(OTHER_POLICY),), (policies(POLICY),), False),
        # Nothing asks for one.
        ((required(None, 0),), (), (), True),
        ((policies(POLICY),), (policies(OTHER_POLICY),), (), True),
        # Asked for only that many certificates further down.
        ((required(5),), (), (), True),
        ((required(1),), (), (), False),
        ((), (required(),), (policies(POLICY),), False),
        ((policies(POLICY),), (required(), policies(POLICY)), (policies(POLICY),), True),
        # Any policy, while it is allowed.
        ((required(), inhibited()), (policies(ANY),), (policies(POLICY),), False),
        ((required(), inhibited(1)), (policies(ANY),), (policies(POLICY),), True),
        ((required(), inhibited(1)), (policies(POLICY),), (policies(ANY),), False),
        # Policies of one authority that stand for those of another.
        (
            (required(),),
            (policies(POLICY), mapped(POLICY, OTHER_POLICY)),
            (policies(OTHER_POLICY),),
            True,
        ),
        (
            (required(),),
            (policies(POLICY), mapped(POLICY, OTHER_POLICY)),
            (policies(POLICY),),
            False,
        ),
        (
            (required(0, 0),),
            (policies(POLICY), mapped(POLICY, OTHER_POLICY)),
            (policies(OTHER_POLICY),),
            False,
        ),
    ],
)
def test_policies_of_certificates_bind_the_path(
    tmp_path: Path, high: Extensions, low: Extensions, leaf: Extensions, sound: bool
) -> None:
    top = authority("Policy high", ROOT, more=(*high, policies(ANY)) if not _has(high) else high)
    middle = authority("Policy low", top, more=low)
    signer = issue("Policy leaf", middle, more=leaf)
    expected = (Identity.PRIVATE, []) if sound else (Identity.INVALID, ["chain.policy_required"])
    assert verdict(tmp_path, signer, middle, top) == expected


def _has(extensions: Extensions) -> bool:
    return any(isinstance(one, x509.CertificatePolicies) for one, _ in extensions)


def test_a_time_stamp_authority_is_bound_too(tmp_path: Path) -> None:
    above = limited([directory("Small Shop")], label="Stamping limits")
    stamps = tmp_path / "stamps.pem"
    stamps.write_bytes(ROOT.pem)
    trust = TrustStore.load(bundled=False, tsa_anchors=[stamps])
    for organisation, used in (("Small Shop", True), ("Nikon", False)):
        tsa = issue(
            f"TSA {organisation}", above, subject=subject(organisation), eku=(pki.STAMPING,)
        )
        plain = cose(issue("Stamped", ROOT))
        data = pki.token(pki.stamped_bytes(plain), tsa, above)
        signature = pki.with_stamps(plain, TimeStampToken("sigTst2", data))
        made = chain_verdict(signature, pki.CLAIM, trust=trust, at=AT)
        assert (made.signing_time is not None) is used
