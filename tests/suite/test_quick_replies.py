"""快捷回复: agents' own prepared answers and the shared ones, by category, found by a few letters."""

from collections.abc import AsyncIterator

import pytest

from chatserver.conversation import inputs as ci
from chatserver.conversation.content import TextContent
from chatserver.hub.step import Envelope
from chatserver.suite.quick_replies import decide
from chatserver.suite.quick_replies import model as m
from chatserver.suite.quick_replies.pinyin import by_sound, fold
from chatserver.suite.quick_replies.plug import PLUG
from chatserver.suite.quick_replies.shelf import Shelf
from tests.suite.office import Office


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    office = await Office(PLUG).open()
    yield office
    await office.close()


async def category(office: Office, name: str, who: str = "li", whose: str = "personal") -> str:
    made = await office.ask(who, "createQuickReplyCategory", {"name": name, "whose": whose})
    return str(made["id"])


async def reply(office: Office, category: str, title: str, text: str = "好的", who: str = "li") -> str:
    made = await office.ask(who, "createQuickReply", {"category": category, "title": title, "text": text})
    return str(made["id"])


async def shown(office: Office, who: str = "li", whose: str = "personal") -> dict[str, list[str]]:
    """Titles by category, in their order."""
    lists = await office.ask(who, "listQuickReplies")
    return {c["name"]: [i["title"] for i in c["items"]] for c in lists[whose]}


async def found(office: Office, q: str, who: str = "li") -> list[str]:
    return [i["title"] for i in (await office.ask(who, "searchQuickReplies", None, {"q": q}))["items"]]


async def test_an_agent_keeps_categories(office: Office) -> None:
    """S1-1.3a: made, renamed and sorted."""
    a, b = await category(office, "物流"), await category(office, "退款")
    assert await office.refused("li", "createQuickReplyCategory", {"name": " 物流"}) == ("name_taken", {"name": "物流"})
    await office.ask("li", "changeQuickReplyCategory", {"before": a}, id=b)
    await office.ask("li", "changeQuickReplyCategory", {"name": "快递"}, id=a)
    assert list(await shown(office)) == ["退款", "快递"]
    await office.ask("li", "changeQuickReplyCategory", {"before": None}, id=b)
    assert list(await shown(office)) == ["快递", "退款"]
    assert (await office.refused("li", "changeQuickReplyCategory", {"before": "none"}, id=b))[0] == "bad_request"


async def test_an_empty_category_just_goes(office: Office) -> None:
    """S1-1.3a: there is nothing to ask about."""
    await office.ask("li", "deleteQuickReplyCategory", id=await category(office, "物流"))
    assert await shown(office) == {}


async def test_a_category_with_answers_asks_first(office: Office) -> None:
    """S1-1.3a: refused with the count, until it is said what becomes of them."""
    a, b = await category(office, "物流"), await category(office, "退款")
    for title in ("一", "二"):
        await reply(office, a, title)
    assert await office.refused("li", "deleteQuickReplyCategory", id=a) == ("not_empty", {"count": 2})
    assert (await office.refused("li", "deleteQuickReplyCategory", None, {"move_to": a}, id=a))[0] == "bad_request"
    await office.ask("li", "deleteQuickReplyCategory", None, {"move_to": b}, id=a)
    assert await shown(office) == {"退款": ["一", "二"]}
    await office.ask("li", "deleteQuickReplyCategory", None, {"with_items": "true"}, id=b)
    assert await shown(office) == {}
    assert await found(office, "一") == []


async def test_an_answer_stands_in_its_category_and_is_found(office: Office) -> None:
    """S1-1.3b: by its title, by its text, by how the title is read."""
    a = await category(office, "物流")
    await reply(office, a, "快递单号", "您的单号已发到短信")
    await reply(office, a, "发货时间", "48 小时内发出 SF")
    assert await shown(office) == {"物流": ["快递单号", "发货时间"]}
    for q in ("单号", "kddh", "kuaidi", "KD", "短信", "kuaididanhao", "快d"):
        assert await found(office, q) == ["快递单号"], q
    assert await found(office, "sf") == ["发货时间"]
    assert await found(office, "没有") == []
    assert await found(office, "!") == []


async def test_the_nearest_comes_first(office: Office) -> None:
    """S1-1.3b: the beginning of a title, then a title, then its sound, then the text; among equals one's own."""
    shared = await category(office, "公共", "ban", "shared")
    await reply(office, shared, "退款", who="ban")
    a = await category(office, "我的")
    await reply(office, a, "其他", "可以退款")
    await reply(office, a, "怎么退款")
    await reply(office, a, "退款流程")
    assert await found(office, "退款") == ["退款流程", "退款", "怎么退款", "其他"]
    assert await found(office, "tk") == ["怎么退款", "退款流程", "退款"]


@pytest.mark.parametrize(
    ("query", "title", "fits"),
    [
        ("cq", "重庆发货", True),
        ("zq", "重庆发货", True),
        ("chongqing", "重庆发货", True),
        ("yinhang", "银行卡", True),
        ("lvxing", "旅行", True),
        ("vipkh", "VIP-客户", True),
        ("ｋｄ", "快递", True),
        ("qfh", "重庆发货", True),
        ("cfh", "重庆发货", False),
        ("uai", "快递", False),
        ("kuaidii", "快递", False),
        ("48xs", "48 小时", True),
        ("a" * 65, "啊" * 64, False),
    ],
)
def test_a_title_is_found_by_its_sound(query: str, title: str, fits: bool) -> None:
    """S1-1.3b: initials, syllables and their beginnings, from any character on, by every reading of a character."""
    assert by_sound(fold(query))(fold(title)) is fits


async def test_an_answer_is_changed_moved_and_deleted(office: Office) -> None:
    """S1-1.3b: the search knows at once."""
    a, b = await category(office, "甲"), await category(office, "乙")
    one, two = await reply(office, a, "一"), await reply(office, a, "二")
    three = await reply(office, b, "三")
    await office.ask("li", "changeQuickReply", {"title": "贰", "text": "新", "category": b, "before": three}, id=two)
    assert await shown(office) == {"甲": ["一"], "乙": ["贰", "三"]}
    assert (await found(office, "二"), await found(office, "新")) == ([], ["贰"])
    await office.ask("li", "changeQuickReply", {"title": "三", "text": "好", "before": two}, id=three)
    await office.ask("li", "deleteQuickReply", id=one)
    assert await shown(office) == {"甲": [], "乙": ["三", "贰"]}
    assert (await office.refused("li", "readQuickReply", id=one))[0] == "not_found"


async def test_what_one_keeps_nobody_else_sees(office: Office) -> None:
    """S1-1.3a: not even an administrator, and not by its id."""
    a = await category(office, "我的")
    one = await reply(office, a, "秘密", "我的话")
    for who in ("wang", "zhu"):
        assert await shown(office, who) == {}
        assert await found(office, "秘密", who) == []
        assert (await office.refused(who, "readQuickReply", id=one))[0] == "not_found"
        assert (await office.refused(who, "deleteQuickReply", id=one))[0] == "not_found"
        assert (await office.refused(who, "deleteQuickReplyCategory", id=a))[0] == "not_found"


async def test_the_shared_ones_are_tended_by_who_may(office: Office) -> None:
    """All agents use them."""
    a = await category(office, "公共", "ban", "shared")
    one = await reply(office, a, "您好", who="ban")
    assert await shown(office, "li", "shared") == {"公共": ["您好"]}
    body = {"title": "x", "text": "x"}
    assert (await office.refused("li", "createQuickReplyCategory", {"name": "x", "whose": "shared"}))[0] == "forbidden"
    assert (await office.refused("li", "createQuickReply", {**body, "category": a}))[0] == "forbidden"
    assert (await office.refused("li", "changeQuickReply", body, id=one))[0] == "forbidden"
    assert (await office.refused("li", "deleteQuickReply", id=one))[0] == "forbidden"
    assert (await office.refused("li", "deleteQuickReplyCategory", id=a))[0] == "forbidden"
    assert await shown(office, "li", "shared") == {"公共": ["您好"]}


async def test_there_are_limits(office: Office) -> None:
    """500 of one's own, 5,000 shared, 100 categories."""
    full = tuple(m.Category(id=f"k{n}", name=str(n), items=tuple(f"{n}-{i}" for i in range(50))) for n in range(100))
    for owner, kept, limit in (("li", full[:10], 500), (m.SHARED, full, 5_000)):
        state = m.QuickReplies(id=owner, version=1, categories=kept)
        office.hub.memory.put(f"quick_replies/{owner}", state)
        body = {"category": "k0", "title": "x", "text": "x"}
        who = "li" if owner == "li" else "ban"
        assert await office.refused(who, "createQuickReply", body) == ("limit_reached", {"limit": limit})
    new = {"name": "x", "whose": "shared"}
    assert await office.refused("ban", "createQuickReplyCategory", new) == ("limit_reached", {"limit": 100})


async def test_a_placeholder_must_be_known(office: Office) -> None:
    """S1-1.3b: a mistake shows when it is saved, not in front of a visitor."""
    a = await category(office, "甲")
    for text in ("{visiter}好", "{answer:}", "{answer:a b}", "{}", "{answer:x:y}"):
        code, data = await office.refused("li", "createQuickReply", {"category": a, "title": "x", "text": text})
        assert (code, data["path"]) == ("unknown_placeholder", "$.text"), text
    await reply(office, a, "好", "{visitor}好，我是{company}的{agent}，订单{answer:order}")


async def test_an_answer_says_something(office: Office) -> None:
    """Words or a picture."""
    a = await category(office, "甲")
    body = {"category": a, "title": "x", "text": " "}
    assert (await office.refused("li", "createQuickReply", body))[0] == "message_empty"
    made = await office.ask("li", "createQuickReply", {**body, "image": "media-1"})
    assert (made["image"], made["image_url"]) == ("media-1", "/small/media-1")
    for image, code in (("nope", "media_unknown"), ("media-2", "media_not_allowed")):
        assert (await office.refused("li", "createQuickReply", {**body, "image": image}))[0] == code
        change = {"title": "x", "text": "好", "image": image}
        assert (await office.refused("li", "changeQuickReply", change, id=made["id"]))[0] == code
    assert (await office.refused("li", "createQuickReply", {**body, "title": " "}))[0] == "bad_request"


async def test_a_picture_is_kept_in_use_and_what_is_none_has_no_address(office: Office) -> None:
    """Of answers that were saved before a picture was asked for, too."""
    a = await category(office, "甲")
    made = await office.ask("li", "createQuickReply", {"category": a, "title": "x", "image": "media-1"})
    old = m.CreateItem(id="old", category=a, title="旧", text="旧", image="nope", by="li")
    await office.hub.send(Envelope("quick_replies/li", old))
    assert [i["image_url"] for i in (await office.ask("li", "listQuickReplies"))["personal"][0]["items"]] == [
        "/small/media-1",
        None,
    ]
    assert (await office.ask("li", "readQuickReply", id="old"))["image_url"] is None
    await office.visit("v1", "c1")
    shown = await office.ask("zhu", "renderQuickReply", None, {"conversation": "c1"}, id=await pictured(office, "nope"))
    assert (shown["image"], shown["image_url"]) == (None, None)
    holder = f"quick_reply:{made['id']}"
    assert office.uploads.held[holder] == "media-1"
    await office.ask("li", "changeQuickReply", {"title": "x", "text": "好"}, id=made["id"])
    assert office.uploads.held[holder] is None
    await office.ask("li", "deleteQuickReplyCategory", None, {"with_items": "true"}, id=a)
    await office.hub.caught_up("quick_replies")
    assert office.uploads.held["quick_reply:old"] is None


async def pictured(office: Office, image: str) -> str:
    """A shared answer, as old ones stand in the log."""
    to = await category(office, "图", "ban", "shared")
    item = m.CreateItem(id="shared", category=to, title="图", text="图", image=image, by="ban")
    await office.hub.send(Envelope(f"quick_replies/{m.SHARED}", item))
    return item.id


async def test_the_words_fit_the_conversation(office: Office) -> None:
    """S1-1.3c: what is known is filled in, what is not stays to be seen, and nothing is sent yet."""
    a = await category(office, "甲")
    text = "{visitor}您好，{company}{agent}为您查订单{answer:order}，{answer:color}"
    one = await reply(office, a, "问候", text, who="li")
    await office.visit("v1", "c1", "张{agent}三")
    await office.tell("c1", ci.VisitorSpoke(id="m1", content=TextContent(text="A-100")))
    head = office.hub.head
    rendered = await office.ask("zhu", "renderQuickReply", None, {"conversation": "c1"}, id=await shared(office, text))
    assert rendered == {
        "text": "张{agent}三您好，演示商城客服zhu为您查订单A-100，{answer:color}",
        "image": None,
        "missing": ["answer:color"],
        "image_url": None,
    }
    assert office.hub.head == head + 2, "the shared category and its answer, and no line"
    assert (await office.refused("li", "renderQuickReply", None, {"conversation": "c1"}, id=one))[0] == "not_found"
    assert (await office.refused("zhu", "renderQuickReply", None, {"conversation": "c9"}, id=one))[0] == "not_found"


async def shared(office: Office, text: str) -> str:
    return await reply(office, await category(office, "公共", "zhu", "shared"), "问候", text, who="zhu")


async def test_the_texts_are_there_after_a_restart(office: Office) -> None:
    """S1-1.3b: they come from the rows, page by page."""
    a = await category(office, "公共", "ban", "shared")
    for n in range(1_100):
        item = m.CreateItem(id=f"i{n:04}", category=a, title=f"第{n}条", text="好", image=None, by="ban")
        await office.hub.send(Envelope(f"quick_replies/{m.SHARED}", item))
    await office.hub.caught_up("quick_replies")
    assert len(await Shelf(office.store.rows, office.uploads).of(m.SHARED)) == 1_100


async def test_the_state_holds_no_texts(office: Office) -> None:
    """It is written whole at each change, so 5,000 long answers must not be in it."""
    a = await category(office, "甲")
    await reply(office, a, "标题", "很长的话")
    state = await office.hub.look("quick_replies", "li")
    assert "很长的话" not in str(state)
    assert state.category(a).items
    assert decide.evolve(state, m.ItemDeleted(at=office.clock.now(), id=state.category(a).items[0], by="li")).count == 0
