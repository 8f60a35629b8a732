"""Runs recorded traffic on the floor's own rules, in virtual time: once as it was set, once under other settings. Pure.

Only what the settings decide is decided again. When people came, how long they took, and when agents were there is
taken from the log.
"""

import heapq
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Literal, assert_never

import msgspec
from msgspec.structs import replace

from chatserver.agents import inputs as ai
from chatserver.agents.decide import decide as decide_agent
from chatserver.agents.events import MissesForgotten, OfferMissCounted, StatusChanged, WorkFinished
from chatserver.agents.model import Cause
from chatserver.agents.settings import AgentSettings
from chatserver.dispatch import events as e
from chatserver.dispatch import inputs as i
from chatserver.dispatch.decide import decide
from chatserver.dispatch.evolve import evolve
from chatserver.dispatch.model import Floor
from chatserver.dispatch.settings import Group
from chatserver.hub.machines import FLOOR, id_of, kind_of, stream
from chatserver.hub.step import View
from chatserver.hub.wiring import WIRING, Row, seat
from chatserver.kernel.machine import Env
from chatserver.replay.day import Answer, Ask, Change, Day
from chatserver.replay.figures import Figures, Ledger
from chatserver.replay.log import MACHINES, fresh
from chatserver.settings import workspace
from chatserver.settings.model import Settings
from chatserver.settings.rules import WorkspaceRules

ROWS: Mapping[type[Any], Row] = {**WIRING, **workspace.WIRING}


class Due(msgspec.Struct, frozen=True):
    """What a conversation may have come to: the service ends, the visitor leaves, the wait is too long, or long enough
    for the overflow group, the agent who is asked has decided. Or an agent to: the wrap-up is over."""

    what: Literal["end", "leave", "limit", "overflow", "answer", "wrapped_up"]
    of: str


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
    """`_ends`, `_leaves`, `_offers`: what is valid; what was planned for another instant is void when it comes up."""

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
        self._sought: dict[str, datetime] = {}
        self._late: set[str] = set()
        self._ends: dict[str, tuple[datetime, str]] = {}
        self._leaves: dict[str, datetime] = {}
        self._offers: dict[str, tuple[datetime, str, bool]] = {}
        self._offered: Counter[str] = Counter()
        self._plan: list[tuple[datetime, int, Change | Ask | Due]] = []
        self._planned = 0

    def through(self) -> Ledger:
        present = [a for a in self._day.asks if a.at < self._day.start]
        self._begin(present)
        coming: list[Change | Ask] = [*self._day.changes, *(a for a in self._day.asks if a.at >= self._day.start)]
        for what in sorted(coming, key=lambda x: x.at):
            self._put(what.at, what)
        while self._plan and self._plan[0][0] < self._day.end:
            self.now, _, planned = heapq.heappop(self._plan)
            self._happen(planned)
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
            for conversation in sorted(set(served) - set(self._floor.offers)):
                self._serve(conversation, agent)
        waiting = {**self._floor.waiting, **{c: o.waiting for c, o in self._floor.offers.items()}}
        for conversation, place in sorted(waiting.items()):
            ask = self._asks[conversation] = replace(self._asks[conversation], group=place.group)
            self._wait(conversation, ask.at)
        for conversation, offer in sorted(self._floor.offers.items()):
            self._offer(conversation, offer.agent, self._offer_for(offer.waiting.group))
        for name in sorted(self._states):
            if kind_of(name) == "agent" and self._states[name].profile:
                self._send(seat(name, None, self._states.__getitem__))
                self._wrap_up(name)
        self._feed(i.RulesChanged())

    def _happen(self, what: Change | Ask | Due) -> None:
        match what:
            case Change():
                self._change(what)
            case Ask():
                self._ask(what)
            case Due():
                self._due(what)
            case _:
                assert_never(what)

    def _due(self, due: Due) -> None:
        match due.what:
            case "end":
                self._end(due.of)
            case "leave":
                self._leave(due.of)
            case "limit":
                self._limit(due.of)
            case "overflow":
                self._overflow(due.of)
            case "answer":
                self._answer(due.of)
            case "wrapped_up":
                self._wrapped_up(due.of)
            case _:
                assert_never(due.what)

    def _change(self, change: Change) -> None:
        settings = change.stream == workspace.STREAM
        if (settings and self._fixed) or decided_anew(change.event):
            return
        self._evolve(change.stream, change.event)
        if settings:
            for conversation in sorted({*self._floor.waiting, *self._floor.offers}):
                self._arm(conversation)

    def _ask(self, ask: Ask) -> None:
        """Whoever asks again because the first wait was in vain does so only if it was in vain here, too."""
        if self.ledger.outcome.get(ask.conversation) in ("waiting", "served"):
            return
        self._asks[ask.conversation] = ask
        self.ledger.asked(ask)
        self._enqueue(ask, ask.last_agent)

    def _enqueue(self, ask: Ask, last_agent: str | None) -> None:
        group = self._group(ask.conversation)
        self._feed(
            i.VisitorWaiting(
                conversation=ask.conversation,
                group=ask.group,
                since=ask.at,
                channel=ask.channel,
                priority=ask.priority + (ask.vip * group.vip_weight if group else 0),
                vip=ask.vip,
                last_agent=last_agent,
            )
        )
        if self._waits(ask.conversation):
            self._wait(ask.conversation, self.now)

    def _waits(self, conversation: str) -> bool:
        """Whoever is offered to an agent waits on."""
        return conversation in self._floor.waiting or conversation in self._floor.offers

    def _wait(self, conversation: str, since: datetime) -> None:
        """Patience and the group's limit begin to count."""
        ask = self._asks[conversation]
        self._queued_at[conversation] = self._sought[conversation] = since
        if ask.patience is not None and since == ask.at:
            self._leaves[conversation] = ask.at + ask.patience
            self._put(self._leaves[conversation], Due("leave", conversation))
        self._arm(conversation)

    def _arm(self, conversation: str) -> None:
        if limit := self._wait_limit(conversation):
            self._put(max(self.now, self._queued_at[conversation] + limit), Due("limit", conversation))
        if after := self._overflow_after(conversation):
            self._put(max(self.now, self._sought[conversation] + after), Due("overflow", conversation))

    def _group(self, conversation: str) -> Group | None:
        groups: dict[str, Group] = self._env().settings.groups
        return groups.get(self._asks[conversation].group)

    def _wait_limit(self, conversation: str) -> timedelta | None:
        group = self._group(conversation)
        return timedelta(seconds=group.wait_limit) if group and group.wait_limit else None

    def _overflow_after(self, conversation: str) -> timedelta | None:
        group, waiting = self._group(conversation), self._floor.waiting.get(conversation)
        if group is None or not group.overflow or not group.overflow_after or (waiting and waiting.overflowed):
            return None
        return timedelta(seconds=group.overflow_after)

    def _overflow(self, conversation: str) -> None:
        """Not while an agent is asked; tried again after as long a time when the other group had no place."""
        after = self._overflow_after(conversation)
        if not self._waits(conversation) or after is None or self._sought[conversation] + after > self.now:
            return
        if conversation in self._floor.offers:
            self._late.add(conversation)
            return
        self._sought[conversation] = self.now
        self._feed(i.WaitedLong(conversation=conversation))
        if conversation in self._floor.waiting:
            self._arm(conversation)

    def _leave(self, conversation: str) -> None:
        if self._leaves.get(conversation) == self.now and self._waits(conversation):
            self.ledger.gave_up(conversation, "left")
            self._feed(i.VisitorGone(conversation=conversation))

    def _limit(self, conversation: str) -> None:
        if not self._waits(conversation):
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
        if end != self.now:
            return
        del self._ends[conversation]
        if self._states[stream("agent", agent)].profile.wrap_up:
            self._tell(agent, ai.Finished(conversation=conversation))
        else:
            self._feed(i.SeatFreed(agent=agent, conversation=conversation))

    def _wrapped_up(self, agent: str) -> None:
        """Only this is asked of the agent: when connections were lost is as it is recorded."""
        state = self._states[stream("agent", agent)]
        if state.wrap_until == self.now:
            connected = replace(state, lost_at=None)
            for event in decide_agent(connected, ai.Ticked(), self._agents_env()):
                self._evolve(stream("agent", agent), event)

    def _offer(self, conversation: str, agent: str, seconds: int) -> None:
        """The agent answers as to the recorded offers, one after the other and again from the first; at once where
        there were none. An answer that would come too late is a missed offer."""
        answers = self._day.answers.get(agent) or (Answer(timedelta(), True),)
        answer = answers[self._offered[agent] % len(answers)]
        self._offered[agent] += 1
        limit = timedelta(seconds=seconds)
        in_time = answer.after is not None and answer.after < limit
        at = self.now + (answer.after if in_time and answer.after is not None else limit)
        self._offers[conversation] = (at, agent, in_time and answer.accepts)
        self._put(at, Due("answer", conversation))

    def _offer_for(self, group: str) -> int:
        found = self._env().settings.groups.get(group)
        return found.offer_for if found else 0

    def _answer(self, conversation: str) -> None:
        at, agent, accepts = self._offers.get(conversation, (None, "", False))
        if at != self.now:
            return
        if accepts:
            self._feed(i.OfferAnswered(agent=agent, conversation=conversation, accepted=True))
            self._tell(agent, ai.Answered())
            return
        self._tell(agent, ai.Missed(conversation=conversation))

    def _tell(self, agent: str, input: ai.AnyInput) -> None:
        """Missed offers and wrap-ups change an agent's status as this run goes, not as recorded."""
        name = stream("agent", agent)
        for event in decide_agent(self._states[name], input, self._agents_env()):
            self._evolve(name, event)

    def _agents_env(self) -> Env[AgentSettings]:
        return Env(self.now, self._states[workspace.STREAM].settings.agents)

    def _evolve(self, name: str, event: Any) -> None:
        """An agent or the settings changed: the floor hears what the wiring says."""
        self._states[name] = MACHINES[kind_of(name)].evolve(self._states.get(name) or fresh(name), event)
        if row := ROWS.get(type(event)):
            self._send(row(name, event, self._states.__getitem__))
        self._wrap_up(name)

    def _wrap_up(self, name: str) -> None:
        until = getattr(self._states[name], "wrap_until", None)
        if until:
            self._put(until, Due("wrapped_up", id_of(name)))

    def _abandoned(self, event: e.Abandoned) -> None:
        """The agent is gone: back to the queue for the rest, without preference, unless the group keeps it."""
        if event.conversation in self._floor.offers:
            self._tell(event.agent, ai.Missed(conversation=event.conversation))
            return
        ask = self._asks[event.conversation]
        group = self._group(event.conversation)
        if group and group.when_agent_gone == "keep" and not event.for_good:
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
                case e.Matched() | e.OfferAccepted():
                    self._offers.pop(event.conversation, None)
                    self._serve(event.conversation, event.agent)
                case e.Offered():
                    self._offer(event.conversation, event.agent, event.seconds)
                case e.OfferEnded():
                    self._offers.pop(event.conversation, None)
                    self._again(event.conversation)
                case e.Overflowed():
                    self._moved(event)
                case e.Abandoned():
                    self._abandoned(event)
                case _:
                    pass

    def _again(self, conversation: str) -> None:
        """The wait became long while an agent was asked who did not take it."""
        if conversation in self._late:
            self._late.discard(conversation)
            self._put(self.now, Due("overflow", conversation))

    def _moved(self, event: e.Overflowed) -> None:
        """The wait goes on for another group, and by the limit of that one."""
        conversation = event.conversation
        self._asks[conversation] = replace(self._asks[conversation], group=event.waiting.group)
        self._queued_at[conversation] = self._sought[conversation] = self.now
        if self._waits(conversation):
            self._arm(conversation)

    def _env(self) -> Any:
        return self._rules.env(View(self._states), "floor", None, None, self.now)


def decided_anew(event: Any) -> bool:
    """Whether an agent's recorded change came from offers or from ended conversations: a run has its own of those."""
    if isinstance(event, StatusChanged):
        return event.cause in (Cause.MISSED_OFFERS, Cause.WRAP_UP, Cause.WRAPPED_UP)
    return isinstance(event, OfferMissCounted | MissesForgotten | WorkFinished)
