"""The HTTP API: one table, each row with its permission. Handlers parse, allow, send and answer."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from aiohttp import web

from chatserver.access import permissions as p
from chatserver.access.check import actor, require
from chatserver.access.permissions import PUBLIC, Permission
from chatserver.agents import inputs as ai
from chatserver.agents.model import Agent
from chatserver.api.auth import Logins, Session, check_csrf
from chatserver.api.peers import Peers
from chatserver.api.socket import COOKIE
from chatserver.hub.hub import Hub, stream
from chatserver.hub.step import Envelope
from chatserver.kernel.errors import ErrorCode, Refused
from chatserver.kernel.ids import new_id
from chatserver.protocol.agent import LoggedIn, Login
from chatserver.protocol.wire import decode
from chatserver.settings.load import workspace_settings
from chatserver.settings.validate import problems
from chatserver.settings.workspace import STREAM, SaveSettings, Workspace

CSRF_HEADER = "X-CSRF-Token"
BODY_WITHIN = 30.0
"""Seconds for the body of a request: settings over a slow line."""

SAFE = ("GET", "HEAD", "OPTIONS")


class Route(msgspec.Struct, frozen=True):
    """One row of the table."""

    method: str
    path: str
    requires: Permission | None
    handle: Callable[[web.Request], Awaitable[web.StreamResponse]]


class Api:
    """The handlers, and the table that names them."""

    def __init__(self, hub: Hub, logins: Logins, peers: Peers, secure_cookies: bool) -> None:
        self._hub = hub
        self._logins = logins
        self._peers = peers
        self._secure = secure_cookies
        self.routes: tuple[Route, ...] = (
            Route("POST", "/api/login", PUBLIC, self.login),
            Route("GET", "/api/session", PUBLIC, self.who),
            Route("POST", "/api/logout", PUBLIC, self.logout),
            Route("GET", "/api/settings", p.SETTINGS_READ, self.settings),
            Route("PUT", "/api/settings", p.SETTINGS_WRITE, self.save_settings),
            Route("POST", "/api/settings/check", p.SETTINGS_READ, self.check_settings),
        )

    def add_to(self, app: web.Application) -> None:
        for route in self.routes:
            app.router.add_route(route.method, route.path, self._guarded(route))

    def _guarded(self, route: Route) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        """The permission stands in front of the handler, so that no handler can forget it."""

        async def handle(request: web.Request) -> web.StreamResponse:
            if route.requires is not PUBLIC:
                session = await self._session(request)
                require(self._actor(session), route.requires)
            return await route.handle(request)

        return handle

    async def login(self, request: web.Request) -> web.StreamResponse:
        asked = decode(Login, await _json(request))
        token, session = await self._logins.login(asked.account, asked.password, self._peers.address(request))
        agent = self._agent(session)
        await self._hub.send(Envelope(stream("agent", agent.id), ai.SignedIn()))
        response = _answer(self._logged_in(session, agent))
        response.set_cookie(COOKIE, token, httponly=True, secure=self._secure, samesite="Lax", path="/")
        return response

    async def who(self, request: web.Request) -> web.StreamResponse:
        session = await self._logins.session(request.cookies.get(COOKIE))
        return _answer(self._logged_in(session, self._agent(session)))

    async def logout(self, request: web.Request) -> web.StreamResponse:
        session = await self._session(request)
        await self._logins.logout(request.cookies[COOKIE])
        # The consoles of this login are gone by now; whoever is still there by another login stays signed in.
        if not self._agent(session).devices:
            await self._hub.send(Envelope(stream("agent", session.agent), ai.SignedOut()))
        response = web.json_response({})
        response.del_cookie(COOKIE, path="/")
        return response

    async def settings(self, request: web.Request) -> web.StreamResponse:
        workspace = self._workspace()
        return _answer({"version": workspace.version, "settings": workspace.settings})

    async def save_settings(self, request: web.Request) -> web.StreamResponse:
        """`{settings, based_on}`; `based_on` is the version that the editor saw, so that nobody is overwritten."""
        session = await self._session(request)
        body = await _json(request)
        if not isinstance(body, dict) or not isinstance(body.get("based_on"), int):
            raise Refused(ErrorCode.BAD_REQUEST, path="$.based_on", reason="Expected `int`")
        settings = workspace_settings(body.get("settings"))
        save = SaveSettings(settings=settings, by=session.agent, based_on=body["based_on"])
        await self._hub.send(Envelope(STREAM, save, f"s:{session.agent}:{new_id()}"))
        self._hub.scheduler.refresh()
        return _answer({"version": self._workspace().version})

    async def check_settings(self, request: web.Request) -> web.StreamResponse:
        """All that is wrong with settings that are not saved yet."""
        return _answer({"problems": problems(workspace_settings(await _json(request)))})

    async def _session(self, request: web.Request) -> Session:
        """The login; whatever changes something must also repeat its CSRF token."""
        session = await self._logins.session(request.cookies.get(COOKIE))
        if request.method not in SAFE:
            check_csrf(session, request.headers.get(CSRF_HEADER, ""))
        return session

    def _agent(self, session: Session) -> Agent:
        agent: Agent | None = self._hub.at_hand("agent", session.agent)
        if agent is None or agent.profile is None:
            raise Refused(ErrorCode.UNAUTHENTICATED)
        return agent

    def _actor(self, session: Session) -> Any:
        profile = self._agent(session).profile
        assert profile
        return actor(session.agent, profile.groups, profile.roles)

    def _logged_in(self, session: Session, agent: Agent) -> LoggedIn:
        assert agent.profile
        return LoggedIn(csrf=session.csrf, agent=agent.id, name=agent.profile.name)

    def _workspace(self) -> Workspace:
        workspace: Workspace = self._hub.held("workspace", "main")
        return workspace


async def _json(request: web.Request) -> object:
    """The body; only under its right name, which a form on a foreign page cannot give it without being asked first."""
    if request.content_type != "application/json":
        raise Refused(ErrorCode.BAD_REQUEST, path="$", reason="Content-Type is not application/json")
    try:
        async with asyncio.timeout(BODY_WITHIN):
            return msgspec.json.decode(await request.read())
    except TimeoutError:
        raise Refused(ErrorCode.BAD_REQUEST, path="$", reason="the body did not come in time") from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Refused(ErrorCode.BAD_REQUEST, path="$", reason="not JSON") from None


def _answer(value: object) -> web.Response:
    headers = {"Cache-Control": "no-store"}
    return web.Response(body=msgspec.json.encode(value), content_type="application/json", headers=headers)
