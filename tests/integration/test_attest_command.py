"""`provenance attest`, and `provenance audit --sign`: from a run to a statement and back."""

import os
import shutil
import sqlite3
from contextlib import closing

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from integration.helpers import AT, FIXTURES, needs_posix_names
from provenance_cli.main import main
from support import key_files


def run(*arguments):
    return CliRunner().invoke(main, [*map(str, arguments)])


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    """The folder of two pairs of keys, by name."""
    return key_files.write(
        tmp_path_factory.mktemp("keys"),
        ed=ed25519.Ed25519PrivateKey.generate(),
        p384=ec.generate_private_key(ec.SECP384R1()),
    )


@pytest.fixture(scope="module")
def original(tmp_path_factory, keys):
    """A folder with an audit that was signed at its end."""
    folder = tmp_path_factory.mktemp("audited")
    names = ["ai-generated.png", "capture.jpg", "plain.jpg", "tampered.png"]
    result = run(
        "audit",
        *(FIXTURES / n for n in names),
        "--ledger",
        folder / "a.ledger",
        "--at",
        AT,
        "--sign",
        keys / "ed.pem",
        "--progress",
        "none",
        "--exit-zero",
    )
    assert result.exit_code == 0, result.output
    assert "statement  " in result.stdout
    return folder


@pytest.fixture
def audited(tmp_path, original):
    shutil.copytree(original, tmp_path / "audited")
    return tmp_path / "audited"


def verify(folder, keys, *options, key="ed.pub"):
    statement = folder / "a.ledger.run-1.statement.json"
    return run("attest", "verify", statement, "--key", keys / key, *options)


def change(folder, sql):
    with closing(sqlite3.connect(folder / "a.ledger")) as db, db:
        db.execute(sql)


def test_a_ledger_as_it_was_signed_verifies(audited, keys):
    names = {path.name for path in audited.iterdir()}
    assert names == {"a.ledger", "a.ledger.run-1.rows", "a.ledger.run-1.statement.json"}
    result = verify(audited, keys, "--ledger", audited / "a.ledger")
    assert result.exit_code == 0, result.output
    for part in ("signature  good, Ed25519 key ", "rows       as signed", "content    as signed"):
        assert part in result.stdout
    assert "a.ledger, run 1" in result.stdout
    assert AT in result.stdout
    assert verify(audited, keys).exit_code == 0


def test_each_row_that_differs_from_what_was_signed_is_named(audited, keys):
    change(audited, "UPDATE file SET origin = 'captured' WHERE path LIKE '%ai-generated.png'")
    change(audited, "DELETE FROM file WHERE path LIKE '%plain.jpg'")
    change(
        audited,
        "INSERT INTO file (path_bytes, path, run_id, seen_run, record)"
        " VALUES (x'1b5b324a', 'x', 1, 1, '{}')",
    )
    result = verify(audited, keys, "--ledger", audited / "a.ledger")
    assert result.exit_code == 4
    assert f"changed    {FIXTURES / 'ai-generated.png'}" in result.stdout
    assert f"removed    {FIXTURES / 'plain.jpg'}" in result.stdout
    assert "added      \\x1b[2J" in result.stdout
    assert "content    NOT as signed" in result.stdout
    assert "capture.jpg" not in result.stdout


def test_a_run_that_is_not_as_it_was_signed_is_named(audited, keys):
    change(audited, "UPDATE run SET policy_digest = 'x'")
    result = verify(audited, keys, "--ledger", audited / "a.ledger")
    assert result.exit_code == 4
    assert "run 1      NOT as signed" in result.stdout


def test_row_digests_that_are_missing_or_of_another_ledger_are_named(audited, keys):
    rows = audited / "a.ledger.run-1.rows"
    moved = audited / "moved"
    rows.rename(moved)
    ledger = ("--ledger", audited / "a.ledger")
    result = verify(audited, keys, *ledger)
    assert result.exit_code == 0
    assert "not there" in result.stdout
    assert "rows       as signed" in verify(audited, keys, *ledger, "--rows", moved).stdout
    assert verify(audited, keys, "--rows", audited / "none").exit_code == 4
    change(audited, "DELETE FROM file WHERE path LIKE '%plain.jpg'")
    result = verify(audited, keys, *ledger)
    assert result.exit_code == 4
    assert "removed" not in result.stdout
    moved.write_bytes(moved.read_bytes() + b"\n")
    result = verify(audited, keys, *ledger, "--rows", moved)
    assert result.exit_code == 4
    assert "rows       NOT the ones that were signed" in result.stdout


@needs_posix_names
@pytest.mark.parametrize("name", ["a\n.ledger", os.fsdecode(b"\xff.ledger"), "\u202ea.ledger"])
def test_row_digests_are_found_whatever_the_ledger_is_called(audited, keys, name):
    ledger = audited / name
    (audited / "a.ledger").rename(ledger)
    assert run("attest", "sign", ledger, "--key", keys / "ed.pem").exit_code == 0
    statement = audited / f"{name}.run-1.statement.json"
    arguments = ("attest", "verify", statement, "--key", keys / "ed.pub", "--ledger", ledger)
    assert "rows       as signed" in run(*arguments).stdout
    (audited / f"{name}.run-1.rows").unlink()
    assert "not there" in run(*arguments).stdout


def test_a_ledger_checked_with_another_key_is_not_signed_by_it(audited, keys):
    result = verify(audited, keys, "--ledger", audited / "a.ledger", key="p384.pub")
    assert result.exit_code == 4
    assert result.stdout.startswith("signature  NOT by the ECDSA P-384 key ")
    assert "ledger" not in result.stdout  # nothing of it is believed


def test_a_ledger_can_be_signed_later(audited, keys):
    ledger = audited / "a.ledger"
    result = run("attest", "sign", ledger, "--key", keys / "p384.pem")
    assert result.exit_code == 0, result.output
    assert verify(audited, keys, "--ledger", ledger, key="p384.pub").exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["attest", "sign", "{}/a.ledger"], "Missing option '--key'"),
        (["attest", "sign", "{}/a.ledger", "--key", "{k}/ed.pub"], "no private key in PEM"),
        (["attest", "sign", "{}/none", "--key", "{k}/ed.pem"], "no such ledger"),
        (["attest", "verify", "{}/none", "--key", "{k}/ed.pub"], "no such file"),
        (["attest", "verify", "{}/a.ledger", "--key", "{k}/ed.pub"], "not an envelope"),
        (["attest", "verify", "{}/a.ledger", "--key", "{k}/ed.pem"], "a private key; give its"),
        (
            ["audit", "{}", "--ledger", "{}/new", "--sign", "{k}/ed.pub"],
            "no private key in PEM",
        ),
        (
            ["audit", "{}", "--ledger", "{}/new", "--key-password-file", "x"],
            "--key-password-file goes with --sign",
        ),
    ],
)
def test_wrong_usage_is_one_line_and_exit_2(audited, keys, arguments, message):
    filled = [a.replace("{k}", str(keys)).replace("{}", str(audited)) for a in arguments]
    result = run(*filled)
    assert result.exit_code == 2, result.output
    assert message in result.stderr
    assert "Traceback" not in result.stderr
    assert not (audited / "new").exists()
