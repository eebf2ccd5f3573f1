"""`provenance policy`, and policies where files are judged."""

import json

import pytest
from click.testing import CliRunner
from integration.helpers import ANCHORS, AT, FIXTURES, call, needs_script, records
from provenance_cli.main import main

from provenance import Policy
from provenance.verdict.policy import parse_policy


def run(*arguments):
    return CliRunner().invoke(main, [*map(str, arguments)])


@pytest.fixture
def policy(tmp_path):
    def make(text):
        path = tmp_path / "policy.toml"
        path.write_text("version = 1\n" + text, encoding="utf-8")
        return path

    return make


def test_the_default_is_shown_as_a_file_that_is_the_default(tmp_path):
    result = run("policy", "show")
    assert result.exit_code == 0
    assert parse_policy(result.stdout) == Policy()
    path = tmp_path / "policy.toml"
    path.write_text(result.stdout)
    said = run("policy", "check", path).stdout
    assert said.startswith(f"policy  default\nsha256  {Policy().sha256}\n")
    assert "Flagged: what is AI-generated, at any assurance (exit code 3)." in said


def test_policy_check_prints_json(policy):
    result = run("policy", "check", policy('name = "desk"'), "--format", "json")
    made = json.loads(result.stdout)
    assert made == {
        "name": "desk",
        "sha256": Policy().sha256,
        "policy": Policy().canonical(),
    }


@pytest.mark.parametrize(
    "command",
    [
        ["policy", "check", "{}"],
        ["verify", "--policy", "{}", FIXTURES / "plain.jpg"],
        ["audit", "--ledger", "{folder}/a.ledger", "--policy", "{}", FIXTURES / "plain.jpg"],
    ],
)
def test_a_wrong_policy_is_one_line_and_exit_2(policy, tmp_path, command):
    path = policy('flags = ["brokn"]')
    filled = [
        str(part).replace("{folder}", str(tmp_path)).replace("{}", str(path)) for part in command
    ]
    result = run(*filled)
    assert result.exit_code == 2
    (line,) = result.stderr.strip().splitlines()[-1:]
    assert 'flags: "brokn" is not allowed; allowed: "broken", "revoked", "conflict",' in line
    assert not result.stdout
    assert not (tmp_path / "a.ledger").exists()


def judge(*arguments):
    return run("verify", "--trust-anchors", ANCHORS, "--at", AT, "--format", "jsonl", *arguments)


@pytest.mark.parametrize(
    ("text", "name", "code", "flagged"),
    [
        ("", "ai-generated.png", 3, ["ai"]),
        ('[origins]\nai_generated = ["verified"]', "ai-generated.png", 0, []),
        ('[origins]\nai_generated = ["verified"]', "tampered.png", 4, ["broken"]),
        ("flags = []", "tampered.png", 3, ["ai"]),
        ('[origins]\ncaptured = "any"', "capture.jpg", 5, ["origin"]),
        ('[counts_as]\nrevoked = ["not_checked"]', "capture.jpg", 4, ["revoked"]),
        ('[expected]\nsigners = ["Somebody"]', "capture.jpg", 5, ["unexpected_signer"]),
        ('[expected]\nsigners = ["Somebody"]', "ai-generated.png", 3, ["ai", "unexpected_signer"]),
        ("[[must_be_signed]]", "plain.jpg", 5, ["must_be_signed"]),
        ('[[must_be_signed]]\nidentity = ["private"]', "capture.jpg", 0, []),
        ('[[must_be_signed]]\npaths = ["other/**"]', "plain.jpg", 0, []),
    ],
)
def test_a_policy_decides_the_flags_and_the_exit_code(policy, text, name, code, flagged):
    path = policy(text)
    result = judge("--policy", path, FIXTURES / name)
    assert result.exit_code == code, result.output
    record = json.loads(result.stdout)
    assert record["flagged"] == flagged
    name = "" if text else "default"
    assert record["environment"]["policy"] == {"name": name, "sha256": Policy.load(path).sha256}
    codes = {f["code"] for f in record["findings"]}
    assert {f"policy.{f}" for f in flagged if f not in {"ai", "broken", "revoked"}} <= codes


def test_the_text_says_what_the_policy_misses(policy):
    path = policy("[[must_be_signed]]")
    said = run("verify", "--policy", path, FIXTURES / "plain.jpg").stdout
    assert "ORIGIN UNKNOWN" in said
    assert "  - The policy asks for an intact, signed credential; it is not there" in said
    quiet = run("verify", "--quiet", "--policy", path, FIXTURES / "plain.jpg").stdout
    assert quiet.split("\t")[3] == "must_be_signed"


def test_an_audit_has_the_policy_in_every_record(policy, tmp_path):
    path = policy('name = "desk"\n[[must_be_signed]]')
    ledger = tmp_path / "a.ledger"
    names = [FIXTURES / "plain.jpg", FIXTURES / "remote-only.jpg"]
    result = run("audit", *names, "--ledger", ledger, "--policy", path, "--progress", "none")
    assert result.exit_code == 5, result.output
    lines = run("report", ledger, "--format", "jsonl").stdout.splitlines()
    made = {json.dumps(json.loads(line)["environment"]["policy"]) for line in lines}
    assert made == {json.dumps({"name": "desk", "sha256": Policy.load(path).sha256})}
    assert "must_be_signed" in run("report", ledger).stdout


@needs_script
def test_verify_without_a_policy_names_the_default_in_every_record():
    (record,) = records(call("verify", "--format", "jsonl", FIXTURES / "plain.jpg"))
    assert record["environment"]["policy"] == {"name": "default", "sha256": Policy().sha256}
