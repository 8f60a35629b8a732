"""满意度, from the survey to whoever wants to know what visitors thought: the console, the API and the reports."""

from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from chatserver.conversation.content import RatingLevel
from chatserver.kernel.ids import new_id
from tests.fakes.memory_store import MemoryStore
from tests.integration import test_wechat_kefu as wechat
from tests.integration.conftest import Build
from tests.integration.house import House, Page
from tests.integration.test_http import say, who
from tests.integration.test_reports import ADMIN, ONE, Login, get
from tests.integration.test_wechat_kefu import KF, USER, Shop, served

wecom, shop = wechat.wecom, wechat.shop


async def asked(house: House) -> tuple[Page, Page, str, dict[str, Any]]:
    """(visitor, console, conversation, survey): the agent has just ended it."""
    visitor, console, conversation = await house.served()
    await console.ask("close", {"id": new_id(), "conversation": conversation})
    survey = await visitor.hear("item", lambda i: i["content"]["kind"] == "rating")
    return visitor, console, conversation, survey


async def whole(house: House, login: Login, conversation: str) -> Any:
    _, body, _ = await say(house, "GET", f"/api/v1/conversations/{conversation}", **who(login))
    return body


async def test_why_a_visitor_rated_so_is_seen_by_whoever_reads_the_conversation(house: House) -> None:
    """S1-5.3.1a, C-8: the tags of the second level and the comment, on the agent's screen, in the API, in reports."""
    visitor, console, conversation, survey = await asked(house)
    login = await house.login(ADMIN)
    assert (await whole(house, login, conversation))["survey"]["score"] is None
    said = {"score": 1, "tags": ["态度差", "响应慢"], "comment": "等了很久"}
    await visitor.ask("rate", {"id": new_id(), "item": survey["id"], **said})

    line = (await console.hear("record", lambda r: r["card"]["rating"] == 1))["item"]["content"]
    assert (line["code"], line["data"]["why"]) == ("rated_why", "态度差 / 响应慢 / 等了很久")
    found = (await whole(house, login, conversation))["survey"]
    assert {key: found[key] for key in ("agent", "label", *said)} == {"agent": ONE, "label": "非常不满意", **said}
    rows = await get(house, login, "/reports/satisfaction/rows", figure="rated", rating="1")
    assert [(row["tags"], row["comment"]) for row in rows["items"]] == [("态度差 / 响应慢", "等了很久")]
    reasons = await get(house, login, "/reports/reasons", agent=ONE)
    assert {line["at"]["tag"]: line["figures"]["chosen"] for line in reasons["lines"]} == {"态度差": 1, "响应慢": 1}


async def test_a_survey_takes_what_it_offered_whatever_is_offered_now(house: House) -> None:
    """S1-5.3.1a: the levels were changed between the question and the answer."""
    visitor, console, _, survey = await asked(house)
    settings = house.server.hub.held("workspace", "main").settings
    now = (RatingLevel(score=1, label="差"), RatingLevel(score=2, label="好"))
    satisfaction = replace(settings.conversation.satisfaction, levels=now)
    talk = replace(settings.conversation, satisfaction=satisfaction)
    await house.server.save_settings(replace(settings, conversation=talk), by="test")

    await visitor.ask("rate", {"id": new_id(), "item": survey["id"], "score": 5, "tags": ["专业细致"], "comment": ""})
    line = (await console.hear("record", lambda r: r["card"]["rating"] == 5))["item"]["content"]
    assert line["data"]["label"] == "非常满意"


async def test_a_survey_of_before_an_upgrade_is_shown_as_the_log_has_it(build: Build) -> None:
    """S1-5.3.1a: its state holds the score alone, and not whom it was about; a colleague has the conversation since."""
    store = MemoryStore()
    house = await build(store)
    await house.ready("demo-agent-2")
    visitor, console, conversation = await house.served()
    await console.ask("invite_rating", {"id": new_id(), "conversation": conversation})
    survey = await visitor.hear("item", lambda i: i["content"]["kind"] == "rating")
    said = {"score": 1, "tags": ["态度差"], "comment": "等了很久"}
    await visitor.ask("rate", {"id": new_id(), "item": survey["id"], **said})
    await console.ask("transfer", {"id": new_id(), "conversation": conversation, "group": "support"})
    await visitor.hear("conversation", lambda c: c["agent"] and c["agent"]["name"] == "客服二号")
    expected = (await whole(house, await house.login(ADMIN), conversation))["survey"]
    assert expected["agent"] == ONE
    await house.stop()
    name = f"conversation/{conversation}"
    state = msgspec.json.decode(store._states[name].body)
    for field in ("agent", "levels", "label", "tags", "comment"):
        state["rating"].pop(field, None)
    store._states[name] = replace(store._states[name], body=msgspec.json.encode(state))
    house = await build(store, house.clock)
    assert (await whole(house, await house.login(ADMIN), conversation))["survey"] == expected


async def test_a_tag_that_is_sent_twice_counts_once(house: House) -> None:
    """S1-5.3.1a: wherever it is shown."""
    visitor, _, conversation, survey = await asked(house)
    said = {"score": 1, "tags": ["态度差", "响应慢", "态度差"], "comment": ""}
    await visitor.ask("rate", {"id": new_id(), "item": survey["id"], **said})
    found = (await whole(house, await house.login(ADMIN), conversation))["survey"]
    assert found["tags"] == ["态度差", "响应慢"]


# In WeChat


@pytest.mark.parametrize(("late", "why"), [(0, "您已评价过本次服务"), (86_401, "评价已过期")])
async def test_a_tap_on_a_survey_that_asks_no_more_is_told_so_and_opens_nothing(
    shop: Shop, late: int, why: str
) -> None:
    """S1-5.3.1c: a second rating, and one after its time, are refused with their text: no word, no conversation."""
    agent, conversation = await served(shop)
    await agent.ask("close", {"id": new_id(), "conversation": conversation})
    await shop.phone(3)
    if not late:
        shop.wecom.click(KF, USER, 0)
        await shop.wecom.hint(KF)
        await agent.hear("record", lambda r: r["card"]["rating"] == 5)
    shop.clock.advance(late)
    await shop.settled()
    head, lines = shop.house.server.hub.head, len(shop.wecom.phone(KF, USER))
    shop.wecom.click(KF, USER, 4)
    await shop.wecom.hint(KF)
    assert (await shop.phone(lines + 1))[-1] == why
    await shop.settled()
    assert (shop.house.server.hub.head, len(shop.wecom.phone(KF, USER))) == (head, lines + 1)


async def test_a_survey_of_an_earlier_conversation_can_still_be_answered(shop: Shop) -> None:
    """C-8: a tap rates the conversation that asked, though another one has begun since."""
    agent, conversation = await served(shop)
    await agent.ask("close", {"id": new_id(), "conversation": conversation})
    await shop.phone(3)
    best = shop.wecom.inbox[KF, USER][-1]["msgmenu"]["list"][0]["click"]
    await shop.writes("还有一事")
    await shop.phone(4)
    shop.wecom.write(KF, USER, content=best["content"], menu_id=best["id"])
    await shop.wecom.hint(KF)
    rated = await agent.hear("record", lambda r: r["card"]["rating"] == 5)
    assert rated["card"]["id"] == conversation
    assert shop.said() == ["你好", "还有一事"]
