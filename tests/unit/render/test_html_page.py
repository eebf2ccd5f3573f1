"""The HTML page as text: its policy, its data, and what it leaves out."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
from html.parser import HTMLParser

from support.ledgers import HOSTILE_NAMES, MTIME, entry, failed, judged, moved, write

from provenance.auditing import reading
from provenance.auditing.totals import count
from provenance.base.text import printable_path
from provenance.render import html_page, page_details
from provenance.render.rows import EVERYTHING, Selection


class Elements(HTMLParser):
    """Elements with their attributes, and the text of scripts and styles."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.inside = False
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag in {"script", "style"}:
            self.texts.append((dict(attrs).get("id") or tag, ""))
            self.inside = True

    def handle_endtag(self, tag) -> None:
        self.inside = False

    def handle_data(self, data) -> None:
        if self.inside:
            name, text = self.texts.pop()
            self.texts.append((name, text + data))


def page(path, selection: Selection = EVERYTHING, **options) -> str:
    stream = io.StringIO()
    with reading.open_(path) as reader:
        html_page.write(reader, selection, count(reader, selection), stream, **options)
    return stream.getvalue()


def data(text: str):
    """The rows and the rest, as the script reads them."""
    found = dict(Elements(text).texts)
    return json.loads(found["data-rows"]), json.loads(found["data-rest"])


def mixed(tmp_path, names=HOSTILE_NAMES):
    rows = [entry(moved(judged("ai-generated.png"), name)) for name in names]
    rows += [entry(moved(judged("plain.jpg"), f"plain-{n}.jpg")) for n in range(5)]
    rows += [entry(failed(f"missing-{n}.jpg")) for n in range(3)]
    return write(tmp_path / "a.ledger", rows)


def test_a_ledger_may_be_called_as_a_mark_of_the_page(tmp_path) -> None:
    path = write(tmp_path / "@STYLE@ @POLICY@ @TITLE@ <b>", [])
    made = page(path)
    assert made.count("Audit report: @STYLE@ @POLICY@ @TITLE@ &lt;b&gt;<") == 2  # title and heading


def test_the_policy_allows_this_script_and_this_style_alone(tmp_path) -> None:
    elements = Elements(page(mixed(tmp_path)))
    policy = next(a["content"] for tag, a in elements.tags if "http-equiv" in a)
    assert policy is not None
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert "unsafe" not in policy
    for name in ("script", "style"):
        (text,) = (t for kind, t in elements.texts if kind == name)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert rules[f"{name}-src"] == f"'sha256-{digest}'"


def test_it_asks_nobody_for_anything(tmp_path) -> None:
    text = page(mixed(tmp_path, names=["a.png"]))
    elements = Elements(text)
    for tag, attributes in elements.tags:
        assert tag not in {"img", "link", "iframe", "object", "embed", "video", "audio", "base"}
        assert not {"src", "style", "srcset", "action"} & attributes.keys(), (tag, attributes)
        assert not any(name.startswith("on") for name in attributes)
        assert (attributes.get("href") or "#").startswith("#")
    outside = re.findall(r"https?://[^\"' ]+", text)
    assert set(outside) == {"http://www.w3.org/2000/svg"}  # a name, not an address
    script = next(t for kind, t in elements.texts if kind == "script")
    for word in ("innerHTML", "outerHTML", "insertAdjacent", "document.write", "eval(", "fetch("):
        assert word not in script


def test_no_name_leaves_its_element(tmp_path) -> None:
    text = page(mixed(tmp_path))
    elements = Elements(text)
    assert [tag for tag, _ in elements.tags].count("script") == 3
    assert not {"img", "b"} & {tag for tag, _ in elements.tags}
    rows, rest = data(text)
    assert {row[0] for row in rows} >= {printable_path(name) for name in HOSTILE_NAMES}
    assert len(rows) == rest["totals"]["files"]
    for name in ("data-rows", "data-rest"):
        raw = dict(elements.texts)[name]
        assert raw.isascii()
        assert not set("<>&") & set(raw)
    assert "\u202e" not in text


def test_a_hostile_ledger_name_is_text(tmp_path) -> None:
    path = write(tmp_path / "<img src=x> & 'a\"", [])
    elements = Elements(page(path))
    assert "img" not in {tag for tag, _ in elements.tags}
    assert "&lt;img src=x&gt; &amp;" in page(path)


def test_details_of_flagged_files_have_chain_and_manifests(tmp_path) -> None:
    rows = [entry(judged("chain-of-three.jpg", "a.jpg")), entry(judged("tampered.png", "b.png"))]
    lines, rest = data(page(write(tmp_path / "a.ledger", rows)))
    assert [line[0] for line in lines] == ["a.jpg", "b.png"]
    assert list(rest["details"]) == ["1"]
    detail = rest["details"]["1"]
    (manifest,) = detail["manifests"]
    assert manifest["integrity"] == "broken"
    assert manifest["chain"][0] == "Test Signing Organisation"
    assert len(manifest["chain"]) == 3
    assert manifest["actions"] == ["c2pa.created trainedAlgorithmicMedia"]
    assert any("dataHash.mismatch" in finding for finding in detail["findings"])
    assert any("other bytes" in reason for reason in detail["reasons"])


def test_what_is_cut_is_said_and_flagged_files_come_first(tmp_path) -> None:
    path = mixed(tmp_path)
    rows, rest = data(page(path))
    assert rest["cut"] == ""
    flagged = len(HOSTILE_NAMES)
    rows, rest = data(page(path, max_rows=flagged + 4))
    words = rest["words"]
    assert sum(bool(words[row[3]]) for row in rows) == flagged
    assert sum(bool(words[row[8]]) for row in rows) == 3
    assert len(rows) == flagged + 4
    assert f"lists {flagged + 4:,} of {flagged + 8:,} files" in rest["cut"]
    assert rest["totals"]["files"] == flagged + 8
    rows, rest = data(page(path, max_rows=2))
    assert len(rows) == 2
    assert all(words[row[3]] for row in rows)


def test_details_that_do_not_fit_are_counted(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(html_page, "MAX_DETAILS", 3000)
    _, rest = data(page(mixed(tmp_path)))
    assert 0 < len(rest["details"]) < len(HOSTILE_NAMES)
    left = len(HOSTILE_NAMES) + 3 - len(rest["details"])
    assert f"The details of {left} files did not fit" in rest["cut"]


def test_a_selection_is_named(tmp_path) -> None:
    rows, rest = data(page(mixed(tmp_path), Selection(since_run=1, flagged=True)))
    assert len(rows) == len(HOSTILE_NAMES)
    assert rest["scope"].startswith("Flagged files that were judged in run 1 or later")


def test_charts_count_and_months_have_no_holes(tmp_path) -> None:
    rows = []
    for n, age in enumerate((0, 3, 40)):
        row = list(entry(judged("expired-timestamped.jpg", f"{n}.jpg")))
        row[5] = MTIME - age * 30 * 86_400 * 10**9
        rows.append(tuple(row))
    _, rest = data(page(write(tmp_path / "a.ledger", rows)))
    charts = {chart["title"]: chart for chart in rest["charts"]}
    assert charts["Origin"]["rows"] == [["ai_generated", 3, 3]]
    months = charts["Modified, by month"]["rows"]
    assert months[0] == ["2023-02", 1, 1]
    assert months[-1] == ["2026-05", 1, 1]
    assert len(months) == 40
    assert sum(month[1] for month in months) == 3
    assert charts["Signed, by month"]["rows"][0][1] == 3


def test_a_date_of_the_next_century_does_not_hide_the_others(tmp_path) -> None:
    rows = []
    for n, year in enumerate((0, 100, 200)):
        row = list(entry(judged("plain.jpg", f"{n}.jpg")))
        row[5] = MTIME + year * 365 * 86_400 * 10**9
        rows.append(tuple(row))
    _, rest = data(page(write(tmp_path / "a.ledger", rows)))
    (chart,) = (c for c in rest["charts"] if c["title"] == "Modified, by month")
    assert chart["rows"] == [["2026-05", 1, 0]]
    assert chart["left"] == 2
    _, rest = data(page(write(tmp_path / "later.ledger", rows[1:])))
    (chart,) = (c for c in rest["charts"] if c["title"] == "Modified, by month")
    assert len(chart["rows"]) == html_page.MAX_MONTHS
    assert chart["left"] == 1


def test_a_damaged_record_costs_no_page(tmp_path) -> None:
    rows = []
    for n, record in enumerate(("{}", "[1", '{"error":5}', "[" * 100_000)):
        row = list(entry(judged("ai-generated.png", f"{n}.png")))
        row[-1] = record
        rows.append(tuple(row))
    _, rest = data(page(write(tmp_path / "a.ledger", rows)))
    assert {d["error"] for d in rest["details"].values()} == {"The record of this file is damaged."}


def test_long_lists_are_cut_and_counted(tmp_path) -> None:
    row = list(entry(judged("ai-generated.png", "a.png")))
    record = json.loads(row[-1])
    record["credentials"]["manifests"] *= 50
    record["credentials"]["manifests"][0]["actions"] *= 70
    record["verdict"]["reasons"] *= 30
    row[-1] = json.dumps(record)
    _, rest = data(page(write(tmp_path / "a.ledger", [tuple(row)])))
    detail = rest["details"]["0"]
    assert len(detail["manifests"]) == page_details.MOST
    assert detail["manifests_left"] == 30
    assert detail["manifests"][0]["actions_left"] == 50
    assert detail["reasons_left"] == 40
