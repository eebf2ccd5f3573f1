"""How often decoders find a mark that is there, and one that is not, after each transformation."""

from __future__ import annotations

import os
from collections import Counter
from typing import TYPE_CHECKING, Any

from provenance.base.errors import AssetError
from provenance.base.values import dataclass
from provenance.marks import statistics, transform
from provenance.marks.decoder import Medium, WatermarkStatus
from provenance.marks.decoding_process import WorkerError
from provenance.marks.reader import MarkReader, medium_of
from provenance.media.asset import Asset
from provenance.media.container import scan_container

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from provenance.marks.decoder import WatermarkResult

CONFIDENCE = 0.95
# What counts as found: a decode, hidden text, and the yes of a detector that proves nothing by it.
_FOUND = frozenset({WatermarkStatus.DETECTED, WatermarkStatus.TEXT, WatermarkStatus.UNDECIDED})
_NO_ANSWER = frozenset({WatermarkStatus.COMPUTED})
_Tallies = dict[tuple[str, str], Counter[str]]  # by decoder and transformation


@dataclass(frozen=True, slots=True)
class Rate:
    """`hits` of `of` files, with the Clopper-Pearson interval at 95 %; `refused` are among them.

    `wrong` counts marked files, not among the hits, in which another message than theirs was found.
    """

    hits: int
    of: int
    refused: int
    wrong: int = 0

    @property
    def interval(self) -> tuple[float, float]:
        """The interval in which the true rate lies, as far as these files tell."""
        return statistics.interval(self.hits, self.of, CONFIDENCE)


@dataclass(frozen=True, slots=True)
class EvaluationRow:
    """One decoder after one transformation: rates among marked and among unmarked files."""

    decoder: str
    step: str
    true: Rate
    false: Rate


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All rows, by decoder in their order, then by transformation; and what was left out.

    `left_out` counts files in both folders that are no carrier or could not be decoded.
    """

    rows: tuple[EvaluationRow, ...]
    positives: int
    negatives: int
    left_out: int

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, in order."""
        return {
            "confidence": CONFIDENCE,
            "positives": self.positives,
            "negatives": self.negatives,
            "left_out": self.left_out,
            "rows": [
                {
                    "decoder": row.decoder,
                    "transformation": row.step,
                    "true_positives": _rate(row.true),
                    "false_positives": _rate(row.false),
                }
                for row in self.rows
            ],
        }


def _rate(rate: Rate) -> dict[str, Any]:
    low, high = rate.interval
    figures: dict[str, Any] = {"hits": rate.hits, "of": rate.of}
    figures |= {"refused": rate.refused, "wrong": rate.wrong}
    figures["rate"] = rate.hits / rate.of if rate.of else None
    figures["interval"] = [round(low, 9), round(high, 9)]
    return figures


def from_dict(record: dict[str, Any]) -> Evaluation:
    """Return the evaluation that `Evaluation.to_dict` was made of."""
    rows = []
    for row in record["rows"]:
        sides = (row["true_positives"], row["false_positives"])
        rates = (Rate(r["hits"], r["of"], r["refused"], r["wrong"]) for r in sides)
        rows.append(EvaluationRow(row["decoder"], row["transformation"], *rates))
    return Evaluation(tuple(rows), record["positives"], record["negatives"], record["left_out"])


def rate_in_words(rate: Rate) -> str:
    """Return a rate in words: hits of files, and its interval."""
    if not rate.of:
        return "-"
    low, high = (f"{end * 100:.3g} %" for end in rate.interval)
    wrong = f"; {rate.wrong} with another message" if rate.wrong else ""
    return f"{rate.hits} of {rate.of} ({low} to {high}){wrong}"


def markdown(evaluation: Evaluation) -> str:
    """Return the rows as a table of Markdown, which ends in a line break."""
    lines = ["| decoder | after | found where it is | found where it is not |", "| --- " * 4 + "|"]
    lines += [
        f"| `{row.decoder}` | {row.step} | {rate_in_words(row.true)} | {rate_in_words(row.false)} |"
        for row in evaluation.rows
    ]
    return "\n".join((*lines, ""))


def evaluate(
    reader: MarkReader,
    positives: Sequence[str],
    negatives: Sequence[str],
    *,
    steps: Sequence[str] = (),
    progress: Callable[[str], None] = lambda path: None,
) -> Evaluation:
    """Put every file through every transformation (`steps`, default all) and count.

    A marked file in a folder that bears the name of a message must be found with that message: a
    hit with another one is none, and counts as `wrong`. Recordings are looked at as they are. The
    same files give the same numbers. `progress` is called with each path before it is looked at.
    """
    chosen = tuple(steps) or transform.names()
    marked, with_mark = _tallied(reader, positives, chosen, progress, named=True)
    unmarked, without = _tallied(reader, negatives, chosen, progress, named=False)
    left_out = len(positives) + len(negatives) - with_mark - without
    return Evaluation(tuple(_rows(marked, unmarked, chosen)), with_mark, without, left_out)


def _tallied(
    reader: MarkReader,
    paths: Sequence[str],
    steps: Sequence[str],
    progress: Callable[[str], None],
    *,
    named: bool,
) -> tuple[_Tallies, int]:
    """Count answers by decoder and transformation, and the files that were looked at.

    `named` says that the folder of a file may name the message that is in it.
    """
    tallies: _Tallies = {}
    counted = 0
    for path in paths:
        progress(path)
        seen = False
        for step, result in _looks(reader, path, steps):
            seen = True
            tally = tallies.setdefault((result.decoder, step), Counter())
            tally["of"] += 1
            tally["refused"] += result.status is WatermarkStatus.REFUSED
            if result.status in _FOUND:
                tally["wrong" if named and _is_wrong(reader, path, result) else "hits"] += 1
        counted += seen
    return tallies, counted


def _rows(marked: _Tallies, unmarked: _Tallies, steps: Sequence[str]) -> Iterator[EvaluationRow]:
    """Yield a row for each decoder and transformation that was not always refused."""
    keys = list(dict.fromkeys((*marked, *unmarked)))
    order = {step: n for n, step in enumerate(steps)}
    decoders = list(dict.fromkeys(decoder for decoder, _ in keys))
    for key in sorted(keys, key=lambda k: (decoders.index(k[0]), order[k[1]])):
        both = [tallies.get(key, Counter()) for tallies in (marked, unmarked)]
        if any(t["refused"] < t["of"] for t in both):
            yield EvaluationRow(
                *key, *(Rate(t["hits"], t["of"], t["refused"], t["wrong"]) for t in both)
            )


def _is_wrong(reader: MarkReader, path: str, result: WatermarkResult) -> bool:
    """Tell whether the folder of a file names another message of the decoder than was found."""
    folder = os.path.basename(os.path.dirname(path))
    return folder in reader.messages_of(result.decoder) and result.message != folder


def _looks(
    reader: MarkReader, path: str, steps: Sequence[str]
) -> Iterator[tuple[str, WatermarkResult]]:
    """Yield each transformation with a decoder's best answer; nothing where it is not a carrier."""
    try:
        with Asset.open(path) as asset:
            media_type = scan_container(asset).media_type
            medium = medium_of(media_type)
            if medium not in reader.media:
                return
            for step in steps if medium is Medium.PICTURE else steps[:1]:
                answer = reader.look(asset, media_type, step)
                best: dict[str, WatermarkResult] = {}
                for result in answer.results:
                    before = best.get(result.decoder)
                    if result.status in _NO_ANSWER or (before and before.status in _FOUND):
                        continue
                    best[result.decoder] = result
                for result in best.values():
                    yield step, result
    except (AssetError, WorkerError):
        return


def files(folder: str) -> tuple[str, ...]:
    """Return the regular files below a folder, sorted; links to folders are not followed."""
    paths = []
    for top, folders, names in os.walk(folder):
        folders.sort()
        paths += [os.path.join(top, name) for name in sorted(names)]
    return tuple(path for path in paths if os.path.isfile(path))
