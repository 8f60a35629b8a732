"""From what is asked to what the store is asked: the period, the filters, and how far the asker may see. Pure."""

from collections.abc import Iterable, Mapping, Sized
from datetime import date, timedelta
from typing import Annotated

import msgspec
from msgspec import Meta
from msgspec.structs import replace

from chatserver.access.check import Actor, Target, require
from chatserver.access.permissions import Permission, Scope
from chatserver.hub.tables import Ask, Between, Is, Row, Tally, Term
from chatserver.kernel.errors import ErrorCode, Refused
from chatserver.suite.reports import words
from chatserver.suite.reports.figures import Figure
from chatserver.suite.reports.kinds import KINDS, Kind
from chatserver.suite.reports.measures import counted

MAX_DAYS = 400
"""A year, and the month to compare it with."""

FIRST, LAST = date(1970, 1, 1), date(2999, 12, 31)
"""Days that somebody may mean; the calendar of the language ends soon after them."""

MAX_LINES = 5_000
"""Lines of a report: 50 agents for 100 days. So many take about a second, and more is not read."""

MAX_ROWS = 50_000
"""Rows of a file: a month of a busy workspace. As CSV they are 8 MB and take two seconds, as XLSX twenty."""

PAGE = 1_000
"""Rows that are read in one go for a file: nobody else waits for long behind them."""

Ids = Annotated[tuple[Annotated[str, Meta(max_length=200)], ...], Meta(max_length=200)]


class Question(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True,
               rename={"first": "from", "last": "to"}):  # fmt: skip
    """What every report is asked with. `from` and `to` are local days, both included; without them it is the last
    seven. Any dimension can be given as a filter too, more than once; an empty value stands for "none"."""

    first: Annotated[date, Meta(description="First local day.")] | None = None
    last: Annotated[date, Meta(description="Last local day.")] | None = None
    by: Annotated[tuple[str, ...], Meta(max_length=2, description="Dimensions, at most two.")] = ()
    day: Ids = ()
    hour: Annotated[tuple[Annotated[int, Meta(ge=0, le=23)], ...], Meta(max_length=24)] = ()
    weekday: Annotated[tuple[Annotated[int, Meta(ge=1, le=7)], ...], Meta(max_length=7)] = ()
    inbox: Ids = ()
    channel: Ids = ()
    group: Ids = ()
    agent: Ids = ()
    reached: Ids = ()
    lost: Ids = ()
    closed_by: Ids = ()
    how: Ids = ()
    outcome: Ids = ()
    rating: Ids = ()
    tag: Ids = ()
    what: Ids = ()
    status: Ids = ()
    cause: Ids = ()


class Period(msgspec.Struct, frozen=True):
    """Local days, both included."""

    first: date
    last: date

    @property
    def term(self) -> Term:
        return Between("day", self.first.isoformat(), (self.last + timedelta(days=1)).isoformat())


def kind_of(key: str) -> Kind:
    if key not in KINDS:
        raise Refused(ErrorCode.NOT_FOUND, report=key)
    return KINDS[key]


def figure_of(kind: Kind, key: str) -> Figure:
    figure = kind.figure(key)
    if figure is None:
        raise _wrong("figure", f"{kind.key} has no figure {key!r}")
    return figure


def period(q: Question, today: date) -> Period:
    for name, day in (("from", q.first), ("to", q.last)):
        if day and not FIRST <= day <= LAST:
            raise _wrong(name, f"not from {FIRST} to {LAST}")
    last = q.last or (max(today, q.first) if q.first else today)
    first = q.first or last - timedelta(days=6)
    if first > last:
        raise _wrong("to", "before `from`")
    if (last - first).days >= MAX_DAYS:
        raise _wrong("from", f"more than {MAX_DAYS} days")
    return Period(first, last)


def split(kind: Kind, q: Question) -> tuple[str, ...]:
    """The dimensions of the answer."""
    for name in q.by:
        if name not in kind.by:
            raise _wrong("by", f"{kind.key} is not split by {name!r}")
    return tuple(dict.fromkeys(q.by)) or kind.by[:1]


def narrowed(kind: Kind, q: Question) -> tuple[Term, ...]:
    """The filters."""
    found: list[Term] = []
    for name in q.__struct_fields__:
        values = getattr(q, name)
        if name in ("first", "last", "by") or not isinstance(values, tuple) or not values:
            continue
        if name not in kind.by:
            raise _wrong(name, f"{kind.key} has no {name}")
        found.append(Is(name, tuple(None if value == "" else value for value in values)))
    return tuple(found)


def reach(kind: Kind, q: Question, who: Actor, needs: Permission, colleagues: Iterable[str]) -> tuple[Term, ...]:
    """How far the asker sees: everything, the own groups (or, in what has no group, their `colleagues`), or oneself.

    Asking for what lies beyond is refused, and so is a report of all for somebody who may only see what is own.
    """
    scope = who.grants[needs.key]
    if scope is Scope.ALL:
        return ()
    if scope is Scope.OWN:
        for agent in q.agent or ((who.agent,) if "agent" in kind.by else ("",)):
            require(who, needs, Target(owner=agent))
        return (Is("agent", (who.agent,)),)
    if "group" in kind.by:
        for group in q.group:
            require(who, needs, Target(group=group))
        return (Is("group", tuple(sorted(who.groups))),)
    near = set(colleagues)
    if any(agent not in near for agent in q.agent):
        raise Refused(ErrorCode.FORBIDDEN, permission=needs.key)
    return (Is("agent", tuple(sorted(near))),)


def tally(kind: Kind, where: tuple[Term, ...], by: tuple[str, ...] = ()) -> Tally:
    """All that the figures of a report are made of, in one go; one line more than is allowed tells that it is too
    much."""
    return Tally(
        table=kind.table, where=where, by=by, sums=kind.sums, largest=kind.largest, spread=kind.step,
        limit=MAX_LINES + 1,
    )  # fmt: skip


def surely_few(q: Question, by: tuple[str, ...], days: Period, known: Mapping[str, int]) -> bool:
    """Whether a report cannot have too many lines; `known` is how many things of a kind people have named."""
    most = 1
    sizes = {"day": (days.last - days.first).days + 1, "hour": 24, "weekday": 7}
    for name in by:
        many = len(getattr(q, name)) or sizes.get(name) or known.get(name, 0) + len(words.CODES.get(name, ()))
        most *= many + 1 if many else MAX_LINES
    return len(by) < 2 or most <= MAX_LINES


def places(report: Tally) -> Tally:
    """The lines of a report without anything in them: a fraction of the work."""
    return Tally(table=report.table, where=report.where, by=report.by, largest=(), limit=report.limit)


def check_size(lines: Sized) -> None:
    if len(lines) > MAX_LINES:
        raise _wrong("by", "too many lines; ask for fewer days, or for a part of them")


def behind(kind: Kind, figure: Figure, where: tuple[Term, ...]) -> Ask:
    """The rows that a figure was counted from, newest day first."""
    return Ask(table=kind.table, where=(*where, *counted(figure.how)), order="day", descending=True)


def stretch(rows: Ask, last: Row | None) -> Ask:
    """The first of them, or those behind `last`."""
    after = tuple(getattr(last, column) for column in (rows.order, *rows.table.key)) if last else None
    return replace(rows, after=after, limit=PAGE)


def check_rows(found: int) -> None:
    if found > MAX_ROWS:
        reason = f"{found} rows, and a file has {MAX_ROWS} at most; ask for fewer days, or for a part of them"
        raise _wrong("from", reason)


def number(rows: Ask) -> Tally:
    """How many there are."""
    return Tally(table=rows.table, where=rows.where)


def _wrong(field: str, reason: str) -> Refused:
    return Refused(ErrorCode.BAD_REQUEST, path=f"$.{field}", reason=reason)


PAIRS = (("agent", "hour"), ("day", "hour"), ("agent", "weekday"))


def _questions() -> dict[str, Ask | Tally]:
    """Each report over everything: whole, by each dimension, by the pairs that make the most lines, of one group or
    agent; and the rows behind each figure."""
    ever: tuple[Term, ...] = (Between("day", "1970-01-01", "2999-12-31"),)
    found: dict[str, Ask | Tally] = {}
    for kind in KINDS.values():
        found[f"{kind.key}, whole"] = tally(kind, ever)
        found |= {f"{kind.key}, by {name}": tally(kind, ever, (name,)) for name in kind.by}
        found |= {f"{kind.key}, by {' and '.join(by)}": tally(kind, ever, by) for by in PAIRS if {*by} <= {*kind.by}}
        if "agent" in kind.by:
            found[f"{kind.key}, how many lines by agent and day"] = places(tally(kind, ever, ("agent", "day")))
        for name, value in (("group", "g1"), ("agent", "a1")):
            if name in kind.by:
                found[f"{kind.key}, of one {name}"] = tally(kind, (*ever, Is(name, (value,))), ("day",))
        found |= {f"{kind.key}, rows of {figure.key}": behind(kind, figure, ever) for figure in kind.figures}
        found[f"{kind.key}, number of rows"] = number(behind(kind, kind.figures[1], ever))
    return found


QUESTIONS = _questions()
"""What the operations ask, by a name."""
