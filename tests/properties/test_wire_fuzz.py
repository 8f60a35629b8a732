"""Whatever a client sends, a door answers: an acknowledgement or a refusal, never `internal`."""

import asyncio
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatserver import demo
from chatserver.agents import inputs as ai
from chatserver.api.agent_door import AgentDoor
from chatserver.api.auth import Session
from chatserver.api.commands import Commands, run
from chatserver.api.desks import Desks
from chatserver.api.devices import Devices
from chatserver.api.visitor_door import VisitorDoor
from chatserver.app import make_hub
from chatserver.channels.web.identity import VisitorTokens
from chatserver.hub.hub import stream
from chatserver.hub.step import Envelope
from chatserver.kernel.errors import ErrorCode
from chatserver.protocol.agent import AGENT_UP
from chatserver.protocol.visitor import VISITOR_UP, VisitorAuth
from chatserver.protocol.wire import Failed, Sent
from chatserver.settings.workspace import STREAM, SaveSettings
from tests.fakes.clock import FakeClock
from tests.fakes.memory_store import MemoryStore

WORDS = ["id", "text", "conversation", "seq", "before", "limit", "on", "item", "option", "values", "status", "page"]
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(WORDS) | st.text(), inner, max_size=4),
    max_leaves=12,
)


class Nobody:
    """A gateway without anybody behind it."""

    async def emit(self, namespace: str, event: str, payload: Sent, rooms: list[str]) -> None:
        msgspec.json.encode(payload)

    async def enter(self, namespace: str, sid: str, room: str) -> None: ...

    async def close_room(self, namespace: str, room: str) -> None: ...


class Doors:
    """Both doors on one hub, with one visitor and one agent, on a loop that only runs while somebody asks."""

    def __init__(self) -> None:
        self.runner = asyncio.Runner()
        self.clock = FakeClock()
        self.runner.run(self._open())

    async def _open(self) -> None:
        self.hub = make_hub(MemoryStore(), self.clock)
        await self.hub.store.open()
        await self.hub.start()
        await self.hub.send(Envelope(STREAM, SaveSettings(settings=demo.settings(), by="test", based_on=0)))
        for id, profile in demo.AGENTS.items():
            await self.hub.send(Envelope(stream("agent", id), ai.Saved(profile=profile)))
        visitors = VisitorDoor(self.hub, Nobody(), VisitorTokens("x" * 32), "http://localhost", Desks())
        agents = AgentDoor(self.hub, Nobody(), Desks(), Devices(self.hub))
        login = Session("demo-admin", "csrf", 2**53, "127.0.0.1")
        self.visitor: tuple[Commands, Any] = (
            visitors.commands,
            await visitors.connect("v", VisitorAuth(inbox="web"), None),
        )
        self.agent: tuple[Commands, Any] = (agents.commands, await agents.connect("a", login, "key", "device"))

    def ask(self, door: tuple[Commands, Any], event: str, payload: object) -> Sent:
        """What the socket would answer."""
        self.clock.advance(60)  # nobody is too fast
        return self.runner.run(run(*door, event, payload))

    def close(self) -> None:
        self.runner.run(self.hub.stop())
        self.runner.close()


@pytest.fixture(scope="module")
def doors() -> Iterator[Doors]:
    made = Doors()
    yield made
    made.close()


def nearly(kind: type[Any]) -> st.SearchStrategy[Any]:
    """Payloads that almost fit: right names, and values of the right type or any other."""
    rows = msgspec.structs.fields(kind)
    sane = st.sampled_from(["a", "main", "1", "demo-admin", "ready"]) | st.integers(-2, 2**70) | st.booleans()
    return st.fixed_dictionaries({f.name: sane | json_values for f in rows}) | json_values


@pytest.mark.parametrize("event", sorted(VISITOR_UP))
def test_a_visitor_is_always_answered(doors: Doors, event: str) -> None:
    """For every event of the wire, and anything at all as its payload."""
    answered_always(doors, doors.visitor, event, VISITOR_UP[event][0])


@pytest.mark.parametrize("event", sorted(AGENT_UP))
def test_a_console_is_always_answered(doors: Doors, event: str) -> None:
    """For every event of the wire, and anything at all as its payload."""
    answered_always(doors, doors.agent, event, AGENT_UP[event][0])


def answered_always(doors: Doors, door: tuple[Commands, Any], event: str, kind: type[Any]) -> None:
    @settings(max_examples=25, deadline=None)
    @given(nearly(kind))
    def check(payload: Any) -> None:
        answer = doors.ask(door, event, payload)
        assert isinstance(answer, Sent)
        assert not (isinstance(answer, Failed) and answer.error.code == ErrorCode.INTERNAL)
        msgspec.json.encode(answer)

    check()


def test_any_name_of_an_event_is_answered(doors: Doors) -> None:
    """Nearly all of them are unknown."""

    @settings(max_examples=25, deadline=None)
    @given(st.text(max_size=100), json_values)
    def check(event: str, payload: Any) -> None:
        answer = doors.ask(doors.visitor, f"?{event}", payload)
        assert isinstance(answer, Failed) and answer.error.code == ErrorCode.UNKNOWN_EVENT

    check()
