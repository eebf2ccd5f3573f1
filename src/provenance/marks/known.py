"""The payloads that generators are known to write, and those that a user names.

A mark that everybody can write says only that somebody wrote it. Every message has its source.
"""

from __future__ import annotations

import os
import tomllib
from dataclasses import replace
from typing import Any

from provenance.base import files
from provenance.base.errors import ProvenanceError, reason_of
from provenance.base.terms import Origin
from provenance.marks.decoder import Message

MAX_FILE = 1 << 20  # bytes of a file of messages
MAX_MESSAGES = 1000
MAX_BITS = 1024
_MIN_BITS = 24  # a shorter message cannot reach the goal, whatever is tried
_KEYS = frozenset({"decoder", "name", "bits", "text", "vendor", "product", "origin", "source"})


def _text(text: str) -> str:
    return "".join(f"{byte:08b}" for byte in text.encode("utf-8"))


DWT_DCT = (
    Message(
        "dwtdct",
        "StableDiffusionV1",
        _text("StableDiffusionV1"),
        "Stability AI",
        "Stable Diffusion",
        Origin.AI_GENERATED,
        "CompVis/stable-diffusion: scripts/txt2img.py",
    ),
    Message(
        "dwtdct",
        "StableDiffusionV1-Inpainting",
        _text("StableDiffusionV1-Inpainting"),
        "Stability AI",
        "Stable Diffusion",
        Origin.AI_MODIFIED,
        "runwayml/stable-diffusion: scripts/inpaint_st.py",
    ),
    Message(
        "dwtdct",
        "SDV2",
        _text("SDV2"),
        "Stability AI",
        "Stable Diffusion 2",
        Origin.AI_GENERATED,
        "Stability-AI/stablediffusion: scripts/txt2img.py",
    ),
    Message(
        "dwtdct",
        "SDXL",
        "101100111110110010010000011110111011000110011110",
        "Stability AI",
        "Stable Diffusion XL",
        Origin.AI_GENERATED,
        "Stability-AI/generative-models: scripts/demo/detect.py; diffusers",
    ),
    Message(
        "dwtdct",
        "FLUX",
        "001010101111111010000111100111001111010100101110",
        "Black Forest Labs",
        "FLUX",
        Origin.AI_GENERATED,
        "black-forest-labs/flux: src/flux/util.py",
    ),
)
DWT_DCT_SVD = tuple(replace(message, decoder="dwtdctsvd") for message in DWT_DCT)
"""The same by the other method: no message of its own is published."""


class MessageError(ProvenanceError):
    """A file of messages that cannot be read. Never ignored."""

    code = "watermark.messages"


def load_messages(path: str | os.PathLike[str]) -> tuple[Message, ...]:
    """Read a user's own messages from TOML, in their order.

    Each `[[message]]` has `decoder`, `name`, and `bits` (characters 0 and 1, 24 to 1024 of them)
    or `text` (UTF-8); and optionally `vendor`, `product`, `source`, and `origin`, a value of
    `Origin`. Raises MessageError for anything else.
    """
    name = os.fspath(path)
    try:
        text = files.read_small(name, MAX_FILE).decode("utf-8")
        entries = tomllib.loads(text).get("message")
    except OSError as e:
        raise MessageError(f"{name}: {reason_of(e)}") from e
    except UnicodeDecodeError as e:
        raise MessageError(f"{name}: not UTF-8 text, which TOML is") from e
    except tomllib.TOMLDecodeError as e:
        raise MessageError(f"{name}: no TOML: {e}") from e
    except (RecursionError, ValueError) as e:  # a number with thousands of digits is a ValueError
        raise MessageError(f"{name}: no TOML: nested too deeply, or a value out of range") from e
    if not isinstance(entries, list) or not 0 < len(entries) <= MAX_MESSAGES:
        raise MessageError(f"{name}: it needs 1 to {MAX_MESSAGES} tables [[message]]")
    return tuple(_message(f"{name}: message {n}", entry) for n, entry in enumerate(entries, 1))


def _message(where: str, entry: Any) -> Message:
    if not isinstance(entry, dict) or not all(isinstance(v, str) for v in entry.values()):
        raise MessageError(f"{where}: every value must be text")
    if unknown := sorted(entry.keys() - _KEYS):
        raise MessageError(f"{where}: {unknown[0]!r} is none of {', '.join(sorted(_KEYS))}")
    if not entry.get("decoder") or not entry.get("name"):
        raise MessageError(f"{where}: it needs decoder and name")
    if ("bits" in entry) == ("text" in entry):
        raise MessageError(f"{where}: it needs either bits or text")
    bits = entry["bits"] if "bits" in entry else _text(entry["text"])
    if not _MIN_BITS <= len(bits) <= MAX_BITS or set(bits) - {"0", "1"}:
        raise MessageError(f"{where}: {_MIN_BITS} to {MAX_BITS} bits, each 0 or 1")
    try:
        origin = Origin(entry["origin"]) if "origin" in entry else None
    except ValueError as e:
        raise MessageError(f"{where}: {entry['origin']!r} is not an origin") from e
    return Message(
        entry["decoder"],
        entry["name"],
        bits,
        entry.get("vendor", ""),
        entry.get("product", ""),
        origin,
        entry.get("source", ""),
    )
