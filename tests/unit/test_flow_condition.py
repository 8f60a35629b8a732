"""Visitors are led by what is known of them: each relation, each kind of fact, the clock of the node's own zone."""

from datetime import UTC, datetime

import pytest

from chatserver.conversation.content import Answer
from chatserver.conversation.guide import facts
from chatserver.conversation.model import Visit
from chatserver.conversation.settings import ConversationRules, ConversationSettings
from chatserver.flow.condition import KINDS, Clause, Fact, Op, Value, all_hold, clock, core, holds
from chatserver.flow.interpreter import Facts, enter
from chatserver.flow.model import Branch, Condition, End, Flow, Jump, Say, Start


def demand(fact: str, op: Op, value: Value) -> Clause:
    return Clause(fact=fact, op=op, value=value)


@pytest.mark.parametrize(
    ("fact", "op", "value", "true", "false"),
    [
        ("locale", "is", "zh-cn", "ZH-CN", "zh-TW"),
        ("answer:topic", "is", "退货", " 退货 ", "退货单"),
        ("answer:code", "is", "a1", "Ａ１", "a2"),
        ("referrer", "is", "", "", "https://a.example"),
        ("inbox", "is_not", "web", "app", "WEB"),
        ("page_url", "contains", "/Cart", "https://a.example/cart?x=1", "https://a.example/card"),
        ("page_url", "starts_with", "https://a.", "HTTPS://A.example", "http://b/?u=https://a."),
        ("channel", "one_of", ("wechat_kefu", "web"), "web", "we"),
        ("verified", "is", True, True, False),
        ("verified", "is_not", True, False, True),
        ("visits", "is", 3, 3, 4),
        ("visits", "at_least", 3, 3, 2),
        ("visits", "less_than", 3, 2, 3),
        ("hour", "one_of", (9, 18), 18, 10),
        ("answer:amt", "at_least", 1000, "1000.50", "999"),
        ("answer:amt", "less_than", 1000, "-5", "1000"),
        ("answer:amt", "is", 5, "5.0", "50"),
        ("answer:amt", "one_of", (5, 6), "06", "5.5"),
        ("answer:amt", "at_least", 0, "0", ""),
        ("weekday", "one_of", ("sat", "sun"), "sun", "mon"),
    ],
)
def test_each_relation_holds_of_what_it_says_and_of_nothing_else(
    fact: str, op: Op, value: Value, true: Fact, false: Fact
) -> None:
    clause = demand(fact, op, value)
    assert holds(clause, true)
    assert not holds(clause, false)


def test_all_clauses_of_a_branch_must_hold_and_none_hold_always() -> None:
    both = (demand("visits", "at_least", 2), demand("locale", "is", "en"))
    assert all_hold(both, {"visits": 2, "locale": "en"})
    assert not all_hold(both, {"visits": 1, "locale": "en"})
    assert not all_hold(both, {"visits": 2, "locale": "zh-CN"})
    assert all_hold((), {})


def test_what_was_never_asked_is_an_empty_answer() -> None:
    assert all_hold((demand("answer:topic", "is", ""), demand("answer:topic", "is_not", "退货")), {})
    assert not all_hold((demand("answer:topic", "contains", "退"),), {})


@pytest.mark.parametrize(
    ("zone", "hour", "weekday"),
    [("Asia/Shanghai", 0, "thu"), ("UTC", 16, "wed"), ("America/New_York", 12, "wed")],
)
def test_the_hour_and_the_day_are_those_on_the_wall(zone: str, hour: int, weekday: str) -> None:
    assert clock(datetime(2026, 5, 6, 16, 30, tzinfo=UTC), zone) == {"hour": hour, "weekday": weekday}


def fork(*branches: Branch, timezone: str = "UTC") -> Flow:
    node = Condition(id="if", branches=branches, otherwise="other", timezone=timezone)
    ends = tuple(End(id=id, text=id) for id in ("first", "second", "other"))
    back = (Jump(id="jump", node="say"), Say(id="say", text="稍等", next="first"))
    return Flow(id="f", name="流程", nodes=(Start(id="start", next="if"), node, *back, *ends))


def led(flow: Flow, hour: int = 10, **visit: Fact) -> str:
    return enter(flow, Facts(datetime(2026, 5, 6, hour, tzinfo=UTC), {}, visit)).node


def test_the_first_branch_that_holds_wins_and_without_one_the_other_way_is_taken() -> None:
    often = Branch(when=(demand("visits", "at_least", 2),), next="first")
    english = Branch(when=(demand("locale", "is", "en"),), next="second")
    flow = fork(often, english)
    assert led(flow, visits=2, locale="en") == "first"
    assert led(flow, visits=1, locale="en") == "second"
    assert led(flow, visits=1, locale="ja") == "other"


@pytest.mark.parametrize(("zone", "way"), [("UTC", "first"), ("Asia/Shanghai", "other")])
def test_a_condition_reads_the_clock_of_its_own_zone(zone: str, way: str) -> None:
    flow = fork(Branch(when=(demand("hour", "less_than", 18),), next="first"), timezone=zone)
    assert led(flow, hour=10) == way


def test_a_jump_goes_on_at_its_node() -> None:
    step = enter(fork(Branch(when=(demand("visits", "is", 1),), next="jump")), Facts(
        datetime(2026, 5, 6, tzinfo=UTC), {}, {"visits": 1}))  # fmt: skip
    assert (step.node, len(step.outputs)) == ("first", 2)


@pytest.mark.parametrize(
    ("clauses", "sense"),
    [
        ((demand("hour", "at_least", 18), demand("hour", "less_than", 9)), None),
        ((demand("hour", "is", 24),), None),
        ((demand("visits", "less_than", 1),), None),
        ((demand("verified", "is", True), demand("verified", "is", False)), None),
        ((demand("weekday", "one_of", ("sat", "sun")), demand("weekday", "is", "mon")), None),
        ((demand("hour", "less_than", 24), demand("visits", "at_least", 1)), frozenset()),
        ((demand("visits", "is_not", 0),), frozenset()),
        ((demand("visits", "at_least", 2), demand("hour", "at_least", 0)), frozenset({("visits", "at_least", 2)})),
        ((demand("answer:amt", "at_least", 9), demand("answer:amt", "less_than", 9)), None),
        (
            (demand("answer:amt", "at_least", 9), demand("answer:amt", "less_than", 10)),
            frozenset({("answer:amt", "at_least", 9), ("answer:amt", "less_than", 10)}),
        ),
        ((demand("answer:amt", "at_least", 0),), frozenset({("answer:amt", "at_least", 0)})),
        ((demand("locale", "is", " EN"),), frozenset({("locale", "is", "en")})),
    ],
)
def test_contradictions_and_empty_demands_are_seen_through(clauses: tuple[Clause, ...], sense: object) -> None:
    assert core(clauses) == sense


def test_every_fact_of_the_table_can_be_asked_about_without_being_known() -> None:
    """A conversation that began before a fact existed runs on."""
    assert [fact for fact in KINDS if all_hold((demand(fact, "is", "?"),), {})] == []


def test_a_conversation_tells_its_flow_every_fact_but_the_clocks() -> None:
    visit = Visit(
        contact="v",
        inbox="shop",
        name="",
        channel="wechat_kefu",
        visits=2,
        vip=3,
        verified=True,
        locale="en",
        page_url="https://a.example/",
        referrer="https://b.example/",
        fields=(Answer(key="city", label="城市", value="北京"),),
    )
    rules = ConversationRules(settings=ConversationSettings(), flow=None, calendars={}, queues={})
    now = datetime(2026, 5, 6, tzinfo=UTC)
    told = facts(rules, now, visit, (Answer(key="topic", label="类型", value="退货"),)).visit
    assert told == {
        "channel": "wechat_kefu",
        "inbox": "shop",
        "visits": 2,
        "vip": 3,
        "verified": True,
        "locale": "en",
        "page_url": "https://a.example/",
        "referrer": "https://b.example/",
        "contact:city": "北京",
        "answer:topic": "退货",
    }
    assert told.keys() | clock(now, "UTC").keys() == KINDS.keys() | {"contact:city", "answer:topic"}
