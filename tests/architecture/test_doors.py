"""Nothing reaches the product without a permission: every wire event and every HTTP route names one, or is public."""

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import chatserver
from chatserver.access import permissions
from chatserver.access.permissions import PERMISSIONS, PUBLIC, Permission
from chatserver.api.agent_door import AgentDoor
from chatserver.api.commands import Commands
from chatserver.api.media_door import MediaDoor
from chatserver.api.routes import Api, Route
from chatserver.api.visitor_door import VisitorDoor
from chatserver.kernel.clock import SystemClock
from chatserver.protocol.agent import AGENT_UP
from chatserver.protocol.visitor import VISITOR_UP
from tools.reference.doors import operations

# The tables need nobody behind them; a door only wants to know the time.
NOBODY: Any = SimpleNamespace(clock=SystemClock())
OPEN_TO_ALL = {("POST", "/api/login"), ("GET", "/api/session"), ("POST", "/api/logout")}
# Visitors upload with their token, agents by the permission to reply; addresses of files are secrets.
ATTACHMENTS = {("OPTIONS", "/media"), ("POST", "/media"), ("GET", "/media/{id}/{signature}/{name}")}
OPEN_OPERATIONS = {"readOpenapi"}


def visitor_commands() -> Commands:
    return VisitorDoor(NOBODY, NOBODY, NOBODY, "http://localhost", NOBODY).commands


def agent_commands() -> Commands:
    return AgentDoor(NOBODY, NOBODY, NOBODY, NOBODY).commands


def routes() -> tuple[Route, ...]:
    attachments = MediaDoor(NOBODY, NOBODY, NOBODY, NOBODY, "http://localhost", NOBODY)
    return (*Api(NOBODY, NOBODY, NOBODY, NOBODY, NOBODY, secure_cookies=True).routes, *attachments.routes)


def constants() -> dict[str, Permission]:
    """Name in the code -> permission."""
    return {name: value for name, value in vars(permissions).items() if isinstance(value, Permission)}


def test_what_a_visitor_may_send_is_what_the_wire_says() -> None:
    """No event without a handler, no handler that no client knows, and the same payload on both sides."""
    assert {name: c.payload for name, c in visitor_commands().items()} == {n: up for n, (up, _) in VISITOR_UP.items()}


def test_what_a_console_may_send_is_what_the_wire_says() -> None:
    """No event without a handler, no handler that no client knows, and the same payload on both sides."""
    assert {name: c.payload for name, c in agent_commands().items()} == {n: up for n, (up, _) in AGENT_UP.items()}


def test_a_visitor_needs_no_permission_because_they_have_none() -> None:
    """An event of the visitors' door that asked for one could never be sent."""
    assert [name for name, command in visitor_commands().items() if command.requires is not PUBLIC] == []


def test_every_event_of_a_console_needs_a_permission_of_the_table() -> None:
    """Being logged in alone allows nothing."""
    assert [name for name, command in agent_commands().items() if command.requires not in PERMISSIONS] == []


def test_only_logging_in_and_out_is_open_to_everybody() -> None:
    """Anything else is an operation, and those that are open to everybody are named here."""
    assert {(route.method, route.path) for route in routes()} == OPEN_TO_ALL | ATTACHMENTS
    assert {o.name for o in operations() if o.requires is PUBLIC} == OPEN_OPERATIONS
    assert [o.name for o in operations() if o.requires not in (PUBLIC, *PERMISSIONS)] == []


def test_every_permission_is_in_the_table_once() -> None:
    """What the role editor shows is all there is."""
    assert list(constants().values()) == list(PERMISSIONS)
    assert len({permission.key for permission in PERMISSIONS}) == len(PERMISSIONS)


def test_every_permission_is_asked_for_somewhere() -> None:
    """A permission that nothing asks for promises a lock that is not there."""
    server = Path(chatserver.__file__).parent
    code = "".join(file.read_text("utf-8") for file in server.rglob("*.py") if "access" not in file.parts)
    assert [name for name in constants() if not re.search(rf"\b{name}\b", code)] == []
