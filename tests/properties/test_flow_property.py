"""For any flow: what is accepted always comes to rest, what is sound is accepted, and a planted mistake is found."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec
from hypothesis import event, given, settings
from hypothesis import strategies as st

from chatserver.flow.condition import KINDS, Clause, Fact, all_hold
from chatserver.flow.form import FormField
from chatserver.flow.interpreter import (
    BotReply,
    answer,
    bot_answered,
    enter,
    failed,
    submitted,
    turned_away,
    webhook_answered,
)
from chatserver.flow.model import (
    AnyNode,
    Ask,
    Bot,
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
    Webhook,
    edges,
)
from chatserver.flow.problem import FlowProblem, Known, ProblemCode
from chatserver.flow.step import (
    BotAsked,
    BotListens,
    Ended,
    Facts,
    FormAsked,
    GroupAsked,
    MenuAsked,
    Rejected,
    Said,
    Step,
    Suggested,
    ValueAsked,
    WebhookAsked,
)
from chatserver.flow.validate import problems
from chatserver.hours.model import WEEKDAYS, Calendar, Interval, Week

ALWAYS = Week(**dict.fromkeys(WEEKDAYS, (Interval(start="00:00", end="24:00"),)))
FACTS = Facts(
    datetime(2026, 5, 6, 10, tzinfo=UTC),
    {"day": Calendar(id="day", name="开", regular=ALWAYS), "night": Calendar(id="night", name="关")},
)
"""Of a first visit."""

VISITS = tuple(msgspec.structs.replace(FACTS, visit={"visits": n}) for n in (1, 2, 3))
GROUPS = ("a", "b", "c")
KNOWN = Known(groups=frozenset(GROUPS), calendars=frozenset(FACTS.calendars), bots=frozenset("b"))
FIELDS = (FormField(key="phone", label="电话", kind="tel"),)
TOPIC = FormField(key="topic", label="类型", kind="select", options=("甲", "乙"))
WORDS = ("1", "2", "3", "13800000000", "?")
KINDS_OF_NODE = (Hours, Menu, Ask, Condition, Jump, Say, Bot, Webhook, ToGroup, LeaveMessage, End)

Draw = Callable[[st.SearchStrategy[Any]], Any]


def make(draw: Draw, id: str, ahead: list[str], anywhere: list[str], group: str) -> AnyNode:
    """A node of any kind: its unasked edges lead to `ahead`, those after a first answer `anywhere`."""
    forth = st.sampled_from(ahead) if ahead else st.nothing()
    kind = draw(st.sampled_from(KINDS_OF_NODE if ahead else [LeaveMessage, End]))
    if kind is Hours:
        return Hours(id=id, calendar=draw(st.sampled_from(["day", "night"])), open=draw(forth), closed=draw(forth))
    if kind is Menu:
        ways = [draw(forth), *draw(st.lists(st.sampled_from(anywhere), max_size=2))]
        options = tuple(Option(key=str(n), label=f"选项{n}", next=to) for n, to in enumerate(ways, 1))
        missed = draw(st.none() | st.sampled_from(anywhere))
        return Menu(id=id, text="?", options=options, max_misses=draw(st.integers(1, 3)), missed=missed)
    if kind is Ask:
        field, missed = draw(st.sampled_from([TOPIC, FIELDS[0]])), draw(st.none() | st.sampled_from(anywhere))
        return Ask(id=id, text="?", field=field, max_misses=draw(st.integers(1, 3)), missed=missed, next=draw(forth))
    if kind is Condition:
        ways = draw(st.lists(forth, min_size=1, max_size=2))
        branches = tuple(Branch(when=(Clause(fact="visits", value=n),), next=to) for n, to in enumerate(ways, 1))
        return Condition(id=id, branches=branches, otherwise=draw(forth))
    if kind is Jump:
        return Jump(id=id, node=draw(forth))
    if kind is Say:
        return Say(id=id, text="……", next=draw(forth))
    if kind is Bot:
        turns, gone = draw(st.integers(1, 4)), draw(st.none() | forth)
        return Bot(id=id, bot="b", text="?", max_misses=2, max_turns=turns, handoff=draw(forth), failed=gone)
    if kind is Webhook:
        return Webhook(id=id, url="https://example.com", next=draw(forth), failed=draw(forth))
    if kind is ToGroup:
        return ToGroup(id=id, group=group, otherwise=draw(forth))
    if kind is LeaveMessage:
        return LeaveMessage(id=id, text="请留言", fields=FIELDS, next=draw(st.none() | st.sampled_from(anywhere)))
    return End(id=id, text="再见")


@st.composite
def wild_flows(draw: Draw) -> Flow:
    """Edges anywhere, to the node itself and into the void too: most are unsound."""
    names = [f"n{i}" for i in range(draw(st.integers(1, 5)))]
    to = names + (["void"] if draw(st.integers(0, 9)) == 0 else [])
    group = st.sampled_from(GROUPS)
    nodes = [make(draw, name, to, to, draw(group)) for name in names]
    return Flow(id="wild", name="流程", nodes=(Start(id="start", next=names[0]), *nodes))


@st.composite
def sound_flows(draw: Draw) -> Flow:
    """Sound by construction: unasked edges lead forward only, each group stands once, all that is left is reached."""
    names = [f"n{i}" for i in range(draw(st.integers(1, 6)))]
    spare = iter("abcdef")
    nodes = [make(draw, name, names[i + 1 :], names, next(spare)) for i, name in enumerate(names)]
    flow = Flow(id="sound", name="流程", nodes=(Start(id="start", next=names[0]), *nodes))
    return msgspec.structs.replace(flow, nodes=tuple(node for node in flow.nodes if node.id in reached(flow)))


def reached(flow: Flow) -> set[str]:
    seen, ahead = set(), ["start"]
    while ahead:
        if (id := ahead.pop()) not in seen and (node := flow.node(id)):
            seen.add(id)
            ahead += [edge.to for edge in edges(node)]
    return seen


SOUND_KNOWN = msgspec.structs.replace(KNOWN, groups=frozenset("abcdef"))


def go_on(flow: Flow, step: Step, words: str, facts: Facts = FACTS) -> Step | None:
    """What the visitor or the queue does next at a place of rest; None at the end."""
    match step.outputs[-1]:
        case MenuAsked() | ValueAsked() | BotListens():
            return answer(flow, step.node, words, facts, step.misses, step.turns)
        case BotAsked() | WebhookAsked():
            return from_outside(flow, step, words, facts)
        case GroupAsked():
            return turned_away(flow, step.node, facts)
        case FormAsked():
            return submitted(flow, step.node, facts)
        case Ended():
            return None
        case Said() | Suggested() | Rejected():
            raise AssertionError("a step closes with a place of rest")


def from_outside(flow: Flow, step: Step, words: str, facts: Facts) -> Step:
    """A bot or a server answers, does not know, or breaks."""
    if words == "2":
        return failed(flow, step.node, facts)
    if isinstance(step.outputs[-1], WebhookAsked):
        return webhook_answered(flow, step.node, {}, facts)
    reply = BotReply(text="!", understood=words != "?", handoff=words == "1")
    return bot_answered(flow, step.node, reply, facts, step.misses, step.turns)


def assert_rests(flow: Flow, step: Step) -> None:
    on_the_way = [isinstance(output, Said | Suggested | Rejected) for output in step.outputs]
    assert on_the_way == [True] * (len(step.outputs) - 1) + [False]
    assert len(step.outputs) <= len(flow.nodes) + 1  # each node speaks at most once, thanks come on top
    assert flow.node(step.node) is not None


def explore(flow: Flow) -> None:
    """Every place a visitor can come to with any words, patience and any mood of the queue."""
    for facts in VISITS:
        explore_as(flow, facts)


def explore_as(flow: Flow, facts: Facts) -> None:
    ahead, seen = [enter(flow, facts)], set()
    while ahead:
        step = ahead.pop()
        assert_rests(flow, step)
        state = (step.node, min(step.misses, 4), step.turns, type(step.outputs[-1]))
        if state not in seen:
            seen.add(state)
            ahead += [after for words in WORDS if (after := go_on(flow, step, words, facts))]
    assert any(kind in (Ended, GroupAsked, FormAsked) for *_, kind in seen), "a visitor must get somewhere"


@settings(max_examples=300, deadline=None)
@given(wild_flows())
def test_an_accepted_flow_never_fails_a_visitor_whatever_they_answer(flow: Flow) -> None:
    accepted = not problems(flow, KNOWN)
    event("accepted" if accepted else "refused")
    if accepted:
        explore(flow)


@settings(max_examples=150, deadline=None)
@given(sound_flows())
def test_a_sound_flow_is_accepted_and_runs(flow: Flow) -> None:
    assert problems(flow, SOUND_KNOWN) == []
    explore(flow)


@settings(max_examples=60, deadline=None)
@given(sound_flows(), st.lists(st.sampled_from(WORDS), max_size=30))
def test_who_is_turned_away_meets_each_group_at_most_once_until_asked(flow: Flow, words: list[str]) -> None:
    step: Step | None = enter(flow, FACTS)
    for said in words:
        met: list[str] = []
        while step and isinstance(asked := step.outputs[-1], GroupAsked):
            met.append(asked.group)
            step = turned_away(flow, step.node, FACTS)
            assert len(met) == len(set(met))
        step = step and go_on(flow, step, said)


def led(node: AnyNode, path: str, to: str) -> AnyNode:
    """`node` with the edge at `path` leading to `to`."""
    parts: dict[str, Any] = {path: to}
    if "[" in path:
        name, _, place = path.removesuffix("].next").partition("[")
        ways = [*getattr(node, name)]
        ways[int(place)] = msgspec.structs.replace(ways[int(place)], next=to)
        parts = {name: tuple(ways)}
    return msgspec.structs.replace(node, **parts)


@st.composite
def planted(draw: Draw, to: str, *extra: AnyNode) -> tuple[Flow, str]:
    """A sound flow with `extra` nodes, into which one edge was bent to lead; and the place of that edge."""
    flow = draw(sound_flows())
    ways = [(i, edge.path) for i, node in enumerate(flow.nodes) for edge in edges(node)]
    place, path = draw(st.sampled_from(ways))
    nodes = [*flow.nodes, *extra]
    nodes[place] = led(nodes[place], path, to)
    return msgspec.structs.replace(flow, nodes=tuple(nodes)), f"$.nodes[{place}].{path}"


def codes(flow: Flow) -> set[tuple[str, ProblemCode]]:
    return {(problem.node, problem.code) for problem in problems(flow, SOUND_KNOWN)}


@settings(max_examples=40, deadline=None)
@given(planted(""), planted("void"))
def test_an_edge_that_leads_nowhere_is_always_found(cut: tuple[Flow, str], lost: tuple[Flow, str]) -> None:
    for (flow, path), code in ((cut, ProblemCode.EDGE_UNSET), (lost, ProblemCode.EDGE_UNKNOWN)):
        found = {(problem.path, problem.code) for problem in problems(flow, SOUND_KNOWN)}
        assert (path, code) in found


RING = (
    Say(id="r1", text="1", next="r2"),
    Hours(id="r2", calendar="day", open="r3", closed="r3"),
    Jump(id="r3", node="r4"),
    Condition(id="r4", branches=(Branch(when=(Clause(fact="visits", value=1),), next="r1"),), otherwise="r1"),
)
TRAP = Menu(id="trap", text="?", options=(Option(key="1", label="再来", next="trap"),), missed="trap")


@settings(max_examples=40, deadline=None)
@given(planted("r2", *RING), planted("trap", TRAP))
def test_a_circle_without_end_is_always_found(ring: tuple[Flow, str], trap: tuple[Flow, str]) -> None:
    assert {(node.id, ProblemCode.LOOP) for node in RING} <= codes(ring[0])
    assert ("trap", ProblemCode.DEAD_END) in codes(trap[0])


AGAIN = (
    ToGroup(id="g1", group="a", otherwise="busy"),
    Say(id="busy", text="忙", next="g2"),
    ToGroup(id="g2", group="a"),
)


@settings(max_examples=40, deadline=None)
@given(planted("g1", *AGAIN), sound_flows())
def test_the_same_group_twice_and_a_lost_node_are_always_found(again: tuple[Flow, str], flow: Flow) -> None:
    assert ("g1", ProblemCode.GROUP_AGAIN) in codes(again[0])
    orphan = msgspec.structs.replace(flow, nodes=(*flow.nodes, End(id="orphan")))
    found = problems(orphan, SOUND_KNOWN)
    assert found == [FlowProblem(f"$.nodes[{len(flow.nodes)}]", ProblemCode.UNREACHABLE, "orphan")]


@st.composite
def clauses(draw: Draw) -> Clause:
    """A demand that fits its fact; the facts are few, so that demands meet."""
    fact: str = draw(st.sampled_from(["verified", "visits", "hour", "weekday", "locale"]))
    op: Any = draw(st.sampled_from(sorted(KINDS[fact].ops)))
    value = draw(values(fact))
    return Clause(fact=fact, op=op, value=tuple({value, draw(values(fact))}) if op == "one_of" else value)


def values(fact: str) -> st.SearchStrategy[Any]:
    some: dict[str, st.SearchStrategy[Any]] = {
        "verified": st.booleans(),
        "visits": st.integers(0, 4),
        "hour": st.sampled_from([0, 1, 9, 23, 24]),
        "weekday": st.sampled_from(WEEKDAYS),
        "locale": st.sampled_from(["en", "zh-CN"]),
    }
    return some[fact]


CASES: st.SearchStrategy[dict[str, Fact]] = st.fixed_dictionaries(
    {
        "verified": st.booleans(),
        "visits": st.integers(1, 6),
        "hour": st.integers(0, 23),
        "weekday": st.sampled_from(WEEKDAYS),
        "locale": st.sampled_from(["en", "EN", "zh-CN", "ja"]),
    }
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.lists(clauses(), max_size=3).map(tuple), min_size=1, max_size=4), st.lists(CASES, min_size=20))
def test_a_branch_that_is_called_unreachable_is_never_taken(
    demands: list[tuple[Clause, ...]], cases: list[dict[str, Fact]]
) -> None:
    """Nobody is told to delete a branch that serves somebody."""
    branches = tuple(Branch(when=when, next="end") for when in demands)
    fork = Condition(id="if", branches=branches, otherwise="end")
    flow = Flow(id="f", name="流程", nodes=(Start(id="start", next="if"), fork, End(id="end")))
    found = problems(flow, KNOWN)
    assert {problem.code for problem in found} <= {ProblemCode.BRANCH_NEVER}
    event("all reachable" if not found else "some unreachable")
    ways = [f"$.nodes[1].branches[{place}]" for place in range(len(branches))] + ["$.nodes[1].otherwise"]
    for facts in cases:
        first = next((place for place, when in enumerate(demands) if all_hold(when, facts)), len(demands))
        assert ways[first] not in {problem.path for problem in found}
