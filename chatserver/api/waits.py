"""等待时间: what waiting visitors are told of their wait, and how true it turned out to be (`dispatch/estimate.py`).

Follows the floor in the log, and remembers what each visitor was told until the wait is over.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from chatserver.dispatch import events as f
from chatserver.dispatch.estimate import Pace, Told, departed, scored, tell
from chatserver.hub.hub import FLOOR, Hub
from chatserver.hub.relay import Entry, Subscriber
from chatserver.kernel.instants import epoch_ms
from chatserver.protocol.visitor import WaitTime

LOOK_BACK = 20_000
"""Records of the log that are read at a start, some thousand conversations: enough to know the pace again."""

PAGE = 1_000

REMEMBERED = 20
"""What was told to one visitor, newest last; more is a queue that moves to and fro."""


class Wait(msgspec.Struct):
    """Somebody in a queue, since `since`; `ahead` is the place to which the last of `told` belongs."""

    group: str
    since: datetime
    ahead: int | None = None
    told: list[Told] = msgspec.field(default_factory=list)


class Waits:
    """The pace of each group, and who waits."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._paces: dict[str, Pace] = {}
        self._waits: dict[str, Wait] = {}
        self._seq = 0
        self.subscriber = Subscriber("waits", self.handle)

    async def recall(self) -> None:
        """Learn from the end of the log, before the first visitor asks."""
        self._seq = max(0, self._hub.head - LOOK_BACK)
        while records := await self._hub.store.read_log(self._seq, PAGE):
            self._follow(self._hub.event(r) for r in records if r.stream == FLOOR)
            self._seq = records[-1].seq

    async def handle(self, entries: Sequence[Entry]) -> None:
        self._follow(h.event for seq, h in entries if seq > self._seq and h.stream == FLOOR)
        self._seq = max(self._seq, entries[-1][0])

    def told(self, conversation: str, ahead: int | None) -> WaitTime | None:
        """What the visitor is told now: the same as before while the place is the same."""
        wait = self._waits.get(conversation) or self._seen(conversation)
        if wait is None or ahead is None:
            return None
        if wait.ahead != ahead and (said := tell(self._pace(wait.group), ahead, self._hub.now())):
            self._say(wait, ahead, said)
        if wait.ahead != ahead or not wait.told:
            return None
        return WaitTime(low=wait.told[-1].low, high=wait.told[-1].high, at=epoch_ms(wait.told[-1].at))

    def coverage(self) -> dict[str, float]:
        """By group: the share of the last told intervals that held."""
        return {group: held for group, pace in self._paces.items() if (held := pace.coverage) is not None}

    def _follow(self, events: Iterable[f.AnyEvent]) -> None:
        for event in events:
            match event:
                case f.Joined():
                    self._joined(event.waiting.conversation, event.waiting.group, event.at)
                case f.Overflowed():
                    self._over(event.conversation, event.at, served=False)
                    self._joined(event.conversation, event.waiting.group, event.at)
                case f.Placed():
                    self._placed(event)
                case f.Matched() | f.OfferAccepted():
                    self._over(event.conversation, event.at, served=True)
                case f.Left() | f.TurnedAway():
                    self._over(event.conversation, event.at, served=False)
                case f.OfferEnded() if not event.waits:
                    self._over(event.conversation, event.at, served=False)
                case _:
                    pass

    def _seen(self, conversation: str) -> Wait | None:
        """Somebody who waits and of whom the log has not told yet."""
        waiting = self._hub.memory.floor().waiting.get(conversation)
        if waiting is None:
            return None
        wait = self._waits[conversation] = Wait(waiting.group, self._hub.now())
        return wait

    def _joined(self, conversation: str, group: str, at: datetime) -> None:
        known = self._waits.get(conversation)
        if known is None or known.group != group:
            self._waits[conversation] = Wait(group, at)

    def _placed(self, event: f.Placed) -> None:
        wait = self._waits.get(event.conversation)
        if wait and wait.ahead is None and (said := tell(self._pace(wait.group), event.ahead, event.at)):
            self._say(wait, event.ahead, said)

    def _say(self, wait: Wait, ahead: int, said: Told) -> None:
        wait.ahead = ahead
        wait.told = [*wait.told, said][-REMEMBERED:]

    def _over(self, conversation: str, at: datetime, served: bool) -> None:
        wait = self._waits.pop(conversation, None)
        if wait is None:
            return
        pace = self._pace(wait.group)
        for told in wait.told:
            pace = scored(pace, told, at, served)
        if served:
            pace = departed(pace, at, wait.since if at > wait.since else None)
        self._paces[wait.group] = pace

    def _pace(self, group: str) -> Pace:
        return self._paces.get(group, Pace())
