"""The manifests of a file as a tree: who signed each, whether it holds, and what it says was done.

In short, or in full with every action in its own terms.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.base.terms import Identity, Integrity, Revocation, TimeStatus
from provenance.base.text import URL_LIMIT, clean, quotable_name
from provenance.render import plain_words, vocabulary
from provenance.render.tree import TreeNode, draw

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from provenance.render.vocabulary import Line
    from provenance.verdict.report import ActionInfo, IngredientInfo, ManifestInfo

_MOST, _MOST_IN_FULL = 24, 400  # lines
MOST_ON_A_PAGE = 150  # as above
_MOST_APART = 20  # manifests that nothing leads to
_MAX_DEPTH = 40
_MAX_ACTIONS = 12  # of one manifest, in short
_STATE = {
    Integrity.INTACT: "intact",
    Integrity.PARTIAL: "partly covered",
    Integrity.BROKEN: "BROKEN",
    Integrity.UNCHECKED: "alteration not checked",
    Integrity.NONE: "no credential",
}


def manifest_lines(manifests: Sequence[ManifestInfo], *, full: bool) -> Iterator[Line]:
    """Yield the tree that the active manifest is the root of; nothing where there is none."""
    active = next((m for m in manifests if m.active), None)
    if active is None:
        return
    tree = _Tree({m.label: m for m in manifests}, full=full)
    yield from draw(tree.node(active), "  ", "  ")
    if tree.cut:
        more = "--format json has them all" if full else "-v shows more"
        yield (("dim", f"  ... {len(manifests)} manifests; {more}"),)


def nodes(
    manifests: Sequence[ManifestInfo],
) -> tuple[tuple[TreeNode, ...], tuple[TreeNode, ...], bool]:
    """Return the trees for a page, in words: that of the active manifest, and what it leaves out.

    The first has no or one node. The second are the manifests that nothing leads to: no signature
    of the file covers them. The third tells whether lines were left out.
    """
    drawing = _Tree({m.label: m for m in manifests}, full=False, most=MOST_ON_A_PAGE)
    tree = tuple(drawing.node(m) for m in manifests if m.active)[:1]
    apart = [m for m in manifests if not m.referenced and not m.active]
    loose = tuple(drawing.node(m) for m in apart[:_MOST_APART])
    return tree, loose, drawing.cut or len(apart) > _MOST_APART


class _Tree:
    """Makes the nodes, of a bounded number of lines."""

    def __init__(
        self, manifests: Mapping[str, ManifestInfo], *, full: bool, most: int = _MOST
    ) -> None:
        self._manifests = manifests
        self._full = full
        self._left = _MOST_IN_FULL if full else most
        self.cut = False

    def node(
        self,
        manifest: ManifestInfo,
        via: IngredientInfo | None = None,
        above: tuple[ManifestInfo, ...] = (),
    ) -> TreeNode:
        """Make the node of a manifest and of what is below it."""
        details = (*self._about(manifest, above[-1:]), *self._actions(manifest.actions))
        self._left -= 1 + len(details)
        head: Line = (("dim", _relation(via)), *_head(manifest, via))
        return TreeNode(head, tuple(self._children(manifest, above)), details)

    def _children(
        self, manifest: ManifestInfo, above: tuple[ManifestInfo, ...]
    ) -> Iterator[TreeNode]:
        for ingredients in _grouped(manifest.ingredients):
            if self._left <= 0:
                self.cut = True
                return
            item = ingredients[0]
            target = self._manifests.get(item.manifest)
            if target is not None and target not in above and len(above) < _MAX_DEPTH:
                yield self.node(target, item, (*above, manifest))
                continue
            self._left -= 1
            state = "without a credential" if not item.manifest else "its manifest is not here"
            if target is not None:
                state = "shown above"
            count = f"{len(ingredients)} items " if len(ingredients) > 1 else ""
            yield TreeNode((("dim", _relation(item)), ("", count + state)))

    def _about(self, manifest: ManifestInfo, above: Sequence[ManifestInfo]) -> Iterator[Line]:
        """Say which list and time the signer rests on, and the claim generator where it is another.

        In full also the label, and why the manifest carries no further.
        """
        if _proven(manifest):
            axes = manifest.axes
            known = axes.revocation in {Revocation.NOT_CHECKED, Revocation.GOOD}
            revocation = "" if known and not self._full else vocabulary.REVOCATION[axes.revocation]
            parts = (vocabulary.IDENTITY[axes.identity], _time(manifest), revocation)
            yield (("", "; ".join(filter(None, parts))),)
        names = ", ".join(map(quotable_name, manifest.generators[:3]))
        if names and not (above and above[0].generators == manifest.generators):
            yield (("", f"claim generator: {names}"),)
        if self._full:
            yield (
                ("dim", f"label {clean(manifest.label)}, claim version {manifest.claim_version}"),
            )
            if manifest.limit:
                yield (("dim", clean(f"{manifest.assurance}: {manifest.limit}", URL_LIMIT)),)

    def _actions(self, actions: Sequence[ActionInfo]) -> Iterator[Line]:
        if self._full:
            for action in actions:
                agent = f"({quotable_name(action.agent)})" if action.agent else ""
                parts = (
                    quotable_name(action.action),
                    clean(action.source_type),
                    agent,
                    action.part,
                )
                yield (("dim", " ".join(filter(None, parts))),)
            return
        said = dict.fromkeys(map(_short, actions))
        shown = "; ".join(list(said)[:_MAX_ACTIONS])
        if len(said) > _MAX_ACTIONS:
            shown += f"; {len(said) - _MAX_ACTIONS} more"
        if shown:
            yield (("dim", shown),)


def _grouped(ingredients: Sequence[IngredientInfo]) -> Iterator[list[IngredientInfo]]:
    """Gather neighbours of one kind that have no credential."""
    group: list[IngredientInfo] = []
    for item in ingredients:
        if group and (item.manifest or item.relationship != group[0].relationship):
            yield group
            group = []
        if item.manifest:
            yield [item]
        else:
            group.append(item)
    if group:
        yield group


def _relation(via: IngredientInfo | None) -> str:
    if via is None:
        return ""
    return f"{plain_words.RELATIONS.get(via.relationship, 'ingredient')}: "


def _head(manifest: ManifestInfo, via: IngredientInfo | None) -> Line:
    name = "an unnamed signer"
    if manifest.signer is not None:
        name = quotable_name(manifest.signer.organisation or manifest.signer.common_name or name)
    if not _proven(manifest):
        name = f"claimed signer: {name} ({vocabulary.IDENTITY[Identity.UNPROVEN]})"
    integrity = manifest.axes.integrity
    if via is not None and via.broken:
        return (("", f"{name}: "), ("bad", f"link broken ({clean(via.broken)})"))
    state = "bad" if integrity is Integrity.BROKEN else ""
    revoked = manifest.axes.revocation is Revocation.REVOKED
    return (
        ("", f"{name}: "),
        (state, _STATE[integrity]),
        ("bad", ", REVOKED" if revoked else ""),
    )


def _proven(manifest: ManifestInfo) -> bool:
    return manifest.signer is not None and manifest.signer.proven


def _time(manifest: ManifestInfo) -> str:
    said = vocabulary.TIME[manifest.axes.time]
    if manifest.axes.time is TimeStatus.TIMESTAMPED and manifest.signing_time is not None:
        said += f" {manifest.signing_time:%Y-%m-%d %H:%M} UTC"
    return said


def _short(action: ActionInfo) -> str:
    said = plain_words.action(quotable_name(action.action))
    detail = [plain_words.source_type(action.source_type)] if action.source_type else []
    detail += [quotable_name(action.agent)] if action.agent else []
    return f"{said} ({', '.join(detail)})" if detail else said
