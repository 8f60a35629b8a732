"""Uploads over HTTP, and the files behind signed addresses. A visitor comes with the token of the page, an agent with
the login or a key."""

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import quote

import msgspec
from aiohttp import web

from chatserver.access import permissions as p
from chatserver.access.check import require
from chatserver.api import limits
from chatserver.api.bodies import BODY_WITHIN, SLOWEST
from chatserver.api.callers import Callers
from chatserver.api.peers import Peers
from chatserver.api.routes import Route
from chatserver.channels.web.identity import VisitorTokens
from chatserver.channels.web.origins import allowed
from chatserver.conversation.contact import admit
from chatserver.hub.hub import Hub
from chatserver.kernel.errors import ErrorCode, Refused
from chatserver.media.kept import Kept
from chatserver.media.media import Media
from chatserver.media.settings import MIB
from chatserver.protocol.wire import Sent
from chatserver.settings.workspace import Workspace

TOKEN_HEADER, INBOX_HEADER = "X-Visitor-Token", "X-Inbox"

FROM_ELSEWHERE = web.RequestKey("from_elsewhere", str)
"""Where a request keeps the site that it may be answered on."""

AT_ONCE = 4
"""Uploads of one person at the same time."""

UP = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "POST",
    "Access-Control-Allow-Headers": f"Content-Type, {TOKEN_HEADER}, {INBOX_HEADER}",
    "Access-Control-Max-Age": "86400",
}
"""Before an upload from a page of another site. Nothing is given away: the upload itself says whose page it may be."""

SHOWN = {
    "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Cache-Control": "private, max-age=31536000, immutable",
}
"""With every file: it is data, and never a page of this server."""


class Uploaded(Sent, frozen=True, kw_only=True):
    """What came of an upload; `id` goes into a message. `small` is the address of a picture's small edition."""

    id: str
    kind: str
    url: str
    name: str
    size: int
    mime: str
    width: int
    height: int
    seconds: int
    small: str = ""


class MediaDoor:
    """The handlers, and the table that names them."""

    def __init__(
        self, hub: Hub, media: Media, callers: Callers, tokens: VisitorTokens, own_origin: str, peers: Peers
    ) -> None:
        self._hub = hub
        self._media = media
        self._callers = callers
        self._tokens = tokens
        self._own = own_origin
        self._peers = peers
        self._uploads = limits.Buckets(limits.UPLOADS, hub.clock)
        self._by_address = limits.Buckets(limits.UPLOADS_BY_ADDRESS, hub.clock)
        self._places = limits.Places(AT_ONCE)
        # Who may upload is asked inside: visitors have no permissions, agents need the one to reply.
        self.routes: tuple[Route, ...] = (
            Route("OPTIONS", "/media", self.before),
            Route("POST", "/media", self.upload),
            Route("GET", "/media/{id}/{signature}/{name}", self.show),
        )

    def add_to(self, app: web.Application) -> None:
        for route in self.routes:
            app.router.add_route(route.method, route.path, route.handle)
        app.router.add_route("HEAD", "/media/{id}/{signature}/{name}", self.show)
        app.on_response_prepare.append(_let_read)

    async def before(self, request: web.Request) -> web.StreamResponse:
        """What a browser asks before it sends something to another site."""
        return web.Response(status=204, headers=UP)

    async def upload(self, request: web.Request) -> web.StreamResponse:
        """The bytes as they are; `?name=` is the file's. Answers an id for a message."""
        owner = await self._owner(request)
        self._uploads.take(owner)
        self._places.enter(owner)
        try:
            kept = await self._take(request, owner)
        finally:
            self._places.leave(owner)
        return web.Response(
            status=201,
            body=msgspec.json.encode(self._uploaded(kept)),
            content_type="application/json",
            headers={"Cache-Control": "no-store"},
        )

    async def show(self, request: web.Request) -> web.StreamResponse:
        """The file, or a part of it; `?size=small` a picture's small edition. Only pictures and voice are shown in
        place, all else is saved."""
        at = request.match_info
        small = request.query.get("size") == "small"
        kept, path = await self._media.shown(at["id"], at["signature"], small)
        inline = kept.kind != "file"
        mime = "image/webp" if small and kept.kind == "image" else kept.mime if inline else "application/octet-stream"
        disposition = f"{'inline' if inline else 'attachment'}; filename*=UTF-8''{quote(kept.name, safe='')}"
        return web.FileResponse(path, headers={**SHOWN, "Content-Type": mime, "Content-Disposition": disposition})

    async def _owner(self, request: web.Request) -> str:
        """`visitor:<contact>` or `agent:<id>`, who may send attachments."""
        settings = self._workspace().settings.media
        token = request.headers.get(TOKEN_HEADER)
        if token is not None:
            contact = self._visitor(request, token)
            admit(await self._hub.look("contact", contact), self._hub.now())
            if not settings.visitors_may_send:
                raise Refused(ErrorCode.MEDIA_OFF)
            self._by_address.take(self._peers.network(request))
            return f"visitor:{contact}"
        who = await self._callers.actor(request)
        require(who, p.CONVERSATION_REPLY)
        if not settings.agents_may_send:
            raise Refused(ErrorCode.MEDIA_OFF)
        return f"agent:{who.agent}"

    def _visitor(self, request: web.Request, token: str) -> str:
        wanted, origin = request.headers.get(INBOX_HEADER, ""), request.headers.get("Origin")
        inbox = next((x for x in self._workspace().settings.inboxes if x.id == wanted), None)
        if inbox is None:
            raise Refused(ErrorCode.INBOX_UNKNOWN, inbox=wanted[:64])
        if not allowed(origin, self._own, inbox.allowed_origins):
            raise Refused(ErrorCode.ORIGIN_NOT_ALLOWED, origin=(origin or "")[:200])
        if origin is not None:
            request[FROM_ELSEWHERE] = origin
        return self._tokens.read(inbox.id, token).contact

    async def _take(self, request: web.Request, owner: str) -> Kept:
        settings = self._workspace().settings.media
        most = max(settings.image_mb, settings.file_mb) * MIB
        if (request.content_length or 0) > most:
            raise Refused(ErrorCode.TOO_LARGE, limit=most)
        try:
            async with asyncio.timeout(BODY_WITHIN + most / SLOWEST):
                return await self._media.take(request.query.get("name", "")[:500], owner, _pieces(request))
        except TimeoutError:
            raise Refused(ErrorCode.BAD_REQUEST, path="$", reason="the body did not come in time") from None

    def _uploaded(self, kept: Kept) -> Uploaded:
        url = self._media.url(kept)
        return Uploaded(
            id=kept.id,
            kind=kept.kind,
            url=url,
            name=kept.name,
            size=kept.size,
            mime=kept.mime,
            width=kept.width,
            height=kept.height,
            seconds=kept.seconds,
            small=f"{url}?size=small" if kept.kind == "image" else "",
        )

    def _workspace(self) -> Workspace:
        workspace: Workspace = self._hub.held("workspace", "main")
        return workspace


async def _pieces(request: web.Request) -> AsyncIterator[bytes]:
    async for piece in request.content.iter_any():
        yield piece


async def _let_read(request: web.Request, response: web.StreamResponse) -> None:
    """A page of a site that may embed the widget reads the answer, also when it is a refusal."""
    origin = request.get(FROM_ELSEWHERE)
    if origin is not None:
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Vary"] = "Origin"
