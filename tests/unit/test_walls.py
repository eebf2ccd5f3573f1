"""What the import contracts in pyproject.toml cannot say: nothing heavy is loaded for nothing.

Which room may import which, and who may import a package, is held by `lint-imports`.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections import Counter
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from provenance_cli.commands import COMMANDS
from support.each import each
from support.pki import FIXTURES
from support.source import nodes

from provenance.media.container import sniff

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
LIBRARY, CLI = ROOT / "src" / "provenance", ROOT / "cli"
MODULES = sorted((*LIBRARY.rglob("*.py"), *CLI.rglob("*.py")))
NAMES = [path.relative_to(ROOT).as_posix() for path in MODULES]
FAMILIES = {row.name for row in sniff.FAMILIES}
HEAVY = ("c2pa", "cryptography", "cbor2", "asn1crypto", "defusedxml", "rich", "click")
# Where a crash becomes a record: other people's detectors may raise anything.
CATCHES_ALL = frozenset(
    {
        "src/provenance/signals/detectors/detector_registry.py",
        "src/provenance/base/errors.py",
        "src/provenance/marks/decoder_registry.py",
        "src/provenance/marks/decoding_worker.py",
        "src/provenance/auditing/shards/giving.py",
        "src/provenance/auditing/shards/spark.py",
    }
)


@cache
def imported(path: Path) -> frozenset[str]:
    """The top-level packages that a module imports anywhere in it."""
    found = set()
    for node in nodes(path):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.add((node.module or "").partition(".")[0])
    return frozenset(found)


def importers(package: str) -> set[str]:
    return {name for name, path in zip(NAMES, MODULES, strict=True) if package in imported(path)}


# Asked for by name only: `trust update --from URL`, `--ocsp` and `recover --repository URL` call
# through the first; `repository serve` and `serve` answer and call nobody. Open files go to a
# worker through a pair of sockets without a name.
NETWORK = {
    "src/provenance/base/network.py",
    "src/provenance/recover/service.py",
    "src/provenance/sandbox/descriptors.py",
    *(name for name in NAMES if name.startswith("src/provenance/serve/")),
}


@each("package", ["socket", "ssl", "http", "urllib3", "requests", "asyncio", "aiohttp", "httpx"])
def test_only_the_network_modules_import_the_network(package: str) -> None:
    assert importers(package) <= NETWORK


# In the worker alone, for frames of videos.
@pytest.mark.parametrize(
    ("package", "where"), [("cv2", {"src/provenance/marks/videos.py"}), ("imageio", set())]
)
def test_only_the_modules_of_pixels_import_packages_for_them(package: str, where: set[str]) -> None:
    assert importers(package) == where


def test_no_package_for_pixels_is_loaded_unless_asked_for() -> None:
    script = (
        "import contextlib, sys\nfrom provenance_cli.main import main\n"
        "with contextlib.suppress(SystemExit):\n    main(['verify', '-q', sys.argv[1]])\n"
        "from provenance.base.lazily import executed\n"
        "wanted = ('PIL', 'numpy', 'pywt', 'cv2', 'provenance.marks')\n"
        "print('loaded', *(name for name in wanted if executed(name)))"
    )
    for name in ("plain.jpg", "capture.jpg"):
        command = [sys.executable, "-c", script, str(FIXTURES / name)]
        run = subprocess.run(command, capture_output=True, text=True, check=True)
        assert run.stdout.splitlines()[-1] == "loaded"


def test_a_caller_who_asks_for_pixels_loads_no_package_for_them() -> None:
    code = (
        "from provenance import Verifier\nfrom provenance.marks.reader import MarkReader\n"
        "from provenance.marks.decoder import Medium\n"
        "reader = MarkReader({Medium.PICTURE}, plugins=False)\n"
        "report = Verifier(pixels=reader).verify(sys.argv[1])\n"
        "assert report.decoded_watermarks\n"
        "assert not {'PIL', 'numpy', 'pywt', 'cv2', 'tensorcodec'} & sys.modules.keys()"
    )
    assert loaded(code, str(FIXTURES / "plain.jpg")) <= {"defusedxml"}


def broad(path: Path) -> Iterator[int]:
    """Lines where a module catches everything."""
    for node in nodes(path):
        if not isinstance(node, ast.ExceptHandler):
            continue
        kinds = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
        for kind in kinds:
            name = kind.id if isinstance(kind, ast.Name) else None
            reraises = isinstance(node.body[-1], ast.Raise) and node.body[-1].exc is None
            if kind is None or name == "Exception" or (name == "BaseException" and not reraises):
                yield node.lineno


@each(("name", "path"), list(zip(NAMES, MODULES, strict=True)), ids=NAMES)
def test_no_exception_is_caught_that_is_not_named(name: str, path: Path) -> None:
    assert not list(broad(path)) or name in CATCHES_ALL


@each(("name", "path"), list(zip(NAMES, MODULES, strict=True)), ids=NAMES)
def test_modules_stay_under_600_lines(name: str, path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) < 600, name


@each(("name", "path"), list(zip(NAMES, MODULES, strict=True)), ids=NAMES)
def test_functions_stay_within_60_lines(name: str, path: Path) -> None:
    """What is longer, signature and docstring included, does two things, or is a table."""
    functions = (n for n in nodes(path) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))
    lengths = [(node.name, (node.end_lineno or 0) - node.lineno + 1) for node in functions]
    assert [one for one in lengths if one[1] > 60] == [], name


def test_no_two_classes_share_a_name() -> None:
    """Who meets a class in a message or a signature knows which of them it is."""
    classes = (
        node.name for path in MODULES for node in nodes(path) if isinstance(node, ast.ClassDef)
    )
    assert [name for name, times in Counter(classes).items() if times > 1] == []


def test_a_module_shares_its_name_only_with_a_command_or_a_format() -> None:
    times = Counter(path.stem for path in MODULES if path.stem != "__init__")
    shared = {stem for stem, count in times.items() if count > 1}
    assert shared <= {*COMMANDS, *FAMILIES}


def loaded(code: str, *arguments: str) -> set[str]:
    """The heavy packages that a fresh interpreter has loaded after running `code`."""
    script = f"import sys\n{code}\nprint(*(m for m in {HEAVY} if m in sys.modules))"
    run = subprocess.run(
        [sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=True
    )
    return set(run.stdout.split())


def test_importing_the_package_loads_nothing_heavy() -> None:
    assert loaded("import provenance") == set()
    assert loaded("from provenance import verify, Policy, Report, Verdict, Verifier") == set()


@pytest.mark.parametrize("name", ["plain.jpg"])
def test_a_file_without_a_credential_needs_neither_sdk_nor_cryptography(name: str) -> None:
    code = "from provenance import verify\nassert verify(sys.argv[1]).verdict is not None"
    assert loaded(code, str(FIXTURES / name)) <= {"defusedxml"}


def test_a_remote_credential_and_a_missing_file_need_neither_sdk_nor_cryptography() -> None:
    code = "from provenance import verify\nverify(sys.argv[1])"
    for name in ("remote-only.jpg", "missing.jpg"):
        assert loaded(code, str(FIXTURES / name)) <= {"defusedxml"}


def test_a_signed_file_needs_sdk_and_cryptography() -> None:
    """The tests above would notice."""
    code = "from provenance import verify\nverify(sys.argv[1], cross_check='always')"
    assert {"c2pa", "cryptography", "cbor2"} <= loaded(code, str(FIXTURES / "capture.jpg"))


def test_the_sdk_is_not_loaded_where_it_is_not_asked_about_a_file() -> None:
    code = "from provenance import verify\nassert verify(sys.argv[1]).sdk_state is None"
    assert "c2pa" not in loaded(code, str(FIXTURES / "generated.jpg"))


_PRAGMA = re.compile(r"# (noqa\b[^#]*|type: ignore\S*(?:  # [^#]*)?|fmt: (?:skip|off)\b.*)$")
_REASON = re.compile(r"noqa: [A-Z0-9, ]+ - \S|type: ignore\[[a-z, -]+\]  # \S")


def test_every_check_switched_off_has_a_reason_beside_it() -> None:
    bare = []
    for path in sorted(p for part in ("src", "cli", "tests") for p in (ROOT / part).rglob("*.py")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            found = _PRAGMA.search(line)
            if found is None or _REASON.match(found[1]):
                continue
            if found[1] == "fmt: skip" and re.search(r"  # \w[^#]*  [#] fmt: skip$", line):
                continue
            bare.append(f"{path.relative_to(ROOT)}:{number}: {found[1]}")
    assert bare == []
