"""The traffic of a recorded stretch of days, as a log tells it: who asked, how long it took, who was there. Pure.

What nobody can know is assumed in the open: whoever was never served would have taken what is usual in that group,
and whoever did not leave would have waited for ever.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from statistics import median_low
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from msgspec.structs import replace

from chatserver.conversation import events as c
from chatserver.conversation.model import Visit
from chatserver.hub.machines import id_of, kind_of
from chatserver.hub.ports import LogRecord
from chatserver.kernel.partial import over
from chatserver.replay.log import FOLDED, Past, event_of

OFFERS = ("offered_to", "offer_accepted", "offer_missed")
TOLD = (
    "opened", "queued", "assigned", "transferred", "returned_to_queue", "queue_left", "turned_away", "closed",
    "reopened", *OFFERS,
)  # fmt: skip
"""The kinds of a conversation's events that say when it waited and when it was served."""

UNKNOWN_HANDLING = timedelta(minutes=5)
"""How long a conversation takes where not a single one was served in the whole stretch."""


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody asked for an agent of `group`. `priority` is without what the group added for the level `vip`;
    `patience`: how long until they left by themselves; None: never."""

    at: datetime
    conversation: str
    group: str
    channel: str = "web"
    priority: int = 0
    vip: int = 0
    last_agent: str | None = None
    patience: timedelta | None = None


class Change(msgspec.Struct, frozen=True):
    """An agent or the settings changed."""

    at: datetime
    stream: str
    event: Any


class Answer(msgspec.Struct, frozen=True):
    """待接入: what an agent did with an offer, how long after it; None: nothing."""

    after: timedelta | None
    accepts: bool


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """From `start` until before `end`. `states`: settings, agents and floor at the start. `asks` begins with those who
    waited or were served at the start; their `at` is before it. By conversation, `handling`: the time with agents,
    after the start. By agent, `answers`: what became of the offers, in order."""

    start: datetime
    end: datetime
    states: Mapping[str, Any]
    changes: tuple[Change, ...]
    asks: tuple[Ask, ...]
    handling: Mapping[str, timedelta]
    answers: Mapping[str, Sequence[Answer]]


def recorded(records: Iterable[LogRecord], first: date, after: date) -> Day:
    """The days from `first` until before `after`, by the workspace's own midnight. Raises `LogBroken`."""
    reading = _Reading(first, after)
    for record in records:
        reading.take(record)
    return reading.day()


class _Track:
    """One conversation while the log is read."""

    def __init__(self, visit: Visit, last_agent: str | None) -> None:
        self.last_agent = last_agent
        self.visit = visit
        self.asks: list[Ask] = []
        self.offered: datetime | None = None
        self.waits = False  # for the newest ask; a wait after a transfer is part of being served
        self.since: datetime | None = None  # served since
        self.handled: timedelta | None = None


class _Reading:
    """Folds the log up to the start, collects until the end, and reads on to learn how it went out."""

    def __init__(self, first: date, after: date) -> None:
        self._dates = (first, after)
        self._past = Past()
        self._opens = self._midnight(first)  # by the time zone that was set last
        self._start: datetime | None = None
        self._end: datetime | None = None
        self._states: dict[str, Any] = {}
        self._changes: list[Change] = []
        self._answers: dict[str, list[Answer]] = {}
        self._tracks: dict[str, _Track] = {}
        self._ended: dict[str, tuple[datetime, _Track]] = {}  # before the start, and may still be taken up again
        self._now: datetime = datetime.min.replace(tzinfo=UTC)

    def take(self, record: LogRecord) -> None:
        kind = kind_of(record.stream)
        if kind == "conversation" and record.kind not in TOLD:
            return
        if kind not in (*FOLDED, "conversation"):
            return
        event = event_of(record)
        self._now = event.at
        if self._start is None and event.at >= self._opens:
            self._begin()
        if kind == "conversation":
            self._tell(id_of(record.stream), record.kind, event)
            return
        self._past.fold(record, event)
        if kind == "workspace":
            self._opens = self._midnight(self._dates[0])
        if kind != "floor" and self._within(event.at):
            self._changes.append(Change(event.at, record.stream, event))

    def day(self) -> Day:
        if self._start is None:
            self._begin()
        assert self._start and self._end
        asks = [a for track in self._tracks.values() for a in track.asks if a.at < self._end]
        return Day(
            start=self._start,
            end=self._end,
            states=self._states,
            changes=tuple(self._changes),
            asks=tuple(sorted(asks, key=lambda a: (a.at, a.conversation))),
            handling=self._handling(),
            answers=self._answers,
        )

    def _within(self, at: datetime) -> bool:
        return bool(self._start and self._end and self._start <= at < self._end)

    def _midnight(self, day: date) -> datetime:
        zone = ZoneInfo(self._past.workspace.settings.timezone)
        return datetime.combine(day, time.min, zone).astimezone(UTC)

    def _begin(self) -> None:
        """Keep everything as it is at the start; what is over by then matters no more."""
        self._start, self._end = (self._midnight(day) for day in self._dates)
        self._states = dict(self._past.states)
        floor = self._past.floor
        present = {*floor.waiting, *(c for served in floor.serving.values() for c in served)}
        self._tracks = {id: track for id, track in self._tracks.items() if id in present or not track.asks}
        for track in self._tracks.values():
            track.asks, track.handled = track.asks[-1:], None

    def _tell(self, id: str, kind: str, event: Any) -> None:
        if isinstance(event, c.Opened):
            self._tracks[id] = _Track(event.visit, event.last_agent)
            return
        if isinstance(event, c.Reopened) and id not in self._tracks:
            # Of what ended longer ago than the settings of then allowed, nothing is known but who had served.
            known = self._ended.pop(id, None)
            self._tracks[id] = known[1] if known else _Track(Visit(contact="", inbox="", name=""), event.agent)
        track = self._tracks.get(id)
        if track is None:
            return
        if kind in OFFERS:
            self._offer(track, event)
            return
        match event:
            case c.Queued() | c.Reopened():
                track.asks.append(self._ask(id, track, event))
                track.waits = True
            case c.Assigned():
                track.waits, track.since = False, event.at
            case c.TurnedAway():
                track.waits = False
            case _:
                self._stop(track, event.at)
        if isinstance(event, c.Closed) and (self._start is None or not track.asks):
            self._ended[id] = (event.at, self._tracks.pop(id))
            self._forget(event.at)

    def _forget(self, now: datetime) -> None:
        """What ended so long ago that no word of the visitor takes it up again."""
        s = self._past.workspace.settings
        talks = (s.conversation, *(over(s.conversation, x.conversation) for x in s.ways if x.conversation))
        kept = timedelta(seconds=max(talk.reopen_within for talk in talks))
        while self._ended and now - (first := next(iter(self._ended.items())))[1][0] > kept:
            del self._ended[first[0]]

    def _ask(self, id: str, track: _Track, event: c.Queued | c.Reopened) -> Ask:
        return Ask(
            at=event.at,
            conversation=id,
            group=event.group,
            channel=track.visit.channel,
            priority=self._priority(track, event),
            vip=track.visit.vip,
            last_agent=event.agent if isinstance(event, c.Reopened) else track.last_agent,
        )

    def _priority(self, track: _Track, event: c.Queued | c.Reopened) -> int:
        """Whoever comes back has the priority of the first time."""
        if isinstance(event, c.Reopened):
            return track.asks[-1].priority if track.asks else 0
        groups = self._past.workspace.settings.groups
        weight = next((g.vip_weight for g in groups if g.id == event.group), 0)
        return event.priority - weight * track.visit.vip

    def _offer(self, track: _Track, event: c.OfferEvent) -> None:
        if isinstance(event, c.OfferedTo):
            track.offered = event.at
            return
        if track.offered and self._within(event.at):
            accepts = isinstance(event, c.OfferAccepted)
            answered = accepts or (isinstance(event, c.OfferMissed) and event.declined)
            answer = Answer(event.at - track.offered if answered else None, accepts)
            self._answers.setdefault(event.agent, []).append(answer)

    def _stop(self, track: _Track, at: datetime) -> None:
        """The visitor left or was handed over, or it is over: a wait or a stretch of service ends here."""
        if track.waits:
            track.asks[-1] = replace(track.asks[-1], patience=at - track.asks[-1].at)
        if track.since:
            stretch = at - max(track.since, self._start or track.since)
            track.handled = (track.handled or timedelta()) + stretch
        track.waits, track.since = False, None

    def _handling(self) -> dict[str, timedelta]:
        """Time with agents as recorded; at least what is usual for those still served when the log ends."""
        times = self._usual()
        overall = median_low([t for ts in times.values() for t in ts]) if times else UNKNOWN_HANDLING
        usual = {group: median_low(ts) for group, ts in times.items()}
        found: dict[str, timedelta] = {}
        for id, track in self._tracks.items():
            if not track.asks:
                continue
            common = usual.get(track.asks[-1].group, overall)
            if track.since is not None:
                self._stop(track, self._now)
                assert track.handled is not None
                track.handled = max(track.handled, common)
            found[id] = track.handled if track.handled is not None else common
        return found

    def _usual(self) -> dict[str, list[timedelta]]:
        """By group, the whole times of those who came and were done within what is known."""
        times: dict[str, list[timedelta]] = {}
        for track in self._tracks.values():
            if track.handled is None or track.since is not None or not track.asks:
                continue
            if self._start and track.asks[0].at >= self._start:
                times.setdefault(track.asks[-1].group, []).append(track.handled)
        return times
