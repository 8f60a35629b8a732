"""Each strategy as a table: who is served next, and why (S1-3.1b to S1-3.1h)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from chatserver.dispatch.model import Seat, Strategy, Waiting
from chatserver.dispatch.reason import rank
from chatserver.dispatch.settings import Group

NOW = datetime(2030, 1, 1, tzinfo=UTC)
TODAY = "2030-01-01"
VISITOR = Waiting(conversation="c", group="g", since=NOW, last_agent="b")


def ago(seconds: int) -> datetime:
    return NOW - timedelta(seconds=seconds)


YESTERDAY = "2029-12-31"


def seat(agent: str, max: int, load: int, turn: int, idle: int, ready: int, **counts: Any) -> Seat:
    return Seat(agent=agent, max=max, load=load, turn=turn, idle_since=ago(idle), ready_since=ago(ready), **counts)


A = seat("a", max=4, load=2, turn=7, idle=50, ready=10, counted_in=TODAY, served=5, inbound=1)
B = seat("b", max=8, load=1, turn=9, idle=40, ready=20, counted_in=TODAY, served=3, inbound=2)
C = seat("c", max=2, load=1, turn=8, idle=30, ready=30, counted_in=YESTERDAY, served=9, inbound=9)
NEW = Seat(agent="d", max=1, load=0)


@pytest.mark.parametrize(
    ("strategy", "expected", "why"),
    [
        (Strategy.ROUND_ROBIN, "acb", "the one whose turn is longest ago"),
        (Strategy.LEAST_ASSIGNED, "cba", "yesterday's count does not matter today"),
        (Strategy.LEAST_INBOUND, "cab", "a has served most but the fewest that came from a queue"),
        (Strategy.LONGEST_IDLE, "acb", "nobody is idle: those who have conversations take turns"),
        (Strategy.LONGEST_READY, "acb", "nobody is idle: those who have conversations take turns"),
        (Strategy.LEAST_LOADED, "bca", "1 of 8 before 2 of 4, and of equal shares the smaller load"),
    ],
)
def test_strategy_orders_the_eligible_seats(strategy: Strategy, expected: str, why: str) -> None:
    """The golden table of seats gives the expected order."""
    ranked = rank([A, B, C], VISITOR, Group(id="g", name="g", strategy=strategy), TODAY)
    assert "".join(s.agent for s in ranked) == expected, why


@pytest.mark.parametrize(
    ("strategy", "expected", "why"),
    [
        (Strategy.LONGEST_IDLE, "abc", "since the last conversation ended, whatever the status did"),
        (Strategy.LONGEST_READY, "cba", "since the present ready status began"),
    ],
)
def test_idle_time_orders_those_who_are_idle(strategy: Strategy, expected: str, why: str) -> None:
    """Before anybody who has a conversation, however long ago the last one ended."""
    idle = [replace(s, load=0) for s in (A, B, C)]
    busy = replace(NEW, max=2, load=1, turn=1)
    ranked = rank([busy, *idle], VISITOR, Group(id="g", name="g", strategy=strategy), TODAY)
    assert "".join(s.agent for s in ranked) == expected + "d", why


def test_returning_visitors_go_to_who_served_them_last() -> None:
    """回头客优先; where nobody is to return to, the secondary strategy decides."""
    group = Group(id="g", name="g", strategy=Strategy.RETURNING_FIRST, secondary=Strategy.ROUND_ROBIN)
    assert [s.agent for s in rank([A, B, C], VISITOR, group, TODAY)] == ["b", "a", "c"]
    stranger = Waiting(conversation="c", group="g", since=NOW)
    assert [s.agent for s in rank([A, B, C], stranger, group, TODAY)] == ["a", "c", "b"]


@pytest.mark.parametrize("strategy", [s for s in Strategy if s is not Strategy.RETURNING_FIRST])
def test_an_agent_who_never_served_comes_first(strategy: Strategy) -> None:
    """A fresh seat has no count, no turn and no past: every strategy begins with it."""
    assert rank([A, B, NEW], VISITOR, Group(id="g", name="g", strategy=strategy), TODAY)[0].agent == "d"


def test_ties_go_to_the_smaller_id() -> None:
    """The same floor gives the same answer, always."""
    twins = [Seat(agent=a, max=3) for a in ("y", "x", "z")]
    for strategy in Strategy:
        ranked = rank(twins, VISITOR, Group(id="g", name="g", strategy=strategy), TODAY)
        assert [s.agent for s in ranked] == ["x", "y", "z"]
