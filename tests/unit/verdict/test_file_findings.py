"""What a file is, next to its name: said of every file, and never a flag."""

from __future__ import annotations

from support.archives import PLAIN, PNG, zipped
from support.each import each

from provenance import verify
from provenance.kit import unsigned
from provenance.media.container import all_families
from provenance.render import report_text
from provenance.verdict import file_findings

GIF = b"GIF89a\1\0\1\0\0\0\0;"


def said(tmp_path, name, data):
    path = tmp_path / name
    path.write_bytes(data)
    report = verify(path)
    assert report.flagged == (() if data is not PNG else report.flagged)
    lines = ["".join(words for _, words in line) for line in report_text.report_lines(report)]
    (kind,) = [line.partition("type")[2].strip() for line in lines if line.startswith("  type")]
    return {f.code: f.message for f in report.findings if f.code.startswith("format")}, kind


@each(
    ("name", "data", "codes", "kind"),
    [
        ("a.jpg", PLAIN, [], f"image/jpeg, {len(PLAIN)} bytes"),
        ("a.JPEG", PLAIN, [], f"image/jpeg, {len(PLAIN)} bytes"),
        ("a", PLAIN, [], f"image/jpeg, {len(PLAIN)} bytes"),
        ("a.backup", PLAIN, [], f"image/jpeg, {len(PLAIN)} bytes"),
        ("a.exe", PNG, ["format.name"], f"image/png, {len(PNG):,} bytes; the name ends in .exe"),
        ("a.jpg", GIF, ["format.name"], "image/gif, 14 bytes; the name ends in .jpg"),
        ("a.txt", GIF, ["format.name"], "image/gif, 14 bytes; the name ends in .txt"),
        ("a.txt", b"hello", [], "text/plain, 5 bytes"),
        ("a.exe", b"hello", ["format.name"], "text/plain, 5 bytes; the name ends in .exe"),
        ("a.exe", b"MZ\0\1\2", ["format.unknown"], f"unknown ({file_findings.NOT_READ}), 5 bytes"),
        (
            *("a.bmp", unsigned.bitmap()[:70], ["format.not_read"]),
            "image/bmp, 70 bytes; only XMP is read in it",
        ),
        ("a.xyz", b"hel\1\2", ["format.unknown"], f"unknown ({file_findings.NOT_READ}), 5 bytes"),
        (
            *("a.png", b"hel\1\2", ["format.name", "format.unknown"]),
            f"unknown ({file_findings.NOT_READ}), 5 bytes; the name ends in .png",
        ),
        ("a.png", b"", ["format.empty"], "an empty file"),
        ("a.docx", zipped({"x": b"y"}), ["format.name"], None),
        ("a.zip", zipped({"x": b"y"}), [], None),
    ],
)
def test_a_name_and_a_content_that_contradict_each_other_are_said(
    tmp_path, name, data, codes, kind
):
    found, shown = said(tmp_path, name, data)
    assert sorted(found) == codes
    assert kind is None or shown == kind


def test_every_ending_stands_for_types_that_are_told():
    told = [
        one.removesuffix("*") for family in all_families().values() for one in family.media_types
    ]
    for ending, meant in file_findings._MEANT.items():
        for begin in meant:
            assert any(one.startswith(begin) or begin.startswith(one) for one in told), ending


def test_every_type_that_is_told_is_usual_for_some_ending():
    usual = tuple(
        begin
        for meant in file_findings._MEANT.values()
        for begin in meant
        if begin not in {"video/", "font/", "application/"}
    )
    rare = {"application/x-archive", "application/x-lz4", "application/x-lzip"}
    rare |= {"application/x-compress", "application/zip"}
    for family in all_families().values():
        for one in family.media_types:
            known = one.startswith((*usual, "video/", "font/")) or one in rare
            assert known, one
