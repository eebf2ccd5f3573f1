"""What a page shows of one file: a card to read in a second, and everything that decided.

The order is that of the text output: headline, type, size and digest, reasons, what to do next, the
tree of manifests, then everything else. Sentences come from where the text output has them, and
what a code means from the catalogue (`provenance.base.codes`). Lists are bounded; what is left out
is counted.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from provenance.base import codes
from provenance.base.codes import Kind
from provenance.base.terms import CredentialStatus
from provenance.base.text import URL_LIMIT, clean, named, printable_path
from provenance.render import headline as heads
from provenance.render import words
from provenance.render.page import tree
from provenance.render.page.nodes import Element, element

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from provenance.base.codes import Code
    from provenance.base.finding import Severity
    from provenance.render.page.nodes import Node
    from provenance.render.words import Line
    from provenance.verdict.report import Report

MAX_ENTRIES = 20  # of one list
MAX_PLACES = 4  # of one finding
MAX_STEPS = 2  # what to do next
_AXES = (
    (Kind.INTEGRITY, "altered?"),
    (Kind.IDENTITY, "signer"),
    (Kind.TIME, "time of signing"),
    (Kind.REVOCATION, "revoked?"),
    (Kind.CAWG, "CAWG identity"),
    (Kind.CONFORMANCE, "conforming product"),
)
_NO_STEP = (  # what the page has done already
    *("Nothing", "Read both signals"),
    *(f"Read the {what}" for what in ("message", "signal", "assurance", "reasons", "finding")),
)
_BASIS = {
    "signer": "the signer's certificate",
    "declared": "what the file declares",
    "marker": "a marker in the file",
}


def card(report: Report) -> Iterator[Element]:
    """Yield what is read in a second: the headline, the reasons, what to do next."""
    for part in (headline(report), reasons(report), next_steps(report)):
        if part is not None:
            yield part


def headline(report: Report) -> Element:
    """Return the headline: what is broken, the origin, and how far it carries, a line each."""
    if report.error is not None or report.verdict is None:
        message = report.error.message if report.error else "no verdict"
        said = f"could not be examined: {clean(message, URL_LIMIT)}"
        return element("p.headline", element("strong.bad", said))
    lines = (element("p", *spans(line)) for line in heads.headline(report))
    return element("div.headline", *lines)


def spans(line: Line) -> Iterator[Node]:
    """Yield the spans of a line of the text output; the style is their class."""
    for style, said in line:
        yield element(f"span.{style}", said) if style else said


def reasons(report: Report) -> Element | None:
    """Return why the verdict is what it is."""
    found = report.verdict.reasons if report.verdict else ()
    if not found:
        return None
    shown = [element("li", clean(one.message, URL_LIMIT)) for one in found[:MAX_ENTRIES]]
    return element("ul.reasons", *shown, _more(len(found) - MAX_ENTRIES))


def next_steps(report: Report) -> Element | None:
    """Return what to do next, by the reasons and what the policy asks; else by the verdict."""
    verdict = report.verdict
    if verdict is None:
        sources = [[(Kind.ERROR, report.error.code)] if report.error else []]
    else:
        asked = [(Kind.BREACH, one.value) for one in report.flagged]
        sources = [
            [*((Kind.REASON, one.code) for one in verdict.reasons), *asked],
            [(Kind.ASSURANCE, verdict.assurance.value), (Kind.ORIGIN, verdict.origin.value)],
        ]
    for found in sources:
        entries = (_meaning(kind, name) for kind, name in found)
        steps = dict.fromkeys(e.do for e in entries if e and not e.do.startswith(_NO_STEP))
        if steps:
            said = " ".join(list(steps)[:MAX_STEPS])
            return element("p.next", element("strong", "Next: "), said)
    return None


def facts(report: Report) -> Element:
    """Return type, size and digests, and where the file and its credential are."""
    asset, credentials = report.asset, report.credentials
    size = f"{asset.size:,} bytes" if asset.size is not None else ""
    outer = printable_path(asset.outer.path) if asset.outer is not None else ""
    remote = clean(credentials.remote_url, URL_LIMIT) if credentials.remote_url else ""
    return tree.terms(
        [
            ("type", ", ".join(filter(None, (clean(asset.media_type or ""), size)))),
            *((name, element("code", value)) for name, value in _digests(report)),
            ("found in", outer),
            ("sidecar", printable_path(credentials.sidecar) if credentials.sidecar else ""),
            ("remote", f"{remote} (not fetched)" if remote else ""),
        ]
    )


def _digests(report: Report) -> Iterator[tuple[str, str]]:
    if report.asset.sha256:
        yield "SHA-256", report.asset.sha256
    yield from report.asset.hashes


def drawn(report: Report) -> Element | None:
    """Return the tree of manifests."""
    return tree.tree(report.credentials.manifests)


def everything(report: Report, level: int) -> Iterator[Element]:
    """Yield a section for each kind of what decided; headings are `h<level>`."""
    for title, parts in (
        ("Generator", _generator(report)),
        ("Evidence", _signals(report)),
        ("Watermarks", _marks(report)),
        ("Axes", _axes(report)),
        ("Signatures", tuple(tree.signatures(report.credentials.manifests))),
        ("Findings", _findings(report)),
    ):
        if parts:
            yield section(title, level, *parts)


def section(title: str, level: int, *parts: Node | None, name: str = "section.part") -> Element:
    """Return parts under a heading."""
    return element(name, element(f"h{level}", title), *parts)


def _generator(report: Report) -> tuple[Element, ...]:
    made = report.generator
    if made is None:
        return ()
    parts = [
        (name, named(value))
        for name, value in (
            ("vendor", made.vendor),
            ("product", made.product),
            ("model", made.model),
        )
        if value
    ]
    return (pieces([*parts, ("named by", _BASIS[made.basis.value])]),)


def pieces(entries: Iterable[tuple[str, str]]) -> Element:
    """Return short entries that share a line."""
    parts = (element("span", element("span.dim", f"{name} "), said, " ") for name, said in entries)
    return element("p.pieces", *parts)


def _signals(report: Report) -> tuple[Element, ...]:
    if not report.signals:
        return ()
    items = []
    for signal in report.signals[:MAX_ENTRIES]:
        rated = words.ASSURANCE[signal.assurance]
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
    return (element("ul", *items, _more(len(report.signals) - MAX_ENTRIES)),)


def _marks(report: Report) -> tuple[Element, ...]:
    from provenance.render import decoded, marks  # noqa: PLC0415 - few files have any

    lines = [*marks.lines(report.credentials.manifests)]
    if report.decoded_watermarks or any(f.code.startswith("watermark.") for f in report.findings):
        lines += decoded.lines(report.decoded_watermarks, report.findings)
    return (element("ul", *(element("li", *_unlabelled(line)) for line in lines)),) if lines else ()


def _unlabelled(line: Line) -> Iterator[Node]:
    """Yield the spans of a line without the padding of its label."""
    for n, (style, said) in enumerate(line):
        shown = " ".join(said.split()) + ": " if not n and len(line) > 1 else said.strip()
        yield from spans(((style, shown),))


def _axes(report: Report) -> tuple[Element, ...]:
    if report.credentials.status is CredentialStatus.ABSENT:
        return ()
    entries: list[tuple[str, Node]] = []
    for kind, title in _AXES:
        value = getattr(report.axes, kind.value).value
        if (kind, value) == (Kind.CAWG, "none"):
            continue
        entry = _meaning(kind, value)
        said = element("strong", value.replace("_", " "))
        entries.append((title, element("span", said, f": {entry.means}" if entry else "")))
    return (tree.terms(entries),)


def _findings(report: Report) -> tuple[Element, ...]:
    if not report.findings:
        return ()
    alike: dict[tuple[Severity, str, str], list[str]] = {}
    for one in report.findings:
        alike.setdefault((one.severity, one.code, one.message), []).append(one.where)
    items = []
    for (severity, code, message), places in list(alike.items())[:MAX_ENTRIES]:
        found = [clean(place) for place in places if place]
        if len(found) > MAX_PLACES:
            found[MAX_PLACES:] = [f"{len(found) - MAX_PLACES:,} more places"]
        items.append(
            element(
                f"li.{severity.value}",
                element("span.chip", severity.value),
                " ",
                clean(message, URL_LIMIT),
                " ",
                element("code", clean(code)),
                element("p.hint", ", ".join(found)) if found else None,
                _explained(code),
            )
        )
    return (element("ul.findings", *items, _more(len(alike) - MAX_ENTRIES)),)


def _explained(code: str) -> Element | None:
    entry = _meaning(Kind.FINDING, code) or _meaning(Kind.STATUS, code)
    return element("p.means", f"{entry.means} {entry.do}") if entry else None


@lru_cache(maxsize=4096)
def _meaning(kind: Kind, name: str) -> Code | None:
    """Return the entry of a code, None for one that the catalogue has not under that kind."""
    return next((code for code in codes.named(name) if code.kind is kind), None)


def _more(left: int) -> Element | None:
    return element("li.hint", f"{left:,} more in the JSON record") if left > 0 else None
