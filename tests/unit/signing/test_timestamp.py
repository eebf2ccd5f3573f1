"""Time-stamp tokens by themselves: every field, every bound, and what the cache may not mix up."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from support.each import each
from unit.signing import pki
from unit.signing.pki import AT, END, START, Issued, authority, issue, tlv

from provenance.base.terms import Tier
from provenance.signing import algorithms, der, timestamp
from provenance.signing.cache import ChainCache
from provenance.signing.trust_store import TrustStore

if TYPE_CHECKING:
    from pathlib import Path

    from provenance.base.finding import Finding
    from provenance.signing.chain_answer import TimeStamp

ROOT = authority("Stamping root")
TSA = issue("Stamping authority", ROOT, eku=(pki.STAMPING,))
MESSAGE = b"what is stamped"
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
HASHES = {
    "sha1": bytes.fromhex("300706052b0e03021a"),
    "sha256": bytes.fromhex("300b0609608648016503040201"),
    "sha384": bytes.fromhex("300b0609608648016503040202"),
}
ECDSA = {
    "sha1": bytes.fromhex("300906072a8648ce3d0401"),
    "sha256": bytes.fromhex("300a06082a8648ce3d040302"),
    "sha384": bytes.fromhex("300a06082a8648ce3d040303"),
}
EC_PUBLIC_KEY = bytes.fromhex("300906072a8648ce3d0201")
SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
TST_INFO = bytes.fromhex("060b2a864886f70d0109100104")
CONTENT_TYPE = bytes.fromhex("06092a864886f70d010903")
MESSAGE_DIGEST = bytes.fromhex("06092a864886f70d010904")
SIGNER = bytes.fromhex("060b2a864886f70d010910020c")
SIGNER_V2 = bytes.fromhex("060b2a864886f70d010910022f")
OTHER_TYPE = tlv(0x06, b"\x2a\x03")


def read(one: Issued) -> Any:
    return ChainCache().certificate(one.der)


def number(value: int) -> bytes:
    return tlv(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def hashed(data: bytes, name: str = "sha256") -> bytes:
    return tlv(0x04, hashlib.new(name, data).digest())


def attribute(kind: bytes, *values: bytes) -> bytes:
    return tlv(0x30, kind, tlv(0x31, *values))


def named(*parts: bytes) -> bytes:
    """SigningCertificate of one certificate: the parts of its ESSCertID."""
    return tlv(0x30, tlv(0x30, tlv(0x30, *parts)))


def in_ber(data: bytes) -> bytes:
    """The same element with an indefinite length."""
    node = der.parse_der(data)
    return data[:1] + b"\x80" + node.content + b"\0\0"


@dataclass(frozen=True)
class Made:
    """The parts of a token; each is sound unless it is given."""

    version: bytes = number(1)
    policy: bytes = OTHER_TYPE
    imprint: str = "sha256"
    imprinted: bytes | None = None
    serial: bytes = number(7)
    time: bytes = tlv(0x18, b"20260601000000Z")
    info_more: tuple[bytes, ...] = ()
    digest: str = "sha256"
    content_type: bytes = attribute(CONTENT_TYPE, TST_INFO)
    message_digest: bytes | None = None
    algorithm: bytes | None = None
    signing: bytes = attribute(SIGNER_V2, named(hashed(TSA.der)))
    more: tuple[bytes, ...] = ()
    ber: bool = False  # what is stamped, not the whole
    unsorted: bool = False  # as they are written; what is signed is sorted
    by: bytes | None = None
    signature: bytes | None = None
    info_signer: tuple[bytes, ...] = ()
    certificates: tuple[bytes, ...] = (TSA.der,)
    type: bytes = SIGNED_DATA
    encapsulated: bytes = TST_INFO
    after: tuple[bytes, ...] = ()
    signers: int = 1
    key: Issued = TSA

    @property
    def info(self) -> bytes:
        imprint = tlv(0x30, HASHES[self.imprint], self.imprinted or hashed(MESSAGE, self.imprint))
        parts = self.version, self.policy, imprint, self.serial, self.time, *self.info_more
        made = tlv(0x30, *parts)
        return in_ber(made) if self.ber else made

    @property
    def attributes(self) -> bytes:
        digested = self.message_digest
        if digested is None:
            digested = attribute(MESSAGE_DIGEST, hashed(self.info, self.digest))
        return b"".join(sorted((self.content_type, digested, self.signing, *self.more)))

    @property
    def signer(self) -> bytes:
        own = read(self.key)
        by = self.by or tlv(0x30, own.issuer, number(own.serial))
        signature = self.signature
        held = self.attributes
        if self.unsorted:
            held = b"".join(one.raw for one in der.parse_der(tlv(0x31, held)).children()[::-1])
        if signature is None:
            kind = algorithms.SchemeKind.ECDSA
            name = "sha256" if self.digest == "sha1" else self.digest
            scheme = algorithms.Scheme(kind, name, "")
            signature = pki._sign(self.key.key, scheme, tlv(0x31, self.attributes))
        return tlv(
            0x30,
            number(1),
            by,
            HASHES[self.digest],
            tlv(0xA0, held),
            self.algorithm or ECDSA[self.digest],
            tlv(0x04, signature),
            *self.info_signer,
        )

    @property
    def signed_data(self) -> bytes:
        return tlv(
            0x30,
            number(3),
            tlv(0x31, HASHES[self.digest]),
            tlv(0x30, self.encapsulated, tlv(0xA0, tlv(0x04, self.info))),
            tlv(0xA0, *self.certificates),
            *self.after,
            tlv(0x31, *[self.signer] * self.signers),
        )

    @property
    def whole(self) -> bytes:
        return tlv(0x30, self.type, tlv(0xA0, self.signed_data))


PLAIN = Made()


@pytest.fixture(scope="module")
def trust(tmp_path_factory: pytest.TempPathFactory) -> TrustStore:
    return trusting(tmp_path_factory.mktemp("anchors"), ROOT)


def trusting(folder: Path, *anchors: Issued) -> TrustStore:
    file = folder / "anchors.pem"
    file.write_bytes(b"".join(one.pem for one in anchors))
    return TrustStore.load(bundled=False, tsa_anchors=[file] if anchors else [])


def judged(
    data: bytes,
    trust: TrustStore,
    *,
    header: str = "sigTst2",
    message: bytes = MESSAGE,
    cache: ChainCache | None = None,
) -> tuple[TimeStamp, list[str]]:
    stamp, found = timestamp.timestamp_verdict(
        header, data, message, trust=trust, cache=cache or ChainCache()
    )
    return stamp, [said(one) for one in found]


def said(one: Finding) -> str:
    return f"{one.severity} {one.code} [{one.where}] {one.message}"


# ---- reading --------------------------------------------------------------------------------


RESPONSE = tlv(0x30, tlv(0x30, number(0)), PLAIN.whole)


def signed(*fields: bytes) -> bytes:
    """A token of other signed data than it should be."""
    return tlv(0x30, SIGNED_DATA, tlv(0xA0, tlv(0x30, *fields)))


def with_signer(*fields: bytes) -> bytes:
    held = tlv(0x30, TST_INFO, tlv(0xA0, tlv(0x04, PLAIN.info)))
    return signed(number(3), tlv(0x31), held, tlv(0x31, tlv(0x30, *fields)))


@each(
    ("data", "fault"),
    [
        (b"\x30" * (timestamp.MAX_TOKEN_BYTES + 1), "larger than 262144 bytes"),
        (tlv(0x30, tlv(0x30), PLAIN.whole), "the authority refused the request"),
        (tlv(0x30, tlv(0x30, number(2)), PLAIN.whole), "the authority refused the request"),
        (tlv(0x30, tlv(0x30, number(0))), "a response without a token"),
        (tlv(0x30, tlv(0x30, number(0)), PLAIN.whole, b"\5\0"), "a response without a token"),
        (tlv(0x30), "not signed data"),
        (tlv(0x30, SIGNED_DATA), "not signed data"),
        (tlv(0x30, tlv(0x30, number(0)), tlv(0x30, SIGNED_DATA)), "not signed data"),
        (replace(PLAIN, type=TST_INFO).whole, "not signed data"),
        (signed(number(3), tlv(0x31), tlv(0x30)), "signed data is incomplete"),
        (signed(number(3), tlv(0x31), tlv(0x30, TST_INFO), tlv(0x31)), "holds no time-stamp"),
        (replace(PLAIN, encapsulated=SIGNED_DATA).whole, "holds no time-stamp"),
        (replace(PLAIN, certificates=(tlv(0x30),) * 33).whole, "too many certificates"),
        (replace(PLAIN, signers=2).whole, "a time-stamp has one signer"),
        (replace(PLAIN, signers=0).whole, "a time-stamp has one signer"),
        (with_signer(*[tlv(0x05)] * 5), "signer information is incomplete"),
        (replace(PLAIN, by=tlv(0x30, number(1))).whole, "two elements belong here"),
        (replace(PLAIN, more=(PLAIN.content_type,)).whole, "a signed attribute is there twice"),
        (replace(PLAIN, more=(tlv(0x30, OTHER_TYPE),)).whole, "two elements belong here"),
        (replace(PLAIN, time=b"").whole, "not a time-stamp of version 1"),
        (replace(PLAIN, version=number(2)).whole, "not a time-stamp of version 1"),
    ],
)
def test_a_token_that_cannot_be_read_is_noted(data: bytes, fault: str, trust: TrustStore) -> None:
    with pytest.raises(der.DerError) as caught:
        timestamp.read_token(data)
    assert str(caught.value) == fault
    stamp, found = judged(data, trust)
    reason = f"the token cannot be read: {fault}"
    assert (stamp.header, stamp.time, stamp.authority) == ("sigTst2", None, "")
    assert (stamp.trusted, stamp.reason, stamp.certificates) == (None, reason, ())
    assert (stamp.fault, stamp.list_name) == ("timestamp.malformed", "")
    assert found == [f"warning timestamp.malformed [sigTst2] {reason}"]


def test_a_token_just_small_enough_is_read() -> None:
    with pytest.raises(der.DerError, match="the end"):
        timestamp.read_token(b"\x30" * timestamp.MAX_TOKEN_BYTES)
    held = timestamp.read_token(replace(PLAIN, certificates=(TSA.der, *[tlv(0x30)] * 31)).whole)
    assert len(held.certificates) == timestamp.MAX_TOKEN_CERTIFICATES


BY_KEY = read(TSA).subject_key_id


@each(
    "data",
    [
        PLAIN.whole,
        RESPONSE,
        tlv(0x30, tlv(0x30, number(1)), PLAIN.whole),
        tlv(0x30, tlv(0x30, number(0), tlv(0x30)), PLAIN.whole),
        in_ber(PLAIN.whole),
        replace(PLAIN, by=tlv(0x80, BY_KEY)).whole,
        replace(PLAIN, by=tlv(0xA0, tlv(0x04, BY_KEY))).whole,
        replace(PLAIN, more=(attribute(OTHER_TYPE),)).whole,
        replace(PLAIN, more=(attribute(OTHER_TYPE, number(1), number(2)),)).whole,
        replace(PLAIN, certificates=(tlv(0xA1), tlv(0x30), ROOT.der, TSA.der)).whole,
        replace(PLAIN, after=(tlv(0xA1, ROOT.der),)).whole,
        replace(PLAIN, info_signer=(tlv(0xA1, attribute(OTHER_TYPE, number(0))),)).whole,
        replace(PLAIN, digest="sha384").whole,
        replace(PLAIN, imprint="sha384").whole,
        replace(PLAIN, unsorted=True).whole,
        replace(PLAIN, algorithm=EC_PUBLIC_KEY).whole,  # the hash is in digestAlgorithm
        replace(PLAIN, algorithm=EC_PUBLIC_KEY, digest="sha384").whole,
        replace(PLAIN, ber=True).whole,
    ],
)
@each("padding", [0, 1, 300])
def test_each_form_of_a_sound_token_is_trusted(
    data: bytes, padding: int, trust: TrustStore
) -> None:
    """Zeros that fill a reserved place follow a token that may itself end in zeros."""
    stamp, found = judged(data + bytes(padding), trust)
    assert (stamp.trusted, stamp.reason, found) == (Tier.PRIVATE, "", [])
    assert (stamp.header, stamp.time) == ("sigTst2", AT)
    assert (stamp.fault, stamp.list_name) == ("", "anchors.pem")
    assert stamp.authority == "CN=Stamping authority, O=Test"
    assert [one.common_name for one in stamp.certificates] == [
        "Stamping authority",
        "Stamping root",
    ]


@each(
    ("more", "nonce"),
    [
        ((), None),
        ((number(99),), 99),
        ((tlv(0x30, number(1)), tlv(0x01, b"\xff"), number(99)), 99),  # accuracy, ordering
        ((tlv(0x30, number(1)), tlv(0x01, b"\xff")), None),
        ((number(98), number(99)), 98),
    ],
)
def test_the_nonce_of_a_token_is_read(more: tuple[bytes, ...], nonce: int | None) -> None:
    assert timestamp.read_token(replace(PLAIN, info_more=more).whole).nonce == nonce


def test_a_token_is_over_the_bytes_that_it_was_asked_for() -> None:
    for name in ("sha256", "sha384"):
        whole = replace(PLAIN, imprint=name).whole
        assert timestamp.read_over(whole, MESSAGE).imprint_hash == name
        with pytest.raises(der.DerError, match="it stamps other bytes"):
            timestamp.read_over(whole, MESSAGE + b"!")
    with pytest.raises(der.DerError, match="not signed data"):
        timestamp.read_over(tlv(0x30), MESSAGE)


def test_a_token_is_followed_by_nothing_but_zeros() -> None:
    for more in (b"\1", b"\0\1", PLAIN.whole):
        with pytest.raises(der.DerError, match="the end"):
            timestamp.read_token(PLAIN.whole + more)


# ---- judging --------------------------------------------------------------------------------


OTHER = issue("Stamping another", ROOT, eku=(pki.STAMPING,))
WITHOUT_KEY_IDS = issue("Stamping without", ROOT, eku=(pki.STAMPING,), key_ids=False)
NOT_SAID = "the token does not say which certificate signed it"
MALFORMED = "the token cannot be read:"


def by(issuer: bytes, serial: int) -> bytes:
    return tlv(0x30, issuer, number(serial))


@each(
    ("made", "code", "reason"),
    [
        (
            Made(by=by(read(TSA).issuer, 1)),
            "signer_missing",
            "the authority's certificate is not in the token",
        ),
        (
            Made(by=by(read(TSA).subject, read(TSA).serial)),
            "signer_missing",
            "the authority's certificate is not in the token",
        ),
        (
            Made(by=tlv(0x80, b"another"), certificates=(WITHOUT_KEY_IDS.der, TSA.der)),
            "signer_missing",
            "the authority's certificate is not in the token",
        ),
        (
            Made(by=by(read(TSA).issuer, 1), certificates=(WITHOUT_KEY_IDS.der, TSA.der)),
            "signer_missing",
            "the authority's certificate is not in the token",
        ),
        (Made(imprinted=hashed(b"other")), "mismatch", "the token stamps other bytes"),
        (Made(imprint="sha1"), "weak_hash", "the imprint uses sha1, which C2PA does not allow"),
        (Made(digest="sha1"), "weak_hash", "signed over sha1"),
        (Made(content_type=b""), "malformed", "a signed attribute is missing or wrong"),
        (Made(message_digest=b""), "malformed", "a signed attribute is missing or wrong"),
        (
            Made(content_type=attribute(CONTENT_TYPE, SIGNED_DATA)),
            "malformed",
            "a signed attribute is missing or wrong",
        ),
        (
            Made(content_type=attribute(CONTENT_TYPE, TST_INFO, TST_INFO)),
            "malformed",
            "a signed attribute is missing or wrong",
        ),
        (
            Made(message_digest=attribute(MESSAGE_DIGEST, hashed(b"other"))),
            "bad_signature",
            "the signed digest is of another time-stamp",
        ),
        (
            Made(message_digest=attribute(MESSAGE_DIGEST, number(1))),
            "malformed",
            f"{MALFORMED} not an octet string",
        ),
        (
            Made(content_type=attribute(CONTENT_TYPE, number(1))),
            "malformed",
            f"{MALFORMED} element 0x02 where 0x06 belongs",
        ),
        (Made(signing=b""), "malformed", NOT_SAID),
        (Made(signing=attribute(SIGNER_V2, tlv(0x30))), "malformed", NOT_SAID),
        (Made(signing=attribute(SIGNER_V2, tlv(0x30, tlv(0x30)))), "malformed", NOT_SAID),
        (Made(signing=attribute(SIGNER_V2, named())), "malformed", NOT_SAID),
        (Made(signing=attribute(SIGNER_V2, named(HASHES["sha256"]))), "malformed", NOT_SAID),
        (
            Made(signing=attribute(SIGNER_V2, named(tlv(0x30, OTHER_TYPE), hashed(TSA.der)))),
            "malformed",
            NOT_SAID,
        ),
        (
            Made(signing=attribute(SIGNER_V2, named(hashed(ROOT.der)))),
            "signer_mismatch",
            "the token names another certificate",
        ),
        (
            Made(signing=attribute(SIGNER, named(HASHES["sha1"], hashed(TSA.der, "sha1")))),
            "malformed",
            f"{MALFORMED} not an octet string",
        ),
        (Made(signature=b"no"), "bad_signature", "the authority's signature does not verify"),
    ],
)
def test_a_token_that_breaks_a_rule_is_refused(
    made: Made, code: str, reason: str, trust: TrustStore
) -> None:
    stamp, found = judged(made.whole, trust)
    assert (stamp.trusted, stamp.reason, stamp.time) == (None, reason, AT)
    assert found == [f"warning timestamp.{code} [sigTst2] {reason}"]
    assert (stamp.fault, stamp.list_name) == (f"timestamp.{code}", "")
    known = [] if code == "signer_missing" else ["CN=Stamping authority, O=Test"]
    assert stamp.authority == "".join(known)
    assert [one.subject for one in stamp.certificates] == known


@each(
    "signing",
    [
        attribute(SIGNER_V2, named(HASHES["sha256"], hashed(TSA.der))),
        attribute(SIGNER_V2, named(HASHES["sha384"], hashed(TSA.der, "sha384"))),
        attribute(SIGNER_V2, named(hashed(TSA.der), tlv(0x30))),
        attribute(SIGNER_V2, tlv(0x30, tlv(0x30, tlv(0x30, hashed(TSA.der)), tlv(0x30)))),
        attribute(SIGNER, named(hashed(TSA.der, "sha1"))),
        attribute(SIGNER, named(hashed(b"x"))) + attribute(SIGNER_V2, named(hashed(TSA.der))),
    ],
)
def test_a_token_may_name_its_signer_in_each_way_of_rfc_5816(
    signing: bytes, trust: TrustStore
) -> None:
    """RFC 5816: ESSCertIDv2 with the hash it names or SHA-256, before ESSCertID with SHA-1."""
    assert judged(Made(signing=signing).whole, trust)[0].trusted is Tier.PRIVATE


def by_another(tsa: Issued, *others: Issued) -> Made:
    ders = (tsa.der, *(one.der for one in others))
    return Made(key=tsa, certificates=ders, signing=attribute(SIGNER_V2, named(hashed(tsa.der))))


BROKEN = (
    "the authority's chain breaks a rule: the key usage extension is missing (chain.key_usage);"
    " the extended key usage is not time-stamping alone (chain.wrong_eku)"
)
ODD = issue("Stamping odd", ROOT, eku=(pki.STAMPING, pki.EMAIL), usage=None)
LATE = issue("Stamping late", ROOT, eku=(pki.STAMPING,), dates=(AT + SECOND, END))
STRANGER = issue("Stamping stranger", authority("Stamping nobody"), eku=(pki.STAMPING,))


@pytest.mark.parametrize(
    ("tsa", "finding", "reason"),
    [
        (ODD, "warning timestamp.chain_invalid", BROKEN),
        (STRANGER, "note timestamp.untrusted", "the authority is on no time-stamp list"),
        (
            LATE,
            "warning timestamp.outside_validity",
            "outside the validity of CN=Stamping late, O=Test",
        ),
    ],
)
def test_a_time_stamp_authority_that_breaks_a_rule_is_refused(
    tsa: Issued, finding: str, reason: str, trust: TrustStore
) -> None:
    stamp, found = judged(by_another(tsa).whole, trust)
    assert (stamp.trusted, stamp.reason) == (None, reason)
    assert found == [f"{finding} [sigTst2] {reason}"]
    assert (stamp.fault, stamp.list_name) == (finding.split()[1], "")


def test_a_chain_that_was_renewed_is_taken_as_of_the_tokens_time(tmp_path: Path) -> None:
    old = authority("Stamping renewed", dates=(START - 9 * DAY, START - DAY))
    new = authority("Stamping renewed")
    tsa = issue("Stamping under both", old, eku=(pki.STAMPING,))
    stamp, found = judged(by_another(tsa).whole, trusting(tmp_path, old, new))
    assert (stamp.trusted, found) == (Tier.PRIVATE, [])
    assert stamp.certificates[-1].not_before == START


def test_a_token_that_is_refused_later_is_shown_and_not_used(trust: TrustStore) -> None:
    stamp, _ = judged(PLAIN.whole, trust)
    refused = timestamp.refuse(stamp, "timestamp.some", "why")
    assert refused == replace(
        stamp, trusted=None, reason="why", fault="timestamp.some", list_name=""
    )


# ---- what is remembered ---------------------------------------------------------------------


def test_the_cache_of_time_stamps_mixes_nothing_up(tmp_path: Path, trust: TrustStore) -> None:
    """Each differs from the first in one thing that the answer rests on."""
    held = ChainCache()
    nothing = trusting(tmp_path)
    bare = PLAIN.whole
    low = authority("Stamping low", ROOT)
    tsa = issue("Stamping under low", low, eku=(pki.STAMPING,))
    without, full = by_another(tsa).whole, by_another(tsa, low).whole
    asked: list[tuple[tuple[bytes, TrustStore], dict[str, Any]]] = [
        ((bare, trust), {}),
        ((bare, nothing), {}),
        ((bare, trust), {"header": "sigTst"}),
        ((bare, trust), {"message": b"other"}),
        ((without, trust), {}),
        ((full, trust), {}),
    ]
    answers = [judged(*one, **more) for one, more in asked]
    assert [stamp.trusted is not None for stamp, _ in answers] == [
        True,
        False,
        True,
        False,
        False,
        True,
    ]
    for _ in range(2):
        for (one, more), answer in zip(asked, answers, strict=True):
            assert judged(*one, **more, cache=held) == answer


def test_what_was_verified_is_not_verified_again(
    trust: TrustStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = ChainCache()
    whole, another = PLAIN.whole, replace(PLAIN, serial=number(8)).whole
    first = judged(whole, trust, cache=held)
    made = 0
    verify = algorithms.verify

    def count(*args: Any) -> bool:
        nonlocal made
        made += 1
        return verify(*args)

    monkeypatch.setattr(algorithms, "verify", count)
    assert judged(whole, trust, cache=held) == first
    assert made == 0
    assert judged(another, trust, cache=held)[0] == first[0]
    assert made == 1  # its own signature: the authority's chain is known
