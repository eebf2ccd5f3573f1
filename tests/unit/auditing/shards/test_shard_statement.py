"""A signed statement over parts: it verifies, and names each part that is another one."""

from __future__ import annotations

import hashlib
import json

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from support import key_files, s3
from support import parts as made
from support.each import each
from support.ledgers import copies, judged, write

from provenance.auditing import dsse, statement_keys
from provenance.auditing.ledger_statement import canonical
from provenance.auditing.shards import parts, shard_statement
from provenance.auditing.shards.shard_plan import PLAN, part_name
from provenance.base.errors import EvidenceError

pytest.importorskip("pyarrow", reason="pyarrow is not installed")


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Plan and three parts, of seven rows."""
    rows = copies(judged("plain.jpg"), "abcdefg")
    return made.files(write(tmp_path_factory.mktemp("statement") / "a.ledger", rows), 3)


def made_pair(folder):
    key_files.write(folder, a=ed25519.Ed25519PrivateKey.generate())
    return statement_keys.load_signing_key(folder / "a.pem", None), statement_keys.load_public_key(
        folder / "a.pub"
    )


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    return made_pair(tmp_path_factory.mktemp("keys"))


def signed(place, pair):
    with parts.open_parts(str(place)) as opened:
        written = shard_statement.sign_parts(opened, pair[0])
    envelope = shard_statement.read_envelope(written.statement)
    assert envelope.signature_by(pair[1]) is not None
    found = shard_statement.statement_in(envelope, "it")
    assert found is not None
    return written, found


def fates(found, place, lines):
    check = shard_statement.check_statement(found, parts.store_of(str(place)), lines)
    return [(fate.value, key) for fate, key in check.parts], check.plan, check.same


def test_the_statement_over_parts_is_as_documented(files, pair, tmp_path) -> None:
    out = made.write(tmp_path / "june", files)
    written, found = signed(out, pair)
    assert (written.parts, written.rows) == (3, 7)
    plan = hashlib.sha256(files[PLAN]).hexdigest()
    lines = b"".join(
        b'%s %d "%s"\n' % (hashlib.sha256(files[key]).hexdigest().encode(), rows, key.encode())
        for key, rows in ((part_name(0), 3), (part_name(1), 3), (part_name(2), 1))
    )
    assert (out / "audit.parts").read_bytes() == lines
    digest = hashlib.sha256(lines).hexdigest()
    top = json.loads(dsse.read_envelope(written.statement, "it")[0].payload)
    content = hashlib.sha256(canonical({"parts": digest, "plan": plan})).hexdigest()
    assert top["subject"] == [
        {"name": "june", "digest": {"sha256": content}},
        {"name": "plan.json", "digest": {"sha256": plan}},
        {"name": "audit.parts", "digest": {"sha256": digest}},
    ]
    predicate = top["predicate"]
    assert predicate["parts"] == {"name": "audit.parts", "sha256": digest, "count": 3, "rows": 7}
    assert (predicate["plan"], predicate["objects"]) == (plan, 7)
    assert predicate["validation_time"] == "2026-06-01T00:00:00Z"
    assert [one["name"] for one in predicate["isolation"]] == ["landlock", "network"]
    assert shard_statement.are_signed(found, lines)
    assert fates(found, out, lines) == ([], True, True)
    assert fates(found, out, None) == ([], True, True)


@each(
    ("change", "expected"),
    [
        ({part_name(1): None}, [("missing", part_name(1))]),
        ({part_name(1): b"other"}, [("changed", part_name(1))]),
        ({part_name(3): b"more"}, [("added", part_name(3))]),
        ({"parts/0.parquet": b""}, [("added", "parts/0.parquet")]),
        ({"parts/.part-00000000.parquet.x": b""}, []),
        (
            {part_name(0): None, part_name(2): b"", "parts/x": b""},
            [("missing", part_name(0)), ("changed", part_name(2)), ("added", "parts/x")],
        ),
    ],
)
def test_each_part_that_differs_from_what_was_signed_is_named(
    files, pair, tmp_path, change, expected
) -> None:
    out = made.write(tmp_path, files)
    written, found = signed(out, pair)
    lines = shard_statement.digests(written.digests)
    for key, data in change.items():
        (out / key).unlink() if data is None else (out / key).write_bytes(data)
    assert fates(found, out, lines) == (expected, True, not expected)
    assert fates(found, out, None) == ([], True, not expected)


def test_a_plan_that_was_changed_is_not_as_it_was_signed(files, pair, tmp_path) -> None:
    out = made.write(tmp_path, files)
    written, found = signed(out, pair)
    (out / PLAN).write_bytes(files[PLAN] + b" ")
    assert fates(found, out, shard_statement.digests(written.digests)) == ([], False, False)


def test_what_is_not_all_done_or_not_of_one_plan_is_not_signed(files, pair, tmp_path) -> None:
    half = {key: data for key, data in files.items() if key != part_name(1)}
    for name, found, message in (
        ("half", half, "1 of 3 shards is not done; run them first"),
        ("none", {PLAN: made.plan([])}, "no part exists"),
    ):
        with pytest.raises(EvidenceError, match=message) as caught:
            signed(made.write(tmp_path / name, found), pair)
        assert caught.value.code == "run.unfinished"
    with pytest.raises(Exception, match="not a part of an audit"):
        signed(made.write(tmp_path / "bad", files | {part_name(1): b"x"}), pair)
    assert not list(tmp_path.rglob("audit.*"))


def test_a_store_gets_the_statement_once(files, pair, tmp_path) -> None:
    with s3.bucket("signed") as bucket:
        address = s3.put(f"{bucket}/june", files)
        written, found = signed(address, pair)
        assert written.statement == f"{address}/audit.statement.json"
        lines = shard_statement.digests(written.digests)
        assert fates(found, address, lines) == ([], True, True)
        signed(address, pair)  # the same bytes: Ed25519 has no random in it
        with pytest.raises(EvidenceError, match="is there already, and is another one"):
            signed(address, made_pair(tmp_path))
        store = parts.store_of(address)
        assert store.put_new(part_name(3), b"later")
        assert fates(found, address, lines) == ([("added", part_name(3))], True, False)
        assert shard_statement.digests(f"{address}/none") is None
        with pytest.raises(EvidenceError, match="statement s3://signed/none: no such object"):
            shard_statement.read_envelope(f"{bucket}/none")


@each(
    "change",
    [
        {"predicateType": "urn:provenance-verifier:audit:1"},
        {"predicate": None},
        {"predicate": {}},
        {"subject": []},
        {"subject": [{"name": "x", "digest": {"sha256": "0" * 64}}]},
    ],
)
def test_a_statement_that_says_something_else_is_refused(files, pair, tmp_path, change) -> None:
    out = made.write(tmp_path, files)
    written, _ = signed(out, pair)
    top = json.loads(dsse.read_envelope(written.statement, "it")[0].payload)
    envelope = dsse.Envelope(dsse.PAYLOAD_TYPE, canonical(top | change), ())
    if "predicateType" in change:
        assert shard_statement.statement_in(envelope, "it") is None
        return
    with pytest.raises(EvidenceError, match="it: signed, but no statement over an audit"):
        shard_statement.statement_in(envelope, "it")
