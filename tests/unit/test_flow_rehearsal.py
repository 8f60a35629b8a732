"""试运行: a flow is tried before anybody meets it, on the rules that will serve real visitors (S1-5.1.1a)."""

from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from chatserver.bots.settings import Rule, RuleBot
from chatserver.conversation.model import Phase
from chatserver.conversation.settings import ConversationSettings, SoothingReply
from chatserver.dispatch.settings import Group
from chatserver.flow.condition import Clause
from chatserver.flow.form import FormField
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
from chatserver.hours.model import Calendar, Interval, Week
from chatserver.kernel.instants import epoch_ms
from chatserver.settings.model import Settings
from chatserver.settings.rehearsal import rehearse
from chatserver.settings.script import (
    Accepts,
    Agent,
    Agents,
    Answers,
    AnyAct,
    Declines,
    Fails,
    InventedVisitor,
    Leaves,
    Rehearsed,
    Returns,
    Says,
    Script,
    Submits,
    Taps,
    Waits,
)
from tests.fakes.clock import T0

OFFICE = Calendar(id="office", name="工作时间", regular=Week(tue=(Interval(start="09:00", end="18:00"),)))
BOT = RuleBot(id="bot", name="小助", rules=(Rule(question="怎么退货", phrases=("退货",), answer="七天内可退"),))
SETTINGS = Settings(
    groups=(Group(id="sales", name="售前"),),
    calendars=(OFFICE,),
    bots=(BOT,),
    conversation=ConversationSettings(soothing=(SoothingReply(after=30, text="请稍候"),)),
)
LEVEL = (Saved(path="level", key="level"),)
GOLD = (Clause(fact="answer:level", value="gold"),)
NAME = (FormField(key="name", label="称呼", required=True),)
NODES: tuple[AnyNode, ...] = (
    Start(id="start", next="hours"),
    Hours(id="hours", calendar="office", open="hello", closed="leave"),
    Say(id="hello", text="您好", next="menu"),
    Menu(
        id="menu",
        text="请选择",
        options=(
            Option(key="1", label="咨询", next="sales"),
            Option(key="2", label="自助", next="bot"),
            Option(key="3", label="会员", next="crm"),
        ),
    ),
    Bot(id="bot", bot="bot", handoff="sales", failed="leave"),
    Webhook(id="crm", url="https://crm.example.com", save=LEVEL, next="if", failed="leave"),
    Condition(id="if", branches=(Branch(when=GOLD, next="sales"),), otherwise="end"),
    ToGroup(id="sales", group="sales", otherwise="leave"),
    LeaveMessage(id="leave", text="请留言", fields=NAME, thanks="已收到"),
    End(id="end", text="再见"),
)
FLOW = Flow(id="f", name="流程", nodes=NODES)


def play(*acts: AnyAct, at: datetime = T0, **script: Any) -> Rehearsed:
    return rehearse(SETTINGS, FLOW, Script(acts=acts, at=epoch_ms(at), **script))


def told(rehearsed: Rehearsed, act: int | None = None) -> list[str]:
    """What happened, in one word each and its text."""
    wanted = [x for x in rehearsed.effects if act is None or x.act == act]
    return [" ".join((x.kind, getattr(x.line.content, "text", "") if x.line else "")).strip() for x in wanted]


def test_the_way_to_every_place_of_rest_is_told_with_its_clock() -> None:
    shown = play(Waits(seconds=5), Taps(option="1"))
    reached = [x for x in shown.effects if x.kind == "node_reached"]
    assert [(x.act, x.after, x.node, x.through) for x in reached] == [
        (0, 0, "menu", ("start", "hours", "hello")),
        (2, 5, "sales", ()),
    ]
    assert told(shown, 2) == ["option_chosen 咨询", "node_reached", "queued", "assigned"]
    assert (shown.phase, shown.node, shown.asking) == (Phase.SERVING, "sales", None)


def test_the_clock_decides_as_it_will_for_real_visitors() -> None:
    assert told(play(at=T0 + timedelta(hours=9)))[-1] == "form_shown 请留言"
    assert play(at=T0 + timedelta(hours=9, seconds=-1)).node == "menu"


def test_when_all_are_busy_the_visitor_waits_and_is_soothed() -> None:
    shown = play(Taps(option="1"), Waits(seconds=29), Waits(seconds=1), Agents(are="ready"), agents="busy")
    assert told(shown, 1)[-2:] == ["queued", "position_told"]
    assert (told(shown, 2), told(shown, 3), told(shown, 4)[-1]) == ([], ["soothed 请稍候"], "assigned")
    assert shown.effects[-1].after == 30


def test_when_nobody_is_there_the_other_edge_is_taken_and_the_form_checked() -> None:
    shown = play(Taps(option="1"), Submits(values={}), Submits(values={"name": "王"}), agents="offline")
    assert told(shown, 1)[-3:] == ["turned_away", "node_reached", "form_shown 请留言"]
    refused = next(x for x in shown.effects if x.act == 2)
    assert (refused.kind, refused.data["code"], refused.data["field"]) == ("refused", "field_required", "name")
    assert (told(shown, 3)[-1], shown.phase, shown.wakes_at) == ("closed", Phase.CLOSED, None)


def test_a_rule_bot_answers_by_itself_and_by_hand_when_wanted() -> None:
    own = play(Taps(option="2"), Says(text="我要退货"), Says(text="人工"))
    answered = ["bot_asked", "bot_replied", "node_reached", "bot_message 七天内可退"]
    assert told(own, 2) == ["visitor_message 我要退货", *answered]
    assert own.phase is Phase.SERVING
    by_hand = play(Taps(option="2"), Says(text="我要退货"), by_hand=True)
    assert by_hand.asking == "bot"
    late = play(Taps(option="2"), Says(text="我要退货"), Waits(seconds=10), Answers(text="可以"), by_hand=True)
    assert (told(late, 3)[0], late.node, told(late, 4)) == ("asking_failed", "leave", [])


@pytest.mark.parametrize(
    ("act", "node"), [(Returns(body={"level": "gold"}), "sales"), (Returns(body=[]), "end"), (Fails(), "leave")]
)
def test_nobody_outside_is_called_and_the_answer_of_a_server_is_played(act: AnyAct, node: str) -> None:
    assert play(Taps(option="3")).asking == "webhook"
    assert play(Taps(option="3"), act).node == node


def test_conditions_see_the_visitor_that_the_script_invents() -> None:
    way = Branch(
        when=(Clause(fact="vip", op="at_least", value=2), Clause(fact="contact:city", value="北京")), next="end"
    )
    nodes = (Start(id="start", next="if"), Condition(id="if", branches=(way,), otherwise="say"))
    flow = Flow(id="f", name="流程", nodes=(*nodes, Say(id="say", text="您好", next="end"), End(id="end")))
    known = InventedVisitor(vip=2, fields={"city": "北京"})
    assert told(rehearse(SETTINGS, flow, Script(at=0, visitor=known)))[-1] == "closed"
    assert "bot_message 您好" in told(rehearse(SETTINGS, flow, Script(at=0)))
    assert "bot_message 您好" not in told(rehearse(SETTINGS, flow, Script(at=0, visitor=known)))


def test_silence_ends_it_in_its_own_time_and_the_visitor_may_go() -> None:
    shown = play(Taps(option="1"), Agent(text="您好"), Waits(seconds=180))
    assert told(shown, 3)[:2] == ["idle_warned", "closed"]
    assert [x.after for x in shown.effects if x.act == 3][:2] == [120, 180]
    assert play(Taps(option="1"), Leaves(what="queue"), agents="busy").node == "leave"
    assert play(Leaves(what="conversation")).phase is Phase.CLOSED
    assert play(Taps(option="1"), Agent()).phase is Phase.CLOSED


def asked_first(*acts: AnyAct) -> Rehearsed:
    group = Group(id="sales", name="售前", offer_for=20)
    asking = msgspec.structs.replace(SETTINGS, groups=(group,))
    return rehearse(asking, FLOW, Script(acts=(Taps(option="1"), *acts), at=epoch_ms(T0)))


def test_a_group_that_asks_its_agents_first_serves_when_one_accepts() -> None:
    """待接入: the offer is told with its end, and the visitor waits until it is answered."""
    shown = asked_first()
    offered = shown.effects[-1]
    assert (offered.kind, offered.data["agent"], offered.line) == ("offered_to", "rehearsal", None)
    assert (shown.phase, shown.asking, shown.wakes_at) == (Phase.QUEUED, "agent", epoch_ms(T0) + 20_000)
    served = asked_first(Accepts(), Agent(text="您好"))
    assert told(served, 2) == ["offer_accepted", "assigned"]
    assert (told(served, 3), served.phase, served.asking) == (["agent_message 您好"], Phase.SERVING, None)


def test_an_offer_can_be_declined_or_missed_and_what_is_over_cannot_be_accepted() -> None:
    declined = asked_first(Declines())
    assert told(declined, 2) == ["offer_missed", "offered_to"]
    assert [x.data["declined"] for x in declined.effects if x.kind == "offer_missed"] == [True]
    missed = asked_first(Waits(seconds=20))
    assert (told(missed, 2), missed.effects[-2].data["declined"]) == (["offer_missed", "offered_to"], False)
    late = asked_first(Accepts(), Accepts())
    assert (late.effects[-1].kind, late.effects[-1].data["code"]) == ("refused", "offer_over")


def test_the_same_script_gives_the_same_effects_and_the_settings_stay_as_they_are() -> None:
    acts = (Taps(option="1"), Waits(seconds=3_600))
    script = Script(at=epoch_ms(T0), acts=acts, visitor=InventedVisitor(inbox="a", name="王"))
    twice = [msgspec.json.encode(rehearse(SETTINGS, FLOW, script)) for _ in range(2)]
    assert twice[0] == twice[1]
    assert SETTINGS.flows == ()
