"""What one change of the floor costs, and whether it stays the same on a large floor. Pure: no store, no sockets.

Times are CPU time of the thread, so that neighbours on a shared machine do not count.
"""

import gc
import statistics
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from bench import workspace
from bench.cells import cuts, heading, row
from chatserver.dispatch import inputs as i
from chatserver.dispatch.decide import decide
from chatserver.dispatch.events import AnyEvent, Matched
from chatserver.dispatch.evolve import evolve, join, serve, with_seat
from chatserver.dispatch.match import match_all
from chatserver.dispatch.model import Floor, Seat, Waiting
from chatserver.dispatch.settings import DispatchRules
from chatserver.kernel.machine import Env

NOW = datetime(2030, 1, 1, tzinfo=UTC)
MOST = 5
SIZES = ((10, 10), (10, 10_000), (50, 10_000), (200, 1_000), (1_000, 10), (1_000, 10_000))
CHANNELS = ("web", "h5", "wechat_kefu")
RULES = Env(NOW, DispatchRules(groups={g.id: g for g in workspace.settings().groups}, window="2030-01-01"))


def measure() -> None:
    """Single changes at every size, then the match of the whole floor."""
    print("\n## One change of the floor, CPU µs (decide and evolve)\n")
    change = ("p50", "p99")
    heading(
        "seats x waiting",
        *(f"seat freed, next one matched: {c}" for c in change),
        *(f"one more waits: {c}" for c in change),
        *(f"one gives up: {c}" for c in change),
        *(f"comes while all seats are free: {c}" for c in change),
    )
    for seats, waiting in SIZES:
        full = floor_of(seats, waiting, load=MOST)
        changes = (freed(full, seats), joined(full), left(full, waiting), served(floor_of(seats, 0, load=0)))
        cells = [f"{value * 1e6:.0f}" for times in changes for value in cuts(list(times))]
        row(f"{seats:,} x {waiting:,}", *cells)
    print("\n## `match_all` on the whole floor, CPU ms\n")
    heading("floor", "matches found", "p50 ms", "p99 ms", "runs")
    for seats, waiting in ((200, 1_000), (1_000, 10_000)):
        size = f"{waiting:,} waiting"
        _match_row(f"{seats:,} seats full but one, {size}", _one_free(seats, waiting), 300)
        _match_row(f"{seats:,} seats full but one of another channel, {size}", _shut(seats, waiting), 300)
        _match_row(f"{seats:,} seats all free, {size}", floor_of(seats, waiting, load=0), 5)


def floor_of(seats: int, waiting: int, load: int) -> Floor:
    """Every seat in two of the five groups with this load; the queues equally long."""
    floor = Floor()
    for n in range(seats):
        floor = _seated(floor, n, load)
    for n in range(waiting):
        since, channel = NOW + timedelta(milliseconds=n), CHANNELS[n % len(CHANNELS)]
        floor = join(floor, Waiting(conversation=f"c{n}", group=_group(n), since=since, channel=channel, vip=n % 3))
    return floor


def _seated(floor: Floor, n: int, load: int, channels: frozenset[str] | None = None) -> Floor:
    """Each channel is capped, at as many as the seat takes at all: the cap is asked for, and stops nobody."""
    agent, groups = workspace.agent_id(n), frozenset(workspace.groups_of(n, 2))
    caps = dict.fromkeys(CHANNELS, MOST)
    seat = Seat(agent=agent, groups=groups, max=MOST, channel_max=caps, ready=True, on_duty=True, load=load)
    floor = with_seat(floor, replace(seat, channels=channels, ready_since=NOW))
    for k in range(load):
        floor = serve(floor, agent, f"{agent}-{k}", CHANNELS[k % len(CHANNELS)])
    return floor


def freed(floor: Floor, seats: int, times: int = 1_000) -> Iterable[float]:
    """A seat is released and the next in line gets it; then somebody else joins, so that the size stays."""
    for n in range(times):
        agent = workspace.agent_id(n % seats)
        ended = min(floor.serving[agent])
        floor, events, took = _timed(floor, i.SeatFreed(agent=agent, conversation=ended))
        group = next(e for e in events if isinstance(e, Matched)).group
        floor = join(floor, Waiting(conversation=f"n{n}", group=group, since=NOW + timedelta(days=1, milliseconds=n)))
        yield took


def joined(floor: Floor, times: int = 1_000) -> Iterable[float]:
    """Somebody joins at the end of a queue and is told the place; then leaves it again."""
    for n in range(times):
        later = NOW + timedelta(days=1)
        floor, _, took = _timed(floor, i.VisitorWaiting(conversation="n", group=_group(n), since=later))
        floor, _, _ = _timed(floor, i.VisitorGone(conversation="n"))
        yield took


def left(floor: Floor, waiting: int, times: int = 1_000) -> Iterable[float]:
    """Somebody in the middle of a queue gives up; then joins again."""
    for n in range(times):
        w = floor.waiting[f"c{(n * 7919) % waiting}"]
        floor, _, took = _timed(floor, i.VisitorGone(conversation=w.conversation))
        floor = join(floor, w)
        yield took


def served(floor: Floor, times: int = 1_000) -> Iterable[float]:
    """Somebody comes while every seat is free, and is matched; then leaves again."""
    for n in range(times):
        floor, events, took = _timed(floor, i.VisitorWaiting(conversation=f"s{n}", group=_group(n), since=NOW))
        agent = next(e for e in events if isinstance(e, Matched)).agent
        floor, _, _ = _timed(floor, i.SeatFreed(agent=agent, conversation=f"s{n}"))
        yield took


def _timed(floor: Floor, input: i.AnyInput) -> tuple[Floor, list[AnyEvent], float]:
    began = time.thread_time()
    events = decide(floor, input, RULES)
    for event in events:
        floor = evolve(floor, event)
    return floor, events, time.thread_time() - began


def _group(n: int) -> str:
    return workspace.NAMES[n % len(workspace.NAMES)]


def _one_free(seats: int, waiting: int) -> Floor:
    """All seats are full, and one more agent has just become ready and has one conversation less than the most."""
    return _seated(floor_of(seats - 1, waiting, load=MOST), seats, MOST - 1)


def _shut(seats: int, waiting: int) -> Floor:
    """The one who is free takes visitors of another channel than all who wait."""
    return _seated(floor_of(seats - 1, waiting, load=MOST), seats, MOST - 1, frozenset({"voice"}))


def _match_row(name: str, floor: Floor, runs: int) -> None:
    gc.collect()
    times, found = [], 0
    for _ in range(runs):
        began = time.thread_time()
        found = len(match_all(floor, RULES))
        times.append((time.thread_time() - began) * 1e3)
    worst = f"{cuts(times)[1]:.2f}" if runs >= 100 else f"{max(times):.0f} (worst)"
    row(name, f"{found:,}", f"{statistics.median(times):.2f}", worst, runs)
