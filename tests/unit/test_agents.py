"""Agents: statuses and who chose them, missed offers, and what a changed setting means for whoever is there."""

from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from chatserver.agents import events as e
from chatserver.agents import inputs as i
from chatserver.agents.decide import decide
from chatserver.agents.evolve import evolve
from chatserver.agents.model import Agent, Profile
from chatserver.agents.settings import AgentSettings, CustomStatus
from chatserver.conversation import inputs as ci
from chatserver.conversation.content import TextContent
from chatserver.conversation.model import FlowRef, Visit
from chatserver.dispatch.settings import Group
from chatserver.hub.step import OpenConversationOf
from chatserver.kernel.errors import Refused
from chatserver.kernel.machine import Env
from chatserver.settings.model import Settings
from chatserver.settings.validate import problems
from chatserver.settings.workspace import SaveSettings
from tests.fakes.clock import T0
from tests.world import World

FLOW = {
    "id": "f",
    "name": "f",
    "nodes": [
        {"type": "start", "id": "s", "next": "g"},
        {"type": "to_group", "id": "g", "group": "sales", "otherwise": "e"},
        {"type": "end", "id": "e", "text": "bye"},
    ],
}


LI = Profile(account="li", name="李", nickname="小李", groups=("sales",))
MISSED = i.Missed(conversation="c")


def settings(**agents: Any) -> Settings:
    group = msgspec.to_builtins(Group(id="sales", name="售前"))
    raw = {"agents": agents, "groups": [group], "flows": [FLOW], "inboxes": [{"id": "web", "name": "w", "flow": "f"}]}
    return msgspec.convert(raw, Settings)


def world(**agents: Any) -> World:
    """With li, who is ready."""
    world = World(settings(**agents))
    world.send("agent/li", i.Saved(profile=LI))
    world.sign_in("li")
    return world


def save(world: World, **agents: Any) -> None:
    version = world.states["workspace/main"].version
    world.send("workspace/main", SaveSettings(settings=settings(**agents), by="t", based_on=version))


def visitor(world: World, id: str) -> None:
    visit = Visit(contact=id, inbox="web", name="")
    opening = ci.Opening(visit=visit, flow=FlowRef(id="f", version=1))
    said = ci.VisitorSpoke(id=f"m-{id}", content=TextContent(text="在吗"), opening=opening)
    world.send(OpenConversationOf(id, id), said)


def statuses(world: World) -> list[tuple[str, bool]]:
    """(status, whether it is logged), one after the other."""
    return [(h.event.status, h.event.logged) for h in world.log if isinstance(h.event, e.StatusChanged)]


def test_the_status_log_is_a_switch() -> None:
    """S1-5.3.4: each change says whether the workspace wants it recorded, as it was set at that moment."""
    w = world()
    save(w, log_statuses=False)
    w.send("agent/li", i.StatusChosen(status="rest"))
    save(w, log_statuses=True)
    w.send("agent/li", i.StatusChosen(status="busy"))
    assert statuses(w) == [("ready", True), ("rest", False), ("busy", True)]


def test_a_changed_status_setting_acts_at_once_on_whoever_is_in_it() -> None:
    """S1-5.3.2: switched on, who waits is given to them in the same step; off or deleted, nobody new is."""
    outbound = {"key": "outbound", "name": "外呼"}
    w = world(statuses=[outbound])
    w.send("agent/li", i.StatusChosen(status="outbound"))
    visitor(w, "c1")
    assert w.states["conversation/c1"].agent is None
    save(w, statuses=[outbound | {"takes_new": True}])
    assert w.states["conversation/c1"].agent == "li"
    save(w, statuses=[outbound])
    visitor(w, "c2")
    assert w.states["conversation/c2"].agent is None
    save(w, statuses=[outbound | {"takes_new": True}])
    assert w.states["conversation/c2"].agent == "li"
    save(w)
    visitor(w, "c3")
    assert w.states["conversation/c3"].agent is None


def test_settings_that_mean_nothing_for_seats_leave_them_alone() -> None:
    """S1-5.3.2: a rename is no event of the floor."""
    w = world(statuses=[{"key": "outbound", "name": "外呼"}])
    w.send("agent/li", i.StatusChosen(status="outbound"))
    before = w.floor.version
    save(w, statuses=[{"key": "outbound", "name": "外呼中"}])
    assert w.floor.version == before


@pytest.mark.parametrize("key", ["ready", "busy", "rest", "offline", "wrap_up"])
def test_a_status_of_ones_own_is_none_of_the_built_in_ones(key: str) -> None:
    """S1-5.3.2: or 忙碌 could take visitors; nor does one stand there twice, or without a name."""

    def wrong(*statuses: CustomStatus) -> list[tuple[str, str]]:
        return [(p.path, p.code) for p in problems(Settings(agents=AgentSettings(statuses=statuses)))]

    outbound = CustomStatus(key="outbound", name="外呼", takes_new=True)
    assert wrong(outbound, replace(outbound, key="meeting")) == []
    assert wrong(outbound, replace(outbound, key=key)) == [("$.agents.statuses[1].key", "status_built_in")]
    assert wrong(outbound, outbound) == [("$.agents.statuses[1].key", "duplicate_id")]
    assert wrong(replace(outbound, name=" ")) == [("$.agents.statuses[0].name", "field_empty")]


@pytest.mark.parametrize("limit", [0, 11, None, "", 2.5])
def test_the_number_of_missed_offers_is_from_1_to_10(limit: object) -> None:
    """S2-3.7a: 0, 11 and blank are refused; 3 unless somebody says otherwise."""
    with pytest.raises(msgspec.ValidationError, match="misses_limit"):
        msgspec.convert({"misses_limit": limit}, AgentSettings)
    assert AgentSettings().misses_limit == 3
    assert [msgspec.convert({"misses_limit": n}, AgentSettings).misses_limit for n in (1, 10)] == [1, 10]


@pytest.mark.parametrize(("status", "expected"), [(None, "offline"), ("rest", "rest"), ("busy", "busy")])
def test_missed_offers_in_a_row_change_the_status(status: str | None, expected: str) -> None:
    """S2-3.7b, S2-3.7c: 离线 unless it is set otherwise; an offer that was taken in between begins anew."""
    env = Env(T0, AgentSettings(**({"misses_status": status} if status else {})))
    agent = Agent(id="li", profile=LI, status="ready")
    for input in (MISSED, MISSED, i.Answered(), MISSED, MISSED):
        agent = after(agent, input, env)
        assert agent.status == "ready"
    agent = after(agent, MISSED, env)
    assert (agent.status, agent.misses) == (expected, 0)


def after(agent: Agent, input: i.AnyInput, env: Env[AgentSettings]) -> Agent:
    for event in decide(agent, input, env):
        agent = evolve(agent, event)
    return agent


def test_somebody_elses_choice_is_signed() -> None:
    """A supervisor sends a colleague on a break: the log says who."""
    w = world()
    w.send("agent/li", i.StatusChosen(status="rest", by="ban"))
    assert [h.event.by for h in w.log if isinstance(h.event, e.StatusChanged)] == ["", "ban"]


def test_nobody_signs_in_who_was_never_made() -> None:
    """A login without an agent is worth nothing."""
    with pytest.raises(Refused, match="agent_unknown"):
        world().send("agent/nobody", i.SignedIn())
