"""The public API: what it exports, and what the call promises."""

from __future__ import annotations

import ast
import dataclasses
import doctest
import importlib
import importlib.util
import inspect
import io
import pkgutil
import re
import subprocess
import sys
from dataclasses import is_dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from support.each import each
from support.pki import FIXTURES

import provenance
from provenance import (
    ArchiveLimits,
    Options,
    Origin,
    Policy,
    Report,
    Verifier,
    audit,
    lint,
    verify,
    verify_all,
)


@each("name", provenance.__all__)
def test_every_exported_name_exists(name: str) -> None:
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
        "import provenance, provenance.render.report_text\n"
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


def test_verify_has_the_signature_that_was_promised() -> None:
    parameters = inspect.signature(verify).parameters
    names = ["path", "policy", "trust", "at", "digest", "sidecar", "fragments", "cross_check"]
    names.append("archives")
    assert list(parameters) == names
    assert parameters["path"].kind is inspect.Parameter.POSITIONAL_OR_KEYWORD
    assert [
        p for p in list(parameters.values())[1:] if p.kind is not inspect.Parameter.KEYWORD_ONLY
    ] == []
    assert parameters["digest"].default is True
    assert parameters["archives"].default is False


def test_the_example_in_the_docstring_of_the_package_runs() -> None:
    report = verify(str(FIXTURES / "ai-generated.png"))
    assert isinstance(report, Report)
    assert report.verdict is not None
    assert report.verdict.origin is Origin.AI_GENERATED


class TestWrongCalls:
    """What is wrong with a call is raised, and says what to write instead."""

    PATH = FIXTURES / "plain.jpg"

    @each(
        ("arguments", "error", "said"),
        [
            ({"at": "2026-01-01"}, TypeError, "write at=datetime(2026, 1, 1, tzinfo=UTC)"),
            ({"at": date(2026, 1, 1)}, TypeError, "write at=datetime(2026, 1, 1, tzinfo=UTC)"),
            ({"at": "2026-06-01T12:30:00Z"}, TypeError, "write at=datetime.fromisoformat('2026-"),
            ({"at": "yesterday"}, TypeError, "not the str 'yesterday': write at=datetime(2026"),
            ({"at": 0}, TypeError, "not the int 0"),
            (
                {"at": datetime(2026, 1, 1, 12, 30)},
                ValueError,
                "has no time zone: write at=datetime(2026, 1, 1, 12, 30, 0, tzinfo=UTC)",
            ),
            ({"policy": "p.toml"}, TypeError, "write policy=Policy.load('policy.toml')"),
            ({"trust": "a.pem"}, TypeError, "write trust=TrustStore.load(anchors=[...])"),
            ({"cross_check": "alway"}, ValueError, "write 'auto', 'always' or 'never'"),
            ({"cross_check": True}, ValueError, "write 'auto', 'always' or 'never'"),
            ({"digest": "no"}, TypeError, "digest is True or False, not the str 'no'"),
            ({"archives": ArchiveLimits()}, TypeError, "archives is True or False"),
            ({"fragments": "a.m4s"}, TypeError, "write fragments=['a.m4s']"),
            ({"fragments": 7}, TypeError, "fragments is a list, not the int 7"),
            ({"fragments": [None]}, TypeError, "fragments has None in it"),
        ],
    )
    def test_of_verify_are_type_or_value_errors_that_say_what_to_write(
        self, arguments: Any, error: type[Exception], said: str
    ) -> None:
        with pytest.raises(error, match=re.escape(said)):
            verify(self.PATH, **arguments)

    @pytest.mark.parametrize(
        ("path", "said"),
        [
            (None, "not None"),
            (7, "not the int 7"),
            (io.BytesIO(b"x"), "write verify(file.read()) for a file opened as bytes"),
            (["a.jpg"], "for many files use Verifier, or audit(paths)"),
        ],
    )
    def test_with_what_is_no_file_are_type_errors(self, path: Any, said: str) -> None:
        with pytest.raises(TypeError, match=re.escape(said)):
            verify(path)

    @each(
        ("field", "value", "error", "said"),
        [
            ("cross_check", "sometimes", ValueError, "write 'auto', 'always' or 'never'"),
            ("hashes", "md5", TypeError, "write hashes=['md5']"),
            ("hashes", ("md4",), ValueError, "has 'md4' in it: write 'md5', 'sha1', 'sha256' or"),
            ("crls", "list.crl", TypeError, "write crls=['list.crl']"),
            ("digest", None, TypeError, "digest is True or False, not None"),
            ("show_personal_data", "no", TypeError, "True or False, not the str 'no'"),
            ("max_size", "1M", TypeError, "max_size is a number of bytes, not the str '1M'"),
            ("max_size", -1, ValueError, "max_size is a number of bytes, not -1"),
            ("archives", True, TypeError, "an ArchiveLimits, not the bool True: write arch"),
        ],
    )
    def test_of_options_are_told_before_the_first_file(
        self, field: str, value: Any, error: type[Exception], said: str
    ) -> None:
        with pytest.raises(error, match=re.escape(said)):
            Verifier(options=Options(**{field: value}))

    def test_what_options_say_in_plain_words_is_taken(self) -> None:
        asked: Any = {"cross_check": "never", "hashes": ["md5"], "crls": []}
        report = Verifier(options=Options(**asked)).verify(self.PATH)
        assert report.environment.cross_check == "never"
        assert [name for name, _ in report.asset.hashes] == ["md5"]

    def test_none_where_something_is_needed_is_told(self) -> None:
        for name in ("policy", "options"):
            with pytest.raises(TypeError, match=f"{name} is an? {name.title()}, not None"):
                Verifier(**{name: None})

    def test_an_address_is_named_in_the_report(self) -> None:
        error = verify("https://example.org/photo.jpg").error
        assert error is not None
        assert "download the file first" in error.message

    def test_of_lint_audit_and_the_verifier_say_what_to_write(self) -> None:
        with pytest.raises(TypeError, match=r"write profiles=\['integrity'\]"):
            lint(self.PATH, "integrity")
        with pytest.raises(TypeError, match="write it to a file first"):
            lint(b"x")  # type: ignore[arg-type]  # it is the test
        with pytest.raises(TypeError, match=r"write paths=\['inbox'\]"):
            audit("inbox")
        with pytest.raises(TypeError, match=r"write engine=Processes\(4\)"):
            audit(["inbox"], engine=4)  # type: ignore[arg-type]  # it is the test
        with pytest.raises(TypeError, match=r"write Verifier.verify_bytes\(data\)"):
            Verifier().verify(b"GIF89a")  # type: ignore[arg-type]  # it is the test
        with pytest.raises(TypeError, match=r"write verify\(name\)"):
            Verifier().verify_bytes("a.gif")  # type: ignore[arg-type]  # it is the test


class TestContent:
    """Bytes are judged as the file that they are the content of, and touch no disk."""

    @each("kind", [bytes, bytearray, memoryview])
    @each("name", ["plain.jpg", "ai-generated.png", "capture.jpg", "clip.mp4"])
    def test_in_memory_has_the_verdict_of_the_file(self, kind: Any, name: str) -> None:
        at = datetime(2026, 6, 1, tzinfo=UTC)
        content = (FIXTURES / name).read_bytes()
        made, file = verify(kind(content), at=at), verify(FIXTURES / name, at=at)
        assert made.asset.path == "-"
        assert made.asset.sha256 == file.asset.sha256
        assert (made.verdict, made.axes, made.flagged) == (file.verdict, file.axes, file.flagged)

    def test_in_memory_is_neither_written_nor_kept(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("tempfile.mkstemp", None)
        content = bytearray((FIXTURES / "plain.jpg").read_bytes())
        verify(content)
        content.append(0)  # a view that was left would hold it

    def test_in_memory_may_be_an_archive(self) -> None:
        mail = (FIXTURES.parent / "samples" / "archives" / "mail.eml").read_bytes()
        report = verify(mail, archives=True)
        assert [m.asset.path for m in report.members] == ["-!/photo.png"]
        (member, _) = verify_all(Verifier(options=Options(archives=ArchiveLimits())), mail)
        assert member.flagged

    def test_in_memory_takes_no_parts_that_need_a_name(self) -> None:
        for arguments in ({"sidecar": "a.c2pa"}, {"fragments": ["a.m4s"]}):
            with pytest.raises(ValueError, match="go with the name of a file"):
                verify(b"x", **arguments)  # type: ignore[arg-type]  # a table of both

    def test_in_memory_may_be_empty(self) -> None:
        verdict = verify(b"").verdict
        assert verdict is not None
        assert verdict.origin is Origin.UNKNOWN


def examples() -> list[doctest.DocTest]:
    """The examples in the docstrings of public names."""
    finder = doctest.DocTestFinder(recurse=False)
    found = []
    for name in provenance.__all__:
        value = getattr(provenance, name)
        if not isinstance(value, str):
            found += [
                t for t in finder.find(value, name, globs=dict(vars(provenance))) if t.examples
            ]
    return found


def test_verify_audit_and_lint_have_examples_in_their_docstrings() -> None:
    assert {one.name for one in examples()} >= {"verify", "audit", "lint"}


@pytest.mark.parametrize("example", examples(), ids=lambda one: one.name)
def test_the_examples_of_docstrings_run(
    example: doctest.DocTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in provenance.__all__:
        example.globs[name] = getattr(provenance, name)
    said: list[str] = []
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    runner.run(example, out=said.append)
    assert runner.summarize(verbose=False).failed == 0, "".join(said)


# Words of a record that are compared as text; their names are too general to be exported.
UNNAMED = {"MarkCheck", "MarkChecker", "Oversight", "SoftBindingKind", "Tie"}


def parts(value: type) -> set[str]:
    """The names of classes in the fields and properties of a class of ours."""
    texts = [str(f.type) for f in dataclasses.fields(value)] if is_dataclass(value) else []
    for name, found in vars(value).items():
        if isinstance(found, property) and not name.startswith("_") and found.fget:
            texts.append(str(found.fget.__annotations__.get("return", "")))
    return {name for text in texts for name in re.findall(r"\b[A-Z]\w+", text)}


@pytest.mark.parametrize("start", ["Report", "Verdict", "LintReport"])
def test_every_type_that_a_report_is_made_of_is_public(start: str) -> None:
    """Who writes a function over a part of a report has a name for its type."""
    for module in ("report", "evidence", "assess"):
        importlib.import_module(f"provenance.verdict.{module}")
    ours = {
        name: value
        for module in list(sys.modules.values())
        if module.__name__.startswith("provenance.")
        for name, value in vars(module).items()
        if inspect.isclass(value) and value.__module__ == module.__name__
    }
    todo, seen = [ours[start]], set()
    while todo:
        one = todo.pop()
        for name in parts(one) & ours.keys() - UNNAMED - seen:
            seen.add(name)
            if name not in {
                "RuleProfile",
                "Rule",
                "RuleResult",
            }:  # of lint: told by their attributes
                assert name in provenance.__all__, f"{one.__name__} has a {name}"
                todo.append(ours[name])
    assert seen


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
