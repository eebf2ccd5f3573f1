"""`provenance detectors`, as it is called."""

import importlib.metadata
import json

import pytest
from click.testing import CliRunner
from provenance_cli.main import main

from provenance.signals.detector import ENTRY_POINTS
from provenance.signals.detectors.detector_registry import builtin

NAMES = [detector.name for detector in builtin()]


class Plugin:
    name = "acme.mark"
    version = 7
    source = "a\x1b[2J test \u202e of a source that is long enough to be wrapped " * 3
    reads = ("text", "exif")

    def detect(self, metadata):
        return ()


class Sloppy(Plugin):
    name = "acme.sloppy"
    reads = None


def run(*arguments):
    result = CliRunner().invoke(main, ["detectors", *arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


@pytest.fixture
def plugins(monkeypatch):
    made = {"good": Plugin, "sloppy": Sloppy}
    entries = [importlib.metadata.EntryPoint(n, f"acme:{n}", ENTRY_POINTS) for n in ("bad", *made)]

    def load(entry):
        if entry.name not in made:
            raise ImportError("acme")
        return made[entry.name]

    monkeypatch.setattr(importlib.metadata, "entry_points", lambda group: entries)
    monkeypatch.setattr(importlib.metadata.EntryPoint, "load", load)


def test_the_built_in_detectors_are_listed():
    result = run("--no-plugins")
    assert result.exit_code == 0
    assert result.stdout.isascii()
    heads = [line for line in result.stdout.splitlines() if not line.startswith(" ")]
    assert heads == [f"{name} 1 (built-in)" for name in NAMES]
    assert "  reads: iptc, xmp\n" in result.stdout
    assert "  source: GB 45438-2025; TC260-PG-20257A\n" in result.stdout
    assert [line for line in result.stdout.splitlines() if len(line) > 88] == []


def test_detectors_are_listed_as_json():
    result = run("--no-plugins", "--format", "json")
    record = json.loads(result.stdout)
    assert record["schema_version"] == "1.0"
    rows = record["detectors"]
    assert [row["name"] for row in rows] == NAMES
    for row in rows:
        assert row.keys() == {"name", "version", "reads", "source", "built_in", "failed"}
        assert row["built_in"]
        assert row["reads"]
        assert row["source"]


@pytest.mark.usefixtures("plugins")
def test_detectors_of_other_packages_are_listed():
    result = run("--format", "json")
    assert result.exit_code == 1  # one of them cannot be loaded
    rows = {row["name"]: row for row in json.loads(result.stdout)["detectors"]}
    assert rows["acme.mark"]["version"] == "7"
    assert rows["acme.mark"]["reads"] == ["text", "exif"]
    assert not rows["acme.mark"]["built_in"]
    assert rows["acme.sloppy"]["reads"] == []
    assert "ImportError" in rows["bad (failed)"]["failed"]


@pytest.mark.usefixtures("plugins")
def test_text_of_detectors_from_other_packages_is_cleaned_and_cut():
    result = run()
    assert result.exit_code == 1
    assert "acme.mark 7 (plug-in)" in result.stdout
    assert "bad (failed) (plug-in)\n  failed: the detector bad failed: ImportError" in result.stdout
    assert result.stdout.isascii()
    assert "\x1b" not in result.stdout
    assert [line for line in result.stdout.splitlines() if len(line) > 88] == []


@pytest.mark.usefixtures("plugins")
def test_detectors_of_other_packages_are_left_out_with_no_plugins():
    result = run("--no-plugins")
    assert result.exit_code == 0
    assert "plug-in" not in result.stdout


def test_help_of_detectors_has_an_example():
    assert "Example: provenance detectors" in run("--help").stdout
