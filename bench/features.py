"""What the contexts cost a message: the durable path with nobody listening, and with all that a server runs beside it.

The contexts (conversations' list, reports, tags, left messages, quick replies, keys) read the log behind the
acknowledgement; what they cost is CPU, and what the writer loses of it. A run ends when all of them have read all.
"""

import asyncio
from pathlib import Path

from bench.cells import Cell, figures, heading, median, row
from bench.path import ROUNDS, serving, spoken
from bench.stores import Bench, benches

WRITERS = 64


async def measure(folder: Path, seconds: float) -> None:
    """Without and with, three rounds each, medians."""
    print("\n## What the contexts cost a message\n")
    heading("store, 64 writers", "messages/s", "p50 ms", "p99 ms", "CPU µs/message", "mongod CPU µs/message")
    for contexts, words in ((False, "the core alone"), (True, "all contexts")):
        async with benches(folder / ("all" if contexts else "core"), 8, 200, 1, contexts) as found:
            cells: dict[str, list[Cell]] = {}
            for _ in range(ROUNDS):
                for bench in found:
                    talk = await serving(bench.hub, WRITERS)
                    await _settled(bench)
                    cells.setdefault(bench.name, []).append(await spoken(bench, talk, seconds, _settled))
            for bench in found:
                row(f"{bench.name}, {words}", *figures(median(cells[bench.name])))


async def _settled(bench: Bench) -> None:
    """Everybody has read what is in the log."""
    while any(not line.idle.is_set() for line in bench.hub.relay._lines):
        bench.hub.relay.hurry()
        await asyncio.sleep(0.005)
