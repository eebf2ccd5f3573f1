"""The media types that files are told to be of, so that a filter for any other can be refused.

Each container declares its own (`provenance.media.container.block.Family`).
"""

from __future__ import annotations

from functools import lru_cache

from provenance.media.container import all_families

UNKNOWN = "application/octet-stream"  # nothing was recognised
_DECLARED = {one for family in all_families().values() for one in family.media_types}
KNOWN = tuple(sorted({UNKNOWN} | {one for one in _DECLARED if one[-1] != "*"}))
FAMILIES = tuple(sorted(one[:-1] for one in _DECLARED if one[-1] == "*"))  # how types may begin
KINDS = tuple(sorted({one.partition("/")[0] for one in KNOWN}))


@lru_cache(maxsize=1024)
def closed(media_type: str, *, opening: bool) -> bool:
    """Tell whether files of a type hold others that were not examined, by what the type says.

    `opening` says whether archives are opened: then only those are left that nothing opens.
    """
    return any(
        family.unexamined(media_type)
        and not (opening and family.opener)
        and any(
            media_type == t or (t[-1] == "*" and media_type.startswith(t[:-1]))
            for t in family.media_types
        )
        for family in all_families().values()
    )
