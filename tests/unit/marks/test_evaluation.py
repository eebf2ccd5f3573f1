"""Rates and their plot: counted right, the same every time."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image
from support import reference
from support.doc_tables import MEASURED
from support.each import each
from support.reference import needs_coder
from support.textures import coded, texture

from provenance.marks import decoder_registry, evaluation, plot, transform
from provenance.marks.carrier import Picture
from provenance.marks.decoder import Medium
from provenance.marks.evaluation import Evaluation, EvaluationRow, Rate
from provenance.marks.known import DWT_DCT
from provenance.marks.reader import MarkReader

if TYPE_CHECKING:
    from pathlib import Path

SDXL = next(m for m in DWT_DCT if m.name == "SDXL")


@each("step", transform.names())
def test_a_transformation_of_pictures_gives_the_same_each_time(step: str) -> None:
    source = Picture(Image.fromarray(texture(6, 200, 260)))
    one, two = transform.apply(step, source), transform.apply(step, source)
    assert np.array_equal(one.rgb, two.rgb)
    assert (step == "as is") == np.array_equal(one.rgb, source.rgb)


@needs_coder
def test_an_evaluation_counts_marked_and_plain_files(tmp_path: Path) -> None:
    marked, plain = tmp_path / "marked", tmp_path / "plain"
    for folder in (marked / "below", plain):
        folder.mkdir(parents=True)
    for seed in (6, 14):
        rgb = texture(seed, 344, 352)
        (plain / f"{seed}.png").write_bytes(coded(rgb))
        (marked / "below" / f"{seed}.png").write_bytes(coded(reference.embed(rgb, SDXL.bits)))
    (plain / "notes.txt").write_text("no picture")
    (plain / "broken.png").write_bytes(coded(texture(6))[:200])
    reader = MarkReader({Medium.PICTURE}, plugins=False, only=("dwtdct", "iscc"))
    lists = (evaluation.files(str(marked)), evaluation.files(str(plain)))
    steps = ("as is", "scale 0.75")
    seen: list[str] = []
    made = evaluation.evaluate(reader, *lists, steps=steps, progress=seen.append)
    again = evaluation.evaluate(reader, *lists, steps=steps)
    reader.close()
    assert made == again
    assert len(seen) == 6
    assert (made.positives, made.negatives, made.left_out) == (2, 2, 2)
    rows = {(row.decoder, row.step): row for row in made.rows}
    assert rows["dwtdct", "as is"].true == Rate(2, 2, 0)
    assert rows["dwtdct", "as is"].false.hits == 0
    assert rows["dwtdct", "scale 0.75"].true.hits == 0
    assert [row for row in made.rows if row.decoder == "iscc"] == []


def test_the_plot_is_well_formed_and_names_every_row() -> None:
    rows = tuple(EvaluationRow(f"<d{n}>", "as is", Rate(n, 9, 0), Rate(0, 0, 0)) for n in range(4))
    made = Evaluation(rows, 9, 0, 0)
    text = plot.svg(made)
    assert text == plot.svg(made)
    root = ET.fromstring(text)  # noqa: S314 - our own output
    said = "".join(root.itertext())
    assert [n for n in range(4) if f"<d{n}>, as is" not in said] == []
    assert "3/9, 0/0" in said
    dots = [e for e in root.iter() if e.tag.endswith("circle") and e.get("r") == "3.5"]
    assert [float(d.get("cx", "")) for d in dots] == [300, 344.44, 388.89, 433.33]


def test_an_evaluation_is_plain_values() -> None:
    record = Evaluation(
        (EvaluationRow("d", "as is", Rate(1, 2, 0), Rate(0, 0, 0)),), 2, 0, 1
    ).to_dict()
    (row,) = record["rows"]
    assert row["true_positives"]["rate"] == 0.5
    assert row["false_positives"]["rate"] is None
    assert row["false_positives"]["interval"] == [0, 1]


def test_a_record_gives_the_evaluation_again() -> None:
    rows = (
        EvaluationRow("d", "as is", Rate(1, 4, 1, 2), Rate(0, 3, 0)),
        EvaluationRow("d", "x", Rate(0, 0, 0), Rate(0, 3, 0)),
    )
    made = Evaluation(rows, 4, 3, 1)
    assert evaluation.from_dict(made.to_dict()) == made
    first, second = evaluation.markdown(made).splitlines()[2:]
    found = "1 of 4 (0.631 % to 80.6 %); 2 with another message"
    assert first == f"| `d` | as is | {found} | 0 of 3 (0 % to 70.8 %) |"
    assert second == "| `d` | x | - | 0 of 3 (0 % to 70.8 %) |"


@pytest.mark.parametrize("path", sorted(MEASURED.glob("*.json")), ids=lambda p: p.stem)
def test_a_card_says_what_was_measured(path: Path) -> None:
    (decoder,) = (d for d in decoder_registry.builtin() if d.name == path.stem)
    said = " ".join(decoder.card.measured)
    rows = {row.step: row for row in evaluation.from_dict(json.loads(path.read_text())).rows}
    assert f"{rows['as is'].true.hits} of {rows['as is'].true.of} photos" in said
    assert f"{rows['jpeg 95'].true.hits} after JPEG at quality 95" in said
    assert f"0 of {rows['as is'].false.of} unmarked photos" in said
    assert [row for row in rows.values() if row.false.hits or row.true.wrong] == []
