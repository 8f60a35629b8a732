"""Brings one subscription what happens: in order within a conversation, at least once, and never in anybody's way.

The log is the queue: what has not been read yet costs nothing, however long a receiver is away. Only what waits by
itself, because it failed while others arrived, is kept on its own.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from msgspec.structs import replace

from chatserver.hub.history import backwards
from chatserver.hub.hub import Hub, id_of, stream
from chatserver.hub.machines import kind_of
from chatserver.hub.relay import Entry
from chatserver.hub.step import Envelope
from chatserver.kernel.tasks import spawn, stop
from chatserver.suite.integrations.feed import Feed
from chatserver.suite.integrations.groups import Groups
from chatserver.suite.integrations.kinds import BY_EVENT, payload
from chatserver.suite.integrations.lanes import Lanes, Letter
from chatserver.suite.integrations.ledger import REMEMBERED, DeadLetter, Delivery, Ledger, Progress
from chatserver.suite.integrations.sender import Sender
from chatserver.suite.integrations.webhooks import KIND, StopWebhook, Webhook

_log = logging.getLogger("chatserver.webhooks")

AT_ONCE = 8
"""Letters of one subscription under way at the same time, each of another conversation."""

ROOM = 1_000
"""Letters in memory, of one subscription."""

GIVE_UP_AFTER = timedelta(days=3)
"""After so long without a single success a subscription is switched off."""

SAVED_EVERY = 5_000
"""Records that nobody wanted, after which the place in the log is noted down all the same."""

AGAIN_AFTER = 1.0
"""Seconds until deliveries go on after the store failed."""

GONE = 410
"""The receiver says for good: nobody is here any more."""


class Courier:
    """Of one subscription, from its making to its end; at rest while it is switched off."""

    def __init__(self, hub: Hub, feed: Feed, sender: Sender, webhook: str) -> None:
        self._hub = hub
        self._feed = feed
        self._sender = sender
        self._id = webhook
        self._news = asyncio.Event()
        self._task: asyncio.Task[Any] | None = None
        self._out: set[asyncio.Task[None]] = set()
        self._forget_all(0)
        self.ledger = Ledger(hub.store, webhook)

    def start(self) -> None:
        self._task = spawn(self._run(), f"webhook {self._id}")

    async def stop(self) -> None:
        """What is under way is broken off, and sent again when the courier starts again."""
        for task in (self._task, *self._out):
            await stop(task)
        self._out.clear()

    def wake(self) -> None:
        self._news.set()

    async def restart(self, change: Callable[[], Awaitable[Any]]) -> Any:
        """Change the ledger while nobody else reads or writes it."""
        await self.stop()
        try:
            return await change()
        finally:
            self.start()

    @property
    def progress(self) -> Progress:
        return self._progress

    @property
    def waiting(self) -> int:
        """Letters that were read and have not arrived."""
        return self._lanes.count

    async def _run(self) -> None:
        while True:
            try:
                await self._load()
                await self._work()
            except Exception:
                _log.exception("deliveries were interrupted", extra={"webhook": self._id})
                for task in tuple(self._out):
                    await stop(task)
                self._out.clear()
                await asyncio.sleep(AGAIN_AFTER)

    async def _load(self) -> None:
        progress = await self.ledger.progress() or Progress(seq=await self._born())
        self._forget_all(progress.seq)
        self._progress = progress
        for letter in await self.ledger.waiting():
            self._lanes.add(letter, kept=True)

    def _forget_all(self, seq: int) -> None:
        self._progress = Progress(seq=seq)
        self._read = seq
        self._lanes = Lanes()
        self._groups = Groups(self._hub)
        self._entries: dict[int, Entry] = {}
        self._done: deque[tuple[Letter, Delivery]] = deque()
        self._changed = False
        self._resting = False

    async def _born(self) -> int:
        """Where the subscription stands in the log: it is told what comes after."""
        first = 0
        async for seq, _ in backwards(self._hub, stream(KIND, self._id)):
            first = seq
        return first

    async def _work(self) -> None:
        while True:
            self._news.clear()
            await self._settle()
            webhook: Webhook | None = self._hub.at_hand(KIND, self._id)
            active = webhook is not None and webhook.wish is not None and webhook.wish.active
            if active:
                if self._resting:
                    self._lanes.forgive()
                    self._progress = replace(self._progress, failing_since=None)
                await self._fill()
                self._send()
            self._resting = not active
            await self._save()
            at = self._lanes.next_at() if active else None
            await (self._hub.clock.sleep_until(at, self._news) if at else self._news.wait())

    async def _fill(self) -> None:
        """Read a page on, if there is room; while the receiver is down, only when nothing else could knock."""
        if self._lanes.count >= ROOM or (self._lanes.down and self._lanes.idle):
            return
        for entry in await self._feed.after(self._read):
            seq, happened = entry
            if await self._wanted(entry):
                letter = Letter(seq=seq, lane=happened.stream)
                if self._lanes.add(letter):
                    await self.ledger.keep(letter)
                else:
                    self._entries[seq] = entry
            self._groups.passed(entry)
            self._read = seq
            self._news.set()

    async def _wanted(self, entry: Entry) -> bool:
        kind = BY_EVENT.get(type(entry[1].event))
        wish = self._webhook().wish
        if kind is None or wish is None or kind.name not in wish.kinds:
            return False
        c = await self._conversation(entry)
        groups = await self._groups.concerned(entry) if wish.groups else frozenset()
        return wish.wants(kind.name, c.visit.inbox if c else None, groups)

    async def _conversation(self, entry: Entry) -> Any:
        """The one that it is about, as it is now; None when it is about something else."""
        name = entry[1].stream
        return await self._hub.look("conversation", id_of(name)) if kind_of(name) == "conversation" else None

    def _send(self) -> None:
        while len(self._out) < AT_ONCE and (letter := self._lanes.take(self._hub.now())):
            task = spawn(self._deliver(letter), f"webhook {self._id} {letter.seq}")
            self._out.add(task)
            task.add_done_callback(self._back)

    async def _deliver(self, letter: Letter) -> None:
        """Whatever goes wrong is a failure of this letter; the loop decides what follows."""
        attempt = letter.attempts + 1
        try:
            entry = self._entries.get(letter.seq) or await self._feed.at(letter.seq)
            told = payload(self._id, entry, await self._conversation(entry))
            delivery = await self._sender.send(self._webhook(), told, attempt)
        except Exception:
            _log.exception("a letter could not be written", extra={"webhook": self._id, "seq": letter.seq})
            delivery = Delivery(id="", kind="", at=0, took=0, attempt=attempt, status=None, why="internal")
        self._done.append((letter, delivery))

    def _back(self, task: asyncio.Task[None]) -> None:
        """There is room for the next letter now, and not a moment earlier."""
        self._out.discard(task)
        self._news.set()

    async def _settle(self) -> None:
        while self._done:
            letter, delivery = self._done.popleft()
            self._changed = True
            self._entries.pop(letter.seq, None)
            if delivery.why:
                await self._failed(letter, delivery)
            elif self._lanes.arrived(letter):
                await self.ledger.forget(letter)
            last = (*self._progress.last, delivery)[-REMEMBERED:]
            since = (self._progress.failing_since or self._hub.now()) if delivery.why else None
            self._progress = replace(self._progress, last=last, failing_since=since)
            if delivery.status == GONE:
                await self._give_up("gone")
            elif since and self._hub.now() - since >= GIVE_UP_AFTER:
                await self._give_up("failing")

    async def _failed(self, letter: Letter, delivery: Delivery) -> None:
        follows = self._lanes.failed(letter, delivery.why, self._hub.now())
        for each in follows.keep:
            self._entries.pop(each.seq, None)
            await self.ledger.keep(each)
        if follows.dead:
            _log.warning("a letter is dead", extra={"delivery": delivery.id, "why": delivery.why})
            await self.ledger.bury(DeadLetter(letter=follows.dead, kind=delivery.kind, at=self._hub.now()))

    async def _give_up(self, reason: Any) -> None:
        """An event like any other: administrators see when and why. What is not told waits until somebody switches the
        subscription on again."""
        _log.warning("a webhook was switched off", extra={"webhook": self._id, "reason": reason})
        self._progress = replace(self._progress, failing_since=None)
        await self._hub.send(Envelope(stream(KIND, self._id), StopWebhook(reason=reason)))

    async def _save(self) -> None:
        """Everything up to the oldest letter that only memory knows is settled."""
        oldest = self._lanes.oldest()
        seq = self._read if oldest is None else oldest - 1
        if self._changed or seq - self._progress.seq >= SAVED_EVERY:
            self._progress = replace(self._progress, seq=seq)
            await self.ledger.save(self._progress)
            self._changed = False

    def _webhook(self) -> Webhook:
        found: Webhook = self._hub.held(KIND, self._id)
        return found
