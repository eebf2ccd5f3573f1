"""The page of a report as text: its policy, its data, and what it leaves out."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re

import pytest
from support.ledgers import HOSTILE_NAMES, MTIME, entry, failed, judged, moved, write
from support.pages import Elements, built, parsed

from provenance.auditing import reading
from provenance.auditing.ledger_totals import count_ledger
from provenance.base.terms import Origin
from provenance.base.text import printable_path
from provenance.render import vocabulary
from provenance.render.page import audit_page, detail
from provenance.render.rows import EVERYTHING, RowSelection


def page(path, selection: RowSelection = EVERYTHING, **options) -> str:
    stream = io.StringIO()
    with reading.open_ledger(path) as reader:
        audit_page.write_audit_page(
            reader, selection, count_ledger(reader, selection), stream, **options
        )
    return stream.getvalue()


def mixed(tmp_path, names=HOSTILE_NAMES):
    rows = [entry(moved(judged("ai-generated.png"), name)) for name in names]
    rows += [entry(moved(judged("plain.jpg"), f"plain-{n}.jpg")) for n in range(5)]
    rows += [entry(failed(f"missing-{n}.jpg")) for n in range(3)]
    return write(tmp_path / "a.ledger", rows)


def test_a_ledger_may_be_called_as_a_mark_of_the_page(tmp_path) -> None:
    path = write(tmp_path / "@STYLE@ @POLICY@ @TITLE@ <b>", [])
    made = page(path)
    assert made.count("Audit report: @STYLE@ @POLICY@ @TITLE@ &lt;b&gt;<") == 2  # title and heading


def test_the_policy_allows_these_scripts_and_this_style_alone(tmp_path) -> None:
    elements = Elements(page(mixed(tmp_path)))
    policy = next(a["content"] for tag, a in elements.tags if "http-equiv" in a)
    assert policy is not None
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["require-trusted-types-for"] == "'script'"
    assert "unsafe" not in policy
    for name in ("script", "style"):
        texts = [t for kind, t in elements.texts if kind == name]
        digests = [base64.b64encode(hashlib.sha256(t.encode()).digest()).decode() for t in texts]
        assert rules[f"{name}-src"] == " ".join(f"'sha256-{digest}'" for digest in digests)


def test_the_page_of_an_audit_asks_nobody_for_anything(tmp_path) -> None:
    text = page(mixed(tmp_path, names=["a.png"]))
    elements = Elements(text)
    for tag, attributes in elements.tags:
        assert tag not in {"img", "link", "iframe", "object", "embed", "video", "audio", "base"}
        assert not {"src", "style", "srcset", "action"} & attributes.keys(), (tag, attributes)
        assert [name for name in attributes if name.startswith("on")] == []
        assert (attributes.get("href") or "#").startswith("#")
    outside = re.findall(r"https?://[^\"' ]+", text)
    assert set(outside) == {"http://www.w3.org/2000/svg"}  # a name, not an address
    for script in (t for kind, t in elements.texts if kind == "script"):
        for word in (
            "innerHTML",
            "outerHTML",
            "insertAdjacent",
            "document.write",
            "eval(",
            "fetch(",
        ):
            assert word not in script


def test_no_name_leaves_its_element_in_the_page_of_an_audit(tmp_path) -> None:
    text = page(mixed(tmp_path))
    elements = Elements(text)
    assert [tag for tag, _ in elements.tags].count("script") == 6
    assert not {"img", "b"} & {tag for tag, _ in elements.tags}
    made = parsed(text)
    assert {row.path for row in made.rows} >= {printable_path(name) for name in HOSTILE_NAMES}
    assert len(made.rows) == len(HOSTILE_NAMES) + 8
    for name in ("data-rows", "data-nodes", "data-rest"):
        raw = dict(elements.texts)[name]
        assert raw.isascii()
        assert not set("<>&") & set(raw)
    assert "\u202e" not in text


def test_hostile_text_in_the_markup_itself_is_escaped(tmp_path) -> None:
    hostile = "</script><img src=x onerror=alert(1)>\u202egpj"
    environment = json.dumps(
        {
            "tool": hostile,
            "sdk": hostile,
            "trust_lists": [
                dict.fromkeys(("name", "tier", "purpose", "date", "sha256"), hostile) | {"count": 1}
            ],
            "validation_time": hostile,
            "network": hostile,
            "policy": {"name": hostile, "sha256": hostile},
            "cross_check": "auto",
        }
    )
    rows = [entry(judged("ai-generated.png", "a.png"))]
    path = write(tmp_path / "a.ledger", rows, environment=environment, started=hostile)
    text = page(path)
    elements = Elements(text)
    assert "img" not in {tag for tag, _ in elements.tags}
    assert "\u202e" not in text
    assert text.count("&lt;img src=x onerror=alert(1)&gt;") >= 8


def test_a_hostile_ledger_name_is_text(tmp_path) -> None:
    path = write(tmp_path / "<img src=x> & 'a\"", [])
    elements = Elements(page(path))
    assert "img" not in {tag for tag, _ in elements.tags}
    assert "&lt;img src=x&gt; &amp;" in page(path)


def test_paths_are_told_by_what_they_share(tmp_path) -> None:
    names = [
        "a/b.jpg",
        "a/b.jpg.png",
        "a/c",
        "b",
        "b\U0001f4a9.jpg",
        "b\U0001f4aa.jpg",
        "\u0436/1",
        "\u0436/2",
    ]
    path = write(
        tmp_path / "a.ledger", [entry(moved(judged("plain.jpg"), n)) for n in sorted(names)]
    )
    text = page(path)
    assert [row.path for row in parsed(text).rows] == sorted(names)
    assert '7,".png",' in dict(Elements(text).texts)["data-rows"]


def test_details_have_everything_that_decided(tmp_path) -> None:
    rows = [entry(judged("chain-of-three.jpg", "a.jpg")), entry(judged("tampered.png", "b.png"))]
    made = parsed(page(write(tmp_path / "a.ledger", rows)))
    first, second = (built(made.nodes, row.detail) for row in made.rows)
    for part in (
        "captured by a camera",
        "made from",
        "Test Camera Maker",
        "CN=Test Root CA",
        "intact",
    ):
        assert part in first, part
    for part in (
        "assertion.dataHash.mismatch",
        "broken",
        "Generator",
        "Evidence",
        "Checks",
        "Signatures",
        "Findings",
        judged("tampered.png").asset.sha256 or "",
    ):
        assert part in second, part


def test_equal_details_are_kept_once(tmp_path) -> None:
    report = judged("plain.jpg")
    rows = [entry(moved(report, f"{n:03}.jpg")) for n in range(300)]
    made = parsed(page(write(tmp_path / "a.ledger", rows)))
    assert {row.detail for row in made.rows} == {made.rows[0].detail}
    assert len({row.kind for row in made.rows}) == 1


def test_what_is_cut_is_said_and_flagged_files_come_first(tmp_path) -> None:
    path = mixed(tmp_path)
    assert parsed(page(path)).rest["cut"] == ""
    flagged = len(HOSTILE_NAMES)
    made = parsed(page(path, max_rows=flagged + 4))
    assert sum(bool(row.flagged) for row in made.rows) == flagged
    assert sum(bool(row.error) for row in made.rows) == 3
    assert len(made.rows) == flagged + 4
    assert f"lists {flagged + 4:,} of {flagged + 8:,} files" in made.rest["cut"]
    made = parsed(page(path, max_rows=2))
    assert len(made.rows) == 2
    assert [row for row in made.rows if not row.flagged] == []


def test_details_that_do_not_fit_are_counted(tmp_path, monkeypatch) -> None:
    rows = [entry(moved(judged("plain.jpg"), f"{n}.jpg")) for n in range(4)]
    rows += [entry(judged("tampered.png", "x.png")), entry(judged("unlisted.jpg", "y.jpg"))]
    path = write(tmp_path / "a.ledger", rows)
    monkeypatch.setattr(audit_page, "MAX_OTHERS", 0)
    made = parsed(page(path))
    assert [row.detail >= 0 for row in made.rows] == [False] * 4 + [True] * 2
    assert "The details of 4 files did not fit" in made.rest["cut"]
    monkeypatch.setattr(audit_page, "MAX_DETAILS", 1)
    made = parsed(page(path))
    assert [row.detail >= 0 for row in made.rows] == [False] * 4 + [True, False]


def test_the_page_of_an_audit_names_the_selection(tmp_path) -> None:
    text = page(mixed(tmp_path), RowSelection(since_run=1, flagged=True))
    assert len(parsed(text).rows) == len(HOSTILE_NAMES)
    assert "Flagged files that were judged in run 1 or later" in text


def test_totals_and_verdicts_need_no_script(tmp_path) -> None:
    rows = [entry(judged(n, n)) for n in ("ai-generated.png", "capture.jpg", "plain.jpg")]
    text = page(write(tmp_path / "a.ledger", [*rows, entry(failed("x"))]))
    before = text[: text.index("<noscript>")]
    for origin in (Origin.AI_GENERATED, Origin.CAPTURED, Origin.UNKNOWN):
        assert f">{vocabulary.ORIGIN[origin]}</span></th><td" in before
    assert before.count(">25.0</td>") == 4


@pytest.mark.parametrize("runs", [0, 1, 2, 5])
def test_the_date_is_that_of_the_ledger_and_runs_are_folded(tmp_path, runs) -> None:
    text = page(write(tmp_path / "a.ledger", [], runs=runs))
    said = {
        0: "The ledger has no run.",
        1: "Audited 2026-06-01 00:00:00 to 01:00:00 UTC (finished)",
    }
    assert said.get(runs, f"Audited in {runs} runs: the first 2026-06-01") in text
    assert text.count('<details class="panel">') == runs
    assert ("3 runs between: 2 to 4" in text) is (runs == 5)


def test_charts_count_and_months_have_no_holes(tmp_path) -> None:
    rows = []
    for n, age in enumerate((0, 3, 40)):
        row = list(entry(judged("expired-timestamped.jpg", f"{n}.jpg")))
        row[5] = MTIME - age * 30 * 86_400 * 10**9
        rows.append(tuple(row))
    rest = parsed(page(write(tmp_path / "a.ledger", rows))).rest
    charts = {chart["title"]: chart for chart in rest["charts"]}
    assert charts["Verdicts"]["rows"][0] == ["ai_generated", 3]
    assert charts["Flagged for"]["rows"] == [["ai", 3, 3]]
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
    rest = parsed(page(write(tmp_path / "a.ledger", rows))).rest
    (chart,) = (c for c in rest["charts"] if c["title"] == "Modified, by month")
    assert chart["rows"] == [["2026-05", 1, 0]]
    assert chart["left"] == 2
    rest = parsed(page(write(tmp_path / "later.ledger", rows[1:]))).rest
    (chart,) = (c for c in rest["charts"] if c["title"] == "Modified, by month")
    assert len(chart["rows"]) == audit_page.MAX_MONTHS
    assert chart["left"] == 1


def test_a_damaged_record_costs_no_page(tmp_path) -> None:
    rows = []
    for n, record in enumerate(("{}", "[1", '{"error":5}', "[" * 100_000)):
        row = list(entry(judged("ai-generated.png", f"{n}.png")))
        row[-1] = record
        rows.append(tuple(row))
    made = parsed(page(write(tmp_path / "a.ledger", rows)))
    for row in made.rows:
        assert "The record of this file is damaged." in built(made.nodes, row.detail)


def test_records_of_any_values_cost_no_page(tmp_path) -> None:
    """Each value of a record, replaced by values of other types and by hostile text."""
    hostile = "</script><img src=x onerror=alert(1)>\u202e\x1b[2J"
    row = list(entry(judged("chain-of-three.jpg", "a.jpg")))
    record = json.loads(row[-1])
    rows = []
    for n, (holder, key) in enumerate(places(record)):
        kept = holder[key]
        for value in (None, 5, 10**400, [], {}, hostile, "2026-01-01", "0001-01-01T00:00:00"):
            holder[key] = value
            made = list(row)
            made[0] = made[1] = f"{n}-{len(rows)}.jpg"
            made[0] = made[0].encode()
            made[-1] = json.dumps(record)
            rows.append(tuple(made))
        holder[key] = kept
    text = page(write(tmp_path / "a.ledger", rows))
    made = parsed(text)
    assert len(made.rows) == len(rows) > 1000
    assert "img" not in {tag for tag, _ in Elements(text).tags}
    assert "\u202e" not in json.dumps(made.nodes, ensure_ascii=False)


def places(value):
    """Every place in a record, as what holds it and its key or number."""
    found = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in list(found):
        yield value, key
        if isinstance(inner, dict | list):
            yield from places(inner)


def test_a_record_of_an_earlier_version_is_shown(tmp_path) -> None:
    """It lacks what later versions added, each with a default."""
    row = list(entry(judged("tampered.png", "a.png")))
    record = json.loads(row[-1])
    for signal in record["signals"]:
        del signal["loose"], signal["from_input"]
    del record["decoded_watermarks"], record["network_calls"]
    row[-1] = json.dumps(record)
    made = parsed(page(write(tmp_path / "a.ledger", [tuple(row)])))
    assert "credential BROKEN" in built(made.nodes, made.rows[0].detail)


def test_long_lists_are_cut_and_counted(tmp_path) -> None:
    row = list(entry(judged("ai-generated.png", "a.png")))
    record = json.loads(row[-1])
    record["credentials"]["manifests"] *= 50
    record["credentials"]["manifests"][0]["actions"] *= 70
    record["verdict"]["reasons"] = [{"code": "origin.absent", "message": "A reason of many."}] * 30
    row[-1] = json.dumps(record)
    made = parsed(page(write(tmp_path / "a.ledger", [tuple(row)])))
    text = built(made.nodes, made.rows[0].detail)
    assert text.count("A reason of many.") == detail.MAX_ENTRIES + 1  # once in short
    assert f"{30 - detail.MAX_ENTRIES} more in the JSON record" in text
    assert text.count("c2pa.created") < 40
