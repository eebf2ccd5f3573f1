"""What is in an archive and its directory does not account for; and what honest archives hold."""

from __future__ import annotations

import io
import struct
import zipfile
from typing import TYPE_CHECKING

from support.each import each
from unit.media.container import build
from unit.media.container.build_zip import DEFLATED, DESCRIBED, WIDE, Part, wide, write
from unit.media.container.checks import codes, scanned

from provenance.media.archive import member
from provenance.media.archive import zip_members as opener
from provenance.media.asset import Asset
from provenance.media.container import BlockKind, load_block, scan_container, zip_leftovers

if TYPE_CHECKING:
    import pytest

NAME = zip_leftovers.CREDENTIAL.decode()
STORE = build.store(600)
OTHER = build.store(700)
TEXT = Part("a.txt", b"A text without meaning." * 9)
LAST = Part("b.txt", b"Another text." * 9)
CREDENTIAL = Part(NAME, STORE)
PICTURE = build.jpeg(*build.app11(OTHER))


def stores(data: bytes) -> list[bytes]:
    """The manifest stores at the format's own place."""
    with Asset.from_bytes(data) as asset:
        return [
            load_block(asset, b, 1 << 20)
            for b in scan_container(asset).blocks_of(BlockKind.MANIFEST_STORE)
        ]


def remains(data: bytes) -> list[bytes]:
    """The stores anywhere else."""
    with Asset.from_bytes(data) as asset:
        found = scan_container(asset)
        told = "credential.unread_remains" in [f.code for f in found.findings]
        assert told is bool(found.remains)
        return [load_block(asset, block, 1 << 20) for block in found.remains]


HIDDEN = {
    "not listed": write(TEXT, Part(NAME, STORE, listed=""), LAST),
    "not listed, at the start": write(Part(NAME, STORE, listed=""), TEXT),
    "not listed, at the end": write(TEXT, LAST, Part(NAME, STORE, listed="")),
    "not listed, compressed": write(TEXT, Part(NAME, STORE, DEFLATED, listed=""), LAST),
    "not listed, compressed, its size after it": write(
        TEXT, Part(NAME, STORE, DEFLATED, DESCRIBED, listed="", local_size=0), LAST
    ),
    "not listed, of any name": write(TEXT, Part("thumbs.db", STORE, listed=""), LAST),
    "not listed, of any name, compressed": write(TEXT, Part("x", STORE, DEFLATED, listed=""), LAST),
    "listed under another name": write(TEXT, Part(NAME, STORE, listed="b.bin"), LAST),
    "listed under another name, compressed": write(
        TEXT, Part(NAME, STORE, DEFLATED, listed="b.bin"), LAST
    ),
    "in the directory alone its name is so": write(TEXT, Part("c", STORE, listed=NAME[:-1] + "A")),
    "nearly its name": write(TEXT, Part("METAXINF/content_credential.c2pa", STORE), LAST),
    "in the folder": write(TEXT, Part("META-INF/notes.txt", STORE), LAST),
    "in the folder, compressed": write(TEXT, Part("meta-inf\\x", STORE, DEFLATED), LAST),
    "no folder": write(TEXT, Part("content_credential.c2pa", STORE), LAST),
    "without headers": write(Part("a.txt", b"text", after=STORE), LAST),
    "before the directory": write(TEXT, LAST, before=STORE),
    "in the comment": write(TEXT, comment=STORE),
    "after the end": write(TEXT, after=STORE),
    "in front": write(TEXT, front=b"MZ" + STORE, shifted=True),
    "in front, not shifted": write(TEXT, front=b"\x7fELF" + bytes(60) + STORE),
    "in an extra field": write(Part("a.txt", b"text", extra=struct.pack("<HH", 9, 680) + STORE)),
    "an entry that takes it in, as the directory says": write(
        Part("a.txt", b"text", listed_size=2_000), Part(NAME, STORE, listed="")
    ),
    "an entry that takes it in, and whose size follows": write(
        Part("a.txt", b"text", 0, DESCRIBED, local_size=0, listed_size=2_000),
        Part(NAME, STORE, listed=""),
        LAST,
    ),
    "an entry that leads elsewhere": write(TEXT, Part(NAME, STORE, listed="x", offset=3), LAST),
    "a directory that ends before it": write(TEXT, CREDENTIAL, size=51),
    "a directory of nothing behind it": write(TEXT, CREDENTIAL) + write(),
    "a directory that ends within a record": write(TEXT, CREDENTIAL, size=60),
    "an end record that leads to another directory": write(
        Part("one", write(TEXT), listed=""),
        CREDENTIAL,
        size=51,
        start=33 + write(TEXT).index(b"PK\1\2"),
    ),
    "an end record that leads nowhere": write(TEXT, CREDENTIAL, start=40),
    "an end record that leads beyond the end": write(TEXT, CREDENTIAL, start=WIDE - 9),
    "no end record": write(TEXT, CREDENTIAL)[:-22],
    "no end record, compressed": write(TEXT, Part(NAME, STORE, DEFLATED))[:-22],
    "no end record, nearly its name": write(Part(NAME.upper() + "x", STORE), TEXT)[:-22],
    "no end record, of no usual name": write(Part("thumbs.db", STORE), TEXT)[:-22],
    "ZIP64 that leads elsewhere": wide(write(TEXT, CREDENTIAL), start=10),
    "no record of ZIP64": wide(write(TEXT, CREDENTIAL), place=10).replace(b"PK\6\6", b"PK\6\0"),
    "bytes put in behind the first entry": write(TEXT, CREDENTIAL).replace(
        b"PK\1\2", b"!PK\1\2", 1
    ),
}


@each("name", HIDDEN)
def test_a_store_that_no_entry_is_is_found(name: str) -> None:
    data = HIDDEN[name]
    assert [*stores(data), *remains(data)] == [STORE]
    assert remains(data) == [STORE] or name == "bytes put in behind the first entry"


def test_a_store_beside_the_credential_is_found_too() -> None:
    for hidden in (Part("x", OTHER, listed=""), Part(NAME, OTHER, listed="")):
        data = write(TEXT, CREDENTIAL, hidden)
        assert stores(data) == [STORE]
        assert remains(data) == [OTHER]


def test_a_local_header_other_than_the_listed_one_is_found_too() -> None:
    """Readers that follow local headers take the first, others the second."""
    data = write(Part(NAME, OTHER, listed=""), CREDENTIAL)
    assert stores(data) == [STORE]
    assert remains(data) == [OTHER]


def test_the_credential_is_met_once_whatever_its_local_header_calls_it() -> None:
    for called in ("x", "META-INF/x", NAME + "x"):
        data = write(TEXT, Part(called, STORE, listed=NAME), LAST)
        assert (stores(data), remains(data)) == ([STORE], [])


def _python(**options: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", **options) as made:
        made.writestr("package/__init__.py", "VALUE = 1\n" * 90)
        made.writestr("package/data/photo.jpg", PICTURE)
        made.writestr("package/data/photo.c2pa", OTHER)
        made.writestr("package-1.dist-info/METADATA", "Name: package\n" * 90)
    return out.getvalue()


class _Unseekable(io.BytesIO):
    """As a socket: sizes follow the data."""

    def seekable(self) -> bool:
        return False

    def tell(self) -> int:
        raise OSError


def _streamed() -> bytes:
    out = _Unseekable()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr("photo.jpg", PICTURE)
        made.writestr("photo.c2pa", OTHER)
        made.writestr(zipfile.ZipInfo("folder/"), b"")
    return out.getvalue()


_SIGNED = write(TEXT, CREDENTIAL)
_ALIGNED = Part("lib/x.so", bytes(500), extra=struct.pack("<HH", 0xD935, 4_000) + bytes(4_000))
_BLOCK = struct.pack("<Q", 4_088) + bytes(4_064) + struct.pack("<Q", 4_088) + b"APK Sig Block 42"
HONEST = {
    "a wheel": _python(),
    "a wheel, compressed": _python(compression=zipfile.ZIP_DEFLATED),
    "written to a socket": _streamed(),
    "aligned": write(TEXT, _ALIGNED, Part("res/photo.jpg", PICTURE)),
    "signed as an APK": write(Part("classes.dex", bytes(800)), _ALIGNED, before=_BLOCK),
    "with a comment": write(TEXT, comment=b"About this archive. " * 99),
    "an archive in it": write(TEXT, Part("inner.zip", _SIGNED), LAST),
    "an archive in it, twice": write(Part("outer.zip", write(Part("inner.zip", _SIGNED)))),
    "a document unpacked in it": write(TEXT, Part("book/" + NAME, STORE), LAST),
    "a sidecar in it": write(Part("photo.jpg", PICTURE), Part("photo.c2pa", OTHER)),
    "sidecars in a folder": write(Part("content_credentials/photo.c2pa", OTHER), TEXT),
    "a signed jar": write(
        Part("META-INF/MANIFEST.MF", b"Manifest-Version: 1.0\n" * 30),
        Part("META-INF/KEY.RSA", bytes(900), DEFLATED),
        Part("META-INF/logo.jpg", PICTURE),
    ),
    "behind a program": write(TEXT, front=b"MZ" + bytes(5_000), shifted=True),
    "behind a program, not shifted": write(TEXT, LAST, front=b"MZ" + bytes(5_000)),
    "behind a program with a signed picture": write(TEXT, front=b"MZ" + bytes(90) + PICTURE),
    "behind a script": write(TEXT, front=b"#!/usr/bin/env python3\n"),
    "behind a long script": write(TEXT, front=b"#!/bin/sh\n" + b"echo nothing\n" * 999),
    "with an entry that is not listed": write(TEXT, Part("photo.jpg", PICTURE, listed=""), LAST),
    "ZIP64": wide(write(TEXT, LAST)),
    "empty": write(),
    "cut, with a sidecar": write(Part("photo.jpg", PICTURE), Part("photo.c2pa", OTHER), TEXT)[:-40],
    "cut, compressed": write(Part("photo.c2pa", OTHER, DEFLATED), TEXT)[:-40],
}


@each("name", HONEST)
def test_honest_archives_hide_nothing(name: str) -> None:
    data = HONEST[name]
    found = scanned(data)
    assert found.family == "zip"
    assert found.media_type == "application/zip"
    assert (stores(data), remains(data)) == ([], [])
    noted = {"container.leading_bytes"} if data[:2] != b"PK" else set()
    noted |= {"container.truncated"} if name.startswith("cut") else set()
    assert set(codes(data)) == noted


@each("shifted", [True, False])
@each("front", [b"MZ" + bytes(3_000), b"#!/bin/sh\n" + b"exit\n" * 3_000])
@each("form", [bytes, wide], ids=["plain", "ZIP64"])
def test_an_archive_behind_something_is_read(front: bytes, shifted: bool, form: object) -> None:
    data = front + form(write(TEXT, CREDENTIAL, LAST))
    if shifted:
        data = write(TEXT, CREDENTIAL, LAST, front=front, shifted=True)
    assert stores(data) == [STORE]
    assert codes(data) == ["container.leading_bytes"]
    (note,) = scanned(data).findings
    assert note.message == f"{len(front)} bytes in front of the archive"
    with Asset.from_bytes(data) as asset:
        listed = [
            span for span in scan_container(asset).extent if asset.read(span.offset, 4) == b"PK\1\2"
        ]
    assert len(listed) == 1
    assert listed[0].length == 46 + len(NAME)


def test_a_file_that_only_ends_as_an_archive_does_is_none() -> None:
    end = b"PK\5\6" + bytes(18)
    for data in (
        b"MZ" + bytes(99) + end,
        b"MZ" + bytes(99) + write(TEXT, front=b"x")[-22:],
        b"MZ" + bytes(99) + write(TEXT).replace(b"PK\3\4", b"PK\3\0"),
        b"MZ" + write(TEXT) + b"more",
        b"some text, and " + end,
    ):
        assert scanned(data).family != "zip"


@each(
    ("name", "near"),
    [
        ("META-INF/content_credential.c2pa", True),
        ("./META-INF/any", True),
        ("meta-inf\\any", True),
        ("MET\x07\0\0\0F/content_credential.c2pa", True),
        ("META-INF/conte\0\0\0\0\0\0\0\0nt_credential.c2pa", True),
        ("METAXINF/content_cre dential.c2pa", True),
        ("content_credential.c2pa", True),
        ("book/META-INF/content_credential.c2pa", False),
        ("content_credentials/photo.c2pa", False),
        ("content.xml", False),
        ("META-INF", False),
        ("", False),
        ("content_credential" * 9, False),
    ],
)
def test_a_name_that_is_nearly_the_credentials_is_near(name: str, near: bool) -> None:
    assert zip_leftovers.is_near(name.encode()) is near


def test_each_change_of_two_letters_of_the_name_is_near() -> None:
    name = zip_leftovers.CREDENTIAL
    for first in range(len(name)):
        for second in range(first, len(name)):
            changed = bytearray(name)
            changed[first] = changed[second] = 0x7E
            assert zip_leftovers.is_near(bytes(changed)), changed


def test_entries_of_zip_beyond_the_bound_are_searched_for_stores(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("provenance.media.container.zip_directory.MAX_ZIP_ENTRIES", 2)
    data = write(TEXT, LAST, TEXT, Part(NAME, STORE, listed="x"))
    assert remains(data) == [STORE]


def test_local_headers_of_zip_beyond_the_bound_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("provenance.media.container.zip_leftovers.MAX_REST_MARKS", 3)
    assert codes(write(TEXT, before=b"PK\3\4" * 99)) == ["container.limit"]


def test_a_store_in_zip_that_cannot_be_unpacked_is_said() -> None:
    data = write(TEXT, Part(NAME + "x", STORE, 95), LAST)
    assert "credential.unread_remains" in codes(write(TEXT, Part("x/" + NAME[9:], STORE[:9], 95)))
    assert "credential.unread_remains" in codes(data)


def test_members_of_an_archive_after_a_program_are_read() -> None:
    data = write(Part("photo.jpg", PICTURE), front=b"MZ" + bytes(999))
    with Asset.from_bytes(data) as asset:
        found = scan_container(asset)
        members = opener.members(asset, found, member.Spending(member.ArchiveLimits(), len(data)))
        assert "photo.jpg" in [m.name for m in members if isinstance(m, member.Member)]
