"""The collection hash of a ZIP archive by the letter of 15.12.5 and A.6."""

from __future__ import annotations

import hashlib
import io
import zipfile
from typing import Any
from urllib.parse import quote

import pytest
from support.each import each

from provenance.credentials.validation import collection_hash
from provenance.credentials.validation.outcome import (
    BindingOutcome,
    BindingResult,
    Malformed,
    Unknown,
)
from provenance.credentials.validation.zip_entries import CREDENTIAL
from provenance.media.asset import Asset

FILES = {"mimetype": b"application/epub+zip", "a/one.txt": b"one" * 50, "two.txt": b"two"}
CODE = "assertion.collectionHash."


def archive(files: dict[str, bytes] = FILES, store: bytes = b"the store" * 9) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name, body in {**files, CREDENTIAL: store}.items():
            info = zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0))
            packed = zipfile.ZIP_DEFLATED if name.endswith("one.txt") else zipfile.ZIP_STORED
            made.writestr(info, body, compress_type=packed)
    return out.getvalue()


def hashed(data: bytes) -> dict[str, bytes]:
    """The hash of each file: its local header and its data, which are side by side here."""
    with zipfile.ZipFile(io.BytesIO(data)) as held:
        infos = sorted(held.infolist(), key=lambda i: i.header_offset)
        ends = [*(i.header_offset for i in infos[1:]), held.start_dir]
    spans = {i.filename: (i.header_offset, end) for i, end in zip(infos, ends, strict=True)}
    return {
        name: hashlib.sha256(data[a:b]).digest()
        for name, (a, b) in spans.items()
        if name != CREDENTIAL
    }


def directory(data: bytes, form: str = "skipped") -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as held:
        start = held.start_dir
    own = data.index(CREDENTIAL.encode(), start) - 46 + 16
    middle = {"skipped": b"", "zero": bytes(4), "as it is": data[own : own + 4]}[form]
    return hashlib.sha256(data[start:own] + middle + data[own + 4 :]).digest()


def content(data: bytes, form: str = "skipped", **fields: Any) -> dict[str, Any]:
    uris = [{"uri": name, "hash": made} for name, made in hashed(data).items()]
    made = {"alg": "sha256", "uris": uris, "zip_central_directory_hash": directory(data, form)}
    return {key: value for key, value in {**made, **fields}.items() if value is not None}


def check(given: Any, data: bytes, family: str = "zip") -> BindingOutcome:
    with Asset.from_bytes(data) as asset:
        return collection_hash.collection_outcome(
            "m/a", given, asset, family, claim_algorithm="sha256"
        )


DATA = archive()


@pytest.mark.parametrize("form", ["skipped", "zero", "as it is"])
def test_an_archive_as_it_was_signed_matches(form: str) -> None:
    assert check(content(DATA, form), DATA).result is BindingResult.MATCH


def test_a_map_of_files_is_an_older_form() -> None:
    given = content(DATA)
    given["uris"] = {one["uri"]: {"hash": one["hash"]} for one in given["uris"]}
    found = check(given, DATA)
    assert found.result is BindingResult.MATCH
    assert [f.code for f in found.findings] == ["assertion.older_form"]


def test_every_byte_but_those_of_the_store_counts() -> None:
    given = content(DATA)
    start = DATA.index(b"the store")
    crc = DATA.index(CREDENTIAL.encode(), start) - 46 + 16
    own = DATA.index(CREDENTIAL.encode()) - 30
    for at in range(0, len(DATA), 5):
        changed = bytearray(DATA)
        changed[at] ^= 1
        free = own + 4 <= at < start + 81 or crc <= at < crc + 4
        if own <= at < own + 30:
            continue  # the local header of the store: whether its data is found depends on it
        expected = BindingResult.MATCH if free else BindingResult.MISMATCH
        assert check(given, bytes(changed)).result is expected, at


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({**FILES, "three.txt": b"3"}, "mismatch"),
        ({name: body for name, body in FILES.items() if name != "two.txt"}, "incorrectFileCount"),
        ({**FILES, "two.txt": b"TWO"}, "mismatch"),
    ],
)
def test_files_that_were_added_taken_or_changed_are_a_mismatch(
    files: dict[str, bytes], code: str
) -> None:
    assert check(content(DATA), archive(files)).code == CODE + code


def test_an_archive_that_cannot_be_followed_is_not_the_one_that_was_signed() -> None:
    given = content(DATA)
    for data in (DATA[:-30], DATA[10:], DATA[:50] + DATA[55:], b"PK\3\4" + bytes(40), DATA + b"x"):
        assert check(given, data).result is BindingResult.MISMATCH


def test_files_and_bytes_that_the_list_leaves_out_are_named() -> None:
    """18.8.4 allows it; then a match says less."""
    given = content(DATA)
    given["uris"] = given["uris"][:-1]
    found = check(given, DATA)
    assert found.result is BindingResult.PARTIAL
    assert found.left_out


@each(
    ("fields", "code"),
    [
        ({"uris": None}, "malformed"),
        ({"uris": 7}, "malformed"),
        ({"uris": [7]}, "malformed"),
        ({"uris": [{"uri": "a"}]}, "malformed"),
        ({"uris": [{"hash": b"a"}]}, "malformed"),
        ({"uris": [{"uri": "../a", "hash": b"a"}]}, "invalidURI"),
        ({"uris": [{"uri": "a/./b", "hash": b"a"}]}, "invalidURI"),
        ({"uris": [{"uri": "a", "hash": b"a"}, {"uri": "a", "hash": b"b"}]}, "malformed"),
    ],
)
def test_a_collection_hash_that_breaks_the_schema_is_malformed(
    fields: dict[str, Any], code: str
) -> None:
    with pytest.raises(Malformed) as caught:
        check(content(DATA, **fields), DATA)
    assert caught.value.code == CODE + code


def test_a_collection_hash_without_a_hash_of_the_directory_is_a_mismatch() -> None:
    assert check(content(DATA, zip_central_directory_hash=None), DATA).code == CODE + "mismatch"


def test_a_collection_that_is_not_an_archive_is_unchecked() -> None:
    with pytest.raises(Unknown):
        check(content(DATA), DATA, "jpeg")


@pytest.mark.parametrize("encoded", [True, False])
def test_a_name_that_is_no_uri_is_encoded_or_as_it_is(encoded: bool) -> None:
    """As `[Content_Types].xml`, which every document in Office Open XML has."""
    data = archive({"[Content_Types].xml": b"<Types/>", "a b/ü.txt": b"text"})
    given = content(data)
    for one in given["uris"]:
        one["uri"] = quote(one["uri"]) if encoded else one["uri"]
    assert check(given, data).result is BindingResult.MATCH
    changed = data.replace(b"<Types/>", b"<Typos/>")
    assert check(given, changed).result is BindingResult.MISMATCH


def test_a_name_above_the_archive_is_none_however_it_is_encoded() -> None:
    data = archive()
    given = content(data)
    given["uris"].append({"uri": "%2e%2e/outside.txt", "hash": bytes(32)})
    with pytest.raises(Malformed) as caught:
        check(given, data)
    assert caught.value.code == CODE + "invalidURI"
