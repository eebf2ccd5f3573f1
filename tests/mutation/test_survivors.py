"""How mutants are named and left alone, and that the list of survivors fits the source of today."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest
from support.each import each

from mutation.__main__ import MODULES, ROOT, SURVIVORS
from mutation.mutants import CUT, Mutant, accepted, functions, read, same, wording

if TYPE_CHECKING:
    from pathlib import Path

MUTATED = '''
class A:
    def f(self, x):
        return x

    def xǁAǁf__mutmut_orig(self, x):
        """Say what it is."""
        if x and self:  # a comment
            return ["a message here", x]
        return None

    def xǁAǁf__mutmut_1(self, x):
        """Say what it is."""
        if x or self:  # a comment
            return ["a message here", x]
        return None

    def xǁAǁf__mutmut_2(self, x):
        """Say what it is."""
        if x and self:  # a comment
            return ["XXa message hereXX", x]
        return None

def x_g__mutmut_orig(x):
    return x + 1

def x_g__mutmut_12(x):
    return x + 2
'''


def test_a_mutant_is_known_by_its_function_and_its_change() -> None:
    assert read("room/module", MUTATED) == {
        "xǁAǁf__mutmut_1": (
            Mutant("room/module", "A.f", "if x and self:", "if x or self:"),
            False,
        ),
        "xǁAǁf__mutmut_2": (
            Mutant(
                "room/module",
                "A.f",
                "return ['a message here', x]",
                "return ['XXa message hereXX', x]",
            ),
            True,
        ),
        "x_g__mutmut_12": (Mutant("room/module", "g", "return x + 1", "return x + 2"), False),
    }


def test_a_long_statement_is_cut_around_the_change() -> None:
    names = ", ".join(f"name_{n}" for n in range(50))
    mutated = f"""
def x_f__mutmut_orig(): return [{names}]
def x_f__mutmut_1(): return [{names.replace("name_25", "None")}]
"""
    mutant, _ = read("m", mutated)["x_f__mutmut_1"]
    assert mutant.old.startswith(CUT)
    assert mutant.old.endswith(CUT)
    assert ", name_25, " in mutant.old
    assert ", None, " in mutant.new
    assert len(mutant.old) < 120


@each(
    ("old", "new", "free"),
    [
        ("Reason('c', 'two words')", "Reason('c', 'XXtwo wordsXX')", True),
        ("Reason('c', 'Two words')", "Reason('c', 'TWO WORDS')", True),
        ("f'{a} two words'", "f'{a} TWO WORDS'", True),
        ("{1: 'two words'}[a]", "{1: 'XXtwo wordsXX'}[a]", True),
        ("Reason('c', 'two words')", "Reason('c', None)", False),
        ("Reason('c', 'two words')", "Reason('c')", False),
        ("Reason('c', 'two words')", "Reason('C', 'two words')", False),
        ("Reason('c', 'two words')", "Reason('c', 'other words')", False),
        ("f'{a} two words'", "f'{None} two words'", False),
        ("'word' if a else 'two words'", "'word' if a or True else 'two words'", False),
        ("a == 'two words'", "a == 'XXtwo wordsXX'", False),
        ("a in ('two words', b)", "a in ('TWO WORDS', b)", False),
        ("a.startswith(('two words',))", "a.startswith(('TWO WORDS',))", False),
        ("a.partition('two words')", "a.partition('TWO WORDS')", False),
        ("a['two words']", "a['TWO WORDS']", False),
        ("{'two words': 1}", "{'TWO WORDS': 1}", False),
    ],
)
def test_only_the_letters_of_a_message_are_free(old: str, new: str, free: bool) -> None:
    assert wording(ast.parse(old), ast.parse(new)) is free


@each(
    ("old", "new", "free"),
    [
        ("a.decode('latin-1')", "a.decode('LATIN-1')", True),
        ("a.encode('utf-8', 'replace')", "a.encode('UTF-8', 'replace')", True),
        ("int.from_bytes(a[:2], 'big')", "int.from_bytes(a[:2])", True),
        ("a.to_bytes(8, 'big')", "a.to_bytes(8)", True),
        ("a.to_bytes(8, 'big')", "a.to_bytes('big')", False),
        ("a.decode('latin-1')", "a.decode('XXlatin-1XX')", False),
        ("a.encode('utf-8', 'replace')", "a.encode('utf-8', 'REPLACE')", False),
        ("a.get('latin-1')", "a.get('LATIN-1')", False),
        ("decode('latin-1')", "decode('LATIN-1')", False),
        ("int.from_bytes(a[:2], 'little')", "int.from_bytes(a[:2])", False),
        ("int.from_bytes(a[:2], 'big')", "int.from_bytes('big')", False),
        ("int.from_bytes(a[:2], 'big')", "int.from_bytes(a[:3], 'big')", False),
        ("int.from_bytes(a, 'big') + 1", "int.from_bytes(a, 'big') + 2", False),
    ],
)
def test_a_call_that_means_the_same_is_free(old: str, new: str, free: bool) -> None:
    assert same(ast.parse(old), ast.parse(new)) is free


@pytest.mark.parametrize("rest", ["", "why = ' '", "why = 'so'\nother = 1"])
def test_a_surviving_mutant_needs_a_reason_and_nothing_else(rest: str, tmp_path: Path) -> None:
    path = tmp_path / "survivors.toml"
    path.write_text(f"{Mutant('m', 'f', 'a', 'b')}\n{rest}\n", "utf-8")
    with pytest.raises(ValueError, match="reason"):
        accepted(path)


def test_an_entry_is_read_as_it_is_printed(tmp_path: Path) -> None:
    made = [Mutant("m", "f", old, "x") for old in ("a", "'b'", 'c"', "'d'\n\"\\")]
    path = tmp_path / "survivors.toml"
    path.write_text("".join(f"{one}\nwhy = 'so'\n" for one in made), "utf-8")
    assert list(accepted(path)) == made


def test_every_surviving_mutant_changes_what_is_in_the_source_today() -> None:
    for mutant in accepted(SURVIVORS):
        source = (ROOT / f"src/provenance/{mutant.module}.py").read_text("utf-8")
        body = ast.unparse(functions(ast.parse(source))[mutant.function])
        flat = "\n".join(line.strip() for line in body.splitlines())
        assert mutant.old.strip(CUT) in flat, f"out of date:\n{mutant}"


@each("module", MODULES)
def test_every_module_has_its_tests(module: str) -> None:
    assert (ROOT / f"src/provenance/{module}.py").is_file()
    assert [name for name in MODULES[module] if not (ROOT / "tests" / name).exists()] == []
