"""联系身份: what is remembered of a visitor between conversations. A machine of its own, and a very small one."""

from datetime import datetime
from typing import assert_never

import msgspec
from msgspec.structs import replace

from chatserver.kernel.machine import Env, Event, Input


class Contact(msgspec.Struct, frozen=True, kw_only=True):
    """`conversation` is the newest one, open or not; `last_agent` the one who served last, until `served_at`."""

    id: str
    version: int = 0
    conversation: str | None = None
    visits: int = 0
    last_agent: str | None = None
    served_at: datetime | None = None


class Visited(Input, frozen=True, kw_only=True):
    """A conversation was opened."""

    conversation: str


class Served(Input, frozen=True, kw_only=True):
    """An agent began to serve."""

    agent: str


class VisitBegan(Event, frozen=True, kw_only=True):
    conversation: str


class ServedBy(Event, frozen=True, kw_only=True):
    agent: str


ContactInput = Visited | Served
ContactEvent = VisitBegan | ServedBy


def decide(c: Contact, input: ContactInput, env: Env[None]) -> list[ContactEvent]:
    match input:
        case Visited():
            return [VisitBegan(at=env.now, conversation=input.conversation)]
        case Served():
            return [ServedBy(at=env.now, agent=input.agent)]
        case _:
            assert_never(input)


def evolve(c: Contact, event: ContactEvent) -> Contact:
    c = replace(c, version=c.version + 1)
    match event:
        case VisitBegan():
            return replace(c, conversation=event.conversation, visits=c.visits + 1)
        case ServedBy():
            return replace(c, last_agent=event.agent, served_at=event.at)
        case _:
            assert_never(event)


def wake_at(c: Contact, settings: None) -> None:
    """A contact waits for nothing."""
