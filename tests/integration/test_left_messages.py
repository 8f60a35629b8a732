"""留言 over the real doors: from the visitor's form to the agent's answer, and back to the visitor's page."""

from typing import Any

from chatserver.kernel.ids import new_id
from tests.integration.house import House, Page
from tests.integration.test_http import say, who

ONE, TWO, ADMIN = "demo-agent-1", "demo-agent-2", "demo-admin"
WRITTEN = {"name": "张三", "tel": "13800138000", "text": "想退款"}
Login = tuple[str, str]


async def ask(house: House, login: Login, method: str, path: str, status: int = 200, body: Any = None) -> Any:
    """What comes back, with the status that is expected."""
    given = {"json": body} if body is not None else {}
    had, answer, _ = await say(house, method, f"/api/v1{path}", **who(login), **given)
    assert had == status, answer
    return answer


async def leave(house: House, visitor: Page, group: str = "1") -> str:
    """Nobody of the group is on duty: the visitor fills the form; returns the id of what was left."""
    await house.queue(visitor, group)
    await visitor.hear("conversation", lambda c: c["phase"] == "leaving_message")
    await visitor.ask("submit", {"id": new_id(), "values": WRITTEN})
    [left] = (await ask(house, await house.login(ADMIN), "GET", "/leave_messages?limit=1"))["items"]
    return str(left["id"])


async def test_an_answer_reaches_the_page_that_is_open(house: House) -> None:
    """S1-5.1.2, C-8: as a line of the agent, above it what was left; after a reload it is still there, once."""
    visitor = await house.visitor()
    token = (await visitor.ask("hello", {}))["token"]
    id = await leave(house, visitor)
    back = await house.visitor(token=token)
    await back.ask("open", {"id": new_id()})
    await back.ask("hello", {})
    login = await house.login(ONE)
    await ask(house, login, "POST", f"/leave_messages/{id}/answers", body={"text": "已为您退款"})
    line = await back.hear("item", lambda i: i["content"].get("text") == "已为您退款")
    assert (line["by"], line["name"], line["quote"]["text"]) == ("agent", "客服一号", "张三 / 13800138000 / 想退款")
    items = (await back.ask("hello", {}))["items"]
    assert [i["content"]["text"] for i in items if i["content"]["kind"] == "text"] == ["已为您退款"]
    assert (await ask(house, login, "GET", f"/leave_messages/{id}"))["delivered_at"] is not None


async def test_an_answer_is_the_first_line_when_the_visitor_returns(house: House) -> None:
    """S1-5.1.2, C-8: days later, in front of the greeting."""
    visitor = await house.visitor()
    token = (await visitor.ask("hello", {}))["token"]
    id = await leave(house, visitor)
    await visitor.leave()
    login = await house.login(ONE)
    answered = await ask(house, login, "POST", f"/leave_messages/{id}/answers", body={"text": "已为您退款"})
    assert answered["delivered_at"] is None
    house.later(86_400 * 3)
    back = await house.visitor(token=token)
    await back.ask("open", {"id": new_id()})
    items = (await back.ask("hello", {}))["items"]
    assert [i["content"]["kind"] for i in items] == ["text", "menu"]
    assert items[0]["content"]["text"] == "已为您退款"


async def test_whoever_may_read_a_message_hears_of_it_at_once(house: House) -> None:
    """S1-5.1.2, C-8: when it is left, and when it goes to somebody; whoever cannot read it hears nothing."""
    one, two, chief = await house.console(ONE), await house.console(TWO), await house.console(ADMIN)
    id = await leave(house, await house.visitor(), "2")
    for console in (two, chief):
        news = await console.hear("leave_message")
        assert (news["id"], news["what"], news["group"], news["agent"]) == (id, "left", "support", None)
    login = await house.login(ADMIN)
    for agent in (ONE, TWO):
        await ask(house, login, "POST", f"/leave_messages/{id}/assign", body={"agent": agent})
        await one.hear("leave_message", lambda n, agent=agent: (n["what"], n["agent"]) == ("assigned", agent))
    await ask(house, login, "POST", f"/leave_messages/{id}/close")
    await two.hear("leave_message", lambda n: n["what"] == "closed")
    await house.told()
    assert [(n["what"], n["agent"]) for n in one.heard("leave_message")] == [("assigned", ONE), ("assigned", TWO)]


async def test_an_inbox_is_seen_by_its_group(house: House) -> None:
    """C-8: 售后 is not shown what was left for 售前, and a repeated request answers once."""
    visitor = await house.visitor()
    id = await leave(house, visitor, "2")
    one, two = await house.login(ONE), await house.login(TWO)
    assert (await ask(house, one, "GET", "/leave_messages"))["items"] == []
    refused = await ask(house, one, "GET", f"/leave_messages/{id}", 404)
    assert refused["error"]["code"] == "not_found"
    key = {"Idempotency-Key": "k1"}
    headers = who(two)["headers"] | key
    for _ in range(2):
        given = {"headers": headers, "json": {"text": "好"}}
        status, _, _ = await say(house, "POST", f"/api/v1/leave_messages/{id}/answers", **given)
        assert status == 200
    history = (await ask(house, two, "GET", f"/leave_messages/{id}"))["history"]
    assert [h["what"] for h in history] == ["left", "answered"]


async def test_tags_forms_and_quick_replies_have_their_doors(house: House) -> None:
    """S1-12.4a, S1-12.4b: 409 for a name that is taken, 400 or 413 for one that is too long, 403 without the right."""
    admin, agent = await house.login(ADMIN), await house.login(ONE)
    await ask(house, admin, "POST", "/tags", 201, {"name": "退款"})
    assert (await ask(house, admin, "POST", "/tags", 409, {"name": "退款"}))["error"]["code"] == "name_taken"
    assert (await ask(house, admin, "POST", "/tags", 413, {"name": "标" * 51}))["error"]["code"] == "too_large"
    assert (await ask(house, agent, "POST", "/tags", 403, {"name": "新"}))["error"]["code"] == "forbidden"
    assert [t["name"] for t in (await ask(house, agent, "GET", "/tags"))["items"]] == ["退款"]
    form = {"name": "小结", "fields": [{"key": "note", "label": "结果"}]}
    made = await ask(house, admin, "POST", "/forms", 201, form)
    version = await ask(house, agent, "GET", f"/forms/{made['id']}/versions/1")
    assert version["fields"][0]["label"] == "结果"
    category = await ask(house, agent, "POST", "/quick_replies/categories", 201, {"name": "物流"})
    item = {"category": category["id"], "title": "快递单号", "text": "您的单号是…"}
    await ask(house, agent, "POST", "/quick_replies/items", 201, item)
    found = await ask(house, agent, "GET", "/quick_replies/search?q=kddh")
    assert [i["title"] for i in found["items"]] == ["快递单号"]
    path = f"/quick_replies/categories/{category['id']}"
    assert (await ask(house, agent, "DELETE", path, 409))["error"]["code"] == "not_empty"
    await ask(house, agent, "DELETE", f"{path}?with_items=true", 204)


async def test_what_is_recorded_of_a_conversation_is_known_to_the_workspace(house: House) -> None:
    """S1-12.4d, S1-12.4e: tags that are offered, and a form as it is now; deleting a tag counts its uses."""
    _, console, conversation = await house.served()
    admin = await house.login(ADMIN)
    tag = (await ask(house, admin, "POST", "/tags", 201, {"name": "退款"}))["id"]
    fields = [{"key": "note", "label": "结果", "required": True}]
    form = await ask(house, admin, "POST", "/forms", 201, {"name": "小结", "fields": fields})
    this = {"conversation": conversation}
    assert await console.refused("tag", {"id": new_id(), **this, "tags": [tag, "none"]}) == "not_found"
    await console.ask("tag", {"id": new_id(), **this, "tags": [tag]})
    await ask(house, admin, "PATCH", f"/tags/{tag}", body={"active": False})
    other = (await ask(house, admin, "POST", "/tags", 201, {"name": "投诉"}))["id"]
    await console.ask("tag", {"id": new_id(), **this, "tags": [tag, other]})
    summary = {**this, "template": form["id"], "version": 1}
    assert await console.refused("summarise", {"id": new_id(), **summary, "values": {}}) == "field_required"
    assert await console.refused("summarise", {"id": new_id(), **summary, "version": 2, "values": {}}) == "conflict"
    await console.ask("summarise", {"id": new_id(), **summary, "values": {"note": " 已退款 "}})
    filed = await ask(house, admin, "GET", f"/conversations/{conversation}")
    assert filed["tags"] == [tag, other]
    assert [row["value"] for row in filed["summary"]["items"]] == ["已退款"]
    warning = await ask(house, admin, "DELETE", f"/tags/{tag}")
    assert warning == {"deleted": False, "tags": 1, "uses": 1}
    assert (await ask(house, admin, "DELETE", f"/tags/{tag}?confirm=1"))["deleted"] is True
    await house.told()
    assert (await ask(house, admin, "GET", f"/conversations/{conversation}"))["tags"] == [other]
    assert await console.refused("tag", {"id": new_id(), **this, "tags": [tag, other]}) == "not_found"
