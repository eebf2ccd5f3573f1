"""What is answered where a question is refused: problem details (RFC 9457)."""

from __future__ import annotations

import asyncio
import json
from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.responses import Response

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import Receive, Scope

MEDIA_TYPE = "application/problem+json"
_ASKED = "provenance.asked"
_DISCARDED = 8 << 20  # bytes of a body that is refused, which are still read
_DISCARDING = 2.0  # seconds for them


class CountedQuestion:
    """One question, as it is counted: nothing in it names a file."""

    __slots__ = ("complete", "digest", "method", "path", "received", "seconds", "status")

    def __init__(self, method: str, path: str) -> None:
        self.method = method
        self.path = path
        self.status = 0
        self.received = 0  # bytes of the body that came
        self.complete = False  # whether that was all of it
        self.seconds = 0.0
        self.digest = ""  # SHA-256 of the file, where the answer has it


def asked(scope: Scope) -> CountedQuestion:
    """Return the question of a scope, which is made when it is first asked for."""
    question: CountedQuestion | None = scope.get(_ASKED)
    if question is None:
        question = scope[_ASKED] = CountedQuestion(scope["method"], scope["path"])
    return question


class QuestionRefusedError(Exception):
    """A question is refused. The text goes to the caller: nothing of this machine is in it."""

    def __init__(self, status: int, why: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(why)
        self.status = status
        self.headers = dict(headers or {})


def response(status: int, why: str, headers: Mapping[str, str] | None = None) -> Response:
    """Return the answer: `type` is `about:blank`, so that `title` is the status in words."""
    document = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": why,
    }
    return Response(json.dumps(document), status, dict(headers or {}), MEDIA_TYPE)


async def refused(scope: Scope, receive: Receive, error: QuestionRefusedError) -> Response:
    """Read what is left of a body, within bounds, and return the answer.

    Without that the answer may be lost: a caller who still sends has the connection closed on it.
    """
    question = asked(scope)
    left = question.received + _DISCARDED
    try:
        async with asyncio.timeout(_DISCARDING):
            while not question.complete and question.received < left:
                await receive()
    except TimeoutError:
        pass
    closing = {} if question.complete else {"Connection": "close"}
    return response(error.status, str(error), {**error.headers, **closing})
