"""The functions for Osprey's rules, against stand-ins of the interface as its source has it."""

from __future__ import annotations

import os
import shutil
import sys
import tomllib
from pathlib import Path

import pytest
from support.pki import FIXTURES

TREE = Path(__file__).resolve().parents[2] / "integrations" / "osprey"


@pytest.fixture
def plugin(monkeypatch, tmp_path):
    """The plug-in with a root of its own, loaded as Osprey loads it: by its entry point."""
    monkeypatch.syspath_prepend(str(TREE / "src"))
    monkeypatch.syspath_prepend(str(Path(__file__).with_name("osprey_interface")))
    root = tmp_path / "media"
    root.mkdir()
    for name in ("ai-generated.png", "plain.jpg", "tampered.png"):
        shutil.copyfile(FIXTURES / name, root / name)
    monkeypatch.setenv("PROVENANCE_OSPREY_ROOT", str(root))
    told = tomllib.loads((TREE / "pyproject.toml").read_text(encoding="utf-8"))
    (module,) = told["project"]["entry-points"]["osprey_plugin"].values()
    yield __import__(module, fromlist=["register_udfs"])
    for name in [n for n in sys.modules if n.partition(".")[0] in {"osprey", "provenance_osprey"}]:
        del sys.modules[name]


def ask(plugin, function, name):
    kind = next(one for one in plugin.register_udfs() if one.__name__ == function)
    arguments = kind.get_arguments_type()(name=name)
    return kind(None, arguments).execute(None, arguments)


def test_what_is_registered_is_what_osprey_takes(plugin):
    """Concrete functions of one text, whose results are of types that its rules know."""
    assert plugin.register_udfs.osprey_impl == {}
    for kind in plugin.register_udfs():
        assert kind.get_arguments_type().items() == {"name": str}
        assert kind.get_rvalue_type() in {str, bool, list[str]}
        assert kind.execute_async is True
        assert kind.__doc__


@pytest.mark.parametrize(
    ("name", "origin", "assurance", "flags", "is_ai"),
    [
        ("ai-generated.png", "ai_generated", "signed", ["ai"], True),
        ("tampered.png", "ai_generated", "broken", ["ai", "broken"], True),
        ("plain.jpg", "unknown", "none", [], False),
        ("none.jpg", "not_examined", "not_examined", ["not_examined"], False),
    ],
)
def test_each_function_of_the_plugin_answers_its_question(
    plugin, name, origin, assurance, flags, is_ai
):
    assert ask(plugin, "ProvenanceOrigin", name) == origin
    assert ask(plugin, "ProvenanceAssurance", name) == assurance
    assert ask(plugin, "ProvenanceFlags", name) == flags
    assert ask(plugin, "ProvenanceIsAi", name) is is_ai


@pytest.mark.parametrize("name", ["../secret.png", "/etc/passwd", "", ".", "a/../../x", "x\0.png"])
def test_no_name_leads_out_of_the_root_of_the_plugin(plugin, name, tmp_path):
    shutil.copyfile(FIXTURES / "ai-generated.png", tmp_path / "secret.png")
    assert ask(plugin, "ProvenanceOrigin", name) == "not_examined"


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="this system has no links")
def test_no_link_leads_out_of_the_root_of_the_plugin(plugin, tmp_path):
    shutil.copyfile(FIXTURES / "ai-generated.png", tmp_path / "secret.png")
    os.symlink(tmp_path / "secret.png", tmp_path / "media" / "link.png")
    assert ask(plugin, "ProvenanceOrigin", "link.png") == "not_examined"


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="this system has no links")
@pytest.mark.parametrize("name", ["one", "one/x.png", "\ud800.png", "a" * 5000, "a/" * 3000])
def test_a_name_that_leads_nowhere_stops_no_rule(plugin, name, tmp_path):
    os.symlink("two", tmp_path / "media" / "one")
    os.symlink("one", tmp_path / "media" / "two")
    assert ask(plugin, "ProvenanceOrigin", name) == "not_examined"
    assert ask(plugin, "ProvenanceIsAi", name) is False


@pytest.mark.skipif(os.name != "posix", reason="ctime is that of the last change on POSIX alone")
def test_a_file_that_changes_under_the_same_time_and_size_is_examined_anew(plugin, tmp_path):
    file = tmp_path / "media" / "ai-generated.png"
    before = file.stat()
    assert ask(plugin, "ProvenanceAssurance", "ai-generated.png") == "signed"
    data = bytearray(file.read_bytes())
    data[-20] ^= 1
    with file.open("r+b") as out:
        out.write(data)
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert ask(plugin, "ProvenanceAssurance", "ai-generated.png") == "broken"


def test_a_file_that_changes_is_examined_anew(plugin, tmp_path):
    file = tmp_path / "media" / "plain.jpg"
    assert ask(plugin, "ProvenanceOrigin", "plain.jpg") == "unknown"
    shutil.copyfile(FIXTURES / "ai-edited.jpg", file)
    assert ask(plugin, "ProvenanceOrigin", "plain.jpg") == "ai_modified"


def test_a_worker_without_a_root_is_told(plugin, monkeypatch):
    monkeypatch.delenv("PROVENANCE_OSPREY_ROOT")
    with pytest.raises(RuntimeError, match="PROVENANCE_OSPREY_ROOT"):
        ask(plugin, "ProvenanceOrigin", "plain.jpg")
