"""The catalogue: which profiles there are, and which rules each of them asks."""

from __future__ import annotations

import functools
from importlib import import_module
from typing import TYPE_CHECKING

from provenance.base.errors import ProvenanceError
from provenance.linting.profiles import PROFILES as _PROFILES
from provenance.linting.profiles import V0_2_FOR_2_4

if TYPE_CHECKING:
    from collections.abc import Iterable

    from provenance.linting.rule import Rule, RuleProfile

DEFAULT = V0_2_FOR_2_4
ALL = "all"
PROFILES: dict[str, RuleProfile] = {p.name: p for p in _PROFILES}
# Modules of `rules`; each ends in a tuple RULES.
MODULES: tuple[str, ...] = (
    "integrity_rules",
    "actions_rules",
    "assertions_rules",
    "claim_rules",
    "ingredients_rules",
    "text_assets_rules",
    "signals_rules",
    "certificate_rules",
    "disclosure_rules",
    "ai_disclosure_rules",
    "gb45438_rules",
    "iptc_rules",
    "interop_rules",
    "privacy_rules",
)


class UnknownProfileError(ProvenanceError):
    """A profile that is not in the catalogue. The message lists those that are."""

    code = "lint.unknown_profile"


class UnknownRuleError(ProvenanceError):
    """A rule that is not in the catalogue. The message names similar ones."""

    code = "lint.unknown_rule"


@functools.cache
def rules() -> tuple[Rule, ...]:
    """Return every rule, in the order of the catalogue."""
    catalogue: list[Rule] = []
    for name in MODULES:
        catalogue += import_module(f"provenance.linting.rules.{name}").RULES
    return tuple(catalogue)


def rule_named(rule_id: str) -> Rule:
    """Return one rule by its id. Raises UnknownRuleError."""
    for rule in rules():
        if rule.id == rule_id:
            return rule

    import difflib  # noqa: PLC0415 - for a mistake only

    near = difflib.get_close_matches(rule_id, [r.id for r in rules()], 3, 0.5)
    hint = f"did you mean {', '.join(near)}?" if near else "`provenance rules` lists them"
    raise UnknownRuleError(f"no rule {rule_id!r}: {hint}")


def profiles_named(names: Iterable[str]) -> tuple[RuleProfile, ...]:
    """Return profiles by name, in the order given, each once; `all` gives every one.

    Raises UnknownProfileError.
    """
    profiles: dict[str, RuleProfile] = {}
    for name in names:
        if name == ALL:
            profiles |= PROFILES
        elif name in PROFILES:
            profiles[name] = PROFILES[name]
        else:
            known = ", ".join((*PROFILES, ALL))
            raise UnknownProfileError(f"no profile {name!r}; there are {known}")
    return tuple(profiles.values())


def rules_of(profile: RuleProfile) -> tuple[Rule, ...]:
    """Return the rules of one profile, sorted by id."""
    return tuple(sorted((r for r in rules() if profile.name in r.profiles), key=lambda r: r.id))
