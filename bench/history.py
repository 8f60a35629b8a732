"""Lists and reports over a long past: `python -m bench history`. A hundred thousand conversations are written into each
store; then every context makes its rows from the log, and every question that it declares is asked, cold and warm.
"""

import asyncio
import gc
import time
from contextlib import ExitStack
from pathlib import Path

from bench import past
from bench.cells import heading, row
from chatserver.app import PLUGS, TABLES, make_hub
from chatserver.hub.hub import Hub
from chatserver.hub.plug import Opened, Plug, Site
from chatserver.hub.ports import Store
from chatserver.hub.tables import Ask, Tally
from chatserver.kernel.clock import SystemClock
from chatserver.store.mongo import MongoStore
from chatserver.store.sqlite import SqliteStore
from tests.providers import mongod

CONVERSATIONS = 100_000
WARM = 3
"""Times that a question is asked again; the middle one is shown."""


async def measure(folder: Path, conversations: int = CONVERSATIONS) -> None:
    """Both stores, one after the other."""
    with ExitStack() as stack:
        stores: list[tuple[str, Store]] = [("SQLite", SqliteStore(folder / "chat.db", "bench"))]
        if (program := mongod.program()) is not None:
            server = stack.enter_context(mongod.server(program, root=folder))
            stores.append(("MongoDB", MongoStore(mongod.address(server.port), "bench", "bench")))
        for name, store in stores:
            print(f"\n## {conversations:,} conversations in {name}\n", flush=True)
            await store.open()
            try:
                await _one(store, conversations)
            finally:
                await store.close()


async def _one(store: Store, conversations: int) -> None:
    began = time.perf_counter()
    for batch in past.batches(conversations, await store.head()):
        await store.commit(batch)
    events, took = await store.head(), time.perf_counter() - began
    print(f"The log: {events:,} events, written in {took:,.0f} s, {events / took:,.0f} a second.\n")
    await store.rows.declare(list(TABLES), {table.name: name for table, name in TABLES.items()})
    heading("rows made from the log by", "s", "events/s")
    for plug in PLUGS:
        if plug.tables:
            took = await _rebuild(store, plug)
            row(plug.name, f"{took:.1f}", f"{events / took:,.0f}")
    print()
    heading("question", "first ms", "again ms", "rows", "index")
    worst = 0.0
    for plug in PLUGS:
        for name, question in plug.questions.items():
            worst = max(worst, await _ask(store, name, question))
    print(f"\nThe slowest answer took {worst * 1e3:,.0f} ms.", flush=True)


async def _rebuild(store: Store, plug: Plug) -> float:
    """Seconds from an empty table to the end of the log."""
    hub: Hub = make_hub(store, SystemClock())
    opened: Opened = plug.open(hub, store.rows, Site())
    began = time.perf_counter()
    await hub.start(opened.subscribers)
    for subscriber in opened.subscribers:
        await hub.relay.seen(subscriber.name, hub.head)
    took = time.perf_counter() - began
    await hub.stop()
    if opened.close:
        await opened.close()
    return took


async def _ask(store: Store, name: str, question: Ask | Tally) -> float:
    """Seconds that the slowest of its answers took."""
    gc.collect()
    times, found = [], 0
    for _ in range(1 + WARM):
        began = time.perf_counter()
        answer = await (store.rows.rows(question) if isinstance(question, Ask) else store.rows.tally(question))
        times.append(time.perf_counter() - began)
        found = len(answer)
        await asyncio.sleep(0)
    plan = await store.rows.plan(question)
    index = ", ".join(plan.index) or "none: all rows"
    row(name, f"{times[0] * 1e3:.1f}", f"{sorted(times[1:])[WARM // 2] * 1e3:.1f}", f"{found:,}", index)
    return max(times)
