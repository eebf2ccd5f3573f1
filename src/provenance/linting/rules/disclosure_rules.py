"""Laws and codes on disclosure: what California's act and the EU's code ask of a signed marking.

Technical checks, not legal advice. Both texts allow other ways than a C2PA manifest (a link, a mark
of another kind), which these rules do not see.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from provenance.base.finding import Severity
from provenance.credentials import ai_disclosure
from provenance.credentials.assertion_content import product, text_value
from provenance.linting import facts
from provenance.linting.examples import actions, created, failure
from provenance.linting.profiles import CALIFORNIA, EU
from provenance.linting.rule import (
    Example,
    Results,
    RuleAnswer,
    does_not_apply,
    failed,
    join_listed,
    passed,
    rule,
    unsigned,
    warned,
)
from provenance.signals.official import INCEPTION_ACTIONS
from provenance.signals.source_types import IPTC

if TYPE_CHECKING:
    from provenance.credentials.manifest import Action
    from provenance.linting.rule import RuleProfile
    from provenance.linting.subject import ManifestView, Subject

_ACT = "California Business and Professions Code section 22757.3(a), as amended by SB 1000 of 2026"
_CODE = "Code of Practice on Transparency of AI-Generated Content"
_UNMARKED = "there is no manifest that could say it"  # released unmarked, a file must not pass
_CAPTURE = IPTC + "digitalCapture"
# Codes that speak of trust, time or revocation: not of whether the marking was altered.
_TRUST = (
    "signingCredential.",
    "claimSignature.outsideValidity",
    "timeStamp.",
    "timeOfSigning.",
    "cawg.",
)
# A version within the name: version 1 claims name generators like browsers (`name/1.0`), and some
# models bear it (`Example-4`).
_VERSIONED = re.compile(r"[/ _-]v?\d")


def _speaking(subject: Subject) -> tuple[ManifestView, tuple[Action, ...]]:
    """Return the manifest that declares AI and its actions that do, else the active one and all."""
    ai_actions = facts.ai_actions(subject)
    if not ai_actions:
        return subject.active, subject.active.manifest.all_actions()
    view = ai_actions[0][0]
    return view, tuple(action for held, action in ai_actions if held is view)


def _place(subject: Subject, view: ManifestView, where: str) -> str:
    return where if view is subject.active else f"{view.label}/{where}"


@rule(
    "california.created_or_altered",
    title="The disclosure says that AI created or altered the content",
    profiles=(CALIFORNIA,),
    section=f"{_ACT}, paragraph (1)(E)",
    advice=f"Give c2pa.created, or the action that changed the content, the source type"
    f" {facts.IS_AI}.",
    needs=(),
    example=Example(passes={}, fires=actions(created(digitalSourceType=_CAPTURE))),
)
def created_or_altered(subject: Subject, _profile: RuleProfile) -> Results:
    """Ask for an action of AI, and say which kind it is."""
    if not subject.manifests:
        return unsigned(_UNMARKED)
    ai_actions = facts.ai_actions(subject)
    if not ai_actions:
        return failed("no action says that AI created or altered the content", subject.active.label)
    view, action = ai_actions[0]
    words = "created" if action.name in INCEPTION_ACTIONS else "altered"
    return passed(f"AI {words} the content", _place(subject, view, action.where))


@rule(
    "california.provider",
    title="The disclosure names the provider",
    profiles=(CALIFORNIA,),
    section=f"{_ACT}, paragraph (1)(A)",
    advice="Sign with a certificate whose subject names your organisation (O).",
    example=Example(
        passes={},
        fires={"signature": {"certificateInfo": {"subject": {"O": None}}}},
    ),
)
def provider(subject: Subject, _profile: RuleProfile) -> Results:
    """Ask the signing certificate: it is the name that was checked by somebody."""
    view, _ = _speaking(subject)
    where = _place(subject, view, "c2pa.signature")
    name = text_value(view.signature.subject.get("O")).strip()
    if name:
        return passed(f"the signer is {name}", where)
    return failed("the signing certificate names no organisation", where)


@rule(
    "california.system",
    title="The disclosure names the system and its version",
    profiles=(CALIFORNIA,),
    section=f"{_ACT}, paragraph (1)(B)",
    advice="Give the action of AI a softwareAgent with name and version, or the claim generator"
    " both.",
    example=Example(passes={}, fires=actions(created(softwareAgent={"name": "Example Model"}))),
)
def system(subject: Subject, _profile: RuleProfile) -> Results:
    """Ask the action of AI for its agent; without one the claim generator stands for it."""
    view, asked = _speaking(subject)
    named = [(a.agent, a.where) for a in asked if a.agent is not None]
    if not named:
        described = map(product, view.generators())
        named = [(agent, view.claim_label) for agent in described if agent is not None]
    for agent, where in named:
        if agent.version or _VERSIONED.search(agent.name):
            said = " ".join(filter(None, (agent.name, agent.version)))
            return passed(said, _place(subject, view, where))
    if named:
        agent, where = named[0]
        return failed(f"{agent.name} is named without a version", _place(subject, view, where))
    return failed("no system is named", view.label)


@rule(
    "california.time",
    title="The disclosure says when the content was created or altered",
    profiles=(CALIFORNIA,),
    section=f"{_ACT}, paragraph (1)(C)",
    advice="Write `when` into the action of AI, or have the signature time-stamped.",
    example=Example(
        passes={},
        fires=actions(created(when=None)) | {"signature": {"timeStampInfo": None}},
    ),
)
def time(subject: Subject, _profile: RuleProfile) -> Results:
    """Ask the action, then the time-stamp."""
    view, asked = _speaking(subject)
    said = next((a for a in asked if a.when), None)
    if said is not None:
        return passed(f"when: {said.when}", _place(subject, view, said.where))
    for signer in (view, subject.active):
        if signer.signature.time_stamp:
            where = _place(subject, signer, "c2pa.signature")
            return passed(f"time-stamped {signer.signature.time_stamp}", where)
    return failed("neither an action nor a time-stamp names a time", subject.active.label)


@rule(
    "california.identifier",
    title="The disclosure has a unique identifier",
    profiles=(CALIFORNIA,),
    section=f"{_ACT}, paragraph (1)(D)",
    advice="Give each asset an instanceID of its own; the manifest's label is one as well.",
    example=Example(
        passes={},
        fires={"label": "", "claim.v2": {"instanceID": ""}},
    ),
)
def identifier(subject: Subject, _profile: RuleProfile) -> Results:
    """Ask for the instance identifier of the claim, or the manifest's own label."""
    name = subject.active.manifest.instance_id or subject.active.label
    if name:
        return passed(name, subject.active.claim_label)
    return failed("there is no identifier", subject.active.claim_label)


def _validated(subject: Subject, says: str) -> Results:
    """Ask whether validation found no failure but of trust; `says` what that means here."""
    validation = subject.active.validation
    if validation is None:
        return does_not_apply("the document holds no validation results")
    broken = [s for s in validation.failure if not s.code.startswith(_TRUST)]
    if broken:
        return failed(f"validation fails: {join_listed(s.code for s in broken)}", broken[0].url)
    return passed(says, subject.active.label)


@rule(
    "california.standard",
    title="The disclosure follows a widely accepted technical standard",
    profiles=(CALIFORNIA,),
    section=f"{_ACT}, paragraph (4)",
    advice="Write a manifest that a validator accepts: `provenance lint --profile integrity` says"
    " what it does not.",
    example=Example(passes={}, fires=failure("claim.malformed")),
)
def standard(subject: Subject, _profile: RuleProfile) -> Results:
    """Ask whether the manifest is one by C2PA: trust, time and revocation are other questions."""
    return _validated(subject, "a manifest by the C2PA specification")


@rule(
    "eu.marked",
    title="Signed metadata says that the content is AI-generated or manipulated",
    profiles=(EU,),
    section=f"{_CODE}, sub-measure 1.1.1",
    advice=f"Give c2pa.created, or the action that changed the content, the source type"
    f" {facts.IS_AI}.",
    needs=(),
    example=Example(passes={}, fires=actions(created(digitalSourceType=_CAPTURE))),
)
def marked(subject: Subject, _profile: RuleProfile) -> Results:
    """Ask for an action of AI in the active manifest, or in one that it carries on."""
    if not subject.manifests:
        return unsigned(_UNMARKED)
    ai_actions = facts.ai_actions(subject)
    if ai_actions:
        view, action = ai_actions[0]
        where = _place(subject, view, action.where)
        return passed(f"{action.name}: {action.effective_source_type}", where)
    return failed("no action says that AI made or changed the content", subject.active.label)


@rule(
    "eu.signed",
    title="The metadata is signed and unaltered",
    profiles=(EU,),
    section=f"{_CODE}, sub-measure 1.1.1",
    advice="Sign as the last step: whatever changes the file after that breaks the marking.",
    example=Example(
        passes={},
        fires=failure("assertion.dataHash.mismatch"),
    ),
)
def signed(subject: Subject, _profile: RuleProfile) -> Results:
    """Ask validation; who is trusted is another question."""
    return _validated(subject, "signed, and nothing was altered")


@rule(
    "eu.time_stamped",
    title="The metadata is time-stamped",
    profiles=(EU,),
    section=f"{_CODE}, sub-measure 1.1.1",
    advice="Have each signature time-stamped: the code asks for it where the time is known.",
    emits=(RuleAnswer.TRUE, RuleAnswer.FALSE, RuleAnswer.WARNING),
    example=Example(
        passes={},
        fires={"signature": {"timeStampInfo": None}},
    ),
)
def time_stamped(subject: Subject, _profile: RuleProfile) -> Results:
    """Ask for a time-stamp, and whether its authority is listed."""
    stamp = subject.active.signature.time_stamp
    if not stamp:
        return failed("there is no time-stamp", "c2pa.signature")
    if not facts.stamp_counts(subject.active):
        return warned(f"time-stamped {stamp} by an authority that is not trusted", "c2pa.signature")
    return passed(f"time-stamped {stamp}", "c2pa.signature")


@rule(
    "eu.watermark",
    title="A second layer is declared: an imperceptible watermark",
    profiles=(EU,),
    severity=Severity.WARNING,
    section=f"{_CODE}, sub-measure 1.1.2",
    advice="Embed a watermark, and declare it by a c2pa.soft-binding assertion and the action"
    " c2pa.watermarked.bound. Whether it is in the media this rule does not see.",
    example=Example(
        passes={
            "assertions": {
                "c2pa.soft-binding": {"alg": "org.example.watermark", "blocks": [], "pad": ""}
            }
        },
        fires={"assertions": {"c2pa.soft-binding": None}},
    ),
)
def watermark(subject: Subject, _profile: RuleProfile) -> Results:
    """Ask every manifest that came along for a declaration."""
    declared = [name for view in subject.manifests for name in facts.watermarks(view.manifest)]
    if declared:
        return passed(f"declared: {join_listed(declared)}", subject.active.label)
    return failed("no watermark is declared", subject.active.label)


@rule(
    "eu.provenance",
    title="The provenance information names the system (optional)",
    profiles=(EU,),
    severity=Severity.NOTE,
    section=f"{_CODE}, Measure 1.3, which is optional",
    advice="Name the system with its version: a softwareAgent of the action of AI, the claim"
    " generator, or the assertion c2pa.ai-disclosure.",
    example=Example(
        passes={},
        fires=actions(created(softwareAgent=None)) | {"claim.v2": {"claim_generator_info": None}},
    ),
)
def provenance(subject: Subject, _profile: RuleProfile) -> Results:
    """Ask for any name of what made it: the measure leaves open which."""
    view, asked = _speaking(subject)
    disclosed = next(ai_disclosure.disclosures(view.manifest), None)
    if disclosed is not None and (disclosed.model_name or disclosed.model_identifier):
        name = disclosed.model_name or disclosed.model_identifier
        return passed(f"discloses the model {name}", _place(subject, view, disclosed.label))
    agent = next((a for a in asked if a.agent is not None), None)
    if agent is not None and agent.agent is not None:
        return passed(f"names {agent.agent.name}", _place(subject, view, agent.where))
    described = next(
        (generator for generator in map(product, view.generators()) if generator is not None), None
    )
    if described is not None:
        return passed(f"names {described.name}", _place(subject, view, view.claim_label))
    return failed("nothing names the system", view.label)


RULES = (
    created_or_altered,
    provider,
    system,
    time,
    identifier,
    standard,
    marked,
    signed,
    time_stamped,
    watermark,
    provenance,
)
