"""Resemble AI's Perth, through its own package `resemble-perth`, which ships its weights.

Its detector gives one number from 0 to 1 for a stretch of sound, and no payload. No false-positive
bound follows from such a number, so it is told and never counts as evidence.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from provenance.base import installed
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

RATE = 32_000  # hertz: the model's own
SECONDS = 10.0
MOST = 12  # stretches that are looked at
YES = 0.5  # the package rounds
_RATES = (
    "said yes to 84 of 85 recordings that it had marked (94 to 100 % at 95 %) and to 1 of 85 that"
    " it had not (0.03 to 6.4 %): 25 that PyPI packages ship, 60 made by code"
)
_CODED = (
    "of 40 recordings made by code and marked said yes, after AAC at 128 kbit/s, to 39 in M4A and"
    " MP4 (87 to 99.9 % at 95 %) and 40 in ADTS, after Opus at 96 kbit/s in WebM to 40 (91 to 100"
    " %); of the same 40 unmarked, to 1 after AAC (0.06 to 13 %) and to none after Opus"
)


class Perth:
    """Asks Perth's own detector, stretch by stretch."""

    name = "perth"
    version = "1"
    medium = Medium.SOUND
    memory = 16384 * MIB
    packages: tuple[str, ...] = ("numpy", "perth")
    card = Card(
        what="Perth, the mark of Resemble AI's voices and of Chatterbox: yes or no, no payload",
        whose="Resemble AI",
        licence="MIT",
        source="resemble-perth 1.0.1",
        measured=(_RATES, _CODED),
        needs="`resemble-perth`, a `torchaudio` that matches the installed `torch`, `librosa`,"
        " `setuptools<81`, `pyyaml`",
    )

    def missing(self) -> tuple[Missing, ...]:
        """Return what the package and its needs would bring; it says nothing of versions."""
        gone = absent("watermark", "numpy")
        if absent("", "perth"):
            gone += (Missing("perth", installed.bring("resemble-perth")),)
        for module, name in (
            ("torch", "torch"),
            ("torchaudio", "torchaudio (the release that matches torch)"),
            ("librosa", "librosa"),
            ("pkg_resources", "setuptools<81"),
            ("yaml", "pyyaml"),
        ):
            if absent("", module):
                gone += (Missing(name, installed.bring(name.partition(" ")[0])),)
        return gone

    @cached_property
    def _model(self) -> Any:
        import perth  # noqa: PLC0415 - only in the worker

        if perth.PerthImplicitWatermarker is None:
            what = "perth cannot load its model: its torchaudio must match the installed torch"
            raise CarrierError(what)
        return perth.PerthImplicitWatermarker()

    def decode(self, carrier: Sound, messages: tuple[Message, ...]) -> Iterator[WatermarkResult]:
        """Yield what the detector says. Raises CarrierError."""
        del messages
        parts = stretches(carrier, RATE, SECONDS, MOST)
        if not parts:
            raise CarrierError("silent, or shorter than a quarter of a second")
        scores = [float(self._model.get_watermark(p, RATE, round=False)) for p in parts]
        heard = [score for score in scores if score == score]  # noqa: PLR0124 - not a number
        if not heard:
            raise CarrierError("silent where the mark would be")
        yes = sum(score > YES for score in heard)
        said = f"its detector says yes to {yes} of {len(heard)} stretches of {SECONDS:.0f} seconds"
        if not yes:
            yield WatermarkResult(self.name, WatermarkStatus.NOT_DETECTED, reason=said)
            return
        why = f"{said}; no false-positive bound follows from a yes or no"
        yield WatermarkResult(self.name, WatermarkStatus.UNDECIDED, reason=why)


DECODERS = (Perth(),)
