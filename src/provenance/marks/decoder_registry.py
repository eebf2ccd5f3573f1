"""Which decoders there are: our own, and those that other packages register."""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import entry_points
from typing import TYPE_CHECKING

from provenance.marks.decoder import ENTRY_POINTS, MIB, Card, Decoder, Medium, Missing

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint
    from typing import Any

    from provenance.marks.decoder import Message, WatermarkResult

# This is where a decoder is registered: modules of this package, each of which ends in a tuple
# DECODERS. They are asked in this order.
MODULES: tuple[str, ...] = (
    "dwtdct",
    "dwtdctsvd",
    "stealth",
    "rivagan",
    "trustmark",
    "perth",
    "audioseal",
    "iscc",
)
_BUILTIN: tuple[Decoder, ...] = tuple(
    decoder for name in MODULES for decoder in import_module(f"{__package__}.{name}").DECODERS
)
_OWN = __package__ or ""


def builtin() -> tuple[Decoder, ...]:
    """Return the decoders of this package, whether they can run here or not."""
    return _BUILTIN


def load_decoders(*, plugins: bool = True) -> tuple[Decoder, ...]:
    """Return the built-in decoders and, with `plugins`, those that other packages register.

    One that cannot be loaded, is none, or takes a name that is in use, is in the result as a
    `FailedDecoder`, which can never run and says why.
    """
    if not plugins:
        return _BUILTIN

    loaded = list(_BUILTIN)
    taken = {decoder.name for decoder in loaded}
    others = (e for e in entry_points(group=ENTRY_POINTS) if not e.value.startswith(_OWN + "."))
    for entry in sorted(others, key=lambda e: (e.name, e.value)):
        decoder = _load(entry)
        if decoder.name in taken:
            decoder = FailedDecoder(entry.name, f"the name {decoder.name!r} is taken")
        taken.add(decoder.name)
        loaded.append(decoder)
    return tuple(loaded)


def _load(entry: EntryPoint) -> Decoder:
    try:
        decoder = entry.load()
        if isinstance(decoder, type):
            decoder = decoder()
    except Exception as e:  # noqa: BLE001 - somebody else's module may raise anything
        return FailedDecoder(entry.name, f"it cannot be loaded ({type(e).__name__})")
    sound = (
        isinstance(decoder, Decoder)
        and isinstance(decoder.name, str)
        and isinstance(decoder.card, Card)
        and isinstance(decoder.medium, Medium)
        and isinstance(decoder.memory, int)
        and isinstance(decoder.packages, tuple)
        and all(isinstance(package, str) for package in decoder.packages)
    )
    return decoder if sound else FailedDecoder(entry.name, "it is not a decoder of watermarks")


class FailedDecoder:
    """Stands for a decoder of another package that cannot be used."""

    version = ""
    medium = Medium.PICTURE
    memory = MIB
    packages: tuple[str, ...] = ()
    card = Card("", "", "", "")

    def __init__(self, name: str, why: str) -> None:
        self.name = f"{name} (failed)"
        self._why = why

    def missing(self) -> tuple[Missing, ...]:
        """Return why it cannot be used."""
        return (Missing(self._why, "ask whoever makes it"),)

    def decode(self, carrier: Any, messages: tuple[Message, ...]) -> tuple[WatermarkResult, ...]:
        """Return nothing."""
        del carrier, messages
        return ()
