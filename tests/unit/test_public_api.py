"""The public API: what it exports, and what the call promises."""

from __future__ import annotations

import ast
import importlib.util
import inspect
import pkgutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from support.each import each
from support.pki import FIXTURES

import provenance
from provenance import Origin, Policy, Report, Verifier, verify


@each("name", provenance.__all__)
def test_every_exported_name_is_there(name: str) -> None:
    assert getattr(provenance, name) is not None


VERIFYING = {"verify", "Verifier", "Report", "Verdict", "Policy", "TrustStore", "Options"}
DETECTING = {"Detector", "Marker", "Metadata", "Field", "Source", "Origin"}
FINDING = {"Finding", "Severity", "error", "warning", "note"}
DECODING = {"Decoder", "Card", "CarrierError", "Medium", "Message", "Missing", "Picture", "Sound"}
RESULTS = {"WatermarkResult", "WatermarkStatus"}
AUDITING = {"audit", "Engine", "Serial", "Processes", "DigestMode"}


def test_the_promised_names_are_exported() -> None:
    promised = VERIFYING | DETECTING | FINDING | DECODING | RESULTS | AUDITING
    assert promised <= set(provenance.__all__)
    assert provenance.__all__ == sorted(set(provenance.__all__))


def test_a_shell_offers_the_public_names_and_nothing_else() -> None:
    """In a process of its own, after names were used and rooms imported."""
    script = (
        "import provenance, provenance.render.text\n"
        "provenance.verify, provenance.Detector\n"
        "print(*dir(provenance))"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.split() == provenance.__all__
    assert dir(provenance) == provenance.__all__


def test_no_public_name_is_that_of_a_room() -> None:
    """Importing the room would put the module in place of what is promised."""
    rooms = {module.name for module in pkgutil.iter_modules(provenance.__path__)}
    assert len(rooms) > 10
    assert not rooms & set(provenance.__all__)


def declared() -> tuple[dict[str, str], dict[str, str]]:
    """Where each name comes from: for type checkers, and when it is used; read, not imported."""
    tree = ast.parse(Path(provenance.__file__).read_text(encoding="utf-8"))
    typed: dict[str, str] = {}
    used: dict[str, str] = {}
    for node in tree.body:
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            for part in node.body:
                assert isinstance(part, ast.ImportFrom)
                assert part.module is not None
                for alias in part.names:
                    assert alias.asname is None
                    assert alias.name not in typed
                    typed[alias.name] = part.module
        elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "_HOMES":
            assert isinstance(node.value, ast.Dict)
            names = [ast.literal_eval(key) for key in node.value.keys if key is not None]
            assert names == sorted(set(names))
            used = {
                name: f"provenance.{ast.literal_eval(home)}"
                for name, home in zip(names, node.value.values, strict=True)
            }
    return typed, used


def test_type_checkers_and_programs_get_the_same_names_from_the_same_homes() -> None:
    typed, used = declared()
    assert typed == used
    assert {*typed, "__version__"} == set(provenance.__all__)


def made_in(module: str) -> set[str]:
    """The names that a module makes, those that it imports left out."""
    spec = importlib.util.find_spec(module)
    assert spec is not None
    assert spec.origin is not None
    names = set()
    for node in ast.parse(Path(spec.origin).read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign):
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return names


def test_a_name_comes_from_where_it_is_made() -> None:
    """A home that only imports the name would lose it with that import."""
    _, used = declared()
    assert [n for n, home in used.items() if n not in made_in(home)] == []


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nonsense"):
        provenance.nonsense  # noqa: B018 - reading it is the test


def test_the_signature_of_the_call() -> None:
    parameters = inspect.signature(verify).parameters
    names = ["path", "policy", "trust", "at", "digest", "sidecar", "fragments", "cross_check"]
    names.append("archives")
    assert list(parameters) == names
    assert parameters["path"].kind is inspect.Parameter.POSITIONAL_OR_KEYWORD
    assert all(p.kind is inspect.Parameter.KEYWORD_ONLY for p in list(parameters.values())[1:])
    assert parameters["digest"].default is True
    assert parameters["archives"].default is False


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
