"""The document around a page: its title, its policy, its styles and scripts.

A content-security policy allows the scripts and styles that the page brings, by their digests, and
nothing else: no address, no `eval`, no style or handler in an attribute, no text that a script
turns into markup (`require-trusted-types-for`).
"""

from __future__ import annotations

import base64
import hashlib
import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from provenance.render.page.nodes import escaped

if TYPE_CHECKING:
    from collections.abc import Sequence

_HERE = Path(__file__).parent
_SAFE = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"})


def top(title: str, styles: Sequence[str], scripts: Sequence[str] = ()) -> str:
    """Return the beginning of a document, `<body>` included. Styles and scripts are file names."""
    style = "".join(map(page_file, styles))
    digests = " ".join(f"'{_digest(page_file(name))}'" for name in scripts)
    policy = [
        "default-src 'none'",
        f"script-src {digests or chr(39) + 'none' + chr(39)}",
        f"style-src '{_digest(style)}'",
        "base-uri 'none'",
        "form-action 'none'",
        "require-trusted-types-for 'script'",
    ]
    said = escaped(title).encode("ascii", "xmlcharrefreplace").decode("ascii")
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{"; ".join(policy)}">\n'
        '<meta name="referrer" content="no-referrer">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{said}</title>\n<style>{style}</style>\n</head>\n<body>\n"
    )


def bottom(scripts: Sequence[str] = ()) -> str:
    """Return the end of a document with the same scripts."""
    elements = "".join(f"<script>{page_file(name)}</script>\n" for name in scripts)
    return f"{elements}</body>\n</html>\n"


@cache
def page_file(name: str) -> str:
    """Return one of the files next to this module."""
    return (_HERE / name).read_text("utf-8")


def embedded(value: Any) -> str:
    """Return JSON in ASCII that cannot end the element that it is in, whatever its texts are."""
    return safe(json.dumps(value, ensure_ascii=True, separators=(",", ":")))


def safe(text: str) -> str:
    """Return JSON without a character that HTML knows."""
    return text.translate(_SAFE)


def _digest(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")
    return f"sha256-{digest}"
