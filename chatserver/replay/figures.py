"""What came of a run: counts, waits, shares and fairness. Pure; knows of no rule that led there."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from math import ceil
from statistics import pstdev
from typing import Literal

import msgspec

from chatserver.dispatch import events as e
from chatserver.dispatch.evolve import touched
from chatserver.dispatch.model import Floor
from chatserver.replay.day import Ask

Outcome = Literal["waiting", "served", "full", "nobody", "timeout", "left"]


class AgentFigures(msgspec.Struct, frozen=True):
    """`served`: assignments. `missed`: offers not taken. `busy`: share of the time on duty with at least one
    conversation (an open offer counts as one), 0 to 1."""

    served: int
    missed: int
    busy: float


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """Waits are seconds until the first assignment, of those who got one. `deviation` (standard deviation) and `range`
    (most minus fewest) are of the assignments by agent, over all who were on duty. Whoever had come before the start is
    in the agents' figures only."""

    arrivals: int
    served: int
    turned_away: dict[str, int]
    left: int
    still_waiting: int
    missed: int
    wait_p50: float
    wait_p90: float
    wait_max: float
    longest_queue: int
    agents: dict[str, AgentFigures]
    deviation: float
    range: int
    returning: int
    returning_to_own: int


class Ledger:
    """Notes what happens on a floor while a run goes on."""

    def __init__(self, start: datetime) -> None:
        self.outcome: dict[str, Outcome] = {}
        self.agent: dict[str, str] = {}  # by conversation: who was given first
        self.longest = 0
        self._start = start
        self._asked: dict[str, Ask] = {}
        self._waits: dict[str, float] = {}
        self._served: Counter[str] = Counter()
        self._missed: Counter[str] = Counter()
        self._duty: dict[str, timedelta] = {}
        self._busy: dict[str, timedelta] = {}
        self._since: dict[str, datetime] = {}

    def asked(self, ask: Ask) -> None:
        self.outcome[ask.conversation] = "waiting"
        self._asked[ask.conversation] = ask

    def gave_up(self, conversation: str, outcome: Literal["left", "timeout"]) -> None:
        """Only who was never served is lost: a second wait, after an agent is gone, does not take that back."""
        if self.outcome.get(conversation) == "waiting":
            self.outcome[conversation] = outcome

    def note(self, event: e.AnyEvent, before: Floor) -> None:
        """`before` is the floor to which the event happens."""
        if agent := touched(event):
            self._pass(before, agent, event.at)
        match event:
            case e.Matched() | e.OfferAccepted():
                self._given(event)
            case e.OfferEnded() if event.waits:
                self._missed[event.agent] += 1
            case e.TurnedAway() if self.outcome.get(event.conversation) == "waiting":
                self.outcome[event.conversation] = event.reason
            case _:
                pass

    def queues(self, floor: Floor) -> None:
        """After each decision: how long the longest queue is."""
        self.longest = max(self.longest, max(map(len, floor.queues.values()), default=0))

    def close(self, floor: Floor, end: datetime) -> None:
        """The run is over: count the time of everybody up to now."""
        for agent in floor.seats:
            self._pass(floor, agent, end)

    def figures(self) -> Figures:
        said = Counter(self.outcome[c] for c in self._asked)
        waits = sorted(self._waits.values())
        agents = {a: self._agent(a) for a in sorted({*self._served, *(a for a, d in self._duty.items() if d)})}
        counts = [a.served for a in agents.values()]
        came_back = [a for a in self._asked.values() if a.last_agent and a.conversation in self.agent]
        return Figures(
            arrivals=len(self._asked),
            served=said["served"],
            turned_away={reason: said[reason] for reason in ("full", "nobody", "timeout")},
            left=said["left"],
            still_waiting=said["waiting"],
            missed=self._missed.total(),
            wait_p50=percentile(waits, 0.5),
            wait_p90=percentile(waits, 0.9),
            wait_max=percentile(waits, 1.0),
            longest_queue=self.longest,
            agents=agents,
            deviation=round(pstdev(counts), 3) if counts else 0.0,
            range=max(counts) - min(counts) if counts else 0,
            returning=len(came_back),
            returning_to_own=sum(self.agent[a.conversation] == a.last_agent for a in came_back),
        )

    def _given(self, event: e.Matched | e.OfferAccepted) -> None:
        self._served[event.agent] += 1
        ask = self._asked.get(event.conversation)
        if ask is None or event.conversation in self.agent:
            return
        self.outcome[event.conversation] = "served"
        self.agent[event.conversation] = event.agent
        self._waits[event.conversation] = (event.at - ask.at).total_seconds()

    def _pass(self, floor: Floor, agent: str, now: datetime) -> None:
        """The time of one agent since it was last counted, spent as the seat stood until now."""
        since = self._since.get(agent, self._start)
        self._since[agent] = now
        seat = floor.seats.get(agent)
        if seat and seat.on_duty:
            self._duty[agent] = self._duty.get(agent, timedelta()) + (now - since)
            if seat.load:
                self._busy[agent] = self._busy.get(agent, timedelta()) + (now - since)

    def _agent(self, agent: str) -> AgentFigures:
        duty = self._duty.get(agent, timedelta())
        share = self._busy.get(agent, timedelta()) / duty if duty else 0.0
        return AgentFigures(self._served[agent], self._missed[agent], round(share, 4))


def percentile(ordered: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of all do not exceed; 0 for none."""
    return ordered[ceil(share * len(ordered)) - 1] if ordered else 0.0
