"""What the certificates of a kit hold: the sound ones, then one a rule that is broken.

Validity is in days from the kit's reference time. Claim signers at assurance level 1 are valid for
360 days around it, at level 2 for 88: the profile allows 366 and 90.
"""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.x509.oid import NameOID, ObjectIdentifier

from provenance.kit import certificates as c
from provenance.kit.keys import KeyKind

if TYPE_CHECKING:
    from typing import Any


class Who(StrEnum):
    """An end-entity credential of a kit."""

    MAIN = "signer-es256"
    ES384 = "signer-es384"
    ES512 = "signer-es512"
    PS256 = "signer-ps256"
    ED25519 = "signer-ed25519"
    CAMERA = "signer-camera"
    """At assurance level 2; the others are at level 1."""
    IDENTITY = "identity"
    """Signs CAWG identity assertions, under its own root."""
    STRANGER = "stranger"
    SELF_SIGNED = "self-signed"
    EXPIRED = "expired"
    FUTURE = "not-yet-valid"
    REVOKED = "revoked"
    TSA = "tsa"
    STRANGER_TSA = "stranger-tsa"
    EXPIRED_TSA = "expired-tsa"
    MAIL_TSA = "mail-tsa"
    OCSP = "ocsp-responder"
    STRANGER_OCSP = "stranger-ocsp-responder"

    EKU_SERVER = "eku-server"
    EKU_ANY = "eku-any"
    EKU_MISSING = "eku-missing"
    EKU_MIXED = "eku-mixed"
    LEAF_IS_CA = "leaf-is-ca"
    USAGE_MISSING = "usage-missing"
    USAGE_WRONG = "usage-wrong"
    USAGE_CERT_SIGN = "usage-cert-sign"
    RSA_1024 = "rsa-1024"
    SECP256K1 = "secp256k1"
    CRITICAL = "critical-extension"
    SHA1 = "sha1-signed"
    VERSION_1 = "version-1"
    NO_AUTHORITY_KEY = "no-authority-key"
    UNIQUE_ID = "unique-id"

    FORGED = "forged"
    NOT_A_CA = "issuer-not-a-ca"
    TOO_DEEP = "path-too-long"
    OLD_ISSUER = "issuer-expired"
    OTHER_NAME = "issuer-name"
    NAMED = "named"
    """Under an authority that may vouch for this organisation alone."""
    OTHER_ORGANISATION = "other-organisation"
    WITH_POLICY = "with-policy"
    """Under an authority that asks for a certificate policy."""
    WITHOUT_POLICY = "without-policy"


ORGANISATION = "Provenance Kit (not trusted)"
STRANGERS = "Kit Strangers (not trusted)"
SIGNERS = "Kit Signing Organisation"
CAMERAS = "Kit Camera Maker"
_HOST = "pki.example.invalid"
LEVEL_1, LEVEL_2 = (-180, 180), (-44, 44)
ROOTS = ("root", "tsa-root")
"""Whose holders a validator is told to trust: for claims, and for time-stamps."""


def _root(name: str, words: str, organisation: str) -> c.CertSpec:
    return c.CertSpec(
        name,
        words,
        organisation,
        kind=KeyKind.P384,
        days=(-2000, 7000),
        ca=True,
        path_length=2,
        usage=c.CA_USAGE,
        eku=None,
    )


def _issuer(
    name: str, words: str, organisation: str, issuer: str, eku: tuple[str, ...] = c.SIGNING
) -> c.CertSpec:
    spec = replace(_root(name, words, organisation), issuer=issuer, path_length=0, eku=eku)
    return replace(spec, days=(-900, 900), ocsp=_HOST)


def _leaf(who: Who, words: str, **changes: Any) -> c.CertSpec:
    spec = c.CertSpec(who, words, SIGNERS, "signing-ca", KeyKind.P256, LEVEL_1, level=1, ocsp=_HOST)
    return replace(spec, **changes)


def _tsa(who: Who, words: str, issuer: str, **changes: Any) -> c.CertSpec:
    spec = _leaf(who, words, issuer=issuer, kind=KeyKind.RSA2048, level=None, days=(-900, 900))
    spec = replace(spec, organisation=ORGANISATION, eku=(c.TIME_STAMPING,), eku_critical=True)
    return replace(spec, **changes)


def _responder(who: Who, words: str, issuer: str) -> c.CertSpec:
    return _leaf(
        who,
        words,
        issuer=issuer,
        organisation=ORGANISATION,
        kind=KeyKind.RSA2048,
        level=None,
        usage=("digital_signature",),
        eku=(c.OCSP_SIGNING,),
        eku_critical=True,
        ocsp="",
        ocsp_no_check=True,
    )


def _sha1(opened: Any) -> None:
    opened["tbs_certificate"]["signature"]["algorithm"] = "sha1_rsa"
    opened["signature_algorithm"]["algorithm"] = "sha1_rsa"


def _version_1(opened: Any) -> None:
    # RFC 5280 section 4.1.2.9: extensions come with version 3 only, so they go as well.
    opened["tbs_certificate"]["version"] = "v1"
    del opened["tbs_certificate"]["extensions"]


def _unique_id(opened: Any) -> None:
    opened["tbs_certificate"]["issuer_unique_id"] = b"\x2a"


_UNKNOWN = x509.UnrecognizedExtension(ObjectIdentifier("1.3.6.1.4.1.99999.7"), b"\x05\x00")


def _limited(name: str, words: str, limit: x509.ExtensionType) -> c.CertSpec:
    return replace(_issuer(name, words, ORGANISATION, "root"), more=((limit, True),))


_OF_SIGNERS = x509.Name(
    [
        x509.NameAttribute(NameOID.COUNTRY_NAME, "XX"),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, SIGNERS),
    ]
)
_AUTHORITIES = (
    _root("root", "Kit Root CA", ORGANISATION),
    _issuer("signing-ca", "Kit Signing CA", ORGANISATION, "root"),
    _root("tsa-root", "Kit TSA Root CA", ORGANISATION),
    _issuer("tsa-ca", "Kit TSA CA", ORGANISATION, "tsa-root", (c.TIME_STAMPING,)),
    _root("stranger-root", "Stranger Root CA", STRANGERS),
    _issuer("stranger-ca", "Stranger Signing CA", STRANGERS, "stranger-root"),
    _root("identity-root", "Kit Identity Root CA", ORGANISATION),
    # Authorities of which each makes one chain unsound.
    replace(_issuer("rsa-ca", "Kit RSA Signing CA", ORGANISATION, "root"), kind=KeyKind.RSA2048),
    replace(_leaf(Who.MAIN, "Kit Signer posing as CA"), name="plain-issuer", kind=KeyKind.P256),
    _issuer("deep-ca", "Kit Signing CA below a path length of 0", ORGANISATION, "signing-ca"),
    _limited(
        "named-ca",
        "Kit Signing CA for one organisation",
        x509.NameConstraints([x509.DirectoryName(_OF_SIGNERS)], None),
    ),
    _limited("policy-ca", "Kit Signing CA with a policy", x509.PolicyConstraints(0, None)),
    replace(_issuer("old-ca", "Kit Signing CA Expired", ORGANISATION, "root"), days=(-900, -200)),
)
_ENTITIES = (
    _leaf(Who.MAIN, "Kit Signer ES256"),
    _leaf(Who.ES384, "Kit Signer ES384", kind=KeyKind.P384),
    _leaf(Who.ES512, "Kit Signer ES512", kind=KeyKind.P521),
    _leaf(Who.PS256, "Kit Signer RSA", kind=KeyKind.RSA2048),
    _leaf(Who.ED25519, "Kit Signer Ed25519", kind=KeyKind.ED25519),
    _leaf(Who.CAMERA, "Kit Camera 0001", organisation=CAMERAS, level=2, days=LEVEL_2),
    _leaf(
        Who.IDENTITY,
        "Kit Named Actor",
        issuer="identity-root",
        level=None,
        eku=(c.EMAIL,),
        policy=False,
    ),
    _leaf(Who.STRANGER, "Stranger Signer", issuer="stranger-ca", organisation=STRANGERS),
    _leaf(Who.SELF_SIGNED, "Self-Signed Signer", issuer="", organisation=STRANGERS),
    _leaf(Who.EXPIRED, "Kit Signer Expired", days=(-560, -200)),
    _leaf(Who.FUTURE, "Kit Signer Not Yet Valid", days=(400, 760)),
    _leaf(Who.REVOKED, "Kit Signer Revoked"),
    _tsa(Who.TSA, "Kit TSA", "tsa-ca"),
    _tsa(Who.STRANGER_TSA, "Stranger TSA", "stranger-ca", organisation=STRANGERS),
    _tsa(Who.EXPIRED_TSA, "Kit TSA Expired", "tsa-ca", days=(-900, -300)),
    _tsa(Who.MAIL_TSA, "Kit TSA for mail", "tsa-ca", eku=(c.EMAIL,)),
    _responder(Who.OCSP, "Kit OCSP Responder", "signing-ca"),
    _responder(Who.STRANGER_OCSP, "Stranger OCSP Responder", "stranger-ca"),
)
_FAULTY = (
    _leaf(Who.EKU_SERVER, "Kit EKU serverAuth", eku=(c.SERVER,)),
    _leaf(Who.EKU_ANY, "Kit EKU any", eku=(*c.SIGNING, c.ANY)),
    _leaf(Who.EKU_MISSING, "Kit EKU missing", eku=None),
    _leaf(Who.EKU_MIXED, "Kit EKU mixed", eku=(*c.SIGNING, c.TIME_STAMPING)),
    _leaf(Who.LEAF_IS_CA, "Kit Signer that is a CA", ca=True, usage=(*c.LEAF_USAGE, *c.CA_USAGE)),
    _leaf(Who.USAGE_MISSING, "Kit key usage missing", usage=None),
    _leaf(Who.USAGE_WRONG, "Kit key usage wrong", usage=("key_agreement",)),
    _leaf(Who.USAGE_CERT_SIGN, "Kit key usage keyCertSign", usage=(*c.LEAF_USAGE, "key_cert_sign")),
    _leaf(Who.RSA_1024, "Kit RSA 1024", kind=KeyKind.RSA1024),
    _leaf(Who.SECP256K1, "Kit secp256k1", kind=KeyKind.SECP256K1),
    _leaf(Who.CRITICAL, "Kit unknown critical extension", more=((_UNKNOWN, True),)),
    _leaf(Who.SHA1, "Kit signed with SHA-1", issuer="rsa-ca", retouch=_sha1),
    _leaf(Who.VERSION_1, "Kit version 1", retouch=_version_1),
    _leaf(Who.NO_AUTHORITY_KEY, "Kit no authority key identifier", key_ids=False),
    _leaf(Who.UNIQUE_ID, "Kit issuer unique identifier", retouch=_unique_id),
    _leaf(Who.FORGED, "Kit signed by another key", signer="stranger-ca"),
    _leaf(Who.NOT_A_CA, "Kit issued by a signer", issuer="plain-issuer"),
    _leaf(Who.TOO_DEEP, "Kit issued too deep", issuer="deep-ca"),
    _leaf(Who.OLD_ISSUER, "Kit issued by an expired CA", issuer="old-ca"),
    _leaf(Who.NAMED, "Kit Signer of the one organisation", issuer="named-ca"),
    _leaf(
        Who.OTHER_ORGANISATION,
        "Kit Signer of another organisation",
        issuer="named-ca",
        organisation=CAMERAS,
    ),
    _leaf(Who.WITH_POLICY, "Kit Signer with the policy", issuer="policy-ca"),
    _leaf(Who.WITHOUT_POLICY, "Kit Signer without the policy", issuer="policy-ca", policy=False),
    _leaf(Who.OTHER_NAME, "Kit other issuer name", issuer_name="Kit Other CA"),
)
SPECS = {str(spec.name): spec for spec in (*_AUTHORITIES, *_ENTITIES, *_FAULTY)}
