"""THE permission table. Every wire input and every HTTP route names one row of it, or `PUBLIC`.

A permission is held with a scope: `own` (what is assigned to me) < `group` (what belongs to my groups) < `all`.
"""

from enum import IntEnum

import msgspec


class Scope(IntEnum):
    """How far a permission reaches; a larger scope includes the smaller ones."""

    OWN = 1
    GROUP = 2
    ALL = 3


class Permission(msgspec.Struct, frozen=True):
    """One row: a stable key and the words of the role editor."""

    key: str
    title: str
    description: str


CONVERSATION_READ = Permission("conversation.read", "查看会话", "Read conversations and their history.")
CONVERSATION_REPLY = Permission("conversation.reply", "回复会话", "Write to visitors and add notes.")
CONVERSATION_TAKE = Permission("conversation.take", "抢接会话", "Take a waiting visitor by hand.")
CONVERSATION_TRANSFER = Permission("conversation.transfer", "转接会话", "Hand conversations to colleagues or groups.")
CONVERSATION_CLOSE = Permission("conversation.close", "结束会话", "End conversations.")
AGENT_READ = Permission("agent.read", "查看座席", "See colleagues, their status and load.")
AGENT_STATUS = Permission("agent.status", "切换座席状态", "Change the status of agents.")
SETTINGS_READ = Permission("settings.read", "查看设置", "Read the workspace's settings and flows.")
SETTINGS_WRITE = Permission("settings.write", "修改设置", "Change the workspace's settings and flows.")

PERMISSIONS: tuple[Permission, ...] = (
    CONVERSATION_READ,
    CONVERSATION_REPLY,
    CONVERSATION_TAKE,
    CONVERSATION_TRANSFER,
    CONVERSATION_CLOSE,
    AGENT_READ,
    AGENT_STATUS,
    SETTINGS_READ,
    SETTINGS_WRITE,
)

PUBLIC = None
"""In place of a permission: anybody may, logged in or not."""
