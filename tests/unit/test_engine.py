"""What the engine keeps in memory is never older than what is durable, and never a part of it."""

import asyncio

import pytest
from msgspec.structs import replace

from chatserver.agents import inputs as ai
from chatserver.agents.model import Profile
from chatserver.app import make_hub
from chatserver.conversation import contact
from chatserver.hub import memory
from chatserver.hub.batch import Receipt
from chatserver.hub.ports import Batch, BatchTooLarge, StoredState
from chatserver.hub.step import Envelope
from chatserver.kernel.errors import ErrorCode, Refused
from chatserver.kernel.tasks import spawn
from tests.fakes.clock import FakeClock
from tests.fakes.memory_store import MemoryStore

KNOWN = "contact/k"


class LateStore(MemoryStore):
    """Gives what it read at once, but only when it is let go: a read that is overtaken by a commit."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = asyncio.Event()
        self.gate.set()

    async def load(self, stream: str) -> StoredState | None:
        state = await super().load(stream)
        await self.gate.wait()
        return state


class CountingStore(MemoryStore):
    commits = reads = 0

    async def commit(self, batch: Batch) -> None:
        await super().commit(batch)
        self.commits += 1

    async def load(self, stream: str) -> StoredState | None:
        self.reads += 1
        return await super().load(stream)


class NarrowStore(MemoryStore):
    """Takes no more than so many changes at once."""

    async def commit(self, batch: Batch) -> None:
        if len(batch.changes) > 4:
            raise BatchTooLarge
        await super().commit(batch)


def saved(id: str, account: str) -> Envelope:
    return Envelope(f"agent/{id}", ai.Saved(profile=Profile(account=account, name=id, nickname=id)))


def together(*all: Envelope) -> Envelope:
    return replace(all[0], input_id="sheet", also=all[1:])


async def test_a_slow_look_does_not_bring_back_the_past() -> None:
    """A door that read the store before a commit does not put what it read over what was committed."""
    store = LateStore()
    hub = make_hub(store, FakeClock())
    await hub.start()
    await hub.send(Envelope(KNOWN, contact.Served(agent="a1")))
    hub.memory.cold.clear()
    store.gate.clear()
    look = spawn(hub.look("contact", "k"), "a slow look")
    for _ in range(5):
        await asyncio.sleep(0)
    hub.memory.put(KNOWN, contact.Contact(id="k", version=2, last_agent="a2"))
    store.gate.set()
    assert (await look).last_agent == "a2"
    assert hub.at_hand("contact", "k") == contact.Contact(id="k", version=2, last_agent="a2")
    await hub.stop()


async def test_a_state_that_memory_let_go_of_is_not_taken_for_new(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bound of memory is a matter of speed only."""
    monkeypatch.setattr(memory, "COLD", 0)
    hub = make_hub(MemoryStore(), FakeClock())
    await hub.start()
    for agent in ("a1", "a2", "a3"):
        await hub.send(Envelope(KNOWN, contact.Served(agent=agent)))
    kept = await hub.look("contact", "k")
    assert (kept.version, kept.last_agent) == (3, "a3")
    await hub.stop()


async def test_what_goes_together_happens_as_a_whole_or_not_at_all() -> None:
    """One commit for all of it; a refusal says whose it is, and leaves the others of the batch alone."""
    store = CountingStore()
    hub = make_hub(store, FakeClock())
    await hub.start()

    refused, alone = await asyncio.gather(
        hub.send(together(saved("a", "a"), saved("b", "b"), saved("c", "A"))),
        hub.send(saved("d", "a")),
        return_exceptions=True,
    )
    assert isinstance(refused, Refused) and (refused.code, refused.data["nth"]) == (ErrorCode.ACCOUNT_TAKEN, 2)
    assert isinstance(alone, Receipt) and [a.id for a in hub.agents()] == ["d"]
    commits = store.commits
    receipt = await hub.send(together(saved("a", "x"), saved("b", "y"), saved("c", "z")))
    assert (store.commits, sorted(a.id for a in hub.agents())) == (commits + 1, ["a", "b", "c", "d"])
    assert (receipt.stream, await hub.send(together(saved("a", "x")))) == ("agent/a", receipt)
    await hub.stop()


async def test_what_goes_together_is_read_together() -> None:
    """A sheet of a thousand lines is one question to the store, not two for each line; what was there counts."""
    store = CountingStore()
    hub = make_hub(store, FakeClock())
    await hub.start()
    await hub.send(saved("a", "first"))
    await hub.send(saved("a", "second"))
    hub.memory.cold.clear()
    store.reads = 0
    needs = ("agent/a", "agent/b", "agent/c", "account/first", "account/second", "account/third")
    sheet = together(saved("a", "third"), saved("b", "first"), saved("c", "second"))
    await hub.send(replace(sheet, needs=needs))
    assert [(await hub.look("account", key)).agent for key in ("first", "second", "third")] == ["b", "c", "a"]
    assert (store.reads, (await hub.look("account", "first")).version) == (0, 3)
    await hub.stop()


async def test_what_the_store_can_never_take_is_refused_for_good_and_alone() -> None:
    """Whoever sends it is not told to come again, and those who came in the same moment notice nothing."""
    hub = make_hub(NarrowStore(), FakeClock())
    await hub.start()
    outcomes = await asyncio.gather(
        hub.send(saved("a", "a")),
        hub.send(together(saved("b", "b"), saved("c", "c"))),
        hub.send(saved("d", "d")),
        hub.send(saved("e", "a")),
        return_exceptions=True,
    )
    codes = [outcome.code if isinstance(outcome, Refused) else None for outcome in outcomes]
    assert codes == [None, ErrorCode.TOO_LARGE, None, ErrorCode.ACCOUNT_TAKEN]
    assert sorted(a.id for a in hub.agents()) == ["a", "d"]
    await hub.stop()


async def test_another_writer_is_noticed_and_nothing_is_done_twice() -> None:
    """Two processes on one store: a repeated input has its first answer, a late one is told to come again."""
    store = MemoryStore()
    first, second = make_hub(store, FakeClock()), make_hub(store, FakeClock())
    await first.start()
    await second.start()
    done = await first.send(Envelope(KNOWN, contact.Served(agent="a1"), "one"))
    assert (await second.send(Envelope(KNOWN, contact.Served(agent="a1"), "one"))).seq == done.seq
    await first.send(Envelope("agent/a", ai.Saved(profile=Profile(account="a", name="a", nickname="a"))))
    with pytest.raises(Refused, match="busy"):
        await second.send(Envelope("contact/other", contact.Served(agent="a1"), "two"))
    again = await second.send(Envelope("contact/other", contact.Served(agent="a1"), "two"))
    assert again.seq == first.head + 1
    assert second.held("agent", "a").profile.name == "a"
    await first.stop()
    await second.stop()
