"""The pytest plug-in: its documented example as it stands, and what its failures say."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from _pytest.outcomes import Failed
from integration.helpers import ANCHORS, FIXTURES, ROOT
from support.fixture import AI
from support.tsa import stamped
from support.writer import Manifest

from provenance.kit.claims import NewAssertion
from provenance.kit.cose_sign1 import Sealing
from provenance.kit.media import gradient_png
from provenance.kit.writer import signed_file
from provenance.pytest_plugin import assert_conforms, assert_declares_ai, assert_survives

PAGE = (ROOT / "docs" / "lint-pytest.md").read_text(encoding="utf-8")
AT = datetime(2026, 6, 1, tzinfo=UTC)
LEFT_OUT = ("-p", "no:cacheprovider", "-p", "no:schemathesis", "-p", "no:anyio")
NOTHING_LEFT = "no credential is left, and nothing else says that this is AI"
TRUST: Any = {"trust_anchors": [ANCHORS], "tsa_anchors": [ANCHORS], "at": AT}


def block(kind: str, number: int = 0) -> str:
    return re.findall(rf"^```{kind}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)[number]


def conforming() -> bytes:
    """What a good product emits: it passes every rule of the example."""
    action = {
        "action": "c2pa.created",
        "digitalSourceType": AI,
        "softwareAgent": {"name": "Example Model", "version": "2"},
        "when": "2026-05-01T00:00:00Z",
    }
    content = {"actions": [action], "allActionsIncluded": True}
    one = Manifest(
        "urn:c2pa:00000000-0000-4000-8000-000000000970",
        (NewAssertion("c2pa.actions.v2", content),),
        generator={"name": "Example Generator", "version": "1.0.0", "specVersion": "2.4.0"},
        media_type="image/png",
        sealing=Sealing(stamp=stamped(datetime(2026, 5, 1, tzinfo=UTC))),
    )
    return signed_file(gradient_png(), one)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A vendor's project, as the page describes it."""
    (tmp_path / "samples").mkdir()
    (tmp_path / "ci").mkdir()
    (tmp_path / "samples" / "generated.png").write_bytes(conforming())
    shutil.copyfile(ANCHORS, tmp_path / "ci" / "anchors.pem")
    (tmp_path / "pyproject.toml").write_text(block("toml"), encoding="utf-8")
    (tmp_path / "test_ours.py").write_text(block("python"), encoding="utf-8")
    return tmp_path


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run pytest there, without plug-ins of others that take longer to load than all the rest."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST", "PYTHONPATH"))}
    return subprocess.run(
        [sys.executable, "-m", "pytest", *LEFT_OUT, *arguments],
        cwd=folder,
        env=kept,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_example_of_the_pytest_plugin_runs_as_documented(project: Path) -> None:
    result = run(project, "-W", "error")
    assert "4 passed" in result.stdout, result.stdout + result.stderr
    assert result.returncode == 0


def test_the_functions_of_the_pytest_plugin_run_as_documented(project: Path) -> None:
    code = block("python", 1)
    assert "pytest_plugin import" in code
    subprocess.run([sys.executable, "-c", code], cwd=project, check=True, timeout=120)


def test_failures_read_like_findings(project: Path) -> None:
    (project / "test_ours.py").write_text(
        "def test_it(assert_conforms):\n"
        "    assert_conforms('samples/generated.png', profile='iptc')\n",
        encoding="utf-8",
    )
    result = run(project)
    assert result.returncode == 1
    lines = result.stdout.splitlines()
    at = lines.index("samples/generated.png does not conform to iptc:")
    assert lines[at + 1].startswith(
        "  error iptc.source_type: the credential declares AI, and XMP has no digital source type"
        " (IPTC Photo Metadata Standard 2025.1, Digital Source Type) - Write Iptc4xmpExt"
    )
    assert "Traceback" not in result.stdout
    assert "pytest_plugin.py" not in result.stdout


def test_a_wrong_table_stops_the_tests(project: Path) -> None:
    (project / "pyproject.toml").write_text("[tool.provenance.lint]\nprofil = 'x'\n")
    result = run(project)
    assert result.returncode == 1
    assert "has no key 'profil'" in result.stdout


def test_the_table_says_what_fails(project: Path) -> None:
    table = project / "pyproject.toml"
    table.write_text(table.read_text() + 'fail-on = "warning"\nignore = ["eu.watermark"]\n')
    result = run(project)
    assert "1 failed, 3 passed" in result.stdout, result.stdout
    assert "  warning tamper.metadata_stripped: " in result.stdout


def test_an_installed_plug_in_costs_nothing(tmp_path: Path) -> None:
    heavy = ("c2pa", "cryptography", "cbor2", "click", "rich", "provenance.linting")
    (tmp_path / "test_other.py").write_text(
        "from provenance.base.lazily import executed\n"
        f"def test_it():\n    assert not [m for m in {heavy} if executed(m)]\n",
        encoding="utf-8",
    )
    result = run(tmp_path, "-W", "error")
    assert "1 passed" in result.stdout, result.stdout


def said(call: Any, *arguments: Any, **named: Any) -> list[str]:
    with pytest.raises(Failed) as caught:
        call(*arguments, **named)
    return str(caught.value).splitlines()


def test_assert_declares_ai_passes_and_fails_with_the_reason(tmp_path: Path) -> None:
    sample = tmp_path / "a.png"
    sample.write_bytes(conforming())
    assert_declares_ai(sample, product="example model", verified=True, **TRUST)
    lines = said(assert_declares_ai, sample, vendor="Nobody", **TRUST)
    assert lines[1] == "  vendor is not named, not Nobody"
    lines = said(assert_declares_ai, sample, verified=True)
    assert lines[1] == "  assurance is signed, not verified"
    lines = said(assert_declares_ai, FIXTURES / "capture.jpg", **TRUST)
    assert lines[1] == "  origin is captured"
    lines = said(assert_declares_ai, FIXTURES / "tampered.png", **TRUST)
    assert lines[1] == "  the credential is broken"
    assert any("assertion.dataHash.mismatch" in line for line in lines), lines
    assert "no such file" in said(assert_declares_ai, "gone.png")[1]


def test_assert_conforms_passes_and_fails_with_the_reason(tmp_path: Path) -> None:
    sample = tmp_path / "a.png"
    sample.write_bytes(conforming())
    assert_conforms(sample, **TRUST)
    assert_conforms(sample, ["integrity", "disclosure-california"], **TRUST)
    assert_conforms(sample, "disclosure-eu", **TRUST)
    assert len(said(assert_conforms, sample, "disclosure-eu", fail_on="warning", **TRUST)) == 2
    assert_conforms(sample, "disclosure-eu", ignore=["eu.watermark"], fail_on="warning", **TRUST)
    assert_conforms(sample, "iptc", select=["iptc.consistent"], **TRUST)
    assert said(assert_conforms, "gone.png", "all")[1] == "  could not be examined: no such file"


def test_assert_survives_passes_and_fails_with_the_reason(tmp_path: Path) -> None:
    sample = tmp_path / "a.png"
    sample.write_bytes(conforming())
    assert_survives(sample, **TRUST)
    lines = said(assert_survives, sample, fail_on="warning", **TRUST)
    assert lines[0] == f"{sample} does not survive:"
    assert lines[1:] == [
        "  warning tamper.metadata_stripped: all metadata removed: " + NOTHING_LEFT
    ]
    assert_survives(sample, shutil.copyfile, **TRUST)

    def strip(source: str, target: str) -> None:
        del source
        Path(target).write_bytes(gradient_png())

    def damage(source: str, target: str) -> None:
        Path(target).write_bytes(Path(source).read_bytes() + b"x")

    assert said(assert_survives, sample, strip, **TRUST)[1:] == [
        "  origin is unknown after the change"
    ]
    assert said(assert_survives, sample, damage, **TRUST)[1] == (
        "  the credential is broken after the change"
    )
    assert "could not be examined" in said(assert_survives, sample, lambda *_: None, **TRUST)[0]
    assert "here it is absent" in said(assert_survives, FIXTURES / "plain.jpg")[1]
