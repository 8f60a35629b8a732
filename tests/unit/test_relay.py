"""The relay tells every subscriber everything, in order, at its own pace, over restarts and failures."""

import asyncio
from collections.abc import Sequence

import pytest

from chatserver.agents import inputs as ai
from chatserver.agents.model import Profile
from chatserver.app import make_hub
from chatserver.hub import relay
from chatserver.hub.hub import Hub
from chatserver.hub.relay import Entry, Subscriber
from chatserver.hub.step import Envelope
from chatserver.hub.tables import Told
from tests.fakes.clock import FakeClock
from tests.fakes.memory_store import MemoryStore


class Listener:
    """Keeps the seqs that it heard; fails as often as it is told to."""

    def __init__(self) -> None:
        self.heard: list[int] = []
        self.failures = 0
        self.slow = asyncio.Event()
        self.slow.set()

    async def handle(self, entries: Sequence[Entry]) -> None:
        await self.slow.wait()
        if self.failures:
            self.failures -= 1
            raise OSError("not now")
        self.heard += [seq for seq, _ in entries]


async def write(hub: Hub, times: int) -> None:
    """`times` inputs of one event each."""
    for n in range(times):
        profile = Profile(account="a", name=f"name {hub.head} {n}", nickname="n")
        await hub.send(Envelope("agent/a", ai.Saved(profile=profile)))


async def heard(listener: Listener, hub: Hub) -> list[int]:
    for _ in range(2_000):
        if listener.heard and listener.heard[-1] == hub.head:
            break
        await asyncio.sleep(0)
    return listener.heard


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


async def test_a_durable_subscriber_misses_nothing_over_a_restart(store: MemoryStore) -> None:
    """What was committed while it was not there is told when it comes back; nothing is told twice."""
    first, later = Listener(), Listener()
    hub = make_hub(store, FakeClock())
    await hub.start([Subscriber("audit", first.handle, durable=True)])
    await write(hub, 3)
    await heard(first, hub)
    await hub.stop()

    away = make_hub(store, FakeClock())
    await away.start()
    await write(away, 4)
    await away.stop()

    again = make_hub(store, FakeClock())
    await again.start([Subscriber("audit", later.handle, durable=True)])
    everything = await heard(first, again) + await heard(later, again)
    assert everything == list(range(1, again.head + 1))
    await again.stop()


async def test_a_slow_subscriber_reads_the_log_instead_of_growing_the_memory(
    store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond the backlog the log itself is the backlog; the order stays, and nobody else waits."""
    monkeypatch.setattr(relay, "BACKLOG", 5)
    slow, quick = Listener(), Listener()
    hub = make_hub(store, FakeClock())
    await hub.start([Subscriber("slow", slow.handle), Subscriber("quick", quick.handle)])
    slow.slow.clear()
    await write(hub, 40)
    assert await heard(quick, hub) == list(range(1, hub.head + 1))
    assert slow.heard == []
    slow.slow.set()
    assert await heard(slow, hub) == list(range(1, hub.head + 1))
    await hub.stop()


@pytest.mark.parametrize("page", [2, 3])
@pytest.mark.parametrize("backlog", [3, 4, 5, 6])
async def test_no_entry_is_lost_when_the_backlog_overflows_and_drains(
    store: MemoryStore, monkeypatch: pytest.MonkeyPatch, backlog: int, page: int
) -> None:
    """A full backlog that is half drained must not be filled again behind a hole."""
    monkeypatch.setattr(relay, "BACKLOG", backlog)
    monkeypatch.setattr(relay, "PAGE", page)
    turns, told = asyncio.Semaphore(0), list[int]()

    async def handle(entries: Sequence[Entry]) -> None:
        await turns.acquire()
        told.extend(seq for seq, _ in entries)

    hub = make_hub(store, FakeClock())
    await hub.start([Subscriber("one page at a time", handle)])
    await write(hub, backlog + 5)
    for _ in range(2):
        turns.release()
        await asyncio.sleep(0.001)
        await write(hub, 2)
    for _ in range(40):
        turns.release()
    for _ in range(2_000):
        if told and told[-1] == hub.head:
            break
        await asyncio.sleep(0)
    assert told == list(range(1, hub.head + 1))
    await hub.stop()


async def test_a_failed_delivery_is_told_again(store: MemoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """At least once: the cursor moves only after the subscriber has taken it."""
    monkeypatch.setattr(relay, "AGAIN_AFTER", 0.0)
    listener = Listener()
    listener.failures = 2
    hub = make_hub(store, FakeClock())
    await hub.start([Subscriber("flaky", listener.handle)])
    await write(hub, 3)
    assert await heard(listener, hub) == list(range(1, hub.head + 1))
    await hub.stop()


async def test_a_store_that_is_away_does_not_end_the_telling(
    store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever has to read the log while the store does not answer is told when it does."""
    monkeypatch.setattr(relay, "AGAIN_AFTER", 0.0)
    monkeypatch.setattr(relay, "BACKLOG", 1)
    listener = Listener()
    hub = make_hub(store, FakeClock())
    await hub.start([Subscriber("patient", listener.handle)])
    listener.slow.clear()
    await write(hub, 20)
    store.broken = OSError("no store")
    listener.slow.set()
    for _ in range(50):
        await asyncio.sleep(0)
    store.broken = None
    assert await heard(listener, hub) == list(range(1, hub.head + 1))
    await hub.stop()


class Ledger(Listener):
    """Writes its place together with what it heard; then fails as often as it is told to, or stands still."""

    def __init__(self, store: MemoryStore) -> None:
        super().__init__()
        self.store = store

    async def handle(self, entries: Sequence[Entry]) -> None:
        self.heard += [seq for seq, _ in entries]
        await self.store.rows.write([], Told("rows", entries[-1][0]))
        await self.slow.wait()
        if self.failures:
            self.failures -= 1
            raise OSError("after it was written")


async def test_what_was_told_before_a_failure_is_not_told_again(
    store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row that counts would count twice."""
    monkeypatch.setattr(relay, "AGAIN_AFTER", 0)
    hub, ledger = make_hub(store, FakeClock()), Ledger(store)
    ledger.failures = 2
    await hub.start([Subscriber("rows", ledger.handle, durable=True, tells=True)])
    await write(hub, 5)
    assert await heard(ledger, hub) == list(range(1, hub.head + 1))
    await hub.stop()


async def test_what_was_told_before_a_stop_is_not_told_again(store: MemoryStore) -> None:
    """The server is stopped after the rows were written and before the relay has heard of it."""
    hub, ledger, later = make_hub(store, FakeClock()), Ledger(store), Ledger(store)
    await hub.start([Subscriber("rows", ledger.handle, durable=True, tells=True)])
    await write(hub, 2)
    await heard(ledger, hub)
    ledger.slow.clear()
    await write(hub, 3)
    await heard(ledger, hub)
    await hub.stop()

    again = make_hub(store, FakeClock())
    await again.start([Subscriber("rows", later.handle, durable=True, tells=True)])
    await write(again, 1)
    told = ledger.heard + await heard(later, again)
    assert told == list(range(1, again.head + 1))
    await again.stop()


async def test_what_changed_no_rows_is_not_told_again_after_a_stop(store: MemoryStore) -> None:
    """Although the subscriber had nothing to tell, the place is kept in the end, and costs no write in between."""
    hub, first, later = make_hub(store, FakeClock()), Listener(), Listener()
    await hub.start([Subscriber("rows", first.handle, durable=True, tells=True)])
    await write(hub, 3)
    await heard(first, hub)
    assert await store.get_document("cursor", "rows") is None
    head = hub.head
    await hub.stop()
    assert await store.get_document("cursor", "rows") == str(head).encode()

    again = make_hub(store, FakeClock())
    await again.start([Subscriber("rows", later.handle, durable=True, tells=True)])
    await write(again, 1)
    assert await heard(later, again) == [again.head]
    await again.stop()


async def test_news_pile_up_for_whom_each_telling_costs_a_commit(store: MemoryStore) -> None:
    """With a pause several are told at once; whoever waits for the subscriber waits for no pause, nor does the end."""
    tellings: list[int] = []

    async def handle(entries: Sequence[Entry]) -> None:
        tellings.append(len(entries))

    hub = make_hub(store, FakeClock())
    await hub.start([Subscriber("rows", handle, pause=3_600.0)])
    before = hub.head
    await write(hub, 4)
    for _ in range(100):
        await asyncio.sleep(0)
    assert tellings == []
    async with asyncio.timeout(60):
        await hub.caught_up("rows")
    assert tellings == [hub.head - before]
    await write(hub, 1)
    async with asyncio.timeout(60):
        await hub.stop()
    assert sum(tellings) == hub.head - before
