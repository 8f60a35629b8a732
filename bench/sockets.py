"""The whole server over real WebSockets: a visitor's message until its acknowledgement, and until the agent has it.

The server is a process of its own on the embedded store; visitors and agents are this process. Both share the
machine's cores, so the server's CPU per message says more than the rate. Limits per visitor and address are out of
the way (`serve.py`); a real visitor may say four things a second.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec

from bench import child, workspace
from bench.cells import Cell, cell, heading, median, row
from bench.machine import cpu_of, own_cpu
from bench.wire import Wire, read
from chatserver.protocol.visitor import Open, Say
from chatserver.protocol.wire import Ack

AGENTS = 5
"""One for each group: every message has one agent who sees it."""

CONVERSATIONS = (1, 16, 64)
OPEN_LOOP = ((64, 200), (64, 500))
"""(conversations, messages a second that are sent whether or not the last were acknowledged)."""

ROUNDS = 3

DRAINED_WITHIN = 10.0
"""Seconds after the last acknowledgement in which everything must have reached an agent."""


class _Item(msgspec.Struct):
    id: str


class _Record(msgspec.Struct):
    item: _Item | None


_RECORDS = msgspec.json.Decoder(tuple[str, _Record])


class Run(msgspec.Struct, frozen=True):
    """Acknowledgements and deliveries of one run, both with the server's CPU beside the client's."""

    acks: Cell
    deliveries: Cell
    undelivered: int


class Post:
    """Who sent what when, and when an agent had it."""

    def __init__(self) -> None:
        self.sent: dict[str, float] = {}
        self.acks: list[float] = []
        self.deliveries: list[float] = []
        self._count = 0

    def heard(self, event: bytes) -> None:
        """An agent's console was told something."""
        if not event.startswith(b'["record"'):
            return
        item = _RECORDS.decode(event)[1].item
        if item and (sent := self.sent.pop(item.id, None)):
            self.deliveries.append(time.perf_counter() - sent)

    def say(self, visitor: Wire) -> asyncio.Future[bytes]:
        """One message; its latencies are noted when they are known."""
        self._count += 1
        id = f"m{self._count}"
        began = self.sent[id] = time.perf_counter()
        answer = visitor.ask("say", Say(id=id, text=workspace.TEXT))
        answer.add_done_callback(lambda _: self.acks.append(time.perf_counter() - began))
        return answer

    def forget(self) -> None:
        """Begin a new measurement."""
        self.sent.clear()
        self.acks, self.deliveries = [], []


async def measure(folder: Path, seconds: float) -> None:
    """One server; closed loops, medians of three rounds, then open loops."""
    print("\n## Acknowledged round trips over WebSockets (embedded store)\n")
    titles = ("messages/s", "ack p50 ms", "ack p99 ms", "delivery p50 ms", "delivery p99 ms")
    heading("load", *titles, "not delivered", "server CPU µs/message", "client CPU µs/message")
    with child.server(folder, AGENTS) as server:
        pid, post = child.pid_of(server), Post()
        for n in range(AGENTS):
            await child.console(server.port, n, post.heard)
        visitors = [await _talking(server.port, n) for n in range(max(CONVERSATIONS))]
        await asyncio.sleep(1.0)
        for count in CONVERSATIONS:
            talk = visitors[:count]
            runs = [await _run(post, pid, lambda: _closed(post, talk, seconds)) for _ in range(ROUNDS)]  # noqa: B023
            _say(f"closed loop, {count} conversations", runs)
        for count, rate in OPEN_LOOP:
            talk = visitors[:count]
            runs = [await _run(post, pid, lambda: _open(post, talk, rate, seconds)) for _ in range(ROUNDS)]  # noqa: B023
            _say(f"open loop, {rate}/s over {count} conversations", runs)


async def _talking(port: int, n: int) -> Wire:
    visitor = await child.visitor(port, workspace.NAMES[n % len(workspace.NAMES)])
    ack = read(await visitor.ask("open", Open(id="open")), Ack)
    assert ack.conversation
    return visitor


async def _closed(post: Post, visitors: list[Wire], seconds: float) -> None:
    until = time.perf_counter() + seconds

    async def talk(visitor: Wire) -> None:
        while time.perf_counter() < until:
            read(await post.say(visitor), Ack)

    await asyncio.gather(*(talk(v) for v in visitors))


async def _open(post: Post, visitors: list[Wire], rate: int, seconds: float) -> None:
    began, answers = time.perf_counter(), []
    for n in range(round(rate * seconds)):
        if (early := began + n / rate - time.perf_counter()) > 0:
            await asyncio.sleep(early)
        answers.append(post.say(visitors[n % len(visitors)]))
    for answer in answers:
        read(await answer, Ack)


async def _run(post: Post, pid: int, load: Callable[[], Awaitable[None]]) -> Run:
    post.forget()
    began, server, own = time.perf_counter(), cpu_of(pid), own_cpu()
    await load()
    took = time.perf_counter() - began
    deadline = time.perf_counter() + DRAINED_WITHIN
    await asyncio.sleep(0.005)  # the last acknowledgement notes its time in a callback
    while post.sent and time.perf_counter() < deadline:
        await asyncio.sleep(0.005)
    undelivered = len(post.sent)
    server, own = cpu_of(pid) - server, own_cpu() - own
    return Run(cell(post.acks, took, server, own), cell(post.deliveries, took, server, own), undelivered)


def _say(name: str, runs: list[Run]) -> None:
    acks, deliveries = median([r.acks for r in runs]), median([r.deliveries for r in runs])
    row(
        name,
        f"{acks.rate:,.0f}",
        f"{acks.p50:.2f}",
        f"{acks.p99:.1f}",
        f"{deliveries.p50:.2f}",
        f"{deliveries.p99:.1f}",
        sum(r.undelivered for r in runs),
        f"{acks.cpu:.0f}",
        f"{acks.other_cpu or 0:.0f}",
    )
