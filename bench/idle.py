"""What a visitor costs who only has the page open: memory and CPU of the server, and the time to connect."""

import asyncio
import time
from pathlib import Path

from bench import child, workspace
from bench.cells import cuts, heading, row
from bench.machine import allow_files, cpu_of, resident
from bench.wire import Wire

FIRST, MORE = 50, 1_000
"""The first visitors warm the server up; the others are counted."""

AT_ONCE = 20
WATCHED = 15.0
"""Seconds: one round of the server's pings."""


async def measure(folder: Path) -> None:
    """One server; memory before and after, then CPU over one round of pings."""
    allow_files(4 * MORE)
    print("\n## Idle visitors (websocket, CONNECT and hello done; no conversation)\n")
    heading("figure", "value")
    with child.server(folder, agents=1) as server:
        pid = child.pid_of(server)
        await asyncio.sleep(1.0)
        row("RSS of the server, nobody connected", f"{resident(pid) / 1e6:.1f} MB")
        visitors, _, _ = await _connect(server.port, FIRST)
        await asyncio.sleep(1.0)
        before, cpu = resident(pid), cpu_of(pid)
        more, took, latencies = await _connect(server.port, MORE)
        cpu = cpu_of(pid) - cpu
        await asyncio.sleep(1.0)
        grown = resident(pid) - before
        row(f"RSS per connection, {MORE:,} more after the first {FIRST}", f"{grown / MORE / 1e3:.1f} kB")
        row("RSS with all of them", f"{resident(pid) / 1e6:.1f} MB")
        p50, p99 = cuts(latencies)
        row(f"connected and greeted, {AT_ONCE} at a time", f"{MORE / took:,.0f}/s")
        row("time to connect, p50 and p99", f"{p50 * 1e3:.1f} ms, {p99 * 1e3:.1f} ms")
        row("server CPU for one connect with hello", f"{cpu / MORE * 1e6:.0f} µs")
        idle = cpu_of(pid)
        await asyncio.sleep(WATCHED)
        row(f"server CPU with {FIRST + MORE:,} idle", f"{(cpu_of(pid) - idle) / WATCHED:.1%} of a core")
        for visitor in visitors + more:
            visitor.close()


async def _connect(port: int, count: int) -> tuple[list[Wire], float, list[float]]:
    """(connections, seconds in all, seconds of each)."""
    gate, latencies = asyncio.Semaphore(AT_ONCE), list[float]()

    async def one(n: int) -> Wire:
        async with gate:
            began = time.perf_counter()
            visitor = await child.visitor(port, workspace.NAMES[n % len(workspace.NAMES)])
            latencies.append(time.perf_counter() - began)
            return visitor

    began = time.perf_counter()
    found = await asyncio.gather(*(one(n) for n in range(count)))
    return list(found), time.perf_counter() - began, latencies
