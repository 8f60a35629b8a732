"""Hubs on real stores for a benchmark: SQLite in a temporary folder, MongoDB on a mongod of its own."""

import contextlib
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import msgspec

from bench import workspace
from bench.machine import cpu_of
from chatserver.app import PLUGS, TABLES, make_hub, unhurried
from chatserver.hub.hub import Hub
from chatserver.hub.plug import Site
from chatserver.hub.ports import Store
from chatserver.hub.relay import Entry, Subscriber
from chatserver.kernel.clock import SystemClock
from chatserver.store.mongo import MongoStore
from chatserver.store.sqlite import SqliteStore
from tests.providers import mongod
from tests.providers.process import Server


class Ear:
    """A subscriber that counts: what it has not heard has not been pushed to anybody."""

    def __init__(self) -> None:
        self.seq = 0
        self.missed = 0

    async def handle(self, entries: Sequence[Entry]) -> None:
        for seq, _ in entries:
            if self.seq:
                self.missed += seq - self.seq - 1
            self.seq = seq


class Bench(msgspec.Struct, frozen=True):
    """A running hub on a real store. `server` is the database's process, where it has one."""

    name: str
    hub: Hub
    ear: Ear
    server: Server | None

    def database_cpu(self) -> float | None:
        """Seconds of CPU that the database has used."""
        return cpu_of(self.server.pid) if self.server and self.server.pid else None


@contextlib.asynccontextmanager
async def benches(
    folder: Path, agents: int, most: int, each: int, contexts: bool = False
) -> AsyncIterator[list[Bench]]:
    """A filled hub for every store that this machine has; with `contexts`, all that listens to the log in a server."""
    folder.mkdir(exist_ok=True)
    async with AsyncExitStack() as stack:
        made = [("SQLite", SqliteStore(folder / "chat.db", "bench"), None), *_mongo(stack, folder)]
        found = []
        for name, store, server in made:
            hub, ear = await stack.enter_async_context(_running(store, contexts))
            await workspace.fill(hub, agents, most, each)
            found.append(Bench(name, hub, ear, server))
        yield found


def _mongo(stack: AsyncExitStack, folder: Path) -> list[tuple[str, Store, Server | None]]:
    program = mongod.program()
    if program is None:
        return []
    server = stack.enter_context(mongod.server(program, root=folder))
    return [("MongoDB", MongoStore(mongod.address(server.port), "bench", "bench"), server)]


@contextlib.asynccontextmanager
async def _running(store: Store, contexts: bool) -> AsyncIterator[tuple[Hub, Ear]]:
    ear = Ear()
    await store.open()
    hub = make_hub(store, SystemClock())
    opened = [plug.open(hub, store.rows, Site()) for plug in PLUGS] if contexts else []
    await store.rows.declare(list(TABLES), {table.name: name for table, name in TABLES.items()})
    listeners = [unhurried(subscriber) for context in opened for subscriber in context.subscribers]
    await hub.start([Subscriber("bench", ear.handle), *listeners])
    yield hub, ear
    await hub.stop()
    await store.close()
