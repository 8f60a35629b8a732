"""Matches that a person decides: 抢接 and 转接给座席. The status and the ticked channels do not matter, the caps do."""

from typing import Literal

from chatserver.dispatch import events as e
from chatserver.dispatch import inputs as i
from chatserver.dispatch.eligibility import full_of, open_seats
from chatserver.dispatch.model import Floor, Seat, Waiting
from chatserver.dispatch.reason import reason
from chatserver.dispatch.settings import DispatchRules
from chatserver.kernel.errors import ErrorCode, Refused
from chatserver.kernel.machine import Env


def take(floor: Floor, input: i.Take, env: Env[DispatchRules]) -> list[e.AnyEvent]:
    """Only members of the group take from its queue, who are there to serve."""
    waiting, seat = floor.waiting.get(input.conversation), floor.seats.get(input.agent)
    if waiting is None:
        raise Refused(ErrorCode.NOT_WAITING)
    if seat is None or not seat.present or waiting.group not in seat.groups:
        raise Refused(ErrorCode.SEAT_NOT_ELIGIBLE)
    return [_by_hand("taken", floor, waiting, seat, env)]


def handed(floor: Floor, waiting: Waiting, to: str, env: Env[DispatchRules], taken_over: bool = False) -> e.Matched:
    """转接给座席: the colleague must be signed in; the group does not matter. 接管: whoever takes over is there, also
    offline, with a console open."""
    seat = floor.seats.get(to)
    if seat is None or to == waiting.excluded or not (seat.present if taken_over else seat.on_duty):
        raise Refused(ErrorCode.SEAT_NOT_ELIGIBLE)
    return _by_hand("transferred", floor, waiting, seat, env)


def _by_hand(
    rule: Literal["taken", "transferred"], floor: Floor, waiting: Waiting, seat: Seat, env: Env[DispatchRules]
) -> e.Matched:
    if seat.load >= seat.max:
        raise Refused(ErrorCode.SEAT_FULL, max=seat.max)
    if full_of(seat, waiting.channel, floor):
        raise Refused(ErrorCode.SEAT_FULL, max=seat.channel_max[waiting.channel])
    why = reason(floor, waiting, open_seats(floor, waiting), env, rule)
    return e.Matched(
        at=env.now,
        conversation=waiting.conversation,
        group=waiting.group,
        agent=seat.agent,
        window=env.settings.window,
        reason=why,
    )
