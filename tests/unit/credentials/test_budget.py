"""Credentials that swell: bounded in what is decoded and recorded, and no word of AI is lost."""

from __future__ import annotations

import json
import pickle
from functools import cache
from typing import TYPE_CHECKING

import pytest
from support import hostile_credentials
from support.pki import FIXTURES

from provenance import Flag, Integrity, Origin, TrustStore, Verifier
from provenance.base import cbor
from provenance.base.terms import AI_ORIGINS
from provenance.credentials.budget import ACTIONS, FREE, ITEMS, KEPT, Budget
from provenance.credentials.manifest import Assertion, ClaimList, Linkage
from provenance.signals import source_types
from provenance.verdict.report import MAX_ENTRIES
from provenance.verdict.size_bounds import MAX_PATH, MAX_RECORD

if TYPE_CHECKING:
    from collections.abc import Callable

    from provenance import Report

_SAID = {"credential.limit", "assertion.malformed"}


@cache
def judged(make: Callable[[], bytes]) -> Report:
    roots = [FIXTURES / "pki" / "anchors.pem"]
    trust = TrustStore.load(bundled=False, anchors=roots, tsa_anchors=roots)
    return Verifier(trust=trust, at=hostile_credentials.AT).verify_bytes(make())


@pytest.mark.parametrize("make", hostile_credentials.HOSTILE, ids=lambda make: make.__name__)
class TestHostile:
    def test_generative_ai_is_still_said(self, make: Callable[[], bytes]) -> None:
        verdict = judged(make).verdict
        assert verdict is not None
        edited = make in {hostile_credentials.last_action, hostile_credentials.long_list}
        assert verdict.origin is (Origin.AI_MODIFIED if edited else Origin.AI_GENERATED)
        assert Flag.AI in verdict.flags

    def test_what_was_not_read_is_said_and_flagged(self, make: Callable[[], bytes]) -> None:
        report = judged(make)
        assert report.verdict is not None
        said = any(f.code in _SAID for f in report.findings)
        flagged = Flag.UNREADABLE in report.verdict.flags
        assert flagged is (make not in hostile_credentials.UNFLAGGED)
        assert said is (make not in hostile_credentials.WHOLE)

    def test_the_record_is_bounded(self, make: Callable[[], bytes]) -> None:
        report = judged(make)
        assert len(json.dumps(report.body())) <= MAX_RECORD
        assert len(report.signals) <= MAX_ENTRIES
        assert any(s.supports in AI_ORIGINS for s in report.signals), report.signals
        assert [s for s in report.signals if len(s.path) > MAX_PATH] == []
        assert sum(len(m.actions) for m in report.credentials.manifests) <= MAX_ENTRIES


@pytest.mark.parametrize("make", hostile_credentials.NEIGHBOURS, ids=lambda make: make.__name__)
def test_much_that_is_honest_is_read_whole(make: Callable[[], bytes]) -> None:
    report = judged(make)
    assert report.verdict is not None
    assert report.axes.integrity is Integrity.INTACT
    assert report.verdict.origin is Origin.AI_GENERATED
    assert Flag.UNREADABLE not in report.verdict.flags
    assert [f for f in report.findings if f.code == "credential.limit"] == []


def _assertion(label: str, payload: bytes, kind: str = "cbor") -> Assertion:
    return Assertion(label, ClaimList.CREATED, kind, Linkage.MATCH, payload)


def test_what_speaks_of_origin_is_told_from_what_does_not() -> None:
    many = cbor.encode([0] * (ITEMS + 1) + ["x" * (512 << 10)])
    for label, speaks in (
        ("c2pa.actions.v2", True),
        ("c2pa.ingredient.v3__2", True),
        ("org.example.metadata", True),
        ("stds.exif", True),
        ("c2pa.ai-disclosure", True),
        ("org.example.depth", False),
        ("c2pa.hash.bmff.v3", False),
    ):
        budget = Budget()
        (found,) = budget.admit([_assertion(label, many)])
        assert found.refused
        assert (bool(budget.limits), bool(budget.passed_over)) == (speaks, not speaks)


def test_items_of_all_assertions_count_together() -> None:
    half = cbor.encode([0] * (ITEMS // 2) + ["x" * (512 << 10)])
    objects = json.dumps({"x": [0] * (ITEMS // 2), "y": "z" * (512 << 10)}).encode()
    for given in ([_assertion("a", half)] * 3, [_assertion("a", objects, "json")] * 3):
        assert [bool(a.refused) for a in Budget().admit(given)] == [False, True, True]


def test_what_is_decoded_freely_is_decoded_once_and_what_is_large_is_not_kept() -> None:
    small, large = cbor.encode([1, {"a": 2}]), cbor.encode([0, "x" * FREE])
    first, second = Budget().admit([_assertion("a__1", small), _assertion("a__2", large)])
    assert first.base == second.base == "a"
    assert first.decode() == [1, {"a": 2}]
    assert first.decode() is first.decode()
    assert second.decode() == second.decode()
    assert second.decode() is not second.decode()
    assert pickle.loads(pickle.dumps(first)).decode() == first.decode()  # noqa: S301 - our own


def test_claims_stay_decoded_up_to_a_bound() -> None:
    budget = Budget()
    assert [budget.keeps(KEPT // 2 + n) for n in range(3)] == [True, False, False]


@pytest.mark.parametrize(
    ("content", "count"),
    [
        ([], 1),
        ([0] * 30, 31),
        ({"a": 1, "b": [b"xyz" * 100, "é" * 70_000, 1.5, None, 1 << 40]}, 10),
        ("x" * 70_000, 1),
    ],
)
def test_items_are_counted_without_making_them(content: object, count: int) -> None:
    assert cbor.items(cbor.encode(content), 1_000_000) == count
    assert cbor.items(cbor.encode(content), 5) == min(count, 5)


def test_counting_ends_in_damaged_data() -> None:
    for data in (b"", b"\xff" * 9, b"\x5b" + b"\xff" * 8, b"\x1b\0", bytes(range(256)) * 9):
        assert 0 <= cbor.items(data, 10_000) <= len(data)


def test_actions_of_all_manifests_count_together() -> None:
    budget = Budget()
    assert [budget.take_actions(n) for n in (ACTIONS - 10, 5, 50, 1)] == [ACTIONS - 10, 5, 5, 0]
    assert len(budget.limits) == 1


def test_the_longest_name_in_the_bytes_counts() -> None:
    found = source_types.names_in(b"..compositeWithTrainedAlgorithmicMedia..compositeSynthetic")
    assert set(map(source_types.short_name, found)) == {
        "compositeWithTrainedAlgorithmicMedia",
        "compositeSynthetic",
    }
    assert source_types.names_in(b"algorithmicMedia digitalCapture composite") == ()
