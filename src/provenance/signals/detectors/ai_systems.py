"""Which names of AI systems are known: a list of those that may be, not of words that deny."""

from __future__ import annotations

import re
from functools import cache

from provenance.signals import generators
from provenance.signals.detectors.tables import table
from provenance.signals.generators import Generator

_PARTS = re.compile(r"\s*(?:[,;/+&|()]|\s(?:via|and|with|by|in|using)\s)\s*", re.IGNORECASE)
_VERSION = re.compile(r"[vV]?[0-9][\w.\-]{0,16}|(?:pro|ultra|turbo|dev|max|xl|beta|fast|alpha)")
_MAX = 256  # characters of a value that is looked at
_MAX_PARTS = 8


def named_system(value: str) -> Generator | None:
    """Return the generative system that a value names; None where any part of it is unknown.

    "DALL-E 3", "OpenAI DALL-E 3 via ChatGPT" and "Midjourney v6.1, Photoshop" name systems;
    "Midjourney was not used" names none, in whichever language.
    """
    text = " ".join(value[:_MAX].split())
    whole = _known(text)
    if whole is not None:
        return whole if whole.generative else None
    parts = [part for part in _PARTS.split(text) if part][: _MAX_PARTS + 1]
    systems = [_known(part) or _version(part) for part in parts]
    if not systems or None in systems or len(parts) > _MAX_PARTS:
        return None
    return next((system for system in systems if system is not None and system.generative), None)


def _version(part: str) -> Generator | None:
    return Generator("") if _VERSION.fullmatch(part.lower()) else None


def _known(part: str) -> Generator | None:
    """Return what one name means, with or without a maker in front and a version after."""
    listed = generators.by_software_agent(part)
    if listed is not None:
        return listed
    words = part.split()
    names = _names()
    for end in range(len(words), 0, -1):
        name = " ".join(words[:end]).casefold()
        if name in names and all(_VERSION.fullmatch(w.lower()) for w in words[end:]):
            vendor, product = names[name]
            model = part if end < len(words) else None
            return Generator(vendor, product, model, generative=True)
    maker = next((v for v in _vendors() if part.casefold().startswith(v + " ")), None)
    return _known(part[len(maker) + 1 :]) if maker else None


@cache
def _names() -> dict[str, tuple[str, str]]:
    return {
        name.casefold(): (vendor, name)
        for vendor, names in table("systems")["names"].items()
        for name in names
    }


@cache
def _vendors() -> tuple[str, ...]:
    vendors = {vendor.casefold() for vendor in table("systems")["names"] if vendor}
    return tuple(sorted(vendors, key=len, reverse=True))
