"""Elements of a page as values. A text can never become markup, whatever it holds.

The same values go two ways: `markup` writes them as HTML for a page that needs no script, and
`NodePool` numbers them as JSON, from which `shared.js` builds elements. Equal elements are kept
once in a pool, so that ten thousand files of one signer cost little more than one.

Names of elements and attributes are this program's own. A text is escaped for the place that it is
written to, and what could reorder or hide it is written as a visible escape once more, in case that
it was not cleaned before.
"""

from __future__ import annotations

import html
import json
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from provenance.base.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

TAGS = frozenset(
    {"article", "caption", "code", "details", "div", "footer", "header", "p", "section", "span"}
    | {"strong", "summary", "time", "h1", "h2", "h3", "h4", "dl", "dt", "dd", "ol", "ul", "li"}
    | {"table", "thead", "tbody", "tr", "th", "td"}
)
"""The elements that may be made. None loads, runs or sends anything."""
ATTRIBUTES = frozenset({"class", "id", "lang", "role", "scope", "aria-label", "aria-labelledby"})


class PageElement(NamedTuple):
    """One element: its name, its attributes by name, and what it holds."""

    tag: str
    attributes: tuple[tuple[str, str], ...]
    children: tuple[Node, ...]


Node: TypeAlias = PageElement | str


def element(name: str, *children: Node | None, **attributes: str) -> PageElement:
    """Make an element. `name` is its tag with classes after it, as in `li.node.bad`.

    Children that are None are left out. Underscores in names of attributes stand for hyphens.
    Raises ValueError for a name that is not on the lists of this module.
    """
    tag, _, classes = name.partition(".")
    by_name = {key.replace("_", "-"): value for key, value in attributes.items()}
    if classes:
        by_name["class"] = classes.replace(".", " ")
    if tag not in TAGS or not by_name.keys() <= ATTRIBUTES:
        raise ValueError(f"not an element of these pages: {name} {sorted(by_name)}")
    return PageElement(tag, tuple(by_name.items()), tuple(c for c in children if c is not None))


def markup(node: Node) -> str:
    """Return HTML in pure ASCII, so that no encoding on the way can change it."""
    return "".join(_markup(node)).encode("ascii", "xmlcharrefreplace").decode("ascii")


def _markup(node: Node) -> Iterator[str]:
    if isinstance(node, str):
        yield escaped(node)
        return
    attributes = "".join(f' {name}="{escaped(value)}"' for name, value in node.attributes)
    yield f"<{node.tag}{attributes}>"
    for child in node.children:
        yield from _markup(child)
    yield f"</{node.tag}>"


def escaped(text: str) -> str:
    """Return a text for the content of an element or an attribute in quotes."""
    return html.escape(printable(text), quote=True)


class NodePool:
    """Elements and texts by number, each distinct one once; `size` is what they take as JSON.

    An entry is a text, or a list of the tag, the attributes as an object, and the numbers of the
    children, which come before it.
    """

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self.size = 0

    def number(self, node: Node) -> int:
        """Return the number of a node, which is added if it is new."""
        if isinstance(node, str):
            entry = json.dumps(printable(node))
        else:
            children = [self.number(child) for child in node.children]
            entry = _joined(node.tag, dict(node.attributes), children)
        return self._numbered(entry)

    def joined(self, tag: str, *children: int) -> int:
        """Return the number of an element around nodes that have theirs already."""
        return self._numbered(_joined(tag, {}, list(children)))

    def _numbered(self, entry: str) -> int:
        if entry not in self._numbers:
            self._numbers[entry] = len(self._numbers)
            self.size += len(entry) + 2
        return self._numbers[entry]

    def entries(self) -> Iterator[str]:
        """Yield the entries as JSON, in the order of their numbers."""
        return iter(self._numbers)


def _joined(tag: str, attributes: dict[str, str], children: list[int]) -> str:
    return json.dumps([tag, attributes, *children], separators=(",", ":"))
