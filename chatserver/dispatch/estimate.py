"""How long a wait will be: an interval that is scored by how the waits came out, and widens until it holds. Pure.

The pace of a group is the time between two departures from its queue. A place with `ahead` others in front waits for
`ahead + 1` of them. How far waits may lie from that is not assumed but learnt: from how far the last ones did lie.
"""

from datetime import datetime, timedelta
from math import ceil, sqrt
from statistics import fmean, pstdev
from typing import Literal

import msgspec
from msgspec.structs import replace

Outcome = Literal["inside", "below", "above"]

ENOUGH = 5
"""Departures without which nothing is known."""

RECENT = 50
"""Departures that make the pace."""

FRESH = timedelta(hours=2)
"""Older departures say nothing of now: the night, or another crew."""

SCORED = 200
"""Outcomes that are kept: by them the interval is as wide as it is."""

HELD, HELD_AFTER_MISSES = 0.9, 0.97
"""The share of the last waits that the interval is made wide enough for: more than the 0.8 that is promised, because
waits that follow one another are alike, and even more while too few of the last intervals held."""

TOO_FEW = 0.85

LATELY = 30
"""Outcomes that count by themselves: what has just changed is not outvoted by what was before."""

FIRST_WIDTH = 1.5
"""Of an interval that has not been scored yet, in deviations: what holds 85 of 100 if waits are normal."""

LEAST_WIDTH = 1.2
"""Long waits are scored late: what held an hour ago is not taken for more than it is."""


class Departure(msgspec.Struct, frozen=True):
    """Somebody left the queue for an agent, `seconds` after the one before."""

    at: datetime
    seconds: float


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What was told at `at`: from `low` to `high` seconds. `centre` and `spread` are what it was made of."""

    at: datetime
    low: int
    high: int
    centre: float
    spread: float


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """One group. `errors` are how far waits lay from the centre, in spreads, the newest last."""

    departures: tuple[Departure, ...] = ()
    last: datetime | None = None
    errors: tuple[float, ...] = ()
    outcomes: tuple[Outcome, ...] = ()

    @property
    def coverage(self) -> float | None:
        """The share of the last told intervals that held; None while none has been scored."""
        return self.outcomes.count("inside") / len(self.outcomes) if self.outcomes else None

    @property
    def width(self) -> float:
        """In spreads: as wide as would have held the last waits, all but a few."""
        if len(self.errors) < ENOUGH:
            return FIRST_WIDTH
        held = HELD if (self.coverage or 0) >= TOO_FEW else HELD_AFTER_MISSES
        return max(_reach(self.errors, held), _reach(self.errors[-LATELY:], held), LEAST_WIDTH)


def _reach(errors: tuple[float, ...], share: float) -> float:
    """The smallest that so many of all do not exceed, the next one counted in: what it will be is not known yet."""
    place = min(ceil(share * (len(errors) + 1)), len(errors))
    return sorted(errors)[place - 1]


def departed(pace: Pace, at: datetime, waited_since: datetime | None) -> Pace:
    """Somebody was given an agent. `waited_since` is None for one who did not wait: that is no pace of a queue."""
    if waited_since is None:
        return replace(pace, last=at)
    gap = at - max(waited_since, pace.last or waited_since)
    return replace(pace, last=at, departures=(*pace.departures, Departure(at, gap.total_seconds()))[-RECENT:])


def tell(pace: Pace, ahead: int, now: datetime) -> Told | None:
    """What can be said of a place with `ahead` others in front; None when too little is known."""
    gaps = [d.seconds for d in pace.departures if now - d.at <= FRESH]
    if len(gaps) < ENOUGH:
        return None
    turns = ahead + 1
    centre = turns * fmean(gaps)
    # What a sum deviates, and what the pace itself may be off by, which counts once for each turn. A pace without any
    # deviation is still not known to the second.
    spread = max(pstdev(gaps) * sqrt(turns + turns * turns / len(gaps)), centre / 20, 1.0)
    half = pace.width * spread
    low, high = max(0, int(centre - half)), ceil(centre + half)
    return Told(at=now, low=low, high=high, centre=centre, spread=spread)


def scored(pace: Pace, told: Told, at: datetime, served: bool) -> Pace:
    """The wait is over. Whoever gave up was not served within what was told only if that time is over; before, nobody
    knows."""
    took = (at - told.at).total_seconds()
    if not served and took <= told.high:
        return pace
    outcome: Outcome = "below" if took < told.low else "above" if took > told.high else "inside"
    return replace(
        pace,
        errors=(*pace.errors, abs(took - told.centre) / told.spread)[-SCORED:],
        outcomes=(*pace.outcomes, outcome)[-SCORED:],
    )
