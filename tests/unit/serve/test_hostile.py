"""Parts of the service that hold where a whole one cannot be brought to that point quickly."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from support.serving import serves

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message

pytestmark = serves
SCOPE = {
    "type": "http",
    "method": "GET",
    "path": "/",
    "query_string": b"",
    "headers": [(b"host", b"localhost")],
}


def sent(app: ASGIApp, during: Any = None) -> list[Message]:
    """Ask an application; return what it sent. `during` is called at each message."""
    messages: list[Message] = []

    async def send(message: Message) -> None:
        messages.append(message)
        if during is not None:
            during()

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    asyncio.run(app(dict(SCOPE), receive, send))  # type: ignore[arg-type]  # a coroutine, as all are
    return messages


def test_a_file_that_could_not_be_examined_is_counted_as_such() -> None:
    """Also where its worker fell: the code of the error is no origin."""
    from provenance.serve import answers
    from provenance.serve.question import File, Kind, Question
    from provenance.verdict.report import AssetInfo, Environment, ErrorInfo, Report

    at = datetime(2026, 6, 1, tzinfo=UTC)
    report = Report(
        AssetInfo("a"), Environment("", "", (), at), error=ErrorInfo("worker.crashed", "")
    )
    body = answers.verified([report], Question(Kind.VERIFY, (File("a", 1),), at))
    assert body.facts == (("error", False),)
