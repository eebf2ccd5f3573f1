"""How often decoders find a mark that is there, and one that is not, after each transformation."""

from __future__ import annotations

import os
from collections import Counter
from typing import TYPE_CHECKING, Any

from provenance.base.errors import AssetError
from provenance.base.values import dataclass
from provenance.marks import statistics, transform
from provenance.marks.model import Medium, WatermarkStatus
from provenance.marks.process import WorkerError
from provenance.marks.reader import Reader, medium_of
from provenance.media.asset import Asset
from provenance.media.container import scan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

CONFIDENCE = 0.95
# What counts as found: a decode, hidden text, and the yes of a detector that proves nothing by it.
_FOUND = frozenset({WatermarkStatus.DETECTED, WatermarkStatus.TEXT, WatermarkStatus.UNDECIDED})
_NO_ANSWER = frozenset({WatermarkStatus.COMPUTED})


@dataclass(frozen=True, slots=True)
class Rate:
    """`hits` of `of` files, with the Clopper-Pearson interval at 95 %; `refused` are among them."""

    hits: int
    of: int
    refused: int

    @property
    def interval(self) -> tuple[float, float]:
        """The interval in which the true rate lies, as far as these files tell."""
        return statistics.interval(self.hits, self.of, CONFIDENCE)


@dataclass(frozen=True, slots=True)
class Row:
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

    rows: tuple[Row, ...]
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
    made: dict[str, Any] = {"hits": rate.hits, "of": rate.of, "refused": rate.refused}
    made["rate"] = rate.hits / rate.of if rate.of else None
    made["interval"] = [round(low, 9), round(high, 9)]
    return made


def evaluate(
    reader: Reader,
    positives: Sequence[str],
    negatives: Sequence[str],
    *,
    steps: Sequence[str] = (),
    progress: Callable[[str], None] = lambda path: None,
) -> Evaluation:
    """Put every file through every transformation (`steps`, default all) and count.

    Recordings are looked at as they are. The same files give the same numbers. `progress` is
    called with each path before it is looked at.
    """
    chosen = tuple(steps) or transform.names()
    tally: dict[bool, Counter[tuple[str, str]]] = {True: Counter(), False: Counter()}
    refused: dict[bool, Counter[tuple[str, str]]] = {True: Counter(), False: Counter()}
    looked: dict[bool, Counter[tuple[str, str]]] = {True: Counter(), False: Counter()}
    counted = {True: 0, False: 0}
    for marked, paths in ((True, positives), (False, negatives)):
        for path in paths:
            progress(path)
            seen = False
            for step, decoder, status in _looks(reader, path, chosen):
                seen = True
                key = (decoder, step)
                looked[marked][key] += 1
                tally[marked][key] += status in _FOUND
                refused[marked][key] += status is WatermarkStatus.REFUSED
            counted[marked] += seen
    keys = dict.fromkeys((*looked[True], *looked[False]))
    order = {step: n for n, step in enumerate(chosen)}
    decoders = list(dict.fromkeys(decoder for decoder, _ in keys))
    rows = tuple(
        Row(
            *key,
            *(
                Rate(tally[marked][key], looked[marked][key], refused[marked][key])
                for marked in (True, False)
            ),
        )
        for key in sorted(keys, key=lambda k: (decoders.index(k[0]), order[k[1]]))
        if any(refused[m][key] < looked[m][key] for m in (True, False))
    )
    left_out = len(positives) + len(negatives) - sum(counted.values())
    return Evaluation(rows, counted[True], counted[False], left_out)


def _looks(
    reader: Reader, path: str, steps: Sequence[str]
) -> Iterator[tuple[str, str, WatermarkStatus]]:
    """Yield (transformation, decoder, status) of one file; nothing where it is no carrier."""
    try:
        with Asset.open(path) as asset:
            media_type = scan(asset).media_type
            medium = medium_of(media_type)
            if medium not in reader.media:
                return
            for step in steps if medium is Medium.PICTURE else steps[:1]:
                answer = reader.look(asset, media_type, step)
                best: dict[str, WatermarkStatus] = {}
                for result in answer.results:
                    if result.status not in _NO_ANSWER and best.get(result.decoder) not in _FOUND:
                        best[result.decoder] = result.status
                for decoder, status in best.items():
                    yield step, decoder, status
    except (AssetError, WorkerError):
        return


def files(folder: str) -> tuple[str, ...]:
    """Return the regular files below a folder, sorted; links to folders are not followed."""
    found = []
    for top, folders, names in os.walk(folder):
        folders.sort()
        found += [os.path.join(top, name) for name in sorted(names)]
    return tuple(path for path in found if os.path.isfile(path))
