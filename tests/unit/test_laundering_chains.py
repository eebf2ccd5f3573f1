"""What certificates and signatures must not be made to say of a whole file, with honest neighbours.

Each kind stands beside a file that differs in nothing but the fault, and is answered as ever.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from support.each import each
from support.fixture import AI, CAPTURE, label
from support.pki import PKI, Who, certificate, credential, private_key
from support.writer import Manifest
from unit.signing import pki

from provenance import Flag, Origin, TrustStore, Verifier
from provenance.base.terms import Assurance, Identity, Integrity, Revocation, Tier
from provenance.kit import cose_sign1 as sealing_module
from provenance.kit import media
from provenance.kit.certificates import Credential
from provenance.kit.claims import created
from provenance.kit.cose_sign1 import Sealing, Stamp
from provenance.kit.keys import Alg
from provenance.kit.stamps import Authority
from provenance.kit.writer import signed_file
from provenance.signing.trust_list import Purpose, TrustListInfo
from provenance.signing.trust_store import _AnchorList

if TYPE_CHECKING:
    from pathlib import Path

    from provenance.verdict.report import Report

JPEG = media.gradient_jpeg()
AT = datetime(2026, 6, 1, tzinfo=UTC)
ANCHORS = PKI / "anchors.pem"
ROOT = pki.Issued(certificate("root"), private_key("root"))
DAY = timedelta(days=1)


def judge(data: bytes, trust: TrustStore | None = None, at: datetime = AT) -> Report:
    held = trust or TrustStore.load(bundled=False, anchors=[ANCHORS], tsa_anchors=[ANCHORS])
    report = Verifier(trust=held, at=at).verify_bytes(data)
    assert report.verdict is not None, report.error
    return report


def codes(report: Report) -> set[str]:
    return {finding.code for finding in report.findings}


def shot(signer: Credential, source: str = CAPTURE, **sealing: Any) -> bytes:
    manifest = Manifest(label(960), (created(source),), signer=signer, sealing=Sealing(**sealing))
    return signed_file(JPEG, manifest)


def signer(leaf: pki.Issued, *above: pki.Issued) -> Credential:
    return Credential("made", Alg.ES256, leaf.key, tuple(c.certificate for c in (leaf, *above)))


def organisation(name: str, *more: str) -> x509.Name:
    return x509.Name(
        [x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, value) for value in (name, *more)]
    )


def test_a_shops_authority_does_not_vouch_for_a_camera_maker() -> None:
    limits = x509.NameConstraints([x509.DirectoryName(organisation("Small Shop"))], None)
    above = pki.authority("Shop authority", ROOT, more=((limits, True),))
    honest, evil = (
        judge(shot(signer(pki.issue(f"Of {name}", above, subject=organisation(name)), above)))
        for name in ("Small Shop", "Nikon Corporation")
    )
    assert (honest.verdict.origin, honest.axes.identity) == (Origin.CAPTURED, Identity.PRIVATE)
    assert (evil.verdict.origin, evil.axes.identity) == (Origin.UNKNOWN, Identity.INVALID)
    assert "chain.name_not_permitted" in codes(evil)
    assert not evil.flagged  # an odd chain is no tampering


def test_a_time_stamp_of_the_future_makes_no_expired_signer_valid() -> None:
    """`--at` before the stamp: what was not yet stamped then is not stamped."""
    tsa = Authority(certificate("tsa-signer"), private_key("tsa-signer"), ())
    expired = credential(Who.EXPIRED)
    when = expired.leaf.not_valid_before_utc + 5 * DAY
    data = shot(expired, stamp=Stamp(when, tsa))
    assert judge(data).verdict.assurance is Assurance.VERIFIED_PRIVATE
    before = judge(data, at=when - DAY)
    assert "timestamp.future" in codes(before)
    assert before.axes.time == "current"
    late = shot(credential(Who.FUTURE), stamp=Stamp(AT + 400 * DAY, tsa))
    report = judge(late)
    assert report.axes.time == "not_yet_valid"
    assert report.verdict.origin is Origin.UNKNOWN


@pytest.mark.parametrize(
    ("sealing", "code"),
    [
        ({"protected": {2: ["x-evil"], "x-evil": 1}}, "signature.critical_header"),
        ({"payload": b"another claim"}, "signature.other_payload"),
        ({"payload": b""}, "signature.other_payload"),
        ({"protected": {2: [98]}}, "claim_signature.malformed"),
    ],
)
def test_a_signature_that_must_not_be_accepted_proves_nothing(
    sealing: dict[str, Any], code: str
) -> None:
    camera = credential(Who.CAMERA)
    assert judge(shot(camera)).verdict.origin is Origin.CAPTURED
    assert judge(shot(camera, protected={2: [33]})).verdict.origin is Origin.CAPTURED
    report = judge(shot(camera, **sealing))
    assert report.verdict.origin is Origin.UNKNOWN
    assert report.axes.identity is Identity.UNPROVEN
    assert Flag.BROKEN in report.flagged
    assert code in codes(report)
    # and what it declares of AI is not lost with it
    assert judge(shot(camera, AI, **sealing)).verdict.origin is Origin.AI_GENERATED


def in_der(*args: Any) -> bytes:
    raw = _RAW(*args)
    first, second = raw[: len(raw) // 2], raw[len(raw) // 2 :]
    return encode_dss_signature(int.from_bytes(first, "big"), int.from_bytes(second, "big"))


_RAW = sealing_module.cose_sign


def test_a_signature_in_der_is_named_and_breaks_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing_module, "cose_sign", in_der)
    data = shot(credential(Who.CAMERA))
    report = judge(data)
    assert report.axes.integrity is Integrity.INTACT
    assert report.verdict.origin is Origin.CAPTURED
    assert "signature.der_encoded" in codes(report)
    assert "claimSignature.mismatch" not in codes(report)
    for place in (-20, data.index(b"digitalCapture")):  # the media, and a signed word
        altered = bytearray(data)
        altered[place] ^= 1
        broken = judge(bytes(altered))
        assert broken.axes.integrity is Integrity.BROKEN
        assert Flag.BROKEN in broken.flagged


def test_junk_in_the_unsigned_header_hides_no_revocation() -> None:
    issuer = pki.Issued(certificate("intermediate"), private_key("intermediate"))
    leaf = pki.issue("Caught signer", issuer)
    gone = pki.ocsp_response(
        leaf, issuer, status=pki.ocsp.OCSPCertStatus.REVOKED, revoked_at=AT - 30 * DAY
    )
    for junk in (0, 63, 64, 2000):
        report = judge(shot(signer(leaf, issuer), ocsp=(*(b"\x30\x00",) * junk, gone)))
        assert report.axes.revocation is Revocation.REVOKED
        assert Flag.REVOKED in report.flagged
    good = pki.ocsp_response(leaf, issuer)
    honest = judge(shot(signer(leaf, issuer), ocsp=(b"\x30\x00",) * 64 + (good,)))
    assert honest.axes.revocation is Revocation.GOOD


def listed(root: pki.Issued, tier: Tier) -> TrustStore:
    info = TrustListInfo("a list", tier, Purpose.SIGNER, "", "0" * 64, 1, "a test")
    return TrustStore((info,), (_AnchorList(info, [root.der]),))


@pytest.mark.parametrize(
    ("tier", "basis"),
    [(Tier.C2PA, "signer"), (Tier.INTERIM, "signer"), (Tier.PRIVATE, "declared")],
)
def test_a_private_anchor_makes_nobody_a_known_vendor(tier: Tier, basis: str) -> None:
    root = pki.authority("Somebody's root")
    leaf = pki.issue(
        "Called Google", root, subject=organisation("Google LLC"), eku=(pki.CLAIM_EKU, pki.EMAIL)
    )
    report = judge(shot(signer(leaf, root), AI), listed(root, tier))
    assert report.generator is not None
    assert (report.generator.vendor, report.generator.basis) == ("Google", basis)
    assert report.verdict.assurance.value.startswith("verified")


@each(
    ("subject", "vendor"),
    [
        (organisation("Google LLC"), "Google"),
        (organisation("GOOGLE llc"), "Google"),
        (organisation("Google LLC", "Small Shop"), "Google"),
        (organisation("Small Shop", "Google LLC"), None),
        (organisation("Micro\N{LATIN SMALL LETTER LONG S}oft Corporation"), None),
        (organisation("Goog\u200ble LLC"), None),
    ],
)
def test_the_vendor_is_told_by_the_one_name_that_a_certificate_has(
    subject: x509.Name, vendor: str | None
) -> None:
    root = pki.authority("Listed root")
    leaf = pki.issue("Named", root, subject=subject, eku=(pki.CLAIM_EKU,))
    report = judge(shot(signer(leaf, root), AI), listed(root, Tier.C2PA))
    found = report.generator
    assert (found.vendor if found and found.basis == "signer" else None) == vendor
    repeated = len(subject.rdns) > 1
    assert ("chain.name_repeated" in codes(report)) is repeated


def test_an_anchor_that_expired_vouches_for_nothing_signed_since(tmp_path: Path) -> None:
    old = pki.authority("Old anchor", dates=(AT - 900 * DAY, AT - 30 * DAY))
    leaf = pki.issue("Under the old anchor", old, dates=(AT - 200 * DAY, AT + 30 * DAY))
    held = tmp_path / "anchors.pem"
    held.write_bytes(old.pem)
    trust = TrustStore.load(bundled=False, anchors=[held], tsa_anchors=[ANCHORS])
    tsa = Authority(certificate("tsa-signer"), private_key("tsa-signer"), ())
    now = judge(shot(signer(leaf, old)), trust)
    assert (now.axes.time, now.verdict.origin) == ("expired", Origin.UNKNOWN)
    assert "chain.anchor_expired" in codes(now)
    then = judge(shot(signer(leaf, old), stamp=Stamp(AT - 60 * DAY, tsa)), trust)
    assert (then.axes.time, then.verdict.origin) == ("timestamped", Origin.CAPTURED)
    since = judge(shot(signer(leaf, old), stamp=Stamp(AT - 10 * DAY, tsa)), trust)
    assert (since.axes.time, since.verdict.origin) == ("expired", Origin.UNKNOWN)
