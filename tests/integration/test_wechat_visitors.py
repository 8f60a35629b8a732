"""微信客服 in the agents' eyes: what a visitor takes back on the phone, and the settings of one account."""

from msgspec.structs import replace

from chatserver.conversation.settings import OwnConversationSettings
from chatserver.flow.form import FormField
from chatserver.flow.model import Ask, Start
from tests.integration import test_wechat_kefu as wechat
from tests.integration.test_wechat_kefu import KF, USER, Shop, served, tell

wecom, shop = wechat.wecom, wechat.shop


async def test_what_a_visitor_takes_back_in_wechat_is_gone_for_the_agent_too(shop: Shop) -> None:
    """S1-5.2.2a: the line says that it was recalled, also when the workspace's own visitors may recall nothing."""
    agent, conversation = await served(shop)
    shop.wecom.write(KF, USER, content="在吗")
    secret = shop.wecom.write(KF, USER, content="我的密码是一二三")
    await shop.wecom.hint(KF)
    line = (await agent.hear("record", lambda r: "密码" in str(r["item"])))["item"]
    shop.wecom.take_back(KF, USER, secret)
    shop.wecom.take_back(KF, USER, "msg_unknown")
    shop.wecom.take_back(KF, USER, secret)
    await shop.wecom.hint(KF)
    gone = await agent.hear("record", lambda r: r["item"] and r["item"].get("replaces") == line["id"])
    assert gone["item"]["content"]["code"] == "recalled_visitor"
    assert gone["card"]["last"]["text"] == ""
    history = (await agent.ask("history", {"conversation": conversation}))["items"]
    texts = [x["content"].get("text", x["content"].get("code")) for x in history if x["by"] in ("visitor", "system")]
    assert texts[-1] != "我的密码是一二三" and "密码" not in str(history)
    assert "在吗" in texts
    await shop.settled()
    assert len(await shop.phone(1)) == 1, "nothing is sent to the phone about it"


async def test_an_answer_that_is_taken_back_in_wechat_is_not_remembered(shop: Shop) -> None:
    """S1-5.1.1a: neither in the conversation nor of the visitor."""
    settings = shop.settings()
    way = next(f for f in settings.flows if f.id == settings.kefu[0].flow)
    start = next(n for n in way.nodes if isinstance(n, Start))
    asked = Ask(id="tel", text="手机号？", field=FormField(key="tel", label="手机", kind="tel"), next=start.next)
    nodes = (*(n for n in way.nodes if n is not start), replace(start, next="tel"), asked)
    flows = (*(f for f in settings.flows if f is not way), replace(way, nodes=nodes))
    await shop.house.server.save_settings(replace(settings, flows=flows), by="test")
    shop.wecom.write(KF, USER, content="你好")
    tel = shop.wecom.write(KF, USER, content="13800000000")
    await shop.wecom.hint(KF)
    await shop.phone(2)
    [c] = shop.house.server.hub.memory.of_kind("conversation")
    assert [a.value for a in c.answers] == ["13800000000"]
    shop.wecom.take_back(KF, USER, tel)
    await shop.wecom.hint(KF)
    hub = shop.house.server.hub
    await shop.until(lambda: hub.held("conversation", c.id).changed)
    assert hub.held("conversation", c.id).answers == ()
    assert (await hub.look("contact", c.visit.contact)).fields == ()


async def test_the_very_first_word_can_be_taken_back_after_the_end(shop: Shop) -> None:
    """It stands behind the event that opened the conversation, and a closed conversation forgets as well."""
    agent = await shop.house.ready("demo-agent-1")
    first = shop.wecom.write(KF, USER, content="发错人了")
    await shop.wecom.hint(KF)
    await shop.phone(1)
    shop.wecom.click(KF, USER, 0)
    await shop.wecom.hint(KF)
    serving = await agent.hear("record", lambda r: r["card"]["phase"] == "serving")
    this = {"conversation": serving["card"]["id"]}
    await agent.ask("close", {"id": "close-1", **this})
    shop.wecom.take_back(KF, USER, first)
    await shop.wecom.hint(KF)
    await shop.until(lambda: shop.house.server.hub.held("conversation", this["conversation"]).changed)
    assert "发错人了" not in str(await agent.ask("history", this))


async def test_an_account_has_settings_of_its_own(shop: Shop) -> None:
    """S1-5.3.3a, C-4: how long silence may last is said for one account, and the rest is the workspace's."""
    settings = shop.settings()
    own = OwnConversationSettings(idle_close_after=30, idle_warn_before=0, idle_close_text="稍后请再联系我们")
    wechat = replace(settings.kefu[0], conversation=own)
    talk = replace(settings.conversation, welcome="我是{agent}")
    await shop.house.server.save_settings(replace(settings, kefu=(wechat,), conversation=talk), by="test")
    agent, conversation = await served(shop)
    assert (await shop.phone(2))[-1] == "我是客服一号"
    await tell(agent, conversation, "您好")
    await shop.phone(3)
    shop.clock.advance(31)
    await agent.hear("record", lambda r: r["card"]["id"] == conversation and r["card"]["phase"] == "closed")
    assert (await shop.phone(4))[3] == "稍后请再联系我们"
