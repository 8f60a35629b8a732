"""The tables of the doors, read from the doors themselves with nobody behind them. They only want to know the time."""

import asyncio
from functools import cache, partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from aiohttp import web

from chatserver.api.agent_door import AgentDoor
from chatserver.api.assets import Assets
from chatserver.api.commands import Command, Commands
from chatserver.api.media_door import MediaDoor
from chatserver.api.metrics import Metrics
from chatserver.api.routes import Api, Route
from chatserver.api.server import Front
from chatserver.api.visitor_door import VisitorDoor
from chatserver.app import Server
from chatserver.channels.wechat_kefu.callback import Callbacks
from chatserver.hub.plug import Call, Operation
from chatserver.kernel.clock import SystemClock
from chatserver.settings.deployment import Deployment
from chatserver.store.sqlite import SqliteStore
from tools.reference.markdown import first_paragraph

NOBODY: Any = SimpleNamespace(clock=SystemClock())


def visitor_commands() -> Commands:
    return VisitorDoor(NOBODY, NOBODY, NOBODY, "http://localhost", NOBODY).commands


def agent_commands() -> Commands:
    return AgentDoor(NOBODY, NOBODY, NOBODY, NOBODY).commands


def routes() -> tuple[Route, ...]:
    """Logging in and out."""
    return Api(NOBODY, NOBODY, NOBODY, NOBODY, NOBODY, secure_cookies=True).routes


@cache
def operations() -> tuple[Operation, ...]:
    """The REST API, of a server that is never started."""
    d = Deployment(secret="only to build the server " * 2)
    return Server(d, SqliteStore(Path("never-opened.db"), d.workspace)).operations()


def document() -> dict[str, Any]:
    """The description of the API, as a server hands it out."""
    (describe,) = (one for one in operations() if one.path == "/openapi.json")
    found: dict[str, Any] = asyncio.run(describe.run(Call(actor=NOBODY, id="")))  # type: ignore[arg-type]
    return found


def others() -> list[tuple[str, str, str]]:
    """(method, path, what its handler says of itself) of everything beside the API: health, files, callbacks, pages."""
    app = web.Application()
    Front(NOBODY, NOBODY, Metrics(), (), secure=False).add_to(app)
    MediaDoor(NOBODY, NOBODY, NOBODY, NOBODY, "http://localhost", NOBODY).add_to(app)
    app.add_routes(Callbacks(NOBODY, NOBODY, NOBODY, NOBODY).routes())
    Assets(None).add_to(app)
    found = ((r.method, r.resource.canonical, r.handler) for r in app.router.routes() if r.resource)
    return [(method, path, first_paragraph(handler)) for method, path, handler in found if method != "HEAD"]


def meaning(command: Command) -> str:
    """What the payload says of itself, else what its handler says."""
    handler = command.run.func if isinstance(command.run, partial) else command.run
    return first_paragraph(command.payload) or first_paragraph(handler)
