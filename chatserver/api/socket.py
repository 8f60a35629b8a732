"""The only importer of python-socketio: its server, hardened by public hooks, behind the two doors.

What the stock stack leaves open is closed here or in `server.py`: no permessage-deflate (it costs 90 KB a socket),
packets of one polling request bounded, CONNECT within a time, clients that do not read are cut, real addresses,
one answer for every input, and a stop that does not wait for anybody's ping timeout.
"""

import asyncio
import logging
import socket as sockets
from collections.abc import Mapping
from typing import Any

import msgspec
import socketio
from aiohttp import web
from engineio.payload import Payload
from socketio.exceptions import ConnectionRefusedError as NotConnected

from chatserver.api import limits
from chatserver.api.agent_door import NAMESPACE as AGENT
from chatserver.api.agent_door import AgentDoor, AgentSession
from chatserver.api.auth import Logins, check_csrf
from chatserver.api.commands import refuse, run
from chatserver.api.peers import Peers
from chatserver.api.visitor_door import NAMESPACE as VISITOR
from chatserver.api.visitor_door import VisitorDoor, VisitorSession
from chatserver.channels.web.origins import origin_of
from chatserver.kernel.clock import Clock
from chatserver.kernel.errors import ErrorCode, Refused
from chatserver.kernel.tasks import spawn, stop
from chatserver.protocol.agent import AgentAuth
from chatserver.protocol.visitor import VisitorAuth
from chatserver.protocol.wire import Failed, Sent, decode

_log = logging.getLogger("chatserver.socket")

MAX_FRAME = 1_250_000
"""Bytes of one frame. Larger ones cut the connection; smaller ones that say too much are refused in words."""

CONNECT_WITHIN = 10.0
"""Seconds from the WebSocket to the Socket.IO CONNECT."""

UNREAD = 500
"""Packets that may wait for one client. One that reads nothing is cut, and resumes when it comes back."""

SEND_BUFFER = 262_144
"""Bytes that the kernel keeps for one socket; the default grows to megabytes for each slow reader."""

COOKIE = "chatserver_login"


class Json:
    """msgspec in the shape of the json module; writes the wire's structs without a detour over dicts."""

    @staticmethod
    def dumps(value: Any, **_: Any) -> str:
        return msgspec.json.encode(value).decode()

    @staticmethod
    def loads(text: str | bytes, **_: Any) -> Any:
        return msgspec.json.decode(text)


class Sockets:
    """Implements `commands.Gateway`; owns the Socket.IO server."""

    def __init__(self, peers: Peers, per_address: int, clock: Clock) -> None:
        Payload.max_decode_packets = 200
        self.sio = socketio.AsyncServer(
            async_mode="aiohttp",
            # Anybody may knock; each door decides on the origin when it knows the inbox.
            cors_allowed_origins="*",
            cors_credentials=False,
            ping_interval=15,
            ping_timeout=10,
            max_http_buffer_size=MAX_FRAME,
            json=Json,
            logger=False,
            engineio_logger=False,
            namespaces=[VISITOR, AGENT],
        )
        self.peers = peers
        self.places = limits.Places(per_address)
        self.connects = limits.Buckets(limits.CONNECTS, clock)
        self.transports: dict[asyncio.BaseTransport, bool] = {}
        self.sessions: dict[str, VisitorSession | AgentSession] = {}
        self._sweeper: asyncio.Task[Any] | None = None

    def attach(self, app: web.Application, visitors: VisitorDoor, agents: AgentDoor, logins: Logins, own: str) -> None:
        self.sio.register_namespace(_Visitors(self, visitors))
        self.sio.register_namespace(_Agents(self, agents, logins, own))
        self.sio.attach(app)

    def start(self) -> None:
        self._sweeper = spawn(self._sweep(), "socket sweeper")

    async def stop(self) -> None:
        """Nobody's ping timeout is waited for: clients reconnect, and resume."""
        await stop(self._sweeper)
        await self.sio.shutdown()
        for transport in list(self.transports):
            transport.close()

    async def emit(self, namespace: str, event: str, payload: Sent, rooms: list[str]) -> None:
        await self.sio.emit(event, payload, to=rooms, namespace=namespace)

    async def enter(self, namespace: str, sid: str, room: str) -> None:
        await self.sio.enter_room(sid, room, namespace=namespace)

    async def close_room(self, namespace: str, room: str) -> None:
        await self.sio.close_room(room, namespace=namespace)

    @web.middleware
    async def guard(self, request: web.Request, handler: Any) -> web.StreamResponse:
        """In front of the Socket.IO route: limits, socket options, no deflate, and a time for CONNECT."""
        if not request.path.startswith("/socket.io/"):
            return await handler(request)  # type: ignore[no-any-return]
        address = self.peers.address(request)
        upgrade = request.headers.get("Upgrade", "").lower() == "websocket"
        if "sid" not in request.query:
            try:
                self.connects.take(address)
            except Refused:
                return web.Response(status=429, headers={"Retry-After": "5"})
        if not upgrade:
            return await handler(request)  # type: ignore[no-any-return]
        return await self._websocket(request, handler, address)

    async def _websocket(self, request: web.Request, handler: Any, address: str) -> web.StreamResponse:
        try:
            self.places.enter(address)
        except Refused:
            return web.Response(status=429, headers={"Retry-After": "30"})
        transport = request.transport
        headers = request.headers.copy()
        headers.popall("Sec-WebSocket-Extensions", None)
        loop = asyncio.get_running_loop()
        try:
            if transport is not None:
                _tune(transport)
                self.transports[transport] = False
                loop.call_later(CONNECT_WITHIN, self._connected_or_cut, transport)
            return await handler(request.clone(headers=headers))  # type: ignore[no-any-return]
        finally:
            self.places.leave(address)
            if transport is not None:
                self.transports.pop(transport, None)

    def connected(self, environ: Mapping[str, Any]) -> None:
        """A CONNECT was accepted on this connection."""
        transport = environ["aiohttp.request"].transport
        if transport in self.transports:
            self.transports[transport] = True

    def _connected_or_cut(self, transport: Any) -> None:
        if self.transports.get(transport) is False:
            transport.abort()

    async def _sweep(self) -> None:
        """Cut whoever does not read: what is not sent would only grow."""
        while True:
            await asyncio.sleep(2.0)
            for sid, eio in list(self.sio.eio.sockets.items()):
                if eio.queue.qsize() > UNREAD:
                    request = self.sio.environ.get(sid, {}).get("aiohttp.request")
                    _log.warning("a client does not read and is cut", extra={"packets": eio.queue.qsize()})
                    if request is not None and request.transport is not None:
                        request.transport.abort()
                    await self.sio.eio.disconnect(sid)


class _Door(socketio.AsyncNamespace):  # type: ignore[misc]  # python-socketio has no types
    """What both namespaces do alike: one entry for every event, and the table of commands behind it."""

    sockets: Sockets

    async def trigger_event(self, event: str, *args: Any) -> Any:
        match event:
            case "connect":
                return await self._connect(*args)
            case "disconnect":
                return await self._disconnect(args[0])
            case _:
                return await self._event(event, *args)

    async def _connect(self, sid: str, environ: dict[str, Any], auth: object = None) -> None:
        try:
            self.sockets.sessions[sid] = await self.admit(sid, environ, auth)
        except Refused as refused:
            raise NotConnected(*_why(refuse(refused, "connect", self.namespace))) from None
        self.sockets.connected(environ)

    async def _disconnect(self, sid: str) -> None:
        session = self.sockets.sessions.pop(sid, None)
        if session is not None:
            await self.leave(session)

    async def _event(self, event: str, sid: str, *args: Any) -> Sent | None:
        session = self.sockets.sessions.get(sid)
        if session is None:
            return None
        return await run(self.commands, session, event, args[0] if args else {})

    @property
    def commands(self) -> Any:
        raise NotImplementedError

    async def admit(self, sid: str, environ: dict[str, Any], auth: object) -> Any:
        raise NotImplementedError

    async def leave(self, session: Any) -> None:
        """Nothing to do for most."""


class _Visitors(_Door):
    def __init__(self, sockets_: Sockets, door: VisitorDoor) -> None:
        super().__init__(VISITOR)
        self.sockets = sockets_
        self._door = door

    @property
    def commands(self) -> Any:
        return self._door.commands

    async def admit(self, sid: str, environ: dict[str, Any], auth: object) -> VisitorSession:
        return await self._door.connect(sid, decode(VisitorAuth, auth), environ.get("HTTP_ORIGIN"))


class _Agents(_Door):
    def __init__(self, sockets_: Sockets, door: AgentDoor, logins: Logins, own: str) -> None:
        super().__init__(AGENT)
        self.sockets = sockets_
        self._door = door
        self._logins = logins
        self._own = own

    @property
    def commands(self) -> Any:
        return self._door.commands

    async def admit(self, sid: str, environ: dict[str, Any], auth: object) -> AgentSession:
        """The login's cookie, its CSRF token, and a page of our own origin: a foreign site has none of the three."""
        asked = decode(AgentAuth, auth)
        request: web.Request = environ["aiohttp.request"]
        origin = environ.get("HTTP_ORIGIN")
        here = {self._own, origin_of(f"{request.scheme}://{request.host}")}
        if origin is not None and origin_of(origin) not in here:
            raise Refused(ErrorCode.ORIGIN_NOT_ALLOWED, origin=origin[:200])
        session = await self._logins.session(request.cookies.get(COOKIE))
        check_csrf(session, asked.csrf)
        return await self._door.connect(sid, session.agent, asked.device)

    async def leave(self, session: AgentSession) -> None:
        try:
            await self._door.disconnect(session)
        except Refused:
            # The server stops, or is too busy: the grace of a lost connection begins at the next start.
            _log.info("a lost connection was not recorded", extra={"agent": session.agent})


def _why(failed: Failed) -> tuple[str, Any]:
    """The arguments of python-socketio's refusal: a message, and the data that reaches the client."""
    return failed.error.code, msgspec.to_builtins(failed)


def _tune(transport: asyncio.BaseTransport) -> None:
    raw = transport.get_extra_info("socket")
    if raw is None:
        return
    raw.setsockopt(sockets.SOL_SOCKET, sockets.SO_SNDBUF, SEND_BUFFER)
    if hasattr(sockets, "TCP_USER_TIMEOUT"):
        # Data that nobody acknowledges for 30 s: the peer is gone, whatever its pings promised.
        raw.setsockopt(sockets.IPPROTO_TCP, sockets.TCP_USER_TIMEOUT, 30_000)
