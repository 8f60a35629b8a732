"""Visitors who come, are assigned at once and leave again, with 200 agents in five groups.

`pure` runs the machines and the wiring in memory and counts what the rules alone cost; the other rows commit every
step. An arrival is two inputs: the visitor comes (flow, queue, match, assignment), the agent ends the conversation.

In the crowded rows every seat is full: whoever comes waits behind all the others, and whoever is done takes the next.
"""

import asyncio
import gc
import time
from pathlib import Path

from bench import workspace
from bench.cells import Cell, cell, figures, heading, median, row
from bench.machine import own_cpu
from bench.stores import Bench, benches
from chatserver.agents import inputs as ai
from chatserver.conversation.inputs import AgentEnded, VisitorCame
from chatserver.conversation.model import Conversation, Phase
from chatserver.hub.hub import Hub, id_of, stream
from chatserver.hub.step import Envelope, OpenConversationOf
from chatserver.kernel.ids import new_id
from tests.world import World

AGENTS, MOST, EACH = 200, 5, 2
CROWDS = ((200, 1_000), (1_000, 10_000))
"""(agents with one seat each, visitors who wait)."""

VISITORS = (1, 64)
ROUNDS = 3


async def measure(folder: Path, seconds: float) -> None:
    """The pure path, then both stores in turn, three rounds, medians."""
    print(f"\n## Arrivals a second: {AGENTS} agents, {len(workspace.NAMES)} groups, {EACH} groups an agent\n")
    titles = ("arrivals/s", "p50 ms until assigned", "p99 ms", "CPU µs/arrival", "mongod CPU µs/arrival")
    heading("path, visitors at once", *titles)
    world = _world(AGENTS, MOST)
    row("pure, 1", *figures(median([_pure(world, seconds) for _ in range(ROUNDS)])))
    for agents, waiting in CROWDS:
        crowd = _world(agents, 1)
        row(f"pure, {agents:,} agents full, {waiting:,} waiting", *figures(_crowded(crowd, agents + waiting, seconds)))
    async with benches(folder, AGENTS, MOST, EACH) as found:
        cells: dict[tuple[str, int], list[Cell]] = {}
        for _ in range(ROUNDS):
            for visitors in VISITORS:
                for bench in found:
                    cells.setdefault((bench.name, visitors), []).append(await _durable(bench, visitors, seconds))
        for bench in found:
            for visitors in VISITORS:
                row(f"{bench.name}, {visitors}", *figures(median(cells[bench.name, visitors])))


def _world(agents: int, most: int) -> World:
    world = World(workspace.settings())
    for n in range(agents):
        name = stream("agent", workspace.agent_id(n))
        world.send(name, ai.Saved(profile=workspace.profile(n, most, EACH)))
        world.send(name, ai.SignedIn())
        world.send(name, ai.DeviceConnected(device="bench"))
    gc.collect()
    gc.freeze()
    return world


def _pure(world: World, seconds: float) -> Cell:
    latencies: list[float] = []
    began, cpu = time.perf_counter(), own_cpu()
    until = began + seconds
    while (now := time.perf_counter()) < until:
        contact = f"v-{new_id()}"
        group = workspace.NAMES[len(latencies) % len(workspace.NAMES)]
        came = VisitorCame(opening=workspace.opening(contact, group))
        name = world.send(OpenConversationOf(contact, new_id()), came).stream
        latencies.append(time.perf_counter() - now)
        world.send(name, AgentEnded(agent=_agent_of(world.states[name])))
        # The server, too, does not keep what is closed.
        del world.states[name], world.states[stream("contact", contact)]
        world.log.clear()
    return cell(latencies, time.perf_counter() - began, own_cpu() - cpu)


def _crowded(world: World, visitors: int, seconds: float) -> Cell:
    """The time until the newcomer knows the place, and all that both inputs cost."""
    for n in range(visitors):
        _come(world, n)
    latencies: list[float] = []
    began, cpu = time.perf_counter(), own_cpu()
    until = began + seconds
    while (now := time.perf_counter()) < until:
        _come(world, len(latencies))
        latencies.append(time.perf_counter() - now)
        agent = workspace.agent_id(len(latencies) % len(world.floor.seats))
        served = next(iter(world.floor.served(agent)))
        world.send(stream("conversation", served), AgentEnded(agent=agent))
        del world.states[stream("conversation", served)]
        world.log.clear()
    return cell(latencies, time.perf_counter() - began, own_cpu() - cpu)


def _come(world: World, n: int) -> None:
    contact = f"v-{new_id()}"
    came = VisitorCame(opening=workspace.opening(contact, workspace.NAMES[n % len(workspace.NAMES)]))
    world.send(OpenConversationOf(contact, new_id()), came)
    del world.states[stream("contact", contact)]


async def _durable(bench: Bench, visitors: int, seconds: float) -> Cell:
    latencies: list[float] = []
    until = time.perf_counter() + seconds

    async def come(group: str) -> None:
        while (began := time.perf_counter()) < until:
            name = await _arrive(bench.hub, group)
            latencies.append(time.perf_counter() - began)
            agent = _agent_of(bench.hub.held("conversation", id_of(name)))
            await bench.hub.send(Envelope(name, AgentEnded(agent=agent), f"a:{agent}:{new_id()}"))

    began, cpu, database = time.perf_counter(), own_cpu(), bench.database_cpu()
    await asyncio.gather(*(come(workspace.NAMES[n % len(workspace.NAMES)]) for n in range(visitors)))
    took, cpu, after = time.perf_counter() - began, own_cpu() - cpu, bench.database_cpu()
    return cell(latencies, took, cpu, None if database is None or after is None else after - database)


async def _arrive(hub: Hub, group: str) -> str:
    """The stream of a conversation that has just been assigned."""
    contact = f"v-{new_id()}"
    came = VisitorCame(opening=workspace.opening(contact, group))
    receipt = await hub.send(Envelope(OpenConversationOf(contact, new_id()), came, f"v:{contact}:{new_id()}"))
    return receipt.stream


def _agent_of(c: Conversation) -> str:
    assert c.phase is Phase.SERVING and c.agent, "with free seats everybody is served at once"
    return c.agent
