"""The tables of generators as a page: what each tool writes, where, and how strong it is.

`python -m provenance.signals.detectors.generator_tables docs/generators.md` writes the part of the
page between its two marks; a test holds page and tables together.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from provenance.signals.detectors.tables import table

if TYPE_CHECKING:
    from collections.abc import Iterator

BEGIN = "<!-- from here on made from the tables; see `generator_tables.py` -->"
END = "<!-- end of what is made from the tables -->"

_HEAD = "| tool | what it writes | where | says | since | source |"
_RULE = "| --- | --- | --- | --- | --- | --- |"
_ANY = "any text"


def generator_page() -> str:
    """Return the generated part of the page."""
    return "\n".join(_lines())


def _lines() -> Iterator[str]:
    yield _HEAD
    yield _RULE
    rows = sorted(_rows(), key=lambda row: tuple(cell.casefold() for cell in row))
    for row in dict.fromkeys(rows):
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |"
    silent = table("silent")
    yield ""
    yield "Tools that leave no mark: what they write was read in their code. A file without a mark"
    yield "may be by any of them."
    yield ""
    yield "| tool | makes | the code that shows it |"
    yield "| --- | --- | --- |"
    for tool in (*silent["none"], *silent["watermark"]):
        yield f"| {tool['tool']} | {tool['kind']} | {tool['code']} |"
    yield ""
    yield "Not known: services whose code is closed. Looked for were notes on their downloads,"
    yield "code that reads or removes their marks, and their own documents. Where one signs, the"
    yield "credential says so."
    yield ""
    yield "| service | what was found |"
    yield "| --- | --- |"
    for tool in silent["unknown"]:
        yield f"| {tool['tool']} | {tool['known']} |"


def _rows() -> Iterator[tuple[str, str, str, str, str, str]]:
    for row in table("names")["names"]:
        tail = {"versioned": ", or with a version", "prefix": " and what follows"}
        what = f"the name `{row['name']}`{tail.get(row['match'], '')}"
        where = ", ".join(row.get("only", ["fields that name the program"]))
        yield _row(row, what, where)
    for row in table("programs")["settings_text"]:
        value = row.get("value") or row.get("prefix") or row["pattern"]
        yield _row(row, f"settings as text with {' or '.join(row['keys'])} `{value}`", _ANY)
    for row in table("objects")["tools"]:
        what = "JSON with " + ", ".join(f"`{key.replace('/', '.')}`" for key in row["needs"])
        yield _row(row, what, _ANY)
    for row in table("keysets")["sets"]:
        what = "the keys " + ", ".join(f"`{key}`" for key in row["needs"])
        yield _row(row, what, row["source_kind"])
    for row in table("textmarks")["marks"]:
        where = ", ".join(row.get("fields", [_ANY]))
        yield _row(row, row["says"], where)


_Row = tuple[str, str, str, str, str, str]


def _row(row: dict[str, Any], what: str, where: str) -> _Row:
    product = row["product"] or row.get("says") or "not named"
    vendor = row.get("vendor")
    tool = f"{product} ({vendor})" if vendor and vendor != product else product
    says = row.get("origin", "ai_generated")
    return tool, what, where, says, row.get("since", ""), row["source"]


def write_generator_tables(path: str) -> None:
    """Write the generated part into a page, between the two marks."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"{before}{BEGIN}\n\n{generator_page()}\n\n{END}{after}")


if __name__ == "__main__":
    write_generator_tables(sys.argv[1])
