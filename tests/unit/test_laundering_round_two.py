"""A second round of attack, from the text of the standard: each kind beside an honest neighbour."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import struct
import zipfile
import zlib
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

import pytest
from support.each import each
from support.fixture import AI, CAPTURE, IPTC, label
from support.fixture import HUMAN_EDITS as EDITS
from support.pki import FIXTURES, PKI, Who, credential
from support.writer import Manifest

from provenance import Flag, Origin, TrustStore, Verifier
from provenance.base.terms import Assurance, Integrity
from provenance.credentials import sdk
from provenance.credentials.validation import bmff_hash, box_hash, merkle, outcome
from provenance.credentials.validation.bmff_boxes import C2PA
from provenance.credentials.validation.left_out import FileLayout
from provenance.kit import bmff_carrier, brotli, carriers, films, media
from provenance.kit.binding import BindingKind, NewHardBinding, data_hash
from provenance.kit.claims import NewAssertion, actions, created
from provenance.kit.writer import build_store, signed_file
from provenance.media import container
from provenance.media.asset import Asset
from provenance.media.container import bounds, pdf

if TYPE_CHECKING:
    from provenance.verdict.assess import Verdict
    from provenance.verdict.report import Report

MADE = Manifest(label(951), (created(AI),), signer=credential())
SHOT = Manifest(label(952), (created(CAPTURE),), signer=credential(Who.CAMERA))
STORE = build_store(MADE, NewHardBinding("c2pa.hash.data", data_hash(bytes(32), ())))
TEXT = base64.b64encode(STORE)
UUID = b"uuid" + C2PA[:4]


@cache
def verifier() -> Verifier:
    trust = TrustStore.load(bundled=False, anchors=[PKI / "anchors.pem"])
    return Verifier(trust=trust, at=datetime(2026, 6, 1, tzinfo=UTC))


def judge(data: bytes) -> tuple[Report, Verdict]:
    report = verifier().verify_bytes(data)
    assert report.verdict is not None, report.error
    return report, report.verdict


def changed(data: bytes, old: bytes, new: bytes) -> bytes:
    """One word of a container changed; its check sums count for nothing here."""
    assert old in data
    return data.replace(old, new, 1)


def comment(gif: bytes) -> bytes:
    """The application extension of a GIF as a comment."""
    return changed(gif, b"\x21\xff\x0bC2PA_GIF\1\0\0", b"\x21\xfe")


def at(data: bytes, place: int, new: bytes) -> bytes:
    return data[:place] + new + data[place + len(new) :]


def svg(opened: bytes, closed: bytes = b"</c2pa:manifest>") -> bytes:
    root = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg">'
    return root + b"<metadata>" + opened + TEXT + closed + b"</metadata></svg>"


def html(opened: bytes, before: bytes = b"", closed: bytes = b"</script>") -> bytes:
    return b"<!DOCTYPE html><html><head>" + before + opened + TEXT + closed + b"</head></html>"


def archive(name: str, method: int = zipfile.ZIP_STORED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as made:
        made.writestr("mimetype", "application/epub+zip", zipfile.ZIP_STORED)
        made.writestr(name, STORE)
    return out.getvalue()


JPEG = signed_file(media.gradient_jpeg(), MADE)
APP11 = JPEG.index(b"\xff\xeb")
JXL = b"\0\0\0\x0cJXL \r\n\x87\n" + films.box(b"ftyp", b"jxl \0\0\0\0jxl ")
CODESTREAM = films.box(b"jxlc", b"\xff\x0a" + bytes(10))
HIDDEN = {
    "jpeg-app10": at(JPEG, APP11 + 1, b"\xea"),
    "jpeg-app1": at(JPEG, APP11 + 1, b"\xe1"),
    "jpeg-com": at(JPEG, APP11 + 1, b"\xfe"),
    "png-kind": changed(signed_file(media.gradient_png(), MADE), b"caBX", b"caBY"),
    "png-text": changed(signed_file(media.gradient_png(), MADE), b"caBX", b"tEXt"),
    "webp": changed(signed_file(media.plain_webp(), MADE), b"C2PA", b"c2pa"),
    "wav": changed(signed_file(media.tone_wav(), MADE), b"C2PA", b"JUNK"),
    "gif": changed(signed_file(media.gradient_gif(), MADE), b"C2PA_GIF", b"C2PA_GIX"),
    "gif-comment": comment(signed_file(media.gradient_gif(), MADE)),
    "tiff": changed(signed_file(media.gradient_tiff(), MADE), b"\x41\xcd", b"\x42\xcd"),
    "mp4-uuid": changed(signed_file(films.gradient_mp4(), MADE), UUID, b"uuid\xd9" + C2PA[1:4]),
    "mp4-free": changed(signed_file(films.gradient_mp4(), MADE), UUID, b"free" + C2PA[:4]),
    "mp4-mdat": changed(signed_file(films.gradient_mp4(), MADE), UUID, b"mdat" + C2PA[:4]),
    "id3-type": changed(
        signed_file(films.silent_mp3(), MADE), b"application/c2pa", b"application/c2pb"
    ),
    "id3-frame": changed(signed_file(films.silent_mp3(), MADE), b"GEOB", b"PRIV"),
    "svg-name": svg(b"<c2pa:Manifest>", b"</c2pa:Manifest>"),
    "svg-attribute": svg(b'<c2pa:manifest id="' + b"x" * 1_100 + b'">'),
    "svg-prefix": svg("<é:manifest>".encode(), "</é:manifest>".encode()),
    "html-reference": html(b'<script type="application&#47;c2pa">'),
    "html-long": html(b'<script id="' + b"x" * 5_000 + b'" type="application/c2pa">'),
    "html-greater": html(b'<script id="a>b" type="application/c2pa">'),
    "html-comment": html(b'<script type="application/c2pa">', b"<!-->"),
    "html-bang": html(b'<script type="application/c2pa">', b"<!-- x --!>"),
    "zip-letters": archive("META-INF/CONTENT_CREDENTIAL.C2PA"),
    "zip-dot": archive("./META-INF/content_credential.c2pa"),
    "zip-name": archive("META-INF/xontent_credential.c2pa"),
}


@each("data", HIDDEN.values(), ids=HIDDEN)
def test_a_credential_under_another_name_is_still_heard(data: bytes) -> None:
    _, verdict = judge(data)
    assert verdict.origin is Origin.AI_GENERATED
    assert Flag.AI in verdict.flags


UNREAD = {
    "jpeg-jumb": changed(JPEG, b"jumb", b"jumc"),
    "jpeg-jumd": changed(JPEG, b"jumdc2pa", b"jumec2pa"),
    "png-both": changed(
        changed(signed_file(media.gradient_png(), MADE), b"caBX", b"caBY"), b"jumb", b"j"
    ),
    "jxl-brob": JXL + films.box(b"brob", b"jumb" + brotli.stored(STORE[8:])) + CODESTREAM,
    "zip-bzip2": archive("META-INF/content_credential.c2pa", zipfile.ZIP_BZIP2),
    "svgz": gzip.compress(svg(b"<c2pa:manifest>"), mtime=0),
    "svg-utf16": svg(b"<c2pa:manifest>").decode().encode("utf-16"),
}


@each("data", UNREAD.values(), ids=UNREAD)
def test_a_store_that_cannot_be_read_is_said_to_be_there(data: bytes) -> None:
    _, verdict = judge(data)
    assert Flag.UNREADABLE in verdict.flags


def data_uri(of: bytes) -> bytes:
    picture = base64.b64encode(of)
    image = b'<image href="data:image/jpeg;base64,' + picture + b'"/>'
    return b'<svg xmlns="http://www.w3.org/2000/svg"><!-- c2pa:manifest -->' + image + b"</svg>"


def cover(picture: bytes) -> bytes:
    frame = b"\0image/jpeg\0\3\0" + picture
    tag = b"APIC" + carriers.synchsafe(len(frame)) + b"\0\0" + frame
    return b"ID3\x04\0\0" + carriers.synchsafe(len(tag)) + tag + films.silent_mp3()


NEIGHBOURS = {
    "quoted-page": html(b"<pre>c2pa ", closed=b"</pre>"),
    "commented-page": html(b'<!-- <script type="application/c2pa">', closed=b"</script> -->"),
    "svg-comment": svg(b"<!-- <c2pa:manifest>", b"</c2pa:manifest> -->"),
    "svg-picture": data_uri(JPEG),
    "svg-picture-1": data_uri(b"\xff\xd8" + JPEG[APP11:]),
    "cover": cover(JPEG),
    "cover-at-once": cover(b"\xff\xd8" + JPEG[APP11:]),
    "unpacked": archive("book/META-INF/content_credential.c2pa"),
    "jxl-other": JXL
    + films.box(b"brob", b"jumb" + brotli.stored(films.box(b"jumd", bytes(17))))
    + CODESTREAM,
    "png-chunk": media.gradient_png()[:33]
    + media.png_chunk(b"vpAg", b"jumdc2pa")
    + media.gradient_png()[33:],
    "mp4-free": films.gradient_mp4() + films.box(b"free", b"jumb jumd c2pa"),
}


@each("data", NEIGHBOURS.values(), ids=NEIGHBOURS)
def test_what_belongs_to_another_file_or_is_quoted_sets_no_flag(data: bytes) -> None:
    _, verdict = judge(data)
    assert not verdict.flags


PACKET = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about="" xmlns:I="http://iptc.org/std/Iptc4xmpExt/2008-02-29/">'
    "<I:DigitalSourceType>{}</I:DigitalSourceType></rdf:Description></rdf:RDF></x:xmpmeta>"
)
PLAIN = PACKET.format(AI).encode()


def jpeg_with(packet: bytes) -> bytes:
    body = b"http://ns.adobe.com/xap/1.0/\0" + packet
    return media.gradient_jpeg()[:2] + media.jpeg_segment(0xE1, body) + media.gradient_jpeg()[2:]


def heif(entry: bytes, data: bytes) -> bytes:
    """An AVIF with one item, in `idat`."""
    where = struct.pack(">HHHHHII", 1, 7, 1, 0, 1, 0, len(data))
    made = films.full_box(
        b"meta",
        films.full_box(b"hdlr", bytes(4) + b"pict" + bytes(13)),
        films.full_box(b"iinf", struct.pack(">H", 1), entry),
        films.full_box(b"iloc", b"\x44\0", where, flags=1 << 24),
        films.box(b"idat", data),
    )
    return films.box(b"ftyp", b"avif", bytes(4), b"avifmif1") + made


def item(media_type: bytes, *, version: int = 2, name: bytes = b"", coding: bytes = b"") -> bytes:
    kind = b"mime" if version > 1 else b""
    names = b"\0".join((name, media_type, *((coding,) if coding else ()), b""))
    return films.box(b"infe", struct.pack(">B3xHH", version, 7, 0) + kind + names)


RDF = b"application/rdf+xml"
SAID = {
    "dtd": jpeg_with(b"<!DOCTYPE x>" + PLAIN),
    "entity": jpeg_with(f'<!DOCTYPE x [<!ENTITY q "{AI}">]>{PACKET.format("&q;")}'.encode()),
    "alias": jpeg_with(PACKET.format("digsrctype:trainedAlgorithmicMedia").encode()),
    "png-flag": media.gradient_png()[:33]
    + media.png_chunk(b"iTXt", b"XML:com.adobe.xmp\0\2\0\0\0" + PLAIN)
    + media.gradient_png()[33:],
    "webp-name": carriers._resized(media.plain_webp() + media.riff_chunk(b"XMP\0", PLAIN)),
    "item-version-1": heif(item(RDF, version=1), PLAIN),
    "item-deflate": heif(item(RDF, coding=b"deflate"), zlib.compress(PLAIN)),
    "item-gzip": heif(item(RDF, coding=b"gzip"), gzip.compress(PLAIN)),
    "item-xml": heif(item(b"application/xml"), PLAIN),
    "item-xml-gzip": heif(item(b"text/xml", coding=b"x-gzip"), gzip.compress(PLAIN)),
    "item-letters": heif(item(b"Application/RDF+XML"), PLAIN),
    "item-parameter": heif(item(RDF + b"; charset=utf-8"), PLAIN),
    "item-name": heif(item(RDF, name=b"n" * 2_000), PLAIN),
}


@each("data", SAID.values(), ids=SAID)
def test_xmp_in_an_odd_form_is_read(data: bytes) -> None:
    _, verdict = judge(data)
    assert verdict.origin is Origin.AI_GENERATED


def test_xml_of_another_kind_in_an_item_is_no_xmp() -> None:
    report, verdict = judge(heif(item(b"application/xml"), b"<depth xmlns='urn:x'>1</depth>"))
    assert verdict.origin is Origin.UNKNOWN
    assert not report.findings


def test_entities_are_not_expanded_within_each_other() -> None:
    laughs = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10 if n else "ha"}">' for n in range(9))
    report, verdict = judge(jpeg_with(f"<!DOCTYPE x [{laughs}]>{PACKET.format('&a8;')}".encode()))
    assert verdict.origin is Origin.UNKNOWN
    assert "metadata.malformed" in {finding.code for finding in report.findings}


class TestOgg:
    """A box hash of Ogg (18.7.3.7) names streams; readers look for the next page anywhere."""

    @staticmethod
    def page(serial: int, number: int, body: bytes, flags: int = 0) -> bytes:
        lacing = bytes([255] * (len(body) // 255) + [len(body) % 255])
        head = struct.pack("<4sBBqIII", b"OggS", 0, flags, 0, serial, number, 0)
        return head + bytes([len(lacing)]) + lacing + body

    def stream(self, serial: int) -> bytes:
        first = self.page(serial, 0, b"OpusHead\1\1\0\0\x80\xbb\0\0\0\0\0", 2)
        return first + self.page(serial, 1, b"OpusTags" + bytes(8)) + self.page(serial, 2, b"\xfc")

    def signed(self, *, empty_page: bool = False) -> bytes:
        own = self.stream(1)
        first = own.index(b"OggS", 1)
        hashed = {"names": ["Stream-1"], "hash": hashlib.sha256(own).digest(), "pad": b""}
        listed = [hashed, {"names": ["C2PA"], "hash": b"\0", "pad": b""}]
        store = build_store(
            SHOT, NewHardBinding("c2pa.hash.boxes", {"boxes": listed, "alg": "sha256"})
        )
        packet = b"\0c2pa" + store
        pages, rest = [], packet
        while rest or not pages:
            flags = (0 if pages else 2) | (1 if pages else 0)
            size = min(len(rest), 255 * 254)
            pages.append(self.page(99, len(pages), rest[:size], flags))
            rest = rest[size:]
        end = self.page(99, len(pages), b"", 4) if empty_page else b""
        return own[:first] + b"".join(pages) + end + own[first:]

    @pytest.mark.parametrize("empty_page", [False, True])
    def test_an_honest_file_is_a_capture(self, empty_page: bool) -> None:
        _, verdict = judge(self.signed(empty_page=empty_page))
        assert verdict.origin is Origin.CAPTURED

    @each("junk", [b"", b"X", b"OggX"])
    @each("serial", [7, 99, 1])
    def test_a_further_programme_is_an_alteration(self, junk: bytes, serial: int) -> None:
        report, verdict = judge(self.signed() + junk + self.stream(serial))
        assert verdict.origin is Origin.UNKNOWN
        assert report.axes.integrity is Integrity.BROKEN


class TestMediaThatIsHashedInPieces:
    """Where `mdat` is left out as a whole, no hash says where it is; tables say what is read."""

    EXCLUSIONS = (*bmff_carrier.EXCLUSIONS, {"xpath": "/mdat"})

    def checked(self, data: bytes) -> outcome.BindingResult:
        made = hashlib.sha256()
        pieces = b""
        for kind, start, end in bmff_carrier.boxes(data):
            if kind == b"mdat":
                pieces = data[start + 8 : end]
            elif kind == b"moov":
                made.update(struct.pack(">Q", start) + data[start:end])
        row = {
            "uniqueId": 1,
            "localId": 0,
            "count": 1,
            "hashes": [hashlib.sha256(pieces).digest()],
        }
        content = {
            "exclusions": list(self.EXCLUSIONS),
            "alg": "sha256",
            "hash": made.digest(),
            "merkle": [row],
        }
        with Asset.from_bytes(data) as asset:
            found = bmff_hash.bmff_hash_outcome(
                "x", "c2pa.hash.bmff.v3", content, asset, claim_algorithm="sha256"
            )
        return found.result

    def test_media_at_their_place_match(self) -> None:
        assert self.checked(films.gradient_mp4(frames=8)) is outcome.BindingResult.MATCH

    @pytest.mark.parametrize("kind", [b"free", b"skip"])
    def test_other_media_at_their_place_are_only_partly_covered(self, kind: bytes) -> None:
        film = films.gradient_mp4(frames=8)
        start, end = next((a, b) for k, a, b in bmff_carrier.boxes(film) if k == b"mdat")
        other = films.box(kind, b"\x41" * (end - start - 8))
        evil = film[:start] + other + film[start:]
        assert self.checked(evil) is outcome.BindingResult.PARTIAL


class TestCost:
    """What is counted, never timed: the bench holds the seconds."""

    def test_the_sdk_is_stopped_after_many_small_reads(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        signed = signed_file(media.gradient_jpeg(), SHOT)
        with Asset.from_bytes(signed) as asset:
            assert sdk.ask_sdk(asset.stream(), "image/jpeg").refusal is None
        monkeypatch.setattr(sdk, "MAX_SMALL_READS", 20)
        with Asset.from_bytes(signed + b"\xff\xfe\0\2" * 100) as asset:
            answer = sdk.ask_sdk(asset.stream(), "image/jpeg")
        assert answer.refusal is sdk.SdkRefusal.NOT_ASKED

    def test_what_is_over_our_bound_is_not_given_to_the_sdk(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("provenance.credentials.validation.box_hash.MAX_NAMES", 64)
        monkeypatch.setattr(sdk, "ask_sdk", lambda *_a, **_k: pytest.fail("the SDK was asked"))
        shot = Manifest(
            label(953), (created(CAPTURE),), signer=SHOT.signer, binding=BindingKind.BOXES
        )
        report, verdict = judge(signed_file(media.gradient_jpeg(), shot) + b"\xff\xfe\0\2" * 100)
        assert verdict.origin is Origin.UNKNOWN
        assert report.axes.integrity is Integrity.BROKEN

    def test_leaves_are_bounded_by_the_size_of_the_file(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(bmff_hash, "_FEW_LEAVES", 100)
        film = films.gradient_mp4(frames=8)
        row = {"uniqueId": 1, "localId": 0, "count": 1, "hashes": [bytes(32)], "fixedBlockSize": 1}
        boxes = bmff_hash.Boxes(Asset.from_bytes(film))
        own = bmff_hash._Hash({}, [], merkle.rows({"merkle": [row]}, "sha256"), "", True, "x")
        with pytest.raises(outcome.TooMuch):
            bmff_hash._blocks(own, boxes)

    def test_streams_of_a_pdf_that_do_not_end_are_not_given_to_the_sdk(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(bounds, "MAX_PDF_WHOLE", 1)
        monkeypatch.setattr(pdf, "MAX_PDF_WHOLE", 1)
        monkeypatch.setattr(pdf, "MAX_PDF_WINDOW", 1_024)
        opened = b"1 0 obj<</Length 5>>stream\n12345\n"
        honest = b"%PDF-1.7\n" + (opened + b"endstream\nendobj\n") * 2_000
        hostile = b"%PDF-1.7\n" + opened * 2_000
        assert "container.credential_not_located" in codes_of(honest)
        assert "container.credential_not_located" not in codes_of(hostile)
        assert "container.limit" in codes_of(hostile)
        assert "credential.unread_remains" in codes_of(hostile + STORE + opened * 2_000)

    def test_attributes_of_a_page_are_bounded(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("provenance.media.container.html.MAX_HTML_ATTRIBUTES", 100)
        page = html(
            b'<script type="application/c2pa">', b"<script " + b"a=b " * 100 + b"></script>"
        )
        assert "container.limit" in codes_of(page)
        _, verdict = judge(page)
        assert verdict.origin is Origin.AI_GENERATED


def codes_of(data: bytes) -> set[str]:
    with Asset.from_bytes(data) as asset:
        return {finding.code for finding in container.scan_container(asset).findings}


def test_zeros_after_the_last_page_are_padding() -> None:
    """What no box hash covers at the end of a file is nothing only where it is zeros."""
    content = {"boxes": [{"names": ["x"], "hash": b""}]}
    page = TestOgg.page(1, 0, b"a", 2)
    content = {
        "alg": "sha256",
        "boxes": [
            {"names": ["C2PA"], "hash": b""},
            {"names": ["Stream-1"], "hash": hashlib.sha256(page).digest()},
        ],
    }
    own = TestOgg.page(9, 0, b"\0c2pa", 2)
    for tail, result in (
        (bytes(9), outcome.BindingResult.MATCH),
        (b"X", outcome.BindingResult.MISMATCH),
    ):
        with Asset.from_bytes(own + page + tail) as asset:
            layout = FileLayout("ogg", ((0, len(own)),))
            found = box_hash.box_hash_outcome("x", content, asset, layout, claim_algorithm="")
        assert found.result is result


ODD = [
    AI.upper(),
    AI.replace("http", "https").replace("trained", "Trained") + "/#a",
    AI.encode(),
    [AI],
    [CAPTURE, AI],
    {"@id": AI},
    {"uri": AI.encode()},
]


class TestSourceTypesInAnotherForm:
    """In a signed claim, by the maker's fault or on purpose: AI counts, capture does not."""

    @each("value", ODD, ids=repr)
    def test_ai_in_another_form_is_said(self, value: object) -> None:
        made = Manifest(label(953), (actions(created_with(value)),), signer=credential())
        report, verdict = judge(signed_file((FIXTURES / "plain.jpg").read_bytes(), made))
        assert verdict.origin is Origin.AI_GENERATED
        assert verdict.assurance is Assurance.SIGNED
        assert report.axes.integrity is not Integrity.BROKEN

    @each("value", ODD, ids=repr)
    def test_ai_of_a_part_in_another_form_is_a_modification(self, value: object) -> None:
        edit = {"action": "c2pa.edited", "digitalSourceType": value}
        made = Manifest(label(954), (actions(created_with(CAPTURE), edit),), signer=credential())
        assert (
            judge(signed_file((FIXTURES / "plain.jpg").read_bytes(), made))[1].origin
            is Origin.AI_MODIFIED
        )

    def test_ai_in_another_form_is_heard_next_to_a_well_written_value(self) -> None:
        possible = {"action": "c2pa.edited", "digitalSourceType": IPTC + "composite"}
        odd = {"action": "c2pa.edited", "parameters": {"DigitalSourceType": [AI]}}
        told = actions(created_with(CAPTURE), possible, odd)
        made = Manifest(label(955), (told,), signer=credential())
        assert (
            judge(signed_file((FIXTURES / "plain.jpg").read_bytes(), made))[1].origin
            is Origin.AI_MODIFIED
        )

    def test_ai_in_another_form_is_heard_in_a_template(self) -> None:
        told = NewAssertion(
            "c2pa.actions.v2",
            {
                "actions": [{"action": "c2pa.created"}],
                "templates": [{"action": "c2pa.created", "digitalSourceType": [AI]}],
            },
        )
        made = Manifest(label(956), (told,), signer=credential())
        assert (
            judge(signed_file((FIXTURES / "plain.jpg").read_bytes(), made))[1].origin
            is Origin.AI_GENERATED
        )

    def test_ai_in_another_form_is_heard_in_signed_metadata(self) -> None:
        told = NewAssertion("org.example.metadata", {"Iptc4xmpExt:DigitalSourceType": AI.upper()})
        made = Manifest(label(957), (created(CAPTURE), told), signer=credential(Who.CAMERA))
        assert (
            judge(signed_file((FIXTURES / "plain.jpg").read_bytes(), made))[1].origin
            is Origin.AI_GENERATED
        )

    @pytest.mark.parametrize("value", [CAPTURE.upper(), CAPTURE.encode(), [CAPTURE]], ids=repr)
    def test_capture_in_another_form_is_not_heard(self, value: object) -> None:
        made = Manifest(label(958), (actions(created_with(value)),), signer=credential(Who.CAMERA))
        assert (
            judge(signed_file((FIXTURES / "plain.jpg").read_bytes(), made))[1].origin
            is Origin.UNKNOWN
        )

    def test_a_description_or_a_step_that_keeps_the_picture_says_nothing(self) -> None:
        kept = {"action": "c2pa.converted", "digitalSourceType": [AI]}
        told = {"action": "c2pa.edited", "description": f"no {AI}", "digitalSourceType": EDITS}
        made = Manifest(
            label(959), (actions(created_with(EDITS), kept, told),), signer=credential()
        )
        assert (
            judge(signed_file((FIXTURES / "plain.jpg").read_bytes(), made))[1].origin
            is Origin.UNKNOWN
        )


def created_with(value: object) -> dict[str, object]:
    return {"action": "c2pa.created", "digitalSourceType": value}


@pytest.mark.parametrize(
    ("old", "new"),
    [(b"c2cm\0", b"c2cx\0"), (b"\x03urn:c2pa:", b"\x03urn:c2pb:")],
    ids=["type", "label"],
)
def test_a_compressed_manifest_in_a_box_of_another_name_still_speaks(
    old: bytes, new: bytes
) -> None:
    made = Manifest(label(960), (created(AI),), signer=credential(), compressed=True)
    signed = signed_file(media.gradient_png(), made)
    assert judge(signed)[1].origin is Origin.AI_GENERATED
    report, verdict = judge(signed.replace(old, new, 1))
    assert verdict.origin is Origin.AI_GENERATED
    assert verdict.assurance is Assurance.BROKEN
    assert report.flagged
