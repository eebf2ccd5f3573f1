"""What holds for every test."""

from __future__ import annotations

import signal

from hypothesis import HealthCheck, settings

# The same examples on every run, and however long they take: a run tells something of the code, not
# of the day or the machine. To look for new ones: `--hypothesis-profile explore`, or tests/fuzz.
settings.register_profile(
    "suite", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("explore", deadline=None)
settings.load_profile("suite")

# A shell that starts the run in the background has Ctrl-C ignored, by all that the run starts too.
signal.signal(signal.SIGINT, signal.default_int_handler)
