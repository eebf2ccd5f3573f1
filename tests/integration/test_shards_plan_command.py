"""`provenance shards plan`: what it prints, what it writes, and what it refuses."""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner
from integration.helpers import ANCHORS, AT, FIXTURES, call, needs_script
from provenance_cli.main import main
from support.each import each

from provenance.auditing.shards import plan_store
from provenance.auditing.task import DigestMode
from provenance.base.options import ArchiveLimits, CrossCheck, Options
from provenance.base.terms import Assurance, Origin
from provenance.signing.trust_store import supplied

QUIET = ("--no-bundled-trust", "--no-plugins")


@pytest.fixture
def inbox(tmp_path, monkeypatch):
    folder = tmp_path / "inbox"
    (folder / "sub").mkdir(parents=True)
    shutil.copy(FIXTURES / "ai-generated.png", folder / "a.png")
    shutil.copy(FIXTURES / "plain.jpg", folder / "sub" / "b.jpg")
    (folder / "sub" / "b.xmp").write_bytes(b"<x:xmpmeta/>")
    monkeypatch.chdir(tmp_path)
    return folder


def invoke(*arguments, **extra):
    return CliRunner().invoke(main, ["shards", "plan", *map(str, arguments)], **extra)


def listed(out, made):
    return [one for n in range(len(made.shards)) for one in plan_store.objects(out, made, n)]


def test_a_folder_is_planned_and_a_second_plan_refused(inbox):
    (inbox / "nowhere").symlink_to("gone")
    sizes = [p.stat().st_size for p in (inbox / "a.png", inbox / "sub/b.jpg", inbox / "sub/b.xmp")]
    result = invoke("inbox", "--output", "out", "--shard-size", 3, "--exclude", "*.xmp", *QUIET)
    assert (result.exit_code, result.stderr) == (0, "")
    digest = hashlib.sha256((inbox.parent / "out/plan.json").read_bytes()).hexdigest()
    assert result.stdout.splitlines() == [
        f"3 objects, {sizes[0] + sizes[1]:,} bytes, in 1 shard",
        "  1 cannot be examined: each gets a record that says why",
        "  1 left out by filters",
        "plan: out/plan.json",
        f"sha256: {digest}",
        "next: provenance shards run out --shard 0",
    ]
    made = plan_store.load_plan("out", digest)
    assert made.source == str(inbox)
    assert abs((datetime.now(UTC) - made.at).total_seconds()) < 600
    assert made.at.microsecond == 0
    assert [(one.key, one.size, [n.key for n in one.beside]) for one in listed("out", made)] == [
        ("a.png", sizes[0], []),
        ("nowhere", None, []),
        ("sub/b.jpg", sizes[1], ["sub/b.xmp"]),
    ]
    again = invoke("inbox", "--output", "out", *QUIET)
    assert (again.exit_code, again.stdout) == (2, "")
    said = f"{inbox.parent}/out: there is a plan already; name another place"
    assert again.stderr == f"Error: {said}\n"


def test_a_plan_takes_what_decides_from_the_options(inbox):
    (inbox.parent / "policy.toml").write_text('version = 1\n[origins]\ncaptured = ["signed"]\n')
    words = f"inbox -o out --at {AT} --policy policy.toml --trust-anchors {ANCHORS} --digest all"
    words += " --hash md5,sha512 --max-size 1M --archives --max-depth 2 --cross-check never"
    words += " --show-personal-data --type image --type video/mp4"
    result = invoke(*words.split(), *QUIET)
    assert result.exit_code == 0, result.stderr
    made = plan_store.load_plan("out")
    assert made.at == datetime(2026, 6, 1, tzinfo=UTC)
    assert (Origin.CAPTURED, Assurance.SIGNED) in made.policy.origins
    assert [(one.name, one.content) for one in supplied(made.trust)] == [
        ("anchors.pem", ANCHORS.read_bytes())
    ]
    assert made.options == Options(
        hashes=("md5", "sha512"),
        max_size=1 << 20,
        show_personal_data=True,
        plugins=False,
        cross_check=CrossCheck.NEVER,
        archives=ArchiveLimits(depth=2),
    )
    assert (made.digest, made.media_types) == (DigestMode.ALL, ("image/", "video/mp4"))


@needs_script
def test_a_table_from_standard_input_and_nothing_to_examine(inbox):
    names = b"name,size\nsub/b.jpg,\n../outside.jpg,\n"
    words = ("shards", "plan", "inbox", "-o", "out", "--manifest", "-", "--path-column", "name")
    result = call(*words, *QUIET, data=names, cwd=inbox.parent)
    assert result.stdout.decode().splitlines()[0].startswith("2 objects")
    assert result.stdout.decode().splitlines()[1].startswith("  1 cannot be examined")
    assert [one.key for one in listed("out", plan_store.load_plan("out"))] == [
        "../outside.jpg",
        "sub/b.jpg",
    ]
    result = invoke("inbox", "-o", "none", "--include", "*.gif", *QUIET)
    assert result.stdout.splitlines()[0] == "0 objects, 0 bytes, in 0 shards"
    assert "next" not in result.stdout


@each(
    ("words", "said"),
    [
        ("inbox", "Missing option '-o' / '--output'"),
        ("inbox -o out --shard-size 0", "0 is not in the range 1<=x<=1000000"),
        ("inbox -o out --ocsp", "workers of shards have no network"),
        ("inbox -o out --crl x.crl", "a plan of shards holds no revocation lists: leave out --crl"),
        ("inbox -o inbox", "the plan cannot be where the objects are"),
        ("gone -o out", "gone: not a folder, nor the address of a store"),
        ("inbox -o out --manifest gone.csv", "gone.csv: no such file"),
        ("inbox -o out --manifest a --inventory b", "give one"),
        ("inbox -o out --inventory manifest.json", "SOURCE has to be s3://"),
        ("s3://bucket/in -o out --follow-links", "--follow-links is for folders"),
        ("inbox -o out --larger-than 2M --smaller-than 1M", "together leave no file"),
        ("inbox -o out --max-depth 2", "--max-depth goes with --archives"),
        ("inbox -o out --policy gone.toml", "gone.toml"),
    ],
)
def test_wrong_usage_is_one_line_and_leaves_nothing(inbox, words, said):
    result = invoke(*words.split(), "--no-bundled-trust")
    assert result.exit_code == 2
    assert said in result.stderr
    assert not (inbox.parent / "out").exists()


@pytest.fixture(scope="module")
def server():
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    made = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    made.start()
    yield "http://{}:{}".format(*made.get_host_and_port())
    made.stop()


@pytest.fixture
def client(server, monkeypatch):
    import boto3

    for name, value in (
        ("AWS_ACCESS_KEY_ID", "id"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
        ("AWS_ENDPOINT_URL", server),
        ("AWS_ALLOW_HTTP", "true"),
        ("AWS_REGION", "us-east-1"),
    ):
        monkeypatch.setenv(name, value)
    made = boto3.client("s3", endpoint_url=server, region_name="us-east-1")
    made.create_bucket(Bucket="media")
    yield made
    made.close()


def test_a_prefix_of_a_bucket(client, tmp_path):
    tags = {}
    for key in (
        "in/b.jpg",
        "in/b.c2pa",
        "in/sub/",
        "in/sub/a +%20.jpg",
        "into/x.jpg",
        "in/z\u00fc",
    ):
        body = b"" if key.endswith("/") else key.encode()
        tags[key] = client.put_object(Bucket="media", Key=key, Body=body)["ETag"]
    words = ("s3://media/in", "--output", "s3://media/in/audit", "--shard-size", "2", *QUIET)
    result = invoke(*words, "--at", AT)
    assert result.exit_code == 0, result.stderr
    assert result.stdout.splitlines()[:3] == [
        f"4 objects, {8 + 9 + 17 + 6} bytes, in 2 shards",
        "  1 left out: empty, with others below it, as consoles make folders",
        "plan: s3://media/in/audit/plan.json",
    ]
    made = plan_store.load_plan(
        "s3://media/in/audit", result.stdout.split("sha256: ")[1].split()[0]
    )
    assert made.source == "s3://media/in"
    found = listed("s3://media/in/audit", made)
    assert [one.key for one in found] == ["b.c2pa", "b.jpg", "sub/a +%20.jpg", "z\u00fc"]
    assert [one.etag for one in found] == [tags[f"in/{one.key}"] for one in found]
    assert found[1].beside == (found[0],)
    # the plan and its lists are not listed, whatever place the next plan has
    again = invoke("s3://media/in", "--output", tmp_path / "out", "--include", "*.gz", *QUIET)
    assert "2 objects" in again.stdout
    assert invoke(*words, "--at", AT).exit_code == 2
    gone = invoke("s3://gone", "--output", tmp_path / "other", *QUIET)
    assert (gone.exit_code, gone.stdout) == (1, "")
    assert gone.stderr.startswith("Error: s3://gone: ")
    known = invoke("s3://user:hidden@media/in", "--output", tmp_path / "other", *QUIET)
    assert (known.exit_code, "hidden" in known.stderr) == (1, False)


def test_an_inventory_in_a_bucket(client, tmp_path):
    import gzip

    rows = b'"media","in/a+b.jpg","5","x"\n"media","other/c.jpg","5","x"\n'
    data = gzip.compress(rows, mtime=0)
    md5 = hashlib.md5(data, usedforsecurity=False).hexdigest()
    top = {
        "sourceBucket": "media",
        "fileFormat": "CSV",
        "fileSchema": "Bucket, Key, Size, ETag",
        "files": [{"key": "reports/data/1.csv.gz", "size": len(data), "MD5checksum": md5}],
    }
    client.put_object(Bucket="media", Key="reports/day/manifest.json", Body=json.dumps(top))
    client.put_object(Bucket="media", Key="reports/data/1.csv.gz", Body=data)
    out = str(tmp_path / "out")
    words = ("--inventory", "s3://media/reports/day/manifest.json", *QUIET)
    result = invoke("s3://media/in", "--output", out, *words)
    assert result.exit_code == 0, result.stderr
    (one,) = listed(out, plan_store.load_plan(out))
    assert (one.key, one.size, one.etag) == ("a b.jpg", 5, '"x"')
    client.put_object(Bucket="media", Key="reports/data/1.csv.gz", Body=data[:-1] + b"x")
    result = invoke("s3://media/in", "--output", out + "2", *words)
    assert result.exit_code == 2
    assert "its MD5 is not the one in manifest.json" in result.stderr
