"""A plot of an evaluation: one SVG file, drawn by hand, with nothing in it but numbers and names.

Pure: from an evaluation to text. Each row is one decoder after one transformation; the dot is the
rate, the line its interval.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.base.xml_elements import element, fragment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

    from provenance.marks.evaluation import Evaluation, EvaluationRow, Rate

_LEFT, _WIDTH, _RIGHT = 300, 400, 110  # pixels: names, rates, counts
_TOP, _LINE, _BOTTOM = 64, 22, 34
_TRUE, _FALSE = "#1b6ca8", "#c0392b"


def svg(evaluation: Evaluation) -> str:
    """Return the plot as SVG text."""
    height = _TOP + _LINE * len(evaluation.rows) + _BOTTOM
    width = _LEFT + _WIDTH + _RIGHT
    parts = [
        element("rect", width=width, height=height, fill="white"),
        _text(16, 22, "Watermarks found, with 95 % intervals", size=15),
        element("circle", cx=20, cy=40, r=4, fill=_TRUE),
        _text(30, 44, f"of {evaluation.positives} marked files"),
        element("circle", cx=190, cy=40, r=4, fill=_FALSE),
        _text(200, 44, f"of {evaluation.negatives} unmarked files"),
    ]
    bottom = height - _BOTTOM
    for tenth in range(0, 11, 2):
        x = _LEFT + _WIDTH * tenth / 10
        parts.append(element("path", d=f"M{x:.1f} {_TOP - 6}V{bottom}", stroke="#ddd"))
        parts.append(_text(x, bottom + 18, f"{tenth * 10} %", anchor="middle"))
    for n, row in enumerate(evaluation.rows):
        parts += _row(row, _TOP + _LINE * n + _LINE / 2)
    attributes: dict[str, str | int] = {
        "xmlns": "http://www.w3.org/2000/svg",
        "viewBox": f"0 0 {width} {height}",
        "width": width,
        "height": height,
        "font-family": "sans-serif",
        "font-size": 12,
    }
    return fragment(element("svg", *parts, **attributes))


def _row(row: EvaluationRow, y: float) -> Iterator[Element]:
    yield _text(_LEFT - 12, y + 4, f"{row.decoder}, {row.step}", anchor="end")
    yield from _mark(row.true, y - 3, _TRUE)
    yield from _mark(row.false, y + 3, _FALSE)
    counts = f"{row.true.hits}/{row.true.of}, {row.false.hits}/{row.false.of}"
    yield _text(_LEFT + _WIDTH + 12, y + 4, counts)


def _mark(rate: Rate, y: float, colour: str) -> Iterator[Element]:
    if not rate.of:
        return
    low, high = (_LEFT + _WIDTH * end for end in rate.interval)
    x = _LEFT + _WIDTH * rate.hits / rate.of
    line: dict[str, str | int] = {
        "d": f"M{low:.2f} {y:g}H{high:.2f}",
        "stroke": colour,
        "stroke-width": 2,
    }
    yield element("path", **line)
    yield element("circle", cx=f"{x:.2f}", cy=f"{y:g}", r="3.5", fill=colour)


def _text(x: float, y: float, text: str, *, anchor: str = "start", size: int = 12) -> Element:
    place: dict[str, str | int] = {
        "x": f"{x:g}",
        "y": f"{y:g}",
        "text-anchor": anchor,
        "font-size": size,
    }
    return element("text", text, **place)
