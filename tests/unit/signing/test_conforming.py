"""The Conforming Products List: reading it, keeping it, and how a signer stands on it."""

from __future__ import annotations

import copy
import hashlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import c2pa
import pytest
from cryptography import x509
from cryptography.x509.oid import ObjectIdentifier
from unit.signing import corpus, pki

from provenance.base.errors import TrustMaterialError
from provenance.base.terms import Conformance, Identity
from provenance.signing import certificate, claim_signature, conforming, profile
from provenance.signing import user_folder as userdata
from provenance.signing.conforming import ConformingProducts
from provenance.signing.trust_store import TrustStore

if TYPE_CHECKING:
    from pathlib import Path

FIRST, SECOND = "00000000-0000-4000-8000-00000000000a", "00000000-0000-4000-8000-00000000000b"
RECORD: dict[str, Any] = {
    "recordId": FIRST,
    "applicant": "Test",
    "status": "conformant",
    "product": {
        "productType": "generatorProduct",
        "DN": {"CN": "Test Product", "O": "Test", "OU": "", "C": "XX"},
        "assurance": {"maxAssuranceLevel": 1},
        "disallowedSignals": {"inception": ["capturedMedia"], "transformation": []},
    },
    "dates": {"lastModification": "2026-05-01"},
}
CAPTURE = "inception:signal_capturedMedia"


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(userdata.VARIABLE, str(tmp_path / "data"))
    return tmp_path / "data"


def changed(**product: Any) -> dict[str, Any]:
    made = copy.deepcopy(RECORD)
    made.update({k: product.pop(k) for k in ("recordId", "status") if k in product})
    made["product"].update(product)
    return made


def products(*records: dict[str, Any]) -> ConformingProducts:
    return conforming.parse_products(json.dumps(records or [RECORD]).encode(), "list.json")


def leaf(name: str = "Test Product", record: str = "", level: int = 0) -> bytes:
    more = []
    if record:
        value = b"\x0c" + bytes([len(record)]) + record.encode()
        more.append(x509.UnrecognizedExtension(ObjectIdentifier(profile.CPL_RECORD), value))
    if level:
        value = bytes.fromhex("060a2b0601040183e85e03") + bytes([10 * level])
        more.append(x509.UnrecognizedExtension(ObjectIdentifier(profile.ASSURANCE_LEVEL), value))
    return pki.issue(name, more=tuple((one, False) for one in more)).der


def test_without_a_list_of_products_nothing_is_checked() -> None:
    assert ConformingProducts.load().match(leaf()).conformance is Conformance.NOT_CHECKED


@pytest.mark.parametrize(
    ("records", "certificate", "signals", "expected", "code"),
    [
        ([RECORD], leaf(record=FIRST), (), "conforming", None),
        ([RECORD], leaf(record=FIRST.upper()), (), "conforming", None),
        ([RECORD], leaf(), (), "conforming", None),
        ([RECORD], leaf("test  product"), (), "conforming", None),
        ([RECORD], leaf("Another"), (), "not_listed", "not_listed"),
        ([RECORD], leaf(record=SECOND), (), "not_listed", "record_unknown"),
        ([RECORD], leaf("Another", record=FIRST), (), "conforming", "name_differs"),
        ([RECORD], leaf(record=FIRST, level=1), (), "conforming", None),
        ([RECORD], leaf(record=FIRST, level=2), (), "over_claiming", "assurance_level"),
        ([RECORD], leaf(record=FIRST), (CAPTURE,), "over_claiming", "signal_disallowed"),
        ([RECORD], leaf(record=FIRST), ("inception:signal_blankCanvas",), "conforming", None),
        ([RECORD, changed(recordId=SECOND)], leaf(), (), "not_checked", "ambiguous"),
        ([RECORD, changed(recordId=SECOND)], leaf(record=SECOND), (), "conforming", None),
        ([changed(status="revoked_eol")], leaf(record=FIRST), (), "not_listed", "withdrawn"),
        (
            [changed(productType="validatorProduct")],
            leaf(record=FIRST),
            (),
            "not_listed",
            "not_a_generator",
        ),
        ([changed(productType="validatorProduct")], leaf(), (), "not_listed", "not_listed"),
        ([RECORD], b"junk", (), "not_listed", "not_listed"),
    ],
)
def test_the_standing_of_a_product_follows_from_its_records(
    records: list[dict[str, Any]],
    certificate: bytes,
    signals: tuple[str, ...],
    expected: str,
    code: str | None,
) -> None:
    match = products(*records).match(certificate, signals)
    assert match.conformance == expected
    assert (match.finding.code if match.finding else None) == (
        f"conformance.{code}" if code else None
    )


def test_an_assurance_level_that_is_given_counts() -> None:
    held = products()
    assert held.match(leaf(record=FIRST), (), 2).conformance is Conformance.OVER_CLAIMING


def test_the_organisational_unit_decides_between_several_records() -> None:
    name = {**RECORD["product"]["DN"], "OU": "Unit"}
    held = products(RECORD, changed(recordId=SECOND, DN=name))
    match = held.match(leaf())
    assert match.record is not None
    assert match.record.record_id == FIRST


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"[]",
        b"[1]",
        b"[" * 100_000,
        b'[{"recordId": 1}]',
        json.dumps([RECORD, RECORD]).encode(),
        json.dumps([changed(DN=[])]).encode(),
        json.dumps([changed(assurance={"maxAssuranceLevel": "2"})]).encode(),
        json.dumps([changed(disallowedSignals={"inception": "x"})]).encode(),
    ],
)
def test_a_list_of_products_that_is_none_is_refused(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(TrustMaterialError, match="here"):
        conforming.parse_products(content, "here")
    file = tmp_path / "list.json"
    file.write_bytes(content)
    with pytest.raises(TrustMaterialError, match=r"list\.json"):
        ConformingProducts.load(file)


def test_a_list_of_products_is_kept_and_loaded(own_folder: Path) -> None:
    content = json.dumps([RECORD]).encode()
    conforming.keep(content, "a folder", "2026-06-01T00:00:00+00:00")
    held = ConformingProducts.load()
    assert (held.loaded, held.date, held.source) == (True, "2026-05-01", "a folder")
    assert held.sha256 == hashlib.sha256(content).hexdigest()
    newer = json.dumps([RECORD, changed(recordId=SECOND)]).encode()
    conforming.keep(newer, "another", "2026-06-02T00:00:00+00:00")
    assert len(ConformingProducts.load().records) == 2
    assert len(list(own_folder.iterdir())) == 2


def test_a_list_that_is_no_list_leaves_the_former() -> None:
    conforming.keep(json.dumps([RECORD]).encode(), "good", "2026-06-01T00:00:00+00:00")
    with pytest.raises(TrustMaterialError):
        conforming.keep(b"{}", "bad", "2026-06-01T00:00:00+00:00")
    assert ConformingProducts.load().source == "good"


def test_an_altered_list_is_an_error(own_folder: Path) -> None:
    conforming.keep(json.dumps([RECORD]).encode(), "good", "2026-06-01T00:00:00+00:00")
    (file,) = own_folder.glob("conforming-products-*.json")
    file.write_bytes(file.read_bytes() + b" ")
    with pytest.raises(TrustMaterialError, match="altered"):
        ConformingProducts.load()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"file": "../x"}', '{"file": 1}'])
def test_a_broken_sidecar_is_an_error(own_folder: Path, text: str) -> None:
    own_folder.mkdir()
    (own_folder / userdata.PRODUCTS).write_text(text, "utf-8")
    with pytest.raises(TrustMaterialError, match="load the list again"):
        ConformingProducts.load()


def test_a_sidecar_names_no_other_folder(own_folder: Path) -> None:
    conforming.keep(json.dumps([RECORD]).encode(), "good", "2026-06-01T00:00:00+00:00")
    sidecar = own_folder / userdata.PRODUCTS
    facts = json.loads(sidecar.read_text("utf-8"))
    (own_folder.parent / "x.json").write_text("[]", "utf-8")
    sidecar.write_text(json.dumps({**facts, "file": "../x.json"}), "utf-8")
    with pytest.raises(TrustMaterialError):
        ConformingProducts.load()


def test_the_data_folder_is_that_of_the_system_or_of_the_variable(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert userdata.directory() == tmp_path / "data"
    monkeypatch.delenv(userdata.VARIABLE)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(userdata.sys, "platform", "linux")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "xdg"))
    assert userdata.directory() == tmp_path / "xdg" / "provenance"
    monkeypatch.setenv("XDG_DATA_HOME", "relative")
    assert userdata.directory() == tmp_path / ".local" / "share" / "provenance"
    monkeypatch.setattr(userdata.sys, "platform", "darwin")
    assert userdata.directory() == tmp_path / "Library" / "Application Support" / "provenance"
    monkeypatch.setattr(userdata.sys, "platform", "win32")
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "local"))
    assert userdata.directory() == tmp_path / "local" / "provenance"


def test_a_folder_that_cannot_be_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv(userdata.VARIABLE, str(tmp_path / "file" / "below"))
    with pytest.raises(TrustMaterialError, match="PROVENANCE_DATA"):
        conforming.keep(json.dumps([RECORD]).encode(), "good", "2026-06-01T00:00:00+00:00")


@pytest.mark.skipif(not corpus.TRUST.is_dir(), reason=corpus.REASON)
def test_the_official_list_of_products_is_read() -> None:
    held = ConformingProducts.load(corpus.TRUST / "conforming-products-list.json")
    assert len(held.records) > 100
    assert held.date >= "2026"


@pytest.mark.corpus
@pytest.mark.skipif(not corpus.TRUST.is_dir(), reason=corpus.REASON)
def test_signers_of_the_corpus() -> None:
    """Real signers with a record id are on the list and fulfil the profile of their place."""
    held = ConformingProducts.load(corpus.TRUST / "conforming-products-list.json")
    matched = 0
    for file in sorted(corpus.CORPUS.iterdir()):
        try:
            signatures = corpus.manifests(file.name).values()
        except (c2pa.C2paError, TypeError, ValueError):
            continue
        for signature, _ in signatures:
            one = certificate.read_certificate(signature.certificates[0])
            if profile.certificate_profile(one).record_id:
                matched += 1
                assert held.match(one.der).conformance is Conformance.CONFORMING, file.name
                assert (
                    profile.certificate_findings(one, profile.CertificateRole.CLAIM_SIGNER) == ()
                ), file.name
    assert matched


def test_only_signers_on_the_official_list_are_matched(tmp_path: Path) -> None:
    root = pki.authority("Conforming root")
    anchors = tmp_path / "anchors.pem"
    anchors.write_bytes(root.pem)
    one = pki.issue("Test Product", root)
    store = TrustStore.load(bundled=False, anchors=[anchors])
    verdict = claim_signature.chain_verdict(pki.cose(one), pki.CLAIM, trust=store, at=pki.AT)
    held = products()
    assert held.match(one.der).conformance is Conformance.CONFORMING
    assert held.match_of_chain(verdict, one.der).conformance is Conformance.NOT_CHECKED
    listed = replace(verdict, identity=Identity.C2PA)
    assert held.match_of_chain(listed, one.der).conformance is Conformance.CONFORMING
    forged = replace(listed, signature_valid=False)
    assert held.match_of_chain(forged, one.der).conformance is Conformance.NOT_CHECKED
