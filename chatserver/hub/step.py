"""One step: an input, and everything that follows from it, on states in memory. Pure; commits nothing.

A stream that is not in memory stops the step with `Missing`; the engine loads it and takes the step again,
which is harmless because a step changes nothing but the view that it was given.
"""

from collections import deque
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

import msgspec

from chatserver.conversation import contact, reopen
from chatserver.hub.machines import Machine, Machines, id_of, kind_of, stream
from chatserver.hub.wiring import Row
from chatserver.kernel.machine import Env

MAX_INPUTS = 100_000
"""Inputs of one step. One input leads to a handful; only a group that loses its last agent reaches everybody who
waits in it. More than this is a loop in the wiring, and stops with an alarm instead of going on for ever."""


class Missing(Exception):
    """The step needs a stream that is not in memory."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.stream = name


class Runaway(RuntimeError):
    """A step did not come to rest: a bug in the wiring."""


class OpenConversationOf(msgspec.Struct, frozen=True):
    """An address: the contact's open conversation, or a new one under the id `otherwise`.

    With `reopen_after`, one that an agent served and that ended no earlier than that is still the one. Nobody gets to
    a conversation of a contact who is banned.
    """

    contact: str
    otherwise: str
    reopen_after: datetime | None = None


Address = str | OpenConversationOf


class Envelope(msgspec.Struct, frozen=True):
    """An input on its way. `input_id`, where the sender has one, makes repetitions harmless.

    `also` goes with it, in its order: all of them happen, in one commit, or none does. A refusal then says in `nth`
    whose it is, the envelope's own (0) or that of one of the others (from 1 on). `needs` are streams that its sender
    knows to be touched: they are read together before the first step, instead of one after the other.
    """

    to: Address
    input: Any
    input_id: str | None = None
    also: tuple["Envelope", ...] = ()
    needs: tuple[str, ...] = ()


class Rules(Protocol):
    """The settings, as each machine sees them."""

    def env(self, look: "View", kind: str, state: Any, input: Any, now: datetime) -> Env[Any]: ...


class View:
    """States as the step sees them: its own changes over those of the batch over what is durable."""

    def __init__(self, *layers: Mapping[str, Any]) -> None:
        self.changed: dict[str, Any] = {}
        self._layers = layers

    def __getitem__(self, name: str) -> Any:
        if name in self.changed:
            return self.changed[name]
        for layer in self._layers:
            if name in layer:
                return layer[name]
        raise Missing(name)

    def __setitem__(self, name: str, state: Any) -> None:
        self.changed[name] = state


class Happened(msgspec.Struct, frozen=True):
    """An event, its stream, and the stream's version after it."""

    stream: str
    version: int
    event: Any


class Outcome(msgspec.Struct, frozen=True):
    """What a step did: to whom it went, what happened, in order, and the states after it."""

    stream: str
    happened: list[Happened]
    changed: dict[str, Any]


class Stepper:
    """Runs steps with fixed machines, wiring and rules."""

    def __init__(self, machines: Machines, wiring: Mapping[type[Any], Row], rules: Rules) -> None:
        self._machines = machines
        self._wiring = wiring
        self._rules = rules

    def step(self, envelope: Envelope, now: datetime, *layers: Mapping[str, Any]) -> Outcome:
        """Raises `Refused` (nothing happened), `Missing` (load it and come again) or `Runaway` (a bug)."""
        view = View(*layers)
        if isinstance(envelope.to, OpenConversationOf):
            contact.admit(view[stream("contact", envelope.to.contact)], now)
        to = self.resolve(envelope.to, view)
        happened: list[Happened] = []
        todo = deque([(to, envelope.input)])
        for _ in range(MAX_INPUTS):
            if not todo:
                return Outcome(stream=to, happened=happened, changed=view.changed)
            name, input = todo.popleft()
            for event in self._take(view, name, input, now, happened):
                if row := self._wiring.get(type(event)):
                    todo.extend(row(name, event, view.__getitem__))
        raise Runaway(f"{type(envelope.input).__name__} to {to} did not come to rest")

    def wake_at(self, name: str, state: Any, view: View, now: datetime) -> datetime | None:
        machine = self._machine(name)
        env = self._rules.env(view, machine.kind, state, None, now)
        return machine.wake_at(state, env.settings)

    def resolve(self, to: Address, view: View) -> str:
        """The stream that an address means at this moment."""
        if isinstance(to, str):
            return to
        newest = view[stream("contact", to.contact)].conversation
        if newest is not None:
            name = stream("conversation", newest)
            if self._machines["conversation"].is_open(view[name]) or reopen.goes_on(view[name], to.reopen_after):
                return name
        return stream("conversation", to.otherwise)

    def _take(self, view: View, name: str, input: Any, now: datetime, happened: list[Happened]) -> list[Any]:
        machine = self._machine(name)
        state = view[name]
        events = machine.decide(state, input, self._rules.env(view, machine.kind, state, input, now))
        for event in events:
            state = machine.evolve(state, event)
            happened.append(Happened(name, state.version, event))
        if events:
            view[name] = state
        return events

    def _machine(self, name: str) -> Machine:
        return self._machines[kind_of(name)]

    def fresh(self, name: str) -> Any:
        return self._machine(name).fresh(id_of(name))
