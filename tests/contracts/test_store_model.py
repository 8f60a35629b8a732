"""The durable stores and the one in memory agree on any sequence of commits: good, stale, repeated or overlapping.

This is what allows other tests to trust the store in memory.
"""

import asyncio
import itertools
import tempfile
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from chatserver.hub.ports import Batch, Change, DuplicateInput, LogRecord, Store, VersionConflict
from chatserver.store.mongo import MongoStore
from chatserver.store.sqlite import SqliteStore
from tests.contracts.batches import NOON, body, everything
from tests.fakes.memory_store import MemoryStore

T = TypeVar("T")
_numbers = itertools.count(1)

_STREAMS = ("conversation/a", "conversation/b", "agent/a", "conversations/a")
_INPUTS = st.integers(1, 40).map("i{}".format)
_SETTINGS = settings(
    max_examples=30,
    stateful_step_count=20,
    deadline=None,  # a slow disk is no counterexample
    suppress_health_check=[HealthCheck.too_slow],
)


class Step(msgspec.Struct, frozen=True):
    """A change whose versions are still to be filled in."""

    stream: str
    text: str
    wake_at: int | None
    open: bool
    claim: str | None


class Fact(msgspec.Struct, frozen=True):
    """An event whose places are still to be filled in."""

    stream: str
    input_id: str | None


class Mistake(msgspec.Struct, frozen=True):
    """What a writer has wrong who has not heard of the latest commit; most have nothing wrong."""

    change: int = 0
    seq: int = 0
    version: int = 0


_steps = st.lists(
    st.builds(
        Step,
        stream=st.sampled_from(_STREAMS),
        text=st.text(max_size=3),
        wake_at=st.none() | st.integers(0, 3),
        open=st.booleans(),
        claim=st.sampled_from([None, "x", "y"]),
    ),
    max_size=3,
    unique_by=lambda step: step.stream,
)
_facts = st.lists(st.builds(Fact, stream=st.sampled_from(_STREAMS), input_id=st.none() | _INPUTS), max_size=3)
_right = st.just(Mistake())
_off = st.sampled_from([-1, 1])
_mistakes = st.one_of(
    *(_right for _ in range(3)),
    st.builds(Mistake, change=_off),
    st.builds(Mistake, seq=_off),
    st.builds(Mistake, version=_off),
)


class StoreAgainstModel(RuleBasedStateMachine):
    """Does everything on both; the answers, refusals included, must be equal."""

    def __init__(self) -> None:
        super().__init__()
        self.workspace = f"model{next(_numbers)}"
        self.loop = asyncio.new_event_loop()
        self.folder = tempfile.TemporaryDirectory()
        self.model = MemoryStore()
        self.store = self.opened()

    def new_store(self) -> Store:
        """A store on the data of `folder` and `workspace`, not opened."""
        raise NotImplementedError

    def opened(self) -> Store:
        store = self.new_store()
        self.run(store.open())
        return store

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    def both(self, work: Callable[[Store], Coroutine[Any, Any, object]]) -> None:
        assert self.run(_outcome(work(self.store))) == self.run(_outcome(work(self.model)))

    @rule(steps=_steps, facts=_facts, mistake=_mistakes)
    def commit(self, steps: list[Step], facts: list[Fact], mistake: Mistake) -> None:
        batch = self.run(_batch(self.model, steps, facts, mistake))
        self.both(lambda store: store.commit(batch))

    @rule(stream=st.sampled_from(_STREAMS), seq=st.integers(0, 30), limit=st.integers(0, 5), input_id=_INPUTS)
    def ask(self, stream: str, seq: int, limit: int, input_id: str) -> None:
        self.both(lambda store: store.history(stream, seq, limit))
        self.both(lambda store: store.read_log(seq, limit))
        self.both(lambda store: store.due(seq % 5 - 1, limit))
        self.both(lambda store: store.load(stream))
        self.both(lambda store: store.answered(input_id))

    @rule(id=st.sampled_from("abc"), text=st.text(max_size=3), expires_at=st.none() | st.integers(0, 3))
    def put_document(self, id: str, text: str, expires_at: int | None) -> None:
        self.both(lambda store: store.put_document("account", id, body(text=text), expires_at))

    @rule(id=st.sampled_from("abc"), now=st.integers(0, 3))
    def drop_documents(self, id: str, now: int) -> None:
        self.both(lambda store: store.delete_expired(now))
        self.both(lambda store: store.delete_document("account", id))

    @rule()
    def restart(self) -> None:
        self.run(self.store.close())
        self.store = self.opened()

    @invariant()
    def they_look_the_same(self) -> None:
        self.both(everything)
        self.both(lambda store: store.list_documents("account", "", 9))

    def teardown(self) -> None:
        self.run(self.store.close())
        self.loop.close()
        self.folder.cleanup()


async def _outcome(work: Coroutine[Any, Any, object]) -> object:
    """What it returned, or the kind of refusal."""
    try:
        return await work
    except (VersionConflict, DuplicateInput) as refusal:
        return type(refusal)


async def _batch(model: MemoryStore, steps: list[Step], facts: list[Fact], mistake: Mistake) -> Batch:
    """The truth as the model knows it, but for the mistake."""
    changes = []
    for step in steps:
        state = await model.load(step.stream)
        expected = max((state.version if state else 0) + mistake.change, 0)
        text = body(text=step.text)
        changes.append(Change(step.stream, expected, expected + 1, text, step.wake_at, step.open, step.claim))
    records = []
    versions = {r.stream: r.version for r in await model.read_log(0, 1000)}
    for seq, fact in enumerate(facts, await model.head() + 1):
        version = versions[fact.stream] = versions.get(fact.stream, 0) + 1
        place = (seq + mistake.seq, fact.stream, max(version + mistake.version, 1))
        records.append(LogRecord(*place, NOON, "spoke", body(seq=seq), fact.input_id))
    return Batch(tuple(changes), tuple(records))


def test_sqlite_agrees_with_the_model() -> None:
    class Machine(StoreAgainstModel):
        def new_store(self) -> Store:
            return SqliteStore(Path(self.folder.name) / "chat.db", self.workspace)

    run_state_machine_as_test(Machine, settings=_SETTINGS)


@pytest.mark.mongod
def test_mongodb_agrees_with_the_model(mongodb_uri: str, database: str) -> None:
    class Machine(StoreAgainstModel):
        def new_store(self) -> Store:
            return MongoStore(mongodb_uri, database, self.workspace)

    run_state_machine_as_test(Machine, settings=_SETTINGS)
