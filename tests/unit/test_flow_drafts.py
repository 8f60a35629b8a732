"""草稿与发布: what may be drawn, what may be published, and who notices (S1-5.1.1a)."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from chatserver.channels.web.settings import Inbox
from chatserver.conversation import inputs as ci
from chatserver.conversation.content import TextContent
from chatserver.conversation.model import FlowRef, Phase, Visit
from chatserver.dispatch.settings import Group
from chatserver.flow.model import End, Flow, Menu, Option, Say, Start, ToGroup
from chatserver.hub.step import OpenConversationOf
from chatserver.kernel.errors import ErrorCode, Refused
from chatserver.settings import drafts
from chatserver.settings.drafts import DiscardDraft, Draft, PublishDraft, SaveDraft, draft_stream
from chatserver.settings.earlier import KEPT_BYTES, KEPT_FOR, KEPT_VERSIONS
from chatserver.settings.model import Settings
from chatserver.settings.workspace import MAX_SETTINGS, STREAM, PublishFlow, SaveSettings, Workspace
from tests.world import World

MENU = Menu(id="menu", text="请选择", options=(Option(key="1", label="咨询", next="desk"),))
DESK = ToGroup(id="desk", group="sales", otherwise="end")
V1 = Flow(id="f", name="流程", nodes=(Start(id="start", next="menu"), MENU, DESK, End(id="end", text="第一版")))
SETTINGS = Settings(groups=(Group(id="sales", name="售前"),), flows=(V1,))


def version(text: str, based_on: int = 1) -> Flow:
    nodes = (Start(id="start", next="menu"), MENU, DESK, End(id="end", text=text))
    return Flow(id="f", version=based_on, name="流程", nodes=nodes)


BROKEN = Flow(id="f", version=1, name="流程", nodes=(Start(id="start", next="away"), Say(id="lost", text="")))


@pytest.fixture
def world() -> World:
    return World(SETTINGS)


def draft(world: World) -> Draft:
    found: Draft = world.states.get(draft_stream("f"), Draft(id="f"))
    return found


def workspace(world: World) -> Workspace:
    found: Workspace = world.states[STREAM]
    return found


def refused(world: World, input: Any, to: str = draft_stream("f")) -> Refused:
    before = dict(world.states)
    with pytest.raises(Refused) as no:
        world.send(to, input)
    assert world.states == before
    return no.value


def arrive(world: World, visitor: str) -> None:
    ref = workspace(world).settings.flows[0]
    opening = ci.Opening(
        visit=Visit(contact=visitor, inbox="web", name=visitor), flow=FlowRef(id="f", version=ref.version)
    )
    world.send(OpenConversationOf(visitor, visitor), ci.VisitorCame(opening=opening))


def choose(world: World, visitor: str) -> str:
    """Nobody is on duty, so the words behind the group are what the visitor reads."""
    said = ci.VisitorSpoke(id=f"{visitor}-1", content=TextContent(text="1"))
    return str(world.send(f"conversation/{visitor}", said).happened[-1].event.text)


def test_a_draft_is_kept_with_all_its_mistakes_and_nobody_notices(world: World) -> None:
    before = workspace(world)
    world.send(draft_stream("f"), SaveDraft(flow=BROKEN, by="ann", based_on=0))
    assert (draft(world).flow, draft(world).by, draft(world).at) == (BROKEN, "ann", world.now)
    assert workspace(world) is before


def test_a_flow_with_mistakes_is_not_published_and_all_of_them_are_told_by_path(world: World) -> None:
    world.send(draft_stream("f"), SaveDraft(flow=BROKEN, by="ann", based_on=0))
    no = refused(world, PublishDraft(by="ann", based_on=1))
    assert no.code is ErrorCode.FLOW_INVALID
    found = [(p.path, p.code.value) for p in no.data["problems"]]
    assert found == [
        ("$.nodes[0].next", "edge_unknown"),
        ("$.nodes[1].text", "text_empty"),
        ("$.nodes[1].next", "edge_unset"),
        ("$.nodes[1]", "unreachable"),
    ]


def test_a_published_draft_is_the_next_version_and_is_no_draft_any_more(world: World) -> None:
    world.send(draft_stream("f"), SaveDraft(flow=version("第二版"), by="ann", based_on=0))
    world.send(draft_stream("f"), PublishDraft(by="ben", based_on=1))
    assert draft(world).flow is None
    now = workspace(world)
    assert now.settings.flows == (version("第二版", 2),)
    assert now.earlier_flows == (V1,)
    told = [(p.flow, p.version, p.by, p.at) for p in now.publications]
    assert told == [("f", 2, "ben", world.now), ("f", 1, "test", world.now)]


def test_whoever_is_under_way_stays_on_the_version_with_which_they_started(world: World) -> None:
    arrive(world, "old")
    world.send(draft_stream("f"), SaveDraft(flow=version("第二版"), by="ann", based_on=0))
    arrive(world, "before")  # a draft alone changes nothing for a new visitor either
    world.send(draft_stream("f"), PublishDraft(by="ann", based_on=1))
    arrive(world, "new")
    assert [choose(world, who) for who in ("old", "before", "new")] == ["第一版", "第一版", "第二版"]


def test_nobody_overwrites_what_a_colleague_drew_or_published(world: World) -> None:
    world.send(draft_stream("f"), SaveDraft(flow=version("甲"), by="ann", based_on=0))
    assert refused(world, SaveDraft(flow=version("乙"), by="ben", based_on=0)).code is ErrorCode.CONFLICT
    assert refused(world, PublishDraft(by="ben", based_on=0)).code is ErrorCode.CONFLICT
    # Meanwhile the settings are saved as a whole, with another version of the flow in them.
    saves = SaveSettings(settings=Settings(groups=SETTINGS.groups, flows=(version("丙"),)), by="ben", based_on=1)
    world.send(STREAM, saves)
    no = refused(world, PublishDraft(by="ann", based_on=1))
    assert (no.code, no.data) == (ErrorCode.CONFLICT, {"version": 2})
    world.send(draft_stream("f"), SaveDraft(flow=version("甲", 2), by="ann", based_on=1))
    world.send(draft_stream("f"), PublishDraft(by="ann", based_on=2))
    assert workspace(world).settings.flows == (version("甲", 3),)


def publish(world: World, *flows: Flow) -> None:
    for flow in flows:
        present = next((f.version for f in workspace(world).settings.flows if f.id == flow.id), 0)
        world.send(STREAM, PublishFlow(flow=replace(flow, version=present), by="ann"))


def test_a_flow_that_changes_all_day_takes_no_version_from_the_others(world: World) -> None:
    """Of each flow the newest are kept, and their numbers never return."""
    other = replace(V1, id="g", name="另一个")
    publish(world, other, replace(other, name="又一个"), *(version(str(n)) for n in range(KEPT_VERSIONS + 9)))
    world.now += KEPT_FOR
    publish(world, version("今天"))
    now = workspace(world)
    assert [f.version for f in now.earlier_flows if f.id == "g"] == [1]
    kept = [f.version for f in now.earlier_flows if f.id == "f"]
    assert kept == list(range(KEPT_VERSIONS + 10, 10, -1))
    alone = Settings(groups=SETTINGS.groups, flows=(other,))
    world.send(STREAM, SaveSettings(settings=alone, by="ann", based_on=now.version))
    world.states[STREAM] = replace(workspace(world), earlier_flows=())
    publish(world, V1)
    assert workspace(world).settings.flows[-1].version == KEPT_VERSIONS + 12


def test_a_version_is_kept_while_somebody_can_be_at_rest_in_it(world: World) -> None:
    """However often its flow changes meanwhile (S1-5.1.1a)."""
    publish(world, *(version(str(n)) for n in range(2 * KEPT_VERSIONS)))
    assert V1 in workspace(world).earlier_flows
    world.now += KEPT_FOR - timedelta(seconds=1)
    publish(world, version("一秒以前"))
    assert V1 in workspace(world).earlier_flows
    world.now += timedelta(seconds=1)
    publish(world, version("正好"))
    assert [f.version for f in workspace(world).earlier_flows] == list(range(102, 52, -1))


def heavy(id: str, text: str) -> Flow:
    """A tenth of what there is room for."""
    many = tuple(Say(id=f"say{n}", text=text * 2000, next=f"say{n + 1}" if n < 64 else "menu") for n in range(65))
    start = Start(id="start", next="say0")
    return Flow(id=id, name="大流程", nodes=(start, *many, MENU, DESK, End(id="end", text="完")))


def test_large_flows_leave_room_for_the_others_last_versions(world: World) -> None:
    """All that is kept is one document of the store: it is bounded in bytes, whatever the number and the age."""
    publish(world, heavy("g", "短"), *(heavy("h", text) for text in "一二三四五六七八九十甲乙丙丁"))
    publish(world, heavy("g", "长"), version("后来"))
    now = workspace(world)
    assert len(msgspec.json.encode(now.earlier_flows)) <= KEPT_BYTES
    assert [f.version for f in now.earlier_flows if f.id == "g"] == [1]
    assert V1 in now.earlier_flows
    assert [f.version for f in now.earlier_flows if f.id == "h"] == list(range(13, 4, -1))
    # A state of before this was known may hold more: whatever is saved next, the bound holds again.
    old = (*now.earlier_flows, *(replace(heavy("old", "旧"), version=n) for n in range(9, 0, -1)))
    world.states[STREAM] = replace(now, earlier=(), earlier_flows=old)
    world.send(STREAM, SaveSettings(settings=replace(now.settings, name="新"), by="ann", based_on=now.version))
    assert len(msgspec.json.encode(workspace(world).earlier_flows)) <= KEPT_BYTES
    assert {f.id for f in workspace(world).earlier_flows} == {"f", "g", "h", "old"}


def test_settings_that_no_store_can_keep_are_refused_with_their_limit(world: World) -> None:
    flows = [heavy(f"f{n}", "大") for n in range(11)]
    publish(world, *flows[:10])
    no = refused(world, PublishFlow(flow=replace(flows[10], version=0), by="ann"), STREAM)
    assert (no.code, no.data) == (ErrorCode.TOO_LARGE, {"path": "$", "limit": MAX_SETTINGS})
    whole = Settings(groups=SETTINGS.groups, flows=tuple(flows))
    saves = SaveSettings(settings=whole, by="ann", based_on=workspace(world).version)
    assert refused(world, saves, STREAM).code is ErrorCode.TOO_LARGE


def astray(world: World, *, inbox: str) -> None:
    """The flow with which the visitor `old` came is gone, and every version of it."""
    arrive(world, "old")
    other = replace(V1, id="g", nodes=(*V1.nodes[:-1], End(id="end", text="另一个流程")))
    inboxes = (Inbox(id=inbox, name="官网", flow="g"),)
    now = workspace(world)
    gone = Settings(groups=SETTINGS.groups, flows=(other,), inboxes=inboxes)
    world.send(STREAM, SaveSettings(settings=gone, by="ann", based_on=now.version))
    world.states[STREAM] = replace(workspace(world), earlier_flows=())


def test_whoever_is_in_a_flow_that_is_gone_goes_on_in_that_of_the_way_in(world: World) -> None:
    astray(world, inbox="web")
    said = ci.VisitorSpoke(id="m", content=TextContent(text="1"))
    told = [type(h.event).__name__ for h in world.send("conversation/old", said).happened]
    assert told == ["VisitorMessage", "FlowRestarted", "NodeReached", "BotMessage"]
    assert world.states["conversation/old"].flow == FlowRef(id="g", version=1)
    assert choose(world, "old") == "另一个流程"


def test_without_any_flow_to_go_on_in_the_conversation_is_over(world: World) -> None:
    astray(world, inbox="other")
    world.send("conversation/old", ci.VisitorSpoke(id="m", content=TextContent(text="1")))
    assert world.states["conversation/old"].phase is Phase.CLOSED


def test_a_form_of_which_nothing_is_known_takes_nothing_and_says_so(world: World) -> None:
    """A state of before the shown fields were kept: what cannot be read is not acknowledged."""
    astray(world, inbox="other")
    c = world.states["conversation/old"]
    world.states["conversation/old"] = replace(c, phase=Phase.LEAVING_MESSAGE)
    left = ci.VisitorSubmitted(id="m", values={"name": "王"})
    assert refused(world, left, "conversation/old").code is ErrorCode.NO_FORM_ASKED


def test_publishing_what_is_published_changes_nothing(world: World) -> None:
    world.send(draft_stream("f"), SaveDraft(flow=V1, by="ann", based_on=0))
    world.send(draft_stream("f"), PublishDraft(by="ann", based_on=1))
    assert (workspace(world).settings.flows, workspace(world).version) == ((V1,), 1)


def test_a_discarded_draft_is_gone_and_cannot_be_published(world: World) -> None:
    world.send(draft_stream("f"), SaveDraft(flow=version("甲"), by="ann", based_on=0))
    world.send(draft_stream("f"), DiscardDraft(by="ann"))
    assert world.send(draft_stream("f"), DiscardDraft(by="ann")).happened == []
    assert refused(world, PublishDraft(by="ann", based_on=2)).code is ErrorCode.NOT_FOUND


def test_a_new_flow_is_drawn_first_and_published_as_version_1(world: World) -> None:
    new = Flow(id="g", version=0, name="新流程", nodes=V1.nodes)
    world.send(draft_stream("g"), SaveDraft(flow=new, by="ann", based_on=0))
    world.send(draft_stream("g"), PublishDraft(by="ann", based_on=1))
    assert [(f.id, f.version) for f in workspace(world).settings.flows] == [("f", 1), ("g", 1)]
    assert drafts.MACHINE.is_open(draft(world)) is False
