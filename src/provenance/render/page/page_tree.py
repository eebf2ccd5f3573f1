"""The tree of manifests as it is drawn, and who signed each of them.

What the tree says is what the text output says (`manifest_tree`). Manifests that nothing leads to
are apart: no signature of the file covers them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.base.terms import Assurance, TimeStatus
from provenance.base.text import URL_LIMIT, clean, quotable_name
from provenance.render import manifest_tree, vocabulary
from provenance.render.page.nodes import PageElement, element

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from provenance.render.page.nodes import Node
    from provenance.render.tree import TreeNode as Branch
    from provenance.render.vocabulary import Line
    from provenance.verdict.report import ManifestInfo, SignerInfo

MAX_ENTRIES = 20  # of one list
_NAMED = 3  # spans of the line of a manifest: what it is to the one above, its signer, its state


def tree(manifests: Sequence[ManifestInfo]) -> PageElement | None:
    """Return the tree below the active manifest, and what nothing leads to; None without any."""
    if not manifests:
        return None
    below, apart, cut = manifest_tree.nodes(manifests)
    parts: list[Node] = [element("ul.tree", _branch(root)) for root in below]
    if apart:
        parts.append(element("p.hint", "Not linked from the active manifest:"))
        parts.append(element("ul.tree.apart", *map(_branch, apart)))
    if cut:
        parts.append(element("p.hint", f"{len(manifests):,} manifests; the JSON record has all."))
    return element("div", *parts)


def _branch(branch: Branch) -> PageElement:
    """Return one manifest, or an ingredient without one, and what is below it."""
    bad = any(style == "bad" and said for style, said in branch.line)
    kind = "bad" if bad else "leaf" if len(branch.line) < _NAMED else ""
    lines = (
        element("p.node-line", "".join(said for _, said in detail)) for detail in branch.details
    )
    box = element(f"div.node.{kind}" if kind else "div.node", _head(branch.line), *lines)
    under = element("ul", *map(_branch, branch.children)) if branch.children else None
    return element("li", box, under)


def _head(line: Line) -> PageElement:
    relation, *rest = line
    parts: list[Node] = []
    if relation[1]:
        parts += [element("span.relation", relation[1].removesuffix(": ")), " "]
    for n, (style, said) in enumerate(rest):
        text = said.removesuffix(": ").removeprefix(", ")
        if not text:
            continue
        if len(line) < _NAMED:
            parts.append(text)
        elif n == 0:
            parts += [element("strong", text), " "]
        else:
            parts += [element("span.chip.bad" if style == "bad" else "span.chip", text), " "]
    return element("p.node-head", *parts)


def signatures(manifests: Sequence[ManifestInfo]) -> Iterator[PageElement]:
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


def _signature(same: Sequence[ManifestInfo]) -> Iterator[PageElement]:
    m = same[0]
    signer = m.signer
    entries: list[tuple[str, Node | None]] = []
    if signer is not None:
        lists = ", ".join(clean(name) for name in signer.lists[:MAX_ENTRIES])
        leaf = signer.organisation or signer.common_name or "unnamed"
        parts = dict.fromkeys(p for p in (leaf, signer.issuer, signer.anchor) if p)
        entries += [
            ("chain", element("ol.chain", *(element("li", clean(p, URL_LIMIT)) for p in parts))),
            ("trust", vocabulary.IDENTITY[m.axes.identity] + (f" ({lists})" if lists else "")),
            ("certificate", _certificate(signer)),
        ]
    said = [*(["active manifest"] if any(manifest.active for manifest in same) else ())]
    others = sum(not manifest.active for manifest in same)
    said += [f"{others} manifests" if others > 1 else "manifest"] if others else []
    labels = [
        element("li", element("code", clean(manifest.label))) for manifest in same[:MAX_ENTRIES]
    ]
    entries += [
        ("time", _time(m)),
        ("revocation", _revocation(m)),
        ("rated", _rated(m)),
        (
            "title",
            ", ".join(dict.fromkeys(clean(manifest.title) for manifest in same if manifest.title)),
        ),
        ("label", element("ul.plain", *labels, more(len(same) - MAX_ENTRIES))),
    ]
    relation = element("span.relation", ", ".join(said))
    axes = m.axes
    signed = vocabulary.signed_by(signer, axes.identity, axes.time, axes.revocation, m.signing_time)
    name = signed.partition("; ")[0]
    yield element("p.signature-head", relation, " ", element("strong", name))
    yield terms(entries)


def _certificate(signer: SignerInfo) -> PageElement:
    valid = ""
    if signer.not_before is not None and signer.not_after is not None:
        valid = f"valid {signer.not_before:%Y-%m-%d} to {signer.not_after:%Y-%m-%d}, "
    return element("span", f"{valid}SHA-256 ", element("code", clean(signer.sha256)))


def _time(m: ManifestInfo) -> str:
    said = vocabulary.TIME[m.axes.time]
    if m.signing_time is not None:
        said += f", {m.signing_time:%Y-%m-%d %H:%M:%S} UTC"
    if m.time_stamp_authority and m.axes.time is TimeStatus.TIMESTAMPED:
        said += f", by {quotable_name(m.time_stamp_authority)}"
    return said


def _revocation(m: ManifestInfo) -> str:
    said = vocabulary.REVOCATION[m.axes.revocation]
    if m.revoked_at is not None:
        said += f", {m.revoked_at:%Y-%m-%d %H:%M:%S} UTC"
    return said


def _rated(m: ManifestInfo) -> str:
    said = vocabulary.ASSURANCE[m.assurance] if m.assurance is not Assurance.BROKEN else "broken"
    return f"{said}: {clean(m.limit, URL_LIMIT)}" if m.limit else said


def more(left: int) -> PageElement | None:
    """Return how many entries of a list are left out, None where none is."""
    return element("li.hint", f"{left:,} more in the JSON record") if left > 0 else None


def terms(entries: Iterable[tuple[str, Node | None]]) -> PageElement:
    """Return a list of terms; those without a value are left out."""
    children: list[Node] = []
    for name, value in entries:
        if value:
            children += [element("dt", name), element("dd", value)]
    return element("dl.terms", *children)
