"""Which groups an event concerns: the conversation's at that moment, however much later somebody reads of it.

Knows no subscription. A conversation belongs to the group that was asked for last, in vain or not: whoever was told
that somebody waits is also told how that ended.
"""

from collections import OrderedDict
from typing import Any

from chatserver.conversation import events as e
from chatserver.hub.hub import Hub
from chatserver.hub.machines import kind_of
from chatserver.hub.relay import Entry

MOVES = (e.Queued, e.Overflowed, e.Reopened, e.Transferred, e.HandoverReturned, e.ReturnedToQueue)
"""From one of these on a conversation belongs to the event's group."""

KEPT = 10_000
"""Conversations at hand; of the others the log is asked again."""

PAGE = 100


class Groups:
    """For one reader of the log: every record is first asked about, if need be, and then `passed`, in order."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._known: OrderedDict[str, str | None] = OrderedDict()

    async def concerned(self, entry: Entry) -> frozenset[str]:
        """A transfer concerns both sides; what is left concerns those who are to answer it, too."""
        seq, happened = entry
        if kind_of(happened.stream) != "conversation":
            return frozenset()
        event: Any = happened.event
        if happened.stream not in self._known:
            self._keep(happened.stream, await self._found(happened.stream, seq))
        now = getattr(event, "group", None)
        if isinstance(event, e.FormSubmitted) and now is None:
            now = self._hub.held("workspace", "main").settings.leave_messages.assign_to
        return frozenset(group for group in (self._known[happened.stream], now) if group)

    def passed(self, entry: Entry) -> None:
        happened = entry[1]
        if isinstance(happened.event, MOVES):
            self._keep(happened.stream, happened.event.group)
        elif isinstance(happened.event, e.Opened):
            self._keep(happened.stream, None)

    def _keep(self, stream: str, group: str | None) -> None:
        self._known[stream] = group
        self._known.move_to_end(stream)
        if len(self._known) > KEPT:
            self._known.popitem(last=False)

    async def _found(self, stream: str, before: int) -> str | None:
        """The group in front of the record `before`, from the log."""
        while records := await self._hub.store.history(stream, before, PAGE):
            for record in reversed(records):
                event = self._hub.event(record)
                if isinstance(event, MOVES):
                    return event.group
            before = records[0].seq
        return None
