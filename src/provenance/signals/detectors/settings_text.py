"""Settings as text: AUTOMATIC1111's web UI, its kin, and whoever writes in its way."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from provenance.base.terms import Origin
from provenance.base.values import dataclass
from provenance.media.metadata.field import Source
from provenance.signals.detector import Marker
from provenance.signals.detectors._index import Index, Indexed, short, trimmed
from provenance.signals.detectors.tables import is_sampler, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance.base.finding import Finding

_WORDS = ("Steps", "num_inference_steps")
_HINT = "teps"
_KIND_OF_STEPS = ("Sample ", "Sampling ", "Inference ")
_AHEAD = 2 * 1024  # characters of the same line in front of `Steps` that are read
_BEHIND = 16 * 1024  # characters after it; real settings have a few hundred
_PLACES = 6  # in one text that are tried, last first: a prompt may quote settings
_MAX_KEY = 40
_ITEMS = re.compile(r"[,;|\r\n]|\\n")
_WHOLE = re.compile(r"[0-9]{1,20}")
_NUMBER = re.compile(r"-?[0-9]{1,6}(?:\.[0-9]{1,20})?")
_SIZE = re.compile(r"([0-9]{1,5}) ?[x\u00d7] ?([0-9]{1,5})")
_HASH = re.compile(r"[0-9a-fA-F]{8,64}")
_SMALLEST = 256  # pixels of a side that a size without any other sign must have
_LEAST_SIDE = 64  # and one beside a sign that only a diffusion model has
_COMMIT = re.compile(r"[0-9a-f]{7,40}")
_ROLE, _CONTENT = '"role"', '"content"'
_HIRES = ("hires", "refine", "secondpass", "firstpass")
_INPAINT = frozenset({"inpaintarea", "maskedcontent", "maskmode", "inpaintingfill", "inpaintmode"})
_MASKED = re.compile(r"v1\.(?:[6-9]|1[0-9])\b|f[0-9]|neo\b|classic\b")
"""Versions that write `Mask blur` only with a mask; early ones wrote it with every picture."""
_GIVEN = frozenset({"initimagehash", "initimagesize", "maskblur", "maskweight"}) | _INPAINT


class SettingsText(Indexed):
    """`Steps: N` with at least two more settings of a diffusion model, in any text.

    stable-diffusion-webui, `modules/processing.py` (`create_infotext`) and `modules/images.py`;
    SD.Next, `modules/processing_info.py`, which leaves out what is at its default and names itself
    in `App`; sd-parsers and sd-metadata for those who write the same. Two more of Sampler, CFG
    scale or Guidance, Seed, Size, Model, Model hash, App and Version; and one of them has to be
    such that a recipe, a sampler's log or a render job has none: a Size in pixels, a hash, a
    sampler or a program of the tables. In one line or many, behind a prompt or cut at the end.
    The prompt is never quoted.
    """

    name = "automatic1111"
    source = "AUTOMATIC1111/stable-diffusion-webui, modules/processing.py; vladmandic/sdnext"
    wants = frozenset()
    form = True

    def __init__(self) -> None:
        self.reads = tuple(sorted(Source))

    def idle(self, index: Index) -> bool:
        """Tell whether there is no text."""
        return not index.texts

    def find(self, index: Index) -> Iterator[Marker | Finding]:
        """Yield a marker for each text with settings."""
        for field in index.texts:
            if _HINT not in field.value or ":" not in field.value or _is_chat(field.value):
                continue
            settings = settings_in(index, field.value)
            if settings is not None:
                yield Marker(
                    settings.origin,
                    settings.says,
                    field,
                    vendor=settings.vendor,
                    product=settings.product,
                    model=settings.model,
                    from_input=settings.from_input,
                    whole=settings.origin is not Origin.AI_MODIFIED,
                )


def _is_chat(text: str) -> bool:
    """Tell whether a text is the record of a chat: who writes about settings quotes them."""
    return text.lstrip()[:1] in ("{", "[") and _ROLE in text and _CONTENT in text


@dataclass(frozen=True, slots=True)
class GenerationSettings:
    """What settings say: the program where they name it, the model, and from what they start."""

    origin: Origin
    says: str
    vendor: str | None = None
    product: str | None = None
    model: str | None = None
    from_input: bool = False


def settings_in(index: Index, text: str) -> GenerationSettings | None:
    """Return what the settings in a text say; None where there are none."""
    for position in islice(_places(text), _PLACES):
        if not index.spend(min(len(text) - position, _BEHIND)):
            return None
        behind = _items(text[position : position + _BEHIND])
        if not _WHOLE.fullmatch(behind.get("steps", behind.get("numinferencesteps", ""))):
            continue
        start = max(position - _AHEAD, 0)
        ahead = text[start:position]
        line = ahead[ahead.rfind("\n") + 1 :]
        items = _items(line) | behind
        # whole lines of settings may also go in front, one setting each
        if len(items) < 4 and "\n" in ahead:
            items = _items(ahead) | behind
        if _complete(items, loose=_within_prose(text, position), prompted=_NEGATIVE in text):
            return _settings(items)
    return None


def _places(text: str) -> Iterator[int]:
    """Yield where `Steps:` begins a word, last first; then where diffusers' name for it does.

    It may follow the last letter of a prompt (`bad handsSteps: 30`): Civitai joins without a blank.
    """
    for word in _WORDS:
        end = len(text)
        while (at := text.rfind(word, 0, end)) >= 0:
            end = at
            if text.startswith(word + ":", at):
                yield at


def _items(text: str) -> dict[str, str]:
    """Split settings at commas, semicolons, bars and line ends; the first of a key counts."""
    settings: dict[str, str] = {}
    for item in _ITEMS.split(text):
        key, colon, value = item.partition(":")
        if colon and len(key) <= _MAX_KEY:
            folded = key.replace(" ", "").replace("_", "").lower()
            settings.setdefault(folded, value.strip(" \"'"))
    return settings


def _within_prose(text: str, position: int) -> bool:
    """Tell whether the settings are in the middle of a sentence, after no prompt."""
    before = text[max(position - _AHEAD, 0) : position]
    if before.endswith("\\n"):
        return False
    for word in _KIND_OF_STEPS:
        before = before.removesuffix(word)
    if before[-1:].isalnum():
        return True
    last = before.rstrip(" ")[-1:]
    return bool(last) and last not in "\n\r.,;|>)" and _NEGATIVE not in text[:position]


def _complete(items: dict[str, str], *, loose: bool, prompted: bool) -> bool:
    sides = f"{items.get('width', '')}x{items.get('height', '')}"
    size = _SIZE.fullmatch(items.get("size", sides))
    seed = bool(_WHOLE.fullmatch(items.get("seed", "")))
    guided = any(_NUMBER.fullmatch(v) for k, v in items.items() if k in _GUIDANCE)
    sampler = trimmed(next((items[key] for key in _SAMPLER if items.get(key)), ""))
    known = bool(sampler) and is_sampler(sampler)
    hashed = bool(_HASH.fullmatch(items.get("modelhash", "")))
    program = _program(items) is not None
    named = bool(items.get("model") or items.get("modelid"))
    more = (seed, guided, bool(sampler), bool(size), named, hashed, "app" in items, program)
    if sum(more) < (4 if loose else 2):
        return False
    if known or hashed or program:
        return True
    # a size alone is also one of a grid or a garden: it needs the sides of a picture
    if size is None or not (seed or guided):
        return False
    # maps of games and samplers of statistics have sizes and seeds too, and say more of themselves
    own = guided or prompted or not _OWN.isdisjoint(items)
    least = _LEAST_SIDE if own else _SMALLEST
    if not all(int(side) >= least and int(side) % 8 == 0 for side in size.groups()):
        return False
    return own or not (sampler or _foreign(items))


def _foreign(items: dict[str, str]) -> bool:
    """Tell whether a setting is one that no generator of this kind has, or a program's version."""
    version = items.get("version", "")
    if version and not _COMMIT.fullmatch(version):
        return True
    return any(key not in _PLAIN for key in items if key.isalpha())


_GUIDANCE = frozenset(
    {"cfgscale", "guidance", "guidancescale", "distilledcfgscale", "cfg", "cfgguidance"}
)


_NEGATIVE = "egative prompt:"
_SAMPLER = ("sampler", "samplemethod", "scheduler")
_PLAIN = frozenset({"steps", "seed", "size", "model", "version", "app", "prompt", "modelhash"})
_OWN = _GIVEN | {
    *("clipskip", "vae", "vaehash", "rng", "lorahashes", "tihashes", "scheduletype", "ensd"),
    *("pipeline", "operations", "backend", "parser", "denoisingstrength", "hiresupscaler"),
}
"""Settings that nothing but a diffusion model has."""


@dataclass(frozen=True, slots=True)
class _SettingsProgram:
    vendor: str | None
    product: str


def _program(items: dict[str, str]) -> _SettingsProgram | None:
    """Return the program that settings name in App, Version, Generator or Software."""
    for row in table("programs")["settings_text"]:
        for key in row["keys"]:
            value = items.get(key, "")
            if value and _fits(value, row):
                return _SettingsProgram(row.get("vendor"), row["product"])
    return None


def _fits(value: str, row: dict[str, str]) -> bool:
    if "pattern" in row:
        return re.match(row["pattern"], value[:64]) is not None
    if "prefix" in row:
        return value.startswith(row["prefix"])
    return value == row["value"]


def _settings(items: dict[str, str]) -> GenerationSettings:
    program = _program(items)
    product = program.product if program else None
    operations = items.get("operations", "").casefold()
    inpaint = (
        bool(_INPAINT & items.keys())
        or "inpaint" in operations
        or ("maskblur" in items and _MASKED.match(items.get("version", "")) is not None)
    )
    again = any(key.startswith(_HIRES) for key in items)
    given = (
        inpaint
        or bool(_GIVEN & items.keys())
        or "img2img" in operations
        or ("denoisingstrength" in items and not again and product != "ComfyUI")
    )
    named = (items.get(key, "") for key in ("model", "unet", "modelid"))
    model = short(next(filter(None, named), ""), 128)
    says = "generation settings as text"
    if given:
        says += ", inpainting a given picture" if inpaint else ", starting from a given picture"
    return GenerationSettings(
        Origin.AI_MODIFIED if inpaint else Origin.AI_GENERATED,
        says,
        program.vendor if program else None,
        product,
        None if model in (None, "None", "unknown", "Unknown") else model,
        given,
    )
