"""OCSP responses by themselves: every field, every bound, and who may have signed them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from support.each import each
from unit.signing import pki
from unit.signing.pki import AT, END, START, Issued, authority, issue, tlv

from provenance.base.terms import Revocation
from provenance.signing import algorithms, cache, der, revocation
from provenance.signing.cache import ChainCache
from provenance.signing.chain_answer import RevocationAnswer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provenance.base.finding import Finding

ROOT = authority("Answering root")
LEAF = issue("Answered leaf", ROOT)
DAY, HOUR, SECOND = timedelta(days=1), timedelta(hours=1), timedelta(seconds=1)
NUMBER = LEAF.certificate.serial_number
SERIAL = NUMBER.to_bytes(NUMBER.bit_length() // 8 + 1, "big")
HASHES = {
    "md5": bytes.fromhex("300a06082a864886f70d0205"),
    "sha1": bytes.fromhex("300706052b0e03021a"),
    "sha256": bytes.fromhex("300b0609608648016503040201"),
}
ECDSA_SHA256 = bytes.fromhex("300a06082a8648ce3d040302")
BASIC = bytes.fromhex("06092b0601050507300101")
GOOD, UNKNOWN = tlv(0x80), tlv(0x82)
VERSION_1 = tlv(0xA0, tlv(0x02, b"\0"))


def read(one: Issued) -> Any:
    return ChainCache().certificate(one.der)


def stamp(moment: datetime) -> bytes:
    return tlv(0x18, moment.strftime("%Y%m%d%H%M%SZ").encode())


def digest(data: bytes, name: str = "sha256") -> bytes:
    return tlv(0x04, hashlib.new(name, data).digest())


def key_of(one: Issued) -> bytes:
    """The key as OCSP hashes it, told apart without the code that is tested here."""
    bits = der.parse_der(read(one).spki).children()[1]
    return bits.content[1:]


def revoked(moment: datetime = AT - DAY, *reason: bytes) -> bytes:
    return tlv(0xA1, stamp(moment), *reason)


def because(code: int) -> bytes:
    return tlv(0xA0, tlv(0x0A, bytes([code])))


@dataclass(frozen=True)
class Made:
    """The parts of a response; each is sound unless it is given."""

    status: bytes = tlv(0x0A, b"\0")
    type: bytes = BASIC
    version: bytes = b""
    responder: bytes | None = None
    produced: bytes = stamp(AT - DAY)
    hash: str = "sha256"
    name_hash: bytes = digest(read(LEAF).issuer)
    key_hash: bytes = digest(key_of(ROOT))
    serial: bytes = tlv(0x02, SERIAL)
    said: bytes = GOOD
    updated: bytes = stamp(AT - DAY)
    rest: bytes = tlv(0xA0, stamp(AT + DAY))
    algorithm: bytes = ECDSA_SHA256
    certificates: tuple[bytes, ...] = ()
    signer: Issued = ROOT
    unused: bytes = b"\0"
    more: tuple[bytes, ...] = ()

    @property
    def certificate(self) -> bytes:
        return tlv(0x30, HASHES[self.hash], self.name_hash, self.key_hash, self.serial)

    @property
    def single(self) -> bytes:
        return tlv(0x30, self.certificate, self.said, self.updated, self.rest)

    @property
    def answers(self) -> bytes:
        return tlv(0x30, self.single, *self.more)

    @property
    def signed(self) -> bytes:
        sha1 = digest(key_of(self.signer), "sha1")
        responder = self.responder or tlv(0xA2, sha1)
        return tlv(0x30, self.version, responder, self.produced, self.answers)

    @property
    def basic(self) -> bytes:
        scheme = algorithms.Scheme(algorithms.SchemeKind.PKCS1, "sha256", "")
        made = pki._sign(
            self.signer.key, replace(scheme, kind=algorithms.SchemeKind.ECDSA), self.signed
        )
        parts = [self.signed, self.algorithm, tlv(0x03, self.unused, made)]
        if self.certificates:
            parts.append(tlv(0xA0, tlv(0x30, *self.certificates)))
        return tlv(0x30, *parts)

    @property
    def whole(self) -> bytes:
        return wrapped(self.status, self.type, tlv(0x04, self.basic))


def wrapped(status: bytes, *content: bytes) -> bytes:
    return tlv(0x30, status, tlv(0xA0, tlv(0x30, *content)))


def judged(
    *responses: bytes | None,
    fetched: Sequence[bytes] = (),
    issuer: Issued | None = ROOT,
    signed_at: datetime | None = None,
    at: datetime = AT,
    more: Sequence[RevocationAnswer] = (),
    held: ChainCache | None = None,
) -> tuple[RevocationAnswer, tuple[Finding, ...]]:
    given: list[tuple[str, bytes | None]] = [("rVals", one) for one in responses]
    given += [(revocation.RESPONDER, one) for one in fetched]
    return revocation.ocsp_answer(
        read(LEAF),
        read(issuer) if issuer else None,
        given,
        signed_at=signed_at,
        at=at,
        cache=held or ChainCache(),
        more=more,
    )


def said(answer: tuple[RevocationAnswer, tuple[Finding, ...]]) -> list[str]:
    return [f"{one.severity} {one.code} [{one.where}] {one.message}" for one in answer[1]]


def note(code: str, message: str) -> list[str]:
    return [f"note revocation.{code} [rVals] {message}"]


# ---- reading --------------------------------------------------------------------------------


def test_the_responses_made_for_these_tests_are_sound() -> None:
    for made in (Made(), Made(version=VERSION_1), Made(rest=b"")):
        assert judged(made.whole) == (RevocationAnswer(Revocation.GOOD, "rVals"), ())


PLAIN = Made()
JUNK = tlv(0x30)
MANY = (PLAIN.single,) * revocation.MAX_RESPONSES


@each(
    ("data", "fault"),
    [
        (b"\x30" * (revocation.MAX_RESPONSE_BYTES + 1), "larger than 262144 bytes"),
        (tlv(0x30), "the responder gave no answer"),
        (wrapped(tlv(0x0A, b"\1"), BASIC, tlv(0x04, PLAIN.basic)), "the responder gave no answer"),
        (tlv(0x30, PLAIN.status), "a response without content"),
        (wrapped(PLAIN.status, BASIC), "not a basic response"),
        (wrapped(PLAIN.status, BASIC, tlv(0x04), tlv(0x05)), "not a basic response"),
        (replace(PLAIN, type=tlv(0x06, b"\x2a")).whole, "not a basic response"),
        (
            wrapped(PLAIN.status, BASIC, tlv(0x04, tlv(0x30, PLAIN.signed, ECDSA_SHA256))),
            "the response is incomplete",
        ),
        (replace(PLAIN, unused=b"\1").whole, "bad signature"),
        (replace(PLAIN, produced=b"").whole, "the response is incomplete"),
        (replace(PLAIN, produced=b"", version=VERSION_1).whole, "the response is incomplete"),
        (replace(PLAIN, more=MANY).whole, "too many answers"),
        (
            replace(PLAIN, certificates=(tlv(0x30),) * (revocation.MAX_RESPONSES + 1)).whole,
            "too many answers",
        ),
        (replace(PLAIN, updated=b"", rest=b"").whole, "an answer is incomplete"),
        (replace(PLAIN, serial=b"").whole, "bad certificate identifier"),
        (replace(PLAIN, said=tlv(0xA1)).whole, "a revocation without its time"),
    ],
)
def test_a_response_that_cannot_be_read_is_an_error(data: bytes, fault: str) -> None:
    with pytest.raises(der.DerError) as caught:
        revocation.read_ocsp_response(data)
    assert str(caught.value) == fault


def test_a_response_just_small_enough_is_read() -> None:
    with pytest.raises(der.DerError, match="the end"):
        revocation.read_ocsp_response(b"\x30" * revocation.MAX_RESPONSE_BYTES)
    whole = replace(PLAIN, more=MANY[1:], certificates=(tlv(0x30),) * revocation.MAX_RESPONSES)
    held = revocation.read_ocsp_response(whole.whole)
    assert len(held.singles) == len(held.certificates) == revocation.MAX_RESPONSES


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (revoked(), "unspecified"),
        (revoked(AT - DAY, because(0)), "unspecified"),
        (revoked(AT - DAY, because(1)), "key_compromise"),
        (revoked(AT - DAY, because(7)), "reason 7"),
        (revoked(AT - DAY, tlv(0xA0, tlv(0x0A, b"\1\0"))), "reason 256"),
    ],
)
def test_a_revoked_certificate_says_why(status: bytes, reason: str) -> None:
    answer, _ = judged(replace(PLAIN, said=status).whole)
    assert answer == RevocationAnswer(Revocation.REVOKED, "rVals", AT - DAY, reason)


@pytest.mark.parametrize("status", [UNKNOWN, tlv(0x83)])
def test_a_response_neither_good_nor_revoked_is_unknown(status: bytes) -> None:
    answer, _ = judged(replace(PLAIN, said=status).whole)
    assert answer == RevocationAnswer(Revocation.UNKNOWN, "rVals")


def test_a_certificate_whose_revocation_was_taken_back_is_good() -> None:
    answer = judged(replace(PLAIN, said=revoked(AT - DAY, because(8))).whole)
    assert answer == (RevocationAnswer(Revocation.GOOD, "rVals", None, "remove_from_crl"), ())


SAID = {
    Revocation.REVOKED: (
        "error revocation.revoked [own.crl] the signing certificate was revoked%s (superseded)"
    ),
    Revocation.REVOKED_LATER: (
        "warning revocation.revoked_later [own.crl] revoked%s (superseded), after it signed"
    ),
    Revocation.GOOD: "",
    Revocation.UNKNOWN: (
        "warning revocation.unknown [own.crl] the responder does not know the signing certificate"
    ),
}


@pytest.mark.parametrize("status", SAID)
def test_an_answer_about_the_signer_is_told_with_its_times(status: Revocation) -> None:
    for moment, when in ((None, ""), (AT, " at 2026-06-01T00:00:00Z")):
        one = RevocationAnswer(status, "own.crl", moment, "superseded")
        answer = judged(more=[one])
        assert answer[0] == one
        text = SAID[status]
        assert said(answer) == ([text % when if "%" in text else text] if text else [])


def test_of_several_answers_the_worst_one_counts() -> None:
    order = [RevocationAnswer(status, str(status)) for status in SAID]
    for number, worst in enumerate(order):
        for more in (order[number:], order[number:][::-1]):
            assert judged(more=more)[0] == worst


# ---- which certificate ----------------------------------------------------------------------


OTHER_ROOT = authority("Another answering root")


@pytest.mark.parametrize(
    "made",
    [
        Made(name_hash=digest(read(OTHER_ROOT).subject)),
        Made(key_hash=digest(key_of(OTHER_ROOT))),
        Made(serial=tlv(0x02, SERIAL[:-1] + b"\0")),
    ],
)
def test_an_identifier_has_to_fit_in_every_part(made: Made) -> None:
    answer = judged(made.whole)
    assert answer[0] == RevocationAnswer(Revocation.NOT_CHECKED)
    assert said(answer) == note("other_certificate", "the response is about another certificate")


@pytest.mark.parametrize(("name", "status"), [("sha1", "good"), ("md5", "not_checked")])
def test_sha1_may_name_a_certificate_and_weaker_hashes_may_not(name: str, status: str) -> None:
    names = {"name_hash": digest(read(LEAF).issuer, name), "key_hash": digest(key_of(ROOT), name)}
    assert judged(Made(hash=name, **names).whole)[0].status == status


@each("serial", ["00", "01", "7f", "0080", "00ff", "0100", "ff", "80", "ff7f", "8000", "01" * 20])
def test_the_number_is_looked_for_as_it_is_written(serial: str) -> None:
    """In DER, of either sign: what does not hold it is not about the certificate."""
    held = bytes.fromhex(serial)
    leaf = replace(read(LEAF), serial=int.from_bytes(held, signed=True))
    assert revocation._serial(leaf) == held
    made = replace(PLAIN, serial=tlv(0x02, held)).whole
    asked: dict[str, Any] = {"signed_at": None, "at": AT, "cache": ChainCache()}
    answer, _ = revocation.ocsp_answer(leaf, read(ROOT), [("rVals", made)], **asked)
    assert answer.status is Revocation.GOOD


def test_a_certificate_without_a_key_is_nobodys_issuer() -> None:
    for spki in (tlv(0x30), tlv(0x30, tlv(0x03, b"\0"))):
        with pytest.raises(der.DerError) as caught:
            revocation.key_bits(replace(read(ROOT), spki=spki))
        assert str(caught.value) == "a certificate without a key"


def test_the_answer_about_the_signer_is_found_among_others() -> None:
    other = replace(PLAIN, serial=tlv(0x02, b"\7"), said=revoked())
    assert judged(replace(other, more=(PLAIN.single,)).whole)[0].status is Revocation.GOOD


# ---- who answers ----------------------------------------------------------------------------


def responder(label: str = "Answering responder", **options: Any) -> Issued:
    return issue(label, options.pop("by", ROOT), **{"eku": (pki.OCSP_EKU,), **options})


STRANGER = pki.key("answering stranger")
SAME_NAME = authority("Answering root", key_label="another key")


@each(
    ("by", "fault"),
    [
        (responder(), ""),
        (responder(usage=None), ""),
        (responder(key_ids=False), ""),
        (responder(usage=("key_agreement",)), "the responder's key is not for signatures"),
        (responder(eku=None), "the responder is not certified for OCSP signing"),
        (
            responder(by=OTHER_ROOT, key_ids=False),
            "the responder was not appointed by the issuer of the certificate",
        ),
        (
            responder(by=SAME_NAME),
            "the responder was not appointed by the issuer of the certificate",
        ),
        (
            responder(by=SAME_NAME, key_ids=False),
            "the issuer did not sign the responder's certificate",
        ),
        (responder(signer=STRANGER), "the issuer did not sign the responder's certificate"),
        (
            responder(dates=(AT - HOUR, END)),
            "the responder's certificate was not valid when it answered",
        ),
    ],
)
def test_only_the_issuer_or_its_responder_may_answer(by: Issued, fault: str) -> None:
    answer = judged(Made(signer=by, certificates=(by.der,)).whole)
    assert answer[0].status is (Revocation.NOT_CHECKED if fault else Revocation.GOOD)
    assert said(answer) == (note("unauthorised", fault) if fault else [])


def test_a_responder_may_be_named_by_its_subject() -> None:
    assert judged(Made(responder=tlv(0xA1, read(ROOT).subject)).whole)[0].status == "good"
    answer = judged(Made(responder=tlv(0xA1, read(LEAF).subject)).whole)
    assert said(answer) == note("unauthorised", "the responder's certificate is not there")


def test_without_the_issuer_no_ocsp_answer_can_be_checked() -> None:
    answer = judged(PLAIN.whole, JUNK, issuer=None)
    assert answer[0] == RevocationAnswer(Revocation.NOT_CHECKED)
    why = "the issuer's certificate is missing, so responses cannot be checked"
    assert said(answer) == note("issuer_missing", why)


def test_a_responder_has_to_be_there() -> None:
    answer = judged(Made(signer=responder(), certificates=(LEAF.der,)).whole)
    assert answer[0].status is Revocation.NOT_CHECKED
    assert said(answer) == note("unauthorised", "the responder's certificate is not there")


def test_a_responder_is_found_after_others_that_will_not_do() -> None:
    by = responder()
    unfit = responder(eku=(pki.EMAIL,))
    answer = judged(Made(signer=by, certificates=(tlv(0x30), LEAF.der, unfit.der, by.der)).whole)
    assert (answer[0].status, said(answer)) == (Revocation.GOOD, [])


def test_of_several_faults_of_responders_of_one_name_the_last_is_told() -> None:
    by = responder()
    odd = issue("Answering responder", ROOT, eku=(pki.OCSP_EKU,), dates=(START, END - DAY))
    made = Made(signer=by, certificates=(by.der, odd.der), algorithm=ECDSA_SHA256[:-1] + b"\3")
    answer = judged(made.whole)
    assert said(answer) == note("unauthorised", "the response's signature does not verify")


def test_a_forged_answer_takes_nothing_from_a_signed_one() -> None:
    forged = Made(signer=responder(signer=STRANGER), certificates=(responder(signer=STRANGER).der,))
    for responses in (
        (forged.whole, Made(said=revoked()).whole),
        (Made(said=revoked()).whole, forged.whole),
    ):
        answer = judged(*responses)
        assert answer[0].status is Revocation.REVOKED
        assert len(answer[1]) == 2


# ---- when -----------------------------------------------------------------------------------


FUTURE = "the response is of 2026-06-01, after the validation time"


@pytest.mark.parametrize(
    ("ahead", "fault"),
    [
        (timedelta(), ""),
        (revocation.CLOCK_SKEW, ""),
        (revocation.CLOCK_SKEW + SECOND, FUTURE),
    ],
)
def test_a_responders_clock_may_be_five_minutes_ahead(ahead: timedelta, fault: str) -> None:
    answer = judged(Made(updated=stamp(AT + ahead)).whole)
    assert answer[0].status is (Revocation.NOT_CHECKED if fault else Revocation.GOOD)
    assert said(answer) == (note("out_of_window", fault) if fault else [])


@pytest.mark.parametrize(
    ("made", "last"),
    [
        (Made(rest=tlv(0xA0, stamp(AT + HOUR))), AT + HOUR),
        (Made(rest=tlv(0xA1, stamp(AT)) + tlv(0xA0, stamp(AT + HOUR))), AT + HOUR),
        (Made(rest=b""), AT),  # 24 hours after it was produced
        (Made(rest=b"", produced=stamp(AT)), AT + DAY),
    ],
)
def test_a_response_lasts_until_its_next_update(made: Made, last: datetime) -> None:
    assert judged(made.whole, at=last)[0].status is Revocation.GOOD
    answer = judged(made.whole, at=last + SECOND)
    assert answer[0].status is Revocation.NOT_CHECKED
    (line,) = said(answer)
    assert line.startswith("note revocation.out_of_window [rVals] the response speaks for")


@pytest.mark.parametrize(
    ("when", "status"),
    [
        (-SECOND, Revocation.REVOKED),
        (timedelta(), Revocation.REVOKED),
        (SECOND, Revocation.REVOKED_LATER),
    ],
)
def test_revoked_in_the_second_it_was_signed_is_revoked(
    when: timedelta, status: Revocation
) -> None:
    signed_at = AT - 2 * DAY
    answer, _ = judged(Made(said=revoked(signed_at + when)).whole, signed_at=signed_at)
    assert answer.status is status


# ---- bounds ---------------------------------------------------------------------------------


def forged(count: int) -> list[bytes]:
    """Responses about the leaf with a signature that does not verify, each another."""
    odd = replace(PLAIN, signer=issue("Answering nobody", ROOT))
    made = [replace(odd, rest=tlv(0xA0, stamp(AT + n * SECOND))) for n in range(count)]
    key_id = tlv(0xA2, digest(key_of(ROOT), "sha1"))
    return [replace(one, responder=key_id).whole for one in made]


def test_sixty_four_answers_about_the_signer_are_read() -> None:
    limit = revocation.MAX_RESPONSES
    many = forged(limit)
    assert judged(*many[1:], PLAIN.whole)[0].status is Revocation.GOOD
    assert judged(*many, PLAIN.whole)[0].status is Revocation.UNKNOWN
    # One that says good is not believed where others about the signer were left unread.
    assert judged(PLAIN.whole, *many)[0].status is Revocation.UNKNOWN
    assert judged(PLAIN.whole, *many[1:])[0].status is Revocation.GOOD
    # What is about another certificate, or empty, takes no place.
    other = replace(PLAIN, name_hash=digest(b"another")).whole
    assert judged(b"", other, *many[1:], PLAIN.whole)[0].status is Revocation.GOOD
    # One that is about the signer and out of date does.
    old = [Made(rest=tlv(0xA0, stamp(AT - n * SECOND))).whole for n in range(1, limit + 1)]
    assert judged(*old[1:], PLAIN.whole)[0].status is Revocation.GOOD
    bounded = judged(*old, PLAIN.whole)
    assert bounded[0] == RevocationAnswer(Revocation.UNKNOWN)
    assert said(bounded)[-1] == (
        "warning revocation.bounded []"
        " not every revocation answer in the file was read: there are too many"
    )


def test_where_the_budget_of_the_file_is_spent_only_what_was_fetched_is_read() -> None:
    held = ChainCache()
    held.charge("spent", cache.MAX_CHECKS)
    assert judged(PLAIN.whole, held=held)[0] == RevocationAnswer(Revocation.UNKNOWN)
    answer = judged(PLAIN.whole, fetched=[PLAIN.whole], held=held)
    assert answer[0] == RevocationAnswer(Revocation.GOOD, revocation.RESPONDER)


def test_answers_that_were_not_kept_hide_none_of_those_that_were() -> None:
    answer = judged(None, Made(said=revoked()).whole)
    assert answer[0].status is Revocation.REVOKED
    assert [one.code for one in answer[1]] == ["revocation.bounded", "revocation.revoked"]


@pytest.mark.parametrize("shape", ["long", "with the number"])
def test_junk_that_is_no_answer_about_the_signer_costs_nothing(shape: str) -> None:
    """Too short for a signature, or without the certificate's number, whatever else it is."""
    numbers = [n.to_bytes(2, "big") for n in range(800)]
    junk = [bytes(120) + n if shape == "long" else SERIAL + n for n in numbers]
    held = ChainCache()
    answer = judged(*junk, PLAIN.whole, held=held)
    assert answer[0].status is Revocation.GOOD
    assert held._spent == revocation.MAX_NOTED + 1  # what is noted is read, as the answer is


def test_junk_among_responses_is_noted_up_to_a_bound() -> None:
    junk = [tlv(tag) for tag in range(0x40, 0x40 + 20)]
    notes = said(judged(*junk))
    assert len(notes) == revocation.MAX_NOTED
    assert (
        notes[0]
        == note("malformed", "the response cannot be read: element 0x40 where 0x30 belongs")[0]
    )
    # One of the least length that holds the number is told all the same.
    least = tlv(0x70, SERIAL, bytes(revocation.LEAST_RESPONSE_BYTES - 2 - len(SERIAL)))
    assert len(least) == revocation.LEAST_RESPONSE_BYTES
    assert len(said(judged(*junk, least))) == revocation.MAX_NOTED + 1
