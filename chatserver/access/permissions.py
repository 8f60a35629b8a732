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
    """One row: a stable key and the words of the role editor. `whole`: it is about what is neither somebody's nor a
    group's, so that only `all` of it is anything."""

    key: str
    title: str
    description: str
    whole: bool = False

    @property
    def scopes(self) -> tuple[Scope, ...]:
        """How far it can reach."""
        return (Scope.ALL,) if self.whole else tuple(Scope)


CONVERSATION_READ = Permission("conversation.read", "查看会话", "Read conversations and their history.")
CONVERSATION_REPLY = Permission("conversation.reply", "回复会话", "Write to visitors and add notes.")
CONVERSATION_TAKE = Permission("conversation.take", "抢接会话", "Take a waiting visitor by hand.")
CONVERSATION_TRANSFER = Permission("conversation.transfer", "转接会话", "Hand conversations to colleagues or groups.")
CONVERSATION_CLOSE = Permission("conversation.close", "结束会话", "End conversations.")
CONVERSATION_TAKE_OVER = Permission("conversation.take_over", "强制接管", "Take over what a colleague serves.")
CONVERSATION_RECORD = Permission("conversation.record", "填写服务记录", "Tag conversations and sum them up.")
CONVERSATION_READ_RECALLED = Permission(
    "conversation.read_recalled", "查看撤回内容", "See what a line said before it was taken back."
)
CONVERSATION_EXPLAIN = Permission("conversation.explain", "查看分配原因", "See why a conversation went to whom.")
VISITOR_BAN = Permission("visitor.ban", "拉黑访客", "Keep visitors out, for a time or for good.")
CONTACT_READ = Permission("contact.read", "查看访客历史", "See visitors and all of their conversations.")
CONTACT_EDIT = Permission("contact.edit", "编辑访客资料", "Set what is remembered of visitors.")
CONTACT_MARK = Permission("contact.mark", "设置访客等级", "Say which visitors are VIPs.")
AGENT_READ = Permission("agent.read", "查看座席", "See colleagues, their status and load.")
AGENT_STATUS = Permission("agent.status", "切换座席状态", "Change the status of agents.")
AGENT_NICKNAME = Permission("agent.nickname", "修改对外昵称", "Change the name that visitors see.")
AGENT_PASSWORD = Permission("agent.password", "修改密码", "Change passwords; one's own with the present one.")
AGENT_MANAGE = Permission("agent.manage", "管理座席", "Make, import, change and deactivate agents.")
ROLE_MANAGE = Permission("role.manage", "管理角色", "Make and change roles, never beyond what one holds oneself.", True)
TAG_READ = Permission("tag.read", "查看标签", "See the tags of the workspace.")
TAG_MANAGE = Permission("tag.manage", "管理标签", "Make, change and delete tags.", True)
FORM_READ = Permission("form.read", "查看表单模板", "See the form templates with which service is recorded.")
FORM_MANAGE = Permission("form.manage", "管理表单模板", "Make, change and delete form templates.", True)
QUICK_REPLY_USE = Permission("quick_reply.use", "使用快捷回复", "Use quick replies, and keep some of one's own.")
QUICK_REPLY_MANAGE = Permission("quick_reply.manage", "管理公共快捷回复", "Change the quick replies that all share.")
LEAVE_MESSAGE_READ = Permission("leave_message.read", "查看留言", "Read the messages that visitors left.")
LEAVE_MESSAGE_MANAGE = Permission("leave_message.manage", "处理留言", "Assign, answer and close what visitors left.")
REPORT_READ = Permission("report.read", "查看统计", "See figures and the rows behind them.")
REPORT_EXPORT = Permission("report.export", "导出统计", "Download figures as CSV or XLSX.")
WALL_READ = Permission("wall.read", "查看实时大屏", "See live who waits, who serves, and how today is going.")
SETTINGS_READ = Permission("settings.read", "查看设置", "Read the workspace's settings and flows.", True)
SETTINGS_WRITE = Permission("settings.write", "修改设置", "Change the workspace's settings and flows.", True)
KEY_MANAGE = Permission("key.manage", "管理接口密钥", "Make and revoke the keys of programs.", True)
INTEGRATION_MANAGE = Permission(
    "integration.manage", "管理对接", "Decide which other servers are told what happens.", True
)

CHANNEL_MANAGE = Permission("channel.manage", "管理接入渠道", "Bind accounts of other channels, such as WeChat.", True)

PERMISSIONS: tuple[Permission, ...] = (
    CONVERSATION_READ,
    CONVERSATION_REPLY,
    CONVERSATION_TAKE,
    CONVERSATION_TRANSFER,
    CONVERSATION_CLOSE,
    CONVERSATION_TAKE_OVER,
    CONVERSATION_RECORD,
    CONVERSATION_READ_RECALLED,
    CONVERSATION_EXPLAIN,
    VISITOR_BAN,
    CONTACT_READ,
    CONTACT_EDIT,
    CONTACT_MARK,
    AGENT_READ,
    AGENT_STATUS,
    AGENT_NICKNAME,
    AGENT_PASSWORD,
    AGENT_MANAGE,
    ROLE_MANAGE,
    TAG_READ,
    TAG_MANAGE,
    FORM_READ,
    FORM_MANAGE,
    QUICK_REPLY_USE,
    QUICK_REPLY_MANAGE,
    LEAVE_MESSAGE_READ,
    LEAVE_MESSAGE_MANAGE,
    REPORT_READ,
    REPORT_EXPORT,
    WALL_READ,
    SETTINGS_READ,
    SETTINGS_WRITE,
    KEY_MANAGE,
    INTEGRATION_MANAGE,
    CHANNEL_MANAGE,
)

PUBLIC = None
"""In place of a permission: anybody may, logged in or not."""
