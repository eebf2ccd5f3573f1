"""What the kit's tests share: one PKI for a run, and a verifier that trusts it."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from support import declared

from provenance import Policy, TrustStore, Verifier
from provenance.base.options import ArchiveLimits, CrossCheck
from provenance.base.paths import MEMBER
from provenance.kit import linting
from provenance.kit.certificates import pem
from provenance.kit.expect import ValidatorNeed
from provenance.kit.keys import Seed
from provenance.kit.pki import Pki
from provenance.kit.sample import Bench, Sample, SampleFiles
from provenance.linting import rule_catalogue, subject_loading
from provenance.linting.evaluate import evaluate
from provenance.verdict.contents import verify_all

if TYPE_CHECKING:
    from provenance.kit.expect import Expected
    from provenance.verdict.report import Report

AT = datetime(2026, 6, 1, tzinfo=UTC)
PKI = Pki(Seed(0), AT)


@cache
def verifier(folder: Path) -> Verifier:
    """A verifier that trusts the roots of `PKI`, written into `folder`."""
    for name in ("root", "tsa-root"):
        (folder / f"{name}.pem").write_text(pem((PKI.certificate(name),)), encoding="ascii")
    trust = TrustStore.load(
        bundled=False, anchors=[folder / "root.pem"], tsa_anchors=[folder / "tsa-root.pem"]
    )
    return Verifier(Policy(), trust, AT)


@cache
def _roots() -> Path:
    """A folder for the roots of a whole run, removed at its end."""
    folder = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, folder)
    return Path(folder)


@cache
def make(sample: Sample, *, broken: bool) -> SampleFiles:
    """A sample with or without its fault, made once a run: several tests ask for each."""
    return sample.make(Bench(PKI, f"{sample.group.value}/{sample.name}"), broken)


@dataclass(frozen=True, slots=True)
class Judged:
    """What `verify` and `lint` say of a sample; `lint` holds outcomes by profile and rule."""

    report: Report
    lint: dict[str, dict[str, str]]


def judge(made: SampleFiles, sample: Sample, folder: Path) -> Judged:
    """Ask `verify` and `lint` in one run."""
    if sample.needs:  # lint opens nothing
        return Judged(verify(made, sample, folder, CrossCheck.AUTO), {})
    path, segments = written(made, sample, folder)
    subject, _ = subject_loading.load_subject(path, verifier(_roots()), fragments=segments)
    assert subject.evidence is not None
    declared.check(subject.evidence.report)
    said = {
        profile.name: {o.rule.id: o.result.outcome.value for o in evaluate(subject, profile)}
        for profile in rule_catalogue.profiles_named(linting.PROFILES)
    }
    return Judged(subject.evidence.report, said)


def verify(made: SampleFiles, sample: Sample, folder: Path, cross_check: CrossCheck) -> Report:
    """Ask `verify` alone; of a sample in an archive the report on the file that it is about."""
    path, segments = written(made, sample, folder)
    one = verifier(_roots())
    archives = ArchiveLimits() if sample.needs is ValidatorNeed.ARCHIVES else None
    options = replace(one.options, cross_check=cross_check, archives=archives)
    for report in verify_all(replace(one, options=options), path, fragments=segments):
        declared.check(report)
        outer = report.asset.outer
        if (MEMBER.join(outer.names) if outer else "") == sample.member:
            return report
    raise AssertionError(f"no record of {sample.member!r}")


def written(made: SampleFiles, sample: Sample, folder: Path) -> tuple[Path, list[Path]]:
    """Write a sample with what belongs to it; return its path and those of its segments."""
    name = sample.name if sample.needs else "asset"  # which may name the others
    path = folder / f"{name}.{sample.file.rpartition('.')[2]}"
    path.write_bytes(made.data)
    if made.sidecar is not None:
        path.with_suffix(".c2pa").write_bytes(made.sidecar)
    for name, data in made.companions:
        (folder / sample.name).mkdir(exist_ok=True)
        (folder / sample.name / name).write_bytes(data)
    segments = []
    for n, data in enumerate(made.fragments):
        segments.append(folder / f"{n}.m4s")
        segments[-1].write_bytes(data)
    return path, segments


def lint_differences(said: dict[str, dict[str, str]], expected: Expected) -> list[str]:
    """Where outcomes of lint are not as expected, in words; empty where they agree."""
    return [
        f"{name}: {words}"
        for name, one in linting.answers(expected).items()
        for words in one.differences(said[name])
    ]


def differences(judged: Judged, expected: Expected) -> list[str]:
    """Where `verify` or `lint` does not say what is expected, in words; empty where both do."""
    if not judged.lint:
        return report_differences(judged.report, expected)
    return report_differences(judged.report, expected) + lint_differences(judged.lint, expected)


def report_differences(report: Report, expected: Expected) -> list[str]:
    """Where a report does not say what is expected, in words."""
    assert report.verdict is not None, report.error
    said = {
        "origin": report.verdict.origin,
        "assurance": report.verdict.assurance,
        "flags": tuple(flag.value for flag in report.verdict.flags),
        "credential": report.credentials.status,
        "integrity": report.axes.integrity,
        "identity": report.axes.identity,
        "time": report.axes.time,
        "revocation": report.axes.revocation,
        "cawg": report.axes.cawg,
    }
    found = [
        f"{name}: {value}, not {getattr(expected, name)}"
        for name, value in said.items()
        if value != getattr(expected, name)
    ]
    codes = {finding.code for finding in report.findings}
    found += [f"no {code} among {sorted(codes)}" for code in expected.findings if code not in codes]
    if expected.signals:
        signals = report.credentials.manifests[0].official_signals
        if sorted(signals) != sorted(expected.signals):
            found.append(f"signals {signals}")
    return found
