"""One file from open to report: nobody launders, nobody is framed, nothing is raised."""

from __future__ import annotations

import hashlib
import json
import os
import socket
import stat
import struct
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.x509.oid import NameOID
from support.each import each
from support.fixture import AI, CAPTURE, instance, label
from support.pki import FIXTURES, PKI, Who, credential
from support.recipes_writer import HOSTILE
from support.shared import CORPUS, REASON
from support.writer import Manifest
from unit.media.container import build

from provenance import Flag, Options, Origin, Policy, TrustStore, Verifier, verify
from provenance.base.terms import Assurance, CredentialStatus, Identity, Integrity, TimeStatus
from provenance.credentials import locate
from provenance.kit import carriers, damage, media, writer
from provenance.kit.claims import (
    NewAssertion,
    NewIngredient,
    actions,
    created,
    opened,
    placed,
    used,
)
from provenance.kit.writer import signed_file, store_of
from provenance.media import digest
from provenance.media.asset import Asset
from provenance.signals.signal import Role
from provenance.signing import conforming, user_folder
from provenance.signing.conforming import ConformingProducts
from provenance.verdict import verifier
from provenance.verdict.assess import ABSENCE
from provenance.verdict.report import MAX_ENTRIES, Report

if TYPE_CHECKING:
    from collections.abc import Callable

AT = datetime(2026, 6, 1, tzinfo=UTC)
JPEG = media.gradient_jpeg()
CAMERA = credential(Who.CAMERA)
GOOD = Manifest(label(901), (created(CAPTURE),), instance_id=instance(901), signer=CAMERA)
VERIFIED = {Assurance.VERIFIED, Assurance.VERIFIED_LEGACY, Assurance.VERIFIED_PRIVATE}


@cache
def trust() -> TrustStore:
    anchors = [PKI / "anchors.pem"]
    return TrustStore.load(bundled=False, anchors=anchors, tsa_anchors=anchors)


def judge(what: str | bytes | Path, at: datetime = AT, **options: Any) -> Report:
    one = Verifier(trust=trust(), at=at, options=Options(**options))
    if isinstance(what, bytes):
        return one.verify_bytes(what)
    return one.verify(FIXTURES / what if isinstance(what, str) else what)


def test_a_second_thread_changes_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(digest, "SMALL", 0)
    monkeypatch.setattr(locate, "SMALL", 0)
    alone = Verifier(trust=trust(), at=AT, helper=None)
    beside = Verifier(trust=trust(), at=AT)
    kinds = {".jpg", ".png", ".mp4", ".wav", ".c2pa"}
    for path in sorted(p for p in FIXTURES.iterdir() if p.suffix in kinds):
        assert beside.verify(path).to_dict() == alone.verify(path).to_dict(), path


PHOTO_TAGS = {
    271: (2, b"Canon\0"),
    272: (2, b"EOS R5\0"),
    36867: (2, b"2026:05:01 10:00:00\0"),
    33437: (5, struct.pack("<II", 28, 10)),
}
CAMERA_EXIF = build.segment(0xE1, b"Exif\0\0" + build.tiff(PHOTO_TAGS))


def reasons(report: Report) -> set[str]:
    assert report.verdict is not None
    return {r.code for r in report.verdict.reasons}


@pytest.mark.parametrize("source_type", [AI, CAPTURE])
def test_a_cameras_exif_stands_against_a_credential_that_says_generated(source_type: str) -> None:
    one = Manifest(label(931), (created(source_type),), signer=CAMERA)
    photo = JPEG[:2] + CAMERA_EXIF + JPEG[2:]
    for data, camera in ((photo, True), (JPEG, False)):
        report = judge(signed_file(data, one))
        expected = camera and source_type == AI
        assert ("conflict.camera_exif" in reasons(report)) is expected
        assert report.verdict is not None
        assert (Flag.CONFLICT in report.verdict.flags) is expected
    assert "conflict.camera_exif" not in reasons(judge(photo))


@pytest.mark.parametrize("allowed", [True, False])
def test_a_capture_that_the_record_of_the_product_does_not_allow(
    allowed: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The list is the user's; that it counts for the C2PA Trust List alone is tested elsewhere."""
    subject = CAMERA.chain[0].subject
    names = {
        short: subject.get_attributes_for_oid(oid)[0].value
        for short, oid in (("CN", NameOID.COMMON_NAME), ("O", NameOID.ORGANIZATION_NAME))
    }
    record = {
        "recordId": "00000000-0000-4000-8000-00000000000a",
        "applicant": "Test",
        "status": "conformant",
        "product": {
            "productType": "generatorProduct",
            "DN": {**names, "OU": "", "C": "XX"},
            "assurance": {"maxAssuranceLevel": 1},
            "disallowedSignals": {
                "inception": [] if allowed else ["capturedMedia"],
                "transformation": [],
            },
        },
        "dates": {"lastModification": "2026-05-01"},
    }
    monkeypatch.setenv(user_folder.VARIABLE, str(tmp_path))
    conforming.keep(json.dumps([record]).encode(), "list.json", "2026-05-01T00:00:00Z")
    monkeypatch.setattr(
        ConformingProducts, "match_of_chain", lambda own, _, *rest: own.match(*rest)
    )
    report = judge(signed_file(JPEG, GOOD))
    assert report.verdict is not None
    assert ("conflict.over_claiming" in reasons(report)) is not allowed
    assert (Flag.CONFLICT in report.verdict.flags) is not allowed


def said(report: Report) -> str:
    assert report.verdict is not None
    return " ".join(r.message for r in report.verdict.reasons)


def codes(report: Report) -> set[str]:
    return {f.code for f in report.findings}


def outcome(report: Report) -> tuple[Origin, Assurance]:
    assert report.verdict is not None
    return report.verdict.origin, report.verdict.assurance


class TestNobodyLaundersAndNobodyIsFramed:
    def test_noise_signed_by_a_stranger_over_a_trusted_capture_is_not_captured_and_not_verified(
        self,
    ) -> None:
        report = judge("stranger-over-capture.jpg")
        assert outcome(report) == (Origin.UNKNOWN, Assurance.NONE)
        assert report.axes.identity is Identity.UNLISTED
        (claim,) = [s for s in report.signals if s.origin is Origin.CAPTURED]
        assert claim.assurance is Assurance.SIGNED
        assert claim.weakest == report.credentials.manifests[0].label
        assert report.credentials.manifests[1].assurance in VERIFIED

    def test_noise_signed_by_a_stranger_over_a_trusted_ai_image_is_ai_generated_but_only_signed(
        self,
    ) -> None:
        report = judge("stranger-over-ai.png")
        assert outcome(report) == (Origin.AI_GENERATED, Assurance.SIGNED)

    def test_a_self_signed_capture_claim_is_unknown(self) -> None:
        report = judge("self-signed-capture.jpg")
        assert outcome(report) == (Origin.UNKNOWN, Assurance.NONE)
        assert report.axes.integrity is Integrity.INTACT

    @pytest.mark.parametrize("name", ["bad-signature.jpg", "wrong-key.jpg", "edited-claim.jpg"])
    def test_a_claim_whose_signature_does_not_verify_shows_its_signer_only_as_claimed(
        self, name: str
    ) -> None:
        report = judge(name)
        assert report.axes.identity is Identity.UNPROVEN
        assert report.axes.time is TimeStatus.UNKNOWN
        (manifest,) = report.credentials.manifests
        assert manifest.signer is not None
        assert not manifest.signer.proven
        assert manifest.axes.identity is Identity.UNPROVEN
        assert manifest.signing_time is None
        assert "Anyone may have written what it claims" in said(report)
        if report.verdict is not None and report.verdict.origin is not Origin.UNKNOWN:
            assert "Claimed signer: " in said(report)
            assert report.generator is None or report.generator.basis.value != "signer"

    def test_a_tampered_ai_file_still_declares_ai_broken(self) -> None:
        report = judge("tampered.png")
        assert outcome(report) == (Origin.AI_GENERATED, Assurance.BROKEN)
        assert report.verdict is not None
        assert report.verdict.flags == (Flag.AI, Flag.BROKEN)
        assert report.axes.identity is Identity.PRIVATE

    def test_a_credential_grafted_from_another_file_is_told_apart_from_an_edited_one(self) -> None:
        grafted, edited = judge("grafted.jpg"), judge("edited-claim.jpg")
        assert grafted.axes.integrity is edited.axes.integrity is Integrity.BROKEN
        assert "The signature is sound, but it was made for a different file" in said(grafted)
        assert "Anyone may have written what it claims" in said(edited)
        assert grafted.axes.identity is Identity.PRIVATE

    def test_a_trusted_capture_with_a_layer_without_a_credential_placed_in_it_is_not_captured(
        self,
    ) -> None:
        report = judge("capture-with-unsigned-layer.jpg")
        assert outcome(report) == (Origin.UNKNOWN, Assurance.NONE)
        assert "has no credential" in said(report)

    @pytest.mark.parametrize(
        ("name", "words"),
        [
            ("generated-from-photo.png", "Made from a camera's picture"),
            ("generated-from-upload.png", "Made from an upload without a credential"),
        ],
    )
    def test_a_generated_image_with_a_photo_as_input_says_so(self, name: str, words: str) -> None:
        report = judge(name)
        assert outcome(report) == (Origin.AI_GENERATED, Assurance.VERIFIED_PRIVATE)
        assert report.verdict is not None
        assert Flag.FROM_INPUT in report.verdict.flags
        assert words in said(report)
        assert "it may show or imitate a real person" in said(report)

    def test_an_input_whose_credential_is_not_there_says_so_too(self) -> None:
        photo = NewIngredient(
            "inputTo",
            store=store_of(signed_file(JPEG, replace(GOOD, label=label(902)))),
            carried=False,
        )
        one = replace(GOOD, assertions=(created(AI, **used(0)),), ingredients=(photo,))
        report = judge(signed_file(JPEG, one))
        assert report.verdict is not None
        assert Flag.FROM_INPUT in report.verdict.flags

    def test_a_manifest_slipped_under_a_trusted_one_is_not_believed(self) -> None:
        """The parent is exchanged for another under its label; the link no longer holds."""
        parent = replace(GOOD, label=label(902))
        over = replace(
            GOOD,
            assertions=(actions(opened()),),
            ingredients=(NewIngredient("parentOf", store=store_of(signed_file(JPEG, parent))),),
        )
        signed = signed_file(JPEG, over)
        ours = store_of(signed)
        other = store_of(signed_file(JPEG, replace(parent, assertions=(created(AI),))))
        old, new = ours.manifest(label(902)), other.manifest(label(902))
        assert len(old) != len(new) or old != new
        body = ours.data.replace(old, new)
        size = len(body).to_bytes(4, "big")
        report = judge(carriers.embed(signed, size + body[4:]))
        assert outcome(report)[1] is Assurance.BROKEN
        assert [s for s in report.signals if s.assurance in VERIFIED] == []

    def test_a_redaction_that_nobody_signed_excuses_nothing(self) -> None:
        """Anyone can add a manifest that nothing refers to; it redacts nothing."""
        note = NewAssertion("org.example.note", {"note": "x"})
        parent = replace(GOOD, label=label(902), assertions=(created(CAPTURE), note))
        source = signed_file(JPEG, parent)
        over = replace(
            GOOD,
            assertions=(actions(opened()),),
            ingredients=(NewIngredient("parentOf", store=store_of(source)),),
        )
        assert outcome(judge(signed_file(JPEG, over)))[0] is Origin.CAPTURED
        redactor = replace(
            GOOD,
            label=label(903),
            signer=credential(Who.STRANGER),
            ingredients=(NewIngredient("parentOf", store=store_of(source)),),
            redacted=((label(902), "org.example.note"),),
            assertions=(actions(opened()),),
        )
        gone = store_of(signed_file(JPEG, redactor))
        tampered = replace(
            over,
            unreferenced=(gone.manifest(label(903)),),
        )
        signed = signed_file(JPEG, tampered)
        data = store_of(signed).data.replace(
            store_of(source).manifest(label(902)), gone.manifest(label(902))
        )
        report = judge(carriers.embed(signed, len(data).to_bytes(4, "big") + data[4:]))
        assert outcome(report)[0] is Origin.UNKNOWN
        (link,) = report.credentials.manifests[0].ingredients
        assert link.broken == "ingredient.manifest.mismatch"

    def test_a_few_bytes_hidden_beside_the_credential_are_not_intact(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A second excluded range that overlaps the credential's hides 40 bytes of media."""

        def exclusions(signed: bytes, _: object) -> tuple[carriers.StoreSpan, ...]:
            span = carriers.credential_span(signed)
            assert span is not None
            return span, carriers.StoreSpan(span.end - 1, 41)

        monkeypatch.setattr(writer, "_exclusions", exclusions)
        report = judge(signed_file(JPEG, GOOD))
        assert report.axes.integrity is Integrity.BROKEN
        assert outcome(report)[0] is Origin.UNKNOWN

    def test_a_capture_twice_in_one_picture_is_still_judged(self) -> None:
        source = store_of(signed_file(JPEG, replace(GOOD, label=label(902))))
        both = NewIngredient("parentOf", store=source), NewIngredient("componentOf", store=source)
        one = replace(GOOD, assertions=(actions(opened(), placed(1)),), ingredients=both)
        report = judge(signed_file(JPEG, one))
        assert report.axes.integrity is Integrity.INTACT
        assert {s.role for s in report.signals} == {Role.ASSET, Role.COMPONENT}


class TestSameBytes:
    """A file with many manifests: the order of the SDK's answers is random from read to read."""

    @staticmethod
    @cache
    def many() -> bytes:
        layers = []
        for n in range(12):
            source = AI if n % 3 == 0 else CAPTURE
            layer = replace(GOOD, label=label(910 + n), assertions=(created(source),))
            layers.append(NewIngredient("componentOf", store=store_of(signed_file(JPEG, layer))))
        placing = [placed(n) for n in range(len(layers))]
        begun = {"action": "c2pa.created", "digitalSourceType": CAPTURE}
        one = replace(GOOD, assertions=(actions(begun, *placing),), ingredients=tuple(layers))
        return signed_file(JPEG, one)

    def test_fifty_fresh_verifiers_give_the_same_bytes(self) -> None:
        data = self.many()
        seen = {json.dumps(judge(data).to_dict()) for _ in range(50)}
        assert len(seen) == 1
        assert len(json.loads(seen.pop())["credentials"]["manifests"]) == 13

    def test_one_verifier_gives_the_same_bytes_time_after_time(self) -> None:
        one = Verifier(trust=trust(), at=AT)
        seen = {json.dumps(one.verify_bytes(self.many()).to_dict()) for _ in range(10)}
        seen.add(json.dumps(judge(self.many()).to_dict()))
        assert len(seen) == 1

    def test_files_examined_in_between_change_nothing(self) -> None:
        one = Verifier(trust=trust(), at=AT)
        names = ["capture.jpg", "revoked.jpg", "stranger-over-ai.png", "v1-claim.jpg"]
        for name in (*names, *reversed(names)):
            alone = judge(name)
            assert one.verify(FIXTURES / name) == alone


class TestDigest:
    def test_sha256_is_that_of_the_file(self) -> None:
        data = (FIXTURES / "capture.jpg").read_bytes()
        found = judge("capture.jpg").asset
        assert (found.sha256, found.size) == (hashlib.sha256(data).hexdigest(), len(data))
        assert found.hashes == ()

    def test_further_hashes_come_by_name_sorted(self) -> None:
        data = (FIXTURES / "plain.jpg").read_bytes()
        found = judge("plain.jpg", hashes=("sha1", "md5", "sha256")).asset
        assert found.hashes == (
            ("md5", hashlib.md5(data, usedforsecurity=False).hexdigest()),
            ("sha1", hashlib.sha1(data, usedforsecurity=False).hexdigest()),
        )
        assert found.sha256 is not None

    def test_no_digest_is_taken_where_none_is_asked_for(self) -> None:
        found = judge("capture.jpg", digest=False, hashes=("md5",)).asset
        assert (found.sha256, found.hashes) == (None, ())
        assert verify(FIXTURES / "plain.jpg", digest=False).asset.sha256 is None

    def test_a_large_signed_file_is_hashed_beside_the_sdk(self) -> None:
        data = signed_file(media.gradient_jpeg(app1=b"x" * 60_000), GOOD)
        data += bytes(2 << 20)
        assert judge(data).asset.sha256 == hashlib.sha256(data).hexdigest()

    def test_verifying_writes_nothing(self) -> None:
        before = {p.name: p.stat().st_mtime_ns for p in FIXTURES.iterdir()}
        judge("capture.jpg")
        assert {p.name: p.stat().st_mtime_ns for p in FIXTURES.iterdir()} == before


def error_of(report: Report) -> str:
    assert report.verdict is None
    assert report.error is not None
    assert report.error.message
    assert report.to_dict()["verdict"] is None
    return report.error.code


class TestWhatCannotBeExamined:
    def test_a_missing_path_is_asset_missing(self, tmp_path: Path) -> None:
        assert error_of(judge(tmp_path / "missing.jpg")) == "asset.missing"
        assert error_of(judge(FIXTURES / "plain.jpg" / "below.jpg")) == "asset.missing"

    def test_a_directory_is_asset_not_regular(self, tmp_path: Path) -> None:
        assert error_of(judge(tmp_path)) == "asset.not_regular"

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no FIFOs on this platform")
    def test_a_fifo_is_asset_not_regular(self, tmp_path: Path) -> None:
        path = tmp_path / "fifo.jpg"
        os.mkfifo(path)
        assert error_of(judge(path)) == "asset.not_regular"

    @pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="no devices on this platform")
    def test_a_device_is_asset_not_regular(self) -> None:
        assert error_of(judge(Path("/dev/zero"))) == "asset.not_regular"

    @pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="no such sockets here")
    def test_a_socket_is_not_regular_or_unreadable(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        with socket.socket(socket.AF_UNIX) as one:
            one.bind("s")
            assert stat.S_ISSOCK(os.stat("s").st_mode)
            assert error_of(judge(tmp_path / "s")) in {"asset.unreadable", "asset.not_regular"}

    def test_a_name_with_a_nul_is_an_error(self) -> None:
        assert error_of(judge(Path("a\0b"))) == "asset.unreadable"

    def test_a_file_over_the_limit_is_asset_too_large(self) -> None:
        size = (FIXTURES / "capture.jpg").stat().st_size
        data = (FIXTURES / "capture.jpg").read_bytes()
        for what in ("capture.jpg", data):
            assert error_of(judge(what, max_size=size - 1)) == "asset.too_large"
            assert judge(what, max_size=size).error is None

    def test_a_file_that_changes_while_it_is_read_is_an_error(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = tmp_path / "x.jpg"
        path.write_bytes(signed_file(JPEG, GOOD))
        scan = verifier.scan_container

        def scan_and_append(asset: Asset) -> Any:
            found = scan(asset)
            with path.open("ab") as out:
                out.write(b"more")
            return found

        monkeypatch.setattr(verifier, "scan_container", scan_and_append)
        assert error_of(judge(path)) == "asset.changed"

    def test_a_file_that_shrinks_while_it_is_read_is_an_error(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = tmp_path / "x.jpg"
        path.write_bytes(signed_file(JPEG, GOOD))
        gather = verifier.find_credential

        def cut_and_gather(asset: Asset, *given: Any, **options: Any) -> Any:
            os.truncate(path, 200)
            return gather(asset, *given, **options)

        monkeypatch.setattr(verifier, "find_credential", cut_and_gather)
        assert error_of(judge(path)) == "asset.changed"

    def test_a_read_that_fails_is_an_error(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(*_: object) -> None:
            raise OSError(5, "Input/output error")

        data = (FIXTURES / "plain.jpg").read_bytes()
        monkeypatch.setattr(Asset, "feed_at_any_time", fail)
        report = judge(data + bytes(2 << 20))
        assert error_of(report) == "asset.unreadable"

    def test_a_missing_sidecar_or_fragment_is_an_error(self) -> None:
        one = Verifier(trust=trust(), at=AT)
        path = FIXTURES / "plain.jpg"
        assert error_of(one.verify(path, sidecar="missing.c2pa")) == "asset.missing"
        assert error_of(one.verify(FIXTURES / "clip.mp4", fragments=["missing.m4s"])) == (
            "asset.missing"
        )

    def test_an_error_does_not_stop_the_next_file(self, tmp_path: Path) -> None:
        one = Verifier(trust=trust(), at=AT)
        assert error_of(one.verify(tmp_path))
        assert one.verify(FIXTURES / "capture.jpg").error is None


class TestOddFiles:
    @each(
        "data",
        [b"", b"\0", b"\xff\xd8\xff", JPEG[:40], bytes(5000), b"<svg", b"%PDF-1.7", b"PK\3\4"],
    )
    def test_bytes_of_no_known_kind_have_a_verdict(self, data: bytes) -> None:
        report = judge(data)
        assert outcome(report) == (Origin.UNKNOWN, Assurance.NONE)
        assert ABSENCE in said(report)

    def test_the_name_decides_nothing(self, tmp_path: Path) -> None:
        for name in ("x.png", "x", "x.c2pa", "x.exe"):
            path = tmp_path / name
            path.write_bytes((FIXTURES / "capture.jpg").read_bytes())
            report = judge(path)
            assert (report.asset.media_type, outcome(report)[0]) == ("image/jpeg", Origin.CAPTURED)

    @pytest.mark.parametrize("keep", [0.1, 0.5, 0.9])
    def test_a_credential_that_is_cut_off_is_unreadable(self, keep: float) -> None:
        report = judge(damage.truncate((FIXTURES / "capture.jpg").read_bytes(), keep))
        assert report.credentials.status is CredentialStatus.UNREADABLE
        assert report.verdict is not None
        assert report.verdict.flags == (Flag.UNREADABLE,)

    def test_what_a_truncated_credential_said_of_ai_is_not_lost(self) -> None:
        report = judge("truncated.png")
        assert outcome(report)[:2] == (Origin.AI_GENERATED, Assurance.BROKEN)
        assert report.verdict is not None
        assert report.verdict.flags == (Flag.AI, Flag.BROKEN, Flag.UNREADABLE)

    def test_bytes_in_memory_are_judged_like_the_file(self) -> None:
        for name in ("capture.jpg", "ai-generated.png", "tone.wav", "clip.mp4"):
            one = judge(name)
            other = judge((FIXTURES / name).read_bytes())
            assert replace(other, asset=one.asset) == one
            assert other.asset.path == "-"

    def test_symbolic_links_are_followed(self, tmp_path: Path) -> None:
        link = tmp_path / "link.jpg"
        try:
            link.symlink_to(FIXTURES / "capture.jpg")
        except OSError:
            pytest.skip("this platform does not let this user make links")
        assert outcome(judge(link))[0] is Origin.CAPTURED

    def test_findings_are_bounded_and_the_rest_counted(self) -> None:
        unnamed = tuple(NewAssertion(f"org.x{n}", {}) for n in range(3))
        one = replace(GOOD, assertions=(created(CAPTURE), *unnamed))
        report = judge(signed_file(JPEG, one))
        assert len(report.findings) <= MAX_ENTRIES + 1


class TestFragments:
    pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason=REASON)

    def test_an_init_segment_without_its_fragments_is_unchecked_and_with_some_partial(self) -> None:
        alone = verify(CORPUS / "dashinit.mp4", at=AT)
        assert alone.axes.integrity is Integrity.UNCHECKED
        whole = verify(CORPUS / "dashinit.mp4", at=AT, fragments=[CORPUS / "dash1.m4s"])
        assert whole.axes.integrity is Integrity.PARTIAL
        assert any("1 of 11 fragments" in finding.message for finding in whole.findings), (
            whole.findings
        )
        assert whole.axes.identity is alone.axes.identity

    def test_a_fragment_of_other_media_is_broken(self, tmp_path: Path) -> None:
        data = bytearray((CORPUS / "dash1.m4s").read_bytes())
        data[-100] ^= 1
        path = tmp_path / "dash1.m4s"
        path.write_bytes(data)
        report = verify(CORPUS / "dashinit.mp4", at=AT, fragments=[path])
        assert report.axes.integrity is Integrity.BROKEN


class TestTime:
    def test_the_validation_time_governs_and_not_the_clock(self) -> None:
        late = judge("expired.jpg")
        assert (late.axes.time, outcome(late)) == (
            TimeStatus.EXPIRED,
            (Origin.AI_GENERATED, Assurance.SIGNED),
        )
        early = judge("expired.jpg", at=datetime(2022, 6, 1, tzinfo=UTC))
        assert (early.axes.time, outcome(early)) == (
            TimeStatus.CURRENT,
            (Origin.AI_GENERATED, Assurance.VERIFIED_PRIVATE),
        )
        assert late.axes.integrity is early.axes.integrity is Integrity.INTACT
        assert late.axes.identity is early.axes.identity is Identity.PRIVATE

    def test_a_certificate_of_the_future_becomes_current(self) -> None:
        assert judge("not-yet-valid.jpg").axes.time is TimeStatus.NOT_YET_VALID
        later = judge("not-yet-valid.jpg", at=datetime(2041, 1, 1, tzinfo=UTC))
        assert later.axes.time is TimeStatus.CURRENT

    def test_a_trusted_time_stamp_holds_at_any_time(self) -> None:
        for year in (2022, 2026, 2060):
            report = judge("expired-timestamped.jpg", at=datetime(year, 7, 1, tzinfo=UTC))
            assert report.axes.integrity is Integrity.INTACT
            assert outcome(report) == (Origin.AI_GENERATED, Assurance.VERIFIED_PRIVATE)

    def test_the_default_time_is_now_and_fixed_once(self) -> None:
        one = Verifier(trust=trust())
        before = one.at
        report = one.verify(FIXTURES / "plain.jpg")
        assert report.environment.validation_time == before == one.at


class TestPersonalData:
    SECRET = "Jane Doe, 12 Main Street"

    def signed(self) -> bytes:
        begun: dict[str, object] = {
            "action": "c2pa.created",
            "digitalSourceType": AI,
            "description": self.SECRET,
        }
        item = NewIngredient("inputTo", title=self.SECRET)
        return signed_file(
            JPEG,
            replace(GOOD, title=self.SECRET, assertions=(actions(begun),), ingredients=(item,)),
        )

    def test_titles_and_descriptions_are_withheld(self) -> None:
        text = json.dumps(judge(self.signed()).to_dict())
        assert "Jane" not in text
        assert "Main Street" not in text
        assert text.count("[title withheld]") == 2
        assert "[description withheld]" in text

    def test_titles_and_descriptions_are_shown_where_asked_for(self) -> None:
        text = json.dumps(judge(self.signed(), show_personal_data=True).to_dict())
        assert text.count(self.SECRET) == 3

    def test_what_was_withheld_from_a_hostile_file_is_clean_when_shown(self) -> None:
        for shown in (False, True):
            record = judge("hostile-strings.jpg", show_personal_data=shown).to_dict()
            text = json.dumps(record, ensure_ascii=False)
            assert [c for c in "\x1b\x07\x00\u202e\u2066\u200b\u2028\x85" if c in text] == []
        assert any("\x1b" in h for h in HOSTILE), HOSTILE


class TestSidecars:
    def test_a_neighbouring_sidecar_is_used_and_named(self) -> None:
        found = judge("plain-for-sidecar.jpg").credentials
        assert found.location.value == "sidecar"
        assert found.sidecar == str(FIXTURES / "plain-for-sidecar.c2pa")

    def test_a_neighbouring_sidecar_of_another_file_is_a_finding_and_never_broken(self) -> None:
        report = judge("sidecar-mismatch.jpg")
        assert "sidecar.mismatch" in codes(report)
        assert report.verdict is not None
        assert report.verdict.flags == ()

    def test_a_named_sidecar_of_another_file_is_broken(self) -> None:
        one = Verifier(trust=trust(), at=AT)
        report = one.verify(
            FIXTURES / "sidecar-mismatch.jpg", sidecar=FIXTURES / "sidecar-mismatch.c2pa"
        )
        assert report.axes.integrity is Integrity.BROKEN
        assert "The signature is sound, but it was made for a different file" in said(report)


def test_the_policy_says_which_flags_flag_the_file() -> None:
    everything = Verifier(Policy(frozenset(Flag)), trust(), AT)
    assert everything.verify(FIXTURES / "generated-from-photo.png").flagged == (
        Flag.AI,
        Flag.FROM_INPUT,
    )
    assert judge("generated-from-photo.png").flagged == (Flag.AI,)
    assert judge("remote-only.jpg").flagged == ()


def test_the_environment_names_the_lists_in_force() -> None:
    names = [i.tier for i in judge("capture.jpg").environment.trust_lists]
    assert names == ["private", "private"]
    assert {i.tier for i in verify(FIXTURES / "plain.jpg").environment.trust_lists} == {
        "c2pa",
        "interim",
    }


@pytest.mark.parametrize("step", ["scan_container", "find_credential", "assess"])
def test_a_crash_of_the_verifier_is_a_record_that_says_so(
    step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One bad file must not cost the others, and must not pass for one without evidence."""

    def crash(*_: object, **__: object) -> Callable[[], None]:
        raise ZeroDivisionError

    monkeypatch.setattr(verifier, step, crash)
    found = judge("plain.jpg")
    assert found.verdict is None
    assert found.error is not None
    assert found.error.code == "internal.fault"
    assert "ZeroDivisionError" in found.error.message


SETTINGS = b"a lake\nSteps: 15, Sampler: UniPC, CFG scale: 5, Seed: 23, Size: 512x400"


class TestForAudits:
    @pytest.mark.parametrize(
        ("name", "taken"),
        [("plain.jpg", False), ("ai-generated.png", True), ("remote-only.jpg", True)],
    )
    def test_a_digest_is_taken_only_where_there_is_evidence(self, name, taken):
        one = Verifier(options=Options(digest_evidence_only=True))
        digest = one.verify(FIXTURES / name).asset.sha256
        assert digest == (verify(FIXTURES / name).asset.sha256 if taken else None)

    def test_a_marker_is_evidence(self, tmp_path):
        path = tmp_path / "marked.png"
        text = media.png_chunk(b"tEXt", b"parameters\0" + SETTINGS)
        plain = media.gradient_png()
        path.write_bytes(plain[:33] + text + plain[33:])
        report = Verifier(options=Options(digest_evidence_only=True)).verify(path)
        assert report.verdict.origin == "ai_generated"
        assert report.asset.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()

    def test_a_file_that_takes_too_much_memory_has_a_record(self, monkeypatch):
        def scan(_):
            raise MemoryError

        monkeypatch.setattr("provenance.verdict.verifier.scan_container", scan)
        assert Verifier().verify(FIXTURES / "plain.jpg").error.code == "internal.memory"

    def test_a_prepared_verifier_names_every_list_before_the_first_file(self):
        one = Verifier()
        assert one.prepare() == one.verify(FIXTURES / "capture.jpg").environment


REMNANT = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about="" xmlns:dcterms="http://purl.org/dc/terms/"'
    ' xmlns:xmpMM="http://ns.adobe.com/xap/1.0/mm/"'
    ' xmlns:stEvt="http://ns.adobe.com/xap/1.0/sType/ResourceEvent#"'
    ' dcterms:provenance="self#jumbf=/c2pa/urn:c2pa:x">'
    '<xmpMM:History><rdf:Seq><rdf:li stEvt:action="c2pa.edited"/></rdf:Seq></xmpMM:History>'
    "</rdf:Description></rdf:RDF></x:xmpmeta>"
)


@each("packet", [REMNANT, REMNANT.replace("self#jumbf=/c2pa/", "other:")])
@each("kind", ["jpeg", "png", "png, compressed"])
def test_what_a_removed_credential_left_in_a_packet_is_one_finding(kind: str, packet: str) -> None:
    if kind == "jpeg":
        data = media.gradient_jpeg(app1=b"http://ns.adobe.com/xap/1.0/\0" + packet.encode())
    else:
        data = build.png(build.itxt(packet.encode(), deflated="compressed" in kind))
    (finding,) = judge(data).findings
    assert finding.code == "credential.remnant"
