"""Taking the Conforming Products List from files, folders and archives, within bounds."""

from __future__ import annotations

import io
import json
import tarfile
import zipfile
from typing import TYPE_CHECKING

import pytest
from support.each import each
from unit.signing.test_conforming import RECORD

from provenance.base.errors import TrustMaterialError
from provenance.signing import trust_update as update

if TYPE_CHECKING:
    from pathlib import Path

LIST = json.dumps([RECORD]).encode()


def zipped(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def tarred(mode: str, link: bool = False, **members: bytes) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            if link:
                entry.type, entry.linkname, entry.size = tarfile.SYMTYPE, "/etc/passwd", 0
            archive.addfile(entry, io.BytesIO(content))
    return out.getvalue()


DEEP = f"main/conforming-products/{update.NAME}"
ESCAPING = f"../../{update.NAME}"


@each(
    "content",
    [
        LIST,
        b"\xef\xbb\xbf" + LIST,
        zipped(**{DEEP: LIST, "other.json": b"[]"}),
        zipped(**{ESCAPING: LIST}),
        tarred("w:gz", **{DEEP: LIST}),
        tarred("w", **{DEEP: LIST}),
        tarred("w:xz", **{ESCAPING: LIST}),
        tarred("w:gz", **{DEEP: LIST, update.NAME: LIST}),
    ],
    ids=["plain", "mark", "zip", "zip-escaping", "gz", "tar", "xz-escaping", "gz-two"],
)
def test_a_list_is_taken_from_each_form_of_file(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "given"
    file.write_bytes(content)
    assert update.from_path(file).endswith(LIST)
    assert sorted(tmp_path.iterdir()) == [file]


@each(
    "content",
    [
        b"",
        b"junk",
        zipped(**{"other.json": LIST}),
        zipped(**{update.NAME: LIST, DEEP: b"[]"}),
        zipped(**{update.NAME: LIST})[:-30],
        tarred("w:gz", **{"other.json": LIST}),
        tarred("w:gz", link=True, **{update.NAME: b""}),
        tarred("w:gz", **{DEEP: LIST})[:60],
    ],
    ids=["empty", "junk", "zip-other", "zip-two", "zip-cut", "gz-other", "gz-link", "gz-cut"],
)
def test_a_file_that_holds_no_list_is_refused(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "given"
    file.write_bytes(content)
    with pytest.raises(TrustMaterialError, match="given"):
        update.from_path(file)


def test_archives_of_lists_that_grow_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(update, "MAX_FILE_BYTES", 1000)
    monkeypatch.setattr(update, "MAX_UNPACKED_BYTES", 5000)
    for content in (
        zipped(**{update.NAME: b" " * 100_000}),
        tarred("w:gz", **{update.NAME: b" " * 2000}),
        tarred("w:gz", **{"padding": b" " * 100_000, update.NAME: LIST}),
    ):
        with pytest.raises(TrustMaterialError, match="large"):
            update.from_bytes(content, "archive")


def test_a_folder_of_a_release_is_taken_and_one_without_a_list_refused(tmp_path: Path) -> None:
    with pytest.raises(TrustMaterialError, match="holds no"):
        update.from_path(tmp_path)
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / update.NAME).write_bytes(LIST)
    assert update.from_path(tmp_path) == LIST
    (tmp_path / update.NAME).write_bytes(b"[]")
    with pytest.raises(TrustMaterialError, match="2 different"):
        update.from_path(tmp_path)
    with pytest.raises(TrustMaterialError, match="no such file"):
        update.from_path(tmp_path / "none")
