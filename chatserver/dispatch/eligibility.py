"""Who may serve: the one question that every strategy starts from."""

from chatserver.dispatch.model import Seat, Waiting


def unfit(seat: Seat, waiting: Waiting) -> str | None:
    """Why this seat cannot be given this visitor automatically; None when it can."""
    if waiting.group not in seat.groups:
        return "other_group"
    if seat.agent == waiting.excluded:
        return "handed_over"
    if not seat.on_duty:
        return "off_duty"
    if not seat.ready:
        return "not_ready"
    if seat.load >= seat.max:
        return "full"
    return None
