"""ISCC fingerprints (`io.iscc.v0`, ISO 24138), through `iscc-lib`.

Every picture has one: it says nothing of origin. It serves to compare a picture with the value
that a soft binding declares. The picture is made ready as `iscc-sdk` does it: turned as its EXIF
says, transparency on white, the border of one colour cut off, 32 by 32 grey values.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.values import dataclass
from provenance.watermark.model import (
    MIB,
    Card,
    Medium,
    Message,
    Missing,
    WatermarkResult,
    WatermarkStatus,
)
from provenance.watermark.needs import absent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance.watermark.carrier import Picture

ALGORITHM = "io.iscc.v0"
BITS = 256  # as many as the scheme has; a shorter declared code is compared in its own bits
MAX_CODE = 512  # characters
CLOSE = 10  # of 64 bits: what the scheme's authors call similar
_CONTENT, _IMAGE = 2, 1  # main type and subtype of an Image-Code


class Iscc:
    """Computes the Image-Code."""

    name = "iscc"
    version = "1"
    medium = Medium.PICTURE
    memory = 2048 * MIB
    card = Card(
        what="ISCC Image-Code, a fingerprint: compared with a declared soft binding io.iscc.v0",
        whose="ISCC Foundation; ISO 24138:2024",
        licence="Apache-2.0",
        source="iscc-lib 0.7.0",
    )

    def missing(self) -> tuple[Missing, ...]:
        """Return what the extra `iscc` would bring."""
        return absent("iscc", "numpy", "PIL", "iscc_lib")

    def decode(self, carrier: Picture, messages: tuple[Message, ...]) -> Iterator[WatermarkResult]:
        """Yield the code."""
        import iscc_lib  # noqa: PLC0415 - only in the worker

        del messages
        code = iscc_lib.gen_image_code_v0(grey(carrier), BITS)["iscc"]
        yield WatermarkResult(
            self.name, WatermarkStatus.COMPUTED, payload=code, algorithm=ALGORITHM
        )


def grey(carrier: Picture) -> bytes:
    """Return the 1024 grey values that the code is computed from."""
    import numpy as np  # noqa: PLC0415 - only in the worker
    from PIL import Image, ImageOps  # noqa: PLC0415 - as above

    image = ImageOps.exif_transpose(carrier.image)
    if image.has_transparency_data:
        seen = image.convert("RGBA")
        image = Image.new("RGB", seen.size, (255, 255, 255))
        image.paste(seen, mask=seen.getchannel("A"))
    elif image.mode != "RGB":
        image = image.convert("RGB")
    pixels = np.asarray(image)
    other = (pixels != pixels[0, 0]).any(axis=2)
    rows, columns = np.flatnonzero(other.any(axis=1)), np.flatnonzero(other.any(axis=0))
    if len(rows):  # else all of it is of one colour, and nothing is cut off
        box = (int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
        image = image.crop(box)
    return image.convert("L").resize((32, 32), Image.Resampling.BICUBIC).tobytes()


@dataclass(frozen=True, slots=True)
class Similarity:
    """How far two Image-Codes are apart: `distance` of `bits` differ.

    `close` is set where no more than ten of 64 differ: the same picture, perhaps scaled or coded
    anew. It is no proof: fingerprints of different pictures may be close.
    """

    distance: int
    bits: int

    @property
    def close(self) -> bool:
        """Whether the codes are of the same picture as far as a fingerprint tells."""
        return self.distance * 64 <= CLOSE * self.bits


def compare(declared: str, computed: str) -> Similarity | None:
    """Compare the Image-Code within a declared ISCC with a computed one, in the shorter's bits.

    None where the declared value holds no Image-Code, or is no ISCC at all. Needs `iscc-lib`
    (InstallationError says so).
    """
    here, there = image_code(computed), image_code(declared)
    if here is None or there is None:
        return None
    size = min(len(here), len(there))
    pairs = zip(here[:size], there[:size], strict=True)
    return Similarity(sum((a ^ b).bit_count() for a, b in pairs), size * 8)


def image_code(text: str) -> bytes | None:
    """Return the digest of the Image-Code in an ISCC, None where there is none."""
    try:
        import iscc_lib  # noqa: PLC0415 - only where a code was declared
    except ImportError as e:
        from provenance.errors import InstallationError  # noqa: PLC0415 - rare

        how = "comparing an ISCC needs iscc-lib: pip install 'provenance-verifier[iscc]'"
        raise InstallationError(how) from e
    if len(text) > MAX_CODE:
        return None
    try:
        for unit in iscc_lib.iscc_decompose(text):
            main, sub, _version, _length, digest = iscc_lib.iscc_decode(unit)
            if (int(main), int(sub)) == (_CONTENT, _IMAGE):
                return bytes(digest)
    except ValueError:
        return None
    return None
