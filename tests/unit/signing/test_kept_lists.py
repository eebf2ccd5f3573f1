"""Newer copies of the official lists: read, compared, kept whole, never half used."""

from __future__ import annotations

import base64
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from provenance.base.errors import TrustMaterialError
from provenance.base.terms import Tier
from provenance.signing import kept_lists, trust_store
from provenance.signing.trust_list import Purpose
from provenance.signing.trust_material import pem_certificates
from provenance.signing.trust_store import TrustStore

PKI = Path(__file__).resolve().parents[2] / "fixtures" / "pki"
DATA = Path(trust_store.__file__).with_name("data")
LOADED = datetime(2026, 9, 1, tzinfo=UTC)
ROOT, TSA = ((PKI / f"{name}.pem").read_bytes() for name in ("root", "tsa-signer"))
BUNDLED = (DATA / "c2pa-signers.pem").read_bytes()


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PROVENANCE_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


def lote(*pems: bytes, scheme: str = "C2PA Trust List", day: str = "2026-10-01") -> bytes:
    """A list of trusted entities as the C2PA publishes it."""
    ders = [der for pem in pems for der in pem_certificates(pem)]
    services = [
        {
            "ServiceInformation": {
                "ServiceStatus": "http://c2pa.org/conformance/trust-list/trusted",
                "ServiceDigitalIdentity": {
                    "X509Certificates": [{"val": base64.b64encode(der).decode()}]
                },
            }
        }
        for der in ders
    ]
    top: dict[str, Any] = {
        "ListAndSchemeInformation": {
            "SchemeName": [{"lang": "en", "value": scheme}],
            "ListIssueDateTime": f"{day}T00:00:00Z",
            "NextUpdate": "2027-10-01T00:00:00Z",
        },
        "TrustedEntitiesList": [{"TrustedEntityServices": services}],
    }
    return json.dumps({"LoTE": top}).encode()


def keep(content: bytes, name: str | None = None) -> kept_lists.NewList:
    found = kept_lists.read_official_list(content, "list", name)
    kept_lists.keep(found, LOADED)
    return found


def in_force(name: str = "c2pa-signers") -> Any:
    return next(one for one in TrustStore.load().lists if one.name == name)


class TestReading:
    def test_json_says_which_list_it_is(self) -> None:
        found = kept_lists.read_official_list(lote(ROOT), "list")
        info = found.info
        assert (info.name, info.tier, info.purpose) == ("c2pa-signers", Tier.C2PA, Purpose.SIGNER)
        assert (info.date, info.count) == ("2026-10-01", 1)
        assert info.next_update == datetime(2027, 10, 1, tzinfo=UTC)
        assert (
            kept_lists.read_official_list(lote(TSA, scheme="C2PA TSA Trust List"), "l").info.name
            == "c2pa-tsa"
        )

    def test_pem_does_not_say_which_list_it_is(self) -> None:
        with pytest.raises(TrustMaterialError, match="--list c2pa-signers or --list c2pa-tsa"):
            kept_lists.read_official_list(ROOT, "list")
        assert kept_lists.read_official_list(ROOT, "list", "c2pa-signers").info.date == ""

    def test_a_list_of_the_other_purpose_is_refused(self) -> None:
        """Else whoever may stamp times could sign claims."""
        for content in (TSA, lote(TSA)):
            with pytest.raises(TrustMaterialError, match="time-stamp authorities"):
                kept_lists.read_official_list(content, "list", "c2pa-signers")
        signer = (PKI / "signer-es256.pem").read_bytes()
        with pytest.raises(TrustMaterialError, match="signers, so it is not c2pa-tsa"):
            kept_lists.read_official_list(signer, "list", "c2pa-tsa")

    def test_a_list_is_not_taken_under_another_name(self) -> None:
        with pytest.raises(TrustMaterialError, match="calls itself C2PA Trust List"):
            kept_lists.read_official_list(lote(ROOT), "list", "c2pa-tsa")
        with pytest.raises(TrustMaterialError, match="does not say which list"):
            kept_lists.read_official_list(lote(ROOT, scheme="Another List"), "list")

    @pytest.mark.parametrize(
        "content",
        [b"", b"{}", b"{", b"no list", b'{"LoTE": 1}', lote(), BUNDLED[: len(BUNDLED) // 2]],
        ids=["empty", "object", "brace", "text", "number", "no certificate", "cut"],
    )
    def test_a_file_that_is_no_list_is_refused(self, content: bytes) -> None:
        with pytest.raises(TrustMaterialError):
            kept_lists.read_official_list(content, "list", "c2pa-signers")


def test_comparing_lists_knows_what_is_added_and_removed_and_ignores_order() -> None:
    made = kept_lists.compare((b"a", b"b", b"c"), (b"c", b"d", b"b", b"d"))
    assert (made.added, made.removed, made.same) == ((b"d",), (b"a",), 2)


class TestKeeping:
    def test_the_copy_counts_in_place_of_the_bundled_list(self) -> None:
        before = in_force()
        found = keep(lote(ROOT))
        assert in_force() == found.info != before
        signers = [
            one.der for one in TrustStore.load().anchors(Purpose.SIGNER) if one.info.tier == "c2pa"
        ]
        assert signers == pem_certificates(ROOT)
        assert in_force("c2pa-tsa").count > 1
        assert kept_lists.forget("c2pa-signers") is True
        assert in_force() == before
        assert kept_lists.forget("c2pa-signers") is False

    def test_without_bundled_lists_a_kept_list_does_not_count(self) -> None:
        keep(lote(ROOT))
        assert TrustStore.load(bundled=False).lists == ()

    @pytest.mark.parametrize("day", ["2020-01-01", "2026-08-04"])
    def test_a_bundled_list_of_a_later_day_wins(self, day: str) -> None:
        """Else a list that was loaded once would outlive every new version of the program."""
        before = in_force()
        keep(lote(ROOT, day=day))
        assert in_force() == before

    def test_a_kept_list_without_a_day_is_as_old_as_its_loading(self) -> None:
        found = keep(ROOT, "c2pa-signers")
        assert kept_lists.day(found.info) == "2026-09-01"
        assert in_force() == found.info

    @pytest.mark.parametrize(
        ("key", "value"),
        [
            *(("loaded", one) for one in (None, "2026-10-01", 5, [])),
            *(("date", one) for one in ("9999", "zzz", 5)),
            *(("count", one) for one in (True, "1", None)),
            *(("next_update", one) for one in ("soon", 5)),
            *(("file", one) for one in ("", "..", "a\\0b", "none", "/etc/passwd", 5)),
            ("sha256", "0" * 64),
        ],
    )
    def test_a_sidecar_of_an_odd_form_is_an_error(self, folder: Path, key: str, value: Any) -> None:
        keep(lote(ROOT))
        sidecar = folder / "c2pa-signers.loaded.json"
        sidecar.write_text(json.dumps({**json.loads(sidecar.read_text()), key: value}))
        with pytest.raises(TrustMaterialError, match="trust forget c2pa-signers") as refused:
            TrustStore.load().anchors(Purpose.SIGNER)
        assert "then load it again" in str(refused.value)
        assert kept_lists.forget("c2pa-signers")
        keep(lote(ROOT))
        assert TrustStore.load().anchors(Purpose.SIGNER)

    def test_a_new_copy_takes_the_place_of_the_former(self, folder: Path) -> None:
        keep(lote(ROOT))
        found = keep(lote(ROOT, day="2026-11-01"))
        assert in_force() == found.info
        assert len(list(folder.glob("*.list"))) == 1

    def test_a_kept_list_that_was_altered_is_an_error_and_never_a_smaller_list(
        self, folder: Path
    ) -> None:
        keep(lote(ROOT))
        (held,) = folder.glob("*.list")
        held.write_bytes(lote(ROOT, day="2026-10-02"))
        with pytest.raises(TrustMaterialError, match="altered"):
            TrustStore.load().anchors(Purpose.SIGNER)
        held.unlink()
        with pytest.raises(TrustMaterialError, match="no such file"):
            TrustStore.load().anchors(Purpose.SIGNER)

    @pytest.mark.parametrize(
        "facts",
        [
            b"",
            b"[]",
            b"{}",
            b"[" * 5000,
            {"file": "../../etc/passwd"},
            {"sha256": 5},
            {"count": "1"},
            {"loaded": "2026-09-01"},
            {"loaded": "now"},
            {"next_update": "soon"},
        ],
        ids=repr,
    )
    def test_a_sidecar_that_cannot_be_read_is_an_error_that_says_the_way_out(
        self, folder: Path, facts: Any
    ) -> None:
        keep(lote(ROOT))
        sidecar = folder / "c2pa-signers.loaded.json"
        if isinstance(facts, dict):
            facts = json.dumps({**json.loads(sidecar.read_bytes()), **facts}).encode()
        sidecar.write_bytes(facts)
        with pytest.raises(TrustMaterialError, match="trust forget c2pa-signers"):
            TrustStore.load()

    def test_a_failed_write_leaves_the_former_list(self, monkeypatch: pytest.MonkeyPatch) -> None:
        before = keep(lote(ROOT)).info
        write = kept_lists.user_folder.replace_file

        def failing(target: Path, content: bytes) -> None:
            if target.suffix == ".json":
                raise TrustMaterialError("the disk is full")
            write(target, content)

        monkeypatch.setattr(kept_lists.user_folder, "replace_file", failing)
        with pytest.raises(TrustMaterialError):
            keep(lote(ROOT, day="2026-11-01"))
        assert in_force() == before
        assert TrustStore.load().anchors(Purpose.SIGNER)

    def test_without_a_home_folder_nothing_was_kept(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in (kept_lists.user_folder.VARIABLE, "XDG_DATA_HOME", "LOCALAPPDATA"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setattr(os.path, "expanduser", str)
        with pytest.raises(TrustMaterialError, match="no home directory"):
            kept_lists.user_folder.directory()
        assert in_force().count == 30
