"""Time-stamps on signed statements: which token counts, and which is refused by name."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from support.pki import PKI, Who, credential

from provenance import TrustStore
from provenance.auditing import dsse
from provenance.auditing.dsse import EnvelopeSignature
from provenance.base.errors import EvidenceError
from provenance.base.terms import Tier
from provenance.export.stamping import check_token, read_single, read_token, with_token
from provenance.kit import stamps
from provenance.signing import timestamp

if TYPE_CHECKING:
    from pathlib import Path

STAMPED = datetime(2026, 6, 1, 12, tzinfo=UTC)
SIG = b"a signature"


def token(message: bytes = SIG) -> bytes:
    tsa = credential(Who.TSA)
    return stamps.token(message, STAMPED, stamps.Authority(tsa.leaf, tsa.key, tsa.chain[1:]))


def trust(*, anchored: bool) -> TrustStore:
    anchors = [PKI / "anchors.pem"] if anchored else []
    return TrustStore.load(bundled=False, tsa_anchors=anchors)


def envelope(*signatures: dict[str, str]) -> dict[str, object]:
    listed = list(signatures)
    return {"payload": "e30=", "payloadType": "text/plain", "signatures": listed}


ONE = {"keyid": "k", "sig": dsse.encoded(SIG)}


class TestCheck:
    def test_a_token_counts_where_its_authority_leads_to_an_anchor_for_time_stamps(self) -> None:
        signature = EnvelopeSignature(SIG, token())
        stamp = check_token(signature, trust(anchored=True))
        assert (stamp.trusted, stamp.time, stamp.header) == (Tier.PRIVATE, STAMPED, "rfc3161")
        assert check_token(signature, trust(anchored=False)).trusted is None

    def test_one_over_other_bytes_does_not(self) -> None:
        stamp = check_token(EnvelopeSignature(SIG, token(b"other")), trust(anchored=True))
        assert stamp.trusted is None


class TestRead:
    def test_a_token_over_the_signature_is_returned_as_it_is(self, tmp_path: Path) -> None:
        path = tmp_path / "t"
        path.write_bytes(token())
        assert read_token(path, EnvelopeSignature(SIG)) == path.read_bytes()

    def test_a_token_that_cannot_be_used_is_named(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = tmp_path / "t\x1b"
        shown = f"{tmp_path}/t"
        for data, message in (
            (None, "no such file"),
            (token(b"other"), "cannot be used: it stamps other bytes"),
            (b"", "cannot be used: "),
        ):
            if data is not None:
                path.write_bytes(data)
            with pytest.raises(EvidenceError) as caught:
                read_token(path, EnvelopeSignature(SIG))
            assert caught.value.code == "timestamp.unavailable"
            assert str(caught.value).startswith(shown)
            assert f": {message}" in str(caught.value)
            assert str(caught.value).isprintable()
        path.write_bytes(token())
        size = len(token())
        monkeypatch.setattr(timestamp, "MAX_TOKEN_BYTES", size)
        assert read_token(path, EnvelopeSignature(SIG))
        monkeypatch.setattr(timestamp, "MAX_TOKEN_BYTES", size - 1)
        with pytest.raises(EvidenceError, match="larger than"):
            read_token(path, EnvelopeSignature(SIG))


class TestEnvelope:
    def test_a_token_takes_the_place_of_the_one_before(self, tmp_path: Path) -> None:
        top = envelope(ONE | {"rfc3161": "AAAA"})
        made = with_token(top, b"token")
        assert made.endswith(b"\n")
        assert json.loads(made) == envelope(ONE | {"rfc3161": dsse.encoded(b"token")})
        path = tmp_path / "s"
        path.write_bytes(made)
        assert read_single(path) == (json.loads(made), EnvelopeSignature(SIG, b"token"))

    def test_with_several_signatures_it_is_not_known_which_is_meant(self, tmp_path: Path) -> None:
        path = tmp_path / "s"
        path.write_bytes(dsse.to_json(envelope(ONE, ONE)))
        with pytest.raises(EvidenceError) as caught:
            read_single(path)
        assert caught.value.code == "statement.unreadable"
        message = f"statement {path}: several signatures; a time-stamp goes with one"
        assert str(caught.value) == message

    def test_a_file_that_is_no_envelope_is_called_a_statement(self, tmp_path: Path) -> None:
        with pytest.raises(EvidenceError, match=f"^statement {tmp_path}/none: no such file"):
            read_single(tmp_path / "none")
