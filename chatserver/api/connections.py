"""The connections under Socket.IO: how many, how long silent, how far behind, and how each of them ends.

Knows packets only from outside. What stands inside them, and who sends them, the doors find out.
"""

import asyncio
import logging
import socket as sockets
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from chatserver.api import limits
from chatserver.api.peers import Peers
from chatserver.api.unread import Polls, Unread
from chatserver.kernel.clock import Clock
from chatserver.kernel.errors import Refused
from chatserver.kernel.tasks import spawn, stop

_log = logging.getLogger("chatserver.socket")

CONNECT_WITHIN = 10.0
"""Seconds from the first request to an accepted Socket.IO CONNECT."""

BODY_WITHIN = 10.0
"""Seconds for the body of a polling request."""

SWEEP_EVERY = 2.0
"""Seconds between two looks at who does not read."""

MAX_PACKETS = 200
"""Packets of one polling request."""

SEND_BUFFER = 262_144
"""Bytes that the kernel keeps for one socket; the default grows to megabytes for each slow reader."""

SPOKEN = ("0", "1", "2")
"""CONNECT, DISCONNECT, EVENT: all that a client has to say. Binary packets would be collected without a bound."""

POSTED = (b"1", b"3", b"4")
"""Close, pong, message: the Engine.IO packets of a polling request."""

KEY = "chatserver.connection"
"""Where the `Connection` stands in the environ of Socket.IO; no JSON can forge it."""


class Connection:
    """One browser page. `transport` is None while it polls, `admitted` once a door has let it in."""

    def __init__(self, sid: str, network: str) -> None:
        self.sid = sid
        self.network = network
        self.transport: asyncio.Transport | None = None
        self.admitted = False
        self.open = True
        self.deadline: asyncio.TimerHandle | None = None


class Connections:
    """Stands between Engine.IO and Socket.IO (by the public `on`), and in front of the route (as a middleware)."""

    def __init__(self, eio: Any, peers: Peers, per_address: int, clock: Clock) -> None:
        self._eio = eio
        self._inner = dict(eio.handlers)
        self._peers = peers
        self._places = limits.Places(per_address)
        self._connects = limits.Buckets(limits.CONNECTS, clock)
        self._packets = limits.Buckets(limits.PACKETS, clock)
        self._polls = Polls()
        self._by_sid: dict[str, Connection] = {}
        self.transports: dict[asyncio.Transport, Connection] = {}
        self._sweeper: asyncio.Task[Any] | None = None
        eio.create_queue = Unread
        eio.on("connect", self._began)
        eio.on("message", self._heard)
        eio.on("disconnect", self._ended)

    def start(self) -> None:
        self._sweeper = spawn(self._sweep(), "socket sweeper")

    async def stop(self) -> None:
        """Nobody's ping timeout is waited for: clients reconnect, and resume."""
        await stop(self._sweeper)
        for transport in list(self.transports):
            transport.close()
        for connection in self._by_sid.values():
            self._release(connection.sid)
            _forget(connection)

    async def cut(self, connection: Connection) -> None:
        """End it now, whatever is unsent; the doors hear of it as of any other disconnect."""
        if connection.transport is not None:
            connection.transport.abort()
        if socket := self._eio.sockets.get(connection.sid):
            # Not `eio.disconnect`: that waits until the last packet is read, which here is never.
            await socket.close(wait=False, abort=True)
        self._release(connection.sid)

    @web.middleware
    async def guard(self, request: web.Request, handler: Any) -> web.StreamResponse:
        """In front of the Socket.IO route: limits by address, no deflate, and bodies that are whole and sound."""
        self._polls.asked(request.transport)
        if not request.path.startswith("/socket.io/"):
            return await handler(request)  # type: ignore[no-any-return]
        connection = self._by_sid.get(request.query.get("sid", ""))
        if "sid" not in request.query:
            network = self._peers.network(request)
            try:
                self._connects.take(network)
                self._places.look(network)
            except Refused as refused:
                _log.info("refused", extra={"code": refused.code.value, "event": "connection", "who": network})
                return web.Response(status=429, headers={"Retry-After": "30"})
        elif connection is None:
            return web.Response(status=400)
        if _upgrades(request.headers):
            return await self._websocket(request, handler, connection)
        if request.method == "POST":
            return await self._posted(request, handler, connection)
        if connection is not None and not self._polls.polled(connection.sid, request.transport):
            await self._cut_deaf(connection)
            return web.Response(status=400)
        return await handler(request)  # type: ignore[no-any-return]

    async def _websocket(self, request: web.Request, handler: Any, was: Connection | None) -> web.StreamResponse:
        transport = request.transport
        if transport is None:
            return web.Response(status=400)
        _tune(transport)
        if was is not None:
            self._moved(was, transport)
        headers = request.headers.copy()
        # Browsers always offer permessage-deflate, aiohttp always accepts: 90 KB a socket for nothing.
        headers.popall("Sec-WebSocket-Extensions", None)
        try:
            return await handler(request.clone(headers=headers))  # type: ignore[no-any-return]
        except web.HTTPException:
            raise
        except Exception as failure:
            _broken(failure)
            return web.Response(status=400)
        finally:
            if connection := self.transports.get(transport):
                await self.cut(connection)

    async def _posted(self, request: web.Request, handler: Any, was: Connection | None) -> web.StreamResponse:
        """Engine.IO reads once and takes what has arrived by then for all, so it is given the whole body."""
        try:
            async with asyncio.timeout(BODY_WITHIN):
                body = await request.read()
        except TimeoutError:
            return web.Response(status=408)
        packets = body.split(b"\x1e")
        if len(packets) > MAX_PACKETS or any(p[:1] not in POSTED for p in packets):
            _log.info("a broken request cuts its sender", extra={"packets": len(packets)})
            if was is not None:
                await self.cut(was)
            return web.Response(status=400)
        return await handler(_Whole(request, body))  # type: ignore[no-any-return]

    async def _began(self, sid: str, environ: dict[str, Any]) -> object:
        request: web.Request = environ["aiohttp.request"]
        connection = Connection(sid, self._peers.network(request))
        try:
            self._places.enter(connection.network)
        except Refused:
            return False
        environ[KEY] = connection
        self._by_sid[sid] = connection
        if _upgrades(request.headers) and request.transport is not None:
            self._moved(connection, request.transport)
        loop = asyncio.get_running_loop()
        connection.deadline = loop.call_later(CONNECT_WITHIN, self._in_or_out, connection)
        return await self._inner["connect"](sid, environ)

    async def _heard(self, sid: str, data: object) -> None:
        """A packet that cannot be read, or that has no place on this wire: no client of ours sent it."""
        try:
            self._packets.take(sid)
            if not isinstance(data, str) or data[:1] not in SPOKEN:
                raise ValueError("unexpected packet")
            if (connection := self._by_sid.get(sid)) and self._behind(connection):
                return await self._cut_deaf(connection)
            await self._inner["message"](sid, data)
        except Exception as failure:
            _broken(failure)
            if connection := self._by_sid.get(sid):
                await self.cut(connection)

    async def _ended(self, sid: str, reason: str) -> None:
        self._polls.ended(sid)
        if connection := self._by_sid.pop(sid, None):
            self._places.leave(connection.network)
            _forget(connection)
            if connection.transport is not None:
                self.transports.pop(connection.transport, None)
            else:
                self._release(sid)
        await self._inner["disconnect"](sid, reason)

    def _release(self, sid: str) -> None:
        """Whoever waits for the next packet, a writer or a long poll, is told that there is none."""
        if socket := self._eio.sockets.get(sid):
            socket.queue.put_nowait(None)

    def _moved(self, connection: Connection, transport: asyncio.Transport) -> None:
        """From polling to a WebSocket, or on one from the start."""
        connection.transport = transport
        self.transports[transport] = connection

    def _in_or_out(self, connection: Connection) -> None:
        if connection.open and not connection.admitted:
            _cutting = spawn(self.cut(connection), "no CONNECT in time")

    async def _sweep(self) -> None:
        """Cut whoever does not read: what is not sent would only grow. Whoever also asks is cut when asking."""
        while True:
            await asyncio.sleep(SWEEP_EVERY)
            for connection in list(self._by_sid.values()):
                if self._behind(connection):
                    await self._cut_deaf(connection)

    def _behind(self, connection: Connection) -> bool:
        socket = self._eio.sockets.get(connection.sid)
        return socket is not None and socket.queue.too_much

    async def _cut_deaf(self, connection: Connection) -> None:
        _log.warning("a client does not read and is cut", extra={"who": connection.network})
        await self.cut(connection)


class _Whole:
    """A request whose body is already here."""

    def __init__(self, request: web.Request, body: bytes) -> None:
        self._request = request
        self._body = body

    def __getattr__(self, name: str) -> Any:
        return getattr(self._request, name)

    @property
    def content(self) -> "_Whole":
        return self

    async def read(self, length: int = -1) -> bytes:
        return self._body


def _upgrades(headers: Mapping[str, str]) -> bool:
    return headers.get("Upgrade", "").lower() == "websocket"


def _broken(failure: Exception) -> None:
    _log.info("a broken packet cuts its sender", extra={"why": f"{type(failure).__name__}: {failure}"})


def _forget(connection: Connection) -> None:
    connection.open = False
    if connection.deadline:
        connection.deadline.cancel()


def _tune(transport: asyncio.Transport) -> None:
    raw = transport.get_extra_info("socket")
    if raw is None:
        return
    raw.setsockopt(sockets.SOL_SOCKET, sockets.SO_SNDBUF, SEND_BUFFER)
    if hasattr(sockets, "TCP_USER_TIMEOUT"):
        # Data that nobody acknowledges for 30 s: the peer is gone, whatever its pings promised.
        raw.setsockopt(sockets.IPPROTO_TCP, sockets.TCP_USER_TIMEOUT, 30_000)
