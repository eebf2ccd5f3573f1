"""`provenance lint`: what it is given, what it writes, how it ends."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from integration.helpers import ANCHORS, AT, FIXTURES, INDEX
from jsonschema import Draft202012Validator
from provenance_cli.main import main
from support.crjson import faults
from support.each import each

import provenance
from provenance.base.finding import Severity
from provenance.linting import examples, rule_catalogue
from provenance.linting.rule import RuleAnswer
from provenance.linting.subject_loading import DocumentAloneError
from provenance.render import schemas

VALIDATOR = Draft202012Validator(json.loads(schemas.schema_text("lint")))
TRUST = ("--trust-anchors", str(ANCHORS), "--tsa-anchors", str(ANCHORS), "--at", AT)
GENERATED = str(FIXTURES / "ai-generated.png")


def lint(*arguments: object, trust: tuple[str, ...] = TRUST) -> Result:
    return CliRunner().invoke(main, ["lint", *map(str, arguments), *trust])


def records(*arguments: object, code: int = 0, trust: tuple[str, ...] = TRUST) -> Any:
    result = lint(*arguments, "--format", "json", trust=trust)
    assert result.exit_code == code, result.output
    return json.loads(result.stdout)


def outcomes(record: Any) -> dict[str, str]:
    return {o["rule"]: o["outcome"] for o in record["outcomes"]}


@pytest.fixture
def document(tmp_path: Path) -> Path:
    """A crJSON document that conforms."""
    path = tmp_path / "good.json"
    made = examples.example_document({}, rule_catalogue.PROFILES[rule_catalogue.DEFAULT])
    path.write_text(json.dumps(made), encoding="utf-8")
    return path


class TestJson:
    def test_of_one_file_and_profile_is_one_object(self) -> None:
        record = records(GENERATED, code=3)
        assert set(record) == {"path", "profile", "outcomes"}
        assert (record["path"], record["profile"]) == (GENERATED, rule_catalogue.DEFAULT)
        assert list(outcomes(record)) == sorted(outcomes(record))
        assert outcomes(record)["mandatory_spec_version"] == "false"

    def test_of_several_files_or_profiles_is_an_array(self) -> None:
        found = records(GENERATED, "--profile", "integrity", "--profile", "signals")
        assert [r["profile"] for r in found] == ["integrity", "signals"]
        found = records(GENERATED, FIXTURES / "capture.jpg", "--profile", "integrity")
        assert [Path(r["path"]).name for r in found] == ["ai-generated.png", "capture.jpg"]

    @each("name", [e["file"] for e in INDEX["files"]])
    def test_follows_its_schema_for_every_fixture(self, name: str) -> None:
        result = lint(FIXTURES / name, "--profile", "all", "--format", "json")
        assert result.exit_code in {0, 3}
        found = json.loads(result.stdout)
        assert len(found) == len(rule_catalogue.PROFILES)
        for record in found:
            assert [e.message for e in VALIDATOR.iter_errors(record)] == []

    def test_has_a_schema_that_is_closed_and_knows_every_word(self) -> None:
        made = json.loads(schemas.schema_text("lint"))
        Draft202012Validator.check_schema(made)
        words = made["$defs"]["outcome"]["properties"]
        assert words["outcome"]["enum"] == [o.value for o in RuleAnswer]
        assert words["severity"]["enum"] == [s.value for s in Severity]
        good = records(GENERATED, code=3)
        assert not VALIDATOR.is_valid(good | {"more": 1})
        assert not VALIDATOR.is_valid(good | {"error": {"code": "a.b", "message": "m"}})
        for key in good:
            assert not VALIDATOR.is_valid({k: v for k, v in good.items() if k != key})

    def test_has_a_schema_that_the_command_prints(self) -> None:
        result = CliRunner().invoke(main, ["schema", "lint"])
        assert result.stdout == schemas.schema_text("lint")


class TestEnd:
    def test_is_0_for_a_document_that_conforms(self, document: Path) -> None:
        assert lint(document).exit_code == 0

    def test_is_3_for_a_file_that_fails_a_rule(self) -> None:
        assert lint(GENERATED).exit_code == 3

    def test_a_file_without_a_credential_never_passes(self) -> None:
        for name in rule_catalogue.PROFILES:
            if name == "integrity" or name.startswith("conformance"):
                assert lint(FIXTURES / "plain.jpg", "--profile", name).exit_code == 3

    def test_signals_are_facts_and_fail_nothing(self) -> None:
        assert lint(GENERATED, "--profile", "signals", "--fail-on", "note").exit_code == 0

    @pytest.mark.parametrize(("fail_on", "code"), [("error", 0), ("warning", 3), ("note", 3)])
    def test_depends_on_the_severity_that_fails(
        self, tmp_path: Path, fail_on: str, code: int
    ) -> None:
        patch = rule_catalogue.rule_named("discouraged_legacy_action_parameters").example.fires
        assert not isinstance(patch, str)
        path = tmp_path / "warned.json"
        made = examples.example_document(patch, rule_catalogue.PROFILES[rule_catalogue.DEFAULT])
        path.write_text(json.dumps(made), encoding="utf-8")
        assert lint(path, "--fail-on", fail_on).exit_code == code

    def test_is_1_for_what_cannot_be_examined(self, tmp_path: Path) -> None:
        bad = tmp_path / "bad.json"
        bad.write_text('{"manifests": 5}')
        for path in (tmp_path / "missing.jpg", tmp_path, bad):
            record = records(path, code=1)
            assert record["outcomes"] == []
            assert record["error"]["message"]
            assert [e.message for e in VALIDATOR.iter_errors(record)] == []
        both = records(tmp_path / "missing.jpg", GENERATED, code=3)
        assert "error" in both[0]
        assert "error" not in both[1]

    @pytest.mark.parametrize(
        ("arguments", "reason"),
        [
            ((), "no FILE given"),
            ((GENERATED, "--profile", "none"), "no profile 'none'; there are integrity"),
            ((GENERATED, GENERATED, "--crjson", "x.json"), "go with a single FILE"),
            ((GENERATED, GENERATED, "--sidecar", "x.c2pa"), "go with a single FILE"),
            ((GENERATED, "-r", "--crjson", "x.json"), "go with a single FILE"),
            ((GENERATED, "--crjson", "-"), "provenance verify --format crjson"),
            ((GENERATED, "--crjson", GENERATED), "this is the file that is judged"),
            ((GENERATED, "--fragments", "none-*.m4s"), "matches no file"),
            ((GENERATED, "--trust-anchors", GENERATED), "ai-generated.png"),
        ],
    )
    def test_is_2_for_wrong_usage_with_the_reason(
        self, arguments: tuple[str, ...], reason: str
    ) -> None:
        result = lint(*arguments)
        assert result.exit_code == 2
        assert reason in result.stderr


def test_lint_walks_directories_where_asked_and_refuses_them_otherwise(
    tmp_path: Path, document: Path
) -> None:
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "a.json").write_bytes(document.read_bytes())
    found = records("-r", tmp_path)
    assert [Path(r["path"]).name for r in found] == ["good.json", "a.json"]
    assert isinstance(records("-r", document), list)
    (tmp_path / "empty").mkdir()
    assert lint("-r", tmp_path / "empty").exit_code == 2
    assert records(tmp_path, code=1)["error"]["code"] == "asset.not_regular"


class TestHarness:
    """The inputs of the programme's test harness: asset, trust list, TSA list, validation time."""

    def trusted(self, name: str, *trust: str) -> str:
        result = lint(FIXTURES / name, "--profile", "integrity", "--format", "json", trust=trust)
        return outcomes(json.loads(result.stdout))["trusted_success"]

    def test_the_trust_list_decides(self) -> None:
        assert self.trusted("capture.jpg", *TRUST) == "true"
        assert self.trusted("capture.jpg", "--at", AT) == "false"

    def test_the_validation_time_decides(self) -> None:
        anchors = ("--trust-anchors", str(ANCHORS))
        assert self.trusted("capture.jpg", *anchors, "--at", AT) == "true"
        assert self.trusted("capture.jpg", *anchors, "--at", "2050-01-01T00:00:00Z") == "false"

    def test_the_tsa_list_decides(self) -> None:
        root = ("--trust-anchors", str(FIXTURES / "pki" / "root.pem"), "--at", AT)
        assert self.trusted("expired-timestamped.jpg", *root) == "false"
        assert (
            self.trusted("expired-timestamped.jpg", *root, "--tsa-anchors", str(ANCHORS)) == "true"
        )

    def test_a_named_sidecar_is_judged_with_the_file(self) -> None:
        sidecar = FIXTURES / "sidecar-mismatch.c2pa"
        record = records(
            FIXTURES / "sidecar-mismatch.jpg",
            "--sidecar",
            sidecar,
            "--profile",
            "integrity",
            code=3,
        )
        assert outcomes(record)["valid_success"] == "false"


class TestCrJson:
    def test_it_writes_a_valid_document_that_is_judged_like_the_file(self, tmp_path: Path) -> None:
        out = tmp_path / "out.json"
        names = [p.name for p in rule_catalogue.PROFILES.values() if p.name.startswith("conf")]
        profiles = [a for n in (*names, "integrity", "signals") for a in ("--profile", n)]
        of_file = records(GENERATED, "--crjson", out, *profiles, code=3)
        assert faults(json.loads(out.read_text(encoding="ascii"))) == []
        of_document = records(out, *profiles, code=3)
        assert [r["outcomes"] for r in of_document] == [r["outcomes"] for r in of_file]

    def test_crjson_without_a_media_file_is_judged_and_left_as_it_is(self, document: Path) -> None:
        before = document.read_bytes()
        assert lint("--crjson", document).exit_code == 0
        assert document.read_bytes() == before

    def test_a_media_file_is_not_read_as_crjson(self) -> None:
        result = lint("--crjson", GENERATED)
        assert result.exit_code == 2
        (line,) = result.stderr.splitlines()
        assert line == f"Error: --crjson {GENERATED}: this is not crJSON; give a media file as FILE"

    @pytest.mark.parametrize(
        "content", [(FIXTURES / "capture.jpg").read_bytes(), b'{"name": "package"}', b"[]"]
    )
    def test_crjson_is_not_written_over_a_file_that_is_none(
        self, tmp_path: Path, content: bytes
    ) -> None:
        precious = tmp_path / "precious"
        precious.write_bytes(content)
        result = lint("--crjson", precious, GENERATED)
        assert result.exit_code == 2
        assert "not crJSON" in result.stderr
        assert precious.read_bytes() == content

    def test_crjson_replaces_an_earlier_document(self, tmp_path: Path, document: Path) -> None:
        lint("--crjson", tmp_path / "new.json", GENERATED)
        lint("--crjson", document, GENERATED)
        assert document.read_bytes() == (tmp_path / "new.json").read_bytes()

    def test_crjson_to_a_place_that_cannot_be_written_is_an_error(self, tmp_path: Path) -> None:
        result = lint("--crjson", tmp_path / "no" / "such" / "folder.json", GENERATED)
        assert result.exit_code == 2
        assert result.stderr.startswith("Error: --crjson ")

    @pytest.mark.parametrize("option", ["--sidecar", "--fragments"])
    def test_options_for_parts_of_a_media_file_are_refused_with_crjson(
        self, document: Path, option: str
    ) -> None:
        result = lint(document, option, FIXTURES / "sidecar-mismatch.c2pa")
        assert (result.exit_code, result.stdout) == (2, "")
        assert "good.json is a crJSON document: a sidecar and fragments go with" in result.stderr
        with pytest.raises(DocumentAloneError):
            provenance.lint(document, sidecar="any.c2pa")

    def test_the_validation_time_counts_where_a_document_names_none(self, tmp_path: Path) -> None:
        patch = {
            "signature": {"timeStampInfo": None},
            "validationResults": {"validationTime": None},
        }
        path = tmp_path / "timeless.json"
        made = examples.example_document(patch, rule_catalogue.PROFILES["interop"])
        path.write_text(json.dumps(made), encoding="utf-8")
        chosen = (path, "--profile", "interop", "--select", "interop.signing_time")
        for at, expected in (("2026-06-01", "warning"), ("2030-01-01", "false")):
            code = 3 if expected == "false" else 0
            record = records(*chosen, code=code, trust=("--at", f"{at}T00:00:00Z"))
            assert outcomes(record) == {"interop.signing_time": expected}

    def test_a_document_is_told_by_content_and_not_by_name(self, document: Path) -> None:
        assert lint(document.rename(document.with_name("document.jpg"))).exit_code == 0


class TestVerify:
    def verify(self, *arguments: object, data: bytes | None = None) -> Result:
        words = ["verify", "--format", "crjson", *map(str, arguments), *TRUST]
        return CliRunner().invoke(main, words, input=data)

    @each("name", [e["file"] for e in INDEX["files"]])
    def test_a_valid_document_and_the_exit_code_of_verify(self, name: str) -> None:
        result = self.verify(FIXTURES / name)
        usual = CliRunner().invoke(main, ["verify", "-q", str(FIXTURES / name), *TRUST])
        assert result.exit_code == usual.exit_code
        assert faults(json.loads(result.stdout)) == []

    def test_crjson_of_verify_takes_standard_input(self) -> None:
        data = Path(GENERATED).read_bytes()
        assert self.verify("-", data=data).stdout == self.verify(GENERATED).stdout
        result = self.verify("-", "--max-size", "1K", data=data)
        assert (result.exit_code, result.stdout) == (1, "")
        assert "more than 1024 bytes" in result.stderr

    def test_a_file_that_is_not_there_has_no_document(self) -> None:
        result = self.verify("missing.jpg")
        assert (result.exit_code, result.stdout) == (1, "")
        assert result.stderr == "Error: missing.jpg: no such file\n"

    @pytest.mark.parametrize("more", [(GENERATED,), ("-r",), ("--files-from", "-")])
    def test_crjson_of_verify_takes_one_file_only(self, more: tuple[str, ...]) -> None:
        result = self.verify(GENERATED, *more)
        assert result.exit_code == 2
        assert "single FILE" in result.stderr
