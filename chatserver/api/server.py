"""The aiohttp application: middlewares, health, and a listener that does not wait for silent strangers."""

import asyncio
import ipaddress
import logging
import re
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from aiohttp import web

from chatserver.api import limits
from chatserver.api.metrics import Metrics
from chatserver.api.peers import Peers, inside
from chatserver.api.rest import PREFIX, WHO
from chatserver.hub.hub import Hub
from chatserver.kernel.errors import ERRORS, ErrorCode, Refused
from chatserver.kernel.ids import new_id
from chatserver.protocol.wire import refusal

_log = logging.getLogger("chatserver.http")

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

FIRST_REQUEST_WITHIN = 15.0
"""Seconds from a TCP connection to its first complete request head."""

NEXT_REQUEST_WITHIN = 75.0
"""Seconds from an answer to the next complete request head. Proxies keep idle connections for 60, and shall be
the first to let go."""

REQUEST_HEADER = "X-Request-Id"

_REQUEST_ID = re.compile(r"[A-Za-z0-9_.:\-]{1,64}")

MAX_BODY = 2_000_000
"""Bytes of an HTTP request's body: a workspace's settings with large flows."""

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": "camera=(), geolocation=(), payment=()",
}


class Front:
    """What stands in front of every HTTP handler."""

    def __init__(self, hub: Hub, peers: Peers, metrics: Metrics, metrics_from: tuple[str, ...], secure: bool) -> None:
        self._hub = hub
        self._peers = peers
        self._metrics = metrics
        self._metrics_from = [ipaddress.ip_network(n) for n in metrics_from]
        self._requests = limits.Buckets(limits.REQUESTS, hub.clock)
        self._headers = HEADERS | ({"Strict-Transport-Security": "max-age=31536000"} if secure else {})

    def add_to(self, app: web.Application) -> None:
        app.router.add_get("/healthz", self.healthz)
        app.router.add_get("/readyz", self.readyz)
        app.router.add_get("/metrics", self.metrics)

    @web.middleware
    async def answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Refusals become JSON with their status, bugs a plain 500 without a trace in it."""
        about = {"request": _request_id(request), "path": request.path}
        try:
            if request.path.startswith("/api/") and not request.path.startswith(PREFIX + "/"):
                self._requests.take(self._peers.network(request))
            response = await handler(request)
        except Refused as refused:
            _log.info("refused", extra={"code": refused.code.value, "who": request.get(WHO, ""), **about})
            response = _refused(refused)
        except web.HTTPException as http:
            response = _http(request, http)
        except Exception:
            _log.exception("a handler failed", extra=about)
            response = _refused(Refused(ErrorCode.INTERNAL))
        if not response.prepared:
            for name, value in (*self._headers.items(), (REQUEST_HEADER, about["request"])):
                response.headers.setdefault(name, value)
        if isinstance(response, web.HTTPException):
            raise response
        return response

    async def healthz(self, request: web.Request) -> web.Response:
        """The process runs."""
        return web.json_response({"status": "ok"})

    async def readyz(self, request: web.Request) -> web.Response:
        """The store answers, so inputs can be accepted."""
        try:
            await asyncio.wait_for(self._hub.store.ping(), 2.0)
        except Exception:
            _log.exception("the store does not answer")
            return web.json_response({"status": "store unavailable"}, status=503)
        return web.json_response({"status": "ok", "seq": self._hub.head})

    async def metrics(self, request: web.Request) -> web.Response:
        if not inside(self._peers.address(request), self._metrics_from):
            raise Refused(ErrorCode.FORBIDDEN)
        return web.Response(body=self._metrics.text(), headers={"Content-Type": "text/plain; version=0.0.4"})


class Listener:
    """Connections that bring no request in time are closed: the stock server would keep them for ever."""

    def __init__(self, runner: web.AppRunner) -> None:
        self._runner = runner
        self._silent: dict[int, asyncio.TimerHandle] = {}
        self._server: asyncio.Server | None = None

    @web.middleware
    async def heard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if timer := self._silent.pop(id(request.protocol), None):
            timer.cancel()
        return await handler(request)

    async def start(self, host: str, port: int) -> int:
        """Returns the port that it listens on."""
        server = self._runner.server
        assert server is not None
        loop = asyncio.get_running_loop()

        def protocol() -> asyncio.Protocol:
            connection: Any = server()
            self._silent[id(connection)] = loop.call_later(FIRST_REQUEST_WITHIN, self._cut, connection)
            return connection  # type: ignore[no-any-return]

        self._server = await loop.create_server(protocol, host, port, backlog=1024)
        bound: int = self._server.sockets[0].getsockname()[1]
        return bound

    def _cut(self, connection: Any) -> None:
        self._silent.pop(id(connection), None)
        if connection.transport is not None:
            connection.transport.abort()

    async def stop(self) -> None:
        if self._server:
            self._server.close()
        for timer in self._silent.values():
            timer.cancel()


def _request_id(request: web.Request) -> str:
    """The caller's own name for the request, or a new one: it stands in the answer and in the log."""
    given = request.headers.get(REQUEST_HEADER, "")
    return given if _REQUEST_ID.fullmatch(given) else new_id()


def _http(request: web.Request, http: web.HTTPException) -> web.StreamResponse:
    """What aiohttp itself refuses, in the product's words."""
    match http:
        case web.HTTPRequestEntityTooLarge():
            return _refused(Refused(ErrorCode.TOO_LARGE, limit=MAX_BODY))
        case web.HTTPNotFound():
            return _refused(Refused(ErrorCode.NOT_FOUND))
        case web.HTTPMethodNotAllowed() if request.path.startswith("/api/"):
            response = _refused(Refused(ErrorCode.METHOD_NOT_ALLOWED))
            response.headers["Allow"] = http.headers["Allow"]
            return response
        case _:
            return http


def _refused(refused: Refused) -> web.Response:
    headers = {"Cache-Control": "no-store"}
    if refused.code is ErrorCode.UNAUTHENTICATED:
        headers["WWW-Authenticate"] = "Bearer"
    if refused.code is ErrorCode.RATE_LIMITED:
        headers["Retry-After"] = str(max(1, round(refused.data.get("wait", 1))))
    return web.Response(
        status=ERRORS[refused.code].http,
        body=msgspec.json.encode(refusal(refused)),
        content_type="application/json",
        headers=headers,
    )
