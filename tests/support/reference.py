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
        if (place / "maxDct.py").is_file():
            return place
    return None


needs_coder = pytest.mark.skipif(
    folder() is None,
    reason="invisible-watermark's coder is not here: python tests/watermarks/collect.py",
)


@cache
def _module():
    place = folder()
    assert place is not None
    spec = importlib.util.spec_from_file_location("reference_max_dct", place / "maxDct.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def embed(rgb, bits: str):
    """Mark a picture by that package's own coder, 8 bits."""
    coder = _module().EmbedMaxDct([int(bit) for bit in bits], wmLen=len(bits))
    return np.ascontiguousarray(coder.encode(np.ascontiguousarray(rgb[..., ::-1]))[..., ::-1])


def embed_float(rgb, bits: str, *, exchanged: bool = False):
    """Mark it in floating point, as SDXL, FLUX and diffusers do; `exchanged` as older diffusers."""
    coder = _module().EmbedMaxDct([int(bit) for bit in bits], wmLen=len(bits))
    given = rgb if exchanged else rgb[..., ::-1]
    made = coder.encode(np.ascontiguousarray(given, dtype=np.float32))
    made = made if exchanged else made[..., ::-1]
    return np.clip(made, 0, 255).astype(np.uint8)


def decode(bgr, length: int) -> str:
    """Decode by that package's own coder. `bgr` may be 8-bit or floating point."""
    read = _module().EmbedMaxDct(wmLen=length).decode(np.ascontiguousarray(bgr))
    return "".join("1" if bit else "0" for bit in read)
