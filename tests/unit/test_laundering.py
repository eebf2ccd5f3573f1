"""What a trusted signature must not be made to say: of redacted evidence, and of moved samples."""

from __future__ import annotations

import struct
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

import pytest
from support import bmff_writer
from support.fixture import AI, CAPTURE, label
from support.pki import PKI, Who, credential
from support.writer import Manifest

from provenance import Flag, Origin, TrustStore, Verifier
from provenance.kit import films, media
from provenance.kit.claims import Assertion, Ingredient, actions, created, opened
from provenance.kit.jumbf import Kind, box
from provenance.kit.writer import sign, store_of
from provenance.terms import Identity, Integrity

if TYPE_CHECKING:
    from provenance.report import Report

CAMERA = credential(Who.CAMERA)
JPEG = media.gradient_jpeg()
SHOT = Manifest(label(801), (created(CAPTURE),), signer=CAMERA)
IPTC = Assertion("stds.iptc", {"Iptc4xmpExt:digitalSourceType": AI}, kind=Kind.JSON)
METADATA = Assertion("cawg.metadata", {"Iptc4xmpExt:DigitalSourceType": AI}, kind=Kind.JSON)
LAYER = "c2pa.ingredient.v3__1"


@cache
def verifier() -> Verifier:
    trust = TrustStore.load(bundled=False, anchors=[PKI / "anchors.pem"])
    return Verifier(trust=trust, at=datetime(2026, 6, 1, tzinfo=UTC))


def judge(data: bytes) -> Report:
    report = verifier().verify_bytes(data)
    assert report.verdict is not None, report.error
    return report


def codes(report: Report) -> set[str]:
    return {finding.code for finding in report.findings}


def edited(*assertions: Assertion, layer: bool) -> bytes:
    """A camera's picture, edited by a listed signer: with evidence of AI that can be redacted."""
    over = Manifest(
        label(802),
        (actions(opened()), *assertions),
        (
            Ingredient("parentOf", store=store_of(sign(JPEG, SHOT))),
            *((Ingredient("componentOf", title="layer"),) if layer else ()),
        ),
        signer=credential(),
    )
    return sign(JPEG, over)


def redacted(over: bytes, *labels: str, update: bool, declared: bool = True) -> Report:
    """The same, where a later manifest of a listed signer takes assertions out."""
    gone = tuple((label(802), name) for name in labels)
    said = [
        {
            "action": "c2pa.redacted",
            "reason": "c2pa.PII.present",
            "parameters": {"redacted": f"self#jumbf=/c2pa/{owner}/c2pa.assertions/{name}"},
        }
        for owner, name in gone
    ]
    steps = (*(() if update else (opened(),)), *(said if declared else ()))
    last = Manifest(
        label(803),
        (actions(*steps),) if steps else (),
        (Ingredient("parentOf", store=store_of(over)),),
        signer=credential(),
        redacted=gone,
        update=update,
    )
    return judge(sign(over if update else JPEG, last))


@pytest.mark.parametrize("update", [False, True], ids=["standard", "update"])
class TestRedactedEvidence:
    def test_the_chain_without_such_evidence_is_a_capture(self, update: bool) -> None:
        """Else nothing below would show anything."""
        harmless = Assertion("org.example.note", {"note": "x"})
        report = redacted(edited(harmless, layer=False), "org.example.note", update=update)
        assert report.verdict is not None
        assert report.verdict.origin is Origin.CAPTURED
        assert "redaction" in codes(report)

    @pytest.mark.parametrize("evidence", [IPTC, METADATA], ids=["stds.iptc", "cawg.metadata"])
    def test_redacted_metadata_leaves_the_origin_unknown(
        self, evidence: Assertion, update: bool
    ) -> None:
        report = redacted(edited(evidence, layer=False), evidence.label, update=update)
        assert report.verdict is not None
        assert report.verdict.origin is Origin.UNKNOWN
        assert {finding.where for finding in report.findings if finding.code == "redaction"}

    def test_a_redacted_ingredient_leaves_the_origin_unknown(self, update: bool) -> None:
        report = redacted(edited(layer=True), LAYER, update=update)
        assert report.verdict is not None
        assert report.verdict.origin is Origin.UNKNOWN
        assert "redaction" in codes(report)

    def test_both_at_once(self, update: bool) -> None:
        report = redacted(edited(IPTC, layer=True), IPTC.label, LAYER, update=update)
        assert report.verdict is not None
        assert report.verdict.origin is Origin.UNKNOWN

    def test_before_the_redaction_it_says_ai(self, update: bool) -> None:
        report = judge(edited(IPTC, layer=False))
        assert report.verdict is not None
        assert Flag.AI in report.verdict.flags


STCO = "/moov/trak/mdia/minf/stbl/stco"
FOREIGN = bmff_writer.C2PA + bytes(4) + b"x\0" + bytes(8)
CLIP = films.gradient_mp4(frames=8)
MOVIE = Manifest(label(811), (created(CAPTURE),), media_type="video/mp4", signer=CAMERA)


def movie(*excluded: str) -> bytes:
    return bmff_writer.sign(CLIP, MOVIE, ("/uuid", *excluded))


def moved(signed: bytes, kind: bytes, size: int = 8192) -> bytes:
    """The clip with a foreign picture in a further box, and every chunk pointing there."""
    extra = {b"ftyp": b"isom" + bytes(4), b"uuid": FOREIGN, b"mfra": box(b"free", bytes(size))}
    body = extra.get(kind, b"") + bytes(size)
    at = len(signed) + 8 + len(body) - size
    if kind == b"mfra":  # it holds boxes; the picture stands in one of them
        body, at = extra[kind], len(signed) + 16
    out = bytearray(signed + box(kind, body))
    for start, _ in bmff_writer.named(signed, STCO):
        (count,) = struct.unpack_from(">I", out, start + 12)
        struct.pack_into(f">{count}I", out, start + 16, *[at] * count)
    return bytes(out)


class TestMovedSamples:
    def test_the_clip_as_it_was_signed_is_intact(self) -> None:
        """Its tables of offsets are left out, and there is no room to move samples into."""
        report = judge(movie("/ftyp", STCO))
        assert report.axes.integrity is Integrity.INTACT
        assert report.axes.identity is Identity.PRIVATE
        assert report.verdict is not None
        assert report.verdict.origin is Origin.CAPTURED

    @pytest.mark.parametrize(
        "kind", [b"free", b"skip", b"ftyp", b"mfra"], ids=lambda k: k.decode("latin-1")
    )
    def test_samples_in_an_excluded_box_are_not_covered(self, kind: bytes) -> None:
        path = "/" + kind.decode("latin-1")
        report = judge(moved(movie(path, STCO), kind))
        assert report.axes.integrity is Integrity.PARTIAL
        assert report.verdict is not None
        assert report.verdict.origin is Origin.UNKNOWN
        assert Flag.PARTIAL_COVERAGE in report.verdict.flags

    def test_samples_beside_the_credential_are_not_covered(self) -> None:
        """A second box of the credential's own kind, which the exclusion takes out as well."""
        report = judge(moved(movie(STCO), b"uuid"))
        assert report.axes.integrity is Integrity.PARTIAL

    def test_with_the_tables_covered_a_moved_sample_is_broken(self) -> None:
        report = judge(moved(movie("/free"), b"free"))
        assert report.axes.integrity is Integrity.BROKEN
