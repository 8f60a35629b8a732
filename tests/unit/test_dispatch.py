"""The floor: what a match says of itself, where queues flow over to, and that looking where it matters is enough."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from chatserver.dispatch import inputs as i
from chatserver.dispatch.check import problems
from chatserver.dispatch.decide import decide
from chatserver.dispatch.eligibility import open_seats, unfit
from chatserver.dispatch.events import Matched, Offered
from chatserver.dispatch.evolve import evolve, join, serve, with_seat
from chatserver.dispatch.match import match, match_all
from chatserver.dispatch.model import Floor, Seat, Waiting
from chatserver.dispatch.reason import rank, reason
from chatserver.dispatch.settings import DispatchRules, Group
from chatserver.kernel.machine import Env

NOW = datetime(2030, 1, 1, tzinfo=UTC)
GROUPS = ("g1", "g2")
CHANNELS = ("web", "h5", "wechat_kefu")
RULES = Env(NOW, DispatchRules(groups={g: Group(id=g, name=g) for g in GROUPS}, window="2030-01-01"))

seats = st.builds(
    Seat,
    agent=st.sampled_from(["a", "b", "c", "d"]),
    groups=st.frozensets(st.sampled_from(GROUPS)),
    min=st.integers(0, 2),
    max=st.integers(1, 4),
    channels=st.none() | st.frozensets(st.sampled_from(CHANNELS)),
    channel_max=st.dictionaries(st.sampled_from(CHANNELS), st.integers(0, 2)),
    ready=st.booleans(),
    on_duty=st.booleans(),
)
waits = st.builds(
    Waiting,
    conversation=st.uuids().map(str),
    group=st.sampled_from(GROUPS),
    since=st.integers(0, 50).map(lambda s: NOW - timedelta(seconds=s)),
    channel=st.sampled_from(CHANNELS),
    priority=st.integers(0, 2),
    excluded=st.none() | st.sampled_from(["a", "b"]),
    missed=st.lists(st.sampled_from(["a", "b", "c"]), unique=True).map(tuple),
    last_agent=st.none() | st.sampled_from(["a", "b"]),
)


def floor_of(found: list[Seat], waiting: list[Waiting], served: list[tuple[str, str]]) -> Floor:
    floor = Floor()
    for seat in {s.agent: s for s in found}.values():
        floor = with_seat(floor, seat)
    for n, (agent, channel) in enumerate(served):
        if agent in floor.seats:
            floor = serve(floor, agent, f"s{n}", channel)
            floor = with_seat(floor, replace(floor.seats[agent], load=len(floor.served(agent))))
    for w in waiting:
        floor = join(floor, w)
    return floor


def one_by_one(floor: Floor) -> list[tuple[str, str]]:
    """The rule in its plain words: everybody in their order, and for each the best of all seats that fit."""
    given: list[tuple[str, str]] = []
    for w in sorted(floor.waiting.values(), key=lambda w: w.order):
        fit = [s for s in floor.seats.values() if unfit(s, w, floor) is None]
        never = [s for s in fit if s.agent not in w.missed]
        fit = never or [s for a in w.missed for s in fit if s.agent == a][:1]
        fit = [s for s in fit if s.load < s.min] or fit
        if not fit:
            continue
        best = rank(fit, w, RULES.settings.groups[w.group], RULES.settings.window)[0]
        given.append((w.conversation, best.agent))
        for found in match(floor, [w.group], RULES):
            if found.conversation == w.conversation:
                floor = evolve(floor, found)
                break
        else:
            raise AssertionError("the plain rule gives a seat, and the product does not")
    return given


@settings(max_examples=150, deadline=None)
@given(
    st.lists(seats, max_size=4),
    st.lists(waits, max_size=12, unique_by=lambda w: w.conversation),
    st.lists(st.tuples(st.sampled_from(["a", "b", "c", "d"]), st.sampled_from(CHANNELS)), max_size=6),
)
def test_passing_whole_lines_by_gives_the_same_as_asking_everybody(
    found: list[Seat], waiting: list[Waiting], served: list[tuple[str, str]]
) -> None:
    """C-3: lines by channel make it fast; they change nobody's turn and nobody's agent."""
    floor = floor_of(found, waiting, served)
    matched = [(m.conversation, m.agent) for m in match_all(floor, RULES)]
    assert matched == one_by_one(floor)


def test_a_reason_names_the_channel_and_the_priority() -> None:
    """S1-1.4c, S1-4.12e: why not this one, and why before the others."""
    off = Seat(agent="off", groups=frozenset({"g1"}), max=5, ready=True, on_duty=True, channels=frozenset({"web"}))
    full = Seat(agent="full", groups=frozenset({"g1"}), max=5, ready=True, on_duty=True, channel_max={"h5": 0})
    good = Seat(agent="good", groups=frozenset({"g1"}), max=5, ready=True, on_duty=True)
    floor = floor_of([off, full, good], [], [])
    input = i.VisitorWaiting(conversation="c", group="g1", since=NOW, channel="h5", priority=6, vip=3)
    matched = next(x for x in decide(floor, input, RULES) if isinstance(x, Matched))
    assert matched.agent == "good"
    assert matched.reason.rejected == {"off": "channel_off", "full": "channel_full"}
    assert (matched.reason.priority, matched.reason.vip) == (6, 3)


@given(st.lists(seats, max_size=4), waits, st.lists(st.sampled_from(["a", "b", "c", "d"]), max_size=6))
def test_a_reason_explains_everybody_of_the_group(found: list[Seat], w: Waiting, served: list[str]) -> None:
    """S1-4.12e: named in their order or with the cause; counted by the same causes where the group is large."""
    floor = floor_of(found, [w], [(agent, "web") for agent in served])
    named, counted = (reason(floor, w, open_seats(floor, w), RULES, named=n) for n in (100, -1))
    members = floor.members.get(w.group, frozenset())
    assert {*named.ranked} | {*named.rejected} == members
    assert len(named.ranked) == named.eligible == len(members) - len(named.rejected)
    assert named.causes == counted.rejected == {}
    assert counted.causes == Counter(named.rejected.values())
    assert counted.ranked == named.ranked[:5]


def test_whoever_missed_an_offer_comes_last_and_who_is_below_the_minimum_first() -> None:
    """The order says it all: nobody who could have served is left out of it."""
    common: dict[str, Any] = {"groups": frozenset({"g1"}), "max": 5, "ready": True, "on_duty": True}
    idle, own, poor, missed = (Seat(agent=a, **common) for a in ("idle", "own", "poor", "missed"))
    floor = floor_of([idle, own, replace(poor, min=2), missed], [], [("poor", "web"), ("own", "web")])
    w = Waiting(conversation="c", group="g1", since=NOW, missed=("gone", "missed"), prefers="own")
    why = reason(floor, w, open_seats(floor, w), RULES)
    assert (why.ranked, why.below_min, why.missed) == (("poor", "own", "idle", "missed"), True, ("missed",))


@pytest.mark.parametrize(
    ("overflow", "expected"),
    [
        ({"a": "b", "b": "c"}, []),
        ({"a": "x"}, [("$.groups[0].overflow", "unknown_group")]),
        ({"a": "a"}, [("$.groups[0].overflow", "overflow_in_a_circle")]),
        ({"a": "b", "b": "a"}, [(f"$.groups[{n}].overflow", "overflow_in_a_circle") for n in (0, 1)]),
        (
            {"a": "b", "b": "c", "c": "b"},
            [(f"$.groups[{n}].overflow", "overflow_in_a_circle") for n in (1, 2)],
        ),
    ],
)
def test_groups_do_not_flow_over_in_a_circle(overflow: dict[str, str], expected: list[tuple[str, str]]) -> None:
    """Nor to a group that does not exist; the settings are refused with the place."""
    groups = tuple(Group(id=g, name=g, overflow=overflow.get(g, "")) for g in "abc")
    assert list(problems(groups)) == expected


def test_an_offer_holds_a_place_of_its_channel() -> None:
    """S2-3.7c: whoever is asked cannot be asked beyond the cap of that channel, and is free again when it is over."""
    rules = Env(NOW, DispatchRules(groups={"g1": Group(id="g1", name="g1", offer_for=20)}, window="2030-01-01"))
    seat = Seat(agent="a", groups=frozenset({"g1"}), max=5, ready=True, on_duty=True, channel_max={"web": 1})
    floor, asked = floor_of([seat], [], []), []
    for n in range(2):
        for event in decide(floor, i.VisitorWaiting(conversation=f"c{n}", group="g1", since=NOW), rules):
            floor = evolve(floor, event)
            asked += [event.conversation] if isinstance(event, Offered) else []
    assert asked == ["c0"]
    for event in decide(floor, i.VisitorGone(conversation="c0"), rules):
        floor = evolve(floor, event)
    assert floor.served("a") == {"c1": "web"}
