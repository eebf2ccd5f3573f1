"""Decoders that live in packages of others: the contract, held with small models made here.

Where the real package imports and its model is there, it is asked too.
"""

from __future__ import annotations

import importlib.util
import math
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image
from support import reference
from support.textures import texture
from unit.marks.samples import (
    PAYLOAD,
    SILENCE,
    SPEECH,
    WORD,
    FakePerth,
    FakeSeal,
    FakeTorch,
    fake_trustmark,
    module,
)

from provenance.kit.media import tone_wav
from provenance.marks import audioseal, known, trustmark
from provenance.marks.audioseal import AudioSeal
from provenance.marks.carrier import CarrierError, Picture, Sound
from provenance.marks.decoder import GOAL, Medium, Message, WatermarkStatus
from provenance.marks.perth import Perth
from provenance.marks.reader import MarkReader
from provenance.marks.rivagan import RivaGan
from provenance.marks.trustmark import CHECKS, TrustMark
from provenance.media.asset import Asset

if TYPE_CHECKING:
    from pathlib import Path


def test_perth_is_told_and_proves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    module(monkeypatch, "perth", PerthImplicitWatermarker=FakePerth)
    (result,) = Perth().decode(SPEECH, ())
    assert result.status is WatermarkStatus.UNDECIDED
    assert "yes to 1 of 2 stretches" in result.reason  # the third answered with no number
    assert result.bound is None
    (result,) = Perth().decode(Sound(SPEECH.samples[:80_000], 8000), ())
    assert result.status is WatermarkStatus.NOT_DETECTED
    with pytest.raises(CarrierError, match="silent"):
        list(Perth().decode(SILENCE, ()))


def test_perth_without_its_model_says_what_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    module(monkeypatch, "perth", PerthImplicitWatermarker=None)
    with pytest.raises(CarrierError, match="torchaudio must match"):
        list(Perth().decode(SPEECH, ()))


@pytest.mark.filterwarnings("ignore")  # of packages that are not ours
def test_perth_itself_reads_what_it_wrote() -> None:
    if Perth().missing():
        pytest.skip("; ".join(m.what for m in Perth().missing()))
    import perth

    if perth.PerthImplicitWatermarker is None:
        pytest.skip("perth cannot load its model: torchaudio must match torch")
    time = np.arange(32_000 * 6) / 32_000
    pitch = np.cumsum(140 + 60 * np.sin(2 * np.pi * 0.7 * time)) / 32_000
    voice = sum(np.sin(2 * np.pi * pitch * n) / n for n in range(1, 20)) * 0.08
    noise = np.random.default_rng(0).standard_normal(len(time)) * 0.003
    plain = (voice + noise).astype(np.float32)
    marked = perth.PerthImplicitWatermarker().apply_watermark(plain, 32_000)
    (result,) = Perth().decode(Sound(marked, 32_000), ())
    assert result.status is WatermarkStatus.UNDECIDED
    (result,) = Perth().decode(Sound(plain, 32_000), ())
    assert result.status is WatermarkStatus.NOT_DETECTED


def test_audioseal_is_told_and_proves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", FakeTorch())
    module(monkeypatch, "audioseal", AudioSeal=FakeSeal)
    (result,) = AudioSeal().decode(SPEECH, ())
    assert (result.status, result.payload) == (WatermarkStatus.UNDECIDED, "a5c3")
    own = Message("audioseal", "ours", f"{0xA5C3:016b}")
    (result,) = AudioSeal().decode(SPEECH, (own,))
    assert (result.status, result.matched, result.message) == (
        WatermarkStatus.UNDECIDED, 16, "ours",
    )  # as a table  # fmt: skip
    assert result.bound == pytest.approx(3 * 2.0**-16)  # three stretches
    assert result.bound > GOAL
    (result,) = AudioSeal().decode(Sound(SPEECH.samples[:40_000], 8000), ())
    assert (result.status, result.payload) == (WatermarkStatus.NOT_DETECTED, "")
    with pytest.raises(CarrierError, match="silent"):
        list(AudioSeal().decode(SILENCE, ()))


def test_audioseal_looks_for_its_model_where_the_package_keeps_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AUDIOSEAL_CACHE_DIR", str(tmp_path))
    assert audioseal.model_file().parent == tmp_path / "audioseal"
    assert any("model" in m.what for m in AudioSeal().missing())
    assert list(tmp_path.iterdir()) == []  # nothing was fetched or made


@pytest.mark.filterwarnings("ignore")  # of packages that are not ours
def test_audioseal_itself_is_read_in_our_worker(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Its own code in our worker, with a model of its shape that gives one answer to everything."""
    torch = pytest.importorskip("torch")
    package = pytest.importorskip("audioseal")
    loader = pytest.importorskip("audioseal.loader")
    monkeypatch.setenv("AUDIOSEAL_CACHE_DIR", str(tmp_path))
    card = loader.OmegaConf.to_container(
        loader.OmegaConf.load(f"{package.__path__[0]}/cards/{audioseal.CARD}.yaml")
    )
    del card["checkpoint"]
    config = loader.AudioSeal.parse_config(card, loader.AudioSealDetectorConfig, nbits=16)
    state = loader.create_detector(config).state_dict()
    *_, weight, bias = state  # the layer that gives two scores and sixteen bits
    state[weight].zero_()
    state[bias][:2] = torch.tensor([-5.0, 5.0])
    state[bias][2:] = torch.tensor([5.0 if bit == "1" else -5.0 for bit in f"{0xA5C3:016b}"])
    audioseal.model_file().parent.mkdir()
    torch.save(
        {key.replace(".inner_conv.", "."): v for key, v in state.items()}, audioseal.model_file()
    )
    assert AudioSeal().missing() == ()
    reader = MarkReader([Medium.SOUND])
    with Asset.from_bytes(tone_wav(seconds=2.0)) as asset:
        found = {r.decoder: r for r in reader.read(asset, "audio/wav").watermarks}
    reader.close()
    assert (found["audioseal"].status, found["audioseal"].payload) == (UNDECIDED, "a5c3")


def flipped(word: str, count: int) -> str:
    """Flip check bits, which the fake code corrects without a word."""
    at = range(70, 70 + count)
    return "".join(str(1 - int(b)) if n in at else b for n, b in enumerate(word))


DETECTED, UNDECIDED = WatermarkStatus.DETECTED, WatermarkStatus.UNDECIDED


@pytest.mark.parametrize(
    ("wrong", "status"),
    [(0, DETECTED), (1, DETECTED), (2, UNDECIDED), (5, WatermarkStatus.NOT_DETECTED)],
)
def test_trustmark_counts_what_had_to_be_corrected(
    monkeypatch: pytest.MonkeyPatch, wrong: int, status: WatermarkStatus
) -> None:
    fake_trustmark(monkeypatch, flipped(WORD, wrong))
    (result,) = TrustMark("P").decode(Picture(Image.fromarray(texture(0))), ())
    assert result.status is status
    assert (result.matched, result.bits) == (96 - wrong, 96)
    assert (result.matched >= result.threshold) is (status is DETECTED)
    assert result.payload == (f"{int(PAYLOAD, 2):016x}" if wrong < 3 else "")
    assert result.algorithm == "com.adobe.trustmark.P"
    assert result.origin is None
    assert result.bound == trustmark.bound(1, wrong)


@pytest.mark.parametrize(
    ("word", "words"), [("0" * 100, "degenerate"), ("01" * 30, "a word"), ("2" * 100, "a word")]
)
def test_trustmark_refuses_what_is_no_word(
    monkeypatch: pytest.MonkeyPatch, word: str, words: str
) -> None:
    fake_trustmark(monkeypatch, word)
    with pytest.raises(CarrierError, match=words):
        list(TrustMark("Q").decode(Picture(Image.fromarray(texture(0))), ()))


def test_trustmark_bounds_are_the_shares_of_words_near_the_code() -> None:
    for kind, checks in CHECKS.items():
        for wrong in range(4):
            near = sum(math.comb(96, k) for k in range(wrong + 1))
            assert trustmark.bound(kind, wrong) == min(1.0, near * 16 / 2**checks)
        most = trustmark.most(kind)
        assert most < 0 or trustmark.bound(kind, most) <= GOAL < trustmark.bound(kind, most + 1)


@pytest.mark.filterwarnings("ignore")  # of packages that are not ours
@pytest.mark.parametrize(("wrong", "status"), [(0, DETECTED), (1, DETECTED), (2, UNDECIDED)])
def test_trustmark_itself_is_read_with_its_code_words(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, wrong: int, status: WatermarkStatus
) -> None:
    """Its own code and code words, with a model of its shape that reads one word everywhere."""
    torch = pytest.importorskip("torch")
    package = pytest.importorskip("trustmark.trustmark")
    nothing = {"target": "trustmark.model.Identity", "params": {}}
    decoder = {"target": "trustmark.unet.SecretDecoder", "params": {"arch": "resnet18"}}
    parts = ("secret_encoder", "discriminator", "loss", "noise")
    params = {"cover_key": "", "secret_key": "", "secret_len": 100, "resolution": 256}
    params |= {f"{part}_config": nothing for part in parts} | {"secret_decoder_config": decoder}
    config = package.OmegaConf.create(
        {"model": {"target": "trustmark.model.TrustMark_Arch", "params": params}}
    )
    word = package.DataLayer(100, verbose=False, encoding_mode=1).encode_binary([PAYLOAD])[0]
    word = [1 - int(bit) if n < wrong else int(bit) for n, bit in enumerate(word)]
    state = package.instantiate_from_config(config.model).state_dict()
    *_, weight, bias = (key for key in state if key.startswith("decoder."))
    state[weight].zero_()
    state[bias].copy_(torch.tensor([5.0 if bit else -5.0 for bit in word]))
    models = tmp_path / "models"
    models.mkdir()
    package.OmegaConf.save(config, models / "trustmark_C.yaml")
    torch.save(state, models / "decoder_C.ckpt")
    monkeypatch.setattr(package, "__file__", str(tmp_path / "trustmark.py"))
    (result,) = TrustMark("C").decode(Picture(Image.fromarray(texture(0))), ())
    assert (result.status, result.payload) == (status, f"{int(PAYLOAD, 2):016x}")
    assert (result.message, result.matched) == ("kind 1", 96 - wrong)
    assert result.algorithm == "com.adobe.trustmark.C"


@pytest.mark.parametrize("variant", "PQBC")
def test_a_package_or_model_that_is_not_there_is_named(variant: str) -> None:
    if importlib.util.find_spec("trustmark"):
        pytest.skip("trustmark is installed")
    (gone,) = TrustMark(variant).missing()
    assert (gone.what, gone.how) == ("trustmark", "pip install trustmark")


MESSAGE = Message("rivagan", "ours", "01101001100101101100001111010010", "A Vendor")


def rivagan_model(name: str):
    if (place := reference.folder()) is None:
        pytest.skip("invisible-watermark's models are not here: tests/watermarks/collect.py")
    return pytest.importorskip("onnxruntime").InferenceSession(str(place / name))


def test_rivagan_reads_what_its_own_encoder_wrote(monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = rivagan_model("rivagan_encoder.onnx")
    monkeypatch.setattr("provenance.marks.rivagan.folder", lambda name: reference.folder())
    data = np.array([[int(bit) for bit in MESSAGE.bits]], np.float32)
    decoder = RivaGan()
    found = 0
    for seed in (0, 6, 7):
        rgb = texture(seed, 256, 272)
        frame = rgb[..., ::-1].astype(np.float32).transpose(2, 0, 1)[None, :, None] / 127.5 - 1
        (out, *_) = encoder.run(None, {"frame": frame.astype(np.float32), "data": data})
        bgr = ((np.clip(out[0, :, 0], -1, 1).transpose(1, 2, 0) + 1) * 127.5).astype(np.uint8)
        marked = Picture(Image.fromarray(np.ascontiguousarray(bgr[..., ::-1])))
        (result,) = decoder.decode(marked, (MESSAGE,))
        assert result.matched > 24  # chance would give 16
        if result.status is WatermarkStatus.DETECTED:
            found += 1
            assert result.vendor == "A Vendor"
            assert result.bound is not None
            assert result.bound <= GOAL
        (result,) = decoder.decode(Picture(Image.fromarray(rgb)), (MESSAGE,))
        assert result.status is WatermarkStatus.NOT_DETECTED
    assert found
    flat = Picture(Image.new("RGB", (300, 300), "red"))
    with pytest.raises(CarrierError, match="flat"):
        list(decoder.decode(flat, (MESSAGE,)))


def test_rivagan_is_not_run_without_a_message() -> None:
    assert RivaGan().card.needs_message
    with pytest.raises(CarrierError, match="32 bits"):
        list(RivaGan().decode(Picture(Image.fromarray(texture(0))), known.DWT_DCT[3:4]))
