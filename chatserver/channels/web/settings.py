"""接入列表 (web): one inbox is one snippet or link: a flow, a style, and the sites that may embed it."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from chatserver.conversation.settings import Own

Colour = Annotated[str, Meta(pattern=r"^#[0-9a-fA-F]{6}$(?!\n)")]


class Style(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """样式设置: how the visitor's window looks."""

    title: Annotated[str, Meta(min_length=1, max_length=40, title="窗口标题")] = "在线客服"
    subtitle: Annotated[str, Meta(max_length=80, title="副标题")] = ""
    brand: Annotated[Colour, Meta(title="主题色")] = "#1668dc"
    brand_text: Annotated[Colour, Meta(title="主题文字色")] = "#ffffff"
    side: Annotated[Literal["left", "right"], Meta(title="位置")] = "right"
    logo: Annotated[str, Meta(max_length=500, title="Logo")] = ""


class Inbox(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """接入: `allowed_origins` are exact (`https://shop.example`); empty lets every site embed the widget."""

    id: Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_\-]+$(?!\n)")]
    name: Annotated[str, Meta(min_length=1, max_length=100, title="渠道名称")]
    flow: Annotated[str, Meta(min_length=1, max_length=64, title="流程")]
    style: Style = Style()
    locale: Annotated[Literal["zh-CN", "en"], Meta(title="默认语言")] = "zh-CN"
    allowed_origins: Annotated[
        tuple[Annotated[str, Meta(max_length=300, pattern=r"^https?://[^/\s]+$(?!\n)")], ...],
        Meta(max_length=100, title="允许的网站", description="Exact origins; empty allows every site."),
    ] = ()
    conversation: Own = None
