"""The table of families: every module is in it, declares what it does, and shows it by a sample."""

from __future__ import annotations

import ast
import gzip
import re
from pathlib import Path

import pytest
from support.each import each
from unit.media.container import build
from unit.media.container.checks import codes, scanned

from provenance.media import container
from provenance.media.asset import Asset
from provenance.media.container import BlockKind, all_families, load_block, scan_container, sniff

FAMILIES = all_families()
HOME = Path(container.__file__).parent
# What serves several families. A module that declares a FAMILY belongs to the table instead.
SHARED = {
    *(
        "__init__",
        "apev2",
        "bounds",
        "boxes",
        "coded",
        "collect",
        "comments",
        "bmff_media",
        "items",
        "jumbf_header",
        "loading",
        "markup",
        "block",
    ),
    *(
        "leftovers",
        "samsung_trailer",
        "sniff",
        "text_track",
        "xmp_document",
        "zip_directory",
        "zip_leftovers",
    ),
}
UNKNOWN = "application/octet-stream"
_TYPE = re.compile(r"(application|audio|font|image|message|model|text|video)/[a-z0-9.+-]+")
_OF_A_PART = {
    "application/x-c2pa-manifest-store",  # of an attachment in ID3, never of a file
    "application/c2pa",  # the same; in `external` it is that of a file
    "application/vnd.oasis",  # how a type begins
    # of scripts in a page
    *("application/ld+json", "application/rdf+xml", "application/xmp+xml"),
    *("application/xml", "text/xml"),
}
names = pytest.mark.parametrize("name", FAMILIES)


def family(data: bytes) -> str:
    with Asset.from_bytes(data) as asset:
        return sniff.family_name(asset)


def test_every_module_of_containers_is_in_the_table_or_serves_several() -> None:
    assert {path.stem for path in HOME.glob("*.py")} == {*FAMILIES, *SHARED}
    assert not SHARED & set(FAMILIES)


@names
def test_the_example_is_recognised_and_read_wherever_it_is_cut(name: str) -> None:
    declared = FAMILIES[name]
    found = scanned(declared.example)
    assert family(declared.example) == found.family == name
    assert told(found.media_type, declared.media_types)
    assert found.can_carry is bool(declared.store)
    for end in range(len(declared.example)):
        with Asset.from_bytes(declared.example[:end]) as asset:
            for block in scan_container(asset).blocks:
                load_block(asset, block, 1 << 20)


@pytest.mark.parametrize("name", [name for name in FAMILIES if not FAMILIES[name].holds])
def test_a_manifest_store_after_the_end_is_said(name: str) -> None:
    """No format places one there, and no file may hide one: see `Family.stepped`."""
    found = scanned(FAMILIES[name].example + build.store(301))
    assert found.remains or found.blocks_of(BlockKind.MANIFEST_STORE)


@names
def test_a_near_miss_of_a_beginning_is_not_taken_for_the_format(name: str) -> None:
    """Each row that asks is told no at least once; the others have a beginning of their own."""
    declared, rows = FAMILIES[name], [row for row in sniff.FAMILIES if row.name == name]
    asking = [row for row in rows if row.asks]
    assert bool(declared.near_miss) is bool(asking), "rows that ask need a near miss"
    if asking:
        assert any(declared.near_miss.startswith(row.begins, row.at) for row in asking), asking
        assert family(declared.near_miss) != name
    for row in rows:
        for begin in row.begins:
            at = declared.example.find(begin)
            if at == row.at and not row.asks:
                spoiled = bytes([declared.example[at] ^ 0x40])
                changed = declared.example[:at] + spoiled + declared.example[at + 1 :]
                assert family(changed) != name


def test_no_row_of_the_table_of_beginnings_hides_another() -> None:
    """A beginning that is another's as well has to ask, unless the other is asked before it."""
    for n, row in enumerate(sniff.FAMILIES):
        for other in sniff.FAMILIES[n + 1 :]:
            if row.asks or row.within or other.within or row.at != other.at:
                continue
            for begin in row.begins:
                hidden = [b for b in other.begins if b.startswith(begin)]
                assert not hidden, f"{other.name} begins as {row.name} does"


@names
def test_every_media_type_that_a_module_names_is_declared(name: str) -> None:
    """`audit --type` and the page of formats rest on the declaration."""
    written = set()
    for node in ast.walk(ast.parse((HOME / f"{name}.py").read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes):
            value = node.value
            text = value.decode("latin-1") if isinstance(value, bytes) else value
            if _TYPE.fullmatch(text):
                written.add(text)
    declared = FAMILIES[name].media_types
    assert {one for one in written - _OF_A_PART if not told(one, declared)} <= {UNKNOWN}
    assert len(set(declared)) == len(declared)


def told(media_type: str, declared: tuple[str, ...]) -> bool:
    """Tell whether a type is one of those declared, or the beginning of a whole row of them."""
    return any(
        media_type == one or (one[-1] == "*" and (media_type + "*").startswith(one[:-1]))
        for one in declared
    )


@each("sample", build.samples())
def test_every_type_that_is_told_is_declared(sample: str) -> None:
    found = scanned(build.samples()[sample])
    assert told(found.media_type, FAMILIES[found.family].media_types)


@pytest.mark.parametrize(
    ("data", "media_type", "name"),
    [
        (gzip.compress(b"text", mtime=0), "application/gzip", "gzip"),
        (b"\xff\xf1\x50\x80" + bytes(20), "audio/aac", "aac"),
        (b"plain text\0", UNKNOWN, "unknown"),
        (b"", UNKNOWN, "unknown"),
        (build.store(9, label=b"exif", kind=bytes(16)), UNKNOWN, "unknown"),
    ],
)
def test_a_format_that_is_recognised_only_has_its_name_and_no_blocks(
    data: bytes, media_type: str, name: str
) -> None:
    found = scanned(data)
    assert (found.media_type, found.family, found.can_carry) == (media_type, name, False)
    assert (found.blocks, codes(data)) == ((), [])
