"""`provenance chain` on the samples of this repository."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner, Result
from provenance_cli.chain import chain_command
from support.each import each

from provenance.signing.trust_material import pem_certificates

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"
ROOT, TSA = FIXTURES / "pki" / "root.pem", FIXTURES / "pki" / "tsa-root.pem"
OPTIONS = (
    *("--trust-anchors", str(ROOT), "--tsa-anchors", str(TSA)),
    *("--at", "2026-06-01T00:00:00Z"),
)


def run(name: str, *more: str) -> Result:
    return CliRunner().invoke(chain_command, [str(FIXTURES / name), *OPTIONS, *more])


def test_chain_prints_a_signed_file_as_text() -> None:
    made = run("ai-generated.png")
    assert made.exit_code == 0, made.output
    for text in (
        "signature   verifies",
        "identity    private, on root.pem",
        "CN=Test Signer ES256",
        "CN=Test Signing CA",
        "CN=Test Root CA",
        "issuer's signature verifies",
        "for e-mail protection, C2PA claim signing",
    ):
        assert text in made.output


def test_chain_shows_below_each_certificate_its_own_digest() -> None:
    """The digest below a name is that of the certificate with this name, never of another one."""
    lines = run("ai-generated.png").output.splitlines()
    record = json.loads(run("ai-generated.png", "--format", "json").stdout)
    links = record["manifests"][0]["path"]
    assert links, "there is no certificate"
    starts = [
        next(n for n, x in enumerate(lines) if link["certificate"]["subject"] in x)
        for link in links
    ]
    for link, start, end in zip(links, starts, [*starts[1:], len(lines)], strict=True):
        digests = [x.rpartition(" ")[2] for x in lines[start:end] if "sha256 " in x]
        assert digests == [link["certificate"]["sha256"]]


def test_chain_names_the_issuer_that_is_missing_without_a_digest() -> None:
    """The line names the issuer and gives no digest, which would be that of another certificate."""
    made = CliRunner().invoke(chain_command, [str(FIXTURES / "ai-generated.png"), *OPTIONS[-2:]])
    (line,) = [x for x in made.output.splitlines() if "issued by C=XX" in x]
    assert "sha256" not in line


@each(
    ("name", "code", "identity", "time", "revocation"),
    [
        ("capture.jpg", 0, "private", None, "not_checked"),
        ("revoked.jpg", 4, "private", "timestamped", "revoked"),
        ("revoked-later.jpg", 0, "private", "timestamped", "revoked_later"),
        ("ocsp-good.jpg", 0, "private", None, "good"),
        ("expired.jpg", 0, "private", "expired", "not_checked"),
        ("expired-timestamped.jpg", 0, "private", "timestamped", "not_checked"),
        ("not-yet-valid.jpg", 0, "private", "not_yet_valid", "not_checked"),
        ("bad-signature.jpg", 4, "unproven", "unknown", "not_checked"),
    ],
)
def test_chain_shows_the_axes_of_each_fixture(
    name: str, code: int, identity: str | None, time: str | None, revocation: str | None
) -> None:
    made = run(name, "--format", "json")
    assert made.exit_code == code, made.output
    record = json.loads(made.stdout)
    assert record["validation_time"] == "2026-06-01T00:00:00Z"
    assert record["network"] == []
    (active,) = [one for one in record["manifests"] if one["active"]]
    assert active["signature_valid"] is (name != "bad-signature.jpg")
    assert identity is None or active["identity"] == identity
    assert time is None or active["time"] == time
    assert revocation is None or active["revocation"]["status"] == revocation


def test_chain_shows_several_manifests_and_the_links_between_them() -> None:
    record = json.loads(run("chain-of-three.jpg", "--format", "json").stdout)
    assert len(record["manifests"]) == 3
    for one in record["manifests"]:
        assert [link["status"] for link in one["path"]] == ["verified", "verified", "root"]
        assert one["path"][-1]["lists"] == ["root.pem"]


def test_chain_reads_the_credential_of_a_sidecar() -> None:
    made = run("plain-for-sidecar.jpg")
    assert "credential present, sidecar" in made.output


def test_chain_of_a_file_without_a_credential_says_that_absence_proves_nothing() -> None:
    made = run("plain.jpg")
    assert made.exit_code == 0
    assert "Absence of evidence is not evidence" in made.output


def test_chain_writes_certificates_as_pem(tmp_path: Path) -> None:
    out = tmp_path / "out.pem"
    made = run("expired-timestamped.jpg", "--pem", str(out))
    assert made.exit_code == 0, made.output
    assert len(pem_certificates(out.read_bytes())) >= 3
    before = out.read_bytes()
    again = run("expired-timestamped.jpg", "--pem", str(out))
    assert again.exit_code == 2
    assert "exists already" in again.output
    assert out.read_bytes() == before
    nothing = run("plain.jpg", "--pem", str(tmp_path / "none.pem"))
    assert nothing.exit_code == 2
    assert not (tmp_path / "none.pem").exists()


def test_chain_cleans_hostile_text() -> None:
    made = run("hostile-strings.jpg")
    assert "\x1b" not in made.output
    assert "\u202e" not in made.output


def test_nobody_is_asked_where_no_responder_is_named() -> None:
    record = json.loads(run("ai-generated.png", "--ocsp", "--format", "json").stdout)
    assert record["network"] == []


def test_chain_of_what_cannot_be_examined_is_an_error(tmp_path: Path) -> None:
    assert run("missing.jpg").exit_code == 1
    assert run("ai-generated.png", "--crl", str(FIXTURES / "plain.jpg")).exit_code == 2
    assert run("ai-generated.png", "--trust-anchors", str(tmp_path / "none")).exit_code == 2


def test_ascii_where_the_terminal_has_nothing_else() -> None:
    runner = CliRunner(charset="ascii")
    made = runner.invoke(chain_command, [str(FIXTURES / "ai-generated.png"), *OPTIONS])
    assert made.exit_code == 0, made.output
    assert "`- C=XX" in made.output
    assert made.output.isascii()
