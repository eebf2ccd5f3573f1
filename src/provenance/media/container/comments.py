"""What may be next to a manifest block in its line, which no hash covers (C2PA 2.4, A.9.4).

Whoever changes that line changes no hash. So it may hold the marks of one comment that ends where
the line ends, in whatever language, and nothing else: with an end left out, or a line continued,
what follows would be a comment too; with one end too many, a comment before it would be a program.
"""

from __future__ import annotations

import re

_BOM = b"\xef\xbb\xbf"
# A comment up to the end of the line. Quotation marks, which open a text in other languages, and
# `#!`, which names a program, are not among them.
_LINE = re.compile(rb"#{1,8}|/{2,4}|//!|-{2,8}|;{1,8}|%{1,8}|!|\*|::|\.\.|NOTE|REM|rem|dnl")
_PAIRS = {
    b"<!--": b"-->",
    b"/*": b"*/",
    b"/**": b"*/",
    b"/*!": b"*/",
    b"{/*": b"*/}",
    b"{{/*": b"*/}}",
    b"(*": b"*)",
    b"{-": b"-}",
    b"{#": b"#}",
    b"{{!": b"}}",
    b"{{!--": b"--}}",
    b"<%--": b"--%>",
    b"<%#": b"%>",
    b"<#": b"#>",
    b"#=": b"=#",
    b"#|": b"|#",
    b"--[[": b"]]",
    b"/+": b"+/",
    b"@*": b"*@",
    b'"""': b'"""',
    b"'''": b"'''",
}
_BLANK = b" \t"


def encloses(before: bytes, after: bytes, data: bytes, line: int, *, flat: bool) -> bool:
    """Tell whether what is before and after a block makes a comment of its line, or nothing does.

    `line` is where the line begins in `data`; `flat` says that the block is in one line.
    """
    opening = before.removeprefix(_BOM if not line else b"").strip(_BLANK)
    closing = after.strip(_BLANK)
    if not closing:
        return not opening or (flat and _LINE.fullmatch(opening) is not None)
    return _PAIRS.get(opening) == closing and not _open(data, line, opening, closing)


def _open(data: bytes, line: int, opening: bytes, closing: bytes) -> bool:
    """Tell whether a comment of this kind is open where the line begins: it would end there."""
    if opening == closing:
        return data.count(opening, 0, line) % 2 == 1
    shortest = min((o for o, c in _PAIRS.items() if c == closing and o in opening), key=len)
    at = data.rfind(closing, 0, line)
    opened = re.compile(rb"(?:^|\s)" + re.escape(shortest)).search(data, max(at, 0), line)
    return opened is not None
