"""微信客服接入: which account of which corp is answered, and by which flow. The corp's secrets are no settings."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from chatserver.conversation.settings import Own

CorpId = Annotated[str, Meta(min_length=1, max_length=16, pattern=r"^[A-Za-z0-9_\-]+$(?!\n)")]
"""Our own short name of a bound corp; it stands in the callback's address."""


class KefuInbox(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """客服账号: one account is one line of business, and has one flow.

    `id` is short because it becomes a part of the visitors' contact ids (`contact_of`).
    """

    id: Annotated[str, Meta(min_length=1, max_length=20, pattern=r"^[A-Za-z0-9_\-]+$(?!\n)")]
    name: Annotated[str, Meta(min_length=1, max_length=100, title="渠道名称")]
    corp: Annotated[CorpId, Meta(title="企业", description="Id of the bound corp.")]
    open_kfid: Annotated[
        str,
        Meta(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_\-]+$(?!\n)", title="客服账号"),
    ]
    flow: Annotated[str, Meta(min_length=1, max_length=64, title="流程")]
    welcome: Annotated[
        str,
        Meta(max_length=600, title="欢迎语", description="Sent when a visitor enters the chat; empty for none."),
    ] = ""
    locale: Annotated[Literal["zh-CN", "en"], Meta(title="语言")] = "zh-CN"
    conversation: Own = None


CHANNEL = "wechat_kefu"
"""The kind of channel, as it stands in `Visit.channel`."""


def contact_of(inbox: str, external_userid: str) -> str:
    """联系身份: a WeChat user in one account. Reversible, so that no table has to say who is meant."""
    return f"kf.{inbox}.{external_userid}"


def user_of(contact: str) -> tuple[str, str]:
    """(inbox, external_userid) of `contact_of`."""
    _, inbox, user = contact.split(".", 2)
    return inbox, user
