"""The flow asks for one value: it takes what fits, says why it asks again, and keeps what it was given."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from chatserver.conversation import events as e
from chatserver.conversation.content import Answer, NoticeContent, TextContent
from chatserver.conversation.evolve import evolve
from chatserver.conversation.model import Conversation, FlowRef, Visit
from chatserver.flow.condition import Clause
from chatserver.flow.form import FormField, Kind
from chatserver.flow.interpreter import FlowBroken, answer, choices, enter
from chatserver.flow.model import Ask, Branch, Condition, End, Flow, Say, Start
from chatserver.flow.problem import Known, ProblemCode
from chatserver.flow.step import Answered, Ended, Facts, Rejected, Said, Step, ValueAsked
from chatserver.flow.validate import problems
from chatserver.protocol.timeline import item
from chatserver.protocol.views import card

NOW = datetime(2026, 5, 6, 10, tzinfo=UTC)
FACTS = Facts(NOW, {})
PHONE = Ask(id="phone", text="您的电话？", field=FormField(key="phone", label="电话", kind="tel"), next="thanks")
TOPIC = Ask(
    id="topic",
    text="什么事？",
    field=FormField(key="topic", label="类型", kind="select", options=("退 货", "Invoice 发票", "5", "1")),
    next="if",
)
RETURNS = Branch(when=(Clause(fact="answer:topic", value="退 货"),), next="returns")


def flow(first: Ask, **parts: Any) -> Flow:
    asked = msgspec.structs.replace(first, **parts)
    others = (
        Say(id="thanks", text="谢谢", next="end"),
        Condition(id="if", branches=(RETURNS,), otherwise="end"),
        End(id="returns", text="退货"),
        End(id="end", text="再见"),
    )
    return Flow(id="f", name="流程", nodes=(Start(id="start", next=asked.id), asked, *others))


def rest(step: Step) -> Step:
    """Where the walk came to rest and what it said, whatever it went through."""
    return msgspec.structs.replace(step, through=())


def test_a_question_is_asked_in_its_words() -> None:
    assert rest(enter(flow(PHONE), FACTS)) == Step("phone", 0, (ValueAsked("您的电话？", ()),))


def test_an_answer_that_fits_is_kept_cleaned_and_the_flow_goes_on() -> None:
    kept = Answered("phone", "电话", "+8613800000000")
    expected = Step("end", 0, (Said("谢谢"), Ended("再见")), (kept,))
    assert rest(answer(flow(PHONE), "phone", " ＋８６13800000000 ", FACTS)) == expected


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("text", "王 先生", "王" * 201),
        ("text", "王", "  \n "),
        ("tel", "13800000000", "12345"),
        ("email", "li@example.com", "li@"),
        ("number", "12.5", "十二"),
        ("textarea", "第一行\n第二行", "字" * 2001),
    ],
)
def test_an_answer_is_judged_as_in_a_form(kind: Kind, good: str, bad: str) -> None:
    one = flow(PHONE, field=FormField(key="k", label="项", kind=kind))
    assert answer(one, "phone", good, FACTS).answered == (Answered("k", "项", good),)
    assert rest(answer(one, "phone", bad, FACTS)) == Step(
        "phone", 1, (Rejected("项", ""), ValueAsked("您的电话？", ()))
    )


def test_the_reason_for_asking_again_may_be_the_administrators_own() -> None:
    again = answer(flow(PHONE, wrong="请填写 11 位手机号"), "phone", "?", FACTS, misses=4)
    assert rest(again) == Step("phone", 5, (Rejected("电话", "请填写 11 位手机号"), ValueAsked("您的电话？", ())))


def test_after_the_last_wrong_answer_the_visitor_is_led_on_and_nothing_is_kept() -> None:
    patient = flow(PHONE, max_misses=2, missed="returns")
    first = answer(patient, "phone", "?", FACTS)
    assert (first.node, first.misses) == ("phone", 1)
    assert rest(answer(patient, "phone", "?", FACTS, first.misses)) == Step("returns", 0, (Ended("退货"),))


def test_without_a_way_for_wrong_answers_it_asks_for_ever() -> None:
    step = enter(flow(PHONE), FACTS)
    for _ in range(20):
        step = answer(flow(PHONE), step.node, "?", FACTS, step.misses)
    assert (step.node, step.misses) == ("phone", 20)


def test_a_choice_of_several_is_shown_with_numbers_to_type() -> None:
    shown = (("1", "退 货"), ("2", "Invoice 发票"), ("3", "5"), ("4", "1"))
    assert choices(TOPIC) == shown
    assert enter(flow(TOPIC), FACTS).outputs == (ValueAsked("什么事？", shown),)


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("退 货", "退 货"),
        ("退   货", "退 货"),
        ("２", "Invoice 发票"),
        ("INVOICE 发票", "Invoice 发票"),
        ("5", "5"),
        ("3", "5"),
        ("1", "1"),
    ],
    ids=["words", "blanks", "number", "case", "own words", "number of a number", "words before number"],
)
def test_one_of_several_is_meant_by_its_words_else_by_its_number(words: str, value: str) -> None:
    assert answer(flow(TOPIC), "topic", words, FACTS).answered == (Answered("topic", "类型", value),)


@pytest.mark.parametrize("words", ["退", "6", "0", "", "退货吗"])
def test_what_is_none_of_several_asks_again(words: str) -> None:
    again = answer(flow(TOPIC), "topic", words, FACTS)
    assert (again.node, again.misses, again.outputs[0], again.answered) == ("topic", 1, Rejected("类型", ""), ())


def test_a_condition_right_after_knows_the_answer_and_goes_by_the_newest() -> None:
    before = Facts(NOW, {}, {"answer:topic": "5"})
    assert answer(flow(TOPIC), "topic", "退 货", before).node == "returns"
    assert answer(flow(TOPIC), "topic", "5", Facts(NOW, {}, {"answer:topic": "退 货"})).node == "end"


def test_a_number_leads_on_by_how_large_it_is() -> None:
    """S1-5.1.1a: right after it was asked for, and after more questions."""
    large = Branch(when=(Clause(fact="answer:amt", op="at_least", value=1000),), next="returns")
    whole = flow(PHONE, field=FormField(key="amt", label="金额", kind="number"), next="if")
    nodes = tuple(msgspec.structs.replace(n, branches=(large,)) if isinstance(n, Condition) else n for n in whole.nodes)
    whole = msgspec.structs.replace(whole, nodes=nodes)
    known = Known(frozenset(), frozenset())
    assert [(p.node, p.code) for p in problems(whole, known)] == [("thanks", ProblemCode.UNREACHABLE)]
    again = msgspec.structs.replace(PHONE, id="again", field=FormField(key="amt", label="金额"))
    twice = msgspec.structs.replace(whole, nodes=(*nodes, again))
    assert ("if", ProblemCode.OP_NOT_FIT) in [(p.node, p.code) for p in problems(twice, known)], "perhaps no number"
    assert [answer(whole, "phone", said, FACTS).node for said in ("1,000", "999.99")] == ["returns", "end"]


def test_only_what_asks_can_be_answered() -> None:
    with pytest.raises(FlowBroken):
        answer(flow(PHONE), "thanks", "13800000000", FACTS)


def opened(*events: e.AnyEvent) -> Conversation:
    visit = Visit(contact="v", inbox="web", name="")
    c = evolve(Conversation(id="c"), e.Opened(at=NOW, visit=visit, flow=FlowRef(id="f", version=1)))
    for event in events:
        c = evolve(c, event)
    return c


def given(key: str, value: str) -> e.FieldAnswered:
    return e.FieldAnswered(at=NOW, key=key, label=key, value=value)


def test_agents_see_what_the_visitor_answered_the_newest_of_each() -> None:
    c = opened(given("name", "王"), given("phone", "1"), given("name", "李"))
    assert card(c).answers == [
        Answer(key="phone", label="phone", value="1"),
        Answer(key="name", label="name", value="李"),
    ]


def test_a_kept_answer_adds_no_line_because_the_visitors_own_words_stand_there() -> None:
    assert item(3, "c", 2, given("name", "王"), "agent") is None


@pytest.mark.parametrize("text", ["", "请填写 11 位手机号"])
def test_visitor_and_agent_both_read_why_it_is_asked_again(text: str) -> None:
    rejected = e.AnswerRejected(at=NOW, label="电话", text=text)
    for line in (item(3, "c", 2, rejected, "visitor"), item(3, "c", 2, rejected, "agent")):
        assert line and line.content == NoticeContent(code="answer_not_valid", data={"label": "电话"}, text=text)


def test_a_question_for_free_words_leaves_nothing_to_tap() -> None:
    """A menu that stood there before is gone with the step."""
    assert opened(e.BotMessage(at=NOW, content=TextContent(text="您的电话？"))).asks is None
