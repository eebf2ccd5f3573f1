"""Every rule is in the catalogue once, says all that is asked of it, and belongs to a profile."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from support.each import each

from provenance.linting import rule_catalogue, rules
from provenance.linting.rule import Rule

LINT_PAGE = Path(__file__).parents[3] / "docs" / "lint.md"


def test_every_module_of_rules_is_in_the_catalogue() -> None:
    found = {path.stem for path in Path(rules.__file__).parent.glob("*.py")} - {"__init__"}
    assert found == set(rule_catalogue.MODULES)
    assert len(found) == len(rule_catalogue.MODULES)


@each("name", rule_catalogue.MODULES)
def test_every_rule_of_a_module_is_among_its_rules(name: str) -> None:
    module = import_module(f"{rules.__name__}.{name}")
    written = {id(one) for one in vars(module).values() if isinstance(one, Rule)}
    assert written <= {id(one) for one in module.RULES}


def test_every_rule_has_an_id_of_its_own() -> None:
    ids = [one.id for one in rule_catalogue.rules()]
    assert len(ids) == len(set(ids))


@each("rule", rule_catalogue.rules(), ids=lambda one: one.id)
def test_every_rule_says_what_its_page_shows(rule: Rule) -> None:
    """`provenance rules show` prints these: they are the rule's documentation."""
    assert all((rule.title, rule.section, rule.advice, rule.emits))
    assert rule.profiles
    assert set(rule.profiles) <= set(rule_catalogue.PROFILES)


@each("name", rule_catalogue.PROFILES)
def test_every_profile_has_rules_and_a_row_of_its_page(name: str) -> None:
    assert rule_catalogue.rules_of(rule_catalogue.PROFILES[name])
    rows = [line for line in LINT_PAGE.read_text(encoding="utf-8").splitlines() if line[:1] == "|"]
    assert any(f"`{name}`" in row for row in rows), rows
