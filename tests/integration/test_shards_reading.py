"""`report`, `export` and `attest` over a folder of parts, by the program as users call it."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric import ed25519
from provenance_cli.main import main
from support import key_files, parts, s3
from support.each import each
from support.ledgers import entry, failed, judged, write

from provenance.auditing.shards.shard_plan import PLAN, part_name

pytest.importorskip("pyarrow", reason="pyarrow is not installed")

NOTE = "1 of 2 shards is not done: 2 objects are not in these figures"


def run(*arguments):
    return CliRunner().invoke(main, [*map(str, arguments)])


def good(*arguments):
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    return result


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A ledger, the same in shards, the same half done, and a key."""
    made = tmp_path_factory.mktemp("shards")
    reports = [judged("ai-generated.png", "a/1.png"), judged("plain.jpg", "a/2.jpg")]
    reports += [failed("b"), judged("capture.jpg", "c\n.jpg")]
    ledger = write(made / "a.ledger", map(entry, reports))
    parts.write(made / "whole", parts.files(ledger, 2))
    parts.write(made / "half", parts.files(ledger, 2, but=[1]))
    return key_files.write(made, key=ed25519.Ed25519PrivateKey.generate())


@each("form", ["jsonl", "csv", "text", "html", "parquet"])
def test_reports_of_a_half_done_audit_are_those_of_its_parts_with_a_note(
    folder, tmp_path, form
) -> None:
    target = ("--output", tmp_path / "out") if form == "parquet" else ()
    arguments = ("--format", form, *target)
    whole = good("report", folder / "whole", *arguments)
    assert whole.stderr == ""
    if form in {"jsonl", "csv"}:
        assert whole.stdout == good("report", folder / "a.ledger", *arguments).stdout
    half = good("report", folder / "half", *arguments)
    inside = form in {"text", "html"}
    assert (NOTE in half.stdout) is inside
    assert half.stderr == ("" if inside else f"{folder / 'half'}: {NOTE}\n")


def test_lists_and_selections_of_parts_are_those_of_the_ledger(folder) -> None:
    for name in ("whole", "whole/parts", "a.ledger"):
        found = good("report", folder / name, "--list", "all", "-0").stdout
        assert found == "a/1.png\0a/2.jpg\0b\0c\n.jpg\0"
        assert good("report", folder / name, "--list", "flagged").stdout == "a/1.png\n"
        assert good("report", folder / name, "--list", "errors").stdout == "b\n"
    assert good("report", folder / "half", "--list", "all").stderr.endswith(f"{NOTE}\n")
    page = good("report", folder / "whole", "--format", "html", "--max-rows", "1").stdout
    assert "This page lists 1 of 4 files: flagged ones first" in page
    result = run("report", folder / "whole", "--since-run", "2")
    assert (result.exit_code, result.stderr) == (
        2,
        f"Error: {folder / 'whole'} has no run 2: its last one is 1\n",
    )


def test_what_changed_between_ledgers_and_parts(folder) -> None:
    for a, b in (("a.ledger", "whole"), ("whole", "a.ledger"), ("whole", "whole")):
        assert good("report", "--diff", folder / a, folder / b).stdout == "No file changed.\n"
    result = good("report", "--diff", folder / "a.ledger", folder / "half", "--format", "jsonl")
    found = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(one["path"], one["changes"]) for one in found] == [
        ("b", ["gone"]),
        ("c\n.jpg", ["gone"]),
    ]
    assert result.stderr == f"{folder / 'half'}: {NOTE}\n"


@each("system", ["ncmec", "vics", "case"])
def test_exports_of_parts_are_those_of_the_ledger(folder, system) -> None:
    whole = good("export", folder / "whole", "--to", system)
    assert whole.stdout == good("export", folder / "a.ledger", "--to", system).stdout
    assert len(whole.stdout) > 500
    half = good("export", folder / "half", "--to", system, "--flagged")
    assert half.stderr == f"{folder / 'half'}: {NOTE}\n"


def test_a_signature_over_parts_leads_to_the_part_that_was_changed(folder, tmp_path) -> None:
    result = run("attest", "sign", folder / "half", "--key", folder / "key.pem")
    assert result.exit_code == 2
    assert "1 of 2 shards is not done; run them first" in result.stderr
    out = parts.write(tmp_path / "june", parts.files(folder / "a.ledger", 2))
    signed = good("attest", "sign", out / "parts", "--key", folder / "key.pem").stdout
    statement = out / "audit.statement.json"
    assert f"statement  {statement}\n" in signed
    assert f"parts      {out / 'audit.parts'} (2, with 4 rows)\n" in signed
    verify = ("attest", "verify", statement, "--key", folder / "key.pub")
    for more, what in (((), "this statement"), (("--ledger", out), "this audit in shards")):
        said = good(*verify, *more).stdout
        assert "audit      june, in shards\n" in said
        assert "parts      as signed\n" in said
        assert said.endswith(f"RESULT     {what} is as it was signed\n")
    (out / part_name(0)).unlink()
    (out / part_name(1)).write_bytes(b"x")
    (out / "parts" / "\x1b[2J.parquet").write_bytes(b"y")
    result = run(*verify, "--ledger", out)
    assert result.exit_code == 4
    for line in (
        f"missing    {part_name(0)}",
        f"changed    {part_name(1)}",
        "added      parts/\ufffd[2J.parquet",
        "plan       as signed",
        "content    NOT as signed",
    ):
        assert f"{line}\n" in result.stdout
    (out / PLAN).write_bytes((out / PLAN).read_bytes() + b"\n")
    assert "plan       NOT as signed\n" in run(*verify, "--ledger", out).stdout
    (out / "audit.parts").rename(tmp_path / "moved")
    assert "parts      not there; without them" in good(*verify).stdout
    assert "parts      as signed" in good(*verify, "--rows", tmp_path / "moved").stdout
    assert run(*verify, "--rows", tmp_path / "none").exit_code == 4
    (tmp_path / "moved").write_bytes(b"")
    result = run(*verify, "--rows", tmp_path / "moved")
    assert (result.exit_code, "parts      NOT the ones" in result.stdout) == (4, True)
    statement.write_text(statement.read_text().replace('"sig": "', '"sig": "AAAA'))
    result = run(*verify)
    assert (result.exit_code, "signature  NOT by" in result.stdout) == (4, True)


def test_a_store_is_named_by_its_address(folder) -> None:
    with s3.bucket("june") as bucket:
        s3.put(f"{bucket}/a", parts.files(folder / "a.ledger", 2))
        for arguments in (("report",), ("report", "--format", "jsonl"), ("export", "--to", "case")):
            remote, local = (good(*arguments, one) for one in (f"{bucket}/a", folder / "whole"))
            assert remote.stdout == local.stdout
        diff = good("report", "--diff", f"{bucket}/a/parts", folder / "a.ledger")
        assert diff.stdout == "No file changed.\n"
        good("attest", "sign", f"{bucket}/a", "--key", folder / "key.pem")
        verify = ("attest", "verify", f"{bucket}/a/audit.statement.json", "--ledger", f"{bucket}/a")
        said = good(*verify, "--key", folder / "key.pub").stdout
        assert said.endswith("RESULT     this audit in shards is as it was signed\n")
        result = run("report", f"{bucket}/none")
        assert result.exit_code == 2
        assert result.stderr.startswith(f"Error: {bucket}/none: no plan.json in it: name the ")


@each(
    ("arguments", "message"),
    [
        (["report", "{}"], "no plan.json in it: name the folder of an audit in shards"),
        (["export", "{}", "--to", "case"], "no plan.json in it"),
        (["report", "--diff", "{}/whole", "{}"], "no plan.json in it"),
        (
            ["export", "{}/whole", "--to", "case", "--at", "2026-01-01T00:00:00Z"],
            "was judged already",
        ),
        (["attest", "sign", "{}", "--key", "{}/key.pem"], "no plan.json in it"),
        (["report", "s3://user:secret@b/a"], "an address holds no credentials"),
        (["attest", "verify", "s3://b", "--key", "{}/key.pub"], "names no object"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_2(folder, arguments, message) -> None:
    result = run(*(one.replace("{}", str(folder)) for one in arguments))
    assert result.exit_code == 2
    assert message in result.stderr
    assert "secret" not in result.output
    assert "Traceback" not in result.stderr
    assert not result.stdout_bytes


def test_a_part_is_never_written_over_by_a_report(folder) -> None:
    target = folder / "half" / part_name(0)
    before = target.read_bytes()
    result = run("report", folder / "a.ledger", "--format", "parquet", "--output", target)
    assert result.exit_code == 2
    assert "not an earlier parquet result" in result.stderr
    assert target.read_bytes() == before
