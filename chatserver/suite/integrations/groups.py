"""Which groups an event concerns: the conversation's at that moment, however much later somebody reads of it.

Knows no subscription. A conversation belongs to the group that was asked for last, in vain or not: whoever was told
that somebody waits is also told how that ended.
"""

from collections import OrderedDict
from typing import Any

from chatserver.conversation import events as e
from chatserver.hub.history import backwards
from chatserver.hub.hub import Hub
from chatserver.hub.machines import kind_of
from chatserver.hub.relay import Entry

MOVES = (e.Queued, e.Overflowed, e.Reopened, e.Transferred, e.HandoverReturned, e.ReturnedToQueue)
"""From one of these on a conversation belongs to the event's group."""

KEPT = 10_000
"""Conversations at hand; of the others the log is asked again."""


class Groups:
    """For one reader of the log: every record is first asked about, if need be, and then `passed`, in order."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._known: OrderedDict[str, str | None] = OrderedDict()

    async def concerned(self, entry: Entry) -> frozenset[str]:
        """A transfer concerns both sides; what is left concerns those who are to answer it, too, and a rating those
        who had the conversation when it was asked for."""
        seq, happened = entry
        if kind_of(happened.stream) != "conversation":
            return frozenset()
        event: Any = happened.event
        if happened.stream not in self._known:
            self._keep(happened.stream, await self._found(happened.stream, seq))
        asked = await self._asked(happened.stream, seq) if isinstance(event, e.Rated) else None
        groups = (self._known[happened.stream], getattr(event, "group", None), asked)
        return frozenset(group for group in groups if group)

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
        _, event = await self._last(stream, before, MOVES)
        return event.group if event else None

    async def _asked(self, stream: str, before: int) -> str | None:
        """The group in front of the survey that was answered."""
        seq, event = await self._last(stream, before, (e.RatingAsked,))
        return await self._found(stream, seq) if event else None

    async def _last(self, stream: str, before: int, kinds: tuple[type[Any], ...]) -> tuple[int, Any]:
        """The newest event of these kinds in front of the record `before`, and its place; None if there is none."""
        async for seq, event in backwards(self._hub, stream, before):
            if isinstance(event, kinds):
                return seq, event
        return 0, None
