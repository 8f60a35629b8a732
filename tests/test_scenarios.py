"""Every scenario holds on the pure machines, and again through the real engine with a store and a scheduler."""

import difflib
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from chatserver.app import make_hub
from chatserver.conversation import inputs as ci
from chatserver.conversation.contact import returns_to
from chatserver.conversation.events import FlowRestarted
from chatserver.conversation.model import Phase
from chatserver.conversation.transitions import TRANSITIONS
from chatserver.hub.hub import Hub
from chatserver.hub.step import Envelope, Happened, OpenConversationOf
from chatserver.kernel.errors import Refused
from chatserver.settings import workspace
from chatserver.suite.leave_messages.model import AnswerBack
from tests.fakes.clock import FakeClock
from tests.fakes.memory_store import MemoryStore
from tests.scenario import Action, Expect, Scenario
from tests.world import World

FILES = sorted((Path(__file__).parent / "scenarios").glob("*.scenario"))
BY_NAME = pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)


def same(scenario: Scenario, got: list[str]) -> None:
    assert scenario.expected == got, "\n" + "\n".join(difflib.ndiff(scenario.expected, got))


def ready(action: Action, look: Any) -> tuple[Any, Any]:
    """A tap names the option; which line asks, and who served last, is only known when the step is taken."""
    to, input = action.to, action.input
    if isinstance(input, tuple) and input[0] == "rate":
        rating, tags = look(to).rating, tuple(input[3].split(",")) if len(input) > 3 else ()
        item = rating.line if rating else "none"
        input = ci.VisitorRated(id=input[1], item=item, score=int(input[2]), tags=tags)
    if isinstance(input, tuple) and input[0] == "asked":
        asking = look(to).asking
        input = replace(input[1], asked=asking.id if asking else "none")
    if isinstance(input, tuple) and input[0] == "publish":
        flow = look(to).settings.flows[0]
        input = workspace.PublishFlow(flow=replace(flow, name=f"{input[1]} {input[2]}"), by="t")
    if isinstance(input, tuple):
        input = ci.VisitorChose(id=input[1], item=look(to).asks or "none", option=input[2])
    if isinstance(input, AnswerBack):
        to = next(name for n in range(1, 100) if look(name := f"{to}:{n}"))
    if isinstance(to, OpenConversationOf) and getattr(input, "opening", None):
        contact = look(f"contact/{to.contact}")
        if contact is not None:
            visit = replace(input.opening.visit, fields=contact.fields)
            last = returns_to(contact, look("workspace/main").conversation("web").returning_within, action.at)
            input = replace(input, opening=replace(input.opening, last_agent=last, visit=visit))
    return to, input


def run_pure(path: Path) -> tuple[Scenario, list[str], World]:
    scenario = Scenario(path)
    world, got = World(scenario.settings), []
    for step in scenario.steps:
        if isinstance(step, Expect):
            continue
        got += step.head
        before = len(world.log)
        world.advance_to(step.at)
        code = None
        if step.input is not None:
            try:
                world.send(*ready(step, world.states.get))
            except Refused as refused:
                code = refused.code.value
        got += [line for h in world.log[before:] if (line := scenario.line(h.stream, h.event))]
        got += [f"refused {code}"] if code else []
    return scenario, got, world


@BY_NAME
def test_scenario_on_the_pure_core(path: Path) -> None:
    """What the file says happens, and nothing else."""
    scenario, got, _ = run_pure(path)
    same(scenario, got)


@BY_NAME
async def test_scenario_through_the_engine(path: Path) -> None:
    """The same file through mailbox, group commit, scheduler and store."""
    scenario = Scenario(path)
    clock, got = FakeClock(), []
    hub = make_hub(MemoryStore(), clock)
    heard: list[Happened] = []
    hub.engine.told.append(lambda committed: heard.extend(h for _, h in committed.records))
    await hub.start()
    try:
        save = workspace.SaveSettings(settings=scenario.settings, by="t", based_on=0)
        await hub.send(Envelope(workspace.STREAM, save))
        for step in scenario.steps:
            if isinstance(step, Expect):
                continue
            got += step.head
            await pass_time(hub, clock, step.at)
            code = None
            if step.input is not None:
                try:
                    to, input = ready(step, lambda name: hub.memory.get(name))
                    await hub.send(Envelope(to, input))
                except Refused as refused:
                    code = refused.code.value
            got += [line for h in heard if (line := scenario.line(h.stream, h.event))]
            got += [f"refused {code}"] if code else []
            heard.clear()
        same(scenario, got)
    finally:
        await hub.stop()


async def pass_time(hub: Hub, clock: FakeClock, to: Any) -> None:
    """Stop at each instant at which something is due, so that it happens then, and not late."""
    while (at := hub.scheduler.next_wake()) and at <= to:
        clock.set(at)
        await hub.scheduler.settled()
    clock.set(to)


OF_BEFORE = {(Phase.LEAVING_MESSAGE, FlowRestarted)}
"""Rows that old logs need, and nothing takes any more."""


def test_the_scenarios_exercise_every_transition() -> None:
    """A row of the table that no scenario takes is a row nobody has seen work."""
    taken = set()
    for path in FILES:
        taken |= run_pure(path)[2].moves
    rows = {(phase, event) for phase, row in TRANSITIONS.items() for event in row}
    missing = sorted(f"{phase.value} + {event.__name__}" for phase, event in rows - taken - OF_BEFORE)
    assert missing == []
