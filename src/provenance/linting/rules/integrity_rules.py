"""Whether validation found the credential well formed, valid and trusted: the official six.

They read the failures in the validation results of the active manifest. An asset without a
manifest fails all of them: what is released without a credential must not pass.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.linting import official_lists
from provenance.linting.examples import failure
from provenance.linting.profiles import CONFORMANCE, INTEGRITY
from provenance.linting.rule import (
    Example,
    RuleAnswer,
    failed,
    join_listed,
    passed,
    rule,
    unsigned,
)
from provenance.linting.subject import Validation

if TYPE_CHECKING:
    from provenance.linting.rule import Results, RuleProfile
    from provenance.linting.subject import Subject

_ALL = (INTEGRITY, *CONFORMANCE)
_SECTION = "C2PA 2.4 section 15.2"
_NO_RESULTS = "there are no validation results"
_SIGN = "Sign the file and embed the manifest store; then validate it and export the results."
_WITHOUT: dict[str, RuleAnswer] = dict.fromkeys(
    (
        "trusted_data_present",
        "trusted_success",
        "valid_data_present",
        "valid_success",
        "well_formed_data_present",
        "well_formed_success",
    ),
    RuleAnswer.FALSE,
)


def _without(rule_id: str) -> Example:
    return Example(
        passes={},
        fires={"validationResults": None},
        also={k: v for k, v in _WITHOUT.items() if k != rule_id},
    )


def _present(subject: Subject) -> Results:
    if not subject.manifests:
        return unsigned("there is no manifest, so nothing was validated")
    if subject.active.validation is None:
        return failed(_NO_RESULTS, subject.active.label)
    return passed("the active manifest has validation results", subject.active.label)


def _free_of(subject: Subject, codes: frozenset[str], good: str, bad: str) -> Results:
    validation = subject.active.validation if subject.manifests else None
    if validation is None or validation == Validation():  # an empty object says nothing
        return failed(_NO_RESULTS) if subject.manifests else unsigned(_NO_RESULTS)
    failures = [s for s in validation.failure if s.code in codes]
    if failures:
        where = next((s.url for s in failures if s.url), subject.active.label)
        return failed(f"{bad}: {join_listed(s.code for s in failures)}", where)
    return passed(good, subject.active.label)


@rule(
    "well_formed_data_present",
    title="There are validation results to judge the form by",
    profiles=_ALL,
    section=_SECTION,
    advice=_SIGN,
    needs=(),
    example=_without("well_formed_data_present"),
)
def well_formed_data_present(subject: Subject, _profile: RuleProfile) -> Results:
    """Ask for results of the structural checks."""
    return _present(subject)


@rule(
    "well_formed_success",
    title="Nothing in the manifest store is malformed",
    profiles=_ALL,
    section=_SECTION,
    advice="Fix what the codes report: a missing hard binding, a malformed assertion or claim.",
    needs=(),
    example=Example(passes={}, fires=failure("assertion.action.malformed")),
)
def well_formed_success(subject: Subject, _profile: RuleProfile) -> Results:
    """Look for failures that speak of form."""
    return _free_of(subject, official_lists.WELL_FORMED, "no structural failure", "malformed")


@rule(
    "valid_data_present",
    title="There are validation results to judge the hashes by",
    profiles=_ALL,
    section=_SECTION,
    advice=_SIGN,
    needs=(),
    example=_without("valid_data_present"),
)
def valid_data_present(subject: Subject, _profile: RuleProfile) -> Results:
    """Ask for results of the integrity checks."""
    return _present(subject)


@rule(
    "valid_success",
    title="The media, the assertions and the ingredients match their hashes",
    profiles=_ALL,
    section=_SECTION,
    advice="Sign last: whatever changes the file after signing breaks the hash that is named.",
    needs=(),
    example=Example(passes={}, fires=failure("assertion.dataHash.mismatch")),
)
def valid_success(subject: Subject, _profile: RuleProfile) -> Results:
    """Look for failures that say that something does not match."""
    return _free_of(subject, official_lists.VALID, "no mismatch", "does not match")


@rule(
    "trusted_data_present",
    title="There are validation results to judge the signer by",
    profiles=(INTEGRITY,),
    section=_SECTION,
    advice=_SIGN,
    needs=(),
    example=_without("trusted_data_present"),
)
def trusted_data_present(subject: Subject, _profile: RuleProfile) -> Results:
    """Ask for results of the trust checks."""
    return _present(subject)


@rule(
    "trusted_success",
    title="The signer chains to a trusted anchor, in time, not revoked",
    profiles=(INTEGRITY,),
    section="C2PA 2.4 sections 14.3.6, 14.4 and 15.7",
    advice="Sign with a certificate that chains to the C2PA Trust List and add a time-stamp of an"
    " authority on the C2PA TSA Trust List.",
    needs=(),
    example=Example(passes={}, fires=failure("signingCredential.untrusted")),
)
def trusted_success(subject: Subject, _profile: RuleProfile) -> Results:
    """Look for failures that speak of the signer."""
    return _free_of(subject, official_lists.TRUSTED, "the signer is trusted", "not trusted")


RULES = (
    well_formed_data_present,
    well_formed_success,
    valid_data_present,
    valid_success,
    trusted_data_present,
    trusted_success,
)
