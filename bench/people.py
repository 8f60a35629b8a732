"""How long a search over 5,000 agents takes, in the server's own process: the requirement allows 200 ms (S1-3.0)."""

import asyncio
import time
from typing import Any

from bench import workspace
from bench.cells import cuts, heading, row
from chatserver.access.check import Actor
from chatserver.access.roles import ADMIN
from chatserver.agents import inputs as ai
from chatserver.api.auth import Logins
from chatserver.api.people import AgentQuery, PeopleDoor
from chatserver.app import make_hub
from chatserver.hub.hub import stream
from chatserver.hub.paging import mark
from chatserver.hub.plug import Call
from chatserver.hub.step import Envelope
from chatserver.kernel.clock import SystemClock
from chatserver.settings.workspace import STREAM, SaveSettings
from tests.fakes.memory_store import MemoryStore

AGENTS = 5_000
RUNS = 200
WHO = Actor(agent="bench", groups=frozenset(), grants=ADMIN)
ASKED: dict[str, dict[str, Any]] = {
    "the first page of all": {},
    "part of an account": {"q": "agent-4711"},
    "part of a name that many have": {"q": "1"},
    "what nobody has": {"q": "nobody"},
    "a group": {"group": workspace.NAMES[0]},
    "the last page": {"after": mark(["bench-agent-99"])},
}


async def measure() -> None:
    """Every kind of search, as the operation runs it, without HTTP."""
    store, clock = MemoryStore(), SystemClock()
    hub = make_hub(store, clock)
    await hub.start()
    await hub.send(Envelope(STREAM, SaveSettings(settings=workspace.settings(), by="bench", based_on=0)))
    for n in range(AGENTS):
        await hub.send(Envelope(stream("agent", workspace.agent_id(n)), ai.Saved(profile=workspace.profile(n, 5, 2))))
    door = PeopleDoor(hub, Logins(store, clock, lambda account: None), asyncio.Lock())
    print(f"\n## Searches over {AGENTS:,} agents, CPU ms\n")
    heading("search", "found on the page", "p50 ms", "p99 ms")
    for name, query in ASKED.items():
        times, found = [], 0
        for _ in range(RUNS):
            began = time.thread_time()
            page = await door.list(Call(actor=WHO, id="", query=AgentQuery(**query)))
            times.append((time.thread_time() - began) * 1e3)
            found = len(page.items)
        p50, p99 = cuts(times)
        row(name, found, f"{p50:.1f}", f"{p99:.1f}")
    await hub.stop()
