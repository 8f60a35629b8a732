"""What a figure depends on: the machine and the versions; and what Linux tells of a process's CPU and memory."""

import asyncio
import os
import platform
import resource
import sqlite3
import statistics
import subprocess
import time
from collections.abc import Coroutine
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tests.providers import mongod

PACKAGES = ("aiohttp", "python-socketio", "python-engineio", "msgspec", "pymongo", "uvloop")


def run(work: Coroutine[Any, Any, None]) -> None:
    """On the event loop that the server uses: uvloop where there is one."""
    try:
        import uvloop
    except ImportError:
        asyncio.run(work)
        return
    uvloop.run(work)


def facts(folder: Path) -> list[str]:
    """Lines to print above figures; `folder` is on the disk that is measured."""
    load = ", ".join(f"{value:.2f}" for value in os.getloadavg())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return [
        f"{os.cpu_count()} x {processor()}, {memory:.0f} GB, {platform.system()} {platform.release()}",
        f"load average at the start {load} (1, 5, 15 minutes)",
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {_mongod()}",
        packages,
        f"disk: fsync of 4 KiB {flush(folder)}",
    ]


def own_cpu() -> float:
    """Seconds of CPU that this process has used, all threads."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def cpu_of(pid: int) -> float:
    """Seconds of CPU that another process has used, in steps of a clock tick."""
    after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")


def resident(pid: int) -> int:
    """Bytes of memory that a process holds (RSS)."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def allow_files(count: int) -> None:
    """Raise the limit of open files as far as the system lets us, up to `count`."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < count:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(count, hard), hard))


def processor() -> str:
    """The name that the processor gives itself."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def _mongod() -> str:
    program = mongod.program()
    if program is None:
        return "no mongod here"
    said = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=20).stdout
    return f"mongod {said.splitlines()[0].rpartition('v')[2]} (one member, majority + journal)"


def flush(folder: Path) -> str:
    """The floor under every durable figure."""
    times = []
    with (folder / "flush").open("wb", buffering=0) as file:
        for _ in range(200):
            file.write(b"\0" * 4096)
            began = time.perf_counter()
            os.fsync(file.fileno())
            times.append((time.perf_counter() - began) * 1e3)
    cuts = statistics.quantiles(times, n=100)
    return f"{cuts[49]:.2f} ms p50, {cuts[98]:.2f} ms p99"
