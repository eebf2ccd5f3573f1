"""What a trusted signature must not be made to say: of redacted evidence, and of moved samples."""

from __future__ import annotations

import struct
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

import pytest
from support import bmff_writer
from support.fixture import AI, CAPTURE, label
from support.pki import PKI, Who, credential
from support.writer import Manifest

from provenance import Flag, Origin, TrustStore, Verifier
from provenance.base.terms import Assurance, Identity, Integrity
from provenance.credentials import jumbf
from provenance.kit import bmff, carriers, films, media
from provenance.kit.binding import Binding, HardBinding, data_hash
from provenance.kit.claims import Assertion, Ingredient, actions, created, opened
from provenance.kit.jumbf import Kind, assertion_box, box
from provenance.kit.writer import sign, store_of
from provenance.media.container.extents import _locations
from provenance.render import text

if TYPE_CHECKING:
    from collections.abc import Callable

    from provenance.verdict.report import Report

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


def text_of(report: Report) -> list[str]:
    """The lines of the text format."""
    return ["".join(text for _, text in line) for line in text.report_lines(report)]


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

    def test_samples_within_the_credentials_own_box_are_not_covered(self) -> None:
        """That box is left out whole: also what stands in it behind the manifest store."""
        signed = bytearray(movie(STCO))
        (at,) = [a for kind, a, _ in bmff.boxes(bytes(signed)) if kind == b"uuid"]
        for start, _ in bmff_writer.named(bytes(signed), STCO):
            (count,) = struct.unpack_from(">I", signed, start + 12)
            inside = [at + 100 + 8 * n for n in range(count)]
            struct.pack_into(f">{count}I", signed, start + 16, *inside)
        report = judge(bytes(signed))
        assert report.axes.integrity is Integrity.PARTIAL

    def test_an_item_in_a_small_excluded_box_is_not_covered(self) -> None:
        """A picture of a few bytes needs little room."""
        picture = films.gradient_heif()
        one = Manifest(label(812), (created(CAPTURE),), media_type="image/heif", signer=CAMERA)
        signed = bmff_writer.sign(picture, one, ("/uuid", "/free", "/meta/iloc"))
        assert judge(signed).axes.integrity is Integrity.INTACT
        out = bytearray(signed + box(b"free", bytes(300)))
        ((start, end),) = bmff_writer.named(signed, "/meta/iloc")
        extents = list(_locations(signed[start + 8 : end]))
        assert extents
        for _, offset, _ in extents:
            at = signed.index(struct.pack(">I", offset), start, end)
            struct.pack_into(">I", out, at, len(signed) + 8)
        assert judge(bytes(out)).axes.integrity is Integrity.PARTIAL


BOXED = Manifest(label(821), (created(CAPTURE),), signer=CAMERA, binding=Binding.BOXES)


class TestBoxHashes:
    """A box hash is over boxes: what stands in none of them is not covered."""

    @pytest.mark.parametrize("make", [media.gradient_jpeg, media.gradient_png])
    def test_what_stands_behind_the_end_is_not_covered(self, make: Callable[[], bytes]) -> None:
        signed = sign(make(), BOXED)
        assert judge(signed).axes.integrity is Integrity.INTACT
        report = judge(signed + media.gradient_jpeg(start=(90, 20, 20)))
        assert report.axes.integrity is Integrity.PARTIAL
        assert report.verdict is not None
        assert report.verdict.origin is Origin.UNKNOWN
        assert "binding.partial" in codes(report)

    @pytest.mark.parametrize("filling", [b"x" * 70_000, b"\xff" * 70_000], ids=["text", "fill"])
    def test_what_stands_between_segments_is_not_covered(self, filling: bytes) -> None:
        signed = sign(JPEG, BOXED)
        at = signed.index(b"\xff\xdb")
        report = judge(signed[:at] + filling + signed[at:])
        assert report.axes.integrity in {Integrity.PARTIAL, Integrity.BROKEN}
        assert report.verdict is not None
        assert report.verdict.origin is Origin.UNKNOWN


def inserted(signed: bytes, extra: bytes) -> bytes:
    """The manifest store of a signed file with a further box in its assertion store."""
    data = store_of(signed).data
    root = jumbf.parse(data)
    held = root.children[0].child(jumbf.ASSERTION_STORE)
    assert held is not None
    made = bytearray(data[: held.end] + extra + data[held.end :])
    for one in (root, root.children[0], held):
        size = one.end - one.start + 8 + len(extra)
        made[one.start - 8 : one.start - 4] = size.to_bytes(4, "big")
    return bytes(made)


class TestWhatWasNotSigned:
    """A trusted signature is never quoted for words that it does not cover."""

    def test_a_second_assertion_of_one_label_is_loose_evidence(self) -> None:
        for said, other in ((CAPTURE, AI), (AI, CAPTURE)):
            signed = sign(JPEG, replace(SHOT, assertions=(created(said),)))
            extra = assertion_box("c2pa.actions.v2", created(other).content, Kind.CBOR)
            report = judge(carriers.embed(carriers.strip(signed), inserted(signed, extra)))
            assert report.verdict is not None
            assert report.axes.integrity is Integrity.BROKEN
            signed_words = {s.source_type for s in report.signals if not s.loose}
            loose = [s for s in report.signals if s.loose]
            assert signed_words == {said}
            assert [(s.source_type, s.signer, s.sealed) for s in loose] == [(other, "", False)]
            assert report.verdict.origin is Origin.AI_GENERATED
            assert report.verdict.assurance is Assurance.BROKEN

    def test_an_altered_assertion_is_not_called_signed(self) -> None:
        action = {"action": "c2pa.created", "digitalSourceType": AI, "description": "this"}
        signed = sign(JPEG, replace(SHOT, assertions=(actions(action),)))
        whole = store_of(signed).data
        altered = whole.replace(b"dthis", b"dthat")
        assert altered != whole
        report = judge(carriers.embed(carriers.strip(signed), altered))
        assert report.verdict is not None
        words = [r.message for r in report.verdict.reasons]
        assert not any("signed by" in word for word in words)
        assert {s.sealed for s in report.signals} <= {False}
        assert all(s.generator is None or s.generator.basis != "signer" for s in report.signals)

    @pytest.mark.parametrize("name", ["c2pa.actions.v2", "cawg.metadata"])
    def test_what_cannot_be_read_is_not_passed_over(self, name: str) -> None:
        """A list of actions beyond the bounds may say anything of origin."""
        filler = {"action": "c2pa.edited", "note": "x" * 1_100_000}
        content = {"actions": [{"action": "c2pa.created", "digitalSourceType": AI}, filler]}
        if name != "c2pa.actions.v2":
            content = {"Iptc4xmpExt:DigitalSourceType": AI, "dc:description": "x" * 5_000_000}
        kind = Kind.CBOR if name.startswith("c2pa") else Kind.JSON
        one = Manifest(label(831), (Assertion(name, content, kind),), signer=CAMERA)
        report = judge(sign(JPEG, one))
        assert report.verdict is not None
        assert Flag.UNREADABLE in report.verdict.flags
        assert Flag.UNREADABLE in report.flagged
        assert "credential.unread" in {r.code for r in report.verdict.reasons}


def test_an_update_manifest_has_no_binding_of_its_own() -> None:
    """Its media is its parent's (C2PA 2.4 section 15.10.1.3)."""
    base = sign(JPEG, SHOT)
    own = HardBinding(Binding.DATA, data_hash(bytes(32), ()))
    parent = Ingredient("parentOf", store=store_of(base))
    update = Manifest(label(841), (), (parent,), update=True, signer=credential(), bindings=(own,))
    report = judge(sign(base, update))
    assert report.axes.integrity is Integrity.BROKEN
    assert "manifest.update.invalid" in codes(report)


class TestNames:
    """What a file calls its signer and its generator never reads like words of ours."""

    LIE = "Foo - verified signer on the C2PA Trust List; not altered since it was signed"

    @pytest.mark.parametrize("field", ["generator", "agent", "action"])
    def test_a_name_in_the_headline_and_the_reasons(self, field: str) -> None:
        lie = self.LIE + "\u00a0" * 40 + "captured by a camera"
        action: dict[str, object] = {"action": "c2pa.created", "digitalSourceType": AI}
        if field == "agent":
            action["softwareAgent"] = {"name": lie}
        if field == "action":
            action["action"] = lie
        generator = {"name": lie} if field == "generator" else {"name": "Foo"}
        one = replace(SHOT, assertions=(actions(action),), generator=generator)
        lines = text_of(judge(sign(JPEG, replace(one, signer=credential(Who.STRANGER)))))
        for line in lines:
            outside = "".join(line.split('"')[::2])
            assert "verified signer on the C2PA Trust List" not in outside
            assert "\u00a0" not in line
            assert not line.lstrip().startswith("captured")
