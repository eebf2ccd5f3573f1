"""What a service is set up with: bounds for callers, and what answers rest on."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from provenance.auditing.task import FileLimits
from provenance.base.options import ArchiveLimits, Options
from provenance.base.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from provenance.auditing.statement_keys import SigningKey
    from provenance.signing.trust_store import TrustStore
    from provenance.verdict.policy import Policy
    from provenance.verdict.report import ListInfo

MEMBERS = 1000  # files in one archive, where nothing else is said: one answer holds all records
DEFAULT = "default"  # the policy of a question that names none


@dataclass(frozen=True, slots=True)
class Bounds:
    """What callers may cost. Sizes in bytes, times in seconds.

    `max_body` bounds one body, `in_hand` all that are held at a time, `waiting` the questions that
    wait for a worker, `connections` those that are open. `head` is for the head of a question to
    arrive, and for a body in addition to its size over `slowest` (bytes a second); `taken` for an
    answer to be taken.
    """

    max_body: int = 256 << 20
    in_hand: int = 1 << 30
    waiting: int = 64
    connections: int = 512
    head: float = 10.0
    slowest: int = 64 << 10
    taken: float = 60.0

    def body_seconds(self, size: int) -> float:
        """Return how long a body of so many bytes may take to arrive."""
        return self.head + size / self.slowest


@dataclass(frozen=True, slots=True)
class ServiceTask:
    """All that a worker needs to know. Can be pickled.

    `policies` are those that a question may name; `DEFAULT` is among them. `trust_lists` and
    `crl_digests` are those of the beginning: no worker goes on with others. `options` hold what no
    question can change.
    """

    policies: Mapping[str, Policy]
    trust: TrustStore
    trust_lists: tuple[ListInfo, ...]
    options: Options = field(default_factory=Options)
    crl_digests: tuple[str, ...] = ()
    archives: ArchiveLimits = field(default_factory=lambda: ArchiveLimits(members=MEMBERS))
    limits: FileLimits = field(default_factory=FileLimits)


@dataclass(frozen=True, slots=True)
class Callers:
    """Who may ask.

    `hosts` are names by which callers may know this service, in lower case, beside addresses in
    numbers and `localhost`. Pages of `origins` may ask from a browser, beside our own. With `token`
    every question but the plainest has to bring it.
    """

    hosts: frozenset[str] = frozenset()
    origins: frozenset[str] = frozenset()
    token: bytes | None = None


@dataclass(frozen=True, slots=True)
class ServiceSettings:
    """A whole service. `at` is the validation time, None for that of each question.

    `roots` are folders by the names under which callers know them. With `key` answers can be
    signed. `personal_data` lets a question ask for titles and descriptions. `access_log` has a line
    printed for each question.
    """

    task: ServiceTask
    bounds: Bounds = field(default_factory=Bounds)
    callers: Callers = field(default_factory=Callers)
    workers: int = 2
    at: datetime | None = None
    roots: Mapping[str, str] = field(default_factory=dict)
    key: SigningKey | None = None
    personal_data: bool = True
    access_log: bool = False
