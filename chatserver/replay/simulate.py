"""Runs recorded traffic on the floor's own rules, in virtual time: once as it was set, once under other settings. Pure.

Only what the settings decide is decided again. When people came, how long they took, and when agents were there is
taken from the log.
"""

import heapq
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Literal, assert_never

import msgspec
from msgspec.structs import replace

from chatserver.dispatch import events as e
from chatserver.dispatch import inputs as i
from chatserver.dispatch.decide import decide
from chatserver.dispatch.evolve import evolve
from chatserver.dispatch.model import Floor
from chatserver.hub.machines import FLOOR, kind_of
from chatserver.hub.step import View
from chatserver.hub.wiring import WIRING, Row, seat
from chatserver.replay.day import Ask, Change, Day
from chatserver.replay.figures import Figures, Ledger
from chatserver.settings import workspace
from chatserver.settings.model import Settings
from chatserver.settings.rules import WorkspaceRules

ROWS: Mapping[type[Any], Row] = {**WIRING, **workspace.WIRING}


class Due(msgspec.Struct, frozen=True):
    """Something that a conversation may have come to: the service ends, the visitor leaves, the wait is too long."""

    what: Literal["end", "leave", "limit"]
    conversation: str


class Compared(msgspec.Struct, frozen=True):
    """The same traffic under the recorded and under other settings; `start` and `end` are instants."""

    start: datetime
    end: datetime
    recorded: Figures
    other: Figures


def compare(day: Day, other: Settings) -> Compared:
    """Side by side. Deterministic: the same log and settings give the same figures."""
    return Compared(day.start, day.end, run(day).figures(), run(day, other).figures())


def run(day: Day, other: Settings | None = None) -> Ledger:
    """One run over the whole day; without `other`, with the settings as they were and as they changed."""
    return _Run(day, other).through()


class _Run:
    """`_ends`, `_leaves`: the valid instants; what was planned for another instant is void when it comes up."""

    def __init__(self, day: Day, other: Settings | None) -> None:
        self.now = day.start
        self.ledger = Ledger(day.start)
        self._day = day
        self._fixed = other is not None
        self._states = dict(day.states)
        if other is not None:
            self._states[workspace.STREAM] = replace(self._states[workspace.STREAM], settings=other)
        self._rules = WorkspaceRules()
        self._asks: dict[str, Ask] = {}
        self._remaining = dict(day.handling)
        self._queued_at: dict[str, datetime] = {}
        self._ends: dict[str, tuple[datetime, str]] = {}
        self._leaves: dict[str, datetime] = {}
        self._plan: list[tuple[datetime, int, Change | Ask | Due]] = []
        self._planned = 0

    def through(self) -> Ledger:
        present = [a for a in self._day.asks if a.at < self._day.start]
        arrivals = [a for a in self._day.asks if a.at >= self._day.start]
        for what in sorted([*self._day.changes, *arrivals], key=lambda x: x.at):
            self._put(what.at, what)
        self._begin(present)
        while self._plan and self._plan[0][0] < self._day.end:
            self.now, _, what = heapq.heappop(self._plan)
            self._happen(what)
        self.ledger.close(self._floor, self._day.end)
        return self.ledger

    @property
    def _floor(self) -> Floor:
        floor: Floor = self._states[FLOOR]
        return floor

    def _put(self, at: datetime, what: Change | Ask | Due) -> None:
        """Equal instants keep the order in which they were planned."""
        self._planned += 1
        heapq.heappush(self._plan, (at, self._planned, what))

    def _begin(self, present: list[Ask]) -> None:
        """Who is there at the start goes on; the settings look at every seat and every queue."""
        self._asks |= {a.conversation: a for a in present}
        for agent, served in sorted(self._floor.serving.items()):
            for conversation in sorted(served):
                self._serve(conversation, agent)
        for conversation in sorted(self._floor.waiting):
            self._wait(conversation, self._asks[conversation].at)
        for name in sorted(self._states):
            if kind_of(name) == "agent" and self._states[name].profile:
                self._send(seat(name, None, self._states.__getitem__))
        self._feed(i.RulesChanged())

    def _happen(self, what: Change | Ask | Due) -> None:
        match what:
            case Change():
                self._change(what)
            case Ask():
                self._ask(what)
            case Due(what="end"):
                self._end(what.conversation)
            case Due(what="leave"):
                self._leave(what.conversation)
            case Due(what="limit"):
                self._limit(what.conversation)
            case _:
                assert_never(what)

    def _change(self, change: Change) -> None:
        settings = change.stream == workspace.STREAM
        if settings and self._fixed:
            return
        self._states[change.stream] = change.state
        if row := ROWS.get(type(change.event)):
            self._send(row(change.stream, change.event, self._states.__getitem__))
        if settings:
            for conversation in sorted(self._floor.waiting):
                self._arm(conversation)

    def _ask(self, ask: Ask) -> None:
        """Whoever asks again because the first wait was in vain does so only if it was in vain here, too."""
        if self.ledger.outcome.get(ask.conversation) in ("waiting", "served"):
            return
        self._asks[ask.conversation] = ask
        self.ledger.asked(ask)
        self._enqueue(ask, ask.last_agent)

    def _enqueue(self, ask: Ask, last_agent: str | None) -> None:
        self._feed(
            i.VisitorWaiting(
                conversation=ask.conversation,
                group=ask.group,
                since=ask.at,
                priority=ask.priority,
                last_agent=last_agent,
            )
        )
        if ask.conversation in self._floor.waiting:
            self._wait(ask.conversation, self.now)

    def _wait(self, conversation: str, since: datetime) -> None:
        """Patience and the group's limit begin to count."""
        ask = self._asks[conversation]
        self._queued_at[conversation] = since
        if ask.patience is not None and since == ask.at:
            self._leaves[conversation] = ask.at + ask.patience
            self._put(self._leaves[conversation], Due("leave", conversation))
        self._arm(conversation)

    def _arm(self, conversation: str) -> None:
        if limit := self._wait_limit(conversation):
            self._put(max(self.now, self._queued_at[conversation] + limit), Due("limit", conversation))

    def _wait_limit(self, conversation: str) -> timedelta | None:
        group = self._env().settings.groups.get(self._floor.waiting[conversation].group)
        return timedelta(seconds=group.wait_limit) if group and group.wait_limit else None

    def _leave(self, conversation: str) -> None:
        if self._leaves.get(conversation) == self.now and conversation in self._floor.waiting:
            self.ledger.gave_up(conversation, "left")
            self._feed(i.VisitorGone(conversation=conversation))

    def _limit(self, conversation: str) -> None:
        if conversation not in self._floor.waiting:
            return
        limit = self._wait_limit(conversation)
        if limit and self._queued_at[conversation] + limit <= self.now:
            self.ledger.gave_up(conversation, "timeout")
            self._feed(i.VisitorGone(conversation=conversation))

    def _serve(self, conversation: str, agent: str) -> None:
        self._leaves.pop(conversation, None)
        end = self.now + self._remaining[conversation]
        self._ends[conversation] = (end, agent)
        self._put(end, Due("end", conversation))

    def _end(self, conversation: str) -> None:
        end, agent = self._ends.get(conversation, (None, ""))
        if end == self.now:
            del self._ends[conversation]
            self._feed(i.SeatFreed(agent=agent, conversation=conversation))

    def _abandoned(self, event: e.Abandoned) -> None:
        """The agent is gone: back to the queue for the rest, without preference, unless the group keeps it."""
        ask = self._asks[event.conversation]
        group = self._env().settings.groups.get(ask.group)
        if group and group.when_agent_gone == "keep":
            return
        self._remaining[event.conversation] = self._ends.pop(event.conversation)[0] - self.now
        self._feed(i.SeatFreed(agent=event.agent, conversation=event.conversation))
        self._enqueue(ask, None)

    def _send(self, sent: list[tuple[str, Any]]) -> None:
        for name, input in sent:
            if name == FLOOR:
                self._feed(input)

    def _feed(self, input: i.AnyInput) -> None:
        """One decision of the floor, and what follows from it."""
        events = decide(self._floor, input, self._env())
        for event in events:
            self.ledger.note(event, self._floor)
            self._states[FLOOR] = evolve(self._floor, event)
        self.ledger.queues(self._floor)
        for event in events:
            match event:
                case e.Matched():
                    self._serve(event.conversation, event.agent)
                case e.Abandoned():
                    self._abandoned(event)
                case _:
                    pass

    def _env(self) -> Any:
        return self._rules.env(View(self._states), "floor", None, None, self.now)
