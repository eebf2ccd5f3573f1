"""Reading what validators say: each form, and output that is none."""

from __future__ import annotations

import json
import pickle
from typing import Any

import pytest
from support.each import each

from provenance.kit.expect import ValidationState
from provenance.kit.validator_runs import Adapter, Problem, ValidatorRun, read_answer


def said(document: Any, code: int = 0, adapter: Adapter = Adapter.AUTO) -> Any:
    return read_answer(ValidatorRun(code, json.dumps(document).encode()), adapter)


def group(*failure: str, success: tuple[str, ...] = ()) -> dict[str, Any]:
    return {
        "failure": [{"code": code, "url": "self#jumbf=x"} for code in failure],
        "success": [{"code": code} for code in success],
        "informational": [],
    }


def tool(state: str | None, *failure: str, success: tuple[str, ...] = ()) -> dict[str, Any]:
    results = {"activeManifest": group(*failure, success=success)}
    made: dict[str, Any] = {"active_manifest": "x", "validation_results": results}
    return made | ({"validation_state": state} if state else {})


@each(
    ("document", "state", "failure"),
    [
        (tool("Trusted"), ValidationState.TRUSTED, ()),
        (
            tool("Valid", "signingCredential.untrusted"),
            ValidationState.VALID,
            ("signingCredential.untrusted",),
        ),
        (
            tool("Invalid", "assertion.dataHash.mismatch"),
            ValidationState.INVALID,
            ("assertion.dataHash.mismatch",),
        ),
        (tool(None, success=("signingCredential.trusted",)), ValidationState.TRUSTED, ()),
        (
            tool(None, "signingCredential.untrusted"),
            ValidationState.VALID,
            ("signingCredential.untrusted",),
        ),
        (tool(None, "x.y"), ValidationState.INVALID, ("x.y",)),
        (
            {"manifests": {}, "validation_status": [{"code": "a.b"}], "active_manifest": "x"},
            ValidationState.INVALID,
            ("a.b",),
        ),
        ({"present": False, "manifest_report": None}, ValidationState.ABSENT, ()),
        ({"present": True, "manifest_report": tool("Trusted")}, ValidationState.TRUSTED, ()),
    ],
)
def test_an_answer_of_c2patool_is_read(
    document: Any, state: ValidationState, failure: tuple[str, ...]
) -> None:
    answer = said(document)
    assert (answer.adapter, answer.state, answer.failure) == (Adapter.C2PATOOL, state, failure)


def test_c2patool_gives_the_failures_of_ingredients_too() -> None:
    document = tool("Invalid")
    delta = {"ingredientAssertionURI": "x", "validationDeltas": group("a.b")}
    document["validation_results"]["ingredientDeltas"] = [delta]
    assert said(document).failure == ("a.b",)


def test_an_answer_in_crjson_is_read() -> None:
    head = {"@context": {"@vocab": "https://c2pa.org/crjson"}, "jsonGenerator": {"name": "x"}}
    first = {"label": "x", "validationResults": group(success=("signingCredential.trusted",))}
    assert said({**head, "manifests": [first]}).state is ValidationState.TRUSTED
    below = {"label": "y", "validationResults": group("claimSignature.mismatch")}
    answer = said({**head, "manifests": [first, below]})
    assert (answer.adapter, answer.state) == (Adapter.CRJSON, ValidationState.INVALID)
    assert said({**head, "manifests": []}).state is ValidationState.ABSENT


def own(**axes: str) -> dict[str, Any]:
    held = {"integrity": "intact", "identity": "private", "time": "current", **axes}
    return {
        "verdict": {"origin": "unknown"},
        "axes": {"revocation": "not_checked", **held},
        "credentials": {"status": "present"},
        "findings": [{"code": "a.b"}],
    }


@pytest.mark.parametrize(
    ("axes", "state"),
    [
        ({}, ValidationState.TRUSTED),
        ({"identity": "unlisted"}, ValidationState.VALID),
        ({"integrity": "partial"}, ValidationState.INVALID),
        ({"time": "expired"}, ValidationState.INVALID),
        ({"revocation": "revoked"}, ValidationState.INVALID),
    ],
)
def test_an_answer_that_is_our_own_record_is_read(
    axes: dict[str, str], state: ValidationState
) -> None:
    answer = said(own(**axes), 3)
    assert (answer.adapter, answer.state, answer.failure) == (Adapter.PROVENANCE, state, ("a.b",))


def test_a_code_is_spelt_as_the_tables_have_it_and_ours_as_it_is() -> None:
    document = tool("Invalid", "timestamp.mismatch", "timestamp.odd")
    assert said(document).failure == ("timeStamp.mismatch", "timestamp.odd")
    record = own() | {"findings": [{"code": "timestamp.mismatch"}]}
    assert said(record).failure == ("timestamp.mismatch",)


def test_our_own_records_line_by_line_are_read() -> None:
    lines = b"\n".join(json.dumps(own()).encode() for _ in range(2))
    assert read_answer(ValidatorRun(0, lines), Adapter.AUTO).state is ValidationState.TRUSTED


def linted(profile: str, **outcomes: str) -> dict[str, Any]:
    listed = [{"rule": rule, "outcome": outcome} for rule, outcome in outcomes.items()]
    return {"path": "x", "profile": profile, "outcomes": listed}


def test_an_answer_of_our_own_lint_is_read() -> None:
    one, other = linted("a", x="true", y="false"), linted("b", z="true")
    answer = said([one, other], 3)
    assert answer.adapter is Adapter.LINT
    assert answer.lint == {"a": {"x": "true", "y": "false"}, "b": {"z": "true"}}
    assert said(one).lint == {"a": answer.lint["a"]}
    one["outcomes"].append({"rule": "y", "outcome": "true"})
    assert said(one).lint["a"]["y"] == "false"


@pytest.mark.parametrize(
    "document",
    [linted("a"), [linted("a", x="true"), linted("b")], [], {"profile": 3, "outcomes": "x"}, [1]],
)
def test_lint_that_examined_nothing_is_no_answer(document: Any) -> None:
    assert said(document, 1, Adapter.LINT).problem is Problem.UNREADABLE


TRUSTED = ["claimSignature.validated", "signingCredential.trusted"]


@each(
    ("document", "state", "failure"),
    [
        (TRUSTED, ValidationState.TRUSTED, ()),
        (TRUSTED[:1], ValidationState.VALID, ()),
        (
            [*TRUSTED[:1], "signingCredential.untrusted"],
            ValidationState.VALID,
            ("signingCredential.untrusted",),
        ),
        ([*TRUSTED, "claim.malformed"], ValidationState.INVALID, ("claim.malformed",)),
        ([{"code": code} for code in TRUSTED], ValidationState.TRUSTED, ()),
        (
            {"statusEntries": [{"code": code} for code in TRUSTED], "x": 1},
            ValidationState.TRUSTED,
            (),
        ),
        ([*TRUSTED, "org.example.odd"], ValidationState.INVALID, ("org.example.odd",)),
        ([*TRUSTED, {"code": "a.b", "success": True}], ValidationState.TRUSTED, ()),
        ([*TRUSTED, {"code": "a.b", "success": False}], ValidationState.INVALID, ("a.b",)),
    ],
)
def test_an_answer_that_is_a_list_of_codes_is_read(
    document: Any, state: ValidationState, failure: tuple[str, ...]
) -> None:
    answer = said(document)
    assert (answer.adapter, answer.state, answer.failure) == (Adapter.CODES, state, failure)


def test_an_answer_that_is_codes_line_by_line_is_read() -> None:
    lines = b"claimSignature.validated\n\n  signingCredential.trusted\ntimestamp.mismatch\n"
    answer = read_answer(ValidatorRun(0, lines), Adapter.AUTO)
    assert (answer.adapter, answer.state) == (Adapter.CODES, ValidationState.TRUSTED)
    assert answer.informational == ("timeStamp.mismatch",)  # as the table spells it
    for text in (b"claim.missing\nand some words", b"all.fine\n", b"v1.2.3"):
        assert read_answer(ValidatorRun(0, text), Adapter.AUTO).adapter is Adapter.EXIT_CODE
    assert (
        read_answer(ValidatorRun(0, b"claim.missing\nand words"), Adapter.CODES).problem
        is Problem.UNREADABLE
    )


@pytest.mark.parametrize("text", [b"", b"[]", b'{"statusEntries": []}'])
def test_an_empty_list_of_codes_is_as_good_as_an_exit_code(text: bytes) -> None:
    answer = read_answer(ValidatorRun(0, text), Adapter.CODES)
    assert (answer.state, answer.refused, answer.accepts) == (None, False, True)
    assert read_answer(ValidatorRun(1, text), Adapter.CODES).refused


def test_an_answer_accepts_a_sample_by_state_or_exit_code() -> None:
    assert said(tool("Valid")).accepts
    assert not said(tool("Invalid")).accepts
    assert not said({"present": False, "manifest_report": None}).accepts
    assert said([linted("a", x="true"), linted("b", y="false")]).accepts
    assert not said([linted("a", x="false")]).accepts
    assert read_answer(ValidatorRun(0, b"fine"), Adapter.AUTO).accepts
    assert not read_answer(ValidatorRun(1, b"fine"), Adapter.AUTO).accepts
    assert not read_answer(ValidatorRun(0, problem=Problem.TIMEOUT), Adapter.AUTO).accepts


def test_an_exit_code_alone_is_an_answer() -> None:
    for code in (0, 1):
        answer = read_answer(ValidatorRun(code, b"looks fine"), Adapter.AUTO)
        assert (answer.adapter, answer.code, answer.refused) == (
            Adapter.EXIT_CODE,
            code,
            code == 1,
        )
    assert said(tool("Invalid"), 0, Adapter.EXIT_CODE).state is None


@each(
    ("ran", "problem"),
    [
        (ValidatorRun(0, problem=Problem.TIMEOUT), Problem.TIMEOUT),
        (ValidatorRun(-11), Problem.CRASH),
        (ValidatorRun(0, b"[1, 2"), Problem.UNREADABLE),
        (ValidatorRun(0, b'["a list"]'), Problem.UNREADABLE),
        (ValidatorRun(0, b'{"unknown": 1}'), Problem.UNREADABLE),
        (ValidatorRun(0, b"[" * 100_000), Problem.UNREADABLE),
    ],
)
def test_output_that_is_no_answer_says_why(ran: ValidatorRun, problem: Problem) -> None:
    assert read_answer(ran, Adapter.AUTO).problem is problem


@each("value", [None, 1, "x", [], [1], {"failure": 3}, {"failure": [1, {}]}])
@each("form", ["c2patool", "crjson", "provenance"])
def test_values_of_any_type_are_borne(form: str, value: Any) -> None:
    documents = {
        "c2patool": {"validation_state": value, "validation_results": value},
        "crjson": {"@context": value, "manifests": [value, {"validationResults": value}]},
        "provenance": {"verdict": value, "axes": value, "credentials": value, "findings": value},
    }
    answer = said(documents[form])
    assert answer.adapter is Adapter(form)
    assert answer.problem is None


def test_of_a_long_answer_only_a_bounded_part_is_kept() -> None:
    """A run keeps an answer a sample, and each may have been megabytes of JSON."""
    many = [{"code": f"{n} {'x' * 500}", "rule": str(n)} for n in range(1500)]
    answer = said(
        {
            "validation_state": "Invalid",
            "validation_results": {"activeManifest": {"failure": many, "success": many}},
        }
    )
    assert len(answer.failure) == len(answer.success) == 1000
    assert max(map(len, answer.failure)) == 200
    record = own(integrity="x" * 5000) | {"findings": many, "more": many}
    record["verdict"] = {"flags": ["x" * 5000] * 5000, "origin": many}
    answer = said(record)
    assert len(pickle.dumps(answer)) < 1_000_000
    assert len(answer.own["axes.integrity"]) == 200
    answer = said(
        [{"profile": str(n), "outcomes": many if n == 1 else many[:1]} for n in range(1100)]
    )
    assert len(answer.lint) == max(map(len, answer.lint.values())) == 1000


def test_a_named_adapter_that_does_not_fit_is_no_answer() -> None:
    assert read_answer(ValidatorRun(0, b"text"), Adapter.C2PATOOL).problem is Problem.UNREADABLE
    assert read_answer(ValidatorRun(1, b"text"), Adapter.C2PATOOL).refused


def of_member(names: tuple[str, ...], origin: str) -> dict[str, object]:
    outer = {"path": "a.zip", "names": list(names)}
    asset = {"path": "a.zip", **({"outer": outer} if names else {})}
    return {"asset": asset, "verdict": {"origin": origin}, "axes": {}, "findings": []}


RECORDS = [of_member(("in.zip", "x.png"), "a"), of_member(("x.png",), "b"), of_member((), "c")]


@each("output", [json.dumps(RECORDS), "".join(f"{json.dumps(one)}\n" for one in RECORDS)])
@each(("member", "origin"), [("in.zip!/x.png", "a"), ("x.png", "b"), ("", "c"), ("y.png", None)])
def test_of_several_records_the_one_that_was_asked_about_is_read(
    output: str, member: str, origin: str | None
) -> None:
    for adapter in (Adapter.AUTO, Adapter.PROVENANCE):
        answer = read_answer(ValidatorRun(3, output.encode()), adapter, member)
        if origin is None:
            assert answer.problem is Problem.MEMBER
        else:
            assert answer.own is not None
            assert answer.own["verdict.origin"] == origin


@pytest.mark.parametrize(
    "output", ["[]", "[1]", '[{"verdict": 1}]', '[{"verdict": {}, "axes": {}}, 3]', "[[]]"]
)
def test_lists_that_are_no_records_of_ours_are_no_answer(output: str) -> None:
    answer = read_answer(ValidatorRun(0, output.encode()), Adapter.PROVENANCE, "x")
    assert answer.problem is Problem.UNREADABLE
