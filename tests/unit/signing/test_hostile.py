"""Malformed and costly input: findings, never a traceback, and never for long."""

from __future__ import annotations

import contextlib
import dataclasses
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.each import each
from unit.signing import pki
from unit.signing.pki import AT, authority, cose, issue, ocsp_response, token

from provenance.signing import algorithms, certificate, der, revocation, timestamp
from provenance.signing.cache import ChainCache
from provenance.signing.chain_answer import CoseSignature, TimeStampToken
from provenance.signing.claim_signature import chain_verdict
from provenance.signing.trust_store import TrustStore

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = authority("Fuzz root")
LEAF = issue("Fuzz leaf", ROOT)
TSA = issue("Fuzz TSA", ROOT, eku=(pki.STAMPING,))
PLAIN = cose(LEAF, ROOT)
TOKEN = token(pki.stamped_bytes(PLAIN), TSA, ROOT, response=True)
ANSWER = ocsp_response(LEAF, ROOT, responder=issue("Fuzz OCSP", ROOT, eku=(pki.OCSP_EKU,)))
EMPTY = TrustStore.load(bundled=False)


def mutated(data: bytes) -> st.SearchStrategy[bytes]:
    """Junk, and `data` with bytes changed, cut out or doubled."""
    edit = st.tuples(
        st.integers(0, len(data) - 1),
        st.integers(0, 255),
        st.sampled_from(["change", "cut", "double"]),
    )

    def apply(edits: list[tuple[int, int, str]]) -> bytes:
        out = bytearray(data)
        for place, value, how in edits:
            if how == "change" and place < len(out):
                out[place] = value
            elif how == "cut":
                del out[place : place + value % 16]
            else:
                out[place:place] = out[place : place + value]
        return bytes(out)

    return st.one_of(st.binary(max_size=200), st.lists(edit, min_size=1, max_size=6).map(apply))


@settings(max_examples=400, deadline=None)
@given(data=mutated(LEAF.der))
def test_mutated_certificates_are_read_or_refused(data: bytes) -> None:
    with contextlib.suppress(der.DerError):
        certificate.describe(certificate.read_certificate(data))
    odd = CoseSignature(-7, PLAIN.protected, PLAIN.signature, (data, *PLAIN.certificates[1:]))
    chain_verdict(odd, pki.CLAIM, trust=EMPTY, at=AT)
    beside = CoseSignature(-7, PLAIN.protected, PLAIN.signature, (LEAF.der, data))
    chain_verdict(beside, pki.CLAIM, trust=EMPTY, at=AT)


@settings(max_examples=400, deadline=None)
@given(data=mutated(TOKEN), header=st.sampled_from(["sigTst", "sigTst2", "other"]))
def test_mutated_time_stamps_give_no_signing_time(data: bytes, header: str) -> None:
    stamps = (TimeStampToken(header, data),)
    odd = CoseSignature(-7, PLAIN.protected, PLAIN.signature, PLAIN.certificates, stamps)
    verdict = chain_verdict(odd, pki.CLAIM, trust=EMPTY, at=AT, attached_time_stamps=(data,))
    assert len(verdict.time_stamps) == 2
    assert verdict.signing_time is None


@settings(max_examples=400, deadline=None)
@given(data=mutated(ANSWER))
def test_mutated_ocsp_responses_are_judged(data: bytes) -> None:
    odd = CoseSignature(-7, PLAIN.protected, PLAIN.signature, PLAIN.certificates, (), (data,))
    chain_verdict(odd, pki.CLAIM, trust=EMPTY, at=AT, attached_ocsp=(data,))


@pytest.mark.parametrize("held", ["", "06092b0601050507300101", "0400", "0600" * 3])
def test_a_response_whose_content_is_no_pair(held: str) -> None:
    inner = bytes.fromhex(held)
    content = bytes([0x30, len(inner)]) + inner
    body = b"\x0a\x01\x00" + bytes([0xA0, len(content)]) + content
    data = bytes([0x30, len(body)]) + body
    with pytest.raises(der.DerError):
        revocation.read_ocsp_response(data)
    odd = CoseSignature(-7, PLAIN.protected, PLAIN.signature, PLAIN.certificates, (), (data,))
    assert chain_verdict(odd, pki.CLAIM, trust=EMPTY, at=AT).revocation.status != "revoked"


@pytest.mark.parametrize("numbers", [(-5, 3), (5, -3), (0, 0)])
def test_a_key_of_negative_numbers_is_none(numbers: tuple[int, int]) -> None:
    content = b"".join(b"\x02\x01" + n.to_bytes(1, "big", signed=True) for n in numbers)
    held = b"\x00\x30" + bytes([len(content)]) + content
    rsa = bytes.fromhex("300d06092a864886f70d0101010500")
    spki = rsa + b"\x03" + bytes([len(held)]) + held
    assert algorithms.load_key(b"\x30" + bytes([len(spki)]) + spki) is None


def test_a_certificate_without_a_key_has_no_bits_to_hash() -> None:
    bare = dataclasses.replace(certificate.read_certificate(ROOT.der), spki=b"\x30\x00")
    with pytest.raises(der.DerError):
        revocation.key_bits(bare)


@settings(max_examples=200, deadline=None)
@given(data=st.binary(max_size=400), algorithm=st.one_of(st.none(), st.integers(-70000, 70000)))
def test_arbitrary_cose_fields_never_verify(data: bytes, algorithm: int | None) -> None:
    odd = CoseSignature(algorithm, data, data, (LEAF.der, ROOT.der))
    assert not chain_verdict(odd, data, trust=EMPTY, at=AT).signature_valid


DEEP_OR_LONG = (
    b"",
    b"\x30",
    b"\x30\x80" * 4000,
    b"\x30\x84\xff\xff\xff\xff",
    b"\x30\x89" + b"\xff" * 9,
    b"\x3f\xff\xff\xff\x7f\x00",
    b"\x30\x80" + b"\x05\x00" * 50_000,
    b"\x30\x83\x01\x86\xa0" + b"\x05\x00" * 50_000,
)
READERS: tuple[Callable[[bytes], object], ...] = (
    certificate.read_certificate,
    timestamp.read_token,
    revocation.read_ocsp_response,
    lambda data: der.parse_der(data, ber=True),
)


@each("read", READERS)
@each("data", DEEP_OR_LONG)
def test_the_reader_of_der_has_its_bounds(read: Callable[[bytes], object], data: bytes) -> None:
    try:
        node = read(data)
    except der.DerError:
        return
    assert isinstance(node, der.DerNode)
    with contextlib.suppress(der.DerError):
        assert len(node.children()) <= der.MAX_ITEMS


def web() -> CoseSignature:
    """A signature with thirty authorities that certify each other."""
    names = [authority(f"Web {number}") for number in range(6)]
    made = [authority(f"Web {a}", names[b]) for a in range(6) for b in range(6) if a != b]
    return cose(issue("Web leaf", names[0]), *made)


def test_many_cross_certificates_are_bounded() -> None:
    verdict = chain_verdict(web(), pki.CLAIM, trust=EMPTY, at=AT)
    assert "chain.search_bounded" in {finding.code for finding in verdict.findings}


def test_the_cache_of_chains_forgets() -> None:
    cache = ChainCache(entries=8)
    for number in range(20):
        leaf = issue(f"Cached {number}", ROOT)
        chain_verdict(cose(leaf, ROOT), pki.CLAIM, trust=EMPTY, at=AT, cache=cache)
    assert max(map(len, (cache._certificates, cache._links, cache._results))) <= 8


def test_a_warm_cache_of_chains_gives_the_same_answer() -> None:
    cache = ChainCache()
    signature = CoseSignature(
        -7,
        PLAIN.protected,
        PLAIN.signature,
        PLAIN.certificates,
        (TimeStampToken("sigTst2", TOKEN),),
        (ANSWER,),
    )
    first = chain_verdict(signature, pki.CLAIM, trust=EMPTY, at=AT, cache=cache)
    assert chain_verdict(signature, pki.CLAIM, trust=EMPTY, at=AT, cache=cache) == first
    assert chain_verdict(signature, pki.CLAIM, trust=EMPTY, at=AT) == first
