"""A carrier with its mark and one without it, for every decoder; the packages of others are faked.

`SAMPLES` is where a new decoder is given its pair: `test_registry` asks for one of each.
"""

from __future__ import annotations

import math
import sys
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image
from support import reference
from support.textures import texture

from provenance.marks import audioseal
from provenance.marks.carrier import Picture, Sound
from provenance.marks.decoder import Message
from provenance.marks.trustmark import CHECKS, CODED

if TYPE_CHECKING:
    from collections.abc import Callable

    from provenance.marks.decoder import Decoder

SPEECH = Sound(
    (np.sin(np.arange(8000 * 25) * 0.3) * np.linspace(0.1, 0.9, 8000 * 25)).astype(np.float32), 8000
)
SILENCE = Sound(np.zeros(8000, np.float32), 8000)


def module(monkeypatch: pytest.MonkeyPatch, name: str, **values: object) -> None:
    made = ModuleType(name)
    made.__dict__.update(values)
    monkeypatch.setitem(sys.modules, name, made)


class FakePerth:
    """Says yes to loud stretches."""

    def get_watermark(self, samples, rate: int, round: bool) -> np.ndarray:  # noqa: A002 - the package's own name for it
        assert rate == 32_000
        assert samples.dtype == np.float32
        assert round is False
        peak = float(np.abs(samples).max())
        return np.float32(math.nan if peak > 0.8 else 1.0 if peak > 0.5 else 0.1)


class FakeTorch(ModuleType):
    """As much of PyTorch as the adapter touches."""

    def __init__(self) -> None:
        super().__init__("torch")

    @staticmethod
    def from_numpy(array):
        return array

    class no_grad:  # noqa: N801 - PyTorch's name
        def __enter__(self) -> None: ...
        def __exit__(self, *_: object) -> None: ...


class FakeSeal:
    """Holds loud stretches for marked; its message is 0xA5C3."""

    @staticmethod
    def load_detector(card: str) -> FakeSeal:
        assert card == audioseal.CARD
        return FakeSeal()

    def detect_watermark(self, samples, sample_rate: int):
        assert samples.shape[:2] == (1, 1)
        assert sample_rate == 16_000
        loud = float(np.abs(samples).max()) > 0.5
        return np.float32(0.98 if loud else 0.02), np.array([[int(b) for b in f"{0xA5C3:016b}"]])


class FakeCode:
    """A code for the contract: the payload, its check bits all equal to its parity, the kind."""

    def __init__(self, length: int, verbose: bool, encoding_mode: int) -> None:
        assert length == 100
        assert verbose is False
        self.kind = encoding_mode

    def encode_binary(self, texts: list[str]) -> np.ndarray:
        (text,) = texts
        parity = str(text.count("1") % 2)
        word = text + parity * (CODED - len(text)) + f"{self.kind:04b}"
        return np.array([[int(bit) for bit in word]])

    def decode_bitstream(self, words, mode: str):
        assert mode == "binary"
        text = "".join(str(int(bit)) for bit in words[0])
        kind = int(text[-2:], 2)
        return [(text[: CODED - CHECKS[kind]], text[0] == "1", kind)]


def fake_trustmark(
    monkeypatch: pytest.MonkeyPatch, word: str | Callable[[Image.Image], str]
) -> None:
    class Package:
        def __init__(self, **options: object) -> None:
            assert options["use_ECC"] is False
            assert options["device"] == "cpu"
            assert options["loadRemover"] is False
            self.ecc = FakeCode(100, verbose=False, encoding_mode=1)
            with pytest.raises(FileNotFoundError):
                self.check_and_download("/nowhere/decoder.ckpt")

        def check_and_download(self, filename: str) -> None:
            raise AssertionError("it fetches")

        def decode(self, image: Image.Image, MODE: str):  # noqa: N803 - the package's name
            assert image.mode == "RGB"
            assert MODE == "binary"
            return (word if isinstance(word, str) else word(image)), True, -1

    module(monkeypatch, "trustmark", TrustMark=Package)


PAYLOAD = "1" + "0110" * 15  # 61 bits, the default kind
WORD = "".join(map(str, FakeCode(100, verbose=False, encoding_mode=1).encode_binary([PAYLOAD])[0]))


def hidden(signature: bytes, body: bytes, *, length: int | None = None, size=(90, 120)) -> Picture:
    """Hide bytes down the columns: in alpha, or in red, green and blue in turn."""
    bits = np.unpackbits(
        np.frombuffer(
            signature + (len(body) * 8 if length is None else length).to_bytes(4, "big") + body,
            np.uint8,
        )
    )
    rgb = texture(0, *size)
    if b"rgb" in signature:
        stream = rgb.swapaxes(0, 1).reshape(-1) & 0xFE
        stream[: len(bits)] |= bits
        made = stream.reshape(size[1], size[0], 3).swapaxes(0, 1)
        return Picture(Image.fromarray(np.ascontiguousarray(made)))
    alpha = np.full(size[0] * size[1], 254, np.uint8)
    alpha[: len(bits)] |= bits
    plane = alpha.reshape(size[1], size[0]).T
    return Picture(Image.fromarray(np.dstack([rgb, plane])))


def picture(seed: int = 0, height: int = 300, width: int = 411) -> Picture:
    return Picture(Image.fromarray(texture(seed, height, width)))


QUIET = Sound(SPEECH.samples[:40_000], 8000)
OWN = Message("rivagan", "ours", "01101001100101101100001111010010", "A Vendor")
Pair = tuple[Picture | Sound, Picture | Sound, tuple[Message, ...]]


def _dwtdct(decoder: Decoder, monkeypatch: pytest.MonkeyPatch) -> Pair:
    del monkeypatch
    if reference.folder() is None:
        pytest.skip("invisible-watermark's coder is not here: python tests/watermarks/collect.py")
    messages = decoder.card.messages
    message = next(m for m in messages if m.name == "SDXL")
    plain = texture(6, 384, 360)
    svd = decoder.name == "dwtdctsvd"
    marked = Picture(Image.fromarray(reference.embed(plain, message.bits, svd=svd)))
    return marked, Picture(Image.fromarray(plain)), messages


def _stealth(decoder: Decoder, monkeypatch: pytest.MonkeyPatch) -> Pair:
    del decoder, monkeypatch
    text = b"a hill\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 5, Size: 64x64, Model: m"
    return hidden(b"stealth_pnginfo", text), hidden(b"stealth_pnginfx", text), ()


def _rivagan(decoder: Decoder, monkeypatch: pytest.MonkeyPatch) -> Pair:
    class Session:
        """Reads the message of a picture that begins in black, and others as coins fall."""

        def run(self, names: None, given: dict[str, np.ndarray]) -> list[np.ndarray]:
            del names
            black = float(given["frame"][0, :, 0, 0, 0].max()) == -1.0
            bits = OWN.bits if black else "01" * 16
            return [np.array([[float(bit) for bit in bits]])]

    monkeypatch.setitem(decoder.__dict__, "_session", Session())
    pixels = texture(0, 256, 272)
    pixels[0, 0] = 0
    marked = Picture(Image.fromarray(pixels))
    pixels = pixels.copy()
    pixels[0, 0] = 9
    return marked, Picture(Image.fromarray(pixels)), (OWN,)


def _trustmark(decoder: Decoder, monkeypatch: pytest.MonkeyPatch) -> Pair:
    del decoder
    wrong = "".join(str(1 - int(b)) if 70 <= n < 75 else b for n, b in enumerate(WORD))
    fake_trustmark(monkeypatch, lambda image: WORD if image.size[0] == 411 else wrong)
    return picture(), picture(width=300), ()


def _perth(decoder: Decoder, monkeypatch: pytest.MonkeyPatch) -> Pair:
    del decoder
    module(monkeypatch, "perth", PerthImplicitWatermarker=FakePerth)
    return SPEECH, Sound(SPEECH.samples[:80_000], 8000), ()


def _audioseal(decoder: Decoder, monkeypatch: pytest.MonkeyPatch) -> Pair:
    del decoder
    monkeypatch.setitem(sys.modules, "torch", FakeTorch())
    module(monkeypatch, "audioseal", AudioSeal=FakeSeal)
    return SPEECH, QUIET, ()


SAMPLES: dict[str, Callable[[Decoder, pytest.MonkeyPatch], Pair]] = {
    "dwtdct": _dwtdct,
    "dwtdctsvd": _dwtdct,
    "stealth": _stealth,
    "rivagan": _rivagan,
    **{f"trustmark.{variant}": _trustmark for variant in "pqbc"},
    "perth": _perth,
    "audioseal": _audioseal,
}
"""Decoder -> (carrier with the mark, carrier without it, messages to look for).

Only a fingerprint, which every carrier has, has no pair.
"""
