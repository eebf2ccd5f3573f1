"""China's mandatory label for generated content (TC260), in every place it is written to."""

from __future__ import annotations

import html
import re
from itertools import islice
from typing import TYPE_CHECKING

from provenance.base.finding import Finding, warning
from provenance.base.json_text import Json, JsonError, leading
from provenance.base.terms import Origin
from provenance.base.values import dataclass
from provenance.media.metadata.field import Source
from provenance.signals import generators
from provenance.signals.detector import Marker
from provenance.signals.detectors._index import (
    ANY,
    Index,
    Indexed,
    place,
    short,
    trimmed,
    wanted,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance.media.metadata.field import Field

NAMESPACE = "http://www.tc260.org.cn/ns/AIGC/1.0/"

_NAMED = (
    wanted(Source.XMP, "TC260:AIGC", f"{{{NAMESPACE}}}AIGC")
    | wanted(Source.TEXT, "AIGC")
    | wanted(Source.QUICKTIME, "AIGC", "----:com.apple.iTunes:AIGC")
    | wanted(Source.EBML, "AIGC")
    | wanted(Source.RIFF, "AIGC")
    | wanted(Source.AMF0, "AIGC", "onMetaData.AIGC")
    | wanted(Source.ID3, "TXXX:AIGC")
    | wanted(Source.VORBIS, "AIGC")
    | wanted(Source.TAGS, "AIGC")
    | wanted(Source.OOXML, "AIGC")
    | wanted(Source.PDF, "AIGC", "/AIGC")
)
_SHARED = wanted(Source.EXIF, "UserComment", "ImageDescription")
"""Places that hold other things too: only a label that is unmistakable counts there. So do items
of a QuickTime list without a name, which some exports of Doubao write."""

_FIELDS = frozenset(
    {
        "Label",
        "ContentProducer",
        "ProduceID",
        "ReservedCode1",
        "ContentPropagator",
        "PropagateID",
        "ReservedCode2",
        # another schema, without a label, that is seen under the same name
        "ServiceProvider",
        "ServiceUser",
    }
)
_BARE = ("AIGC{", "AIGC {")  # how a label in an application segment begins
_UNNAMED = ("", "\0")  # how the key of an item without a name begins: it is its number
MAX_LABEL = 8 * 1024
"""Characters of a label that is read; real ones have some hundreds."""
MAX_LABELS = 32
"""Labels of one asset that are judged; real files have one to three."""
_LAYERS = 6  # of wrapping and double encoding; real labels have three
_LABELS = {
    "1": (Origin.AI_GENERATED, "generated"),
    "2": (Origin.AI_POSSIBLE, "possibly generated"),
    "3": (Origin.AI_POSSIBLE, "suspected to be generated"),
}
_CODE = re.compile(r"0011([0-9A-Z]{18})[0-9A-Z]{5}")
_ENTITIES = {
    "91110102MACQD9K640": "ByteDance",
    "9144030008867405X2": "ByteDance",
    "91110108MA01R70K8D": "ByteDance",
    "91110108335469089C": "Kuaishou",
    "91330106MA2CFLDG4R": "Alibaba",
    "91440101MA9Y9T4H7A": "Alibaba",
    "91440300708461136T": "Tencent",
    "91110000802100433B": "Baidu",
    "91110108MA01KP2T5U": "Zhipu AI",
    "91340100MAEB4N8H76": "RunningHub",
    "91110105MACJ6K1C8A": "LiblibAI",
    "91110108MACC4D63XF": "Shengshu",
    "91440300MA5G49LC9K": "Honor",
}
"""Unified Social Credit Codes seen in real labels; a legal entity may have several products.

Two from files by ByteDance's apps; the others from the tables of wiltodelta/remove-ai-watermarks
and of storytold/artcraft, which name the files they were seen in.
"""
_PRODUCTS = {
    "001191110102MACQD9K64010000": "Doubao",
    "00119144030008867405X210001": "Jimeng",
}
_PLAIN = {
    "kling": ("Kuaishou", "Kling"),
    "minimax": ("MiniMax", "Hailuo"),
    "runninghub": ("RunningHub", None),
}
"""Names in place of a code, as a producer writes itself; letter case is its own."""


class Tc260(Indexed):
    """The label `AIGC`: `Label` 1 is generated, 2 and 3 may be.

    GB 45438-2025 (mandatory since 2025-09-01), appendix on metadata, and TC260's practice guides
    (TC260-PG-20257A for video) for the place in each format. Seen in real files and understood:
    wrapped and bare objects, JSON within JSON, HTML-escaped JSON, `Label` written as `AIGC`, and a
    bare `AIGC{...}` in an application segment. The producer code is `001`, `1`, the producer's
    Unified Social Credit Code and five characters, or a plain name. Whether a label is complete is
    a question for its maker, not asked here.
    """

    name = "tc260"
    source = "GB 45438-2025; TC260-PG-20257A"
    wants = _NAMED | _SHARED | {(Source.SEGMENT, ANY), (Source.QUICKTIME, ANY)}

    def find(self, index: Index) -> Iterator[Marker | Finding]:
        """Yield a marker for each label, and a finding for one that says nothing."""
        labels = _labels(index)
        for field, text, own_place in islice(labels, MAX_LABELS):
            yield from _judge(index, field, text, own_place=own_place)
        if next(labels, None) is not None:
            yield warning("detector.bound", f"only {MAX_LABELS} TC260 labels were judged")


def _labels(index: Index) -> Iterator[tuple[Field, str, bool]]:
    """Yield (field, text, whether the place is a label's own) of all that may be a label."""
    for source, key in sorted(_NAMED & index.present):
        for field in index.get(source, key):
            yield field, field.value, True
    for field in index.every(Source.SEGMENT):
        if _is_bare(field):
            yield field, leading(field.value[:MAX_LABEL].removeprefix("AIGC")), True
    for source, key in sorted(_SHARED & index.present):
        for field in index.get(source, key):
            if "AIGC" in field.value or "ContentProducer" in field.value:
                yield field, field.value, False
    for field in index.every(Source.QUICKTIME):
        if field.key[:1] in _UNNAMED and "ContentProducer" in field.value:
            yield field, field.value, False


@dataclass(frozen=True, slots=True)
class _Label:
    value: str
    producer: str


def _is_bare(field: Field) -> bool:
    """Tell whether a segment is a label, its name in front of it or taken for the key."""
    return field.key == "AIGC" or field.value.startswith(_BARE)


def _judge(index: Index, field: Field, text: str, *, own_place: bool) -> Iterator[Marker | Finding]:
    try:
        label = _label_in(index, text, own_place=own_place)
    except JsonError as e:
        if own_place:
            message = f"a TC260 label that cannot be read: {e}"
            yield warning("tc260.unreadable", message, place(field))
        return
    if label is None:
        return
    known = _LABELS.get(label.value)
    if known is None:
        message = "a TC260 label without a value that the standard defines"
        yield warning("tc260.label_value", message, place(field))
        return
    origin, words = known
    vendor, product, model = _producer(label.producer)
    says = f"TC260 label: {words} (Label {label.value})"
    yield Marker(origin, says, field, vendor=vendor, product=product, model=model)


def _label_in(index: Index, text: str, *, own_place: bool) -> _Label | None:
    """Return the label in a text; None where a shared place holds something else.

    Raises `JsonError`.
    """
    value: Json = text
    wrapped = False
    for _ in range(_LAYERS):
        if isinstance(value, str):
            value = _decode(index, value)
            continue
        if not isinstance(value, dict):
            break
        inner = value.get("AIGC")
        if not _FIELDS.isdisjoint(value) or not _may_wrap(inner):
            wrapped = wrapped and not _FIELDS.isdisjoint(value)
            return _label(value, unmistakable=own_place or wrapped)
        value, wrapped = inner, True
    raise JsonError("not an object")


def _may_wrap(inner: Json) -> bool:
    return isinstance(inner, dict) or (isinstance(inner, str) and len(trimmed(inner)) > 2)


def _decode(index: Index, text: str) -> Json:
    """Parse JSON, and where it is none, what is left when HTML's escapes are undone."""
    if len(text) > MAX_LABEL:
        raise JsonError("too long for a label")
    text = trimmed(text)
    try:
        return index.unique(text)
    except JsonError:
        plain = _unescaped(text) if "&" in text else text
        if plain == text:
            raise
        return index.unique(plain)


def _label(value: dict[str, Json], *, unmistakable: bool) -> _Label | None:
    own = _FIELDS & value.keys()
    raw = value.get("Label", value.get("AIGC"))
    if not unmistakable and not ("Label" in own and len(own) > 1) and not ("AIGC" in value and own):
        return None
    said = str(raw).strip() if isinstance(raw, str | int) and not isinstance(raw, bool) else ""
    producer = value.get("ContentProducer")
    return _Label(said, producer if isinstance(producer, str) else "")


def _producer(text: str) -> tuple[str | None, str | None, str | None]:
    """Return vendor, product and model of a producer code or name, as far as they are known."""
    name = short(text)
    if name is None:
        return None, None, None
    code = _CODE.fullmatch(name)
    if code:
        return _ENTITIES.get(code[1]), _PRODUCTS.get(name), None
    plain = _PLAIN.get(name.lower())
    if plain:
        return *plain, None

    known = generators.by_software_agent(name)
    if known:
        return known.vendor, known.product, known.model
    return None, None if name.isdigit() else name, None


def _unescaped(text: str) -> str:
    return html.unescape(text)
