"""What holds for every test."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    import pytest

_LONGEST = 40  # bytes that a name shows

# The same examples on every run, and however long they take: a run tells something of the code, not
# of the day or the machine. To look for new ones: `--hypothesis-profile explore`, or tests/fuzz.
settings.register_profile(
    "suite", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("explore", deadline=None)
settings.load_profile("suite")

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
