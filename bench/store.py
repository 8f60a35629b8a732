"""How many durable commits the stores do: `python -m bench.store`, about a minute, a table on standard output.

A commit is what a message costs: one state and one record, each with 330 bytes of Chinese JSON. "merged" is how the
engine works: what piled up during the previous commit goes into one batch; "alone" commits each message by itself.
"""

import argparse
import asyncio
import os
import platform
import resource
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from pathlib import Path

import msgspec
import pymongo

from bench.machine import flush, processor
from chatserver.hub.ports import Batch, Change, LogRecord, Store
from chatserver.kernel.tasks import spawn, stop
from chatserver.store.mongo import MongoStore
from chatserver.store.sqlite import SqliteStore
from tests.providers import mongod
from tests.providers.process import Server

WRITERS = (1, 16, 64, 256)
_TEXT = "您好,请问我上周六下的订单什么时候可以发货?收件地址能不能改成公司,谢谢!"
BODY = msgspec.json.encode({"type": "visitor_spoke", "content": {"type": "text", "text": _TEXT}, "pad": "x" * 158})
"""330 bytes."""

Commit = Callable[[Change, LogRecord], Awaitable[None]]


class Cell(msgspec.Struct, frozen=True):
    """One measurement: commits a second, latencies in milliseconds, CPU in microseconds a commit."""

    rate: float
    p50: float
    p99: float
    cpu: float
    database_cpu: float | None


class Merger:
    """What waits is merged into one batch while the previous one is being written."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: list[tuple[Change, LogRecord, asyncio.Future[None]]] = []
        self._some = asyncio.Event()
        self._task = spawn(self._run(), "bench-merger")

    async def commit(self, change: Change, record: LogRecord) -> None:
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((change, record, done))
        self._some.set()
        await done

    async def close(self) -> None:
        await stop(self._task)

    async def _run(self) -> None:
        while True:
            await self._some.wait()
            self._some.clear()
            taken, self._waiting = self._waiting, []
            await self._store.commit(Batch(tuple(c for c, _, _ in taken), tuple(r for _, r, _ in taken)))
            for _, _, done in taken:
                done.set_result(None)


async def measure(store: Store, writers: int, seconds: float, merged: bool, server: Server | None) -> Cell:
    """`writers` people who each send the next message as soon as the previous one is durable."""
    merger = Merger(store) if merged else None
    commit = merger.commit if merger else _alone(store)
    head = await store.head()
    latencies: list[float] = []
    until = time.perf_counter() + seconds

    async def write(stream: str) -> None:
        nonlocal head
        version = 0
        while (began := time.perf_counter()) < until:
            head += 1
            version += 1
            change = Change(stream, version - 1, version, BODY, wake_at=head)
            await commit(change, LogRecord(head, stream, version, head, "visitor_spoke", BODY, f"input{head}"))
            latencies.append(time.perf_counter() - began)

    name = f"conversation/{writers}-{'merged' if merged else 'alone'}"
    began, cpu, database = time.perf_counter(), _cpu(), _cpu_of(server)
    await asyncio.gather(*(write(f"{name}-{n}") for n in range(writers)))
    took = time.perf_counter() - began
    cpu, database_after = _cpu() - cpu, _cpu_of(server)
    if merger:
        await merger.close()
    count = len(latencies)
    percentiles = statistics.quantiles(latencies, n=100)
    spent = None if database is None or database_after is None else (database_after - database) / count * 1e6
    return Cell(count / took, percentiles[49] * 1e3, percentiles[98] * 1e3, cpu / count * 1e6, spent)


def _alone(store: Store) -> Commit:
    async def commit(change: Change, record: LogRecord) -> None:
        await store.commit(Batch((change,), (record,)))

    return commit


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _cpu_of(server: Server | None) -> float | None:
    """Seconds of CPU that the database has used, where the system tells (Linux)."""
    if server is None or server.pid is None or not Path("/proc/self/stat").exists():
        return None
    after_name = Path(f"/proc/{server.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")


def _say_facts(folder: Path, mongod_version: str) -> None:
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    print(f"{os.cpu_count()} x {processor()}; load {load}; {platform.system()} {platform.release()}")
    print(f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {mongod_version}")
    print(f"disk: fsync of 4 KiB {flush(folder)}; body {len(BODY)} bytes\n")
    print("| store | writers | mode | durable commits/s | p50 ms | p99 ms | CPU µs/commit | mongod CPU µs/commit |")
    print("|---|--:|---|--:|--:|--:|--:|--:|")


def _say(name: str, writers: int, mode: str, cell: Cell) -> None:
    database = "" if cell.database_cpu is None else f"{cell.database_cpu:.0f}"
    figures = f"{cell.rate:,.0f} | {cell.p50:.2f} | {cell.p99:.1f} | {cell.cpu:.0f} | {database}"
    print(f"| {name} | {writers} | {mode} | {figures} |", flush=True)


async def _all_cells(name: str, store: Store, seconds: float, server: Server | None) -> None:
    await store.open()
    for writers in WRITERS:
        for merged in (False, True):
            cell = await measure(store, writers, seconds, merged, server)
            _say(name, writers, "merged" if merged else "alone", cell)
    await store.close()


def main() -> None:
    """Both stores, as far as they are here; data go to a temporary folder under `--folder`."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=float, default=2.5, help="per cell")
    options.add_argument("--folder", type=Path, default=None, help="on the disk that is to be measured")
    given = options.parse_args()
    program = mongod.program()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-", dir=given.folder)))
        server = stack.enter_context(mongod.server(program, root=given.folder)) if program else None
        version = "no mongod here"
        if server is not None:
            with pymongo.MongoClient[dict[str, object]](mongod.address(server.port)) as client:
                version = f"MongoDB {client.server_info()['version']} (one member, majority + journal)"
        _say_facts(folder, version)
        asyncio.run(_all_cells("SQLite", SqliteStore(folder / "chat.db", "bench"), given.seconds, None))
        if server is not None:
            store = MongoStore(mongod.address(server.port), "bench", "bench")
            asyncio.run(_all_cells("MongoDB", store, given.seconds, server))


if __name__ == "__main__":
    main()
