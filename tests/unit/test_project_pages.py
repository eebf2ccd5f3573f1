"""SECURITY.md and CHANGELOG.md: in their form, and pointing at what is there."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from provenance_cli.main import COMMANDS

from provenance.base.version import VERSION

ROOT = Path(__file__).resolve().parents[2]
SECURITY = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
CHANGELOG = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
KINDS = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"]  # in this order
VERSIONS = re.findall(r"^## \[([^\]]+)\](?: - (\S+))?$", CHANGELOG, re.MULTILINE)


@pytest.mark.parametrize("page", ["SECURITY.md", "CHANGELOG.md"])
def test_links_and_paths_lead_somewhere(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    links = [t for t in re.findall(r"\]\(([^)#]+)", text) if "://" not in t]
    paths = re.findall(r"`((?:tests|docs|src|cli)/[^`]*)`", text)
    assert links
    assert paths
    assert [name for name in (*links, *paths) if not (ROOT / name).exists()] == []


def test_the_security_page_answers_what_is_asked_of_it() -> None:
    headings = re.findall(r"^## (.+)$", SECURITY, re.MULTILINE)
    assert headings == [
        "What is promised",
        "What the words mean",
        "What counts as a vulnerability",
        "How to report",
        "Supported versions",
        "Known limits",
    ]
    minor = VERSION.rpartition(".")[0]
    assert f"\n| {minor} | yes |\n" in SECURITY


def test_the_security_page_names_no_address() -> None:
    assert "private vulnerability reporting" in SECURITY
    assert "@" not in SECURITY
    assert "://" not in SECURITY


def test_the_changelog_goes_from_the_newest_version_to_the_first() -> None:
    (first, no_date), *released = VERSIONS
    assert (first, no_date) == ("Unreleased", "")
    numbers = [tuple(map(int, version.split("."))) for version, _ in released]
    assert numbers == sorted(set(numbers), reverse=True)
    assert numbers[0] <= tuple(map(int, VERSION.split(".")))  # what is unreleased has VERSION
    days = [date.fromisoformat(day) for _, day in released]
    assert days == sorted(days, reverse=True)


def test_the_changelog_has_the_six_kinds_and_no_empty_one() -> None:
    for part in re.split(r"^## ", CHANGELOG, flags=re.MULTILINE)[1:]:
        kinds = re.findall(r"^### (.+)$", part, re.MULTILINE)
        assert kinds == [kind for kind in KINDS if kind in kinds]
        for body in re.split(r"^### .+$", part, flags=re.MULTILINE)[1:]:
            assert body.startswith("\n\n- ")


def test_the_changelog_names_commands_that_are_there() -> None:
    named = set(re.findall(r"`provenance ([\w-]+)", CHANGELOG))
    assert len(named) > 10
    assert named <= set(COMMANDS)
