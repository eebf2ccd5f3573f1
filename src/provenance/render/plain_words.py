"""Words for people in place of the terms of C2PA and IPTC, of places in a file, and of labels.

Machine formats and `-v` have the terms themselves.
"""

from __future__ import annotations

import re

from provenance.signals import source_types

SOURCE_TYPES = {
    "trainedAlgorithmicMedia": "generative AI",
    "trainedAlgorithmicData": "data by generative AI",
    "compositeWithTrainedAlgorithmicMedia": "composite with generative AI",
    "compositeSynthetic": "composite with synthetic parts",
    "composite": "composite",
    "screenCapture": "screen capture",
    "digitalArt": "digital art",
    "dataDrivenMedia": "made from data by a program",
    "digitalCapture": "camera recording",
    "computationalCapture": "camera recording with computation",
    "compositeCapture": "composite of camera recordings",
    "negativeFilm": "scan of a negative",
    "positiveFilm": "scan of a slide",
    "print": "scan of a print",
    "digitalCreation": "made by people with software",
    "humanEdits": "edits by people",
    "minorHumanEdits": "small edits by people",
    "softwareImage": "made by software",
    "virtualRecording": "recording of something virtual",
    "algorithmicMedia": "algorithm without training data",
    "algorithmicallyEnhanced": "enhanced by an algorithm",
    "empty": "blank canvas",
}
"""Each value of the vocabulary, by its short name."""

_ACTIONS = {
    "c2pa.addedText": "text added",
    "c2pa.adjustedColor": "colours adjusted",
    "c2pa.changedSpeed": "speed changed",
    "c2pa.color_adjustments": "colours adjusted",
    "c2pa.edited.metadata": "metadata edited",
    "c2pa.resized.proportional": "resized in proportion",
    "c2pa.unknown": "an action that is not named",
    "c2pa.watermarked.bound": "watermarked",
    "c2pa.watermarked.unbound": "watermarked",
    "c2pa.soft-binding": "soft binding",
    "c2pa.ai-disclosure": "AI disclosure",
    "stds.iptc": "IPTC metadata",
    "stds.iptc.photo-metadata": "IPTC metadata",
    "stds.exif": "EXIF metadata",
    "cawg.metadata": "metadata",
}
RELATIONS = {
    "parentOf": "made from",
    "componentOf": "contains",
    "inputTo": "given as input",
}
"""What an ingredient is to the asset, before a colon."""

_TERM = re.compile(r"\b[A-Za-z][\w-]*(?:\.[\w-]+)+|\b[a-z]+[A-Z]\w*|(?<=: )(?:empty|print)\b")
_OWN = re.compile(r"c2pa\.([a-z][a-z_]*)(?:\.v\d+)?(?:__\d+)?(?:\[\d+\])?")
_PLACE = re.compile(r"\((?:[^()@]*) @\d+ ([^()]+)\)")
_MANIFEST = r"(?:[\w.-]+:)?urn:(?:c2pa|uuid):"
_LABEL = re.compile(rf" ?\({_MANIFEST}[^\s()]+(?:, (\w+))?\)|\b{_MANIFEST}[^\s,;()/]*?(?:: |/)")
_ALTERED = re.compile(r"(?<=altered after signing)(?:: [\w.]*\w in |: \w+(?:\.\w+)+)")


def action(name: str) -> str:
    """Return words for an action or a label of C2PA; a name of anybody else's as it is."""
    if name in _ACTIONS:
        return _ACTIONS[name]
    own = _OWN.fullmatch(name)
    return own[1].replace("_", " ") if own else name


def source_type(value: str) -> str:
    """Return words for a digital source type; a value of no vocabulary as `source_types` has it."""
    name = source_types.source_type_named(value)
    return SOURCE_TYPES.get(name, name)


def words(text: str) -> str:
    """Return a sentence of a report without terms, labels of manifests, and offsets."""
    text = _LABEL.sub("", _PLACE.sub(r"(field \1)", text))
    text = _ALTERED.sub(lambda match: ": " if match[0].endswith(" in ") else "", text)
    text = _TERM.sub(_term, text)
    return text[:1].upper() + text[1:]


def _term(match: re.Match[str]) -> str:
    term = match[0]
    return SOURCE_TYPES.get(term) or RELATIONS.get(term) or action(term)
