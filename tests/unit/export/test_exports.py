"""What other systems take in: each by its schema or a reader of others, and in flat memory."""

from __future__ import annotations

import gc
import io
import json
import shutil
import subprocess
import sys
import tracemalloc
import uuid
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import defusedxml.ElementTree
import pytest
from click.testing import CliRunner, Result
from provenance_cli.main import main
from support.each import each
from support.ledgers import HOSTILE_NAMES, copies, entry, failed, judged, moved, write
from support.pki import FIXTURES

from provenance.auditing import reading
from provenance.base.terms import Flag
from provenance.export import case, ncmec, vics
from provenance.export.export_formats import EXPORTS
from provenance.export.item import NOTHING_VIEWED, Item, item

if TYPE_CHECKING:
    from collections.abc import Iterable

    from provenance.verdict.report import Report

# The order of the elements of `fileDetails`, as @civitai/cybertipline-tools 0.1.0 and
# ncmec-cybertip 0.1.1 write them.
ORDER = (
    *("reportId", "fileId", "originalFileName", "uploadedToEspTimestamp", "locationOfFile"),
    *("fileViewedByEsp", "exifViewedByEsp", "publiclyAvailable", "fileRelevance"),
    *("fileAnnotations", "industryClassification", "originalFileHash", "ipCaptureEvent"),
    *("deviceId", "details", "additionalInfo"),
)


def conflicting() -> Report:
    report = judged("ai-generated.png")
    assert report.verdict is not None
    verdict = replace(report.verdict, flags=(Flag.AI, Flag.CONFLICT))
    return replace(report, verdict=verdict, flagged=(Flag.AI, Flag.CONFLICT))


def items(*reports: Report) -> list[Item]:
    return [item(report.to_dict()) for report in reports]


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every kind of row: hostile names, answers of every kind, a file that was not examined."""
    names = (
        "ai-generated.png",
        "capture.jpg",
        "tampered.png",
        "revoked.jpg",
        "hostile-strings.jpg",
    )
    reports = [judged(name, f"inbox/{name}") for name in names]
    reports += [moved(judged("plain.jpg"), name) for name in HOSTILE_NAMES]
    reports += [moved(conflicting(), "inbox/conflict.png"), failed("inbox/gone.png")]
    path = tmp_path_factory.mktemp("ledgers") / "a.ledger"
    return write(path, [entry(report) for report in reports])


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["export", *map(str, arguments)])


def exported(name: str, ledger: Path, tmp_path: Path) -> str:
    out = tmp_path / f"out.{name}"
    made = run(ledger, "--to", name, "--output", out)
    assert made.exit_code == 0, made.output
    return out.read_text(encoding="utf-8")


class TestNcmec:
    def test_elements_are_in_the_order_of_the_api(self, ledger: Path, tmp_path: Path) -> None:
        root = defusedxml.ElementTree.fromstring(exported("ncmec", ledger, tmp_path))
        assert len(root) == 7 + len(HOSTILE_NAMES)
        for details in root:
            places = [ORDER.index(one.tag) for one in details]
            assert places == sorted(places)

    def test_the_annotation_is_empty_and_for_ai_alone(self) -> None:
        found = {
            name: ncmec.details(*items(report)).find(".//generativeAi") is not None
            for name, report in (
                ("ai", judged("ai-generated.png")),
                ("broken", judged("tampered.png")),
                ("capture", judged("capture.jpg")),
                ("nothing", judged("plain.jpg")),
                ("conflict", conflicting()),
                ("not examined", failed("x")),
            )
        }
        assert [name for name, has in found.items() if has] == ["ai"]
        annotation = ncmec.details(*items(judged("ai-generated.png"))).find(".//generativeAi")
        assert annotation is not None
        assert [annotation.text, annotation.attrib, list(annotation)] == [None, {}, []]

    def test_nothing_says_that_somebody_viewed_it(self, ledger: Path, tmp_path: Path) -> None:
        text = exported("ncmec", ledger, tmp_path)
        assert "ViewedBy" not in text
        for details in defusedxml.ElementTree.fromstring(text):
            said = details.findtext("additionalInfo") or ""
            assert said.endswith(NOTHING_VIEWED)

    def test_what_was_not_done_is_said_however_much_a_record_says(self) -> None:
        record = judged("ai-generated.png").to_dict()
        record["verdict"]["flags"] += ["x" * 200] * 100
        said = ncmec.details(item(record)).findtext("additionalInfo") or ""
        assert said.endswith(NOTHING_VIEWED)
        assert len(said) < 2_100

    @each(
        ("key", "value"),
        [
            *(("size", one) for one in (-1, True, "1", {"@value": 1})),
            *(("sha256", one) for one in ("0" * 63, "x" * 64, "\n" * 64, ["0"] * 64)),
            ("hashes", {"md5": "'\"><"}),
        ],
    )
    def test_a_record_of_an_odd_form_is_refused(self, key: str, value: object) -> None:
        record = judged("ai-generated.png").to_dict()
        record["asset"][key] = value
        with pytest.raises((AttributeError, LookupError, TypeError, ValueError)):
            item(record)

    def test_a_report_has_the_assurance_and_the_digests(self) -> None:
        (one,) = items(judged("ai-generated.png"))
        root = ncmec.details(one)
        assert "ai_generated, assurance verified_private" in (root.findtext("additionalInfo") or "")
        assert [(h.get("hashType"), h.text) for h in root.findall("originalFileHash")] == [
            ("SHA256", one.sha256)
        ]

    @pytest.mark.skipif(
        sys.version_info < (3, 13), reason="ncmec-cybertip needs Python 3.13 or later"
    )
    def test_another_implementation_reads_a_report(self, ledger: Path, tmp_path: Path) -> None:
        files = pytest.importorskip("ncmec_cybertip.files", reason="comes with the extra test")
        root = defusedxml.ElementTree.fromstring(exported("ncmec", ledger, tmp_path))
        assert len(root), "nothing is reported"
        for details in root:
            for place, (tag, value) in enumerate((("reportId", "1"), ("fileId", "a"))):
                one = ET.Element(tag)
                one.text = value
                details.insert(place, one)
            read = files.FileDetails.from_xml(ET.tostring(details))
            assert read.file_viewed_by_esp is None
            assert read.original_file_name == details.findtext("originalFileName")


class TestVics:
    def test_an_export_is_a_case_of_the_model(self, ledger: Path, tmp_path: Path) -> None:
        """As readers of the model look for it: the context, `value`, `Media`, typed fields."""
        top = json.loads(exported("vics", ledger, tmp_path))
        assert "ProjectVic/DataModels/2.0.xml" in top["@odata.context"]
        (found,) = top["value"]
        assert uuid.UUID(found["CaseID"])
        assert len(found["Media"]) == 7 + len(HOSTILE_NAMES)
        kinds = {
            **dict.fromkeys(("MediaID", "MediaSize"), int),
            **dict.fromkeys(("MD5", "SHA1", "MimeType", "RelativeFilePath"), str),
            **dict.fromkeys(("Tags", "Comments"), str),
            **dict.fromkeys(("MediaFiles", "Exifs"), list),
        }
        for number, media in enumerate(found["Media"], 1):
            assert media.pop("Category") is None
            assert media["MediaID"] == number
            assert {name: type(value) for name, value in media.items()} == {
                name: kinds[name] for name in media
            }
            for exif in media["Exifs"]:
                assert {"PropertyName", "PropertyValue"} <= set(exif) <= {*exif, "MD5"}

    def test_digests_by_which_the_tools_find_files_are_taken_for_a_file(self) -> None:
        top = json.loads(run(FIXTURES / "plain.jpg", "--to", "vics", "--case", "7").stdout)
        (media,) = top["value"][0]["Media"]
        assert top["value"][0]["CaseNumber"] == "7"
        assert (len(media["MD5"]), len(media["SHA1"])) == (32, 40)
        assert media["MediaFiles"][0]["MD5"] == media["MD5"]

    @each(
        ("report", "tags"),
        [
            (judged("ai-generated.png"), "AI generated"),
            (judged("ai-edited.jpg"), "AI modified"),
            (judged("tampered.png"), "AI: by a broken credential alone, credential broken"),
            (conflicting(), "AI: conflicting evidence"),
            (judged("capture.jpg"), ""),
            (failed("x"), "not examined"),
        ],
        ids=["ai", "edited", "broken", "conflict", "capture", "not examined"],
    )
    def test_tags_of_a_file_say_what_was_found(self, report: Report, tags: str) -> None:
        assert vics.media(items(report)[0], 1)["Tags"] == tags


class TestCase:
    def test_an_export_conforms_to_case_1_5(self, ledger: Path, tmp_path: Path) -> None:
        """By `case_validate` of the ontology's own makers: not a warning either.

        One file is put in that does not conform, to show that the validator looks: it is all that
        is found. The validator takes long, and is asked once.
        """
        top = json.loads(exported("case", ledger, tmp_path))
        wrong = {
            "@id": f"kb:file-{uuid.UUID(int=1)}",
            "@type": "observable:File",
            "core:hasFacet": [
                {
                    "@id": f"kb:file-facet-{uuid.UUID(int=2)}",
                    "@type": "observable:FileFacet",
                    "observable:sizeInBytes": "many",
                }
            ],
        }
        out = tmp_path / "out.jsonld"
        out.write_text(json.dumps({**top, "@graph": [*top["@graph"], wrong]}), encoding="utf-8")
        made = _case_validate(out)
        assert made.returncode == 1, made.stdout + made.stderr
        assert "Results (1):" in made.stdout, made.stdout
        assert f"Focus Node: kb:file-facet-{uuid.UUID(int=2)}\n" in made.stdout
        assert "NonExistentCDOConceptWarning" not in made.stderr  # all words are the ontology's

    def test_each_identifier_names_one_thing(self, ledger: Path, tmp_path: Path) -> None:
        found: list[str] = []

        def walk(node: Any) -> None:
            if isinstance(node, dict):
                if "@type" in node and "@id" in node:
                    found.append(node["@id"])
                for one in node.values():
                    walk(one)
            elif isinstance(node, list):
                for one in node:
                    walk(one)

        walk(json.loads(exported("case", ledger, tmp_path))["@graph"])
        assert len(found) == len(set(found)) > 100

    def test_a_file_that_was_not_examined_has_no_result(self) -> None:
        nodes = list(case.nodes(*items(failed("x"))))
        assert [node["@type"] for node in nodes] == [
            "observable:File",
            "investigation:InvestigativeAction",
        ]


@pytest.mark.parametrize("name", [one.name for one in EXPORTS])
class TestEvery:
    def test_the_same_results_give_the_same_bytes_of_an_export(
        self, name: str, ledger: Path, tmp_path: Path
    ) -> None:
        assert exported(name, ledger, tmp_path) == exported(name, ledger, tmp_path)

    def test_an_export_of_flagged_files_leaves_out_the_rest(
        self, name: str, ledger: Path, tmp_path: Path
    ) -> None:
        out = tmp_path / "out"
        assert run(ledger, "--to", name, "--flagged", "-o", out).exit_code == 0
        text = out.read_text(encoding="utf-8")
        assert "tampered.png" in text
        assert "capture.jpg" not in text

    def test_memory_of_an_export_does_not_grow_with_the_rows(
        self, name: str, tmp_path: Path
    ) -> None:
        """What is written is many times what is held, garbage not yet collected included."""
        paths = (f"inbox/{n:06}.png" for n in range(2_100))
        path = write(tmp_path / "a.ledger", copies(judged("ai-generated.png"), paths))
        peak, written = _peak(name, path)
        assert written > 1_000_000
        assert peak < 700_000

    def test_one_file_is_examined_and_exported(self, name: str) -> None:
        made = run(FIXTURES / "ai-generated.png", "--to", name, "--at", "2026-06-01T00:00:00Z")
        assert made.exit_code == 0, made.output
        assert "ai_generated" in made.stdout

    def test_an_export_of_what_cannot_be_examined_is_an_error(
        self, name: str, tmp_path: Path
    ) -> None:
        made = run(tmp_path / "none", "--to", name)
        assert made.exit_code == 2
        assert "no such file" in made.output

    def test_a_record_that_is_damaged_is_named(self, name: str, tmp_path: Path) -> None:
        row = list(entry(judged("plain.jpg")))
        row[-1] = row[-1].replace('"asset":{', '"asset":[{', 1)
        path = write(tmp_path / "a.ledger", [tuple(row)])
        made = run(path, "--to", name)
        assert made.exit_code == 2
        assert "damaged" in made.output


def _case_validate(path: Path) -> subprocess.CompletedProcess[str]:
    program = shutil.which("case_validate", path=str(Path(sys.executable).parent))
    if program is None:
        pytest.skip("case_validate is not there: it comes with case-utils of the extra test")
    return subprocess.run(
        [program, "--built-version", "case-1.5.0", str(path)],
        capture_output=True,
        text=True,
        check=False,
    )


def _peak(name: str, ledger: Path) -> tuple[int, int]:
    """The most memory that an export of a ledger takes, and what it writes, in bytes."""
    from importlib import import_module

    module = import_module(f"provenance.export.{name}")
    more: dict[str, Any] = {"single": False} if name == "ncmec" else {}
    stream = _Nowhere()
    with reading.open_ledger(ledger) as reader:
        rows: Iterable[Item] = (item(json.loads(reader.full_record(row))) for row in reader.rows())
        gc.collect()  # what other tests left is not to be collected, and told of, meanwhile
        gc.freeze()
        tracemalloc.start()
        try:
            module.write(rows, stream, **more)
            return tracemalloc.get_traced_memory()[1], stream.count
        finally:
            tracemalloc.stop()


class _Nowhere(io.TextIOBase):
    """A stream that counts what it is given, and keeps nothing."""

    count = 0

    def write(self, text: str) -> int:
        self.count += len(text)
        return len(text)

    def writelines(self, texts: Iterable[str]) -> None:  # type: ignore[override] - of text alone
        for one in texts:
            self.write(one)


def test_trust_options_do_not_go_with_a_ledger(ledger: Path) -> None:
    made = run(ledger, "--to", "case", "--at", "2026-06-01T00:00:00Z")
    assert made.exit_code == 2
    assert "need a FILE" in made.output


def test_a_case_number_goes_with_vics_alone(ledger: Path) -> None:
    assert run(ledger, "--to", "case", "--case", "7").exit_code == 2


@pytest.mark.parametrize("name", [one.name for one in EXPORTS])
def test_a_file_that_is_not_flagged_is_no_empty_document(name: str) -> None:
    result = run(FIXTURES / "plain.jpg", "--to", name, "--flagged")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "not flagged" in result.stderr
