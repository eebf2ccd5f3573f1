"""Bindings whose hash is right, and that leave media uncovered."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from provenance.kit import bmff, expect
from provenance.kit.claims import Fault
from provenance.kit.sample import Bench, Group
from provenance.kit.samples.faulty import Row, before, sample, signed
from provenance.kit.writer import sign


def _mdat_left_out(bench: Bench, broken: bool) -> bytes:
    if not broken:
        return signed(bench, "mp4")
    wider = [*bmff.EXCLUSIONS, {"xpath": "/mdat"}]

    def change(content: dict[str, Any]) -> None:
        content["exclusions"] = wider

    one = replace(bench.manifest(), twists=replace(bench.manifest().twists, binding=change))
    whole = sign(bench.media("mp4"), one)

    def settle(content: dict[str, Any]) -> None:
        change(content)
        content["hash"] = bmff.digest(whole, frozenset({b"mdat"}))

    return sign(bench.media("mp4"), replace(one, twists=replace(one.twists, binding=settle)))


SAMPLES = (
    before(
        Group.COVERAGE,
        Row(
            "exclusion-too-wide",
            "the exclusion reaches 40 bytes beyond the credential",
            "15.12.1.1",
            "the range of the store may hold nothing else; those bytes may be anything",
        ),
        lambda _, one: replace(one, faults=frozenset({Fault.WIDE_EXCLUSION})),
        expect.altered(expect.AI, "assertion.dataHash.mismatch"),
    ),
    before(
        Group.COVERAGE,
        Row(
            "second-exclusion",
            "a second exclusion leaves 16 bytes of the scan uncovered",
            "15.12.1.1 and 18.5.1",
            "beside the store a range may hold asset metadata (18.5.1); where a validator"
            " encounters any other data than what is permitted, it rejects. A code that informs of"
            " further ranges does not make up for that: those bytes may show anything",
        ),
        lambda _, one: replace(one, faults=frozenset({Fault.EXTRA_EXCLUSION})),
        expect.altered(expect.AI, "assertion.dataHash.mismatch"),
    ),
    sample(
        Group.COVERAGE,
        Row(
            "mdat-left-out",
            "a BMFF hash leaves out the box of the media itself",
            "15.12.2",
            "further exclusions are allowed and reported; the pictures may be anything",
        ),
        _mdat_left_out,
        expect.partial(
            expect.AI, informational=("assertion.bmffHash.additionalExclusionsPresent",)
        ),
        container="mp4",
    ),
)
