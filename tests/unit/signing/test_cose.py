"""COSE_Sign1: fields without judgement, or CoseError."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import cbor2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.each import each
from support.pki import credential
from support.tsa import stamped

from provenance.kit.cose_sign1 import ChainPlace, Sealing, StampHeader, sign1
from provenance.signing import cose
from provenance.signing.chain_answer import TimeStampToken
from provenance.signing.cose import MAX_CERTIFICATES, MAX_TOKENS, CoseError

REAL = sign1(
    b"claim",
    credential(),
    how=Sealing(stamp=stamped(datetime(2025, 6, 1, tzinfo=UTC)), ocsp=(b"answer",)),
)


def sign(protected: Any = None, unprotected: Any = None, signature: Any = b"s") -> bytes:
    header = protected if isinstance(protected, bytes) else cbor2.dumps(protected or {})
    return cbor2.dumps(
        cbor2.CBORTag(18, [header, {} if unprotected is None else unprotected, None, signature])
    )


def test_a_real_signature_is_read_in_full() -> None:
    found = cose.read_cose(REAL)
    assert found.algorithm == -7
    assert found.certificates == tuple(credential().chain_der)
    assert [t.header for t in found.time_stamps] == ["sigTst2"]
    assert found.ocsp == (b"answer",)
    assert len(found.signature) == 64
    assert cbor2.loads(found.protected)[1] == -7


@pytest.mark.parametrize("place", list(ChainPlace))
def test_the_chain_is_found_in_every_place_it_may_stand(place: ChainPlace) -> None:
    found = cose.read_cose(sign1(b"claim", credential(), how=Sealing(place=place)))
    assert found.certificates == tuple(credential().chain_der)


def test_the_protected_chain_wins_over_the_unprotected() -> None:
    found = cose.read_cose(sign({33: [b"signed"]}, {"x5chain": [b"anyone's"]}))
    assert found.certificates == (b"signed",)


@pytest.mark.parametrize("key", [33, "x5chain"])
def test_a_chain_in_both_headers_is_refused(key: int | str) -> None:
    with pytest.raises(cose.CoseError, match="both headers"):
        cose.read_cose(sign({key: [b"signed"]}, {key: [b"anyone's"]}))


def test_one_certificate_may_stand_without_a_list() -> None:
    assert cose.read_cose(sign({33: b"leaf"})).certificates == (b"leaf",)


def test_both_time_stamp_headers_are_read_the_newer_first() -> None:
    both = {
        "sigTst": {"tstTokens": [{"val": b"old"}]},
        "sigTst2": {"tstTokens": [{"val": b"new"}]},
    }
    found = cose.read_cose(sign({}, both)).time_stamps
    assert [(t.header, t.der) for t in found] == [("sigTst2", b"new"), ("sigTst", b"old")]
    assert [h.value for h in StampHeader] == ["sigTst", "sigTst2"]


def test_a_time_stamp_in_the_protected_header_does_not_count() -> None:
    assert cose.read_cose(sign({"sigTst2": {"tstTokens": [{"val": b"x"}]}})).time_stamps == ()


def test_certificates_and_tokens_are_bounded() -> None:
    many = {"sigTst2": {"tstTokens": [{"val": b"t"}] * 100}, "rVals": {"ocspVals": [b"o"] * 100}}
    found = cose.read_cose(sign({33: [b"c"] * 1000}, many))
    assert len(found.certificates) == MAX_CERTIFICATES
    assert len(found.time_stamps) == MAX_TOKENS


@pytest.mark.parametrize("tag", ["d2", "d812", "d90012", "da00000012", "db0000000000000012"])
def test_the_tag_may_be_written_in_more_bytes_than_it_needs(tag: str) -> None:
    assert cose.read_cose(bytes.fromhex(tag) + REAL[1:]) == cose.read_cose(REAL)


@each("tag", ["", "d1", "d3", "c0", "d862", "d83d", "d9d9f7", "d83dd2"])
def test_another_tag_is_another_structure(tag: str) -> None:
    """No tag; COSE_Mac0, an unknown one, a date, COSE_Sign, CWT; tag 18 within others."""
    with pytest.raises(CoseError, match="does not begin with tag 18"):
        cose.read_cose(bytes.fromhex(tag) + REAL[1:])


@pytest.mark.parametrize("algorithm", ["ES256", None, b"x", [1], 1.5])
def test_an_algorithm_that_is_no_number_is_none(algorithm: Any) -> None:
    assert cose.read_cose(sign({1: algorithm})).algorithm is None


@each(
    "data",
    [
        b"",
        b"\xd2",
        b"\xd2" + cbor2.dumps({}),
        b"\xd2" + cbor2.dumps([b"", {}, None]),
        b"\xd2" + cbor2.dumps([b"", {}, None, b"s", 1]),
        b"\xd2" + cbor2.dumps([{}, {}, None, b"s"]),
        b"\xd2" + cbor2.dumps([b"", [], None, b"s"]),
        b"\xd2" + cbor2.dumps([b"", {}, None, "s"]),
        sign(b"\x80"),
        sign(b"\xff"),
        sign(b"\xa2\x01\x26\x01\x27"),
    ],
    ids=[
        "empty",
        "tag alone",
        "map",
        "three",
        "five",
        "bare map",
        "headers no map",
        "text signature",
        "protected no map",
        "protected no CBOR",
        "protected with a key twice",
    ],
)
def test_bytes_that_are_no_cose_sign1_are_refused(data: bytes) -> None:
    with pytest.raises(CoseError):
        cose.read_cose(data)


def unreadable(key: Any) -> tuple[TimeStampToken, ...]:
    """A time-stamp that cannot be read stands for each header of time-stamps without one."""
    return (TimeStampToken(key, b""),) if str(key).startswith("sigTst") else ()


@each("wrong", [None, 1, "text", b"bytes", [], {}, [1], [{}], {"a": 1}, True])
@each("key", [33, "x5chain", "sigTst", "sigTst2", "rVals"])
def test_headers_of_a_wrong_type_count_as_missing(key: Any, wrong: Any) -> None:
    found = cose.read_cose(sign({}, {key: wrong}))
    assert found.time_stamps == unreadable(key)
    assert found.ocsp == ()
    assert found.certificates == (
        (b"bytes",) if wrong == b"bytes" and key in {33, "x5chain"} else ()
    )


@each("wrong", [None, 1, "text", b"bytes", {}, [1], [{"val": "text"}], [[]]])
def test_token_lists_of_a_wrong_type_count_as_missing(wrong: Any) -> None:
    found = cose.read_cose(
        sign({}, {"sigTst2": {"tstTokens": wrong}, "rVals": {"ocspVals": wrong}})
    )
    assert found.time_stamps == unreadable("sigTst2")
    assert found.ocsp == ()


def test_every_truncation_is_refused() -> None:
    for end in range(0, len(REAL), 7):
        with pytest.raises(CoseError):
            cose.read_cose(REAL[:end])


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(REAL) - 1), st.integers(0, 255)), max_size=4))
def test_any_mutation_gives_a_signature_or_cose_error(changes: list[tuple[int, int]]) -> None:
    data = bytearray(REAL)
    for at, value in changes:
        data[at] = value
    try:
        found = cose.read_cose(bytes(data))
    except CoseError:
        return
    assert [c for c in found.certificates if not isinstance(c, bytes)] == []


@pytest.mark.parametrize("payload", [None, b"", b"claim"])
def test_a_payload_is_kept_apart_from_none(payload: bytes | None) -> None:
    found = cose.read_cose(sign1(b"claim", credential(), how=Sealing(payload=payload)))
    assert found.payload == payload


@pytest.mark.parametrize("payload", ["text", 1, [], {}, False])
def test_a_payload_of_a_wrong_type_is_malformed(payload: Any) -> None:
    with pytest.raises(CoseError, match="payload"):
        cose.read_cose(cbor2.dumps(cbor2.CBORTag(18, [b"", {}, payload, b"s"])))


@pytest.mark.parametrize(
    ("critical", "unknown"),
    [
        ([33], ()),
        ([1, 33], ()),
        (["x-evil"], ("x-evil",)),
        ([33, 99, "x-evil"], ("99", "x-evil")),
        (["x" * 200], ("x" * cose.MAX_LABEL,)),
    ],
)
def test_critical_headers_that_are_not_understood_are_told(
    critical: list[Any], unknown: tuple[str, ...]
) -> None:
    headers = {1: -7, 33: [b"leaf"], **{label: 0 for label in critical if label != 33}}
    found = cose.read_cose(sign({**headers, 1: -7, 2: critical}))
    assert found.not_understood == unknown
    assert cose.read_cose(sign(headers)).not_understood == ()


@each(
    "critical",
    [None, 1, "x", {}, [], [98], [[1]], [True], [1.0], [b"x"], list(range(1, 40))],
)
def test_a_list_of_critical_headers_that_breaks_a_rule_is_malformed(critical: Any) -> None:
    headers = dict.fromkeys(range(1, 40), 0)
    with pytest.raises(CoseError, match="crit"):
        cose.read_cose(sign({**headers, 2: critical}))


def test_critical_headers_outside_the_signed_ones_are_malformed() -> None:
    with pytest.raises(CoseError, match="outside"):
        cose.read_cose(sign({1: -7}, {2: [1]}))


def test_no_number_of_ocsp_responses_hides_one() -> None:
    held = cose.read_cose(
        sign({}, {"rVals": {"ocspVals": [b"o"] * 5000 + [1, "text"] + [b"last"]}})
    )
    assert held.ocsp[-1] == b"last"
    assert len(held.ocsp) == 5001


@each(
    ("written", "read"),
    [
        (0, datetime(1970, 1, 1, tzinfo=UTC)),
        (1_780_272_000, datetime(2026, 6, 1, tzinfo=UTC)),
        (1.5, datetime(1970, 1, 1, 0, 0, 1, 500_000, tzinfo=UTC)),
        (1 << 62, None),
        (float("nan"), None),
        (True, None),
        ("2026-06-01", None),
    ],
)
def test_the_time_that_the_signer_claims_is_read(written: Any, read: datetime | None) -> None:
    assert cose.read_cose(sign({1: -7, "iat": written})).claimed_time == read
    assert cose.read_cose(sign({1: -7}, {"iat": written})).claimed_time is None


@pytest.mark.parametrize("place", range(4))
def test_a_tag_within_the_structure_of_a_signature_is_refused(place: int) -> None:
    """RFC 9052 section 4.2: the array holds byte strings, a map and nil, none of them tagged."""
    parts: list[Any] = [cbor2.dumps({1: -7}), {}, None, b"s"]
    cose.read_cose(cbor2.dumps(cbor2.CBORTag(18, parts)))
    parts[place] = cbor2.CBORTag(18, parts[place])
    with pytest.raises(CoseError, match="a tag within"):
        cose.read_cose(cbor2.dumps(cbor2.CBORTag(18, parts)))


@each(
    "header",
    [
        {1: cbor2.CBORTag(6, -7)},
        {1: -7, 33: cbor2.CBORTag(64, b"der")},
        {1: -7, 33: [b"der", cbor2.CBORTag(64, b"der")]},
        {1: -7, "x5chain": cbor2.CBORTag(6, [b"der"])},
        {1: -7, cbor2.CBORTag(6, 33): b"der"},
        cbor2.CBORTag(55799, {1: -7, 33: b"der"}),
    ],
)
def test_a_tag_on_the_algorithm_or_the_certificates_is_refused(header: Any) -> None:
    with pytest.raises(CoseError, match="a tag on"):
        cose.read_cose(sign(cbor2.dumps(header)))
    if isinstance(header, dict) and len(header) > 1:
        with pytest.raises(CoseError, match="a tag on"):
            cose.read_cose(sign(cbor2.dumps({1: -7}), header))


def test_a_tag_on_another_header_is_none_of_ours() -> None:
    other = {"org.example.when": cbor2.CBORTag(0, "2026-06-01T00:00:00Z")}
    assert cose.read_cose(sign({1: -7, **other}, other)).algorithm == -7


@pytest.mark.parametrize("tag", ["d2", "d1", "d83d"])
def test_a_tag_around_the_structure_of_a_signature_is_refused(tag: str) -> None:
    with pytest.raises(CoseError, match="a tag within"):
        cose.read_cose(REAL[:1] + bytes.fromhex(tag) + REAL[1:])
