"""What is said, over real sockets: quoting, changing and taking back, notes, signs of life, and who may read what."""

import json
from typing import Any

import pytest
from msgspec.structs import replace

from chatserver import demo
from chatserver.conversation.settings import OwnConversationSettings
from chatserver.kernel.errors import Refused
from chatserver.kernel.ids import new_id
from chatserver.settings.workspace import Workspace
from tests.integration.house import House, Page


async def talk(house: House, **fields: Any) -> None:
    """The workspace's 会话消息设置 are these from now on."""
    workspace: Workspace = house.server.hub.held("workspace", "main")
    changed = replace(workspace.settings.conversation, **fields)
    await house.server.save_settings(replace(workspace.settings, conversation=changed), by="test")


def act(conversation: str, **more: Any) -> dict[str, Any]:
    return {"id": new_id(), "conversation": conversation, **more}


def texts(items: list[Any]) -> list[str]:
    return [item["content"].get("text", "") for item in items]


def words_of(page: Page) -> str:
    """All that this page was ever told unasked."""
    return json.dumps(page.pushes, ensure_ascii=False)


async def test_a_quote_is_what_the_log_says(house: House) -> None:
    """A client says where, never what; a note, a notice and another conversation's line cannot be quoted."""
    visitor, agent, conversation = await house.served()
    other, _, _ = await house.served("demo-agent-2")
    elsewhere = (await other.say("别处的话"))["seq"]
    asked = (await visitor.say("有  红色的\n吗"))["seq"]
    answer = await agent.ask("send", act(conversation, text="有", quote={"seq": asked}))
    item = await visitor.hear("item", lambda i: i["seq"] == answer["seq"])
    asked_id = (await agent.hear("record", lambda r: (r["item"] or {}).get("seq") == asked))["item"]["id"]
    quote = {"item": asked_id, "by": "visitor", "name": "", "text": "有 红色的 吗", "kind": "text"}
    assert item["quote"] == quote
    note = (await agent.ask("note", act(conversation, text="老客户")))["seq"]
    for seq in (note, elsewhere, 1, answer["seq"] + 999):
        assert await visitor.refused("say", {"id": new_id(), "text": "x", "quote": {"seq": seq}}) == "line_unknown"
        assert await agent.refused("send", act(conversation, text="x", quote={"seq": seq})) == "line_unknown"
    assert await visitor.ask("say", {"id": new_id(), "text": "好", "quote": {"seq": answer["seq"]}})
    forged = {"id": new_id(), "text": "x", "quote": {"seq": asked, "text": "你们答应过"}}
    assert await visitor.refused("say", forged) == "bad_request"


async def test_an_edited_line_keeps_its_place(house: House) -> None:
    """Live it replaces the shown one; whoever comes later reads the new text where the old one stood."""
    visitor, agent, conversation = await house.served()
    seq = (await agent.ask("send", act(conversation, text="十元")))["seq"]
    shown = await visitor.hear("item", lambda i: i["seq"] == seq)
    await agent.ask("edit", act(conversation, seq=seq, text="二十元"))
    news = await visitor.hear("item", lambda i: i["replaces"] == shown["id"])
    assert (news["content"]["text"], news["edited"], news["by"]) == ("二十元", True, "agent")
    assert (await agent.hear("record", lambda r: r["card"]["last"]["text"] == "二十元"))["card"]["id"] == conversation
    page = (await visitor.ask("history", {"before": 10**6}))["items"]
    assert [i["content"]["text"] for i in page if i["id"] == shown["id"]] == ["二十元"]
    assert all(i["replaces"] is None for i in page)
    caught_up = await visitor.ask("hello", {"conversation": conversation, "after": seq})
    assert [i["replaces"] for i in caught_up["items"]] == [shown["id"]]
    assert await visitor.refused("recall", {"id": new_id(), "seq": seq}) == "not_your_line"


async def test_what_was_taken_back_is_never_read_again(house: House) -> None:
    """Not live, not by history, not after a resync, not in a quote; agents see that there was something, and only who
    may read it sees what (S1-5.3.5)."""
    visitor, agent, conversation = await house.served()
    chief = await house.console("demo-admin")
    await chief.ask("hello", {})
    seq = (await agent.ask("send", act(conversation, text="密码是四二")))["seq"]
    await visitor.ask("say", {"id": new_id(), "text": "谢谢", "quote": {"seq": seq}})
    await house.told()
    visitor.pushes.clear()
    agent.pushes.clear()
    await agent.ask("recall", act(conversation, seq=seq))
    news = await visitor.hear("item", lambda i: i["replaces"])
    assert news["content"]["code"] == "recalled_agent"
    told = await chief.hear("record", lambda r: (r["item"] or {}).get("replaces"))
    assert told["item"]["original"]["text"] == "密码是四二"
    await agent.hear("record", lambda r: (r["item"] or {}).get("replaces"))
    again = await house.visitor(token=(await visitor.ask("hello", {}))["token"])
    for asked in (
        await again.ask("hello", {}),
        await again.ask("hello", {"conversation": conversation, "after": seq - 1}),
        await again.ask("history", {"before": 10**6}),
        await agent.ask("history", {"conversation": conversation}),
    ):
        assert "四二" not in json.dumps(asked, ensure_ascii=False)
    assert "四二" not in words_of(visitor) + words_of(agent) + words_of(again)
    records = (await chief.ask("history", {"conversation": conversation}))["items"]
    assert [i["original"]["text"] for i in records if i["original"]] == ["密码是四二"]
    assert await visitor.refused("say", {"id": new_id(), "text": "x", "quote": {"seq": seq}}) == "line_unknown"


async def test_a_visitor_may_take_a_line_back_where_the_workspace_says_so(house: House) -> None:
    """And not otherwise; only the own ones; the page is told whether it may offer it."""
    visitor, agent, _ = await house.served()
    assert (await visitor.ask("hello", {}))["inbox"]["recall_within"] == 0
    seq = (await visitor.say("说错了"))["seq"]
    assert await visitor.refused("recall", {"id": new_id(), "seq": seq}) == "too_late_to_change"
    await talk(house, visitor_recall_within=60)
    assert (await visitor.ask("hello", {}))["inbox"]["recall_within"] == 60
    assert await visitor.ask("recall", {"id": new_id(), "seq": seq})
    record = await agent.hear("record", lambda r: (r["item"] or {}).get("replaces"))
    assert record["item"]["content"]["code"] == "recalled_visitor"
    assert record["card"]["last"]["text"] == ""
    assert (await visitor.hear("item", lambda i: i["replaces"]))["content"]["code"] == "recalled_own"


async def test_whoever_is_mentioned_reads_on(house: House) -> None:
    """A colleague sees the conversation from then on, and only reads; who does not exist cannot be mentioned."""
    visitor, agent, conversation = await house.served("demo-agent-1")
    colleague = await house.ready("demo-agent-2")
    assert await colleague.refused("history", {"conversation": conversation}) == "not_found"
    assert await agent.refused("note", act(conversation, text="x", mentions=["nobody"])) == "agent_unknown"
    await agent.ask("note", act(conversation, text="请看", mentions=["demo-agent-2"]))
    record = await colleague.hear("record", lambda r: r["card"]["id"] == conversation)
    assert record["card"]["mentioned"] == ["demo-agent-2"]
    assert (record["item"]["note"], record["item"]["mentions"]) == (True, ["demo-agent-2"])
    assert "请看" in texts((await colleague.ask("history", {"conversation": conversation}))["items"])
    assert await colleague.refused("send", act(conversation, text="我来")) == "forbidden"
    await colleague.ask("note", act(conversation, text="先道歉", whisper=True))
    assert (await agent.hear("record", lambda r: (r["item"] or {}).get("whisper")))["item"]["note"]
    await house.told()
    assert "请看" not in words_of(visitor)
    assert "先道歉" not in words_of(visitor)


async def test_signs_of_life_are_settings(house: House) -> None:
    """正在输入 and 已读 are passed on unless the workspace switched them off (S1-5.3.5)."""
    visitor, agent, conversation = await house.served()
    await talk(house, typing_sign=False, read_marks=False)
    seq = (await visitor.say("在吗"))["seq"]
    await visitor.ask("typing", {"on": True})
    await agent.ask("typing", {"conversation": conversation, "on": True})
    await agent.ask("read", act(conversation, seq=seq))
    await agent.hear("record", lambda r: r["card"]["unread"] == 0 and r["card"]["last"]["text"] == "在吗")
    await house.told()
    assert visitor.heard("typing") == agent.heard("typing") == []
    assert (await visitor.ask("hello", {}))["conversation"]["agent_read"] == 0
    await talk(house, typing_sign=True, read_marks=True)
    seq = (await visitor.say("还在吗"))["seq"]
    await agent.ask("read", act(conversation, seq=seq))
    await visitor.hear("conversation", lambda c: c["agent_read"] == seq)
    await agent.ask("typing", {"conversation": conversation, "on": True})
    assert await visitor.hear("typing")


async def test_what_is_being_written_is_shown_only_where_it_may_be_and_kept_nowhere(house: House) -> None:
    """输入预览: off by default; on, the agent and who oversees the group see it, and the log never does (S1-5.3.5)."""
    visitor, agent, _ = await house.served()
    chief, other = await house.console("demo-admin"), await house.console("demo-agent-2")
    assert (await visitor.ask("hello", {}))["inbox"]["typing_preview"] is False
    await visitor.ask("typing", {"on": True, "text": "我想退"})
    assert (await agent.hear("typing"))["text"] == ""
    await talk(house, typing_preview=True)
    assert (await visitor.ask("hello", {}))["inbox"]["typing_preview"] is True
    before = house.server.hub.head
    await visitor.ask("typing", {"on": True, "text": "我想退货"})
    for console in (agent, chief):
        assert await console.hear("typing", lambda t: t["text"] == "我想退货")
    assert other.heard("typing") == []
    assert house.server.hub.head == before
    assert all("我想退" not in r.body.decode() for r in await house.log())


async def test_an_inbox_has_settings_of_its_own(house: House) -> None:
    """会话消息设置 count for one way in alone, or for all (S1-5.3.3a, C-4)."""
    workspace: Workspace = house.server.hub.held("workspace", "main")
    wrong = replace(workspace.settings.inboxes[0], id="own", conversation=OwnConversationSettings(idle_close_after=30))
    right = replace(wrong, conversation=OwnConversationSettings(idle_close_after=30, idle_warn_before=0))
    inboxes = workspace.settings.inboxes
    with pytest.raises(Refused, match="settings_invalid"):
        await house.server.save_settings(replace(workspace.settings, inboxes=(*inboxes, wrong)), by="test")
    await house.server.save_settings(replace(workspace.settings, inboxes=(*inboxes, right)), by="test")
    general, agent, first = await house.served()
    special = await house.visitor(inbox="own")
    second = await house.queue(special)
    for conversation in (first, second):
        await agent.ask("send", act(conversation, text="您好"))
    house.later(31)
    await special.hear("conversation", lambda c: c["phase"] == "closed")
    assert (await general.ask("hello", {}))["conversation"]["phase"] == "serving"


async def test_an_inbox_names_what_differs_and_the_rest_stays_the_workspaces(house: House) -> None:
    """One figure of an inbox's own loses neither the workspace's welcome nor its other switches (S1-5.3.3a, C-4)."""
    await talk(house, welcome="您好，我是{agent}", read_marks=False)
    workspace: Workspace = house.server.hub.held("workspace", "main")
    own = OwnConversationSettings(idle_close_after=90)
    web = replace(workspace.settings.inboxes[0], conversation=own)
    inboxes = (web, *workspace.settings.inboxes[1:])
    await house.server.save_settings(replace(workspace.settings, inboxes=inboxes), by="test")
    visitor, agent, conversation = await house.served()
    assert (await visitor.hear("item", lambda i: i["by"] == "agent"))["content"]["text"] == "您好，我是客服一号"
    assert house.server.hub.held("workspace", "main").conversation("web").read_marks is False
    await talk(house, welcome="欢迎光临")
    held = house.server.hub.held("workspace", "main").conversation("web")
    assert (held.idle_close_after, held.welcome) == (90, "欢迎光临")
    await agent.ask("send", act(conversation, text="请问还在吗"))
    house.later(91)
    await visitor.hear("conversation", lambda c: c["phase"] == "closed")


async def test_one_closing_text_comes_before_the_end(house: House) -> None:
    """The visitor reads why, once, and then the conversation is over (S1-5.3.3b)."""
    visitor, agent, conversation = await house.served()
    await talk(house, idle_close_text="久未回复，会话已结束")
    await agent.ask("send", act(conversation, text="您好"))
    house.later(181)
    await visitor.hear("conversation", lambda c: c["phase"] == "closed")
    told = [(name, data) for name, data in visitor.pushes if "久未回复" in str(data) or data.get("phase") == "closed"]
    assert [name for name, _ in told] == ["item", "conversation"]


async def test_a_visitor_never_learns_who_an_agent_is(house: House) -> None:
    """对外昵称: whatever happens, no account, no name and no id of an agent reaches a visitor's page (S1-1.4a)."""
    await talk(house, welcome="我是{agent}", transfer_accept_for=30, typing_preview=True, reopen_within=600)
    visitor, agent, conversation = await house.served()
    colleague = await house.ready("demo-agent-2")
    chief = await house.ready("demo-admin")
    answers: list[Any] = [await visitor.ask("hello", {})]
    seq = (await visitor.say("你好"))["seq"]
    said = await agent.ask("send", act(conversation, text="您好", quote={"seq": seq}))
    await agent.ask("edit", act(conversation, seq=said["seq"], text="您好！"))
    await agent.ask("note", act(conversation, text="agent1 记", mentions=["demo-agent-2"]))
    await agent.ask("invite", act(conversation, agent="demo-agent-2"))
    await colleague.ask("send", act(conversation, text="我也在"))
    await agent.ask("hold", act(conversation, on=True))
    await agent.ask("transfer", act(conversation, agent="demo-agent-2", note="demo-agent-1 转"))
    await colleague.ask("accept", act(conversation))
    await chief.ask("take_over", act(conversation))
    own = await chief.ask("send", act(conversation, text="我来处理"))
    await chief.ask("recall", act(conversation, seq=own["seq"]))
    await chief.ask("invite_rating", act(conversation))
    await chief.ask("close", act(conversation))
    await visitor.say("还有事")
    await house.told()
    answers += [await visitor.ask("hello", {}), await visitor.ask("history", {"before": 10**6})]
    everything = words_of(visitor) + json.dumps(answers, ensure_ascii=False)
    for id, profile in demo.AGENTS.items():
        assert profile.nickname in everything
        for secret in (id, f'"{profile.account}"', profile.name):
            assert secret not in everything


async def test_a_message_is_a_text_or_an_upload(house: House) -> None:
    """One of the two; an upload that nobody knows is refused with its code, on both sides."""
    visitor, agent, conversation = await house.served()
    for fields, code in (
        ({}, "bad_request"),
        ({"text": "x", "media": "m1"}, "bad_request"),
        ({"media": "m1"}, "media_unknown"),
        ({"text": "  "}, "message_empty"),
    ):
        assert await visitor.refused("say", {"id": new_id(), **fields}) == code
        assert await agent.refused("send", act(conversation, **fields)) == code
