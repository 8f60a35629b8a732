"""A whole workspace in memory and in virtual time: the product's machines, rules and wiring, without any I/O."""

import heapq
from datetime import datetime
from typing import Any

from chatserver import app
from chatserver.agents import inputs as ai
from chatserver.dispatch.model import Floor
from chatserver.hub.machines import CORE, FLOOR, Machine, kind_of
from chatserver.hub.step import Address, Envelope, Happened, Missing, Outcome, Stepper, View
from chatserver.hub.wiring import WIRING, joined
from chatserver.settings import workspace
from chatserver.settings.model import Settings
from chatserver.settings.rules import WorkspaceRules
from tests.fakes.clock import T0

MACHINES: dict[str, Machine] = {m.kind: m for m in (*CORE, *app.MACHINES)}


class World:
    """`log` holds everything that happened, in order, with the phase that each conversation was in before."""

    def __init__(self, settings: Settings, now: datetime = T0) -> None:
        self.now = now
        self.states: dict[str, Any] = {}
        self.log: list[Happened] = []
        self.moves: set[tuple[str, type[Any]]] = set()
        self._stepper = Stepper(MACHINES, joined(WIRING, app.WIRING), WorkspaceRules())
        self._wakes: dict[str, datetime] = {}
        self._heap: list[tuple[datetime, str]] = []
        self.send("workspace/main", workspace.SaveSettings(settings=settings, by="test", based_on=0))

    def send(self, to: Address, input: Any) -> Outcome:
        """One step; raises `Refused` and changes nothing when it is refused."""
        outcome = self._step(Envelope(to, input))
        self._note_moves(outcome)
        self.states |= outcome.changed
        self.log += outcome.happened
        for name, state in outcome.changed.items():
            self._plan(name, state)
        if any(kind_of(name) == "workspace" for name in outcome.changed):
            for name, state in list(self.states.items()):
                self._plan(name, state)
        return outcome

    def sign_in(self, agent: str) -> None:
        """As people do it: a login, and the console that it opens."""
        self.send(f"agent/{agent}", ai.SignedIn())
        self.send(f"agent/{agent}", ai.DeviceConnected(device="d1"))

    def advance_to(self, at: datetime) -> None:
        """Let time pass; whatever becomes due happens at its own instant."""
        while self._heap and self._heap[0][0] <= at:
            due, name = heapq.heappop(self._heap)
            if self._wakes.get(name) != due:
                continue
            del self._wakes[name]
            self.now = max(self.now, due)
            self.send(name, MACHINES[kind_of(name)].tick)
        self.now = max(self.now, at)

    @property
    def floor(self) -> Floor:
        floor: Floor = self.states[FLOOR]
        return floor

    def of_kind(self, kind: str) -> list[Any]:
        return [s for name, s in self.states.items() if kind_of(name) == kind]

    def _step(self, envelope: Envelope) -> Outcome:
        while True:
            try:
                return self._stepper.step(envelope, self.now, self.states)
            except Missing as missing:
                self.states[missing.stream] = self._stepper.fresh(missing.stream)

    def _plan(self, name: str, state: Any) -> None:
        at = self._stepper.wake_at(name, state, View(self.states), self.now)
        if at is None:
            self._wakes.pop(name, None)
        elif self._wakes.get(name) != at:
            self._wakes[name] = at
            heapq.heappush(self._heap, (at, name))

    def _note_moves(self, outcome: Outcome) -> None:
        """Which rows of the transition table were exercised."""
        now: dict[str, Any] = {}
        for h in outcome.happened:
            if kind_of(h.stream) == "conversation":
                before = now.get(h.stream) or self.states[h.stream]
                self.moves.add((before.phase, type(h.event)))
                now[h.stream] = MACHINES["conversation"].evolve(before, h.event)
