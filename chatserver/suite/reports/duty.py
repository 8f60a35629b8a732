"""What an event adds to the time of an agent: stretches in a status, and stretches with somebody to serve. Pure.

A stretch is written as one row for each local day that it touches. While it runs, its rows say what is known so far;
when it is over they are written anew from its beginning, so that an early look leaves nothing wrong behind.
"""

from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec.structs import replace

from chatserver.agents.events import StatusChanged
from chatserver.agents.model import OFFLINE
from chatserver.hub.tables import Drop, Put
from chatserver.kernel.instants import epoch_ms
from chatserver.suite.reports.days import Days
from chatserver.suite.reports.tables import SPAN, Span


class Duty(msgspec.Struct, frozen=True, kw_only=True):
    """The newest row of either kind of stretch, over or not."""

    status: Span | None = None
    serving: Span | None = None


Changes = list[Put | Drop]


def status_changed(d: Duty, agent: str, event: StatusChanged, seq: int, days: Days) -> tuple[Duty, Changes]:
    """One status ends and, where the workspace wants it logged, the next begins."""
    last, at = d.status, epoch_ms(event.at)
    changes: Changes = []
    if last and last.ended_at is None:
        last, changes = over(last, at, days)
    if event.logged:
        # Whoever is offline spends no time at work: that stretch has a length only once it is over.
        runs = int(event.status != OFFLINE)
        last = _begun(agent, seq, at, days, what="status", status=event.status, cause=event.cause.value, runs=runs)
        changes.append(Put(SPAN, last))
    return replace(d, status=last), changes


def began_serving(d: Duty, agent: str, at: int, seq: int, days: Days) -> tuple[Duty, Changes]:
    """One conversation more."""
    span = d.serving
    if span is None or span.ended_at is not None:
        span = _begun(agent, seq, at, days, what="serving", load=1, peak=1)
    else:
        span = replace(span, load=span.load + 1, peak=max(span.peak or 0, span.load + 1))
    return replace(d, serving=span), [Put(SPAN, span)]


def ended_serving(d: Duty, at: int, days: Days) -> tuple[Duty, Changes]:
    """One conversation less."""
    span = d.serving
    if span is None or span.ended_at is not None:
        return d, []
    if span.load > 1:
        span = replace(span, load=span.load - 1)
        return replace(d, serving=span), [Put(SPAN, span)]
    span, changes = over(replace(span, load=0), at, days)
    return replace(d, serving=span), changes


def over(span: Span, at: int, days: Days) -> tuple[Span, Changes]:
    """The stretch ends."""
    rows = list(_rows(replace(span, runs=0), at, days))
    return rows[-1], [*_too_far(span, rows[-1], days), *(Put(SPAN, row) for row in rows)]


def so_far(d: Duty, now: int, days: Days) -> tuple[Duty, Changes]:
    """What runs goes on; its rows say how long it has been until now."""
    changes: Changes = []
    for what, span in (("status", d.status), ("serving", d.serving)):
        if span and span.runs:
            *before, last = _rows(span, now, days)
            last = replace(last, ended_at=None)
            changes += [Put(SPAN, row) for row in (*before, last)]
            d = replace(d, **{what: last})
    return d, changes


def _begun(agent: str, seq: int, at: int, days: Days, **columns: Any) -> Span:
    when = days.moment(at)
    return Span(agent=agent, seq=seq, day=when.day, weekday=when.weekday, since=at, began_at=at, **columns)


def _rows(span: Span, until: int, days: Days) -> Iterator[Span]:
    for piece in days.pieces(span.since, max(until, span.since)):
        took = piece.ended - piece.began
        last = piece.ended >= until
        yield replace(
            span,
            day=piece.day,
            weekday=piece.weekday,
            began_at=piece.began,
            ended_at=piece.ended,
            runs=span.runs if last else 0,
            load=span.load if last else 0,
            status_ms=took if span.what == "status" else None,
            online_ms=took if span.what == "status" and span.status != OFFLINE else None,
            serving_ms=took if span.what == "serving" else None,
        )


def _too_far(span: Span, last: Span, days: Days) -> Iterator[Drop]:
    """Days that a look came to before it was known that the stretch had ended already."""
    if span.day > last.day:
        for piece in days.pieces(last.began_at, span.began_at + 1):
            if piece.day > last.day:
                yield Drop(SPAN, (span.agent, span.seq, piece.day))
