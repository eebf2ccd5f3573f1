"""`provenance compare`: pairs of files and folders, forms, rules, exit codes."""

import json
import shutil

import defusedxml.ElementTree
import pytest
from click.testing import CliRunner
from integration.helpers import AT, FIXTURES
from provenance_cli.main import main

AI, PLAIN, EDITED, CAPTURE = (
    FIXTURES / name for name in ("ai-generated.png", "plain.jpg", "ai-edited.jpg", "capture.jpg")
)


def run(*arguments):
    return CliRunner().invoke(main, ["compare", *map(str, arguments), "--at", AT])


@pytest.fixture
def folders(tmp_path):
    """A folder before and one after: a copy, a loss, another ending, one that is gone."""
    before, after = tmp_path / "before", tmp_path / "after"
    for folder in (before, after):
        (folder / "sub").mkdir(parents=True)
    shutil.copyfile(AI, before / "same.png")
    shutil.copyfile(AI, after / "same.png")
    shutil.copyfile(AI, before / "sub" / "a.png")
    shutil.copyfile(PLAIN, after / "sub" / "a.jpg")
    shutil.copyfile(CAPTURE, before / "gone.jpg")
    shutil.copyfile(CAPTURE, after / "new.jpg")
    return before, after


def test_compare_exits_0_where_nothing_was_lost_and_5_where_something_was():
    assert run(CAPTURE, EDITED).exit_code == 0
    assert run(AI, PLAIN).exit_code == 5
    assert run(AI, PLAIN, "--exit-zero").exit_code == 0


def test_a_pair_that_could_not_be_compared_is_1_whatever_was_lost(folders):
    assert run(*folders).exit_code == 5
    assert run(*folders, "--exit-zero").exit_code == 1


def test_an_empty_folder_is_not_one_that_passed(tmp_path, folders):
    (tmp_path / "empty").mkdir()
    made = run(tmp_path / "empty", folders[1])
    assert made.exit_code == 2
    assert "there is no file in" in made.stderr


def test_folders_are_paired_by_path_and_then_by_name(folders):
    made = run(*folders, "--format", "jsonl")
    assert made.exit_code == 5
    found = {}
    for line in made.output.splitlines():
        one = json.loads(line)
        name = one["before"]["path"].removeprefix(str(folders[0]) + "/")
        found[name] = (one["lost"], one["error"])
    assert found == {
        "gone.jpg": ([], "no file of that name after the pipeline"),
        "same.png": ([], None),
        "sub/a.png": (["credential", "source_type"], None),
    }


def test_compare_prints_the_total_last(folders):
    made = run(*folders)
    last = made.output.splitlines()[-1]
    assert last == "3 pairs: evidence lost or changed in 1, 1 could not be compared"


def test_a_pair_that_could_not_be_compared_is_1(tmp_path):
    made = run(CAPTURE, tmp_path / "none.jpg")
    assert made.exit_code == 1
    assert "could not be compared" in made.output
    assert run(CAPTURE, tmp_path / "none.jpg", "--exit-zero").exit_code == 1


def test_a_file_and_a_folder_are_wrong_usage(tmp_path):
    assert run(CAPTURE, tmp_path).exit_code == 2


def test_rules_decide_the_exit_code():
    lost = run(AI, PLAIN, "--rules", "california")
    assert lost.exit_code == 5
    assert "california missing: content credential" in lost.output
    assert "section 22757.3.1(b)" in lost.output
    assert "not legal advice" in lost.output
    other = run(AI, PLAIN, "--rules", "china")
    assert other.exit_code == 0
    assert "nothing of what it is about was there" in other.output
    kept = run(AI, AI, "--rules", "eu")
    assert (kept.exit_code, "evidence for" in kept.output) == (0, True)


def test_compare_calls_nothing_compliant():
    made = run(AI, AI, "--rules", "eu", "--rules", "california", "--rules", "china")
    assert "complian" not in made.output.lower()


def test_compare_as_json_has_the_answers():
    (one,) = json.loads(run(AI, PLAIN, "--format", "json", "--rules", "eu").output)
    (rule,) = one["rules"]
    assert (rule["name"], rule["outcome"]) == ("eu", "lost")
    assert rule["lost"] == ["credential", "source_type"]


def test_junit_and_sarif_are_whole_documents(folders):
    root = defusedxml.ElementTree.fromstring(run(*folders, "--format", "junit").output)
    assert [suite.get("failures") for suite in root] == ["0", "0", "2"]
    log = json.loads(run(*folders, "--format", "sarif").output)
    assert [one["ruleId"] for one in log["runs"][0]["results"]] == [
        "evidence.credential",
        "evidence.source_type",
    ]


def test_folders_are_compared_in_as_many_processes_as_asked(folders):
    one, two = (run(*folders, "--format", "jsonl", "-j", number) for number in (1, 2))
    assert one.output == two.output
    assert one.exit_code == two.exit_code == 5
    assert run(*folders, "--max-memory", "1M").exit_code == 2
    refused = run(*folders, "--pixels", "-j", "2")
    assert refused.exit_code == 2
    assert "--jobs does not go with --pixels" in refused.stderr
