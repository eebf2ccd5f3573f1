"""The DWT-DCT decoder against invisible-watermark's own, on one picture of 1024 x 1024."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.measure import Result, at_most, compare, missing, pairs

if TYPE_CHECKING:
    from collections.abc import Iterator

_BASELINE = "invisible-watermark's decoder, one message"


def run(rounds: int = 15) -> Iterator[Result]:
    """Time our whole search, four readings and every known message, against one of theirs."""
    name, budget = "dwtdct 1024 x 1024, four readings, five messages", at_most(1.0)
    try:
        from PIL import Image
        from support import reference
        from support.textures import texture

        from provenance.marks.carrier import Picture
        from provenance.marks.dwtdct import DwtDct
        from provenance.marks.known import DWT_DCT
    except ImportError as e:
        yield missing(name, _BASELINE, budget, f"needs {e.name}")
        return
    if reference.folder() is None:
        yield missing(name, _BASELINE, budget, "needs tests/watermarks/collect.py")
        return
    rgb = texture(6, 1024, 1024)
    bgr = rgb[..., ::-1].copy()
    picture, decoder = Picture(Image.fromarray(rgb)), DwtDct()
    times = pairs(
        lambda: list(decoder.decode(picture, DWT_DCT)),
        lambda: reference.decode(bgr, 48),
        rounds,
    )
    yield compare(name, _BASELINE, budget, times)
