"""The query of a question: every name known, each given once, nothing ignored."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from provenance.base.options import CrossCheck
from provenance.serve.problems import QuestionRefusedError
from provenance.serve.service_settings import DEFAULT
from provenance.verdict.preservation import TEXTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request

    from provenance.serve.service_settings import ServiceSettings

MAX_NAME = 1024  # characters of the name of a file
_FLAGS = {"true": True, "false": False}


class Parameters:
    """The parameters of one question. Each call takes one, and raises RefusedError (400)."""

    def __init__(self, request: Request, settings: ServiceSettings) -> None:
        self._settings = settings
        self._left: dict[str, list[str]] = {}
        for name, value in request.query_params.multi_items():
            self._left.setdefault(name, []).append(value)

    def text(self, name: str) -> str | None:
        """Take a parameter that is given once, if at all."""
        values = self._left.pop(name, [])
        if len(values) > 1:
            raise QuestionRefusedError(400, f"{name} is given more than once")
        return values[0] if values else None

    def flag(self, name: str) -> bool:
        """Take `true` or `false`; false if it is not given."""
        value = self.text(name)
        if value is None:
            return False
        if value not in _FLAGS:
            raise QuestionRefusedError(400, f"{name} is true or false")
        return _FLAGS[value]

    def word(self, name: str, known: Sequence[str]) -> str | None:
        """Take one of the known words."""
        value = self.text(name)
        if value is not None and value not in known:
            raise QuestionRefusedError(400, f"{name} is one of: {', '.join(known)}")
        return value

    def number(self, name: str) -> int:
        """Take a number of bytes, which must be given."""
        value = self.text(name) or ""
        if not value.isascii() or not value.isdecimal() or len(value) > 15:
            raise QuestionRefusedError(400, f"{name} is a number of bytes, and is needed")
        return int(value)

    def name(self, name: str, otherwise: str = "-") -> str:
        """Take what the caller calls a file: it is in the record, and leads nowhere."""
        value = self.text(name)
        if not value:
            return otherwise
        if len(value) > MAX_NAME or "\0" in value:
            raise QuestionRefusedError(400, f"{name} has at most {MAX_NAME} characters, and no NUL")
        return value

    def rules(self) -> tuple[str, ...]:
        """Take the names of laws and codes whose rules are asked of a comparison."""
        known = [text.name for text in TEXTS]
        values = self._left.pop("rules", [])
        if not set(values) <= set(known):
            raise QuestionRefusedError(400, f"rules are of: {', '.join(known)}")
        return tuple(dict.fromkeys(values))

    def common(self) -> dict[str, Any]:
        """Take what every question about files may say: fields of a `Question`."""
        settings = self._settings
        policies = list(settings.task.policies)
        personal = self.flag("personal_data")
        if personal and not settings.personal_data:
            raise QuestionRefusedError(403, "this service shows no personal data")
        return {
            "at": self._at(),
            "policy": self.word("policy", policies) or DEFAULT,
            "cross_check": self.word("cross_check", list(CrossCheck))
            or settings.task.options.cross_check.value,
            "personal_data": personal,
        }

    def _at(self) -> datetime:
        value = self.text("at")
        if value is None:
            # Whole seconds: questions within one share the chains that were verified.
            return self._settings.at or datetime.now(UTC).replace(microsecond=0)
        try:
            moment = datetime.fromisoformat(value)
            if moment.tzinfo is None:
                raise ValueError("no time zone")
            return moment.astimezone(UTC).replace(microsecond=0)
        except (ValueError, OverflowError) as e:
            raise QuestionRefusedError(400, "at is a time such as 2026-06-01T00:00:00Z") from e

    def refuse_unknown(self) -> None:
        """Refuse whatever is left: a misspelt name must not be passed over."""
        if self._left:
            # Not the name itself: it is the caller's text.
            raise QuestionRefusedError(400, "a parameter is not known: see /openapi.json")
