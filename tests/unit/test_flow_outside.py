"""机器人与接口调用: what is proved of them before a flow is published, and where a walk goes with their answers."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from chatserver.dispatch.settings import Group
from chatserver.flow.condition import Clause
from chatserver.flow.form import FormField
from chatserver.flow.interpreter import (
    BotReply,
    answer,
    bot_answered,
    enter,
    failed,
    wants_person,
    webhook_answered,
)
from chatserver.flow.model import (
    AnyNode,
    Bot,
    Branch,
    Condition,
    End,
    Flow,
    Hours,
    LeaveMessage,
    Menu,
    Option,
    Saved,
    Say,
    Start,
    ToGroup,
    Webhook,
)
from chatserver.flow.problem import Known
from chatserver.flow.problem import ProblemCode as P
from chatserver.flow.step import BotAsked, BotListens, Ended, Facts, Said, Suggested, WebhookAsked
from chatserver.flow.validate import check, problems
from chatserver.hours.check import constant
from chatserver.hours.model import WEEKDAYS, Calendar, Holiday, Interval, SpecialDay, Week
from chatserver.settings.model import Settings
from chatserver.settings.validate import known_to_flows

FACTS = Facts(datetime(2026, 5, 6, 10, tzinfo=UTC), {})
BOT = Bot(id="bot", bot="b", text="您好", max_misses=2, max_turns=3, handoff="desk", failed="end")
GOLD = (Branch(when=(Clause(fact="answer:level", value="gold"),), next="desk"),)
LEVEL = (Saved(path="data.level", key="level", label="等级"),)
HOOK = Webhook(id="hook", url="https://crm.example.com/level", save=LEVEL, next="if", failed="end")
SOUND: tuple[AnyNode, ...] = (
    Start(id="start", next="menu"),
    Menu(
        id="menu", text="?", options=(Option(key="1", label="问", next="bot"), Option(key="2", label="查", next="hook"))
    ),
    BOT,
    HOOK,
    Condition(id="if", branches=GOLD, otherwise="end"),
    ToGroup(id="desk", group="sales", otherwise="leave"),
    End(id="end"),
    LeaveMessage(id="leave", text="请留言", fields=(FormField(key="tel", label="电话", kind="tel"),)),
)
KNOWN = Known(groups=frozenset({"sales", "service"}), calendars=frozenset({"office"}), bots=frozenset({"b"}))


def flow(*changes: AnyNode) -> Flow:
    by_id = {node.id: node for node in SOUND} | {node.id: node for node in changes}
    return Flow(id="f", name="流程", nodes=tuple(by_id.values()))


def changed(node: AnyNode, **parts: Any) -> Flow:
    return flow(msgspec.structs.replace(node, **parts))


def test_a_flow_with_a_bot_and_a_webhook_is_sound() -> None:
    assert problems(flow(), KNOWN) == []


@pytest.mark.parametrize(
    ("wrong", "path", "code"),
    [
        (changed(BOT, bot="x"), "$.nodes[2].bot", P.BOT_UNKNOWN),
        (changed(BOT, handoff=""), "$.nodes[2].handoff", P.EDGE_UNSET),
        (changed(BOT, failed="x"), "$.nodes[2].failed", P.EDGE_UNKNOWN),
        (changed(HOOK, url=""), "$.nodes[3].url", P.URL_INVALID),
        (changed(HOOK, url="ftp://example.com"), "$.nodes[3].url", P.URL_INVALID),
        (changed(HOOK, url="https://me:pw@example.com"), "$.nodes[3].url", P.URL_INVALID),
        (changed(HOOK, save=(*LEVEL, *LEVEL)), "$.nodes[3].save[1].key", P.KEY_REPEATED),
        (changed(HOOK, save=(*LEVEL, Saved(path=" ", key="x"))), "$.nodes[3].save[1].path", P.FIELD_EMPTY),
        (changed(HOOK, failed="hook"), "$.nodes[3]", P.LOOP),
        (changed(HOOK, save=()), "$.nodes[4].branches[0].when[0].fact", P.ANSWER_UNKNOWN),
    ],
)
def test_each_mistake_is_found_at_its_place(wrong: Flow, path: str, code: P) -> None:
    assert [(p.path, p.code) for p in problems(wrong, KNOWN)] == [(path, code)]


def test_a_server_that_never_answers_must_not_hold_anybody_for_ever() -> None:
    """Which way a webhook goes is in nobody's hand: both must lead somewhere."""
    trap = Menu(id="trap", text="?", options=(Option(key="1", label="再来", next="trap"),))
    lost = flow(msgspec.structs.replace(HOOK, failed="trap"), trap)
    assert {(p.node, p.code) for p in problems(lost, KNOWN)} == {("trap", P.DEAD_END)}


WEEK = Week(**dict.fromkeys(WEEKDAYS, (Interval(start="00:00", end="24:00"),)))
HOURS = Hours(id="bot", calendar="office", open="desk", closed="end")
INBOX = Condition(id="if", branches=(Branch(when=(Clause(fact="inbox", value="gone"),), next="desk"),), otherwise="end")
LEAVE = SOUND[7]
CHANNEL = Clause(fact="channel", op="one_of", value=("Web", "wechat"))
BY_CHANNEL = msgspec.structs.replace(INBOX, branches=(Branch(when=(CHANNEL,), next="desk"),))
WARNED = [
    (flow(HOURS), {"constant": {"office": True}}, "$.nodes[2].calendar", P.ALWAYS_OPEN),
    (flow(HOURS), {"constant": {"office": False}}, "$.nodes[2].calendar", P.NEVER_OPEN),
    (flow(), {"staffed": frozenset({"service"})}, "$.nodes[5].group", P.GROUP_UNSTAFFED),
    (flow(INBOX), {"inboxes": frozenset({"web"})}, "$.nodes[4].branches[0].when[0].value", P.INBOX_UNKNOWN),
    (flow(BY_CHANNEL), {"channels": frozenset({"web"})}, "$.nodes[4].branches[0].when[0].value", P.CHANNEL_UNKNOWN),
    (changed(LEAVE, group="service"), {"staffed": frozenset({"sales"})}, "$.nodes[7].group", P.GROUP_UNSTAFFED),
    (flow(), {"patient": frozenset({"sales"})}, "$.nodes[5].group", P.HOURS_NOT_ASKED),
]


@pytest.mark.parametrize(("suspect", "known", "path", "code"), WARNED)
def test_what_may_be_meant_is_warned_of_and_does_not_keep_anybody_from_publishing(
    suspect: Flow, known: dict[str, Any], path: str, code: P
) -> None:
    """S1-3.1a: a group that nobody staffs; S1-12.3a: hours that never begin or never end."""
    found = check(suspect, msgspec.structs.replace(KNOWN, **known))
    assert [(p.path, p.code, p.severity) for p in found] == [(path, code, "warning")]
    assert problems(suspect, msgspec.structs.replace(KNOWN, **known)) == []
    assert check(suspect, KNOWN) == []


def at_night(desk: AnyNode, *before: AnyNode) -> list[tuple[str, P]]:
    """The warnings of a flow that leads to `desk`, by way of the nodes before it."""
    ways = (*before, desk, End(id="end"), LEAVE)
    drawn = Flow(id="f", name="流程", nodes=(Start(id="start", next=ways[0].id), *ways))
    return [(p.path, p.code) for p in check(drawn, KNOWN) if p.code is not P.UNREACHABLE]


def test_a_group_reached_at_any_hour_must_leave_those_a_form_whom_nobody_serves() -> None:
    """S1-5.1.1a: what is not covered by the service hours is found before visitors find it."""
    silent = ToGroup(id="desk", group="sales", otherwise="end")
    assert at_night(silent) == [("$.nodes[1].otherwise", P.HOURS_NOT_ASKED)]
    assert at_night(msgspec.structs.replace(silent, otherwise="leave")) == []
    menu = Menu(id="menu", text="?", options=(Option(key="1", label="问", next="desk"),))
    assert at_night(silent, menu) == [("$.nodes[2].otherwise", P.HOURS_NOT_ASKED)]


@pytest.mark.parametrize(
    "clock",
    [
        Hours(id="clock", calendar="office", open="desk", closed="leave"),
        Condition(
            id="clock",
            branches=(Branch(when=(Clause(fact="hour", op="at_least", value=9),), next="desk"),),
            otherwise="leave",
        ),
    ],
    ids=["hours", "condition"],
)
def test_where_the_flow_has_asked_the_clock_it_knows_what_it_does(clock: AnyNode) -> None:
    silent = ToGroup(id="desk", group="sales", otherwise="end")
    assert at_night(silent, clock) == []
    beside = Menu(
        id="menu",
        text="?",
        options=(Option(key="1", label="问", next="clock"), Option(key="2", label="急", next="desk")),
    )
    assert at_night(silent, beside, clock) == [("$.nodes[3].otherwise", P.HOURS_NOT_ASKED)]
    only = "closed" if isinstance(clock, Hours) else "otherwise"
    nowhere_else = msgspec.structs.replace(clock, **{only: "desk"})
    assert at_night(silent, nowhere_else) == [("$.nodes[2].otherwise", P.HOURS_NOT_ASKED)], "nobody was asked"


def test_a_group_that_waits_only_so_long_leads_on_like_one_that_turns_away() -> None:
    """Whoever waits in vain comes to the form; without a limit nobody does."""
    ever, a_while = Group(id="for ever", name="a", when_nobody="wait"), Group(id="b", name="b", when_nobody="wait")
    groups = (ever, msgspec.structs.replace(a_while, wait_limit=60), Group(id="not", name="c"))
    assert known_to_flows(Settings(groups=groups)).patient == {"for ever"}


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({}, False),
        ({"regular": WEEK}, True),
        ({"regular": Week(mon=(Interval(start="09:00", end="18:00"),))}, None),
        ({"regular": Week(mon=(Interval(start="09:00", end="09:00"),))}, False),
        ({"regular": WEEK, "holidays": (Holiday(first=FACTS.now.date()),)}, None),
        ({"special": (SpecialDay(day=FACTS.now.date(), intervals=(Interval(start="10:00", end="12:00"),)),)}, None),
        ({"special": (SpecialDay(day=FACTS.now.date()),)}, False),
    ],
)
def test_a_calendar_that_never_opens_or_never_closes_is_known(parts: dict[str, Any], expected: bool | None) -> None:
    assert constant(Calendar(id="c", name="c", **parts)) is expected


@pytest.mark.parametrize(
    ("said", "wants"),
    [
        ("人工", True),
        (" 人 工 。", True),
        ("请帮我转人工！", True),
        ("人工服务在吗", True),
        ("人工智能手表多少钱", False),
        ("真人", True),
        ("是真人吗", False),
        ("转 人 工", True),
        ("", False),
    ],
)
def test_a_person_is_asked_for_by_a_short_word_alone_or_a_longer_one_anywhere(said: str, wants: bool) -> None:
    """S1-5.1.1e"""
    assert wants_person(BOT, said) is wants


def test_a_bot_greets_listens_and_is_asked_what_the_visitor_writes() -> None:
    arrived = answer(flow(), "menu", "1", FACTS)
    assert (arrived.node, arrived.outputs) == ("bot", (Said("您好"), BotListens()))
    asked = answer(flow(), "bot", "怎么退货", FACTS, misses=1, turns=1)
    assert (asked.outputs, asked.misses, asked.turns, asked.moves) == ((BotAsked("b", "怎么退货", 10),), 1, 1, False)


def test_words_with_which_a_visitor_comes_are_the_bots_first_question() -> None:
    first = msgspec.structs.replace(flow(), nodes=(Start(id="start", next="bot"), *SOUND[2:]))
    came = enter(first, FACTS, "怎么退货")
    assert (came.node, came.outputs, came.through) == (
        "bot",
        (Said("您好"), BotAsked("b", "怎么退货", 10)),
        ("start",),
    )
    wanted = enter(first, FACTS, "转人工")
    assert (wanted.node, wanted.through) == ("desk", ("start", "bot"))
    assert enter(flow(), FACTS, "1").node == "menu"  # no answer to a question that nobody has asked yet


def test_the_bot_is_left_after_misses_in_a_row_after_all_its_turns_or_by_its_own_word() -> None:
    known = BotReply(text="可以", suggestions=("运费", " 到 账 "))
    step = bot_answered(flow(), "bot", known, FACTS, misses=1, turns=0)
    suggested = Suggested("可以", (("1", "运费"), ("2", "到 账")))
    assert (step.outputs, step.misses, step.turns) == ((suggested, BotListens()), 0, 1)
    unsure = BotReply(text="没听懂", understood=False)
    assert bot_answered(flow(), "bot", unsure, FACTS).node == "bot"
    second = bot_answered(flow(), "bot", unsure, FACTS, misses=1, turns=1)
    assert (second.node, second.outputs[0]) == ("desk", Said("没听懂"))
    assert bot_answered(flow(), "bot", BotReply(text="好"), FACTS, turns=2).node == "desk"
    silent = bot_answered(flow(), "bot", BotReply(handoff=True), FACTS)
    assert (silent.node, len(silent.outputs)) == ("desk", 1)


def test_without_an_edge_of_its_own_a_broken_bot_hands_over() -> None:
    assert failed(flow(), "bot", FACTS).node == "end"
    assert failed(changed(BOT, failed=None), "bot", FACTS).node == "desk"
    assert failed(flow(), "hook", FACTS).outputs == (Ended(""),)


def test_what_a_server_answers_decides_and_is_kept_under_its_name() -> None:
    assert answer(flow(), "menu", "2", FACTS).outputs == (WebhookAsked(5),)
    gold = webhook_answered(flow(), "hook", {"level": "gold", "other": "x"}, FACTS)
    assert (gold.node, [(k.key, k.label, k.value) for k in gold.answered]) == ("desk", [("level", "等级", "gold")])
    assert webhook_answered(flow(), "hook", {}, FACTS).node == "end"
    say = Say(id="if", text="查到了", next="end")
    assert webhook_answered(flow(say), "hook", {}, FACTS).through == ("if",)
