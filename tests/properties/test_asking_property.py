"""For any order of words, answers, late answers, failures and silence, whoever is asked is heard once (S1-5.1.1e)."""

from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from chatserver.bots.settings import RuleBot
from chatserver.conversation import events as e
from chatserver.conversation import inputs as i
from chatserver.conversation.content import TextContent
from chatserver.conversation.model import Conversation, FlowRef, Phase, Visit, line_id
from chatserver.dispatch.settings import Group
from chatserver.flow.form import FormField
from chatserver.flow.model import Bot, Flow, LeaveMessage, Start, ToGroup, Webhook
from chatserver.hub.step import OpenConversationOf
from chatserver.kernel.errors import Refused
from chatserver.settings.model import Settings
from tests.world import World

NAME = (FormField(key="name", label="称呼"),)
FLOW = Flow(
    id="f",
    name="流程",
    nodes=(
        Start(id="start", next="hook"),
        Webhook(id="hook", url="https://example.com", timeout=5, next="bot", failed="bot"),
        Bot(id="bot", bot="b", timeout=10, max_misses=2, max_turns=6, handoff="desk", failed="hook2"),
        Webhook(id="hook2", url="https://example.com", timeout=5, next="bot2", failed="leave"),
        Bot(id="bot2", bot="b", timeout=10, max_turns=2, handoff="desk"),
        ToGroup(id="desk", group="g", otherwise="leave"),
        LeaveMessage(id="leave", text="请留言", fields=NAME),
    ),
)
SETTINGS = Settings(groups=(Group(id="g", name="g"),), bots=(RuleBot(id="b", name="b"),), flows=(FLOW,))
ASKED = (e.BotAsked, e.WebhookAsked)
SETTLED = (e.BotReplied, e.WebhookReplied, e.AskingFailed)
Act = tuple[str, Any]

acts: st.SearchStrategy[Act] = st.one_of(
    st.tuples(st.just("say"), st.sampled_from(["在吗", "退货", "转人工", "1", "人工智能"])),
    st.tuples(st.just("answer"), st.sampled_from(["known", "unsure", "handoff", "empty"])),
    st.tuples(st.just("serve"), st.just("")),
    st.tuples(st.just("fail"), st.just("")),
    st.tuples(st.just("again"), st.integers(0, 9)),  # an answer to any question so far, once more
    st.tuples(st.just("wait"), st.integers(1, 12)),
    st.tuples(st.just("tap"), st.sampled_from(["1", "2"])),
)


def answer(asked: str, what: str) -> i.BotAnswered:
    if what == "empty":
        return i.BotAnswered(asked=asked, suggestions=("怎么退货",))
    return i.BotAnswered(
        asked=asked, text="好", suggestions=("怎么退货",), understood=what != "unsure", handoff=what == "handoff"
    )


def input_of(world: World, number: int, act: Act, asked: list[str]) -> Any:
    c: Conversation = world.states["conversation/c"]
    now = c.asking.id if c.asking else "none"
    match act:
        case ("say", text):
            return i.VisitorSpoke(id=str(number), content=TextContent(text=text))
        case ("answer", what):
            return answer(now, what)
        case ("serve", _):
            return i.WebhookAnswered(asked=now, values={})
        case ("fail", _):
            return i.NotAnswered(asked=now)
        case ("again", which):
            return answer(asked[which % len(asked)], "known")
        case ("tap", option):
            return i.VisitorChose(id=str(number), item=c.asks or "none", option=option)
        case _:
            return None


@settings(max_examples=60, deadline=None)
@given(st.lists(acts, max_size=30))
def test_every_question_to_somebody_outside_is_settled_exactly_once(script: list[Act]) -> None:
    world = World(SETTINGS)
    opening = i.Opening(visit=Visit(contact="v", inbox="web", name="v"), flow=FlowRef(id="f", version=1))
    world.send(OpenConversationOf("v", "c"), i.VisitorCame(opening=opening))
    for number, act in enumerate([("serve", ""), ("say", "退货"), *script]):
        asked = [line_id("c", h.version) for h in world.log if isinstance(h.event, ASKED)]
        try:
            if act[0] == "wait":
                world.advance_to(world.now + timedelta(seconds=act[1]))
            elif input := input_of(world, number, act, asked):
                waits = world.states["conversation/c"].asking
                late = isinstance(input, i.BotAnswered) and (waits is None or waits.id != input.asked)
                happened = world.send("conversation/c", input).happened
                assert not (late and happened), "an answer to another question counts for nothing"
        except Refused:
            pass
        hold(world)


def hold(world: World) -> None:
    """What is true after every step."""
    c: Conversation = world.states["conversation/c"]
    at = FLOW.node(c.place.node) if c.place else None
    pending = 0
    for h in world.log:
        if isinstance(h.event, ASKED):
            assert pending == 0, "one question at a time"
            pending = 1
        elif isinstance(h.event, SETTLED):
            assert pending == 1, "nothing is settled that was not asked"
            pending = 0
        elif isinstance(h.event, e.NodeReached | e.Closed):
            pending = 0  # a wish for a person, or the end, needs no answer any more
    assert (c.asking is not None) == (pending == 1)
    if c.asking:
        assert c.phase is Phase.GUIDED and isinstance(at, Bot | Webhook)
        assert c.asking.until > world.now
    elif c.phase is Phase.GUIDED:
        assert not isinstance(at, Webhook), "nobody is left waiting for a server that is not asked"
