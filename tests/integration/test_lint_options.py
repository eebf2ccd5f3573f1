"""`provenance lint`: formats, selection, baseline, table and robustness check, from outside."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result
from defusedxml import ElementTree
from integration.helpers import ANCHORS, AT, FIXTURES, ROOT, call, is_general, needs_script
from provenance_cli import lint as lint_command
from provenance_cli.main import main
from support.each import each

from provenance.render import formats

if TYPE_CHECKING:
    from pathlib import Path

TRUST = ("--trust-anchors", str(ANCHORS), "--tsa-anchors", str(ANCHORS), "--at", AT)
SAMPLE = str(FIXTURES / "ai-generated.png")
PAGES = [
    (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")
    for name in ("lint", "lint-formats", "lint-tamper")
]


def lint(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["lint", *map(str, arguments), *TRUST])


def test_every_option_of_lint_is_documented() -> None:
    for parameter in lint_command.lint_command.params:
        for option in parameter.opts:
            if option.startswith("-") and not is_general(parameter):
                assert any(f"`{option}" in page for page in PAGES), option


@pytest.mark.parametrize("form", formats.format_names(formats.LINT))
def test_lint_prints_its_formats(form: str) -> None:
    result = lint(SAMPLE, "gone.jpg", "--profile", "interop", "--format", form)
    assert result.exit_code == 3
    assert "interop.actions_created" in result.stdout
    assert "no such file" in result.stdout
    again = lint(SAMPLE, "gone.jpg", "--profile", "interop", "--format", form)
    assert again.stdout == result.stdout
    if form in {"json", "sarif"}:
        json.loads(result.stdout)
    if form == "junit":
        ElementTree.fromstring(result.stdout.encode())


def test_fail_on_moves_the_exit_code() -> None:
    chosen = (SAMPLE, "--profile", "interop", "--select", "interop.spec_version")
    assert lint(*chosen).exit_code == 0
    assert lint(*chosen, "--fail-on", "warning").exit_code == 3
    assert lint("gone.jpg", "--profile", "interop").exit_code == 1


def test_selectors_are_split_and_checked() -> None:
    result = lint(SAMPLE, "--profile", "all", "--select", "iptc, interop", "--format", "json")
    said = {o["rule"].partition(".")[0] for r in json.loads(result.stdout) for o in r["outcomes"]}
    assert said == {"iptc", "interop"}
    result = lint(SAMPLE, "--ignore", "iptc.consisten")
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    assert "did you mean iptc.consistent" in result.stderr


def test_a_product_starts_clean(tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    chosen = (SAMPLE, "--profile", "interop", "--fail-on", "note")
    assert lint(*chosen).exit_code == 3
    result = lint(*chosen, "--write-baseline", path)
    assert (result.exit_code, result.stdout) == (0, "")
    assert "4 rule outcomes written" in result.stderr
    assert lint(*chosen, "gone.jpg", "--write-baseline", tmp_path / "other.json").exit_code == 1
    result = lint(*chosen, "--baseline", path)
    assert result.exit_code == 0
    document = json.loads(path.read_text())
    fixed = document["entries"][0] | {"rule": "interop.thumbnail"}
    path.write_text(json.dumps(document | {"entries": [*document["entries"], fixed]}))
    result = lint(*chosen, "--baseline", path)
    assert result.exit_code == 0
    assert "take it out of the baseline: " in result.stderr
    assert "interop.thumbnail" in result.stderr
    result = lint(*chosen, "--baseline", tmp_path / "gone.json")
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)


def test_a_table_in_pyproject_gives_defaults(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pyproject.toml").write_text(
        "[tool.provenance.lint]\nprofile = 'interop'\nfail-on = 'warning'\nformat = 'json'\n"
        "select = ['interop.spec_version']\n"
    )
    monkeypatch.chdir(tmp_path)
    result = lint(SAMPLE)
    assert result.exit_code == 3
    record = json.loads(result.stdout)
    assert (record["profile"], [o["rule"] for o in record["outcomes"]]) == (
        "interop",
        ["interop.spec_version"],
    )
    result = lint(SAMPLE, "--profile", "iptc")
    assert result.exit_code == 2
    assert "no rule of iptc is left to ask; choose a profile of interop" in result.stderr
    monkeypatch.chdir(ROOT)
    assert lint(SAMPLE, "--config", tmp_path / "pyproject.toml").exit_code == 3
    assert lint(SAMPLE, "--config", tmp_path / "gone.toml").exit_code == 2


@pytest.mark.parametrize(
    "table", ["selct = []", "format = 'xml'", "profile = 'nobody'", "baseline = 'gone.json'"]
)
def test_a_wrong_table_in_pyproject_is_one_line(tmp_path: Path, table: str) -> None:
    path = tmp_path / "pyproject.toml"
    path.write_text(f"[tool.provenance.lint]\n{table}\n")
    result = lint(SAMPLE, "--config", path)
    assert (result.exit_code, result.stderr.count("\n"), result.stdout) == (2, 1, "")


def test_anchors_of_a_table_in_pyproject_count(tmp_path: Path) -> None:
    (tmp_path / "anchors.pem").write_bytes(ANCHORS.read_bytes())
    path = tmp_path / "pyproject.toml"
    path.write_text(
        "[tool.provenance.lint]\ntrust-anchors = 'anchors.pem'\nno-bundled-trust = true\n"
    )
    arguments = ["lint", SAMPLE, "--profile", "integrity", "--at", AT, "--config", str(path)]
    assert CliRunner().invoke(main, arguments).exit_code == 0
    assert CliRunner().invoke(main, arguments[:-2]).exit_code == 3


def test_a_table_for_rules_does_not_bar_tamper(tmp_path: Path) -> None:
    path = tmp_path / "pyproject.toml"
    path.write_text("[tool.provenance.lint]\nformat = 'junit'\nselect = 'interop'\n")
    result = lint("--tamper", SAMPLE, "--config", path)
    assert (result.exit_code, result.stdout.count("one bit")) == (0, 4)


def test_a_file_that_is_no_baseline_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "photo\x1b[31m.jpg"
    path.write_bytes(b"\xff\xd8\xff")
    result = lint(SAMPLE, "--write-baseline", path)
    assert (result.exit_code, path.read_bytes()) == (2, b"\xff\xd8\xff")
    assert "photo\\x1b[31m.jpg: there is a file that is not a baseline" in result.stderr


def test_lint_tamper_reports_what_each_change_does() -> None:
    result = lint("--tamper", SAMPLE)
    assert result.exit_code == 0
    assert "one bit of the media flipped: integrity broken" in result.stdout
    assert lint("--tamper", "--fail-on", "warning", SAMPLE).exit_code == 3
    result = lint("--tamper", "--format", "json", SAMPLE)
    assert len(json.loads(result.stdout)["copies"]) == 10
    result = lint("--tamper", "--format", "json", SAMPLE, FIXTURES / "plain.jpg")
    assert result.exit_code == 1
    assert "absent" in json.loads(result.stdout)[1]["error"]


@each(
    "wrong",
    [
        ("--tamper", "--format", "sarif"),
        ("--tamper", "--baseline", "x"),
        ("--tamper", "--crjson", "x"),
        ("--tamper", "--profile", "iptc"),
        ("--tamper", "--select", "iptc"),
        ("--select", "iptc"),
        ("--ignore", "*"),
        ("--format", "xml"),
        ("--fail-on", "fatal"),
    ],
)
def test_wrong_usage_of_lint_is_exit_2_and_prints_nothing(wrong: tuple[str, ...]) -> None:
    result = lint(SAMPLE, *wrong)
    assert (result.exit_code, result.stdout) == (2, "")


@needs_script
def test_a_closed_pipe_and_raw_names(tmp_path: Path) -> None:
    name = tmp_path / "a\x1b[31m%,:.png"
    name.write_bytes((FIXTURES / "ai-generated.png").read_bytes())
    for form in ("text", "junit", "sarif", "github"):
        result = call("lint", "--profile", "interop", "--format", form, name, env={"LC_ALL": "C"})
        assert result.returncode == 3, result.stderr
        assert b"\x1b" not in result.stdout
