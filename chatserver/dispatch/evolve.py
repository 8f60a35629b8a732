"""What an event makes of the floor, indexes included. Each change costs the same on a large floor as on a small one."""

from collections.abc import Mapping
from typing import assert_never

from msgspec.structs import replace

from chatserver.dispatch import events as e
from chatserver.dispatch.model import Floor, Offer, Seat, Waiting


def evolve(floor: Floor, event: e.AnyEvent) -> Floor:
    floor = replace(floor, version=floor.version + 1)
    match event:
        case e.SeatChanged():
            return with_seat(floor, _changed(floor, event))
        case e.Joined():
            return join(floor, event.waiting)
        case e.Placed() | e.Abandoned():
            return floor
        case e.Overflowed():
            return join(leave(floor, event.conversation), event.waiting)
        case e.TurnedAway() | e.Left():
            return leave(floor, event.conversation)
        case e.Matched():
            return _matched(floor, event)
        case e.Offered():
            return _offered(floor, event)
        case e.OfferAccepted():
            accepted = replace(floor, offers=floor.offers.drop(event.conversation))
            return _counted(accepted, event.agent, event.window, inbound=True)
        case e.OfferEnded():
            return _offer_ended(floor, event)
        case e.SeatReleased():
            return _released(floor, event)
        case _:
            assert_never(event)


def touched(event: e.AnyEvent) -> str | None:
    """The agent whose seat an event changes: what a commit has to write of the floor."""
    match event:
        case e.SeatChanged() | e.Matched() | e.SeatReleased():
            return event.agent
        case e.Offered() | e.OfferAccepted() | e.OfferEnded():
            return event.agent
        case _:
            return None


def _changed(floor: Floor, event: e.SeatChanged) -> Seat:
    old = floor.seats.get(event.agent) or Seat(agent=event.agent)
    return replace(
        old,
        groups=event.groups,
        min=event.min,
        max=event.max,
        channels=event.channels,
        channel_max=event.channel_max,
        ready=event.ready,
        on_duty=event.on_duty,
        present=event.present,
        ready_since=(event.status_since or event.at) if event.ready else None,
    )


def _matched(floor: Floor, event: e.Matched) -> Floor:
    channel = floor.waiting[event.conversation].channel
    served = serve(leave(floor, event.conversation), event.agent, event.conversation, channel)
    return _counted(served, event.agent, event.window, inbound=event.reason.rule != "transferred")


def _counted(floor: Floor, agent: str, window: str, inbound: bool) -> Floor:
    """One conversation more in the fairness counters of a seat, and of the floor."""
    seat = floor.seats[agent]
    before = seat if seat.counted_in == window else Seat(agent=agent)
    seat = replace(
        seat,
        load=len(floor.serving[agent]),
        turn=floor.matches + 1,
        counted_in=window,
        served=before.served + 1,
        inbound=before.inbound + inbound,
    )
    return with_seat(replace(floor, matches=floor.matches + 1), seat)


def _offered(floor: Floor, event: e.Offered) -> Floor:
    offer = Offer(agent=event.agent, waiting=floor.waiting[event.conversation])
    floor = offered(leave(floor, event.conversation), event.conversation, offer)
    return with_seat(floor, replace(floor.seats[event.agent], load=len(floor.serving[event.agent])))


def offered(floor: Floor, conversation: str, offer: Offer) -> Floor:
    """The floor with this offer open; the seat's load is counted apart."""
    held = serve(floor, offer.agent, conversation, offer.waiting.channel)
    return replace(held, offers=floor.offers.put(conversation, offer))


def _offer_ended(floor: Floor, event: e.OfferEnded) -> Floor:
    waiting = floor.offers[event.conversation].waiting
    waiting = replace(waiting, missed=(*(a for a in waiting.missed if a != event.agent), event.agent))
    floor = _let_go(replace(floor, offers=floor.offers.drop(event.conversation)), event.agent, event.conversation)
    floor = with_seat(floor, replace(floor.seats[event.agent], load=len(floor.serving[event.agent])))
    return join(floor, waiting) if event.waits else floor


def _released(floor: Floor, event: e.SeatReleased) -> Floor:
    floor = _let_go(floor, event.agent, event.conversation)
    seat = floor.seats[event.agent]
    return with_seat(floor, replace(seat, load=len(floor.serving[event.agent]), idle_since=event.at))


def serve(floor: Floor, agent: str, conversation: str, channel: str) -> Floor:
    """The floor with one conversation more that this agent serves; the seat's load is counted apart."""
    return replace(floor, serving=floor.serving.put(agent, {**floor.served(agent), conversation: channel}))


def _let_go(floor: Floor, agent: str, conversation: str) -> Floor:
    left = {c: channel for c, channel in floor.served(agent).items() if c != conversation}
    return replace(floor, serving=floor.serving.put(agent, left))


def with_seat(floor: Floor, seat: Seat) -> Floor:
    """The floor with this seat, its indexes mended; `revision` counts the change."""
    old = floor.seats.get(seat.agent)
    seat = replace(seat, revision=(old.revision if old else 0) + 1)
    return seated(floor, old, seat)


def seated(floor: Floor, old: Seat | None, seat: Seat) -> Floor:
    """The same without counting: for a seat that comes back from the store as it was."""
    members, free, shut = dict(floor.members), dict(floor.free), dict(floor.shut)
    before = old.groups if old else frozenset[str]()
    for group in before ^ seat.groups:
        members[group] = members.get(group, frozenset()) ^ {seat.agent}
    for group in before | seat.groups:
        was, now = _standing(old, group), _standing(seat, group)
        if was == now:
            continue
        if FREE in (was, now):
            free[group] = free.get(group, frozenset()) ^ {seat.agent}
        shut[group] = _recounted(shut.get(group, {}), was, now)
    return replace(floor, seats=floor.seats.put(seat.agent, seat), members=members, free=free, shut=shut)


FREE = "free"


def _standing(seat: Seat | None, group: str) -> str | None:
    """How a seat stands in a group: `FREE`, or why it is shut; None for no member."""
    return (seat.shut or FREE) if seat and group in seat.groups else None


def _recounted(counts: Mapping[str, int], was: str | None, now: str | None) -> dict[str, int]:
    """One less of `was` and one more of `now`, where they are causes."""
    recounted = dict(counts)
    for cause, change in ((was, -1), (now, 1)):
        if cause and cause != FREE:
            recounted[cause] = recounted.get(cause, 0) + change
    return recounted


def join(floor: Floor, w: Waiting) -> Floor:
    queues = {**floor.queues, w.group: floor.queue(w.group).add(w)}
    return replace(floor, waiting=floor.waiting.put(w.conversation, w), queues=queues)


def leave(floor: Floor, conversation: str) -> Floor:
    """Without this one; the same when it does not wait."""
    w = floor.waiting.get(conversation)
    if w is None:
        return floor
    queues = {**floor.queues, w.group: floor.queues[w.group].remove(w)}
    return replace(floor, waiting=floor.waiting.drop(conversation), queues=queues)
