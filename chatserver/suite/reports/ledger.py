"""Keeps the rows as the log goes on: which ones an event needs, and which ones it changes. Pure.

Holds what was touched lately and asks for the rest; whoever drives it reads and writes. Events on streams of other
kinds count nothing.
"""

from collections import OrderedDict
from collections.abc import Iterator
from typing import Any

from chatserver.agents.events import StatusChanged
from chatserver.conversation.events import Opened
from chatserver.hub.machines import id_of, kind_of
from chatserver.hub.step import Happened
from chatserver.hub.tables import Drop, Put, Row, Table
from chatserver.kernel.instants import epoch_ms
from chatserver.suite.reports import duty, service
from chatserver.suite.reports.days import Days
from chatserver.suite.reports.duty import Changes, Duty
from chatserver.suite.reports.facts import Facts, opened
from chatserver.suite.reports.tables import OFFER, PLACE, REASON, SERVICE, STINT, WAIT, Place

KEPT = 10_000
"""Conversations at hand, those under way among them: some 20 MB. The others are read again when they are needed."""

BEGINNING = Place(id="main", seq=0, zone="Asia/Shanghai")
"""Before the first event. `Settings.timezone` begins with the same zone."""


class Ledger:
    """`take` every entry in order, after giving what it `wants`; then write what `changes` says."""

    def __init__(self, place: Place = BEGINNING) -> None:
        self.seq = place.seq
        self.days = Days(place.zone)
        self._facts: OrderedDict[str, Facts | None] = OrderedDict()
        self._duties: dict[str, Duty] = {}
        self._changed: dict[tuple[str, Any], Put | Drop] = {}

    def wants(self, happened: Happened) -> str | None:
        """The next stream, an agent's or a conversation's, whose rows must be given before this is taken."""
        kind, id = kind_of(happened.stream), id_of(happened.stream)
        if kind == "agent" and isinstance(happened.event, StatusChanged):
            return None if id in self._duties else happened.stream
        if kind != "conversation" or isinstance(happened.event, Opened):
            return None
        if id not in self._facts:
            return happened.stream
        facts = self._facts[id]
        serving = facts.serving.agent if facts and facts.serving else None
        touched = (agent for agent in (serving, getattr(happened.event, "agent", None)) if agent)
        return next((f"agent/{agent}" for agent in touched if agent not in self._duties), None)

    def give(self, conversation: str, facts: Facts | None) -> None:
        """Its rows; None for one that is not counted."""
        self._facts[conversation] = facts

    def give_duty(self, agent: str, duty: Duty) -> None:
        self._duties[agent] = duty

    def take(self, seq: int, happened: Happened) -> None:
        """What was taken before counts no second time."""
        if seq <= self.seq:
            return
        self.seq = seq
        id, event = id_of(happened.stream), happened.event
        match kind_of(happened.stream):
            case "conversation":
                self._conversation(id, event, seq)
            case "agent" if isinstance(event, StatusChanged):
                self._note(id, duty.status_changed(self._duties[id], id, event, seq, self.days))
            case "workspace" if settings := getattr(event, "settings", None):
                self.days = Days(settings.timezone)
            case _:
                pass

    def look(self, now: int) -> None:
        """Write down how long what runs has been running, for the agents at hand."""
        for agent, d in self._duties.items():
            self._note(agent, duty.so_far(d, now, self.days))

    def changes(self) -> list[Put | Drop]:
        """What has changed since the last time, the place in the log included."""
        found = [*self._changed.values(), Put(PLACE, Place(id="main", seq=self.seq, zone=self.days.zone))]
        self._changed.clear()
        while len(self._facts) > KEPT:
            self._facts.popitem(last=False)
        return found

    def _conversation(self, id: str, event: Any, seq: int) -> None:
        before = self._facts.pop(id, None)
        if isinstance(event, Opened):
            # What is tried out on the test page is no service.
            after = None if event.visit.test else opened(id, event, self.days)
        else:
            after = service.take(before, event, self.days) if before else None
        self._facts[id] = after
        if after is None or after is before:
            return
        known = [row for _, row in rows(before)]
        self._keep([Put(table, row) for table, row in rows(after) if not any(row is old for old in known)])
        self._serving(before.serving if before else None, after.serving, epoch_ms(event.at), seq)

    def _serving(self, was: Any, now: Any, at: int, seq: int) -> None:
        """Who has one conversation less to serve, and who has one more."""
        if was and (now is None or now.number != was.number):
            self._note(was.agent, duty.ended_serving(self._duties[was.agent], at, self.days))
        if now and (was is None or now.number != was.number):
            self._note(now.agent, duty.began_serving(self._duties[now.agent], now.agent, at, seq, self.days))

    def _note(self, agent: str, found: tuple[Duty, Changes]) -> None:
        self._duties[agent], changes = found
        self._keep(changes)

    def _keep(self, changes: list[Put | Drop]) -> None:
        """Of two changes of one row the later counts."""
        for change in changes:
            self._changed[change.table.name, _key(change)] = change


def rows(f: Facts | None) -> Iterator[tuple[Table, Row]]:
    """A conversation's rows that can still change, each in its table."""
    if f is not None:
        found = [
            (SERVICE, f.service),
            (WAIT, f.left),
            (WAIT, f.wait),
            (STINT, f.stint),
            (OFFER, f.offer),
            (STINT, f.rated),
            *((REASON, reason) for reason in f.reasons),
        ]
        yield from ((table, row) for table, row in found if row is not None)


def _key(change: Put | Drop) -> tuple[Any, ...]:
    return change.key if isinstance(change, Drop) else tuple(getattr(change.row, k) for k in change.table.key)
