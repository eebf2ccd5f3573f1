"""`--cawg-anchors` of verify, audit and chain: which identities beside the signer are trusted."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from provenance_cli.main import main
from support.fixture import AI, label
from support.pki import PKI, credential
from support.writer import Manifest

from provenance.base import cbor
from provenance.kit.claims import Linked, NewAssertion, created
from provenance.kit.cose_sign1 import sign1
from provenance.kit.media import gradient_jpeg
from provenance.kit.writer import signed_file

if TYPE_CHECKING:
    from pathlib import Path

AT = ("--at", "2026-06-01T00:00:00Z", "--no-bundled-trust")
ROOT, STRANGER = str(PKI / "root.pem"), str(PKI / "stranger-root.pem")


@pytest.fixture
def identified(tmp_path: Path) -> str:
    """A picture with a CAWG identity of the test PKI."""

    def content(links: dict[str, dict[str, object]]) -> object:
        payload = {"referenced_assertions": list(links.values()), "sig_type": "cawg.x509.cose"}
        signature = sign1(cbor.encode(payload), credential())
        return {"signer_payload": payload, "signature": signature, "pad1": b""}

    identity = NewAssertion("cawg.identity", Linked(content), created=False)
    file = tmp_path / "files" / "identified.jpg"
    file.parent.mkdir()
    file.write_bytes(signed_file(gradient_jpeg(), Manifest(label(970), (created(AI), identity))))
    return str(file)


def run(*arguments: str) -> tuple[int, str]:
    made = CliRunner().invoke(main, [*arguments])
    return made.exit_code, made.stdout


def record(command: str, file: str, *more: str) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(run(command, file, *AT, "--format", "json", *more)[1])
    return made


@pytest.mark.parametrize(
    ("anchors", "expected"), [((), "unlisted"), ((STRANGER,), "unlisted"), ((ROOT,), "trusted")]
)
def test_verify_and_chain_take_cawg_anchors(
    identified: str, anchors: tuple[str, ...], expected: str
) -> None:
    options = [word for anchor in anchors for word in ("--cawg-anchors", anchor)]
    report = record("verify", identified, *options)
    assert report["axes"]["cawg"] == expected
    assert report["axes"]["identity"] == "unlisted"  # an anchor for identities is none for signers
    lists = [(one["name"], one["purpose"]) for one in report["environment"]["trust_lists"]]
    assert lists == [(anchor.rpartition("/")[2], "cawg") for anchor in anchors]
    chain = record("chain", identified, *options)
    assert chain["cawg"] == expected
    assert f"cawg.{expected}" in {one["code"] for one in chain["findings"]}
    assert f"  cawg        {expected}" in run("chain", identified, *AT, *options)[1]


def test_an_audit_takes_cawg_anchors(identified: str, tmp_path: Path) -> None:
    folder = str(tmp_path / "files")
    ledger = str(tmp_path / "a.ledger")
    code, out = run(
        *("audit", folder, "--ledger", ledger, *AT, "--cawg-anchors", ROOT, "--workers", "1"),
        *("--format", "jsonl", "--progress", "none"),
    )
    assert code == 3, out
    assert json.loads(out.splitlines()[0])["axes"]["cawg"] == "trusted"


@pytest.mark.parametrize("command", ["verify", "chain"])
def test_cawg_anchors_that_cannot_be_read_end_the_run(identified: str, command: str) -> None:
    made = CliRunner().invoke(main, [command, identified, "--cawg-anchors", identified])
    assert made.exit_code == 2
    assert "identified.jpg" in made.stderr


def test_a_file_without_an_identity_says_none() -> None:
    file = str(PKI.parent / "capture.jpg")
    assert record("chain", file, "--cawg-anchors", ROOT)["cawg"] == "none"
    assert "cawg" not in run("chain", file, *AT)[1]
