"""The only importer of python-socketio: its server, hardened by public hooks, behind the two doors.

What the stock stack leaves open is closed here, in `connections.py` or in `server.py`: no permessage-deflate,
packets of one polling request bounded, CONNECT within a time, clients that do not read are cut, real addresses,
one answer for every input, and a stop that does not wait for anybody's ping timeout.
"""

import asyncio
import contextlib
import logging
from collections.abc import Mapping
from typing import Any, Literal

import msgspec
import socketio
from aiohttp import web
from engineio.exceptions import EngineIOError
from engineio.packet import MESSAGE, Packet
from engineio.payload import Payload
from socketio.exceptions import ConnectionRefusedError as NotConnected
from socketio.packet import EVENT

from chatserver.api import limits
from chatserver.api.agent_door import NAMESPACE as AGENT
from chatserver.api.agent_door import AgentDoor
from chatserver.api.agent_session import AgentSession, login_room
from chatserver.api.agent_session import room as agent_room
from chatserver.api.auth import COOKIE, Logins, check_csrf, key_of
from chatserver.api.commands import refuse, run
from chatserver.api.connections import KEY, MAX_PACKETS, Connection, Connections
from chatserver.api.peers import Peers, foreign
from chatserver.api.visitor_door import NAMESPACE as VISITOR
from chatserver.api.visitor_door import VisitorDoor
from chatserver.api.visitor_session import VisitorSession
from chatserver.kernel.clock import Clock
from chatserver.kernel.errors import ErrorCode, Refused
from chatserver.kernel.instants import epoch_ms
from chatserver.kernel.tasks import spawn, stop
from chatserver.protocol.agent import AgentAuth, SignedOut
from chatserver.protocol.visitor import VisitorAuth
from chatserver.protocol.wire import Failed, Sent, decode

_log = logging.getLogger("chatserver.socket")
_stock = logging.getLogger("chatserver.socket.stock")
_stock.setLevel(logging.CRITICAL)  # it would write a traceback for every odd byte that a stranger sends

MAX_FRAME = 1_250_000
"""Bytes of one frame. Larger ones cut the connection; smaller ones that say too much are refused in words."""

EXPIRY_EVERY = 2.0
"""Seconds between two looks at the logins of the connected consoles."""


class Json:
    """msgspec in the shape of the json module; writes the wire's structs without a detour over dicts."""

    @staticmethod
    def dumps(value: Any, **_: Any) -> str:
        return msgspec.json.encode(value).decode()

    @staticmethod
    def loads(text: str | bytes, **_: Any) -> Any:
        return msgspec.json.decode(text)


class Rooms(socketio.AsyncManager):  # type: ignore[misc]  # python-socketio has no types
    """Who is in which room, by python-socketio's own hook for it (`client_manager`).

    The stock one makes a task for every recipient, and walks through all rooms of all clients when one client leaves:
    with 10,000 connected, each that goes would hold up the rest for milliseconds.
    """

    def __init__(self) -> None:
        super().__init__()
        self._rooms_of: dict[tuple[str, str], set[str | None]] = {}

    async def emit(
        self, event: str, data: Any, namespace: str, room: Any = None, to: Any = None, **other: Any
    ) -> None:
        """Encoded once, queued for one after the other; each connection sends from its own queue."""
        message = self.server.packet_class(EVENT, namespace=namespace, data=[event, data]).encode()
        packet = Packet(MESSAGE, message)
        for _, connection in self.get_participants(namespace, to or room):
            # One that is closing at this moment must not keep the others from hearing.
            with contextlib.suppress(EngineIOError, OSError):
                await self.server.eio.send_packet(connection, packet)

    def basic_enter_room(self, sid: str, namespace: str, room: str | None, eio_sid: str | None = None) -> None:
        super().basic_enter_room(sid, namespace, room, eio_sid=eio_sid)
        self._rooms_of.setdefault((namespace, sid), set()).add(room)

    def basic_leave_room(self, sid: str, namespace: str, room: str | None) -> None:
        super().basic_leave_room(sid, namespace, room)
        self._rooms_of.get((namespace, sid), set()).discard(room)

    def basic_disconnect(self, sid: str, namespace: str, **_: Any) -> None:
        for room in list(self._rooms_of.pop((namespace, sid), ())):
            super().basic_leave_room(sid, namespace, room)
        self.callbacks.pop(sid, None)
        for pending in (self.pending_connect, self.pending_disconnect):
            if sid in pending.get(namespace, ()):
                pending[namespace].remove(sid)
                if not pending[namespace]:
                    del pending[namespace]


class Sockets:
    """Implements `commands.Gateway`; owns the Socket.IO server."""

    def __init__(self, peers: Peers, per_address: int, clock: Clock) -> None:
        Payload.max_decode_packets = MAX_PACKETS
        self.sio = socketio.AsyncServer(
            async_mode="aiohttp",
            client_manager=Rooms(),
            # Anybody may knock; each door decides on the origin when it knows the inbox.
            cors_allowed_origins="*",
            cors_credentials=False,
            ping_interval=15,
            ping_timeout=10,
            max_http_buffer_size=MAX_FRAME,
            json=Json,
            logger=_stock,
            engineio_logger=_stock,
            namespaces=[VISITOR, AGENT],
        )
        self.connections = Connections(self.sio.eio, peers, per_address, clock)
        self.transports = self.connections.transports
        self.guard = self.connections.guard
        # One connection may CONNECT again and again, so these are counted too.
        self.admissions = limits.Buckets(limits.CONNECTS, clock)
        self.sessions: dict[str, VisitorSession | AgentSession] = {}
        self._clock = clock
        self._expiry: asyncio.Task[Any] | None = None

    def attach(self, app: web.Application, visitors: VisitorDoor, agents: AgentDoor, logins: Logins, own: str) -> None:
        self.sio.register_namespace(_Visitors(self, visitors))
        self.sio.register_namespace(_Agents(self, agents, logins, own))
        self.sio.attach(app)
        logins.ended.append(self._logged_out)

    def start(self) -> None:
        self.connections.start()
        self._expiry = spawn(self._expire(), "login expiry")

    async def stop(self) -> None:
        await stop(self._expiry)
        await self.sio.shutdown()
        await self.connections.stop()

    async def emit(self, namespace: str, event: str, payload: Sent, rooms: list[str]) -> None:
        # Socket.IO takes "no rooms" for "everybody".
        if rooms:
            await self.sio.emit(event, payload, to=rooms, namespace=namespace)

    async def enter(self, namespace: str, sid: str, room: str) -> None:
        await self.sio.enter_room(sid, room, namespace=namespace)

    async def close_room(self, namespace: str, room: str) -> None:
        for sid, _ in list(self.sio.manager.get_participants(namespace, room)):
            await self.sio.disconnect(sid, namespace=namespace)

    async def _logged_out(self, login: str) -> None:
        await self._sign_out(login, "logout")

    async def dismiss(self, agent: str) -> None:
        """Every console of this agent: the account was deactivated."""
        await self.emit(AGENT, "signed_out", SignedOut(cause="disabled"), [agent_room(agent)])
        await self.close_room(AGENT, agent_room(agent))

    async def _sign_out(self, login: str, cause: Literal["logout", "expired"]) -> None:
        """Every console of this login, and of no other one of the same agent."""
        await self.emit(AGENT, "signed_out", SignedOut(cause=cause), [login_room(login)])
        await self.close_room(AGENT, login_room(login))

    async def _expire(self) -> None:
        """A console that stays open does not outlive its login."""
        while True:
            await asyncio.sleep(EXPIRY_EVERY)
            now = epoch_ms(self._clock.now())
            consoles = [s for s in self.sessions.values() if isinstance(s, AgentSession)]
            for login in {s.login for s in consoles if s.expires_at <= now}:
                await self._sign_out(login, "expired")


class _Door(socketio.AsyncNamespace):  # type: ignore[misc]  # python-socketio has no types
    """What both namespaces do alike: one entry for every event, and the table of commands behind it."""

    sockets: Sockets

    async def trigger_event(self, event: object, *args: Any) -> Any:
        """A client may call its own event "connect" or "disconnect" too; those are as unknown as any other."""
        if event == "connect" and (connection := _connection(args)):
            return await self._connect(connection, *args)
        if event == "disconnect" and not self.server.manager.is_connected(args[0], self.namespace):
            return await self._disconnect(args[0])
        return await self._event(event, *args)

    async def _connect(self, connection: Connection, sid: str, environ: dict[str, Any], auth: object = None) -> None:
        try:
            self.sockets.admissions.take(connection.network)
            session = await self.admit(sid, environ, auth)
        except Refused as refused:
            raise NotConnected(*_why(refuse(refused, "connect", self.namespace))) from None
        except Exception:
            _log.exception("a connection could not be admitted", extra={"namespace": self.namespace})
            raise NotConnected(*_why(refuse(Refused(ErrorCode.BUSY), "connect", self.namespace))) from None
        if not connection.open:
            # Gone while it was being admitted: Socket.IO tells nobody of that.
            await self.leave(session)
            raise NotConnected("gone")
        self.sockets.sessions[sid] = session
        connection.admitted = True

    async def _disconnect(self, sid: str) -> None:
        session = self.sockets.sessions.pop(sid, None)
        if session is not None:
            await self.leave(session)

    async def _event(self, event: object, sid: str, *args: Any) -> Sent:
        session = self.sockets.sessions.get(sid)
        if session is None:
            return refuse(Refused(ErrorCode.UNAUTHENTICATED), str(event)[:64], self.namespace)
        if not args:
            args = ({},)
        # One payload an event; several are a list to the decoder, and refused as one.
        return await run(self.commands, session, str(event), args[0] if len(args) == 1 else list(args))

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
        if foreign(request, self._own):
            raise Refused(ErrorCode.ORIGIN_NOT_ALLOWED, origin=request.headers["Origin"][:200])
        token = request.cookies.get(COOKIE, "")
        session = await self._logins.session(token)
        check_csrf(session, asked.csrf)
        return await self._door.connect(sid, session, key_of(token), asked.device)

    async def leave(self, session: AgentSession) -> None:
        await self._door.disconnect(session)


def _why(failed: Failed) -> tuple[str, Any]:
    """The arguments of python-socketio's refusal: a message, and the data that reaches the client."""
    return failed.error.code, msgspec.to_builtins(failed)


def _connection(args: tuple[Any, ...]) -> Connection | None:
    """What `connections.py` put into the environ of a real CONNECT."""
    environ = args[1] if len(args) > 1 else None
    found = environ.get(KEY) if isinstance(environ, Mapping) else None
    return found if isinstance(found, Connection) else None
