"""No odd byte, bound or name may turn a credential that declares AI into none at all.

Each way stands beside an honest file that looks alike and is not flagged.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

from support.each import each
from support.fixture import AI, CAPTURE, label
from support.pki import PKI, Who, credential
from support.writer import Manifest
from unit.media.container import build

from provenance import Flag, Origin, TrustStore, Verifier
from provenance.base.terms import Assurance, CredentialStatus
from provenance.kit import carriers, media
from provenance.kit.claims import created
from provenance.kit.writer import signed_file

if TYPE_CHECKING:
    from provenance.verdict.report import Report

JPEG = media.gradient_jpeg()
GENERATED = Manifest(label(861), (created(AI),), signer=credential())
SHOT = Manifest(label(862), (created(CAPTURE),), signer=credential(Who.CAMERA))
SIGNED = signed_file(JPEG, GENERATED)
FOUND = carriers.JPEG.find(SIGNED)
assert FOUND is not None
STORE = carriers.JPEG.payload(SIGNED, FOUND)
OWN = carriers.app11(STORE)
AT = SIGNED.index(OWN)
COMMENTS = build.segment(0xFE, b"") * 8_200
SCAN = JPEG.index(b"\xff\xda")


@cache
def verifier() -> Verifier:
    trust = TrustStore.load(bundled=False, anchors=[PKI / "anchors.pem"])
    return Verifier(trust=trust, at=datetime(2026, 6, 1, tzinfo=UTC))


def judge(data: bytes) -> Report:
    report = verifier().verify_bytes(data)
    assert report.verdict is not None, report.error
    return report


def before(junk: bytes, own: bytes = OWN) -> bytes:
    return SIGNED[:AT] + junk + own + SIGNED[AT + len(OWN) :]


RESYNCHRONISED = {
    "one byte": before(b"x"),
    "zeros": before(b"\0\0"),
    "FF00": before(b"\xff\0"),
    "RST0": before(b"\xff\xd0"),
    "SOI again": before(b"\xff\xd8"),
    "a length of one": before(b"\xff\xe5\0\1"),
    "zeros in GIF": build.gif(bytes(7) + build.gif_c2pa(STORE)),
    "comments in SVG": build.svg(build.svg_store(STORE), front=b"<!--<c2pa:manifest>-->" * 17),
}
UNREAD = {
    "behind comments": before(COMMENTS),
    "as JQ": before(b"", OWN.replace(b"JP\0\1", b"JQ\0\1", 1)),
    "after the scan": JPEG[:-2] + OWN + JPEG[-2:],
    "after the end": JPEG + OWN,
    "behind chunks": build.png(build.chunk(b"tEXt", b"a\0") * 17_000 + build.chunk(b"caBX", STORE)),
    "after IEND": build.png(tail=build.chunk(b"caBX", STORE)),
    "after RIFF": build.riff(b"WAVE", tail=build.riff_chunk(b"C2PA", STORE)),
    "behind boxes": build.mp4(build.box(b"free", b"") * 21_000, build.c2pa_box(STORE)),
    "after a bogus box": build.ftyp() + b"\0\0\0\4free" + build.c2pa_box(STORE),
    "after a bogus box of JPEG XL": build.JXL + b"\0\0\0\4free" + STORE,
    "behind frames": build.mp3(
        build.frame(b"TXXX", b"\0") * 4_200 + build.frame(b"GEOB", build.geob(STORE))
    ),
    "after an odd frame": build.mp3(b"T\0XX" + bytes(6) + build.frame(b"GEOB", build.geob(STORE))),
    "after an unknown block": build.gif(b"\x77" + build.gif_c2pa(STORE)),
}
TRUNCATED = build.segment(0xE1, b"Exif\0\0" + build.tiff({271: (2, b"Maker\0")}) + SIGNED)
HONEST = {
    "truncated": JPEG[: SCAN + 30],
    "truncated in a preview that has a credential": JPEG[:20] + TRUNCATED[:-100],
    "HDR": JPEG[:20] + build.segment(0xEB, b"HDR_RI ver=11\0\0") + JPEG[20:],
    "JPEG XT": JPEG[:20] + carriers.app11(build.box(b"RSPC", bytes(50))) + JPEG[20:],
    "a second picture": JPEG + SIGNED,
    "a motion photo": JPEG + build.mp4(build.c2pa_box(STORE)),
    "comments": JPEG[:20] + COMMENTS + JPEG[20:],
    "a cover": build.mp3(build.frame(b"APIC", b"\0image/jpeg\0\3\0" + SIGNED)),
    "a PDF with a picture": build.pdf(filler=1).replace(
        b"\x20\nendstream", SIGNED + b"\nendstream"
    ),
    "boxes": build.mp4(build.box(b"free", b"") * 21_000),
    "a comment in SVG": build.svg(front=b"<!--" + build.svg_store(STORE) + b"-->"),
}


@each("data", RESYNCHRONISED.values(), ids=RESYNCHRONISED)
def test_a_credential_is_found_where_readers_go_on(data: bytes) -> None:
    report = judge(data)
    assert report.credentials.status is CredentialStatus.PRESENT
    assert report.verdict is not None
    assert report.verdict.origin is Origin.AI_GENERATED
    assert Flag.AI in report.flagged


@each("data", UNREAD.values(), ids=UNREAD)
def test_a_store_at_no_place_of_the_format_is_unreadable_and_speaks(data: bytes) -> None:
    report = judge(data)
    assert report.credentials.status is CredentialStatus.UNREADABLE
    assert report.verdict is not None
    assert report.verdict.origin is Origin.AI_GENERATED
    assert report.verdict.assurance is Assurance.BROKEN
    assert {Flag.AI, Flag.UNREADABLE} <= set(report.flagged)
    assert "credential.unread_remains" in {f.code for f in report.findings}


@each("data", HONEST.values(), ids=HONEST)
def test_an_honest_file_that_looks_alike_is_not_flagged(data: bytes) -> None:
    report = judge(data)
    assert report.credentials.status is CredentialStatus.ABSENT
    assert report.flagged == ()


def test_a_further_store_next_to_a_credential_is_loose_evidence() -> None:
    shot = signed_file(JPEG + bytes(1), SHOT)  # a hash covers what is after the end
    assert judge(shot).flagged == ()
    report = judge(shot[:-1] + OWN)
    assert report.credentials.status is CredentialStatus.PRESENT
    assert "credential.unread_remains" in {f.code for f in report.findings}
    (loose,) = (s for s in report.signals if s.loose)
    assert (loose.supports, loose.assurance) == (Origin.AI_GENERATED, Assurance.BROKEN)
