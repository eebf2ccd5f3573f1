"""The page of `verify --format html`: one file or a few, on a page that stands alone.

It has no script. Each file is an article, which prints on a sheet of its own: headline, facts,
reasons, next step, tree of manifests, everything else, and how it was examined.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.base.text import clean, printable_path
from provenance.render.page import detail, shell
from provenance.render.page.nodes import PageElement, element, markup

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance.render.page.nodes import Node
    from provenance.verdict.report import Environment, Report

_STYLES = ("shared.css", "single.css")


def page_top() -> str:
    """Return what comes before the first file."""
    return shell.top("Provenance report", _STYLES) + "<main>\n"


def line(report: Report) -> str:
    """Return one file as an article."""
    return markup(article(report))


def page_bottom() -> str:
    """Return what comes after the last file."""
    return "</main>\n" + shell.bottom()


def article(report: Report) -> PageElement:
    """Return one file as an element."""
    flagged = "article.file.flagged" if report.flagged or report.error else "article.file"
    parts: list[Node | None] = [
        element("h1.path", printable_path(report.asset.path)),
        detail.headline(report),
        detail.facts(report),
        detail.reasons(report),
        detail.next_steps(report),
    ]
    if (drawn := detail.drawn(report)) is not None:
        parts.append(detail.section("Manifests", 2, drawn))
    parts += detail.everything(report, 2)
    parts.append(detail.section("How it was examined", 2, *environment(report.environment)))
    return element(flagged, *parts)


def environment(basis: Environment) -> Iterator[PageElement]:
    """Yield what a verdict depends on in addition to the file: date, program, policy, lists."""
    yield detail.pieces(
        [
            ("validation time", f"{basis.validation_time:%Y-%m-%d %H:%M:%S} UTC"),
            ("tool", ", ".join(filter(None, (clean(basis.tool), clean(basis.sdk))))),
            ("network", clean(basis.network)),
            ("policy", f"{clean(basis.policy.name) or '(no name)'}, SHA-256 {basis.policy.sha256}"),
        ]
    )
    if basis.trust_lists:
        head = ("Trust list", "Date", "Entries", "SHA-256")
        rows = [
            element(
                "tr",
                element("td", clean(trust_list.name)),
                element("td", clean(trust_list.date)),
                element("td.number", f"{trust_list.count:,}"),
                element("td", element("code", clean(trust_list.sha256))),
            )
            for trust_list in basis.trust_lists
        ]
        yield element(
            "table.lists",
            element("thead", element("tr", *(element("th", name, scope="col") for name in head))),
            element("tbody", *rows),
        )
