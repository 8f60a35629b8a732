"""等待时间: an honest interval, scored by how the waits came out (S1-3.1i)."""

import heapq
from collections import deque
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest

from chatserver.dispatch.estimate import SCORED, Pace, Told, departed, scored, tell
from tests.fakes.clock import T0


def at(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


def paced(*gaps: float) -> Pace:
    """A group whose queue was left after these gaps; the first visitor came at the beginning."""
    pace, now = Pace(last=T0), 0.0
    for gap in gaps:
        now += gap
        pace = departed(pace, at(now), T0)
    return pace


def test_nothing_is_said_when_nothing_is_known() -> None:
    """Four departures are no pace, the fifth makes one; and yesterday's crew says nothing of today's."""
    assert tell(Pace(), 0, T0) is None
    assert tell(paced(60, 60, 60, 60), 0, at(240)) is None
    assert tell(paced(60, 60, 60, 60, 60), 0, at(300)) is not None
    assert tell(paced(60, 60, 60, 60, 60), 0, at(300 + 7_300)) is None


def test_a_place_further_back_waits_longer() -> None:
    """As many gaps as there are others in front, and one."""
    pace = paced(*[50, 70] * 5)
    first, tenth = tell(pace, 0, at(600)), tell(pace, 9, at(600))
    assert first and tenth
    assert first.centre == 60 and tenth.centre == 600
    assert first.low <= 60 <= first.high < tenth.low <= 600 <= tenth.high


def test_whoever_did_not_wait_makes_no_pace() -> None:
    """On a quiet morning agents wait for visitors: those gaps say nothing of a queue."""
    pace = Pace()
    for n in range(20):
        pace = departed(pace, at(600 * n), None)
    assert tell(pace, 0, at(12_000)) is None


def test_the_first_in_a_new_queue_counts_from_when_they_came() -> None:
    """Not from the last departure, before which the queue was empty."""
    pace = departed(Pace(last=T0), at(1_000), at(970))
    assert pace.departures[-1].seconds == 30


def test_a_wait_is_scored_as_it_came_out() -> None:
    """Inside, below and above; who gave up before the end of the interval proves nothing."""
    told = Told(at=T0, low=50, high=100, centre=75, spread=10)
    for took, outcome in ((50, "inside"), (100, "inside"), (49, "below"), (101, "above")):
        assert scored(Pace(), told, at(took), served=True).outcomes == (outcome,)
    assert scored(Pace(), told, at(101), served=False).outcomes == ("above",)
    assert scored(Pace(), told, at(99), served=False) == Pace()


def test_the_interval_widens_when_it_did_not_hold() -> None:
    """And narrows again when it did."""
    told = Told(at=T0, low=50, high=100, centre=75, spread=10)
    missed = Pace()
    for _ in range(20):
        missed = scored(missed, told, at(175), served=True)
    assert (missed.coverage, missed.width) == (0, 10)
    better = missed
    for _ in range(SCORED):
        better = scored(better, told, at(80), served=True)
    assert (better.coverage, better.width) == (1, 1.2)


def numbers(seed: int) -> Iterator[float]:
    """Between 0 and 1, the same in every run."""
    while True:
        seed = (seed * 6364136223846793005 + 1442695040888963407) % 2**64
        yield (seed >> 11) / 2**53


Work = Callable[[float, float], float]
"""(a number between 0 and 1, how much of the day is over) -> how long an agent needs for one conversation."""


def steady(u: float, over: float) -> float:
    return 200 + 200 * u


def wild(u: float, over: float) -> float:
    """Many short ones, a few very long ones."""
    return 30 + 60 / (1.02 - u)


def slower(u: float, over: float) -> float:
    """A third longer from the middle of the day on: more than the agents can do."""
    return (100 + 200 * u) * (1 if over < 0.5 else 4 / 3)


def simulate(agents: int, every: float, work: Work, patience: float = 1e9, visitors: int = 1_000) -> Pace:
    """A busy day of one queue: everybody who waits is told an interval when they come, and scored when it is over."""
    number, pace, day = numbers(7), Pace(), every * visitors
    free = [0.0] * agents
    queue: deque[tuple[float, Told | None]] = deque()
    now = 0.0
    for _ in range(visitors):
        now += 2 * every * next(number)
        while queue and free[0] <= now:
            came, told = queue.popleft()
            if free[0] > came + patience:
                pace = scored(pace, told, at(came + patience), served=False) if told else pace
                continue
            start = max(free[0], came)
            heapq.heapreplace(free, start + work(next(number), start / day))
            pace = departed(scored(pace, told, at(start), served=True) if told else pace, at(start), at(came))
        if not queue and free[0] <= now:
            heapq.heapreplace(free, now + work(next(number), now / day))
            pace = departed(pace, at(now), None)
        else:
            queue.append((now, tell(pace, len(queue), at(now))))
    return pace


@pytest.mark.parametrize("work", [steady, wild, slower])
@pytest.mark.parametrize(("agents", "every"), [(1, 250), (4, 60), (20, 12)])
def test_the_interval_holds_as_often_as_it_promises(agents: int, every: float, work: Work) -> None:
    """Four of five waits end inside, whatever the work is like, with few agents and with many, and when it changes."""
    pace = simulate(agents, every, work)
    assert len(pace.outcomes) >= 40
    assert pace.coverage is not None and 0.75 <= pace.coverage <= 1


def test_it_holds_with_visitors_who_give_up() -> None:
    """Their leaving makes the others' wait shorter."""
    pace = simulate(4, 60, steady, patience=400)
    assert pace.coverage is not None and 0.75 <= pace.coverage <= 1
