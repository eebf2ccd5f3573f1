"""Live video (C2PA 2.4, chapter 19) is not checked: that is said wherever it is met."""

from __future__ import annotations

import struct
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from support.fixture import AI, CAPTURE, label
from support.pki import PKI, Who, credential
from support.writer import Manifest

from provenance import Flag, Origin, TrustStore, Verifier
from provenance.base.terms import Integrity
from provenance.kit import films
from provenance.kit.claims import NewAssertion, created
from provenance.kit.writer import sign_fragments, signed_file

if TYPE_CHECKING:
    from pathlib import Path

    from provenance.verdict.report import Report

CODE = "livevideo.not_checked"
SEGMENT = NewAssertion(
    "c2pa.livevideo.segment",
    {"sequenceNumber": 7, "streamId": "kit", "continuityMethod": "c2pa.manifestId"},
)
SCHEME = b"urn:c2pa:verifiable-segment-info\0fseg\0"


def emsg(version: int = 0, scheme: bytes = SCHEME) -> bytes:
    """An event message (ISO/IEC 23009-1, 5.10.3.3)."""
    numbers = struct.pack(">IIII", 1000, 0, 1000, 1)
    body = scheme + numbers if version == 0 else struct.pack(">IQII", 1000, 0, 1000, 1) + scheme
    return films.full_box(b"emsg", body, b"\xd2\x84", flags=version << 24)


def manifest(*assertions: NewAssertion, who: Who = Who.CAMERA) -> Manifest:
    return Manifest(label(997), assertions, signer=credential(who))


def verifier() -> Verifier:
    trust = TrustStore.load(bundled=False, anchors=[PKI / "anchors.pem"])
    return Verifier(trust=trust, at=datetime(2026, 6, 1, tzinfo=UTC))


def judged(folder: Path, data: bytes, *fragments: bytes) -> Report:
    (folder / "init.mp4").write_bytes(data)
    paths = []
    for n, one in enumerate(fragments):
        paths.append(folder / f"{n}.m4s")
        paths[-1].write_bytes(one)
    report = verifier().verify(folder / "init.mp4", fragments=paths)
    assert report.verdict is not None, report.error
    return report


def said(report: Report) -> list[str]:
    return [f.message for f in report.findings if f.code == CODE]


INIT, *MEDIA = films.fragmented()


@pytest.mark.parametrize("version", [0, 1])
def test_a_signed_segment_by_itself_is_told(version: int, tmp_path: Path) -> None:
    report = judged(tmp_path, emsg(version) + MEDIA[0])
    assert said(report) == ["a segment of live video: its own signature was not checked"]
    assert report.axes.integrity is Integrity.NONE
    assert report.flagged == ()


@pytest.mark.parametrize(
    "scheme", [b"urn:scte:scte35:2013:bin\0\0", b"urn:c2pa:verifiable-segments\0"]
)
def test_other_events_of_a_segment_are_not_taken_for_live_video(
    scheme: bytes, tmp_path: Path
) -> None:
    assert said(judged(tmp_path, emsg(0, scheme) + MEDIA[0])) == []


def test_the_place_of_a_segment_in_its_stream_is_told(tmp_path: Path) -> None:
    signed = signed_file(films.gradient_mp4(), manifest(created(CAPTURE)))
    assert judged(tmp_path, signed).axes.integrity is Integrity.INTACT
    report = judged(
        tmp_path, signed_file(films.gradient_mp4(), manifest(created(CAPTURE), SEGMENT))
    )
    assert report.axes.integrity is Integrity.UNCHECKED
    assert report.verdict is not None
    assert report.verdict.origin is Origin.UNKNOWN
    assert said(report)


def test_segments_that_no_hash_covers_are_not_intact(tmp_path: Path) -> None:
    """Not even without any sign of live video: a hash of the first segment says nothing of them."""
    signed = signed_file(INIT, manifest(created(CAPTURE)))
    assert judged(tmp_path, signed).axes.integrity is Integrity.INTACT
    report = judged(tmp_path, signed, *MEDIA)
    assert report.axes.integrity is Integrity.UNCHECKED
    report = judged(tmp_path, signed, *(emsg() + one for one in MEDIA))
    assert report.axes.integrity is Integrity.UNCHECKED
    assert said(report) == ["segments that have a signature of their own, not checked: 3 of 3"]


def test_segments_that_a_hash_covers_are_judged_by_it(tmp_path: Path) -> None:
    init, *media = sign_fragments((INIT, *MEDIA), manifest(created(CAPTURE)))
    report = judged(tmp_path, init, *media)
    assert report.axes.integrity is Integrity.INTACT
    assert said(report) == []


@pytest.mark.parametrize("with_store", [True, False])
def test_credentials_of_segments_are_unread(with_store: bool, tmp_path: Path) -> None:
    init = signed_file(INIT, manifest(created(CAPTURE))) if with_store else INIT
    own = signed_file(films.gradient_mp4(), manifest(created(AI), SEGMENT, who=Who.MAIN))
    report = judged(tmp_path, init, MEDIA[0], own)
    assert said(report) == ["segments that have a credential of their own, not read: 1 of 2"]
    assert Flag.UNREADABLE in report.flagged


def test_a_presentation_of_live_segments_is_told(tmp_path: Path) -> None:
    (tmp_path / "init.mp4").write_bytes(signed_file(INIT, manifest(created(CAPTURE))))
    (tmp_path / "1.m4s").write_bytes(emsg() + MEDIA[0])
    text = '#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-MAP:URI="init.mp4"\n#EXTINF:1,\n1.m4s\n'
    (tmp_path / "live.m3u8").write_text(text)
    report = verifier().verify(tmp_path / "live.m3u8")
    assert report.axes.integrity is Integrity.UNCHECKED
    assert said(report)
