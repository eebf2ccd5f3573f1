"""The site of the documentation: `sphinx-build -W -n -c docs . build/site`, from the root.

Pages are the Markdown files as they are on disk: links between them lead to the same places here
as in the repository. The navigation follows from the lists in `docs/index.md`. What is built
loads nothing from anywhere else.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sphinx.application import Sphinx

ROOT = Path(__file__).resolve().parents[1]
ABOVE = ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")
_SECTION = re.compile(r"^## ([^\n]+)\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[([^]]+)\]\(([^)]+\.md)\)")

project = "provenance"
copyright = "the provenance authors"  # noqa: A001 - the name that Sphinx reads
extensions = ["myst_parser"]
root_doc = "docs/index"
include_patterns = ["docs/*.md", "integrations/*/README.md", *ABOVE]
exclude_patterns = [".*", "build", "cli", "dist", "src", "tests"]
myst_heading_anchors = 6
html_theme = "furo"
html_title = "provenance"
html_copy_source = False
html_show_sphinx = False
html_additional_pages = {"index": "to_start.html"}
templates_path = ["_templates"]
pygments_style = "default"
highlight_options = {"console": {"stripnl": False}}


def navigation(index: str) -> str:
    """Return a table of contents for each section of the page, with its links and their names."""
    trees = []
    for caption, text in _SECTION.findall(index):
        entries = "\n".join(f"{name} <{path}>" for name, path in _LINK.findall(text))
        trees.append(f"```{{toctree}}\n:hidden:\n:caption: {caption}\n\n{entries}\n```\n")
    return "\n".join(trees)


def _add_navigation(_app: Sphinx, name: str, source: list[str]) -> None:
    if name == root_doc:
        source[0] += "\n" + navigation(source[0])


def setup(app: Sphinx) -> dict[str, Any]:
    """Register what this file adds to Sphinx."""
    app.connect("source-read", _add_navigation)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
