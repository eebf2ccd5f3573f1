"""A question on its way to a worker: plain values, checked before they are sent."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Self

from provenance.base.options import CrossCheck
from provenance.base.values import dataclass
from provenance.serve.service_settings import DEFAULT
from provenance.verdict.report import ErrorInfo

if TYPE_CHECKING:
    from collections.abc import Mapping


class QuestionKind(StrEnum):
    """What is asked."""

    VERIFY = "verify"
    COMPARE = "compare"
    GLANCE = "glance"  # of a file that brought a worker down: what is seen without its credential


@dataclass(frozen=True, slots=True)
class AskedFile:
    """A file that a question is about: `size` bytes that are handed over, or a `path`.

    `name` is what the caller calls it, and is in the record; what is at `path` must have the
    `identity` (device and number) that it had when the service looked.
    """

    name: str
    size: int
    path: str = ""
    identity: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """What a worker is asked. `at` has a time zone; `page` adds what the page shows.

    `error` says why a worker fell, for a glance. `rules` are names of what laws ask (compare).
    """

    kind: QuestionKind
    files: tuple[AskedFile, ...]
    at: datetime
    policy: str = DEFAULT
    cross_check: str = CrossCheck.AUTO.value
    archives: bool = False
    personal_data: bool = False
    page: bool = False
    rules: tuple[str, ...] = ()
    error: ErrorInfo | None = None

    @property
    def size(self) -> int:
        """How many bytes its files have together."""
        return sum(file.size for file in self.files)

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        return asdict(self) | {"at": self.at.astimezone(UTC).isoformat()}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        """Read what `to_json` made: a worker's side, which has it from the service itself."""
        files = tuple(
            AskedFile(
                f["name"], f["size"], f["path"], tuple(f["identity"]) if f["identity"] else None
            )
            for f in values["files"]
        )
        error = values["error"]
        return cls(
            **{
                **values,
                "kind": QuestionKind(values["kind"]),
                "files": files,
                "at": datetime.fromisoformat(values["at"]),
                "rules": tuple(values["rules"]),
                "error": error and ErrorInfo(**error),
            }
        )
