"""Who may serve: the one question that every strategy starts from."""

from chatserver.dispatch.model import Floor, Seat, Waiting


def unfit(seat: Seat, waiting: Waiting, floor: Floor) -> str | None:
    """Why this seat cannot be given this visitor automatically; None when it can."""
    if waiting.group not in seat.groups:
        return "other_group"
    return seat.shut or unsuited(seat, waiting, floor)


def unsuited(seat: Seat, waiting: Waiting, floor: Floor) -> str | None:
    """Why a free seat of the group cannot be given just this visitor; None when it can."""
    if handed_over(seat, waiting, floor):
        return "handed_over"
    if not takes(seat, waiting.channel):
        return "channel_off"
    return "channel_full" if full_of(seat, waiting.channel, floor) else None


def handed_over(seat: Seat, waiting: Waiting, floor: Floor) -> bool:
    """Whether this free seat gave the visitor away and shall not have them back: while anybody else is on duty."""
    return seat.agent == waiting.excluded and floor.on_duty(waiting.group) > 1


def open_seats(floor: Floor, waiting: Waiting) -> list[Seat]:
    """The free seats of the group that take visitors of this channel now, whoever the visitor is."""
    free = (floor.seats[agent] for agent in floor.free.get(waiting.group, ()))
    return [s for s in free if takes(s, waiting.channel) and not full_of(s, waiting.channel, floor)]


def takes(seat: Seat, channel: str) -> bool:
    """自动分配会话类型: whether conversations of this channel are given automatically."""
    return seat.channels is None or channel in seat.channels


def full_of(seat: Seat, channel: str, floor: Floor) -> bool:
    """最大会话数量 of one channel: as hard a cap as the seat's own, automatically and by hand."""
    most = seat.channel_max.get(channel) if seat.channel_max else None
    if most is None or seat.load < most:
        return False
    return sum(c == channel for c in floor.served(seat.agent).values()) >= most
