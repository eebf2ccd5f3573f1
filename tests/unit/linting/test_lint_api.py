"""The public call `provenance.lint`."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from support.pki import FIXTURES

from provenance import LintReport, TrustStore, lint
from provenance.linting.rule_catalogue import UnknownProfileError
from provenance.media.asset import Asset

if TYPE_CHECKING:
    from pathlib import Path

AT = datetime(2026, 6, 1, tzinfo=UTC)
ANCHORS = (FIXTURES / "pki" / "anchors.pem",)


def test_a_report_for_each_profile_in_their_order() -> None:
    trust = TrustStore.load(bundled=False, anchors=ANCHORS, tsa_anchors=ANCHORS)
    found = lint(FIXTURES / "capture.jpg", ["signals", "integrity"], trust=trust, at=AT)
    assert [r.profile.name for r in found] == ["signals", "integrity"]
    assert [r for r in found if not isinstance(r, LintReport)] == []
    assert found[1].failures() == ()


def test_the_default_profile_of_lint_is_the_conformance_programmes() -> None:
    (report,) = lint(FIXTURES / "capture.jpg", at=AT)
    assert report.profile.name == "conformance-0.2-spec-2.4"
    assert report.failures()


def test_what_is_wrong_with_the_file_is_in_the_report() -> None:
    (report,) = lint("missing.jpg", at=AT)
    assert report.error is not None
    assert report.error.code == "asset.missing"
    assert report.outcomes == ()


def test_wrong_usage_of_lint_raises() -> None:
    with pytest.raises(UnknownProfileError):
        lint(FIXTURES / "capture.jpg", ["nothing"])
    with pytest.raises(ValueError, match="time zone"):
        lint(FIXTURES / "capture.jpg", at=datetime(2026, 1, 1))


def test_verify_does_not_load_the_rules() -> None:
    script = (
        "import sys\nfrom provenance import verify\nverify(sys.argv[1])\n"
        "from provenance.base.lazily import executed\n"
        "print(*(m for m in sys.modules if m.startswith('provenance.linting') and executed(m)))"
    )
    name = str(FIXTURES / "capture.jpg")
    run = subprocess.run(
        [sys.executable, "-c", script, name], capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == ""


@pytest.mark.parametrize("name", ["capture.jpg", "document.json"])
def test_a_file_that_changes_meanwhile_is_not_judged(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "document.json").write_text('{"manifests": []}')
    (tmp_path / "capture.jpg").write_bytes((FIXTURES / "plain.jpg").read_bytes())
    monkeypatch.setattr(Asset, "changed", lambda _: True)
    (report,) = lint(tmp_path / name, at=AT)
    assert report.error is not None
    assert report.error.code == "asset.changed"
