"""What a run looks at, fails on and knows already; and the table that says so for a project."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from support.each import each
from unit.linting import samples

from provenance.base.finding import Severity
from provenance.linting import baseline, lint_settings, rule_catalogue
from provenance.linting.baseline import BaselineError, KnownAnswer
from provenance.linting.evaluate import LintReport, evaluate
from provenance.linting.examples import actions, created
from provenance.linting.lint_settings import LintSettings, SettingsError
from provenance.linting.rule_catalogue import UnknownRuleError
from provenance.linting.selection import RuleSelection, fits
from provenance.verdict.report import ErrorInfo

if TYPE_CHECKING:
    from pathlib import Path

INTEROP = rule_catalogue.PROFILES["interop"]
PATCH = actions(created(digitalSourceType="trainedAlgorithmicMedia")) | {
    "claim.v2": {"claim_generator_info": {"specVersion": None}}
}


def report(path: str = "sample.jpg", patch: dict[str, object] | None = None) -> LintReport:
    subject = samples.from_patch(PATCH if patch is None else patch, INTEROP)
    return LintReport(path, INTEROP, evaluate(subject, INTEROP))


BROKEN = LintReport("gone.jpg", INTEROP, error=ErrorInfo("asset.missing", "no such file"))


@each(
    ("selector", "rule_id", "expected"),
    [
        ("iptc.consistent", "iptc.consistent", True),
        ("iptc", "iptc.consistent", True),
        ("ipt", "iptc.consistent", False),
        ("interop.personal_*", "interop.personal_prompt", True),
        ("*_success", "trusted_success", True),
        ("trusted_success", "trusted_success", True),
        ("IPTC", "iptc.consistent", False),
    ],
)
def test_a_selector_fits_the_rules_that_it_names(
    selector: str, rule_id: str, expected: bool
) -> None:
    assert fits(selector, rule_id) is expected


def test_ignore_wins_over_select() -> None:
    chosen = RuleSelection(("interop",), ("interop.personal_*", "interop.thumbnail"))
    (made,) = chosen.apply((report(),))
    kept = {o.rule.id for o in made.outcomes}
    assert "interop.spec_version" in kept
    assert not {"interop.thumbnail", "interop.personal_prompt"} & kept
    assert RuleSelection().apply((report(),)) == (report(),)


@pytest.mark.parametrize("name", ["interop.spec_versio", "nothing*", "nobody"])
def test_a_selector_that_means_nothing_is_an_error(name: str) -> None:
    with pytest.raises(UnknownRuleError, match="no rule"):
        RuleSelection(ignore=(name,)).check()


def test_a_run_that_would_ask_nothing_is_an_error() -> None:
    default = rule_catalogue.profiles_named([rule_catalogue.DEFAULT])
    with pytest.raises(UnknownRuleError, match=r"is left to ask; choose a profile of iptc$"):
        RuleSelection(select=("iptc",)).check(default)
    with pytest.raises(UnknownRuleError, match=r"is left to ask$"):
        RuleSelection(ignore=("*",)).check(default)
    RuleSelection(select=("iptc", "no_*")).check(default)


def test_a_selector_that_is_nearly_one_is_answered_with_the_nearest() -> None:
    with pytest.raises(UnknownRuleError, match=r"did you mean interop\.spec_version"):
        RuleSelection(("interop.spec_versio",)).check()
    RuleSelection(("interop", "*_success"), ("iptc.consistent",)).check()


def test_the_exit_code_follows_from_what_fails() -> None:
    sound, wrong, note = (
        report(patch={}),
        report(),
        report(patch={"assertions": {"c2pa.thumbnail.claim": {}}}),
    )
    assert RuleSelection().exit_code((sound,)) == 0
    assert RuleSelection().exit_code((wrong,)) == 3
    assert RuleSelection().exit_code((sound, BROKEN)) == 1
    assert RuleSelection().exit_code((BROKEN, wrong)) == 3
    assert RuleSelection().exit_code((note,)) == 0
    assert RuleSelection(fail_on=Severity.WARNING).exit_code((note,)) == 0
    assert RuleSelection(fail_on=Severity.NOTE).exit_code((note,)) == 3


# Baseline


def test_a_baseline_lets_a_product_start_clean(tmp_path: Path) -> None:
    path = str(tmp_path / "lint-baseline.json")
    sample = str(tmp_path / "out" / "a b.jpg")
    wrong = report(sample)
    assert baseline.write_baseline((wrong,), path) == len(wrong.failures()) == 2
    (clean,), gone = baseline.load_baseline(path).apply((wrong,))
    assert (clean.failures(), gone) == ((), ())
    assert len(clean.outcomes) == len(wrong.outcomes) - 2
    assert RuleSelection().exit_code((clean,)) == 0


def test_what_is_not_in_the_baseline_still_fails(tmp_path: Path) -> None:
    path = str(tmp_path / "b.json")
    sample = str(tmp_path / "a.jpg")
    baseline.write_baseline((report(sample),), path)
    worse = report(
        sample, PATCH | {"assertions": {**PATCH["assertions"], "org.example": {"email": "x"}}}
    )
    (left,), gone = baseline.load_baseline(path).apply((worse,))
    assert [o.rule.id for o in left.failures()] == ["interop.personal_account"]
    assert gone == ()
    other = report(str(tmp_path / "other.jpg"))
    (kept,), _ = baseline.load_baseline(path).apply((other,))
    assert kept == other


def test_an_entry_of_the_baseline_that_no_longer_fires_is_reported(tmp_path: Path) -> None:
    path = str(tmp_path / "b.json")
    sample = str(tmp_path / "a.jpg")
    baseline.write_baseline((report(sample),), path)
    _, gone = baseline.load_baseline(path).apply((report(sample, {}),))
    assert [(e.path, e.rule) for e in gone] == [
        ("a.jpg", "interop.source_type_form"),
        ("a.jpg", "interop.spec_version"),
    ]
    # a file that was not looked at, or could not be, proves nothing
    assert baseline.load_baseline(path).apply(())[1] == ()
    assert baseline.load_baseline(path).apply((replace(BROKEN, path=sample),))[1] == ()


def test_an_entry_of_the_baseline_that_was_not_asked_is_not_called_fixed(tmp_path: Path) -> None:
    path = str(tmp_path / "b.json")
    wrong = report(str(tmp_path / "a.jpg"))
    baseline.write_baseline((wrong,), path)
    (chosen,) = RuleSelection(select=("interop.spec_version",)).apply((wrong,))
    (left,), gone = baseline.load_baseline(path).apply((chosen,))
    assert (left.failures(), gone) == ((), ())


@each(
    ("where", "expected"),
    [
        ("self#jumbf=/c2pa/urn:c2pa:0-1:x/c2pa.claim", "self#jumbf=/c2pa/*/c2pa.claim"),
        ("adobe:urn:uuid:00-aa/c2pa.claim", "*/c2pa.claim"),
        ("/c2pa/acme.example:urn:uuid:00-aa", "/c2pa/*"),
        ("TRAILER @17", "TRAILER *"),
        ("c2pa.actions.v2[0]", "c2pa.actions.v2[0]"),
        ("a" * 1_000_000, "a" * 255 + "…"),  # in time that grows with its length alone
    ],
)
def test_places_without_what_differs_from_asset_to_asset(where: str, expected: str) -> None:
    (one, *_) = report().outcomes
    assert baseline.place(replace(one, result=replace(one.result, where=where))) == expected


def test_entries_of_a_baseline_outlive_a_new_sample_and_another_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = str(tmp_path / "b.json")
    (tmp_path / "deep").mkdir()
    monkeypatch.chdir(tmp_path)
    made = report("deep/a.jpg")
    labelled = replace(
        made,
        outcomes=tuple(
            replace(
                o, result=replace(o.result, where="urn:c2pa:00000000-0000-4000-8000-0000000000aa")
            )
            for o in made.outcomes
        ),
    )
    baseline.write_baseline((labelled,), path)
    monkeypatch.chdir(tmp_path / "deep")
    again = replace(
        labelled,
        path="a.jpg",
        outcomes=tuple(
            replace(
                o, result=replace(o.result, where="urn:uuid:99999999-0000-4000-8000-0000000000bb")
            )
            for o in labelled.outcomes
        ),
    )
    (left,), gone = baseline.load_baseline(path).apply((again,))
    assert (left.failures(), gone) == ((), ())


def test_a_baseline_is_sorted_and_the_same_every_time(tmp_path: Path) -> None:
    path = str(tmp_path / "b.json")
    made = (report(str(tmp_path / "z.jpg")), report(str(tmp_path / "a\udcff.jpg")))
    text = baseline.baseline_text(made, path)
    assert text == baseline.baseline_text(made[::-1], path)
    document = json.loads(text)
    assert document["version"] == 1
    assert document["entries"][0]["path"] == "a\\xff.jpg"
    assert set(document["entries"][0]) == set(KnownAnswer._fields)


def test_one_entry_of_a_baseline_stands_for_one_answer(tmp_path: Path) -> None:
    path = str(tmp_path / "b.json")
    sample = str(tmp_path / "a.jpg")
    wrong = report(sample)
    baseline.write_baseline((wrong,), path)
    double = replace(wrong, outcomes=(*wrong.outcomes, *wrong.outcomes))
    (left,), _ = baseline.load_baseline(path).apply((double,))
    assert len(left.failures()) == len(wrong.failures())


@each(
    "content",
    [
        "",
        "[]",
        "{}",
        '{"version": 2, "entries": []}',
        '{"version": 1}',
        '{"version": 1, "entries": [1]}',
        '{"version": 1, "entries": [{"path": "x"}]}',
        json.dumps({"version": 1, "entries": [dict.fromkeys(KnownAnswer._fields, 1)]}),
        "[" * 100_000,
    ],
)
def test_a_file_that_is_no_baseline_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "b.json"
    path.write_text(content)
    with pytest.raises(BaselineError, match="not a baseline"):
        baseline.load_baseline(str(path))


@pytest.mark.parametrize("content", [b"\xff\xd8\xff\xe0", b'{"name": "package"}', b" "])
def test_a_baseline_is_not_written_over_a_file_that_is_none(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(content)
    with pytest.raises(BaselineError, match="is not a baseline; name another"):
        baseline.write_baseline((), str(path))
    assert path.read_bytes() == content
    for old in (b"", b'{"version": 1, "entries": [<<<<<<<'):
        path.write_bytes(old)
        assert baseline.write_baseline((), str(path)) == 0
        assert baseline.load_baseline(str(path)).entries == ()


def test_a_baseline_that_does_not_exist_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(BaselineError, match="--write-baseline"):
        baseline.load_baseline(str(tmp_path / "none.json"))
    with pytest.raises(BaselineError, match="can be written"):
        baseline.write_baseline((), str(tmp_path / "no" / "folder.json"))


# pyproject.toml

TABLE = """
[tool.provenance.lint]
profile = ["interop", "iptc"]
select = "interop"
ignore = ["interop.thumbnail"]
fail-on = "warning"
baseline = "ci/baseline.json"
trust-anchors = ["ci/anchors.pem"]
tsa-anchors = "ci/tsa.pem"
no-bundled-trust = true
format = "junit"
"""


def test_a_table_in_pyproject_is_read(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(TABLE)
    assert lint_settings.load_settings(tmp_path / "pyproject.toml") == LintSettings(
        ("interop", "iptc"),
        ("interop",),
        ("interop.thumbnail",),
        Severity.WARNING,
        str(tmp_path / "ci" / "baseline.json"),
        (str(tmp_path / "ci" / "anchors.pem"),),
        (str(tmp_path / "ci" / "tsa.pem"),),
        True,
        "junit",
    )


def test_settings_are_defaults_in_a_folder_that_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    try:
        (tmp_path / "gone").rmdir()
    except OSError:
        pytest.skip("this system keeps a directory that is in use")
    assert lint_settings.nearest_settings() is None


def test_pyproject_is_found_in_the_folders_above(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(TABLE)
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)
    (tmp_path / "a" / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    assert lint_settings.nearest_settings(deep) == str(tmp_path / "pyproject.toml")


@each(
    ("line", "said"),
    [
        ("selct = []", "has no key 'selct'; there are profile, select"),
        ("fail_on = 'error'", "has no key 'fail_on'"),
        ("fail-on = 'fatal'", "one of error, warning, note"),
        ("select = 5", "a text or a list of texts"),
        ("select = [1]", "a text or a list of texts"),
        ("select = ['']", "a text or a list of texts"),
        ("baseline = []", "is a text"),
        ("no-bundled-trust = 'yes'", "true or false"),
        ("format =", "no TOML"),
    ],
)
def test_a_table_in_pyproject_that_is_wrong_is_refused(
    tmp_path: Path, line: str, said: str
) -> None:
    path = tmp_path / "pyproject.toml"
    path.write_text(f"[tool.provenance.lint]\n{line}\n")
    with pytest.raises(SettingsError, match=said.replace("[", r"\[")):
        lint_settings.load_settings(path)


def test_a_pyproject_without_the_table_gives_the_defaults(tmp_path: Path) -> None:
    path = tmp_path / "pyproject.toml"
    path.write_text("[tool]\nprovenance = 1\n")
    with pytest.raises(SettingsError, match="there is no table"):
        lint_settings.load_settings(path)
    path.write_text("[tool.provenance]\nlint = 1\n")
    with pytest.raises(SettingsError, match="is not a table"):
        lint_settings.load_settings(path)
    with pytest.raises(SettingsError):
        lint_settings.load_settings(tmp_path / "none.toml")
