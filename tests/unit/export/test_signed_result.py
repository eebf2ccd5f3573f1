"""A signed result: each field that is signed, each that is checked, and what is refused."""

from __future__ import annotations

import copy
import hashlib
import json
import os
import shutil
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from support import key_files
from support.each import each
from support.pki import FIXTURES, PKI

from provenance import TrustStore, Verifier
from provenance.auditing import dsse
from provenance.auditing.ledger_statement import canonical
from provenance.auditing.statement_keys import (
    PublicKey,
    SigningKey,
    load_public_key,
    load_signing_key,
)
from provenance.base.errors import AssetError, EvidenceError
from provenance.base.json_text import MAX_LENGTH
from provenance.base.terms import Tier
from provenance.export.signed_result import (
    ListCheck,
    SignedResult,
    check_lists,
    file_digest,
    is_result,
    lists_digest,
    open_result,
    sign_record,
    sign_report,
)
from provenance.signing.trust_list import Purpose, TrustListInfo

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

AT = datetime(2026, 6, 1, 12, 30, tzinfo=UTC)
LISTS = [
    {"name": "ours", "purpose": "signer", "sha256": "11" * 32, "tier": "private"},
    {"name": "ours", "purpose": "tsa", "sha256": "22" * 32, "tier": "private"},
]
TOLD = {
    "tool": "provenance 1.2",
    "sdk": "none",
    "validation_time": "2026-06-01T00:00:00Z",
    "network": "off",
    "cross_check": "auto",
    "policy": {"name": "default", "sha256": "33" * 32},
    "trust_lists": LISTS,
}
RECORD: dict[str, Any] = {
    "asset": {
        "path": "/case 7/a.jpg",
        "path_bytes": "2f",
        "sha256": "ab" * 32,
        "size": 5,
        "outer": {"path": "/case 7/in.zip", "path_bytes": "2f", "sha256": "cd" * 32},
    },
    "credentials": {"sidecar": "/case 7/a.c2pa", "status": "present"},
    "findings": [
        {"code": "sidecar.unused", "where": "/case 7/b.c2pa"},
        {"code": "policy.origin", "where": "/in the file/"},
    ],
    "environment": TOLD | {"elsewhere": 1},
    "verdict": {"origin": "unknown"},
    "flagged": ["ai"],
    "error": None,
}
SIDECAR = "ef" * 32
LISTED = ("name", "purpose", "sha256")  # what a list has to have, as text


def record(**changes: Any) -> dict[str, Any]:
    return copy.deepcopy(RECORD | changes)


def without_sidecar(**changes: Any) -> dict[str, Any]:
    return record(credentials={"sidecar": None}, **changes)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    names = dict.fromkeys(("ours", "other"))
    keys = {name: ed25519.Ed25519PrivateKey.generate() for name in names}
    return key_files.write(tmp_path_factory.mktemp("keys"), **keys)


@pytest.fixture(scope="module")
def key(folder: Path) -> SigningKey:
    return load_signing_key(folder / "ours.pem")


@pytest.fixture(scope="module")
def public(folder: Path) -> PublicKey:
    return load_public_key(folder / "ours.pub")


def signed(key: SigningKey, **changes: Any) -> dict[str, Any]:
    """Return the statement over the record with other parts."""
    top: dict[str, Any] = json.loads(sign_record(record(**changes), key, AT, SIDECAR).payload)
    return top


def test_the_statement_of_a_result_has_every_field(key: SigningKey) -> None:
    """No folder is in it, and every answer is there twice: to be read, and as the record has it."""
    shown = record(
        asset={
            "path": "a.jpg",
            "sha256": "ab" * 32,
            "size": 5,
            "outer": {"path": "in.zip", "sha256": "cd" * 32},
        },
        credentials={"sidecar": "a.c2pa", "status": "present"},
        findings=[
            {"code": "sidecar.unused", "where": "b.c2pa"},
            {"code": "policy.origin", "where": "/in the file/"},
        ],
    )
    top = signed(key)
    digest = top["predicate"].pop("trust_digest")
    assert top == {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [
            {"name": "a.jpg", "digest": {"sha256": "ab" * 32}},
            {"name": "a.c2pa", "digest": {"sha256": SIDECAR}},
        ],
        "predicateType": "urn:provenance-verifier:result:1",
        "predicate": {
            **TOLD,
            "signed_at": "2026-06-01T12:30:00Z",
            "verdict": {"origin": "unknown"},
            "flagged": ["ai"],
            "record": shown,
        },
    }
    text = json.dumps(LISTS, sort_keys=True, separators=(",", ":"))
    assert digest == hashlib.sha256(text.encode()).hexdigest() == lists_digest(tuple(LISTS))


def test_without_a_sidecar_the_file_alone_is_named(key: SigningKey) -> None:
    made = sign_record(without_sidecar(), key, AT)
    assert [one["name"] for one in json.loads(made.payload)["subject"]] == ["a.jpg"]
    assert made.keyid == key.public.keyid


@each(
    ("error", "why"),
    [
        ({"code": "x", "message": "no such file"}, "no such file"),
        (None, "its digest was not taken"),
    ],
)
def test_a_record_without_a_digest_is_not_signed(
    error: dict[str, str] | None, why: str, key: SigningKey
) -> None:
    with pytest.raises(EvidenceError) as caught:
        sign_record(record(asset={"sha256": None}, error=error), key, AT)
    assert (caught.value.code, str(caught.value)) == (
        "result.unsigned",
        f"nothing was signed: {why}",
    )


class TestSign:
    @pytest.fixture
    def medium(self, tmp_path: Path) -> Path:
        for name in ("plain-for-sidecar.jpg", "plain-for-sidecar.c2pa"):
            shutil.copyfile(FIXTURES / name, tmp_path / name)
        return tmp_path / "plain-for-sidecar.jpg"

    def test_a_report_with_a_sidecar(self, medium: Path, key: SigningKey) -> None:
        report = Verifier(trust=TrustStore.load(bundled=False), at=AT).verify(medium)
        subject = json.loads(sign_report(report, key, AT).payload)["subject"]
        assert [(one["name"], one["digest"]["sha256"]) for one in subject] == [
            (path.name, hashlib.sha256(path.read_bytes()).hexdigest())
            for path in (medium, medium.with_suffix(".c2pa"))
        ]

    def test_a_sidecar_that_is_gone_is_not_signed(self, medium: Path, key: SigningKey) -> None:
        report = Verifier(trust=TrustStore.load(bundled=False), at=AT).verify(medium)
        medium.with_suffix(".c2pa").unlink()
        with pytest.raises(EvidenceError, match=r"^nothing was signed: the sidecar: .") as caught:
            sign_report(report, key, AT)
        assert caught.value.code == "result.unsigned"

    def test_a_report_without_a_sidecar_is_signed(self, key: SigningKey) -> None:
        report = Verifier(trust=TrustStore.load(bundled=False), at=AT).verify(PKI / "root.pem")
        (subject,) = json.loads(sign_report(report, key, AT).payload)["subject"]
        assert subject["digest"]["sha256"] == file_digest(PKI / "root.pem")


def sealed(path: Path, top: Any, key: SigningKey) -> Path:
    path.write_bytes(dsse.sealed(canonical(top), key).to_json())
    return path


class TestOpen:
    def test_what_was_signed_is_read(
        self, tmp_path: Path, key: SigningKey, public: PublicKey
    ) -> None:
        made = sign_record(record(), key, AT, SIDECAR)
        path = tmp_path / "r"
        path.write_bytes(made.to_json(b"token"))
        found = open_result(path, public)
        assert found == SignedResult(
            "a.jpg",
            "ab" * 32,
            json.loads(made.payload)["predicate"],
            dsse.EnvelopeSignature(made.sig, b"token"),
            ("a.c2pa", SIDECAR),
        )
        assert found.record["credentials"] == {"sidecar": "a.c2pa", "status": "present"}
        assert is_result(path)

    def test_a_result_without_a_sidecar_is_read(
        self, tmp_path: Path, key: SigningKey, public: PublicKey
    ) -> None:
        path = tmp_path / "r"
        path.write_bytes(sign_record(without_sidecar(), key, AT).to_json())
        found = open_result(path, public)
        assert found is not None
        assert found.sidecar is None
        assert is_result(path)

    def test_a_record_may_be_larger_than_other_json(
        self, tmp_path: Path, key: SigningKey, public: PublicKey
    ) -> None:
        path = tmp_path / "r"
        large = without_sidecar(note="x" * (MAX_LENGTH + 1))
        path.write_bytes(sign_record(large, key, AT).to_json())
        assert open_result(path, public) is not None
        assert is_result(path)

    def test_that_of_another_key_is_none(
        self, tmp_path: Path, folder: Path, key: SigningKey
    ) -> None:
        path = sealed(tmp_path / "r", signed(key), key)
        assert open_result(path, load_public_key(folder / "other.pub")) is None

    @each(
        "change",
        [
            lambda top: top.update(_type="https://in-toto.io/Statement/v0.1"),
            lambda top: top.update(predicateType="urn:provenance-verifier:audit:1"),
            lambda top: top.pop("predicate"),
            lambda top: top.update(subject=[]),
            lambda top: top.update(subject=top["subject"][:1]),
            lambda top: top["subject"].append(top["subject"][1]),
            lambda top: top["subject"][1].update(name="b.c2pa"),
            lambda top: top["subject"][0].pop("digest"),
            lambda top: top["subject"][0]["digest"].update(sha256="00" * 32),
            lambda top: top["predicate"].update(trust_digest="00" * 32),
            lambda top: top["predicate"]["record"]["credentials"].update(sidecar=None),
            lambda top: top["predicate"].update(verdict={"origin": "captured"}),
            lambda top: top["predicate"].update(flagged=[]),
            lambda top: top["predicate"]["record"].update(flagged=[]),
            lambda top: both(top, flagged={"ai": 1}),
            lambda top: top["predicate"].pop("record"),
            *(lambda top, n=name: top["predicate"].update({n: "other"}) for name in TOLD),
            *(lambda top, n=name: top["predicate"].pop(n) for name in TOLD),
            *(lambda top, n=name: lists(top, [LISTS[0], LISTS[1] | {n: 5}]) for name in LISTED),
        ],
    )
    def test_a_result_that_tells_two_answers_is_refused(
        self,
        change: Callable[[dict[str, Any]], object],
        tmp_path: Path,
        key: SigningKey,
        public: PublicKey,
    ) -> None:
        """A result that shows people one thing and programs another must not pass."""
        top = signed(key)
        change(top)
        path = sealed(tmp_path / "r.dsse", top, key)
        refused(path, public)
        assert not is_result(path)

    @each("payload", [b"", b"[]", b"1", b"null", b'{"a":1,"a":1}', b"[" * 5_000])
    def test_a_payload_of_any_other_form_is_refused(
        self, payload: bytes, tmp_path: Path, key: SigningKey, public: PublicKey
    ) -> None:
        path = tmp_path / "r.dsse"
        path.write_bytes(dsse.sealed(payload, key).to_json())
        refused(path, public)
        assert not is_result(path)

    def test_a_payload_of_another_type_is_refused(
        self, tmp_path: Path, key: SigningKey, public: PublicKey
    ) -> None:
        payload = canonical(signed(key))
        top = json.loads(dsse.sealed(payload, key).to_json())
        top["payloadType"] = "text/plain"
        top["signatures"][0]["sig"] = dsse.encoded(key.sign(dsse.pae("text/plain", payload)))
        path = tmp_path / "r.dsse"
        path.write_bytes(dsse.to_json(top))
        refused(path, public)

    def test_no_envelope_at_all(self, tmp_path: Path, public: PublicKey) -> None:
        path = tmp_path / "r"
        path.write_bytes(b"{}")
        for where in (path, tmp_path / "none"):
            assert not is_result(where)
            with pytest.raises(EvidenceError, match=r"^result /.*/(r|none): ") as caught:
                open_result(where, public)
            assert caught.value.code == "statement.unreadable"


def refused(path: Path, public: PublicKey) -> None:
    with pytest.raises(EvidenceError) as caught:
        open_result(path, public)
    assert caught.value.code == "statement.unreadable"
    assert str(caught.value) == "result r.dsse: signed, but not a result of a file"


def both(top: dict[str, Any], **parts: Any) -> None:
    top["predicate"].update(parts)
    top["predicate"]["record"].update(parts)


def lists(top: dict[str, Any], made: list[dict[str, Any]]) -> None:
    """Put other lists wherever they stand, with the digest over them."""
    top["predicate"].update(trust_lists=made, trust_digest=lists_digest(made))
    top["predicate"]["record"]["environment"]["trust_lists"] = made


class TestLists:
    """A list is the same by purpose and digest; by its name it is another edition."""

    def info(self, name: str, purpose: Purpose, sha256: str) -> TrustListInfo:
        return TrustListInfo(name, next(iter(Tier)), purpose, "", sha256, 1, "")

    def check(self, *here: TrustListInfo) -> list[str | None]:
        predicate = {"trust_lists": LISTS}
        result = SignedResult("", "", predicate, dsse.EnvelopeSignature(b""))
        found = list(check_lists(result, here))
        assert found == [
            ListCheck("ours", purpose, sha256, one.here)
            for one, purpose, sha256 in zip(
                found, ("signer", "tsa"), ("11" * 32, "22" * 32), strict=True
            )
        ]
        assert [one.same for one in found] == [one.here == one.signed for one in found]
        return [one.here for one in found]

    def test_lists_that_are_missing_here_have_no_digest(self) -> None:
        assert self.check() == [None, None]

    def test_a_list_of_the_same_digest_under_another_name_counts(self) -> None:
        same = self.info("theirs", Purpose.SIGNER, "11" * 32)
        assert self.check(same) == ["11" * 32, None]

    def test_a_list_for_another_purpose_does_not_count(self) -> None:
        other = self.info("ours", Purpose.CAWG, "11" * 32)
        assert self.check(other) == [None, None]

    def test_another_edition_of_a_list_has_its_own_digest(self) -> None:
        later = self.info("ours", Purpose.TSA, "44" * 32)
        assert self.check(later) == [None, "44" * 32]
        assert self.check(later, self.info("x", Purpose.TSA, "22" * 32)) == [None, "22" * 32]


def test_the_digest_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"abc")
    assert file_digest(path) == file_digest(os.fspath(path)) == hashlib.sha256(b"abc").hexdigest()
    with pytest.raises(AssetError):
        file_digest(tmp_path / "none")
