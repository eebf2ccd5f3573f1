"""The public API: what it exports, and what the call promises."""

from __future__ import annotations

import inspect
from datetime import UTC, datetime

import pytest
from support.pki import FIXTURES

import provenance
from provenance import Origin, Policy, Report, Verifier, verify


@pytest.mark.parametrize("name", provenance.__all__)
def test_every_exported_name_is_there(name: str) -> None:
    assert getattr(provenance, name) is not None


def test_the_promised_names_are_exported() -> None:
    assert {"verify", "Report", "Verdict", "Policy", "TrustStore"} <= set(provenance.__all__)
    assert provenance.__all__ == sorted(provenance.__all__)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nonsense"):
        provenance.nonsense  # noqa: B018 - reading it is the test


def test_the_signature_of_the_call() -> None:
    parameters = inspect.signature(verify).parameters
    assert list(parameters) == ["path", "policy", "trust", "at", "digest", "sidecar", "fragments"]
    assert parameters["path"].kind is inspect.Parameter.POSITIONAL_OR_KEYWORD
    assert all(p.kind is inspect.Parameter.KEYWORD_ONLY for p in list(parameters.values())[1:])
    assert parameters["digest"].default is True


def test_the_example_of_the_docstring() -> None:
    report = verify(str(FIXTURES / "ai-generated.png"))
    assert isinstance(report, Report)
    assert report.verdict is not None
    assert report.verdict.origin is Origin.AI_GENERATED


def test_a_validation_time_without_a_zone_is_a_mistake_of_the_caller() -> None:
    naive = datetime(2026, 1, 1)
    with pytest.raises(ValueError, match="time zone"):
        verify(FIXTURES / "plain.jpg", at=naive)
    with pytest.raises(ValueError, match="time zone"):
        Verifier(at=naive)


def test_the_validation_time_is_in_the_record_as_utc() -> None:
    at = datetime.fromisoformat("2026-06-01T02:00:00+02:00")
    report = verify(FIXTURES / "plain.jpg", at=at)
    assert report.environment.validation_time == datetime(2026, 6, 1, tzinfo=UTC)


def test_the_policy_says_what_is_flagged() -> None:
    path = FIXTURES / "ai-generated.png"
    assert [f.value for f in verify(path).flagged] == ["ai"]
    assert verify(path, policy=Policy(frozenset())).flagged == ()


def test_every_exported_class_and_function_says_what_it_is() -> None:
    for name in provenance.__all__:
        if name != "__version__":
            assert inspect.getdoc(getattr(provenance, name))
