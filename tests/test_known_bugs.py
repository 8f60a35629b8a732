"""Bugs that other products had, put back one by one: for each of them a scenario must fail.

This proves the scenarios, not the product: a test that stays green with the bug in place protects nobody.
"""

import asyncio
from collections.abc import Callable, Iterable
from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from chatserver.app import make_hub
from chatserver.conversation import evolve as conversation_evolve
from chatserver.conversation import satisfaction
from chatserver.conversation.inputs import VisitorSpoke
from chatserver.conversation.model import Conversation, Idle, Phase
from chatserver.dispatch import evolve as floor_evolve
from chatserver.dispatch import match
from chatserver.dispatch.model import Floor, Seat
from chatserver.hub.batch import Pending
from chatserver.hub.engine import Engine
from chatserver.hub.step import Envelope, OpenConversationOf, Outcome, Stepper, View
from chatserver.settings import workspace
from tests.fakes.clock import FakeClock
from tests.fakes.memory_store import MemoryStore
from tests.scenario import Action, Scenario
from tests.test_scenarios import run_pure

SCENARIOS = Path(__file__).parent / "scenarios"
Patch = pytest.MonkeyPatch


def newest_first(patch: Patch) -> None:
    def heads(floor: Floor, groups: Iterable[str]) -> list[Any]:
        everybody = sorted((order for g in groups for order in floor.queue(g)), reverse=True)
        return [(everybody[0], iter(everybody[1:]))] if everybody else []

    patch.setattr(match, "_heads", heads)


def cap_is_ignored(patch: Patch) -> None:
    patch.setattr(Seat, "shut", property(lambda seat: None if seat.ready else "not_ready"))


def inputs_of_one_commit_are_blind(patch: Patch) -> None:
    step = Engine._step

    async def blind(self: Engine, batch: Pending, envelope: Envelope, before: dict[str, Any]) -> Outcome:
        changed, batch.changed = batch.changed, {}
        try:
            return await step(self, batch, envelope, before)
        finally:
            batch.changed = changed

    patch.setattr(Engine, "_step", blind)


def offer_spends_the_turn(patch: Patch) -> None:
    offered = floor_evolve._offered

    def spends(floor: Any, event: Any) -> Any:
        return floor_evolve._counted(offered(floor, event), event.agent, "2030-01-01", inbound=True)

    patch.setattr(floor_evolve, "_offered", spends)


def place_is_lost_with_the_offer(patch: Patch) -> None:
    ended = floor_evolve._offer_ended
    patch.setattr(floor_evolve, "_offer_ended", lambda floor, event: ended(floor, replace(event, waits=False)))


def own_message_starts_the_clock(patch: Patch) -> None:
    heard = conversation_evolve.heard

    def starts(c: Conversation, event: Any, content: Any) -> Conversation:
        return replace(heard(c, event, content), idle=Idle(since=event.at))

    patch.setattr(conversation_evolve, "heard", starts)


def reply_does_not_stop_the_clock(patch: Patch) -> None:
    heard = conversation_evolve.heard

    def goes_on(c: Conversation, event: Any, content: Any) -> Conversation:
        return replace(heard(c, event, content), idle=c.idle)

    patch.setattr(conversation_evolve, "heard", goes_on)


def rating_is_asked_again(patch: Patch) -> None:
    ask = satisfaction.ask
    patch.setattr(satisfaction, "ask", lambda c, scene, s, now: ask(replace(c, rating=None), scene, s, now))


def double_click_opens_two(patch: Patch) -> None:
    def second(self: Stepper, to: Any, view: View) -> str:
        if isinstance(to, str):
            return to
        name = f"conversation/{to.otherwise}"
        return name if view[name].phase is Phase.NEW else f"{name}-again"

    patch.setattr(Stepper, "resolve", second)


BUGS: dict[str, tuple[Callable[[Patch], None], str]] = {
    "a waiting visitor is skipped by a newer one": (newest_first, "13_agent_gone"),
    "the cap is exceeded": (cap_is_ignored, "03_queue_soothe_assign"),
    "a fairness turn is spent on a failed offer": (offer_spends_the_turn, "18_offer_fairness"),
    "the place in the queue is lost before the assignment": (place_is_lost_with_the_offer, "17_offers"),
    "the visitor's own message starts the idle clock": (own_message_starts_the_clock, "02_visitor_cancels_idle_close"),
    "the idle warning comes after a reply": (reply_does_not_stop_the_clock, "02_visitor_cancels_idle_close"),
    "a rating is asked for twice": (rating_is_asked_again, "11_satisfaction"),
    "a double click opens two conversations": (double_click_opens_two, "04_flow_hours_menu"),
}


@pytest.mark.parametrize("bug", BUGS)
def test_the_bug_would_be_found(bug: str, monkeypatch: Patch) -> None:
    """With the bug in place the scenario fails; without it, it holds."""
    put_back, name = BUGS[bug]
    assert holds(name), "the scenario must hold while the product is right"
    put_back(monkeypatch)
    assert not holds(name)


@pytest.mark.parametrize("contacts", [("v1", "v2"), ("v1", "v1")], ids=["cap exceeded", "double click opens two"])
async def test_what_happens_at_once_sees_what_happened(contacts: tuple[str, str], monkeypatch: Patch) -> None:
    """Two inputs race into one commit: one agent with one place, two visitors; or one visitor who clicks twice."""
    expected = (1, len(set(contacts)))
    assert await at_once(*contacts) == expected
    inputs_of_one_commit_are_blind(monkeypatch)
    assert await at_once(*contacts) != expected


async def at_once(*contacts: str) -> tuple[int, int]:
    """(the load of the only agent, the conversations that are open) after all have written in the same moment."""
    scenario = Scenario(SCENARIOS / "03_queue_soothe_assign.scenario")
    actions = [x for x in scenario.steps if isinstance(x, Action)]
    before = list(takewhile(lambda action: isinstance(action.to, str), actions))
    hub = make_hub(MemoryStore(), FakeClock())
    await hub.start()
    try:
        save = workspace.SaveSettings(settings=scenario.settings, by="t", based_on=0)
        await hub.send(Envelope(workspace.STREAM, save))
        for action in before:
            await hub.send(Envelope(action.to, action.input))
        said = actions[len(before)].input
        writes = [opening(said, contact, f"c{n}") for n, contact in enumerate(contacts)]
        await asyncio.gather(*map(hub.send, writes), return_exceptions=True)
        (seat,) = hub.memory.floor().seats.values()
        return seat.load, len(list(hub.memory.of_kind("conversation")))
    finally:
        await hub.stop()


def opening(said: VisitorSpoke, contact: str, conversation: str) -> Envelope:
    """The visitor's first words, from this contact."""
    assert said.opening
    visit = replace(said.opening.visit, contact=contact)
    words = replace(said, id=f"m-{conversation}", opening=replace(said.opening, visit=visit))
    return Envelope(OpenConversationOf(contact, conversation), words)


def holds(name: str) -> bool:
    try:
        scenario, got, _ = run_pure(SCENARIOS / f"{name}.scenario")
    except (AssertionError, KeyError):
        return False
    return scenario.expected == got
