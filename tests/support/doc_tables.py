"""The tables of the documentation that follow from the source, and writing them anew.

A page marks a table's place by `<!-- table: NAME -->` and `<!-- end -->`. After a part was added,
`python tests/support/doc_tables.py` writes them, or those of the pages that are named after it;
`test_docs_tables` says which one is behind.
"""

from __future__ import annotations

import ast
import inspect
import json
import re
import sys
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

import provenance
from provenance.base import codes
from provenance.base.codes import Code, CodeKind
from provenance.credentials.concerns import Concern, concern
from provenance.credentials.validation import box_layout
from provenance.kit.samples.sample_catalogue import SAMPLES
from provenance.marks import decoder_registry, evaluation
from provenance.marks import elsewhere as known
from provenance.marks.reader import medium_of
from provenance.media import container
from provenance.media.container import BlockKind, all_families
from provenance.media.container.sniff import load_family
from provenance.render import formats

# `python tests/support/doc_tables.py` finds it next to this file
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from bench import scale

from support import api_page, cli_table
from support.source import nodes

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
    for name, one in all_families().items():
        yield f"`{name}`", one.title, quoted(one.media_types), one.store or "none"


def reading() -> Iterator[tuple[str, ...]]:
    """What this program does with each format, as the modules have it."""
    for name, one in all_families().items():
        kinds = [kind.value for kind in BlockKind if kind in blocks_of(name)]
        marks = sorted({medium.value for t in one.media_types if (medium := medium_of(t))})
        opens = "yes" if one.opener else "not opened" if one.holds else "-"
        cells = (quoted(bindings(name)), quoted(kinds), opens, ", ".join(marks))
        yield f"`{name}`", "yes" if one.store else "-", *(cell or "-" for cell in cells)


def bindings(name: str) -> tuple[str, ...]:
    """The hard bindings that can be checked in files of a family."""
    if not load_family(name).store or name == "external":  # there is no media in one
        return ()
    of = {"bmff": ("c2pa.hash.bmff",), "zip": ("c2pa.hash.collection.data",)}
    boxes = ("c2pa.hash.boxes",) if name in box_layout.FAMILIES else ()
    return (*of.get(name, ("c2pa.hash.data",)), *boxes)


def blocks_of(name: str) -> frozenset[BlockKind]:
    """The kinds of metadata that a family's module, and the modules that help it, may find."""
    found: set[BlockKind] = set()
    names = [name]
    for one in names:
        for node in nodes(CONTAINERS / f"{one}.py"):
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
    for one in decoder_registry.builtin():
        yield f"`{one.name}`", one.medium.value, one.card.what, one.card.needs


def elsewhere() -> Iterator[tuple[str, ...]]:
    for one in known.KNOWN:
        yield f"`{one.name}`", one.medium.value, one.what, one.whose, one.licence, one.weights


def api() -> Iterator[tuple[str, ...]]:
    """The public names, and the first sentence of what each says of itself."""
    for name in provenance.__all__:
        if name != "__version__":
            said = inspect.getdoc(getattr(provenance, name)) or ""
            first = said.partition("\n\n")[0].replace("\n", " ")
            yield f"`{name}`", re.split(r"(?<=\.) (?=[A-Z`])", first)[0]
    yield "`__version__`", "The version of this package."


def of_command(command: tuple[formats.OutputFormat, ...]) -> str:
    return table("`--format`|is", ((f"`{one.name}`", one.what) for one in command))


def kit() -> str:
    faulty = sum(one.faulty for one in SAMPLES)
    kinds = ", ".join(dict.fromkeys(one.container for one in SAMPLES))
    return f"{len(SAMPLES)} samples, {faulty} of them with one fault each, in {kinds}.\n"


def checks(step: str) -> str:
    """The status codes that one step of validation can give."""
    return table("code|result|answers|section|means", checked(step))


def measured() -> str:
    """What `tests/watermarks/measure.py` measured, of all decoders."""
    records = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(MEASURED.iterdir())]
    rows = tuple(row for one in records for row in evaluation.from_dict(one).rows)
    return evaluation.markdown(evaluation.Evaluation(rows, 0, 0, 0))


# ---- the status codes of docs/validation.md: by step, with the section and the answer that moves

SOURCE = Path(provenance.__file__).parent
# Modules that list codes and give none: what codes mean, what others say, and what lint looks for.
_LISTS = (
    "base/",
    "credentials/concerns.py",
    "credentials/sdk.py",
    "credentials/validation/second_opinion.py",
    "kit/",
    "linting/crjson/standard_codes.py",
    "linting/official_lists.py",
    "linting/rules/",
)
HOLE = "\0"

# Each step with the form of the sections that decide it, in the order in which chapter 15 has them.
STEPS = {
    "algorithms": r"C2PA 2.4, 15.4",
    "store": r"C2PA 2.4, (15.5|A.\d+)",
    "claim": r"C2PA 2.4, 15.6",
    "signature": r"C2PA 2.4, 15.7",
    "time": r"C2PA 2.4, 15.8",
    "revocation": r"C2PA 2.4, 15.9",
    "assertions": r"C2PA 2.4, 15.10",
    "ingredients": r"C2PA 2.4, 15.11",
    "media": r"C2PA 2.4, 15.12",
    "identities": r"CAWG Identity Assertion 1.2",
}
# Codes that the catalogue gives another section than that of a step, by how they begin.
_BY_NAME = (
    ("claim.missing", "claim"),
    ("general.error", "store"),
    ("manifest.inaccessible", "store"),
    ("manifest.missing", "claim"),
    ("manifest.timestamp", "assertions"),
    ("livevideo.", "assertions"),
    ("ingredient.", "ingredients"),
    ("signingCredential.expired", "signature"),
    ("claim.required", "claim"),
)

_FETCHED = "nothing is fetched while a file is checked"
_OLDER = "of an older version of the standard; the C2PA SDK may give it"
_TABLE = "in the table of 15.2.2.3 alone: no check of chapter 15 gives it"
_LIVE = "live video is not validated"
_AXIS = "the axis `cawg` says so"
_DRAFTS = "of drafts; version 1.2 has it ignored"
NOT_GIVEN = {
    "algorithm.deprecated": "the list of 13.1 has no deprecated algorithm that is still accepted",
    "assertion.accessible": _FETCHED,
    "assertion.inaccessible": _FETCHED,
    "assertion.cloud-data.labelMismatch": _FETCHED,
    "assertion.dataHash.redacted": _TABLE,
    "assertion.external-reference.hashMismatch": _FETCHED,
    "assertion.external-reference.labelMismatch": _FETCHED,
    "assertion.metadata.disallowed": _OLDER,
    "assertion.required.missing": _OLDER,
    "claim.required.missing": _OLDER,
    "ingredient.hashedURI.mismatch": _OLDER,
    "livevideo.assertion.invalid": _LIVE,
    "livevideo.continuityMethod.invalid": _LIVE,
    "livevideo.init.invalid": _LIVE,
    "livevideo.manifest.invalid": _LIVE,
    "livevideo.segment.invalid": _LIVE,
    "manifest.inaccessible": _FETCHED,
    "manifest.timestamp.invalid": _TABLE,
    "manifest.timestamp.wrongParents": _TABLE,
    "signingCredential.expired": _OLDER,
    "cawg.ica.credential.not_revoked": _FETCHED,
    "cawg.ica.credential.revoked": _FETCHED,
    "cawg.ica.credential_valid": _AXIS,
    "cawg.ica.time_stamp.invalid": "the finding `cawg.time_stamp_invalid` says so",
    "cawg.ica.time_stamp.validated": _AXIS,
    "cawg.ica.untrusted_issuer": "no list of aggregators exists; the axis `cawg` is `unlisted`",
    "cawg.identity.expected_claim_generator.mismatch": _DRAFTS,
    "cawg.identity.expected_countersigner.missing": _DRAFTS,
    "cawg.identity.expected_partial_claim.mismatch": _DRAFTS,
    "cawg.identity.network_traffic_blocked": "of the C2PA SDK",
    "cawg.identity.trusted": _AXIS,
    "cawg.identity.unexpected_countersigner": _DRAFTS,
    "cawg.identity.well-formed": _AXIS,
    "cawg.x509.credential.invalid": "of the C2PA SDK; the finding `cawg.chain_invalid` says so",
    "cawg.x509.credential.trusted": _AXIS,
    "cawg.x509.credential.untrusted": _AXIS,
    "cawg.x509.signature.validated": _AXIS,
}


def statuses() -> tuple[Code, ...]:
    return tuple(one for one in codes.catalogue() if one.kind is CodeKind.STATUS)


def step_of(code: Code) -> str:
    """The step of chapter 15 that a code belongs to; the table of all codes is no step."""
    named = next((step for start, step in _BY_NAME if code.name.startswith(start)), "")
    if named:
        return named
    if code.name.startswith("assertion.") and not re.search(r"15\.(?!2\b)", code.section):
        return "assertions"
    (step,) = (step for step, form in STEPS.items() if re.match(rf"{form}\b", code.section))
    return step


def answers(name: str) -> str:
    """What a code speaks of: the axis that it moves, or the form, which moves none."""
    match concern(name):
        case Concern.BINDING | Concern.SEAL | Concern.SIGNATURE:
            return "integrity"
        case Concern.FORM:
            return "form"
    for beginning, axis in _AXES:
        if name.startswith(beginning):
            return axis
    stem = name.rpartition(".")[0]
    return "integrity" if any(stem == one.rpartition(".")[0] for one in _breaking()) else "form"


_AXES = (
    ("signingCredential.ocsp.", "revocation"),
    ("signingCredential.", "identity"),
    ("timeStamp.", "time"),
    ("timeOfSigning.", "time"),
    ("claimSignature.insideValidity", "time"),
    ("claimSignature.outsideValidity", "time"),
    ("cawg.", "cawg"),
    ("algorithm.unsupported", "integrity"),
)


@cache
def _breaking() -> frozenset[str]:
    kinds = {Concern.BINDING, Concern.SEAL, Concern.SIGNATURE}
    return frozenset(one.name for one in statuses() if concern(one.name) in kinds)


def checked(step: str) -> Iterator[tuple[str, ...]]:
    """The codes that one step can give."""
    for one in statuses():
        if step_of(one) == step and one.name not in NOT_GIVEN:
            section = one.section.rpartition(", ")[2]
            yield f"`{one.name}`", one.outcome, answers(one.name), section or "-", one.means


def not_given() -> Iterator[tuple[str, str]]:
    for name, why in NOT_GIVEN.items():
        yield f"`{name}`", why


@cache
def texts() -> tuple[frozenset[str], tuple[str, ...]]:
    """What stands in the source as a code: whole, or with holes for what is put in."""
    whole, parts = set(), set()
    for path in SOURCE.rglob("*.py"):
        if str(path.relative_to(SOURCE).as_posix()).startswith(_LISTS):
            continue
        for node in nodes(path):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                whole.add(node.value)
            elif isinstance(node, ast.JoinedStr):
                pieces = [v.value if isinstance(v, ast.Constant) else HOLE for v in node.values]
                parts.add("".join(str(piece) for piece in pieces))
    return frozenset(whole), tuple(p for p in parts if re.fullmatch(r"[a-zA-Z][\w.\0-]+", p))


def is_in_source(name: str) -> bool:
    """Tell whether the source has a code, or something that it is put together from."""
    whole, parts = texts()
    stem, _, end = name.rpartition(".")
    forms = (r"([\w-]+)".join(map(re.escape, part.split(HOLE))) for part in parts)
    made = (match for form in forms if (match := re.fullmatch(form, name)))
    return (
        name in whole
        or (stem in whole and f".{end}" in whole)
        or any(whole.issuperset(match.groups()) for match in made)
    )


def is_named(name: str) -> bool:
    """Tell whether the source has a code as it is."""
    return name in texts()[0]


CONTAINERS = Path(container.__file__).parent
HELPERS = {
    "items",
    "samsung_trailer",
    "external",
    "tiff",
    "xmp_document",
    "apev2",
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
    "api": lambda: table("name|is", api()),
    "reference": api_page.reference,
    "grammar": lambda: table(cli_table.HEAD, cli_table.rows()),
    "measured": measured,
    **scale.TABLES,
    **{f"checks-{step}": partial(checks, step) for step in STEPS},
    "checks-not-given": lambda: table("code|why", not_given()),
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
    for path in map(Path, sys.argv[1:]) if sys.argv[1:] else sorted(DOCS.glob("*.md")):
        before = path.read_text(encoding="utf-8")
        if (after := filled(before)) != before:
            path.write_text(after, encoding="utf-8", newline="\n")
            print(f"written: {path.name}")
