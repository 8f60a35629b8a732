"""The durable path of a message, without the sockets: mailbox, step, group commit, relay to a subscriber.

Each writer is a visitor in a conversation that an agent serves, and says the next thing as soon as the last one is
durable. Ids and the opening are made as the visitors' door makes them. The CPU is that of the whole process: the
engine, the store's threads and the writers themselves; the database's own is apart.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from bench import workspace
from bench.cells import Cell, cell, figures, heading, median, row
from bench.machine import own_cpu
from bench.stores import Bench, benches
from chatserver.conversation.content import TextContent
from chatserver.conversation.inputs import VisitorCame, VisitorSpoke
from chatserver.conversation.model import Phase
from chatserver.hub.hub import Hub, id_of
from chatserver.hub.step import Envelope, OpenConversationOf
from chatserver.kernel.ids import new_id

WRITERS = (1, 16, 64, 256)
ROUNDS = 3


async def measure(folder: Path, seconds: float) -> None:
    """Both stores in turn, three rounds, medians."""
    print("\n## Durable messages a second, full path\n")
    heading("store, writers", "messages/s", "p50 ms", "p99 ms", "CPU µs/message", "mongod CPU µs/message")
    async with benches(folder, agents=8, most=200, each=1) as found:
        cells: dict[tuple[str, int], list[Cell]] = {}
        for _ in range(ROUNDS):
            for writers in WRITERS:
                for bench in found:
                    talk = await serving(bench.hub, writers)
                    cells.setdefault((bench.name, writers), []).append(await spoken(bench, talk, seconds))
        for bench in found:
            for writers in WRITERS:
                row(f"{bench.name}, {writers}", *figures(median(cells[bench.name, writers])))


Say = Callable[[int], Awaitable[object]]


async def serving(hub: Hub, writers: int) -> list[Say]:
    """What each writer calls to say the n-th thing; every conversation is open and served."""
    return [await _writer(hub, f"v-bench-{n}", workspace.NAMES[n % len(workspace.NAMES)]) for n in range(writers)]


async def _writer(hub: Hub, contact: str, group: str) -> Say:
    opening = workspace.opening(contact, group)
    receipt = await hub.send(Envelope(OpenConversationOf(contact, new_id()), VisitorCame(opening=opening)))
    assert hub.held("conversation", id_of(receipt.stream)).phase is Phase.SERVING
    run = new_id()

    def say(n: int) -> Awaitable[object]:
        said = VisitorSpoke(id=f"{run}-{n}", content=TextContent(text=workspace.TEXT), opening=opening)
        return hub.send(Envelope(OpenConversationOf(contact, new_id()), said, f"v:{contact}:{run}-{n}"))

    return say


async def spoken(
    bench: Bench, writers: list[Say], seconds: float, settled: Callable[[Bench], Awaitable[None]] | None = None
) -> Cell:
    """What the writers got done; the CPU is counted until everybody who listens is `settled`."""
    latencies: list[float] = []
    until = time.perf_counter() + seconds

    async def write(say: Say) -> None:
        n = 0
        while (began := time.perf_counter()) < until:
            n += 1
            await say(n)
            latencies.append(time.perf_counter() - began)

    began, cpu, database = time.perf_counter(), own_cpu(), bench.database_cpu()
    await asyncio.gather(*(write(say) for say in writers))
    took = time.perf_counter() - began
    while bench.ear.seq < bench.hub.head:
        await asyncio.sleep(0.001)
    if settled:
        await settled(bench)
    if bench.ear.missed:
        raise RuntimeError(f"the relay left out {bench.ear.missed} records")
    cpu, after = own_cpu() - cpu, bench.database_cpu()
    return cell(latencies, took, cpu, None if database is None or after is None else after - database)
