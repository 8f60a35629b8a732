"""座席: an employee's account as the product knows it. The password is not here: secrets never enter the log."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

AgentId = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_\-]+$(?!\n)")]

READY, BUSY, REST, OFFLINE = "ready", "busy", "rest", "offline"
"""座席状态: 空闲, 忙碌, 小休, 离线. Further ones are settings (`AgentSettings.statuses`)."""

BUILT_IN = (READY, BUSY, REST, OFFLINE)

WRAP_UP = "wrap_up"
"""整理: nobody chooses it; it follows a conversation, for as long as the profile says, and gives way to any choice."""

ChannelName = Annotated[str, Meta(min_length=1, max_length=64)]
"""The kind of adapter by which a visitor comes: web, h5, wechat_kefu."""


class Cause(StrEnum):
    """Why a status changed."""

    SIGNED_IN = "signed_in"
    CHOSEN = "chosen"
    SIGNED_OUT = "signed_out"
    CONNECTION_LOST = "connection_lost"
    CONNECTION_BACK = "connection_back"
    MISSED_OFFERS = "missed_offers"  # 连续未接
    DEACTIVATED = "deactivated"  # 停用
    WRAP_UP = "wrap_up"  # 会话结束，进入整理
    WRAPPED_UP = "wrapped_up"  # 整理结束


GONE = (Cause.CONNECTION_LOST, Cause.SIGNED_OUT, Cause.DEACTIVATED)
"""Why an agent is not there any more; who merely chose to be offline still is, for as long as a console is open."""


class Profile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an administrator says of an agent. `nickname` is what visitors see; `min`/`max` bound the conversations
    served at once: below `min` an agent is filled first, `max` is never passed, nor is `channel_max` in one channel.
    `auto_channels` are given automatically (null: all), others only by hand. For `wrap_up` seconds after a conversation
    nothing new is given. Whoever is not `active` cannot log in. `welcome` is said instead of the workspace's; `{agent}`
    and `{visitor}` are the names."""

    account: Annotated[str, Meta(min_length=1, max_length=128, title="账号")]
    name: Annotated[str, Meta(min_length=1, max_length=64, title="姓名")]
    nickname: Annotated[str, Meta(min_length=1, max_length=64, title="对外昵称")]
    avatar: Annotated[str, Meta(max_length=500, title="头像")] = ""
    roles: Annotated[tuple[str, ...], Meta(min_length=1, max_length=20, title="角色")] = ("agent",)
    groups: Annotated[tuple[str, ...], Meta(max_length=200, title="服务组")] = ()
    min: Annotated[int, Meta(ge=0, le=200, title="最小会话数量")] = 0
    max: Annotated[int, Meta(ge=1, le=200, title="最大会话数量")] = 5
    auto_channels: Annotated[tuple[ChannelName, ...], Meta(max_length=50, title="自动分配会话类型")] | None = None
    channel_max: Annotated[
        dict[ChannelName, Annotated[int, Meta(ge=0, le=200)]], Meta(max_length=50, title="各渠道最大会话数量")
    ] = {}
    active: Annotated[bool, Meta(title="启用")] = True
    welcome: Annotated[str, Meta(max_length=500, title="欢迎语")] = ""
    initial_status: Annotated[str, Meta(max_length=64, title="初始登录状态")] = READY
    wrap_up: Annotated[int, Meta(ge=0, le=3_600, title="整理时长")] = 0


class Agent(msgspec.Struct, frozen=True, kw_only=True):
    """The state that `evolve` folds. `devices` are the consoles connected now; `lost_at` is since when there is none,
    while the agent is waited for; `resume` the status to come back to after a lost connection or a wrap-up, which lasts
    until `wrap_until`. `misses` counts the offers missed one after the other."""

    id: str
    version: int = 0
    profile: Profile | None = None
    status: str = OFFLINE
    status_since: datetime | None = None
    cause: Cause | None = None
    devices: frozenset[str] = frozenset()
    lost_at: datetime | None = None
    resume: str | None = None
    wrap_until: datetime | None = None
    misses: int = 0

    @property
    def present(self) -> bool:
        """Whether the agent is there, or is waited for: only whoever is present has conversations."""
        return self.status != OFFLINE or bool(self.devices) or self.lost_at is not None
