"""What a page shows of one file: a card to read in a second, and everything that decided.

The order is that of the text output: headline, type, size and digest, reasons, what to do next, the
tree of manifests, then everything else. Sentences come from where the text output has them, and
what a code means from the catalogue (`provenance.base.codes`). Lists are bounded; what is left out
is counted.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from provenance.base import codes
from provenance.base.codes import CodeKind
from provenance.base.terms import CredentialStatus
from provenance.base.text import URL_LIMIT, clean, quotable_name
from provenance.render import headline as heads
from provenance.render import next_steps as unseen
from provenance.render import report_text, vocabulary
from provenance.render.page import page_tree
from provenance.render.page.nodes import PageElement, element

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from provenance.base.codes import Code
    from provenance.base.finding import Severity
    from provenance.render.page.nodes import Node
    from provenance.render.vocabulary import Line
    from provenance.verdict.report import Report

ASSET = frozenset({"type", "sha256", "md5", "sha1", "sha512"})
"""Labels of facts that are of the bytes alone: two files with these apart may be alike."""
MAX_ENTRIES = 20  # of one list
MAX_PLACES = 4  # of one finding
MAX_STEPS = 2  # what to do next
_AXES = (
    (CodeKind.INTEGRITY, "altered?"),
    (CodeKind.IDENTITY, "signer"),
    (CodeKind.TIME, "time of signing"),
    (CodeKind.REVOCATION, "revoked?"),
    (CodeKind.CAWG, "CAWG identity"),
    (CodeKind.CONFORMANCE, "conforming product"),
)
_DIGEST = re.compile(r"[0-9a-f]{32,128}")
_NO_STEP = (  # what the page has done already
    *("Nothing", "Read both signals"),
    *(f"Read the {what}" for what in ("message", "signal", "assurance", "reasons", "finding")),
)
_SHOWN = ("Look at the finding", "Look at the reasons")  # sentences of which the rest may count
_SENTENCE = re.compile(r"(?<=[.]) ")
_BASIS = {
    "signer": "the signer's certificate",
    "declared": "what the file declares",
    "marker": "a marker in the file",
}


def card(report: Report) -> Iterator[PageElement]:
    """Yield what is read in a second: the headline, the reasons, what to do next."""
    for part in (headline(report), reasons(report), next_steps(report)):
        if part is not None:
            yield part


def headline(report: Report) -> PageElement:
    """Return the headline, a paragraph for each of its lines."""
    if report.error is not None or report.verdict is None:
        message = report.error.message if report.error else "no verdict"
        said = f"could not be examined: {clean(message, URL_LIMIT)}"
        return element("div.headline", element("p", element("strong.bad", said)))
    return element("div.headline", *(element("p", *spans(line)) for line in heads.headline(report)))


def spans(line: Line) -> Iterator[Node]:
    """Yield the spans of a line of the text output; the style is their class."""
    for style, said in line:
        yield element(f"span.{style}", said) if style else said


def reasons(report: Report) -> PageElement | None:
    """Return why the verdict is what it is, in short."""
    sentences = report_text.reasons(report) if report.verdict else ()
    if not sentences:
        return None
    return element(
        "ul.reasons", *(element("li", said) for said in sentences[: report_text.MAX_REASONS])
    )


def next_steps(report: Report) -> PageElement | None:
    """Return what to do next, by the reasons and what the policy asks; else by the verdict."""
    verdict = report.verdict
    if verdict is None:
        sources = [[(CodeKind.ERROR, report.error.code)] if report.error else []]
    else:
        asked = [(CodeKind.BREACH, flag.value) for flag in report.flagged]
        weighed = sorted(verdict.reasons, key=report_text.weight)
        sources = [
            [*((CodeKind.REASON, reason.code) for reason in weighed), *asked],
            [
                (CodeKind.ASSURANCE, verdict.assurance.value),
                (CodeKind.ORIGIN, verdict.origin.value),
            ],
        ]
    steps: dict[str, None] = {}
    for source in sources:
        if not steps:
            steps = dict.fromkeys(filter(None, (_step(kind, name) for kind, name in source)))
    said = list(steps)[:MAX_STEPS]
    if left := "; ".join(unseen.next_steps(report)):
        said.append(f"Not looked for: {left}.")
    return element("p.next", element("strong", "Next: "), " ".join(said)) if said else None


def _step(kind: CodeKind, name: str) -> str:
    """Return what to do about a code, without what the page has done already."""
    entry = _meaning(kind, name)
    if entry is None or entry.do.startswith(_NO_STEP):
        return ""
    return " ".join(s for s in _SENTENCE.split(entry.do) if not s.startswith(_SHOWN))


def facts(report: Report, *, but: frozenset[str] = frozenset()) -> PageElement | None:
    """Return type, size, digests, and whatever else the text output has a line for.

    Lines with a label of `but` are left out. None where nothing is left.
    """
    entries: list[tuple[str, Node]] = []
    for first, *rest in report_text.facts(report):
        name = first[1].strip() if rest else ""  # without a label it goes on from the line above
        if name in but:
            continue
        line = tuple(rest) or ((first[0], first[1].strip()),)
        said = element("code" if _DIGEST.fullmatch(line[0][1]) else "span", *spans(line))
        entries.append((name or (entries[-1][0] if entries else ""), said))
    return page_tree.terms(entries) if entries else None


def drawn(report: Report) -> PageElement | None:
    """Return the tree of manifests."""
    return page_tree.tree(report.credentials.manifests)


def everything(report: Report, level: int) -> Iterator[PageElement]:
    """Yield a section for each kind of what decided; headings are `h<level>`."""
    for title, parts in (
        ("Reasons in full", _reasons(report)),
        ("Generator", _generator(report)),
        ("Evidence", _signals(report)),
        ("Checks", _axes(report)),
        ("Signatures", tuple(page_tree.signatures(report.credentials.manifests))),
        ("Findings", _findings(report)),
    ):
        if parts:
            yield section(title, level, *parts)


def section(title: str, level: int, *parts: Node | None, name: str = "section.part") -> PageElement:
    """Return parts under a heading."""
    return element(name, element(f"h{level}", title), *parts)


def _reasons(report: Report) -> tuple[PageElement, ...]:
    """Every reason in its own terms, with its code."""
    all_reasons = report.verdict.reasons if report.verdict else ()
    if not all_reasons:
        return ()
    shown = (
        element("li", clean(reason.message, URL_LIMIT), " ", element("code", clean(reason.code)))
        for reason in all_reasons[:MAX_ENTRIES]
    )
    return (element("ul", *shown, page_tree.more(len(all_reasons) - MAX_ENTRIES)),)


def _generator(report: Report) -> tuple[PageElement, ...]:
    generator = report.generator
    if generator is None:
        return ()
    parts = [
        (name, quotable_name(value))
        for name, value in (
            ("vendor", generator.vendor),
            ("product", generator.product),
            ("model", generator.model),
        )
        if value
    ]
    return (pieces([*parts, ("named by", _BASIS[generator.basis.value])]),)


def pieces(entries: Iterable[tuple[str, str]]) -> PageElement:
    """Return short entries that share a line."""
    parts = (element("span", element("span.dim", f"{name} "), said, " ") for name, said in entries)
    return element("p.pieces", *parts)


def _signals(report: Report) -> tuple[PageElement, ...]:
    if not report.signals:
        return ()
    items = []
    for signal in report.signals[:MAX_ENTRIES]:
        rated = vocabulary.ASSURANCE[signal.assurance]
        where = f"{rated}; {clean(signal.where)}" if signal.where else rated
        items.append(
            element(
                "li",
                clean(signal.says, URL_LIMIT),
                " ",
                element("span.chip", signal.assurance.value.replace("_", " ")),
                element("p.hint", where),
            )
        )
    return (element("ul", *items, page_tree.more(len(report.signals) - MAX_ENTRIES)),)


def _axes(report: Report) -> tuple[PageElement, ...]:
    if report.credentials.status is CredentialStatus.ABSENT:
        return ()
    entries: list[tuple[str, Node]] = []
    for kind, title in _AXES:
        value = getattr(report.axes, kind.value).value
        if (kind, value) == (CodeKind.CAWG, "none"):
            continue
        entry = _meaning(kind, value)
        said = element("strong", value.replace("_", " "))
        entries.append((title, element("span", said, f": {entry.means}" if entry else "")))
    return (page_tree.terms(entries),)


def _findings(report: Report) -> tuple[PageElement, ...]:
    if not report.findings:
        return ()
    alike: dict[tuple[Severity, str, str], list[str]] = {}
    for finding in report.findings:
        alike.setdefault((finding.severity, finding.code, finding.message), []).append(
            finding.where
        )
    items = []
    for (severity, code, message), places in list(alike.items())[:MAX_ENTRIES]:
        shown = [clean(place) for place in places if place]
        if len(shown) > MAX_PLACES:
            shown[MAX_PLACES:] = [f"{len(shown) - MAX_PLACES:,} more places"]
        items.append(
            element(
                f"li.{severity.value}",
                element("span.chip", severity.value),
                " ",
                clean(message, URL_LIMIT),
                " ",
                element("code", clean(code)),
                element("p.hint", ", ".join(shown)) if shown else None,
                _explained(code),
            )
        )
    return (element("ul.findings", *items, page_tree.more(len(alike) - MAX_ENTRIES)),)


def _explained(code: str) -> PageElement | None:
    entry = _meaning(CodeKind.FINDING, code) or _meaning(CodeKind.STATUS, code)
    return element("p.means", f"{entry.means} {entry.do}") if entry else None


@lru_cache(maxsize=4096)
def _meaning(kind: CodeKind, name: str) -> Code | None:
    """Return the entry of a code, None for one that the catalogue has not under that kind."""
    return next((code for code in codes.codes_named(name) if code.kind is kind), None)
