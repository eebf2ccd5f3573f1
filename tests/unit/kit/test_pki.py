"""The kit's PKI: sound certificates keep to their profiles, the others break the one rule."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp as x509_ocsp
from support.each import each
from unit.kit.made import AT, PKI

from provenance.kit import stamps
from provenance.kit.certificates import OCSP_SIGNING, oid_der
from provenance.kit.keys import Alg, KeyKind, Seed, cose_sign, private_key
from provenance.kit.pki import Pki
from provenance.kit.pki_specs import SPECS, Who
from provenance.signing import certificate, profile, timestamp
from provenance.signing.trust_list import Purpose

SIGNERS = (Who.MAIN, Who.ES384, Who.ES512, Who.PS256, Who.ED25519, Who.CAMERA, Who.STRANGER)


def path(who: Who) -> list[certificate.Certificate]:
    """The whole path of a credential, its root included."""
    spec = SPECS[who]
    chain = list(PKI.credential(who).chain)
    while spec.issuer:
        spec = SPECS[spec.issuer]
    chain.append(PKI.certificate(spec.name))
    return [certificate.read_certificate(one.public_bytes(Encoding.DER)) for one in chain]


@each("who", SIGNERS)
def test_a_signer_keeps_to_the_profile(who: Who) -> None:
    assert profile.path_findings(path(who), Purpose.SIGNER) == ()


def test_the_time_stamp_authority_keeps_to_the_profile() -> None:
    assert profile.path_findings(path(Who.TSA), Purpose.TSA) == ()


def test_signers_of_both_assurance_levels_are_there() -> None:
    levels = {profile.certificate_profile(path(who)[0]).assurance_level for who in SIGNERS}
    assert levels == {1, 2}


def test_the_responder_is_for_ocsp_alone() -> None:
    assert path(Who.OCSP)[0].extended_key_usage == (OCSP_SIGNING,)


@each("kind", [kind for kind in KeyKind if kind is not KeyKind.RSA3072])
def test_keys_follow_from_the_seed(kind: KeyKind) -> None:
    def numbers(seed: int, name: str) -> bytes:
        public = private_key(Seed(seed), name, kind).public_key()
        from cryptography.hazmat.primitives.serialization import PublicFormat

        return public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    assert numbers(1, "a") == numbers(1, "a")
    assert len({numbers(1, "a"), numbers(1, "b"), numbers(2, "a")}) == 3


@pytest.mark.parametrize(
    ("kind", "alg"),
    [(KeyKind.P256, Alg.ES256), (KeyKind.P521, Alg.ES512), (KeyKind.ED25519, Alg.ED25519)],
)
def test_signatures_are_deterministic_where_they_can_be(kind: KeyKind, alg: Alg) -> None:
    key = private_key(Seed(3), "x", kind)
    assert cose_sign(key, alg, b"message") == cose_sign(key, alg, b"message")


def test_certificates_are_the_same_for_the_same_seed_and_time() -> None:
    again = Pki(Seed(0), AT)
    assert again.certificate("signing-ca") == PKI.certificate("signing-ca")
    later = Pki(Seed(0), AT + timedelta(days=1))
    assert later.certificate("signing-ca") != PKI.certificate("signing-ca")


def test_object_identifiers_are_encoded_as_der_has_them() -> None:
    assert oid_der("1.3.6.1.4.1.62558.3.10").hex() == "060a2b0601040183e85e030a"


def test_a_time_stamp_says_its_time() -> None:
    when = datetime(2025, 2, 3, 4, 5, 6, tzinfo=UTC)
    made = timestamp.read_token(stamps.token(b"message", when, PKI.authority()))
    assert made.time == when


def test_an_ocsp_response_has_no_clock_in_it() -> None:
    made = [
        stamps.ocsp_response(
            PKI.certificate(Who.MAIN),
            PKI.issuer_of(Who.MAIN),
            PKI.certificate(Who.OCSP),
            PKI.key(Who.OCSP),
            stamps.OcspStatus(AT, None),
        )
        for _ in range(2)
    ]
    assert made[0] == made[1]
    read = x509_ocsp.load_der_ocsp_response(made[0])
    assert read.produced_at_utc == AT
    assert read.next_update_utc is None
