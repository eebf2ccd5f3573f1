"""What a BMFF hash that matches leaves open: boxes of media, and the tables of their places.

Early writers left out the tables of places, which move when a credential is inserted. Then the
hash covers every byte of the media, but not which track or item shows it. The mapping is *forced*
where no other one fits: every byte of the media boxes is used once, places rise within each track,
and no two tracks or items of one type could be exchanged.
"""

from __future__ import annotations

import bisect
import itertools
from typing import TYPE_CHECKING

from provenance.credentials.validation.byte_source import merged, subtract
from provenance.media.container import bmff_media

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provenance.credentials.validation.bmff_boxes import Boxes, Exclusion
    from provenance.credentials.validation.byte_source import Range
    from provenance.media.container.bmff_media import MediaRange

# What an early writer takes out of the tables of a fragment, by offset and length: nothing but
# where its samples begin, if the first flag says that this is there.
_PLACE_OF = {"tfhd": ((16, 8),), "trun": ((16, 4),)}
# Boxes that hold nothing but file offsets, which move when a credential is inserted.
_OFFSET_BOXES = frozenset(
    {"iloc", "tfra", "mfra", "stco", "co64", "tfhd", "trun", "sidx", "saio", "ssix"}
)
_ITEMS, _TRACKS = frozenset({"iloc"}), frozenset({"stco", "co64", "tfhd", "trun"})
_HOLDERS = frozenset({"mdat", "imda"})  # boxes for media, and for nothing else
# `mini` is a picture with its tables in one (HEIF), `mpvd` the film of a motion photo.
_MEDIA = frozenset({"mdat", "moov", "moof", "meta", "idat", "imda", "mini", "mpvd"})
_OPEN = "the hash leaves out where media are"
_PADDING = frozenset({"free", "skip", "wide"})


def uncovered(boxes: Boxes, listed: Sequence[Exclusion], *, pieces: frozenset[int]) -> str:
    """Say in words what the exclusions leave open; empty where that is nothing.

    `pieces` are the starts of media boxes that are hashed in pieces.
    """
    present = [exclusion for exclusion in listed if boxes.matching(exclusion)]
    left = sorted({exclusion.path for exclusion in present if _matters(exclusion, boxes, pieces)})
    if left:
        return f"boxes of media that the hash leaves out: {', '.join(left[:8])}"
    if any(
        len(exclusion.steps) == 1 and exclusion.steps[0][0] in _HOLDERS and exclusion.subset is None
        for exclusion in present
    ):
        # The place of such a box is in no hash: with it the tables lead to whatever is there now.
        return _loose(boxes, listed, _ITEMS | _TRACKS, pieces)
    lasts = {exclusion.steps[-1][0]: exclusion for exclusion in present}
    free = frozenset(lasts) & (_ITEMS | _TRACKS)
    if not free:
        return ""
    if any(
        exclusion.steps[-1][0] in _PLACE_OF and not _is_place(exclusion, boxes)
        for exclusion in present
    ):
        return "the hash leaves out how samples follow one another"
    return _loose(boxes, listed, free, pieces)


def _matters(exclusion: Exclusion, boxes: Boxes, pieces: frozenset[int]) -> bool:
    """Tell whether an exclusion takes out any byte of media, or of what says how they are shown.

    Two bytes are enough to show another item as the picture, or to turn it.
    """
    first, last = exclusion.steps[0][0], exclusion.steps[-1][0]
    if first not in _MEDIA or last in _OFFSET_BOXES or last in _PADDING:
        return False
    if len(exclusion.steps) == 1 and first in _HOLDERS:
        return any(box.start not in pieces for box in boxes.matching(exclusion))
    return True


def _is_place(exclusion: Exclusion, boxes: Boxes) -> bool:
    """Tell whether an exclusion takes out of tables of a fragment only where its samples begin."""
    flags = (boxes.source.read(box.body + 3, 1) for box in boxes.matching(exclusion))
    return exclusion.subset == _PLACE_OF[exclusion.steps[-1][0]] and all(
        f and f[0] & 1 for f in flags
    )


def _loose(
    boxes: Boxes, listed: Sequence[Exclusion], free: frozenset[str], pieces: frozenset[int]
) -> str:
    try:
        places = bmff_media.media(boxes.source)
    except bmff_media.ExtentError as e:
        return f"{_OPEN}, and that cannot be followed: {e}"
    holes, _ = boxes.holes(listed)
    holders = [box for box in boxes.roots if box.kind in _HOLDERS]
    hashed = [
        (box.body, box.end)
        for box in holders
        if box.start in pieces or not subtract_inside(holes, (box.body, box.end))
    ]
    return not_forced(places, hashed, free)


def subtract_inside(holes: Sequence[Range], whole: Range) -> bool:
    """Tell whether any hole reaches into a range."""
    return any(start < whole[1] and end > whole[0] for start, end in holes)


def not_forced(places: Sequence[MediaRange], hashed: Sequence[Range], free: frozenset[str]) -> str:
    """Say why places of media could be others than they are; empty where they are forced.

    `hashed` are the bodies of media boxes that the hash covers, in order; `free` the types of the
    tables that it leaves out.
    """
    starts = [start for start, _ in hashed]
    for place in places:
        at = bisect.bisect_right(starts, place.start) - 1
        if at < 0 or place.end > hashed[at][1]:
            return "media are in boxes that the hash does not cover"
    loose = [place for place in places if (_TRACKS if place.owner > 0 else _ITEMS) & free]
    if not _places_rise(loose):
        return f"{_OPEN}, and their order was changed"
    used = sorted((place.start, place.end) for place in places)
    if any(after[0] < before[1] for before, after in itertools.pairwise(used)):
        return f"{_OPEN}, and two are in one place"
    if subtract(merged(hashed), merged(used)):
        return f"{_OPEN}, and nothing uses some bytes of the media boxes: other places would fit"
    kinds: dict[str, int] = {}
    for place in loose:
        if kinds.setdefault(place.kind, place.owner) != place.owner:
            what = "tracks" if place.owner > 0 else "items"
            return f"{_OPEN}, and two {what} of one type could have been exchanged"
    return ""


def _places_rise(places: Sequence[MediaRange]) -> bool:
    """Tell whether the places of each track and item come one after the other in the file."""
    last: dict[int, int] = {}
    for place in places:
        if place.start < last.get(place.owner, 0):
            return False
        last[place.owner] = place.start
    return True
