"""What a visitor meets on the way through a flow."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from chatserver.flow.form import FormField
from chatserver.flow.interpreter import FlowBroken, answer, enter, submitted, turned_away
from chatserver.flow.model import AnyNode, End, Flow, Hours, LeaveMessage, Menu, Option, Say, Start, ToGroup
from chatserver.flow.step import Ended, Facts, FormAsked, GroupAsked, MenuAsked, Said, Step
from chatserver.hours.model import Calendar, Interval, Week

PHONE = FormField(key="phone", label="电话", kind="tel")
MENU = Menu(
    id="menu",
    text="请选择",
    options=(
        Option(key="sales", label="售前咨询", next="agent"),
        Option(key="Bill", label="Invoice 发票", next="bill"),
        Option(key="9", label="退出", next="end"),
    ),
)
ASKED = MenuAsked("请选择", (("sales", "售前咨询"), ("Bill", "Invoice 发票"), ("9", "退出")))
LEAVE = LeaveMessage(id="leave", text="请留言", fields=(PHONE,), thanks="已收到")
FLOW = Flow(
    id="main",
    name="流程",
    nodes=(
        Start(id="start", next="hello"),
        Say(id="hello", text="您好", next="hours"),
        Hours(id="hours", calendar="office", open="menu", closed="leave"),
        MENU,
        Say(id="bill", text="发票请找售后", next="agent"),
        ToGroup(id="agent", group="sales", priority=7, otherwise="busy"),
        Say(id="busy", text="坐席忙", next="leave"),
        LEAVE,
        End(id="end", text="再见"),
    ),
)
OFFICE = Calendar(id="office", name="客服", timezone="UTC", regular=Week(wed=(Interval(start="09:00", end="18:00"),)))


def at(clock: str) -> Facts:
    return Facts(datetime.fromisoformat(f"2026-05-06T{clock}").replace(tzinfo=UTC), {"office": OFFICE})


DAY = at("10:00:00")


def with_(node: AnyNode, **parts: Any) -> Flow:
    new = msgspec.structs.replace(node, **parts)
    return msgspec.structs.replace(FLOW, nodes=tuple(new if n.id == node.id else n for n in FLOW.nodes))


@pytest.mark.parametrize(
    ("clock", "node"),
    [("08:59:59", "leave"), ("09:00:00", "menu"), ("17:59:59", "menu"), ("18:00:00", "leave")],
)
def test_the_service_hours_decide_the_way_to_the_second(clock: str, node: str) -> None:
    assert enter(FLOW, at(clock)).node == node


def rest(step: Step) -> Step:
    """Where the walk came to rest and what it said, whatever it went through."""
    return msgspec.structs.replace(step, through=())


def test_a_visitor_who_enters_is_greeted_and_asked() -> None:
    assert rest(enter(FLOW, DAY)) == Step("menu", 0, (Said("您好"), ASKED))


def test_a_visitor_outside_the_hours_is_shown_the_form() -> None:
    assert rest(enter(FLOW, at("20:00:00"))) == Step("leave", 0, (Said("您好"), FormAsked("请留言", (PHONE,))))


def test_removed_service_hours_count_as_closed() -> None:
    """Nobody is promised an agent by a calendar that is gone."""
    assert enter(FLOW, Facts(DAY.now, {})).node == "leave"


@pytest.mark.parametrize("words", ["sales", " SALES ", "ｓａｌｅｓ", "1", "１", "售前咨询", "　售前咨询 "])
def test_a_visitor_may_tap_or_type_the_key_the_number_or_the_label(words: str) -> None:
    assert rest(answer(FLOW, "menu", words, DAY)) == Step("agent", 0, (GroupAsked("sales", 7),))


@pytest.mark.parametrize(
    "words", ["1.", "1、", "1）", "1)", "（1）", "【１】", "1。", "「售前咨询」", "sales，", '"1"']
)
def test_brackets_and_stops_around_an_answer_do_not_count(words: str) -> None:
    assert answer(FLOW, "menu", words, DAY).node == "agent"


@pytest.mark.parametrize(
    ("words", "node"),
    [("1️⃣", "agent"), ("第1个", "agent"), ("选1", "agent"), ("我选择第 3 项", "end"), ("#1。", "agent")],
)
def test_a_number_may_be_pointed_at(words: str, node: str) -> None:
    assert answer(FLOW, "menu", words, DAY).node == node


@pytest.mark.parametrize(
    ("words", "node"),
    [("1.售前咨询", "agent"), ("１．售前咨询", "agent"), ("2、Invoice 发票", "bill"), ("9) 退出", "end")],
)
def test_a_line_of_the_menu_may_be_copied(words: str, node: str) -> None:
    assert ("bill" in answer(FLOW, "menu", words, DAY).through) == (node == "bill")
    assert answer(FLOW, "menu", words, DAY).node == ("agent" if node == "bill" else node)


@pytest.mark.parametrize("words", ["1 退出", "第4", "选0", "1个", "#", "第", "2.售前咨询"])
def test_a_line_that_does_not_stand_there_is_not_understood(words: str) -> None:
    assert answer(FLOW, "menu", words, DAY).node == "menu"


def test_a_stop_behind_a_name_takes_nothing_of_the_name() -> None:
    languages = (Option(key="c", label="C", next="end"), Option(key="s", label="C#", next="agent"))
    menu = with_(MENU, options=languages)
    assert [answer(menu, "menu", words, DAY).node for words in ("C", "C。")] == ["end", "end"]
    assert [answer(menu, "menu", words, DAY).node for words in ("C#", "C#。", "「C#」！")] == ["agent"] * 3


def test_options_of_mere_punctuation_are_told_apart() -> None:
    odd = (Option(key="?", label="？！", next="end"), Option(key="*", label="1.", next="agent"))
    menu = with_(MENU, options=odd)
    assert [answer(menu, "menu", said, DAY).node for said in ("？", "?！")] == ["end", "end"]
    assert [answer(menu, "menu", said, DAY).node for said in ("*", "1.")] == ["agent", "agent"]
    assert [answer(menu, "menu", said, DAY).node for said in ("。", "！", "（）", "1.5")] == ["menu"] * 4


@pytest.mark.parametrize(("words", "node"), [("9", "end"), ("3", "end"), ("INVOICE 发票", "agent"), ("bill", "agent")])
def test_every_option_is_met_by_its_words(words: str, node: str) -> None:
    assert answer(FLOW, "menu", words, DAY).node == node


def test_a_key_means_its_own_option_even_where_another_stands_at_that_number() -> None:
    first, second = Option(key="2", label="甲", next="end"), Option(key="1", label="乙", next="agent")
    assert answer(with_(MENU, options=(first, second)), "menu", "1", DAY).node == "agent"


def test_what_is_said_on_the_way_comes_before_the_place_of_rest() -> None:
    assert answer(FLOW, "menu", "2", DAY).outputs == (Said("发票请找售后"), GroupAsked("sales", 7))


def test_the_end_closes_with_its_last_words() -> None:
    assert rest(answer(FLOW, "menu", "退出", DAY)) == Step("end", 0, (Ended("再见"),))


@pytest.mark.parametrize("words", ["你好", "4", "0", "-1", "", "售前"])
def test_words_that_fit_no_option_ask_again_and_count_as_a_miss(words: str) -> None:
    assert rest(answer(FLOW, "menu", words, DAY, misses=1)) == Step("menu", 2, (ASKED,))


def test_after_the_last_miss_the_visitor_is_led_on() -> None:
    patient = with_(MENU, max_misses=2, missed="agent")
    first = answer(patient, "menu", "?", DAY)
    assert (first.node, first.misses) == ("menu", 1)
    assert rest(answer(patient, "menu", "?", DAY, misses=first.misses)) == Step("agent", 0, (GroupAsked("sales", 7),))


def test_a_menu_without_a_way_for_misses_asks_for_ever() -> None:
    step = enter(FLOW, DAY)
    for _ in range(20):
        step = answer(FLOW, step.node, "?", DAY, step.misses)
    assert rest(step) == Step("menu", 20, (ASKED,))


def test_who_is_turned_away_by_the_queue_goes_the_other_way() -> None:
    assert rest(turned_away(FLOW, "agent", DAY)) == Step("leave", 0, (Said("坐席忙"), FormAsked("请留言", (PHONE,))))


def test_a_left_message_is_thanked_for_and_ends_the_conversation() -> None:
    assert rest(submitted(FLOW, "leave", DAY)) == Step("leave", 0, (Said("已收到"), Ended("")))


def test_a_left_message_may_lead_on() -> None:
    assert rest(submitted(with_(LEAVE, next="end"), "leave", DAY)) == Step("end", 0, (Said("已收到"), Ended("再见")))


def test_without_words_of_thanks_nothing_is_said() -> None:
    assert submitted(with_(LEAVE, thanks=""), "leave", DAY).outputs == (Ended(""),)


@pytest.mark.parametrize("node", ["nowhere", "hello", "leave"])
def test_a_question_at_a_node_that_does_not_ask_it_is_a_bug_and_not_a_refusal(node: str) -> None:
    with pytest.raises(FlowBroken):
        answer(FLOW, node, "1", DAY)
    with pytest.raises(FlowBroken):
        turned_away(FLOW, node, DAY)


@pytest.mark.parametrize(
    "nodes",
    [
        (),
        (Start(id="a", next="b"),),
        (Start(id="a", next="a"),),
        (Start(id="a", next="b"), Say(id="b", text="1", next="c"), Say(id="c", text="2", next="b")),
    ],
    ids=["no start", "edge to nowhere", "circle at the start", "circle"],
)
def test_a_flow_that_was_never_proved_stops_instead_of_running_for_ever(nodes: tuple[AnyNode, ...]) -> None:
    with pytest.raises(FlowBroken):
        enter(Flow(id="bad", name="坏", nodes=nodes), DAY)
