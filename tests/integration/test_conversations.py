"""The record of conversations over HTTP: found by what is known of them, seen by whom they concern, taken along."""

import html
import re
from typing import Any

import msgspec
import pytest

from chatserver import demo
from chatserver.agents import inputs as ai
from chatserver.conversation import inputs as ci
from chatserver.conversation.content import TextContent
from chatserver.conversation.model import Face
from chatserver.hub.hub import stream
from chatserver.hub.step import Envelope
from chatserver.hub.tables import Ask
from chatserver.kernel.ids import new_id
from chatserver.suite.conversations.tables import CONVERSATIONS
from tests.fakes.memory_store import MemoryStore
from tests.integration.conftest import Build
from tests.integration.house import OWN, House, Page
from tests.integration.test_http import code, say, who
from tests.integration.test_media import upload
from tests.unit.test_media import picture

ONE, TWO, ADMIN = "demo-agent-1", "demo-agent-2", "demo-admin"
Login = tuple[str, str]


async def get(house: House, login: Login, path: str, **query: Any) -> Any:
    status, body, _ = await say(house, "GET", f"/api/v1{path}", params=query, **who(login))
    assert status == 200, body
    return body


async def found(house: House, login: Login, **query: Any) -> list[str]:
    return [item["id"] for item in (await get(house, login, "/conversations", **query))["items"]]


async def gone(house: House, login: Login, path: str) -> bool:
    """Whether it does not exist for this agent."""
    return await code(house, "GET", f"/api/v1{path}", **who(login)) == "not_found"


async def close(console: Page, conversation: str) -> None:
    await console.ask("close", {"id": new_id(), "conversation": conversation})


async def talk(house: House, console: Page, group: str = "1", text: str = "您好，请问怎么退款") -> tuple[Page, str]:
    """A visitor who is served by the console's agent, and has said something."""
    visitor = await house.visitor()
    conversation = await house.queue(visitor, group)
    await visitor.hear("conversation", lambda c: c["phase"] == "serving")
    await visitor.say(text)
    return visitor, conversation


async def test_the_list_says_how_each_conversation_stands(house: House) -> None:
    console, admin = await house.ready(ONE), await house.login(ADMIN)
    _, conversation = await talk(house, console)
    await console.ask("send", {"id": new_id(), "conversation": conversation, "text": "马上为您处理"})

    (item,) = (await get(house, admin, "/conversations"))["items"]

    assert item["id"] == conversation
    assert (item["phase"], item["group"], item["agent"], item["inbox"]) == ("serving", "sales", ONE, "web")
    assert item["last"]["text"] == "马上为您处理"
    assert (item["last"]["by"], item["visitor_lines"], item["agent_lines"]) == ("agent", 2, 1)  # the choice counts
    house.later(1)
    await close(console, conversation)
    (item,) = (await get(house, admin, "/conversations"))["items"]
    assert (item["phase"], item["closed_by"]) == ("closed", "agent")
    assert item["closed_at"] > item["assigned_at"] >= item["opened_at"]


async def test_what_is_asked_for_is_found_newest_first(house: House) -> None:
    one, two, admin = await house.ready(ONE), await house.ready(TWO), await house.login(ADMIN)
    ids = []
    for console in (one, two, one):
        await console.ask("status", {"id": new_id(), "status": "ready"})
        other = two if console is one else one
        await other.ask("status", {"id": new_id(), "status": "busy"})
        house.later(60)
        ids.append((await talk(house, console))[1])
        await other.ask("status", {"id": new_id(), "status": "ready"})
    first, second, third = ids
    await close(one, first)
    contact = (await get(house, admin, f"/conversations/{second}"))["contact"]["id"]
    at = (await get(house, admin, f"/conversations/{second}"))["opened_at"]

    assert await found(house, admin) == [third, second, first]
    assert await found(house, admin, agent=TWO) == [second]
    assert await found(house, admin, phase="serving") == [third, second]
    assert await found(house, admin, phase="closed", closed_by="agent") == [first]
    assert await found(house, admin, contact=contact) == [second]
    assert await found(house, admin, group="sales", inbox="web", channel="web") == [third, second, first]
    assert await found(house, admin, group="support") == []
    assert await found(house, admin, opened_from=at) == [third, second]
    assert await found(house, admin, opened_from=at, opened_before=at + 1) == [second]
    assert await found(house, admin, rated="true") == []
    assert await found(house, admin, rated="false", agent=TWO) == [second]
    assert await code(house, "GET", "/api/v1/conversations?phase=nonsense", **who(admin)) == "bad_request"


async def test_a_long_list_is_leafed_through_without_gap_or_repeat(house: House) -> None:
    """Also for somebody who sees some because of the group and some because they serve themselves."""
    admin = await house.login(ADMIN)
    await make_supervisor(house, TWO)
    supervisor = await house.login(TWO)
    console = await house.ready(TWO)
    ids = []
    for n in range(7):
        ids.append((await talk(house, console))[1])
        await close(console, ids[-1])
        if n % 3:
            house.later(10)

    for login in (admin, supervisor):
        seen: list[str] = []
        after = ""
        while True:
            page = await get(house, login, "/conversations", limit=2, after=after)
            seen += [item["id"] for item in page["items"]]
            after = page["next"]
            if after is None:
                break
        assert sorted(seen) == sorted(ids)
        assert seen == await found(house, login)


@pytest.mark.parametrize(
    "after",
    [
        "x", "bnVsbA", "W10", "WzFd", "WyJ4IiwieCJd", "WzFlNDAsIngiXQ", "WzEsMl0", "W3t9LCJ4Il0", "WzEsIlx1ZDgwMCJd",
        "%00", "WzFlMzAsIngiXQ",
    ],
)
async def test_a_forged_place_in_a_list_is_refused(house: House, after: str) -> None:
    login = await house.login(ADMIN)
    assert await code(house, "GET", f"/api/v1/conversations?after={after}", **who(login)) == "bad_request"


async def test_an_agent_sees_the_own_conversations_and_no_others(house: House) -> None:
    """Neither in the list nor by guessing ids; what waits in the own group is seen, because it may be taken."""
    one = await house.ready(ONE)
    _, mine = await talk(house, one)
    await one.ask("status", {"id": new_id(), "status": "busy"})
    two = await house.ready(TWO)
    _, other = await talk(house, two)
    await two.ask("status", {"id": new_id(), "status": "busy"})
    waiting_visitor = await house.visitor()
    waiting = await house.queue(waiting_visitor, "1")
    support_visitor = await house.visitor()
    support = await house.queue(support_visitor, "2")
    login = await house.login(ONE)

    assert set(await found(house, login)) == {mine, waiting}
    assert await found(house, login, agent=TWO) == []
    for path in ("", "/messages", "/transcript"):
        assert await gone(house, login, f"/conversations/{other}{path}")
        assert await gone(house, login, f"/conversations/{support}{path}")
        assert await gone(house, login, f"/conversations/never{path}")
    assert (await get(house, login, f"/conversations/{waiting}"))["phase"] == "queued"


async def test_a_supervisor_sees_the_groups_and_an_administrator_all(house: House) -> None:
    two = await house.ready(TWO)
    _, sales = await talk(house, two, "1")
    _, support = await talk(house, two, "2")
    await make_supervisor(house, ONE)  # of sales
    supervisor, admin = await house.login(ONE), await house.login(ADMIN)

    assert await found(house, supervisor) == [sales]
    assert await gone(house, supervisor, f"/conversations/{support}")
    assert set(await found(house, admin)) == {sales, support}


async def test_whoever_serves_a_visitor_reads_the_earlier_visits(house: House) -> None:
    """访客历史: whoever held them; and nobody else's. When the visitor is somebody else's, it is theirs to read."""
    one = await house.ready(ONE)
    visitor, earlier = await talk(house, one, text="第一次来")
    contact = (await get(house, await house.login(ADMIN), f"/conversations/{earlier}"))["contact"]["id"]
    await close(one, earlier)
    await one.ask("status", {"id": new_id(), "status": "busy"})
    login_two = await house.login(TWO)
    assert await gone(house, login_two, f"/contacts/{contact}")
    await house.ready(TWO)
    house.later(60)
    later = await house.queue(visitor, "1")
    await house.until(lambda: house.server.hub.held("conversation", later).agent == TWO)

    assert await found(house, login_two) == [later]
    history = await get(house, login_two, f"/contacts/{contact}/conversations")
    assert [item["id"] for item in history["items"]] == [later, earlier]
    lines = (await get(house, login_two, f"/conversations/{earlier}/messages"))["items"]
    assert "第一次来" in [line["content"].get("text") for line in lines]
    card = await get(house, login_two, f"/contacts/{contact}")
    assert (card["visits"], card["conversation"], card["last_agent"]) == (2, later, TWO)
    assert await gone(house, await house.login(ONE), f"/contacts/{contact}")
    assert await gone(house, login_two, "/contacts/never")


async def test_messages_are_leafed_from_the_end(house: House) -> None:
    console = await house.ready(ONE)
    visitor, conversation = await talk(house, console, text="第0句")
    for n in range(1, 6):
        await visitor.say(f"第{n}句")
    login = await house.login(ONE)
    everything = (await get(house, login, f"/conversations/{conversation}/messages"))["items"]

    seen: list[Any] = []
    before = 0
    while before is not None:
        page = await get(house, login, f"/conversations/{conversation}/messages", before=before, limit=2)
        seen = [*page["items"], *seen]
        before = page["before"]
    assert seen == everything
    assert [line["content"]["text"] for line in seen[-2:]] == ["第4句", "第5句"]


HOSTILE = """<script>alert(1)</script> "><img src=x onerror=alert(2)> {{7*7}} &amp; 'javascript:alert(3)'\n=cmd|'!A0"""


async def test_a_transcript_page_is_inert_whatever_was_said(house: House) -> None:
    """S1-1.4a: the visitor's edition shows nicknames; nothing that a person wrote becomes markup."""
    console = await house.ready(ONE)
    _, conversation = await talk(house, console, text=HOSTILE)
    await console.ask("send", {"id": new_id(), "conversation": conversation, "text": "请看 https://example.com/?a=1&b=2"})
    await console.ask("note", {"id": new_id(), "conversation": conversation, "text": "老客户，<b>注意</b>"})
    login = await house.login(ONE)

    path = f"/api/v1/conversations/{conversation}/transcript"
    _, whole, answer = await say(house, "GET", f"{path}?format=html", **who(login))
    _, theirs, _ = await say(house, "GET", f"{path}?format=html&audience=visitor&language=en", **who(login))

    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert answer.content_type == "text/html"
    for page in (whole.decode(), theirs.decode()):
        tags = set(re.findall(r"<(/?\w+)", page))
        assert tags <= {
            "html", "/html", "head", "/head", "meta", "title", "/title", "body", "/body", "h1", "/h1",
            "table", "/table", "tr", "/tr", "td", "/td", "b", "/b", "br",
        }  # fmt: skip
        assert not re.search(r"(?i)\b(src|href|on\w+)\s*=\s*[\"'](?!x )", re.sub(r">[^<]*<", "><", page))
        assert "url(" not in page
        assert html.escape(HOSTILE.split("\n")[0]) in page
    assert "老客户，&lt;b&gt;注意&lt;/b&gt;" in whole.decode()
    assert "老客户" not in theirs.decode()
    assert "客服一号" in theirs.decode()
    assert "演示座席" not in theirs.decode()
    assert "Conversation transcript" in theirs.decode()


async def test_a_transcript_is_text_or_data_as_well(house: House) -> None:
    console = await house.ready(ONE)
    _, conversation = await talk(house, console, text="有发票吗")
    await console.ask("note", {"id": new_id(), "conversation": conversation, "text": "只给同事看"})
    login = await house.login(ONE)
    path = f"/api/v1/conversations/{conversation}/transcript"

    _, text, _ = await say(house, "GET", f"{path}?format=txt&audience=visitor", **who(login))
    assert "访客: 有发票吗" in text.decode()
    assert "[2030-01-01 09:00:00]" in text.decode()
    assert "只给同事看" not in text.decode()
    _, text, _ = await say(house, "GET", f"{path}?format=txt&time_zone=UTC&language=en", **who(login))
    assert "[2030-01-01 01:00:00] Visitor: 有发票吗" in text.decode()
    assert "客服一号 (Internal note): 只给同事看" in text.decode()
    _, data, _ = await say(house, "GET", f"{path}?format=json", **who(login))
    assert data["conversation"] == conversation
    assert data["lines"][-1]["note"] is True
    for zone in ("Mars/Olympus", "../../etc/passwd", "Asia"):
        assert await code(house, "GET", f"{path}?time_zone={zone}", **who(login)) == "bad_request"


async def test_an_agent_who_was_called_finds_the_conversation(house: House) -> None:
    """Mentioned in a note: listed, also among those with a tag."""
    one = await house.ready(ONE)
    _, conversation = await talk(house, one)
    login = await house.login(TWO)
    assert await found(house, login) == []

    words, face = TextContent(text="请看一下"), Face(name="客服一号")
    note = ci.AgentNoted(id=new_id(), agent=ONE, face=face, content=words, mentions=(TWO,))
    await house.server.hub.send(Envelope(stream("conversation", conversation), note))

    assert await found(house, login) == [conversation]
    assert await found(house, login, tag="t1") == []


async def test_the_rows_are_made_again_from_the_log(build: Build) -> None:
    """What was counted while the server ran is counted the same from the beginning."""
    store = MemoryStore()
    house = await build(store)
    console = await house.ready(ONE)
    for _ in range(3):
        _, conversation = await talk(house, console)
        await console.ask("send", {"id": new_id(), "conversation": conversation, "text": "您好"})
        await close(console, conversation)
    everything = Ask(table=CONVERSATIONS, order="id")
    await house.told()
    before = await store.rows.rows(everything)
    await house.stop()

    anew = msgspec.structs.replace(CONVERSATIONS, version=CONVERSATIONS.version + 1)
    await store.rows.declare([anew], {"conversation": "conversations"})
    assert await store.rows.rows(everything) == []
    again = await build(store)
    await again.told()
    assert await store.rows.rows(everything) == before
    assert len(before) == 3


async def make_supervisor(house: House, agent: str) -> None:
    profile = msgspec.structs.replace(demo.AGENTS[agent], roles=("supervisor", "agent"))
    await house.server.hub.send(Envelope(stream("agent", agent), ai.Saved(profile=profile)))


async def test_what_was_taken_back_is_read_by_nobody(house: House) -> None:
    """Neither in the list, nor in the lines, nor in a transcript; what was edited reads as it does now."""
    console = await house.ready(ONE)
    _, conversation = await talk(house, console)
    secret, wrong = [
        await console.ask("send", {"id": new_id(), "conversation": conversation, "text": text})
        for text in ("我的密码是秘密一二三", "八折")
    ]
    await console.ask("edit", {"id": new_id(), "conversation": conversation, "seq": wrong["seq"], "text": "九折"})
    await console.ask("recall", {"id": new_id(), "conversation": conversation, "seq": secret["seq"]})
    login = await house.login(ONE)

    path = f"/api/v1/conversations/{conversation}"
    texts = [
        msgspec.json.encode((await say(house, "GET", f"{path}/messages", **who(login)))[1]).decode(),
        msgspec.json.encode((await say(house, "GET", "/api/v1/conversations", **who(login)))[1]).decode(),
        *[
            (await say(house, "GET", f"{path}/transcript?format={format}&audience={audience}", **who(login)))[1]
            for format in ("txt", "html")
            for audience in ("visitor", "agent")
        ],
    ]
    for text in texts:
        read = text if isinstance(text, str) else text.decode()
        assert "秘密" not in read
        assert "八折" not in read
    assert "九折" in texts[0]
    lines = (await get(house, await house.login(ADMIN), f"/conversations/{conversation}/messages"))["items"]
    assert [x["original"]["text"] for x in lines if x.get("original")] == ["我的密码是秘密一二三"]


async def test_conversations_are_found_by_their_tags(house: House) -> None:
    """For whoever sees them: also for a colleague who was called to one."""
    one, admin = await house.ready(ONE), await house.login(ADMIN)
    status, tag, _ = await say(house, "POST", "/api/v1/tags", json={"name": "退款"}, **who(admin))
    assert status == 201
    _, tagged = await talk(house, one)
    _, plain = await talk(house, one)
    await one.ask("tag", {"id": new_id(), "conversation": tagged, "tags": [tag["id"]]})
    words, face = TextContent(text="请看一下"), Face(name="客服一号")
    for conversation in (tagged, plain):
        note = ci.AgentNoted(id=new_id(), agent=ONE, face=face, content=words, mentions=(TWO,))
        await house.server.hub.send(Envelope(stream("conversation", conversation), note))

    for login in (admin, await house.login(ONE), await house.login(TWO)):
        assert await found(house, login, tag=tag["id"]) == [tagged]
        assert set(await found(house, login)) == {tagged, plain}
    assert (await get(house, admin, f"/conversations/{tagged}"))["tags"] == [tag["id"]]
    await one.ask("tag", {"id": new_id(), "conversation": tagged, "tags": []})
    assert await found(house, admin, tag=tag["id"]) == []


async def test_a_service_summary_is_read_after_the_end(house: House) -> None:
    """S1-12.2: saved, and visible in history to whoever opens the conversation later; the visitor never reads it."""
    visitor, console, conversation = await house.served()
    admin = await house.login(ADMIN)
    fields = [{"key": "why", "label": "咨询原因"}, {"key": "done", "label": "处理结果"}]
    _, form, _ = await say(house, "POST", "/api/v1/forms", json={"name": "小结", "fields": fields}, **who(admin))
    filled = {"template": form["id"], "version": 1, "values": {"why": "退款", "done": "已退回原卡"}}
    await console.ask("summarise", {"id": new_id(), "conversation": conversation, **filled})
    await close(console, conversation)
    changed = {"name": "小结", "fields": [{"key": "why", "label": "缘由"}], "active": True, "version": 1}
    await say(house, "PUT", f"/api/v1/forms/{form['id']}", json=changed, **who(admin))

    path = f"/conversations/{conversation}"
    summary = (await get(house, admin, path))["summary"]
    assert (summary["template"], summary["version"], summary["by"]) == (form["id"], 1, ONE)
    rows = [(row["label"], row["value"]) for row in summary["items"]]
    assert rows == [("咨询原因", "退款"), ("处理结果", "已退回原卡")]
    told = {"agent": "客服一号", "summary": "咨询原因: 退款 / 处理结果: 已退回原卡"}
    lines = (await get(house, admin, f"{path}/messages"))["items"]
    assert [x["content"]["data"] for x in lines if x["content"].get("code") == "summarised"] == [told]
    later = await house.console(ADMIN)
    history = (await later.ask("history", {"conversation": conversation}))["items"]
    assert [x["content"]["data"] for x in history if x["content"].get("code") == "summarised"] == [told]
    for format in ("txt", "html", "json"):
        _, ours, _ = await say(house, "GET", f"/api/v1{path}/transcript?format={format}", **who(admin))
        query = f"format={format}&audience=visitor"
        _, theirs, _ = await say(house, "GET", f"/api/v1{path}/transcript?{query}", **who(admin))
        assert "已退回原卡" in str(ours if format == "json" else ours.decode())
        assert "已退回原卡" not in str(theirs if format == "json" else theirs.decode())
    assert "已退回原卡" not in str(visitor.pushes)


async def test_a_transcript_holds_what_was_quoted_edited_and_attached(house: House) -> None:
    """Fit to be mailed: whoever has the file opens the attachments, though nothing is fetched by itself."""
    visitor, console, conversation = await house.served()
    login = await house.login(ONE)
    this = {"conversation": conversation}
    question = await visitor.say("<我要退款>")
    reply = {"text": "不可以", "quote": {"seq": question["seq"]}}
    answer = await console.ask("send", {"id": new_id(), **this, **reply})
    await console.ask("edit", {"id": new_id(), **this, "seq": answer["seq"], "text": "可以"})
    _, image = await upload(house, who(login)["headers"], picture(), "小猫 \"><b>.png")
    shown = await console.ask("send", {"id": new_id(), **this, "media": image["id"]})
    _, paper = await upload(house, who(login)["headers"], b"%PDF-1.7 x", "合同.pdf")
    await console.ask("send", {"id": new_id(), **this, "media": paper["id"]})
    again = {"text": "如图", "quote": {"seq": shown["seq"]}}
    await console.ask("send", {"id": new_id(), **this, **again})
    path = f"/api/v1/conversations/{conversation}/transcript"
    text, page = [
        (await say(house, "GET", f"{path}?format={format}", **who(login)))[1].decode() for format in ("txt", "html")
    ]
    _, data, _ = await say(house, "GET", f"{path}?format=json", **who(login))

    assert "客服一号 (客服): 引用 访客：<我要退款>\n    可以 （已编辑）" in text
    assert "引用 客服一号 (客服)：[图片]\n    如图" in text
    assert "引用 访客：&lt;我要退款&gt;</div>可以 （已编辑）" in page
    links = [OWN + image["url"], OWN + paper["url"]]
    assert [line["content"]["url"] for line in data["lines"] if "url" in line["content"]] == links
    assert [html.unescape(href) for href in re.findall(r'href="([^"]*)"', page)] == links
    assert all(f"\n    {link}\n" in text for link in links)
    for said in (text, page):
        assert "附件链接" in said and "撤回后失效" in said
    assert "<img" not in page and "<b>.png" not in page
    for link in links:
        status, _, _ = await say(house, "GET", link.removeprefix(OWN))
        assert status == 200
    await console.ask("recall", {"id": new_id(), **this, "seq": shown["seq"]})
    _, later, _ = await say(house, "GET", f"{path}?format=txt", **who(login))
    assert "引用 客服一号 (客服)：消息已撤回" in later.decode() and image["url"] not in later.decode()
