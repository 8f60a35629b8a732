"""A server for each test, on a port of its own, in memory and in virtual time unless the test wants more."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from chatserver.api import rest
from chatserver.api.openapi import NOT_JSON
from chatserver.api.repeats import Answer
from chatserver.hub.plug import Operation
from chatserver.kernel.clock import Clock
from chatserver.store.sqlite import SqliteStore
from tests.fakes.clock import FakeClock
from tests.fakes.memory_store import MemoryStore
from tests.fakes.slow_store import SlowStore
from tests.integration.house import House

Build = Callable[..., Awaitable[House]]


@pytest.fixture(autouse=True)
def answers_are_as_declared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the API answers in these tests is of the type that its description declares, and has nothing beside."""
    plain = rest.encoded

    def checked(operation: Operation, value: Any) -> Answer:
        answer = plain(operation, value)
        if operation.answers not in NOT_JSON:
            declared = msgspec.json.decode(answer.body, type=operation.answers)
            assert msgspec.json.encode(declared) == answer.body, operation.name
        return answer

    monkeypatch.setattr(rest, "encoded", checked)


@pytest.fixture
async def build(tmp_path: Path) -> AsyncIterator[Build]:
    """Makes servers; those that still run are stopped at the end."""
    running: list[House] = []

    async def make(store: Any = None, clock: Clock | None = None, **deployment: Any) -> House:
        given = {"data_dir": str(tmp_path)} | deployment
        house = House(store or MemoryStore(), clock or FakeClock(), **given)
        running.append(await house.start())
        return house

    yield make
    for house in running:
        if isinstance(house.store, SlowStore):
            house.store.gate.set()  # a test that failed may have left it closed, and a stop waits for the store
        if house.server._runner and house.server._runner.server:
            await house.stop()


@pytest.fixture
async def house(build: Build) -> House:
    """In memory, with a clock that the test moves."""
    return await build()


@pytest.fixture
def sqlite(tmp_path: Path) -> Callable[[], SqliteStore]:
    """The same file each time, as after a restart."""
    return lambda: SqliteStore(tmp_path / "chat.db", "default")


@pytest.fixture
def refusals(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    """The codes of the refusals logged so far; a traceback anywhere fails the test that asks."""
    caplog.set_level(logging.INFO, "chatserver")

    def codes() -> list[str]:
        assert [r.getMessage() for r in caplog.records if r.exc_info] == []
        return [vars(r)["code"] for r in caplog.records if r.getMessage() == "refused"]

    return codes
