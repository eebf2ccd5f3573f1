"""The digital source type vocabulary: each value, every form it is written in, nothing else."""

from __future__ import annotations

from support.each import each

from provenance.base.terms import AI_ORIGINS, GENERATIVE, Origin
from provenance.signals import source_types
from provenance.signals.source_types import C2PA, IPTC, canonical, known, origin_of, short_name

# IPTC NewsCodes "digitalsourcetype" with its retired codes, and the values of C2PA 2.4 itself.
VOCABULARY: dict[str, Origin | None] = {
    IPTC + "trainedAlgorithmicMedia": Origin.AI_GENERATED,
    IPTC + "compositeWithTrainedAlgorithmicMedia": Origin.AI_MODIFIED,
    IPTC + "compositeSynthetic": Origin.AI_MODIFIED,
    C2PA + "trainedAlgorithmicData": Origin.AI_GENERATED,
    IPTC + "composite": Origin.AI_POSSIBLE,
    IPTC + "screenCapture": Origin.AI_POSSIBLE,
    IPTC + "digitalArt": Origin.AI_POSSIBLE,
    IPTC + "dataDrivenMedia": Origin.AI_POSSIBLE,
    IPTC + "digitalCapture": Origin.CAPTURED,
    IPTC + "computationalCapture": Origin.CAPTURED,
    IPTC + "compositeCapture": Origin.CAPTURED,
    IPTC + "negativeFilm": Origin.CAPTURED,
    IPTC + "positiveFilm": Origin.CAPTURED,
    IPTC + "print": Origin.CAPTURED,
    IPTC + "digitalCreation": Origin.DIGITAL_CREATION,
    IPTC + "humanEdits": None,
    IPTC + "minorHumanEdits": None,
    IPTC + "softwareImage": None,
    IPTC + "virtualRecording": None,
    IPTC + "algorithmicMedia": None,
    IPTC + "algorithmicallyEnhanced": None,
    C2PA + "empty": None,
}


@each(("value", "expected"), VOCABULARY.items())
def test_each_value_of_the_vocabulary_has_its_origin(value: str, expected: Origin | None) -> None:
    assert known(value)
    assert origin_of(value) is expected
    assert canonical(value) == (value, True)
    assert short_name(value) == value.rpartition("/")[2]


@each(("value", "expected"), VOCABULARY.items())
def test_https_and_the_bare_code_are_understood_and_told_apart(
    value: str, expected: Origin | None
) -> None:
    for form in ("https" + value[4:], value.rpartition("/")[2]):
        assert origin_of(form) is expected
        assert canonical(form) == (value, False)
        assert short_name(form) == value.rpartition("/")[2]
    assert origin_of(f"  {value}\n") is expected


def test_algorithmic_media_is_not_trained_algorithmic_media() -> None:
    for form in (
        IPTC + "algorithmicMedia",
        "https" + IPTC[4:] + "algorithmicMedia",
        "algorithmicMedia",
    ):
        assert origin_of(form) not in AI_ORIGINS


@each(
    "value",
    [
        "",
        "x",
        IPTC,
        IPTC + "trainedAlgorithmicMediaX",
        IPTC + "xtrainedAlgorithmicMedia",
        IPTC + "TRAINEDALGORITHMICMEDIA",
        IPTC + "trainedAlgorithmicMedia/",
        C2PA + "trainedAlgorithmicMedia",
        "ftp" + IPTC[4:] + "trainedAlgorithmicMedia",
        "http://example.invalid/trainedAlgorithmicMedia",
        "trainedalgorithmicmedia",
        "made with trainedAlgorithmicMedia",
        "trained Algorithmic Media",
    ],
)
def test_what_only_looks_like_a_value_is_none(value: str) -> None:
    assert not known(value)
    assert origin_of(value) is None
    assert short_name(value) == value


def test_only_three_origins_speak_of_ai() -> None:
    assert {Origin.AI_GENERATED, Origin.AI_MODIFIED, Origin.AI_POSSIBLE} == AI_ORIGINS


def test_every_name_of_generative_ai_is_found_in_bytes() -> None:
    names = [v.rpartition("/")[2] for v, o in VOCABULARY.items() if o in GENERATIVE]
    for name in names:
        (found,) = source_types.names_in(b"xx" + name.encode() + b"yy")
        assert short_name(found) == name
    assert len(source_types.names_in(" ".join(names).encode())) == len(names)
    assert source_types.names_in(b"trainedAlgorithmic compositesynthetic") == ()


# https://schema.org/IPTCDigitalSourceEnumeration
SCHEMA_ORG = {
    "https://schema.org/TrainedAlgorithmicMediaDigitalSource": "trainedAlgorithmicMedia",
    "http://schema.org/TrainedAlgorithmicMediaDigitalSource/": "trainedAlgorithmicMedia",
    "https://www.schema.org/CompositeWithTrainedAlgorithmicMediaDigitalSource": (
        "compositeWithTrainedAlgorithmicMedia"
    ),
    "schema:CompositeSyntheticDigitalSource": "compositeSynthetic",
    "CompositeSyntheticDigitalSource": "compositeSynthetic",
    "https://schema.org/DigitalCaptureDigitalSource": "digitalCapture",
}


@each(("value", "name"), SCHEMA_ORG.items())
def test_names_of_schema_org_are_understood(value: str, name: str) -> None:
    assert source_types.in_any_form(value) == IPTC + name
    assert not known(value)
    generative = origin_of(IPTC + name) in GENERATIVE
    assert source_types.counts_as(value) == (IPTC + name if generative else value)


@each(
    "value",
    [
        "https://schema.org/DigitalSource",
        "https://schema.org/xTrainedAlgorithmicMediaDigitalSource",
        "https://schema.org/TrainedAlgorithmicMedia",
        "https://example.invalid/TrainedAlgorithmicMediaDigitalSource",
        "https://example.invalid/schema.org/TrainedAlgorithmicMediaDigitalSource",
        IPTC + "trainedAlgorithmicMediaDigitalSource",
    ],
)
def test_what_only_looks_like_a_name_of_schema_org(value: str) -> None:
    assert source_types.in_any_form(value) is None
