"""What a rule bot understands, and that whoever is asked by a flow is asked once and heard once."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from aiohttp import web

from chatserver.bots import asker
from chatserver.bots.asker import Asker
from chatserver.bots.bot import Bot, BotReply, Turn
from chatserver.bots.rules import RuleBased, answer
from chatserver.bots.settings import Rule, RuleBot
from chatserver.bots.webhooks import Caller, webhook_key
from chatserver.conversation import inputs as ci
from chatserver.conversation.content import TextContent
from chatserver.conversation.model import Conversation, FlowRef, Phase, Visit
from chatserver.flow import model as f
from chatserver.flow.saved import values
from chatserver.hub.hub import Hub
from chatserver.hub.step import Envelope, OpenConversationOf
from chatserver.outgoing.client import Outgoing
from chatserver.outgoing.signature import HEADER, verify
from chatserver.settings import workspace
from chatserver.settings.model import Settings
from chatserver.settings.rules import WorkspaceRules
from tests.fakes.clock import T0, FakeClock
from tests.fakes.memory_store import MemoryStore

RETURNS = Rule(
    question="怎么退货", phrases=("退货", "退 货", "寄回*退款"), answer="七天内可退", suggestions=("运费谁出",)
)
FREIGHT = Rule(question="运费谁出", phrases=("运费", "退货 运费"), answer="我们承担")
PERSON = Rule(question="投诉", phrases=("投诉",), match="starts_with", answer="为您转人工", handoff=True)
HELLO = Rule(question="您好", phrases=("hi", "hello there"), match="exact", answer="您好！")
BOT = RuleBot(
    id="b", name="小助", rules=(RETURNS, FREIGHT, PERSON, HELLO), fallback="没听懂", suggestions=("怎么退货",)
)


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("怎么退货", RETURNS),
        ("我想退货！！", RETURNS),
        ("退　货", RETURNS),  # a full-width blank
        ("能退 一下 这个货吗", RETURNS),
        ("寄回以后多久退款", RETURNS),
        ("退款以后寄回", None),
        ("退货的运费怎么算", FREIGHT),  # more of the words are named
        ("运费谁出？", FREIGHT),
        ("投诉你们", PERSON),
        ("我要投诉", None),
        ("ＨＩ!", HELLO),
        ("Hello  there.", HELLO),
        ("hi there", None),
        ("？？", None),
        ("", None),
    ],
)
def test_a_rule_is_meant_by_its_words_whatever_their_case_width_and_punctuation(said: str, found: Rule | None) -> None:
    """S1-5.1.1e"""
    reply = answer(BOT, said)
    if found is None:
        assert reply == BotReply(text="没听懂", suggestions=("怎么退货",), understood=False)
    else:
        assert reply == BotReply(text=found.answer, suggestions=found.suggestions, handoff=found.handoff)


def test_of_rules_that_fit_equally_well_the_first_answers() -> None:
    twice = RuleBot(id="b", name="b", rules=tuple(Rule(question=q, phrases=("退货",), answer=q) for q in ("甲", "乙")))
    assert answer(twice, "退货").text == "甲"


def test_a_webhook_keeps_plain_values_from_inside_objects_and_lists() -> None:
    paths = {
        "a": "data.level",
        "b": "orders.1.state",
        "c": "n",
        "d": "yes",
        "e": "data",
        "f": "gone.away",
        "g": "list.x",
    }
    node = f.Webhook(id="w", save=tuple(f.Saved(path=path, key=key) for key, path in paths.items()))
    found = {
        "data": {"level": " 金\n卡 "}, "orders": [{}, {"state": "已发货"}], "n": 1.5, "yes": True, "list": [1],
    }  # fmt: skip
    assert values(node, found) == {"a": "金 卡", "b": "已发货", "c": "1.5", "d": "true"}
    assert values(node, None) == values(node, [1]) == values(node, "x") == {}
    assert len(values(node, {"n": "长" * 9_999})["c"]) == 500


class Oracle:
    """A bot that answers when the test lets it."""

    def __init__(self) -> None:
        self.asked: list[Turn] = []
        self.free = asyncio.Event()
        self.free.set()
        self.fails = False

    async def answer(self, turn: Turn) -> BotReply:
        self.asked.append(turn)
        await self.free.wait()
        if self.fails:
            raise RuntimeError("the bot is broken")
        return BotReply(text=f"答：{turn.text}")


def flow(url: str) -> f.Flow:
    """Asks a server, then a bot."""
    hook = f.Webhook(id="hook", url=url, save=(f.Saved(path="level", key="level"),), next="bot", failed="sorry")
    bots = (f.Bot(id="bot", bot="b", handoff="end", failed="sorry"), f.Bot(id="sorry", bot="b", handoff="end"))
    return f.Flow(id="f", name="f", nodes=(f.Start(id="start", next="hook"), hook, *bots, f.End(id="end")))


class Desk:
    """A hub with one flow, and a server that the flow asks."""

    def __init__(self, url: str) -> None:
        self.clock = FakeClock()
        self.store = MemoryStore()
        self.oracle = Oracle()
        self.status, self.reply = 200, b'{"level": "gold"}'
        self.heard: list[tuple[Any, bytes]] = []
        self.free = asyncio.Event()
        self.free.set()
        self.settings = Settings(flows=(flow(url),), bots=(RuleBot(id="b", name="b"),))

    async def open(self) -> None:
        self.hub = Hub(self.store, self.clock, WorkspaceRules(), [workspace.MACHINE], workspace.WIRING)
        caller = Caller(Outgoing(self.clock, ["127.0.0.0/8"]), "secret")
        self.asker = Asker(self.hub, lambda *version: self._workspace.flow(*version), self._bot, caller)
        await self.hub.start([self.asker.subscriber])

    async def close(self) -> None:
        await self.asker.close()
        await self.hub.stop()

    async def hook(self, request: web.Request) -> web.StreamResponse:
        self.heard.append((request.headers, await request.read()))
        await self.free.wait()
        return web.Response(status=self.status, body=self.reply)

    def _bot(self, id: str) -> Bot | None:
        return self.oracle if id == "b" else None

    @property
    def _workspace(self) -> workspace.Workspace:
        held: workspace.Workspace = self.hub.held("workspace", "main")
        return held

    async def save(self) -> None:
        saves = workspace.SaveSettings(settings=self.settings, by="t", based_on=0)
        await self.hub.send(Envelope(workspace.STREAM, saves))

    async def say(self, text: str, contact: str = "v", conversation: str = "c") -> None:
        opening = ci.Opening(visit=Visit(contact=contact, inbox="web", name="王"), flow=FlowRef(id="f", version=1))
        said = ci.VisitorSpoke(id=text, content=TextContent(text=text), opening=opening)
        await self.hub.send(Envelope(OpenConversationOf(contact, conversation), said))

    @property
    def conversation(self) -> Conversation:
        held: Conversation = self.hub.held("conversation", "c")
        return held

    async def until(self, true: Callable[[Conversation], bool]) -> None:
        async with asyncio.timeout(30):
            while not true(self.conversation):
                await asyncio.sleep(0.005)


def at(node: str) -> Callable[[Conversation], bool]:
    return lambda c: c.place is not None and c.place.node == node and c.asking is None


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    app = web.Application()
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    answering: list[Desk] = []

    async def hook(request: web.Request) -> web.StreamResponse:
        return await answering[0].hook(request)

    app.router.add_post("/hook", hook)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    it = Desk(f"http://127.0.0.1:{runner.addresses[0][1]}/hook")
    answering.append(it)
    await it.open()
    await it.save()
    yield it
    it.free.set()
    await it.close()
    await runner.cleanup()


async def test_a_flow_asks_a_server_and_a_bot_and_goes_on_with_their_answers(desk: Desk) -> None:
    """S1-5.1.1e, and what a webhook sends can be proved to come from here."""
    await desk.say("在吗")
    await desk.until(at("bot"))
    headers, body = desk.heard[0]
    assert verify(webhook_key("secret", "f", 1), headers[HEADER], body, T0)
    assert b'"name":"\xe7\x8e\x8b"' in body
    assert [(a.key, a.value) for a in desk.conversation.answers] == [("level", "gold")]
    await desk.say("怎么退货")
    await desk.until(lambda c: c.place is not None and c.place.turns == 1)
    assert desk.conversation.last and desk.conversation.last.text == "答：怎么退货"
    assert (desk.oracle.asked[0].text, desk.oracle.asked[0].answers) == ("怎么退货", {"level": "gold"})


@pytest.mark.parametrize(("status", "reply"), [(500, b"{}"), (302, b"{}"), (200, b"<html>"), (200, b"\xff")])
async def test_an_answer_of_no_use_takes_the_other_edge(desk: Desk, status: int, reply: bytes) -> None:
    desk.status, desk.reply = status, reply
    await desk.say("在吗")
    await desk.until(at("sorry"))


async def test_a_broken_bot_hands_over_and_the_visitor_is_not_left_waiting(desk: Desk) -> None:
    desk.oracle.fails = True
    await desk.say("在吗")
    await desk.until(at("bot"))
    await desk.say("怎么退货")
    await desk.until(at("sorry"))


async def test_a_server_that_hangs_keeps_no_bot_waiting(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many visitors wait for it: here there is one place."""
    monkeypatch.setattr(asker, "AT_ONCE", 1)
    await desk.close()
    await desk.open()
    await desk.say("在吗")
    await desk.until(at("bot"))
    desk.free.clear()
    for n in range(2):
        await desk.say("在吗", f"v{n}", f"c{n}")
    while len(desk.heard) < 2:
        await asyncio.sleep(0.005)
    await desk.say("怎么退货")
    await desk.until(lambda c: c.place is not None and c.place.turns == 1)
    assert len(desk.heard) == 2


async def test_what_was_asked_before_a_restart_is_asked_again_under_the_same_id(desk: Desk) -> None:
    """Nothing that a visitor waits for is lost with the process."""
    await desk.say("在吗")
    await desk.until(at("bot"))
    desk.oracle.free.clear()
    await desk.say("怎么退货")
    await desk.until(lambda c: c.asking is not None)
    while not desk.oracle.asked:
        await asyncio.sleep(0.005)
    await desk.close()
    desk.oracle.free.set()
    await desk.open()
    await desk.until(lambda c: c.place is not None and c.place.turns == 1)
    first, again = desk.oracle.asked
    assert (first.id, first.text) == (again.id, again.text)


async def test_the_core_gives_up_in_its_own_time_and_a_late_answer_changes_nothing(desk: Desk) -> None:
    await desk.say("在吗")
    await desk.until(at("bot"))
    desk.oracle.free.clear()
    await desk.say("怎么退货")
    await desk.until(lambda c: c.asking is not None)
    desk.clock.advance(10)
    await desk.hub.scheduler.settled()
    assert at("sorry")(desk.conversation)
    version = desk.conversation.version
    desk.oracle.free.set()
    await asyncio.sleep(0.02)
    assert (desk.conversation.version, desk.conversation.phase) == (version, Phase.GUIDED)


async def test_the_rule_bot_stands_behind_the_port() -> None:
    reply = await RuleBased(BOT).answer(Turn(id="1", bot="b", text="投诉", conversation="c"))
    assert reply.handoff
