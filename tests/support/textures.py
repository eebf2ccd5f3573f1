"""Pictures made by code: noise, colour fields, stripes, checks, gradients. Pure, by seed."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

KINDS = ("fields", "noise", "stripes", "checks", "gradient", "grey", "layers", "patches")


def texture(seed: int, height: int = 256, width: int = 256):
    """One picture, uint8, (height, width, 3); its kind goes round with the seed."""
    rng = np.random.default_rng(seed)
    kind = KINDS[seed % len(KINDS)]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    colours = rng.integers(0, 256, (2, 3)).astype(np.float32)
    if kind == "noise":
        return rng.integers(0, 256, (height, width, 3), dtype=np.uint8)
    if kind in {"fields", "layers", "patches"}:
        made = np.zeros((height, width, 3), np.float32)
        grains = {"fields": (64,), "layers": (96, 32, 8), "patches": (16,)}[kind]
        how = Image.Resampling.NEAREST if kind == "patches" else Image.Resampling.BICUBIC
        for grain in grains:
            size = (height // grain + 2, width // grain + 2, 3)
            small = Image.fromarray(rng.integers(0, 256, size, dtype=np.uint8))
            made += np.asarray(small.resize((width, height), how), np.float32) / len(grains)
        return np.clip(made + rng.normal(0, rng.integers(0, 6), made.shape), 0, 255).astype(
            np.uint8
        )
    if kind in {"stripes", "checks"}:
        period = int(rng.choice([8, 16, 24, 32, 48, 64, 96, 128]))
        share = ((x // (period / 2)) + (y // (period / 2) if kind == "checks" else 0)) % 2
    else:
        share = (x * rng.random() + y * rng.random()) / (height + width)
    made = colours[0] * share[..., None] + colours[1] * (1 - share[..., None])
    if kind == "grey":
        made = made.mean(axis=2, keepdims=True).repeat(3, axis=2)
    return np.clip(made + rng.normal(0, 1.5, made.shape), 0, 255).astype(np.uint8)


def coded(rgb, form: str = "PNG", **options: object) -> bytes:
    """The bytes of an image file that holds a picture."""
    buffer = io.BytesIO()
    Image.fromarray(rgb).save(buffer, form, **options)
    return buffer.getvalue()
