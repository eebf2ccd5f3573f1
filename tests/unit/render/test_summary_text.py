"""The summary for people: every count, and nothing that moves the terminal."""

from __future__ import annotations

from support.ledgers import entry, failed, judged, write

from provenance.auditing import ledger_totals, reading
from provenance.render import rows as values
from provenance.render import summary_text
from provenance.render.rows import EVERYTHING, RowSelection


def lines(path, selection=EVERYTHING):
    with reading.open_ledger(path) as reader:
        return list(
            summary_text.summary_lines(reader.runs, ledger_totals.count_ledger(reader, selection))
        )


def rows():
    return [
        entry(judged("ai-generated.png", "a.png")),
        entry(judged("plain.jpg", "b.jpg")),
        entry(judged("unlisted.jpg", "c.jpg")),
        entry(failed("d.jpg"), run=2),
    ]


def test_the_summary_counts_files_by_verdict_signer_and_error(tmp_path) -> None:
    said = "\n".join(lines(write(tmp_path / "a.ledger", rows(), runs=2)))
    for part in (
        "run 2: finished, begun 2026-06-01T00:00:00Z",
        "network off",
        "workers confined by landlock",
        "workers NOT confined by network",
        "policy default ",
        "list anchors.pem - ",
        "           4  files, ",
        "           3  judged, 2 of them with a credential",
        "           1  could not be examined",
        "           2  flagged",
        "           1  ai_generated verified_private",
        "           1  ai_generated signed",
        "           1  unknown none",
        "signer not on any trust list\n           1  Stranger Organisation",
        "could not be examined\n           1  asset.missing",
    ):
        assert part in said, part


def test_the_summary_of_a_selection_counts_its_files_alone(tmp_path) -> None:
    path = write(tmp_path / "a.ledger", rows(), runs=2)
    assert any("1  files" in line for line in lines(path, RowSelection(since_run=2)))
    assert any("2  files" in line for line in lines(path, RowSelection(flagged=True)))
    assert any("0  files" in line for line in lines(path, RowSelection(since_run=3)))


def test_hostile_values_are_cleaned(tmp_path) -> None:
    row = list(entry(judged("ai-generated.png", "a.png")))
    for n, value in enumerate(row):
        if isinstance(value, str) and n > 6 and n < len(row) - 1:
            row[n] = value + "\x1b[2J\u202e\n"
    said = lines(write(tmp_path / "a.ledger", [tuple(row)], tool="\x1b[2J"))
    assert [line for line in said if not line.isprintable()] == []


def test_many_different_values_are_counted_in_bounded_memory(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(values, "MAX_VALUES", 3)
    made = []
    for n in range(10):
        row = list(entry(judged("ai-generated.png", f"{n}.png")))
        row[row.index("Test Signing Organisation")] = f"Signer {n}"
        made.append(tuple(row))
    with reading.open_ledger(write(tmp_path / "a.ledger", made)) as reader:
        tally = ledger_totals.count_ledger(reader, EVERYTHING).signers
    assert tally.files == {"Signer 0": 1, "Signer 1": 1, "Signer 2": 1, values.OTHER: 7}
    assert tally.largest(1) == [(values.OTHER, 7, 7)]


def test_the_summary_of_an_empty_ledger_counts_no_files(tmp_path) -> None:
    assert lines(write(tmp_path / "a.ledger", [], runs=0))[0].strip().startswith("0  files")


def test_numbers_come_first_in_the_summary_and_digests_last(tmp_path) -> None:
    said = lines(write(tmp_path / "a.ledger", rows(), runs=2))
    assert said[0].endswith(" bytes")
    assert said[-1].startswith("  list ")


def test_of_many_runs_the_summary_tells_the_first_and_the_last(tmp_path) -> None:
    said = lines(write(tmp_path / "a.ledger", rows(), runs=9))
    runs = [line for line in said if line.startswith("run")]
    assert [line.split(":")[0] for line in runs] == ["run 1", "runs 2 to 8", "run 9"]
    assert "7 more" in runs[1]
