"""What WeChat says and what we say to it, item by item; the cipher against values that were computed elsewhere."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatserver.channels.wechat_kefu.bodies import CHOICE, RATING, bodies, pieces, tapped
from chatserver.channels.wechat_kefu.crypto import BadCallback, Callback
from chatserver.channels.wechat_kefu.items import Entered, NotReceived, Sent, TookBack, Wrote, read
from chatserver.channels.wechat_kefu.msgids import msgid, seq_of
from chatserver.channels.wechat_kefu.settings import contact_of, user_of
from chatserver.conversation.content import (
    FormContent,
    MenuContent,
    MenuOption,
    NoticeContent,
    RatingContent,
    RatingLevel,
    TextContent,
)

VECTORS = json.loads((Path(__file__).parents[1] / "golden" / "wechat" / "vectors.json").read_text("utf-8"))


def item(kind: str, body: Any = None, origin: int = 3) -> dict[str, Any]:
    head = {"msgid": "m1", "open_kfid": "wk1", "external_userid": "wm1", "send_time": 1_700_000_000}
    return {**head, "origin": origin, "msgtype": kind, kind: body if body is not None else {}}


def event(kind: str, **more: Any) -> dict[str, Any]:
    body = {"event_type": kind, "open_kfid": "wk1", "external_userid": "wm1", **more}
    return {"msgid": "e1", "send_time": 1_700_000_000, "origin": 4, "msgtype": "event", "event": body}


@pytest.mark.parametrize("vector", VECTORS, ids=[v["name"] for v in VECTORS])
def test_the_cipher_reads_what_others_encrypted(vector: dict[str, str]) -> None:
    """Odd paddings, UTF-8, a key with stray bits: every published and computed value comes out as it went in."""
    callback = Callback(vector["token"], vector["encoding_aes_key"], vector["receiveid"])
    plain = callback.echo(vector["msg_signature"], vector["timestamp"], vector["nonce"], vector["encrypt"])
    assert plain == vector["plaintext"]


@pytest.mark.parametrize("change", ["msg_signature", "nonce", "encrypt"])
def test_whatever_was_changed_on_the_way_is_not_heard(change: str) -> None:
    """One letter is enough."""
    vector = VECTORS[0] | {change: "0" + VECTORS[0][change][1:] if change != "nonce" else "another"}
    callback = Callback(vector["token"], vector["encoding_aes_key"], vector["receiveid"])
    with pytest.raises(BadCallback):
        callback.echo(vector["msg_signature"], vector["timestamp"], vector["nonce"], vector["encrypt"])


@given(st.binary(max_size=300), st.text(max_size=50))
def test_no_body_breaks_the_callback(body: bytes, signature: str) -> None:
    """Noise is turned away with one exception, whatever the library below raises."""
    vector = VECTORS[0]
    callback = Callback(vector["token"], vector["encoding_aes_key"], vector["receiveid"])
    with pytest.raises(BadCallback):
        callback.event(signature, "1", "2", body)


def test_a_key_that_is_none_is_said_to_be_none() -> None:
    """Before anything is kept."""
    with pytest.raises(BadCallback):
        Callback("token", "too short", "ww1")


WORDS = [
    ("text", {"content": "你好"}, "你好"),
    ("location", {"name": "演示大厦", "address": "演示路 1 号"}, "[位置] 演示大厦 演示路 1 号"),
    ("link", {"title": "标题", "url": "https://example.com/a"}, "[链接] 标题 https://example.com/a"),
    ("miniprogram", {"title": "小程序名"}, "[小程序] 小程序名"),
    ("business_card", {"userid": "U1"}, "[名片] U1"),
    ("channels", {"nickname": "号", "title": "动态"}, "[视频号] 号 动态"),
    ("channels_shop_product", {"title": "商品", "sales_price": "100"}, "[商品] 商品 ¥1.00"),
    ("channels_shop_product", {"title": "商品", "sales_price": 250}, "[商品] 商品 ¥2.50"),
    ("channels_shop_order", {"order_id": "O1", "state": "待发货"}, "[订单] O1 待发货"),
    ("note", None, "[笔记]"),
    ("some_future_type", {"x": 1}, "[暂不支持的消息：some_future_type]"),
]


@pytest.mark.parametrize(("kind", "body", "text"), WORDS, ids=[w[2][:12] for w in WORDS])
def test_every_kind_of_message_is_readable(kind: str, body: Any, text: str) -> None:
    """Kinds without a shape of their own are told in words; one that is new to us is at least named."""
    said = read(item(kind, body))
    assert isinstance(said, Wrote) and said.text == text and said.user == "wm1"


def test_a_forwarded_history_is_told_line_by_line() -> None:
    """The lines are JSON inside JSON, and a broken one does not take the others with it."""
    good = json.dumps({"msgtype": "text", "text": {"content": "内容"}})
    lines = [
        {"msgtype": "text", "sender_name": "甲", "msg_content": good},
        {"msgtype": "image", "sender_name": "乙", "msg_content": "{broken"},
        "not even an object",
    ]
    said = read(item("merged_msg", {"title": "群聊", "item": lines}))
    assert isinstance(said, Wrote)
    assert said.text.splitlines() == ["[聊天记录] 群聊", "甲：内容", "乙：[暂不支持的消息：image]"]


@pytest.mark.parametrize("kind", ["image", "voice", "video", "file"])
def test_media_keep_the_id_under_which_they_are_fetched(kind: str) -> None:
    found = read(item(kind, {"media_id": "M1"}))
    assert isinstance(found, Sent) and (found.kind, found.media) == (kind, "M1")


def test_events_are_known_by_their_kind_and_others_do_not_matter() -> None:
    entered = read(event("enter_session", scene="poster", welcome_code="W1"))
    assert isinstance(entered, Entered) and (entered.scene, entered.code) == ("poster", "W1")
    failed = read(event("msg_send_fail", fail_msgid="s7p0-abcdef", fail_type=10))
    assert isinstance(failed, NotReceived) and (failed.msgid, failed.why) == ("s7p0-abcdef", 10)
    recalled = read(event("user_recall_msg", recall_msgid="m1"))
    assert isinstance(recalled, TookBack) and recalled.msgid == "m1"
    assert read(event("servicer_status_change", status=1)) is None
    assert read(event("some_future_event")) is None


def test_what_a_servicer_wrote_in_wecom_is_not_the_visitors_word() -> None:
    assert read(item("text", {"content": "我是人工客服"}, origin=5)) is None


LEAF = st.none() | st.integers() | st.text(max_size=5)


@given(st.recursive(LEAF, lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=5), inner)))
def test_no_item_stops_a_page(value: Any) -> None:
    """Whatever stands where something else was promised."""
    for kind in ("text", "image", "merged_msg", "channels_shop_product", "event", "unknown"):
        read(item(kind, value))
    read({"msgtype": "event", "event": value})
    read(value if isinstance(value, dict) else {})


def words(content: NoticeContent) -> str:
    return f"<{content.code}>"


def test_a_menu_becomes_taps_and_a_tap_says_what_it_answers() -> None:
    """S1-5.1.1d: as many entries as WeChat can show; the id of each leads back to the line and the option."""
    menu = MenuContent(text="请选择", options=tuple(MenuOption(key=str(n), label=f"选项{n}") for n in range(1, 4)))
    (body,) = bodies("c1:3", menu, words, "")
    assert body["msgtype"] == "msgmenu" and body["msgmenu"]["head_content"] == "请选择"
    assert tapped(body["msgmenu"]["list"][1]["click"]["id"]) == (CHOICE, "c1:3", "2")


def test_a_menu_that_is_too_long_for_taps_is_answered_by_number() -> None:
    menu = MenuContent(text="请选择", options=tuple(MenuOption(key=f"k{n}", label=f"选项{n}") for n in range(1, 12)))
    (body,) = bodies("c1:3", menu, words, "")
    assert body["text"]["content"].splitlines()[0:2] == ["请选择", "1. 选项1"]


def test_a_survey_is_a_menu_with_the_best_answer_first() -> None:
    levels = (RatingLevel(score=1, label="不满意"), RatingLevel(score=2, label="满意"))
    (body,) = bodies("c1:9", RatingContent(text="", agent="小李", levels=levels), words, "")
    assert body["msgmenu"]["head_content"] == "<rating_asked>"
    taps = [tapped(row["click"]["id"]) for row in body["msgmenu"]["list"]]
    assert taps == [(RATING, "c1:9", "2"), (RATING, "c1:9", "1")]


def test_a_form_is_a_link_and_small_talk_of_the_system_stays_away() -> None:
    """Five messages are few: who sits before WeChat sees by itself that somebody has joined."""
    (body,) = bodies("c1:5", FormContent(text="请留言", fields=()), words, "https://chat.example/h5/?inbox=kf#t=x")
    assert body["text"]["content"] == "请留言\nhttps://chat.example/h5/?inbox=kf#t=x"
    assert bodies("c1:6", NoticeContent(code="assigned", data={"agent": "小李"}), words, "") == []
    assert bodies("c1:7", NoticeContent(code="soothed", text="请稍候"), words, "")[0]["text"]["content"] == "请稍候"


@given(st.text(max_size=500), st.integers(10, 200))
def test_a_text_in_pieces_is_the_text(text: str, limit: int) -> None:
    """Nothing is lost or doubled, no character is cut, no piece is too long; only trailing blanks may fall off."""
    cut = pieces(text, limit)
    assert text.startswith("".join(cut)) and not text.removeprefix("".join(cut)).strip()
    assert all(len(piece.encode(errors="surrogatepass")) <= limit for piece in cut)


def test_a_text_is_cut_where_it_breathes() -> None:
    assert pieces("一行\n" * 10, 60)[0].endswith("\n")
    assert bodies("c", TextContent(text="短"), words, "")[0]["text"]["content"] == "短"


def test_ids_lead_back_to_the_log() -> None:
    """32 bytes at most, for any log that a workspace can fill."""
    id = msgid(999_999_999_999, 9, "abcdef")
    assert len(id) <= 32 and seq_of(id) == 999_999_999_999 and seq_of("somebody-elses") == 0


def test_a_contact_says_who_is_meant_and_fits_where_contacts_go() -> None:
    contact = contact_of("x" * 20, "wm" + "A" * 30)
    assert user_of(contact) == ("x" * 20, "wm" + "A" * 30) and len(contact) <= 64
