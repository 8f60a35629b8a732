"""微信客服 against a server that enforces WeCom's rules: hints, pulls, replies within the window, accounts, links."""

import asyncio
import io
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import zxingcpp
from msgspec.structs import replace
from PIL import Image
from yarl import URL

from chatserver.api.auth import COOKIE
from chatserver.channels.wechat_kefu.settings import KefuInbox
from chatserver.channels.wechat_kefu.wecom import Corp
from chatserver.conversation.contact import Ban, SetBan
from chatserver.flow.model import End, Start
from chatserver.hub.hub import stream
from chatserver.hub.step import Envelope
from chatserver.kernel.errors import Refused
from chatserver.kernel.ids import new_id
from chatserver.settings.model import Settings
from tests.fakes.clock import FakeClock
from tests.fakes.wecom import AES_KEY, CORPID, SECRET, SUITE, TICKET, TOKEN, FakeWecom
from tests.integration.conftest import Build
from tests.integration.house import PATIENCE, House, Page

KF, USER = "wkSIM0000000000000000000000000001", "wmSIM0000000000000000000000000001"
CORP = Corp(id="corp1", corpid=CORPID, secret=SECRET, token=TOKEN, aes_key=AES_KEY)


class Shop:
    """A house whose WeChat account is bound, and the phone of its visitor."""

    def __init__(self, house: House, wecom: FakeWecom, clock: FakeClock) -> None:
        self.house = house
        self.wecom = wecom
        self.clock = clock

    async def until(self, holds: Callable[[], Any]) -> None:
        """Waits for what happens in the background; with virtual time, so that back-off costs nothing."""
        async with asyncio.timeout(PATIENCE):
            while not holds():
                await asyncio.sleep(0.005)

    async def pass_time(self, holds: Callable[[], Any]) -> None:
        """The same, with a second of virtual time at each look, for what waits between two tries."""
        await self.house.passing(1, holds)

    async def settled(self) -> None:
        """A moment without news: all that could follow by itself has followed."""
        before, calm = (-1, -1), 0
        while calm < 5:
            await asyncio.sleep(0.02)
            await self.house.told()
            now = (self.house.server.hub.head, len(self.wecom.calls))
            before, calm = now, calm + 1 if now == before else 0

    def said(self) -> list[str]:
        """The visitors' words in the log, in order."""
        log = self.house.store._log  # type: ignore[attr-defined]
        events = (self.house.server.hub.event(r) for r in log if r.kind == "visitor_message")
        return [event.content.text for event in events]

    def reports(self) -> list[tuple[int, str | None]]:
        """(messages, why not) of each line that was sent."""
        log = self.house.store._log  # type: ignore[attr-defined]
        events = (self.house.server.hub.event(r) for r in log if r.kind == "delivery_reported")
        return [(event.messages, event.failed) for event in events]

    def settings(self) -> Settings:
        settings: Settings = self.house.server.hub.held("workspace", "main").settings
        return settings

    async def admin(self) -> Callable[..., Any]:
        """Asks the HTTP API as the administrator: (status, answer)."""
        token, csrf = await self.house.login("demo-admin")
        headers = {"Cookie": f"{COOKIE}={token}", "X-CSRF-Token": csrf}

        async def ask(method: str, path: str, body: Any = None) -> tuple[int, Any]:
            url = URL(f"{self.house.url}/api/v1{path}", encoded=True)
            async with self.house.http.request(method, url, json=body, headers=headers) as answer:
                raw = await answer.read()
                is_json = answer.content_type == "application/json"
                return answer.status, json.loads(raw) if is_json and raw else raw

        return ask

    async def writes(self, text: str, user: str = USER) -> None:
        self.wecom.write(KF, user, content=text)
        assert await self.wecom.hint(KF) == 200

    async def phone(self, count: int, user: str = USER) -> list[str]:
        """What stands on the phone once it is `count` lines."""
        try:
            await self.until(lambda: len(self.wecom.phone(KF, user)) >= count)
        except TimeoutError:
            raise AssertionError(f"only {self.wecom.phone(KF, user)}") from None
        return self.wecom.phone(KF, user)


@pytest.fixture
async def wecom() -> AsyncIterator[FakeWecom]:
    server = FakeWecom(FakeClock())
    server.accounts[KF] = "演示账号"
    yield server
    await server.stop()


@pytest.fixture
async def shop(build: Build, wecom: FakeWecom) -> Shop:
    clock: FakeClock = wecom.clock  # type: ignore[assignment]
    house = await build(clock=clock, wecom_api=await wecom.start())
    settings = house.server.hub.held("workspace", "main").settings
    inbox = KefuInbox(id="kf", name="微信", corp="corp1", open_kfid=KF, flow=settings.flows[0].id, welcome="欢迎光临")
    await house.server.save_settings(replace(settings, kefu=(inbox,)), by="test")
    wecom.call_back = f"{house.url}/wechat/corp1/callback"
    await house.server.kefu._corps.bind(CORP)
    return Shop(house, wecom, clock)


async def served(shop: Shop, text: str = "你好") -> tuple[Page, str]:
    """(console, conversation): the visitor in WeChat talks to an agent."""
    agent = await shop.house.ready("demo-agent-1")
    await shop.writes(text)
    await shop.phone(1)
    shop.wecom.click(KF, USER, 0)
    await shop.wecom.hint(KF)
    record = await agent.hear("record", lambda r: r["card"]["phase"] == "serving")
    return agent, record["card"]["id"]


async def tell(agent: Page, conversation: str, text: str) -> None:
    await agent.ask("send", {"id": new_id(), "conversation": conversation, "text": text})


async def test_a_visitor_in_wechat_runs_the_flow_and_is_answered_by_an_agent(shop: Shop) -> None:
    """S1-5.2.2a, C-1, C-2, C-12: the same flow, the same floor and the same console as for a visitor of the site."""
    agent, conversation = await served(shop)
    assert (await shop.phone(1))[0].endswith("| 售前咨询 | 售后服务 | 给我们留言")
    card = agent.heard("record")[-1]["card"]
    assert (card["inbox"], card["contact"]["name"]) == ("kf", "微信访客01")
    await tell(agent, conversation, "您好，请讲")
    assert (await shop.phone(2))[-1] == "您好，请讲"
    await shop.writes("多少钱？")
    await agent.hear("record", lambda r: r["item"] and r["item"]["content"].get("text") == "多少钱？")


async def test_a_typed_number_chooses_as_well_as_a_tap(shop: Shop) -> None:
    """S1-5.1.1d: whoever does not tap writes the number or the words."""
    agent = await shop.house.ready("demo-agent-2")
    await shop.writes("你好")
    await shop.phone(1)
    await shop.writes("２")
    await agent.hear("record", lambda r: r["card"]["group"] == "support")


async def test_what_was_pulled_twice_counts_once_and_a_lost_hint_loses_nothing(shop: Shop) -> None:
    """What a lost hint told of is found by the next look, and a page that is read again changes nothing."""
    await shop.writes("第一句")
    await shop.phone(1)
    shop.wecom.write(KF, USER, content="第二句")
    await shop.settled()
    shop.clock.advance(61)
    await shop.until(lambda: shop.said() == ["第一句", "第二句"])
    await shop.house.store.put_document("wechat_cursor", "kf", b"0")
    await shop.wecom.hint(KF)
    await shop.until(lambda: shop.wecom.calls.count("kf/sync_msg") >= 4)
    await shop.settled()
    assert shop.said() == ["第一句", "第二句"]


async def test_a_dead_token_is_replaced_once_and_nobody_notices(shop: Shop) -> None:
    """A token that WeCom ended early costs one more fetch, not a storm of them."""
    await shop.writes("你好")
    await shop.phone(1)
    shop.wecom.tokens.clear()
    shop.clock.advance(31)
    await shop.writes("还在吗")
    await shop.until(lambda: "还在吗" in shop.said())
    assert len(shop.wecom.tokens) == 1


async def test_a_reply_whose_answer_was_lost_is_said_once(shop: Shop) -> None:
    """The connection broke after WeChat had taken it: the second try under the same id is no second message."""
    agent, conversation = await served(shop)
    shop.wecom.faults["kf/send_msg"] = ["drop_after"]
    await tell(agent, conversation, "只说一次")
    await shop.until(lambda: shop.wecom.faults["kf/send_msg"] == [])
    await shop.pass_time(lambda: shop.reports()[-1:] == [(1, None)] and len(shop.reports()) >= 3)
    assert (await shop.phone(2)).count("只说一次") == 1


async def test_replies_keep_their_order_while_wecom_is_busy(shop: Shop) -> None:
    """What comes later waits for what came before."""
    agent, conversation = await served(shop)
    shop.wecom.faults["kf/send_msg"] = [-1, 45033]
    for text in ("一", "二", "三"):
        await tell(agent, conversation, text)
    await shop.pass_time(lambda: len(shop.wecom.phone(KF, USER)) >= 4)
    assert shop.wecom.phone(KF, USER)[1:] == ["一", "二", "三"]


async def test_five_messages_then_the_agent_is_told_to_wait(shop: Shop) -> None:
    """The sixth is refused before it is sent, with a sentence for the agent; the visitor's next word opens it again."""
    agent, conversation = await served(shop)
    await shop.phone(1)
    for n in range(1, 6):
        await tell(agent, conversation, f"第 {n} 条")
        await shop.phone(n + 1)
        await shop.until(lambda n=n: len(shop.reports()) >= n + 1)
    sixth = {"id": new_id(), "conversation": conversation, "text": "第 6 条"}
    assert await agent.refused("send", sixth) == "reply_window_closed"
    await shop.writes("继续")
    await shop.until(lambda: "继续" in shop.said())
    await tell(agent, conversation, "第 6 条")
    assert (await shop.phone(7))[-1] == "第 6 条"


async def test_a_message_that_did_not_arrive_is_shown_to_the_agent_and_not_to_the_visitor(shop: Shop) -> None:
    """WeChat says later that the visitor takes no messages (fail_type 10)."""
    agent, conversation = await served(shop)
    await tell(agent, conversation, "您好")
    await shop.phone(2)
    msgid = shop.wecom.inbox[KF, USER][-1]["msgid"]
    shop.wecom.fail(KF, USER, msgid, 10)
    await shop.wecom.hint(KF)
    told = await agent.hear("record", lambda r: r["item"] and r["item"]["content"].get("code", "").startswith("not_"))
    assert told["item"]["content"]["code"] == "not_delivered_refused"
    assert len(shop.wecom.phone(KF, USER)) == 2


async def test_a_long_reply_is_cut_between_characters(shop: Shop) -> None:
    """No part is longer than WeChat takes, and together they are the whole."""
    agent, conversation = await served(shop)
    text = "很长的说明😀" * 300
    await tell(agent, conversation, text)
    parts = (await shop.phone(4))[1:]
    await shop.settled()
    parts = shop.wecom.phone(KF, USER)[1:]
    assert "".join(parts) == text and all(len(part.encode()) <= 2048 for part in parts)


async def test_whoever_enters_is_welcomed_in_time_or_not_at_all(shop: Shop) -> None:
    """The welcome has twenty seconds; a late one would be an error at WeChat and a surprise for the visitor."""
    shop.wecom.enter(KF, USER)
    await shop.wecom.hint(KF)
    assert await shop.phone(1) == ["欢迎光临"]
    shop.wecom.enter(KF, "wmLATE")
    shop.clock.advance(25)
    await shop.wecom.hint(KF)
    await shop.settled()
    assert shop.wecom.phone(KF, "wmLATE") == [] and shop.wecom.calls.count("kf/send_msg_on_event") == 1


async def test_a_rating_is_asked_for_and_given_in_wechat(shop: Shop) -> None:
    """C-8: the survey is a menu; a tap on it is the rating, and no new conversation."""
    agent, conversation = await served(shop)
    await tell(agent, conversation, "再见")
    await agent.ask("close", {"id": new_id(), "conversation": conversation})
    menu = (await shop.phone(4))[-1]
    assert menu.endswith("| 非常满意 | 满意 | 一般 | 不满意 | 非常不满意")
    shop.wecom.click(KF, USER, 0)
    await shop.wecom.hint(KF)
    await agent.hear("record", lambda r: r["card"]["rating"] == 5)
    assert shop.wecom.phone(KF, USER)[-1] == menu


async def test_whoever_is_banned_neither_rates_nor_is_welcomed(shop: Shop) -> None:
    """拉黑: a tap on the survey of a conversation that was over before is an act like any other."""
    agent, conversation = await served(shop)
    await tell(agent, conversation, "再见")
    await agent.ask("close", {"id": new_id(), "conversation": conversation})
    lines = len(await shop.phone(4))
    await shop.settled()
    hub, contact = shop.house.server.hub, agent.heard("record")[-1]["card"]["contact"]["id"]
    await hub.send(Envelope(stream("contact", contact), SetBan(ban=Ban(by="demo-agent-1"))))
    head = hub.head
    shop.wecom.click(KF, USER, 0)
    shop.wecom.enter(KF, USER)
    await shop.writes("喂")
    await shop.settled()
    assert (hub.head, len(shop.wecom.phone(KF, USER))) == (head, lines)


async def test_the_form_of_leaving_a_message_is_a_link_to_the_h5_page(shop: Shop) -> None:
    """S1-5.1.2: WeChat has no forms; the link opens the same conversation under the same identity."""
    await shop.writes("你好")
    await shop.phone(1)
    shop.wecom.click(KF, USER, 2)
    await shop.wecom.hint(KF)
    text = (await shop.phone(2))[-1]
    link = text.splitlines()[-1]
    assert link.startswith("http://chat.example/h5/?inbox=kf#t=")
    page = await shop.house.visitor(inbox="kf", token=link.partition("#t=")[2], origin="http://chat.example")
    assert (await page.ask("hello", {}))["conversation"]["phase"] == "leaving_message"
    values = {"name": "访客", "tel": "13800000000", "text": "请回电"}
    await page.ask("submit", {"id": new_id(), "values": values})
    assert "感谢您的留言" in (await shop.phone(3))[-1]


def picture(kind: str = "PNG") -> bytes:
    held = io.BytesIO()
    Image.new("RGB", (40, 30), "teal").save(held, kind)
    return held.getvalue()


async def test_pictures_and_files_go_both_ways(shop: Shop) -> None:
    """What a visitor sends is kept by us, made anew; what an agent sends is handed to WeChat under its name."""
    agent, conversation = await served(shop)
    shop.wecom.send(KF, USER, "image", picture(), "a.png")
    await shop.wecom.hint(KF)
    line = await agent.hear("record", lambda r: r["item"] and r["item"]["content"]["kind"] == "image")
    shown = line["item"]["content"]
    assert (shown["width"], shown["height"]) == (40, 30)
    async with shop.house.http.get(shown["url"]) as answer:
        assert answer.content_type == "image/png"
    kept = await shop.house.server.media.keep("报价单.pdf", "agent:demo-agent-1", b"%PDF-1.4 " + b"x" * 100)
    await agent.ask("send", {"id": new_id(), "conversation": conversation, "media": kept.media})
    assert (await shop.phone(2))[-1] == "<file>"
    sent = shop.wecom.inbox[KF, USER][-1]["file"]["media_id"]
    assert shop.wecom.media[sent][1] == "报价单.pdf"


async def test_what_cannot_be_fetched_is_at_least_named(shop: Shop) -> None:
    """WeChat forgot it, or it is no picture at all: the agent sees that something was sent, and the rest goes on."""
    agent, _ = await served(shop)
    shop.wecom.write(KF, USER, "voice", media_id="FORGOTTEN")
    shop.wecom.send(KF, USER, "image", b"{}", "a.png")
    await shop.writes("看得到吗")
    await agent.hear("record", lambda r: r["item"] and r["item"]["content"].get("text") == "看得到吗")
    assert shop.said()[-3:] == ["[语音]", "[图片]", "看得到吗"]


async def test_two_accounts_have_two_flows_and_do_not_mix(shop: Shop) -> None:
    """S1-5.2.2d: what is written to one account never enters the flow of another."""
    other = "wkSIM0000000000000000000000000002"
    shop.wecom.accounts[other] = "售后账号"
    settings = shop.settings()
    flow = replace(settings.flows[0], id="second", nodes=(Start(id="s", next="e"), End(id="e", text="另一条流程")))
    inbox = replace(settings.kefu[0], id="kf2", open_kfid=other, flow="second")
    await shop.house.server.save_settings(
        replace(settings, flows=(*settings.flows, flow), kefu=(*settings.kefu, inbox)), by="test"
    )
    await shop.settled()
    shop.wecom.write(other, USER, content="你好")
    await shop.wecom.hint(other)
    await shop.until(lambda: shop.wecom.phone(other, USER) == ["另一条流程"])
    assert shop.wecom.phone(KF, USER) == []


async def test_an_account_needs_a_flow_and_is_used_once(shop: Shop) -> None:
    """S1-5.0, S1-5.2.2d: without its flow a way in cannot be saved, nor with an account that another one has."""
    settings = shop.settings()
    nowhere = replace(settings.kefu[0], flow="gone")
    with pytest.raises(Refused) as refused:
        await shop.house.server.save_settings(replace(settings, kefu=(nowhere,)), by="test")
    assert refused.value.data["path"] == "$.kefu[0].flow"
    twice = replace(settings.kefu[0], id="kf2")
    with pytest.raises(Refused) as refused:
        await shop.house.server.save_settings(replace(settings, kefu=(*settings.kefu, twice)), by="test")
    assert refused.value.data["path"] == "$.kefu[1].open_kfid"


async def test_the_callback_proves_itself_and_hears_nobody_else(shop: Shop) -> None:
    """The echo comes back byte for byte; forged, foreign, broken and huge knocks are turned away."""
    assert await shop.wecom.verify() == (200, "1616140317555161061")
    hint = "<xml><Event>kf_msg_or_event</Event></xml>"
    assert await shop.wecom.post(hint, signature="0" * 40) == 403
    assert await shop.wecom.post(hint, receiver="wwSomebodyElse") == 403
    assert await shop.wecom.post("<<<") == 403
    assert await shop.wecom.post("<xml>" + "x" * 100_000 + "</xml>") == 413
    assert await shop.wecom.post("<xml><Event>enter_agent</Event></xml>") == 200
    shop.wecom.call_back = shop.wecom.call_back.replace("corp1", "corp2")
    assert await shop.wecom.post(hint) == 403


async def test_an_administrator_binds_a_corp_and_sees_its_accounts(shop: Shop) -> None:
    """S1-5.2.2c, S1-5.2.2d: wrong secrets are refused at once; accounts are listed, made, renamed and deleted."""
    ask = await shop.admin()
    keys = {"corpid": CORPID, "secret": "wrong", "token": TOKEN, "aes_key": AES_KEY}
    status, answer = await ask("PUT", "/wechat/corps/corp9", keys)
    assert (status, answer["error"]["data"]["wechat"]) == (502, 40001)
    status, answer = await ask("PUT", "/wechat/corps/corp9", keys | {"secret": SECRET})
    assert (status, answer["callback"]) == (200, "http://chat.example/wechat/corp9/callback")
    assert SECRET not in str((await ask("GET", "/wechat/corps"))[1])
    _, accounts = await ask("GET", "/wechat/corps/corp1/accounts")
    assert [(a["name"], a["inbox"]) for a in accounts] == [("演示账号", "kf")]
    status, made = await ask("POST", "/wechat/corps/corp1/accounts", {"name": "新账号"})
    assert status == 201 and shop.wecom.accounts[made["open_kfid"]] == "新账号"
    await ask("PATCH", f"/wechat/corps/corp1/accounts/{made['open_kfid']}", {"name": "改名"})
    assert shop.wecom.accounts[made["open_kfid"]] == "改名"
    assert (await ask("DELETE", f"/wechat/corps/corp1/accounts/{KF}"))[0] == 409
    assert (await ask("DELETE", f"/wechat/corps/corp1/accounts/{made['open_kfid']}"))[0] == 204
    assert made["open_kfid"] not in shop.wecom.accounts


async def test_the_secrets_are_sealed_where_they_are_kept(shop: Shop) -> None:
    """Neither the log nor a document shows them, and a restart still knows them."""
    kept = await shop.house.store.list_documents("wechat_corp", "", 10)
    raw = b"".join(body for _, body in kept) + b"".join(r.body for r in await shop.house.log())
    assert kept and SECRET.encode() not in raw and AES_KEY.encode() not in raw


async def test_the_link_and_its_picture_say_the_same(shop: Shop) -> None:
    """S1-5.2.2e, S1-5.2.2f: the link carries where it was put up; the QR code reads as the link."""
    ask = await shop.admin()
    _, link = await ask("GET", "/wechat/inboxes/kf/link?scene=poster&param=a%26b")
    assert "ENCposter" in link["url"] and link["url"].endswith("&scene_param=a%26b")
    _, picture = await ask("GET", "/wechat/inboxes/kf/qr.png?scene=poster&param=a%26b")
    assert zxingcpp.read_barcodes(Image.open(io.BytesIO(picture)))[0].text == link["url"]
    assert (await ask("GET", "/wechat/inboxes/kf/link?scene=" + "x" * 33))[0] == 400


async def test_an_account_that_cannot_be_read_says_why_and_is_left_alone(shop: Shop) -> None:
    """S1-5.2.2b: a right that was taken away is shown with WeCom's code, and asked for again only now and then."""
    ask = await shop.admin()
    await shop.settled()
    shop.wecom.faults["kf/sync_msg"] = [48007]
    await shop.wecom.hint(KF)
    await shop.until(lambda: shop.house.server.kefu.problem("kf") == 48007)
    assert (await ask("GET", "/wechat/corps"))[1][0]["problem"] == 48007
    calls = shop.wecom.calls.count("kf/sync_msg")
    shop.wecom.write(KF, USER, content="你好")
    await shop.wecom.hint(KF)
    await shop.settled()
    assert shop.wecom.calls.count("kf/sync_msg") == calls
    shop.clock.advance(301)
    await shop.until(lambda: "你好" in shop.said())
    await shop.until(lambda: shop.house.server.kefu.problem("kf") == 0)


async def test_an_unbound_corp_is_silent(shop: Shop) -> None:
    """S1-5.2.2b: after unbinding nothing is pulled, and the callback knows nobody."""
    ask = await shop.admin()
    await shop.settled()
    assert (await ask("DELETE", "/wechat/corps/corp1"))[0] == 204
    calls = len(shop.wecom.calls)
    shop.clock.advance(3_000)
    assert await shop.wecom.hint(KF) == 403
    await shop.settled()
    assert len(shop.wecom.calls) == calls and (await ask("GET", "/wechat/corps"))[1] == []


async def test_a_corp_is_bound_by_a_scan_and_lets_go_of_us(shop: Shop) -> None:
    """S1-5.2.2b: ticket, link, scan, permanent code: bound without a secret typed, and unbound from afar."""
    ask = await shop.admin()
    app = {"suite_id": SUITE, "secret": "suite-secret", "token": TOKEN, "aes_key": AES_KEY}
    assert (await ask("PUT", "/wechat/provider", app))[0] == 204
    assert (await ask("POST", "/wechat/corps/scanned/authorisation"))[1]["error"]["data"]["wechat"] == 40085
    shop.wecom.call_back = f"{shop.house.url}/wechat/provider"
    assert await shop.wecom.instruct(InfoType="suite_ticket", SuiteTicket=TICKET) == 200
    _, link = await ask("POST", "/wechat/corps/scanned/authorisation")
    back = shop.wecom.scan(link["url"])
    async with shop.house.http.get("/wechat/authorised", params=back) as page:
        assert page.status == 200 and "scanned" in await page.text()
    assert "scanned" in [c["id"] for c in (await ask("GET", "/wechat/corps"))[1]]
    async with shop.house.http.get("/wechat/authorised", params=back) as again:
        assert again.status == 400
    await shop.wecom.instruct(InfoType="cancel_auth", AuthCorpId=CORPID)
    assert (await ask("GET", "/wechat/corps"))[1] == []


async def test_an_authorisation_that_took_too_long_binds_nobody(shop: Shop) -> None:
    """S1-5.2.2b: the link is good for twenty minutes, and a ticket for half an hour."""
    ask = await shop.admin()
    app = {"suite_id": SUITE, "secret": "suite-secret", "token": TOKEN, "aes_key": AES_KEY}
    await ask("PUT", "/wechat/provider", app)
    shop.wecom.call_back = f"{shop.house.url}/wechat/provider"
    await shop.wecom.instruct(InfoType="suite_ticket", SuiteTicket=TICKET)
    _, link = await ask("POST", "/wechat/corps/late/authorisation")
    back = shop.wecom.scan(link["url"])
    shop.clock.advance(1_201)
    await shop.wecom.instruct(InfoType="create_auth", AuthCode=back["auth_code"], State=back["state"])
    await shop.settled()
    assert [c["id"] for c in (await ask("GET", "/wechat/corps"))[1]] == ["corp1"]


async def test_a_first_look_at_an_old_account_answers_nobody_of_yesterday(shop: Shop) -> None:
    """Without a cursor WeChat tells the last three days; who wrote then does not get a menu now."""
    await shop.house.store.delete_document("wechat_cursor", "kf")
    shop.wecom.log[KF] = []
    shop.wecom.write(KF, USER, content="昨天的问题")
    shop.clock.advance(86_400)
    await shop.writes("今天的问题")
    await shop.phone(1)
    assert shop.said() == ["今天的问题"]


async def test_a_page_of_thousands_is_read_to_its_end(shop: Shop) -> None:
    """Every page there is, in order, and each message once."""
    shop.wecom.page = 7
    for n in range(40):
        shop.wecom.write(KF, USER, content=f"第{n}句")
    await shop.wecom.hint(KF)
    await shop.until(lambda: len(shop.said()) == 40)
    assert shop.said() == [f"第{n}句" for n in range(40)]
