"""`provenance explain`, and the library function that it shows."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result
from integration.helpers import AT, FIXTURES, fixture_files
from provenance_cli.main import main
from support import declared
from support.each import each
from support.shared import CORPUS, index, needs_corpus

from provenance import TrustStore, Verifier
from provenance.base.codes import Code, CodeKind
from provenance.credentials.chain_description import describe
from provenance.credentials.locate import find_credential
from provenance.linting import rule_catalogue
from provenance.media.asset import Asset
from provenance.media.container import scan_container
from provenance.render import code_explanations
from provenance.signing import trust_checking
from provenance.verdict.inspection import inspect

if TYPE_CHECKING:
    from pathlib import Path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["explain", *arguments])


def said(*arguments: str) -> str:
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    return result.stdout


@each("code", code_explanations.every_code(), ids=lambda c: f"{c.kind}-{c.name}")
def test_every_code_can_be_asked_for(code: Code) -> None:
    found = code_explanations.explain(code.name)
    assert code in found
    text = " ".join(" ".join(code_explanations.explanation_lines(found)).split())
    for part in (code.means, code.do, code.section, *(s.value for s in code.severities)):
        assert " ".join(part.split()) in text


def test_explain_prints_a_code_with_what_it_means_and_what_to_do() -> None:
    assert said("asset.missing").splitlines() == [
        "asset.missing",
        "  kind      error of one file",
        "  means     There is no file of that name, or a pattern matches no file.",
        "  to do     Check the path.",
        "  since     0.1.0",
    ]


def test_lines_of_explain_are_short() -> None:
    everything = code_explanations.explanation_lines(code_explanations.every_code())
    assert [
        line for line in everything if " " in line.strip() and len(line) > code_explanations.WIDTH
    ] == []


def test_explain_prints_several_codes_each_once() -> None:
    printed = said("asset.missing", "chain.loop", "asset.missing")
    assert [line for line in printed.splitlines() if line[:1].strip()] == [
        "asset.missing",
        "chain.loop",
    ]


def test_explain_prints_every_meaning_of_a_word_of_several_vocabularies() -> None:
    printed = said("broken")
    for kind in ("flag", "assurance", "integrity"):
        assert f"  kind      {kind}\n" in printed
    one = said("integrity.broken")
    assert one.count("  kind  ") == 1
    assert "  kind      integrity\n" in one


def test_explain_takes_the_name_of_a_whole_vocabulary() -> None:
    assert said("identity").count("  kind      identity\n") == 7
    assert said("rule").count("  kind      lint rule") == len(rule_catalogue.rules())


def test_a_rule_speaks_for_itself() -> None:
    rule = rule_catalogue.rules()[0]
    (found,) = code_explanations.explain(rule.id)
    assert (found.kind, found.do, found.section) == (CodeKind.RULE, rule.advice, rule.section)


def test_a_code_of_a_plug_in_and_of_a_detector() -> None:
    assert "another package" in said("plugin.acme.mark.old")
    assert "origin.<detector>" in said("origin.tc260")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("credential.remnants", "credential.remnant"),
        ("assertion.datahash.mismatch", "assertion.dataHash.mismatch"),
        ("AI_GENERATED", "ai_generated"),
        ("identity.unlistd", "identity.unlisted"),
    ],
)
def test_explain_suggests_the_nearest_code(typed: str, meant: str) -> None:
    result = run("asset.missing", typed)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert f"no code '{typed}': did you mean {meant}" in result.stderr


@pytest.mark.parametrize("typed", ["zzzzzz", "", ".", "x\x1b[31m", "origin."])
def test_explain_refuses_a_word_like_no_code_in_one_line(typed: str) -> None:
    result = run(typed)
    assert result.exit_code == 2
    assert "\x1b" not in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_explain_list_has_every_code_by_group() -> None:
    lines = said().splitlines()
    for code in code_explanations.every_code():
        assert any(line.split("  [")[0] == f"  {code.name}" for line in lines), code.name
    heads = [line for line in lines if line and not line.startswith(" ")]
    assert heads == [f"{kind.words} ({kind})" for kind in CodeKind]


def test_explain_as_json_has_every_field_of_a_code() -> None:
    found = json.loads(said("--format", "json"))
    assert found["schema_version"] == code_explanations.SCHEMA_VERSION
    assert len(found["codes"]) == len(code_explanations.every_code())
    (one,) = json.loads(said("--format", "json", "assertion.dataHash.mismatch"))["codes"]
    assert one["kind"] == "status"
    assert one["severities"] == ["error"]
    assert one["section"] == "C2PA 2.4, 15.12.1"
    assert set(one) == {"code", "kind", "severities", "means", "to_do", "section", "since"}


class TestWhatComesOut:
    """What other commands than verify find is declared too; for its reports see `test_schema`."""

    @each("name", fixture_files())
    def test_of_inspect_and_chain_is_in_the_catalogue(self, name: str) -> None:
        declared.check_findings(inspect(FIXTURES / name).findings)
        trust = TrustStore.load()
        with Asset.open(FIXTURES / name) as asset:
            credential = find_credential(asset, scan_container(asset))
        declared.check_findings(credential.findings)
        if credential.store is None:
            return
        for chain in describe(credential.store, trust=trust, at=datetime.fromisoformat(AT)):
            declared.check_findings(chain.verdict.findings)
            for link in chain.links:
                declared.check_findings(link.findings)

    @each(
        "path",
        [p for p in sorted((FIXTURES / "pki").glob("*.pem")) if b" CERTIFICATE-" in p.read_bytes()],
        ids=lambda path: path.stem,
    )
    @each("year", [2020, 2026, 2060])
    def test_of_trust_check_is_in_the_catalogue(self, path: Path, year: int) -> None:
        moment = datetime.fromisoformat(AT).replace(year=year)
        found = trust_checking.check_certificates(
            trust_checking.certificates_in(path), trust=TrustStore.load(), at=moment
        )
        declared.check_findings((*found.findings, *found.profile_findings))


class TestWhatComesOutOnRealFiles:
    """As above."""

    pytestmark = needs_corpus

    @each("name", [entry["file"] for entry in index()])
    def test_of_verify_and_inspect_is_in_the_catalogue(self, name: str) -> None:
        at = datetime.fromisoformat("2026-11-22T00:00:00+00:00")
        declared.check(Verifier(at=at).verify(CORPUS / name))
        declared.check_findings(inspect(CORPUS / name).findings)
