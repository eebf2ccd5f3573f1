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


class TestAnswers:
    """What is not taken yet is in hand, as bodies are."""

    def test_go_out_in_pieces(self) -> None:
        from provenance.serve.content import Room
        from provenance.serve.http_api import _CountedAnswer

        room, taken = Room(1 << 20), []
        content = bytes(200_000)
        messages = sent(_CountedAnswer(content, room), lambda: taken.append(room.taken))
        assert b"".join(one.get("body", b"") for one in messages) == content
        assert len(messages) > 3
        assert [one.get("more_body") for one in messages][-2:] == [True, False]
        assert (set(taken), room.taken) == ({200_000}, 0)

    def test_are_not_sent_where_there_is_no_room(self) -> None:
        from provenance.serve.content import Room
        from provenance.serve.http_api import _CountedAnswer
        from provenance.serve.problems import QuestionRefusedError

        room = Room(100)
        room.take(50)
        with pytest.raises(QuestionRefusedError) as refused:
            sent(_CountedAnswer(bytes(60), room))
        assert (refused.value.status, room.taken) == (429, 50)
        room.give_back(50)
        assert len(sent(_CountedAnswer(bytes(1000), room))) == 2  # alone

    def test_give_their_room_back_where_the_caller_is_gone(self) -> None:
        from provenance.serve.content import Room
        from provenance.serve.http_api import _CountedAnswer

        room = Room(100)

        def gone() -> None:
            raise ConnectionError

        with pytest.raises(ConnectionError):
            sent(_CountedAnswer(bytes(60), room), gone)
        assert room.taken == 0


def test_a_caller_who_waits_at_the_end_of_the_service_is_told_so() -> None:
    """Not that the program has a fault."""
    from provenance.serve.guard import Guard
    from provenance.serve.service_settings import Callers

    async def ended(*_: object) -> None:
        raise asyncio.CancelledError

    over: list[int] = []
    messages = sent(Guard(ended, Callers(), lambda asked: over.append(asked.status)))
    assert (messages[0]["status"], over) == (503, [503])


def test_a_file_that_could_not_be_examined_is_counted_as_such() -> None:
    """Also where its worker fell: the code of the error is no origin."""
    from provenance.serve import answers
    from provenance.serve.question import AskedFile, Question, QuestionKind
    from provenance.verdict.report import AssetInfo, Environment, ErrorInfo, Report

    at = datetime(2026, 6, 1, tzinfo=UTC)
    report = Report(
        AssetInfo("a"), Environment("", "", (), at), error=ErrorInfo("worker.crashed", "")
    )
    body = answers.verified([report], Question(QuestionKind.VERIFY, (AskedFile("a", 1),), at))
    assert body.facts == (("error", False),)
