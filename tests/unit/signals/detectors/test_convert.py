"""Signals for the verdict, and a camera's own EXIF."""

import pytest
from support.each import each
from unit.signals.detectors.make import GRAPH, IPTC, exif, meta, png, run, xmp

from provenance.base.terms import Assurance, Origin
from provenance.signals.detector import Marker
from provenance.signals.detectors.convert import LIMIT, camera_exif, marker_signals
from provenance.signals.signal import Basis, GeneratorClaim, Role, Signal

CAMERA = {
    "Make": "Apple",
    "Model": "iPhone 15",
    "DateTimeOriginal": "2026:01:02 03:04:05",
    "ExposureTime": "1/60",
    "FNumber": "1.8",
}


def camera(**changes):
    values = {**CAMERA, **changes}
    return meta(*(exif(key, value) for key, value in values.items() if value is not None))


def test_a_signal_is_asserted_of_the_asset_and_says_where():
    (signal,) = marker_signals(run(png("prompt", GRAPH, offset=33))[0])
    assert (signal.detector, signal.supports, signal.origin) == (
        "comfyui",
        Origin.AI_GENERATED,
        Origin.AI_GENERATED,
    )
    assert (signal.assurance, signal.role, signal.path) == (Assurance.ASSERTED, Role.ASSET, ())
    assert signal.where == "tEXt @33 prompt"
    assert signal.generator is not None
    assert signal.generator.basis is Basis.MARKER


def test_a_signal_says_all_that_its_marker_says():
    one = png("key", "x", offset=7)
    names = {"vendor": "V", "product": "P", "model": "M"}
    for given in ({}, *({name: value} for name, value in names.items()), names):
        made = Marker(
            Origin.AI_GENERATED, "words", one, **given, source_type="uri", from_input=bool(given)
        )
        claimed = [given.get(name) for name in names]
        expected = Signal(
            detector="a.detector",
            supports=Origin.AI_GENERATED,
            origin=Origin.AI_GENERATED,
            says="words",
            source_type="uri",
            where="tEXt @7 key",
            part="",
            assurance=Assurance.ASSERTED,
            role=Role.ASSET,
            limit=LIMIT,
            generator=GeneratorClaim(*claimed, Basis.MARKER) if given else None,
            from_input=bool(given),
        )
        assert marker_signals([("a.detector", made)]) == (expected,)


def test_a_marker_of_a_part_supports_that_the_asset_was_modified():
    (signal,) = marker_signals(run(xmp("photoshop:Credit", "Edited with Google AI"))[0])
    assert (signal.supports, signal.whole) == (Origin.AI_MODIFIED, False)


def test_a_neutral_source_type_supports_nothing_and_names_nobody():
    (signal,) = marker_signals(
        run(xmp("Iptc4xmpExt:DigitalSourceType", IPTC + "algorithmicMedia"))[0]
    )
    assert (signal.supports, signal.generator) == (None, None)
    assert signal.source_type == IPTC + "algorithmicMedia"


@pytest.mark.parametrize("changes", [{}, {"FNumber": None}, {"ExposureTime": None}])
def test_exif_of_a_camera_is_told(changes):
    assert camera_exif(camera(**changes))


@each(
    "changes",
    [
        {"Make": None},
        {"Make": " \0"},
        {"Model": None},
        {"DateTimeOriginal": None},
        {"FNumber": None, "ExposureTime": None},
        {"Make": "Ideogram AI"},
        {"Make": "Aphrodite AI\0"},
        {"Make": "prompt:{}"},
    ],
)
def test_exif_without_what_a_camera_writes_is_none_of_a_camera(changes):
    assert not camera_exif(camera(**changes))


def test_words_of_a_camera_in_xmp_are_no_exif_of_one():
    assert not camera_exif(meta(*(xmp(key, value) for key, value in CAMERA.items())))
