"""What the engine refuses or leaves unchecked: headers, payloads, times, floods, slow keys."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.ocsp import OCSPCertStatus
from unit.signing import pki
from unit.signing.pki import AT, Issued, authority, cose, issue, ocsp_response, token
from unit.signing.test_crl import make as revocation_list

from provenance.base.terms import Identity, Revocation, TimeStatus
from provenance.signing import algorithms, cache, claim_signature, revocation
from provenance.signing.cache import ChainCache
from provenance.signing.certificate import read_certificate
from provenance.signing.chain_answer import CoseSignature, TimeStampToken
from provenance.signing.claim_signature import chain_verdict
from provenance.signing.crl import read_crl
from provenance.signing.trust_store import TrustStore

if TYPE_CHECKING:
    from pathlib import Path

    from provenance.signing.chain_answer import ChainVerdict

ROOT = authority("Engine root", usage=(pki.CERT_SIGN, "crl_sign"))
LEAF = issue("Engine leaf", ROOT)
TSA = issue("Engine TSA", ROOT, eku=(pki.STAMPING,))
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def trust(tmp_path: Path) -> TrustStore:
    anchors = tmp_path / "anchors.pem"
    anchors.write_bytes(ROOT.pem)
    return TrustStore.load(bundled=False, anchors=[anchors], tsa_anchors=[anchors])


def codes(verdict: ChainVerdict) -> set[str]:
    return {finding.code for finding in verdict.findings}


# ---- headers and payloads -------------------------------------------------------------------


def test_a_critical_header_that_is_not_understood_is_refused(trust: TrustStore) -> None:
    sound = cose(LEAF)
    odd = replace(sound, not_understood=("x-evil",))
    assert chain_verdict(sound, pki.CLAIM, trust=trust, at=AT).signature_valid
    verdict = chain_verdict(odd, pki.CLAIM, trust=trust, at=AT)
    assert not verdict.signature_valid
    assert codes(verdict) == {"signature.critical_header"}


@pytest.mark.parametrize(
    ("payload", "valid"), [(None, True), (pki.CLAIM, True), (b"", False), (b"another", False)]
)
def test_a_payload_of_its_own_has_to_be_the_claim(
    trust: TrustStore, payload: bytes | None, valid: bool
) -> None:
    verdict = chain_verdict(replace(cose(LEAF), payload=payload), pki.CLAIM, trust=trust, at=AT)
    assert verdict.signature_valid is valid
    assert codes(verdict) == (set() if valid else {"signature.other_payload"})


def in_der(signature: CoseSignature) -> CoseSignature:
    half = len(signature.signature) // 2
    first, second = signature.signature[:half], signature.signature[half:]
    made = encode_dss_signature(int.from_bytes(first, "big"), int.from_bytes(second, "big"))
    return replace(signature, signature=made)


@pytest.mark.parametrize(("kind", "algorithm"), [("P-256", -7), ("P-384", -35), ("P-521", -36)])
def test_an_ecdsa_signature_in_der_verifies_and_is_named(
    trust: TrustStore, kind: str, algorithm: int
) -> None:
    leaf = issue(f"DER leaf {kind}", ROOT, kind=kind)
    signature = in_der(cose(leaf, algorithm=algorithm))
    verdict = chain_verdict(signature, pki.CLAIM, trust=trust, at=AT)
    assert verdict.signature_valid
    assert codes(verdict) == {"signature.der_encoded"}
    other = chain_verdict(signature, pki.CLAIM + b"\0", trust=trust, at=AT)
    assert not other.signature_valid
    assert codes(other) == {"signature.mismatch"}


def test_no_other_signature_is_read_as_der(trust: TrustStore) -> None:
    leaf = issue("Ed25519 leaf", ROOT, kind="Ed25519")
    made = cose(leaf, algorithm=-8)
    odd = replace(made, signature=b"\x30\x40" + made.signature[2:])
    assert codes(chain_verdict(odd, pki.CLAIM, trust=trust, at=AT)) == {"signature.mismatch"}


# ---- time -----------------------------------------------------------------------------------


def stamped(when: Any, by: Issued = TSA) -> CoseSignature:
    plain = cose(LEAF)
    data = token(pki.stamped_bytes(plain), by, time=when)
    return pki.with_stamps(plain, TimeStampToken("sigTst2", data))


@pytest.mark.parametrize(
    ("ahead", "used"),
    [(-DAY, True), (timedelta(), True), (timedelta(minutes=10), True), (DAY, False)],
)
def test_a_time_stamp_of_the_future_is_not_used(
    trust: TrustStore, ahead: timedelta, used: bool
) -> None:
    verdict = chain_verdict(stamped(AT + ahead), pki.CLAIM, trust=trust, at=AT)
    assert (verdict.signing_time is not None) is used
    assert verdict.time is (TimeStatus.TIMESTAMPED if used else TimeStatus.CURRENT)
    assert codes(verdict) == (set() if used else {"timestamp.future"})
    assert verdict.time_stamps[0].time == AT + ahead  # shown, and not used


def test_a_second_more_than_ten_minutes_is_the_future(trust: TrustStore) -> None:
    late = AT + timedelta(minutes=10, seconds=1)
    assert chain_verdict(stamped(late), pki.CLAIM, trust=trust, at=AT).signing_time is None


def test_a_time_stamp_that_is_remembered_is_judged_at_the_new_time(trust: TrustStore) -> None:
    held = ChainCache()
    one = stamped(AT + DAY)
    for at, used in ((AT + 2 * DAY, True), (AT, False), (AT + 2 * DAY, True)):
        verdict = chain_verdict(one, pki.CLAIM, trust=trust, at=at, cache=held)
        assert (verdict.signing_time is not None) is used


# ---- authorities that were revoked ----------------------------------------------------------

ABOVE = authority("Engine authority", ROOT)
BELOW = issue("Engine leaf below", ABOVE)


def below(
    trust: TrustStore, *stapled: bytes, when: Any = None, at: Any = AT, **more: Any
) -> ChainVerdict:
    signature = replace(cose(BELOW, ABOVE), ocsp=stapled)
    if when is not None:
        message = algorithms.sig_structure(
            "CounterSignature", signature.protected, algorithms.cbor_bytes(signature.signature)
        )
        stamp = TimeStampToken("sigTst2", token(message, TSA, time=when))
        signature = replace(signature, time_stamps=(stamp,))
    return chain_verdict(signature, pki.CLAIM, trust=trust, at=at, **more)


def about_authority(status: OCSPCertStatus, by: Issued = ROOT) -> bytes:
    return answer(status, ABOVE, by)


def test_a_signer_under_a_revoked_authority_leads_nowhere(trust: TrustStore) -> None:
    for stapled in ((), (GOOD,), (about_authority(OCSPCertStatus.GOOD),)):
        assert below(trust, *stapled).identity is Identity.PRIVATE
    verdict = below(trust, GOOD, about_authority(OCSPCertStatus.REVOKED))
    assert (verdict.identity, verdict.hits) == (Identity.INVALID, ())
    assert verdict.revocation.status is Revocation.NOT_CHECKED
    (found,) = (f for f in verdict.findings if f.code == "chain.authority_revoked")
    assert "Engine authority" in found.where
    assert found.message == (
        "this authority's certificate was revoked at 2026-05-31T00:00:00Z (key_compromise)"
    )


def test_a_list_says_of_an_authority_that_it_was_revoked(trust: TrustStore) -> None:
    for revoked, identity in (((ABOVE,), Identity.INVALID), ((LEAF,), Identity.PRIVATE)):
        made = read_crl(revocation_list(ROOT, *revoked), "own.crl")
        verdict = below(trust, crls=[made])
        assert verdict.identity is identity
        gone = "chain.authority_revoked" in codes(verdict)
        assert gone is (identity is Identity.INVALID)


def test_an_answer_counts_where_the_authority_above_gave_it(trust: TrustStore) -> None:
    stranger = authority("Engine stranger")
    forged = about_authority(OCSPCertStatus.REVOKED, stranger)
    assert below(trust, forged).identity is Identity.PRIVATE


def test_revoked_after_a_trusted_time_stamp_is_not_revoked(trust: TrustStore) -> None:
    gone = about_authority(OCSPCertStatus.REVOKED)  # a day before AT
    before = below(trust, gone, when=AT - 2 * DAY)
    assert (before.identity, before.time) == (Identity.PRIVATE, TimeStatus.TIMESTAMPED)
    assert below(trust, gone, when=AT - HOUR).identity is Identity.INVALID


def test_a_signer_trusted_by_name_needs_no_authority(tmp_path: Path) -> None:
    anchors = tmp_path / "named.pem"
    anchors.write_bytes(BELOW.pem)
    named = TrustStore.load(bundled=False, anchors=[anchors])
    verdict = below(named, about_authority(OCSPCertStatus.REVOKED))
    assert verdict.identity is Identity.PRIVATE


def test_another_way_around_a_revoked_authority_is_taken(tmp_path: Path) -> None:
    """Two authorities certify one key: the signer leads to an anchor through either."""
    second = authority("Engine second root")
    twin = issue(
        "Engine authority", second, ca=True, usage=(pki.CERT_SIGN,), eku=None, key_label="Twin"
    )
    first = issue(
        "Engine authority", ROOT, ca=True, usage=(pki.CERT_SIGN,), eku=None, key_label="Twin"
    )
    leaf = issue("Engine leaf of twins", first)
    anchors = tmp_path / "both.pem"
    anchors.write_bytes(ROOT.pem + second.pem)
    both = TrustStore.load(bundled=False, anchors=[anchors])
    gone = answer(OCSPCertStatus.REVOKED, first, ROOT)
    signature = replace(cose(leaf, first, twin), ocsp=(gone,))
    verdict = chain_verdict(signature, pki.CLAIM, trust=both, at=AT)
    assert verdict.identity is Identity.PRIVATE
    assert verdict.path[-1].common_name == "Engine second root"


# ---- floods of revocation answers -----------------------------------------------------------


def answer(status: OCSPCertStatus, about: Issued = LEAF, by: Issued = ROOT) -> bytes:
    gone = AT - DAY if status is OCSPCertStatus.REVOKED else None
    reason = x509.ReasonFlags.key_compromise if gone else None
    return ocsp_response(about, by, status=status, revoked_at=gone, reason=reason)


GOOD, REVOKED = answer(OCSPCertStatus.GOOD), answer(OCSPCertStatus.REVOKED)
JUNK = b"\x30\x00"


def other(number: int) -> bytes:
    """A sound response, about another certificate."""
    return ocsp_response(issue(f"Other {number}", ROOT), ROOT)


def forged(number: int) -> bytes:
    """A response about the leaf that nobody signed."""
    made = bytearray(GOOD)
    made[-1 - number % 8] ^= 1 + number // 8
    return bytes(made)


def judged(trust: TrustStore, stapled: list[bytes], **more: Any) -> ChainVerdict:
    signature = replace(cose(LEAF), ocsp=tuple(stapled))
    return chain_verdict(signature, pki.CLAIM, trust=trust, at=AT, **more)


FLOODS = {
    "none": [],
    "the same": [JUNK] * 5_000,
    "each another": [b"\x30\x04\x04\x02" + n.to_bytes(2, "big") for n in range(5_000)],
    "about others": [other(n) for n in range(70)],
    "with the number": [LEAF.der + n.to_bytes(2, "big") for n in range(200)],
}


@pytest.mark.parametrize("flood", FLOODS)
@pytest.mark.parametrize("place", ["stapled", "attached", "fetched"])
def test_no_flood_of_answers_hides_a_revocation(trust: TrustStore, flood: str, place: str) -> None:
    junk = FLOODS[flood]
    if place == "stapled":
        verdict = judged(trust, [*junk, REVOKED])
    elif place == "attached":
        verdict = judged(trust, junk, attached_ocsp=[REVOKED])
    else:
        verdict = judged(trust, junk, attached_ocsp=junk, fetched_ocsp=[REVOKED])
    assert verdict.revocation.status is Revocation.REVOKED
    assert (
        verdict.revocation.source
        == {
            "stapled": claim_signature.STAPLED,
            "attached": claim_signature.CERTIFICATE_STATUS,
            "fetched": revocation.RESPONDER,
        }[place]
    )


@pytest.mark.parametrize("flood", FLOODS)
def test_an_honest_answer_stands_among_junk(trust: TrustStore, flood: str) -> None:
    verdict = judged(trust, [*FLOODS[flood], GOOD])
    assert verdict.revocation.status is Revocation.GOOD
    assert len(verdict.findings) <= revocation.MAX_NOTED + 1


def test_more_answers_about_the_signer_than_are_read_count_as_none(trust: TrustStore) -> None:
    many = [forged(n) for n in range(revocation.MAX_RESPONSES + 1)]
    assert len(set(many)) == len(many)
    verdict = judged(trust, [GOOD, *many])
    assert verdict.revocation.status is Revocation.UNKNOWN
    assert "revocation.bounded" in codes(verdict)
    # what was read and says more than `good` holds, and so does a responder's word
    assert judged(trust, [REVOKED, *many]).revocation.status is Revocation.REVOKED
    asked = judged(trust, many, fetched_ocsp=[GOOD])
    assert asked.revocation.status is Revocation.GOOD
    assert judged(trust, [GOOD, *many[:60]]).revocation.status is Revocation.GOOD


def test_answers_that_could_not_be_kept_are_no_answer(trust: TrustStore) -> None:
    verdict = judged(trust, [], attached_ocsp=[GOOD, None])
    assert verdict.revocation.status is Revocation.UNKNOWN
    assert judged(trust, [], attached_ocsp=[GOOD]).revocation.status is Revocation.GOOD


# ---- slow keys, and the budget of a file ----------------------------------------------------


def slow_key(exponent_bits: int) -> Any:
    """A key nobody can sign with: its exponent has that many bits."""
    return rsa.RSAPublicNumbers((1 << (exponent_bits - 1)) | 1, (1 << 2048) - 1).public_key()


def spki_of(key: Any) -> bytes:
    made: bytes = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return made


@pytest.mark.parametrize(
    ("bits", "fault"), [(17, ""), (32, ""), (33, "exponent"), (2000, "exponent")]
)
def test_an_exponent_of_more_than_32_bits_is_refused(bits: int, fault: str) -> None:
    said = algorithms.key_fault(spki_of(slow_key(bits)))
    assert (fault in said) if fault else not said


def test_larger_keys_cost_more() -> None:
    def cost(kind: str) -> int:
        return algorithms.cost(read_certificate(issue(f"Costing {kind}", kind=kind).der).spki)

    assert [cost(kind) for kind in ("P-256", "P-384", "RSA-2048", "Ed25519")] == [1, 1, 1, 1]
    assert cost("P-521") == 2
    sizes = {
        bits: algorithms.cost(spki_of(rsa.RSAPublicNumbers(65537, (1 << bits) - 1).public_key()))
        for bits in (4096, 6144, 8192, 16384)
    }
    assert sizes == {4096: 1, 6144: 3, 8192: 4, 16384: 16}


def web(label: str, size: int = 5) -> tuple[CoseSignature, int]:
    """A signature whose authorities have all issued one another, and their number."""
    names = [authority(f"{label} {number}") for number in range(size)]
    made = [authority(f"{label} {a}", names[b]) for a in range(size) for b in range(size) if a != b]
    return cose(issue(f"{label} leaf", names[0]), *made), len(made)


def test_what_lies_beyond_the_budget_is_not_checked(
    trust: TrustStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "MAX_CHECKS", 30)
    held = ChainCache()
    signature, _ = web("Costly")
    first = chain_verdict(signature, pki.CLAIM, trust=trust, at=AT, cache=held)
    assert "chain.not_checked" not in codes(first)
    assert held.spent
    after = chain_verdict(cose(LEAF), pki.CLAIM, trust=trust, at=AT, cache=held)
    assert after.signature_valid  # whether the claim was altered has a budget of its own
    assert after.identity is Identity.INVALID
    assert codes(after) == {"chain.not_checked"}
    held.begin_file()
    again = chain_verdict(cose(LEAF), pki.CLAIM, trust=trust, at=AT, cache=held)
    assert again.identity is Identity.PRIVATE
    assert not codes(again)


def test_time_stamps_and_answers_are_in_the_budget(
    trust: TrustStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "MAX_CHECKS", 1)
    signature = replace(stamped(AT - HOUR), ocsp=(GOOD,))
    verdict = chain_verdict(signature, pki.CLAIM, trust=trust, at=AT)
    assert verdict.identity is Identity.PRIVATE
    assert verdict.signing_time is None
    assert verdict.revocation.status is Revocation.UNKNOWN
    assert codes(verdict) >= {"timestamp.not_checked", "revocation.bounded"}


def test_a_search_that_goes_everywhere_is_in_the_budget(trust: TrustStore) -> None:
    held = ChainCache()
    slow = [
        slow_certificate(f"Slow {a}", f"Slow {b}") for a in range(6) for b in range(6) if a != b
    ]
    leaf = issue("Slow leaf", authority("Slow 0"))
    signature = replace(cose(leaf), certificates=(leaf.der, *slow))
    verdict = chain_verdict(signature, pki.CLAIM, trust=trust, at=AT, cache=held)
    assert "chain.search_bounded" in codes(verdict)
    assert held._spent >= 32  # not one signature was checked: their keys are refused
    honest = ChainCache()
    chain_verdict(cose(LEAF), pki.CLAIM, trust=trust, at=AT, cache=honest)
    assert honest._spent == 1


def slow_certificate(name: str, issuer: str) -> bytes:
    """An authority's certificate with a key that is refused before anything is checked with it."""
    made = (
        x509.CertificateBuilder()
        .subject_name(pki.name(name))
        .issuer_name(pki.name(issuer))
        .public_key(slow_key(2000))
        .serial_number(int.from_bytes((name + issuer).encode()[-8:], "big"))
        .not_valid_before(pki.START)
        .not_valid_after(pki.END)
        .add_extension(x509.BasicConstraints(True, None), critical=True)
        .sign(pki.key("Slow signer"), hashes.SHA256())
    )
    return made.public_bytes(Encoding.DER)


def test_claim_signatures_have_a_budget_of_their_own(
    trust: TrustStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "MAX_CLAIM_CHECKS", 3)
    held = ChainCache()
    answers = [
        chain_verdict(cose(LEAF), pki.CLAIM, trust=trust, at=AT, cache=held) for _ in range(4)
    ]
    assert [one.signature_valid for one in answers] == [True, True, True, False]
    assert codes(answers[-1]) == {"signature.not_checked"}


def test_the_answer_does_not_depend_on_what_is_remembered(
    trust: TrustStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "MAX_CHECKS", 40)
    parts = [web("Warm A")[0], cose(LEAF), stamped(AT - HOUR), web("Warm B")[0], cose(LEAF, TSA)]

    def run(held: ChainCache) -> list[ChainVerdict]:
        held.begin_file()
        return [chain_verdict(one, pki.CLAIM, trust=trust, at=AT, cache=held) for one in parts]

    cold, warm = ChainCache(), ChainCache()
    for one in reversed(parts):
        warm.begin_file()
        chain_verdict(one, pki.CLAIM, trust=trust, at=AT, cache=warm)
    assert run(cold) == run(warm) == run(warm)
    assert any("chain.not_checked" in codes(one) for one in run(warm))


def test_a_hostile_file_makes_no_more_checks_than_its_budget(
    trust: TrustStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = 0
    verify = algorithms.verify

    def count(*args: Any) -> bool:
        nonlocal made
        made += 1
        return verify(*args)

    monkeypatch.setattr(algorithms, "verify", count)
    held = ChainCache()
    for number in range(40):
        chain_verdict(web(f"Flood {number}", 4)[0], pki.CLAIM, trust=trust, at=AT, cache=held)
    # a claim signature is tried in both of its forms, at most
    assert made <= cache.MAX_CHECKS + 64 + 2 * 40


def test_one_signer_of_many_files_is_one_check(trust: TrustStore) -> None:
    held = ChainCache()
    for _ in range(1000):
        verdict = chain_verdict(cose(LEAF), pki.CLAIM, trust=trust, at=AT, cache=held)
    assert verdict.identity is Identity.PRIVATE
    assert not held.spent
