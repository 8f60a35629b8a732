"""下发窗口 reply window, and whether what was said has arrived: for channels that limit what we may send.

WeChat Kefu takes five messages after each word of the visitor, for 48 hours (page `kf/send_msg`). The channel
reports how many messages a line became, so the count is what WeChat counts.
"""

from datetime import datetime, timedelta

import msgspec

from chatserver.conversation import events as e
from chatserver.conversation import inputs as i
from chatserver.conversation.model import Conversation, ReplyWindow
from chatserver.kernel.errors import ErrorCode, Refused


class Window(msgspec.Struct, frozen=True):
    """At most `messages` within `lasts` after each word of the visitor."""

    messages: int
    lasts: timedelta


WINDOWS: dict[str, Window] = {"wechat_kefu": Window(messages=5, lasts=timedelta(hours=48))}
"""By kind of channel; a channel without a row takes everything at any time."""


def begins(c: Conversation, at: datetime) -> ReplyWindow | None:
    """The visitor has spoken: the whole allowance is there again."""
    return ReplyWindow(since=at) if c.visit and c.visit.channel in WINDOWS else None


def left(c: Conversation, now: datetime) -> int | None:
    """How many messages may still be sent now; None where nobody counts."""
    window = WINDOWS.get(c.visit.channel) if c.visit else None
    if window is None:
        return None
    if c.window is None or now >= c.window.since + window.lasts:
        return 0
    return max(0, window.messages - c.window.used)


def check(c: Conversation, now: datetime) -> None:
    """An agent is told before sending that it would not arrive."""
    if left(c, now) == 0:
        raise Refused(ErrorCode.REPLY_WINDOW_CLOSED)


def reported(input: i.DeliveryReported, now: datetime) -> list[e.AnyEvent]:
    return [e.DeliveryReported(at=now, line=input.line, messages=input.messages, failed=input.failed)]


def counted(window: ReplyWindow | None, event: e.DeliveryReported) -> ReplyWindow | None:
    if window is None:
        return None
    return msgspec.structs.replace(window, used=window.used + event.messages)
