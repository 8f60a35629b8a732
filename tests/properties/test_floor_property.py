"""The floor's promises, under anything that people and time can do to it (C-3, S1-3.3.2d)."""

import contextlib
import os
from datetime import datetime, timedelta
from typing import Any

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from chatserver.agents import events as ae
from chatserver.agents import inputs as ai
from chatserver.agents.model import Profile
from chatserver.conversation import events as ce
from chatserver.conversation import inputs as ci
from chatserver.conversation.contact import Ban, LiftBan, SetBan
from chatserver.conversation.content import TextContent
from chatserver.conversation.model import Conversation, Face, FlowRef, Phase, QueueExit, Visit
from chatserver.dispatch import events as fe
from chatserver.dispatch import inputs as fi
from chatserver.dispatch.eligibility import handed_over, unfit
from chatserver.dispatch.match import match_all
from chatserver.dispatch.model import Floor, Seat, Strategy
from chatserver.hub.machines import FLOOR, kind_of
from chatserver.hub.memory import rebuild_floor
from chatserver.hub.step import OpenConversationOf, View
from chatserver.kernel.errors import Refused
from chatserver.settings import workspace
from chatserver.settings.model import Settings
from chatserver.settings.rules import WorkspaceRules
from tests.world import MACHINES, World

GRACE = 30
"""Seconds without any console after which an agent is gone."""

REOPEN = 60
"""Seconds after the end in which a visitor's word goes on with the same conversation."""

AGENTS = [f"a{n}" for n in range(1, 5)]
GROUPS = ["g1", "g2", "g3"]
STATUSES = ["ready", "busy", "rest", "offline", "ready", "outbound"]
CHANNELS = ["web", "h5", "wechat_kefu"]
OVERFLOW = ["g2", "g3", ""]


def make_settings(
    strategies: list[Strategy], limits: list[int], waits: list[int], overflow: bool = False, outbound: bool = False,
    asks: bool = False, away: str = "offline",
) -> Settings:
    """Three groups, each reachable by its own inbox, which may flow over into the next one; turned away means the end
    of the flow. `outbound`: whether conversations are given in that status; `asks`: colleagues accept a transfer;
    `away`: the status of whoever misses two offers."""
    return msgspec.convert(
        {
            "conversation": {
                "soothing": [{"after": 40}],
                "reopen_within": REOPEN,
                "transfer_accept_for": 20 if asks else 0,
                "transfer_waits_for": 45 if asks else 0,
            },
            "agents": {
                "connection_grace": GRACE,
                "misses_limit": 2,
                "misses_status": away,
                "statuses": [{"key": "outbound", "name": "外呼", "takes_new": outbound}],
                "log_statuses": outbound,
            },
            "groups": [
                {
                    "id": g,
                    "name": g,
                    "strategy": s,
                    "queue_limit": limit,
                    "wait_limit": wait,
                    "offer_for": 20 if wait else 0,
                    "when_nobody": "wait" if limit == 0 else "turn_away",
                    "when_agent_gone": "keep" if limit == 3 else "requeue",
                    "overflow": to if overflow else "",
                    "overflow_after": 25 if wait else 0,
                    "vip_weight": limit,
                }
                for g, s, limit, wait, to in zip(GROUPS, strategies, limits, waits, OVERFLOW, strict=True)
            ],
            "flows": [
                {
                    "id": g,
                    "name": g,
                    "nodes": [
                        {"type": "start", "id": "s", "next": "g"},
                        {"type": "to_group", "id": "g", "group": g, "otherwise": "e"},
                        {"type": "end", "id": "e", "text": "bye"},
                    ],
                }
                for g in GROUPS
            ],
            "inboxes": [{"id": g, "name": g, "flow": g} for g in GROUPS],
        },
        Settings,
    )


class FloorMachine(RuleBasedStateMachine):
    """Agents come and go, are deactivated, statuses, channels and limits change, visitors of all channels and levels
    arrive, write, wait, flow over, leave, time jumps."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0
        self.world = World(make_settings([Strategy.LEAST_LOADED] * 3, [0, 2, 0], [0, 60, 0]))

    def send(self, to: Any, input: Any) -> None:
        with contextlib.suppress(Refused):
            self.world.send(to, input)

    def pick(self, data: st.DataObject, *phases: Phase) -> Conversation:
        found = [c for c in self.world.of_kind("conversation") if c.phase in phases]
        return data.draw(st.sampled_from(sorted(found, key=lambda c: str(c.id))))

    def has(self, *phases: Phase) -> bool:
        return any(c.phase in phases for c in self.world.of_kind("conversation"))

    @initialize(agents=st.sets(st.sampled_from(AGENTS), max_size=3))
    def the_day_begins(self, agents: set[str]) -> None:
        """With somebody to serve, so that what follows is not all about empty rooms."""
        for agent in sorted(agents):
            profile = Profile(account=agent, name=agent, nickname=agent, groups=tuple(GROUPS), max=3)
            self.send(f"agent/{agent}", ai.Saved(profile=profile))
            self.agent_comes_or_goes(agent=agent, what="comes")

    @rule(
        strategies=st.lists(st.sampled_from(list(Strategy)), min_size=3, max_size=3),
        limits=st.lists(st.integers(0, 3), min_size=3, max_size=3),
        waits=st.lists(st.sampled_from([0, 30, 90]), min_size=3, max_size=3),
        switches=st.tuples(st.booleans(), st.booleans(), st.booleans()),
        away=st.sampled_from(["offline", "rest"]),
    )
    def settings_change(
        self,
        strategies: list[Strategy],
        limits: list[int],
        waits: list[int],
        switches: tuple[bool, bool, bool],
        away: str = "offline",
    ) -> None:
        version = self.world.states["workspace/main"].version
        new = make_settings(strategies, limits, waits, *switches, away)
        self.send("workspace/main", workspace.SaveSettings(settings=new, by="t", based_on=version))

    @rule(
        agent=st.sampled_from(AGENTS),
        groups=st.sets(st.sampled_from(GROUPS), max_size=3),
        low=st.integers(0, 2),
        top=st.integers(1, 4),
        auto=st.none() | st.sets(st.sampled_from(CHANNELS), max_size=3),
        caps=st.dictionaries(st.sampled_from(CHANNELS), st.integers(0, 2), max_size=2),
        active=st.sampled_from([True, True, True, False]),
        wrap_up=st.sampled_from([0, 0, 30]),
    )
    def agent_is_saved(
        self,
        agent: str,
        groups: set[str],
        low: int,
        top: int,
        auto: set[str] | None,
        caps: dict[str, int],
        active: bool,
        wrap_up: int,
    ) -> None:
        profile = Profile(
            account=agent,
            name=agent,
            nickname=agent,
            groups=tuple(sorted(groups)),
            min=low,
            max=top,
            auto_channels=None if auto is None else tuple(sorted(auto)),
            channel_max=caps,
            active=active,
            wrap_up=wrap_up,
        )
        self.send(f"agent/{agent}", ai.Saved(profile=profile))

    @rule(agent=st.sampled_from(AGENTS), status=st.sampled_from(STATUSES))
    def status_is_chosen(self, agent: str, status: str) -> None:
        self.send(f"agent/{agent}", ai.StatusChosen(status=status))

    @rule(agent=st.sampled_from(AGENTS), what=st.sampled_from(["comes", "in", "out", "on", "off", "restart"]))
    def agent_comes_or_goes(self, agent: str, what: str) -> None:
        if what == "comes":
            self.send(f"agent/{agent}", ai.SignedIn())
        inputs = {
            "comes": ai.DeviceConnected(device="d"),
            "in": ai.SignedIn(),
            "out": ai.SignedOut(),
            "on": ai.DeviceConnected(device="d"),
            "off": ai.DeviceLost(device="d"),
            "restart": ai.Restarted(),
        }
        self.send(f"agent/{agent}", inputs[what])

    @rule(
        group=st.sampled_from(GROUPS),
        visitor=st.integers(1, 9),
        last=st.sampled_from([None, *AGENTS]),
        channel=st.sampled_from(["web", *CHANNELS]),
        vip=st.integers(0, 2),
    )
    def visitor_writes(self, group: str, visitor: int, last: str | None, channel: str, vip: int) -> None:
        self.count += 1
        visit = Visit(contact=f"v{visitor}", inbox=group, name="", channel=channel, vip=vip)
        opening = ci.Opening(visit=visit, flow=FlowRef(id=group, version=1), last_agent=last)
        said = ci.VisitorSpoke(id=f"m{self.count}", content=TextContent(text="hi"), opening=opening)
        after = self.world.now - timedelta(seconds=REOPEN)
        self.send(OpenConversationOf(f"v{visitor}", f"c{self.count}", after), said)

    @precondition(lambda self: self.has(Phase.QUEUED))
    @rule(data=st.data(), mode=st.sampled_from(QueueExit))
    def visitor_quits(self, data: st.DataObject, mode: QueueExit) -> None:
        self.send(f"conversation/{self.pick(data, Phase.QUEUED).id}", ci.VisitorQuit(mode=mode))

    @precondition(lambda self: self.has(Phase.QUEUED))
    @rule(data=st.data(), agent=st.sampled_from(AGENTS))
    def agent_takes(self, data: st.DataObject, agent: str) -> None:
        self.send(FLOOR, fi.Take(agent=agent, conversation=self.pick(data, Phase.QUEUED).id))

    @precondition(lambda self: self.has(Phase.QUEUED))
    @rule(data=st.data(), accepts=st.booleans())
    def offer_is_answered(self, data: st.DataObject, accepts: bool) -> None:
        c = self.pick(data, Phase.QUEUED)
        agent = c.offer.agent if c.offer else "a1"
        answer = ci.AgentAnswered(agent=agent, face=Face(name=agent), accepts=accepts)
        self.send(f"conversation/{c.id}", answer)

    @precondition(lambda self: self.has(Phase.SERVING))
    @rule(data=st.data(), status=st.sampled_from(["offline", "offline", "rest"]))
    def whoever_serves_goes_home(self, data: st.DataObject, status: str) -> None:
        name = f"agent/{self.pick(data, Phase.SERVING).agent}"
        self.send(name, ai.DeviceConnected(device="d"))
        self.send(name, ai.StatusChosen(status=status))
        self.send(name, ai.DeviceLost(device="d"))

    @precondition(lambda self: self.has(Phase.SERVING))
    @rule(data=st.data())
    def agent_answers(self, data: st.DataObject) -> None:
        c = self.pick(data, Phase.SERVING)
        self.count += 1
        said = TextContent(text="hello")
        self.send(
            f"conversation/{c.id}",
            ci.AgentSpoke(id=f"m{self.count}", agent=str(c.agent), face=Face(name="x"), content=said),
        )

    @precondition(lambda self: self.has(Phase.SERVING, Phase.QUEUED))
    @rule(data=st.data(), by_agent=st.booleans())
    def conversation_ends(self, data: st.DataObject, by_agent: bool) -> None:
        c = self.pick(data, Phase.SERVING, Phase.QUEUED)
        self.send(f"conversation/{c.id}", ci.AgentEnded(agent="a1") if by_agent else ci.VisitorEnded())

    @precondition(lambda self: self.has(Phase.SERVING))
    @rule(data=st.data(), to=st.sampled_from([*AGENTS, *GROUPS]))
    def conversation_is_transferred(self, data: st.DataObject, to: str) -> None:
        c = self.pick(data, Phase.SERVING)
        self.count += 1
        target = {"to_agent": to} if to in AGENTS else {"to_group": to}
        moved = ci.AgentTransferred(id=f"m{self.count}", by=Face(name="x"), to_name=to, **target)
        self.send(f"conversation/{c.id}", moved)

    @precondition(lambda self: self.has(Phase.SERVING))
    @rule(data=st.data(), accepts=st.booleans(), by_target=st.booleans())
    def handover_is_answered(self, data: st.DataObject, accepts: bool, by_target: bool) -> None:
        c = self.pick(data, Phase.SERVING)
        agent = c.handover.to_agent if c.handover and by_target else str(c.agent)
        self.send(f"conversation/{c.id}", ci.AgentAnswered(agent=agent, face=Face(name=agent), accepts=accepts))

    @precondition(lambda self: self.has(Phase.SERVING))
    @rule(data=st.data(), agent=st.sampled_from(AGENTS))
    def supervisor_takes_over(self, data: st.DataObject, agent: str) -> None:
        taken = ci.AgentTransferred(id="t", by=Face(name="x"), to_name=agent, to_agent=agent, takes_over=True)
        self.send(f"conversation/{self.pick(data, Phase.SERVING).id}", taken)

    @precondition(lambda self: self.has(Phase.SERVING))
    @rule(data=st.data(), agent=st.sampled_from(AGENTS), comes=st.booleans(), on=st.booleans())
    def colleague_helps_and_visitor_is_held(self, data: st.DataObject, agent: str, comes: bool, on: bool) -> None:
        c, face = self.pick(data, Phase.SERVING), Face(name=agent)
        helps = ci.HelperInvited(agent=agent, face=face, by=face) if comes else ci.HelperLeft(agent=agent, face=face)
        self.send(f"conversation/{c.id}", helps)
        self.send(f"conversation/{c.id}", ci.AgentHeld(agent=str(c.agent), on=on))

    @rule(visitor=st.integers(1, 9), seconds=st.sampled_from([None, 30]))
    def visitor_is_banned(self, visitor: int, seconds: int | None) -> None:
        until = self.world.now + timedelta(seconds=seconds) if seconds else None
        self.send(f"contact/v{visitor}", SetBan(ban=Ban(by="a1", until=until)))
        if until is None:
            self.send(f"contact/v{visitor}", LiftBan(by="a1"))

    @precondition(lambda self: self.has(Phase.SERVING, Phase.CLOSED))
    @rule(data=st.data(), invites=st.booleans(), score=st.integers(1, 6))
    def rating(self, data: st.DataObject, invites: bool, score: int) -> None:
        c = self.pick(data, Phase.SERVING, Phase.CLOSED)
        line = c.rating.line if c.rating else "none"
        rated = ci.VisitorRated(id="r", item=line, score=score)
        self.send(f"conversation/{c.id}", ci.AgentInvited(agent=c.agent or "a1") if invites else rated)

    @rule(seconds=st.sampled_from([1, 20, 45, 100, 400, 90_000]))
    def time_passes(self, seconds: int) -> None:
        self.world.advance_to(self.world.now + timedelta(seconds=seconds))

    @invariant()
    def nobody_waits_while_an_eligible_seat_is_free(self) -> None:
        env = WorkspaceRules().env(View(self.world.states), "floor", None, None, self.world.now)
        assert match_all(self.world.states.get(FLOOR, Floor()), env) == []

    @invariant()
    def loads_equal_the_served_conversations(self) -> None:
        floor: Floor = self.world.states.get(FLOOR, Floor())
        for agent, seat in floor.seats.items():
            served = [c for c in self.world.of_kind("conversation") if agent in (c.agent, c.offer and c.offer.agent)]
            served = [c for c in served if c.phase in (Phase.SERVING, Phase.QUEUED)]
            assert seat.load == len(served), agent
            assert floor.served(agent) == {c.id: c.visit.channel for c in served}, agent

    @invariant()
    def everybody_who_waits_has_exactly_one_place(self) -> None:
        floor: Floor = self.world.states.get(FLOOR, Floor())
        in_queue = [c for c in self.world.of_kind("conversation") if c.phase is Phase.QUEUED]
        queued = {c.id: c.group for c in in_queue if c.offer is None}
        offered = {c.id: c.offer.agent for c in in_queue if c.offer}
        assert {id: o.agent for id, o in floor.offers.items()} == offered
        assert {w.conversation: w.group for w in floor.waiting.values()} == queued
        assert sorted(c for queue in floor.queues.values() for _, _, c in queue) == sorted(queued)

    @invariant()
    def everybody_is_where_somebody_looks(self) -> None:
        """Nobody is orphaned: served by an agent, in a queue, in the flow, or over; and one survey at most."""
        floor: Floor = self.world.states.get(FLOOR, Floor())
        asked = [h.stream for h in self.world.log if isinstance(h.event, ce.RatingAsked)]
        assert len(asked) == len(set(asked)), "a rating was asked for twice"
        for c in self.world.of_kind("conversation"):
            assert (c.phase is Phase.SERVING) == (c.agent is not None and c.closed_at is None)
            assert c.phase is not Phase.SERVING or c.agent in floor.seats

    @invariant()
    def nobody_has_two_open_conversations(self) -> None:
        """However often it ended and went on; and what belongs to serving is over with it."""
        held = [c.visit.contact for c in self.world.of_kind("conversation") if c.visit and c.phase is not Phase.CLOSED]
        assert len(held) == len(set(held))
        for c in self.world.of_kind("conversation"):
            assert c.phase is Phase.SERVING or not (c.handover or c.held_at)
            assert c.agent not in c.helpers
            assert c.phase is not Phase.CLOSED or not c.helpers

    @invariant()
    def nobody_is_left_with_an_agent_who_was_deactivated(self) -> None:
        for agent in self.world.of_kind("agent"):
            assert agent.profile is None or agent.profile.active or agent.status == "offline"
            if agent.profile and not agent.profile.active:
                seat = self.world.floor.seats[agent.id]
                assert not seat.groups and not seat.load

    @invariant()
    def nobody_is_left_with_an_agent_who_is_gone(self) -> None:
        """No console for the whole grace, whatever the status: nobody is served, but who was told that the group
        keeps them."""
        alone: dict[str, datetime] = {}
        told: set[str] = set()
        for h in self.world.log:
            match h.event:
                case ae.DeviceLeft() | ae.DevicesForgotten():
                    alone[h.stream] = h.event.at
                case ae.StatusChanged(before="offline") if h.event.status != "offline":
                    alone[h.stream] = h.event.at
                case ce.AgentAway():
                    told.add(h.stream)
                case ce.Assigned():
                    told.discard(h.stream)
                case _:
                    pass
        for c in self.world.of_kind("conversation"):
            agent = f"agent/{c.agent}"
            if c.phase is Phase.SERVING and not self.world.states[agent].devices:
                waited_for = agent in alone and self.world.now < alone[agent] + timedelta(seconds=GRACE)
                assert waited_for or f"conversation/{c.id}" in told, f"{c.id} is left with {c.agent}"

    @invariant()
    def a_status_means_what_the_settings_say_now(self) -> None:
        settings = self.world.states["workspace/main"].settings.agents
        for agent in self.world.of_kind("agent"):
            if agent.profile:
                assert self.world.floor.seats[agent.id].ready == settings.takes_new(agent.status)

    @invariant()
    def no_assignment_broke_a_rule(self) -> None:
        """At the moment of each match: below the cap, and nobody else below the own minimum was passed over."""
        floor, seen = Floor(), getattr(self, "seen", 0)
        if seen:
            floor = self.checked_floor
        for h in self.world.log[seen:]:
            if h.stream != FLOOR:
                continue
            if isinstance(h.event, fe.Matched | fe.Offered):
                check_match(floor, h.event)
            floor = MACHINES["floor"].evolve(floor, h.event)
        self.seen, self.checked_floor = len(self.world.log), floor

    def teardown(self) -> None:
        """Folding the log gives every state; the floor comes back from its parts as it was."""
        folded: dict[str, Any] = {}
        for h in self.world.log:
            machine = MACHINES[kind_of(h.stream)]
            state = folded.get(h.stream) or machine.fresh(h.stream.partition("/")[2])
            folded[h.stream] = machine.evolve(state, h.event)
        for name, state in folded.items():
            if name != FLOOR:
                assert self.world.states[name] == state, name
        floor: Floor = self.world.states.get(FLOOR, Floor())
        parts = Floor(version=floor.version, matches=floor.matches)
        again = rebuild_floor(parts, floor.seats.values(), self.world.of_kind("conversation"))
        assert seats(again) == seats(floor) == seats(folded.get(FLOOR, Floor()))
        assert dict(again.waiting) == dict(floor.waiting)
        assert dict(again.offers) == dict(floor.offers)
        assert {g: m for g, m in again.members.items() if m} == {g: m for g, m in floor.members.items() if m}
        assert {g: f for g, f in again.free.items() if f} == {g: f for g, f in floor.free.items() if f}
        assert counts(again) == counts(floor)


def counts(floor: Floor) -> dict[str, dict[str, int]]:
    """How many of each group are shut, by cause, without those that nobody is counted in."""
    return {g: counted for g, n in floor.shut.items() if (counted := {why: k for why, k in n.items() if k})}


def seats(floor: Floor) -> dict[str, Seat]:
    return dict(floor.seats)


def check_match(floor: Floor, event: fe.Matched | fe.Offered) -> None:
    seat = floor.seats[event.agent]
    waiting, why = floor.waiting[event.conversation], event.reason
    assert {*why.ranked} | {*why.rejected} == floor.members.get(event.group, frozenset()), "somebody is not explained"
    assert len({*why.ranked}) == why.eligible == len(floor.members[event.group]) - len(why.rejected)
    assert seat.load < seat.max, "the hard cap"
    in_channel = list(floor.served(seat.agent).values()).count(waiting.channel)
    assert in_channel < seat.channel_max.get(waiting.channel, 1_000), "the hard cap of a channel"
    assert event.reason.rule == "transferred" or event.group in seat.groups
    if event.reason.rule in ("taken", "transferred"):
        return
    assert event.agent == why.ranked[0]
    assert seat.ready and seat.on_duty
    assert seat.channels is None or waiting.channel in seat.channels, "a channel that is not ticked"
    assert not handed_over(seat, waiting, floor), "given back to the agent who handed over, beside colleagues"
    below = [s for s in floor.seats.values() if s.load < s.min and unfit(s, waiting, floor) is None]
    below = [s for s in below if s.agent not in waiting.missed]
    assert not below or seat in below, "someone below the own minimum was passed over"
    older = [w for w in floor.waiting.values() if w.group == event.group and w.order < waiting.order]
    older = [w for w in older if unfit(seat, w, floor) is None]
    assert not older, "a newer visitor was served before an older one of the same queue"


TestFloor = FloorMachine.TestCase
SOAK = bool(os.environ.get("SOAK"))
"""`make soak` walks much further than `make test` has time for."""

TestFloor.settings = settings(
    max_examples=2_000 if SOAK else 200, stateful_step_count=100 if SOAK else 50, deadline=None
)
