"""The media types that files are told to be of, so that a filter for any other can be refused.

Each container declares its own (`provenance.media.container.model.Family`).
"""

from __future__ import annotations

from provenance.media.container import families

UNKNOWN = "application/octet-stream"  # nothing was recognised
_DECLARED = {one for family in families().values() for one in family.media_types}
KNOWN = tuple(sorted({UNKNOWN} | {one for one in _DECLARED if one[-1] != "*"}))
FAMILIES = tuple(sorted(one[:-1] for one in _DECLARED if one[-1] == "*"))  # how types may begin
KINDS = tuple(sorted({one.partition("/")[0] for one in KNOWN}))
