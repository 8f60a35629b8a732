"""Decides again what a log says was decided, and compares byte for byte. Pure; prints nothing."""

from collections import deque
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec
from msgspec.structs import replace

from chatserver.dispatch import events as e
from chatserver.dispatch.evolve import leave
from chatserver.dispatch.match import match_all
from chatserver.dispatch.model import Floor, Waiting
from chatserver.dispatch.queueing import has_room, keeps, overflowed, turned_away
from chatserver.dispatch.settings import DispatchRules
from chatserver.hub.machines import kind_of
from chatserver.hub.ports import LogRecord
from chatserver.kernel.machine import Env
from chatserver.replay.log import CODEC, Past, event_of

Assignment = e.Matched | e.Offered
"""What the floor decides by itself: given at once, or asked first, as the group wishes."""

Ruling = e.Overflowed | e.TurnedAway | e.Placed
"""What the floor tells whoever is not assigned: sent on to another group, not kept, or how many come first."""

BY_HAND = ("taken", "transferred")
"""Rules by which a person decided: there is nothing to decide again."""


class Difference(msgspec.Struct, frozen=True):
    """At `seq` the log and today's code disagree; None means no assignment at this place."""

    seq: int
    logged: Assignment | Ruling | None
    computed: Assignment | Ruling | None


class Checked(msgspec.Struct, frozen=True):
    """`decisions` counts changes after which the floor was matched, `equal` those with exactly the logged outcome.

    `matches` are the assignments and offers by strategy that were compared, `by_hand` those that a person made, and
    `rulings` what the others were told.
    """

    records: int
    decisions: int
    equal: int
    matches: int
    by_hand: int
    rulings: int
    differences: tuple[Difference, ...]


def check(records: Iterable[LogRecord]) -> Checked:
    """Follow a whole log from its first record. Raises `LogBroken`.

    After a difference it goes on with what the log says, so one difference may lead to further ones.
    """
    checker = _Checker()
    for record in records:
        checker.take(record)
    return checker.result()


class _Checker:
    """Between the change that begins a decision and the next change stand the matches that it led to."""

    def __init__(self) -> None:
        self._past = Past()
        self._records = self._decisions = self._matches = self._by_hand = self._rulings = 0
        self._wrong: set[int] = set()
        self._differences: list[Difference] = []
        self._first: Any = None  # the event with which the present decision began
        self._joined: str | None = None  # who has come to a queue last, and not back to it
        self._last_seq = 0
        self._expected: deque[tuple[bytes, Assignment]] | None = None

    def take(self, record: LogRecord) -> None:
        self._records += 1
        if kind_of(record.stream) not in ("workspace", "floor"):
            return
        event = event_of(record)
        if isinstance(event, Assignment) and event.reason.rule not in BY_HAND:
            self._matches += 1
            self._compare(record, event)
        else:
            self._by_hand += isinstance(event, e.Matched)
            if isinstance(event, Ruling):
                self._rule(record, event)
            if isinstance(event, e.Joined | e.OfferEnded | e.Overflowed):
                self._joined = event.waiting.conversation if isinstance(event, e.Joined) else None
            if not goes_on(self._first, event, self._expected is not None):
                self._settle()
                self._first = event
        self._past.fold(record, event)
        self._last_seq = record.seq

    def result(self) -> Checked:
        self._settle()
        equal = self._decisions - len(self._wrong)
        found = tuple(self._differences)
        return Checked(self._records, self._decisions, equal, self._matches, self._by_hand, self._rulings, found)

    def _compare(self, record: LogRecord, event: Assignment) -> None:
        expected = self._computed(event.at)
        body, computed = expected.popleft() if expected else (b"", None)
        if body != CODEC.encode(event):  # as today's code writes it, with what is new at its default
            self._differ(record.seq, event, computed)

    def _rule(self, record: LogRecord, event: Ruling) -> None:
        self._rulings += 1
        comes = event.conversation == self._joined
        ruled = ruling(event, self._past.floor, self._past.env(event.at), comes)
        if ruled is None or CODEC.encode(ruled) != CODEC.encode(event):
            self._differ(record.seq, event, ruled)

    def _settle(self) -> None:
        """The decision is over: whatever today's code would have assigned beyond the log is a difference."""
        if self._first is not None:
            for _, computed in self._computed(self._first.at):
                self._differ(self._last_seq, None, computed)
            self._decisions += 1
        self._expected = None

    def _computed(self, now: datetime) -> deque[tuple[bytes, Assignment]]:
        """What follows from the floor as it was before the first match of this decision."""
        if self._expected is None:
            at = self._first.at if self._first else now
            found = match_all(self._past.floor, self._past.env(at))
            self._expected = deque((CODEC.encode(m), m) for m in found)
        return self._expected

    def _differ(
        self, seq: int, logged: Assignment | Ruling | None, computed: Assignment | Ruling | None
    ) -> None:
        self._wrong.add(self._decisions)
        self._differences.append(Difference(seq, logged, computed))


def ruling(event: Ruling, floor: Floor, env: Env[DispatchRules], comes: bool) -> Ruling | None:
    """What is told to this visitor today on the floor as it was just before; None when they may stay. The limit of a
    queue is for those who come."""
    id, waiting = event.conversation, floor.waiting.get(event.conversation)
    match event:
        case e.Placed():
            if waiting is None:
                return None
            anew = comes and waiting.since >= event.at
            refused = _refused(leave(floor, id), waiting, env) if anew else None
            return refused or replace(event, ahead=floor.ahead(id))
        case e.Overflowed():
            # Whoever is sent on at once has not waited yet: the way back is told by the event.
            return overflowed(floor, waiting or replace(event.waiting, group=event.group, overflowed=False), env)
        case e.TurnedAway():
            return _refused(floor, waiting or Waiting(conversation=id, group=event.group, since=event.at), env)


def _refused(floor: Floor, waiting: Waiting, env: Env[DispatchRules]) -> Ruling | None:
    if not keeps(floor, waiting.group, env):
        return overflowed(floor, waiting, env) or turned_away(waiting, "nobody", env)
    if has_room(floor, waiting.group, env):
        return None
    return overflowed(floor, waiting, env) or turned_away(waiting, "full", env)


def goes_on(first: Any, event: Any, matched: bool) -> bool:
    """Whether `event` still belongs to the decision that began with `first` and perhaps has already led to matches.

    What happens at one instant before the first match is one decision: on a floor where nobody could be matched, a
    change that led to nothing is no other than the beginning of the next.
    """
    if first is None or event.at != first.at:
        return False
    return isinstance(event, e.Placed) or not matched
