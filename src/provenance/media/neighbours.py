"""The names of files that may speak of another one next to them.

Whoever gathers files from elsewhere has to bring these along; whoever reads them asks here too.
"""

from __future__ import annotations

import os

CREDENTIAL = ".c2pa"
SETTINGS = (".swarm.json", "_input_params.json", ".json", ".txt")
"""How settings of generators end, instead of the ending of the file that they belong to."""
XMP = ".xmp"


def credential(path: str) -> str | None:
    """Return where the manifest store of a file is, if it is next to it; None: nowhere."""
    stem, ending = os.path.splitext(path)
    return stem + CREDENTIAL if ending and ending.lower() != CREDENTIAL else None


def settings(path: str) -> tuple[str, ...]:
    """Return where settings of a generator may be, which never are the file itself."""
    stem, _ = os.path.splitext(path)
    return tuple(stem + ending for ending in SETTINGS if stem + ending != path)


def sidecars(path: str) -> tuple[str, ...]:
    """Return the endings, after the name without its own, of XMP that may be of a file.

    The first one keeps the ending of the file, so that it names this very file.
    """
    _, own = os.path.splitext(path)
    return (own + XMP,) if own.lower() in {"", XMP} else (own + XMP, XMP)


def neighbour_names(path: str) -> tuple[str, ...]:
    """Return every name that is looked for next to a file, each once."""
    stem, _ = os.path.splitext(path)
    store = credential(path)
    names = [store] if store else []
    return (*names, *settings(path), *(stem + ending for ending in sidecars(path)))
