"""The machines that the hub runs, each described by one row: what the engine must know to run it and keep it."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from chatserver.agents import account
from chatserver.agents import decide as agents
from chatserver.agents import events as agent_events
from chatserver.agents import inputs as agent_inputs
from chatserver.agents.evolve import evolve as evolve_agent
from chatserver.agents.model import Agent
from chatserver.conversation import contact
from chatserver.conversation import decide as conversations
from chatserver.conversation import events as conversation_events
from chatserver.conversation import inputs as conversation_inputs
from chatserver.conversation.evolve import evolve as evolve_conversation
from chatserver.conversation.model import Conversation, Phase
from chatserver.dispatch import decide as floors
from chatserver.dispatch import events as floor_events
from chatserver.dispatch.evolve import evolve as evolve_floor
from chatserver.dispatch.model import Floor
from chatserver.kernel.machine import Env

FLOOR = "floor/main"
"""The one stream of the floor: a workspace has one."""


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """One row. `fresh` makes the state of a stream that is new; `tick` is the input that says time has passed.

    `is_open`: brought back to memory at a start; `claim`: a key that only one stream may hold at a time; `only`:
    the id of the one stream of this kind, which is in memory even before anything happened to it.
    """

    kind: str
    state: Any
    event: Any
    fresh: Callable[[str], Any]
    decide: Callable[[Any, Any, Env[Any]], list[Any]]
    evolve: Callable[[Any, Any], Any]
    wake_at: Callable[[Any, Any], datetime | None]
    tick: Any = None
    only: str | None = None
    is_open: Callable[[Any], bool] = lambda state: True
    claim: Callable[[Any], str | None] = lambda state: None


def conversation_claim(c: Conversation) -> str | None:
    """At most one open conversation a contact: a double click cannot make two."""
    return f"contact:{c.visit.contact}" if c.visit and c.phase is not Phase.CLOSED else None


CONVERSATION = Machine(
    kind="conversation",
    state=Conversation,
    event=conversation_events.AnyEvent,
    fresh=lambda id: Conversation(id=id),
    decide=conversations.decide,
    evolve=evolve_conversation,
    wake_at=conversations.wake_at,
    tick=conversation_inputs.Ticked(),
    is_open=lambda c: c.phase is not Phase.CLOSED,
    claim=conversation_claim,
)
CONTACT = Machine(
    kind="contact",
    state=contact.Contact,
    event=contact.ContactEvent,
    fresh=lambda id: contact.Contact(id=id),
    decide=contact.decide,
    evolve=contact.evolve,
    wake_at=contact.wake_at,
    is_open=lambda c: False,
)
AGENT = Machine(
    kind="agent",
    state=Agent,
    event=agent_events.AnyEvent,
    fresh=lambda id: Agent(id=id),
    decide=agents.decide,
    evolve=evolve_agent,
    wake_at=agents.wake_at,
    tick=agent_inputs.Ticked(),
)
ACCOUNT = Machine(
    kind="account",
    state=account.Account,
    event=account.AccountEvent,
    fresh=lambda id: account.Account(id=id),
    decide=account.decide,
    evolve=account.evolve,
    wake_at=account.wake_at,
    is_open=lambda a: False,
)
FLOOR_MACHINE = Machine(
    kind="floor",
    state=Floor,
    event=floor_events.AnyEvent,
    fresh=lambda id: Floor(),
    decide=floors.decide,
    evolve=evolve_floor,
    wake_at=floors.wake_at,
)

CORE: tuple[Machine, ...] = (CONVERSATION, CONTACT, AGENT, ACCOUNT, FLOOR_MACHINE)


def stream(kind: str, id: str) -> str:
    """The name of a stream."""
    return f"{kind}/{id}"


def kind_of(name: str) -> str:
    return name.partition("/")[0]


def id_of(name: str) -> str:
    return name.partition("/")[2]


Machines = Mapping[str, Machine]
"""By kind."""


class Codec:
    """States and events to bytes and back; the store between them never looks inside."""

    def __init__(self, machines: Machines) -> None:
        self._events = {kind: msgspec.json.Decoder(m.event) for kind, m in machines.items()}
        self._states = {kind: msgspec.json.Decoder(m.state) for kind, m in machines.items() if kind != "floor"}
        self._encoder = msgspec.json.Encoder()

    def encode(self, value: Any) -> bytes:
        return self._encoder.encode(value)

    def event(self, stream_name: str, body: bytes) -> Any:
        return self._events[kind_of(stream_name)].decode(body)

    def state(self, stream_name: str, body: bytes) -> Any:
        return self._states[kind_of(stream_name)].decode(body)
