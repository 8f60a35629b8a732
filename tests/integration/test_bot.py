"""机器人 in the running server: a visitor in a page talks to a rule bot and goes on to a person (S1-5.1.1e, C-2)."""

from msgspec.structs import replace

from chatserver import demo
from chatserver.bots.settings import Rule, RuleBot
from chatserver.flow.model import Bot, End, Flow, Start, ToGroup, Webhook
from chatserver.kernel.ids import new_id
from tests.integration.conftest import Build
from tests.integration.house import House, Page

RULES = (Rule(question="怎么退货", phrases=("退货",), answer="七天内可退", suggestions=("运费谁出",)),)
FREIGHT = Rule(question="运费谁出", phrases=("运费",), answer="我们承担")
BOT = RuleBot(id="helper", name="小助", rules=(*RULES, FREIGHT))
NODES = (
    Start(id="start", next="hook"),
    # Into the own machine: refused by the server itself, so the other edge is taken.
    Webhook(id="hook", url="http://127.0.0.1:1/", next="end", failed="bot"),
    Bot(id="bot", bot="helper", text="您好，我是小助", handoff="desk"),
    ToGroup(id="desk", group="sales", otherwise="end"),
    End(id="end"),
)


async def with_bot(build: Build) -> House:
    house = await build()
    settings = replace(demo.settings(), flows=(Flow(id="main", name="流程", nodes=NODES),), bots=(BOT,))
    await house.server.save_settings(settings, "t")
    return house


def said(page: Page, text: str) -> bool:
    return any(item["content"].get("text") == text for name, item in page.pushes if name == "item")


async def test_a_visitor_asks_a_bot_taps_what_it_suggests_and_gets_a_person(build: Build) -> None:
    house = await with_bot(build)
    console, visitor = await house.ready("demo-agent-1"), await house.visitor()
    await visitor.ask("open", {"id": new_id()})
    await house.until(lambda: said(visitor, "您好，我是小助"))
    conversation = (await visitor.say("我想退货"))["conversation"]
    menu = await visitor.hear("item", lambda i: i["content"].get("text") == "七天内可退")
    assert [option["label"] for option in menu["content"]["options"]] == ["运费谁出"]
    await visitor.ask("choose", {"id": new_id(), "item": menu["id"], "option": "1"})
    await house.until(lambda: said(visitor, "我们承担"))
    await visitor.say("转人工")
    await visitor.hear("conversation", lambda c: c["phase"] == "serving")
    lines = (await console.ask("history", {"conversation": conversation, "before": 0, "limit": 50}))["items"]
    texts = [line["content"].get("text") for line in lines]
    assert [t for t in texts if t in ("我想退货", "七天内可退", "运费谁出", "我们承担")] == [
        "我想退货", "七天内可退", "运费谁出", "我们承担",
    ]  # fmt: skip
