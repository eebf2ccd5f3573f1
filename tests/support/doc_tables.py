"""The tables of the documentation that follow from the source, and writing them anew.

A page marks a table's place by `<!-- table: NAME -->` and `<!-- end -->`. After a part was added,
`python tests/support/doc_tables.py` writes them; `test_docs_tables` says which one is behind.
"""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

from provenance.credentials.validation import box_layout
from provenance.kit.samples.catalogue import SAMPLES
from provenance.marks import elsewhere as known
from provenance.marks import evaluate, registry
from provenance.marks.reader import medium_of
from provenance.media import container
from provenance.media.container import BlockKind, families
from provenance.media.container.sniff import declared
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


def reading() -> Iterator[tuple[str, ...]]:
    """What this program does with each format, as the modules have it."""
    for name, one in families().items():
        kinds = [kind.value for kind in BlockKind if kind in blocks_of(name)]
        marks = sorted({medium.value for t in one.media_types if (medium := medium_of(t))})
        opens = "yes" if one.opener else "not opened" if one.holds else "-"
        cells = (quoted(bindings(name)), quoted(kinds), opens, ", ".join(marks))
        yield f"`{name}`", "yes" if one.store else "-", *(cell or "-" for cell in cells)


def bindings(name: str) -> tuple[str, ...]:
    """The hard bindings that can be checked in files of a family."""
    if not declared(name).store or name == "external":  # there is no media in one
        return ()
    of = {"bmff": ("c2pa.hash.bmff",), "zip": ("c2pa.hash.collection.data",)}
    boxes = ("c2pa.hash.boxes",) if name in box_layout.FAMILIES else ()
    return (*of.get(name, ("c2pa.hash.data",)), *boxes)


def blocks_of(name: str) -> frozenset[BlockKind]:
    """The kinds of metadata that a family's module, and the modules that help it, may find."""
    found: set[BlockKind] = set()
    names = [name]
    for one in names:
        tree = ast.parse((CONTAINERS / f"{one}.py").read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute):
                if isinstance(node.value, ast.Name) and node.value.id == "BlockKind":
                    found.add(BlockKind[node.attr])
                elif node.attr == "xmp":
                    found.add(BlockKind.XMP)
            elif isinstance(node, ast.ImportFrom) and node.module:
                home, _, module = node.module.rpartition(".")
                called = {alias.name for alias in node.names} | {module}
                helpers = called & HELPERS if home.startswith("provenance.media") else set()
                names += sorted(helpers - set(names))
    return frozenset(found - {BlockKind.MANIFEST_STORE})


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


CONTAINERS = Path(container.__file__).parent
HELPERS = {
    "items",
    "samsung",
    "external",
    "tiff",
    "xmp_document",
}  # which find metadata for several families

TABLES: dict[str, Callable[[], str]] = {
    "containers": lambda: table("family|formats|media types|manifest store", containers()),
    "reading": lambda: table(
        "family|reads a credential|checks the binding|reads metadata|opens|decodes marks", reading()
    ),
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
