"""Signed statements: the envelope to the byte, the keys, and every kind of tampering."""

from __future__ import annotations

import base64
import hashlib
import json
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from support.ledgers import HOSTILE_NAMES, entry, failed, judged, moved, write

from provenance.auditing import (
    dsse,
    ledger_statement,
    ledger_statement_check,
    reading,
    statement_keys,
)
from provenance.auditing.ledger_statement_check import RowFate, RowsFile
from provenance.base.errors import EvidenceError

KINDS = {
    "ed25519": ed25519.Ed25519PrivateKey.generate(),
    "p256": ec.generate_private_key(ec.SECP256R1()),
    "p384": ec.generate_private_key(ec.SECP384R1()),
}


def pem(key, folder, name="key", password=None):
    """Write both halves of a key; return their paths."""
    secret: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if password is not None:
        secret = serialization.BestAvailableEncryption(password)
    form = serialization.PrivateFormat.PKCS8
    private, public = folder / f"{name}.pem", folder / f"{name}.pub.pem"
    private.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, secret))
    public.write_bytes(
        key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )
    return private, public


@pytest.fixture
def pair(tmp_path):
    return pem(KINDS["ed25519"], tmp_path)


@pytest.fixture
def ledger(tmp_path):
    rows = [entry(moved(judged("plain.jpg"), name)) for name in HOSTILE_NAMES]
    rows += [entry(judged("ai-generated.png", "a.png")), entry(failed("b.png"))]
    return write(tmp_path / "a.ledger", rows)


def signed(ledger, private):
    with reading.open_ledger(ledger) as reader:
        return ledger_statement.sign_ledger(
            reader, str(ledger), statement_keys.load_signing_key(private)
        )


def checked(ledger, written, public, rows=True):
    """The rows that differ, and the check."""
    statement = ledger_statement_check.open_statement(
        written.statement, statement_keys.load_public_key(public)
    )
    assert statement is not None
    with reading.open_ledger(ledger) as reader:
        check = ledger_statement_check.check_ledger(
            statement, reader, written.rows if rows else None
        )
        return [(fate, path) for fate, path in check.rows], check


def test_the_encoding_that_is_signed_is_that_of_the_protocol() -> None:
    """The example of the DSSE protocol."""
    made = dsse.pae("http://example.com/HelloWorld", b"hello world")
    assert made == b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    assert dsse.pae("\u00e4", b"") == b"DSSEv1 2 \xc3\xa4 0 "


@pytest.mark.parametrize("kind", KINDS)
def test_a_statement_verifies_without_our_code(tmp_path, ledger, kind) -> None:
    private, _ = pem(KINDS[kind], tmp_path)
    written = signed(ledger, private)
    envelope = json.loads((tmp_path / "a.ledger.run-1.statement.json").read_bytes())
    payload = base64.b64decode(envelope["payload"])
    kind_of = envelope["payloadType"]
    assert kind_of == "application/vnd.in-toto+json"
    data = b"DSSEv1 %d %s %d %s" % (len(kind_of), kind_of.encode(), len(payload), payload)
    (signature,) = envelope["signatures"]
    key = KINDS[kind].public_key()
    raw = base64.b64decode(signature["sig"])
    if isinstance(key, ed25519.Ed25519PublicKey):
        key.verify(raw, data)
    else:
        key.verify(raw, data, ec.ECDSA(hashes.SHA256() if kind == "p256" else hashes.SHA384()))
    der = key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    assert signature["keyid"] == hashlib.sha256(der).hexdigest() == written.keyid


def test_the_statement_names_the_ledger_its_run_and_its_digests(tmp_path, ledger, pair) -> None:
    written = signed(ledger, pair[0])
    envelope = json.loads((tmp_path / "a.ledger.run-1.statement.json").read_bytes())
    top = json.loads(base64.b64decode(envelope["payload"]))
    rows = (tmp_path / "a.ledger.run-1.rows").read_bytes()
    assert top["_type"] == "https://in-toto.io/Statement/v1"
    assert top["predicateType"] == "urn:provenance-verifier:audit:1"
    subjects = {s["name"]: s["digest"]["sha256"] for s in top["subject"]}
    assert subjects["a.ledger.run-1.rows"] == hashlib.sha256(rows).hexdigest()
    predicate = top["predicate"]
    assert predicate["rows"]["count"] == written.count == len(HOSTILE_NAMES) + 2
    assert predicate["validation_time"] == "2026-06-01T00:00:00Z"
    assert predicate["policy"]["name"] == "default"
    for name in ("tool", "sdk", "trust_lists", "trust_digest", "counts", "isolation", "run"):
        assert name in predicate
    content = json.dumps(
        {"rows": predicate["rows"]["sha256"], "runs": predicate["runs"]},
        sort_keys=True,
        separators=(",", ":"),
    )
    assert subjects["a.ledger"] == hashlib.sha256(content.encode()).hexdigest()


def test_a_row_digest_can_be_taken_by_anyone(tmp_path, ledger, pair) -> None:
    signed(ledger, pair[0])
    lines = (tmp_path / "a.ledger.run-1.rows").read_bytes().splitlines()
    assert len(lines) == len(HOSTILE_NAMES) + 2
    found = {json.loads(line.partition(b" ")[2]): line[:64].decode() for line in lines}
    assert set(found) == {*HOSTILE_NAMES, "a.png", "b.png"}
    with closing(sqlite3.connect(ledger)) as db:
        db.row_factory = sqlite3.Row
        row = dict(db.execute("SELECT * FROM file WHERE path = 'a.png'").fetchone())
    del row["id"]
    row["met"] = row.pop("seen_run") >= 1
    row["path_bytes"] = {"base64": base64.b64encode(row["path_bytes"]).decode()}
    text = json.dumps(row, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    assert found["a.png"] == hashlib.sha256(text.encode()).hexdigest()


def test_an_untouched_ledger_is_as_signed(ledger, pair) -> None:
    written = signed(ledger, pair[0])
    files = (Path(written.rows), Path(written.statement))
    first = [path.read_bytes() for path in files]
    assert checked(ledger, written, pair[1])[0] == []
    assert checked(ledger, written, pair[1])[1].same
    assert checked(ledger, written, pair[1], rows=False)[1].same
    signed(ledger, pair[0])
    assert [path.read_bytes() for path in files] == first


@pytest.mark.parametrize(
    "column", sorted(set(reading.LedgerRow._fields) - {"path_bytes", "seen_run"})
)
def test_a_change_of_any_column_names_the_row(ledger, pair, column) -> None:
    written = signed(ledger, pair[0])
    value = 1 if column in {"size", "mtime_ns"} else 7 if column == "run_id" else "x"
    with closing(sqlite3.connect(ledger)) as db, db:
        db.execute(f"UPDATE file SET {column} = ? WHERE path = 'a.png'", (value,))  # noqa: S608 - columns of the test's own
    rows, check = checked(ledger, written, pair[1])
    assert rows == [(RowFate.CHANGED, b"a.png")]
    assert not check.same
    assert checked(ledger, written, pair[1], rows=False)[1].same is False


def test_rows_that_are_added_removed_or_hidden_are_named(ledger, pair) -> None:
    written = signed(ledger, pair[0])
    with closing(sqlite3.connect(ledger)) as db, db:
        db.execute("DELETE FROM file WHERE path = 'a.png'")
        db.execute("UPDATE file SET seen_run = 0 WHERE path = 'b.png'")
        db.execute(
            "INSERT INTO file (path_bytes, path, run_id, seen_run, record)"
            " VALUES (x'ff', 'c', 1, 1, '{}')"
        )
    rows, check = checked(ledger, written, pair[1])
    assert rows == [
        (RowFate.REMOVED, b"a.png"),
        (RowFate.CHANGED, b"b.png"),
        (RowFate.ADDED, b"\xff"),
    ]
    assert not check.same


def test_a_run_that_was_altered_is_named(ledger, pair) -> None:
    written = signed(ledger, pair[0])
    with closing(sqlite3.connect(ledger)) as db, db:
        db.execute("UPDATE run SET validation_time = '2020-01-01T00:00:00Z'")
    rows, check = checked(ledger, written, pair[1])
    assert rows == []
    assert check.runs == (1,)
    assert not check.same


def test_a_ledger_that_went_on_says_so(tmp_path, pair) -> None:
    rows = [entry(judged("plain.jpg", name)) for name in "ab"]
    old = write(tmp_path / "a.ledger", rows)
    written = signed(old, pair[0])
    (tmp_path / "new").mkdir()
    rows = [
        entry(judged("plain.jpg", "a"), run=1, seen=2),
        entry(judged("ai-generated.png", "b"), run=2, seen=2),
    ]
    new = write(tmp_path / "new" / "a.ledger", rows, runs=2)
    found, check = checked(new, written, pair[1])
    assert found == [(RowFate.CHANGED, b"b")]
    assert check.later == (2,)
    assert check.runs == ()


def test_another_key_or_another_payload_does_not_verify(tmp_path, ledger, pair) -> None:
    written = signed(ledger, pair[0])
    for kind in ("p256", "p384"):
        other = statement_keys.load_public_key(pem(KINDS[kind], tmp_path, kind)[1])
        assert ledger_statement_check.open_statement(written.statement, other) is None
    stranger = pem(ed25519.Ed25519PrivateKey.generate(), tmp_path, "stranger")[1]
    assert (
        ledger_statement_check.open_statement(
            written.statement, statement_keys.load_public_key(stranger)
        )
        is None
    )
    path = tmp_path / "altered.json"
    envelope = json.loads(Path(written.statement).read_bytes())
    payload = base64.b64decode(envelope["payload"])
    for changes in (
        {"payload": base64.b64encode(payload.replace(b'"run":1', b'"run":2')).decode()},
        {"payloadType": "application/json"},
        {"signatures": [{**envelope["signatures"][0], "sig": ""}]},
    ):
        path.write_text(json.dumps(envelope | changes))
        assert (
            ledger_statement_check.open_statement(path, statement_keys.load_public_key(pair[1]))
            is None
        )
    # the key id is a hint, and the URL-safe alphabet is allowed
    safe = envelope["signatures"][0]["sig"].translate(str.maketrans("+/", "-_"))
    path.write_text(json.dumps(envelope | {"signatures": [{"sig": safe, "keyid": "x"}]}))
    assert (
        ledger_statement_check.open_statement(path, statement_keys.load_public_key(pair[1]))
        is not None
    )


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"[]",
        b"5",
        b"\xff",
        b"[" * 100_000,
        b'{"payload":5,"payloadType":"x","signatures":[{"sig":""}]}',
        b'{"payload":"","payloadType":5,"signatures":[{"sig":""}]}',
        b'{"payload":"","payloadType":"\\ud800","signatures":[{"sig":""}]}',
        b'{"payload":"","payloadType":"x","signatures":[]}',
        b'{"payload":"!","payloadType":"x","signatures":[{"sig":""}]}',
        b'{"payload":"","payloadType":"x","signatures":[{"sig":"\\u00e4"}]}',
        b'{"payload":"","payloadType":"x","signatures":' + b"[" + b"{}," * 200 + b"{}]}",
    ],
)
def test_a_file_that_is_no_envelope_is_refused(tmp_path, pair, data) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(data)
    with pytest.raises(EvidenceError, match="not an envelope"):
        ledger_statement_check.open_statement(path, statement_keys.load_public_key(pair[1]))


ENDLESS = {
    "_type": ledger_statement.STATEMENT_TYPE,
    "predicateType": ledger_statement.PREDICATE_TYPE,
    "subject": [{"name": "", "digest": {"sha256": ""}}],
    "predicate": {"run": float("inf"), "rows": {"name": "", "sha256": "", "columns": []}},
}


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"{}",
        b"[]",
        b'{"_type":"x","predicateType":"y"}',
        json.dumps(ENDLESS).encode(),
    ],
)
def test_a_signed_payload_that_is_no_statement_of_ours_is_refused(tmp_path, pair, payload) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(dsse.sealed(payload, statement_keys.load_signing_key(pair[0])).to_json())
    with pytest.raises(EvidenceError, match="no statement over an audit"):
        ledger_statement_check.open_statement(path, statement_keys.load_public_key(pair[1]))


def test_the_file_of_row_digests_is_checked_against_the_statement(tmp_path, ledger, pair) -> None:
    written = signed(ledger, pair[0])
    statement = ledger_statement_check.open_statement(
        written.statement, statement_keys.load_public_key(pair[1])
    )
    assert statement is not None
    assert ledger_statement_check.rows_file(statement, written.rows) is RowsFile.SAME
    assert ledger_statement_check.rows_file(statement, tmp_path / "none") is RowsFile.MISSING
    (tmp_path / "other").write_bytes(b"x")
    assert ledger_statement_check.rows_file(statement, tmp_path / "other") is RowsFile.OTHER
    with pytest.raises(EvidenceError):
        ledger_statement_check.rows_file(statement, tmp_path)


@pytest.mark.parametrize("state", ["running", "interrupted"])
def test_an_unfinished_run_is_not_signed(tmp_path, pair, state) -> None:
    path = write(tmp_path / "a.ledger", [], state=state)
    with pytest.raises(EvidenceError, match="not finished"):
        signed(path, pair[0])
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.ledger", "key.pem", "key.pub.pem"]


def test_a_folder_that_cannot_be_written_is_one_error(tmp_path, ledger, pair, monkeypatch) -> None:
    def full(*_args, **_options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(EvidenceError, match="no space left"):
        signed(ledger, pair[0])
    assert not [p for p in tmp_path.iterdir() if p.name.startswith(".")]


def test_a_statement_is_readable_for_all_who_may_read_the_folder(tmp_path, ledger, pair) -> None:
    written = signed(ledger, pair[0])
    mode = stat.S_IMODE((tmp_path / "a.ledger.run-1.rows").stat().st_mode)
    assert mode & 0o400
    assert not mode & 0o111
    assert written.run == 1


class TestKeys:
    def test_protected_by_a_password_need_the_right_one(self, tmp_path) -> None:
        private, _ = pem(KINDS["p256"], tmp_path, password=b"se cret")
        with pytest.raises(EvidenceError, match="protected by a password; give it with"):
            statement_keys.load_signing_key(private)
        right, wrong = tmp_path / "right", tmp_path / "wrong"
        right.write_bytes(b"se cret\r\n")
        wrong.write_bytes(b"secret")
        assert statement_keys.load_signing_key(private, right).public.kind == "ECDSA P-256"
        with pytest.raises(EvidenceError, match="or another password"):
            statement_keys.load_signing_key(private, wrong)
        wrong.write_bytes(b"\n")
        with pytest.raises(EvidenceError, match=r"protected by a password|another password"):
            statement_keys.load_signing_key(private, wrong)
        plain, _ = pem(KINDS["p256"], tmp_path)
        with pytest.raises(EvidenceError, match="not protected by a password"):
            statement_keys.load_signing_key(plain, right)

    def test_of_the_wrong_kind_are_refused(self, tmp_path) -> None:
        for name, key in (
            ("rsa", rsa.generate_private_key(65537, 2048)),
            ("p521", ec.generate_private_key(ec.SECP521R1())),
        ):
            private, public = pem(key, tmp_path, name)
            with pytest.raises(EvidenceError, match="give an Ed25519 key"):
                statement_keys.load_signing_key(private)
            with pytest.raises(EvidenceError, match="give an Ed25519 key"):
                statement_keys.load_public_key(public)

    def test_that_are_none_are_refused(self, tmp_path, pair) -> None:
        with pytest.raises(EvidenceError, match="no private key in PEM"):
            statement_keys.load_signing_key(pair[1])
        with pytest.raises(EvidenceError, match="a private key; give its public half"):
            statement_keys.load_public_key(pair[0])
        path = tmp_path / "x\x1b.pem"
        for data, message in ((b"", "in PEM"), (b"x" * 70_000, "too large")):
            path.write_bytes(data)
            for load in (statement_keys.load_signing_key, statement_keys.load_public_key):
                with pytest.raises(EvidenceError, match=message) as caught:
                    load(path)
                assert str(caught.value).isprintable()
        with pytest.raises(EvidenceError, match="no such file"):
            statement_keys.load_public_key(tmp_path / "none")
        with pytest.raises(EvidenceError, match="directory"):
            statement_keys.load_signing_key(tmp_path)
