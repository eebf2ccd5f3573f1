"""The fuzzer itself: it looks at what it should, repeats itself, and sees what is broken."""

from __future__ import annotations

import random

import pytest
from support.each import each

from fuzz import mutate, run, seeds, targets
from fuzz.targets import TARGETS, Broken, Target
from provenance.base.terms import CredentialStatus
from provenance.verdict.report import AssetInfo, Credentials, Environment, ErrorInfo, Report

INPUTS = 240


def test_a_short_run_breaks_nothing():
    tally = run.many(20_260_601, inputs=INPUTS)
    assert [f"{f.target} {f.number}: {f.what}" for f in tally.faults if "took" not in f.what] == []
    assert set(tally.counts) == {t.name for t in TARGETS}


@each("target", TARGETS, ids=lambda t: t.name)
def test_inputs_are_the_same_for_a_seed_and_a_number(target):
    made = [[run.choose(7, n, [target])[1] for n in range(12)] for _ in range(2)]
    assert made[0] == made[1]
    assert len(set(made[0])) > 6


def test_every_target_reads_a_sound_seed():
    pools = (seeds.certificates, seeds.tokens, seeds.responses, seeds.lists, seeds.items)
    assert [
        pool for pool in (*pools, seeds.stores, seeds.signed, seeds.readable) if not pool()
    ] == []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(targets.contextlib, "suppress", _nothing_is_suppressed)
        targets.read_store(seeds.stores()[0], 0)
        targets.judge_signature(seeds.signed()[0].signature, 0)
        targets.read_certificate(seeds.certificates()[0], 0)
        targets.read_token(seeds.tokens()[0], 0)
        targets.read_response(seeds.responses()[0], 0)
        targets.read_list(seeds.lists()[0], 0)


class _nothing_is_suppressed:  # noqa: N801 - stands for contextlib.suppress
    def __init__(self, *_: object) -> None: ...

    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None: ...


def _report(**changes: object) -> Report:
    environment = Environment("provenance", "", (), seeds.AT, "off")
    made = {"credentials": Credentials(CredentialStatus.ABSENT), **changes}
    return Report(AssetInfo("x"), environment, **made)


@pytest.mark.parametrize(
    ("report", "said"),
    [
        (_report(error=ErrorInfo("internal.fault", "x")), "internal.fault"),
        (_report(), "neither"),
    ],
)
def test_the_fuzzer_sees_what_must_not_happen(report, said):
    with pytest.raises(Broken, match=said):
        targets._hold(report)


@each("char", ["\x1b", "\0", "\x9b", "\u202e", "\u2066", "\ud800", "\u2028"])
def test_text_that_could_move_a_terminal_is_seen(char):
    for value in ([char], {"a": [{"b": f"x{char}y"}]}, {char: 1}):
        with pytest.raises(Broken, match=rf"U\+{ord(char):04X}"):
            targets._plain(value)
    targets._plain({"a": ["\N{REPLACEMENT CHARACTER} \u2026 é 中"]})


def test_faults_are_kept_with_their_input():
    def fail(_data: bytes, number: int) -> None:
        if number == 3:
            raise KeyError("x")

    target = Target("failing", 1, lambda chance: chance.randbytes(8), fail)
    (fault,) = run.many(1, inputs=6, targets=[target]).faults
    assert (fault.target, fault.number, "KeyError" in fault.what) == ("failing", 3, True)
    assert run.choose(1, 3, [target])[1] == fault.data


@each("way", [*mutate.BLIND, mutate.box, mutate.der, mutate.cbor])
def test_any_bytes_can_be_mutated_and_grow_within_bounds(way):
    chance = random.Random(5)  # noqa: S311, RUF100 - to be had again
    for data in (b"", b"\0", b"\x30\x03\x02\x01\x05", b"\xa1\x61a\x01", seeds.stores()[0]):
        for _ in range(40):
            made = way(chance, data, seeds.certificates()[0])
            assert len(made) <= len(data) + 2 * mutate.MAX


def test_der_lengths_are_mended_around_a_changed_node():
    data = bytes.fromhex("300b 3009 0201 05 0404 deadbeef".replace(" ", ""))
    found: list[mutate.Node] = []
    mutate._nodes(data, 0, len(data), 24, found)
    made = mutate._replaced(data, found, found[2], b"\x02\x03\x01\x02\x03")
    assert made.hex() == "300d300b02030102030404deadbeef"
