"""The search for crops: that its sums are those of a plain count, and its bounds."""

from __future__ import annotations

import numpy as np
import pytest
from support.textures import texture

from provenance.marks import crops
from provenance.marks.block_method import Method
from provenance.marks.known import DWT_DCT

SDXL = next(m for m in DWT_DCT if m.name == "SDXL")


@pytest.mark.parametrize("length", [32, 48, 136])
def test_the_spectrum_is_that_of_the_votes_summed_by_bit(length: int) -> None:
    rng = np.random.default_rng(length)
    grid = rng.normal(0, 1, (2, 53, 61)).astype(np.float32)
    row, column = np.mgrid[:53, :61]
    widths = [0, 7, length - 1]
    made = crops._spectrum(grid, length, widths)
    for place in range(2):
        for n, wide in enumerate(widths):
            places = ((row * wide + column) % length).reshape(-1)
            sums = np.bincount(places, grid[place].reshape(-1), length)
            assert np.allclose(made[place, n], np.fft.rfft(sums), atol=1e-2)


def test_a_grid_has_every_place_once() -> None:
    values = np.arange(20 * 30, dtype=np.float32).reshape(20, 30)
    grid = crops._grid(values)
    assert grid.shape == (64, 3, 4)
    assert grid[8 * 3 + 5, 1, 2] == values[8 + 3, 16 + 5]
    assert grid[63, 2, 3] == 0  # after the end


@pytest.mark.parametrize("size", [(300, 400), (5000, 300), (300, 9000), (4000, 4000), (8, 90_000)])
def test_the_window_keeps_its_bound(size: tuple[int, int]) -> None:
    rgb = np.broadcast_to(np.zeros((1, 1, 3), np.uint8), (*size, 3))
    part = crops.window(rgb)
    assert part.shape[0] * part.shape[1] <= crops.WINDOW
    assert part.shape[0] * part.shape[1] >= min(size[0] * size[1], crops.WINDOW) * 0.95
    if size[0] * size[1] <= crops.WINDOW:
        assert part.shape == rgb.shape


def test_all_places_that_a_search_tries_are_counted() -> None:
    found = crops.search(texture(6, 256, 320), Method.DCT, (SDXL,))
    assert found is not None
    widths = len(range(40, int(40 * 1.2) + 2))
    assert found.tried == 4 * 2 * 64 * widths * 48
