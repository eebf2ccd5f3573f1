"""A pytest plug-in for the makers of generators: assertions that read like findings.

    def test_what_we_ship(assert_conforms, assert_declares_ai, assert_survives):
        assert_conforms("out/sample.png")
        assert_declares_ai("out/sample.png", vendor="Example")
        assert_survives("out/sample.png")

Each is a fixture and an importable function alike. The fixtures take what the project's
`[tool.provenance.lint]` says (profile, select, ignore, fail-on, baseline, anchors); the functions
take it as arguments. Nothing is loaded until an assertion is called: an installed plug-in costs
nothing where no test uses it.
"""

from __future__ import annotations

import functools
import os
import tempfile
from typing import TYPE_CHECKING, Any, TypedDict

import pytest

from provenance.base.finding import Severity
from provenance.base.options import Options
from provenance.base.terms import Assurance, Integrity
from provenance.base.text import clean, folded, printable_path
from provenance.linting import baseline as known
from provenance.linting import evaluate, facts, lint_settings, rule_catalogue, selection
from provenance.linting.tamper import tamper_run
from provenance.render import lint_text
from provenance.signing import trust_store
from provenance.verdict import verifier

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime
    from typing import Unpack

    from provenance.base.finding import Finding
    from provenance.linting.lint_settings import LintSettings
    from provenance.verdict.verifier import Verifier

    Path = str | os.PathLike[str]

__all__ = ["Trust", "assert_conforms", "assert_declares_ai", "assert_survives"]
_MAX_FINDINGS = 20  # of a file, in one failure


class Trust(TypedDict, total=False):
    """What every assertion takes by keyword: further anchors, and the validation time.

    `trust_anchors` and `tsa_anchors` are files of certificates; `no_bundled_trust` leaves the lists
    out that come along; `at` (aware) is the validation time, by default now.
    """

    trust_anchors: Iterable[Path]
    tsa_anchors: Iterable[Path]
    no_bundled_trust: bool
    at: datetime | None


def assert_conforms(
    path: Path,
    profile: str | Iterable[str] | None = None,
    *,
    select: Iterable[str] = (),
    ignore: Iterable[str] = (),
    fail_on: str = "error",
    baseline: Path | None = None,
    **trust: Unpack[Trust],
) -> None:
    """Fail where a rule of the profiles fails with at least the severity `fail_on`.

    `profile` is a name or several (default: `conformance-0.2-spec-2.4`); `select` and `ignore` are
    as on the command line. A failure has a line for each rule: severity, rule, message, place,
    section, what to change.
    """
    __tracebackhide__ = True
    names = (profile,) if isinstance(profile, str) else tuple(profile or (rule_catalogue.DEFAULT,))
    chosen = selection.RuleSelection(tuple(select), tuple(ignore), Severity(fail_on))
    profiles = rule_catalogue.profiles_named(names)
    chosen.check(profiles)
    linted = evaluate.lint_file(os.fspath(path), profiles, _verifier(trust))
    reports = chosen.apply(linted.reports)
    if baseline is not None:
        reports, _ = known.load_baseline(os.fspath(baseline)).apply(reports)
    lines = []
    for report in reports:
        if report.error is not None:
            lines.append(f"could not be examined: {report.error.message}")
            break
        lines += [lint_text.finding_line(o) for o in report.failures(chosen.fail_on)]
    if lines:
        _fail(path, f"does not conform to {', '.join(names)}", lines)


def assert_declares_ai(
    path: Path,
    vendor: str | None = None,
    *,
    product: str | None = None,
    model: str | None = None,
    verified: bool = False,
    **trust: Unpack[Trust],
) -> None:
    """Fail where a reader would not say that AI made or modified the file.

    `vendor`, `product` and `model` are what a reader would name as the generator, compared without
    regard to case. `verified` also asks for a signer on a list, intact and in time.
    """
    __tracebackhide__ = True
    report = _verifier(trust).verify(path)
    if report.verdict is None:
        _fail(path, "could not be examined", [report.error.message if report.error else ""])
        return
    verdict, lines = report.verdict, []
    if verdict.origin not in facts.DECLARED:
        lines.append(f"origin is {verdict.origin}")
        lines += [f"reason: {r.message}" for r in verdict.reasons]
    if verdict.assurance is Assurance.BROKEN:
        lines.append("the credential is broken")
    if verified and not verdict.assurance.value.startswith("verified"):
        lines.append(f"assurance is {verdict.assurance}, not verified")
    wanted = {"vendor": vendor, "product": product, "model": model}
    for name, value in wanted.items():
        named = getattr(report.generator, name, None)
        if value is not None and (named is None or folded(named) != folded(value)):
            lines.append(f"{name} is {named or 'not named'}, not {value}")
    if lines:
        lines += _finding_lines(report.findings)
        _fail(path, "does not declare AI as a reader needs it", lines)


def assert_survives(
    path: Path,
    change: Callable[[str, str], object] | None = None,
    *,
    fail_on: str = "error",
    **trust: Unpack[Trust],
) -> None:
    """Fail where a change to the file takes the declaration of AI away, or goes unnoticed.

    Without `change` the one-fault copies of `provenance lint --tamper` are made; those that weigh
    as much as `fail_on` fail (`warning` also asks that something is left of a stripped copy).
    `change(source, target)` is a step of your own pipeline, which writes `target` (a resize, an
    upload); then the changed file must still declare AI, and its credential not be broken.
    """
    __tracebackhide__ = True
    verifier = _verifier(trust)
    if change is not None:
        _survives_change(path, change, verifier)
        return

    report = tamper_run.tamper_report(os.fspath(path), verifier)
    if report.error:
        _fail(path, "could not be checked", [report.error])
    lines = [
        f"{c.severity} tamper.{c.fault}: {c.what}: {c.message}"
        for c in report.failures(Severity(fail_on))
    ]
    if lines:
        _fail(path, "does not survive", lines)


def _survives_change(path: Path, change: Callable[[str, str], object], verifier: Verifier) -> None:
    __tracebackhide__ = True
    source = os.path.abspath(os.fspath(path))
    with tempfile.TemporaryDirectory(prefix="provenance-survives-") as folder:
        target = os.path.join(folder, os.path.basename(source))
        change(source, target)
        report = verifier.verify(target)
    verdict = report.verdict
    if verdict is None:
        message = report.error.message if report.error else "no verdict"
        _fail(path, "does not survive: the changed file could not be examined", [message])
        return
    lines = []
    if verdict.origin not in facts.DECLARED:
        lines.append(f"origin is {verdict.origin} after the change")
    if report.axes.integrity is Integrity.BROKEN:
        lines.append("the credential is broken after the change")
    if lines:
        lines += _finding_lines(report.findings)
        _fail(path, "does not survive", lines)


def _verifier(trust: Trust) -> verifier.Verifier:
    anchors, stamping = tuple(trust.get("trust_anchors", ())), tuple(trust.get("tsa_anchors", ()))
    bundled = not trust.get("no_bundled_trust", False)
    lists = None
    if anchors or stamping or not bundled:
        lists = trust_store.TrustStore.load(bundled=bundled, anchors=anchors, tsa_anchors=stamping)
    return verifier.Verifier(trust=lists, at=trust.get("at"), options=Options(digest=False))


def _finding_lines(findings: Sequence[Finding]) -> list[str]:
    return [f"{f.severity.value} {f.code}: {f.message}" for f in findings[:_MAX_FINDINGS]]


def _fail(path: Path, what: str, lines: Iterable[str]) -> None:
    __tracebackhide__ = True
    said = "\n".join(f"  {clean(line, 2048)}" for line in lines)
    pytest.fail(f"{printable_path(os.fspath(path))} {what}:\n{said}", pytrace=False)


@pytest.fixture(scope="session")
def provenance_settings(pytestconfig: pytest.Config) -> LintSettings:
    """The table `[tool.provenance.lint]` of the nearest `pyproject.toml` above the tests' root."""
    nearest = lint_settings.nearest_settings(pytestconfig.rootpath)
    return lint_settings.load_settings(nearest) if nearest else lint_settings.LintSettings()


@pytest.fixture(name="assert_conforms")
def _conforms(provenance_settings: LintSettings) -> Callable[..., None]:
    """`assert_conforms` with the project's own settings as defaults."""
    table = provenance_settings
    said = {"select": table.select, "ignore": table.ignore} | _fail_on(table) | _trust(table)
    if table.profile:
        said["profile"] = table.profile
    if table.baseline is not None:
        said["baseline"] = table.baseline
    return _with(assert_conforms, said)


@pytest.fixture(name="assert_declares_ai")
def _declares_ai(provenance_settings: LintSettings) -> Callable[..., None]:
    """`assert_declares_ai` with the project's own trust anchors."""
    return _with(assert_declares_ai, _trust(provenance_settings))


@pytest.fixture(name="assert_survives")
def _survives(provenance_settings: LintSettings) -> Callable[..., None]:
    """`assert_survives` with the project's own `fail-on` and trust anchors."""
    return _with(assert_survives, _fail_on(provenance_settings) | _trust(provenance_settings))


def _fail_on(table: LintSettings) -> dict[str, Any]:
    return {} if table.fail_on is None else {"fail_on": table.fail_on.value}


def _trust(table: LintSettings) -> dict[str, Any]:
    return {
        "trust_anchors": table.trust_anchors,
        "tsa_anchors": table.tsa_anchors,
        "no_bundled_trust": bool(table.no_bundled_trust),
    }


def _with(assertion: Callable[..., None], said: dict[str, Any]) -> Callable[..., None]:
    """Return an assertion with defaults of its own, which arguments replace."""

    @functools.wraps(assertion)
    def call(path: Path, *values: Any, **named: Any) -> None:
        __tracebackhide__ = True
        defaults = dict(said)
        if values and assertion is assert_conforms:
            defaults.pop("profile", None)
        assertion(path, *values, **(defaults | named))

    return call
