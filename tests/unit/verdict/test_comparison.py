"""What pipelines do to evidence: pairs made by common tools, and what other readers say of them."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import zlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.each import each
from support.pki import FIXTURES

from provenance.base.terms import Integrity
from provenance.verdict import comparison
from provenance.verdict.comparison import Comparison, ExaminedFile, Facet, Fate
from provenance.verdict.policy import Policy
from provenance.verdict.verifier import Verifier

if TYPE_CHECKING:
    from provenance.verdict.report import ManifestInfo

AI = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
SETTINGS = (
    "a lighthouse\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1, Size: 64x64, Model: sample"
)
LABEL = '{"Label":"1","ContentProducer":"001191110102MACQD9K64010000","ProduceID":"1"}'
_XMP = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description {}/>'
    '</rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
)
_IPTC = f'xmlns:e="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" e:DigitalSourceType="{AI}"'
_TC260 = "xmlns:TC260='http://www.tc260.org.cn/ns/AIGC/1.0/' TC260:AIGC='" + LABEL + "'"
Make = Callable[[Path, Path], None]


def with_xmp(target: Path, attributes: str) -> None:
    """A JPEG with an XMP packet in its first segment."""
    data = (FIXTURES / "plain.jpg").read_bytes()
    packet = b"http://ns.adobe.com/xap/1.0/\0" + _XMP.format(attributes).encode()
    segment = b"\xff\xe1" + (len(packet) + 2).to_bytes(2, "big") + packet
    target.write_bytes(data[:2] + segment + data[2:])


def with_settings(target: Path) -> None:
    """A PNG with generation settings in a text chunk, and no credential."""
    pil = pytest.importorskip("PIL.Image", reason="Pillow comes with the extra test")
    pil.new("RGB", (16, 16), (90, 120, 150)).save(target)
    data = target.read_bytes()
    body = b"tEXtparameters\0" + SETTINGS.encode("latin-1")
    chunk = (len(body) - 4).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")
    target.write_bytes(data[:33] + chunk + data[33:])


def source(name: str, folder: Path) -> Path:
    """The file before: one kind of evidence each."""
    if name.startswith("c2pa."):
        kept = {"c2pa.png": "ai-generated.png", "c2pa.jpg": "ai-edited.jpg", "c2pa.mp4": "clip.mp4"}
        target = folder / name
        shutil.copyfile(FIXTURES / kept[name], target)
        return target
    target = folder / name
    if name == "iptc.jpg":
        with_xmp(target, _IPTC)
    elif name == "tc260.jpg":
        with_xmp(target, _TC260)
    else:
        with_settings(target)
    return target


def program(name: str) -> str:
    found = shutil.which(name, path=f"/usr/bin:/usr/local/bin:{Path(sys.executable).parent}")
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def call(*arguments: object) -> str:
    made = subprocess.run(
        [str(one) for one in arguments], capture_output=True, text=True, timeout=60, check=False
    )
    assert made.returncode == 0, made.stderr
    return made.stdout


def copy(before: Path, after: Path) -> None:
    shutil.copyfile(before, after)


def pillow(before: Path, after: Path) -> None:
    pil = pytest.importorskip("PIL.Image", reason="Pillow comes with the extra test")
    with pil.open(before) as picture:
        picture.convert("RGB").save(after)


def pillow_smaller(before: Path, after: Path) -> None:
    pil = pytest.importorskip("PIL.Image", reason="Pillow comes with the extra test")
    with pil.open(before) as picture:
        picture.convert("RGB").resize((8, 8)).save(after)


def magick(before: Path, after: Path) -> None:
    call(_magick(), before, "-quality", "80", after)


def magick_strip(before: Path, after: Path) -> None:
    call(_magick(), before, "-strip", after)


@cache
def _magick() -> str:
    found = program("convert")
    made = subprocess.run([found, "-version"], capture_output=True, text=True, check=False)
    if "ImageMagick" not in made.stdout:
        pytest.skip("ImageMagick is not installed")
    return found


def exiftool_strip(before: Path, after: Path) -> None:
    shutil.copyfile(before, after)
    call(program("exiftool"), "-q", "-all=", "-overwrite_original", after)


def ffmpeg_copy(before: Path, after: Path) -> None:
    call(program("ffmpeg"), "-v", "error", "-i", before, "-c", "copy", after)


def ffmpeg(before: Path, after: Path) -> None:
    call(program("ffmpeg"), "-v", "error", "-i", before, "-c:v", "mpeg4", after)


PICTURES = ("c2pa.png", "c2pa.jpg", "iptc.jpg", "tc260.jpg", "settings.png")
PAIRS = [
    *(
        (name, make)
        for name in PICTURES
        for make in (copy, pillow, pillow_smaller, magick, magick_strip, exiftool_strip)
    ),
    *(("c2pa.mp4", make) for make in (copy, ffmpeg_copy, ffmpeg)),
]
FACET = {
    **dict.fromkeys(("c2pa.png", "c2pa.jpg", "c2pa.mp4"), Facet.CREDENTIAL),
    "iptc.jpg": Facet.IPTC,
    "tc260.jpg": Facet.TC260,
    "settings.png": Facet.MARKERS,
}


@cache
def verifier() -> Verifier:
    return Verifier(Policy(), None, datetime(2026, 6, 1, tzinfo=UTC))


def compared(before: Path, after: Path) -> Comparison:
    return comparison.compare(*(comparison.examine(verifier(), one) for one in (before, after)))


@each(("name", "make"), PAIRS, ids=[f"{name}-{make.__name__}" for name, make in PAIRS])
def test_a_pair_says_what_other_readers_find(name: str, make: Make, tmp_path: Path) -> None:
    before = source(name, tmp_path)
    after = tmp_path / f"after{before.suffix}"
    make(before, after)
    made = compared(before, after)
    assert made.error == ""
    facet = FACET[name]
    found = made.fate(facet)
    assert (
        comparison.compare(*(comparison.examine(verifier(), one) for one in (before, before))).fate(
            facet
        )
        is Fate.KEPT
    )
    assert (found is Fate.KEPT) == others_find(facet, after), (found, made.entries)
    assert (facet in made.lost) == (found is not Fate.KEPT)
    if make is copy:
        assert made.lost == ()
        assert made.fate(Facet.BYTES) is Fate.KEPT


def others_find(facet: Facet, path: Path) -> bool:
    """Whether the SDK finds an intact credential, or exiftool the field that carried the mark."""
    if facet is Facet.CREDENTIAL:
        return _sdk_finds_it_intact(path)
    tags = {Facet.IPTC: "DigitalSourceType", Facet.TC260: "AIGC", Facet.MARKERS: "Parameters"}
    said = json.loads(call(program("exiftool"), "-json", "-a", "-u", path))[0]
    return tags[facet].lower() in {name.lower() for name in said}


def _sdk_finds_it_intact(path: Path) -> bool:
    import c2pa

    try:
        with c2pa.Reader(str(path)) as reader:
            told = json.loads(reader.json())
    except c2pa.C2paError:
        return False
    codes = {one["code"] for one in told.get("validation_status", ())}
    return not any("mismatch" in code for code in codes)


def _manifests(
    sample: ExaminedFile, change: Callable[[ManifestInfo], ManifestInfo]
) -> ExaminedFile:
    held = sample.report.credentials
    made = replace(held, manifests=tuple(map(change, held.manifests)))
    return replace(sample, report=replace(sample.report, credentials=made))


def _signed_by(sample: ExaminedFile, **change: object) -> ExaminedFile:
    """The same, where each manifest has another signer."""
    return _manifests(sample, lambda m: replace(m, signer=replace(m.signer, **change)))  # type: ignore[arg-type]  # names of fields


class TestFacets:
    def test_a_credential_that_lives_on_as_an_ingredient_is_kept(self) -> None:
        made = compared(FIXTURES / "capture.jpg", FIXTURES / "ai-edited.jpg")
        entry = next(one for one in made.entries if one.facet is Facet.CREDENTIAL)
        assert (entry.fate, entry.note) == (Fate.KEPT, "an ingredient of a new credential")

    def test_another_credential_that_does_not_refer_to_the_first_is_a_change(self) -> None:
        made = compared(FIXTURES / "capture.jpg", FIXTURES / "unlisted.jpg")
        entry = next(one for one in made.entries if one.facet is Facet.CREDENTIAL)
        assert (entry.fate, entry.note) == (Fate.CHANGED, "a new credential does not refer to it")

    def test_a_credential_that_is_broken_now_is_a_change(self) -> None:
        made = compared(FIXTURES / "ai-generated.png", FIXTURES / "tampered.png")
        entry = next(one for one in made.entries if one.facet is Facet.CREDENTIAL)
        assert (entry.fate, entry.note) == (Fate.CHANGED, "it is broken now")

    def test_a_credential_that_was_broken_before_is_said_to_have_been(self) -> None:
        made = compared(FIXTURES / "tampered.png", FIXTURES / "tampered.png")
        entry = next(one for one in made.entries if one.facet is Facet.CREDENTIAL)
        assert (entry.fate, entry.note) == (Fate.KEPT, "it was broken before")

    def test_another_credential_under_the_same_label_is_a_change(self) -> None:
        before, after = FIXTURES / "capture.jpg", FIXTURES / "ai-edited.jpg"
        one, two = (comparison.examine(verifier(), path) for path in (before, after))
        for sample in (one, two):
            for change in ({"sha256": "0" * 64}, {"proven": False}):
                made = comparison.compare(one, _signed_by(sample, **change))
                entry = next(e for e in made.entries if e.facet is Facet.CREDENTIAL)
                assert entry.fate is Fate.CHANGED
                assert entry.note == "another credential under the same label"

    @pytest.mark.parametrize("integrity", [Integrity.PARTIAL, Integrity.UNCHECKED])
    def test_a_credential_that_is_not_shown_to_be_intact_now_is_a_change(
        self, integrity: Integrity
    ) -> None:
        one = comparison.examine(verifier(), FIXTURES / "capture.jpg")
        other = _manifests(one, lambda m: replace(m, axes=replace(m.axes, integrity=integrity)))
        assert comparison.compare(one, one).fate(Facet.CREDENTIAL) is Fate.KEPT
        assert comparison.compare(one, other).fate(Facet.CREDENTIAL) is Fate.CHANGED
        assert comparison.compare(other, other).fate(Facet.CREDENTIAL) is Fate.KEPT

    def test_an_ingredient_that_is_broken_now_is_a_change(self) -> None:
        paths = (FIXTURES / "capture.jpg", FIXTURES / "ai-edited.jpg")
        one, two = (comparison.examine(verifier(), path) for path in paths)

        def change(m: ManifestInfo) -> ManifestInfo:
            axes = m.axes if m.active else replace(m.axes, integrity=Integrity.BROKEN)
            return replace(m, axes=axes)

        broken = _manifests(two, change)
        assert comparison.compare(one, broken).fate(Facet.CREDENTIAL) is Fate.CHANGED

    def test_evidence_that_is_added_is_no_loss(self) -> None:
        made = compared(FIXTURES / "plain.jpg", FIXTURES / "ai-edited.jpg")
        assert made.fate(Facet.CREDENTIAL) is Fate.ADDED
        assert made.lost == ()

    def test_an_address_alone_is_a_loss_that_is_named(self) -> None:
        made = compared(FIXTURES / "capture.jpg", FIXTURES / "remote-only.jpg")
        entry = next(one for one in made.entries if one.facet is Facet.CREDENTIAL)
        assert (entry.fate, entry.note) == (Fate.LOST, "only an address is left")

    def test_a_label_that_was_rewritten_is_a_change_though_it_says_the_same(
        self, tmp_path: Path
    ) -> None:
        one, two = tmp_path / "one.jpg", tmp_path / "two.jpg"
        with_xmp(one, _TC260)
        with_xmp(two, _TC260.replace('"ProduceID":"1"', '"ProduceID":"2"'))
        made = compared(one, two)
        assert made.fate(Facet.TC260) is Fate.CHANGED
        with_xmp(two, _TC260.replace('"Label":"1",', '"Label": "1", '))
        assert compared(one, two).fate(Facet.TC260) is Fate.KEPT

    def test_no_prompt_is_in_what_a_comparison_shows(self, tmp_path: Path) -> None:
        one = tmp_path / "one.png"
        with_settings(one)
        made = compared(one, one)
        assert made.fate(Facet.MARKERS) is Fate.KEPT
        assert "lighthouse" not in repr(made)

    def test_a_file_that_cannot_be_examined_is_said_and_no_loss(self, tmp_path: Path) -> None:
        made = compared(FIXTURES / "capture.jpg", tmp_path / "none.jpg")
        assert "no such file" in made.error
        assert (made.entries, made.lost) == ((), ())
