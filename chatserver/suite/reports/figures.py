"""THE table of figures: what each is called, what it means, and what it is made of. Nothing is counted elsewhere.

Times are in milliseconds, shares in percent. `docs`, forms and exports speak with the words that stand here.
"""

from typing import Literal

import msgspec

from chatserver.suite.reports.measures import How, Largest, Mean, Part, Quantile, Share, Total, Within
from chatserver.suite.reports.words import Words

Unit = Literal["count", "ms", "percent", "score"]


class Figure(msgspec.Struct, frozen=True):
    """One row. `means` says in a sentence what is counted, for people who act on it."""

    key: str
    title: Words
    unit: Unit
    how: How
    means: Words


_STEPS: Words = (
    "按档位统计, 取所在档的上限: 1、2、3、5、7、10、15、20、30、45、60 秒……, 因此只会偏高, 不会偏低",
    "Counted in steps (1, 2, 3, 5, 7, 10, 15, 20, 30, 45, 60 s and so on) and rounded up to the end of its step",
)

VOLUME: tuple[Figure, ...] = (
    Figure("opened", ("会话量", "Conversations"), "count", Total(),
           ("期间开始的会话。", "Conversations that began in the period.")),
    Figure("queued", ("请求人工", "Asked for an agent"), "count", Total("queued"),
           ("进入过排队的会话, 含立即接入的。",
            "Conversations that reached a queue, those included that did not have to wait.")),
    Figure("served", ("人工接待", "Served"), "count", Total("served"),
           ("有座席接待过的会话。", "Conversations that an agent served.")),
    Figure("served_rate", ("接待率", "Share served"), "percent", Share("served", ("queued",)),
           ("人工接待 ÷ 请求人工。", "Served, of those that asked for an agent.")),
    Figure("abandoned", ("放弃排队", "Gave up waiting"), "count", Total("abandoned"),
           ("从未被接待, 最后一次排队由访客退出、结束或等到超时的会话。",
            "Conversations never served whose last wait the visitor left or ended, or that lasted too long.")),
    Figure("abandoned_rate", ("放弃率", "Share that gave up"), "percent", Share("abandoned", ("queued",)),
           ("放弃排队 ÷ 请求人工。", "Gave up waiting, of those that asked for an agent.")),
    Figure("turned_away", ("未能排队", "Turned away"), "count", Total("turned_away"),
           ("从未被接待, 因队列已满或无人在岗而未能排队的会话。",
            "Conversations never served because the queue was full or nobody was on duty.")),
    Figure("left_message", ("留言", "Left a message"), "count", Total("left_message"),
           ("访客提交了留言的会话。", "Conversations in which the visitor left a message.")),
    Figure("closed", ("已结束", "Ended"), "count", Total("closed"),
           ("现已结束的会话。", "Conversations that are over now.")),
    Figure("idle_closed", ("超时自动结束", "Ended by silence"), "count", Total("idle_closed"),
           ("因访客超时未回复而自动结束的会话。", "Conversations that ended because the visitor was silent.")),
    Figure("transfers", ("转接次数", "Transfers"), "count", Total("transfers"),
           ("转给其他座席或服务组的次数。", "Times that a conversation was handed to a colleague or a group.")),
    Figure("returns", ("座席离开次数", "Agents lost"), "count", Total("returns"),
           ("因座席离开而重新排队的次数。",
            "Times that a conversation went back to a queue because its agent was gone.")),
    Figure("reopened", ("重新打开次数", "Reopened"), "count", Total("reopened"),
           ("结束后又被访客重新打开的次数。", "Times that a visitor took up a conversation that had ended.")),
    Figure("visitor_messages", ("访客消息", "Visitors' messages"), "count", Total("visitor_messages"),
           ("访客发出的消息, 点选菜单算一条。", "Messages of visitors; a tap on a menu is one.")),
    Figure("agent_messages", ("座席消息", "Agents' messages"), "count", Total("agent_messages"),
           ("座席发给访客的消息, 不含备注。", "Messages of agents to visitors; notes are none.")),
    Figure("bot_messages", ("自动消息", "The flow's messages"), "count", Total("bot_messages"),
           ("流程和机器人发出的消息。", "Messages of flows and bots.")),
    Figure("rated_alone", ("未接人工的评价量", "Rated without an agent"), "count", Total("rated_alone"),
           ("没有座席接待、访客给出了评价的会话; 座席的评价见满意度报表。",
            "Conversations that were rated though no agent served; what agents got is in the report of satisfaction.")),
    Figure("score_alone_mean", ("未接人工的平均评分", "Mean score without an agent"), "score", Mean("score_alone"),
           ("上述评价的平均评分。", "The mean score of those.")),
)  # fmt: skip

WAITING: tuple[Figure, ...] = (
    Figure("waits", ("排队次数", "Waits"), "count", Total(),
           ("每次进入一个队列算一次, 不等待直接接入的也算; 直接转给某个座席不算。",
            "How often a queue was entered, even without having to wait; a transfer straight to an agent is none.")),
    Figure("served", ("接入", "Served"), "count", Total("served"),
           ("等到座席的排队。", "Waits that ended with an agent.")),
    Figure("served_rate", ("接入率", "Share served"), "percent", Share("served"),
           ("接入 ÷ 排队次数。", "Served, of all waits.")),
    Figure("abandoned", ("放弃", "Gave up"), "count", Total("abandoned"),
           ("访客退出排队、结束会话或等到超时的排队。",
            "Waits that ended because the visitor left or ended the conversation, or waited too long.")),
    Figure("abandoned_rate", ("放弃率", "Share that gave up"), "percent", Share("abandoned"),
           ("放弃 ÷ 排队次数。", "Gave up, of all waits.")),
    Figure("turned_away", ("未能排队", "Turned away"), "count", Total("turned_away"),
           ("因队列已满或无人在岗而结束的排队。",
            "Waits that ended because the queue was full or nobody was on duty.")),
    Figure("wait_mean", ("平均等待", "Mean wait"), "ms", Mean("wait_ms"),
           ("接入的排队从进入队列到座席接入的平均时长。",
            "From entering the queue to the agent, over the waits that were served.")),
    Figure("wait_p50", ("等待中位数", "Median wait"), "ms", Quantile("wait_ms", 0.5),
           (f"一半的接入等待不超过此时长。{_STEPS[0]}。", f"Half of the served did not wait longer. {_STEPS[1]}.")),
    Figure("wait_p90", ("等待 90 分位", "90 % wait at most"), "ms", Quantile("wait_ms", 0.9),
           (f"九成的接入等待不超过此时长。{_STEPS[0]}。", f"Nine of ten served did not wait longer. {_STEPS[1]}.")),
    Figure("wait_max", ("最长等待", "Longest wait"), "ms", Largest("wait_ms"),
           ("接入的排队中最长的等待。", "The longest wait that was served.")),
    Figure("within_20", ("20 秒接入率", "Served within 20 s"), "percent",
           Within("wait_ms", 20_000, ("served", "abandoned")),
           ("20 秒内接入 ÷ (接入 + 放弃)。", "Served within 20 s, of those served or given up.")),
    Figure("within_60", ("60 秒接入率", "Served within 60 s"), "percent",
           Within("wait_ms", 60_000, ("served", "abandoned")),
           ("60 秒内接入 ÷ (接入 + 放弃)。", "Served within 60 s, of those served or given up.")),
    Figure("gave_up_mean", ("平均放弃时长", "Mean patience"), "ms", Mean("gave_up_ms"),
           ("放弃的排队从进入队列到放弃的平均时长。", "From entering the queue to giving up.")),
)  # fmt: skip


def _response(served: tuple[str, ...]) -> tuple[Figure, ...]:
    """How fast, and for how long; `served` is what is 1 in the rows of those who were served, nothing if all were."""
    return (
        Figure("first_response_mean", ("平均首次响应", "Mean first response"), "ms", Mean("first_response_ms"),
               ("从分配到座席第一条消息的平均时长; 没有回复过的不计。",
                "From the assignment to the agent's first words; whoever never wrote does not count.")),
        Figure("first_response_p50", ("首次响应中位数", "Median first response"), "ms",
               Quantile("first_response_ms", 0.5),
               (f"一半的首次响应不超过此时长。{_STEPS[0]}。",
                f"Half of the first responses took no longer. {_STEPS[1]}.")),
        Figure("first_response_p90", ("首次响应 90 分位", "90 % first responses within"), "ms",
               Quantile("first_response_ms", 0.9),
               (f"九成的首次响应不超过此时长。{_STEPS[0]}。",
                f"Nine of ten first responses took no longer. {_STEPS[1]}.")),
        Figure("first_response_max", ("最长首次响应", "Longest first response"), "ms", Largest("first_response_ms"),
               ("最长的一次首次响应。", "The longest first response.")),
        Figure("first_within_60", ("60 秒首次响应率", "First response within 60 s"), "percent",
               Within("first_response_ms", 60_000, served),
               ("60 秒内首次响应 ÷ 接待量。", "First responses within 60 s, of all that were served.")),
        Figure("response_mean", ("平均响应", "Mean response"), "ms", Mean("response_ms", "responses"),
               ("从访客第一条未回复的消息 (或分配, 以较晚者为准) 到座席回复的平均时长, 含首次响应。",
                "From the visitor's first unanswered words, or the assignment if that is later, to the agent's reply; "
                "the first one included.")),
        Figure("response_max", ("最长响应", "Longest response"), "ms", Largest("response_max_ms"),
               ("最长的一次响应。", "The longest response.")),
        Figure("handle_mean", ("平均接待时长", "Mean time with agents"), "ms", Mean("handle_ms"),
               ("从分配到结束或转出的平均时长, 期间重新排队的时间不计。",
                "From the assignment to the end or the transfer; time back in a queue does not count.")),
        Figure("handle_max", ("最长接待时长", "Longest time with agents"), "ms", Largest("handle_ms"),
               ("最长的一次接待时长。", "The longest time with agents.")),
    )  # fmt: skip


RESPONSE: tuple[Figure, ...] = (
    Figure("served", ("接待量", "Served"), "count", Total("served"),
           ("有座席接待过的会话。", "Conversations that an agent served.")),
    *_response(("served",)),
)  # fmt: skip

SATISFACTION: tuple[Figure, ...] = (
    Figure("asked", ("邀评量", "Asked to rate"), "count", Total("asked"),
           ("向访客发出过评价邀请的数量。", "How often visitors were asked to rate.")),
    Figure("rated", ("评价量", "Rated"), "count", Total("rated"),
           ("访客给出评价的数量。", "How often they did.")),
    Figure("rated_rate", ("参评率", "Share that rated"), "percent", Share("rated", ("asked",)),
           ("评价量 ÷ 邀评量。", "Rated, of those that were asked.")),
    Figure("score_mean", ("平均评分", "Mean score"), "score", Mean("score", "rated"),
           ("评分的平均值, 只在评价等级相同的时期之间可比。",
            "The mean of the scores; compares only while the levels stay the same.")),
    Figure("good", ("好评量", "Good ratings"), "count", Total("good"),
           ("评分不低于最高等级五分之四的评价, 五级制即 4 分和 5 分。",
            "Ratings of at least four fifths of the best level: 4 and 5 of five.")),
    Figure("good_rate", ("好评率", "Share of good ratings"), "percent", Share("good", ("rated",)),
           ("好评量 ÷ 评价量。", "Good ratings, of all ratings.")),
)  # fmt: skip

REASONS: tuple[Figure, ...] = (
    Figure("chosen", ("选择次数", "Chosen"), "count", Total(),
           ("访客评价时选择该标签的次数; 一次评价可选多个标签, 各算一次。",
            "How often visitors chose the tag; a rating with several tags counts once for each.")),
    Figure("good", ("好评中选择", "With good ratings"), "count", Total("good"),
           ("好评中的选择次数。", "How often with a good rating.")),
    Figure("score_mean", ("平均评分", "Mean score"), "score", Mean("score"),
           ("选择了该标签的评价的平均评分。", "The mean score of the ratings with the tag.")),
)  # fmt: skip

AGENTS: tuple[Figure, ...] = (
    Figure("served", ("接待量", "Served"), "count", Total(),
           ("座席接待的次数; 一个会话由几位座席先后接待, 各算一次。",
            "How often agents served; a conversation that several served counts once for each.")),
    Figure("unanswered", ("未回复", "Without a reply"), "count", Total("unanswered"),
           ("已经结束而座席没有回复过的接待。", "Those that ended without a word of the agent.")),
    *_response(()),
    Figure("visitor_messages", ("访客消息", "Visitors' messages"), "count", Total("visitor_messages"),
           ("接待期间访客发出的消息。", "Messages of visitors while they were served.")),
    Figure("agent_messages", ("座席消息", "Own messages"), "count", Total("agent_messages"),
           ("接待期间该座席发出的消息。", "Messages of this agent while serving.")),
    Figure("transferred", ("转出", "Transferred"), "count", Total("transferred"),
           ("转给其他座席或服务组的接待。", "Those that were handed to a colleague or a group.")),
    Figure("lost", ("离开", "Left behind"), "count", Total("lost"),
           ("因该座席离开而重新排队的接待。", "Those that went back to a queue because the agent was gone.")),
    Figure("idle_closed", ("超时自动结束", "Ended by silence"), "count", Total("idle_closed"),
           ("因访客超时未回复而自动结束的接待。", "Those that ended because the visitor was silent.")),
)  # fmt: skip

OFFERS: tuple[Figure, ...] = (
    Figure("offered", ("询问次数", "Offered"), "count", Total(),
           ("询问座席是否接入的次数。", "How often agents were asked to take a conversation.")),
    Figure("accepted", ("接入", "Accepted"), "count", Total("accepted"),
           ("座席同意接入的次数。", "How often they said yes.")),
    Figure("accepted_rate", ("接入率", "Share accepted"), "percent",
           Share("accepted", ("accepted", "missed", "declined")),
           ("接入 ÷ (接入 + 未应答 + 拒绝); 访客先离开的不计。",
            "Accepted, of those that were accepted, missed or declined; not if the visitor left before.")),
    Figure("missed", ("未应答", "Missed"), "count", Total("missed"),
           ("到时未应答的次数。", "How often they did not answer in time.")),
    Figure("declined", ("拒绝", "Declined"), "count", Total("declined"),
           ("座席拒绝接入的次数。", "How often they said no.")),
    Figure("answer_mean", ("平均应答", "Mean time to answer"), "ms", Mean("answer_ms"),
           ("从询问到接入或拒绝的平均时长。", "From the offer to yes or no.")),
)  # fmt: skip

STATUS: tuple[Figure, ...] = (
    Figure("status_time", ("状态时长", "Time in the status"), "ms", Total("status_ms"),
           ("处于各状态的时长, 跨零点按天拆分; 离线时长在离线结束后计入。",
            "Time spent in statuses, cut at midnight; being offline counts once it is over.")),
    Figure("online_time", ("在线时长", "Time online"), "ms", Total("online_ms"),
           ("离线以外各状态的时长。", "Time in every status but offline.")),
    Figure("serving_time", ("接待时长", "Time serving"), "ms", Total("serving_ms"),
           ("至少有一个会话在接待的时长, 同时接待多个不重复计。",
            "Time with at least one conversation; several at once count once.")),
    Figure("utilisation", ("利用率", "Utilisation"), "percent", Part("serving_ms", "online_ms"),
           ("接待时长 ÷ 在线时长。", "Time serving, of the time online.")),
    Figure("peak", ("同时接待峰值", "Most at once"), "count", Largest("peak"),
           ("触及该期间的连续接待时段中, 同时接待会话数的最大值。",
            "The most conversations at once in the stretches of serving that touch the period.")),
)  # fmt: skip
