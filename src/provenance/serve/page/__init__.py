"""The page of the service: a document, one style and one script, all static.

What the script has to know of this program (words for verdicts, columns) is written before it as
one constant. There is no build step, and the page asks nobody but the service that it came from.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from provenance.base.terms import Origin
from provenance.render import csv_table, vocabulary
from provenance.render.page import shell
from provenance.serve import view

_HERE = Path(__file__).parent
_SCRIPTS = ("files.js", "service.js", "preview.js", "saving.js", "page.js")
_NO_DATE = datetime(1970, 1, 1, tzinfo=UTC)  # the browser puts its own there


def page_document() -> str:
    """Return the document, which loads `page.css` and `page.js` from where it came."""
    return _page_file("page.html")


def styles() -> str:
    """Return the style sheet."""
    return shell.page_file("shared.css") + _page_file("page.css")


def scripts() -> str:
    """Return the script."""
    given = {
        "origin": {origin.value: vocabulary.ORIGIN[origin] for origin in Origin},
        "columns": csv_table.NAMES,
        "unsent": view.unsent(_NO_DATE),
    }
    constant = f"const given = {shell.embedded(given)};\n"
    return shell.page_file("shared.js") + constant + "".join(map(_page_file, _SCRIPTS))


def _page_file(name: str) -> str:
    return (_HERE / name).read_text("utf-8")
