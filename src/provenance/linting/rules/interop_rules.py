"""Traps seen in real products: one reader understands the manifest, another says nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from provenance.base.finding import Severity
from provenance.base.terms import Integrity
from provenance.credentials.manifest import ClaimList
from provenance.credentials.validation.outcome import BindingResult
from provenance.linting import facts
from provenance.linting.examples import AI, actions, created, reference
from provenance.linting.profiles import INTEROP
from provenance.linting.rule import (
    Example,
    Results,
    RuleAnswer,
    does_not_apply,
    failed,
    join_listed,
    passed,
    rule,
    warned,
)
from provenance.linting.subject import RuleNeed, content
from provenance.signals import source_types

if TYPE_CHECKING:
    from provenance.linting.rule import RuleProfile
    from provenance.linting.subject import Subject

ACTIONS = "c2pa.actions.v2"
SHORT_LIVED = timedelta(days=90)  # C2PA Certificate Policy 0.2: the longest life at level 2
_BINDING = reference("c2pa.hash.data")


@rule(
    "interop.actions_created",
    title="An actions assertion is among the created assertions",
    profiles=(INTEROP,),
    section="C2PA 2.4 sections 10.2.2 and 18.15.2",
    advice="Put the actions assertion into created_assertions: for gathered ones the signer does"
    " not vouch, and readers that look for what the signer says pass them over.",
    example=Example(
        passes={},
        fires={
            "claim.v2": {
                "created_assertions": [_BINDING],
                "gathered_assertions": [reference(ACTIONS)],
            }
        },
    ),
)
def actions_created(subject: Subject, _profile: RuleProfile) -> Results:
    """Ask whether the signer itself vouches for any actions."""
    manifest = subject.active.manifest
    assertions = manifest.named("c2pa.actions", ACTIONS)
    if manifest.claim_version != 2 or not assertions:
        return does_not_apply("there is no actions assertion under a version 2 claim")
    if any(a.part is ClaimList.CREATED for a in assertions):
        return passed("the signer vouches for its actions", manifest.label)
    return failed("actions are among the gathered assertions only", assertions[0].label)


@rule(
    "interop.actions_version",
    title="Actions are of version 2",
    profiles=(INTEROP,),
    severity=Severity.WARNING,
    section="C2PA 2.4 section 18.15.1",
    advice=f"Write {ACTIONS}: version 1 is deprecated, and readers that follow the conformance"
    " programme look at version 2 alone.",
    example=Example(
        passes={},
        fires={
            "assertions": {ACTIONS: None, "c2pa.actions": {"actions": [created()]}},
            "claim.v2": {"created_assertions": [reference("c2pa.actions"), _BINDING]},
        },
        also={"interop.all_actions_included": RuleAnswer.NOT_APPLICABLE},
    ),
)
def actions_version(subject: Subject, _profile: RuleProfile) -> Results:
    """Ask for version 1 actions."""
    old = subject.active.manifest.named("c2pa.actions")
    if old:
        return failed("actions of version 1", join_listed(a.label for a in old))
    if not subject.active.manifest.named(ACTIONS):
        return does_not_apply("there is no actions assertion")
    return passed("actions are of version 2", ACTIONS)


@rule(
    "interop.source_type_form",
    title="Each digital source type is its URI to the letter",
    profiles=(INTEROP,),
    section="C2PA 2.4 section 18.15.4.5; IPTC NewsCodes, Digital Source Type",
    advice="Write the URI as the vocabulary gives it, with http and not https:"
    " http://cv.iptc.org/newscodes/digitalsourcetype/...; readers compare it to the letter.",
    emits=(RuleAnswer.TRUE, RuleAnswer.FALSE, RuleAnswer.WARNING),
    example=Example(
        passes={},
        fires=actions(created(digitalSourceType=AI.replace("http:", "https:"))),
    ),
)
def source_type_form(subject: Subject, _profile: RuleProfile) -> Results:
    """Ask for `https`, for bare codes, and for values that no vocabulary has."""
    written = tuple(facts.written_source_types(subject.active))
    if not written:
        return does_not_apply("no action or ingredient names a digital source type")
    wrong = [(w, v) for w, v in written if not source_types.canonical(v)[1]]
    if wrong:
        right = source_types.canonical(wrong[0][1])[0]
        values = join_listed(v for _, v in wrong)
        return failed(f"{values}: write {right}", join_listed(w for w, _ in wrong))
    unknown = [(w, v) for w, v in written if not source_types.known(v)]
    if unknown:
        message = f"{join_listed(v for _, v in unknown)}: not in the vocabulary of IPTC or C2PA"
        return warned(message, join_listed(w for w, _ in unknown))
    return passed("every digital source type is a URI of the vocabulary", written[0][0])


@rule(
    "interop.all_actions_included",
    title="The actions assertion says whether its list is complete",
    profiles=(INTEROP,),
    severity=Severity.WARNING,
    section="C2PA 2.4 section 18.15.3",
    advice="Write allActionsIncluded: true where the list is complete. Without it a reader must"
    " count on actions that are not there, and calls the history ambiguous.",
    example=Example(passes={}, fires={"assertions": {ACTIONS: {"allActionsIncluded": None}}}),
)
def all_actions_included(subject: Subject, _profile: RuleProfile) -> Results:
    """Ask each version 2 actions assertion."""
    assertions = subject.active.manifest.named(ACTIONS)
    if not assertions:
        return does_not_apply(f"there is no {ACTIONS} assertion")
    wrong = [a.label for a in assertions if content(a).get("allActionsIncluded") is not True]
    if wrong:
        return failed("allActionsIncluded is not true", join_listed(wrong))
    return passed("the list of actions is said to be complete", assertions[0].label)


@rule(
    "interop.spec_version",
    title="The claim generator names the version of the specification",
    profiles=(INTEROP,),
    severity=Severity.WARNING,
    section="C2PA 2.4 section 10.2.3.2",
    advice='Write specVersion ("2.4.0") into claim_generator_info: by it a validator knows which'
    " constructs to expect.",
    example=Example(
        passes={},
        fires={"claim.v2": {"claim_generator_info": {"specVersion": None}, "specVersion": None}},
    ),
)
def spec_version(subject: Subject, _profile: RuleProfile) -> Results:
    """Ask for `specVersion` in a version 2 claim; older claims have no place for it."""
    view = subject.active
    if view.manifest.claim_version != 2:
        return does_not_apply("a version 1 claim has no place for it")
    named = [g.get("specVersion") for g in view.generators()]
    if any(isinstance(v, str) and v for v in (*named, view.claim.get("specVersion"))):
        return passed("the version of the specification is named", view.claim_label)
    return failed("no specVersion is named", view.claim_label)


@rule(
    "interop.signing_time",
    title="The credential outlives its certificate",
    profiles=(INTEROP,),
    section="C2PA 2.4 sections 10.3.2.5 and 15.8; C2PA Certificate Policy 0.2",
    advice="Have each signature time-stamped by an authority of the C2PA TSA Trust List: without a"
    " time-stamp no validator accepts the file once the certificate has expired.",
    emits=(RuleAnswer.TRUE, RuleAnswer.FALSE, RuleAnswer.WARNING),
    example=Example(
        passes={},
        fires={
            "signature": {
                "timeStampInfo": None,
                "certificateInfo": {
                    "validity": {
                        "notBefore": "2026-01-01T00:00:00Z",
                        "notAfter": "2026-03-01T00:00:00Z",
                    }
                },
            }
        },
    ),
)
def signing_time(subject: Subject, _profile: RuleProfile) -> Results:
    """Ask for a time-stamp that counts, the more the shorter the certificate lives."""
    signature = subject.active.signature
    where = "c2pa.signature"
    if facts.stamp_counts(subject.active):
        return passed(f"time-stamped {signature.time_stamp}", where)
    start, end = _moment(signature.not_before), _moment(signature.not_after)
    if start is None or end is None:
        return does_not_apply("the dates of the signing certificate are not known")
    lack = "no time-stamp of a trusted authority" if signature.time_stamp else "no time-stamp"
    until = f"{end:%Y-%m-%d}"
    if subject.at is not None and end < subject.at:
        return failed(f"{lack}, and the certificate expired on {until}", where)
    if end - start <= SHORT_LIVED:
        days = (end - start).days
        return failed(f"{lack}, and the certificate lives {days} days, to {until}", where)
    return warned(f"{lack}: no validator accepts the file after {until}", where)


def _moment(value: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@rule(
    "interop.exclusion_range",
    title="The hash leaves out the credential and nothing else",
    profiles=(INTEROP,),
    section="C2PA 2.4 sections 9.2, 15.12 and 18.5 to 18.7",
    advice="Exclude exactly the bytes of the credential from the hash. What is excluded beyond them"
    " can be changed without notice, and strict validators reject the file.",
    needs=(RuleNeed.CREDENTIAL,),
    example=Example(
        passes="An image whose data hash excludes the segment of its manifest store.",
        fires="An image whose data hash excludes 40 bytes more.",
    ),
)
def exclusion_range(subject: Subject, _profile: RuleProfile) -> Results:
    """Ask our own check of what the hard binding covers."""
    evidence = subject.evidence
    assert evidence is not None  # noqa: S101 - by `needs`
    for outcome in evidence.outcomes:
        said = outcome.finding
        if said is not None and (outcome.left_out or outcome.result is BindingResult.PARTIAL):
            return failed(said.message, outcome.where)
    integrity = evidence.report.axes.integrity
    if integrity not in {Integrity.INTACT, Integrity.PARTIAL}:
        return does_not_apply(f"integrity is {integrity}, so what the hash covers says nothing")
    return passed("the hash covers all but the credential", subject.active.label)


RULES = (
    actions_created,
    actions_version,
    source_type_form,
    all_actions_included,
    spec_version,
    signing_time,
    exclusion_range,
)
