"""The bundled lists and the reading of private ones."""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from support.each import each
from unit.signing import corpus, pki

from provenance.base.errors import TrustMaterialError
from provenance.base.terms import Tier
from provenance.signing.trust_list import Purpose
from provenance.signing.trust_material import pem_certificates
from provenance.signing.trust_store import TrustStore

DATA = Path(__file__).resolve().parents[3] / "src" / "provenance" / "signing" / "data"
SIDECARS = sorted(DATA.glob("*.json"))
ROOT, OTHER = pki.authority("Trust root"), pki.authority("Other trust root")


@pytest.mark.parametrize("sidecar", SIDECARS, ids=lambda path: path.stem)
def test_each_bundled_list_has_a_sidecar_with_its_facts(sidecar: Path) -> None:
    facts = json.loads(sidecar.read_text("utf-8"))
    (held,) = [file for file in DATA.glob(f"{sidecar.stem}.*") if file != sidecar]
    content = held.read_bytes()
    assert facts["sha256"] == hashlib.sha256(content).hexdigest()
    entries = pem_certificates(content) if held.suffix == ".pem" else content.split()
    assert facts["count"] == len(set(entries)) == len(entries)
    assert {"name", "tier", "purpose", "source", "licence", "date"} <= facts.keys()


def fingerprints(name: str) -> set[str]:
    ders = pem_certificates((DATA / name).read_bytes())
    return {hashlib.sha256(der).hexdigest() for der in ders}


@pytest.mark.skipif(not corpus.TRUST.is_dir(), reason=corpus.REASON)
def test_fingerprints_of_the_official_copies() -> None:
    def official(name: str) -> set[str]:
        ders = pem_certificates((corpus.TRUST / name).read_bytes())
        return {hashlib.sha256(der).hexdigest() for der in ders}

    assert fingerprints("c2pa-signers.pem") == official("C2PA-TRUST-LIST.pem")
    assert fingerprints("c2pa-tsa.pem") == official("C2PA-TSA-TRUST-LIST.pem")
    signers, tsa = fingerprints("interim-signers.pem"), fingerprints("interim-tsa.pem")
    assert signers | tsa == official("interim/anchors.pem")
    text = (corpus.TRUST / "interim" / "allowed.sha256.txt").read_text("utf-8")
    want = {base64.b64decode(one).hex() for one in text.splitlines() if len(one.strip()) == 44}
    assert set((DATA / "interim-allowed.sha256").read_text("ascii").split()) == want


def test_purposes_of_the_interim_list_are_apart() -> None:
    assert not fingerprints("interim-signers.pem") & fingerprints("interim-tsa.pem")


def test_the_bundled_store_has_its_lists_and_tiers() -> None:
    store = TrustStore.load()
    tiers = [anchor.info.tier for anchor in store.anchors(Purpose.SIGNER)]
    assert tiers == [Tier.C2PA] * 30 + [Tier.INTERIM] * 20
    assert len(store.anchors(Purpose.TSA)) == 28
    assert [info.count for info in store.lists] == [30, 22, 20, 6, 115]
    assert store.digest == TrustStore.load().digest


def test_loading_needs_no_cryptography() -> None:
    code = (
        "import sys; from provenance.signing.trust_list import Purpose; "
        "from provenance.signing.trust_store import TrustStore; s = TrustStore.load(); "
        "s.with_digest('', Purpose.TSA); assert s.anchors(Purpose.SIGNER); "
        "sys.exit(any(m.split('.')[0] in {'cryptography', 'asn1crypto'} for m in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def lote(**changes: Any) -> bytes:
    def service(one: pki.Issued, status: str) -> dict[str, Any]:
        value = base64.b64encode(one.der).decode()
        return {
            "ServiceInformation": {
                "ServiceDigitalIdentity": {"X509Certificates": [{"val": value}]},
                "ServiceStatus": f"http://example.org/list/{status}",
            }
        }

    scheme = {
        "SchemeName": [{"lang": "en", "value": "Own list"}],
        "ListIssueDateTime": "2026-01-01T00:00:00Z",
        "NextUpdate": "2026-06-01T00:00:00Z",
    }
    services = [service(ROOT, "trusted"), service(OTHER, "withdrawn")]
    body = {
        "ListAndSchemeInformation": scheme,
        "TrustedEntitiesList": [{"TrustedEntityServices": services}],
    }
    return json.dumps({"LoTE": {**body, **changes}}).encode()


@pytest.mark.parametrize(
    "content",
    [
        ROOT.pem,
        ROOT.der,
        b"# a comment\r\nSubject: x\n" + ROOT.pem.replace(b"\n", b"\r\n") + b"\nmore text\n",
        lote(),
    ],
    ids=["pem", "der", "comments", "lote"],
)
def test_a_file_of_private_anchors_is_a_list_of_its_own(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "own.pem"
    file.write_bytes(content)
    store = TrustStore.load(bundled=False, anchors=[file])
    (anchor,) = store.anchors(Purpose.SIGNER)
    assert anchor.der == ROOT.der
    assert anchor.info.tier is Tier.PRIVATE
    assert anchor.info.count == 1
    assert store.with_subject(anchor.subject, Purpose.SIGNER)
    assert not store.with_subject(anchor.subject, Purpose.TSA)
    assert not store.anchors(Purpose.TSA)


def test_several_anchors_in_one_file_are_read_once_each(tmp_path: Path) -> None:
    file = tmp_path / "own.pem"
    file.write_bytes(ROOT.pem + OTHER.pem + ROOT.pem)
    store = TrustStore.load(bundled=False, tsa_anchors=[str(file)])
    assert len(store.anchors(Purpose.TSA)) == 2


def test_a_list_past_its_next_update_is_stale(tmp_path: Path) -> None:
    file = tmp_path / "own.json"
    file.write_bytes(lote())
    store = TrustStore.load(bundled=False, anchors=[file])
    assert not store.findings(datetime(2026, 5, 31, tzinfo=UTC))
    (finding,) = store.findings(datetime(2026, 6, 2, tzinfo=UTC))
    assert finding.code == "trust.list_stale"


@each(
    "content",
    [
        b"",
        b"junk",
        b"{}",
        b'{"LoTE": []}',
        b"[" * 100_000,
        b"{" * 100_000,
        b"-----BEGIN CERTIFICATE-----\nAAAA",
        b"-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n",
        b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        ROOT.der[:-1],
        lote(TrustedEntitiesList=[]),
        lote(TrustedEntitiesList=[7]),
        lote(ListAndSchemeInformation={"NextUpdate": "soon"}),
    ],
)
def test_unreadable_anchors_are_an_error_of_one_line(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "own.pem"
    file.write_bytes(content)
    with pytest.raises(TrustMaterialError, match=r"own\.pem: ") as caught:
        TrustStore.load(bundled=False, anchors=[file])
    assert "\n" not in str(caught.value)


def test_a_missing_file_of_anchors_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(TrustMaterialError, match="no such file"):
        TrustStore.load(anchors=[tmp_path / "none.pem"])
