"""What a watermark decoder is, what it says of itself, and what it finds. Values only."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from provenance.base.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable

    from provenance.base.finding import Finding
    from provenance.base.terms import Origin
    from provenance.media.asset import Asset
    from provenance.media.metadata.field import Field
    from provenance.signals.signal import Signal

ENTRY_POINTS = "provenance.watermarks"
GOAL = 1e-6  # no decode is called detected whose false-positive bound is above this
MIB = 1 << 20


class Medium(StrEnum):
    """What a decoder looks at: `--pixels` asks for the first, `--signal` for the second."""

    PICTURE = "picture"
    SOUND = "sound"


class WatermarkStatus(StrEnum):
    """What came of looking for one kind of watermark. `not_detected` never means `clean`.

    `text`: hidden text was read, which is judged like metadata. `undecided`: something was read
    that proves nothing, such as a score without a rate. `refused`: the carrier is one on which the
    decoder is known to degenerate, or one beyond its bounds.
    `computed`: a fingerprint, which every carrier has and which says nothing by itself.
    """

    DETECTED = "detected"
    TEXT = "text"
    NOT_DETECTED = "not_detected"
    UNDECIDED = "undecided"
    REFUSED = "refused"
    COMPUTED = "computed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Message:
    """A known payload of a decoder: `bits` are characters 0 and 1, in the order they are read.

    `origin` is what carrying it says of the media, None where it says nothing of that. `source`
    tells where the message is published.
    """

    decoder: str
    name: str
    bits: str
    vendor: str = ""
    product: str = ""
    origin: Origin | None = None
    source: str = ""


@dataclass(frozen=True, slots=True)
class WatermarkResult:
    """What one decoder says of one carrier.

    `payload` is hexadecimal, or the text of a fingerprint. `matched` of `bits` agree with the
    message `message`; `threshold` of them are needed, 0 where the decoder does not decide by their
    number. `tried` counts the messages times the ways of reading the carrier. `bound` is at most
    how often a carrier without the mark would do as well, times `tried`: the exact binomial tail,
    if bits fall like coins, or what the decoder's own statistic says (`soft`); None where no such
    number follows. `algorithm` is the identifier on the C2PA soft binding algorithm list, empty
    where the mark has none. `reason` says why where the status does not.
    """

    decoder: str
    status: WatermarkStatus
    message: str = ""
    payload: str = ""
    bits: int = 0
    matched: int = 0
    threshold: int = 0
    tried: int = 0
    bound: float | None = None
    algorithm: str = ""
    origin: Origin | None = None
    vendor: str = ""
    product: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """A decoder's model card: what it reads, whose it is, its terms, and what was measured.

    `messages` are the payloads it knows of itself. `measured` are sentences with the figures, the
    material and its number; empty where nothing was measured, which is then said. A decoder that
    `needs_message` is run only where a user names one for it. `needs` says in words what has to be
    installed.
    """

    what: str
    whose: str
    licence: str
    source: str
    messages: tuple[Message, ...] = ()
    measured: tuple[str, ...] = ()
    needs_message: bool = False
    needs: str = ""


@dataclass(frozen=True, slots=True)
class Missing:
    """What a decoder cannot run without here, and how to get it."""

    what: str
    how: str


@runtime_checkable
class Decoder(Protocol):
    """One decoder. `name` is stable; `memory` is the address space it needs at most, in bytes.

    `packages` are the modules that it needs. The worker imports them before it closes itself off
    and gets the first carrier: later it can neither write files nor start programs, which some
    packages do while they are imported.

    `missing` must not import what is heavy, nor fetch anything. `decode` gets a `carrier.Picture`
    or a `carrier.Sound` and the known messages that bear its name, runs in the worker, and yields
    results, or fields of source `STEALTH` for the detectors of metadata. It opens no connection
    (the worker refuses that), writes nothing, and raises `carrier.CarrierError` for a carrier that
    it cannot use; whatever else it raises becomes a result of status `failed`.
    """

    name: str
    version: str
    medium: Medium
    memory: int
    packages: tuple[str, ...]
    card: Card

    def missing(self) -> tuple[Missing, ...]:
        """Return what is missing here; nothing where the decoder can run."""
        ...

    def decode(
        self, carrier: Any, messages: tuple[Message, ...]
    ) -> Iterable[WatermarkResult | Field]:
        """Look at one carrier."""
        ...


@dataclass(frozen=True, slots=True)
class PixelReading:
    """What a picture or a sound itself holds, and what reading it met.

    `fields` are of source `STEALTH`, with the keys that the same program writes as PNG text
    (`parameters`; `Software`, `Source` and `Comment`), so that the same detectors judge them.
    `signals` are those of watermarks that were decoded, `watermarks` what came of looking.
    """

    fields: tuple[Field, ...] = ()
    signals: tuple[Signal, ...] = ()
    watermarks: tuple[WatermarkResult, ...] = ()
    findings: tuple[Finding, ...] = ()


class PixelReader(Protocol):
    """Reads what is hidden in the picture or sound itself; only where the user asked for that.

    `read` decodes within bounds of its own and raises nothing for what the file holds.
    """

    def read(self, asset: Asset, media_type: str) -> PixelReading:
        """Return what the media hold, and what reading them met."""
        ...
