"""Mistakes in a flow are found before it is published: each by its place and code, and nothing sound is blamed."""

from collections.abc import Callable
from cProfile import Profile
from pstats import Stats
from typing import Any

import msgspec
import pytest

from chatserver.flow.condition import Clause
from chatserver.flow.form import FormField
from chatserver.flow.model import (
    AnyNode,
    Ask,
    Branch,
    Condition,
    End,
    Flow,
    Hours,
    Jump,
    LeaveMessage,
    Menu,
    Option,
    Say,
    Start,
    ToGroup,
)
from chatserver.flow.problem import FlowProblem, Known
from chatserver.flow.problem import ProblemCode as P
from chatserver.flow.validate import problems

KNOWN = Known(groups=frozenset({"sales", "service"}), calendars=frozenset({"office"}))
PHONE = FormField(key="phone", label="电话", kind="tel", required=True)
SALES = Option(key="1", label="售前", next="sales")
BACK = Option(key="0", label="重新选择", next="hours")

TOPIC = FormField(key="topic", label="类型", kind="select", options=("价格", "退货"))
OFTEN = Clause(fact="visits", op="at_least", value=3)
RETURNS = Clause(fact="answer:topic", value="退货")
BRANCHES = (Branch(when=(OFTEN, RETURNS), next="sales"), Branch(when=(RETURNS,), next="jump"))

START, HOURS, MENU, SAY, TO_SALES, LEAVE, END, ASK, IF, JUMP = range(10)
"""Places of the nodes in the sound flow."""

SOUND: tuple[AnyNode, ...] = (
    Start(id="start", next="topic"),
    Hours(id="hours", calendar="office", open="menu", closed="sorry"),
    Menu(id="menu", text="请选择", options=(SALES, BACK), missed="sales"),
    Say(id="sorry", text="现在是非服务时间", next="leave"),
    ToGroup(id="sales", group="sales", otherwise="leave"),
    LeaveMessage(id="leave", text="请留言", fields=(PHONE,), next="end"),
    End(id="end"),
    Ask(id="topic", text="什么事？", field=TOPIC, missed="hours", next="if"),
    Condition(id="if", branches=BRANCHES, otherwise="hours"),
    Jump(id="jump", node="menu"),
)


def flow(*nodes: AnyNode) -> Flow:
    return Flow(id="main", name="流程", nodes=nodes)


def changed(place: int, /, **parts: Any) -> tuple[AnyNode, ...]:
    return (*SOUND[:place], msgspec.structs.replace(SOUND[place], **parts), *SOUND[place + 1 :])


def found(*nodes: AnyNode) -> list[FlowProblem]:
    return problems(flow(*nodes), KNOWN)


def test_a_sound_flow_has_no_problems_although_it_leads_back_after_an_answer() -> None:
    assert found(*SOUND) == []


def test_the_smallest_flow_is_sound() -> None:
    assert found(Start(id="start", next="end"), End(id="end")) == []


def option(**parts: str) -> tuple[Option, Option]:
    return (SALES, msgspec.structs.replace(BACK, **parts))


def fields(**parts: Any) -> tuple[FormField, FormField]:
    return (PHONE, msgspec.structs.replace(FormField(key="name", label="姓名"), **parts))


def topic(**parts: Any) -> FormField:
    return msgspec.structs.replace(TOPIC, **parts)


def branches(*demands: tuple[Clause, ...]) -> tuple[AnyNode, ...]:
    ways = ("sales", "jump")
    return changed(IF, branches=tuple(Branch(when=when, next=to) for when, to in zip(demands, ways, strict=True)))


def clause(**parts: Any) -> tuple[AnyNode, ...]:
    return branches((OFTEN,), (RETURNS, Clause(**parts)))


CLAUSE = "$.nodes[8].branches[1].when[1]"
NUMBERS = tuple(f"选项 {number}" for number in range(30))
NIGHT, MORNING = Clause(fact="hour", op="at_least", value=22), Clause(fact="hour", op="less_than", value=6)
ANY_HOUR = Clause(fact="hour", op="less_than", value=24)


@pytest.mark.parametrize(
    ("nodes", "path", "code", "node"),
    [
        (SOUND[1:], "$.nodes", P.NO_START, ""),
        ((*SOUND, Start(id="again", next="end")), "$.nodes[10]", P.MANY_STARTS, "again"),
        ((*SOUND, End(id="end")), "$.nodes[10].id", P.ID_REPEATED, "end"),
        ((*SOUND, End(id="lost")), "$.nodes[10]", P.UNREACHABLE, "lost"),
        (changed(SAY, next=""), "$.nodes[3].next", P.EDGE_UNSET, "sorry"),
        (changed(SAY, next="nowhere"), "$.nodes[3].next", P.EDGE_UNKNOWN, "sorry"),
        (changed(TO_SALES, otherwise=""), "$.nodes[4].otherwise", P.EDGE_UNSET, "sales"),
        (changed(MENU, options=option(next="x")), "$.nodes[2].options[1].next", P.EDGE_UNKNOWN, "menu"),
        (changed(MENU, missed=""), "$.nodes[2].missed", P.EDGE_UNSET, "menu"),
        (changed(HOURS, calendar=""), "$.nodes[1].calendar", P.CALENDAR_UNKNOWN, "hours"),
        (changed(HOURS, calendar="night"), "$.nodes[1].calendar", P.CALENDAR_UNKNOWN, "hours"),
        (changed(TO_SALES, group="vip"), "$.nodes[4].group", P.GROUP_UNKNOWN, "sales"),
        (changed(MENU, text=" \n"), "$.nodes[2].text", P.TEXT_EMPTY, "menu"),
        (changed(SAY, text=""), "$.nodes[3].text", P.TEXT_EMPTY, "sorry"),
        (changed(LEAVE, text=""), "$.nodes[5].text", P.TEXT_EMPTY, "leave"),
        (changed(MENU, options=()), "$.nodes[2].options", P.NO_OPTIONS, "menu"),
        (changed(MENU, options=option(key=" ")), "$.nodes[2].options[1].key", P.OPTION_EMPTY, "menu"),
        (changed(MENU, options=option(label="")), "$.nodes[2].options[1].label", P.OPTION_EMPTY, "menu"),
        (changed(MENU, options=option(key=" １")), "$.nodes[2].options[1].key", P.OPTION_REPEATED, "menu"),
        (changed(MENU, options=option(label="售前 ")), "$.nodes[2].options[1].label", P.OPTION_REPEATED, "menu"),
        (changed(MENU, options=option(label="1")), "$.nodes[2].options[1].label", P.OPTION_REPEATED, "menu"),
        (changed(LEAVE, fields=()), "$.nodes[5].fields", P.NO_FIELDS, "leave"),
        (changed(LEAVE, fields=fields(key="phone")), "$.nodes[5].fields[1].key", P.FIELD_REPEATED, "leave"),
        (changed(LEAVE, fields=fields(label=" ")), "$.nodes[5].fields[1].label", P.FIELD_EMPTY, "leave"),
        (
            changed(LEAVE, fields=fields(kind="select")),
            "$.nodes[5].fields[1].options",
            P.SELECT_WITHOUT_OPTIONS,
            "leave",
        ),
        (changed(ASK, text=" "), "$.nodes[7].text", P.TEXT_EMPTY, "topic"),
        (changed(ASK, missed=""), "$.nodes[7].missed", P.EDGE_UNSET, "topic"),
        (changed(ASK, missed="x"), "$.nodes[7].missed", P.EDGE_UNKNOWN, "topic"),
        (changed(ASK, field=topic(label=" ")), "$.nodes[7].field.label", P.FIELD_EMPTY, "topic"),
        (changed(ASK, field=topic(options=())), "$.nodes[7].field.options", P.SELECT_WITHOUT_OPTIONS, "topic"),
        (changed(ASK, field=topic(options=(" ", " "))), "$.nodes[7].field.options", P.SELECT_WITHOUT_OPTIONS, "topic"),
        (changed(ASK, field=topic(options=NUMBERS[:21])), "$.nodes[7].field.options", P.TOO_MANY_OPTIONS, "topic"),
        (changed(ASK, field=topic(options=("退货", " "))), "$.nodes[7].field.options[1]", P.OPTION_EMPTY, "topic"),
        (
            changed(ASK, field=topic(options=("退货", "A b", "ａ  B "))),
            "$.nodes[7].field.options[2]",
            P.OPTION_REPEATED,
            "topic",
        ),
        (changed(JUMP, node=""), "$.nodes[9].node", P.EDGE_UNSET, "jump"),
        (changed(JUMP, node="nowhere"), "$.nodes[9].node", P.EDGE_UNKNOWN, "jump"),
        (changed(IF, otherwise=""), "$.nodes[8].otherwise", P.EDGE_UNSET, "if"),
        (changed(IF, timezone="Mars/Base"), "$.nodes[8].timezone", P.TIMEZONE_UNKNOWN, "if"),
        (clause(fact="weather"), f"{CLAUSE}.fact", P.FACT_UNKNOWN, "if"),
        (clause(fact="answer:"), f"{CLAUSE}.fact", P.FACT_UNKNOWN, "if"),
        (clause(fact="answer:phone"), f"{CLAUSE}.fact", P.ANSWER_UNKNOWN, "if"),
        (clause(fact="locale", op="at_least", value="en"), f"{CLAUSE}.op", P.OP_NOT_FIT, "if"),
        (clause(fact="visits", op="contains", value=1), f"{CLAUSE}.op", P.OP_NOT_FIT, "if"),
        (clause(fact="weekday", op="less_than", value="fri"), f"{CLAUSE}.op", P.OP_NOT_FIT, "if"),
        (clause(fact="verified", op="one_of", value=(1,)), f"{CLAUSE}.op", P.OP_NOT_FIT, "if"),
        (clause(fact="verified", value="yes"), f"{CLAUSE}.value", P.VALUE_NOT_FIT, "if"),
        (clause(fact="visits", value="3"), f"{CLAUSE}.value", P.VALUE_NOT_FIT, "if"),
        (clause(fact="visits", value=True), f"{CLAUSE}.value", P.VALUE_NOT_FIT, "if"),
        (clause(fact="hour", op="less_than", value=25), f"{CLAUSE}.value", P.VALUE_NOT_FIT, "if"),
        (clause(fact="weekday", value="monday"), f"{CLAUSE}.value", P.VALUE_NOT_FIT, "if"),
        (clause(fact="weekday", op="one_of", value=("sat", "su")), f"{CLAUSE}.value", P.VALUE_NOT_FIT, "if"),
        (clause(fact="locale", op="one_of", value=()), f"{CLAUSE}.value", P.VALUE_NOT_FIT, "if"),
        (clause(fact="locale", op="one_of", value="en"), f"{CLAUSE}.value", P.VALUE_NOT_FIT, "if"),
        (clause(fact="locale", value=("en",)), f"{CLAUSE}.value", P.VALUE_NOT_FIT, "if"),
        (clause(fact="page_url", op="contains", value=" "), f"{CLAUSE}.value", P.VALUE_NOT_FIT, "if"),
        (branches((RETURNS,), (OFTEN, RETURNS)), "$.nodes[8].branches[1]", P.BRANCH_NEVER, "if"),
        (branches((OFTEN, RETURNS), (RETURNS, OFTEN)), "$.nodes[8].branches[1]", P.BRANCH_NEVER, "if"),
        (branches((RETURNS, NIGHT, MORNING), (RETURNS,)), "$.nodes[8].branches[0]", P.BRANCH_NEVER, "if"),
        (branches((RETURNS,), ()), "$.nodes[8].otherwise", P.BRANCH_NEVER, "if"),
        (branches((RETURNS,), (ANY_HOUR,)), "$.nodes[8].otherwise", P.BRANCH_NEVER, "if"),
        (changed(SAY, next="sorry"), "$.nodes[3]", P.LOOP, "sorry"),
        (changed(TO_SALES, otherwise="sales"), "$.nodes[4].otherwise", P.GROUP_AGAIN, "sales"),
    ],
)
def test_one_mistake_is_reported_once_at_its_place(nodes: tuple[AnyNode, ...], path: str, code: P, node: str) -> None:
    assert found(*nodes) == [FlowProblem(path, code, node)]


def test_nodes_that_an_edge_not_drawn_leaves_alone_are_named_too() -> None:
    assert found(*changed(HOURS, closed="")) == [
        FlowProblem("$.nodes[1].closed", P.EDGE_UNSET, "hours"),
        FlowProblem("$.nodes[3]", P.UNREACHABLE, "sorry"),
    ]


def test_a_circle_that_never_asks_is_found_at_each_of_its_nodes_and_not_at_those_before_it() -> None:
    nodes = (*changed(SAY, next="round"), Say(id="round", text="请稍候", next="sorry"))
    assert found(*nodes) == [FlowProblem("$.nodes[3]", P.LOOP, "sorry"), FlowProblem("$.nodes[10]", P.LOOP, "round")]


def test_a_circle_through_the_service_hours_is_a_loop_although_the_clock_may_open_it() -> None:
    """All day long outside the hours it would go round."""
    assert [(p.code, p.node) for p in found(*changed(SAY, next="hours"))] == [(P.LOOP, "hours"), (P.LOOP, "sorry")]


def test_menus_that_lead_only_to_one_another_are_a_dead_end() -> None:
    up = Menu(id="up", text="上", options=(Option(key="1", label="下", next="down"),))
    down = Menu(id="down", text="下", options=(Option(key="1", label="上", next="up"),))
    nodes = (*changed(SAY, next="up"), up, down)
    assert found(*nodes) == [
        FlowProblem("$.nodes[10]", P.DEAD_END, "up"),
        FlowProblem("$.nodes[11]", P.DEAD_END, "down"),
    ]


def test_a_way_out_after_too_many_misses_is_no_dead_end() -> None:
    again = Menu(id="again", text="再选", options=(Option(key="1", label="再来", next="again"),), missed="end")
    assert found(*changed(SAY, next="again"), again) == []


def test_a_condition_without_branches_is_told_so() -> None:
    nodes = (Start(id="start", next="if"), Condition(id="if", otherwise="end"), End(id="end"))
    assert found(*nodes) == [FlowProblem("$.nodes[1].branches", P.NO_BRANCHES, "if")]


def test_after_a_branch_that_always_holds_no_other_way_is_ever_taken() -> None:
    assert found(*branches((), (RETURNS,))) == [
        FlowProblem("$.nodes[8].branches[1]", P.BRANCH_NEVER, "if"),
        FlowProblem("$.nodes[8].otherwise", P.BRANCH_NEVER, "if"),
    ]


def test_a_select_of_twenty_is_shown_and_numbers_may_be_options() -> None:
    assert found(*changed(ASK, field=topic(options=NUMBERS[:20]))) == []
    assert found(*changed(ASK, field=topic(options=("3", "2", "1", "退货")))) == []


def test_a_jump_back_without_an_answer_is_a_loop() -> None:
    looping = {(p.code, p.node) for p in found(*changed(SAY, next="back"), Jump(id="back", node="hours"))}
    assert looping == {(P.LOOP, "hours"), (P.LOOP, "sorry"), (P.LOOP, "back")}


def test_visitors_whom_a_condition_or_the_hours_never_let_out_are_at_a_dead_end() -> None:
    """A first visit stays a first visit and a night a night, whatever is answered; an answer can be put right."""
    ask = Menu(id="ask", text="再来？", options=(Option(key="1", label="好", next="who"),))
    often = Condition(id="who", branches=(Branch(when=(OFTEN,), next="end"),), otherwise="ask")
    nodes = (*changed(SAY, next="ask"), ask, often)
    assert [(p.code, p.node) for p in found(*nodes)] == [(P.DEAD_END, "ask"), (P.DEAD_END, "who")]
    late = Hours(id="who", calendar="office", open="end", closed="ask")
    assert [(p.code, p.node) for p in found(*nodes[:-1], late)] == [(P.DEAD_END, "ask"), (P.DEAD_END, "who")]
    by_answer = msgspec.structs.replace(often, branches=(Branch(when=(RETURNS,), next="end"),))
    assert found(*nodes[:-1], by_answer) == []


def test_who_is_turned_away_must_not_meet_the_same_group_again_unasked() -> None:
    """Also by way of another node, another group, or the service hours."""
    nodes = (
        *changed(TO_SALES, otherwise="busy"),
        Say(id="busy", text="坐席忙", next="service"),
        ToGroup(id="service", group="service", otherwise="late"),
        Hours(id="late", calendar="office", open="sales2", closed="leave"),
        ToGroup(id="sales2", group="sales", otherwise="leave"),
    )
    assert found(*nodes) == [FlowProblem("$.nodes[4].otherwise", P.GROUP_AGAIN, "sales")]


def test_who_is_turned_away_may_choose_the_same_group_again() -> None:
    wait = Menu(id="wait", text="继续等待？", options=(SALES, Option(key="2", label="留言", next="leave")))
    assert found(*changed(TO_SALES, otherwise="wait"), wait) == []


def test_the_overflow_to_another_group_is_sound() -> None:
    overflow = ToGroup(id="overflow", group="service", otherwise="leave")
    assert found(*changed(TO_SALES, otherwise="overflow"), overflow) == []


SPOILERS: list[Callable[[], AnyNode]] = [
    lambda: Say(id="sorry", text="", next="nowhere"),
    lambda: End(id="lost"),
    lambda: ToGroup(id="lost2", group="vip", otherwise="lost2"),
]


def test_all_mistakes_are_told_at_once_in_the_order_of_the_nodes_and_always_the_same() -> None:
    nodes = (*SOUND, *(make() for make in SPOILERS))
    expected = [
        FlowProblem("$.nodes[10].id", P.ID_REPEATED, "sorry"),
        FlowProblem("$.nodes[10].text", P.TEXT_EMPTY, "sorry"),
        FlowProblem("$.nodes[10].next", P.EDGE_UNKNOWN, "sorry"),
        FlowProblem("$.nodes[11]", P.UNREACHABLE, "lost"),
        FlowProblem("$.nodes[12].group", P.GROUP_UNKNOWN, "lost2"),
        FlowProblem("$.nodes[12]", P.UNREACHABLE, "lost2"),
        FlowProblem("$.nodes[12].otherwise", P.GROUP_AGAIN, "lost2"),
    ]
    assert found(*nodes) == expected == found(*nodes)


def test_an_empty_flow_lacks_only_its_start() -> None:
    assert found() == [FlowProblem("$.nodes", P.NO_START)]


def condition(n: int, *branches: tuple[str, tuple[Clause, ...]]) -> Condition:
    ways = tuple(Branch(when=when, next=to) for to, when in branches)
    return Condition(id=f"n{n}", branches=ways, otherwise="end")


def lists(branch: int) -> tuple[Clause, ...]:
    """Twenty clauses of a hundred numbers each."""
    numbers = (tuple(range(n, 3_000 + n, 30)) for n in range(branch, branch + 20))
    return tuple(Clause(fact="visits", op="one_of", value=values) for values in numbers)


DENSE = tuple(
    condition(n, *((f"n{(n * 7 + k * 13) % 198}", (Clause(fact="vip", op="at_least", value=k),)) for k in range(20)))
    for n in range(198)
)
LONG = tuple(condition(n, *(("end", lists(k)) for k in range(20))) for n in range(5))


@pytest.mark.parametrize("nodes", [DENSE, LONG], ids=["as many edges as there can be", "a megabyte of lists"])
def test_the_largest_flow_takes_no_second_to_check(nodes: tuple[AnyNode, ...]) -> None:
    """Who publishes it keeps the one writer for so long. Counted in calls, which are the same on every machine."""
    flow = Flow(id="f", name="f", nodes=(Start(id="start", next="n0"), *nodes, End(id="end")))
    with Profile() as profile:
        assert problems(flow, KNOWN)
    assert Stats(profile).total_calls < 2_500_000
