"""Each export letter by letter: what other systems read must not change unseen.

Of three files: one of which everything is known, one of which nothing is, and one that could not be
examined.
"""

from __future__ import annotations

import io
import json
import uuid
from dataclasses import replace
from typing import Any

import pytest
from support.each import each
from unit.export.test_item import FULL, MD5, READ, SHA1, SHA256, TOLD

from provenance.base.version import VERSION
from provenance.export import case, ncmec, vics
from provenance.export.item import NOTHING_VIEWED, Item, item

NAMESPACE = uuid.UUID("6a3f3c1e-3d1e-5c52-9a4e-6d2a3d0d5b7c")
BARE = item(
    {
        "asset": {"path": "b"},
        "environment": TOLD,
        "verdict": {"origin": "unknown", "assurance": "none"},
    }
)
GONE = item({"asset": {"path": "c"}, "environment": TOLD, "error": {"message": "no such file"}})
ITEMS = (item(FULL), BARE, GONE)


def made(*parts: str) -> str:
    return str(uuid.uuid5(NAMESPACE, "\0".join(parts)))


def by(module: Any, *items: Item, **options: Any) -> str:
    stream = io.StringIO()
    assert module.write(iter(items), stream, **options) == len(items)
    return stream.getvalue()


class TestCase:
    TOOL = "kb:tool-" + made("case", "tool", TOLD["tool"])

    def id(self, kind: str, of: Item, label: str = "") -> str:
        return f"kb:{kind}-{made(label or kind, of.sha256, of.path)}"

    def file(self, of: Item, *facets: dict[str, Any], **size: Any) -> dict[str, Any]:
        facet = {
            "@id": self.id("file-facet", of),
            "@type": "observable:FileFacet",
            "observable:fileName": of.name,
            "observable:filePath": of.path,
        }
        return {
            "@id": self.id("file", of),
            "@type": "observable:File",
            "core:hasFacet": [facet | size, *facets],
        }

    def action(self, of: Item) -> dict[str, Any]:
        return {
            "@id": self.id("action", of),
            "@type": "investigation:InvestigativeAction",
            "core:name": "origin of the media examined",
            "core:description": of.sentence(),
            "action:instrument": {"@id": self.TOOL},
            "action:object": {"@id": self.id("file", of)},
        }

    def found(self, of: Item) -> list[dict[str, Any]]:
        result = self.id("result", of)
        classification = {
            "@id": self.id("classification", of),
            "@type": "analysis:ArtifactClassification",
            "analysis:class": {"@type": "xsd:string", "@value": of.origin},
        }
        facet = {
            "@id": self.id("classification-facet", of),
            "@type": "analysis:ArtifactClassificationResultFacet",
            "analysis:classification": classification,
        }
        return [
            self.action(of) | {"action:result": {"@id": result}},
            {
                "@id": result,
                "@type": "analysis:AnalyticResult",
                "core:name": f"origin: {of.origin}",
                "core:description": of.sentence(),
                "core:hasFacet": [facet],
            },
        ]

    def hash(self, of: Item, name: str, value: str) -> dict[str, Any]:
        return {
            "@id": self.id("hash", of, f"hash {name}"),
            "@type": "types:Hash",
            "types:hashMethod": name,
            "types:hashValue": {"@type": "xsd:hexBinary", "@value": value},
        }

    def test_every_field_of_the_graph_is_written(self) -> None:
        full = ITEMS[0]
        content = {
            "@id": self.id("content-facet", full),
            "@type": "observable:ContentDataFacet",
            "observable:mimeType": "image/png",
            "observable:hash": [
                self.hash(full, "MD5", MD5),
                self.hash(full, "SHA1", SHA1),
                self.hash(full, "SHA256", SHA256),
            ],
        }
        size = {"observable:sizeInBytes": {"@type": "xsd:integer", "@value": "5"}}
        tool = {
            "@id": self.TOOL,
            "@type": "tool:AnalyticTool",
            "core:name": "provenance",
            "tool:toolType": "content credential verifier",
            "tool:version": "1.2 beta",
        }
        graph = [
            tool,
            self.file(full, content, **size),
            *self.found(full),
            self.file(BARE),
            *self.found(BARE),
            self.file(GONE),
            self.action(GONE),
        ]
        lines = ",\n".join(f"    {json.dumps(node)}" for node in graph)
        head = f'{{\n  "@context": {json.dumps(case.CONTEXT)},\n  "@graph": [\n'
        assert by(case, *ITEMS) == f"{head}{lines}\n  ]\n}}\n"

    def test_each_version_of_the_tool_is_a_tool_once(self) -> None:
        later = replace(BARE, tool="provenance 2")
        graph = json.loads(by(case, BARE, later, GONE, later))["@graph"]
        tools = [node["tool:version"] for node in graph if node["@type"] == "tool:AnalyticTool"]
        assert tools == ["1.2 beta", "2"]

    @pytest.mark.parametrize("known", ["media_type", "md5", "sha1", "sha256"])
    def test_content_is_described_where_anything_of_it_is_known(self, known: str) -> None:
        one = replace(BARE, **{known: getattr(READ, known)})
        _, content = next(case.nodes(one))["core:hasFacet"]
        assert len(content) == 3
        assert content["@id"] == self.id("content-facet", one)

    def test_an_empty_file_has_a_size(self) -> None:
        node = next(case.nodes(replace(BARE, size=0)))
        assert node["core:hasFacet"][0]["observable:sizeInBytes"]["@value"] == "0"


class TestVics:
    def exifs(self, **values: str) -> list[dict[str, str]]:
        return [
            {"PropertyName": f"provenance.{name}", "PropertyValue": value}
            for name, value in values.items()
        ]

    def test_every_field_of_the_case_is_written(self) -> None:
        full = {
            "origin": "ai_generated",
            "assurance": "verified",
            "generator": "Acme, Paint",
            "signer": "Acme Ltd",
            "integrity": "intact",
            "flags": "ai, from_input",
            "sha256": SHA256,
            "tool": "provenance 1.2 beta",
        }
        media = [
            {
                "MediaID": 1,
                "Category": None,
                "MD5": MD5,
                "SHA1": SHA1,
                "MediaSize": 5,
                "MimeType": "image/png",
                "RelativeFilePath": "inbox/a.png",
                "MediaFiles": [{"MD5": MD5, "FileName": "a.png", "FilePath": "inbox/a.png"}],
                "Tags": "AI generated",
                "Comments": READ.sentence(),
                "Exifs": [{"MD5": MD5} | one for one in self.exifs(**full)],
            },
            {
                "MediaID": 2,
                "Category": None,
                "RelativeFilePath": "b",
                "MediaFiles": [{"FileName": "b", "FilePath": "b"}],
                "Tags": "",
                "Comments": BARE.sentence(),
                "Exifs": self.exifs(origin="unknown", assurance="none", tool=TOLD["tool"]),
            },
            {
                "MediaID": 3,
                "Category": None,
                "RelativeFilePath": "c",
                "MediaFiles": [{"FileName": "c", "FilePath": "c"}],
                "Tags": "not examined",
                "Comments": f"Not examined: no such file. {NOTHING_VIEWED}",
                "Exifs": self.exifs(tool=TOLD["tool"]),
            },
        ]
        head = {
            "CaseID": made("vics", "7"),
            "CaseNumber": "7",
            "SourceApplicationName": "provenance",
            "SourceApplicationVersion": VERSION,
        }
        text = by(vics, *ITEMS, case="7")
        lines = ",\n".join(f"        {json.dumps(one)}" for one in media)
        told = "".join(f"      {json.dumps(k)}: {json.dumps(v)},\n" for k, v in head.items())
        assert text == (
            f'{{\n  "@odata.context": {json.dumps(vics.CONTEXT)},\n  "value": [\n    {{\n{told}'
            f'      "Media": [\n{lines}\n      ]\n    }}\n  ]\n}}\n'
        )

    def test_a_case_without_a_number(self) -> None:
        (found,) = json.loads(by(vics))["value"]
        assert (found["CaseNumber"], found["Media"]) == ("", [])

    def test_the_file_is_ascii_whatever_a_path_is(self) -> None:
        one = replace(BARE, path="\u00e9\U0001f600")
        text = by(vics, one)
        assert text.isascii()
        assert json.loads(text)["value"][0]["Media"][0]["RelativeFilePath"] == one.path

    @each(
        ("changes", "tags"),
        [
            ({"origin": "ai_modified"}, "AI modified"),
            ({"origin": "ai_generated"}, "AI generated"),
            ({"is_ai": False}, ""),
            ({"is_ai": False, "conflict": True}, "AI: conflicting evidence"),
            ({"is_ai": False, "assurance": "broken"}, "AI: by a broken credential alone"),
            (
                {"is_ai": False, "conflict": True, "assurance": "broken"},
                "AI: conflicting evidence",
            ),
            (
                {"is_ai": False, "assurance": "broken", "flags": ("ai", "broken")},
                "AI: by a broken credential alone, credential broken",
            ),
            ({"is_ai": False, "assurance": "broken", "flags": ("broken",)}, "credential broken"),
            ({"flags": ("ai", "revoked")}, "AI generated, signer revoked"),
            (
                {"flags": ("broken", "revoked"), "is_ai": False},
                "credential broken, signer revoked",
            ),
            ({"error": "no such file"}, "not examined"),
        ],
    )
    def test_tags_follow_from_what_was_found(self, changes: dict[str, Any], tags: str) -> None:
        assert vics.media(replace(READ, **changes), 1)["Tags"] == tags

    def test_an_empty_file_has_a_size(self) -> None:
        assert vics.media(replace(BARE, size=0), 1)["MediaSize"] == 0


class TestNcmec:
    XML = '<?xml version="1.0" encoding="UTF-8"?>\n'
    FILES = f"""\
<fileDetails>
  <originalFileName>a&amp;b.png</originalFileName>
  <fileAnnotations>
    <generativeAi />
  </fileAnnotations>
  <originalFileHash hashType="MD5">{MD5}</originalFileHash>
  <originalFileHash hashType="SHA1">{SHA1}</originalFileHash>
  <originalFileHash hashType="SHA256">{SHA256}</originalFileHash>
  <additionalInfo>{READ.sentence()}</additionalInfo>
</fileDetails>
<fileDetails>
  <originalFileName>b</originalFileName>
  <additionalInfo>{BARE.sentence()}</additionalInfo>
</fileDetails>
<fileDetails>
  <originalFileName>c</originalFileName>
  <additionalInfo>{GONE.sentence()}</additionalInfo>
</fileDetails>
"""
    ITEMS = (replace(READ, name="a&b.png"), BARE, GONE)

    def test_several_files_are_one_list(self) -> None:
        expected = f"{self.XML}<fileDetailsList>\n{self.FILES}</fileDetailsList>\n"
        assert by(ncmec, *self.ITEMS, single=False) == expected

    def test_one_file_is_the_element_that_the_api_takes(self) -> None:
        one = f"{self.FILES.partition('</fileDetails>')[0]}</fileDetails>\n"
        assert by(ncmec, self.ITEMS[0], single=True) == self.XML + one

    def test_what_xml_cannot_hold_is_replaced(self) -> None:
        text = by(ncmec, replace(BARE, name="a\ufffe<"), single=True)
        assert "<originalFileName>a\ufffd&lt;</originalFileName>" in text

    def test_what_was_found_has_2000_characters_before_it_is_escaped(self) -> None:
        text = by(ncmec, replace(GONE, error="&" * 3_000), single=True)
        said = text.partition("<additionalInfo>")[2].partition("</additionalInfo>")[0]
        assert said == f"Not examined: {'&amp;' * (2_000 - len('Not examined: '))}"
