"""Every decoder is registered once, has its page's row, and is shown with its mark and without."""

from __future__ import annotations

import copy
import re
from pathlib import Path

import pytest
from unit.marks.samples import SAMPLES

from provenance import marks
from provenance.marks import decoder_registry
from provenance.marks.decoder import Decoder, WatermarkResult, WatermarkStatus

SAYS_YES = {WatermarkStatus.DETECTED, WatermarkStatus.TEXT, WatermarkStatus.UNDECIDED}
DECODERS = {decoder.name: decoder for decoder in decoder_registry.builtin()}


def test_every_module_of_decoders_is_in_the_list() -> None:
    home = Path(marks.__file__).parent
    declaring = {
        path.stem
        for path in home.glob("*.py")
        if re.search(r"^DECODERS\b", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert declaring == set(decoder_registry.MODULES)
    assert len(decoder_registry.MODULES) == len(declaring)


def test_names_of_decoders_are_their_own_and_cards_are_filled_in() -> None:
    assert len(DECODERS) == len(decoder_registry.builtin())
    for decoder in DECODERS.values():
        assert isinstance(decoder, Decoder)
        card = decoder.card
        assert all((decoder.version, card.what, card.whose, card.licence, card.source)), decoder


def test_each_decoder_but_fingerprints_has_a_marked_and_an_unmarked_sample() -> None:
    fingerprints = {"iscc"}
    assert set(SAMPLES) | fingerprints == set(DECODERS)


@pytest.mark.parametrize("name", SAMPLES)
def test_each_decoder_reads_its_mark_and_not_the_near_miss(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoder = copy.copy(DECODERS[name])  # it would keep a model that is faked
    marked, unmarked, messages = SAMPLES[name](decoder, monkeypatch)

    def statuses(carrier: object) -> set[WatermarkStatus]:
        found = decoder.decode(carrier, messages)
        return {one.status for one in found if isinstance(one, WatermarkResult)}

    assert statuses(marked)
    assert statuses(marked) <= SAYS_YES
    assert statuses(unmarked) == {WatermarkStatus.NOT_DETECTED}
