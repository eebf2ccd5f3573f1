"""How `invisible-watermark` marks the blocks of a picture, in words: without any arithmetic."""

from __future__ import annotations

from enum import Enum

BLOCK = 8  # pixels


class Method(Enum):
    """How a block's value is made; the values are the package's names."""

    DCT = "dwtDct"
    SVD = "dwtDctSvd"
