"""The plan of an audit in shards: what it fixes, what it refuses, and what a stranger writes."""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from support.each import each
from support.pki import FIXTURES

from provenance.auditing.run import task_of
from provenance.auditing.shards import object_lists, plan_store
from provenance.auditing.shards.shard_plan import ListedObject, Shard
from provenance.auditing.task import DigestMode
from provenance.base.errors import AuditError
from provenance.base.options import ArchiveLimits, CrossCheck, Options
from provenance.base.terms import Assurance, Flag, Origin
from provenance.signing.trust_list import Purpose
from provenance.signing.trust_store import TrustStore
from provenance.verdict.policy import Policy, SigningDemand

if TYPE_CHECKING:
    from pathlib import Path

AT = datetime(2026, 6, 1, 12, 30, tzinfo=UTC)
SHA = "ab" * 32
FOUND = (
    ListedObject("a b.jpg", 5, -1, '"tag"', beside=(ListedObject("a b.xmp", 3, 7, '"x"'),)),
    ListedObject("a/../b", error=("plan.outside", "not below")),
    ListedObject("folder/\udcff\n.png", 0, 1_796_051_970_000_000_000),
    ListedObject("nowhere", error=("asset.missing", "no such file")),
    ListedObject("z\u00fc\U0001f600.jpg", 1 << 40),
)
POLICY = Policy(
    flags=frozenset({Flag.AI, Flag.BROKEN}),
    origins=frozenset({(Origin.CAPTURED, Assurance.SIGNED), (Origin.AI_GENERATED, Assurance.NONE)}),
    vendors=('a "maker"\nof',),
    signers=(f"sha256:{SHA}",),
    must_be_signed=(SigningDemand(("press/**",)),),
    name="desk",
)


def request(folder: Path, **changes: Any) -> plan_store.ShardsRequest:
    anchors = folder / "own anchors.pem"
    shutil.copy(FIXTURES / "pki" / "anchors.pem", anchors)
    made = plan_store.ShardsRequest(
        source=str(folder / "inbox"),
        at=AT,
        policy=POLICY,
        trust=TrustStore.load(anchors=[anchors], tsa_anchors=[anchors]),
        options=Options(
            hashes=("md5", "sha512"),
            max_size=1 << 30,
            plugins=False,
            cross_check=CrossCheck.NEVER,
            archives=ArchiveLimits(depth=2),
        ),
        digest=DigestMode.ALL,
        media_types=("image/", "video/mp4"),
    )
    anchors.unlink()  # nothing of this machine is needed later
    return replace(made, **changes)


def small(folder: Path, out: str = "out", **changes: Any) -> tuple[Path, Any]:
    """Make a plan without lists of trust, which is quick to read."""
    trust = TrustStore.load(bundled=False)
    made = plan_store.make_plan(
        request(folder, trust=trust, **changes), FOUND, str(folder / out), 2
    )
    return folder / out, made


def test_what_was_planned_is_what_is_read(tmp_path):
    wanted = request(tmp_path)
    out = str(tmp_path / "out")
    made = plan_store.make_plan(wanted, iter(FOUND), out, 2)
    read = plan_store.load_plan(out, made.sha256.upper())
    for name in ("source", "at", "policy", "options", "digest", "media_types"):
        assert getattr(read, name) == getattr(made, name) == getattr(wanted, name), name
    assert read.policy.name == "desk"
    assert (read.fingerprint, read.sha256) == (made.fingerprint, made.sha256)
    assert read.sha256 == hashlib.sha256((tmp_path / "out/plan.json").read_bytes()).hexdigest()
    assert [(s.objects, s.size) for s in read.shards] == [(2, 5), (2, 0), (1, 1 << 40)]
    assert [one for n in range(3) for one in plan_store.objects(out, read, n)] == list(FOUND)
    # the user's own anchors came along: the same lists, in the same order, with their certificates
    assert (read.trust.digest, read.trust.lists) == (wanted.trust.digest, wanted.trust.lists)
    assert read.trust.anchors(Purpose.TSA) == wanted.trust.anchors(Purpose.TSA) != ()
    task, _ = task_of(read, read.at)
    assert (task.at, task.options.digest, task.options.digest_evidence_only) == (AT, True, False)


def test_the_same_listing_gives_the_same_bytes_of_a_plan(tmp_path):
    small(tmp_path, "one")
    small(tmp_path, "two")
    one, two = (
        {p.relative_to(top).as_posix(): p.read_bytes() for p in top.rglob("*") if p.is_file()}
        for top in (tmp_path / "one", tmp_path / "two")
    )
    assert one == two
    assert sorted(one) == [*(f"lists/0000000{n}.jsonl.gz" for n in range(3)), "plan.json"]
    assert one["plan.json"].isascii()
    assert gzip.decompress(one["lists/00000001.jsonl.gz"]).splitlines()[0] == (
        b'{"key":"folder/\\udcff\\n.png","size":0,"modified_ns":1796051970000000000}'
    )


@each(
    "changes",
    [
        {"at": AT.replace(minute=31)},
        {"policy": Policy()},
        {"digest": DigestMode.NONE},
        {"options": Options(max_size=5)},
        {"trust": TrustStore.load()},
    ],
)
def test_whatever_decides_an_answer_is_in_the_fingerprint_of_a_plan(tmp_path, changes):
    before = small(tmp_path, "before")[1]
    after = plan_store.make_plan(
        request(tmp_path, **({"trust": TrustStore.load(bundled=False)} | changes)),
        FOUND,
        str(tmp_path / "after"),
    )
    assert after.fingerprint != before.fingerprint
    assert after.sha256 != before.sha256


class TestAPlace:
    def test_with_a_plan_is_refused_for_another(self, tmp_path):
        out, made = small(tmp_path)
        with pytest.raises(AuditError, match="there is a plan already") as caught:
            small(tmp_path, at=AT.replace(day=2))
        assert caught.value.code == "plan.exists"
        assert plan_store.load_plan(str(out)).sha256 == made.sha256

    def test_with_the_lists_of_an_unfinished_plan_is_planned_anew(self, tmp_path):
        out, made = small(tmp_path)
        (out / "plan.json").unlink()
        assert small(tmp_path)[1].sha256 == made.sha256  # the same goes on
        (out / "plan.json").unlink()
        with pytest.raises(AuditError, match=r"00000000\.jsonl\.gz is of another plan"):
            plan_store.make_plan(request(tmp_path), FOUND[1:], str(out), 2)
        assert not (out / "plan.json").exists()


def test_a_listing_that_fails_leaves_no_plan(tmp_path):
    closed = []

    def listing():
        try:
            yield from FOUND[:3]
            raise AuditError("store.unusable", "the store is gone")
        finally:
            closed.append(True)

    out = tmp_path / "out"
    with pytest.raises(AuditError, match="the store is gone"):
        plan_store.make_plan(request(tmp_path), listing(), str(out), 2)
    assert [p.name for p in out.rglob("*") if p.is_file()] == ["00000000.jsonl.gz"]
    found = listing()
    with pytest.raises(ValueError, match="by the bytes"):
        plan_store.make_plan(
            request(tmp_path), (one for one in (*FOUND, FOUND[0])), str(tmp_path / "other")
        )
    with pytest.raises(ValueError, match="1 to 1000000"):
        plan_store.make_plan(request(tmp_path), found, str(out), 0)
    assert closed == [True]


@each(
    ("options", "said"),
    [
        (Options(ocsp=True), "workers of shards have no network"),
        (Options(crls=("a.crl",)), "no revocation lists: leave out --crl"),
    ],
)
def test_what_shards_cannot_do_is_refused(tmp_path, options, said):
    with pytest.raises(AuditError, match=said) as caught:
        plan_store.make_plan(request(tmp_path, options=options), FOUND, str(tmp_path / "out"))
    assert caught.value.code == "plan.unfit"
    assert not (tmp_path / "out").exists()


def edited(out: Path, change: Any) -> bytes:
    """Return the plan, with a change made to what it says; bytes are taken as they are."""
    if isinstance(change, bytes):
        return change
    top = json.loads((out / "plan.json").read_bytes())
    keys, value = change
    *before, last = keys
    place = top
    for key in before:
        place = place[key]
    if value is KeyError:
        del place[last]
    else:
        place[last] = value
    return json.dumps(top).encode()


LIST = {"name": "c2pa-signers", "tier": "c2pa", "purpose": "signer", "date": "2020-01-01"}
LIST |= {"count": 1, "sha256": SHA}
HOSTILE = [
    (b"", "it is not JSON"),
    (b"\xff{}", "it is not JSON"),
    (b"[" * 200_000, "it is not JSON"),
    (b'{"provenance_plan": ' + b"9" * 5000 + b"}", "it is not JSON"),
    (b'{"provenance_plan": NaN}', "it is not JSON"),
    (b"[1]", "it is not a plan of shards"),
    (b'{"provenance_plan": 1}', "tool: it has to be a text"),
    (b'{"provenance_plan": 1, "tool": "a\x1b]0;", "sdk": "b"}', "it is not JSON"),
    (b'{"provenance_plan": 1, "tool": "a\\u001b[31m", "sdk": "b"}', "made by a"),
    ((["provenance_plan"], 2), "made by provenance"),
    ((["provenance_plan"], True), "made by provenance"),
    ((["tool"], "provenance 0.1.9"), r"made by provenance 0\.1\.9 with c2pa-python .*; here is"),
    ((["sdk"], "c2pa-python 9.9"), r"with c2pa-python 9\.9; here is"),
    ((["surprise"], 1), "surprise: is not known here"),
    ((["digest"], KeyError), "digest: is missing"),
    ((["digest"], "some"), "digest: it has to be one of all, evidence, none"),
    ((["source"], ""), "source: it has to be a text"),
    ((["source"], "x" * 5000), "source: it has to be a text"),
    ((["source"], "inbox"), "source: it has to be an address, or the absolute path"),
    ((["source"], "file:///etc"), "source: it has to be an address, or the absolute path"),
    ((["validation_time"], "2026-06-01"), "validation_time: it has to be in UTC"),
    ((["validation_time"], "2026-06-01T00:00:00+02:00"), "validation_time: it has to be in UTC"),
    ((["validation_time"], "soon"), "validation_time: it is not a time"),
    ((["policy"], "version = 1"), "policy: it is not the one of policy_sha256"),
    ((["policy"], "version = 9"), "this program knows 1 only"),
    ((["policy"], 5), "policy: it has to be a text"),
    ((["media_types"], ["x", 1]), "media_types: a text is wanted"),
    ((["media_types"], ["x"] * 1001), "media_types: it has to be a list of at most 1000"),
    ((["trust"], []), "trust: it has to be an object"),
    ((["trust", "bundled"], "no"), "bundled: it has to be true or false"),
    ((["trust", "supplied"], [{"name": "a"}]), "content: is missing"),
    (
        (["trust", "supplied"], [{"name": "a", "purpose": "signer", "content": "ab%$"}]),
        "content: it is not base64",
    ),
    (
        (["trust", "supplied"], [{"name": "a", "purpose": "signer", "content": "aGVsbG8="}]),
        "a: holds no certificates",
    ),
    (
        (["trust", "supplied"], [{"name": "a", "purpose": "king", "content": "aGVsbG8="}]),
        "purpose: it has to be one of",
    ),
    ((["trust", "lists"], [LIST | {"count": -1}]), "count: it has to be a number"),
    ((["trust", "lists"], [LIST]), r"made with the trust list c2pa-signers of 2020-01-01 \(sha256"),
    ((["trust", "bundled"], True), r"made without the trust list c2pa-signers of \d"),
    ((["plugins"], ["other-1.0"]), r"made with the plug-ins other-1\.0; here there are none"),
    ((["options", "hashes"], ["md4"]), "hashes: there is one that is not known"),
    ((["options", "max_size"], 0), "max_size: it has to be a number from 1"),
    ((["options", "crls"], []), "options.crls: is not known here"),
    ((["options", "archives", "depth"], 1.5), "depth: it has to be a number"),
    ((["options", "max_size"], 7), "its fingerprint does not match its content"),
    ((["validation_time"], "2026-06-02T00:00:00Z"), "its fingerprint does not match"),
    ((["fingerprint"], SHA[:-1]), "fingerprint: it has to be a SHA-256 in hex"),
    ((["fingerprint"], SHA), "its fingerprint does not match its content"),
    ((["shard_size"], 10**9), "shard_size: it has to be a number from 1 to 1000000"),
    ((["shards", 0], [2, 5, SHA]), "shards: an object with objects, size and sha256 is wanted"),
    ((["shards", 0, "objects"], 3), "shards: objects: it has to be a number from 1 to 2"),
    ((["shards", 0, "sha256"], "../../x"), "shards: sha256: it has to be a SHA-256"),
    ((["objects"], 6), "objects: it is not the sum of the shards'"),
    ((["size"], 1 << 63), "size: it has to be a number"),
]


def test_a_plan_from_a_stranger_or_another_program_is_refused(tmp_path):
    out, _ = small(tmp_path)
    good = (out / "plan.json").read_bytes()

    @each(("change", "said"), HOSTILE, ids=[f"{n}" for n in range(len(HOSTILE))])
    def refused(change, said):
        (out / "plan.json").write_bytes(edited(out, change))
        try:
            with pytest.raises(AuditError, match=said) as caught:
                plan_store.load_plan(str(out))
        finally:
            (out / "plan.json").write_bytes(good)
        assert caught.value.code == "plan.unreadable"
        assert str(caught.value).startswith(f"{out}/plan.json: ")
        assert str(caught.value).isprintable()

    refused()
    plan_store.load_plan(str(out))
    with pytest.raises(AuditError, match="not the plan with the SHA-256 that was asked for"):
        plan_store.load_plan(str(out), SHA)
    with pytest.raises(AuditError, match="no such"):
        plan_store.load_plan(str(tmp_path))


def test_a_plan_that_is_too_large_is_not_read(tmp_path, monkeypatch):
    out, _ = small(tmp_path)
    monkeypatch.setattr(plan_store, "MAX_PLAN", 1000)
    with pytest.raises(AuditError, match="more than 1000 bytes"):
        plan_store.load_plan(str(out))
    with pytest.raises(AuditError, match="too many shards"):
        small(tmp_path, "another")


def test_a_list_that_was_changed_is_refused(tmp_path):
    out, made = small(tmp_path)
    path = out / "lists/00000001.jsonl.gz"
    path.write_bytes(object_lists.packed(FOUND[:2]))
    with pytest.raises(AuditError, match=r"00000001.*changed after the plan was made"):
        plan_store.objects(str(out), made, 1)
    path.unlink()
    with pytest.raises(AuditError, match="no such"):
        plan_store.objects(str(out), made, 1)
    for number in (-1, 3):
        with pytest.raises(AuditError, match=f"shard {number} does not exist: the plan has 3"):
            plan_store.objects(str(out), made, number)
    # a plan and a list by the same hand agree with each other, and are looked at all the same
    data = gzip.compress(b'{"key":"/etc/passwd"}\n')
    path.write_bytes(data)
    shards = (made.shards[0], Shard(1, 0, hashlib.sha256(data).hexdigest()))
    with pytest.raises(AuditError, match="line 1: its key is too long, or leaves the source"):
        plan_store.objects(str(out), replace(made, shards=shards), 1)


def line(**values: Any) -> bytes:
    return json.dumps({"key": "a"} | values).encode() + b"\n"


NESTED = {"key": "b", "beside": []}


@each(
    ("content", "said"),
    [
        (b"x\n", "line 1: not a line of JSON"),
        (b"[" * 100_000, "line 1: not a line of JSON"),
        (b"[]\n", "line 1: not an object"),
        (b"{}\n", "no key"),
        (line() * 2, "holds more than the plan says"),
        (b"", "holds 0 objects, not 1"),
        (b"x" * ((1 << 20) + 1), "holds more than the plan says"),
        (line(key="a/../../b"), "leaves the source"),
        (line(key="../b"), "leaves the source"),
        (line(key="a\0"), "leaves the source"),
        (line(key="\ud800"), "its key"),
        (line(key="k" * 8193), "too long"),
        (line(key=["a"]), "no key"),
        (line(size=-1), "out of range"),
        (line(size=1 << 63), "out of range"),
        (line(size=True), "out of range"),
        (line(modified_ns=1.5), "out of range"),
        (line(etag="a\r\nHost: b"), "a text is too long, or not one"),
        (line(etag="e" * 1025), "a text is too long, or not one"),
        (line(sha256="ab" * 32), "more than is known"),
        (line(error=["a"]), "its error"),
        (line(error=["a", None]), "its error"),
        (line(beside={}), "next to it"),
        (line(beside=[{"key": "b"}] * 17), "next to it"),
        (line(beside=[NESTED]), "more than is known"),
        (line(beside=[{"key": "/b"}]), "leaves the source"),
        (line(surprise=1), "more than is known"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_list_from_a_stranger_is_refused(content, said):
    with pytest.raises(object_lists.ObjectListError, match=said):
        object_lists.unpacked(gzip.compress(content), 1)


def test_a_list_that_is_none_or_out_of_order_is_refused(monkeypatch):
    good = object_lists.packed(FOUND)
    assert object_lists.unpacked(good, len(FOUND)) == list(FOUND)
    for bad in (b"", b"\x1f\x8b", good[:-9], good[:40] + b"\0" * 9 + good[49:], b"PK\3\4"):
        with pytest.raises(object_lists.ObjectListError):
            object_lists.unpacked(bad, len(FOUND))
    with pytest.raises(
        object_lists.ObjectListError, match="line 2: its key is not after the one before"
    ):
        object_lists.unpacked(object_lists.packed((FOUND[1], FOUND[0])), 2)
    monkeypatch.setattr(object_lists, "MAX_UNPACKED", 300)
    with pytest.raises(object_lists.ObjectListError, match="make shards smaller"):
        object_lists.packed(FOUND)
    with pytest.raises(object_lists.ObjectListError, match="more than the plan says"):
        object_lists.unpacked(good, len(FOUND))
