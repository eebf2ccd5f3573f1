"""The open marks of `invisible-watermark`: what its methods `dwtDct` and `dwtDctSvd` share.

Written from the behaviour of that package's release 0.2.0. A message is looked for in steps:

1. Votes. Every block votes for its bit, in four readings (`planes.READINGS`), as the picture is and
   with the blur of JPEG's colour taken back.
2. Agreement. The votes are summed by bit and compared with each known message (`soft`). `GOAL`
   bounds how often an unmarked picture does as well, every comparison counted.
3. Search. Where nothing was found, the picture is looked at turned and mirrored, and then for crops
   (`crops`). That makes millions of comparisons, so `SEARCH_GOAL` is the bound.

Stripes in a picture give sums that repeat, and text repeats itself by bytes, so the signs of the
sums must also match a message in more bits than any repeated pattern does.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from provenance.base.values import dataclass
from provenance.marks import crops, planes, soft, statistics, votes
from provenance.marks.block_method import BLOCK, Method
from provenance.marks.carrier import CarrierError
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
    from collections.abc import Callable, Iterator
    from typing import Any

    from provenance.marks.carrier import Picture

GOAL = 1e-8  # the bound for a picture as it is
SEARCH_GOAL = 1e-12  # the bound for one that is turned or searched for crops
MIN_PIXELS = 256 * 256  # the package marks no smaller picture
MAX_PIXELS = 1 << 23  # read, from the top; more rows would take time and add no certainty
MAX_TURNED = 1 << 20  # the same for each way to turn it
MAX_SEARCHED = 32  # messages, the first, for which crops are searched
_CLEARLY = 1.5  # times as many digits: of photos, 1.3 at most by one method, 1.8 by the other
_KINDS = ("", ", with the blur of JPEG's colour taken back")
_TURNS: tuple[tuple[Callable[[Any], Any], str], ...] = (
    (lambda rgb: rgb[::-1, ::-1], "turned by 180 degrees"),
    (lambda rgb: rgb.swapaxes(0, 1)[::-1], "turned by 90 degrees"),
    (lambda rgb: rgb.swapaxes(0, 1)[:, ::-1], "turned by 90 degrees"),
    (lambda rgb: rgb[:, ::-1], "mirrored"),
    (lambda rgb: rgb[::-1], "mirrored"),
    (lambda rgb: rgb.swapaxes(0, 1), "mirrored and turned by 90 degrees"),
    (lambda rgb: rgb.swapaxes(0, 1)[::-1, ::-1], "mirrored and turned by 90 degrees"),
)


@dataclass(frozen=True, slots=True)
class _Best:
    """What agrees best, in which reading; `kind` is an index of `_KINDS`."""

    agreed: soft.Agreement
    message: Message
    reading: int
    kind: int

    def reaches(self, goal: float, tried: int) -> bool:
        """Tell whether chance is ruled out, with all that was tried."""
        return self.bound(tried) <= goal

    def bound(self, tried: int) -> float:
        """Return at most how often an unmarked picture does as well."""
        return float(10 ** min(0.0, self.agreed.chance + math.log10(tried)))


class BlockMark:
    """Looks for known messages of one method; `name`, `method` and `card` say which."""

    name = ""
    version = ""
    medium = Medium.PICTURE
    memory = 2048 * MIB
    packages: tuple[str, ...] = ("numpy", "PIL", "pywt")
    method: Method
    card: Card

    @property
    def rival(self) -> Method:
        """The other method."""
        return Method.SVD if self.method is Method.DCT else Method.DCT

    def missing(self) -> tuple[Missing, ...]:
        """Return what the extra `watermark` would bring."""
        return absent("watermark", *self.packages)

    def decode(self, carrier: Picture, messages: tuple[Message, ...]) -> Iterator[WatermarkResult]:
        """Yield the message found, or that there is none. Raises CarrierError."""
        if carrier.width * carrier.height < MIN_PIXELS:
            raise CarrierError("smaller than 256 x 256 pixels, which this mark needs")
        if min(carrier.width, carrier.height) < BLOCK:
            raise CarrierError(f"narrower than {BLOCK} pixels, which this mark needs")
        if _one_colour(carrier.rgb):
            raise CarrierError("flat: all of it is of one colour, which gives no bits")
        yield self.plain(carrier.rgb, messages) or self.searched(carrier.rgb, messages)

    def plain(self, rgb: Any, messages: tuple[Message, ...]) -> WatermarkResult | None:
        """Return the message of a picture as it is, None where there is none.

        `rgb` is (height, width, 3).
        """
        part = _top(rgb, MAX_PIXELS)
        tried = _trials(messages)
        best = self._best(part, messages)
        if best is None or not best.reaches(GOAL, tried):
            return None
        return self._whole(part, best, tried, "")

    def searched(self, rgb: Any, messages: tuple[Message, ...]) -> WatermarkResult:
        """Return the message of a picture that was turned or cropped, or that there is none."""
        tried = _trials(messages) * (1 + len(_TURNS))
        for turn, how in _TURNS:
            part = _top(turn(rgb), MAX_TURNED)
            best = self._best(part, messages)
            if best is not None and best.reaches(SEARCH_GOAL, tried):
                return self._whole(part, best, tried, f"{how}; ")
        crop = crops.search(rgb, self.method, messages[:MAX_SEARCHED])
        if crop is not None:
            tried += crop.tried
            best = _Best(crop.agreement, crop.spot.message, crop.reading, int(crop.sharp))
            if fits(best.agreed, best.message.bits) and best.reaches(SEARCH_GOAL, tried):
                if not self._is_own(best, crops.again(rgb, self.rival, crop)):
                    return self._rivals(tried)
                return self._detected(best, best.agreed.signs, tried, "cropped; ")
        return WatermarkResult(self.name, WatermarkStatus.NOT_DETECTED, tried=tried)

    def _best(self, rgb: Any, messages: tuple[Message, ...]) -> _Best | None:
        """Return what agrees best in a picture that begins where the marked one did."""
        best: _Best | None = None
        for reading in range(len(planes.READINGS)):
            for kind, given in enumerate(votes.picture_votes(rgb, self.method, reading)):
                for message in messages:
                    agreed = soft.agreement(given, message.bits)
                    better = best is None or agreed.chance < best.agreed.chance
                    if better and fits(agreed, message.bits):
                        best = _Best(agreed, message, reading, kind)
        return best

    def _whole(self, rgb: Any, best: _Best, tried: int, how: str) -> WatermarkResult:
        """Answer for a picture that begins where the marked one did."""
        bits = best.message.bits
        rivals = votes.picture_votes(rgb, self.rival, best.reading)[best.kind]
        if not self._is_own(best, soft.agreement(rivals, bits)):
            return self._rivals(tried)
        read = best.agreed.signs
        if not best.kind:  # what the package's own arithmetic reads, which knows no other kind
            hard = votes.fold(votes.bits(rgb, self.method, best.reading), len(bits))
            read = max((hard, read), key=lambda signs: _matched(signs, bits))
        return self._detected(best, read, tried, how)

    def _is_own(self, best: _Best, rival: soft.Agreement) -> bool:
        """Tell whether a mark is this method's: those of each show in the votes of the other."""
        own, others = best.agreed.chance, rival.chance
        svd, dct = (own, others) if self.method is Method.SVD else (others, own)
        return (svd < _CLEARLY * dct) is (self.method is Method.SVD)

    def _rivals(self, tried: int) -> WatermarkResult:
        reason = f"what there is was written by {self.rival.value}"
        return WatermarkResult(self.name, WatermarkStatus.NOT_DETECTED, tried=tried, reason=reason)

    def _detected(self, best: _Best, read: str, tried: int, how: str) -> WatermarkResult:
        message = best.message
        return WatermarkResult(
            decoder=self.name,
            status=WatermarkStatus.DETECTED,
            message=message.name,
            payload=f"{int(read, 2):0{(len(read) + 3) // 4}x}",
            bits=len(read),
            matched=_matched(read, message.bits),
            tried=tried,
            bound=best.bound(tried),
            origin=message.origin,
            vendor=message.vendor,
            product=message.product,
            reason=f"{how}read as {planes.READINGS[best.reading]}{_KINDS[best.kind]}",
        )


def _trials(messages: tuple[Message, ...]) -> int:
    return len(messages) * len(planes.READINGS) * len(_KINDS)


def _top(rgb: Any, limit: int) -> Any:
    return rgb[: max(limit // rgb.shape[1], BLOCK)]


def _one_colour(rgb: Any) -> bool:
    return bool((rgb[0] == rgb[0, 0]).all() and (rgb == rgb[0]).all())


def fits(agreed: soft.Agreement, bits: str) -> bool:
    """Tell whether the signs match a message in more bits than any repeated pattern does."""
    return _matched(agreed.signs, bits) > statistics.repeated(bits)


def _matched(read: str, bits: str) -> int:
    return sum(a == b for a, b in zip(bits, read, strict=True))
