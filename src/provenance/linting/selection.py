"""Which answers are looked at, and which of them make a run fail.

A selector is a rule's id (`iptc.consistent`), the theme in front of its dot (`iptc`), or a pattern
(`*_success`, `interop.personal_*`). `ignore` wins over `select`.
"""

from __future__ import annotations

import fnmatch
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from provenance.base.finding import Severity
from provenance.linting import rule_catalogue
from provenance.linting.rule_catalogue import UnknownRuleError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from provenance.linting.evaluate import LintReport
    from provenance.linting.rule import RuleProfile

EXIT_RULES = 3
EXIT_ERROR = 1


@dataclass(frozen=True, slots=True)
class RuleSelection:
    """What to keep of a run. An empty `select` keeps everything.

    `fail_on` is the lightest severity that makes a run fail.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    fail_on: Severity = Severity.ERROR

    def check(self, profiles: Iterable[RuleProfile] = ()) -> None:
        """Raise UnknownRuleError for a selector that no rule fits: most often a typing error.

        So too where no rule of `profiles` is left: a run that asks nothing must not pass.
        """
        for selector in (*self.select, *self.ignore):
            _check_selector(selector)
        asked = {p.name for p in profiles}
        kept = [r for r in rule_catalogue.rules() if self.keeps(r.id)]
        if asked and not any(asked.intersection(r.profiles) for r in kept):
            message = f"no rule of {', '.join(sorted(asked))} is left to ask"
            others = sorted({name for r in kept for name in r.profiles})
            raise UnknownRuleError(
                f"{message}; choose a profile of {', '.join(others)}" if others else message
            )

    def keeps(self, rule_id: str) -> bool:
        """Tell whether the answers of a rule are looked at."""
        if any(fits(selector, rule_id) for selector in self.ignore):
            return False
        return not self.select or any(fits(selector, rule_id) for selector in self.select)

    def apply(self, reports: Iterable[LintReport]) -> tuple[LintReport, ...]:
        """Return the reports with the outcomes that are kept."""
        return tuple(
            replace(r, outcomes=tuple(o for o in r.outcomes if self.keeps(o.rule.id)))
            for r in reports
        )

    def exit_code(self, reports: Sequence[LintReport]) -> int:
        """Return 3 where a rule of the chosen severity fails, 1 where a file gave no answer, or 0.

        Where both hold, 3.
        """
        if any(r.failures(self.fail_on) for r in reports):
            return EXIT_RULES
        return EXIT_ERROR if any(r.error is not None for r in reports) else 0


def _check_selector(selector: str) -> None:
    """Raise UnknownRuleError where no rule fits."""
    if any(fits(selector, rule.id) for rule in rule_catalogue.rules()):
        return
    if not any(c in selector for c in "*?["):
        rule_catalogue.rule_named(selector)  # raises, with similar names
    raise UnknownRuleError(f"no rule fits {selector!r}: `provenance rules` lists them")


def fits(selector: str, rule_id: str) -> bool:
    """Tell whether a selector means a rule."""
    return selector in (rule_id, rule_id.partition(".")[0]) or fnmatch.fnmatchcase(
        rule_id, selector
    )
