"""What a decoder needs and does not find here, told without importing it."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from provenance.base import installed
from provenance.marks.decoder import Missing

_PACKAGES = {"PIL": "Pillow", "pywt": "PyWavelets", "iscc_lib": "iscc-lib"}


def folder(module: str) -> Path | None:
    """Return the folder of a top-level package, which is not imported; None where there is none."""
    try:
        spec = find_spec(module)
    except (ImportError, ValueError):
        return None
    places = spec.submodule_search_locations if spec else None
    return Path(next(iter(places))) if places else None


def absent(extra: str, *modules: str) -> tuple[Missing, ...]:
    """Return the modules that are not installed, and the extra of this package that brings them."""
    gone = [_PACKAGES.get(m, m) for m in modules if _absent(m)]
    return (Missing(", ".join(gone), installed.bring_extra(extra)),) if gone else ()


def _absent(module: str) -> bool:
    try:
        return find_spec(module) is None
    except (ImportError, ValueError):
        return True
