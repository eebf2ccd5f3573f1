"""The DWT-DCT decoders against invisible-watermark's own, on one picture of 1024 x 1024."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from bench.measure import Result, at_most, compare, missing, pairs

if TYPE_CHECKING:
    from collections.abc import Iterator

_BASELINE = "invisible-watermark's decoder, one message"


def run(rounds: int = 15) -> Iterator[Result]:
    """Time our looks, four readings and every known message, against one of theirs."""
    names = {
        (method, kind): f"{method} 1024 x 1024, {kind}"
        for method in ("dwtdct", "dwtdctsvd")
        for kind in ("as it is", "turns and crops")
    }
    budgets = {"as it is": at_most(2.0), "turns and crops": at_most(10.0)}
    try:
        from support import reference
        from support.textures import texture

        from provenance.marks.dwtdct import DwtDct
        from provenance.marks.dwtdctsvd import DwtDctSvd
    except ImportError as e:
        for (_, kind), name in names.items():
            yield missing(name, _BASELINE, budgets[kind], f"needs {e.name}")
        return
    if reference.folder() is None:
        for (_, kind), name in names.items():
            yield missing(name, _BASELINE, budgets[kind], "needs tests/watermarks/collect.py")
        return
    rgb = texture(6, 1024, 1024)
    bgr = rgb[..., ::-1].copy()
    for decoder in (DwtDct(), DwtDctSvd()):
        svd = decoder.name == "dwtdctsvd"
        looks = {"as it is": decoder.plain, "turns and crops": decoder.searched}
        for kind, look in looks.items():
            times = pairs(
                partial(look, rgb, decoder.card.messages),
                partial(reference.decode, bgr, 48, svd=svd),
                rounds,
            )
            yield compare(names[decoder.name, kind], _BASELINE, budgets[kind], times)
