"""What an event of a conversation adds to its rows. Pure; the rows are all that it remembers.

Knows no figures: it only keeps when what happened, and for how long. Events that are not named here count nothing.
"""

from collections.abc import Iterator
from typing import Any, Literal

from msgspec.structs import replace

from chatserver.conversation import events as e
from chatserver.kernel.instants import epoch_ms
from chatserver.suite.reports.buckets import bucket
from chatserver.suite.reports.days import Days
from chatserver.suite.reports.facts import Facts, on, on_stint
from chatserver.suite.reports.tables import GAVE_UP, REFUSED, Offer, Reason, Served, Stint, Wait

GOOD = 0.8
"""A good rating is four of five: the share of the best level that it reaches at least."""


def take(f: Facts, event: Any, days: Days) -> Facts:
    """The rows after `event`; the very same ones if it counts nothing."""
    at = epoch_ms(event.at)
    match event:
        case e.VisitorMessage() | e.OptionChosen() | e.BotMessage() | e.AgentMessage():
            return said(f, event, at)
        case e.FormSubmitted():
            return on(f, left_message=1)
        case e.RatingAsked() | e.Rated():
            return rating(f, event)
        case e.Queued() | e.Reopened() | e.Overflowed() | e.HandoverReturned() | e.QueueLeft() | e.TurnedAway():
            return queue(f, event, at, days)
        case e.OfferedTo() | e.OfferMissed() | e.OfferAccepted():
            return offers(f, event, at, days)
        case e.Assigned() | e.Transferred() | e.ReturnedToQueue() | e.Closed():
            return hands(f, event, at, days)
        case _:
            return f


# What is said


def said(f: Facts, event: e.VisitorMessage | e.OptionChosen | e.BotMessage | e.AgentMessage, at: int) -> Facts:
    s = f.service
    match event:
        case e.BotMessage():
            return on(f, bot_messages=s.bot_messages + 1)
        case e.AgentMessage():
            return replied(f, event.agent, at)
        case _:
            waits = s.unanswered_at if s.unanswered_at is not None or f.serving is None else at
            f = on(f, visitor_messages=s.visitor_messages + 1, unanswered_at=waits)
            return on_stint(f, visitor_messages=f.serving.visitor_messages + 1) if f.serving else f


def replied(f: Facts, agent: str, at: int) -> Facts:
    """Any agent's words answer the visitor; they count for the stint only when they are its own agent's."""
    s = f.service
    took = None if s.unanswered_at is None else max(at - s.unanswered_at, 0)
    f = on(f, agent_messages=s.agent_messages + 1, unanswered_at=None, **_response(s, took))
    if s.first_response_ms is None and s.assigned_at is not None:
        f = on(f, **_first(at - s.assigned_at))
    stint = f.serving
    if stint is None or stint.agent != agent:
        return f
    first = _first(at - stint.began_at) if stint.first_response_ms is None else {}
    return on_stint(f, agent_messages=stint.agent_messages + 1, **first, **_response(stint, took))


def _response(row: Served | Stint, took: int | None) -> dict[str, Any]:
    if took is None:
        return {}
    longest = max(took, row.response_max_ms or 0)
    return {"responses": row.responses + 1, "response_ms": row.response_ms + took, "response_max_ms": longest}


def _first(took: int) -> dict[str, Any]:
    return {"first_response_ms": max(took, 0), "first_response_step": bucket(max(took, 0))}


# Ratings


def rating(f: Facts, event: e.RatingAsked | e.Rated) -> Facts:
    """It is the agent's who served when it was asked for, whoever serves when it is given."""
    match event:
        case e.RatingAsked() if f.stint:
            best = max(level.score for level in event.content.levels)
            f = on(on_stint(f, asked=1, best=best), asked_stint=f.stint.number)
            return replace(f, rated=f.stint)
        case e.Rated() if f.rated:
            good = int(event.score >= GOOD * f.rated.best)
            rated = replace(f.rated, rated=1, rating=str(event.score), score=event.score, good=good)
            rated = replace(rated, tags=" / ".join(event.tags), comment=event.comment)
            same = f.stint is not None and f.stint.number == rated.number
            return replace(f, rated=rated, stint=rated if same else f.stint, reasons=tuple(reasons(rated, event)))
        case e.Rated():
            return on(f, rated_alone=1, score_alone=event.score)
        case _:
            return f


def reasons(rated: Stint, event: e.Rated) -> Iterator[Reason]:
    for tag in dict.fromkeys(event.tags):
        yield Reason(
            conversation=rated.conversation,
            number=rated.number,
            tag=tag,
            day=rated.day,
            hour=rated.hour,
            weekday=rated.weekday,
            inbox=rated.inbox,
            channel=rated.channel,
            group=rated.group,
            agent=rated.agent,
            rating=str(event.score),
            score=event.score,
            good=rated.good,
        )


# Queues


QueueEvent = e.Queued | e.Reopened | e.Overflowed | e.HandoverReturned | e.QueueLeft | e.TurnedAway


def queue(f: Facts, event: QueueEvent, at: int, days: Days) -> Facts:
    match event:
        case e.Queued():
            return waits(f, event.group, "asked", at, days)
        case e.Reopened():
            f = on(f, closed=0, closed_at=None, closed_by=None, idle_closed=0, reopened=f.service.reopened + 1)
            return waits(f, event.group, "reopened", at, days)
        case e.Overflowed():
            f = wait_over(f, at, "overflowed")
            return waits(replace(f, left=f.wait), event.group, "overflowed", at, days)
        case e.HandoverReturned():
            f = wait_over(f, at, "handed_back")
            return waits(replace(f, left=f.wait), event.group, "handed_back", at, days)
        case e.QueueLeft():
            return wait_over(f, at, "left")
        case e.TurnedAway():
            return wait_over(f, at, event.reason.value)


def waits(
    f: Facts,
    group: str,
    how: Literal["asked", "transferred", "handed_back", "returned", "reopened", "overflowed"],
    at: int,
    days: Days,
) -> Facts:
    """A wait begins."""
    s, when = f.service, days.moment(at)
    wait = Wait(
        conversation=s.id,
        number=s.waits + 1,
        day=when.day,
        hour=when.hour,
        weekday=when.weekday,
        inbox=s.inbox,
        channel=s.channel,
        group=group,
        began_at=at,
        how=how,
    )
    reached = "serving" if s.served else "queued"
    next_how = how if how in ("transferred", "returned") else "assigned"
    first = at if s.queued_at is None else s.queued_at
    f = on(f, waits=wait.number, group=group, queued=1, queued_at=first, reached=reached, next_how=next_how)
    # Whoever tries again is not lost yet.
    return replace(on(f, abandoned=0, turned_away=0, lost=None, unanswered_at=None), wait=wait)


def wait_over(f: Facts, at: int, outcome: str, agent: str | None = None) -> Facts:
    """The wait that is under way, if one is, ends; an offer that still stands goes with it."""
    f = offer_over(f, at, "withdrawn")
    if f.wait is None or f.wait.ended_at is not None:
        return f
    took, s = max(at - f.wait.began_at, 0), f.service
    flags: dict[str, Any] = {
        "served": int(outcome == "served"),
        "abandoned": int(outcome in GAVE_UP),
        "turned_away": int(outcome in REFUSED),
    }
    waited = {"wait_ms": took, "wait_step": bucket(took)} if flags["served"] else {}
    patience = {"gave_up_ms": took} if flags["abandoned"] else {}
    wait = replace(f.wait, ended_at=at, outcome=outcome, agent=agent, **flags, **waited, **patience)
    f = replace(f, wait=wait)
    if s.served:
        return f
    lost = None if outcome in ("served", "overflowed") else outcome
    flags["served"] = 0  # the conversation is served once a stint begins
    return on(f, waited_ms=s.waited_ms + took, lost=lost, **flags)


# Offers


def offers(f: Facts, event: e.OfferedTo | e.OfferMissed | e.OfferAccepted, at: int, days: Days) -> Facts:
    match event:
        case e.OfferedTo():
            s, when = f.service, days.moment(at)
            offer = Offer(
                conversation=s.id,
                number=s.offers + 1,
                day=when.day,
                hour=when.hour,
                weekday=when.weekday,
                inbox=s.inbox,
                channel=s.channel,
                group=s.group,
                agent=event.agent,
                began_at=at,
            )
            return replace(on(f, offers=offer.number), offer=offer)
        case e.OfferMissed():
            return offer_over(f, at, "declined" if event.declined else "missed")
        case e.OfferAccepted():
            return on(offer_over(f, at, "accepted"), next_how="offered")


def offer_over(f: Facts, at: int, outcome: Literal["accepted", "missed", "declined", "withdrawn"]) -> Facts:
    if f.offer is None or f.offer.ended_at is not None:
        return f
    flags = {flag: int(flag == outcome) for flag in ("accepted", "missed", "declined")}
    answer = max(at - f.offer.began_at, 0) if outcome in ("accepted", "declined") else None
    return replace(f, offer=replace(f.offer, ended_at=at, outcome=outcome, answer_ms=answer, **flags))


# Agents


def hands(f: Facts, event: e.Assigned | e.Transferred | e.ReturnedToQueue | e.Closed, at: int, days: Days) -> Facts:
    match event:
        case e.Assigned():
            return assigned(f, event, at, days)
        case e.Transferred():
            f = on(stint_over(f, at, "transferred"), transfers=f.service.transfers + 1)
            # Straight to a colleague: nobody waits.
            if event.to_agent is not None:
                return on(f, next_how="transferred", group=event.group)
            return waits(f, event.group, "transferred", at, days)
        case e.ReturnedToQueue():
            f = on(stint_over(f, at, "lost"), returns=f.service.returns + 1)
            return waits(f, event.group, "returned", at, days)
        case e.Closed():
            return closed(f, event, at)


def assigned(f: Facts, event: e.Assigned, at: int, days: Days) -> Facts:
    """From now on the visitor waits for this agent's words."""
    f = wait_over(f, at, "served", event.agent)
    s, when = f.service, days.moment(at)
    how = "taken" if event.taken else s.next_how
    stint = Stint(
        conversation=s.id,
        number=s.stints + 1,
        day=when.day,
        hour=when.hour,
        weekday=when.weekday,
        inbox=s.inbox,
        channel=s.channel,
        group=s.group,
        agent=event.agent,
        began_at=at,
        how=how,
    )
    first = {} if s.served else {"assigned_at": at, "wait_ms": s.waited_ms, "lost": None}
    f = on(f, served=1, abandoned=0, turned_away=0, reached="serving", agent=event.agent, **first)
    return replace(on(f, stints=stint.number, unanswered_at=at, next_how="assigned"), stint=stint)


def stint_over(f: Facts, at: int, outcome: Literal["closed", "transferred", "lost"], by: str | None = None) -> Facts:
    stint = f.serving
    if stint is None:
        return f
    took = max(at - stint.began_at, 0)
    flags = {
        "unanswered": int(stint.agent_messages == 0),
        "transferred": int(outcome == "transferred"),
        "lost": int(outcome == "lost"),
        "idle_closed": int(by == "idle"),
    }
    f = on_stint(f, ended_at=at, outcome=outcome, closed_by=by, handle_ms=took, **flags)
    return on(f, handle_ms=(f.service.handle_ms or 0) + took, unanswered_at=None)


def closed(f: Facts, event: e.Closed, at: int) -> Facts:
    by = event.by.value
    f = wait_over(f, at, "ended" if by == "visitor" else "closed")
    f = stint_over(f, at, "closed", by)
    return on(f, closed_at=at, closed_by=by, closed=1, idle_closed=int(by == "idle"), unanswered_at=None)
