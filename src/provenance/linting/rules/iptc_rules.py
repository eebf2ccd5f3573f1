"""The IPTC digital source type in XMP: there, written in full, once, and as the credential says."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from provenance.base.finding import Severity
from provenance.linting import facts
from provenance.linting.profiles import IPTC
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
from provenance.linting.subject import RuleNeed
from provenance.media.metadata.field import Source
from provenance.signals import source_types
from provenance.signals.detectors._index import trimmed
from provenance.signals.detectors.iptc_source_type import KEY, nested
from provenance.signals.official import INCEPTION_ACTIONS

if TYPE_CHECKING:
    from provenance.linting.rule import RuleProfile
    from provenance.linting.subject import Subject
    from provenance.media.metadata.field import Field

SYSTEM = "Iptc4xmpExt:AISystemUsed"
_STANDARD = "IPTC Photo Metadata Standard 2025.1, Digital Source Type"
_FULL = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
_NONE = "there is no digital source type in XMP"
_rule = functools.partial(rule, profiles=(IPTC,), needs=(RuleNeed.EVIDENCE,))


def fields(subject: Subject) -> tuple[Field, ...]:
    """Return the fields that speak of the asset as a whole and hold a value."""
    assert subject.evidence is not None  # noqa: S101 - by `needs`
    properties = subject.evidence.metadata.named(Source.XMP, KEY)
    return tuple(f for f in properties if trimmed(f.value) and not nested(f))


def _values(properties: tuple[Field, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(trimmed(f.value) for f in properties))


@_rule(
    "iptc.source_type",
    title="XMP says by its digital source type that AI was at work",
    section=_STANDARD,
    advice=f"Write {KEY} with the URI {_FULL}, or the one that fits, into the XMP packet: services"
    " that read no credential read it, and it stays where a credential is taken out.",
    example=Example(
        passes="A signed AI image with the digital source type in XMP.",
        fires="A signed AI image without XMP.",
    ),
)
def source_type(subject: Subject, _profile: RuleProfile) -> Results:
    """Ask for the property where the credential declares AI."""
    properties = fields(subject)
    if properties:
        return passed(f"{KEY} is there", properties[0].place)
    assert subject.evidence is not None  # noqa: S101 - by `needs`
    if not subject.evidence.scan.media_type.startswith(("image/", "video/")):
        return does_not_apply("the standard is one for photos and videos")
    if subject.manifests and facts.ai_actions(subject):
        return failed("the credential declares AI, and XMP has no digital source type")
    return does_not_apply("nothing here says that AI was at work")


@_rule(
    "iptc.source_type_uri",
    title="The digital source type is the full URI of the vocabulary",
    section=_STANDARD,
    advice=f"Write the whole URI with http, such as {_FULL}: neither https nor the bare code.",
    example=Example(
        passes="XMP with the URI in full.",
        fires="XMP with the bare code trainedAlgorithmicMedia.",
    ),
)
def source_type_uri(subject: Subject, _profile: RuleProfile) -> Results:
    """Ask each value for its form, and whether the vocabulary has it."""
    properties = fields(subject)
    if not properties:
        return does_not_apply(_NONE)
    wrong = [f for f in properties if not source_types.canonical(trimmed(f.value))[1]]
    if wrong:
        right = source_types.canonical(trimmed(wrong[0].value))[0]
        return failed(f"{join_listed(_values(tuple(wrong)))}: write {right}", wrong[0].place)
    unknown = [f for f in properties if not source_types.known(f.value)]
    if unknown:
        values = join_listed(_values(tuple(unknown)))
        return failed(f"{values}: not in the vocabulary", unknown[0].place)
    return passed(join_listed(_values(properties)), properties[0].place)


@_rule(
    "iptc.source_type_single",
    title="There is one digital source type",
    section=f"{_STANDARD}, cardinality 0..1",
    advice="Write the property once, in one XMP packet.",
    example=Example(
        passes="XMP with one digital source type.",
        fires="XMP with a list of two different ones.",
    ),
)
def source_type_single(subject: Subject, _profile: RuleProfile) -> Results:
    """Ask whether several values contradict each other."""
    properties = fields(subject)
    if not properties:
        return does_not_apply(_NONE)
    values = _values(properties)
    if len(values) > 1:
        return failed(f"{len(values)} values: {join_listed(values)}", properties[0].place)
    return passed("one value", properties[0].place)


@_rule(
    "iptc.consistent",
    title="XMP and the credential say the same of the origin",
    section=f"{_STANDARD}; C2PA 2.4 section 18.15.4.5",
    advice="Write one digital source type into both XMP and the first action of the credential.",
    emits=(RuleAnswer.TRUE, RuleAnswer.FALSE, RuleAnswer.WARNING),
    example=Example(
        passes="An AI image whose XMP and credential both say trainedAlgorithmicMedia.",
        fires="An AI image by its credential whose XMP says digitalCapture.",
    ),
)
def consistent(subject: Subject, _profile: RuleProfile) -> Results:
    """Compare the two where both are there."""
    properties = fields(subject)
    said = _inceptions(subject)
    if not properties or not said:
        return does_not_apply("there is no digital source type in both XMP and the credential")
    xmp_type = source_types.canonical(properties[0].value)[0]
    if xmp_type in said:
        return passed("XMP and the credential agree", properties[0].place)
    declared = join_listed(map(source_types.short_name, said))
    names = f"XMP says {source_types.short_name(xmp_type)}, the credential {declared}"
    signed = any(map(facts.declares_ai, said))
    if facts.declares_ai(xmp_type) != signed:
        return failed(names, properties[0].place)
    return warned(names, properties[0].place)


def _inceptions(subject: Subject) -> tuple[str, ...]:
    """Return what the credential says of the inception, or of AI in a later action."""
    if not subject.manifests:
        return ()
    first = [a for a in subject.active.manifest.all_actions() if a.name in INCEPTION_ACTIONS]
    chosen = [*first, *(action for _, action in facts.ai_actions(subject))]
    values = (a.effective_source_type for a in chosen)
    return tuple(dict.fromkeys(source_types.canonical(v)[0] for v in values if v))


@_rule(
    "iptc.ai_system",
    title="XMP names the AI system",
    severity=Severity.NOTE,
    section="IPTC Photo Metadata Standard 2025.1, AI System Used",
    advice=f"Write {SYSTEM} with the name of your model or service.",
    example=Example(
        passes="XMP that says trainedAlgorithmicMedia and names the system.",
        fires="XMP that says trainedAlgorithmicMedia and names none.",
    ),
)
def ai_system(subject: Subject, _profile: RuleProfile) -> Results:
    """Ask for the system where XMP declares AI."""
    declaring = [f for f in fields(subject) if facts.declares_ai(trimmed(f.value))]
    if not declaring:
        return does_not_apply("XMP does not say that AI was at work")
    assert subject.evidence is not None  # noqa: S101 - by `needs`
    named = subject.evidence.metadata.named(Source.XMP, SYSTEM)
    if any(trimmed(f.value) for f in named):
        return passed("the system is named", named[0].place)
    return failed(f"{SYSTEM} is missing", declaring[0].place)


RULES = (source_type, source_type_uri, source_type_single, consistent, ai_system)
