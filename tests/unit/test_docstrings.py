"""What docstrings and comments name is there: who renames a function renames it in them, too.

Looked at is what is in backticks and has a dot, but for names of files, and for texts of the
program itself, such as codes. It has to be a module, something in one, or what a class has.
"""

from __future__ import annotations

import ast
import io
import re
import sys
import tokenize
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.each import each
from support.source import nodes

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = {"provenance": ROOT / "src", "provenance_cli": ROOT / "cli"}
MODULES = {
    ".".join(path.relative_to(base).with_suffix("").parts).removesuffix(".__init__"): path
    for name, base in PACKAGES.items()
    for path in sorted((base / name).rglob("*.py"))
}
NAMED = re.compile(r"`([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+)(?:\(\))?`")
FILE = re.compile(r".*\.(c2pa|css|html|jpg|js|json|md|pem|pickle|png|py|toml|txt|xmp)")
# Other people's: packages, labels and keys of formats, what an example is called.
OTHERS = re.compile(
    r"(acme|plugin\.acme|com\.example|c2pa|io\.iscc|cryptography|pyarrow|pywt)\..*"
    r"|identity\.unlisted|li\.node\.bad|metadata\.(huggingface_job|samsung_genai)|moov\.meta"
    r"|options\.response|trust\.trust_config"
)


def texts(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the docstrings and the comments of a module, each with its line."""
    for node in nodes(path):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node.lineno, str(node.value.value)
    with io.StringIO(path.read_text(encoding="utf-8")) as source:
        for token in tokenize.generate_tokens(source.readline):
            if token.type == tokenize.COMMENT:
                yield token.start[0], token.string


@cache
def defined(name: str) -> frozenset[str]:
    """Return the names that are at the top of a module: defined, assigned or imported."""
    found: set[str] = set()
    for node in nodes(MODULES[name]):
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, ast.alias):
            found.add((node.asname or node.name).rpartition(".")[2])
    return frozenset(found)


@cache
def attributes() -> dict[str, frozenset[str]]:
    """Return what the classes of the program have, by their names."""
    found: dict[str, set[str]] = {}
    for path in MODULES.values():
        for node in nodes(path):
            if isinstance(node, ast.ClassDef):
                own = found.setdefault(node.name, set())
                for part in ast.walk(node):
                    if isinstance(part, ast.FunctionDef):
                        own |= {part.name, *(a.arg for a in part.args.args)}
                    elif isinstance(part, ast.Name):
                        own.add(part.id)
                    elif isinstance(part, ast.Attribute):
                        own.add(part.attr)
    return {name: frozenset(own) for name, own in found.items()}


@cache
def strings() -> frozenset[str]:
    return frozenset(
        node.value
        for path in MODULES.values()
        for node in nodes(path)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def is_there(name: str, module: str) -> bool:
    """Tell whether a name leads to something, from a module where it is written."""
    parts = name.split(".")
    for n in range(len(parts), 0, -1):
        suffix = ".".join(parts[:n])
        held = [m for m in MODULES if m == suffix or m.endswith(f".{suffix}")]
        if held and (n == len(parts) or any(parts[n] in defined(m) for m in held)):
            return True
    head, member = parts[:2]
    if head in attributes():
        return member in attributes()[head]
    if head in sys.stdlib_module_names:
        return True
    # an argument or a local of the module's own; what it has is not known here
    return head in defined(module) and head not in {m.rpartition(".")[2] for m in MODULES}


def missing(module: str) -> list[str]:
    return [
        f"{MODULES[module].relative_to(ROOT)}:{line}: {name}"
        for line, text in texts(MODULES[module])
        for name in NAMED.findall(text)
        if not FILE.fullmatch(name)
        and not OTHERS.fullmatch(name)
        and name not in strings()
        and not is_there(name, module)
    ]


@each("module", sorted(MODULES))
def test_what_a_docstring_names_is_there(module: str) -> None:
    assert missing(module) == []


@pytest.mark.parametrize(
    "name",
    [
        "verdict.assess.nothing",
        "verdict.nowhere",
        "provenance.nowhere.at_all",
        "assess.nothing",
        "Verifier.verify_everything",
        "nonsense.of_no_kind",
    ],
)
def test_what_is_not_there_is_noticed(name: str) -> None:
    assert not is_there(name, "provenance.verdict.assess")


@pytest.mark.parametrize(
    "name", ["verdict.assess", "assess.assess", "Verifier.verify", "provenance.base", "os.path"]
)
def test_what_is_there_is_found(name: str) -> None:
    assert is_there(name, "provenance.verdict.assess")
