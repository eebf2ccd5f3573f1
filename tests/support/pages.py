"""The program's pages taken apart: their elements, and the data that their script reads."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from typing import Any, NamedTuple

_VOID = frozenset({"meta", "input", "link", "img", "br", "hr"})


class Elements(HTMLParser):
    """Elements with their attributes, the text of scripts and styles, and all other text.

    `unclosed` are the elements that are open at the end, or that something else closed.
    """

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self.shown: list[str] = []
        self.unclosed: list[str] = []
        self._inside = False
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in _VOID:
            self.unclosed.append(tag)
        if tag in {"script", "style"}:
            self.texts.append((dict(attrs).get("id") or tag, ""))
            self._inside = True

    def handle_endtag(self, tag) -> None:
        self._inside = False
        if self.unclosed and self.unclosed[-1] == tag:
            self.unclosed.pop()

    def handle_data(self, data) -> None:
        if self._inside:
            name, text = self.texts.pop()
            self.texts.append((name, text + data))
        else:
            self.shown.append(data)


class Line(NamedTuple):
    """One row of a report's page, with the words of its kind."""

    path: str
    kind: int
    modified: int | None
    size: int | None
    detail: int
    origin: str
    flagged: str
    error: str


class Data(NamedTuple):
    """What the script of a report's page reads."""

    rows: list[Line]
    nodes: list[Any]
    rest: dict[str, Any]


def parsed(text: str) -> Data:
    """Read the data of a page as its script does."""
    found = dict(Elements(text).texts)
    flat, nodes, rest = (json.loads(found[f"data-{name}"]) for name in ("rows", "nodes", "rest"))
    rows, before = [], ""
    for at in range(0, len(flat), 6):
        shared, end, kind, modified, size, detail = flat[at : at + 6]
        before = before[:shared] + end
        words = [rest["words"][n] for n in rest["kinds"][kind]]
        rows.append(Line(before, kind, modified, size, detail, words[0], words[2], words[6]))
    return Data(rows, nodes, rest)


def built(nodes: list[Any], number: int) -> str:
    """Return the text of an element of the page."""
    node = nodes[number]
    if isinstance(node, str):
        return node
    return " ".join(built(nodes, child) for child in node[2:])
