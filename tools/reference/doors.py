"""The tables of the doors, read from the doors themselves with nobody behind them. They only want to know the time."""

from functools import partial
from types import SimpleNamespace
from typing import Any

from aiohttp import web

from chatserver.api.agent_door import AgentDoor
from chatserver.api.assets import Assets
from chatserver.api.commands import Command, Commands
from chatserver.api.metrics import Metrics
from chatserver.api.routes import Api, Route
from chatserver.api.server import Front
from chatserver.api.visitor_door import VisitorDoor
from chatserver.kernel.clock import SystemClock
from tools.reference.markdown import first_paragraph

NOBODY: Any = SimpleNamespace(clock=SystemClock())


def visitor_commands() -> Commands:
    return VisitorDoor(NOBODY, NOBODY, NOBODY, "http://localhost").commands


def agent_commands() -> Commands:
    return AgentDoor(NOBODY, NOBODY, NOBODY).commands


def routes() -> tuple[Route, ...]:
    """The HTTP API."""
    return Api(NOBODY, NOBODY, NOBODY, secure_cookies=True).routes


def others() -> list[tuple[str, str, str]]:
    """(method, path, what its handler says of itself) of everything beside the API: health and pages."""
    app = web.Application()
    Front(NOBODY, NOBODY, Metrics(), (), secure=False).add_to(app)
    Assets(None).add_to(app)
    found = ((r.method, r.resource.canonical, r.handler) for r in app.router.routes() if r.resource)
    return [(method, path, first_paragraph(handler)) for method, path, handler in found if method != "HEAD"]


def meaning(command: Command) -> str:
    """What the payload says of itself, else what its handler says."""
    handler = command.run.func if isinstance(command.run, partial) else command.run
    return first_paragraph(command.payload) or first_paragraph(handler)
