"""A log of many days, made by hand: conversations that ran and ended, and the agents who held them. Virtual time; the
states are folded by the product's own `evolve`, so that whatever reads the log finds what would have grown.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any

from chatserver import app
from chatserver.agents import events as a
from chatserver.agents.model import OFFLINE, READY, Cause, Profile
from chatserver.conversation import contact as v
from chatserver.conversation import events as c
from chatserver.conversation.content import Answer, RatingContent, RatingLevel, TextContent
from chatserver.conversation.model import ClosedBy, Face, FlowRef, Scene, Visit
from chatserver.hub.hub import stream
from chatserver.hub.machines import CORE, Codec, id_of, kind_of
from chatserver.hub.ports import Batch, Change, LogRecord
from chatserver.kernel.instants import epoch_ms
from chatserver.suite.leave_messages.model import MessageLeft

BEGAN = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
"""A Monday, nine in the morning in Shanghai."""

DAY = timedelta(days=1)
A_DAY = 1_000
"""Conversations of one day, over eight hours."""

AGENTS, GROUPS, INBOXES, VISITORS, TAGS = 200, 10, 5, 30_000, 50
SAID = "您好,请问我上周六下的订单什么时候可以发货?收件地址能不能改成公司,谢谢!"

LEVELS = tuple(RatingLevel(score=score, label=f"{score}分") for score in range(1, 6))
MACHINES = {m.kind: m for m in (*CORE, *app.MACHINES)}

Fact = tuple[str, Any]
"""(stream, event)."""


def batches(conversations: int, head: int, at_once: int = 200) -> Iterator[Batch]:
    """The whole log after `head`, in commits of `at_once` conversations. The streams must be new."""
    codec = Codec(MACHINES)
    states: dict[str, Any] = {}  # of agents and visitors, and of the conversations of one commit
    for _, part in groupby(_facts(conversations), key=lambda numbered: numbered[0] // at_once):
        facts = [fact for _, fact in part]
        before = {name: states[name].version if name in states else 0 for name, _ in facts}
        records = []
        for name, event in facts:
            machine = MACHINES[kind_of(name)]
            state = states[name] = machine.evolve(states.get(name) or machine.fresh(id_of(name)), event)
            head += 1
            body, at = codec.encode(event), epoch_ms(event.at)
            records.append(LogRecord(head, name, state.version, at, event.__struct_config__.tag, body))
        changes = tuple(_change(name, version, states[name], codec) for name, version in before.items())
        yield Batch(changes, tuple(records))
        for name in before:
            if kind_of(name) not in ("agent", "contact"):
                del states[name]


def _change(name: str, before: int, state: Any, codec: Codec) -> Change:
    is_open = MACHINES[kind_of(name)].is_open(state)
    return Change(name, before, state.version, codec.encode(state), open=is_open)


def _facts(conversations: int) -> Iterator[tuple[int, Fact]]:
    """What happened, each with the number of the conversation around it."""
    for n in range(AGENTS):
        profile = Profile(account=f"a{n}", name=f"座席{n}", nickname=f"客服{n}", groups=(f"g{n % GROUPS}",))
        yield 0, (stream("agent", f"a{n}"), a.ProfileSaved(at=BEGAN, profile=profile))
    for n in range(conversations):
        morning = BEGAN + n // A_DAY * DAY
        if n % A_DAY == 0:
            yield from ((n, fact) for fact in _shift(morning, READY, OFFLINE, Cause.SIGNED_IN))
        at = morning + timedelta(seconds=n % A_DAY * 28)
        yield from ((n, fact) for fact in _conversation(n, at))
        if n % A_DAY == A_DAY - 1 or n == conversations - 1:
            yield from ((n, fact) for fact in _shift(morning + timedelta(hours=9), OFFLINE, READY, Cause.SIGNED_OUT))


def _shift(at: datetime, status: str, before: str, cause: Cause) -> Iterator[Fact]:
    for n in range(AGENTS):
        yield stream("agent", f"a{n}"), a.StatusChanged(at=at, status=status, before=before, cause=cause)


def _left(n: int, visitor: str, group: str, at: datetime) -> MessageLeft:
    return MessageLeft(
        at=at,
        contact=visitor,
        inbox=f"i{n % INBOXES}",
        conversation=f"c{n:08}",
        line=f"{n}-9",
        name=f"访客{visitor}",
        phone=f"138{n:08}",
        answers=(Answer(key="text", label="留言内容", value=SAID),),
        group=group,
    )


def _conversation(n: int, began: datetime) -> Iterator[Fact]:
    """Eleven to thirteen events: most are served, every seventh visitor does not wait, every third one rates."""
    name, visitor = stream("conversation", f"c{n:08}"), f"v{n * 7919 % VISITORS}"
    agent, group = f"a{n % AGENTS}", f"g{n % GROUPS}"
    face, said = Face(name=f"客服{n % AGENTS}"), TextContent(text=SAID)

    def at(seconds: float) -> datetime:
        return began + timedelta(seconds=seconds)

    visit = Visit(contact=visitor, inbox=f"i{n % INBOXES}", name=f"访客{visitor}", channel=("web", "h5")[n % 2])
    yield name, c.Opened(at=began, visit=visit, flow=FlowRef(id="f", version=1))
    yield stream("contact", visitor), v.VisitBegan(at=began, conversation=f"c{n:08}")
    yield name, c.BotMessage(at=began, content=TextContent(text="您好，正在为您转接客服。"))
    yield name, c.VisitorMessage(at=at(3), id=f"{n}-1", content=said)
    yield name, c.Queued(at=at(4), group=group)
    yield name, c.PositionTold(at=at(4), ahead=n % 5)
    if n % 7 == 6:
        yield name, c.QueueLeft(at=at(60 + n % 90))
        yield name, c.Closed(at=at(160), by=ClosedBy.VISITOR)
        yield stream("leave_message", f"l{n:08}"), _left(n, visitor, group, at(160))
        return
    yield name, c.Assigned(at=at(6 + n % 60), agent=agent, face=face)
    yield stream("contact", visitor), v.ServedBy(at=at(6 + n % 60), agent=agent)
    yield name, c.AgentMessage(at=at(70 + n % 50), id=f"{n}-2", agent=agent, face=face, content=said)
    yield name, c.VisitorMessage(at=at(150), id=f"{n}-3", content=said)
    yield name, c.AgentMessage(at=at(160 + n % 100), id=f"{n}-4", agent=agent, face=face, content=said)
    if n % 10 == 0:
        yield name, c.Tagged(at=at(290), tags=(f"t{n // 10 % TAGS}",), agent=agent)
    if n % 3 == 0:
        ask = RatingContent(text="", agent=face.name, levels=LEVELS)
        yield name, c.RatingAsked(at=at(300), scene=Scene.INVITED, content=ask)
        yield name, c.Rated(at=at(310), id=f"{n}-5", score=1 + n % 5, label=f"{1 + n % 5}分", tags=("快",))
    yield name, c.Closed(at=at(320), by=ClosedBy.IDLE if n % 4 == 0 else ClosedBy.AGENT, agent=agent)
