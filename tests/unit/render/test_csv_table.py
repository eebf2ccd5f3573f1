"""CSV: no cell is a formula, however a spreadsheet splits the file, and no name is lost."""

from __future__ import annotations

import base64
import csv
import io
import os
import re
from itertools import product

from hypothesis import example, given
from hypothesis import strategies as st
from support.each import each
from support.ledgers import HOSTILE_NAMES, entry, failed, judged, moved, write

from provenance.auditing import reading
from provenance.render import csv_table
from provenance.render.columns import COLUMNS, moment

FORMULA = "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20\u2212"
ALPHABET = st.sampled_from([*FORMULA, *"';,|\" a1\u00a0", "\u3000"])
ANY = st.text(ALPHABET, max_size=12) | st.text(max_size=30)


@given(ANY)
@example("'=x")
@example("''=x")
@example("\t=")
@example("a;'=")
def test_no_text_is_lost_by_making_it_neutral(text: str) -> None:
    assert csv_table.original(csv_table.neutral(text)) == text


@given(ANY)
def test_no_cell_is_a_formula_wherever_a_reader_cuts_it(text: str) -> None:
    neutral = csv_table.neutral(text)
    for start in [0, *(m.end() for m in re.finditer(r'[;,|\t\r\n"]', neutral))]:
        cell = neutral[start:].lstrip()
        before = neutral[start : len(neutral) - len(cell)]
        assert not re.search(f"[{re.escape(FORMULA)}]", before)
        assert not cell or cell[0] not in FORMULA


@given(
    ANY,
    ANY,
    st.sampled_from([",", ";", "\t", "|"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_NONE]),
)
def test_no_spreadsheet_with_another_separator_sees_a_formula(
    a: str, b: str, separator: str, quoting: int
) -> None:
    stream = io.StringIO(newline="")
    csv_table.Table(stream, ["x", "y"]).line([a, b])
    read = csv.reader(
        re.split(r"[\r\n]+", stream.getvalue()), delimiter=separator, quoting=quoting, strict=False
    )
    found = list(read)
    assert len(found) >= 2, "the head or the line is missing"
    for line in found:
        for cell in line:
            assert not cell.lstrip("\"' ").startswith("=cmd")
            assert not cell.strip(' "')[:1] or cell.strip(' "')[0] not in "=+-@"


@each("name", HOSTILE_NAMES, ids=ascii)
def test_a_hostile_name_is_the_same_after_reading(name: str, tmp_path) -> None:
    path = write(tmp_path / "a.ledger", [entry(moved(judged("plain.jpg"), name))])
    stream = io.StringIO(newline="")
    with reading.open_ledger(path) as reader:
        csv_table.write_csv(reader.rows(), stream)
    stream.seek(0)
    (line,) = csv.DictReader(stream)
    if line["path_bytes"]:
        assert base64.b64decode(csv_table.original(line["path_bytes"])) == os.fsencode(name)
    else:
        assert csv_table.original(line["path"]) == name


def test_the_table_has_its_columns_numbers_and_line_ends(tmp_path) -> None:
    rows = [entry(judged("ai-generated.png", "a.png")), entry(failed("b.png"))]
    path = write(tmp_path / "a.ledger", rows)
    stream = io.StringIO(newline="")
    with reading.open_ledger(path) as reader:
        csv_table.write_csv(reader.rows(), stream)
    text = stream.getvalue()
    assert text.count("\r\n") == 3
    assert text.isascii()
    header, first, second = text.splitlines()
    assert header == ",".join(f'"{column.name}"' for column in COLUMNS)
    assert first.startswith('"a.png",1,3701,"2026-05-28T20:26:40Z","image/png","2435a33a')
    assert '"ai_generated","verified_private","ai","ai"' in first
    assert '"asset.missing","no such file",1,""' in second
    assert second.startswith('"b.png",1,"","')


@each(
    ("nanoseconds", "text"),
    [
        (None, ""),
        (0, "1970-01-01T00:00:00Z"),
        (-1, "1969-12-31T23:59:59Z"),
        ((1 << 63) - 1, "2262-04-11T23:47:16Z"),
        (10**30, ""),
        (-(1 << 63) * 100, ""),
    ],
)
def test_times_of_files_are_written_in_utc(nanoseconds: int | None, text: str) -> None:
    assert moment(nanoseconds) == text


def test_every_formula_character_is_neutral_in_every_place() -> None:
    for lead, char in product(["", " ", "\u00a0", "'", "'' ", "a;", "a\n", 'a"', "a,"], FORMULA):
        assert csv_table.neutral(f"{lead}{char}1") != f"{lead}{char}1"
    for harmless in ("a-b", "a=b", "user@host", "1+1", "a b", "", "'a", "x/-y"):
        assert csv_table.neutral(harmless) == harmless
