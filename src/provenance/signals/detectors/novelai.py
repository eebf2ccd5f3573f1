"""What NovelAI writes into its PNG files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.base.terms import Origin
from provenance.media.metadata.field import Source
from provenance.signals.detector import Marker
from provenance.signals.detectors._index import Index, Indexed, short, trimmed, wanted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance.base.finding import Finding

_SETTINGS = frozenset({"steps", "sampler", "seed", "scale"})
_REQUESTS = {"Img2ImgRequest": Origin.AI_GENERATED, "NativeInfillingRequest": Origin.AI_MODIFIED}
"""Kinds of request that start from a picture. A strength is in the others too."""


class NovelAi(Indexed):
    """PNG `Software: NovelAI` with a `Source` and a `Comment` that holds the settings as JSON.

    d3x-at/sd-parsers, `parsers/_novelai.py`; seen in real files. All three together: a text that
    somebody wrote with NovelAI, or about it, has the name alone.
    """

    name = "novelai"
    source = "d3x-at/sd-parsers, parsers/_novelai.py; files by NovelAI"
    wants = wanted(Source.TEXT, "Software") | wanted(Source.STEALTH, "Software")

    def find(self, index: Index) -> Iterator[Marker | Finding]:
        """Yield one marker where the three are together."""
        for source in (Source.TEXT, Source.STEALTH):
            yield from _marker(index, source)


def _marker(index: Index, source: Source) -> Iterator[Marker]:
    made_by = index.text(source, "Source")
    for field in index.get(source, "Software"):
        if trimmed(field.value) != "NovelAI" or not made_by:
            continue
        comments = index.get(source, "Comment")
        objects = [index.object(f.value) for f in comments]
        if any(c is not None and len(_SETTINGS & c.keys()) > 1 for c in objects):
            index.claim(*comments, *index.get(source, "Title", "Source"))
            kinds = [str(c.get("request_type", "")) for c in objects if c is not None]
            origin = next((_REQUESTS[kind] for kind in kinds if kind in _REQUESTS), None)
            yield Marker(
                origin or Origin.AI_GENERATED,
                "NovelAI software with its generation settings",
                field,
                vendor="NovelAI",
                product="NovelAI",
                model=short(made_by),
                whole=origin is not Origin.AI_MODIFIED,
                from_input=origin is not None,
            )
            return
