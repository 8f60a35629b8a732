"""What one subscription still has to be told, in lanes: the letters of one conversation go one after the other, those
of different conversations do not wait for one another. Pure bookkeeping: sends nothing, keeps nothing.

Two things go wrong, and are told apart by what else arrives. A receiver that stumbles over one letter is asked again
later and later, and the letter is put aside in the end. A receiver that takes nothing at all is *down*: then a single
letter at a time knocks at the door, which counts against none of them, and the first that arrives opens it for all.
"""

import heapq
from collections import deque
from datetime import datetime, timedelta

import msgspec
from msgspec.structs import replace

RETRIES = tuple(timedelta(seconds=s) for s in (5, 30, 120, 600, 3_600, 21_600, 43_200, 86_400))
"""Waits of one letter. After the last of them it is a dead letter: about two days."""

DOWN_AFTER = 5
"""Failures in a row, whosever, after which the receiver counts as down."""

KNOCKS = tuple(timedelta(seconds=s) for s in (30, 120, 600))
"""Waits between two knocks at a receiver that is down; the last of them for ever."""


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """One record of the log that is to be told. `attempts` failed; `why` says how the last one did."""

    seq: int
    lane: str
    attempts: int = 0
    next_at: datetime | None = None
    why: str = ""


class Failed(msgspec.Struct, frozen=True, kw_only=True):
    """What follows from a failure: letters to keep durably because their lane waits, and perhaps one that is dead."""

    keep: list[Letter]
    dead: Letter | None = None


class Lanes:
    """Letters are added in the order of the log."""

    def __init__(self) -> None:
        self._lanes: dict[str, deque[Letter]] = {}
        self._parked: set[str] = set()
        self._idle: deque[str] = deque()
        self._waiting: list[tuple[datetime, str]] = []
        self._fresh: dict[int, None] = {}
        self._busy = 0
        self._failures = 0
        self._knock_at: datetime | None = None
        self.count = 0

    @property
    def down(self) -> bool:
        return self._failures >= DOWN_AFTER

    @property
    def idle(self) -> bool:
        """Whether a letter could go out at once."""
        return bool(self._idle)

    def oldest(self) -> int | None:
        """The first letter that only memory knows."""
        return next(iter(self._fresh), None)

    def add(self, letter: Letter, kept: bool = False) -> bool:
        """True when it must be kept durably, because what is in front of it in its lane has failed."""
        self.count += 1
        lane = self._lanes.get(letter.lane)
        if lane is not None:
            lane.append(letter)
        else:
            self._lanes[letter.lane] = deque([letter])
            self._wait(letter.lane, letter.next_at)
        if kept:
            self._parked.add(letter.lane)
        if letter.lane in self._parked:
            return True
        self._fresh[letter.seq] = None
        return False

    def take(self, now: datetime) -> Letter | None:
        """The next letter that may go out now; its lane is busy until `arrived` or `failed`."""
        while self._waiting and self._waiting[0][0] <= now:
            self._idle.append(heapq.heappop(self._waiting)[1])
        if not self._idle or (self.down and (self._busy or (self._knock_at is not None and now < self._knock_at))):
            return None
        self._busy += 1
        return self._lanes[self._idle.popleft()][0]

    def arrived(self, letter: Letter) -> bool:
        """True when it was kept durably, and need not be any more. Whoever waited while the receiver was down, waits no
        longer."""
        kept = letter.lane in self._parked
        self._done(letter)
        if self.down:
            self._idle.extend(lane for _, lane in self._waiting)
            self._waiting.clear()
        self._failures = 0
        return kept

    def failed(self, letter: Letter, why: str, now: datetime) -> Failed:
        self._failures += 1
        counts = not self.down
        attempts = letter.attempts + counts
        if attempts > len(RETRIES):
            self._done(letter)
            return Failed(keep=[], dead=replace(letter, attempts=attempts, why=why))
        if self.down:
            self._knock_at = next_at = now + KNOCKS[min(self._failures - DOWN_AFTER, len(KNOCKS) - 1)]
        else:
            next_at = now + RETRIES[attempts - 1]
        lane = self._lanes[letter.lane]
        lane[0] = replace(letter, attempts=attempts, next_at=next_at, why=why)
        self._busy -= 1
        self._wait(letter.lane, next_at)
        return Failed(keep=self._park(letter.lane) if counts or letter.lane not in self._parked else [])

    def forgive(self) -> None:
        """Everything may be tried at once: somebody says that the receiver is there again."""
        self._failures, self._knock_at = 0, None
        self._idle.extend(lane for _, lane in self._waiting)
        self._waiting.clear()

    def next_at(self) -> datetime | None:
        """When `take` will have something that it has not now, if nothing else happens."""
        if self.down and self._idle and not self._busy:
            return self._knock_at
        return self._waiting[0][0] if self._waiting else None

    def _park(self, lane: str) -> list[Letter]:
        """The head has changed; what is behind it is kept from the first failure on."""
        letters = list(self._lanes[lane])
        if lane in self._parked:
            return letters[:1]
        self._parked.add(lane)
        for letter in letters:
            self._fresh.pop(letter.seq, None)
        return letters

    def _done(self, letter: Letter) -> None:
        self._busy -= 1
        self.count -= 1
        self._fresh.pop(letter.seq, None)
        lane = self._lanes[letter.lane]
        lane.popleft()
        if lane:
            self._wait(letter.lane, lane[0].next_at)
        else:
            del self._lanes[letter.lane]
            self._parked.discard(letter.lane)

    def _wait(self, lane: str, at: datetime | None) -> None:
        if at is None:
            self._idle.append(lane)
        else:
            heapq.heappush(self._waiting, (at, lane))
