"""Laws and codes on disclosure: what California's act and the EU's code ask of a signed marking.

Technical checks, not legal advice. Both texts allow other ways than a C2PA manifest (a link, a mark
of another kind), which these rules do not see.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from provenance.base.finding import Severity
from provenance.linting import facts
from provenance.linting.examples import actions, created, failure
from provenance.linting.model import (
    Example,
    Outcome,
    Results,
    does_not_apply,
    failed,
    listed,
    passed,
    rule,
    warned,
)
from provenance.linting.profiles import CALIFORNIA, EU
from provenance.linting.subject import text
from provenance.signals.source_types import IPTC

if TYPE_CHECKING:
    from provenance.linting.model import Profile
    from provenance.linting.subject import Action, Manifest, Subject

_ACT = "California Business and Professions Code section 22757.3(b)"
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


def _speaking(subject: Subject) -> tuple[Manifest, tuple[Action, ...]]:
    """Return the manifest that declares AI and its actions that do, else the active one and all."""
    found = facts.ai_actions(subject)
    if not found:
        return subject.active, subject.active.actions
    manifest = found[0][0]
    return manifest, tuple(action for held, action in found if held is manifest)


def _place(subject: Subject, manifest: Manifest, where: str) -> str:
    return where if manifest is subject.active else f"{manifest.label}/{where}"


@rule(
    "california.created_or_altered",
    title="The disclosure says that AI created or altered the content",
    profiles=(CALIFORNIA,),
    section=f"{_ACT}(1)(B) and (C)",
    advice=f"Give c2pa.created, or the action that changed the content, the source type"
    f" {facts.IS_AI}.",
    needs=(),
    example=Example(passes={}, fires=actions(created(digitalSourceType=_CAPTURE))),
)
def created_or_altered(subject: Subject, _profile: Profile) -> Results:
    """Ask for an action of AI, and say which kind it is."""
    if not subject.manifests:
        return failed(_UNMARKED)
    found = facts.ai_actions(subject)
    if not found:
        return failed("no action says that AI created or altered the content", subject.active.label)
    manifest, action = found[0]
    words = "created" if action.action in facts.INCEPTIONS else "altered"
    return passed(f"AI {words} the content", _place(subject, manifest, action.where))


@rule(
    "california.provider",
    title="The disclosure names the provider",
    profiles=(CALIFORNIA,),
    section=f"{_ACT}(1)(A)",
    advice="Sign with a certificate whose subject names your organisation (O).",
    example=Example(
        passes={},
        fires={"signature": {"certificateInfo": {"subject": {"O": None}}}},
    ),
)
def provider(subject: Subject, _profile: Profile) -> Results:
    """Ask the signing certificate: it is the name that was checked by somebody."""
    manifest, _ = _speaking(subject)
    where = _place(subject, manifest, "c2pa.signature")
    name = text(manifest.signature.subject.get("O")).strip()
    if name:
        return passed(f"the signer is {name}", where)
    return failed("the signing certificate names no organisation", where)


@rule(
    "california.system",
    title="The disclosure names the system and its version",
    profiles=(CALIFORNIA,),
    section=f"{_ACT}(1)(B)",
    advice="Give the action of AI a softwareAgent with name and version, or the claim generator"
    " both.",
    example=Example(passes={}, fires=actions(created(softwareAgent={"name": "Example Model"}))),
)
def system(subject: Subject, _profile: Profile) -> Results:
    """Ask the action of AI for its agent; without one the claim generator stands for it."""
    manifest, asked = _speaking(subject)
    agents = [(text(a.agent.get("name")), text(a.agent.get("version")), a.where) for a in asked]
    named = [agent for agent in agents if agent[0]]
    if not named:
        label = manifest.claim_label
        named = [(g.name, g.version, label) for g in manifest.generators if g.name]
    whole = next((agent for agent in named if agent[1] or _VERSIONED.search(agent[0])), None)
    if whole is not None:
        return passed(" ".join(filter(None, whole[:2])), _place(subject, manifest, whole[2]))
    if named:
        where = _place(subject, manifest, named[0][2])
        return failed(f"{named[0][0]} is named without a version", where)
    return failed("no system is named", manifest.label)


@rule(
    "california.time",
    title="The disclosure says when the content was created or altered",
    profiles=(CALIFORNIA,),
    section=f"{_ACT}(1)(C)",
    advice="Write `when` into the action of AI, or have the signature time-stamped.",
    example=Example(
        passes={},
        fires=actions(created(when=None)) | {"signature": {"timeStampInfo": None}},
    ),
)
def time(subject: Subject, _profile: Profile) -> Results:
    """Ask the action, then the time-stamp."""
    manifest, asked = _speaking(subject)
    said = next((a for a in asked if a.when), None)
    if said is not None:
        return passed(f"when: {said.when}", _place(subject, manifest, said.where))
    for signer in (manifest, subject.active):
        if signer.signature.time_stamp:
            where = _place(subject, signer, "c2pa.signature")
            return passed(f"time-stamped {signer.signature.time_stamp}", where)
    return failed("neither an action nor a time-stamp names a time", subject.active.label)


@rule(
    "california.identifier",
    title="The disclosure has a unique identifier",
    profiles=(CALIFORNIA,),
    section=f"{_ACT}(1)(D)",
    advice="Give each asset an instanceID of its own; the manifest's label is one as well.",
    example=Example(
        passes={},
        fires={"label": "", "claim.v2": {"instanceID": ""}},
    ),
)
def identifier(subject: Subject, _profile: Profile) -> Results:
    """Ask for the instance identifier of the claim, or the manifest's own label."""
    found = text(subject.active.claim.get("instanceID")) or subject.active.label
    if found:
        return passed(found, subject.active.claim_label)
    return failed("there is no identifier", subject.active.claim_label)


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
def marked(subject: Subject, _profile: Profile) -> Results:
    """Ask for an action of AI in the active manifest, or in one that it carries on."""
    if not subject.manifests:
        return failed(_UNMARKED)
    found = facts.ai_actions(subject)
    if found:
        manifest, action = found[0]
        where = _place(subject, manifest, action.where)
        return passed(f"{action.action}: {action.effective_source_type}", where)
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
def signed(subject: Subject, _profile: Profile) -> Results:
    """Ask validation; who is trusted is another question."""
    validation = subject.active.validation
    if validation is None:
        return does_not_apply("the document holds no validation results")
    broken = [s for s in validation.failure if not s.code.startswith(_TRUST)]
    if broken:
        return failed(f"validation fails: {listed(s.code for s in broken)}", broken[0].url)
    return passed("signed, and nothing was altered", subject.active.label)


@rule(
    "eu.time_stamped",
    title="The metadata is time-stamped",
    profiles=(EU,),
    section=f"{_CODE}, sub-measure 1.1.1",
    advice="Have each signature time-stamped: the code asks for it where the time is known.",
    emits=(Outcome.TRUE, Outcome.FALSE, Outcome.WARNING),
    example=Example(
        passes={},
        fires={"signature": {"timeStampInfo": None}},
    ),
)
def time_stamped(subject: Subject, _profile: Profile) -> Results:
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
def watermark(subject: Subject, _profile: Profile) -> Results:
    """Ask every manifest that came along for a declaration."""
    found = [name for manifest in subject.manifests for name in facts.watermarks(manifest)]
    if found:
        return passed(f"declared: {listed(found)}", subject.active.label)
    return failed("no watermark is declared", subject.active.label)


RULES = (
    created_or_altered,
    provider,
    system,
    time,
    identifier,
    marked,
    signed,
    time_stamped,
    watermark,
)
