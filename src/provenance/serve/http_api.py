"""The addresses of the service, and what answers each. `docs/serve.md` documents them.

A question is read within bounds, put to a worker, and its answer passed on. Nothing is kept.
"""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.routing import Route

from provenance.base.errors import EvidenceError
from provenance.base.options import CrossCheck
from provenance.base.text import clean
from provenance.base.version import VERSION
from provenance.export import signed_result
from provenance.render import code_explanations
from provenance.serve import counters, file_references, openapi, page, problems
from provenance.serve.content import Content, NoRoomError, Room, TooLargeError
from provenance.serve.guard import Guard
from provenance.serve.parameters import Parameters
from provenance.serve.pool import LeftError, NoWorkerError, PoolFullError
from provenance.serve.problems import QuestionRefusedError
from provenance.serve.question import AskedFile, Question, QuestionKind
from provenance.verdict.report import plain
from provenance.verdict.verifier import Verifier

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from starlette.requests import Request
    from starlette.types import ASGIApp, Receive, Scope, Send

    from provenance.serve.answers import Body
    from provenance.serve.pool import WorkerPool
    from provenance.serve.problems import CountedQuestion
    from provenance.serve.service_settings import Bounds, ServiceSettings

JSON = "application/json"
ENVELOPE = "application/vnd.dsse.envelope.v1+json"
MAX_REFERENCE = 64 << 10  # bytes of a question in JSON
MAX_SIGNED = 8 << 20  # bytes of an answer that is read here to be signed
RETRY = 1  # seconds after which one that was refused for want of room may ask again
_PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src blob:; media-src blob:;"
    " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none';"
    " require-trusted-types-for 'script'"
)
_PIECE = 64 << 10  # bytes of an answer that are handed on at a time
# A worker that was taken over may say anything in the place of a record.
_NO_RECORD = (LookupError, TypeError, AttributeError, ValueError, RecursionError)
_DIGEST = re.compile(rb'"sha256":"([0-9a-f]{64})"')


class Api:
    """The service, ready to be asked by a server."""

    def __init__(
        self,
        settings: ServiceSettings,
        pool: WorkerPool,
        log: Callable[[CountedQuestion], object] | None = None,
    ) -> None:
        """`log` is told of each question that is over."""
        self.settings = settings
        self.draining = False  # set once the service is about to end
        self.room = Room(settings.bounds.in_hand)
        self._pool = pool
        self._log = log
        self.connections: Callable[[], int] = lambda: 0  # how many are open; the server says
        self.counters = counters.Counters(
            in_hand_bytes=lambda: self.room.taken,
            waiting=lambda: pool.waiting,
            connections=lambda: self.connections(),  # noqa: PLW0108 - it is set later
        )
        pool.on_fall(self.counters.fell)
        answers: dict[tuple[str, str], Callable[[Request], Awaitable[Response]]] = {
            ("POST", "/v1/verify"): self._verify,
            ("POST", "/v1/verify-reference"): self._verify_reference,
            ("POST", "/v1/compare"): self._compare,
            ("GET", "/v1/explain/{code}"): self._explain,
            ("GET", "/v1/trust"): self._trust,
            ("GET", "/v1/service"): self._service,
            ("GET", "/openapi.json"): _fixed(openapi.openapi_text(settings), JSON),
            ("GET", "/healthz"): _fixed('{"status":"ok"}', JSON),
            ("GET", "/readyz"): self._ready,
            ("GET", "/metrics"): self._metrics,
            ("GET", "/"): _fixed(page.page_document(), "text/html", _PAGE_POLICY),
            ("GET", "/page.css"): _fixed(page.styles(), "text/css"),
            ("GET", "/page.js"): _fixed(page.scripts(), "text/javascript"),
        }
        self.counters.know(path for _, path in answers)
        routes = [Route(path, answer, methods=[way]) for (way, path), answer in answers.items()]
        app = Starlette(
            routes=routes,
            exception_handlers={
                QuestionRefusedError: _refuse,
                HTTPException: _refuse_plainly,
                Exception: _fault,
            },
        )
        app.router.redirect_slashes = False  # an address is what it is; `Host` leads nowhere
        self.app: ASGIApp = Guard(app, settings.callers, self._over)

    def _over(self, asked: CountedQuestion) -> None:
        self.counters.over(asked)
        if self._log is not None:
            self._log(asked)

    # ---- questions

    async def _verify(self, request: Request) -> Response:
        asked = Parameters(request, self.settings)
        name, archives, signed = asked.name("name"), asked.flag("archives"), asked.flag("signed")
        for_page = asked.word("view", ("page",)) == "page"
        if signed and self.settings.key is None:
            raise QuestionRefusedError(403, "this service signs nothing: it has no key")
        if signed and archives and not for_page:
            raise QuestionRefusedError(400, "one result is signed for one file: not with archives")
        common = asked.common()
        asked.refuse_unknown()
        with self._new_content() as content:
            await self._receive(request, [(content, None)])
            question = Question(
                QuestionKind.VERIFY,
                (AskedFile(name, content.size),),
                archives=archives,
                page=for_page,
                **common,
            )
            body = await self._asked(request, question, [content])
            if not signed:
                return _CountedAnswer(body.content, self.room)
            return await self._signed(body, question, content, for_page=for_page)

    async def _signed(
        self, body: Body, question: Question, content: Content, *, for_page: bool
    ) -> Response:
        """Sign the record of a file; for the page, add the envelope to the answer."""
        if len(body.content) > MAX_SIGNED:
            raise QuestionRefusedError(422, "nothing was signed: the records are too long")
        try:
            answer = json.loads(body.content)
            record = answer["files"][-1]["record"] if for_page else answer
            digest, error = record["asset"]["sha256"], record["error"]
            own = record["environment"] == self._environment(question)
            why = str(error["message"]) if error else "another digest was given"
        except _NO_RECORD as e:
            raise QuestionRefusedError(422, "nothing was signed: the answer holds no record") from e
        envelope = None
        if not for_page or digest is not None:
            # What a worker says of the bytes, and of what was asked, is not believed where our key
            # is put to it.
            if not own or digest != await asyncio.to_thread(content.sha256):
                raise QuestionRefusedError(422, f"nothing was signed: {clean(why)}")
            envelope = await asyncio.to_thread(self._envelope, json.loads(json.dumps(record)))
        if not for_page:
            return Response(envelope, media_type=ENVELOPE)
        answer["signed"] = envelope and json.loads(envelope)
        return Response(json.dumps(answer, separators=(",", ":")), media_type=JSON)

    def _environment(self, question: Question) -> dict[str, Any]:
        """Return what a record must say that it rests on."""
        task = self.settings.task
        cross_check = CrossCheck(question.cross_check)
        options = replace(task.options, cross_check=cross_check)
        policy = task.policies[question.policy]
        verifier = Verifier(policy, task.trust, question.at, options)
        environment: dict[str, Any] = plain(
            replace(verifier.environment, trust_lists=task.trust_lists)
        )
        return environment

    def _envelope(self, record: dict[str, Any]) -> bytes:
        assert self.settings.key is not None  # noqa: S101 - asked before
        try:
            return signed_result.sign_record(record, self.settings.key, datetime.now(UTC)).to_json()
        except EvidenceError as e:
            raise QuestionRefusedError(422, str(e)) from e
        except _NO_RECORD as e:
            raise QuestionRefusedError(422, "nothing was signed: the answer holds no record") from e

    async def _verify_reference(self, request: Request) -> Response:
        asked = Parameters(request, self.settings)
        archives, common = asked.flag("archives"), asked.common()
        asked.refuse_unknown()
        if not self.settings.roots:
            raise QuestionRefusedError(
                404, "this service reads no folders: it was started without --root"
            )
        named = await self._json(request)
        root, name = named.get("root"), named.get("name")
        if (
            named.keys() != {"root", "name"}
            or not isinstance(root, str)
            or not isinstance(name, str)
        ):
            raise QuestionRefusedError(
                400, "the body is an object of `root` and `name`, both texts"
            )
        try:
            name.encode("utf-8")
            place = await asyncio.to_thread(
                file_references.find_file, self.settings.roots, root, name
            )
        except (file_references.NoSuchFileError, UnicodeEncodeError) as e:
            raise QuestionRefusedError(404, "no such file below a folder of that name") from e
        file = AskedFile(f"{root}/{name}", place.size, place.path, place.identity)
        question = Question(QuestionKind.VERIFY, (file,), archives=archives, **common)
        body = await self._asked(request, question, [None])
        return _CountedAnswer(body.content, self.room)

    async def _compare(self, request: Request) -> Response:
        asked = Parameters(request, self.settings)
        size = asked.number("before_size")
        names = asked.name("before_name", "before"), asked.name("after_name", "after")
        rules, common = asked.rules(), asked.common()
        asked.refuse_unknown()
        with self._new_content() as before, self._new_content() as after:
            await self._receive(request, [(before, size), (after, None)])
            if before.size < size:
                raise QuestionRefusedError(400, "the body is shorter than before_size")
            files = AskedFile(names[0], before.size), AskedFile(names[1], after.size)
            question = Question(QuestionKind.COMPARE, files, rules=rules, **common)
            body = await self._asked(request, question, [before, after])
            return _CountedAnswer(body.content, self.room)

    async def _asked(
        self, request: Request, question: Question, contents: Sequence[Content | None]
    ) -> Body:
        """Put a question to a worker. Raises RefusedError."""
        if self.draining:
            raise QuestionRefusedError(503, "the service is ending", {"Retry-After": str(RETRY)})
        for content in contents:
            if content is not None:
                content.seal()
        left = asyncio.create_task(_left(request))
        try:
            body = await self._pool.ask(question, contents, left.done)
        except LeftError as e:
            raise QuestionRefusedError(400, "whoever asked is gone") from e
        except PoolFullError as e:
            raise _later("too many questions wait: try again") from e
        except NoWorkerError as e:
            raise QuestionRefusedError(
                503, "no worker can be started", {"Retry-After": "10"}
            ) from e
        finally:
            left.cancel()
        self.counters.examined(body.facts)
        if self._log is not None and (digest := _DIGEST.search(body.content)):
            problems.asked(request.scope).digest = digest[1].decode("ascii")
        return body

    # ---- bodies

    def _new_content(self) -> Content:
        try:
            return Content(self.room, self.settings.bounds.max_body)
        except OSError as e:
            raise _later("too much is in hand: try again") from e

    async def _receive(self, request: Request, parts: Sequence[tuple[Content, int | None]]) -> None:
        """Read a body into its parts: so many bytes each, and the rest into the last.

        Raises RefusedError for one that is too large, too slow, or finds no room.
        """
        kind = request.headers.get("content-type", "application/octet-stream")
        if kind.startswith(("multipart/", "application/x-www-form-urlencoded")):
            raise QuestionRefusedError(415, "send the bytes of the file as they are, not a form")
        bounds = self.settings.bounds
        most = bounds.max_body * len(parts)
        length = request.headers.get("content-length", "")
        try:
            if length.isdecimal():
                left = int(length[:20])
                if left > most:
                    raise TooLargeError
                for content, size in parts:
                    content.expect(left if size is None else min(size, left))
                    left -= min(size or 0, left)
            await _receive_body(request, bounds, _into(parts))
        except TooLargeError as e:
            raise QuestionRefusedError(413, f"over {bounds.max_body} bytes: see --max-body") from e
        except NoRoomError as e:
            raise _later("too much is in hand: try again") from e
        except OSError as e:
            raise _later("there is no memory: try again") from e

    async def _json(self, request: Request) -> dict[str, Any]:
        data = bytearray()

        def take(chunk: bytes) -> None:
            data.extend(chunk)
            if len(data) > MAX_REFERENCE:
                raise QuestionRefusedError(413, f"over {MAX_REFERENCE} bytes")

        await _receive_body(request, self.settings.bounds, take)
        try:
            document = json.loads(data)
        except (ValueError, RecursionError) as e:
            raise QuestionRefusedError(400, "the body is not JSON") from e
        if not isinstance(document, dict):
            raise QuestionRefusedError(400, "the body is not a JSON object")
        return document

    # ---- what is known

    async def _explain(self, request: Request) -> Response:
        Parameters(request, self.settings).refuse_unknown()
        code = request.path_params["code"]
        try:
            entries = code_explanations.explain(code)
        except code_explanations.UnknownCodeError as e:
            raise QuestionRefusedError(404, clean(str(e))) from e
        return Response(code_explanations.explanation_json(entries), media_type=JSON)

    async def _trust(self, request: Request) -> Response:
        Parameters(request, self.settings).refuse_unknown()
        lists = plain(self.settings.task.trust_lists)
        return Response(json.dumps({"lists": lists}), media_type=JSON)

    async def _service(self, request: Request) -> Response:
        Parameters(request, self.settings).refuse_unknown()
        facts = {
            "version": VERSION,
            "token": self.settings.callers.token is not None,
            "max_size": self.settings.bounds.max_body,
            "at_once": self.settings.workers * 2,
            "policies": list(self.settings.task.policies),
            "archives": True,
            "signing": self.settings.key is not None,
            "personal_data": self.settings.personal_data,
        }
        return Response(json.dumps(facts), media_type=JSON)

    async def _ready(self, request: Request) -> Response:
        del request
        if self.draining or not self._pool.ready:
            raise QuestionRefusedError(503, "not ready", {"Retry-After": str(RETRY)})
        return Response('{"status":"ready"}', media_type=JSON)

    async def _metrics(self, request: Request) -> Response:
        del request
        return Response(self.counters.text(), headers={"Content-Type": counters.MEDIA_TYPE})


def _fixed(
    text: str, media_type: str, policy: str = ""
) -> Callable[[Request], Awaitable[Response]]:
    """Return what always gives the same."""
    headers = {"Content-Security-Policy": policy} if policy else {}

    async def answer(request: Request) -> Response:
        del request
        return Response(text, headers=headers, media_type=media_type)

    return answer


def _into(parts: Sequence[tuple[Content, int | None]]) -> Callable[[bytes], None]:
    """Return what writes a body into its parts. It raises as `Content.write` does."""
    waiting = list(parts)

    def take(chunk: bytes) -> None:
        view = memoryview(chunk)
        while view:
            content, size = waiting[0]
            some = view if size is None else view[: size - content.size]
            content.write(some)
            view = view[len(some) :]
            if size is not None and content.size == size:
                waiting.pop(0)

    return take


class _CountedAnswer(Response):
    """An answer that is handed on as it is taken, and is counted as in hand until then."""

    def __init__(self, content: bytes, room: Room, media_type: str = JSON) -> None:
        super().__init__(content, media_type=media_type)
        self._room = room

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it. Raises RefusedError if memory is full."""
        body = bytes(self.body)
        size = min(len(body), self._room.most)  # even one that is larger may be sent alone
        try:
            self._room.take(size)
        except NoRoomError as e:
            raise _later("too much is in hand: try again") from e
        try:
            status, headers = self.status_code, self.raw_headers
            await send({"type": "http.response.start", "status": status, "headers": headers})
            for at in range(0, max(len(body), 1), _PIECE):
                more, piece = at + _PIECE < len(body), body[at : at + _PIECE]
                await send({"type": "http.response.body", "body": piece, "more_body": more})
        finally:
            self._room.give_back(size)


def _later(why: str) -> QuestionRefusedError:
    return QuestionRefusedError(429, why, {"Retry-After": str(RETRY)})


async def _left(request: Request) -> None:
    """Wait until the caller is gone. The body has been read."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def _receive_body(request: Request, bounds: Bounds, take: Callable[[bytes], None]) -> None:
    """Hand a body on as it comes. Raises RefusedError where it comes too slowly, or breaks off."""
    began, received = asyncio.get_running_loop().time() + bounds.head, 0
    try:
        async with asyncio.timeout_at(began) as limit:
            async for chunk in request.stream():
                received += len(chunk)
                limit.reschedule(began + received / bounds.slowest)
                take(chunk)
    except TimeoutError as e:
        raise QuestionRefusedError(408, "the body came too slowly") from e
    except ClientDisconnect as e:
        raise QuestionRefusedError(400, "the body was cut short") from e


async def _refuse(request: Request, error: Exception) -> Response:
    assert isinstance(error, QuestionRefusedError)  # noqa: S101 - by registration
    return await problems.refused(request.scope, request.receive, error)


async def _refuse_plainly(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - by registration
    why = {404: "no such address in this API", 405: "not a method of this address"}
    said = why.get(error.status_code, "this cannot be answered")
    refused = QuestionRefusedError(error.status_code, said, error.headers)
    return await problems.refused(request.scope, request.receive, refused)


async def _fault(request: Request, error: Exception) -> Response:
    del request, error
    return problems.response(500, "a fault of this program: please report")
