"""The robustness check: each copy has its one fault, and nothing is written beside the file."""

from __future__ import annotations

import contextlib
import json
import struct
import zlib
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from support import sdk
from support.each import each
from support.fixture import AI
from support.pki import FIXTURES, PKI
from support.shared import CORPUS, needs_corpus
from support.writer import Manifest
from unit.media.container import build
from unit.media.container import build_metadata as made

from provenance.base.finding import Severity
from provenance.base.options import Options
from provenance.base.terms import Integrity
from provenance.kit.claims import NewAssertion, created
from provenance.kit.films import gradient_mp4
from provenance.kit.media import gradient_jpeg, gradient_png, tone_wav
from provenance.kit.writer import signed_file
from provenance.linting.tamper import families as tamper_families
from provenance.linting.tamper import tamper_run as tamper
from provenance.linting.tamper.faults import CopyFault, Effect
from provenance.linting.tamper.layout import NotMade, Replacement, assemble, chunks
from provenance.linting.tamper.tamper_run import Copy, TamperReport
from provenance.media.asset import Asset
from provenance.media.container import BlockKind, Span, scan_container
from provenance.render import lint_text
from provenance.signing.trust_store import TrustStore
from provenance.verdict.verifier import Verifier

if TYPE_CHECKING:
    from pathlib import Path

LABEL = "urn:c2pa:00000000-0000-4000-8000-000000000950"


@cache
def verifier() -> Verifier:
    anchors = (PKI / "anchors.pem",)
    trust = TrustStore.load(bundled=False, anchors=anchors, tsa_anchors=anchors)
    return Verifier(trust=trust, at=datetime(2026, 6, 1, tzinfo=UTC), options=Options(digest=False))


def checked(path: Path, data: bytes) -> dict[CopyFault, Copy]:
    path.write_bytes(data)
    before = sorted(path.parent.iterdir())
    report = tamper.tamper_report(str(path), verifier())
    assert report.error == ""
    assert path.read_bytes() == data
    assert sorted(path.parent.iterdir()) == before
    assert [c.fault for c in report.copies] == list(CopyFault)
    return {c.fault: c for c in report.copies}


def definition(source_type: str = AI) -> dict[str, Any]:
    action = {"action": "c2pa.created", "digitalSourceType": source_type}
    return {
        "claim_generator_info": [{"name": "Test", "version": "1"}],
        "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": [action]}}],
    }


def webp() -> bytes:
    """A 1 x 1 lossless WebP."""
    bits = bytes.fromhex("2f000000" + "0007d0fffef7bfff8188e87f00")
    return build.riff(b"WEBP", build.riff_chunk(b"VP8L", bits))


SIGNED = {
    "jpeg": lambda: signed_file(gradient_jpeg(), Manifest(LABEL, (created(AI),))),
    "png": lambda: signed_file(gradient_png(), Manifest(LABEL, (created(AI),))),
    "wav": lambda: signed_file(tone_wav(), Manifest(LABEL, (created(AI),))),
    "webp": lambda: sdk.sign(webp(), "image/webp", definition()),
    "mp4": lambda: sdk.sign(gradient_mp4(), "video/mp4", definition()),
}
CONTENT = (CopyFault.MEDIA, CopyFault.CLAIM, CopyFault.ASSERTION, CopyFault.SIGNATURE)


@pytest.mark.parametrize("kind", SIGNED)
def test_every_change_is_noticed(kind: str, tmp_path: Path) -> None:
    copies = checked(tmp_path / f"sample.{kind}", SIGNED[kind]())
    for fault in (*CONTENT, CopyFault.DUPLICATED):
        assert copies[fault].effect is Effect.NOTICED, copies[fault]
        assert copies[fault].severity is None
    codes = {fault: copies[fault].findings for fault in CONTENT}
    assert codes[CopyFault.MEDIA] in {
        ("assertion.dataHash.mismatch",),
        ("assertion.bmffHash.mismatch",),
    }
    assert codes[CopyFault.CLAIM] == codes[CopyFault.SIGNATURE] == ("claimSignature.mismatch",)
    assert "assertion.hashedURI.mismatch" in codes[CopyFault.ASSERTION]
    assert {copies[f].integrity for f in CONTENT} == {Integrity.BROKEN}


@pytest.mark.parametrize("kind", SIGNED)
def test_a_stripped_copy_says_nothing(kind: str, tmp_path: Path) -> None:
    copies = checked(tmp_path / f"sample.{kind}", SIGNED[kind]())
    for fault, weight in (
        (CopyFault.REMOVED, Severity.NOTE),
        (CopyFault.STRIPPED, Severity.WARNING),
    ):
        one = copies[fault]
        assert (one.effect, one.severity, one.left) == (Effect.LOST, weight, ())
        assert (one.origin, one.integrity) == ("unknown", Integrity.NONE)


def test_a_credential_moved_within_a_film_is_noticed(tmp_path: Path) -> None:
    copies = checked(tmp_path / "sample.mp4", SIGNED["mp4"]())
    moved = copies[CopyFault.MOVED]
    assert (moved.effect, moved.severity) == (Effect.UNNOTICED, Severity.NOTE)
    for kind in ("jpeg", "png", "wav"):
        copies = checked(tmp_path / f"sample.{kind}", SIGNED[kind]())
        assert copies[CopyFault.MOVED].effect is Effect.NOTICED


def test_a_marker_survives_the_removal_of_the_credential(tmp_path: Path) -> None:
    packet = made.xmp({"Iptc4xmpExt:DigitalSourceType": AI})
    photo = gradient_jpeg(app1=b"http://ns.adobe.com/xap/1.0/\0" + packet)
    data = signed_file(photo, Manifest(LABEL, (created(AI),)))
    copies = checked(tmp_path / "sample.jpg", data)
    removed = copies[CopyFault.REMOVED]
    assert removed.left == ("iptc.source_type: digital source type trainedAlgorithmicMedia",)
    assert (removed.origin, removed.assurance, removed.severity) == (
        "ai_generated",
        "asserted",
        None,
    )
    assert copies[CopyFault.STRIPPED].left == ()
    assert copies[CopyFault.STRIPPED].severity is Severity.WARNING


def test_a_declared_watermark_is_left(tmp_path: Path) -> None:
    soft = NewAssertion("c2pa.soft-binding", {"alg": "org.example.mark", "blocks": [], "pad": b""})
    data = signed_file(gradient_jpeg(), Manifest(LABEL, (created(AI), soft)))
    path = tmp_path / "sample.jpg"
    path.write_bytes(data)
    report = tamper.tamper_report(str(path), verifier())
    assert report.watermarks == ("org.example.mark",)
    stripped = next(c for c in report.copies if c.fault is CopyFault.STRIPPED)
    assert stripped.left == ("watermark declared before: org.example.mark",)
    assert stripped.severity is None


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("plain.jpg", "a file with a credential; here it is absent"),
        ("tampered.png", "whose credential is intact; here it is broken"),
        ("remote-only.jpg", "here it is remote"),
        ("missing.jpg", "no such file"),
    ],
)
def test_a_file_that_cannot_be_examined_is_not_tampered_with(name: str, said: str) -> None:
    report = tamper.tamper_report(str(FIXTURES / name), verifier())
    assert said in report.error
    assert report.copies == ()
    assert tamper.exit_code([report], Severity.ERROR) == 1


def test_a_compressed_manifest_is_not_called_empty(tmp_path: Path) -> None:
    one = Manifest(LABEL, (created(AI),), compressed=True)
    copies = checked(tmp_path / "sample.jpg", signed_file(gradient_jpeg(), one))
    for fault in (CopyFault.CLAIM, CopyFault.ASSERTION, CopyFault.SIGNATURE):
        assert copies[fault].effect is Effect.NOT_MADE
        assert copies[fault].message == "the active manifest is compressed in its store"
    assert copies[CopyFault.MEDIA].effect is Effect.NOTICED


def test_a_file_too_large_to_tamper_with_is_refused() -> None:
    report = tamper.tamper_report(str(FIXTURES / "capture.jpg"), verifier(), max_size=100)
    assert "larger than 100 bytes" in report.error
    assert "shorter sample" in report.error


def test_a_sidecar_goes_with_the_copies(tmp_path: Path) -> None:
    for ending in ("jpg", "c2pa"):
        source = FIXTURES / f"plain-for-sidecar.{ending}"
        (tmp_path / f"sample.{ending}").write_bytes(source.read_bytes())
    report = tamper.tamper_report(str(tmp_path / "sample.jpg"), verifier())
    copies = {c.fault: c for c in report.copies}
    assert copies[CopyFault.MEDIA].effect is Effect.NOTICED
    assert copies[CopyFault.CLAIM].effect is Effect.NOT_MADE
    assert "next to the file" in copies[CopyFault.CLAIM].message


# The edits themselves


def edited(data: bytes, fault: str) -> bytes:
    with Asset.from_bytes(data) as asset:
        layout = tamper_families.layout(asset, scan_container(asset))
        changes = getattr(layout, fault)()
        return b"".join(chunks(asset, assemble(asset.size, changes)))


def blocks(data: bytes) -> list[BlockKind]:
    with Asset.from_bytes(data) as asset:
        return [b.kind for b in scan_container(asset).blocks]


def findings(data: bytes) -> list[str]:
    with Asset.from_bytes(data) as asset:
        return [f.code for f in scan_container(asset).findings]


STORE = build.store()
MOVIE = made.movie(made.meta_keys({"AIGC": "{}"}))
FULL = {
    "jpeg": build.jpeg(
        *build.app11(STORE), build.xmp_segment(build.PACKET), build.segment(0xFE, b"c")
    ),
    "png": build.png(
        build.chunk(b"caBX", STORE) + build.itxt(build.PACKET), build.chunk(b"tEXt", b"a\0b")
    ),
    "webp": build.riff(
        b"WEBP",
        build.riff_chunk(b"VP8X", b"\x0c" + bytes(9)),
        build.riff_chunk(b"VP8 ", bytes(90)),
        build.riff_chunk(b"EXIF", b"MM\0*" + bytes(4)),
        build.riff_chunk(b"XMP ", build.PACKET),
        build.riff_chunk(b"C2PA", STORE),
    ),
    "wav": build.riff(
        b"WAVE",
        build.riff_chunk(b"data", bytes(90)),
        made.info({b"AIGC": "{}"}),
        build.riff_chunk(b"C2PA", STORE),
    ),
    "avi": build.riff(
        b"AVI ", build.riff_chunk(b"LIST", b"movi" + bytes(90)), build.riff_chunk(b"C2PA", STORE)
    ),
    "mp4": build.mp4(build.c2pa_box(STORE), build.box(b"uuid", build.XMP_UUID + build.PACKET)),
    "moov": build.ftyp() + build.c2pa_box(STORE) + MOVIE[MOVIE.index(b"moov") - 4 :],
    "heic": build.heic(build.PACKET) + build.c2pa_box(STORE),
    "jxl": build.jxl(STORE, build.box(b"xml ", build.PACKET), build.box(b"jxlc", bytes(90))),
}


def kind_of(name: str) -> str:
    with Asset.from_bytes(FULL[name]) as asset:
        return scan_container(asset).family


@each("name", FULL)
def test_a_stripped_copy_has_no_store_and_is_sound(name: str) -> None:
    before = blocks(FULL[name])
    assert BlockKind.MANIFEST_STORE in before
    data = edited(FULL[name], "removed")
    assert BlockKind.MANIFEST_STORE not in blocks(data)
    assert [k for k in before if k is not BlockKind.MANIFEST_STORE] == blocks(data)
    assert findings(data) == []
    assert STORE not in data


@each("name", FULL)
def test_a_stripped_copy_has_no_metadata_left(name: str) -> None:
    data = edited(FULL[name], "stripped")
    assert build.PACKET not in data
    assert STORE not in data
    assert set(blocks(data)) <= {BlockKind.XMP, BlockKind.EXIF}  # blanked items of HEIC
    assert "container.truncated" not in findings(data)
    assert bytes(90) in data or name not in {"webp", "wav", "avi", "jxl"}


@each("name", [n for n in FULL if n != "avi"])
def test_a_copy_with_the_store_twice_holds_it_twice(name: str) -> None:
    data = edited(FULL[name], "duplicated")
    assert blocks(data).count(BlockKind.MANIFEST_STORE) == 2
    assert findings(data) == ["credential.multiple_stores"]


@each("name", [n for n in FULL if n not in {"avi", "heic"}])
def test_a_copy_with_the_store_moved_still_holds_it(name: str) -> None:
    data = edited(FULL[name], "moved")
    assert blocks(data).count(BlockKind.MANIFEST_STORE) == 1
    assert findings(data) == []
    assert data.count(STORE) == FULL[name].count(STORE)
    assert data != FULL[name]


@pytest.mark.parametrize(
    ("name", "fault"), [("avi", "duplicated"), ("avi", "moved"), ("heic", "moved")]
)
def test_a_copy_that_would_need_new_tables_is_not_made(name: str, fault: str) -> None:
    with pytest.raises(NotMade):
        edited(FULL[name], fault)


def test_a_flip_changes_one_bit_and_mends_the_crc() -> None:
    data = FULL["png"]
    with Asset.from_bytes(data) as asset:
        layout = tamper_families.layout(asset, scan_container(asset))
        at = data.index(STORE) + 20
        changed = b"".join(chunks(asset, assemble(asset.size, layout.flip(at))))
    different = [n for n, (a, b) in enumerate(zip(data, changed, strict=True)) if a != b]
    assert different[0] == at
    assert changed[at] == data[at] ^ 1
    start = data.index(b"caBX")
    end = start + 4 + len(STORE)
    assert set(different[1:]) <= set(range(end, end + 4))
    assert struct.unpack(">I", changed[end : end + 4])[0] == zlib.crc32(changed[start:end])


def test_the_flags_of_a_webp_follow() -> None:
    data = edited(FULL["webp"], "stripped")
    assert data[data.index(b"VP8X") + 8] == 0
    assert struct.unpack("<I", data[4:8])[0] == len(data) - 8


@each("name", FULL)
def test_tampering_with_a_file_cut_off_anywhere_does_not_raise(name: str) -> None:
    for end in range(0, len(FULL[name]), 7):
        data = FULL[name][:end]
        for fault in ("media", "removed", "duplicated", "moved", "stripped"):
            with Asset.from_bytes(data) as asset, contextlib.suppress(NotMade):
                getattr(tamper_families.layout(asset, scan_container(asset)), fault)()


def test_changes_to_a_file_are_applied_together() -> None:
    changes = [Replacement(5, 7, (b"XY",)), Replacement(0, 1), Replacement(9, 9, (Span(0, 2),))]
    with Asset.from_bytes(b"0123456789") as asset:
        assert b"".join(chunks(asset, assemble(10, changes))) == b"1234XY78019"
    with pytest.raises(NotMade):
        assemble(10, [Replacement(0, 5), Replacement(4, 6)])
    with pytest.raises(NotMade):
        assemble(3, [Replacement(2, 4)])


def test_the_report_is_plain_and_says_all(tmp_path: Path) -> None:
    path = tmp_path / "sample\u202e.jpg"
    path.write_bytes(SIGNED["jpeg"]())
    report = tamper.tamper_report(str(path), verifier())
    record = json.loads(json.dumps(report.to_dict()))
    assert record["path"] == str(path)
    assert [c["fault"] for c in record["copies"]] == [f.value for f in CopyFault]
    assert record["copies"][0]["effect"] == "noticed"
    lines = ["".join(t for _, t in line) for line in lint_text.tamper_lines(report)]
    assert "\u202e" not in lines[0]
    assert sum(line.startswith("  noticed ") for line in lines) == 8
    assert tamper.exit_code([report], Severity.ERROR) == 0
    assert tamper.exit_code([report], Severity.WARNING) == 3
    assert tamper.exit_code([TamperReport("x")], Severity.NOTE) == 0


REAL = {
    # the hash leaves the store and free boxes out, and every picture still stands where it did
    "sample1.heic": {CopyFault.REMOVED: Effect.LOST, CopyFault.MOVED: Effect.UNNOTICED},
    "cards_trusted.svg": {CopyFault.REMOVED: Effect.NOT_MADE, CopyFault.APPENDED: Effect.NOTICED},
    "cicadas_trusted.mp3": {
        CopyFault.STRIPPED: Effect.NOT_MADE,
        CopyFault.TRUNCATED: Effect.NOTICED,
    },
}


@pytest.mark.parametrize("name", [pytest.param(n, marks=needs_corpus) for n in REAL])
def test_changes_to_real_files_have_the_effects_that_are_known(name: str) -> None:
    report = tamper.tamper_report(str(CORPUS / name), verifier())
    assert report.error == ""
    copies = {c.fault: c for c in report.copies}
    assert {copies[f].effect for f in CONTENT} == {Effect.NOTICED}
    for fault, effect in REAL[name].items():
        assert copies[fault].effect is effect
