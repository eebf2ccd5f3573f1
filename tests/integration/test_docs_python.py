"""The Python that the documentation shows: public names alone, sound to a type checker, and run."""

import ast
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys

import pytest
from integration.helpers import ANCHORS, AT, FIXTURES, ROOT, call, needs_script
from support.each import each
from unit.media.container import build
from unit.media.container import build_metadata as made

import provenance
from provenance import pytest_plugin

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
ENTRY = re.compile(r"^```toml\n(\[project\.entry-points\..*?)^```", re.MULTILINE | re.DOTALL)
PUBLIC = {
    "provenance": frozenset(provenance.__all__),
    "provenance.pytest_plugin": frozenset(pytest_plugin.__all__),
}


def imports(code):
    """Each (module, name) that a program takes from this package; the name is None for `import`."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.ImportFrom) and node.module.partition(".")[0] == "provenance":
            yield from ((node.module, alias.name) for alias in node.names)
        elif isinstance(node, ast.Import):
            names = (alias.name for alias in node.names)
            yield from ((name, None) for name in names if name.partition(".")[0] == "provenance")


# The others are tests that pytest runs (`test_lint_plugin.py`) and adapters of other validators.
PROGRAMS = {
    f"{page.stem}_{n}": code
    for page in PAGES
    for n, code in enumerate(BLOCK.findall(page.read_text(encoding="utf-8")), 1)
    if any(imports(code))
}


def test_the_pages_about_the_library_have_programs():
    pages = {name.rpartition("_")[0] for name in PROGRAMS}
    assert pages >= {"README", "audit", "detectors", "lint", "lint-pytest", "policy", "watermarks"}


@each("name", PROGRAMS)
def test_programs_of_the_documentation_import_public_names_alone(name):
    found = list(imports(PROGRAMS[name]))
    assert found, "the program imports nothing"
    for module, taken in found:
        assert module in PUBLIC, f"{module} is not public"
        assert taken is None or taken in PUBLIC[module], f"{module}.{taken} is not public"


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """A folder that holds what the programs name."""
    folder = tmp_path_factory.mktemp("desk")
    for name, source in {
        "photo.jpg": FIXTURES / "capture.jpg",
        "inbox/photo.jpg": FIXTURES / "capture.jpg",
        "policy.toml": FIXTURES / "policy.toml",
        "samples/generated.png": FIXTURES / "ai-generated.png",
        "ci/anchors.pem": ANCHORS,
        "tests/fixtures/ai-generated.png": FIXTURES / "ai-generated.png",
        "tests/fixtures/pki/anchors.pem": ANCHORS,
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, folder / name)
    return folder


@each("name", PROGRAMS)
def test_programs_of_the_documentation_run(name, desk):
    command = [sys.executable, "-W", "error", "-c", PROGRAMS[name]]
    result = subprocess.run(
        command, cwd=desk, capture_output=True, text=True, timeout=120, check=False
    )
    assert result.returncode == 0, result.stderr
    assert bool(result.stdout) == ("print(" in PROGRAMS[name])


@pytest.fixture(scope="module")
def strict(tmp_path_factory):
    """What `mypy --strict` says of programs, against the installed package and no settings."""
    folder = tmp_path_factory.mktemp("typed")

    def ask(programs):
        files = [f"{name.replace('-', '_')}.py" for name in programs]
        for file, code in zip(files, programs.values(), strict=True):
            (folder / file).write_text(code, encoding="utf-8")
        command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", "--cache-dir=cache"]
        command += files
        result = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=300, check=False
        )
        return result.returncode, result.stdout + result.stderr

    return ask


needs_mypy = pytest.mark.skipif(
    importlib.util.find_spec("mypy") is None, reason="mypy is not installed (extra `dev`)"
)
PROTOCOLS = {
    "detectors_1": "\n\nfrom provenance import Detector\n\n_made: Detector = AcmeMark()\n",
    "watermarks_1": "\n\nfrom provenance import Decoder\n\n_made: Decoder = AcmeMark()\n",
}


@needs_mypy
def test_programs_of_the_documentation_are_strictly_typed(strict):
    """The plug-ins also as what they are registered for."""
    programs = {name: code + PROTOCOLS.get(name, "") for name, code in PROGRAMS.items()}
    code, said = strict(programs)
    assert code == 0, said


@needs_mypy
def test_the_type_checker_sees_the_types_of_this_package(strict):
    """The test above would notice: a verdict may be missing, and a path is no number."""
    unsound = "from provenance import verify\n\nprint(verify(7).verdict.origin)\n"
    code, said = strict({"unsound": unsound})
    assert code == 1
    assert "[arg-type]" in said
    assert "[union-attr]" in said


def plugin(folder, page):
    """Install the plug-in of a page into a folder: its module and its entry point."""
    text = (ROOT / "docs" / f"{page}.md").read_text(encoding="utf-8")
    (table,) = ENTRY.findall(text)
    group, name, target = re.fullmatch(
        r'\[project\.entry-points\."([\w.]+)"\]\n(\w+) = "([\w.:]+)"\n', table
    ).groups()
    (folder / f"{target.partition(':')[0]}.py").write_text(PROGRAMS[f"{page}_1"], encoding="utf-8")
    info = folder / "acme_marks-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-marks\nVersion: 1\n")
    (info / "entry_points.txt").write_text(f"[{group}]\n{name} = {target}\n")
    return {"PYTHONPATH": os.fspath(folder)}


@needs_script
def test_the_detector_of_the_page_finds_its_marker(tmp_path):
    env = plugin(tmp_path, "detectors")
    path = tmp_path / "made.png"
    path.write_bytes(build.png(made.text_chunk(b"tEXt", b"acme:job", b"4711")))
    result = call("verify", "--format", "json", "--at", AT, path, env=env)
    assert result.returncode == 3, result.stderr.decode()
    record = json.loads(result.stdout)
    assert record["verdict"]["origin"] == "ai_generated"
    assert [signal["detector"] for signal in record["signals"]] == ["acme.mark"]
    without = call("verify", "--format", "json", "--at", AT, "--no-plugins", path, env=env)
    assert json.loads(without.stdout)["signals"] == []


@needs_script
def test_the_decoder_of_the_page_is_asked(tmp_path):
    pytest.importorskip("PIL", reason="pictures are decoded by Pillow (extra `watermark`)")
    env = plugin(tmp_path, "watermarks")
    path = tmp_path / "made.png"
    path.write_bytes(build.png())
    result = call("verify", "--format", "json", "--at", AT, "--pixels", path, env=env)
    assert result.returncode == 0, result.stderr.decode()
    said = {m["decoder"]: m for m in json.loads(result.stdout)["decoded_watermarks"]}
    assert said["acme"]["status"] == "refused"
    assert said["acme"]["reason"] == "smaller than 512 pixels"
