"""What holds for every test."""

from __future__ import annotations

import os
import signal
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put files first that take long; the rest keeps its order."""

    def place(item: pytest.Item) -> int:
        found = (n for n, name in enumerate(_FIRST) if item.nodeid.startswith(name))
        return next(found, len(_FIRST))

    items.sort(key=place)


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
