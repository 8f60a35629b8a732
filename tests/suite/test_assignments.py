"""分配记录: why a conversation went to whom, for whoever has to answer for it."""

from collections.abc import AsyncIterator

import pytest

from chatserver.agents import inputs as ai
from chatserver.conversation import inputs as ci
from chatserver.conversation.content import TextContent
from chatserver.dispatch.inputs import Take
from chatserver.hub.hub import FLOOR, stream
from chatserver.hub.step import Envelope
from chatserver.suite.assignments import tables
from chatserver.suite.assignments.plug import PLUG
from tests.suite.office import Office


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    office = await Office(PLUG).open()
    yield office
    await office.close()


async def ready(office: Office, *agents: str) -> None:
    for agent in agents:
        await office.hub.send(Envelope(stream("agent", agent), ai.SignedIn()))
        await office.hub.send(Envelope(stream("agent", agent), ai.DeviceConnected(device="d")))


async def queue(office: Office, id: str) -> None:
    await office.visit(id, id)
    await office.tell(id, ci.VisitorSpoke(id=f"m-{id}", content=TextContent(text="A-1024")))


async def test_every_assignment_carries_its_reason(office: Office) -> None:
    """S1-4.12e, C-3: who was eligible, in which order, why the others were not; as data and in both languages."""
    await ready(office, "li", "zhao")
    await queue(office, "c1")
    (item,) = (await office.ask("ban", "listAssignments", id="c1"))["items"]
    assert (item["decision"], item["agent"], item["group"]) == ("matched", "li", "sales")
    assert item["reason"]["ranked"] == ["li"]
    assert item["reason"]["rejected"] == {"ban": "off_duty", "wang": "off_duty"}
    assert item["words"][0] == "分配给 li [li]"
    english = (await office.ask("ban", "listAssignments", query={"lang": "en"}, id="c1"))["items"][0]["words"]
    assert english[-1] == "Not eligible: ban [ban] (off duty), wang [wang] (off duty)"


async def test_the_story_is_told_in_order_and_page_by_page(office: Office) -> None:
    """Given back because the agent was gone, waited, taken by hand."""
    await ready(office, "li", "wang")
    await office.hub.send(Envelope(stream("agent", "wang"), ai.StatusChosen(status="busy")))
    await queue(office, "c1")
    await office.hub.send(Envelope(stream("agent", "li"), ai.SignedOut()))
    await office.hub.send(Envelope(FLOOR, Take(agent="wang", conversation="c1")))
    first = await office.ask("ban", "listAssignments", query={"limit": 1}, id="c1")
    rest = await office.ask("ban", "listAssignments", query={"limit": 1, "after": first["next"]}, id="c1")
    told = [*first["items"], *rest["items"]]
    assert [(x["agent"], x["reason"]["rule"]) for x in told] == [("li", "strategy"), ("wang", "taken")]
    assert rest["next"] is None


async def test_only_who_may_explain_is_told(office: Office) -> None:
    """An agent has no such permission; a supervisor has it for the own groups."""
    await ready(office, "li", "zhao")
    await queue(office, "c1")
    assert (await office.refused("li", "listAssignments", id="c1"))[0] == "forbidden"
    await office.hire("song", "supervisor", ("support",))
    assert (await office.refused("song", "listAssignments", id="c1"))[0] == "not_found"
    assert (await office.refused("ban", "listAssignments", id="nothing"))[0] == "not_found"
    assert (await office.ask("zhu", "listAssignments", id="c1"))["items"]


async def test_what_is_told_twice_stands_once(office: Office) -> None:
    """The log is read at least once."""
    await ready(office, "li")
    await queue(office, "c1")
    before = await office.ask("zhu", "listAssignments", id="c1")
    records = await office.store.read_log(0, 1_000)
    rows = [row for r in records if (row := tables.put(r.seq, office.hub.event(r)))]
    await office.store.rows.write(rows)
    assert await office.ask("zhu", "listAssignments", id="c1") == before
