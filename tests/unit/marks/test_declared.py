"""What manifests declare of soft bindings and watermarks: read, bounded, and found wanting."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from support.each import each
from support.fixture import CAPTURE
from support.pki import FIXTURES
from support.soft_bound import (
    ALGORITHM,
    BOUND,
    CREATED,
    LABEL,
    VALUE,
    edited,
    manifest,
    signed,
    soft_binding,
)
from support.writer import Manifest

from provenance import TrustStore, Verifier
from provenance.credentials import store
from provenance.kit.claims import NewAssertion, NewIngredient, Twists, actions, placed
from provenance.kit.media import gradient_jpeg
from provenance.kit.writer import signed_file, store_of
from provenance.marks import declared
from provenance.marks.soft_binding import Declared, MarkCheck, MarkChecker, SoftBindingKind, Tie

if TYPE_CHECKING:
    from provenance.verdict.report import ManifestInfo, Report

OTHER = "urn:c2pa:00000000-0000-4000-8000-000000000811"


def read(*assertions: NewAssertion) -> Declared:
    made = store.parse_store(
        store_of(signed_file(gradient_jpeg(), Manifest(LABEL, assertions))).data
    )
    return declared.declared_marks(made.active_manifest)


def codes(found: Declared) -> list[tuple[str, str]]:
    return [(one.code, one.severity.value) for one in found.findings]


def verified(data: bytes) -> Report:
    return Verifier(trust=TrustStore.load(bundled=False)).verify_bytes(data)


def active(report: Report) -> ManifestInfo:
    return next(one for one in report.credentials.manifests if one.active)


def test_a_watermark_action_is_read_with_its_binding() -> None:
    found = read(actions(CREATED, BOUND), soft_binding())
    assert codes(found) == []
    (binding,) = found.bindings
    assert (binding.algorithm, binding.kind, binding.label) == (
        ALGORITHM,
        SoftBindingKind.WATERMARK,
        "c2pa.soft-binding",
    )
    (block,) = binding.blocks
    assert (block.value, block.is_text, block.timespan, block.regions) == (
        VALUE.encode(),
        True,
        None,
        0,
    )
    (action,) = found.actions
    assert (action.action, action.tie, action.mark) == ("c2pa.watermarked.bound", Tie.BOUND, None)


@each(
    ("scope", "timespan", "regions"),
    [
        ({}, None, 0),
        ({"timespan": {"start": 0, "end": 133016}}, (0, 133016), 0),
        ({"timespan": {"start": -1, "end": 5}}, None, 0),
        ({"timespan": {"start": 0, "end": True}}, None, 0),
        ({"timespan": {"start": 1 << 60, "end": 1 << 61}}, None, 0),
        ({"timespan": 5}, None, 0),
        ({"region": {"region": [{"type": "frame"}, {"type": "frame"}]}}, None, 2),
        ({"region": {"name": "sky"}}, None, 1),
        ({"extent": b"old"}, None, 0),
    ],
)
def test_scopes_of_a_block_are_read(scope: dict[str, object], timespan: Any, regions: int) -> None:
    (binding,) = read(actions(CREATED), soft_binding(b"\0\1", scope=scope)).bindings
    (block,) = binding.blocks
    assert (block.value, block.is_text) == (b"\0\1", False)
    assert (block.timespan, block.regions) == (timespan, regions)


@pytest.mark.parametrize(
    ("action", "with_binding", "wanted"),
    [
        ("c2pa.watermarked.bound", True, []),
        ("c2pa.watermarked.bound", False, [("assertion.action.softBindingMissing", "error")]),
        ("c2pa.watermarked", False, [("assertion.action.softBindingMissing", "warning")]),
        ("c2pa.watermarked.unbound", False, []),
        ("c2pa.edited", False, []),
    ],
)
def test_a_bound_watermark_wants_its_binding(
    action: str, with_binding: bool, wanted: list[tuple[str, str]]
) -> None:
    beside = (soft_binding(),) if with_binding else ()
    assert codes(read(actions(CREATED, {"action": action}), *beside)) == wanted


def test_an_algorithm_on_no_list_is_a_finding() -> None:
    found = read(actions(CREATED), soft_binding(algorithm="com.example.mark\u202e"))
    assert codes(found) == [("softbinding.unlisted", "warning")]
    assert "\u202e" not in found.findings[0].message
    assert found.bindings[0].kind is SoftBindingKind.UNKNOWN


def bad(content: object) -> NewAssertion:
    return NewAssertion("c2pa.soft-binding", content)


BLOCK = {"scope": {}, "value": b"1"}


@each(
    "content",
    [
        [],
        {},
        {"alg": "", "blocks": [BLOCK]},
        {"alg": 5, "blocks": [BLOCK]},
        {"alg": "a" * 256, "blocks": [BLOCK]},
        {"alg": ALGORITHM},
        {"alg": ALGORITHM, "blocks": []},
        {"alg": ALGORITHM, "blocks": {"value": b"1"}},
        {"alg": ALGORITHM, "blocks": [5]},
        {"alg": ALGORITHM, "blocks": [{"scope": {}}]},
        {"alg": ALGORITHM, "blocks": [{"scope": {}, "value": 7}]},
        {"alg": ALGORITHM, "blocks": [{"scope": {}, "value": bytes(64 * 1024 + 1)}]},
    ],
)
def test_a_soft_binding_that_cannot_be_read_is_a_finding(content: object) -> None:
    found = read(actions(CREATED, BOUND), bad(content))
    assert codes(found) == [("softbinding.malformed", "warning")]
    assert found.bindings == ()


def test_numbers_of_declared_marks_are_bounded() -> None:
    many = {
        "alg": ALGORITHM,
        "blocks": [{"scope": {}, "value": bytes([n % 256])} for n in range(300)],
    }
    found = read(actions(CREATED), bad(many))
    assert codes(found) == [("softbinding.limit", "warning")]
    assert (len(found.bindings[0].blocks), found.bindings[0].left_out) == (256, 44)
    labels = [f"c2pa.soft-binding__{n}" for n in range(70)]
    found = read(actions(CREATED), *(NewAssertion(one, soft_binding().content) for one in labels))
    assert len(found.bindings) == declared.MAX_BINDINGS
    assert codes(found) == [("softbinding.limit", "warning")]
    found = read(actions(CREATED, *[{"action": "c2pa.watermarked.unbound"}] * 100))
    assert len(found.actions) == 64


def test_a_declared_mark_is_in_the_report() -> None:
    info = active(
        verified(signed(soft_binding(b"\xab" * 500, scope={"timespan": {"start": 1, "end": 2}})))
    )
    (binding,) = info.soft_bindings
    assert (binding.algorithm, binding.owner, binding.listed) == (ALGORITHM, "Adobe", True)
    assert (binding.detector, binding.checked) == (MarkChecker.PUBLIC, MarkCheck.NOT_CHECKED)
    (block,) = binding.blocks
    assert (block.encoding, block.size, block.start, block.end) == ("hex", 500, 1, 2)
    (mark,) = info.watermarks
    assert (mark.action, mark.tie, mark.checked) == (
        "c2pa.watermarked.bound",
        Tie.BOUND,
        MarkCheck.NOT_CHECKED,
    )
    record = verified(signed()).to_dict()["credentials"]["manifests"][0]
    assert record["soft_bindings"][0]["blocks"][0]["value"] == VALUE
    assert record["soft_bindings"][0]["checked"] == "not_checked"


def test_a_mark_is_named_in_words_or_not_at_all() -> None:
    said = {"action": "c2pa.edited", "description": "Applied imperceptible SynthID watermark."}
    made = signed_file(
        gradient_jpeg(),
        Manifest(LABEL, (actions(CREATED, said, {"action": "c2pa.watermarked.unbound"}),)),
    )
    named, unnamed = active(verified(made)).watermarks
    assert (named.name, named.owner, named.detector) == (
        "SynthID",
        "Google",
        MarkChecker.NONE_KNOWN,
    )
    assert (unnamed.name, unnamed.tie, unnamed.detector) == ("", Tie.UNBOUND, MarkChecker.UNKNOWN)


def test_findings_reach_the_report_and_name_the_manifest() -> None:
    report = verified(signed_file(gradient_jpeg(), Manifest(LABEL, (actions(CREATED, BOUND),))))
    (found,) = [one for one in report.findings if "issing" in one.code and "oft" in one.code]
    assert (found.code, found.severity.value) == ("assertion.action.softBindingMissing", "error")
    assert found.where == f"{LABEL}/c2pa.actions.v2[1]"
    assert report.verdict is not None


def test_only_bindings_that_speak_of_the_asset_are_asked_about() -> None:
    parent = signed()
    held = store.parse_store(store_of(edited(parent, OTHER)).data)
    assert [one.algorithm for one in declared.read_for_asset(held)] == [ALGORITHM]
    part = NewIngredient("componentOf", store=store_of(parent))
    source = {"action": "c2pa.created", "digitalSourceType": CAPTURE}
    whole = Manifest(OTHER, (actions(source, placed()),), ingredients=(part,))
    held = store.parse_store(store_of(signed_file(gradient_jpeg(), whole)).data)
    assert declared.read_for_asset(held) == ()


def test_a_manifest_that_declares_no_mark_is_empty() -> None:
    assert read(actions(CREATED)) == Declared()
    made = store.parse_store(store_of(signed_file(gradient_jpeg(), manifest())).data)
    assert codes(declared.declared_marks(made.active_manifest)) == [
        ("assertion.action.softBindingMissing", "error")
    ]


def test_the_table_is_loaded_only_where_something_is_declared() -> None:
    code = (
        "import sys\nfrom provenance import verify\nverify(sys.argv[1])\n"
        "from provenance.base.lazily import executed\n"
        "names = ('provenance.marks.algorithm_list', 'provenance.credentials.store')\n"
        "print(*(executed(name) for name in names))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, str(FIXTURES / "ai-generated.png")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.split() == ["False", "True"]


def claiming(algorithm: object, binding: dict[str, Any]) -> Declared:
    """What is read of a soft binding in a claim that names an algorithm for all of them."""
    twists = Twists(claim=lambda claim: claim.update(alg_soft=algorithm))
    one = Manifest(LABEL, (NewAssertion("c2pa.soft-binding", binding),), twists=twists)
    return declared.declared_marks(
        store.parse_store(store_of(signed_file(gradient_jpeg(), one)).data).active_manifest
    )


def test_the_algorithm_is_the_claims_where_the_assertion_names_none() -> None:
    """C2PA 2.4 section 18.10: absent, it is taken from `alg_soft` of the claim."""
    blocks = [{"scope": {}, "value": VALUE}]
    found = claiming(ALGORITHM, {"blocks": blocks})
    assert codes(found) == []
    assert [one.algorithm for one in found.bindings] == [ALGORITHM]
    found = claiming(ALGORITHM, {"alg": "io.iscc.v0", "blocks": blocks})
    assert [one.algorithm for one in found.bindings] == ["io.iscc.v0"]
    for claimed, own in ((5, {}), ("", {}), (ALGORITHM, {"alg": 5}), (ALGORITHM, {"alg": ""})):
        assert claiming(claimed, {**own, "blocks": blocks}).bindings == ()
    assert claiming("x" * 300, {"blocks": blocks}).bindings == ()
