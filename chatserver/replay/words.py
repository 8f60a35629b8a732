"""The words in which an assignment is explained, in each language. No decision is made here."""

from typing import Literal

from chatserver.dispatch.model import Strategy

Locale = Literal["zh-CN", "en"]

STRATEGY: dict[Locale, dict[Strategy, str]] = {
    "zh-CN": {
        Strategy.RETURNING_FIRST: "回头客优先",
        Strategy.ROUND_ROBIN: "轮流分配",
        Strategy.LEAST_ASSIGNED: "最小次数优先",
        Strategy.LEAST_INBOUND: "最小呼入次数优先",
        Strategy.LONGEST_IDLE: "最长空闲时间优先",
        Strategy.LONGEST_READY: "最长空闲状态优先",
        Strategy.LEAST_LOADED: "饱和度优先",
    },
    "en": {
        Strategy.RETURNING_FIRST: "returning visitors first",
        Strategy.ROUND_ROBIN: "round robin",
        Strategy.LEAST_ASSIGNED: "fewest assigned today",
        Strategy.LEAST_INBOUND: "fewest inbound today",
        Strategy.LONGEST_IDLE: "longest without a conversation",
        Strategy.LONGEST_READY: "longest in the ready status",
        Strategy.LEAST_LOADED: "least loaded",
    },
}

CAUSE: dict[Locale, dict[str, str]] = {
    "zh-CN": {
        "other_group": "不在该服务组",
        "handed_over": "刚由其转出",
        "off_duty": "不在线",
        "not_ready": "当前状态不接新会话",
        "full": "已达最大会话数",
    },
    "en": {
        "other_group": "not in the group",
        "handed_over": "handed it over",
        "off_duty": "off duty",
        "not_ready": "not taking new conversations",
        "full": "at the maximum",
    },
}
"""Why a seat was not eligible (`dispatch/eligibility.py`)."""

SAID: dict[Locale, dict[str, str]] = {
    "zh-CN": {
        "to": "分配给 {agent}",
        "offered": "询问 {agent} 是否接入（{seconds} 秒）",
        "group": "服务组：{group}",
        "strategy": "规则：按策略“{strategy}”选出",
        "returning": "规则：回头客，回到上次接待的座席（策略“{strategy}”）",
        "taken": "规则：座席抢接",
        "transferred": "规则：同事转接",
        "below_min": "低于最小会话数的座席优先，只在他们之中挑选",
        "ranked": "可接待 {eligible} 人，顺序：{ranked}",
        "rejected": "不可接待：{rejected}",
        "full": "未进入队列：排队人数已达上限",
        "nobody": "未进入队列或离开队列：该服务组无人值班",
        "nothing": "日志中没有该会话的分配记录：{conversation}",
        "comma": "，",
        "because": "{agent}（{cause}）",
    },
    "en": {
        "to": "assigned to {agent}",
        "offered": "offered to {agent} for {seconds} seconds",
        "group": "Group: {group}",
        "strategy": "Rule: the best by the strategy “{strategy}”",
        "returning": "Rule: a returning visitor, back to the agent of last time (strategy “{strategy}”)",
        "taken": "Rule: taken by hand",
        "transferred": "Rule: transferred by a colleague",
        "below_min": "Only agents below their minimum were candidates",
        "ranked": "{eligible} eligible, in this order: {ranked}",
        "rejected": "Not eligible: {rejected}",
        "full": "not kept: the queue had reached its limit",
        "nobody": "not kept: nobody of the group was on duty",
        "nothing": "The log holds no assignment of this conversation: {conversation}",
        "comma": ", ",
        "because": "{agent} ({cause})",
    },
}
