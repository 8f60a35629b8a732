"""What reports call things, in both languages: dimensions, and the codes that stand in their columns."""

from collections.abc import Mapping
from typing import Literal

Lang = Literal["zh-CN", "en"]

Words = tuple[str, str]
"""(zh-CN, en)."""

DIMENSIONS: Mapping[str, Words] = {
    "day": ("日期", "Day"),
    "hour": ("小时", "Hour"),
    "weekday": ("星期", "Weekday"),
    "inbox": ("接入", "Inbox"),
    "channel": ("渠道", "Channel"),
    "group": ("服务组", "Group"),
    "agent": ("座席", "Agent"),
    "reached": ("到达阶段", "Phase reached"),
    "lost": ("未接待原因", "Why not served"),
    "closed_by": ("结束方式", "Ended by"),
    "how": ("来源", "How it began"),
    "outcome": ("结果", "Outcome"),
    "rating": ("评分", "Rating"),
    "tag": ("评价标签", "Tag of the rating"),
    "what": ("时段类型", "Kind of stretch"),
    "status": ("座席状态", "Status"),
    "cause": ("状态变更原因", "Cause of the status"),
}

COLUMNS: Mapping[str, Words] = {
    "id": ("会话", "Conversation"),
    "conversation": ("会话", "Conversation"),
    "opened_at": ("开始时间", "Began at"),
    "queued_at": ("请求人工时间", "Asked for an agent at"),
    "assigned_at": ("接入时间", "Assigned at"),
    "closed_at": ("结束时间", "Ended at"),
    "began_at": ("开始时间", "Began at"),
    "ended_at": ("结束时间", "Ended at"),
    "wait_ms": ("等待时长", "Waited"),
    "gave_up_ms": ("放弃前等待", "Waited before giving up"),
    "answer_ms": ("应答时长", "Time to answer"),
    "first_response_ms": ("首次响应", "First response"),
    "response_max_ms": ("最长响应", "Longest response"),
    "handle_ms": ("接待时长", "Time with agents"),
    "visitor_messages": ("访客消息", "Visitor's messages"),
    "agent_messages": ("座席消息", "Agents' messages"),
    "transfers": ("转接次数", "Transfers"),
    "tags": ("评价标签", "Tags of the rating"),
    "comment": ("评价内容", "Comment"),
    "status_ms": ("状态时长", "Time in the status"),
    "online_ms": ("在线时长", "Time online"),
    "serving_ms": ("接待时长", "Time serving"),
    "peak": ("同时接待峰值", "Most at once"),
}
"""The columns that a file of rows has beside the dimensions, in this order. `_at` are instants, `_ms` durations; what
is only there to be added up is in no file."""

CODES: Mapping[str, Mapping[str, Words]] = {
    "weekday": {
        "1": ("周一", "Monday"),
        "2": ("周二", "Tuesday"),
        "3": ("周三", "Wednesday"),
        "4": ("周四", "Thursday"),
        "5": ("周五", "Friday"),
        "6": ("周六", "Saturday"),
        "7": ("周日", "Sunday"),
    },
    "reached": {
        "guided": ("仅自助", "The flow only"),
        "queued": ("排队", "A queue"),
        "serving": ("人工接待", "An agent"),
    },
    "lost": {
        "left": ("退出排队", "Left the queue"),
        "ended": ("排队中结束会话", "Ended while waiting"),
        "timeout": ("等待超时", "Waited too long"),
        "full": ("队列已满", "Queue full"),
        "nobody": ("无人在岗", "Nobody on duty"),
        "closed": ("座席结束", "Ended by an agent"),
    },
    "closed_by": {
        "agent": ("座席结束", "Agent"),
        "visitor": ("访客结束", "Visitor"),
        "idle": ("超时自动结束", "Silence"),
        "flow": ("流程结束", "Flow"),
    },
    "how": {
        "asked": ("访客请求", "Asked by the visitor"),
        "assigned": ("自动分配", "Assigned"),
        "offered": ("确认接入", "Offered and accepted"),
        "taken": ("抢接", "Taken by hand"),
        "transferred": ("转接", "Transferred"),
        "returned": ("座席离开后重新排队", "Back in the queue, its agent gone"),
        "reopened": ("重新打开", "Reopened"),
        "overflowed": ("溢出", "Overflowed"),
        "handed_back": ("转接退回", "Transfer came back"),
    },
    "outcome": {
        "served": ("已接待", "Served"),
        "left": ("退出排队", "Left the queue"),
        "ended": ("排队中结束会话", "Ended while waiting"),
        "timeout": ("等待超时", "Waited too long"),
        "full": ("队列已满", "Queue full"),
        "nobody": ("无人在岗", "Nobody on duty"),
        "overflowed": ("溢出到其他组", "Overflowed"),
        "handed_back": ("转接退回", "Transfer came back"),
        "closed": ("结束", "Ended"),
        "transferred": ("转出", "Transferred"),
        "lost": ("座席离开", "Agent gone"),
        "accepted": ("接入", "Accepted"),
        "missed": ("未应答", "Missed"),
        "declined": ("拒绝", "Declined"),
        "withdrawn": ("撤回", "Withdrawn"),
    },
    "what": {"status": ("状态", "Status"), "serving": ("接待中", "Serving")},
    "status": {
        "ready": ("空闲", "Ready"),
        "busy": ("忙碌", "Busy"),
        "rest": ("小休", "Rest"),
        "wrap_up": ("整理", "Wrap-up"),
        "offline": ("离线", "Offline"),
    },
    "cause": {
        "signed_in": ("登录", "Signed in"),
        "chosen": ("手动选择", "Chosen"),
        "signed_out": ("退出", "Signed out"),
        "connection_lost": ("断线", "Connection lost"),
        "connection_back": ("恢复连接", "Connection back"),
        "missed_offers": ("连续未接", "Missed offers"),
        "deactivated": ("停用", "Deactivated"),
        "wrap_up": ("会话结束，进入整理", "A conversation ended"),
        "wrapped_up": ("整理结束", "Wrap-up over"),
    },
}
"""Dimension -> code -> words. A code that is missing here speaks for itself: an id, a name, a date."""

NONE: Words = ("无", "None")
TOTAL: Words = ("合计", "Total")


def said(words: Words, lang: Lang) -> str:
    return words[0] if lang == "zh-CN" else words[1]
