"""RivaGAN, 32 bits, through ONNX Runtime with the model that `invisible-watermark` ships.

No generator is known to write one fixed message with it, and every picture decodes to some 32
bits. So they prove something only where a user says which message is meant (`--messages`).
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from provenance.base import installed
from provenance.marks import statistics
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
from provenance.marks.needs import absent, folder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance.marks.carrier import Picture

BITS = 32
MIN_PIXELS = 256 * 256
MAX_PIXELS = 1 << 22  # the model takes some 400 bytes a pixel
THRESHOLD = 0.52  # of the model's output, as the package has it
_MODEL = "rivagan_decoder.onnx"


class RivaGan:
    """Reads the 32 bits of RivaGAN."""

    name = "rivagan"
    version = "1"
    medium = Medium.PICTURE
    memory = 4096 * MIB
    packages: tuple[str, ...] = ("numpy", "PIL", "onnxruntime")
    card = Card(
        what="32 bits of RivaGAN; proves something only for a message that you name (--messages)",
        whose="MIT Data to AI Lab; the model as Qingquan Wang (ShieldMnt) ships it",
        licence="MIT",
        source="invisible-watermark 0.2.0: rivagan_decoder.onnx",
        needs_message=True,
        needs="`[rivagan]`, and for its model `pip install --no-deps invisible-watermark==0.2.0`",
    )

    def missing(self) -> tuple[Missing, ...]:
        """Return what the extra `rivagan` and the package with the model would bring."""
        gone = absent("rivagan", *self.packages)
        home = folder("imwatermark")
        if home is None or not (home / _MODEL).is_file():
            how = installed.bring("invisible-watermark==0.2.0", "--no-deps")
            gone += (Missing(f"the model {_MODEL}", how),)
        return gone

    @cached_property
    def _session(self) -> Any:
        import onnxruntime  # noqa: PLC0415 - only in the worker

        home = folder("imwatermark")
        assert home is not None  # noqa: S101 - `missing` was asked
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False
        options.log_severity_level = 4
        providers = ["CPUExecutionProvider"]
        return onnxruntime.InferenceSession(str(home / _MODEL), options, providers=providers)

    def read(self, carrier: Picture) -> str:
        """Return the 32 bits as characters. Raises CarrierError."""
        import numpy as np  # noqa: PLC0415 - only in the worker

        pixels = carrier.width * carrier.height
        if pixels < MIN_PIXELS:
            raise CarrierError("smaller than 256 x 256 pixels, which this mark needs")
        if pixels > MAX_PIXELS:
            raise CarrierError(f"{pixels} pixels, over this decoder's bound of {MAX_PIXELS}")
        if not np.ptp(carrier.rgb.reshape(-1, 3), axis=0).any():
            raise CarrierError("flat: all of it is of one colour, which gives no bits")
        bgr = carrier.rgb[..., ::-1].astype(np.float32) / np.float32(127.5) - np.float32(1)
        frame = bgr.transpose(2, 0, 1)[None, :, None]
        (out, *_) = self._session.run(None, {"frame": np.ascontiguousarray(frame)})
        return "".join("1" if value else "0" for value in out[0] > THRESHOLD)

    def decode(self, carrier: Picture, messages: tuple[Message, ...]) -> Iterator[WatermarkResult]:
        """Yield the closest of the messages that a user named. Raises CarrierError."""
        meant = [m for m in messages if len(m.bits) == BITS]
        if not meant:
            raise CarrierError(f"none of the messages has {BITS} bits")
        read = self.read(carrier)
        if read.count("1") in {0, BITS}:
            raise CarrierError("degenerate: the bits are all ones or all zeros")
        scored = [(sum(a == b for a, b in zip(m.bits, read, strict=True)), m) for m in meant]
        matched, message = max(scored, key=lambda pair: pair[0])
        tried = len(meant)
        needed = statistics.threshold(message.bits, tried)
        found = matched >= needed
        yield WatermarkResult(
            decoder=self.name,
            status=WatermarkStatus.DETECTED if found else WatermarkStatus.NOT_DETECTED,
            message=message.name,
            payload=f"{int(read, 2):08x}" if found else "",
            bits=BITS,
            matched=matched,
            threshold=needed,
            tried=tried,
            bound=statistics.bound(BITS, matched, tried),
            origin=message.origin if found else None,
            vendor=message.vendor if found else "",
            product=message.product if found else "",
        )


DECODERS = (RivaGan(),)
