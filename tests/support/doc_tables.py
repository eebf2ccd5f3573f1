"""The tables of the documentation that follow from the source, and writing them anew.

A page marks a table's place by `<!-- table: NAME -->` and `<!-- end -->`. After a part was added,
`python tests/support/doc_tables.py` writes them; `test_docs_tables` says which one is behind.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

from provenance.kit.samples.catalogue import SAMPLES
from provenance.marks import elsewhere as known
from provenance.marks import evaluate, registry
from provenance.media.container import BlockKind, families
from provenance.render import formats

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

DOCS = Path(__file__).resolve().parents[2] / "docs"
MEASURED = Path(__file__).resolve().parents[1] / "watermarks" / "measured"
PLACE = re.compile(r"(<!-- table: ([a-z-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def table(head: str, rows: Iterable[tuple[str, ...]]) -> str:
    """A table of Markdown; `head` has the names of its columns, separated by a bar."""
    columns = head.split("|")
    lines = [columns, ["---"] * len(columns)]
    lines += [[cell.replace("|", r"\|") for cell in row] for row in rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def quoted(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def containers() -> Iterator[tuple[str, ...]]:
    for name, one in families().items():
        yield f"`{name}`", one.title, quoted(one.media_types), one.store or "none"


def metadata() -> Iterator[tuple[str, ...]]:
    for kind in BlockKind:
        if kind is not BlockKind.MANIFEST_STORE:
            yield f"`{kind.value}`", kind.what


def decoders() -> Iterator[tuple[str, ...]]:
    for one in registry.builtin():
        yield f"`{one.name}`", one.medium.value, one.card.what, one.card.needs


def elsewhere() -> Iterator[tuple[str, ...]]:
    for one in known.KNOWN:
        yield f"`{one.name}`", one.medium.value, one.what, one.whose, one.licence, one.weights


def of_command(command: tuple[formats.Format, ...]) -> str:
    return table("`--format`|is", ((f"`{one.name}`", one.what) for one in command))


def kit() -> str:
    faulty = sum(one.faulty for one in SAMPLES)
    kinds = ", ".join(dict.fromkeys(one.container for one in SAMPLES))
    return f"{len(SAMPLES)} samples, {faulty} of them with one fault each, in {kinds}.\n"


def measured() -> str:
    """What `tests/watermarks/measure.py` measured, of all decoders."""
    records = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(MEASURED.iterdir())]
    rows = tuple(row for one in records for row in evaluate.from_dict(one).rows)
    return evaluate.markdown(evaluate.Evaluation(rows, 0, 0, 0))


TABLES: dict[str, Callable[[], str]] = {
    "containers": lambda: table("family|formats|media types|manifest store", containers()),
    "metadata": lambda: table("source|is", metadata()),
    "decoders": lambda: table("name|looks at|reads|needs", decoders()),
    "not-decodable": lambda: table(
        "name|looks at|what|whose|licence|how the weights are brought", elsewhere()
    ),
    "verify-formats": lambda: of_command(formats.VERIFY),
    "lint-formats": lambda: of_command(formats.LINT),
    "report-formats": lambda: of_command(formats.REPORT),
    "kit": kit,
    "measured": measured,
}


def filled(page: str) -> str:
    """A page with its tables as the source has them now."""
    return PLACE.sub(lambda found: found[1] + TABLES[found[2]]() + found[3], page)


def placed() -> list[str]:
    """The names of the tables that the pages have a place for."""
    return [
        name
        for path in sorted(DOCS.glob("*.md"))
        for _, name, _ in PLACE.findall(path.read_text(encoding="utf-8"))
    ]


if __name__ == "__main__":
    for path in sorted(DOCS.glob("*.md")):
        before = path.read_text(encoding="utf-8")
        if (after := filled(before)) != before:
            path.write_text(after, encoding="utf-8", newline="\n")
            print(f"written: {path.name}")
