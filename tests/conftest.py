"""What holds for every test."""

from __future__ import annotations

import gc
import hashlib
import os
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings

from provenance.sandbox import process

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Generator, Iterator, Sequence

    from provenance.kit.keys import Seed

_LONGEST = 40  # bytes that a name shows

# The same examples on every run, and however long they take: a run tells something of the code, not
# of the day or the machine. To look for new ones: `--hypothesis-profile explore`, or tests/fuzz.
settings.register_profile(
    "suite", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("explore", deadline=None)
settings.load_profile("suite")

# Folders whose files take longest, and are begun first: what is left for the end is short then.
_FIRST = ("tests/unit/marks/", "tests/integration/", "tests/unit/kit/", "tests/unit/auditing/")

# What workers compile is kept beside the source, whatever the shell says: each process that a test
# starts would compile all of it again, and so would every worker and the next run.
sys.dont_write_bytecode = False
_WAITS = 120  # seconds for the first worker, should it come to nothing

# A shell that starts the run in the background has Ctrl-C ignored, by all that the run starts too.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_make_parametrize_id(config: pytest.Config, val: object, argname: str) -> str | None:
    """Name long bytes by their parameter: archives bear the second in which they were made.

    Workers that run side by side have to give every test the same name. So a set is sorted first.
    """
    del config
    if isinstance(val, bytes) and len(val) > _LONGEST:
        return f"{argname}-bytes"
    return None


def _is_compiled() -> bool:
    """Whether most tests were compiled since they were written, by a pytest like this one."""
    tag = f"{sys.implementation.cache_tag}-pytest-{pytest.__version__}"
    fresh = []
    for path in Path(__file__).parent.rglob("test_*.py"):
        made = path.parent / "__pycache__" / f"{path.stem}.{tag}.pyc"
        fresh.append(made.is_file() and made.stat().st_mtime >= path.stat().st_mtime)
    return sum(fresh) > len(fresh) * 3 / 4


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Generator[None, object, object]:
    """Let one worker compile the tests of a new clone: it takes three times what reading them does.

    The others wait until it has, and read what it wrote.
    """
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    if not worker or not session.config.option.basetemp:
        return (yield)
    done = Path(session.config.option.basetemp).parent / "collected"
    if worker != "gw0" and not _is_compiled():
        until = time.monotonic() + _WAITS
        while not done.exists() and time.monotonic() < until:
            time.sleep(0.05)
    try:
        return (yield)
    finally:
        if worker == "gw0":
            done.parent.mkdir(parents=True, exist_ok=True)
            done.touch()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put files first that take long; the rest keeps its order."""

    def place(item: pytest.Item) -> int:
        found = (n for n, name in enumerate(_FIRST) if item.nodeid.startswith(name))
        return next(found, len(_FIRST))

    items.sort(key=place)


_started: list[tuple[subprocess.Popen[bytes], str]] = []  # and what started it
_start = process.start


def _start_and_note(words: Sequence[str], **options: Any) -> subprocess.Popen[bytes]:
    child = _start(words, **options)
    _started.append((child, os.environ.get("PYTEST_CURRENT_TEST", "no test")))
    return child


process.start = _start_and_note


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    """Let no file of tests leave a process that runs.

    It would be ended when garbage is next collected, and charged to whatever test runs then.
    """
    yield
    if nextitem is not None and nextitem.path == item.path:
        return
    left = [test for child, test in _started if child.returncode is None]
    _started.clear()
    assert not left, f"a process was left to itself by {', '.join(left)}"


def pytest_collection_finish() -> None:
    """Leave out of garbage collection what is kept to the end: all tests, and what they import."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(tryfirst=True)
def pytest_unconfigure() -> None:
    """Collect once what is left, and not again and again: pytest does until nothing more comes."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="module")
def kept_primes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Search once a run for the primes of the kit's RSA keys, which takes seconds.

    They follow from the seed. A worker that finds one writes it down for the other workers.
    """
    from provenance.kit import keys

    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "primes"
    folder.mkdir(exist_ok=True)
    search = keys._prime

    def kept(seed: Seed, name: str, bits: int) -> int:
        called = hashlib.sha256(f"{seed.number}/{name}/{bits}".encode()).hexdigest()
        path: Path = folder / called
        if path.exists():
            return int(path.read_text(encoding="ascii"))
        found = search(seed, name, bits)
        own = folder / f"{called}-{os.getpid()}"
        own.write_text(str(found), encoding="ascii")
        own.replace(path)
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keys, "_prime", kept)
        yield


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give each file to one worker, in our order: what is made once a module is made once a run."""
    from xdist.scheduler import LoadFileScheduling

    config.option.loadscopereorder = False
    return LoadFileScheduling(config, log)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """Start one worker more than there are processors: some tests wait for what they have started.

    None leaves it to xdist, where a variable of the environment says how many.
    """
    del config
    if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ or not hasattr(os, "sched_getaffinity"):
        return None
    return len(os.sched_getaffinity(0)) + 1
