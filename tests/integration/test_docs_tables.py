"""Every part that can be added has its row in the documentation, and the row is the part's own."""

from __future__ import annotations

import re

import pytest
from support import doc_tables
from support.doc_tables import DOCS, TABLES
from support.each import each

from provenance.kit.sample import SampleClass
from provenance.media.container import BlockKind
from provenance.media.container.sniff import FAMILIES
from provenance.render import formats

_REDO = "run python tests/support/doc_tables.py"


@each("path", sorted(DOCS.glob("*.md")), ids=lambda path: path.name)
def test_tables_are_as_the_source_has_them(path) -> None:
    page = path.read_text(encoding="utf-8")
    assert doc_tables.filled(page) == page, _REDO


def test_every_table_has_its_place_once() -> None:
    assert sorted(doc_tables.placed()) == sorted(TABLES)


def test_every_status_code_has_one_row() -> None:
    rows = [row[0] for step in doc_tables.STEPS for row in doc_tables.checked(step)]
    rows += [row[0] for row in doc_tables.not_given()]
    assert sorted(rows) == sorted(f"`{one.name}`" for one in doc_tables.statuses())


def test_the_codes_of_the_rows_are_given_by_the_source() -> None:
    """But for the lists of what the SDK says, whose part is not to give codes."""
    for one in doc_tables.statuses():
        if one.name in doc_tables.NOT_GIVEN:
            heard = one.name.startswith("cawg.")  # `cawg.judging` lists what it does not hear
            assert heard or not doc_tables.is_named(one.name), one.name
        else:
            assert doc_tables.is_in_source(one.name), one.name


def test_every_container_says_what_its_row_needs() -> None:
    rows = {row[0]: row for row in doc_tables.containers()}
    assert set(rows) == {f"`{row.name}`" for row in FAMILIES}
    assert [cells for cells in rows.values() if not all(cells)] == []


def test_every_kind_of_metadata_says_what_it_is() -> None:
    for kind in BlockKind:
        assert kind.what
        assert [cells for cells in doc_tables.metadata() if not cells[1]] == []


def test_every_decoder_says_what_its_row_needs() -> None:
    for cells in doc_tables.decoders():
        assert all(cells), cells


@pytest.mark.parametrize("command", [formats.VERIFY, formats.LINT, formats.REPORT])
def test_every_format_is_loaded_by_its_line(command) -> None:
    assert len(set(formats.format_names(command))) == len(command)
    for one in command:
        assert one.what
        assert one.load().__doc__
        if command is formats.LINT:
            assert hasattr(one.load(), "run_lines" if one.name == "text" else "text")
        elif command is formats.REPORT:
            assert callable(one.load().report)
            assert callable(one.load().is_own)


@each("group", SampleClass)
def test_every_class_of_samples_has_a_row(group: SampleClass) -> None:
    rows = re.findall(r"^\| (.*?) \|", (DOCS / "kit.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert any(f"`{group.value}`" in row for row in rows), rows
