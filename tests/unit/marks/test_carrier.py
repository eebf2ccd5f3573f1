"""Stretches of a recording, as decoders take them."""

from __future__ import annotations

import numpy as np

from provenance.marks import carrier


def tone() -> carrier.Sound:
    return carrier.Sound((np.sin(np.arange(8000) * 2 * np.pi * 440 / 8000) * 0.5), 8000)


def test_stretches_of_sound_are_cut_and_resampled() -> None:
    sound = tone()
    parts = carrier.stretches(sound, 16_000, 0.25, 3)
    assert [len(part) for part in parts] == [4000, 4000, 4000]
    wanted = np.sin(np.arange(4000) * 2 * np.pi * 440 / 16_000) * 0.5
    assert np.abs(parts[0] - wanted)[200:-200].max() < 0.02
    silent = carrier.Sound(np.zeros(8000, np.float32), 8000)
    assert carrier.stretches(silent, 16_000, 0.25, 3) == []
