"""What connected consoles hear of the inbox at once: that there is a message, and whose it is. Not what it says."""

from collections.abc import Mapping
from typing import Any, Literal

from chatserver.access import permissions as p
from chatserver.access.check import Target
from chatserver.hub.hub import Hub, id_of
from chatserver.hub.plug import News
from chatserver.hub.step import Happened
from chatserver.protocol.agent import LeaveMessageNews
from chatserver.suite.leave_messages import model as m
from chatserver.suite.leave_messages.model import KIND, LeaveMessage

WHAT: Mapping[type[Any], Literal["left", "assigned", "answered", "closed", "reopened"]] = {
    m.MessageLeft: "left",
    m.MessageAssigned: "assigned",
    m.MessageAnswered: "answered",
    m.MessageClosed: "closed",
    m.MessageReopened: "reopened",
}


async def tell(hub: Hub, seq: int, happened: Happened) -> News | None:
    """To those who may read it now; and to those from whom it was taken, whose lists are one shorter."""
    event, id = happened.event, id_of(happened.stream)
    what = WHAT.get(type(event))
    if what is None:
        return None
    s: LeaveMessage = await hub.look(KIND, id)
    targets = [Target(owner=s.assignee, group=s.group)]
    if isinstance(event, m.MessageAssigned):
        targets.append(Target(owner=event.from_agent, group=event.from_group))
    data = LeaveMessageNews(seq=seq, id=id, what=what, group=s.group, agent=s.assignee)
    return News(event="leave_message", data=data, requires=p.LEAVE_MESSAGE_READ, targets=targets)
