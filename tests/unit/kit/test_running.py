"""Running validators: limits hold, nothing goes through a shell, problems are values."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from provenance.kit.answers import Adapter, Answer, Problem
from provenance.kit.expect import AI
from provenance.kit.record import Entry, Kit, KitError
from provenance.kit.running import Limits, ask, parse

if TYPE_CHECKING:
    from pathlib import Path

LIMITS = Limits(seconds=10.0, output=1 << 16)
PYTHON = sys.executable


def kit(folder: Path, *fragments: str) -> Kit:
    (folder / "a file.jpg").write_bytes(b"x")
    entry = Entry("a file.jpg", "x", False, "x", "x", "x", AI, fragments=fragments)
    return Kit(folder, "2026-06-01T00:00:00Z", (entry,))


def run(folder: Path, script: str, limits: Limits = LIMITS, words: str = "{}") -> Answer:
    path = folder / "validator.py"
    path.write_text(script, encoding="utf-8")
    validator = parse("x", f"{PYTHON} {path} {words}", Adapter.AUTO)
    (answer,) = ask(kit(folder), validator, limits)
    assert answer is not None
    return answer


def test_the_sample_is_one_argument_whatever_its_name(tmp_path: Path) -> None:
    script = "import sys, pathlib\nsys.exit(pathlib.Path(sys.argv[1]).read_bytes() != b'x')"
    assert run(tmp_path, script).code == 0


def test_nothing_goes_through_a_shell(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    answer = run(tmp_path, "import sys\nsys.exit(len(sys.argv))", words=f"{{}} ; touch {mark}")
    assert answer.code == 5
    assert not mark.exists()


def test_places_in_a_command(tmp_path: Path) -> None:
    script = "import sys\nsys.exit(sys.argv[2:] != ['2026-06-01T00:00:00Z', sys.argv[3]])"
    assert run(tmp_path, script, words="{} {at} {signers}").code == 0


def test_segments_come_one_by_one_or_the_sample_is_not_asked(tmp_path: Path) -> None:
    path = tmp_path / "v.py"
    path.write_text("import sys\nsys.exit(len(sys.argv))", encoding="utf-8")
    held = kit(tmp_path, "1.m4s", "2.m4s")
    (answer,) = ask(held, parse("x", f"{PYTHON} {path} {{}} --s={{fragments}}"), LIMITS)
    assert answer is not None
    assert answer.code == 4
    assert ask(held, parse("x", f"{PYTHON} {path} {{}}"), LIMITS) == (None,)
    pattern = parse("x", f"{PYTHON} {path} {{}} {{fragments-glob}}")
    (answer,) = ask(held, pattern, LIMITS)
    assert answer is not None
    assert answer.code == 3
    (answer,) = ask(kit(tmp_path), pattern, LIMITS)
    assert answer is not None
    assert answer.code == 2


def test_time_runs_out(tmp_path: Path) -> None:
    answer = run(tmp_path, "import time\ntime.sleep(60)", Limits(seconds=0.3))
    assert answer.problem is Problem.TIMEOUT


def test_so_it_does_for_what_closes_its_output_and_goes_on(tmp_path: Path) -> None:
    script = "import os, time\nos.close(1)\ntime.sleep(60)"
    assert run(tmp_path, script, Limits(seconds=0.5)).problem is Problem.TIMEOUT


def test_output_is_bounded(tmp_path: Path) -> None:
    script = "import sys\nwhile True: sys.stdout.write('x' * 4096)"
    assert run(tmp_path, script).problem is Problem.OUTPUT


def test_a_child_that_is_left_behind_is_ended_with_it(tmp_path: Path) -> None:
    script = (
        "import subprocess, sys, time\n"
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "time.sleep(60)"
    )
    assert run(tmp_path, script, Limits(seconds=0.5)).problem is Problem.TIMEOUT


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux holds another process's memory")
def test_memory_is_bounded(tmp_path: Path) -> None:
    script = "import time\ntime.sleep(0.3)\nheld = bytearray(1 << 30)\nprint('{}')"
    answer = run(tmp_path, script, Limits(memory=512 << 20))
    assert answer.code == 1
    assert answer.refused


@pytest.mark.skipif(sys.platform == "win32", reason="no signals there")
def test_a_crash_is_no_answer(tmp_path: Path) -> None:
    script = "import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)"
    assert run(tmp_path, script).problem is Problem.CRASH


def test_a_program_that_is_not_there(tmp_path: Path) -> None:
    (answer,) = ask(kit(tmp_path), parse("x", "no-such-validator {}"), LIMITS)
    assert answer is not None
    assert answer.problem is Problem.MISSING


@pytest.mark.parametrize("command", ["validator", "", 'validator "{}'])
def test_a_command_that_is_none(command: str) -> None:
    with pytest.raises(KitError):
        parse("x", command)


def test_answers_come_in_the_order_of_the_samples(tmp_path: Path) -> None:
    whole = kit(tmp_path)
    entries = []
    for n in range(6):
        (tmp_path / str(n)).write_bytes(b"")
        entries.append(Entry(str(n), "x", False, "x", "x", "x", AI))
    path = tmp_path / "v.py"
    path.write_text("import sys\nsys.exit(int(sys.argv[1][-1]))", encoding="utf-8")
    counted: list[int] = []
    answers = ask(
        Kit(tmp_path, whole.at, tuple(entries)),
        parse("x", f"{PYTHON} {path} {{}}"),
        LIMITS,
        jobs=3,
        progress=lambda done, _: counted.append(done),
    )
    assert [one.code for one in answers if one] == list(range(6))
    assert sorted(counted) == [1, 2, 3, 4, 5, 6]
