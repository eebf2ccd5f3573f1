"""What a trusted signature must not be made to say: of redacted evidence, and of moved samples."""

from __future__ import annotations

import struct
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

import pytest
from support import bmff_writer
from support.each import each
from support.fixture import AI, CAPTURE, label
from support.pki import PKI, Who, credential
from support.writer import Manifest

from provenance import Flag, Origin, TrustStore, Verifier
from provenance.base.terms import Assurance, Identity, Integrity
from provenance.credentials import jumbf
from provenance.kit import bmff_carrier, carriers, films, media, writer
from provenance.kit.binding import BindingKind, NewHardBinding, data_hash
from provenance.kit.claims import NewAssertion, NewIngredient, actions, created, opened
from provenance.kit.cose_sign1 import Sealing
from provenance.kit.jumbf_boxes import ContentKind, assertion_box, box
from provenance.kit.writer import sign_fragments, signed_file, store_of
from provenance.media.container.bmff_media import _locations
from provenance.render import report_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from provenance.verdict.report import Report

CAMERA = credential(Who.CAMERA)
JPEG = media.gradient_jpeg()
SHOT = Manifest(label(801), (created(CAPTURE),), signer=CAMERA)
IPTC = NewAssertion("stds.iptc", {"Iptc4xmpExt:digitalSourceType": AI}, kind=ContentKind.JSON)
METADATA = NewAssertion(
    "cawg.metadata", {"Iptc4xmpExt:DigitalSourceType": AI}, kind=ContentKind.JSON
)
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
    return ["".join(text for _, text in line) for line in report_text.report_lines(report)]


def codes(report: Report) -> set[str]:
    return {finding.code for finding in report.findings}


def edited(*assertions: NewAssertion, layer: bool) -> bytes:
    """A camera's picture, edited by a listed signer: with evidence of AI that can be redacted."""
    over = Manifest(
        label(802),
        (actions(opened()), *assertions),
        (
            NewIngredient("parentOf", store=store_of(signed_file(JPEG, SHOT))),
            *((NewIngredient("componentOf", title="layer"),) if layer else ()),
        ),
        signer=credential(),
    )
    return signed_file(JPEG, over)


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
        (NewIngredient("parentOf", store=store_of(over)),),
        signer=credential(),
        redacted=gone,
        update=update,
    )
    return judge(signed_file(over if update else JPEG, last))


@pytest.mark.parametrize("update", [False, True], ids=["standard", "update"])
class TestRedactedEvidence:
    def test_the_chain_without_such_evidence_is_a_capture(self, update: bool) -> None:
        """Else nothing below would show anything."""
        harmless = NewAssertion("org.example.note", {"note": "x"})
        report = redacted(edited(harmless, layer=False), "org.example.note", update=update)
        assert report.verdict is not None
        assert report.verdict.origin is Origin.CAPTURED
        assert "redaction" in codes(report)

    @pytest.mark.parametrize("evidence", [IPTC, METADATA], ids=["stds.iptc", "cawg.metadata"])
    def test_redacted_metadata_leaves_the_origin_unknown(
        self, evidence: NewAssertion, update: bool
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

    def test_redacted_metadata_and_ingredient_leave_the_origin_unknown(self, update: bool) -> None:
        report = redacted(edited(IPTC, layer=True), IPTC.label, LAYER, update=update)
        assert report.verdict is not None
        assert report.verdict.origin is Origin.UNKNOWN

    def test_before_the_redaction_the_evidence_of_ai_is_said(self, update: bool) -> None:
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

    def test_with_the_tables_covered_by_the_hash_a_moved_sample_is_broken(self) -> None:
        report = judge(moved(movie("/free"), b"free"))
        assert report.axes.integrity is Integrity.BROKEN

    def test_samples_within_the_credentials_own_box_are_not_covered(self) -> None:
        """That box is left out whole: also what stands in it behind the manifest store."""
        signed = bytearray(movie(STCO))
        (at,) = [a for kind, a, _ in bmff_carrier.boxes(bytes(signed)) if kind == b"uuid"]
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
        for _, _, offset, _ in extents:
            at = signed.index(struct.pack(">I", offset), start, end)
            struct.pack_into(">I", out, at, len(signed) + 8)
        assert judge(bytes(out)).axes.integrity is Integrity.PARTIAL


BOXED = Manifest(label(821), (created(CAPTURE),), signer=CAMERA, binding=BindingKind.BOXES)


class TestBoxHashes:
    """A box hash is over boxes: what stands in none of them is not covered."""

    @pytest.mark.parametrize("make", [media.gradient_jpeg, media.gradient_png])
    def test_what_stands_behind_the_end_is_not_covered(self, make: Callable[[], bytes]) -> None:
        signed = signed_file(make(), BOXED)
        assert judge(signed).axes.integrity is Integrity.INTACT
        report = judge(signed + media.gradient_jpeg(start=(90, 20, 20)))
        assert report.axes.integrity is Integrity.BROKEN
        assert report.verdict is not None
        assert report.verdict.origin is Origin.UNKNOWN
        assert "assertion.boxesHash.unknownBox" in codes(report)

    @pytest.mark.parametrize("filling", [b"x" * 70_000, b"\xff" * 70_000], ids=["text", "fill"])
    def test_what_stands_between_segments_is_not_covered(self, filling: bytes) -> None:
        signed = signed_file(JPEG, BOXED)
        at = signed.index(b"\xff\xdb")
        report = judge(signed[:at] + filling + signed[at:])
        assert report.axes.integrity is Integrity.BROKEN
        assert report.verdict is not None
        assert report.verdict.origin is Origin.UNKNOWN


EXIF = media.jpeg_segment(0xE1, b"Exif\0\0" + bytes(90))
PHOTO = JPEG[:20] + EXIF + JPEG[20:]  # after JFIF
MORE = "assertion.dataHash.additionalExclusionsPresent"


def excluding(monkeypatch: pytest.MonkeyPatch, *more: tuple[int, int], first: int = 0) -> bytes:
    """A photo whose data hash leaves out the credential, from `first` on, and these ranges."""

    def exclusions(signed: bytes, _: object) -> tuple[carriers.StoreSpan, ...]:
        span = carriers.credential_span(signed)
        assert span is not None
        start = first or span.start
        own = carriers.StoreSpan(start, span.end - start)
        return tuple(
            sorted((own, *(carriers.StoreSpan(*one) for one in more)), key=lambda s: s.start)
        )

    monkeypatch.setattr(writer, "_exclusions", exclusions)
    return signed_file(PHOTO, SHOT)


class TestWhatADataHashLeavesOut:
    """C2PA 2.4 section 15.12.1.1: the credential, and besides it metadata."""

    def test_metadata_may_be_left_out(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """As the cameras of Google do it a dozen times in one picture."""
        report = judge(excluding(monkeypatch, (32, 10), (60, 30)))
        assert report.axes.integrity is Integrity.INTACT
        assert report.verdict is not None
        assert report.verdict.origin is Origin.CAPTURED
        assert MORE in codes(report)

    def test_metadata_in_the_range_of_the_credential_is_partial(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """As in photos of Truepic: no decoder shows it, and 2.4 rejects it."""
        at = PHOTO.index(EXIF)
        report = judge(excluding(monkeypatch, first=at))
        assert report.axes.integrity is Integrity.PARTIAL
        assert report.verdict is not None
        assert report.verdict.origin is Origin.UNKNOWN
        (said,) = (f.message for f in report.findings if f.code == "binding.partial")
        assert f"{len(EXIF)} bytes at {at}" in said

    def test_tables_that_steer_a_decoder_are_broken(self, monkeypatch: pytest.MonkeyPatch) -> None:
        signed = excluding(monkeypatch, (2500, 4))
        report = judge(signed)
        assert report.axes.integrity is Integrity.BROKEN
        assert Flag.BROKEN in report.flagged
        assert "assertion.dataHash.mismatch" in codes(report)

    @pytest.mark.parametrize("own_segment", [False, True], ids=["bare", "in APP11"])
    def test_a_picture_in_the_room_of_unsigned_padding_is_not_intact(
        self, own_segment: bool
    ) -> None:
        """The padding of a signature is not signed: what takes its place is in the range."""
        padded = replace(SHOT, sealing=Sealing(unprotected={"pad": bytes(3000)}))
        honest = signed_file(JPEG, padded)
        assert judge(honest).axes.integrity is Integrity.INTACT
        span = carriers.credential_span(honest)
        assert span is not None
        other = media.gradient_jpeg(start=(200, 20, 20))[2:]
        store = shortened(store_of(honest).data, 3000)
        room = span.length - len(carriers.app11(store))
        filler = media.jpeg_segment(0xEB, b"JP\x07\x07" + bytes(16)) if own_segment else b""
        filler += media.jpeg_segment(0xFE, bytes(room - len(other) - len(filler) - 4)) + other
        forged = honest[: span.start] + carriers.app11(store) + filler + honest[span.end :]
        assert len(forged) == len(honest)
        report = judge(forged)
        assert report.axes.identity is Identity.PRIVATE  # its signature verifies
        assert report.axes.integrity is Integrity.BROKEN
        assert report.verdict is not None
        assert report.verdict.origin is Origin.UNKNOWN
        assert Flag.BROKEN in report.flagged

    def test_a_segment_between_the_credentials_own_is_broken(self) -> None:
        """Split over two segments, with an empty comment between them."""
        padded = replace(SHOT, sealing=Sealing(unprotected={"pad": bytes(100)}))
        honest = signed_file(JPEG, padded)
        span = carriers.credential_span(honest)
        assert span is not None
        store = shortened(store_of(honest).data, 24)
        parts = (store[:200], store[:8] + store[200:])
        made = [app11(part, n) for n, part in enumerate(parts, 1)]
        comment = media.jpeg_segment(0xFE, b"")
        forged = honest[: span.start] + made[0] + comment + made[1] + honest[span.end :]
        assert len(forged) == len(honest)
        assert judge(forged).axes.integrity is Integrity.BROKEN


def app11(part: bytes, number: int) -> bytes:
    """One segment of a JUMBF box."""
    return media.jpeg_segment(0xEB, b"JP\0\1" + number.to_bytes(4, "big") + part)


def shortened(store: bytes, by: int) -> bytes:
    """The store with less padding in the unprotected header of its signature."""
    at = store.rindex(b"cpad") + 4
    size = struct.unpack_from(">H" if store[at] == 0x59 else ">B", store, at + 1)[0]
    head = 3 if store[at] == 0x59 else 2
    kept = size - by
    # as wide a head as before, so that `by` bytes are gone and no more
    length = struct.pack(">BH", 0x59, kept) if head == 3 else struct.pack(">BB", 0x58, kept)
    out = bytearray(store[:at] + length + bytes(kept) + store[at + head + size :])
    root = jumbf.parse_jumbf(store)
    held = root.children[-1].child(jumbf.SIGNATURE)
    assert held is not None
    for start in (root.start, root.children[-1].start, held.start, held.boxes[0].start):
        spot = start - 8
        (old,) = struct.unpack_from(">I", out, spot)
        struct.pack_into(">I", out, spot, old - by)
    return bytes(out)


class TestFragmentsLeftOut:
    """Fragments that are missing, repeated or in another order (15.12.2)."""

    @each(
        ("order", "integrity"),
        [
            ((1, 2, 3), Integrity.INTACT),
            ((1,), Integrity.PARTIAL),
            ((1, 1, 1), Integrity.PARTIAL),
            ((3, 2, 1), Integrity.PARTIAL),
            ((1, 3), Integrity.PARTIAL),
            ((), Integrity.UNCHECKED),
        ],
    )
    def test_only_all_fragments_in_order_are_intact(
        self, order: tuple[int, ...], integrity: Integrity, tmp_path: Path
    ) -> None:
        files = []
        for n, data in enumerate(sign_fragments(films.fragmented(), MOVIE)):
            files.append(tmp_path / f"{n}.mp4")
            files[-1].write_bytes(data)
        report = verifier().verify(files[0], fragments=[files[n] for n in order])
        assert report.axes.integrity is integrity
        assert report.verdict is not None
        captured = report.verdict.origin is Origin.CAPTURED
        assert captured is (integrity is Integrity.INTACT)


def inserted(signed: bytes, extra: bytes) -> bytes:
    """The manifest store of a signed file with a further box in its assertion store."""
    data = store_of(signed).data
    root = jumbf.parse_jumbf(data)
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
            signed = signed_file(JPEG, replace(SHOT, assertions=(created(said),)))
            extra = assertion_box("c2pa.actions.v2", created(other).content, ContentKind.CBOR)
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
        signed = signed_file(JPEG, replace(SHOT, assertions=(actions(action),)))
        whole = store_of(signed).data
        altered = whole.replace(b"dthis", b"dthat")
        assert altered != whole
        report = judge(carriers.embed(carriers.strip(signed), altered))
        assert report.verdict is not None
        words = [r.message for r in report.verdict.reasons]
        assert [word for word in words if "signed by" in word] == []
        assert {s.sealed for s in report.signals} <= {False}
        named = [s.generator for s in report.signals if s.generator]
        assert [generator for generator in named if generator.basis == "signer"] == []

    @pytest.mark.parametrize("name", ["c2pa.actions.v2", "cawg.metadata"])
    def test_what_cannot_be_read_is_not_passed_over(self, name: str) -> None:
        """A list of actions beyond the bounds may say anything of origin."""
        filler = {"action": "c2pa.edited", "note": "x" * 1_100_000}
        content = {"actions": [{"action": "c2pa.created", "digitalSourceType": AI}, filler]}
        if name != "c2pa.actions.v2":
            content = {"Iptc4xmpExt:DigitalSourceType": AI, "dc:description": "x" * 5_000_000}
        kind = ContentKind.CBOR if name.startswith("c2pa") else ContentKind.JSON
        one = Manifest(label(831), (NewAssertion(name, content, kind),), signer=CAMERA)
        report = judge(signed_file(JPEG, one))
        assert report.verdict is not None
        assert Flag.UNREADABLE in report.verdict.flags
        assert Flag.UNREADABLE in report.flagged
        assert "credential.unread" in {r.code for r in report.verdict.reasons}


def test_an_update_manifest_has_no_binding_of_its_own() -> None:
    """Its media is its parent's (C2PA 2.4 section 15.10.1.3)."""
    base = signed_file(JPEG, SHOT)
    own = NewHardBinding(BindingKind.DATA, data_hash(bytes(32), ()))
    parent = NewIngredient("parentOf", store=store_of(base))
    update = Manifest(label(841), (), (parent,), update=True, signer=credential(), bindings=(own,))
    report = judge(signed_file(base, update))
    assert report.axes.integrity is Integrity.BROKEN
    assert "manifest.update.invalid" in codes(report)


class TestNames:
    """What a file calls its signer and its generator never reads like words of ours."""

    LIE = "Foo - verified signer on the C2PA Trust List; not altered since it was signed"

    @pytest.mark.parametrize("field", ["generator", "agent", "action"])
    def test_a_hostile_name_is_cleaned_in_the_headline_and_the_reasons(self, field: str) -> None:
        lie = self.LIE + "\u00a0" * 40 + "captured by a camera"
        action: dict[str, object] = {"action": "c2pa.created", "digitalSourceType": AI}
        if field == "agent":
            action["softwareAgent"] = {"name": lie}
        if field == "action":
            action["action"] = lie
        generator = {"name": lie} if field == "generator" else {"name": "Foo"}
        one = replace(SHOT, assertions=(actions(action),), generator=generator)
        lines = text_of(judge(signed_file(JPEG, replace(one, signer=credential(Who.STRANGER)))))
        shown = any("verified signer" in line for line in lines)
        assert shown is (field != "action"), "a name is shown, an unknown action is not"
        for line in lines:
            outside = "".join(line.split('"')[::2])
            assert "verified signer on the C2PA Trust List" not in outside
            assert "\u00a0" not in line
            assert not line.lstrip().startswith("captured")


GENERATED = Manifest(label(841), (created(AI),))


def generated_box(kind: bytes = b"c2ma") -> bytes:
    """A manifest that declares AI, as a box of a store, under another type where one is given."""
    whole = store_of(signed_file(JPEG, GENERATED)).manifest(GENERATED.label)
    at = whole.index(b"c2ma", 8)
    return whole[:at] + kind + whole[at + 4 :]


def origin_of(report: Report) -> Origin:
    assert report.verdict is not None
    return report.verdict.origin


def reasons(report: Report) -> set[str]:
    assert report.verdict is not None
    return {reason.code for reason in report.verdict.reasons}


@pytest.mark.parametrize("kind", [b"c2ma", b"zzzz"], ids=["unreferenced", "unknown type"])
class TestLooseManifests:
    """What nothing leads to is heard, and has no weight against a verified signer."""

    def test_a_camera_is_not_framed(self, kind: bytes) -> None:
        report = judge(signed_file(JPEG, replace(SHOT, unreferenced=(generated_box(kind),))))
        assert origin_of(report) is Origin.CAPTURED
        assert report.flagged == ()
        (loose,) = [s for s in report.signals if s.loose]
        assert (loose.supports, loose.assurance) == (Origin.AI_GENERATED, Assurance.BROKEN)
        assert "evidence.loose" in reasons(report)
        assert "  bytes that no signature covers claim AI" in text_of(report)[1:4]

    def test_a_loose_manifest_of_ai_decides_where_nobody_vouches(self, kind: bytes) -> None:
        """A self-made claim of capture over it hides nothing."""
        trust = TrustStore.load(bundled=False)
        data = signed_file(JPEG, replace(SHOT, unreferenced=(generated_box(kind),)))
        report = Verifier(trust=trust, at=verifier().at).verify_bytes(data)
        assert origin_of(report) is Origin.AI_GENERATED
        assert report.verdict is not None
        assert report.verdict.assurance is Assurance.BROKEN
        assert Flag.AI in report.flagged

    def test_a_loose_manifest_that_says_nothing_of_ai_changes_nothing(self, kind: bytes) -> None:
        """The honest neighbour: leftovers of an editor that are a capture too."""
        other = store_of(signed_file(JPEG, replace(SHOT, label=label(842)))).manifest(label(842))
        at = other.index(b"c2ma", 8)
        report = judge(
            signed_file(JPEG, replace(SHOT, unreferenced=(other[:at] + kind + other[at + 4 :],)))
        )
        assert origin_of(report) is Origin.CAPTURED
        assert report.flagged == ()
        assert "evidence.loose" not in reasons(report)


def test_a_loose_manifest_that_cannot_be_read_is_heard_as_one_that_can_be() -> None:
    """One size too large in it: a stranger's capture hides nothing, and a camera is not framed."""
    made = bytearray(generated_box(b"c2ma"))
    at = made.rindex(b"jumb") - 4
    made[at : at + 4] = b"\xff\xff\xff\xf0"
    data = signed_file(JPEG, replace(SHOT, unreferenced=(bytes(made),)))
    report = judge(data)
    assert (origin_of(report), report.flagged) == (Origin.CAPTURED, ())
    stranger = Verifier(trust=TrustStore.load(bundled=False), at=verifier().at).verify_bytes(data)
    assert origin_of(stranger) is Origin.AI_GENERATED
    assert Flag.AI in stranger.flagged


def test_a_loose_box_that_cannot_be_read_spoils_nothing() -> None:
    report = judge(signed_file(JPEG, replace(SHOT, unreferenced=(box(b"jumb", bytes(40)),))))
    assert "manifest.unreadable" in codes(report)
    assert report.credentials.status == "present"
    assert report.credentials.manifests[0].label == SHOT.label


def test_against_a_broken_capture_both_are_said() -> None:
    signed = signed_file(JPEG, replace(SHOT, unreferenced=(generated_box(),)))
    report = judge(signed[:-40] + bytes([signed[-40] ^ 1]) + signed[-39:])
    assert report.axes.integrity is Integrity.BROKEN
    assert Flag.CONFLICT in report.flagged
    assert {"conflict.broken_capture", "evidence.loose"} <= reasons(report)


class TestManyStores:
    """Several stores hide nothing of one another, in whatever order they come."""

    PNG = media.gradient_png()

    @pytest.mark.parametrize("first", [SHOT, GENERATED], ids=["capture first", "AI first"])
    def test_none_of_several_stores_is_active_and_all_speak(self, first: Manifest) -> None:
        second = GENERATED if first is SHOT else SHOT
        one, two = (
            carriers.embed(self.PNG, store_of(signed_file(self.PNG, m)).data)
            for m in (first, second)
        )
        span = carriers.credential_span(one)
        assert span is not None
        both = two[:33] + one[span.start : span.end] + two[33:]
        report = judge(both)
        assert report.axes.integrity is Integrity.BROKEN
        assert report.axes.identity is Identity.NONE
        assert origin_of(report) is Origin.AI_GENERATED
        assert {Flag.AI, Flag.BROKEN} <= set(report.flagged)
        assert "credential.multiple_stores" in codes(report)
        assert {m.label for m in report.credentials.manifests} == {SHOT.label, GENERATED.label}
        assert [m for m in report.credentials.manifests if m.active] == []

    def test_a_single_store_is_not_called_several(self) -> None:
        report = judge(signed_file(self.PNG, SHOT))
        assert origin_of(report) is Origin.CAPTURED
        assert "credential.multiple_stores" not in codes(report)


def test_a_manifest_of_type_c2md_is_a_standard_one() -> None:
    signed = signed_file(JPEG, GENERATED)
    store = store_of(signed).data
    at = store.index(b"c2ma")
    report = judge(carriers.embed(signed, store[:at] + b"c2md" + store[at + 4 :]))
    assert report.credentials.status == "present"
    assert origin_of(report) is Origin.AI_GENERATED


class TestLinksToParents:
    """What a file was made from can be taken away or altered, and not in silence."""

    GENERATED = store_of(signed_file(JPEG, GENERATED))
    EDIT = Manifest(label(843), (actions(opened()),), signer=credential())

    def edited(self, *, carried: bool = True) -> bytes:
        parent = NewIngredient("parentOf", store=self.GENERATED, carried=carried)
        return signed_file(JPEG, replace(self.EDIT, ingredients=(parent,)))

    def test_a_link_that_holds_carries_the_origin_on(self) -> None:
        report = judge(self.edited())
        assert origin_of(report) is Origin.AI_GENERATED
        assert Flag.BROKEN not in report.flagged
        assert "link.broken" not in reasons(report)

    def test_a_parent_that_is_missing_flags_the_file(self) -> None:
        report = judge(self.edited(carried=False))
        assert Flag.BROKEN in report.flagged
        assert "link.broken" in reasons(report)
        assert "not altered" not in text_of(report)[1]

    def test_a_changed_letter_of_the_parent_flags_the_file(self) -> None:
        whole = self.edited()
        store = store_of(whole).data
        altered = store.replace(b"trainedAlgorithmicMedia", b"trainedAlgorithmicMedi_", 1)
        assert altered != store
        report = judge(carriers.embed(whole, altered))
        assert Flag.BROKEN in report.flagged
        assert "not altered" not in text_of(report)[1]
        assert report.verdict is not None
        assert report.verdict.origin is not Origin.CAPTURED


def metadata(value: object, name: str = "cawg.metadata") -> NewAssertion:
    """A metadata assertion in JSON-LD, as the standard wants it, with this source type."""
    context = {"Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"}
    kind = ContentKind.JSON if name == "cawg.metadata" else ContentKind.CBOR
    return NewAssertion(name, {"@context": context, "Iptc4xmpExt:DigitalSourceType": value}, kind)


WORDS_OF_AI = {
    "somebody's own metadata": metadata(AI, "com.example.metadata"),
    "a set": metadata({"@set": [AI]}),
    "a list": metadata({"@list": [AI]}),
    "a bag": metadata({"rdf:Bag": {"rdf:li": [AI]}}),
    "the ninth of nine values": metadata([CAPTURE] * 8 + [AI]),
    "an assertion of any label": NewAssertion("org.example.note", {"digitalSourceType": AI}),
    "a non-editorial action": actions(
        {"action": "c2pa.created", "digitalSourceType": CAPTURE},
        {"action": "c2pa.enhanced", "digitalSourceType": AI},
    ),
    "the parameters of an action": actions(
        {"action": "c2pa.created", "digitalSourceType": CAPTURE},
        {"action": "c2pa.published", "parameters": {"digitalSourceType": AI}},
    ),
}


@each("where", WORDS_OF_AI)
def test_a_capture_with_a_signed_word_of_ai_anywhere_is_no_capture(where: str) -> None:
    said = WORDS_OF_AI[where]
    both = (said,) if said.label.startswith("c2pa.actions") else (created(CAPTURE), said)
    report = judge(signed_file(JPEG, replace(SHOT, assertions=both)))
    assert report.axes.integrity is Integrity.INTACT
    if origin_of(report) is not Origin.AI_GENERATED:
        assert origin_of(report) is Origin.UNKNOWN
        assert "origin.gap" in reasons(report)


def test_a_generated_input_of_a_capture_is_a_gap() -> None:
    source = NewIngredient("inputTo", store=store_of(signed_file(JPEG, GENERATED)))
    report = judge(signed_file(JPEG, replace(SHOT, ingredients=(source,))))
    assert origin_of(report) is Origin.UNKNOWN
    assert "origin.gap" in reasons(report)


@pytest.mark.parametrize(
    "said",
    [
        metadata(CAPTURE),
        NewAssertion("org.example.note", {"note": "nothing like " + AI}),
    ],
    ids=["a capture", "a note that quotes the word"],
)
def test_words_that_are_not_of_ai_leave_a_capture_alone(said: NewAssertion) -> None:
    report = judge(signed_file(JPEG, replace(SHOT, assertions=(created(CAPTURE), said))))
    assert origin_of(report) is Origin.CAPTURED
    assert report.flagged == ()
