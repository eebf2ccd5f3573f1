"""Meta AI's AudioSeal, through its own package, with the model file where that package keeps it.

The detector gives a share of samples that it holds for marked, and 16 bits. The bits of any
recording are some 16 bits, and even a known message of 16 comes up once in 65,536: what is found
is told, and is no evidence by itself. The package fetches its model on first use: that never
happens here, a model that is not there is missing.
"""

from __future__ import annotations

import hashlib
import os
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from provenance.base import installed
from provenance.marks import statistics
from provenance.marks.carrier import CarrierError, stretches
from provenance.marks.decoder import (
    MIB,
    Card,
    Medium,
    Message,
    Missing,
    WatermarkResult,
    WatermarkStatus,
)
from provenance.marks.needs import absent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance.marks.carrier import Sound

CARD = "audioseal_detector_16bits"
BITS = 16
RATE = 16_000  # hertz
SECONDS = 10.0
MOST = 12
YES = 0.5  # share of samples
_ADDRESS = "/facebook/audioseal/resolve/main/detector_base.pth"  # by which the package names it


class AudioSeal:
    """Asks AudioSeal's own detector, stretch by stretch."""

    name = "audioseal"
    version = "1"
    medium = Medium.SOUND
    memory = 16384 * MIB
    packages: tuple[str, ...] = ("numpy", "torch", "audioseal")
    card = Card(
        what="AudioSeal: a yes or no for each sample, and 16 bits",
        whose="Meta AI",
        licence="MIT, its models too",
        source="audioseal 0.2.0",
        needs="`audioseal`, with its model fetched",
    )

    def missing(self) -> tuple[Missing, ...]:
        """Return what the package and its model would bring."""
        gone = absent("watermark", "numpy")
        for module in ("audioseal", "torch"):
            if absent("", module):
                gone += (Missing(module, installed.bring(module)),)
        if not model_file().is_file():
            how = "run audioseal once yourself: it fetches the model from its publisher"
            gone += (Missing(f"the model {CARD} ({model_file()})", how),)
        return gone

    @cached_property
    def _model(self) -> Any:
        from audioseal import AudioSeal as Package  # noqa: PLC0415 - only in the worker

        return Package.load_detector(CARD)

    def decode(self, carrier: Sound, messages: tuple[Message, ...]) -> Iterator[WatermarkResult]:
        """Yield what the detector says of the stretch it is surest of. Raises CarrierError."""
        import torch  # noqa: PLC0415 - only in the worker

        parts = stretches(carrier, RATE, SECONDS, MOST)
        if not parts:
            raise CarrierError("silent, or shorter than a quarter of a second")
        read = []
        for part in parts:
            with torch.no_grad():
                share, bits = self._model.detect_watermark(
                    torch.from_numpy(part)[None, None], sample_rate=RATE
                )
            text = "".join("1" if bit else "0" for bit in bits[0].tolist())
            read.append((float(share), text))
        share, text = max(read)
        said = f"its detector holds {share:.0%} of the surest stretch for marked"
        meant = [m for m in messages if len(m.bits) == len(text)]
        if share <= YES:
            yield WatermarkResult(self.name, WatermarkStatus.NOT_DETECTED, reason=said)
            return
        tried = len(meant) * len(parts)
        scored = [(sum(a == b for a, b in zip(m.bits, text, strict=True)), m) for m in meant]
        matched, message = max(scored, key=lambda pair: pair[0], default=(0, None))
        yield WatermarkResult(
            decoder=self.name,
            status=WatermarkStatus.UNDECIDED,
            message=message.name if message else "",
            payload=f"{int(text, 2):0{len(text) // 4}x}" if text else "",
            bits=len(text),
            matched=matched,
            tried=tried,
            bound=statistics.bound(len(text), matched, tried) if message else None,
            reason=f"{said}; 16 bits are too few to rule out chance",
        )


def model_file() -> Path:
    """Return where the package keeps the detector's model, or would."""
    places = (os.environ.get(name) for name in ("AUDIOSEAL_CACHE_DIR", "XDG_CACHE_HOME"))
    home = next((Path(place) for place in places if place), None)
    name = hashlib.sha1(_ADDRESS.encode(), usedforsecurity=False).hexdigest()[:24]
    try:
        return (home or Path("~/.cache").expanduser()) / "audioseal" / name
    except RuntimeError:  # no home folder
        return Path("audioseal", name)


DECODERS = (AudioSeal(),)
