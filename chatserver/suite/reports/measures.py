"""How a figure is made of counts and sums, and which rows they were counted from. Pure arithmetic."""

from collections.abc import Mapping
from typing import Any, TypeVar, assert_never

import msgspec

from chatserver.hub.tables import Between, Tally, Term
from chatserver.suite.reports.buckets import Counts, percentile, within


class Total(msgspec.Struct, frozen=True):
    """How many rows there are; of a column that is 0 or 1, how many have 1; of any other, the sum."""

    of: str = ""


class Share(msgspec.Struct, frozen=True):
    """In percent: how many rows have 1 in `part`, of those that have 1 in any of `of`; of all without `of`."""

    part: str
    of: tuple[str, ...] = ()


class Mean(msgspec.Struct, frozen=True):
    """The sum of a column, over the rows that have a value there; or over the sum of the column `over`."""

    of: str
    over: str = ""


class Largest(msgspec.Struct, frozen=True):
    of: str


class Within(msgspec.Struct, frozen=True):
    """In percent: the rows with at most `ms` in the column, of those that have 1 in any of `of`; of all without."""

    column: str
    ms: int
    of: tuple[str, ...] = ()


class Quantile(msgspec.Struct, frozen=True):
    """The time that `share` of the rows with a value do not exceed, rounded up to the next step."""

    of: str
    share: float


class Part(msgspec.Struct, frozen=True):
    """In percent: the sum of one column over that of another."""

    of: str
    over: str


How = Total | Share | Mean | Largest | Within | Quantile | Part

K = TypeVar("K")

Number = int | float | None
"""None: there is nothing to divide by, so there is no figure, which is not the same as 0."""


class Sums:
    """Lines of a tally, added up. `steps` are how many rows lie in which step, in the kind's column of steps."""

    def __init__(self) -> None:
        self.rows = 0
        self.sum: dict[str, int] = {}
        self.count: dict[str, int] = {}
        self.largest: dict[str, int] = {}
        self.steps: dict[int, int] = {}

    def join(self, other: "Sums") -> None:
        self.rows += other.rows
        _join(self.sum, other.sum)
        _join(self.count, other.count)
        _join(self.steps, other.steps)
        for column, most in other.largest.items():
            self.largest[column] = max(most, self.largest.get(column, most))


def _join(mine: dict[K, int], its: Mapping[K, int]) -> None:
    for key, number in its.items():
        mine[key] = mine.get(key, 0) + number


def summed(line: Mapping[str, Any], t: Tally) -> Sums:
    """One line of what `t` was answered."""
    s = Sums()
    s.rows = line["rows"]
    s.sum = {c: line[c] for c in t.sums}
    s.count = {c: line[f"{c}_n"] for c in t.sums}
    s.largest = {c: most for c in t.highs if (most := line[f"{c}_max"]) is not None}
    if t.spread:
        s.steps = line[f"{t.spread}_spread"]
    return s


def made(how: How, s: Sums) -> Number:
    """The figure."""
    match how:
        case Total():
            return s.sum.get(how.of, 0) if how.of else s.rows
        case Share():
            return _percent(s.sum.get(how.part, 0), _rows(s, how.of))
        case Mean():
            return _over(s.sum.get(how.of, 0), s.sum.get(how.over, 0) if how.over else s.count.get(how.of, 0))
        case Largest():
            return s.largest.get(how.of)
        case Within():
            return _percent(within(s.steps, how.ms), _rows(s, how.of))
        case Quantile():
            return _quantile(how, s.steps, s.largest.get(how.of, 0))
        case Part():
            return _percent(s.sum.get(how.of, 0), s.sum.get(how.over, 0))
        case _:
            assert_never(how)


def columns(how: How) -> tuple[str, ...]:
    """What must be summed up for it."""
    match how:
        case Total():
            return (how.of,) if how.of else ()
        case Share():
            return (how.part, *how.of)
        case Mean():
            return (how.of, how.over) if how.over else (how.of,)
        case Largest() | Quantile():
            return ()
        case Within():
            return how.of
        case Part():
            return (how.of, how.over)
        case _:
            assert_never(how)


def highest(how: How) -> tuple[str, ...]:
    """Of what the largest value is wanted for it."""
    return (how.of,) if isinstance(how, Largest | Quantile) else ()


def counted(how: How) -> tuple[Term, ...]:
    """Which rows it was counted from; those above the line, where there is one."""
    match how:
        case Total():
            return (Between(how.of, 1),) if how.of else ()
        case Share():
            return (Between(how.part, 1),)
        case Mean():
            return (Between(how.over, 1),) if how.over else (Between(how.of, 0),)
        case Largest() | Quantile() | Part():
            return (Between(how.of, 0),)
        case Within():
            return (Between(how.column, 0, how.ms + 1),)
        case _:
            assert_never(how)


def _rows(s: Sums, flags: tuple[str, ...]) -> int:
    return sum(s.sum.get(flag, 0) for flag in flags) if flags else s.rows


def _over(part: int, whole: int) -> Number:
    return round(part / whole, 2) if whole else None


def _percent(part: int, whole: int) -> Number:
    return round(100 * part / whole, 2) if whole else None


def _quantile(how: Quantile, steps: Counts, longest: int) -> Number:
    return percentile(steps, how.share, longest)
