"""The door of the service: who may ask, what every answer says to a browser, and what is counted.

It is before everything else, so that no address can be added without it.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import time
from typing import TYPE_CHECKING

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response

from provenance.base import callers as known
from provenance.serve import problems

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from provenance.serve.problems import CountedQuestion
    from provenance.serve.service_settings import Callers

OPEN = frozenset({"/", "/page.css", "/page.js", "/healthz", "/readyz", "/v1/service"})
"""What is answered without a token: the page, which holds nothing, and whether we are there."""
_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_NO_CONTENT = "default-src 'none'; frame-ancestors 'none'"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class Guard:
    """Refuses strangers, marks every answer, and tells of each question once it is over."""

    def __init__(
        self, app: ASGIApp, callers: Callers, over: Callable[[CountedQuestion], object]
    ) -> None:
        self._app = app
        self._callers = callers
        self._over = over
        token = callers.token
        self._token = None if token is None else hashlib.sha256(token).digest()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one question."""
        if scope["type"] != "http":  # no WebSocket is offered, and the server has no lifespan
            return
        headers = Headers(scope=scope)
        asked = problems.asked(scope)
        began = time.monotonic()
        origin = headers.get("origin", "")
        foreign = origin.lower() if origin.lower() in self._callers.origins else ""

        async def counted() -> Message:
            message = await receive()
            asked.received += len(message.get("body", b""))
            asked.complete = not message.get("more_body", False)  # also where the caller is gone
            return message

        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                asked.status = message["status"]
                sent = MutableHeaders(scope=message)
                for name, value in _ALWAYS.items():
                    sent.setdefault(name, value)
                sent.setdefault("Content-Security-Policy", _NO_CONTENT)
                if foreign:
                    sent["Access-Control-Allow-Origin"] = origin
                    sent["Cross-Origin-Resource-Policy"] = "cross-origin"
                    sent.append("Vary", "Origin")
            await send(message)

        try:
            try:
                answer = self._refused(scope, headers, foreign)
                await (answer or self._app)(scope, counted, marked)
            except problems.QuestionRefusedError as e:
                refusal = await problems.refused(scope, counted, e)
                await refusal(scope, counted, marked)
            except asyncio.CancelledError:  # only the end of the service does that
                if not asked.status:
                    refusal = problems.response(503, "the service is ending", {"Retry-After": "1"})
                    await refusal(scope, counted, marked)
        finally:
            asked.seconds = time.monotonic() - began
            self._over(asked)

    def _refused(self, scope: Scope, headers: Headers, foreign: str) -> Response | None:
        """Return the answer to a browser that asks whether it may ask. Raises RefusedError."""
        named = headers.getlist("host")
        host = known.host(named[0]) if len(named) == 1 else ""
        if not (host == "localhost" or host in self._callers.hosts or known.is_address(host)):
            raise problems.QuestionRefusedError(
                421, "not the name of this service: see --allow-host"
            )
        self._check_origin(scope, headers, named[0], foreign)
        if scope["method"] == "OPTIONS" and foreign:
            return Response(
                status_code=204,
                headers={
                    "Access-Control-Allow-Methods": "GET, POST",
                    "Access-Control-Allow-Headers": "Authorization, Content-Type",
                    "Access-Control-Max-Age": "600",
                },
            )
        if scope["path"] not in OPEN:
            self._check_token(headers)
        return None

    def _check_origin(self, scope: Scope, headers: Headers, host: str, foreign: str) -> None:
        """Refuse what a page of another site makes a browser ask.

        A browser sends `Origin` with whatever a page asks but for plain links and pictures, whose
        answers no page of another site may read.
        """
        if foreign:
            return
        own = {f"{scheme}://{host.lower()}" for scheme in ("http", "https")}
        origins = headers.getlist("origin")
        site = headers.get("sec-fetch-site", "none")
        if not own.issuperset(origin.lower() for origin in origins) or (
            scope["method"] not in _SAFE and site not in {"none", "same-origin"}
        ):
            raise problems.QuestionRefusedError(403, "asked by a page of another site")

    def _check_token(self, headers: Headers) -> None:
        if self._token is None:
            return
        given = headers.getlist("authorization")
        scheme, _, value = given[0].partition(" ") if len(given) == 1 else ("", "", "")
        digest = hashlib.sha256(value.strip().encode("latin-1", "replace")).digest()
        # Digests are compared, so that the time it takes says nothing of the token.
        if scheme.lower() != "bearer" or not hmac.compare_digest(digest, self._token):
            challenge = {"WWW-Authenticate": 'Bearer realm="provenance"'}
            raise problems.QuestionRefusedError(401, "this service wants a token", challenge)
