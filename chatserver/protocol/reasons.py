"""The words in which an assignment is explained, in each language: from the reason that was logged with it.

No decision is made here, and nothing is judged: what the log says is what is told, even where today's rules would
decide otherwise.
"""

from collections.abc import Callable, Iterator
from typing import Literal

from chatserver.dispatch import events as e
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
        Strategy.LEAST_ASSIGNED: "fewest assigned in the window",
        Strategy.LEAST_INBOUND: "fewest inbound in the window",
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
        "channel_off": "未开通该渠道的自动分配",
        "channel_full": "已达该渠道最大会话数",
    },
    "en": {
        "other_group": "not in the group",
        "handed_over": "handed it over",
        "off_duty": "off duty",
        "not_ready": "not taking new conversations",
        "full": "at the maximum",
        "channel_off": "not given this channel",
        "channel_full": "at the maximum of this channel",
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
        "accepted": "{agent} 已接入",
        "not_accepted": "{agent} 未接入，继续排队",
        "overflowed": "溢出到服务组 {group}",
        "priority": "排队优先级：{priority}",
        "vip": "排队优先级：{priority}（含 VIP {vip} 级）",
        "below_min": "低于最小会话数的座席排在最前",
        "missed": "此前未接入，排在最后：{agents}",
        "ranked": "可接待 {eligible} 人，顺序：{ranked}",
        "best": "可接待 {eligible} 人，最前的几位：{ranked}",
        "none": "可接待 0 人",
        "rejected": "不可接待：{rejected}",
        "full": "未进入队列：排队人数已达上限",
        "nobody": "未进入队列或离开队列：该服务组无人值班",
        "nothing": "日志中没有该会话的分配记录：{conversation}",
        "comma": "，",
        "because": "{agent}（{cause}）",
        "counted": "{cause} {count} 人",
    },
    "en": {
        "to": "assigned to {agent}",
        "offered": "offered to {agent} for {seconds} seconds",
        "group": "Group: {group}",
        "strategy": "Rule: the best by the strategy “{strategy}”",
        "returning": "Rule: a returning visitor, back to the agent of last time (strategy “{strategy}”)",
        "taken": "Rule: taken by hand",
        "transferred": "Rule: transferred by a colleague",
        "accepted": "{agent} accepted",
        "not_accepted": "{agent} did not accept; the visitor waits on",
        "overflowed": "sent on to the group {group}",
        "priority": "Priority in the queue: {priority}",
        "vip": "Priority in the queue: {priority} (with VIP level {vip})",
        "below_min": "Agents below their minimum come first",
        "missed": "Missed an offer before and came last: {agents}",
        "ranked": "{eligible} eligible, in this order: {ranked}",
        "best": "{eligible} eligible, the first of them: {ranked}",
        "none": "0 eligible",
        "rejected": "Not eligible: {rejected}",
        "full": "not kept: the queue had reached its limit",
        "nobody": "not kept: nobody of the group was on duty",
        "nothing": "The log holds no assignment of this conversation: {conversation}",
        "comma": ", ",
        "because": "{agent} ({cause})",
        "counted": "{count} {cause}",
    },
}

Name = Callable[[str], str]
"""An id -> how people call it."""

Assignment = e.Matched | e.Offered


def story(event: e.AnyEvent, agent: Name, group: Name, locale: Locale) -> list[str]:
    """One line that says what happened, and those that say why; none for what is no decision about a visitor."""
    said = SAID[locale]
    match event:
        case e.Matched():
            return [said["to"].format(agent=agent(event.agent)), *reason(event, agent, group, locale)]
        case e.Offered():
            asked = said["offered"].format(agent=agent(event.agent), seconds=event.seconds)
            return [asked, *reason(event, agent, group, locale)]
        case e.OfferAccepted():
            return [said["accepted"].format(agent=agent(event.agent))]
        case e.OfferEnded() if event.waits:
            return [said["not_accepted"].format(agent=agent(event.agent))]
        case e.Overflowed():
            from_group = said["group"].format(group=group(event.group))
            return [said["overflowed"].format(group=group(event.waiting.group)), from_group]
        case e.TurnedAway():
            return [said[event.reason], said["group"].format(group=group(event.group))]
        case _:
            return []


def reason(event: Assignment, agent: Name, group: Name, locale: Locale) -> list[str]:
    """The logged reason, a line each: group, rule, priority, order of the eligible, why the others were not."""
    said, r = SAID[locale], event.reason
    lines = [
        said["group"].format(group=group(event.group)),
        said[r.rule].format(strategy=STRATEGY[locale].get(r.strategy, r.strategy.value)),
    ]
    if r.priority:
        lines.append(said["vip" if r.vip else "priority"].format(priority=r.priority, vip=r.vip))
    if r.below_min:
        lines.append(said["below_min"])
    if r.missed:
        lines.append(said["missed"].format(agents=said["comma"].join(map(agent, r.missed))))
    order = "none" if not r.ranked else "ranked" if len(r.ranked) == r.eligible else "best"
    lines.append(said[order].format(eligible=r.eligible, ranked=" > ".join(map(agent, r.ranked))))
    if others := [*_others(r, agent, locale)]:
        lines.append(said["rejected"].format(rejected=said["comma"].join(others)))
    return lines


def _others(r: e.Reason, agent: Name, locale: Locale) -> Iterator[str]:
    """Why the others of the group were not eligible: one by one, or counted where they are many."""
    said, causes = SAID[locale], CAUSE[locale]
    for id, why in r.rejected.items():
        yield said["because"].format(agent=agent(id), cause=causes.get(why, why))
    for why, count in r.causes.items():
        yield said["counted"].format(cause=causes.get(why, why), count=count)
