"""Run tests against each mutant of one module: collected once, then each mutant in a fork.

`python -m mutation.forked MODULE OUT PROCESSES TEST ...`, in a tree whose module is mutated, writes
to OUT, as JSON, what became of each mutant that standard input names: the exit code of its fork,
negative for a signal. It writes too which functions ran while the tests were collected: what they
returned may be kept, and hides their mutants from a fork. To collect the tests anew for every
mutant would take most of the time.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
import time
import traceback
import warnings
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from _pytest.tmpdir import tmppath_result_key
from mutmut.mutation import trampoline

if TYPE_CHECKING:
    from collections.abc import Callable

PASSED, FAILED = 0, 1
QUIETLY = ("--quiet", "--capture=no", "--assert=plain", "-p", "no:cacheprovider", "-p", "no:xdist")
_MEMORY = 4 << 30  # bytes of address space that a mutant may fill
_SECONDS = 2  # of processor time beside four times what the tests take
_LONGEST = 300  # seconds that a mutant may wait


class Judge:
    """A plug-in of pytest that runs the collected tests once for each mutant."""

    def __init__(self, module: str, names: list[str], out: Path, processes: int) -> None:
        self.module = f"provenance.{module.replace('/', '.')}"
        self.names = names
        self.out = out
        self.processes = processes
        self.met: set[str] = set()  # functions that ran, by the names that mutmut gives them
        trampoline.record_trampoline_hit = lambda name, **_: self.met.add(name.rpartition(".")[2])
        trampoline.set_mutant_under_test("stats")

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Find the tests of each function, quick ones first; run them for each of its mutants."""
        early = sorted(self.met)
        tests = self._tests(session.items)
        codes: dict[str, int] = {}
        running: dict[int, str] = {}

        def wait() -> None:
            child, status = os.wait()
            codes[running.pop(child)] = os.waitstatus_to_exitcode(status)

        for name in self.names:
            of_it = tests.get(name.rpartition("__mutmut_")[0], [])
            items = [session.items[number] for _, number in of_it]
            seconds = int(4 * sum(taken for taken, _ in of_it)) + _SECONDS
            if len(running) == self.processes:
                wait()
            running[_forked(seconds, lambda name=name, items=items: self._run(name, items))] = name
        while running:
            wait()
        self.out.write_text(json.dumps({"codes": codes, "early": early}), "utf-8")
        return True

    def _tests(self, items: list[pytest.Item]) -> dict[str, list[tuple[float, int]]]:
        """Return which tests run a function, by seconds and number. Each of these has to pass.

        In a fork: what the code keeps from one call to the next must not be there for a mutant.
        """
        child = _forked(0, lambda: self._watch(items))
        if os.waitpid(child, 0)[1]:
            pytest.exit("it fails without any mutant", returncode=2)
        found: dict[str, list[tuple[float, int]]] = json.loads(self.out.read_text("utf-8"))
        return {name: sorted(tests) for name, tests in found.items()}

    def _watch(self, items: list[pytest.Item]) -> int:
        found: dict[str, list[tuple[float, int]]] = {}
        for number, (item, following) in enumerate(pairwise([*items, None])):
            self.met.clear()
            begun = time.process_time()
            if (error := _error(item, following)) is not None:
                print(item.nodeid, *traceback.format_exception(error))
                return FAILED
            for name in self.met:
                found.setdefault(name, []).append((time.process_time() - begun, number))
        self.out.write_text(json.dumps(found), "utf-8")
        return PASSED

    def _run(self, name: str, items: list[pytest.Item]) -> int:
        trampoline.set_mutant_under_test(f"{self.module}.{name}")
        for item, following in pairwise([*items, None]):
            if _error(item, following) is not None:
                return FAILED
        return PASSED


def _error(item: pytest.Item, following: pytest.Item | None) -> BaseException | None:
    """Run a test, and return what fails in it. A report of it would take longer than most tests."""
    item.stash[tmppath_result_key] = {}  # which the report would fill, for `tmp_path`
    try:
        item.ihook.pytest_runtest_setup(item=item)
        item.ihook.pytest_runtest_call(item=item)
    except pytest.skip.Exception:
        pass
    except BaseException as e:  # noqa: BLE001 - a mutant may do anything
        return e
    item.ihook.pytest_runtest_teardown(item=item, nextitem=following)
    return None


def _forked(seconds: int, run: Callable[[], int]) -> int:
    """Run a function in a fork, whose exit code it returns; it may take so many seconds, 0: any."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of threads: these tests start none
        child = os.fork()
    if child:
        return child
    code = FAILED
    try:
        if seconds:
            resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
            resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
            signal.alarm(_LONGEST)
        code = run()
    except BaseException:  # noqa: BLE001 - so the log says why
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def main() -> int:
    """Judge the mutants that are named on standard input, one a line."""
    module, out, processes, *tests = sys.argv[1:]
    judge = Judge(module, sys.stdin.buffer.read().decode().split(), Path(out), int(processes))
    return pytest.main([*QUIETLY, *tests], [judge])


if __name__ == "__main__":
    sys.exit(main())
