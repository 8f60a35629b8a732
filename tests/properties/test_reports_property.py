"""Figures over days that nobody planned: they are the sums of their rows, whoever is told what how often and when."""

import asyncio
import contextlib
import os
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from chatserver.agents import inputs as ai
from chatserver.agents.model import Profile
from chatserver.conversation import events as ce
from chatserver.conversation import inputs as ci
from chatserver.conversation.content import TextContent
from chatserver.conversation.model import Conversation, Face, FlowRef, Phase, Visit
from chatserver.dispatch import inputs as fi
from chatserver.hub.machines import FLOOR
from chatserver.hub.relay import Entry
from chatserver.hub.step import OpenConversationOf
from chatserver.hub.tables import Is, Row, Term
from chatserver.kernel.errors import Refused
from chatserver.settings.model import Settings
from chatserver.suite.reports import measures as m
from chatserver.suite.reports import questions as q
from chatserver.suite.reports.buckets import EDGES, bucket
from chatserver.suite.reports.kinds import KINDS, Kind
from tests.reporting import EVER, Reporting, balanced
from tests.world import World

EXAMPLES = int(os.environ.get("REPORTS_EXAMPLES", "25"))

AGENTS = ["a1", "a2", "a3"]

FIELDS = [{"key": "k", "label": "k"}]

SETTINGS = msgspec.convert(
    {
        "conversation": {"idle_close_after": 600, "idle_warn_before": 0},
        "groups": [
            {"id": "g1", "name": "g1", "offer_for": 20},
            {"id": "g2", "name": "g2", "queue_limit": 1, "wait_limit": 300, "when_nobody": "wait"},
        ],
        "flows": [
            {
                "id": "f",
                "name": "f",
                "nodes": [
                    {"type": "start", "id": "s", "next": "m"},
                    {"type": "menu", "id": "m", "text": "?", "options": [
                        {"key": "1", "label": "g1", "next": "g1"}, {"key": "2", "label": "g2", "next": "g2"},
                        {"key": "3", "label": "form", "next": "lm"},
                    ]},
                    {"type": "to_group", "id": "g1", "group": "g1", "otherwise": "m"},
                    {"type": "to_group", "id": "g2", "group": "g2", "otherwise": "lm"},
                    {"type": "leave_message", "id": "lm", "text": "?", "fields": FIELDS, "next": None},
                ],
            }
        ],
        "inboxes": [{"id": "web", "name": "web", "flow": "f"}],
    },
    Settings,
)  # fmt: skip

Step = tuple[int, int, int]
"""Which of all that can be done, by whom, and how many seconds after the step before."""

SECONDS = [0, 0, 1, 1, 2, 5, 20, 21, 60, 300, 700, 30_000, 90_000]
STEPS = st.lists(
    st.tuples(st.integers(0, 9_999), st.integers(0, 2), st.sampled_from(SECONDS)), min_size=20, max_size=120
)

Deed = tuple[Any, Any]
"""To whom, and what."""


def day(steps: list[Step]) -> World:
    """What comes of the steps; what is refused did not happen."""
    world = World(SETTINGS)
    for agent in AGENTS:
        profile = Profile(account=agent, name=agent, nickname=agent, groups=("g1", "g2"), max=2)
        world.send(f"agent/{agent}", ai.Saved(profile=profile))
        world.sign_in(agent)
    for number, (which, by, seconds) in enumerate(steps):
        world.advance_to(world.now + timedelta(seconds=seconds))
        deeds = list(possible(world, AGENTS[by], number))
        with contextlib.suppress(Refused):
            world.send(*deeds[which % len(deeds)])
    return world


def possible(world: World, agent: str, number: int) -> Iterator[Deed]:
    """What can be done now, the usual more often than the rare."""
    conversations = sorted(world.of_kind("conversation"), key=lambda c: str(c.id))
    under_way = [c for c in conversations if c.phase is not Phase.CLOSED]
    if len(under_way) < 6:
        visit = Visit(contact=f"v{number}", inbox="web", name="")
        opening = ci.Opening(visit=visit, flow=FlowRef(id="f", version=1))
        yield from [(OpenConversationOf(visit.contact, f"c{number}"), ci.VisitorCame(opening=opening))] * 4
    yield f"agent/{agent}", ai.StatusChosen(status=["ready", "busy", "ready", "rest", "offline"][number % 5])
    yield f"agent/{agent}", [ai.SignedIn(), ai.SignedOut(), ai.SignedIn()][number % 3]
    yield f"agent/{agent}", ai.DeviceConnected(device="d") if number % 2 else ai.DeviceLost(device="d")
    for c in (*under_way, *conversations[-2:]):
        for input in deeds(c, agent, f"m{number}"):
            yield f"conversation/{c.id}", input
    for c in under_way:
        yield FLOOR, fi.Take(agent=agent, conversation=c.id)


def deeds(c: Conversation, agent: str, mid: str) -> Iterator[Any]:
    """What visitors and agents do in each phase."""
    says = ci.VisitorSpoke(id=mid, content=TextContent(text="1"))
    match c.phase:
        case Phase.GUIDED:
            yield from (ci.VisitorChose(id=mid, item=c.asks or "", option=o) for o in ("1", "1", "2", "2", "3"))
        case Phase.QUEUED:
            asked = c.offer.agent if c.offer else agent
            answers = [ci.AgentAnswered(agent=asked, face=Face(name=asked), accepts=yes) for yes in (True, True, False)]
            yield from (*answers, says, ci.VisitorQuit(), ci.VisitorEnded())
        case Phase.SERVING:
            own = c.agent or agent
            reply = ci.AgentSpoke(id=mid, agent=own, face=Face(name=own), content=TextContent(text="!"))
            yield from (says, says, reply, reply, reply, ci.AgentEnded(agent=own), ci.AgentInvited(agent=own))
            yield ci.AgentTransferred(id=mid, by=Face(name=own), to_name="g2", to_group="g2")
            yield ci.AgentTransferred(id=mid, by=Face(name=own), to_name=agent, to_agent=agent)
        case Phase.LEAVING_MESSAGE:
            yield ci.VisitorSubmitted(id=mid, values={"k": "v"})
    if c.rating and c.rating.score is None:
        yield ci.VisitorRated(id=mid, item=c.rating.line, score=len(mid) % 5 + 1)


@settings(max_examples=EXAMPLES, deadline=None)
@given(steps=STEPS, batches=st.lists(st.integers(1, 40), min_size=1, max_size=8), data=st.data())
def test_whenever_it_is_told_and_however_often_the_rows_are_the_same(
    steps: list[Step], batches: list[int], data: st.DataObject
) -> None:
    """In batches of any size, with restarts between them, and with batches that are told again."""
    world = day(steps)

    async def work() -> None:
        want = await (await Reporting().hear(world.log)).everything()
        r = Reporting()
        await r.hear([])
        entries: list[Entry] = list(enumerate(world.log, 1))
        place, turn = 0, 0
        while place < len(entries):
            if data.draw(st.booleans(), "restart"):
                r.restart()
            again = data.draw(st.integers(0, min(place, 20)), "again")
            upto = min(place + batches[turn % len(batches)], len(entries))
            await r.projection.hear(entries[place - again : upto])
            place, turn = upto, turn + 1
        assert await r.everything() == want

    asyncio.run(work())


@settings(max_examples=EXAMPLES, deadline=None)
@given(steps=STEPS)
def test_a_figure_is_the_sum_of_the_rows_that_it_leads_to(steps: list[Step]) -> None:
    """Every figure of every report, in total and in each line of each dimension."""
    world = day(steps)

    async def work() -> None:
        r = await Reporting().hear(world.log)
        await r.look(world.now)
        for kind in KINDS.values():
            await agree(r, kind, (EVER,), await r.figures(kind.key))
            for name in kind.by:
                for value, found in (await r.by(kind.key, name)).items():
                    await agree(r, kind, (EVER, Is(name, (value,))), found)

    asyncio.run(work())


async def agree(r: Reporting, kind: Kind, where: tuple[Term, ...], found: dict[str, m.Number]) -> None:
    everything = await r.rows.rows(msgspec.structs.replace(whole(kind, where), limit=10_000))
    for figure in kind.figures:
        behind = q.behind(kind, figure, where)
        rows = await r.rows.rows(msgspec.structs.replace(behind, limit=10_000))
        told = found[figure.key]
        assert told == recounted(figure.how, rows, everything), (kind.key, figure.key, where)


def whole(kind: Kind, where: tuple[Term, ...]) -> Any:
    return q.behind(kind, msgspec.structs.replace(kind.figures[0], how=m.Total()), where)


def recounted(how: m.How, rows: list[Row], everything: list[Row]) -> m.Number:
    """The figure from its rows alone, and for shares from how many it is a share of."""
    match how:
        case m.Total():
            return sum(getattr(row, how.of) for row in rows) if how.of else len(rows)
        case m.Share(of=flags) | m.Within(of=flags):
            of = sum(any(getattr(row, flag) for flag in flags) for row in everything) if flags else len(everything)
            return round(100 * len(rows) / of, 2) if of else None
        case m.Mean():
            of = sum(getattr(row, how.over) for row in rows) if how.over else len(rows)
            return round(sum(getattr(row, how.of) for row in rows) / of, 2) if of else None
        case m.Largest():
            return max((getattr(row, how.of) for row in rows), default=None)
        case m.Quantile():
            return quantile(sorted(getattr(row, how.of) for row in rows), how.share)
        case m.Part():
            of = sum(getattr(row, how.over) or 0 for row in everything)
            return round(100 * sum(getattr(row, how.of) for row in rows) / of, 2) if of else None


def quantile(ordered: list[int], share: float) -> m.Number:
    """The true one, rounded up to the end of its step as the definition says."""
    if not ordered:
        return None
    true = next(x for n, x in enumerate(ordered, 1) if n >= share * len(ordered))

    return min(EDGES[bucket(true)], ordered[-1]) if bucket(true) < len(EDGES) else ordered[-1]


@settings(max_examples=EXAMPLES, deadline=None)
@given(steps=STEPS)
def test_nothing_is_counted_twice_and_nothing_is_forgotten(steps: list[Step]) -> None:
    """Against the log itself: what was opened, assigned, asked and said, and who spent how long in which status."""
    world = day(steps)

    async def work() -> None:
        r = await Reporting().hear(world.log)
        await balanced(r, world)
        assert (await r.figures("agents"))["agent_messages"] == sum(type(h.event) is ce.AgentMessage for h in world.log)

    asyncio.run(work())
