"""CONTRIBUTING.md, followed to the letter in a copy of the source: files, lines, commands."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from integration.helpers import ROOT
from integration.test_docs import EXIT, fits

PAGE = ROOT / "CONTRIBUTING.md"
COPIED = (
    "CONTRIBUTING.md",
    "LICENSE",
    "README.md",
    "cli",
    "docs",
    "pyproject.toml",
    "src",
    "tests",
)
LEFT_OUT = shutil.ignore_patterns("*.tmp", "*.pyc.*")  # what another process is writing
CODES = ROOT / "src" / "provenance" / "base" / "catalogue" / "findings.toml"
# A paragraph names one file in backquotes and ends in a colon; the block that follows is for it.
_BLOCK = re.compile(r"((?:^[^\n]+\n)*)\n?^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"`([\w./-]+\.\w+)`[^`]*:\n\Z", re.DOTALL)


@dataclass(frozen=True)
class Section:
    """What a section of the page has a reader do."""

    title: str
    files: tuple[tuple[str, str], ...]  # path, content
    ends: tuple[tuple[str, str], ...]  # path, what is put at its end
    changes: tuple[tuple[str, str], ...]  # path, lines of a diff
    commands: tuple[tuple[str, int, str], ...]  # command, exit code, what it prints


def sections() -> list[Section]:
    text = PAGE.read_text(encoding="utf-8")
    return [section(part) for part in re.split(r"^### ", text, flags=re.MULTILINE)[1:]]


def section(text: str) -> Section:
    files, ends, changes, commands = [], [], [], []
    path = ""
    for before, language, block in _BLOCK.findall(text):
        named = _FILE.search(before)
        path = named[1] if named else path
        if language == "python":
            assert named, f"no file is named for:\n{block[:80]}"
            files.append((path, block))
        elif language == "toml":
            assert named, f"no file is named for:\n{block[:80]}"
            ends.append((path, block))
        elif language == "diff":
            assert path, f"no file is named for:\n{block[:80]}"
            changes.append((path, block))
        elif language == "console":
            commands += shown(block)
    title = text.partition("\n")[0]
    return Section(title, tuple(files), tuple(ends), tuple(changes), tuple(commands))


def shown(block: str) -> list[tuple[str, int, str]]:
    found = []
    for entry in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, _, output = entry.partition("\n")
        code = EXIT.search(command)
        found.append((EXIT.sub("", command), int(code[1]) if code else 0, output))
    return found


SECTIONS = sections()


def added(text: str, change: str) -> str:
    """Add the lines with a plus behind the line in front of them, which has to be there once."""
    lines = change.splitlines()
    assert lines[0][:1] == " ", "a diff begins with the line that new ones come after"
    assert [line for line in lines[1:] if line[:1] != "+"] == []
    anchor = lines[0][1:] + "\n"
    assert len(re.findall(f"^{re.escape(anchor)}", text, re.MULTILINE)) == 1, anchor
    new = "".join(line[1:] + "\n" for line in lines[1:])
    return re.sub(f"^{re.escape(anchor)}", lambda at: at[0] + new, text, flags=re.MULTILINE)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the source in which every section of the page was followed."""
    copy = tmp_path_factory.mktemp("contributing")
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, copy / name, ignore=LEFT_OUT)
        else:
            shutil.copy(ROOT / name, copy / name)
    for one in SECTIONS:
        for path, content in one.files:
            target = copy / path
            assert target.parent.is_dir(), f"{path}: its folder is not there"
            assert not target.exists(), f"{path} is there already"
            target.write_text(content, encoding="utf-8")
        for path, end in one.ends:
            if ROOT / path != CODES or CODES.exists():
                with (copy / path).open("a", encoding="utf-8") as file:
                    file.write(f"\n{end}")
        for path, change in one.changes:
            target = copy / path
            changed = added(target.read_text(encoding="utf-8"), change)
            target.write_text(changed, encoding="utf-8")
    return copy


def run(tree: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a command in the copy, which then is what `provenance` means."""
    scripts = str(Path(sys.executable).parent)
    env = {
        "HOME": os.environ.get("HOME", "/"),
        "LANG": "C.UTF-8",
        "PATH": os.pathsep.join((scripts, os.environ.get("PATH", ""))),
        "PYTHONPATH": os.pathsep.join((str(tree / "src"), str(tree / "cli"))),
        "PYTHONUTF8": "1",
    }
    return subprocess.run(
        command, cwd=tree, env=env, capture_output=True, text=True, timeout=300, check=False
    )


def test_contributing_has_a_section_for_each_part_that_can_be_added() -> None:
    titles = {one.title for one in SECTIONS}
    assert titles >= {
        *("A container", "A detector", "A watermark decoder", "A format", "A rule of lint"),
        *("A kit sample", "A finding code"),
    }
    for one in SECTIONS:
        assert one.changes or one.ends, f"{one.title}: nothing is registered"
        assert any("pytest" in command for command, _, _ in one.commands), one.title


needs_shell = pytest.mark.skipif(
    shutil.which("bash") is None, reason="the commands of the page are for a shell"
)


@needs_shell
@pytest.mark.parametrize("one", SECTIONS, ids=lambda one: one.title)
def test_a_section_of_contributing_works_as_it_is_written(one: Section, tree: Path) -> None:
    if one.ends and not CODES.exists():
        pytest.skip("the catalogue of codes is not part of this tree")
    for command, code, output in one.commands:
        result = run(tree, "bash", "-ec", command)
        assert result.returncode == code, f"$ {command}\n{result.stdout}{result.stderr}"
        assert not output or fits(output, result.stdout), f"$ {command}\n{result.stdout}"


def test_the_copy_passes_the_checks_of_style(tree: Path) -> None:
    """As the page asks; mypy is left to those who add a part: it takes a minute."""
    ruff = shutil.which("ruff", path=str(Path(sys.executable).parent))
    if ruff is None:
        pytest.skip("ruff is not installed: pip install '.[dev]'")
    paths = [
        path for one in SECTIONS for path, _ in (*one.files, *one.changes) if path[-3:] == ".py"
    ]
    for check in (["format", "--check"], ["check"]):
        result = run(tree, ruff, *check, "--no-cache", *dict.fromkeys(paths))
        assert result.returncode == 0, result.stdout + result.stderr


def test_the_tables_of_the_copy_are_as_the_source_has_them(tree: Path) -> None:
    """Completeness as a whole, after every part was added: the tables were written just now."""
    run(tree, sys.executable, "tests/support/doc_tables.py")
    tests = "tests/integration/test_docs_tables.py"
    result = run(
        tree, sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", tests,
        "--deselect", f"{tests}::test_tables_are_as_the_source_has_them",
    )  # as a command line  # fmt: skip
    assert result.returncode == 0, result.stdout
