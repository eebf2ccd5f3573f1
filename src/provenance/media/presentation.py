"""Presentations in several files, DASH (ISO/IEC 23009-1) and HLS (RFC 8216), by their manifest.

A manifest names representations, each an initialisation segment and media segments. Only files in
the folder of the manifest, or below it, are named here: a manifest comes from a stranger, and must
not make this program read other files, nor ask an address.
"""

from __future__ import annotations

import math
import os
import re
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote

from provenance.base import xml_parsing
from provenance.base.errors import AssetError
from provenance.base.values import dataclass
from provenance.media.asset import Asset

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

DASH, HLS = "application/dash+xml", "application/vnd.apple.mpegurl"
MAX_MANIFEST = 4 << 20  # bytes
MAX_REPRESENTATIONS = 64
MAX_SEGMENTS = 800  # of one representation; each is an open file while it is checked
_LISTS = (".m3u8", ".m3u")  # playlists, which are no media: one that names another goes no deeper
_LINKS = ("}href", "}base")  # xlink:href, xml:base
_ADDRESSES = ("#EXT-X-I-FRAME-STREAM-INF:", "#EXT-X-PART:", "#EXT-X-PRELOAD-HINT:")
_OTHERS = "pictures of trick play, and parts of segments"
_MORE = f"more than {MAX_SEGMENTS} segments"
_MAX_NAME = 1024  # characters of one address
_PEEK = 4_096
_ROOT = re.compile(rb"<(?:!DOCTYPE\s{1,8})?([^\s<>/!]{1,64})")  # after instructions and comments
_HLS_TAG = re.compile(rb"^#EXT-X-", re.MULTILINE)  # lists of music have none
# What begins with a mark, or with "<" and another character of ASCII.
_CODINGS = (
    ("utf-32-le", (b"\xff\xfe\0\0", b"<\0\0\0")),
    ("utf-32-be", (b"\0\0\xfe\xff", b"\0\0\0<")),
    ("utf-16-le", (b"\xff\xfe", b"<\0")),
    ("utf-16-be", (b"\xfe\xff", b"\0<")),
)
_MAX_DEPTH = 32  # folders in one address
_MAX_FOLDERS = 4_096  # different ones in one manifest
_RANGE = re.compile(r"([0-9]{1,15})-([0-9]{1,15})")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:|//")
_DURATION = re.compile(r"PT(?:([0-9.]{1,12})H)?(?:([0-9.]{1,12})M)?(?:([0-9.]{1,12})S)?")
_TEMPLATE = re.compile(r"\$(?:(RepresentationID|Number|Time|Bandwidth)(?:%0([0-9]{1,2})d)?)?\$")
_ATTRIBUTE = re.compile(r'(?<![A-Z0-9\-])([A-Z0-9\-]+)=(?:"([^"]*)"|([^",]+))')


@dataclass(frozen=True, slots=True)
class Representation:
    """One representation: how the manifest calls it, and its files as paths, in order.

    `beyond` are names that are not of files in the manifest's folder; `unread` says what else of it
    is not looked at. Without media segments the first file is all there is.
    """

    name: str
    init: str
    segments: tuple[str, ...] = ()
    beyond: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()


class PresentationError(ValueError):
    """A manifest that cannot be read. The message says why."""


def kind_of(head: bytes) -> str:
    """Return the media type of a manifest by its first bytes; empty for any other file."""
    start = _in_utf_8(head[:_PEEK]).removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(b"#EXTM3U"):
        return HLS if _HLS_TAG.search(start) else ""
    while start.startswith((b"<?", b"<!--")):
        start = start.partition(b"?>" if start.startswith(b"<?") else b"-->")[2].lstrip()
    root = _ROOT.match(start)
    return DASH if root and root[1].rpartition(b":")[2] == b"MPD" else ""


def _in_utf_8(data: bytes) -> bytes:
    """Return XML in UTF-16 or UTF-32 as UTF-8 (XML 1.0, appendix F); anything else as it is."""
    for coding, starts in _CODINGS:
        if data.startswith(starts):
            return data.decode(coding, "replace").encode("utf-8")
    return data


def representations(data: bytes, kind: str, folder: str) -> tuple[Representation, ...]:
    """Read a manifest in `folder`, and of HLS the playlists that it names there.

    At most `MAX_REPRESENTATIONS` and one more, the rest is left out. Raises PresentationError.
    """
    read = _dash if kind == DASH else _hls
    listed: list[Representation] = []
    for representation in read(data, folder):
        listed.append(representation)
        if len(listed) > MAX_REPRESENTATIONS:
            break
    return tuple(listed)


class _Folders:
    """The folder of a manifest, and the folders in it that names of the manifest have led to."""

    def __init__(self, folder: str) -> None:
        self.top = os.path.realpath(folder)
        self.known: dict[str, str] = {}

    def real(self, name: str) -> str | None:
        """Return the path of a name relative to the folder, links followed; None beyond it."""
        above, last = os.path.split(os.path.join(self.top, name))
        if above not in self.known:
            if len(self.known) >= _MAX_FOLDERS:
                return None
            self.known[above] = os.path.realpath(above)
        path = os.path.join(self.known[above], last)
        if last in {"", os.curdir, os.pardir} or os.path.islink(path):
            path = os.path.realpath(path)
        return path if os.path.commonpath((self.top, path)) == self.top else None


class _Files:
    """The names of one representation, each within the folder or not."""

    def __init__(self, folders: _Folders) -> None:
        self.folders = folders
        self.beyond: list[str] = []

    def path(self, base: str, name: str) -> str | None:
        """Return the path of a name, relative to `base` within the folder; None beyond it."""
        name = name.strip()
        plain = unquote(name.partition("#")[0].partition("?")[0])
        whole = os.path.join(base, plain)
        foreign = "\0" in whole or _SCHEME.match(base) or _SCHEME.match(name)
        long = len(name) > _MAX_NAME or whole.count("/") > _MAX_DEPTH
        path = None
        if plain and not foreign and not long and not os.path.isabs(whole):
            path = self.folders.real(whole)
        if path is None:
            self.beyond.append(name[:_MAX_NAME])
        return path

    def paths(self, base: str, names: Sequence[str]) -> tuple[str, ...]:
        paths = (self.path(base, name) for name in names)
        return tuple(path for path in paths if path is not None)


def _dash(data: bytes, folder: str) -> Iterator[Representation]:
    try:
        manifest = _in_utf_8(data)  # as text: then it does not count what coding it names
        root = xml_parsing.fromstring(
            data if manifest is data else manifest.decode("utf-8"), forbid_dtd=True
        )
    except xml_parsing.REFUSED as e:
        raise PresentationError(f"it is not XML that can be read: {e}") from e
    folders = _Folders(folder)
    linked = [v for e in root.iter() for k, v in e.attrib.items() if k.endswith(_LINKS)]
    if linked:  # parts of the manifest itself
        yield Representation("link", "", (), tuple(link[:_MAX_NAME] for link in linked))
    total = _seconds(root.get("mediaPresentationDuration", ""))
    for period in _each(root, "Period", MAX_MANIFEST):
        seconds = _seconds(period.get("duration", "")) or total
        for group in _each(period, "AdaptationSet", MAX_MANIFEST):
            for representation in _each(group, "Representation", MAX_MANIFEST):
                yield _of_dash(_Files(folders), (root, period, group, representation), seconds)


def _of_dash(files: _Files, path: tuple[Any, ...], seconds: float) -> Representation:
    """Read one representation; `path` are the elements that it inherits from, itself the last."""
    name = path[-1].get("id", "") or "representation"
    base, unread = _base(path)
    if templates := _inherited(path, "SegmentTemplate"):
        values = {"RepresentationID": name, "Bandwidth": path[-1].get("bandwidth", "0")}
        named = _of_templates(path, templates, values, seconds)
    elif lists := _inherited(path, "SegmentList"):
        named = _of_lists(files, _folder(base), lists)
    else:  # one file with an index of its own
        named = _Named(base)
        base = ""
    start = files.path(_folder(base), named.init) if named.init else None
    segments = files.paths(_folder(base), named.media)
    unread += named.unread
    return Representation(name, start or "", segments, tuple(files.beyond), tuple(unread))


class _Named(NamedTuple):
    """The segments that a representation names, and what else it has that is not read."""

    init: str
    media: Sequence[str] = ()
    unread: Sequence[str] = ()


def _base(path: tuple[Any, ...]) -> tuple[str, list[str]]:
    """Return the address that a representation's names start from, and what is not read for it."""
    base, unread = "", []
    for element in path:
        given = list(_each(element, "BaseURL"))
        if len(given) > 1:
            unread.append("the media at other addresses")
        if given:
            base = _resolved(base, _text(given[0]))
    return base, unread


def _of_templates(
    path: tuple[Any, ...], elements: list[Any], values: dict[str, str], seconds: float
) -> _Named:
    """Return the segments that `SegmentTemplate`s name (5.3.9.4)."""
    init, media, more = _template(elements, values, seconds)
    unread = [_MORE] * more
    if any(len(list(_each(e, "SegmentTemplate"))) > 1 for e in path) or any(
        "bitstreamSwitching" in e.attrib for e in elements
    ):
        unread.append("segments of further templates")
    return _Named(init, media, unread)


def _of_lists(files: _Files, folder: str, elements: list[Any]) -> _Named:
    """Return the segments that `SegmentList`s name (5.3.9.3)."""
    first = next((i for e in elements for i in _each(e, "Initialization", 1)), None)
    init = first.get("sourceURL", "") if first is not None else ""
    listed = [s for e in elements for s in _each(e, "SegmentURL")]
    urls = [s.get("media", "") for s in listed]
    ranges = [_RANGE.fullmatch(s.get("mediaRange", "")) for s in listed]
    unread = []
    if any(ranges):
        parts = [(int(m[1]), int(m[2]) + 1) if m else (0, 0) for m in ranges]
        unread += _parts(files, folder, urls, parts)
        urls = list(dict.fromkeys(urls))
    unread += [_MORE] * (len(urls) > MAX_SEGMENTS)
    return _Named(init, urls[:MAX_SEGMENTS], unread)


def _folder(base: str) -> str:
    return base if base.endswith("/") else os.path.dirname(base)


def _resolved(base: str, name: str) -> str:
    """Return an address relative to another; one with a scheme stays as it is."""
    if _SCHEME.match(name) or name.startswith("/"):
        return name
    return _folder(base) + ("" if _folder(base).endswith("/") or not _folder(base) else "/") + name


def _parts(files: _Files, base: str, names: list[str], parts: list[tuple[int, int]]) -> list[str]:
    """Return what is not played of files whose ranges are listed: each is checked as a whole.

    The ranges of a file belong one after the other, up to its end.
    """
    ends: dict[str, int] = {}
    sound = True
    for name, (start, end) in zip(names, parts, strict=True):
        sound = sound and start < end and ends.get(name, start) == start
        ends[name] = end
    quiet = _Files(files.folders)
    for name, end in list(ends.items())[:MAX_SEGMENTS]:
        path = quiet.path(base, name)
        if path is not None and os.path.isfile(path):
            sound = sound and end == os.path.getsize(path)
    return [] if sound else ["ranges that are not the whole file in order"]


def _template(
    elements: list[Any], values: dict[str, str], seconds: float
) -> tuple[str, list[str], bool]:
    """Return the names that a `SegmentTemplate` gives (5.3.9.4); attributes are inherited."""
    own = {key: value for e in reversed(elements) for key, value in e.attrib.items()}
    start, scale = _whole(own.get("startNumber"), 1), _whole(own.get("timescale"), 1) or 1
    times: list[int] = []
    line = next((t for e in elements for t in _each(e, "SegmentTimeline", 1)), None)
    if line is not None:
        times = _times(line, seconds * scale)
    elif length := _whole(own.get("duration"), 0):
        count = min(math.ceil(seconds * scale / length), MAX_SEGMENTS + 1)
        times = [n * length for n in range(count)]
    times = times[: max(_whole(own.get("endNumber"), start + len(times)) - start + 1, 0)]
    media = own.get("media", "")
    numbered = enumerate(times[:MAX_SEGMENTS], start)
    names = [_filled(media, {**values, "Number": str(n), "Time": str(t)}) for n, t in numbered]
    return _filled(own.get("initialization", ""), values), names, len(times) > MAX_SEGMENTS


def _times(line: Any, duration: float) -> list[int]:
    """Return when the segments of a `SegmentTimeline` begin (5.3.9.6), at most a few too many.

    `duration` is that of the period in the units of the line, 0 where it is not known.
    """
    times: list[int] = []
    at = 0
    for s in _each(line, "S"):
        at, length = _whole(s.get("t"), at), _whole(s.get("d"), 0)
        again = _whole(s.get("r"), 0)
        if (s.get("r") or "").startswith("-"):  # up to the end of the period
            left = math.ceil((duration - at) / length) - 1 if length else 0
            again = left if duration else MAX_SEGMENTS
        for _ in range(min(max(again, 0), MAX_SEGMENTS) + 1):
            times.append(at)
            at += length
        if len(times) > MAX_SEGMENTS:
            break
    return times


def _filled(template: str, values: dict[str, str]) -> str:
    def value(match: re.Match[str]) -> str:
        if match[1] is None:
            return "$"
        return values.get(match[1], "").zfill(int(match[2] or 0))

    return _TEMPLATE.sub(value, template[:_MAX_NAME])


def _hls(data: bytes, folder: str) -> Iterator[Representation]:
    """Read a master playlist with the media playlists that it names, or a media playlist."""
    lines = _lines(data)
    folders = _Folders(folder)
    named: list[str] = []
    due = False  # an address is next
    for line in lines:
        if line.startswith("#EXT-X-STREAM-INF:"):
            due = True
        elif line.startswith("#EXT-X-MEDIA:") and (address := _attributes(line).get("URI")):
            named.append(address)
        elif due and not line.startswith("#"):
            named.append(line)
            due = False
    if named and any(line.startswith(_ADDRESSES) for line in lines):
        yield Representation("playlist", "", (), (), (_OTHERS,))
    if not named:
        yield _of_hls(_Files(folders), "", "playlist", lines)
        return
    for name in dict.fromkeys(named):
        files = _Files(folders)
        path = files.path("", name)
        if path is None:
            yield Representation(name, "", (), tuple(files.beyond))
            continue
        try:
            with Asset.open(path) as asset:
                inner = asset.read(0, MAX_MANIFEST)
                more = (_MORE,) if asset.size > MAX_MANIFEST else ()
        except AssetError:
            yield Representation(name, "", (), (), ("a playlist that cannot be read",))
            continue
        base = os.path.relpath(os.path.dirname(path), folders.top)
        yield _of_hls(files, base, name, _lines(inner), more)


def _of_hls(
    files: _Files, base: str, name: str, lines: list[str], unread: tuple[str, ...] = ()
) -> Representation:
    maps = [_attributes(line) for line in lines if line.startswith("#EXT-X-MAP:")]
    named = [n for n in lines if not n.startswith("#")]
    media = [n for n in named if not n.lower().endswith(_LISTS)]
    left_aside = (
        ("playlists in a playlist", len(media) < len(named)),
        (_OTHERS, any(line.startswith(_ADDRESSES) for line in lines)),
        ("all initialisation segments but the first", len({m.get("URI") for m in maps}) > 1),
    )
    unread += tuple(what for what, there in left_aside if there)
    if any(line.startswith("#EXT-X-BYTERANGE:") for line in lines):
        unread += tuple(_parts(files, base, *_ranges(lines)))
        media = list(dict.fromkeys(media))  # ranges of one file
    if len(media) > MAX_SEGMENTS:
        unread += (_MORE,)
    segments = files.paths(base, media[:MAX_SEGMENTS])
    if maps:
        first = files.path(base, maps[0].get("URI", ""))
    else:
        first, segments = (segments[0], segments[1:]) if segments else (None, ())
    if segments == (first,):
        segments = ()
    return Representation(name, first or "", segments, tuple(files.beyond), unread)


def _ranges(lines: list[str]) -> tuple[list[str], list[tuple[int, int]]]:
    """Return the names of a playlist's segments and the range of each (RFC 8216, 4.3.2.2)."""
    names: list[str] = []
    parts: list[tuple[int, int]] = []
    length = start = ""
    for line in lines:
        if line.startswith("#EXT-X-BYTERANGE:"):
            length, _, start = line.partition(":")[2].partition("@")
        elif not line.startswith("#"):
            after = parts[-1][1] if names and names[-1] == line else 0
            begin = _whole(start, after)
            names.append(line)
            parts.append((begin, begin + _whole(length, 0)))
            length = start = ""
    return names, parts


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
    return [child for element in reversed(path) for child in _each(element, name, 1)]


def _text(element: Any) -> str:
    return (element.text or "").strip()[:_MAX_NAME]


def _whole(value: str | None, default: int) -> int:
    return int(value) if value and re.fullmatch(r"[0-9]{1,15}", value) else default


def _seconds(value: str) -> float:
    match = _DURATION.fullmatch(value)
    if match is None:
        return 0.0
    try:
        hours, minutes, seconds = (float(part or 0) for part in match.groups())
    except ValueError:
        return 0.0
    return hours * 3600 + minutes * 60 + seconds
