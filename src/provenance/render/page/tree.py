"""The tree of manifests as it is drawn, and who signed each of them.

A manifest that the active one leads to is drawn where it is used first; where it is used again,
only a line says so. What nothing leads to is listed apart: no signature of the file covers it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.base.terms import Assurance, Integrity, Revocation, TimeStatus
from provenance.base.text import URL_LIMIT, clean, named
from provenance.render import words
from provenance.render.page.nodes import Element, element

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from provenance.render.page.nodes import Node
    from provenance.verdict.report import ActionInfo, IngredientInfo, ManifestInfo, SignerInfo

MAX_NODES = 60  # of one tree
MAX_DEPTH = 40
MAX_ACTIONS = 8  # of one manifest in the tree
MAX_ENTRIES = 20  # of any other list
RELATION = {"parentOf": "parent", "componentOf": "component", "inputTo": "input"}


def tree(manifests: Sequence[ManifestInfo]) -> Element | None:
    """Return the tree below the active manifest, and what nothing leads to; None without any."""
    if not manifests:
        return None
    known = {m.label: m for m in manifests}
    met: set[str] = set()
    parts: list[Node] = []
    active = next((m for m in manifests if m.active), None)
    if active is not None:
        left = [MAX_NODES]
        parts.append(element("ul.tree", _branch(active, None, known, met, left)))
        if left[0] <= 0:
            said = f"{len(manifests):,} manifests; the JSON record has all of them."
            parts.append(element("p.hint", said))
    apart = [m for m in manifests if not m.referenced and not m.active and m.label not in met]
    if apart:
        parts.append(element("p.hint", "Not linked from the active manifest:"))
        nodes = [element("li", _node(m, None)) for m in apart[:MAX_ENTRIES]]
        parts.append(element("ul.tree.apart", *nodes, _more(len(apart) - MAX_ENTRIES)))
    return element("div", *parts)


def _branch(
    manifest: ManifestInfo,
    ingredient: IngredientInfo | None,
    known: dict[str, ManifestInfo],
    met: set[str],
    left: list[int],
    depth: int = 0,
) -> Element:
    """Return one manifest and what is below it; `left` counts the nodes that may still come."""
    left[0] -= 1
    met.add(manifest.label)
    below: list[Element] = []
    for item in manifest.ingredients:
        if left[0] <= 0:
            break
        target = known.get(item.manifest)
        if target is not None and target.label not in met and depth < MAX_DEPTH:
            below.append(_branch(target, item, known, met, left, depth + 1))
            continue
        left[0] -= 1
        below.append(element("li", _leaf(item, target)))
    under = element("ul", *below) if below else None
    return element("li", _node(manifest, ingredient), under)


def _node(manifest: ManifestInfo, ingredient: IngredientInfo | None) -> Element:
    axes = manifest.axes
    who, _, rest = _signed(manifest).partition("; ")
    states: list[Node] = []
    bad = axes.integrity is Integrity.BROKEN
    if ingredient is not None and ingredient.broken:
        bad = True
        states.append(element("span.chip.bad", f"link broken ({clean(ingredient.broken)})"))
    else:
        states.append(element("span.chip.bad" if bad else "span.chip", axes.integrity.value))
    if axes.revocation is Revocation.REVOKED:
        bad = True
        states.append(element("span.chip.bad", words.REVOCATION[axes.revocation]))
    made = ", ".join(named(g) for g in manifest.generators[:3])
    line = "; ".join(filter(None, (rest, f"made with {made}" if made else "")))
    return element(
        "div.node.bad" if bad else "div.node",
        element(
            "p.node-head",
            _relation(ingredient, manifest),
            " ",
            element("strong", who),
            " ",
            *_spaced(states),
        ),
        element("p.node-line", line) if line else None,
        _actions(manifest.actions),
    )


def _spaced(nodes: Iterable[Node]) -> Iterator[Node]:
    for node in nodes:
        yield node
        yield " "


def _relation(ingredient: IngredientInfo | None, manifest: ManifestInfo) -> Element:
    if ingredient is None:
        return element("span.relation", "active manifest" if manifest.active else "manifest")
    relationship = ingredient.relationship
    return element("span.relation", RELATION.get(relationship, clean(relationship) or "ingredient"))


def _leaf(item: IngredientInfo, target: ManifestInfo | None) -> Element:
    """An ingredient without a manifest of its own here."""
    if target is not None:
        state = "shown above"
    elif item.manifest:
        state = "its manifest is not here"
    else:
        state = "no credential"
    bad = element("span.chip.bad", f"link broken ({clean(item.broken)})") if item.broken else None
    relation = RELATION.get(item.relationship, clean(item.relationship) or "ingredient")
    return element(
        "div.node.leaf",
        element("p.node-head", element("span.relation", relation), " ", state, " ", bad),
    )


def _actions(actions: Sequence[ActionInfo]) -> Element | None:
    if not actions:
        return None
    shown = [element("li", action(one)) for one in actions[:MAX_ACTIONS]]
    return element("ul.actions", *shown, _more(len(actions) - MAX_ACTIONS))


def action(one: ActionInfo) -> str:
    """Say one action on a line."""
    kind = one.source_type.rpartition("/")[2]
    agent = f"({named(one.agent)})" if one.agent else ""
    return " ".join(p for p in (named(one.action), named(kind) if kind else "", agent) if p)


def _more(left: int) -> Element | None:
    return element("li.hint", f"{left:,} more in the JSON record") if left > 0 else None


def _signed(manifest: ManifestInfo) -> str:
    axes = manifest.axes
    return words.signed_by(
        manifest.signer, axes.identity, axes.time, axes.revocation, manifest.signing_time
    )


def signatures(manifests: Sequence[ManifestInfo]) -> Iterator[Element]:
    """Yield a list of terms for each signature: its chain, its time, and what it carries.

    Manifests that only differ in label and title share one: an editor signs many of them.
    """
    alike: dict[tuple[object, ...], list[ManifestInfo]] = {}
    for m in manifests:
        key = (m.signer, m.axes, m.assurance, m.limit, m.signing_time, m.time_stamp_authority)
        alike.setdefault((*key, m.revoked_at), []).append(m)
    for same in list(alike.values())[:MAX_ENTRIES]:
        yield element("div.signature", *_signature(same))
    if len(alike) > MAX_ENTRIES:
        yield element("p.hint", f"{len(alike) - MAX_ENTRIES:,} more in the JSON record")


def _signature(same: Sequence[ManifestInfo]) -> Iterator[Element]:
    m = same[0]
    signer = m.signer
    entries: list[tuple[str, Node | None]] = []
    if signer is not None:
        lists = ", ".join(clean(name) for name in signer.lists[:MAX_ENTRIES])
        leaf = signer.organisation or signer.common_name or "unnamed"
        parts = dict.fromkeys(p for p in (leaf, signer.issuer, signer.anchor) if p)
        entries += [
            ("chain", element("ol.chain", *(element("li", clean(p, URL_LIMIT)) for p in parts))),
            ("trust", words.IDENTITY[m.axes.identity] + (f" ({lists})" if lists else "")),
            ("certificate", _certificate(signer)),
        ]
    said = [*(["active manifest"] if any(one.active for one in same) else ())]
    others = sum(not one.active for one in same)
    said += [f"{others} manifests" if others > 1 else "manifest"] if others else []
    labels = [element("li", element("code", clean(one.label))) for one in same[:MAX_ENTRIES]]
    entries += [
        ("time", _time(m)),
        ("revocation", _revocation(m)),
        ("rated", _rated(m)),
        ("title", ", ".join(dict.fromkeys(clean(one.title) for one in same if one.title))),
        ("label", element("ul.plain", *labels, _more(len(same) - MAX_ENTRIES))),
    ]
    relation = element("span.relation", ", ".join(said))
    name = _signed(m).partition("; ")[0]
    yield element("p.signature-head", relation, " ", element("strong", name))
    yield terms(entries)


def _certificate(signer: SignerInfo) -> Element:
    valid = ""
    if signer.not_before is not None and signer.not_after is not None:
        valid = f"valid {signer.not_before:%Y-%m-%d} to {signer.not_after:%Y-%m-%d}, "
    return element("span", f"{valid}SHA-256 ", element("code", clean(signer.sha256)))


def _time(m: ManifestInfo) -> str:
    said = words.TIME[m.axes.time]
    if m.signing_time is not None:
        said += f", {m.signing_time:%Y-%m-%d %H:%M:%S} UTC"
    if m.time_stamp_authority and m.axes.time is TimeStatus.TIMESTAMPED:
        said += f", by {named(m.time_stamp_authority)}"
    return said


def _revocation(m: ManifestInfo) -> str:
    said = words.REVOCATION[m.axes.revocation]
    if m.revoked_at is not None:
        said += f", {m.revoked_at:%Y-%m-%d %H:%M:%S} UTC"
    return said


def _rated(m: ManifestInfo) -> str:
    said = words.ASSURANCE[m.assurance] if m.assurance is not Assurance.BROKEN else "broken"
    return f"{said}: {clean(m.limit, URL_LIMIT)}" if m.limit else said


def terms(entries: Iterable[tuple[str, Node | None]]) -> Element:
    """Return a list of terms; those without a value are left out."""
    children: list[Node] = []
    for name, value in entries:
        if value:
            children += [element("dt", name), element("dd", value)]
    return element("dl.terms", *children)
