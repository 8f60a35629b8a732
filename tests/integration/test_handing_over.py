"""Handing over, asking first, and ratings, over real sockets: what each side is told, and what is refused."""

from msgspec.structs import replace

from chatserver.kernel.ids import new_id
from chatserver.settings.workspace import Workspace
from tests.integration.house import House


async def test_a_conversation_is_handed_to_a_colleague(house: House) -> None:
    """It leaves one console and reaches the other; the visitor sees a new face and no account."""
    visitor, first, conversation = await house.served("demo-agent-1")
    second = await house.ready("demo-agent-2")
    await second.ask("hello", {})
    to = {"id": new_id(), "conversation": conversation, "agent": "demo-agent-2"}
    assert await first.ask("transfer", to)
    assert (await first.hear("gone"))["conversation"] == conversation
    record = await second.hear("record", lambda r: r["card"]["agent"] == "demo-agent-2")
    assert record["card"]["id"] == conversation
    told = await visitor.hear("conversation", lambda c: (c["agent"] or {}).get("name") == "客服二号")
    assert "demo-agent-2" not in str(told)
    assert await first.refused("send", {"id": new_id(), "conversation": conversation, "text": "x"}) == "not_found"
    assert await second.ask("send", {"id": new_id(), "conversation": conversation, "text": "您好"})


async def test_a_transfer_that_cannot_be_changes_nothing(house: House) -> None:
    """To nobody, to both, to a stranger, to a group without anybody: each has its code, and the agent serves on."""
    _, agent, conversation = await house.served("demo-agent-1")
    before = len(await house.log())
    for target, code in (
        ({}, "bad_request"),
        ({"agent": "demo-agent-2", "group": "support"}, "bad_request"),
        ({"agent": "nobody"}, "agent_unknown"),
        ({"agent": "demo-agent-2"}, "seat_not_eligible"),
        ({"group": "nowhere"}, "not_found"),
        ({"group": "support"}, "group_unstaffed"),
    ):
        asked = {"id": new_id(), "conversation": conversation, **target}
        assert await agent.refused("transfer", asked) == code, target
    assert len(await house.log()) == before
    assert await agent.ask("send", {"id": new_id(), "conversation": conversation, "text": "在的"})


async def test_an_offer_is_declined_and_accepted(house: House) -> None:
    """One is asked after the other; only who is asked can answer, and only once."""
    workspace: Workspace = house.server.hub.held("workspace", "main")
    groups = tuple(replace(g, offer_for=30) for g in workspace.settings.groups)
    await house.server.save_settings(replace(workspace.settings, groups=groups), by="test")
    consoles = {id: await house.ready(id) for id in ("demo-agent-1", "demo-agent-2")}
    visitor = await house.visitor()
    conversation = await house.queue(visitor)
    act = {"conversation": conversation}

    asked = await consoles["demo-agent-1"].hear("record", lambda r: r["card"]["offer"])
    first = asked["card"]["offer"]["agent"]
    second = next(id for id in consoles if id != first)
    assert await consoles[second].refused("accept", {"id": new_id(), **act}) == "offer_over"
    assert await consoles[first].ask("decline", {"id": new_id(), **act})
    await consoles[second].hear("record", lambda r: (r["card"]["offer"] or {}).get("agent") == second)
    assert await consoles[second].ask("accept", {"id": new_id(), **act})
    await visitor.hear("conversation", lambda c: c["phase"] == "serving")
    assert await consoles[second].refused("accept", {"id": new_id(), **act}) == "offer_over"


async def test_a_visitor_rates_once(house: House) -> None:
    """The survey comes with the end; the agent sees the answer, a second one is refused."""
    visitor, agent, conversation = await house.served("demo-agent-1")
    assert await agent.ask("close", {"id": new_id(), "conversation": conversation})
    survey = await visitor.hear("item", lambda item: item["content"]["kind"] == "rating")
    rating = {"item": survey["id"], "score": 5, "tags": ["专业细致"], "comment": "<b>很好</b>"}
    assert await visitor.refused("rate", {"id": new_id(), **rating, "score": 7}) == "field_invalid"
    assert await visitor.ask("rate", {"id": new_id(), **rating})
    assert (await agent.hear("record", lambda r: r["card"]["rating"]))["card"]["rating"] == 5
    assert await visitor.refused("rate", {"id": new_id(), **rating}) == "already_rated"
