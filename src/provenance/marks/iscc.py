"""ISCC fingerprints (`io.iscc.v0`, ISO 24138), through `iscc-lib`.

Every picture has one: it says nothing of origin. It serves to compare a picture with the value
that a soft binding declares (`marks.iscc_seq`). The picture is made ready as `iscc-sdk` does
it: turned as its EXIF says, transparency on white, the border of one colour cut off, 32 by 32 grey
values.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

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
from provenance.marks.iscc_seq import ALGORITHM, BITS
from provenance.marks.needs import absent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance.marks.carrier import Picture


class Iscc:
    """Computes the Image-Code."""

    name = "iscc"
    version = "1"
    medium = Medium.PICTURE
    memory = 2048 * MIB
    packages: tuple[str, ...] = ("numpy", "PIL", "iscc_lib")
    card = Card(
        what="ISCC Image-Code, a fingerprint: compared with a declared soft binding io.iscc.v0",
        whose="ISCC Foundation; ISO 24138:2024",
        licence="Apache-2.0",
        source="iscc-lib 0.7.0",
        needs="`[iscc]`",
    )

    def missing(self) -> tuple[Missing, ...]:
        """Return what the extra `iscc` would bring."""
        return absent("iscc", *self.packages)

    def decode(self, carrier: Picture, messages: tuple[Message, ...]) -> Iterator[WatermarkResult]:
        """Yield the code."""
        import iscc_lib  # noqa: PLC0415 - only in the worker

        del messages
        if carrier.kept:
            raise CarrierError("cut short: the code of a part is another one")
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
    if not len(rows):
        raise CarrierError("of one colour: all such pictures have one code")
    image = image.crop((int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1))
    return image.convert("L").resize((32, 32), Image.Resampling.BICUBIC).tobytes()


DECODERS = (Iscc(),)
