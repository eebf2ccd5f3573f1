"""`docs/ARCHITECTURE.md` is true: what it names exists, and its rooms are those of the contract."""

from __future__ import annotations

import ast
import importlib.util
import re
import tomllib
from enum import Enum
from functools import cache
from pathlib import Path

from provenance_cli.main import COMMANDS
from support.each import each
from support.source import nodes

import provenance
from provenance.base import terms
from provenance.marks.decoder import WatermarkStatus

ROOT = Path(__file__).resolve().parents[2]
LIBRARY = ROOT / "src" / "provenance"
PAGE = (ROOT / "docs" / "ARCHITECTURE.md").read_text(encoding="utf-8")
NAMES = sorted(set(re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", PAGE, flags=re.DOTALL))))
ROOMS = re.findall(r"^\| `(\w+)(?:/|\.py)` \|", PAGE, re.MULTILINE)

VOCABULARY = {
    member.value
    for kind in (*vars(terms).values(), WatermarkStatus)
    if isinstance(kind, type) and issubclass(kind, Enum)
    for member in kind
}


@cache
def strings() -> frozenset[str]:
    """Every text that stands in the sources: the codes of findings and errors among them."""
    return frozenset(
        node.value
        for path in LIBRARY.rglob("*.py")
        for node in nodes(path)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def there(dotted: str) -> bool:
    """Tell whether a module, or a name in one, is there: imported, then asked part by part."""
    parts = dotted.split(".")
    for n in range(len(parts), 0, -1):
        try:
            found = importlib.import_module(".".join(parts[:n]))
        except ModuleNotFoundError:
            continue
        for part in parts[n:]:
            if not hasattr(found, part):
                return False
            found = getattr(found, part)
        return True
    return False


def fault(name: str) -> str:
    """Say what is wrong with a name of the page; empty where it names something."""
    if "/" in name or name.endswith((".py", ".md", ".toml")):
        missing = not any((root / name).exists() for root in (LIBRARY, ROOT))
        return f"no such path: {name}" if missing else ""
    if name.startswith("provenance "):
        return "" if name.split()[1] in COMMANDS else f"no such command: {name}"
    if not re.fullmatch(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", name):
        return f"not a name: {name}"
    head, dot, _ = name.partition(".")
    if head in {"provenance", "provenance_cli"}:
        return "" if there(name) else f"no such name: {name}"
    if dot and (head in ROOMS or head in provenance.__all__):
        return "" if there(f"provenance.{name}") else f"no such name: {name}"
    if dot:
        return "" if name in strings() else f"no such code: {name}"
    known = {*VOCABULARY, *COMMANDS, *provenance.__all__}
    if name in known or importlib.util.find_spec(name) is not None:
        return ""
    return f"no such word: {name}"


@each("name", NAMES)
def test_what_the_page_names_is_there(name: str) -> None:
    assert fault(name) == ""


def test_the_page_names_much() -> None:
    assert len(NAMES) > 100
    assert sum("." in name for name in NAMES) > 50


@each(
    "name",
    [
        "verdict/nowhere.py",
        "verdict.assess.nothing",
        "verdict.nowhere.assess",
        "Verifier.nothing",
        "provenance nothing",
        "provenance_cli.main.NOTHING",
        "no.such.code",
        "nonsense_of_no_kind",
        "a sentence",
    ],
)
def test_what_is_not_there_is_noticed(name: str) -> None:
    assert fault(name)


def test_every_room_has_its_row() -> None:
    rooms = {
        path.stem
        for path in LIBRARY.iterdir()
        if (path / "__init__.py").exists() or (path.suffix == ".py" and path.stem != "__init__")
    }
    assert len(ROOMS) == len(set(ROOMS))
    assert set(ROOMS) == rooms


def test_the_rooms_stand_in_the_order_that_the_contract_holds() -> None:
    """From the bottom up; the contract of `lint-imports` names the top first."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    (layers,) = (c["layers"] for c in contracts if c.get("containers") == ["provenance"])
    assert layers[::-1] == ROOMS


def test_links_to_sections_lead_to_sections() -> None:
    links = re.findall(r"\]\((\w[\w-]*\.md)#([\w-]+)\)", PAGE)
    assert links
    for page, section in links:
        text = (ROOT / "docs" / page).read_text(encoding="utf-8")
        headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
        assert section in {h.lower().replace(" ", "-") for h in headings}, (page, section)
