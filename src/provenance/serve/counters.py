"""What is counted, for Prometheus and for the last line: numbers and times, nothing of a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from provenance.serve.problems import CountedQuestion

MEDIA_TYPE = CONTENT_TYPE_LATEST
NOW = {
    "in_hand_bytes": "Bytes of bodies that are in memory now.",
    "waiting": "Questions that wait for a worker, or are with one.",
    "connections": "Connections that are open.",
}
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
_OTHER = "other"  # every path that this API does not have: callers must not make labels


class Counters:
    """The counters of one service. For one thread."""

    def __init__(self, **now: Callable[[], float]) -> None:
        """`now` says how much there is of what is in `NOW`, whenever it is asked."""
        self.registry = CollectorRegistry()
        prefix = "provenance_"
        self._requests = Counter(
            f"{prefix}requests",
            "Questions, by address and status.",
            ("path", "status"),
            registry=self.registry,
        )
        self._seconds = Histogram(
            f"{prefix}request_seconds",
            "From the head of a question to the end of its answer.",
            ("path",),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._received = Counter(
            f"{prefix}received_bytes", "Bytes of bodies that came.", registry=self.registry
        )
        self._files = Counter(
            f"{prefix}files",
            "Files that were examined, by origin, or `error`; and those flagged.",
            ("origin", "flagged"),
            registry=self.registry,
        )
        self._falls = Counter(
            f"{prefix}worker_falls",
            "Workers that fell, by the code of the error.",
            ("code",),
            registry=self.registry,
        )
        for name, ask in now.items():
            Gauge(f"{prefix}{name}", NOW[name], registry=self.registry).set_function(ask)
        self.files = 0
        self.errors = 0
        self._known: frozenset[str] = frozenset()

    def know(self, paths: Iterable[str]) -> None:
        """Take the addresses that are counted by name."""
        self._known = frozenset(paths)

    def over(self, asked: CountedQuestion) -> None:
        """Count a question."""
        path = asked.path if asked.path in self._known else _OTHER
        self._requests.labels(path, str(asked.status or 499)).inc()
        self._seconds.labels(path).observe(asked.seconds)
        self._received.inc(asked.received)

    def examined(self, facts: Iterable[tuple[str, bool]]) -> None:
        """Count files by what was found."""
        for word, flagged in facts:
            self.files += 1
            self.errors += word == "error"
            self._files.labels(word, "true" if flagged else "false").inc()

    def fell(self, code: str) -> None:
        """Count a worker that fell."""
        self._falls.labels(code).inc()

    def text(self) -> bytes:
        """Return all of them in the text format of Prometheus."""
        return generate_latest(self.registry)
