"""The formats of other systems: this is where an export is registered, in one line."""

from __future__ import annotations

from typing import NamedTuple


class Export(NamedTuple):
    """One format: the word that `--to` takes, its module, what it is, and the digests it needs.

    The module has `write`, which takes items and a stream and returns how many files it wrote.
    """

    name: str
    module: str
    what: str
    hashes: tuple[str, ...] = ()


EXPORTS = (
    Export("ncmec", "ncmec", "fileDetails of NCMEC's CyberTipline API, in XML", ("md5",)),
    Export("vics", "vics", "Project VIC data model 2.0, in JSON", ("md5", "sha1")),
    Export("case", "case", "CASE 1.5 with UCO, in JSON-LD"),
)


def export_named(name: str) -> Export:
    """Return an export by its word. Raises KeyError."""
    return {export.name: export for export in EXPORTS}[name]
