"""留言: what visitors leave becomes an inbox, and the answer reaches them, once, when they are there (S1-5.1.2)."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from msgspec.structs import replace

from chatserver.access.roles import Role
from chatserver.agents import inputs as ai
from chatserver.conversation import events as e
from chatserver.conversation import inputs as ci
from chatserver.conversation.content import TextContent
from chatserver.conversation.model import Phase
from chatserver.hub.hub import stream
from chatserver.hub.step import Envelope
from chatserver.settings import workspace
from chatserver.suite.leave_messages.plug import PLUG
from chatserver.suite.leave_messages.settings import LeaveMessageSettings
from tests.suite.office import SETTINGS, Office

WRITTEN = {"name": "张三", "tel": "138 0013-8000", "about": "想退款"}


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    office = await Office(PLUG).open()
    yield office
    await office.close()


async def leave(office: Office, contact: str, conversation: str, values: dict[str, str] = WRITTEN) -> str:
    """Nobody of 售前 is on duty, so that the visitor leaves a message; returns its id."""
    office.clock.advance(60)
    await office.visit(contact, conversation, f"访客{contact}")
    await office.tell(conversation, ci.VisitorSpoke(id="q", content=TextContent(text="A-100")))
    assert (await office.conversation(conversation)).phase is Phase.LEAVING_MESSAGE
    await office.tell(conversation, ci.VisitorSubmitted(id=f"form-{conversation}", values=values))
    newest = (await office.ask("zhu", "listLeaveMessages", None, {"limit": 1}))["items"][0]
    assert newest["conversation"] == conversation
    return str(newest["id"])


async def listed(office: Office, who: str = "li", **query: str) -> list[str]:
    """The conversations in which the messages were left."""
    return [m["conversation"] for m in (await office.ask(who, "listLeaveMessages", None, query))["items"]]


async def answers(office: Office, conversation: str) -> list[str]:
    """What of the answers the visitor was told there, in order."""
    return [x.content.text for x in await office.lines(conversation) if isinstance(x, e.AnswerDelivered)]


async def test_what_a_visitor_leaves_is_in_the_inbox(office: Office) -> None:
    """S1-5.1.2, C-8: with what was written, for the group that was asked in vain."""
    id = await leave(office, "v1", "c1")
    message = await office.ask("li", "readLeaveMessage", id=id)
    assert {k: message[k] for k in ("status", "group", "assignee", "inbox", "contact", "name", "phone", "preview")} == {
        "status": "open",
        "group": "sales",
        "assignee": None,
        "inbox": "web",
        "contact": "v1",
        "name": "张三",
        "phone": "13800138000",
        "preview": "张三 / 138 0013-8000 / 想退款",
    }
    assert [(a["label"], a["value"]) for a in message["answers"]][2] == ("内容", "想退款")
    assert [(h["what"], h["group"]) for h in message["history"]] == [("left", "sales")]


async def test_the_way_from_open_to_closed_and_back(office: Office) -> None:
    """C-8: assigned, noted, answered, closed, opened again; each with who did it."""
    id = await leave(office, "v1", "c1")
    for who, name, body, status in (
        ("ban", "assignLeaveMessage", {"agent": "li"}, "assigned"),
        ("li", "noteLeaveMessage", {"text": "老客户"}, "assigned"),
        ("li", "answerLeaveMessage", {"text": "已退款"}, "answered"),
        ("ban", "closeLeaveMessage", None, "closed"),
        ("ban", "closeLeaveMessage", None, "closed"),
        ("ban", "reopenLeaveMessage", None, "assigned"),
    ):
        assert (await office.ask(who, name, body, id=id))["status"] == status
    history = (await office.ask("li", "readLeaveMessage", id=id))["history"]
    assert [(h["what"], h["by"], h["text"]) for h in history] == [
        ("left", "", ""),
        ("assigned", "ban", ""),
        ("noted", "li", "老客户"),
        ("answered", "li", "已退款"),
        ("closed", "ban", ""),
        ("reopened", "ban", ""),
    ]


async def test_nothing_is_done_with_a_closed_message(office: Office) -> None:
    """It is opened again first; notes are always possible."""
    id = await leave(office, "v1", "c1")
    await office.ask("li", "closeLeaveMessage", id=id)
    assert (await office.refused("li", "answerLeaveMessage", {"text": "x"}, id=id))[0] == "leave_message_closed"
    assert (await office.refused("li", "assignLeaveMessage", {"agent": "li"}, id=id))[0] == "leave_message_closed"
    await office.ask("li", "noteLeaveMessage", {"text": "x"}, id=id)


async def test_an_answer_is_the_first_line_of_the_next_visit(office: Office) -> None:
    """C-8: with a quote of what was left, under the nickname, and once: not again on the visit after it."""
    id = await leave(office, "v1", "c1")
    answered = await office.ask("li", "answerLeaveMessage", {"text": "已退款"}, id=id)
    assert (answered["status"], answered["assignee"], answered["delivered_at"]) == ("answered", "li", None)
    assert await answers(office, "c1") == []
    office.clock.advance(3_600)
    await office.visit("v1", "c2")
    first, told = (await office.lines("c2"))[:2]
    assert isinstance(first, e.Opened) and isinstance(told, e.AnswerDelivered)
    assert (told.content.text, told.face.name, told.leave_message) == ("已退款", "客服li", id)
    assert (told.quote.item, told.quote.text) == ("form-c1", "张三 / 138 0013-8000 / 想退款")
    message = await office.ask("li", "readLeaveMessage", id=id)
    assert message["delivered_at"] == int(office.clock.now().timestamp() * 1000)
    assert message["history"][-1]["what"] == "delivered"
    await office.visit("v1", "c2")
    await office.tell("c2", ci.VisitorEnded())
    await office.visit("v1", "c3")
    assert (await answers(office, "c2"), await answers(office, "c3")) == (["已退款"], [])


async def test_an_answer_is_said_at_once_when_the_visitor_is_there(office: Office) -> None:
    """C-8: in the conversation that is open, once."""
    id = await leave(office, "v1", "c1")
    await office.visit("v1", "c2")
    await office.ask("li", "answerLeaveMessage", {"text": "已退款"}, id=id, key="k")
    await office.ask("li", "answerLeaveMessage", {"text": "已退款"}, id=id, key="k")
    assert await answers(office, "c2") == ["已退款"]
    assert (await office.ask("li", "readLeaveMessage", id=id))["delivered_at"] is not None
    assert (await office.hub.look("contact", "v1")).answers == ()


async def test_several_answers_come_in_their_order(office: Office) -> None:
    """Of several messages too; and a message can be answered again."""
    one, two = await leave(office, "v1", "c1"), await leave(office, "v1", "c2")
    for id, text in ((one, "一"), (two, "二"), (one, "三")):
        await office.ask("li", "answerLeaveMessage", {"text": text}, id=id)
    await office.visit("v1", "c3")
    assert await answers(office, "c3") == ["一", "二", "三"]


async def test_an_answer_that_begins_with_the_visitors_word_comes_before_it(office: Office) -> None:
    """A visitor who writes at once reads the answer first."""
    await office.ask("li", "answerLeaveMessage", {"text": "已退款"}, id=await leave(office, "v1", "c1"))
    opening = ci.Opening(visit=(await office.conversation("c1")).visit, flow=(await office.conversation("c1")).flow)
    await office.tell("c2", ci.VisitorSpoke(id="m", content=TextContent(text="在吗"), opening=opening))
    assert [type(x).__name__ for x in (await office.lines("c2"))[:3]] == ["Opened", "AnswerDelivered", "VisitorMessage"]


async def test_an_answer_waits_for_a_conversation_that_is_taken_up_again(office: Office) -> None:
    """会话续接 is a visit too: the answer comes before the word with which the visitor comes back."""
    now: Any = office.hub.held("workspace", "main")
    settings = replace(SETTINGS, conversation=replace(SETTINGS.conversation, reopen_within=600))
    save = workspace.SaveSettings(settings=settings, by="test", based_on=now.version)
    await office.hub.send(Envelope(workspace.STREAM, save))
    id = await leave(office, "v1", "c1")
    await office.hub.send(Envelope("agent/wang", ai.StatusChosen(status="ready")))
    await office.visit("v1", "c2")
    await office.tell("c2", ci.VisitorSpoke(id="m1", content=TextContent(text="A-100")))
    assert (await office.conversation("c2")).agent == "wang"
    await office.tell("c2", ci.AgentEnded(agent="wang"))
    await office.ask("li", "answerLeaveMessage", {"text": "已退款"}, id=id)
    assert await answers(office, "c2") == []
    before = await office.conversation("c2")
    assert before.visit and before.flow
    opening = ci.Opening(visit=before.visit, flow=before.flow)
    await office.tell("c2", ci.VisitorSpoke(id="m2", content=TextContent(text="还在吗"), opening=opening))
    kinds = [type(x).__name__ for x in (await office.lines("c2"))[before.version :]]
    assert kinds[:3] == ["Reopened", "AnswerDelivered", "VisitorMessage"]


async def test_an_answer_of_nothing_is_refused(office: Office) -> None:
    """The visitor would see an empty line."""
    id = await leave(office, "v1", "c1")
    assert (await office.refused("li", "answerLeaveMessage", {"text": " \n"}, id=id))[0] == "message_empty"


async def test_messages_are_found(office: Office) -> None:
    """Newest first, page by page; by state, agent, group, way in, visitor, name or telephone number."""
    ids = [await leave(office, f"v{n}", f"c{n}", WRITTEN | {"name": f"客人{n}"}) for n in range(5)]
    await office.ask("ban", "assignLeaveMessage", {"agent": "li"}, id=ids[1])
    await office.ask("ban", "closeLeaveMessage", id=ids[2])
    assert await listed(office) == ["c4", "c3", "c2", "c1", "c0"]
    page = await office.ask("li", "listLeaveMessages", None, {"limit": "2"})
    assert [m["conversation"] for m in page["items"]] == ["c4", "c3"]
    assert await listed(office, after=page["next"]) == ["c2", "c1", "c0"]
    for query, expected in (
        ({"status": "open"}, ["c4", "c3", "c0"]),
        ({"status": "closed"}, ["c2"]),
        ({"assignee": "li"}, ["c1"]),
        ({"group": "sales", "status": "assigned"}, ["c1"]),
        ({"group": "support"}, []),
        ({"inbox": "web", "contact": "v3"}, ["c3"]),
        ({"inbox": "h5"}, []),
        ({"q": "客人3"}, ["c3"]),
        ({"q": "客"}, ["c4", "c3", "c2", "c1", "c0"]),
        ({"q": "人"}, []),
        ({"q": "138-0013", "contact": "v0"}, ["c0"]),
        ({"q": "139"}, []),
    ):
        assert await listed(office, **query) == expected, query


async def test_the_counts_are_what_waits(office: Office) -> None:
    """For the mark on the inbox: those of one's groups by status, and those that wait for oneself."""
    ids = [await leave(office, f"v{n}", f"c{n}") for n in range(4)]
    await office.ask("ban", "assignLeaveMessage", {"agent": "li"}, id=ids[0])
    await office.ask("ban", "assignLeaveMessage", {"agent": "zhao"}, id=ids[1])
    await office.ask("ban", "answerLeaveMessage", {"text": "好"}, id=ids[2])
    counts = {"open": 1, "assigned": 2, "answered": 1}
    assert await office.ask("li", "countLeaveMessages") == {**counts, "mine": 1}
    assert await office.ask("wang", "countLeaveMessages") == {**counts, "mine": 0}
    assert await office.ask("zhao", "countLeaveMessages") == {"open": 0, "assigned": 1, "answered": 0, "mine": 1}
    assert await office.ask("zhu", "countLeaveMessages") == {**counts, "mine": 0}


async def test_what_another_group_was_left_does_not_exist(office: Office) -> None:
    """Until it is given to oneself or one's group; then it does."""
    id = await leave(office, "v1", "c1")
    assert await listed(office, "zhao") == []
    for name, body in (
        ("readLeaveMessage", None),
        ("answerLeaveMessage", {"text": "x"}),
        ("assignLeaveMessage", {"agent": "zhao"}),
        ("noteLeaveMessage", {"text": "x"}),
        ("closeLeaveMessage", None),
    ):
        assert (await office.refused("zhao", name, body, id=id))[0] == "not_found", name
    assert (await office.refused("zhu", "readLeaveMessage", id="none"))[0] == "not_found"
    await office.ask("li", "assignLeaveMessage", {"agent": "zhao"}, id=id)
    assert await listed(office, "zhao") == await listed(office, "li") == ["c1"]
    await office.ask("zhao", "answerLeaveMessage", {"text": "好"}, id=id)
    moved = await office.ask("li", "assignLeaveMessage", {"group": "support"}, id=id)
    assert (moved["group"], moved["assignee"], moved["status"]) == ("support", None, "open")
    assert (await listed(office, "zhao"), await listed(office, "li")) == (["c1"], [])


async def test_nothing_is_assigned_to_whoever_has_left(office: Office) -> None:
    """停用: it would wait for somebody who never comes."""
    id = await leave(office, "v1", "c1")
    li = office.hub.at_hand("agent", "li").profile
    await office.hub.send(Envelope(stream("agent", "li"), ai.Saved(profile=replace(li, active=False))))
    assert (await office.refused("ban", "assignLeaveMessage", {"agent": "li"}, id=id))[0] == "agent_unknown"


async def test_a_role_without_the_permission_sees_nothing(office: Office) -> None:
    """The inbox is a permission of its own."""
    await leave(office, "v1", "c1")
    await office.hire("guest", "none", ("sales",))
    for name in ("listLeaveMessages", "countLeaveMessages"):
        assert (await office.refused("guest", name))[0] == "forbidden"
    assert (await office.refused("guest", "answerLeaveMessage", {"text": "x"}, id="x"))[0] == "forbidden"


async def test_a_role_that_reaches_its_own_sees_what_was_given_to_it(office: Office) -> None:
    """However many groups the agent belongs to."""
    one, _ = await leave(office, "v1", "c1"), await leave(office, "v2", "c2")
    own = Role(id="helper", name="协助", grants={"leave_message.read": "own"})
    await office.hire("helper", "helper", ("sales",), (own,))
    assert await listed(office, "helper") == []
    await office.ask("li", "assignLeaveMessage", {"agent": "helper"}, id=one)
    assert await listed(office, "helper") == ["c1"]
    assert (await office.refused("helper", "answerLeaveMessage", {"text": "x"}, id=one))[0] == "forbidden"


async def test_a_message_is_assigned_to_somebody_who_exists(office: Office) -> None:
    """An agent, or a group."""
    id = await leave(office, "v1", "c1")
    assert (await office.refused("li", "assignLeaveMessage", {"agent": "nobody"}, id=id))[0] == "agent_unknown"
    assert (await office.refused("li", "assignLeaveMessage", {"group": "none"}, id=id))[0] == "not_found"
    assert (await office.refused("li", "assignLeaveMessage", {}, id=id))[0] == "bad_request"
    await office.ask("li", "assignLeaveMessage", {"agent": "li"}, id=id)
    assert (await office.ask("li", "assignLeaveMessage", {"agent": None}, id=id))["status"] == "open"


async def test_without_a_group_a_message_goes_where_the_settings_say(office: Office) -> None:
    """S1-5.1.2: outside service hours a flow asks for no group before the form."""
    flow = SETTINGS.flows[0]
    start, ask, _, form = flow.nodes
    asks_nobody = replace(flow, nodes=(start, replace(ask, next="form"), form))
    chosen = replace(flow, nodes=(start, replace(ask, next="form"), replace(form, group="sales")))
    for n, (drawn, group, expected) in enumerate(
        ((asks_nobody, "support", "support"), (asks_nobody, "", None), (chosen, "support", "sales"))
    ):
        settings = replace(SETTINGS, flows=(drawn,), leave_messages=LeaveMessageSettings(assign_to=group))
        now: Any = office.hub.held("workspace", "main")
        save = workspace.SaveSettings(settings=settings, by="test", based_on=now.version)
        await office.hub.send(Envelope(workspace.STREAM, save))
        id = await leave(office, f"v{n}", f"c{n}")
        assert (await office.ask("zhu", "readLeaveMessage", id=id))["group"] == expected
