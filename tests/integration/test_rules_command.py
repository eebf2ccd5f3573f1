"""`provenance rules`: the catalogue, and one rule of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result
from provenance_cli.main import main
from support.each import each

from provenance.linting import examples, rule_catalogue

if TYPE_CHECKING:
    from pathlib import Path


def rules(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["rules", *arguments])


def record(*arguments: str) -> Any:
    result = rules(*arguments, "--format", "json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_the_text_names_every_profile_and_rule() -> None:
    printed = rules().stdout
    for profile in rule_catalogue.PROFILES.values():
        assert f"{profile.name}: " in printed
    for one in rule_catalogue.rules():
        assert f"  {one.id}  [" in printed


def test_the_text_says_of_a_law_that_this_is_no_legal_advice() -> None:
    for profile in rule_catalogue.PROFILES.values():
        printed = rules("--profile", profile.name).stdout
        assert ("not legal advice" in printed) == profile.legal


def test_rules_as_json_has_every_rule_once() -> None:
    found = record()
    ids = [r["rule"] for r in found["rules"]]
    assert sorted(ids) == sorted(r.id for r in rule_catalogue.rules())
    assert [p["name"] for p in found["profiles"]] == list(rule_catalogue.PROFILES)


def test_rules_prints_chosen_profiles_only() -> None:
    found = record("--profile", "integrity")
    assert {"integrity" in r["profiles"] for r in found["rules"]} == {True}
    assert len(found["rules"]) == 6


@each("rule_id", [r.id for r in rule_catalogue.rules()])
def test_rules_show_prints_each_rule(rule_id: str) -> None:
    one = rule_catalogue.rule_named(rule_id)
    printed = rules("show", rule_id).stdout
    assert printed.startswith(rule_id + "\n")
    assert printed.count("An example that ") == 2
    found = record("show", rule_id)
    assert found["fires_with"] in found["outcomes"]
    assert found["advice"] == one.advice


def test_the_example_that_rules_show_prints_fires(tmp_path: Path) -> None:
    """What `show` prints can be merged into a document and then does what it says."""
    shown = record("show", "no_url_in_hashes")
    profile = rule_catalogue.PROFILES[rule_catalogue.DEFAULT]
    for name, code in (("passes", 0), ("fires", 3)):
        path = tmp_path / f"{name}.json"
        path.write_text(
            json.dumps(examples.example_document(shown[name], profile)), encoding="utf-8"
        )
        result = CliRunner().invoke(main, ["lint", str(path)])
        assert result.exit_code == code


def test_a_rule_or_profile_that_does_not_exist_is_wrong_usage() -> None:
    result = rules("show", "mandatory_specversion")
    assert result.exit_code == 2
    assert "did you mean mandatory_spec_version, " in result.stderr.splitlines()[-1]
    result = rules("--profile", "nothing")
    assert result.exit_code == 2
    assert "there are integrity" in result.stderr


@pytest.mark.parametrize("option", [("--format", "json"), ("--profile", "integrity")])
def test_options_in_front_of_show_are_not_passed_over(option: tuple[str, str]) -> None:
    result = rules(*option, "show", "active_manifest_urn")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "options go after `show`" in result.stderr
