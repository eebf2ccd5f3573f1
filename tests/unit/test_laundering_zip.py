"""Archives with a credential: every kind of document in ZIP, each part of it changed in turn."""

from __future__ import annotations

import io
import struct
import zipfile
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

from support.each import each
from support.fixture import AI, CAPTURE, label
from support.pki import PKI, Who, credential
from support.writer import Manifest

from provenance import Origin, TrustStore, Verifier
from provenance.base.terms import Integrity
from provenance.kit import archive
from provenance.kit.binding import BindingKind
from provenance.kit.claims import created
from provenance.kit.writer import signed_file

if TYPE_CHECKING:
    from collections.abc import Callable

    from provenance.verdict.report import Report

MADE = Manifest(label(990), (created(AI),), signer=credential(), binding=BindingKind.COLLECTION)
OTHER = Manifest(
    label(991), (created(CAPTURE),), signer=credential(Who.CAMERA), binding=BindingKind.COLLECTION
)
_OFFICE = "application/vnd.openxmlformats-officedocument."


def _office(kind: str) -> list[tuple[str, bytes]]:
    types = (
        '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/'
        f'content-types"><Override PartName="/main.xml" ContentType="{_OFFICE}{kind}.main+xml"/>'
        "</Types>"
    )
    return [("[Content_Types].xml", types.encode()), ("main.xml", b"<text>Text.</text>")]


def _open(kind: str) -> list[tuple[str, bytes]]:
    media_type = f"application/vnd.oasis.opendocument.{kind}"
    return [("mimetype", media_type.encode()), ("content.xml", b"<text>Text.</text>")]


DOCUMENTS = {
    "docx": (_office("wordprocessingml.document"), _OFFICE + "wordprocessingml.document"),
    "pptx": (_office("presentationml.presentation"), _OFFICE + "presentationml.presentation"),
    "xlsx": (_office("spreadsheetml.sheet"), _OFFICE + "spreadsheetml.sheet"),
    "odt": (_open("text"), "application/vnd.oasis.opendocument.text"),
    "odp": (_open("presentation"), "application/vnd.oasis.opendocument.presentation"),
    "epub": (archive.files(archive.epub()), "application/epub+zip"),
    "zip": ([("a.txt", b"Text."), ("b/c.txt", b"More.")], "application/zip"),
}


@cache
def signed(name: str) -> bytes:
    return signed_file(archive.zip_bytes(DOCUMENTS[name][0]), MADE)


def judge(data: bytes) -> Report:
    trust = TrustStore.load(bundled=False, anchors=[PKI / "anchors.pem"])
    report = Verifier(trust=trust, at=datetime(2026, 6, 1, tzinfo=UTC)).verify_bytes(data)
    assert report.verdict is not None, report.error
    return report


def files_of(data: bytes) -> list[tuple[str, bytes]]:
    return archive.files(data)


def _changed(data: bytes) -> bytes:
    files = files_of(data)
    name, content = files[-2]
    return archive.zip_bytes([*files[:-2], (name, content[:-1] + b"!"), files[-1]])


def _added(data: bytes) -> bytes:
    files = files_of(data)
    return archive.zip_bytes([*files[:-1], ("new.txt", b"new"), files[-1]])


def _removed(data: bytes) -> bytes:
    files = files_of(data)
    return archive.zip_bytes([*files[:-2], files[-1]])


def _renamed(data: bytes) -> bytes:
    files = files_of(data)
    return archive.zip_bytes([*files[:-2], (files[-2][0] + "x", files[-2][1]), files[-1]])


def _grafted(data: bytes) -> bytes:
    other = signed_file(archive.zip_bytes([("z.txt", b"another")]), OTHER)
    return archive.zip_bytes([*files_of(data)[:-1], files_of(other)[-1]])


def _directory(data: bytes) -> bytes:
    at = data.rindex(b"PK\1\2") + 8  # a flag in the last header of the directory
    return data[:at] + bytes([data[at] ^ 2]) + data[at + 1 :]


_NAME = archive.CREDENTIAL.encode()


def _struck(data: bytes) -> bytes:
    """Without the credential's record in the directory; the credential is still there."""
    start = data.rindex(b"PK\1\2", 0, data.rindex(_NAME))
    end = data.rindex(b"PK\5\6")
    head = struct.unpack_from("<HHII", data, end + 8)
    rest = data[start + 46 + len(_NAME) : end]
    numbers = (head[0] - 1, head[1] - 1, head[2] - 46 - len(_NAME), head[3])
    return data[:start] + rest + data[end : end + 8] + struct.pack("<HHIIH", *numbers, 0)


def _relisted(data: bytes) -> bytes:
    at = data.rindex(_NAME)
    return data[:at] + b"thumbnail/picture.pngXXXXXXXXXXX"[: len(_NAME)] + data[at + len(_NAME) :]


def _misspelt(data: bytes) -> bytes:
    return data.replace(b"META-INF/content_c", b"META-INE/content_c")


def _packed(data: bytes) -> bytes:
    """Compressed, and not listed."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as out:
        for name, content in files_of(data):
            out.writestr(name, content)
    return _struck(made.getvalue())


def _superseded(data: bytes) -> bytes:
    """Another archive behind it: readers that look from the end see that alone."""
    return data + archive.zip_bytes([("a.txt", b"Text.")])


def _emptied(data: bytes) -> bytes:
    return data + b"PK\5\6" + bytes(18)


def _behind(data: bytes) -> bytes:
    return b"MZ" + bytes(3_000) + data


HIDING = (_struck, _relisted, _misspelt, _packed, _superseded, _emptied, _behind)


@each("change", HIDING, ids=lambda change: change.__name__[1:])
@each("name", DOCUMENTS)
def test_a_credential_that_is_not_listed_is_still_said(name, change) -> None:
    report = judge(change(signed(name)))
    assert report.verdict is not None
    assert report.verdict.origin is Origin.AI_GENERATED
    assert report.axes.integrity is not Integrity.INTACT
    assert report.flagged


@each("name", DOCUMENTS)
def test_a_signed_document_in_an_archive_is_the_documents(name) -> None:
    """Stored as it is, so that the credential's bytes are in the archive."""
    for data in (
        archive.zip_bytes([("read.me", b"Text."), (f"signed.{name}", signed(name))]),
        b"MZ" + bytes(3_000) + archive.zip_bytes([(f"signed.{name}", signed(name))]),
    ):
        report = judge(data)
        assert report.verdict is not None
        assert report.verdict.flags == ()
        assert "container.not_opened" in {finding.code for finding in report.findings}


CHANGES = (_changed, _added, _removed, _renamed, _grafted, _directory)


@each("name", DOCUMENTS)
def test_a_signed_archive_as_it_was_signed_is_intact(name: str) -> None:
    report = judge(signed(name))
    assert report.asset.media_type == DOCUMENTS[name][1]
    assert report.axes.integrity is Integrity.INTACT
    assert report.verdict is not None
    assert report.verdict.origin is Origin.AI_GENERATED


@each("change", CHANGES, ids=lambda change: change.__name__[1:])
@each("name", DOCUMENTS)
def test_any_change_of_a_signed_archive_is_seen(
    name: str, change: Callable[[bytes], bytes]
) -> None:
    report = judge(change(signed(name)))
    assert report.axes.integrity is Integrity.BROKEN
    assert report.flagged
    assert report.verdict is not None
    assert report.verdict.origin is not Origin.CAPTURED
