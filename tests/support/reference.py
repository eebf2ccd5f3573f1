"""The coder of invisible-watermark, loaded from its file: importing the package brings PyTorch."""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from watermarks.collect import HOME


def folder() -> Path | None:
    """Where the coder is: downloaded by `tests/watermarks/collect.py`, or installed."""
    spec = importlib.util.find_spec("imwatermark")
    places = spec.submodule_search_locations if spec else None
    for place in (HOME / "imwatermark", *map(Path, places or ())):
        if all((place / name).is_file() for name in ("maxDct.py", "dwtDctSvd.py")):
            return place
    return None


needs_coder = pytest.mark.skipif(
    folder() is None,
    reason="invisible-watermark's coder is not here: python tests/watermarks/collect.py",
)


@cache
def _module(name: str):
    place = folder()
    assert place is not None
    spec = importlib.util.spec_from_file_location(f"reference_{name}", place / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _coder(bits: str, *, svd: bool):
    given = [int(bit) for bit in bits]
    if svd:
        return _module("dwtDctSvd").EmbedDwtDctSvd(given, wmLen=len(bits))
    return _module("maxDct").EmbedMaxDct(given, wmLen=len(bits))


def embed(rgb, bits: str, *, svd: bool = False):
    """Mark a picture by that package's own coder, 8 bits: by dwtDct, or dwtDctSvd."""
    coder = _coder(bits, svd=svd)
    return np.ascontiguousarray(coder.encode(np.ascontiguousarray(rgb[..., ::-1]))[..., ::-1])


def embed_float(rgb, bits: str, *, exchanged: bool = False, svd: bool = False):
    """Mark it in floating point, as SDXL, FLUX and diffusers do; `exchanged` as older diffusers."""
    coder = _coder(bits, svd=svd)
    given = rgb if exchanged else rgb[..., ::-1]
    made = coder.encode(np.ascontiguousarray(given, dtype=np.float32))
    made = made if exchanged else made[..., ::-1]
    return np.clip(made, 0, 255).astype(np.uint8)


def decode(bgr, length: int, *, svd: bool = False) -> str:
    """Decode by that package's own coder. `bgr` may be 8-bit or floating point."""
    name, kind = ("dwtDctSvd", "EmbedDwtDctSvd") if svd else ("maxDct", "EmbedMaxDct")
    read = getattr(_module(name), kind)(wmLen=length).decode(np.ascontiguousarray(bgr))
    return "".join("1" if bit else "0" for bit in read)
