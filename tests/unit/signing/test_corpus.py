"""Real files: what is known of them, and what the SDK says with the same anchors."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

import c2pa
import pytest
from support.each import each
from unit.signing import corpus

from provenance.base.terms import Identity, Tier, TimeStatus
from provenance.signing.cache import ChainCache
from provenance.signing.claim_signature import chain_verdict
from provenance.signing.trust_list import Purpose
from provenance.signing.trust_store import TrustStore

if TYPE_CHECKING:
    from provenance.signing.chain_answer import ChainVerdict

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(not corpus.CORPUS.is_dir(), reason=corpus.REASON),
]
SIGNED = [entry["file"] for entry in corpus.signed()]
KNOWN = {entry["file"]: entry for entry in corpus.signed()}
AT = datetime(2026, 11, 22, tzinfo=UTC)
CACHE = ChainCache()

# Where the SDK's word on trust differs, and why ours stands.
IDENTITIES = {
    # Its setting `allowed_list` has no effect on 0.38.1, as PEM or as digests.
    "flux-1.jpg": "on the allow-list alone",
    "amazon-titan-g1.png": "on the allow-list alone",
}
# Where the SDK's word on a time-stamp differs, and why ours stands.
STAMPS = {
    # Stamped under the vendor's own signer root: the SDK keeps one list for both purposes.
    "samsung_black_1.png": "the root is a signer anchor",
    "truepic-20230212-camera.jpg": "the root is a signer anchor",
}


@cache
def store() -> TrustStore:
    return TrustStore.load()


def verdict(name: str, trust: TrustStore) -> ChainVerdict:
    signature, claim = list(corpus.manifests(name).values())[-1]
    return chain_verdict(signature, claim, trust=trust, at=AT, cache=CACHE)


@each("name", SIGNED)
def test_the_identity_of_real_files_is_as_known(name: str) -> None:
    assert verdict(name, store()).identity == KNOWN[name]["anchor"]


@pytest.mark.parametrize("name", ["flux-1.jpg", "amazon-titan-g1.png"])
def test_a_signer_on_the_allow_list_is_interim(name: str) -> None:
    (hit,) = verdict(name, store()).hits
    assert hit.by_allow_list
    assert hit.tier is Tier.INTERIM


@each("name", SIGNED)
def test_claim_signatures_of_real_files_verify(name: str) -> None:
    manifests = corpus.manifests(name)
    assert manifests, "no manifest was read"
    for signature, claim in manifests.values():
        valid = chain_verdict(signature, claim, trust=store(), at=AT, cache=CACHE).signature_valid
        assert valid is (name != "adobe-20220124-E-sig-CA.jpg")


@cache
def sdk() -> c2pa.Context:
    """The SDK with every anchor of the bundled store, which it keeps in one list."""
    data = corpus.Path(__file__).parents[3] / "src" / "provenance" / "signing" / "data"
    names = ("c2pa-signers", "c2pa-tsa", "interim-signers", "interim-tsa")
    anchors = "\n".join((data / f"{name}.pem").read_text("utf-8") for name in names)
    return corpus.context(trust_anchors=anchors)


@cache
def sdk_says(name: str) -> dict[str, str]:
    """The SDK's codes for the active manifest, with their explanations."""
    report = json.loads(c2pa.Reader(str(corpus.CORPUS / name), context=sdk()).json())
    results: dict[str, Any] = report["validation_results"]["activeManifest"]
    return {
        entry["code"]: entry.get("explanation", "")
        for kind in ("success", "informational", "failure")
        for entry in results.get(kind, ())
    }


def is_stamped(ours: ChainVerdict) -> bool:
    """Whether a trusted time-stamp says when it was signed.

    Without one the SDK takes the time from the clock of the machine: a certificate that has
    expired by today makes the signer a stranger to it. Then nothing can be compared.
    """
    return any(stamp.trusted for stamp in ours.time_stamps)


@each("name", SIGNED)
def test_the_identity_of_real_files_is_as_the_sdk_has_it(name: str) -> None:
    ours = verdict(name, store())
    codes = sdk_says(name)
    assert "signingCredential.invalid" not in codes
    trusted = ours.identity in {Identity.C2PA, Identity.INTERIM}
    if name in IDENTITIES:
        assert trusted
        assert "signingCredential.untrusted" in codes
    elif not trusted or is_stamped(ours):
        assert trusted is ("signingCredential.trusted" in codes)
        assert trusted is not ("signingCredential.untrusted" in codes)


def test_real_files_have_stamped_and_unlisted_signers_to_compare() -> None:
    ours = [verdict(name, store()) for name in SIGNED]
    assert sum(map(is_stamped, ours)) > 10
    assert any(one.identity is Identity.UNLISTED for one in ours), ours


@each("name", SIGNED)
def test_time_stamps_of_real_files_are_as_the_sdk_has_them(name: str) -> None:
    ours = is_stamped(verdict(name, store()))
    codes = sdk_says(name)
    if name in STAMPS:
        assert not ours
        assert "timeStamp.trusted" in codes
        return
    assert ours is ("timeStamp.trusted" in codes), codes


@each("name", SIGNED)
def test_the_time_of_real_files_is_as_the_sdk_has_it(name: str) -> None:
    ours = verdict(name, store())
    if is_stamped(ours):
        outside = {"signingCredential.expired", "claimSignature.outsideValidity"} & set(
            sdk_says(name)
        )
        assert (ours.time is not TimeStatus.TIMESTAMPED) is bool(outside)


@cache
def private_store() -> TrustStore:
    test = corpus.TRUST / "private-test"
    return TrustStore.load(
        bundled=False,
        anchors=[test / "root_CA.crt"],
        tsa_anchors=[test / "digicert_TSA_CA.pem"],
    )


@pytest.mark.parametrize(
    ("name", "time"),
    [
        ("cards_trusted.svg", TimeStatus.TIMESTAMPED),
        ("cicadas_trusted.mp3", TimeStatus.TIMESTAMPED),
        ("cards_expired_with_timestamp.jpg", TimeStatus.TIMESTAMPED),
    ],
)
def test_private_anchors_make_identity_and_time_private(name: str, time: TimeStatus) -> None:
    found = verdict(name, private_store())
    assert found.identity is Identity.PRIVATE
    assert found.time is time
    assert found.time_tier is Tier.PRIVATE


def test_a_private_anchor_of_signers_makes_no_time_stamp_authority() -> None:
    test = corpus.TRUST / "private-test"
    crossed = TrustStore.load(bundled=False, anchors=[test / "digicert_TSA_CA.pem"])
    found = verdict("cards_expired_with_timestamp.jpg", crossed)
    assert found.time is TimeStatus.EXPIRED
    assert not crossed.anchors(Purpose.TSA)


def test_our_own_reader_of_certificates_agrees_with_the_library() -> None:
    from cryptography import x509

    from provenance.signing.certificate import read_certificate

    ders = {anchor.der for purpose in Purpose for anchor in store().anchors(purpose)}
    for name in SIGNED:
        for signature, _ in corpus.manifests(name).values():
            ders.update(signature.certificates)
    assert len(ders) > 50, "too few certificates to compare"
    for der in ders:
        ours, theirs = read_certificate(der), x509.load_der_x509_certificate(der)
        assert ours.serial == theirs.serial_number
        assert ours.subject == theirs.subject.public_bytes()
        assert ours.issuer == theirs.issuer.public_bytes()
        assert ours.not_before == theirs.not_valid_before_utc
        assert ours.not_after == theirs.not_valid_after_utc
        assert ours.tbs == theirs.tbs_certificate_bytes
        assert ours.signature == theirs.signature
        held = {one.oid.dotted_string: one for one in theirs.extensions}
        assert ours.critical == {oid for oid, one in held.items() if one.critical}
        limits = held["2.5.29.19"].value if "2.5.29.19" in held else None
        assert (ours.is_ca, ours.path_length) == (
            (limits.ca, limits.path_length) if limits else (None, None)
        )
        usages = held["2.5.29.37"].value if "2.5.29.37" in held else None
        assert ours.extended_key_usage == (
            tuple(oid.dotted_string for oid in usages) if usages else None
        )
        key = held["2.5.29.14"].value.digest if "2.5.29.14" in held else None
        assert ours.subject_key_id == key
        theirs_key = held["2.5.29.35"].value.key_identifier if "2.5.29.35" in held else None
        assert ours.authority_key_id == theirs_key
        assert not ours.fault
