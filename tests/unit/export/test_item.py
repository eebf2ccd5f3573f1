"""One record as every export sees it: which of its fields are read, and what is made of them."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest
from support.each import each

from provenance.export.item import NOTHING_VIEWED, Item, item, made_identifier

SHA256, SHA1, MD5 = "ab" * 32, "cd" * 20, "ef" * 16
TOLD = {"tool": "provenance 1.2 beta", "validation_time": "2026-06-01T00:00:00Z"}


def signed(signer: object, *, active: bool = True) -> dict[str, Any]:
    return {"manifests": [{"active": active, "signer": signer}]}


ACME = {"proven": True, "organisation": "Acme Ltd", "common_name": "Unit 7"}
FULL: dict[str, Any] = {
    "asset": {
        "path": "inbox/a.png",
        "size": 5,
        "media_type": "image/png",
        "sha256": SHA256,
        "hashes": {"sha1": SHA1, "md5": MD5},
    },
    "environment": TOLD,
    "verdict": {
        "origin": "ai_generated",
        "assurance": "verified",
        "generator": {"vendor": "Acme", "product": "Paint", "model": "Acme"},
        "flags": ["ai", "from_input"],
    },
    "axes": {"integrity": "intact"},
    "credentials": signed(ACME),
    "error": None,
}
READ = Item(
    path="inbox/a.png",
    name="a.png",
    size=5,
    media_type="image/png",
    sha256=SHA256,
    sha1=SHA1,
    md5=MD5,
    origin="ai_generated",
    assurance="verified",
    generator="Acme, Paint",
    signer="Acme Ltd",
    integrity="intact",
    flags=("ai", "from_input"),
    is_ai=True,
    conflict=False,
    tool=TOLD["tool"],
    as_of=TOLD["validation_time"],
    error="",
)


def read(**other: Any) -> Item:
    """Read the full record with other parts."""
    return item(FULL | other)


def test_each_field_comes_from_its_place_in_the_record() -> None:
    assert item(FULL) == READ


def test_a_record_with_nothing_but_a_path_is_read_and_says_nothing() -> None:
    found = item({"asset": {"path": "b"}, "environment": TOLD})
    empty = {one.name: "" for one in fields(Item)} | {"path": "b", "name": "b", "size": None}
    told = {"flags": (), "is_ai": False, "conflict": False}
    assert found == Item(
        **empty | told | {"tool": TOLD["tool"], "as_of": TOLD["validation_time"]}  # type: ignore[arg-type]  # by name
    )


def test_every_text_is_cleaned() -> None:
    dirty = "x\x1b\u202e"
    found = read(
        asset={"path": dirty, "media_type": dirty},
        environment={"tool": dirty, "validation_time": dirty},
        verdict={
            "origin": dirty,
            "assurance": dirty,
            "generator": {"model": dirty},
            "flags": [dirty],
        },
        axes={"integrity": dirty},
        credentials=signed({"proven": True, "common_name": dirty}),
        error={"message": dirty},
    )
    clean = "x\ufffd\ufffd"
    assert (found.path, found.name, found.media_type) == (clean, clean, clean)
    assert (found.tool, found.as_of, found.error) == (clean, clean, clean)
    assert (found.origin, found.assurance, found.generator) == (clean, clean, clean)
    assert (found.integrity, found.signer, found.flags) == (clean, clean, (clean,))


def test_paths_and_errors_have_1024_characters_and_the_rest_256() -> None:
    long = "x" * 2_000
    found = read(asset={"path": long, "media_type": long}, error={"message": long})
    assert [len(one) for one in (found.path, found.name, found.error)] == [1_024] * 3
    assert len(found.media_type) == 256


@each(
    ("path", "name"),
    [
        ("a.png", "a.png"),
        ("in/box/a.png", "a.png"),
        (r"C:\in\a.png", "a.png"),
        (r"C:\in/a.png", "a.png"),
        ("in/", "in/"),
        ("X.Y/XX", "XX"),
    ],
)
def test_the_name_is_the_last_part_of_a_path_of_any_system(path: str, name: str) -> None:
    found = read(asset={"path": path})
    assert (found.path, found.name) == (path, name)


@each(
    ("flags", "assurance", "is_ai", "conflict"),
    [
        (["ai"], "verified", True, False),
        (["ai"], "asserted", True, False),
        (["broken", "ai"], "signed", True, False),
        (["ai"], "broken", False, False),
        (["ai", "conflict"], "verified", False, True),
        (["conflict"], "verified", False, True),
        (["broken"], "verified", False, False),
        ([], "verified", False, False),
    ],
)
def test_ai_is_what_nothing_contradicts_and_more_than_a_broken_credential_says(
    flags: list[str], assurance: str, is_ai: bool, conflict: bool
) -> None:
    found = read(verdict={"flags": flags, "assurance": assurance})
    assert (found.is_ai, found.conflict) == (is_ai, conflict)


@each(
    ("claim", "words"),
    [
        (None, ""),
        ({}, ""),
        ({"vendor": None, "product": "Paint", "model": None}, "Paint"),
        ({"model": "3", "product": "Paint", "vendor": "Acme"}, "Acme, Paint, 3"),
        ({"vendor": "Acme", "product": "Acme", "basis": "signer"}, "Acme"),
    ],
)
def test_a_generator_is_named_by_vendor_product_and_model_each_once(
    claim: dict[str, Any] | None, words: str
) -> None:
    assert read(verdict={"generator": claim}).generator == words


@each(
    ("credentials", "name"),
    [
        (None, ""),
        ({}, ""),
        ({"manifests": [{}]}, ""),
        (signed(None), ""),
        (signed({}), ""),
        (signed(ACME | {"proven": False}), ""),
        (signed(ACME, active=False), ""),
        (signed({"proven": True}), ""),
        (signed({"proven": True, "organisation": "", "common_name": "Unit 7"}), "Unit 7"),
        (signed({"proven": True, "organisation": "Acme Ltd"}), "Acme Ltd"),
        (
            {"manifests": [{"active": False, "signer": {**ACME, "organisation": "B"}},
                           {"active": True, "signer": ACME}]},
            "Acme Ltd",
        ),
    ],
)  # as a table  # fmt: skip
def test_the_signer_is_that_of_the_active_manifest_where_its_signature_proves_it(
    credentials: dict[str, Any] | None, name: str
) -> None:
    """A name that is only claimed must not go to another system as that of the signer."""
    assert read(credentials=credentials).signer == name


@each("size", [None, 0, 1, 1 << 40])
def test_a_size_is_taken_as_it_is(size: int | None) -> None:
    assert read(asset={"path": "a", "size": size}).size == size


@each("size", [-1, True, "1", 1.0, {"@value": 1}])
def test_a_size_that_is_none_is_refused(size: object) -> None:
    with pytest.raises(ValueError, match=r"^$"):
        read(asset={"path": "a", "size": size})


def test_a_digest_may_have_every_digit() -> None:
    every = "0123456789abcdef" * 4
    assert read(asset={"path": "a", "sha256": every}).sha256 == every


@each("length", [63, 65, 40, 32, 0])
def test_a_digest_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(ValueError, match=r"^$"):
        read(asset={"path": "a", "sha256": "0" * length})


@each(("name", "length"), [("sha1", 40), ("md5", 32)])
def test_each_kind_of_digest_has_its_length(name: str, length: int) -> None:
    for other in (length - 1, length + 1):
        with pytest.raises(ValueError, match=r"^$"):
            read(asset={"path": "a", "hashes": {name: "0" * other}})


AI = "Origin by provenance 1.2 beta: ai_generated, assurance verified."
AS_OF = "As of 2026-06-01T00:00:00Z."
SENTENCES = [
    (
        READ,
        f"{AI} Generator: Acme, Paint. Flags: ai, from_input. {AS_OF}",
    ),
    (
        replace(READ, generator="", flags=("ai", "conflict"), conflict=True),
        f"{AI} The evidence contradicts itself. Flags: ai, conflict. {AS_OF}",
    ),
    (
        replace(READ, origin="unknown", assurance="none", generator="", flags=()),
        f"Origin by provenance 1.2 beta: unknown, assurance none. {AS_OF}",
    ),
    (replace(READ, error="no such file"), "Not examined: no such file."),
]


@each(("one", "said"), SENTENCES)
def test_the_sentence_says_what_was_found_and_that_nobody_viewed_it(one: Item, said: str) -> None:
    assert one.sentence() == f"{said} {NOTHING_VIEWED}"


def test_a_sentence_of_any_length_is_cut_before_what_was_not_done() -> None:
    said = replace(READ, flags=("x" * 5_000,)).sentence()
    assert said.endswith(f"… {NOTHING_VIEWED}")
    assert len(said) == 1_900 + 1 + len(NOTHING_VIEWED)


def test_identifiers_are_those_of_every_earlier_version() -> None:
    """A case that was exported before must name the same file by the same identifier now."""
    assert READ.identifier("file") == "20a873c6-858b-5faa-a8b4-28088ff711d5"
    assert READ.identifier("action") == "64c3a6b1-73f0-5692-b4d6-b828a0cf5c8f"
    assert replace(READ, path="b").identifier("file") == "42af0d53-8ea0-533e-a045-d10de7c010dd"
    assert replace(READ, sha256="").identifier("file") == "81ae264a-292a-5a0a-b431-f074abfa67e0"
    assert made_identifier("vics", "7") == "0a0e71d7-0753-54cb-8d2c-bcf3e324ea83"
    assert made_identifier("vics7") != made_identifier("vics", "7")
