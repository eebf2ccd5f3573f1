"""One call of a worker a file: results, signals, findings; and decoders that misbehave."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest
from support import reference
from support.each import each
from support.recordings import AAC_RATE, AAC_SAMPLES, aac, m4a, video
from support.reference import needs_coder
from support.textures import coded, texture

from provenance import Flag, Origin, Verifier
from provenance.base.errors import InstallationError
from provenance.base.terms import Assurance
from provenance.marks import decoder_registry
from provenance.marks.decoder import GOAL, Medium, Message, WatermarkStatus
from provenance.marks.decoding_process import DecodingLimits
from provenance.marks.known import DWT_DCT
from provenance.marks.reader import MarkReader
from provenance.media.asset import Asset
from provenance.media.container import scan_container
from provenance.sandbox import landlock, seccomp

if TYPE_CHECKING:
    from pathlib import Path

SDXL = next(m for m in DWT_DCT if m.name == "SDXL")
FLUX = next(m for m in DWT_DCT if m.name == "FLUX")
linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits as Linux has them")
filtered = pytest.mark.skipif(not seccomp.available(), reason="this machine has no seccomp for us")
locked = pytest.mark.skipif(not landlock.version(), reason="this kernel has no Landlock")


@pytest.fixture(scope="module")
def reader():
    """One worker with our own decoders, for all tests that ask nothing else of it."""
    with contextlib.closing(MarkReader({Medium.PICTURE}, plugins=False)) as made:
        yield made


@pytest.fixture(scope="module")
def quick():
    """One that asks two decoders, for what all of them are given alike."""
    with contextlib.closing(
        MarkReader({Medium.PICTURE}, plugins=False, only=("dwtdct", "iscc"))
    ) as made:
        yield made


def read(reader: MarkReader, data: bytes, media_type: str = "image/png"):
    with Asset.from_bytes(data) as asset:
        return reader.read(asset, media_type)


def picture(red: int = 0) -> bytes:
    rgb = np.array(texture(1, 8, 8))
    rgb[0, 0] = (red, 0, 0)
    return coded(rgb)


def by_name(reading):
    return {result.decoder: result for result in reading.watermarks}


@needs_coder
def test_a_mark_becomes_a_verdict(reader: MarkReader) -> None:
    report = Verifier(pixels=reader).verify_bytes(
        coded(reference.embed_float(texture(6, 512, 512), FLUX.bits))
    )
    assert report.verdict is not None
    assert (report.verdict.origin, report.verdict.assurance) == ("ai_generated", "detected")
    assert Flag.AI in report.verdict.flags
    assert report.generator is not None
    assert (report.generator.vendor, report.generator.basis) == ("Black Forest Labs", "marker")
    (signal,) = report.signals
    assert signal.assurance is Assurance.DETECTED
    assert "anyone can embed it" in signal.says
    assert "of 48 bits, false-positive bound" in signal.says
    found = next(r for r in report.decoded_watermarks if r.decoder == "dwtdct")
    assert found.status is WatermarkStatus.DETECTED
    assert found.bound is not None
    assert found.bound <= GOAL


def test_a_picture_without_a_mark_has_unknown_origin_and_is_never_clean(reader: MarkReader) -> None:
    report = Verifier(pixels=reader).verify_bytes(coded(texture(6, 256, 264)))
    assert report.verdict is not None
    assert report.verdict.origin is Origin.UNKNOWN
    assert report.signals == ()
    status = {r.decoder: r.status for r in report.decoded_watermarks}
    assert status["dwtdct"] is WatermarkStatus.NOT_DETECTED
    assert status["stealth"] is WatermarkStatus.NOT_DETECTED


def test_a_verifier_without_pixels_decodes_nothing() -> None:
    report = Verifier().verify_bytes(coded(texture(6, 256, 256)))
    assert report.decoded_watermarks == ()


@pytest.mark.parametrize(
    ("data", "media_type", "said"),
    [
        (b"data", "image/heic", [("watermark.unsupported", "image/heic is not decoded")]),
        (b"data", "", [("watermark.unsupported", "this format is not decoded")]),
        (b"data", "audio/mp4", [("watermark.not_asked", "that needs --signal")]),
        (
            b"data",
            "video/mp4",
            [("watermark.unreadable", "as a video"), ("watermark.not_asked", "--signal")],
        ),
    ],
)
def test_media_that_are_not_looked_at_are_said(
    data: bytes, media_type: str, said: list[tuple[str, str]], reader: MarkReader
) -> None:
    reading = read(reader, data, media_type)
    assert [f.code for f in reading.findings] == [code for code, _ in said]
    for finding, (_, words) in zip(reading.findings, said, strict=True):
        assert words in finding.message
    assert reading.watermarks == ()


@needs_coder
def test_a_picture_that_is_cut_short_is_looked_at_as_far_as_it_goes(quick: MarkReader) -> None:
    whole = coded(reference.embed_float(texture(6, 512, 512), SDXL.bits))
    for cut in (40, len(whole) // 8):
        reading = read(quick, whole[:-cut])
        assert by_name(reading)["dwtdct"].status is WatermarkStatus.DETECTED
        assert by_name(reading)["dwtdct"].message == "SDXL"
        (finding,) = (f for f in reading.findings if f.code == "watermark.cut_short")
        assert " of 512 rows; the rest cannot be decoded" in finding.message
        assert "of a part" in by_name(reading)["iscc"].reason
    assert "iscc" in by_name(read(quick, whole))


@each("form", ["AVIF", "BMP", "JPEG2000", "TIFF", "GIF", "WEBP"])
def test_pictures_of_every_format_are_looked_at(form: str, quick: MarkReader) -> None:
    """Whatever the container's scan calls them: it knows no BMP and no JPEG 2000."""
    with Asset.from_bytes(coded(texture(6, 256, 256), form)) as asset:
        reading = quick.read(asset, scan_container(asset).media_type)
    assert by_name(reading)["dwtdct"].status is WatermarkStatus.NOT_DETECTED


@needs_coder
def test_frames_of_a_video_are_looked_at(tmp_path: Path, quick: MarkReader) -> None:
    pytest.importorskip("cv2", reason="needs the extra video")
    plain = [np.roll(texture(6, 256, 256), n, axis=1) for n in range(12)]
    marked = [reference.embed_float(frame, SDXL.bits) for frame in plain]
    for frames, status in ((plain, "not_detected"), (marked, "detected")):
        reading = read(quick, video(tmp_path / "a.mkv", frames, "FFV1"), "video/x-matroska")
        result = by_name(reading)["dwtdct"]
        assert result.status == status
        assert "iscc" not in by_name(reading)
        codes = [(f.code, f.message) for f in reading.findings]
        assert ("watermark.sampled", "looked at in part: 6 of 12 frames") in codes
        assert "watermark.not_asked" in dict(codes)
    (signal,) = reading.signals
    assert (signal.where, signal.generator and signal.generator.product) == (
        "frames",
        "Stable Diffusion XL",
    )
    assert "of 6 frames, best at" in result.reason


def test_the_sound_of_recordings_and_videos_is_looked_at(others: Path) -> None:
    pytest.importorskip("tensorcodec", reason="the extra video has no wheels for this machine")
    reader = MarkReader({Medium.SOUND})
    for data, media_type in ((aac(30), "audio/aac"), (m4a(30), "audio/mp4")):
        result = by_name(read(reader, data, media_type))["hears"]
        assert result.reason == f"{30 * AAC_SAMPLES} samples at {AAC_RATE}"
    as_video = m4a(30).replace(b"M4A ", b"isom")
    reading = read(reader, as_video, "video/mp4")
    assert "hears" in by_name(reading)
    assert "watermark.not_asked" in {f.code for f in reading.findings}
    reading = read(reader, b"no recording", "video/webm")
    reader.close()
    (first, *_) = reading.findings
    assert first.code == "watermark.unreadable"
    assert first.message.startswith("sound: no watermark was looked for: its sound cannot be")


def test_a_message_of_ones_own_needs_a_decoder() -> None:
    with pytest.raises(InstallationError, match="no decoder is called 'nothing'"):
        MarkReader({Medium.PICTURE}, messages=(Message("nothing", "m", "01" * 24),))


@needs_coder
def test_a_message_of_ones_own_is_looked_for() -> None:
    own = Message("dwtdct", "ours", "0110" * 3 + "111000101101" * 3, "A Vendor", "A Model")
    reader = MarkReader({Medium.PICTURE}, messages=(own,), plugins=False, only=("dwtdct",))
    reading = read(reader, coded(reference.embed(texture(6, 512, 512), own.bits)))
    reader.close()
    result = by_name(reading)["dwtdct"]
    assert (result.status, result.message) == (WatermarkStatus.DETECTED, "ours")
    assert result.tried == 48  # six messages, four ways of reading, with and without the blur
    (signal,) = reading.signals
    assert signal.supports is None  # the message says nothing of origin
    assert signal.generator is not None
    assert signal.generator.vendor == "A Vendor"


def test_only_the_decoders_that_are_named_are_asked() -> None:
    with pytest.raises(InstallationError, match="no decoder is called 'nothing'"):
        MarkReader({Medium.PICTURE}, only=("nothing",))
    reader = MarkReader({Medium.PICTURE}, plugins=False, only=("stealth",))
    reading = read(reader, picture())
    reader.close()
    assert {r.decoder for r in reading.watermarks} == {"stealth"}
    assert reader.messages_of("stealth") == frozenset()


def test_decoders_of_other_packages_are_asked_too(others: Path) -> None:
    names = [d.name for d in decoder_registry.load_decoders()]
    assert names[: len(decoder_registry.builtin())] == [d.name for d in decoder_registry.builtin()]
    assert names[len(decoder_registry.builtin()) :] == [
        "gone (failed)", "good", "hears", "lost", "none (failed)", "switch", "unloadable",
    ]  # as a table  # fmt: skip
    assert [d.name for d in decoder_registry.load_decoders(plugins=False)] == names[
        : len(decoder_registry.builtin())
    ]
    reader = MarkReader({Medium.PICTURE})
    reading = read(reader, picture())
    reader.close()
    assert by_name(reading)["good"].vendor == "Some Vendor"
    assert "lost" not in by_name(reading)
    note = next(f for f in reading.findings if f.code == "watermark.not_installed")
    assert "lost" in note.message
    assert [s.says for s in reading.signals] == [
        (
            "a Some Model watermark was decoded (48 of 48 bits, false-positive bound 3.6e-15);"
            " anyone can embed it"
        )
    ]


@pytest.mark.parametrize(
    ("red", "words"),
    [
        (1, "code 3"),
        pytest.param(2, "aborted", marks=linux),
        (3, "stopped after 5 seconds"),
        pytest.param(4, "used up its time", marks=linux),
    ],
    ids=["exit", "abort", "hang", "spin"],
)
def test_a_worker_that_ends_is_a_finding_and_the_next_file_is_read(
    others: Path, red: int, words: str
) -> None:
    wait = 60.0 if red == 4 else 5.0
    reader = MarkReader({Medium.PICTURE}, limits=DecodingLimits(processor=1, wall_clock=wait))
    reading = read(reader, picture(red))
    (finding,) = reading.findings
    assert finding.code == "watermark.stopped"
    assert words in finding.message
    assert by_name(read(reader, picture()))["switch"].status is WatermarkStatus.NOT_DETECTED
    reader.close()


@pytest.mark.parametrize(
    ("red", "words"),
    [
        pytest.param(5, "more memory", marks=linux),
        (6, "PermissionError"),
        (7, "PermissionError"),
        pytest.param(8, "Error", marks=linux),
        (9, "KeyError"),
        (10, "returned object"),
        pytest.param(13, "PermissionError", marks=filtered),
        pytest.param(14, "PermissionError", marks=locked),
    ],
    ids=["memory", "network", "program", "write", "crash", "nonsense", "socket", "file"],
)
def test_a_decoder_that_fails_does_not_cost_the_others(others: Path, red: int, words: str) -> None:
    reader = MarkReader({Medium.PICTURE})
    found = by_name(read(reader, picture(red)))
    reader.close()
    assert found["switch"].status is WatermarkStatus.FAILED
    assert words in found["switch"].reason
    assert found["good"].status is WatermarkStatus.DETECTED
    written = others / "written"
    assert not written.exists() or written.stat().st_size == 0


def test_a_decoder_whose_package_cannot_be_imported_is_said(others: Path) -> None:
    reader = MarkReader({Medium.PICTURE})
    reading = read(reader, picture())
    reader.close()
    found = by_name(reading)
    assert found["unloadable"].status is WatermarkStatus.FAILED
    assert found["unloadable"].reason == "other_decoders_crash cannot be imported (KeyError)"
    assert found["good"].status is WatermarkStatus.DETECTED
    assert any(
        "unloadable" in f.message for f in reading.findings if f.code == "watermark.failed"
    ), reading.findings


def test_noise_and_masses_of_results_of_a_decoder_do_no_harm(others: Path) -> None:
    reader = MarkReader({Medium.PICTURE})
    assert by_name(read(reader, picture(11)))["switch"].status is WatermarkStatus.NOT_DETECTED
    assert len(read(reader, picture(12)).watermarks) <= 256
    reader.close()


@linux
def test_the_largest_picture_is_decoded_within_the_memory_of_a_worker() -> None:
    """The largest picture that is decoded takes less than the worker may."""
    reader = MarkReader({Medium.PICTURE}, plugins=False)
    with Asset.from_bytes(coded(np.zeros((8192, 8192), np.uint8), "PNG")) as asset:
        answer = reader.look(asset, "image/png")
    reader.close()
    assert answer.error == ""
    assert 0 < answer.memory < 2048 << 20
