"""What `kf/sync_msg` tells, as our own words. Pure, and tolerant: an item that is new to us never stops a page."""

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

MAX_TEXT = 4000
"""Characters that a message of ours can hold; WeChat's own limit is lower."""

VISITOR, SYSTEM, SERVICER = 3, 4, 5
"""`origin` of an item."""


class Inbound(msgspec.Struct, frozen=True, kw_only=True):
    """Base: `id` is WeChat's, unique in the account; `at` in epoch seconds; `user` is the external user id."""

    id: str
    at: int
    user: str


class Wrote(Inbound, frozen=True, kw_only=True):
    """Words; `menu` is the id of the menu entry that was tapped, if one was."""

    text: str
    menu: str = ""


class Sent(Inbound, frozen=True, kw_only=True):
    """A picture, a voice message, a video or a file, to be fetched within three days."""

    kind: Literal["image", "voice", "video", "file"]
    media: str


class Entered(Inbound, frozen=True, kw_only=True):
    """The chat was opened. `code`, if there is one, allows one greeting within 20 seconds."""

    scene: str = ""
    scene_param: str = ""
    code: str = ""


class NotReceived(Inbound, frozen=True, kw_only=True):
    """A message of ours did not arrive after all."""

    msgid: str
    why: int


class TookBack(Inbound, frozen=True, kw_only=True):
    """The visitor recalled a message."""

    msgid: str


AnyInbound = Wrote | Sent | Entered | NotReceived | TookBack


def read(item: Mapping[str, Any]) -> AnyInbound | None:
    """None for what does not concern a conversation of ours: what a servicer wrote in WeCom, statuses of servicers."""
    kind = item.get("msgtype")
    if kind == "event":
        return _event(item, _map(item, "event"))
    if item.get("origin") != VISITOR:
        return None
    head = _head(item, item)
    body = _map(item, str(kind))
    match kind:
        case "text":
            return Wrote(**head, text=_str(body, "content")[:MAX_TEXT], menu=_str(body, "menu_id"))
        case "image" | "voice" | "video" | "file":
            return Sent(**head, kind=kind, media=_str(body, "media_id"))
        case _:
            return Wrote(**head, text=_in_words(str(kind), body)[:MAX_TEXT])


def _event(item: Mapping[str, Any], event: Mapping[str, Any]) -> AnyInbound | None:
    head = _head(item, event)
    match event.get("event_type"):
        case "enter_session":
            return Entered(
                **head,
                scene=_str(event, "scene"),
                scene_param=_str(event, "scene_param"),
                code=_str(event, "welcome_code"),
            )
        case "msg_send_fail":
            why = event.get("fail_type")
            return NotReceived(**head, msgid=_str(event, "fail_msgid"), why=why if isinstance(why, int) else 0)
        case "user_recall_msg":
            return TookBack(**head, msgid=_str(event, "recall_msgid"))
        case _:
            return None


def _head(item: Mapping[str, Any], who: Mapping[str, Any]) -> dict[str, Any]:
    at = item.get("send_time")
    return {
        "id": _str(item, "msgid"),
        "at": at if isinstance(at, int) else 0,
        "user": _str(who, "external_userid"),
    }


def _in_words(kind: str, body: Mapping[str, Any]) -> str:
    """What our screens have no shape for is told in words; the agent sees at least what it was."""
    match kind:
        case "location":
            return _joined("[位置]", _str(body, "name"), _str(body, "address"))
        case "link":
            return _joined("[链接]", _str(body, "title"), _str(body, "url"))
        case "miniprogram":
            return _joined("[小程序]", _str(body, "title"))
        case "business_card":
            return _joined("[名片]", _str(body, "userid"))
        case "channels":
            return _joined("[视频号]", _str(body, "nickname"), _str(body, "title"))
        case "channels_shop_product":
            return _joined("[商品]", _str(body, "title"), _price(body.get("sales_price")), _str(body, "shop_nickname"))
        case "channels_shop_order":
            words = (_str(body, k) for k in ("order_id", "product_titles", "price_wording", "state"))
            return _joined("[订单]", *words)
        case "merged_msg":
            return _merged(body)
        case "msgmenu":
            return _joined("[菜单]", _str(body, "head_content"), _str(body, "tail_content"))
        case "note":
            return "[笔记]"
        case _:
            return f"[暂不支持的消息：{kind[:40]}]"


def _merged(body: Mapping[str, Any]) -> str:
    """聊天记录: each line with its sender. The lines are JSON inside JSON, and may be broken."""
    lines = [_joined("[聊天记录]", _str(body, "title"))]
    items = body.get("item")
    for item in items if isinstance(items, list) else ():
        if not isinstance(item, dict):
            continue
        try:
            inner = msgspec.json.decode(_str(item, "msg_content"))
        except msgspec.DecodeError:
            inner = {}
        kind = _str(item, "msgtype")
        content = _map(inner, kind) if isinstance(inner, dict) else {}
        text = _str(content, "content") if kind == "text" else _in_words(kind, content)
        lines.append(f"{_str(item, 'sender_name')}：{text}")
    return "\n".join(lines)


def _price(fen: object) -> str:
    """`sales_price` is in fen, as a number or as a string."""
    try:
        return f"¥{int(str(fen)) / 100:.2f}"
    except ValueError:
        return ""


def _joined(*parts: str) -> str:
    return " ".join(p for p in parts if p)


def _map(of: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = of.get(key)
    return value if isinstance(value, dict) else {}


def _str(of: Mapping[str, Any], key: str) -> str:
    value = of.get(key)
    return value if isinstance(value, str) else ""
