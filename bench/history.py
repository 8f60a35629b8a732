"""Lists and reports over a long past: `python -m bench history`. A hundred thousand conversations are written into each
store; then every context makes its rows from the log, and every question that it declares is asked, cold and warm. At
the end reports of as many lines as there may be, with all that a request for one pays.
"""

import asyncio
import gc
import time
from contextlib import ExitStack
from datetime import timedelta
from itertools import pairwise
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
from chatserver.suite.reports import answers, questions
from chatserver.suite.reports.kinds import KINDS, Kind
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
    print(f"\nThe slowest answer took {worst * 1e3:,.0f} ms.\n", flush=True)
    heading("report by agent and day", "size ms", "figures ms", "lines ms", "in all ms", "lines")
    for kind in KINDS.values():
        if {"agent", "day"} <= {*kind.by}:
            await _longest(store, kind)


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


async def _longest(store: Store, kind: Kind) -> None:
    """What a request pays for as many days as just fit: how long the report would be, its sums, and its lines. Each
    agent has a line of a day, and nobody has one."""
    days = questions.MAX_LINES // (past.AGENTS + 1)
    first = past.BEGAN.date()
    term = questions.Period(first, first + timedelta(days=days - 1)).term
    asked = questions.tally(kind, (term,), ("agent", "day"))
    gc.collect()
    times = [time.perf_counter()]
    questions.check_size(await store.rows.tally(questions.places(asked)))
    times.append(time.perf_counter())
    counted = await store.rows.tally(asked)
    times.append(time.perf_counter())
    lines, _ = answers.lines(kind, asked, counted, {}, "en")
    times.append(time.perf_counter())
    parts = [f"{(end - begin) * 1e3:,.0f}" for begin, end in pairwise(times)]
    row(kind.key, *parts, f"{(times[-1] - times[0]) * 1e3:,.0f}", f"{len(lines):,}")


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
