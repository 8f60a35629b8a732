"""The REST API: serves every operation of every context in one way. Knows how something is asked for, never what."""

import re
from collections.abc import Sequence
from functools import partial
from typing import Any
from urllib.parse import quote

import msgspec
from aiohttp import web

from chatserver.access.check import Actor, require
from chatserver.access.permissions import PUBLIC
from chatserver.api import bodies, limits
from chatserver.api.callers import NOBODY, SAFE, Callers
from chatserver.api.peers import Peers
from chatserver.api.repeats import Answer, Repeats, asked, digest
from chatserver.hub.plug import Call, Download, Operation
from chatserver.kernel.clock import Clock
from chatserver.kernel.errors import ErrorCode, Refused
from chatserver.kernel.ids import new_id

PREFIX = "/api/v1"

IDEMPOTENCY_HEADER = "Idempotency-Key"

WHO = web.RequestKey("who", str)
"""Where a request keeps who sent it, for the log."""

_KEY = re.compile(r"[!-~]{1,128}")
"""What clients make such keys of: letters, digits and marks, no spaces."""


class Nothing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body and the query of operations that take none."""


class Rest:
    """The permission stands in front of every operation, so that none can forget it."""

    def __init__(
        self, operations: Sequence[Operation], callers: Callers, repeats: Repeats, peers: Peers, clock: Clock
    ) -> None:
        self.operations = sorted(operations, key=lambda o: (o.path, o.method))
        self._callers = callers
        self._repeats = repeats
        self._peers = peers
        self._requests = limits.Buckets(limits.REQUESTS, clock)

    def add_to(self, app: web.Application) -> None:
        for operation in self.operations:
            handle = partial(self._serve, operation)
            methods = ("GET", "HEAD") if operation.method == "GET" else (operation.method,)
            for method in methods:
                app.router.add_route(method, PREFIX + operation.path, handle)

    async def _serve(self, operation: Operation, request: web.Request) -> web.StreamResponse:
        who = await self._allow(operation, request)
        raw = await bodies.read(request, operation.max_body)
        key = _idempotency_key(request)
        if key is None:
            answer = await self._run(operation, request, who, raw, f"r:{new_id()}")
        else:
            by = who.agent or self._peers.address(request)
            same = asked(by, key, request.method.encode(), request.raw_path.encode(), raw)
            # After the day for which answers are kept, the hub still knows the id, and nothing is done twice.
            id = f"r:{digest(same.name.encode(), same.print.encode())[:40]}"
            run = partial(self._run, operation, request, who, raw, id)
            answer = await self._repeats.once(same, run, operation.shows_secret)
        return _response(answer, request)

    async def _allow(self, operation: Operation, request: web.Request) -> Actor:
        """Whoever is known is counted by name, so that an office behind one address is not taken for one person."""
        network = self._peers.network(request)
        if operation.requires is PUBLIC:
            self._requests.take(network)
            return NOBODY
        try:
            who = await self._callers.actor(request)
        except Refused:
            self._requests.take(network)
            raise
        request[WHO] = who.agent
        self._requests.take(who.agent)
        require(who, operation.requires)
        return who

    async def _run(self, operation: Operation, request: web.Request, who: Actor, raw: bytes, id: str) -> Answer:
        call = Call(
            actor=who,
            id=id,
            path=bodies.from_path(request),
            query=bodies.from_query(request, operation.query or Nothing),
            body=raw if operation.body is bytes else bodies.from_json(request, raw, operation.body or Nothing),
        )
        return encoded(operation, await operation.run(call))


def encoded(operation: Operation, value: Any) -> Answer:
    """An operation's word as HTTP carries it."""
    if operation.answers is None:
        return Answer(204, {}, b"")
    if isinstance(value, Download):
        # Saved, never shown: what somebody uploaded must not run as a page of this server.
        disposition = f"attachment; filename*=UTF-8''{quote(value.filename, safe='')}"
        headers = {"Content-Type": value.mime, "Content-Disposition": disposition}
        return Answer(operation.status, headers, value.body)
    return Answer(operation.status, {"Content-Type": bodies.JSON}, msgspec.json.encode(value))


def _response(answer: Answer, request: web.Request) -> web.Response:
    """What a program has already it is not sent again; what a browser shows it does not keep."""
    headers = answer.headers | {"Cache-Control": "no-store"}
    if request.method in SAFE:
        headers["ETag"] = tag = f'"{digest(answer.body)[:32]}"'
        if tag in request.headers.get("If-None-Match", ""):
            return web.Response(status=304, headers={"ETag": tag, "Cache-Control": "no-store"})
    return web.Response(status=answer.status, headers=headers, body=answer.body)


def _idempotency_key(request: web.Request) -> str | None:
    """None for a request that changes nothing, and can be repeated anyway."""
    key = request.headers.get(IDEMPOTENCY_HEADER)
    if key is None or request.method in SAFE:
        return None
    if not _KEY.fullmatch(key):
        raise Refused(ErrorCode.BAD_REQUEST, path=IDEMPOTENCY_HEADER, reason="Expected 1 to 128 visible characters")
    return key
