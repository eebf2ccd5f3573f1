"""Running validators: limits hold, nothing goes through a shell, problems are values."""

from __future__ import annotations

import os
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from provenance.kit.expect import AI, ValidatorNeed
from provenance.kit.record import Kit, KitError, SampleRecord
from provenance.kit.running import RunLimits, parse_validator, run_validator
from provenance.kit.validator_runs import Adapter, Problem, ValidatorAnswer

LIMITS = RunLimits(seconds=10.0, output=1 << 16)
PYTHON = sys.executable


def kit(folder: Path, *fragments: str) -> Kit:
    (folder / "a file.jpg").write_bytes(b"x")
    entry = SampleRecord("a file.jpg", "x", False, "x", "x", "x", AI, fragments=fragments)
    return Kit(folder, "2026-06-01T00:00:00Z", (entry,))


def run(
    folder: Path, script: str, limits: RunLimits = LIMITS, words: str = "{}"
) -> ValidatorAnswer:
    path = folder / "validator.py"
    path.write_text(script, encoding="utf-8")
    validator = parse_validator("x", f"{PYTHON} {path} {words}", Adapter.AUTO)
    (answer,) = run_validator(kit(folder), validator, limits)
    assert answer is not None
    return answer


def test_the_sample_is_one_argument_whatever_its_name(tmp_path: Path) -> None:
    script = "import sys, pathlib\nsys.exit(pathlib.Path(sys.argv[1]).read_bytes() != b'x')"
    assert run(tmp_path, script).code == 0


def test_a_command_of_the_kit_does_not_go_through_a_shell(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    answer = run(tmp_path, "import sys\nsys.exit(len(sys.argv))", words=f"{{}} ; touch {mark}")
    assert answer.code == 5
    assert not mark.exists()


def test_places_of_a_command_are_filled_with_the_sample(tmp_path: Path) -> None:
    script = "import sys\nsys.exit(sys.argv[2:] != ['2026-06-01T00:00:00Z', sys.argv[3]])"
    assert run(tmp_path, script, words="{} {at} {signers}").code == 0


def test_a_path_put_into_a_command_is_not_read_for_marks_again(tmp_path: Path) -> None:
    folder = tmp_path / "{at}{signers}"
    folder.mkdir()
    path = tmp_path / "v.py"
    path.write_text("import sys\nsys.exit('{at}{signers}' not in sys.argv[1])", encoding="utf-8")
    (answer,) = run_validator(kit(folder), parse_validator("x", f"{PYTHON} {path} {{}}"), LIMITS)
    assert answer is not None
    assert answer.code == 0


def test_a_sample_is_never_an_option(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "--config=x").write_bytes(b"")
    (tmp_path / "v.py").write_text("import sys\nsys.exit(sys.argv[1].startswith('-'))")
    entry = SampleRecord("--config=x", "x", False, "x", "x", "x", AI)
    (answer,) = run_validator(
        Kit(Path(), "x", (entry,)), parse_validator("x", f"{PYTHON} v.py {{}}"), LIMITS
    )
    assert answer is not None
    assert answer.code == 0


def test_a_file_in_an_archive_is_asked_of_those_that_open_them(tmp_path: Path) -> None:
    path = tmp_path / "v.py"
    path.write_text("import sys\nsys.exit(sys.argv[2:] != ['--in=a/x.png'])", encoding="utf-8")
    held = kit(tmp_path)
    one = replace(held.entries[0], needs=ValidatorNeed.ARCHIVES, member="a/x.png")
    held = replace(held, entries=(one, replace(one, member=""), held.entries[0]))
    words = f"{PYTHON} {path} {{}} --in={{member}}"
    none, never, alone = run_validator(held, parse_validator("x", words), LIMITS)
    assert (none, never) == (None, None)
    assert alone is not None
    assert alone.code == 1  # the word is not there without a member
    takes = frozenset({ValidatorNeed.ARCHIVES})
    within, itself, _ = run_validator(held, parse_validator("x", words, takes=takes), LIMITS)
    assert within is not None
    assert itself is not None
    assert (within.code, itself.code) == (0, 1)


def test_segments_come_one_by_one_or_the_sample_is_not_asked(tmp_path: Path) -> None:
    path = tmp_path / "v.py"
    path.write_text("import sys\nsys.exit(len(sys.argv))", encoding="utf-8")
    held = kit(tmp_path, "1.m4s", "2.m4s")
    (answer,) = run_validator(
        held, parse_validator("x", f"{PYTHON} {path} {{}} --s={{fragments}}"), LIMITS
    )
    assert answer is not None
    assert answer.code == 4
    assert run_validator(held, parse_validator("x", f"{PYTHON} {path} {{}}"), LIMITS) == (None,)
    pattern = parse_validator("x", f"{PYTHON} {path} {{}} {{fragments-glob}}")
    (answer,) = run_validator(held, pattern, LIMITS)
    assert answer is not None
    assert answer.code == 3
    (answer,) = run_validator(kit(tmp_path), pattern, LIMITS)
    assert answer is not None
    assert answer.code == 2


def test_a_command_that_takes_too_long_is_a_timeout(tmp_path: Path) -> None:
    answer = run(tmp_path, "import time\ntime.sleep(60)", RunLimits(seconds=0.3))
    assert answer.problem is Problem.TIMEOUT


def test_a_command_has_one_time_for_output_and_end(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    script = f"import os, pathlib, time\ntime.sleep(2)\nos.close(1)\ntime.sleep(2)\n\
pathlib.Path({str(mark)!r}).touch()\ntime.sleep(60)"
    assert run(tmp_path, script, RunLimits(seconds=3.0)).problem is Problem.TIMEOUT
    assert not mark.exists()


def test_a_command_that_closes_its_output_and_goes_on_is_a_timeout(tmp_path: Path) -> None:
    script = "import os, time\nos.close(1)\ntime.sleep(60)"
    assert run(tmp_path, script, RunLimits(seconds=0.5)).problem is Problem.TIMEOUT


def test_a_command_that_prints_too_much_is_stopped(tmp_path: Path) -> None:
    script = "import sys\nwhile True: sys.stdout.write('x' * 4096)"
    assert run(tmp_path, script).problem is Problem.OUTPUT


LEAVES = """import pathlib, subprocess, sys, time
words = [sys.executable, '-c', 'import time; time.sleep(60)']
left = subprocess.Popen(words, {options})
pathlib.Path({mark!r}).write_text(str(left.pid))
time.sleep({seconds})
"""


def leaving(folder: Path, options: str = "", seconds: int = 0) -> tuple[str, Path]:
    mark = folder / "left"
    return LEAVES.format(options=options, mark=str(mark), seconds=seconds), mark


def is_over(pid: int) -> bool:
    """Whether a process has ended: reaped by its new parent, or waiting to be."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2]
    except FileNotFoundError:
        return True
    return state.split()[0] == "Z"


@pytest.mark.skipif(sys.platform != "linux", reason="asks /proc what became of a process")
@pytest.mark.parametrize(("options", "seconds"), [("", 60), ("stdout=subprocess.DEVNULL", 0)])
def test_what_is_left_running_is_ended_with_the_command(
    tmp_path: Path, options: str, seconds: int
) -> None:
    script, mark = leaving(tmp_path, options, seconds)
    answer = run(tmp_path, script, RunLimits(seconds=3.0))
    assert answer.problem is (Problem.TIMEOUT if seconds else None)
    pid = int(mark.read_text())
    for _ in range(500):  # it was killed before the answer came; the system takes its time
        if is_over(pid):
            return
        time.sleep(0.01)
    pytest.fail("it is still running")


@pytest.mark.skipif(sys.platform != "linux", reason="asks /proc what became of a process")
def test_nobody_waits_for_what_left_the_group_and_holds_the_output(tmp_path: Path) -> None:
    script, mark = leaving(tmp_path, "start_new_session=True")
    answer = run(tmp_path, script, RunLimits(seconds=2.0))
    assert answer.problem is Problem.TIMEOUT
    pid = int(mark.read_text())
    assert not is_over(pid)
    os.kill(pid, signal.SIGKILL)


def test_what_runs_is_ended_on_the_way_out(tmp_path: Path) -> None:
    """As by an interrupt: nobody waits for a validator that hangs."""
    path = tmp_path / "v.py"
    path.write_text(
        "import pathlib, sys, time\n"
        "if sys.argv[1][-1] == '1':\n"
        "    time.sleep(5)\n"
        "    pathlib.Path(sys.argv[1]).with_name('mark').touch()\n",
        encoding="utf-8",
    )
    entries = tuple(SampleRecord(str(n), "x", False, "x", "x", "x", AI) for n in range(8))

    def interrupted(done: int, total: int) -> None:
        del done, total
        raise KeyboardInterrupt

    validator = parse_validator("x", f"{PYTHON} {path} {{}}")
    with pytest.raises(KeyboardInterrupt):
        run_validator(Kit(tmp_path, "x", entries), validator, LIMITS, jobs=2, progress=interrupted)
    assert not (tmp_path / "mark").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux holds another process's memory")
def test_a_command_that_takes_too_much_memory_is_refused_it(tmp_path: Path) -> None:
    script = "import time\ntime.sleep(0.3)\nheld = bytearray(1 << 30)\nprint('{}')"
    answer = run(tmp_path, script, RunLimits(memory=512 << 20))
    assert answer.code == 1
    assert answer.refused


def test_address_space_is_not_bounded_unless_it_is_asked_for(tmp_path: Path) -> None:
    """WebAssembly under Node reserves tens of gigabytes, and uses none of them."""
    script = "import mmap\nmmap.mmap(-1, 8 << 30, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ)"
    assert run(tmp_path, script).code == 0
    if sys.platform == "linux":
        assert run(tmp_path, script, RunLimits(memory=4 << 30)).code == 1


def test_the_end_of_what_it_says_on_standard_error_is_kept(tmp_path: Path) -> None:
    script = (
        "import sys\nsys.stderr.write('noise\\n' * 100_000)\n"
        "sys.stderr.write('Error: \\x1b[31m no such option\\n' + 'x' * 500)\nsys.exit(2)"
    )
    answer = run(tmp_path, script)
    assert answer.refused
    assert answer.complaint[0] == "noise"
    assert answer.complaint[-2] == "Error: \ufffd[31m no such option"
    assert len(answer.complaint) == 8
    assert max(map(len, answer.complaint)) == 200


@pytest.mark.skipif(sys.platform != "linux", reason="asks /proc what became of a process")
def test_nobody_waits_for_what_left_the_group_and_holds_standard_error(tmp_path: Path) -> None:
    script, mark = leaving(tmp_path, "start_new_session=True, stdout=subprocess.DEVNULL")
    assert run(tmp_path, script).code == 0
    pid = int(mark.read_text())
    assert not is_over(pid)
    os.kill(pid, signal.SIGKILL)


@pytest.mark.skipif(sys.platform == "win32", reason="no signals there")
def test_a_command_that_crashes_gives_no_answer(tmp_path: Path) -> None:
    script = "import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)"
    assert run(tmp_path, script).problem is Problem.CRASH


def test_a_program_that_does_not_exist_is_a_problem_of_the_run(tmp_path: Path) -> None:
    (answer,) = run_validator(kit(tmp_path), parse_validator("x", "no-such-validator {}"), LIMITS)
    assert answer is not None
    assert answer.problem is Problem.MISSING


@pytest.mark.parametrize("command", ["validator", "", 'validator "{}'])
def test_a_command_that_is_none_is_refused(command: str) -> None:
    with pytest.raises(KitError):
        parse_validator("x", command)


def test_answers_come_in_the_order_of_the_samples(tmp_path: Path) -> None:
    whole = kit(tmp_path)
    entries = []
    for n in range(6):
        (tmp_path / str(n)).write_bytes(b"")
        entries.append(SampleRecord(str(n), "x", False, "x", "x", "x", AI))
    path = tmp_path / "v.py"
    path.write_text("import sys\nsys.exit(int(sys.argv[1][-1]))", encoding="utf-8")
    counted: list[int] = []
    answers = run_validator(
        Kit(tmp_path, whole.at, tuple(entries)),
        parse_validator("x", f"{PYTHON} {path} {{}}"),
        LIMITS,
        jobs=3,
        progress=lambda done, _: counted.append(done),
    )
    assert [one.code for one in answers if one] == list(range(6))
    assert sorted(counted) == [1, 2, 3, 4, 5, 6]
