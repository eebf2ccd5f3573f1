"""Modules that are executed when they are used: never twice, never half, and with their errors."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import provenance_cli

import provenance
from provenance.base import lazily

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOTS = [Path(one.__file__ or "").parent for one in (provenance, provenance_cli)]


def run(code: str, *arguments: str) -> list[str]:
    """What a fresh interpreter prints, in words."""
    command = [sys.executable, "-c", f"import sys, provenance\n{code}", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def package(folder: Path, **modules: str) -> str:
    """Make a package `provenance.of_tests` of modules; return the code that lets it be found."""
    for name, text in {"__init__": "", **modules}.items():
        path = folder / "of_tests" / f"{name}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return f"provenance.__path__.append({str(folder)!r})\n"


def test_an_import_executes_nothing_and_the_first_use_does(tmp_path: Path) -> None:
    found = package(tmp_path, one="print('executed')\nVALUE = 3")
    code = "from provenance.of_tests import one\nprint('imported')\nprint(one.VALUE, one.VALUE)"
    assert run(found + code) == ["imported", "executed", "3", "3"]


def test_a_name_of_a_module_executes_it_at_once(tmp_path: Path) -> None:
    found = package(tmp_path, one="print('executed')\nVALUE = 3")
    code = "from provenance.of_tests.one import VALUE\nprint('imported', VALUE)"
    assert run(found + code) == ["executed", "imported", "3"]


def test_a_package_is_not_executed_for_a_module_in_it(tmp_path: Path) -> None:
    found = package(tmp_path, __init__="print('package')\nNAME = 1", one="print('one')\nVALUE = 3")
    code = "from provenance.of_tests import one\none.VALUE\nfrom provenance import of_tests\n"
    assert run(found + code + "print(of_tests.NAME)") == ["one", "package", "1"]


def test_a_module_that_is_not_there_is_missing_as_ever(tmp_path: Path) -> None:
    found = package(tmp_path, one="")
    for line in ("from provenance.of_tests import two", "import provenance.of_tests.two"):
        code = f"try:\n    {line}\nexcept ImportError as e:\n    print(type(e).__name__)"
        assert run(found + code)[0] in {"ImportError", "ModuleNotFoundError"}


def test_what_a_module_raises_comes_at_its_use_and_anew_at_the_next(tmp_path: Path) -> None:
    found = package(tmp_path, one="raise ImportError('an extra is missing')")
    code = "from provenance.of_tests import one\n" + (
        "try:\n    one.VALUE\nexcept ImportError as e:\n    print(e.msg.split()[-1])\n" * 2
    )
    assert run(found + code) == ["missing", "missing"]


def test_another_thread_waits_until_a_module_is_whole(tmp_path: Path) -> None:
    halves = "def first():\n    return second()\n", "def second():\n    return 2\n"
    found = package(tmp_path, one="import time\ntime.sleep(0.3)\n".join(halves))
    code = (
        "import threading\nfrom provenance.of_tests import one\nmade = []\n"
        "threads = [threading.Thread(target=lambda: made.append(one.first())) for _ in range(4)]\n"
        "[t.start() for t in threads], [t.join() for t in threads]\nprint(*made)"
    )
    assert run(found + code) == ["2", "2", "2", "2"]


def test_both_ways_of_an_import_give_one_module(tmp_path: Path) -> None:
    found = package(tmp_path, one="class A: pass")
    code = (
        "import importlib\nfrom provenance.of_tests import one\n"
        "from provenance.of_tests.one import A\n"
        "other = importlib.import_module('provenance.of_tests.one')\n"
        "print(one is other is sys.modules['provenance.of_tests.one'], one.A is A)"
    )
    assert run(found + code) == ["True", "True"]


def test_two_threads_that_import_by_two_ways_at_once_execute_a_module_once(tmp_path: Path) -> None:
    """As when each has looked into `sys.modules` before the other had put the module there."""
    found = package(tmp_path, one="import time\nprint('executed')\ntime.sleep(0.3)\nVALUE = 3")
    code = (
        "import threading, time\nfrom importlib.util import module_from_spec\n"
        "from provenance import of_tests\nfrom provenance.base import lazily\n"
        "where = [of_tests.__path__[0]]\n"
        "specs = [lazily._Finder.find_spec('provenance.of_tests.one', where) for _ in range(2)]\n"
        "first = module_from_spec(specs[0])\n"
        "thread = threading.Thread(target=lambda: first.VALUE)\nthread.start()\ntime.sleep(0.1)\n"
        "second = module_from_spec(specs[1])\nprint(second is first, second.VALUE)\n"
        # The machinery of imports loads a module by the specification that the module itself has.
        "thread.join(), first.__spec__.loader.exec_module(first)\n"
    )
    assert run(found + code) == ["executed", "True", "3"]


def test_many_threads_that_import_many_modules_execute_each_once(tmp_path: Path) -> None:
    text = "from provenance.of_tests import m{}\nimport builtins\nbuiltins.EXECUTED.append({})\n"
    modules = {f"m{i}": text.format(min(i + 1, 39), i) + "VALUE = 1\n" for i in range(40)}
    found = package(tmp_path, **modules)
    code = (
        "import builtins, threading\nbuiltins.EXECUTED = []\nfailed = []\n"
        "sys.setswitchinterval(1e-6)\nbarrier = threading.Barrier(6)\n"
        "ways = ['from provenance.of_tests import {0} as m', 'import provenance.of_tests.{0} as m',"
        " 'import provenance.of_tests.{0} as m; from provenance.of_tests.{0} import VALUE']\n"
        "def use(way):\n"
        "    barrier.wait()\n"
        "    for name in (f'm{7 * i % 40}' for i in range(40)):\n"
        "        names = {}\n"
        "        exec(ways[way].format(name), names)\n"
        "        failed.extend([] if names['m'].VALUE == 1 else [name])\n"
        "threads = [threading.Thread(target=use, args=(i % 3,)) for i in range(6)]\n"
        "[t.start() for t in threads], [t.join() for t in threads]\n"
        "print(sorted(builtins.EXECUTED) == [*range(40)], *failed)\n"
    )
    assert run(found + code) == ["True"]


def test_looking_at_all_modules_executes_none(tmp_path: Path) -> None:
    """`inspect` looks for the file of each, `warnings` for its registry."""
    found = package(tmp_path, one="print('executed')")
    code = (
        "from provenance.of_tests import one\n"
        "print(hasattr(one, '__warningregistry__'), one.__file__[-6:], one.__name__)"
    )
    assert run(found + code) == ["False", "one.py", "provenance.of_tests.one"]


def test_a_module_can_be_run_as_a_program(tmp_path: Path) -> None:
    found = package(tmp_path, one="import sys\nprint(__name__, sys.argv[0][-6:])")
    code = "import runpy\nrun = runpy.run_module\n"
    code += "run('provenance.of_tests.one', run_name='__main__', alter_sys=True)"
    assert run(found + code) == ["__main__", "one.py"]


def test_an_executed_module_is_a_plain_one(tmp_path: Path) -> None:
    """Nothing of this is between a module and its users, once it is executed."""
    found = package(tmp_path, one="VALUE = 3")
    code = (
        "from provenance.of_tests import one\nfrom provenance.base import lazily\n"
        "print(lazily.executed(one.__name__))\none.VALUE\n"
        "print(lazily.executed(one.__name__), type(one).__name__)\n"
        "print(one.__loader__.get_source(one.__name__))"
    )
    assert run(found + code) == ["False", "True", "module", "VALUE", "=", "3"]


def test_what_is_set_before_the_first_use_stays_set(tmp_path: Path) -> None:
    found = package(tmp_path, one="VALUE = 3\nOTHER = 4")
    code = "from provenance.of_tests import one\none.VALUE = 5\nprint(one.VALUE, one.OTHER)"
    assert run(found + code) == ["5", "4"]


def defined(path: Path) -> Iterator[str]:
    """The names that a package defines or imports in its `__init__`."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.ImportFrom):
            own = (node.module or "").replace(".", "/")
            names = [a.asname or a.name for a in node.names]
            # `from package import module` is the module itself.
            yield from () if path.parent.as_posix().endswith(own) else names


def test_no_package_defines_what_is_the_name_of_a_module_in_it() -> None:
    packages = [path for root in ROOTS for path in root.rglob("__init__.py")]
    assert len(packages) > 20
    both = {
        f"{path.parent.name}.{name}"
        for path in packages
        for name in defined(path)
        if (path.parent / f"{name}.py").exists()
    }
    assert not both, "the package's own would never be found"


def test_installing_twice_changes_nothing() -> None:
    before = list(sys.meta_path)
    lazily.install()
    assert sys.meta_path == before
