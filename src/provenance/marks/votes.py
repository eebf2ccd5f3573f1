"""What each block of a picture votes for: soft votes, and hard bits as `invisible-watermark` reads.

A block is four by four low-pass coefficients, eight by eight pixels. Its *value* carries one bit in
its remainder by 36: method `dwtDct` marks the largest coefficient, the first left aside, method
`dwtDctSvd` the largest singular value. Both set the remainder to 9 for a zero and to 27 for a one,
so a value v votes -sin(2 pi v / 36): near -1, near 1, and near 0 where it is about to tip.

Colour that does not change from block to block gives the same vote again and again, which is no
evidence of anything. So the mean of a vote's neighbours is taken off it, and a block that cannot
carry a mark has no vote.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from provenance.base.values import dataclass
from provenance.marks import planes
from provenance.marks.block_method import BLOCK, Method

if TYPE_CHECKING:
    from numpy.typing import NDArray

STEP = 36  # the quantiser of the U plane; the package marks no other plane
_CONTRAST = 2.0  # of low-pass coefficients, which are twice the plane's values
_STRIP = 128  # rows of pixels worked on at a time, so that they stay in the processor's cache
_NEWTON = 12  # steps towards the largest singular value


@dataclass(frozen=True, slots=True)
class Votes:
    """The votes of a picture's blocks, read in one way.

    `soft` and `weight` are float32, (rows, columns): the vote less the mean of its neighbours, 0
    where `weight`, which is 0 or 1, is 0.
    """

    soft: NDArray[np.float32]
    weight: NDArray[np.float32]


def picture_votes(rgb: NDArray[np.uint8], method: Method, reading: int) -> tuple[Votes, Votes]:
    """Return the votes of a picture as it is, and with the blur of JPEG's colour taken back.

    `reading` is an index of `planes.READINGS`. `rgb` is (height, width, 3), at least 8 by 8.
    """
    rows, columns = rgb.shape[0] // BLOCK * BLOCK, rgb.shape[1] // BLOCK * BLOCK
    halo = 2 * planes.HALO
    by_kind: list[list[Any]] = [[], [], []]
    for top in range(0, rows, _STRIP):
        end = min(top + _STRIP, rows)
        first, last = max(top - halo, 0), min(end + halo, rows)
        frame = planes.lowpass(planes.plane(rgb[first:last, :columns], reading))
        inner = slice((top - first) // 2, (end - first) // 2)
        exact = _blocks(frame[inner])
        by_kind[0].append(value(exact, method))
        by_kind[1].append(value(_blocks(planes.sharpened(frame)[inner]), method))
        by_kind[2].append(carries(_contrast(exact), method))
    plain, sharp, weight = (np.concatenate(strips) for strips in by_kind)
    plain, sharp = (without_mean(soft(values), weight) for values in (plain, sharp))
    return Votes(plain, weight), Votes(sharp, weight)


def bits(rgb: NDArray[np.uint8], method: Method, reading: int) -> NDArray[np.bool_]:
    """Return the bit of every block by the package's own arithmetic, row by row."""
    rows, columns = rgb.shape[0] // BLOCK * BLOCK, rgb.shape[1] // BLOCK * BLOCK
    strips = []
    for top in range(0, rows, _STRIP):
        part = rgb[top : min(top + _STRIP, rows), :columns]
        frame = _blocks(planes.lowpass(planes.plane(part, reading)))
        if method is Method.SVD:
            square = np.moveaxis(frame, (0, 1), (2, 3))
            values = np.linalg.svd(square, compute_uv=False)[..., 0]
        else:
            values = value(frame, method)
        strips.append((values % STEP > STEP / 2).reshape(-1))
    return np.concatenate(strips)


def fold(row: NDArray[np.bool_], length: int) -> str:
    """Return the vote for each bit of a message of `length` bits, as characters 0 and 1."""
    places = np.arange(len(row)) % length
    ones = np.bincount(places, row, minlength=length)
    of = np.bincount(places, minlength=length)
    # An even vote counts as one, and so does 127 of 255, as in the package.
    return "".join("1" if vote else "0" for vote in ones / np.maximum(of, 1) * 255 > 127)


def _blocks(frame: Any) -> Any:
    """Return coefficients by their place in the block: (4, 4, rows, columns)."""
    high, wide = frame.shape[0] // 4, frame.shape[1] // 4
    return frame.reshape(high, 4, wide, 4).transpose(1, 3, 0, 2)


def carries(contrast: Any, method: Method) -> Any:
    """Return 1 for blocks that may carry a mark, by their contrast, and else 0; float32.

    `dwtDct` changes one coefficient of a block, so a block without contrast has no mark.
    `dwtDctSvd` changes all of them alike.
    """
    return (contrast > (_CONTRAST if method is Method.DCT else -1)).astype(np.float32)


def value(block: Any, method: Method) -> Any:
    """Return the value that carries the bit; `block[i, j]` are arrays of coefficients."""
    if method is Method.SVD:
        return largest_singular(block)

    largest = np.abs(block[0, 1])
    for place in range(2, 16):
        np.maximum(largest, np.abs(block[place // 4, place % 4]), out=largest)
    return largest


def _contrast(block: Any) -> Any:
    high, low = block[0, 0].copy(), block[0, 0].copy()
    for place in range(1, 16):
        np.maximum(high, block[place // 4, place % 4], out=high)
        np.minimum(low, block[place // 4, place % 4], out=low)
    return high - low


def largest_singular(block: Any) -> Any:
    """Return the largest singular value of four by four matrices; `block[i, j]` are arrays.

    It is the root of the largest zero of the characteristic polynomial of the matrix times its
    transpose, which Newton's steps reach from above: to 0.1 where two are nearly the same, else to
    their last digits. The cosine transform that the package puts before changes no singular value.
    """
    rows = [[block[i, j].astype(np.float64) for j in range(4)] for i in range(4)]
    gram = {
        (i, j): sum(rows[r][i] * rows[r][j] for r in range(4))
        for i in range(4)
        for j in range(i, 4)
    }
    return np.sqrt(largest_eigenvalue(gram))


def largest_eigenvalue(gram: dict[tuple[int, int], Any]) -> Any:
    """Return the largest eigenvalue of symmetric, non-negative matrices, given from i <= j on."""
    trace = sum(gram[i, i] for i in range(4))
    scale = np.maximum(trace, np.float32(1e-9))
    g = {place: entry / scale for place, entry in gram.items()}

    def minor(i: int, j: int, k: int, m: int) -> Any:
        """Return the determinant of rows i, j and columns k, m."""
        return _at(g, i, k) * _at(g, j, m) - _at(g, i, m) * _at(g, j, k)

    upper = {(k, m): minor(0, 1, k, m) for k in range(4) for m in range(k + 1, 4)}
    lower = {(k, m): minor(2, 3, k, m) for k in range(4) for m in range(k + 1, 4)}
    second = sum(minor(i, j, i, j) for i in range(4) for j in range(i + 1, 4))
    fourth = (
        upper[0, 1] * lower[2, 3]
        - upper[0, 2] * lower[1, 3]
        + upper[0, 3] * lower[1, 2]
        + upper[1, 2] * lower[0, 3]
        - upper[1, 3] * lower[0, 2]
        + upper[2, 3] * lower[0, 1]
    )
    third = (
        g[2, 2] * upper[0, 1]
        - g[1, 2] * upper[0, 2]
        + g[0, 2] * upper[1, 2]
        + g[3, 3] * upper[0, 1]
        - g[1, 3] * upper[0, 3]
        + g[0, 3] * upper[1, 3]
        + g[0, 0] * lower[2, 3]
        - g[0, 2] * lower[0, 3]
        + g[0, 3] * lower[0, 2]
        + g[1, 1] * lower[2, 3]
        - g[1, 2] * lower[1, 3]
        + g[1, 3] * lower[1, 2]
    )
    x = np.ones_like(trace)
    for _ in range(_NEWTON):
        # (((x - 1) x + second) x - third) x + fourth, and its derivative
        p = (((x - 1) * x + second) * x - third) * x + fourth
        slope = ((4 * x - 3) * x + 2 * second) * x - third
        x = np.maximum(x - p / np.maximum(slope, 1e-12), 0.25)  # the largest is a quarter at least
    return x * trace


def _at(g: dict[tuple[int, int], Any], i: int, j: int) -> Any:
    return g[(i, j) if i <= j else (j, i)]


def value_everywhere(frame: Any, method: Method) -> Any:
    """Return the value of a block that begins at any pixel, from `planes.everywhere`.

    Its coefficients are two pixels apart, so the last block begins six pixels before the end.
    """
    if method is Method.SVD:
        return _singular_everywhere(frame)
    size = np.abs(frame)
    four = _four(size, np.maximum, 1)
    three = np.maximum.reduce([size[:, n : n + four.shape[1]] for n in (2, 4, 6)])
    high = size.shape[0] - 6
    return np.maximum.reduce([three[:high], *(four[n : n + high] for n in (2, 4, 6))])


def contrast_everywhere(frame: Any) -> Any:
    """Return the contrast of a block that begins at any pixel."""
    high, low = (
        _four(_four(frame, extreme, 1), extreme, 0) for extreme in (np.maximum, np.minimum)
    )
    return high - low


def _four(frame: Any, join: Any, axis: int) -> Any:
    """Return four values, two apart along an axis, joined to one."""
    high, wide = frame.shape
    if axis:
        two = join(frame[:, : wide - 2], frame[:, 2:])
        return join(two[:, : wide - 6], two[:, 4:])
    two = join(frame[: high - 2], frame[2:])
    return join(two[: high - 6], two[4:])


def _singular_everywhere(frame: Any) -> Any:
    wide = frame.shape[1] - 6
    # Products of coefficients, by how far apart they are; blocks share them.
    products = [
        _four(frame[:, : frame.shape[1] - 2 * n] * frame[:, 2 * n :], np.add, 0) for n in range(4)
    ]
    gram = {(i, j): products[j - i][:, 2 * i : 2 * i + wide] for i in range(4) for j in range(i, 4)}
    return np.sqrt(largest_eigenvalue(gram))


def soft(values: Any) -> Any:
    """Return the votes of blocks' values, float32."""
    return -np.sin(np.asarray(values, np.float32) * np.float32(2 * np.pi / STEP))


def without_mean(votes: Any, weight: Any) -> Any:
    """Return votes less the mean of those around them; the last two axes are rows and columns."""
    mean = _around(votes * weight) / np.maximum(_around(weight), 1)
    return (votes - mean) * weight


def _around(a: Any) -> Any:
    """Return the sums of three by three."""
    tall = a.copy()
    tall[..., 1:, :] += a[..., :-1, :]
    tall[..., :-1, :] += a[..., 1:, :]
    wide = tall.copy()
    wide[..., 1:] += tall[..., :-1]
    wide[..., :-1] += tall[..., 1:]
    return wide
