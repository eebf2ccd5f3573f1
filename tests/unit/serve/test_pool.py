"""The pool by itself: what happens to questions where its threads or workers are gone."""

from __future__ import annotations

import asyncio
import json
import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support.each import each
from support.serving import serves

from provenance import Options, Policy, TrustStore, Verifier
from provenance.base.errors import InstallationError
from provenance.serve import content as contents
from provenance.serve import question_worker
from provenance.serve.content import Content, NoRoomError, Room, TooLargeError
from provenance.serve.pool import (
    LeftError,
    NoWorkerError,
    PoolFullError,
    WorkerPool,
    _believed,
    _Slot,
)
from provenance.serve.question import AskedFile, Question, QuestionKind
from provenance.serve.service_settings import DEFAULT, Bounds, ServiceSettings, ServiceTask

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

pytestmark = serves
AT = datetime(2026, 1, 1, tzinfo=UTC)
GIF = b"GIF89a"


def settings(**changes: Any) -> ServiceSettings:
    trust = TrustStore.load()
    lists = Verifier(Policy(), trust, AT, Options()).prepare().trust_lists
    return ServiceSettings(ServiceTask({DEFAULT: Policy()}, trust, lists), workers=1, **changes)


def question(size: int = len(GIF), **changes: Any) -> Question:
    return Question(QuestionKind.VERIFY, (AskedFile("a.gif", size),), AT, **changes)


def run(made: ServiceSettings, work: Callable[[WorkerPool], Coroutine[Any, Any, Any]]) -> Any:
    async def all_of_it() -> Any:
        pool = WorkerPool(made)
        await pool.start()
        try:
            return await work(pool)
        finally:
            await pool.close()

    return asyncio.run(all_of_it())


def held(data: bytes = GIF) -> Content:
    made = Content(Room(1 << 20), 1 << 20)
    made.write(data)
    made.seal()
    return made


def test_a_question_survives_the_way_to_a_worker() -> None:
    asked = question(archives=True, rules=("china",), policy="other")
    assert Question.from_json(asked.to_json()) == asked


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_that_ends_leaves_nobody_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise SystemExit  # which a thread ends with in silence

    async def work(pool: WorkerPool) -> None:
        monkeypatch.setattr(_Slot, "_answered", broken)
        with held() as one:
            with pytest.raises(NoWorkerError, match="fault"):
                await pool.ask(question(), [one])
            pool._slots[0].join()
            assert not pool.ready
            with pytest.raises(NoWorkerError, match="left"):
                await pool.ask(question(), [one])

    run(settings(), work)


def test_no_more_callers_wait_than_may() -> None:
    async def work(pool: WorkerPool) -> None:
        with held() as one:
            given = [asyncio.ensure_future(pool.ask(question(), [one])) for _ in range(4)]
            found = await asyncio.gather(*given, return_exceptions=True)
        assert [isinstance(answer, PoolFullError) for answer in found] == [
            False,
            False,
            False,
            True,
        ]
        assert pool.waiting == 0

    run(settings(bounds=Bounds(waiting=2)), work)


def test_a_caller_who_leaves_takes_no_bytes_away_from_the_worker() -> None:
    """The bytes stay until the worker has answered; then the room is given back."""

    async def work(pool: WorkerPool) -> None:
        with held() as one:
            asked = asyncio.ensure_future(pool.ask(question(), [one]))
            await asyncio.sleep(0)
            asked.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asked
            assert one.number is not None
            body = await pool.ask(question(), [one])  # the worker is in step with its questions
        assert body.facts == (("unknown", False),)
        assert pool.waiting == 0

    run(settings(), work)


def test_no_worker_is_asked_for_a_caller_who_has_left() -> None:
    """Else a caller who takes no answers could keep all workers, without a connection."""

    async def work(pool: WorkerPool) -> None:
        with held() as one:
            with pytest.raises(LeftError):
                await pool.ask(question(), [one], lambda: True)
            assert (await pool.ask(question(), [one])).facts == (("unknown", False),)

    run(settings(), work)


def test_a_service_that_cannot_start_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(question_worker, "SERVICE", "no.such.module:main")

    async def work(pool: WorkerPool) -> None:
        del pool

    with pytest.raises(InstallationError, match="no worker can be started"):
        run(settings(), work)


def test_a_worker_goes_on_with_no_other_trust_lists() -> None:
    made = settings()
    other = ServiceSettings(ServiceTask(made.task.policies, made.task.trust, ()), workers=1)

    async def work(pool: WorkerPool) -> None:
        del pool

    with pytest.raises(InstallationError, match="trust lists changed"):
        run(other, work)


@each(
    ("facts", "content"),
    [
        ({}, b"{}"),
        ([1], b"{}"),
        ([["unknown"]], b"{}"),
        ([["unknown", 1]], b"{}"),
        ([["unknown", False]], b"[]"),
        ([["unknown", False]], b"{} {}"),
        ([["unknown", False]], b'{"a": NaN'),
        ([["unknown", False]], b"[" * 100_000),
        ([["unknown", False]], '{"a": "\u202e"}'.encode()),
    ],
)
def test_an_answer_that_no_worker_of_this_program_would_give_is_a_fall(
    facts: Any, content: bytes
) -> None:
    with pytest.raises(ValueError, match=r"of no known shape|not JSON"):
        _believed(facts, content, question())


def test_words_of_a_worker_are_no_labels() -> None:
    body = _believed([["made\nup", True]], b"{}", question())
    assert body.facts == (("error", True),)


class TestContent:
    def test_room_is_taken_and_given_back(self) -> None:
        room = Room(contents.STEP + 10)
        one, two = Content(room, 1 << 30), Content(room, 1 << 30)
        one.write(b"x")
        assert room.taken == contents.STEP
        with pytest.raises(NoRoomError):
            two.write(b"x")
        one.close()
        one.close()
        assert room.taken == 0
        two.expect(5)
        assert room.taken == 0
        with pytest.raises(NoRoomError):
            two.expect(contents.STEP + 11)
        two.write(b"12345")
        assert (two.size, room.taken, two.bytes()) == (5, contents.STEP, b"12345")
        two.close()
        assert room.taken == 0

    def test_no_body_takes_more_than_one_may_have(self) -> None:
        with Content(Room(1 << 20), 10) as one:
            with pytest.raises(TooLargeError):
                one.expect(11)
            one.write(b"0123456789")
            with pytest.raises(TooLargeError):
                one.write(b"x")
            assert one.size == 10

    def test_nobody_can_change_what_is_sealed(self) -> None:
        import os

        with held() as one:
            if one.number is None:
                pytest.skip("there is no memory without a name here")
            with pytest.raises(PermissionError):
                os.pwrite(one.number, b"x", 0)
            with pytest.raises(PermissionError):
                os.ftruncate(one.number, 0)

    def test_a_body_has_its_digest(self) -> None:
        import hashlib

        data = bytes(range(256)) * 5000
        with Content(Room(1 << 22), 1 << 22) as one:
            one.write(data)
            assert one.sha256() == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize(
    "change",
    [None, ("tool", "another"), ("validation_time", "2020-01-01T00:00:00Z"), ("policy", {})],
)
def test_a_record_that_rests_on_something_else_is_not_signed(
    change: tuple[str, Any] | None,
) -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from support import key_files

    from provenance.auditing.statement_keys import load_signing_key
    from provenance.serve.answers import Body
    from provenance.serve.http_api import Api
    from provenance.serve.problems import QuestionRefusedError

    made = settings()
    verifier = Verifier(made.task.policies[DEFAULT], made.task.trust, AT, made.task.options)
    verifier.prepare()
    record = verifier.verify_bytes(GIF).to_dict()
    if change is not None:
        record["environment"][change[0]] = change[1]
    with tempfile.TemporaryDirectory() as folder:
        key_files.write(Path(folder), key=Ed25519PrivateKey.generate())
        made = replace(made, key=load_signing_key(Path(folder) / "key.pem"))

    async def sign() -> int:
        api = Api(made, WorkerPool(made))
        body = Body((), json.dumps(record).encode())
        with held() as one:
            answer = await api._signed(body, question(), one, for_page=False)
        return answer.status_code

    if change is None:
        assert asyncio.run(sign()) == 200
    else:
        with pytest.raises(QuestionRefusedError, match="nothing was signed"):
            asyncio.run(sign())
