"""GB 45438-2025: the label in the file's metadata, one rule a demand of annex E.

A technical check, not legal advice. The explicit label, which people see, is not looked at.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from provenance.base.finding import Severity
from provenance.linting import facts, gb45438
from provenance.linting.gb45438 import (
    KEYS,
    LABEL,
    LABELS,
    PRODUCE_ID,
    PRODUCER,
    PROPAGATE_ID,
    PROPAGATOR,
    REQUIRED,
    labels,
)
from provenance.linting.profiles import GB45438
from provenance.linting.rule import (
    Example,
    Results,
    does_not_apply,
    failed,
    join_listed,
    passed,
    rule,
)
from provenance.linting.subject import RuleNeed
from provenance.media.metadata.field import Source

if TYPE_CHECKING:
    from collections.abc import Callable

    from provenance.linting.gb45438 import Label
    from provenance.linting.rule import Check, RuleProfile
    from provenance.linting.subject import Subject

_ANNEX = "GB 45438-2025 annex E"
_GUIDES = "TC260-PG-20257A (video), 20258A (documents), 20259A (images), 202510A (audio)"
_NONE = "there is no label in the metadata"
_PASSES = "A PNG with the label in a text chunk AIGC, all seven keys in order."
# What the guides name for each family of containers; XMP is named for every image.
_XMP = (Source.XMP,)
_PLACES = {
    "jpeg": (*_XMP, Source.EXIF),
    "png": (*_XMP, Source.TEXT),
    "gif": _XMP,
    "tiff": _XMP,
    "jxl": _XMP,
    "svg": _XMP,
    "bmff": (Source.QUICKTIME, *_XMP),
    "ebml": (Source.EBML,),
    "flv": (Source.AMF0,),
    "id3": (Source.ID3,),
    "flac": (Source.VORBIS,),
    "ogg": (Source.VORBIS,),
    "pdf": (Source.PDF,),
    "zip": (Source.OOXML,),
}
_RIFF = {"image/webp": (*_XMP, Source.EXIF), "audio/wav": (Source.RIFF,)}


_rule = functools.partial(rule, profiles=(GB45438,), needs=(RuleNeed.EVIDENCE,))


def _labels(subject: Subject) -> tuple[Label, ...]:
    assert subject.evidence is not None  # noqa: S101 - by `needs`
    return labels(subject.evidence.metadata)


def _each(fault: Callable[[Label], str], good: str) -> Check:
    """Make a check that asks every label that could be read."""

    def check(subject: Subject, _profile: RuleProfile) -> Results:
        labels = [label for label in _labels(subject) if not label.fault]
        if not labels:
            return does_not_apply("there is no label that can be read")
        wrong = [(label, said) for label in labels if (said := fault(label))]
        if wrong:
            return failed(
                join_listed(said for _, said in wrong),
                join_listed(label.place for label, _ in wrong),
            )
        return passed(good, labels[0].place)

    return check


@_rule(
    "gb45438.present",
    title="The metadata hold the implicit label",
    section="GB 45438-2025 chapter 6; Measures for Labeling, article 5",
    advice='Write the label into the place that is meant for your container: {"AIGC": {...}} with'
    " the seven keys. A C2PA manifest does not replace it.",
    example=Example(passes=_PASSES, fires="An AI image without a label."),
)
def present(subject: Subject, _profile: RuleProfile) -> Results:
    """Ask for any label at all."""
    labels = _labels(subject)
    if labels:
        return passed("there is a label", join_listed(label.place for label in labels))
    ai = bool(subject.manifests) and bool(facts.ai_actions(subject))
    return failed(f"{_NONE}, though the credential declares AI" if ai else _NONE)


@_rule(
    "gb45438.readable",
    title="The label is a JSON object",
    section=_ANNEX,
    advice='Write the value as one JSON object: {"AIGC": {"Label": "1", ...}}.',
    example=Example(passes=_PASSES, fires="A label whose last brace is missing."),
)
def readable(subject: Subject, _profile: RuleProfile) -> Results:
    """Ask each label whether it can be read."""
    labels = _labels(subject)
    if not labels:
        return does_not_apply(_NONE)
    wrong = [label for label in labels if label.fault]
    if wrong:
        return failed(
            join_listed(label.fault for label in wrong), join_listed(label.place for label in wrong)
        )
    return passed("the label can be read", labels[0].place)


plain = _rule(
    "gb45438.plain",
    title="The label is written as the annex shows it",
    severity=Severity.WARNING,
    section=_ANNEX,
    advice="Write the object itself: no JSON within a JSON text, no HTML escapes, no bare segment.",
    example=Example(passes=_PASSES, fires="A label that is a JSON text within JSON."),
)(_each(lambda one: join_listed(one.detours), "the object is there as it is"))


def _key_faults(label: Label) -> str:
    missing = [k for k in KEYS if k not in label.value]
    unknown = [k for k in label.value if k not in KEYS]
    said = [f"{k} is missing" for k in missing] + [
        f"{k} is not a key of the annex" for k in unknown
    ]
    return join_listed(said)


keys = _rule(
    "gb45438.keys",
    title="The label has the seven keys and no other",
    section=_ANNEX,
    advice=f"Write {', '.join(KEYS)}; the reserved codes may be empty, not missing.",
    example=Example(passes=_PASSES, fires="A label without PropagateID."),
)(_each(_key_faults, "the seven keys are there"))


no_duplicate_keys = _rule(
    "gb45438.no_duplicate_keys",
    title="No key of the label is there twice",
    section=_ANNEX,
    advice="Write each key once: readers differ in which of the two values they take.",
    example=Example(passes=_PASSES, fires="A label with Label twice."),
)(_each(lambda one: "a key is there twice" if one.twice else "", "each key is there once"))


def _bad_label(label: Label) -> str:
    value = label.value.get(LABEL)
    if value is None:
        return "there is no Label"
    if isinstance(value, str) and value in LABELS:
        return ""
    shown = value if isinstance(value, str) else f"a value of type {type(value).__name__}"
    return f"Label is {shown}"


label = _rule(
    "gb45438.label",
    title="Label is 1, 2 or 3",
    section=_ANNEX,
    advice='Write "1" (is), "2" (may be) or "3" (is suspected to be generated), as a text.',
    example=Example(passes=_PASSES, fires="A label whose Label is the number 1."),
)(_each(_bad_label, "Label has a value of the annex"))


def _empty(label: Label) -> str:
    empty = [k for k in REQUIRED if k in label.value and label.value[k] in ("", None)]
    other = [k for k in KEYS[1:] if not isinstance(label.value.get(k, ""), str)]
    return join_listed([*(f"{k} is empty" for k in empty), *(f"{k} is not a text" for k in other)])


values = _rule(
    "gb45438.values",
    title="The producer and its number for the content are there",
    section=_ANNEX,
    advice=f"Fill {' and '.join(REQUIRED)}; write every value as a text.",
    example=Example(passes=_PASSES, fires="A label whose ProduceID is empty."),
)(_each(_empty, "producer and number are there"))


def _foreign(label: Label) -> str:
    said = []
    for key, value in label.value.items():
        characters = gb45438.forbidden(value) if isinstance(value, str) else ""
        if characters:
            said.append(f"{key} holds {characters}")
    return join_listed(said)


characters = _rule(
    "gb45438.characters",
    title="The values hold allowed characters only",
    section=_ANNEX,
    advice="Use printable ASCII without space, quotation mark and backslash: the provider's code"
    " instead of a Chinese name.",
    example=Example(passes=_PASSES, fires="A label whose ContentProducer holds a space."),
)(_each(_foreign, "all characters are allowed"))


def _bad_code(label: Label) -> str:
    said = []
    for key in (PRODUCER, PROPAGATOR):
        value = label.value.get(key)
        fault = gb45438.code_fault(value) if isinstance(value, str) else ""
        if fault:
            said.append(f"{key}: {fault}")
    return join_listed(said)


provider_code = _rule(
    "gb45438.provider_code",
    title="A provider's code is well formed",
    severity=Severity.WARNING,
    section="TC260 practice guide, coding rules for providers; GB 32100-2015",
    advice="Write 001, 1 for an organisation, its Unified Social Credit Code and five digits.",
    example=Example(passes=_PASSES, fires="A code whose credit code has a wrong check character."),
)(_each(_bad_code, "no code is malformed"))


def _differs(label: Label) -> str:
    pairs = ((PRODUCER, PROPAGATOR), (PRODUCE_ID, PROPAGATE_ID))
    said = []
    for produced, spread in pairs:
        first, second = label.value.get(produced), label.value.get(spread)
        if first and first != second:
            said.append(f"{spread} is not {produced}" if second else f"{spread} is empty")
    return join_listed(said)


first_writing = _rule(
    "gb45438.first_writing",
    title="The label is as its maker first writes it",
    severity=Severity.WARNING,
    section=_ANNEX,
    advice="Repeat producer and number as propagator and number. A file that a platform has passed"
    " on has others, and that is right.",
    example=Example(passes=_PASSES, fires="A label whose PropagateID is another number."),
)(_each(_differs, "propagation repeats production"))


@_rule(
    "gb45438.single",
    title="The file holds one label",
    section="GB 45438-2025 chapter 6",
    advice="Keep one label: take the others out when you write yours.",
    example=Example(passes=_PASSES, fires="A PNG with a label in XMP and in a text chunk."),
)
def single(subject: Subject, _profile: RuleProfile) -> Results:
    """Count the labels."""
    labels = _labels(subject)
    if not labels:
        return does_not_apply(_NONE)
    if len(labels) > 1:
        return failed(f"{len(labels)} labels", join_listed(label.place for label in labels))
    return passed("there is one label", labels[0].place)


@_rule(
    "gb45438.place",
    title="The label is where its container keeps it",
    section=_GUIDES,
    advice="Write it to the place of the guides: XMP TC260:AIGC in images, the key AIGC in"
    " moov.udta.meta of MP4, a chunk AIGC in WAV, TXXX:AIGC in MP3, and so on.",
    example=Example(passes=_PASSES, fires="A JPEG with a bare AIGC{...} in a segment of its own."),
)
def place(subject: Subject, _profile: RuleProfile) -> Results:
    """Compare each label's place with those of the guides."""
    labels = _labels(subject)
    assert subject.evidence is not None  # noqa: S101 - by `needs`
    if not labels:
        return does_not_apply(_NONE)
    scan = subject.evidence.scan
    allowed: tuple[Source, ...] | None = _PLACES.get(scan.family)
    if scan.family == "riff":
        allowed = _RIFF.get(scan.media_type, (Source.RIFF,))
    if allowed is None:
        return does_not_apply(f"the guides name no place for {scan.media_type}")
    wrong = [label for label in labels if label.at.source not in allowed]
    if wrong:
        names = join_listed(s.value for s in allowed)
        return failed(f"a label outside {names}", join_listed(label.place for label in wrong))
    return passed("the label is in its place", labels[0].place)


RULES = (
    present,
    readable,
    plain,
    keys,
    no_duplicate_keys,
    label,
    values,
    characters,
    provider_code,
    first_writing,
    single,
    place,
)
