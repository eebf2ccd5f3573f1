"""How a tree is drawn, wherever one is: manifests, certificates, what is in a file.

A line of a tree begins with a span of the style `TREE`. Whoever prints it replaces its characters
where the output has only ASCII, and knows from it how a line goes on that is too long.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance.render.vocabulary import Line

TREE = "tree"
"""The style of what a line of a tree begins with."""
_INNER, _LAST, _THROUGH, _BLANK = "├─ ", "└─ ", "│  ", "   "
ASCII = str.maketrans({"├": "|", "└": "`", "│": "|", "─": "-", "→": "->"})
"""The characters of a tree in ASCII."""
_BELOW = str.maketrans({"├": "│", "└": " ", "─": " "})
_HANG = "  "  # before what is left of a line that is broken


class TreeNode(NamedTuple):
    """One node: its line, further lines about it, and the nodes below it."""

    line: Line
    children: tuple[TreeNode, ...] = ()
    details: tuple[Line, ...] = ()


def draw(node: TreeNode, first: str = "", rest: str = "") -> Iterator[Line]:
    """Yield the lines of a tree; `first` is before its first line, `rest` before the others."""
    yield ((TREE, first), *node.line)
    stem = rest + (_THROUGH if node.children else _BLANK)
    for detail in node.details:
        yield ((TREE, stem), *detail)
    for number, child in enumerate(node.children, 1):
        last = number == len(node.children)
        lead, below = (_LAST, _BLANK) if last else (_INNER, _THROUGH)
        yield from draw(child, rest + lead, rest + below)


def below(lead: str) -> str:
    """Return what the rest of a line begins with that began with `lead` and is too long."""
    return lead.translate(_BELOW) + _HANG
