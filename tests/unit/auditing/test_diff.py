"""What changed between two audits, case by case."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace

from support.each import each
from support.ledgers import HOSTILE_NAMES, entry, failed, judged, moved, write

from provenance.auditing import diff, reading
from provenance.base.terms import Flag
from provenance.render import differences
from provenance.render.csv_table import original
from provenance.render.rows import RowChange


def compared(tmp_path, before, after, **run):
    a = write(tmp_path / "a.ledger", before, runs=2)
    b = write(tmp_path / "b.ledger", after, runs=2, **run)
    with reading.open_ledger(a) as first, reading.open_ledger(b) as second:
        return list(diff.differences(first, second))


def one(tmp_path, before, after):
    """The changes of one file."""
    sides = [[] if r is None else [entry(r, run=2)] for r in (before, after)]
    found = compared(tmp_path, *sides)
    assert len(found) <= 1
    return {str(change) for change in found[0].changes} if found else set()


PLAIN = judged("plain.jpg", "x")
AI = judged("ai-generated.png", "x")
REVOKED = judged("revoked.jpg", "x")
TAMPERED = judged("tampered.png", "x")
CAPTURE = judged("capture.jpg", "x")
FAILED = failed("x")


@each(
    ("before", "after", "expected"),
    [
        (PLAIN, PLAIN, set()),
        (AI, AI, set()),
        (FAILED, FAILED, set()),
        (None, PLAIN, {"new"}),
        (None, AI, {"new", "newly_flagged"}),
        (None, REVOKED, {"new", "newly_flagged", "newly_revoked"}),
        (None, FAILED, {"new", "newly_failed"}),
        (AI, None, {"gone"}),
        (
            PLAIN,
            AI,
            {"newly_flagged", "gained_credential", "verdict_changed", "changed_bytes"},
        ),
        (
            AI,
            PLAIN,
            {"no_longer_flagged", "lost_credential", "verdict_changed", "changed_bytes"},
        ),
        (AI, TAMPERED, {"verdict_changed", "changed_bytes"}),
        (PLAIN, FAILED, {"newly_failed"}),
        (AI, FAILED, {"newly_failed"}),
        (FAILED, PLAIN, {"no_longer_failed"}),
        (FAILED, AI, {"newly_flagged", "no_longer_failed"}),
    ],
)
def test_one_file_differs_in_the_fields_that_changed(tmp_path, before, after, expected) -> None:
    assert one(tmp_path, before, after) == expected


def test_a_signer_that_was_revoked_since(tmp_path) -> None:
    now = replace(
        CAPTURE,
        flagged=(Flag.REVOKED,),
        verdict=replace(CAPTURE.verdict, flags=(Flag.REVOKED,)),
    )
    assert one(tmp_path, CAPTURE, now) == {"newly_revoked", "newly_flagged"}


def test_bytes_are_compared_by_size_where_a_digest_is_missing(tmp_path) -> None:
    other = replace(PLAIN, asset=replace(PLAIN.asset, sha256=None, size=1))
    assert one(tmp_path, PLAIN, other) == {"changed_bytes"}
    same = tmp_path / "same"
    same.mkdir()
    silent = replace(PLAIN, asset=replace(PLAIN.asset, sha256=None))
    assert one(same, PLAIN, silent) == set()


def test_both_sides_are_walked_in_one_order(tmp_path) -> None:
    names = (*HOSTILE_NAMES[::2], "z1"), (*HOSTILE_NAMES[1::2], "z1", "z2")
    before, after = ([entry(moved(PLAIN, name), run=2) for name in side] for side in names)
    found = compared(tmp_path, before, after, sources='["other"]')
    gone = {d.row.path for d in found if d.changes == (RowChange.GONE,)}
    new = {d.row.path for d in found if d.changes == (RowChange.NEW,)}
    assert gone == set(HOSTILE_NAMES[::2])
    assert new == {*HOSTILE_NAMES[1::2], "z2"}
    paths = [d.row.path_bytes for d in found]
    assert paths == sorted(paths)


def test_a_row_that_the_last_run_did_not_meet_is_of_a_file_that_is_gone(tmp_path) -> None:
    before = [entry(moved(PLAIN, n), run=1, seen=2) for n in "ab"]
    after = [entry(moved(PLAIN, "a"), run=1, seen=2), entry(moved(PLAIN, "b"), run=1, seen=1)]
    (found,) = compared(tmp_path, before, after)
    assert (found.row.path, found.changes) == ("b", (RowChange.GONE,))


@each("name", HOSTILE_NAMES, ids=ascii)
def test_hostile_names_are_harmless_in_every_form_of_differences(tmp_path, name) -> None:
    (found,) = compared(tmp_path, [entry(moved(PLAIN, name), run=2)], [])
    lines = list(differences.difference_lines([found]))
    assert [line for line in lines if not line.replace("\t", "").isprintable()] == []
    assert lines[-1].strip() == "1  gone"
    stream = io.StringIO(newline="")
    differences.write_jsonl([found], stream)
    record = json.loads(stream.getvalue())
    assert stream.getvalue().isascii()
    assert stream.getvalue().count("\n") == 1
    assert record["changes"] == ["gone"]
    assert record["after"] is None
    assert record["before"]["origin"] == "unknown"
    assert record["path"] == name or "path_bytes" in record
    stream = io.StringIO(newline="")
    differences.write_csv([found], stream)
    stream.seek(0)
    (line,) = csv.DictReader(stream)
    assert original(line["path"]) == name or line["path_bytes"]
    assert line["path"][:1] not in "=+-@\t\r"
    assert (line["before_origin"], line["after_origin"]) == ("unknown", "")


def test_a_comparison_of_equal_audits_says_that_nothing_changed() -> None:
    assert list(differences.difference_lines([])) == ["No file changed."]
