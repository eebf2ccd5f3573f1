"""What a page says of itself: `meta` elements, and JSON-LD in the terms of schema.org.

Of both only the digital source type is read: pages say a great deal else that does not matter here.
In JSON-LD it may be that of the page, or of a picture in it: a picture is a part, and is
given in the context of its type.
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from provenance.base.json_text import Json, JsonError, parse_json
from provenance.media.container.html import attributes
from provenance.media.metadata.sink import decoded

if TYPE_CHECKING:
    from provenance.media.container.block import Block
    from provenance.media.metadata.sink import Sink

KEY = "DigitalSourceType"
_NAMES = (b"name", b"property", b"itemprop")
_TAG = re.compile(rb"<meta", re.IGNORECASE)
_LOCAL = re.compile(r"[:./#]")
_SCHEMA = re.compile(r"(?:https?://schema\.org/)?([A-Z][A-Za-z]{2,64})DigitalSource")
_PAGES = frozenset(  # types of schema.org that are the page, or the text that it is
    {
        *(
            "AboutPage",
            "Article",
            "Blog",
            "BlogPosting",
            "CollectionPage",
            "CreativeWork",
            "FAQPage",
        ),
        *("ItemPage", "LiveBlogPosting", "NewsArticle", "OpinionNewsArticle", "ProfilePage"),
        *("QAPage", "Report", "ReportageNewsArticle", "ReviewNewsArticle", "ScholarlyArticle"),
        *("SocialMediaPosting", "TechArticle", "WebPage", "WebSite"),
    }
)
_MAX_NODES = 10_000  # values of one script that are looked at


def add_html_source_types(sink: Sink, block: Block) -> None:
    """Add each digital source type."""
    data = sink.load(block)
    if data is None:
        return
    if block.place == "meta":
        _meta(sink, data)
    else:
        _json(sink, data)


def _meta(sink: Sink, data: bytes) -> None:
    given = attributes(_TAG.sub(b"", data, count=1).rstrip(b">"))
    name = next((given[key] for key in _NAMES if key in given), b"")
    if _is_source_type(decoded(name)):
        sink.add(KEY, html.unescape(decoded(given.get(b"content", b""))))


def _json(sink: Sink, data: bytes) -> None:
    try:
        document = parse_json(decoded(data))
    except JsonError:
        sink.malformed("JSON-LD that cannot be read")
        return
    pending: list[tuple[Json, str, bool]] = [(document, "", True)]
    for _ in range(_MAX_NODES):
        if not pending:
            return
        value, context, top = pending.pop()
        if isinstance(value, list):
            pending += [(inner, context, top) for inner in reversed(value)]
        elif isinstance(value, dict):
            kind = _type(value)
            page = top and (kind in _PAGES or (not kind and "@graph" in value))
            within = context if page else f"schema:{kind or 'Thing'}"
            for key, inner in reversed(list(value.items())):
                if _is_source_type(key):
                    for text in _texts(inner):
                        sink.add(KEY, _as_iptc(text), within)
                else:
                    pending.append((inner, within, top and key == "@graph"))
    sink.limit(f"JSON-LD of more than {_MAX_NODES} values")


def _type(value: dict[str, Json]) -> str:
    types = _texts(value.get("@type"))
    return _LOCAL.split(types[0])[-1][:64] if types else ""


def _texts(value: Json) -> list[str]:
    """Return the texts of a value: of itself, of a list, or of an object that names a thing."""
    held = value if isinstance(value, list) else [value]
    texts = [
        thing.get("@id") or thing.get("@value") if isinstance(thing, dict) else thing
        for thing in held
    ]
    return [text for text in texts if isinstance(text, str)]


def _as_iptc(value: str) -> str:
    """Return a member of schema.org's enumeration as the code of IPTC that it is made after."""
    match = _SCHEMA.fullmatch(value.strip())
    return match[1][0].lower() + match[1][1:] if match else value


def _is_source_type(name: str) -> bool:
    local = _LOCAL.split(name)[-1] if len(name) <= 256 else ""
    return re.sub(r"[ _-]", "", local).casefold() == "digitalsourcetype"
