"""All that an administrator may change while the server runs, in one struct; each part is defined where it acts."""

from typing import Annotated

import msgspec
from msgspec import Meta

from chatserver.access.roles import Role
from chatserver.agents.settings import AgentSettings
from chatserver.bots.settings import RuleBot
from chatserver.channels.web.settings import Inbox
from chatserver.channels.wechat_kefu.settings import KefuInbox
from chatserver.conversation.settings import ConversationSettings
from chatserver.dispatch.settings import Group
from chatserver.flow.model import Flow
from chatserver.hours.model import Calendar, StartTime
from chatserver.media.settings import MediaSettings
from chatserver.suite.leave_messages.settings import LeaveMessageSettings


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """企业设置."""

    name: Annotated[str, Meta(min_length=1, max_length=100, title="企业名称")] = "在线客服"
    timezone: Annotated[
        str, Meta(max_length=64, title="时区", description="Where the day begins at midnight, for daily counts.")
    ] = "Asia/Shanghai"
    shifts: Annotated[
        tuple[StartTime, ...],
        Meta(
            min_length=1,
            max_length=24,
            title="班次开始时间",
            description="When the counts of least_assigned and least_inbound begin anew: at 00:00 alone to count by the"
            " day, at the beginning of each shift to count by shifts.",
        ),
    ] = ("00:00",)
    conversation: ConversationSettings = ConversationSettings()
    agents: AgentSettings = AgentSettings()
    groups: Annotated[tuple[Group, ...], Meta(max_length=1_000, title="服务组")] = ()
    roles: Annotated[
        tuple[Role, ...],
        Meta(max_length=100, title="角色", description="Roles of the workspace's own, and changed built-in ones."),
    ] = ()
    calendars: Annotated[tuple[Calendar, ...], Meta(max_length=100, title="服务时间")] = ()
    flows: Annotated[tuple[Flow, ...], Meta(max_length=200, title="流程")] = ()
    bots: Annotated[tuple[RuleBot, ...], Meta(max_length=50, title="机器人")] = ()
    inboxes: Annotated[tuple[Inbox, ...], Meta(max_length=500, title="接入")] = ()
    kefu: Annotated[
        tuple[KefuInbox, ...],
        Meta(max_length=500, title="微信客服接入", extra_json_schema={"x-english": "WeChat Kefu"}),
    ] = ()
    leave_messages: LeaveMessageSettings = LeaveMessageSettings()
    media: MediaSettings = MediaSettings()

    @property
    def ways(self) -> tuple[Inbox | KefuInbox, ...]:
        """接入 of all channels: every way in."""
        return (*self.inboxes, *self.kefu)
