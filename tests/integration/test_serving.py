"""Who serves, over real sockets: handing over with an answer, helping, taking over, looking on, keeping out, coming
back."""

import json
from collections.abc import Callable

from msgspec.structs import replace

from chatserver.dispatch.model import Strategy
from chatserver.flow.form import FormField
from chatserver.flow.model import Start
from chatserver.hub.step import Envelope
from chatserver.kernel.ids import new_id
from chatserver.settings.workspace import Workspace
from chatserver.store.sqlite import SqliteStore
from chatserver.suite.fields import forms, tags
from tests.integration.conftest import Build
from tests.integration.house import House, Refusal
from tests.integration.test_talking import act, talk, words_of


async def test_a_colleague_is_asked_before_a_conversation_is_handed_over(house: House) -> None:
    """The card says who asks and why; until the answer the sender serves, and is told what became of it."""
    await talk(house, transfer_accept_for=30)
    visitor, agent, conversation = await house.served("demo-agent-1")
    to = {"agent": "demo-agent-2", "note": "要退货"}
    assert await agent.refused("transfer", act(conversation, **to)) == "seat_not_eligible"
    colleague = await house.ready("demo-agent-2")
    await agent.ask("transfer", act(conversation, **to))
    offer = (await colleague.hear("record", lambda r: r["card"]["offer"]))["card"]["offer"]
    assert (offer["agent"], offer["sender"], offer["note"]) == ("demo-agent-2", "客服一号", "要退货")
    assert await agent.ask("send", act(conversation, text="请稍等"))
    assert await agent.refused("transfer", act(conversation, **to)) == "handover_pending"
    await colleague.ask("decline", act(conversation))
    told = await agent.hear("record", lambda r: (r["item"] or {}).get("content", {}).get("code") == "handover_declined")
    assert told["card"]["agent"] == "demo-agent-1"
    assert (await colleague.hear("gone"))["conversation"] == conversation
    await agent.ask("transfer", act(conversation, **to))
    await colleague.ask("accept", act(conversation))
    await visitor.hear("conversation", lambda c: (c["agent"] or {}).get("name") == "客服二号")
    assert "要退货" not in words_of(visitor)
    read = (await colleague.ask("history", {"conversation": conversation}))["items"]
    assert "要退货" in json.dumps(read, ensure_ascii=False)


async def test_a_helper_speaks_until_it_is_over(house: House) -> None:
    """邀请协助: the colleague sees and writes, the visitor sees the nickname; whoever goes sees it no longer."""
    visitor, agent, conversation = await house.served("demo-agent-1")
    helper = await house.ready("demo-agent-2")
    assert await helper.refused("send", act(conversation, text="x")) == "not_found"
    assert await helper.refused("invite", act(conversation, agent="demo-agent-2")) == "not_found"
    assert await agent.refused("invite", act(conversation, agent="nobody")) == "agent_unknown"
    await agent.ask("invite", act(conversation, agent="demo-agent-2"))
    card = (await helper.hear("record", lambda r: r["card"]["helpers"]))["card"]
    assert (card["agent"], card["helpers"]) == ("demo-agent-1", ["demo-agent-2"])
    joined = await visitor.hear("item", lambda i: i["content"].get("code") == "helper_joined")
    assert joined["content"]["data"] == {"agent": "客服二号"}
    await helper.ask("typing", {"conversation": conversation, "on": True})
    assert await visitor.hear("typing")
    await helper.ask("send", act(conversation, text="我来补充"))
    assert (await visitor.hear("item", lambda i: i["content"].get("text") == "我来补充"))["name"] == "客服二号"
    assert await helper.refused("close", act(conversation)) == "forbidden"
    assert await helper.refused("leave", act(conversation, agent="demo-agent-1")) == "forbidden"
    await agent.ask("leave", act(conversation, agent="demo-agent-2"))
    assert (await helper.hear("gone"))["conversation"] == conversation
    loads = {a["id"]: a["load"] for a in (await agent.ask("hello", {}))["snapshot"]["agents"]}
    assert (loads["demo-agent-1"], loads["demo-agent-2"]) == (1, 0)


async def test_a_supervisor_looks_on_unseen(house: House) -> None:
    """监听: every line reaches who may read the group, while the visitor's page hears nothing of it."""
    visitor, agent, conversation = await house.served()
    await house.told()
    before = len(visitor.pushes)
    chief = await house.console("demo-admin")
    snapshot = (await chief.ask("hello", {}))["snapshot"]
    assert conversation in [c["id"] for c in snapshot["conversations"]]
    await chief.ask("history", {"conversation": conversation})
    await chief.ask("read", act(conversation, seq=1))
    await chief.ask("typing", {"conversation": conversation, "on": True})
    await house.told()
    assert visitor.pushes[before:] == []
    await agent.ask("send", act(conversation, text="您好"))
    assert await chief.hear("record", lambda r: r["card"]["last"]["text"] == "您好")


async def test_taking_over_is_for_supervisors(house: House) -> None:
    """强制接管: an agent may not; a supervisor serves at once, and the agent sees who did it."""
    visitor, agent, conversation = await house.served("demo-agent-1")
    colleague, chief = await house.ready("demo-agent-2"), await house.ready("demo-admin")
    await agent.ask("note", act(conversation, text="看", mentions=["demo-agent-2"]))
    assert await colleague.refused("take_over", act(conversation)) == "forbidden"
    await chief.ask("take_over", act(conversation))
    assert await visitor.hear("conversation", lambda c: (c["agent"] or {}).get("name") == "客服主管")
    assert (await agent.hear("gone"))["conversation"] == conversation
    lines = (await chief.ask("history", {"conversation": conversation}))["items"]
    assert "taken_over" in [i["content"].get("code") for i in lines]


async def test_hold_is_shown_to_both(house: House) -> None:
    """挂起: the visitor is asked to wait, and the card says since when; a word of the agent ends it."""
    visitor, agent, conversation = await house.served()
    await agent.ask("hold", act(conversation, on=True))
    await visitor.hear("conversation", lambda c: c["held"])
    assert await agent.hear("record", lambda r: r["card"]["held_since"])
    house.later(3_000)
    await house.told()
    assert (await visitor.ask("hello", {}))["conversation"]["phase"] == "serving"
    await agent.ask("send", act(conversation, text="久等了"))
    await visitor.hear("conversation", lambda c: c["phase"] == "serving" and not c["held"] and c["agent_read"] == 0)


async def test_who_is_banned_is_not_let_in(house: House) -> None:
    """拉黑: the conversation is over; a word, a new window and a new connection are refused, no agent hears of it, and
    a ban for a time ends by itself."""
    visitor, agent, conversation = await house.served()
    token = (await visitor.ask("hello", {}))["token"]
    await agent.ask("ban", act(conversation, seconds=600, reason="辱骂"))
    assert (await visitor.hear("conversation", lambda c: c["phase"] == "closed"))["rates"] is None
    await house.told()
    records, head = len(agent.heard("record")), house.server.hub.head
    assert await visitor.refused("say", {"id": new_id(), "text": "喂"}) == "visitor_banned"
    assert await visitor.refused("open", {"id": new_id()}) == "visitor_banned"
    try:
        await house.visitor(token=token)
    except Refusal as refusal:
        assert refusal.code == "visitor_banned"
    else:
        raise AssertionError("a banned visitor was let in")
    await house.told()
    assert (len(agent.heard("record")), house.server.hub.head) == (records, head)
    assert "辱骂" not in words_of(visitor)
    house.later(601)
    again = await house.visitor(token=token)
    assert await again.say("对不起")


async def test_a_visitor_comes_back_to_the_same_conversation(house: House) -> None:
    """会话续接: the next word within the time goes on where it ended, and never are two open at once."""
    await talk(house, reopen_within=300)
    visitor, agent, conversation = await house.served()
    await agent.ask("close", act(conversation))
    await visitor.hear("conversation", lambda c: c["phase"] == "closed")
    house.later(200)
    answers = [await visitor.say("还有一件事"), await visitor.say("在吗")]
    assert {a["conversation"] for a in answers} == {conversation}
    await agent.hear("record", lambda r: r["card"]["phase"] == "serving" and r["card"]["last"]["text"] == "在吗")
    open_now = [c.id for c in house.server.hub.memory.of_kind("conversation")]
    assert open_now == [conversation]


async def test_a_place_can_be_kept_or_given_for_a_message(house: House) -> None:
    """退出排队: away with the place kept, as agents see; or straight to the form (S1-3.1j)."""
    agent = await house.ready("demo-agent-1")
    await agent.ask("status", {"id": new_id(), "status": "busy"})
    stays, leaves = await house.visitor(), await house.visitor()
    first, _ = await house.queue(stays), await house.queue(leaves)
    await stays.ask("leave_queue", {"id": new_id(), "mode": "keep"})
    assert (await stays.hear("conversation", lambda c: c["away"]))["phase"] == "queued"
    assert await agent.hear("record", lambda r: r["card"]["id"] == first and r["card"]["away"])
    await leaves.ask("leave_queue", {"id": new_id(), "mode": "call_back"})
    assert (await leaves.hear("conversation", lambda c: c["phase"] == "leaving_message"))["asks"]
    assert await leaves.refused("leave_queue", {"id": new_id(), "mode": "call_back"}) == "not_waiting"
    assert await stays.refused("leave_queue", {"id": new_id(), "mode": "later"}) == "bad_request"


async def test_a_conversation_is_labelled_with_what_there_is(house: House) -> None:
    """标签 and 小结: of the workspace's tags and templates alone, by who serves, and after the end."""
    hub = house.server.hub
    await hub.send(Envelope(tags.STREAM, tags.CreateTag(id="t1", name="退货", parent=None, by="demo-admin")))
    visitor, agent, conversation = await house.served()
    assert await agent.refused("tag", act(conversation, tags=["t1", "nothing"])) == "not_found"
    await agent.ask("tag", act(conversation, tags=["t1"]))
    assert (await agent.hear("record", lambda r: r["card"]["tags"]))["card"]["tags"] == ["t1"]
    filled = {"template": "f1", "version": 1, "values": {"result": "已补寄发票"}}
    assert await agent.refused("summarise", act(conversation, **filled)) == "not_found"
    fields = (FormField(key="result", label="结果"),)
    await hub.send(Envelope(forms.STREAM, forms.CreateForm(id="f1", name="小结", fields=fields, by="demo-admin")))
    await agent.ask("close", act(conversation))
    await agent.ask("summarise", act(conversation, **filled))
    record = await agent.hear("record", lambda r: r["card"]["summary"])
    assert record["card"]["summary"]["values"] == {"result": "已补寄发票"}
    await house.told()
    assert "t1" not in words_of(visitor)
    assert "已补寄发票" not in words_of(visitor)


async def test_all_ways_in_meet_on_one_console_each_by_its_flow(house: House) -> None:
    """A page with the widget and one with another flow: the same floor, the same cap, the same console (C-1, C-2)."""
    workspace: Workspace = house.server.hub.held("workspace", "main")
    start = next(node for node in workspace.settings.flows[0].nodes if isinstance(node, Start))
    direct = replace(workspace.settings.flows[0], id="direct", name="直达")
    rest = (node for node in direct.nodes if node.id in ("sales", "form"))
    direct = replace(direct, nodes=(replace(start, next="sales"), *rest))
    other = replace(workspace.settings.inboxes[0], id="other", name="另一站点", flow="direct")
    flows, inboxes = (*workspace.settings.flows, direct), (*workspace.settings.inboxes, other)
    await house.server.save_settings(replace(workspace.settings, flows=flows, inboxes=inboxes), by="test")
    _, agent, first = await house.served("demo-agent-1")
    page = await house.visitor(inbox="other")
    second = (await page.ask("open", {"id": new_id()}))["conversation"]
    await page.hear("conversation", lambda c: c["phase"] == "serving")
    cards = (await agent.ask("hello", {}))["snapshot"]["conversations"]
    assert {(c["id"], c["inbox"], c["agent"]) for c in cards} == {
        (first, "web", "demo-agent-1"),
        (second, "other", "demo-agent-1"),
    }


async def test_the_turn_survives_a_restart(build: Build, sqlite: Callable[[], SqliteStore]) -> None:
    """轮流分配 (S1-3.1c): who is next does not depend on how long the server has been up."""
    turns: list[str | None] = []
    house = await build(sqlite())
    found = house.server.hub.held("workspace", "main").settings
    groups = tuple(replace(g, strategy=Strategy.ROUND_ROBIN) for g in found.groups)
    await house.server.save_settings(replace(found, groups=groups), by="demo-admin")
    for life in range(2):
        consoles = [await house.ready(agent) for agent in ("demo-agent-1", "demo-agent-2")]
        for _ in range(3 if life == 0 else 1):
            conversation = await house.queue(await house.visitor())
            turns.append((await house.server.hub.look("conversation", conversation)).agent)
        if life == 0:
            for console in consoles:
                await console.leave()
            await house.stop()
            house = await build(sqlite())
    # 二号 is below no minimum: one and two take turns, and the one after the restart is two's.
    assert turns == ["demo-agent-1", "demo-agent-2", "demo-agent-1", "demo-agent-2"]
