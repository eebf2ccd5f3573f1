"""What the page of the service is made of: the values of one report, and the static files."""

from __future__ import annotations

import csv
import io
import json
import os
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support.each import each
from support.english import habits
from support.ledgers import HOSTILE_NAMES, entry, failed, judged, moved, write
from support.pages import Elements
from support.pki import FIXTURES

from provenance.auditing import reading
from provenance.base.text import printable_path
from provenance.render import csv_table
from provenance.render.page import detail
from provenance.render.page.nodes import ATTRIBUTES, TAGS, markup
from provenance.serve import page, view
from provenance.verdict.report import Outer

if TYPE_CHECKING:
    from collections.abc import Iterator

SAMPLES = sorted(
    one["file"] for one in json.loads((FIXTURES / "index.json").read_text("utf-8"))["files"]
)


def nodes(value: Any) -> Iterator[list[Any]]:
    """Yield every element below some nodes."""
    for node in value:
        if isinstance(node, list):
            yield node
            yield from nodes(node[2:])


def said(value: Any) -> str:
    """Return the text of nodes, as a reader has it."""
    return "".join(one if isinstance(one, str) else said(one[2:]) for one in value)


@each("name", SAMPLES)
def test_what_is_made_of_a_report_is_plain_and_of_the_lists_of_elements(name: str) -> None:
    report = judged(name)
    made = view.page(report)
    assert json.loads(json.dumps(made)) == made
    for tag, attributes, *children in nodes([*made["card"], *made["detail"]]):
        assert tag in TAGS
        assert attributes.keys() <= ATTRIBUTES - {"id"}
        assert [child for child in children if not isinstance(child, str | list)] == []
    card = said(made["card"])
    assert markup(card) == re.sub(r"<[^>]*>", "", "".join(map(markup, detail.card(report))))
    assert "authentic" not in card + said(made["detail"])
    if report.credentials.manifests:
        assert "No usable evidence" not in card
        assert "Manifests" in said(made["detail"])
    assert "How it was examined" in said(made["detail"])


def test_the_queue_gets_the_facts_of_a_report() -> None:
    made = view.page(judged("tampered.png", "case-7/one.png"))["row"]
    assert made["path"] == "case-7/one.png"
    assert (made["origin"], made["flagged"], made["tone"]) == (
        "ai_generated",
        ["ai", "broken"],
        "bad",
    )
    assert (made["type"], made["size"], made["error"]) == ("image/png", 2636, "")
    assert made["generator"] == "Test Generator"


def test_the_view_of_a_file_that_could_not_be_examined_says_so() -> None:
    made = view.page(failed("locked.jpg", "worker.timeout", "it took longer than 60 seconds"))
    assert made["row"]["error"] == "worker.timeout"
    assert (made["row"]["origin"], made["row"]["tone"]) == ("", "bad")
    assert said(made["card"]).startswith("could not be examined: it took longer than 60 seconds")


def test_cells_are_those_of_the_report_on_a_ledger(tmp_path: Path) -> None:
    """But for the run and the time of the last change, which a service does not know."""
    reports = [moved(judged("tampered.png"), name) for name in HOSTILE_NAMES]
    reports += [judged("capture.jpg"), failed("missing.jpg", message="=1+1")]
    path = write(tmp_path / "a.ledger", sorted(map(entry, reports)))
    stream = io.StringIO(newline="")
    with reading.open_ledger(path) as reader:
        csv_table.write_csv(reader.rows(), stream)
    rows = {row["path"]: row for row in csv.DictReader(io.StringIO(stream.getvalue(), newline=""))}
    for report in reports:
        cells = view.page(report)["csv"]
        made = dict(zip(csv_table.NAMES, map(str, cells), strict=True))
        wanted = rows[made["path"]] | dict.fromkeys(("run_id", "seen_run", "modified"), "")
        assert made == wanted


def test_a_name_that_is_not_text_is_escaped_for_people_and_exact_for_machines() -> None:
    name = os.fsdecode(b"\xff.jpg")
    made = view.page(moved(judged("plain.jpg"), name))
    json.dumps(made).encode("ascii")
    assert made["row"]["path"] == "\\xff.jpg" == printable_path(name)
    assert made["csv"][csv_table.NAMES.index("path_bytes")] == "/y5qcGc="


def test_a_file_that_was_found_in_another_one_says_so() -> None:
    report = judged("plain.jpg")
    inner = replace(
        report,
        asset=replace(
            report.asset, path="a.zip!/b.jpg", outer=Outer("a.zip", "0" * 64, ("b.jpg",))
        ),
    )
    made = view.page(inner)
    assert made["row"]["path"] == "a.zip!/b.jpg"
    assert "found in" in said(made["detail"])


def test_titles_are_withheld_as_the_report_has_them() -> None:
    assert "[title withheld]" in said(view.page(judged("capture.jpg"))["detail"])


# ---- the static files

SOURCES = sorted(Path(page.__file__).parent.glob("*.js"))


def test_the_document_loads_its_style_and_script_alone() -> None:
    elements = Elements(page.page_document())
    assert elements.unclosed == []
    for tag, attributes in elements.tags:
        assert tag not in {"img", "video", "audio", "iframe", "object", "embed", "base", "style"}
        assert "style" not in attributes
        assert [name for name in attributes if name.startswith("on")] == []
    loaded = [
        a.get("src") or a.get("href") for tag, a in elements.tags if tag in {"script", "link"}
    ]
    assert loaded == ["page.css", "page.js"]
    assert [text.strip() for _, text in elements.texts] == [""]
    ids = [a["id"] for _, a in elements.tags if "id" in a]
    assert len(ids) == len(set(ids))


def test_no_script_or_style_of_the_page_makes_markup_of_a_text() -> None:
    script = page.scripts()
    for word in (
        *("innerHTML", "outerHTML", "insertAdjacent", "document.write", "eval(", "Function("),
        *("localStorage", "sessionStorage", "indexedDB", "document.cookie", "importScripts"),
        *('setAttribute("on', ".style.", "autoplay", "http:", "https:"),
    ):
        assert word not in script.replace("http://www.w3.org/2000/svg", ""), word
    assert "url(" not in page.styles()
    assert "@import" not in page.styles()


def test_the_script_is_given_words_and_columns() -> None:
    (line,) = (one for one in page.scripts().splitlines() if one.startswith("const given = "))
    given = json.loads(line.removeprefix("const given = ").removesuffix(";"))
    assert given["origin"]["ai_generated"] == "AI-generated"
    assert given["columns"] == list(csv_table.NAMES)
    assert len(given["unsent"]["csv"]) == len(csv_table.NAMES)
    assert given["unsent"]["record"]["error"]["message"] == ""


class _Texts(HTMLParser):
    said = ""

    def handle_data(self, data: str) -> None:
        self.said += f" {data}"


def test_the_page_speaks_plain_english() -> None:
    texts = _Texts()
    texts.feed(page.page_document())
    assert habits(texts.said) == []


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_the_script_speaks_plain_english(path: Path) -> None:
    code = re.sub(r"//.*", "", path.read_text("utf-8"))
    found = re.findall(r'"((?:[^"\\\n]|\\.)*)"', code)
    assert [(bad, one) for one in found if " " in one and (bad := habits(one))] == []
