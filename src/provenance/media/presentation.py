"""Presentations in several files, DASH (ISO/IEC 23009-1) and HLS (RFC 8216), by their manifest.

A manifest names representations, each an initialisation segment and media segments. Only files in
the folder of the manifest, or below it, are named here: a manifest comes from a stranger, and must
not make this program read other files, nor ask an address.
"""

from __future__ import annotations

import math
import os
import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

from provenance.base.errors import AssetError
from provenance.base.values import dataclass
from provenance.media.asset import Asset

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

DASH, HLS = "application/dash+xml", "application/vnd.apple.mpegurl"
MAX_MANIFEST = 4 << 20  # bytes
MAX_REPRESENTATIONS = 64
MAX_SEGMENTS = 800  # of one representation; each is an open file while it is checked
_LISTS = (".m3u8", ".m3u")  # playlists, which are no media: one that names another goes no deeper
_MAX_NAME = 1024  # characters of one address
_PEEK = 4_096
_MPD = re.compile(rb"<(?:[\w.\-]{1,32}:)?MPD[\s>]")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:|//")
_DURATION = re.compile(r"PT(?:([0-9.]{1,12})H)?(?:([0-9.]{1,12})M)?(?:([0-9.]{1,12})S)?")
_TEMPLATE = re.compile(r"\$(?:(RepresentationID|Number|Time|Bandwidth)(?:%0([0-9]{1,2})d)?)?\$")
_ATTRIBUTE = re.compile(r'([A-Z0-9\-]+)=(?:"([^"]*)"|([^",]+))')


@dataclass(frozen=True, slots=True)
class Representation:
    """One representation: how the manifest calls it, and its files as paths, in order.

    `beyond` are names that are not of files in the manifest's folder; `limited` says that there are
    more segments than are looked at. Without media segments the first file is all there is.
    """

    name: str
    init: str
    segments: tuple[str, ...] = ()
    beyond: tuple[str, ...] = ()
    limited: bool = False


class PresentationError(ValueError):
    """A manifest that cannot be read. The message says why."""


def kind_of(head: bytes) -> str:
    """Return the media type of a manifest by its first bytes; empty for any other file."""
    start = head[:_PEEK].removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(b"#EXTM3U"):
        return HLS
    return DASH if start.startswith(b"<") and _MPD.search(start) else ""


def representations(data: bytes, kind: str, folder: str) -> tuple[Representation, ...]:
    """Read a manifest in `folder`, and of HLS the playlists that it names there.

    At most `MAX_REPRESENTATIONS`, the rest is left out. Raises PresentationError.
    """
    read = _dash if kind == DASH else _hls
    found: list[Representation] = []
    for one in read(data, folder):
        if len(found) >= MAX_REPRESENTATIONS:
            break
        found.append(one)
    return tuple(found)


class _Files:
    """The names of one representation, each within the folder or not."""

    def __init__(self, folder: str) -> None:
        self.folder = os.path.realpath(folder)
        self.beyond: list[str] = []

    def path(self, base: str, name: str) -> str | None:
        """Return the path of a name, relative to `base` within the folder; None beyond it."""
        name = name.strip()[:_MAX_NAME]
        plain = unquote(name.partition("#")[0].partition("?")[0])
        if not plain or "\0" in plain or _SCHEME.match(name) or os.path.isabs(plain):
            self.beyond.append(name)
            return None
        path = os.path.realpath(os.path.join(self.folder, base, plain))
        if os.path.commonpath((self.folder, path)) != self.folder:
            self.beyond.append(name)
            return None
        return path

    def paths(self, base: str, names: list[str]) -> tuple[str, ...]:
        found = (self.path(base, name) for name in names)
        return tuple(path for path in found if path is not None)


def _dash(data: bytes, folder: str) -> Iterator[Representation]:
    from defusedxml import DefusedXmlException  # noqa: PLC0415 - few files are manifests
    from defusedxml.ElementTree import ParseError, fromstring  # noqa: PLC0415 - as above

    try:
        root = fromstring(data, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError) as e:
        raise PresentationError(f"it is not XML that can be read: {e}") from e
    total = _seconds(root.get("mediaPresentationDuration", ""))
    for period in _each(root, "Period"):
        seconds = _seconds(period.get("duration", "")) or total
        for group in _each(period, "AdaptationSet"):
            for one in _each(group, "Representation"):
                yield _of_dash(_Files(folder), (root, period, group, one), seconds)


def _of_dash(files: _Files, path: tuple[Any, ...], seconds: float) -> Representation:
    """Read one representation; `path` are the elements that it inherits from, itself the last."""
    one = path[-1]
    name = one.get("id", "") or "representation"
    base = "".join(_text(found) for e in path for found in _each(e, "BaseURL", 1))
    base = base if not _SCHEME.match(base) else ""
    held = {tag: _inherited(path, tag) for tag in ("SegmentTemplate", "SegmentList")}
    if held["SegmentTemplate"]:
        values = {"RepresentationID": name, "Bandwidth": one.get("bandwidth", "0")}
        init, media, limited = _template(held["SegmentTemplate"], values, seconds)
    elif held["SegmentList"]:
        elements = held["SegmentList"]
        given = next((i for e in elements for i in _each(e, "Initialization", 1)), None)
        init = given.get("sourceURL", "") if given is not None else ""
        listed = [s for e in elements for s in _each(e, "SegmentURL")]
        urls = [s.get("media", "") for s in listed]
        if any(s.get("mediaRange") for s in listed):
            urls = list(dict.fromkeys(urls))
        media, limited = urls[:MAX_SEGMENTS], len(urls) > MAX_SEGMENTS
    else:  # one file with an index of its own
        init, media, limited = base, [], False
        base = ""
    folder = base if base.endswith("/") else os.path.dirname(base)
    first = files.path(folder, init) if init else None
    segments = files.paths(folder, media)
    return Representation(name, first or "", segments, tuple(files.beyond), limited)


def _template(
    elements: list[Any], values: dict[str, str], seconds: float
) -> tuple[str, list[str], bool]:
    """Return the names that a `SegmentTemplate` gives (5.3.9.4); attributes are inherited."""
    own = {key: value for e in reversed(elements) for key, value in e.attrib.items()}
    start, scale = _whole(own.get("startNumber"), 1), _whole(own.get("timescale"), 1) or 1
    times: list[int] = []
    line = next((t for e in elements for t in _each(e, "SegmentTimeline", 1)), None)
    if line is not None:
        at = 0
        for s in _each(line, "S"):
            at, length = _whole(s.get("t"), at), _whole(s.get("d"), 0)
            for _ in range(min(max(_whole(s.get("r"), 0), 0), MAX_SEGMENTS) + 1):
                times.append(at)
                at += length
            if len(times) > MAX_SEGMENTS:
                break
    elif length := _whole(own.get("duration"), 0):
        count = min(math.ceil(seconds * scale / length), MAX_SEGMENTS + 1)
        times = [n * length for n in range(count)]
    media = own.get("media", "")
    numbered = enumerate(times[:MAX_SEGMENTS], start)
    names = [_filled(media, {**values, "Number": str(n), "Time": str(t)}) for n, t in numbered]
    return _filled(own.get("initialization", ""), values), names, len(times) > MAX_SEGMENTS


def _filled(template: str, values: dict[str, str]) -> str:
    def value(found: re.Match[str]) -> str:
        if found[1] is None:
            return "$"
        return values.get(found[1], "").zfill(int(found[2] or 0))

    return _TEMPLATE.sub(value, template[:_MAX_NAME])


def _hls(data: bytes, folder: str) -> Iterator[Representation]:
    """Read a master playlist with the media playlists that it names, or a media playlist."""
    lines = _lines(data)
    named: list[str] = []
    for n, line in enumerate(lines):
        if line.startswith("#EXT-X-STREAM-INF:"):
            named += [one for one in lines[n + 1 : n + 2] if not one.startswith("#")]
        elif line.startswith("#EXT-X-MEDIA:") and (address := _attributes(line).get("URI")):
            named.append(address)
    if not named:
        yield _of_hls(_Files(folder), "", "playlist", lines)
        return
    for name in dict.fromkeys(named):
        files = _Files(folder)
        path = files.path("", name)
        if path is None:
            yield Representation(name, "", (), tuple(files.beyond))
            continue
        try:
            with Asset.open(path) as asset:
                inner = asset.read(0, MAX_MANIFEST)
        except AssetError:
            yield Representation(name, "")
            continue
        base = os.path.relpath(os.path.dirname(path), files.folder)
        yield _of_hls(files, base, name, _lines(inner))


def _of_hls(files: _Files, base: str, name: str, lines: list[str]) -> Representation:
    maps = [_attributes(line).get("URI", "") for line in lines if line.startswith("#EXT-X-MAP:")]
    media = [n for n in lines if not n.startswith("#") and not n.lower().endswith(_LISTS)]
    if any(line.startswith("#EXT-X-BYTERANGE:") for line in lines):
        media = list(dict.fromkeys(media))  # ranges of one file
    segments = files.paths(base, media[:MAX_SEGMENTS])
    if maps:
        first = files.path(base, maps[0])
    else:
        first, segments = (segments[0], segments[1:]) if segments else (None, ())
    if segments == (first,):
        segments = ()
    limited = len(media) > MAX_SEGMENTS
    return Representation(name, first or "", segments, tuple(files.beyond), limited)


def _lines(data: bytes) -> list[str]:
    text = data.decode("utf-8", "replace").removeprefix("\ufeff")
    return [line.strip() for line in text.splitlines() if line.strip()]


def _attributes(line: str) -> dict[str, str]:
    return {m[1]: m[2] if m[2] is not None else m[3] for m in _ATTRIBUTE.finditer(line[:4096])}


def _each(element: Any, name: str, most: int = MAX_SEGMENTS + 1) -> Iterator[Any]:
    """Yield the children of a name, in whatever namespace."""
    for child in element:
        if isinstance(child.tag, str) and child.tag.rpartition("}")[2] == name:
            if most <= 0:
                return
            most -= 1
            yield child


def _inherited(path: tuple[Any, ...], name: str) -> list[Any]:
    """Return the elements of a name, the nearest first."""
    return [found for element in reversed(path) for found in _each(element, name, 1)]


def _text(element: Any) -> str:
    return (element.text or "").strip()[:_MAX_NAME]


def _whole(value: str | None, default: int) -> int:
    return int(value) if value and re.fullmatch(r"[0-9]{1,15}", value) else default


def _seconds(value: str) -> float:
    found = _DURATION.fullmatch(value)
    if found is None:
        return 0.0
    try:
        hours, minutes, seconds = (float(part or 0) for part in found.groups())
    except ValueError:
        return 0.0
    return hours * 3600 + minutes * 60 + seconds
