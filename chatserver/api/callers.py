"""Who asks over HTTP: a console by its login's cookie, which must repeat its CSRF token to change something, or a
program by a key."""

from aiohttp import web

from chatserver.access.check import Actor
from chatserver.agents.model import Agent
from chatserver.api.auth import COOKIE, Logins, Session, check_csrf
from chatserver.api.members import actor_of, member
from chatserver.hub.hub import Hub
from chatserver.suite.keys.known import Keys

CSRF_HEADER = "X-CSRF-Token"
SAFE = ("GET", "HEAD", "OPTIONS")

NOBODY = Actor(agent="", groups=frozenset(), grants={})
"""Whoever asks for what is public."""


class Callers:
    """Permissions are looked up for each request: a changed role acts at once."""

    def __init__(self, hub: Hub, logins: Logins, keys: Keys) -> None:
        self._hub = hub
        self._keys = keys
        self._logins = logins

    async def actor(self, request: web.Request) -> Actor:
        """A key goes before a cookie: a page of another site can make a browser send the latter, never the former."""
        header = request.headers.get("Authorization")
        if header is not None:
            scheme, _, token = header.partition(" ")
            return await self._keys.actor(token.strip() if scheme.lower() == "bearer" else "")
        session = await self.session(request)
        return actor_of(self._hub, self.agent(session))

    async def session(self, request: web.Request) -> Session:
        """The login; whatever changes something must also repeat its CSRF token."""
        session = await self._logins.session(request.cookies.get(COOKIE))
        if request.method not in SAFE:
            check_csrf(session, request.headers.get(CSRF_HEADER, ""))
        return session

    def agent(self, session: Session) -> Agent:
        return member(self._hub, session.agent)
