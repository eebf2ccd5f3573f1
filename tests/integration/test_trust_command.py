"""`provenance trust` from end to end, with a data folder of its own."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result
from integration.helpers import FIXTURES
from provenance_cli.trust import trust_command
from provenance_cli.verify import verify_command as verify
from unit.base.test_network import Server
from unit.signing.test_kept_lists import lote
from unit.signing.test_trust_update import LIST, zipped

from provenance.signing import trust_store
from provenance.signing.profile import CODES
from provenance.signing.trust_update import NAME

if TYPE_CHECKING:
    from collections.abc import Iterator

PKI = Path(__file__).resolve().parents[1] / "fixtures" / "pki"
LISTS = ("--trust-anchors", str(PKI / "root.pem"), "--tsa-anchors", str(PKI / "tsa-root.pem"))
OPTIONS = (*LISTS, "--at", "2026-06-01T00:00:00Z")


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A data folder of its own. A process reads the lists once: this one forgets them again."""
    monkeypatch.setenv("PROVENANCE_DATA", str(tmp_path / "data"))
    trust_store.bundled.cache_clear()
    yield tmp_path / "data"
    trust_store.bundled.cache_clear()


def run(*arguments: str) -> Result:
    return CliRunner().invoke(trust_command, list(arguments))


def chain(tmp_path: Path, *names: str) -> str:
    file = tmp_path / "chain.pem"
    file.write_bytes(b"".join((PKI / f"{name}.pem").read_bytes() for name in names))
    return str(file)


def test_trust_list_names_every_list() -> None:
    made = run("list", *OPTIONS)
    assert made.exit_code == 0, made.output
    for name in ("c2pa-signers", "c2pa-tsa", "interim-signers", "interim-allowed", "root.pem"):
        assert name in made.output
    record = json.loads(run("list", "--format", "json").stdout)
    assert {one["tier"] for one in record["lists"]} == {"c2pa", "interim"}
    assert record["conforming_products"]["loaded"] is False


def test_trust_show_prints_the_certificates_of_a_list() -> None:
    made = run("show", "root.pem", *LISTS)  # anchors are shown whatever the time
    assert made.exit_code == 0
    assert "CN=Test Root CA" in made.output
    record = json.loads(run("show", "c2pa-tsa", "--format", "json").stdout)
    assert len(record["anchors"]) == record["lists"][0]["count"]
    assert "no anchors" in run("show", "interim-allowed").output
    unknown = run("show", "nothing")
    assert unknown.exit_code == 2
    assert "c2pa-signers" in unknown.output


@pytest.mark.parametrize(
    ("names", "code", "text"),
    [
        (("signer-es256", "intermediate"), 0, "accepted as signer"),
        (("intermediate", "signer-es256"), 0, "accepted as signer"),
        (("root", "intermediate", "signer-ed25519"), 0, "CN=Test Signer"),
        (("tsa-signer",), 0, "accepted as tsa"),
        (("signer-es256",), 5, "chain.issuer_missing"),
        (("signer-expired", "intermediate"), 5, "chain.expired"),
        (("signer-not-yet-valid", "intermediate"), 5, "chain.not_yet_valid"),
        (("signer-wrong-eku", "intermediate"), 5, "chain.wrong_eku"),
        (("stranger-signer", "stranger-intermediate"), 5, "not on any trust list"),
        (("self-signed",), 5, "not on any trust list"),
    ],
)
def test_trust_check_judges_a_chain(
    tmp_path: Path, names: tuple[str, ...], code: int, text: str
) -> None:
    file = chain(tmp_path, *names)
    made = run("check", file, *OPTIONS)
    assert made.exit_code == code, made.output
    assert text in made.output
    record = json.loads(run("check", file, *OPTIONS, "--format", "json").stdout)
    assert record["passed"] is (code == 0)


def test_the_profile_is_shown_and_counts_when_asked(tmp_path: Path) -> None:
    file = chain(tmp_path, "signer-es256", "intermediate")
    assert "profile.policy" in run("check", file, *OPTIONS).output
    assert run("check", file, *OPTIONS, "--strict").exit_code == 5


def test_trust_check_names_a_purpose_that_does_not_fit(tmp_path: Path) -> None:
    file = chain(tmp_path, "tsa-signer")
    assert run("check", file, *OPTIONS, "--purpose", "signer").exit_code == 5


@pytest.mark.parametrize("content", [b"", b"junk", b"-----BEGIN CERTIFICATE-----\nAAAA"])
def test_trust_check_of_what_cannot_be_read_is_exit_2(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "chain.pem"
    file.write_bytes(content)
    made = run("check", str(file))
    assert made.exit_code == 2
    assert "chain.pem" in made.output
    assert run("check", str(tmp_path / "none")).exit_code == 2


def test_trust_update_keeps_a_list_from_a_file(tmp_path: Path, own_folder: Path) -> None:
    assert run("path").output.strip() == str(own_folder)
    assert not own_folder.exists()
    file = tmp_path / "conforming-products-list.json"
    record = {
        "recordId": "00000000-0000-4000-8000-00000000000a",
        "status": "conformant",
        "product": {"productType": "generatorProduct", "DN": {"CN": "A", "O": "B"}},
        "dates": {"lastModification": "2026-05-01"},
    }
    file.write_text(json.dumps([record]), "utf-8")
    made = run("update", "--from", str(tmp_path))
    assert made.exit_code == 0, made.output
    assert "1 records of 2026-05-01" in made.output
    assert "1 records of 2026-05-01" in run("list").output
    file.write_text("{}", "utf-8")
    assert run("update", "--from", str(file)).exit_code == 2
    assert "1 records" in run("list").output


def test_trust_update_keeps_a_list_from_an_address(own_folder: Path) -> None:
    server = Server()
    try:
        server.answers["/list.zip"] = (200, {}, zipped(**{NAME: LIST}))
        made = run("update", "--from", server.url + "/list.zip", "--allow-private")
        assert made.exit_code == 0, made.output
        assert "1 records" in run("list").output
        assert run("update", "--from", server.url + "/list.zip").exit_code == 2
        assert len(server.seen) == 1
    finally:
        server.close()
    assert own_folder.is_dir()


@pytest.mark.parametrize(
    "source", ["http://127.0.0.1:1/x", "https://127.0.0.1:1/x", "file:///etc/passwd"]
)
def test_trust_update_refuses_addresses_that_it_may_not_call(source: str) -> None:
    made = run("update", "--from", source)
    assert made.exit_code == 2
    assert source in made.output


def test_every_code_of_the_profile_is_documented() -> None:
    page = (PKI.parents[2] / "docs" / "trust.md").read_text("utf-8")
    assert [code for code in CODES if f"`{code}`" not in page] == []


class TestOfficialLists:
    def test_update_says_what_changes_and_the_record_names_the_list(self, tmp_path: Path) -> None:
        file = tmp_path / "list.json"
        file.write_bytes(lote((PKI / "root.pem").read_bytes()))
        before = run("diff", "--from", str(file))
        assert before.exit_code == 5
        assert (
            "added    C=XX, O=Provenance Test PKI (not trusted), CN=Test Root CA" in before.output
        )
        assert "1 added, 30 removed, 0 the same" in before.output
        made = run("update", "--from", str(file))
        assert made.exit_code == 0, made.output
        assert "c2pa-signers: 1 entries of 2026-10-01" in made.output
        assert run("diff", "--from", str(file)).exit_code == 0
        sample = FIXTURES / "ai-generated.png"
        trust_store.bundled.cache_clear()
        record = json.loads(CliRunner().invoke(verify, [str(sample), "--format", "json"]).output)
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        lists = {one["name"]: one for one in record["environment"]["trust_lists"]}
        assert lists["c2pa-signers"]["sha256"] == digest
        assert record["axes"]["identity"] == "c2pa"
        assert run("forget", "c2pa-signers").exit_code == 0
        trust_store.bundled.cache_clear()
        record = json.loads(CliRunner().invoke(verify, [str(sample), "--format", "json"]).output)
        assert record["axes"]["identity"] == "unlisted"

    def test_an_older_list_has_to_be_asked_for(self, tmp_path: Path) -> None:
        file = tmp_path / "list.json"
        file.write_bytes(lote((PKI / "root.pem").read_bytes(), day="2020-01-01"))
        made = run("update", "--from", str(file))
        assert made.exit_code == 2
        assert "--allow-older" in made.output
        made = run("update", "--from", str(file), "--allow-older")
        assert made.exit_code == 0
        assert "not in force: the bundled list is of a later day" in made.output

    def test_the_age_is_advice_on_stderr_and_in_no_record(self) -> None:
        old = run("list", "--at", "2026-12-01T00:00:00Z")
        assert "c2pa-signers is 118 days old" in old.stderr
        assert "days old" not in old.stdout
        fresh = run("list", "--at", "2026-08-20T00:00:00Z")
        assert "days old" not in fresh.output
        record = run("list", "--format", "json", "--at", "2026-12-01T00:00:00Z")
        assert "days old" not in record.output

    def test_a_list_comes_from_an_address_where_it_is_given(self) -> None:
        server = Server()
        try:
            content = lote((PKI / "root.pem").read_bytes())
            server.answers["/list.json"] = (200, {}, content)
            made = run("update", "--from", server.url + "/list.json", "--allow-private")
            assert made.exit_code == 0, made.output
            assert "c2pa-signers: 1 entries" in made.output
        finally:
            server.close()

    def test_products_are_still_told_from_lists_of_anchors(self, tmp_path: Path) -> None:
        file = tmp_path / "products.json"
        file.write_bytes(LIST)
        assert "records of" in run("update", "--from", str(file)).output
        made = run("update", "--from", str(file), "--list", "c2pa-signers")
        assert made.exit_code == 2
