"""Logging in and out: what an API cannot be asked with a key, because it makes the login itself."""

from collections.abc import Awaitable, Callable

import msgspec
from aiohttp import web

from chatserver.agents import inputs as ai
from chatserver.agents.model import Agent
from chatserver.api import bodies
from chatserver.api.auth import COOKIE, Logins, Session
from chatserver.api.callers import Callers
from chatserver.api.devices import Devices
from chatserver.api.peers import Peers
from chatserver.hub.hub import Hub, stream
from chatserver.hub.step import Envelope
from chatserver.protocol.agent import LoggedIn, Login

MAX_BODY = 10_000
"""Bytes of a login."""


class Route(msgspec.Struct, frozen=True):
    """One row of the table. Everything else that is asked over HTTP is an operation (`hub/plug.py`)."""

    method: str
    path: str
    handle: Callable[[web.Request], Awaitable[web.StreamResponse]]


class Api:
    """The handlers, and the table that names them: open to everybody, because they find out who has logged in."""

    def __init__(
        self, hub: Hub, logins: Logins, callers: Callers, devices: Devices, peers: Peers, secure_cookies: bool
    ) -> None:
        self._hub = hub
        self._devices = devices
        self._logins = logins
        self._callers = callers
        self._peers = peers
        self._secure = secure_cookies
        self.routes: tuple[Route, ...] = (
            Route("POST", "/api/login", self.login),
            Route("GET", "/api/session", self.who),
            Route("POST", "/api/logout", self.logout),
        )

    def add_to(self, app: web.Application) -> None:
        for route in self.routes:
            app.router.add_route(route.method, route.path, route.handle)

    async def login(self, request: web.Request) -> web.StreamResponse:
        asked = bodies.from_json(request, await bodies.read(request, MAX_BODY), Login)
        token, session = await self._logins.login(asked.account, asked.password, self._peers.address(request))
        # Whoever was deactivated is told so, now that the password was right.
        await self._hub.send(Envelope(stream("agent", session.agent), ai.SignedIn()))
        agent = self._callers.agent(session)
        response = _logged_in(session, agent)
        response.set_cookie(COOKIE, token, httponly=True, secure=self._secure, samesite="Lax", path="/")
        return response

    async def who(self, request: web.Request) -> web.StreamResponse:
        if not request.cookies.get(COOKIE):
            # Nobody claims to have logged in: that is an answer, and no red line in the browser's log.
            return web.json_response(None, headers={"Cache-Control": "no-store"})
        session = await self._callers.session(request)
        return _logged_in(session, self._callers.agent(session))

    async def logout(self, request: web.Request) -> web.StreamResponse:
        session = await self._callers.session(request)
        await self._logins.logout(request.cookies[COOKIE])
        await self._devices.settle(session.agent)
        # The consoles of this login are gone by now; whoever is still there by another login stays signed in.
        if not self._callers.agent(session).devices:
            await self._hub.send(Envelope(stream("agent", session.agent), ai.SignedOut()))
        response = web.json_response({})
        response.del_cookie(COOKIE, path="/")
        return response


def _logged_in(session: Session, agent: Agent) -> web.Response:
    assert agent.profile
    body = msgspec.json.encode(LoggedIn(csrf=session.csrf, agent=agent.id, name=agent.profile.name))
    return web.Response(body=body, content_type=bodies.JSON, headers={"Cache-Control": "no-store"})
