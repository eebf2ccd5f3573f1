"""Name mutants so that the name stays when lines move, and tell which of them matter.

mutmut numbers its mutants and writes each as a whole function beside the original one. Here a
mutant is known by its module, its function, and the changed statement before and after, as
`ast.unparse` prints them: comments, quotes, line breaks and what else the function holds do not
count.

Two kinds of mutants are left alone by rule, each recognised by its structure: `wording`, because
tests leave the wording of messages free on purpose, and `same`, because nothing changes.
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections import Counter
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_MANGLED = re.compile(r"(?:x_|xǁ(?P<owner>\w+)ǁ)(?P<name>\w+)__mutmut_(?P<which>orig|\d+)")
_LONGEST = 100  # characters of a statement that is shown whole
_CONTEXT = 40  # characters kept on each side of the change in a longer one
CUT = "…"

Def = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True, order=True)
class Mutant:
    """A mutant by what it changes. `old` and `new` are cut at `CUT` where they are long."""

    module: str
    function: str
    old: str
    new: str

    def __str__(self) -> str:
        """Print it as an entry of survivors.toml, which lacks only the reason."""
        pairs = (("module", self.module), ("function", self.function))
        lines = [f'{key} = "{value}"' for key, value in pairs]
        lines += [
            f"{key} = {_toml(value)}" for key, value in (("old", self.old), ("new", self.new))
        ]
        return "\n".join(["[[survivor]]", *lines])


def _toml(text: str) -> str:
    if "'" not in text and "\n" not in text:
        return f"'{text}'"
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def accepted(path: Path) -> Counter[Mutant]:
    """Read the survivors that are argued for, each as often as it may survive.

    Raises ValueError where an entry gives no reason or has a key too many.
    """
    found: Counter[Mutant] = Counter()
    for entry in tomllib.loads(path.read_text("utf-8")).get("survivor", []):
        mutant = Mutant(*(entry.pop(key) for key in ("module", "function", "old", "new")))
        times = entry.pop("times", 1)
        if not entry.pop("why", "").strip() or entry:
            raise ValueError(f"an entry needs a reason, and nothing else: {mutant}")
        found[mutant] += times
    return found


def functions(tree: ast.Module) -> dict[str, Def]:
    """Return every function of a module and every method of its classes, by qualified name."""
    found: dict[str, Def] = {}
    for node in tree.body:
        if isinstance(node, Def):
            found[node.name] = node
        elif isinstance(node, ast.ClassDef):
            inner = (n for n in node.body if isinstance(n, Def))
            found |= {f"{node.name}.{one.name}": one for one in inner}
    return found


def read(module: str, mutated: str) -> dict[str, tuple[Mutant, bool]]:
    """Return the mutants of a module that mutmut has written: name to what it is, and if free.

    A mutant is free by `wording` or by `same`.
    """
    originals: dict[str, Def] = {}
    changed: dict[str, tuple[str, Def]] = {}
    for function in functions(ast.parse(mutated)).values():
        match = _MANGLED.fullmatch(function.name)
        if match is None:
            continue
        owner = f"{match['owner']}." if match["owner"] else ""
        name = function.name
        function.name = match["name"]
        if match["which"] == "orig":
            originals[owner + match["name"]] = function
        else:
            changed[name] = (owner + match["name"], function)
    found = {}
    for name, (qualified, function) in changed.items():
        original = originals[qualified]
        old, new = difference(original, function)
        free = wording(original, function) or same(original, function)
        found[name] = (Mutant(module, qualified, old, new), free)
    return found


def difference(original: Def, mutant: Def) -> tuple[str, str]:
    """Return the changed statements before and after, a long one cut around the change."""
    before, after = (ast.unparse(one).splitlines() for one in (original, mutant))
    start = _shared(before, after)
    end = _shared(before[start:][::-1], after[start:][::-1])
    old, new = ("\n".join(s.strip() for s in x[start : len(x) - end]) for x in (before, after))
    first = _shared(old, new)
    last = _shared(old[first:][::-1], new[first:][::-1])
    return _cut(old, first, last), _cut(new, first, last)


def _shared(one: Sequence[str], other: Sequence[str]) -> int:
    """Return how many items both begin with."""
    pairs = takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))
    return sum(1 for _ in pairs)


def _cut(text: str, first: int, last: int) -> str:
    if len(text) <= _LONGEST:
        return text
    left = max(0, first - _CONTEXT)
    right = min(len(text), len(text) - last + _CONTEXT)
    return f"{CUT if left else ''}{text[left:right]}{CUT if right < len(text) else ''}"


def wording(original: ast.AST, mutant: ast.AST) -> bool:
    """Tell whether only the letters of a message for people differ.

    A message is a text of two words or more, so not a code, a label or a key, that nothing is
    decided from: it is not compared, not looked up, and not an argument of a method. That there is
    a message at all, which one, and what it names are no wording.
    """
    *above, (old, new) = _way(original, mutant)
    if not (isinstance(old, ast.Constant) and isinstance(new, ast.Constant)):
        return False
    if not (isinstance(old.value, str) and isinstance(new.value, str)):
        return False
    if len(old.value.split()) < 2 or _bare(old.value) != _bare(new.value):
        return False
    around = [node for node, _ in above]
    if any(isinstance(node, ast.Compare) for node in around):
        return False
    while isinstance(around[-1], ast.Tuple | ast.List | ast.Set):
        around.pop()
    match around[-1]:
        case ast.Subscript():
            return False
        case ast.Dict(keys=keys):
            return old not in keys
        case ast.Call(func=ast.Attribute()):
            return False
    return True


def same(original: ast.AST, mutant: ast.AST) -> bool:
    """Tell whether a call means the same: a codec in other letters, or bytes that are big-endian.

    A codec's name has no case, and integers are big-endian bytes where nothing is said.
    """
    *above, (old, new) = _way(original, mutant)
    match old, new:
        case ast.Call(func=ast.Attribute(attr="from_bytes" | "to_bytes")), ast.Call():
            *kept, order = [ast.dump(one) for one in old.args]
            shown = [ast.dump(one) for one in new.args]
            return kept == shown and order == ast.dump(ast.Constant("big"))
        case ast.Constant(value=str(one)), ast.Constant(value=str(other)) if above:
            around = above[-1][0]
            called = isinstance(around, ast.Call) and isinstance(around.func, ast.Attribute)
            coding = called and around.func.attr in {"decode", "encode"}
            return coding and around.args[:1] == [old] and one.casefold() == other.casefold()
    return False


def _bare(text: str) -> str:
    return text.replace("XX", "").casefold()


def _way(one: ast.AST, other: ast.AST) -> Iterator[tuple[ast.AST, ast.AST]]:
    """Go down to the smallest pair of nodes that differ; yield each pair on the way."""
    yield one, other
    while type(one) is type(other):
        ours, theirs = list(ast.iter_child_nodes(one)), list(ast.iter_child_nodes(other))
        if len(ours) != len(theirs):
            return
        pairs = zip(ours, theirs, strict=True)
        different = [(a, b) for a, b in pairs if ast.dump(a) != ast.dump(b)]
        if len(different) != 1:
            return
        one, other = different[0]
        yield one, other
