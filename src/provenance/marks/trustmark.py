"""Adobe's TrustMark, variants P, Q, B and C, through its own package.

A word of 100 bits is read: 96 in a BCH code and 4 for its kind. The package calls a word detected
whenever the code can correct it, which for the longest payload it can do for one random word in
fourteen. Here the bits that had to be corrected are counted, and the bound is the exact share of
words that are as close to the code: two corrected bits of the default kind are too many. A payload
with a bound up to one in a thousand is told, as `undecided`: a repository may know it.

The package fetches its models on first use: that never happens here, a model that is not there is
missing. Without one the package would go on without a word.
"""

from __future__ import annotations

import math
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from provenance.base import installed
from provenance.marks.carrier import CarrierError
from provenance.marks.decoder import (
    GOAL,
    MIB,
    Card,
    Medium,
    Message,
    Missing,
    WatermarkResult,
    WatermarkStatus,
)
from provenance.marks.needs import absent, folder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance.marks.carrier import Picture

WORD, CODED = 100, 96  # bits read, and those of the code
CHECKS = {0: 56, 1: 35, 2: 28, 3: 21}  # check bits of each kind of word, by its number
WEAK = 1e-3  # the bound up to which a payload is worth telling
VARIANTS = 4  # that may be installed, and are then all tried
MIN_SIDE = 64  # pixels; the models look at some 250 by 250


class TrustMark:
    """Reads the payload of one variant."""

    version = "1"
    medium = Medium.PICTURE
    memory = 16384 * MIB
    packages: tuple[str, ...] = ("numpy", "PIL", "trustmark")

    def __init__(self, variant: str) -> None:
        self.variant = variant
        self.name = f"trustmark.{variant.lower()}"
        self.algorithm = f"com.adobe.trustmark.{variant}" if variant != "B" else ""
        self.card = Card(
            what=f"TrustMark variant {variant}: 40 to 75 bits; leads to a credential, says nothing"
            " of AI",
            whose="Adobe",
            licence="MIT, its models too",
            source="trustmark 0.9.2",
            needs="`trustmark`, with its models fetched",
        )

    def missing(self) -> tuple[Missing, ...]:
        """Return what the package and its models would bring."""
        gone = absent("watermark", "numpy", "PIL")
        if absent("", "trustmark"):
            gone += (Missing("trustmark", installed.bring("trustmark")),)
        elif not all(path.is_file() for path in self._files()):
            how = (
                f"run trustmark once yourself: it fetches the models from Adobe into {self._home()}"
            )
            gone += (Missing(f"the model decoder_{self.variant}.ckpt", how),)
        return gone

    def _home(self) -> Path:
        return (folder("trustmark") or Path()) / "models"

    def _files(self) -> tuple[Path, ...]:
        names = (f"trustmark_{self.variant}.yaml", f"decoder_{self.variant}.ckpt")
        return tuple(self._home() / name for name in names)

    @cached_property
    def _package(self) -> Any:
        import trustmark  # noqa: PLC0415 - only in the worker

        class LocalTrustMark(trustmark.TrustMark):  # type: ignore[misc] # untyped package
            """The package's class, which takes a model that is there and fetches none."""

            def check_and_download(self, filename: str) -> None:
                if not Path(filename).is_file():
                    raise FileNotFoundError(filename)

        return LocalTrustMark(
            use_ECC=False,
            verbose=False,
            secret_len=WORD,
            device="cpu",
            model_type=self.variant,
            loadRemover=False,
        )

    def decode(self, carrier: Picture, messages: tuple[Message, ...]) -> Iterator[WatermarkResult]:
        """Yield the payload, where the word is close enough to the code. Raises CarrierError."""
        import numpy as np  # noqa: PLC0415 - only in the worker
        from PIL import Image  # noqa: PLC0415 - as above

        del messages
        if min(carrier.width, carrier.height) < MIN_SIDE:
            raise CarrierError(f"smaller than {MIN_SIDE} pixels on a side")
        if not np.ptp(carrier.rgb.reshape(-1, 3), axis=0).any():
            raise CarrierError("flat: all of it is of one colour, which gives no bits")
        word, *_ = self._package.decode(Image.fromarray(carrier.rgb), MODE="binary")
        if len(word) != WORD or set(word) - {"0", "1"}:
            raise CarrierError("the package did not answer with a word of 100 bits")
        if len(set(word)) == 1:
            raise CarrierError("degenerate: the bits are all ones or all zeros")
        payload, sound, kind = self._package.ecc.decode_bitstream(
            np.array([[int(bit) for bit in word]]), "binary"
        )[0]
        if not sound or kind not in CHECKS:
            why = "the bits are not a word of the code"
            yield WatermarkResult(self.name, WatermarkStatus.NOT_DETECTED, reason=why)
            return
        again = type(self._package.ecc)(WORD, verbose=False, encoding_mode=kind)
        coded = again.encode_binary([payload])[0]
        wrong = sum(int(a) != int(b) for a, b in zip(word[:CODED], coded[:CODED], strict=True))
        chance = bound(kind, wrong)
        status = WatermarkStatus.DETECTED if chance <= GOAL else WatermarkStatus.NOT_DETECTED
        if GOAL < chance <= WEAK:
            status = WatermarkStatus.UNDECIDED
        told = status is not WatermarkStatus.NOT_DETECTED
        yield WatermarkResult(
            decoder=self.name,
            status=status,
            message=f"kind {kind}" if told else "",
            payload=f"{int(payload, 2):0{(len(payload) + 3) // 4}x}" if told else "",
            bits=CODED,
            matched=CODED - wrong,
            threshold=CODED - most(kind),
            tried=len(CHECKS) * VARIANTS,
            bound=chance,
            algorithm=self.algorithm,
            reason=""
            if chance <= GOAL
            else "chance cannot be ruled out: too few bits check the rest",
        )


@cache
def bound(kind: int, wrong: int) -> float:
    """Return how often random words come as close to a code word, for all kinds and variants."""
    close = sum(math.comb(CODED, k) for k in range(wrong + 1))
    chance: float = close / 2 ** CHECKS[kind] * len(CHECKS) * VARIANTS
    return min(1.0, chance)


@cache
def most(kind: int) -> int:
    """Return how many corrected bits a word of this kind may have; -1 where none is good enough."""
    return max((k for k in range(9) if bound(kind, k) <= GOAL), default=-1)


DECODERS = tuple(TrustMark(variant) for variant in "PQBC")
