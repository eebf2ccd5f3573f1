"""Generated chains, good and bad, one fault each, with exactly what they must give.

`answers.toml` holds every word that is said of each of them: what was found and where, which
certificates are named, what became of time-stamps and of revocation answers.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.ocsp import OCSPCertStatus
from support.each import each
from unit.signing import pki
from unit.signing.pki import AT, END, START, Issued, authority, cose, issue, ocsp_response, token

from provenance.base.terms import Identity, Revocation, Tier, TimeStatus
from provenance.signing.chain_answer import CoseSignature, TimeStampToken
from provenance.signing.claim_signature import chain_verdict
from provenance.signing.trust_store import TrustStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from provenance.signing.chain_answer import CertificateInfo, ChainVerdict

DAY = timedelta(days=1)
EXPIRED = (START - 700 * DAY, START - 400 * DAY)
PAST = (START - 700 * DAY, AT - 30 * DAY)


@dataclass(frozen=True)
class Case:
    """A signature, what is trusted, and the whole answer that is expected."""

    signature: CoseSignature
    identity: Identity
    findings: tuple[str, ...] = ()
    anchors: tuple[Issued, ...] = ()
    tsa: tuple[Issued, ...] = ()
    time: TimeStatus = TimeStatus.CURRENT
    revocation: Revocation = Revocation.NOT_CHECKED
    valid: bool = True
    at: datetime = AT
    attached: tuple[bytes, ...] = ()
    attached_ocsp: tuple[bytes, ...] = ()
    signed_at: datetime | None = None
    path: int | None = None
    extra: dict[str, Any] = field(default_factory=dict)


# Findings about no certificate, token or answer in particular.
OF_THE_WHOLE = ("chain.too_many", "chain.search_", "chain.no_certificate", "signature.", "time.")
CASES: dict[str, Callable[[], Case]] = {}
ANSWERS = tomllib.loads(Path(__file__).with_name("answers.toml").read_text("utf-8"))


def case(make: Callable[[], Case]) -> Callable[[], Case]:
    CASES[make.__name__] = make
    return make


def root(label: str = "Root", **options: Any) -> Issued:
    return authority(label, dates=(START - 900 * DAY, END + 900 * DAY), **options)


def middle(label: str = "Middle", issuer: Issued | None = None, **options: Any) -> Issued:
    return authority(label, issuer or root(), **options)


def leaf(issuer: Issued | None = None, **options: Any) -> Issued:
    return issue("Leaf", issuer or middle(), **options)


def private(signature: CoseSignature, **options: Any) -> Case:
    """A case that must lead to the private anchor `Root`."""
    return Case(signature, Identity.PRIVATE, anchors=(root(),), **options)


def invalid(signature: CoseSignature, *codes: str, **options: Any) -> Case:
    """A case whose chain to `Root` breaks the rules named."""
    options.setdefault("anchors", (root(),))
    return Case(signature, Identity.INVALID, codes, **options)


# ---- sound chains -------------------------------------------------------------------------


@case
def one_intermediate() -> Case:
    return private(cose(leaf(), middle()), path=3)


@case
def root_supplied_too() -> Case:
    return private(cose(leaf(), middle(), root()), path=3)


@case
def any_order() -> Case:
    low = middle("Low", middle())
    return private(cose(leaf(low), root(), middle(), low), path=4)


@case
def directly_under_the_anchor() -> Case:
    return private(cose(leaf(root())), path=2)


@case
def anchor_is_an_intermediate() -> Case:
    return Case(cose(leaf()), Identity.PRIVATE, anchors=(middle(),), path=2)


@case
def anchor_is_the_leaf() -> Case:
    return Case(cose(leaf()), Identity.PRIVATE, anchors=(leaf(),), path=1)


@case
def extra_certificates() -> Case:
    return private(cose(leaf(), root("Other"), middle(), middle("Unused", root("Other"))), path=3)


@case
def duplicate_certificates() -> Case:
    return private(cose(leaf(), middle(), middle(), leaf()), findings=("chain.duplicate",) * 2)


@case
def cross_signed() -> Case:
    other = root("Other Root")
    cross = middle(issuer=other)
    return private(cose(leaf(), cross, other, middle()), path=3)


@case
def cross_signed_both_ways() -> Case:
    a, b = root("A"), root("B")
    a_by_b = authority("A", b)
    b_by_a = authority("B", a)
    low = leaf(a)
    return Case(cose(low, a_by_b, b_by_a), Identity.PRIVATE, anchors=(b,), path=3)


@case
def same_name_other_key() -> Case:
    impostor = authority("Middle", root("Other"), key_label="impostor")
    return private(cose(leaf(), impostor, middle()), path=3)


@case
def same_name_other_key_without_key_ids() -> Case:
    impostor = authority("Middle", root("Other"), key_label="impostor", key_ids=False)
    return private(cose(leaf(), impostor, middle()), path=3)


@case
def authority_without_key_identifiers() -> Case:
    low = middle(key_ids=False)
    return private(cose(leaf(low), low))


@case
def no_authority_key_identifier() -> Case:
    signature = cose(leaf(key_ids=False), middle())
    return invalid(signature, "chain.authority_key_missing")


@case
def authority_without_key_usage() -> Case:
    low = middle(usage=None)
    return private(cose(leaf(low), low))


@case
def authority_with_another_usage() -> Case:
    low = middle(eku=(pki.DOCUMENT,))
    return private(cose(leaf(low), low))


@case
def leaf_without_basic_constraints() -> Case:
    return private(cose(leaf(ca=None), middle()))


@case
def document_signing_alone() -> Case:
    return private(cose(leaf(eku=(pki.DOCUMENT,)), middle()))


@case
def microsoft_usage_alone() -> Case:
    return private(cose(leaf(eku=("1.3.6.1.4.1.311.76.59.1.9",)), middle()))


@case
def an_unknown_usage_beside() -> Case:
    return private(cose(leaf(eku=("1.2.3.4", pki.CLAIM_EKU)), middle()))


@case
def path_length_just_enough() -> Case:
    low = middle("Low", middle(path_length=1))
    top = middle(path_length=1)
    return private(cose(leaf(low), low, top))


@case
def self_issued_does_not_count() -> Case:
    top = middle(path_length=0)
    renewed = authority("Middle", top, key_label="renewed")
    return private(cose(leaf(renewed), renewed, top), path=4)


@case
def p384_and_p521() -> Case:
    low = middle("Mid 521", kind="P-521", digest=hashes.SHA512)
    return private(cose(leaf(low, kind="P-384", key_label="l384"), low, algorithm=-35))


@case
def es512_on_p521() -> Case:
    return private(cose(leaf(kind="P-521", key_label="l521"), middle(), algorithm=-36))


@case
def es256_on_p384() -> Case:
    return private(cose(leaf(kind="P-384", key_label="l384"), middle(), algorithm=-7))


@case
def rsa_and_ps256() -> Case:
    low = middle("Mid RSA", kind="RSA-2048")
    return private(cose(leaf(low, kind="RSA-2048", key_label="lrsa"), low, algorithm=-37))


@case
def ps512_under_pss() -> Case:
    low = middle("Mid RSA", kind="RSA-2048")
    return private(cose(leaf(low, kind="RSA-2048", key_label="lrsa", pss=True), low, algorithm=-39))


@case
def ed25519() -> Case:
    low = middle("Mid Ed", kind="Ed25519")
    return private(cose(leaf(low, kind="Ed25519", key_label="led"), low, algorithm=-8))


# ---- chains that reach nothing ------------------------------------------------------------


@case
def nothing_trusted() -> Case:
    return Case(cose(leaf(), middle(), root()), Identity.UNLISTED, ("chain.root_unlisted",), path=3)


@case
def missing_intermediate() -> Case:
    return Case(
        cose(leaf()), Identity.UNLISTED, ("chain.issuer_missing",), anchors=(root(),), path=1
    )


@case
def missing_root() -> Case:
    return Case(cose(leaf(), middle()), Identity.UNLISTED, ("chain.issuer_missing",), path=2)


@case
def anchor_of_the_same_name() -> Case:
    impostor = root(key_label="impostor root")
    signature = cose(leaf(), middle())
    return Case(signature, Identity.UNLISTED, ("chain.issuer_missing",), anchors=(impostor,))


@case
def a_time_stamp_anchor_is_no_signer_anchor() -> Case:
    return Case(cose(leaf(), middle()), Identity.UNLISTED, ("chain.issuer_missing",), tsa=(root(),))


@case
def self_signed_leaf() -> Case:
    return Case(cose(issue("Alone")), Identity.UNLISTED, ("chain.root_unlisted",))


# ---- chains that break a rule -------------------------------------------------------------


@case
def wrong_usage() -> Case:
    return invalid(cose(leaf(eku=("1.3.6.1.5.5.7.3.1",)), middle()), "chain.wrong_eku")


@case
def no_usage() -> Case:
    return invalid(cose(leaf(eku=None), middle()), "chain.wrong_eku")


@case
def any_usage() -> Case:
    return invalid(cose(leaf(eku=(pki.EMAIL, pki.ANY)), middle()), "chain.wrong_eku")


@case
def stamping_beside_signing() -> Case:
    return invalid(cose(leaf(eku=(pki.EMAIL, pki.STAMPING)), middle()), "chain.wrong_eku")


@case
def ocsp_beside_signing() -> Case:
    return invalid(cose(leaf(eku=(pki.EMAIL, pki.OCSP_EKU)), middle()), "chain.wrong_eku")


@case
def a_time_stamp_certificate_signs() -> Case:
    return invalid(cose(leaf(eku=(pki.STAMPING,)), middle()), "chain.wrong_eku")


@case
def leaf_key_usage() -> Case:
    return invalid(cose(leaf(usage=("key_agreement",)), middle()), "chain.key_usage")


@case
def leaf_without_key_usage() -> Case:
    return invalid(cose(leaf(usage=None), middle()), "chain.key_usage")


@case
def leaf_may_sign_certificates() -> Case:
    return invalid(cose(leaf(usage=(pki.SIGN, pki.CERT_SIGN)), middle()), "chain.key_usage")


@case
def leaf_is_an_authority() -> Case:
    return invalid(cose(leaf(ca=True), middle()), "chain.leaf_is_ca")


@case
def an_anchor_signs_itself() -> Case:
    top = root(usage=(pki.SIGN, pki.CERT_SIGN), eku=(pki.EMAIL,))
    return invalid(cose(top), "chain.leaf_is_ca", anchors=(top,))


@case
def authority_key_usage() -> Case:
    low = middle(usage=(pki.SIGN,))
    return invalid(cose(leaf(low), low), "chain.key_usage")


@case
def not_an_authority() -> Case:
    low = middle(ca=False)
    return invalid(cose(leaf(low), low), "chain.not_a_ca")


@case
def authority_without_basic_constraints() -> Case:
    low = middle(ca=None)
    return invalid(cose(leaf(low), low), "chain.not_a_ca")


@case
def path_length_exceeded() -> Case:
    top = middle(path_length=0)
    low = middle("Low", top)
    return invalid(cose(leaf(low), low, top), "chain.path_length")


@case
def path_length_of_the_anchor() -> Case:
    top = root("Short", path_length=0)
    low = middle("Low", top)
    return invalid(cose(leaf(low), low), "chain.path_length", anchors=(top,))


@case
def wrong_signature() -> Case:
    return invalid(cose(leaf(signer=pki.key("stranger")), middle()), "chain.bad_signature")


@case
def wrong_signature_above() -> Case:
    low = middle(signer=pki.key("stranger"), key_ids=False)
    return invalid(cose(leaf(low), low), "chain.bad_signature")


@case
def name_mismatch() -> Case:
    return invalid(cose(leaf(issuer_name="Somebody"), middle()), "chain.name_mismatch")


@case
def key_identifier_mismatch() -> Case:
    return invalid(cose(leaf(authority_key=b"\1" * 20), middle()), "chain.key_identifier_mismatch")


@case
def weak_rsa_leaf() -> Case:
    weak = leaf(kind="RSA-1024", key_label="weak")
    return invalid(
        cose(weak, middle(), algorithm=-37),
        "signature.key_mismatch",
        "chain.weak_key",
        valid=False,
    )


@case
def weak_rsa_authority() -> Case:
    low = middle("Weak", kind="RSA-1024")
    return invalid(cose(leaf(low), low), "chain.weak_key")


@case
def foreign_curve() -> Case:
    low = middle("Koblitz", kind="secp256k1")
    return invalid(cose(leaf(low), low), "chain.weak_key")


@case
def sha1_leaf() -> Case:
    low = middle("Mid RSA", kind="RSA-2048")
    return invalid(cose(pki.as_sha1(leaf(low)), low), "chain.weak_hash")


@case
def sha1_authority() -> Case:
    top = root("RSA Root", kind="RSA-2048")
    low = pki.as_sha1(middle(issuer=top))
    return invalid(cose(leaf(low), low), "chain.weak_hash", anchors=(top,))


@case
def sha1_root_counts_for_nothing() -> Case:
    top = pki.as_sha1(root("Old Root", kind="RSA-2048"))
    return Case(
        cose(leaf(middle(issuer=top)), middle(issuer=top), top), Identity.PRIVATE, anchors=(top,)
    )


@case
def critical_extension() -> Case:
    odd = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4.5"), b"\x05\x00")
    return invalid(cose(leaf(more=((odd, True),)), middle()), "chain.critical_extension")


@case
def loop() -> Case:
    a = authority("A", Issued(root("B").certificate, pki.key("B", "P-256")))
    b = authority("B", Issued(root("A").certificate, pki.key("A", "P-256")))
    return invalid(cose(leaf(root("A")), a, b), "chain.loop", anchors=())


@case
def too_long() -> Case:
    chain = [root()]
    for depth in range(12):
        chain.append(authority(f"Level {depth}", chain[-1]))
    return invalid(cose(leaf(chain[-1]), *reversed(chain[1:])), "chain.too_long")


@case
def fifty_certificates() -> Case:
    others = [root(f"Other {number}") for number in range(48)]
    signature = cose(leaf(), middle(), *others)
    return private(signature, findings=("chain.too_many_certificates",))


@case
def fifty_before_the_one_needed() -> Case:
    others = [root(f"Other {number}") for number in range(48)]
    signature = cose(leaf(), *others, middle())
    codes = ("chain.issuer_missing", "chain.too_many_certificates")
    return Case(signature, Identity.UNLISTED, codes, anchors=(root(),))


@case
def malformed_leaf() -> Case:
    whole = cose(leaf(), middle())
    broken = CoseSignature(-7, whole.protected, whole.signature, (b"\x30\x03\x02\x01\x05",))
    return invalid(
        broken, "chain.certificate_malformed", valid=False, time=TimeStatus.UNKNOWN, path=0
    )


@case
def malformed_beside() -> Case:
    whole = cose(leaf(), middle())
    odd = CoseSignature(-7, whole.protected, whole.signature, (*whole.certificates, b"junk"))
    return private(odd, findings=("chain.supplied_malformed",))


@case
def no_certificate() -> Case:
    whole = cose(leaf())
    bare = CoseSignature(-7, whole.protected, whole.signature, ())
    return invalid(bare, "chain.no_certificate", valid=False, time=TimeStatus.UNKNOWN, path=0)


# ---- the claim signature ------------------------------------------------------------------


@case
def claim_signature_broken() -> Case:
    return private(
        cose(leaf(), middle(), signature=b"\1" * 64), findings=("signature.mismatch",), valid=False
    )


@case
def claim_signature_cut() -> Case:
    return private(
        cose(leaf(), middle(), signature=b"\1" * 63), findings=("signature.mismatch",), valid=False
    )


@case
def algorithm_of_another_key() -> Case:
    whole = cose(leaf(), middle())
    odd = CoseSignature(-37, whole.protected, whole.signature, whole.certificates)
    return private(odd, findings=("signature.key_mismatch",), valid=False)


@case
def algorithm_unknown() -> Case:
    whole = cose(leaf(), middle())
    odd = CoseSignature(-257, whole.protected, whole.signature, whole.certificates)
    return private(odd, findings=("signature.algorithm_unsupported",), valid=False)


@case
def algorithm_missing() -> Case:
    whole = cose(leaf(), middle())
    odd = CoseSignature(None, whole.protected, whole.signature, whole.certificates)
    return private(odd, findings=("signature.algorithm_unsupported",), valid=False)


# ---- time ---------------------------------------------------------------------------------


@case
def expired_leaf() -> Case:
    return private(
        cose(leaf(dates=EXPIRED), middle()), time=TimeStatus.EXPIRED, findings=("time.expired",)
    )


@case
def leaf_not_yet_valid() -> Case:
    later = (AT + DAY, END)
    return private(
        cose(leaf(dates=later), middle()),
        time=TimeStatus.NOT_YET_VALID,
        findings=("time.not_yet_valid",),
    )


@case
def expired_intermediate() -> Case:
    low = middle(dates=EXPIRED)
    return private(
        cose(leaf(low), low), time=TimeStatus.EXPIRED, findings=("chain.intermediate_expired",)
    )


@case
def expired_anchor() -> Case:
    old = authority("Old Root", dates=EXPIRED)
    low = middle(issuer=old)
    return Case(
        cose(leaf(low), low),
        Identity.PRIVATE,
        anchors=(old,),
        time=TimeStatus.EXPIRED,
        findings=("chain.anchor_expired",),
    )


@case
def anchor_not_yet_valid() -> Case:
    later = authority("Late Root", dates=(AT + DAY, END))
    return Case(
        cose(leaf(later)),
        Identity.PRIVATE,
        anchors=(later,),
        time=TimeStatus.NOT_YET_VALID,
        findings=("chain.anchor_not_yet_valid",),
    )


@case
def anchor_was_valid_when_it_was_signed() -> Case:
    old = authority("Old Root", dates=PAST)
    plain = cose(leaf(old, dates=PAST))
    data = soon(pki.stamped_bytes(plain))
    signature = replace(plain, time_stamps=(TimeStampToken("sigTst2", data),))
    return Case(
        signature,
        Identity.PRIVATE,
        anchors=(old,),
        tsa=(tsa_root(),),
        time=TimeStatus.TIMESTAMPED,
        signed_at=AT - 60 * DAY,
    )


@case
def anchor_that_was_renewed() -> Case:
    """The same name and key with new dates: either order of the list leads to the valid one."""
    old = authority("Kept Root", dates=EXPIRED)
    new = authority("Kept Root", dates=(START - 900 * DAY, END + 900 * DAY))
    return Case(cose(leaf(old)), Identity.PRIVATE, anchors=(old, new), path=2)


@case
def expired_anchor_of_a_leaf_that_is_trusted_by_name() -> Case:
    old = authority("Old Root", dates=EXPIRED)
    signature = cose(leaf(old), old)
    return Case(
        signature,
        Identity.PRIVATE,
        anchors=(leaf(old),),
        findings=("chain.intermediate_expired",),
    )


@case
def judged_at_another_time() -> Case:
    return private(
        cose(leaf(), middle()),
        at=END + 100 * DAY,
        time=TimeStatus.EXPIRED,
        findings=("time.expired", "chain.intermediate_expired"),
    )


def tsa_root() -> Issued:
    return root("TSA Root")


def tsa(issuer: Issued | None = None, **options: Any) -> Issued:
    defaults = {"eku": (pki.STAMPING,), "dates": (START - 600 * DAY, END + 600 * DAY)}
    return issue("TSA", issuer or tsa_root(), **{**defaults, **options})


def stamped(
    make: Callable[[bytes], bytes] | None = None,
    *,
    header: str = "sigTst2",
    own: Issued | None = None,
    expect: tuple[str, ...] = (),
    used: bool = True,
    **options: Any,
) -> Case:
    """A leaf that is expired at `AT`, with a time-stamp from when it was not."""
    signer = own or leaf(dates=PAST)
    plain = cose(signer, middle())
    build = make or (lambda message: token(message, tsa(), time=AT - 60 * DAY))
    data = build(pki.stamped_bytes(plain, header))
    stamps = () if header == "c2pa.time-stamp" else (TimeStampToken(header, data),)
    signature = CoseSignature(
        plain.algorithm, plain.protected, plain.signature, plain.certificates, stamps
    )
    if used:
        options.setdefault("time", TimeStatus.TIMESTAMPED)
        options.setdefault("signed_at", AT - 60 * DAY)
    else:
        options.setdefault("time", TimeStatus.EXPIRED)
        expect = (*expect, "time.expired")
    options.setdefault("tsa", (tsa_root(),))
    attached = (data,) if header == "c2pa.time-stamp" else ()
    return private(signature, findings=expect, attached=attached, **options)


def soon(message: bytes, *others: Issued, by: Issued | None = None, **options: Any) -> bytes:
    return token(message, by or tsa(), *others, time=AT - 60 * DAY, **options)


@case
def time_stamp() -> Case:
    return stamped()


@case
def time_stamp_over_the_claim() -> Case:
    return stamped(lambda m: soon(m, response=True), header="sigTst")


@case
def time_stamp_in_an_assertion() -> Case:
    return stamped(header="c2pa.time-stamp")


@case
def time_stamp_by_rsa() -> Case:
    return stamped(lambda m: soon(m, by=tsa(kind="RSA-2048", key_label="rsa tsa")))


@case
def time_stamp_with_unsorted_attributes() -> Case:
    return stamped(lambda m: soon(m, unsorted=True))


@case
def time_stamp_with_old_signer_id() -> Case:
    return stamped(lambda m: soon(m, ess_v1=True))


@case
def time_stamp_by_key_id() -> Case:
    return stamped(lambda m: soon(m, by_key_id=True))


@case
def time_stamp_with_sha384() -> Case:
    return stamped(lambda m: soon(m, imprint="sha384", digest="sha384"))


@case
def time_stamp_with_padding() -> Case:
    return stamped(lambda m: soon(m) + b"\0" * 40)


@case
def time_stamp_through_an_intermediate() -> Case:
    low = authority("TSA Middle", tsa_root())
    return stamped(lambda m: soon(m, low, by=tsa(low)))


@case
def time_stamp_over_other_bytes() -> Case:
    return stamped(lambda m: soon(m + b"x"), used=False, expect=("timestamp.mismatch",))


@case
def time_stamp_of_the_wrong_header() -> Case:
    plain = cose(leaf(dates=PAST), middle())
    data = soon(pki.stamped_bytes(plain, "sigTst"))
    return stamped(lambda _: data, used=False, expect=("timestamp.mismatch",))


@case
def time_stamp_from_nowhere() -> Case:
    return stamped(tsa=(), used=False, expect=("timestamp.untrusted",))


@case
def a_signer_anchor_is_no_time_stamp_anchor() -> Case:
    return stamped(
        lambda m: soon(m, by=tsa(root())), tsa=(), used=False, expect=("timestamp.untrusted",)
    )


@case
def time_stamp_signature_broken() -> Case:
    return stamped(
        lambda m: soon(m, break_signature=True), used=False, expect=("timestamp.bad_signature",)
    )


@case
def time_stamp_digest_broken() -> Case:
    return stamped(
        lambda m: soon(m, wrong_digest=True), used=False, expect=("timestamp.bad_signature",)
    )


@case
def time_stamp_names_another_certificate() -> Case:
    return stamped(
        lambda m: soon(m, tsa_root(), wrong_signer=True),
        used=False,
        expect=("timestamp.signer_mismatch",),
    )


@case
def time_stamp_names_no_certificate() -> Case:
    return stamped(
        lambda m: soon(m, no_signer_id=True), used=False, expect=("timestamp.malformed",)
    )


@case
def time_stamp_without_its_certificate() -> Case:
    return stamped(
        lambda m: soon(m, tsa_root(), leave_out=True),
        used=False,
        expect=("timestamp.signer_missing",),
    )


@case
def time_stamp_usage() -> Case:
    both = tsa(eku=(pki.STAMPING, pki.EMAIL))
    return stamped(lambda m: soon(m, by=both), used=False, expect=("timestamp.chain_invalid",))


@case
def time_stamp_imprint_weak() -> Case:
    return stamped(lambda m: soon(m, imprint="sha1"), used=False, expect=("timestamp.weak_hash",))


@case
def time_stamp_authority_expired() -> Case:
    old = tsa(dates=EXPIRED)
    return stamped(lambda m: soon(m, by=old), used=False, expect=("timestamp.outside_validity",))


@case
def time_stamp_authority_expired_since() -> Case:
    old = tsa(dates=(START - 600 * DAY, AT - 59 * DAY))
    return stamped(lambda m: soon(m, by=old))


@case
def time_stamp_refused_by_the_authority() -> Case:
    return stamped(
        lambda m: soon(m, response=True, status=2), used=False, expect=("timestamp.malformed",)
    )


@case
def time_stamp_junk() -> Case:
    return stamped(lambda _: b"\x30\x80junk", used=False, expect=("timestamp.malformed",))


@case
def time_stamp_shows_signing_after_expiry() -> Case:
    return stamped(
        lambda m: token(m, tsa(), time=AT - DAY),
        time=TimeStatus.EXPIRED,
        signed_at=AT - DAY,
        expect=("time.expired",),
    )


@case
def time_stamp_shows_signing_too_early() -> Case:
    return stamped(
        lambda m: token(m, tsa(), time=START - 10 * DAY),
        own=leaf(),
        time=TimeStatus.NOT_YET_VALID,
        signed_at=START - 10 * DAY,
        expect=("chain.intermediate_not_yet_valid", "time.not_yet_valid"),
    )


@case
def two_time_stamps_in_one_header() -> Case:
    one = stamped()
    stamps = one.signature.time_stamps * 2
    signature = CoseSignature(
        one.signature.algorithm,
        one.signature.protected,
        one.signature.signature,
        one.signature.certificates,
        stamps,
    )
    codes = ("timestamp.several", "time.expired")
    return private(signature, findings=codes, tsa=(tsa_root(),), time=TimeStatus.EXPIRED)


# ---- revocation ---------------------------------------------------------------------------


def answered(
    *responses: bytes,
    expect: tuple[str, ...] = (),
    revocation: Revocation = Revocation.NOT_CHECKED,
    signed_at: datetime | None = None,
    attached: bool = False,
    own: tuple[Issued, ...] | None = None,
    **options: Any,
) -> Case:
    chain = own or (leaf(), middle())
    stapled = () if attached else responses
    signature = cose(*chain, ocsp_responses=stapled)
    if signed_at:
        data = token(pki.stamped_bytes(signature), tsa(), time=signed_at)
        signature = CoseSignature(
            signature.algorithm,
            signature.protected,
            signature.signature,
            signature.certificates,
            (TimeStampToken("sigTst2", data),),
            stapled,
        )
        options.setdefault("time", TimeStatus.TIMESTAMPED)
    return private(
        signature,
        findings=expect,
        revocation=revocation,
        signed_at=signed_at,
        tsa=(tsa_root(),),
        attached_ocsp=responses if attached else (),
        **options,
    )


def responder(**options: Any) -> Issued:
    return issue(
        "Responder", options.pop("issuer", middle()), **{"eku": (pki.OCSP_EKU,), **options}
    )


@case
def ocsp_good_by_the_issuer() -> Case:
    return answered(ocsp_response(leaf(), middle()), revocation=Revocation.GOOD)


@case
def ocsp_good_by_a_delegate() -> Case:
    data = ocsp_response(leaf(), middle(), responder=responder())
    return answered(data, revocation=Revocation.GOOD)


@case
def ocsp_good_named_by_subject() -> Case:
    data = ocsp_response(leaf(), middle(), responder=responder(), by_name=True)
    return answered(data, revocation=Revocation.GOOD)


@case
def ocsp_good_with_sha1_identifiers() -> Case:
    data = ocsp_response(leaf(), middle(), digest=hashes.SHA1())  # noqa: S303 - an identifier
    return answered(data, revocation=Revocation.GOOD)


@case
def ocsp_good_from_an_assertion() -> Case:
    return answered(ocsp_response(leaf(), middle()), attached=True, revocation=Revocation.GOOD)


@case
def ocsp_later_than_the_time_stamp() -> Case:
    return answered(
        ocsp_response(leaf(), middle()), signed_at=AT - 60 * DAY, revocation=Revocation.GOOD
    )


def revoked(when: datetime, **options: Any) -> bytes:
    options.setdefault("reason", x509.ReasonFlags.key_compromise)
    return ocsp_response(
        leaf(), middle(), status=OCSPCertStatus.REVOKED, revoked_at=when, **options
    )


@case
def ocsp_revoked() -> Case:
    return answered(
        revoked(AT - 5 * DAY), revocation=Revocation.REVOKED, expect=("revocation.revoked",)
    )


@case
def ocsp_revoked_before_the_time_stamp() -> Case:
    return answered(
        revoked(AT - 70 * DAY),
        signed_at=AT - 60 * DAY,
        revocation=Revocation.REVOKED,
        expect=("revocation.revoked",),
    )


@case
def ocsp_revoked_after_the_time_stamp() -> Case:
    return answered(
        revoked(AT - 5 * DAY),
        signed_at=AT - 60 * DAY,
        revocation=Revocation.REVOKED_LATER,
        expect=("revocation.revoked_later",),
    )


@case
def ocsp_revoked_in_an_old_response() -> Case:
    data = revoked(AT - 90 * DAY, this_update=AT - 80 * DAY, next_update=AT - 70 * DAY)
    return answered(data, revocation=Revocation.REVOKED, expect=("revocation.revoked",))


@case
def ocsp_taken_back() -> Case:
    data = revoked(AT - 5 * DAY, reason=x509.ReasonFlags.remove_from_crl)
    return answered(data, revocation=Revocation.GOOD)


@case
def ocsp_revoked_outweighs_good() -> Case:
    return answered(
        ocsp_response(leaf(), middle()),
        revoked(AT - 5 * DAY),
        revocation=Revocation.REVOKED,
        expect=("revocation.revoked",),
    )


@case
def ocsp_unknown() -> Case:
    data = ocsp_response(leaf(), middle(), status=OCSPCertStatus.UNKNOWN)
    return answered(data, revocation=Revocation.UNKNOWN, expect=("revocation.unknown",))


@case
def ocsp_for_another_certificate() -> Case:
    data = ocsp_response(issue("Other leaf", middle()), middle())
    return answered(data, expect=("revocation.other_certificate",))


@case
def ocsp_out_of_window() -> Case:
    data = ocsp_response(leaf(), middle(), this_update=AT - 20 * DAY, next_update=AT - 10 * DAY)
    return answered(data, expect=("revocation.out_of_window",))


@case
def ocsp_from_the_future() -> Case:
    data = ocsp_response(leaf(), middle(), this_update=AT + DAY, next_update=AT + 5 * DAY)
    return answered(data, expect=("revocation.out_of_window",))


@case
def ocsp_by_a_stranger() -> Case:
    data = ocsp_response(leaf(), middle(), responder=responder(issuer=root("Other")))
    return answered(data, expect=("revocation.unauthorised",))


@case
def ocsp_by_a_delegate_without_the_usage() -> Case:
    data = ocsp_response(leaf(), middle(), responder=responder(eku=(pki.EMAIL,)))
    return answered(data, expect=("revocation.unauthorised",))


@case
def ocsp_by_the_leaf_itself() -> Case:
    data = ocsp_response(leaf(), middle(), responder=leaf())
    return answered(data, expect=("revocation.unauthorised",))


@case
def ocsp_by_an_expired_delegate() -> Case:
    data = ocsp_response(leaf(), middle(), responder=responder(dates=EXPIRED))
    return answered(data, expect=("revocation.unauthorised",))


@case
def ocsp_signature_broken() -> Case:
    data = bytearray(ocsp_response(leaf(), middle()))
    data[-1] ^= 1
    return answered(bytes(data), expect=("revocation.unauthorised",))


@case
def ocsp_junk() -> Case:
    return answered(b"\x30\x03\x0a\x01\x06", b"", b"no", expect=("revocation.malformed",) * 2)


@case
def ocsp_without_the_issuer() -> Case:
    data = ocsp_response(leaf(), middle())
    signature = cose(leaf(), ocsp_responses=(data,))
    codes = ("chain.issuer_missing", "revocation.issuer_missing")
    return Case(signature, Identity.UNLISTED, codes, anchors=(root(),))


def store(tmp_path: Path, one: Case) -> TrustStore:
    def files(kind: str, anchors: tuple[Issued, ...]) -> list[Path]:
        paths = [tmp_path / f"{kind}{number}.pem" for number in range(len(anchors))]
        for file, anchor in zip(paths, anchors, strict=True):
            file.write_bytes(anchor.pem)
        return paths

    return TrustStore.load(
        bundled=False, anchors=files("signer", one.anchors), tsa_anchors=files("tsa", one.tsa)
    )


def said(verdict: ChainVerdict) -> Iterator[str]:
    """Whatever a person is told of a signature, a line each."""
    yield names(verdict.path)
    for one in verdict.findings:
        yield f"{one.severity} {one.code} [{one.where}] {one.message}"
    for stamp in verdict.time_stamps:
        judged = f"trusted as {stamp.trusted}" if stamp.trusted else f"not used: {stamp.reason}"
        yield f"{stamp.header} by {stamp.authority!r} at {stamp.time}: {judged}"
        yield names(stamp.certificates)
    answer = verdict.revocation
    if answer.source:
        yield f"{answer.source}: {answer.status} {answer.reason} {answer.time or ''}".rstrip()


def names(certificates: tuple[CertificateInfo, ...]) -> str:
    return " < ".join(one.common_name for one in certificates)


@each("label", CASES)
def test_each_case_is_judged_as_the_table_says(label: str, tmp_path: Path) -> None:
    one = CASES[label]()
    verdict = chain_verdict(
        one.signature,
        pki.CLAIM,
        trust=store(tmp_path, one),
        at=one.at,
        attached_time_stamps=one.attached,
        attached_ocsp=one.attached_ocsp,
    )
    codes = sorted(finding.code for finding in verdict.findings)
    assert codes == sorted(one.findings), verdict.findings
    for finding in verdict.findings:
        assert finding.where or finding.code.startswith(OF_THE_WHOLE), finding
    assert list(said(verdict)) == ANSWERS[label]
    assert verdict.identity is one.identity
    assert verdict.signature_valid is one.valid
    assert verdict.time is one.time
    assert verdict.signing_time == one.signed_at
    assert verdict.time_tier is (Tier.PRIVATE if one.signed_at else None)
    assert verdict.revocation.status is one.revocation
    if one.path is not None:
        assert len(verdict.path) == one.path
    if one.identity is Identity.PRIVATE:
        assert verdict.hits[0].tier is Tier.PRIVATE
        hit = verdict.hits[0]
        (named,) = [path for path in verdict.path if path.sha256 == hit.sha256]
        assert (hit.subject, hit.by_allow_list) == (named.subject, False)
        assert hit.list_name


def test_every_case_has_its_answer_and_there_are_at_least_sixty() -> None:
    assert list(ANSWERS) == list(CASES)
    assert len(CASES) >= 60
