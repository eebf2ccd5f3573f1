"""How an audit was run, for its report: the date, and a folded block for each run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.base.text import clean
from provenance.render.page.nodes import PageElement, element
from provenance.render.page.page_tree import terms

if TYPE_CHECKING:
    from collections.abc import Mapping

    from provenance.render.rows import Run

_MOST = 200  # runs in the middle that are listed


def dated(runs: Mapping[int, Run], kind: str) -> str:
    """Say when the audit ran, by its ledger: no page says when it was itself made."""
    if not runs:
        return f"The {kind} has no run."
    in_order = list(runs.values())
    first, last = in_order[0], in_order[-1]
    if len(in_order) == 1:
        return f"Audited {_span(last)}"
    return f"Audited in {len(in_order):,} runs: the first {_span(first)}; the last {_span(last)}"


def _span(run: Run) -> str:
    if not run.started:  # shards run whenever they do, under one validation time
        as_of = _moment(run.environment["validation_time"])
        return f"as of {as_of} UTC, in shards ({clean(run.state)})"
    begun, ended = _moment(run.started), _moment(run.finished or "")
    if not ended:
        return f"{begun} UTC ({clean(run.state)})"
    same = begun[:10] == ended[:10]
    return f"{begun} to {ended[11:] if same else ended} UTC ({clean(run.state)})"


def _moment(value: str) -> str:
    return clean(value).replace("T", " ").removesuffix("Z")


def section(runs: Mapping[int, Run]) -> PageElement:
    """Return the last run, the first, and those between folded into one line."""
    in_order = list(runs.values())
    blocks = (
        [_run_panel(in_order[-1], "Last run" if len(in_order) > 1 else "Run")] if in_order else []
    )
    between = in_order[1:-1]
    if between:
        said = f"{len(between):,} runs between: {between[0].id} to {between[-1].id}"
        inside = [_run_panel(run, "Run") for run in between[-_MOST:]]
        if len(between) > _MOST:
            inside.insert(0, element("p.hint", f"The last {_MOST} of them; the ledger has all."))
        blocks.append(element("details.fold", element("summary", said), *inside))
    if len(in_order) > 1:
        blocks.append(_run_panel(in_order[0], "First run"))
    return element(
        "section",
        element("h2", "How it was checked", id="how-title"),
        *blocks,
        aria_labelledby="how-title",
    )


def _run_panel(run: Run, name: str) -> PageElement:
    environment = run.environment
    policy = f"{clean(environment['policy']['name']) or '(no name)'}, SHA-256 "
    confined = ", ".join(map(clean, run.measures(on=True)))
    unconfined = ", ".join(map(clean, run.measures(on=False)))
    return element(
        "details.panel",
        element("summary", f"{name} {run.id}: {_span(run)}"),
        terms(
            [
                ("validation time", clean(environment["validation_time"])),
                ("tool", f"{clean(environment['tool'])}, {clean(environment['sdk'])}"),
                ("network", clean(environment["network"])),
                ("workers confined by", confined),
                ("NOT confined by", unconfined),
                (
                    "policy",
                    element(
                        "span", policy, element("code", clean(environment["policy"]["sha256"]))
                    ),
                ),
            ]
        ),
        _lists(run),
    )


def _lists(run: Run) -> PageElement | None:
    lists = run.environment["trust_lists"]
    if not lists:
        return None
    names = ("Trust list", "Tier", "Purpose", "Date", "SHA-256")
    head = element("tr", *(element("th", name, scope="col") for name in names))
    rows = [
        element(
            "tr",
            *(element("td", clean(trust_list[key])) for key in ("name", "tier", "purpose", "date")),
            element("td", element("code", clean(trust_list["sha256"]))),
        )
        for trust_list in lists
    ]
    return element("table.lists", element("thead", head), element("tbody", *rows))
